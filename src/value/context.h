/*
 * context.h - what the meaning of a literal may depend on besides its text: the session's time zone and clock.
 *
 * '2020-01-01'::timestamptz and 'now' mean nothing without a session, and they are met wherever values are read
 * or printed: binding, constants, casts, columns on their way out. DEVIATION from "everything is an argument":
 * the context belongs to the thread, set by whoever enters a call for a session (db) and by whoever works for it
 * on another thread; without one the zone is UTC and the time is 2000-01-01.
 *
 * `used` is set whenever the zone, the clock or the list of zones is asked, so that a plan whose constants came about
 * so is not shared with other sessions or kept for another day.
 *
 * Threads: a context is used by one thread at a time.
 */
#ifndef VARVE_VALUE_CONTEXT_H
#define VARVE_VALUE_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

struct zone;

#define CONTEXT_UNSET INT64_MIN

struct context {
    int64_t
        transaction_time; /* microseconds since 2000-01-01 UTC: now(). CONTEXT_UNSET: when it is asked */
    int64_t statement_time;
    void *owner;                             /* for the functions below */
    const struct zone *(*zone)(void *owner); /* the session's */
    /* The zone of that name in any case; NULL: there is none. borrow: as long as the context. */
    const struct zone *(*find_zone)(void *owner, const char *name);
    int64_t (*clock)(void *owner);
    bool used;
};

/* Sets the thread's context; NULL: none. Returns the one before. */
struct context *context_set(struct context *context);

const struct zone *context_zone(void);
const struct zone *context_find_zone(const char *name);
int64_t context_transaction_time(void);
int64_t context_statement_time(void);
int64_t context_clock(void);

#endif
