/*
 * cast.h - conversions between types: which exist (PostgreSQL's pg_cast), and the conversion of a datum.
 *
 * Messages: see text.h. Threads: pure functions.
 */
#ifndef VARVE_VALUE_CAST_H
#define VARVE_VALUE_CAST_H

#include "base/arena.h"
#include "base/error.h"
#include "value/value.h"

/* Where a cast may be used; each includes the ones below it: an implicit cast may be assigned too. */
enum cast_context {
    CAST_NONE,       /* `cannot cast type boolean to bigint` (42846) */
    CAST_EXPLICIT,   /* only CAST(x AS t), x::t */
    CAST_ASSIGNMENT, /* also INSERT and UPDATE into a column of that type */
    CAST_IMPLICIT,   /* also among operands */
    CAST_COMPARED /* of an expression, not of types: an implicit cast of what is compared, see cast_compared() */
};

/* The same type, and anything from UNKNOWN, is implicit. Every type casts to TEXT by assignment and from
 * TEXT explicitly (through its text form). */
enum cast_context cast_between(enum value_type from, enum value_type to);

/* Fits a value into a type's modifier: NUMERIC(p,s) rounds (22003), VARCHAR(n) and CHAR(n) lose blanks
 * beyond n characters, and whatever else stands there when `cut` (an explicit cast; otherwise 22001), and
 * CHAR(n) is filled with blanks. */
VV_MUST_USE vv_status cast_fit(int32_t modifier, bool cut, struct arena *arena, struct value *value,
                               struct vv_error *error);

/* Converts one datum; NULL stays NULL. modifier: of the target, or VALUE_NO_MODIFIER.
 * Doubles to integers round half to even, numerics half away from zero. 22003 `integer out of range`.
 * The cast must exist (asserted). */
VV_MUST_USE vv_status cast_value(const struct value *from, enum value_type to, int32_t modifier,
                                 struct arena *arena, struct value *out, struct vv_error *error);

/* A DATE or TIMESTAMP as the TIMESTAMP or TIMESTAMPTZ that it is compared with: what lies beyond that type's range
 * is less or greater than all of its finite values, and never equal to one. Does not fail. */
void cast_compared(const struct value *from, enum value_type to, struct value *out);

#endif
