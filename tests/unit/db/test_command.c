/* ANALYZE's statistics choose plans and outlive a restart; VACUUM, LOCK TABLE and EXPLAIN ANALYZE in sessions beside
 * each other; EXECUTE's arguments. */
#include "test.h"

#include <varve/varve.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
    struct varve *db;
    struct varve_session *mine, *other;
    char path[64];
};

static void sessions_open(struct fixture *f)
{
    TEST_EQUAL(VARVE_OK, varve_open(f->path, NULL, &f->db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(f->db, &f->mine));
    TEST_EQUAL(VARVE_OK, varve_connect(f->db, &f->other));
}

static void fixture_open(struct fixture *f)
{
    snprintf(f->path, sizeof f->path, ":memory:");
    sessions_open(f);
}

static void fixture_close(struct fixture *f)
{
    varve_disconnect(f->mine);
    varve_disconnect(f->other);
    TEST_EQUAL(VARVE_OK, varve_close(f->db)); /* and all memory is back */
}

static void run(struct varve_session *session, const char *sql)
{
    TEST_EQUAL(VARVE_OK, varve_exec(session, sql, 0));
}

static void fails(struct varve_session *session, const char *sql, const char *sqlstate,
                  const char *message)
{
    TEST_TRUE(varve_exec(session, sql, 0) != VARVE_OK);
    TEST_TEXT(sqlstate, varve_last_error(session)->sqlstate);
    TEST_TEXT(message, varve_last_error(session)->message);
}

/* All rows of a statement of one column, a line each. */
static void answer(struct varve_session *session, const char *sql, char *text, size_t size)
{
    struct varve_statement *statement = NULL;
    size_t used = 0;

    TEST_EQUAL(VARVE_OK, varve_prepare(session, sql, 0, &statement, NULL));
    text[0] = '\0';
    while (varve_step(statement) == VARVE_ROW) {
        used += (size_t)snprintf(text + used, size - used, "%s\n",
                                 varve_column_text(statement, 0, NULL));
        TEST_TRUE(used < size);
    }
    varve_finalize(statement);
}

/* 2,000 rows: few has two values, many as many as rows, half is NULL in every second row. */
static void table_fill(struct varve_session *session)
{
    char sql[128];

    run(session,
        "CREATE TABLE t (id integer PRIMARY KEY, few integer, many integer, half integer)");
    run(session, "CREATE INDEX t_few ON t (few); CREATE INDEX t_many ON t (many)");
    run(session, "BEGIN");
    for (int i = 0; i < 2000; i++) {
        if (i % 2 == 0) {
            snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%d, %d, %d, NULL)", i, i % 2, i);
        } else {
            snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%d, %d, %d, 7)", i, i % 2, i);
        }
        run(session, sql);
    }
    run(session, "COMMIT");
}

TEST(analyze_chooses_the_better_index)
{
    struct fixture f;
    char text[512];

    fixture_open(&f);
    table_fill(f.mine);
    run(f.mine, "PREPARE p AS SELECT id FROM t WHERE few = $1 AND many = $2");
    run(f.mine, "ANALYZE t");
    answer(f.other, "EXPLAIN SELECT id FROM t WHERE half = 7", text, sizeof text);
    TEST_TRUE(strstr(text, "rows=1000 ") != NULL); /* one value and NULL, half of the rows each */
    run(f.mine, "DEALLOCATE p");
    run(f.mine, "PREPARE p AS SELECT id FROM t WHERE few = $1 AND many = $2");
    answer(f.mine, "EXPLAIN (COSTS OFF) EXECUTE p(1, 1)", text, sizeof text);
    TEST_TRUE(strstr(text, "t_many") != NULL);
    fixture_close(&f);
}

TEST(analyze_of_all_tables_names_them)
{
    struct fixture f;
    char text[512];

    fixture_open(&f);
    table_fill(f.mine);
    run(f.mine, "CREATE TABLE \"Odd name\" (\"a b\" integer); CREATE SEQUENCE s");
    run(f.mine, "ANALYZE");
    answer(f.mine, "EXPLAIN SELECT id FROM t WHERE half = 7", text, sizeof text);
    TEST_TRUE(strstr(text, "rows=1000 ") != NULL);
    run(f.mine, "VACUUM ANALYZE; ");
    fails(f.mine, "SELECT 1; VACUUM", "25001", "VACUUM cannot run inside a transaction block");
    fixture_close(&f);
}

TEST(statistics_are_their_transactions)
{
    struct fixture f;
    char text[512];

    fixture_open(&f);
    table_fill(f.mine);
    run(f.mine, "BEGIN; ANALYZE t; ROLLBACK");
    answer(f.mine, "EXPLAIN SELECT id FROM t WHERE half = 7", text, sizeof text);
    TEST_TRUE(strstr(text, "rows=1000 ") == NULL);
    fixture_close(&f);
}

static void folder_open(struct fixture *f)
{
    snprintf(f->path, sizeof f->path, "/tmp/varve-maintain-XXXXXX");
    TEST_TRUE(mkdtemp(f->path) != NULL);
    sessions_open(f);
}

static void folder_remove(const struct fixture *f)
{
    char command[96];

    snprintf(command, sizeof command, "rm -r %s", f->path);
    TEST_EQUAL(0, system(command));
}

TEST(statistics_outlive_a_restart)
{
    struct fixture f;
    char text[512];

    folder_open(&f);
    table_fill(f.mine);
    run(f.mine, "ANALYZE t");
    fixture_close(&f);
    sessions_open(&f);
    answer(f.mine, "EXPLAIN SELECT id FROM t WHERE half = 7", text, sizeof text);
    TEST_TRUE(strstr(text, "rows=1000 ") != NULL);
    fixture_close(&f);
    folder_remove(&f);
}

TEST(lock_table_keeps_others_out)
{
    struct fixture f;

    fixture_open(&f);
    run(f.mine, "CREATE TABLE t (a integer)");
    fails(f.mine, "LOCK TABLE t", "25P01", "LOCK TABLE can only be used in transaction blocks");
    run(f.mine, "BEGIN");
    run(f.mine, "LOCK TABLE t IN SHARE MODE");
    run(f.other, "BEGIN");
    run(f.other, "LOCK TABLE t IN SHARE MODE NOWAIT"); /* beside another SHARE */
    fails(f.other, "LOCK TABLE t IN ROW EXCLUSIVE MODE NOWAIT", "55P03",
          "could not obtain lock on relation \"t\"");
    run(f.other, "ROLLBACK");
    run(f.other, "SET lock_timeout = 20");
    fails(f.other, "INSERT INTO t VALUES (1)", "55P03", "canceling statement due to lock timeout");
    run(f.mine, "ROLLBACK");
    run(f.other, "INSERT INTO t VALUES (1)");
    fixture_close(&f);
}

TEST(explain_analyze_interrupted_leaves_nothing)
{
    struct fixture f;
    struct varve_statement *statement = NULL;
    char text[512];

    fixture_open(&f);
    run(f.mine, "CREATE TABLE t (a integer PRIMARY KEY); INSERT INTO t VALUES (1), (2)");
    TEST_EQUAL(VARVE_OK, varve_prepare(f.mine, "EXPLAIN ANALYZE INSERT INTO t VALUES ($1)", 0,
                                       &statement, NULL));
    TEST_EQUAL(VARVE_OK, varve_bind_int64(statement, 1, 3));
    TEST_EQUAL(VARVE_ROW, varve_step(statement));
    TEST_EQUAL(VARVE_OK, varve_reset(statement));
    TEST_EQUAL(VARVE_OK, varve_bind_int64(statement, 1, 2));
    TEST_TRUE(varve_step(statement) != VARVE_ROW); /* 23505 */
    TEST_TEXT("23505", varve_last_error(f.mine)->sqlstate);
    varve_finalize(statement);
    answer(f.mine, "SELECT count(*) FROM t", text, sizeof text);
    TEST_TEXT("3\n", text);
    fixture_close(&f);
}

#define PLAIN "COSTS OFF, TIMING OFF, SUMMARY OFF"

/* A record is a change of a map; a database without a file writes none. */
TEST(explain_tells_what_went_to_the_log)
{
    static const char insert[] =
        "EXPLAIN (ANALYZE, WAL, " PLAIN ") INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)";
    struct fixture f;
    char text[512];
    int bytes = 0;

    folder_open(&f);
    run(f.mine, "CREATE TABLE t (a integer PRIMARY KEY, b integer); CREATE INDEX ON t (b)");
    answer(f.mine, insert, text, sizeof text);
    TEST_EQUAL(
        1, sscanf(text, "Insert on t (actual rows=0 loops=1)\n  WAL: records=6 bytes=%d", &bytes));
    TEST_TRUE(bytes > 6 * 4 && bytes < 6 * 64);
    TEST_TRUE(strstr(text, "\n  ->  Values Scan on \"*VALUES*\" (actual rows=3 loops=1)\n") !=
              NULL); /* and no log */
    answer(f.mine, "EXPLAIN (ANALYZE, WAL, " PLAIN ") DELETE FROM t WHERE a = 2", text,
           sizeof text);
    TEST_TRUE(strstr(text, "  WAL: records=2 bytes=") != NULL);
    answer(f.mine, "EXPLAIN (ANALYZE, WAL, FORMAT YAML, " PLAIN ") SELECT * FROM t", text,
           sizeof text);
    TEST_TRUE(strstr(text, "    WAL Records: 0\n    WAL FPI: 0\n    WAL Bytes: 0\n") != NULL);
    fixture_close(&f);
    folder_remove(&f);

    fixture_open(&f);
    run(f.mine, "CREATE TABLE t (a integer PRIMARY KEY, b integer)");
    answer(f.mine, insert, text, sizeof text);
    TEST_TRUE(strstr(text, "WAL") == NULL);
    fixture_close(&f);
}

TEST(arguments_stay_for_the_whole_run)
{
    struct fixture f;
    struct varve_statement *statement = NULL;
    char sql[96];
    char wanted[96];
    int count = 0;

    fixture_open(&f);
    run(f.mine, "CREATE TABLE t (a integer PRIMARY KEY, b text); BEGIN");
    for (int i = 0; i < 5000; i++) { /* several batches */
        snprintf(sql, sizeof sql,
                 "INSERT INTO t VALUES (%d, 'a text of more than twelve bytes %d')", i, i);
        run(f.mine, sql);
    }
    run(f.mine, "COMMIT; PREPARE p(text, text) AS SELECT $1 || b FROM t WHERE b <> $2 ORDER BY a");
    TEST_EQUAL(VARVE_OK, varve_prepare(f.mine, "EXECUTE p(repeat('long ', 4), repeat('other ', 5))",
                                       0, &statement, NULL));
    while (varve_step(statement) == VARVE_ROW) {
        snprintf(wanted, sizeof wanted, "long long long long a text of more than twelve bytes %d",
                 count++);
        TEST_TEXT(wanted, varve_column_text(statement, 0, NULL));
    }
    TEST_EQUAL(5000, count);
    varve_finalize(statement);
    fixture_close(&f);
}

static bool has_line(const char *text, const char *begin, const char *end)
{
    size_t begin_size = strlen(begin), end_size = strlen(end);

    for (const char *line = text; *line != '\0';) {
        size_t size = strcspn(line, "\n");

        if (size >= begin_size + end_size && strncmp(line, begin, begin_size) == 0 &&
            strncmp(line + size - end_size, end, end_size) == 0) {
            return true;
        }
        line += size + (line[size] == '\n');
    }
    return false;
}

#define EXPLAIN_RUN "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) "

/* How much memory is ours to say, the words around it are PostgreSQL's. */
TEST(explain_analyze_tells_memory)
{
    struct fixture f;
    char text[2048];

    fixture_open(&f);
    table_fill(f.mine);
    answer(f.mine, EXPLAIN_RUN "SELECT few FROM t ORDER BY half", text, sizeof text);
    TEST_TRUE(has_line(text, "  Sort Method: quicksort  Memory: ", "kB"));
    answer(f.mine, EXPLAIN_RUN "SELECT few FROM t ORDER BY half LIMIT 1500", text, sizeof text);
    TEST_TRUE(has_line(text, "        Sort Method: quicksort  Memory: ", "kB"));
    answer(f.mine, EXPLAIN_RUN "SELECT few FROM t ORDER BY half LIMIT 10", text, sizeof text);
    TEST_TRUE(has_line(text, "        Sort Method: top-N heapsort  Memory: ", "kB"));
    answer(f.mine, EXPLAIN_RUN "SELECT half, count(*) FROM t GROUP BY half", text, sizeof text);
    TEST_TRUE(has_line(text, "  Batches: 1  Memory Usage: ", "kB"));
    answer(f.mine, EXPLAIN_RUN "SELECT id FROM t WHERE id = 1 ", text, sizeof text);
    TEST_TRUE(has_line(text, "  Heap Fetches: ", "0"));
    answer(f.mine,
           "EXPLAIN (ANALYZE, FORMAT JSON, COSTS OFF) SELECT few FROM t ORDER BY half LIMIT 10",
           text, sizeof text);
    TEST_TRUE(strstr(text, "\"Sort Method\": \"top-N heapsort\",\n          "
                           "\"Sort Space Used\": ") != NULL);
    TEST_TRUE(strstr(text, ",\n          \"Sort Space Type\": \"Memory\",\n") != NULL);
    answer(f.mine, "EXPLAIN (COSTS OFF) SELECT few FROM t ORDER BY half", text, sizeof text);
    TEST_TRUE(strstr(text, "Memory") == NULL);
    fixture_close(&f);
}

/* What our scans hand up differs from PostgreSQL's, how it is written does not. */
TEST(explain_verbose_shows_the_rows_of_each_node)
{
    struct fixture f;
    char text[1024];

    fixture_open(&f);
    run(f.mine, "CREATE TABLE t (a integer PRIMARY KEY, b text)");
    answer(f.mine, "EXPLAIN (VERBOSE, COSTS OFF) DELETE FROM t WHERE a = 1 RETURNING b || 'x'",
           text, sizeof text);
    TEST_TEXT("Delete on public.t\n  Output: (b || 'x'::text)\n"
              "  ->  Index Scan using t_pkey on public.t\n        Output: a, b, ctid\n"
              "        Index Cond: (t.a = 1)\n",
              text);
    answer(f.mine,
           "EXPLAIN (VERBOSE, COSTS OFF) INSERT INTO t VALUES (1, 'x'), (2, 'y') "
           "ON CONFLICT (a) DO UPDATE SET b = excluded.b WHERE t.a > 1",
           text, sizeof text);
    TEST_TEXT("Insert on public.t\n  Conflict Resolution: UPDATE\n"
              "  Conflict Arbiter Indexes: t_pkey\n  Conflict Filter: (t.a > 1)\n"
              "  ->  Values Scan on \"*VALUES*\"\n"
              "        Output: \"*VALUES*\".column1, \"*VALUES*\".column2\n",
              text);
    answer(f.mine, "EXPLAIN (VERBOSE, COSTS OFF) SELECT b FROM t x FOR UPDATE", text, sizeof text);
    TEST_TEXT("LockRows\n  Output: b\n  ->  Seq Scan on public.t x\n        Output: b, ctid\n",
              text);
    answer(f.mine, "SELECT count(*) FROM t", text, sizeof text);
    TEST_TEXT("0\n", text);
    fixture_close(&f);
}
