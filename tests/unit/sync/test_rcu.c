/* RCU: nothing is freed under a reader. */
#include "test.h"

#include "base/assert.h"
#include "sync/rcu.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct definition {
    uint64_t magic;
    struct rcu_link link;
};

static struct definition *_Atomic current;
static struct rcu_limbo limbo;
static _Atomic bool stop;
static _Atomic uint64_t bad;
static size_t freed;

static void definition_free(struct rcu_link *link)
{
    struct definition *definition =
        (struct definition *)(void *)((char *)link - offsetof(struct definition, link));

    definition->magic = 0;
    free(definition);
    freed++;
}

static struct definition *definition_make(void)
{
    struct definition *definition = calloc(1, sizeof *definition);

    definition->magic = 42;
    return definition;
}

static void *read_run(void *user)
{
    (void)user;
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        struct definition *definition = NULL;

        rcu_read_begin();
        rcu_read_begin(); /* sections nest */
        definition = rcu_load(&current);
        rcu_read_end();
        if (definition->magic != 42) {
            atomic_fetch_add(&bad, 1);
        }
        rcu_read_end();
    }
    return NULL;
}

/* R1 */
TEST(threads_replace_a_definition)
{
    pthread_t threads[2];

    rcu_limbo_init(&limbo);
    rcu_publish(&current, definition_make());
    pthread_create(&threads[0], NULL, read_run, NULL);
    pthread_create(&threads[1], NULL, read_run, NULL);
    for (int i = 0; i < 1000; i++) {
        struct definition *old = rcu_load(&current);

        rcu_publish(&current, definition_make());
        rcu_retire(&limbo, &old->link, definition_free);
        if (i % 20 == 19) {
            TEST_TRUE(rcu_reclaim_step(&limbo));
        }
    }
    atomic_store(&stop, true);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    TEST_FALSE(rcu_reclaim_step(&limbo));
    TEST_EQUAL(1000, freed);
    TEST_EQUAL(0, bad);
    free(current);
    rcu_limbo_release(&limbo);
}
