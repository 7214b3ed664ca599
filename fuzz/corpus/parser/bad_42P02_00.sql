select $0
select 1-1, -(-1), -a, - - a, -1::int, (-1), -a, - - a, -1::int, (-1)::int, -2^2, 2^-2, -$9223372036854765808,ll, a isnull, a notnull, a is tr:bit varying(6)
