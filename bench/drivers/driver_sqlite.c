/*
 * driver_sqlite.c - SQLite through its C API with prepared statements.
 *
 * In memory with one session: ":memory:", the fastest it has. With several: a connection each on one
 * `file:/...?vfs=memdb` (a cache=shared database has table locks, which are unfair to SQLite). On disk:
 * WAL journal, synchronous=FULL, a busy timeout, one connection a session.
 */
#include "driver.h"

#include <sqlite3.h>
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
    sqlite3 *first; /* keeps a database in memory alive; the only connection to ":memory:" */
    bool shared;    /* each session has its own connection */
    char path[512];
};

struct bench_session {
    struct bench_db *db;
    sqlite3 *connection;
    sqlite3_stmt *statements[STATEMENTS];
};

static unsigned databases; /* each in memory has a name of its own */

static const char *const number_sql[] = {
    [INSERT] = "INSERT INTO numbers VALUES (?1, ?2)",
    [GET] = "SELECT v FROM numbers WHERE k = ?1",
    [UPDATE] = "UPDATE numbers SET v = ?2 WHERE k = ?1",
    [SCAN] = "SELECT v FROM numbers WHERE k >= ?1 ORDER BY k LIMIT ?2",
    [SUM] = "SELECT sum(v) FROM numbers",
    [GROUP] = "SELECT k % 100, sum(v % 1000) FROM numbers GROUP BY k % 100",
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
};

static void check(sqlite3 *connection, int code, const char *what)
{
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) {
        bench_die("sqlite", what, sqlite3_errmsg(connection));
    }
}

static void run(sqlite3 *connection, const char *sql)
{
    check(connection, sqlite3_exec(connection, sql, NULL, NULL, NULL), sql);
}

static sqlite3 *connection_open(struct bench_db *db)
{
    sqlite3 *connection = NULL;

    check(NULL,
          sqlite3_open_v2(db->path, &connection,
                          SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, NULL),
          "open");
    sqlite3_busy_timeout(connection, 60000);
    if (db->config.on_disk) {
        run(connection, "PRAGMA journal_mode=WAL");
        run(connection, "PRAGMA synchronous=FULL");
    } else {
        run(connection, "PRAGMA journal_mode=OFF");
        run(connection, "PRAGMA synchronous=OFF");
    }
    run(connection, "PRAGMA cache_size=-4000000");
    return connection;
}

static struct bench_db *sqlite_open(const struct bench_config *config)
{
    struct bench_db *db = bench_zero(sizeof *db);

    db->config = *config;
    db->shared = config->on_disk || config->thread_count > 1;
    if (config->on_disk) {
        snprintf(db->path, sizeof db->path, "%s/sqlite.db", config->folder);
    } else if (db->shared) {
        snprintf(db->path, sizeof db->path, "file:/bench%u?vfs=memdb", ++databases);
    } else {
        snprintf(db->path, sizeof db->path, ":memory:");
    }
    db->first = connection_open(db);
    if (config->existing) {
        return db;
    }
    if (config->shape == BENCH_NUMBERS) {
        run(db->first, "CREATE TABLE numbers (k INTEGER PRIMARY KEY, v INTEGER)");
    } else {
        run(db->first,
            "CREATE TABLE records (k TEXT PRIMARY KEY, f0 TEXT, f1 TEXT, f2 TEXT, f3 TEXT,"
            " f4 TEXT, f5 TEXT, f6 TEXT, f7 TEXT, f8 TEXT, f9 TEXT) WITHOUT ROWID");
    }
    return db;
}

static void sqlite_close(struct bench_db *db)
{
    sqlite3_close(db->first);
    free(db);
}

static void prepare(struct bench_session *session, int index, const char *sql)
{
    check(session->connection,
          sqlite3_prepare_v3(session->connection, sql, -1, SQLITE_PREPARE_PERSISTENT,
                             &session->statements[index], NULL),
          sql);
}

static void prepare_records(struct bench_session *session)
{
    prepare(session, RECORD_INSERT,
            "INSERT INTO records VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)");
    prepare(session, RECORD_READ, "SELECT f0,f1,f2,f3,f4,f5,f6,f7,f8,f9 FROM records WHERE k = ?1");
    prepare(session, RECORD_SCAN,
            "SELECT f0,f1,f2,f3,f4,f5,f6,f7,f8,f9 FROM records WHERE k >= ?1 ORDER BY k LIMIT ?2");
    for (int field = 0; field < RECORD_FIELDS; field++) {
        char sql[80];

        snprintf(sql, sizeof sql, "UPDATE records SET f%d = ?2 WHERE k = ?1", field);
        prepare(session, RECORD_UPDATE + field, sql);
    }
}

static struct bench_session *sqlite_connect(struct bench_db *db)
{
    struct bench_session *session = bench_zero(sizeof *session);

    session->db = db;
    session->connection = db->shared ? connection_open(db) : db->first;
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

static void sqlite_disconnect(struct bench_session *session)
{
    for (int i = 0; i < STATEMENTS; i++) {
        sqlite3_finalize(session->statements[i]);
    }
    if (session->connection != session->db->first) {
        sqlite3_close(session->connection);
    }
    free(session);
}

static uint64_t sqlite_memory(struct bench_db *db)
{
    return db->config.on_disk ? 0 : (uint64_t)sqlite3_memory_used();
}

static void finish(struct bench_session *session, sqlite3_stmt *statement)
{
    check(session->connection, sqlite3_step(statement), sqlite3_sql(statement));
    check(session->connection, sqlite3_reset(statement), sqlite3_sql(statement));
}

static void sqlite_begin(struct bench_session *session)
{
    finish(session, session->statements[BEGIN]);
}

static void sqlite_commit(struct bench_session *session)
{
    finish(session, session->statements[COMMIT]);
}

static void sqlite_insert(struct bench_session *session, int64_t key, int64_t value)
{
    sqlite3_bind_int64(session->statements[INSERT], 1, key);
    sqlite3_bind_int64(session->statements[INSERT], 2, value);
    finish(session, session->statements[INSERT]);
}

static int64_t sqlite_get(struct bench_session *session, int64_t key)
{
    sqlite3_stmt *statement = session->statements[GET];
    int64_t value = 0;

    sqlite3_bind_int64(statement, 1, key);
    if (sqlite3_step(statement) != SQLITE_ROW) {
        bench_die("sqlite", "get", "no such key");
    }
    value = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return value;
}

static void sqlite_update(struct bench_session *session, int64_t key, int64_t value)
{
    sqlite3_bind_int64(session->statements[UPDATE], 1, key);
    sqlite3_bind_int64(session->statements[UPDATE], 2, value);
    finish(session, session->statements[UPDATE]);
}

static int64_t sqlite_scan(struct bench_session *session, int64_t key, int64_t count)
{
    sqlite3_stmt *statement = session->statements[SCAN];
    int64_t sum = 0;

    sqlite3_bind_int64(statement, 1, key);
    sqlite3_bind_int64(statement, 2, count);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        sum += sqlite3_column_int64(statement, 0);
    }
    check(session->connection, sqlite3_reset(statement), "scan");
    return sum;
}

static int64_t sqlite_sum(struct bench_session *session)
{
    sqlite3_stmt *statement = session->statements[SUM];
    int64_t sum = 0;

    sqlite3_step(statement);
    sum = sqlite3_column_int64(statement, 0);
    check(session->connection, sqlite3_reset(statement), "sum");
    return sum;
}

static int64_t sqlite_group(struct bench_session *session)
{
    sqlite3_stmt *statement = session->statements[GROUP];
    int64_t total = 0;

    while (sqlite3_step(statement) == SQLITE_ROW) {
        total += sqlite3_column_int64(statement, 0) * sqlite3_column_int64(statement, 1);
    }
    check(session->connection, sqlite3_reset(statement), "group");
    return total;
}

static void sqlite_record_insert(struct bench_session *session, const struct bench_record *record)
{
    sqlite3_stmt *statement = session->statements[RECORD_INSERT];

    sqlite3_bind_text(statement, 1, record->key, RECORD_KEY_BYTES, SQLITE_STATIC);
    for (int field = 0; field < RECORD_FIELDS; field++) {
        sqlite3_bind_text(statement, field + 2, record->fields[field], RECORD_FIELD_BYTES,
                          SQLITE_STATIC);
    }
    finish(session, statement);
}

static uint64_t row_sum(sqlite3_stmt *statement)
{
    uint64_t sum = 0;

    for (int field = 0; field < RECORD_FIELDS; field++) {
        const unsigned char *text = sqlite3_column_text(statement, field);

        sum += bench_byte_sum(text, (size_t)sqlite3_column_bytes(statement, field));
    }
    return sum;
}

static uint64_t sqlite_record_read(struct bench_session *session, const char *key)
{
    sqlite3_stmt *statement = session->statements[RECORD_READ];
    uint64_t sum = 0;

    sqlite3_bind_text(statement, 1, key, RECORD_KEY_BYTES, SQLITE_STATIC);
    if (sqlite3_step(statement) != SQLITE_ROW) {
        bench_die("sqlite", "record_read", "no such key");
    }
    sum = row_sum(statement);
    sqlite3_reset(statement);
    return sum;
}

static void sqlite_record_update(struct bench_session *session, const char *key, int field,
                                 const char *bytes)
{
    sqlite3_stmt *statement = session->statements[RECORD_UPDATE + field];

    sqlite3_bind_text(statement, 1, key, RECORD_KEY_BYTES, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, bytes, RECORD_FIELD_BYTES, SQLITE_STATIC);
    finish(session, statement);
}

static uint64_t sqlite_record_scan(struct bench_session *session, const char *key, int count)
{
    sqlite3_stmt *statement = session->statements[RECORD_SCAN];
    uint64_t sum = 0;

    sqlite3_bind_text(statement, 1, key, RECORD_KEY_BYTES, SQLITE_STATIC);
    sqlite3_bind_int(statement, 2, count);
    while (sqlite3_step(statement) == SQLITE_ROW) {
        sum += row_sum(statement);
    }
    check(session->connection, sqlite3_reset(statement), "record_scan");
    return sum;
}

const struct bench_driver bench_driver_sqlite = {
    .name = "sqlite",
    .settings = "memory: one session :memory:, more vfs=memdb, a connection each; journal OFF; "
                "disk: WAL, synchronous=FULL, a connection "
                "a session; cache 4 GB; prepared statements; records WITHOUT ROWID",
    .durable = true,
    .version = sqlite3_libversion,
    .open = sqlite_open,
    .close = sqlite_close,
    .connect = sqlite_connect,
    .disconnect = sqlite_disconnect,
    .memory = sqlite_memory,
    .begin = sqlite_begin,
    .commit = sqlite_commit,
    .insert = sqlite_insert,
    .get = sqlite_get,
    .update = sqlite_update,
    .scan = sqlite_scan,
    .sum = sqlite_sum,
    .group = sqlite_group,
    .record_insert = sqlite_record_insert,
    .record_read = sqlite_record_read,
    .record_update = sqlite_record_update,
    .record_scan = sqlite_record_scan,
};
