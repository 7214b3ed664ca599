/*
 * operator.h - the one interface of all operators, and the run they belong to.
 *
 * An operator is made once, with everything that only depends on the plan (programs, projections, the
 * vectors of its batches), and is then opened, drained and closed once for each run:
 *
 *     open    opens its inputs, evaluates what is free of columns; run memory is exec->run
 *     next    VV_OK and a batch with at least one selected row; VV_END; VV_WAITING: the same call again;
 *             VV_ERROR with the message
 *     close   gives back cursors; allowed at any time, and more than once
 *
 * A batch stays until the next call of next or close on the same operator. Its long strings may lie in
 * shared pages: any other operator's next() may end them (store_repin), so whoever holds a batch over
 * another input's next() copies what it needs (rows.h).
 *
 * Promises: O1 a new operator needs only these functions (tests run a join of two inputs over them);
 *           O2 an operator that returned VV_WAITING goes on where it was.
 * Threads:  as their session.
 */
#ifndef VARVE_EXEC_OPERATOR_H
#define VARVE_EXEC_OPERATOR_H

#include "base/arena.h"
#include "base/assert.h"
#include "base/pace.h"
#include "eval/eval.h"
#include "exec/exec.h"
#include "table/table.h"

struct exec_operator;

struct exec_operator_table {
    vv_status (*open)(struct exec_operator *op, struct vv_error *error);
    vv_status (*next)(struct exec_operator *op, const struct value_batch **batch_out,
                      struct vv_error *error);
    void (*close)(struct exec_operator *op);
};

/* The head of every operator's own struct. */
struct exec_operator {
    const struct exec_operator_table *table;
    struct exec *exec;
    const struct physical_node *node;
    struct exec_operator **inputs;
    uint32_t input_count;
    struct exec_measure *measure; /* NULL: nobody asks; measure.c */
};

/* What EXPLAIN ANALYZE tells of an operator. */
struct exec_measure {
    const struct exec_operator_table
        *table; /* the operator's own; its head has the measuring one */
    uint64_t startup_ns;
    uint64_t total_ns;
    uint64_t loops;
    uint64_t rows;
    uint64_t removed_rows; /* by its filter */
    uint64_t memory_bytes; /* at most, of the rows it keeps */
    uint64_t logged_count; /* changes written for the log, children included */
    uint64_t logged_bytes;
    bool asked;    /* in this loop: for a row */
    bool started;  /* in this loop: the first row is out */
    bool top_rows; /* a sort that kept only the first rows */
};

/* Compiled expressions with their vectors; bound and destroyed with the exec. */
struct exec_program {
    struct exec_program *next;
    const struct eval_program *program;
    struct eval_state *state;
    const struct expr *const *exprs;
};

/* An arena of an operator's own, released with the exec. */
struct exec_scratch {
    struct exec_scratch *next;
    struct arena arena;
};

struct exec_point;

/* What became of the rows that a run proposed with ON CONFLICT. */
struct exec_conflicts {
    uint64_t inserted;
    uint64_t conflicting;
    uint64_t removed; /* of them, by the WHERE of DO UPDATE */
};

struct exec {
    const struct exec_env *env;
    const struct physical_plan *plan;
    struct store_session *session;
    struct arena plan_arena; /* lives as long as the exec */
    struct arena run;        /* of one run; its limit is env->memory_limit */
    struct arena kept;       /* strings that exec_keep() copied; reset by each exec_next() */
    struct exec_program *programs;
    struct exec_scratch *scratches;
    struct exec_operator *root; /* NULL when a point runs */
    struct exec_point *point;
    const struct value *parameters;
    const struct exec_feed *feed; /* NULL: the plan has none */
    const struct value_batch *current;
    uint64_t row_count;
    uint64_t rows_read;     /* by scans */
    uint32_t written_place; /* of the row being written in the batch that was fed */
    struct exec_conflicts conflicts;
    bool running;
    bool opened;      /* the tree, in this run */
    bool reads_one;   /* the point is a get by own key */
    bool single_read; /* in this run it needs no snapshot */
    bool at_end;
    bool exists_pending; /* a unique violation waits for what it saw to become visible */
};

/* K6: so much was done, in the units of the pace. VV_ERROR: it is not wanted any more. */
static inline vv_status exec_work(const struct exec *exec, uint64_t work, struct vv_error *error)
{
    return exec_error(exec->session, pace_work(store_pace(exec->session), work), error);
}

#define EXEC_BATCH_WORK 2048u /* of an operator with a batch, besides what it tells itself */

/* The four calls on any operator. */
static inline vv_status exec_op_open(struct exec_operator *op, struct vv_error *error)
{
    return op->table->open(op, error);
}

static inline vv_status exec_op_next(struct exec_operator *op, const struct value_batch **batch_out,
                                     struct vv_error *error)
{
    VV_TRY(exec_work(op->exec, EXEC_BATCH_WORK,
                     error)); /* K6: loops over an input that drop all rows */
    return op->table->next(op, batch_out, error);
}

static inline void exec_op_close(struct exec_operator *op)
{
    op->table->close(op);
}

/* Makes the operator of a node with its inputs, from exec->plan_arena. */
VV_MUST_USE vv_status exec_op_create(struct exec *exec, const struct physical_node *node,
                                     struct exec_operator **op_out, struct vv_error *error);

/* Puts measuring functions before the operator's own. */
VV_MUST_USE vv_status exec_measure_begin(struct exec_operator *op, struct vv_error *error);

/* Rows that a filter has dropped, told once a batch. */
static inline void exec_measure_removed(struct exec_operator *op, uint32_t rows)
{
    if (VV_UNLIKELY(op->measure != NULL)) {
        op->measure->removed_rows += rows;
    }
}

/* Memory of rows that are kept, told when all of them are there. */
static inline void exec_measure_memory(struct exec_operator *op, uint64_t bytes)
{
    if (VV_UNLIKELY(op->measure != NULL) && op->measure->memory_bytes < bytes) {
        op->measure->memory_bytes = bytes;
    }
}

/* For constructors: the common head. op has at least struct exec_operator at its start. */
VV_MUST_USE vv_status exec_op_init(struct exec *exec, const struct physical_node *node,
                                   const struct exec_operator_table *table,
                                   struct exec_operator *op, struct vv_error *error);

/* Opens or closes all inputs. */
VV_MUST_USE vv_status exec_op_open_inputs(struct exec_operator *op, struct vv_error *error);
void exec_op_close_inputs(struct exec_operator *op);

/* The constructors, one for each kind (op_*.c). */
VV_MUST_USE vv_status exec_op_scan(struct exec *exec, const struct physical_node *node,
                                   struct exec_operator **op_out, struct vv_error *error);
VV_MUST_USE vv_status exec_op_source(struct exec *exec, const struct physical_node *node,
                                     struct exec_operator **op_out, struct vv_error *error);
VV_MUST_USE vv_status exec_op_result(struct exec *exec, const struct physical_node *node,
                                     struct exec_operator **op_out, struct vv_error *error);
VV_MUST_USE vv_status exec_op_values(struct exec *exec, const struct physical_node *node,
                                     struct exec_operator **op_out, struct vv_error *error);
VV_MUST_USE vv_status exec_op_feed(struct exec *exec, const struct physical_node *node,
                                   struct exec_operator **op_out, struct vv_error *error);
VV_MUST_USE vv_status exec_op_filter(struct exec *exec, const struct physical_node *node,
                                     struct exec_operator **op_out, struct vv_error *error);
VV_MUST_USE vv_status exec_op_project(struct exec *exec, const struct physical_node *node,
                                      struct exec_operator **op_out, struct vv_error *error);
VV_MUST_USE vv_status exec_op_append(struct exec *exec, const struct physical_node *node,
                                     struct exec_operator **op_out, struct vv_error *error);
VV_MUST_USE vv_status exec_op_limit(struct exec *exec, const struct physical_node *node,
                                    struct exec_operator **op_out, struct vv_error *error);
VV_MUST_USE vv_status exec_op_unique(struct exec *exec, const struct physical_node *node,
                                     struct exec_operator **op_out, struct vv_error *error);
VV_MUST_USE vv_status exec_op_sort(struct exec *exec, const struct physical_node *node,
                                   struct exec_operator **op_out, struct vv_error *error);
VV_MUST_USE vv_status exec_op_aggregate(struct exec *exec, const struct physical_node *node,
                                        struct exec_operator **op_out, struct vv_error *error);
VV_MUST_USE vv_status exec_op_lock(struct exec *exec, const struct physical_node *node,
                                   struct exec_operator **op_out, struct vv_error *error);
VV_MUST_USE vv_status exec_op_modify(struct exec *exec, const struct physical_node *node,
                                     struct exec_operator **op_out, struct vv_error *error);

/* An exec without operators, for the programs of a definition. own: *exec_out, end with exec_destroy(). */
VV_MUST_USE vv_status exec_create_bare(const struct exec_env *env, struct exec **exec_out,
                                       struct vv_error *error);

/* ---- analyze.c ---- */

/* Runs ANALYZE inside the session's statement. VV_WAITING: call again. */
VV_MUST_USE vv_status exec_analyze(const struct exec_env *env, const struct command *command,
                                   struct vv_error *error);

/* ---- for operators ---- */

/* Compiles; borrow: exprs. count 0 is allowed. */
VV_MUST_USE vv_status exec_program_create(struct exec *exec, const struct expr *const *exprs,
                                          uint32_t count, struct exec_program **program_out,
                                          struct vv_error *error);

/* The same for expressions free of columns that only exec_program_value() will be asked for: constants and
 * parameters need no compiling, no vectors and no binding. */
VV_MUST_USE vv_status exec_values_create(struct exec *exec, const struct expr *const *exprs,
                                         uint32_t count, struct exec_program **program_out,
                                         struct vv_error *error);

/* Expression i of a program free of columns: constants and parameters without running anything. Strings
 * live until the program's next value. */
VV_MUST_USE vv_status exec_program_value(struct exec *exec, struct exec_program *program,
                                         uint32_t i, struct value *out, struct vv_error *error);

/* Vectors for rows of these types, capacity places each, in exec->plan_arena. */
VV_MUST_USE vv_status exec_batch_create(struct exec *exec, const uint8_t *types,
                                        uint32_t column_count, uint32_t capacity,
                                        struct value_batch *batch, struct vv_error *error);

/* How many rows a batch of these columns should have, if about `rows` rows come. */
uint32_t exec_batch_rows(const struct exec *exec, const uint8_t *types, uint32_t column_count,
                         double rows);

/* own: the exec. NULL: out of memory. */
struct arena *exec_scratch_create(struct exec *exec);

/* 53200. Returns VV_ERROR. */
vv_status exec_no_memory(struct vv_error *error);

/* The first selected row's place, and the place of selected row i. */
static inline uint32_t exec_place(const struct value_batch *batch, uint32_t i)
{
    return batch->selection == NULL ? i : batch->selection[i];
}

/* After the error of a unique violation was set: waits until what it saw is visible. VV_WAITING, then again
 * through exec_next(); VV_ERROR. */
vv_status exec_exists_wait(struct exec *exec, struct vv_error *error);

/* A lock operator: its next batch has at most so many rows, and it locks no others (LIMIT). */
void exec_lock_at_most(struct exec_operator *op, uint64_t rows);

/* ---- parallel scans ---- */

/* Splits the table scan at the bottom of a started (tree) run into at most `count` pieces, in arena; each
 * worker, on a session that follows this one, starts its own exec of the same plan with one of them
 * (exec_start_piece); together they give the scan's rows. VV_UNSUPPORTED: no single scan. */
VV_MUST_USE vv_status exec_split(struct exec *exec, uint32_t count, struct arena *arena,
                                 struct store_range **pieces_out, uint32_t *count_out,
                                 struct vv_error *error);
VV_MUST_USE vv_status exec_start_piece(struct exec *exec, const struct value *parameters,
                                       const struct store_range *piece, struct vv_error *error);

/* ---- scans, as UPDATE, DELETE and points use them ---- */

/* A scan of a table; those of virtual relations have none of what follows. */
static inline bool exec_is_table_scan(const struct exec_operator *op)
{
    return op->node->kind == PHYSICAL_SCAN && !table_def_is_virtual(op->node->scan.table);
}

/* With for_modify: the own keys and the whole table rows (one vector for each table column) behind the
 * batch that the scan gave last. */
const vv_slice *exec_scan_keys(const struct exec_operator *scan);
const struct value_vector *exec_scan_table_columns(const struct exec_operator *scan);

/* About so many rows will be asked for in this run: batches need not be larger. Before open. */
void exec_scan_hint(struct exec_operator *scan, uint64_t rows);

/* The scan's batches go up to exec's caller as they are, who will copy their strings. */
void exec_scan_keep(struct exec_operator *op);

/* Reads only this piece in the next run. */
void exec_scan_restrict(struct exec_operator *scan, const struct store_range *piece);
VV_MUST_USE vv_status exec_scan_split(struct exec_operator *scan, uint32_t count,
                                      struct arena *arena, struct store_range **pieces_out,
                                      uint32_t *count_out, struct vv_error *error);

#endif
