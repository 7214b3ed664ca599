/*
 * interval.h - INTERVAL: months, days and microseconds, which do not turn into each other by themselves.
 *
 * Compared as if a month had 30 days and a day 24 hours, as in PostgreSQL: '1 mon' = '30 days'.
 *
 * Threads: pure functions.
 */
#ifndef VARVE_VALUE_INTERVAL_H
#define VARVE_VALUE_INTERVAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

#define INTERVAL_TEXT_BYTES 112u /* room for any printed interval */

struct interval {
    int64_t time; /* microseconds */
    int32_t days;
    int32_t months;
};

/* Fields of INTERVAL DAY TO SECOND, as PostgreSQL's typmod numbers them. */
#define INTERVAL_FIELD(bit)     (1 << (bit))
#define INTERVAL_MONTH          INTERVAL_FIELD(1)
#define INTERVAL_YEAR           INTERVAL_FIELD(2)
#define INTERVAL_DAY            INTERVAL_FIELD(3)
#define INTERVAL_HOUR           INTERVAL_FIELD(10)
#define INTERVAL_MINUTE         INTERVAL_FIELD(11)
#define INTERVAL_SECOND         INTERVAL_FIELD(12)
#define INTERVAL_FULL_RANGE     0x7FFF
#define INTERVAL_FULL_PRECISION 0xFFFF

/* The modifier: range in the upper half, precision of the seconds in the lower. */
static inline int32_t interval_modifier(int32_t range, int32_t precision)
{
    return (range & 0x7FFF) << 16 | (precision & 0xFFFF);
}

static inline int32_t interval_range(int32_t modifier)
{
    return modifier < 0 ? INTERVAL_FULL_RANGE : modifier >> 16 & 0x7FFF;
}

static inline int32_t interval_precision(int32_t modifier)
{
    return modifier < 0 ? INTERVAL_FULL_PRECISION : modifier & 0xFFFF;
}

/* " day to second(3)", "(2)", or "": what stands behind INTERVAL. Writes a NUL. */
#define INTERVAL_FIELDS_BYTES 32u
void interval_fields_text(int32_t modifier, char *to);

/* '1 year 2 mons', '1-2', '3 4:05:06', 'P1Y2M3DT4H', '… ago'. modifier: says what a lone number counts. 22007,
 * 22015, 22008 `interval out of range`. */
VV_MUST_USE vv_status interval_parse(vv_slice text, int32_t modifier, struct interval *out,
                                     struct vv_error *error);

/* As IntervalStyle says (context_forms()); no NUL. */
size_t interval_print(const struct interval *interval, char *to);

/* Cuts what the modifier has no field for, and rounds seconds to its precision. */
void interval_fit(int32_t modifier, struct interval *interval);

/* The length in microseconds that decides order and equality. */
__int128 interval_span(const struct interval *interval);
#define INTERVAL_SPAN_MAX ((__int128)1 << 80) /* no interval is longer */
/* An interval of that length, as few days as possible left over. */
struct interval interval_of_span(__int128 span);
int interval_compare(const struct interval *a, const struct interval *b);
uint64_t interval_hash(const struct interval *interval);

/* False: out of range. */
bool interval_add(const struct interval *a, const struct interval *b, struct interval *out);
bool interval_subtract(const struct interval *a, const struct interval *b, struct interval *out);
bool interval_negate(const struct interval *a, struct interval *out);
bool interval_multiply(const struct interval *a, double factor, struct interval *out);
bool interval_divide(const struct interval *a, double divisor, struct interval *out);

#endif
