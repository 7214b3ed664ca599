/*
 * typed.c - binding and reading every type as C has it: dates and times as integers, numerics as 128-bit integers,
 * intervals and UUIDs as structs.
 *
 * Reading casts as CAST does, so a text column can be read as a date; what no cast does is an error, and so is a value
 * out of the type's range. The functions of column.c never fail: they saturate and give zeros.
 */
#include "db/db_private.h"

#include "value/calendar.h"
#include "value/cast.h"

#define UINT128_HIGH 64

static_assert(sizeof(struct varve_interval) == sizeof(struct interval), "one layout for both");

static int column_as(struct varve_statement *statement, int column, enum value_type wanted,
                     struct value *value_out);
static int column_integer(struct varve_statement *statement, int column, enum value_type wanted,
                          int64_t *out);
static int bind_checked(struct varve_statement *statement, int parameter, enum value_type type,
                        int64_t value, bool good, const char *what);

/* ---- parameters ---- */

int varve_bind_smallint(struct varve_statement *statement, int parameter, int16_t integer)
{
    struct value value = {.type = VALUE_SMALLINT, .integer = integer};

    return statement_bind(statement, parameter, &value);
}

int varve_bind_int32(struct varve_statement *statement, int parameter, int32_t integer)
{
    struct value value = value_integer(integer);

    return statement_bind(statement, parameter, &value);
}

int varve_bind_real(struct varve_statement *statement, int parameter, float real)
{
    struct value value = {.type = VALUE_REAL, .real = (double)real};

    return statement_bind(statement, parameter, &value);
}

int varve_bind_numeric(struct varve_statement *statement, int parameter,
                       const struct varve_numeric *numeric)
{
    static const uint8_t kinds[] = {[VARVE_NUMERIC_FINITE] = NUMERIC_FINITE,
                                    [VARVE_NUMERIC_NAN] = NUMERIC_NAN,
                                    [VARVE_NUMERIC_INFINITY] = NUMERIC_PLUS_INFINITY,
                                    [VARVE_NUMERIC_MINUS_INFINITY] = NUMERIC_MINUS_INFINITY};
    struct value value = value_null(VALUE_NUMERIC);
    __int128 coefficient = 0;
    __int128 limit = 1;

    if (!statement_is_valid(statement)) {
        return VARVE_MISUSE;
    }
    if (numeric == NULL) {
        return statement_bind(statement, parameter, &value);
    }
    for (unsigned i = 0; i < NUMERIC_DIGITS_MAX; i++) {
        limit *= 10;
    }
    coefficient =
        (__int128)((unsigned __int128)(uint64_t)numeric->high << UINT128_HIGH | numeric->low);
    if (numeric->kind > VARVE_NUMERIC_MINUS_INFINITY || numeric->scale > NUMERIC_SCALE_MAX) {
        (void)error_set(&statement->session->failure, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                        "a numeric's scale is at most %u, its kind an enum varve_numeric_kind",
                        NUMERIC_SCALE_MAX);
        return session_fail(statement->session);
    }
    if (coefficient >= limit || coefficient <= -limit) {
        (void)error_set(&statement->session->failure, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0,
                        "value overflows numeric format");
        return session_fail(statement->session);
    }
    value = value_numeric(numeric->kind == VARVE_NUMERIC_FINITE
                              ? numeric_make(coefficient, numeric->scale)
                              : numeric_special((enum numeric_kind)kinds[numeric->kind]));
    return statement_bind(statement, parameter, &value);
}

int varve_bind_date(struct varve_statement *statement, int parameter, int32_t days)
{
    return bind_checked(statement, parameter, VALUE_DATE, days,
                        days == CALENDAR_DATE_EARLY || days == CALENDAR_DATE_LATE ||
                            calendar_date_is_valid(days),
                        "date");
}

int varve_bind_time(struct varve_statement *statement, int parameter, int64_t microseconds)
{
    return bind_checked(statement, parameter, VALUE_TIME, microseconds,
                        microseconds >= 0 && microseconds <= CALENDAR_DAY, "time");
}

int varve_bind_timestamp(struct varve_statement *statement, int parameter, int64_t microseconds)
{
    return bind_checked(statement, parameter, VALUE_TIMESTAMP, microseconds,
                        microseconds == CALENDAR_STAMP_EARLY ||
                            microseconds == CALENDAR_STAMP_LATE ||
                            calendar_stamp_is_valid(microseconds),
                        "timestamp");
}

int varve_bind_timestamptz(struct varve_statement *statement, int parameter, int64_t microseconds)
{
    return bind_checked(statement, parameter, VALUE_TIMESTAMPTZ, microseconds,
                        microseconds == CALENDAR_STAMP_EARLY ||
                            microseconds == CALENDAR_STAMP_LATE ||
                            calendar_stamp_is_valid(microseconds),
                        "timestamp");
}

int varve_bind_interval(struct varve_statement *statement, int parameter,
                        const struct varve_interval *interval)
{
    struct value value = value_null(VALUE_INTERVAL);

    if (interval != NULL) {
        value.null = false;
        value.interval =
            (struct interval){interval->microseconds, interval->days, interval->months};
    }
    return statement_bind(statement, parameter, &value);
}

int varve_bind_uuid(struct varve_statement *statement, int parameter, const unsigned char *bytes)
{
    struct value value = value_null(VALUE_UUID);

    if (bytes != NULL) {
        value.null = false;
        memcpy(value.uuid.bytes, bytes, sizeof value.uuid.bytes);
    }
    return statement_bind(statement, parameter, &value);
}

static int bind_checked(struct varve_statement *statement, int parameter, enum value_type type,
                        int64_t integer, bool good, const char *what)
{
    struct value value = {.type = (uint8_t)type, .integer = integer};

    if (good || !statement_is_valid(statement)) {
        return statement_bind(statement, parameter, &value);
    }
    (void)error_set(&statement->session->failure, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                    "%s out of range", what);
    return session_fail(statement->session);
}

/* ---- columns ---- */

int varve_column_int32(struct varve_statement *statement, int column, int32_t *out)
{
    int64_t integer = 0;
    int code = column_integer(statement, column, VALUE_INTEGER, out == NULL ? NULL : &integer);

    if (out != NULL) {
        *out = (int32_t)integer;
    }
    return code;
}

int varve_column_real(struct varve_statement *statement, int column, float *out)
{
    struct value value;
    int code = out == NULL ? VARVE_MISUSE : column_as(statement, column, VALUE_REAL, &value);

    if (out != NULL) {
        *out = code == VARVE_OK ? (float)value.real : 0;
    }
    return code;
}

int varve_column_numeric(struct varve_statement *statement, int column, struct varve_numeric *out)
{
    static const uint8_t kinds[] = {[NUMERIC_FINITE] = VARVE_NUMERIC_FINITE,
                                    [NUMERIC_NAN] = VARVE_NUMERIC_NAN,
                                    [NUMERIC_PLUS_INFINITY] = VARVE_NUMERIC_INFINITY,
                                    [NUMERIC_MINUS_INFINITY] = VARVE_NUMERIC_MINUS_INFINITY};
    struct value value;
    int code = VARVE_MISUSE;

    if (out == NULL) {
        return code;
    }
    *out = (struct varve_numeric){0};
    code = column_as(statement, column, VALUE_NUMERIC, &value);
    if (code == VARVE_OK) {
        unsigned __int128 coefficient = (unsigned __int128)value.numeric.coefficient;

        *out = (struct varve_numeric){.low = (uint64_t)coefficient,
                                      .high = (int64_t)(coefficient >> UINT128_HIGH),
                                      .scale = value.numeric.scale,
                                      .kind = kinds[value.numeric.kind]};
    }
    return code;
}

int varve_column_date(struct varve_statement *statement, int column, int32_t *days_out)
{
    int64_t integer = 0;
    int code = column_integer(statement, column, VALUE_DATE, days_out == NULL ? NULL : &integer);

    if (days_out != NULL) {
        *days_out = (int32_t)integer;
    }
    return code;
}

int varve_column_time(struct varve_statement *statement, int column, int64_t *microseconds_out)
{
    return column_integer(statement, column, VALUE_TIME, microseconds_out);
}

int varve_column_timestamp(struct varve_statement *statement, int column, int64_t *microseconds_out)
{
    return column_integer(statement, column, VALUE_TIMESTAMP, microseconds_out);
}

int varve_column_timestamptz(struct varve_statement *statement, int column,
                             int64_t *microseconds_out)
{
    return column_integer(statement, column, VALUE_TIMESTAMPTZ, microseconds_out);
}

int varve_column_interval(struct varve_statement *statement, int column, struct varve_interval *out)
{
    struct value value;
    int code = VARVE_MISUSE;

    if (out == NULL) {
        return code;
    }
    *out = (struct varve_interval){0};
    code = column_as(statement, column, VALUE_INTERVAL, &value);
    if (code == VARVE_OK) {
        *out = (struct varve_interval){value.interval.time, value.interval.days,
                                       value.interval.months};
    }
    return code;
}

int varve_column_uuid(struct varve_statement *statement, int column, unsigned char *bytes_out)
{
    struct value value;
    int code = VARVE_MISUSE;

    if (bytes_out == NULL) {
        return code;
    }
    memset(bytes_out, 0, sizeof value.uuid.bytes);
    code = column_as(statement, column, VALUE_UUID, &value);
    if (code == VARVE_OK) {
        memcpy(bytes_out, value.uuid.bytes, sizeof value.uuid.bytes);
    }
    return code;
}

static int column_integer(struct varve_statement *statement, int column, enum value_type wanted,
                          int64_t *out)
{
    struct value value;
    int code = out == NULL ? VARVE_MISUSE : column_as(statement, column, wanted, &value);

    if (out != NULL) {
        *out = code == VARVE_OK ? value.integer : 0;
    }
    return code;
}

/* VARVE_NOT_FOUND: NULL. As CAST(column AS wanted). */
static int column_as(struct varve_statement *statement, int column, enum value_type wanted,
                     struct value *value_out)
{
    struct context *before = NULL;
    struct value value;
    vv_status status = VV_OK;

    if (!column_value(statement, column, &value)) {
        return VARVE_MISUSE;
    }
    if (value.null) {
        return VARVE_NOT_FOUND;
    }
    if (value.type == wanted) {
        *value_out = value;
        return VARVE_OK;
    }
    if (cast_between((enum value_type)value.type, wanted) == CAST_NONE) {
        (void)error_set(
            &statement->session->failure, VV_SQLSTATE_CANNOT_COERCE, 0, "cannot cast type %s to %s",
            value_type_info((enum value_type)value.type)->text, value_type_info(wanted)->text);
        return session_fail(statement->session);
    }
    before = session_context_enter(statement->session);
    status = cast_value(&value, wanted, VALUE_NO_MODIFIER, &statement->arena, value_out,
                        &statement->session->failure);
    session_context_leave(before);
    if (status == VV_OK) {
        return VARVE_OK;
    }
    (void)error_from_status(&statement->session->failure, status);
    return session_fail(statement->session);
}
