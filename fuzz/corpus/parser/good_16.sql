drop index concurrently if exists i, j;
drop view v;
drop materialized view v;
drop sequence s;
drop schema if exists s cascade;
drop role r;
drop user if exists u;
drop group g;
create view v as select 1;
create or replace view v (a,b) as select 1,2 with check option;
create view v as select 1 with local check option;
create view v as select 1 with cascaded check option