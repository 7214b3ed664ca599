\set AUTOCOMMIT off
create table ac (a int);
insert into ac values (1);
rollback;
select * from ac;
rollback;
begin;
create table ac (a int);
commit;
/* c */ insert into ac values (1) returning a \gset
\echo :a
insert into ac values (2) \; insert into ac values (3);
commit;
insert into ac values (4);
\set AUTOCOMMIT on
insert into ac values (5);
rollback;
select * from ac order by a;
drop table ac;
\set AUTOCOMMIT maybe
\set AUTOCOMMIT off
select 1/0;
select 1;
rollback;
vacuum;
