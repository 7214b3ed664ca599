/*
 * operator.c - making operators, and what they share.
 */
#include "exec/operator.h"

#include "base/assert.h"
#include "base/limits.h"

#define BATCH_BYTES_MAX  (1u << 20) /* of all vectors of one batch: stay in the L2 cache */
#define BATCH_ROWS_SHORT 128u
#define BATCH_ROWS_MIN   64u

typedef vv_status (*constructor)(struct exec *exec, const struct physical_node *node,
                                 struct exec_operator **op_out, struct vv_error *error);

static const constructor constructors[PHYSICAL_KIND_COUNT] = {
    [PHYSICAL_RESULT] = exec_op_result,   [PHYSICAL_VALUES] = exec_op_values,
    [PHYSICAL_SCAN] = exec_op_scan,       [PHYSICAL_FILTER] = exec_op_filter,
    [PHYSICAL_PROJECT] = exec_op_project, [PHYSICAL_AGGREGATE] = exec_op_aggregate,
    [PHYSICAL_UNIQUE] = exec_op_unique,   [PHYSICAL_SORT] = exec_op_sort,
    [PHYSICAL_LIMIT] = exec_op_limit,     [PHYSICAL_APPEND] = exec_op_append,
    [PHYSICAL_INSERT] = exec_op_modify,   [PHYSICAL_UPDATE] = exec_op_modify,
    [PHYSICAL_DELETE] = exec_op_modify,   [PHYSICAL_LOCK] = exec_op_lock,
    [PHYSICAL_FEED] = exec_op_feed,
};

vv_status exec_op_create(struct exec *exec, const struct physical_node *node,
                         struct exec_operator **op_out, struct vv_error *error)
{
    *op_out = NULL;
    VV_ASSERT(node->kind < PHYSICAL_KIND_COUNT);
    if (constructors[node->kind] == NULL) {
        return error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0, "joins are not supported");
    }
    VV_TRY(constructors[node->kind](exec, node, op_out, error));
    return exec->env->measure == NULL ? VV_OK : exec_measure_begin(*op_out, error);
}

vv_status exec_op_init(struct exec *exec, const struct physical_node *node,
                       const struct exec_operator_table *table, struct exec_operator *op,
                       struct vv_error *error)
{
    if (op == NULL) {
        return exec_no_memory(error);
    }
    op->table = table;
    op->exec = exec;
    op->node = node;
    op->inputs = ARENA_ARRAY(&exec->plan_arena, struct exec_operator *, node->input_count);
    if (op->inputs == NULL) {
        return exec_no_memory(error);
    }
    for (uint32_t i = 0; i < node->input_count; i++) {
        VV_TRY(exec_op_create(exec, node->inputs[i], &op->inputs[i], error));
    }
    op->input_count = node->input_count;
    return VV_OK;
}

vv_status exec_op_open_inputs(struct exec_operator *op, struct vv_error *error)
{
    for (uint32_t i = 0; i < op->input_count; i++) {
        VV_TRY(exec_op_open(op->inputs[i], error));
    }
    return VV_OK;
}

void exec_op_close_inputs(struct exec_operator *op)
{
    for (uint32_t i = 0; i < op->input_count; i++) {
        exec_op_close(op->inputs[i]);
    }
}

vv_status exec_program_create(struct exec *exec, const struct expr *const *exprs, uint32_t count,
                              struct exec_program **program_out, struct vv_error *error)
{
    struct exec_program *program = ARENA_NEW(&exec->plan_arena, struct exec_program);
    vv_status status = VV_OK;

    *program_out = NULL;
    if (program == NULL) {
        return exec_no_memory(error);
    }
    status = eval_compile(exprs, count, &exec->plan_arena, &program->program);
    if (status == VV_OK) {
        status = eval_create(program->program, &exec->plan_arena, &program->state);
    }
    if (status == VV_OK) {
        eval_pace(program->state, store_pace(exec->session));
    }
    if (status == VV_OK && exec->env->eval != NULL) {
        eval_attach(program->state, exec->env->eval);
    }
    if (status != VV_OK) {
        return status == VV_ERROR ? status : error_from_status(error, status);
    }
    program->exprs = exprs;
    program->next = exec->programs;
    exec->programs = program;
    *program_out = program;
    return VV_OK;
}

vv_status exec_values_create(struct exec *exec, const struct expr *const *exprs, uint32_t count,
                             struct exec_program **program_out, struct vv_error *error)
{
    struct exec_program *program = NULL;

    for (uint32_t i = 0; i < count; i++) {
        if (exprs[i]->kind != EXPR_CONSTANT && exprs[i]->kind != EXPR_PARAMETER) {
            return exec_program_create(exec, exprs, count, program_out, error);
        }
    }
    program = ARENA_NEW(&exec->plan_arena, struct exec_program);
    *program_out = program;
    if (program == NULL) {
        return exec_no_memory(error);
    }
    program->exprs = exprs; /* not on the exec's list: there is no state to bind or to end */
    return VV_OK;
}

struct arena *exec_scratch_create(struct exec *exec)
{
    struct exec_scratch *scratch = ARENA_NEW(&exec->plan_arena, struct exec_scratch);

    if (scratch == NULL) {
        return NULL;
    }
    arena_init(&scratch->arena, exec->env->alloc, ALLOC_STATEMENT, 8192);
    scratch->next = exec->scratches;
    exec->scratches = scratch;
    return &scratch->arena;
}

vv_status exec_program_value(struct exec *exec, struct exec_program *program, uint32_t i,
                             struct value *out, struct vv_error *error)
{
    const struct expr *expr = program->exprs[i];

    if (expr->kind == EXPR_CONSTANT) {
        *out = expr->constant;
        return VV_OK;
    }
    if (expr->kind == EXPR_PARAMETER) {
        *out = exec->parameters[expr->parameter];
        return VV_OK;
    }
    return eval_one(program->state, NULL, 0, i, out, error);
}

vv_status exec_batch_create(struct exec *exec, const uint8_t *types, uint32_t column_count,
                            uint32_t capacity, struct value_batch *batch, struct vv_error *error)
{
    *batch = (struct value_batch){.column_count = column_count};
    batch->columns = ARENA_ARRAY(&exec->plan_arena, struct value_vector, column_count);
    if (batch->columns == NULL) {
        return exec_no_memory(error);
    }
    for (uint32_t c = 0; c < column_count; c++) {
        if (!vector_init_sized(&batch->columns[c], types[c], capacity, &exec->plan_arena)) {
            return exec_no_memory(error);
        }
    }
    return VV_OK;
}

uint32_t exec_batch_rows(const struct exec *exec, const uint8_t *types, uint32_t column_count,
                         double rows)
{
    uint32_t width = 1;
    uint32_t batch_rows = LIMIT_BATCH_ROWS;

    if (exec->env->batch_rows != 0) {
        return exec->env->batch_rows < LIMIT_BATCH_ROWS ? exec->env->batch_rows : LIMIT_BATCH_ROWS;
    }
    for (uint32_t c = 0; c < column_count; c++) {
        width += value_types[types[c]].row_bytes == 0  ? 24
                 : value_types[types[c]].row_bytes > 8 ? value_types[types[c]].row_bytes
                                                       : 8;
    }
    while (batch_rows > BATCH_ROWS_MIN && batch_rows * width > BATCH_BYTES_MAX) {
        batch_rows /= 2;
    }
    if (batch_rows > BATCH_ROWS_SHORT && !alloc_leaves_reserve(exec->env->alloc, BATCH_BYTES_MAX)) {
        batch_rows = BATCH_ROWS_SHORT; /* slower, but what only reads goes on when memory is full */
    }
    /* A small estimate that is wrong costs a few more batches, a large one the zeroing of vectors. */
    while (batch_rows > 256 && rows > 0 && rows * 4 < batch_rows) {
        batch_rows /= 2;
    }
    return batch_rows;
}
