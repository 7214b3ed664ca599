select coalesce(a,b), nullif(a,b), greatest(a,b), least(a), current_date, current_time, current_time(3), current_timestamp, current_timestamp(2), localtime, localtimestamp(0), current_user, session_user, user, current_role, current_catalog, current_schema, current_schema();
select exists (select 1), not exists (select 1), (select 1), array(select 1), array[1,2], array[[1,2],[3,4]], array[]::int[], row(), row(1), row(1,2), (1,2), (a,b) = (c,d), (a).b, (a).*, (a).b.c, a.b.c, a[1], a[1:2], a[:2], a[1:], a[:], a[1][2], a.b[1].c, $1, $1.a, $1[1], ($1).b, (array[1,2])[1];
select (f(x))[1], (f(x)).y, (select 1)[1], ((select 1)).x;
select a collate "C", a || b collate "de_DE", (a || b) collate "C" < c, a collate pg_catalog."C";
select a at time zone 'utc', a at time zone 'utc' at time zone 'cet', a + b at time zone c;
select a operator(pg_catalog.+) b, a operator(+) b, operator(pg_catalog.-) b, a operator(pg_catalog.=) any (array[1]);
select a || b, a -> b, a ->> b, a #> b, a @> b, a <@ b, a && b, a << b, a >> b, a & b, a | b, a # b, ~a, @a, |/a, ||/a, a ~ b, a !~ b, a ~* b, a ~~ b, a %% b, a @@ b, @-@ a, a <-> b, !!a;
select a*-b, a=-1, a<-1, a@-1, a- -1, a--1;
select a +-1;
select a /* c */ + /* n /* m */ */ b -- c;
select 'abc''def', E'a\nb\t\\\'\x41\101\u0041\U00000041', e'', $$abc$$, $a$x$$y$a$, $a$ $b$ $a$;
select x'1F'