/*
 * datetime.h - dates, times and time stamps from and to text, with PostgreSQL's many forms (ISO 8601,
 * 'January 8, 1999', '1/8/99', 'now', zones by name, offset or abbreviation) and its messages.
 *
 * Texts come out as DateStyle says, and so are numbers in dates read (context.h: context_forms).
 *
 * Threads: pure but for the thread's context (zone, clock and forms).
 */
#ifndef VARVE_VALUE_DATETIME_H
#define VARVE_VALUE_DATETIME_H

#include "base/error.h"
#include "base/slice.h"
#include "value/calendar.h"
#include "value/zone.h"

#define DATETIME_TEXT_BYTES 64u /* room for any printed date or time */
#define DATETIME_PRECISION  6   /* digits behind the point of a second */

/* Parts of dates and times: words of literals, fields of extract(). */
enum datetime_unit {
    DATETIME_NONE,
    DATETIME_MICROSECOND,
    DATETIME_MILLISECOND,
    DATETIME_SECOND,
    DATETIME_MINUTE,
    DATETIME_HOUR,
    DATETIME_DAY,
    DATETIME_WEEK,
    DATETIME_MONTH,
    DATETIME_QUARTER,
    DATETIME_YEAR,
    DATETIME_DECADE,
    DATETIME_CENTURY,
    DATETIME_MILLENNIUM,
    DATETIME_DOW,
    DATETIME_DOY,
    DATETIME_ISODOW,
    DATETIME_ISOYEAR,
    DATETIME_JULIAN,
    DATETIME_EPOCH,
    DATETIME_ZONE,
    DATETIME_ZONE_HOUR,
    DATETIME_ZONE_MINUTE,
    DATETIME_TIME, /* "t" before a time */
    /* what is no part but a moment */
    DATETIME_NOW,
    DATETIME_TODAY,
    DATETIME_TOMORROW,
    DATETIME_YESTERDAY,
    DATETIME_ZULU,
    DATETIME_EARLY,
    DATETIME_LATE
};

/* Why a text is refused; also for intervals. */
enum datetime_fault {
    DATETIME_FINE,
    DATETIME_BAD_FORMAT,
    DATETIME_OVERFLOW,
    DATETIME_MONTH_DAY_OVERFLOW, /* hints at DateStyle */
    DATETIME_INTERVAL_OVERFLOW,
    DATETIME_ZONE_OVERFLOW,
    DATETIME_ZONE_UNKNOWN
};

/* Kinds of words. */
enum datetime_word {
    DATETIME_WORD_UNKNOWN,
    DATETIME_WORD_IGNORED,
    DATETIME_WORD_RESERVED, /* now, infinity */
    DATETIME_WORD_MONTH,
    DATETIME_WORD_WEEKDAY,
    DATETIME_WORD_UNIT,
    DATETIME_WORD_HALF, /* am, pm */
    DATETIME_WORD_ERA,  /* ad, bc */
    DATETIME_WORD_TIME, /* t */
    DATETIME_WORD_DAYLIGHT,
    DATETIME_WORD_AGO
};

/* Literals. 22007, 22008, 22009; 22023 for an unknown zone. A time stamp without zone ignores one. */
VV_MUST_USE vv_status datetime_parse_date(vv_slice text, int32_t *out, struct vv_error *error);
VV_MUST_USE vv_status datetime_parse_time(vv_slice text, int64_t *out, struct vv_error *error);
VV_MUST_USE vv_status datetime_parse_stamp(vv_slice text, bool zoned, int64_t *out,
                                           struct vv_error *error);

/* Write at most DATETIME_TEXT_BYTES, no NUL; return the size. */
size_t datetime_print_date(int32_t date, char *to);
size_t datetime_print_time(int64_t time, char *to);
size_t datetime_print_stamp(int64_t stamp, char *to);
size_t datetime_print_zoned(int64_t stamp, const struct zone *zone, char *to);

/* second[.ffffff] without zeros at the end, two digits before the point. */
size_t datetime_print_seconds(int32_t second, int32_t micros, char *to);

/* Words, in lower case; ten characters count. */
enum datetime_word datetime_word_find(vv_slice word, int32_t *value_out);
enum datetime_word datetime_unit_find(vv_slice word, int32_t *value_out);

struct datetime_abbreviation {
    const char *word; /* in lower case */
    int32_t offset;   /* seconds east */
    bool daylight;
    const char *zone; /* empty, or whose it is: the zone knows the offset */
};

/* The abbreviations by number, from 0. False: there are no more. */
bool datetime_abbreviation_at(uint32_t place, struct datetime_abbreviation *out);

/* An abbreviation ("est"): its offset east, or the zone whose it is. False: none. */
bool datetime_abbreviation_find(vv_slice word, int32_t *offset_out, bool *daylight_out,
                                const char **zone_out);

/* "+05:30", "-8", "+0530": seconds east. */
enum datetime_fault datetime_parse_offset(const char *text, const char **end_out, int32_t *out);

/* The message of a refused text. type: "timestamp with time zone". */
vv_status datetime_fault_set(enum datetime_fault fault, const char *type, vv_slice text,
                             struct vv_error *error);

/* Rounds to a type's precision (a modifier 0 to 6), half away from zero; infinities stay. */
int64_t datetime_round(int64_t micros, int32_t precision);

/* UTC from local, by the zone; false: out of range. And back. */
bool datetime_to_utc(int64_t local, const struct zone *zone, int64_t *out);
bool datetime_to_local(int64_t stamp, const struct zone *zone, int64_t *out);
/* Local time of a finite stamp; it may lie hours beyond the range of stamps, for calendar_split(). */
int64_t datetime_local(int64_t stamp, const struct zone *zone);

#endif
