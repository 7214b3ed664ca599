/*
 * numeric_math.h - square root, exponential, logarithms and powers of exact decimals.
 *
 * Results have PostgreSQL's scales (at least 16 significant digits) and are the exact value rounded half away from
 * zero: PostgreSQL's guard digits give the same in all but contrived cases.
 *
 * Promises: M1 N1 and N2 of numeric.h hold; M2 no result depends on the machine's long double or libm beyond the
 *           estimate of its scale.
 * Threads:  pure functions.
 */
#ifndef VARVE_VALUE_NUMERIC_MATH_H
#define VARVE_VALUE_NUMERIC_MATH_H

#include "value/numeric.h"

/* VV_INVALID: x is negative. */
VV_MUST_USE vv_status numeric_sqrt(const struct numeric *x, struct numeric *out);

/* VV_LIMIT: the result has too many digits (22003), as everywhere below. */
VV_MUST_USE vv_status numeric_exp(const struct numeric *x, struct numeric *out);

/* x > 0 (or NaN). */
VV_MUST_USE vv_status numeric_ln(const struct numeric *x, struct numeric *out);

/* The logarithm of x to a base; both > 0 (or NaN). VV_INVALID: the base is 1 (division by zero). */
VV_MUST_USE vv_status numeric_log(const struct numeric *base, const struct numeric *x,
                                  struct numeric *out);

/* x to the power of y, which must be defined: not 0 to a negative, nor a negative to a fraction. */
VV_MUST_USE vv_status numeric_raise(const struct numeric *x, const struct numeric *y,
                                    struct numeric *out);

/* Whether there is nothing behind the point (infinities are integral, NaN is not). */
bool numeric_is_integral(const struct numeric *x);

/* The quotient cut to an integer. VV_INVALID: division by zero. */
VV_MUST_USE vv_status numeric_quotient(const struct numeric *a, const struct numeric *b,
                                       struct numeric *out);

/* Greatest common divisor and least common multiple, at the larger of the two scales. */
VV_MUST_USE vv_status numeric_gcd(const struct numeric *a, const struct numeric *b,
                                  struct numeric *out);
VV_MUST_USE vv_status numeric_lcm(const struct numeric *a, const struct numeric *b,
                                  struct numeric *out);

/* The digits behind the point that are needed to show x; x finite. */
unsigned numeric_min_scale(const struct numeric *x);

/* Sums for a variance: of values and of their squares, exact. Begins as zeros. */
struct numeric_squares {
    numeric_integer sum; /* of coefficients at `scale` */
    uint64_t squares[3]; /* of their squares at 2 * scale; least significant first */
    uint64_t count;
    uint32_t scale;
    uint32_t special; /* values that were not finite: the variance is NaN */
};

/* VV_LIMIT: the sums have no room. */
VV_MUST_USE vv_status numeric_squares_add(struct numeric_squares *squares, const struct numeric *x);
VV_MUST_USE vv_status numeric_squares_merge(struct numeric_squares *into,
                                            const struct numeric_squares *from);
/* Of the population or (sample) of a sample, with PostgreSQL's scale; root: the standard deviation.
 * count > 0, > 1 for a sample. */
VV_MUST_USE vv_status numeric_squares_variance(const struct numeric_squares *squares, bool sample,
                                               bool root, struct numeric *out);

#endif
