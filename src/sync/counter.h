/*
 * counter.h - a counter that many sessions add to without sharing a cache line.
 *
 * Each session adds to the shard of its own number; reading sums. The sum is exact once the adders are
 * done, and never less than what was added before the read began.
 *
 * Threads: any.
 */
#ifndef VARVE_SYNC_COUNTER_H
#define VARVE_SYNC_COUNTER_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdint.h>

#define COUNTER_SHARDS 16u

struct counter_shard {
    alignas(64) _Atomic uint64_t value; /* guard: atomic */
};

struct counter {
    struct counter_shard shards[COUNTER_SHARDS];
};

void counter_init(struct counter *counter);

/* who: any number that differs between sessions. n may be "negative" (wraps). */
static inline void counter_add(struct counter *counter, unsigned who, uint64_t n)
{
    atomic_fetch_add_explicit(&counter->shards[who % COUNTER_SHARDS].value, n,
                              memory_order_relaxed);
}

uint64_t counter_sum(const struct counter *counter);

#endif
