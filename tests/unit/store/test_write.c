/* test_write.c - row locks as PostgreSQL's table of conflicts has them; deadlocks through several holders. */
#include "store/store.h"
#include "test.h"

#define MAP      1u
#define SESSIONS 3u

struct world {
    struct alloc alloc;
    struct store *store;
    struct store_session *sessions[SESSIONS]; /* non-blocking: what would wait says so */
    unsigned woken[SESSIONS];
};

static void note_wake(void *context)
{
    (*(unsigned *)context)++;
}

static void begin(struct world *world, unsigned i)
{
    TEST_OK(store_begin(world->sessions[i], NULL));
}

static void finish(struct world *world, unsigned i)
{
    TEST_OK(store_commit(world->sessions[i], NULL));
}

static void world_open(struct world *world)
{
    memset(world, 0, sizeof *world);
    alloc_init(&world->alloc, 0);
    TEST_OK(store_open(&(struct store_options){.alloc = &world->alloc}, &world->store, NULL));
    for (unsigned i = 0; i < SESSIONS; i++) {
        TEST_OK(store_session_open(
            world->store,
            &(struct store_session_options){.wake = note_wake, .wake_context = &world->woken[i]},
            &world->sessions[i]));
        store_enter(world->sessions[i]);
    }
    begin(world, 0);
    TEST_OK(store_statement_begin(world->sessions[0]));
    TEST_OK(store_insert(world->sessions[0], MAP, slice_text("a"), slice_text("row")));
    TEST_OK(store_insert(world->sessions[0], MAP, slice_text("b"), slice_text("row")));
    TEST_OK(store_statement_end(world->sessions[0]));
    finish(world, 0);
}

static void world_close(struct world *world)
{
    for (unsigned i = 0; i < SESSIONS; i++) {
        store_leave(world->sessions[i]);
        store_session_close(world->sessions[i]);
    }
    TEST_OK(store_close(world->store));
    alloc_release(&world->alloc);
}

/* What a session can do to a row: the four locks, then UPDATE and DELETE. */
enum { CALL_UPDATE = STORE_LOCK_UPDATE + 1, CALL_DELETE, CALLS };

static vv_status call_once(struct store_session *session, const char *key, int call)
{
    struct store_newest newest = {0};

    if (call == CALL_UPDATE) {
        return store_update(session, MAP, slice_text(key), slice_text("new"), STORE_BASIS_SNAPSHOT,
                            &newest);
    }
    if (call == CALL_DELETE) {
        return store_delete(session, MAP, slice_text(key), slice_make(NULL, 0),
                            STORE_BASIS_SNAPSHOT, &newest);
    }
    return store_lock(session, MAP, slice_text(key), (enum store_row_lock)call, STORE_LOCK_WAITS,
                      STORE_BASIS_SNAPSHOT, &newest);
}

/* One statement; the session stays in it while the call waits. */
static vv_status statement(struct world *world, unsigned i, const char *key, int call)
{
    vv_status status = VV_OK;

    TEST_OK(store_statement_begin(world->sessions[i]));
    status = call_once(world->sessions[i], key, call);
    if (status == VV_OK) {
        TEST_OK(store_statement_end(world->sessions[i]));
    } else if (status != VV_WAITING) {
        store_statement_abort(world->sessions[i]);
    }
    return status;
}

/* The same call again, after it waited. */
static vv_status again(struct world *world, unsigned i, const char *key, int call)
{
    vv_status status = call_once(world->sessions[i], key, call);

    if (status == VV_OK) {
        TEST_OK(store_statement_end(world->sessions[i]));
    } else if (status != VV_WAITING) {
        store_statement_abort(world->sessions[i]);
    }
    return status;
}

/* PostgreSQL's table 13.3. An UPDATE that changes no key locks as FOR NO KEY UPDATE, DELETE as FOR UPDATE. */
TEST(row_locks_conflict_as_in_postgresql)
{
    static const char *const conflicts[CALLS] = {
        /* held:              KS S NKU U  upd del  <- wanted */
        [STORE_LOCK_KEY_SHARE] = "...X.X",
        [STORE_LOCK_SHARE] = "..XXXX",
        [STORE_LOCK_NO_KEY_UPDATE] = ".XXXXX",
        [STORE_LOCK_UPDATE] = "XXXXXX",
        [CALL_UPDATE] = ".XXXXX",
        [CALL_DELETE] = "XXXXXX",
    };
    struct world world;

    world_open(&world);
    for (int held = 0; held < CALLS; held++) {
        for (int wanted = 0; wanted < CALLS; wanted++) {
            bool conflict = conflicts[held][wanted] == 'X';
            vv_status status = VV_OK;

            world.woken[1] = 0;
            begin(&world, 0);
            begin(&world, 1);
            TEST_OK(statement(&world, 0, "a", held));
            status = statement(&world, 1, "a", wanted);
            if ((status == VV_WAITING) != conflict) {
                printf("held %d, wanted %d: %s\n", held, wanted, status_text(status));
            }
            TEST_STATUS(conflict ? VV_WAITING : VV_OK, status);
            store_abort(world.sessions[0]);
            TEST_EQUAL(conflict ? 1 : 0, world.woken[1]);
            if (conflict) {
                TEST_OK(again(&world, 1, "a", wanted));
            }
            store_abort(world.sessions[1]);
        }
    }
    world_close(&world);
}

/* Three hold SHARE; an UPDATE waits for all of them, one after the other. */
TEST(a_writer_waits_for_every_shared_holder)
{
    struct world world;

    world_open(&world);
    for (unsigned i = 0; i < SESSIONS; i++) {
        begin(&world, i);
        TEST_OK(statement(&world, i, "a", STORE_LOCK_SHARE));
    }
    TEST_STATUS(VV_WAITING, statement(&world, 2, "a", CALL_UPDATE));
    store_abort(world.sessions[0]);
    store_abort(world.sessions[1]);
    TEST_TRUE(world.woken[2] >= 1);
    TEST_OK(again(&world, 2, "a", CALL_UPDATE));
    finish(&world, 2);
    world_close(&world);
}

/* 0 and 1 share row a. 2 holds b, waits for a: for one holder at a time, as PostgreSQL does with a
 * multixact. The other holder waits for b: found at once when it is the one waited for, else as soon as
 * the first holder has ended. Whoever is waited for first, it never stays undetected then. */
TEST(deadlock_through_a_shared_holder)
{
    for (unsigned other = 0; other < 2; other++) {
        struct world world;
        vv_status closing = VV_OK;
        unsigned idle = 1 - other;

        world_open(&world);
        for (unsigned i = 0; i < SESSIONS; i++) {
            begin(&world, i);
        }
        TEST_OK(statement(&world, 0, "a", STORE_LOCK_SHARE));
        TEST_OK(statement(&world, 1, "a", STORE_LOCK_SHARE));
        TEST_OK(statement(&world, 2, "b", CALL_UPDATE));
        TEST_STATUS(VV_WAITING, statement(&world, 2, "a", CALL_UPDATE));
        closing = statement(&world, other, "b", CALL_UPDATE);
        if (closing == VV_WAITING && world.woken[2] == 0) {
            store_abort(world.sessions[idle]); /* 2 goes on to the next holder */
            TEST_EQUAL(1, world.woken[2]);
        }
        /* Now the cycle is known: 2 is the youngest, so it fails. */
        TEST_STATUS(VV_DEADLOCK, again(&world, 2, "a", CALL_UPDATE));
        store_abort(world.sessions[2]);
        TEST_EQUAL(1, world.woken[other]);
        TEST_OK(again(&world, other, "b", CALL_UPDATE));
        store_abort(world.sessions[other]);
        store_abort(world.sessions[idle]);
        world_close(&world);
    }
}

/* 0 wrote a row; 1 has the table and waits for the row; 0 wants the table: a cycle of a row and a table. */
TEST(deadlock_through_a_table_and_a_row)
{
    struct world world;
    vv_status status = VV_OK;

    world_open(&world);
    begin(&world, 0);
    begin(&world, 1);
    TEST_OK(statement(&world, 0, "a", CALL_UPDATE));
    TEST_OK(store_table_lock(world.sessions[1], 77, STORE_TABLE_ROW_EXCLUSIVE));
    TEST_STATUS(VV_WAITING, statement(&world, 1, "a", CALL_UPDATE));
    status = store_table_lock(world.sessions[0], 77, STORE_TABLE_ACCESS_EXCLUSIVE);
    TEST_STATUS(VV_WAITING, status); /* 1 is younger: it is the victim */
    TEST_EQUAL(1, world.woken[1]);
    TEST_STATUS(VV_DEADLOCK, again(&world, 1, "a", CALL_UPDATE));
    store_abort(world.sessions[1]);
    TEST_EQUAL(1, world.woken[0]);
    TEST_OK(store_table_lock(world.sessions[0], 77, STORE_TABLE_ACCESS_EXCLUSIVE));
    finish(&world, 0);
    world_close(&world);
}

/* 0 and 1 hold a table in a weak mode, 2 wants it alone. Either of the two closes the cycle: it is found at
 * once when it is the one that 2 waits for, else when 2 comes to wait for it. (PostgreSQL looks at all
 * holders at once.) */
TEST(deadlock_through_either_holder_of_a_table)
{
    for (unsigned other = 0; other < 2; other++) {
        struct world world;
        vv_status status = VV_OK;

        world_open(&world);
        for (unsigned i = 0; i < SESSIONS; i++) {
            begin(&world, i);
        }
        TEST_OK(store_table_lock(world.sessions[0], 77, STORE_TABLE_ACCESS_SHARE));
        TEST_OK(store_table_lock(world.sessions[1], 77, STORE_TABLE_ACCESS_SHARE));
        TEST_OK(statement(&world, 2, "b", CALL_UPDATE));
        TEST_STATUS(VV_WAITING,
                    store_table_lock(world.sessions[2], 77, STORE_TABLE_ACCESS_EXCLUSIVE));
        TEST_STATUS(VV_WAITING, statement(&world, other, "b", CALL_UPDATE));
        if (world.woken[2] == 0) {
            finish(&world, 1 - other);
        }
        TEST_EQUAL(1, world.woken[2]);
        status = store_table_lock(world.sessions[2], 77, STORE_TABLE_ACCESS_EXCLUSIVE);
        TEST_STATUS(VV_DEADLOCK, status);
        store_abort(world.sessions[2]);
        TEST_OK(again(&world, other, "b", CALL_UPDATE));
        finish(&world, other);
        store_abort(world.sessions[1 - other]);
        world_close(&world);
    }
}
