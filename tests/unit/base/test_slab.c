/* Slab: a model of owners, frames go back, accounting, objects that wander between threads. */
#include "test.h"

#include "base/rng.h"
#include "base/slab.h"

#include <assert.h>
#include <pthread.h>

struct fixture {
    struct alloc alloc;
    struct frames *frames;
    struct frames_cache cache;
    struct slab *slab;
};

static void fixture_open(struct fixture *f, unsigned object_bytes)
{
    alloc_init(&f->alloc, 0);
    f->frames = frames_create(&f->alloc, chunk_source_heap());
    frames_cache_init(&f->cache, f->frames);
    f->slab = slab_create(f->frames, ALLOC_VERSIONS, object_bytes);
}

static void fixture_close(struct fixture *f)
{
    slab_destroy(f->slab);
    frames_cache_release(&f->cache);
    TEST_EQUAL(0, frames_statistics(f->frames).used_bytes); /* B10 */
    TEST_EQUAL(0, alloc_used(&f->alloc, ALLOC_VERSIONS));
    frames_destroy(f->frames);
    alloc_release(&f->alloc);
}

static void model_run(unsigned object_bytes)
{
    static uint8_t *objects[3000];
    struct fixture f;
    struct slab_cache caches[2];
    struct rng rng;
    size_t used = 0;

    memset(objects, 0, sizeof objects);
    fixture_open(&f, object_bytes);
    slab_cache_init(&caches[0], f.slab, &f.cache);
    slab_cache_init(&caches[1], f.slab, &f.cache);
    rng_init(&rng, test_seed(object_bytes));
    for (int step = 0; step < 60000; step++) {
        size_t i = rng_below(&rng, 3000);
        struct slab_cache *cache = &caches[rng_below(&rng, 2)];

        if (objects[i] == NULL) {
            objects[i] = slab_get(cache, FRAMES_ORDINARY);
            memset(objects[i], (int)(i & 0xFF), object_bytes);
            used++;
        } else {
            TEST_TRUE(objects[i][0] == (uint8_t)i &&
                      memcmp(objects[i], objects[i] + 1, object_bytes - 1) == 0); /* B9 */
            slab_free(cache, objects[i]);
            objects[i] = NULL;
            used--;
        }
    }
    TEST_TRUE(slab_used_bytes(f.slab) >= used * object_bytes);
    TEST_TRUE(alloc_used(&f.alloc, ALLOC_VERSIONS) >= used * object_bytes);
    for (size_t i = 0; i < 3000; i++) {
        slab_free(&caches[0], objects[i]);
    }
    slab_cache_release(&caches[0]);
    slab_cache_release(&caches[1]);
    fixture_close(&f);
}

TEST(model_of_owners)
{
    model_run(16);
    model_run(40);
    model_run(48);
    model_run(64);
    model_run(512);
}

TEST(objects_are_aligned_to_their_size)
{
    struct fixture f;
    struct slab_cache cache;
    void *objects[200];

    fixture_open(&f, 64);
    slab_cache_init(&cache, f.slab, &f.cache);
    for (int i = 0; i < 200; i++) {
        objects[i] = slab_get(&cache, FRAMES_ORDINARY);
        TEST_EQUAL(0, (uintptr_t)objects[i] % 64);
    }
    for (int i = 0; i < 200; i++) {
        slab_free(&cache, objects[i]);
    }
    slab_cache_release(&cache);
    fixture_close(&f);
}

/* A steady state asks the allocator for nothing. */
TEST(steady_state_allocates_nothing)
{
    struct fixture f;
    struct slab_cache cache;
    void *ring[100] = {0};
    uint64_t requests = 0;

    fixture_open(&f, 48);
    slab_cache_init(&cache, f.slab, &f.cache);
    for (int i = 0; i < 100000; i++) {
        if (i == 1000) {
            requests = f.alloc.request_count;
        }
        slab_free(&cache, ring[i % 100]);
        ring[i % 100] = slab_get(&cache, FRAMES_ORDINARY);
    }
    TEST_EQUAL(requests, f.alloc.request_count);
    for (int i = 0; i < 100; i++) {
        slab_free(&cache, ring[i]);
    }
    slab_cache_release(&cache);
    fixture_close(&f);
}

TEST_SWEEP(every_failed_request_is_clean)
{
    struct alloc alloc;
    struct frames *frames = NULL;
    struct frames_cache frames_cache = {0};
    struct slab *slab = NULL;
    struct slab_cache cache = {0};
    void *objects[100] = {0};

    alloc_init(&alloc, 0);
    frames = frames_create(&alloc, chunk_source_heap());
    if (frames != NULL) {
        frames_cache_init(&frames_cache, frames);
        slab = slab_create(frames, ALLOC_VERSIONS, 48);
    }
    if (slab != NULL) {
        slab_cache_init(&cache, slab, &frames_cache);
        for (int i = 0; i < 100; i++) {
            objects[i] = slab_get(&cache, FRAMES_ORDINARY);
        }
        for (int i = 0; i < 100; i++) {
            slab_free(&cache, objects[i]);
        }
    }
    slab_cache_release(&cache);
    slab_destroy(slab);
    frames_cache_release(&frames_cache);
    frames_destroy(frames);
    alloc_release(&alloc);
}

struct wander {
    struct fixture f;
    _Atomic(uint64_t *) boxes[256];
};

static void *wander_run(void *user)
{
    struct wander *wander = user;
    struct frames_cache frames_cache;
    struct slab_cache cache;
    struct rng rng;

    frames_cache_init(&frames_cache, wander->f.frames);
    slab_cache_init(&cache, wander->f.slab, &frames_cache);
    rng_init(&rng, (uint64_t)(uintptr_t)&cache);
    for (int i = 0; i < 100000; i++) {
        uint64_t box = rng_below(&rng, 256);
        uint64_t *fresh = slab_get(&cache, FRAMES_ORDINARY);
        uint64_t *old = NULL;

        fresh[0] = box;
        fresh[5] = ~box;
        old = atomic_exchange(&wander->boxes[box], fresh);
        assert(old == NULL || (old[0] == box && old[5] == ~box));
        slab_free(&cache, old);
    }
    slab_cache_release(&cache);
    frames_cache_release(&frames_cache);
    return NULL;
}

TEST(threads_exchange_objects)
{
    static struct wander wander;
    struct slab_cache cache;
    pthread_t threads[3];

    memset(&wander, 0, sizeof wander);
    fixture_open(&wander.f, 48);
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, wander_run, &wander);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    slab_cache_init(&cache, wander.f.slab, &wander.f.cache);
    for (int i = 0; i < 256; i++) {
        slab_free(&cache, wander.boxes[i]);
    }
    slab_cache_release(&cache);
    fixture_close(&wander.f);
}
