/*
 * numeric.c - arithmetic on exact decimals.
 *
 * Everything is done on magnitudes (unsigned 128 bits) and a sign. The one operation that needs more is
 * a quotient whose shifted dividend passes 128 bits; it goes through 256 bits, bit by bit.
 */
#include "value/numeric.h"

#include "base/assert.h"
#include "base/hash.h"
#include "value/numeric_private.h"

/* PostgreSQL's select_div_scale() counts in groups of four digits and wants 16 significant ones. */
#define GROUP_DIGITS     4
#define QUOTIENT_DIGITS  16
#define WORD_POWER       19u /* 10^19 fits 64 bits */
#define MAGNITUDE_DIGITS 39u /* of 2^128 - 1 */
#define HASH_OF_INFINITY UINT64_C(0x696E66696E697479)

static bool align(const struct numeric *a, const struct numeric *b, numeric_magnitude *a_out,
                  numeric_magnitude *b_out);
static vv_status add_signed(const struct numeric *a, const struct numeric *b, bool negate_b,
                            struct numeric *out);
static int compare_magnitudes(const struct numeric *a, const struct numeric *b);
static void first_group(const struct numeric *x, int *weight_out, unsigned *digits_out);
static int quotient_scale(const struct numeric *a, const struct numeric *b);
static vv_status divide_special(const struct numeric *a, const struct numeric *b,
                                struct numeric *out);
static bool divide_shifted(numeric_magnitude a, unsigned shift, numeric_magnitude b,
                           numeric_magnitude *out);
static bool divide_wide(numeric_magnitude a, numeric_magnitude factor, numeric_magnitude b,
                        numeric_magnitude *quotient_out, numeric_magnitude *rest_out);
static vv_status cut(const struct numeric *x, int scale, bool round, struct numeric *out);
static vv_status toward(const struct numeric *x, bool up, struct numeric *out);

static const uint64_t word_powers[WORD_POWER + 1] = {
    1u,
    10u,
    100u,
    1000u,
    10000u,
    100000u,
    1000000u,
    10000000u,
    100000000u,
    1000000000u,
    10000000000u,
    100000000000u,
    1000000000000u,
    10000000000000u,
    100000000000000u,
    1000000000000000u,
    10000000000000000u,
    100000000000000000u,
    1000000000000000000u,
    10000000000000000000u,
};

/* ---- magnitudes ---- */

numeric_magnitude numeric_power(unsigned n)
{
    VV_ASSERT(n <= NUMERIC_DIGITS_MAX);
    return n <= WORD_POWER
               ? word_powers[n]
               : (numeric_magnitude)word_powers[WORD_POWER] * word_powers[n - WORD_POWER];
}

unsigned numeric_digits(numeric_magnitude x)
{
    unsigned digits = 0;

    if (x >= numeric_power(WORD_POWER)) {
        digits = WORD_POWER;
        while (digits < NUMERIC_DIGITS_MAX && x >= numeric_power(digits + 1)) {
            digits++;
        }
        return digits + 1;
    }
    while (digits < WORD_POWER && (uint64_t)x >= word_powers[digits]) {
        digits++;
    }
    return digits;
}

bool numeric_magnitude_multiply(numeric_magnitude a, numeric_magnitude b, numeric_magnitude *out)
{
    uint64_t a_high = (uint64_t)(a >> 64);
    uint64_t b_high = (uint64_t)(b >> 64);
    numeric_magnitude low = (numeric_magnitude)(uint64_t)a * (uint64_t)b;
    numeric_magnitude cross;

    *out = 0;
    if (a_high != 0 && b_high != 0) {
        return false;
    }
    cross = (numeric_magnitude)a_high * (uint64_t)b + (numeric_magnitude)b_high * (uint64_t)a;
    if (cross >> 64 != 0) {
        return false;
    }
    *out = low + (cross << 64);
    return *out >= low;
}

bool numeric_shift(numeric_magnitude x, unsigned n, numeric_magnitude *out)
{
    *out = x;
    if (n == 0 || x == 0) {
        return true;
    }
    if (n > NUMERIC_DIGITS_MAX) {
        return false;
    }
    return numeric_magnitude_multiply(x, numeric_power(n), out);
}

vv_status numeric_finish(bool negative, numeric_magnitude x, int scale, struct numeric *out)
{
    *out = numeric_make(0, 0);
    if (scale < 0 && !numeric_shift(x, (unsigned)-scale, &x)) {
        return VV_LIMIT;
    }
    scale = scale < 0 ? 0 : scale;
    if (x >= numeric_power(NUMERIC_DIGITS_MAX) || scale > (int)NUMERIC_SCALE_MAX) {
        return VV_LIMIT; /* N1 */
    }
    *out = numeric_make(negative ? -(__int128)x : (__int128)x, (unsigned)scale);
    return VV_OK;
}

/* ---- making and asking ---- */

struct numeric numeric_make(__int128 coefficient, unsigned scale)
{
    VV_ASSERT(scale <= NUMERIC_SCALE_MAX); /* N1 */
    return (struct numeric){
        .coefficient = coefficient, .scale = (uint16_t)scale, .kind = NUMERIC_FINITE};
}

struct numeric numeric_special(enum numeric_kind kind)
{
    return (struct numeric){.kind = (uint8_t)kind};
}

struct numeric numeric_from_int64(int64_t x)
{
    return numeric_make(x, 0);
}

bool numeric_is_zero(const struct numeric *x)
{
    return x->kind == NUMERIC_FINITE && x->coefficient == 0;
}

bool numeric_is_nan(const struct numeric *x)
{
    return x->kind == NUMERIC_NAN;
}

int numeric_sign(const struct numeric *x)
{
    if (x->kind != NUMERIC_FINITE) {
        return x->kind == NUMERIC_MINUS_INFINITY ? -1 : 1;
    }
    return (x->coefficient > 0) - (x->coefficient < 0);
}

int numeric_compare(const struct numeric *a, const struct numeric *b)
{
    int sign_a, sign_b;

    if (a->kind != NUMERIC_FINITE || b->kind != NUMERIC_FINITE) {
        return (a->kind > b->kind) - (a->kind < b->kind);
    }
    if (a->scale == b->scale) {
        return (a->coefficient > b->coefficient) - (a->coefficient < b->coefficient);
    }
    sign_a = numeric_sign(a);
    sign_b = numeric_sign(b);
    if (sign_a != sign_b || sign_a == 0) {
        return (sign_a > sign_b) - (sign_a < sign_b);
    }
    return sign_a * compare_magnitudes(a, b);
}

uint64_t numeric_hash(const struct numeric *x)
{
    numeric_magnitude magnitude = numeric_magnitude_of(x);
    unsigned scale = x->scale;

    if (x->kind != NUMERIC_FINITE) {
        return hash_word(HASH_OF_INFINITY + x->kind);
    }
    if (magnitude == 0) {
        return hash_word(0);
    }
    while (scale > 0 && magnitude % 10 == 0) { /* N2: 1.50 hashes as 1.5 */
        magnitude /= 10;
        scale--;
    }
    return hash_word((uint64_t)magnitude ^ hash_word((uint64_t)(magnitude >> 64) + scale) ^
                     (x->coefficient < 0));
}

struct numeric numeric_negate(const struct numeric *x)
{
    struct numeric out = *x;

    if (x->kind == NUMERIC_FINITE) {
        out.coefficient = -x->coefficient;
    } else if (x->kind != NUMERIC_NAN) {
        out.kind = NUMERIC_MINUS_INFINITY + NUMERIC_PLUS_INFINITY - x->kind;
    }
    return out;
}

struct numeric numeric_absolute(const struct numeric *x)
{
    return numeric_sign(x) < 0 ? numeric_negate(x) : *x;
}

/* ---- sums and products ---- */

vv_status numeric_add(const struct numeric *a, const struct numeric *b, struct numeric *out)
{
    return add_signed(a, b, false, out);
}

vv_status numeric_subtract(const struct numeric *a, const struct numeric *b, struct numeric *out)
{
    return add_signed(a, b, true, out);
}

vv_status numeric_multiply(const struct numeric *a, const struct numeric *b, struct numeric *out)
{
    numeric_magnitude product;

    if (a->kind != NUMERIC_FINITE || b->kind != NUMERIC_FINITE) {
        int sign = numeric_sign(a) * numeric_sign(b);
        bool nan = numeric_is_nan(a) || numeric_is_nan(b) || sign == 0;

        *out = numeric_special(nan        ? NUMERIC_NAN
                               : sign > 0 ? NUMERIC_PLUS_INFINITY
                                          : NUMERIC_MINUS_INFINITY);
        return VV_OK;
    }
    if (!numeric_magnitude_multiply(numeric_magnitude_of(a), numeric_magnitude_of(b), &product)) {
        *out = numeric_make(0, 0);
        return VV_LIMIT;
    }
    return numeric_finish((a->coefficient < 0) != (b->coefficient < 0), product,
                          a->scale + b->scale, out);
}

static vv_status add_signed(const struct numeric *a, const struct numeric *b, bool negate_b,
                            struct numeric *out)
{
    struct numeric other = negate_b ? numeric_negate(b) : *b;
    numeric_magnitude x, y;
    bool negative_x = a->coefficient < 0;
    bool negative_y = other.coefficient < 0;
    int scale = a->scale > b->scale ? a->scale : b->scale;

    if (a->kind != NUMERIC_FINITE || other.kind != NUMERIC_FINITE) {
        bool opposite =
            a->kind != NUMERIC_FINITE && other.kind != NUMERIC_FINITE && a->kind != other.kind;

        *out = opposite ? numeric_special(NUMERIC_NAN) : a->kind != NUMERIC_FINITE ? *a : other;
        return VV_OK;
    }
    if (!align(a, &other, &x, &y)) {
        *out = numeric_make(0, 0);
        return VV_LIMIT;
    }
    if (negative_x == negative_y) {
        return numeric_finish(negative_x, x + y < x ? ~(numeric_magnitude)0 : x + y, scale, out);
    }
    return x >= y ? numeric_finish(negative_x, x - y, scale, out)
                  : numeric_finish(negative_y, y - x, scale, out);
}

/* Brings both magnitudes to the larger scale; false: beyond 128 bits. */
static bool align(const struct numeric *a, const struct numeric *b, numeric_magnitude *a_out,
                  numeric_magnitude *b_out)
{
    unsigned shift_a = a->scale < b->scale ? (unsigned)b->scale - a->scale : 0;
    unsigned shift_b = b->scale < a->scale ? (unsigned)a->scale - b->scale : 0;

    return numeric_shift(numeric_magnitude_of(a), shift_a, a_out) &&
           numeric_shift(numeric_magnitude_of(b), shift_b, b_out);
}

/* Both not zero. What cannot be shifted up within 128 bits is the larger one: the other fits. */
static int compare_magnitudes(const struct numeric *a, const struct numeric *b)
{
    numeric_magnitude x, y;

    if (!align(a, b, &x, &y)) {
        return a->scale < b->scale ? 1 : -1;
    }
    return (x > y) - (x < y);
}

/* ---- quotients ---- */

vv_status numeric_divide(const struct numeric *a, const struct numeric *b, struct numeric *out)
{
    numeric_magnitude quotient;
    int scale;

    *out = numeric_make(0, 0);
    if (numeric_is_nan(a) || numeric_is_nan(b)) {
        *out = numeric_special(NUMERIC_NAN);
        return VV_OK;
    }
    if (numeric_is_zero(b)) {
        return VV_INVALID;
    }
    if (a->kind != NUMERIC_FINITE || b->kind != NUMERIC_FINITE) {
        return divide_special(a, b, out);
    }
    scale = quotient_scale(a, b);
    if (scale > (int)NUMERIC_SCALE_MAX ||
        !divide_shifted(numeric_magnitude_of(a), (unsigned)(scale + b->scale - a->scale),
                        numeric_magnitude_of(b), &quotient)) {
        return VV_LIMIT;
    }
    return numeric_finish((a->coefficient < 0) != (b->coefficient < 0), quotient, scale, out);
}

vv_status numeric_modulo(const struct numeric *a, const struct numeric *b, struct numeric *out)
{
    numeric_magnitude x, y;

    *out = numeric_make(0, 0);
    if (numeric_is_nan(a) || numeric_is_nan(b)) {
        *out = numeric_special(NUMERIC_NAN);
        return VV_OK;
    }
    if (numeric_is_zero(b)) {
        return VV_INVALID;
    }
    if (a->kind != NUMERIC_FINITE || b->kind != NUMERIC_FINITE) {
        *out = a->kind != NUMERIC_FINITE ? numeric_special(NUMERIC_NAN) : *a;
        return VV_OK;
    }
    if (!align(a, b, &x, &y)) {
        return VV_LIMIT;
    }
    return numeric_finish(a->coefficient<0, x % y, a->scale> b->scale ? a->scale : b->scale, out);
}

/* No NaN, and not both finite. */
static vv_status divide_special(const struct numeric *a, const struct numeric *b,
                                struct numeric *out)
{
    if (a->kind == NUMERIC_FINITE) {
        *out = numeric_make(0, 0);
    } else if (b->kind != NUMERIC_FINITE) {
        *out = numeric_special(NUMERIC_NAN);
    } else {
        *out = numeric_sign(b) > 0 ? *a : numeric_negate(a);
    }
    return VV_OK;
}

/* The weight (in groups of four digits, 0 for the units) and value of the first group of digits. */
static void first_group(const struct numeric *x, int *weight_out, unsigned *digits_out)
{
    numeric_magnitude magnitude = numeric_magnitude_of(x);
    int top = (int)numeric_digits(magnitude) - 1 - x->scale;
    int drop;

    *weight_out = 0;
    *digits_out = 0;
    if (magnitude == 0) {
        return;
    }
    *weight_out = top >= 0 ? top / GROUP_DIGITS : -((GROUP_DIGITS - 1 - top) / GROUP_DIGITS);
    drop = *weight_out * GROUP_DIGITS + x->scale;
    if (drop >= 0) {
        *digits_out = (unsigned)(magnitude / numeric_power((unsigned)drop));
    } else {
        *digits_out = (unsigned)(magnitude * numeric_power((unsigned)-drop));
    }
}

/* PostgreSQL's select_div_scale(): at least 16 significant digits, and no fewer than the operands. */
static int quotient_scale(const struct numeric *a, const struct numeric *b)
{
    int weight_a, weight_b, weight, scale;
    unsigned group_a, group_b;

    first_group(a, &weight_a, &group_a);
    first_group(b, &weight_b, &group_b);
    weight = weight_a - weight_b - (group_a <= group_b ? 1 : 0);
    scale = QUOTIENT_DIGITS - weight * GROUP_DIGITS;
    scale = scale > a->scale ? scale : a->scale;
    return scale > b->scale ? scale : b->scale;
}

/* round(a * 10^shift / b), half up; false: beyond 128 bits. */
static bool divide_shifted(numeric_magnitude a, unsigned shift, numeric_magnitude b,
                           numeric_magnitude *out)
{
    numeric_magnitude shifted, rest;

    while (shift > NUMERIC_DIGITS_MAX) { /* only for tiny dividends: most of it fits */
        if (!numeric_shift(a, 1, &a)) {
            return false;
        }
        shift--;
    }
    if (numeric_shift(a, shift, &shifted)) {
        *out = shifted / b;
        rest = shifted % b;
    } else if (!divide_wide(a, numeric_power(shift), b, out, &rest)) {
        return false;
    }
    *out += rest >= b - rest;
    return true;
}

/* a * factor / b through 256 bits: schoolbook product, then shift and subtract. */
static bool divide_wide(numeric_magnitude a, numeric_magnitude factor, numeric_magnitude b,
                        numeric_magnitude *quotient_out, numeric_magnitude *rest_out)
{
    numeric_magnitude low_low = (numeric_magnitude)(uint64_t)a * (uint64_t)factor;
    numeric_magnitude high_low = (a >> 64) * (uint64_t)factor;
    numeric_magnitude low_high = (numeric_magnitude)(uint64_t)a * (uint64_t)(factor >> 64);
    numeric_magnitude middle = (low_low >> 64) + (uint64_t)high_low + (uint64_t)low_high;
    numeric_magnitude low = (middle << 64) | (uint64_t)low_low;
    numeric_magnitude rest =
        (a >> 64) * (factor >> 64) + (high_low >> 64) + (low_high >> 64) + (middle >> 64);
    numeric_magnitude quotient = 0;

    *quotient_out = 0;
    *rest_out = 0;
    if (rest >= b) {
        return false;
    }
    for (int bit = 127; bit >= 0; bit--) {
        bool carry = rest >> 127 != 0;

        rest = rest << 1 | (low >> bit & 1);
        if (carry || rest >= b) {
            rest -= b;
            quotient |= (numeric_magnitude)1 << bit;
        }
    }
    *quotient_out = quotient;
    *rest_out = rest;
    return true;
}

/* ---- rounding ---- */

vv_status numeric_round(const struct numeric *x, int scale, struct numeric *out)
{
    return cut(x, scale, true, out);
}

vv_status numeric_truncate(const struct numeric *x, int scale, struct numeric *out)
{
    return cut(x, scale, false, out);
}

vv_status numeric_floor(const struct numeric *x, struct numeric *out)
{
    return toward(x, false, out);
}

vv_status numeric_ceiling(const struct numeric *x, struct numeric *out)
{
    return toward(x, true, out);
}

vv_status numeric_fit(const struct numeric *x, unsigned precision, int scale, struct numeric *out)
{
    int whole = (int)precision - scale; /* digits before the point */

    if (x->kind != NUMERIC_FINITE) {
        *out = *x;
        return numeric_is_nan(x) ? VV_OK : VV_LIMIT;
    }
    VV_TRY(cut(x, scale, true, out));
    if ((int)numeric_digits(numeric_magnitude_of(out)) - out->scale > whole &&
        out->coefficient != 0) {
        return VV_LIMIT;
    }
    return VV_OK;
}

static vv_status cut(const struct numeric *x, int scale, bool round, struct numeric *out)
{
    numeric_magnitude magnitude = numeric_magnitude_of(x);
    numeric_magnitude unit, rest;

    *out = *x;
    if (x->kind != NUMERIC_FINITE) {
        return VV_OK;
    }
    if (scale > (int)NUMERIC_SCALE_MAX) {
        return VV_LIMIT;
    }
    if (scale >= x->scale) {
        return numeric_shift(magnitude, (unsigned)(scale - x->scale), &magnitude)
                   ? numeric_finish(x->coefficient < 0, magnitude, scale, out)
                   : VV_LIMIT;
    }
    if (scale < -(int)NUMERIC_DIGITS_MAX || x->scale - scale > (int)NUMERIC_DIGITS_MAX) {
        return numeric_finish(false, 0, scale < 0 ? 0 : scale, out);
    }
    unit = numeric_power((unsigned)(x->scale - scale));
    rest = magnitude % unit;
    magnitude = magnitude / unit + (round && rest >= unit - rest ? 1 : 0);
    return numeric_finish(x->coefficient < 0, magnitude, magnitude == 0 && scale < 0 ? 0 : scale,
                          out);
}

static vv_status toward(const struct numeric *x, bool up, struct numeric *out)
{
    struct numeric one = numeric_make(1, 0);

    VV_TRY(cut(x, 0, false, out));
    if (x->kind != NUMERIC_FINITE || numeric_compare(out, x) == 0 || (x->coefficient > 0) != up) {
        return VV_OK;
    }
    return up ? numeric_add(out, &one, out) : numeric_subtract(out, &one, out);
}
