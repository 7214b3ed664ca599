/*
 * test_appender_race.c - four sessions append batches to one table with a primary key, a unique and a plain index, alone and
 * several in a transaction; now and then a row has a contested key, and the batch waits for another's, is refused, or is
 * the victim of a deadlock. Two sessions read, one makes and drops indexes and locks the table against all. A batch is
 * there whole or not at all, for every snapshot and in the end, where every index agrees with the acknowledged batches.
 *
 * VARVE_TEST_EFFORT multiplies the rounds.
 */
#include "test.h"

#include "base/rng.h"
#include "varve/varve.h"

#include <pthread.h>
#include <stdlib.h>

#define APPENDERS 4
#define READERS   2
#define SESSIONS  (APPENDERS + READERS + 1)
#define ROUNDS    30
#define ROWS_MAX  200
#define CONTESTED 5      /* keys */
#define BATCHES   400000 /* of a session, at most: numbers its batches and rows */

struct racer {
    struct varve *db;
    struct varve_session *session;
    struct rng rng;
    unsigned number;
    _Atomic unsigned *writing; /* appenders that are at it */
    int64_t batch;             /* the next one's number */
    int64_t batches;           /* acknowledged */
    int64_t rows;
    int64_t refused, deadlocks, locked;
    char unexpected[400];
};

static void unexpected(struct racer *racer, const char *what)
{
    const struct varve_error *error = varve_last_error(racer->session);

    if (racer->unexpected[0] == '\0') {
        snprintf(racer->unexpected, sizeof racer->unexpected, "%.200s: %s %.100s", what,
                 error->sqlstate, error->message);
    }
}

/* False: a failure of those that others may cause; counted. */
static bool done(struct racer *racer, int code, const char *what)
{
    if (code == VARVE_OK) {
        return true;
    }
    racer->refused += code == VARVE_EXISTS;
    racer->deadlocks += code == VARVE_DEADLOCK;
    racer->locked += code == VARVE_LOCK_TIMEOUT;
    if (code != VARVE_EXISTS && code != VARVE_DEADLOCK && code != VARVE_LOCK_TIMEOUT) {
        unexpected(racer, what);
    }
    return false;
}

static bool run(struct racer *racer, const char *sql)
{
    return done(racer, varve_exec(racer->session, sql, 0), sql);
}

/* The sum of the first column of all rows. */
static int64_t ask(struct racer *racer, const char *sql)
{
    struct varve_statement *statement = NULL;
    int64_t sum = 0;
    int code = varve_prepare(racer->session, sql, 0, &statement, NULL);

    while (code == VARVE_OK || code == VARVE_ROW) {
        code = varve_step(statement);
        sum += code == VARVE_ROW ? varve_column_int64(statement, 0) : 0;
    }
    if (code != VARVE_DONE) {
        (void)done(racer, code, sql);
        sum = -1;
    }
    varve_finalize(statement);
    return sum;
}

/* ---- appenders ---- */

/* One batch; its rows come in no order of their keys. False: it is not there. */
static bool append(struct racer *racer, int64_t *rows_out)
{
    static const char pad[] = "a text that is longer than twelve bytes";
    struct varve_appender *appender = NULL;
    int64_t batch = (int64_t)racer->number * BATCHES + racer->batch++;
    int64_t count = 1 + (int64_t)rng_below(&racer->rng, ROWS_MAX);
    int64_t key = (int64_t)rng_below(&racer->rng, CONTESTED);
    int64_t contests = rng_chance(&racer->rng, 1, 2) ? 1 + (int64_t)rng_below(&racer->rng, 2) : 0;
    int code = varve_appender_create(racer->session, NULL, "t", NULL, 0, &appender);

    *rows_out = count;
    for (int64_t i = 0; i < count && code == VARVE_OK; i++) {
        int64_t row = i * 7919 % count;
        int64_t unique = -(batch * ROWS_MAX + row) - 1;

        if (i < contests) { /* one contested key, or two in some order */
            unique = (key + i) % CONTESTED;
        }
        (void)varve_append_int64(appender, batch);
        (void)varve_append_int64(appender, row);
        (void)varve_append_int64(appender, count);
        (void)varve_append_int64(appender, unique);
        (void)varve_append_text(appender, pad, rng_below(&racer->rng, sizeof pad));
        code = varve_appender_end_row(appender);
    }
    if (appender == NULL) {
        return done(racer, code, "append: create");
    }
    if (code != VARVE_OK) {
        unexpected(racer, "append: a row");
    }
    return done(racer, varve_appender_close(appender), "append");
}

/* One batch, or up to three in a transaction; contested keys are given free again. */
static void append_round(struct racer *racer)
{
    unsigned count = rng_chance(&racer->rng, 1, 3) ? 1 + (unsigned)rng_below(&racer->rng, 3) : 0;
    int64_t rows[3] = {0};
    bool good = true;

    if (count == 0) {
        good = append(racer, &rows[0]);
        racer->batches += good;
        racer->rows += good ? rows[0] : 0;
        return;
    }
    good = run(racer, "BEGIN");
    for (unsigned i = 0; i < count && good; i++) {
        good = append(racer, &rows[i]);
        if (good && i == 0 && rng_chance(&racer->rng, 1, 4)) { /* one more that is taken back */
            int64_t undone = 0;

            good = run(racer, "SAVEPOINT s");
            (void)(good && append(racer, &undone));
            good = good && run(racer, "ROLLBACK TO s");
        }
    }
    good = good && rng_chance(&racer->rng, 3, 4) && run(racer, "COMMIT");
    if (!good) {
        (void)run(racer, "ROLLBACK");
        return;
    }
    racer->batches += count;
    racer->rows += rows[0] + rows[1] + rows[2];
}

static void *write_batches(void *argument)
{
    struct racer *racer = argument;

    for (unsigned i = 0; i < ROUNDS * test_effort() && racer->unexpected[0] == '\0'; i++) {
        append_round(racer);
        if (rng_chance(&racer->rng, 1, 2)) {
            (void)run(racer,
                      "UPDATE t SET u = -1000000000000 - batch * 1000 - number WHERE u >= 0");
        }
    }
    atomic_fetch_sub(racer->writing, 1);
    return NULL;
}

/* ---- who comes in between ---- */

static const char parts[] = "SELECT 1 FROM t GROUP BY batch, size HAVING count(*) <> size OR "
                            "sum(number) <> size * (size - 1) / 2";

static void *read_batches(void *argument)
{
    struct racer *racer = argument;

    while (atomic_load(racer->writing) > 0 && racer->unexpected[0] == '\0') {
        int64_t rows = 0;
        bool good = run(racer, "BEGIN ISOLATION LEVEL REPEATABLE READ");

        good = good && (rows = ask(racer, "SELECT count(*) FROM t")) >= 0;
        if (good && ask(racer, parts) > 0) {
            unexpected(racer, "a part of a batch is seen");
        }
        if (good && ask(racer, "SELECT count(*) FROM t WHERE u > -2000000000000") != rows) {
            unexpected(racer, "the unique index has other rows");
        }
        (void)run(racer, "ROLLBACK");
    }
    return NULL;
}

static void *define(void *argument)
{
    static const char *const statements[] = {
        "CREATE INDEX IF NOT EXISTS t_more ON t (size, number)",
        "DROP INDEX IF EXISTS t_more",
        "CREATE UNIQUE INDEX IF NOT EXISTS t_twice ON t ((u * 2)) WHERE size > 100",
        "DROP INDEX IF EXISTS t_twice",
        "BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE; COMMIT",
        "BEGIN; LOCK TABLE t IN SHARE MODE; COMMIT",
        "ANALYZE t",
    };
    struct racer *racer = argument;

    while (atomic_load(racer->writing) > 0 && racer->unexpected[0] == '\0') {
        unsigned dice = (unsigned)rng_below(&racer->rng, sizeof statements / sizeof statements[0]);

        (void)run(racer,
                  rng_chance(&racer->rng, 1, 2) ? "SET lock_timeout = 1" : "SET lock_timeout = 0");
        if (!run(racer, statements[dice])) {
            (void)run(racer, "ROLLBACK");
        }
    }
    return NULL;
}

static void *(*body_of(unsigned number))(void *)
{
    return number < APPENDERS             ? write_batches
           : number < APPENDERS + READERS ? read_batches
                                          : define;
}

/* Every way to the rows finds those of the acknowledged batches. */
static void check(struct racer *racer, int64_t batches, int64_t rows)
{
    TEST_EQUAL(0, ask(racer, parts));
    TEST_EQUAL(rows, ask(racer, "SELECT count(*) FROM t"));
    TEST_EQUAL(batches, ask(racer, "SELECT count(DISTINCT batch) FROM t"));
    TEST_EQUAL(rows, ask(racer, "SELECT count(*) FROM t WHERE u > -2000000000000"));
    TEST_EQUAL(rows, ask(racer, "SELECT count(*) FROM t WHERE number >= 0"));
    TEST_EQUAL(rows, ask(racer, "SELECT count(DISTINCT u) FROM t"));
    TEST_TRUE(run(
        racer, "DROP INDEX IF EXISTS t_more, t_twice; CREATE UNIQUE INDEX t_last ON t (u, batch)"));
    TEST_TEXT("", racer->unexpected);
}

TEST(batches_of_several_sessions_are_whole)
{
    static struct racer racers[SESSIONS];
    pthread_t threads[SESSIONS];
    struct varve *db = NULL;
    _Atomic unsigned writing = APPENDERS;
    uint64_t seed = test_seed(29);
    struct racer sum = {0};

    TEST_EQUAL(VARVE_OK, varve_open(":memory:", NULL, &db, NULL));
    for (unsigned i = 0; i < SESSIONS; i++) {
        racers[i] = (struct racer){.db = db, .number = i, .writing = &writing};
        rng_init(&racers[i].rng, seed * SESSIONS + i);
        TEST_EQUAL(VARVE_OK, varve_connect(db, &racers[i].session));
    }
    TEST_TRUE(run(&racers[0], "CREATE TABLE t (batch bigint, number bigint, size bigint, u bigint "
                              "UNIQUE, pad text, PRIMARY KEY (batch, number));"
                              "CREATE INDEX t_number ON t (number)"));
    for (unsigned i = 0; i < SESSIONS; i++) {
        TEST_EQUAL(0, pthread_create(&threads[i], NULL, body_of(i), &racers[i]));
    }
    for (unsigned i = 0; i < SESSIONS; i++) {
        pthread_join(threads[i], NULL);
        sum.batches += racers[i].batches;
        sum.rows += racers[i].rows;
        sum.refused += racers[i].refused;
        sum.deadlocks += racers[i].deadlocks;
        sum.locked += racers[i].locked;
    }
    for (unsigned i = 0; i < SESSIONS; i++) {
        TEST_TEXT("", racers[i].unexpected);
    }
    printf("%lld batches, %lld rows; %lld refused, %lld deadlocks, %lld lock timeouts\n",
           (long long)sum.batches, (long long)sum.rows, (long long)sum.refused,
           (long long)sum.deadlocks, (long long)sum.locked);
    TEST_TRUE(sum.batches > 0);
    check(&racers[0], sum.batches, sum.rows);
    for (unsigned i = 0; i < SESSIONS; i++) {
        varve_disconnect(racers[i].session);
    }
    TEST_EQUAL(VARVE_OK, varve_close(db));
}
