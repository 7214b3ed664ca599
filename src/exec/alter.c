/* alter.c - see alter.h. */
#include "exec/alter.h"

#include <stdio.h>

#include "exec/operator.h"

/* The columns of the spec, with the values that old rows show in new columns: computed once, now. */
static vv_status columns_make(struct exec *exec, const struct alter_plan *plan,
                              struct table_column **columns_out, struct vv_error *error)
{
    uint32_t count = plan->spec.column_count;
    struct table_column *columns = ARENA_ARRAY(&exec->plan_arena, struct table_column, count);

    *columns_out = columns;
    if (columns == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct exec_program *program = NULL;
        struct value value;

        columns[i] = plan->spec.columns[i];
        if (plan->missing[i] == NULL) {
            continue;
        }
        VV_TRY(exec_values_create(exec, &plan->missing[i], 1, &program, error));
        VV_TRY(exec_program_value(exec, program, 0, &value, error));
        if (!value.null) {
            VV_TRY(table_missing_encode(&value, &exec->plan_arena, &columns[i].missing));
        }
    }
    return VV_OK;
}

/* Whether rows that are not written anew must be looked at. */
static bool looks(const struct alter_plan *plan, const struct table_column *columns)
{
    bool looks = plan->check_count > 0;

    for (uint32_t i = 0; i < plan->spec.column_count; i++) {
        looks = looks || (plan->not_null[i] &&
                          (i < plan->base->spec.column_count || columns[i].missing.data == NULL));
    }
    return looks;
}

vv_status alter_run(const struct exec_env *env, const struct catalog_ddl *ddl,
                    const struct command *command)
{
    const struct alter_plan *plan = command->alter.plan;
    struct catalog_alteration alteration = {.schema = command->alter.table.schema,
                                            .name = command->alter.table.name,
                                            .rows = alter_rows_run};
    struct alter_rows rows = {.plan = plan, .error = ddl->error};
    struct table_column *columns = NULL;
    struct table_spec spec;
    vv_status status = VV_OK;

    if (plan == NULL) {
        return catalog_alter_table(ddl, &alteration);
    }
    VV_TRY(exec_create_bare(env, &rows.exec, ddl->error));
    VV_TRY_OR(done, columns_make(rows.exec, plan, &columns, ddl->error));
    spec = plan->spec;
    spec.columns = columns;
    alteration.base = plan->base;
    alteration.spec = &spec;
    alteration.rewrite = plan->rewrite;
    alteration.new_keys = plan->new_keys;
    alteration.checks = looks(plan, columns);
    alteration.context = &rows;
    alteration.check = plan->check;
    alteration.check_after = plan->check_after;
    status = catalog_alter_table(ddl, &alteration);
    for (const struct alter_notice *notice = plan->notices;
         status == VV_OK && notice != NULL && ddl->listener != NULL; notice = notice->next) {
        ddl->listener->tell(
            ddl->listener->argument,
            &(struct catalog_notice){notice->sqlstate, notice->text, notice->detail});
    }
done:
    exec_destroy(rows.exec);
    return status;
}
