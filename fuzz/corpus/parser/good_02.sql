discard plans
discard sequences
discard temp
discard temporary
drop group g
drop index i
drop materialized view v
drop role r
drop schema if exists s cascade
drop sequence s
DROP TABLE a, qualified
drop user if exists u
drop view v
end
execute p
execute p (1, 'x')
explain ((select 1))
explain (foo) select 1
explain (select 1)
explain analyze select 1
explain execute x
explain select 1
explain verbose select 1
INSERT INTO c VALUES (1) ON CONFLICT (id, a) DO NOTHING
INSERT INTO c VALUES (1) ON CONFLICT DO UPDATE SET n = 1
INSERT INTO c VALUES (1) ON CONFLICT ON CONSTRAINT nope DO NOTHING
insert into t ((select 1))
insert into t (a) overriding user value values (1)
insert into t (a) select 1
insert into t (select 1)
insert into t (values (1))
insert into t (values) values (1)
insert into t as x (a) values (1)
insert into t default values
insert into t overriding system value values (1)
insert into t table x
insert into t values (1) on conflict (a) do nothing
insert into t values (1) on conflict (a, lower(b), (c+d) collate "C" text_ops) where x > 0 do update set a = excluded.a, (b,c) = (1,2) where t.a > 1 returning *
insert into t values (1) on conflict do nothing
lock t
lock t in share row exclusive mode
lock t in share update exclusive mode
lock table t in access share mode
lock table t, only u in row exclusive mode nowait
prepare p (int, text) as select $1, $2
prepare p as select 1
prepare transaction 'x'
refresh materialized view concurrently v with no data
RELEASE a
reset a
reset all
ROLLBACK TO a
rollback prepared 'x'
rollback work and chain
savepoint a
SELECT ''::integer
SELECT 'ABC' ILIKE 'a%', 'abc' NOT LIKE 'a%', NULL LIKE 'a'
SELECT 'abc' LIKE 'a%', 'abc' LIKE '_b_', 'abc' LIKE 'b%', 'a%c' LIKE 'a\%c', 'a_c' LIKE 'a!_c' ESCAPE '!'
SELECT 'it''s', 'a' || 'b', 'a' || 1, E'tab\tnew\nline'
SELECT 'maybe'::boolean
SELECT 'one'
'two'
SELECT (1,3) = (1,2)
SELECT (2 + 3) * (4 - 10) / 5
SELECT (2,0) >= (1,9)
SELECT * FROM t OFFSET -1
SELECT 0::numeric^5
SELECT 1 % 0
SELECT 1 / 0
SELECT 1 IN ('x')
SELECT 1 IS DISTINCT FROM 2
SELECT 1 IS TRUE
SELECT 1.5 + 1, 0.1 + 0.2, 1e3, 1.0 - 0.9, -(-5.50)
SELECT 2 + 3 * 4 - 10 / 5
SELECT 2 ^ 10
SELECT 3 BETWEEN 5 AND 1
SELECT 3 BETWEEN SYMMETRIC 5 AND 1
SELECT 3 NOT BETWEEN SYMMETRIC 5 AND 1
SELECT 5 IN (1,2,3)
SELECT @ -5
SELECT @ -5.5
SELECT CASE 1 WHEN 'a' THEN 1 END
SELECT CASE 1 WHEN 1 THEN 'one' WHEN 2 THEN 'two' END
SELECT CASE WHEN 1 THEN 2 END
SELECT CASE WHEN NULL THEN 1 ELSE 2 END
SELECT DISTINCT a, d FROM t
SELECT GREATEST(1,2,3)
SELECT LEAST(3,2,1)
SELECT LEAST(true,false)
SELECT NOT 1
SELECT NULL IS TRUE
SELECT NULL IS UNKNOWN
SELECT NULLIF(1, 1)
SELECT ROW() = ROW()
SELECT abs(-9223372036854775808)
SELECT coalesce(1, 'x')
SELECT count(*) FROM t
SELECT current_catalog = current_database()
SELECT current_schema
SELECT current_user = current_role
SELECT current_user = session_user
SELECT div(9,4)
