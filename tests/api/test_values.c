/*
 * test_values.c - every type bound and read as C has it, conversions and their errors, batches, and what is told of
 * columns and parameters. Dates are counted from 2000-01-01.
 */
#include "check.h"

static const unsigned char uuid_bytes[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255};

static void make_table(struct fixture f)
{
    RUN(f.session,
        "CREATE TABLE v (id integer PRIMARY KEY, s smallint, r real, n numeric, d date, t time, "
        "ts timestamp, tz timestamptz, i interval, u uuid)");
}

/* What was bound as text is read when it is asked for, once; errors come then and leave the rest as it was. */
static void texts_are_read(void)
{
    struct fixture f = memory_open();
    struct varve_statement *put = NULL;
    char text[] = "42";

    make_table(f);
    put = prepare(f.session, "INSERT INTO v (id, d, n, u) VALUES ($1, $2, $3, $4)");
    CHECK_CODE(VARVE_OK, varve_bind_text(put, 1, text, 2));
    CHECK_CODE(VARVE_OK, varve_bind_text(put, 2, "2020-02-30", 10));
    CHECK_CODE(VARVE_ERROR, varve_read_parameters(put));
    CHECK_TEXT("22008", varve_last_error(f.session)->sqlstate);
    CHECK_CODE(VARVE_OK, varve_bind_text(put, 2, "2020-02-29", 10));
    CHECK_CODE(VARVE_OK, varve_bind_text(put, 3, "1.50", 4));
    CHECK_CODE(VARVE_OK, varve_read_parameters(put));
    text[0] = 'x'; /* nobody looks there any more */
    CHECK_CODE(VARVE_DONE, varve_step(put));
    CHECK_CODE(VARVE_OK, varve_reset(put));
    CHECK_TEXT("42|2020-02-29|1.50",
               single(f.session, "SELECT concat_ws('|', id, d, n, u) FROM v"));
    RUN(f.session, "BEGIN");
    CHECK_CODE(VARVE_OK, varve_bind_text(put, 1, "many", 4));
    CHECK_CODE(VARVE_ERROR, varve_read_parameters(put));
    CHECK_TEXT("22P02", varve_last_error(f.session)->sqlstate);
    CHECK_CODE(VARVE_OK, varve_bind_int32(put, 1, 43));
    CHECK_CODE(VARVE_ERROR, varve_read_parameters(put));
    CHECK_TEXT("25P02", varve_last_error(f.session)->sqlstate);
    RUN(f.session, "ROLLBACK");
    CHECK_CODE(VARVE_OK, varve_read_parameters(put));
    varve_finalize(put);
    put = prepare(f.session, "SELECT id FROM v WHERE id > $1");
    CHECK_CODE(VARVE_OK, varve_bind_text(put, 1, "1", 1));
    CHECK_CODE(VARVE_ROW, varve_step(put));
    CHECK_CODE(VARVE_MISUSE, varve_read_parameters(put));
    varve_finalize(put);
    CHECK_CODE(VARVE_MISUSE, varve_read_parameters(NULL));
    memory_close(f);
}

static void every_type_comes_back(void)
{
    struct fixture f = memory_open();
    struct varve_statement *put = NULL;
    struct varve_statement *get = NULL;
    struct varve_numeric numeric = {.low = 150, .scale = 2};
    struct varve_interval interval = {.microseconds = -5, .days = 3, .months = -14};
    unsigned char uuid[16];
    int32_t days = 0;
    int32_t small = 0;
    int64_t micros = 0;
    float real = 0;

    make_table(f);
    put = prepare(f.session, "INSERT INTO v VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)");
    CHECK_CODE(VARVE_OK, varve_bind_int32(put, 1, 1));
    CHECK_CODE(VARVE_OK, varve_bind_smallint(put, 2, -32768));
    CHECK_CODE(VARVE_OK, varve_bind_real(put, 3, 0.1f));
    CHECK_CODE(VARVE_OK, varve_bind_numeric(put, 4, &numeric));
    CHECK_CODE(VARVE_OK, varve_bind_date(put, 5, 366));
    CHECK_CODE(VARVE_OK, varve_bind_time(put, 6, 1000001));
    CHECK_CODE(VARVE_OK, varve_bind_timestamp(put, 7, -1));
    CHECK_CODE(VARVE_OK, varve_bind_timestamptz(put, 8, 86400000000));
    CHECK_CODE(VARVE_OK, varve_bind_interval(put, 9, &interval));
    CHECK_CODE(VARVE_OK, varve_bind_uuid(put, 10, uuid_bytes));
    CHECK_CODE(VARVE_DONE, varve_step(put));
    varve_finalize(put);

    RUN(f.session, "SET timezone = 'UTC'");
    CHECK_TEXT("-32768|0.1|1.50|2001-01-01|00:00:01.000001|1999-12-31 23:59:59.999999|2000-01-02 "
               "00:00:00+00|"
               "-1 years -2 mons +3 days -00:00:00.000005|00010203-0405-0607-0809-0a0b0c0d0eff",
               single(f.session, "SELECT concat_ws('|', s, r, n, d, t, ts, tz, i, u) FROM v"));
    get = prepare(f.session, "SELECT s, r, n, d, t, ts, tz, i, u FROM v");
    CHECK_CODE(VARVE_ROW, varve_step(get));
    CHECK_CODE(VARVE_OK, varve_column_int32(get, 0, &small));
    CHECK(small == -32768);
    CHECK_CODE(VARVE_OK, varve_column_real(get, 1, &real));
    CHECK(real == 0.1f);
    numeric = (struct varve_numeric){0};
    CHECK_CODE(VARVE_OK, varve_column_numeric(get, 2, &numeric));
    CHECK(numeric.low == 150 && numeric.high == 0 && numeric.scale == 2 && numeric.kind == 0);
    CHECK_CODE(VARVE_OK, varve_column_date(get, 3, &days));
    CHECK(days == 366 && varve_column_int64(get, 3) == 366);
    CHECK_CODE(VARVE_OK, varve_column_time(get, 4, &micros));
    CHECK(micros == 1000001);
    CHECK_CODE(VARVE_OK, varve_column_timestamp(get, 5, &micros));
    CHECK(micros == -1 && varve_column_int64(get, 5) == -1);
    CHECK_CODE(VARVE_OK, varve_column_timestamptz(get, 6, &micros));
    CHECK(micros == 86400000000);
    interval = (struct varve_interval){0};
    CHECK_CODE(VARVE_OK, varve_column_interval(get, 7, &interval));
    CHECK(interval.microseconds == -5 && interval.days == 3 && interval.months == -14);
    CHECK_CODE(VARVE_OK, varve_column_uuid(get, 8, uuid));
    CHECK(memcmp(uuid, uuid_bytes, sizeof uuid) == 0);
    varve_finalize(get);
    memory_close(f);
}

static void numerics_of_128_bits(void)
{
    static const struct {
        const char *text;
        struct varve_numeric numeric;
    } cases[] = {
        {"0", {0, 0, 0, 0}},
        {"0.000", {0, 0, 3, 0}},
        {"-1", {UINT64_MAX, -1, 0, 0}},
        {"18446744073709551616", {0, 1, 0, 0}},
        {"-18446744073709551616.5", {(uint64_t)0 - 5, -11, 1, 0}},
        {"99999999999999999999999999999999999999", {0x098A223FFFFFFFFF, 0x4B3B4CA85A86C47A, 0, 0}},
        {"NaN", {0, 0, 0, VARVE_NUMERIC_NAN}},
        {"Infinity", {0, 0, 0, VARVE_NUMERIC_INFINITY}},
        {"-Infinity", {0, 0, 0, VARVE_NUMERIC_MINUS_INFINITY}},
    };
    struct fixture f = memory_open();
    struct varve_statement *echo = prepare(f.session, "SELECT $1::numeric");
    struct varve_numeric found;
    struct varve_numeric bad = {.high = INT64_MAX, .scale = 1};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_CODE(VARVE_OK, varve_bind_numeric(echo, 1, &cases[i].numeric));
        CHECK_CODE(VARVE_ROW, varve_step(echo));
        CHECK_TEXT(cases[i].text, varve_column_text(echo, 0, NULL));
        CHECK_CODE(VARVE_OK, varve_column_numeric(echo, 0, &found));
        CHECK(memcmp(&found, &cases[i].numeric, sizeof found) == 0);
        varve_reset(echo);
    }
    CHECK_CODE(VARVE_ERROR, varve_bind_numeric(echo, 1, &bad));
    CHECK_TEXT("22003", varve_last_error(f.session)->sqlstate);
    bad = (struct varve_numeric){.scale = 81};
    CHECK_CODE(VARVE_INVALID, varve_bind_numeric(echo, 1, &bad));
    bad = (struct varve_numeric){.kind = 4};
    CHECK_CODE(VARVE_INVALID, varve_bind_numeric(echo, 1, &bad));
    CHECK_CODE(VARVE_OK, varve_bind_numeric(echo, 1, NULL));
    CHECK_CODE(VARVE_ROW, varve_step(echo));
    CHECK(varve_column_is_null(echo, 0));
    CHECK_CODE(VARVE_NOT_FOUND, varve_column_numeric(echo, 0, &found));
    varve_finalize(echo);
    memory_close(f);
}

static void reading_casts(void)
{
    struct fixture f = memory_open();
    struct varve_statement *get = NULL;
    struct varve_numeric numeric;
    struct varve_interval interval;
    unsigned char uuid[16];
    int32_t small = 7;
    int64_t micros = 7;
    float real = 7;

    RUN(f.session, "SET timezone = 'Asia/Kolkata'");
    get = prepare(f.session, "SELECT '12'::text, 70000000000, 'x'::text, true, NULL::date, "
                             "timestamp '2000-01-01 05:30', 1e300::double precision, "
                             "'00010203-0405-0607-0809-0a0b0c0d0eff'::varchar, 2.5::numeric");
    CHECK_CODE(VARVE_MISUSE, varve_column_int32(get, 0, &small)); /* no row yet */
    CHECK_CODE(VARVE_ROW, varve_step(get));
    CHECK_CODE(VARVE_OK, varve_column_int32(get, 0, &small));
    CHECK(small == 12);
    CHECK_CODE(VARVE_ERROR, varve_column_int32(get, 1, &small));
    CHECK_TEXT("integer out of range", varve_last_error(f.session)->message);
    CHECK(small == 0);
    CHECK_CODE(VARVE_OK, varve_column_numeric(get, 1, &numeric));
    CHECK(numeric.low == 70000000000);
    CHECK_CODE(VARVE_ERROR, varve_column_interval(get, 2, &interval));
    CHECK_TEXT("22007", varve_last_error(f.session)->sqlstate);
    CHECK_CODE(VARVE_ERROR, varve_column_timestamp(get, 3, &micros));
    CHECK_TEXT("42846", varve_last_error(f.session)->sqlstate);
    CHECK_TEXT("cannot cast type boolean to timestamp without time zone",
               varve_last_error(f.session)->message);
    CHECK_CODE(VARVE_NOT_FOUND, varve_column_date(get, 4, &small));
    CHECK_CODE(VARVE_OK, varve_column_timestamptz(get, 5, &micros));
    CHECK(micros == 0);
    CHECK_CODE(VARVE_ERROR, varve_column_real(get, 6, &real));
    CHECK_TEXT("22003", varve_last_error(f.session)->sqlstate);
    CHECK_CODE(VARVE_OK, varve_column_uuid(get, 7, uuid));
    CHECK(memcmp(uuid, uuid_bytes, sizeof uuid) == 0);
    CHECK_CODE(VARVE_OK, varve_column_int32(get, 8, &small));
    CHECK(small == 3);
    CHECK_CODE(VARVE_MISUSE, varve_column_int32(get, 9, &small));
    CHECK_CODE(VARVE_MISUSE, varve_column_int32(get, -1, &small));
    CHECK_CODE(VARVE_MISUSE, varve_column_int32(get, 0, NULL));
    varve_finalize(get);
    CHECK(varve_transaction_status(f.session) == 'I');
    memory_close(f);
}

static void bounds_of_times(void)
{
    struct fixture f = memory_open();
    struct varve_statement *echo = prepare(f.session, "SELECT $1::date, $2::timestamp, $3::time");

    CHECK_CODE(VARVE_OK, varve_bind_date(echo, 1, INT32_MAX));
    CHECK_CODE(VARVE_OK, varve_bind_timestamp(echo, 2, INT64_MIN));
    CHECK_CODE(VARVE_OK, varve_bind_time(echo, 3, 86400000000));
    CHECK_CODE(VARVE_ROW, varve_step(echo));
    CHECK_TEXT("infinity", varve_column_text(echo, 0, NULL));
    CHECK_TEXT("-infinity", varve_column_text(echo, 1, NULL));
    CHECK_TEXT("24:00:00", varve_column_text(echo, 2, NULL));
    varve_reset(echo);
    CHECK_CODE(VARVE_ERROR, varve_bind_date(echo, 1, INT32_MAX - 1));
    CHECK_TEXT("22008", varve_last_error(f.session)->sqlstate);
    CHECK_CODE(VARVE_ERROR, varve_bind_timestamp(echo, 2, INT64_MAX - 1));
    CHECK_CODE(VARVE_ERROR, varve_bind_timestamptz(echo, 2, INT64_MIN + 1));
    CHECK_CODE(VARVE_ERROR, varve_bind_time(echo, 3, -1));
    CHECK_CODE(VARVE_ERROR, varve_bind_time(echo, 3, 86400000001));
    CHECK_TEXT("time out of range", varve_last_error(f.session)->message);
    varve_finalize(echo);
    memory_close(f);
}

static void batches_of_every_type(void)
{
    struct fixture f = memory_open();
    struct varve_statement *all = NULL;
    struct varve_batch batch;

    make_table(f);
    RUN(f.session,
        "INSERT INTO v VALUES (1, 7, 0.5, 2.50, '2000-01-03', '00:00:01', '2000-01-01 00:00:02', "
        "'2000-01-01 00:00:03Z', '1 mon 2 days 00:00:04', '00010203-0405-0607-0809-0a0b0c0d0eff'), "
        "(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)");
    all = prepare(f.session, "SELECT s, r, n, d, t, ts, tz, i, u FROM v ORDER BY id");
    CHECK_CODE(VARVE_ROW, varve_fetch(all, &batch));
    CHECK(batch.row_count == 2 && batch.column_count == 9);
    for (size_t i = 0; i < batch.column_count; i++) {
        CHECK(batch.columns[i].nulls != NULL && (batch.columns[i].nulls[0] & 3) == 2);
        CHECK(batch.columns[i].type == varve_column_type(all, (int)i));
    }
    if (batch.column_count == 9) {
        const struct varve_view *view = batch.columns[2].values;
        const struct varve_interval *interval = batch.columns[7].values;

        CHECK(((const int32_t *)batch.columns[0].values)[0] == 7);
        CHECK(((const double *)batch.columns[1].values)[0] == 0.5);
        CHECK(view->size == 4 && memcmp(varve_view_data(view), "2.50", 4) == 0);
        CHECK(((const int32_t *)batch.columns[3].values)[0] == 2);
        for (int i = 4; i <= 6; i++) {
            CHECK(((const int64_t *)batch.columns[i].values)[0] == (i - 3) * 1000000);
        }
        CHECK(interval->microseconds == 4000000 && interval->days == 2 && interval->months == 1);
        CHECK(memcmp(batch.columns[8].values, uuid_bytes, 16) == 0);
    }
    CHECK_CODE(VARVE_DONE, varve_fetch(all, &batch));
    varve_finalize(all);
    memory_close(f);
}

static void check_column(struct varve_statement *statement, int column, const char *name,
                         const char *type, const char *origin, int nullable)
{
    struct varve_column_info info = {.size = sizeof info};
    char text[128];

    CHECK_CODE(VARVE_OK, varve_column_describe(statement, column, &info));
    CHECK_TEXT(name, info.name);
    CHECK_CODE(VARVE_OK, varve_type_format(info.type, info.type_modifier, text, sizeof text));
    CHECK_TEXT(type, text);
    snprintf(text, sizeof text, "%s.%s.%s %d", info.schema_name, info.table_name, info.column_name,
             info.column_number);
    CHECK_TEXT(origin, text);
    CHECK(info.nullable == nullable);
    CHECK((info.table_id != 0) == (info.column_number != 0));
}

static void columns_are_described(void)
{
    struct fixture f = memory_open();
    struct varve_statement *get = NULL;
    struct varve_column_info info = {.size = sizeof info};
    char text[8];

    RUN(f.session, "CREATE TABLE w (id integer PRIMARY KEY, c varchar(10), n numeric(8,2) NOT "
                   "NULL, x char(3), "
                   "ts timestamp(3), plain text)");
    get = prepare(f.session,
                  "SELECT c AS other, n, id + 1, ts, count(*), 'k'::varchar(5), 1, x FROM w "
                  "WHERE id > $1 GROUP BY c, n, id, ts, x ORDER BY id LIMIT 3");
    check_column(get, 0, "other", "character varying(10)", "public.w.c 2", VARVE_NULLABLE);
    check_column(get, 1, "n", "numeric(8,2)", "public.w.n 3", VARVE_NOT_NULL);
    check_column(get, 2, "?column?", "integer", ".. 0", VARVE_NULLABLE_UNKNOWN);
    check_column(get, 3, "ts", "timestamp(3) without time zone", "public.w.ts 5", VARVE_NULLABLE);
    check_column(get, 4, "count", "bigint", ".. 0", VARVE_NOT_NULL);
    check_column(get, 5, "varchar", "character varying(5)", ".. 0", VARVE_NULLABLE_UNKNOWN);
    check_column(get, 6, "?column?", "integer", ".. 0", VARVE_NOT_NULL);
    check_column(get, 7, "x", "character(3)", "public.w.x 4", VARVE_NULLABLE);
    CHECK_CODE(VARVE_INVALID, varve_column_describe(get, 8, &info));
    CHECK_CODE(VARVE_OK, varve_parameter_describe(get, 1, &info));
    CHECK(info.type == VARVE_TYPE_INTEGER && info.type_modifier == -1 && info.size == sizeof info);
    CHECK_CODE(VARVE_INVALID, varve_parameter_describe(get, 2, &info));
    CHECK_CODE(VARVE_INVALID, varve_parameter_describe(get, 0, &info));
    varve_finalize(get);

    get = prepare(f.session, "INSERT INTO w VALUES (1, 'a', 2) RETURNING *, n * 2");
    check_column(get, 1, "c", "character varying(10)", "public.w.c 2", VARVE_NULLABLE);
    check_column(get, 6, "?column?", "numeric", ".. 0", VARVE_NULLABLE_UNKNOWN);
    varve_finalize(get);
    get = prepare(f.session, "SHOW work_mem");
    check_column(get, 0, "work_mem", "text", ".. 0", VARVE_NULLABLE_UNKNOWN);
    info.size = 0;
    CHECK_CODE(VARVE_MISUSE, varve_column_describe(get, 0, &info));
    varve_finalize(get);
    CHECK_CODE(VARVE_LIMIT,
               varve_type_format(VARVE_TYPE_NUMERIC, (8 << 16 | 2) + 4, text, sizeof text));
    CHECK_TEXT("numeric", text);
    memory_close(f);
}

int main(void)
{
    every_type_comes_back();
    texts_are_read();
    numerics_of_128_bits();
    reading_casts();
    bounds_of_times();
    batches_of_every_type();
    columns_are_described();
    if (failures > 0) {
        fprintf(stderr, "%d checks failed\n", failures);
    }
    return failures > 0;
}
