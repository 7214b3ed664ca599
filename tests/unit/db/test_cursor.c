/* Cursors: a model of positions, snapshots, waiting, errors that come late, failing allocations (CU1-CU3). */
#include "base/alloc.h"
#include "base/rng.h"
#include "test.h"

#include <varve/varve.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 5000 /* more than two batches */

struct fixture {
    struct varve *db;
    struct varve_session *session, *other;
};

static void run(struct varve_session *session, const char *sql)
{
    TEST_EQUAL(VARVE_OK, varve_exec(session, sql, 0));
}

static void fails(struct varve_session *session, const char *sql, const char *sqlstate)
{
    TEST_TRUE(varve_exec(session, sql, 0) != VARVE_OK);
    TEST_TEXT(sqlstate, varve_last_error(session)->sqlstate);
}

/* Table t: ids 1 to ROWS. */
static void fixture_open(struct fixture *f)
{
    struct varve_statement *insert = NULL;

    TEST_EQUAL(VARVE_OK, varve_open(":memory:", NULL, &f->db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(f->db, &f->session));
    TEST_EQUAL(VARVE_OK, varve_connect(f->db, &f->other));
    run(f->session, "CREATE TABLE t (id bigint PRIMARY KEY, v text); BEGIN");
    TEST_EQUAL(VARVE_OK,
               varve_prepare(f->session, "INSERT INTO t VALUES ($1, 'the value of a row')", 0,
                             &insert, NULL));
    for (int64_t i = 1; i <= ROWS; i++) {
        TEST_EQUAL(VARVE_OK, varve_bind_int64(insert, 1, i));
        TEST_EQUAL(VARVE_DONE, varve_step(insert));
        TEST_EQUAL(VARVE_OK, varve_reset(insert));
    }
    varve_finalize(insert);
    run(f->session, "COMMIT");
}

static void fixture_close(struct fixture *f)
{
    varve_disconnect(f->session);
    varve_disconnect(f->other);
    TEST_EQUAL(VARVE_OK, varve_close(f->db)); /* and all memory is back */
}

/* Where PostgreSQL's cursor stands: 0 before the first row, ROWS + 1 behind the last. */
struct model {
    int64_t at;
    int64_t rows[ROWS];
    int64_t count;
};

static void model_step(struct model *m, bool forward, int64_t count, bool shown)
{
    for (; count > 0; count--) {
        m->at += forward ? 1 : -1;
        if (m->at < 1 || m->at > ROWS) {
            m->at = m->at < 1 ? 0 : ROWS + 1;
            return;
        }
        if (shown) {
            m->rows[m->count++] = m->at;
        }
    }
}

/* One random direction: its words, and what it does to the model. */
static void model_fetch(struct model *m, struct rng *rng, char *words, size_t size)
{
    int64_t most = rng_below(rng, 4) == 0 ? ROWS + 10 : 40;
    int64_t count = (int64_t)rng_below(rng, (uint64_t)most);

    m->count = 0;
    switch (rng_below(rng, 6)) {
    case 0:
        snprintf(words, size, "FORWARD %lld", (long long)count);
        if (count == 0 && m->at >= 1 && m->at <= ROWS) {
            m->rows[m->count++] = m->at;
        }
        model_step(m, true, count, true);
        return;
    case 1:
        snprintf(words, size, "BACKWARD %lld", (long long)count + 1);
        model_step(m, false, count + 1, true);
        return;
    case 2:
        snprintf(words, size, "ABSOLUTE %lld", (long long)count + 1);
        m->at = 0;
        model_step(m, true, count, false);
        model_step(m, true, 1, true);
        return;
    case 3:
        snprintf(words, size, "ABSOLUTE -%lld", (long long)count + 1);
        m->at = ROWS + 1;
        model_step(m, false, count, false);
        model_step(m, false, 1, true);
        return;
    case 4:
        snprintf(words, size, "RELATIVE -%lld", (long long)count + 1);
        model_step(m, false, count, false);
        model_step(m, false, 1, true);
        return;
    default:
        snprintf(words, size, "NEXT");
        model_step(m, true, 1, true);
        return;
    }
}

static void fetch_compare(struct fixture *f, struct model *m, const char *words)
{
    struct varve_statement *fetch = NULL;
    char sql[64];

    snprintf(sql, sizeof sql, "FETCH %s FROM c", words);
    TEST_EQUAL(VARVE_OK, varve_prepare(f->session, sql, 0, &fetch, NULL));
    for (int64_t i = 0; i < m->count; i++) {
        TEST_EQUAL(VARVE_ROW, varve_step(fetch));
        TEST_EQUAL(m->rows[i], varve_column_int64(fetch, 0));
        TEST_TEXT("the value of a row", varve_column_text(fetch, 1, NULL));
    }
    TEST_EQUAL(VARVE_DONE, varve_step(fetch));
    snprintf(sql, sizeof sql, "FETCH %lld", (long long)m->count);
    TEST_TEXT(sql, varve_command_tag(fetch));
    varve_finalize(fetch);
}

/* CU1: in any order of steps, with other statements, savepoints and sessions in between. */
TEST(positions_are_those_of_a_model)
{
    static const char *const between[] = {
        "UPDATE t SET v = 'other' WHERE id % 7 = 0", "DELETE FROM t WHERE id % 500 = 3",
        "SAVEPOINT s; INSERT INTO t VALUES (-1, 'new'); ROLLBACK TO s", "SELECT count(*) FROM t"};
    static struct model m;
    uint64_t seed = test_seed(7);
    struct rng rng;
    struct fixture f;

    rng_init(&rng, seed);
    fixture_open(&f);
    for (int round = 0; round < 6; round++) {
        m.at = 0;
        run(f.session, "BEGIN");
        run(f.session, "DECLARE c SCROLL CURSOR FOR SELECT id, v FROM t ORDER BY id");
        for (int i = 0; i < 40; i++) {
            char words[40];

            model_fetch(&m, &rng, words, sizeof words);
            fetch_compare(&f, &m, words);
            if (round % 2 == 1 && rng_below(&rng, 10) == 0) {
                run(f.session, between[rng_below(&rng, 4)]);
            }
        }
        run(f.session, "ROLLBACK");
    }
    fixture_close(&f);
}

static int64_t one(struct varve_session *session, const char *sql)
{
    struct varve_statement *statement = NULL;
    int64_t value = 0;

    TEST_EQUAL(VARVE_OK, varve_prepare(session, sql, 0, &statement, NULL));
    TEST_EQUAL(VARVE_ROW, varve_step(statement));
    value = varve_column_int64(statement, 0);
    varve_finalize(statement);
    return value;
}

/* CU1: the snapshot is DECLARE's, not the first FETCH's. */
TEST(the_snapshot_is_taken_by_declare)
{
    struct fixture f;

    fixture_open(&f);
    run(f.session, "BEGIN; DECLARE c NO SCROLL CURSOR FOR SELECT id FROM t ORDER BY id DESC");
    run(f.other, "INSERT INTO t VALUES (9000, 'late')");
    TEST_EQUAL(ROWS, one(f.session, "FETCH c"));
    TEST_EQUAL(ROWS + 1, one(f.session, "SELECT count(*) FROM t"));
    TEST_EQUAL(1, one(f.session, "FETCH ABSOLUTE 5000 c"));
    run(f.session, "COMMIT");
    fixture_close(&f);
}

/* A cursor that nobody disturbs reads no further than its batch. */
TEST(it_reads_as_far_as_it_is_asked)
{
    struct fixture f;

    fixture_open(&f);
    run(f.session, "CREATE SEQUENCE s; BEGIN");
    run(f.session, "DECLARE c NO SCROLL CURSOR FOR SELECT nextval('s') FROM t");
    TEST_EQUAL(1, one(f.session, "FETCH c"));
    TEST_EQUAL(2, one(f.session, "FETCH c"));
    run(f.session, "CLOSE c");
    TEST_TRUE(one(f.session, "SELECT currval('s')") < ROWS);
    run(f.session, "COMMIT");
    fixture_close(&f);
}

/* What a program has not read yet stays, whatever becomes of the cursor; its plan follows the name. */
TEST(fetched_rows_outlive_the_cursor)
{
    struct varve_statement *fetch = NULL;
    struct fixture f;

    fixture_open(&f);
    run(f.session, "BEGIN; DECLARE c CURSOR FOR SELECT id, v FROM t ORDER BY id");
    TEST_EQUAL(VARVE_OK, varve_prepare(f.session, "FETCH 3000 c", 0, &fetch, NULL));
    TEST_EQUAL(2, varve_column_count(fetch));
    TEST_EQUAL(VARVE_ROW, varve_step(fetch));
    run(f.session, "CLOSE c; DECLARE c CURSOR FOR SELECT v, id, -id FROM t ORDER BY id DESC");
    for (int64_t i = 2; i <= 3000; i++) {
        TEST_EQUAL(VARVE_ROW, varve_step(fetch));
        TEST_EQUAL(i, varve_column_int64(fetch, 0));
    }
    TEST_EQUAL(VARVE_DONE, varve_step(fetch));
    TEST_EQUAL(VARVE_OK, varve_reset(fetch));
    TEST_EQUAL(VARVE_ROW, varve_step(fetch));
    TEST_EQUAL(3, varve_column_count(fetch));
    TEST_EQUAL(-ROWS, varve_column_int64(fetch, 2));
    run(f.session, "COMMIT");
    varve_finalize(fetch);
    fails(f.session, "FETCH c", "34000");
    fixture_close(&f);
}

/* DECLARE's parameters live as long as the cursor. */
TEST(parameters_are_kept)
{
    struct varve_statement *declare = NULL;
    struct fixture f;
    char text[] = "the value of a row";

    fixture_open(&f);
    run(f.session, "BEGIN");
    TEST_EQUAL(VARVE_OK,
               varve_prepare(f.session,
                             "DECLARE c CURSOR FOR SELECT id FROM t WHERE v = $2 AND id >= $1", 0,
                             &declare, NULL));
    TEST_EQUAL(2, varve_parameter_count(declare));
    TEST_EQUAL(VARVE_OK, varve_bind_int64(declare, 1, 4990));
    TEST_EQUAL(VARVE_OK, varve_bind_text(declare, 2, text, strlen(text)));
    TEST_EQUAL(VARVE_DONE, varve_step(declare));
    TEST_TEXT("DECLARE CURSOR", varve_command_tag(declare));
    memset(text, 'x', sizeof text);
    varve_finalize(declare);
    TEST_EQUAL(4990, one(f.session, "FETCH c"));
    TEST_EQUAL(ROWS, one(f.session, "FETCH RELATIVE 10 c"));
    run(f.session, "COMMIT");
    fixture_close(&f);
}

static void woken(void *argument)
{
    atomic_store_explicit((_Atomic int *)argument, 1, memory_order_release);
}

/* CU2: DECLARE waits for the rows that it locks; then it goes on, or ends with its statement. */
TEST(declare_waits_for_its_locks)
{
    struct varve_statement *declare = NULL;
    _Atomic int wakes = 0;
    struct fixture f;

    fixture_open(&f);
    TEST_EQUAL(VARVE_OK, varve_set_wake(f.session, woken, &wakes));
    for (int again = 0; again < 2; again++) {
        run(f.other, "BEGIN; UPDATE t SET v = 'x' WHERE id = 4000");
        run(f.session, "BEGIN");
        TEST_EQUAL(VARVE_OK,
                   varve_prepare(f.session,
                                 "DECLARE c CURSOR FOR SELECT id FROM t ORDER BY id FOR UPDATE", 0,
                                 &declare, NULL));
        TEST_EQUAL(VARVE_WAITING, varve_step(declare));
        if (again == 1) { /* given up */
            varve_finalize(declare);
            run(f.other, "ROLLBACK");
            run(f.session, "ROLLBACK");
            break;
        }
        run(f.other, "COMMIT");
        TEST_EQUAL(1, wakes);
        TEST_EQUAL(VARVE_DONE, varve_step(declare));
        varve_finalize(declare);
        TEST_EQUAL(1, one(f.session, "FETCH c"));
        TEST_EQUAL(4000, one(f.session, "FETCH RELATIVE 3999 c"));
        run(f.session, "COMMIT");
    }
    fails(f.session, "FETCH c", "34000");
    fixture_close(&f);
}

/* CU3, and CU2: a FETCH that failed leaves a cursor that cannot be run. */
TEST(errors_come_with_their_rows)
{
    struct fixture f;

    fixture_open(&f);
    run(f.session,
        "BEGIN; DECLARE c CURSOR FOR SELECT 1 / (id - 4500) FROM t WHERE id > 10 ORDER BY id");
    TEST_EQUAL(ROWS, one(f.session, "SELECT count(*) FROM t"));
    run(f.session, "SAVEPOINT s; FETCH 2000 c");
    fails(f.session, "FETCH 3000 c", "22012");
    run(f.session, "ROLLBACK TO s");
    fails(f.session, "FETCH c", "55000");
    run(f.session, "ROLLBACK TO s; CLOSE c; COMMIT");
    fails(f.session, "BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT 1 / (id - 9) FROM t; COMMIT",
          "22012");
    TEST_EQUAL('I', varve_transaction_status(f.session));
    TEST_EQUAL(0, one(f.session, "SELECT count(*) FROM pg_cursors"));
    fixture_close(&f);
}

static bool done(struct varve_session *session, const char *sql)
{
    return varve_exec(session, sql, 0) == VARVE_OK;
}

/* Any allocation may fail: an error, nothing leaks, the session goes on. */
TEST_SWEEP(cursors_with_failing_allocations)
{
    struct varve_session *session = NULL;
    struct varve *db = NULL;

    if (varve_open(":memory:", NULL, &db, NULL) != VARVE_OK) {
        return;
    }
    if (varve_connect(db, &session) == VARVE_OK) {
        (void)(done(session, "CREATE TABLE t (a integer PRIMARY KEY)") &&
               done(session, "INSERT INTO t VALUES (1), (2), (3)") && done(session, "BEGIN") &&
               done(session, "DECLARE c CURSOR FOR SELECT a FROM t ORDER BY a DESC") &&
               done(session, "DECLARE h CURSOR WITH HOLD FOR SELECT a FROM t") &&
               done(session, "FETCH 2 c") && done(session, "MOVE BACKWARD ALL c") &&
               done(session, "FETCH h") && done(session, "COMMIT") && done(session, "FETCH ALL h"));
        alloc_fault_arm(0, false);
        (void)done(session, "ROLLBACK");
        TEST_TRUE(done(session, "CLOSE ALL"));
        TEST_TRUE(done(session, "BEGIN; DECLARE c CURSOR FOR SELECT 7; FETCH c; COMMIT"));
        varve_disconnect(session);
    }
    TEST_EQUAL(VARVE_OK, varve_close(db));
}
