/*
 * test_alter_race.c - one session alters a table again and again (its key, its types, its columns) while two count in
 * its rows and one looks twice from one snapshot: no count is lost, no row is seen twice or not at all, whatever
 * map the table lies in, and a snapshot shows the same before and after a rewrite.
 *
 * VARVE_TEST_EFFORT multiplies the steps.
 */
#include "test.h"

#include "base/rng.h"
#include "varve/varve.h"

#include <pthread.h>

#define KEYS    40
#define WRITERS 2
#define STEPS   400
#define ALTERS  60
#define LOOKS   150

struct racer {
    struct varve *db;
    uint64_t seed;
    int64_t counted; /* acknowledged increments */
    unsigned number;
    unsigned altered;
    char unexpected[400];
};

static void unexpected(struct racer *racer, struct varve_session *session, const char *sql)
{
    const struct varve_error *error = varve_last_error(session);

    snprintf(racer->unexpected, sizeof racer->unexpected, "%.200s: %s %.100s", sql, error->sqlstate,
             error->message);
}

/* Runs a statement that nothing but a deadlock or a serialization failure may stop. False: it was stopped. */
static bool run(struct racer *racer, struct varve_session *session, const char *sql)
{
    const struct varve_error *error = varve_last_error(session);

    if (varve_exec(session, sql, 0) == VARVE_OK) {
        return true;
    }
    if (strcmp(error->sqlstate, "40001") != 0 && strcmp(error->sqlstate, "40P01") != 0) {
        unexpected(racer, session, sql);
    }
    return false;
}

/* The first column of the only row. */
static int64_t ask(struct racer *racer, struct varve_session *session, const char *sql)
{
    struct varve_statement *statement = NULL;
    int64_t answer = -1;

    if (varve_prepare(session, sql, 0, &statement, NULL) == VARVE_OK &&
        varve_step(statement) == VARVE_ROW) {
        answer = varve_column_int64(statement, 0);
    } else {
        unexpected(racer, session, sql);
    }
    varve_finalize(statement);
    return answer;
}

static void *count(void *argument)
{
    struct racer *racer = argument;
    struct varve_session *session = NULL;
    struct rng rng;
    char sql[128];

    rng_init(&rng, racer->seed);
    TEST_EQUAL(VARVE_OK, varve_connect(racer->db, &session));
    for (unsigned step = 0; step < STEPS * test_effort() && racer->unexpected[0] == '\0'; step++) {
        snprintf(sql, sizeof sql, "UPDATE t SET n = n + 1, w = 'w' || n WHERE k = %u",
                 (unsigned)rng_below(&rng, KEYS));
        racer->counted += run(racer, session, sql);
    }
    varve_disconnect(session);
    return NULL;
}

static void *look(void *argument)
{
    struct racer *racer = argument;
    struct varve_session *session = NULL;

    TEST_EQUAL(VARVE_OK, varve_connect(racer->db, &session));
    for (unsigned i = 0; i < LOOKS * test_effort() && racer->unexpected[0] == '\0'; i++) {
        static const char sum[] = "SELECT sum(n)::bigint + 1000000 * count(*) FROM t";
        int64_t first = 0, second = 0;

        if (!run(racer, session, "BEGIN ISOLATION LEVEL REPEATABLE READ")) {
            break;
        }
        first = ask(racer, session, sum);
        second = ask(racer, session, sum);
        if (first != second || first / 1000000 < KEYS) {
            snprintf(racer->unexpected, sizeof racer->unexpected,
                     "a snapshot shows %lld, then %lld", (long long)first, (long long)second);
        }
        if (!run(racer, session, "COMMIT")) {
            break;
        }
    }
    varve_disconnect(session);
    return NULL;
}

static void *alter(void *argument)
{
    static const char *const statements[] = {
        "ALTER TABLE t DROP CONSTRAINT pk, ALTER n TYPE bigint",
        "ALTER TABLE t ADD x integer DEFAULT 7, ALTER n SET NOT NULL",
        "ALTER TABLE t ADD CONSTRAINT pk PRIMARY KEY (k), DROP x",
        "ALTER TABLE t ADD y bigint GENERATED ALWAYS AS (k * 2) STORED, ALTER n TYPE numeric",
        "ALTER TABLE t ADD z serial UNIQUE, ALTER n DROP NOT NULL",
        "ALTER TABLE t DROP y, DROP z, ALTER n TYPE integer, ADD CONSTRAINT c CHECK (n >= 0)",
        "ALTER TABLE t DROP CONSTRAINT c",
        "ALTER TABLE t ADD q text; ALTER TABLE t DROP q",
    };
    struct racer *racer = argument;
    struct varve_session *session = NULL;

    TEST_EQUAL(VARVE_OK, varve_connect(racer->db, &session));
    for (unsigned i = 0; i < ALTERS * test_effort() && racer->unexpected[0] == '\0';) {
        if (run(racer, session, statements[i % (sizeof statements / sizeof statements[0])])) {
            racer->altered++;
            i++;
        }
    }
    varve_disconnect(session);
    return NULL;
}

TEST(alters_among_writers_and_readers_lose_nothing)
{
    void *(*const bodies[])(void *) = {count, count, look, alter};
    struct racer racers[4] = {{0}};
    pthread_t threads[4];
    struct varve *db = NULL;
    struct varve_session *session = NULL;
    uint64_t seed = test_seed(3);
    char sql[64];

    TEST_EQUAL(VARVE_OK, varve_open(":memory:", NULL, &db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(db, &session));
    TEST_EQUAL(VARVE_OK, varve_exec(session,
                                    "CREATE TABLE t (k integer NOT NULL, n integer, w text, "
                                    "CONSTRAINT pk PRIMARY KEY (k)); CREATE INDEX t_w ON t (w)",
                                    0));
    for (unsigned k = 0; k < KEYS; k++) {
        snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%u, 0, 'w')", k);
        TEST_EQUAL(VARVE_OK, varve_exec(session, sql, 0));
    }
    for (unsigned i = 0; i < 4; i++) {
        racers[i] = (struct racer){.db = db, .number = i, .seed = seed + i};
        TEST_EQUAL(0, pthread_create(&threads[i], NULL, bodies[i], &racers[i]));
    }
    for (unsigned i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        TEST_TEXT("", racers[i].unexpected);
    }
    TEST_EQUAL(racers[0].counted + racers[1].counted,
               ask(&racers[0], session, "SELECT sum(n)::bigint FROM t"));
    TEST_EQUAL(KEYS, ask(&racers[0], session, "SELECT count(*) FROM t"));
    TEST_EQUAL(KEYS, ask(&racers[0], session, "SELECT count(*) FROM t WHERE w >= 'w'"));
    TEST_EQUAL(ALTERS * test_effort(), racers[3].altered);
    TEST_EQUAL(VARVE_OK, varve_exec(session, "SELECT 1", 0));
    varve_disconnect(session);
    TEST_EQUAL(VARVE_OK, varve_close(db));
}
