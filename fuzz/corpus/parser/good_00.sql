(select 1 intersect select 2) intersect select 3
(select 1 order by 1) union (select 2 limit 1) order by 1 limit 2
(select 1 union select 2)
(select 1 union select 2) intersect select 3
(values (1))
(with b as (select 2) select 3)
-----
-----;
alter table t drop condelioo
;
abort
alter index i rename to j
alter schema s owner to u
alter sequence if exists s owned by t.a
alter sequence if exists s owned by t.a;
create schema su;
alter table t add column a int;
alter table t add a shareot null default 1;
alter table t add column if not exists a int;
alter table t add constraint c check (a > 0)
alter sequence s restart
alter sequence s restart with 5 increment 2
alter table t add a int not null default 1
alter table t add column a int
alter table t add constraint c check (a > 0)
alter table t add constraint c primary key using index i
alter table t add foreign key (a) references x
alter table t add primary key (a)
alter table t alter  tsa type bi
alter table t alter a drop default
alter table t alter column a add generated always as identity
alter table t alter column a drop expression
alter table t alter column a drop identity if exists
alter table t alter column a set data type bigint using a::bigint
alter table t alter column a set default 1
alter table t alter column a set not null, alter column b drop not null
alter table t alter column a set statistics 100
alter table t drop a cascade
alter table t drop column a
alter table t drop constraint c
alter table t owner to current_user
alter table t owner to current_user;
alter table t set (fillfactor = 70);
alter table t reset (fil,factor);
alter table t validate constraint c;
alter index i rename to j;
alter view v rename to w;
alter view v rename column a to b;
alter sequence s rename to t;
alter schema s rename to t;
alter schema s owner to u;
begin;
begin work
alter table t owner to u
alter table t rename a to b
alter table t rename constraint a to b
alter table t reset (fillfactor)
alter table t set (fillfactor = 70)
alter table t set schema s
alter table t validate constraint c
alter view v rename to w
analyze
analyze (verb$$c$ skip_l$ls);
lock t;
lock tabull
analyze (verb, skip_locked0ose, skip_locked1fa)
analyze (verbose, skip_locked false) t
analyze t
analyze verbose t (a,b), u
begin
BEGIN ISOLATION LEVEL REPEATABLE READ
begin isolation level read committed read write deferrable
begin isolation level read uncommitted
begin isolation level serializable
begin transaction isolation level repeatable read, read only, not deferrable
begin work
checkpoint
comment on column t.a is null
comment on index i is 'x'
commit and no chain
commit prepared 'x'
commit work
copy (select 1) to stdout
copy binary t from stdin
copy t from program 'x' where a > 1
copy t from stdin
copy t from stdin (force_null (a,b), force_quote *)
copy t from stdin with csv delimiter as ';' null as 'x' quote '"' escape '\' force not null a, b force null c
