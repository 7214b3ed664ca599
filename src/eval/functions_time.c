/*
 * functions_time.c - arithmetic of dates, times and intervals (manual, 9.9; PostgreSQL: timestamp.c, date.c).
 *
 * An interval's months are added first, then its days, then its time; a day that the new month lacks becomes its
 * last. With a time zone, months and days are steps in local time: a day may have 23 hours.
 */
#include "eval/kernels_time.h"

#include "eval/datetime_math.h"
#include "value/context.h"

static vv_status stamp_result(struct eval_call *call, bool fits)
{
    return fits ? VV_OK : eval_fault_set(EVAL_STAMP_RANGE, call->error);
}

static vv_status interval_result(struct eval_call *call, bool fits)
{
    return fits ? VV_OK : eval_fault_set(EVAL_INTERVAL_RANGE, call->error);
}

/* ---- dates ---- */

static vv_status date_move(struct eval_call *call, int64_t date, int64_t days, struct value *out)
{
    out->integer = date;
    if (!calendar_date_is_finite(date)) {
        return VV_OK;
    }
    out->integer = date + days;
    return calendar_date_is_valid(out->integer) ? VV_OK
                                                : eval_fault_set(EVAL_DATE_RANGE, call->error);
}

EVAL_SCALAR(scalar_DATE_ADD_DAYS)
{
    return date_move(call, arguments[0].integer, arguments[1].integer, out);
}

EVAL_SCALAR(scalar_DAYS_ADD_DATE)
{
    return date_move(call, arguments[1].integer, arguments[0].integer, out);
}

EVAL_SCALAR(scalar_DATE_SUBTRACT_DAYS)
{
    return date_move(call, arguments[0].integer, -arguments[1].integer, out);
}

EVAL_SCALAR(scalar_DATE_SUBTRACT)
{
    if (!calendar_date_is_finite(arguments[0].integer) ||
        !calendar_date_is_finite(arguments[1].integer)) {
        return error_set(call->error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                         "cannot subtract infinite dates");
    }
    out->integer = arguments[0].integer - arguments[1].integer;
    return VV_OK;
}

static vv_status date_to_stamp(struct eval_call *call, const struct value *date, int64_t *out)
{
    struct value stamp;

    VV_TRY(cast_value(date, VALUE_TIMESTAMP, VALUE_NO_MODIFIER, NULL, &stamp, call->error));
    *out = stamp.integer;
    return VV_OK;
}

static vv_status date_add(struct eval_call *call, const struct value *date,
                          const struct interval *interval, struct value *out)
{
    int64_t stamp;

    VV_TRY(date_to_stamp(call, date, &stamp));
    return stamp_result(call, datetime_math_add(stamp, interval, NULL, &out->integer));
}

EVAL_SCALAR(scalar_DATE_ADD_INTERVAL)
{
    return date_add(call, &arguments[0], &arguments[1].interval, out);
}

EVAL_SCALAR(scalar_INTERVAL_ADD_DATE)
{
    return date_add(call, &arguments[1], &arguments[0].interval, out);
}

EVAL_SCALAR(scalar_DATE_SUBTRACT_INTERVAL)
{
    struct interval negated;

    return interval_negate(&arguments[1].interval, &negated)
               ? date_add(call, &arguments[0], &negated, out)
               : eval_fault_set(EVAL_INTERVAL_RANGE, call->error);
}

static vv_status date_time_join(struct eval_call *call, const struct value *date, int64_t time,
                                struct value *out)
{
    VV_TRY(date_to_stamp(call, date, &out->integer));
    if (!calendar_stamp_is_finite(out->integer)) {
        return VV_OK;
    }
    out->integer += time;
    return stamp_result(call, calendar_stamp_is_valid(out->integer));
}

EVAL_SCALAR(scalar_DATE_ADD_TIME)
{
    return date_time_join(call, &arguments[0], arguments[1].integer, out);
}

EVAL_SCALAR(scalar_TIME_ADD_DATE)
{
    return date_time_join(call, &arguments[1], arguments[0].integer, out);
}

/* ---- times of day: round the clock ---- */

static vv_status time_move(int64_t time, int64_t by, struct value *out)
{
    out->integer = (time + by % CALENDAR_DAY) % CALENDAR_DAY;
    out->integer += out->integer < 0 ? CALENDAR_DAY : 0;
    return VV_OK;
}

EVAL_SCALAR(scalar_TIME_ADD_INTERVAL)
{
    (void)call;
    return time_move(arguments[0].integer, arguments[1].interval.time, out);
}

EVAL_SCALAR(scalar_INTERVAL_ADD_TIME)
{
    (void)call;
    return time_move(arguments[1].integer, arguments[0].interval.time, out);
}

EVAL_SCALAR(scalar_TIME_SUBTRACT_INTERVAL)
{
    (void)call;
    return time_move(arguments[0].integer, -(arguments[1].interval.time % CALENDAR_DAY), out);
}

EVAL_SCALAR(scalar_TIME_SUBTRACT)
{
    (void)call;
    out->interval = (struct interval){.time = arguments[0].integer - arguments[1].integer};
    return VV_OK;
}

/* ---- time stamps ---- */

static vv_status stamp_add(struct eval_call *call, int64_t stamp, const struct interval *interval,
                           const struct zone *zone, struct value *out)
{
    return stamp_result(call, datetime_math_add(stamp, interval, zone, &out->integer));
}

static vv_status stamp_subtract(struct eval_call *call, int64_t stamp,
                                const struct interval *interval, const struct zone *zone,
                                struct value *out)
{
    struct interval negated;

    return interval_negate(interval, &negated) ? stamp_add(call, stamp, &negated, zone, out)
                                               : eval_fault_set(EVAL_INTERVAL_RANGE, call->error);
}

EVAL_SCALAR(scalar_TIMESTAMP_ADD_INTERVAL)
{
    return stamp_add(call, arguments[0].integer, &arguments[1].interval, NULL, out);
}

EVAL_SCALAR(scalar_INTERVAL_ADD_TIMESTAMP)
{
    return stamp_add(call, arguments[1].integer, &arguments[0].interval, NULL, out);
}

EVAL_SCALAR(scalar_TIMESTAMP_SUBTRACT_INTERVAL)
{
    return stamp_subtract(call, arguments[0].integer, &arguments[1].interval, NULL, out);
}

EVAL_SCALAR(scalar_TIMESTAMPTZ_ADD_INTERVAL)
{
    return stamp_add(call, arguments[0].integer, &arguments[1].interval, context_zone(), out);
}

EVAL_SCALAR(scalar_INTERVAL_ADD_TIMESTAMPTZ)
{
    return stamp_add(call, arguments[1].integer, &arguments[0].interval, context_zone(), out);
}

EVAL_SCALAR(scalar_TIMESTAMPTZ_SUBTRACT_INTERVAL)
{
    return stamp_subtract(call, arguments[0].integer, &arguments[1].interval, context_zone(), out);
}

EVAL_SCALAR(scalar_TIMESTAMP_SUBTRACT)
{
    struct interval interval = {0};

    if (!calendar_stamp_is_finite(arguments[0].integer) ||
        !calendar_stamp_is_finite(arguments[1].integer)) {
        return error_set(call->error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                         "cannot subtract infinite timestamps");
    }
    if (__builtin_sub_overflow(arguments[0].integer, arguments[1].integer, &interval.time)) {
        return eval_fault_set(EVAL_INTERVAL_RANGE, call->error);
    }
    return interval_result(call, datetime_math_justify_hours(&interval, &out->interval));
}

/* ---- intervals ---- */

EVAL_SCALAR(scalar_INTERVAL_ADD)
{
    return interval_result(
        call, interval_add(&arguments[0].interval, &arguments[1].interval, &out->interval));
}

EVAL_SCALAR(scalar_INTERVAL_SUBTRACT)
{
    return interval_result(
        call, interval_subtract(&arguments[0].interval, &arguments[1].interval, &out->interval));
}

EVAL_SCALAR(scalar_INTERVAL_NEGATE)
{
    return interval_result(call, interval_negate(&arguments[0].interval, &out->interval));
}

EVAL_SCALAR(scalar_INTERVAL_MULTIPLY)
{
    return interval_result(
        call, interval_multiply(&arguments[0].interval, arguments[1].real, &out->interval));
}

EVAL_SCALAR(scalar_MULTIPLY_INTERVAL)
{
    return interval_result(
        call, interval_multiply(&arguments[1].interval, arguments[0].real, &out->interval));
}

EVAL_SCALAR(scalar_INTERVAL_DIVIDE)
{
    if (arguments[1].real == 0) {
        return eval_fault_set(EVAL_DIVISION, call->error);
    }
    return interval_result(
        call, interval_divide(&arguments[0].interval, arguments[1].real, &out->interval));
}

EVAL_SCALAR(scalar_JUSTIFY_HOURS)
{
    return interval_result(call,
                           datetime_math_justify_hours(&arguments[0].interval, &out->interval));
}

EVAL_SCALAR(scalar_JUSTIFY_DAYS)
{
    return interval_result(call,
                           datetime_math_justify_days(&arguments[0].interval, &out->interval));
}

EVAL_SCALAR(scalar_JUSTIFY_INTERVAL)
{
    return interval_result(call, datetime_math_justify(&arguments[0].interval, &out->interval));
}

EVAL_SCALAR(scalar_ISFINITE)
{
    (void)call;
    switch (arguments[0].type) {
    case VALUE_INTERVAL:
        out->boolean = true;
        return VV_OK;
    case VALUE_DATE:
        out->boolean = calendar_date_is_finite(arguments[0].integer);
        return VV_OK;
    default:
        out->boolean = calendar_stamp_is_finite(arguments[0].integer);
        return VV_OK;
    }
}

/* ---- the clock ---- */

EVAL_SCALAR(scalar_NOW)
{
    (void)call;
    (void)arguments;
    out->integer = context_transaction_time();
    return VV_OK;
}

EVAL_SCALAR(scalar_STATEMENT_TIMESTAMP)
{
    (void)call;
    (void)arguments;
    out->integer = context_statement_time();
    return VV_OK;
}

EVAL_SCALAR(scalar_CLOCK_TIMESTAMP)
{
    (void)call;
    (void)arguments;
    out->integer = context_clock();
    return VV_OK;
}

/* ---- AT TIME ZONE ---- */

static vv_status zone_named(struct eval_call *call, vv_slice name, struct datetime_math_zone *out)
{
    return datetime_math_find_zone(name, out)
               ? VV_OK
               : error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                           "time zone \"%.*s\" not recognized", (int)name.size,
                           (const char *)name.data);
}

static vv_status zone_of_interval(struct eval_call *call, const struct interval *interval,
                                  struct datetime_math_zone *out)
{
    char text[INTERVAL_TEXT_BYTES];

    *out = (struct datetime_math_zone){.offset = (int32_t)(interval->time / CALENDAR_SECOND)};
    if (interval->months != 0 || interval->days != 0) {
        return error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "interval time zone \"%.*s\" must not include months or days",
                         (int)interval_print(interval, text), text);
    }
    return VV_OK;
}

EVAL_SCALAR(scalar_ZONE_TIMESTAMPTZ)
{
    struct datetime_math_zone zone;

    if (!calendar_stamp_is_finite(arguments[1].integer)) { /* whatever the zone */
        out->integer = arguments[1].integer;
        return VV_OK;
    }
    VV_TRY(zone_named(call, arguments[0].bytes, &zone));
    return stamp_result(call, datetime_math_to_local(arguments[1].integer, &zone, &out->integer));
}

EVAL_SCALAR(scalar_ZONE_TIMESTAMP)
{
    struct datetime_math_zone zone;

    if (!calendar_stamp_is_finite(arguments[1].integer)) { /* whatever the zone */
        out->integer = arguments[1].integer;
        return VV_OK;
    }
    VV_TRY(zone_named(call, arguments[0].bytes, &zone));
    return stamp_result(call, datetime_math_to_utc(arguments[1].integer, &zone, &out->integer));
}

EVAL_SCALAR(scalar_ZONE_INTERVAL_TIMESTAMPTZ)
{
    struct datetime_math_zone zone;

    if (!calendar_stamp_is_finite(arguments[1].integer)) { /* whatever the zone */
        out->integer = arguments[1].integer;
        return VV_OK;
    }
    VV_TRY(zone_of_interval(call, &arguments[0].interval, &zone));
    return stamp_result(call, datetime_math_to_local(arguments[1].integer, &zone, &out->integer));
}

EVAL_SCALAR(scalar_ZONE_INTERVAL_TIMESTAMP)
{
    struct datetime_math_zone zone;

    if (!calendar_stamp_is_finite(arguments[1].integer)) { /* whatever the zone */
        out->integer = arguments[1].integer;
        return VV_OK;
    }
    VV_TRY(zone_of_interval(call, &arguments[0].interval, &zone));
    return stamp_result(call, datetime_math_to_utc(arguments[1].integer, &zone, &out->integer));
}
