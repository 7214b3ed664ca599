/* EXPLAIN's frame: indentation, costs, names that need quotes. (Shapes: optimize/test_optimize.c.) */
#include "plan/explain.h"

#include "plan_fixture.h"
#include "test.h"

static const char *const *lines_of(struct plan_fixture *f, const char *sql, bool costs,
                                   uint32_t *count)
{
    const struct logical_plan *logical = NULL;
    const struct physical_plan *plan = NULL;
    const char *const *lines = NULL;

    TEST_OK(plan_fixture_bind(f, sql, &logical));
    TEST_OK(optimize_plan(NULL, logical, &f->arena, &plan, &f->error));
    struct explain_request request = {.plan = plan, .options = {.costs = costs}};

    TEST_OK(explain_print(&request, &f->arena, &lines, count));
    return lines;
}

TEST(indentation_is_postgresqls)
{
    struct plan_fixture f;
    uint32_t count = 0;

    plan_fixture_open(&f);
    TEST_OK(plan_fixture_define(&f, "CREATE TABLE t (a integer, b text)"));
    const char *const *lines =
        lines_of(&f, "SELECT b FROM t WHERE a > 1 ORDER BY a LIMIT 2", false, &count);

    TEST_EQUAL(5, count);
    TEST_TEXT("Limit", lines[0]);
    TEST_TEXT("  ->  Sort", lines[1]);
    TEST_TEXT("        Sort Key: a", lines[2]);
    TEST_TEXT("        ->  Seq Scan on t", lines[3]);
    TEST_TEXT("              Filter: (a > 1)", lines[4]);
    plan_fixture_close(&f);
}

TEST(costs_have_two_digits)
{
    struct plan_fixture f;
    uint32_t count = 0;

    plan_fixture_open(&f);
    TEST_OK(plan_fixture_define(&f, "CREATE TABLE t (a integer, b text)"));
    TEST_TEXT("Seq Scan on t  (cost=0.00..20.00 rows=1000 width=36)",
              lines_of(&f, "SELECT * FROM t", true, &count)[0]);
    TEST_TEXT("Result  (cost=0.00..0.01 rows=1 width=4)",
              lines_of(&f, "SELECT 1", true, &count)[0]);
    plan_fixture_close(&f);
}

TEST(names_are_quoted_where_needed)
{
    struct plan_fixture f;
    uint32_t count = 0;

    plan_fixture_open(&f);
    TEST_OK(plan_fixture_define(&f, "CREATE TABLE \"My T\" (\"order\" integer, \"B\" integer)"));
    const char *const *lines =
        lines_of(&f, "SELECT \"B\" FROM \"My T\" x WHERE \"order\" = 1", false, &count);

    TEST_TEXT("Seq Scan on \"My T\" x", lines[0]);
    TEST_TEXT("  Filter: (\"order\" = 1)", lines[1]);
    plan_fixture_close(&f);
}
