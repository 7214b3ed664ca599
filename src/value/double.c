/*
 * double.c - shortest printing (Schubfach) and exact reading of doubles.
 *
 * Deviation from the paper: the interval's bounds are always excluded (double.h). The powers of ten in
 * double_powers.def were made by exact integer arithmetic; the test rebuilds some of them.
 */
#include "value/double.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "value/context.h"
#include "value/scan.h"

#define POWER_MIN        (-292)
#define POWER_MAX        324
#define MANTISSA_BITS    52
#define EXPONENT_BIAS    1075 /* of the mantissa taken as an integer */
#define SCIENTIFIC_FROM  15   /* exponents from here on, and below -4, print as d.ddde+xx */
#define REAL_BITS        23
#define REAL_BIAS        150
#define REAL_SCIENTIFIC  6
#define SCIENTIFIC_BELOW (-4)
#define EXACT_POWERS     22  /* 10^22 is the last exact double */
#define DIGITS_KEPT      800 /* more than the 767 that can decide a rounding */
#define EXPONENT_CAP     100000

struct power {
    uint64_t high;
    uint64_t low;
};

struct decimal {
    uint64_t digits; /* value = digits * 10^exponent */
    int exponent;
};

static struct decimal shortest(uint64_t c, int q, bool nearer);
static size_t print_rounded(double x, int digits, char *to);
static bool print_special(double x, char *to, size_t *size_out);
static uint64_t round_to_odd(struct power power, uint64_t x);
static size_t print_decimal(struct decimal decimal, int scientific_from, char *to);
static size_t print_scientific(const char *digits, int count, int point, char *to);
static size_t print_plain(const char *digits, int count, int point, char *to);
static bool parse_special(struct scan *scan, bool negative, double *out);
static vv_status parse(vv_slice text, bool real, double *out);
static vv_status parse_decimal(struct scan *scan, bool real, double *out);
static bool parse_exponent(struct scan *scan, long *exponent_out);
static vv_status to_double(char *digits, unsigned count, long exponent, bool real, double *out);

static const struct power powers[POWER_MAX - POWER_MIN + 1] = {
#define X(high_, low_) {UINT64_C(high_), UINT64_C(low_)},
#include "value/double_powers.def"
#undef X
};

size_t double_print(double x, char *to)
{
    uint64_t bits, mantissa;
    unsigned biased;
    size_t size;

    if (print_special(x, to, &size)) {
        return size;
    }
    if (VV_UNLIKELY(context_forms()->rounds_floats)) {
        return size + print_rounded(fabs(x), DBL_DIG, to + size);
    }
    memcpy(&bits, &x, sizeof bits);
    mantissa = bits & ((UINT64_C(1) << MANTISSA_BITS) - 1);
    biased = (unsigned)(bits >> MANTISSA_BITS) & 0x7FF;
    return size +
           print_decimal(shortest(biased == 0 ? mantissa : mantissa | UINT64_C(1) << MANTISSA_BITS,
                                  (biased == 0 ? 1 : (int)biased) - EXPONENT_BIAS,
                                  mantissa == 0 && biased > 1),
                         SCIENTIFIC_FROM, to + size);
}

size_t double_print_real(float x, char *to)
{
    uint32_t bits, mantissa;
    unsigned biased;
    size_t size;

    if (print_special((double)x, to, &size)) {
        return size;
    }
    if (VV_UNLIKELY(context_forms()->rounds_floats)) {
        return size + print_rounded(fabs((double)x), FLT_DIG, to + size);
    }
    memcpy(&bits, &x, sizeof bits);
    mantissa = bits & ((UINT32_C(1) << REAL_BITS) - 1);
    biased = bits >> REAL_BITS & 0xFF;
    return size +
           print_decimal(shortest(biased == 0 ? mantissa : mantissa | UINT32_C(1) << REAL_BITS,
                                  (biased == 0 ? 1 : (int)biased) - REAL_BIAS,
                                  mantissa == 0 && biased > 1),
                         REAL_SCIENTIFIC, to + size);
}

/* As printf's %.*g in the C locale, which is the library's own where the process has another. */
static size_t print_rounded(double x, int digits, char *to)
{
    char text[DOUBLE_TEXT_BYTES];
    int wanted = digits + context_forms()->float_digits;
    int size = snprintf(text, sizeof text, "%.*g", wanted < 1 ? 1 : wanted, x);

    for (int i = 0; i < size; i++) {
        bool known = (text[i] >= '0' && text[i] <= '9') || text[i] == 'e' || text[i] == '-' ||
                     text[i] == '+';

        to[i] = known ? text[i] : '.';
    }
    return (size_t)size;
}

/* NaN, infinities and zeros whole; of other numbers the sign. */
static bool print_special(double x, char *to, size_t *size_out)
{
    size_t size = 0;

    if (isnan(x)) {
        memcpy(to, "NaN", 3);
        *size_out = 3;
        return true;
    }
    if (signbit(x) != 0) {
        to[size++] = '-';
    }
    if (isinf(x)) {
        memcpy(to + size, "Infinity", 8);
        size += 8;
    } else if (x == 0) {
        to[size++] = '0';
    }
    *size_out = size;
    return isinf(x) || x == 0;
}

vv_status double_parse(vv_slice text, double *out)
{
    return parse(text, false, out);
}

vv_status double_parse_real(vv_slice text, float *out)
{
    double x;
    vv_status status = parse(text, true, &x);

    *out = (float)x;
    return status;
}

static vv_status parse(vv_slice text, bool real, double *out)
{
    struct scan scan = scan_begin(text);
    bool negative;
    vv_status status = VV_OK;

    *out = 0;
    scan_spaces(&scan);
    negative = scan_sign(&scan);
    if (!parse_special(&scan, negative, out)) {
        status = parse_decimal(&scan, real, out);
        *out = negative ? -*out : *out;
    }
    scan_spaces(&scan);
    return status == VV_OK && !scan_ended(&scan) ? VV_INVALID : status;
}

/* ---- printing ---- */

/* floor(log10(2^e)), and of 3/4 of it where the lower neighbour is nearer; floor(log2(10^e)). */
static int log10_of_power2(int e, bool nearer)
{
    return (e * 1262611 - (nearer ? 524031 : 0)) >> 22;
}

static int log2_of_power10(int e)
{
    return (e * 1741647) >> 19;
}

/* Of c * 2^q; nearer: the lower neighbour is only half as far away. */
static struct decimal shortest(uint64_t c, int q, bool nearer)
{
    int k = log10_of_power2(q, nearer);
    int h = q + log2_of_power10(-k) + 1;
    struct power power = powers[-k - POWER_MIN];
    uint64_t low = round_to_odd(power, (4 * c - (nearer ? 1 : 2)) << h) + 1;
    uint64_t middle = round_to_odd(power, (4 * c) << h);
    uint64_t high = round_to_odd(power, (4 * c + 2) << h) - 1;
    uint64_t s = middle / 4;
    bool up, down;

    if (s >= 10) { /* one digit less? at most one such number lies inside */
        uint64_t tens = s / 10;

        down = low <= 40 * tens;
        up = 40 * tens + 40 <= high;
        if (down != up) {
            return (struct decimal){.digits = tens + up, .exponent = k + 1};
        }
    }
    down = low <= 4 * s;
    up = 4 * s + 4 <= high;
    if (down != up) {
        return (struct decimal){.digits = s + up, .exponent = k};
    }
    up = middle > 4 * s + 2 || (middle == 4 * s + 2 && (s & 1) != 0); /* the closer one */
    return (struct decimal){.digits = s + up, .exponent = k};
}

/* The top 64 bits of power * x; the lowest bit says that bits below were not zero. */
static uint64_t round_to_odd(struct power power, uint64_t x)
{
    unsigned __int128 low = (unsigned __int128)power.low * x;
    unsigned __int128 high = (unsigned __int128)power.high * x + (uint64_t)(low >> 64);

    return (uint64_t)(high >> 64) | ((uint64_t)high > 1);
}

static size_t print_decimal(struct decimal decimal, int scientific_from, char *to)
{
    char digits[20];
    int count = 0, at = sizeof digits, point;

    while (decimal.digits % 10 == 0) {
        decimal.digits /= 10;
        decimal.exponent++;
    }
    for (uint64_t rest = decimal.digits; rest != 0; rest /= 10) {
        digits[--at] = (char)('0' + (int)(rest % 10));
        count++;
    }
    point = count + decimal.exponent; /* 0.ddd * 10^point */
    if (point - 1 < SCIENTIFIC_BELOW || point - 1 >= scientific_from) {
        return print_scientific(digits + at, count, point, to);
    }
    return print_plain(digits + at, count, point, to);
}

static size_t print_scientific(const char *digits, int count, int point, char *to)
{
    size_t size = 0;
    int exponent = point - 1;
    unsigned rest = (unsigned)abs(exponent);

    to[size++] = digits[0];
    if (count > 1) {
        to[size++] = '.';
        memcpy(to + size, digits + 1, (size_t)count - 1);
        size += (size_t)count - 1;
    }
    to[size++] = 'e';
    to[size++] = exponent < 0 ? '-' : '+';
    if (rest >= 100) {
        to[size++] = (char)('0' + rest / 100);
    }
    to[size++] = (char)('0' + rest / 10 % 10);
    to[size++] = (char)('0' + rest % 10);
    return size;
}

static size_t print_plain(const char *digits, int count, int point, char *to)
{
    size_t size = 0;

    if (point <= 0) {
        to[size++] = '0';
        to[size++] = '.';
        for (int i = point; i < 0; i++) {
            to[size++] = '0';
        }
    }
    for (int i = 0; i < count; i++) {
        if (i == point && i != 0) {
            to[size++] = '.';
        }
        to[size++] = digits[i];
    }
    for (int i = count; i < point; i++) {
        to[size++] = '0';
    }
    return size;
}

/* ---- reading ---- */

static bool parse_special(struct scan *scan, bool negative, double *out)
{
    if (scan_word(scan, "infinity") || scan_word(scan, "inf")) {
        *out = negative ? -(double)INFINITY : (double)INFINITY;
        return true;
    }
    if (scan_word(scan, "nan")) {
        *out = (double)NAN;
        return true;
    }
    return false;
}

/* Collects the significant digits without the point, so that no locale is asked. */
static vv_status parse_decimal(struct scan *scan, bool real, double *out)
{
    char digits[DIGITS_KEPT + 16];
    unsigned count = 0;
    long exponent = 0, written = 0;
    bool point = false, any = false, rest = false;

    for (;; scan->at++) {
        if (scan_digit(scan)) {
            any = true;
            if (count == DIGITS_KEPT) {
                rest |= *scan->at != '0';
                exponent += point ? 0 : 1;
                continue;
            }
            if (count != 0 || *scan->at != '0') {
                digits[count++] = (char)*scan->at;
            }
            exponent -= point ? 1 : 0;
        } else if (!point && scan_is(scan, '.')) {
            point = true;
        } else {
            break;
        }
    }
    if (!any || !parse_exponent(scan, &written)) {
        return VV_INVALID;
    }
    if (rest) { /* something not zero follows: it may decide a tie */
        digits[count++] = '1';
        exponent--;
    }
    return to_double(digits, count, exponent + written, real, out);
}

static bool parse_exponent(struct scan *scan, long *exponent_out)
{
    long exponent = 0;
    bool negative, any = false;

    if (!scan_is(scan, 'e') && !scan_is(scan, 'E')) {
        return true;
    }
    scan->at++;
    negative = scan_sign(scan);
    for (; scan_digit(scan); scan->at++) {
        any = true;
        exponent = exponent < EXPONENT_CAP ? exponent * 10 + (*scan->at - '0') : exponent;
    }
    *exponent_out = negative ? -exponent : exponent;
    return any;
}

/* digits has room for an exponent. Clinger's exact case first; strtod rounds the others correctly. */
static vv_status to_double(char *digits, unsigned count, long exponent, bool real, double *out)
{
    static const double exact[EXACT_POWERS + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

    if (count == 0) {
        *out = 0;
        return VV_OK;
    }
    if (!real && count <= 15 && exponent >= -EXACT_POWERS && exponent <= EXACT_POWERS) {
        int64_t x = 0;

        for (unsigned i = 0; i < count; i++) {
            x = x * 10 + (digits[i] - '0');
        }
        *out = exponent < 0 ? (double)x / exact[-exponent] : (double)x * exact[exponent];
        return VV_OK;
    }
    exponent = exponent > EXPONENT_CAP ? EXPONENT_CAP : exponent;
    exponent = exponent < -EXPONENT_CAP ? -EXPONENT_CAP : exponent;
    snprintf(digits + count, 16, "e%ld", exponent);
    *out = real ? (double)strtof(digits, NULL) : strtod(digits, NULL);
    return isinf(*out) || *out == 0 ? VV_LIMIT : VV_OK;
}
