/*
 * functions_to_number.c - to_char() of numbers and to_number() (manual, 9.8; PostgreSQL: formatting.c): numbers into the
 * digits that number_print() arranges, and back.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "eval/kernels.h"
#include "eval/number_print.h"
#include "value/cast.h"
#include "value/numeric_math.h"
#include "value/text.h"

#define DOUBLE_DIGITS_MAX 310 /* before the point */
#define ROMAN_BYTES       16

/* Digits of a number, without sign; the zeros that the template asks for behind the point are added. */
static vv_status print_digits(struct eval_call *call, const struct number_template *template,
                              vv_slice digits, bool negative, struct value *out)
{
    const uint8_t *point = memchr(digits.data, '.', digits.size);
    size_t shown = point == NULL ? 0 : digits.size - (size_t)(point - digits.data) - 1;
    size_t zeros = template->post > (int)shown ? (size_t) template->post - shown : 0;
    uint8_t *padded;

    if (zeros > 0 && digits.size > 0 && digits.data[0] <= '9') {
        padded = eval_string(call, digits.size + zeros + 1);
        if (padded == NULL) {
            return error_from_status(call->error, VV_NOMEM);
        }
        memcpy(padded, digits.data, digits.size);
        memset(padded + digits.size, '0', zeros + 1);
        if (point == NULL) {
            padded[digits.size] = '.';
        }
        digits = slice_make(padded, digits.size + zeros + (point == NULL));
    }
    return number_print(call, template, digits, negative, out);
}

static vv_status print_roman(struct eval_call *call, const struct number_template *template,
                             int64_t x, struct value *out)
{
    static const struct {
        int value;
        const char *text;
    } steps[] = {{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"},
                 {90, "XC"},  {50, "L"},   {40, "XL"}, {10, "X"},   {9, "IX"},
                 {5, "V"},    {4, "IV"},   {1, "I"}};
    char text[ROMAN_BYTES] = "###############";
    size_t size = 15;

    if (x >= 1 && x <= 3999) {
        size = 0;
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
            for (; x >= steps[i].value; x -= steps[i].value) {
                memcpy(text + size, steps[i].text, strlen(steps[i].text));
                size += strlen(steps[i].text);
            }
        }
    }
    return number_print(call, template, slice_make(text, size), false, out);
}

/* ---- exponents ---- */

/* What EEEE shows of a number that has no digits: # in all places. */
static vv_status print_no_exponent(struct eval_call *call, const struct number_template *template,
                                   struct value *out)
{
    size_t size = (size_t) template->pre + (size_t) template->post + 6;
    uint8_t *text = eval_string(call, size);

    if (text == NULL) {
        return error_from_status(call->error, VV_NOMEM);
    }
    memset(text, '#', size);
    text[0] = ' ';
    text[template->pre + 1] = '.';
    out->bytes = slice_make(text, size);
    return VV_OK;
}

static vv_status print_double_exponent(struct eval_call *call,
                                       const struct number_template *template, double x,
                                       struct value *out)
{
    size_t room = (size_t) template->post + 32;
    char *text;
    int size;

    if (!isfinite(x)) {
        return print_no_exponent(call, template, out);
    }
    text = (char *)eval_string(call, room);
    if (text == NULL) {
        return error_from_status(call->error, VV_NOMEM);
    }
    size = snprintf(text, room, "% .*e", template->post, x);
    out->bytes = slice_make(text, (size_t)size);
    return VV_OK;
}

/* The first `count` of these digits, rounded half up into *digits and one more in front when it carries. */
static bool round_digits(char *digits, size_t size, size_t count)
{
    bool carry = count < size && digits[count] >= '5';

    for (size_t i = count; i-- > 0 && carry;) {
        carry = digits[i] == '9';
        digits[i] = (char)(carry ? '0' : digits[i] + 1);
    }
    return carry;
}

/* Exact: "-1.50e+03". A carry out of the first digit gives "10.0e+00", as PostgreSQL's does. */
static vv_status print_numeric_exponent(struct eval_call *call,
                                        const struct number_template *template,
                                        const struct numeric *x, struct value *out)
{
    char printed[NUMERIC_TEXT_BYTES], digits[NUMERIC_TEXT_BYTES + 1];
    size_t size = 0, post = (size_t) template->post, at = 0, used;
    struct numeric whole = *x;
    int exponent;
    char *text;

    if (x->kind != NUMERIC_FINITE) {
        return print_no_exponent(call, template, out);
    }
    whole.scale = 0;
    whole = numeric_absolute(&whole);
    size = numeric_print(&whole, printed);
    memcpy(digits, printed, size);
    exponent = numeric_is_zero(x) ? 0 : (int)size - 1 - x->scale;
    text = (char *)eval_string(call, post + 32);
    if (text == NULL) {
        return error_from_status(call->error, VV_NOMEM);
    }
    used = size < post + 1 ? size : post + 1;
    text[at++] = numeric_sign(x) < 0 ? '-' : ' ';
    if (round_digits(digits, size, used)) {
        text[at++] = '1';
    }
    text[at++] = digits[0];
    if (post > 0) {
        text[at++] = '.';
        memcpy(text + at, digits + 1, used - 1);
        memset(text + at + used - 1, '0', post + 1 - used);
        at += post;
    }
    at += (size_t)snprintf(text + at, 16, "e%+03d", exponent);
    out->bytes = slice_make(text, at);
    return VV_OK;
}

/* ---- to_char ---- */

/* V: the number grows by as many digits. False: beyond `max`. */
static bool shift_integer(struct number_template *template, int64_t max, int64_t *x)
{
    int64_t power = 1;

    for (int i = 0; i < template->shift; i++) {
        if (power > max / 10) {
            return false;
        }
        power *= 10;
    }
    template->pre += template->shift;
    return !__builtin_mul_overflow(*x, power, x) && *x <= max && *x >= -max - 1;
}

static vv_status print_integer(struct eval_call *call, const struct value *arguments, int64_t max,
                               struct value *out)
{
    struct number_template template;
    int64_t x = arguments[0].integer;
    enum eval_fault fault = max == INT32_MAX ? EVAL_INTEGER_RANGE : EVAL_BIGINT_RANGE;
    struct numeric exact = numeric_from_int64(x);
    char text[32];

    VV_TRY(number_template_read(arguments[1].bytes, &template, call->error));
    if (template.roman) {
        return x < INT32_MIN || x > INT32_MAX ? eval_fault_set(EVAL_INTEGER_RANGE, call->error)
                                              : print_roman(call, &template, x, out);
    }
    if (template.exponent) {
        return max == INT32_MAX ? print_double_exponent(call, &template, (double)x, out)
                                : print_numeric_exponent(call, &template, &exact, out);
    }
    if (!shift_integer(&template, max, &x)) {
        return eval_fault_set(fault, call->error);
    }
    (void)snprintf(text, sizeof text, "%llu",
                   (unsigned long long)(x < 0 ? -(uint64_t)x : (uint64_t)x));
    return print_digits(call, &template, slice_text(text), x < 0, out);
}

EVAL_SCALAR(scalar_TO_CHAR_INTEGER)
{
    return print_integer(call, arguments, INT32_MAX, out);
}

EVAL_SCALAR(scalar_TO_CHAR_BIGINT)
{
    return print_integer(call, arguments, INT64_MAX, out);
}

static vv_status numeric_roman(struct eval_call *call, const struct number_template *template,
                               const struct numeric *x, struct value *out)
{
    int64_t whole = 0;

    if (x->kind != NUMERIC_FINITE) {
        return error_set(call->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         numeric_is_nan(x) ? "cannot convert NaN to integer"
                                           : "cannot convert infinity to integer");
    }
    if (numeric_to_int64(x, &whole) != VV_OK || whole < INT32_MIN || whole > INT32_MAX) {
        return eval_fault_set(EVAL_INTEGER_RANGE, call->error);
    }
    return print_roman(call, template, whole, out);
}

static vv_status power_of_ten(struct eval_call *call, int power, struct numeric *out)
{
    *out = numeric_from_int64(1);
    if (power > (int)NUMERIC_DIGITS_MAX - 1) {
        return eval_fault_set(EVAL_NUMERIC_RANGE, call->error);
    }
    for (int i = 0; i < power; i++) {
        out->coefficient *= 10;
    }
    return VV_OK;
}

EVAL_SCALAR(scalar_TO_CHAR_NUMERIC)
{
    struct number_template template;
    struct numeric x = arguments[0].numeric, power;
    char text[NUMERIC_TEXT_BYTES];
    vv_slice digits;
    bool negative;

    VV_TRY(number_template_read(arguments[1].bytes, &template, call->error));
    if (template.roman) {
        return numeric_roman(call, &template, &x, out);
    }
    if (template.exponent) {
        return print_numeric_exponent(call, &template, &x, out);
    }
    if (template.shifted) {
        VV_TRY(power_of_ten(call, template.shift, &power));
        if (numeric_multiply(&arguments[0].numeric, &power, &x) != VV_OK) {
            return eval_fault_set(EVAL_NUMERIC_RANGE, call->error);
        }
        template.pre += template.shift;
    }
    if (x.kind == NUMERIC_FINITE && x.scale > template.post &&
        numeric_round(&x, template.post, &x) != VV_OK) {
        return eval_fault_set(EVAL_NUMERIC_RANGE, call->error);
    }
    digits = slice_make(text, numeric_print(&x, text));
    negative = digits.data[0] == '-';
    return print_digits(call, &template, slice_make(digits.data + negative, digits.size - negative),
                        negative, out);
}

/* precision: decimal digits that the type keeps. Digits beyond are not shown, nor are others behind the point. */
static vv_status print_double(struct eval_call *call, const struct value *arguments, int precision,
                              struct value *out)
{
    char text[DOUBLE_DIGITS_MAX + DBL_DIG + 16];
    struct number_template template;
    double x = arguments[0].real;
    int size;
    bool negative;

    VV_TRY(number_template_read(arguments[1].bytes, &template, call->error));
    if (template.roman) {
        return print_roman(call, &template, fabs(x) < 4000.5 ? (int64_t)rint(x) : 0, out);
    }
    if (template.exponent) {
        return print_double_exponent(call, &template, x, out);
    }
    if (template.shifted) {
        double power = pow(10, template.shift);

        x = precision == FLT_DIG ? (double)((float)x * (float)power) : x * power;
        template.pre += template.shift;
    }
    if (isfinite(x)) {
        size = snprintf(text, sizeof text, "%.0f", fabs(x));
    } else {
        size = isnan(x) ? 3 : 8; /* of its word */
    }
    if (size >= precision) {
        template.post = 0;
    } else if (size + template.post > precision) {
        template.post = precision - size;
    }
    if (!isfinite(x)) {
        return number_print(call, &template, slice_text(isnan(x) ? "NaN" : "Infinity"), x < 0, out);
    }
    size = snprintf(text, sizeof text, "%.*f", template.post, x);
    negative = text[0] == '-';
    return number_print(call, &template, slice_make(text + negative, (size_t)size - negative),
                        negative, out);
}

EVAL_SCALAR(scalar_TO_CHAR_REAL)
{
    return print_double(call, arguments, FLT_DIG, out);
}

EVAL_SCALAR(scalar_TO_CHAR_DOUBLE)
{
    return print_double(call, arguments, DBL_DIG, out);
}

/* ---- to_number ---- */

EVAL_SCALAR(scalar_TO_NUMBER)
{
    vv_status status = VV_OK;
    struct number_template template;
    struct numeric power;
    char *text;
    size_t size;
    int precision;
    int post = 0;

    if (arguments[1].bytes.size == 0) {
        out->null = true;
        return VV_OK;
    }
    VV_TRY(number_template_read(arguments[1].bytes, &template, call->error));
    if (template.exponent || template.roman) {
        return error_set(call->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "\"%s\" not supported for input", template.exponent ? "EEEE" : "RN");
    }
    text = (char *)eval_string(call, arguments[0].bytes.size + 2);
    if (text == NULL) {
        return error_from_status(call->error, VV_NOMEM);
    }
    size = number_scan(&template, arguments[0].bytes, text, &post);
    VV_TRY(
        text_parse(VALUE_NUMERIC, slice_make(text, size), &call->state->strings, out, call->error));
    precision = template.pre + template.shift + post;
    VV_TRY(cast_fit((int32_t)((uint32_t)precision << 16 | (uint32_t)post) + 4, false,
                    &call->state->strings, out, call->error));
    if (template.shifted) {
        struct numeric ten = numeric_from_int64(10);
        struct numeric down = numeric_from_int64(-template.shift);
        struct numeric shifted;

        status = numeric_raise(&ten, &down, &power);
        if (status == VV_OK) {
            status = numeric_multiply(&out->numeric, &power, &shifted);
            out->numeric = shifted;
        }
    }
    return status == VV_OK ? VV_OK : eval_fault_set(EVAL_NUMERIC_RANGE, call->error);
}
