with a as (update t set a = 1 returning b), b as (delete from t returning *) select 1;
with a as (select 1) insert into t select * from a;
with a as (select 1) update t set x = 1;
with a as (select 1) delete from t;
(with b as (select 2) select 3);
select (with a as (select 1) select * from a);
with a as (select 1) select 1 union (with b as (select 2) select * from b);
select into t from x;
select a into t from x;
select a into table t from x;
insert into t values (1,2);
insert into t values (1,2),(3,4)