/*
 * interval.c - printing, comparing and calculating with intervals. Reading: interval_parse.c.
 */
#include "value/interval.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "value/calendar.h"
#include "value/context.h"
#include "value/datetime.h"

#define MONTH_SPAN (CALENDAR_MONTH_DAYS * CALENDAR_DAY)

/* ---- printing ---- */

struct printer {
    char *to;
    size_t size;
    bool any;
    bool negative; /* postgres: the part before; postgres_verbose: the first one */
};

/* An interval's parts, all of the time's with its sign. */
struct parts {
    int32_t years;
    int32_t months;
    int32_t days;
    int64_t hours;
    int32_t minutes;
    int32_t seconds;
    int32_t micros;
};

static struct parts take_apart(const struct interval *interval)
{
    return (struct parts){.years = interval->months / 12,
                          .months = interval->months % 12,
                          .days = interval->days,
                          .hours = interval->time / CALENDAR_HOUR,
                          .minutes = (int32_t)(interval->time / CALENDAR_MINUTE % 60),
                          .seconds = (int32_t)(interval->time / CALENDAR_SECOND % 60),
                          .micros = (int32_t)(interval->time % CALENDAR_SECOND)};
}

static void put(struct printer *printer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct printer *printer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    printer->size += (size_t)vsnprintf(printer->to + printer->size,
                                       INTERVAL_TEXT_BYTES - printer->size, format, arguments);
    va_end(arguments);
}

/* Without sign, and a digit before the point at least. */
static void put_seconds(struct printer *printer, const struct parts *parts, bool two_digits)
{
    char *to = printer->to + printer->size;
    size_t size = datetime_print_seconds(abs(parts->seconds), abs(parts->micros), to);

    if (!two_digits && to[0] == '0') {
        memmove(to, to + 1, --size);
    }
    printer->size += size;
}

static void put_part(struct printer *printer, int64_t value, const char *unit)
{
    if (value == 0) {
        return;
    }
    put(printer, "%s%s%lld %s%s", printer->any ? " " : "",
        printer->negative && value > 0 ? "+" : "", (long long)value, unit, value != 1 ? "s" : "");
    printer->negative = value < 0;
    printer->any = true;
}

/* 1 year -2 days +03:04:05 */
static void print_postgres(struct printer *printer, const struct parts *parts, bool minus)
{
    bool has_time =
        parts->hours != 0 || parts->minutes != 0 || parts->seconds != 0 || parts->micros != 0;

    put_part(printer, parts->years, "year");
    put_part(printer, parts->months, "mon");
    put_part(printer, parts->days, "day");
    if (!printer->any || has_time) {
        put(printer, "%s%s%02lld:%02d:", printer->any ? " " : "",
            minus               ? "-"
            : printer->negative ? "+"
                                : "",
            llabs(parts->hours), abs(parts->minutes));
        put_seconds(printer, parts, true);
    }
}

static void put_verbose(struct printer *printer, int64_t value, const char *unit)
{
    if (value == 0) {
        return;
    }
    if (!printer->any) {
        printer->negative = value < 0;
    }
    value = printer->negative ? -value : value;
    put(printer, " %lld %s%s", (long long)value, unit, value == 1 ? "" : "s");
    printer->any = true;
}

/* @ 1 year 2 days -3 hours ago: the first part's sign is the whole's. */
static void print_verbose(struct printer *printer, const struct parts *parts)
{
    bool negative = parts->seconds < 0 || parts->micros < 0;

    put(printer, "@");
    put_verbose(printer, parts->years, "year");
    put_verbose(printer, parts->months, "mon");
    put_verbose(printer, parts->days, "day");
    put_verbose(printer, parts->hours, "hour");
    put_verbose(printer, parts->minutes, "min");
    if (parts->seconds != 0 || parts->micros != 0) {
        put(printer, " ");
        if (!printer->any) {
            printer->negative = negative;
        } else if (negative != printer->negative) {
            put(printer, "-");
        }
        put_seconds(printer, parts, false);
        put(printer, " sec%s", abs(parts->seconds) != 1 || parts->micros != 0 ? "s" : "");
        printer->any = true;
    }
    put(printer, "%s%s", printer->any ? "" : " 0", printer->negative ? " ago" : "");
}

/* SQL's year-month or day-time literal; with signs everywhere what is neither. */
static void print_sql(struct printer *printer, const struct interval *interval, struct parts parts)
{
    bool negative = interval->months < 0 || interval->days < 0 || interval->time < 0;
    bool positive = interval->months > 0 || interval->days > 0 || interval->time > 0;
    bool day_time = interval->days != 0 || interval->time != 0;

    if (!negative && !positive) {
        put(printer, "0");
        return;
    }
    if ((negative && positive) || (interval->months != 0 && day_time)) {
        put(printer, "%c%d-%d %c%lld %c%lld:%02d:", interval->months < 0 ? '-' : '+',
            abs(parts.years), abs(parts.months), interval->days < 0 ? '-' : '+',
            llabs((long long)parts.days), interval->time < 0 ? '-' : '+', llabs(parts.hours),
            abs(parts.minutes));
        put_seconds(printer, &parts, true);
        return;
    }
    put(printer, "%s", negative ? "-" : "");
    if (interval->months != 0) {
        put(printer, "%d-%d", abs(parts.years), abs(parts.months));
        return;
    }
    if (parts.days != 0) {
        put(printer, "%lld ", llabs((long long)parts.days));
    }
    put(printer, "%lld:%02d:", llabs(parts.hours), abs(parts.minutes));
    put_seconds(printer, &parts, true);
}

static void put_iso(struct printer *printer, int64_t value, char unit)
{
    if (value != 0) {
        put(printer, "%lld%c", (long long)value, unit);
    }
}

/* P1Y2M3DT4H5M6.7S */
static void print_iso(struct printer *printer, const struct interval *interval,
                      const struct parts *parts)
{
    if (interval->months == 0 && interval->days == 0 && interval->time == 0) {
        put(printer, "PT0S");
        return;
    }
    put(printer, "P");
    put_iso(printer, parts->years, 'Y');
    put_iso(printer, parts->months, 'M');
    put_iso(printer, parts->days, 'D');
    put(printer, "%s", interval->time != 0 ? "T" : "");
    put_iso(printer, parts->hours, 'H');
    put_iso(printer, parts->minutes, 'M');
    if (parts->seconds != 0 || parts->micros != 0) {
        put(printer, "%s", interval->time < 0 ? "-" : "");
        put_seconds(printer, parts, false);
        put(printer, "S");
    }
}

size_t interval_print(const struct interval *interval, char *to)
{
    struct printer printer = {.to = to};
    struct parts parts = take_apart(interval);

    switch (context_forms()->intervals) {
    case CONTEXT_INTERVALS_VERBOSE:
        print_verbose(&printer, &parts);
        break;
    case CONTEXT_INTERVALS_SQL:
        print_sql(&printer, interval, parts);
        break;
    case CONTEXT_INTERVALS_ISO:
        print_iso(&printer, interval, &parts);
        break;
    default:
        print_postgres(&printer, &parts, interval->time < 0);
        break;
    }
    return printer.size;
}

void interval_fields_text(int32_t modifier, char *to)
{
    static const struct {
        int32_t bit;
        const char *text;
    } fields[] = {{INTERVAL_YEAR, "year"},     {INTERVAL_MONTH, "month"},
                  {INTERVAL_DAY, "day"},       {INTERVAL_HOUR, "hour"},
                  {INTERVAL_MINUTE, "minute"}, {INTERVAL_SECOND, "second"}};
    int32_t range = interval_range(modifier);
    const char *first = NULL;
    const char *last = NULL;
    size_t size = 0;

    for (size_t i = 0; range != INTERVAL_FULL_RANGE && i < sizeof fields / sizeof fields[0]; i++) {
        if ((range & fields[i].bit) != 0) {
            last = first == NULL ? NULL : fields[i].text;
            first = first == NULL ? fields[i].text : first;
        }
    }
    to[0] = 0;
    if (first != NULL) {
        size = (size_t)snprintf(to, INTERVAL_FIELDS_BYTES, " %s%s%s", first,
                                last == NULL ? "" : " to ", last == NULL ? "" : last);
    }
    if (interval_precision(modifier) <= DATETIME_PRECISION) {
        snprintf(to + size, INTERVAL_FIELDS_BYTES - size, "(%d)", interval_precision(modifier));
    }
}

/* ---- order ---- */

__int128 interval_span(const struct interval *interval)
{
    return (__int128)interval->months * MONTH_SPAN + (__int128)interval->days * CALENDAR_DAY +
           interval->time;
}

struct interval interval_of_span(__int128 span)
{
    struct interval interval = {.months = (int32_t)(span / MONTH_SPAN)};

    if (span / MONTH_SPAN > INT32_MAX || span / MONTH_SPAN < INT32_MIN) { /* days hold the rest */
        interval.months = span < 0 ? INT32_MIN : INT32_MAX;
    }
    span -= (__int128)interval.months * MONTH_SPAN;
    interval.days = span / CALENDAR_DAY > INT32_MAX   ? INT32_MAX
                    : span / CALENDAR_DAY < INT32_MIN ? INT32_MIN
                                                      : (int32_t)(span / CALENDAR_DAY);
    interval.time = (int64_t)(span - (__int128)interval.days * CALENDAR_DAY);
    return interval;
}

int interval_compare(const struct interval *a, const struct interval *b)
{
    __int128 x = interval_span(a), y = interval_span(b);

    return (x > y) - (x < y);
}

uint64_t interval_hash(const struct interval *interval)
{
    unsigned __int128 span = (unsigned __int128)interval_span(interval);

    return hash_word((uint64_t)span ^ hash_word((uint64_t)(span >> 64)));
}

/* ---- calculating ---- */

bool interval_add(const struct interval *a, const struct interval *b, struct interval *out)
{
    struct interval sum;
    bool overflow = __builtin_add_overflow(a->months, b->months, &sum.months);

    overflow |= __builtin_add_overflow(a->days, b->days, &sum.days);
    overflow |= __builtin_add_overflow(a->time, b->time, &sum.time);
    *out = sum;
    return !overflow;
}

bool interval_subtract(const struct interval *a, const struct interval *b, struct interval *out)
{
    struct interval rest;
    bool overflow = __builtin_sub_overflow(a->months, b->months, &rest.months);

    overflow |= __builtin_sub_overflow(a->days, b->days, &rest.days);
    overflow |= __builtin_sub_overflow(a->time, b->time, &rest.time);
    *out = rest;
    return !overflow;
}

bool interval_negate(const struct interval *a, struct interval *out)
{
    struct interval zero = {0};

    return interval_subtract(&zero, a, out);
}

static double to_micros(double x)
{
    return rint(x * 1000000.0) / 1000000.0;
}

static bool fits32(double x)
{
    return !isnan(x) && x >= -2147483648.0 && x < 2147483648.0;
}

static bool fits64(double x)
{
    return !isnan(x) && x >= -0x1p63 && x < 0x1p63;
}

/* months, days and time are the scaled parts; what whole months and days leave over runs down into days and time
 * (PostgreSQL: interval_mul). */
static bool from_parts(double months, double days, double time, struct interval *out)
{
    struct interval result;
    double month_days, seconds;

    *out = (struct interval){0};
    if (!fits32(months) || !fits32(days)) {
        return false;
    }
    result.months = (int32_t)months;
    result.days = (int32_t)days;
    month_days = to_micros((months - result.months) * CALENDAR_MONTH_DAYS);
    seconds = to_micros((days - result.days + month_days - (int32_t)month_days) * 86400);
    if (fabs(seconds) >= 86400) { /* rounding made a whole day of it */
        int32_t whole = (int32_t)(seconds / 86400);

        if (__builtin_add_overflow(result.days, whole, &result.days)) {
            return false;
        }
        seconds -= (double)whole * 86400;
    }
    time = rint(time + seconds * (double)CALENDAR_SECOND);
    if (__builtin_add_overflow(result.days, (int32_t)month_days, &result.days) || !fits64(time)) {
        return false;
    }
    result.time = (int64_t)time;
    *out = result;
    return true;
}

bool interval_multiply(const struct interval *a, double factor, struct interval *out)
{
    return from_parts(a->months * factor, a->days * factor, (double)a->time * factor, out);
}

bool interval_divide(const struct interval *a, double divisor, struct interval *out)
{
    return from_parts(a->months / divisor, a->days / divisor, (double)a->time / divisor, out);
}

/* ---- fitting ---- */

/* The smallest unit of time that a range keeps; 0: no time at all, 1: all of it. */
static int64_t smallest_time(int32_t range)
{
    if ((range & INTERVAL_SECOND) != 0) {
        return 1;
    }
    if ((range & INTERVAL_MINUTE) != 0) {
        return CALENDAR_MINUTE;
    }
    return (range & INTERVAL_HOUR) != 0 ? CALENDAR_HOUR : 0;
}

void interval_fit(int32_t modifier, struct interval *interval)
{
    int32_t range = interval_range(modifier);
    int64_t unit = smallest_time(range);

    if (range != INTERVAL_FULL_RANGE) {
        if (range == INTERVAL_YEAR) {
            interval->months = interval->months / 12 * 12;
        }
        if ((range & ~(INTERVAL_YEAR | INTERVAL_MONTH)) == 0) {
            interval->days = 0;
        }
        interval->time = unit == 0 ? 0 : interval->time / unit * unit;
    }
    if (interval_precision(modifier) < DATETIME_PRECISION) {
        interval->time = datetime_round(interval->time, interval_precision(modifier));
    }
}
