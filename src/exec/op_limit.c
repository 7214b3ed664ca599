/*
 * op_limit.c - LIMIT, OFFSET and WITH TIES; and UNIQUE, which drops a row that equals the one before it.
 */
#include "base/assert.h"
#include "eval/group.h"
#include "exec/limits.h"
#include "exec/operator.h"
#include "exec/rows.h"

/* ---- limit ---- */

struct op_limit {
    struct exec_operator op;
    struct exec_limits *limits;
    uint64_t skip;
    struct exec_operator *lock; /* right below, projections apart; NULL: none */
    uint64_t left;              /* UINT64_MAX: no limit */
    bool full;                  /* left is 0 because so many rows were given: ties may follow */
    struct limit_ties *ties;    /* NULL: without */
    struct value_batch batch;
    uint16_t selection[LIMIT_BATCH_ROWS];
};

/* WITH TIES: the columns that make equals, and the last row given. */
struct limit_ties {
    const struct value_vector **columns; /* of the input's batch */
    const struct value_vector **last;
    struct value_vector *last_vectors;
    struct arena *scratch; /* strings of the last row */
};

static vv_status ties_create(struct op_limit *limit, struct vv_error *error);
static void ties_show(struct op_limit *limit, const struct value_batch *input);
static vv_status ties_remember(struct op_limit *limit, uint16_t row, struct vv_error *error);
static vv_status ties_add(struct op_limit *limit, const struct value_batch *input, uint32_t at,
                          uint32_t *count, struct vv_error *error);
static vv_status ties_next(struct op_limit *limit, const struct value_batch **batch_out,
                           struct vv_error *error);

static uint64_t add_saturated(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* A lock right below, projections apart. */
static struct exec_operator *limit_lock(struct exec_operator *below)
{
    while (below->node->kind == PHYSICAL_PROJECT) {
        below = below->inputs[0];
    }
    return below->node->kind == PHYSICAL_LOCK ? below : NULL;
}

/* The next call of the input's next(): it locks no more rows than will be read. */
static vv_status limit_input(struct op_limit *limit, uint64_t wanted,
                             const struct value_batch **input_out, struct vv_error *error)
{
    if (limit->lock != NULL) {
        exec_lock_at_most(limit->lock, wanted);
    }
    return exec_op_next(limit->op.inputs[0], input_out, error);
}

/* A scan right below, projections and locks apart, need not read more rows at once than the limit wants. */
static void limit_hint(struct exec_operator *below, uint64_t count, uint64_t skip)
{
    while (below->node->kind == PHYSICAL_PROJECT || below->node->kind == PHYSICAL_LOCK) {
        below = below->inputs[0];
    }
    if (exec_is_table_scan(below) && below->node->scan.filter == NULL && count < LIMIT_BATCH_ROWS &&
        skip < LIMIT_BATCH_ROWS) {
        exec_scan_hint(below, count + skip);
    }
}

static vv_status limit_open(struct exec_operator *op, struct vv_error *error)
{
    struct op_limit *limit = (struct op_limit *)(void *)op;

    VV_TRY(exec_limits_evaluate(op->exec, limit->limits, &limit->left, &limit->skip, error));
    limit->full = false;
    if (limit->ties == NULL) {
        limit_hint(op->inputs[0], limit->left, limit->skip);
    }
    return exec_op_open_inputs(op, error);
}

static vv_status limit_next(struct exec_operator *op, const struct value_batch **batch_out,
                            struct vv_error *error)
{
    struct op_limit *limit = (struct op_limit *)(void *)op;

    *batch_out = NULL;
    if (limit->full) {
        return ties_next(limit, batch_out, error);
    }
    while (limit->left > 0) {
        const struct value_batch *input = NULL;
        uint32_t count = 0;
        uint32_t at = 0;

        VV_TRY(limit_input(limit, add_saturated(limit->left, limit->skip), &input, error));
        if (limit->skip >= input->selected_count) {
            limit->skip -= input->selected_count;
            continue;
        }
        for (uint32_t i = (uint32_t)limit->skip; i < input->selected_count && count < limit->left;
             i++) {
            limit->selection[count++] = (uint16_t)exec_place(input, i);
            at = i + 1;
        }
        if (limit->ties != NULL && count == limit->left) {
            VV_TRY(ties_add(limit, input, at, &count, error));
        }
        limit->batch = *input;
        if (limit->skip > 0 || count < input->selected_count) {
            limit->batch.selection = limit->selection;
            limit->batch.selected_count = count;
        }
        limit->skip = 0;
        limit->left -= limit->left == UINT64_MAX ? 0 : count > limit->left ? limit->left : count;
        *batch_out = &limit->batch;
        return VV_OK;
    }
    return VV_END;
}

/* ---- with ties ---- */

static vv_status ties_create(struct op_limit *limit, struct vv_error *error)
{
    const struct physical_node *node = limit->op.node;
    struct arena *arena = &limit->op.exec->plan_arena;
    uint32_t keys = node->limit.tie_count;
    struct limit_ties *ties = ARENA_NEW(arena, struct limit_ties);

    if (ties == NULL) {
        return exec_no_memory(error);
    }
    ties->columns = ARENA_ARRAY(arena, const struct value_vector *, keys);
    ties->last = ARENA_ARRAY(arena, const struct value_vector *, keys);
    ties->last_vectors = ARENA_ARRAY(arena, struct value_vector, keys);
    ties->scratch = exec_scratch_create(limit->op.exec);
    if (ties->columns == NULL || ties->last == NULL || ties->last_vectors == NULL ||
        ties->scratch == NULL) {
        return exec_no_memory(error);
    }
    for (uint32_t c = 0; c < keys; c++) {
        ties->last[c] = &ties->last_vectors[c];
        if (!vector_init_sized(&ties->last_vectors[c],
                               node->inputs[0]->column_types[node->limit.ties[c]], 1, arena)) {
            return exec_no_memory(error);
        }
    }
    limit->ties = ties;
    return VV_OK;
}

static void ties_show(struct op_limit *limit, const struct value_batch *input)
{
    const struct physical_node *node = limit->op.node;

    for (uint32_t c = 0; c < node->limit.tie_count; c++) {
        limit->ties->columns[c] = &input->columns[node->limit.ties[c]];
    }
}

static vv_status ties_remember(struct op_limit *limit, uint16_t row, struct vv_error *error)
{
    struct limit_ties *ties = limit->ties;

    arena_reset(ties->scratch);
    for (uint32_t c = 0; c < limit->op.node->limit.tie_count; c++) {
        vector_reset(&ties->last_vectors[c]);
        if (!rows_copy_column(&ties->last_vectors[c], 0, ties->columns[c], &row, 1,
                              ties->scratch)) {
            return exec_no_memory(error);
        }
    }
    limit->full = true;
    return VV_OK;
}

/* The last row of the limit is selection[*count - 1]: adds those of the batch, from place `at` of its selection
 * on, that equal it. */
static vv_status ties_add(struct op_limit *limit, const struct value_batch *input, uint32_t at,
                          uint32_t *count, struct vv_error *error)
{
    ties_show(limit, input);
    VV_TRY(ties_remember(limit, limit->selection[*count - 1], error));
    for (uint32_t i = at; i < input->selected_count; i++) {
        uint32_t row = exec_place(input, i);

        if (!group_equal(limit->ties->columns, row, limit->ties->last, 0,
                         limit->op.node->limit.tie_count)) {
            limit->full = false;
            break;
        }
        limit->selection[(*count)++] = (uint16_t)row;
    }
    return VV_OK;
}

/* The batches after the one in which the limit was reached. */
static vv_status ties_next(struct op_limit *limit, const struct value_batch **batch_out,
                           struct vv_error *error)
{
    const struct value_batch *input = NULL;
    uint32_t count = 0;

    VV_TRY(limit_input(limit, 1, &input, error));
    ties_show(limit, input);
    while (count < input->selected_count &&
           group_equal(limit->ties->columns, exec_place(input, count), limit->ties->last, 0,
                       limit->op.node->limit.tie_count)) {
        limit->selection[count] = (uint16_t)exec_place(input, count);
        count++;
    }
    limit->full = count == input->selected_count;
    if (count == 0) {
        return VV_END;
    }
    limit->batch = *input;
    limit->batch.selection = limit->selection;
    limit->batch.selected_count = count;
    *batch_out = &limit->batch;
    return VV_OK;
}

static const struct exec_operator_table limit_table = {limit_open, limit_next,
                                                       exec_op_close_inputs};

vv_status exec_op_limit(struct exec *exec, const struct physical_node *node,
                        struct exec_operator **op_out, struct vv_error *error)
{
    struct op_limit *limit = ARENA_NEW(&exec->plan_arena, struct op_limit);

    *op_out = NULL;
    VV_TRY(exec_op_init(exec, node, &limit_table, (struct exec_operator *)limit, error));
    VV_TRY(exec_limits_create(exec, node->limit.count, node->limit.offset, &limit->limits, error));
    if (node->limit.tie_count > 0) {
        VV_TRY(ties_create(limit, error));
    }
    limit->lock = limit_lock(limit->op.inputs[0]);
    *op_out = &limit->op;
    return VV_OK;
}

/* ---- unique ---- */

struct op_unique {
    struct exec_operator op;
    const struct value_vector **columns; /* of the input's batch */
    const struct value_vector **last;    /* the last row given, at place 0 */
    struct value_vector *last_vectors;
    bool has_last;
    struct value_batch batch;
    struct arena *scratch; /* strings of the last row */
    uint16_t selection[LIMIT_BATCH_ROWS];
};

static vv_status unique_open(struct exec_operator *op, struct vv_error *error)
{
    ((struct op_unique *)(void *)op)->has_last = false;
    return exec_op_open_inputs(op, error);
}

/* Copies the keys of a row: its batch ends before the next one comes. */
static vv_status unique_remember(struct op_unique *unique, uint16_t row, struct vv_error *error)
{
    arena_reset(unique->scratch);
    for (uint32_t c = 0; c < unique->op.node->unique.key_count; c++) {
        vector_reset(&unique->last_vectors[c]);
        if (!rows_copy_column(&unique->last_vectors[c], 0, unique->columns[c], &row, 1,
                              unique->scratch)) {
            return exec_no_memory(error);
        }
    }
    unique->has_last = true;
    return VV_OK;
}

static vv_status unique_next(struct exec_operator *op, const struct value_batch **batch_out,
                             struct vv_error *error)
{
    struct op_unique *unique = (struct op_unique *)(void *)op;
    uint32_t keys = op->node->unique.key_count;
    uint32_t count = 0;
    const struct value_batch *input = NULL;

    *batch_out = NULL;
    while (count == 0) {
        uint32_t before = 0;

        VV_TRY(exec_op_next(op->inputs[0], &input, error));
        for (uint32_t c = 0; c < keys; c++) {
            unique->columns[c] = &input->columns[c];
        }
        for (uint32_t i = 0; i < input->selected_count; i++) {
            uint32_t row = exec_place(input, i);
            bool same = i > 0 ? group_equal(unique->columns, row, unique->columns, before, keys)
                              : unique->has_last &&
                                    group_equal(unique->columns, row, unique->last, 0, keys);

            before = row;
            if (!same) {
                unique->selection[count++] = (uint16_t)row;
            }
        }
        VV_TRY(unique_remember(unique, (uint16_t)before, error));
    }
    unique->batch = *input;
    unique->batch.column_count = op->node->column_count;
    unique->batch.selection = unique->selection;
    unique->batch.selected_count = count;
    *batch_out = &unique->batch;
    return VV_OK;
}

static const struct exec_operator_table unique_table = {unique_open, unique_next,
                                                        exec_op_close_inputs};

vv_status exec_op_unique(struct exec *exec, const struct physical_node *node,
                         struct exec_operator **op_out, struct vv_error *error)
{
    struct op_unique *unique = ARENA_NEW(&exec->plan_arena, struct op_unique);
    uint32_t keys = node->unique.key_count;

    *op_out = NULL;
    VV_TRY(exec_op_init(exec, node, &unique_table, (struct exec_operator *)unique, error));
    unique->columns = ARENA_ARRAY(&exec->plan_arena, const struct value_vector *, keys);
    unique->last = ARENA_ARRAY(&exec->plan_arena, const struct value_vector *, keys);
    unique->last_vectors = ARENA_ARRAY(&exec->plan_arena, struct value_vector, keys);
    unique->scratch = exec_scratch_create(exec);
    if (unique->columns == NULL || unique->last == NULL || unique->last_vectors == NULL ||
        unique->scratch == NULL) {
        return exec_no_memory(error);
    }
    for (uint32_t c = 0; c < keys; c++) {
        unique->last[c] = &unique->last_vectors[c];
        if (!vector_init_sized(&unique->last_vectors[c], node->inputs[0]->column_types[c], 1,
                               &exec->plan_arena)) {
            return exec_no_memory(error);
        }
    }
    *op_out = &unique->op;
    return VV_OK;
}
