/*
 * functions_time_parts.c - parts of dates and times out (extract, date_part, date_trunc, age) and together again
 * (make_date and its like). Manual, 9.9; PostgreSQL: timestamp.c, date.c.
 *
 * extract() is exact (NUMERIC), date_part() a double; both come from the same part, kept as a fraction.
 */
#include <math.h>

#include "eval/kernels_time.h"

#include "eval/datetime_math.h"
#include "value/context.h"
#include "value/scan.h"

#define DAY_SECONDS   86400
#define YEAR_QUARTERS (1461 * (int64_t)DAY_SECONDS) /* four years of 365.25 days */

/* A part: whole + micros / 10^scale, or infinite, or NULL. */
struct part {
    __int128 number; /* of 10^-scale */
    unsigned scale;
    double real;  /* what date_part() gives */
    int infinite; /* -1, 1: -infinity, infinity */
    bool null;
    bool julian; /* number: days; `day_micros` of the day have passed */
    int64_t day_micros;
};

static vv_status unit_fault(struct eval_call *call, vv_slice unit, enum value_type type,
                            bool recognized)
{
    return error_set(call->error,
                     recognized ? VV_SQLSTATE_FEATURE_NOT_SUPPORTED
                                : VV_SQLSTATE_INVALID_PARAMETER_VALUE,
                     0, "unit \"%.*s\" not %s for type %s", (int)unit.size, (const char *)unit.data,
                     recognized ? "supported" : "recognized", value_types[type].text);
}

/* DATETIME_NONE: no unit. The name in lower case goes to `lower`, as far as it fits. */
static enum datetime_unit unit_find(vv_slice name, char *lower, size_t room, vv_slice *lower_out)
{
    int32_t value = DATETIME_NONE;
    size_t size = name.size < room ? name.size : room;
    enum datetime_word word;

    for (size_t i = 0; i < size; i++) {
        lower[i] = (char)scan_lower(name.data[i]);
    }
    *lower_out = slice_make(lower, size);
    word = datetime_unit_find(*lower_out, &value);
    if (word == DATETIME_WORD_UNKNOWN) {
        word = datetime_word_find(*lower_out, &value);
    }
    if (word == DATETIME_WORD_RESERVED && value == DATETIME_EPOCH) {
        return DATETIME_EPOCH;
    }
    return word == DATETIME_WORD_UNIT ? (enum datetime_unit)value : DATETIME_NONE;
}

static void part_integer(struct part *part, int64_t x)
{
    part->number = x;
    part->real = (double)x;
}

static void part_scaled(struct part *part, __int128 x, unsigned scale, double real)
{
    part->number = x;
    part->scale = scale;
    part->real = real;
}

/* Seconds, milliseconds and microseconds of a clock; false: another unit. */
static bool part_of_second(enum datetime_unit unit, int64_t second, int64_t micros,
                           struct part *part)
{
    int64_t all = second * CALENDAR_SECOND + micros;

    switch (unit) {
    case DATETIME_MICROSECOND:
        part_integer(part, all);
        return true;
    case DATETIME_MILLISECOND:
        part_scaled(part, all, 3, (double)second * 1000.0 + (double)micros / 1000.0);
        return true;
    case DATETIME_SECOND:
        part_scaled(part, all, 6, (double)second + (double)micros / 1000000.0);
        return true;
    default:
        return false;
    }
}

/* Parts of a calendar date; false: another unit. */
static bool part_of_date(enum datetime_unit unit, const struct calendar_time *parts,
                         struct part *part)
{
    int32_t year = parts->year;
    int32_t julian = calendar_julian(parts->year, parts->month, parts->day);
    int32_t x;

    switch (unit) {
    case DATETIME_DAY:
        x = parts->day;
        break;
    case DATETIME_MONTH:
        x = parts->month;
        break;
    case DATETIME_QUARTER:
        x = (parts->month - 1) / 3 + 1;
        break;
    case DATETIME_WEEK:
        x = calendar_week(parts->year, parts->month, parts->day);
        break;
    case DATETIME_YEAR:
        x = year > 0 ? year : year - 1;
        break;
    case DATETIME_DECADE:
        x = year >= 0 ? year / 10 : -((8 - (year - 1)) / 10);
        break;
    case DATETIME_CENTURY:
        x = year > 0 ? (year + 99) / 100 : -((99 - (year - 1)) / 100);
        break;
    case DATETIME_MILLENNIUM:
        x = year > 0 ? (year + 999) / 1000 : -((999 - (year - 1)) / 1000);
        break;
    case DATETIME_ISOYEAR:
        x = calendar_week_year(parts->year, parts->month, parts->day);
        x = x > 0 ? x : x - 1;
        break;
    case DATETIME_DOW:
        x = calendar_weekday(julian);
        break;
    case DATETIME_ISODOW:
        x = calendar_weekday(julian);
        x = x == 0 ? 7 : x;
        break;
    case DATETIME_DOY:
        x = julian - calendar_julian(parts->year, 1, 1) + 1;
        break;
    case DATETIME_JULIAN:
        x = julian;
        break;
    default:
        return false;
    }
    part_integer(part, x);
    return true;
}

/* Of an infinity: infinite where the part grows for ever, NULL where it goes round. */
static bool part_of_infinity(enum datetime_unit unit, bool late, bool zoned, bool with_time,
                             struct part *part)
{
    switch (unit) {
    case DATETIME_YEAR:
    case DATETIME_DECADE:
    case DATETIME_CENTURY:
    case DATETIME_MILLENNIUM:
    case DATETIME_JULIAN:
    case DATETIME_ISOYEAR:
    case DATETIME_EPOCH:
        part->infinite = late ? 1 : -1;
        part->real = late ? (double)INFINITY : -(double)INFINITY;
        return true;
    case DATETIME_DAY:
    case DATETIME_MONTH:
    case DATETIME_QUARTER:
    case DATETIME_WEEK:
    case DATETIME_DOW:
    case DATETIME_ISODOW:
    case DATETIME_DOY:
        part->null = true;
        return true;
    case DATETIME_MICROSECOND:
    case DATETIME_MILLISECOND:
    case DATETIME_SECOND:
    case DATETIME_MINUTE:
    case DATETIME_HOUR:
    case DATETIME_ZONE:
    case DATETIME_ZONE_HOUR:
    case DATETIME_ZONE_MINUTE:
        (void)zoned;
        part->null = true;
        return with_time;
    default:
        return false;
    }
}

static bool part_of_stamp(enum datetime_unit unit, int64_t stamp, bool zoned, struct part *part)
{
    struct calendar_time parts;
    int64_t local = stamp, east;

    if (!calendar_stamp_is_finite(stamp)) {
        return part_of_infinity(unit, stamp == CALENDAR_STAMP_LATE, zoned, true, part);
    }
    if (zoned) {
        (void)datetime_to_local(stamp, context_zone(), &local);
    }
    calendar_split(local, &parts);
    east = (local - stamp) / CALENDAR_SECOND;
    switch (unit) {
    case DATETIME_HOUR:
        part_integer(part, parts.hour);
        return true;
    case DATETIME_MINUTE:
        part_integer(part, parts.minute);
        return true;
    case DATETIME_EPOCH:
        if (stamp < INT64_MAX - CALENDAR_UNIX_OFFSET) {
            part_scaled(part, stamp + CALENDAR_UNIX_OFFSET, 6,
                        (double)(stamp + CALENDAR_UNIX_OFFSET) / 1000000.0);
        } else { /* PostgreSQL divides numerics, to four digits */
            part_scaled(part, ((__int128)stamp + CALENDAR_UNIX_OFFSET + 50) / 100 * 100, 6,
                        ((double)stamp + (double)CALENDAR_UNIX_OFFSET) / 1000000.0);
        }
        return true;
    case DATETIME_JULIAN:
        part->julian = true;
        part->day_micros = calendar_join_time(&parts);
        part->number = calendar_julian(parts.year, parts.month, parts.day);
        part->real = (double)part->number + ((((parts.hour * 60.0) + parts.minute) * 60.0) +
                                             parts.second + parts.micros / 1000000.0) /
                                                DAY_SECONDS;
        return true;
    case DATETIME_ZONE:
        part_integer(part, east);
        return zoned;
    case DATETIME_ZONE_HOUR:
        part_integer(part, east / 3600);
        return zoned;
    case DATETIME_ZONE_MINUTE:
        part_integer(part, east / 60 % 60);
        return zoned;
    default:
        return part_of_second(unit, parts.second, parts.micros, part) ||
               part_of_date(unit, &parts, part);
    }
}

static bool part_of_day(enum datetime_unit unit, int64_t date, struct part *part)
{
    struct calendar_time parts;

    if (!calendar_date_is_finite(date)) {
        return part_of_infinity(unit, date == CALENDAR_DATE_LATE, false, false, part);
    }
    if (unit == DATETIME_EPOCH) {
        part_integer(part, (date + CALENDAR_EPOCH_JULIAN - CALENDAR_UNIX_JULIAN) * DAY_SECONDS);
        return true;
    }
    calendar_split_date((int32_t)date, &parts);
    return part_of_date(unit, &parts, part);
}

static bool part_of_time(enum datetime_unit unit, int64_t time, struct part *part)
{
    struct calendar_time parts = {0};

    calendar_split_time(time, &parts);
    switch (unit) {
    case DATETIME_HOUR:
        part_integer(part, parts.hour);
        return true;
    case DATETIME_MINUTE:
        part_integer(part, parts.minute);
        return true;
    case DATETIME_EPOCH:
        part_scaled(part, time, 6, (double)time / 1000000.0);
        return true;
    default:
        return part_of_second(unit, parts.second, parts.micros, part);
    }
}

static void epoch_of_interval(const struct interval *x, struct part *part)
{
    int64_t quarters = YEAR_QUARTERS * (x->months / 12) +
                       INT64_C(4) * CALENDAR_MONTH_DAYS * DAY_SECONDS * (x->months % 12) +
                       INT64_C(4) * DAY_SECONDS * x->days;
    double real = (double)x->time / 1000000.0;

    real += 365.25 * DAY_SECONDS * (x->months / 12);
    real += (double)CALENDAR_MONTH_DAYS * DAY_SECONDS * (x->months % 12);
    real += (double)DAY_SECONDS * x->days;
    part_scaled(part, (__int128)(quarters / 4) * CALENDAR_SECOND + x->time, 6, real);
}

static bool part_of_interval(enum datetime_unit unit, const struct interval *x, struct part *part)
{
    int32_t years = x->months / 12, months = x->months % 12;

    switch (unit) {
    case DATETIME_MINUTE:
        part_integer(part, x->time / CALENDAR_MINUTE % 60);
        return true;
    case DATETIME_HOUR:
        part_integer(part, x->time / CALENDAR_HOUR);
        return true;
    case DATETIME_DAY:
        part_integer(part, x->days);
        return true;
    case DATETIME_MONTH:
        part_integer(part, months);
        return true;
    case DATETIME_QUARTER:
        part_integer(part, months / 3 + 1);
        return true;
    case DATETIME_YEAR:
        part_integer(part, years);
        return true;
    case DATETIME_DECADE:
        part_integer(part, years / 10);
        return true;
    case DATETIME_CENTURY:
        part_integer(part, years / 100);
        return true;
    case DATETIME_MILLENNIUM:
        part_integer(part, years / 1000);
        return true;
    case DATETIME_EPOCH:
        epoch_of_interval(x, part);
        return true;
    default:
        return part_of_second(unit, x->time / CALENDAR_SECOND % 60, x->time % CALENDAR_SECOND,
                              part);
    }
}

static vv_status part_find(struct eval_call *call, const struct value *arguments,
                           enum value_type type, struct part *part)
{
    char lower[64];
    vv_slice name;
    enum datetime_unit unit = unit_find(arguments[0].bytes, lower, sizeof lower, &name);
    bool found = false;

    *part = (struct part){0};
    switch (type) {
    case VALUE_DATE:
        found = part_of_day(unit, arguments[1].integer, part);
        break;
    case VALUE_TIME:
        found = part_of_time(unit, arguments[1].integer, part);
        break;
    case VALUE_INTERVAL:
        found = part_of_interval(unit, &arguments[1].interval, part);
        break;
    default:
        found = part_of_stamp(unit, arguments[1].integer, type == VALUE_TIMESTAMPTZ, part);
        break;
    }
    return found ? VV_OK : unit_fault(call, name, type, unit != DATETIME_NONE);
}

EVAL_SCALAR(scalar_EXTRACT)
{
    struct part part;
    struct numeric days, micros, share, day = numeric_from_int64(CALENDAR_DAY);

    VV_TRY(part_find(call, arguments, (enum value_type)arguments[1].type, &part));
    if (part.null) {
        *out = value_null(VALUE_NUMERIC);
        return VV_OK;
    }
    if (part.infinite != 0) {
        out->numeric =
            numeric_special(part.infinite > 0 ? NUMERIC_PLUS_INFINITY : NUMERIC_MINUS_INFINITY);
        return VV_OK;
    }
    out->numeric = numeric_make(part.number, part.scale);
    if (part.julian) {
        days = out->numeric;
        micros = numeric_from_int64(part.day_micros);
        if (numeric_divide(&micros, &day, &share) != VV_OK ||
            numeric_add(&days, &share, &out->numeric) != VV_OK) {
            return eval_fault_set(EVAL_NUMERIC_RANGE, call->error);
        }
    }
    return VV_OK;
}

/* Of a DATE: as of the time stamp at its midnight. */
EVAL_SCALAR(scalar_DATE_PART)
{
    struct value both[2] = {arguments[0], arguments[1]};
    enum value_type type = (enum value_type)arguments[1].type;
    struct part part;

    if (type == VALUE_DATE) {
        VV_TRY(cast_value(&arguments[1], VALUE_TIMESTAMP, VALUE_NO_MODIFIER, NULL, &both[1],
                          call->error));
        type = VALUE_TIMESTAMP;
    }
    VV_TRY(part_find(call, both, type, &part));
    if (part.null) {
        *out = value_null(VALUE_DOUBLE);
        return VV_OK;
    }
    out->real = part.real;
    return VV_OK;
}

/* ---- date_trunc, date_bin ---- */

static vv_status truncate(struct eval_call *call, const struct value *arguments,
                          enum value_type type, const struct zone *zone, struct value *out)
{
    char lower[64];
    vv_slice name;
    enum datetime_unit unit = unit_find(arguments[0].bytes, lower, sizeof lower, &name);
    bool known = false;

    if (!calendar_stamp_is_finite(arguments[1].integer)) { /* whatever the unit */
        out->integer = arguments[1].integer;
        return VV_OK;
    }
    if (datetime_math_truncate(arguments[1].integer, unit, zone, &known, &out->integer)) {
        return VV_OK;
    }
    if (known) {
        return eval_fault_set(EVAL_STAMP_RANGE, call->error);
    }
    return unit_fault(call, name, type,
                      unit == DATETIME_ZONE || unit == DATETIME_ZONE_HOUR ||
                          unit == DATETIME_ZONE_MINUTE);
}

EVAL_SCALAR(scalar_DATE_TRUNC_TIMESTAMP)
{
    return truncate(call, arguments, VALUE_TIMESTAMP, NULL, out);
}

EVAL_SCALAR(scalar_DATE_TRUNC_TIMESTAMPTZ)
{
    return truncate(call, arguments, VALUE_TIMESTAMPTZ, context_zone(), out);
}

EVAL_SCALAR(scalar_DATE_TRUNC_ZONE)
{
    struct datetime_math_zone zone;
    struct zone fixed;

    if (!calendar_stamp_is_finite(arguments[1].integer)) { /* whatever the zone */
        out->integer = arguments[1].integer;
        return VV_OK;
    }
    if (!datetime_math_find_zone(arguments[2].bytes, &zone)) {
        return error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "time zone \"%.*s\" not recognized", (int)arguments[2].bytes.size,
                         (const char *)arguments[2].bytes.data);
    }
    zone_from_offset(zone.offset, &fixed);
    return truncate(call, arguments, VALUE_TIMESTAMPTZ, zone.zone == NULL ? &fixed : zone.zone,
                    out);
}

EVAL_SCALAR(scalar_DATE_TRUNC_INTERVAL)
{
    char lower[64];
    vv_slice name;
    enum datetime_unit unit = unit_find(arguments[0].bytes, lower, sizeof lower, &name);

    if (datetime_math_truncate_interval(&arguments[1].interval, unit, &out->interval)) {
        return VV_OK;
    }
    (void)unit_fault(call, name, VALUE_INTERVAL,
                     unit == DATETIME_WEEK || unit == DATETIME_ZONE || unit == DATETIME_ZONE_HOUR ||
                         unit == DATETIME_ZONE_MINUTE);
    if (unit == DATETIME_WEEK) {
        error_detail(call->error, "Months usually have fractional weeks.");
    }
    return VV_ERROR;
}

EVAL_SCALAR(scalar_DATE_BIN)
{
    const struct interval *stride = &arguments[0].interval;
    int64_t stamp = arguments[1].integer, origin = arguments[2].integer;
    int64_t size = 0, difference = 0, rest;

    out->integer = stamp;
    if (!calendar_stamp_is_finite(stamp)) {
        return VV_OK;
    }
    if (!calendar_stamp_is_finite(origin)) {
        return error_set(call->error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                         "origin out of range");
    }
    if (stride->months != 0) {
        return error_set(call->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "timestamps cannot be binned into intervals containing months or years");
    }
    if (__builtin_mul_overflow((int64_t)stride->days, CALENDAR_DAY, &size) ||
        __builtin_add_overflow(size, stride->time, &size) ||
        __builtin_sub_overflow(stamp, origin, &difference)) {
        return eval_fault_set(EVAL_INTERVAL_RANGE, call->error);
    }
    if (size <= 0) {
        return error_set(call->error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                         "stride must be greater than zero");
    }
    rest = difference % size;
    out->integer = stamp - rest;
    return (rest >= 0 || !__builtin_sub_overflow(out->integer, size, &out->integer)) &&
                   calendar_stamp_is_valid(out->integer)
               ? VV_OK
               : eval_fault_set(EVAL_STAMP_RANGE, call->error);
}

/* ---- age ---- */

/* As PostgreSQL 15, to which infinity is the last moment of all and -infinity has no date. */
static vv_status age(struct eval_call *call, int64_t a, int64_t b, struct value *out)
{
    if (a == INT64_MIN || b == INT64_MIN) {
        return eval_fault_set(EVAL_STAMP_RANGE, call->error);
    }
    return datetime_math_age(a, b, &out->interval)
               ? VV_OK
               : eval_fault_set(EVAL_INTERVAL_RANGE, call->error);
}

EVAL_SCALAR(scalar_AGE_TIMESTAMP)
{
    return age(call, arguments[0].integer, arguments[1].integer, out);
}

EVAL_SCALAR(scalar_AGE_TIMESTAMPTZ)
{
    int64_t a = arguments[0].integer, b = arguments[1].integer;

    (void)datetime_to_local(a, context_zone(), &a);
    (void)datetime_to_local(b, context_zone(), &b);
    return age(call, a, b, out);
}

/* From midnight today. */
EVAL_SCALAR(scalar_AGE_TODAY)
{
    int64_t now = context_transaction_time(), then = arguments[0].integer;

    (void)datetime_to_local(now, context_zone(), &now);
    now -= now % CALENDAR_DAY + (now % CALENDAR_DAY < 0 ? CALENDAR_DAY : 0);
    if (arguments[0].type == VALUE_TIMESTAMPTZ) {
        (void)datetime_to_local(then, context_zone(), &then);
    }
    return age(call, now, then, out);
}

/* ---- making ---- */

static bool make_day(const struct value *arguments, struct calendar_time *parts)
{
    int64_t year = arguments[0].integer;

    parts->year = (int32_t)(year < 0 ? year + 1 : year); /* -1 is 1 BC */
    parts->month = (int32_t)arguments[1].integer;
    parts->day = (int32_t)arguments[2].integer;
    return year != 0 && parts->month >= 1 && parts->month <= 12 && parts->day >= 1 &&
           parts->day <= calendar_month_days(parts->year, parts->month);
}

static vv_status day_fault(struct eval_call *call, const struct value *arguments)
{
    return error_set(call->error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                     "date field value out of range: %d-%02d-%02d", (int)arguments[0].integer,
                     (int)arguments[1].integer, (int)arguments[2].integer);
}

/* Up to 24:00:00; 60 seconds are the next minute. What counts are whole microseconds (float_time_overflows). */
static vv_status make_clock(struct eval_call *call, const struct value *arguments, int64_t *out)
{
    int64_t hour = arguments[0].integer, minute = arguments[1].integer;
    double second = arguments[2].real, micros = rint(second * 1000000);

    *out = 0;
    if (isnan(second) || hour < 0 || hour > 24 || minute < 0 || minute > 59 || micros < 0 ||
        micros > 60000000 || (hour == 24 && (minute > 0 || micros > 0))) {
        return error_set(call->error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                         "time field value out of range: %d:%02d:%02g", (int)hour, (int)minute,
                         second);
    }
    *out = (hour * 60 + minute) * CALENDAR_MINUTE + (int64_t)micros;
    return VV_OK;
}

EVAL_SCALAR(scalar_MAKE_DATE)
{
    struct calendar_time parts = {0};
    int32_t date;

    if (!make_day(arguments, &parts)) {
        return day_fault(call, arguments);
    }
    if (!calendar_join_date(&parts, &date)) {
        return error_set(call->error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                         "date out of range: %d-%02d-%02d", (int)arguments[0].integer,
                         (int)arguments[1].integer, (int)arguments[2].integer);
    }
    out->integer = date;
    return VV_OK;
}

EVAL_SCALAR(scalar_MAKE_TIME)
{
    return make_clock(call, arguments, &out->integer);
}

EVAL_SCALAR(scalar_MAKE_TIMESTAMP)
{
    struct calendar_time parts = {0};
    int64_t time;

    if (!make_day(arguments, &parts)) {
        return day_fault(call, arguments);
    }
    VV_TRY(make_clock(call, arguments + 3, &time));
    if (!calendar_join(&parts, &out->integer) || !calendar_stamp_is_valid(out->integer + time)) {
        return error_set(call->error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                         "timestamp out of range: %d-%02d-%02d %d:%02d:%02g",
                         (int)arguments[0].integer, (int)arguments[1].integer,
                         (int)arguments[2].integer, (int)arguments[3].integer,
                         (int)arguments[4].integer, arguments[5].real);
    }
    out->integer += time;
    return VV_OK;
}

EVAL_SCALAR(scalar_MAKE_TIMESTAMPTZ)
{
    VV_TRY(scalar_MAKE_TIMESTAMP(call, arguments, out));
    return datetime_to_utc(out->integer, context_zone(), &out->integer)
               ? VV_OK
               : eval_fault_set(EVAL_STAMP_RANGE, call->error);
}

/* The zone may be an offset with a sign, a name or an abbreviation. */
EVAL_SCALAR(scalar_MAKE_TIMESTAMPTZ_ZONE)
{
    vv_slice name = arguments[6].bytes;
    struct datetime_math_zone zone = {0};
    enum datetime_fault fault = DATETIME_FINE;
    char text[16];
    const char *end;

    VV_TRY(scalar_MAKE_TIMESTAMP(call, arguments, out));
    if (name.size > 0 && name.size < sizeof text &&
        (name.data[0] == '+' || name.data[0] == '-' ||
         (name.data[0] >= '0' && name.data[0] <= '9'))) {
        if (name.data[0] >= '0' && name.data[0] <= '9') {
            (void)error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                            "invalid input syntax for type numeric time zone: \"%.*s\"",
                            (int)name.size, (const char *)name.data);
            error_hint(call->error,
                       "Numeric time zones must have \"-\" or \"+\" as first character.");
            return VV_ERROR;
        }
        memcpy(text, name.data, name.size);
        text[name.size] = 0;
        fault = datetime_parse_offset(text, &end, &zone.offset);
        switch (fault == DATETIME_FINE && *end != 0 ? DATETIME_BAD_FORMAT : fault) {
        case DATETIME_FINE:
            break;
        case DATETIME_ZONE_OVERFLOW:
            return error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                             "numeric time zone \"%s\" out of range", text);
        default:
            return error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                             "time zone \"%s\" not recognized", text);
        }
    } else if (!datetime_math_find_zone(name, &zone)) {
        return error_set(call->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "time zone \"%.*s\" not recognized", (int)name.size,
                         (const char *)name.data);
    }
    return datetime_math_to_utc(out->integer, &zone, &out->integer)
               ? VV_OK
               : eval_fault_set(EVAL_STAMP_RANGE, call->error);
}

/* years, months, weeks, days, hours, minutes, seconds: as many as are given. */
EVAL_SCALAR(scalar_MAKE_INTERVAL)
{
    uint32_t count = call->node->argument_count;
    int64_t parts[6] = {0};
    double seconds = count > 6 ? arguments[6].real : 0;
    int64_t months, days, time;

    for (uint32_t i = 0; i < count && i < 6; i++) {
        parts[i] = arguments[i].integer;
    }
    months = parts[0] * 12 + parts[1];
    days = parts[2] * 7 + parts[3];
    if (!isfinite(seconds) || months > INT32_MAX || months < INT32_MIN || days > INT32_MAX ||
        days < INT32_MIN || fabs(seconds * 1000000.0) >= 0x1p63 ||
        __builtin_add_overflow(parts[4] * CALENDAR_HOUR + parts[5] * CALENDAR_MINUTE,
                               (int64_t)rint(seconds * 1000000.0), &time)) {
        return eval_fault_set(EVAL_INTERVAL_RANGE, call->error);
    }
    out->interval =
        (struct interval){.time = time, .days = (int32_t)days, .months = (int32_t)months};
    return VV_OK;
}

EVAL_SCALAR(scalar_TO_TIMESTAMP)
{
    double seconds = arguments[0].real;
    double epoch = (double)(CALENDAR_UNIX_OFFSET / CALENDAR_SECOND);
    double low = (double)(CALENDAR_STAMP_MIN / CALENDAR_SECOND) + epoch;
    double high = (double)(CALENDAR_STAMP_END / CALENDAR_SECOND) + epoch;

    if (isnan(seconds)) {
        return error_set(call->error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                         "timestamp cannot be NaN");
    }
    if (isinf(seconds)) {
        out->integer = seconds > 0 ? CALENDAR_STAMP_LATE : CALENDAR_STAMP_EARLY;
        return VV_OK;
    }
    if (seconds < low || seconds >= high) {
        return error_set(call->error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                         "timestamp out of range: \"%g\"", seconds);
    }
    out->integer = (int64_t)rint((seconds - epoch) * 1000000.0);
    return calendar_stamp_is_valid(out->integer)
               ? VV_OK
               : error_set(call->error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                           "timestamp out of range: \"%g\"", seconds);
}
