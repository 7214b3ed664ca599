\if true
select 1 as a;
\if off
select 2 as b;
\else
select 3 as c;
\endif
\elif true
select 'no'; -- it's
\echo no `echo no` :x
\else
select 'no "';
\endif
select
\if false
  1 as one, 'a;b' as x
\elif no
  2
\elif yes
  4 as four
\else
  5
\endif
;
\set x 0
\if :x
select 'x';
\else
select 'not x';
\endif
\if :{?y}
select 'y';
\endif
\if maybe
select 'maybe';
\else
\echo else
\endif
\if false
\if true
select 'nested no';
\else
select 'nested no';
\endif
\foo
\! echo no \endif
\echo 'a\b' no
select ':x \endif';
select $$ \endif
$$;
\endif
\else
\elif true
\endif
\if true \echo yes \endif
\if false \echo no \else \echo other \endif
select 'done' as d \if true \g \endif
\if true
\else
\else
\elif 1
\endif
values ($$select 1 as n$$), ($$select 2 as n$$) \gexec
values ('select 1 as one', null), ('selec', 'select 2 as two') \gexec
select 1 as a, 'x'::varchar(10) as b, now() as c, null as d, 1.5::numeric(8,2) \gdesc
create table zz (a int) \gdesc
selec 1 \gdesc
\if 1
select 'last' as l
