/*
 * visible.h - the watermark that every snapshot takes.
 *
 * Everything committed at or below `visible` is seen by all who begin to look now. It only grows. When
 * the log fails, the watermark is poisoned: it stays where it is and who waits for more gets VV_IO.
 *
 * Promises: V1 visible never falls; V2 who waits for an LSN returns VV_OK only when visible reached it;
 *           V3 after visible_poison() no waiter is left asleep.
 * Threads:  any.
 */
#ifndef VARVE_TXN_VISIBLE_H
#define VARVE_TXN_VISIBLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/list.h"
#include "base/status.h"
#include "sync/lock.h"
#include "txn/waiter.h"

struct visible {
    _Alignas(64) _Atomic uint64_t lsn;   /* guard: atomic; read by every snapshot */
    _Alignas(64) _Atomic uint32_t count; /* guard: atomic; waiters in the list */
    _Atomic bool poisoned;               /* guard: atomic */
    struct lock lock;                    /* of the list */
    struct list waiters;                 /* guard: lock; of struct visible_waiter */
};

/* A place in the list; lives in the session; zeroed to begin. */
struct visible_waiter {
    struct list link; /* guard: visible.lock */
    struct waiter *waiter;
    uint64_t lsn;
    bool listed; /* guard: visible.lock */
    bool linked; /* the session's own: may still be listed */
};

void visible_init(struct visible *visible, uint64_t lsn);
void visible_release(struct visible *visible);

static inline uint64_t visible_now(const struct visible *visible)
{
    return atomic_load_explicit(&visible->lsn, memory_order_acquire); /* pairs: visible_advance */
}

/* Moves the watermark up to lsn (never down, V1) and wakes whom that serves. */
void visible_advance(struct visible *visible, uint64_t lsn);

/* The log failed: all waiters wake with VV_IO, later ones too (V3). */
void visible_poison(struct visible *visible);

/* Blocks until visible >= lsn (V2). VV_IO, VV_TIMEOUT, VV_CANCELED (only with interruptible). */
VV_MUST_USE vv_status visible_wait(struct visible *visible, struct visible_waiter *place,
                                   struct waiter *waiter, uint64_t lsn, uint64_t deadline_ns,
                                   bool interruptible);

/* The same without blocking: VV_OK, VV_IO, or VV_WAITING: listed, the waiter is signalled once it is
 * worth asking again. Call again, or visible_wait_cancel(). */
VV_MUST_USE vv_status visible_wait_step(struct visible *visible, struct visible_waiter *place,
                                        struct waiter *waiter, uint64_t lsn);
void visible_wait_cancel(struct visible *visible, struct visible_waiter *place);

#endif
