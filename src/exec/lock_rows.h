/*
 * lock_rows.h - one row locked for SELECT FOR UPDATE and its kin, with READ COMMITTED's second look.
 *
 *     the row is as the snapshot shows it        EXEC_LOCK_SAME: what was computed from it stands
 *     a newer version that WHERE still wants     EXEC_LOCK_FRESH: exec_lock_fresh() has the output computed anew
 *     gone, unwanted now, or skipped             EXEC_LOCK_GONE
 *
 * A row whose key was changed meanwhile is followed to its new place. NOWAIT is 55P03, SKIP LOCKED takes a busy
 * row for gone, REPEATABLE READ fails with 40001 where another version would be looked at.
 *
 * Promises: LR1 the row that is handed up is locked, and is its newest version;
 *           LR2 a call that returned VV_WAITING goes on with the same arguments.
 * Threads:  as their session.
 */
#ifndef VARVE_EXEC_LOCK_ROWS_H
#define VARVE_EXEC_LOCK_ROWS_H

#include "exec/operator.h"

struct exec_lock;

enum exec_locked { EXEC_LOCK_SAME, EXEC_LOCK_FRESH, EXEC_LOCK_GONE };

/* In exec->plan_arena. borrow: plan. */
VV_MUST_USE vv_status exec_lock_create(struct exec *exec, const struct physical_lock *plan,
                                       struct exec_lock **lock_out, struct vv_error *error);

/* Before a run: forgets what waited. */
void exec_lock_open(struct exec_lock *lock);

/* The row of the snapshot with that own key (not a slice that was read from pages); strings of a fresh row go to
 * arena. */
VV_MUST_USE vv_status exec_lock_row(struct exec_lock *lock, vv_slice key, struct arena *arena,
                                    enum exec_locked *locked_out, struct vv_error *error);

/* The output of the last EXEC_LOCK_FRESH, one row; its strings live in the arena that was given, or in the lock's
 * programs. borrow: until the next call. */
const struct value_batch *exec_lock_fresh(const struct exec_lock *lock);

#endif
