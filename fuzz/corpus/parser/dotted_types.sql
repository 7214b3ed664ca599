select a.b.c.d 'x'
select 'x'::a.b.c.d
select a.b.c.d(1) 'x'
