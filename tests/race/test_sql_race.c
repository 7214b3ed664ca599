/*
 * test_sql_race.c - four sessions change one small table in every way SQL has, violate its unique keys, and make
 * and drop indexes meanwhile; at the end each way through the table finds the same rows, and nobody hangs.
 *
 * VARVE_TEST_EFFORT multiplies the steps.
 */
#include "test.h"

#include "base/rng.h"
#include "varve/varve.h"

#include <pthread.h>

#define SESSIONS 4
#define STEPS    600
#define KEYS     50

struct racer {
    struct varve *db;
    unsigned number;
    uint64_t seed;
    char unexpected[400];
};

static const char *sqlstate_allowed[] = {"23505", "40P01", "42P07"};

static void statement_make(struct racer *racer, struct rng *rng, unsigned step, char *sql,
                           size_t bytes)
{
    unsigned key = (unsigned)rng_below(rng, KEYS);
    unsigned dice = (unsigned)rng_below(rng, 100);

    if (dice < 40) {
        snprintf(sql, bytes, "UPDATE t SET v = v + 1, u = u + 1000 WHERE k = %u", key);
    } else if (dice < 60) {
        snprintf(sql, bytes, "UPDATE t SET k = k + 0, v = v - 1 WHERE v %% 3 = %u", key % 3);
    } else if (dice < 75) {
        snprintf(sql, bytes, "DELETE FROM t WHERE k = %u", key);
    } else if (dice < 95) {
        snprintf(sql, bytes, "INSERT INTO t VALUES (%u, %u, %u)", key,
                 (unsigned)rng_below(rng, 1000), step * 8 + racer->number);
    } else if (dice < 97) {
        snprintf(sql, bytes, "CREATE INDEX i%u ON t (v)", racer->number);
    } else {
        snprintf(sql, bytes, "DROP INDEX IF EXISTS i%u", racer->number);
    }
}

static void *race(void *argument)
{
    struct racer *racer = argument;
    struct varve_session *session = NULL;
    struct rng rng;
    char sql[256];

    rng_init(&rng, racer->seed);
    if (varve_connect(racer->db, &session) != VARVE_OK) {
        snprintf(racer->unexpected, sizeof racer->unexpected, "cannot connect");
        return NULL;
    }
    for (unsigned step = 0; step < STEPS * test_effort() && racer->unexpected[0] == '\0'; step++) {
        const struct varve_error *error = varve_last_error(session);
        bool allowed = false;

        statement_make(racer, &rng, step, sql, sizeof sql);
        if (varve_exec(session, sql, 0) == VARVE_OK) {
            continue;
        }
        for (size_t i = 0; i < sizeof sqlstate_allowed / sizeof sqlstate_allowed[0]; i++) {
            allowed = allowed || strcmp(error->sqlstate, sqlstate_allowed[i]) == 0;
        }
        if (!allowed) {
            snprintf(racer->unexpected, sizeof racer->unexpected, "%.200s: %s %.100s", sql,
                     error->sqlstate, error->message);
        }
    }
    varve_disconnect(session);
    return NULL;
}

static int64_t number(struct varve_session *session, const char *sql)
{
    struct varve_statement *statement = NULL;
    int64_t value = 0;

    TEST_EQUAL(VARVE_OK, varve_prepare(session, sql, 0, &statement, NULL));
    TEST_EQUAL(VARVE_ROW, varve_step(statement));
    value = varve_column_int64(statement, 0);
    varve_finalize(statement);
    return value;
}

TEST(four_sessions_and_their_indexes)
{
    struct varve *db = NULL;
    struct varve_session *session = NULL;
    struct racer racers[SESSIONS];
    pthread_t threads[SESSIONS];
    uint64_t seed = test_seed(77);
    int64_t rows = 0;

    TEST_EQUAL(VARVE_OK, varve_open(":memory:", NULL, &db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(db, &session));
    TEST_EQUAL(VARVE_OK,
               varve_exec(session, "CREATE TABLE t (k int PRIMARY KEY, v int, u int UNIQUE)", 0));
    for (unsigned i = 0; i < SESSIONS; i++) {
        racers[i] = (struct racer){.db = db, .number = i, .seed = seed + i};
        pthread_create(&threads[i], NULL, race, &racers[i]);
    }
    for (unsigned i = 0; i < SESSIONS; i++) {
        pthread_join(threads[i], NULL);
        TEST_TEXT("", racers[i].unexpected);
    }
    TEST_EQUAL(VARVE_OK, varve_exec(session, "CREATE INDEX last ON t (v)", 0));
    rows = number(session, "SELECT count(*) FROM t");
    TEST_EQUAL(rows, number(session, "SELECT count(u) FROM t WHERE u >= 0"));
    TEST_EQUAL(rows, number(session, "SELECT count(*) FROM t WHERE v >= -1000000"));
    varve_disconnect(session);
    TEST_EQUAL(VARVE_OK, varve_close(db));
}
