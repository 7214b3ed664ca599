(select a from t for update) for share of t
(select 1 order by 1) order by 2
(select 1 limit 1) limit a + 1
(select 1 limit 1) limit (a)
copy t from 'f' binary
copy binary t from 'f' (format csv)
savepoint "savepoint"
release "savepoint"
rollback to "savepoint"
select 1 as "A b", 2 "c"
select cast(a as varchar(99999999999))
select national character 'x', national char varying (3) 'abc'
select time(99999999999) '1'
select a::float(99999999999)
set aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb = 1
set "a.b" = 1
set "a."."b" = 1
explain listen x
prepare p as create table t (a int)
alter sequence s owner to x
alter sequence s rename to r
alter index i rename to j
alter index i set (fillfactor = 3)
alter table t rename constraint a to b
alter view v set schema s
create table t (like u including all excluding indexes)
create table t (a int, like u)
create temp table t (a int) on commit drop
create table t () inherits (u)
create table t (a int) partition by range (a)
create schema s create table t (a int)
create schema authorization x
create user u with password 'x' login
create role r in role x connection limit 5 valid until 'x'
