/*
 * exec.h - runs physical plans: operators over batches, point plans, definitions.
 *
 * A `struct exec` is the run-time state of one plan in one session. It is made once and started again and
 * again; after the first runs it allocates nothing for a point plan. The caller (db) owns the
 * transaction and the statement's frame; a run of exec lies inside:
 *
 *     store_enter; store_begin (when none is open); store_statement_begin; table locks; catalog check
 *         exec_start(exec, parameters, 0, error)
 *         exec_next(exec, &batch, error)   ... until VV_END
 *         exec_stop(exec)
 *     store_statement_end; store_commit (when it was begun for this statement); store_leave
 *
 * A call may return VV_WAITING (non-blocking session): leave, and later enter and make the same call
 * again. After any failure stop the run and abort the statement.
 *
 * Promises: K1 running a point plan or its tree gives the same rows, errors and effects;
 *           K2 the size of batches changes nothing but speed;
 *           K3 a run that fails at any allocation or store call leaves the exec usable and leaks nothing;
 *           K4 a run needs at most env->memory_limit bytes, else 53200;
 *           K5 an UPDATE, DELETE or INSERT never meets rows that it wrote itself (no Halloween problem);
 *           K6 deadlines and interrupts are seen at least once a batch, and inside one whenever PACE_WORK of work (base/pace.h)
 *              has come together.
 * Threads:  one at a time; plans are shared.
 */
#ifndef VARVE_EXEC_EXEC_H
#define VARVE_EXEC_EXEC_H

#include "base/alloc.h"
#include "base/error.h"
#include "base/status.h"
#include "plan/physical.h"
#include "table/table.h"
#include "value/vector.h"

struct catalog;
struct catalog_listener;
struct eval_session;
struct exec;
struct exec_source;
struct explain_measure;
struct os;
struct physical_node;
struct store_session;

/* What every run of a session shares. borrow: everything until the last exec is destroyed. */
struct exec_env {
    struct alloc *alloc;
    struct store_session *session;
    struct catalog *catalog;
    struct eval_session *eval;        /* may be NULL */
    const struct exec_source *source; /* of virtual relations; NULL: there are none */
    uint64_t memory_limit;            /* bytes of one run's arena; 0: none */
    uint32_t statistics_target;       /* default_statistics_target */
    uint32_t batch_rows;              /* 0: as exec likes; tests set 1, 7, 2048 (K2) */
    struct os *measure;  /* not NULL: operators are measured with its clock (exec_measured) */
    bool no_clock;       /* measured without times */
    bool no_points;      /* tests: run trees even where there is a point (K1) */
    bool no_single_read; /* the caller has more to compare than the catalog's word */
};

/* Where the rows of a plan with PHYSICAL_FEED come from. next: resets the batch's columns and fills up to
 * `capacity` places, or puts vectors of its own there (up to LIMIT_BATCH_ROWS rows); sets row_count and
 * selected_count. Strings stay until its next call. VV_OK: at least one row;
 * VV_END; VV_WAITING: there are none yet; VV_ERROR. */
struct exec_feed {
    void *context;
    vv_status (*next)(void *context, struct value_batch *batch, uint32_t capacity,
                      struct vv_error *error);
};

/* Compiles the plan's expressions. borrow: env and plan until exec_destroy().
 * own: *exec_out, end with exec_destroy(). VV_NOMEM, VV_ERROR. */
VV_MUST_USE vv_status exec_create(const struct exec_env *env, const struct physical_plan *plan,
                                  struct exec **exec_out, struct vv_error *error);

/* Before exec_start() of such a plan. borrow: feed until the run is stopped. */
void exec_set_feed(struct exec *exec, const struct exec_feed *feed);

/* After an error of a run that writes what it was fed: the row's place in the batch fed last; UINT32_MAX: none
 * was being written. */
uint32_t exec_fed_place(const struct exec *exec);

/* Stops a run. Accepts NULL. */
void exec_destroy(struct exec *exec);

/* The run reads exactly one key of one map, so store_get_one() may be used: no transaction, snapshot or
 * table lock is needed when the caller compares the catalog's word before and after. */
bool exec_is_single_read(const struct exec *exec);

/* Begins a run. parameters: plan->parameter_count values of exactly the plan's parameter types (or NULLs);
 * borrow: the array and its strings until the run is stopped. single_read: see exec_is_single_read();
 * evaluates bounds, limits and one-time filters, so it may fail with errors of evaluation. */
VV_MUST_USE vv_status exec_start(struct exec *exec, const struct value *parameters,
                                 bool single_read, struct vv_error *error);

/* A whole run of a single read: start, next and keep in one. VV_OK: *batch_out has the row and stays until
 * exec_stop(), which every outcome needs. VV_END: there is none. */
VV_MUST_USE vv_status exec_read_one(struct exec *exec, const struct value *parameters,
                                    const struct value_batch **batch_out, struct vv_error *error);

/*
 * The next rows. VV_OK: *batch_out has at least one selected row (plans that return rows); it stays until
 * the next call on exec, but its long strings may lie in shared pages: call exec_keep() before a
 * store_leave or any write. VV_END: no more; a plan that returns a count has done all its work.
 */
VV_MUST_USE vv_status exec_next(struct exec *exec, const struct value_batch **batch_out,
                                struct vv_error *error);

/* True when exec knows that nothing follows the batch it has just given: the statement may end now. */
bool exec_at_end(const struct exec *exec);

/* Copies what the current batch borrows from pages into the run's arena (it stays until the next
 * exec_next or exec_stop). */
VV_MUST_USE vv_status exec_keep(struct exec *exec, struct vv_error *error);

/* Ends a run, complete or not: closes cursors, empties the arena. Allowed without one. */
void exec_stop(struct exec *exec);

/* Rows written so far by this run. */
uint64_t exec_row_count(const struct exec *exec);

/* Rows that the scans of this run have looked at so far. */
uint64_t exec_rows_read(const struct exec *exec);
/* What the operator of a node of the plan has done in all runs. False: nothing measures. */
bool exec_measured(const struct exec *exec, const struct physical_node *node,
                   struct explain_measure *measure_out);

/* How far a DROP of several names has come; zeroed to begin. */
struct exec_define_state {
    struct store_mark mark; /* before the first */
    uint32_t next;          /* of the command's names */
    bool begun;
    bool dropped; /* the next one already */
};

/* Runs CREATE and DROP of tables and indexes inside the session's transaction and statement.
 * listener (may be NULL): of what the statement tells without failing. VV_WAITING: call again. VV_CHANGED: nothing
 * was done, the table has changed since the command was bound; bind it again. After a failure,
 * or instead of calling again, abort the statement, then call exec_define_undo(). */
VV_MUST_USE vv_status exec_define(const struct exec_env *env, const struct command *command,
                                  struct exec_define_state *state,
                                  const struct catalog_listener *listener, struct vv_error *error);

/* Takes back what was done before the statement that has been aborted, and zeroes the state. */
void exec_define_undo(const struct exec_env *env, struct exec_define_state *state);

/* Whether exec_define() runs it. */
bool exec_defines(const struct command *command);

/* Turns what a store call returned into PostgreSQL's error, with the details of store_cause(): 40001
 * `could not serialize access due to concurrent update`, 40P01 `deadlock detected`, 57014 `canceling
 * statement due to user request` / `... statement timeout`, 55P03, 53200, 53100, 58030 …
 * VV_WAITING, VV_OK and VV_ERROR are returned as they are; else VV_ERROR. */
vv_status exec_error_of(struct store_session *session, vv_status status, struct vv_error *error);

static inline vv_status exec_error(struct store_session *session, vv_status status,
                                   struct vv_error *error)
{
    return status == VV_OK ? VV_OK : exec_error_of(session, status, error);
}

#endif
