/* Snapshots, their listing, and the watermark. */
#include "test.h"

#include "base/rng.h"
#include "os/os.h"
#include "txn/snapshot.h"

#include <pthread.h>

/* N1: against the plain definition, with random snapshots, bounds and versions. */
TEST(listing_keeps_what_is_needed)
{
    struct alloc alloc;
    struct snapshot_table *table = NULL;
    struct snapshot_slot *slots[200];
    struct snapshot_horizon horizon;
    struct visible visible;
    struct rng rng;

    rng_init(&rng, test_seed(3));
    alloc_init(&alloc, 0);
    TEST_OK(snapshot_table_create(&alloc, &table));
    for (int i = 0; i < 200; i++) {
        TEST_OK(snapshot_acquire(table, &slots[i]));
    }
    for (int round = 0; round < 300; round++) {
        uint64_t now = 1000 + rng_below(&rng, 100);
        unsigned used = (unsigned)rng_below(&rng, round % 3 == 0 ? 200 : 20);

        visible_init(&visible, now);
        for (unsigned i = 0; i < 200; i++) {
            uint64_t word = i >= used ? 0 : 1 + rng_below(&rng, now);

            atomic_store(&slots[i]->word,
                         word != 0 && rng_chance(&rng, 1, 50) ? word | SNAPSHOT_BOUND : word);
        }
        snapshot_list(table, &visible, &horizon);
        for (int i = 0; i < 200; i++) {
            uint64_t begin = rng_below(&rng, now);
            uint64_t end = begin + rng_below(&rng, 120);
            bool needed = end > now;

            for (unsigned j = 0; j < used; j++) {
                uint64_t word = atomic_load(&slots[j]->word);
                uint64_t lsn = word & ~SNAPSHOT_BOUND;

                needed |= (word & SNAPSHOT_BOUND) != 0 ? end > lsn : lsn >= begin && lsn < end;
            }
            TEST_TRUE(!needed || snapshot_needs(&horizon, begin, end));
            if (used <= SNAPSHOT_LIST_MAX) { /* and no more than that */
                TEST_EQUAL(needed, snapshot_needs(&horizon, begin, end));
            }
        }
        visible_release(&visible);
    }
    for (int i = 0; i < 200; i++) {
        snapshot_drop(table, slots[i]);
    }
    snapshot_table_destroy(table);
    alloc_release(&alloc);
}

struct race {
    struct visible visible;
    struct waiter waiter;
    struct visible_waiter place;
    vv_status status;
};

static void *wait_for_200(void *arg)
{
    struct race *race = arg;

    race->status = visible_wait(&race->visible, &race->place, &race->waiter, 200, 0, true);
    return NULL;
}

/* V1 V2: advancing to less does nothing; a waiter returns when its LSN is reached. */
TEST(visible_wakes_waiters)
{
    struct race race = {0};
    pthread_t thread;

    visible_init(&race.visible, 100);
    waiter_init(&race.waiter, os_real(), NULL, NULL);
    pthread_create(&thread, NULL, wait_for_200, &race);
    visible_advance(&race.visible, 150);
    visible_advance(&race.visible, 120);
    TEST_EQUAL(150, visible_now(&race.visible));
    visible_advance(&race.visible, 201);
    pthread_join(thread, NULL);
    TEST_OK(race.status);
    visible_release(&race.visible);
}

/* V3: a poisoned watermark leaves nobody asleep, and fails later waits too. */
TEST(poison_wakes_all)
{
    struct race race = {0};
    pthread_t thread;

    visible_init(&race.visible, 100);
    waiter_init(&race.waiter, os_real(), NULL, NULL);
    pthread_create(&thread, NULL, wait_for_200, &race);
    visible_poison(&race.visible);
    pthread_join(thread, NULL);
    TEST_STATUS(VV_IO, race.status);
    TEST_STATUS(VV_IO, visible_wait(&race.visible, &race.place, &race.waiter, 101, 0, true));
    TEST_OK(visible_wait(&race.visible, &race.place, &race.waiter, 100, 0, true));
    visible_release(&race.visible);
}

/* A blocked wait ends by interrupt and by deadline, and leaves the list. */
TEST(visible_wait_ends_early)
{
    struct race race = {0};

    visible_init(&race.visible, 100);
    waiter_init(&race.waiter, os_real(), NULL, NULL);
    TEST_STATUS(VV_TIMEOUT, visible_wait(&race.visible, &race.place, &race.waiter, 200,
                                         os_monotonic_ns(os_real()) + 1000000, true));
    waiter_interrupt(&race.waiter);
    TEST_STATUS(VV_CANCELED, visible_wait(&race.visible, &race.place, &race.waiter, 200, 0, true));
    TEST_STATUS(VV_TIMEOUT, visible_wait(&race.visible, &race.place, &race.waiter, 200,
                                         os_monotonic_ns(os_real()) + 1000000, false));
    visible_release(&race.visible);
}
