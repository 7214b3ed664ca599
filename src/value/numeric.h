/*
 * numeric.h - exact decimals: a 128-bit coefficient and a count of digits after the point.
 *
 * value = coefficient / 10^scale. The scale is also what is printed: 1.50 keeps its zero. Results have
 * PostgreSQL's scales, so that 1/3.0 prints 0.33333333333333333333 and avg(integer) sixteen digits.
 * DEVIATION from PostgreSQL: 38 digits at most; a result that needs more is an error (22003), never
 * rounded in silence.
 *
 * Promises: N1 |coefficient| < 10^38 and scale <= NUMERIC_SCALE_MAX in every finite result;
 *           N2 equal values compare equal and hash equal whatever their scales;
 *           N3 parse(print(x)) has x's coefficient and scale.
 * Threads:  pure functions.
 */
#ifndef VARVE_VALUE_NUMERIC_H
#define VARVE_VALUE_NUMERIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/status.h"

#define NUMERIC_DIGITS_MAX 38u
#define NUMERIC_SCALE_MAX  80u
#define NUMERIC_TEXT_BYTES 128u /* room for any printed numeric */

/* Aligned to 8, so that a vector's element is 24 bytes and may lie in packed structs. */
typedef __int128 numeric_integer __attribute__((aligned(8)));

/* The order of the kinds is the order of the values (NaN is greatest, as in PostgreSQL). */
enum numeric_kind { NUMERIC_MINUS_INFINITY, NUMERIC_FINITE, NUMERIC_PLUS_INFINITY, NUMERIC_NAN };

struct numeric {
    numeric_integer coefficient; /* 0 unless finite */
    uint16_t scale;              /* digits after the point, shown even when zero; 0 unless finite */
    uint8_t kind;                /* enum numeric_kind */
    uint8_t unused[5];           /* zero */
};

struct numeric numeric_make(__int128 coefficient, unsigned scale);
struct numeric numeric_special(enum numeric_kind kind);
struct numeric numeric_from_int64(int64_t x);

/* As PostgreSQL's float8::numeric: 15 significant digits. VV_LIMIT: too large (22003). */
VV_MUST_USE vv_status numeric_from_double(double x, struct numeric *out);

/* As float4::numeric: 6 significant digits. VV_LIMIT: too large (22003). */
VV_MUST_USE vv_status numeric_from_real(double x, struct numeric *out);

/* Half away from zero. VV_LIMIT: out of range, or not finite. */
VV_MUST_USE vv_status numeric_to_int64(const struct numeric *x, int64_t *out);
double numeric_to_double(const struct numeric *x);

bool numeric_is_zero(const struct numeric *x);
bool numeric_is_nan(const struct numeric *x);

/* -1, 0, 1; NaN gives 1. */
int numeric_sign(const struct numeric *x);
int numeric_compare(const struct numeric *a, const struct numeric *b);
uint64_t numeric_hash(const struct numeric *x);

/* VV_LIMIT: "value overflows numeric format" (22003). Division and modulo by zero: VV_INVALID
 * ("division by zero", 22012). Sums take the larger scale, products the sum of both, quotients
 * PostgreSQL's select_div_scale(). */
VV_MUST_USE vv_status numeric_add(const struct numeric *a, const struct numeric *b,
                                  struct numeric *out);
VV_MUST_USE vv_status numeric_subtract(const struct numeric *a, const struct numeric *b,
                                       struct numeric *out);
VV_MUST_USE vv_status numeric_multiply(const struct numeric *a, const struct numeric *b,
                                       struct numeric *out);
VV_MUST_USE vv_status numeric_divide(const struct numeric *a, const struct numeric *b,
                                     struct numeric *out);
VV_MUST_USE vv_status numeric_modulo(const struct numeric *a, const struct numeric *b,
                                     struct numeric *out);
struct numeric numeric_negate(const struct numeric *x);
struct numeric numeric_absolute(const struct numeric *x);

/* Rounds half away from zero (or cuts) to `scale` digits after the point, which may be negative:
 * round(15, -1) is 20. The result's scale is max(scale, 0). VV_LIMIT: N1. */
VV_MUST_USE vv_status numeric_round(const struct numeric *x, int scale, struct numeric *out);
VV_MUST_USE vv_status numeric_truncate(const struct numeric *x, int scale, struct numeric *out);
VV_MUST_USE vv_status numeric_floor(const struct numeric *x, struct numeric *out);
VV_MUST_USE vv_status numeric_ceiling(const struct numeric *x, struct numeric *out);

/* Fits x into NUMERIC(precision, scale). VV_LIMIT: "numeric field overflow" (22003). */
VV_MUST_USE vv_status numeric_fit(const struct numeric *x, unsigned precision, int scale,
                                  struct numeric *out);

/* Text as numeric_in accepts it, outer white space allowed. VV_INVALID: 22P02. VV_LIMIT: 22003. */
VV_MUST_USE vv_status numeric_parse(vv_slice text, struct numeric *out);

/* Writes at most NUMERIC_TEXT_BYTES, no NUL; returns the number of bytes. */
size_t numeric_print(const struct numeric *x, char *to);

#endif
