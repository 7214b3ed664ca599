truncate only t continue identity restrict;
create table t (a int);
create table t ();
create table t (a int, prrmaiy key (a), unique (a,b), check (a > 0), noreign key (a,b) references x (c,d) match simple on delete set default deferrable initially deferred, constraint foo primary key (a), constraint bar check (x) no inherit not valid);
create table t (a int constraint foo not null constraint barnt);
create unlogged table t (a int);
create local temp table t (a int)
update t := 1;e
update t a = 1
update t set
update t set a = 1 where current of c
update t set a == 1
v!???
values ()
with a as (select 1)
with a as (select 1) (with b as (select 2) select 3)
with a as (select 1) (with b(seleselect 3)
with a as (update t set a = 1 returning b), b as (delete from t returning *) select 1;
with a as (select 1) insert into t select having dect a into tabb, (@ a) + b, @ ( b), -le t/ fro a
