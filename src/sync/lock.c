/*
 * lock.c - the mutex of Drepper's "Futexes are tricky" (third form), ranks, conditions.
 */
#include "sync/lock.h"

#include "base/assert.h"
#include "os/os.h"
#include "os/os_futex.h"

#include <limits.h>

#define SPIN_COUNT 100

static void rank_check(const struct lock *lock);
static void rank_push(const struct lock *lock);
static void rank_pop(const struct lock *lock);

void lock_init(struct lock *lock, enum lock_rank rank)
{
    VV_ASSERT((unsigned)rank < LOCK_RANK_COUNT);
    atomic_store_explicit(&lock->word, 0, memory_order_relaxed); /* not shared yet */
    lock->rank = (uint8_t)rank;
}

void lock_acquire(struct lock *lock)
{
    uint32_t word = 0;

    rank_check(lock);
    rank_push(lock);
    for (int spin = 0; spin < SPIN_COUNT; spin++) {
        word = 0;
        if (atomic_compare_exchange_weak_explicit(&lock->word, &word, 1, memory_order_acquire,
                                                  memory_order_relaxed)) {
            return;
        }
        os_futex_pause();
    }
    while (atomic_exchange_explicit(&lock->word, 2, memory_order_acquire) != 0) {
        os_futex_wait(&lock->word, 2);
    }
}

bool lock_try_acquire(struct lock *lock)
{
    uint32_t word = 0;

    if (!atomic_compare_exchange_strong_explicit(&lock->word, &word, 1, memory_order_acquire,
                                                 memory_order_relaxed)) {
        return false;
    }
    rank_push(lock);
    return true;
}

void lock_release(struct lock *lock)
{
    uint32_t before = 0;

    rank_pop(lock);
    before = atomic_exchange_explicit(&lock->word, 0, memory_order_release); /* pairs: acquire */
    VV_ASSERT(before != 0);                                                  /* K1 */
    if (before == 2) {
        os_futex_wake(&lock->word, 1);
    }
}

bool lock_is_held(const struct lock *lock)
{
    return atomic_load_explicit(&lock->word, memory_order_relaxed) != 0;
}

void lock_condition_init(struct lock_condition *condition)
{
    atomic_store_explicit(&condition->sequence, 0, memory_order_relaxed);
}

/* K3: a signal after the load moves the sequence, and the sleep does not begin. */
vv_status lock_condition_wait(struct os *os, struct lock_condition *condition, struct lock *lock,
                              uint64_t deadline_ns)
{
    uint32_t sequence = atomic_load_explicit(&condition->sequence, memory_order_relaxed);
    vv_status status = VV_OK;

    lock_release(lock);
    status = os_wait(os, &condition->sequence, sequence, deadline_ns);
    lock_acquire(lock);
    return status;
}

void lock_condition_signal(struct os *os, struct lock_condition *condition)
{
    atomic_fetch_add_explicit(&condition->sequence, 1, memory_order_relaxed);
    os_wake(os, &condition->sequence, 1);
}

void lock_condition_broadcast(struct os *os, struct lock_condition *condition)
{
    atomic_fetch_add_explicit(&condition->sequence, 1, memory_order_relaxed);
    os_wake(os, &condition->sequence, UINT_MAX);
}

#ifdef VV_SLOW_ASSERTS

#define HELD_MAX 16

/* The ranks this thread holds, in the order it took them. */
static _Thread_local uint8_t held[HELD_MAX];
static _Thread_local unsigned held_count;

/* Who tries does not wait, so the order binds only who waits. */
static void rank_check(const struct lock *lock)
{
    for (unsigned i = 0; i < held_count; i++) {
        VV_ASSERT(held[i] < lock->rank); /* K2 */
    }
}

static void rank_push(const struct lock *lock)
{
    VV_ASSERT(held_count < HELD_MAX);
    held[held_count++] = lock->rank;
}

static void rank_pop(const struct lock *lock)
{
    unsigned at = held_count;

    while (at > 0 && held[at - 1] != lock->rank) {
        at--;
    }
    VV_ASSERT(at > 0);
    for (; at < held_count; at++) {
        held[at - 1] = held[at];
    }
    held_count--;
}

#else

static void rank_check(const struct lock *lock)
{
    (void)lock;
}

static void rank_push(const struct lock *lock)
{
    (void)lock;
}

static void rank_pop(const struct lock *lock)
{
    (void)lock;
}

#endif
