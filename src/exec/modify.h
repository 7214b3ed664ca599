/*
 * modify.h - writing one row: what INSERT, UPDATE and DELETE share, as operators and as points.
 *
 * A row that another transaction has changed since the snapshot (READ COMMITTED) is looked at again: its
 * newest version is decoded, the whole WHERE is evaluated on it, the assignments are computed afresh,
 * and the write is tried on that version; a row that an UPDATE moved is followed to its new key; a row
 * that is gone or no longer wanted is passed over. That is PostgreSQL's EvalPlanQual for one table.
 *
 * Promises: M1 a row is written at most once per statement; M2 a call that returned VV_WAITING goes on
 *           where it stopped when made again with the same arguments.
 * Threads:  as their session.
 */
#ifndef VARVE_EXEC_MODIFY_H
#define VARVE_EXEC_MODIFY_H

#include "exec/operator.h"

struct exec_modify;

struct exec_modify_options {
    const struct table_def *table;
    uint8_t kind;          /* PHYSICAL_INSERT, PHYSICAL_UPDATE, PHYSICAL_DELETE */
    uint32_t column_count; /* of the scan's output; the rest is not for INSERT */
    const uint16_t *columns;
    const uint8_t *column_types;
    uint32_t assignment_count;
    const struct physical_assignment *assignments;
    const struct expr *recheck;       /* NULL: none */
    const struct modify_rules *rules; /* NULL: none */
};

/* In exec->plan_arena. */
VV_MUST_USE vv_status exec_modify_create(struct exec *exec,
                                         const struct exec_modify_options *options,
                                         struct exec_modify **modify_out, struct vv_error *error);

/* Before a run: forgets what waited. */
void exec_modify_open(struct exec_modify *modify);

/* One value for each table column, none pointing into pages; generated columns are filled in, their strings
 * in arena. Adds to exec->row_count. */
VV_MUST_USE vv_status exec_modify_insert(struct exec_modify *modify, struct value *row,
                                         uint64_t row_hint, struct arena *arena,
                                         struct vv_error *error);

/* exec_modify_insert() of the selected rows of a batch, none pointing into pages; what it needs is in arena until the
 * batch is in. *one_by_one_out: none of them is in, and exec_modify_insert() is to take them in their order: the
 * table wants that, or one of them meets something that must be told of the right row. VV_WAITING: M2. */
VV_MUST_USE vv_status exec_modify_insert_batch(struct exec_modify *modify,
                                               const struct value_batch *batch, struct arena *arena,
                                               bool *one_by_one_out, struct vv_error *error);

/* The row that the last successful exec_modify_insert() wrote: the one given, or what ON CONFLICT made of another,
 * its strings in the arena that was given; NULL: none. borrow: until the next call. */
const struct value *exec_modify_written(const struct exec_modify *modify);

/* The row of the snapshot with that own key; old: all its values; fresh: the values to write (UPDATE). None
 * points into pages; old and fresh are overwritten by a re-check, whose strings go to exec->run. A row that
 * was written adds to exec->row_count. */
VV_MUST_USE vv_status exec_modify_row(struct exec_modify *modify, vv_slice key, struct value *old,
                                      struct value *fresh, struct vv_error *error);

/* Whether the WHERE is true for this row. */
VV_MUST_USE vv_status exec_modify_wants(struct exec_modify *modify, const struct value *row,
                                        bool *wants_out, struct vv_error *error);

/* fresh = old with the assignments, computed from old; strings in exec->run or old's. */
VV_MUST_USE vv_status exec_modify_assign(struct exec_modify *modify, const struct value *old,
                                         struct value *fresh, struct vv_error *error);

/* Computes the assignments for a batch of the scan's output; value i of the selected row `row` then. */
VV_MUST_USE vv_status exec_modify_assign_batch(struct exec_modify *modify,
                                               const struct value_batch *batch,
                                               struct vv_error *error);
void exec_modify_assigned(const struct exec_modify *modify, uint32_t i, uint32_t row,
                          struct value *out);

#endif
