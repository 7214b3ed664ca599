/*
 * op_rows.c - operators that need no memory of their rows: result, values, filter, project, append.
 */
#include "base/assert.h"
#include "exec/operator.h"

/* ---- result: one row of no columns, or none ---- */

struct op_result {
    struct exec_operator op;
    struct exec_program *condition;
    struct value_batch batch;
    bool given;
};

static vv_status result_open(struct exec_operator *op, struct vv_error *error)
{
    (void)error;
    ((struct op_result *)(void *)op)->given = false;
    return VV_OK;
}

static vv_status result_next(struct exec_operator *op, const struct value_batch **batch_out,
                             struct vv_error *error)
{
    struct op_result *result = (struct op_result *)(void *)op;
    struct value truth;

    *batch_out = NULL;
    if (result->given) {
        return VV_END;
    }
    result->given = true;
    if (result->condition != NULL) {
        VV_TRY(exec_program_value(op->exec, result->condition, 0, &truth, error));
        if (truth.null || !truth.boolean) {
            return VV_END;
        }
    }
    *batch_out = &result->batch;
    return VV_OK;
}

static void nothing_to_close(struct exec_operator *op)
{
    (void)op;
}

static const struct exec_operator_table result_table = {result_open, result_next, nothing_to_close};

vv_status exec_op_result(struct exec *exec, const struct physical_node *node,
                         struct exec_operator **op_out, struct vv_error *error)
{
    struct op_result *result = ARENA_NEW(&exec->plan_arena, struct op_result);

    *op_out = NULL;
    VV_TRY(exec_op_init(exec, node, &result_table, (struct exec_operator *)result, error));
    result->batch = (struct value_batch){.row_count = 1, .selected_count = 1};
    if (node->result.condition != NULL) {
        VV_TRY(exec_values_create(exec, &node->result.condition, 1, &result->condition, error));
    }
    *op_out = &result->op;
    return VV_OK;
}

/* ---- values: rows of expressions free of columns ---- */

struct op_values {
    struct exec_operator op;
    struct exec_program *program;
    struct value_batch batch;
    uint32_t batch_rows;
    uint32_t next;
};

static vv_status values_open(struct exec_operator *op, struct vv_error *error)
{
    (void)error;
    ((struct op_values *)(void *)op)->next = 0;
    return VV_OK;
}

/* Strings of computed cells are copied: the program's next value ends the last one. */
static vv_status values_cell(struct op_values *values, uint32_t cell, struct value *out,
                             struct vv_error *error)
{
    struct exec *exec = values->op.exec;
    uint8_t kind = values->program->exprs[cell]->kind;
    struct value value;

    VV_TRY(exec_program_value(exec, values->program, cell, &value, error));
    if (kind == EXPR_CONSTANT || kind == EXPR_PARAMETER) {
        *out = value;
        return VV_OK;
    }
    return value_copy(&exec->run, &value, out) ? VV_OK : exec_no_memory(error);
}

static vv_status values_next(struct exec_operator *op, const struct value_batch **batch_out,
                             struct vv_error *error)
{
    struct op_values *values = (struct op_values *)(void *)op;
    uint32_t columns = op->node->column_count;
    uint32_t left = op->node->values.row_count - values->next;
    uint32_t count = left < values->batch_rows ? left : values->batch_rows;

    *batch_out = NULL;
    if (count == 0) {
        return VV_END;
    }
    for (uint32_t c = 0; c < columns; c++) {
        vector_reset(&values->batch.columns[c]);
        for (uint32_t r = 0; r < count; r++) {
            struct value value;

            VV_TRY(values_cell(values, (values->next + r) * columns + c, &value, error));
            vector_set(&values->batch.columns[c], r, &value);
        }
    }
    values->next += count;
    values->batch.row_count = count;
    values->batch.selected_count = count;
    *batch_out = &values->batch;
    return VV_OK;
}

static const struct exec_operator_table values_table = {values_open, values_next, nothing_to_close};

vv_status exec_op_values(struct exec *exec, const struct physical_node *node,
                         struct exec_operator **op_out, struct vv_error *error)
{
    struct op_values *values = ARENA_NEW(&exec->plan_arena, struct op_values);

    *op_out = NULL;
    VV_TRY(exec_op_init(exec, node, &values_table, (struct exec_operator *)values, error));
    values->batch_rows =
        exec_batch_rows(exec, node->column_types, node->column_count, node->values.row_count);
    VV_TRY(exec_batch_create(exec, node->column_types, node->column_count, values->batch_rows,
                             &values->batch, error));
    VV_TRY(exec_values_create(exec, node->values.cells, node->values.row_count * node->column_count,
                              &values->program, error));
    *op_out = &values->op;
    return VV_OK;
}

/* ---- filter ---- */

struct op_filter {
    struct exec_operator op;
    struct exec_program *condition;
    struct value_batch batch;
    uint16_t selection[LIMIT_BATCH_ROWS];
};

static vv_status filter_next(struct exec_operator *op, const struct value_batch **batch_out,
                             struct vv_error *error)
{
    struct op_filter *filter = (struct op_filter *)(void *)op;
    uint32_t count = 0;

    *batch_out = NULL;
    while (count == 0) {
        const struct value_batch *input = NULL;

        VV_TRY(exec_op_next(op->inputs[0], &input, error));
        VV_TRY(eval_filter(filter->condition->state, input, filter->selection, &count, error));
        exec_measure_removed(op, input->selected_count - count);
        filter->batch = *input;
    }
    filter->batch.selection = filter->selection;
    filter->batch.selected_count = count;
    *batch_out = &filter->batch;
    return VV_OK;
}

static const struct exec_operator_table filter_table = {exec_op_open_inputs, filter_next,
                                                        exec_op_close_inputs};

vv_status exec_op_filter(struct exec *exec, const struct physical_node *node,
                         struct exec_operator **op_out, struct vv_error *error)
{
    struct op_filter *filter = ARENA_NEW(&exec->plan_arena, struct op_filter);

    *op_out = NULL;
    VV_TRY(exec_op_init(exec, node, &filter_table, (struct exec_operator *)filter, error));
    VV_TRY(exec_program_create(exec, &node->filter.condition, 1, &filter->condition, error));
    *op_out = &filter->op;
    return VV_OK;
}

/* ---- project ---- */

struct op_project {
    struct exec_operator op;
    struct exec_program *program;
    struct value_batch batch;
};

static vv_status project_next(struct exec_operator *op, const struct value_batch **batch_out,
                              struct vv_error *error)
{
    struct op_project *project = (struct op_project *)(void *)op;
    const struct value_batch *input = NULL;

    *batch_out = NULL;
    VV_TRY(exec_op_next(op->inputs[0], &input, error));
    VV_TRY(eval_run(project->program->state, input, error));
    for (uint32_t c = 0; c < op->node->column_count; c++) {
        project->batch.columns[c] = *eval_output(project->program->state, c);
    }
    project->batch.row_count = input->row_count;
    project->batch.selection = input->selection;
    project->batch.selected_count = input->selected_count;
    *batch_out = &project->batch;
    return VV_OK;
}

static const struct exec_operator_table project_table = {exec_op_open_inputs, project_next,
                                                         exec_op_close_inputs};

vv_status exec_op_project(struct exec *exec, const struct physical_node *node,
                          struct exec_operator **op_out, struct vv_error *error)
{
    struct op_project *project = ARENA_NEW(&exec->plan_arena, struct op_project);

    *op_out = NULL;
    VV_TRY(exec_op_init(exec, node, &project_table, (struct exec_operator *)project, error));
    project->batch.columns =
        ARENA_ARRAY(&exec->plan_arena, struct value_vector, node->column_count);
    project->batch.column_count = node->column_count;
    if (project->batch.columns == NULL) {
        return exec_no_memory(error);
    }
    VV_TRY(exec_program_create(exec, node->project.exprs, node->column_count, &project->program,
                               error));
    *op_out = &project->op;
    return VV_OK;
}

/* ---- append: one input after another ---- */

struct op_append {
    struct exec_operator op;
    uint32_t next;
};

static vv_status append_open(struct exec_operator *op, struct vv_error *error)
{
    ((struct op_append *)(void *)op)->next = 0;
    return exec_op_open_inputs(op, error);
}

static vv_status append_next(struct exec_operator *op, const struct value_batch **batch_out,
                             struct vv_error *error)
{
    struct op_append *append = (struct op_append *)(void *)op;

    *batch_out = NULL;
    for (; append->next < op->input_count; append->next++) {
        vv_status status = exec_op_next(op->inputs[append->next], batch_out, error);

        if (status != VV_END) {
            return status;
        }
    }
    return VV_END;
}

static const struct exec_operator_table append_table = {append_open, append_next,
                                                        exec_op_close_inputs};

vv_status exec_op_append(struct exec *exec, const struct physical_node *node,
                         struct exec_operator **op_out, struct vv_error *error)
{
    struct op_append *append = ARENA_NEW(&exec->plan_arena, struct op_append);

    *op_out = NULL;
    VV_TRY(exec_op_init(exec, node, &append_table, (struct exec_operator *)append, error));
    *op_out = &append->op;
    return VV_OK;
}
