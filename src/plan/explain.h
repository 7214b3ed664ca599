/*
 * explain.h - a physical plan as the text that PostgreSQL's EXPLAIN prints.
 *
 * Threads: any; nothing is shared.
 */
#ifndef VARVE_PLAN_EXPLAIN_H
#define VARVE_PLAN_EXPLAIN_H

#include "base/arena.h"
#include "base/status.h"
#include "plan/physical.h"

/* The lines of the plan, without newlines, in the arena; costs: with `(cost=… rows=… width=…)`.
 * VV_NOMEM. */
VV_MUST_USE vv_status explain_print(const struct physical_plan *plan, bool costs,
                                    struct arena *arena, const char *const **lines_out,
                                    uint32_t *line_count_out);

#endif
