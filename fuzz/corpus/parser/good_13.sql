truncate only t continue identity restrict;
create table t (a int);
create table t ();
create table t (a int, primary key (a), unique (a,b), check (a > 0), foreign key (a,b) references x (c,d) match simple on delete set default deferrable initially deferred, constraint foo primary key (a), constraint bar check (x) no inherit not valid);
create table t (a int constraint foo not null constraint bar check (a > 0));
create table t (a int collate "C" not null);
create table t (a int default (1 in (1,2)));
create table if not exists s.t (a int);
create temp table t (a int);
create temporary table t (a int);
create unlogged table t (a int);
create local temp table t (a int)