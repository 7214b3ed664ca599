table s.t order by 1;
select * from t order by a asc, b desc, c nulls first, d desc nulls last, e using <, f using operator(pg_catalog.>) nulls first;
select * from t limit 1;
select * from t limit all;
select * from t limit null;
select * from t limit 1 offset 2;
select * from t offset 2 limit 1;
select * from t offset 2 rows fetch first 3 rows only;
select * from t fetch first row only;
select * from t fetch next 3 rows only;
select * from t order by a fetch first 3 rows with ties;
select * from t fetch first (1+2) rows only