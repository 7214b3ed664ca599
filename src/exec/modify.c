/* modify.c - see modify.h. */
#include "exec/modify.h"

#include "base/assert.h"
#include "exec/conflict.h"
#include "exec/index_values.h"
#include "exec/row_rules.h"

struct exec_modify {
    struct exec *exec;
    struct exec_modify_options options;
    struct table_writer *writer;
    struct table_bulk *bulk;      /* NULL: rows go one by one */
    struct value_batch batch;     /* that goes in, with generated columns */
    struct store_mark batch_mark; /* before it */
    struct exec_program *assign;
    struct exec_program *recheck;   /* NULL: every row is wanted */
    struct row_rules *rules;        /* NULL: none */
    struct index_values *indexes;   /* NULL: none is computed */
    struct exec_conflict *conflict; /* ON CONFLICT; NULL: none */
    const struct value *written;
    struct value_batch row; /* the scan's output columns for one row */
    /* of the row that is being written: */
    bool active;
    bool followed; /* the key is moved[] */
    uint64_t basis;
    uint8_t moved[TABLE_KEY_BYTES];
    size_t moved_size;
};

static vv_status writer_create(struct exec_modify *modify, struct vv_error *error);
static vv_status row_set(struct exec_modify *modify, const struct value *row);
static vv_status write_once(struct exec_modify *modify, vv_slice key, const struct value *old,
                            const struct value *fresh, struct store_newest *newest);
static vv_status look_again(struct exec_modify *modify, vv_slice key,
                            const struct store_newest *newest, struct value *old,
                            struct value *fresh, bool *wants_out, struct vv_error *error);
static vv_status failed(struct exec_modify *modify, vv_status status, struct vv_error *error);

vv_status exec_modify_create(struct exec *exec, const struct exec_modify_options *options,
                             struct exec_modify **modify_out, struct vv_error *error)
{
    struct exec_modify *modify = ARENA_NEW(&exec->plan_arena, struct exec_modify);
    uint32_t count = options->assignment_count;
    const struct expr **exprs = ARENA_ARRAY(&exec->plan_arena, const struct expr *, count);

    *modify_out = NULL;
    if (modify == NULL || exprs == NULL) {
        return exec_no_memory(error);
    }
    modify->exec = exec;
    modify->options = *options;
    for (uint32_t i = 0; i < count; i++) {
        exprs[i] = options->assignments[i].value;
    }
    VV_TRY(writer_create(modify, error));
    if (options->kind != PHYSICAL_INSERT) {
        VV_TRY(exec_batch_create(exec, options->column_types, options->column_count, 1,
                                 &modify->row, error));
        modify->row.row_count = 1;
        modify->row.selected_count = 1;
        VV_TRY(exec_program_create(exec, exprs, count, &modify->assign, error));
    }
    if (options->recheck != NULL) {
        VV_TRY(exec_program_create(exec, &modify->options.recheck, 1, &modify->recheck, error));
    }
    VV_TRY(row_rules_create(exec, options->table, options->rules, &modify->rules, error));
    if (options->kind == PHYSICAL_INSERT && options->rules != NULL &&
        options->rules->conflict != NULL) {
        VV_TRY(exec_conflict_create(exec,
                                    &(struct exec_conflict_options){.table = options->table,
                                                                    .rules = options->rules,
                                                                    .row_rules = modify->rules,
                                                                    .indexes = modify->indexes,
                                                                    .writer = modify->writer},
                                    &modify->conflict, error));
    } else if (options->kind == PHYSICAL_INSERT &&
               table_bulk_create(options->table, &exec->plan_arena, &modify->bulk) != VV_OK) {
        return exec_no_memory(error);
    }
    *modify_out = modify;
    return VV_OK;
}

/* An UPDATE sets what it assigns, and the generated columns. */
static vv_status writer_create(struct exec_modify *modify, struct vv_error *error)
{
    const struct exec_modify_options *options = &modify->options;
    struct arena *arena = &modify->exec->plan_arena;
    uint32_t generated = options->rules == NULL ? 0 : options->rules->generated_count;
    uint32_t count = options->assignment_count;
    uint16_t *assigned = ARENA_ARRAY(arena, uint16_t, count + generated);

    if (assigned == NULL) {
        return exec_no_memory(error);
    }
    if (options->rules != NULL) {
        VV_TRY(index_values_create(modify->exec, options->table, options->rules->index_count,
                                   options->rules->indexes, &modify->indexes, error));
    }
    for (uint32_t i = 0; i < count; i++) {
        assigned[i] = options->assignments[i].column;
    }
    for (uint32_t i = 0; i < generated; i++) {
        assigned[count + i] = options->rules->generated[i].column;
    }
    if (table_writer_create_computing(options->table, index_values_computer(modify->indexes),
                                      options->kind == PHYSICAL_UPDATE ? assigned : NULL,
                                      count + generated, arena, &modify->writer) != VV_OK) {
        return exec_no_memory(error);
    }
    return VV_OK;
}

void exec_modify_open(struct exec_modify *modify)
{
    modify->active = false;
    table_writer_reset(modify->writer);
    if (modify->bulk != NULL) {
        table_bulk_reset(modify->bulk);
    }
    if (modify->conflict != NULL) {
        exec_conflict_open(modify->conflict);
    }
}

vv_status exec_modify_insert(struct exec_modify *modify, struct value *row, uint64_t row_hint,
                             struct arena *arena, struct vv_error *error)
{
    vv_status status = VV_OK;

    if (!modify->active) {
        VV_TRY(row_rules_apply(modify->rules, modify->writer, arena, row, error));
        modify->active = true;
    }
    if (modify->conflict != NULL) {
        status =
            exec_conflict_insert(modify->conflict, row, row_hint, arena, &modify->written, error);
    } else {
        status = table_insert(modify->writer, modify->exec->session, row, row_hint);
        modify->written = row;
    }
    if (status == VV_WAITING) {
        return status; /* M2 */
    }
    modify->active = false;
    if (status != VV_OK) {
        return modify->conflict != NULL ? status : failed(modify, status, error);
    }
    modify->exec->row_count += modify->written != NULL;
    return VV_OK;
}

vv_status exec_modify_insert_batch(struct exec_modify *modify, const struct value_batch *batch,
                                   struct arena *arena, bool *one_by_one_out,
                                   struct vv_error *error)
{
    struct store_session *session = modify->exec->session;
    vv_status status = VV_OK;

    *one_by_one_out = false;
    if (!modify->active) {
        if (modify->bulk == NULL || !row_rules_hold(modify->rules, batch, &modify->batch)) {
            *one_by_one_out = true;
            return VV_OK;
        }
        modify->batch_mark = store_savepoint(session);
        modify->active = true;
    }
    status = table_bulk_insert(modify->bulk, session, &modify->batch, arena);
    if (status == VV_WAITING) {
        return status; /* M2 */
    }
    modify->active = false;
    switch (status) {
    case VV_OK:
        modify->exec->row_count += batch->selected_count;
        return VV_OK;
    case VV_EXISTS:
    case VV_INVALID:
    case VV_LIMIT:
    case VV_NOMEM:
        store_rollback_to(session, modify->batch_mark);
        *one_by_one_out = true;
        return VV_OK;
    default:
        return exec_error(session, status, error);
    }
}

const struct value *exec_modify_written(const struct exec_modify *modify)
{
    return modify->written;
}

vv_status exec_modify_row(struct exec_modify *modify, vv_slice key, struct value *old,
                          struct value *fresh, struct vv_error *error)
{
    if (!modify->active) {
        if (modify->options.kind == PHYSICAL_UPDATE) {
            VV_TRY(
                row_rules_apply(modify->rules, modify->writer, &modify->exec->run, fresh, error));
        }
        modify->active = true;
        modify->followed = false;
        modify->basis = STORE_BASIS_SNAPSHOT;
    }
    for (;;) {
        struct store_newest newest = {0};
        vv_slice at = modify->followed ? slice_make(modify->moved, modify->moved_size) : key;
        vv_status status = write_once(modify, at, old, fresh, &newest);
        bool wants = false;

        if (status == VV_WAITING) {
            return status; /* M2 */
        }
        if (status == VV_OK) {
            modify->active = false;
            modify->exec->row_count++;
            return VV_OK;
        }
        if (status == VV_CHANGED) {
            VV_TRY(look_again(modify, at, &newest, old, fresh, &wants, error));
            if (wants) {
                modify->basis = newest.basis;
                continue;
            }
        } else if (status == VV_NOT_FOUND && newest.moved_key.size > 0) {
            VV_ASSERT(newest.moved_key.size <= sizeof modify->moved);
            memmove(modify->moved, newest.moved_key.data, newest.moved_key.size);
            modify->moved_size = newest.moved_key.size;
            modify->followed = true;
            modify->basis = STORE_BASIS_SNAPSHOT;
            continue;
        } else if (status != VV_NOT_FOUND) {
            modify->active = false;
            return failed(modify, status, error);
        }
        modify->active = false; /* gone, or not wanted any more */
        return VV_OK;
    }
}

vv_status exec_modify_wants(struct exec_modify *modify, const struct value *row, bool *wants_out,
                            struct vv_error *error)
{
    struct value truth;

    *wants_out = true;
    if (modify->recheck == NULL) {
        return VV_OK;
    }
    VV_TRY(row_set(modify, row));
    VV_TRY(eval_one(modify->recheck->state, &modify->row, 0, 0, &truth, error));
    *wants_out = !truth.null && truth.boolean;
    return VV_OK;
}

vv_status exec_modify_assign(struct exec_modify *modify, const struct value *old,
                             struct value *fresh, struct vv_error *error)
{
    const struct exec_modify_options *options = &modify->options;
    bool computed = false;

    memcpy(fresh, old, options->table->spec.column_count * sizeof *fresh);
    for (uint32_t i = 0; i < options->assignment_count; i++) {
        const struct expr *expr = modify->assign->exprs[i];
        struct value value;

        if (expr->kind == EXPR_CONSTANT || expr->kind == EXPR_PARAMETER) {
            VV_TRY(exec_program_value(modify->exec, modify->assign, i,
                                      &fresh[options->assignments[i].column], error));
            continue;
        }
        if (!computed) {
            VV_TRY(row_set(modify, old));
            VV_TRY(eval_run(modify->assign->state, &modify->row, error));
            computed = true;
        }
        exec_modify_assigned(modify, i, 0, &value);
        if (!value_copy(&modify->exec->run, &value, &fresh[options->assignments[i].column])) {
            return exec_no_memory(error);
        }
    }
    return VV_OK;
}

vv_status exec_modify_assign_batch(struct exec_modify *modify, const struct value_batch *batch,
                                   struct vv_error *error)
{
    return eval_run(modify->assign->state, batch, error);
}

void exec_modify_assigned(const struct exec_modify *modify, uint32_t i, uint32_t row,
                          struct value *out)
{
    vector_get(eval_output(modify->assign->state, i), row, out);
}

/* Shows one row of the table as the scan's output. */
static vv_status row_set(struct exec_modify *modify, const struct value *row)
{
    for (uint32_t c = 0; c < modify->options.column_count; c++) {
        vector_reset(&modify->row.columns[c]);
        vector_set(&modify->row.columns[c], 0, &row[modify->options.columns[c]]);
    }
    return VV_OK;
}

static vv_status write_once(struct exec_modify *modify, vv_slice key, const struct value *old,
                            const struct value *fresh, struct store_newest *newest)
{
    if (modify->options.kind == PHYSICAL_DELETE) {
        return table_delete(modify->writer, modify->exec->session, key, old, modify->basis, newest);
    }
    return table_update(modify->writer, modify->exec->session, key, old, fresh, modify->basis,
                        newest);
}

/* The newest version: is it still wanted, and what becomes of it? */
static vv_status look_again(struct exec_modify *modify, vv_slice key,
                            const struct store_newest *newest, struct value *old,
                            struct value *fresh, bool *wants_out, struct vv_error *error)
{
    struct arena *arena = &modify->exec->run;
    const struct table_def *table = modify->options.table;
    vv_status status = table_row_decode(table, key, newest->row, arena, old);

    if (status != VV_OK) {
        return exec_error(modify->exec->session, status, error);
    }
    for (uint32_t i = 0; i < table->spec.column_count; i++) {
        if (!value_copy(arena, &old[i], &old[i])) {
            return exec_no_memory(error);
        }
    }
    VV_TRY(exec_modify_wants(modify, old, wants_out, error));
    if (*wants_out && modify->options.kind == PHYSICAL_UPDATE) {
        VV_TRY(exec_modify_assign(modify, old, fresh, error));
        return row_rules_apply(modify->rules, modify->writer, arena, fresh, error);
    }
    return VV_OK;
}

static vv_status failed(struct exec_modify *modify, vv_status status, struct vv_error *error)
{
    const struct table_violation *violation = table_writer_violation(modify->writer);

    if (status == VV_ERROR) {
        return index_values_error(modify->indexes, error);
    }
    if (status == VV_EXISTS) {
        table_violation_error(modify->options.table, violation, error);
        return exec_exists_wait(modify->exec, error);
    }
    if (status == VV_INVALID && violation->kind == TABLE_VIOLATION_NOT_NULL) {
        return table_violation_error(modify->options.table, violation, error);
    }
    if (status == VV_LIMIT && violation->kind == TABLE_VIOLATION_TOO_LONG) {
        return table_violation_error(modify->options.table, violation, error);
    }
    return exec_error(modify->exec->session, status, error);
}
