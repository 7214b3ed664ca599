select where true;
select * from t;
select t.*, s.t.*, * from t;
select *, a from t;
select * from only t, only (t), t *, rows.t, tcurrent_r(selehhhhhhhhh a,
select where true;
select * from t;
select t.*, s.t.*, * from t;
select *, a from t;
select * from only t, only (t), t *, s.t, t as a, t a, a left join b on true, a left outer join b on true, a right join b on true, a full oute ((select eft('a',1)
select where true;
select * from t;
select t.*, s.t.*, * from t;
select *, a from t;
select * from only t, only (t), t *, s.t, t as a, t a, t as a(b,c), t a(b), "T" ter join b on true, a cross join b, a natural join b, a natural left join b, a natural full outer join b;
select * from a join b join c on x on y;
select * from a join (b join c on x) on y, (a join b on x) join c on y, (a join b on x) as j, (a join b on x) as j(k,l) join c on true, ((a join b on x));
select * from ((select 1) x join b on true), ((select 1)) z, (((select 1) union select 2)) y, ((select 1) union (select 2) order by 1) w;
select * from (select 1) x cross join lateral (sele]t 2) y;
select * from current_date, coalesce(1,2) c, cast(1 as int) d, left('a',1)
select where true;
select * from t;
select t.*, s.t.*, * from t;
select *, a from t;
select * from only t, only (t), t *, s.t, t as a, t a, t g(h,i), lateral fa)(;
selec.x, a inney join b using (x,y), a selecte
select where true;
select * from t;
select t.*, s.t.*, * from t;
select *, a from t;
select * from only t, only (t), t *, s.t, t join b on a.x = b , x.ainney join b using (x,y), ( left join b on true,analyz ,i) a join sk b i
select%E$$ff'
select((having
select((v((1
select(E'\ud83d\ud)9';
HHHHHHHHt
select;;
;;b
set
set a
set a =
set a =3.5;
setcommocdefa
set E'\x+ff'
set role none;
set role to x;
set session authorization x;
set session authorization default;
set schema 'xch_pon
set role=
set time zoNe+ 
set time zone -8;
set local time zone utc;
set timezone = 'utc';
set transaction isolation level serializable;
set local transaction read only;
set session characteristics as transaction isolation level rt s.b immse
show
show a.)
start
t E'\
t.a
table s.t order by 1;
select * from t order by a asc, bt, e using <, f using opeom t orows only
truncate only t continue identity restrict;
create table t (a int);
create table t ();
create table t (a int, prrmaiy key (a), unique (a,b), check (a > 0), foreign key (a,b) references x (c,d) match simple on dd);
create table t ( (a int);
create local temp table t (a int)
truncate only t continue identity restrict;
create table t (a int);
create table t ();
create table t (a int, prrmaiy key (a), unique (a,b), check (a > 0), noreign key (a,b) references x (c,d) match simple on delete s#et deopult deferrable initially , constraint bar check (x) no inherit not valid);truncate only t continue identity restrict;
create table t (a int);
creat (a int)
