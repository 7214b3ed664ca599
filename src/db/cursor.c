/* cursor.c - the cursors of a session: DECLARE, CLOSE, and what transactions do to them. */
#include "db/cursor.h"

#include "base/assert.h"
#include "os/os.h"
#include "plan/bind.h"
#include "value/calendar.h"

#include <stdio.h>
#include <strings.h>

#define CURSOR_ARENA_BYTES 512u

static vv_status cursor_make(struct varve_statement *statement, const struct command *command,
                             struct session_cursor **cursor_out, struct vv_error *error);
static vv_status query_make(struct varve_statement *statement, const struct command *command,
                            struct session_cursor *cursor, struct vv_error *error);
static vv_status query_begin(struct session_cursor *cursor, const struct command *command,
                             struct vv_error *error);
static bool may_go_back(const struct physical_node *node);
static void cursor_end(struct session_cursor *cursor);
static void cursor_free(struct session_cursor *cursor);
static struct session_cursor *active_cursor(const struct varve_session *session);

vv_status cursor_declare(struct varve_statement *statement, const struct command *command,
                         struct vv_error *error)
{
    struct varve_session *session = statement->session;
    struct session_cursor *cursor = statement->declares;
    vv_status status = VV_OK;

    if (cursor == NULL) {
        VV_TRY(cursor_make(statement, command, &cursor, error));
        statement->declares = cursor;
    }
    session->cursors_busy = true;
    status = query_begin(cursor, command, error);
    session->cursors_busy = false;
    cursor_reap(session);
    if (status == VV_WAITING) {
        return status;
    }
    statement->declares = NULL;
    if (status != VV_OK) {
        cursor_free(cursor);
        return status;
    }
    list_append(&session->cursors, &cursor->link);
    return VV_OK;
}

vv_status cursor_close(struct varve_session *session, const char *name, struct vv_error *error)
{
    struct session_cursor *cursor = NULL;

    if (name == NULL) {
        cursor_end_all(session);
        return VV_OK;
    }
    cursor = cursor_find(session, name);
    if (cursor == NULL) {
        return cursor_unknown(name, error);
    }
    cursor_end(cursor);
    return VV_OK;
}

vv_status cursor_unknown(const char *name, struct vv_error *error)
{
    return error_set(error, VV_SQLSTATE_INVALID_CURSOR_NAME, 0, "cursor \"%s\" does not exist",
                     name);
}

struct session_cursor *cursor_find(struct varve_session *session, const char *name)
{
    list_for_each(link, &session->cursors) {
        struct session_cursor *cursor = LIST_OF(link, struct session_cursor, link);

        if (strncmp(cursor->name, name, LIMIT_NAME_BYTES) == 0) {
            return cursor;
        }
    }
    return NULL;
}

bool cursor_columns(void *context, const char *name, struct bind_cursor *cursor_out)
{
    struct varve_session *session = context;
    const struct session_cursor *cursor = cursor_find(session, name);

    session->context.used = true; /* a name means something else in another session */
    if (cursor == NULL) {
        return false;
    }
    *cursor_out = (struct bind_cursor){.id = cursor->id,
                                       .column_count = cursor->plan->physical->column_count,
                                       .names = cursor->plan->physical->column_names,
                                       .types = cursor->plan->physical->column_types,
                                       .origins = cursor->plan->origins};
    return true;
}

void cursor_forget(struct varve_statement *statement)
{
    if (statement->declares != NULL) {
        cursor_free(statement->declares);
        statement->declares = NULL;
    }
    if (VV_UNLIKELY(statement->session->active != NULL)) {
        struct session_cursor *cursor = active_cursor(statement->session);

        if (cursor != NULL && cursor->fetching == statement) {
            cursor->fetching = NULL;
        }
    }
}

bool cursor_is_command(vv_slice text)
{
    static const char *const words[] = {"fetch", "move", "close"};
    const char *start = (const char *)text.data;
    size_t size = text.size;
    size_t length = 0;

    while (size > 0 && memchr(" \t\r\n;", start[0], 5) != NULL) {
        start++;
        size--;
    }
    while (length < size && ((start[length] | 0x20) >= 'a' && (start[length] | 0x20) <= 'z')) {
        length++;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (length == strlen(words[i]) && strncasecmp(start, words[i], length) == 0) {
            return true;
        }
    }
    return false;
}

bool cursor_goes_on(const struct varve_statement *statement)
{
    const struct session_cursor *active = active_cursor(statement->session);
    const struct command *command = statement->plan->physical->command;

    if (active == NULL || command == NULL) {
        return false;
    }
    switch (command->kind) {
    case COMMAND_DECLARE:
        return statement->declares == active;
    case COMMAND_FETCH:
        return strncmp(active->name, command->fetch.name, LIMIT_NAME_BYTES) == 0;
    case COMMAND_CLOSE:
        return command->name == NULL || strncmp(active->name, command->name, LIMIT_NAME_BYTES) == 0;
    default:
        return false;
    }
}

uint64_t varve_cursor_named(struct varve_session *session, const char *name)
{
    const struct session_cursor *cursor = NULL;

    if (session == NULL || session->magic != SESSION_MAGIC || name == NULL) {
        return 0;
    }
    cursor = cursor_find(session, name);
    return cursor == NULL ? 0 : cursor->id;
}

int varve_fetches_binary(struct varve_statement *statement)
{
    const struct command *command = NULL;
    const struct session_cursor *cursor = NULL;

    if (!statement_is_valid(statement)) {
        return 0;
    }
    command = statement->plan->physical->command;
    if (command == NULL || command->kind != COMMAND_FETCH || command->fetch.move) {
        return 0;
    }
    cursor = cursor_find(statement->session, command->fetch.name);
    return cursor != NULL && cursor->binary;
}

/* ---- transactions ---- */

vv_status cursor_hold_all(struct varve_session *session, struct vv_error *error)
{
    vv_status status = VV_OK;

    list_for_each(link, &session->cursors) {
        struct session_cursor *cursor = LIST_OF(link, struct session_cursor, link);

        if (!cursor->hold || cursor->query == NULL) {
            continue;
        }
        session->cursors_busy = true;
        while (status == VV_OK) {
            status = cursor_load(cursor, error);
        }
        session->cursors_busy = false;
        if (status != VV_END) {
            break;
        }
        status = VV_OK;
    }
    cursor_reap(session);
    return status;
}

void cursor_transaction_over(struct varve_session *session, bool committed)
{
    for (struct list *link = session->cursors.next; link != &session->cursors;) {
        struct session_cursor *cursor = LIST_OF(link, struct session_cursor, link);

        link = link->next;
        if (committed && cursor->hold && cursor->complete && cursor->query != NULL) {
            statement_end(cursor->query);
            cursor->query = NULL;
        }
        cursor->held = cursor->held || (committed && cursor->hold && cursor->complete);
        if (!cursor->held) {
            cursor_end(cursor);
        }
    }
}

void cursor_rollback_to(struct varve_session *session, uint64_t id)
{
    for (struct list *link = session->cursors.next; link != &session->cursors;) {
        struct session_cursor *cursor = LIST_OF(link, struct session_cursor, link);

        link = link->next;
        if (cursor->id > id) {
            cursor_end(cursor);
        }
    }
}

void cursor_abandon(struct varve_session *session)
{
    struct session_cursor *cursor = active_cursor(session);

    if (cursor == NULL) {
        return;
    }
    if (cursor->query->exec != NULL) {
        exec_stop(cursor->query->exec);
    }
    store_statement_abort(session->store);
    cursor->query->phase = RUN_IDLE;
    cursor->failed = true;
    session->active = NULL;
}

void cursor_end_all(struct varve_session *session)
{
    while (!list_empty(&session->cursors)) {
        cursor_end(LIST_OF(session->cursors.next, struct session_cursor, link));
    }
}

void cursor_reap(struct varve_session *session)
{
    while (!session->cursors_busy && !list_empty(&session->ended_cursors)) {
        struct session_cursor *cursor =
            LIST_OF(session->ended_cursors.next, struct session_cursor, link);

        list_remove(&cursor->link);
        cursor_free(cursor);
    }
}

/* ---- helpers ---- */

static vv_status cursor_make(struct varve_statement *statement, const struct command *command,
                             struct session_cursor **cursor_out, struct vv_error *error)
{
    struct varve_session *session = statement->session;
    struct session_cursor *cursor = NULL;
    vv_slice text = statement->plan->text;
    vv_status status = VV_OK;

    if (!command->declare.hold && session->block == BLOCK_NONE && !session->in_exec) {
        return error_set(error, VV_SQLSTATE_NO_ACTIVE_SQL_TRANSACTION, 0,
                         "DECLARE CURSOR can only be used in transaction blocks");
    }
    if (cursor_find(session, command->declare.name) != NULL) {
        return error_set(error, VV_SQLSTATE_DUPLICATE_CURSOR, 0, "cursor \"%s\" already exists",
                         command->declare.name);
    }
    cursor = alloc_zero(&session->db->alloc, ALLOC_SESSION, sizeof *cursor);
    if (cursor == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    list_init(&cursor->link);
    arena_init(&cursor->arena, &session->db->alloc, ALLOC_STATEMENT, CURSOR_ARENA_BYTES);
    cursor->session = session;
    cursor->id = ++session->cursor_count;
    cursor->hold = command->declare.hold;
    cursor->binary = command->declare.binary;
    cursor->at_start = true;
    cursor->began = os_wall_us(session->db->os) - CALENDAR_UNIX_OFFSET;
    snprintf(cursor->name, sizeof cursor->name, "%s", command->declare.name);
    cursor->text = arena_text(&cursor->arena, (const char *)text.data, text.size);
    status = cursor->text == NULL ? error_from_status(error, VV_NOMEM)
                                  : query_make(statement, command, cursor, error);
    if (status != VV_OK) {
        cursor_free(cursor);
        return status;
    }
    *cursor_out = cursor;
    return VV_OK;
}

/* With the values of DECLARE's parameters. */
static vv_status query_make(struct varve_statement *statement, const struct command *command,
                            struct session_cursor *cursor, struct vv_error *error)
{
    const struct physical_plan *physical = statement->plan->physical;
    struct varve_statement *query = NULL;

    if (statement_make(statement->session, slice_text(command->declare.text),
                       slice_make(physical->parameter_types, physical->parameter_count),
                       &query) != VARVE_OK) {
        return VV_ERROR; /* told in session->failure */
    }
    VV_ASSERT(query != NULL && error == &statement->session->failure);
    list_remove(&query->link); /* it ends with the cursor, not by itself */
    list_init(&query->link);
    query->cursor = cursor;
    cursor->query = query;
    cursor->plan = plan_acquire(query->plan);
    for (uint32_t i = 0; i < query->parameter_count && i < statement->parameter_count; i++) {
        if (!value_copy(&cursor->arena, &statement->bound[i], &query->bound[i])) {
            return error_from_status(error, VV_NOMEM);
        }
    }
    return VV_OK;
}

/* CU1: its snapshot is taken now. One that locks has locked all of its rows when DECLARE is over, so that what waits is
 * DECLARE; one that outlives this statement's transaction has read them. */
static vv_status query_begin(struct session_cursor *cursor, const struct command *command,
                             struct vv_error *error)
{
    struct varve_session *session = cursor->session;
    bool whole = command->declare.locks != NULL ||
                 (cursor->hold && session->block == BLOCK_NONE && !session->in_exec);
    vv_status status = VV_OK;

    if (whole) {
        while (status == VV_OK) {
            status = cursor_load(cursor, error);
        }
        VV_TRY(status == VV_END ? VV_OK : status);
    } else {
        VV_TRY(run_open(cursor->query, error));
    }
    if (cursor->query->plan != cursor->plan) { /* it was planned anew */
        plan_drop(cursor->plan);
        cursor->plan = plan_acquire(cursor->query->plan);
    }
    cursor->held = cursor->hold && session->block == BLOCK_NONE && !session->in_exec;
    if (cursor->held) {
        statement_end(cursor->query);
        cursor->query = NULL;
    }
    cursor->scroll =
        command->declare.scroll || (!command->declare.no_scroll && command->declare.locks == NULL &&
                                    may_go_back(cursor->plan->physical->root));
    return VV_OK;
}

/* What PostgreSQL's executor can run backwards decides where nobody has said SCROLL (ExecSupportsBackwardScan). */
static bool may_go_back(const struct physical_node *node)
{
    while (node->kind == PHYSICAL_FILTER || node->kind == PHYSICAL_PROJECT ||
           node->kind == PHYSICAL_LIMIT) {
        node = node->inputs[0];
    }
    switch (node->kind) {
    case PHYSICAL_SCAN:
    case PHYSICAL_SORT:
        return true;
    case PHYSICAL_VALUES:
        return node->values.row_count > 1;
    case PHYSICAL_APPEND:
        for (uint32_t i = 0; i < node->input_count; i++) {
            if (!may_go_back(node->inputs[i])) {
                return false;
            }
        }
        return true;
    default:
        return false;
    }
}

/* At once, or when the one that runs is done. */
static void cursor_end(struct session_cursor *cursor)
{
    struct varve_session *session = cursor->session;

    list_remove(&cursor->link);
    list_append(&session->ended_cursors, &cursor->link);
    cursor_reap(session);
}

static void cursor_free(struct session_cursor *cursor)
{
    struct alloc *alloc = &cursor->session->db->alloc;

    if (cursor->query != NULL) {
        statement_end(cursor->query);
    }
    cursor_drop_batches(cursor);
    plan_drop(cursor->plan);
    alloc_free(alloc, ALLOC_SESSION, cursor->failure, sizeof *cursor->failure);
    arena_release(&cursor->arena);
    alloc_free(alloc, ALLOC_SESSION, cursor, sizeof *cursor);
}

/* Of the statement between its first and last row; NULL: it is no cursor's. */
static struct session_cursor *active_cursor(const struct varve_session *session)
{
    return session->active == NULL || session->active->magic != STATEMENT_MAGIC
               ? NULL
               : session->active->cursor;
}
