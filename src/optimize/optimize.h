/*
 * optimize.h - from what a query means to the cheapest way to run it.
 *
 * First the rules of rules.def rewrite the logical plan, each in its own file and each keeping the
 * meaning; then the physical planner chooses, bottom up, how to reach each table (path.c), where order
 * comes from an index instead of a sort, how to group (physical_plan in planner.c), and last looks
 * whether the whole is a point (point.c).
 *
 * Costs are PostgreSQL's units with figures for memory (cost.h). Where nothing is known about the data,
 * PostgreSQL's default selectivities stand in.
 *
 * Promises: O1 the physical plan gives the rows of the logical one; O2 it satisfies P1
 *           (physical_verify); O3 an expression whose evaluation fails is not folded: its error comes
 *           when, and only when, it is run.
 * Threads:  any; nothing is shared.
 */
#ifndef VARVE_OPTIMIZE_OPTIMIZE_H
#define VARVE_OPTIMIZE_OPTIMIZE_H

#include "base/arena.h"
#include "base/error.h"
#include "catalog/catalog_statistics.h"
#include "plan/logical.h"
#include "plan/physical.h"

struct optimize_table_statistics {
    double rows;
    double pages;  /* of 4 KB, of the table's own map */
    bool analyzed; /* by ANALYZE, once */
};

/* A stretch of an index between constants, as struct table_range has it. */
struct optimize_range {
    const struct value *equals;
    uint32_t equal_count;
    const struct value *low; /* NULL: no bound */
    const struct value *high;
    bool low_inclusive;
    bool high_inclusive;
};

/* What is known about the data. Every function may be NULL ("unknown"). db puts the catalog behind it. */
struct optimize_statistics {
    void *context;
    /* False: unknown. */
    bool (*table)(void *context, const struct table_def *table,
                  struct optimize_table_statistics *statistics_out);
    /* An estimate of the rows in a range, from the tree's inner nodes. False: unknown. */
    bool (*range)(void *context, const struct table_def *table, const struct table_index *index,
                  const struct optimize_range *range, double *rows_out);
    /* What ANALYZE has found out about a column; NULL: nothing. borrow: until the plan is made. */
    const struct catalog_column_statistics *(*column)(void *context, const struct table_def *table,
                                                      uint16_t column);
};

/* Makes the physical plan (also inside an EXPLAIN command). *plan_out lives in the arena and borrows
 * from the logical plan, which must live as long. statistics NULL: nothing is known.
 * VV_NOMEM; VV_ERROR: 54001. */
VV_MUST_USE vv_status optimize_plan(const struct optimize_statistics *statistics,
                                    const struct logical_plan *logical, struct arena *arena,
                                    const struct physical_plan **plan_out, struct vv_error *error);

#endif
