alter table t add primary key (a);
alter table t add constraint c primary key using index i;
alter table t add foreign key (a) references x;
alter table t drop column a;
alter table t drop a cascade;
alter table t drop column if exists a restrict;
alter table t drop constraint c;
alter table t drop constraint if exists c cascade;
alter table t alter column a set default 1;
alter table t alter a drop default;
alter table t alter column a set not null, alter column b drop not null;
alter table t alter column a type bigint