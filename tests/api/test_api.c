/*
 * test_api.c - the C API from outside: types, errors, transactions, batches, waiting, misuse, durability.
 * Plain C and varve.h only, as a user's program would be.
 */
#include "check.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

static void types_and_nulls(void)
{
    struct fixture f = memory_open();
    struct varve_statement *put = NULL;
    struct varve_statement *get = NULL;
    size_t size = 0;

    RUN(f.session,
        "CREATE TABLE t (id integer PRIMARY KEY, b boolean, n bigint, d double precision, "
        "x text, y bytea)");
    put = prepare(f.session, "INSERT INTO t VALUES ($1, $2, $3, $4, $5, $6)");
    CHECK(varve_parameter_count(put) == 6);
    CHECK(varve_parameter_type(put, 1) == VARVE_TYPE_INTEGER);
    CHECK(varve_parameter_type(put, 6) == VARVE_TYPE_BYTEA);
    CHECK(varve_bind_int64(put, 1, 1) == VARVE_OK);
    varve_bind_boolean(put, 2, 1);
    varve_bind_int64(put, 3, INT64_MIN);
    varve_bind_double(put, 4, 0.1);
    varve_bind_text(put, 5, "h\xC3\xA9llo, a text longer than twelve bytes", 39);
    varve_bind_bytes(put, 6, "\0\1\2", 3);
    CHECK(varve_step(put) == VARVE_DONE);
    CHECK_TEXT("INSERT 0 1", varve_command_tag(put));
    varve_bind_int64(put, 1, 2);
    for (int parameter = 2; parameter <= 6; parameter++) {
        varve_bind_null(put, parameter);
    }
    CHECK(varve_step(put) == VARVE_DONE);
    varve_finalize(put);

    get = prepare(f.session, "SELECT * FROM t WHERE id = $1");
    CHECK(varve_column_count(get) == 6);
    CHECK_TEXT("d", varve_column_name(get, 3));
    CHECK(varve_column_type(get, 3) == VARVE_TYPE_DOUBLE);
    for (int round = 0; round < 3; round++) {
        varve_bind_int64(get, 1, 1);
        CHECK(varve_step(get) == VARVE_ROW);
        CHECK(varve_column_boolean(get, 1) == 1);
        CHECK_TEXT("t", varve_column_text(get, 1, NULL));
        CHECK(varve_column_int64(get, 2) == INT64_MIN);
        CHECK_TEXT("-9223372036854775808", varve_column_text(get, 2, NULL));
        CHECK(varve_column_double(get, 3) == 0.1);
        CHECK_TEXT("0.1", varve_column_text(get, 3, NULL));
        CHECK_TEXT("h\xC3\xA9llo, a text longer than twelve bytes",
                   varve_column_text(get, 4, &size));
        CHECK(size == 39);
        CHECK(memcmp(varve_column_bytes(get, 5, &size), "\0\1\2", 3) == 0 && size == 3);
        CHECK_TEXT("\\x000102", varve_column_text(get, 5, NULL));
        CHECK(varve_step(get) == VARVE_DONE);
        varve_bind_int64(get, 1, 2);
        CHECK(varve_step(get) == VARVE_ROW);
        for (int column = 1; column < 6; column++) {
            CHECK(varve_column_is_null(get, column));
            CHECK(varve_column_text(get, column, NULL) == NULL);
            CHECK(varve_column_int64(get, column) == 0);
        }
        CHECK(varve_reset(get) == VARVE_OK);
        varve_bind_int64(get, 1, 3);
        CHECK(varve_step(get) == VARVE_DONE);
    }
    varve_finalize(get);
    memory_close(f);
}

static void errors_say_where(void)
{
    struct fixture f = memory_open();
    struct varve_statement *statement = NULL;
    const struct varve_error *error = varve_last_error(f.session);

    CHECK(varve_prepare(f.session, "SELEC 1", 0, &statement, NULL) == VARVE_ERROR);
    CHECK_TEXT("42601", error->sqlstate);
    CHECK_TEXT("syntax error at or near \"SELEC\"", error->message);
    CHECK(error->position == 1 && statement == NULL);
    CHECK(varve_prepare(f.session, "SELECT a FROM nowhere", 0, &statement, NULL) == VARVE_ERROR);
    CHECK_TEXT("42P01", error->sqlstate);
    CHECK(error->position == 15);
    RUN(f.session, "CREATE TABLE t (id integer PRIMARY KEY, v integer NOT NULL)");
    RUN(f.session, "INSERT INTO t VALUES (1, 1)");
    CHECK(varve_exec(f.session, "INSERT INTO t VALUES (1, 2)", 0) == VARVE_EXISTS);
    CHECK_TEXT("23505", error->sqlstate);
    CHECK_TEXT("duplicate key value violates unique constraint \"t_pkey\"", error->message);
    CHECK_TEXT("Key (id)=(1) already exists.", error->detail);
    CHECK_TEXT("t_pkey", error->constraint_name);
    CHECK(varve_exec(f.session, "INSERT INTO t VALUES (2, NULL)", 0) == VARVE_ERROR);
    CHECK_TEXT("23502", error->sqlstate);
    CHECK(varve_exec(f.session, "SELECT 1 / (id - 1) FROM t", 0) == VARVE_ERROR);
    CHECK_TEXT("22012", error->sqlstate);
    statement = prepare(f.session, "SELECT v FROM t WHERE id = $1");
    CHECK(varve_bind_int64(statement, 2, 1) == VARVE_INVALID);
    varve_bind_text(statement, 1, "one", 3);
    CHECK(varve_step(statement) == VARVE_ERROR);
    CHECK_TEXT("22P02", error->sqlstate);
    varve_bind_int64(statement, 1, 5000000000);
    CHECK(varve_step(statement) == VARVE_ERROR);
    CHECK_TEXT("22003", error->sqlstate);
    varve_bind_text(statement, 1, "1", 1);
    CHECK(varve_step(statement) == VARVE_ROW);
    varve_finalize(statement);
    memory_close(f);
}

static void transactions_and_savepoints(void)
{
    struct fixture f = memory_open();

    RUN(f.session, "CREATE TABLE t (id integer PRIMARY KEY)");
    CHECK(varve_transaction_status(f.session) == 'I');
    RUN(f.session, "BEGIN");
    CHECK(varve_transaction_status(f.session) == 'T');
    RUN(f.session, "INSERT INTO t VALUES (1)");
    RUN(f.session, "SAVEPOINT a");
    RUN(f.session, "INSERT INTO t VALUES (2)");
    CHECK(varve_exec(f.session, "INSERT INTO t VALUES (1)", 0) == VARVE_EXISTS);
    CHECK(varve_transaction_status(f.session) == 'E');
    CHECK(varve_exec(f.session, "SELECT 1", 0) == VARVE_ERROR);
    CHECK_TEXT("25P02", varve_last_error(f.session)->sqlstate);
    RUN(f.session, "ROLLBACK TO a");
    CHECK(varve_transaction_status(f.session) == 'T');
    CHECK_TEXT("1", single(f.session, "SELECT count(*) FROM t"));
    RUN(f.session, "INSERT INTO t VALUES (3)");
    RUN(f.session, "COMMIT");
    CHECK_TEXT("4", single(f.session, "SELECT sum(id) FROM t"));
    RUN(f.session, "BEGIN; DELETE FROM t; ROLLBACK");
    CHECK_TEXT("2", single(f.session, "SELECT count(*) FROM t"));
    /* Several statements in one call are one transaction. */
    CHECK(varve_exec(f.session, "DELETE FROM t; SELECT 1 / 0", 0) == VARVE_ERROR);
    CHECK_TEXT("2", single(f.session, "SELECT count(*) FROM t"));
    RUN(f.session, "BEGIN; CREATE TABLE u (a integer); INSERT INTO u VALUES (1); ROLLBACK");
    CHECK(varve_exec(f.session, "SELECT * FROM u", 0) == VARVE_ERROR);
    memory_close(f);
}

/* Two statements of one session, row by row in turn, and a write between them. */
static void statements_interleave(void)
{
    struct fixture f = memory_open();
    struct varve_statement *outer = NULL;
    struct varve_statement *inner = NULL;
    int rows = 0;

    RUN(f.session, "CREATE TABLE t (id integer PRIMARY KEY, v text)");
    for (int id = 0; id < 3000; id++) {
        char sql[100];

        snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%d, 'a text of some length %d')", id, id);
        RUN(f.session, sql);
    }
    outer = prepare(f.session, "SELECT id, v FROM t ORDER BY id");
    inner = prepare(f.session, "SELECT v FROM t WHERE id = $1");
    while (varve_step(outer) == VARVE_ROW) {
        char wanted[64];

        snprintf(wanted, sizeof wanted, "a text of some length %d", rows);
        CHECK(varve_column_int64(outer, 0) == rows);
        CHECK_TEXT(wanted, varve_column_text(outer, 1, NULL));
        varve_bind_int64(inner, 1, rows);
        if (rows % 500 == 0) {
            CHECK(varve_step(inner) == VARVE_ROW);
            CHECK_TEXT(wanted, varve_column_text(inner, 0, NULL));
            varve_reset(inner);
            RUN(f.session, "UPDATE t SET v = 'changed' WHERE id > 2500");
            CHECK_TEXT(wanted, varve_column_text(outer, 1, NULL));
        }
        rows++;
    }
    CHECK(rows == 3000);
    varve_finalize(inner);
    varve_finalize(outer);
    memory_close(f);
}

static void batches(void)
{
    struct fixture f = memory_open();
    struct varve_statement *statement = NULL;
    struct varve_batch batch;
    int64_t rows = 0;
    int code = VARVE_OK;

    RUN(f.session, "CREATE TABLE t (id bigint PRIMARY KEY, v integer, s text)");
    RUN(f.session, "BEGIN");
    statement = prepare(f.session, "INSERT INTO t VALUES ($1, $2, $3)");
    for (int id = 0; id < 10000; id++) {
        char text[40];

        snprintf(text, sizeof text, id % 2 == 0 ? "%d" : "a longer text: %d", id);
        varve_bind_int64(statement, 1, id);
        varve_bind_int64(statement, 2, id % 7);
        varve_bind_text(statement, 3, text, strlen(text));
        if (id % 3 == 0) {
            varve_bind_null(statement, 2);
        }
        CHECK(varve_step(statement) == VARVE_DONE);
    }
    varve_finalize(statement);
    RUN(f.session, "COMMIT");
    statement =
        prepare(f.session, "SELECT id, v, s, id * 1.5 FROM t WHERE id % 5 <> 4 ORDER BY id");
    while ((code = varve_fetch(statement, &batch)) == VARVE_ROW) {
        const int64_t *ids = batch.columns[0].values;
        const int32_t *values = batch.columns[1].values;
        const struct varve_view *texts = batch.columns[2].values;

        CHECK(batch.column_count == 4 && batch.row_count > 0 && batch.row_count <= 2048);
        CHECK(batch.columns[3].type == VARVE_TYPE_NUMERIC);
        for (size_t row = 0; row < batch.row_count; row++) {
            int64_t id = rows / 4 * 5 + rows % 4;
            int null = batch.columns[1].nulls != NULL &&
                       (batch.columns[1].nulls[row / 64] >> (row % 64) & 1) != 0;
            char text[40];

            snprintf(text, sizeof text, id % 2 == 0 ? "%d" : "a longer text: %d", (int)id);
            CHECK(ids[row] == id);
            CHECK(null == (id % 3 == 0));
            CHECK(null || values[row] == id % 7);
            CHECK(texts[row].size == strlen(text) &&
                  memcmp(varve_view_data(&texts[row]), text, texts[row].size) == 0);
            rows++;
        }
    }
    CHECK(code == VARVE_DONE && rows == 8000);
    CHECK(varve_fetch(statement, &batch) == VARVE_ROW);
    CHECK(varve_step(statement) == VARVE_MISUSE);
    varve_finalize(statement);

    /* Row by row over several batches, and again with the same statement. */
    statement = prepare(f.session, "SELECT id FROM t ORDER BY id");
    for (int run = 0; run < 2; run++) {
        for (rows = 0; (code = varve_step(statement)) == VARVE_ROW; rows++) {
            CHECK(varve_column_int64(statement, 0) == rows);
        }
        CHECK(code == VARVE_DONE && rows == 10000 && varve_row_count(statement) == 10000);
    }
    varve_finalize(statement);
    memory_close(f);
}

static void schema_changes_under_statements(void)
{
    struct fixture f = memory_open();
    struct varve_session *other = NULL;
    struct varve_statement *statement = NULL;

    CHECK(varve_connect(f.db, &other) == VARVE_OK);
    RUN(f.session, "CREATE TABLE t (id integer PRIMARY KEY, v integer)");
    RUN(f.session, "INSERT INTO t VALUES (1, 10)");
    statement = prepare(f.session, "SELECT * FROM t WHERE id = $1");
    varve_bind_int64(statement, 1, 1);
    CHECK(varve_step(statement) == VARVE_ROW && varve_column_count(statement) == 2);
    varve_reset(statement);
    RUN(other, "DROP TABLE t");
    CHECK(varve_step(statement) == VARVE_ERROR);
    CHECK_TEXT("42P01", varve_last_error(f.session)->sqlstate);
    RUN(other, "CREATE TABLE t (id integer PRIMARY KEY, a text, b text)");
    RUN(other, "INSERT INTO t VALUES (1, 'x', 'y')");
    CHECK(varve_step(statement) == VARVE_ROW);
    CHECK(varve_column_count(statement) == 3);
    CHECK_TEXT("y", varve_column_text(statement, 2, NULL));
    varve_finalize(statement);
    varve_disconnect(other);
    memory_close(f);
}

static atomic_int woken;

static void wake(void *argument)
{
    (void)argument;
    atomic_fetch_add(&woken, 1);
}

/* A non-blocking session meets a row lock: VARVE_WAITING, one wake, then the write goes on. */
static void waiting_without_blocking(void)
{
    struct fixture f = memory_open();
    struct varve_session *other = NULL;
    struct varve_statement *update = NULL;

    CHECK(varve_connect(f.db, &other) == VARVE_OK);
    CHECK(varve_set_wake(other, wake, NULL) == VARVE_OK);
    RUN(other,
        "SET timezone TO 'America/New_York'"); /* functions still have their session's zone and clock */
    CHECK_TEXT("2020-06-01 08:00:00-04",
               single(other, "SELECT (timestamptz '2020-06-01 12:00+00')::text"));
    CHECK_TEXT("t", single(other, "SELECT clock_timestamp() > timestamptz '2020-01-01 00:00+00'"));
    RUN(f.session, "CREATE TABLE t (id integer PRIMARY KEY, v integer)");
    RUN(f.session, "INSERT INTO t VALUES (1, 0)");
    RUN(f.session, "BEGIN");
    RUN(f.session, "UPDATE t SET v = v + 1 WHERE id = 1");
    update = prepare(other, "UPDATE t SET v = v + 10 WHERE id = 1");
    CHECK(varve_step(update) == VARVE_WAITING);
    CHECK(atomic_load(&woken) == 0);
    RUN(f.session, "COMMIT");
    CHECK(atomic_load(&woken) == 1);
    CHECK(varve_step(update) == VARVE_DONE);
    CHECK_TEXT("11", single(f.session, "SELECT v FROM t"));
    varve_finalize(update);
    varve_disconnect(other);
    memory_close(f);
}

static void *interrupt_soon(void *argument)
{
    usleep(20000);
    varve_interrupt(argument);
    return NULL;
}

static void interrupts_and_timeouts(void)
{
    struct fixture f = memory_open();
    struct varve_session *other = NULL;
    pthread_t thread;

    CHECK(varve_connect(f.db, &other) == VARVE_OK);
    RUN(f.session, "CREATE TABLE t (id integer PRIMARY KEY, v integer)");
    RUN(f.session, "INSERT INTO t VALUES (1, 0)");
    RUN(f.session, "BEGIN");
    RUN(f.session, "UPDATE t SET v = 1");
    pthread_create(&thread, NULL, interrupt_soon, other);
    CHECK(varve_exec(other, "UPDATE t SET v = 2", 0) == VARVE_CANCELED);
    CHECK_TEXT("canceling statement due to user request", varve_last_error(other)->message);
    pthread_join(thread, NULL);
    CHECK(varve_set_timeout(other, 10) == VARVE_OK);
    CHECK(varve_exec(other, "UPDATE t SET v = 2", 0) == VARVE_CANCELED);
    CHECK_TEXT("canceling statement due to statement timeout", varve_last_error(other)->message);
    CHECK(varve_set_timeout(other, 0) == VARVE_OK);
    RUN(other, "SET lock_timeout = '5ms'");
    CHECK(varve_exec(other, "UPDATE t SET v = 2", 0) == VARVE_LOCK_TIMEOUT);
    CHECK_TEXT("55P03", varve_last_error(other)->sqlstate);
    RUN(f.session, "COMMIT");
    RUN(other, "UPDATE t SET v = 2");
    varve_disconnect(other);
    memory_close(f);
}

static void misuse_is_told(void)
{
    struct fixture f = memory_open();
    struct varve_statement *statement = prepare(f.session, "SELECT $1::integer");
    pid_t child = 0;
    int state = 0;

    CHECK(varve_close(f.db) == VARVE_BUSY);
    CHECK(varve_step(NULL) == VARVE_MISUSE);
    CHECK(varve_exec(NULL, "SELECT 1", 0) == VARVE_MISUSE);
    CHECK(varve_column_int64(statement, 0) == 0);
    CHECK(varve_column_name(statement, 7) == NULL);
    varve_bind_int64(statement, 1, 5);
    CHECK(varve_step(statement) == VARVE_ROW);
    CHECK(varve_bind_int64(statement, 1, 6) == VARVE_MISUSE);
    child = fork();
    if (child == 0) {
        _exit(varve_exec(f.session, "SELECT 1", 0) == VARVE_MISUSE ? 0 : 1);
    }
    waitpid(child, &state, 0);
    CHECK(WIFEXITED(state) && WEXITSTATUS(state) == 0);
    varve_finalize(statement);
    memory_close(f);
}

/* What was acknowledged is there after the process is gone; a second process cannot open it meanwhile. */
static void durable_and_exclusive(const char *folder)
{
    struct varve *db = NULL;
    struct varve_session *session = NULL;
    struct varve_error error;
    pid_t child = fork();
    int state = 0;

    if (child == 0) {
        if (varve_open(folder, NULL, &db, NULL) != VARVE_OK ||
            varve_connect(db, &session) != VARVE_OK ||
            varve_exec(session, "CREATE TABLE t (id integer PRIMARY KEY); INSERT INTO t VALUES (7)",
                       0) != VARVE_OK) {
            _exit(1);
        }
        kill(getpid(), 9);
    }
    waitpid(child, &state, 0);
    CHECK(WIFSIGNALED(state));
    CHECK(varve_open(folder, NULL, &db, &error) == VARVE_OK);
    CHECK(varve_connect(db, &session) == VARVE_OK);
    CHECK_TEXT("7", single(session, "SELECT id FROM t"));
    child = fork();
    if (child == 0) {
        struct varve *second = NULL;

        _exit(varve_open(folder, NULL, &second, NULL) == VARVE_BUSY ? 0 : 1);
    }
    waitpid(child, &state, 0);
    CHECK(WIFEXITED(state) && WEXITSTATUS(state) == 0);
    varve_disconnect(session);
    CHECK(varve_close(db) == VARVE_OK);
    CHECK(varve_open("/nonexistent/folder", NULL, &db, &error) != VARVE_OK);
    CHECK(error.message[0] != '\0');
}

static void point_statements_allocate_nothing(void)
{
    static const char *const texts[] = {"SELECT v FROM t WHERE id = $1",
                                        "UPDATE t SET v = v + 1 WHERE id = $1"};
    struct fixture f = memory_open();
    struct varve_statistics before = {.size = sizeof before};
    struct varve_statistics after = {.size = sizeof after};

    RUN(f.session, "CREATE TABLE t (id bigint PRIMARY KEY, v bigint NOT NULL)");
    RUN(f.session, "INSERT INTO t VALUES (1, 1), (2, 2)");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct varve_statement *statement = prepare(f.session, texts[i]);

        for (int round = 0; round < 20000; round++) {
            if (round == 10000) {
                varve_statistics(f.db, &before);
            }
            varve_bind_int64(statement, 1, 1 + round % 2);
            while (varve_step(statement) == VARVE_ROW) {
            }
        }
        varve_statistics(f.db, &after);
        if (after.allocations != before.allocations) {
            fprintf(stderr, "%s: %llu allocations\n", texts[i],
                    (unsigned long long)(after.allocations - before.allocations));
            failures++;
        }
        varve_finalize(statement);
    }
    memory_close(f);
}

int main(void)
{
    char folder[] = "/tmp/varve-api-XXXXXX";
    char command[100];

    if (mkdtemp(folder) == NULL) {
        perror(folder);
        return 1;
    }
    durable_and_exclusive(folder); /* first: it forks before there are threads */
    snprintf(command, sizeof command, "rm -rf %s", folder);
    types_and_nulls();
    errors_say_where();
    transactions_and_savepoints();
    statements_interleave();
    batches();
    schema_changes_under_statements();
    waiting_without_blocking();
    interrupts_and_timeouts();
    misuse_is_told();
    point_statements_allocate_nothing();
    if (system(command) != 0) {
        failures++;
    }
    printf("%d passed, %d failed\n", failures == 0 ? 11 : 0, failures);
    return failures != 0;
}
