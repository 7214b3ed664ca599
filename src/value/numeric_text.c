/*
 * numeric_text.c - decimals from and to text, integers and doubles.
 */
#include <math.h>
#include <stdio.h>

#include "base/assert.h"
#include "value/double.h"
#include "value/numeric.h"
#include "value/numeric_private.h"
#include "value/scan.h"

#define DOUBLE_DIGITS 15 /* float8::numeric keeps what every double can hold */
#define REAL_DIGITS   6
#define EXPONENT_MAX  100000
#define EXACT_INTEGER (INT64_C(1) << 53)

static vv_status from_rounded(double x, int significant, struct numeric *out);
static bool parse_special(struct scan *scan, bool negative, struct numeric *out);
static vv_status parse_digits(struct scan *scan, bool negative, struct numeric *out);
static bool parse_exponent(struct scan *scan, int *exponent_out);

vv_status numeric_parse(vv_slice text, struct numeric *out)
{
    struct scan scan = scan_begin(text);
    bool negative;
    vv_status status;

    *out = numeric_make(0, 0);
    scan_spaces(&scan);
    negative = scan_sign(&scan);
    if (parse_special(&scan, negative, out)) {
        scan_spaces(&scan);
        return scan_ended(&scan) ? VV_OK : VV_INVALID;
    }
    status = parse_digits(&scan, negative, out);
    scan_spaces(&scan);
    return status == VV_INVALID || !scan_ended(&scan) ? VV_INVALID : status;
}

size_t numeric_print(const struct numeric *x, char *to)
{
    static const char *const names[] = {[NUMERIC_MINUS_INFINITY] = "-Infinity",
                                        [NUMERIC_PLUS_INFINITY] = "Infinity",
                                        [NUMERIC_NAN] = "NaN"};
    char digits[NUMERIC_TEXT_BYTES];
    numeric_magnitude rest = numeric_magnitude_of(x);
    size_t at = sizeof digits;
    unsigned written = 0;

    if (x->kind != NUMERIC_FINITE) {
        size_t size = strlen(names[x->kind]);
        memcpy(to, names[x->kind], size);
        return size;
    }
    while (rest != 0 || written <= x->scale) {
        if (written == x->scale && written != 0) {
            digits[--at] = '.';
        }
        digits[--at] = (char)('0' + (int)(rest % 10));
        rest /= 10;
        written++;
    }
    if (x->coefficient < 0) {
        digits[--at] = '-';
    }
    memcpy(to, digits + at, sizeof digits - at);
    return sizeof digits - at;
}

vv_status numeric_from_double(double x, struct numeric *out)
{
    return from_rounded(x, DOUBLE_DIGITS, out);
}

vv_status numeric_from_real(double x, struct numeric *out)
{
    return from_rounded(x, REAL_DIGITS, out);
}

static vv_status from_rounded(double x, int significant, struct numeric *out)
{
    char text[40];
    numeric_magnitude digits = 0;
    int exponent, last;

    if (isnan(x) || isinf(x)) {
        *out = numeric_special(isnan(x) ? NUMERIC_NAN
                               : x > 0  ? NUMERIC_PLUS_INFINITY
                                        : NUMERIC_MINUS_INFINITY);
        return VV_OK;
    }
    /* "d.dddde+xx"; the point is whatever the locale says, and skipped */
    snprintf(text, sizeof text, "%.*e", significant - 1, fabs(x));
    for (last = 0; text[last] != 'e'; last++) {
        if (text[last] >= '0' && text[last] <= '9') {
            digits = digits * 10 + (unsigned)(text[last] - '0');
        }
    }
    exponent = 0;
    for (const char *at = text + last + 2; *at != 0; at++) {
        exponent = exponent * 10 + (*at - '0');
    }
    exponent = (text[last + 1] == '-' ? -exponent : exponent) - (significant - 1);
    if (digits == 0) {
        exponent = 0;
    }
    while (digits != 0 && digits % 10 == 0 && exponent < 0) {
        digits /= 10;
        exponent++;
    }
    return numeric_finish(signbit(x) != 0, digits, -exponent, out);
}

vv_status numeric_to_int64(const struct numeric *x, int64_t *out)
{
    struct numeric whole;

    *out = 0;
    if (x->kind != NUMERIC_FINITE) {
        return VV_LIMIT;
    }
    VV_TRY(numeric_round(x, 0, &whole));
    if (whole.coefficient > INT64_MAX || whole.coefficient < INT64_MIN) {
        return VV_LIMIT;
    }
    *out = (int64_t)whole.coefficient;
    return VV_OK;
}

double numeric_to_double(const struct numeric *x)
{
    char text[NUMERIC_TEXT_BYTES];
    double out = 0;

    if (x->kind != NUMERIC_FINITE) {
        return x->kind == NUMERIC_NAN             ? (double)NAN
               : x->kind == NUMERIC_PLUS_INFINITY ? (double)INFINITY
                                                  : -(double)INFINITY;
    }
    if (x->scale == 0 && x->coefficient < EXACT_INTEGER && x->coefficient > -EXACT_INTEGER) {
        return (double)(int64_t)x->coefficient;
    }
    VV_ASSERT(double_parse(slice_make(text, numeric_print(x, text)), &out) == VV_OK);
    return out;
}

/* NaN, inf, Infinity in any case; NaN takes no sign. */
static bool parse_special(struct scan *scan, bool negative, struct numeric *out)
{
    if (scan_word(scan, "infinity") || scan_word(scan, "inf")) {
        *out = numeric_special(negative ? NUMERIC_MINUS_INFINITY : NUMERIC_PLUS_INFINITY);
        return true;
    }
    if (!scan->signed_ && scan_word(scan, "nan")) {
        *out = numeric_special(NUMERIC_NAN);
        return true;
    }
    return false;
}

/* Digits with one point, then an exponent. Goes on to the end after an overflow: bad syntax wins. */
static vv_status parse_digits(struct scan *scan, bool negative, struct numeric *out)
{
    numeric_magnitude magnitude = 0;
    bool point = false, any = false, overflow = false;
    int scale = 0, exponent = 0;

    for (;; scan->at++) {
        if (scan_digit(scan)) {
            any = true;
            overflow |= magnitude >= numeric_power(NUMERIC_DIGITS_MAX - 1);
            magnitude = overflow ? 0 : magnitude * 10 + (unsigned)(*scan->at - '0');
            scale += point && scale < EXPONENT_MAX;
        } else if (!point && scan_is(scan, '.')) {
            point = true;
        } else {
            break;
        }
    }
    if (!any || !parse_exponent(scan, &exponent)) {
        return VV_INVALID;
    }
    if (overflow) {
        return VV_LIMIT;
    }
    if (magnitude == 0 && scale - exponent < 0) {
        exponent = scale;
    }
    return numeric_finish(negative, magnitude, scale - exponent, out);
}

/* [e[+-]digits]; false: an e without digits. */
static bool parse_exponent(struct scan *scan, int *exponent_out)
{
    int exponent = 0;
    bool negative, any = false;

    *exponent_out = 0;
    if (!scan_is(scan, 'e') && !scan_is(scan, 'E')) {
        return true;
    }
    scan->at++;
    negative = scan_sign(scan);
    for (; scan_digit(scan); scan->at++) {
        any = true;
        exponent = exponent < EXPONENT_MAX ? exponent * 10 + (*scan->at - '0') : exponent;
    }
    *exponent_out = negative ? -exponent : exponent;
    return any;
}
