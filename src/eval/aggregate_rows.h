/*
 * aggregate_rows.h - aggregates that take one row after another: variances, regression, string_agg, bits.
 *
 * Behind aggregate.h, which sends those here that have code here. An accumulator starts as zeros.
 */
#ifndef VARVE_EVAL_AGGREGATE_ROWS_H
#define VARVE_EVAL_AGGREGATE_ROWS_H

#include "eval/aggregate.h"

struct aggregate_rows_code {
    size_t bytes;
    /* The first argument is never NULL; of two-argument statistics neither is. */
    vv_status (*take)(enum function_id function, uint8_t *accumulator,
                      const struct value *arguments, struct arena *arena, struct vv_error *error);
    vv_status (*merge)(enum function_id function, uint8_t *into, const uint8_t *from,
                       struct arena *arena, struct vv_error *error);
    /* out is NULL of the result's type when it comes. */
    vv_status (*result)(enum function_id function, const uint8_t *accumulator, struct value *out,
                        struct vv_error *error);
};

/* NULL: the aggregate is of another kind. */
const struct aggregate_rows_code *aggregate_rows_code(enum function_id function);

#endif
