/*
 * watch.c - what a program may watch: progress of long statements, statements as they end, the library's log.
 *
 * Nothing is paid for what nobody watches: a statement looks at one byte of its session when it begins and at one word
 * when it ends; progress rides on the clock that deadlines look at (store_arm_hook); the log is asked for when an error is
 * made.
 */
#include "db/db_private.h"

#include "catalog/catalog.h"
#include "os/os.h"

#include <stdarg.h>
#include <stdio.h>

struct session_watch {
    void (*trace)(void *argument, const struct varve_trace *trace);
    void *trace_argument;
    uint64_t trace_threshold_ns;
    int (*progress)(void *argument, const struct varve_progress *progress);
    void *progress_argument;
    uint64_t progress_interval_ns;
    struct varve_statement *statement; /* the newest that began and has not ended; NULL: none */
};

static struct session_watch *watch_of(struct varve_session *session);
static void watch_extras(struct varve_session *session);
static vv_slice watched_text(const struct varve_statement *statement);
static uint64_t progress_due(void *context, uint64_t now_ns);
static uint64_t rows_expected(struct varve_session *session, const struct physical_node *node);

int varve_set_trace(struct varve_session *session, uint64_t threshold_us,
                    void (*trace)(void *argument, const struct varve_trace *trace), void *argument)
{
    struct session_watch *watch = NULL;
    int code = session_claim(session);

    if (code != VARVE_OK) {
        return code;
    }
    watch = watch_of(session);
    if (watch == NULL) {
        code = session_fail(session);
    } else {
        watch->trace = trace;
        watch->trace_argument = argument;
        watch->trace_threshold_ns = threshold_us * 1000;
        watch_extras(session);
    }
    session_drop(session);
    return code;
}

int varve_set_progress(struct varve_session *session, uint64_t interval_ms,
                       int (*progress)(void *argument, const struct varve_progress *progress),
                       void *argument)
{
    struct session_watch *watch = NULL;
    int code = session_claim(session);

    if (code != VARVE_OK) {
        return code;
    }
    watch = watch_of(session);
    if (watch == NULL) {
        code = session_fail(session);
    } else {
        watch->progress = progress;
        watch->progress_argument = argument;
        watch->progress_interval_ns = (interval_ms == 0 ? 1 : interval_ms) * 1000000;
        watch_extras(session);
        watch_connect(session);
    }
    session_drop(session);
    return code;
}

void watch_connect(struct varve_session *session)
{
    bool wanted = session->watch != NULL && session->watch->progress != NULL;

    store_set_hook(session->store, wanted ? progress_due : NULL, session);
}

void watch_release(struct varve_session *session)
{
    if (session->watch != NULL) {
        alloc_free(&session->db->alloc, ALLOC_SESSION, session->watch, sizeof *session->watch);
        session->watch = NULL;
    }
}

void watch_begin(struct varve_statement *statement)
{
    struct varve_session *session = statement->session;
    uint64_t now_ns = os_monotonic_ns(session->db->os);

    statement->started_ns = now_ns;
    session->watch->statement = statement;
    if (session->watch->progress != NULL) {
        store_arm_hook(session->store, now_ns + session->watch->progress_interval_ns);
    }
}

void watch_end(struct varve_statement *statement, int code)
{
    struct varve_session *session = statement->session;
    struct session_watch *watch = session->watch;
    uint64_t duration_ns = os_monotonic_ns(session->db->os) - statement->started_ns;
    vv_slice text = watched_text(statement);
    struct varve_trace trace = {.sql = (const char *)text.data,
                                .sql_size = text.size,
                                .duration_ns = duration_ns,
                                .rows = statement->row_count,
                                .code = code,
                                .error = code == VARVE_OK ? NULL : varve_last_error(session)};

    statement->started_ns = 0;
    if (watch->statement == statement) {
        watch->statement = NULL;
        store_arm_hook(session->store, 0);
    }
    if (watch->trace != NULL && duration_ns >= watch->trace_threshold_ns) {
        watch->trace(watch->trace_argument, &trace);
    }
}

void db_log(const struct varve *db, int level, const char *format, ...)
{
    char line[2048];
    va_list arguments;

    if (db->on_log == NULL || level < db->log_level) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    db->on_log(db->log_argument, level, line);
}

/* What went wrong, by how much it matters to whoever runs the program. */
void db_log_error(const struct varve *db, const struct varve_error *error)
{
    int level = VARVE_LOG_DEBUG;

    switch (error->code) {
    case VARVE_NOMEM:
    case VARVE_DISK_FULL:
        level = VARVE_LOG_WARNING;
        break;
    case VARVE_IO:
    case VARVE_CORRUPT:
    case VARVE_OUTCOME_UNKNOWN:
        level = VARVE_LOG_ERROR;
        break;
    case VARVE_DEADLOCK:
        level = VARVE_LOG_INFO;
        break;
    default:
        level = strncmp(error->sqlstate, "XX", 2) == 0 ? VARVE_LOG_ERROR : VARVE_LOG_DEBUG;
        break;
    }
    db_log(db, level, "%s: %s%s%s", error->sqlstate, error->message,
           error->detail[0] == '\0' ? "" : " - ", error->detail);
}

/* NULL: out of memory, the failure is set. */
static struct session_watch *watch_of(struct varve_session *session)
{
    if (session->watch == NULL) {
        session->watch = alloc_zero(&session->db->alloc, ALLOC_SESSION, sizeof *session->watch);
        if (session->watch == NULL) {
            (void)error_from_status(&session->failure, VV_NOMEM);
        }
    }
    return session->watch;
}

static void watch_extras(struct varve_session *session)
{
    bool watched = session->watch->trace != NULL || session->watch->progress != NULL;

    session->extras =
        (uint8_t)((session->extras & ~SESSION_WATCHED) | (watched ? SESSION_WATCHED : 0));
}

/* A call on a map has none. */
static vv_slice watched_text(const struct varve_statement *statement)
{
    const struct plan *plan = statement->execute != NULL ? statement->execute : statement->plan;

    return plan == NULL ? slice_text("") : plan->text;
}

/* store_arm_hook(): when to be asked again; 0 cancels the statement. */
static uint64_t progress_due(void *context, uint64_t now_ns)
{
    struct varve_session *session = context;
    struct session_watch *watch = session->watch;
    struct varve_statement *statement =
        session->active == NULL ? watch->statement : session->active;
    struct varve_progress progress = {.sql = ""};
    vv_slice text;

    if (statement != NULL) {
        text = watched_text(statement);
        progress.sql = (const char *)text.data;
        progress.sql_size = text.size;
        progress.elapsed_ns = statement->started_ns == 0 ? 0 : now_ns - statement->started_ns;
        if (statement->exec != NULL) {
            progress.rows_read = exec_rows_read(statement->exec);
            progress.rows_written = exec_row_count(statement->exec);
            progress.rows_expected = rows_expected(session, statement->plan->physical->root);
        }
    }
    if (watch->progress(watch->progress_argument, &progress) != 0) {
        return 0;
    }
    return os_monotonic_ns(session->db->os) + watch->progress_interval_ns;
}

/* Of all tables that are read from end to end. */
static uint64_t rows_expected(struct varve_session *session, const struct physical_node *node)
{
    struct catalog_table_stats stats = {0};
    uint64_t rows = 0;

    if (node == NULL) {
        return 0;
    }
    if (node->kind == PHYSICAL_SCAN && node->scan.range_count == 0 &&
        catalog_table_stats(session->db->catalog, node->scan.table, &stats) == VV_OK) {
        rows = stats.rows;
    }
    for (uint32_t i = 0; i < node->input_count; i++) {
        rows += rows_expected(session, node->inputs[i]);
    }
    return rows;
}
