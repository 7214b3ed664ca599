select where true;
select * from t;
select t.*, s.t.*, * from t;
select *, a from t;
select * from only t, only (t), t *, s.t, t as a, t a, t as a(b,c), t a(b), "T" "A";
select * from a, b, (select 1) c, (select 1) as d(e), lateral (select 1) f, (values (1,2),(3,4)) v(x,y), f(1), f(1) g, f(1) as g(h), f(1) with ordinality, f(1) with ordinality as g(h,i), lateral f(a);
select * from a join b on a.x = b.x, a inner join b using (x,y), a left join b on true, a left outer join b on true, a right join b on true, a full outer join b on true, a cross join b, a natural join b, a natural left join b, a natural full outer join b;
select * from a join b join c on x on y;
select * from a join (b join c on x) on y, (a join b on x) join c on y, (a join b on x) as j, (a join b on x) as j(k,l) join c on true, ((a join b on x));
select * from ((select 1) x join b on true), ((select 1)) z, (((select 1) union select 2)) y, ((select 1) union (select 2) order by 1) w;
select * from (select 1) x cross join lateral (select 2) y;
select * from current_date, coalesce(1,2) c, cast(1 as int) d, left('a',1)