/*
 * aggregate_rows.c - see aggregate_rows.h; 9.21, tables 9.59 and 9.60.
 *
 * Doubles: the algorithm of Youngs and Cramer, in PostgreSQL's order of operations, so that the last digit agrees
 * (float.c). Exact numbers: sums of values and of squares without any rounding, in 128 and 192 bits.
 */
#include "eval/aggregate_rows.h"

#include <math.h>

#include "base/assert.h"
#include "eval/eval_private.h"
#include "value/numeric_math.h"

#define STRING_BYTES_MAX ((1u << 30) - 8)

/* What is asked of the same sums. */
enum question {
    ASK_VAR_POP,
    ASK_VAR_SAMP,
    ASK_STDDEV_POP,
    ASK_STDDEV_SAMP,
    ASK_COUNT,
    ASK_SXX,
    ASK_SYY,
    ASK_SXY,
    ASK_AVGX,
    ASK_AVGY,
    ASK_COVAR_POP,
    ASK_COVAR_SAMP,
    ASK_CORR,
    ASK_R2,
    ASK_SLOPE,
    ASK_INTERCEPT,
};

struct moments {
    double count, sum, squares; /* squares: of distances from the mean */
};

struct regression {
    double count, sx, sxx, sy, syy, sxy;
};

struct bits {
    int64_t bits;
    uint64_t any;
};

struct string {
    uint8_t *data; /* delimiter and value, one after the other; the first delimiter too */
    size_t size;
    size_t room;
    size_t skip; /* bytes of the first delimiter */
    uint64_t any;
};

/* Bytes with room to grow in the caller's arena. */
struct kept {
    uint8_t *data;
    size_t size;
    size_t room;
};

struct collated {
    struct kept text;
    struct kept fold;
    uint64_t any;
};

static enum question question_of(enum function_id function);

static double number(const struct value *value)
{
    return value->real;
}

/* ---- variance of doubles ---- */

static vv_status moments_take(enum function_id function, uint8_t *accumulator,
                              const struct value *arguments, struct arena *arena,
                              struct vv_error *error)
{
    struct moments *m = (struct moments *)(void *)accumulator;
    double x = number(&arguments[0]), before = m->count, sum = m->sum;

    m->count += 1;
    m->sum += x;
    if (before > 0) {
        double tmp = x * m->count - m->sum;

        m->squares += tmp * tmp / (m->count * before);
        if (isinf(m->sum) || isinf(m->squares)) {
            if (!isinf(sum) && !isinf(x)) {
                return eval_fault_set(EVAL_OVERFLOW, error);
            }
            m->squares = NAN;
        }
    } else if (isnan(x) || isinf(x)) {
        m->squares = NAN;
    }
    return VV_OK;
}

static vv_status moments_merge(enum function_id function, uint8_t *into, const uint8_t *from,
                               struct arena *arena, struct vv_error *error)
{
    struct moments *a = (struct moments *)(void *)into;
    const struct moments *b = (const struct moments *)(const void *)from;
    double tmp;

    if (a->count == 0 || b->count == 0) {
        *a = a->count == 0 ? *b : *a;
        return VV_OK;
    }
    tmp = a->sum / a->count - b->sum / b->count;
    a->squares += b->squares + a->count * b->count * tmp * tmp / (a->count + b->count);
    a->count += b->count;
    a->sum += b->sum;
    return VV_OK;
}

static vv_status moments_result(enum function_id function, const uint8_t *accumulator,
                                struct value *out, struct vv_error *error)
{
    const struct moments *m = (const struct moments *)(const void *)accumulator;
    enum question question = question_of(function);
    bool sample = question == ASK_VAR_SAMP || question == ASK_STDDEV_SAMP;
    bool root = question == ASK_STDDEV_POP || question == ASK_STDDEV_SAMP;
    double variance;

    if (m->count < (sample ? 2 : 1)) {
        return VV_OK;
    }
    variance = m->squares / (sample ? m->count - 1 : m->count);
    *out = value_double(root ? sqrt(variance) : variance);
    return VV_OK;
}

/* ---- two arguments: y, x ---- */

static vv_status regression_take(enum function_id function, uint8_t *accumulator,
                                 const struct value *arguments, struct arena *arena,
                                 struct vv_error *error)
{
    struct regression *r = (struct regression *)(void *)accumulator;
    struct regression before = *r;
    double y = number(&arguments[0]), x = number(&arguments[1]);

    r->count += 1;
    if (function == FUNCTION_REGR_COUNT) {
        return VV_OK; /* sums that nobody asks for cannot overflow */
    }
    r->sx += x;
    r->sy += y;
    if (before.count > 0) {
        double dx = x * r->count - r->sx, dy = y * r->count - r->sy;
        double scale = 1.0 / (r->count * before.count);
        bool x_finite = !isinf(before.sx) && !isinf(x), y_finite = !isinf(before.sy) && !isinf(y);

        r->sxx += dx * dx * scale;
        r->syy += dy * dy * scale;
        r->sxy += dx * dy * scale;
        if (((isinf(r->sx) || isinf(r->sxx)) && x_finite) ||
            ((isinf(r->sy) || isinf(r->syy)) && y_finite) ||
            (isinf(r->sxy) && x_finite && y_finite)) {
            return eval_fault_set(EVAL_OVERFLOW, error);
        }
        r->sxx = isinf(r->sxx) ? NAN : r->sxx;
        r->syy = isinf(r->syy) ? NAN : r->syy;
        r->sxy = isinf(r->sxy) ? NAN : r->sxy;
        return VV_OK;
    }
    if (isnan(x) || isinf(x)) {
        r->sxx = r->sxy = NAN;
    }
    if (isnan(y) || isinf(y)) {
        r->syy = r->sxy = NAN;
    }
    return VV_OK;
}

static vv_status regression_merge(enum function_id function, uint8_t *into, const uint8_t *from,
                                  struct arena *arena, struct vv_error *error)
{
    struct regression *a = (struct regression *)(void *)into;
    const struct regression *b = (const struct regression *)(const void *)from;
    double dx, dy, weight;

    if (a->count == 0 || b->count == 0) {
        *a = a->count == 0 ? *b : *a;
        return VV_OK;
    }
    dx = a->sx / a->count - b->sx / b->count;
    dy = a->sy / a->count - b->sy / b->count;
    weight = a->count * b->count / (a->count + b->count);
    a->sxx += b->sxx + weight * dx * dx;
    a->syy += b->syy + weight * dy * dy;
    a->sxy += b->sxy + weight * dx * dy;
    a->count += b->count;
    a->sx += b->sx;
    a->sy += b->sy;
    return VV_OK;
}

static vv_status regression_result(enum function_id function, const uint8_t *accumulator,
                                   struct value *out, struct vv_error *error)
{
    const struct regression *r = (const struct regression *)(const void *)accumulator;
    enum question question = question_of(function);
    double answer = 0;

    if (question == ASK_COUNT) {
        *out = value_bigint((int64_t)r->count);
        return VV_OK;
    }
    if (r->count < (question == ASK_COVAR_SAMP ? 2 : 1)) {
        return VV_OK;
    }
    if (((question == ASK_CORR || question == ASK_R2 || question == ASK_SLOPE ||
          question == ASK_INTERCEPT) &&
         r->sxx == 0) ||
        (question == ASK_CORR && r->syy == 0)) {
        return VV_OK; /* a vertical line, or a horizontal one */
    }
    answer = question == ASK_SXX          ? r->sxx
             : question == ASK_SYY        ? r->syy
             : question == ASK_SXY        ? r->sxy
             : question == ASK_AVGX       ? r->sx / r->count
             : question == ASK_AVGY       ? r->sy / r->count
             : question == ASK_COVAR_POP  ? r->sxy / r->count
             : question == ASK_COVAR_SAMP ? r->sxy / (r->count - 1)
             : question == ASK_CORR       ? r->sxy / sqrt(r->sxx * r->syy)
             : question == ASK_R2    ? (r->syy == 0 ? 1.0 : r->sxy * r->sxy / (r->sxx * r->syy))
             : question == ASK_SLOPE ? r->sxy / r->sxx
                                     : (r->sy - r->sx * r->sxy / r->sxx) / r->count;
    *out = value_double(answer);
    return VV_OK;
}

/* ---- variance of exact numbers ---- */

static vv_status exact_take(enum function_id function, uint8_t *accumulator,
                            const struct value *arguments, struct arena *arena,
                            struct vv_error *error)
{
    struct numeric_squares *squares = (struct numeric_squares *)(void *)accumulator;
    struct numeric x = arguments[0].type == VALUE_NUMERIC
                           ? arguments[0].numeric
                           : numeric_from_int64(arguments[0].integer);

    return numeric_squares_add(squares, &x) == VV_OK ? VV_OK
                                                     : eval_fault_set(EVAL_NUMERIC_RANGE, error);
}

static vv_status exact_merge(enum function_id function, uint8_t *into, const uint8_t *from,
                             struct arena *arena, struct vv_error *error)
{
    return numeric_squares_merge((struct numeric_squares *)(void *)into,
                                 (const struct numeric_squares *)(const void *)from) == VV_OK
               ? VV_OK
               : eval_fault_set(EVAL_NUMERIC_RANGE, error);
}

static vv_status exact_result(enum function_id function, const uint8_t *accumulator,
                              struct value *out, struct vv_error *error)
{
    const struct numeric_squares *squares =
        (const struct numeric_squares *)(const void *)accumulator;
    enum question question = question_of(function);
    bool sample = question == ASK_VAR_SAMP || question == ASK_STDDEV_SAMP;
    bool root = question == ASK_STDDEV_POP || question == ASK_STDDEV_SAMP;

    if (squares->count < (sample ? 2 : 1)) {
        return VV_OK;
    }
    out->null = false;
    return numeric_squares_variance(squares, sample, root, &out->numeric) == VV_OK
               ? VV_OK
               : eval_fault_set(EVAL_NUMERIC_RANGE, error);
}

/* ---- bits ---- */

static void bits_combine(enum function_id function, struct bits *bits, int64_t x)
{
    bool and = strcmp(function_entry(function)->name, "bit_and") == 0;
    bool or = strcmp(function_entry(function)->name, "bit_or") == 0;

    bits->bits = bits->any == 0 ? x : and? bits->bits & x : or ? bits->bits | x : bits->bits ^ x;
    bits->any = 1;
}

static vv_status bits_take(enum function_id function, uint8_t *accumulator,
                           const struct value *arguments, struct arena *arena,
                           struct vv_error *error)
{
    bits_combine(function, (struct bits *)(void *)accumulator, arguments[0].integer);
    return VV_OK;
}

static vv_status bits_merge(enum function_id function, uint8_t *into, const uint8_t *from,
                            struct arena *arena, struct vv_error *error)
{
    const struct bits *bits = (const struct bits *)(const void *)from;

    if (bits->any != 0) {
        bits_combine(function, (struct bits *)(void *)into, bits->bits);
    }
    return VV_OK;
}

static vv_status bits_result(enum function_id function, const uint8_t *accumulator,
                             struct value *out, struct vv_error *error)
{
    const struct bits *bits = (const struct bits *)(const void *)accumulator;

    out->null = bits->any == 0;
    out->integer = bits->bits;
    return VV_OK;
}

/* ---- string_agg ---- */

static vv_status string_append(struct string *string, vv_slice bytes, struct arena *arena,
                               struct vv_error *error)
{
    if (string->size + bytes.size > STRING_BYTES_MAX) {
        return error_set(error, VV_SQLSTATE_PROGRAM_LIMIT_EXCEEDED, 0,
                         "string of string_agg() is too long");
    }
    if (string->size + bytes.size > string->room) {
        size_t room = 2 * (string->size + bytes.size) + 16;
        uint8_t *data = arena_get(arena, room);

        if (data == NULL) {
            return eval_fault_set(EVAL_NOMEM, error);
        }
        if (string->size != 0) {
            memcpy(data, string->data, string->size);
        }
        string->data = data;
        string->room = room;
    }
    if (bytes.size != 0) {
        memcpy(string->data + string->size, bytes.data, bytes.size);
    }
    string->size += bytes.size;
    return VV_OK;
}

static vv_status string_take(enum function_id function, uint8_t *accumulator,
                             const struct value *arguments, struct arena *arena,
                             struct vv_error *error)
{
    struct string *string = (struct string *)(void *)accumulator;

    if (!arguments[1].null) {
        VV_TRY(string_append(string, arguments[1].bytes, arena, error));
    }
    if (string->any == 0) {
        string->skip = string->size;
        string->any = 1;
    }
    return string_append(string, arguments[0].bytes, arena, error);
}

static vv_status string_merge(enum function_id function, uint8_t *into, const uint8_t *from,
                              struct arena *arena, struct vv_error *error)
{
    struct string *string = (struct string *)(void *)into;
    const struct string *more = (const struct string *)(const void *)from;

    if (more->any == 0) {
        return VV_OK;
    }
    if (string->any == 0) {
        string->skip = more->skip;
        string->any = 1;
    }
    return string_append(string, slice_make(more->data, more->size), arena, error);
}

static vv_status string_result(enum function_id function, const uint8_t *accumulator,
                               struct value *out, struct vv_error *error)
{
    const struct string *string = (const struct string *)(const void *)accumulator;

    if (string->any != 0) {
        out->null = false;
        out->bytes = string->size == string->skip
                         ? slice_make("", 0)
                         : slice_make(string->data + string->skip, string->size - string->skip);
    }
    return VV_OK;
}

/* ---- texts whose collation folds ---- */

/* Copies bytes; what was there is dropped. */
static vv_status kept_set(struct kept *kept, vv_slice bytes, struct arena *arena,
                          struct vv_error *error)
{
    if (bytes.size > kept->room || kept->data == NULL) {
        size_t room = bytes.size + bytes.size / 2 + 16;

        kept->data = arena_get(arena, room);
        kept->room = kept->data == NULL ? 0 : room;
        if (kept->data == NULL) {
            return eval_fault_set(EVAL_NOMEM, error);
        }
    }
    if (bytes.size != 0) {
        memcpy(kept->data, bytes.data, bytes.size);
    }
    kept->size = bytes.size;
    return VV_OK;
}

/* Among equals the first stays, as SQLite has it. */
static bool is_better(enum function_id function, const struct collated *collated, vv_slice fold)
{
    int order = slice_compare(fold, slice_make(collated->fold.data, collated->fold.size));

    return function == FUNCTION_MIN_COLLATED ? order < 0 : order > 0;
}

static vv_status collated_take(enum function_id function, uint8_t *accumulator,
                               const struct value *arguments, struct arena *arena,
                               struct vv_error *error)
{
    struct collated *collated = (struct collated *)(void *)accumulator;

    if (collated->any != 0 &&
        (function == FUNCTION_FIRST_TEXT || !is_better(function, collated, arguments[1].bytes))) {
        return VV_OK;
    }
    collated->any = 1;
    VV_TRY(kept_set(&collated->text, arguments[0].bytes, arena, error));
    return function == FUNCTION_FIRST_TEXT
               ? VV_OK
               : kept_set(&collated->fold, arguments[1].bytes, arena, error);
}

static vv_status collated_merge(enum function_id function, uint8_t *into, const uint8_t *from,
                                struct arena *arena, struct vv_error *error)
{
    const struct collated *more = (const struct collated *)(const void *)from;
    struct value arguments[2] = {
        {.type = VALUE_TEXT, .bytes = slice_make(more->text.data, more->text.size)},
        {.type = VALUE_TEXT, .bytes = slice_make(more->fold.data, more->fold.size)}};

    return more->any == 0 ? VV_OK : collated_take(function, into, arguments, arena, error);
}

static vv_status collated_result(enum function_id function, const uint8_t *accumulator,
                                 struct value *out, struct vv_error *error)
{
    const struct collated *collated = (const struct collated *)(const void *)accumulator;

    if (collated->any != 0) {
        out->null = false;
        out->bytes = slice_make(collated->text.data, collated->text.size);
    }
    return VV_OK;
}

/* ---- the table ---- */

static const struct aggregate_rows_code moments_code = {sizeof(struct moments), moments_take,
                                                        moments_merge, moments_result};
static const struct aggregate_rows_code regression_code = {
    sizeof(struct regression), regression_take, regression_merge, regression_result};
static const struct aggregate_rows_code exact_code = {sizeof(struct numeric_squares), exact_take,
                                                      exact_merge, exact_result};
static const struct aggregate_rows_code bits_code = {sizeof(struct bits), bits_take, bits_merge,
                                                     bits_result};
static const struct aggregate_rows_code string_code = {sizeof(struct string), string_take,
                                                       string_merge, string_result};

static const struct aggregate_rows_code collated_code = {sizeof(struct collated), collated_take,
                                                         collated_merge, collated_result};

static_assert(sizeof(struct collated) <= AGGREGATE_BYTES_MAX, "the largest accumulator");
static_assert(sizeof(struct numeric_squares) <= AGGREGATE_BYTES_MAX, "the largest accumulator");
static_assert(sizeof(struct regression) <= AGGREGATE_BYTES_MAX, "the largest accumulator");

static const struct {
    const struct aggregate_rows_code *code;
    enum question question;
} codes[FUNCTION_COUNT] = {
#define AGGREGATE_ROWS(id, code_name, question_name) \
    [FUNCTION_##id] = {.code = &code_name##_code, .question = ASK_##question_name},
#include "eval/aggregate_rows.def"
};

static enum question question_of(enum function_id function)
{
    return codes[function].question;
}

const struct aggregate_rows_code *aggregate_rows_code(enum function_id function)
{
    return codes[function].code;
}
