/*
 * op_source.c - the scan of a virtual relation: asks the source for all rows when it is opened, hands them up batch by
 * batch through the filter.
 */
#include "base/assert.h"
#include "exec/operator.h"
#include "exec/source.h"

struct exec_sink {
    struct exec *exec;
    const uint8_t *types; /* of the scan's columns */
    uint32_t column_count;
    uint32_t *places; /* per column of the table: in the scan's columns; UINT32_MAX: not read */
    struct value_batch **batches;
    uint32_t batch_count;
    uint32_t batch_capacity;
    uint32_t batch_rows;
    bool failed;
};

struct op_source {
    struct exec_operator op;
    const struct physical_scan *scan;
    struct exec_program *filter;
    uint16_t *selection;
    bool *wanted; /* per column of the table */
    uint32_t equal_count;
    uint16_t *equal_columns;
    struct exec_program *equals; /* free of columns */
    struct exec_sink sink;
    uint32_t next; /* batch */
};

static vv_status source_open(struct exec_operator *op, struct vv_error *error);
static vv_status source_next(struct exec_operator *op, const struct value_batch **batch_out,
                             struct vv_error *error);
static void source_close(struct exec_operator *op);
static vv_status equals_find(struct op_source *source, const struct expr *filter,
                             struct vv_error *error);
static uint32_t equals_collect(const struct op_source *source, const struct expr *filter,
                               const struct expr **values, uint16_t *columns, uint32_t count);
static struct value_batch *batch_more(struct exec_sink *sink);

static const struct exec_operator_table source_table = {source_open, source_next, source_close};

vv_status exec_op_source(struct exec *exec, const struct physical_node *node,
                         struct exec_operator **op_out, struct vv_error *error)
{
    struct op_source *source = ARENA_NEW(&exec->plan_arena, struct op_source);
    uint32_t table_columns = node->scan.table->spec.column_count;

    *op_out = NULL;
    VV_ASSERT(node->scan.index == NULL);
    if (node->scan.for_modify) {
        return error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "rows of relation \"%s\" cannot be locked", node->scan.table->spec.name);
    }
    VV_TRY(exec_op_init(exec, node, &source_table, (struct exec_operator *)source, error));
    source->scan = &node->scan;
    source->sink = (struct exec_sink){
        .exec = exec, .types = node->column_types, .column_count = node->column_count};
    source->sink.batch_rows = exec_batch_rows(exec, node->column_types, node->column_count, 0);
    source->sink.places = ARENA_ARRAY(&exec->plan_arena, uint32_t, table_columns);
    source->wanted = ARENA_ARRAY(&exec->plan_arena, bool, table_columns);
    source->selection = ARENA_ARRAY(&exec->plan_arena, uint16_t, LIMIT_BATCH_ROWS);
    if (source->sink.places == NULL || source->wanted == NULL || source->selection == NULL) {
        return exec_no_memory(error);
    }
    memset(source->sink.places, 0xFF, table_columns * sizeof source->sink.places[0]);
    for (uint32_t i = 0; i < node->column_count; i++) {
        source->sink.places[node->scan.columns[i]] = i;
        source->wanted[node->scan.columns[i]] = true;
    }
    if (node->scan.filter != NULL) {
        VV_TRY(exec_program_create(exec, &source->scan->filter, 1, &source->filter, error));
        VV_TRY(equals_find(source, node->scan.filter, error));
    }
    *op_out = &source->op;
    return VV_OK;
}

bool exec_sink_row(struct exec_sink *sink)
{
    struct value_batch *batch =
        sink->batch_count == 0 ? NULL : sink->batches[sink->batch_count - 1];

    if (batch == NULL || batch->row_count == sink->batch_rows) {
        batch = batch_more(sink);
        if (batch == NULL) {
            sink->failed = true;
            return false;
        }
    }
    for (uint32_t i = 0; i < sink->column_count; i++) {
        vector_set_null(&batch->columns[i], batch->row_count);
    }
    batch->row_count++;
    return true;
}

void exec_sink_put(struct exec_sink *sink, uint32_t column, const struct value *value)
{
    uint32_t place = sink->places[column];
    struct value_batch *batch = NULL;

    if (place == UINT32_MAX || sink->failed) {
        return;
    }
    batch = sink->batches[sink->batch_count - 1];
    VV_ASSERT(value->type == sink->types[place]);
    vector_set(&batch->columns[place], batch->row_count - 1, value);
}

static vv_status source_open(struct exec_operator *op, struct vv_error *error)
{
    struct op_source *source = (struct op_source *)(void *)op;
    const struct exec_source *from = op->exec->env->source;
    struct exec_source_request request = {.table = source->scan->table,
                                          .wanted = source->wanted,
                                          .equal_count = source->equal_count,
                                          .arena = &op->exec->run,
                                          .sink = &source->sink};
    struct exec_source_equal *equals =
        ARENA_ARRAY(&op->exec->run, struct exec_source_equal, source->equal_count);

    if (equals == NULL) {
        return exec_no_memory(error);
    }
    for (uint32_t i = 0; i < source->equal_count; i++) {
        equals[i].column = source->equal_columns[i];
        VV_TRY(exec_program_value(op->exec, source->equals, i, &equals[i].value, error));
        if (!value_copy(&op->exec->run, &equals[i].value, &equals[i].value)) {
            return exec_no_memory(error);
        }
    }
    request.equals = equals;
    source->next = 0;
    source->sink.batch_count = 0;
    source->sink.batch_capacity = 0;
    source->sink.failed = false;
    if (from == NULL) {
        return error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "relation \"%s\" cannot be read here", source->scan->table->spec.name);
    }
    VV_TRY(from->rows(from->owner, &request, error));
    return source->sink.failed ? exec_no_memory(error) : VV_OK;
}

static vv_status source_next(struct exec_operator *op, const struct value_batch **batch_out,
                             struct vv_error *error)
{
    struct op_source *source = (struct op_source *)(void *)op;

    *batch_out = NULL;
    while (source->next < source->sink.batch_count) {
        struct value_batch *batch = source->sink.batches[source->next++];
        uint32_t count = 0;

        batch->selection = NULL;
        batch->selected_count = batch->row_count;
        if (source->filter != NULL) {
            VV_TRY(eval_filter(source->filter->state, batch, source->selection, &count, error));
            if (count == 0) {
                VV_TRY(
                    exec_error(op->exec->session, store_check(op->exec->session), error)); /* K6 */
                continue;
            }
            if (count < batch->row_count) {
                batch->selection = source->selection;
                batch->selected_count = count;
            }
        }
        *batch_out = batch;
        return VV_OK;
    }
    return VV_END;
}

static void source_close(struct exec_operator *op)
{
    struct op_source *source = (struct op_source *)(void *)op;

    source->sink.batch_count = 0;
    source->next = 0;
}

/* The filter's conjuncts that say `column = value free of columns`. */
static vv_status equals_find(struct op_source *source, const struct expr *filter,
                             struct vv_error *error)
{
    struct exec *exec = source->op.exec;
    uint32_t most = filter->kind == EXPR_AND ? filter->argument_count : 1;
    const struct expr **values = ARENA_ARRAY(&exec->plan_arena, const struct expr *, most);

    source->equal_columns = ARENA_ARRAY(&exec->plan_arena, uint16_t, most);
    if (values == NULL || source->equal_columns == NULL) {
        return exec_no_memory(error);
    }
    if (filter->kind == EXPR_AND) {
        for (uint32_t i = 0; i < filter->argument_count; i++) {
            source->equal_count = equals_collect(source, filter->arguments[i], values,
                                                 source->equal_columns, source->equal_count);
        }
    } else {
        source->equal_count = equals_collect(source, filter, values, source->equal_columns, 0);
    }
    return source->equal_count == 0
               ? VV_OK
               : exec_values_create(exec, values, source->equal_count, &source->equals, error);
}

/* A value that may fail or change from row to row is left to the filter: only constants and parameters. */
static uint32_t equals_collect(const struct op_source *source, const struct expr *filter,
                               const struct expr **values, uint16_t *columns, uint32_t count)
{
    if (filter->kind != EXPR_FUNCTION || filter->argument_count != 2 ||
        function_comparison((enum function_id)filter->function) != FUNCTION_COMPARISON_EQ) {
        return count;
    }
    for (uint32_t side = 0; side < 2; side++) {
        const struct expr *column = filter->arguments[side];
        const struct expr *value = filter->arguments[1 - side];

        if (column->kind == EXPR_COLUMN &&
            (value->kind == EXPR_CONSTANT || value->kind == EXPR_PARAMETER)) {
            values[count] = value;
            columns[count] = source->scan->columns[column->column];
            return count + 1;
        }
    }
    return count;
}

static struct value_batch *batch_more(struct exec_sink *sink)
{
    struct arena *arena = &sink->exec->run;
    struct value_batch *batch = ARENA_NEW(arena, struct value_batch);

    if (sink->batch_count == sink->batch_capacity) {
        uint32_t more = sink->batch_capacity == 0 ? 8 : sink->batch_capacity * 2;
        struct value_batch **batches = ARENA_ARRAY(arena, struct value_batch *, more);

        if (batches == NULL) {
            return NULL;
        }
        if (sink->batch_count > 0) {
            memcpy(batches, sink->batches, sink->batch_count * sizeof *batches);
        }
        sink->batches = batches;
        sink->batch_capacity = more;
    }
    if (batch == NULL) {
        return NULL;
    }
    batch->column_count = sink->column_count;
    batch->columns = ARENA_ARRAY(arena, struct value_vector, sink->column_count);
    if (batch->columns == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < sink->column_count; i++) {
        if (!vector_init_sized(&batch->columns[i], (enum value_type)sink->types[i],
                               sink->batch_rows, arena)) {
            return NULL;
        }
        batch->columns[i].kept = true; /* strings live in the run's arena */
    }
    sink->batches[sink->batch_count++] = batch;
    return batch;
}
