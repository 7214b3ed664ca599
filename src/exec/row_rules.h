/*
 * row_rules.h - generated columns and CHECK of one table, for one row at a time.
 *
 * A run of the rules computes the generated columns of a row that is about to be written, then looks at NOT
 * NULL and at the conditions: PostgreSQL's order (ExecComputeStoredGenerated, ExecConstraints).
 *
 * Threads: as their session.
 */
#ifndef VARVE_EXEC_ROW_RULES_H
#define VARVE_EXEC_ROW_RULES_H

#include "exec/operator.h"

struct row_rules;

/* In exec->plan_arena. rules NULL: *rules_out is NULL too, and there is nothing to do. */
VV_MUST_USE vv_status row_rules_create(struct exec *exec, const struct table_def *table,
                                       const struct modify_rules *rules,
                                       struct row_rules **rules_out, struct vv_error *error);

/* row: one value for each table column; generated ones are filled in, their strings in arena.
 * 23502, 23514, or an error of evaluation. Accepts NULL. */
VV_MUST_USE vv_status row_rules_apply(struct row_rules *rules, struct table_writer *writer,
                                      struct arena *arena, struct value *row,
                                      struct vv_error *error);

/* The same for the selected rows of a batch, which has a column for each of the table's: *batch_out has the generated
 * ones too, until the next call or the end of the input. False: some row breaks a rule (NOT NULL is not asked for),
 * or a rule failed; the rows one by one will say which. Accepts NULL. */
bool row_rules_hold(struct row_rules *rules, const struct value_batch *batch,
                    struct value_batch *batch_out);

#endif
