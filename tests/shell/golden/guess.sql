\import types.csv types
\d types
select * from types \gx
\import open.csv o
\import empty.csv o
\import header.csv o
\d o
\import --delimiter '\t' tabs.tsv tabs
select * from tabs;
\import same.csv same
select * from same;
\import long.csv long
\import --no-header header.csv h
select * from h;
\import --jump 1 header.csv h
\import --delimiter ab header.csv h
\import header.csv h more
\import header.csv
\d
create table "Mixed Case" (a int, b text);
\import header.csv "Mixed Case"
.import --csv header.csv public.o
begin;
\import long.csv long
\import open.csv o
\import same.csv o
select count(*) from o;
commit;
