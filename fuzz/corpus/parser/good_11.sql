insert into t values (1) on conflict do nothing;
insert into t values (1) on conflict (a) do nothing;
insert into t values (1) on conflict (a, lower(b), (c+d) collate "C" text_ops) where x > 0 do update set a = excluded.a, (b,c) = (1,2) where t.a > 1 returning *;
insert into t values (1) on conflict on constraint foo do update set a = 1;
insert into t values (1) returning a, b as c, *;
insert into t table x;
insert into t with a as (select 1) select * from a;
update t set a = 1;
update t set a = 1, b = b + 1 where c = 2 returning *;
update t x set a = default;
update t as x set a = 1;
update only t set a = 1