create table t (a int) with (fillfactor = 70);
create table t (a int) with (fillfactor = 70, x = on, y = 'abc', z);
create table t (a int) without oids;
create table t (a, b) as select 1, 2;
create table t as select 1;
create table t as select 1 with no data;
create table t as (select 1) with data;
create table if not exists t as values (1);
create table t as table x;
create table t (a int unique nulls not distinct, b int unique nulls distinct, unique nulls not distinct (a));
create table t (a int primary key deferrable, b int unique initially deferred, c int references x not deferrable initially immediate);
create table t (a int, unique (a) include (b))