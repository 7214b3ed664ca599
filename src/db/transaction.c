/*
 * transaction.c - transaction blocks as PostgreSQL has them.
 *
 * Outside a block each statement is a transaction of its own ("implicit"). An error inside a block makes it
 * failed: until ROLLBACK, COMMIT (which then rolls back) or ROLLBACK TO every statement is refused with 25P02.
 * READ UNCOMMITTED runs as READ COMMITTED, as in PostgreSQL; SERIALIZABLE is refused with 0A000.
 */
#include "db/db_private.h"

#include "base/assert.h"
#include "db/cursor.h"

#include <stdio.h>

/* What COMMIT AND CHAIN carries over. */
struct modes_kept {
    struct setting_value level;
    struct setting_value read_only;
    struct setting_value deferrable;
};

static vv_status store_start(struct varve_session *session, struct vv_error *error);
static vv_status block_begin(struct varve_session *session, const struct command *command,
                             struct vv_error *error);
static vv_status block_commit(struct varve_session *session, const struct command *command,
                              const char **tag_out, struct vv_error *error);
static vv_status block_rollback(struct varve_session *session, const struct command *command,
                                struct vv_error *error);
static struct modes_kept modes_keep(const struct varve_session *session);
static void chain(struct varve_session *session, const struct modes_kept *modes);
static vv_status modes_apply(struct varve_session *session, const struct command *command,
                             struct vv_error *error);
static vv_status level_unsupported(struct vv_error *error);
static vv_status savepoint_make(struct varve_session *session, const char *name,
                                struct vv_error *error);
static vv_status savepoint_find(struct varve_session *session, const char *name,
                                struct session_savepoint **savepoint_out, struct vv_error *error);
static void savepoints_end(struct varve_session *session, struct session_savepoint *from);
static vv_status block_needed(struct varve_session *session, const char *what,
                              struct vv_error *error);
static void transaction_over(struct varve_session *session, bool committed);

static const char *const level_texts[] = {
    [COMMAND_LEVEL_DEFAULT] = NULL,
    [COMMAND_LEVEL_READ_UNCOMMITTED] = "read uncommitted",
    [COMMAND_LEVEL_READ_COMMITTED] = "read committed",
    [COMMAND_LEVEL_REPEATABLE_READ] = "repeatable read",
    [COMMAND_LEVEL_SERIALIZABLE] = "serializable",
};

vv_status transaction_ensure(struct varve_session *session, struct vv_error *error)
{
    if (store_in_transaction(session->store)) {
        return VV_OK;
    }
    session->implicit = session->block == BLOCK_NONE;
    return store_start(session, error);
}

vv_status transaction_command(struct varve_session *session, const struct command *command,
                              const char **tag_out, struct vv_error *error)
{
    struct session_savepoint *savepoint = NULL;

    switch (command->kind) {
    case COMMAND_BEGIN:
        return block_begin(session, command, error);
    case COMMAND_COMMIT:
        return block_commit(session, command, tag_out, error);
    case COMMAND_ROLLBACK:
        return block_rollback(session, command, error);
    case COMMAND_SET_TRANSACTION:
        return modes_apply(session, command, error);
    case COMMAND_SAVEPOINT:
        return savepoint_make(session, command->name, error);
    case COMMAND_RELEASE:
        VV_TRY(block_needed(session, "RELEASE SAVEPOINT", error));
        VV_TRY(savepoint_find(session, command->name, &savepoint, error));
        savepoints_end(session, savepoint);
        return VV_OK;
    case COMMAND_ROLLBACK_TO:
        VV_TRY(block_needed(session, "ROLLBACK TO SAVEPOINT", error));
        VV_TRY(savepoint_find(session, command->name, &savepoint, error));
        cursor_rollback_to(session, savepoint->cursor_mark);
        if (savepoint->link.next != &session->savepoints) {
            savepoints_end(session, LIST_OF(savepoint->link.next, struct session_savepoint, link));
        }
        store_rollback_to(session->store, savepoint->mark);
        settings_rollback_to(&session->settings, savepoint->settings_mark);
        session->block = BLOCK_OPEN;
        return VV_OK;
    default:
        VV_ASSERT(false);
        return VV_ERROR;
    }
}

/* As in PostgreSQL synchronous_commit counts as it stands at the commit. */
vv_status transaction_commit(struct varve_session *session, struct vv_error *error)
{
    bool lazy = settings_number(&session->settings, SETTING_SYNCHRONOUS_COMMIT) ==
                SETTING_SYNCHRONOUS_COMMIT_OFF;
    vv_status status = VV_OK;

    if (VV_UNLIKELY(lazy)) {
        store_commit_unsynced(session->store);
    }
    status = store_commit(session->store, NULL);
    if (status == VV_WAITING) {
        return status;
    }
    if (status != VV_OK) {
        status = exec_error(session->store, status, error);
        transaction_over(session, false);
        return status;
    }
    transaction_over(session, true);
    return VV_OK;
}

void transaction_failed(struct varve_session *session)
{
    cursor_abandon(session);
    if (session->implicit) {
        store_abort(session->store);
        transaction_over(session, false);
        return;
    }
    if (session->block == BLOCK_OPEN) {
        session->block = BLOCK_FAILED;
    }
    /* As PostgreSQL: what can never be committed lets go of its locks now. */
    if (list_empty(&session->savepoints)) {
        store_abort(session->store);
    } else if (store_in_transaction(session->store)) {
        store_rollback_to(
            session->store,
            LIST_OF(session->savepoints.previous, struct session_savepoint, link)->mark);
    }
}

bool transaction_is_read_only(const struct varve_session *session)
{
    return settings_number(&session->settings, SETTING_TRANSACTION_READ_ONLY) != 0;
}

/* As the check hooks of PostgreSQL's guc tables: a mode holds for the whole transaction, so it may be set before
 * anything was read, and not in a part that may be rolled back by itself. */
vv_status transaction_mode_check(struct varve_session *session, enum setting_id id, int64_t number,
                                 struct vv_error *error)
{
    bool nested = !list_empty(&session->savepoints);
    const char *problem = NULL;

    if (number == 0 &&
        (id == SETTING_TRANSACTION_ISOLATION || id == SETTING_DEFAULT_TRANSACTION_ISOLATION)) {
        return level_unsupported(error);
    }
    if (!transaction_is_open(session)) {
        return VV_OK;
    }
    switch (id) {
    case SETTING_TRANSACTION_ISOLATION:
        if (number == settings_number(&session->settings, id)) {
            return VV_OK;
        }
        problem =
            session->queried ? "SET TRANSACTION ISOLATION LEVEL must be called before any query"
            : nested ? "SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction"
                     : NULL;
        break;
    case SETTING_TRANSACTION_READ_ONLY:
        if (number != 0 || !transaction_is_read_only(session)) {
            return VV_OK;
        }
        problem = nested ? "cannot set transaction read-write mode inside a read-only transaction"
                  : session->queried ? "transaction read-write mode must be set before any query"
                                     : NULL;
        break;
    case SETTING_TRANSACTION_DEFERRABLE:
        problem =
            nested ? "SET TRANSACTION [NOT] DEFERRABLE must not be called within a subtransaction"
            : session->queried ? "SET TRANSACTION [NOT] DEFERRABLE must be called before any query"
                               : NULL;
        break;
    default:
        return VV_OK;
    }
    if (problem != NULL) {
        return error_set(error, VV_SQLSTATE_ACTIVE_SQL_TRANSACTION, 0, "%s", problem);
    }
    if (session->block != BLOCK_NONE) {
        store_abort(session->store); /* nothing was done: it begins anew with the new mode */
    }
    return VV_OK;
}

bool transaction_is_open(const struct varve_session *session)
{
    return session->block != BLOCK_NONE || store_in_transaction(session->store);
}

void transaction_modes_renew(struct varve_session *session)
{
    static const enum setting_id modes[][2] = {
        {SETTING_TRANSACTION_ISOLATION, SETTING_DEFAULT_TRANSACTION_ISOLATION},
        {SETTING_TRANSACTION_READ_ONLY, SETTING_DEFAULT_TRANSACTION_READ_ONLY},
        {SETTING_TRANSACTION_DEFERRABLE, SETTING_DEFAULT_TRANSACTION_DEFERRABLE}};

    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        if (VV_UNLIKELY(settings_number(&session->settings, modes[i][0]) !=
                        settings_number(&session->settings, modes[i][1]))) {
            settings_copy(&session->settings, modes[i][0], modes[i][1]);
        }
    }
}

vv_status transaction_forbidden(const struct varve_session *session, const char *what,
                                struct vv_error *error)
{
    if (session->block == BLOCK_NONE && !session->in_exec) {
        return VV_OK;
    }
    return error_set(error, VV_SQLSTATE_ACTIVE_SQL_TRANSACTION, 0,
                     "%s cannot run inside a transaction block", what);
}

void transaction_end(struct varve_session *session)
{
    store_enter(session->store);
    store_abort(session->store);
    store_leave(session->store);
    transaction_over(session, false);
}

static vv_status store_start(struct varve_session *session, struct vv_error *error)
{
    int64_t level = settings_number(&session->settings, SETTING_TRANSACTION_ISOLATION);
    bool whole = session->block != BLOCK_NONE || session->in_exec; /* more than one statement */
    struct store_txn_options options = {.level = level <= 1 && whole ? STORE_REPEATABLE_READ
                                                                     : STORE_READ_COMMITTED,
                                        .read_only = transaction_is_read_only(session)};
    vv_status status = VV_OK;

    if (level == 0) {
        return level_unsupported(error);
    }
    status = store_begin(session->store, &options);
    session->repeatable = options.level == STORE_REPEATABLE_READ;
    return status == VV_OK ? VV_OK : exec_error(session->store, status, error);
}

static vv_status block_begin(struct varve_session *session, const struct command *command,
                             struct vv_error *error)
{
    if (session->block != BLOCK_NONE) {
        session_notice(session, "WARNING", "25001", "there is already a transaction in progress");
        return modes_apply(session, command, error);
    }
    session->block = BLOCK_OPEN;
    session->context.transaction_time = session->context.clock(session);
    session->implicit = false; /* statements of this varve_exec before BEGIN join the block */
    if (modes_apply(session, command, error) != VV_OK) {
        session->block = BLOCK_NONE;
        transaction_over(session, false);
        return VV_ERROR;
    }
    return VV_OK;
}

/* COMMIT of a failed block is a ROLLBACK and says so. */
static vv_status block_commit(struct varve_session *session, const struct command *command,
                              const char **tag_out, struct vv_error *error)
{
    struct modes_kept modes = modes_keep(session);
    bool outside = session->block == BLOCK_NONE;
    vv_status status = VV_OK;

    if (command->transaction.chain) {
        VV_TRY(block_needed(session, "COMMIT AND CHAIN", error));
    }
    if (session->block == BLOCK_FAILED) {
        *tag_out = "ROLLBACK";
        return block_rollback(session, command, error);
    }
    status = cursor_hold_all(session, error);
    if (status != VV_OK && status != VV_WAITING) {
        store_abort(session->store);
        transaction_over(session, false);
    }
    VV_TRY(status);
    if (store_in_transaction(session->store)) {
        VV_TRY(transaction_commit(session, error)); /* after VV_WAITING all this comes again */
    } else {
        transaction_over(session, true);
    }
    if (outside) {
        session_notice(session, "WARNING", "25P01", "there is no transaction in progress");
    }
    if (command->transaction.chain) {
        chain(session, &modes);
    }
    return VV_OK;
}

static vv_status block_rollback(struct varve_session *session, const struct command *command,
                                struct vv_error *error)
{
    struct modes_kept modes = modes_keep(session);

    if (command->transaction.chain) {
        VV_TRY(block_needed(session, "ROLLBACK AND CHAIN", error));
    }
    if (session->block == BLOCK_NONE) {
        session_notice(session, "WARNING", "25P01", "there is no transaction in progress");
    }
    store_abort(session->store);
    transaction_over(session, false);
    if (command->transaction.chain) {
        chain(session, &modes);
    }
    return VV_OK;
}

static struct modes_kept modes_keep(const struct varve_session *session)
{
    return (struct modes_kept){.level = session->settings.now[SETTING_TRANSACTION_ISOLATION],
                               .read_only = session->settings.now[SETTING_TRANSACTION_READ_ONLY],
                               .deferrable = session->settings.now[SETTING_TRANSACTION_DEFERRABLE]};
}

/* The next block, with the modes of the one before. */
static void chain(struct varve_session *session, const struct modes_kept *modes)
{
    session->block = BLOCK_OPEN;
    session->context.transaction_time = session->context.clock(session);
    session->settings.now[SETTING_TRANSACTION_ISOLATION] = modes->level;
    session->settings.now[SETTING_TRANSACTION_READ_ONLY] = modes->read_only;
    session->settings.now[SETTING_TRANSACTION_DEFERRABLE] = modes->deferrable;
}

/* BEGIN ISOLATION LEVEL …, SET TRANSACTION …, SET SESSION CHARACTERISTICS AS TRANSACTION …. */
static vv_status modes_apply(struct varve_session *session, const struct command *command,
                             struct vv_error *error)
{
    const char *level = level_texts[command->transaction.level];
    bool in_session = command->kind == COMMAND_SET_TRANSACTION && command->transaction.session;

    if (command->kind == COMMAND_SET_TRANSACTION && !in_session && session->block == BLOCK_NONE &&
        !session->in_exec) {
        session_notice(session, "WARNING", "25P01",
                       "SET TRANSACTION can only be used in transaction blocks");
    }
    if (level != NULL) {
        VV_TRY(session_change(
            session, in_session ? "default_transaction_isolation" : "transaction_isolation", level,
            false, error));
    }
    if (command->transaction.read_only != COMMAND_UNSAID) {
        VV_TRY(session_change(
            session, in_session ? "default_transaction_read_only" : "transaction_read_only",
            command->transaction.read_only == COMMAND_YES ? "on" : "off", false, error));
    }
    if (command->transaction.deferrable != COMMAND_UNSAID) {
        VV_TRY(session_change(
            session, in_session ? "default_transaction_deferrable" : "transaction_deferrable",
            command->transaction.deferrable == COMMAND_YES ? "on" : "off", false, error));
    }
    return VV_OK;
}

static vv_status level_unsupported(struct vv_error *error)
{
    return error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                     "isolation level SERIALIZABLE is not supported yet");
}

static vv_status savepoint_make(struct varve_session *session, const char *name,
                                struct vv_error *error)
{
    struct session_savepoint *savepoint = NULL;

    VV_TRY(block_needed(session, "SAVEPOINT", error));
    VV_TRY(transaction_ensure(session, error));
    savepoint = alloc_zero(&session->db->alloc, ALLOC_SESSION, sizeof *savepoint);
    if (savepoint == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    savepoint->mark = store_savepoint(session->store);
    savepoint->settings_mark = session->settings.change_count;
    savepoint->cursor_mark = session->cursor_count;
    snprintf(savepoint->name, sizeof savepoint->name, "%s", name);
    list_append(&session->savepoints, &savepoint->link);
    return VV_OK;
}

/* The newest of that name, as in the standard. */
static vv_status savepoint_find(struct varve_session *session, const char *name,
                                struct session_savepoint **savepoint_out, struct vv_error *error)
{
    for (struct list *link = session->savepoints.previous; link != &session->savepoints;
         link = link->previous) {
        *savepoint_out = LIST_OF(link, struct session_savepoint, link);
        if (strcmp((*savepoint_out)->name, name) == 0) {
            return VV_OK;
        }
    }
    *savepoint_out = NULL;
    return error_set(error, VV_SQLSTATE_INVALID_SAVEPOINT, 0, "savepoint \"%s\" does not exist",
                     name);
}

/* Forgets `from` and all newer ones. */
static void savepoints_end(struct varve_session *session, struct session_savepoint *from)
{
    struct list *link = &from->link;

    while (link != &session->savepoints) {
        struct list *next = link->next;

        list_remove(link);
        alloc_free(&session->db->alloc, ALLOC_SESSION,
                   LIST_OF(link, struct session_savepoint, link), sizeof(struct session_savepoint));
        link = next;
    }
}

static vv_status block_needed(struct varve_session *session, const char *what,
                              struct vv_error *error)
{
    if (session->block == BLOCK_NONE) {
        return error_set(error, VV_SQLSTATE_NO_ACTIVE_SQL_TRANSACTION, 0,
                         "%s can only be used in transaction blocks", what);
    }
    return VV_OK;
}

static void transaction_over(struct varve_session *session, bool committed)
{
    session->context.transaction_time = CONTEXT_UNSET;
    if (!list_empty(&session->savepoints)) {
        savepoints_end(session, LIST_OF(session->savepoints.next, struct session_savepoint, link));
    }
    if (VV_UNLIKELY(!list_empty(&session->cursors))) {
        cursor_transaction_over(session, committed);
    }
    if (committed) {
        settings_commit(&session->settings);
    } else {
        settings_rollback_to(&session->settings, 0);
    }
    session->block = BLOCK_NONE;
    session->implicit = false;
    session->queried = false;
    transaction_modes_renew(session);
}
