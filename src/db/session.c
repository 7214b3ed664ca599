/* session.c - connecting, last errors, varve_exec, interrupts, waiting mode. */
#include "db/db_private.h"

#include "base/assert.h"
#include "base/hash.h"
#include "db/cursor.h"
#include "db/system.h"
#include "db/transfer.h"
#include "os/os.h"
#include "sql/sql.h"
#include "value/calendar.h"

#include <stdio.h>

static vv_status store_connect(struct varve_session *session);
/* Its place, which an idle session without errors does not need. */
static bool last_error_ensure(struct varve_session *session);
static void wake_trampoline(void *context);
static int exec_rest(struct varve_session *session, const char *sql, size_t size);
static bool is_blank(vv_slice text);
static uint64_t exec_hash(const char *sql, size_t size);
static int exec_close(struct varve_session *session, int code);

int varve_connect(struct varve *db, struct varve_session **session_out)
{
    struct varve_session *session = NULL;
    vv_status status = VV_OK;

    if (session_out == NULL || db == NULL || db->magic != DB_MAGIC || db_is_forked(db)) {
        return VARVE_MISUSE;
    }
    *session_out = NULL;
    session = db_take_handle(db, DB_ENDED_SESSION, sizeof *session);
    if (session == NULL) {
        return VARVE_NOMEM;
    }
    session->db = db;
    session->began = os_wall_us(db->os) - CALENDAR_UNIX_OFFSET;
    status = store_connect(session);
    if (status != VV_OK) {
        db_end_handle(db, DB_ENDED_SESSION, session, sizeof *session);
        return (int)status;
    }
    session->magic = SESSION_MAGIC;
    settings_init(&session->settings, &db->alloc);
    session_context_init(session);
    list_init(&session->savepoints);
    list_init(&session->prepared);
    list_init(&session->cursors);
    list_init(&session->ended_cursors);
    list_init(&session->statements);
    list_init(&session->maps);
    list_init(&session->map_cursors);
    error_clear(&session->failure);
    lock_acquire(&db->lock);
    list_append(&db->sessions, &session->link);
    db->session_count++;
    db->session_number = db->session_number == INT32_MAX ? 1 : db->session_number + 1;
    session->number = db->session_number;
    lock_release(&db->lock);
    *session_out = session;
    return VARVE_OK;
}

void varve_disconnect(struct varve_session *session)
{
    struct varve *db = NULL;

    if (session == NULL || session->magic != SESSION_MAGIC || db_is_forked(session->db)) {
        return;
    }
    db = session->db;
    cursor_end_all(session);
    list_for_each_safe(link, after, &session->statements) {
        varve_finalize(LIST_OF(link, struct varve_statement, link));
    }
    prepared_end_all(session);
    session_maps_release(session);
    transaction_end(session);
    system_names_release(session); /* while the database cannot be closed */
    store_session_close(session->store);
    lock_acquire(&db->lock);
    list_remove(&session->link);
    db->session_count--;
    lock_release(&db->lock);
    settings_release(&session->settings);
    session_sequences_release(session);
    session_context_release(session);
    watch_release(session);
    notice_release(&session->notices, &db->alloc);
    alloc_free(&db->alloc, ALLOC_SESSION, session->last_error, sizeof *session->last_error);
    db_end_handle(db, DB_ENDED_SESSION, session, sizeof *session);
}

const struct varve_error *varve_last_error(struct varve_session *session)
{
    static const struct varve_error misuse = {.code = VARVE_MISUSE,
                                              .sqlstate = "XX000",
                                              .message = "the session is NULL or was disconnected"};
    static const struct varve_error lost = {
        .code = VARVE_NOMEM, .sqlstate = "53200", .message = "out of memory"};

    if (session == NULL || session->magic != SESSION_MAGIC) {
        return &misuse;
    }
    /* From the first time on it stays where it is: programs keep the address. */
    return !session->error_lost && last_error_ensure(session) ? session->last_error : &lost;
}

char varve_transaction_status(struct varve_session *session)
{
    if (session == NULL || session->magic != SESSION_MAGIC) {
        return 'I';
    }
    return session->block == BLOCK_NONE ? 'I' : session->block == BLOCK_OPEN ? 'T' : 'E';
}

void varve_interrupt(struct varve_session *session)
{
    if (session != NULL && session->magic == SESSION_MAGIC) {
        store_interrupt(session->store);
    }
}

int varve_set_timeout(struct varve_session *session, uint64_t timeout_ms)
{
    char text[32];
    int code = session_claim(session);

    if (code != VARVE_OK) {
        return code;
    }
    snprintf(text, sizeof text, "%llu", (unsigned long long)timeout_ms);
    if (settings_set(&session->settings, "statement_timeout", text, false,
                     session->block != BLOCK_NONE, &session->failure) != VV_OK) {
        code = session_fail(session);
    }
    session_drop(session);
    return code;
}

/* The store's session decides how it waits when it is opened, so an idle one is opened again. */
int varve_set_wake(struct varve_session *session, void (*wake)(void *argument), void *argument)
{
    struct store_session *before = NULL;
    int code = session_claim(session);
    vv_status status = VV_OK;

    if (code != VARVE_OK) {
        return code;
    }
    if (session->active != NULL || store_in_transaction(session->store)) {
        code = session_misuse(session, "varve_set_wake needs an idle session");
    } else if (session->wake != wake || session->wake_argument != argument) {
        before = session->store;
        session->wake = wake;
        session->wake_argument = argument;
        status = store_connect(session);
        if (status == VV_OK) {
            store_session_close(before);
            list_for_each(link, &session->statements) {
                statement_forget_exec(LIST_OF(link, struct varve_statement, link));
            }
        } else {
            session->store = before;
            (void)error_from_status(&session->failure, status);
            code = session_fail(session);
        }
    }
    session_drop(session);
    return code;
}

uint64_t varve_sleeps_ms(struct varve_session *session)
{
    uint64_t now_ns = 0;

    if (session == NULL || session->magic != SESSION_MAGIC || session->sleep_until_ns == 0) {
        return 0;
    }
    now_ns = os_monotonic_ns(session->db->os);
    return now_ns >= session->sleep_until_ns ? 1 : (session->sleep_until_ns - now_ns) / 1000000 + 1;
}

int varve_exec(struct varve_session *session, const char *sql, size_t size)
{
    int code = session_claim(session);

    if (code != VARVE_OK) {
        return code;
    }
    if (sql == NULL) {
        code = session_misuse(session, "sql must not be NULL");
    } else {
        code = exec_rest(session, sql, size == 0 ? strlen(sql) : size);
    }
    session_drop(session);
    return code;
}

int session_fail(struct varve_session *session)
{
    session->error_lost = !last_error_ensure(session);
    if (session->error_lost) {
        return VARVE_NOMEM;
    }
    code_error_export(&session->failure, session->last_error);
    if (VV_UNLIKELY(session->db->on_log != NULL)) {
        db_log_error(session->db, session->last_error);
    }
    return session->last_error->code;
}

static bool last_error_ensure(struct varve_session *session)
{
    if (session->last_error == NULL) {
        session->last_error =
            alloc_zero(&session->db->alloc, ALLOC_SESSION, sizeof *session->last_error);
        if (session->last_error != NULL) {
            memcpy(session->last_error->sqlstate, "00000", 6);
        }
    }
    return session->last_error != NULL;
}

int session_misuse(struct varve_session *session, const char *message)
{
    (void)error_set(&session->failure, VV_SQLSTATE_INTERNAL_ERROR, 0, "%s", message);
    session->error_lost = !last_error_ensure(session);
    if (!session->error_lost) {
        code_error_export(&session->failure, session->last_error);
        session->last_error->code = VARVE_MISUSE;
    }
    return VARVE_MISUSE;
}

int session_commit(struct varve_session *session)
{
    vv_status status = VV_OK;

    if (!session->implicit) {
        return VARVE_OK;
    }
    status = cursor_hold_all(session, &session->failure);
    store_enter(session->store);
    if (status == VV_OK) {
        cursor_abandon(session);
        status = transaction_commit(session, &session->failure);
    } else if (status != VV_WAITING) {
        transaction_failed(session);
    }
    store_leave(session->store);
    return status == VV_OK        ? VARVE_OK
           : status == VV_WAITING ? VARVE_WAITING
                                  : session_fail(session);
}

static vv_status store_connect(struct varve_session *session)
{
    struct store_session_options options = {.wake = session->wake == NULL ? NULL : wake_trampoline,
                                            .wake_context = session};

    VV_TRY(store_session_open(session->db->store, &options, &session->store));
    session_answers_init(session);
    session->env = (struct exec_env){.alloc = &session->db->alloc,
                                     .session = session->store,
                                     .catalog = session->db->catalog,
                                     .eval = &session->answers,
                                     .source = &session->source};
    session->source = (struct exec_source){.owner = session, .rows = system_rows};
    watch_connect(session);
    return VV_OK;
}

static void wake_trampoline(void *context)
{
    struct varve_session *session = context;

    session->wake(session->wake_argument);
}

/* Statement by statement from where the last VARVE_WAITING left off. All of them are one transaction:
 * what a statement leaves open is committed behind the last one. */
static int exec_rest(struct varve_session *session, const char *sql, size_t size)
{
    int code = VARVE_OK;

    if (VV_UNLIKELY(session->exec_text != 0) && session->exec_text != exec_hash(sql, size)) {
        return session_misuse(session, "varve_exec waits: call it again with the same text");
    }
    session->exec_text = 0;
    while (code == VARVE_OK) {
        vv_slice rest = slice_make(sql + session->exec_offset, size - session->exec_offset);
        size_t first = sql_first_statement(rest);

        session->in_exec = session->in_group || session->exec_offset > 0 ||
                           !is_blank(slice_make(rest.data + first, rest.size - first));
        if (session->exec_statement == NULL) {
            code = statement_make(session, slice_make(rest.data, first), (vv_slice){0},
                                  &session->exec_statement);
            if (code != VARVE_OK) {
                break;
            }
        }
        if (session->exec_statement != NULL) {
            do {
                code = statement_step(session->exec_statement);
                if (VV_UNLIKELY(code == VARVE_COPY_IN)) {
                    transfer_refuse(session->exec_statement, "varve_exec has no data for it");
                }
            } while (code == VARVE_ROW || code == VARVE_COPY_IN || code == VARVE_COPY_OUT);
            if (code == VARVE_WAITING) {
                session->in_exec = false;
                session->exec_text = exec_hash(sql, size);
                return code;
            }
            statement_end(session->exec_statement);
            session->exec_statement = NULL;
            if (code != VARVE_DONE) {
                break;
            }
            code = VARVE_OK;
        }
        session->exec_offset += first;
        if (session->exec_offset >= size) {
            break;
        }
    }
    code = exec_close(session, code);
    session->exec_text = code == VARVE_WAITING ? exec_hash(sql, size) : 0;
    return code;
}

/* No statement follows: a lone one commits by itself. */
static bool is_blank(vv_slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (memchr(" \t\r\n;", text.data[i], 5) == NULL) {
            return false;
        }
    }
    return true;
}

/* Never 0. */
static uint64_t exec_hash(const char *sql, size_t size)
{
    return hash_bytes(sql, size, 1) | 1;
}

static int exec_close(struct varve_session *session, int code)
{
    session->in_exec = session->in_group;
    if (code == VARVE_OK && !session->in_group) {
        code = session_commit(session);
        if (code == VARVE_WAITING) {
            return code;
        }
    }
    session->exec_offset = 0;
    return code;
}
