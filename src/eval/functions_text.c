/*
 * functions_text.c - functions of text and bytes, one row at a time.
 *
 * Text is UTF-8; positions and lengths count characters. A byte that begins no character counts as
 * one. Results that are a part of an argument point into it. Case mapping knows ASCII; without a Unicode
 * library other letters are an error, never a different result (ARCHITECTURE, section 7).
 */
#include "eval/kernels.h"
#include "eval/like.h"

#define STRING_BYTES_MAX ((1u << 30) - 8) /* PostgreSQL's MaxAllocSize, less a header */

static size_t characters(vv_slice text);
static size_t bytes_of_characters(vv_slice text, int64_t count);
static vv_status map_case(struct eval_call *call, vv_slice text, char from, struct value *out);
static vv_status cut(struct eval_call *call, const struct value *arguments, bool has_length,
                     struct value *out);
static vv_slice trim(vv_slice text, vv_slice set, bool left, bool right);
static vv_status pad(struct eval_call *call, const struct value *arguments, vv_slice fill,
                     bool left, struct value *out);
static vv_status too_long(struct eval_call *call);
static vv_status like(struct eval_call *call, const struct value *arguments, bool fold, bool bytes,
                      bool negated, struct value *out);
static vv_status like_rows(struct eval_call *call, bool negated);
static vv_status bad_pattern(struct eval_call *call);

static const vv_slice space = {.data = (const uint8_t *)" ", .size = 1};

/* ---- lengths and positions ---- */

static size_t character_bytes(vv_slice text, size_t at)
{
    size_t end = at + 1;

    while (end < text.size && (text.data[end] & 0xC0) == 0x80) {
        end++;
    }
    return end - at;
}

static size_t characters(vv_slice text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.size; i++) {
        count += i == 0 || (text.data[i] & 0xC0) != 0x80;
    }
    return count;
}

/* Bytes of the first `count` characters, all when there are fewer. */
static size_t bytes_of_characters(vv_slice text, int64_t count)
{
    size_t at = 0;

    while (count-- > 0 && at < text.size) {
        at += character_bytes(text, at);
    }
    return at;
}

EVAL_SCALAR(scalar_TEXT_LENGTH)
{
    out->integer = (int64_t)characters(arguments[0].bytes);
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
        found == NULL ? 0
                      : (int64_t)characters(slice_make(text.data, (size_t)(found - text.data))) + 1;
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
    static const uint8_t masks[] = {0x7F, 0x1F, 0x0F, 0x07};
    size_t size = text.size == 0 ? 0 : character_bytes(text, 0);

    out->integer = size == 0 ? 0 : text.data[0];
    if (size > 1 && size <= 4) {
        out->integer &= masks[size - 1];
        for (size_t i = 1; i < size; i++) {
            out->integer = out->integer << 6 | (text.data[i] & 0x3F);
        }
    }
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
    if (x < 0x80) {
        to[size++] = (uint8_t)x;
    } else if (x < 0x800) {
        to[size++] = (uint8_t)(0xC0 | x >> 6);
    } else if (x < 0x10000) {
        to[size++] = (uint8_t)(0xE0 | x >> 12);
        to[size++] = (uint8_t)(0x80 | (x >> 6 & 0x3F));
    } else {
        to[size++] = (uint8_t)(0xF0 | x >> 18);
        to[size++] = (uint8_t)(0x80 | (x >> 12 & 0x3F));
        to[size++] = (uint8_t)(0x80 | (x >> 6 & 0x3F));
    }
    if (x >= 0x80) {
        to[size++] = (uint8_t)(0x80 | (x & 0x3F));
    }
    out->bytes = slice_make(to, size);
    return VV_OK;
}

/* ---- case ---- */

EVAL_SCALAR(scalar_LOWER)
{
    return map_case(call, arguments[0].bytes, 'A', out);
}

EVAL_SCALAR(scalar_UPPER)
{
    return map_case(call, arguments[0].bytes, 'a', out);
}

static vv_status map_case(struct eval_call *call, vv_slice text, char from, struct value *out)
{
    uint8_t *to = eval_string(call, text.size);

    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];

        if (c >= 0x80) {
            return error_set(call->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                             "case mapping of characters outside ASCII is not supported");
        }
        to[i] = (uint8_t)(c - (uint8_t)from) < 26 ? c ^ 0x20 : c;
    }
    out->bytes = slice_make(to, text.size);
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
    skip = bytes_of_characters(text, start - 1);
    out->bytes = slice_make(text.data + skip, text.size - skip);
    if (has_length) {
        out->bytes.size = bytes_of_characters(out->bytes, end - start);
    }
    return VV_OK;
}

EVAL_SCALAR(scalar_LEFT)
{
    int64_t count = arguments[1].integer;

    if (count < 0) {
        count += (int64_t)characters(arguments[0].bytes);
    }
    out->bytes = arguments[0].bytes;
    out->bytes.size = bytes_of_characters(out->bytes, count);
    return VV_OK;
}

EVAL_SCALAR(scalar_RIGHT)
{
    int64_t count = arguments[1].integer;
    int64_t skip = count < 0 ? -count : (int64_t)characters(arguments[0].bytes) - count;
    size_t bytes = bytes_of_characters(arguments[0].bytes, skip);

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
        size_t size = character_bytes(set, at);

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
        size_t size = character_bytes(text, 0);

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

    if (a.size + b.size > STRING_BYTES_MAX) {
        return too_long(call);
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

    if (text.size != 0 && count > STRING_BYTES_MAX / text.size) {
        return too_long(call);
    }
    to = eval_string(call, count * text.size);
    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    for (size_t i = 0; text.size != 0 && i < count; i++) {
        memcpy(to + i * text.size, text.data, text.size);
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
        size_t size = character_bytes(text, at);

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
    if (by.size != 0 && hits > STRING_BYTES_MAX / by.size) {
        return too_long(call);
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
    int64_t missing = wanted - (int64_t)characters(text);
    size_t fill_count = characters(fill), whole, partial, fill_bytes;
    uint8_t *to, *at;

    if (missing <= 0 || fill.size == 0) {
        out->bytes = slice_make(text.data, bytes_of_characters(text, wanted));
        return VV_OK;
    }
    if ((uint64_t)wanted > STRING_BYTES_MAX / 4) {
        return too_long(call);
    }
    whole = (size_t)missing / fill_count;
    partial = bytes_of_characters(fill, (int64_t)((size_t)missing % fill_count));
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

static vv_status too_long(struct eval_call *call)
{
    return error_set(call->error, VV_SQLSTATE_PROGRAM_LIMIT_EXCEEDED, 0,
                     "requested length too large");
}

/* ---- LIKE ---- */

EVAL_KERNEL(kernel_TEXT_LIKE)
{
    return like_rows(call, false);
}

EVAL_KERNEL(kernel_TEXT_NOT_LIKE)
{
    return like_rows(call, true);
}

/* The pattern is nearly always a constant: looked at once. */
static vv_status like_rows(struct eval_call *call, bool negated)
{
    const struct value_vector *texts = call->arguments[0];
    const struct value_vector *patterns = call->arguments[1];
    struct like_plan plan = {.general = true};

    for (uint32_t i = 0; i < call->rows.count; i++) {
        uint32_t row = eval_row(call->rows, i);
        enum like_result result;

        if (vector_is_null(call->out, row)) {
            continue;
        }
        if (i == 0 || !patterns->constant || plan.literal.data == NULL) {
            plan =
                like_plan_make(vector_string_slice(&patterns->strings[eval_place(patterns, row)]));
        }
        result =
            like_plan_match(&plan, vector_string_slice(&texts->strings[eval_place(texts, row)]));
        if (result == LIKE_BAD_PATTERN) {
            return bad_pattern(call);
        }
        call->out->bools[row] = (result == LIKE_YES) != negated;
    }
    return VV_OK;
}

EVAL_SCALAR(scalar_TEXT_ILIKE)
{
    return like(call, arguments, true, false, false, out);
}

EVAL_SCALAR(scalar_TEXT_NOT_ILIKE)
{
    return like(call, arguments, true, false, true, out);
}

EVAL_SCALAR(scalar_BYTEA_LIKE)
{
    return like(call, arguments, false, true, false, out);
}

EVAL_SCALAR(scalar_BYTEA_NOT_LIKE)
{
    return like(call, arguments, false, true, true, out);
}

static vv_status like(struct eval_call *call, const struct value *arguments, bool fold, bool bytes,
                      bool negated, struct value *out)
{
    enum like_result result = like_match(arguments[0].bytes, arguments[1].bytes, fold, bytes);

    if (result == LIKE_BAD_PATTERN) {
        return bad_pattern(call);
    }
    out->boolean = (result == LIKE_YES) != negated;
    return VV_OK;
}

static vv_status bad_pattern(struct eval_call *call)
{
    return error_set(call->error, VV_SQLSTATE_INVALID_ESCAPE_SEQUENCE, 0,
                     "LIKE pattern must not end with escape character");
}

/* The pattern with backslash as its escape character instead of the given one. */
EVAL_SCALAR(scalar_LIKE_ESCAPE)
{
    vv_slice pattern = arguments[0].bytes, escape = arguments[1].bytes;
    uint8_t *to = eval_string(call, 2 * pattern.size);
    size_t size = 0;
    bool escaped = false;

    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    if (characters(escape) > 1) {
        (void)error_set(call->error, VV_SQLSTATE_INVALID_ESCAPE_SEQUENCE, 0,
                        "invalid escape string");
        error_hint(call->error, "Escape string must be empty or one character.");
        return VV_ERROR;
    }
    for (size_t at = 0; at < pattern.size;) {
        size_t step = character_bytes(pattern, at);
        vv_slice one = slice_make(pattern.data + at, step);

        if (escape.size != 0 && !escaped && slice_equal(one, escape)) {
            to[size++] = '\\';
            escaped = true;
        } else {
            if (one.data[0] == '\\' && !escaped) {
                to[size++] = '\\'; /* an ordinary character here */
            }
            memcpy(to + size, one.data, step);
            size += step;
            escaped = false;
        }
        at += step;
    }
    out->bytes = slice_make(to, size);
    return VV_OK;
}
