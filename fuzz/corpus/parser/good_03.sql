SELECT false IS NOT FALSE
SELECT id FROM t ORDER BY a NULLS FIRST, id
SELECT id FROM t ORDER BY a, id
SELECT id FROM t WHERE b NOT LIKE '%e' ORDER BY id
SELECT ln(0)
SELECT log(2::float8)
SELECT pi()
SELECT position('c' in 'abc'), strpos('abc', 'z')
SELECT setseed(2)
SELECT sign(-3::bigint)
SELECT sign(0)
SELECT trim('  x  '), ltrim('xxy', 'x'), rtrim('yxx', 'x'), btrim('  x '), trim(both 'z' from 'zzaz')
SELECT true + 1
SELECT upper('abc'), lower('ABC'), substr('abcdef', 2, 3), substring('abcdef' from 3)
SELECT user = current_user
SELECT |/ 25
seleCt a::int array, a::int array[3], ioad, timecresate 
select
select  1e-5,x1
select !s''''''e$
select $1 + $2 + $1
select (1,2) overlaps (3,4), row(1,2) overlaps row(3,4)
select (a like b) like c
select (f(x))[1], (f(x)).y, (select 1)[1], ((select 1)).x
select * from ((select 1) x join b on true), ((select 1)) z, (((select 1) union select 2)) y, ((select 1) union (select 2) order by 1) w
select * from (select 1) x cross join lateral (select 2) y
select * from a join (b join c on x) on y, (a join b on x) join c on y, (a join b on x) as j, (a join b on x) as j(k,l) join c on true, ((a join b on x))
select * from a join b join c on x on y
select * from a join b on a.x = b.x, a inner join b using (x,y), a left join b on true, a left outer join b on true, a right join b on true, a full outer join b on true, a cross join b, a natural join b, a natural left join b, a natural full outer join b
select * from a, b, (select 1) c, (select 1) as d(e), lateral (select 1) f, (values (1,2),(3,4)) v(x,y), f(1), f(1) g, f(1) as g(h), f(1) with ordinality, f(1) with ordinality as g(h,i), lateral f(a)
select * from a.b.c
select * from aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhh
select * from current_date, coalesce(1,2) c, cast(1 as int) d, left('a',1)
select * from only t, only (t), t *, s.t, t as a, t a, t as a(b,c), t a(b), "T" "A"
select * from t , cuie(abnsertu) e,glesct * felect 
select * from t , cuie(abnsertue), glesct * felect 
select * from t fetch first -1 rows only
select * from t fetch first row only
select * from t fetch next 3 rows only
select * from t for no key update for key share
select * from t for read only
select * from t for update
select * from t for update of t, s nowait for share skip locked
select * from t group by distinct a
select * from t li
select * from t limit 1
select * from t limit all
select * from t order by a fetch first 3 rows with ties
select * from t where a = 'x' and b = "y" and c = E'z' and d = $$w$$
select * from t where a group by a, b, (), (a,b)- rollup(a,b), cuie(abnsertue), grouping sets ((a),(b),()), groufetepin, (), (a,b) ,rollup(a,b) 
select * from t window w as (partition by a), w2 as (w order by b)
select +m++d
select -a<b
select 1
select 1 + b is, c
select 1 union select 2 intersect select 3
