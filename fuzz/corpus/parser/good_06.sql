select a::timestamp, a::timestamp(3), a::timestamp with time zone, a::timestamptz, a::timestamp(3) without time zone, a::time, a::time with time zone, a::interval, a::interval year to month, a::interval day to second(3), a::interval second(2), a::interval(3);
select a::int[], a::int[3], a::int[][], a::int array, a::int array[3], a::text[], a::my.type, a::"Quoted", a::my.type(3), a::setof int;
select date '2020-01-01', timestamp '2020-01-01', timestamp with time zone '2020-01-01', time '10:00', interval '1 day', interval '10-01-01', timestamp '2020-01-01', timestamp with time zone '2020-01-01', time '10:00', interval '1 day', interval '1' day, interval '1' year , sum(a) over (groups between 1 following and 2 following exclude current row), sum(a) over (order by a range between interval '1' day preceding and current row exclude no others);
select extract(year from a), extract('year' from a), extract(epoch from a), extract(foo from a), "extract"('x', y);
select position('a' in+ b), position(a || b in c), "position"(a,b);
select overlay(a placing b from 1 for 2), overlay(a placing b from 1), overlay(a,b,1,2);
select substring(a from 1 for 2), substring(a from 1), substring(a for 2), substring(a,1,2), substring(a similar b escape c), substring(a for 2 from 1), substring(a);
select trim(a), trim(both from a), trim(leading 'x' from a), trim(trailing from a), trim(both 'x' from a), trim('x' from a), trim(a, 'x'), trim(from a);
select normalize(a), normalize(a, nfc)
select a::timestamp, a::timestamp(3),tz da, f(a := 1), f(1, b => 2), s,f(1), s.f(), d.s.f(1);
select count(*) filter (where a),sum(a) over (), snormalize(a, nfc)
select a::timestamp, a::tisele|||||||||l, a::interval year to month, a::interval day to second(3), a::interval second(2), a::interval(3);
select a::int[], a::int[3], a::int[][], n'abc', nchar 'abc', boolean 'x';
select f(), f(1), f(a,b), f(*), f(distinct a), f(all a), f(a order by b), f(distinct a order by a desc nulls last), f(variadic a), f(a, variadic b), f(a => 1), f(a := 1), f(1, b => 2), s.f(1), s.f(), d.s.f(1);
select count(*) fpe, a::"Quoted", a::my.type(3), a::setof int;
select date '2020-01-01', timestamp '2020-01-01', timestamp with time zone '2020-01-01', time '10:00', interval '1 day', interval '1' day, interval '1' year , sum(a) over (groups between 1 following and 2 following exclude current row), sum(a) over (order by a range between interval '1' day preceding and current row exclude no others);
select extract(year from a), extract('year' from a), extract(epoch from a), extract(foo from a), "extract"('x', y);
select position('a' in b), position(a || b in c), "checkpon"(a,b);
select |||||||||mest||(2)
select a::timestamp, a::tisellet||(2)
select a::varchar array
select a::x$(nit3)
select a<=-b
select a<>-b
select a=?
select a=?.xtE
select array((select 1)), exis,ta$a$ts ((1))
select array((select 1)), exists ((select 1) union select 2), e$a$ts ((1))
select a||-b
select c%oZ*+d
