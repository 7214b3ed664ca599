/*
 * test_crash.c - the crash campaign.
 *
 * Default: some hundred seeds. VARVE_SIM_SEEDS=10000 is the full campaign (every 50th seed crashes at
 * every change of the disk in turn).
 */
#include "base/probe.h"
#include "sim.h"
#include "test.h"

#include <stdlib.h>

#define STEPS         300u
#define CRASH_AT_MAX  220u
#define SEEDS_DEFAULT 300u

struct tally {
    uint64_t seeds, crashes, recoveries, transactions, reads;
    char problem[400];
};

static uint64_t seed_count(void)
{
    const char *text = getenv("VARVE_SIM_SEEDS");

    return text == NULL ? SEEDS_DEFAULT * test_effort() : strtoull(text, NULL, 0);
}

/* Opens until recovery has gone through; each try may crash too. */
static bool recover(struct sim *sim, struct rng *rng)
{
    for (unsigned tries = 0;; tries++) {
        bool good = false;

        if (tries < 3 && rng_chance(rng, 1, 2)) {
            os_sim_fault_arm(sim->machine, OS_SIM_CRASH, 1 + rng_below(rng, 12));
        }
        good = sim_open(sim);
        if (sim->problem[0] != '\0') {
            return false;
        }
        if (good && !os_sim_crashed(sim->machine)) {
            os_sim_fault_arm(sim->machine, OS_SIM_CRASH, 0);
            return true;
        }
        sim_stop(sim, true);
    }
}

/* One life: work, crash at the crash_at-th change of the disk (0: after the work), recover, twice.
 * Returns whether the crash point was reached. */
static bool one_run(uint64_t seed, uint64_t crash_at, struct tally *tally)
{
    struct sim *sim = calloc(1, sizeof *sim);
    struct rng rng;
    bool hit = false;

    sim_init(sim, seed, false);
    rng_init(&rng, seed ^ crash_at << 32);
    if (crash_at != 0) {
        os_sim_fault_arm(sim->machine, OS_SIM_CRASH, crash_at);
    }
    if (sim_open(sim)) {
        sim_run(sim, STEPS);
    }
    hit = os_sim_crashed(sim->machine);
    for (unsigned life = 0; life < 2 && sim->problem[0] == '\0'; life++) {
        sim_stop(sim, life == 0 || rng_chance(&rng, 1, 2));
        if (recover(sim, &rng)) {
            os_sim_fault_arm(sim->machine, OS_SIM_CRASH, 1 + rng_below(&rng, 40));
            sim_run(sim, 60);
        }
    }
    if (sim->problem[0] == '\0') {
        sim_stop(sim, true);
        (void)recover(sim, &rng);
    }
    sim_stop(sim, false);
    tally->crashes += sim->crashes;
    tally->recoveries += sim->recoveries;
    tally->transactions += sim->transactions;
    tally->reads += sim->reads;
    if (sim->problem[0] != '\0' && tally->problem[0] == '\0') {
        snprintf(tally->problem, sizeof tally->problem, "seed %llu, crash at %llu: %s",
                 (unsigned long long)seed, (unsigned long long)crash_at, sim->problem);
    }
    sim_release(sim);
    free(sim);
    return hit;
}

/* VARVE_SIM_SEED and VARVE_SIM_AT: one run alone. */
static bool one_run_alone(struct tally *tally)
{
    const char *seed = getenv("VARVE_SIM_SEED");
    const char *at = getenv("VARVE_SIM_AT");

    if (seed != NULL && at != NULL) {
        (void)one_run(strtoull(seed, NULL, 0), strtoull(at, NULL, 0), tally);
    }
    return seed != NULL && at != NULL;
}

static void campaign(uint64_t first, uint64_t count, struct tally *tally)
{
    for (uint64_t seed = first; seed < first + count && tally->problem[0] == '\0'; seed++) {
        struct rng rng;

        rng_init(&rng, seed * 7919);
        tally->seeds++;
        if (seed % 50 != 0) {
            (void)one_run(seed, 1 + rng_below(&rng, CRASH_AT_MAX), tally);
            continue;
        }
        for (uint64_t at = 1; tally->problem[0] == '\0' && one_run(seed, at, tally); at++) {
        }
    }
}

/* S1, S2, S5, W2, W3: acknowledged transactions are there, whole transactions only. */
TEST(crashes_lose_nothing_acknowledged)
{
    struct tally tally = {0};
    uint64_t first = test_seed(1);

    (void)state;
    if (!one_run_alone(&tally)) {
        campaign(first, seed_count(), &tally);
    }
    printf("%llu seeds, %llu crashes, %llu recoveries, %llu transactions, %llu reads compared\n",
           (unsigned long long)tally.seeds, (unsigned long long)tally.crashes,
           (unsigned long long)tally.recoveries, (unsigned long long)tally.transactions,
           (unsigned long long)tally.reads);
    TEST_TEXT("", tally.problem);
}

static void canary(enum probe_naive naive, const char *name)
{
    struct tally tally = {0};

    if (!probe_available()) {
        skip();
    }
    probe_set_naive(naive, true);
    campaign(1, 20000, &tally);
    probe_reset();
    printf("canary %s: found after %llu seeds, %llu crashes (%s)\n", name,
           (unsigned long long)tally.seeds, (unsigned long long)tally.crashes, tally.problem);
    TEST_TRUE(tally.problem[0] != '\0');
}

TEST(a_skipped_sync_is_found)
{
    (void)state;
    canary(NAIVE_WAL_SYNC_SKIPPED, "sync skipped");
}

TEST(an_unchecked_crc_is_found)
{
    (void)state;
    canary(NAIVE_WAL_CRC_IGNORED, "CRC ignored");
}

TEST(a_kept_tail_is_found)
{
    (void)state;
    canary(NAIVE_WAL_TAIL_KEPT, "tail kept");
}

/* The same workload without a log, every read compared with the model (S3, S4). */
TEST(the_store_does_what_the_model_does)
{
    uint64_t first = test_seed(1);
    uint64_t reads = 0;

    (void)state;
    for (uint64_t seed = first; seed < first + 2 * seed_count(); seed++) {
        struct sim *sim = calloc(1, sizeof *sim);

        sim_init(sim, seed, true);
        (void)sim_open(sim);
        sim_run(sim, 600);
        if (sim->problem[0] != '\0') {
            printf("seed %llu\n", (unsigned long long)seed);
            TEST_TEXT("", sim->problem);
        }
        reads += sim->reads;
        sim_stop(sim, false);
        sim_release(sim);
        free(sim);
    }
    printf("%llu reads compared\n", (unsigned long long)reads);
}
