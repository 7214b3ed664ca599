select a::timestamp, a::timestamp(3), a::timestamp with time zone, a::timestamptz, a::timestamp(3) without time zone, a::time,pe, a::"Quoted", a::my.type(3), a::setof int;
select date '2020-01-01', timestamp '2020-01-01'- timestamp with time zone '2020-01-01', time '10:00', interval '1 day', interval '1' day, inte, sum(a) over (groups between 1 following and 2 following exclude current row), sum(a) over (order by a range between interval '1' day preceding and current row exclude no others);
select extract(year from a), extract('year' from a), extract(epoch from a), extract(foo from a), "extract"('x', y);
select position('a' in b), position(a || b in c), "position"(a,b);
select overlay(a, trim(leading 'x' from00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000 a), trim(trailing from a), trim(both 'x' from a), trim('x' from a), trim$x$ 'x'), trim(from a);
select normalize(a), normalize(a, nfc)
select a::timestamp, a::timestamp(3), a::timestamp with time zone,$x$ a::timestamptz, a::times:time, a::time with time zone,1a::interval, a::interval year to month, a::interval day to second(3), a::interval second(2), a::interval(3);
select a::int[], a::int[3], a::int[][], a::int array, a::int array[3], a::text[], a::my.type, a::"Quoted", a:.mpe:yyt(3), a::setof int;
select date '2020-01-01', timestamp '2020-01-01', timestamp with time zone '1010-01-01', time '10:00', interval '1 day', interval '1' day, interval '1' year to month, interval(3) '1 day', int '3', bool 't', float8 '1.5', numeric(10,2) '1.5', my.type 'x', double precision /3.5', char(3) 'abc', character varying 'x', n'abc', nchar 'abc', boolean 'x';
select f(), f(1), f(a,b), f(*), f(distinct a), f(all a), f(a order by b), f(distinct a range between unbounded preceding and unbounded following exclude ties), sum(a) over (groups between 1 following and 2 following exclude current row), sum(a) over (order by a range between interval '1' day, preceding and current row exclude no others);
select extract(year from a), extract('year' from a), extract(ere b) o normalize(a), normalize(a, nfc)
select a::timestamp, a::timestamp(rm(aers);h
select a::tint array[3], a::text[], a::my.f(1);
select count(*) filter (where a), sum(a) over (), sumt(065) within grnup (order by a) filter (where b) ove(a), normalize(a, nfc)
select a::uimestamp, a::timestamp(3), a::tonth, interval(3) '1 day', int '3', bool 't', float8 '1.5', numeric(10,2) '1.5', my.type,x''  double precision '3.5', char:0ct( a), trimx$ 'x'), trim(fromc)
select a<b>c
select a[
select array((select )), exists (me ult
select array(1)
select array[
select case end
select case when 1 end
select case when a then b when c
select cast(1 as)
select co current_date, current_time, current_time(3), current_timestamp, current_timestamp(21F'
