/*
 * aggregate.h - accumulators over vectors: count, sum, avg, min, max and the others of 9.21.
 *
 * The accumulator of one aggregate for one group is aggregate_bytes() bytes that the caller places (a
 * multiple of 8, aligned to 8; a group's accumulators lie one after another). Strings that min and max
 * keep live in the caller's arena. Rows whose argument is NULL are passed over, but by count(*).
 *
 * DISTINCT and FILTER are the caller's: it calls with the selection that is left.
 *
 * Promises: A1 update in any split of the rows, then merge, gives the same as one update (sums of doubles
 *              up to rounding); A2 result types and scales are PostgreSQL's.
 * Threads:  pure functions over the caller's memory.
 */
#ifndef VARVE_EVAL_AGGREGATE_H
#define VARVE_EVAL_AGGREGATE_H

#include "base/arena.h"
#include "base/error.h"
#include "plan/function.h"
#include "value/vector.h"

#define AGGREGATE_BYTES_MAX 64u

/* Bytes of one accumulator. function: a FUNCTION_CLASS_AGGREGATE. */
size_t aggregate_bytes(enum function_id function);

void aggregate_begin(enum function_id function, uint8_t *accumulator);

/* Takes in the selected rows (rows NULL: 0..count-1) of one group. argument: NULL for count(*).
 * VV_ERROR: `bigint out of range`, out of memory, … */
VV_MUST_USE vv_status aggregate_update(enum function_id function, uint8_t *accumulator,
                                       const struct value_vector *argument, const uint16_t *rows,
                                       uint32_t count, struct arena *arena, struct vv_error *error);

/* The same for many groups: the accumulator of row place r is groups[r] + offset. */
VV_MUST_USE vv_status aggregate_update_groups(enum function_id function, uint8_t *const *groups,
                                              size_t offset, const struct value_vector *argument,
                                              const uint16_t *rows, uint32_t count,
                                              struct arena *arena, struct vv_error *error);

/* One row of an aggregate of one or two arguments; rows that it passes over too (arguments that are NULL). */
VV_MUST_USE vv_status aggregate_take(enum function_id function, uint8_t *accumulator,
                                     const struct value *arguments, struct arena *arena,
                                     struct vv_error *error);

/* Adds what `from` has seen to `into` (parallel workers). */
VV_MUST_USE vv_status aggregate_merge(enum function_id function, uint8_t *into, const uint8_t *from,
                                      struct arena *arena, struct vv_error *error);

/* The result, of the function's result type; strings lie where the accumulator keeps them. */
VV_MUST_USE vv_status aggregate_result(enum function_id function, const uint8_t *accumulator,
                                       struct value *out, struct vv_error *error);

#endif
