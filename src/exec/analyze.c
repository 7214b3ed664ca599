/*
 * analyze.c - ANALYZE: runs each table's counting query and keeps what it says in the catalog.
 *
 * All in one statement. When a row of statistics is another transaction's, the whole is done again after the wait:
 * the counts of the second time are fresher.
 */
#include "catalog/catalog_statistics.h"
#include "exec/operator.h"

/* The row: rows, then for each column those that are not NULL and the distinct ones. */
static vv_status keep(const struct exec_env *env, const struct command_analyze *target,
                      const struct value_batch *batch, struct vv_error *error)
{
    struct value rows;

    vector_get(&batch->columns[0], exec_place(batch, 0), &rows);
    for (uint32_t i = 0; i < target->column_count; i++) {
        struct value filled;
        struct value distinct;
        vv_status status = VV_OK;

        vector_get(&batch->columns[2 * i + 1], exec_place(batch, 0), &filled);
        vector_get(&batch->columns[2 * i + 2], exec_place(batch, 0), &distinct);
        status = catalog_statistics_put(
            env->session, target->table, target->columns[i],
            &(struct catalog_column_statistics){.rows = (double)rows.integer,
                                                .nulls = (double)(rows.integer - filled.integer),
                                                .distinct = (double)distinct.integer});
        if (status != VV_OK) {
            return exec_error(env->session, status, error);
        }
    }
    return VV_OK;
}

vv_status exec_analyze(const struct exec_env *env, const struct command *command,
                       struct vv_error *error)
{
    vv_status status = VV_OK;

    for (uint32_t i = 0; i < command->analyze.count && status == VV_OK; i++) {
        const struct command_analyze *target = &command->analyze.targets[i];
        const struct value_batch *batch = NULL;
        struct exec *exec = NULL;

        status = exec_create(env, target->physical, &exec, error);
        if (status == VV_OK) {
            status = exec_start(exec, NULL, false, error);
        }
        if (status == VV_OK) {
            status = exec_next(exec, &batch, error);
        }
        if (status == VV_OK) {
            status = keep(env, target, batch, error);
        }
        exec_destroy(exec);
    }
    return status;
}
