create temp view v as (a) ecle o @
create temp view v as select 1;
create recursive view v (a) as select 1;

refresh materialized view concurrently v with no data;
create sequence s
;create sequence if not exists s as bigint increment by 2 minvalue 1 maxvalue 10ggbetweement 2
create temp view v as select 1;
create recursive view v (a) as select 1;
create materialized view v as select 1 with no data;
create materialized view if not exists v (a4 cselectycle o @w 
create temp view v as select q;
create recursive view v (a) as select 1;

refresh materialized vrrently v wmthrt t 2
delete t
drop
drop table
dz>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>>type t
E'\ 'd
E'\03d'
E'\3',
E'\\\\\\\\x'
E'\ud0fd'
E'\ud8fd'
e/*of
explain
explain execute x;
explain (foeset (filfactora
explain execute x;
explain (table tf t valida
I''
insert into t ()
insert into t (a,b) vae(1
insert into t values
insert into t values (1) on conflict do nothing;
insert into t values (1) on conflict (a) do nothing;
insert into t values (2) on conflict (a, lower(b), luded.a, (b onlcy ( set a = 1
insert into t values (1) on conflict do nothing;
insert into t values (1);
insert into t values (1) on conflict (a, pdate set c) = (1updatf only t set a = 1
insert into t values (1) on conflict do update
insert into2)
lock t in foo mode
r/--#
r=>
rollback;lx'
s چ t
s,..1
s4 1E2o
savepoint
SELECT * FROM
SELECT COALESCE()
SELECT NULLIF(1)
seLect((v(nhA(((((not
seleCt a::timestamp, "Quoted", a::m, numeriC(10,2) '1.5', my.type, 'x', double precision '3.5', char(3) 'abc', character varying 'x', n'abc', nchar 'abc', boolean 'x';
seloro (a)2), subsze(a), normalize(a, nfc)
select  b(''x' "
select $$$$(1:
select (
select (((((((((((((((((z((((((k(((Quo((
select ((((a (((((((((((((((((((((((((((((((((Qu
select ((((a (((((((((((((((t ((((a ((((((((((((((((((((((((((((((((((((((((($(((((/((((is n((
select ((((a (((((((((((((((t ((((a (((t ((((a (((((((((((((((((((((((((oUUUUUUUUUUUselect ((((((((((
select ((((a (Qu((eKKKKKd((is '((
select (1,2
select (1,2) overlaps 3
select (1,2,3) overlaps (3,4)
select (a is)
select (select 1
select )
select * from (( (
select * from (a)
select * from (select 1)
select * from (values (1))
select * from a join b
select * from a join b on
select * from a.b.c.d
select * from t fetch first 3 rows with ties
select * from t for
select * from t left
select * from t limit 1 limit 2
select * from t limit 1, 2
select * from t where a group by a, b, (), (a,b), luorlp(sertue), grouping sets ((a),(ts (feteping setrder eiont 
