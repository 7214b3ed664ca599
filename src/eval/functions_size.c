/* functions_size.c - sizes in units that people read: pg_size_pretty(), pg_size_bytes() (9.27.7). */
#include <stdio.h>
#include <strings.h>

#include "eval/kernels.h"
#include "value/text.h"

/* A size is told in the first unit in which it is below the limit; where units are rounded the division before leaves
 * one bit more, by which half is rounded up. */
static const struct {
    const char *name;
    uint32_t limit;
    uint8_t bits;
    bool rounded;
} units[] = {{"bytes", 10 * 1024, 0, false},  {"kB", 20 * 1024 - 1, 10, true},
             {"MB", 20 * 1024 - 1, 20, true}, {"GB", 20 * 1024 - 1, 30, true},
             {"TB", 20 * 1024 - 1, 40, true}, {"PB", 20 * 1024 - 1, 50, true}};

#define UNITS (sizeof units / sizeof units[0])

static vv_status text_result(struct eval_call *call, vv_slice text, struct value *out)
{
    uint8_t *to = eval_string(call, text.size);

    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    memcpy(to, text.data, text.size);
    out->bytes = slice_make(to, text.size);
    return VV_OK;
}

/* whole: without what stands behind the point. as_is: the text of a size below the first limit. */
static vv_status size_pretty(struct eval_call *call, __int128 whole, bool fits, const char *as_is,
                             struct value *out)
{
    char number[NUMERIC_TEXT_BYTES + 1];
    char text[sizeof number + 8];
    struct numeric told;
    unsigned i = 0;
    int size = 0;

    if (fits) {
        size = snprintf(text, sizeof text, "%s bytes", as_is);
        return text_result(call, slice_make(text, (size_t)size), out);
    }
    for (; i + 1 < UNITS; i++) {
        __int128 positive = whole < 0 ? -whole : whole;

        if (i > 0 && positive < units[i].limit) {
            break;
        }
        whole /= (__int128)1 << (units[i + 1].bits - units[i].bits - units[i + 1].rounded +
                                 units[i].rounded);
    }
    whole = (whole + (whole < 0 ? -1 : 1)) / 2;
    told = numeric_make(whole, 0);
    size = (int)numeric_print(&told, number);
    size = snprintf(text, sizeof text, "%.*s %s", size, number, units[i].name);
    return text_result(call, slice_make(text, (size_t)size), out);
}

EVAL_SCALAR(scalar_SIZE_PRETTY)
{
    int64_t bytes = arguments[0].integer;
    char number[24];
    size_t size = text_print_int64(bytes, number);

    number[size] = 0;
    return size_pretty(call, bytes, bytes < units[0].limit && bytes > -(int64_t)units[0].limit,
                       number, out);
}

EVAL_SCALAR(scalar_NUMERIC_SIZE_PRETTY)
{
    const struct numeric *bytes = &arguments[0].numeric;
    struct numeric limit = numeric_from_int64(units[0].limit);
    struct numeric below = numeric_from_int64(-(int64_t)units[0].limit);
    char number[NUMERIC_TEXT_BYTES + 8];
    struct numeric whole;
    size_t size = numeric_print(bytes, number);

    number[size] = 0;
    if (bytes->kind != NUMERIC_FINITE) {
        memcpy(number + size, " PB", 3);
        return text_result(call, slice_make(number, size + 3), out);
    }
    if (numeric_truncate(bytes, 0, &whole) != VV_OK) {
        return eval_fault_set(EVAL_NUMERIC_RANGE, call->error);
    }
    return size_pretty(call, whole.coefficient,
                       numeric_compare(bytes, &limit) < 0 && numeric_compare(bytes, &below) > 0,
                       number, out);
}

/* ---- pg_size_bytes() ---- */

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(vv_slice text, size_t at)
{
    return at < text.size && text.data[at] >= '0' && text.data[at] <= '9';
}

static size_t digits_skip(vv_slice text, size_t at)
{
    while (is_digit(text, at)) {
        at++;
    }
    return at;
}

/* Behind the number at `at`: sign, digits, exponent. False: there are no digits. */
static bool number_end(vv_slice text, size_t at, size_t *end_out)
{
    size_t digits = 0;
    size_t end = at;

    if (at < text.size && (text.data[at] == '-' || text.data[at] == '+')) {
        end++;
    }
    digits = digits_skip(text, end) - end;
    end += digits;
    if (end < text.size && text.data[end] == '.') {
        size_t fraction = digits_skip(text, end + 1) - end - 1;

        digits += fraction;
        end += fraction + 1;
    }
    if (digits > 0 && end < text.size && (text.data[end] | 0x20) == 'e') {
        size_t exponent = end + 1;

        exponent +=
            exponent < text.size && (text.data[exponent] == '-' || text.data[exponent] == '+');
        end = is_digit(text, exponent) ? digits_skip(text, exponent) : end;
    }
    *end_out = end;
    return digits > 0;
}

static vv_status size_invalid(struct eval_call *call, vv_slice text)
{
    return error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0, "invalid size: \"%.*s\"",
                     (int)text.size, (const char *)text.data);
}

/* The unit's place; UNITS: there is none. */
static unsigned unit_find(vv_slice name)
{
    unsigned i = 0;

    while (i < UNITS && (strlen(units[i].name) != name.size ||
                         strncasecmp(units[i].name, (const char *)name.data, name.size) != 0)) {
        i++;
    }
    return i;
}

EVAL_SCALAR(scalar_SIZE_BYTES)
{
    vv_slice text = arguments[0].bytes;
    struct value number = {0};
    struct numeric factor = numeric_from_int64(1);
    vv_slice unit;
    size_t at = 0;
    size_t end = 0;

    while (at < text.size && is_space(text.data[at])) {
        at++;
    }
    if (!number_end(text, at, &end)) {
        return size_invalid(call, text);
    }
    VV_TRY(text_parse(VALUE_NUMERIC, slice_make(text.data + at, end - at), &call->state->strings,
                      &number, call->error));
    while (end < text.size && is_space(text.data[end])) {
        end++;
    }
    unit = slice_make(text.data + end, text.size - end);
    while (unit.size > 0 && is_space(unit.data[unit.size - 1])) {
        unit.size--;
    }
    if (unit.size > 0) {
        unsigned i = unit_find(unit);

        if (i == UNITS) {
            (void)size_invalid(call, text);
            error_detail(call->error, "Invalid size unit: \"%.*s\".", (int)unit.size,
                         (const char *)unit.data);
            error_hint(call->error, "Valid units are \"bytes\", \"kB\", \"MB\", \"GB\", \"TB\", "
                                    "and \"PB\".");
            return VV_ERROR;
        }
        factor = numeric_from_int64(INT64_C(1) << units[i].bits);
    }
    if (numeric_multiply(&number.numeric, &factor, &number.numeric) != VV_OK ||
        numeric_to_int64(&number.numeric, &out->integer) != VV_OK) {
        return error_set(call->error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0,
                         "bigint out of range");
    }
    return VV_OK;
}
