/* Latches, in the optimistic and the pessimistic build. */
#include "test.h"

#include "base/rng.h"
#include "sync/latch.h"

#include <assert.h>
#include <pthread.h>

#ifdef VV_PESSIMISTIC_LATCHES
#define PESSIMISTIC true
#else
#define PESSIMISTIC false
#endif

TEST(quiet_read_is_valid)
{
    struct latch latch = {0};
    uint64_t version = 0;

    latch_init(&latch);
    TEST_TRUE(latch_read_begin(&latch, &version));
    TEST_TRUE(latch_read_check(&latch, version));
    TEST_TRUE(latch_read_end(&latch, version));
    TEST_TRUE(latch_read_begin(&latch, &version));
    latch_read_drop(&latch, version);
    TEST_TRUE(latch_try_lock(&latch)); /* the reads have ended */
    latch_write_unlock(&latch);
}

/* L1: in the optimistic build a write between begin and end is noticed, an unlock_same is not. */
TEST(write_between_is_noticed)
{
    struct latch latch = {0};
    uint64_t version = 0;

    if (PESSIMISTIC) {
        skip();
    }
    TEST_TRUE(latch_read_begin(&latch, &version));
    TEST_TRUE(latch_write_lock(&latch));
    TEST_FALSE(latch_read_check(&latch, version));
    latch_write_unlock_same(&latch);
    TEST_TRUE(latch_read_end(&latch, version));
    TEST_TRUE(latch_read_begin(&latch, &version));
    TEST_TRUE(latch_write_lock(&latch));
    latch_write_unlock(&latch);
    TEST_FALSE(latch_read_end(&latch, version));
}

/* L2: with a reader inside, the pessimistic build keeps the writer out. */
TEST(reader_keeps_the_writer_out)
{
    struct latch latch = {0};
    uint64_t version = 0;

    if (!PESSIMISTIC) {
        skip();
    }
    TEST_TRUE(latch_read_begin(&latch, &version));
    TEST_FALSE(latch_try_lock(&latch));
    TEST_TRUE(latch_read_end(&latch, version));
    TEST_TRUE(latch_try_lock(&latch));
    TEST_FALSE(latch_try_lock(&latch));
    latch_write_unlock(&latch);
}

TEST(upgrade_ends_the_read_either_way)
{
    struct latch latch = {0};
    uint64_t version = 0;
    uint64_t other = 0;

    TEST_TRUE(latch_read_begin(&latch, &version));
    TEST_TRUE(latch_try_upgrade(&latch, version));
    TEST_TRUE(latch_is_locked(&latch));
    latch_write_unlock(&latch);

    TEST_TRUE(latch_read_begin(&latch, &version));
    TEST_TRUE(latch_read_begin(&latch, &other));
    if (PESSIMISTIC) {
        TEST_FALSE(latch_try_upgrade(&latch, version)); /* the other still reads */
        TEST_TRUE(latch_try_upgrade(&latch, other));
    } else {
        TEST_TRUE(latch_try_upgrade(&latch, version));
        TEST_FALSE(latch_try_upgrade(&latch, other));
    }
    latch_write_unlock(&latch);
    TEST_TRUE(latch_try_lock(&latch));
    latch_write_unlock(&latch);
}

/* L3 */
TEST(obsolete_is_for_ever)
{
    struct latch latch = {0};
    uint64_t version = 0;

    TEST_TRUE(latch_write_lock(&latch));
    latch_write_unlock_obsolete(&latch);
    TEST_TRUE(latch_is_obsolete(&latch));
    TEST_FALSE(latch_read_begin(&latch, &version));
    TEST_FALSE(latch_write_lock(&latch));
    TEST_FALSE(latch_try_lock(&latch));
}

static struct shared {
    struct latch latch;
    _Atomic uint64_t atomic_words[4]; /* written under the latch, all equal */
    uint64_t plain_words[4]; /* the same, plain: looked at only by writers and pessimists */
    _Atomic bool stop;
    _Atomic uint64_t torn;
} shared;

static void *read_run(void *user)
{
    (void)user;
    while (!atomic_load_explicit(&shared.stop, memory_order_relaxed)) {
        uint64_t version = 0;
        uint64_t words[4];
        bool plain_torn = false;

        assert(latch_read_begin(&shared.latch, &version));
        for (int i = 0; i < 4; i++) {
            words[i] = atomic_load_explicit(&shared.atomic_words[i], memory_order_relaxed);
        }
        if (PESSIMISTIC) {
            plain_torn = shared.plain_words[0] != shared.plain_words[3];
        }
        if (latch_read_end(&shared.latch, version) &&
            (plain_torn || words[0] != words[1] || words[1] != words[2] || words[2] != words[3])) {
            atomic_fetch_add(&shared.torn, 1);
        }
    }
    return NULL;
}

static void *write_run(void *user)
{
    for (int i = 0; i < 30000; i++) {
        uint64_t version = 0;

        if (i % 4 == 0) { /* by upgrade, as the tree does */
            assert(latch_read_begin(&shared.latch, &version));
            if (!latch_try_upgrade(&shared.latch, version)) {
                i--;
                continue;
            }
        } else {
            assert(latch_write_lock(&shared.latch));
        }
        for (int word = 0; word < 4; word++) {
            shared.plain_words[word]++;
            atomic_store_explicit(&shared.atomic_words[word], shared.plain_words[word],
                                  memory_order_relaxed);
        }
        latch_write_unlock(&shared.latch);
    }
    (void)user;
    return NULL;
}

/* L1, L2, L4 with threads: no valid read is torn, no increment is lost, nobody sleeps for ever. */
TEST(threads_read_and_write)
{
    pthread_t threads[5];

    memset(&shared, 0, sizeof shared);
    for (int i = 0; i < 5; i++) {
        pthread_create(&threads[i], NULL, i < 2 ? read_run : write_run, NULL);
    }
    for (int i = 2; i < 5; i++) {
        pthread_join(threads[i], NULL);
    }
    atomic_store(&shared.stop, true);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    TEST_EQUAL(0, shared.torn);
    TEST_EQUAL(90000, shared.plain_words[0]);
}
