-- Errors: the place in the file, the line, the caret, cut lines, detail.
select * from nope;
select 1,
  2 +
  zz;
select 'äöü', zz;
select aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, ccccccccccccccccccccc;
select 1 as xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx, 2 as yyyyyyyyyyyyyyyyyyyyyyyyyyy, 3 as zzzzzzzzzzzzzz, missing, 4 as ccccccccccccccccccccc, 5 as ddddddddd;
create table t (a int primary key);
insert into t values (1);
insert into t values (1);
\foo
\i nowhere.sql
select 1
