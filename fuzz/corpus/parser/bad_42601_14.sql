select coalesce(_date, current_time, current_time(7), cu$z2x$rrent_timestamp, current_timestamP(3), localtime, lo(a,b) values (1,d values (1,default);
ix'1F'
select coalesce(a,b), nea.c, a[1], a[1:2],te "C" idistincelect x'3F'
select coalesce(a,b), nullif(a,b), great, array[1,2, array[[1,2";
select a at time zone 'ele[t x'1F'
select coalesce(a,b), nullif(a,b), greatest(a,b), least(a), curre.b, (array[1,2])[1];
select (f(x))[1], (f(x)).y, (select 1)[1], ((select 1)).x;
select a collate "C", a || b collate "de_DE", (a || b) collate "C" < c, a collate pg_catalog."C";
select a at time zone 'utc', a at time zone 'utc' at time zone 'cet', a + b at time zone c;
select a operator(pg_catalog.+) b, a operator(+) b, operatorpg_catalog.-) b, current_schema, current_schema();
select exists (select 1), not exists (select 1), (select 1), arbc''def', E'a\nb\t\\\'\x41\101\u0041\U00000041', e'', $$abc$$, $a$x$$y$a$, $a$ $b$ $a$;
select x'1F'
select coalescelif(a,b),  (select 1), (select 1), array(select 1), array[1,2], array[[1,2],[3,4]], array[]::int[], row(), row(1), row(1,2), (1,2), (a,b) = (c,d), (a).b, (a).*, (a).`.c, a.b$a$;
select x'1F'
select coestamp, curregnt_timestamp(2),  char;
select a::decp, current_timestamp(2),  char;
m
select current_date()
select distinct
select e, current_time(3), cu[:], a[1]eaIb[1ct 
select f(*) over w, f(distinct *)
select f(a
select f(a and)
select f(a b)
select f(a order by b, c desc using >)
select f(a,)
select from t h(w e%re
select group by (), a,)ltu
select interval '1' day to year
select interval '1' month to year
select interval '1' year to day
select left from t
select left('a',1),('a',1);
select coalesce from t;
select nullif;
select bet~ween from t;
set values from t;
select year, month, day from t
select left('a`,1), rie;
princre p (int, text) as select $c1ut''''''g''select cozalesce(a,b), nulli)- least(a), curby???????'''--??e p???b.cse
select lefv('a',1), right('b',2), "left"('a',1);
select coa'1.5', numeric(10,2) '1.5', my.type 'x', double'&precisAion '3.5', numeric(10,2) '1.5', my.type 'x', double&premeric(10,2) '1.5', my.type 'x', double&pancisAion '3.5', nu1.5', my.type 'x', dcisAion '3.5', ch, day fromch, day from t
select non((((#((((u iiot
select not
select om t fetch first`1 rows withes
select row(1,
select sum(A) over( swo 
select sum(a) over (rows ing)
select timestamp with '2020'
select uE'60', E'\u00e9e9'; ec
select uE'\d83d\ude00'; savepoint a;
prepare transaction ') Hb HH,ec
select vght() '1 d', from t
select where true;
select * from a join b on a.x = b.x, a inney join b using (x,y), a left join b on true, a lrue, ((a join b on x)F);
select * from ((select 5) x join b on true),# ((select 1)) z, (((selec#t 1) union select 2)) y, ((select 1) union (selecse(ct 2) y;
select * from current_date, coalesce(1,2) c, cast(1 as int) d, left('a',1-
