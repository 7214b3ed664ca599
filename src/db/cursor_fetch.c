/*
 * cursor_fetch.c - FETCH and MOVE: PostgreSQL's DoPortalRunFetch over batches of rows.
 */
#include "base/assert.h"
#include "db/cursor.h"
#include "plan/bind.h"

#include <stdio.h>

#define FETCH_ALL                COMMAND_FETCH_ALL
#define CURSOR_BATCH_BLOCK_BYTES 4096u

/* Where the cursor stands. */
struct place {
    bool at_start;
    bool at_end;
    uint64_t position;
};

/* A FETCH under way. */
struct fetch {
    struct session_cursor *cursor;
    struct varve_statement *statement; /* gets the rows; NULL: MOVE, or a step that shows none */
    struct statement_kept **end;       /* of its rows */
    uint64_t count;                    /* of the last step */
    struct vv_error *error;
};

static vv_status fetch_plan(struct varve_statement *statement, const struct session_cursor *cursor,
                            struct vv_error *error);
static vv_status fetch_run(struct fetch *fetch, const struct command_fetch *command);
static vv_status fetch_absolute(struct fetch *fetch, int64_t count);
static vv_status fetch_relative(struct fetch *fetch, int64_t count);
static vv_status fetch_here(struct fetch *fetch);
static vv_status rewind_cursor(struct fetch *fetch);
static vv_status skip(struct fetch *fetch, bool forward, int64_t count);
static vv_status step(struct fetch *fetch, bool forward, int64_t count);
static vv_status step_forward(struct fetch *fetch, int64_t count);
static vv_status step_back(struct fetch *fetch, int64_t count);
static vv_status emit(struct fetch *fetch, uint64_t first, uint64_t count, bool forward);
static vv_status emit_part(struct fetch *fetch, const struct cursor_batch *batch, uint64_t first,
                           uint64_t count, bool forward);
static const struct cursor_batch *batch_of(const struct session_cursor *cursor, uint64_t row);
static void batches_forget(struct session_cursor *cursor);
static vv_status batch_append(struct session_cursor *cursor, const struct value_batch *rows,
                              struct vv_error *error);
static vv_status only_forward(struct vv_error *error);

vv_status cursor_fetch(struct varve_statement *statement, struct vv_error *error)
{
    struct varve_session *session = statement->session;
    const struct command_fetch *command = &statement->plan->physical->command->fetch;
    struct session_cursor *cursor = cursor_find(session, command->name);
    struct fetch fetch = {.cursor = cursor,
                          .statement = command->move ? NULL : statement,
                          .end = &statement->kept,
                          .error = error};
    char tag[STATEMENT_TAG_BYTES];
    struct place before;
    vv_status status = VV_OK;

    if (cursor == NULL) {
        return cursor_unknown(command->name, error);
    }
    if (cursor->failed) {
        return error_set(error, VV_SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, 0,
                         "portal \"%s\" cannot be run", cursor->name);
    }
    VV_TRY(fetch_plan(statement, cursor, error));
    command = &statement->plan->physical->command->fetch;
    session_set_timeouts(session);
    batches_forget(cursor);
    before = (struct place){cursor->at_start, cursor->at_end, cursor->position};
    session->cursors_busy = true;
    status = fetch_run(&fetch, command);
    session->cursors_busy = false;
    cursor->fetching = status == VV_WAITING ? statement : NULL;
    if (status != VV_OK) { /* CU2 */
        cursor->at_start = before.at_start;
        cursor->at_end = before.at_end;
        cursor->position = before.position;
        cursor->failed = status != VV_WAITING;
        statement->kept = NULL;
    } else {
        batches_forget(cursor);
        snprintf(tag, sizeof tag, "%s %llu", command->move ? "MOVE" : "FETCH",
                 (unsigned long long)fetch.count);
        statement_set_tag(statement, tag);
    }
    cursor_reap(session);
    return status;
}

vv_status cursor_load(struct session_cursor *cursor, struct vv_error *error)
{
    vv_status status = VV_OK;

    if (cursor->complete || cursor->query == NULL) {
        return VV_END;
    }
    status = run_advance(cursor->query);
    if (status == VV_OK) {
        return batch_append(cursor, cursor->query->batch, error);
    }
    if (status == VV_END && cursor->failure != NULL) { /* CU3 */
        *error = *cursor->failure;
        return VV_ERROR;
    }
    cursor->complete = status == VV_END;
    return status;
}

/* Whoever is interrupted, or lacks memory, is told himself. */
bool cursor_keep_failure(struct varve_statement *query, const struct vv_error *error)
{
    struct session_cursor *cursor = query->cursor;

    if (cursor == NULL || strncmp(error->sqlstate, "57", 2) == 0 ||
        strncmp(error->sqlstate, "53", 2) == 0) {
        return false;
    }
    cursor->failure =
        alloc_zero(&cursor->session->db->alloc, ALLOC_SESSION, sizeof *cursor->failure);
    if (cursor->failure == NULL) {
        return false;
    }
    *cursor->failure = *error;
    return true;
}

void cursor_drop_batches(struct session_cursor *cursor)
{
    struct alloc *alloc = &cursor->session->db->alloc;

    for (uint32_t i = 0; i < cursor->batch_count; i++) {
        arena_release(&cursor->batches[i]->arena);
        alloc_free(alloc, ALLOC_STATEMENT, cursor->batches[i], sizeof *cursor->batches[i]);
    }
    alloc_free(alloc, ALLOC_STATEMENT, cursor->batches,
               cursor->batch_capacity * sizeof *cursor->batches);
    cursor->batches = NULL;
    cursor->batch_count = 0;
    cursor->batch_capacity = 0;
}

/* The columns are those of the cursor that has the name now. */
static vv_status fetch_plan(struct varve_statement *statement, const struct session_cursor *cursor,
                            struct vv_error *error)
{
    struct plan *again = NULL;

    if (statement->plan->physical->command->fetch.cursor == cursor->id) {
        return VV_OK;
    }
    VV_TRY(
        run_plan(statement->session, statement->plan->text, statement->plan->types, &again, error));
    plan_drop(statement->plan);
    statement->plan = again;
    return VV_OK;
}

static vv_status fetch_run(struct fetch *fetch, const struct command_fetch *command)
{
    struct session_cursor *cursor = fetch->cursor;
    bool forward = command->direction == COMMAND_FETCH_FORWARD;
    int64_t count = command->count;

    if (command->direction == COMMAND_FETCH_ABSOLUTE) {
        return fetch_absolute(fetch, count);
    }
    if (command->direction == COMMAND_FETCH_RELATIVE && count != 0) {
        return fetch_relative(fetch, count);
    }
    if (count == 0) {
        return fetch_here(fetch);
    }
    if (count < 0) {
        forward = !forward;
        count = -count;
    }
    if (!forward && count == FETCH_ALL && fetch->statement == NULL) {
        uint64_t passed =
            cursor->position > 0 && !cursor->at_end ? cursor->position - 1 : cursor->position;

        VV_TRY(rewind_cursor(fetch));
        fetch->count = passed;
        return VV_OK;
    }
    return step(fetch, forward, count);
}

/* From the nearer end; a negative count needs to know where the last row is. */
static vv_status fetch_absolute(struct fetch *fetch, int64_t count)
{
    struct session_cursor *cursor = fetch->cursor;

    if (count < 0) {
        VV_TRY(skip(fetch, true, FETCH_ALL));
        VV_TRY(skip(fetch, false, -count - 1));
        return step(fetch, false, 1);
    }
    if (count == 0) {
        VV_TRY(rewind_cursor(fetch));
        return step(fetch, true, 0);
    }
    if ((uint64_t)count - 1 <= cursor->position / 2) {
        VV_TRY(rewind_cursor(fetch));
        VV_TRY(skip(fetch, true, count - 1));
    } else {
        int64_t position = (int64_t)cursor->position + cursor->at_end;

        if (count <= position) {
            VV_TRY(skip(fetch, false, position - count + 1));
        } else {
            VV_TRY(skip(fetch, true, count - position - 1));
        }
    }
    return step(fetch, true, 1);
}

static vv_status fetch_relative(struct fetch *fetch, int64_t count)
{
    VV_TRY(skip(fetch, count > 0, (count > 0 ? count : -count) - 1));
    return step(fetch, count > 0, 1);
}

/* The current row once more; MOVE tells whether there is one. */
static vv_status fetch_here(struct fetch *fetch)
{
    bool on_row = !fetch->cursor->at_start && !fetch->cursor->at_end;

    if (fetch->statement == NULL || !on_row) {
        fetch->count = on_row;
        return VV_OK;
    }
    VV_TRY(skip(fetch, false, 1));
    return step(fetch, true, 1);
}

static vv_status rewind_cursor(struct fetch *fetch)
{
    struct session_cursor *cursor = fetch->cursor;

    if (cursor->at_start && !cursor->at_end) {
        return VV_OK; /* it has not moved */
    }
    if (!cursor->scroll) {
        return only_forward(fetch->error);
    }
    cursor->at_start = true;
    cursor->at_end = false;
    cursor->position = 0;
    return VV_OK;
}

/* A step that shows no rows. */
static vv_status skip(struct fetch *fetch, bool forward, int64_t count)
{
    struct varve_statement *shown = fetch->statement;
    vv_status status = VV_OK;

    fetch->statement = NULL;
    status = count > 0 ? step(fetch, forward, count) : VV_OK;
    fetch->statement = shown;
    return status;
}

/* PortalRunSelect. */
static vv_status step(struct fetch *fetch, bool forward, int64_t count)
{
    fetch->count = 0;
    return forward ? step_forward(fetch, count) : step_back(fetch, count);
}

static vv_status step_forward(struct fetch *fetch, int64_t count)
{
    struct session_cursor *cursor = fetch->cursor;
    uint64_t wanted = (uint64_t)count;
    uint64_t there = 0;
    vv_status status = VV_OK;

    if (cursor->at_end || count <= 0) {
        return VV_OK;
    }
    while (status == VV_OK && cursor->loaded - cursor->position < wanted) {
        status = cursor_load(cursor, fetch->error);
    }
    VV_TRY(status == VV_END ? VV_OK : status);
    there = cursor->loaded - cursor->position;
    fetch->count = there < wanted ? there : wanted;
    VV_TRY(emit(fetch, cursor->position + 1, fetch->count, true));
    cursor->at_start = cursor->at_start && fetch->count == 0;
    cursor->at_end = fetch->count < wanted;
    cursor->position += fetch->count;
    return VV_OK;
}

static vv_status step_back(struct fetch *fetch, int64_t count)
{
    struct session_cursor *cursor = fetch->cursor;
    uint64_t wanted = (uint64_t)count;
    uint64_t here = cursor->position + cursor->at_end; /* the row to step back from */
    uint64_t there = here == 0 ? 0 : here - 1;

    if (!cursor->scroll) {
        return only_forward(fetch->error);
    }
    if (cursor->at_start || count <= 0) {
        return VV_OK;
    }
    fetch->count = there < wanted ? there : wanted;
    VV_TRY(emit(fetch, here - fetch->count, fetch->count, false));
    cursor->at_end = cursor->at_end && fetch->count == 0;
    cursor->at_start = fetch->count < wanted;
    cursor->position = cursor->at_start ? 0 : here - fetch->count;
    return VV_OK;
}

/* Rows first to first + count - 1, in this order or the other. */
static vv_status emit(struct fetch *fetch, uint64_t first, uint64_t count, bool forward)
{
    while (fetch->statement != NULL && count > 0) {
        uint64_t row = forward ? first : first + count - 1;
        const struct cursor_batch *batch = batch_of(fetch->cursor, row);
        uint64_t low = forward || batch->first + 1 < first ? first : batch->first + 1;
        uint64_t high = first + count - 1;
        uint64_t last = batch->first + batch->batch.row_count;

        high = forward && last < high ? last : high;
        VV_TRY(emit_part(fetch, batch, low, high - low + 1, forward));
        count -= high - low + 1;
        first = forward ? high + 1 : first;
    }
    return VV_OK;
}

/* Rows of one batch, copied: the cursor may end before they are read. */
static vv_status emit_part(struct fetch *fetch, const struct cursor_batch *batch, uint64_t first,
                           uint64_t count, bool forward)
{
    struct arena *arena = &fetch->statement->arena;
    struct statement_kept *kept = ARENA_NEW(arena, struct statement_kept);
    struct value_batch rows = batch->batch;
    uint16_t selection[LIMIT_BATCH_ROWS];

    VV_ASSERT(first > batch->first && first + count - 1 <= batch->first + rows.row_count);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t row = forward ? first + i : first + count - 1 - i;

        selection[i] = (uint16_t)(row - batch->first - 1);
    }
    rows.selection = selection;
    rows.selected_count = (uint32_t)count;
    if (kept == NULL || !run_copy_batch(arena, &rows, &kept->batch)) {
        return error_from_status(fetch->error, VV_NOMEM);
    }
    *fetch->end = kept;
    fetch->end = &kept->next;
    return VV_OK;
}

/* The batch that has the row. */
static const struct cursor_batch *batch_of(const struct session_cursor *cursor, uint64_t row)
{
    uint32_t low = 0;
    uint32_t high = cursor->batch_count;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (cursor->batches[middle]->first < row) {
            low = middle;
        } else {
            high = middle;
        }
    }
    VV_ASSERT(low < cursor->batch_count && cursor->batches[low]->first < row);
    return cursor->batches[low];
}

/* A cursor that never goes back needs no row behind it. */
static void batches_forget(struct session_cursor *cursor)
{
    struct alloc *alloc = &cursor->session->db->alloc;
    uint32_t count = 0;

    while (!cursor->scroll && count < cursor->batch_count &&
           cursor->batches[count]->first + cursor->batches[count]->batch.row_count <=
               cursor->position) {
        arena_release(&cursor->batches[count]->arena);
        alloc_free(alloc, ALLOC_STATEMENT, cursor->batches[count], sizeof **cursor->batches);
        count++;
    }
    if (count > 0) {
        cursor->batch_count -= count;
        memmove(cursor->batches, cursor->batches + count,
                cursor->batch_count * sizeof *cursor->batches);
    }
}

static vv_status batch_append(struct session_cursor *cursor, const struct value_batch *rows,
                              struct vv_error *error)
{
    struct alloc *alloc = &cursor->session->db->alloc;
    struct cursor_batch *batch = NULL;

    if (rows->selected_count == 0) {
        return VV_OK;
    }
    if (cursor->batch_count == cursor->batch_capacity) {
        uint32_t capacity = cursor->batch_capacity == 0 ? 8 : 2 * cursor->batch_capacity;
        struct cursor_batch **room = alloc_zero(alloc, ALLOC_STATEMENT, capacity * sizeof *room);

        if (room == NULL) {
            return error_from_status(error, VV_NOMEM);
        }
        if (cursor->batch_count > 0) {
            memcpy(room, cursor->batches, cursor->batch_count * sizeof *room);
        }
        alloc_free(alloc, ALLOC_STATEMENT, cursor->batches, cursor->batch_capacity * sizeof *room);
        cursor->batches = room;
        cursor->batch_capacity = capacity;
    }
    batch = alloc_zero(alloc, ALLOC_STATEMENT, sizeof *batch);
    if (batch == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    arena_init(&batch->arena, alloc, ALLOC_STATEMENT, CURSOR_BATCH_BLOCK_BYTES);
    batch->first = cursor->loaded;
    if (!run_copy_batch(&batch->arena, rows, &batch->batch)) {
        arena_release(&batch->arena);
        alloc_free(alloc, ALLOC_STATEMENT, batch, sizeof *batch);
        return error_from_status(error, VV_NOMEM);
    }
    cursor->batches[cursor->batch_count++] = batch;
    cursor->loaded += batch->batch.row_count;
    return VV_OK;
}

static vv_status only_forward(struct vv_error *error)
{
    (void)error_set(error, VV_SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, 0,
                    "cursor can only scan forward");
    error_hint(error, "Declare it with SCROLL option to enable backward scan.");
    return VV_ERROR;
}
