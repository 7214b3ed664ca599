/*
 * functions_like.c - LIKE and ILIKE (9.7.1); the matcher is like.h.
 */
#include "eval/characters.h"
#include "eval/kernels.h"
#include "eval/like.h"

static vv_status like(struct eval_call *call, const struct value *arguments, bool fold, bool bytes,
                      bool negated, struct value *out);
static vv_status like_rows(struct eval_call *call, bool negated);
static vv_status bad_pattern(struct eval_call *call);

static bool is_ascii(vv_slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

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
        VV_TRY(eval_work(call->state, texts->strings[eval_place(texts, row)].size, call->error));
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
    struct value text = arguments[0], pattern = arguments[1];
    enum like_result result;

    if (fold && (!is_ascii(text.bytes) || !is_ascii(pattern.bytes))) {
        VV_TRY(scalar_LOWER(call, &arguments[0], &text));
        VV_TRY(scalar_LOWER(call, &arguments[1], &pattern));
    }
    result = like_match(text.bytes, pattern.bytes, fold, bytes);

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
static vv_status like_escape(struct eval_call *call, const struct value *arguments, bool bytes,
                             struct value *out)
{
    vv_slice pattern = arguments[0].bytes, escape = arguments[1].bytes;
    uint8_t *to = eval_string(call, 2 * pattern.size);
    size_t size = 0;
    bool escaped = false;

    if (to == NULL) {
        return eval_fault_set(EVAL_NOMEM, call->error);
    }
    if ((bytes ? escape.size : characters_count(escape)) > 1) {
        (void)error_set(call->error, VV_SQLSTATE_INVALID_ESCAPE_SEQUENCE, 0,
                        "invalid escape string");
        error_hint(call->error, "Escape string must be empty or one character.");
        return VV_ERROR;
    }
    for (size_t at = 0; at < pattern.size;) {
        size_t step = bytes ? 1 : characters_at(pattern, at);
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

EVAL_SCALAR(scalar_LIKE_ESCAPE)
{
    return like_escape(call, arguments, false, out);
}

EVAL_SCALAR(scalar_BYTEA_LIKE_ESCAPE)
{
    return like_escape(call, arguments, true, out);
}
