/*
 * functions_text.c - lengths, parts and new texts, one row at a time (9.4).
 *
 * Text is UTF-8; positions and lengths count characters. Results that are a part of an argument point into it.
 */
#include "eval/characters.h"
#include "eval/kernels.h"

static vv_status cut(struct eval_call *call, const struct value *arguments, bool has_length,
                     struct value *out);
static vv_slice trim(vv_slice text, vv_slice set, bool left, bool right);
static vv_status pad(struct eval_call *call, const struct value *arguments, vv_slice fill,
                     bool left, struct value *out);

static const vv_slice space = {.data = (const uint8_t *)" ", .size = 1};

/* ---- lengths and positions ---- */

EVAL_SCALAR(scalar_TEXT_LENGTH)
{
    out->integer = (int64_t)characters_count(arguments[0].bytes);
    return VV_OK;
}

EVAL_SCALAR(scalar_OCTET_LENGTH)
{
    out->integer = (int64_t)arguments[0].bytes.size;
    return VV_OK;
}

EVAL_SCALAR(scalar_POSITION)
{
    vv_slice text = arguments[0].bytes, part = arguments[1].bytes;
    const uint8_t *found;

    if (part.size == 0) {
        out->integer = 1;
        return VV_OK;
    }
    found = text.size < part.size ? NULL : memmem(text.data, text.size, part.data, part.size);
    out->integer =
        found == NULL
            ? 0
            : (int64_t)characters_count(slice_make(text.data, (size_t)(found - text.data))) + 1;
    return VV_OK;
}

EVAL_SCALAR(scalar_STARTS_WITH)
{
    vv_slice text = arguments[0].bytes, start = arguments[1].bytes;

    out->boolean = text.size >= start.size && slice_equal(slice_make(text.data, start.size), start);
    return VV_OK;
}

EVAL_SCALAR(scalar_ASCII)
{
    vv_slice text = arguments[0].bytes;

    out->integer =
        text.size == 0 ? 0 : characters_decode(slice_make(text.data, characters_at(text, 0)));
    return VV_OK;
}

EVAL_SCALAR(scalar_CHR)
{
    int64_t x = arguments[0].integer;
    uint8_t *to = eval_string(call, 4);
    size_t size = 0;

    if (x < 0) {
        return error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "character number must be positive");
    }
    if (x == 0) {
        return error_set(call->error, VV_SQLSTATE_PROGRAM_LIMIT_EXCEEDED, 0,
                         "null character not permitted");
    }
    if (x > 0x10FFFF) {
        return error_set(call->error, VV_SQLSTATE_PROGRAM_LIMIT_EXCEEDED, 0,
                         "requested character too large for encoding: %d", (int)x);
    }
    if (x >= 0xD800 && x <= 0xDFFF) {
        return error_set(call->error, VV_SQLSTATE_PROGRAM_LIMIT_EXCEEDED, 0,
                         "requested character not valid for encoding: %d", (int)x);
    }
    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    size = characters_encode((uint32_t)x, to);
    out->bytes = slice_make(to, size);
    return VV_OK;
}

/* ---- parts ---- */

EVAL_SCALAR(scalar_SUBSTR)
{
    return cut(call, arguments, false, out);
}

EVAL_SCALAR(scalar_SUBSTR_LENGTH)
{
    return cut(call, arguments, true, out);
}

/* Characters start … start + length - 1, counted from 1; start may lie before the text. */
static vv_status cut(struct eval_call *call, const struct value *arguments, bool has_length,
                     struct value *out)
{
    vv_slice text = arguments[0].bytes;
    int64_t start = arguments[1].integer;
    int64_t end = has_length ? start + arguments[2].integer : INT64_MAX;
    size_t skip;

    if (has_length && arguments[2].integer < 0) {
        return error_set(call->error, VV_SQLSTATE_SUBSTRING_ERROR, 0,
                         "negative substring length not allowed");
    }
    start = start < 1 ? 1 : start;
    if (end <= start) {
        out->bytes = slice_make(text.data, 0);
        return VV_OK;
    }
    skip = characters_bytes(text, start - 1);
    out->bytes = slice_make(text.data + skip, text.size - skip);
    if (has_length) {
        out->bytes.size = characters_bytes(out->bytes, end - start);
    }
    return VV_OK;
}

EVAL_SCALAR(scalar_LEFT)
{
    int64_t count = arguments[1].integer;

    if (count < 0) {
        count += (int64_t)characters_count(arguments[0].bytes);
    }
    out->bytes = arguments[0].bytes;
    out->bytes.size = characters_bytes(out->bytes, count);
    return VV_OK;
}

EVAL_SCALAR(scalar_RIGHT)
{
    int64_t count = arguments[1].integer;
    int64_t skip = count < 0 ? -count : (int64_t)characters_count(arguments[0].bytes) - count;
    size_t bytes = characters_bytes(arguments[0].bytes, skip);

    out->bytes = slice_make(arguments[0].bytes.data + bytes, arguments[0].bytes.size - bytes);
    return VV_OK;
}

EVAL_SCALAR(scalar_BTRIM)
{
    out->bytes = trim(arguments[0].bytes, space, true, true);
    return VV_OK;
}

EVAL_SCALAR(scalar_LTRIM)
{
    out->bytes = trim(arguments[0].bytes, space, true, false);
    return VV_OK;
}

EVAL_SCALAR(scalar_RTRIM)
{
    out->bytes = trim(arguments[0].bytes, space, false, true);
    return VV_OK;
}

EVAL_SCALAR(scalar_BTRIM_SET)
{
    out->bytes = trim(arguments[0].bytes, arguments[1].bytes, true, true);
    return VV_OK;
}

EVAL_SCALAR(scalar_LTRIM_SET)
{
    out->bytes = trim(arguments[0].bytes, arguments[1].bytes, true, false);
    return VV_OK;
}

EVAL_SCALAR(scalar_RTRIM_SET)
{
    out->bytes = trim(arguments[0].bytes, arguments[1].bytes, false, true);
    return VV_OK;
}

static bool in_set(vv_slice character, vv_slice set)
{
    for (size_t at = 0; at < set.size;) {
        size_t size = characters_at(set, at);

        if (slice_equal(character, slice_make(set.data + at, size))) {
            return true;
        }
        at += size;
    }
    return false;
}

static vv_slice trim(vv_slice text, vv_slice set, bool left, bool right)
{
    while (left && text.size > 0) {
        size_t size = characters_at(text, 0);

        if (!in_set(slice_make(text.data, size), set)) {
            break;
        }
        text.data += size;
        text.size -= size;
    }
    while (right && text.size > 0) {
        size_t start = text.size - 1;

        while (start > 0 && (text.data[start] & 0xC0) == 0x80) {
            start--;
        }
        if (!in_set(slice_make(text.data + start, text.size - start), set)) {
            break;
        }
        text.size = start;
    }
    return text;
}

/* ---- new texts ---- */

EVAL_SCALAR(scalar_CONCAT)
{
    vv_slice a = arguments[0].bytes, b = arguments[1].bytes;
    uint8_t *to;

    if (a.size + b.size > CHARACTERS_BYTES_MAX) {
        return characters_too_long(call);
    }
    to = eval_string(call, a.size + b.size);
    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    if (a.size != 0) {
        memcpy(to, a.data, a.size);
    }
    if (b.size != 0) {
        memcpy(to + a.size, b.data, b.size);
    }
    out->bytes = slice_make(to, a.size + b.size);
    return VV_OK;
}

EVAL_SCALAR(scalar_REPEAT)
{
    vv_slice text = arguments[0].bytes;
    size_t count = arguments[1].integer < 0 ? 0 : (size_t)arguments[1].integer;
    uint8_t *to;

    if (text.size != 0 && count > CHARACTERS_BYTES_MAX / text.size) {
        return characters_too_long(call);
    }
    to = eval_string(call, count * text.size);
    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    for (size_t i = 0; text.size != 0 && i < count; i++) {
        memcpy(to + i * text.size, text.data, text.size);
        VV_TRY(eval_work(call->state, text.size, call->error));
    }
    out->bytes = slice_make(to, count * text.size);
    return VV_OK;
}

EVAL_SCALAR(scalar_REVERSE)
{
    vv_slice text = arguments[0].bytes;
    uint8_t *to = eval_string(call, text.size);
    size_t end = text.size;

    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    for (size_t at = 0; at < text.size;) {
        size_t size = characters_at(text, at);

        end -= size;
        memcpy(to + end, text.data + at, size);
        at += size;
    }
    out->bytes = slice_make(to, text.size);
    return VV_OK;
}

/* Twice: once to learn the size, once to write. */
EVAL_SCALAR(scalar_REPLACE)
{
    vv_slice text = arguments[0].bytes, from = arguments[1].bytes, by = arguments[2].bytes;
    size_t hits = 0, size = 0;
    uint8_t *to;

    out->bytes = text;
    if (from.size == 0 || text.size < from.size) {
        return VV_OK;
    }
    for (size_t at = 0; at + from.size <= text.size;) {
        bool hit = memcmp(text.data + at, from.data, from.size) == 0;

        hits += hit;
        at += hit ? from.size : 1;
    }
    if (hits == 0) {
        return VV_OK;
    }
    if (by.size != 0 && hits > CHARACTERS_BYTES_MAX / by.size) {
        return characters_too_long(call);
    }
    to = eval_string(call, text.size - hits * from.size + hits * by.size);
    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    for (size_t at = 0; at < text.size;) {
        if (at + from.size <= text.size && memcmp(text.data + at, from.data, from.size) == 0) {
            if (by.size != 0) {
                memcpy(to + size, by.data, by.size);
            }
            size += by.size;
            at += from.size;
        } else {
            to[size++] = text.data[at++];
        }
    }
    out->bytes = slice_make(to, size);
    return VV_OK;
}

EVAL_SCALAR(scalar_LPAD)
{
    return pad(call, arguments, space, true, out);
}

EVAL_SCALAR(scalar_LPAD_FILL)
{
    return pad(call, arguments, arguments[2].bytes, true, out);
}

EVAL_SCALAR(scalar_RPAD)
{
    return pad(call, arguments, space, false, out);
}

EVAL_SCALAR(scalar_RPAD_FILL)
{
    return pad(call, arguments, arguments[2].bytes, false, out);
}

/* To exactly so many characters: cut at the right, or filled with whole and partial copies of fill. */
static vv_status pad(struct eval_call *call, const struct value *arguments, vv_slice fill,
                     bool left, struct value *out)
{
    vv_slice text = arguments[0].bytes;
    int64_t wanted = arguments[1].integer < 0 ? 0 : arguments[1].integer;
    int64_t missing = wanted - (int64_t)characters_count(text);
    size_t fill_count = characters_count(fill), whole, partial, fill_bytes;
    uint8_t *to, *at;

    if (missing <= 0 || fill.size == 0) {
        out->bytes = slice_make(text.data, characters_bytes(text, wanted));
        return VV_OK;
    }
    if ((uint64_t)wanted > CHARACTERS_BYTES_MAX / 4) {
        return characters_too_long(call);
    }
    whole = (size_t)missing / fill_count;
    partial = characters_bytes(fill, (int64_t)((size_t)missing % fill_count));
    fill_bytes = whole * fill.size + partial;
    to = eval_string(call, text.size + fill_bytes);
    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    at = left ? to : to + text.size;
    for (size_t i = 0; i < whole; i++) {
        memcpy(at + i * fill.size, fill.data, fill.size);
    }
    memcpy(at + whole * fill.size, fill.data, partial);
    if (text.size != 0) {
        memcpy(left ? to + fill_bytes : to, text.data, text.size);
    }
    out->bytes = slice_make(to, text.size + fill_bytes);
    return VV_OK;
}
