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
