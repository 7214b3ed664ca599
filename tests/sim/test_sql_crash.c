/*
 * test_sql_crash.c - a database that crashes again and again while it draws from sequences, counts with ON CONFLICT
 * (also by what it read FOR UPDATE) and writes generated columns: whatever the last sync was, no sequence gives a value twice (SQ1, SQ2), what was
 * acknowledged is there, and every constraint holds. A table with a partial unique index on an expression goes along, row
 * by row beside a model of it. And one that crashes between batches of appended rows, committed,
 * refused or not yet decided: a batch is there whole or not at all.
 *
 * VARVE_TEST_EFFORT multiplies the rounds.
 */
#include "machine.h"

#include "base/rng.h"

#define ROUNDS 12
#define STEPS  40
#define KEYS   7
#define IDS    9
#define NAMES  5

/* A row of x, whose unique index is on lower(name) where state = 1. */
struct entry {
    bool there;
    bool active; /* state = 1 */
    unsigned name;
    int64_t n;
};

struct world {
    struct machine machine;
    struct rng rng;
    int64_t highest; /* value that the sequence has given */
    int64_t counted; /* acknowledged upserts */
    int64_t batches; /* begun ones */
    int64_t rows;    /* of acknowledged batches */
    struct entry entries[IDS];
};

/* The sum of the first column of all rows; -1: the statement failed. */
static int64_t ask(struct world *world, const char *sql)
{
    struct varve_statement *statement = NULL;
    int code = varve_prepare(world->machine.session, sql, 0, &statement, NULL);
    int64_t sum = 0;

    while (code == VARVE_OK || code == VARVE_ROW) {
        code = varve_step(statement);
        sum += code == VARVE_ROW ? varve_column_int64(statement, 0) : 0;
    }
    varve_finalize(statement);
    return code == VARVE_DONE ? sum : -1;
}

static void draw(struct world *world, const char *sql)
{
    int64_t value = ask(world, sql);

    TEST_TRUE(value > world->highest);
    world->highest = value;
}

/* Counts by what was read under a lock; a row that was only locked, or whose change was rolled back, is as before. */
static void count_locked(struct world *world)
{
    unsigned key = (unsigned)rng_below(&world->rng, KEYS);
    bool there = false;
    int64_t n = 0;
    char sql[200];

    snprintf(sql, sizeof sql, "SELECT count(*) FROM u WHERE k = %u", key);
    there = ask(world, sql) == 1;
    TEST_EQUAL(VARVE_OK, varve_exec(world->machine.session, "BEGIN", 0));
    snprintf(sql, sizeof sql, "SELECT n FROM u WHERE k = %u FOR UPDATE", key);
    n = ask(world, sql);
    TEST_TRUE(there ? n > 0 : n == 0);
    TEST_TRUE(ask(world, "SELECT n FROM u ORDER BY n, k LIMIT 2 FOR SHARE SKIP LOCKED") >= 0);
    if (rng_below(&world->rng, 3) == 0) {
        TEST_EQUAL(VARVE_OK, varve_exec(world->machine.session,
                                        "SAVEPOINT a; UPDATE u SET n = 1000000 WHERE n > 0; "
                                        "SELECT n FROM u FOR UPDATE; ROLLBACK TO a",
                                        0));
    }
    if (rng_below(&world->rng, 2) == 0) {
        snprintf(sql, sizeof sql, "UPDATE u SET n = %lld WHERE k = %u", (long long)n + 1, key);
        TEST_EQUAL(VARVE_OK, varve_exec(world->machine.session, sql, 0));
        world->counted += there;
    }
    TEST_EQUAL(VARVE_OK, varve_exec(world->machine.session, "COMMIT", 0));
}

/* The active entry of that name; NULL: none. */
static struct entry *active_of(struct world *world, unsigned name)
{
    for (unsigned i = 0; i < IDS; i++) {
        struct entry *entry = &world->entries[i];

        if (entry->there && entry->active && entry->name == name) {
            return entry;
        }
    }
    return NULL;
}

/* Runs sql, which succeeds exactly when it should. */
static bool try_it(struct world *world, const char *sql, bool should)
{
    int code = varve_exec(world->machine.session, sql, 0);

    TEST_EQUAL(should, code == VARVE_OK);
    if (!should) {
        TEST_TEXT("23505", varve_last_error(world->machine.session)->sqlstate);
    }
    return should;
}

/* One write of x, in the model too. Names differ in case only where the index does not see it. */
static void step_indexed(struct world *world)
{
    unsigned id = (unsigned)rng_below(&world->rng, IDS);
    unsigned name = (unsigned)rng_below(&world->rng, NAMES);
    char letter = (char)((rng_below(&world->rng, 2) == 0 ? 'a' : 'A') + name);
    struct entry *entry = &world->entries[id];
    struct entry *holder = active_of(world, name);
    char sql[200];

    switch (rng_below(&world->rng, 4)) {
    case 0:
        snprintf(sql, sizeof sql,
                 "INSERT INTO x VALUES (%u, '%c', 1, 1) ON CONFLICT (lower(name)) WHERE state = 1 "
                 "DO UPDATE SET n = x.n + 1",
                 id, letter);
        if (try_it(world, sql, holder != NULL || !entry->there)) {
            if (holder != NULL) {
                holder->n++;
            } else {
                *entry = (struct entry){.there = true, .active = true, .name = name, .n = 1};
            }
        }
        return;
    case 1:
        holder = active_of(world, entry->name);
        snprintf(sql, sizeof sql, "UPDATE x SET state = 1 - state WHERE id = %u", id);
        if (try_it(world, sql, !entry->there || entry->active || holder == NULL)) {
            entry->active = !entry->active;
        }
        return;
    case 2:
        snprintf(sql, sizeof sql, "UPDATE x SET name = '%c', n = n + 2 WHERE id = %u", letter, id);
        if (try_it(world, sql,
                   !entry->there || !entry->active || holder == NULL || holder == entry)) {
            entry->name = name;
            entry->n += 2;
        }
        return;
    default:
        snprintf(sql, sizeof sql, "DELETE FROM x WHERE id = %u AND lower(name) = lower('%c')", id,
                 letter);
        (void)try_it(world, sql, true);
        if (entry->name == name) {
            entry->there = false;
        }
        return;
    }
}

/* Every row of the model is found through each index, and nothing else is. */
static void check_indexed(struct world *world)
{
    int64_t sum = 0;
    char sql[200];

    for (unsigned name = 0; name < NAMES; name++) {
        struct entry *holder = active_of(world, name);

        snprintf(sql, sizeof sql, "SELECT id FROM x WHERE lower(name) = '%c' AND state = 1",
                 'a' + (char)name);
        TEST_EQUAL(holder == NULL ? 0 : holder - world->entries, ask(world, sql));
    }
    for (unsigned i = 0; i < IDS; i++) {
        sum += world->entries[i].there ? world->entries[i].n : 0;
    }
    TEST_EQUAL(sum, ask(world, "SELECT coalesce(sum(n), 0)::bigint FROM x"));
    TEST_EQUAL(sum * 2, ask(world, "SELECT n * 2 FROM x WHERE n * 2 > 0"));
    TEST_EQUAL(ask(world, "SELECT count(*) FROM x WHERE state + 0 = 1"),
               ask(world, "SELECT count(*) FROM x WHERE state = 1"));
}

static void step(struct world *world)
{
    unsigned dice = (unsigned)rng_below(&world->rng, 100);
    char sql[200];

    step_indexed(world);

    if (dice < 40) {
        draw(world, "SELECT nextval('s')");
    } else if (dice < 60) {
        draw(world, "INSERT INTO t (v) VALUES (1) RETURNING id");
    } else if (dice < 70) {
        TEST_EQUAL(VARVE_OK, varve_exec(world->machine.session, "BEGIN", 0));
        draw(world, "SELECT nextval('s')");
        TEST_EQUAL(VARVE_OK, varve_exec(world->machine.session, "ROLLBACK", 0));
    } else if (dice < 80) {
        count_locked(world);
    } else {
        snprintf(sql, sizeof sql,
                 "INSERT INTO u VALUES (%u, 1) ON CONFLICT (k) DO UPDATE SET n = u.n + excluded.n "
                 "RETURNING 1",
                 (unsigned)rng_below(&world->rng, KEYS));
        TEST_EQUAL(1, ask(world, sql));
        world->counted++;
    }
}

static void check(struct world *world)
{
    TEST_EQUAL(world->counted, ask(world, "SELECT coalesce(sum(n), 0)::bigint FROM u"));
    TEST_EQUAL(0, ask(world, "SELECT count(*) FROM u WHERE twice <> 2 * n OR n <= 0"));
    TEST_EQUAL(0, ask(world, "SELECT count(*) FROM t WHERE id > 1000000"));
    check_indexed(world);
    TEST_EQUAL(ask(world, "SELECT count(*) FROM t"),
               ask(world, "SELECT count(DISTINCT id) FROM t"));
}

TEST(sequences_and_upserts_survive_crashes)
{
    uint64_t seed = test_seed(5);
    struct world world = {.machine.sim = os_sim_create(seed)};

    rng_init(&world.rng, seed);
    machine_open(&world.machine);
    TEST_EQUAL(VARVE_OK,
               varve_exec(world.machine.session,
                          "CREATE SEQUENCE s;"
                          "CREATE TABLE t (id bigint PRIMARY KEY DEFAULT nextval('s'), v int);"
                          "CREATE TABLE u (k int PRIMARY KEY, n bigint CHECK (n > 0), "
                          "twice bigint GENERATED ALWAYS AS (n * 2) STORED);"
                          "CREATE TABLE x (id int PRIMARY KEY, name text, state int, n bigint);"
                          "CREATE UNIQUE INDEX x_name ON x (lower(name)) WHERE state = 1;"
                          "CREATE INDEX x_twice ON x ((n * 2)) INCLUDE (name)",
                          0));
    for (unsigned round = 0; round < ROUNDS * test_effort(); round++) {
        for (unsigned i = 0; i < STEPS; i++) {
            step(&world);
        }
        if (rng_below(&world.rng, 3) == 0) {
            int64_t before = world.highest;

            machine_close(&world.machine);
            machine_open(&world.machine);
            draw(&world, "SELECT nextval('s')");
            TEST_EQUAL(before + 1, world.highest); /* a clean close loses no value */
        } else {
            machine_crash(&world.machine);
        }
        check(&world);
    }
    machine_close(&world.machine);
    os_sim_destroy(world.machine.sim);
}

/* A batch of so many rows, whose keys come in no order; broken: its last row is there already. */
static int append_batch(struct world *world, int64_t count, bool broken)
{
    struct varve_appender *appender = NULL;
    int64_t batch = ++world->batches;
    int code = varve_appender_create(world->machine.session, NULL, "batches", NULL, 0, &appender);

    for (int64_t i = 0; i < count && code == VARVE_OK; i++) {
        int64_t row = broken && i + 1 == count ? 0 : i * 7919 % count;

        TEST_EQUAL(VARVE_OK, varve_append_int64(appender, batch));
        TEST_EQUAL(VARVE_OK, varve_append_int64(appender, row));
        TEST_EQUAL(VARVE_OK, varve_append_int64(appender, count));
        TEST_EQUAL(VARVE_OK, varve_appender_end_row(appender));
    }
    code = varve_appender_close(appender);
    TEST_EQUAL(!broken, code == VARVE_OK);
    world->rows += broken ? 0 : count;
    return code;
}

static void check_batches(struct world *world)
{
    TEST_EQUAL(world->rows, ask(world, "SELECT count(*) FROM batches"));
    TEST_EQUAL(world->rows, ask(world, "SELECT count(*) FROM batches WHERE number >= 0"));
    TEST_EQUAL(0, ask(world, "SELECT count(*) FROM batches GROUP BY batch, size "
                             "HAVING count(*) <> size OR sum(number) <> size * (size - 1) / 2"));
}

TEST(batches_survive_crashes_whole)
{
    uint64_t seed = test_seed(6);
    struct world world = {.machine.sim = os_sim_create(seed)};

    rng_init(&world.rng, seed);
    machine_open(&world.machine);
    TEST_EQUAL(VARVE_OK,
               varve_exec(world.machine.session,
                          "CREATE TABLE batches (batch bigint, number bigint, size bigint, "
                          "PRIMARY KEY (batch, number));"
                          "CREATE INDEX ON batches (number)",
                          0));
    for (unsigned round = 0; round < ROUNDS * test_effort(); round++) {
        int64_t acknowledged = 0;

        for (unsigned i = 0; i < 4; i++) {
            (void)append_batch(&world, 2 + (int64_t)rng_below(&world.rng, 600),
                               rng_chance(&world.rng, 1, 4));
        }
        acknowledged = world.rows;
        TEST_EQUAL(VARVE_OK, varve_exec(world.machine.session, "BEGIN", 0));
        (void)append_batch(&world, 3000,
                           false); /* more than one statement, and than a chunk of log */
        if (rng_chance(&world.rng, 1, 2)) {
            TEST_EQUAL(VARVE_OK, varve_exec(world.machine.session, "COMMIT", 0));
        } else {
            world.rows = acknowledged;
        }
        machine_crash(&world.machine);
        check_batches(&world);
    }
    machine_close(&world.machine);
    os_sim_destroy(world.machine.sim);
}
