/*
 * lock.h - a mutex with a rank, and a condition; both sleep on a futex.
 *
 * Four bytes each. The rank (ranks.def) says in which order locks may be nested; with -Dslow_asserts=true
 * every acquire checks it against what the thread holds. A condition waits through `struct os`, so that
 * deadlines follow the simulator's clock.
 *
 * Promises: K1 one holder; K2 taken in the order of ranks; K3 a signal between unlock and sleep is not
 *           lost.
 * Threads:  any.
 */
#ifndef VARVE_SYNC_LOCK_H
#define VARVE_SYNC_LOCK_H

#include "base/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct os;

enum lock_rank {
#define X(name, text) name,
#include "sync/ranks.def"
#undef X
    LOCK_RANK_COUNT
};

struct lock {
    _Atomic uint32_t word; /* guard: atomic; 0 free, 1 held, 2 held with waiters */
    uint8_t rank;          /* enum lock_rank */
};

struct lock_condition {
    _Atomic uint32_t sequence; /* guard: atomic; moves with every signal */
};

void lock_init(struct lock *lock, enum lock_rank rank);

void lock_acquire(struct lock *lock);
bool lock_try_acquire(struct lock *lock);
void lock_release(struct lock *lock);
bool lock_is_held(const struct lock *lock);

void lock_condition_init(struct lock_condition *condition);

/* Releases, waits for a signal (or for nothing: look again), acquires. VV_TIMEOUT: the deadline on
 * os_monotonic_ns's clock passed; OS_NO_DEADLINE never does. */
VV_MUST_USE vv_status lock_condition_wait(struct os *os, struct lock_condition *condition,
                                          struct lock *lock, uint64_t deadline_ns);
void lock_condition_signal(struct os *os, struct lock_condition *condition);
void lock_condition_broadcast(struct os *os, struct lock_condition *condition);

#endif
