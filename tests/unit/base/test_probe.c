/* Probes: hooks by name, pausing, failing, crashing; naive switches. */
#include "test.h"

#include "base/probe.h"
#include "gate.h"

#include <pthread.h>

static vv_status step(void)
{
    VV_TRY(VV_PROBE_STATUS(EPOCH_SEALED));
    return VV_OK;
}

static _Atomic int progress;

static void *pass(void *user)
{
    (void)user;
    atomic_store(&progress, 1);
    VV_PROBE(EPOCH_SCANNED);
    atomic_store(&progress, 2);
    return NULL;
}

TEST(gate_stops_a_thread)
{
    struct gate gate;
    pthread_t thread;

    GATE_NEEDED();
    gate_close(&gate, PROBE_EPOCH_SCANNED);
    pthread_create(&thread, NULL, pass, NULL);
    TEST_TRUE(gate_reached(&gate));
    TEST_EQUAL(1, progress);
    gate_open(&gate);
    pthread_join(thread, NULL);
    TEST_EQUAL(2, progress);
}

TEST(hook_fails_the_nth_call)
{
    struct gate gate;

    GATE_NEEDED();
    TEST_OK(step());
    gate_fail(&gate, PROBE_EPOCH_SEALED, VV_NOMEM, 2);
    TEST_OK(step());
    TEST_STATUS(VV_NOMEM, step());
    TEST_OK(step());
    probe_reset();
    TEST_OK(step());
}

TEST(hook_crashes_the_machine)
{
    struct gate gate;
    struct os_sim *sim = NULL;

    GATE_NEEDED();
    sim = os_sim_create(1);
    gate_crash(&gate, PROBE_EPOCH_SEALED, sim, 2);
    TEST_OK(step());
    TEST_FALSE(os_sim_crashed(sim));
    TEST_OK(step());
    TEST_TRUE(os_sim_crashed(sim));
    probe_reset();
    os_sim_destroy(sim);
}

TEST(naive_code_only_on_request)
{
    TEST_FALSE(VV_NAIVE(EPOCH_FREE_AT_ONCE));
    probe_set_naive(NAIVE_EPOCH_FREE_AT_ONCE, true);
    TEST_TRUE(VV_NAIVE(EPOCH_FREE_AT_ONCE) == probe_available());
    probe_reset();
    TEST_FALSE(VV_NAIVE(EPOCH_FREE_AT_ONCE));
    for (int i = 0; i < PROBE_COUNT; i++) {
        TEST_TRUE(strlen(probe_text((enum probe)i)) > 3);
    }
}
