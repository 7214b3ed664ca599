/*
 * latch.c - waiting: about 100 pauses, then sleep on the low half of the word.
 *
 * A sleeper sets WAITERS by compare-and-swap while the latch is held, and sleeps only if the low half
 * still is what it saw; who lets go takes the bit away in the same exchange that frees the latch and then
 * wakes everybody (L4). In the pessimistic build the last reader wakes as well and leaves the bit: one
 * wake too many is harmless.
 */
#include "sync/latch.h"

#include "os/os_futex.h"

#include <limits.h>
#include <sched.h>

#define SPIN_COUNT 100

static _Atomic uint32_t *low_half(struct latch *latch);
static void wait_for_change(struct latch *latch, uint64_t word, unsigned *spins);

bool latch_read_begin_slow(struct latch *latch, uint64_t *version_out)
{
    unsigned spins = 0;

    for (;;) {
        uint64_t word = atomic_load_explicit(&latch->word, memory_order_acquire);

        if ((word & LATCH_OBSOLETE) != 0) {
            *version_out = 0;
            return false; /* L3 */
        }
        if ((word & LATCH_LOCKED) != 0) {
            wait_for_change(latch, word, &spins);
            continue;
        }
#ifdef VV_PESSIMISTIC_LATCHES
        VV_ASSERT((word & LATCH_READERS) != LATCH_READERS);
        if ((word & LATCH_WAITERS) != 0 && spins == 0) {
            spins = 1;
            sched_yield(); /* lets a waiting writer in now and then */
            continue;
        }
        if (!atomic_compare_exchange_weak_explicit(&latch->word, &word, word + LATCH_READER,
                                                   memory_order_acquire, memory_order_relaxed)) {
            continue;
        }
#endif
        *version_out = word;
        return true;
    }
}

bool latch_write_lock_slow(struct latch *latch)
{
    unsigned spins = 0;

    for (;;) {
        uint64_t word = atomic_load_explicit(&latch->word, memory_order_relaxed);

        if ((word & LATCH_OBSOLETE) != 0) {
            return false; /* L3 */
        }
        if (latch_try_lock(latch)) {
            return true;
        }
        if ((word & (LATCH_LOCKED | LATCH_READERS)) != 0) {
            wait_for_change(latch, word, &spins);
        }
    }
}

void latch_wake(struct latch *latch)
{
    os_futex_wake(low_half(latch), UINT_MAX);
}

static void wait_for_change(struct latch *latch, uint64_t word, unsigned *spins)
{
    if (++*spins <= SPIN_COUNT) {
        os_futex_pause();
        return;
    }
    if ((word & LATCH_WAITERS) == 0 &&
        !atomic_compare_exchange_strong_explicit(&latch->word, &word, word | LATCH_WAITERS,
                                                 memory_order_relaxed, memory_order_relaxed)) {
        return;
    }
    os_futex_wait(low_half(latch), (uint32_t)(word | LATCH_WAITERS));
}

/* What a futex can compare; bytes.h asserts a little-endian host. */
static _Atomic uint32_t *low_half(struct latch *latch)
{
    return (_Atomic uint32_t *)(uintptr_t)&latch->word;
}
