/* counter.c - see counter.h. */
#include "sync/counter.h"

void counter_init(struct counter *counter)
{
    for (unsigned i = 0; i < COUNTER_SHARDS; i++) {
        atomic_store_explicit(&counter->shards[i].value, 0, memory_order_relaxed);
    }
}

uint64_t counter_sum(const struct counter *counter)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < COUNTER_SHARDS; i++) {
        sum += atomic_load_explicit(&counter->shards[i].value, memory_order_relaxed);
    }
    return sum;
}
