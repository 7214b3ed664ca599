/*
 * eval.h - bound expressions as programs of typed kernels over batches.
 *
 * A program is compiled once per plan and shared; a state holds the vectors of one execution. A run
 * computes every expression of the program for the selected rows of a batch:
 *
 *     program   nodes -> kernels            immutable, in the plan's arena
 *     state     one vector per node         made at the first batch, reused by all later ones
 *     run       columns + selection -> output vectors (a column alone is handed through, uncopied)
 *
 * Which rows a node sees is decided by its parents: AND, OR, CASE and COALESCE narrow the selection, so
 * nothing is computed, and no error raised, for a row that does not need it. Errors have PostgreSQL's
 * SQLSTATE and text and, as there, no position.
 *
 * Promises: EV1 a batch gives the rows that each of its rows alone gives; EV2 no error for rows outside
 *           the selection or behind a decided AND, OR, CASE, COALESCE; EV3 after the first batch of a
 *           size a run allocates nothing from the allocator; EV4 a program never changes; EV5 between two looks of
 *           the pace lie about PACE_WORK of work and one call of a function for one row, whatever the size of a batch.
 * Threads:  program: any. state: one at a time.
 */
#ifndef VARVE_EVAL_EVAL_H
#define VARVE_EVAL_EVAL_H

#include "base/arena.h"
#include "base/error.h"
#include "plan/expr.h"
#include "value/vector.h"

struct eval_program;
struct eval_session;
struct eval_state;
struct pace;

/* Compiles `count` expressions. The program lives in arena and borrows the expressions (constants) as
 * long. Aggregates cannot be compiled (asserted); their arguments can. VV_NOMEM. */
VV_MUST_USE vv_status eval_compile(const struct expr *const *exprs, uint32_t count,
                                   struct arena *arena, const struct eval_program **program_out);

/* own: *state_out, end with eval_destroy(); what it needs besides comes from arena, which must outlive
 * it and not be reset below it. borrow: program. VV_NOMEM. */
VV_MUST_USE vv_status eval_create(const struct eval_program *program, struct arena *arena,
                                  struct eval_state **state_out);

/* Gives back what does not lie in the arena (blocks for strings). Accepts NULL. */
void eval_destroy(struct eval_state *state);

/* Sets the parameters of the coming runs: $1 is parameters[0], of exactly the expressions' types. borrow:
 * strings until the next bind. Needed once before the first run if the program has parameters. */
void eval_bind(struct eval_state *state, const struct value *parameters);

/* Runs for this session from now on: its random numbers, its settings (session.h). borrow: session until
 * the state ends. Without one random() has a sequence of its own. */
void eval_attach(struct eval_state *state, struct eval_session *session);

/* Tells this pace from now on what was done: strings read and made, calls of functions. A look that fails is the run's
 * error (EV5). borrow: pace until the state ends. Without one nobody looks. */
void eval_pace(struct eval_state *state, struct pace *pace);

/* Computes all outputs for the selected rows. input: columns as EXPR_COLUMN numbers them; may have no
 * columns. Strings of outputs lie in the input's pages or in the state until the next run.
 * VV_ERROR. */
VV_MUST_USE vv_status eval_run(struct eval_state *state, const struct value_batch *input,
                               struct vv_error *error);

/* Output i of the last run: places as the input's; may be constant, may be a column of the input. borrow:
 * until the next run, or the end of the input. */
const struct value_vector *eval_output(const struct eval_state *state, uint32_t i);

/* Makes *batch_out of all outputs with the input's rows and selection. borrow: as eval_output. */
void eval_outputs(const struct eval_state *state, const struct value_batch *input,
                  struct value_batch *batch_out);

/* For a program of one BOOLEAN: writes the numbers of those selected rows for which it is true, rising,
 * to selection[LIMIT_BATCH_ROWS] (may be the input's own array) and their count. VV_ERROR. */
VV_MUST_USE vv_status eval_filter(struct eval_state *state, const struct value_batch *input,
                                  uint16_t *selection, uint32_t *count_out, struct vv_error *error);

/* Expression i of a program, for one row (NULL: expressions free of columns) of the input: a datum.
 * Strings as eval_run's. VV_ERROR. */
VV_MUST_USE vv_status eval_one(struct eval_state *state, const struct value_batch *input,
                               uint32_t row, uint32_t i, struct value *out, struct vv_error *error);

/* Computes an expression free of columns (parameters may be NULL when it has none), for constant folding
 * and bounds. The value's strings live in arena. VV_ERROR. */
VV_MUST_USE vv_status eval_constant(const struct expr *expr, const struct value *parameters,
                                    struct arena *arena, struct value *out, struct vv_error *error);

/* expr, which has no parameters, with its constants folded as PostgreSQL does: VV_ERROR when one fails. constants.c. */
VV_MUST_USE vv_status eval_fold_constants(const struct expr *expr, struct arena *arena,
                                          const struct expr **expr_out, struct vv_error *error);

#endif
