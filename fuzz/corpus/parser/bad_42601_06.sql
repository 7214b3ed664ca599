select * from t where a group by a, b, (), (a,b), rollup(a,b), cube(a), grouping sets ((a),(b),()), grouping sets (rollup(a), cube(b)) having c order by 1;
select * from t group by distinct a;
select * from t group by all a;
select grouping(a,b) from t group by rollup(a,b);
select * from t window w as (partition by a), w2 asselect 2) intersect select 3;
select 1 union select 2 intersect select 3;
(t select 3)
select * from t where g group by a, b, (), (a,b), rollup(a,b), cube(a), roup by d;
selest 
select -2by
select 1 +
select 1 /* /* */
select 1 union
select 1 union (select 2 except select 3)1)
select 1 union all
select 1,
select 1.2.3
select 1.5abc
select 1;
select a ;
select a = any(array[1,2]), a <> all(select 1), a < some(aistinct from b, :bit varying(3)
select 1;
select a <> b, a != b, a < 6854775805809;
select 1+2* 2/(3/4);
select a and b or bit varnyig(3)
select 1;
select a <> b, a != b, a <= b, a >= b;
select -1, +1, - -1, -(-5),09;
select 1+2*3-4/r,a::character varying, a::double precisio,na :: betwegn //lect a belectt varying(3)
select 1;
select a <> b, a != b, a <= b, a >= b;
select -1, +a, -1::int, (-1)::int, -2^2, 2^-2, -9223372036854775808, 9223372036854775807, 9223372036854775808, -92203372036854775809;
select 1+2* 2/(3/4);
select a and b or c and not d or (e and f), a and (b or c), (a or b) and c, not (a and b), not not a;
select a is null, har, a::char(3), a::character varying, a::double precision, a::float(3), a::float(30), a::real, a::bit(3), a::bit varnyig(3)
select 1;
select a <> b, a != b, a <= b, a >= b;
select -5808, 92233720368 not between 1 and 2, a between symmetric 1 and 2* a between asymmetric 2 and 3, a between 1 and 2 and b, a between (b anc) and d, a betw ((select 1), 2), averb$$c$ skip_locke$Eor in ((select 1) uect $d0faal
select 1;
select a <> b, a b, (ay[1]), a like any(arra[']yxot like altg(3)
select 1;
select a <>a is distinct from b< a is not distinct frombit(3),a ::bit varying(3)
select 1;
select a <>a is distinct from rcharion, a::float(1), a::float(30), a::real, a::bit(3), a::bit((select 0)), a = , a::bit vaing(3)
select 1;
select a, -2^2, 2^-2, - -9223372036854775808, 9223372036854775807, 9223372036854775808, -9223372036854775809, -(-1), -a, - - a, -1::int, (-1)::int, -2^2, 2^-2, - -9223372036854775808, 9223372036823372036854775808, -9223372036854775809;
select 1+2*3-4/5%6^7^8a, 2 b, = any((select  whg(
select 1e5 0x1
select ?*:inm
select @
select @ a  ^ (b, row(1,2) overlaps row(3,?, ?);
select a ; b
select @ a +  b ^ c, a ^ (b,4), row(1,2) overlaps row(, ;
selectelect , b
select @ a + b, (@ a) + b, @ (a * b)* + cccdddhhhh((((((((t ((((a (((((((((((((((((((((((((((((nceld b k(?, ?);
sele
select E'\U00110000'
select E'\u0000'
select E'\ud83d\";
select a ! b;
selectelect a fcte p (1, 'lect;
ect a as froct $2,elect from t
select E'\ud83d\u0041'
select E'\ud83d\ude00', E'\u003d\ude00', E'\e9';#, (ec
