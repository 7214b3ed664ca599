copy t to stdout csv force quote *
copy t to stdout csv header
CREATE INDEX ON h (a)
CREATE TABLE "Quoted Name" ("A b" integer PRIMARY KEY, "select" text)
CREATE TABLE bad (id integer, PRIMARY KEY (nope))
CREATE TABLE o (id integer PRIMARY KEY, n integer NOT NULL, CHECK (n > 0), CHECK (id + n < 10))
CREATE TABLE t (id integer PRIMARY KEY)
CREATE TABLE x (a integer CHECK (b > 0))
CREATE TABLE x (a integer DEFAULT a)
CREATE TABLE x (a integer, b integer GENERATED ALWAYS AS (c) STORED)
CREATE UNIQUE INDEX m_v ON m (v)
create index i on t (a)
create index i on t (s.f(a), coalesce(a,b), f(a) desc)
create index s_a on s (a desc)
create local temp table t (a int)
create materialized view v as select 1 with no data
create or replace view v (a,b) as select 1,2 with check option
create recursive view v (a) as select 1
create role r
create role r with login superuser password 'x' connection limit 5 valid until '2020-01-01' inherit
create schema authorization u
create schema s
create sequence if not exists s as bigint increment by 2 minvalue 1 maxvalue 10 start with 3 cache 4 cycle owned by t.a
create sequence s
create sequence s increment -1 no minvalue no maxvalue no cycle start 5 owned by none
create table t ()
create table t (a  nitbst)
create table t (a int collate "C" not null)
create table t (a int constraint foo not null constraint bar check (a > 0))
create table t (a int primary key deferrable, b int unique initially deferred, c int references x not deferrable initially immediate)
create table t (a int unique nulls not distinct, b int unique nulls distinct, unique nulls not distinct (a))
create table t (a int) with (fillfactor = 70)
create table t (a int) with (fillfactor = 70, x = on, y = 'abc', z)
create table t (a int) without oids
create table t (a int, primary key (a), unique (a,b), check (a > 0), foreign key (a,b) references x (c,d) match simple on delete set default deferrable initially deferred, constraint foo primary key (a), constraint bar check (x) no inherit not valid)
create table t (a int, unique (a) include (b))
create table t (a, b) as select 1, 2
create table t (e int)
create table t (u qneiiunt)
create table t as (select 1) with data
create table t as table x
create table u (id integer primary key, u uuid unique)
create temp sequence s
create unique index concurrently i on s.t using btree (a desc nulls last, b asc nulls first, lower(c), (d+e), f text_ops, g collate "C" desc) include (x,y) with (fillfactor=70) where a > 0
create unique index i on t (a) nulls not distinct
create unlogged table t (a int)
create user u
create view v as select 1
create view v as select 1 with cascaded check option
create view v as select 1 with local check option
create view v with (security_barrier) as select 1
deallocate all
deallocate p
deallocate prepare p
DELETE FROM n WHERE false
DELETE FROM s RETURNING n, t
DELETE FROM t
delete from t as x using b, c where x.a = b.a
discard all
