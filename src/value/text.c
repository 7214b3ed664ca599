/*
 * text.c - values from and to text: integers, booleans, bytea; doubles and numerics have their files.
 */
#include "value/text.h"

#include <strings.h>

#include "base/assert.h"
#include "value/context.h"
#include "value/datetime.h"
#include "value/double.h"
#include "value/names.h"
#include "value/scan.h"
#include "value/uuid.h"

#define LETTER_BYTES 4   /* \ooo */
#define QUOTED_MAX   900 /* of a bad literal in a message: what fits a vv_error */

static vv_status bad_syntax(enum value_type type, vv_slice text, struct vv_error *error);
static vv_status out_of_range(enum value_type type, vv_slice text, struct vv_error *error);
static vv_status parse_integer(enum value_type type, vv_slice text, int64_t *out,
                               struct vv_error *error);
static vv_status parse_real(enum value_type type, vv_slice text, double *out,
                            struct vv_error *error);
static vv_status parse_boolean(vv_slice text, bool *out, struct vv_error *error);
static vv_status parse_letter(vv_slice text, struct arena *arena, vv_slice *out,
                              struct vv_error *error);
static size_t print_letter(vv_slice letter, char *to);
static vv_status parse_bytea(vv_slice text, struct arena *arena, vv_slice *out,
                             struct vv_error *error);
static vv_status parse_hex(vv_slice text, uint8_t *to, size_t *size_out, struct vv_error *error);
static vv_status parse_escapes(vv_slice text, uint8_t *to, size_t *size_out,
                               struct vv_error *error);
static size_t print_bytea(vv_slice bytes, char *to);
static size_t print_escapes(vv_slice bytes, char *to);

vv_status text_parse(enum value_type type, vv_slice text, struct arena *arena, struct value *out,
                     struct vv_error *error)
{
    vv_status status;
    int32_t date;

    *out = (struct value){.type = (uint8_t)type};
    switch (type) {
    case VALUE_BOOLEAN:
        return parse_boolean(text, &out->boolean, error);
    case VALUE_SMALLINT:
    case VALUE_INTEGER:
    case VALUE_BIGINT:
        return parse_integer(type, text, &out->integer, error);
    case VALUE_REAL:
    case VALUE_DOUBLE:
        return parse_real(type, text, &out->real, error);
    case VALUE_DATE:
        status = datetime_parse_date(text, &date, error);
        out->integer = date;
        return status;
    case VALUE_TIME:
        return datetime_parse_time(text, &out->integer, error);
    case VALUE_TIMESTAMP:
    case VALUE_TIMESTAMPTZ:
        return datetime_parse_stamp(text, type == VALUE_TIMESTAMPTZ, &out->integer, error);
    case VALUE_INTERVAL:
        return interval_parse(text, VALUE_NO_MODIFIER, &out->interval, error);
    case VALUE_UUID:
        return uuid_parse(text, &out->uuid) ? VV_OK : bad_syntax(type, text, error);
    case VALUE_NUMERIC:
        status = numeric_parse(text, &out->numeric);
        if (status == VV_LIMIT) {
            return error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0,
                             "value overflows numeric format");
        }
        return status == VV_OK ? VV_OK : bad_syntax(type, text, error);
    case VALUE_BYTEA:
        return parse_bytea(text, arena, &out->bytes, error);
    case VALUE_OID:
    case VALUE_XID:
    case VALUE_REGCLASS:
    case VALUE_REGTYPE:
    case VALUE_REGPROC:
    case VALUE_REGNAMESPACE:
    case VALUE_REGROLE:
        return names_parse_oid(type, text, &out->integer, error);
    case VALUE_NAME:
        out->bytes = names_cut(text);
        return VV_OK;
    case VALUE_LETTER:
        return parse_letter(text, arena, &out->bytes, error);
    default:
        VV_ASSERT(value_is_string(type));
        if (value_is_opaque(type)) {
            return error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                             "cannot accept a value of type %s", value_types[type].text);
        }
        out->bytes = text;
        return VV_OK;
    }
}

size_t text_bytes_max(const struct value *value)
{
    if (value->type == VALUE_BYTEA) {
        return 2 + (context_forms()->bytea_escapes ? 4 : 2) * value->bytes.size;
    }
    if (value_is_oid((enum value_type)value->type)) {
        return CONTEXT_NAME_BYTES;
    }
    if (value->type == VALUE_LETTER) {
        return LETTER_BYTES;
    }
    return value_is_string((enum value_type)value->type) ? value->bytes.size : TEXT_FIXED_BYTES;
}

size_t text_print(const struct value *value, char *to)
{
    VV_ASSERT(!value->null);
    switch ((enum value_type)value->type) {
    case VALUE_BOOLEAN:
        to[0] = value->boolean ? 't' : 'f';
        return 1;
    case VALUE_SMALLINT:
    case VALUE_INTEGER:
    case VALUE_BIGINT:
        return text_print_int64(value->integer, to);
    case VALUE_DATE:
        return datetime_print_date((int32_t)value->integer, to);
    case VALUE_TIME:
        return datetime_print_time(value->integer, to);
    case VALUE_TIMESTAMP:
        return datetime_print_stamp(value->integer, to);
    case VALUE_TIMESTAMPTZ:
        return datetime_print_zoned(value->integer, context_zone(), to);
    case VALUE_INTERVAL:
        return interval_print(&value->interval, to);
    case VALUE_UUID:
        return uuid_print(&value->uuid, to);
    case VALUE_REAL:
        return double_print_real((float)value->real, to);
    case VALUE_DOUBLE:
        return double_print(value->real, to);
    case VALUE_NUMERIC:
        return numeric_print(&value->numeric, to);
    case VALUE_BYTEA:
        return print_bytea(value->bytes, to);
    case VALUE_LETTER:
        return print_letter(value->bytes, to);
    case VALUE_OID:
    case VALUE_XID:
    case VALUE_REGCLASS:
    case VALUE_REGTYPE:
    case VALUE_REGPROC:
    case VALUE_REGNAMESPACE:
    case VALUE_REGROLE:
        return names_print_oid((enum value_type)value->type, value->integer, to);
    default:
        if (value->bytes.size != 0) {
            memcpy(to, value->bytes.data, value->bytes.size);
        }
        return value->bytes.size;
    }
}

vv_status text_of(const struct value *value, struct arena *arena, vv_slice *out)
{
    char *to;

    if (value_is_string((enum value_type)value->type) && value->type != VALUE_BYTEA &&
        value->type != VALUE_LETTER) {
        *out = value->bytes;
        return VV_OK;
    }
    *out = slice_make(NULL, 0);
    to = arena_get(arena, text_bytes_max(value));
    if (to == NULL) {
        return VV_NOMEM;
    }
    *out = slice_make(to, text_print(value, to));
    return VV_OK;
}

size_t text_print_int64(int64_t x, char *to)
{
    char digits[20];
    uint64_t rest = x < 0 ? -(uint64_t)x : (uint64_t)x;
    size_t at = sizeof digits, size = 0;

    do {
        digits[--at] = (char)('0' + (int)(rest % 10));
        rest /= 10;
    } while (rest != 0);
    if (x < 0) {
        to[size++] = '-';
    }
    memcpy(to + size, digits + at, sizeof digits - at);
    return size + sizeof digits - at;
}

/* ---- messages ---- */

static vv_status bad_syntax(enum value_type type, vv_slice text, struct vv_error *error)
{
    return error_set(error, VV_SQLSTATE_INVALID_TEXT_REPRESENTATION, 0,
                     "invalid input syntax for type %s: \"%.*s\"", value_types[type].text,
                     (int)(text.size < QUOTED_MAX ? text.size : QUOTED_MAX),
                     (const char *)text.data);
}

static vv_status out_of_range(enum value_type type, vv_slice text, struct vv_error *error)
{
    return error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0,
                     "value \"%.*s\" is out of range for type %s",
                     (int)(text.size < QUOTED_MAX ? text.size : QUOTED_MAX),
                     (const char *)text.data, value_types[type].text);
}

/* ---- integers and booleans ---- */

/* Digits alone, perhaps behind a minus, and too few to overflow: nearly all that is loaded in bulk. False: look
 * closer. */
static bool plain_integer(vv_slice text, size_t digits_max, int64_t *out)
{
    size_t at = text.size > 0 && text.data[0] == '-';
    bool negative = at != 0;
    int64_t x = 0;

    if (text.size == at || text.size - at > digits_max) {
        return false;
    }
    for (; at < text.size; at++) {
        unsigned digit = text.data[at] - (unsigned)'0';

        if (digit > 9) {
            return false;
        }
        x = x * 10 + digit;
    }
    *out = negative ? -x : x;
    return true;
}

static vv_status parse_integer(enum value_type type, vv_slice text, int64_t *out,
                               struct vv_error *error)
{
    size_t digits = type == VALUE_SMALLINT ? 4 : type == VALUE_INTEGER ? 9 : 18;
    struct scan scan;
    int64_t high = type == VALUE_SMALLINT  ? INT16_MAX
                   : type == VALUE_INTEGER ? INT32_MAX
                                           : INT64_MAX;
    int64_t low = -high - 1;
    int64_t x = 0;
    bool negative, overflow = false;

    if (plain_integer(text, digits, out)) {
        return VV_OK;
    }
    *out = 0;
    scan = scan_begin(text);
    scan_spaces(&scan);
    negative = scan_sign(&scan);
    if (!scan_digit(&scan)) {
        return bad_syntax(type, text, error);
    }
    for (; scan_digit(&scan); scan.at++) { /* downwards: the lowest number has no positive twin */
        overflow |= __builtin_mul_overflow(x, (int64_t)10, &x);
        overflow |= __builtin_sub_overflow(x, (int64_t)(*scan.at - '0'), &x);
        if (overflow || x < low) { /* as in PostgreSQL before what may follow is looked at */
            return out_of_range(type, text, error);
        }
    }
    scan_spaces(&scan);
    if (!scan_ended(&scan)) {
        return bad_syntax(type, text, error);
    }
    if (!negative && x == low) {
        return out_of_range(type, text, error);
    }
    *out = negative ? x : -x;
    return VV_OK;
}

/* What strtod() would have read: PostgreSQL names only that, of a double precision. */
static vv_slice number_of(vv_slice text)
{
    struct scan scan = scan_begin(text);
    const uint8_t *start, *end;

    scan_spaces(&scan);
    start = scan.at;
    (void)scan_sign(&scan);
    while (scan_digit(&scan) || scan_is(&scan, '.')) {
        scan.at++;
    }
    end = scan.at;
    if (scan_is(&scan, 'e') || scan_is(&scan, 'E')) {
        scan.at++;
        (void)scan_sign(&scan);
        for (; scan_digit(&scan); scan.at++) {
            end = scan.at + 1;
        }
    }
    return slice_make(start, (size_t)(end - start));
}

static vv_status parse_real(enum value_type type, vv_slice text, double *out,
                            struct vv_error *error)
{
    float single = 0;
    vv_status status;

    if (type == VALUE_REAL) {
        status = double_parse_real(text, &single);
        *out = (double)single;
    } else {
        status = double_parse(text, out);
    }
    if (status == VV_LIMIT) { /* as in PostgreSQL before what may follow is looked at */
        text = type == VALUE_DOUBLE ? number_of(text) : text;
        return error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0,
                         "\"%.*s\" is out of range for type %s",
                         (int)(text.size < QUOTED_MAX ? text.size : QUOTED_MAX),
                         (const char *)text.data, value_types[type].text);
    }
    return status == VV_OK ? VV_OK : bad_syntax(type, text, error);
}

/* Any prefix of true, false, yes, no that says which, on, off, of; 1, 0. */
static vv_status parse_boolean(vv_slice text, bool *out, struct vv_error *error)
{
    static const struct {
        const char *word;
        size_t least;
        bool value;
    } words[] = {{"true", 1, true}, {"false", 1, false}, {"yes", 1, true}, {"no", 1, false},
                 {"on", 2, true},   {"off", 2, false},   {"1", 1, true},   {"0", 1, false}};
    vv_slice trimmed = text;

    while (trimmed.size > 0 && scan_is_space(trimmed.data[0])) {
        trimmed.data++;
        trimmed.size--;
    }
    while (trimmed.size > 0 && scan_is_space(trimmed.data[trimmed.size - 1])) {
        trimmed.size--;
    }
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (trimmed.size >= words[i].least && trimmed.size <= strlen(words[i].word) &&
            strncasecmp((const char *)trimmed.data, words[i].word, trimmed.size) == 0) {
            *out = words[i].value;
            return VV_OK;
        }
    }
    return bad_syntax(VALUE_BOOLEAN, text, error);
}

/* ---- "char" ---- */

/* A byte, or \\ooo (PostgreSQL: charin); NUL is the empty text. */
static vv_status parse_letter(vv_slice text, struct arena *arena, vv_slice *out,
                              struct vv_error *error)
{
    uint8_t *to = NULL;

    *out = slice_make(text.data, text.size > 1 ? 1 : text.size);
    if (text.size != LETTER_BYTES || text.data[0] != '\\') {
        return VV_OK;
    }
    for (unsigned i = 1; i < LETTER_BYTES; i++) {
        if (text.data[i] < '0' || text.data[i] > '7') {
            return VV_OK;
        }
    }
    to = arena_get(arena, 1);
    if (to == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    to[0] = (uint8_t)((text.data[1] - '0') << 6 | (text.data[2] - '0') << 3 | (text.data[3] - '0'));
    *out = slice_make(to, to[0] == 0 ? 0 : 1);
    return VV_OK;
}

/* What is no ASCII would be half a character. */
static size_t print_letter(vv_slice letter, char *to)
{
    if (letter.size == 0 || letter.data[0] < 0x80) {
        to[0] = letter.size == 0 ? 0 : (char)letter.data[0];
        return letter.size;
    }
    to[0] = '\\';
    to[1] = (char)('0' + (letter.data[0] >> 6));
    to[2] = (char)('0' + (letter.data[0] >> 3 & 7));
    to[3] = (char)('0' + (letter.data[0] & 7));
    return LETTER_BYTES;
}

/* ---- bytea ---- */

static vv_status parse_bytea(vv_slice text, struct arena *arena, vv_slice *out,
                             struct vv_error *error)
{
    uint8_t *to = arena_get(arena, text.size);
    size_t size = 0;

    *out = slice_make(NULL, 0);
    if (to == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    if (text.size >= 2 && text.data[0] == '\\' && text.data[1] == 'x') {
        VV_TRY(parse_hex(slice_make(text.data + 2, text.size - 2), to, &size, error));
    } else {
        VV_TRY(parse_escapes(text, to, &size, error));
    }
    *out = slice_make(to, size);
    return VV_OK;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Pairs of digits, white space between them. */
static vv_status parse_hex(vv_slice text, uint8_t *to, size_t *size_out, struct vv_error *error)
{
    size_t size = 0;

    for (size_t i = 0; i < text.size;) {
        int high, low;

        if (text.data[i] == ' ' || text.data[i] == '\n' || text.data[i] == '\t' ||
            text.data[i] == '\r') {
            i++;
            continue;
        }
        high = hex_digit(text.data[i]);
        if (high >= 0 && i + 1 == text.size) {
            return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                             "invalid hexadecimal data: odd number of digits");
        }
        low = high < 0 ? -1 : hex_digit(text.data[i + 1]);
        if (low < 0) {
            return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                             "invalid hexadecimal digit: \"%c\"", text.data[high < 0 ? i : i + 1]);
        }
        to[size++] = (uint8_t)(high << 4 | low);
        i += 2;
    }
    *size_out = size;
    return VV_OK;
}

/* Backslash doubled, or before three octal digits up to 377. */
static vv_status parse_escapes(vv_slice text, uint8_t *to, size_t *size_out, struct vv_error *error)
{
    size_t size = 0;

    for (size_t i = 0; i < text.size;) {
        const uint8_t *at = text.data + i;
        size_t room = text.size - i;

        if (at[0] != '\\') {
            to[size++] = at[0];
            i++;
        } else if (room >= 2 && at[1] == '\\') {
            to[size++] = '\\';
            i += 2;
        } else if (room >= 4 && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' && at[2] <= '7' &&
                   at[3] >= '0' && at[3] <= '7') {
            to[size++] = (uint8_t)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
            i += 4;
        } else {
            return error_set(error, VV_SQLSTATE_INVALID_TEXT_REPRESENTATION, 0,
                             "invalid input syntax for type bytea");
        }
    }
    *size_out = size;
    return VV_OK;
}

static size_t print_bytea(vv_slice bytes, char *to)
{
    static const char hex[] = "0123456789abcdef";

    if (context_forms()->bytea_escapes) {
        return print_escapes(bytes, to);
    }
    to[0] = '\\';
    to[1] = 'x';
    for (size_t i = 0; i < bytes.size; i++) {
        to[2 + 2 * i] = hex[bytes.data[i] >> 4];
        to[3 + 2 * i] = hex[bytes.data[i] & 15];
    }
    return 2 + 2 * bytes.size;
}

/* bytea_output = escape: \\ for a backslash, \ooo for what is no printable ASCII. */
static size_t print_escapes(vv_slice bytes, char *to)
{
    size_t size = 0;

    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = bytes.data[i];

        if (byte == '\\') {
            to[size++] = '\\';
            to[size++] = '\\';
        } else if (byte < 0x20 || byte > 0x7e) {
            to[size++] = '\\';
            to[size++] = (char)('0' + (byte >> 6));
            to[size++] = (char)('0' + (byte >> 3 & 7));
            to[size++] = (char)('0' + (byte & 7));
        } else {
            to[size++] = (char)byte;
        }
    }
    return size;
}
