create table t (a int primary key, b text, c double precision);
\copy t from rows.csv csv header
select * from t order by a;
\copy t from rows.csv (format csv, header)
delete from t;
\copy t (c, a) from stdin.csv with (format csv, delimiter ';', null 'nil')
select * from t order by a;
\copy t to stdout
\copy t (b, a) to stdout csv header delimiter ';'
\copy (select a, 'x,"y"' as q from t order by a) to stdout csv header null 'nil'
\copy t from text.tsv
select * from t order by a;
\copy t from short.csv csv
\copy t from nowhere.csv csv
\copy t from
\copy nope from rows.csv csv
begin;
\copy t from rows2.csv csv delimiter as '|' quote ''''
select count(*) from t;
rollback;
select count(*) from t;
\copy t to stdout csv delimiter 'ab'
truncate t;
copy t from stdin;
30	thirty	1.5
31	\N	\N
\.
\copy t (a, b) from stdin csv where a <> 33
32,"thirty
two"
33,x
\.
copy t from stdin csv;
34,x,y
this is not run as SQL;
\.
copy t (b, a) to stdout with (header);
copy (select count(*) from t) to stdout;
copy t to '/nonexistent/x';
\copy t from 'rows.csv' (format csv, foo)
\copy t from program 'x'
