\pset format html
select 1 as a, 'x <b> & "q"' as "t<", null as n, '' as e, E'two\n  lines' as l, true as b;
\x
values (1, $$x <b>$$), (2, null);
\x
\pset title 'Ti & tle'
select 1 as a where false;
\pset border 2
\pset null 'NIL'
select 1 as a, null as n;
\x
select 1 as a, null as n;
\pset tuples_only on
select 1 as a, '  lead' as n;
\x
select 1 as a, '  lead' as n;
\pset border 0
\pset tuples_only off
\pset footer off
select 1 as a, '  lead' as n;
