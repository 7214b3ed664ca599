/* Sharded counters: nothing is lost between threads. */
#include "test.h"

#include "sync/counter.h"

#include <pthread.h>

static struct counter counter;

static void *add_run(void *user)
{
    for (int i = 0; i < 100000; i++) {
        counter_add(&counter, (unsigned)(uintptr_t)user, 3);
    }
    return NULL;
}

TEST(sum_is_exact_when_adders_are_done)
{
    pthread_t threads[3];

    counter_init(&counter);
    for (uintptr_t i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, add_run, (void *)(i * COUNTER_SHARDS / 2));
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    TEST_EQUAL(900000, counter_sum(&counter));
    counter_add(&counter, 7, (uint64_t)-900000);
    TEST_EQUAL(0, counter_sum(&counter));
}
