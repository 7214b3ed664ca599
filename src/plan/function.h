/*
 * function.h - the catalog of operators, functions, casts and aggregates, made from functions.def.
 *
 * An id names one overload with exact argument types and is at the same time the number of its kernel:
 * eval fills a table indexed by function_id. The binder chooses the overload by PostgreSQL's rules
 * (bind_resolve.h); nothing behind the binder looks at names again, except to print them.
 *
 * Threads: any; all tables are constant.
 */
#ifndef VARVE_PLAN_FUNCTION_H
#define VARVE_PLAN_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

#include "value/value.h"

enum function_id {
    FUNCTION_NONE,
#define FUNCTION_OPERATOR(id, symbol, left, right, result)                  FUNCTION_##id,
#define FUNCTION_CALL(id, name, result, volatility, strict, count, a, b, c) FUNCTION_##id,
#define FUNCTION_LONG(id, name, result, volatility, strict, count, a, b, c, d, e, f, g) \
    FUNCTION_##id,
#define FUNCTION_VARIADIC(id, name, result, volatility, fixed, a)     FUNCTION_##id,
#define FUNCTION_CAST(id, source, target)                             FUNCTION_##id,
#define FUNCTION_AGGREGATE(id, name, count, argument, second, result) FUNCTION_##id,
#include "plan/functions.def"
    FUNCTION_COUNT
};

enum function_class {
    FUNCTION_CLASS_NONE,
    FUNCTION_CLASS_OPERATOR, /* prefix operators have one argument */
    FUNCTION_CLASS_CALL,
    FUNCTION_CLASS_CAST,
    FUNCTION_CLASS_AGGREGATE
};

/* In rising order of strength. */
enum function_volatility { FUNCTION_IMMUTABLE, FUNCTION_STABLE, FUNCTION_VOLATILE };

/* What a comparison operator asks; the same for every type. */
enum function_comparison {
    FUNCTION_COMPARISON_NONE,
    FUNCTION_COMPARISON_EQ,
    FUNCTION_COMPARISON_NE,
    FUNCTION_COMPARISON_LT,
    FUNCTION_COMPARISON_LE,
    FUNCTION_COMPARISON_GT,
    FUNCTION_COMPARISON_GE
};

#define FUNCTION_ARGUMENTS_MAX 7   /* of functions that are not variadic */
#define FUNCTION_VARIADIC_MAX  100 /* arguments of any call, as in PostgreSQL */

/* Argument types that stand for several; never the type of an expression. */
#define FUNCTION_TYPE_NONE        0xFD /* no argument */
#define FUNCTION_TYPE_ANY         0xFE /* count("any"): no conversion */
#define FUNCTION_TYPE_ANYNONARRAY 0xFF /* text || anynonarray: the binder converts it to TEXT */

struct function_entry {
    const char *name; /* "abs", "+", "sum"; for casts the target's type name */
    uint8_t class;    /* enum function_class */
    uint8_t argument_count;
    uint8_t argument_types[FUNCTION_ARGUMENTS_MAX]; /* enum value_type or FUNCTION_TYPE_… */
    uint8_t result_type;                            /* enum value_type */
    uint8_t volatility;                             /* enum function_volatility */
    bool strict;                                    /* any NULL argument gives NULL, no call */
    bool variadic; /* argument_count arguments, then one or more of any type */
};

/* id < FUNCTION_COUNT. Never NULL. */
const struct function_entry *function_entry(enum function_id id);

/* What the operator asks; NONE when it is no comparison. */
enum function_comparison function_comparison(enum function_id id);

/* Whether it may look names or definitions up, for which a statement must be running. */
bool function_reads_catalog(enum function_id id);

/* The comparison operator of a type with itself; FUNCTION_NONE when the type has no such order. */
enum function_id function_comparison_of(enum value_type type, enum function_comparison comparison);

/* a < b is b > a: the comparison with its sides exchanged. */
enum function_comparison function_comparison_commuted(enum function_comparison comparison);

/* not (a < b) is a >= b. */
enum function_comparison function_comparison_negated(enum function_comparison comparison);

/* The cast from source to target, whatever its context (cast_between says which); of a type to itself: the
 * one that fits a value into a modifier. FUNCTION_NONE when there is none. */
enum function_id function_cast_of(enum value_type source, enum value_type target);

#endif
