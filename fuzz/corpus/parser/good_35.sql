select a=?;
select ?::int;
select a ?| b, a ?& b;
select $1 + $2 + $1;
select 2147483648, 2147483647, 00012, 1.0000, 1e400;
select * from t where a = 'x' and b = "y" and c = E'z' and d = $$w$$;
select * from aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhh;
select a<=-b;
select a<>-b;
select -a<b;
select a||-b;
select 'a'::text || 'b', ('a' || 'b')::text, 'a' || 'b'::text