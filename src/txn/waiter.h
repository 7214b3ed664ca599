/*
 * waiter.h - one who waits: a thread that sleeps, or a session whose host wants to be called back.
 *
 * Each session has one. A list owner (a transaction, the watermark) links it, unlinks it under its own
 * lock and then signals it. Signals are never lost and may be spurious: who wakes looks again.
 *
 * Threads: signal: any. All else: the session's.
 */
#ifndef VARVE_TXN_WAITER_H
#define VARVE_TXN_WAITER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

struct os;

struct waiter {
    struct os *os;              /* shared; borrow until the waiter ends */
    void (*wake)(void *arg);    /* NULL: a blocking session */
    void *wake_arg;             /* shared */
    _Atomic uint32_t event;     /* guard: atomic; changes with each signal */
    _Atomic uint32_t interrupt; /* guard: atomic; not 0: waits end with VV_CANCELED */
};

/* wake NULL: waiter_sleep() may be used. */
void waiter_init(struct waiter *waiter, struct os *os, void (*wake)(void *arg), void *wake_arg);

/* Wakes the sleeper, or calls `wake`. */
void waiter_signal(struct waiter *waiter);

/* Makes the current and all later waits end with VV_CANCELED until waiter_clear(). */
void waiter_interrupt(struct waiter *waiter);
void waiter_clear(struct waiter *waiter);

/* The event before looking at what is waited for. */
static inline uint32_t waiter_event(const struct waiter *waiter)
{
    return atomic_load_explicit(&waiter->event, memory_order_acquire); /* pairs: waiter_signal */
}

/* Sleeps while the event is still `seen`. deadline_ns: os clock, 0: none. VV_OK: look again;
 * VV_TIMEOUT; VV_CANCELED (only if interruptible). */
VV_MUST_USE vv_status waiter_sleep(struct waiter *waiter, uint32_t seen, uint64_t deadline_ns,
                                   bool interruptible);

#endif
