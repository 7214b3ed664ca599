create temp view v as select 1;
create recursive view v (a) as select 1;
create materialized view v as select 1 with no data;
create materialized view if not exists v (a) as select 1;
create view v with (security_barrier) as select 1;
refresh materialized view concurrently v with no data;
create sequence s;
create sequence if not exists s as bigint increment by 2 minvalue 1 maxvalue 10 start with 3 cache 4 cycle owned by t.a;
create sequence s increment -1 no minvalue no maxvalue no cycle start 5 owned by none;
create temp sequence s;
alter sequence s restart;
alter sequence s restart with 5 increment 2