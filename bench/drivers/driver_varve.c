/*
 * driver_varve.c - Varve through its public C API with prepared statements: the path its users take.
 *
 * In memory: ":memory:" (null log). On disk: durability full. No background threads. Scans, sums and
 * groups read by varve_fetch.
 */
#include "driver.h"

#include "varve/varve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    INSERT,
    GET,
    UPDATE,
    SCAN,
    SUM,
    GROUP,
    BEGIN,
    COMMIT,
    RECORD_INSERT,
    RECORD_READ,
    RECORD_SCAN,
    RECORD_UPDATE,
    STATEMENTS = RECORD_UPDATE + RECORD_FIELDS
};

struct bench_db {
    struct bench_config config;
    struct varve *varve;
};

struct bench_session {
    struct bench_db *db;
    struct varve_session *connection;
    struct varve_statement *statements[STATEMENTS];
};

static const char *const number_sql[] = {
    [INSERT] = "INSERT INTO numbers VALUES ($1, $2)",
    [GET] = "SELECT v FROM numbers WHERE k = $1",
    [UPDATE] = "UPDATE numbers SET v = $2 WHERE k = $1",
    [SCAN] = "SELECT v FROM numbers WHERE k >= $1 ORDER BY k LIMIT $2",
    [SUM] = "SELECT sum(v) FROM numbers",
    [GROUP] = "SELECT k % 100, sum(v % 1000) FROM numbers GROUP BY k % 100",
    [BEGIN] = "BEGIN",
    [COMMIT] = "COMMIT",
};

static void check(struct bench_session *session, int code, const char *what)
{
    if (code != VARVE_OK && code != VARVE_DONE && code != VARVE_ROW) {
        bench_die("varve", what, varve_last_error(session->connection)->message);
    }
}

static struct bench_db *varve_bench_open(const struct bench_config *config)
{
    struct bench_db *db = bench_zero(sizeof *db);
    struct varve_error error;
    struct bench_session session = {.db = db};
    const char *create =
        config->shape == BENCH_NUMBERS
            ? "CREATE TABLE numbers (k bigint PRIMARY KEY, v bigint NOT NULL)"
            : "CREATE TABLE records (k text PRIMARY KEY, f0 text NOT NULL, f1 text NOT NULL,"
              " f2 text NOT NULL, f3 text NOT NULL, f4 text NOT NULL, f5 text NOT NULL,"
              " f6 text NOT NULL, f7 text NOT NULL, f8 text NOT NULL, f9 text NOT NULL)";

    db->config = *config;
    if (varve_open(config->on_disk ? config->folder : ":memory:", NULL, &db->varve, &error) !=
        VARVE_OK) {
        bench_die("varve", "open", error.message);
    }
    if (varve_connect(db->varve, &session.connection) != VARVE_OK) {
        bench_die("varve", "connect", "failed");
    }
    if (!config->existing) {
        check(&session, varve_exec(session.connection, create, 0), create);
    }
    varve_disconnect(session.connection);
    return db;
}

static void varve_bench_close(struct bench_db *db)
{
    if (varve_close(db->varve) != VARVE_OK) {
        bench_die("varve", "close", "sessions are open");
    }
    free(db);
}

static void prepare(struct bench_session *session, int index, const char *sql)
{
    check(session, varve_prepare(session->connection, sql, 0, &session->statements[index], NULL),
          sql);
}

static void prepare_records(struct bench_session *session)
{
    prepare(session, RECORD_INSERT,
            "INSERT INTO records VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)");
    prepare(session, RECORD_READ, "SELECT f0,f1,f2,f3,f4,f5,f6,f7,f8,f9 FROM records WHERE k = $1");
    prepare(session, RECORD_SCAN,
            "SELECT f0,f1,f2,f3,f4,f5,f6,f7,f8,f9 FROM records WHERE k >= $1 ORDER BY k LIMIT $2");
    for (int field = 0; field < RECORD_FIELDS; field++) {
        char sql[80];

        snprintf(sql, sizeof sql, "UPDATE records SET f%d = $2 WHERE k = $1", field);
        prepare(session, RECORD_UPDATE + field, sql);
    }
}

static struct bench_session *varve_bench_connect(struct bench_db *db)
{
    struct bench_session *session = bench_zero(sizeof *session);

    session->db = db;
    if (varve_connect(db->varve, &session->connection) != VARVE_OK) {
        bench_die("varve", "connect", "failed");
    }
    for (int i = INSERT; i <= COMMIT; i++) {
        if (db->config.shape == BENCH_NUMBERS || i >= BEGIN) {
            prepare(session, i, number_sql[i]);
        }
    }
    if (db->config.shape == BENCH_RECORDS) {
        prepare_records(session);
    }
    return session;
}

static void varve_bench_disconnect(struct bench_session *session)
{
    for (int i = 0; i < STATEMENTS; i++) {
        varve_finalize(session->statements[i]);
    }
    varve_disconnect(session->connection);
    free(session);
}

static uint64_t varve_bench_memory(struct bench_db *db)
{
    struct varve_statistics statistics = {.size = sizeof statistics};

    varve_statistics(db->varve, &statistics);
    return statistics.memory_pages + statistics.memory_versions;
}

static void varve_bench_settle(struct bench_db *db)
{
    while (varve_background_step(db->varve) != 0) {
    }
}

static void finish(struct bench_session *session, int index)
{
    int code = varve_step(session->statements[index]);

    if (code != VARVE_DONE) {
        check(session, code, "step");
    }
}

static void varve_bench_begin(struct bench_session *session)
{
    finish(session, BEGIN);
}

static void varve_bench_commit(struct bench_session *session)
{
    finish(session, COMMIT);
}

static void varve_bench_insert(struct bench_session *session, int64_t key, int64_t value)
{
    varve_bind_int64(session->statements[INSERT], 1, key);
    varve_bind_int64(session->statements[INSERT], 2, value);
    finish(session, INSERT);
}

static int64_t varve_bench_get(struct bench_session *session, int64_t key)
{
    struct varve_statement *statement = session->statements[GET];
    int64_t value = 0;

    varve_bind_int64(statement, 1, key);
    if (varve_step(statement) != VARVE_ROW) {
        bench_die("varve", "get", "no such key");
    }
    value = varve_column_int64(statement, 0);
    varve_reset(statement);
    return value;
}

static void varve_bench_update(struct bench_session *session, int64_t key, int64_t value)
{
    varve_bind_int64(session->statements[UPDATE], 1, key);
    varve_bind_int64(session->statements[UPDATE], 2, value);
    finish(session, UPDATE);
}

static int64_t varve_bench_scan(struct bench_session *session, int64_t key, int64_t count)
{
    struct varve_statement *statement = session->statements[SCAN];
    struct varve_batch batch;
    int64_t sum = 0;
    int code = 0;

    varve_bind_int64(statement, 1, key);
    varve_bind_int64(statement, 2, count);
    while ((code = varve_fetch(statement, &batch)) == VARVE_ROW) {
        const int64_t *values = batch.columns[0].values;

        for (size_t row = 0; row < batch.row_count; row++) {
            sum += values[row];
        }
    }
    check(session, code, "scan");
    return sum;
}

static int64_t varve_bench_sum(struct bench_session *session)
{
    struct varve_statement *statement = session->statements[SUM];
    int64_t sum = 0;

    if (varve_step(statement) != VARVE_ROW) {
        bench_die("varve", "sum", varve_last_error(session->connection)->message);
    }
    sum = varve_column_int64(statement, 0);
    varve_reset(statement);
    return sum;
}

static int64_t varve_bench_group(struct bench_session *session)
{
    struct varve_statement *statement = session->statements[GROUP];
    int64_t total = 0;
    int code = 0;

    while ((code = varve_step(statement)) == VARVE_ROW) {
        total += varve_column_int64(statement, 0) * varve_column_int64(statement, 1);
    }
    check(session, code, "group");
    return total;
}

static void varve_bench_record_insert(struct bench_session *session,
                                      const struct bench_record *record)
{
    struct varve_statement *statement = session->statements[RECORD_INSERT];

    varve_bind_text(statement, 1, record->key, RECORD_KEY_BYTES);
    for (int field = 0; field < RECORD_FIELDS; field++) {
        varve_bind_text(statement, field + 2, record->fields[field], RECORD_FIELD_BYTES);
    }
    finish(session, RECORD_INSERT);
}

static uint64_t varve_bench_record_read(struct bench_session *session, const char *key)
{
    struct varve_statement *statement = session->statements[RECORD_READ];
    uint64_t sum = 0;

    varve_bind_text(statement, 1, key, RECORD_KEY_BYTES);
    if (varve_step(statement) != VARVE_ROW) {
        bench_die("varve", "record_read", "no such key");
    }
    for (int field = 0; field < RECORD_FIELDS; field++) {
        size_t size = 0;
        const void *text = varve_column_bytes(statement, field, &size);

        sum += bench_byte_sum(text, size);
    }
    varve_reset(statement);
    return sum;
}

static void varve_bench_record_update(struct bench_session *session, const char *key, int field,
                                      const char *bytes)
{
    struct varve_statement *statement = session->statements[RECORD_UPDATE + field];

    varve_bind_text(statement, 1, key, RECORD_KEY_BYTES);
    varve_bind_text(statement, 2, bytes, RECORD_FIELD_BYTES);
    finish(session, RECORD_UPDATE + field);
}

static uint64_t varve_bench_record_scan(struct bench_session *session, const char *key, int count)
{
    struct varve_statement *statement = session->statements[RECORD_SCAN];
    struct varve_batch batch;
    uint64_t sum = 0;
    int code = 0;

    varve_bind_text(statement, 1, key, RECORD_KEY_BYTES);
    varve_bind_int64(statement, 2, count);
    while ((code = varve_fetch(statement, &batch)) == VARVE_ROW) {
        for (size_t row = 0; row < batch.row_count; row++) { /* a row's bytes stand together */
            for (int field = 0; field < RECORD_FIELDS; field++) {
                const struct varve_view *views = batch.columns[field].values;

                sum += bench_byte_sum(varve_view_data(&views[row]), views[row].size);
            }
        }
    }
    check(session, code, "record_scan");
    return sum;
}

const struct bench_driver bench_driver_varve = {
    .name = "varve",
    .settings =
        "memory: \":memory:\"; disk: durability full; no background threads; prepared statements",
    .durable = true,
    .version = varve_version,
    .open = varve_bench_open,
    .close = varve_bench_close,
    .connect = varve_bench_connect,
    .disconnect = varve_bench_disconnect,
    .memory = varve_bench_memory,
    .settle = varve_bench_settle,
    .begin = varve_bench_begin,
    .commit = varve_bench_commit,
    .insert = varve_bench_insert,
    .get = varve_bench_get,
    .update = varve_bench_update,
    .scan = varve_bench_scan,
    .sum = varve_bench_sum,
    .group = varve_bench_group,
    .record_insert = varve_bench_record_insert,
    .record_read = varve_bench_record_read,
    .record_update = varve_bench_record_update,
    .record_scan = varve_bench_record_scan,
};
