/*
 * test_run.c - K6 and EV5: long work inside a batch, a sort, a hash table, a new index … looks at interrupts often.
 *
 * No clock: the looks are counted and made to fail. A case says how many there are at least (the bytes that it must
 * touch, or its rows, divided by what one look may cover); then it is interrupted at the first look, at the last and at some between, must
 * say so, leave everything as it was, and run to its end when nobody interrupts.
 */
#include "test.h"

#include <varve/varve.h>

#include <stdio.h>
#include <string.h>

#include "base/pace.h"
#include "db/db_private.h"
#include "store/store.h"

#define BODY_ROWS  256   /* of 1,000 bytes */
#define MANY_ROWS  32768 /* of two numbers and a short text */
#define SWEEPS_MAX 4

struct watch {
    uint64_t looks;
    uint64_t fail_at; /* and from there on; 0: never */
};

struct fixture {
    struct varve *db;
    struct varve_session *session;
    struct watch watch;
};

static vv_status look(void *owner)
{
    struct watch *watch = owner;

    return ++watch->looks >= watch->fail_at && watch->fail_at != 0 ? VV_CANCELED : VV_OK;
}

static void run(struct fixture *f, const char *sql)
{
    if (varve_exec(f->session, sql, 0) != VARVE_OK) {
        print_error("%s: %s\n", sql, varve_last_error(f->session)->message);
        TEST_TRUE(false);
    }
}

static void fixture_open(struct fixture *f)
{
    struct pace *pace = NULL;
    char sql[200];

    memset(f, 0, sizeof *f);
    TEST_EQUAL(VARVE_OK, varve_open(":memory:", NULL, &f->db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(f->db, &f->session));
    run(f, "CREATE TABLE bodies (id integer PRIMARY KEY, body text)");
    run(f, "INSERT INTO bodies VALUES (0, repeat('0123456789', 100))");
    run(f, "CREATE TABLE many (id integer PRIMARY KEY, n integer, name text)");
    run(f, "INSERT INTO many VALUES (0, 0, 'name')");
    for (unsigned rows = 1; rows < MANY_ROWS; rows *= 2) {
        if (rows < BODY_ROWS) {
            snprintf(sql, sizeof sql, "INSERT INTO bodies SELECT id + %u, body FROM bodies", rows);
            run(f, sql);
        }
        snprintf(sql, sizeof sql,
                 "INSERT INTO many SELECT id + %u, (id + %u) * 7919 %% 32768, "
                 "'name ' || (id + %u) * 7919 %% 32768 FROM many",
                 rows, rows, rows);
        run(f, sql);
    }
    pace = store_pace(f->session->store);
    pace->look = look;
    pace->owner = &f->watch;
}

static void fixture_close(struct fixture *f)
{
    varve_disconnect(f->session);
    TEST_EQUAL(VARVE_OK, varve_close(f->db));
}

/* Runs it and takes it back; how many looks there were. */
static uint64_t looks_of(struct fixture *f, const char *sql, uint64_t fail_at)
{
    run(f, "BEGIN");
    store_pace(f->session->store)->left = PACE_WORK;
    f->watch = (struct watch){.fail_at = fail_at};
    if (fail_at == 0) {
        run(f, sql);
    } else {
        TEST_TRUE(varve_exec(f->session, sql, 0) != VARVE_OK);
        TEST_TEXT("57014", varve_last_error(f->session)->sqlstate);
        TEST_TEXT("canceling statement due to user request", varve_last_error(f->session)->message);
    }
    f->watch.fail_at = 0;
    uint64_t looks = f->watch.looks;
    run(f, "ROLLBACK");
    return looks;
}

static void check(struct fixture *f, const char *sql, uint64_t least)
{
    uint64_t looks = looks_of(f, sql, 0);
    uint64_t step = looks / SWEEPS_MAX + 1;

    if (looks < least) {
        print_error("%s: %llu looks, not %llu\n", sql, (unsigned long long)looks,
                    (unsigned long long)least);
    }
    TEST_TRUE(looks >= least);
    for (uint64_t n = 1; n <= looks; n += step) {
        (void)looks_of(f, sql, n);
    }
    (void)looks_of(f, sql, looks);
    TEST_EQUAL(looks, looks_of(f, sql, 0)); /* nothing was left behind */
}

/* Looks for so many bytes of each of the rows of `bodies`. */
static uint64_t looks_for(uint64_t bytes)
{
    return BODY_ROWS * bytes / PACE_WORK;
}

/* EV5: what functions do with long texts is counted by the byte. */
TEST(functions_over_long_texts)
{
    static const struct {
        const char *condition;
        uint64_t bytes; /* that it must read and write for each row */
    } cases[] = {
        {"md5(repeat(body, 40)) < ''", 80000},
        {"sha512(repeat(body, 10)::bytea) IS NULL", 20000},
        {"length(replace(repeat(body, 10), '0', 'zero')) = 0", 23000},
        {"regexp_replace(body, '[05]', 'x', 'g') = ''", 2000},
        {"regexp_count(body, '5') = 0", 2000},
        {"repeat(body, 10) ~ 'a.*b'", 20000},
        {"repeat(body, 10) LIKE '%a%b%'", 20000},
        {"repeat(body, 10) ILIKE '%a%b%'", 20000},
        {"translate(repeat(body, 10), '0123', 'abcd') = ''", 20000},
        {"upper(repeat(body, 10)) = ''", 20000},
        {"reverse(repeat(body, 10)) = ''", 20000},
        {"repeat(body, 20) < repeat(body, 20)", 80000},
        {"encode(repeat(body, 10)::bytea, 'base64') = ''", 20000},
        {"format('%s%s', repeat(body, 10), body) = ''", 20000},
        {"concat_ws(',', repeat(body, 10), body) = ''", 20000},
        {"length(lpad(body, 20000)) = 0", 20000},
        {"exp(id * 0.01) + ln(id + 1.5) < 0", 1024}, /* no bytes, but as long */
        {"power(1.5, id * 0.25) < 0", 1024},
    };
    struct fixture f;

    fixture_open(&f);
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char sql[200];

        snprintf(sql, sizeof sql, "SELECT count(*) FROM bodies WHERE %s", cases[i].condition);
        check(&f, sql, looks_for(cases[i].bytes) - 1);
    }
    check(&f, "SELECT length(string_agg(repeat(body, 10), '')) FROM bodies", looks_for(20000));
    check(&f, "UPDATE bodies SET body = reverse(repeat(body, 8))", looks_for(16000));
    check(&f, "INSERT INTO bodies SELECT id + 1000, md5(repeat(body, 10)) FROM bodies",
          looks_for(20000));
    check(&f, "ALTER TABLE bodies ADD CHECK (md5(repeat(body, 10)) <> '')", looks_for(20000));
    check(&f, "ALTER TABLE bodies ALTER body TYPE text USING md5(repeat(body, 10))",
          looks_for(20000));
    check(&f, "CREATE INDEX ON bodies (md5(repeat(body, 10)))", looks_for(20000));
    fixture_close(&f);
}

/* K6: each row costs a few units at least wherever it goes. */
TEST(loops_over_many_rows)
{
    const uint64_t rows = MANY_ROWS;
    struct fixture f;

    fixture_open(&f);
    check(&f, "SELECT id FROM many ORDER BY n", 15 * rows * 16 / PACE_WORK / 2);
    check(&f, "SELECT id FROM many ORDER BY name", 15 * rows * 16 / PACE_WORK / 2);
    check(&f, "SELECT id FROM many ORDER BY n LIMIT 4000", rows * 64 / PACE_WORK);
    check(&f, "SELECT id FROM many ORDER BY n OFFSET 32000", 15 * rows * 16 / PACE_WORK / 2);
    check(&f, "SELECT n, count(*) FROM many GROUP BY n", rows * 32 / PACE_WORK);
    check(&f, "SELECT name, count(*) FROM many GROUP BY name", rows * 32 / PACE_WORK);
    check(&f, "SELECT count(DISTINCT name) FROM many", rows * 32 / PACE_WORK);
    check(&f, "SELECT DISTINCT n FROM many", rows * 32 / PACE_WORK);
    check(&f, "SELECT length(string_agg(name, ',' ORDER BY n)) FROM many",
          15 * rows * 16 / PACE_WORK / 2);
    check(&f, "SELECT count(*) FROM many WHERE name IN ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')",
          7 * rows * 8 / PACE_WORK);
    check(&f, "CREATE INDEX ON many (n)", rows * 1024 / PACE_WORK);
    check(&f, "CREATE UNIQUE INDEX ON many (name)", rows * 1024 / PACE_WORK);
    check(&f, "ALTER TABLE many ALTER n TYPE bigint", rows * 512 / PACE_WORK);
    check(&f, "ALTER TABLE many ADD CHECK (n >= 0)", 0);
    check(&f, "ANALYZE many", 3 * 14 * rows * 32 / PACE_WORK / 2);
    check(&f, "UPDATE many SET n = n + 1", rows * 512 / PACE_WORK);
    check(&f, "DELETE FROM many", rows * 512 / PACE_WORK);
    check(&f, "INSERT INTO many SELECT id + 100000, n, name FROM many", 0);
    fixture_close(&f);
}
