/* Epochs: nothing is freed under a reader, everything is freed in the end, faults, threads. */
#include "test.h"

#include "base/alloc.h"
#include "base/rng.h"
#include "sync/epoch.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct fixture {
    struct alloc alloc;
    struct epoch_domain *domain;
    size_t freed;
};

static void fixture_open(struct fixture *f)
{
    alloc_init(&f->alloc, 0);
    f->freed = 0;
    f->domain = epoch_domain_create(&f->alloc);
}

static void fixture_close(struct fixture *f)
{
    epoch_domain_destroy(f->domain, f);
    alloc_release(&f->alloc);
}

static void count_free(void *user, void *memory, size_t bytes)
{
    struct fixture *f = user;

    (void)memory;
    (void)bytes;
    f->freed++;
}

/* E1: what is retired while a reader is inside stays until it has left. */
TEST(reader_inside_keeps_everything)
{
    struct fixture f;
    struct epoch_slot *reader = NULL;
    struct epoch_slot *writer = NULL;

    fixture_open(&f);
    reader = epoch_slot_create(f.domain, &f);
    writer = epoch_slot_create(f.domain, &f);
    epoch_enter(reader);
    for (int i = 0; i < 5000; i++) {
        epoch_enter(writer);
        epoch_retire(writer, &f, 100, count_free);
        epoch_leave(writer);
    }
    TEST_FALSE(epoch_reclaim_step(f.domain, &f, UINT32_MAX));
    TEST_EQUAL(0, f.freed);
    epoch_leave(reader);
    epoch_flush(writer);
    while (epoch_reclaim_step(f.domain, &f, 1)) {
    }
    TEST_EQUAL(5000, f.freed);
    TEST_EQUAL(0, epoch_waiting_bytes(f.domain));
    epoch_slot_destroy(reader);
    epoch_slot_destroy(writer);
    fixture_close(&f);
}

/* E1: a reader that entered after the retirement does not keep it. */
TEST(late_reader_keeps_nothing)
{
    struct fixture f;
    struct epoch_slot *reader = NULL;
    struct epoch_slot *writer = NULL;

    fixture_open(&f);
    reader = epoch_slot_create(f.domain, &f);
    writer = epoch_slot_create(f.domain, &f);
    epoch_enter(writer);
    epoch_retire(writer, &f, EPOCH_SEAL_BYTES, count_free); /* sealed at once */
    epoch_leave(writer);
    epoch_enter(reader);
    (void)epoch_reclaim_step(f.domain, &f, 1);
    TEST_EQUAL(1, f.freed);
    epoch_leave(reader);
    epoch_slot_destroy(reader);
    epoch_slot_destroy(writer);
    fixture_close(&f);
}

/* E3: while nothing waits, a call leaves the clock and other slots as they were, byte for byte. */
TEST(calls_write_only_their_own_line)
{
    struct fixture f;
    struct epoch_slot *mine = NULL;
    struct epoch_slot *other = NULL;
    struct epoch_slot other_before;
    struct epoch_clock clock_before;

    fixture_open(&f);
    mine = epoch_slot_create(f.domain, &f);
    other = epoch_slot_create(f.domain, &f);
    TEST_EQUAL(0, (uintptr_t)mine % 64);
    TEST_TRUE(sizeof *mine % 64 == 0);
    memcpy(&other_before, other, sizeof *other);
    memcpy(&clock_before, mine->clock, sizeof clock_before);
    for (int i = 0; i < 1000; i++) {
        epoch_enter(mine);
        TEST_TRUE(epoch_entered(mine));
        epoch_leave(mine);
    }
    TEST_BYTES(&other_before, other, sizeof *other);
    TEST_BYTES(&clock_before, mine->clock, sizeof clock_before);
    epoch_slot_destroy(mine);
    epoch_slot_destroy(other);
    fixture_close(&f);
}

/* Retires a lot under a long reader, then only reads; returns what was freed by the reads alone. */
static size_t freed_by_readers(void)
{
    struct fixture f;
    struct epoch_slot *reader = NULL;
    struct epoch_slot *writer = NULL;
    size_t freed = 0;

    fixture_open(&f);
    reader = epoch_slot_create(f.domain, &f);
    writer = epoch_slot_create(f.domain, &f);
    epoch_enter(reader);
    epoch_enter(writer);
    for (int i = 0; i < 100 * (int)EPOCH_BLOCK_COUNT; i++) {
        epoch_retire(writer, &f, 100, count_free);
    }
    epoch_leave(writer); /* and never comes back */
    epoch_leave(reader);
    for (int i = 0; i < 400; i++) {
        epoch_enter(reader);
        epoch_leave(reader);
    }
    freed = f.freed;
    epoch_slot_destroy(reader);
    epoch_slot_destroy(writer);
    fixture_close(&f);
    return freed;
}

/* E2: in a database that only reads, readers free what others retired. The naive code fails here. */
TEST(database_that_only_reads)
{
    TEST_EQUAL(100 * EPOCH_BLOCK_COUNT, freed_by_readers());
    if (probe_available()) {
        probe_set_naive(NAIVE_EPOCH_ONLY_RETIRER_FREES, true);
        TEST_TRUE(freed_by_readers() < 100 * EPOCH_BLOCK_COUNT);
        probe_reset();
    }
}

/* E2: one session alone frees its own, keeps little, and asks the allocator for nothing. */
TEST(session_alone_keeps_little)
{
    struct fixture f;
    struct epoch_slot *slot = NULL;
    uint64_t requests = 0;

    fixture_open(&f);
    slot = epoch_slot_create(f.domain, &f);
    for (int i = 0; i < 100000; i++) {
        if (i == 10) {
            requests = f.alloc.request_count;
        }
        epoch_enter(slot);
        epoch_retire(slot, &f, 48, count_free);
        epoch_leave(slot);
        TEST_TRUE((size_t)i + 1 - f.freed <= 2 * EPOCH_SEAL_CALLS);
    }
    TEST_EQUAL(requests, f.alloc.request_count);
    epoch_slot_destroy(slot);
    fixture_close(&f);
    TEST_EQUAL(100000, f.freed);
}

/* Every failed allocation: after epoch_reserve a block of retires cannot fail. */
TEST_SWEEP(reserve_makes_retire_safe)
{
    struct fixture f;
    struct epoch_slot *slot = NULL;
    size_t retired = 0;

    fixture_open(&f);
    slot = f.domain == NULL ? NULL : epoch_slot_create(f.domain, &f);
    if (slot != NULL) {
        epoch_enter(slot);
        for (int round = 0; round < 5; round++) {
            if (epoch_reserve(slot) == VV_OK) {
                for (unsigned i = 0; i < EPOCH_BLOCK_COUNT; i++) {
                    epoch_retire(slot, &f, 1, count_free);
                    retired++;
                }
            }
        }
        epoch_leave(slot);
    }
    epoch_slot_destroy(slot);
    fixture_close(&f);
    TEST_EQUAL(retired, f.freed);
}

/* --- threads: a shared pointer is swung while readers look at it --- */

#define MAGIC 0x5AFEu

struct object {
    uint64_t magic;
    uint64_t number;
};

static struct stress {
    struct alloc alloc;
    struct epoch_domain *domain;
    _Atomic(struct object *) cells[8];
    _Atomic bool stop;
    _Atomic uint64_t bad;
} stress;

static void object_free(void *user, void *memory, size_t bytes)
{
    struct object *object = memory;

    (void)user;
    object->magic = 0; /* a reader that still looks sees this, and TSan sees the race */
    alloc_free(&stress.alloc, ALLOC_GENERAL, object, bytes);
}

static void *stress_read(void *user)
{
    struct epoch_slot *slot = epoch_slot_create(stress.domain, NULL);
    struct rng rng;

    rng_init(&rng, (uint64_t)(uintptr_t)user);
    while (!atomic_load_explicit(&stress.stop, memory_order_relaxed)) {
        struct object *object = NULL;

        epoch_enter(slot);
        object = atomic_load_explicit(&stress.cells[rng_below(&rng, 8)], memory_order_acquire);
        for (int i = 0; i < 20; i++) {
            if (object->magic != MAGIC) {
                atomic_fetch_add(&stress.bad, 1);
            }
        }
        epoch_leave(slot);
    }
    epoch_slot_destroy(slot);
    return NULL;
}

static void *stress_write(void *user)
{
    struct epoch_slot *slot = epoch_slot_create(stress.domain, NULL);
    struct rng rng;

    rng_init(&rng, (uint64_t)(uintptr_t)user + 1000);
    for (int i = 0; i < 30000; i++) {
        struct object *fresh = alloc_get(&stress.alloc, ALLOC_GENERAL, sizeof *fresh);
        struct object *old = NULL;

        *fresh = (struct object){.magic = MAGIC, .number = (uint64_t)i};
        epoch_enter(slot);
        old = atomic_exchange_explicit(&stress.cells[rng_below(&rng, 8)], fresh,
                                       memory_order_acq_rel);
        assert(epoch_reserve(slot) == VV_OK);
        epoch_retire(slot, old, sizeof *old, object_free);
        epoch_leave(slot);
    }
    epoch_slot_destroy(slot);
    return NULL;
}

/* E1 with threads: no reader ever meets a freed object; E2: at the end nothing is left. */
TEST(threads_swing_pointers)
{
    pthread_t threads[4];

    alloc_init(&stress.alloc, 0);
    stress.domain = epoch_domain_create(&stress.alloc);
    stress.stop = false;
    for (int i = 0; i < 8; i++) {
        struct object *object = alloc_get(&stress.alloc, ALLOC_GENERAL, sizeof *object);

        *object = (struct object){.magic = MAGIC};
        stress.cells[i] = object;
    }
    for (uintptr_t i = 0; i < 4; i++) {
        pthread_create(&threads[i], NULL, i < 2 ? stress_read : stress_write, (void *)i);
    }
    pthread_join(threads[2], NULL);
    pthread_join(threads[3], NULL);
    atomic_store(&stress.stop, true);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    TEST_EQUAL(0, stress.bad);
    for (int i = 0; i < 8; i++) {
        object_free(NULL, stress.cells[i], sizeof(struct object));
    }
    epoch_domain_destroy(stress.domain, NULL);
    alloc_release(&stress.alloc);
}

/* The alarm works: freeing without a look at the slots is noticed (deterministic, one thread). */
TEST(canary_free_at_once)
{
    struct fixture f;
    struct epoch_slot *reader = NULL;
    struct epoch_slot *writer = NULL;

    if (!probe_available()) {
        skip();
    }
    fixture_open(&f);
    reader = epoch_slot_create(f.domain, &f);
    writer = epoch_slot_create(f.domain, &f);
    probe_set_naive(NAIVE_EPOCH_FREE_AT_ONCE, true);
    epoch_enter(reader);
    epoch_enter(writer);
    epoch_retire(writer, &f, EPOCH_SEAL_BYTES, count_free);
    epoch_leave(writer);
    (void)epoch_reclaim_step(f.domain, &f, 1);
    TEST_EQUAL(1, f.freed);
    probe_reset();
    epoch_leave(reader);
    epoch_slot_destroy(reader);
    epoch_slot_destroy(writer);
    fixture_close(&f);
}
