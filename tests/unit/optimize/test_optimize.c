/*
 * The shapes of plans, as EXPLAIN (COSTS OFF) shows them, with the point's shape in brackets.
 *
 * Where PostgreSQL has the same choice to make, these are PostgreSQL 15's texts for the same statements;
 * they differ where Varve's storage does (an index entry ends with the primary key; no bitmap scans).
 */
#include "base/limits.h"
#include "plan_fixture.h"
#include "test.h"

static const char *const definitions[] = {
    ("CREATE TABLE t (id integer PRIMARY KEY, a integer, b bigint, c text, d double precision, "
     "e boolean, f bytea, n numeric)"),
    "CREATE TABLE u (x integer, y text, PRIMARY KEY (x, y))",
    "CREATE TABLE v (k bigint PRIMARY KEY, w numeric(10,2), name text NOT NULL UNIQUE)",
    "CREATE INDEX t_a_idx ON t (a)",
    "CREATE INDEX t_b_c ON t (b, c DESC)",
    "CREATE INDEX t_c ON t (c)",
};

static vv_status fixture_open(struct plan_fixture *f)
{
    plan_fixture_open(f);
    for (size_t i = 0; i < sizeof definitions / sizeof definitions[0]; i++) {
        VV_TRY(plan_fixture_define(f, definitions[i]));
    }
    return VV_OK;
}

static const struct {
    const char *sql;
    const char *text;
} shapes[] = {
    {"SELECT * FROM t WHERE id = 5", "Index Scan using t_pkey on t\n"
                                     "  Index Cond: (id = 5)\n"
                                     "[get, simple]\n"},
    {"SELECT * FROM t WHERE id = $1", "Index Scan using t_pkey on t\n"
                                      "  Index Cond: (id = $1)\n"
                                      "[get, simple]\n"},
    {"SELECT a, b FROM t WHERE 5 = id AND a > 3", "Index Scan using t_pkey on t\n"
                                                  "  Index Cond: (id = 5)\n"
                                                  "  Filter: (a > 3)\n"
                                                  "[get, simple]\n"},
    {"SELECT b, c FROM t WHERE id = $1 AND a > 3 FOR UPDATE", "LockRows\n"
                                                              "  ->  Index Scan using t_pkey on t\n"
                                                              "        Index Cond: (id = $1)\n"
                                                              "        Filter: (a > 3)\n"
                                                              "[lock, simple]\n"},
    {"SELECT id FROM t ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED",
     "Limit\n"
     "  ->  LockRows\n"
     "        ->  Index Scan using t_pkey on t\n"},
    {"SELECT id FROM t WHERE a = 1 FOR UPDATE", "LockRows\n"
                                                "  ->  Index Scan using t_a_idx on t\n"
                                                "        Index Cond: (a = 1)\n"},
    {"SELECT a FROM t ORDER BY d, e LIMIT 3 FOR SHARE", "Limit\n"
                                                        "  ->  LockRows\n"
                                                        "        ->  Sort\n"
                                                        "              Sort Key: d, e\n"
                                                        "              ->  Seq Scan on t\n"},
    {"SELECT * FROM t", "Seq Scan on t\n"},
    {"SELECT * FROM t WHERE a = 1", "Index Scan using t_a_idx on t\n"
                                    "  Index Cond: (a = 1)\n"
                                    "[range, simple]\n"},
    {"SELECT * FROM t WHERE a > 5 AND a < 10", "Index Scan using t_a_idx on t\n"
                                               "  Index Cond: ((a > 5) AND (a < 10))\n"
                                               "[range, simple]\n"},
    {"SELECT * FROM t WHERE a BETWEEN $1 AND $2", "Index Scan using t_a_idx on t\n"
                                                  "  Index Cond: ((a >= $1) AND (a <= $2))\n"
                                                  "[range, simple]\n"},
    {"SELECT * FROM t WHERE a > 5", "Seq Scan on t\n"
                                    "  Filter: (a > 5)\n"},
    {"SELECT * FROM t WHERE b = 1 AND c = 'x'", "Index Scan using t_b_c on t\n"
                                                "  Index Cond: ((b = 1) AND (c = 'x'::text))\n"
                                                "[range, simple]\n"},
    {"SELECT * FROM t WHERE b = $1 ORDER BY c DESC", "Index Scan using t_b_c on t\n"
                                                     "  Index Cond: (b = $1)\n"
                                                     "[range, simple]\n"},
    {"SELECT * FROM t WHERE b = $1 ORDER BY c", "Index Scan Backward using t_b_c on t\n"
                                                "  Index Cond: (b = $1)\n"
                                                "[range, simple]\n"},
    {"SELECT * FROM t WHERE b = $1 ORDER BY c DESC, id DESC", "Sort\n"
                                                              "  Sort Key: c DESC, id DESC\n"
                                                              "  ->  Index Scan using t_b_c on t\n"
                                                              "        Index Cond: (b = $1)\n"},
    {"SELECT * FROM t ORDER BY id", "Index Scan using t_pkey on t\n"},
    {"SELECT * FROM t ORDER BY id DESC LIMIT 10", "Limit\n"
                                                  "  ->  Index Scan Backward using t_pkey on t\n"
                                                  "[range, simple]\n"},
    {"SELECT * FROM t ORDER BY a LIMIT 10", "Limit\n"
                                            "  ->  Index Scan using t_a_idx on t\n"
                                            "[range, simple]\n"},
    {"SELECT * FROM t ORDER BY d LIMIT 10", "Limit\n"
                                            "  ->  Sort\n"
                                            "        Sort Key: d\n"
                                            "        ->  Seq Scan on t\n"},
    {"SELECT a FROM t ORDER BY d", "Sort\n"
                                   "  Sort Key: d\n"
                                   "  ->  Seq Scan on t\n"},
    {"SELECT a + 1 FROM t ORDER BY lower(c), 1 DESC", "Sort\n"
                                                      "  Sort Key: (lower(c)), ((a + 1)) DESC\n"
                                                      "  ->  Seq Scan on t\n"},
    {"SELECT min(a) FROM t", "Aggregate\n"
                             "  ->  Limit\n"
                             "        ->  Index Only Scan using t_a_idx on t\n"
                             "              Index Cond: (a IS NOT NULL)\n"},
    {"SELECT max(id) FROM t", "Aggregate\n"
                              "  ->  Limit\n"
                              "        ->  Index Only Scan Backward using t_pkey on t\n"
                              "              Index Cond: (id IS NOT NULL)\n"},
    {"SELECT min(d) FROM t", "Aggregate\n"
                             "  ->  Seq Scan on t\n"},
    {"SELECT max(a) FROM t WHERE a < 100",
     "Aggregate\n"
     "  ->  Limit\n"
     "        ->  Index Only Scan Backward using t_a_idx on t\n"
     "              Index Cond: ((a < 100) AND (a IS NOT NULL))\n"},
    {"SELECT count(*) FROM t", "Aggregate\n"
                               "  ->  Seq Scan on t\n"},
    {"SELECT a, count(*) FROM t GROUP BY a", "GroupAggregate\n"
                                             "  Group Key: a\n"
                                             "  ->  Index Only Scan using t_a_idx on t\n"},
    {"SELECT a, count(*) FROM t GROUP BY a HAVING count(*) > 1 AND a > 5 ORDER BY 2 DESC LIMIT 3",
     "Limit\n"
     "  ->  Sort\n"
     "        Sort Key: (count(*)) DESC\n"
     "        ->  GroupAggregate\n"
     "              Group Key: a\n"
     "              Filter: (count(*) > 1)\n"
     "              ->  Index Only Scan using t_a_idx on t\n"
     "                    Index Cond: (a > 5)\n"},
    {"SELECT e, sum(d) FROM t GROUP BY e", "HashAggregate\n"
                                           "  Group Key: e\n"
                                           "  ->  Seq Scan on t\n"},
    {"SELECT c, count(*) FROM t GROUP BY c ORDER BY c", "GroupAggregate\n"
                                                        "  Group Key: c\n"
                                                        "  ->  Index Only Scan using t_c on t\n"},
    {"SELECT DISTINCT a FROM t", "Unique\n"
                                 "  ->  Index Only Scan using t_a_idx on t\n"},
    {"SELECT DISTINCT e, f FROM t", "HashAggregate\n"
                                    "  Group Key: e, f\n"
                                    "  ->  Seq Scan on t\n"},
    {"SELECT * FROM t WHERE c LIKE 'abc%'",
     "Index Scan using t_c on t\n"
     "  Index Cond: ((c >= 'abc'::text) AND (c < 'abd'::text))\n"
     "[range, simple]\n"},
    {"SELECT * FROM t WHERE c LIKE 'ab_c%'",
     "Index Scan using t_c on t\n"
     "  Index Cond: ((c >= 'ab'::text) AND (c < 'ac'::text))\n"
     "  Filter: (c ~~ 'ab_c%'::text)\n"
     "[range, simple]\n"},
    {"SELECT * FROM t WHERE c LIKE '%x'", "Seq Scan on t\n"
                                          "  Filter: (c ~~ '%x'::text)\n"},
    {"SELECT * FROM t WHERE c LIKE $1", "Index Scan using t_c on t\n"
                                        "  Index Cond: (c ~~ $1)\n"
                                        "  Filter: (c ~~ $1)\n"
                                        "[range, simple]\n"},
    {"SELECT * FROM t WHERE c LIKE 'abc'", "Index Scan using t_c on t\n"
                                           "  Index Cond: (c = 'abc'::text)\n"
                                           "[range, simple]\n"},
    {"SELECT * FROM t WHERE id IN (1, 2, 3)", "Index Scan using t_pkey on t\n"
                                              "  Index Cond: (id = ANY ('{1,2,3}'::integer[]))\n"},
    {"SELECT * FROM t WHERE id IN ($1, $2)", "Index Scan using t_pkey on t\n"
                                             "  Index Cond: (id = ANY (ARRAY[$1, $2]))\n"},
    {"SELECT * FROM u WHERE x = 1 AND y > 'a' ORDER BY y",
     "Index Only Scan using u_pkey on u\n"
     "  Index Cond: ((x = 1) AND (y > 'a'::text))\n"
     "[range, simple]\n"},
    {"SELECT * FROM u WHERE x = 1", "Index Only Scan using u_pkey on u\n"
                                    "  Index Cond: (x = 1)\n"
                                    "[range, simple]\n"},
    {"SELECT y FROM u WHERE x IN (1,2) AND y = $1",
     "Index Only Scan using u_pkey on u\n"
     "  Index Cond: ((x = ANY ('{1,2}'::integer[])) AND (y = $1))\n"},
    {"SELECT id FROM t WHERE a = 5", "Index Only Scan using t_a_idx on t\n"
                                     "  Index Cond: (a = 5)\n"
                                     "[range, simple]\n"},
    {"SELECT a FROM t WHERE a IS NULL", "Index Only Scan using t_a_idx on t\n"
                                        "  Index Cond: (a IS NULL)\n"
                                        "[range, simple]\n"},
    {"SELECT * FROM t WHERE e", "Seq Scan on t\n"
                                "  Filter: e\n"},
    {"SELECT * FROM t WHERE NOT (a > 5 OR b < 3)", "Seq Scan on t\n"
                                                   "  Filter: ((a <= 5) AND (b >= 3))\n"},
    {"SELECT * FROM t WHERE a = 1.5", "Seq Scan on t\n"
                                      "  Filter: ((a)::numeric = 1.5)\n"},
    {"SELECT * FROM t WHERE b = 5", "Index Scan using t_b_c on t\n"
                                    "  Index Cond: (b = 5)\n"
                                    "[range, simple]\n"},
    {"SELECT * FROM t WHERE a = 5000000000", "Seq Scan on t\n"
                                             "  Filter: (a = '5000000000'::bigint)\n"},
    {"SELECT * FROM t WHERE a::bigint = 5", "Seq Scan on t\n"
                                            "  Filter: ((a)::bigint = 5)\n"},
    {"SELECT * FROM t WHERE false", "Result\n"
                                    "  One-Time Filter: false\n"},
    {"SELECT 1", "Result\n"},
    {"SELECT 1 WHERE 1 = 2", "Result\n"
                             "  One-Time Filter: false\n"},
    {"VALUES (1), (2)", "Values Scan on \"*VALUES*\"\n"},
    {"VALUES (1), (2) ORDER BY 1 DESC", "Sort\n"
                                        "  Sort Key: column1 DESC\n"
                                        "  ->  Values Scan on \"*VALUES*\"\n"},
    {"INSERT INTO t (id, a) VALUES ($1, $2)", "Insert on t\n"
                                              "  ->  Result\n"
                                              "[insert, simple]\n"},
    {"INSERT INTO t (id, a) VALUES (1, 2), (3, 4)", "Insert on t\n"
                                                    "  ->  Values Scan on \"*VALUES*\"\n"
                                                    "[insert, simple]\n"},
    {"INSERT INTO t (id, a) SELECT a, id FROM t", "Insert on t\n"
                                                  "  ->  Seq Scan on t\n"},
    {"UPDATE t SET a = a + 1 WHERE id = $1", "Update on t\n"
                                             "  ->  Index Scan using t_pkey on t\n"
                                             "        Index Cond: (id = $1)\n"
                                             "[update, simple]\n"},
    {"UPDATE t SET a = 1", "Update on t\n"
                           "  ->  Seq Scan on t\n"},
    {"DELETE FROM t WHERE id = $1 AND a > 3", "Delete on t\n"
                                              "  ->  Index Scan using t_pkey on t\n"
                                              "        Index Cond: (id = $1)\n"
                                              "        Filter: (a > 3)\n"
                                              "[delete, simple]\n"},
    {"DELETE FROM t q WHERE q.a = 3", "Delete on t q\n"
                                      "  ->  Index Scan using t_a_idx on t q\n"
                                      "        Index Cond: (a = 3)\n"},
    {"SELECT * FROM v WHERE name = $1", "Index Scan using v_name_key on v\n"
                                        "  Index Cond: (name = $1)\n"
                                        "[get, simple]\n"},
    {"SELECT k FROM v WHERE name = 'x'", "Index Only Scan using v_name_key on v\n"
                                         "  Index Cond: (name = 'x'::text)\n"
                                         "[get, simple]\n"},
    {"SELECT * FROM v WHERE k = 5", "Index Scan using v_pkey on v\n"
                                    "  Index Cond: (k = 5)\n"
                                    "[get, simple]\n"},
    {"SELECT * FROM v WHERE k >= $1 ORDER BY k LIMIT $2", "Limit\n"
                                                          "  ->  Index Scan using v_pkey on v\n"
                                                          "        Index Cond: (k >= $1)\n"
                                                          "[range, simple]\n"},
    {"SELECT w FROM v WHERE k = $1 LIMIT 1", "Limit\n"
                                             "  ->  Index Scan using v_pkey on v\n"
                                             "        Index Cond: (k = $1)\n"
                                             "[range, simple]\n"},
    {"SELECT case when a > 1 then 'x' end FROM t q WHERE coalesce(a, 1) = 2 and a in (1, b)",
     "Seq Scan on t q\n"
     "  Filter: ((COALESCE(a, 1) = 2) AND ((a = 1) OR (a = b)))\n"},
    {"SELECT a FROM t WHERE a IS DISTINCT FROM 5 AND d > -1.5 AND n = 1.5",
     "Seq Scan on t\n"
     "  Filter: ((a IS DISTINCT FROM 5) AND (d > '-1.5'::double precision) AND (n = 1.5))\n"},
    {"SELECT a FROM t WHERE id = 1 + 1 AND 1 = 1", "Index Scan using t_pkey on t\n"
                                                   "  Index Cond: (id = 2)\n"
                                                   "[get, simple]\n"},
    {"SELECT a FROM t WHERE id = 1 / 0", "Index Scan using t_pkey on t\n"
                                         "  Index Cond: (id = (1 / 0))\n"
                                         "[get]\n"},
    {"SELECT a FROM t WHERE a > 5 AND NULL", "Result\n"
                                             "  One-Time Filter: false\n"},
    {"SELECT a FROM t WHERE id = $1 + 1", "Index Scan using t_pkey on t\n"
                                          "  Index Cond: (id = ($1 + 1))\n"
                                          "[get]\n"},
    {"SELECT * FROM t WHERE a = 1 AND a = 2", "Index Scan using t_a_idx on t\n"
                                              "  Index Cond: (a = 1)\n"
                                              "  Filter: (a = 2)\n"
                                              "[range, simple]\n"},
    {"SELECT * FROM t WHERE a = 1 ORDER BY id", "Index Scan using t_a_idx on t\n"
                                                "  Index Cond: (a = 1)\n"
                                                "[range, simple]\n"},
    {"SELECT * FROM t WHERE a = 1 ORDER BY a, id DESC", "Index Scan Backward using t_a_idx on t\n"
                                                        "  Index Cond: (a = 1)\n"
                                                        "[range, simple]\n"},
    {"SELECT b, c FROM t WHERE b = 1 ORDER BY b DESC, c DESC", "Index Only Scan using t_b_c on t\n"
                                                               "  Index Cond: (b = 1)\n"
                                                               "[range, simple]\n"},
    {"SELECT * FROM t WHERE a = random()", "Seq Scan on t\n"
                                           "  Filter: ((a)::double precision = random())\n"},
    {"SELECT * FROM t WHERE a > 1 AND a > 2 AND a < 9", "Index Scan using t_a_idx on t\n"
                                                        "  Index Cond: ((a > 1) AND (a < 9))\n"
                                                        "  Filter: (a > 2)\n"
                                                        "[range, simple]\n"},
    {"SELECT sum(a) FROM t WHERE a = 1 AND random() < 0.5",
     "Aggregate\n"
     "  ->  Index Only Scan using t_a_idx on t\n"
     "        Index Cond: (a = 1)\n"
     "        Filter: (random() < '0.5'::double precision)\n"},
    {"SELECT count(*) FROM t WHERE id > 5 AND id < 10",
     "Aggregate\n"
     "  ->  Index Only Scan using t_pkey on t\n"
     "        Index Cond: ((id > 5) AND (id < 10))\n"},
    {"SELECT DISTINCT a, id FROM t ORDER BY a DESC LIMIT 3",
     "Limit\n"
     "  ->  Unique\n"
     "        ->  Index Only Scan Backward using t_a_idx on t\n"},
    {"SELECT DISTINCT lower(c) FROM t ORDER BY 1", "Sort\n"
                                                   "  Sort Key: (lower(c))\n"
                                                   "  ->  HashAggregate\n"
                                                   "        Group Key: lower(c)\n"
                                                   "        ->  Seq Scan on t\n"},
    {"SELECT e, a FROM t GROUP BY a, e", "HashAggregate\n"
                                         "  Group Key: a, e\n"
                                         "  ->  Seq Scan on t\n"},
    {"SELECT x FROM u GROUP BY x HAVING x > 3", "Group\n"
                                                "  Group Key: x\n"
                                                "  ->  Index Only Scan using u_pkey on u\n"
                                                "        Index Cond: (x > 3)\n"},
    {"SELECT count(*) FROM t HAVING false", "Aggregate\n"
                                            "  Filter: false\n"
                                            "  ->  Seq Scan on t\n"},
    {"SELECT 1 FROM t LIMIT 0", "Limit\n"
                                "  ->  Seq Scan on t\n"},
};

/* O2: every plan verifies (plan_fixture_explain checks it). */
TEST(plan_shapes)
{
    struct plan_fixture f;

    TEST_OK(fixture_open(&f));
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        struct arena_mark mark = arena_mark(&f.arena);
        const char *got = NULL;
        vv_status status = plan_fixture_explain(&f, NULL, shapes[i].sql, &got);

        if (status != VV_OK || strcmp(shapes[i].text, got) != 0) {
            printf("%s\n%s", shapes[i].sql, f.error.message);
        }
        TEST_OK(status);
        TEST_TEXT(shapes[i].text, got);
        arena_reset_to(&f.arena, mark);
    }
    plan_fixture_close(&f);
}

/* ---- statistics ---- */

static bool many_rows(void *context, const struct table_def *table,
                      struct optimize_table_statistics *statistics_out)
{
    (void)table;
    statistics_out->rows = *(double *)context;
    statistics_out->pages = *(double *)context / 100;
    return true;
}

static bool no_rows_in_range(void *context, const struct table_def *table,
                             const struct table_index *index, const struct optimize_range *range,
                             double *rows_out)
{
    (void)context;
    (void)table;
    (void)index;
    *rows_out = range->low != NULL && range->low->integer > 1000 ? 3 : 900000;
    return true;
}

static const char *explained(struct plan_fixture *f, const struct optimize_statistics *statistics,
                             const char *sql)
{
    const char *text = NULL;

    TEST_OK(plan_fixture_explain(f, statistics, sql, &text));
    return text;
}

/* A small range goes through the index, a large one does not; the tree's estimate decides. */
TEST(range_estimates_decide)
{
    struct plan_fixture f;
    double rows = 1e6;
    struct optimize_statistics statistics = {
        .context = &rows, .table = many_rows, .range = no_rows_in_range};

    TEST_OK(fixture_open(&f));
    TEST_TEXT("Index Scan using t_a_idx on t\n  Index Cond: (a > 2000)\n[range, simple]\n",
              explained(&f, &statistics, "SELECT * FROM t WHERE a > 2000"));
    TEST_TEXT("Seq Scan on t\n  Filter: (a > 5)\n",
              explained(&f, &statistics, "SELECT * FROM t WHERE a > 5"));
    plan_fixture_close(&f);
}

/* A plan is kept while its table grows: an empty table does not talk us into a full scan. */
TEST(empty_tables_are_not_believed)
{
    struct plan_fixture f;
    double rows = 0;
    struct optimize_statistics statistics = {.context = &rows, .table = many_rows};

    TEST_OK(fixture_open(&f));
    TEST_TEXT("Index Scan using t_pkey on t\n  Index Cond: (id = $1)\n[get, simple]\n",
              explained(&f, &statistics, "SELECT * FROM t WHERE id = $1"));
    TEST_TEXT("Index Scan using t_a_idx on t\n  Index Cond: (a = $1)\n[range, simple]\n",
              explained(&f, &statistics, "SELECT * FROM t WHERE a = $1"));
    plan_fixture_close(&f);
}

static const struct physical_plan *planned(struct plan_fixture *f, const char *sql)
{
    const struct logical_plan *logical = NULL;
    const struct physical_plan *plan = NULL;

    TEST_OK(plan_fixture_bind(f, sql, &logical));
    TEST_OK(optimize_plan(NULL, logical, &f->arena, &plan, &f->error));
    TEST_TRUE(physical_verify(plan));
    return plan;
}

/* Bounds have exactly the type of the column, and are what exec needs. */
TEST(point_by_key)
{
    struct plan_fixture f;

    TEST_OK(fixture_open(&f));
    const struct physical_point *point =
        planned(&f, "SELECT name, k + 1 FROM v WHERE k = 5")->point;

    TEST_EQUAL(PHYSICAL_SHAPE_GET, point->shape);
    TEST_EQUAL(1, point->scan->range_count);
    TEST_EQUAL(1, point->scan->ranges[0].equal_count);
    TEST_EQUAL(VALUE_BIGINT, point->scan->ranges[0].equals[0]->constant.type);
    TEST_EQUAL(5, point->scan->ranges[0].equals[0]->constant.integer);
    TEST_EQUAL(2, point->expr_count);
    TEST_EQUAL(2, point->column_count); /* w is not read */
    TEST_EQUAL(2, point->scan->columns[1]);
    plan_fixture_close(&f);
}

/* An IN list on one part makes one range per item, with the other parts fixed. */
TEST(in_makes_ranges)
{
    struct plan_fixture f;

    TEST_OK(fixture_open(&f));
    const struct physical_node *scan =
        planned(&f, "SELECT * FROM u WHERE x IN (3, 1, 2) AND y = 'k'")->root->inputs[0];

    TEST_EQUAL(PHYSICAL_SCAN, scan->kind);
    TEST_EQUAL(3, scan->scan.range_count);
    TEST_EQUAL(3, scan->scan.ranges[0].equals[0]->constant.integer);
    TEST_EQUAL(2, scan->scan.ranges[2].equals[0]->constant.integer);
    TEST_EQUAL(2, scan->scan.ranges[2].equal_count);
    TEST_TRUE(scan->scan.filter == NULL);
    plan_fixture_close(&f);
}

/* An update reads the whole row and re-checks the whole condition. */
TEST(update_has_recheck)
{
    struct plan_fixture f;

    TEST_OK(fixture_open(&f));
    const struct physical_plan *plan =
        planned(&f, "UPDATE t SET a = a + 1 WHERE id = $1 AND b > 3");

    TEST_EQUAL(PHYSICAL_UPDATE, plan->root->kind);
    TEST_TRUE(plan->root->inputs[0]->scan.for_modify);
    TEST_EQUAL(8, plan->root->inputs[0]->column_count);
    TEST_EQUAL(EXPR_AND, plan->root->modify.recheck->kind);
    TEST_EQUAL(PHYSICAL_SHAPE_UPDATE, plan->point->shape);
    TEST_FALSE(plan->read_only);
    TEST_TEXT("UPDATE", plan->tag);
    plan_fixture_close(&f);
}

/* Nothing to write is still a scan below, as exec expects. */
TEST(update_of_nothing_scans)
{
    struct plan_fixture f;

    TEST_OK(fixture_open(&f));
    TEST_TEXT("Update on t\n  ->  Seq Scan on t\n        Filter: false\n",
              explained(&f, NULL, "UPDATE t SET a = 1 WHERE false"));
    TEST_TEXT("Delete on t\n  ->  Seq Scan on t\n        Filter: false\n",
              explained(&f, NULL, "DELETE FROM t WHERE NULL"));
    plan_fixture_close(&f);
}

/* The sort under a limit is told how many rows are wanted. */
TEST(limit_bounds_the_sort)
{
    struct plan_fixture f;

    TEST_OK(fixture_open(&f));
    const struct physical_node *limit =
        planned(&f, "SELECT a FROM t ORDER BY d LIMIT 3 OFFSET 1")->root;

    TEST_EQUAL(PHYSICAL_LIMIT, limit->kind);
    const struct physical_node *node = limit->inputs[0];

    while (node->kind == PHYSICAL_PROJECT) {
        node = node->inputs[0];
    }
    TEST_EQUAL(PHYSICAL_SORT, node->kind);
    TEST_EQUAL(3, node->sort.limit->constant.integer);
    TEST_EQUAL(1, node->sort.offset->constant.integer);
    plan_fixture_close(&f);
}

/* O3: what fails stays for the run; what cannot is computed. */
TEST(folding)
{
    static const struct {
        const char *condition;
        const char *filter;
    } cases[] = {
        {"d > 1 + 2 * 3", "(d > '7'::double precision)"},
        {"a = 1 / 0", "(a = (1 / 0))"},
        {"NOT (d > 1 AND e)", "((d <= '1'::double precision) OR (NOT e))"},
        {"NOT NOT e", "e"},
        {"e AND (true OR 1 / 0 = 1)", "e"},
        {"CASE WHEN false THEN d > 1 WHEN true THEN e ELSE 1 / 0 = 1 END", "e"},
        {"COALESCE(NULL, d, 1) = 2",
         "(COALESCE(d, '1'::double precision) = '2'::double precision)"},
        {"lower('ABC') = c || 'x'", "('abc'::text = (c || 'x'::text))"},
        {"random() > 0.5", "(random() > '0.5'::double precision)"},
        {"d IS NULL OR NULL::boolean", "(d IS NULL)"},
        {"NOT (c LIKE 'x%')", "(c !~~ 'x%'::text)"},
        {"NOT (d IN (1, 2))", "(d <> ALL ('{1,2}'::double precision[]))"},
    };
    struct plan_fixture f;

    TEST_OK(fixture_open(&f));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *sql = arena_format(&f.arena, "SELECT f FROM t WHERE %s", cases[i].condition);
        char wanted[128];

        (void)snprintf(wanted, sizeof wanted, ": %s\n", cases[i].filter);
        if (strstr(explained(&f, NULL, sql), wanted) == NULL) {
            printf("%s: %s", cases[i].condition, explained(&f, NULL, sql));
        }
        TEST_TRUE(strstr(explained(&f, NULL, sql), wanted) != NULL);
    }
    plan_fixture_close(&f);
}

/* Every allocation may fail. */
TEST_SWEEP(optimizing_survives_faults)
{
    static const char *const statements[] = {
        ("SELECT e, count(*) AS n FROM t WHERE a IN (1, 2) AND c LIKE 'x%' GROUP BY e HAVING "
         "sum(b) > 1 ORDER BY n, lower(min(c)) LIMIT $1"),
        "SELECT max(a) FROM t WHERE a < 5",
        "UPDATE t SET a = CASE WHEN e THEN $1 ELSE 5 END WHERE id = $2",
    };
    struct plan_fixture f;
    vv_status status = fixture_open(&f);

    for (size_t i = 0; status == VV_OK && i < 3; i++) {
        const char *text = NULL;

        status = plan_fixture_explain(&f, NULL, statements[i], &text);
    }
    TEST_TRUE(status == VV_OK || status == VV_NOMEM);
    plan_fixture_close(&f);
}
