/*
 * expr.h - bound expressions: typed, resolved, immutable trees in an arena.
 *
 * The binder makes them from syntax, the optimizer rewrites them into new trees, eval compiles them,
 * EXPLAIN prints them. Every node has one shape (kind, result type, arguments), so that a walk or a
 * rewrite is written once; what only some kinds need stands in the union.
 *
 * A tree may be a DAG: `x BETWEEN a AND b` and `CASE x WHEN …` use the node x several times by address.
 * eval computes such a node once per batch (so a volatile x is drawn once, as in PostgreSQL).
 *
 * Promises: E1 every argument has the type its parent's function asks for, or stands for it: conversions are
 *              nodes (EXPR_CAST), never implied, and no node has type UNKNOWN except a NULL or text
 *              constant that nothing ever looked at (an output column is made TEXT by the binder);
 *           E2 the binder's trees are at most LIMIT_DEPTH deep and unfold to at most EXPR_WEIGHT_MAX
 *              nodes; rewrites may add a little, to EXPR_DEPTH_MAX: so recursion over a tree is safe
 *              and ends soon;
 *           E3 nodes never change after the function that made them returned them.
 * Threads:  any, read-only.
 */
#ifndef VARVE_PLAN_EXPR_H
#define VARVE_PLAN_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/limits.h"
#include "base/status.h"
#include "plan/function.h"
#include "value/cast.h"
#include "value/collation.h"
#include "value/value.h"

#define EXPR_DEPTH_MAX  (2 * LIMIT_DEPTH)
#define EXPR_WEIGHT_MAX (1u << 20) /* nested BETWEEN doubles the tree each time */

/* How an aggregate's rows are ordered by one of its keys. */
#define EXPR_ORDER_DESCENDING  1u
#define EXPR_ORDER_NULLS_FIRST 2u

enum expr_kind {
    EXPR_CONSTANT,    /* constant */
    EXPR_PARAMETER,   /* parameter: $1 is 0 */
    EXPR_COLUMN,      /* column: of the row that the operator below (or the scan) hands up */
    EXPR_FUNCTION,    /* function: an operator or a function call; arguments as it declares them */
    EXPR_CAST,        /* function: the cast; one argument; cast_context says how it came about */
    EXPR_AND,         /* 2 or more BOOLEAN arguments, three-valued; stops at the first false */
    EXPR_OR,          /* 2 or more BOOLEAN arguments, three-valued; stops at the first true */
    EXPR_NOT,         /* 1 BOOLEAN argument */
    EXPR_IS_NULL,     /* 1 argument of any type; negated: IS NOT NULL; never NULL itself */
    EXPR_IS_TRUE,     /* 1 BOOLEAN argument; negated: IS NOT TRUE; never NULL itself */
    EXPR_IS_FALSE,    /* as IS_TRUE. IS UNKNOWN is EXPR_IS_NULL */
    EXPR_IS_DISTINCT, /* 2 arguments of one type; function: its equality; negated: IS NOT DISTINCT */
    EXPR_IN,          /* arguments[0] IN (arguments[1…]); function: equality; negated: NOT IN */
    EXPR_CASE,      /* when, then, when, then, …, else: an odd number; the else is always there */
    EXPR_COALESCE,  /* 1 or more arguments of the result type; evaluates only what it needs */
    EXPR_NULLIF,    /* 2 arguments; function: their equality; the type of the first */
    EXPR_GREATEST,  /* 1 or more of the result type; NULLs are skipped; function: its "greater" */
    EXPR_LEAST,     /* as GREATEST; function: its "less" */
    EXPR_AGGREGATE, /* function: an aggregate; only in the lists of aggregate operators */
    EXPR_KIND_COUNT
};

/* Where a node's collation comes from, in the order of strength. */
enum expr_collating {
    EXPR_COLLATION_IMPLICIT, /* the columns below, or the default */
    EXPR_COLLATION_CONFLICT, /* the columns below disagree: it has none */
    EXPR_COLLATION_EXPLICIT, /* COLLATE somewhere below */
    EXPR_COLLATION_WRITTEN   /* COLLATE around this very node */
};

struct expr {
    uint8_t kind;         /* enum expr_kind */
    uint8_t type;         /* enum value_type of the result */
    uint8_t cast_context; /* EXPR_CAST: enum cast_context; CAST_EXPLICIT: it was written */
    bool negated;         /* IS_NULL, IS_TRUE, IS_FALSE, IS_DISTINCT, IN */
    bool distinct;        /* AGGREGATE: count(DISTINCT x) */
    bool print_plain;  /* CONSTANT: EXPLAIN prints it without ::type (it was an integer literal) */
    uint16_t depth;    /* of the tree below: 1 for a leaf (E2) */
    uint16_t function; /* enum function_id: FUNCTION, CAST, IS_DISTINCT, IN, NULLIF, GREATEST, … */
    uint8_t collation; /* enum value_collation; as the binder found it: rewrites need not keep it */
    uint8_t collating; /* enum expr_collating */
    int32_t modifier;  /* CAST: of the target, or VALUE_NO_MODIFIER */
    uint32_t position; /* 1-based character in the statement's text, 0 when none */
    uint32_t weight;   /* nodes of the tree below, a shared one counted each time (E2) */
    uint32_t argument_count;
    const struct expr *const *arguments;
    union {
        struct value constant;         /* EXPR_CONSTANT: text and bytes live in the tree's arena */
        uint32_t parameter;            /* EXPR_PARAMETER */
        uint32_t column;               /* EXPR_COLUMN */
        struct {                       /* EXPR_AGGREGATE */
            const struct expr *filter; /* FILTER (WHERE …), or NULL */
            const uint8_t *order; /* EXPR_ORDER_… of the last order_count arguments: ORDER BY */
            uint32_t order_count;
        };
    };
};

/* Makers. All return NULL when the arena is exhausted or an argument is NULL (so that calls nest and
 * the outermost result is checked); arguments are taken by address, the array is copied. */
const struct expr *expr_constant(struct arena *arena, struct value value, uint32_t position);
const struct expr *expr_null(struct arena *arena, enum value_type type, uint32_t position);
const struct expr *expr_boolean(struct arena *arena, bool truth);
const struct expr *expr_parameter(struct arena *arena, uint32_t parameter, enum value_type type,
                                  uint32_t position);
const struct expr *expr_column(struct arena *arena, uint32_t column, enum value_type type,
                               uint32_t position);
/* A column that has a collation of its own. */
const struct expr *expr_column_collated(struct arena *arena, uint32_t column, enum value_type type,
                                        enum value_collation collation, uint32_t position);
const struct expr *expr_call(struct arena *arena, enum function_id function, uint32_t position,
                             uint32_t argument_count, const struct expr *const *arguments);
const struct expr *expr_cast(struct arena *arena, const struct expr *argument,
                             enum value_type target, int32_t modifier, enum cast_context context,
                             uint32_t position);

/* What is compared instead of a text under a collation that folds: a call that gives its fold. */
const struct expr *expr_fold(struct arena *arena, enum value_collation collation,
                             const struct expr *text);
/* The collation of such a call; DEFAULT: it is another expression. */
enum value_collation expr_fold_collation(const struct expr *expr);
/* The text that is folded, or the expression itself when it is no such call. */
const struct expr *expr_unfold(const struct expr *expr);

/* Any kind: `like` gives kind, type, flags, function, position and what stands in the union. The caller
 * keeps E2: expr_too_deep() tells. */
const struct expr *expr_with_arguments(struct arena *arena, const struct expr *like,
                                       uint32_t argument_count,
                                       const struct expr *const *arguments);

/* a AND b; either may be NULL ("no condition"), then the other is returned. Flattens nested ANDs.
 * NULL only when both are NULL or memory is out. */
const struct expr *expr_and(struct arena *arena, const struct expr *a, const struct expr *b);

/* Whether a node over these arguments would go beyond what E2 allows the binder. */
bool expr_too_deep(uint32_t argument_count, const struct expr *const *arguments);

/* Structural equality, positions apart. COLLATE makes a difference, but not in a fold, which says it anyway. */
bool expr_equal(const struct expr *a, const struct expr *b);

/* Whether any node of the tree satisfies the test. */
bool expr_any(const struct expr *expr, bool (*test)(const struct expr *node, void *context),
              void *context);

/* No columns and no aggregates: may be evaluated once per execution, before the first row. */
bool expr_is_free_of_columns(const struct expr *expr);

/* The strongest volatility of all functions in the tree. */
enum function_volatility expr_volatility(const struct expr *expr);

/* Sets used[c] for every EXPR_COLUMN c < column_count in the tree. */
void expr_mark_columns(const struct expr *expr, bool *used, uint32_t column_count);

/* A copy in which every EXPR_COLUMN is replaced by what map gives for it; nodes without columns are
 * shared with the original. NULL: out of memory, or map gave NULL. The caller keeps E2: a replacement is
 * a column, or of a depth that the original allows for. */
const struct expr *expr_map_columns(struct arena *arena, const struct expr *expr,
                                    const struct expr *(*map)(struct arena *arena,
                                                              const struct expr *column,
                                                              const void *context),
                                    const void *context);

/* A copy in which every EXPR_COLUMN c is replaced by replacement[c] (same type). */
const struct expr *expr_replace_columns(struct arena *arena, const struct expr *expr,
                                        const struct expr *const *replacement);

/* As above with new column numbers; map[c] must be defined for every column used. */
const struct expr *expr_renumber_columns(struct arena *arena, const struct expr *expr,
                                         const uint32_t *map);

#endif
