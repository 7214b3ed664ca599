/*
 * The binder against PostgreSQL 15: what a statement becomes, and the errors with SQLSTATE, position and
 * hint. The errors were printed by PostgreSQL for the same statements over the same tables.
 */
#include "base/limits.h"
#include "plan_fixture.h"
#include "test.h"

static const char *const tables[] = {
    ("CREATE TABLE t (id integer PRIMARY KEY, a integer, b bigint, c text, d double precision, "
     "e boolean, f bytea, n numeric)"),
    "CREATE TABLE u (x integer, y text, PRIMARY KEY (x, y))",
    "CREATE TABLE v (k bigint PRIMARY KEY, w numeric(10,2), name text NOT NULL UNIQUE)",
};

static vv_status fixture_open(struct plan_fixture *f)
{
    plan_fixture_open(f);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        VV_TRY(plan_fixture_define(f, tables[i]));
    }
    return VV_OK;
}

struct wanted {
    const char *sql;
    const char *text;
};

static void check(const struct wanted *list, size_t count)
{
    struct plan_fixture f;

    TEST_OK(fixture_open(&f));
    for (size_t i = 0; i < count; i++) {
        struct arena_mark mark = arena_mark(&f.arena);
        const char *got = plan_fixture_text(&f, list[i].sql);

        if (strcmp(list[i].text, got) != 0) {
            printf("%s\n", list[i].sql);
        }
        TEST_TEXT(list[i].text, got);
        arena_reset_to(&f.arena, mark);
    }
    plan_fixture_close(&f);
}

/* What the binder makes; columns are #0 …; casts that PostgreSQL would not need are not shown. */
static const struct wanted plans[] = {
    {"SELECT 1", "(?column? integer)\n"
                 "project 1\n"
                 "  result\n"},
    /* Beyond PostgreSQL, which knows no plus sign before a text. */
    {"SELECT + c, - + a, + '1' FROM t WHERE + + c IS NULL",
     "(?column? text, ?column? integer, ?column? double precision)\n"
     "project #3, (- (+ #1)), (+ '1'::double precision)\n"
     "  filter (#3 IS NULL)\n"
     "    scan t\n"},
    {"SELECT a, b + 1 AS x FROM t WHERE c = 'x' ORDER BY 2 DESC, d LIMIT 5 OFFSET $1",
     "(a integer, x bigint)\n"
     "project #0, #1\n"
     "  limit 5 offset $1\n"
     "    sort #1 desc, #2\n"
     "      project #1, (#2 + 1), #4\n"
     "        filter (#3 = 'x'::text)\n"
     "          scan t\n"},
    {"SELECT a FROM t WHERE b > 5 ORDER BY c LIMIT 2 FOR SHARE FOR NO KEY UPDATE",
     "(a integer)\n"
     "project #0\n"
     "  limit 2\n"
     "    lock t FOR NO KEY UPDATE\n"
     "      sort #1\n"
     "        project #1, #3, #8\n"
     "          filter (#2 > 5)\n"
     "            scan t\n"},
    {"SELECT * FROM u", "(x integer, y text)\n"
                        "project #0, #1\n"
                        "  scan u\n"},
    {"SELECT u.*, x FROM u", "(x integer, y text, x integer)\n"
                             "project #0, #1, #0\n"
                             "  scan u\n"},
    {"SELECT e, count(*), sum(b + 1) FROM t WHERE a > 5 GROUP BY e HAVING sum(b + 1) > 10 ORDER BY "
     "count(*)",
     "(e boolean, count bigint, sum numeric)\n"
     "sort #1\n"
     "  project #0, #1, #2\n"
     "    filter (#2 > (10)::numeric)\n"
     "      aggregate keys (#5) aggregates (count(*), sum((#2 + 1)))\n"
     "        filter (#1 > 5)\n"
     "          scan t\n"},
    {"SELECT count(*) FROM t", "(count bigint)\n"
                               "project #0\n"
                               "  aggregate keys () aggregates (count(*))\n"
                               "    scan t\n"},
    {"SELECT id, a FROM t GROUP BY id", "(id integer, a integer)\n"
                                        "project #0, #1\n"
                                        "  aggregate keys (#0, #1) aggregates ()\n"
                                        "    scan t\n"},
    {"SELECT lower(c) AS z, count(DISTINCT a) FROM t GROUP BY z",
     "(z text, count bigint)\n"
     "project #0, #1\n"
     "  aggregate keys (lower(#3)) aggregates (count(DISTINCT #1))\n"
     "    scan t\n"},
    {"SELECT DISTINCT a FROM t ORDER BY a DESC", "(a integer)\n"
                                                 "sort #0 desc\n"
                                                 "  distinct 1\n"
                                                 "    project #1\n"
                                                 "      scan t\n"},
    {"SELECT 'x' AS s, NULL AS n", "(s text, n text)\n"
                                   "project 'x'::text, NULL::text\n"
                                   "  result\n"},
    {"SELECT 'x' FROM t ORDER BY 1", "(?column? text)\n"
                                     "sort #0\n"
                                     "  project 'x'::text\n"
                                     "    scan t\n"},
    {"SELECT a + b, a + d, a / 2.0, -a FROM t",
     "(?column? bigint, ?column? double precision, ?column? numeric, ?column? integer)\n"
     "project (#1 + #2), ((#1)::double precision + #4), ((#1)::numeric / 2.0), (- #1)\n"
     "  scan t\n"},
    {"SELECT a = 5, b = 5, n = 5, d = 5, c = '5' FROM t",
     "(?column? boolean, ?column? boolean, ?column? boolean, ?column? boolean, ?column? boolean)\n"
     "project (#1 = 5), (#2 = 5), (#7 = (5)::numeric), (#4 = (5)::double precision), (#3 = "
     "'5'::text)\n"
     "  scan t\n"},
    {"SELECT a BETWEEN 1 AND 5, a NOT BETWEEN 1 AND 5 FROM t",
     "(?column? boolean, ?column? boolean)\n"
     "project ((#1 >= 1) AND (#1 <= 5)), ((#1 < 1) OR (#1 > 5))\n"
     "  scan t\n"},
    {"SELECT a IN (1, 2), a NOT IN (1, 2), b IN (1, 2), a IN (1, 2.5), a IN (1), a IN (b, 1, 2) "
     "FROM t",
     "(?column? boolean, ?column? boolean, ?column? boolean, ?column? boolean, ?column? boolean, "
     "?column? boolean)\n"
     "project (#1 = ANY ('{1,2}'::integer[])), (#1 <> ALL ('{1,2}'::integer[])), (#2 = ANY "
     "(ARRAY[(1)::bigint, (2)::bigint])), ((#1)::numeric = ANY (ARRAY[(1)::numeric, 2.5])), (#1 = "
     "1), ((#1 = ANY ('{1,2}'::integer[])) OR (#1 = #2))\n"
     "  scan t\n"},
    {"SELECT CASE a WHEN 1 THEN 'x' ELSE c END, CASE WHEN e THEN 1 END FROM t",
     "(c text, case integer)\n"
     "project CASE WHEN (#1 = 1) THEN 'x'::text ELSE #3 END, CASE WHEN #5 THEN 1 ELSE "
     "NULL::integer END\n"
     "  scan t\n"},
    {"SELECT COALESCE(a, b), NULLIF(a, 1), GREATEST(a, 1.5), LEAST(c, 'x') FROM t",
     "(coalesce bigint, nullif integer, greatest numeric, least text)\n"
     "project COALESCE((#1)::bigint, #2), NULLIF(#1, 1), GREATEST((#1)::numeric, 1.5), LEAST(#3, "
     "'x'::text)\n"
     "  scan t\n"},
    {"SELECT a IS NULL, e IS NOT TRUE, a IS DISTINCT FROM 5, a IS NOT DISTINCT FROM NULL FROM t",
     "(?column? boolean, ?column? boolean, ?column? boolean, ?column? boolean)\n"
     "project (#1 IS NULL), (#5 IS NOT TRUE), (#1 IS DISTINCT FROM 5), (#1 IS NULL)\n"
     "  scan t\n"},
    {"SELECT c LIKE 'a%', c NOT LIKE 'a%', c ILIKE 'a', c LIKE 'x' ESCAPE '!' FROM t",
     "(?column? boolean, ?column? boolean, ?column? boolean, ?column? boolean)\n"
     "project (#3 ~~ 'a%'::text), (#3 !~~ 'a%'::text), (#3 ~~* 'a'::text), (#3 ~~ "
     "like_escape('x'::text, '!'::text))\n"
     "  scan t\n"},
    {"SELECT 1 || 'a', 'a' || 'b', a || c, c || true FROM t",
     "(?column? text, ?column? text, ?column? text, ?column? text)\n"
     "project (1 || 'a'::text), ('a'::text || 'b'::text), (#1 || #3), (#3 || true)\n"
     "  scan t\n"},
    {"SELECT 5::bigint, '5'::integer, a::text, 1.555::numeric(5,2) FROM t",
     "(int8 bigint, int4 integer, a text, numeric numeric)\n"
     "project (5)::bigint, 5, (#1)::text, 1.555::numeric(5,2)\n"
     "  scan t\n"},
    {"SELECT - 2147483648, -9223372036854775808, 9999999999, 1.50",
     "(?column? integer, ?column? bigint, ?column? bigint, ?column? numeric)\n"
     "project '-2147483648'::integer, '-9223372036854775808'::bigint, '9999999999'::bigint, 1.50\n"
     "  result\n"},
    {"SELECT abs(-5), round(1.5), round(d), length(c), count(*) FILTER (WHERE a > 1) FROM t GROUP "
     "BY d, c",
     "(abs integer, round numeric, round double precision, length integer, count bigint)\n"
     "project abs('-5'::integer), round(1.5), round(#0), length(#1), #2\n"
     "  aggregate keys (#4, #3) aggregates (count(*) FILTER (WHERE (#1 > 1)))\n"
     "    scan t\n"},
    {"SELECT $1 + 1, $2 || 'x', a = $3, $4::boolean FROM t",
     "(?column? integer, ?column? text, ?column? boolean, bool boolean)\n"
     "project ($1 + 1), ($2 || 'x'::text), (#1 = $3), $4\n"
     "  scan t\n"},
    {"SELECT $1", "(?column? text)\n"
                  "project $1\n"
                  "  result\n"},
    {"VALUES (1, 'x'), (2.5, NULL)", "(column1 numeric, column2 text)\n"
                                     "project #0, #1\n"
                                     "  values (1, 'x'::text), (2.5, NULL::text)\n"},
    {"VALUES (1), (2) ORDER BY 1 DESC LIMIT 1", "(column1 integer)\n"
                                                "limit 1\n"
                                                "  sort #0 desc\n"
                                                "    project #0\n"
                                                "      values (1), (2)\n"},
    {"INSERT INTO u VALUES (1, 'a'), (2, 'b')", "insert u\n"
                                                "  values (1, 'a'::text), (2, 'b'::text)\n"},
    {"INSERT INTO u (y, x) VALUES ('a', 1.5)", "insert u\n"
                                               "  values (1.5, 'a'::text)\n"},
    {"INSERT INTO t (id, b) VALUES ($1, $2)",
     "insert t\n"
     "  values ($1, NULL::integer, $2, NULL::text, NULL::double precision, NULL::boolean, "
     "NULL::bytea, NULL::numeric)\n"},
    {"INSERT INTO u SELECT a, c FROM t", "insert u\n"
                                         "  project #0, #1\n"
                                         "    project #1, #3\n"
                                         "      scan t\n"},
    {"INSERT INTO u (x, y) SELECT 1, 'z'", "insert u\n"
                                           "  project #0, 'z'::text\n"
                                           "    project 1, NULL::text\n"
                                           "      result\n"},
    {"INSERT INTO v DEFAULT VALUES", "insert v\n"
                                     "  values (NULL::bigint, NULL::numeric, NULL::text)\n"},
    {"INSERT INTO v (w) VALUES (DEFAULT)", "insert v\n"
                                           "  values (NULL::bigint, NULL::numeric, NULL::text)\n"},
    {"UPDATE t SET c = 'x', a = a + 1, b = a WHERE id = $1",
     "update t set #1 = (#1 + 1), #2 = #1, #3 = 'x'::text\n"
     "  filter (#0 = $1)\n"
     "    scan t\n"},
    {"DELETE FROM t WHERE a > 5 AND e", "delete t\n"
                                        "  filter ((#1 > 5) AND #5)\n"
                                        "    scan t\n"},
    {"SELECT a FROM t WHERE 1 = 1 AND a = $1 OR NOT e",
     "(a integer)\n"
     "project #1\n"
     "  filter (((1 = 1) AND (#1 = $1)) OR (NOT #5))\n"
     "    scan t\n"},
};

/* As PostgreSQL 15 says it. */
static const struct wanted errors[] = {
    {"SELECT nope", "ERROR 42703 @8: column \"nope\" does not exist"},
    {"SELECT nope FROM t", "ERROR 42703 @8: column \"nope\" does not exist"},
    {"SELECT t.nope FROM t", "ERROR 42703 @8: column t.nope does not exist"},
    {"SELECT x.a FROM t", "ERROR 42P01 @8: missing FROM-clause entry for table \"x\""},
    {"SELECT t.a FROM t AS q", "ERROR 42P01 @8: invalid reference to FROM-clause entry for table "
                               "\"t\" [Perhaps you meant to reference the table alias \"q\".]"},
    {"SELECT * FROM nope", "ERROR 42P01 @15: relation \"nope\" does not exist"},
    {"SELECT * FROM s.nope", "ERROR 42P01 @15: relation \"s.nope\" does not exist"},
    {"SELECT *", "ERROR 42601 @8: SELECT * with no tables specified is not valid"},
    {"SELECT q.* FROM t", "ERROR 42P01 @8: missing FROM-clause entry for table \"q\""},
    {"SELECT 1 || true",
     "ERROR 42883 @10: operator does not exist: integer || boolean [No operator matches the given "
     "name and argument types. You might need to add explicit type casts.]"},
    {"SELECT 1 || 2",
     "ERROR 42883 @10: operator does not exist: integer || integer [No operator matches the given "
     "name and argument types. You might need to add explicit type casts.]"},
    {"SELECT - 'a'", "ERROR 42725 @8: operator is not unique: - unknown [Could not choose a best "
                     "candidate operator. You might need to add explicit type casts.]"},
    {"SELECT -'5'", "ERROR 42725 @8: operator is not unique: - unknown [Could not choose a best "
                    "candidate operator. You might need to add explicit type casts.]"},
    {"SELECT - true",
     "ERROR 42883 @8: operator does not exist: - boolean [No operator matches the given name and "
     "argument type. You might need to add an explicit type cast.]"},
    {"SELECT a + c FROM t",
     "ERROR 42883 @10: operator does not exist: integer + text [No operator matches the given name "
     "and argument types. You might need to add explicit type casts.]"},
    {"SELECT d % 2 FROM t",
     "ERROR 42883 @10: operator does not exist: double precision % integer [No operator matches "
     "the given name and argument types. You might need to add explicit type casts.]"},
    {"SELECT a = c FROM t",
     "ERROR 42883 @10: operator does not exist: integer = text [No operator matches the given name "
     "and argument types. You might need to add explicit type casts.]"},
    {"SELECT a = 'x' FROM t", "ERROR 22P02 @12: invalid input syntax for type integer: \"x\""},
    {"SELECT e = 1 FROM t",
     "ERROR 42883 @10: operator does not exist: boolean = integer [No operator matches the given "
     "name and argument types. You might need to add explicit type casts.]"},
    {"SELECT e AND a FROM t",
     "ERROR 42804 @14: argument of AND must be type boolean, not type integer"},
    {"SELECT a OR e FROM t",
     "ERROR 42804 @8: argument of OR must be type boolean, not type integer"},
    {"SELECT NOT a FROM t",
     "ERROR 42804 @12: argument of NOT must be type boolean, not type integer"},
    {"SELECT a IS TRUE FROM t",
     "ERROR 42804 @8: argument of IS TRUE must be type boolean, not type integer"},
    {"SELECT a IS NOT UNKNOWN FROM t",
     "ERROR 42804 @8: argument of IS NOT UNKNOWN must be type boolean, not type integer"},
    {"SELECT * FROM t WHERE a",
     "ERROR 42804 @23: argument of WHERE must be type boolean, not type integer"},
    {"SELECT * FROM t WHERE a + 1",
     "ERROR 42804 @23: argument of WHERE must be type boolean, not type integer"},
    {"SELECT * FROM t WHERE 'x'", "ERROR 22P02 @23: invalid input syntax for type boolean: \"x\""},
    {"SELECT foo(1)",
     "ERROR 42883 @8: function foo(integer) does not exist [No function matches the given name and "
     "argument types. You might need to add explicit type casts.]"},
    {"SELECT foo(1, 'a', 1.5, true)",
     "ERROR 42883 @8: function foo(integer, unknown, numeric, boolean) does not exist [No function "
     "matches the given name and argument types. You might need to add explicit type casts.]"},
    {"SELECT foo()", "ERROR 42883 @8: function foo() does not exist [No function matches the given "
                     "name and argument types. You might need to add explicit type casts.]"},
    {"SELECT lower(1)",
     "ERROR 42883 @8: function lower(integer) does not exist [No function matches the given name "
     "and argument types. You might need to add explicit type casts.]"},
    {"SELECT lower('a', 'b')",
     "ERROR 42883 @8: function lower(unknown, unknown) does not exist [No function matches the "
     "given name and argument types. You might need to add explicit type casts.]"},
    {"SELECT lower(a) FROM t",
     "ERROR 42883 @8: function lower(integer) does not exist [No function matches the given name "
     "and argument types. You might need to add explicit type casts.]"},
    {"SELECT abs('x')", "ERROR 22P02 @12: invalid input syntax for type double precision: \"x\""},
    {"SELECT abs(c) FROM t",
     "ERROR 42883 @8: function abs(text) does not exist [No function matches the given name and "
     "argument types. You might need to add explicit type casts.]"},
    {"SELECT length(a) FROM t",
     "ERROR 42883 @8: function length(integer) does not exist [No function matches the given name "
     "and argument types. You might need to add explicit type casts.]"},
    {"SELECT round(d, 2) FROM t",
     "ERROR 42883 @8: function round(double precision, integer) does not exist [No function "
     "matches the given name and argument types. You might need to add explicit type casts.]"},
    {"SELECT count() FROM t",
     "ERROR 42809 @8: count(*) must be used to call a parameterless aggregate function"},
    {"SELECT sum(*) FROM t",
     "ERROR 42883 @8: function sum() does not exist [No function matches the given name and "
     "argument types. You might need to add explicit type casts.]"},
    {"SELECT sum(c) FROM t",
     "ERROR 42883 @8: function sum(text) does not exist [No function matches the given name and "
     "argument types. You might need to add explicit type casts.]"},
    {"SELECT sum('1')", "ERROR 42725 @8: function sum(unknown) is not unique [Could not choose a "
                        "best candidate function. You might need to add explicit type casts.]"},
    {"SELECT avg(e) FROM t",
     "ERROR 42883 @8: function avg(boolean) does not exist [No function matches the given name and "
     "argument types. You might need to add explicit type casts.]"},
    {"SELECT min(e) FROM t",
     "ERROR 42883 @8: function min(boolean) does not exist [No function matches the given name and "
     "argument types. You might need to add explicit type casts.]"},
    {"SELECT min(f) FROM t",
     "ERROR 42883 @8: function min(bytea) does not exist [No function matches the given name and "
     "argument types. You might need to add explicit type casts.]"},
    {"SELECT lower(*) FROM t",
     "ERROR 42883 @8: function lower() does not exist [No function matches the given name and "
     "argument types. You might need to add explicit type casts.]"},
    {"SELECT lower(DISTINCT c) FROM t",
     "ERROR 42809 @8: DISTINCT specified, but lower is not an aggregate function"},
    {"SELECT lower(c) FILTER (WHERE e) FROM t",
     "ERROR 42809 @8: FILTER specified, but lower is not an aggregate function"},
    {"SELECT count(*) FILTER (WHERE a) FROM t",
     "ERROR 42804 @31: argument of FILTER must be type boolean, not type integer"},
    {"SELECT count(*) FILTER (WHERE count(*) > 1) FROM t",
     "ERROR 42803 @31: aggregate functions are not allowed in FILTER"},
    {"SELECT sum(sum(a)) FROM t", "ERROR 42803 @12: aggregate function calls cannot be nested"},
    {"SELECT sum(count(*)) FROM t", "ERROR 42803 @12: aggregate function calls cannot be nested"},
    {"SELECT a FROM t WHERE count(*) > 1",
     "ERROR 42803 @23: aggregate functions are not allowed in WHERE"},
    {"SELECT a FROM t WHERE sum(a) > 1",
     "ERROR 42803 @23: aggregate functions are not allowed in WHERE"},
    {"SELECT a, count(*) FROM t", "ERROR 42803 @8: column \"t.a\" must appear in the GROUP BY "
                                  "clause or be used in an aggregate function"},
    {"SELECT a, count(*) FROM t GROUP BY b", "ERROR 42803 @8: column \"t.a\" must appear in the "
                                             "GROUP BY clause or be used in an aggregate function"},
    {"SELECT a + 2, count(*) FROM t GROUP BY a + 1",
     "ERROR 42803 @8: column \"t.a\" must appear in the GROUP BY clause or be used in an aggregate "
     "function"},
    {"SELECT a FROM t GROUP BY count(*)",
     "ERROR 42803 @26: aggregate functions are not allowed in GROUP BY"},
    {"SELECT count(*) FROM t GROUP BY 1",
     "ERROR 42803 @8: aggregate functions are not allowed in GROUP BY"},
    {"SELECT a, count(*) FROM t GROUP BY 3",
     "ERROR 42P10 @36: GROUP BY position 3 is not in select list"},
    {"SELECT a, count(*) FROM t GROUP BY 0",
     "ERROR 42P10 @36: GROUP BY position 0 is not in select list"},
    {"SELECT a, count(*) FROM t GROUP BY -1",
     "ERROR 42P10 @36: GROUP BY position -1 is not in select list"},
    {"SELECT a, count(*) FROM t GROUP BY 'x'", "ERROR 42601 @36: non-integer constant in GROUP BY"},
    {"SELECT a, count(*) FROM t GROUP BY 1.5", "ERROR 42601 @36: non-integer constant in GROUP BY"},
    {"SELECT a, count(*) FROM t GROUP BY NULL",
     "ERROR 42601 @36: non-integer constant in GROUP BY"},
    {"SELECT a, count(*) FROM t GROUP BY true",
     "ERROR 42601 @36: non-integer constant in GROUP BY"},
    {"SELECT b AS a FROM t GROUP BY a", "ERROR 42803 @8: column \"t.b\" must appear in the GROUP "
                                        "BY clause or be used in an aggregate function"},
    {"SELECT a, b FROM t GROUP BY a", "ERROR 42803 @11: column \"t.b\" must appear in the GROUP BY "
                                      "clause or be used in an aggregate function"},
    {"SELECT x, y FROM u GROUP BY x", "ERROR 42803 @11: column \"u.y\" must appear in the GROUP BY "
                                      "clause or be used in an aggregate function"},
    {"SELECT a FROM t HAVING a > 1", "ERROR 42803 @8: column \"t.a\" must appear in the GROUP BY "
                                     "clause or be used in an aggregate function"},
    {"SELECT a FROM t HAVING true", "ERROR 42803 @8: column \"t.a\" must appear in the GROUP BY "
                                    "clause or be used in an aggregate function"},
    {"SELECT count(*) FROM t HAVING count(*)",
     "ERROR 42804 @31: argument of HAVING must be type boolean, not type bigint"},
    {"SELECT a FROM t GROUP BY a HAVING b > 1",
     "ERROR 42803 @35: column \"t.b\" must appear in the GROUP BY clause or be used in an "
     "aggregate function"},
    {"SELECT a FROM t GROUP BY a ORDER BY b",
     "ERROR 42803 @37: column \"t.b\" must appear in the GROUP BY clause or be used in an "
     "aggregate function"},
    {"SELECT a FROM t ORDER BY count(*)", "ERROR 42803 @8: column \"t.a\" must appear in the GROUP "
                                          "BY clause or be used in an aggregate function"},
    {"SELECT q.a FROM t q GROUP BY q.b", "ERROR 42803 @8: column \"q.a\" must appear in the GROUP "
                                         "BY clause or be used in an aggregate function"},
    {"SELECT a FROM t ORDER BY 2", "ERROR 42P10 @26: ORDER BY position 2 is not in select list"},
    {"SELECT a FROM t ORDER BY 0", "ERROR 42P10 @26: ORDER BY position 0 is not in select list"},
    {"SELECT a FROM t ORDER BY 'x'", "ERROR 42601 @26: non-integer constant in ORDER BY"},
    {"SELECT a FROM t ORDER BY nope", "ERROR 42703 @26: column \"nope\" does not exist"},
    {"SELECT a AS x, b AS x FROM t ORDER BY x", "ERROR 42702 @39: ORDER BY \"x\" is ambiguous"},
    {"SELECT a AS x FROM t ORDER BY x + 1", "ERROR 42703 @31: column \"x\" does not exist"},
    {"SELECT DISTINCT a FROM t ORDER BY b",
     "ERROR 42P10 @35: for SELECT DISTINCT, ORDER BY expressions must appear in select list"},
    {"SELECT DISTINCT a, b FROM t ORDER BY a + 1",
     "ERROR 42P10 @38: for SELECT DISTINCT, ORDER BY expressions must appear in select list"},
    {"SELECT a FROM t LIMIT 'x'", "ERROR 22P02 @23: invalid input syntax for type bigint: \"x\""},
    {"SELECT a FROM t LIMIT true",
     "ERROR 42804 @23: argument of LIMIT must be type bigint, not type boolean"},
    {"SELECT a FROM t LIMIT a", "ERROR 42P10 @23: argument of LIMIT must not contain variables"},
    {"SELECT a FROM t LIMIT count(*)",
     "ERROR 42803 @23: aggregate functions are not allowed in LIMIT"},
    {"SELECT a FROM t OFFSET b + 1",
     "ERROR 42P10 @24: argument of OFFSET must not contain variables"},
    {"SELECT a FROM t OFFSET 'x'", "ERROR 22P02 @24: invalid input syntax for type bigint: \"x\""},
    {"SELECT CASE WHEN a THEN 1 END FROM t",
     "ERROR 42804 @18: argument of CASE/WHEN must be type boolean, not type integer"},
    {"SELECT CASE WHEN a > 1 THEN 1 ELSE 'x' END FROM t",
     "ERROR 22P02 @36: invalid input syntax for type integer: \"x\""},
    {"SELECT CASE WHEN a > 1 THEN 1 ELSE c END FROM t",
     "ERROR 42804 @29: CASE types text and integer cannot be matched"},
    {"SELECT CASE WHEN a > 1 THEN c ELSE a END FROM t",
     "ERROR 42804 @29: CASE types integer and text cannot be matched"},
    {"SELECT CASE a WHEN 'x' THEN 1 END FROM t",
     "ERROR 22P02 @20: invalid input syntax for type integer: \"x\""},
    {"SELECT CASE a WHEN c THEN 1 END FROM t",
     "ERROR 42883 @15: operator does not exist: integer = text [No operator matches the given name "
     "and argument types. You might need to add explicit type casts.]"},
    {"SELECT COALESCE(a, c) FROM t",
     "ERROR 42804 @20: COALESCE types integer and text cannot be matched"},
    {"SELECT COALESCE(a, 'x') FROM t",
     "ERROR 22P02 @20: invalid input syntax for type integer: \"x\""},
    {"SELECT COALESCE(c, e) FROM t",
     "ERROR 42804 @20: COALESCE types text and boolean cannot be matched"},
    {"SELECT GREATEST(a, c) FROM t",
     "ERROR 42804 @20: GREATEST types integer and text cannot be matched"},
    {"SELECT LEAST(a, true) FROM t",
     "ERROR 42804 @17: LEAST types integer and boolean cannot be matched"},
    {"SELECT NULLIF(a, c) FROM t",
     "ERROR 42883 @8: operator does not exist: integer = text [No operator matches the given name "
     "and argument types. You might need to add explicit type casts.]"},
    {"SELECT NULLIF(a, 'x') FROM t",
     "ERROR 22P02 @18: invalid input syntax for type integer: \"x\""},
    {"SELECT a IN (1, 'x') FROM t",
     "ERROR 22P02 @17: invalid input syntax for type integer: \"x\""},
    {"SELECT a IN (1, c) FROM t",
     "ERROR 42883 @10: operator does not exist: integer = text [No operator matches the given name "
     "and argument types. You might need to add explicit type casts.]"},
    {"SELECT a IN (1, true) FROM t",
     "ERROR 42883 @10: operator does not exist: integer = boolean [No operator matches the given "
     "name and argument types. You might need to add explicit type casts.]"},
    {"SELECT a IN (c) FROM t",
     "ERROR 42883 @10: operator does not exist: integer = text [No operator matches the given name "
     "and argument types. You might need to add explicit type casts.]"},
    {"SELECT c IN (1, 2) FROM t",
     "ERROR 42883 @10: operator does not exist: text = integer [No operator matches the given name "
     "and argument types. You might need to add explicit type casts.]"},
    {"SELECT 1 IN (true, false)",
     "ERROR 42883 @10: operator does not exist: integer = boolean [No operator matches the given "
     "name and argument types. You might need to add explicit type casts.]"},
    {"SELECT a BETWEEN 1 AND 'x' FROM t",
     "ERROR 22P02 @24: invalid input syntax for type integer: \"x\""},
    {"SELECT a BETWEEN 1 AND c FROM t",
     "ERROR 42883 @10: operator does not exist: integer <= text [No operator matches the given "
     "name and argument types. You might need to add explicit type casts.]"},
    {"SELECT a LIKE 'x%' FROM t",
     "ERROR 42883 @10: operator does not exist: integer ~~ unknown [No operator matches the given "
     "name and argument types. You might need to add explicit type casts.]"},
    {"SELECT c LIKE 1 FROM t",
     "ERROR 42883 @10: operator does not exist: text ~~ integer [No operator matches the given "
     "name and argument types. You might need to add explicit type casts.]"},
    {"SELECT c LIKE 'x' ESCAPE 1 FROM t",
     "ERROR 42883 @10: function pg_catalog.like_escape(unknown, integer) does not exist [No "
     "function matches the given name and argument types. You might need to add explicit type "
     "casts.]"},
    {"SELECT a IS DISTINCT FROM c FROM t",
     "ERROR 42883 @10: operator does not exist: integer = text [No operator matches the given name "
     "and argument types. You might need to add explicit type casts.]"},
    {"SELECT a IS NOT DISTINCT FROM 'x' FROM t",
     "ERROR 22P02 @31: invalid input syntax for type integer: \"x\""},
    {"SELECT CAST(e AS bigint) FROM t", "ERROR 42846 @8: cannot cast type boolean to bigint"},
    {"SELECT b::boolean FROM t", "ERROR 42846 @9: cannot cast type bigint to boolean"},
    {"SELECT 'x'::integer", "ERROR 22P02 @8: invalid input syntax for type integer: \"x\""},
    {"SELECT 'abc'::boolean", "ERROR 22P02 @8: invalid input syntax for type boolean: \"abc\""},
    {"SELECT 1.55::numeric(0,1)",
     "ERROR 22023 @14: NUMERIC precision 0 must be between 1 and 1000"},
    {"SELECT 1::nope", "ERROR 42704 @11: type \"nope\" does not exist"},
    {"SELECT 1::integer(3)", "ERROR 42601 @18: syntax error at or near \"(\""},
    {"SELECT a::bytea FROM t", "ERROR 42846 @9: cannot cast type integer to bytea"},
    {"SELECT f::integer FROM t", "ERROR 42846 @9: cannot cast type bytea to integer"},
    {"SELECT '99999999999'::int",
     "ERROR 22003 @8: value \"99999999999\" is out of range for type integer"},
    {"SELECT 1 + 'x'", "ERROR 22P02 @12: invalid input syntax for type integer: \"x\""},
    {"SELECT '1' + '2'",
     "ERROR 42725 @12: operator is not unique: unknown + unknown [Could not choose a best "
     "candidate operator. You might need to add explicit type casts.]"},
    {"SELECT true + 1",
     "ERROR 42883 @13: operator does not exist: boolean + integer [No operator matches the given "
     "name and argument types. You might need to add explicit type casts.]"},
    {"SELECT NULL + NULL",
     "ERROR 42725 @13: operator is not unique: unknown + unknown [Could not choose a best "
     "candidate operator. You might need to add explicit type casts.]"},
    {"SELECT b << b FROM t",
     "ERROR 42883 @10: operator does not exist: bigint << bigint [No operator matches the given "
     "name and argument types. You might need to add explicit type casts.]"},
    {"SELECT d & 1 FROM t",
     "ERROR 42883 @10: operator does not exist: double precision & integer [No operator matches "
     "the given name and argument types. You might need to add explicit type casts.]"},
    {"SELECT a !! 1 FROM t",
     "ERROR 42883 @10: operator does not exist: integer !! integer [No operator matches the given "
     "name and argument types. You might need to add explicit type casts.]"},
    {"SELECT substr(1, 2)",
     "ERROR 42883 @8: function substr(integer, integer) does not exist [No function matches the "
     "given name and argument types. You might need to add explicit type casts.]"},
    {"SELECT replace(c, 'a') FROM t",
     "ERROR 42883 @8: function replace(text, unknown) does not exist [No function matches the "
     "given name and argument types. You might need to add explicit type casts.]"},
    {"SELECT repeat('a', 1.5)",
     "ERROR 42883 @8: function repeat(unknown, numeric) does not exist [No function matches the "
     "given name and argument types. You might need to add explicit type casts.]"},
    {"SELECT mod(a, 2), mod(b, 2), mod(n, 2), mod(d, 2) FROM t",
     "ERROR 42883 @41: function mod(double precision, integer) does not exist [No function matches "
     "the given name and argument types. You might need to add explicit type casts.]"},
    {"SELECT sqrt('x')", "ERROR 22P02 @13: invalid input syntax for type double precision: \"x\""},
    {"SELECT nope.lower('A')", "ERROR 3F000 @8: schema \"nope\" does not exist"},
    {"SELECT lower(nope) FROM t", "ERROR 42703 @14: column \"nope\" does not exist"},
    {"SELECT nope(nope) FROM t", "ERROR 42703 @13: column \"nope\" does not exist"},
    {"SELECT a + nope(1) FROM t",
     "ERROR 42883 @12: function nope(integer) does not exist [No function matches the given name "
     "and argument types. You might need to add explicit type casts.]"},
    {"SELECT (a + true) FROM t",
     "ERROR 42883 @11: operator does not exist: integer + boolean [No operator matches the given "
     "name and argument types. You might need to add explicit type casts.]"},
    {"SELECT bool_and(a) FROM t",
     "ERROR 42883 @8: function bool_and(integer) does not exist [No function matches the given "
     "name and argument types. You might need to add explicit type casts.]"},
    {"VALUES (1), ('x')", "ERROR 22P02 @14: invalid input syntax for type integer: \"x\""},
    {"VALUES (1), (true)", "ERROR 42804 @14: VALUES types integer and boolean cannot be matched"},
    {"VALUES (1), (2, 3)", "ERROR 42601 @14: VALUES lists must all be the same length"},
    {"VALUES (nope)", "ERROR 42703 @9: column \"nope\" does not exist"},
    {"VALUES (count(*))", "ERROR 42803 @9: aggregate functions are not allowed in VALUES"},
    {"INSERT INTO t VALUES (1, 2, 3, 'x', 1.5, true, 'x', 1, 2)",
     "ERROR 42601 @56: INSERT has more expressions than target columns"},
    {"INSERT INTO t VALUES ('x')", "ERROR 22P02 @23: invalid input syntax for type integer: \"x\""},
    {"INSERT INTO t VALUES (true)",
     "ERROR 42804 @23: column \"id\" is of type integer but expression is of type boolean [You "
     "will need to rewrite or cast the expression.]"},
    {"INSERT INTO t (a) VALUES (true)",
     "ERROR 42804 @27: column \"a\" is of type integer but expression is of type boolean [You will "
     "need to rewrite or cast the expression.]"},
    {"INSERT INTO t (e) VALUES (5)",
     "ERROR 42804 @27: column \"e\" is of type boolean but expression is of type integer [You will "
     "need to rewrite or cast the expression.]"},
    {"INSERT INTO t (f) VALUES (5)",
     "ERROR 42804 @27: column \"f\" is of type bytea but expression is of type integer [You will "
     "need to rewrite or cast the expression.]"},
    {"INSERT INTO t (nope) VALUES (5)",
     "ERROR 42703 @16: column \"nope\" of relation \"t\" does not exist"},
    {"INSERT INTO t (a, a) VALUES (5, 6)",
     "ERROR 42701 @19: column \"a\" specified more than once"},
    {"INSERT INTO t (a, b) VALUES (5)",
     "ERROR 42601 @19: INSERT has more target columns than expressions"},
    {"INSERT INTO t (a, b) VALUES (5, 6, 7)",
     "ERROR 42601 @36: INSERT has more expressions than target columns"},
    {"INSERT INTO t (a, b) VALUES (5, 6), (7)",
     "ERROR 42601 @38: VALUES lists must all be the same length"},
    {"INSERT INTO nope VALUES (1)", "ERROR 42P01 @13: relation \"nope\" does not exist"},
    {"INSERT INTO t (a) VALUES (count(*))",
     "ERROR 42803 @27: aggregate functions are not allowed in VALUES"},
    {"INSERT INTO t (id, a) SELECT a FROM t",
     "ERROR 42601 @20: INSERT has more target columns than expressions"},
    {"INSERT INTO t (id) SELECT a, id FROM t",
     "ERROR 42601 @30: INSERT has more expressions than target columns"},
    {"INSERT INTO t (id, a) SELECT 5, 'x'",
     "ERROR 22P02 @33: invalid input syntax for type integer: \"x\""},
    {"INSERT INTO t (id, a) SELECT c, 1 FROM t",
     "ERROR 42804 @30: column \"id\" is of type integer but expression is of type text [You will "
     "need to rewrite or cast the expression.]"},
    {"UPDATE t SET a = 'x'", "ERROR 22P02 @18: invalid input syntax for type integer: \"x\""},
    {"UPDATE t SET a = c", "ERROR 42804 @18: column \"a\" is of type integer but expression is of "
                           "type text [You will need to rewrite or cast the expression.]"},
    {"UPDATE t SET nope = 1", "ERROR 42703 @14: column \"nope\" of relation \"t\" does not exist"},
    {"UPDATE t SET a = nope", "ERROR 42703 @18: column \"nope\" does not exist"},
    {"UPDATE t SET a = 1, a = 2", "ERROR 42601 @0: multiple assignments to same column \"a\""},
    {"UPDATE t SET a = count(*)", "ERROR 42803 @18: aggregate functions are not allowed in UPDATE"},
    {"UPDATE t SET a = e", "ERROR 42804 @18: column \"a\" is of type integer but expression is of "
                           "type boolean [You will need to rewrite or cast the expression.]"},
    {"UPDATE t q SET a = t.b", "ERROR 42P01 @20: invalid reference to FROM-clause entry for table "
                               "\"t\" [Perhaps you meant to reference the table alias \"q\".]"},
    {"UPDATE nope SET a = 1", "ERROR 42P01 @8: relation \"nope\" does not exist"},
    {"UPDATE t SET a = 1 WHERE a",
     "ERROR 42804 @26: argument of WHERE must be type boolean, not type integer"},
    {"UPDATE t SET a = 1 WHERE nope = 1", "ERROR 42703 @26: column \"nope\" does not exist"},
    {"UPDATE t SET a = 1 WHERE count(*) > 1",
     "ERROR 42803 @26: aggregate functions are not allowed in WHERE"},
    {"DELETE FROM t WHERE a",
     "ERROR 42804 @21: argument of WHERE must be type boolean, not type integer"},
    {"DELETE FROM t WHERE nope", "ERROR 42703 @21: column \"nope\" does not exist"},
    {"DELETE FROM nope", "ERROR 42P01 @13: relation \"nope\" does not exist"},
    {"DELETE FROM t q WHERE t.a = 1",
     "ERROR 42P01 @23: invalid reference to FROM-clause entry for table \"t\" [Perhaps you meant "
     "to reference the table alias \"q\".]"},
    {"SELECT $1 + $2",
     "ERROR 42725 @11: operator is not unique: unknown + unknown [Could not choose a best "
     "candidate operator. You might need to add explicit type casts.]"},
    {"SELECT a = $1, c = $1 FROM t",
     "ERROR 42883 @18: operator does not exist: text = integer [No operator matches the given name "
     "and argument types. You might need to add explicit type casts.]"},
    {"SELECT $1 IS NULL", "ERROR 42P18 @0: could not determine data type of parameter $1"},
    {"SELECT sum($1)", "ERROR 42725 @8: function sum(unknown) is not unique [Could not choose a "
                       "best candidate function. You might need to add explicit type casts.]"},
    {"SELECT $1 BETWEEN 1 AND 'x'",
     "ERROR 22P02 @25: invalid input syntax for type integer: \"x\""},
    {"SELECT $2", "ERROR 42P18 @0: could not determine data type of parameter $1"},
    {"SELECT a + $1 FROM t WHERE $1",
     "ERROR 42804 @28: argument of WHERE must be type boolean, not type integer"},
    {"CREATE TABLE xx (a integer, a text)",
     "ERROR 42701 @0: column \"a\" specified more than once"},
    {"CREATE TABLE xx (a integer PRIMARY KEY, b integer PRIMARY KEY)",
     "ERROR 42P16 @51: multiple primary keys for table \"xx\" are not allowed"},
    {"CREATE TABLE xx (a integer PRIMARY KEY, PRIMARY KEY (a))",
     "ERROR 42P16 @41: multiple primary keys for table \"xx\" are not allowed"},
    {"CREATE TABLE xx (a integer, PRIMARY KEY (b))",
     "ERROR 42703 @29: column \"b\" named in key does not exist"},
    {"CREATE TABLE xx (a integer, PRIMARY KEY (a, a))",
     "ERROR 42701 @29: column \"a\" appears twice in primary key constraint"},
    {"CREATE TABLE xx (a integer, UNIQUE (a, a))",
     "ERROR 42701 @29: column \"a\" appears twice in unique constraint"},
    {"CREATE TABLE xx (a integer NOT NULL NULL)",
     "ERROR 42601 @37: conflicting NULL/NOT NULL declarations for column \"a\" of table \"xx\""},
    {"CREATE TABLE xx (a nope)", "ERROR 42704 @20: type \"nope\" does not exist"},
    {"CREATE TABLE xx (a integer DEFAULT 'x')",
     "ERROR 22P02 @36: invalid input syntax for type integer: \"x\""},
    {"CREATE TABLE xx (a integer DEFAULT true)",
     "ERROR 42804 @0: column \"a\" is of type integer but default expression is of type boolean "
     "[You will need to rewrite or cast the expression.]"},
    {"CREATE TABLE xx (a integer, b integer DEFAULT a)",
     "ERROR 0A000 @47: cannot use column reference in DEFAULT expression"},
    {"CREATE TABLE xx (a integer DEFAULT count(*))",
     "ERROR 42803 @36: aggregate functions are not allowed in DEFAULT expressions"},
    {"CREATE INDEX i ON t (nope)", "ERROR 42703 @0: column \"nope\" does not exist"},
    {"CREATE INDEX i ON nope (a)", "ERROR 42P01 @0: relation \"nope\" does not exist"},
    {"EXPLAIN (nope) SELECT 1", "ERROR 42601 @10: unrecognized EXPLAIN option \"nope\""},
    {"EXPLAIN (costs maybe) SELECT 1", "ERROR 42601 @0: costs requires a Boolean value"},
    {"EXPLAIN SELECT nope", "ERROR 42703 @16: column \"nope\" does not exist"},
    {"SELECT name1 FROM v", "ERROR 42703 @8: column \"name1\" does not exist [Perhaps you meant to "
                            "reference the column \"v.name\".]"},
    {"SELECT nam FROM v", "ERROR 42703 @8: column \"nam\" does not exist [Perhaps you meant to "
                          "reference the column \"v.name\".]"},
    {"SELECT nmae FROM v", "ERROR 42703 @8: column \"nmae\" does not exist [Perhaps you meant to "
                           "reference the column \"v.name\".]"},
    {"SELECT v.nam FROM v", "ERROR 42703 @8: column v.nam does not exist [Perhaps you meant to "
                            "reference the column \"v.name\".]"},
    {"SELECT vv.nam FROM v vv", "ERROR 42703 @8: column vv.nam does not exist [Perhaps you meant "
                                "to reference the column \"vv.name\".]"},
    {"SELECT aa FROM t", "ERROR 42703 @8: column \"aa\" does not exist [Perhaps you meant to "
                         "reference the column \"t.a\".]"},
    {"SELECT idd FROM t", "ERROR 42703 @8: column \"idd\" does not exist [Perhaps you meant to "
                          "reference the column \"t.id\".]"},
    {"SELECT x1 FROM u", "ERROR 42703 @8: column \"x1\" does not exist [Perhaps you meant to "
                         "reference the column \"u.x\".]"},
    {"SELECT xx, y FROM u", "ERROR 42703 @8: column \"xx\" does not exist [Perhaps you meant to "
                            "reference the column \"u.x\".]"},
    {"SELECT abc FROM t", "ERROR 42703 @8: column \"abc\" does not exist"},
    {"INSERT INTO v (k) VALUES (name)",
     "ERROR 42703 @27: column \"name\" does not exist [There is a column named \"name\" in table "
     "\"v\", but it cannot be referenced from this part of the query.]"},
    {"INSERT INTO v (k) VALUES (nam)", "ERROR 42703 @27: column \"nam\" does not exist [Perhaps "
                                       "you meant to reference the column \"v.name\".]"},
    {"INSERT INTO v (k) SELECT nam FROM v",
     "ERROR 42703 @26: column \"nam\" does not exist [Perhaps you meant to reference the column "
     "\"v.name\" or the column \"v.name\".]"},
    {"INSERT INTO v (k) SELECT name1 FROM u",
     "ERROR 42703 @26: column \"name1\" does not exist [Perhaps you meant to reference the column "
     "\"v.name\".]"},
    {"UPDATE v SET name = nam", "ERROR 42703 @21: column \"nam\" does not exist [Perhaps you meant "
                                "to reference the column \"v.name\".]"},
    {"UPDATE v SET nam = 'x'", "ERROR 42703 @14: column \"nam\" of relation \"v\" does not exist"},
    {"DELETE FROM v WHERE nama = 1", "ERROR 42703 @21: column \"nama\" does not exist [Perhaps you "
                                     "meant to reference the column \"v.name\".]"},
    {"SELECT w FROM v WHERE names = 'x'",
     "ERROR 42703 @23: column \"names\" does not exist [Perhaps you meant to reference the column "
     "\"v.name\".]"},
    {"SELECT naïe FROM v", "ERROR 42703 @8: column \"naïe\" does not exist [Perhaps you meant to "
                           "reference the column \"v.name\".]"},
};

/* What the parser knows and nobody runs yet is named. */
static const struct wanted unsupported[] = {
    {"SELECT * FROM t, u", "ERROR 0A000 @18: more than one table in FROM is not supported yet"},
    {"SELECT * FROM t JOIN u ON true", "ERROR 0A000 @17: JOIN is not supported yet"},
    {"SELECT * FROM (SELECT 1) AS s", "ERROR 0A000 @15: a subquery in FROM is not supported yet"},
    {"SELECT (SELECT 1)", "ERROR 0A000 @8: a subquery in an expression is not supported yet"},
    {"SELECT 1 UNION SELECT 2", "ERROR 0A000 @10: UNION, INTERSECT or EXCEPT is not supported yet"},
    {"WITH x AS (SELECT 1) SELECT 1", "ERROR 0A000 @1: WITH is not supported yet"},
    {"SELECT sum(a) OVER () FROM t", "ERROR 0A000 @8: a window function is not supported yet"},
    {"CREATE TABLE x (a xml)", "ERROR 0A000 @19: type \"xml\" is not supported yet"},
};

/* I2: meaning. */
TEST(plans)
{
    check(plans, sizeof plans / sizeof plans[0]);
}

/* I3: errors. */
TEST(errors_are_postgresqls)
{
    check(errors, sizeof errors / sizeof errors[0]);
}

TEST(unsupported_is_named)
{
    check(unsupported, sizeof unsupported / sizeof unsupported[0]);
}

/* L1 holds for everything that binds. */
TEST(plans_verify)
{
    struct plan_fixture f;

    TEST_OK(fixture_open(&f));
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
        const struct logical_plan *plan = NULL;

        TEST_OK(plan_fixture_bind(&f, plans[i].sql, &plan));
        TEST_TRUE(logical_verify(plan->root));
    }
    plan_fixture_close(&f);
}

static uint8_t parameter_type(struct plan_fixture *f, const char *sql, uint32_t parameter)
{
    const struct logical_plan *plan = NULL;

    if (plan_fixture_bind(f, sql, &plan) != VV_OK || parameter >= plan->parameter_count) {
        return VALUE_UNKNOWN;
    }
    return plan->parameter_types[parameter];
}

/* The first use of a parameter decides its type. */
TEST(parameters_get_types)
{
    struct plan_fixture f;

    TEST_OK(fixture_open(&f));
    TEST_EQUAL(VALUE_INTEGER, parameter_type(&f, "SELECT a = $1 FROM t", 0));
    TEST_EQUAL(VALUE_BIGINT, parameter_type(&f, "SELECT b + $1 FROM t", 0));
    TEST_EQUAL(VALUE_TEXT, parameter_type(&f, "SELECT $1", 0));
    TEST_EQUAL(VALUE_BIGINT, parameter_type(&f, "SELECT a FROM t LIMIT $1", 0));
    TEST_EQUAL(VALUE_NUMERIC, parameter_type(&f, "INSERT INTO v (w) VALUES ($1)", 0));
    TEST_EQUAL(VALUE_TEXT, parameter_type(&f, "INSERT INTO u SELECT $2, $1", 0));
    TEST_EQUAL(VALUE_INTEGER, parameter_type(&f, "INSERT INTO u SELECT $2, $1", 1));
    TEST_EQUAL(VALUE_BOOLEAN, parameter_type(&f, "SELECT a FROM t WHERE $1", 0));
    TEST_EQUAL(VALUE_BYTEA, parameter_type(&f, "UPDATE t SET f = $1", 0));
    plan_fixture_close(&f);
}

/* A text of `count` copies of part between head and tail. */
static const char *repeated(struct arena *arena, const char *head, const char *part, size_t count,
                            const char *tail)
{
    size_t part_size = strlen(part);
    size_t head_size = strlen(head);
    char *text = arena_get(arena, head_size + count * part_size + strlen(tail) + 1);

    memcpy(text, head, head_size);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + head_size + i * part_size, part, part_size);
    }
    memcpy(text + head_size + count * part_size, tail, strlen(tail) + 1);
    return text;
}

/* I1: chains and nests deeper than the limit are refused, and BETWEEN does not explode. */
TEST(depth_is_bounded)
{
    struct plan_fixture f;

    TEST_OK(fixture_open(&f));
    TEST_TRUE(strncmp("(?column? integer)",
                      plan_fixture_text(&f, repeated(&f.arena, "SELECT 1", "+1", 900, "")),
                      18) == 0);
    TEST_TRUE(strncmp("ERROR 54001",
                      plan_fixture_text(&f, repeated(&f.arena, "SELECT 1", "+1", 100000, "")),
                      11) == 0);
    plan_fixture_close(&f);
}

/* x between …, and that between …: the tree that the DAG stands for doubles each time. */
TEST(between_does_not_explode)
{
    struct plan_fixture f;
    const char *text = "true";

    TEST_OK(fixture_open(&f));
    for (int i = 0; i < 64; i++) {
        text = arena_format(&f.arena, "(%s BETWEEN false AND true)", text);
    }
    text = plan_fixture_text(&f, arena_format(&f.arena, "SELECT %s", text));
    TEST_TRUE(strncmp("ERROR 54001", text, 11) == 0);
    plan_fixture_close(&f);
}

/* Definitions: keys of columns and of the table are one list, the primary key first. */
TEST(create_table_collects_keys)
{
    struct plan_fixture f;
    const struct logical_plan *plan = NULL;

    TEST_OK(fixture_open(&f));
    TEST_OK(plan_fixture_bind(&f,
                              "CREATE TABLE x (a integer UNIQUE, b text, c bigint NOT NULL, "
                              "PRIMARY KEY (b, a), UNIQUE (a), UNIQUE (b, a))",
                              &plan));
    const struct table_spec *spec = &plan->command->create_table.spec;

    TEST_EQUAL(3, spec->column_count);
    TEST_EQUAL(2, spec->index_count);
    TEST_TRUE(spec->indexes[0].primary);
    TEST_EQUAL(1, spec->indexes[0].parts[0].column);
    TEST_EQUAL(0, spec->indexes[0].parts[1].column);
    TEST_TRUE(spec->indexes[1].unique);
    TEST_EQUAL(1, spec->indexes[1].part_count);
    TEST_TRUE(spec->columns[0].not_null);
    TEST_TRUE(spec->columns[1].not_null);
    TEST_TRUE(spec->columns[2].not_null);
    plan_fixture_close(&f);
}

TEST(create_index_parts)
{
    struct plan_fixture f;
    const struct logical_plan *plan = NULL;

    TEST_OK(fixture_open(&f));
    TEST_OK(plan_fixture_bind(&f, "CREATE UNIQUE INDEX i ON t (b DESC, c NULLS FIRST)", &plan));
    const struct table_index *index = &plan->command->create_index.index;

    TEST_TEXT("i", index->name);
    TEST_TRUE(index->unique);
    TEST_EQUAL(2, index->part_count);
    TEST_TRUE(index->parts[0].descending);
    TEST_TRUE(index->parts[0].nulls_first);
    TEST_FALSE(index->parts[1].descending);
    TEST_TRUE(index->parts[1].nulls_first);
    plan_fixture_close(&f);
}

/* Commands carry their words. */
TEST(commands)
{
    struct plan_fixture f;
    const struct logical_plan *plan = NULL;

    TEST_OK(fixture_open(&f));
    TEST_OK(plan_fixture_bind(&f, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", &plan));
    TEST_EQUAL(COMMAND_BEGIN, plan->command->kind);
    TEST_EQUAL(COMMAND_LEVEL_REPEATABLE_READ, plan->command->transaction.level);
    TEST_EQUAL(COMMAND_YES, plan->command->transaction.read_only);
    TEST_OK(plan_fixture_bind(&f, "ROLLBACK TO SAVEPOINT s", &plan));
    TEST_EQUAL(COMMAND_ROLLBACK_TO, plan->command->kind);
    TEST_TEXT("s", plan->command->name);
    TEST_OK(plan_fixture_bind(&f, "SET LOCAL lock_timeout = '5s'", &plan));
    TEST_EQUAL(COMMAND_SET, plan->command->kind);
    TEST_TRUE(plan->command->setting.local);
    TEST_TEXT("lock_timeout", plan->command->setting.name);
    TEST_TEXT("5s", plan->command->setting.value);
    TEST_OK(plan_fixture_bind(&f, "SHOW lock_timeout", &plan));
    TEST_EQUAL(1, plan->column_count);
    TEST_TEXT("lock_timeout", plan->column_names[0]);
    TEST_OK(plan_fixture_bind(&f, "DROP TABLE IF EXISTS s.a, b CASCADE", &plan));
    TEST_EQUAL(2, plan->command->drop.count);
    TEST_TEXT("s", plan->command->drop.names[0].schema);
    TEST_TRUE(plan->command->drop.if_exists);
    TEST_OK(plan_fixture_bind(&f, "EXPLAIN (COSTS OFF) SELECT 1", &plan));
    TEST_FALSE(plan->command->explain.options.costs);
    TEST_TRUE(plan->command->explain.logical->root != NULL);
    plan_fixture_close(&f);
}

/* DEFAULT is bound where it is used, in the column's type. */
TEST(defaults)
{
    struct plan_fixture f;

    TEST_OK(fixture_open(&f));
    TEST_OK(plan_fixture_define(&f, "CREATE TABLE w (a bigint DEFAULT 1 + 1, b text DEFAULT 'x')"));
    TEST_TEXT("insert w\n  values ((1 + 1), 'x'::text)\n",
              plan_fixture_text(&f, "INSERT INTO w DEFAULT VALUES"));
    TEST_TEXT("update w set #1 = 'x'::text\n  scan w\n",
              plan_fixture_text(&f, "UPDATE w SET b = DEFAULT"));
    plan_fixture_close(&f);
}

/* Every allocation may fail: a status comes back, nothing leaks. */
TEST_SWEEP(binding_survives_faults)
{
    static const char *const statements[] = {
        ("SELECT e, count(*) AS n FROM t WHERE a IN (1, 2) AND c LIKE 'x%' GROUP BY e HAVING "
         "sum(b) > 1 ORDER BY n, lower(min(c)) LIMIT $1"),
        "INSERT INTO u VALUES (1, 'a'), ($1, DEFAULT)",
        "UPDATE t SET a = CASE WHEN e THEN $1 ELSE 5 END WHERE b BETWEEN 1 AND 2",
    };
    struct plan_fixture f;
    vv_status status = fixture_open(&f);

    for (size_t i = 0; status == VV_OK && i < 3; i++) {
        const struct logical_plan *plan = NULL;

        status = plan_fixture_bind(&f, statements[i], &plan);
    }
    TEST_TRUE(status == VV_OK || status == VV_NOMEM);
    plan_fixture_close(&f);
}
