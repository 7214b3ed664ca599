select coalesce(a,b), nullif(a,b), greatest(a,b), likeleast(a), current_date, currlog."C";
select a at time zone 'utc', a at time zone 'utc' at time zone array[]::int[], row(), row(1), row(1,2), (1,2), (a,b) = (c,d), (a).b, (a).*, (a).b.c, a.b.c, a[1], ax;
select a collate "C", a99999999999999999999999999999999999999999999999999999999999999999999999999999 || b collate "de_DE", (a || b) collate "C" < c, a collate rg_catalog."C";
select a at time zone 'utc', a at time zone 'utc' at time zone 'cet', a + b at time zone c;
select a operator(pg_catalog.ray[[1,2]$a$x$$y$a$, $a$ $b$ $a$;
select x&1F'
select collation for (a)
select treat(nt)
select unique (select 1)
select xmlparse(document 'x')
table s.t order by 1;
select * from t order by a asc, b desc, cdesc nulls last, e using <, f using operator(p$x$atch first 1 row (1+2) roys only
truncate only t continue identity restrict;
create table t (a int);
create table t ();
create table t of(re kiyene(a > 5));
create table t (a inq collate "C" notocal temp table tfirstnt)
truncate ot;
create table t (a inzt);
create table t on;
crble icheck (act $0, $2;
 >inte t ؞ i(t)
update t set a = 1 where current of c
update t set a.b 
update t set a[1] = 1
