/* test_wal.c - the log on the simulated machine: order, durability, tails, damage, failures. */
#include "wal/wal.h"

#include "base/probe.h"
#include "base/rng.h"
#include "os/os_sim.h"
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#define DIRECTORY "/db"
#define SEGMENT   WAL_SEGMENT_BYTES_MIN

struct world {
    struct os_sim *sim;
    struct alloc alloc;
    struct wal *wal;
    struct vv_cause cause;
    uint64_t max_bytes;
};

/* What a replay found. */
struct found {
    uint64_t count;
    uint64_t sum;
    uint64_t last_end;
    uint8_t first_byte[4096];
    size_t sizes[4096];
};

static void world_init(struct world *world, uint64_t seed)
{
    memset(world, 0, sizeof *world);
    world->sim = os_sim_create(seed);
    alloc_init(&world->alloc, 0);
    TEST_OK(os_mkdir(os_sim_os(world->sim), DIRECTORY, NULL));
    TEST_OK(os_sync_directory(os_sim_os(world->sim), "/", NULL));
}

static void world_release(struct world *world)
{
    (void)wal_close(world->wal);
    os_sim_destroy(world->sim);
    alloc_release(&world->alloc);
}

static vv_status note(void *context, const struct logframe_record *record)
{
    struct found *found = context;

    TEST_TRUE(record->lsn >= found->last_end);
    TEST_TRUE(record->end_lsn > record->lsn);
    if (found->count < 4096) {
        found->first_byte[found->count] = record->payload.size == 0 ? 0 : record->payload.data[0];
        found->sizes[found->count] = record->payload.size;
    }
    found->count++;
    found->last_end = record->end_lsn;
    return VV_OK;
}

/* Opens, replays and starts. */
static vv_status world_open(struct world *world, struct found *found)
{
    struct wal_options options = {.os = os_sim_os(world->sim),
                                  .alloc = &world->alloc,
                                  .directory = DIRECTORY,
                                  .segment_bytes = SEGMENT,
                                  .max_bytes = world->max_bytes,
                                  .buffer_bytes = 128 << 10};
    struct found unused;

    found = found == NULL ? &unused : found;
    memset(found, 0, sizeof *found);
    world->wal = NULL;
    VV_TRY(wal_open(&options, &world->wal, &world->cause));
    VV_TRY(wal_replay(world->wal, note, found, &world->cause));
    return wal_start(world->wal, &world->cause);
}

static vv_status append(struct world *world, uint8_t first, size_t size, uint64_t *end_out)
{
    static uint8_t bytes[WAL_PAYLOAD_BYTES_MAX];
    vv_slice payload = slice_make(bytes, size);

    memset(bytes, first, size);
    *end_out = 0;
    VV_TRY(wal_section_enter(world->wal, size));
    *end_out = wal_section_put(world->wal, 1, payload, logframe_payload_crc(payload), 77).end_lsn;
    wal_section_leave(world->wal);
    return VV_OK;
}

static void crash_and_open(struct world *world, struct found *found)
{
    os_sim_crash(world->sim);
    (void)wal_close(world->wal);
    os_sim_restart(world->sim);
    TEST_OK(world_open(world, found));
}

/* W1 */
TEST(records_come_back_in_order)
{
    struct world world;
    struct found found;
    uint64_t end = 0;

    (void)state;
    world_init(&world, 1);
    TEST_OK(world_open(&world, NULL));
    for (unsigned i = 0; i < 1000; i++) {
        TEST_OK(append(&world, (uint8_t)i, i * 7 % 3000, &end));
    }
    TEST_EQUAL(end, wal_filled(world.wal));
    TEST_OK(wal_close(world.wal));
    TEST_OK(world_open(&world, &found));
    TEST_EQUAL(1000, found.count);
    TEST_EQUAL(end, found.last_end);
    for (unsigned i = 0; i < 1000; i++) {
        TEST_EQUAL(i * 7 % 3000, found.sizes[i]);
        TEST_EQUAL(i * 7 % 3000 == 0 ? 0 : (uint8_t)i, found.first_byte[i]);
    }
    TEST_TRUE(end > 4 * SEGMENT); /* borders of segments were crossed */
    world_release(&world);
}

/* W2, W3: everything waited for survives, what comes back is a prefix; many crashes in a row. */
TEST(a_crash_keeps_what_was_waited_for)
{
    uint64_t seed = test_seed(7);

    (void)state;
    for (uint64_t round = 0; round < 60 * test_effort(); round++) {
        struct world world;
        struct found found;
        struct rng rng;
        uint64_t appended = 0; /* records */
        uint64_t waited = 0;

        rng_init(&rng, seed + round);
        world_init(&world, seed + round);
        TEST_OK(world_open(&world, NULL));
        for (unsigned crash = 0; crash < 6; crash++) {
            for (uint64_t i = rng_below(&rng, 60); i > 0; i--) {
                uint64_t end = 0;
                size_t size =
                    rng_chance(&rng, 1, 10) ? rng_below(&rng, 65536) : rng_below(&rng, 300);

                TEST_OK(append(&world, (uint8_t)appended++, size, &end));
                if (rng_chance(&rng, 1, 4)) {
                    TEST_OK(wal_wait(world.wal, end));
                    waited = appended;
                }
            }
            crash_and_open(&world, &found);
            TEST_TRUE(found.count >= waited && found.count <= appended);
            for (uint64_t i = 0; i < found.count && i < 4096; i++) {
                TEST_TRUE(found.sizes[i] == 0 || found.first_byte[i] == (uint8_t)i);
            }
            appended = found.count;
            waited = found.count; /* read by somebody: must not vanish */
        }
        world_release(&world);
    }
}

/* W3: a record behind the cut does not come back when a new one of the same size joins up with it. */
static bool old_tail_returns(uint64_t seed)
{
    struct world world;
    struct found found;
    uint64_t end = 0;
    uint64_t count = 0;
    bool returned = false;

    world_init(&world, seed);
    TEST_OK(world_open(&world, NULL));
    TEST_OK(append(&world, 1, 500, &end));
    TEST_OK(wal_sync(world.wal));
    TEST_OK(append(&world, 2, 600, &end));
    TEST_OK(append(&world, 3, 600, &end));
    TEST_OK(append(&world, 4, 600, &end));
    os_sim_fault_arm(world.sim, OS_SIM_CRASH, 2);
    TEST_STATUS(VV_OUTCOME_UNKNOWN, wal_sync(world.wal)); /* written, not synced */
    crash_and_open(&world, &found);
    count = found.count;
    TEST_OK(append(&world, 9, 600, &end));
    TEST_OK(wal_sync(world.wal));
    crash_and_open(&world, &found);
    returned = found.count != count + 1;
    world_release(&world);
    return returned;
}

TEST(a_cut_tail_stays_cut)
{
    unsigned canary = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++) {
        TEST_FALSE(old_tail_returns(seed));
    }
    if (!probe_available()) {
        skip();
    }
    probe_set_naive(NAIVE_WAL_TAIL_KEPT, true);
    for (uint64_t seed = 1; seed <= 100; seed++) {
        canary += old_tail_returns(seed);
    }
    probe_reset();
    printf("canary: the kept tail came back in %u of 100 runs\n", canary);
    TEST_TRUE(canary > 0);
}

/* After a clean close the end is known: opening reads the records and two pages, not the rest of the segment. */
TEST(opening_after_a_clean_close_reads_no_more_than_the_log)
{
    struct world world;
    struct found found;
    uint64_t end = 0;
    uint64_t reads = 0;
    uint64_t closed_reads = 0;

    (void)state;
    world_init(&world, 5);
    TEST_OK(world_open(&world, NULL));
    TEST_OK(append(&world, 1, 100, &end));
    TEST_OK(wal_close(world.wal));
    reads = os_sim_counts(world.sim).reads;
    TEST_OK(world_open(&world, &found));
    closed_reads = os_sim_counts(world.sim).reads - reads;
    TEST_EQUAL(1, found.count);
    TEST_OK(append(&world, 2, 100, &end)); /* it goes on at the right place */
    TEST_OK(wal_sync(world.wal));
    crash_and_open(&world, &found); /* not closed: now it is searched */
    TEST_EQUAL(2, found.count);
    reads = os_sim_counts(world.sim).reads;
    os_sim_crash(world.sim);
    (void)wal_close(world.wal);
    os_sim_restart(world.sim);
    TEST_OK(world_open(&world, &found));
    TEST_TRUE(os_sim_counts(world.sim).reads - reads > closed_reads);
    TEST_EQUAL(2, found.count);
    world_release(&world);
}

/* W4: closed, opened, two records acknowledged; then the first of them is damaged, and perhaps the meta page that said
 * that the log was opened again. Is it refused? */
static bool damage_after_a_close_is_refused(bool meta_too)
{
    struct world world;
    struct found found;
    vv_status status = VV_OK;
    uint64_t first = 0;
    uint64_t end = 0;

    world_init(&world, 6);
    TEST_OK(world_open(&world, NULL));
    TEST_OK(append(&world, 1, 100, &first));
    TEST_OK(wal_close(world.wal));
    TEST_OK(world_open(&world, NULL));
    for (uint8_t i = 2; i < 5; i++) {
        TEST_OK(append(&world, i, 100, &end));
        TEST_OK(wal_sync(world.wal));
    }
    os_sim_crash(world.sim);
    (void)wal_close(world.wal);
    os_sim_restart(world.sim);
    TEST_OK(os_sim_flip_bit(world.sim, DIRECTORY "/0000000000000000.wal", first + 40, 2));
    if (meta_too) { /* made, opened, closed, opened: the fourth page, which stands at 0 */
        TEST_OK(os_sim_flip_bit(world.sim, DIRECTORY "/meta", 100, 1));
    }
    status = world_open(&world, &found);
    world_release(&world);
    TEST_TRUE(status == VV_OK || status == VV_CORRUPT);
    return status == VV_CORRUPT;
}

TEST(a_clean_close_hides_no_damage)
{
    (void)state;
    TEST_TRUE(damage_after_a_close_is_refused(false));
    TEST_TRUE(damage_after_a_close_is_refused(true));
    if (!probe_available()) {
        skip();
    }
    probe_set_naive(NAIVE_WAL_CLOSED_BY_OLD_PAGE, true);
    TEST_TRUE(damage_after_a_close_is_refused(false));
    TEST_FALSE(damage_after_a_close_is_refused(true));
    probe_reset();
}

/* ---- waiting for a record whose section has not been left ---- */

struct early {
    struct world world;
    uint64_t end;
    atomic_uint awaits; /* the other thread has seen that the section is not left */
    bool without_wait;  /* wal_wait_begin() instead of wal_wait() */
    vv_status status;
    uint64_t durable;
};

static vv_status note_wait(void *context, enum probe probe)
{
    (void)probe;
    atomic_store(&((struct early *)context)->awaits, 1);
    return VV_OK;
}

static void note_woken(struct wal_waiter *waiter)
{
    (void)waiter;
}

static void *wait_early(void *context)
{
    struct early *early = context;

    if (early->without_wait) {
        struct wal_waiter waiter = {.lsn = early->end, .woken = note_woken};

        early->status = wal_wait_begin(early->world.wal, &waiter, true);
    } else {
        early->status = wal_wait(early->world.wal, early->end);
    }
    early->durable = wal_durable(early->world.wal);
    return NULL;
}

/* A commit's LSN is published inside the section: another thread may wait for it before the section is left. */
static void wait_inside_the_section(bool without_wait)
{
    static struct early early;
    struct found found;
    static const uint8_t byte[1] = {7};
    vv_slice payload = slice_make(byte, 1);
    pthread_t thread;

    memset(&early, 0, sizeof early);
    early.without_wait = without_wait;
    world_init(&early.world, 8);
    TEST_OK(world_open(&early.world, NULL));
    probe_set(PROBE_WAL_SECTION_AWAITED, note_wait, &early);
    TEST_OK(wal_section_enter(early.world.wal, 1));
    early.end =
        wal_section_put(early.world.wal, 1, payload, logframe_payload_crc(payload), 77).end_lsn;
    TEST_TRUE(early.end > wal_filled(early.world.wal));
    TEST_EQUAL(0, pthread_create(&thread, NULL, wait_early, &early));
    while (atomic_load(&early.awaits) == 0) {
        sched_yield();
    }
    wal_section_leave(early.world.wal);
    TEST_EQUAL(0, pthread_join(thread, NULL));
    probe_reset();
    TEST_OK(early.status);
    TEST_TRUE(early.durable >= early.end);
    crash_and_open(&early.world, &found); /* W2 */
    TEST_EQUAL(1, found.count);
    world_release(&early.world);
}

TEST(who_learns_of_a_record_early_waits_for_its_section)
{
    (void)state;
    if (!probe_available()) {
        skip();
    }
    wait_inside_the_section(false);
    wait_inside_the_section(true);
}

/* W4: every byte of acknowledged records but the last batch. */
TEST(damage_to_acknowledged_records_is_refused)
{
    struct world world;
    struct found found;
    uint64_t first = 0;
    uint64_t end = 0;

    (void)state;
    world_init(&world, 3);
    TEST_OK(world_open(&world, NULL));
    TEST_OK(append(&world, 1, 100, &first));
    TEST_OK(wal_sync(world.wal));
    TEST_OK(append(&world, 2, 100, &end));
    TEST_OK(wal_sync(world.wal));
    TEST_OK(append(&world, 3, 100, &end));
    TEST_OK(wal_sync(world.wal));
    os_sim_crash(world.sim);
    (void)wal_close(world.wal);
    os_sim_restart(world.sim);
    for (uint64_t offset = WAL_LSN_FIRST; offset < first; offset++) {
        const char *path = DIRECTORY "/0000000000000000.wal";

        TEST_OK(os_sim_flip_bit(world.sim, path, offset, (unsigned)offset % 8));
        world.cause.lsn = 0;
        TEST_STATUS(VV_CORRUPT, world_open(&world, &found));
        TEST_EQUAL(WAL_LSN_FIRST, world.cause.lsn);
        (void)wal_close(world.wal);
        TEST_OK(os_sim_flip_bit(world.sim, path, offset, (unsigned)offset % 8));
    }
    TEST_OK(world_open(&world, &found));
    TEST_EQUAL(3, found.count);
    world_release(&world);
}

/* W4: after a clean close the log is known to reach to its end. */
TEST(damage_to_the_last_record_after_a_clean_close_is_refused)
{
    struct world world;
    uint64_t end = 0;

    (void)state;
    world_init(&world, 3);
    TEST_OK(world_open(&world, NULL));
    TEST_OK(append(&world, 1, 100, &end));
    TEST_OK(wal_close(world.wal));
    TEST_OK(os_sim_flip_bit(world.sim, DIRECTORY "/0000000000000000.wal", end - 50, 3));
    TEST_STATUS(VV_CORRUPT, world_open(&world, NULL));
    world_release(&world);
}

/* W5: a failed sync stops the log for good; what was durable before stays. */
TEST(a_failed_sync_stops_the_log)
{
    struct world world;
    struct found found;
    uint64_t first = 0;
    uint64_t end = 0;

    (void)state;
    world_init(&world, 4);
    TEST_OK(world_open(&world, NULL));
    TEST_OK(append(&world, 1, 100, &first));
    TEST_OK(wal_wait(world.wal, first));
    TEST_OK(append(&world, 2, 100, &end));
    os_sim_fault_arm(world.sim, OS_SIM_SYNC_EIO, 1);
    TEST_STATUS(VV_OUTCOME_UNKNOWN, wal_wait(world.wal, end));
    TEST_OK(wal_wait(world.wal, first));
    TEST_STATUS(VV_IO, append(&world, 3, 100, &end));
    TEST_STATUS(VV_IO, wal_failure(world.wal));
    TEST_STATUS(VV_IO, wal_close(world.wal));
    TEST_OK(world_open(&world, &found));
    TEST_TRUE(found.count >= 1);
    world_release(&world);
}

/* W6 */
TEST(a_full_disk_is_found_before_a_record_is_reserved)
{
    struct world world;
    uint64_t end = 0;
    uint64_t filled = 0;
    vv_status status = VV_OK;

    (void)state;
    world_init(&world, 5);
    world.max_bytes = 2 * SEGMENT;
    TEST_OK(world_open(&world, NULL));
    while (status == VV_OK) {
        status = append(&world, 1, 10000, &end);
    }
    TEST_STATUS(VV_DISK_FULL, status);
    filled = wal_filled(world.wal);
    TEST_STATUS(VV_DISK_FULL, append(&world, 1, 60000, &end));
    TEST_EQUAL(filled, wal_filled(world.wal));
    TEST_OK(wal_sync(world.wal));
    TEST_EQUAL(filled, wal_durable(world.wal));
    /* W8: room again as soon as something is no longer needed. */
    TEST_OK(wal_set_replay_start(world.wal, filled));
    TEST_OK(append(&world, 1, 60000, &end));
    TEST_OK(wal_sync(world.wal));
    world_release(&world);
}

/* W8: a log that is released behind itself stays small, and replays from its start on. */
TEST(segments_are_used_again)
{
    struct world world;
    struct found found;
    struct wal_stats stats;
    uint64_t end = 0;

    (void)state;
    world_init(&world, 6);
    TEST_OK(world_open(&world, NULL));
    for (unsigned i = 0; i < 400; i++) {
        TEST_OK(append(&world, (uint8_t)i, 20000, &end));
        if (i % 10 == 9) {
            TEST_OK(wal_sync(world.wal));
            TEST_OK(wal_set_replay_start(world.wal, end));
        }
    }
    TEST_OK(append(&world, 1, 100, &end));
    TEST_OK(wal_sync(world.wal));
    wal_stats(world.wal, &stats);
    TEST_TRUE(stats.segments <= 5);
    TEST_TRUE(stats.recycled > 20);
    crash_and_open(&world, &found);
    TEST_EQUAL(1, found.count);
    TEST_EQUAL(end, found.last_end);
    world_release(&world);
}

/* The null log counts, and everything is durable at once. */
TEST(the_null_log_only_counts)
{
    struct world world;
    struct wal_options options = {.alloc = &world.alloc};
    uint64_t first = 0;
    uint64_t second = 0;

    (void)state;
    alloc_init(&world.alloc, 0);
    TEST_OK(wal_open(&options, &world.wal, &world.cause));
    TEST_OK(wal_start(world.wal, &world.cause));
    TEST_OK(append(&world, 1, 100, &first));
    TEST_OK(append(&world, 1, 100, &second));
    TEST_TRUE(second > first && first > 0);
    TEST_EQUAL(second, wal_durable(world.wal));
    TEST_OK(wal_wait(world.wal, second));
    TEST_OK(wal_close(world.wal));
    alloc_release(&world.alloc);
}

static unsigned woken_count;

static void count_woken(struct wal_waiter *waiter)
{
    (void)waiter;
    woken_count++;
}

/* Who can not wait is woken at once when nobody leads, then leads for all. */
TEST(waiters_without_threads_share_one_sync)
{
    struct world world;
    struct wal_waiter waiters[3];
    struct wal_stats before;
    struct wal_stats after;

    (void)state;
    woken_count = 0;
    world_init(&world, 8);
    TEST_OK(world_open(&world, NULL));
    wal_stats(world.wal, &before);
    for (unsigned i = 0; i < 3; i++) {
        waiters[i] = (struct wal_waiter){.woken = count_woken};
        TEST_OK(append(&world, 1, 100, &waiters[i].lsn));
        TEST_STATUS(VV_WAITING, wal_wait_begin(world.wal, &waiters[i], false));
    }
    TEST_EQUAL(3, woken_count);
    for (unsigned i = 0; i < 3; i++) {
        TEST_OK(wal_wait_begin(world.wal, &waiters[i], true));
    }
    wal_stats(world.wal, &after);
    TEST_EQUAL(before.syncs + 1, after.syncs);
    world_release(&world);
}

/* Every n-th I/O of a script fails: no leak, no crash, and the log can be opened afterwards. */
static void io_sweep(enum os_sim_fault fault)
{
    for (uint64_t n = 1;; n++) {
        struct world world;
        struct found found;
        uint64_t end = 0;
        uint64_t waited = 0;
        bool hit = false;

        world_init(&world, n);
        os_sim_fault_arm(world.sim, fault, n);
        if (world_open(&world, NULL) == VV_OK) {
            for (unsigned i = 0; i < 40; i++) {
                if (append(&world, (uint8_t)i, 9000, &end) != VV_OK) {
                    break;
                }
                if (i % 3 == 0 && wal_wait(world.wal, end) == VV_OK) {
                    waited = i + 1;
                }
            }
        }
        hit = os_sim_fault_hit(world.sim);
        os_sim_fault_arm(world.sim, fault, 0);
        os_sim_crash(world.sim);
        (void)wal_close(world.wal);
        os_sim_restart(world.sim);
        TEST_OK(world_open(&world, &found));
        TEST_TRUE(found.count >= waited);
        world_release(&world);
        if (!hit) {
            printf("sweep: %llu faults\n", (unsigned long long)(n - 1));
            return;
        }
    }
}

TEST(every_io_can_fail)
{
    (void)state;
    io_sweep(OS_SIM_EIO);
    io_sweep(OS_SIM_WRITE_EIO);
    io_sweep(OS_SIM_WRITE_SHORT);
    io_sweep(OS_SIM_DISK_FULL);
    io_sweep(OS_SIM_SYNC_EIO);
    io_sweep(OS_SIM_CRASH);
}

TEST_SWEEP(every_allocation_can_fail)
{
    struct os_sim *sim = os_sim_create(1);
    struct alloc alloc;
    struct wal *wal = NULL;
    struct vv_cause cause = {0};
    struct found found = {0};
    vv_status status = VV_OK;

    alloc_init(&alloc, 0);
    (void)!os_mkdir(os_sim_os(sim), DIRECTORY, NULL);
    status = wal_open(&(struct wal_options){.os = os_sim_os(sim),
                                            .alloc = &alloc,
                                            .directory = DIRECTORY,
                                            .segment_bytes = SEGMENT},
                      &wal, &cause);
    if (status == VV_OK) {
        status = wal_replay(wal, note, &found, &cause);
    }
    if (status == VV_OK) {
        status = wal_start(wal, &cause);
    }
    TEST_TRUE(status == VV_OK || status == VV_NOMEM);
    (void)wal_close(wal);
    os_sim_destroy(sim);
    alloc_release(&alloc);
}

/* W7 */
TEST(durable_follows_filled)
{
    struct world world;
    uint64_t end = 0;

    (void)state;
    world_init(&world, 9);
    TEST_OK(world_open(&world, NULL));
    for (unsigned i = 0; i < 20; i++) {
        TEST_OK(append(&world, 1, 5000, &end));
        TEST_EQUAL(end, wal_filled(world.wal));
        TEST_TRUE(wal_durable(world.wal) < end);
        if (i % 4 == 3) {
            TEST_OK(wal_wait(world.wal, end));
            TEST_EQUAL(end, wal_durable(world.wal));
        }
    }
    world_release(&world);
}
