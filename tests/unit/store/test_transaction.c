/* test_transaction.c - hooks, kinds of durability, a log that may not grow, ways to open. */
#include "base/limits.h"
#include "base/probe.h"
#include "os/os_sim.h"
#include "store/store.h"
#include "test.h"

#define MAP 1u

struct world {
    struct os_sim *sim;
    struct alloc alloc;
    struct store *store;
    struct store_session *session;
    struct store_options options;
};

static void world_open(struct world *world)
{
    TEST_OK(store_open(&world->options, &world->store, NULL));
    TEST_OK(store_session_open(world->store, NULL, &world->session));
    store_enter(world->session);
}

static void world_init(struct world *world)
{
    memset(world, 0, sizeof *world);
    world->sim = os_sim_create(1);
    alloc_init(&world->alloc, 0);
    world->options = (struct store_options){.os = os_sim_os(world->sim),
                                            .alloc = &world->alloc,
                                            .path = "/db",
                                            .segment_bytes = 256 << 10};
}

static void world_stop(struct world *world, bool crash)
{
    store_leave(world->session);
    store_session_close(world->session);
    if (crash) {
        os_sim_crash(world->sim);
    }
    TEST_STATUS(crash ? VV_IO : VV_OK, store_close(world->store));
    if (crash) {
        os_sim_restart(world->sim);
    }
}

static void world_release(struct world *world)
{
    world_stop(world, false);
    os_sim_destroy(world->sim);
    alloc_release(&world->alloc);
}

static vv_status put(struct store_session *session, const char *key, size_t size)
{
    static uint8_t row[20000];
    vv_status status = VV_OK;

    VV_TRY(store_statement_begin(session));
    status = store_put(session, MAP, slice_text(key), slice_make(row, size));
    if (status == VV_OK) {
        return store_statement_end(session);
    }
    store_statement_abort(session);
    return status;
}

static vv_status put_and_commit(struct store_session *session, const char *key, size_t size)
{
    vv_status status = VV_OK;

    TEST_OK(store_begin(session, NULL));
    status = put(session, key, size);
    if (status == VV_OK) {
        return store_commit(session, NULL);
    }
    store_abort(session);
    return status;
}

static bool is_there(struct store_session *session, const char *key)
{
    vv_slice row;

    return store_get_one(session, MAP, slice_text(key), &row) == VV_OK;
}

struct noted_hook {
    struct store_hook hook;
    unsigned calls;
    uint64_t lsn;
};

static void note_end(struct store_hook *hook, uint64_t commit_lsn)
{
    struct noted_hook *noted = (struct noted_hook *)(void *)hook;

    noted->calls++;
    noted->lsn = commit_lsn;
}

/* Each hook is told once: the commit's LSN, or 0 for what was undone. */
TEST(hooks_learn_the_fate)
{
    struct world world;
    struct noted_hook hooks[4] = {0};
    struct store_mark mark;
    uint64_t lsn = 0;

    (void)state;
    world_init(&world);
    world_open(&world);
    for (unsigned i = 0; i < 4; i++) {
        hooks[i].hook.ended = note_end;
    }
    TEST_OK(store_begin(world.session, NULL));
    store_add_hook(world.session, &hooks[0].hook);
    mark = store_savepoint(world.session);
    store_add_hook(world.session, &hooks[1].hook);
    store_rollback_to(world.session, mark);
    TEST_TRUE(hooks[1].calls == 1 && hooks[1].lsn == 0 && hooks[0].calls == 0);
    store_add_hook(world.session, &hooks[2].hook);
    TEST_OK(store_commit(world.session, &lsn));
    TEST_TRUE(lsn > 0 && hooks[0].calls == 1 && hooks[0].lsn == lsn);
    TEST_TRUE(hooks[2].calls == 1 && hooks[2].lsn == lsn);
    TEST_OK(store_begin(world.session, NULL));
    store_add_hook(world.session, &hooks[3].hook);
    store_abort(world.session);
    TEST_TRUE(hooks[3].calls == 1 && hooks[3].lsn == 0);
    world_release(&world);
}

/* S1 for group: what was committed before the flush step survives, and the step waits for its time. */
struct onlooker {
    struct store_session *session;
    uint32_t map;
    vv_status status;
};

/* On the committing thread, where its fate is published and nothing is settled. */
static vv_status look_on(void *user, enum probe probe)
{
    struct onlooker *onlooker = user;
    struct store_session *session = onlooker->session;

    (void)probe;
    store_enter(session);
    TEST_OK(store_begin(session, NULL));
    TEST_OK(store_statement_begin(session));
    onlooker->status = store_insert(session, onlooker->map, slice_text("key"), slice_text("row"));
    store_abort(session);
    store_leave(session);
    return VV_OK;
}

/* A session that sees the row which names a map finds the map, however late its maker settles. */
TEST(a_published_map_is_everybodys)
{
    struct world world;
    struct onlooker onlooker = {.status = VV_ERROR};

    (void)state;
    if (!probe_available()) {
        skip();
    }
    world_init(&world);
    world_open(&world);
    TEST_OK(store_session_open(world.store, NULL, &onlooker.session));
    TEST_OK(store_begin(world.session, NULL));
    TEST_OK(store_map_create(world.session, &onlooker.map));
    probe_set(PROBE_STORE_COMMIT_PUBLISHED, look_on, &onlooker);
    TEST_OK(store_commit(world.session, NULL));
    probe_reset();
    TEST_STATUS(VV_OK, onlooker.status);
    store_session_close(onlooker.session);
    world_release(&world);
}

TEST(group_durability_syncs_by_steps)
{
    struct world world;
    struct store_stats stats;

    (void)state;
    world_init(&world);
    world.options.durability = STORE_DURABILITY_GROUP;
    world.options.group_ms = 50;
    world_open(&world);
    os_sim_advance_ns(world.sim, 60000000);
    TEST_OK(put_and_commit(world.session, "a", 10)); /* late: the commit itself flushed */
    TEST_OK(put_and_commit(world.session, "b", 10));
    store_stats(world.store, &stats);
    TEST_TRUE(stats.visible_lsn > stats.durable_lsn);
    TEST_FALSE(store_flush_step(world.store));
    os_sim_advance_ns(world.sim, 60000000);
    TEST_TRUE(store_flush_step(world.store));
    store_stats(world.store, &stats);
    TEST_EQUAL(stats.visible_lsn, stats.durable_lsn);
    world_stop(&world, true);
    world_open(&world);
    TEST_TRUE(is_there(world.session, "a") && is_there(world.session, "b"));
    world_release(&world);
}

/* OFF syncs at a clean close. */
TEST(no_durability_syncs_at_close)
{
    struct world world;

    (void)state;
    world_init(&world);
    world.options.durability = STORE_DURABILITY_OFF;
    world_open(&world);
    TEST_OK(put_and_commit(world.session, "a", 10));
    world_stop(&world, false);
    os_sim_crash(world.sim);
    os_sim_restart(world.sim);
    world_open(&world);
    TEST_TRUE(is_there(world.session, "a"));
    world_release(&world);
}

/* W6: the transaction that would make the log too long fails, nobody else; reading goes on. */
TEST(a_log_that_may_not_grow_fails_one_transaction)
{
    struct world world;
    vv_status status = VV_OK;
    char key[16];

    (void)state;
    world_init(&world);
    world.options.max_log_bytes = 512 << 10;
    world_open(&world);
    TEST_OK(put_and_commit(world.session, "first", 10));
    TEST_OK(store_begin(world.session, NULL));
    for (unsigned i = 0; i < 100 && status == VV_OK; i++) {
        snprintf(key, sizeof key, "%u", i);
        status = put(world.session, key, 15000);
    }
    TEST_STATUS(VV_DISK_FULL, status);
    store_abort(world.session);
    TEST_TRUE(is_there(world.session, "first"));
    TEST_FALSE(is_there(world.session, "0"));
    world_stop(&world, true);
    world_open(&world);
    TEST_TRUE(is_there(world.session, "first"));
    TEST_FALSE(is_there(world.session, "0"));
    world_release(&world);
}

TEST(ways_to_open)
{
    struct world world;
    struct vv_error error;

    (void)state;
    world_init(&world);
    world.options.must_exist = true;
    TEST_STATUS(VV_NOT_FOUND, store_open(&world.options, &world.store, &error));
    TEST_TEXT("3D000", error.sqlstate);
    world.options.must_exist = false;
    world_open(&world);
    TEST_OK(put_and_commit(world.session, "a", 10));
    world_stop(&world, false);
    world.options.must_exist = true;
    world.options.read_only = true;
    world_open(&world);
    TEST_TRUE(is_there(world.session, "a"));
    TEST_STATUS(VV_READ_ONLY, put_and_commit(world.session, "b", 10));
    world_stop(&world, false);
    world.options.read_only = false;
    world_open(&world);
    TEST_OK(put_and_commit(world.session, "b", 10));
    world_stop(&world, false);
    TEST_OK(os_sim_flip_bit(world.sim, "/db/0000000000000000.wal", 4100, 1));
    TEST_STATUS(VV_CORRUPT, store_open(&world.options, &world.store, &error)); /* W4 */
    TEST_TEXT("XX001", error.sqlstate);
    TEST_OK(os_sim_flip_bit(world.sim, "/db/0000000000000000.wal", 4100, 1));
    world_open(&world);
    world_release(&world);
}

/* Keys and rows have limits. */
TEST(too_long_is_refused)
{
    struct world world;
    static char key[LIMIT_KEY_BYTES + 2];

    (void)state;
    world_init(&world);
    world.options.row_bytes_max = 10000;
    world_open(&world);
    memset(key, 'k', LIMIT_KEY_BYTES + 1);
    TEST_STATUS(VV_LIMIT, put_and_commit(world.session, key, 10));
    TEST_STATUS(VV_LIMIT, put_and_commit(world.session, "", 10));
    key[LIMIT_KEY_BYTES] = '\0';
    TEST_OK(put_and_commit(world.session, key, 10000));
    TEST_STATUS(VV_LIMIT, put_and_commit(world.session, key, 10001));
    world_release(&world);
}
