/*
 * wide.c - fixed-point arithmetic and the functions that need no division.
 *
 * Reciprocal, square root and logarithm are Newton's iterations from a double: each step doubles the true digits
 * (the logarithm's, with three terms of its correction, quadruples them).
 */
#include "value/wide.h"

#include <math.h>
#include <string.h>

#include "base/assert.h"

#define WORD_BITS     64
#define FRACTION_BITS (WIDE_FRACTION * WORD_BITS)
#define NEWTON_STEPS  5 /* 50 bits, 100, 200, 400, 800 */
#define EXP_HALVINGS  20

struct wide wide_from_integer(unsigned __int128 x)
{
    struct wide wide = {0};

    wide.words[WIDE_FRACTION] = (uint64_t)x;
    wide.words[WIDE_FRACTION + 1] = (uint64_t)(x >> WORD_BITS);
    return wide;
}

struct wide wide_from_double(double x)
{
    int exponent = 0;
    double fraction = frexp(x, &exponent); /* 0.5 <= fraction < 1 */
    struct wide wide = wide_from_integer((unsigned __int128)ldexp(fraction, 53));

    return wide_shift(&wide, exponent - 53);
}

double wide_to_double(const struct wide *x)
{
    double sum = 0;

    for (int i = WIDE_WORDS - 1; i >= 0; i--) {
        sum += ldexp((double)x->words[i], (i - WIDE_FRACTION) * WORD_BITS);
    }
    return sum;
}

bool wide_is_zero(const struct wide *x)
{
    static const struct wide zero;

    return memcmp(x, &zero, sizeof zero) == 0;
}

int wide_compare(const struct wide *a, const struct wide *b)
{
    for (int i = WIDE_WORDS - 1; i >= 0; i--) {
        if (a->words[i] != b->words[i]) {
            return a->words[i] < b->words[i] ? -1 : 1;
        }
    }
    return 0;
}

struct wide wide_add(const struct wide *a, const struct wide *b)
{
    struct wide sum;
    unsigned __int128 carry = 0;

    for (int i = 0; i < WIDE_WORDS; i++) {
        carry += (unsigned __int128)a->words[i] + b->words[i];
        sum.words[i] = (uint64_t)carry;
        carry >>= WORD_BITS;
    }
    VV_ASSERT(carry == 0);
    return sum;
}

struct wide wide_subtract(const struct wide *a, const struct wide *b)
{
    struct wide rest;
    uint64_t borrow = 0;

    for (int i = 0; i < WIDE_WORDS; i++) {
        unsigned __int128 from = a->words[i], take = (unsigned __int128)b->words[i] + borrow;

        borrow = from < take;
        rest.words[i] = (uint64_t)(from - take);
    }
    VV_ASSERT(borrow == 0);
    return rest;
}

struct wide wide_multiply(const struct wide *a, const struct wide *b)
{
    uint64_t product[2 * WIDE_WORDS] = {0};
    struct wide result;

    for (int i = 0; i < WIDE_WORDS; i++) {
        uint64_t carry = 0;

        if (a->words[i] == 0) {
            continue;
        }
        for (int k = 0; k < WIDE_WORDS; k++) {
            unsigned __int128 sum =
                (unsigned __int128)a->words[i] * b->words[k] + product[i + k] + carry;

            product[i + k] = (uint64_t)sum;
            carry = (uint64_t)(sum >> WORD_BITS);
        }
        product[i + WIDE_WORDS] = carry;
    }
    for (int i = WIDE_FRACTION + WIDE_WORDS; i < 2 * WIDE_WORDS; i++) {
        VV_ASSERT(product[i] == 0);
    }
    memcpy(result.words, product + WIDE_FRACTION, sizeof result.words);
    return result;
}

struct wide wide_divide_small(const struct wide *x, uint64_t by)
{
    struct wide quotient;
    unsigned __int128 rest = 0;

    VV_ASSERT(by != 0);
    for (int i = WIDE_WORDS - 1; i >= 0; i--) {
        rest = rest << WORD_BITS | x->words[i];
        quotient.words[i] = (uint64_t)(rest / by);
        rest %= by;
    }
    return quotient;
}

bool wide_scale_small(struct wide *x, uint64_t by)
{
    uint64_t carry = 0;

    for (int i = 0; i < WIDE_WORDS; i++) {
        unsigned __int128 sum = (unsigned __int128)x->words[i] * by + carry;

        x->words[i] = (uint64_t)sum;
        carry = (uint64_t)(sum >> WORD_BITS);
    }
    return carry == 0;
}

struct wide wide_shift(const struct wide *x, int bits)
{
    struct wide result = {0};
    int words = bits >= 0 ? bits / WORD_BITS : -(-bits / WORD_BITS);
    int rest = bits >= 0 ? bits % WORD_BITS : -bits % WORD_BITS;

    for (int i = 0; i < WIDE_WORDS; i++) {
        int to = i + words;

        if (bits >= 0) {
            if (to < WIDE_WORDS && to >= 0) {
                result.words[to] |= x->words[i] << rest;
            }
            if (rest != 0 && to + 1 < WIDE_WORDS) {
                result.words[to + 1] |= x->words[i] >> (WORD_BITS - rest);
            }
        } else {
            if (to >= 0) {
                result.words[to] |= x->words[i] >> rest;
            }
            if (rest != 0 && to >= 1) {
                result.words[to - 1] |= x->words[i] << (WORD_BITS - rest);
            }
        }
    }
    return result;
}

int wide_exponent(const struct wide *x)
{
    int top = WIDE_WORDS - 1;

    while (top > 0 && x->words[top] == 0) {
        top--;
    }
    VV_ASSERT(x->words[top] != 0);
    return (top + 1) * WORD_BITS - __builtin_clzll(x->words[top]) - FRACTION_BITS;
}

/* 1 / b for b in [0.5, 1): r becomes r * (2 - b * r). */
static struct wide reciprocal(const struct wide *b)
{
    const struct wide two = wide_from_integer(2);
    struct wide r = wide_from_double(1 / wide_to_double(b));

    for (int i = 0; i < NEWTON_STEPS; i++) {
        struct wide product = wide_multiply(b, &r);
        struct wide factor = wide_subtract(&two, &product);

        r = wide_multiply(&r, &factor);
    }
    return r;
}

struct wide wide_divide(const struct wide *a, const struct wide *b)
{
    int exponent = wide_exponent(b);
    struct wide small = wide_shift(b, -exponent);
    struct wide inverse = reciprocal(&small);
    struct wide scaled = wide_shift(a, -exponent);

    return wide_multiply(&scaled, &inverse);
}

/* With m = x / 4^k in [0.25, 1): z becomes z * (3 - m * z * z) / 2, which goes to 1 / sqrt(m). */
struct wide wide_sqrt(const struct wide *x)
{
    const struct wide three = wide_from_integer(3);
    int half = 0;
    struct wide m, z, root;

    if (wide_is_zero(x)) {
        return *x;
    }
    half = wide_exponent(x);
    half = half >= 0 ? (half + 1) / 2 : half / 2;
    m = wide_shift(x, -2 * half);
    z = wide_from_double(1 / sqrt(wide_to_double(&m)));
    for (int i = 0; i < NEWTON_STEPS; i++) {
        struct wide square = wide_multiply(&z, &z);
        struct wide product = wide_multiply(&m, &square);
        struct wide factor = wide_subtract(&three, &product);

        z = wide_multiply(&z, &factor);
        z = wide_shift(&z, -1);
    }
    root = wide_multiply(&m, &z);
    return wide_shift(&root, half);
}

/* Taylor's series of x / 2^20, squared twenty times. */
struct wide wide_exp(const struct wide *x, bool negative)
{
    const struct wide one = wide_from_integer(1);
    struct wide r = wide_shift(x, -EXP_HALVINGS);
    struct wide plus = one, minus = {0}, term = one, sum;

    for (uint64_t n = 1; !wide_is_zero(&term); n++) {
        term = wide_multiply(&term, &r);
        term = wide_divide_small(&term, n);
        if (negative && n % 2 != 0) {
            minus = wide_add(&minus, &term);
        } else {
            plus = wide_add(&plus, &term);
        }
    }
    sum = wide_subtract(&plus, &minus);
    for (int i = 0; i < EXP_HALVINGS; i++) {
        sum = wide_multiply(&sum, &sum);
    }
    return sum;
}

/* -ln m for m in [0.5, 1]. With d = m * e^y - 1, y is too large by ln(1 + d) = d - d^2/2 + d^3/3 …; d begins at
 * 2^-50 and is 2^-200 after one step. */
static struct wide ln_fraction(const struct wide *m)
{
    const struct wide one = wide_from_integer(1);
    double start = -log(wide_to_double(m));
    struct wide y = wide_from_double(start > 0 ? start : 0);

    for (int i = 0; i < 3; i++) {
        struct wide e = wide_exp(&y, false);
        struct wide product = wide_multiply(m, &e);
        bool above = wide_compare(&product, &one) >= 0;
        struct wide d = above ? wide_subtract(&product, &one) : wide_subtract(&one, &product);
        struct wide square = wide_multiply(&d, &d);
        struct wide cube = wide_multiply(&square, &d);
        struct wide change = d;

        square = wide_shift(&square, -1);
        cube = wide_divide_small(&cube, 3);
        change = above ? wide_subtract(&change, &square) : wide_add(&change, &square);
        change = wide_add(&change, &cube);
        if (!above) {
            y = wide_add(&y, &change);
        } else if (wide_compare(&change, &y) < 0) {
            y = wide_subtract(&y, &change);
        } else {
            memset(&y, 0, sizeof y);
        }
    }
    return y;
}

/* x = m * 2^k with m in [0.5, 1): ln x = k * ln 2 - (-ln m). */
struct wide wide_ln(const struct wide *x, bool *negative_out)
{
    const struct wide half = wide_from_double(0.5);
    int exponent = wide_exponent(x);
    struct wide m = wide_shift(x, -exponent);
    struct wide below = ln_fraction(&m);
    struct wide two = ln_fraction(&half);

    (void)wide_scale_small(&two, (uint64_t)(exponent < 0 ? -exponent : exponent));
    if (exponent < 0) {
        *negative_out = true;
        return wide_add(&two, &below);
    }
    *negative_out = wide_compare(&two, &below) < 0;
    return *negative_out ? wide_subtract(&below, &two) : wide_subtract(&two, &below);
}
