/* numeric_private.h - 128-bit magnitudes and powers of ten, for the files of numerics and keys. */
#ifndef VARVE_VALUE_NUMERIC_PRIVATE_H
#define VARVE_VALUE_NUMERIC_PRIVATE_H

#include "value/numeric.h"

typedef unsigned __int128 numeric_magnitude;

/* 10^n, n <= 38. */
numeric_magnitude numeric_power(unsigned n);

/* Decimal digits of x; 0 for 0. */
unsigned numeric_digits(numeric_magnitude x);

/* x * 10^n into *out; false: beyond 128 bits (n may be anything). */
bool numeric_shift(numeric_magnitude x, unsigned n, numeric_magnitude *out);

/* a * b into *out; false: beyond 128 bits. */
bool numeric_magnitude_multiply(numeric_magnitude a, numeric_magnitude b, numeric_magnitude *out);

/* Makes a finite result of sign, magnitude and scale. VV_LIMIT: N1. */
VV_MUST_USE vv_status numeric_finish(bool negative, numeric_magnitude x, int scale,
                                     struct numeric *out);

static inline numeric_magnitude numeric_magnitude_of(const struct numeric *x)
{
    return x->coefficient < 0 ? -(numeric_magnitude)x->coefficient
                              : (numeric_magnitude)x->coefficient;
}

#endif
