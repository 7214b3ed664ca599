comment on column s.t.a is 'x';
comment on index i is 'x';
discard all;
discard plans;
discard temp;
discard temporary;
discard sequences;
checkpoint;
select a.b.c.d.e;
select a.b.c.d.e.f.g.h;
select * from a.b.c;
select t.a is null and t.b from t t