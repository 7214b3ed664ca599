/*
 * wide.h - binary fixed-point numbers of 512 bits behind the point and 192 before it.
 *
 * The workshop of numeric_math.c: enough room that decimals of 38 digits with up to 80 behind the point come out of
 * exp(y * ln(x)) with a hundred true digits to spare, so that one rounding at the end is the right one.
 *
 * A wide is a magnitude; who needs signs keeps them beside it. Results are cut, errors are a few units of the last
 * place (2^-512) times what the algorithm says.
 *
 * Threads: pure functions.
 */
#ifndef VARVE_VALUE_WIDE_H
#define VARVE_VALUE_WIDE_H

#include <stdbool.h>
#include <stdint.h>

#define WIDE_FRACTION 8  /* words behind the point */
#define WIDE_WORDS    11 /* least significant first */

struct wide {
    uint64_t words[WIDE_WORDS];
};

struct wide wide_from_integer(unsigned __int128 x);
/* The nearest wide of a double, 0 <= x < 2^127. */
struct wide wide_from_double(double x);
double wide_to_double(const struct wide *x);

bool wide_is_zero(const struct wide *x);
int wide_compare(const struct wide *a, const struct wide *b);
/* Sums and products must fit; a >= b for the difference. */
struct wide wide_add(const struct wide *a, const struct wide *b);
struct wide wide_subtract(const struct wide *a, const struct wide *b);
struct wide wide_multiply(const struct wide *a, const struct wide *b);
struct wide wide_divide_small(const struct wide *x, uint64_t by);
/* False: x * by has more than 192 bits before the point; x is undefined then. */
bool wide_scale_small(struct wide *x, uint64_t by);
/* x * 2^bits; negative: to the right. */
struct wide wide_shift(const struct wide *x, int bits);
/* 1 + the place of the highest bit, counted from the point: 0.5 gives 0, 1 gives 1. x != 0. */
int wide_exponent(const struct wide *x);

/* a / b, b != 0. */
struct wide wide_divide(const struct wide *a, const struct wide *b);
struct wide wide_sqrt(const struct wide *x);
/* e^x, or e^-x when negative; x < 130 unless negative. */
struct wide wide_exp(const struct wide *x, bool negative);
/* |ln x|, and whether it is below zero; x != 0. */
struct wide wide_ln(const struct wide *x, bool *negative_out);

#endif
