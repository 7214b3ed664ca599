/*
 * functions_edit.c - texts taken apart and put together: overlay, translate, split_part, to_hex, unistr (9.4.1).
 */
#include "eval/characters.h"
#include "eval/kernels.h"

static const vv_slice nothing = {.data = (const uint8_t *)"", .size = 0};

/* ---- overlay ---- */

/* text with `length` characters (bytes) from `start` on replaced. */
static vv_status overlay(struct eval_call *call, vv_slice text, vv_slice by, int64_t start,
                         int64_t length, bool bytes, struct value *out)
{
    struct characters_text result = {.call = call};
    int64_t end = start + length;
    size_t head, tail;

    if (start <= 0) {
        return error_set(call->error, VV_SQLSTATE_SUBSTRING_ERROR, 0,
                         "negative substring length not allowed");
    }
    if (end > INT32_MAX) {
        return eval_fault_set(EVAL_INTEGER_RANGE, call->error);
    }
    end = end < 1 ? 1 : end;
    head = bytes ? (size_t)(start - 1) : characters_bytes(text, start - 1);
    tail = bytes ? (size_t)(end - 1) : characters_bytes(text, end - 1);
    head = head > text.size ? text.size : head;
    tail = tail > text.size ? text.size : tail;
    characters_append(&result, slice_make(text.data, head));
    characters_append(&result, by);
    characters_append(&result, slice_make(text.data + tail, text.size - tail));
    return characters_finish(&result, out);
}

EVAL_SCALAR(scalar_OVERLAY)
{
    return overlay(call, arguments[0].bytes, arguments[1].bytes, arguments[2].integer,
                   (int64_t)characters_count(arguments[1].bytes), false, out);
}

EVAL_SCALAR(scalar_OVERLAY_LENGTH)
{
    return overlay(call, arguments[0].bytes, arguments[1].bytes, arguments[2].integer,
                   arguments[3].integer, false, out);
}

EVAL_SCALAR(scalar_BYTEA_OVERLAY)
{
    return overlay(call, arguments[0].bytes, arguments[1].bytes, arguments[2].integer,
                   (int64_t)arguments[1].bytes.size, true, out);
}

EVAL_SCALAR(scalar_BYTEA_OVERLAY_LENGTH)
{
    return overlay(call, arguments[0].bytes, arguments[1].bytes, arguments[2].integer,
                   arguments[3].integer, true, out);
}

/* ---- translate ---- */

/* The place of a character among the characters of a text; -1: it is not there. */
static int64_t character_place(vv_slice text, vv_slice character)
{
    int64_t place = 0;

    for (size_t at = 0; at < text.size; place++) {
        size_t size = characters_at(text, at);

        if (slice_equal(slice_make(text.data + at, size), character)) {
            return place;
        }
        at += size;
    }
    return -1;
}

EVAL_SCALAR(scalar_TRANSLATE)
{
    vv_slice text = arguments[0].bytes, from = arguments[1].bytes, to = arguments[2].bytes;
    struct characters_text result = {.call = call};

    for (size_t at = 0; at < text.size;) {
        vv_slice one = slice_make(text.data + at, characters_at(text, at));
        int64_t place = character_place(from, one);

        VV_TRY(eval_work(call->state, from.size, call->error));
        if (place >= 0) {
            size_t start = characters_bytes(to, place);

            one =
                start >= to.size ? nothing : slice_make(to.data + start, characters_at(to, start));
        }
        characters_append(&result, one);
        at += characters_at(text, at);
    }
    return characters_finish(&result, out);
}

/* ---- split_part ---- */

/* The next place of `part` at or behind `from`; text.size: none. */
static size_t find(vv_slice text, size_t from, vv_slice part)
{
    const uint8_t *found = text.size - from < part.size
                               ? NULL
                               : memmem(text.data + from, text.size - from, part.data, part.size);

    return found == NULL ? text.size : (size_t)(found - text.data);
}

EVAL_SCALAR(scalar_SPLIT_PART)
{
    vv_slice text = arguments[0].bytes, separator = arguments[1].bytes;
    int64_t field = arguments[2].integer;
    size_t start = 0;

    if (field == 0) {
        return error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "field position must not be zero");
    }
    out->bytes = nothing;
    if (text.size == 0 || separator.size == 0) {
        if (text.size != 0 && (field == 1 || field == -1)) {
            out->bytes = text;
        }
        return VV_OK;
    }
    if (field < 0) { /* from the end: count them first */
        int64_t count = 1;

        for (size_t at = find(text, 0, separator); at < text.size;
             at = find(text, at + separator.size, separator)) {
            count++;
        }
        field += count + 1;
    }
    for (int64_t i = 1; field > 0 && start <= text.size; i++) {
        size_t end = find(text, start, separator);

        if (i == field) {
            out->bytes = slice_make(text.data + start, end - start);
            return VV_OK;
        }
        start = end == text.size ? text.size + 1 : end + separator.size;
    }
    return VV_OK;
}

/* ---- numbers and code points ---- */

static vv_status to_hex(struct eval_call *call, uint64_t x, struct value *out)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t *to = eval_string(call, 16);
    size_t at = 16;

    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    do {
        to[--at] = (uint8_t)digits[x & 15];
        x >>= 4;
    } while (x != 0);
    out->bytes = slice_make(to + at, 16 - at);
    return VV_OK;
}

EVAL_SCALAR(scalar_INTEGER_TO_HEX)
{
    return to_hex(call, (uint32_t)arguments[0].integer, out);
}

EVAL_SCALAR(scalar_BIGINT_TO_HEX)
{
    return to_hex(call, (uint64_t)arguments[0].integer, out);
}

static vv_status unistr_error(struct eval_call *call, bool pair)
{
    if (pair) {
        return error_set(call->error, VV_SQLSTATE_SYNTAX_ERROR, 0,
                         "invalid Unicode surrogate pair");
    }
    (void)error_set(call->error, VV_SQLSTATE_SYNTAX_ERROR, 0, "invalid Unicode escape");
    error_hint(call->error, "Unicode escapes must be \\XXXX, \\+XXXXXX, \\uXXXX, or \\UXXXXXXXX.");
    return VV_ERROR;
}

static int hex_digit(uint8_t c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* \XXXX, \+XXXXXX, \uXXXX, \UXXXXXXXX behind the backslash; 0 bytes: none of them. */
static size_t escape_read(vv_slice text, size_t at, uint32_t *code_out)
{
    uint8_t first = at < text.size ? text.data[at] : 0;
    size_t skip = first == '+' || first == 'u' || first == 'U';
    size_t digits = first == '+' ? 6 : first == 'U' ? 8 : 4;

    *code_out = 0;
    for (size_t i = 0; i < digits; i++) {
        int digit = at + skip + i < text.size ? hex_digit(text.data[at + skip + i]) : -1;

        if (digit < 0) {
            return 0;
        }
        *code_out = *code_out << 4 | (uint32_t)digit;
    }
    return skip + digits;
}

EVAL_SCALAR(scalar_UNISTR)
{
    vv_slice text = arguments[0].bytes;
    struct characters_text result = {.call = call};
    uint32_t high = 0;

    for (size_t at = 0; at < text.size;) {
        uint8_t bytes[4];
        uint32_t code;
        size_t size;

        if (text.data[at] != '\\' || (at + 1 < text.size && text.data[at + 1] == '\\')) {
            if (high != 0) {
                return unistr_error(call, true);
            }
            characters_append(&result, slice_make(text.data + at, 1));
            at += text.data[at] == '\\' ? 2 : 1;
            continue;
        }
        size = escape_read(text, at + 1, &code);
        if (size == 0) {
            return unistr_error(call, false);
        }
        at += 1 + size;
        if (code == 0 || code > 0x10FFFF) {
            return error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                             "invalid Unicode code point: %04X", code);
        }
        if (high != 0) {
            if (code < 0xDC00 || code > 0xDFFF) {
                return unistr_error(call, true);
            }
            code = 0x10000 + ((high & 0x3FF) << 10) + (code & 0x3FF);
            high = 0;
        } else if (code >= 0xDC00 && code <= 0xDFFF) {
            return unistr_error(call, true);
        } else if (code >= 0xD800 && code <= 0xDBFF) {
            high = code;
            continue;
        }
        characters_append(&result, slice_make(bytes, characters_encode(code, bytes)));
    }
    return high != 0 ? unistr_error(call, true) : characters_finish(&result, out);
}
