\import people.csv people
\d people
select * from people \gx
.import people.csv people
select count(*) from people;
\import bad.csv bad
\d bad
create table t (a int check (a < 3), b int);
\import people.csv t
begin;
insert into t values (1,1);
\import pairs.csv t
select * from t;
commit;
\import --no-header --delimiter ; pairs.csv u
select * from u;
\import
\import nope.csv x
.tables
\import --skip 2 report.csv report
select * from report order by name;
\import --skip 3 --no-header report.csv report
\import --skip many report.csv report
\import --skip 9 report.csv report
