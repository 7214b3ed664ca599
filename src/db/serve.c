/*
 * serve.c - what programs need that serve sessions to others: groups of statements, settings by name, notices.
 *
 * A group is what one message of PostgreSQL's protocol is to its transactions: statements outside a block
 * share one implicit transaction, which ends with the message.
 */
#include "db/db_private.h"

#include "base/assert.h"
#include "catalog/catalog.h"
#include "sql/sql.h"

#include <stdio.h>

static void tell(struct varve_session *session, const char *severity,
                 const struct catalog_notice *notice);
static bool wanted(const struct varve_session *session, const char *severity);

int varve_check(struct varve_session *session, const char *sql, size_t size)
{
    int code = session_claim(session);
    struct sql_statement *first = NULL;
    struct arena arena;
    vv_status status = VV_OK;

    if (code != VARVE_OK) {
        return code;
    }
    arena_init(&arena, &session->db->alloc, ALLOC_STATEMENT, 4096);
    if (sql == NULL) {
        code = session_misuse(session, "sql must not be NULL");
    } else {
        status = sql_parse(slice_make(sql, size == 0 ? strlen(sql) : size), &arena, &first,
                           &session->failure);
        if (status != VV_OK) {
            (void)(status == VV_ERROR ? status : error_from_status(&session->failure, status));
            code = session_fail(session);
        }
    }
    arena_release(&arena);
    session_drop(session);
    return code;
}

int varve_group_begin(struct varve_session *session)
{
    int code = session_claim(session);

    if (code == VARVE_OK) {
        session->in_group = true;
        session->in_exec = true;
        session_drop(session);
    }
    return code;
}

int varve_group_end(struct varve_session *session)
{
    int code = session_claim(session);

    if (code != VARVE_OK) {
        return code;
    }
    if (session->in_group) {
        if (session->active != NULL && session->active->cursor == NULL &&
            session->block == BLOCK_NONE) {
            run_stop(session->active);
        }
        code = session_commit(session);
        if (code != VARVE_WAITING) {
            session->in_group = false;
            session->in_exec = false;
        }
    }
    session_drop(session);
    return code;
}

int varve_fail(struct varve_session *session)
{
    int code = session_claim(session);

    if (code != VARVE_OK) {
        return code;
    }
    if (session->active != NULL) {
        run_stop(session->active);
    }
    if (session->implicit || session->block == BLOCK_OPEN) {
        store_enter(session->store);
        transaction_failed(session);
        store_leave(session->store);
    }
    session_drop(session);
    return code;
}

int varve_setting(struct varve_session *session, const char *name, char *text, size_t size)
{
    int code = session_claim(session);
    uint32_t id = SETTING_NONE;
    char shown[SETTING_TEXT_BYTES];

    if (code != VARVE_OK) {
        return code;
    }
    id = name == NULL ? SETTING_NONE : settings_find(&session->settings, name);
    if (text == NULL || name == NULL) {
        code = VARVE_NOT_FOUND;
    } else if (id == SETTING_NONE) {
        uint32_t at = host_find(&session->db->host, name);

        code = at == HOST_NONE ? VARVE_NOT_FOUND
               : roles_setting(session, at, text, size, &session->failure) == VV_OK
                   ? VARVE_OK
                   : session_fail(session);
    } else {
        settings_show(&session->settings, id, shown);
        snprintf(text, size, "%s", shown);
    }
    session_drop(session);
    return code;
}

uint64_t varve_settings_version(struct varve_session *session)
{
    return session == NULL || session->magic != SESSION_MAGIC ? 0 : session->settings.version;
}

int varve_set_default(struct varve_session *session, const char *name, const char *value)
{
    int code = session_claim(session);
    char shown[SETTING_TEXT_BYTES];

    if (code != VARVE_OK) {
        return code;
    }
    if (name == NULL || value == NULL) {
        code = session_misuse(session, "name and value must not be NULL");
    } else if (session_set(session, name, value, false, false, &session->failure) != VV_OK) {
        code = session_fail(session);
    } else {
        settings_show(&session->settings, settings_find(&session->settings, name), shown);
        if (settings_set_default(&session->settings, name, shown, &session->failure) != VV_OK) {
            code = session_fail(session);
        }
        if (!transaction_is_open(session)) {
            transaction_modes_renew(session);
        }
    }
    session_drop(session);
    return code;
}

int varve_identify(struct varve_session *session, const char *user, const char *database)
{
    int code = session_claim(session);

    if (code != VARVE_OK) {
        return code;
    }
    if (user == NULL || database == NULL || strlen(user) > LIMIT_NAME_BYTES ||
        strlen(database) > LIMIT_NAME_BYTES) {
        code = session_misuse(session, "names have at most 63 bytes");
    } else {
        lock_acquire(&session->db->lock); /* pg_stat_activity reads them */
        snprintf(session->user, sizeof session->user, "%s", user);
        snprintf(session->database, sizeof session->database, "%s", database);
        lock_release(&session->db->lock);
    }
    session_drop(session);
    return code;
}

int varve_set_process(struct varve_session *session, int32_t process)
{
    int code = session_claim(session);

    if (code == VARVE_OK) {
        lock_acquire(&session->db->lock); /* pg_stat_activity reads it */
        session->number = process;
        lock_release(&session->db->lock);
        session_drop(session);
    }
    return code;
}

int varve_set_role_list(struct varve_session *session,
                        void (*list)(void *argument,
                                     void (*put)(void *put_argument, const struct varve_role *role),
                                     void *put_argument),
                        void *argument)
{
    int code = session_claim(session);

    if (code == VARVE_OK) {
        session->role_list = list;
        session->role_list_argument = argument;
        session_drop(session);
    }
    return code;
}

int varve_show_setting(struct varve *db, const struct varve_shown_setting *setting)
{
    if (db == NULL || db->magic != DB_MAGIC || setting == NULL) {
        return VARVE_MISUSE;
    }
    if (setting->size != sizeof *setting || setting->name == NULL || setting->shown == NULL ||
        setting->context == NULL || setting->name[0] == '\0' ||
        strlen(setting->name) >= HOST_NAME_BYTES || strlen(setting->shown) >= SETTING_TEXT_BYTES) {
        return VARVE_INVALID;
    }
    return host_show(&db->host, setting) == VV_OK ? VARVE_OK : VARVE_NOMEM;
}

int varve_set_roles(struct varve_session *session,
                    int (*change)(void *argument, const struct varve_role_change *change,
                                  struct varve_error *error),
                    void *argument)
{
    int code = session_claim(session);

    if (code == VARVE_OK) {
        session->roles = change;
        session->roles_argument = argument;
        session_drop(session);
    }
    return code;
}

/* ---- notices ---- */

int varve_set_notice(struct varve_session *session,
                     void (*notice)(void *argument, const char *severity,
                                    const struct varve_error *text),
                     void *argument)
{
    int code = session_claim(session);

    if (code == VARVE_OK) {
        session->notice = notice;
        session->notice_argument = argument;
        session_drop(session);
    }
    return code;
}

int varve_next_notice(struct varve_session *session, const char **severity_out,
                      struct varve_error *notice_out)
{
    const char *severity = "";
    struct varve_error notice;
    int code = session_claim(session);

    notice_fill(&notice, "00000", "", "");
    if (code == VARVE_OK) {
        code = notice_take(&session->notices, &session->db->alloc, &severity, &notice) ? VARVE_ROW
                                                                                       : VARVE_DONE;
        session_drop(session);
    }
    if (severity_out != NULL) {
        *severity_out = severity;
    }
    if (notice_out != NULL) {
        *notice_out = notice;
    }
    return code;
}

void session_notice(struct varve_session *session, const char *severity, const char *sqlstate,
                    const char *message)
{
    tell(session, severity, &(struct catalog_notice){sqlstate, message, ""});
}

void session_tell(void *argument, const struct catalog_notice *notice)
{
    tell(argument, "NOTICE", notice);
}

static void tell(struct varve_session *session, const char *severity,
                 const struct catalog_notice *notice)
{
    VV_ASSERT(strlen(notice->sqlstate) == 5);
    if (!wanted(session, severity)) {
        return;
    }
    if (session->notice == NULL) {
        notice_keep(&session->notices, &session->db->alloc, severity, notice);
    } else {
        struct varve_error text;

        notice_fill(&text, notice->sqlstate, notice->message, notice->detail);
        session->notice(session->notice_argument, severity, &text);
    }
}

static bool wanted(const struct varve_session *session, const char *severity)
{
    char level[SETTING_TEXT_BYTES];

    settings_show(&session->settings, SETTING_CLIENT_MIN_MESSAGES, level);
    return strcmp(level, "error") != 0 &&
           (strcmp(level, "warning") != 0 || strcmp(severity, "WARNING") == 0);
}
