/* random_value.h - seeded values of every type, with a taste for borders and near equals. */
#ifndef VARVE_TESTS_UNIT_VALUE_RANDOM_VALUE_H
#define VARVE_TESTS_UNIT_VALUE_RANDOM_VALUE_H

#include <math.h>

#include "base/arena.h"
#include "base/rng.h"
#include "value/calendar.h"
#include "value/value.h"

static const enum value_type random_types[] = {
    VALUE_BOOLEAN, VALUE_INTEGER,  VALUE_BIGINT,    VALUE_DOUBLE,      VALUE_NUMERIC, VALUE_TEXT,
    VALUE_BYTEA,   VALUE_SMALLINT, VALUE_REAL,      VALUE_VARCHAR,     VALUE_BPCHAR,  VALUE_UUID,
    VALUE_DATE,    VALUE_TIME,     VALUE_TIMESTAMP, VALUE_TIMESTAMPTZ, VALUE_INTERVAL};

#define RANDOM_TYPE_COUNT (sizeof random_types / sizeof random_types[0])

static inline int64_t random_integer(struct rng *rng)
{
    static const int64_t borders[] = {0,         1,         -1,  INT32_MAX, INT32_MIN,
                                      INT64_MAX, INT64_MIN, 255, 256};

    switch (rng_below(rng, 4)) {
    case 0:
        return borders[rng_below(rng, sizeof borders / sizeof borders[0])];
    case 1:
        return (int64_t)rng_next(rng) >> rng_below(rng, 64);
    default:
        return (int64_t)rng_below(rng, 20) - 10;
    }
}

static inline double random_double(struct rng *rng)
{
    const double borders[] = {0.0,         -0.0,  1, -1, 0.1, (double)INFINITY, -(double)INFINITY,
                              (double)NAN, 5e-324};
    uint64_t bits = rng_next(rng);
    double x;

    switch (rng_below(rng, 3)) {
    case 0:
        return borders[rng_below(rng, sizeof borders / sizeof borders[0])];
    case 1:
        memcpy(&x, &bits, sizeof x);
        return x;
    default:
        return (double)(int64_t)(rng_below(rng, 41) - 20) / 4;
    }
}

static inline struct numeric random_numeric(struct rng *rng)
{
    __int128 x = 0;
    unsigned digits = (unsigned)rng_below(rng, rng_chance(rng, 1, 4) ? 38 : 4);

    if (rng_chance(rng, 1, 12)) {
        return numeric_special(rng_chance(rng, 1, 3)   ? NUMERIC_NAN
                               : rng_chance(rng, 1, 2) ? NUMERIC_PLUS_INFINITY
                                                       : NUMERIC_MINUS_INFINITY);
    }
    for (unsigned i = 0; i < digits; i++) {
        x = x * 10 + (rng_chance(rng, 1, 2) ? 0 : (int)rng_below(rng, 10));
    }
    return numeric_make(
        rng_chance(rng, 1, 2) ? x : -x,
        (unsigned)rng_below(rng, rng_chance(rng, 1, 4) ? NUMERIC_SCALE_MAX + 1 : 4));
}

/* Few distinct bytes, so that prefixes and equal strings are common. */
static inline vv_slice random_bytes(struct rng *rng, struct arena *arena, bool text)
{
    static const uint8_t letters[] = {'a', 'b', 1, 2, 0, 0xFF, 0xFE, 'c'};
    size_t size = rng_below(rng, rng_chance(rng, 1, 8) ? 300 : 18);
    uint8_t *data = arena_get(arena, size);

    for (size_t i = 0; i < size; i++) {
        data[i] = text && rng_chance(rng, 1, 2) ? 'a' : letters[rng_below(rng, sizeof letters)];
    }
    return slice_make(data, size);
}

/* A number that single precision holds. */
static inline struct value random_real(struct rng *rng)
{
    struct value value = value_double((double)(float)random_double(rng));

    value.type = VALUE_REAL;
    return value;
}

static inline struct value random_uuid(struct rng *rng)
{
    struct value value = {.type = VALUE_UUID};

    for (size_t i = 0; i < sizeof value.uuid.bytes; i++) {
        value.uuid.bytes[i] = rng_chance(rng, 1, 2) ? 0 : (uint8_t)rng_next(rng);
    }
    return value;
}

/* Within [low, high], often near its ends or the middle. */
static inline int64_t random_between(struct rng *rng, int64_t low, int64_t high)
{
    uint64_t room = (uint64_t)high - (uint64_t)low;

    switch (rng_below(rng, 4)) {
    case 0:
        return low + (int64_t)rng_below(rng, 3);
    case 1:
        return high - (int64_t)rng_below(rng, 3);
    case 2:
        return low < 0 ? (int64_t)rng_below(rng, 9) - 4 : low + (int64_t)rng_below(rng, 9);
    default:
        return (int64_t)((uint64_t)low + rng_next(rng) % room);
    }
}

static inline struct value random_datetime(struct rng *rng, enum value_type type)
{
    struct value value = {.type = (uint8_t)type};
    bool infinite = rng_chance(rng, 1, 10);

    switch (type) {
    case VALUE_DATE:
        value.integer = infinite
                            ? (rng_chance(rng, 1, 2) ? CALENDAR_DATE_EARLY : CALENDAR_DATE_LATE)
                            : random_between(rng, CALENDAR_DATE_MIN, CALENDAR_DATE_END - 1);
        break;
    case VALUE_TIME:
        value.integer = random_between(rng, 0, CALENDAR_DAY);
        break;
    case VALUE_INTERVAL:
        value.interval.months = (int32_t)random_integer(rng);
        value.interval.days = (int32_t)random_integer(rng);
        value.interval.time = random_between(rng, -CALENDAR_DAY * 1000000, CALENDAR_DAY * 1000000);
        break;
    default:
        value.integer = infinite
                            ? (rng_chance(rng, 1, 2) ? CALENDAR_STAMP_EARLY : CALENDAR_STAMP_LATE)
                            : random_between(rng, CALENDAR_STAMP_MIN, CALENDAR_STAMP_END - 1);
        break;
    }
    return value;
}

static inline struct value random_value(struct rng *rng, enum value_type type, bool nullable,
                                        struct arena *arena)
{
    if (nullable && rng_chance(rng, 1, 5)) {
        return value_null(type);
    }
    switch (type) {
    case VALUE_BOOLEAN:
        return value_boolean(rng_chance(rng, 1, 2));
    case VALUE_INTEGER:
        return value_integer((int32_t)random_integer(rng));
    case VALUE_BIGINT:
        return value_bigint(random_integer(rng));
    case VALUE_DOUBLE:
        return value_double(random_double(rng));
    case VALUE_NUMERIC:
        return value_numeric(random_numeric(rng));
    case VALUE_SMALLINT: {
        struct value small = value_integer((int16_t)random_integer(rng));

        small.type = VALUE_SMALLINT;
        return small;
    }
    case VALUE_REAL:
        return random_real(rng);
    case VALUE_UUID:
        return random_uuid(rng);
    case VALUE_DATE:
    case VALUE_TIME:
    case VALUE_TIMESTAMP:
    case VALUE_TIMESTAMPTZ:
    case VALUE_INTERVAL:
        return random_datetime(rng, type);
    default:
        return value_bytes(type, random_bytes(rng, arena, type != VALUE_BYTEA));
    }
}

/* Identical, not only equal: scale, sign of zero, bits. */
static inline bool value_identical(const struct value *a, const struct value *b)
{
    if (a->type != b->type || a->null != b->null) {
        return false;
    }
    if (a->null) {
        return true;
    }
    switch (a->type) {
    case VALUE_REAL:
    case VALUE_DOUBLE:
        return memcmp(&a->real, &b->real, sizeof a->real) == 0;
    case VALUE_NUMERIC:
        return a->numeric.kind == b->numeric.kind && a->numeric.scale == b->numeric.scale &&
               a->numeric.coefficient == b->numeric.coefficient;
    case VALUE_BPCHAR:
        return slice_equal(a->bytes, b->bytes);
    case VALUE_INTERVAL:
        return a->interval.months == b->interval.months && a->interval.days == b->interval.days &&
               a->interval.time == b->interval.time;
    default:
        return value_compare(a, b) == 0;
    }
}

#endif
