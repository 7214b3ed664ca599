/*
 * test_upsert_race.c - eight sessions count in the same few rows with ON CONFLICT, by primary key and by a
 * secondary unique key, and delete them with RETURNING meanwhile, and draw from sequences (SQ1): nothing that was counted is lost or counted twice,
 * and no constraint is ever broken. Under READ COMMITTED an upsert never fails (CF1); under REPEATABLE READ only with
 * 40001 (CF2). No row is counted twice by one statement (CF3).
 *
 * VARVE_TEST_EFFORT multiplies the steps.
 */
#include "test.h"

#include "base/rng.h"
#include "varve/varve.h"

#include <pthread.h>

#define SESSIONS 8
#define STEPS    300
#define KEYS     12

struct racer {
    struct varve *db;
    bool repeatable;
    unsigned number;
    uint64_t seed;
    int64_t counted; /* by upserts that were committed */
    int64_t deleted; /* what DELETE returned */
    char unexpected[400];
};

/* Runs one statement; *returned gets its first column when a row came. */
static int run(struct varve_session *session, const char *sql, int64_t *returned, unsigned *rows)
{
    struct varve_statement *statement = NULL;
    int code = varve_prepare(session, sql, 0, &statement, NULL);

    *rows = 0;
    *returned = 0;
    while (code == VARVE_OK || code == VARVE_ROW) {
        code = varve_step(statement);
        if (code == VARVE_ROW) {
            *returned += varve_column_int64(statement, 0);
            (*rows)++;
        }
    }
    varve_finalize(statement);
    return code == VARVE_DONE ? VARVE_OK : code;
}

static bool allowed(const struct racer *racer, const struct varve_error *error)
{
    return (racer->repeatable && strcmp(error->sqlstate, "40001") == 0) ||
           strcmp(error->sqlstate, "40P01") == 0;
}

static void step(struct racer *racer, struct varve_session *session, struct rng *rng)
{
    unsigned key = (unsigned)rng_below(rng, KEYS);
    unsigned dice = (unsigned)rng_below(rng, 100);
    bool upsert = dice < 70;
    int64_t returned = 0;
    unsigned rows = 0;
    char sql[256];

    if (dice < 40) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO u VALUES (%u, 1, %u) ON CONFLICT (k) DO UPDATE SET n = u.n + "
                 "excluded.n RETURNING n",
                 key, key + 1000);
    } else if (upsert) {
        snprintf(sql, sizeof sql,
                 "INSERT INTO u VALUES (%u, 1, %u) ON CONFLICT (a) DO UPDATE SET n = u.n + 1 "
                 "WHERE u.k = excluded.k RETURNING n",
                 key, key + 1000);
    } else if (dice < 80) {
        snprintf(sql, sizeof sql, "INSERT INTO drawn (who) VALUES (%u), (%u)", racer->number,
                 racer->number);
    } else if (dice < 87) {
        snprintf(sql, sizeof sql, "INSERT INTO u VALUES (%u, 0, %u) ON CONFLICT DO NOTHING", key,
                 key + 1000);
    } else {
        snprintf(sql, sizeof sql, "DELETE FROM u WHERE k = %u RETURNING n", key);
    }
    if (run(session, sql, &returned, &rows) != VARVE_OK) {
        const struct varve_error *error = varve_last_error(session);

        if (!allowed(racer, error)) {
            snprintf(racer->unexpected, sizeof racer->unexpected, "%.200s: %s %.100s", sql,
                     error->sqlstate, error->message);
        }
        return;
    }
    if (upsert && rows != 1) {
        snprintf(racer->unexpected, sizeof racer->unexpected, "%.200s: %u rows", sql, rows);
    }
    racer->counted += upsert;
    racer->deleted += upsert ? 0 : returned;
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

static int64_t number(struct varve_session *session, const char *sql)
{
    int64_t value = 0;
    unsigned rows = 0;

    TEST_EQUAL(VARVE_OK, run(session, sql, &value, &rows));
    TEST_EQUAL(1, rows);
    return value;
}

static void upserts(bool repeatable)
{
    struct varve *db = NULL;
    struct varve_session *session = NULL;
    struct racer racers[SESSIONS];
    pthread_t threads[SESSIONS];
    uint64_t seed = test_seed(91);
    int64_t counted = 0;

    TEST_EQUAL(VARVE_OK, varve_open(":memory:", NULL, &db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(db, &session));
    TEST_EQUAL(
        VARVE_OK,
        varve_exec(session,
                   "CREATE TABLE u (k int PRIMARY KEY, n bigint CHECK (n >= 0), a int UNIQUE, "
                   "g bigint GENERATED ALWAYS AS (n * 2 + k) STORED, CHECK (a = k + 1000))",
                   0));
    TEST_EQUAL(VARVE_OK, varve_exec(session, "CREATE INDEX u_g ON u (g)", 0));
    /* A value that came twice would be a unique violation. */
    TEST_EQUAL(VARVE_OK,
               varve_exec(session,
                          "CREATE TABLE drawn (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
                          "n serial UNIQUE, who int)",
                          0));
    for (unsigned i = 0; i < SESSIONS; i++) {
        racers[i] =
            (struct racer){.db = db, .number = i, .seed = seed + i, .repeatable = repeatable};
        pthread_create(&threads[i], NULL, race, &racers[i]);
    }
    for (unsigned i = 0; i < SESSIONS; i++) {
        pthread_join(threads[i], NULL);
        TEST_TEXT("", racers[i].unexpected);
        counted += racers[i].counted - racers[i].deleted;
    }
    TEST_EQUAL(counted, number(session, "SELECT coalesce(sum(n), 0)::bigint FROM u"));
    TEST_EQUAL(0, number(session, "SELECT count(*) FROM u WHERE g <> n * 2 + k OR a <> k + 1000"));
    TEST_EQUAL(number(session, "SELECT count(*) FROM u"),
               number(session, "SELECT count(*) FROM u WHERE g >= 0"));
    TEST_EQUAL(0, number(session, "SELECT count(*) FROM drawn WHERE id IS NULL OR n < 1"));
    varve_disconnect(session);
    TEST_EQUAL(VARVE_OK, varve_close(db));
}

TEST(upserts_read_committed)
{
    upserts(false);
}

TEST(upserts_repeatable_read)
{
    upserts(true);
}
