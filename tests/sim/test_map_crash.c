/*
 * test_map_crash.c - named maps against a model on a machine that crashes, together with a table of what they hold.
 *
 * Every transaction makes, fills, empties and drops maps, goes back to savepoints, and writes the sizes of the maps
 * into a table. After a crash, between transactions or in the middle of a commit, each map holds what the last
 * acknowledged commit left, or the whole of the one that was on its way; and the table says the same.
 *
 * VARVE_TEST_EFFORT multiplies the transactions.
 */
#include "machine.h"

#include "base/rng.h"

#define TRANSACTIONS 400
#define CALLS        8 /* at most, in a transaction */
#define MAPS         2
#define KEYS         9
#define LONG_VALUE   9000 /* lives outside its page */

static const char *const names[MAPS] = {"cache", "Map of bytes"};

/* Values are a byte repeated: key and length say all. */
struct model {
    bool there[MAPS];
    bool has[MAPS][KEYS];
    uint16_t size[MAPS][KEYS];
    uint8_t byte[MAPS][KEYS];
};

struct world {
    struct machine machine;
    struct rng rng;
    struct model now;
    unsigned commits_in_doubt, came_true;
};

static unsigned below(struct world *world, unsigned bound)
{
    return (unsigned)rng_below(&world->rng, bound);
}

/* ---- what is there ---- */

static bool map_equals(struct world *world, const struct model *model, unsigned at)
{
    struct varve_map *map = NULL;
    struct varve_map_cursor *cursor = NULL;
    const uint8_t *key = NULL, *value = NULL;
    size_t key_size = 0, size = 0;
    unsigned k = 0;
    bool equal = true;
    int code = varve_map_open(world->machine.session, names[at], 0, &map);

    if (code != VARVE_OK || !model->there[at]) {
        varve_map_close(map);
        return code == (model->there[at] ? VARVE_OK : VARVE_NOT_FOUND);
    }
    TEST_EQUAL(VARVE_OK, varve_map_range(map, NULL, 0, &cursor));
    while ((code = varve_map_next(cursor, (const void **)&key, &key_size, (const void **)&value,
                                  &size)) == VARVE_ROW) {
        while (k < KEYS && !model->has[at][k]) {
            k++;
        }
        equal = equal && k < KEYS && key_size == 1 && *key == k && size == model->size[at][k];
        for (size_t i = 0; equal && i < size; i++) {
            equal = value[i] == model->byte[at][k];
        }
        k++;
    }
    TEST_EQUAL(VARVE_DONE, code);
    for (; k < KEYS; k++) {
        equal = equal && !model->has[at][k];
    }
    varve_map_range_close(cursor);
    varve_map_close(map);
    return equal;
}

static int64_t model_count(const struct model *model, unsigned at)
{
    int64_t count = 0;

    for (unsigned k = 0; k < KEYS; k++) {
        count += model->has[at][k];
    }
    return model->there[at] ? count : -1;
}

static bool equals(struct world *world, const struct model *model)
{
    struct varve_statement *statement = NULL;
    bool equal = true;

    for (unsigned at = 0; at < MAPS; at++) {
        equal = map_equals(world, model, at) && equal;
    }
    TEST_EQUAL(VARVE_OK, varve_prepare(world->machine.session, "SELECT n FROM sizes ORDER BY map",
                                       0, &statement, NULL));
    for (unsigned at = 0; at < MAPS; at++) {
        TEST_EQUAL(VARVE_ROW, varve_step(statement));
        equal = equal && varve_column_int64(statement, 0) == model_count(model, at);
    }
    varve_finalize(statement);
    return equal;
}

/* ---- changes ---- */

static void sql(struct world *world, const char *text)
{
    TEST_EQUAL(VARVE_OK, varve_exec(world->machine.session, text, 0));
}

static void model_put(struct world *world, struct model *model, unsigned at, uint8_t key)
{
    model->has[at][key] = true;
    model->byte[at][key] = (uint8_t)below(world, 256);
    model->size[at][key] = (uint16_t)(below(world, 5) == 0 ? LONG_VALUE : below(world, 40));
}

static void change(struct world *world, struct model *model)
{
    static uint8_t old[LONG_VALUE], fresh[LONG_VALUE];
    unsigned at = below(world, MAPS), what = below(world, 20);
    uint8_t key = (uint8_t)below(world, KEYS);
    bool had = model->has[at][key];
    size_t old_size = model->size[at][key];
    struct varve_map *map = NULL;
    int wanted = VARVE_OK, got = VARVE_OK;

    if (what == 0) {
        TEST_EQUAL(model->there[at] ? VARVE_OK : VARVE_NOT_FOUND,
                   varve_map_drop(world->machine.session, names[at]));
        model->there[at] = false;
        memset(model->has[at], 0, sizeof model->has[at]);
        return;
    }
    TEST_EQUAL(VARVE_OK, varve_map_open(world->machine.session, names[at], VARVE_MAP_CREATE, &map));
    model->there[at] = true;
    memset(old, model->byte[at][key], sizeof old);
    if (what < 5) {
        wanted = had ? VARVE_OK : VARVE_NOT_FOUND;
        got = varve_map_delete(map, &key, 1);
        model->has[at][key] = false;
    } else if (what < 8 && had) {
        wanted = VARVE_EXISTS;
        got = varve_map_insert(map, &key, 1, "x", 1);
    } else {
        model_put(world, model, at, key);
        memset(fresh, model->byte[at][key], sizeof fresh);
        got = what < 12 && had
                  ? varve_map_replace(map, &key, 1, old, old_size, fresh, model->size[at][key])
              : had ? varve_map_put(map, &key, 1, fresh, model->size[at][key])
                    : varve_map_insert(map, &key, 1, fresh, model->size[at][key]);
    }
    TEST_EQUAL(wanted, got);
    varve_map_close(map);
}

static void write_sizes(struct world *world, const struct model *model)
{
    char text[120];

    for (unsigned at = 0; at < MAPS; at++) {
        snprintf(text, sizeof text, "UPDATE sizes SET n = %lld WHERE map = %u",
                 (long long)model_count(model, at), at);
        sql(world, text);
    }
}

static void transaction(struct world *world)
{
    struct model after = world->now, saved;
    unsigned calls = 1 + below(world, CALLS), savepoint = below(world, 2 * CALLS);
    bool torn = below(world, 8) == 0;
    int code = VARVE_OK;

    sql(world, "BEGIN");
    for (unsigned i = 0; i < calls; i++) {
        if (i == savepoint) {
            saved = after;
            sql(world, "SAVEPOINT s");
        }
        change(world, &after);
    }
    if (savepoint < calls && below(world, 2) == 0) {
        sql(world, "ROLLBACK TO s");
        after = saved;
    }
    write_sizes(world, &after);
    if (below(world, 6) == 0) {
        sql(world, "ROLLBACK");
        TEST_TRUE(equals(world, &world->now));
        return;
    }
    if (torn) {
        os_sim_fault_arm(world->machine.sim, OS_SIM_CRASH, 1 + below(world, 2));
    }
    code = varve_exec(world->machine.session, "COMMIT", 0);
    TEST_TRUE(code == VARVE_OK || torn);
    if (code == VARVE_OK) {
        world->now = after;
    }
    if (torn || below(world, 10) == 0) {
        machine_crash(&world->machine);
        if (code != VARVE_OK) {
            world->commits_in_doubt++;
            if (!equals(world, &world->now)) {
                world->now = after;
                world->came_true++;
            }
        }
        TEST_TRUE(equals(world, &world->now));
    }
}

TEST(maps_and_tables_crash_together)
{
    uint64_t seed = test_seed(9);
    struct world world = {.machine.sim = os_sim_create(seed)};

    (void)state;
    rng_init(&world.rng, seed);
    machine_open(&world.machine);
    sql(&world, "CREATE TABLE sizes (map int PRIMARY KEY, n bigint);"
                "INSERT INTO sizes VALUES (0, -1), (1, -1)");
    for (unsigned i = 0; i < TRANSACTIONS * (unsigned)test_effort(); i++) {
        transaction(&world);
    }
    TEST_TRUE(equals(&world, &world.now));
    printf("%u commits in doubt, %u came true\n", world.commits_in_doubt, world.came_true);
    TEST_TRUE(world.commits_in_doubt > world.came_true && world.came_true > 0);
    machine_close(&world.machine);
    os_sim_destroy(world.machine.sim);
}
