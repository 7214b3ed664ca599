/* The simulated machine: what a crash may and must not take, faults, lies, the clock, locks. */
#include "test.h"

#include "base/hash.h"
#include "base/rng.h"
#include "os/os_sim.h"

#include <stdlib.h>

#define WRITE_FLAGS (OS_OPEN_WRITE | OS_OPEN_CREATE)

static struct os_file *open_ok(struct os *os, const char *path)
{
    struct os_file *file = NULL;

    TEST_OK(os_open(os, path, WRITE_FLAGS, &file, NULL));
    return file;
}

static size_t read_all(struct os *os, const char *path, void *bytes, size_t size)
{
    struct os_file *file = NULL;
    size_t got = 0;

    if (os_open(os, path, OS_OPEN_READ, &file, NULL) != VV_OK) {
        return SIZE_MAX;
    }
    TEST_OK(os_pread(os, file, 0, bytes, size, &got, NULL));
    os_close(os, file);
    return got;
}

TEST(files_behave_as_files)
{
    struct os_sim *sim = os_sim_create(1);
    struct os *os = os_sim_os(sim);
    struct os_file *file = NULL;
    struct os_file *none = NULL;
    char bytes[16] = {0};
    uint64_t size = 0;
    size_t got = 0;

    TEST_STATUS(VV_NOT_FOUND, os_open(os, "/d/a", OS_OPEN_READ, &file, NULL));
    TEST_STATUS(VV_NOT_FOUND, os_open(os, "/d/a", WRITE_FLAGS, &file, NULL));
    TEST_OK(os_mkdir(os, "/d", NULL));
    TEST_STATUS(VV_EXISTS, os_mkdir(os, "/d/", NULL));
    file = open_ok(os, "/d/a");
    TEST_STATUS(VV_EXISTS, os_open(os, "/d/a", WRITE_FLAGS | OS_OPEN_EXCLUSIVE, &none, NULL));
    TEST_OK(os_pwrite(os, file, 5, "hello", 5, NULL));
    TEST_OK(os_pread(os, file, 0, bytes, sizeof bytes, &got, NULL)); /* O1 */
    TEST_EQUAL(10, got);
    TEST_BYTES("\0\0\0\0\0hello", bytes, 10);
    TEST_OK(os_truncate(os, file, 7, NULL));
    TEST_OK(os_preallocate(os, file, 9, NULL));
    TEST_OK(os_preallocate(os, file, 3, NULL));
    TEST_OK(os_size(os, file, &size, NULL));
    TEST_EQUAL(9, size);
    TEST_OK(os_pread(os, file, 5, bytes, sizeof bytes, &got, NULL));
    TEST_EQUAL(4, got);
    TEST_BYTES("he\0\0", bytes, 4);
    TEST_OK(os_rename(os, "/d/a", "/d/b", NULL));
    TEST_FALSE(os_exists(os, "/d/a"));
    TEST_TRUE(os_exists(os, "/d/b"));
    TEST_STATUS(VV_BUSY, os_rmdir(os, "/d", NULL));
    TEST_OK(os_unlink(os, "/d/b", NULL));
    TEST_OK(os_pread(os, file, 5, bytes, 2, &got, NULL)); /* the opening keeps it */
    TEST_EQUAL(2, got);
    os_close(os, file);
    TEST_OK(os_rmdir(os, "/d", NULL));
    os_sim_destroy(sim);
}

static vv_status count_name(void *user, const char *name)
{
    *(unsigned *)user += (unsigned)(name[0] - 'a' + 1);
    return VV_OK;
}

TEST(list_names_each)
{
    struct os_sim *sim = os_sim_create(1);
    struct os *os = os_sim_os(sim);
    unsigned sum = 0;

    os_close(os, open_ok(os, "/a"));
    os_close(os, open_ok(os, "/b"));
    os_close(os, open_ok(os, "/d"));
    TEST_OK(os_list(os, "/", count_name, &sum, NULL));
    TEST_EQUAL(1 + 2 + 4, sum);
    os_sim_destroy(sim);
}

/* S2, O3, O4: what was synced (bytes and name) is there after every crash. */
TEST(synced_bytes_survive)
{
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct os_sim *sim = os_sim_create(seed);
        struct os *os = os_sim_os(sim);
        struct os_file *file = open_ok(os, "/log");
        uint8_t bytes[4096];
        uint8_t back[4096];

        memset(bytes, 'x', sizeof bytes);
        TEST_OK(os_pwrite(os, file, 0, bytes, sizeof bytes, NULL));
        TEST_OK(os_datasync(os, file, NULL));
        TEST_OK(os_sync_directory(os, "/", NULL));
        TEST_OK(os_pwrite(os, file, 2048, "unsynced", 8, NULL));
        os_sim_restart(sim);
        os_close(os, file);
        TEST_EQUAL(4096, read_all(os, "/log", back, sizeof back));
        TEST_BYTES(bytes, back, 2048);
        TEST_BYTES(bytes + 2560, back + 2560, 4096 - 2560);
        os_sim_destroy(sim);
    }
}

/* S3: unsynced writes get lost, kept, torn; unsynced names too; all of it happens. */
TEST(each_kind_of_loss_happens)
{
    unsigned lost = 0;
    unsigned kept = 0;
    unsigned torn = 0;
    unsigned shorter = 0;
    unsigned name_lost = 0;

    for (uint64_t seed = 0; seed < 300; seed++) {
        struct os_sim *sim = os_sim_create(hash_word(seed));
        struct os *os = os_sim_os(sim);
        struct os_file *file = open_ok(os, "/log");
        uint8_t bytes[8 * OS_SIM_SECTOR_BYTES];
        unsigned fresh = 0;
        size_t got = 0;

        memset(bytes, 0, sizeof bytes);
        TEST_OK(os_pwrite(os, file, 0, bytes, sizeof bytes, NULL));
        TEST_OK(os_datasync(os, file, NULL));
        TEST_OK(os_sync_directory(os, "/", NULL));
        memset(bytes, 1, sizeof bytes);
        TEST_OK(os_pwrite(os, file, 0, bytes, sizeof bytes, NULL));
        os_close(os, file);
        file = open_ok(os, "/new");
        TEST_OK(os_pwrite(os, file, 0, bytes, sizeof bytes, NULL));
        TEST_OK(os_datasync(os, file, NULL)); /* the bytes, not the name */
        os_close(os, file);
        os_sim_restart(sim);
        TEST_EQUAL(sizeof bytes, read_all(os, "/log", bytes, sizeof bytes));
        for (size_t sector = 0; sector < 8; sector++) {
            const uint8_t *at = bytes + sector * OS_SIM_SECTOR_BYTES;

            TEST_TRUE(memcmp(at, at + 1, OS_SIM_SECTOR_BYTES - 1) == 0); /* never within */
            fresh += at[0];
        }
        lost += fresh == 0;
        kept += fresh == 8;
        torn += fresh > 0 && fresh < 8;
        got = read_all(os, "/new", bytes, sizeof bytes);
        name_lost += got == SIZE_MAX;
        TEST_TRUE(got == SIZE_MAX || got == sizeof bytes);
        os_sim_destroy(sim);
    }
    for (uint64_t seed = 0; seed < 100; seed++) { /* the size too */
        struct os_sim *sim = os_sim_create(hash_word(seed));
        struct os *os = os_sim_os(sim);
        struct os_file *file = open_ok(os, "/log");
        uint8_t bytes[2048] = {1};

        TEST_OK(os_datasync(os, file, NULL));
        TEST_OK(os_sync_directory(os, "/", NULL));
        TEST_OK(os_pwrite(os, file, 0, bytes, sizeof bytes, NULL));
        os_sim_restart(sim);
        os_close(os, file);
        shorter += read_all(os, "/log", bytes, sizeof bytes) < sizeof bytes;
        os_sim_destroy(sim);
    }
    print_message("lost %u kept %u torn %u shorter %u names lost %u\n", lost, kept, torn, shorter,
                  name_lost);
    TEST_TRUE(lost > 50 && kept > 50 && torn > 50 && shorter > 20 && name_lost > 50);
}

/* A sector that survives holds what the page cache held then: never a later write without an earlier one
 * to the same sector. */
TEST(sectors_are_cumulative)
{
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct os_sim *sim = os_sim_create(hash_word(seed));
        struct os *os = os_sim_os(sim);
        struct os_file *file = open_ok(os, "/log");
        uint8_t bytes[512] = {0};

        TEST_OK(os_pwrite(os, file, 0, bytes, sizeof bytes, NULL));
        TEST_OK(os_datasync(os, file, NULL));
        TEST_OK(os_sync_directory(os, "/", NULL));
        for (uint8_t i = 1; i <= 5; i++) {
            TEST_OK(os_pwrite(os, file, i, &i, 1, NULL));
        }
        os_sim_restart(sim);
        os_close(os, file);
        TEST_EQUAL(512, read_all(os, "/log", bytes, sizeof bytes));
        for (int i = 1; i < 5; i++) {
            TEST_TRUE(bytes[i] != 0 || bytes[i + 1] == 0);
        }
        os_sim_destroy(sim);
    }
}

/* Names keep their order: the second rename is never there without the first. O4. */
TEST(names_keep_their_order)
{
    unsigned seen[3] = {0};

    for (uint64_t seed = 0; seed < 200; seed++) {
        struct os_sim *sim = os_sim_create(hash_word(seed));
        struct os *os = os_sim_os(sim);
        bool a = false;
        bool b = false;
        bool c = false;

        os_close(os, open_ok(os, "/a"));
        TEST_OK(os_sync_directory(os, "/", NULL));
        TEST_OK(os_rename(os, "/a", "/b", NULL));
        TEST_OK(os_rename(os, "/b", "/c", NULL));
        os_sim_restart(sim);
        a = os_exists(os, "/a");
        b = os_exists(os, "/b");
        c = os_exists(os, "/c");
        TEST_EQUAL(1, a + b + c);
        seen[a ? 0 : b ? 1 : 2]++;
        os_sim_destroy(sim);
    }
    TEST_TRUE(seen[0] > 20 && seen[1] > 20 && seen[2] > 20);
}

/* One run of random work with a crash; returns what the disk holds after the restart. */
static uint64_t random_run(uint64_t seed)
{
    struct os_sim *sim = os_sim_create(seed);
    struct os *os = os_sim_os(sim);
    struct rng rng;
    uint64_t hash = 0;

    rng_init(&rng, seed + 1);
    os_sim_fault_arm(sim, OS_SIM_CRASH, 1 + rng_below(&rng, 100));
    while (!os_sim_crashed(sim)) {
        char path[8] = {'/', (char)('a' + rng_below(&rng, 4)), 0};
        char other[8] = {'/', (char)('a' + rng_below(&rng, 4)), 0};
        struct os_file *file = NULL;
        uint8_t bytes[2000];

        memset(bytes, (int)rng_below(&rng, 256), sizeof bytes);
        switch (rng_below(&rng, 4)) {
        case 0:
            (void)!os_rename(os, path, other, NULL);
            break;
        case 1:
            (void)!os_sync_directory(os, "/", NULL);
            break;
        default:
            if (os_open(os, path, WRITE_FLAGS, &file, NULL) == VV_OK) {
                (void)!os_pwrite(os, file, rng_below(&rng, 10000), bytes,
                                 rng_below(&rng, sizeof bytes), NULL);
                if (rng_chance(&rng, 1, 3)) {
                    (void)!os_truncate(os, file, rng_below(&rng, 12000), NULL);
                }
                if (rng_chance(&rng, 1, 3)) {
                    (void)!os_datasync(os, file, NULL);
                }
                os_close(os, file);
            }
        }
    }
    os_sim_restart(sim);
    hash = os_sim_disk_hash(sim);
    os_sim_destroy(sim);
    return hash;
}

/* S1 */
TEST(same_seed_same_disk)
{
    unsigned different = 0;

    for (uint64_t seed = 0; seed < 100; seed++) {
        uint64_t hash = random_run(seed);

        TEST_EQUAL(hash, random_run(seed));
        different += hash != random_run(seed + 1000);
    }
    TEST_TRUE(different > 80);
}

/* After a restart visible and durable are the same: a second crash changes nothing. */
TEST(crash_after_restart_changes_nothing)
{
    struct os_sim *sim = os_sim_create(7);
    struct os *os = os_sim_os(sim);
    struct os_file *file = open_ok(os, "/a");
    uint8_t bytes[3000];
    uint8_t again[3000];
    size_t got = 0;

    memset(bytes, 5, sizeof bytes);
    TEST_OK(os_datasync(os, file, NULL));
    TEST_OK(os_sync_directory(os, "/", NULL));
    TEST_OK(os_pwrite(os, file, 0, bytes, sizeof bytes, NULL));
    os_sim_restart(sim);
    os_close(os, file);
    got = read_all(os, "/a", bytes, sizeof bytes);
    os_sim_restart(sim);
    TEST_EQUAL(got, read_all(os, "/a", again, sizeof again));
    TEST_BYTES(bytes, again, got);
    os_sim_destroy(sim);
}

/* After a crash everything fails until the restart; what was opened before stays dead. */
TEST(dead_machine_answers_nothing)
{
    struct os_sim *sim = os_sim_create(1);
    struct os *os = os_sim_os(sim);
    struct os_file *file = open_ok(os, "/a");
    struct os_file *other = NULL;
    struct os_lock *lock = NULL;
    uint8_t byte = 0;
    size_t got = 0;

    TEST_OK(os_lock_open(os, "/LOCK", true, &lock, NULL));
    os_sim_crash(sim);
    TEST_STATUS(VV_IO, os_pwrite(os, file, 0, "x", 1, NULL));
    TEST_STATUS(VV_IO, os_pread(os, file, 0, &byte, 1, &got, NULL));
    TEST_STATUS(VV_IO, os_datasync(os, file, NULL));
    TEST_STATUS(VV_IO, os_open(os, "/b", WRITE_FLAGS, &other, NULL));
    TEST_STATUS(VV_IO, os_sync_directory(os, "/", NULL));
    os_sim_restart(sim);
    TEST_STATUS(VV_IO, os_pread(os, file, 0, &byte, 1, &got, NULL));
    os_close(os, file);
    os_lock_close(os, lock);
    TEST_OK(os_lock_open(os, "/LOCK", true, &lock, NULL)); /* crashes unlock */
    os_lock_close(os, lock);
    os_sim_destroy(sim);
}

/* S4 */
TEST(armed_faults_hit_their_operation)
{
    struct os_sim *sim = os_sim_create(3);
    struct os *os = os_sim_os(sim);
    struct os_file *file = open_ok(os, "/a");
    struct vv_cause cause = {0};
    uint8_t bytes[1000] = {1};
    uint64_t size = 0;
    size_t got = 0;

    os_sim_fault_arm(sim, OS_SIM_WRITE_EIO, 2);
    TEST_OK(os_pwrite(os, file, 0, bytes, 10, NULL));
    TEST_OK(os_pread(os, file, 0, bytes, 10, &got, NULL)); /* does not count */
    TEST_FALSE(os_sim_fault_hit(sim));
    TEST_STATUS(VV_IO, os_pwrite(os, file, 0, bytes, 10, &cause));
    TEST_TRUE(os_sim_fault_hit(sim));
    TEST_TRUE(cause.os_error != 0);
    TEST_OK(os_pwrite(os, file, 0, bytes, 10, NULL));
    TEST_EQUAL(3, os_sim_fault_seen(sim));

    /* O2: not whole means failed, and a prefix may be there */
    os_sim_fault_arm(sim, OS_SIM_WRITE_SHORT, 1);
    TEST_STATUS(VV_DISK_FULL, os_pwrite(os, file, 0, bytes, sizeof bytes, NULL));
    TEST_OK(os_size(os, file, &size, NULL));
    TEST_TRUE(size < sizeof bytes);

    os_sim_fault_arm_forever(sim, OS_SIM_DISK_FULL, 1);
    TEST_STATUS(VV_DISK_FULL, os_preallocate(os, file, 5000, NULL));
    TEST_STATUS(VV_DISK_FULL, os_pwrite(os, file, 0, bytes, 1, NULL));
    TEST_OK(os_datasync(os, file, NULL));

    os_sim_fault_arm(sim, OS_SIM_READ_EIO, 1);
    TEST_STATUS(VV_IO, os_pread(os, file, 0, bytes, 1, &got, NULL));

    os_sim_fault_arm(sim, OS_SIM_EIO, 2);
    TEST_OK(os_size(os, file, &size, NULL));
    TEST_STATUS(VV_IO, os_unlink(os, "/a", NULL));
    TEST_TRUE(os_exists(os, "/a"));

    os_sim_fault_arm(sim, OS_SIM_CRASH, 1);
    TEST_STATUS(VV_IO, os_datasync(os, file, NULL));
    TEST_TRUE(os_sim_crashed(sim));
    os_close(os, file);
    os_sim_destroy(sim);
}

/* As on Linux: what a failed sync did not write, a later good one does not write either. */
TEST(failed_sync_loses_for_good)
{
    unsigned lost = 0;

    for (uint64_t seed = 0; seed < 100; seed++) {
        struct os_sim *sim = os_sim_create(hash_word(seed));
        struct os *os = os_sim_os(sim);
        struct os_file *file = open_ok(os, "/a");
        uint8_t byte = 0;

        TEST_OK(os_datasync(os, file, NULL));
        TEST_OK(os_sync_directory(os, "/", NULL));
        TEST_OK(os_pwrite(os, file, 0, "x", 1, NULL));
        os_sim_fault_arm(sim, OS_SIM_SYNC_EIO, 1);
        TEST_STATUS(VV_IO, os_datasync(os, file, NULL));
        TEST_OK(os_datasync(os, file, NULL)); /* says yes, wrongly trusted */
        TEST_EQUAL(1, read_all(os, "/a", &byte, 1));
        os_sim_restart(sim);
        os_close(os, file);
        lost += read_all(os, "/a", &byte, 1) == 0;
        os_sim_destroy(sim);
    }
    TEST_TRUE(lost > 20);
}

/* The planted lie: a sync that does nothing loses bytes. */
TEST(lying_sync_loses)
{
    unsigned lost = 0;

    for (uint64_t seed = 0; seed < 100; seed++) {
        struct os_sim *sim = os_sim_create(hash_word(seed));
        struct os *os = os_sim_os(sim);
        struct os_file *file = open_ok(os, "/a");
        uint8_t byte = 0;

        TEST_OK(os_sync_directory(os, "/", NULL));
        os_sim_lie(sim, OS_SIM_LIE_SYNC);
        TEST_OK(os_pwrite(os, file, 0, "x", 1, NULL));
        TEST_OK(os_datasync(os, file, NULL));
        os_sim_restart(sim);
        os_close(os, file);
        lost += read_all(os, "/a", &byte, 1) == 0;
        os_sim_destroy(sim);
    }
    TEST_TRUE(lost > 20);
}

TEST(full_disk_and_flipped_bits)
{
    struct os_sim *sim = os_sim_create(1);
    struct os *os = os_sim_os(sim);
    struct os_file *file = open_ok(os, "/a");
    uint8_t bytes[4096] = {0};

    os_sim_disk_limit(sim, 8192);
    TEST_OK(os_pwrite(os, file, 0, bytes, 4096, NULL));
    TEST_OK(os_pwrite(os, file, 0, bytes, 4096, NULL)); /* no more room needed */
    TEST_OK(os_pwrite(os, file, 4096, bytes, 4096, NULL));
    TEST_STATUS(VV_DISK_FULL, os_pwrite(os, file, 8192, bytes, 1, NULL));
    TEST_OK(os_truncate(os, file, 100, NULL));
    TEST_OK(os_preallocate(os, file, 8192, NULL));
    TEST_STATUS(VV_DISK_FULL, os_preallocate(os, file, 8193, NULL));
    TEST_OK(os_datasync(os, file, NULL));
    TEST_OK(os_sim_flip_bit(sim, "/a", 10, 3));
    TEST_STATUS(VV_INVALID, os_sim_flip_bit(sim, "/a", 8192, 3));
    TEST_STATUS(VV_NOT_FOUND, os_sim_flip_bit(sim, "/b", 0, 3));
    TEST_EQUAL(4096, read_all(os, "/a", bytes, sizeof bytes));
    TEST_EQUAL(8, bytes[10]);
    os_close(os, file);
    os_sim_destroy(sim);
}

/* O5 */
TEST(locks_exclude)
{
    struct os_sim *sim = os_sim_create(1);
    struct os *os = os_sim_os(sim);
    struct os_lock *first = NULL;
    struct os_lock *second = NULL;
    struct vv_cause cause = {0};

    TEST_OK(os_lock_open(os, "/LOCK", true, &first, NULL));
    TEST_STATUS(VV_BUSY, os_lock_open(os, "/LOCK", false, &second, &cause));
    TEST_TEXT("locked by another process", cause.what);
    os_lock_close(os, first);
    TEST_OK(os_lock_open(os, "/LOCK", false, &first, NULL));
    TEST_OK(os_lock_open(os, "/LOCK", false, &second, NULL));
    os_lock_close(os, first);
    TEST_STATUS(VV_BUSY, os_lock_open(os, "/LOCK", true, &first, NULL));
    os_lock_close(os, second);
    os_sim_destroy(sim);
}

static struct clock_test {
    struct os *os;
    _Atomic uint32_t word;
    vv_status status;
} clock_test;

static void wait_run(void *user)
{
    (void)user;
    clock_test.status =
        os_wait(clock_test.os, &clock_test.word, 0, os_monotonic_ns(clock_test.os) + 1000000000);
}

/* The clock stands until it is moved; waits follow it. */
TEST(clock_is_the_tests)
{
    struct os_sim *sim = os_sim_create(1);
    struct os *os = os_sim_os(sim);
    struct os_task *task = NULL;
    uint64_t start = os_monotonic_ns(os);
    int64_t wall = os_wall_us(os);
    const void *mapped = NULL;
    void *chunk = os_map_reserve(os, 2u << 20);
    struct os_file *file = open_ok(os, "/a");
    uint64_t chance[2] = {0};

    TEST_EQUAL(start, os_monotonic_ns(os));
    os_sim_advance_ns(sim, 5000);
    TEST_EQUAL(start + 5000, os_monotonic_ns(os));
    TEST_EQUAL(wall + 5, os_wall_us(os));

    clock_test.os = os;
    atomic_store(&clock_test.word, 0);
    TEST_OK(os_task_start(os, "waiter", wait_run, NULL, &task));
    os_sim_advance_ns(sim, 2000000000);
    os_sim_advance_ns(sim, 2000000000);
    atomic_store(&clock_test.word, 1);
    os_wake(os, &clock_test.word, UINT32_MAX);
    os_task_join(os, task);
    TEST_TRUE(clock_test.status == VV_TIMEOUT || clock_test.status == VV_OK);

    os_sim_clock_auto(sim, true);
    start = os_monotonic_ns(os);
    TEST_STATUS(VV_TIMEOUT, os_wait(os, &clock_test.word, 1, start + 1000));
    TEST_EQUAL(start + 1000, os_monotonic_ns(os));

    TEST_OK(os_pwrite(os, file, 4096, "mapped", 6, NULL));
    TEST_OK(os_map_file(os, file, 4096, 6, &mapped, NULL));
    TEST_BYTES("mapped", mapped, 6);
    os_unmap_file(os, mapped, 6);
    os_entropy(os, chance, sizeof chance);
    TEST_TRUE(chance[0] != chance[1]);
    memset(chunk, 1, 2u << 20);
    os_map_release(os, chunk, 2u << 20);
    os_sim_destroy(sim); /* with a file open */
}
