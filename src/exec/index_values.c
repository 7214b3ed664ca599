/* index_values.c - see index_values.h. */
#include "exec/index_values.h"

#include "base/assert.h"
#include "eval/session.h"
#include "plan/bind.h"
#include "value/context.h"

struct index_programs {
    const struct index_rule *rule;
    struct exec_program *predicate; /* NULL: every row */
    struct exec_program *parts;     /* NULL: columns alone */
    uint16_t *places;               /* of the program's expressions among the index's parts */
    uint32_t place_count;
    bool *used; /* by column: an expression reads it */
};

struct index_values {
    struct table_computer computer;
    struct exec *exec;
    const struct table_def *table;
    uint32_t count;
    struct index_programs *indexes;
    struct value_batch row; /* all columns of the table */
    struct vv_error error;  /* of the last computation that failed */
};

static vv_status programs_create(struct index_values *values, struct index_programs *programs,
                                 struct vv_error *error);
static vv_status compute(void *context, const struct table_index *index, const struct value *row,
                         struct value *key, bool *in_index_out);
static bool reads(void *context, const struct table_index *index, uint16_t column);

vv_status index_values_create(struct exec *exec, const struct table_def *table, uint32_t count,
                              const struct index_rule *rules, struct index_values **values_out,
                              struct vv_error *error)
{
    uint32_t columns = table->spec.column_count;
    struct index_values *values = NULL;
    uint8_t *types = NULL;

    *values_out = NULL;
    if (count == 0) {
        return VV_OK;
    }
    values = ARENA_NEW(&exec->plan_arena, struct index_values);
    types = ARENA_ARRAY(&exec->plan_arena, uint8_t, columns);
    if (values == NULL || types == NULL) {
        return exec_no_memory(error);
    }
    values->computer = (struct table_computer){values, compute, reads};
    values->exec = exec;
    values->table = table;
    values->count = count;
    values->indexes = ARENA_ARRAY(&exec->plan_arena, struct index_programs, count);
    if (values->indexes == NULL) {
        return exec_no_memory(error);
    }
    for (uint32_t i = 0; i < columns; i++) {
        types[i] = table->spec.columns[i].type;
    }
    VV_TRY(exec_batch_create(exec, types, columns, 1, &values->row, error));
    values->row.row_count = 1;
    values->row.selected_count = 1;
    for (uint32_t i = 0; i < count; i++) {
        values->indexes[i].rule = &rules[i];
        VV_TRY(programs_create(values, &values->indexes[i], error));
    }
    *values_out = values;
    return VV_OK;
}

const struct table_computer *index_values_computer(const struct index_values *values)
{
    return values == NULL ? NULL : &values->computer;
}

vv_status index_values_error(const struct index_values *values, struct vv_error *error)
{
    if (values != NULL && error != NULL) {
        *error = values->error;
    }
    return VV_ERROR;
}

vv_status index_build_computer(void *context, const struct table_def *table,
                               const struct table_index *index,
                               const struct table_computer **computer_out)
{
    struct index_build *build = context;
    struct index_rule *rule = NULL;

    *computer_out = NULL;
    if (build->exec == NULL) {
        VV_TRY(exec_create_bare(build->env, &build->exec, build->error));
    }
    rule = ARENA_NEW(&build->exec->plan_arena, struct index_rule);
    if (rule == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(bind_index_rule(table, index, &build->exec->plan_arena, rule, build->error));
    VV_TRY(index_values_create(build->exec, table, 1, rule, &build->values, build->error));
    *computer_out = index_values_computer(build->values);
    return VV_OK;
}

vv_status index_build_end(struct index_build *build, vv_status status)
{
    if (status == VV_ERROR && build->values != NULL && build->values->error.message[0] != '\0') {
        (void)index_values_error(build->values, build->error);
    }
    exec_destroy(build->exec);
    build->exec = NULL;
    return status;
}

/* In the session's context: AT TIME ZONE 'x' asks for a zone. */
static vv_status fold(struct exec *exec, const struct expr *expr, const struct expr **expr_out,
                      struct vv_error *error)
{
    struct context *before = NULL;
    vv_status status = VV_OK;

    if (exec->env->eval == NULL) {
        return eval_fold_constants(expr, &exec->plan_arena, expr_out, error);
    }
    before = context_set(exec->env->eval->context);
    status = eval_fold_constants(expr, &exec->plan_arena, expr_out, error);
    (void)context_set(before);
    return status;
}

/* Constants are folded as PostgreSQL does: an index whose expressions can only fail is not made, whether there are rows or
 * not, and what folding takes away fails for no row. */
static vv_status programs_create(struct index_values *values, struct index_programs *programs,
                                 struct vv_error *error)
{
    struct exec *exec = values->exec;
    const struct index_rule *rule = programs->rule;
    uint32_t columns = values->table->spec.column_count;
    uint32_t parts = rule->index->part_count;
    const struct expr **exprs = ARENA_ARRAY(&exec->plan_arena, const struct expr *, parts + 1u);

    programs->used = ARENA_ARRAY(&exec->plan_arena, bool, columns);
    programs->places = ARENA_ARRAY(&exec->plan_arena, uint16_t, parts);
    if (exprs == NULL || programs->used == NULL || programs->places == NULL) {
        return exec_no_memory(error);
    }
    if (rule->predicate != NULL) {
        VV_TRY(fold(exec, rule->predicate, &exprs[parts], error));
        expr_mark_columns(rule->predicate, programs->used, columns);
        VV_TRY(exec_program_create(exec, &exprs[parts], 1, &programs->predicate, error));
    }
    for (uint32_t i = 0; i < parts; i++) {
        if (rule->parts[i] != NULL) {
            programs->places[programs->place_count] = (uint16_t)i;
            VV_TRY(fold(exec, rule->parts[i], &exprs[programs->place_count++], error));
            expr_mark_columns(rule->parts[i], programs->used, columns);
        }
    }
    if (programs->place_count > 0) {
        VV_TRY(exec_program_create(exec, exprs, programs->place_count, &programs->parts, error));
    }
    return VV_OK;
}

static struct index_programs *programs_find(const struct index_values *values,
                                            const struct table_index *index)
{
    for (uint32_t i = 0; i < values->count; i++) {
        if (values->indexes[i].rule->index->id == index->id) {
            return &values->indexes[i];
        }
    }
    return NULL;
}

static vv_status compute(void *context, const struct table_index *index, const struct value *row,
                         struct value *key, bool *in_index_out)
{
    struct index_values *values = context;
    struct index_programs *programs = programs_find(values, index);
    struct value truth;

    VV_ASSERT(programs != NULL);
    for (uint32_t c = 0; c < values->row.column_count; c++) {
        if (programs->used[c]) {
            vector_reset(&values->row.columns[c]);
            vector_set(&values->row.columns[c], 0, &row[c]);
        }
    }
    *in_index_out = true;
    if (programs->predicate != NULL) {
        VV_TRY(eval_one(programs->predicate->state, &values->row, 0, 0, &truth, &values->error));
        *in_index_out = !truth.null && truth.boolean;
    }
    if (!*in_index_out || programs->parts == NULL) {
        return VV_OK;
    }
    VV_TRY(eval_run(programs->parts->state, &values->row, &values->error));
    for (uint32_t i = 0; i < programs->place_count; i++) {
        vector_get(eval_output(programs->parts->state, i), 0, &key[programs->places[i]]);
    }
    return VV_OK;
}

static bool reads(void *context, const struct table_index *index, uint16_t column)
{
    const struct index_programs *programs = programs_find(context, index);

    return programs == NULL || programs->used[column];
}
