/*
 * numeric_math.c - roots, exponentials, logarithms and powers (PostgreSQL: numeric.c).
 *
 * The scale of a result is PostgreSQL's: 16 significant digits at least, judged by an estimate of the result's
 * magnitude that is made exactly as there (from its groups of four digits); the value is computed in wide.h with
 * a hundred digits more than are shown.
 */
#include "value/numeric_math.h"

#include <math.h>

#include "base/assert.h"
#include "value/numeric_private.h"
#include "value/wide.h"

#define GROUP_DIGITS       4 /* PostgreSQL's DEC_DIGITS */
#define GROUP_BASE         10000
#define SIGNIFICANT_DIGITS 16
#define SCALE_MAX          1000 /* NUMERIC_MAX_DISPLAY_SCALE */
#define RESULT_MAX         2000 /* NUMERIC_MAX_RESULT_SCALE */
#define LOG10_E            0.434294481903252
#define LN_10              2.302585092994046
#define OVERFLOW_LN        100.0 /* e^100 has more than 38 digits */
#define TINY_LN            700.0 /* e^-700 is nothing at 80 digits */
#define WORD_DIGITS        19u
#define MAGNITUDE_BITS     127
#define TIE_BITS           390 /* what is nearer to a tie than 2^-390 is one */

/* The value in PostgreSQL's groups of four digits: its weight and the first four groups. */
struct groups_of_four {
    int weight;
    int digits[4];
};

static struct groups_of_four groups_of(const struct numeric *x);
static struct groups_of_four groups_of_magnitude(numeric_magnitude magnitude, int scale);
static struct wide wide_of(const struct numeric *x);
static bool is_exact(struct wide x, int scale);
static vv_status rounded(bool negative, struct wide x, int scale, struct numeric *out);
static int clamp_scale(int scale, const struct numeric *a, const struct numeric *b);
static int ln_weight(const struct numeric *x);
static vv_status raise_special(const struct numeric *x, const struct numeric *y,
                               struct numeric *out);
static int raise_scale(const struct numeric *x, const struct numeric *y, double ln);
static bool is_odd(const struct numeric *x);

vv_status numeric_sqrt(const struct numeric *x, struct numeric *out)
{
    struct groups_of_four groups;
    struct wide root;
    int scale;

    if (x->kind == NUMERIC_NAN || x->kind == NUMERIC_PLUS_INFINITY) {
        *out = *x;
        return VV_OK;
    }
    if (numeric_sign(x) < 0) {
        return VV_INVALID;
    }
    groups = groups_of(x);
    scale = clamp_scale(SIGNIFICANT_DIGITS - ((groups.weight + 1) * GROUP_DIGITS / 2 - 1), x, x);
    root = wide_of(x);
    root = wide_sqrt(&root);
    return rounded(false, root, scale, out);
}

vv_status numeric_exp(const struct numeric *x, struct numeric *out)
{
    struct wide power;
    double estimate;
    int scale;

    if (x->kind == NUMERIC_MINUS_INFINITY) {
        *out = numeric_from_int64(0);
        return VV_OK;
    }
    if (x->kind != NUMERIC_FINITE) {
        *out = *x;
        return VV_OK;
    }
    estimate = numeric_to_double(x) * LOG10_E;
    estimate = estimate > RESULT_MAX ? RESULT_MAX : estimate < -RESULT_MAX ? -RESULT_MAX : estimate;
    scale = clamp_scale(SIGNIFICANT_DIGITS - (int)estimate, x, x);
    if (estimate > NUMERIC_DIGITS_MAX + 1) {
        return VV_LIMIT;
    }
    if (estimate < -TINY_LN * LOG10_E) {
        return rounded(false, (struct wide){0}, scale, out);
    }
    power = wide_of(x);
    power = wide_exp(&power, x->coefficient < 0);
    return rounded(false, power, scale, out);
}

vv_status numeric_ln(const struct numeric *x, struct numeric *out)
{
    struct wide ln;
    bool negative = false;

    if (x->kind != NUMERIC_FINITE) {
        *out = *x;
        return VV_OK;
    }
    VV_ASSERT(x->coefficient > 0);
    ln = wide_of(x);
    ln = wide_ln(&ln, &negative);
    return rounded(negative, ln, clamp_scale(SIGNIFICANT_DIGITS - ln_weight(x), x, x), out);
}

vv_status numeric_log(const struct numeric *base, const struct numeric *x, struct numeric *out)
{
    struct wide above, below;
    bool above_negative = false, below_negative = false;
    int scale;

    if (base->kind != NUMERIC_FINITE || x->kind != NUMERIC_FINITE) {
        bool nan = numeric_is_nan(base) || numeric_is_nan(x) || base->kind == x->kind;

        *out = nan                            ? numeric_special(NUMERIC_NAN)
               : base->kind != NUMERIC_FINITE ? numeric_from_int64(0)
                                              : *x;
        return VV_OK;
    }
    VV_ASSERT(base->coefficient > 0 && x->coefficient > 0);
    above = wide_of(x);
    above = wide_ln(&above, &above_negative);
    below = wide_of(base);
    below = wide_ln(&below, &below_negative);
    if (numeric_digits(numeric_magnitude_of(base)) == base->scale + 1u &&
        numeric_magnitude_of(base) == numeric_power(base->scale)) {
        return VV_INVALID; /* ln 1 */
    }
    scale = clamp_scale(SIGNIFICANT_DIGITS - (ln_weight(x) - ln_weight(base)), base, x);
    above = wide_divide(&above, &below);
    return rounded(above_negative != below_negative, above, scale, out);
}

vv_status numeric_raise(const struct numeric *x, const struct numeric *y, struct numeric *out)
{
    struct numeric positive = numeric_absolute(x);
    struct wide ln, exponent;
    bool negative = false;
    double estimate;
    int scale;

    if (x->kind != NUMERIC_FINITE || y->kind != NUMERIC_FINITE) {
        return raise_special(x, y, out);
    }
    if (x->coefficient == 0) {
        /* 0 ^ 0 is 1 */
        return rounded(false, wide_from_integer(y->coefficient == 0),
                       numeric_is_integral(y) ? clamp_scale(SIGNIFICANT_DIGITS, x, y)
                                              : SIGNIFICANT_DIGITS,
                       out);
    }
    ln = wide_of(&positive);
    ln = wide_ln(&ln, &negative);
    estimate = wide_to_double(&ln) * numeric_to_double(y);
    estimate = negative ? -estimate : estimate;
    scale = raise_scale(&positive, y, estimate);
    if (estimate > OVERFLOW_LN) {
        return VV_LIMIT;
    }
    if (estimate < -TINY_LN) {
        return rounded(false, (struct wide){0}, scale, out);
    }
    positive = numeric_absolute(y);
    exponent = wide_of(&positive);
    ln = wide_multiply(&ln, &exponent);
    ln = wide_exp(&ln, negative != (y->coefficient < 0));
    while (rounded(x->coefficient < 0 && is_odd(y), ln, scale, out) != VV_OK) {
        if (scale == 0 || !is_exact(ln, scale - 1)) {
            return VV_LIMIT;
        }
        scale--; /* DEVIATION: zeros that 38 digits have no room for are not shown: 2 ^ 100 */
    }
    return VV_OK;
}

bool numeric_is_integral(const struct numeric *x)
{
    return x->kind == NUMERIC_FINITE ? numeric_min_scale(x) == 0 : x->kind != NUMERIC_NAN;
}

vv_status numeric_quotient(const struct numeric *a, const struct numeric *b, struct numeric *out)
{
    struct numeric x, y;
    numeric_magnitude m, n;

    if (a->kind != NUMERIC_FINITE || b->kind != NUMERIC_FINITE || b->coefficient == 0) {
        if (a->kind == NUMERIC_FINITE && b->kind != NUMERIC_NAN && b->kind != NUMERIC_FINITE) {
            *out = numeric_from_int64(0);
            return VV_OK;
        }
        return numeric_divide(a, b, out);
    }
    m = numeric_magnitude_of(a);
    n = numeric_magnitude_of(b);
    if (numeric_shift(m, (unsigned)(b->scale > a->scale ? b->scale - a->scale : 0), &m) &&
        numeric_shift(n, (unsigned)(a->scale > b->scale ? a->scale - b->scale : 0), &n)) {
        return numeric_finish((a->coefficient < 0) != (b->coefficient < 0), m / n, 0, out);
    }
    VV_TRY(numeric_modulo(a, b, &x)); /* too large to align: take the rest away first */
    VV_TRY(numeric_subtract(a, &x, &y));
    VV_TRY(numeric_divide(&y, b, out));
    return numeric_truncate(out, 0, out);
}

/* Both at the larger scale. VV_LIMIT: they do not fit. */
static vv_status aligned(const struct numeric *a, const struct numeric *b, numeric_magnitude *a_out,
                         numeric_magnitude *b_out, unsigned *scale_out)
{
    unsigned scale = a->scale > b->scale ? a->scale : b->scale;

    *scale_out = scale;
    return numeric_shift(numeric_magnitude_of(a), scale - a->scale, a_out) &&
                   numeric_shift(numeric_magnitude_of(b), scale - b->scale, b_out)
               ? VV_OK
               : VV_LIMIT;
}

static numeric_magnitude common_divisor(numeric_magnitude a, numeric_magnitude b)
{
    while (b != 0) {
        numeric_magnitude rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

vv_status numeric_gcd(const struct numeric *a, const struct numeric *b, struct numeric *out)
{
    numeric_magnitude x, y;
    unsigned scale;

    if (a->kind != NUMERIC_FINITE || b->kind != NUMERIC_FINITE) {
        *out = numeric_special(NUMERIC_NAN);
        return VV_OK;
    }
    VV_TRY(aligned(a, b, &x, &y, &scale));
    return numeric_finish(false, common_divisor(x, y), (int)scale, out);
}

vv_status numeric_lcm(const struct numeric *a, const struct numeric *b, struct numeric *out)
{
    numeric_magnitude x, y;
    unsigned scale;

    if (a->kind != NUMERIC_FINITE || b->kind != NUMERIC_FINITE) {
        *out = numeric_special(NUMERIC_NAN);
        return VV_OK;
    }
    VV_TRY(aligned(a, b, &x, &y, &scale));
    if (x != 0 && y != 0) {
        if (!numeric_magnitude_multiply(x / common_divisor(x, y), y, &x)) {
            return VV_LIMIT;
        }
    } else {
        x = 0;
    }
    return numeric_finish(false, x, (int)scale, out);
}

unsigned numeric_min_scale(const struct numeric *x)
{
    numeric_magnitude magnitude = numeric_magnitude_of(x);
    unsigned scale = magnitude == 0 ? 0 : x->scale;

    while (scale > 0 && magnitude % 10 == 0) {
        magnitude /= 10;
        scale--;
    }
    return scale;
}

/* ---- variance ---- */

static bool squares_fit(const struct wide *x)
{
    return wide_is_zero(x) || wide_exponent(x) < (WIDE_WORDS - WIDE_FRACTION) * 64;
}

static struct wide wide_of_squares(const uint64_t *words)
{
    struct wide wide = {0};

    for (int i = 0; i < WIDE_WORDS - WIDE_FRACTION; i++) {
        wide.words[WIDE_FRACTION + i] = words[i];
    }
    return wide;
}

/* Brings the sums to a larger scale. */
static vv_status squares_rescale(struct numeric_squares *squares, unsigned scale)
{
    struct wide wide = wide_of_squares(squares->squares);

    for (; squares->scale < scale; squares->scale++) {
        if (!wide_scale_small(&wide, 100) ||
            __builtin_mul_overflow(squares->sum, (__int128)10, &squares->sum)) {
            return VV_LIMIT;
        }
    }
    for (int i = 0; i < WIDE_WORDS - WIDE_FRACTION; i++) {
        squares->squares[i] = wide.words[WIDE_FRACTION + i];
    }
    return VV_OK;
}

/* Adds `count` values of this sum and these squares, all at squares->scale. */
static vv_status squares_more(struct numeric_squares *squares, __int128 sum,
                              const struct wide *more, uint64_t count)
{
    struct wide wide = wide_of_squares(squares->squares);

    if (!squares_fit(&wide) || !squares_fit(more) ||
        __builtin_add_overflow(squares->sum, sum, &squares->sum)) {
        return VV_LIMIT;
    }
    wide = wide_add(&wide, more);
    for (int i = 0; i < WIDE_WORDS - WIDE_FRACTION; i++) {
        squares->squares[i] = wide.words[WIDE_FRACTION + i];
    }
    squares->count += count;
    return VV_OK;
}

vv_status numeric_squares_add(struct numeric_squares *squares, const struct numeric *x)
{
    numeric_magnitude magnitude;
    struct wide value, square;

    if (x->kind != NUMERIC_FINITE) {
        squares->special = 1;
        squares->count++;
        return VV_OK;
    }
    VV_TRY(squares_rescale(squares, x->scale));
    if (!numeric_shift(numeric_magnitude_of(x), squares->scale - x->scale, &magnitude) ||
        magnitude >> 95 != 0) {
        return VV_LIMIT;
    }
    value = wide_from_integer(magnitude);
    square = wide_multiply(&value, &value);
    return squares_more(squares, x->coefficient < 0 ? -(__int128)magnitude : (__int128)magnitude,
                        &square, 1);
}

vv_status numeric_squares_merge(struct numeric_squares *into, const struct numeric_squares *from)
{
    struct numeric_squares more = *from;
    struct wide wide;

    VV_TRY(squares_rescale(into, more.scale));
    VV_TRY(squares_rescale(&more, into->scale));
    into->special |= more.special;
    wide = wide_of_squares(more.squares);
    return squares_more(into, more.sum, &wide, more.count);
}

/* select_div_scale() for a dividend of more than 38 digits. */
static int variance_scale(const struct wide *dividend, unsigned dividend_scale,
                          const struct numeric *divisor)
{
    struct groups_of_four a, b = groups_of(divisor);
    struct wide rest = *dividend;
    int scale = (int)dividend_scale, weight;

    while (wide_exponent(&rest) > MAGNITUDE_BITS - 1) {
        rest = wide_divide_small(&rest, 10);
        scale--;
    }
    a = groups_of_magnitude(
        (numeric_magnitude)rest.words[WIDE_FRACTION + 1] << 64 | rest.words[WIDE_FRACTION], scale);
    weight = a.weight - b.weight - (a.digits[0] <= b.digits[0]);
    scale = SIGNIFICANT_DIGITS - weight * GROUP_DIGITS;
    scale = scale < (int)dividend_scale ? (int)dividend_scale : scale;
    return scale < 0 ? 0 : scale > SCALE_MAX ? SCALE_MAX : scale;
}

vv_status numeric_squares_variance(const struct numeric_squares *squares, bool sample, bool root,
                                   struct numeric *out)
{
    uint64_t n = squares->count, less = sample ? n - 1 : n;
    numeric_magnitude sum =
        squares->sum < 0 ? -(numeric_magnitude)squares->sum : (numeric_magnitude)squares->sum;
    struct wide dividend = wide_of_squares(squares->squares), square = wide_from_integer(sum);
    struct numeric divisor = numeric_make((__int128)n * less, 0);
    int scale;

    if (squares->special != 0) {
        *out = numeric_special(NUMERIC_NAN);
        return VV_OK;
    }
    if (sum >> 95 != 0 || !wide_scale_small(&dividend, n)) {
        return VV_LIMIT;
    }
    square = wide_multiply(&square, &square);
    if (wide_compare(&dividend, &square) <= 0) {
        *out = numeric_from_int64(0);
        return VV_OK;
    }
    dividend = wide_subtract(&dividend, &square);
    scale = variance_scale(&dividend, 2 * squares->scale, &divisor);
    for (unsigned i = 0; i < 2 * squares->scale; i++) {
        dividend = wide_divide_small(&dividend, 10);
    }
    dividend = wide_divide_small(&dividend, n);
    dividend = wide_divide_small(&dividend, less);
    VV_TRY(rounded(false, dividend, scale, out));
    if (root) {
        dividend = wide_of(out);
        dividend = wide_sqrt(&dividend);
        return rounded(false, dividend, scale, out);
    }
    return VV_OK;
}

/* ---- estimates ---- */

/* The group of four digits of magnitude / 10^scale whose lowest has the weight 10^(4 * weight). */
static int group_at(numeric_magnitude magnitude, int scale, int weight)
{
    int shift = scale + GROUP_DIGITS * weight; /* of the magnitude, to the right */

    if (shift > (int)NUMERIC_DIGITS_MAX || shift <= -GROUP_DIGITS) {
        return 0;
    }
    if (shift >= 0) {
        return (int)(magnitude / numeric_power((unsigned)shift) % GROUP_BASE);
    }
    return (int)(magnitude % GROUP_BASE * numeric_power((unsigned)-shift) % GROUP_BASE);
}

static struct groups_of_four groups_of_magnitude(numeric_magnitude magnitude, int scale)
{
    struct groups_of_four groups = {0};
    int exponent = (int)numeric_digits(magnitude) - 1 - scale;

    if (magnitude == 0) {
        return groups;
    }
    groups.weight = exponent >= 0 ? exponent / GROUP_DIGITS : -((-exponent + 3) / GROUP_DIGITS);
    for (int i = 0; i < 4; i++) {
        groups.digits[i] = group_at(magnitude, scale, groups.weight - i);
    }
    return groups;
}

static struct groups_of_four groups_of(const struct numeric *x)
{
    return groups_of_magnitude(numeric_magnitude_of(x), x->scale);
}

/* estimate_ln_dweight(): the decimal weight of ln x. */
static int ln_weight(const struct numeric *x)
{
    static const struct numeric low = {.coefficient = 9, .scale = 1, .kind = NUMERIC_FINITE};
    static const struct numeric high = {.coefficient = 11, .scale = 1, .kind = NUMERIC_FINITE};
    struct groups_of_four groups;
    double ln;

    if (numeric_compare(x, &low) >= 0 && numeric_compare(x, &high) <= 0) {
        struct numeric one = numeric_from_int64(1), rest;

        if (numeric_subtract(x, &one, &rest) != VV_OK || rest.coefficient == 0) {
            return 0;
        }
        groups = groups_of(&rest);
        return groups.weight * GROUP_DIGITS + (int)log10(groups.digits[0]);
    }
    groups = groups_of(x);
    ln = log((double)groups.digits[0] * GROUP_BASE + groups.digits[1]) +
         (groups.weight - 1) * GROUP_DIGITS * LN_10;
    return (int)log10(fabs(ln));
}

/* power_var() judges the result's magnitude, power_var_int() does not. ln: of the result, about. */
static int raise_scale(const struct numeric *x, const struct numeric *y, double ln)
{
    bool whole = numeric_is_integral(y) && fabs(numeric_to_double(y)) <= INT32_MAX;
    double weight = whole ? 0 : ln * LOG10_E;

    weight = weight > RESULT_MAX ? RESULT_MAX : weight < -RESULT_MAX ? -RESULT_MAX : weight;
    return clamp_scale(SIGNIFICANT_DIGITS - (int)weight, x, y);
}

/* Not less than what the arguments show. */
static int clamp_scale(int scale, const struct numeric *a, const struct numeric *b)
{
    scale = scale < a->scale ? a->scale : scale;
    scale = scale < b->scale ? b->scale : scale;
    return scale < 0 ? 0 : scale > SCALE_MAX ? SCALE_MAX : scale;
}

/* ---- to and from wide ---- */

static struct wide wide_of(const struct numeric *x)
{
    struct wide wide = wide_from_integer(numeric_magnitude_of(x));

    for (unsigned scale = x->scale; scale > 0;) {
        unsigned step = scale > WORD_DIGITS ? WORD_DIGITS : scale;

        wide = wide_divide_small(&wide, (uint64_t)numeric_power(step));
        scale -= step;
    }
    return wide;
}

static bool scale_up(struct wide *x, int scale)
{
    while (scale > 0) {
        unsigned step = scale > (int)WORD_DIGITS ? WORD_DIGITS : (unsigned)scale;

        if (!wide_scale_small(x, (uint64_t)numeric_power(step))) {
            return false;
        }
        scale -= (int)step;
    }
    return true;
}

/* Nothing is behind `scale` digits, as far as a result of wide.h tells. */
static bool is_exact(struct wide x, int scale)
{
    struct wide tiny = wide_from_integer(1);

    if (!scale_up(&x, scale)) {
        return false;
    }
    tiny = wide_shift(&tiny, scale * 10 / 3 - TIE_BITS + 1);
    x = wide_add(&x, &tiny);
    for (int i = WIDE_FRACTION; i < WIDE_WORDS; i++) {
        x.words[i] = 0;
    }
    tiny = wide_shift(&tiny, 1);
    return wide_compare(&x, &tiny) <= 0;
}

/* Half away from zero. What is computed may be a little below an exact tie, and is lifted over it. */
static vv_status rounded(bool negative, struct wide x, int scale, struct numeric *out)
{
    struct wide half = wide_from_double(0.5);
    struct wide tie = wide_from_integer(1);
    numeric_magnitude magnitude;

    if (scale > (int)NUMERIC_SCALE_MAX) {
        return VV_LIMIT;
    }
    if (!scale_up(&x, scale)) {
        return VV_LIMIT;
    }
    if (!wide_is_zero(&x) && wide_exponent(&x) > MAGNITUDE_BITS) {
        return VV_LIMIT;
    }
    tie = wide_shift(&tie, scale * 10 / 3 - TIE_BITS);
    half = wide_add(&half, &tie);
    x = wide_add(&x, &half);
    magnitude = (numeric_magnitude)x.words[WIDE_FRACTION + 1] << 64 | x.words[WIDE_FRACTION];
    return numeric_finish(negative && magnitude != 0, magnitude, scale, out);
}

/* ---- powers of what is not finite: as POSIX's pow(), but for NaN ---- */

static bool is_odd(const struct numeric *x)
{
    return x->kind == NUMERIC_FINITE && numeric_is_integral(x) &&
           numeric_magnitude_of(x) /
                   numeric_power(x->scale > NUMERIC_DIGITS_MAX ? NUMERIC_DIGITS_MAX : x->scale) %
                   2 !=
               0;
}

static bool is_one(const struct numeric *x, int sign)
{
    struct numeric one = numeric_from_int64(sign);

    return x->kind == NUMERIC_FINITE && numeric_compare(x, &one) == 0;
}

static vv_status raise_special(const struct numeric *x, const struct numeric *y,
                               struct numeric *out)
{
    int sign = numeric_sign(y);
    bool above_one;

    if (numeric_is_nan(x) || numeric_is_nan(y)) {
        bool one = numeric_is_nan(x) ? numeric_is_zero(y) : is_one(x, 1);

        *out = one ? numeric_from_int64(1) : numeric_special(NUMERIC_NAN);
        return VV_OK;
    }
    if (is_one(x, 1) || sign == 0 || (y->kind != NUMERIC_FINITE && is_one(x, -1))) {
        *out = numeric_from_int64(1);
        return VV_OK;
    }
    if (numeric_is_zero(x)) {
        *out = numeric_from_int64(0);
        return VV_OK;
    }
    if (y->kind != NUMERIC_FINITE) {
        struct numeric one = numeric_from_int64(1), positive = numeric_absolute(x);

        above_one = numeric_compare(&positive, &one) > 0;
        *out = above_one == (sign > 0) ? numeric_special(NUMERIC_PLUS_INFINITY)
                                       : numeric_from_int64(0);
        return VV_OK;
    }
    if (sign < 0) {
        *out = numeric_from_int64(0);
    } else {
        *out =
            numeric_special(x->kind == NUMERIC_MINUS_INFINITY && is_odd(y) ? NUMERIC_MINUS_INFINITY
                                                                           : NUMERIC_PLUS_INFINITY);
    }
    return VV_OK;
}
