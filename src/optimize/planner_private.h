/*
 * planner_private.h - what the planner's files share: planner.c (scans, filters, projections),
 * planner_group.c, planner_order.c, planner_lock.c, planner_modify.c.
 */
#ifndef VARVE_OPTIMIZE_PLANNER_PRIVATE_H
#define VARVE_OPTIMIZE_PLANNER_PRIVATE_H

#include "optimize/optimize_private.h"

/* What the node above wants. */
struct wish {
    const bool *needed; /* of the node's columns */
    uint32_t key_count; /* 0: any order */
    const struct logical_sort_key *keys;
    double limit; /* rows that will be read; 0: all */
};

/* What came of it. node NULL: the order cannot be had. */
struct planned {
    const struct physical_node *node;
    const uint32_t *map; /* logical column -> column of the node's rows */
};

/* Any node. */
VV_MUST_USE vv_status planner_plan(struct optimizer *o, const struct logical_node *logical,
                                   const struct wish *wish, struct planned *planned);

/* The kinds of node. for_modify: the rows will be written. */
VV_MUST_USE vv_status planner_scan(struct optimizer *o, const struct logical_node *scan,
                                   const struct expr *condition, const struct wish *wish,
                                   bool for_modify, struct planned *planned);
VV_MUST_USE vv_status planner_nothing(struct optimizer *o, const struct logical_node *logical,
                                      struct planned *planned);
VV_MUST_USE vv_status planner_aggregate(struct optimizer *o, const struct logical_node *logical,
                                        const struct wish *wish, struct planned *planned);
VV_MUST_USE vv_status planner_distinct(struct optimizer *o, const struct logical_node *logical,
                                       const struct wish *wish, struct planned *planned);
VV_MUST_USE vv_status planner_sort(struct optimizer *o, const struct logical_node *logical,
                                   const struct wish *wish, struct planned *planned);
VV_MUST_USE vv_status planner_limit(struct optimizer *o, const struct logical_node *logical,
                                    const struct wish *wish, struct planned *planned);
VV_MUST_USE vv_status planner_lock(struct optimizer *o, const struct logical_node *logical,
                                   const struct wish *wish, struct planned *planned);
VV_MUST_USE vv_status planner_feed(struct optimizer *o, const struct logical_node *logical,
                                   struct planned *planned);
VV_MUST_USE vv_status planner_values(struct optimizer *o, const struct logical_node *logical,
                                     struct planned *planned);
VV_MUST_USE vv_status planner_insert(struct optimizer *o, const struct logical_node *logical,
                                     struct planned *planned);
VV_MUST_USE vv_status planner_modify(struct optimizer *o, const struct logical_node *logical,
                                     struct planned *planned);

/* A node over input (NULL: a leaf) that hands up its input's columns at its cost. NULL: no memory. */
struct physical_node *planner_node(struct optimizer *o, enum physical_kind kind,
                                   const struct physical_node *input);
/* VV_NOMEM when node or map is NULL. */
VV_MUST_USE vv_status planner_finish(struct planned *planned, const struct physical_node *node,
                                     const uint32_t *map);
/* Every column at its own place. */
const uint32_t *planner_map_same(struct optimizer *o, uint32_t count);
/* Expressions over the logical input as expressions over the planned one. */
const struct expr *planner_renumber(struct optimizer *o, const struct expr *expr,
                                    const struct planned *input);
VV_MUST_USE vv_status planner_renumber_all(struct optimizer *o, uint32_t count,
                                           const struct expr *const *exprs,
                                           const struct planned *input,
                                           const struct expr *const **out);
bool *planner_bitmap(struct optimizer *o, uint32_t count);

/* Every row, no row can make the condition true. */
bool planner_is_true(const struct expr *condition);
bool planner_is_false(const struct expr *condition);

#endif
