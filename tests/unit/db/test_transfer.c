/*
 * test_transfer.c - COPY and the appender through the API: every allocation fails in turn, and each time all rows are
 * there or none, the session goes on and nothing leaks (varve_close asserts it).
 */
#include "test.h"

#include "base/alloc.h"
#include "varve/varve.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROWS 40

static const char definition[] =
    "CREATE TABLE t (id integer PRIMARY KEY, a text DEFAULT 'a default text of some length', "
    "b numeric(10,2) CHECK (b > 0), c timestamp, d bytea, "
    "g text GENERATED ALWAYS AS ('generated ' || id) STORED, UNIQUE (a, id))";

struct fixture {
    struct varve *db;
    struct varve_session *session;
};

static void fixture_open(struct fixture *f)
{
    TEST_EQUAL(VARVE_OK, varve_open(":memory:", NULL, &f->db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(f->db, &f->session));
    TEST_EQUAL(VARVE_OK, varve_exec(f->session, definition, 0));
}

static void fixture_close(struct fixture *f)
{
    varve_disconnect(f->session);
    TEST_EQUAL(VARVE_OK, varve_close(f->db));
}

static int64_t count_rows(struct varve_session *session)
{
    struct varve_statement *statement = NULL;
    int64_t count = 0;

    TEST_EQUAL(VARVE_OK, varve_prepare(session, "SELECT count(*) FROM t", 0, &statement, NULL));
    TEST_EQUAL(VARVE_ROW, varve_step(statement));
    count = varve_column_int64(statement, 0);
    varve_finalize(statement);
    return count;
}

/* Rows in CSV with quotes, escapes and a long text, in pieces that end anywhere. */
static int copy_in(struct varve_session *session)
{
    struct varve_statement *statement = NULL;
    static char text[ROWS * 160];
    size_t size = 0, at = 0;
    int code = VARVE_OK;

    for (int i = 0; i < ROWS; i++) {
        size += (size_t)snprintf(text + size, sizeof text - size,
                                 "%d,\"a \"\"quoted\"\" text, longer than a cell %d\",%d.25,"
                                 "2020-01-%02d 00:00,\\x%02x\n",
                                 i, i, i + 1, i % 28 + 1, i);
    }
    code = varve_prepare(session, "COPY t (id, a, b, c, d) FROM STDIN (FORMAT csv)", 0, &statement,
                         NULL);
    while (code == VARVE_OK && (code = varve_step(statement)) == VARVE_COPY_IN) {
        size_t piece = size - at < 1000 ? size - at : 1000;

        code =
            piece == 0 ? varve_copy_in_end(statement) : varve_copy_in(statement, text + at, piece);
        at += piece;
    }
    varve_finalize(statement);
    return code;
}

static int copy_out(struct varve_session *session, size_t *size_out)
{
    struct varve_statement *statement = NULL;
    int code = varve_prepare(session, "COPY t TO STDOUT (HEADER)", 0, &statement, NULL);

    *size_out = 0;
    while (code == VARVE_OK && (code = varve_step(statement)) == VARVE_COPY_OUT) {
        size_t size = 0;

        TEST_TRUE(varve_copy_out(statement, &size) != NULL);
        *size_out += size;
        code = VARVE_OK;
    }
    varve_finalize(statement);
    return code;
}

static int append_rows(struct varve_session *session)
{
    static const char *const columns[] = {"id", "b", "a"};
    struct varve_appender *appender = NULL;
    int code = varve_appender_create(session, "public", "t", columns, 3, &appender);
    int closed = VARVE_OK;

    for (int i = 0; i < ROWS && code == VARVE_OK; i++) {
        code = varve_append_int64(appender, 1000 + i);
        code = code == VARVE_OK ? varve_append_double(appender, i + 0.5) : code;
        code = code == VARVE_OK
                   ? varve_append_text(appender, "a text that is copied, all of it", 32)
                   : code;
        code = code == VARVE_OK ? varve_appender_end_row(appender) : code;
    }
    closed = varve_appender_close(appender);
    return code == VARVE_OK ? closed : code;
}

/* Whatever failed: all rows or none, and the next try works. */
static uint64_t run(uint64_t n)
{
    struct fixture f;
    uint64_t seen = 0;
    int codes[3];
    size_t size = 0;

    fixture_open(&f);
    alloc_fault_arm(n, false);
    codes[0] = copy_in(f.session);
    codes[1] = copy_out(f.session, &size);
    TEST_EQUAL(VARVE_OK, codes[0] == VARVE_DONE || codes[0] == VARVE_NOMEM ? VARVE_OK : codes[0]);
    TEST_EQUAL(VARVE_OK, codes[1] == VARVE_DONE || codes[1] == VARVE_NOMEM ? VARVE_OK : codes[1]);
    codes[2] = append_rows(f.session);
    seen = alloc_fault_arm(0, false);
    TEST_EQUAL(codes[0] == VARVE_DONE ? ROWS : 0,
               count_rows(f.session) % 1000 - (codes[2] == VARVE_OK ? ROWS : 0) +
                   (codes[2] != VARVE_OK && codes[2] != VARVE_NOMEM));
    TEST_EQUAL(VARVE_OK, varve_exec(f.session, "DELETE FROM t", 0));
    TEST_EQUAL(VARVE_DONE, copy_in(f.session));
    TEST_EQUAL(VARVE_OK, append_rows(f.session));
    TEST_EQUAL(2 * ROWS, count_rows(f.session));
    fixture_close(&f);
    return seen;
}

TEST(every_allocation_fails_in_turn)
{
    uint64_t total = run(UINT64_MAX);

    (void)state;
    for (uint64_t n = 1; n <= total; n++) {
        (void)run(n);
    }
    printf("%llu allocations failed in turn\n", (unsigned long long)total);
}

/* A COPY that is given up half-way leaves nothing, and others wait for its end. */
TEST(a_copy_given_up)
{
    struct fixture f;
    struct varve_statement *copy = NULL;
    static const char data[] = "1\ta\t1\t\\N\t\\N\n2\tb\t1\t\\N\t\\N\n";

    (void)state;
    fixture_open(&f);
    TEST_EQUAL(VARVE_OK, varve_prepare(f.session, "COPY t FROM STDIN", 0, &copy, NULL));
    TEST_EQUAL(VARVE_COPY_FROM_PROGRAM, varve_copy_direction(copy));
    TEST_EQUAL(5, varve_copy_column_count(copy));
    TEST_EQUAL(VARVE_MISUSE, varve_copy_in(copy, data, sizeof data - 1)); /* nobody asked */
    TEST_EQUAL(VARVE_COPY_IN, varve_step(copy));
    TEST_EQUAL(VARVE_OK, varve_copy_in(copy, data, sizeof data - 1));
    TEST_EQUAL(VARVE_BUSY, varve_exec(f.session, "SELECT * FROM t", 0));
    TEST_EQUAL(VARVE_COPY_IN, varve_step(copy));
    TEST_EQUAL(VARVE_OK, varve_reset(copy));
    TEST_EQUAL(0, count_rows(f.session));
    TEST_EQUAL(VARVE_COPY_IN, varve_step(copy));
    TEST_EQUAL(VARVE_OK, varve_copy_in_fail(copy, "the reason"));
    TEST_EQUAL(VARVE_CANCELED, varve_step(copy));
    TEST_TEXT("COPY from stdin failed: the reason", varve_last_error(f.session)->message);
    TEST_TEXT("COPY t, line 1", varve_last_error(f.session)->context);
    TEST_EQUAL(VARVE_COPY_IN, varve_step(copy));
    TEST_EQUAL(VARVE_OK, varve_copy_in(copy, data, sizeof data - 1));
    TEST_EQUAL(VARVE_COPY_IN, varve_step(copy));
    TEST_EQUAL(VARVE_OK, varve_copy_in_end(copy));
    TEST_EQUAL(VARVE_DONE, varve_step(copy));
    TEST_EQUAL(2, varve_row_count(copy));
    varve_finalize(copy);
    TEST_EQUAL(2, count_rows(f.session));
    TEST_EQUAL(VARVE_CANCELED, varve_exec(f.session, "COPY t FROM STDIN", 0));
    TEST_EQUAL(VARVE_OK, varve_exec(f.session, "COPY t TO STDOUT", 0));
    fixture_close(&f);
}

/* Files are for those who were let. */
TEST(files)
{
    struct fixture f;
    char path[] = "/tmp/varve_transfer_XXXXXX";
    char sql[128];
    int descriptor = mkstemp(path);

    (void)state;
    TEST_TRUE(descriptor >= 0);
    fixture_open(&f);
    TEST_EQUAL(VARVE_DONE, copy_in(f.session));
    snprintf(sql, sizeof sql, "COPY t TO '%s' CSV HEADER", path);
    TEST_EQUAL(VARVE_ERROR, varve_exec(f.session, sql, 0));
    TEST_TEXT("42501", varve_last_error(f.session)->sqlstate);
    TEST_EQUAL(VARVE_OK, varve_allow_files(f.session, 1));
    TEST_EQUAL(VARVE_OK, varve_exec(f.session, sql, 0));
    TEST_EQUAL(VARVE_OK, varve_exec(f.session, "DELETE FROM t", 0));
    snprintf(sql, sizeof sql, "COPY t FROM '%s' CSV HEADER", path);
    TEST_EQUAL(VARVE_OK, varve_exec(f.session, sql, 0));
    TEST_EQUAL(ROWS, count_rows(f.session));
    TEST_EQUAL(VARVE_ERROR, varve_exec(f.session, "COPY t TO 'relative'", 0));
    TEST_TEXT("relative path not allowed for COPY to file", varve_last_error(f.session)->message);
    TEST_EQUAL(VARVE_ERROR, varve_exec(f.session, "COPY t FROM '/nonexistent/x'", 0));
    TEST_TEXT("could not open file \"/nonexistent/x\" for reading: No such file or directory",
              varve_last_error(f.session)->message);
    TEST_EQUAL(VARVE_ERROR, varve_exec(f.session, "COPY t FROM '/tmp'", 0));
    TEST_TEXT("\"/tmp\" is a directory", varve_last_error(f.session)->message);
    fixture_close(&f);
    (void)close(descriptor);
    (void)unlink(path);
}

static void append_row(struct varve_appender *appender, int64_t id, double b)
{
    TEST_EQUAL(VARVE_OK, varve_append_int64(appender, id));
    TEST_EQUAL(VARVE_OK, varve_append_double(appender, b));
}

/* The appender obeys the table, names the row, and takes turns with other statements. */
TEST(the_appender)
{
    static const char *const columns[] = {"id", "b"};
    struct fixture f;
    struct varve_appender *appender = NULL, *second = NULL;

    (void)state;
    fixture_open(&f);
    TEST_EQUAL(VARVE_ERROR, varve_appender_create(f.session, NULL, "T", NULL, 0, &appender));
    TEST_TEXT("relation \"T\" does not exist", varve_last_error(f.session)->message);
    TEST_EQUAL(VARVE_OK, varve_appender_create(f.session, NULL, "t", columns, 2, &appender));
    TEST_EQUAL(VARVE_OK, varve_appender_create(f.session, "public", "t", columns, 1, &second));
    for (int i = 0; i < 5000; i++) {
        append_row(appender, i, 1);
        TEST_EQUAL(VARVE_OK, varve_appender_end_row(appender));
    }
    TEST_EQUAL(2 * 2048, count_rows(f.session)); /* the rest is collected */
    TEST_EQUAL(VARVE_OK, varve_append_int64(second, 9999));
    TEST_EQUAL(VARVE_OK, varve_appender_end_row(second));
    TEST_EQUAL(VARVE_OK, varve_appender_close(second));
    TEST_EQUAL(VARVE_OK, varve_appender_flush(appender));
    TEST_EQUAL(5001, count_rows(f.session));

    TEST_EQUAL(VARVE_OK, varve_append_int64(appender, 6000));
    TEST_EQUAL(VARVE_INVALID, varve_appender_end_row(appender)); /* a column is missing */
    TEST_EQUAL(VARVE_ERROR, varve_append_int64(appender, INT64_MAX));
    TEST_TEXT("22003", varve_last_error(f.session)->sqlstate);
    TEST_EQUAL(VARVE_ERROR, varve_append_bytes(appender, "x", 1));
    TEST_TEXT("column \"id\" is of type integer but the value given is of type bytea",
              varve_last_error(f.session)->message);
    append_row(appender, 6001, 1);
    TEST_EQUAL(VARVE_OK, varve_appender_end_row(appender));
    append_row(appender, 6002, -1);
    TEST_EQUAL(VARVE_OK, varve_appender_end_row(appender));
    TEST_EQUAL(VARVE_ERROR, varve_appender_flush(appender)); /* CHECK */
    TEST_TEXT("23514", varve_last_error(f.session)->sqlstate);
    TEST_TEXT("appender of t, row 5002", varve_last_error(f.session)->context);
    TEST_EQUAL(5001, count_rows(f.session));

    TEST_EQUAL(VARVE_OK, varve_exec(f.session, "BEGIN", 0));
    append_row(appender, 7000, 1);
    TEST_EQUAL(VARVE_OK, varve_append_null(appender) == VARVE_INVALID ? VARVE_OK : VARVE_ERROR);
    append_row(appender, 7000, 1);
    TEST_EQUAL(VARVE_OK, varve_appender_end_row(appender));
    TEST_EQUAL(VARVE_OK, varve_appender_flush(appender));
    TEST_EQUAL(5002, count_rows(f.session));
    TEST_EQUAL(VARVE_OK, varve_exec(f.session, "ROLLBACK", 0));
    TEST_EQUAL(5001, count_rows(f.session));

    TEST_EQUAL(VARVE_OK,
               varve_exec(f.session, "ALTER TABLE t ALTER COLUMN b TYPE numeric(12,3)", 0));
    append_row(appender, 8000, 1);
    TEST_EQUAL(VARVE_OK, varve_appender_end_row(appender));
    TEST_EQUAL(VARVE_UNSUPPORTED, varve_appender_close(appender)); /* its columns have changed */
    TEST_EQUAL(5001, count_rows(f.session));
    fixture_close(&f);
}
