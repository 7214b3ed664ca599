/*
 * test_map_race.c - four sessions move units between the values of one map, by put under READ COMMITTED locks of
 * their own making (replace) and in REPEATABLE READ transactions, while each reads ranges; a second map is made,
 * filled and dropped all the while. No unit is lost or made, every range read by one snapshot adds up.
 *
 * VARVE_TEST_EFFORT multiplies the steps.
 */
#include "test.h"

#include "base/rng.h"
#include "varve/varve.h"

#include <pthread.h>

#define SESSIONS 4
#define STEPS    4000
#define KEYS     6
#define UNITS    1000

struct racer {
    struct varve *db;
    struct varve_session *session;
    struct varve_map *map;
    struct rng rng;
    unsigned moved;
    char unexpected[300];
};

static void unexpected(struct racer *racer, const char *what, int code)
{
    if (racer->unexpected[0] == '\0') {
        snprintf(racer->unexpected, sizeof racer->unexpected, "%s: %d %.200s", what, code,
                 varve_last_error(racer->session)->message);
    }
}

/* What a transaction among others may meet: it tries again. */
static bool is_collision(int code)
{
    return code == VARVE_CONFLICT || code == VARVE_DEADLOCK;
}

static int read_units(struct racer *racer, uint8_t key, int64_t *units_out)
{
    size_t size = 0;
    int code = varve_map_read(racer->map, &key, 1, units_out, sizeof *units_out, &size);

    if (code == VARVE_OK && size != sizeof *units_out) {
        unexpected(racer, "a value of another size", (int)size);
    }
    return code;
}

/* Takes from one and gives to the other, as read by this transaction's snapshot. */
static int move(struct racer *racer, uint8_t from, uint8_t to)
{
    int64_t taken = 0, given = 0;
    int code = read_units(racer, from, &taken);

    code = code == VARVE_OK ? read_units(racer, to, &given) : code;
    taken -= 1;
    given += 1;
    code = code == VARVE_OK ? varve_map_put(racer->map, &from, 1, &taken, sizeof taken) : code;
    return code == VARVE_OK ? varve_map_put(racer->map, &to, 1, &given, sizeof given) : code;
}

static void move_in_snapshot(struct racer *racer, uint8_t from, uint8_t to)
{
    int code = varve_exec(racer->session, "BEGIN ISOLATION LEVEL REPEATABLE READ", 0);

    code = code == VARVE_OK ? move(racer, from, to) : code;
    if (code == VARVE_OK) {
        code = varve_exec(racer->session, "COMMIT", 0);
        racer->moved += code == VARVE_OK;
    } else {
        (void)varve_exec(racer->session, "ROLLBACK", 0);
    }
    if (code != VARVE_OK && !is_collision(code)) {
        unexpected(racer, "move", code);
    }
}

/* Adds by comparing what it read with what is there now: nobody's change is lost, without any snapshot. */
static int add(struct racer *racer, uint8_t key, int64_t more)
{
    int code = VARVE_EXISTS;

    while (code == VARVE_EXISTS) {
        int64_t before = 0, after = 0;

        code = read_units(racer, key, &before);
        after = before + more;
        code = code == VARVE_OK ? varve_map_replace(racer->map, &key, 1, &before, sizeof before,
                                                    &after, sizeof after)
                                : code;
    }
    return code;
}

static void move_by_replace(struct racer *racer, uint8_t from, uint8_t to)
{
    int code = varve_exec(racer->session, "BEGIN", 0);

    code = code == VARVE_OK ? add(racer, from, -1) : code;
    code = code == VARVE_OK ? add(racer, to, 1) : code;
    (void)varve_exec(racer->session, code == VARVE_OK ? "COMMIT" : "ROLLBACK", 0);
    racer->moved += code == VARVE_OK;
    if (code != VARVE_OK && !is_collision(code)) {
        unexpected(racer, "move by replace", code);
    }
}

static int64_t sum(struct racer *racer, int flags)
{
    struct varve_map_cursor *cursor = NULL;
    const void *value = NULL;
    size_t size = 0;
    int64_t units = 0, all = 0;
    int code = varve_map_range(racer->map, NULL, flags, &cursor);

    while (code == VARVE_OK) {
        code = varve_map_next(cursor, NULL, NULL, &value, &size);
        if (code == VARVE_ROW && size == sizeof units) {
            memcpy(&units, value, sizeof units);
            all += units;
            code = VARVE_OK;
        }
    }
    if (code != VARVE_DONE) {
        unexpected(racer, "range", code);
    }
    varve_map_range_close(cursor);
    return all;
}

/* The other map comes and goes; whoever uses it finds all of one making, or that it is gone. */
static void use_passing_map(struct racer *racer)
{
    struct varve_map *map = NULL;
    uint8_t key = (uint8_t)rng_below(&racer->rng, KEYS);
    int code = varve_map_open(racer->session, "passing", VARVE_MAP_CREATE, &map);

    if (code == VARVE_OK) {
        code = varve_map_put(map, &key, 1, "x", 1);
        if (code == VARVE_ERROR &&
            strcmp(varve_last_error(racer->session)->sqlstate, "42P01") == 0) {
            code = VARVE_OK; /* dropped since */
        }
    }
    varve_map_close(map);
    if (code == VARVE_OK && rng_chance(&racer->rng, 1, 2)) {
        code = varve_map_drop(racer->session, "passing");
    }
    if (code != VARVE_OK && code != VARVE_NOT_FOUND && !is_collision(code)) {
        unexpected(racer, "the passing map", code);
    }
}

static void *race(void *argument)
{
    struct racer *racer = argument;

    for (unsigned step = 0; step < STEPS * (unsigned)test_effort() && racer->unexpected[0] == '\0';
         step++) {
        uint8_t from = (uint8_t)rng_below(&racer->rng, KEYS);
        uint8_t to = (uint8_t)((from + 1 + rng_below(&racer->rng, KEYS - 1)) % KEYS);
        unsigned dice = (unsigned)rng_below(&racer->rng, 10);

        if (dice < 4) {
            move_in_snapshot(racer, from, to);
        } else if (dice < 8) {
            move_by_replace(racer, from, to);
        } else if (dice < 9) {
            int64_t all = sum(racer, step % 2 == 0 ? 0 : VARVE_MAP_REVERSE);

            if (all != UNITS * KEYS) {
                unexpected(racer, "the sum", (int)all);
            }
        } else {
            use_passing_map(racer);
        }
    }
    return NULL;
}

static void racer_open(struct racer *racer, struct varve *db, uint64_t seed)
{
    *racer = (struct racer){.db = db};
    rng_init(&racer->rng, seed);
    TEST_EQUAL(VARVE_OK, varve_connect(db, &racer->session));
    TEST_EQUAL(VARVE_OK, varve_map_open(racer->session, "units", VARVE_MAP_CREATE, &racer->map));
}

TEST(units_move_and_none_is_lost)
{
    struct varve *db = NULL;
    struct racer racers[SESSIONS];
    pthread_t threads[SESSIONS];
    uint64_t seed = test_seed(21);
    int64_t units = UNITS;
    unsigned moved = 0;

    (void)state;
    TEST_EQUAL(VARVE_OK, varve_open(":memory:", NULL, &db, NULL));
    for (unsigned i = 0; i < SESSIONS; i++) {
        racer_open(&racers[i], db, seed + i);
    }
    for (uint8_t key = 0; key < KEYS; key++) {
        TEST_EQUAL(VARVE_OK, varve_map_put(racers[0].map, &key, 1, &units, sizeof units));
    }
    for (unsigned i = 0; i < SESSIONS; i++) {
        pthread_create(&threads[i], NULL, race, &racers[i]);
    }
    for (unsigned i = 0; i < SESSIONS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (unsigned i = 0; i < SESSIONS; i++) {
        TEST_TEXT("", racers[i].unexpected);
        moved += racers[i].moved;
    }
    TEST_TRUE(moved > 0);
    TEST_EQUAL(UNITS * KEYS, sum(&racers[0], 0));
    for (unsigned i = 0; i < SESSIONS; i++) {
        varve_disconnect(racers[i].session);
    }
    TEST_EQUAL(VARVE_OK, varve_close(db));
}
