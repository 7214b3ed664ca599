/*
 * optimize_private.h - what the files of optimize share.
 *
 *   optimize.c   the whole            rewrite.c  walks over logical trees      rule_*.c  see rules.def
 *   computed.c   expressions of indexes, as if they were columns
 *   clause.c     conditions, taken apart, and how many rows they keep
 *   path.c       ways to reach a table's rows, and the cheapest
 *   planner.c    logical nodes to physical ones       point.c  statements without a tree
 */
#ifndef VARVE_OPTIMIZE_OPTIMIZE_PRIVATE_H
#define VARVE_OPTIMIZE_OPTIMIZE_PRIVATE_H

#include "optimize/optimize.h"

struct optimizer {
    struct arena *arena;
    struct vv_error *error;
    const struct optimize_statistics *statistics; /* never NULL; its functions may be */
    struct computed *computed;                    /* of the tables met so far (computed.c) */
};

/* ---- rules ---- */

/* Rewrites *node, or leaves it. VV_NOMEM. */
#define RULE(name) \
    VV_MUST_USE vv_status rule_##name(struct optimizer *o, const struct logical_node **node);
#include "optimize/rules.def"
#undef RULE

/* ---- rewrite.c ---- */

typedef vv_status (*rewrite_expr)(struct optimizer *o, const struct expr *expr,
                                  const struct expr **expr_out);
typedef vv_status (*rewrite_node)(struct optimizer *o, const struct logical_node **node);

/* Replaces every expression of the tree by what `rewrite` makes of it (its whole: the function walks
 * inside by itself). */
VV_MUST_USE vv_status rewrite_exprs(struct optimizer *o, const struct logical_node **node,
                                    rewrite_expr rewrite);
/* Calls `rewrite` for every node, inputs first. */
VV_MUST_USE vv_status rewrite_nodes(struct optimizer *o, const struct logical_node **node,
                                    rewrite_node rewrite);
/* Calls `rewrite` for every argument of expr and gives the node over the results. */
VV_MUST_USE vv_status rewrite_arguments(struct optimizer *o, const struct expr *expr,
                                        rewrite_expr rewrite, const struct expr **expr_out);
/* A copy of node over another input. NULL: out of memory. */
const struct logical_node *rewrite_over(struct optimizer *o, const struct logical_node *node,
                                        const struct logical_node *input);
/* count arguments joined by AND; none: *expr_out is NULL. */
VV_MUST_USE vv_status rewrite_and(struct optimizer *o, uint32_t count,
                                  const struct expr *const *arguments,
                                  const struct expr **expr_out);

/* ---- computed.c ---- */

/* The expressions and predicates of a table's indexes. */
struct computed {
    struct computed *next;
    const struct table_def *table;
    uint32_t count;
    const struct expr **exprs;      /* number spec.column_count + i */
    const struct expr **predicates; /* by place in spec.indexes; NULL: none */
    const uint16_t **numbers;       /* by place, then by part; NULL: its parts are columns */
};

/* NULL: no index of the table has any. */
VV_MUST_USE vv_status computed_of(struct optimizer *o, const struct table_def *table,
                                  const struct computed **computed_out);
/* The number of a column, or of what an index computes; TABLE_NO_COLUMN: neither. computed may be NULL. */
uint16_t computed_number(const struct computed *computed, const struct expr *expr);
/* The number of a part of an index. */
uint16_t computed_part(const struct computed *computed, const struct table_def *table,
                       const struct table_index *index, uint32_t part);
/* NULL: the index has every row. */
const struct expr *computed_predicate(const struct computed *computed,
                                      const struct table_def *table,
                                      const struct table_index *index);

/* ---- clause.c ---- */

enum clause_kind {
    CLAUSE_OTHER,
    CLAUSE_EQ, /* column = value: value is free of columns, not volatile, of the column's type */
    CLAUSE_LT,
    CLAUSE_LE,
    CLAUSE_GT,
    CLAUSE_GE,
    CLAUSE_IN, /* column IN (values) */
    CLAUSE_IS_NULL,
    CLAUSE_NOT_NULL,
    CLAUSE_LIKE /* column LIKE value */
};

/* One part of a condition that AND joins. */
struct clause {
    const struct expr *expr;
    const struct expr *value;
    enum clause_kind kind;
    uint16_t column; /* its number (computed.c) */
    double selectivity;
    double nulls; /* the share of NULLs in the column */
};

struct clause_list {
    struct clause *clauses;
    uint32_t count;
};

/* What is known of a table, with floors: plans are kept while tables grow. */
struct table_estimate {
    double rows;
    double pages;
    double rows_told; /* without the floor, once the table was analyzed: what EXPLAIN says */
};

struct table_estimate clause_table_estimate(const struct optimizer *o,
                                            const struct table_def *table);
/* Takes a condition (or NULL) over a table's columns apart. */
VV_MUST_USE vv_status clause_split(struct optimizer *o, const struct table_def *table,
                                   const struct expr *condition, struct clause_list *list_out);
/* The share of rows that all clauses together keep; two bounds of one column count as a range. */
double clause_list_selectivity(const struct clause_list *list);
/* The share of rows for which an expression is true; table NULL: over no table. */
double clause_selectivity(const struct optimizer *o, const struct table_def *table,
                          const struct expr *expr);
/* Distinct values of an expression over `rows` rows of a table. */
double clause_distinct(const struct optimizer *o, const struct table_def *table,
                       const struct expr *expr, double rows);

/* ---- selectivity.c: PostgreSQL's arithmetic over what ANALYZE has found out ---- */

/* PostgreSQL's defaults (selfuncs.h) where nothing is known about the data. */
#define SELECTIVITY_EQ       0.005
#define SELECTIVITY_RANGE    0.3333333333333333 /* one bound */
#define SELECTIVITY_INTERVAL 0.005              /* both bounds of one column */
#define SELECTIVITY_LIKE     0.005
#define SELECTIVITY_NULL     0.005
#define SELECTIVITY_OTHER    0.5

struct selectivity_column {
    const struct catalog_column_statistics *known; /* NULL: nothing */
    double rows;                                   /* of the table */
    double distinct;                               /* values among them */
    uint8_t type;                                  /* enum value_type */
    bool unique;
};

/* column = value; NULL: a value that is not known when the plan is made. */
double selectivity_equal(const struct selectivity_column *column, const struct value *value);
/* column < value and so on. */
double selectivity_compare(const struct selectivity_column *column,
                           enum function_comparison comparison, const struct value *value);
/* column LIKE pattern, or ILIKE (fold). */
double selectivity_like(const struct selectivity_column *column, const struct value *pattern,
                        bool fold, struct arena *arena);

/* ---- cost.c ---- */

#define COST_PAGE           1.0    /* PostgreSQL's seq_page_cost: memory has no random_page_cost */
#define COST_TUPLE          0.01   /* cpu_tuple_cost */
#define COST_INDEX_TUPLE    0.005  /* cpu_index_tuple_cost */
#define COST_OPERATOR       0.0025 /* cpu_operator_cost */
#define COST_SECOND_DESCENT 0.25   /* a row through a secondary index: about 25 rows of a scan */

uint32_t cost_width(uint32_t count, const uint8_t *types);
double cost_descent(double rows);
/* How much of a plan's cost is paid when only `limit` rows are read (0: all). */
double cost_of_rows(const struct physical_cost *cost, double limit);
/* Operators in an expression. */
double cost_expr(const struct expr *expr);

/* ---- path.c ---- */

/* A way to the rows of one table. Expressions are over the table's columns. */
struct path {
    const struct table_index *index; /* NULL: the table's own map from end to end */
    uint32_t range_count;
    struct physical_range *ranges;
    const struct expr *condition; /* what the ranges guarantee */
    const struct expr *filter;    /* what they do not */
    bool backward;
    bool index_only;
    bool unique;
    struct physical_cost cost;
};

struct path_want {
    const struct logical_node *scan;
    const struct clause_list *clauses;
    const struct expr *condition;        /* what the clauses are taken from; NULL: none */
    const bool *needed;                  /* table columns that the operators above read */
    uint32_t key_count;                  /* the order wanted; 0: any */
    const struct logical_sort_key *keys; /* columns by number (computed.c) */
    double limit;                        /* rows that will be read; 0: all */
    bool for_modify;
};

/* The cheapest path. *found_out is false when no path has the order. */
VV_MUST_USE vv_status path_choose(struct optimizer *o, const struct path_want *want,
                                  struct path *path_out, bool *found_out);

/* ---- planner.c, point.c ---- */

VV_MUST_USE vv_status planner_run(struct optimizer *o, const struct logical_node *root,
                                  const struct physical_node **node_out);
VV_MUST_USE vv_status point_find(struct optimizer *o, const struct physical_node *root,
                                 const struct physical_point **point_out);

#endif
