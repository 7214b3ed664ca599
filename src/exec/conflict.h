/*
 * conflict.h - INSERT … ON CONFLICT for one row at a time.
 *
 *     insert ──ok──> done
 *       │ a unique index has that key
 *       v
 *     which arbiter, which row?  ──none is an arbiter's──> 23505
 *       │                        ──gone meanwhile──────> insert again
 *       v
 *     DO NOTHING: done           DO UPDATE: lock its newest version, WHERE, SET, update
 *
 * The insert is tried first and undone to a mark when it meets a key, so that a row without conflict costs
 * nothing more. PostgreSQL looks first and inserts speculatively; what can be seen is the same.
 *
 * Promises: CF1 under READ COMMITTED one of insert, update and "do nothing" always happens, whatever others
 *           commit meanwhile; CF2 under REPEATABLE READ a row in the way that the snapshot does not show is 40001;
 *           CF3 DO UPDATE never writes a row that the same statement wrote: 21000; CF4 a call that returned
 *           VV_WAITING goes on where it stopped.
 * Threads:  as their session.
 */
#ifndef VARVE_EXEC_CONFLICT_H
#define VARVE_EXEC_CONFLICT_H

#include "exec/index_values.h"
#include "exec/operator.h"
#include "exec/row_rules.h"

struct exec_conflict;

struct exec_conflict_options {
    const struct table_def *table;
    const struct modify_rules *rules; /* with a conflict */
    struct row_rules *row_rules;      /* NULL: none */
    struct index_values *indexes;     /* NULL: none is computed */
    struct table_writer *writer;      /* of the insert */
};

/* In exec->plan_arena. */
VV_MUST_USE vv_status exec_conflict_create(struct exec *exec,
                                           const struct exec_conflict_options *options,
                                           struct exec_conflict **conflict_out,
                                           struct vv_error *error);

/* Before a run: forgets what waited. */
void exec_conflict_open(struct exec_conflict *conflict);

/* row: proposed, its generated columns computed. *written_out: the row as it was inserted or updated, its
 * strings in arena; NULL when nothing was written. */
VV_MUST_USE vv_status exec_conflict_insert(struct exec_conflict *conflict, const struct value *row,
                                           uint64_t row_hint, struct arena *arena,
                                           const struct value **written_out,
                                           struct vv_error *error);

#endif
