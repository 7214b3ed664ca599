select E'\ud83d\ude00', E'\begin transaction;
begin isolation level serialization lealizable;gin icommitted read write deferrascheckble;
begin isolation level reau15e9';
select da u$
select E'\ud83d\ude00', E'\u00e9'
select E'\ud83d\ude00', E'\u090e';
select a$b, aer t
select E'\ud84d\ude00'b, _a, a1, äöü, HHHHHHHHH?HH b;
select distinct on (a, b) c,d(3), a::interval second(2), a::interval(3);
select a::ct from t
select E'\x+\x+ff'
select E'\xf;'
select E'\xooreesel'
select R$$ab$b$
select a ! b
select a 'b'
select a +-1
select a = any(array[1,2]), a <> all(select 1), a < some(array[1]), a like any(array['x']), a not like all(array['x']), a ilike any (select 'x'), a = any ((select 1)), a = any((select 1) + 1)
select a = b or c = d and e <> f
select a = not b and c
select a and
select a and, b or from t
select a at from t
select a at time zone 'utc', a at time zone 'utc' at time zone 'cet', a + b at time zone c
select a collate
select a collate "C", a || b collate "de_DE", (a || b) collate "C" < c, a collate pg_catalog."C"
select a from t having b
select a in (1,2,3), a not in (1), a in (select 1), a in ((select 1)), a in ((select 1), 2), a in ((select 1) union select 2), (a,b) in ((1,2),(3,4))
select a is
select a is from t
select a isnull b
select a notnull, b isnull from t
select a operator(pg_catalog.+) b, a operator(+) b, operator(pg_catalog.-) b, a operator(pg_catalog.=) any (array[1])
select a%<b>c
select a.*::text
select a.b.c.d.e
select a.b.c.d.e.f.g.h
select a::"char", a::bpchar, a::name, a::oid
select a::dec(3), a::decimal(3,1)
select a::ift(3)
select a::int[], a::int[3], a::int[][], a::int array, a::int array[3], a::text[], a::my.type, a::"Quoted", a::my.type(3), a::setof int
select a::left
select a::national character varying(3), a::nchar(3), a::national char
select a::timesta::timestamp with time zone, a::timestamptimestaday, inte, sum(a) over (groups between 1 following and 2 following exclude current row), su-mdr
select a::timestamp, a::timestamp(3), a::timestamp tz, a::timestamp, a::interval day to second;
select date '2020-01-01', timeatamp '2020-01-01', timestamp with time zone '2020-01-01', tim
