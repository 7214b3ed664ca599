/*
 * calendar.h - days and clock times as numbers: the proleptic Gregorian calendar.
 *
 *   DATE         days since 2000-01-01                   INT32_MIN, INT32_MAX: -infinity, infinity
 *   TIME         microseconds since midnight             24:00:00 is allowed
 *   TIMESTAMP    microseconds since 2000-01-01 00:00     INT64_MIN, INT64_MAX: -infinity, infinity
 *   TIMESTAMPTZ  the same, in UTC
 *
 * Years count as astronomers do: year 0 is 1 BC. Ranges are PostgreSQL's: from 4714-11-24 BC (Julian day 0) to
 * the end of 5874897 for dates and of 294276 for timestamps.
 *
 * Threads: pure functions.
 */
#ifndef VARVE_VALUE_CALENDAR_H
#define VARVE_VALUE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

#define CALENDAR_EPOCH_JULIAN 2451545 /* Julian day of 2000-01-01 */
#define CALENDAR_UNIX_JULIAN  2440588 /* of 1970-01-01 */

#define CALENDAR_SECOND     INT64_C(1000000)
#define CALENDAR_MINUTE     (60 * CALENDAR_SECOND)
#define CALENDAR_HOUR       (60 * CALENDAR_MINUTE)
#define CALENDAR_DAY        (24 * CALENDAR_HOUR)
#define CALENDAR_MONTH_DAYS 30 /* where a month must be counted in days */

/* Microseconds from 1970 to 2000. */
#define CALENDAR_UNIX_OFFSET \
    ((int64_t)(CALENDAR_EPOCH_JULIAN - CALENDAR_UNIX_JULIAN) * CALENDAR_DAY)

#define CALENDAR_DATE_MIN    (-CALENDAR_EPOCH_JULIAN)
#define CALENDAR_DATE_END    (2147483494 - CALENDAR_EPOCH_JULIAN) /* 5874898-01-01 */
#define CALENDAR_DATE_EARLY  INT32_MIN
#define CALENDAR_DATE_LATE   INT32_MAX
#define CALENDAR_STAMP_MIN   INT64_C(-211813488000000000)
#define CALENDAR_STAMP_END   INT64_C(9223371331200000000) /* 294277-01-01 */
#define CALENDAR_STAMP_EARLY INT64_MIN
#define CALENDAR_STAMP_LATE  INT64_MAX

/* A moment taken apart. */
struct calendar_time {
    int32_t year;
    int32_t month; /* 1 to 12 */
    int32_t day;   /* 1 to 31 */
    int32_t hour;
    int32_t minute;
    int32_t second;
    int32_t micros;
};

/* Any month and day, in range or not. */
int32_t calendar_julian(int32_t year, int32_t month, int32_t day);
void calendar_from_julian(int32_t julian, int32_t *year, int32_t *month, int32_t *day);
/* Whether calendar_julian() can count that far. */
bool calendar_julian_counts(int32_t year, int32_t month, int32_t day);

bool calendar_is_leap(int32_t year);
int32_t calendar_month_days(int32_t year, int32_t month);
/* 0 is Sunday. */
int32_t calendar_weekday(int32_t julian);
/* ISO 8601's week of the year, and the year it belongs to. */
int32_t calendar_week(int32_t year, int32_t month, int32_t day);
int32_t calendar_week_year(int32_t year, int32_t month, int32_t day);
/* Julian day of the Monday of ISO week `week` of `year`. */
int32_t calendar_week_julian(int32_t year, int32_t week);

/* Not for infinities. */
void calendar_split(int64_t stamp, struct calendar_time *out);
void calendar_split_date(int32_t date, struct calendar_time *out);
void calendar_split_time(int64_t time, struct calendar_time *out);
/* False: out of range. */
bool calendar_join(const struct calendar_time *time, int64_t *stamp_out);
/* The same, up to what 64 bits hold: *stamp_out may lie beyond the range of stamps. */
bool calendar_join_beyond(const struct calendar_time *time, int64_t *stamp_out);
bool calendar_join_date(const struct calendar_time *time, int32_t *date_out);
int64_t calendar_join_time(const struct calendar_time *time);

static inline bool calendar_date_is_finite(int64_t date)
{
    return date != CALENDAR_DATE_EARLY && date != CALENDAR_DATE_LATE;
}

static inline bool calendar_stamp_is_finite(int64_t stamp)
{
    return stamp != CALENDAR_STAMP_EARLY && stamp != CALENDAR_STAMP_LATE;
}

/* Seconds since 1970, rounded down. stamp: finite. */
static inline int64_t calendar_unix_seconds(int64_t stamp)
{
    return stamp / CALENDAR_SECOND - (stamp % CALENDAR_SECOND < 0) +
           CALENDAR_UNIX_OFFSET / CALENDAR_SECOND;
}

static inline bool calendar_stamp_is_valid(int64_t stamp)
{
    return stamp >= CALENDAR_STAMP_MIN && stamp < CALENDAR_STAMP_END;
}

static inline bool calendar_date_is_valid(int64_t date)
{
    return date >= CALENDAR_DATE_MIN && date < CALENDAR_DATE_END;
}

#endif
