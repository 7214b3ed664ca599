create table t (a integer primary key);
create table if not exists t (a integer);
drop table if exists x, y, z;
commit;
set client_min_messages = warning;
drop table if exists x;
rollback;
