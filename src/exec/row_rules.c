/* row_rules.c - see row_rules.h. */
#include "exec/row_rules.h"

#include "base/assert.h"

struct row_rules {
    struct exec *exec;
    const struct table_def *table;
    const struct modify_rules *rules;
    struct exec_program *generated; /* NULL: none */
    struct exec_program *checks;    /* NULL: none */
    struct value_batch row;         /* all columns of the table */
    bool *used;                     /* by column: an expression reads it */
    struct value_vector *whole;     /* the columns of a batch with the generated ones */
};

static vv_status programs_create(struct row_rules *rules, struct vv_error *error);
static bool all_pass(const struct value_vector *truth, const struct value_batch *batch);
static void row_show(struct row_rules *rules, const struct value *row);
static vv_status generate(struct row_rules *rules, struct arena *arena, struct value *row,
                          struct vv_error *error);
static vv_status check(struct row_rules *rules, const struct value *row, struct vv_error *error);

vv_status row_rules_create(struct exec *exec, const struct table_def *table,
                           const struct modify_rules *rules, struct row_rules **rules_out,
                           struct vv_error *error)
{
    uint32_t count = table->spec.column_count;
    struct row_rules *made = NULL;
    uint8_t *types = NULL;

    *rules_out = NULL;
    if (rules == NULL) {
        return VV_OK;
    }
    made = ARENA_NEW(&exec->plan_arena, struct row_rules);
    types = ARENA_ARRAY(&exec->plan_arena, uint8_t, count);
    if (made == NULL || types == NULL) {
        return exec_no_memory(error);
    }
    made->exec = exec;
    made->table = table;
    made->rules = rules;
    made->used = ARENA_ARRAY(&exec->plan_arena, bool, count);
    made->whole = ARENA_ARRAY(&exec->plan_arena, struct value_vector, count);
    if (made->used == NULL || made->whole == NULL) {
        return exec_no_memory(error);
    }
    for (uint32_t i = 0; i < count; i++) {
        types[i] = table->spec.columns[i].type;
    }
    VV_TRY(exec_batch_create(exec, types, count, 1, &made->row, error));
    made->row.row_count = 1;
    made->row.selected_count = 1;
    VV_TRY(programs_create(made, error));
    *rules_out = made;
    return VV_OK;
}

vv_status row_rules_apply(struct row_rules *rules, struct table_writer *writer, struct arena *arena,
                          struct value *row, struct vv_error *error)
{
    if (rules == NULL) {
        return VV_OK;
    }
    row_show(rules, row);
    if (rules->generated != NULL) {
        VV_TRY(generate(rules, arena, row, error));
    }
    if (rules->checks == NULL) {
        return VV_OK;
    }
    if (table_check_not_null(writer, row) != VV_OK) {
        return table_violation_error(rules->table, table_writer_violation(writer), error);
    }
    return check(rules, row, error);
}

bool row_rules_hold(struct row_rules *rules, const struct value_batch *batch,
                    struct value_batch *batch_out)
{
    struct vv_error ignored;

    *batch_out = *batch;
    if (rules == NULL) {
        return true;
    }
    error_clear(&ignored);
    memcpy(rules->whole, batch->columns, batch->column_count * sizeof rules->whole[0]);
    if (rules->generated != NULL && eval_run(rules->generated->state, batch, &ignored) != VV_OK) {
        return false;
    }
    for (uint32_t i = 0; i < rules->rules->generated_count; i++) {
        rules->whole[rules->rules->generated[i].column] = *eval_output(rules->generated->state, i);
    }
    batch_out->columns = rules->whole;
    if (rules->checks != NULL && eval_run(rules->checks->state, batch_out, &ignored) != VV_OK) {
        return false;
    }
    for (uint32_t i = 0; i < rules->rules->check_count; i++) {
        if (!all_pass(eval_output(rules->checks->state, i), batch)) {
            return false;
        }
    }
    return true;
}

/* NULL passes. */
static bool all_pass(const struct value_vector *truth, const struct value_batch *batch)
{
    for (uint32_t i = 0; i < batch->selected_count; i++) {
        uint32_t row = truth->constant ? 0 : exec_place(batch, i);

        if (!vector_is_null(truth, row) && truth->bools[row] == 0) {
            return false;
        }
    }
    return true;
}

static vv_status programs_create(struct row_rules *rules, struct vv_error *error)
{
    const struct modify_rules *plan = rules->rules;
    struct exec *exec = rules->exec;
    uint32_t columns = rules->table->spec.column_count;
    const struct expr **exprs =
        ARENA_ARRAY(&exec->plan_arena, const struct expr *, plan->generated_count);
    const struct expr **conditions =
        ARENA_ARRAY(&exec->plan_arena, const struct expr *, plan->check_count);

    if (exprs == NULL || conditions == NULL) {
        return exec_no_memory(error);
    }
    for (uint32_t i = 0; i < plan->generated_count; i++) {
        exprs[i] = plan->generated[i].value;
        expr_mark_columns(exprs[i], rules->used, columns);
    }
    for (uint32_t i = 0; i < plan->check_count; i++) {
        conditions[i] = plan->checks[i].condition;
        expr_mark_columns(conditions[i], rules->used, columns);
    }
    if (plan->generated_count > 0) {
        VV_TRY(exec_program_create(exec, exprs, plan->generated_count, &rules->generated, error));
    }
    if (plan->check_count > 0) {
        VV_TRY(exec_program_create(exec, conditions, plan->check_count, &rules->checks, error));
    }
    return VV_OK;
}

static void row_show(struct row_rules *rules, const struct value *row)
{
    for (uint32_t c = 0; c < rules->row.column_count; c++) {
        if (rules->used[c]) {
            vector_reset(&rules->row.columns[c]);
            vector_set(&rules->row.columns[c], 0, &row[c]);
        }
    }
}

/* Generated columns read no generated columns, so one run computes them all. */
static vv_status generate(struct row_rules *rules, struct arena *arena, struct value *row,
                          struct vv_error *error)
{
    const struct modify_rules *plan = rules->rules;

    VV_TRY(eval_run(rules->generated->state, &rules->row, error));
    for (uint32_t i = 0; i < plan->generated_count; i++) {
        uint16_t column = plan->generated[i].column;
        struct value value;

        vector_get(eval_output(rules->generated->state, i), 0, &value);
        if (!value_copy(arena, &value, &row[column])) {
            return exec_no_memory(error);
        }
        if (rules->used[column]) {
            vector_reset(&rules->row.columns[column]);
            vector_set(&rules->row.columns[column], 0, &row[column]);
        }
    }
    return VV_OK;
}

/* One by one: a condition behind the first false one is not evaluated, so it raises no error. */
static vv_status check(struct row_rules *rules, const struct value *row, struct vv_error *error)
{
    for (uint32_t i = 0; i < rules->rules->check_count; i++) {
        struct table_violation violation = {
            .kind = TABLE_VIOLATION_CHECK, .check = rules->rules->checks[i].name, .row = row};
        struct value truth;

        VV_TRY(eval_one(rules->checks->state, &rules->row, 0, i, &truth, error));
        if (!truth.null && !truth.boolean) {
            return table_violation_error(rules->table, &violation, error);
        }
    }
    return VV_OK;
}
