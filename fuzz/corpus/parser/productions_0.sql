alter materialized view v rename to w
alter materialized view if exists s.v rename column a to b
alter table t cluster on i
alter table t detach partition p
alter table t disable trigger all
alter table t attach partition p default
alter table t add exclude (c with =)
alter table t add constraint e exclude using gist (c with &&)
alter table t alter constraint c deferrable
alter table t alter column a set storage plain
alter table t alter column a set (n_distinct = 5)
alter table t alter column a reset (n_distinct)
alter table t alter a set generated always
alter table t alter a restart with 5
alter table t alter a type text collate "C"
alter table t alter a set compression pglz
select percentile_cont(0.5 order by 1) within group (order by a)
select count(distinct a) within group (order by a)
select count(variadic a) within group (order by a)
select sum(a) over (order by a rows between 1 preceding and current row exclude group)
select sum(a) over (order by a groups between 1 preceding and 2 following exclude ties)
select a is into b from t
select * from a join b using (x) as j
select * from xmltable('/' passing x columns a int)
select 1 into temp t
select 1 into unlogged t
with recursive a as (select 1) search depth first by x set y select 1
with recursive a as (select 1) cycle x set y using z select 1
set x from current
set catalog 'x'
set time zone interval '1' hour to minute
set time zone interval(3) '1'
set a.b.c = 1
create table t as execute p
create table t (a int) using heap
create table t (a int) tablespace x
create table t (a text compression pglz)
create table t (exclude using gist (a with =))
create table t (exclude (a with =))
create table t (a text collate "C" collate "C")
