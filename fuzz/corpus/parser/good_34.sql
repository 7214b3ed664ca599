select @ a + b, (@ a) + b, @ (a * b), - a ^ 2, (- a) ^ 2, -(a ^ 2), - a :: int, (a + b)::int, a + b::int;
select a ^ b ^ c, a ^ (b ^ c);
select a = b or c = d and e <> f;
select a is not null = b, (a = b) = c, a = (b = c);
select a in (1) in (2), a in (1) = b;
select (a like b) like c;
select a is;
select a collate;
select (1,2) overlaps (3,4), row(1,2) overlaps row(3,4);
select ?;
select a = ? and b in (?, ?);
select a ? b