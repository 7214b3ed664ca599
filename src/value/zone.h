/*
 * zone.h - time zones: the bytes of a TZif file (RFC 8536), POSIX rules ("EST5EDT,M3.2.0,M11.1.0"), fixed offsets.
 *
 * A zone is a list of moments at which the offset from UTC changes, and a rule for all time behind the last.
 * The room reads no files: whoever has an operating system hands in the bytes (context.h).
 *
 * Threads: a zone is immutable once made.
 */
#ifndef VARVE_VALUE_ZONE_H
#define VARVE_VALUE_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

#define ZONE_NAME_BYTES         64u
#define ZONE_ABBREVIATION_BYTES 12u

/* Between two changes. */
struct zone_period {
    int32_t offset; /* seconds east of Greenwich */
    bool daylight;
    char abbreviation[ZONE_ABBREVIATION_BYTES];
};

/* A yearly change: month, week, weekday (M3.2.0), or a day of the year. */
struct zone_change {
    char kind; /* 'M', 'J': 1 to 365 without February 29, 'D': 0 to 365 */
    int32_t month;
    int32_t week;
    int32_t day;
    int32_t time; /* seconds after local midnight */
};

struct zone_rule {
    bool set;
    bool has_daylight;
    struct zone_period standard;
    struct zone_period daylight;
    struct zone_change to_daylight;
    struct zone_change to_standard;
};

struct zone {
    char name[ZONE_NAME_BYTES];
    const struct zone *next; /* of the owner's list */
    uint32_t count;
    const int64_t *moments; /* count: seconds since 1970, ascending */
    const uint8_t *kinds;   /* count: the period that begins */
    uint8_t first;          /* the period before the first moment */
    uint32_t period_count;
    const struct zone_period *periods;
    struct zone_rule rule; /* behind the last moment */
};

/* Reads a TZif file. The zone lives in the arena. NULL: not such a file, or out of memory. */
const struct zone *zone_from_file(vv_slice bytes, const char *name, struct arena *arena);

/* A POSIX name: "UTC", "EST5", "<-03>3", "CET-1CEST", with rules or without (then the USA's). */
bool zone_from_posix(const char *name, struct zone *out);

/* Seconds east, shown as PostgreSQL shows `SET TIME ZONE -7`: <-07>+07. */
void zone_from_offset(int32_t offset, struct zone *out);

/* The period at a moment (seconds since 1970). */
const struct zone_period *zone_at(const struct zone *zone, int64_t moment);

/* The offset that a local time (seconds since 1970 as if it were UTC) has there. A time that a change skips
 * has the offset from before, one that comes twice the offset from behind the change. */
int32_t zone_offset_of_local(const struct zone *zone, int64_t local);

/* The last period up to a moment that the zone calls so; NULL: it never did. */
const struct zone_period *zone_period_named(const struct zone *zone, vv_slice abbreviation,
                                            int64_t moment);

/* The same for a time given with an abbreviation that the zone uses now and then ("MSK"): its offset then, if
 * it was in use, else as above. */
int32_t zone_offset_of_abbreviation(const struct zone *zone, vv_slice abbreviation, int64_t local);
/* And for a moment: seconds since 1970, UTC. */
int32_t zone_offset_of_abbreviation_at(const struct zone *zone, vv_slice abbreviation,
                                       int64_t moment);

extern const struct zone zone_utc;

#endif
