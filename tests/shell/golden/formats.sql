create table t (a int, b text, c double precision, n numeric(6,2), f boolean);
insert into t values (1, E'x, "y"\nz', 1.5, 2.50, true), (2, null, null, null, null), (3, '', 3, -1, false), (44444, E'wide 日本語 ab\tc', 1e20, 7, null), (5, E'three\nline\nvalue|pipe', 0, 0, true), (6, E'\x01\x7f\rctl', 'NaN', 'NaN', null);
select * from t;
select b, c from t;
select b from t;
select a as "multi
line", b as "日本" from t;
\pset null 'NULL'
select * from t;
\pset border 0
select * from t;
select a as "multi
line", b as "日本" from t;
\pset border 2
select * from t;
select a as "multi
line", b as "日本" from t;
\pset linestyle unicode
select * from t;
select a as "multi
line", b as "日本" from t;
\x
select * from t;
\pset border 1
select * from t;
\pset linestyle ascii
select * from t;
select a as "multi
line and long", b as "日本" from t;
\pset border 0
select * from t;
select a as "multi
line and long", b as "日本" from t;
\t
select * from t;
\pset border 1
select * from t;
\pset border 2
select * from t;
\x
select * from t;
\t
\pset title 'A title'
select * from t;
\pset border 1
select a from t;
\x
select a, b from t;
select a, b from t where false;
\x
select a, b from t where false;
\a
select * from t;
\pset fieldsep ' ; '
select * from t where a < 4;
\x
select * from t where a < 4;
select * from t where false;
\t
select * from t where a < 4;
select * from t where false;
\x
select * from t where a < 4;
select * from t where false;
\t
\pset recordsep '#'
select * from t where a < 4;
\x
select * from t where a < 4;
\x
\pset recordsep_zero
select a from t where a < 4;
\pset recordsep '\n'
\pset fieldsep_zero
select a,b from t where a < 4;
\pset format csv
select * from t;
\x
select * from t;
\x
\t
select * from t;
\t
\pset csv_fieldsep ';'
select * from t;
\pset format aligned
\pset footer off
select a from t where a < 3;
\C
select a from t where a < 3;
\pset footer
select 1 as x, 2 as y \gx
select 1 as x, 2 as y \g
\pset border 1
\x auto
select * from t;
\pset columns 20
select * from t;
\pset columns 0
\x off
select;
select from t;
insert into t values (9) returning a;
insert into t values (10);
\pset format json
select * from t where a < 7;
select 1 as "a""b", E'\\ / \t\x01' as c where false;
\pset format markdown
\pset null '-'
select a, b, f from t where a < 7;
\pset
