/* point.c - see point.h. */
#include "exec/point.h"

#include "base/assert.h"
#include "base/planted.h"
#include "exec/lock_rows.h"
#include "exec/modify.h"
#include "exec/scan_ranges.h"

struct exec_point {
    struct exec *exec;
    const struct physical_point *plan;
    struct scan_ranges *ranges;       /* the key; not INSERT */
    const struct expr *key_parameter; /* the key is this parameter alone; NULL: it is not */
    /* GET, LOCK: */
    const struct table_projection *projection;
    struct exec_program *filter;
    struct exec_program *exprs; /* NULL: every result column is a column of the scan */
    bool identity;              /* the result is the scan's row as it is */
    struct arena *scratch;
    struct value_batch row;    /* the scan's output */
    struct value_batch result; /* what goes up */
    struct exec_lock *lock;    /* LOCK */
    bool settling; /* LOCK: the row is locked; what it was compared with is not visible yet */
    /* INSERT, UPDATE, DELETE: */
    struct exec_modify *modify;
    struct exec_program *cells;
    struct value *old;
    struct value *fresh;
    uint32_t next; /* INSERT: row to write */
    bool prepared; /* the row to write was made; a call that waited makes only the write again */
    uint8_t key[TABLE_KEY_BYTES];
    size_t key_size;
};

static vv_status get_create(struct exec_point *point, struct vv_error *error);
static vv_status modify_create(struct exec_point *point, struct vv_error *error);
static vv_status get_next(struct exec_point *point, const struct value_batch **batch_out,
                          struct vv_error *error);
static vv_status get_read(struct exec_point *point, bool *found_out, struct vv_error *error);
static vv_status get_compute(struct exec_point *point, const struct value_batch **batch_out,
                             struct vv_error *error);
static vv_status lock_next(struct exec_point *point, const struct value_batch **batch_out,
                           struct vv_error *error);
static vv_status lock_take(struct exec_point *point, struct vv_error *error);
static const struct expr *key_parameter(const struct physical_scan *scan);
static vv_status find_own_key(struct exec_point *point, bool *found_out, struct vv_error *error);
static vv_status insert_next(struct exec_point *point, struct vv_error *error);
static vv_status insert_row(struct exec_point *point, struct vv_error *error);
static vv_status write_next(struct exec_point *point, struct vv_error *error);
static vv_status write_prepare(struct exec_point *point, bool *found_out, struct vv_error *error);

bool exec_point_runs(const struct physical_point *point)
{
    return point->shape == PHYSICAL_SHAPE_GET || point->shape == PHYSICAL_SHAPE_LOCK ||
           point->shape == PHYSICAL_SHAPE_INSERT || point->shape == PHYSICAL_SHAPE_UPDATE ||
           point->shape == PHYSICAL_SHAPE_DELETE;
}

vv_status exec_point_create(struct exec *exec, const struct physical_point *plan,
                            struct exec_point **point_out, struct vv_error *error)
{
    struct exec_point *point = ARENA_NEW(&exec->plan_arena, struct exec_point);

    *point_out = NULL;
    if (point == NULL) {
        return exec_no_memory(error);
    }
    point->exec = exec;
    point->plan = plan;
    if (plan->shape != PHYSICAL_SHAPE_INSERT) {
        VV_ASSERT(plan->scan->range_count == 1);
        VV_TRY(scan_ranges_create(exec, plan->scan, &point->ranges, error));
        point->key_parameter = key_parameter(plan->scan);
    }
    if (plan->shape == PHYSICAL_SHAPE_GET || plan->shape == PHYSICAL_SHAPE_LOCK) {
        VV_TRY(get_create(point, error));
    } else {
        VV_TRY(modify_create(point, error));
    }
    *point_out = point;
    return VV_OK;
}

bool exec_point_is_single_read(const struct exec_point *point)
{
    return point->plan->shape == PHYSICAL_SHAPE_GET &&
           (point->plan->scan->index == NULL || point->plan->scan->index->primary);
}

vv_status exec_point_start(struct exec_point *point, struct vv_error *error)
{
    (void)error;
    point->next = 0;
    point->prepared = false;
    if (point->modify != NULL) {
        exec_modify_open(point->modify);
    }
    if (point->lock != NULL) {
        point->settling = false;
        exec_lock_open(point->lock);
    }
    return VV_OK;
}

vv_status exec_point_next(struct exec_point *point, const struct value_batch **batch_out,
                          struct vv_error *error)
{
    switch (point->plan->shape) {
    case PHYSICAL_SHAPE_GET:
        return get_next(point, batch_out, error);
    case PHYSICAL_SHAPE_LOCK:
        return lock_next(point, batch_out, error);
    case PHYSICAL_SHAPE_INSERT:
        return insert_next(point, error);
    default:
        return write_next(point, error);
    }
}

void exec_point_close(struct exec_point *point)
{
    (void)point; /* holds no cursor */
}

/* ---- get ---- */

static vv_status get_create(struct exec_point *point, struct vv_error *error)
{
    struct exec *exec = point->exec;
    const struct physical_point *plan = point->plan;
    bool plain = true;

    point->identity = plan->expr_count == plan->column_count;
    VV_TRY(exec_batch_create(exec, plan->column_types, plan->column_count, 1, &point->row, error));
    point->scratch = exec_scratch_create(exec);
    point->result.columns = ARENA_ARRAY(&exec->plan_arena, struct value_vector, plan->expr_count);
    point->result.column_count = plan->expr_count;
    if (point->scratch == NULL || point->result.columns == NULL ||
        table_projection_create(plan->table, NULL, plan->scan->columns, plan->column_count,
                                &exec->plan_arena, &point->projection) != VV_OK) {
        return exec_no_memory(error);
    }
    for (uint32_t i = 0; i < plan->expr_count; i++) {
        plain = plain && plan->exprs[i]->kind == EXPR_COLUMN;
        point->identity = point->identity && plain && plan->exprs[i]->column == i;
    }
    if (!plain) {
        VV_TRY(exec_program_create(exec, plan->exprs, plan->expr_count, &point->exprs, error));
    }
    if (plan->scan->filter != NULL) {
        VV_TRY(exec_program_create(exec, &plan->scan->filter, 1, &point->filter, error));
    }
    return plan->lock == NULL ? VV_OK : exec_lock_create(exec, plan->lock, &point->lock, error);
}

static vv_status get_next(struct exec_point *point, const struct value_batch **batch_out,
                          struct vv_error *error)
{
    bool found = false;

    point->exec->at_end = true;
    VV_TRY(get_read(point, &found, error));
    return found && PLANTED_BUG == 0 ? get_compute(point, batch_out, error) : VV_END;
}

/* The row into point->row, if there is one that is wanted. */
static inline vv_status get_read(struct exec_point *point, bool *found_out, struct vv_error *error)
{
    struct exec *exec = point->exec;
    vv_status status = VV_OK;

    VV_TRY(find_own_key(point, found_out, error));
    if (!*found_out) {
        return VV_OK;
    }
    arena_reset(point->scratch);
    status = table_get(exec->session, point->projection, slice_make(point->key, point->key_size),
                       exec->single_read, true, point->scratch, &point->row);
    if (status != VV_OK) {
        *found_out = false;
        return status == VV_NOT_FOUND ? VV_OK : exec_error(exec->session, status, error);
    }
    if (point->filter != NULL) {
        struct value truth;

        VV_TRY(eval_one(point->filter->state, &point->row, 0, 0, &truth, error));
        *found_out = !truth.null && truth.boolean;
    }
    return VV_OK;
}

static inline vv_status get_compute(struct exec_point *point, const struct value_batch **batch_out,
                                    struct vv_error *error)
{
    const struct physical_point *plan = point->plan;

    if (VV_LIKELY(point->identity)) {
        *batch_out = &point->row;
        return VV_OK;
    }
    if (point->exprs != NULL) {
        VV_TRY(eval_run(point->exprs->state, &point->row, error));
    }
    for (uint32_t i = 0; i < plan->expr_count; i++) {
        point->result.columns[i] = point->exprs != NULL
                                       ? *eval_output(point->exprs->state, i)
                                       : point->row.columns[plan->exprs[i]->column];
    }
    point->result.row_count = 1;
    point->result.selected_count = 1;
    *batch_out = &point->result;
    return VV_OK;
}

/* ---- lock ---- */

static vv_status lock_next(struct exec_point *point, const struct value_batch **batch_out,
                           struct vv_error *error)
{
    struct exec *exec = point->exec;
    vv_status status = VV_OK;

    if (!point->settling) {
        VV_TRY(lock_take(point, error));
        point->settling = true;
    }
    status = store_statement_settle(exec->session); /* nothing that a crash could undo is shown */
    if (status != VV_OK) {
        return exec_error(exec->session, status, error);
    }
    exec->at_end = true;
    if (point->result.row_count == 0) {
        return VV_END;
    }
    *batch_out = &point->result;
    return VV_OK;
}

/* Locks the row and makes the result, of no row or one, out of copies: a write ends what was read. */
static vv_status lock_take(struct exec_point *point, struct vv_error *error)
{
    const struct value_batch *computed = NULL;
    enum exec_locked locked = EXEC_LOCK_GONE;

    point->result.row_count = 0;
    point->result.selected_count = 0;
    if (!point->prepared) {
        bool found = false;

        VV_TRY(get_read(point, &found, error));
        if (!found) {
            return VV_OK;
        }
        for (uint32_t i = 0; i < point->row.column_count; i++) {
            struct value_vector *column = &point->row.columns[i];

            if (value_is_string((enum value_type)column->type) &&
                !vector_keep_strings(column, NULL, 1, point->scratch)) {
                return exec_no_memory(error);
            }
        }
        point->prepared = true;
    }
    VV_TRY(exec_lock_row(point->lock, slice_make(point->key, point->key_size), point->scratch,
                         &locked, error));
    if (locked == EXEC_LOCK_GONE) {
        return VV_OK;
    }
    if (locked == EXEC_LOCK_FRESH) {
        computed = exec_lock_fresh(point->lock);
    } else {
        VV_TRY(get_compute(point, &computed, error));
    }
    for (uint32_t i = 0; i < point->plan->expr_count; i++) {
        point->result.columns[i] = computed->columns[i];
    }
    point->result.row_count = 1;
    point->result.selected_count = 1;
    return VV_OK;
}

static const struct expr *key_parameter(const struct physical_scan *scan)
{
    const struct physical_range *range = &scan->ranges[0];

    return range->equal_count == 1 && range->equals[0] != NULL &&
                   range->equals[0]->kind == EXPR_PARAMETER
               ? range->equals[0]
               : NULL;
}

/* The row's own key in point->key: the values themselves, or what a unique index says. */
static vv_status find_own_key(struct exec_point *point, bool *found_out, struct vv_error *error)
{
    const struct physical_scan *scan = point->plan->scan;
    bool null = false;
    vv_slice own_key;
    vv_status status = VV_OK;

    *found_out = false;
    if (point->key_parameter != NULL) {
        const struct value *value = &point->exec->parameters[point->key_parameter->parameter];

        VV_TRY(scan_ranges_key_of(point->ranges, value, 1, point->key, &point->key_size, &null,
                                  error));
    } else {
        VV_TRY(scan_ranges_key(point->ranges, point->key, &point->key_size, &null, error));
    }
    if (null) {
        return VV_OK;
    }
    if (scan->index == NULL || scan->index->primary) {
        *found_out = true;
        return VV_OK;
    }
    status = table_find_unique(point->exec->session, scan->table, scan->index,
                               slice_make(point->key, point->key_size), &own_key);
    if (status == VV_NOT_FOUND) {
        return VV_OK;
    }
    if (status != VV_OK) {
        return exec_error(point->exec->session, status, error);
    }
    VV_ASSERT(own_key.size <= sizeof point->key);
    memcpy(point->key, own_key.data, own_key.size);
    point->key_size = own_key.size;
    *found_out = true;
    return VV_OK;
}

/* ---- insert, update, delete ---- */

static vv_status modify_create(struct exec_point *point, struct vv_error *error)
{
    struct exec *exec = point->exec;
    const struct physical_point *plan = point->plan;
    uint32_t columns = plan->table->spec.column_count;
    struct exec_modify_options options = {
        .table = plan->table,
        .rules = plan->rules,
        .kind = plan->shape == PHYSICAL_SHAPE_INSERT   ? PHYSICAL_INSERT
                : plan->shape == PHYSICAL_SHAPE_UPDATE ? PHYSICAL_UPDATE
                                                       : PHYSICAL_DELETE};

    if (options.kind == PHYSICAL_INSERT) {
        VV_TRY(
            exec_values_create(exec, plan->cells, plan->row_count * columns, &point->cells, error));
    } else {
        options.columns = plan->scan->columns;
        options.column_count = plan->column_count;
        options.column_types = plan->column_types;
        options.recheck = plan->recheck;
        options.assignments = plan->assignments;
        options.assignment_count = plan->assignment_count;
    }
    point->old = ARENA_ARRAY(&exec->plan_arena, struct value, columns);
    point->fresh = ARENA_ARRAY(&exec->plan_arena, struct value, columns);
    if (point->old == NULL || point->fresh == NULL) {
        return exec_no_memory(error);
    }
    return exec_modify_create(exec, &options, &point->modify, error);
}

static vv_status insert_next(struct exec_point *point, struct vv_error *error)
{
    const struct physical_point *plan = point->plan;

    for (; point->next < plan->row_count; point->next++) {
        if (!point->prepared) {
            VV_TRY(insert_row(point, error));
            point->prepared = true;
        }
        VV_TRY(exec_modify_insert(point->modify, point->fresh, plan->row_count - point->next,
                                  &point->exec->run, error));
        point->prepared = false;
    }
    return VV_END;
}

static vv_status insert_row(struct exec_point *point, struct vv_error *error)
{
    struct exec *exec = point->exec;
    uint32_t columns = point->plan->table->spec.column_count;

    for (uint32_t c = 0; c < columns; c++) {
        uint32_t cell = point->next * columns + c;
        uint8_t kind = point->plan->cells[cell]->kind;
        struct value value;

        VV_TRY(exec_program_value(exec, point->cells, cell, &value, error));
        if (kind == EXPR_CONSTANT || kind == EXPR_PARAMETER) {
            point->fresh[c] = value;
        } else if (!value_copy(&exec->run, &value, &point->fresh[c])) {
            return exec_no_memory(error);
        }
    }
    return VV_OK;
}

static vv_status write_next(struct exec_point *point, struct vv_error *error)
{
    bool found = true;

    if (!point->prepared) {
        VV_TRY(write_prepare(point, &found, error));
        point->prepared = true;
    }
    if (found) {
        VV_TRY(exec_modify_row(point->modify, slice_make(point->key, point->key_size), point->old,
                               point->fresh, error));
    }
    return VV_END;
}

/* The row as the snapshot shows it, and what becomes of it. */
static vv_status write_prepare(struct exec_point *point, bool *found_out, struct vv_error *error)
{
    struct exec *exec = point->exec;
    const struct physical_point *plan = point->plan;
    vv_status status = VV_OK;

    VV_TRY(find_own_key(point, found_out, error));
    if (!*found_out) {
        return VV_OK;
    }
    status = table_row_get(exec->session, plan->table, slice_make(point->key, point->key_size),
                           &exec->run, point->old);
    if (status != VV_OK) {
        *found_out = false;
        return status == VV_NOT_FOUND ? VV_OK : exec_error(exec->session, status, error);
    }
    if (plan->scan->filter != NULL) {
        VV_TRY(exec_modify_wants(point->modify, point->old, found_out, error));
    }
    if (*found_out && plan->shape == PHYSICAL_SHAPE_UPDATE) {
        return exec_modify_assign(point->modify, point->old, point->fresh, error);
    }
    return VV_OK;
}
