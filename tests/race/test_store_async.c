/*
 * test_store_async.c - a scripted race: an asynchronous commit and a read right after.
 *
 *   slow      commits and waits for its sync, which is stopped at the disk
 *   quick     commits without waiting for a sync, then reads what it wrote
 *   stranger  reads
 *
 * An acknowledged commit is seen by everybody in every mode (S1), although the sync of what came before
 * it is still under way. The naive code leaves `visible` to the sync: quick does not see its own commit.
 */
#include "gate.h"
#include "os/os_sim.h"
#include "store/store.h"
#include "test.h"

#include <pthread.h>

static void put(struct store_session *session, const char *key, bool synchronous)
{
    struct store_txn_options options = {.durability_set = !synchronous,
                                        .durability = STORE_DURABILITY_GROUP};

    store_enter(session);
    TEST_OK(store_begin(session, &options));
    TEST_OK(store_statement_begin(session));
    TEST_OK(store_put(session, 1, slice_text(key), slice_text("1")));
    TEST_OK(store_statement_end(session));
    TEST_OK(store_commit(session, NULL));
    store_leave(session);
}

static void *put_slowly(void *session)
{
    put(session, "slow", true);
    return NULL;
}

static bool sees(struct store_session *session, const char *key)
{
    vv_slice row;
    vv_status status = VV_OK;

    store_enter(session);
    TEST_OK(store_begin(session, NULL));
    TEST_OK(store_statement_begin(session));
    status = store_get(session, 1, slice_text(key), &row);
    TEST_OK(store_statement_end(session));
    TEST_OK(store_commit(session, NULL));
    store_leave(session);
    return status == VV_OK;
}

/* Whether quick and a stranger see what quick committed, while slow's sync is under way. */
static bool run_script(bool naive)
{
    struct os_sim *sim = os_sim_create(1);
    struct alloc alloc;
    struct store *store = NULL;
    struct store_session *slow = NULL;
    struct store_session *quick = NULL;
    struct store_session *stranger = NULL;
    struct gate gate;
    pthread_t thread;
    bool seen = false;

    alloc_init(&alloc, 0);
    TEST_OK(
        store_open(&(struct store_options){.os = os_sim_os(sim), .alloc = &alloc, .path = "/db"},
                   &store, NULL));
    TEST_OK(store_session_open(store, NULL, &slow));
    TEST_OK(store_session_open(store, NULL, &quick));
    TEST_OK(store_session_open(store, NULL, &stranger));
    probe_set_naive(NAIVE_STORE_ASYNC_UNSEEN, naive);
    gate_close(&gate, PROBE_WAL_BEFORE_SYNC);
    TEST_EQUAL(0, pthread_create(&thread, NULL, put_slowly, slow));
    TEST_TRUE(gate_reached(&gate));
    TEST_FALSE(sees(stranger, "slow")); /* a crash could still undo it */
    put(quick, "quick", false);
    seen = sees(quick, "quick") && sees(stranger, "quick");
    gate_open(&gate);
    pthread_join(thread, NULL);
    probe_reset();
    TEST_TRUE(sees(stranger, "slow"));
    store_session_close(slow);
    store_session_close(quick);
    store_session_close(stranger);
    TEST_OK(store_close(store));
    os_sim_destroy(sim);
    alloc_release(&alloc);
    return seen;
}

TEST(an_asynchronous_commit_is_seen_by_the_next_read)
{
    (void)state;
    GATE_NEEDED();
    TEST_TRUE(run_script(false));
}

TEST(the_naive_code_fails_here)
{
    (void)state;
    GATE_NEEDED();
    TEST_FALSE(run_script(true));
}
