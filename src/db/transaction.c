/*
 * transaction.c - transaction blocks as PostgreSQL has them.
 *
 * Outside a block each statement is a transaction of its own ("implicit"). An error inside a block makes it
 * failed: until ROLLBACK, COMMIT (which then rolls back) or ROLLBACK TO every statement is refused with 25P02.
 * READ UNCOMMITTED runs as READ COMMITTED, as in PostgreSQL; SERIALIZABLE is refused with 0A000.
 */
#include "db/db_private.h"

#include "base/assert.h"

#include <stdio.h>

static vv_status store_start(struct varve_session *session, struct vv_error *error);
static vv_status block_begin(struct varve_session *session, const struct command *command,
                             struct vv_error *error);
static vv_status block_commit(struct varve_session *session, const struct command *command,
                              const char **tag_out, struct vv_error *error);
static void block_rollback(struct varve_session *session, const struct command *command);
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
        block_rollback(session, command);
        return VV_OK;
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

vv_status transaction_commit(struct varve_session *session, struct vv_error *error)
{
    vv_status status = store_commit(session->store, NULL);

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
    return settings_number(&session->settings, session->block == BLOCK_NONE
                                                   ? SETTING_DEFAULT_TRANSACTION_READ_ONLY
                                                   : SETTING_TRANSACTION_READ_ONLY) != 0;
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
    int64_t level = settings_number(&session->settings, session->block == BLOCK_NONE
                                                            ? SETTING_DEFAULT_TRANSACTION_ISOLATION
                                                            : SETTING_TRANSACTION_ISOLATION);
    bool whole = session->block != BLOCK_NONE || session->in_exec; /* more than one statement */
    bool lazy = settings_number(&session->settings, SETTING_SYNCHRONOUS_COMMIT) == 1;
    struct store_txn_options options = {.level = level <= 1 && whole ? STORE_REPEATABLE_READ
                                                                     : STORE_READ_COMMITTED,
                                        .read_only = transaction_is_read_only(session),
                                        .durability_set = lazy,
                                        .durability = STORE_DURABILITY_GROUP};
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
    session->settings.now[SETTING_TRANSACTION_ISOLATION] =
        session->settings.now[SETTING_DEFAULT_TRANSACTION_ISOLATION];
    session->settings.now[SETTING_TRANSACTION_READ_ONLY] =
        session->settings.now[SETTING_DEFAULT_TRANSACTION_READ_ONLY];
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
    struct setting_value level = session->settings.now[SETTING_TRANSACTION_ISOLATION];
    struct setting_value read_only = session->settings.now[SETTING_TRANSACTION_READ_ONLY];

    if (session->block == BLOCK_FAILED) {
        block_rollback(session, command);
        *tag_out = "ROLLBACK";
        return VV_OK;
    }
    if (session->block == BLOCK_NONE) {
        session_notice(session, "WARNING", "25P01", "there is no transaction in progress");
    }
    if (store_in_transaction(session->store)) {
        VV_TRY(transaction_commit(session, error));
    } else {
        transaction_over(session, true);
    }
    if (command->transaction.chain) {
        session->block = BLOCK_OPEN;
        session->settings.now[SETTING_TRANSACTION_ISOLATION] = level;
        session->settings.now[SETTING_TRANSACTION_READ_ONLY] = read_only;
    }
    return VV_OK;
}

static void block_rollback(struct varve_session *session, const struct command *command)
{
    struct setting_value level = session->settings.now[SETTING_TRANSACTION_ISOLATION];
    struct setting_value read_only = session->settings.now[SETTING_TRANSACTION_READ_ONLY];
    bool chain = command->transaction.chain && session->block != BLOCK_NONE;

    if (session->block == BLOCK_NONE) {
        session_notice(session, "WARNING", "25P01", "there is no transaction in progress");
    }
    store_abort(session->store);
    transaction_over(session, false);
    if (chain) {
        session->block = BLOCK_OPEN;
        session->settings.now[SETTING_TRANSACTION_ISOLATION] = level;
        session->settings.now[SETTING_TRANSACTION_READ_ONLY] = read_only;
    }
}

/* BEGIN ISOLATION LEVEL …, SET TRANSACTION …, SET SESSION CHARACTERISTICS AS TRANSACTION …. */
static vv_status modes_apply(struct varve_session *session, const struct command *command,
                             struct vv_error *error)
{
    const char *level = level_texts[command->transaction.level];
    bool in_session = command->kind == COMMAND_SET_TRANSACTION && command->transaction.session;
    bool in_block = session->block != BLOCK_NONE;

    if (command->transaction.level == COMMAND_LEVEL_SERIALIZABLE) {
        return level_unsupported(error);
    }
    if (!in_session && level != NULL && store_in_transaction(session->store) &&
        strcmp(settings_text(&session->settings, SETTING_TRANSACTION_ISOLATION), level) != 0) {
        return error_set(error, VV_SQLSTATE_ACTIVE_SQL_TRANSACTION, 0,
                         "SET TRANSACTION ISOLATION LEVEL must be called before any query");
    }
    if (level != NULL) {
        VV_TRY(settings_set(&session->settings,
                            in_session ? "default_transaction_isolation" : "transaction_isolation",
                            level, false, in_block && in_session, error));
    }
    if (command->transaction.read_only != COMMAND_UNSAID) {
        bool read_only = command->transaction.read_only == COMMAND_YES;

        if (!in_session && !read_only && store_in_transaction(session->store) &&
            settings_number(&session->settings, SETTING_TRANSACTION_READ_ONLY) != 0) {
            return error_set(error, VV_SQLSTATE_ACTIVE_SQL_TRANSACTION, 0,
                             "transaction read-write mode must be set before any query");
        }
        VV_TRY(settings_set(&session->settings,
                            in_session ? "default_transaction_read_only" : "transaction_read_only",
                            read_only ? "on" : "off", false, in_block && in_session, error));
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
    if (committed) {
        settings_commit(&session->settings);
    } else {
        settings_rollback_to(&session->settings, 0);
    }
    session->settings.now[SETTING_TRANSACTION_ISOLATION] =
        session->settings.now[SETTING_DEFAULT_TRANSACTION_ISOLATION];
    session->settings.now[SETTING_TRANSACTION_READ_ONLY] =
        session->settings.now[SETTING_DEFAULT_TRANSACTION_READ_ONLY];
    session->block = BLOCK_NONE;
    session->implicit = false;
}
