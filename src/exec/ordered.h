/*
 * ordered.h - ORDER BY inside an aggregate: rows are kept until the input ends, sorted, and then taken in.
 *
 * A row is the number of its group, the arguments and the sort keys. Rows that are equal stay in the order of the
 * input.
 *
 * Threads: as their session.
 */
#ifndef VARVE_EXEC_ORDERED_H
#define VARVE_EXEC_ORDERED_H

#include "base/pace.h"
#include "exec/rows.h"
#include "plan/expr.h"
#include "value/key.h"

struct ordered {
    uint8_t *types; /* group, arguments, keys */
    uint32_t column_count;
    uint32_t key_count;
    struct key_layout layout; /* group, keys */
    struct rows rows;
    struct arena *arena;
};

/* For an aggregate whose last order_count arguments are keys. VV_NOMEM, VV_LIMIT. */
VV_MUST_USE vv_status ordered_init(struct ordered *ordered, const struct expr *aggregate,
                                   struct arena *plan_arena);

/* Empties it. borrow: arena. */
void ordered_begin(struct ordered *ordered, struct arena *arena);

/* columns: column_count vectors. VV_NOMEM. */
VV_MUST_USE vv_status ordered_append(struct ordered *ordered,
                                     const struct value_vector *const *columns,
                                     const uint16_t *rows, uint32_t count);

/* Calls take for each row in order, with the group's number and the vectors of the arguments. */
typedef vv_status (*ordered_take)(void *context, uint32_t group,
                                  const struct value_vector *arguments, uint16_t place,
                                  struct vv_error *error);
VV_MUST_USE vv_status ordered_drain(struct ordered *ordered, ordered_take take, void *context,
                                    struct pace *pace, struct vv_error *error);

#endif
