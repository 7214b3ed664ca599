/* Frames: a model of who owns which bytes, limits and reserve, reuse across sizes, giving back. */
#include "test.h"

#include "base/frames.h"
#include "base/rng.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#define RUNS 600

struct run {
    uint8_t *memory;
    unsigned frame_count;
    uint8_t mark;
};

static void run_fill(struct run *run, uint8_t mark)
{
    run->mark = mark;
    memset(run->memory, mark, (size_t)run->frame_count * LIMIT_FRAME_BYTES);
}

static bool run_intact(const struct run *run)
{
    size_t size = (size_t)run->frame_count * LIMIT_FRAME_BYTES;

    return run->memory[0] == run->mark && memcmp(run->memory, run->memory + 1, size - 1) == 0;
}

/* B4, B5, B7: random gets and frees in two caches; every run keeps what was written into it. */
TEST(model_of_owners)
{
    struct alloc alloc;
    struct frames *frames = NULL;
    struct frames_cache caches[2];
    static struct run runs[RUNS];
    struct rng rng;
    size_t used = 0;

    alloc_init(&alloc, 0);
    frames = frames_create(&alloc, chunk_source_heap());
    frames_cache_init(&caches[0], frames);
    frames_cache_init(&caches[1], frames);
    rng_init(&rng, test_seed(1));
    memset(runs, 0, sizeof runs);
    for (int step = 0; step < 20000; step++) {
        struct run *run = &runs[rng_below(&rng, RUNS)];
        struct frames_cache *cache = &caches[rng_below(&rng, 2)];

        if (run->memory == NULL) {
            run->frame_count = 1 + (unsigned)rng_below(&rng, FRAMES_RUN_MAX);
            run->memory = frames_get(cache, run->frame_count, FRAMES_ORDINARY);
            TEST_TRUE(run->memory != NULL);
            TEST_EQUAL(0, (uintptr_t)run->memory % LIMIT_FRAME_BYTES);
            run_fill(run, (uint8_t)rng_next(&rng));
            used += run->frame_count;
        } else {
            TEST_TRUE(run_intact(run));
            frames_free(cache, run->memory, run->frame_count);
            used -= run->frame_count;
            run->memory = NULL;
        }
        if (step % 1000 == 0) {
            struct frames_statistics statistics = frames_statistics(frames);

            TEST_EQUAL(used * LIMIT_FRAME_BYTES, statistics.used_bytes);
            TEST_EQUAL(statistics.mapped_bytes, statistics.used_bytes + statistics.cached_bytes +
                                                    statistics.free_bytes +
                                                    statistics.chunk_count * LIMIT_FRAME_BYTES);
            TEST_EQUAL(statistics.mapped_bytes,
                       alloc_used(&alloc, ALLOC_FRAMES) + alloc_used(&alloc, ALLOC_SPARE));
        }
    }
    for (int i = 0; i < RUNS; i++) {
        frames_free(&caches[0], runs[i].memory, runs[i].frame_count);
    }
    frames_cache_release(&caches[0]);
    frames_cache_release(&caches[1]);
    TEST_EQUAL(0, frames_statistics(frames).used_bytes);
    TEST_TRUE(frames_statistics(frames).chunk_count <= 1); /* B8 */
    frames_destroy(frames);
    alloc_release(&alloc);
}

/* B6: ordinary requests stop at the reserve, urgent ones go on into it; B2 the limit holds. */
TEST(reserve_is_for_the_urgent)
{
    struct alloc alloc;
    struct frames *frames = NULL;
    struct frames_cache cache;
    void *first = NULL;
    size_t ordinary = 0;
    size_t urgent = 0;

    alloc_init(&alloc, 2 * CHUNK_BYTES + (1u << 20)); /* and 1 % of the limit */
    frames = frames_create(&alloc, chunk_source_heap());
    frames_cache_init(&cache, frames);
    for (void *memory = NULL; (memory = frames_get(&cache, 1, FRAMES_ORDINARY)) != NULL;) {
        *(void **)memory = first;
        first = memory;
        ordinary++;
    }
    TEST_EQUAL(2 * (FRAMES_PER_CHUNK - 1) - FRAMES_RESERVE_MIN - 1,
               ordinary); /* B11: one is aside */
    for (void *memory = NULL; (memory = frames_get(&cache, 1, FRAMES_URGENT)) != NULL;) {
        *(void **)memory = first;
        first = memory;
        urgent++;
    }
    TEST_EQUAL(FRAMES_RESERVE_MIN, urgent);
    TEST_TRUE(alloc.total_bytes <= alloc.limit_bytes);
    while (first != NULL) {
        void *next = *(void **)first;

        frames_free(&cache, first, 1);
        first = next;
    }
    frames_cache_release(&cache);
    frames_destroy(frames);
    alloc_release(&alloc);
}

/* Gets as many runs as there are. */
static void take_all(struct frames_cache *cache, struct run *runs, struct rng *rng,
                     enum frames_need need)
{
    for (unsigned refused = 0; refused < 50;) {
        struct run *run = &runs[rng_below(rng, RUNS)];

        if (run->memory == NULL) {
            run->frame_count = 1 + (unsigned)rng_below(rng, FRAMES_RUN_MAX);
            run->memory = frames_get(cache, run->frame_count, need);
            refused += run->memory == NULL;
        } else {
            refused += rng_below(rng, 20) == 0;
        }
    }
}

/* B11: whoever gives a run back gets one that is no longer first, whatever others have taken and however the rest
 * is cut up; and nothing that is set aside keeps chunks. */
TEST(a_run_can_always_be_replaced)
{
    struct alloc alloc;
    struct frames *frames = NULL;
    struct frames_cache cache;
    static struct run runs[RUNS];
    struct rng rng;

    alloc_init(&alloc, 4 * CHUNK_BYTES + (1u << 20));
    frames = frames_create(&alloc, chunk_source_heap());
    frames_cache_init(&cache, frames);
    rng_init(&rng, test_seed(4));
    memset(runs, 0, sizeof runs);
    for (int step = 0; step < 4000; step++) {
        struct run *run = &runs[rng_below(&rng, RUNS)];
        unsigned length = 0;
        void *fresh = NULL;

        if (step % 8 == 0) {
            take_all(&cache, runs, &rng, step % 16 == 0 ? FRAMES_ORDINARY : FRAMES_URGENT);
        }
        if (run->memory == NULL) {
            continue;
        }
        length = run->frame_count;
        if (rng_below(&rng, 8) == 0) { /* now and then one just goes */
            frames_free(&cache, run->memory, length);
            frames_cache_flush(&cache);
            run->memory = NULL;
            continue;
        }
        fresh = frames_replace(&cache, length, length);
        TEST_TRUE(fresh != NULL);
        frames_free(&cache, run->memory, length);
        frames_cache_flush(&cache);
        run->memory = fresh;
    }
    for (int i = 0; i < RUNS; i++) {
        frames_free(&cache, runs[i].memory, runs[i].frame_count);
    }
    frames_cache_release(&cache);
    TEST_TRUE(frames_statistics(frames).chunk_count <= 1); /* B8 */
    frames_destroy(frames);
    alloc_release(&alloc);
}

/* B7, B8: what came back as single frames can be got as runs of 16; empty chunks go. */
TEST(freed_frames_join)
{
    struct alloc alloc;
    struct frames *frames = NULL;
    struct frames_cache cache;
    static void *singles[4 * FRAMES_PER_CHUNK];
    size_t chunks = 0;
    void *large = NULL;

    alloc_init(&alloc, 0);
    frames = frames_create(&alloc, chunk_source_heap());
    frames_cache_init(&cache, frames);
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++) {
        singles[i] = frames_get(&cache, 1, FRAMES_ORDINARY);
    }
    chunks = frames_statistics(frames).chunk_count;
    TEST_TRUE(chunks >= 4);
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++) {
        frames_free(&cache, singles[i], 1);
    }
    frames_cache_flush(&cache);
    TEST_EQUAL(1, frames_statistics(frames).chunk_count);
    large = frames_get(&cache, FRAMES_RUN_MAX, FRAMES_ORDINARY);
    TEST_TRUE(large != NULL);
    TEST_EQUAL(2 * FRAMES_RUN_MAX, frames_chunk_used(large)); /* B11: and one is aside */
    TEST_EQUAL(1, frames_statistics(frames).chunk_count);
    frames_free(&cache, large, FRAMES_RUN_MAX);
    frames_cache_flush(&cache);
    TEST_TRUE(frames_trim_step(frames));
    TEST_FALSE(frames_trim_step(frames));
    TEST_EQUAL(0, alloc_used(&alloc, ALLOC_SPARE));
    frames_cache_release(&cache);
    frames_destroy(frames);
    alloc_release(&alloc);
}

/* The fullest chunks are used first: thinning out chunks and allocating again empties some. */
TEST(sparse_chunks_empty_themselves)
{
    struct alloc alloc;
    struct frames *frames = NULL;
    struct frames_cache cache;
    static void *runs[8 * 31];
    struct rng rng;
    size_t peak = 0;

    alloc_init(&alloc, 0);
    frames = frames_create(&alloc, chunk_source_heap());
    frames_cache_init(&cache, frames);
    rng_init(&rng, test_seed(2));
    for (size_t i = 0; i < 8 * 31; i++) {
        runs[i] = frames_get(&cache, 16, FRAMES_ORDINARY);
    }
    peak = frames_statistics(frames).chunk_count;
    for (size_t i = 0; i < 8 * 31; i++) {
        if (i < 4 * 31 || i % 4 != 0) {
            frames_free(&cache, runs[i], 16);
            runs[i] = NULL;
        }
    }
    for (int step = 0; step < 20000; step++) { /* steady state at an eighth of the peak */
        size_t from = rng_below(&rng, 8 * 31);
        size_t to = rng_below(&rng, 8 * 31);

        if (runs[from] != NULL && runs[to] == NULL) {
            frames_free(&cache, runs[from], 16);
            runs[from] = NULL;
            frames_cache_flush(&cache);
            runs[to] = frames_get(&cache, 16, FRAMES_ORDINARY);
        }
    }
    TEST_TRUE(frames_statistics(frames).chunk_count * 2 <= peak);
    for (size_t i = 0; i < 8 * 31; i++) {
        frames_free(&cache, runs[i], 16);
    }
    frames_cache_release(&cache);
    frames_destroy(frames);
    alloc_release(&alloc);
}

TEST_SWEEP(every_failed_request_is_clean)
{
    struct alloc alloc;
    struct frames *frames = NULL;
    struct frames_cache cache;
    void *runs[20] = {0};

    alloc_init(&alloc, 0);
    frames = frames_create(&alloc, chunk_source_heap());
    if (frames != NULL) {
        frames_cache_init(&cache, frames);
        for (int i = 0; i < 20; i++) {
            runs[i] = frames_get(&cache, (unsigned)i % 16 + 1, FRAMES_ORDINARY);
        }
        for (int i = 0; i < 20; i++) {
            frames_free(&cache, runs[i], (unsigned)i % 16 + 1);
        }
        frames_cache_release(&cache);
    }
    frames_destroy(frames);
    alloc_release(&alloc);
}

struct exchange {
    struct frames *frames;
    _Atomic(uint8_t *) boxes[64];
    uint64_t seed;
};

/* Takes whatever a box holds, checks and frees it, and puts something fresh in. */
static void *exchange_run(void *user)
{
    struct exchange *exchange = user;
    struct frames_cache cache;
    struct rng rng;

    frames_cache_init(&cache, exchange->frames);
    rng_init(&rng, (uint64_t)(uintptr_t)&cache ^ exchange->seed);
    for (int i = 0; i < 6000; i++) {
        uint64_t box = rng_below(&rng, 64);
        unsigned count = 1 + (unsigned)box % FRAMES_RUN_MAX;
        uint8_t *fresh = frames_get(&cache, count, FRAMES_ORDINARY);
        uint8_t *old = NULL;

        fresh[0] = (uint8_t)count;
        fresh[(size_t)count * LIMIT_FRAME_BYTES - 1] = (uint8_t)count;
        old = atomic_exchange(&exchange->boxes[box], fresh);
        if (old != NULL) {
            assert(old[0] == count && old[(size_t)count * LIMIT_FRAME_BYTES - 1] == count);
            frames_free(&cache, old, count);
        }
    }
    frames_cache_release(&cache);
    return NULL;
}

/* Any cache may free what another got, from any thread. */
TEST(threads_exchange_runs)
{
    struct alloc alloc;
    static struct exchange exchange;
    struct frames_cache cache;
    pthread_t threads[3];

    alloc_init(&alloc, 0);
    memset(&exchange, 0, sizeof exchange);
    exchange.frames = frames_create(&alloc, chunk_source_heap());
    exchange.seed = test_seed(3);
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, exchange_run, &exchange);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    frames_cache_init(&cache, exchange.frames);
    for (unsigned box = 0; box < 64; box++) {
        frames_free(&cache, exchange.boxes[box], 1 + box % FRAMES_RUN_MAX);
    }
    frames_cache_release(&cache);
    frames_destroy(exchange.frames);
    alloc_release(&alloc);
}
