/*
 * test_limits.c - the edges: values of a megabyte and more, keys that are too long, memory_limit.
 * Plain C and varve.h only, as a user's program would be.
 */
#include "check.h"

#include <stdbool.h>
#include <unistd.h>

#define MEGABYTE (1u << 20)
#define TRIES    50

/* Incompressible and different for each seed; text has no NUL and is ASCII. */
static char *value_make(size_t size, unsigned seed, bool text)
{
    char *value = malloc(size + 1);
    uint64_t state = seed * 2654435761u + 1;

    for (size_t i = 0; i < size; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        value[i] = text ? (char)('a' + (state >> 40) % 26) : (char)(state >> 40);
    }
    value[size] = '\0';
    return value;
}

static void put(struct varve_session *session, const char *sql, int64_t id, const char *text,
                size_t text_size, const char *bytes, size_t bytes_size, int wanted)
{
    struct varve_statement *statement = prepare(session, sql);

    varve_bind_int64(statement, 1, id);
    varve_bind_text(statement, 2, text, text_size);
    varve_bind_bytes(statement, 3, bytes, bytes_size);
    CHECK_CODE(wanted, varve_step(statement));
    varve_finalize(statement);
}

static void is_there(struct varve_session *session, int64_t id, const char *text, size_t text_size,
                     const char *bytes, size_t bytes_size)
{
    struct varve_statement *statement = prepare(session, "SELECT x, y FROM t WHERE id = $1");
    size_t size = 0;

    varve_bind_int64(statement, 1, id);
    CHECK_CODE(VARVE_ROW, varve_step(statement));
    CHECK(memcmp(varve_column_text(statement, 0, &size), text, text_size) == 0 &&
          size == text_size);
    CHECK(memcmp(varve_column_bytes(statement, 1, &size), bytes, bytes_size) == 0 &&
          size == bytes_size);
    CHECK_CODE(VARVE_DONE, varve_step(statement));
    varve_finalize(statement);
}

/* Values of 1 MB and their neighbours: written, read, changed, deleted, and there after reopening. */
static void megabytes_work(const char *path)
{
    static const char insert[] = "INSERT INTO t VALUES ($1, $2, $3)";
    static const char update[] = "UPDATE t SET x = $2, y = $3 WHERE id = $1";
    static const size_t sizes[] = {16000, 16384, 65536, MEGABYTE - 1, MEGABYTE, 3 * MEGABYTE};
    enum { COUNT = sizeof sizes / sizeof sizes[0] };
    struct fixture f = {0};
    char *texts[COUNT];
    char *bytes[COUNT];

    CHECK(varve_open(path, NULL, &f.db, NULL) == VARVE_OK);
    CHECK(varve_connect(f.db, &f.session) == VARVE_OK);
    RUN(f.session, "CREATE TABLE t (id bigint PRIMARY KEY, x text, y bytea)");
    for (int i = 0; i < COUNT; i++) {
        texts[i] = value_make(sizes[i], (unsigned)i, true);
        bytes[i] = value_make(sizes[i], (unsigned)i + 50, false);
        put(f.session, insert, i, texts[i], sizes[i], bytes[i], sizes[i], VARVE_DONE);
        put(f.session, insert, 100 + i, texts[i], sizes[i], bytes[i], sizes[i], VARVE_DONE);
    }
    for (int i = 0; i < COUNT; i++) {
        int other = COUNT - 1 - i;

        is_there(f.session, i, texts[i], sizes[i], bytes[i], sizes[i]);
        put(f.session, update, i, texts[other], sizes[other], bytes[other], sizes[other],
            VARVE_DONE);
    }
    RUN(f.session, "BEGIN; UPDATE t SET x = y::text || x, y = NULL; DELETE FROM t; ROLLBACK");
    RUN(f.session, "DELETE FROM t WHERE id >= 103");
    for (int again = 0; again < (strcmp(path, ":memory:") == 0 ? 1 : 2); again++) {
        if (again == 1) {
            varve_disconnect(f.session);
            CHECK(varve_close(f.db) == VARVE_OK);
            CHECK(varve_open(path, NULL, &f.db, NULL) == VARVE_OK);
            CHECK(varve_connect(f.db, &f.session) == VARVE_OK);
        }
        CHECK_TEXT("9", single(f.session, "SELECT count(*) FROM t"));
        CHECK_TEXT("9", single(f.session, "SELECT count(*) FROM t WHERE length(x) >= 16000"));
        for (int i = 0; i < COUNT; i++) {
            int other = COUNT - 1 - i;

            is_there(f.session, i, texts[other], sizes[other], bytes[other], sizes[other]);
        }
        for (int i = 0; i < 3; i++) {
            is_there(f.session, 100 + i, texts[i], sizes[i], bytes[i], sizes[i]);
        }
    }
    RUN(f.session, "DELETE FROM t");
    CHECK_TEXT("0", single(f.session, "SELECT count(*) FROM t"));
    for (int i = 0; i < COUNT; i++) {
        free(texts[i]);
        free(bytes[i]);
    }
    memory_close(f);
}

/* A row of more than 64 MB is refused, and the session goes on. */
static void rows_have_a_limit(void)
{
    static const char insert[] = "INSERT INTO t VALUES ($1, $2, $3)";
    struct fixture f = memory_open();
    size_t limit = 64u << 20;
    char *text = value_make(limit + 1000, 1, true);

    RUN(f.session, "CREATE TABLE t (id bigint PRIMARY KEY, x text, y bytea)");
    RUN(f.session, "BEGIN; SAVEPOINT s");
    put(f.session, insert, 1, text, limit + 1, "", 0, VARVE_LIMIT);
    CHECK_TEXT("54000", varve_last_error(f.session)->sqlstate);
    RUN(f.session, "ROLLBACK TO s");
    put(f.session, insert, 1, text, limit - 100, "", 0, VARVE_DONE);
    RUN(f.session, "COMMIT");
    is_there(f.session, 1, text, limit - 100, "", 0);
    put(f.session, "UPDATE t SET x = $2, y = $3 WHERE id = $1", 1, text, limit, "more", 4,
        VARVE_LIMIT);
    is_there(f.session, 1, text, limit - 100, "", 0);
    free(text);
    memory_close(f);
}

/* Keys beyond 1,000 bytes are refused with PostgreSQL's words for a long index row. */
static void keys_have_a_limit(void)
{
    static const char *const tables[] = {
        "CREATE TABLE t (x text PRIMARY KEY, id integer)",
        "CREATE TABLE t (id integer PRIMARY KEY, x text UNIQUE)",
        "CREATE TABLE t (id integer PRIMARY KEY, x text); CREATE INDEX t_i ON t (x)",
    };
    static const char *const names[] = {"t_pkey", "t_x_key", "t_i"};
    char *text = value_make(20000, 9, true);

    for (int i = 0; i < 3; i++) {
        struct fixture f = memory_open();
        struct varve_statement *insert = NULL;
        struct varve_statement *update = NULL;
        char wanted[100];

        RUN(f.session, tables[i]);
        insert = prepare(f.session, "INSERT INTO t (id, x) VALUES ($1, $2)");
        update = prepare(f.session, "UPDATE t SET x = $2 WHERE id = $1");
        varve_bind_int64(insert, 1, 1);
        varve_bind_text(insert, 2, text, 900);
        CHECK_CODE(VARVE_DONE, varve_step(insert));
        varve_bind_int64(insert, 1, 2);
        varve_bind_text(insert, 2, text, 20000);
        CHECK_CODE(VARVE_LIMIT, varve_step(insert));
        CHECK_TEXT("54000", varve_last_error(f.session)->sqlstate);
        snprintf(wanted, sizeof wanted, "for index \"%s\"", names[i]);
        if (strstr(varve_last_error(f.session)->message, wanted) == NULL) {
            fprintf(stderr, "%s: %s\n", names[i], varve_last_error(f.session)->message);
            failures++;
        }
        varve_bind_int64(update, 1, 1);
        varve_bind_text(update, 2, text + 1, 20000 - 1);
        CHECK_CODE(VARVE_LIMIT, varve_step(update));
        varve_finalize(insert);
        varve_finalize(update);
        CHECK_TEXT("1", single(f.session, "SELECT count(*) FROM t"));
        CHECK_TEXT("900", single(f.session, "SELECT length(x) FROM t"));
        CHECK_TEXT("1", single(f.session, "SELECT count(*) FROM t WHERE x > ''"));
        memory_close(f);
    }
    free(text);
}

/* A row that is there already has a key too long for a new index: no index, the table stays. */
static void an_index_of_long_keys_is_refused(void)
{
    struct fixture f = memory_open();
    struct varve_statement *insert = NULL;
    char *text = value_make(20000, 9, true);

    RUN(f.session, "CREATE TABLE t (id integer PRIMARY KEY, x text)");
    insert = prepare(f.session, "INSERT INTO t VALUES ($1, $2)");
    varve_bind_int64(insert, 1, 1);
    varve_bind_text(insert, 2, text, 20000);
    CHECK_CODE(VARVE_DONE, varve_step(insert));
    varve_finalize(insert);
    FAILS(f.session, "54000", "CREATE UNIQUE INDEX t_i ON t (x)");
    CHECK_TEXT("index row size exceeds maximum 1000 for index \"t_i\"",
               varve_last_error(f.session)->message);
    RUN(f.session, "UPDATE t SET x = 'short'; CREATE UNIQUE INDEX t_i ON t (x)");
    CHECK_TEXT("1", single(f.session, "SELECT count(*) FROM t WHERE x = 'short'"));
    free(text);
    memory_close(f);
}

/* Inserts until memory_limit says 53200; how many went in. Each failure frees what can be freed, so the
 * memory is full when several tries in a row failed. */
static int fill(struct varve_session *session, int first, size_t size, const char *text)
{
    struct varve_statement *insert = prepare(session, "INSERT INTO t VALUES ($1, $2, $3)");
    int count = 0;
    int failed = 0;

    while (failed < TRIES) {
        int code = VARVE_OK;

        varve_bind_int64(insert, 1, first + count);
        varve_bind_text(insert, 2, text, size);
        varve_bind_int64(insert, 3, count % 1000);
        code = varve_step(insert);
        if (code == VARVE_DONE) {
            count++;
            failed = 0;
        } else {
            CHECK_CODE(VARVE_NOMEM, code);
            CHECK_TEXT("53200", varve_last_error(session)->sqlstate);
            failed++;
        }
    }
    varve_finalize(insert);
    return count;
}

static void count_is(struct varve_session *session, int wanted)
{
    char text[40];

    snprintf(text, sizeof text, "%d", wanted);
    CHECK_TEXT(text, single(session, "SELECT count(*) FROM t"));
    CHECK_TEXT(text, single(session, "SELECT count(*) FROM t WHERE n >= 0"));
}

/* At the limit writes fail, nothing else does: reads go on, deletes make room, inserts work again. */
static void memory_limit_is_survived(const char *path, size_t row_bytes)
{
    struct varve_options options = VARVE_OPTIONS_INIT;
    struct fixture f = {0};
    char *text = value_make(row_bytes, 3, true);
    int first = 0;

    options.memory_limit = 24u << 20;
    options.durability = VARVE_DURABILITY_OFF;
    CHECK(varve_open(path, &options, &f.db, NULL) == VARVE_OK);
    CHECK(varve_connect(f.db, &f.session) == VARVE_OK);
    RUN(f.session,
        "CREATE TABLE t (id bigint PRIMARY KEY, x text, n integer); CREATE INDEX ON t (n)");
    for (int round = 0; round < 4; round++) {
        int count = fill(f.session, first, row_bytes, text);
        int rest = 0;
        struct varve_statement *rows = NULL;

        CHECK((uint64_t)count * (row_bytes + 8) > options.memory_limit / 4);
        count_is(f.session, count);
        if (varve_exec(f.session, "BEGIN; SAVEPOINT a; ROLLBACK TO a; COMMIT", 0) != VARVE_OK) {
            fprintf(stderr, "savepoint: %s\n", varve_last_error(f.session)->message);
            failures++;
        }
        rows = prepare(f.session, "DELETE FROM t WHERE id = $1");
        for (int id = first; id < first + count; id++) {
            if (round % 2 == 0 || id % 10 != 0) {
                varve_bind_int64(rows, 1, id);
                CHECK_CODE(VARVE_DONE, varve_step(rows));
                rest -= 1;
            }
            if (failures > 20) {
                exit(1);
            }
        }
        varve_finalize(rows);
        count_is(f.session, count + rest);
        RUN(f.session, "DELETE FROM t");
        count_is(f.session, 0);
        first += count;
    }
    free(text);
    memory_close(f);
}

/* The same by batches of 200 rows: the one that meets the limit leaves none of its rows, in no map. */
static void memory_limit_in_a_batch(size_t row_bytes)
{
    struct varve_options options = VARVE_OPTIONS_INIT;
    struct fixture f = {0};
    char *text = value_make(row_bytes, 3, true);
    struct varve_appender *appender = NULL;
    int count = 0;

    options.memory_limit = 16u << 20;
    CHECK(varve_open(":memory:", &options, &f.db, NULL) == VARVE_OK);
    CHECK(varve_connect(f.db, &f.session) == VARVE_OK);
    RUN(f.session,
        "CREATE TABLE t (id bigint PRIMARY KEY, x text, n integer); CREATE INDEX ON t (n)");
    for (int failed = 0; failed < TRIES;) {
        int code = VARVE_OK;

        CHECK(varve_appender_create(f.session, NULL, "t", NULL, 0, &appender) == VARVE_OK);
        for (int i = 0; i < 200 && code == VARVE_OK; i++) {
            (void)varve_append_int64(appender, (count + i) * 7919LL % 1000003);
            (void)varve_append_text(appender, text, row_bytes);
            (void)varve_append_int64(appender, i);
            code = varve_appender_end_row(appender);
        }
        if (code == VARVE_OK) {
            code = varve_appender_close(appender);
        } else {
            (void)varve_appender_close(appender);
        }
        CHECK(code == VARVE_OK || code == VARVE_NOMEM);
        count += code == VARVE_OK ? 200 : 0;
        failed += code != VARVE_OK;
    }
    CHECK((uint64_t)count * row_bytes > options.memory_limit / 4);
    count_is(f.session, count);
    free(text);
    memory_close(f);
}

int main(void)
{
    char folder[] = "/tmp/varve-limits-XXXXXX";
    char path[100];
    char command[100];

    if (mkdtemp(folder) == NULL) {
        perror(folder);
        return 1;
    }
    snprintf(path, sizeof path, "%s/megabytes", folder);
    megabytes_work(":memory:");
    megabytes_work(path);
    rows_have_a_limit();
    keys_have_a_limit();
    an_index_of_long_keys_is_refused();
    memory_limit_is_survived(":memory:", 100);
    memory_limit_is_survived(":memory:", 5000);
    snprintf(path, sizeof path, "%s/limit", folder);
    memory_limit_is_survived(path, 300);
    memory_limit_is_survived(":memory:", MEGABYTE);
    memory_limit_in_a_batch(200);
    memory_limit_in_a_batch(5000);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    CHECK(system(command) == 0);
    printf("%d failed\n", failures);
    return failures != 0;
}
