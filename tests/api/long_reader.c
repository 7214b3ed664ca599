/*
 * long_reader.c - memory stands still under readers that never end.
 *
 * One session keeps a REPEATABLE READ snapshot open, another has stepped a SELECT once and does not read on; a
 * third updates 100,000 rows again and again. Versions that neither reader can see must go: memory of every kind
 * after the last update differs by at most 2 % from what it was after the first tenth (at least four rounds).
 *
 * usage: long_reader [UPDATES]      20,000,000 with VARVE_TEST_EFFORT >= 50, else 1,000,000
 */
#include <varve/varve.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 100000

static void must(struct varve_session *session, int code, int wanted, const char *what)
{
    if (code != wanted) {
        fprintf(stderr, "%s: code %d: %s\n", what, code, varve_last_error(session)->message);
        exit(1);
    }
}

static struct varve_session *session_open(struct varve *db)
{
    struct varve_session *session = NULL;

    if (varve_connect(db, &session) != VARVE_OK) {
        fprintf(stderr, "cannot connect\n");
        exit(1);
    }
    return session;
}

static struct varve_statement *prepare(struct varve_session *session, const char *sql)
{
    struct varve_statement *statement = NULL;

    must(session, varve_prepare(session, sql, 0, &statement, NULL), VARVE_OK, sql);
    return statement;
}

static void update_rows(struct varve_session *session, long first, long count)
{
    struct varve_statement *update = prepare(session, "UPDATE t SET v = v + 1 WHERE id = $1");

    for (long i = first; i < first + count; i++) {
        varve_bind_int64(update, 1, (i * 7919) % ROWS);
        must(session, varve_step(update), VARVE_DONE, "update");
    }
    varve_finalize(update);
}

static int differs(const char *kind, uint64_t before, uint64_t after)
{
    uint64_t larger = before > after ? before : after;
    uint64_t gap = before > after ? before - after : after - before;

    printf("%-12s %12llu %12llu bytes\n", kind, (unsigned long long)before,
           (unsigned long long)after);
    /* A kind below 64 KB is a handful of blocks: one more is no growth. */
    return gap * 50 > larger && gap > 65536;
}

static void sum_is(struct varve_session *session, const char *sql, long long wanted)
{
    struct varve_statement *statement = prepare(session, sql);

    must(session, varve_step(statement), VARVE_ROW, sql);
    if (varve_column_int64(statement, 0) != wanted) {
        fprintf(stderr, "%s: wanted %lld, got %lld\n", sql, wanted,
                (long long)varve_column_int64(statement, 0));
        exit(1);
    }
    varve_finalize(statement);
}

int main(int argc, char **argv)
{
    const char *effort = getenv("VARVE_TEST_EFFORT");
    long updates = argc > 1                               ? atol(argv[1])
                   : effort != NULL && atoi(effort) >= 50 ? 20000000
                                                          : 1000000;
    long settled = updates / 10 > 4 * ROWS ? updates / 10 : 4 * ROWS;
    struct varve *db = NULL;
    struct varve_session *writer = NULL;
    struct varve_session *snapshot = NULL;
    struct varve_session *cursor = NULL;
    struct varve_statement *insert = NULL;
    struct varve_statement *unread = NULL;
    struct varve_statistics early = {.size = sizeof early};
    struct varve_statistics late = {.size = sizeof late};
    int failed = 0;

    if (varve_open(":memory:", NULL, &db, NULL) != VARVE_OK) {
        return 1;
    }
    writer = session_open(db);
    snapshot = session_open(db);
    cursor = session_open(db);
    must(writer, varve_exec(writer, "CREATE TABLE t (id bigint PRIMARY KEY, v bigint NOT NULL)", 0),
         VARVE_OK, "create");
    insert = prepare(writer, "INSERT INTO t VALUES ($1, 0)");
    for (int id = 0; id < ROWS; id++) {
        varve_bind_int64(insert, 1, id);
        must(writer, varve_step(insert), VARVE_DONE, "insert");
    }
    varve_finalize(insert);
    update_rows(writer, 0, ROWS);

    must(snapshot, varve_exec(snapshot, "BEGIN ISOLATION LEVEL REPEATABLE READ", 0), VARVE_OK,
         "begin");
    sum_is(snapshot, "SELECT sum(v) FROM t", ROWS);
    unread = prepare(cursor, "SELECT v FROM t");
    must(cursor, varve_step(unread), VARVE_ROW, "cursor");

    update_rows(writer, 0, settled);
    varve_statistics(db, &early);
    update_rows(writer, settled, updates - settled);
    varve_statistics(db, &late);

    printf("after %ld and %ld updates:\n", settled, updates);
    failed |= differs("pages", early.memory_pages, late.memory_pages);
    failed |= differs("versions", early.memory_versions, late.memory_versions);
    failed |= differs("transactions", early.memory_transactions, late.memory_transactions);
    failed |= differs("statements", early.memory_statements, late.memory_statements);
    failed |= differs("sessions", early.memory_sessions, late.memory_sessions);
    failed |= differs("general", early.memory_general, late.memory_general);
    failed |= differs("total", early.memory_total, late.memory_total);

    sum_is(snapshot, "SELECT sum(v) FROM t", ROWS); /* its snapshot has not moved */
    sum_is(writer, "SELECT sum(v) FROM t", ROWS + updates);
    varve_finalize(unread);
    varve_disconnect(writer);
    varve_disconnect(snapshot);
    varve_disconnect(cursor);
    return failed | (varve_close(db) != VARVE_OK);
}
