/*
 * test_misuse.c - every function of the header with handles that must not be used: NULL, ended, of a forked child, in use by a
 * call that runs. Each gives VARVE_MISUSE, or the value its comment names, and nothing crashes.
 */
#include "check.h"

#include <sys/wait.h>
#include <unistd.h>

struct handles {
    struct varve *db;
    struct varve_session *session;
    struct varve_statement *statement;
    struct varve_map *map;
    struct varve_map_cursor *cursor;
};

#define MISUSE(call) CHECK_CODE(VARVE_MISUSE, (call))

static void nobody(void *argument)
{
    (void)argument;
}

static void described(void *argument, const struct varve_description *item)
{
    (void)item;
    ++*(int *)argument;
}

static void planned(void *argument, const char *sql, size_t sql_size, uint64_t hits, uint64_t bytes)
{
    (void)sql;
    (void)sql_size;
    (void)hits;
    (void)bytes;
    ++*(int *)argument;
}

static void sweep_session(struct varve_session *session)
{
    struct varve_statement *statement = (struct varve_statement *)session;
    struct varve_map *map = NULL;
    char text[64];
    int items = 0;

    CHECK(varve_last_error(session) != NULL);
    MISUSE(varve_exec(session, "SELECT 1", 0));
    CHECK(strchr("ITE", varve_transaction_status(session)) != NULL);
    MISUSE(varve_set_timeout(session, 0));
    MISUSE(varve_set_wake(session, nobody, NULL));
    MISUSE(varve_prepare(session, "SELECT 1", 0, &statement, NULL));
    CHECK(statement == NULL);
    MISUSE(varve_prepare_typed(session, "SELECT 1", 0, NULL, 0, &statement, NULL));
    MISUSE(varve_prepare_named(session, "x", &statement));
    MISUSE(varve_forget_name(session, "x"));
    CHECK(varve_named(session, NULL) == 0);
    CHECK(varve_cursor_named(session, NULL) == 0);
    CHECK(varve_sleeps_ms(session) == 0);
    CHECK(varve_fetches_binary(NULL) == 0);
    (void)varve_names_version(session);
    (void)varve_settings_version(session);
    MISUSE(varve_map_open(session, "m", VARVE_MAP_CREATE, &map));
    CHECK(map == NULL);
    MISUSE(varve_map_drop(session, "m"));
    MISUSE(varve_check(session, "SELECT 1", 0));
    MISUSE(varve_group_begin(session));
    MISUSE(varve_group_end(session));
    MISUSE(varve_fail(session));
    MISUSE(varve_setting(session, "work_mem", text, sizeof text));
    MISUSE(varve_set_default(session, "work_mem", "1MB"));
    MISUSE(varve_identify(session, "u", "d"));
    MISUSE(varve_set_notice(session, NULL, NULL));
    MISUSE(varve_next_notice(session, NULL, NULL));
    MISUSE(varve_set_trace(session, 0, NULL, NULL));
    MISUSE(varve_set_progress(session, 0, NULL, NULL));
    MISUSE(varve_describe(session, NULL, NULL, described, &items));
    CHECK(items == 0);
}

static void sweep_map(struct varve_map *map, struct varve_map_cursor *cursor)
{
    struct varve_map_cursor *fresh = (struct varve_map_cursor *)map;
    const struct varve_map_row *rows = (const struct varve_map_row *)map;
    const void *value = map;
    uint64_t count = 7;
    size_t size = 7;
    char buffer[8];

    MISUSE(varve_map_get(map, "k", 1, &value, &size));
    CHECK(value == NULL && size == 0);
    MISUSE(varve_map_read(map, "k", 1, buffer, sizeof buffer, &size));
    MISUSE(varve_map_put(map, "k", 1, "v", 1));
    MISUSE(varve_map_insert(map, "k", 1, "v", 1));
    MISUSE(varve_map_replace(map, "k", 1, "v", 1, "w", 1));
    MISUSE(varve_map_delete(map, "k", 1));
    MISUSE(varve_map_count(map, NULL, &count));
    MISUSE(varve_map_range(map, NULL, 0, &fresh));
    CHECK(fresh == NULL);
    MISUSE(varve_map_next(cursor, &value, &size, &value, &size));
    MISUSE(varve_map_fetch(cursor, &rows, &size));
    CHECK(rows == NULL && size == 0);
}

/* What changes the statement's state. */
static void sweep_statement_calls(struct varve_statement *statement)
{
    struct varve_batch batch;

    MISUSE(varve_step(statement));
    MISUSE(varve_fetch(statement, &batch));
    CHECK(batch.row_count == 0 && batch.columns == NULL);
    MISUSE(varve_reset(statement));
    MISUSE(varve_name_statement(statement, "x"));
}

/* What reads or binds: of a statement that is not there. */
static void sweep_statement_values(struct varve_statement *statement)
{
    struct varve_column_info info = {.size = sizeof info};
    struct varve_numeric numeric;
    struct varve_interval interval = {0};
    unsigned char uuid[16] = {0};
    int64_t micros = 0;
    int32_t small = 0;
    size_t size = 7;
    float real = 0;

    CHECK(varve_parameter_count(statement) == 0);
    CHECK(varve_parameter_type(statement, 1) == VARVE_TYPE_UNKNOWN);
    MISUSE(varve_bind_null(statement, 1));
    MISUSE(varve_bind_boolean(statement, 1, 1));
    MISUSE(varve_bind_int64(statement, 1, 1));
    MISUSE(varve_bind_double(statement, 1, 1));
    MISUSE(varve_bind_text(statement, 1, "x", 1));
    MISUSE(varve_bind_bytes(statement, 1, "x", 1));
    MISUSE(varve_bind_smallint(statement, 1, 1));
    MISUSE(varve_bind_int32(statement, 1, 1));
    MISUSE(varve_bind_real(statement, 1, 1));
    MISUSE(varve_bind_numeric(statement, 1, NULL));
    MISUSE(varve_bind_date(statement, 1, INT32_MAX - 1));
    MISUSE(varve_bind_time(statement, 1, -1));
    MISUSE(varve_bind_timestamp(statement, 1, 1));
    MISUSE(varve_bind_timestamptz(statement, 1, 1));
    MISUSE(varve_bind_interval(statement, 1, &interval));
    MISUSE(varve_bind_uuid(statement, 1, uuid));
    CHECK(varve_column_count(statement) == 0);
    CHECK(varve_column_name(statement, 0) == NULL);
    CHECK(varve_column_type(statement, 0) == VARVE_TYPE_UNKNOWN);
    CHECK(varve_column_is_null(statement, 0) == 1);
    CHECK(varve_column_boolean(statement, 0) == 0);
    CHECK(varve_column_int64(statement, 0) == 0);
    CHECK(varve_column_double(statement, 0) == 0);
    CHECK(varve_column_text(statement, 0, &size) == NULL && size == 0);
    size = 7;
    CHECK(varve_column_bytes(statement, 0, &size) == NULL && size == 0);
    MISUSE(varve_column_int32(statement, 0, &small));
    MISUSE(varve_column_real(statement, 0, &real));
    MISUSE(varve_column_numeric(statement, 0, &numeric));
    MISUSE(varve_column_date(statement, 0, &small));
    MISUSE(varve_column_time(statement, 0, &micros));
    MISUSE(varve_column_timestamp(statement, 0, &micros));
    MISUSE(varve_column_timestamptz(statement, 0, &micros));
    MISUSE(varve_column_interval(statement, 0, &interval));
    MISUSE(varve_column_uuid(statement, 0, uuid));
    MISUSE(varve_column_describe(statement, 0, &info));
    MISUSE(varve_parameter_describe(statement, 1, &info));
    CHECK(varve_row_count(statement) == 0);
    CHECK_TEXT("", varve_command_tag(statement));
}

static void sweep_db(struct varve *db)
{
    struct varve_statistics statistics = {.size = sizeof statistics};
    struct varve_session *session = (struct varve_session *)db;
    int plans = 0;

    MISUSE(varve_connect(db, &session));
    MISUSE(varve_statistics(db, &statistics));
    MISUSE(varve_backup(db, "/tmp/nowhere", NULL));
    MISUSE(varve_plan_cache(db, planned, &plans));
    CHECK(varve_flush_step(db) == 0 && varve_background_step(db) == 0 && plans == 0);
}

/* NULL ends nothing and crashes nothing. */
static void null_handles(void)
{
    sweep_db(NULL);
    CHECK_CODE(VARVE_OK, varve_close(NULL));
    sweep_session(NULL);
    varve_interrupt(NULL);
    varve_disconnect(NULL);
    sweep_statement_calls(NULL);
    sweep_statement_values(NULL);
    varve_finalize(NULL);
    sweep_map(NULL, NULL);
    varve_map_close(NULL);
    varve_map_range_close(NULL);
    CHECK_CODE(VARVE_INVALID, varve_open(NULL, NULL, NULL, NULL));
}

static struct handles all_handles(struct fixture f)
{
    struct handles handles = {.db = f.db, .session = f.session};

    handles.statement = prepare(f.session, "SELECT $1::integer");
    CHECK_CODE(VARVE_OK, varve_map_open(f.session, "m", VARVE_MAP_CREATE, &handles.map));
    CHECK_CODE(VARVE_OK, varve_map_put(handles.map, "k", 1, "v", 1));
    CHECK_CODE(VARVE_OK, varve_map_range(handles.map, NULL, 0, &handles.cursor));
    return handles;
}

static void ended_handles(void)
{
    struct fixture f = memory_open();
    struct handles old = all_handles(f);
    struct varve_session *other = NULL;

    varve_map_range_close(old.cursor);
    varve_map_close(old.map);
    varve_finalize(old.statement);
    sweep_statement_calls(old.statement);
    sweep_statement_values(old.statement);
    sweep_map(old.map, old.cursor);
    varve_finalize(old.statement);
    varve_map_close(old.map);
    varve_map_range_close(old.cursor);

    /* with the session everything of it ends */
    old = all_handles(f);
    varve_disconnect(f.session);
    sweep_session(old.session);
    varve_interrupt(old.session);
    sweep_statement_calls(old.statement);
    sweep_statement_values(old.statement);
    sweep_map(old.map, old.cursor);
    varve_disconnect(old.session);

    /* memory of ended handles is used again, it does not grow */
    CHECK_CODE(VARVE_OK, varve_connect(f.db, &other));
    f.session = other;
    for (int i = 0; i < 1000; i++) {
        struct varve_statement *statement = prepare(other, "SELECT 1");

        CHECK_CODE(VARVE_ROW, varve_step(statement));
        varve_finalize(statement);
        CHECK_CODE(VARVE_MISUSE, varve_step(statement));
    }
    memory_close(f);
}

/* A child has the handles, and a copy of everything behind them: it must not touch it. */
static void forked_child(void)
{
    struct fixture f = memory_open();
    struct handles all = all_handles(f);
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        failures = 0;
        sweep_db(all.db);
        MISUSE(varve_close(all.db));
        sweep_session(all.session);
        sweep_statement_calls(all.statement);
        sweep_map(all.map, all.cursor);
        varve_finalize(all.statement);
        varve_map_range_close(all.cursor);
        varve_map_close(all.map);
        varve_disconnect(all.session);
        _exit(failures > 0);
    }
    CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK_CODE(VARVE_OK, varve_bind_int64(all.statement, 1, 3));
    CHECK_CODE(VARVE_ROW, varve_step(all.statement));
    memory_close(f);
}

/* A call from inside another one of the same session. */
static int inside;

static void traced(void *argument, const struct varve_trace *trace)
{
    struct handles *all = argument;

    (void)trace;
    inside++;
    sweep_session(all->session);
    sweep_statement_calls(all->statement);
    sweep_map(all->map, all->cursor);
    varve_finalize(all->statement);
    varve_map_close(all->map);
    varve_map_range_close(all->cursor);
}

static void calls_inside_calls(void)
{
    struct fixture f = memory_open();
    struct handles all = all_handles(f);

    CHECK_CODE(VARVE_OK, varve_set_trace(f.session, 0, traced, &all));
    RUN(f.session, "CREATE TABLE t (id integer PRIMARY KEY)");
    CHECK(inside == 1);
    CHECK_CODE(VARVE_OK, varve_set_trace(f.session, 0, NULL, NULL));
    RUN(f.session, "INSERT INTO t VALUES (1)");
    CHECK(inside == 1);
    CHECK_CODE(VARVE_ROW, varve_map_next(all.cursor, NULL, NULL, NULL, NULL));
    memory_close(f);
}

static void wrong_arguments(void)
{
    struct fixture f = memory_open();
    struct handles all = all_handles(f);
    struct varve_error error;
    struct varve_statistics statistics = {.size = 0};

    MISUSE(varve_statistics(f.db, &statistics));
    MISUSE(varve_statistics(f.db, NULL));
    MISUSE(varve_plan_cache(f.db, NULL, NULL));
    MISUSE(varve_backup(f.db, NULL, &error));
    CHECK_CODE(VARVE_UNSUPPORTED, varve_backup(f.db, "/tmp/nowhere", &error));
    CHECK_TEXT("0A000", error.sqlstate);
    MISUSE(varve_connect(f.db, NULL));
    MISUSE(varve_exec(f.session, NULL, 0));
    MISUSE(varve_prepare(f.session, NULL, 0, &all.statement, NULL));
    MISUSE(varve_prepare(f.session, "SELECT 1", 0, NULL, NULL));
    MISUSE(varve_check(f.session, NULL, 0));
    MISUSE(varve_describe(f.session, NULL, NULL, NULL, NULL));
    MISUSE(varve_map_open(f.session, "m", 0, NULL));
    MISUSE(varve_map_open(f.session, "m", 8, &all.map));
    CHECK_CODE(VARVE_INVALID, varve_map_open(f.session, NULL, 0, &all.map));
    CHECK_CODE(VARVE_INVALID, varve_map_open(f.session, "", 0, &all.map));
    CHECK_CODE(VARVE_INVALID, varve_map_drop(f.session, NULL));
    CHECK_CODE(VARVE_OK, varve_map_open(f.session, "m", 0, &all.map));
    MISUSE(varve_map_put(all.map, "k", 1, NULL, 1));
    MISUSE(varve_map_read(all.map, "k", 1, NULL, 1, NULL));
    MISUSE(varve_map_count(all.map, NULL, NULL));
    MISUSE(varve_map_range(all.map, NULL, 2, &all.cursor));
    MISUSE(varve_map_range(all.map, NULL, 0, NULL));
    CHECK_CODE(VARVE_NOT_FOUND, varve_setting(f.session, NULL, NULL, 0));
    MISUSE(varve_set_default(f.session, NULL, NULL));
    MISUSE(varve_identify(f.session, NULL, NULL));
    memory_close(f);
}

int main(void)
{
    null_handles();
    ended_handles();
    forked_child();
    calls_inside_calls();
    wrong_arguments();
    if (failures > 0) {
        fprintf(stderr, "%d checks failed\n", failures);
    }
    return failures > 0;
}
