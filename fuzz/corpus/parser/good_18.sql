alter sequence if exists s owned by t.a;
create schema s;
create schema if not exists s;
create schema s authorization u;
create schema authorization u;
create role r;
create role r with login superuser password 'x' connection limit 5 valid until '2020-01-01' inherit;
create user u;
alter table t add column a int;
alter table t add a int not null default 1;
alter table t add column if not exists a int;
alter table t add constraint c check (a > 0)