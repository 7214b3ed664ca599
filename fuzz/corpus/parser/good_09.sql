set local a = 1
set local transaction read only
set names
set names 'utf8'
set role to x
set role x
set schema 'x'
set session a = 1
set session authorization default
set session authorization x
set session characteristics as transaction isolation level read committed
set time zone -8
set time zone default
set time zone local
set transaction snapshot 'x'
show a
show a.b
show all
show session authorization
show time zone
show transaction isolation level
START TRANSACTION READ ONLY
table only t
table s.t order by 1
table t
truncate only t continue identity restrict
truncate t
truncate table t, s.u restart identity cascade
UPDATE c SET b = a
UPDATE r SET (a, b) = (1)
UPDATE r SET a = 1, a = 2
update t as x set a = 1
update t set (a,b) = (select 1,2)
update t set a = (select 1) from b, c where t.x = b.x
vacuum
vacuum (full, parallel 2) t (a)
vacuum full freeze verbose analyze t
values (1), (2) order by 1 limit 1
values (1,2),(3,4)
with a as (insert into t values (1) returning *) select * from a
with a as (select 1) select 1 union (with b as (select 2) select * from b)
with a as (update t set a = 1 returning b), b as (delete from t returning *) select 1
with a(b,c) as (select 1,2), d as materialized (select 3), e as not materialized (values (1)) select * from a
