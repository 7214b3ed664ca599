/*
 * bind_alter.h - what the files of ALTER TABLE share; never leaves the room.
 *
 * The actions of one statement are applied to a copy of the definition, in PostgreSQL's passes, whatever their
 * order in the text: what is dropped goes first, types change, columns come, then their attributes, keys, other
 * constraints and defaults. Expressions see the table as it is at that point.
 */
#ifndef VARVE_PLAN_BIND_ALTER_H
#define VARVE_PLAN_BIND_ALTER_H

#include "plan/alter.h"
#include "plan/bind_private.h"

/* A table on its way. */
struct alter {
    struct binder *binder;
    const struct table_def *base;
    struct bind_definition definition;
    const struct expr **values; /* by column: over base's rows */
    bool *retyped;              /* by column */
    bool *check_fresh;          /* by check: rows must be held to it */
    struct alter_plan *plan;
    bool new_keys;
};

/* The column of that name as the table is by now; 42703 `column "x" of relation "t" does not exist`. */
VV_MUST_USE vv_status alter_column_find(struct alter *alter, vv_slice name, uint16_t *column_out);
/* Adds to what the statement tells. detail: a text of the arena, NULL: none. */
VV_MUST_USE vv_status alter_notice(struct alter *alter, const char *sqlstate, const char *detail,
                                   const char *format, ...) __attribute__((format(printf, 4, 5)));
/* PostgreSQL tells no position for errors in what it adds later than it reads. */
vv_status alter_unplaced(struct alter *alter, vv_status status);
/* An expression of the definition as a tree that may be changed. */
VV_MUST_USE vv_status alter_tree(struct alter *alter, const char *text, struct ast **tree_out);
/* *reads_out: the expression reads the column. text may be NULL. */
VV_MUST_USE vv_status alter_reads(struct alter *alter, const char *text, const char *column,
                                  bool *reads_out);
VV_MUST_USE vv_status alter_index_reads(struct alter *alter, const struct table_index *index,
                                        uint16_t column, bool *reads_out);
void alter_index_remove(struct alter *alter, uint32_t place);
void alter_check_remove(struct alter *alter, uint32_t place);

/* ---- bind_alter_column.c ---- */

VV_MUST_USE vv_status alter_add_column(struct alter *alter, const struct ast_alter_action *action,
                                       bool *added_out);
VV_MUST_USE vv_status alter_drop_column(struct alter *alter, const struct ast_alter_action *action);
VV_MUST_USE vv_status alter_column_type(struct alter *alter, const struct ast_alter_action *action);
VV_MUST_USE vv_status alter_default(struct alter *alter, const struct ast_alter_action *action);
VV_MUST_USE vv_status alter_set_not_null(struct alter *alter,
                                         const struct ast_alter_action *action);
VV_MUST_USE vv_status alter_drop_not_null(struct alter *alter,
                                          const struct ast_alter_action *action);
VV_MUST_USE vv_status alter_identity(struct alter *alter, const struct ast_alter_action *action);
VV_MUST_USE vv_status alter_drop_expression(struct alter *alter,
                                            const struct ast_alter_action *action);
VV_MUST_USE vv_status alter_set_statistics(struct alter *alter,
                                           const struct ast_alter_action *action);

/* ---- bind_alter_constraint.c ---- */

VV_MUST_USE vv_status alter_add_key(struct alter *alter, const struct ast_constraint *constraint);
VV_MUST_USE vv_status alter_add_check(struct alter *alter, const struct ast_constraint *constraint);
VV_MUST_USE vv_status alter_drop_constraint(struct alter *alter,
                                            const struct ast_alter_action *action);
VV_MUST_USE vv_status alter_validate(struct alter *alter, const struct ast_alter_action *action);
VV_MUST_USE vv_status alter_rename_constraint(struct alter *alter,
                                              const struct ast_alter_action *action);

/* ---- bind_alter_rows.c ---- */

/* What happens to the rows; the plan's spec. */
VV_MUST_USE vv_status alter_finish(struct alter *alter);

#endif
