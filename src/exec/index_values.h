/*
 * index_values.h - the expressions and predicates of a table's indexes, for one row at a time.
 *
 * table asks for them when it makes an index's entry of a row (struct table_computer). A predicate is computed
 * first: the expressions of an index are only computed of rows that are in it, so that WHERE can guard them.
 *
 * Threads: as their session.
 */
#ifndef VARVE_EXEC_INDEX_VALUES_H
#define VARVE_EXEC_INDEX_VALUES_H

#include "exec/operator.h"
#include "plan/rules.h"

struct index_values;

/* In exec->plan_arena. borrow: table and rules as long as exec. count 0: *values_out is NULL. */
VV_MUST_USE vv_status index_values_create(struct exec *exec, const struct table_def *table,
                                          uint32_t count, const struct index_rule *rules,
                                          struct index_values **values_out, struct vv_error *error);

/* NULL of NULL. borrow: as long as values. */
const struct table_computer *index_values_computer(const struct index_values *values);

/* The error of the write that returned VV_ERROR. Returns VV_ERROR. */
vv_status index_values_error(const struct index_values *values, struct vv_error *error);

/* What CREATE INDEX and ALTER TABLE build with: catalog_ddl.computer. */
struct index_build {
    const struct exec_env *env;
    struct exec *exec; /* own: end with index_build_end() */
    struct index_values *values;
    struct vv_error *error;
};

VV_MUST_USE vv_status index_build_computer(void *context, const struct table_def *table,
                                           const struct table_index *index,
                                           const struct table_computer **computer_out);
/* An error of evaluation goes to the statement's. */
vv_status index_build_end(struct index_build *build, vv_status status);

#endif
