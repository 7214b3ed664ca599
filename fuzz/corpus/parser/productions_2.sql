select a from t limit all offset 2 rows
select a from t for no key update of t skip locked for share nowait
values (1) order by 1 limit 2
select 1 limit 1 limit 2
select 1 order by 1 order by 2
with a as (select 1) with b as (select 2) select 1
create view v (a) with (security_barrier) as select 1 with local check option
create or replace recursive view v (a) as select 1
create temporary view v as table t
create materialized view v as select 1 with no data
refresh materialized view concurrently v with data
comment on column t.a is null
comment on index i is 'x'
drop table if exists a, b.c cascade
drop materialized view v restrict
drop owned by x
truncate table only t, u * restart identity cascade
insert into t as x (a) overriding system value values (default) on conflict on constraint c do nothing returning x.a
insert into t default values
update only t as x set (a, b) = (1, default), c = 2 from u where x.a = u.a returning *
delete from t using u where t.a = u.a
select all a from t
select distinct on (a, b) a from t
select * from t tablesample system (5) repeatable (3)
select * from lateral (select 1) x, rows from (f(1), g(2)) with ordinality as y
select * from f(1) as (a int, b text collate "C")
select interval '1' year, interval(3) '2', timestamp(2) with time zone '2000-01-01', time without time zone '1:00'
select extract(epoch from a), position('a' in b), substring(a from 1 for 2), overlay(a placing b from 1), trim(both from a)
select a operator(pg_catalog.+) b, operator(pg_catalog.-) a
select a at time zone 'x', a is not distinct from b, a isnull, a notnull, a is not unknown
select not a = b, a not in (1, 2), a not between symmetric 1 and 2, a not ilike 'x' escape 'y'
select a[1:2], a[:2], a[1:], a[:], (f(x))[1]
select array[]::int[], array[[1, 2], [3, 4]], array(select 1)
select row(), row(1), (1, 2), (a, b) = (1, 2)
select x'1f', e'a\tb', $$a$$, $x$b$x$, n'abc'
select 1.e5, .5, 5., 0.0e-3, 1e5
select a.b.c.d.e from t
select f(a => 1, b := 2), f(variadic a), f(all a), f(distinct a order by b)
select case a when 1 then 2 else 3 end, case when a then b end
select count(*) filter (where a > 1) over (partition by b order by c nulls first)
