/*
 * context.h - what the meaning of a literal and the look of a value may depend on besides themselves: the session's time
 * zone, clock and settings of form (DateStyle, IntervalStyle, bytea_output, extra_float_digits).
 *
 * '2020-01-01'::timestamptz and 'now' mean nothing without a session, and they are met wherever values are read
 * or printed: binding, constants, casts, columns on their way out. DEVIATION from "everything is an argument":
 * the context belongs to the thread, set by whoever enters a call for a session (db) and by whoever works for it
 * on another thread; without one the zone is UTC, the time is 2000-01-01 and the forms are all 0.
 *
 * What regclass and its kin say and mean is the session's too: only it sees the catalog.
 *
 * `used` is set whenever any of these is asked, so that a plan whose constants came about
 * so is not shared with other sessions or kept for another day.
 *
 * Threads: a context is used by one thread at a time.
 */
#ifndef VARVE_VALUE_CONTEXT_H
#define VARVE_VALUE_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"
#include "base/status.h"
#include "value/value.h"

struct zone;

#define CONTEXT_UNSET      INT64_MIN
#define CONTEXT_NAME_BYTES 288 /* schema.name, both quoted */

enum context_dates {
    CONTEXT_DATES_ISO,
    CONTEXT_DATES_SQL,
    CONTEXT_DATES_POSTGRES,
    CONTEXT_DATES_GERMAN
};

/* Of the numbers in dates, read and printed. */
enum context_order { CONTEXT_ORDER_MDY, CONTEXT_ORDER_DMY, CONTEXT_ORDER_YMD };

/* In the order of the setting's words. */
enum context_intervals {
    CONTEXT_INTERVALS_POSTGRES,
    CONTEXT_INTERVALS_VERBOSE,
    CONTEXT_INTERVALS_SQL,
    CONTEXT_INTERVALS_ISO
};

/* How values are printed, and ambiguous texts read. */
struct context_forms {
    enum context_dates dates;
    enum context_order order;
    enum context_intervals intervals;
    bool bytea_escapes; /* not hexadecimal */
    bool rounds_floats; /* to 15 + float_digits digits, reals to 6; else the shortest exact text */
    int float_digits;
};

struct context {
    int64_t
        transaction_time; /* microseconds since 2000-01-01 UTC: now(). CONTEXT_UNSET: when it is asked */
    int64_t statement_time;
    void *owner;                             /* for the functions below */
    const struct zone *(*zone)(void *owner); /* the session's */
    /* The zone of that name in any case; NULL: there is none. borrow: as long as the context. */
    const struct zone *(*find_zone)(void *owner, const char *name);
    const struct context_forms *(*forms)(void *owner);
    int64_t (*clock)(void *owner);
    /* The object that a name means for regclass and its kin: VV_NOT_FOUND, VV_ERROR. */
    vv_status (*find_object)(void *owner, enum value_type type, vv_slice name, uint32_t *oid_out,
                             struct vv_error *error);
    /* Writes the object's name, CONTEXT_NAME_BYTES at most; 0: there is none. */
    size_t (*name_object)(void *owner, enum value_type type, uint32_t oid, char *to);
    bool used;
};

/* Sets the thread's context; NULL: none. Returns the one before. */
struct context *context_set(struct context *context);

const struct zone *context_zone(void);
const struct zone *context_find_zone(const char *name);
const struct context_forms *context_forms(void);
int64_t context_transaction_time(void);
int64_t context_statement_time(void);
int64_t context_clock(void);
/* VV_NOT_FOUND, 0: without a session too. */
VV_MUST_USE vv_status context_find_object(enum value_type type, vv_slice name, uint32_t *oid_out,
                                          struct vv_error *error);
size_t context_name_object(enum value_type type, uint32_t oid, char *to);

#endif
