/*
 * test_lock_race.c - eight sessions lock rows with SELECT … FOR … and write what they computed from them.
 *
 * Counters: whoever has read a counter under FOR UPDATE, NO KEY UPDATE or SHARE finds it unchanged until its transaction
 * ends, so that writing "what I read, plus one" loses nothing (LR1); sharers who want to write meet in deadlocks, of
 * which somebody always comes out; FOR KEY SHARE keeps the row from being deleted and made again; what is
 * rolled back to a savepoint is not held. A queue: with SKIP LOCKED each job is taken once, whoever gives up or fails.
 * Each under READ COMMITTED and REPEATABLE READ.
 *
 * VARVE_TEST_EFFORT multiplies the steps.
 */
#include "test.h"

#include "base/rng.h"
#include "varve/varve.h"

#include <pthread.h>
#include <unistd.h>

#define SESSIONS 8
#define STEPS    150
#define COUNTERS 5
#define JOBS     240

struct racer {
    struct varve *db;
    struct varve_session *session;
    bool repeatable;
    unsigned number;
    struct rng rng;
    int64_t counted; /* increments that were committed */
    int64_t deadlocks;
    unsigned char taken[JOBS]; /* of the queue, committed */
    char unexpected[600];
};

struct contest {
    struct varve *db;
    struct varve_session *session;
    struct racer racers[SESSIONS];
};

/* Runs one statement; *value is the first column of its last row. */
static int run(struct varve_session *session, const char *sql, int64_t *value, unsigned *rows)
{
    struct varve_statement *statement = NULL;
    int code = varve_prepare(session, sql, 0, &statement, NULL);

    *rows = 0;
    *value = 0;
    while (code == VARVE_OK || code == VARVE_ROW) {
        code = varve_step(statement);
        if (code == VARVE_ROW) {
            *value = varve_column_int64(statement, 0);
            (*rows)++;
        }
    }
    varve_finalize(statement);
    return code == VARVE_DONE ? VARVE_OK : code;
}

static void complain(struct racer *racer, const char *what, const char *sql)
{
    if (racer->unexpected[0] == '\0') {
        snprintf(racer->unexpected, sizeof racer->unexpected, "%s: %.250s", what, sql);
    }
}

/* False: the transaction has failed in a way that is foreseen, or complained. */
static bool does(struct racer *racer, const char *sql, int64_t *value, unsigned *rows)
{
    const struct varve_error *error = NULL;

    if (run(racer->session, sql, value, rows) == VARVE_OK) {
        return true;
    }
    error = varve_last_error(racer->session);
    racer->deadlocks += strcmp(error->sqlstate, "40P01") == 0;
    if (strcmp(error->sqlstate, "40P01") != 0 && strcmp(error->sqlstate, "55P03") != 0 &&
        (!racer->repeatable || strcmp(error->sqlstate, "40001") != 0)) {
        char what[200];

        snprintf(what, sizeof what, "%s %.150s", error->sqlstate, error->message);
        complain(racer, what, sql);
    }
    return false;
}

static bool plain(struct racer *racer, const char *sql)
{
    int64_t value = 0;
    unsigned rows = 0;

    return does(racer, sql, &value, &rows);
}

/* ---- counters ---- */

/* Locks a counter and reads it. rows 0: skipped. */
static bool lock_counter(struct racer *racer, unsigned key, const char *how, int64_t *value,
                         unsigned *rows)
{
    char sql[200];

    if (rng_below(&racer->rng, 2) == 0) { /* a point, or a scan with a sort */
        snprintf(sql, sizeof sql, "SELECT n FROM c WHERE k = %u FOR %s", key, how);
    } else {
        snprintf(sql, sizeof sql, "SELECT n FROM c WHERE g = %u ORDER BY n + k LIMIT 1 FOR %s",
                 key + 100, how);
    }
    if (!does(racer, sql, value, rows)) {
        return false;
    }
    if (*rows != 1 && strstr(how, "SKIP") == NULL) {
        complain(racer, "no row", sql);
    }
    return true;
}

/* Lets others come between, so that they meet. */
static void dawdle(struct racer *racer)
{
    if (rng_below(&racer->rng, 2) == 0) {
        (void)usleep((unsigned)rng_below(&racer->rng, 300));
    }
}

static bool unchanged(struct racer *racer, unsigned key, int64_t before)
{
    char sql[200];
    int64_t now = 0;
    unsigned rows = 0;

    snprintf(sql, sizeof sql, "SELECT n FROM c WHERE k = %u", key);
    if (!does(racer, sql, &now, &rows)) {
        return false;
    }
    if (rows != 1 || now != before) {
        complain(racer, "a locked row has changed", sql);
    }
    return true;
}

/* What was read plus one: by an UPDATE, or by another row of the same key. */
static bool write_counter(struct racer *racer, unsigned key, int64_t value, bool anew)
{
    char sql[200];

    if (!anew) {
        snprintf(sql, sizeof sql, "UPDATE c SET n = %lld WHERE k = %u", (long long)value, key);
        return plain(racer, sql);
    }
    snprintf(sql, sizeof sql, "DELETE FROM c WHERE k = %u", key);
    if (!plain(racer, sql)) {
        return false;
    }
    snprintf(sql, sizeof sql, "INSERT INTO c VALUES (%u, %lld, %u)", key, (long long)value,
             key + 100);
    return plain(racer, sql);
}

/* One transaction, up to its end; false: it has failed. */
static bool count_one(struct racer *racer, int64_t *counted)
{
    static const char *const modes[] = {"UPDATE",    "UPDATE",        "NO KEY UPDATE",
                                        "SHARE",     "UPDATE NOWAIT", "UPDATE SKIP LOCKED",
                                        "KEY SHARE", "KEY SHARE",     "SHARE SKIP LOCKED"};
    unsigned key = (unsigned)rng_below(&racer->rng, COUNTERS);
    unsigned mode = (unsigned)rng_below(&racer->rng, sizeof modes / sizeof modes[0]);
    bool key_share = mode == 6 || mode == 7;
    bool savepoint = rng_below(&racer->rng, 4) == 0;
    int64_t value = 0;
    unsigned rows = 0;

    if (savepoint) {
        unsigned other = (unsigned)rng_below(&racer->rng, COUNTERS);

        if (!plain(racer, "SAVEPOINT s") ||
            !lock_counter(racer, other, modes[rng_below(&racer->rng, 4)], &value, &rows) ||
            (rng_below(&racer->rng, 2) == 0 && !write_counter(racer, other, -1, false)) ||
            !plain(racer, "ROLLBACK TO s")) {
            return false;
        }
    }
    if (!lock_counter(racer, key, modes[mode], &value, &rows)) {
        return false;
    }
    if (rows == 0) {
        return true;
    }
    if (key_share) { /* others may count, but the row stays */
        char sql[100];

        dawdle(racer);
        snprintf(sql, sizeof sql, "SELECT n FROM c WHERE k = %u", key);
        if (!does(racer, sql, &value, &rows)) {
            return false;
        }
        if (rows != 1) {
            complain(racer, "a locked row has gone", sql);
        }
        return true;
    }
    dawdle(racer);
    if (!unchanged(racer, key, value)) {
        return false;
    }
    *counted = 1;
    return write_counter(racer, key, value + 1, rng_below(&racer->rng, 4) == 0);
}

static void transaction(struct racer *racer, bool (*body)(struct racer *racer, int64_t *done),
                        int64_t *done_out)
{
    int64_t done = 0;

    *done_out = 0;
    if (!plain(racer, racer->repeatable ? "BEGIN ISOLATION LEVEL REPEATABLE READ" : "BEGIN")) {
        return;
    }
    if (body(racer, &done) && rng_below(&racer->rng, 8) != 0) {
        if (plain(racer, "COMMIT")) {
            *done_out = done;
            return;
        }
    }
    (void)!plain(racer, "ROLLBACK");
}

static void *count(void *argument)
{
    struct racer *racer = argument;

    for (unsigned i = 0; i < STEPS * test_effort() && racer->unexpected[0] == '\0'; i++) {
        int64_t counted = 0;

        transaction(racer, count_one, &counted);
        racer->counted += counted;
    }
    return NULL;
}

/* ---- a queue ---- */

/* Takes the first free job; done: its number plus one. */
static bool take_one(struct racer *racer, int64_t *done)
{
    char sql[200];
    int64_t job = 0;
    unsigned rows = 0;

    if (!does(racer,
              rng_below(&racer->rng, 2) == 0
                  ? "SELECT id FROM job WHERE NOT taken ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
                  : "SELECT id FROM job WHERE NOT taken LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED",
              &job, &rows)) {
        return false;
    }
    if (rows == 0) {
        return true;
    }
    snprintf(sql, sizeof sql, "UPDATE job SET taken = true, times = times + 1 WHERE id = %lld",
             (long long)job);
    *done = job + 1;
    dawdle(racer);
    return plain(racer, sql);
}

static void *work(void *argument)
{
    struct racer *racer = argument;
    int64_t left = 1;

    while (left > 0 && racer->unexpected[0] == '\0') {
        int64_t job = 0;
        unsigned rows = 0;

        transaction(racer, take_one, &job);
        if (job > 0) {
            racer->taken[job - 1]++;
        } else if (!does(racer, "SELECT count(*) FROM job WHERE NOT taken", &left, &rows)) {
            break; /* who finds no job looks whether one is left that another has */
        }
    }
    return NULL;
}

/* ---- both ---- */

static int64_t number(struct varve_session *session, const char *sql)
{
    int64_t value = 0;
    unsigned rows = 0;

    TEST_EQUAL(VARVE_OK, run(session, sql, &value, &rows));
    TEST_EQUAL(1, rows);
    return value;
}

static void contest_open(struct contest *contest, bool repeatable)
{
    uint64_t seed = test_seed(17);

    memset(contest, 0, sizeof *contest);
    TEST_EQUAL(VARVE_OK, varve_open(":memory:", NULL, &contest->db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(contest->db, &contest->session));
    for (unsigned i = 0; i < SESSIONS; i++) {
        struct racer *racer = &contest->racers[i];

        racer->db = contest->db;
        racer->repeatable = repeatable;
        racer->number = i;
        rng_init(&racer->rng, seed * SESSIONS + i);
        TEST_EQUAL(VARVE_OK, varve_connect(contest->db, &racer->session));
    }
}

static void contest_run(struct contest *contest, void *(*body)(void *))
{
    pthread_t threads[SESSIONS];

    for (unsigned i = 0; i < SESSIONS; i++) {
        TEST_EQUAL(0, pthread_create(&threads[i], NULL, body, &contest->racers[i]));
    }
    for (unsigned i = 0; i < SESSIONS; i++) {
        TEST_EQUAL(0, pthread_join(threads[i], NULL));
    }
    for (unsigned i = 0; i < SESSIONS; i++) {
        TEST_TEXT("", contest->racers[i].unexpected);
    }
}

static void contest_close(struct contest *contest)
{
    for (unsigned i = 0; i < SESSIONS; i++) {
        varve_disconnect(contest->racers[i].session);
    }
    varve_disconnect(contest->session);
    TEST_EQUAL(VARVE_OK, varve_close(contest->db));
}

static void counters(bool repeatable)
{
    static struct contest contest;
    int64_t counted = 0;
    int64_t deadlocks = 0;

    contest_open(&contest, repeatable);
    TEST_EQUAL(VARVE_OK, varve_exec(contest.session,
                                    "CREATE TABLE c (k int PRIMARY KEY, n bigint CHECK (n >= -1), "
                                    "g int UNIQUE)",
                                    0));
    for (unsigned k = 0; k < COUNTERS; k++) {
        char sql[100];

        snprintf(sql, sizeof sql, "INSERT INTO c VALUES (%u, 0, %u)", k, k + 100);
        TEST_EQUAL(VARVE_OK, varve_exec(contest.session, sql, 0));
    }
    contest_run(&contest, count);
    for (unsigned i = 0; i < SESSIONS; i++) {
        counted += contest.racers[i].counted;
        deadlocks += contest.racers[i].deadlocks;
    }
    printf("%lld counted, %lld deadlocks\n", (long long)counted, (long long)deadlocks);
    TEST_TRUE(counted > 0);
    TEST_EQUAL(counted, number(contest.session, "SELECT sum(n)::bigint FROM c"));
    TEST_EQUAL(COUNTERS, number(contest.session, "SELECT count(*) FROM c WHERE g = k + 100"));
    contest_close(&contest);
}

static void queue(bool repeatable)
{
    static struct contest contest;

    contest_open(&contest, repeatable);
    TEST_EQUAL(VARVE_OK,
               varve_exec(contest.session,
                          "CREATE TABLE job (id int PRIMARY KEY, taken boolean DEFAULT false, "
                          "times int DEFAULT 0, note text DEFAULT 'longer than twelve bytes')",
                          0));
    for (unsigned id = 0; id < JOBS; id++) {
        char sql[100];

        snprintf(sql, sizeof sql, "INSERT INTO job (id) VALUES (%u)", id);
        TEST_EQUAL(VARVE_OK, varve_exec(contest.session, sql, 0));
    }
    contest_run(&contest, work);
    for (unsigned id = 0; id < JOBS; id++) {
        unsigned times = 0;

        for (unsigned i = 0; i < SESSIONS; i++) {
            times += contest.racers[i].taken[id];
        }
        TEST_EQUAL(1, times);
    }
    TEST_EQUAL(JOBS, number(contest.session, "SELECT count(*) FROM job WHERE taken AND times = 1"));
    contest_close(&contest);
}

TEST(counters_lose_nothing_at_read_committed)
{
    counters(false);
}

TEST(counters_lose_nothing_at_repeatable_read)
{
    counters(true);
}

TEST(each_job_is_taken_once_at_read_committed)
{
    queue(false);
}

TEST(each_job_is_taken_once_at_repeatable_read)
{
    queue(true);
}
