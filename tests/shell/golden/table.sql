-- Aligned tables: numbers right, NULL empty, several lines, wide characters, control characters.
create table t (a int primary key, b text not null, c double precision, d boolean unique, e bytea);
insert into t values (1, 'one', 1.5, true, '\x01ff'), (2, 'two
lines', null, false, null), (-33333, 'ünï 漢字', -2.25, null, '\x');
select * from t order by a;
select b as "A long header", c from t where a = 1;
select count(*), sum(c) from t;
select a from t where false;
select 'a	b' as tab, E'\r\x01' as control;
select;
\x
select * from t order by a;
\x
\a
select a, b from t order by a;
\t
select a, b from t order by a;
