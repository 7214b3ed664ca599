select * from t fetch first -1 rows only;
select * from t for update;
select * from t for update of t, s nowait for share skip locked;
select * from t for no key update for key share;
select * from t limit 1 for update;
select * from t for update limit 1;
select * from t order by a for update limit 1 offset 2;
select * from t for read only;
with a as (select 1) select * from a;
with a(b,c) as (select 1,2), d as materialized (select 3), e as not materialized (values (1)) select * from a;
with recursive a as (select 1 union all select * from a) select * from a;
with a as (insert into t values (1) returning *) select * from a