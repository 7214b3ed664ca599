/* Values on the wire: binary forms byte for byte, and back. */
#include "server/format.h"
#include "test.h"
#include "varve/varve.h"

#include <stdlib.h>

struct fixture {
    struct varve *db;
    struct varve_session *session;
    struct varve_statement *statement;
    struct wire_out out;
    struct format_scratch scratch;
};

static void open_fixture(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    TEST_EQUAL(VARVE_OK, varve_open(":memory:", NULL, &f->db, NULL));
    TEST_EQUAL(VARVE_OK, varve_connect(f->db, &f->session));
}

static void close_fixture(struct fixture *f)
{
    format_scratch_release(&f->scratch);
    wire_out_release(&f->out);
    varve_finalize(f->statement);
    varve_disconnect(f->session);
    TEST_EQUAL(VARVE_OK, varve_close(f->db));
}

/* The value of `sql` in the given form, after its length. */
static void put(struct fixture *f, const char *sql, int format)
{
    varve_finalize(f->statement);
    wire_out_release(&f->out);
    TEST_EQUAL(VARVE_OK, varve_prepare(f->session, sql, 0, &f->statement, NULL));
    TEST_EQUAL(VARVE_ROW, varve_step(f->statement));
    wire_begin(&f->out, 'D');
    format_put_column(&f->out, f->statement, 0, format);
    TEST_TRUE(wire_end(&f->out));
}

static void check_binary(struct fixture *f, const char *sql, const char *bytes, size_t size)
{
    put(f, sql, FORMAT_BINARY);
    TEST_EQUAL(5 + 4 + size, f->out.size);
    TEST_EQUAL(size, f->out.bytes[8]);
    TEST_BYTES(bytes, f->out.bytes + 9, size);
}

/* F1: as PostgreSQL 15's send functions give them. */
TEST(binary_forms)
{
    struct fixture f;

    open_fixture(&f);
    check_binary(&f, "select true", "\1", 1);
    check_binary(&f, "select (-2)::smallint", "\xff\xfe", 2);
    check_binary(&f, "select 258", "\0\0\1\2", 4);
    check_binary(&f, "select -1::bigint", "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    check_binary(&f, "select 1.5::real", "\x3f\xc0\0\0", 4);
    check_binary(&f, "select 1.5::double precision", "\x3f\xf8\0\0\0\0\0\0", 8);
    check_binary(&f, "select 'ab'::text", "ab", 2);
    check_binary(&f, "select '\\x0102'::bytea", "\1\2", 2);
    check_binary(&f, "select 0.0::numeric", "\0\0\0\0\0\0\0\1", 8);
    check_binary(&f, "select 12345.678::numeric", "\0\3\0\1\0\0\0\3\0\1\x09\x29\x1a\x7c", 14);
    check_binary(&f, "select -0.0001::numeric", "\0\1\xff\xff\x40\0\0\4\0\1", 10);
    check_binary(&f, "select 'NaN'::numeric", "\0\0\0\0\xc0\0\0\0", 8);
    check_binary(&f, "select '00010203-0405-0607-0809-0a0b0c0d0e0f'::uuid",
                 "\0\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf", 16);
    check_binary(&f, "select date '2000-01-02'", "\0\0\0\1", 4);
    check_binary(&f, "select time '00:00:00.000258'", "\0\0\0\0\0\0\1\2", 8);
    check_binary(&f, "select timestamp '1999-12-31 23:59:59.999999'",
                 "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    check_binary(&f, "select interval '1 year 2 mons -3 days -00:00:00.000002'",
                 "\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff\xfd\0\0\0\xe", 16);
    close_fixture(&f);
}

/* F1: as PostgreSQL 15's, of the catalogs' types. */
TEST(binary_forms_of_the_catalogs)
{
    struct fixture f;

    open_fixture(&f);
    TEST_EQUAL(VARVE_OK, varve_exec(f.session,
                                    "create table t (a int, b int, unique (a, b), unique (b))", 0));
    check_binary(&f, "select 'pg_class'::regclass", "\0\0\4\xeb", 4);
    check_binary(&f, "select 4294967295::oid", "\xff\xff\xff\xff", 4);
    check_binary(&f, "select 'a'::\"char\"", "a", 1);
    check_binary(&f, "select 'pg'::name", "pg", 2);
    check_binary(&f, "select conkey from pg_constraint where conname = 't_a_b_key'",
                 "\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\2\0\0\0\1\0\0\0\2\0\1\0\0\0\2\0\2", 32);
    check_binary(&f, "select indkey from pg_index where indexrelid = 't_b_key'::regclass",
                 "\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\1\0\0\0\0\0\0\0\2\0\2", 26);
    check_binary(&f, "select proargtypes from pg_proc where oid = 1299",
                 "\0\0\0\1\0\0\0\0\0\0\0\x1a\0\0\0\0\0\0\0\0", 20);
    check_binary(&f, "select current_schemas(false)",
                 "\0\0\0\1\0\0\0\0\0\0\0\x13\0\0\0\1\0\0\0\1\0\0\0\6public", 30);
    check_binary(&f,
                 "select enumvals from pg_settings where name = 'default_transaction_isolation'",
                 "\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\4\0\0\0\1\0\0\0\x0cserializable\0\0\0\x0f"
                 "repeatable read\0\0\0\x0eread committed\0\0\0\x10read uncommitted",
                 20 + 4 * 4 + 12 + 15 + 14 + 16);
    close_fixture(&f);
}

/* F1: what goes out in binary comes back the same. */
TEST(numerics_come_back)
{
    static const char *const values[] = {"0",
                                         "0.00",
                                         "1",
                                         "-1",
                                         "10000",
                                         "0.1",
                                         "0.00001",
                                         "123456789.987654321",
                                         "-99999999999999999999.5",
                                         "1.50",
                                         "NaN",
                                         "100000000",
                                         "0.000000010"};
    struct fixture f;
    struct varve_statement *back = NULL;
    struct varve_error error;
    char sql[128];

    open_fixture(&f);
    TEST_EQUAL(VARVE_OK, varve_prepare(f.session, "select $1::numeric", 0, &back, NULL));
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        snprintf(sql, sizeof sql, "select '%s'::numeric", values[i]);
        put(&f, sql, FORMAT_BINARY);
        TEST_TRUE(format_bind(back, 1, VARVE_TYPE_NUMERIC, FORMAT_BINARY,
                              slice_make(f.out.bytes + 9, f.out.size - 9), &f.scratch, &error));
        TEST_EQUAL(VARVE_ROW, varve_step(back));
        TEST_TEXT(values[i], varve_column_text(back, 0, NULL));
        (void)varve_reset(back);
    }
    varve_finalize(back);
    close_fixture(&f);
}

/* F1 for dates, times, intervals and UUIDs, whose integers are PostgreSQL's. */
TEST(times_come_back)
{
    static const struct {
        int type;
        const char *sql;
        const char *text;
    } values[] = {{VARVE_TYPE_DATE, "date", "1999-12-31"},
                  {VARVE_TYPE_DATE, "date", "infinity"},
                  {VARVE_TYPE_DATE, "date", "-infinity"},
                  {VARVE_TYPE_TIME, "time", "23:59:59.999999"},
                  {VARVE_TYPE_TIMESTAMP, "timestamp", "1969-07-20 20:17:40.5"},
                  {VARVE_TYPE_TIMESTAMP, "timestamp", "-infinity"},
                  {VARVE_TYPE_TIMESTAMPTZ, "timestamptz", "2001-02-03 04:05:06+00"},
                  {VARVE_TYPE_INTERVAL, "interval", "-1 years -2 mons +3 days -04:05:06.7"},
                  {VARVE_TYPE_INTERVAL, "interval", "300 days 24:00:00"},
                  {VARVE_TYPE_UUID, "uuid", "00010203-0405-0607-0809-0a0b0c0d0eff"}};
    struct fixture f;
    struct varve_error error;
    char sql[128];

    open_fixture(&f);
    TEST_EQUAL(VARVE_OK, varve_exec(f.session, "SET timezone = 'UTC'", 0));
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct varve_statement *back = NULL;

        snprintf(sql, sizeof sql, "select '%s'::%s", values[i].text, values[i].sql);
        put(&f, sql, FORMAT_BINARY);
        snprintf(sql, sizeof sql, "select $1::%s", values[i].sql);
        TEST_EQUAL(VARVE_OK, varve_prepare(f.session, sql, 0, &back, NULL));
        TEST_TRUE(format_bind(back, 1, values[i].type, FORMAT_BINARY,
                              slice_make(f.out.bytes + 9, f.out.size - 9), &f.scratch, &error));
        TEST_EQUAL(VARVE_ROW, varve_step(back));
        TEST_TEXT(values[i].text, varve_column_text(back, 0, NULL));
        varve_finalize(back);
    }
    close_fixture(&f);
}

/* F2: bytes that are no value. */
TEST(bad_binary_values_are_refused)
{
    static const struct {
        int type;
        const char *bytes;
        size_t size;
        const char *sqlstate;
    } bad[] = {{VARVE_TYPE_INTEGER, "\0\0\1", 3, "22P03"},
               {VARVE_TYPE_BIGINT, "", 0, "22P03"},
               {VARVE_TYPE_BOOLEAN, "\1\1", 2, "22P03"},
               {VARVE_TYPE_UUID, "123", 3, "22P03"},
               {VARVE_TYPE_DATE, "\0\0\0", 3, "22P03"},
               {VARVE_TYPE_DATE, "\x7f\xff\xff\xfe", 4, "22008"},
               {VARVE_TYPE_TIME, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "22008"},
               {VARVE_TYPE_TIMESTAMP, "\x7f\xff\xff\xff\xff\xff\xff\xfe", 8, "22008"},
               {VARVE_TYPE_INTERVAL, "\0\0\0\0\0\0\0\0", 8, "22P03"},
               {VARVE_TYPE_NUMERIC, "\0\1\0\0\0\0\0\0", 8, "22P03"},
               {VARVE_TYPE_NUMERIC, "\0\1\0\0\0\0\0\0\x27\x10", 10, "22P03"},
               {VARVE_TYPE_NUMERIC, "\0\0\0\0\x12\x34\0\0", 8, "22P03"},
               {VARVE_TYPE_TEXT, "a\xff", 2, "22021"},
               {VARVE_TYPE_TEXT, "a\0b", 3, "22021"}};
    struct fixture f;
    struct varve_error error;

    open_fixture(&f);
    TEST_EQUAL(VARVE_OK, varve_prepare(f.session, "select $1::text", 0, &f.statement, NULL));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        TEST_FALSE(format_bind(f.statement, 1, bad[i].type, FORMAT_BINARY,
                               slice_make(bad[i].bytes, bad[i].size), &f.scratch, &error));
        TEST_TEXT(bad[i].sqlstate, error.sqlstate);
    }
    close_fixture(&f);
}

/* F2: ten bytes can name 131,072 digits; many of them must not fill the memory. */
TEST(inflated_numerics_are_bounded)
{
    struct fixture f;
    struct varve_error error;
    bool fits = true;

    open_fixture(&f);
    TEST_EQUAL(VARVE_OK, varve_prepare(f.session, "select $1::numeric", 0, &f.statement, NULL));
    for (int i = 0; i < 2000 && fits; i++) {
        fits = format_bind(f.statement, 1, VARVE_TYPE_NUMERIC, FORMAT_BINARY,
                           slice_make("\0\1\x7f\xff\0\0\0\0\0\1", 10), &f.scratch, &error);
    }
    TEST_FALSE(fits);
    TEST_TEXT("53200", error.sqlstate);
    close_fixture(&f);
}
