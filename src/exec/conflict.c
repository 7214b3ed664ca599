/* conflict.c - see conflict.h. */
#include "exec/conflict.h"

#include "base/assert.h"

enum step {
    STEP_INSERT,
    STEP_FIND,    /* the row behind the arbiter that was met, or might be met */
    STEP_NOTHING, /* REPEATABLE READ: is the row in the way in our snapshot? */
    STEP_LOCK,
    STEP_UPDATE
};

struct exec_conflict {
    struct exec *exec;
    struct exec_conflict_options options;
    const struct modify_conflict *plan;
    struct table_writer *updater; /* NULL: DO NOTHING */
    struct exec_program *assign;
    struct exec_program *where; /* NULL: every row */
    struct value_batch rows;    /* the old row's columns, then the proposed row's */
    bool *used;                 /* by column of rows */
    struct value *old;
    struct value *fresh;
    enum store_row_lock lock;
    /* of the row that is being inserted: */
    enum step step;
    bool marked;
    struct store_mark mark;
    const struct table_index *met; /* the index that refused the insert */
    uint32_t probe;                /* STEP_FIND, when met is no arbiter: which arbiter is asked */
    uint64_t basis;
    uint8_t key[TABLE_KEY_BYTES]; /* own key of the row in the way */
    size_t key_size;
};

static vv_status update_create(struct exec_conflict *conflict, struct vv_error *error);
static vv_status step_insert(struct exec_conflict *conflict, const struct value *row,
                             uint64_t row_hint, bool *done_out, struct vv_error *error);
static vv_status step_find(struct exec_conflict *conflict, const struct value *row, bool *done_out,
                           struct vv_error *error);
static vv_status step_nothing(struct exec_conflict *conflict, struct vv_error *error);
static vv_status step_lock(struct exec_conflict *conflict, const struct value *row,
                           struct arena *arena, bool *done_out, struct vv_error *error);
static vv_status step_update(struct exec_conflict *conflict, struct vv_error *error);
static bool is_arbiter(const struct exec_conflict *conflict, const struct table_index *index);
static vv_status find_row(struct exec_conflict *conflict, const struct table_index *index,
                          const struct value *row, bool *found_out, struct vv_error *error);
static vv_status met_stays(struct exec_conflict *conflict, const struct value *row, bool *found_out,
                           struct vv_error *error);
static vv_status again(struct exec_conflict *conflict);
static vv_status second_time(struct vv_error *error);
static vv_status violated(struct exec_conflict *conflict, const struct table_writer *writer,
                          vv_status status, struct vv_error *error);
static vv_status computed_error(struct exec_conflict *conflict, vv_status status,
                                struct vv_error *error);

vv_status exec_conflict_create(struct exec *exec, const struct exec_conflict_options *options,
                               struct exec_conflict **conflict_out, struct vv_error *error)
{
    struct exec_conflict *conflict = ARENA_NEW(&exec->plan_arena, struct exec_conflict);

    *conflict_out = NULL;
    if (conflict == NULL) {
        return exec_no_memory(error);
    }
    conflict->exec = exec;
    conflict->options = *options;
    conflict->plan = options->rules->conflict;
    if (conflict->plan->update) {
        VV_TRY(update_create(conflict, error));
    }
    *conflict_out = conflict;
    return VV_OK;
}

void exec_conflict_open(struct exec_conflict *conflict)
{
    conflict->step = STEP_INSERT;
    conflict->marked = false;
    if (conflict->updater != NULL) {
        table_writer_reset(conflict->updater);
    }
}

/* Counts a row that is done, by the step that has done it. */
static void tell(const struct exec_conflict *conflict, bool written)
{
    struct exec_conflicts *conflicts = &conflict->exec->conflicts;

    if (conflict->step == STEP_INSERT) {
        conflicts->inserted++;
        return;
    }
    conflicts->conflicting++;
    conflicts->removed += conflict->plan->update && !written;
}

vv_status exec_conflict_insert(struct exec_conflict *conflict, const struct value *row,
                               uint64_t row_hint, struct arena *arena,
                               const struct value **written_out, struct vv_error *error)
{
    vv_status status = VV_OK;
    bool done = false;

    *written_out = NULL;
    while (status == VV_OK && !done) {
        switch (conflict->step) {
        case STEP_INSERT:
            status = step_insert(conflict, row, row_hint, &done, error);
            *written_out = done ? row : NULL;
            break;
        case STEP_FIND:
            status = step_find(conflict, row, &done, error);
            break;
        case STEP_NOTHING:
            status = step_nothing(conflict, error);
            done = true;
            break;
        case STEP_LOCK:
            status = step_lock(conflict, row, arena, &done, error);
            break;
        case STEP_UPDATE:
            status = step_update(conflict, error);
            *written_out = conflict->fresh;
            done = true;
            break;
        }
    }
    if (status == VV_OK) {
        tell(conflict, *written_out != NULL);
    }
    if (status != VV_WAITING) { /* CF4 */
        conflict->step = STEP_INSERT;
        conflict->marked = false;
    }
    return status;
}

/* ---- made once ---- */

/* DO UPDATE: a writer for what it sets, and programs over both rows. */
static vv_status update_create(struct exec_conflict *conflict, struct vv_error *error)
{
    const struct modify_conflict *plan = conflict->plan;
    const struct table_def *table = conflict->options.table;
    const struct modify_rules *rules = conflict->options.rules;
    struct exec *exec = conflict->exec;
    struct arena *arena = &exec->plan_arena;
    uint32_t columns = table->spec.column_count;
    uint32_t count = plan->assignment_count + rules->generated_count;
    uint16_t *assigned = ARENA_ARRAY(arena, uint16_t, count);
    const struct expr **exprs = ARENA_ARRAY(arena, const struct expr *, plan->assignment_count);
    uint8_t *types = ARENA_ARRAY(arena, uint8_t, 2 * columns);

    conflict->used = ARENA_ARRAY(arena, bool, 2 * columns);
    conflict->old = ARENA_ARRAY(arena, struct value, columns);
    conflict->fresh = ARENA_ARRAY(arena, struct value, columns);
    if (assigned == NULL || exprs == NULL || types == NULL || conflict->used == NULL ||
        conflict->old == NULL || conflict->fresh == NULL) {
        return exec_no_memory(error);
    }
    for (uint32_t i = 0; i < plan->assignment_count; i++) {
        assigned[i] = plan->assignments[i].column;
        exprs[i] = plan->assignments[i].value;
        expr_mark_columns(exprs[i], conflict->used, 2 * columns);
    }
    for (uint32_t i = 0; i < rules->generated_count; i++) {
        assigned[plan->assignment_count + i] = rules->generated[i].column;
    }
    for (uint32_t i = 0; i < 2 * columns; i++) {
        types[i] = table->spec.columns[i % columns].type;
    }
    VV_TRY(exec_batch_create(exec, types, 2 * columns, 1, &conflict->rows, error));
    conflict->rows.row_count = 1;
    conflict->rows.selected_count = 1;
    VV_TRY(exec_program_create(exec, exprs, plan->assignment_count, &conflict->assign, error));
    if (plan->where != NULL) {
        expr_mark_columns(plan->where, conflict->used, 2 * columns);
        VV_TRY(exec_program_create(exec, &plan->where, 1, &conflict->where, error));
    }
    if (table_writer_create_computing(table, index_values_computer(conflict->options.indexes),
                                      assigned, count, arena, &conflict->updater) != VV_OK) {
        return exec_no_memory(error);
    }
    conflict->lock =
        table_writer_sets_keys(conflict->updater) ? STORE_LOCK_UPDATE : STORE_LOCK_NO_KEY_UPDATE;
    return VV_OK;
}

/* ---- steps ---- */

static vv_status step_insert(struct exec_conflict *conflict, const struct value *row,
                             uint64_t row_hint, bool *done_out, struct vv_error *error)
{
    struct store_session *session = conflict->exec->session;
    struct table_writer *writer = conflict->options.writer;
    vv_status status = VV_OK;

    if (!conflict->marked) {
        conflict->mark = store_savepoint(session);
        conflict->marked = true;
    }
    status = table_insert(writer, session, row, row_hint);
    if (status == VV_WAITING) {
        return status;
    }
    if (status == VV_OK) {
        *done_out = true;
        return VV_OK;
    }
    if (status != VV_EXISTS) {
        return violated(conflict, writer, status, error);
    }
    store_rollback_to(session, conflict->mark);
    conflict->marked = false;
    conflict->met = table_writer_violation(writer)->index;
    conflict->probe = 0;
    conflict->basis = STORE_BASIS_SNAPSHOT;
    conflict->step = STEP_FIND;
    return VV_OK;
}

/* An arbiter has a row with that key. When another index was met first, its row is locked, so that it stays, and
 * the arbiters are asked; the violation is the error only when they have nothing. */
static vv_status step_find(struct exec_conflict *conflict, const struct value *row, bool *done_out,
                           struct vv_error *error)
{
    const struct modify_conflict *plan = conflict->plan;
    bool met = is_arbiter(conflict, conflict->met);
    bool found = false;

    if (met && !plan->update && !store_keeps_snapshot(conflict->exec->session)) {
        *done_out = true; /* DO NOTHING under READ COMMITTED needs no row */
        return VV_OK;
    }
    VV_TRY(met ? find_row(conflict, conflict->met, row, &found, error)
               : met_stays(conflict, row, &found, error));
    if (!found) {
        return again(conflict); /* CF1: it went meanwhile */
    }
    found = met;
    for (; !found && conflict->probe < plan->arbiter_count; conflict->probe++) {
        VV_TRY(find_row(conflict, plan->arbiters[conflict->probe], row, &found, error));
    }
    if (!found) {
        return violated(conflict, conflict->options.writer, VV_EXISTS, error);
    }
    conflict->basis = STORE_BASIS_SNAPSHOT;
    conflict->step = plan->update ? STEP_LOCK : STEP_NOTHING;
    return VV_OK;
}

/* CF2: the newest version must be what the snapshot shows, or ours. */
static vv_status step_nothing(struct exec_conflict *conflict, struct vv_error *error)
{
    struct store_session *session = conflict->exec->session;
    struct store_newest newest = {0};
    vv_status status = VV_OK;

    if (!store_keeps_snapshot(session) || conflict->key_size == 0) {
        return VV_OK;
    }
    status = store_lock(session, conflict->options.table->map_id,
                        slice_make(conflict->key, conflict->key_size), STORE_LOCK_KEY_SHARE,
                        STORE_LOCK_WAITS, STORE_BASIS_SNAPSHOT, &newest);
    return status == VV_NOT_FOUND ? VV_OK : exec_error(session, status, error);
}

/* Shows both rows to the programs. */
static void rows_set(struct exec_conflict *conflict, const struct value *row)
{
    uint32_t columns = conflict->options.table->spec.column_count;

    for (uint32_t c = 0; c < 2 * columns; c++) {
        if (conflict->used[c]) {
            vector_reset(&conflict->rows.columns[c]);
            vector_set(&conflict->rows.columns[c], 0,
                       c < columns ? &conflict->old[c] : &row[c - columns]);
        }
    }
}

static vv_status fresh_make(struct exec_conflict *conflict, const struct value *row,
                            struct arena *arena, bool *wanted_out, struct vv_error *error)
{
    const struct modify_conflict *plan = conflict->plan;
    struct value value;

    *wanted_out = true;
    rows_set(conflict, row);
    if (conflict->where != NULL) {
        VV_TRY(eval_one(conflict->where->state, &conflict->rows, 0, 0, &value, error));
        *wanted_out = !value.null && value.boolean;
    }
    if (!*wanted_out) {
        return VV_OK;
    }
    memcpy(conflict->fresh, conflict->old,
           conflict->options.table->spec.column_count * sizeof *conflict->fresh);
    VV_TRY(eval_run(conflict->assign->state, &conflict->rows, error));
    for (uint32_t i = 0; i < plan->assignment_count; i++) {
        vector_get(eval_output(conflict->assign->state, i), 0, &value);
        if (!value_copy(arena, &value, &conflict->fresh[plan->assignments[i].column])) {
            return exec_no_memory(error);
        }
    }
    return row_rules_apply(conflict->options.row_rules, conflict->updater, arena, conflict->fresh,
                           error);
}

/* The newest version of the row in the way, decoded into old; VV_NOT_FOUND as store_lock() says. */
static vv_status lock_newest(struct exec_conflict *conflict, struct arena *arena,
                             struct store_newest *newest)
{
    struct store_session *session = conflict->exec->session;
    const struct table_def *table = conflict->options.table;
    vv_slice key = slice_make(conflict->key, conflict->key_size);

    for (;;) {
        vv_status status = store_lock(session, table->map_id, key, conflict->lock, STORE_LOCK_WAITS,
                                      conflict->basis, newest);

        if (status == VV_OK && conflict->basis == STORE_BASIS_SNAPSHOT) {
            return table_row_get(session, table, key, arena, conflict->old);
        }
        if (status != VV_CHANGED) {
            return status;
        }
        VV_TRY(table_row_decode(table, key, newest->row, arena, conflict->old));
        for (uint32_t i = 0; i < table->spec.column_count; i++) {
            if (!value_copy(arena, &conflict->old[i], &conflict->old[i])) {
                return VV_NOMEM;
            }
        }
        conflict->basis = newest->basis;
    }
}

static vv_status step_lock(struct exec_conflict *conflict, const struct value *row,
                           struct arena *arena, bool *done_out, struct vv_error *error)
{
    struct store_newest newest = {0};
    vv_status status = lock_newest(conflict, arena, &newest);
    bool wanted = false;

    if (status == VV_NOT_FOUND) {
        return newest.own ? second_time(error) : again(conflict);
    }
    if (status != VV_OK) {
        return exec_error(conflict->exec->session, status, error);
    }
    VV_TRY(fresh_make(conflict, row, arena, &wanted, error));
    *done_out = !wanted;
    conflict->step = STEP_UPDATE;
    return VV_OK;
}

static vv_status step_update(struct exec_conflict *conflict, struct vv_error *error)
{
    struct store_newest newest = {0};
    vv_status status = table_update(conflict->updater, conflict->exec->session,
                                    slice_make(conflict->key, conflict->key_size), conflict->old,
                                    conflict->fresh, conflict->basis, &newest);

    /* The row is locked: nobody can have changed it. */
    status = status == VV_CHANGED || status == VV_NOT_FOUND ? VV_CORRUPT : status;
    return status == VV_OK || status == VV_WAITING
               ? status
               : violated(conflict, conflict->updater, status, error);
}

/* ---- helpers ---- */

static bool is_arbiter(const struct exec_conflict *conflict, const struct table_index *index)
{
    const struct modify_conflict *plan = conflict->plan;

    for (uint32_t i = 0; i < plan->arbiter_count; i++) {
        if (plan->arbiters[i] == index) {
            return true;
        }
    }
    return plan->arbiter_count == 0;
}

/* The own key of the row that has the proposed row's key in a unique index; key_size 0: a row of this very
 * statement. */
static vv_status find_row(struct exec_conflict *conflict, const struct table_index *index,
                          const struct value *row, bool *found_out, struct vv_error *error)
{
    struct store_session *session = conflict->exec->session;
    const struct table_def *table = conflict->options.table;
    bool own = false;
    vv_status status = index == conflict->met && index->primary
                           ? table_own_key_of(table, row, conflict->key, &conflict->key_size)
                           : table_find_newest(conflict->options.writer, session, index, row,
                                               conflict->key, &conflict->key_size, &own);

    *found_out = status == VV_OK;
    if (status == VV_NOT_FOUND) {
        return VV_OK;
    }
    if (status != VV_OK) {
        return computed_error(conflict, status, error);
    }
    if (own && conflict->plan->update) {
        return second_time(error); /* CF3 */
    }
    conflict->key_size = own ? 0 : conflict->key_size;
    return VV_OK;
}

/* Locks what the insert met. */
static vv_status met_stays(struct exec_conflict *conflict, const struct value *row, bool *found_out,
                           struct vv_error *error)
{
    bool own = false;
    vv_status status =
        table_find_newest(conflict->options.writer, conflict->exec->session, conflict->met, row,
                          conflict->key, &conflict->key_size, &own);

    *found_out = status == VV_OK;
    return status == VV_NOT_FOUND ? VV_OK : computed_error(conflict, status, error);
}

static vv_status again(struct exec_conflict *conflict)
{
    conflict->step = STEP_INSERT;
    conflict->marked = false;
    return VV_OK;
}

static vv_status second_time(struct vv_error *error)
{
    (void)error_set(error, VV_SQLSTATE_CARDINALITY_VIOLATION, 0,
                    "ON CONFLICT DO UPDATE command cannot affect row a second time");
    error_hint(error, "Ensure that no rows proposed for insertion within the same command have "
                      "duplicate constrained values.");
    return VV_ERROR;
}

static vv_status violated(struct exec_conflict *conflict, const struct table_writer *writer,
                          vv_status status, struct vv_error *error)
{
    const struct table_violation *violation = table_writer_violation(writer);
    const struct table_def *table = conflict->options.table;

    if (status == VV_EXISTS) {
        table_violation_error(table, violation, error);
        return exec_exists_wait(conflict->exec, error);
    }
    if (status == VV_INVALID && violation->kind == TABLE_VIOLATION_NOT_NULL) {
        return table_violation_error(table, violation, error);
    }
    return computed_error(conflict, status, error);
}

/* VV_ERROR comes from an expression of an index. */
static vv_status computed_error(struct exec_conflict *conflict, vv_status status,
                                struct vv_error *error)
{
    return status == VV_ERROR ? index_values_error(conflict->options.indexes, error)
                              : exec_error(conflict->exec->session, status, error);
}
