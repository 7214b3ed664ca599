/*
 * metrics.h - what is counted about statements: a histogram of how long they took, and errors.
 *
 * Each event loop has its own counters, so that loops do not fight over a cache line; who asks adds them up.
 */
#ifndef VARVE_SERVER_METRICS_H
#define VARVE_SERVER_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

/* Upper bounds in microseconds; beyond the last one there is one more bucket. */
#define METRICS_BOUNDS_US                                                                          \
    {                                                                                              \
        50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, \
            2500000, 5000000, 10000000                                                             \
    }
#define METRICS_BOUND_COUNT 17

struct metrics {
    _Atomic uint64_t buckets[METRICS_BOUND_COUNT + 1]; /* guard: atomic */
    _Atomic uint64_t sum_us;
    _Atomic uint64_t errors;
    _Atomic uint64_t denied; /* log-ins that failed */
};

static inline void metrics_observe(struct metrics *metrics, uint64_t duration_us)
{
    static const uint32_t bounds[METRICS_BOUND_COUNT] = METRICS_BOUNDS_US;
    unsigned at = 0;

    while (at < METRICS_BOUND_COUNT && duration_us > bounds[at]) {
        at++;
    }
    atomic_fetch_add_explicit(&metrics->buckets[at], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&metrics->sum_us, duration_us, memory_order_relaxed);
}

#endif
