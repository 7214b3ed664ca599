/* Plans by text: D3 a statement keeps its plan whatever the cache does; D4 no session runs a plan made from
 * other definitions than it sees. */
#include "test.h"

#include "db/plan_cache.h"

#include <varve/varve.h>

struct fixture {
    struct varve *db;
    struct varve_session *mine, *other;
};

static void fixture_open(struct fixture *f)
{
    TEST_EQUAL(VARVE_OK, varve_open(":memory:", NULL, &f->db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(f->db, &f->mine));
    TEST_EQUAL(VARVE_OK, varve_connect(f->db, &f->other));
}

static void fixture_close(struct fixture *f)
{
    varve_disconnect(f->mine);
    varve_disconnect(f->other);
    TEST_EQUAL(VARVE_OK, varve_close(f->db)); /* and all memory is back */
}

static void run(struct varve_session *session, const char *sql)
{
    TEST_EQUAL(VARVE_OK, varve_exec(session, sql, 0));
}

static struct varve_statement *prepare(struct varve_session *session, const char *sql)
{
    struct varve_statement *statement = NULL;

    TEST_EQUAL(VARVE_OK, varve_prepare(session, sql, 0, &statement, NULL));
    return statement;
}

/* The only row's only value, from a statement prepared for it. */
static int64_t answer(struct varve_session *session, const char *sql)
{
    struct varve_statement *statement = prepare(session, sql);
    int64_t value = 0;

    TEST_EQUAL(VARVE_ROW, varve_step(statement));
    value = varve_column_int64(statement, 0);
    TEST_EQUAL(VARVE_DONE, varve_step(statement));
    varve_finalize(statement);
    return value;
}

static void prepare_others(struct varve_session *session, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char sql[40];

        snprintf(sql, sizeof sql, "SELECT %u", i);
        varve_finalize(prepare(session, sql));
    }
}

/* D3: the plan leaves the cache, as the oldest of too many, while its rows are being read. */
TEST(a_running_statement_keeps_a_plan_that_left_the_cache)
{
    static const char text[] = "SELECT a FROM t ORDER BY a";
    struct fixture f;
    struct varve_statement *reader = NULL;
    struct varve_statistics statistics = {.size = sizeof statistics};
    uint64_t misses = 0;

    fixture_open(&f);
    run(f.mine, "CREATE TABLE t (a integer PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3)");
    reader = prepare(f.mine, text);
    TEST_EQUAL(VARVE_ROW, varve_step(reader));
    prepare_others(f.other, PLAN_CACHE_PLANS + 1);

    TEST_EQUAL(VARVE_OK, varve_statistics(f.db, &statistics));
    misses = statistics.plan_cache_misses;
    varve_finalize(prepare(f.other, text)); /* it really is gone */
    TEST_EQUAL(VARVE_OK, varve_statistics(f.db, &statistics));
    TEST_EQUAL(misses + 1, statistics.plan_cache_misses);

    TEST_EQUAL(VARVE_ROW, varve_step(reader));
    TEST_EQUAL(2, varve_column_int64(reader, 0));
    TEST_EQUAL(VARVE_ROW, varve_step(reader));
    TEST_EQUAL(VARVE_DONE, varve_step(reader));
    varve_finalize(reader);
    fixture_close(&f);
}

/* D4: a table of the same name with other columns, made by another session. */
TEST(a_prepared_statement_sees_the_new_definition)
{
    struct fixture f;
    struct varve_statement *reader = NULL;

    fixture_open(&f);
    run(f.mine, "CREATE TABLE t (a bigint PRIMARY KEY, b text); INSERT INTO t VALUES (1, 'x')");
    reader = prepare(f.mine, "SELECT a FROM t WHERE a < 9");
    TEST_EQUAL(VARVE_ROW, varve_step(reader));
    TEST_EQUAL(1, varve_column_int64(reader, 0));
    TEST_EQUAL(VARVE_DONE, varve_step(reader));

    run(f.other, "DROP TABLE t; CREATE TABLE t (b text PRIMARY KEY, c text, a bigint);"
                 "INSERT INTO t VALUES ('y', 'z', 7)");
    TEST_EQUAL(VARVE_ROW, varve_step(reader));
    TEST_EQUAL(7, varve_column_int64(reader, 0));
    TEST_EQUAL(VARVE_DONE, varve_step(reader));

    run(f.other, "DROP TABLE t");
    TEST_EQUAL(VARVE_ERROR, varve_step(reader));
    TEST_TEXT("42P01", varve_last_error(f.mine)->sqlstate);
    varve_finalize(reader);
    fixture_close(&f);
}

/* D4: plans made inside a transaction that defined something stay its own, before and after its end. */
TEST(plans_of_uncommitted_definitions_are_nobody_elses)
{
    static const char text[] = "SELECT count(*) FROM t WHERE b = 5";
    struct fixture f;

    fixture_open(&f);
    run(f.mine, "CREATE TABLE t (a bigint PRIMARY KEY, b bigint);"
                "INSERT INTO t VALUES (1, 5), (2, 5), (3, 6)");
    run(f.mine, "BEGIN; CREATE INDEX t_b_idx ON t (b)");
    TEST_EQUAL(2, answer(f.mine, text));
    TEST_EQUAL(2, answer(f.other, text));
    run(f.mine, "INSERT INTO t VALUES (4, 5)");
    TEST_EQUAL(3, answer(f.mine, text));
    TEST_EQUAL(2, answer(f.other, text));
    run(f.mine, "ROLLBACK");
    TEST_EQUAL(2, answer(f.mine, text));
    run(f.other, "INSERT INTO t VALUES (5, 5)");
    TEST_EQUAL(3, answer(f.mine, text));
    TEST_EQUAL(3, answer(f.other, text));
    fixture_close(&f);
}
