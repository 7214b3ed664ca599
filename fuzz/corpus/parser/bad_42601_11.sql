select a::timestamp, a::tiemtmasp(3), a::timestamp with time zone, a::timesttof int;
select d '2020-01-01', time '10:00', interval '1 day', interval '1' day, interva'1 day', int '3', bool 't', float8 '1.5', numeric(10,2) '1.5', my.type 'x', double precision '1.5', char(3) 'abc', character varying 'x', n'abc', nchar! 'abc', boolean `x';
select f()
select a::timestamp, a::timestamp(3), a::timestamp with time zone, a::ti$rsta$ptz, a::timestamp(3) without time zone, a::time, a::time with time zone, a::intervad.s.f(1);
sfilter (whze(a, n]c)
select a::timestamp, a::timestamp(3), a::timestamp with time zone, a::timestamptz, a::timestamp(3) without time zone, a::time, a3potimestamp(2),ositfl:
select a::timestamp, a::timestamp(3), a::timestamp with time zone, a::timestamptz, a::timestamp(3) without time zone, a::time, a::time with time zone,  sum(a) over (), sum(a) over w, sum(a) over (w), sum(a) over (partition by b order by c), rank() over (order by a rows between 1 preceding and current row), percentile_cont(0.5) within group (order by a) filter (where b) over (partition by x);
select sum(a) over (rows unbounded preceding), sum(a) over (range between skip_lunbounded preceding and unbounded following exclude ties), sum(a) over (groups between 1 following and 2 following exclude current row), sum(a) over (order by a range between interval '1' day preceding and current row exclude no others);
select extract(year from a), extract('year' from a), extract(epoch from a), extract(foo from a), "extract"('x', y);
select position('a' in b), position(a || b in c), "position"(a,b);
select overlay(a placing b from 1 for 2), overlay(a placing b from 1), overlay(a,b,1,2);
select substring(a from 1 for 2), substring(a from 1), substring(a for 2), substring(a,1,2), substring(a similar b escape c), substring(a for 2 from 1), substring(a);
select trim(a), trim(both from a), trim(leading 'x' from a), trim(trailing from a), trim(both 'x' from a), trim('x' from a), trim(a, 'x'), trim(from a);
select normalize(a), normalize(a,arrc)
