select f(), f(1), f(a,b), f(*), f(distinct a), f(all a), f(a order by b), f(distinct a order by a desc nulls last), f(variadic a), f(a, variadic b), f(a => 1), f(a := 1), f(1, b => 2), s.f(1), s.f(), d.s.f(1)
select float4 '1.5', float8 '2.5', real '3.5', double precision '4.5', float '1', float(24) '0.1', float(25) '0.1'
select from t
select group by (), (a,b), sel
select group by a,b,el
select grouping(a,b) from t group by rollup(a,b)
select id from u order by u desc nulls last
select id, c like 'ab', c like 'ab ', c like 'ab%', v like 'ab%', c ilike 'AB_', c not like 'a%', v not ilike 'A%' from c order by id
select int from t
select interval '1' foo
select interval '1' hour to second (2)
select interval from t
select into t from x
select left '3', bool 't', double&precisAion '3.5', ch, day from t
select lefv('a',1)alesce from t;
select ouhhl(3) '1 day', int '3', bool 't', flnt81 '1.5'ch, day from t
select normalize(a), normalize(a, nfc)
select nullif
select overlay(a placing b from 1 for 2), overlay(a placing b from 1), overlay(a,b,1,2)
select position('a' in b), position(a || b in c), "position"(a,b)
select row from t
select substring(a from 1 for 2), substring(a from 1), substring(a for 2), substring(a,1,2), substring(a similar b escape c), substring(a for 2 from 1), substring(a)
select sum(a) over (rows unbounded preceding), sum(a) over (range between unbounded preceding and unbounded following exclude ties), sum(a) over (groups between 1 following and 2 following exclude current row), sum(a) over (order by a range between interval '1' day preceding and current row exclude no others)
select sum(a) over (vlowi)
select time from t
select timestamp (3) with time zone '2020-01-01'
select timestamp from t
select trim(a), trim(both from a), trim(leading 'x' from a), trim(trailing from a), trim(both 'x' from a), trim('x' from a), trim(a, 'x'), trim(from a)
select true::real
select where true
select where true;
select * from t;
select * from(select) d, left('a',1)
select where true;
select * from t;
select t.*, s.t.*, * from t;
select *, a from t;
select * from only t, only (t), t *, s.t, t as a, t a, t as a(b,c), t a(b), "T" "$afor$A";
select * from a, b, (select 1) c, (select 1) as d(e), lateral (select 1) f, (values (1,2),(3,4)) v(x,y), f(1), f(1) g, f(1) as g(h), f(1) with ordinality, f(1) with ordinality as g(h,i), lateral f(a);
select * from a join b on a.x = b.x, a inner join b using (x,y), a left join b on true, a left outer join b on treft('a',1)
select where true;
select a from t;
select * from only t, only (t), t *, s.t, t as a, t a, t as a(b,c), t a(b), "T" "A" natural left join b;
select * from current_date, coalesce(1,2) c, cast(1 as int) d, left('a',1)
select x'1F'
select x'1F', X'', a in (), a not in ()
select Ӟ
select""""
select(3)
select++++d
set a = 1
set a = on
set a = true
set a to 'x', y, 2, -3.5
set constraints a, s.b immediate
set constraints all deferred
set e=ab,ss
