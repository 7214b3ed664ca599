/*
 * sql_faults.c - every n-th allocation and every n-th disk operation fails under a script of 200 SQL
 * statements: each statement succeeds or reports an error, nothing leaks, and the database can be used after.
 *
 * With VARVE_TEST_EFFORT below 50 only some n are tried, spread evenly and shifted by the seed.
 */
#include "test.h"

#include "base/alloc.h"
#include "db/db.h"
#include "os/os_sim.h"

#define SCRIPT_STATEMENTS 200
#define FULL_EFFORT       50
#define QUICK_RUNS        150

static const char *const head[] = {
    ("CREATE TABLE t (id integer PRIMARY KEY, a bigint NOT NULL, b text, c double precision, "
     "d bytea)"),
    "CREATE INDEX t_a_idx ON t (a)",
    "CREATE UNIQUE INDEX t_b_idx ON t (b, a DESC)",
    "CREATE TABLE IF NOT EXISTS t (x integer)",
    "CREATE TABLE heap (x integer, y text)",
    "CREATE TABLE v (id serial PRIMARY KEY, k integer UNIQUE, n bigint CHECK (n >= 0), "
    "w text GENERATED ALWAYS AS ('a generated text of some length ' || n) STORED)",
};

/* $ stands for the statement's number. */
static const char *const body[] = {
    "INSERT INTO t VALUES ($, $ % 7, 'a text that is longer than a cell head: $', 1.5, '\\x00ff')",
    "INSERT INTO t (id, a) VALUES ($ + 1000, 5), ($ + 2000, 6), ($ + 3000, 7)",
    "INSERT INTO heap VALUES ($, 'x'), ($ + 1, NULL)",
    "SELECT * FROM t WHERE id = $ - 3",
    "SELECT a, count(*), sum(c), min(b), avg(a) FROM t GROUP BY a HAVING count(*) > 0 ORDER BY 2 "
    "DESC, a",
    "UPDATE t SET a = a + 1, b = b || '!' WHERE id <= $",
    "BEGIN",
    "UPDATE t SET id = id + 100000 WHERE id % 3 = 0",
    "SAVEPOINT s",
    "INSERT INTO t VALUES (1, 1)",
    "ROLLBACK TO s",
    "DELETE FROM t WHERE id > 100000 AND a < 4",
    "CREATE TABLE u$ (x integer UNIQUE)",
    "INSERT INTO u$ VALUES (1), (2), (3)",
    "COMMIT",
    "SELECT DISTINCT a % 3, b LIKE 'a%' FROM t ORDER BY 1 LIMIT 10 OFFSET 1",
    "BEGIN ISOLATION LEVEL REPEATABLE READ; CREATE INDEX later ON t (c); DELETE FROM heap; "
    "ROLLBACK",
    "SELECT id FROM t WHERE b LIKE 'a text%' AND a BETWEEN 1 AND 5 ORDER BY id DESC",
    "INSERT INTO t VALUES (4, 1, 'twice'), (4, 1, 'twice')",
    "EXPLAIN SELECT * FROM t WHERE a = 5 ORDER BY b",
    "INSERT INTO v (k, n) VALUES ($ % 5, 1), ($ % 5 + 10, 2) ON CONFLICT (k) DO UPDATE SET n = v.n "
    "+ "
    "excluded.n RETURNING id, w",
    "INSERT INTO v (k, n) VALUES ($ % 3, 1) ON CONFLICT DO NOTHING RETURNING *",
    "DELETE FROM v WHERE n > 3 RETURNING k, upper(w)",
    "SELECT b, a FROM t WHERE id = $ - 2 FOR UPDATE",
    "BEGIN; SELECT id, b FROM t WHERE a > 1 ORDER BY b DESC LIMIT 3 FOR SHARE; SAVEPOINT l; SELECT "
    "* "
    "FROM heap FOR UPDATE SKIP LOCKED; ROLLBACK TO l; SELECT k FROM v WHERE k = $ % 5 FOR KEY "
    "SHARE NOWAIT; "
    "COMMIT",
    "BEGIN; ALTER TABLE heap ADD COLUMN z$ text; TRUNCATE v RESTART IDENTITY; ROLLBACK",
    "BEGIN; ALTER TABLE heap ALTER x TYPE bigint USING x + 1, ADD CHECK (x >= 0), ADD k$ serial "
    "PRIMARY KEY, ALTER y SET DEFAULT 'y'; INSERT INTO heap VALUES (1, 'y'); ROLLBACK",
    "ALTER TABLE v ADD a$ text NOT NULL DEFAULT 'a default of some length' CHECK (a$ <> ''), "
    "DROP CONSTRAINT v_pkey, ADD UNIQUE (id)",
    "ALTER TABLE v DROP a$ CASCADE, DROP CONSTRAINT v_id_key, ADD PRIMARY KEY (id)",
    "SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b DESC FETCH FIRST 3 ROWS WITH TIES",
    "SET application_name = 'faults $'",
    "SELECT CASE WHEN x > 3 THEN y ELSE 'small' END FROM heap WHERE y IS NOT NULL",
};

static void statement_text(unsigned number, char *text, size_t text_bytes)
{
    size_t heads = sizeof head / sizeof head[0];
    const char *from =
        number < heads ? head[number] : body[(number - heads) % (sizeof body / sizeof body[0])];
    /* Numbers that belong together (u$ is made and filled) are those of one round. */
    unsigned round =
        number < heads ? 0 : (unsigned)((number - heads) / (sizeof body / sizeof body[0]));
    size_t size = 0;

    for (; *from != '\0' && size + 12 < text_bytes; from++) {
        if (*from == '$') {
            size += (size_t)snprintf(text + size, text_bytes - size, "%u", round * 10);
        } else {
            text[size++] = *from;
        }
    }
    text[size] = '\0';
}

static unsigned run_script(struct varve_session *session)
{
    char text[512];
    unsigned failed = 0;

    for (unsigned number = 0; number < SCRIPT_STATEMENTS; number++) {
        int code = VARVE_OK;

        statement_text(number, text, sizeof text);
        code = varve_exec(session, text, 0);
        if (code != VARVE_OK) {
            failed++;
            TEST_TRUE(varve_last_error(session)->message[0] != '\0');
            TEST_TRUE(code != VARVE_MISUSE);
        }
    }
    return failed;
}

static void database_is_usable(struct varve_session *session, bool writable)
{
    (void)varve_exec(session, "ROLLBACK", 0);
    TEST_EQUAL(VARVE_OK, varve_exec(session, "SELECT 1 + 1", 0));
    if (writable) {
        TEST_EQUAL(VARVE_OK,
                   varve_exec(session, "CREATE TABLE after_all (x integer PRIMARY KEY)", 0));
        TEST_EQUAL(VARVE_OK, varve_exec(session, "INSERT INTO after_all VALUES (1), (2)", 0));
        TEST_EQUAL(VARVE_OK, varve_exec(session, "SELECT count(*) FROM after_all", 0));
    }
}

static uint64_t allocation_run(uint64_t n, bool *hit_out)
{
    struct os_sim *sim = os_sim_create(n);
    struct varve *db = NULL;
    struct varve_session *session = NULL;
    uint64_t seen = 0;

    alloc_fault_arm(n, false);
    if (db_open_on(os_sim_os(sim), "/db", NULL, &db, NULL) == VARVE_OK) {
        if (varve_connect(db, &session) == VARVE_OK) {
            (void)run_script(session);
        }
    }
    *hit_out = alloc_fault_hit();
    seen = alloc_fault_arm(0, false);
    if (session != NULL) {
        database_is_usable(session, true);
    }
    varve_disconnect(session);
    TEST_EQUAL(VARVE_OK, varve_close(db));
    os_sim_destroy(sim);
    return seen;
}

static uint64_t disk_run(uint64_t n, enum os_sim_fault fault, bool *hit_out)
{
    struct os_sim *sim = os_sim_create(n);
    struct varve *db = NULL;
    struct varve_session *session = NULL;
    uint64_t seen = 0;

    os_sim_fault_arm(sim, fault, n);
    if (db_open_on(os_sim_os(sim), "/db", NULL, &db, NULL) == VARVE_OK) {
        TEST_EQUAL(VARVE_OK, varve_connect(db, &session));
        (void)run_script(session);
        database_is_usable(session, false);
        varve_disconnect(session);
        (void)varve_close(db);
        db = NULL;
        session = NULL;
    }
    *hit_out = os_sim_fault_hit(sim);
    seen = os_sim_fault_seen(sim);
    os_sim_fault_arm(sim, fault, 0);
    /* Whatever happened, the next start finds a database. */
    TEST_EQUAL(VARVE_OK, db_open_on(os_sim_os(sim), "/db", NULL, &db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(db, &session));
    database_is_usable(session, true);
    varve_disconnect(session);
    TEST_EQUAL(VARVE_OK, varve_close(db));
    os_sim_destroy(sim);
    return seen;
}

/* From 1 to `total`, all or an even share of them. */
static uint64_t stride_of(uint64_t total)
{
    return test_effort() >= FULL_EFFORT || total < QUICK_RUNS ? 1 : total / QUICK_RUNS + 1;
}

TEST(script_runs_without_faults)
{
    struct os_sim *sim = os_sim_create(1);
    struct varve *db = NULL;
    struct varve_session *session = NULL;

    TEST_EQUAL(VARVE_OK, db_open_on(os_sim_os(sim), "/db", NULL, &db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(db, &session));
    /* One statement a round violates a key inside a block, one outside. */
    TEST_TRUE(run_script(session) <= 2 * (SCRIPT_STATEMENTS / (sizeof body / sizeof body[0]) + 1));
    varve_disconnect(session);
    TEST_EQUAL(VARVE_OK, varve_close(db));
    os_sim_destroy(sim);
}

TEST(every_allocation_fails_in_turn)
{
    bool hit = false;
    uint64_t total = allocation_run(UINT64_MAX, &hit);
    uint64_t stride = stride_of(total);
    uint64_t runs = 0;

    for (uint64_t n = 1 + test_seed(0) % stride; n <= total; n += stride) {
        (void)allocation_run(n, &hit);
        runs++;
    }
    printf("%llu allocations in the script, %llu failed in turn\n", (unsigned long long)total,
           (unsigned long long)runs);
}

TEST(every_disk_operation_fails_in_turn)
{
    static const enum os_sim_fault faults[] = {OS_SIM_EIO, OS_SIM_WRITE_SHORT, OS_SIM_SYNC_EIO};

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        bool hit = false;
        uint64_t total = disk_run(UINT64_MAX, faults[i], &hit);
        uint64_t stride = stride_of(total);
        uint64_t runs = 0;

        for (uint64_t n = 1 + test_seed(0) % stride; n <= total; n += stride) {
            (void)disk_run(n, faults[i], &hit);
            runs++;
        }
        printf("fault %d: %llu operations in the script, %llu failed in turn\n", (int)faults[i],
               (unsigned long long)total, (unsigned long long)runs);
    }
}
