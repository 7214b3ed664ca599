/*
 * latch.h - one 64-bit word a page: optimistic reads, exclusive writers, an end mark.
 *
 *   63          16 15       3  2        1         0
 *   +-------------+----------+--------+---------+--------+
 *   | version     | readers  | waiters| obsolete| locked |
 *   +-------------+----------+--------+---------+--------+
 *
 * A reader notes the word, reads, and asks whether the version still is the same (after Leis, Haubenschild,
 * Neumann: Optimistic Lock Coupling). What it read before the check may be torn: it uses relaxed atomic
 * loads, follows nothing unchecked and bounds-checks everything. A waiter spins about 100 pauses, then
 * sleeps on the word's low half.
 *
 * With -Dpessimistic_latches=true a read is a shared latch (`readers` counts), so that ThreadSanitizer
 * can prove the rest. Hence the rule of this interface: every latch_read_begin that returned true is
 * followed by exactly one latch_read_end, latch_read_drop or latch_try_upgrade. And, for that build not
 * to deadlock: whoever holds a latch (a read counts) waits only for latches further down; upwards only
 * by …_try_….
 *
 * Promises: L1 a read that ended true saw no writer between begin and end; L2 at most one writer; L3 an
 *           obsolete latch stays so: nobody gets it again; L4 no waiter sleeps for ever.
 * Threads:  any.
 */
#ifndef VARVE_SYNC_LATCH_H
#define VARVE_SYNC_LATCH_H

#include "base/assert.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define LATCH_LOCKED   UINT64_C(1)
#define LATCH_OBSOLETE UINT64_C(2)
#define LATCH_WAITERS  UINT64_C(4)
#define LATCH_READER   UINT64_C(8) /* one reader, pessimistic build only */
#define LATCH_READERS  UINT64_C(0xFFF8)
#define LATCH_VERSION  UINT64_C(0x10000) /* one version */

#if defined(__SANITIZE_THREAD__) && !defined(VV_PESSIMISTIC_LATCHES)
#error "ThreadSanitizer needs -Dpessimistic_latches=true"
#endif

struct latch {
    _Atomic uint64_t word; /* guard: atomic */
};

static_assert(sizeof(struct latch) == 8, "the latch is one word of the page header");

/* A word of 0 is a fresh latch too: a page may be zeroed instead. */
static inline void latch_init(struct latch *latch)
{
    atomic_store_explicit(&latch->word, 0, memory_order_relaxed); /* not shared yet */
}

/* The slow halves: spin, sleep. */
bool latch_read_begin_slow(struct latch *latch, uint64_t *version_out);
bool latch_write_lock_slow(struct latch *latch);
void latch_wake(struct latch *latch);

/* Waits for a writer. False: obsolete, nothing was begun. */
static inline bool latch_read_begin(struct latch *latch, uint64_t *version_out)
{
#ifndef VV_PESSIMISTIC_LATCHES
    uint64_t word = atomic_load_explicit(&latch->word, memory_order_acquire); /* pairs: unlock */

    if (VV_LIKELY((word & (LATCH_LOCKED | LATCH_OBSOLETE)) == 0)) {
        *version_out = word;
        return true;
    }
#endif
    return latch_read_begin_slow(latch, version_out);
}

/* Whether all that was read since begin was of one moment; the read goes on. */
static inline bool latch_read_check(struct latch *latch, uint64_t version)
{
#ifdef VV_PESSIMISTIC_LATCHES
    (void)latch;
    (void)version;
    return true;
#else
    atomic_thread_fence(memory_order_acquire); /* the reads before it stay before the load */
    return atomic_load_explicit(&latch->word, memory_order_relaxed) == version;
#endif
}

/* Ends the read. The answer is that of latch_read_check. */
static inline bool latch_read_end(struct latch *latch, uint64_t version)
{
#ifdef VV_PESSIMISTIC_LATCHES
    uint64_t before = atomic_fetch_sub_explicit(&latch->word, LATCH_READER, memory_order_release);

    (void)version;
    VV_ASSERT((before & LATCH_READERS) != 0);
    if ((before & LATCH_WAITERS) != 0 && (before & LATCH_READERS) == LATCH_READER) {
        latch_wake(latch);
    }
    return true;
#else
    return latch_read_check(latch, version);
#endif
}

/* Whether nobody wrote between the begins of two reads, both of which began. */
static inline bool latch_same_version(uint64_t a, uint64_t b)
{
    return ((a ^ b) & ~(LATCH_WAITERS | LATCH_READERS)) == 0;
}

/* Ends the read without a question. */
static inline void latch_read_drop(struct latch *latch, uint64_t version)
{
#ifdef VV_PESSIMISTIC_LATCHES
    (void)latch_read_end(latch, version);
#else
    (void)latch;
    (void)version;
#endif
}

/* Ends the read; true: it was undisturbed and the caller now holds the latch for writing. Never waits. */
static inline bool latch_try_upgrade(struct latch *latch, uint64_t version)
{
#ifdef VV_PESSIMISTIC_LATCHES
    uint64_t word = atomic_load_explicit(&latch->word, memory_order_relaxed);

    (void)version;
    while ((word & LATCH_READERS) == LATCH_READER) {
        if (atomic_compare_exchange_weak_explicit(&latch->word, &word,
                                                  (word - LATCH_READER) | LATCH_LOCKED,
                                                  memory_order_acquire, memory_order_relaxed)) {
            return true;
        }
    }
    (void)latch_read_end(latch, version);
    return false;
#else
    uint64_t word = version;

    if (!atomic_compare_exchange_strong_explicit(&latch->word, &word, version | LATCH_LOCKED,
                                                 memory_order_acquire, memory_order_relaxed)) {
        return false;
    }
    atomic_thread_fence(memory_order_release); /* who sees a write also sees LOCKED: L1 */
    return true;
#endif
}

/* Never waits. False: held, or obsolete. */
static inline bool latch_try_lock(struct latch *latch)
{
    uint64_t word = atomic_load_explicit(&latch->word, memory_order_relaxed);

    if ((word & (LATCH_LOCKED | LATCH_OBSOLETE | LATCH_READERS)) != 0 ||
        !atomic_compare_exchange_strong_explicit(&latch->word, &word, word | LATCH_LOCKED,
                                                 memory_order_acquire, memory_order_relaxed)) {
        return false;
    }
#ifndef VV_PESSIMISTIC_LATCHES
    atomic_thread_fence(memory_order_release); /* as in latch_try_upgrade */
#endif
    return true;
}

/* Waits. False: obsolete, nothing is held. */
static inline bool latch_write_lock(struct latch *latch)
{
    return latch_try_lock(latch) || latch_write_lock_slow(latch);
}

/* Ends a write as `flags` says; helper of the three below. */
static inline void latch_write_end(struct latch *latch, uint64_t version_step, uint64_t flags)
{
    uint64_t word = atomic_load_explicit(&latch->word, memory_order_relaxed);
    uint64_t before = 0;

    VV_ASSERT((word & LATCH_LOCKED) != 0); /* L2 */
    word = ((word & ~(LATCH_LOCKED | LATCH_WAITERS)) + version_step) | flags;
    before =
        atomic_exchange_explicit(&latch->word, word, memory_order_release); /* pairs: read_begin */
    if (VV_UNLIKELY((before & LATCH_WAITERS) != 0)) {
        latch_wake(latch);
    }
}

/* Ends a write that readers must notice. */
static inline void latch_write_unlock(struct latch *latch)
{
    latch_write_end(latch, LATCH_VERSION, 0);
}

/* Ends a write after which every reader's view is as good as before: nothing changed, or only by single
 * stores that readers expect at any time. */
static inline void latch_write_unlock_same(struct latch *latch)
{
    latch_write_end(latch, 0, 0);
}

/* Ends a write and the latch (L3): the page was replaced. */
static inline void latch_write_unlock_obsolete(struct latch *latch)
{
    latch_write_end(latch, LATCH_VERSION, LATCH_OBSOLETE);
}

static inline bool latch_is_locked(const struct latch *latch)
{
    return (atomic_load_explicit(&latch->word, memory_order_relaxed) & LATCH_LOCKED) != 0;
}

static inline bool latch_is_obsolete(const struct latch *latch)
{
    return (atomic_load_explicit(&latch->word, memory_order_acquire) & LATCH_OBSOLETE) != 0;
}

#endif
