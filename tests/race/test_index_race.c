/*
 * test_index_race.c - eight sessions write the same few rows of a table with a partial unique index on an expression, and
 * make and drop another index meanwhile: two active rows never have the same name (T6), every row that an index must
 * have is found through it, and no other (T1).
 *
 * VARVE_TEST_EFFORT multiplies the steps.
 */
#include "test.h"

#include "base/rng.h"
#include "varve/varve.h"

#include <pthread.h>

#define SESSIONS 8
#define STEPS    200
#define IDS      24
#define NAMES    6

struct racer {
    struct varve *db;
    bool repeatable;
    unsigned number;
    uint64_t seed;
    char unexpected[400];
};

static bool allowed(const struct racer *racer, const struct varve_error *error)
{
    return strcmp(error->sqlstate, "23505") == 0 || strcmp(error->sqlstate, "40P01") == 0 ||
           (racer->repeatable && strcmp(error->sqlstate, "40001") == 0);
}

static void step(struct racer *racer, struct varve_session *session, struct rng *rng)
{
    unsigned id = (unsigned)rng_below(rng, IDS);
    unsigned name = (unsigned)rng_below(rng, NAMES);
    unsigned dice = (unsigned)rng_below(rng, 100);
    char letter = (char)((rng_below(rng, 2) == 0 ? 'a' : 'A') + name);
    char sql[256];

    if (dice < 30) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO x VALUES (%u, '%c', 1, 1) ON CONFLICT (lower(name)) WHERE state = 1 "
                 "DO UPDATE SET n = x.n + 1",
                 id, letter);
    } else if (dice < 45) {
        snprintf(sql, sizeof sql, "INSERT INTO x VALUES (%u, '%c', %u, 1) ON CONFLICT DO NOTHING",
                 id, letter, (unsigned)rng_below(rng, 2));
    } else if (dice < 65) {
        snprintf(sql, sizeof sql, "UPDATE x SET state = 1 - state WHERE id = %u", id);
    } else if (dice < 80) {
        snprintf(sql, sizeof sql, "UPDATE x SET name = '%c', n = n + 1 WHERE lower(name) = '%c'",
                 letter, (char)('a' + rng_below(rng, NAMES)));
    } else if (dice < 96 || racer->number > 0) {
        snprintf(sql, sizeof sql, "DELETE FROM x WHERE n * 2 > %u AND id = %u",
                 (unsigned)rng_below(rng, 4), id);
    } else {
        snprintf(sql, sizeof sql,
                 "DROP INDEX IF EXISTS x_more; "
                 "CREATE INDEX x_more ON x ((n + id)) INCLUDE (name) WHERE lower(name) <> 'a'");
    }
    if (varve_exec(session, sql, 0) != VARVE_OK) {
        const struct varve_error *error = varve_last_error(session);

        if (!allowed(racer, error)) {
            snprintf(racer->unexpected, sizeof racer->unexpected, "%.200s: %s %.100s", sql,
                     error->sqlstate, error->message);
        }
    }
}

static void *race(void *argument)
{
    struct racer *racer = argument;
    struct varve_session *session = NULL;
    struct rng rng;

    rng_init(&rng, racer->seed);
    if (varve_connect(racer->db, &session) != VARVE_OK ||
        varve_exec(session,
                   racer->repeatable ? "SET default_transaction_isolation = 'repeatable read'"
                                     : "SET default_transaction_isolation = 'read committed'",
                   0) != VARVE_OK) {
        snprintf(racer->unexpected, sizeof racer->unexpected, "cannot connect");
        return NULL;
    }
    for (unsigned i = 0; i < STEPS * test_effort() && racer->unexpected[0] == '\0'; i++) {
        step(racer, session, &rng);
    }
    varve_disconnect(session);
    return NULL;
}

/* The only number that a query gives. */
static int64_t number(struct varve_session *session, const char *sql)
{
    struct varve_statement *statement = NULL;
    int64_t value = -1;

    TEST_EQUAL(VARVE_OK, varve_prepare(session, sql, 0, &statement, NULL));
    TEST_EQUAL(VARVE_ROW, varve_step(statement));
    value = varve_column_int64(statement, 0);
    varve_finalize(statement);
    return value;
}

/* The second statement of each pair is one that no index can serve. */
static void check(struct varve_session *session)
{
    char through[200];
    char around[200];

    TEST_EQUAL(0, number(session, "SELECT count(*) - count(DISTINCT lower(name)) FROM x WHERE "
                                  "state + 0 = 1"));
    for (unsigned i = 0; i < NAMES; i++) {
        char letter = (char)('a' + i);

        snprintf(through, sizeof through,
                 "SELECT coalesce(sum(id), -1) FROM x WHERE lower(name) = '%c' AND state = 1",
                 letter);
        snprintf(around, sizeof around,
                 "SELECT coalesce(sum(id), -1) FROM x WHERE lower(name) || '' = '%c' AND state + 0 "
                 "= 1",
                 letter);
        TEST_EQUAL(number(session, around), number(session, through));
    }
    for (unsigned i = 0; i < 8; i++) {
        snprintf(through, sizeof through, "SELECT count(*) FROM x WHERE n * 2 >= %u", i);
        snprintf(around, sizeof around, "SELECT count(*) FROM x WHERE n + n >= %u", i);
        TEST_EQUAL(number(session, around), number(session, through));
        snprintf(through, sizeof through,
                 "SELECT count(*) FROM x WHERE n + id >= %u AND lower(name) <> 'a'", i);
        snprintf(around, sizeof around,
                 "SELECT count(*) FROM x WHERE id + n >= %u AND lower(name) || '' <> 'a'", i);
        TEST_EQUAL(number(session, around), number(session, through));
    }
}

static void writers(bool repeatable)
{
    struct varve *db = NULL;
    struct varve_session *session = NULL;
    struct racer racers[SESSIONS];
    pthread_t threads[SESSIONS];
    uint64_t seed = test_seed(17);

    TEST_EQUAL(VARVE_OK, varve_open(":memory:", NULL, &db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(db, &session));
    TEST_EQUAL(VARVE_OK,
               varve_exec(session,
                          "CREATE TABLE x (id int PRIMARY KEY, name text, state int, n bigint);"
                          "CREATE UNIQUE INDEX x_name ON x (lower(name)) WHERE state = 1;"
                          "CREATE INDEX x_twice ON x ((n * 2)) INCLUDE (state)",
                          0));
    for (unsigned i = 0; i < SESSIONS; i++) {
        racers[i] =
            (struct racer){.db = db, .number = i, .seed = seed + i, .repeatable = repeatable};
        pthread_create(&threads[i], NULL, race, &racers[i]);
    }
    for (unsigned i = 0; i < SESSIONS; i++) {
        pthread_join(threads[i], NULL);
        TEST_TEXT("", racers[i].unexpected);
    }
    check(session);
    varve_disconnect(session);
    TEST_EQUAL(VARVE_OK, varve_close(db));
}

TEST(computed_indexes_read_committed)
{
    writers(false);
}

TEST(computed_indexes_repeatable_read)
{
    writers(true);
}
