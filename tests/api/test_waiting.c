/*
 * test_waiting.c - non-blocking sessions: a statement that meets a lock in the middle of its work gives
 * VARVE_WAITING, and when it is stepped again it is whole, exactly once; or it is ended instead.
 */
#include "check.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

struct waiting {
    struct fixture f;            /* blocking; the holder of locks */
    struct varve_session *other; /* non-blocking */
    atomic_int woken;
};

static void wake(void *argument)
{
    struct waiting *w = argument;

    atomic_fetch_add(&w->woken, 1);
}

/* t has a primary key, a unique and a plain index: a write touches three maps. */
static void waiting_open(struct waiting *w)
{
    memset(w, 0, sizeof *w);
    w->f = memory_open();
    CHECK(varve_connect(w->f.db, &w->other) == VARVE_OK);
    CHECK(varve_set_wake(w->other, wake, w) == VARVE_OK);
    RUN(w->f.session, "CREATE TABLE t (id integer PRIMARY KEY, u integer UNIQUE, n integer)");
    RUN(w->f.session, "CREATE INDEX ON t (n)");
    RUN(w->f.session, "INSERT INTO t VALUES (1, 101, 5), (2, 102, 5), (3, 103, 5), (4, 104, 5)");
}

static void waiting_close(struct waiting *w)
{
    varve_disconnect(w->other);
    memory_close(w->f);
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* An index-only scan shows the index's own entries: they must be those of the rows. */
static void index_agrees(struct waiting *w, int line, const char *sql, int64_t *values,
                         size_t count)
{
    struct varve_statement *entries = prepare(w->f.session, sql);
    size_t entry = 0;

    qsort(values, count, sizeof *values, by_value);
    while (varve_step(entries) == VARVE_ROW) {
        if (entry >= count || varve_column_int64(entries, 0) != values[entry]) {
            fprintf(stderr, "line %d: %s: entry %zu is %lld\n", line, sql, entry,
                    (long long)varve_column_int64(entries, 0));
            failures++;
        }
        entry++;
    }
    if (entry != count) {
        fprintf(stderr, "line %d: %s: %zu entries, %zu rows\n", line, sql, entry, count);
        failures++;
    }
    varve_finalize(entries);
}

static void holds(struct waiting *w, int line, const char *wanted)
{
    struct varve_statement *rows = prepare(w->f.session, "SELECT id, u, n FROM t ORDER BY id");
    int64_t us[64];
    int64_t ns[64];
    char text[1000] = "";
    size_t size = 0;
    size_t count = 0;

    while (varve_step(rows) == VARVE_ROW && count < 64) {
        us[count] = varve_column_int64(rows, 1);
        ns[count] = varve_column_int64(rows, 2);
        size += (size_t)snprintf(text + size, sizeof text - size, "%lld,%lld,%lld ",
                                 (long long)varve_column_int64(rows, 0), (long long)us[count],
                                 (long long)ns[count]);
        count++;
    }
    varve_finalize(rows);
    check_text("rows", line, wanted, text);
    index_agrees(w, line, "SELECT u FROM t ORDER BY u", us, count);
    index_agrees(w, line, "SELECT n FROM t ORDER BY n", ns, count);
}

#define HOLDS(w, wanted) holds(w, __LINE__, wanted)
#define BEFORE           "1,101,5 2,102,5 3,103,5 4,104,5 "

/* The unique index stands behind the rows' map: the insert waits with half of it done. */
static void unique_key_waits(bool commits)
{
    struct waiting w;
    struct varve_statement *insert = NULL;

    waiting_open(&w);
    RUN(w.f.session, "BEGIN; INSERT INTO t VALUES (10, 200, 7)");
    insert = prepare(w.other, "INSERT INTO t VALUES (9, 109, 8), (11, 200, 8), (12, 112, 8)");
    CHECK_CODE(VARVE_WAITING, varve_step(insert));
    CHECK_CODE(VARVE_WAITING, varve_step(insert)); /* too early, does no harm */
    CHECK(atomic_load(&w.woken) == 0);
    HOLDS(&w, BEFORE "10,200,7 ");
    if (commits) {
        RUN(w.f.session, "COMMIT");
        CHECK(atomic_load(&w.woken) == 1);
        CHECK_CODE(VARVE_EXISTS, varve_step(insert));
        CHECK_TEXT("23505", varve_last_error(w.other)->sqlstate);
        CHECK_TEXT("Key (u)=(200) already exists.", varve_last_error(w.other)->detail);
        HOLDS(&w, BEFORE "10,200,7 ");
    } else {
        RUN(w.f.session, "ROLLBACK");
        CHECK(atomic_load(&w.woken) == 1);
        CHECK_CODE(VARVE_DONE, varve_step(insert));
        CHECK_TEXT("INSERT 0 3", varve_command_tag(insert));
        HOLDS(&w, BEFORE "9,109,8 11,200,8 12,112,8 ");
    }
    varve_finalize(insert);
    waiting_close(&w);
}

/* A batch goes map by map: it waits in its first map for a key, or in the second, with all rows in the first. */
static void batch_waits(const char *held, bool commits, const char *detail)
{
    static const char batch[] = "INSERT INTO t VALUES (12, 112, 8), (9, 109, 8), (11, 200, 8), "
                                "(10, 110, 8), (8, 108, 8), (13, 113, 8)";
    struct waiting w;
    struct varve_statement *insert = NULL;

    waiting_open(&w);
    RUN(w.f.session, "BEGIN");
    RUN(w.f.session, held);
    insert = prepare(w.other, batch);
    CHECK_CODE(VARVE_WAITING, varve_step(insert));
    CHECK_CODE(VARVE_WAITING, varve_step(insert));
    RUN(w.f.session, commits ? "COMMIT" : "ROLLBACK");
    CHECK(atomic_load(&w.woken) == 1);
    if (detail != NULL) {
        CHECK_CODE(VARVE_EXISTS, varve_step(insert));
        CHECK_TEXT(detail, varve_last_error(w.other)->detail);
        RUN(w.f.session, "DELETE FROM t WHERE id >= 10");
        HOLDS(&w, BEFORE);
    }
    CHECK_CODE(VARVE_DONE, varve_step(insert));
    CHECK_TEXT("INSERT 0 6", varve_command_tag(insert));
    HOLDS(&w, BEFORE "8,108,8 9,109,8 10,110,8 11,200,8 12,112,8 13,113,8 ");
    varve_finalize(insert);
    waiting_close(&w);
}

static void appender_rows(struct varve_appender *appender)
{
    for (int i = 0; i < 6; i++) {
        CHECK(varve_append_int64(appender, 13 - i) == VARVE_OK);
        CHECK(varve_append_int64(appender, i == 2 ? 200 : 113 - i) == VARVE_OK);
        CHECK(varve_append_int64(appender, 8) == VARVE_OK);
        CHECK(varve_appender_end_row(appender) == VARVE_OK);
    }
}

/* The batch of an appender waits; it is resumed, or interrupted: then nothing of it is in, and the next one is. */
static void appender_waits(bool interrupted)
{
    struct waiting w;
    struct varve_appender *appender = NULL;

    waiting_open(&w);
    RUN(w.f.session, "BEGIN; INSERT INTO t VALUES (30, 200, 7)");
    CHECK(varve_appender_create(w.other, NULL, "t", NULL, 0, &appender) == VARVE_OK);
    appender_rows(appender);
    CHECK_CODE(VARVE_WAITING, varve_appender_flush(appender));
    CHECK_CODE(VARVE_WAITING, varve_appender_flush(appender));
    if (interrupted) {
        varve_interrupt(w.other);
        CHECK_CODE(VARVE_CANCELED, varve_appender_flush(appender));
        HOLDS(&w, BEFORE "30,200,7 ");
        RUN(w.f.session, "ROLLBACK");
        HOLDS(&w, BEFORE);
        appender_rows(appender);
    } else {
        RUN(w.f.session, "ROLLBACK");
    }
    CHECK_CODE(VARVE_OK, varve_appender_close(appender));
    HOLDS(&w, BEFORE "8,108,8 9,109,8 10,110,8 11,200,8 12,112,8 13,113,8 ");
    waiting_close(&w);
}

/* The row that was waited for is looked at again, as READ COMMITTED says; the others are not touched twice. */
static void update_waits_for_a_row(bool commits)
{
    struct waiting w;
    struct varve_statement *update = NULL;

    waiting_open(&w);
    RUN(w.f.session, "BEGIN; UPDATE t SET n = 6, u = 203 WHERE id = 3");
    update = prepare(w.other, "UPDATE t SET u = u + 1000, n = n + 1 WHERE id <= 4 AND n < 7");
    CHECK_CODE(VARVE_WAITING, varve_step(update));
    CHECK_CODE(VARVE_WAITING, varve_step(update));
    RUN(w.f.session, commits ? "COMMIT" : "ROLLBACK");
    CHECK(atomic_load(&w.woken) == 1);
    CHECK_CODE(VARVE_DONE, varve_step(update));
    CHECK(varve_row_count(update) == 4);
    if (commits) {
        HOLDS(&w, "1,1101,6 2,1102,6 3,1203,7 4,1104,6 ");
    } else {
        HOLDS(&w, "1,1101,6 2,1102,6 3,1103,6 4,1104,6 ");
    }
    varve_finalize(update);
    waiting_close(&w);
}

static void update_waits_and_row_is_gone(void)
{
    struct waiting w;
    struct varve_statement *update = NULL;

    waiting_open(&w);
    RUN(w.f.session, "BEGIN; DELETE FROM t WHERE id = 3; UPDATE t SET n = 70 WHERE id = 4");
    update = prepare(w.other, "UPDATE t SET u = u + 1000, n = n + 1 WHERE n < 7");
    CHECK_CODE(VARVE_WAITING, varve_step(update));
    RUN(w.f.session, "COMMIT");
    CHECK_CODE(VARVE_DONE, varve_step(update));
    CHECK(varve_row_count(update) == 2);
    HOLDS(&w, "1,1101,6 2,1102,6 4,104,70 ");
    varve_finalize(update);
    waiting_close(&w);
}

/* The unique index of the third row is the only thing in the way. */
static void update_waits_for_a_unique_key(bool commits)
{
    struct waiting w;
    struct varve_statement *update = NULL;

    waiting_open(&w);
    RUN(w.f.session, "BEGIN; INSERT INTO t VALUES (20, 1103, 9)");
    update = prepare(w.other, "UPDATE t SET u = u + 1000, n = n + 1");
    CHECK_CODE(VARVE_WAITING, varve_step(update));
    RUN(w.f.session, commits ? "COMMIT" : "ROLLBACK");
    CHECK(atomic_load(&w.woken) == 1);
    if (commits) {
        CHECK_CODE(VARVE_EXISTS, varve_step(update));
        CHECK_TEXT("Key (u)=(1103) already exists.", varve_last_error(w.other)->detail);
        HOLDS(&w, BEFORE "20,1103,9 ");
        RUN(w.f.session, "DELETE FROM t WHERE id = 20");
    }
    if (commits) {
        CHECK_CODE(VARVE_DONE, varve_step(update)); /* the statement can be used again */
    } else {
        CHECK_CODE(VARVE_DONE, varve_step(update));
    }
    HOLDS(&w, "1,1101,6 2,1102,6 3,1103,6 4,1104,6 ");
    varve_finalize(update);
    waiting_close(&w);
}

static void delete_waits(void)
{
    struct waiting w;
    struct varve_statement *delete = NULL;

    waiting_open(&w);
    RUN(w.f.session, "BEGIN; UPDATE t SET n = 8 WHERE id = 3");
    delete = prepare(w.other, "DELETE FROM t WHERE n < 7");
    CHECK_CODE(VARVE_WAITING, varve_step(delete));
    RUN(w.f.session, "COMMIT");
    CHECK_CODE(VARVE_DONE, varve_step(delete));
    CHECK(varve_row_count(delete) == 3);
    HOLDS(&w, "3,103,8 ");
    varve_finalize(delete);
    waiting_close(&w);
}

/* In a block: what was before the savepoint stays, what waited is undone or done. */
static void waiting_under_savepoints(void)
{
    struct waiting w;
    struct varve_statement *insert = NULL;

    waiting_open(&w);
    RUN(w.f.session, "BEGIN; INSERT INTO t VALUES (10, 200, 7)");
    RUN(w.other, "BEGIN; UPDATE t SET n = 50 WHERE id = 1; SAVEPOINT s");
    insert = prepare(w.other, "INSERT INTO t VALUES (8, 108, 8), (11, 200, 8)");
    CHECK_CODE(VARVE_WAITING, varve_step(insert));
    RUN(w.f.session, "COMMIT");
    CHECK_CODE(VARVE_EXISTS, varve_step(insert));
    CHECK(varve_transaction_status(w.other) == 'E');
    RUN(w.other, "ROLLBACK TO s; SAVEPOINT s2");
    RUN(w.f.session, "BEGIN; DELETE FROM t WHERE id = 10");
    CHECK_CODE(VARVE_WAITING, varve_step(insert));
    RUN(w.f.session, "COMMIT");
    CHECK_CODE(VARVE_DONE, varve_step(insert));
    RUN(w.other,
        "SAVEPOINT s3; UPDATE t SET n = 60 WHERE id = 8; ROLLBACK TO s3; RELEASE s2; COMMIT");
    HOLDS(&w, "1,101,50 2,102,5 3,103,5 4,104,5 8,108,8 11,200,8 ");
    varve_finalize(insert);
    waiting_close(&w);
}

/* A statement that waits is ended: nothing of it stays, the locks it waited for make no noise later. */
static void waiting_is_ended(void (*end)(struct waiting *w, struct varve_statement **statement),
                             const char *after)
{
    struct waiting w;
    struct varve_statement *insert = NULL;

    waiting_open(&w);
    RUN(w.f.session, "BEGIN; INSERT INTO t VALUES (10, 200, 7)");
    RUN(w.other, "BEGIN; UPDATE t SET n = 50 WHERE id = 1");
    insert = prepare(w.other, "INSERT INTO t VALUES (8, 108, 8), (11, 200, 8)");
    CHECK_CODE(VARVE_WAITING, varve_step(insert));
    end(&w, &insert);
    atomic_store(&w.woken, 0);
    RUN(w.f.session, "COMMIT");
    CHECK(atomic_load(&w.woken) == 0);
    HOLDS(&w, after);
    varve_finalize(insert);
    RUN(w.f.session,
        "BEGIN; UPDATE t SET u = u + 5000, n = n + 1; ROLLBACK"); /* nobody holds a lock */
    waiting_close(&w);
}

static void end_by_reset(struct waiting *w, struct varve_statement **statement)
{
    CHECK(varve_reset(*statement) == VARVE_OK);
    CHECK(varve_transaction_status(w->other) == 'T');
    RUN(w->other, "COMMIT");
}

static void end_by_reset_and_rollback(struct waiting *w, struct varve_statement **statement)
{
    CHECK(varve_reset(*statement) == VARVE_OK);
    RUN(w->other, "ROLLBACK");
}

static void end_by_finalize(struct waiting *w, struct varve_statement **statement)
{
    varve_finalize(*statement);
    *statement = NULL;
    RUN(w->other, "COMMIT");
}

static void end_by_disconnect(struct waiting *w, struct varve_statement **statement)
{
    varve_disconnect(w->other);
    w->other = NULL;
    *statement = NULL;
}

static void end_by_interrupt(struct waiting *w, struct varve_statement **statement)
{
    varve_interrupt(w->other);
    CHECK(atomic_load(&w->woken) == 1); /* worth stepping again */
    CHECK_CODE(VARVE_CANCELED, varve_step(*statement));
    CHECK_TEXT("57014", varve_last_error(w->other)->sqlstate);
    CHECK(varve_transaction_status(w->other) == 'E');
    RUN(w->other, "ROLLBACK");
}

static void end_by_other_statement(struct waiting *w, struct varve_statement **statement)
{
    (void)statement;
    FAILS(w->other, "55006", "SELECT 1");
    (void)varve_exec(w->other, "ROLLBACK", 0); /* the wait ends with the transaction */
    CHECK(varve_transaction_status(w->other) == 'I');
}

/* Nobody wakes a session for its deadline: the host knows the time and steps again. A machine that stalls may pass a deadline
 * before there is a wait: then it gets a longer one. */
static void waiting_ends_at_its_deadline(const char *setting, const char *sqlstate, int code)
{
    struct waiting w;
    struct varve_statement *insert = NULL;
    int got = VARVE_OK;

    waiting_open(&w);
    RUN(w.f.session, "BEGIN; INSERT INTO t VALUES (10, 200, 7)");
    for (int ms = 20; got != VARVE_WAITING && ms < 100000; ms *= 4) {
        char sql[64];

        snprintf(sql, sizeof sql, "SET %s = %d", setting, ms);
        varve_finalize(insert);
        RUN(w.other, sql);
        insert = prepare(w.other, "INSERT INTO t VALUES (8, 108, 8), (11, 200, 8)");
        got = varve_step(insert);
    }
    CHECK_CODE(VARVE_WAITING, got);
    while (got == VARVE_WAITING) {
        usleep(1000);
        got = varve_step(insert);
    }
    CHECK_CODE(code, got);
    CHECK_TEXT(sqlstate, varve_last_error(w.other)->sqlstate);
    RUN(w.f.session, "COMMIT");
    HOLDS(&w, BEFORE "10,200,7 ");
    varve_finalize(insert);
    waiting_close(&w);
}

/* One call of several statements waits in the second: called again, the first is not done again. */
static void exec_goes_on(void)
{
    static const char sql[] =
        "UPDATE t SET n = n + 1 WHERE id = 1; INSERT INTO t VALUES (8, 108, 8);"
        "UPDATE t SET n = n + 100 WHERE id < 4; DELETE FROM t WHERE id = 2";
    struct waiting w;

    waiting_open(&w);
    RUN(w.f.session, "BEGIN; UPDATE t SET n = 40 WHERE id = 3");
    CHECK_CODE(VARVE_WAITING, varve_exec(w.other, sql, 0));
    CHECK_CODE(VARVE_WAITING, varve_exec(w.other, sql, 0));
    RUN(w.f.session, "COMMIT");
    CHECK_CODE(VARVE_OK, varve_exec(w.other, sql, 0));
    HOLDS(&w, "1,101,106 3,103,140 4,104,5 8,108,8 ");
    waiting_close(&w);
}

/* What functions may ask their session is still there: its time zone, its clock. */
static void zone_and_clock_stay(void)
{
    struct waiting w;

    waiting_open(&w);
    RUN(w.other, "SET timezone = 'Europe/Berlin'");
    CHECK_TEXT("1970-01-01 01:00:00+01",
               single(w.other, "SELECT '1970-01-01 00:00:00+00'::timestamptz::text"));
    CHECK_TEXT("1970-01-01 01:00:00",
               single(w.other, "SELECT '1970-01-01 00:00:00+00'::timestamptz::timestamp"));
    CHECK_TEXT("t", single(w.other, "SELECT now() > '2020-01-01'"));
    waiting_close(&w);
}

/* DROP TABLE of two tables waits for the second: neither is gone before, both are after. */
static void drop_of_two_tables_waits(void)
{
    static const char drop[] = "DROP TABLE a, b";
    struct waiting w;

    waiting_open(&w);
    RUN(w.f.session, "CREATE TABLE a (x integer); CREATE TABLE b (y integer PRIMARY KEY)");
    RUN(w.f.session, "INSERT INTO b VALUES (1)");
    RUN(w.f.session, "BEGIN; INSERT INTO b VALUES (2)");
    CHECK_CODE(VARVE_WAITING, varve_exec(w.other, drop, 0));
    CHECK_CODE(VARVE_WAITING, varve_exec(w.other, drop, 0));
    RUN(w.f.session, "INSERT INTO b VALUES (3)");
    varve_interrupt(w.other);
    CHECK_CODE(VARVE_CANCELED, varve_exec(w.other, drop, 0));
    RUN(w.f.session, "INSERT INTO a VALUES (1)");
    atomic_store(&w.woken, 0);
    CHECK_CODE(VARVE_WAITING, varve_exec(w.other, drop, 0));
    RUN(w.f.session, "COMMIT");
    CHECK(atomic_load(&w.woken) == 1);
    CHECK_CODE(VARVE_OK, varve_exec(w.other, drop, 0));
    FAILS(w.f.session, "42P01", "SELECT * FROM a");
    FAILS(w.f.session, "42P01", "SELECT * FROM b");
    RUN(w.f.session, "CREATE TABLE a (x integer); CREATE TABLE b (y integer PRIMARY KEY)");
    CHECK_TEXT("0", single(w.f.session, "SELECT count(*) FROM b"));
    waiting_close(&w);
}

/* CREATE INDEX waits for writers and then indexes what they wrote. */
static void create_index_waits(void)
{
    struct waiting w;

    waiting_open(&w);
    RUN(w.f.session, "CREATE TABLE c (id integer PRIMARY KEY, v integer)");
    RUN(w.f.session, "BEGIN; INSERT INTO c VALUES (1, 10), (2, 20)");
    CHECK_CODE(VARVE_WAITING, varve_exec(w.other, "CREATE INDEX c_v ON c (v)", 0));
    RUN(w.f.session, "INSERT INTO c VALUES (3, 30)");
    RUN(w.f.session, "COMMIT");
    CHECK_CODE(VARVE_OK, varve_exec(w.other, "CREATE INDEX c_v ON c (v)", 0));
    CHECK_TEXT("60", single(w.f.session, "SELECT sum(v) FROM c WHERE v > 0"));
    waiting_close(&w);
}

/* Another text in between is refused, and disturbs nothing. */
static void exec_wants_the_same_text(void)
{
    static const char sql[] =
        "UPDATE t SET n = n + 1 WHERE id = 1; UPDATE t SET n = n + 1 WHERE id = 3";
    struct waiting w;

    waiting_open(&w);
    RUN(w.f.session, "BEGIN; UPDATE t SET n = 40 WHERE id = 3");
    CHECK_CODE(VARVE_WAITING, varve_exec(w.other, sql, 0));
    CHECK_CODE(VARVE_MISUSE, varve_exec(w.other, "ROLLBACK", 0));
    CHECK_CODE(VARVE_WAITING, varve_exec(w.other, sql, 0));
    RUN(w.f.session, "COMMIT");
    CHECK_CODE(VARVE_OK, varve_exec(w.other, sql, 0));
    HOLDS(&w, "1,101,6 2,102,5 3,103,41 4,104,5 ");
    waiting_close(&w);
}

/* An interrupt without a statement ends the next one, whatever it is, and only that. */
static void interrupt_ends_one_statement(void)
{
    static const char *const texts[] = {"SELECT 1", "CREATE TABLE x (a integer)", "DROP TABLE t, x",
                                        "INSERT INTO t VALUES (7, 107, 7)",
                                        "SELECT n FROM t WHERE id = 1"};
    struct waiting w;

    waiting_open(&w);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        varve_interrupt(w.f.session);
        CHECK_CODE(VARVE_CANCELED, varve_exec(w.f.session, texts[i], 0));
        RUN(w.f.session, "SELECT 2");
    }
    RUN(w.f.session, "CREATE TABLE x (a integer); BEGIN; SAVEPOINT s");
    varve_interrupt(w.f.session);
    CHECK_CODE(VARVE_CANCELED, varve_exec(w.f.session, "DROP TABLE t, x", 0));
    RUN(w.f.session, "ROLLBACK TO s; SELECT * FROM x; COMMIT");
    HOLDS(&w, BEFORE);
    waiting_close(&w);
}

/* DROP of two tables, the second of which does not exist, in a block with a savepoint and without. */
static void drop_of_two_tables_fails_whole(void)
{
    struct waiting w;

    waiting_open(&w);
    FAILS(w.f.session, "42P01", "DROP TABLE t, missing");
    RUN(w.f.session, "BEGIN; SAVEPOINT s");
    FAILS(w.f.session, "42P01", "DROP TABLE t, missing");
    RUN(w.f.session, "ROLLBACK TO s; INSERT INTO t VALUES (5, 105, 5); COMMIT");
    HOLDS(&w, BEFORE "5,105,5 ");
    RUN(w.f.session, "CREATE TABLE x (a integer); DROP TABLE IF EXISTS x, missing, t");
    FAILS(w.f.session, "42P01", "SELECT * FROM x");
    RUN(w.f.session, "CREATE TABLE t (id integer PRIMARY KEY, u integer UNIQUE, n integer)");
    waiting_close(&w);
}

int main(void)
{
    unique_key_waits(true);
    unique_key_waits(false);
    batch_waits("INSERT INTO t VALUES (30, 200, 7)", false, NULL);
    batch_waits("INSERT INTO t VALUES (30, 200, 7)", true, "Key (u)=(200) already exists.");
    batch_waits("INSERT INTO t VALUES (10, 300, 7)", false, NULL);
    batch_waits("INSERT INTO t VALUES (10, 300, 7)", true, "Key (id)=(10) already exists.");
    batch_waits("INSERT INTO t VALUES (10, 300, 7); DELETE FROM t WHERE id = 10", true, NULL);
    appender_waits(false);
    appender_waits(true);
    update_waits_for_a_row(true);
    update_waits_for_a_row(false);
    update_waits_and_row_is_gone();
    update_waits_for_a_unique_key(true);
    update_waits_for_a_unique_key(false);
    delete_waits();
    waiting_under_savepoints();
    waiting_is_ended(end_by_reset, "1,101,50 2,102,5 3,103,5 4,104,5 10,200,7 ");
    waiting_is_ended(end_by_reset_and_rollback, BEFORE "10,200,7 ");
    waiting_is_ended(end_by_finalize, "1,101,50 2,102,5 3,103,5 4,104,5 10,200,7 ");
    waiting_is_ended(end_by_disconnect, BEFORE "10,200,7 ");
    waiting_is_ended(end_by_interrupt, BEFORE "10,200,7 ");
    waiting_is_ended(end_by_other_statement, BEFORE "10,200,7 ");
    waiting_ends_at_its_deadline("statement_timeout", "57014", VARVE_CANCELED);
    waiting_ends_at_its_deadline("lock_timeout", "55P03", VARVE_LOCK_TIMEOUT);
    zone_and_clock_stay();
    exec_goes_on();
    drop_of_two_tables_waits();
    create_index_waits();
    exec_wants_the_same_text();
    interrupt_ends_one_statement();
    drop_of_two_tables_fails_whole();
    printf("%d failed\n", failures);
    return failures != 0;
}
