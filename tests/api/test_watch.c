/* test_watch.c - tracing of statements, progress, the log, the plan cache seen from outside. */
#include "check.h"

#include <unistd.h>

/* ---- trace ---- */

struct traced {
    int count;
    char sql[128];
    uint64_t rows;
    uint64_t duration_ns;
    int code;
    char sqlstate[6];
};

static void trace(void *argument, const struct varve_trace *item)
{
    struct traced *traced = argument;

    traced->count++;
    snprintf(traced->sql, sizeof traced->sql, "%.*s", (int)item->sql_size, item->sql);
    traced->rows = item->rows;
    traced->duration_ns = item->duration_ns;
    traced->code = item->code;
    snprintf(traced->sqlstate, sizeof traced->sqlstate, "%s",
             item->error == NULL ? "" : item->error->sqlstate);
}

static void check_trace(int line, const struct traced *traced, int count, const char *sql,
                        uint64_t rows, const char *sqlstate)
{
    if (traced->count != count || strcmp(traced->sql, sql) != 0 || traced->rows != rows ||
        strcmp(traced->sqlstate, sqlstate) != 0) {
        fprintf(stderr, "trace %d: %d, \"%s\", %d rows, \"%s\"\n", line, traced->count, traced->sql,
                (int)traced->rows, traced->sqlstate);
        failures++;
    }
}

static void statements_are_traced(void)
{
    struct fixture f = memory_open();
    struct varve_statement *get = NULL;
    struct traced traced = {0};

    RUN(f.session, "CREATE TABLE t (id integer PRIMARY KEY, v integer)");
    CHECK_CODE(VARVE_OK, varve_set_trace(f.session, 0, trace, &traced));
    RUN(f.session, "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)");
    check_trace(__LINE__, &traced, 1, "INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)", 3, "");
    RUN(f.session, "BEGIN; UPDATE t SET v = 0 WHERE id = 1; COMMIT");
    check_trace(__LINE__, &traced, 4, " COMMIT", 0, "");
    get = prepare(f.session, "SELECT v FROM t WHERE id = $1");
    for (int id = 1; id <= 2; id++) {
        varve_bind_int64(get, 1, id);
        CHECK_CODE(VARVE_ROW, varve_step(get));
        CHECK_CODE(VARVE_DONE, varve_step(get));
        check_trace(__LINE__, &traced, 4 + id, "SELECT v FROM t WHERE id = $1", 1, "");
    }
    CHECK_CODE(VARVE_ROW, varve_step(get));
    check_trace(__LINE__, &traced, 6, "SELECT v FROM t WHERE id = $1", 1, "");
    varve_reset(get); /* ends it */
    check_trace(__LINE__, &traced, 7, "SELECT v FROM t WHERE id = $1", 1, "");
    varve_reset(get);
    varve_finalize(get);
    check_trace(__LINE__, &traced, 7, "SELECT v FROM t WHERE id = $1", 1, "");
    FAILS(f.session, "22012", "SELECT 1 / (id - 1) FROM t");
    check_trace(__LINE__, &traced, 8, "SELECT 1 / (id - 1) FROM t", 0, "22012");
    CHECK(traced.code == VARVE_ERROR);
    FAILS(f.session, "23505", "INSERT INTO t VALUES (1, 1)");
    check_trace(__LINE__, &traced, 9, "INSERT INTO t VALUES (1, 1)", 0, "23505");
    CHECK(traced.code == VARVE_EXISTS);
    memory_close(f);
}

static void slow_statements_only(void)
{
    struct fixture f = memory_open();
    struct varve_statement *get = NULL;
    struct traced traced = {0};

    RUN(f.session, "CREATE TABLE t (id integer PRIMARY KEY)");
    RUN(f.session, "INSERT INTO t VALUES (1)");
    CHECK_CODE(VARVE_OK, varve_set_trace(f.session, 3600000000, trace, &traced));
    RUN(f.session, "SELECT * FROM t");
    CHECK(traced.count == 0);
    CHECK_CODE(VARVE_OK, varve_set_trace(f.session, 20000, trace, &traced));
    get = prepare(f.session, "SELECT id FROM t");
    CHECK_CODE(VARVE_ROW, varve_step(get));
    usleep(30000);
    CHECK_CODE(VARVE_DONE, varve_step(get));
    CHECK(traced.count == 1 && traced.duration_ns >= 30000000);
    varve_finalize(get);
    CHECK_CODE(VARVE_OK, varve_set_trace(f.session, 0, NULL, NULL));
    RUN(f.session, "SELECT * FROM t");
    CHECK(traced.count == 1);
    memory_close(f);
}

/* ---- progress ---- */

struct seen {
    int count;
    int cancel_at;
    uint64_t rows_read;
    uint64_t rows_expected;
    char sql[64];
};

static int progress(void *argument, const struct varve_progress *item)
{
    struct seen *seen = argument;

    seen->count++;
    CHECK(item->rows_read >= seen->rows_read);
    seen->rows_read = item->rows_read;
    seen->rows_expected = item->rows_expected;
    snprintf(seen->sql, sizeof seen->sql, "%.*s", (int)item->sql_size, item->sql);
    usleep(
        2000); /* the next one is due at once: how often it comes does not depend on the machine */
    return seen->count == seen->cancel_at;
}

static void progress_is_told(void)
{
    struct fixture f = memory_open();
    struct varve_statement *put = NULL;
    struct seen seen = {0};
    const char *slow = "SELECT count(*) FROM t WHERE sqrt(v) + ln(v + 1) < 0";

    RUN(f.session, "CREATE TABLE t (id integer PRIMARY KEY, v integer)");
    put = prepare(f.session, "INSERT INTO t VALUES ($1, $1)");
    RUN(f.session, "BEGIN");
    for (int i = 0; i < 200000; i++) {
        varve_bind_int64(put, 1, i);
        CHECK_CODE(VARVE_DONE, varve_step(put));
    }
    RUN(f.session, "COMMIT");
    varve_finalize(put);
    CHECK_CODE(VARVE_OK, varve_set_progress(f.session, 1, progress, &seen));
    CHECK_TEXT("0", single(f.session, slow));
    CHECK(seen.count > 3);
    CHECK(seen.rows_read > 0 && seen.rows_read <= 200000);
    CHECK(seen.rows_expected > 100000 && seen.rows_expected < 400000);
    CHECK(strncmp(seen.sql, slow, 40) == 0);

    seen = (struct seen){.cancel_at = 2};
    CHECK_CODE(VARVE_CANCELED, varve_exec(f.session, slow, 0));
    CHECK_TEXT("57014", varve_last_error(f.session)->sqlstate);
    CHECK(seen.count == 2);
    seen = (struct seen){0};
    CHECK_TEXT("0", single(f.session, slow)); /* the next statement is not concerned */
    CHECK(seen.count > 3);
    CHECK_CODE(VARVE_OK, varve_set_progress(f.session, 1, NULL, NULL));
    seen = (struct seen){0};
    CHECK_TEXT("0", single(f.session, slow));
    CHECK(seen.count == 0);
    memory_close(f);
}

/* ---- log ---- */

static void log_line(void *argument, int level, const char *line)
{
    char *text = argument;
    size_t size = strlen(text);

    snprintf(text + size, 2000 - size, "%d %s\n", level, line);
}

static void the_log_is_told(void)
{
    struct varve_options options = VARVE_OPTIONS_INIT;
    struct fixture f = {0};
    char text[2000] = "";

    options.on_log = log_line;
    options.log_argument = text;
    CHECK_CODE(VARVE_OK, varve_open(":memory:", &options, &f.db, NULL));
    CHECK_CODE(VARVE_OK, varve_connect(f.db, &f.session));
    FAILS(f.session, "42601", "SELEC 1");
    memory_close(f);
    CHECK_TEXT("2 opened :memory:: 0 log records replayed\n2 closed: ok\n", text);

    text[0] = '\0';
    options.log_level = VARVE_LOG_DEBUG;
    CHECK_CODE(VARVE_OK, varve_open(":memory:", &options, &f.db, NULL));
    CHECK_CODE(VARVE_OK, varve_connect(f.db, &f.session));
    FAILS(f.session, "42601", "SELEC 1");
    memory_close(f);
    CHECK_TEXT("2 opened :memory:: 0 log records replayed\n"
               "1 42601: syntax error at or near \"SELEC\"\n2 closed: ok\n",
               text);

    text[0] = '\0';
    options.log_level = VARVE_LOG_ERROR;
    options.must_exist = 1;
    CHECK_CODE(VARVE_NOT_FOUND, varve_open("/tmp/varve-is-not-here", &options, &f.db, NULL));
    CHECK(strncmp(text, "4 cannot open /tmp/varve-is-not-here: 3D000: ", 45) == 0);
}

/* ---- plan cache ---- */

static void each_plan(void *argument, const char *sql, size_t sql_size, uint64_t hits,
                      uint64_t bytes)
{
    uint64_t *found = argument;

    if (sql_size == 23 && memcmp(sql, "SELECT 'a plan of mine'", 23) == 0) {
        *found = hits + 1;
    }
    CHECK(bytes > 0);
}

static void plans_are_shared(void)
{
    struct fixture f = memory_open();
    struct varve_session *other = NULL;
    struct varve_statistics before = {.size = sizeof before};
    struct varve_statistics after = {.size = sizeof after};
    uint64_t found = 0;
    char sql[64];

    CHECK_CODE(VARVE_OK, varve_connect(f.db, &other));
    CHECK_CODE(VARVE_OK, varve_statistics(f.db, &before));
    CHECK(before.sessions == 2);
    for (int i = 0; i < 3; i++) {
        varve_finalize(prepare(f.session, "SELECT 'a plan of mine'"));
        varve_finalize(prepare(other, "SELECT 'a plan of mine'"));
    }
    CHECK_CODE(VARVE_OK, varve_statistics(f.db, &after));
    CHECK(after.plan_cache_hits - before.plan_cache_hits == 5);
    CHECK(after.plan_cache_misses - before.plan_cache_misses == 1);
    CHECK(after.plan_cache_plans - before.plan_cache_plans == 1);
    CHECK(after.plan_cache_bytes > before.plan_cache_bytes);
    CHECK_CODE(VARVE_OK, varve_plan_cache(f.db, each_plan, &found));
    CHECK(found == 6);
    for (int i = 0; i < 1100; i++) {
        snprintf(sql, sizeof sql, "SELECT %d", i);
        varve_finalize(prepare(f.session, sql));
    }
    CHECK_CODE(VARVE_OK, varve_statistics(f.db, &after));
    CHECK(after.plan_cache_evictions >= 77 && after.plan_cache_plans == 1024);
    found = 0;
    CHECK_CODE(VARVE_OK, varve_plan_cache(f.db, each_plan, &found));
    CHECK(found == 0);
    varve_disconnect(other);
    memory_close(f);
}

int main(void)
{
    statements_are_traced();
    slow_statements_only();
    progress_is_told();
    the_log_is_told();
    plans_are_shared();
    if (failures > 0) {
        fprintf(stderr, "%d checks failed\n", failures);
    }
    return failures > 0;
}
