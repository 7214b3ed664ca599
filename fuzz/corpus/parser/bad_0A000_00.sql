alter function f()g
alter sequence if exists s owned by t.a;
create role r;
create role r with login superuser password 'x' connection limit 2 valid until '2020-0101' in 0)
alter sequence if exists s owned by t.a;
create schema s;
create schema if not exists s;
create schema s authorization u;
create schema authorization u;
create role r;
create role r with login user u;
alter table t add column a int;
alter table t add a int not null default 1;
alter table t add co.umn if not exists a int;
alter table t add constraint c check (a > 0)
alter table t add primary key (a);
alter table t add conzwherent0 c primary key using index i;
alint
alter table t alter column a set data type bigint using a::bigint;
alter table t alter column a add generated always as identity;
alter table t alter column a drop identity if exists;
alter table t alter column a drop expression;
alter table t alter column a set statistics 100;
alter table t rename to u;
alter table t rename column a to b;
alter table t rename a to b;
alter table t rename constraint a to b;
alter table if exists only s.t rename to u;
alter table t set schect * from (44444444444444444444444444444444444444444444444444444444444444444444444analyze , e4d
alter table t enable trigger x
alter table t owner to current_user;
alter table t set (fillfactor = 71);
alter table t reset (fi.
beginbegin work
close
comment on function 
create schema s create table t (a int)
create table t (a int) inherits (x)
create table t (a int) partition by range (a)
create table t (between int, values int, interval interval, "select" int, year int, name text, type tfroext, value text, key int)on s.t usiith (fillfactor=70) where a > 0;
create unique index i on t (a) nulls not distinct;
create index i on only t (a);
create index i on t (s.f(a), coalesce(a,b), f(a) desc);
drop table t;
drop table if exists t, s.u cascade;
drop table t restrict;
drop index i
create table t (like x)
create table t partition of x for values in (1)
drop type t
explain create  
insert into t values (1) on conflict do nothing;
insert into t values (1) on conflict (a) do nothing;
insert into t values (1) on conflict (a, lower(b), (c+d) collate "C" text_opsues (1) on conflict (a, l(b), (c+d) collate "C" text_op,s) where x > 0to t values (1) returning a, t a = default;
uRpdate t as x set a = 1;
update only t set a = 1
notify x
select * from a tablesample system (10)
select * from f(1) as (a int)
select * from f(1) as x(a int, b text)
select * from rows from (f(1))
select * from t h(w erea 1
select a is document
select a is nfc normalized
select a is normalized
select b'101'
