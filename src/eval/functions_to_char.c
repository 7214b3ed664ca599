/*
 * functions_to_char.c - to_char() of times and intervals (manual, 9.8; PostgreSQL: formatting.c).
 *
 * Infinite times and empty templates give NULL. Names are those of the C locale: TM only takes their padding away.
 */
#include <inttypes.h>
#include <stdio.h>

#include "eval/characters.h"
#include "eval/kernels_time.h"
#include "eval/template.h"
#include "value/calendar.h"
#include "value/context.h"
#include "value/scan.h"
#include "value/zone.h"

#define FIELD_BYTES 64 /* of one printed field */

/* What is shown. Fields of an interval may be negative, and its hours and days many. */
struct moment {
    bool interval;
    const struct zone_period *zone; /* NULL: none */
    int64_t hour;
    int32_t year, month, day, minute, second, micros;
    int32_t week_day; /* 0 is Sunday */
    int64_t year_day;
};

struct printer {
    struct characters_text text;
    const struct moment *moment;
};

static void put(struct printer *printer, const char *text)
{
    characters_append(&printer->text, slice_text(text));
}

/* A number that is printed already, and its TH. */
static void put_counted(struct printer *printer, const struct template_item *item,
                        const char *digits)
{
    put(printer, digits);
    if (item->ordinal != TEMPLATE_NO_ORDINAL) {
        put(printer,
            template_ordinal_of(slice_text(digits), item->ordinal == TEMPLATE_ORDINAL_CAPITALS));
    }
}

/* A number with zeros up to `width`, and its TH. */
static void put_digits(struct printer *printer, const struct template_item *item, int width,
                       int64_t x)
{
    char text[FIELD_BYTES];

    (void)snprintf(text, sizeof text, "%0*" PRId64, width, x);
    put_counted(printer, item, text);
}

/* The same, without zeros in fill mode. */
static void put_number(struct printer *printer, const struct template_item *item, int width,
                       int64_t x)
{
    put_digits(printer, item, item->fill ? 0 : width, x);
}

/* A name in the letters of its word, cut to `limit` letters and padded to `width`. */
static void put_name(struct printer *printer, const struct template_item *item, const char *name,
                     int limit, int width)
{
    char text[FIELD_BYTES];
    int size =
        snprintf(text, sizeof text, "%-*.*s", item->fill || item->local ? 0 : width, limit, name);

    for (int i = 0; i < size; i++) {
        uint8_t c = (uint8_t)text[i];
        bool capital =
            item->letters == TEMPLATE_CAPITALS || (item->letters == TEMPLATE_CAPITALIZED && i == 0);

        text[i] = (char)(capital ? scan_upper(c) : scan_lower(c));
    }
    put(printer, text);
}

static vv_status refuse_interval(struct printer *printer)
{
    (void)error_set(printer->text.call->error, VV_SQLSTATE_INVALID_DATETIME_FORMAT, 0,
                    "invalid format specification for an interval value");
    error_hint(printer->text.call->error, "Intervals are not tied to specific calendar dates.");
    return VV_ERROR;
}

/* AM or BC as the template writes it: with points if it does. */
static void put_half(struct printer *printer, const struct template_item *item,
                     const char *with_points, const char *without)
{
    struct template_item plain = *item;

    plain.fill = true;
    put_name(printer, &plain, item->text.data[1] == '.' ? with_points : without, 4, 0);
}

/* ---- clocks and zones ---- */

static void put_offset(struct printer *printer, const struct template_item *item, int32_t offset)
{
    int32_t size = offset < 0 ? -offset : offset;
    char text[FIELD_BYTES];

    switch (item->id) {
    case TEMPLATE_ZONE_HOUR:
        (void)snprintf(text, sizeof text, "%c%02d", offset < 0 ? '-' : '+', size / 3600);
        break;
    case TEMPLATE_ZONE_MINUTE:
        (void)snprintf(text, sizeof text, "%02d", size % 3600 / 60);
        break;
    default:
        (void)snprintf(text, sizeof text, size % 3600 != 0 ? "%c%0*d:%02d" : "%c%0*d",
                       offset < 0 ? '-' : '+', item->fill ? 0 : 2, size / 3600, size % 3600 / 60);
    }
    put(printer, text);
}

/* False: not of a clock. */
static bool put_clock(struct printer *printer, const struct template_item *item)
{
    static const int32_t powers[] = {100000, 10000, 1000, 100, 10, 1};
    const struct moment *moment = printer->moment;
    int digits;

    switch (item->id) {
    case TEMPLATE_HALF:
        put_half(printer, item, moment->hour % 24 >= 12 ? "p.m." : "a.m.",
                 moment->hour % 24 >= 12 ? "pm" : "am");
        return true;
    case TEMPLATE_HOUR_12: /* -12 hours: 012 */
        put_number(printer, item, 2 + (moment->hour < 0),
                   moment->hour % 12 == 0 ? 12 : moment->hour % 12);
        return true;
    case TEMPLATE_HOUR_24:
        put_number(printer, item, 2 + (moment->hour < 0), moment->hour);
        return true;
    case TEMPLATE_MINUTE:
        put_number(printer, item, 2 + (moment->minute < 0), moment->minute);
        return true;
    case TEMPLATE_SECOND:
        put_number(printer, item, 2 + (moment->second < 0), moment->second);
        return true;
    case TEMPLATE_DAY_SECOND:
        put_digits(printer, item, 0, moment->hour * 3600 + moment->minute * 60 + moment->second);
        return true;
    case TEMPLATE_MILLISECOND:
    case TEMPLATE_MICROSECOND:
    case TEMPLATE_FRACTION_1:
    case TEMPLATE_FRACTION_2:
    case TEMPLATE_FRACTION_3:
    case TEMPLATE_FRACTION_4:
    case TEMPLATE_FRACTION_5:
    case TEMPLATE_FRACTION_6:
        digits = item->id == TEMPLATE_MILLISECOND   ? 3
                 : item->id == TEMPLATE_MICROSECOND ? 6
                                                    : item->id - TEMPLATE_FRACTION_1 + 1;
        put_digits(printer, item, digits, moment->micros / powers[digits - 1]);
        return true;
    default:
        return false;
    }
}

static vv_status put_zone(struct printer *printer, const struct template_item *item)
{
    const struct zone_period *zone = printer->moment->zone;

    if (printer->moment->interval) {
        return refuse_interval(printer);
    }
    if (item->id != TEMPLATE_ZONE_NAME) {
        put_offset(printer, item, zone != NULL ? zone->offset : 0);
    } else if (zone != NULL && item->letters == TEMPLATE_CAPITALS) {
        put(printer, zone->abbreviation);
    } else if (zone != NULL) {
        struct template_item plain = *item;

        plain.fill = true;
        put_name(printer, &plain, zone->abbreviation, FIELD_BYTES - 1, 0);
    }
    return VV_OK;
}

/* ---- dates ---- */

/* Years as people count them: 1 BC is 1. Intervals have no such years. */
static int64_t shown_year(const struct moment *moment, int32_t year)
{
    return !moment->interval && year <= 0 ? 1 - (int64_t)year : year;
}

static void put_year(struct printer *printer, const struct template_item *item, int32_t year)
{
    static const int32_t powers[] = {1, 10, 100, 1000, 10000};
    int64_t shown = shown_year(printer->moment, year);
    int sign = shown_year(printer->moment, printer->moment->year) <
               0; /* also where an ISO year is shown */
    char text[FIELD_BYTES];

    if (item->id == TEMPLATE_YEAR_COMMA) {
        (void)snprintf(text, sizeof text, "%" PRId64 ",%03" PRId64, shown / 1000, shown % 1000);
        put_counted(printer, item, text);
    } else if (item->text.size >= 4) {
        put_number(printer, item, 4 + sign, shown);
    } else if (item->text.size == 1) {
        put_digits(printer, item, 1, shown % 10);
    } else {
        put_number(printer, item, (int)item->text.size + sign, shown % powers[item->text.size]);
    }
}

static void put_century(struct printer *printer, const struct template_item *item)
{
    int32_t year = printer->moment->year;
    int32_t century = printer->moment->interval ? year / 100
                      : year > 0                ? (year - 1) / 100 + 1
                                                : year / 100 - 1;

    if (century <= 99 && century >= -99) {
        put_number(printer, item, 2 + (century < 0), century);
    } else {
        put_digits(printer, item, 0, century);
    }
}

/* An interval counts months of either sign back from, or on from, its year. */
static void put_roman_month(struct printer *printer, const struct template_item *item)
{
    const struct moment *moment = printer->moment;
    struct template_item plain = *item;
    int32_t month = moment->month;

    if (month == 0 && moment->year == 0) {
        return;
    }
    month = month == 0 ? (moment->year >= 0 ? 12 : 1) : month < 0 ? 13 + month : month;
    plain.local = false;
    put_name(printer, &plain, template_roman_months[month - 1], 4, 4);
}

/* What both calendars share and intervals may ask for; false: none of it. */
static bool put_day_number(struct printer *printer, const struct template_item *item)
{
    const struct moment *moment = printer->moment;
    int32_t julian = calendar_julian(moment->year, moment->month, moment->day);
    int32_t iso_year;

    switch (item->id) {
    case TEMPLATE_YEAR_DAY:
        put_number(printer, item, 3, moment->year_day);
        return true;
    case TEMPLATE_MONTH_DAY:
        put_number(printer, item, 2, moment->day);
        return true;
    case TEMPLATE_YEAR_WEEK:
        put_number(printer, item, 2, (moment->year_day - 1) / 7 + 1);
        return true;
    case TEMPLATE_MONTH_WEEK:
        put_digits(printer, item, 0, (moment->day - 1) / 7 + 1);
        return true;
    case TEMPLATE_ISO_WEEK:
        put_number(printer, item, 2, calendar_week(moment->year, moment->month, moment->day));
        return true;
    case TEMPLATE_ISO_YEAR:
        put_year(printer, item, calendar_week_year(moment->year, moment->month, moment->day));
        return true;
    case TEMPLATE_ISO_YEAR_DAY:
        iso_year = calendar_week_year(moment->year, moment->month, moment->day);
        put_number(printer, item, 3, (int64_t)julian - calendar_week_julian(iso_year, 1) + 1);
        return true;
    case TEMPLATE_JULIAN:
        put_digits(printer, item, 0, julian);
        return true;
    default:
        return false;
    }
}

static vv_status put_date(struct printer *printer, const struct template_item *item)
{
    const struct moment *moment = printer->moment;

    switch (item->id) {
    case TEMPLATE_YEAR:
    case TEMPLATE_YEAR_COMMA:
        put_year(printer, item, moment->year);
        return VV_OK;
    case TEMPLATE_CENTURY:
        put_century(printer, item);
        return VV_OK;
    case TEMPLATE_QUARTER:
        if (moment->month != 0) {
            put_digits(printer, item, 0, (moment->month - 1) / 3 + 1);
        }
        return VV_OK;
    case TEMPLATE_MONTH:
        put_number(printer, item, 2 + (moment->month < 0), moment->month);
        return VV_OK;
    case TEMPLATE_ROMAN_MONTH:
        put_roman_month(printer, item);
        return VV_OK;
    case TEMPLATE_FIXED:
        return VV_OK;
    default:
        if (put_day_number(printer, item)) {
            return VV_OK;
        }
    }
    if (moment->interval) {
        return refuse_interval(printer);
    }
    switch (item->id) {
    case TEMPLATE_ERA:
        put_half(printer, item, moment->year <= 0 ? "b.c." : "a.d.",
                 moment->year <= 0 ? "bc" : "ad");
        break;
    case TEMPLATE_MONTH_NAME:
        put_name(printer, item, template_months[moment->month - 1], 9, 9);
        break;
    case TEMPLATE_MONTH_SHORT:
        put_name(printer, item, template_months[moment->month - 1], 3, 0);
        break;
    case TEMPLATE_DAY_NAME:
        put_name(printer, item, template_days[moment->week_day], 9, 9);
        break;
    case TEMPLATE_DAY_SHORT:
        put_name(printer, item, template_days[moment->week_day], 3, 0);
        break;
    case TEMPLATE_WEEK_DAY:
        put_digits(printer, item, 0, moment->week_day + 1);
        break;
    default: /* ISO_WEEK_DAY */
        put_digits(printer, item, 0, moment->week_day == 0 ? 7 : moment->week_day);
    }
    return VV_OK;
}

/* ---- the functions ---- */

static vv_status print(struct eval_call *call, const struct moment *moment, vv_slice text,
                       struct value *out)
{
    struct printer printer = {.text = {.call = call}, .moment = moment};
    struct template template = {.text = text};
    struct template_item item;

    for (;;) {
        template_next(&template, &item);
        if (item.kind == TEMPLATE_END) {
            return characters_finish(&printer.text, out);
        }
        if (item.kind != TEMPLATE_WORD) {
            characters_append(&printer.text, item.text);
        } else if (item.id == TEMPLATE_ZONE_NAME || item.id == TEMPLATE_ZONE_HOUR ||
                   item.id == TEMPLATE_ZONE_MINUTE || item.id == TEMPLATE_OFFSET) {
            VV_TRY(put_zone(&printer, &item));
        } else if (!put_clock(&printer, &item)) {
            VV_TRY(put_date(&printer, &item));
        }
    }
}

/* stamp: local time. */
static vv_status print_stamp(struct eval_call *call, int64_t stamp, const struct zone_period *zone,
                             vv_slice text, struct value *out)
{
    struct calendar_time parts;
    struct moment moment;
    int32_t julian;

    calendar_split(stamp, &parts);
    julian = calendar_julian(parts.year, parts.month, parts.day);
    moment = (struct moment){.zone = zone,
                             .hour = parts.hour,
                             .year = parts.year,
                             .month = parts.month,
                             .day = parts.day,
                             .minute = parts.minute,
                             .second = parts.second,
                             .micros = parts.micros,
                             .week_day = calendar_weekday(julian),
                             .year_day = julian - calendar_julian(parts.year, 1, 1) + 1};
    return print(call, &moment, text, out);
}

EVAL_SCALAR(scalar_TO_CHAR_TIMESTAMP)
{
    if (arguments[1].bytes.size == 0 || !calendar_stamp_is_finite(arguments[0].integer)) {
        out->null = true;
        return VV_OK;
    }
    return print_stamp(call, arguments[0].integer, NULL, arguments[1].bytes, out);
}

EVAL_SCALAR(scalar_TO_CHAR_TIMESTAMPTZ)
{
    int64_t stamp = arguments[0].integer;
    const struct zone_period *zone;

    if (arguments[1].bytes.size == 0 || !calendar_stamp_is_finite(stamp)) {
        out->null = true;
        return VV_OK;
    }
    zone = zone_at(context_zone(), calendar_unix_seconds(stamp));
    return print_stamp(call, stamp + zone->offset * CALENDAR_SECOND, zone, arguments[1].bytes, out);
}

EVAL_SCALAR(scalar_TO_CHAR_INTERVAL)
{
    const struct interval *interval = &arguments[0].interval;
    struct moment moment = {.interval = true,
                            .year = interval->months / 12,
                            .month = interval->months % 12,
                            .day = interval->days,
                            .hour = interval->time / CALENDAR_HOUR,
                            .minute = (int32_t)(interval->time % CALENDAR_HOUR / CALENDAR_MINUTE),
                            .second = (int32_t)(interval->time % CALENDAR_MINUTE / CALENDAR_SECOND),
                            .micros = (int32_t)(interval->time % CALENDAR_SECOND),
                            .year_day =
                                (int64_t)interval->months * CALENDAR_MONTH_DAYS + interval->days};

    if (arguments[1].bytes.size == 0) {
        out->null = true;
        return VV_OK;
    }
    return print(call, &moment, arguments[1].bytes, out);
}
