/*
 * aggregate.c - accumulators and their loops.
 *
 * Sums of integers are kept in 128 bits, so that they cannot overflow before 2^64 rows and sum(bigint)
 * and avg need no decimals until the end. Sums of doubles are added in the order of the rows.
 */
#include "eval/aggregate.h"

#include <math.h>

#include "base/assert.h"
#include "eval/aggregate_rows.h"
#include "eval/eval_private.h"

/* What an accumulator is and how its rows are taken in. */
enum family {
    FAMILY_NONE,
    FAMILY_COUNT,       /* struct count: rows */
    FAMILY_SUM_INTEGER, /* struct integer_sum */
    FAMILY_SUM_DOUBLE,
    FAMILY_SUM_NUMERIC,
    FAMILY_SUM_INTERVAL,
    FAMILY_EXTREME, /* struct extreme: min and max, and bool_and (min), bool_or (max) */
};

struct integer_sum {
    numeric_integer sum;
    uint64_t count;
};

struct double_sum {
    double sum;
    uint64_t count;
};

struct numeric_sum {
    struct numeric sum;
    uint64_t count;
};

struct interval_sum {
    struct interval sum;
    uint64_t count;
};

struct extreme {
    union {
        int64_t integer; /* booleans and integers */
        double real;
        struct numeric numeric;
        struct interval interval;
        struct {
            uint8_t *data; /* in the caller's arena */
            size_t size;
            size_t room;
        } string;
    };
    uint64_t any;
};

struct aggregate {
    uint8_t family; /* enum family */
    uint8_t bytes;
    bool average;
    bool single;   /* SUM_DOUBLE: of REALs, rounded at each step */
    bool greatest; /* EXTREME: max */
};

static_assert(sizeof(struct extreme) <= AGGREGATE_BYTES_MAX, "the largest accumulator");
static_assert(sizeof(struct numeric_sum) <= AGGREGATE_BYTES_MAX, "the largest accumulator");

static vv_status extreme_take(const struct aggregate *aggregate, struct extreme *extreme,
                              const struct value *value, struct arena *arena,
                              struct vv_error *error);
static vv_status update_slow(const struct aggregate *aggregate, uint8_t *accumulator,
                             const struct value_vector *argument, uint32_t row, struct arena *arena,
                             struct vv_error *error);
static vv_status integer_result(enum function_id function, const struct aggregate *aggregate,
                                const struct integer_sum *sum, struct value *out,
                                struct vv_error *error);
static vv_status average(const struct numeric *sum, uint64_t count, struct value *out,
                         struct vv_error *error);
static void extreme_result(enum function_id function, const struct extreme *extreme,
                           struct value *out);

static const struct aggregate aggregates[FUNCTION_COUNT] = {
    [FUNCTION_COUNT_STAR] = {.family = FAMILY_COUNT, .bytes = sizeof(uint64_t)},
    [FUNCTION_COUNT_ANY] = {.family = FAMILY_COUNT, .bytes = sizeof(uint64_t)},
#define SUM(id, family_, type, average_) \
    [FUNCTION_##id] = {.family = family_, .bytes = sizeof(struct type), .average = average_}
#define EXTREME(id, greatest_) \
    [FUNCTION_##               \
        id] = {.family = FAMILY_EXTREME, .bytes = sizeof(struct extreme), .greatest = greatest_}
    SUM(SUM_SMALLINT, FAMILY_SUM_INTEGER, integer_sum, false),
    SUM(SUM_INTEGER, FAMILY_SUM_INTEGER, integer_sum, false),
    SUM(SUM_BIGINT, FAMILY_SUM_INTEGER, integer_sum, false),
    SUM(AVG_SMALLINT, FAMILY_SUM_INTEGER, integer_sum, true),
    SUM(AVG_INTEGER, FAMILY_SUM_INTEGER, integer_sum, true),
    SUM(AVG_BIGINT, FAMILY_SUM_INTEGER, integer_sum, true),
    [FUNCTION_SUM_REAL] = {.family = FAMILY_SUM_DOUBLE,
                           .bytes = sizeof(struct double_sum),
                           .single = true},
    SUM(SUM_DOUBLE, FAMILY_SUM_DOUBLE, double_sum, false),
    SUM(AVG_REAL, FAMILY_SUM_DOUBLE, double_sum, true),
    SUM(AVG_DOUBLE, FAMILY_SUM_DOUBLE, double_sum, true),
    SUM(SUM_NUMERIC, FAMILY_SUM_NUMERIC, numeric_sum, false),
    SUM(AVG_NUMERIC, FAMILY_SUM_NUMERIC, numeric_sum, true),
    EXTREME(MIN_OID, false),
    EXTREME(MAX_OID, true),
    EXTREME(MIN_SMALLINT, false),
    EXTREME(MAX_SMALLINT, true),
    EXTREME(MIN_INTEGER, false),
    EXTREME(MAX_INTEGER, true),
    EXTREME(MIN_BIGINT, false),
    EXTREME(MAX_BIGINT, true),
    EXTREME(MIN_REAL, false),
    EXTREME(MAX_REAL, true),
    EXTREME(MIN_DOUBLE, false),
    EXTREME(MAX_DOUBLE, true),
    EXTREME(MIN_NUMERIC, false),
    EXTREME(MAX_NUMERIC, true),
    EXTREME(MIN_TEXT, false),
    EXTREME(MAX_TEXT, true),
    EXTREME(MIN_BPCHAR, false),
    EXTREME(MAX_BPCHAR, true),
    EXTREME(MIN_DATE, false),
    EXTREME(MAX_DATE, true),
    EXTREME(MIN_TIME, false),
    EXTREME(MAX_TIME, true),
    EXTREME(MIN_TIMESTAMP, false),
    EXTREME(MAX_TIMESTAMP, true),
    EXTREME(MIN_TIMESTAMPTZ, false),
    EXTREME(MAX_TIMESTAMPTZ, true),
    EXTREME(MIN_INTERVAL, false),
    EXTREME(MAX_INTERVAL, true),
    SUM(SUM_INTERVAL, FAMILY_SUM_INTERVAL, interval_sum, false),
    SUM(AVG_INTERVAL, FAMILY_SUM_INTERVAL, interval_sum, true),
    EXTREME(BOOL_AND, false),
    EXTREME(EVERY, false),
    EXTREME(BOOL_OR, true),
};

static const struct aggregate *find(enum function_id function)
{
    VV_ASSERT(function < FUNCTION_COUNT && aggregates[function].family != FAMILY_NONE);
    return &aggregates[function];
}

size_t aggregate_bytes(enum function_id function)
{
    const struct aggregate_rows_code *code = aggregate_rows_code(function);

    return code != NULL ? code->bytes : find(function)->bytes;
}

void aggregate_begin(enum function_id function, uint8_t *accumulator)
{
    memset(accumulator, 0, aggregate_bytes(function));
    if (aggregate_rows_code(function) == NULL && find(function)->family == FAMILY_SUM_NUMERIC) {
        ((struct numeric_sum *)(void *)accumulator)->sum = numeric_make(0, 0);
    }
}

/* ---- taking rows in ---- */

vv_status aggregate_take(enum function_id function, uint8_t *accumulator,
                         const struct value *arguments, struct arena *arena, struct vv_error *error)
{
    const struct aggregate_rows_code *code = aggregate_rows_code(function);
    const struct function_entry *entry = function_entry(function);

    VV_ASSERT(code != NULL);
    if (arguments[0].null ||
        (entry->argument_count == 2 && arguments[1].null && entry->result_type != VALUE_TEXT &&
         entry->result_type != VALUE_BYTEA)) {
        return VV_OK;
    }
    return code->take(function, accumulator, arguments, arena, error);
}

/* The rows of one vector, each into its accumulator: what a function of one argument takes. */
static vv_status take_rows(enum function_id function, uint8_t *accumulator, uint8_t *const *groups,
                           size_t offset, const struct value_vector *argument, const uint16_t *rows,
                           uint32_t count, struct arena *arena, struct vv_error *error)
{
    const struct aggregate_rows_code *code = aggregate_rows_code(function);

    VV_ASSERT(code != NULL && function_entry(function)->argument_count == 1);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t r = rows == NULL ? i : rows[i];
        struct value value;

        if (!vector_is_null(argument, r)) {
            vector_get(argument, r, &value);
            VV_TRY(code->take(function, groups == NULL ? accumulator : groups[r] + offset, &value,
                              arena, error));
        }
    }
    return VV_OK;
}

/* Sums a column of integers without NULLs and selection: lower and upper halves as unsigned numbers, and
 * how many are negative, in stretches that cannot overflow; all three are vector instructions. */
#define SUM_DENSE(member)                                                                \
    for (uint32_t i = 0; i < count;) {                                                   \
        uint32_t stop = count - i < 1024 ? count : i + 1024;                             \
        uint64_t high = 0, low = 0, negative = 0;                                        \
        for (; i < stop; i++) {                                                          \
            uint64_t x = (uint64_t)(int64_t)argument->member[i];                         \
            high += x >> 32;                                                             \
            low += x & UINT32_MAX;                                                       \
            negative += x >> 63;                                                         \
        }                                                                                \
        sum->sum += ((__int128)high << 32) + (__int128)low - ((__int128)negative << 64); \
    }                                                                                    \
    sum->count += count

#define SUM_ROWS(member)                                           \
    for (uint32_t i = 0; i < count; i++) {                         \
        uint32_t r = rows == NULL ? i : rows[i];                   \
        if (!vector_is_null(argument, r)) {                        \
            sum->sum += argument->member[eval_place(argument, r)]; \
            sum->count++;                                          \
        }                                                          \
    }

EVAL_LOOPS static void sum_integers(struct integer_sum *sum, const struct value_vector *argument,
                                    const uint16_t *rows, uint32_t count)
{
    bool dense = rows == NULL && !argument->has_nulls && !argument->constant;

    if (value_types[argument->type].storage == VALUE_STORAGE_I32) {
        if (dense) {
            SUM_DENSE(i32s);
        } else {
            SUM_ROWS(i32s)
        }
    } else if (dense) {
        SUM_DENSE(i64s);
    } else {
        SUM_ROWS(i64s)
    }
}

static vv_status sum_doubles(struct double_sum *sum, bool single,
                             const struct value_vector *argument, const uint16_t *rows,
                             uint32_t count, struct vv_error *error)
{
    bool infinite = isinf(sum->sum);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t r = rows == NULL ? i : rows[i];

        if (!vector_is_null(argument, r)) {
            double x = argument->f64s[eval_place(argument, r)];

            infinite |= isinf(x);
            sum->sum = single ? (double)(float)(sum->sum + x) : sum->sum + x;
            sum->count++;
        }
    }
    return isinf(sum->sum) && !infinite ? eval_fault_set(EVAL_OVERFLOW, error) : VV_OK;
}

/* The extreme of a whole stretch in a register; a dense one without NULLs becomes vector instructions. */
#define EXTREME_OF(member, better)                                    \
    for (uint32_t i = 0; i < count; i++) {                            \
        uint32_t r = rows == NULL ? i : rows[i];                      \
        if (!argument->has_nulls || !vector_is_null(argument, r)) {   \
            int64_t x = argument->member[argument->constant ? 0 : r]; \
            best = better ? x : best;                                 \
            any = 1;                                                  \
        }                                                             \
    }

/* min and max of integers; false: another aggregate or type. */
EVAL_LOOPS static bool extreme_integers(const struct aggregate *aggregate, uint8_t *accumulator,
                                        const struct value_vector *argument, const uint16_t *rows,
                                        uint32_t count)
{
    struct extreme *extreme = (struct extreme *)(void *)accumulator;
    int64_t best;
    uint64_t any;

    if (aggregate->family != FAMILY_EXTREME ||
        (value_types[argument->type].storage != VALUE_STORAGE_I32 &&
         value_types[argument->type].storage != VALUE_STORAGE_I64)) {
        return false;
    }
    any = extreme->any;
    best = any != 0 ? extreme->integer : aggregate->greatest ? INT64_MIN : INT64_MAX;
    if (value_types[argument->type].storage == VALUE_STORAGE_I32) {
        if (aggregate->greatest) {
            EXTREME_OF(i32s, x > best)
        } else {
            EXTREME_OF(i32s, x < best)
        }
    } else if (aggregate->greatest) {
        EXTREME_OF(i64s, x > best)
    } else {
        EXTREME_OF(i64s, x < best)
    }
    extreme->any = any;
    extreme->integer = any != 0 ? best : 0;
    return true;
}

vv_status aggregate_update(enum function_id function, uint8_t *accumulator,
                           const struct value_vector *argument, const uint16_t *rows,
                           uint32_t count, struct arena *arena, struct vv_error *error)
{
    const struct aggregate *aggregate = NULL;

    if (aggregate_rows_code(function) != NULL) {
        return take_rows(function, accumulator, NULL, 0, argument, rows, count, arena, error);
    }
    aggregate = find(function);
    switch ((enum family)aggregate->family) {
    case FAMILY_COUNT:
        *(uint64_t *)(void *)accumulator += count;
        for (uint32_t i = 0; argument != NULL && argument->has_nulls && i < count; i++) {
            *(uint64_t *)(void *)accumulator -=
                vector_is_null(argument, rows == NULL ? i : rows[i]);
        }
        return VV_OK;
    case FAMILY_SUM_INTEGER:
        sum_integers((struct integer_sum *)(void *)accumulator, argument, rows, count);
        return VV_OK;
    case FAMILY_SUM_DOUBLE:
        return sum_doubles((struct double_sum *)(void *)accumulator, aggregate->single, argument,
                           rows, count, error);
    default:
        if (extreme_integers(aggregate, accumulator, argument, rows, count)) {
            return VV_OK;
        }
        for (uint32_t i = 0; i < count; i++) {
            uint32_t r = rows == NULL ? i : rows[i];

            if (!vector_is_null(argument, r)) {
                VV_TRY(update_slow(aggregate, accumulator, argument, r, arena, error));
            }
        }
        return VV_OK;
    }
}

#define EACH_ROW(body)                                          \
    for (uint32_t i = 0; i < count; i++) {                      \
        uint32_t r = rows == NULL ? i : rows[i];                \
        if (argument == NULL || !vector_is_null(argument, r)) { \
            uint8_t *at = groups[r] + offset;                   \
            body                                                \
        }                                                       \
    }

static void sum_integers_of_groups(uint8_t *const *groups, size_t offset,
                                   const struct value_vector *argument, const uint16_t *rows,
                                   uint32_t count)
{
    if (value_types[argument->type].storage == VALUE_STORAGE_I32) {
        EACH_ROW({
            struct integer_sum *sum = (struct integer_sum *)(void *)at;
            sum->sum += argument->i32s[eval_place(argument, r)];
            sum->count++;
        })
    } else {
        EACH_ROW({
            struct integer_sum *sum = (struct integer_sum *)(void *)at;
            sum->sum += argument->i64s[eval_place(argument, r)];
            sum->count++;
        })
    }
}

vv_status aggregate_update_groups(enum function_id function, uint8_t *const *groups, size_t offset,
                                  const struct value_vector *argument, const uint16_t *rows,
                                  uint32_t count, struct arena *arena, struct vv_error *error)
{
    const struct aggregate *aggregate = NULL;

    if (aggregate_rows_code(function) != NULL) {
        return take_rows(function, NULL, groups, offset, argument, rows, count, arena, error);
    }
    aggregate = find(function);

    switch ((enum family)aggregate->family) {
    case FAMILY_COUNT:
        EACH_ROW({ ++*(uint64_t *)(void *)at; })
        return VV_OK;
    case FAMILY_SUM_INTEGER:
        sum_integers_of_groups(groups, offset, argument, rows, count);
        return VV_OK;
    default:
        EACH_ROW({ VV_TRY(update_slow(aggregate, at, argument, r, arena, error)); })
        return VV_OK;
    }
}

/* One row that is not NULL. */
static vv_status update_slow(const struct aggregate *aggregate, uint8_t *accumulator,
                             const struct value_vector *argument, uint32_t row, struct arena *arena,
                             struct vv_error *error)
{
    struct numeric_sum *numeric = (struct numeric_sum *)(void *)accumulator;
    struct interval_sum *interval = (struct interval_sum *)(void *)accumulator;
    struct value value;
    uint16_t at = (uint16_t)row;

    switch ((enum family)aggregate->family) {
    case FAMILY_SUM_DOUBLE:
        return sum_doubles((struct double_sum *)(void *)accumulator, aggregate->single, argument,
                           &at, 1, error);
    case FAMILY_SUM_NUMERIC:
        numeric->count++;
        return numeric_add(&numeric->sum, &argument->numerics[eval_place(argument, row)],
                           &numeric->sum) == VV_OK
                   ? VV_OK
                   : eval_fault_set(EVAL_NUMERIC_RANGE, error);
    case FAMILY_SUM_INTERVAL:
        interval->count++;
        return interval_add(&interval->sum, &argument->intervals[eval_place(argument, row)],
                            &interval->sum)
                   ? VV_OK
                   : eval_fault_set(EVAL_INTERVAL_RANGE, error);
    default:
        vector_get(argument, row, &value);
        return extreme_take(aggregate, (struct extreme *)(void *)accumulator, &value, arena, error);
    }
}

/* ---- min and max ---- */

/* The kept value as a datum of the given type. */
static struct value extreme_value(enum value_type type, const struct extreme *extreme)
{
    struct value value = {.type = (uint8_t)type};

    switch (value_types[type].storage) {
    case VALUE_STORAGE_BOOL:
        value.boolean = extreme->integer != 0;
        break;
    case VALUE_STORAGE_F64:
        value.real = extreme->real;
        break;
    case VALUE_STORAGE_NUMERIC:
        value.numeric = extreme->numeric;
        break;
    case VALUE_STORAGE_INTERVAL:
        value.interval = extreme->interval;
        break;
    case VALUE_STORAGE_STRING:
        value.bytes = slice_make(extreme->string.data, extreme->string.size);
        break;
    default:
        value.integer = extreme->integer;
        break;
    }
    return value;
}

static bool keep_string(struct extreme *extreme, vv_slice bytes, struct arena *arena)
{
    if (bytes.size > extreme->string.room || extreme->string.data == NULL) {
        size_t room = bytes.size < 16 ? 16 : bytes.size + bytes.size / 2;

        extreme->string.data = arena_get(arena, room);
        extreme->string.room = extreme->string.data == NULL ? 0 : room;
        if (extreme->string.data == NULL) {
            return false;
        }
    }
    if (bytes.size != 0) {
        memcpy(extreme->string.data, bytes.data, bytes.size);
    }
    extreme->string.size = bytes.size;
    return true;
}

static vv_status extreme_take(const struct aggregate *aggregate, struct extreme *extreme,
                              const struct value *value, struct arena *arena,
                              struct vv_error *error)
{
    if (extreme->any != 0) {
        struct value kept = extreme_value((enum value_type)value->type, extreme);
        int order = value_compare(value, &kept);

        if (aggregate->greatest ? order < 0
                                : order > 0) { /* among equals the last, as PostgreSQL */
            return VV_OK;
        }
    }
    extreme->any = 1;
    switch (value_types[value->type].storage) {
    case VALUE_STORAGE_BOOL:
        extreme->integer = value->boolean;
        break;
    case VALUE_STORAGE_F64:
        extreme->real = value->real;
        break;
    case VALUE_STORAGE_NUMERIC:
        extreme->numeric = value->numeric;
        break;
    case VALUE_STORAGE_INTERVAL:
        extreme->interval = value->interval;
        break;
    case VALUE_STORAGE_STRING:
        return keep_string(extreme, value->bytes, arena) ? VV_OK
                                                         : eval_fault_set(EVAL_NOMEM, error);
    default:
        extreme->integer = value->integer;
        break;
    }
    return VV_OK;
}

/* ---- merging ---- */

vv_status aggregate_merge(enum function_id function, uint8_t *into, const uint8_t *from,
                          struct arena *arena, struct vv_error *error)
{
    const struct aggregate *aggregate = NULL;
    struct integer_sum *integer = (struct integer_sum *)(void *)into;
    struct double_sum *real = (struct double_sum *)(void *)into;
    struct numeric_sum *numeric = (struct numeric_sum *)(void *)into;
    const struct integer_sum *from_integer = (const struct integer_sum *)(const void *)from;
    const struct double_sum *from_real = (const struct double_sum *)(const void *)from;
    const struct numeric_sum *from_numeric = (const struct numeric_sum *)(const void *)from;
    struct interval_sum *interval = (struct interval_sum *)(void *)into;
    const struct interval_sum *from_interval = (const struct interval_sum *)(const void *)from;
    const struct extreme *extreme = (const struct extreme *)(const void *)from;
    struct value value;

    if (aggregate_rows_code(function) != NULL) {
        return aggregate_rows_code(function)->merge(function, into, from, arena, error);
    }
    aggregate = find(function);
    switch ((enum family)aggregate->family) {
    case FAMILY_COUNT:
        *(uint64_t *)(void *)into += *(const uint64_t *)(const void *)from;
        return VV_OK;
    case FAMILY_SUM_INTEGER:
        integer->sum += from_integer->sum;
        integer->count += from_integer->count;
        return VV_OK;
    case FAMILY_SUM_DOUBLE:
        real->sum += from_real->sum;
        real->sum = aggregate->single ? (double)(float)real->sum : real->sum;
        real->count += from_real->count;
        return VV_OK;
    case FAMILY_SUM_NUMERIC:
        numeric->count += from_numeric->count;
        return numeric_add(&numeric->sum, &from_numeric->sum, &numeric->sum) == VV_OK
                   ? VV_OK
                   : eval_fault_set(EVAL_NUMERIC_RANGE, error);
    case FAMILY_SUM_INTERVAL:
        interval->count += from_interval->count;
        return interval_add(&interval->sum, &from_interval->sum, &interval->sum)
                   ? VV_OK
                   : eval_fault_set(EVAL_INTERVAL_RANGE, error);
    default:
        if (extreme->any == 0) {
            return VV_OK;
        }
        value = extreme_value((enum value_type)function_entry(function)->result_type, extreme);
        return extreme_take(aggregate, (struct extreme *)(void *)into, &value, arena, error);
    }
}

/* ---- results ---- */

vv_status aggregate_result(enum function_id function, const uint8_t *accumulator, struct value *out,
                           struct vv_error *error)
{
    const struct aggregate *aggregate = NULL;
    const struct double_sum *real = (const struct double_sum *)(const void *)accumulator;
    const struct numeric_sum *numeric = (const struct numeric_sum *)(const void *)accumulator;
    const struct interval_sum *interval = (const struct interval_sum *)(const void *)accumulator;

    *out = value_null((enum value_type)function_entry(function)->result_type);
    if (aggregate_rows_code(function) != NULL) {
        return aggregate_rows_code(function)->result(function, accumulator, out, error);
    }
    aggregate = find(function);
    switch ((enum family)aggregate->family) {
    case FAMILY_COUNT:
        *out = value_bigint((int64_t) * (const uint64_t *)(const void *)accumulator);
        return VV_OK;
    case FAMILY_SUM_INTEGER:
        return integer_result(function, aggregate,
                              (const struct integer_sum *)(const void *)accumulator, out, error);
    case FAMILY_SUM_DOUBLE:
        if (real->count != 0) {
            out->null = false;
            out->real = aggregate->average ? real->sum / (double)real->count : real->sum;
        }
        return VV_OK;
    case FAMILY_SUM_NUMERIC:
        if (numeric->count == 0) {
            return VV_OK;
        }
        if (aggregate->average) {
            return average(&numeric->sum, numeric->count, out, error);
        }
        *out = value_numeric(numeric->sum);
        return VV_OK;
    case FAMILY_SUM_INTERVAL:
        if (interval->count == 0) {
            return VV_OK;
        }
        out->null = false;
        out->interval = interval->sum;
        return !aggregate->average ||
                       interval_divide(&interval->sum, (double)interval->count, &out->interval)
                   ? VV_OK
                   : eval_fault_set(EVAL_INTERVAL_RANGE, error);
    default:
        extreme_result(function, (const struct extreme *)(const void *)accumulator, out);
        return VV_OK;
    }
}

static vv_status integer_result(enum function_id function, const struct aggregate *aggregate,
                                const struct integer_sum *sum, struct value *out,
                                struct vv_error *error)
{
    struct numeric exact = numeric_make(sum->sum, 0);

    if (sum->count == 0) {
        return VV_OK;
    }
    if (aggregate->average) {
        return average(&exact, sum->count, out, error);
    }
    if (function == FUNCTION_SUM_BIGINT) {
        *out = value_numeric(exact);
        return VV_OK;
    }
    if (sum->sum > INT64_MAX || sum->sum < INT64_MIN) {
        return eval_fault_set(EVAL_BIGINT_RANGE, error);
    }
    *out = value_bigint((int64_t)sum->sum);
    return VV_OK;
}

static vv_status average(const struct numeric *sum, uint64_t count, struct value *out,
                         struct vv_error *error)
{
    struct numeric divisor = numeric_make((__int128)count, 0);

    *out = value_numeric(*sum);
    return numeric_divide(sum, &divisor, &out->numeric) == VV_OK
               ? VV_OK
               : eval_fault_set(EVAL_NUMERIC_RANGE, error);
}

static void extreme_result(enum function_id function, const struct extreme *extreme,
                           struct value *out)
{
    if (extreme->any != 0) {
        *out = extreme_value((enum value_type)function_entry(function)->result_type, extreme);
    }
}
