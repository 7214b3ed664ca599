/* pg_sleep(): who sleeps can be woken, holds nothing that others need, and is stepped on by a host that does not block. */
#include "test.h"

#include <varve/varve.h>

#include <stdatomic.h>

struct fixture {
    struct varve *db;
    struct varve_session *session, *other;
};

static void run(struct varve_session *session, const char *sql)
{
    TEST_EQUAL(VARVE_OK, varve_exec(session, sql, 0));
}

static void fixture_open(struct fixture *f)
{
    TEST_EQUAL(VARVE_OK, varve_open(":memory:", NULL, &f->db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(f->db, &f->session));
    TEST_EQUAL(VARVE_OK, varve_connect(f->db, &f->other));
    run(f->session,
        "CREATE TABLE t (a integer PRIMARY KEY, b integer); INSERT INTO t VALUES (1, 0), (2, 0)");
}

static void fixture_close(struct fixture *f)
{
    varve_disconnect(f->session);
    varve_disconnect(f->other);
    TEST_EQUAL(VARVE_OK, varve_close(f->db));
}

static int third_time(void *argument, const struct varve_progress *progress)
{
    (void)progress;
    return ++*(int *)argument == 3;
}

/* The shell's Ctrl-C comes through progress. */
TEST(progress_is_asked_while_it_sleeps)
{
    struct fixture f;
    int asked = 0;

    fixture_open(&f);
    TEST_EQUAL(VARVE_OK, varve_set_progress(f.session, 1, third_time, &asked));
    TEST_EQUAL(VARVE_CANCELED, varve_exec(f.session, "SELECT pg_sleep('infinity')", 0));
    TEST_EQUAL(3, asked);
    TEST_EQUAL(VARVE_OK, varve_set_progress(f.session, 1, NULL, NULL));
    run(f.session, "SELECT pg_sleep(0.001)");
    fixture_close(&f);
}

/* Interrupts and time limits; a block is failed, and its locks are free. */
TEST(it_ends_when_it_must)
{
    struct fixture f;

    fixture_open(&f);
    varve_interrupt(f.session);
    TEST_EQUAL(VARVE_CANCELED, varve_exec(f.session, "SELECT pg_sleep('infinity')", 0));
    run(f.session, "SET statement_timeout = 1; BEGIN");
    TEST_EQUAL(
        VARVE_CANCELED,
        varve_exec(f.session, "UPDATE t SET b = 1 WHERE pg_sleep('infinity') IS NOT NULL", 0));
    TEST_EQUAL('E', varve_transaction_status(f.session));
    run(f.other, "UPDATE t SET b = 2");
    run(f.session, "ROLLBACK");
    fixture_close(&f);
}

static void woken(void *argument)
{
    atomic_fetch_add_explicit((_Atomic int *)argument, 1, memory_order_relaxed);
}

/* A host that does not block is told when to come again; other sessions go on, and what they retire is reclaimed. */
TEST(a_session_that_does_not_block_sleeps_outside)
{
    struct varve_statement *sleeper = NULL;
    _Atomic int wakes = 0;
    struct fixture f;
    int code = VARVE_OK;

    fixture_open(&f);
    TEST_EQUAL(VARVE_OK, varve_set_wake(f.session, woken, &wakes));
    TEST_EQUAL(VARVE_OK, varve_prepare(f.session, "SELECT a, pg_sleep(1e8) FROM t ORDER BY a", 0,
                                       &sleeper, NULL));
    TEST_EQUAL(0, varve_sleeps_ms(f.session));
    TEST_EQUAL(VARVE_WAITING, varve_step(sleeper));
    TEST_TRUE(varve_sleeps_ms(f.session) > UINT64_C(100000000000)); /* of two rows: years */
    TEST_TRUE(varve_sleeps_ms(f.session) <= UINT64_C(200000000001));
    for (int i = 0; i < 1000; i++) {
        run(f.other, "UPDATE t SET b = b + 1");
    }
    TEST_EQUAL(VARVE_WAITING, varve_step(sleeper));
    TEST_TRUE(varve_exec(f.session, "SELECT 1", 0) != VARVE_OK);
    TEST_TEXT("55006", varve_last_error(f.session)->sqlstate);
    varve_finalize(sleeper);
    TEST_EQUAL(0, varve_sleeps_ms(f.session));

    TEST_EQUAL(VARVE_OK, varve_prepare(f.session, "SELECT a, pg_sleep(0.001) FROM t ORDER BY a", 0,
                                       &sleeper, NULL));
    do {
        code = varve_step(sleeper);
    } while (code == VARVE_WAITING);
    TEST_EQUAL(VARVE_ROW, code);
    TEST_EQUAL(1, varve_column_int64(sleeper, 0));
    TEST_EQUAL(VARVE_ROW, varve_step(sleeper));
    TEST_EQUAL(VARVE_DONE, varve_step(sleeper));
    varve_finalize(sleeper);

    TEST_EQUAL(VARVE_OK,
               varve_prepare(f.session, "SELECT pg_sleep('infinity')", 0, &sleeper, NULL));
    TEST_EQUAL(VARVE_WAITING, varve_step(sleeper));
    wakes = 0;
    varve_interrupt(f.session);
    TEST_EQUAL(1, wakes);
    TEST_EQUAL(VARVE_CANCELED, varve_step(sleeper));
    varve_finalize(sleeper);
    fixture_close(&f);
}

/* FETCH sleeps for the rows it reads; who reads a cursor's rest ahead does not. */
TEST(a_cursor_sleeps_when_it_is_fetched)
{
    struct varve_statement *fetch = NULL;
    _Atomic int wakes = 0;
    struct fixture f;

    fixture_open(&f);
    TEST_EQUAL(VARVE_OK, varve_set_wake(f.session, woken, &wakes));
    run(f.session, "BEGIN");
    run(f.session, "DECLARE c CURSOR FOR SELECT pg_sleep('infinity')");
    run(f.session,
        "DECLARE d CURSOR FOR SELECT a FROM t WHERE pg_sleep('infinity') IS NOT NULL ORDER BY a");
    TEST_EQUAL(VARVE_OK, varve_prepare(f.session, "FETCH d", 0, &fetch, NULL));
    TEST_EQUAL(VARVE_WAITING, varve_step(fetch));
    varve_finalize(fetch);
    run(f.session, "FETCH c"); /* read ahead by the second DECLARE */
    run(f.session, "DECLARE e CURSOR FOR SELECT pg_sleep('infinity')");
    TEST_EQUAL(VARVE_OK, varve_prepare(f.session, "FETCH e", 0, &fetch, NULL));
    TEST_EQUAL(VARVE_WAITING, varve_step(fetch));
    TEST_TRUE(varve_exec(f.session, "SELECT a FROM t", 0) != VARVE_OK);
    TEST_TEXT("55006", varve_last_error(f.session)->sqlstate);
    varve_finalize(fetch);
    run(f.session, "ROLLBACK; BEGIN; DECLARE e CURSOR FOR SELECT pg_sleep('infinity')");
    TEST_EQUAL(VARVE_OK, varve_prepare(f.session, "FETCH e", 0, &fetch, NULL));
    TEST_EQUAL(VARVE_WAITING, varve_step(fetch));
    varve_finalize(fetch);
    run(f.session, "SELECT a FROM t; FETCH e");
    run(f.session, "COMMIT");
    fixture_close(&f);
}
