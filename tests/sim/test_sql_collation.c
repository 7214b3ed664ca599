/*
 * test_sql_collation.c - a table whose primary key is a NOCASE text, with indexes by RTRIM and by bytes, on a machine that
 * crashes: beside a dictionary from the folded key to the row. Whatever was acknowledged is there as it was written,
 * letter for letter; what was rolled back or never committed is not; each row is found by any way of writing its
 * key, and through every index.
 *
 * VARVE_TEST_EFFORT multiplies the rounds.
 */
#include "machine.h"

#include "base/rng.h"

#define ROUNDS  10
#define STEPS   60
#define LETTERS 4
#define KEYS    (LETTERS * LETTERS)

struct entry {
    bool there;
    char key[4];  /* as it was written */
    char note[8]; /* with spaces at its end */
};

struct world {
    struct machine machine;
    struct rng rng;
    struct entry entries[KEYS]; /* by the folded key */
};

/* The first column of the only row in `text`; "": there is none, or more. */
static void ask(struct world *world, const char *sql, char *text, size_t room)
{
    struct varve_statement *statement = NULL;
    int rows = 0;

    text[0] = 0;
    TEST_EQUAL(VARVE_OK, varve_prepare(world->machine.session, sql, 0, &statement, NULL));
    for (int code = varve_step(statement); code != VARVE_DONE; code = varve_step(statement)) {
        TEST_EQUAL(VARVE_ROW, code);
        snprintf(text, room, "%s", rows++ == 0 ? varve_column_text(statement, 0, NULL) : "");
    }
    varve_finalize(statement);
}

static void ask_equals(struct world *world, const char *wanted, const char *sql)
{
    char text[64];

    ask(world, sql, text, sizeof text);
    TEST_TEXT(wanted, text);
}

/* Some way of writing the key. */
static void spell(struct world *world, unsigned number, char key[4])
{
    key[0] = (char)((rng_below(&world->rng, 2) == 0 ? 'a' : 'A') + (char)(number / LETTERS));
    key[1] = (char)((rng_below(&world->rng, 2) == 0 ? 'a' : 'A') + (char)(number % LETTERS));
    key[2] = 0;
}

static void note_make(struct world *world, char note[8])
{
    snprintf(note, 8, "%c%.*s", (char)('n' + (char)rng_below(&world->rng, 3)),
             (int)rng_below(&world->rng, 4), "   ");
}

/* Runs sql, which breaks the primary key exactly when it should. */
static bool run(struct world *world, const char *sql, bool should)
{
    int code = varve_exec(world->machine.session, sql, 0);

    TEST_EQUAL(should, code == VARVE_OK);
    if (!should) {
        TEST_TEXT("23505", varve_last_error(world->machine.session)->sqlstate);
    }
    return should;
}

/* One write, in the model too. */
static void step(struct world *world)
{
    unsigned number = (unsigned)rng_below(&world->rng, KEYS);
    unsigned other = (unsigned)rng_below(&world->rng, KEYS);
    struct entry *entry = &world->entries[number];
    struct entry fresh = {.there = true};
    char key[4];
    char sql[240];

    spell(world, number, fresh.key);
    spell(world, number, key);
    note_make(world, fresh.note);
    switch (rng_below(&world->rng, 5)) {
    case 0:
        snprintf(sql, sizeof sql, "INSERT INTO t VALUES ('%s', '%s')", fresh.key, fresh.note);
        *entry = run(world, sql, !entry->there) ? fresh : *entry;
        return;
    case 1: /* the key of the row that is there stays as it is written */
        snprintf(
            sql, sizeof sql,
            "INSERT INTO t VALUES ('%s', '%s') ON CONFLICT (k) DO UPDATE SET note = excluded.note",
            fresh.key, fresh.note);
        (void)run(world, sql, true);
        memcpy(fresh.key, entry->there ? entry->key : fresh.key, sizeof fresh.key);
        *entry = fresh;
        return;
    case 2: /* the same key, written otherwise */
        snprintf(sql, sizeof sql, "UPDATE t SET k = '%s', note = '%s' WHERE k = '%s'", fresh.key,
                 fresh.note, key);
        (void)run(world, sql, true);
        *entry = entry->there ? fresh : *entry;
        return;
    case 3: /* another key */
        spell(world, other, fresh.key);
        snprintf(sql, sizeof sql, "UPDATE t SET k = '%s' WHERE k = '%s'", fresh.key, key);
        if (run(world, sql, !entry->there || other == number || !world->entries[other].there) &&
            entry->there) {
            memcpy(fresh.note, entry->note, sizeof fresh.note);
            entry->there = false;
            world->entries[other] = fresh;
        }
        return;
    default:
        snprintf(sql, sizeof sql, "DELETE FROM t WHERE k = '%s'", key);
        (void)run(world, sql, true);
        entry->there = false;
        return;
    }
}

/* Some writes in one transaction; kept: they are committed. A refused one would end the transaction, so each has a
 * savepoint. */
static void transaction(struct world *world, bool kept)
{
    struct entry before[KEYS];

    memcpy(before, world->entries, sizeof before);
    TEST_EQUAL(VARVE_OK, varve_exec(world->machine.session, "BEGIN", 0));
    for (unsigned i = 0; i < 5; i++) {
        TEST_EQUAL(VARVE_OK, varve_exec(world->machine.session, "SAVEPOINT a", 0));
        step(world);
        TEST_EQUAL(VARVE_OK, varve_exec(world->machine.session,
                                        varve_transaction_status(world->machine.session) == 'E'
                                            ? "ROLLBACK TO a"
                                            : "RELEASE a",
                                        0));
    }
    if (kept) {
        TEST_EQUAL(VARVE_OK, varve_exec(world->machine.session, "COMMIT", 0));
    } else {
        memcpy(world->entries, before, sizeof before);
    }
}

static void check_entry(struct world *world, unsigned number)
{
    const struct entry *entry = &world->entries[number];
    char key[4];
    char sql[240];

    spell(world, number, key);
    snprintf(sql, sizeof sql, "SELECT k || '/' || note FROM t WHERE k = '%s'", key);
    if (!entry->there) {
        ask_equals(world, "", sql);
        return;
    }
    char row[64];

    snprintf(row, sizeof row, "%s/%s", entry->key, entry->note);
    ask_equals(world, row, sql);
    snprintf(sql, sizeof sql,
             "SELECT k || '/' || note FROM t WHERE note = '%c ' AND k COLLATE \"C\" = '%s'",
             entry->note[0], entry->key);
    ask_equals(world, row, sql);
    snprintf(sql, sizeof sql,
             "SELECT k || '/' || note FROM t WHERE note COLLATE \"C\" = '%s' AND k = '%s'",
             entry->note, key);
    ask_equals(world, row, sql);
}

static void check(struct world *world)
{
    unsigned count = 0;
    char text[64];

    for (unsigned number = 0; number < KEYS; number++) {
        check_entry(world, number);
        count += world->entries[number].there;
    }
    snprintf(text, sizeof text, "%u", count);
    ask_equals(world, text, "SELECT count(*) FROM t");
    ask_equals(world, text, "SELECT count(*) FROM t WHERE k >= ''");
    ask_equals(world, text, "SELECT count(*) FROM t WHERE k COLLATE \"C\" >= ''");
    ask_equals(world, text, "SELECT count(*) FROM t WHERE note >= ''");
    ask_equals(world, text, "SELECT count(*) FROM t WHERE note COLLATE \"C\" >= ''");
    ask_equals(world, text, "SELECT count(DISTINCT k) FROM t");
}

TEST(nocase_keys_survive_crashes)
{
    uint64_t seed = test_seed(8);
    struct world world = {.machine.sim = os_sim_create(seed)};

    rng_init(&world.rng, seed);
    machine_open(&world.machine);
    TEST_EQUAL(
        VARVE_OK,
        varve_exec(world.machine.session,
                   "CREATE TABLE t (k text COLLATE nocase PRIMARY KEY, note text COLLATE rtrim);"
                   "CREATE INDEX t_note ON t (note, k COLLATE \"C\");"
                   "CREATE UNIQUE INDEX t_bytes ON t (note COLLATE \"C\", k)",
                   0));
    for (unsigned round = 0; round < ROUNDS * test_effort(); round++) {
        for (unsigned i = 0; i < STEPS; i++) {
            step(&world);
        }
        transaction(&world, true);
        if (rng_below(&world.rng, 3) == 0) {
            machine_close(&world.machine);
            machine_open(&world.machine);
        } else {
            transaction(&world, false); /* ends with the machine */
            machine_crash(&world.machine);
        }
        check(&world);
    }
    machine_close(&world.machine);
    os_sim_destroy(world.machine.sim);
}
