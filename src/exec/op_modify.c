/*
 * op_modify.c - INSERT, UPDATE and DELETE over an input.
 *
 * A write ends what was read, so a batch of the input is copied first (keys, old rows, new rows) and then
 * written row by row. Rows to insert that come from no table go in as a batch, if nothing speaks against it. The input's cursor sees no write of its own statement (store), so no row comes
 * twice (K5). With RETURNING the rows of a batch that were written are handed up; whoever runs the statement
 * reads it to its end before anybody sees a row (db), as PostgreSQL does.
 */
#include "base/assert.h"
#include "exec/modify.h"
#include "exec/operator.h"

#define ROW_WORK       512u /* to write one, in the units of the pace (K6) */
#define BATCH_ROWS_MIN 4u   /* fewer are not worth the preparations */

struct pending_row {
    uint32_t place; /* INSERT: in the input's batch */
    vv_slice key;
    struct value *old; /* UPDATE, DELETE */
    struct value *row; /* INSERT, UPDATE */
};

struct op_modify {
    struct exec_operator op;
    struct exec_modify *modify;
    struct arena *arena;         /* of one batch */
    struct pending_row *pending; /* in arena */
    uint32_t count;
    uint32_t next;
    bool copies;                     /* INSERT: strings of the input may lie in pages */
    const struct value_batch *batch; /* INSERT: it goes in as one; NULL: none does */
    uint64_t rows_left;              /* INSERT … VALUES: how many may still come */
    struct value_batch returned;     /* RETURNING: rows written of the batch */
    struct value_batch given;        /* the same, as it was handed up */
};

static vv_status modify_open(struct exec_operator *op, struct vv_error *error);
static vv_status modify_next(struct exec_operator *op, const struct value_batch **batch_out,
                             struct vv_error *error);
static bool reads_table(const struct physical_node *node);
static bool may_go_as_one(const struct op_modify *modify, const struct value_batch *input);
static vv_status insert_batch(struct op_modify *modify, struct vv_error *error);
static vv_status take_insert(struct op_modify *modify, const struct value_batch *input);
static vv_status take_scan(struct op_modify *modify, const struct value_batch *input,
                           struct vv_error *error);
static vv_status copy_old(struct op_modify *modify, uint32_t row, vv_slice key,
                          struct pending_row *pending);
static vv_status write_next(struct op_modify *modify, struct vv_error *error);
static bool returned_begin(struct op_modify *modify, uint32_t count);
static void return_row(struct op_modify *modify);

static const struct exec_operator_table modify_table = {modify_open, modify_next,
                                                        exec_op_close_inputs};

vv_status exec_op_modify(struct exec *exec, const struct physical_node *node,
                         struct exec_operator **op_out, struct vv_error *error)
{
    struct op_modify *modify = ARENA_NEW(&exec->plan_arena, struct op_modify);
    struct exec_modify_options options = {
        .table = node->modify.table, .kind = node->kind, .rules = node->modify.rules};

    *op_out = NULL;
    if (node->kind != PHYSICAL_INSERT && node->inputs[0]->kind != PHYSICAL_SCAN) {
        /* UPDATE … WHERE false: the planner gives an input without rows, so there is nothing to write */
        return exec_op_create(exec, node->inputs[0], op_out, error);
    }
    VV_TRY(exec_op_init(exec, node, &modify_table, (struct exec_operator *)modify, error));
    if (node->kind != PHYSICAL_INSERT) {
        const struct physical_node *scan = node->inputs[0];

        VV_ASSERT(scan->kind == PHYSICAL_SCAN && scan->scan.for_modify);
        options.columns = scan->scan.columns;
        options.column_count = scan->column_count;
        options.column_types = scan->column_types;
        options.recheck = node->modify.recheck;
    }
    if (node->kind == PHYSICAL_UPDATE) {
        options.assignments = node->modify.assignments;
        options.assignment_count = node->modify.assignment_count;
    }
    modify->arena = exec_scratch_create(exec);
    if (modify->arena == NULL) {
        return exec_no_memory(error);
    }
    VV_TRY(exec_modify_create(exec, &options, &modify->modify, error));
    modify->copies = reads_table(node->inputs[0]);
    *op_out = &modify->op;
    return VV_OK;
}

static bool reads_table(const struct physical_node *node)
{
    while (node->input_count > 0) {
        node = node->inputs[0];
    }
    return node->kind != PHYSICAL_VALUES && node->kind != PHYSICAL_FEED;
}

static vv_status modify_open(struct exec_operator *op, struct vv_error *error)
{
    struct op_modify *modify = (struct op_modify *)(void *)op;
    const struct physical_node *input = op->node->input_count == 0 ? NULL : op->node->inputs[0];

    exec_modify_open(modify->modify);
    modify->count = 0;
    modify->next = 0;
    modify->batch = NULL;
    modify->returned = (struct value_batch){0};
    modify->rows_left =
        input != NULL && input->kind == PHYSICAL_VALUES ? input->values.row_count : 0;
    return exec_op_open_inputs(op, error);
}

static vv_status modify_next(struct exec_operator *op, const struct value_batch **batch_out,
                             struct vv_error *error)
{
    struct op_modify *modify = (struct op_modify *)(void *)op;

    *batch_out = NULL;
    for (;;) {
        const struct value_batch *input = NULL;
        vv_status status = VV_OK;

        if (modify->batch != NULL) {
            VV_TRY(insert_batch(modify, error));
        }
        while (modify->next < modify->count) {
            uint64_t before = op->exec->row_count;

            VV_TRY(exec_work(op->exec, ROW_WORK, error));
            VV_TRY(write_next(modify, error));
            if (op->node->modify.returning && op->exec->row_count > before) {
                return_row(modify);
            }
            modify->next++;
        }
        if (modify->returned.row_count > 0) {
            modify->given = modify->returned;
            modify->returned.row_count = 0;
            *batch_out = &modify->given;
            return VV_OK;
        }
        status = store_check(op->exec->session);
        if (status != VV_OK) {
            return exec_error(op->exec->session, status, error);
        }
        VV_TRY(exec_op_next(op->inputs[0], &input, error));
        arena_reset(modify->arena);
        modify->next = 0;
        modify->count = 0;
        if (may_go_as_one(modify, input)) {
            modify->batch = input;
            continue;
        }
        modify->pending = ARENA_ARRAY(modify->arena, struct pending_row, input->selected_count);
        if (modify->pending == NULL) {
            return exec_no_memory(error);
        }
        if (op->node->kind == PHYSICAL_INSERT) {
            status = take_insert(modify, input);
            status = status == VV_NOMEM ? exec_no_memory(error) : status;
        } else {
            status = take_scan(modify, input, error);
        }
        VV_TRY(status);
        if (op->node->modify.returning && !returned_begin(modify, input->selected_count)) {
            return exec_no_memory(error);
        }
        modify->count = input->selected_count;
    }
}

static bool may_go_as_one(const struct op_modify *modify, const struct value_batch *input)
{
    return modify->op.node->kind == PHYSICAL_INSERT && input->selected_count >= BATCH_ROWS_MIN &&
           !modify->copies && !modify->op.node->modify.returning;
}

/* When rows must go one by one after all, they become pending ones. */
static vv_status insert_batch(struct op_modify *modify, struct vv_error *error)
{
    const struct value_batch *input = modify->batch;
    bool one_by_one = false;

    VV_TRY(exec_modify_insert_batch(modify->modify, input, modify->arena, &one_by_one, error));
    modify->batch = NULL;
    if (!one_by_one) {
        uint32_t count = input->selected_count;

        modify->rows_left -= modify->rows_left > count ? count : modify->rows_left;
        return VV_OK;
    }
    arena_reset(modify->arena);
    modify->pending = ARENA_ARRAY(modify->arena, struct pending_row, input->selected_count);
    if (modify->pending == NULL || take_insert(modify, input) != VV_OK) {
        return exec_no_memory(error);
    }
    modify->count = input->selected_count;
    return VV_OK;
}

/* Vectors for the rows of one batch. */
static bool returned_begin(struct op_modify *modify, uint32_t count)
{
    const struct physical_node *node = modify->op.node;
    struct value_vector *columns =
        ARENA_ARRAY(modify->arena, struct value_vector, node->column_count);

    modify->returned = (struct value_batch){.columns = columns, .column_count = node->column_count};
    for (uint32_t c = 0; columns != NULL && c < node->column_count; c++) {
        if (!vector_init_sized(&columns[c], (enum value_type)node->column_types[c], count,
                               modify->arena)) {
            return false;
        }
        vector_reset(&columns[c]);
    }
    return columns != NULL;
}

/* The row just written; its values live as long as the batch. */
static void return_row(struct op_modify *modify)
{
    const struct pending_row *pending = &modify->pending[modify->next];
    const struct value *row = modify->op.node->kind == PHYSICAL_DELETE ? pending->old
                              : modify->op.node->kind == PHYSICAL_UPDATE
                                  ? pending->row
                                  : exec_modify_written(modify->modify);

    for (uint32_t c = 0; c < modify->returned.column_count; c++) {
        vector_set(&modify->returned.columns[c], modify->returned.row_count, &row[c]);
    }
    modify->returned.row_count++;
    modify->returned.selected_count = modify->returned.row_count;
}

static vv_status write_next(struct op_modify *modify, struct vv_error *error)
{
    struct pending_row *pending = &modify->pending[modify->next];
    uint64_t left = modify->count - modify->next;

    if (modify->op.node->kind == PHYSICAL_INSERT) {
        modify->op.exec->written_place = pending->place;
        VV_TRY(exec_modify_insert(modify->modify, pending->row,
                                  modify->rows_left > left ? modify->rows_left : left,
                                  modify->arena, error));
        modify->rows_left -= modify->rows_left > 0;
        return VV_OK;
    }
    return exec_modify_row(modify->modify, pending->key, pending->old, pending->row, error);
}

/* Rows that come from no table point to nothing that a write ends; all others may point into pages. */
static vv_status take_insert(struct op_modify *modify, const struct value_batch *input)
{
    uint32_t columns = modify->op.node->modify.table->spec.column_count;

    for (uint32_t i = 0; i < input->selected_count; i++) {
        struct value *row = ARENA_ARRAY(modify->arena, struct value, columns);

        if (row == NULL) {
            return VV_NOMEM;
        }
        for (uint32_t c = 0; c < columns; c++) {
            /* vector_get() borrows short strings from the vector, which lives as long as the batch */
            vector_get(&input->columns[c], exec_place(input, i), &row[c]);
            if (modify->copies && !value_copy(modify->arena, &row[c], &row[c])) {
                return VV_NOMEM;
            }
        }
        modify->pending[i] = (struct pending_row){.row = row, .place = exec_place(input, i)};
    }
    return VV_OK;
}

static vv_status take_scan(struct op_modify *modify, const struct value_batch *input,
                           struct vv_error *error)
{
    const struct physical_node *node = modify->op.node;
    const vv_slice *keys = exec_scan_keys(modify->op.inputs[0]);
    size_t row_bytes = node->modify.table->spec.column_count * sizeof(struct value);

    if (node->kind == PHYSICAL_UPDATE) {
        VV_TRY(exec_modify_assign_batch(modify->modify, input, error));
    }
    for (uint32_t i = 0; i < input->selected_count; i++) {
        struct pending_row *pending = &modify->pending[i];
        uint32_t row = exec_place(input, i);

        if (copy_old(modify, row, keys[row], pending) != VV_OK) {
            return exec_no_memory(error);
        }
        if (node->kind != PHYSICAL_UPDATE) {
            continue;
        }
        pending->row = arena_copy(modify->arena, pending->old, row_bytes);
        if (pending->row == NULL) {
            return exec_no_memory(error);
        }
        for (uint32_t a = 0; a < node->modify.assignment_count; a++) {
            struct value value;

            exec_modify_assigned(modify->modify, a, row, &value);
            if (!value_copy(modify->arena, &value,
                            &pending->row[node->modify.assignments[a].column])) {
                return exec_no_memory(error);
            }
        }
    }
    return VV_OK;
}

static vv_status copy_old(struct op_modify *modify, uint32_t row, vv_slice key,
                          struct pending_row *pending)
{
    const struct value_vector *columns = exec_scan_table_columns(modify->op.inputs[0]);
    uint32_t count = modify->op.node->modify.table->spec.column_count;
    void *key_copy = arena_copy(modify->arena, key.data, key.size);

    pending->key = slice_make(key_copy, key.size);
    pending->old = ARENA_ARRAY(modify->arena, struct value, count);
    if (key_copy == NULL || pending->old == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t c = 0; c < count; c++) {
        struct value value;

        vector_get(&columns[c], row, &value);
        if (!value_copy(modify->arena, &value, &pending->old[c])) {
            return VV_NOMEM;
        }
    }
    return VV_OK;
}
