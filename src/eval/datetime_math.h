/*
 * datetime_math.h - steps in the calendar: adding intervals, differences, truncation, zones by name.
 *
 * Functions return false when the result is out of range.
 *
 * Threads: pure but for the thread's context.
 */
#ifndef VARVE_EVAL_DATETIME_MATH_H
#define VARVE_EVAL_DATETIME_MATH_H

#include "value/datetime.h"
#include "value/interval.h"

/* zone: of a TIMESTAMPTZ, else NULL. Infinities stay. */
bool datetime_math_add(int64_t stamp, const struct interval *interval, const struct zone *zone,
                       int64_t *out);

/* Years, months, days and time between two local times (PostgreSQL: timestamp_age). */
bool datetime_math_age(int64_t a, int64_t b, struct interval *out);

bool datetime_math_justify_hours(const struct interval *interval, struct interval *out);
bool datetime_math_justify_days(const struct interval *interval, struct interval *out);
bool datetime_math_justify(const struct interval *interval, struct interval *out);

/* Down to the unit. *known_out is false for what is no stretch of time. */
bool datetime_math_truncate(int64_t stamp, enum datetime_unit unit, const struct zone *zone,
                            bool *known_out, int64_t *out);
/* False: not a unit of intervals. */
bool datetime_math_truncate_interval(const struct interval *interval, enum datetime_unit unit,
                                     struct interval *out);

/* What a name of a zone stands for: a zone, perhaps by one of its abbreviations, or only an offset. */
struct datetime_math_zone {
    const struct zone *zone; /* NULL: the offset */
    int32_t offset;          /* seconds east */
    uint32_t size;           /* of the abbreviation; 0: by its name */
    char abbreviation[ZONE_ABBREVIATION_BYTES];
};

/* False: there is no such zone. */
bool datetime_math_find_zone(vv_slice name, struct datetime_math_zone *out);
bool datetime_math_to_local(int64_t stamp, const struct datetime_math_zone *zone, int64_t *out);
bool datetime_math_to_utc(int64_t local, const struct datetime_math_zone *zone, int64_t *out);

#endif
