/* test_store.c - the store's behaviour in one process: statements, levels, waits, maps, recovery. */
#include "store/store.h"

#include "base/bytes.h"
#include "os/os.h"
#include "os/os_sim.h"
#include "store/redo.h"
#include "test.h"
#include "txn/view.h"

#define MAP 1u

struct world {
    struct os_sim *sim;
    struct alloc alloc;
    struct store *store;
    struct store_session *one;
    struct store_session *two;
    struct store_options options;
};

static void sessions_open(struct world *world)
{
    TEST_OK(store_session_open(world->store, NULL, &world->one));
    TEST_OK(store_session_open(world->store, NULL, &world->two));
    store_enter(world->one);
    store_enter(world->two);
}

static void sessions_close(struct world *world)
{
    store_leave(world->one);
    store_leave(world->two);
    store_session_close(world->one);
    store_session_close(world->two);
}

static void world_open(struct world *world, const char *path)
{
    struct vv_error error;

    memset(world, 0, sizeof *world);
    world->sim = os_sim_create(1);
    os_sim_clock_auto(world->sim, true);
    alloc_init(&world->alloc, 0);
    world->options = (struct store_options){.os = os_sim_os(world->sim),
                                            .alloc = &world->alloc,
                                            .path = path,
                                            .segment_bytes = 256 << 10};
    TEST_OK(store_open(&world->options, &world->store, &error));
    sessions_open(world);
}

static void world_reopen(struct world *world, bool crash)
{
    sessions_close(world);
    if (crash) {
        os_sim_crash(world->sim);
    }
    TEST_STATUS(crash ? VV_IO : VV_OK, store_close(world->store));
    if (crash) {
        os_sim_restart(world->sim);
    }
    TEST_OK(store_open(&world->options, &world->store, NULL));
    sessions_open(world);
}

static void world_close(struct world *world)
{
    sessions_close(world);
    TEST_OK(store_close(world->store));
    os_sim_destroy(world->sim);
    alloc_release(&world->alloc);
}

static void begin(struct store_session *session, enum store_level level)
{
    TEST_OK(store_begin(session, &(struct store_txn_options){.level = level}));
}

static void put(struct store_session *session, const char *key, const char *row)
{
    TEST_OK(store_statement_begin(session));
    TEST_OK(store_put(session, MAP, slice_text(key), slice_text(row)));
    TEST_OK(store_statement_end(session));
}

static void put_and_commit(struct store_session *session, const char *key, const char *row)
{
    begin(session, STORE_READ_COMMITTED);
    put(session, key, row);
    TEST_OK(store_commit(session, NULL));
}

/* The row as text, "-" when there is none. */
static const char *get(struct store_session *session, const char *key)
{
    static char text[64];
    bool own = !store_in_transaction(session);
    vv_slice row;
    vv_status status = VV_OK;

    if (own) {
        begin(session, STORE_READ_COMMITTED);
    }
    TEST_OK(store_statement_begin(session));
    status = store_get(session, MAP, slice_text(key), &row);
    TEST_TRUE(status == VV_OK || status == VV_NOT_FOUND);
    snprintf(text, sizeof text, "%.*s", status == VV_OK ? (int)row.size : 1,
             status == VV_OK ? (const char *)row.data : "-");
    TEST_OK(store_statement_end(session));
    if (own) {
        TEST_OK(store_commit(session, NULL));
    }
    return text;
}

/* S1, S2 */
TEST(what_was_committed_is_there_after_a_crash)
{
    struct world world;

    (void)state;
    world_open(&world, "/db");
    put_and_commit(world.one, "a", "1");
    put_and_commit(world.one, "b", "2");
    begin(world.two, STORE_READ_COMMITTED);
    put(world.two, "a", "9");
    put(world.two, "c", "9");
    TEST_TEXT("1", get(world.one, "a"));
    TEST_TEXT("9", get(world.two, "a"));
    world_reopen(&world, true);
    TEST_TEXT("1", get(world.one, "a"));
    TEST_TEXT("2", get(world.one, "b"));
    TEST_TEXT("-", get(world.one, "c"));
    put_and_commit(world.one, "c", "3");
    world_reopen(&world, false);
    TEST_TEXT("3", get(world.one, "c"));
    world_close(&world);
}

/* S3: READ COMMITTED sees what was committed before each statement, REPEATABLE READ before its first. */
TEST(levels_and_snapshots)
{
    struct world world;

    (void)state;
    world_open(&world, NULL);
    put_and_commit(world.one, "a", "1");
    begin(world.two, STORE_REPEATABLE_READ);
    TEST_TEXT("1", get(world.two, "a"));
    put_and_commit(world.one, "a", "2");
    TEST_TEXT("1", get(world.two, "a"));
    TEST_OK(store_commit(world.two, NULL));
    begin(world.two, STORE_READ_COMMITTED);
    TEST_TEXT("2", get(world.two, "a"));
    put_and_commit(world.one, "a", "3");
    TEST_TEXT("3", get(world.two, "a"));
    TEST_OK(store_commit(world.two, NULL));
    world_close(&world);
}

/* S4: a READ COMMITTED writer is told of the newer row and goes on with it; REPEATABLE READ fails. */
TEST(a_newer_row_is_checked_again_or_conflicts)
{
    struct world world;
    struct store_newest newest;
    vv_slice row;

    (void)state;
    world_open(&world, "/db");
    put_and_commit(world.one, "a", "1");
    begin(world.two, STORE_READ_COMMITTED);
    TEST_OK(store_statement_begin(world.two));
    TEST_OK(store_get(world.two, MAP, slice_text("a"), &row));
    put_and_commit(world.one, "a", "2");
    TEST_STATUS(VV_CHANGED, store_update(world.two, MAP, slice_text("a"), slice_text("1+"),
                                         STORE_BASIS_SNAPSHOT, &newest));
    TEST_TRUE(slice_equal(newest.row, slice_text("2")));
    TEST_OK(store_update(world.two, MAP, slice_text("a"), slice_text("2+"), newest.basis, &newest));
    TEST_OK(store_statement_end(world.two));
    TEST_OK(store_commit(world.two, NULL));
    TEST_TEXT("2+", get(world.one, "a"));

    begin(world.two, STORE_REPEATABLE_READ);
    TEST_TEXT("2+", get(world.two, "a"));
    put_and_commit(world.one, "a", "3");
    TEST_OK(store_statement_begin(world.two));
    TEST_STATUS(VV_CONFLICT, store_update(world.two, MAP, slice_text("a"), slice_text("x"),
                                          STORE_BASIS_SNAPSHOT, NULL));
    store_statement_abort(world.two);
    store_abort(world.two);
    world_close(&world);
}

/* A row that moved to another key can be followed; one that is gone is VV_NOT_FOUND. */
TEST(a_moved_row_names_its_new_key)
{
    struct world world;
    struct store_newest newest;

    (void)state;
    world_open(&world, NULL);
    put_and_commit(world.one, "a", "1");
    begin(world.two, STORE_READ_COMMITTED);
    TEST_OK(store_statement_begin(world.two));
    TEST_TRUE(store_snapshot(world.two) > 0);
    begin(world.one, STORE_READ_COMMITTED);
    TEST_OK(store_statement_begin(world.one));
    TEST_OK(store_delete(world.one, MAP, slice_text("a"), slice_text("b"), STORE_BASIS_SNAPSHOT,
                         &newest));
    TEST_OK(store_insert(world.one, MAP, slice_text("b"), slice_text("1")));
    TEST_OK(store_statement_end(world.one));
    TEST_OK(store_commit(world.one, NULL));
    TEST_STATUS(VV_NOT_FOUND, store_update(world.two, MAP, slice_text("a"), slice_text("x"),
                                           STORE_BASIS_SNAPSHOT, &newest));
    TEST_TRUE(slice_equal(newest.moved_key, slice_text("b")));
    TEST_STATUS(VV_NOT_FOUND, store_update(world.two, MAP, slice_text("z"), slice_text("x"),
                                           STORE_BASIS_SNAPSHOT, &newest));
    TEST_EQUAL(0, newest.moved_key.size);
    TEST_OK(store_statement_end(world.two));
    TEST_OK(store_commit(world.two, NULL));
    world_close(&world);
}

/* A statement does not see its own writes; the next one does. */
TEST(a_statement_does_not_see_its_own_writes)
{
    struct world world;
    vv_slice row;

    (void)state;
    world_open(&world, NULL);
    begin(world.one, STORE_READ_COMMITTED);
    TEST_OK(store_statement_begin(world.one));
    TEST_OK(store_insert(world.one, MAP, slice_text("a"), slice_text("1")));
    TEST_STATUS(VV_NOT_FOUND, store_get(world.one, MAP, slice_text("a"), &row));
    TEST_STATUS(VV_EXISTS, store_insert(world.one, MAP, slice_text("a"), slice_text("2")));
    TEST_OK(store_statement_end(world.one));
    TEST_TEXT("1", get(world.one, "a"));
    TEST_OK(store_commit(world.one, NULL));
    world_close(&world);
}

/* S5 */
TEST(statements_and_savepoints_undo)
{
    struct world world;
    struct store_mark outer;
    struct store_mark inner;

    (void)state;
    world_open(&world, "/db");
    begin(world.one, STORE_READ_COMMITTED);
    put(world.one, "a", "1");
    outer = store_savepoint(world.one);
    put(world.one, "a", "2");
    put(world.one, "b", "2");
    inner = store_savepoint(world.one);
    put(world.one, "a", "3");
    TEST_OK(store_statement_begin(world.one));
    TEST_OK(store_put(world.one, MAP, slice_text("a"), slice_text("4")));
    store_statement_abort(world.one);
    TEST_TEXT("3", get(world.one, "a"));
    store_rollback_to(world.one, inner);
    TEST_TEXT("2", get(world.one, "a"));
    store_rollback_to(world.one, outer);
    TEST_TEXT("1", get(world.one, "a"));
    TEST_TEXT("-", get(world.one, "b"));
    put(world.one, "c", "5");
    TEST_OK(store_commit(world.one, NULL));
    world_reopen(&world, true);
    TEST_TEXT("1", get(world.one, "a"));
    TEST_TEXT("-", get(world.one, "b"));
    TEST_TEXT("5", get(world.one, "c"));
    world_close(&world);
}

TEST(cursors_read_both_ways_between_bounds)
{
    struct world world;
    struct store_cursor *cursor = NULL;
    struct store_batch batch;
    struct store_range range = {0};
    char key[16];
    unsigned count = 0;

    (void)state;
    world_open(&world, NULL);
    begin(world.one, STORE_READ_COMMITTED);
    TEST_OK(store_statement_begin(world.one));
    for (unsigned i = 0; i < 2000; i++) {
        snprintf(key, sizeof key, "%05u", i);
        TEST_OK(store_insert(world.one, MAP, slice_text(key), slice_text(key)));
    }
    TEST_OK(store_statement_end(world.one));
    TEST_OK(store_commit(world.one, NULL));
    begin(world.one, STORE_READ_COMMITTED);
    TEST_OK(store_statement_begin(world.one));
    for (int reverse = 0; reverse < 2; reverse++) {
        range.low =
            (struct store_bound){.key = slice_text("00100"), .set = true, .inclusive = true};
        range.high = (struct store_bound){.key = slice_text("01900"), .set = true};
        TEST_OK(store_cursor_open(
            world.one, MAP, &range,
            &(struct store_cursor_options){.reverse = reverse == 1, .keys = true}, &cursor));
        count = 0;
        while (store_cursor_next(cursor, &batch) == VV_OK) {
            for (uint32_t i = 0; i < batch.count; i++) {
                snprintf(key, sizeof key, "%05u", reverse ? 1899 - count : 100 + count);
                TEST_TRUE(slice_equal(batch.keys[i], slice_text(key)));
                TEST_TRUE(slice_equal(batch.rows[i], slice_text(key)));
                count++;
            }
        }
        TEST_EQUAL(1800, count);
        store_cursor_close(cursor);
    }
    TEST_OK(store_statement_end(world.one));
    TEST_OK(store_commit(world.one, NULL));
    world_close(&world);
}

/* S8 and transactional DDL. */
TEST(maps_are_made_and_dropped_by_transactions)
{
    struct world world;
    uint32_t first = 0;
    uint32_t second = 0;
    uint32_t third = 0;
    vv_slice row;
    struct store_map_stats stats;

    (void)state;
    world_open(&world, "/db");
    begin(world.one, STORE_READ_COMMITTED);
    TEST_OK(store_map_create(world.one, &first));
    TEST_OK(store_statement_begin(world.one));
    TEST_OK(store_insert(world.one, first, slice_text("k"), slice_text("v")));
    TEST_OK(store_statement_end(world.one));
    TEST_STATUS(VV_NOT_FOUND, store_get_one(world.two, first, slice_text("k"), &row));
    TEST_OK(store_commit(world.one, NULL));
    TEST_OK(store_get_one(world.two, first, slice_text("k"), &row));

    begin(world.one, STORE_READ_COMMITTED);
    TEST_OK(store_map_create(world.one, &second));
    TEST_OK(store_map_drop(world.one, first));
    store_abort(world.one);
    TEST_OK(store_get_one(world.two, first, slice_text("k"), &row));
    world_reopen(&world, true);
    TEST_OK(store_get_one(world.two, first, slice_text("k"), &row));

    begin(world.two, STORE_REPEATABLE_READ);
    TEST_OK(store_statement_begin(world.two));
    TEST_OK(store_get(world.two, first, slice_text("k"), &row));
    TEST_OK(store_statement_end(world.two));
    begin(world.one, STORE_READ_COMMITTED);
    TEST_OK(store_map_drop(world.one, first));
    TEST_OK(store_map_create(world.one, &third));
    TEST_TRUE(third > first);
    TEST_OK(store_commit(world.one, NULL));
    TEST_OK(store_statement_begin(world.two));
    TEST_OK(store_get(world.two, first, slice_text("k"), &row)); /* an older snapshot needs it */
    TEST_OK(store_statement_end(world.two));
    TEST_OK(store_commit(world.two, NULL));
    store_repin(world.one);
    store_repin(world.two);
    while (store_reclaim_step(world.store)) {
        store_repin(world.one);
        store_repin(world.two);
    }
    TEST_STATUS(VV_NOT_FOUND, store_map_stats(world.store, first, &stats));
    world_reopen(&world, true);
    TEST_STATUS(VV_NOT_FOUND, store_get_one(world.one, first, slice_text("k"), &row));
    TEST_STATUS(VV_NOT_FOUND, store_get_one(world.one, third, slice_text("k"), &row));
    TEST_OK(store_map_stats(world.store, third, &stats));
    begin(world.one, STORE_READ_COMMITTED);
    TEST_OK(store_map_create(world.one, &first));
    TEST_TRUE(first > third);
    store_abort(world.one);
    world_close(&world);
}

TEST(numbers_are_drawn_once)
{
    struct world world;
    uint64_t first = 0;
    uint64_t again = 0;
    uint8_t key[8];

    (void)state;
    world_open(&world, "/db");
    TEST_OK(store_map_draw(world.one, MAP, 10, &first));
    TEST_EQUAL(1, first);
    TEST_OK(store_map_draw(world.two, MAP, 1, &again));
    TEST_EQUAL(11, again);
    bytes_store64_big(key, 700);
    begin(world.one, STORE_READ_COMMITTED);
    TEST_OK(store_statement_begin(world.one));
    TEST_OK(store_insert(world.one, MAP, slice_make(key, 8), slice_text("x")));
    TEST_OK(store_statement_end(world.one));
    TEST_OK(store_commit(world.one, NULL));
    world_reopen(&world, false);
    TEST_OK(store_map_draw(world.one, MAP, 1, &first));
    TEST_EQUAL(701, first);
    world_close(&world);
}

/* Transactions far larger than a record stream ahead; they count only when they commit. */
TEST(large_transactions_stream)
{
    struct world world;
    static char row[5000];
    char key[16];
    struct store_mark mark = {0};

    (void)state;
    world_open(&world, "/db");
    memset(row, 'x', sizeof row - 1);
    for (int commit = 0; commit < 2; commit++) {
        begin(world.one, STORE_READ_COMMITTED);
        for (unsigned i = 0; i < 300; i++) {
            snprintf(key, sizeof key, "%c%05u", 'a' + commit, i);
            put(world.one, key, row);
            if (i == 150) {
                mark = store_savepoint(world.one);
            }
        }
        store_rollback_to(world.one, mark);
        put(world.one, commit ? "b-last" : "a-last", "end");
        put_and_commit(world.two, "other", "two");
        if (commit == 1) {
            TEST_OK(store_commit(world.one, NULL));
        }
        if (commit == 0) {
            store_abort(world.one);
        }
    }
    world_reopen(&world, true);
    TEST_TEXT("-", get(world.one, "a00000"));
    TEST_TEXT("-", get(world.one, "a-last"));
    TEST_TEXT("-", get(world.one, "b00151"));
    TEST_TEXT("end", get(world.one, "b-last"));
    TEST_TEXT("two", get(world.one, "other"));
    begin(world.one, STORE_READ_COMMITTED);
    TEST_OK(store_statement_begin(world.one));
    for (unsigned i = 0; i <= 150; i++) {
        vv_slice found;

        snprintf(key, sizeof key, "b%05u", i);
        TEST_OK(store_get(world.one, MAP, slice_text(key), &found));
        TEST_EQUAL(sizeof row - 1, found.size);
    }
    TEST_OK(store_statement_end(world.one));
    TEST_OK(store_commit(world.one, NULL));
    world_close(&world);
}

/* S6 */
TEST(a_failed_sync_makes_the_store_read_only)
{
    struct world world;
    struct store_stats stats;
    uint64_t lsn = 1;

    (void)state;
    world_open(&world, "/db");
    put_and_commit(world.one, "a", "1");
    begin(world.one, STORE_READ_COMMITTED);
    put(world.one, "a", "2");
    os_sim_fault_arm(world.sim, OS_SIM_SYNC_EIO, 1);
    TEST_STATUS(VV_OUTCOME_UNKNOWN, store_commit(world.one, &lsn));
    TEST_FALSE(store_in_transaction(world.one));
    TEST_TEXT("1", get(world.two, "a"));
    TEST_TEXT("1", get(world.one, "a"));
    begin(world.two, STORE_READ_COMMITTED);
    TEST_OK(store_statement_begin(world.two));
    TEST_STATUS(VV_READ_ONLY, store_put(world.two, MAP, slice_text("b"), slice_text("1")));
    store_statement_abort(world.two);
    TEST_OK(store_commit(world.two, NULL));
    store_stats(world.store, &stats);
    TEST_TRUE(stats.read_only);
    sessions_close(&world);
    TEST_STATUS(VV_IO, store_close(world.store));
    TEST_OK(store_open(&world.options, &world.store, NULL));
    sessions_open(&world);
    world_close(&world);
}

static unsigned wakes;

static void count_wake(void *context)
{
    (void)context;
    wakes++;
}

/* A non-blocking session is told to wait for a row, and woken when its owner ends. */
TEST(a_session_that_may_not_block_is_woken)
{
    struct world world;
    struct store_session *three = NULL;

    (void)state;
    world_open(&world, "/db");
    wakes = 0;
    TEST_OK(store_session_open(world.store, &(struct store_session_options){.wake = count_wake},
                               &three));
    store_enter(three);
    begin(world.one, STORE_READ_COMMITTED);
    put(world.one, "a", "1");
    begin(three, STORE_READ_COMMITTED);
    TEST_OK(store_statement_begin(three));
    TEST_STATUS(VV_WAITING, store_put(three, MAP, slice_text("a"), slice_text("2")));
    TEST_STATUS(VV_WAITING, store_put(three, MAP, slice_text("a"), slice_text("2")));
    TEST_EQUAL(0, wakes);
    TEST_OK(store_commit(world.one, NULL));
    TEST_EQUAL(1, wakes);
    TEST_OK(store_put(three, MAP, slice_text("a"), slice_text("2")));
    TEST_OK(store_statement_end(three));
    TEST_STATUS(VV_WAITING, store_commit(three, NULL));
    TEST_EQUAL(2, wakes);
    TEST_OK(store_commit(three, NULL));
    TEST_TEXT("2", get(world.one, "a"));
    store_leave(three);
    store_session_close(three);
    world_close(&world);
}

/* Two sessions that wait for each other: one is told. Interrupts and timeouts end waits. */
TEST(waits_end_by_deadlock_timeout_interrupt)
{
    struct world world;
    struct store_session *three = NULL;
    vv_status status = VV_OK;

    (void)state;
    world_open(&world, NULL);
    TEST_OK(store_session_open(world.store, &(struct store_session_options){.wake = count_wake},
                               &three));
    store_enter(three);
    begin(world.one, STORE_READ_COMMITTED);
    put(world.one, "a", "1");
    begin(three, STORE_READ_COMMITTED);
    put(three, "b", "1");
    TEST_OK(store_statement_begin(three));
    TEST_STATUS(VV_WAITING, store_put(three, MAP, slice_text("a"), slice_text("2")));
    TEST_OK(store_statement_begin(world.one));
    store_set_lock_timeout(world.one, 1000000);
    status = store_put(world.one, MAP, slice_text("b"), slice_text("2"));
    if (status == VV_LOCK_TIMEOUT) { /* the other is the victim */
        TEST_STATUS(VV_DEADLOCK, store_put(three, MAP, slice_text("a"), slice_text("2")));
    } else {
        TEST_STATUS(VV_DEADLOCK, status);
        store_interrupt(three);
        TEST_STATUS(VV_CANCELED, store_put(three, MAP, slice_text("a"), slice_text("2")));
        store_interrupt_clear(three);
    }
    store_statement_abort(world.one);
    store_abort(world.one);
    store_statement_abort(three);
    store_abort(three);
    store_leave(three);
    store_session_close(three);
    world_close(&world);
}

TEST(table_locks_conflict_as_they_should)
{
    struct world world;

    (void)state;
    world_open(&world, NULL);
    store_set_lock_timeout(world.two, 1000000);
    begin(world.one, STORE_READ_COMMITTED);
    TEST_OK(store_table_lock(world.one, 77, STORE_TABLE_ROW_EXCLUSIVE));
    begin(world.two, STORE_READ_COMMITTED);
    TEST_OK(store_table_lock(world.two, 77, STORE_TABLE_ACCESS_SHARE));
    TEST_OK(store_table_lock(world.two, 77, STORE_TABLE_ROW_EXCLUSIVE));
    TEST_STATUS(VV_LOCK_TIMEOUT, store_table_lock(world.two, 77, STORE_TABLE_SHARE));
    TEST_OK(store_table_lock(world.two, 78, STORE_TABLE_ACCESS_EXCLUSIVE));
    TEST_OK(store_commit(world.one, NULL));
    TEST_OK(store_table_lock(world.two, 77, STORE_TABLE_SHARE));
    TEST_OK(store_commit(world.two, NULL));
    world_close(&world);
}

TEST(row_locks_hold)
{
    struct world world;
    struct store_newest newest;

    (void)state;
    world_open(&world, "/db");
    store_set_lock_timeout(world.two, 1000000);
    put_and_commit(world.one, "a", "1");
    begin(world.one, STORE_READ_COMMITTED);
    TEST_OK(store_statement_begin(world.one));
    TEST_OK(store_lock(world.one, MAP, slice_text("a"), STORE_LOCK_UPDATE, STORE_LOCK_WAITS,
                       STORE_BASIS_SNAPSHOT, &newest));
    TEST_OK(store_statement_end(world.one));
    begin(world.two, STORE_READ_COMMITTED);
    TEST_OK(store_statement_begin(world.two));
    TEST_STATUS(VV_LOCK_BUSY, store_lock(world.two, MAP, slice_text("a"), STORE_LOCK_SHARE,
                                         STORE_LOCK_NOWAIT, STORE_BASIS_SNAPSHOT, &newest));
    TEST_STATUS(VV_LOCK_TIMEOUT, store_update(world.two, MAP, slice_text("a"), slice_text("2"),
                                              STORE_BASIS_SNAPSHOT, &newest));
    store_statement_abort(world.two);
    TEST_OK(store_commit(world.one, NULL)); /* a lock alone writes nothing */
    TEST_OK(store_statement_begin(world.two));
    TEST_OK(store_update(world.two, MAP, slice_text("a"), slice_text("2"), STORE_BASIS_SNAPSHOT,
                         &newest));
    TEST_OK(store_statement_end(world.two));
    TEST_OK(store_commit(world.two, NULL));
    TEST_TEXT("2", get(world.one, "a"));
    world_close(&world);
}

/* S7 */
TEST(point_statements_allocate_nothing)
{
    struct world world;
    uint64_t before = 0;

    (void)state;
    for (int file = 0; file < 2; file++) {
        world_open(&world, file ? "/db" : NULL);
        put_and_commit(world.one, "a", "1");
        for (unsigned i = 0; i < 5000; i++) {
            if (i == 2000) {
                before = atomic_load_explicit(&world.alloc.request_count, memory_order_relaxed);
            }
            put_and_commit(world.one, "a", i % 2 == 0 ? "22" : "1");
            TEST_TEXT(i % 2 == 0 ? "22" : "1", get(world.one, "a"));
            store_repin(world.one); /* a pin for ever would keep all memory */
            store_repin(world.two);
        }
        TEST_EQUAL(before, atomic_load_explicit(&world.alloc.request_count, memory_order_relaxed));
        world_close(&world);
    }
}

/* A commit that does not wait for a sync is seen at once, and loses nothing before it. */
TEST(asynchronous_commits_are_seen_at_once)
{
    struct world world;
    struct store_txn_options options = {.durability_set = true,
                                        .durability = STORE_DURABILITY_GROUP};
    struct store_stats before;
    struct store_stats after;

    (void)state;
    world_open(&world, "/db");
    store_stats(world.store, &before);
    TEST_OK(store_begin(world.one, &options));
    put(world.one, "a", "1");
    TEST_OK(store_commit(world.one, NULL));
    TEST_TEXT("1", get(world.two, "a"));
    store_stats(world.store, &after);
    TEST_EQUAL(before.log_syncs, after.log_syncs);
    TEST_TRUE(after.visible_lsn > after.durable_lsn);
    put_and_commit(world.two, "b", "1");
    world_reopen(&world, true);
    TEST_TEXT("1", get(world.one, "a"));
    world_close(&world);
}

TEST(a_second_opening_is_refused)
{
    struct world world;
    struct store *second = NULL;
    struct vv_error error;

    (void)state;
    world_open(&world, "/db");
    TEST_STATUS(VV_BUSY, store_open(&world.options, &second, &error));
    TEST_TEXT("55006", error.sqlstate);
    world_close(&world);
}

static vv_status script(struct store *store)
{
    struct store_session *session = NULL;
    vv_status status = VV_OK;
    struct store_cursor *cursor = NULL;
    struct store_range all = {0};
    struct store_batch batch;
    char key[16];

    VV_TRY(store_session_open(store, NULL, &session));
    store_enter(session);
    for (unsigned i = 0; i < 40 && status == VV_OK; i++) {
        struct store_mark mark;
        uint32_t map = 0;

        status = store_begin(session, NULL);
        if (status == VV_OK && i % 10 == 5) {
            status = store_map_create(session, &map);
        }
        mark = store_savepoint(session);
        for (unsigned j = 0; j < 6 && status == VV_OK; j++) {
            status = store_statement_begin(session);
            if (status != VV_OK) {
                break;
            }
            snprintf(key, sizeof key, "%u", i * j % 50);
            status = store_put(session, map == 0 ? MAP : map, slice_text(key),
                               slice_text("some row of text"));
            if (status == VV_OK && j == 3) {
                status = store_cursor_open(session, MAP, &all,
                                           &(struct store_cursor_options){.keys = true}, &cursor);
                while (status == VV_OK) {
                    status = store_cursor_next(cursor, &batch);
                }
                status = status == VV_END ? VV_OK : status;
            }
            if (status == VV_OK) {
                status = store_statement_end(session);
            }
            if (status != VV_OK) {
                store_statement_abort(session);
            }
            if (j == 4) {
                store_rollback_to(session, mark);
            }
        }
        if (status == VV_OK && i % 7 != 6) {
            status = store_commit(session, NULL);
        } else {
            store_abort(session);
        }
    }
    store_leave(session);
    store_session_close(session);
    return status;
}

/* A failed allocation fails the call, leaks nothing, and the store goes on. */
TEST_SWEEP(every_allocation_can_fail)
{
    struct os_sim *sim = os_sim_create(1);
    struct alloc alloc;
    struct store *store = NULL;
    vv_status status = VV_OK;

    alloc_init(&alloc, 0);
    status = store_open(
        &(struct store_options){
            .os = os_sim_os(sim), .alloc = &alloc, .path = "/db", .segment_bytes = 256 << 10},
        &store, NULL);
    if (status == VV_OK) {
        status = script(store);
        if (alloc_fault_hit()) {
            TEST_OK(script(store));
        }
    }
    TEST_TRUE(status == VV_OK || status == VV_NOMEM);
    TEST_OK(store_close(store));
    os_sim_destroy(sim);
    alloc_release(&alloc);
}

/* A failed write, sync or anything else of the machine: no crash, no leak; the next open works. */
static void io_sweep(enum os_sim_fault fault)
{
    for (uint64_t n = 1;; n++) {
        struct os_sim *sim = os_sim_create(n);
        struct alloc alloc;
        struct store *store = NULL;
        struct store_options options = {
            .os = os_sim_os(sim), .alloc = &alloc, .path = "/db", .segment_bytes = 256 << 10};
        bool hit = false;

        alloc_init(&alloc, 0);
        os_sim_fault_arm(sim, fault, n);
        if (store_open(&options, &store, NULL) == VV_OK) {
            (void)!script(store);
        }
        hit = os_sim_fault_hit(sim);
        os_sim_fault_arm(sim, fault, 0);
        (void)store_close(store);
        os_sim_restart(sim);
        TEST_OK(store_open(&options, &store, NULL));
        TEST_OK(script(store));
        TEST_OK(store_close(store));
        os_sim_destroy(sim);
        alloc_release(&alloc);
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
    io_sweep(OS_SIM_WRITE_SHORT);
    io_sweep(OS_SIM_SYNC_EIO);
    io_sweep(OS_SIM_DISK_FULL);
}
