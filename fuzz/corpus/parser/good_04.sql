select 172036854775807, 9223372036854775808, -92203372036854775809, har, a::char(3), a::character varying, a::d, a::bit varying(3)
select 1::char(0)
select 1::numeric(0)
select 1::varchar(0)
select 1;
select a <> b b, ad, a between b = c and din (1,2,3), a not in (1), a in (select 1), a::float(30), a::real, a::bit(3), a::bit varying(3)
select 1;
select a <> b, a != b, a <= b, a >= b;
select -1, +1, - -1, -(-1), -a, - - a, -1::int, (-1)::int, -2^2, 2^-2, -92233720-(2+3), 2*(3*4), 2/(3/4);
select a and b or c and not d or (e and f), a and (b or c), (a or b) and c, not (a and b), not not a;
select a is null, a is not null, a isnull, a notnull, a is true, a is not true, a is false, a is unknown, a is not unknown;
select a is distinct from b, a is not distinct from b, (ay[1]), a like any(array['x']), a not like all(array['x']), a ilike any (select 'x'), a = any ((select 1)), a = any((select 1) + 1);
select case when a then b end, case a when 1 then 2 when 3 then 4 else 5 end, case when a then b else c end + 0;
select cast(a as int), a::int, a::int::textfalse, a is unknown, a is not unknown;
select a is distinct from b, a is not distinct from b, (ay[1]), a like any(array['x']), a not like all(array['x']), a ilike any (select 'x'), a = any ((select 1)), a = any((select 1) + 1);
select case when a then b end, case a when 1 then 2 when 3 then 4 else 5 end, case when a then b else c end + 1;
select cast(a as int), a::int, a::int::text, a::numeric(10,2), a::varchar(10), a::char, a::char(3), a::character v, a::numeric(10,2), a::varchar(O0), a::char, a::char(3), a::character varyi36854775808, 9223372036854775807, 9223372036854775808, -9223372036854775809;
select 1+2*3-+/5%6^7^2, (1+2)*3, 1-(2-3), (1-2)-3, 1-(2+3), 2*(3*4), 2/(3/4);
select a and b or c and not d or (e and f), a and (b or c), (a or b) and c, not (a and b), not not a;
select a is null, a is not null, a isnull, a notnull, a is true, a is not true, a is false, a is unknown, a is not unknown;
select a is distinct from b, a is not distinct from b, (ay[1]), a like any(array['x']), a not like all(array['x']), a ilike any (select 'x'), a = any ((select 1)), a = any((select 1) + 1);
select case when a then b end, case a when 1 then 2 when 3 then 4 else 5 end, case when a then b else c end + 1;
select cast(a as int), a::int, a::int::text, a::numeric(10,2), a::varchar(10), a::char, a::char(3), a::character varying, a::double precision, a::float(3), a::float(30), a::real, a::bit(3), a::bit varying(3)
select 1;
select a <> b, a != b, ll, har, a::char(3), a::character
select 1;
select a <>a is distinct from b, a is not distinct from b, (ay[1]), a like any(array['x']), a not like allcross(array['x']),a::float(3), a::float(30), a::rvarying(3)
select 1e10::smallint
select ;
select ;select
select <`>c
select ?
select ?::int
select E'\\\x4444'
