/*
 * datetime_parse.c - reading dates, times and time stamps (PostgreSQL: DecodeDateTime, DecodeTimeOnly).
 *
 * Fields are taken from left to right. What a number means depends on what is known already: `seen` has a bit
 * for each part, and a part that comes twice is an error. The order of numbers in dates is DateStyle's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "value/context.h"
#include "value/double.h"
#include "value/fields.h"

#define BIT(unit)    (1u << (unsigned)(unit))
#define ZONE_BIT     BIT(DATETIME_ZONE)
#define DAYLIGHT_BIT (1u << 25) /* "dst" behind a zone */
#define ERA_BIT      (1u << 26)
#define HALF_BIT     (1u << 27)
#define WEEKDAY_BIT  (1u << 28)
#define DATE_BITS    (BIT(DATETIME_YEAR) | BIT(DATETIME_MONTH) | BIT(DATETIME_DAY))
#define SECOND_BITS  (BIT(DATETIME_SECOND) | BIT(DATETIME_MILLISECOND) | BIT(DATETIME_MICROSECOND))
#define TIME_BITS    (BIT(DATETIME_HOUR) | BIT(DATETIME_MINUTE) | SECOND_BITS)

enum half { HALF_AM, HALF_PM, HALF_NONE };

struct decoder {
    struct fields fields;
    bool only_time;
    unsigned seen;
    unsigned added; /* by the field at hand */
    int32_t unit;   /* enum datetime_unit that awaits its number: y2001m02d04 */
    int32_t result; /* DATETIME_NONE: the parts; DATETIME_EPOCH, _EARLY, _LATE */
    struct calendar_time parts;
    int32_t year_day;
    int32_t offset; /* of the zone, seconds east */
    const struct zone *named;
    const struct zone *abbreviated;
    const char *abbreviation;
    const char *unknown_zone;
    bool month_in_letters;
    bool julian;
    bool two_digits; /* the year */
    bool before_christ;
    enum half half;
};

static enum datetime_fault decode(struct decoder *d);
static enum datetime_fault decode_field(struct decoder *d, unsigned i);
static enum datetime_fault date_field(struct decoder *d, unsigned i);
static enum datetime_fault date_field_of_time(struct decoder *d, unsigned i);
static enum datetime_fault decode_date(struct decoder *d, char *text);
static enum datetime_fault decode_time(struct decoder *d, const char *text);
static enum datetime_fault decode_offset(struct decoder *d, const char *text);
static enum datetime_fault unit_number(struct decoder *d, char *text);
static enum datetime_fault number_field(struct decoder *d, unsigned i);
static enum datetime_fault decode_number(struct decoder *d, char *text, unsigned seen);
static enum datetime_fault run_together(struct decoder *d, char *text, unsigned seen);
static enum datetime_fault word_field(struct decoder *d, unsigned i);
static enum datetime_fault abbreviation_field(struct decoder *d, const char *text, bool *found_out);
static enum datetime_fault reserved_word(struct decoder *d, int32_t value);
static enum datetime_fault named_zone(struct decoder *d, const char *name);
static enum datetime_fault finish(struct decoder *d);
static enum datetime_fault check_date(struct decoder *d);
static enum datetime_fault settle_zone(struct decoder *d);
static vv_status refuse(struct decoder *d, enum datetime_fault fault, const char *type,
                        vv_slice text, struct vv_error *error);

/* ---- entries ---- */

/* YYYY-MM-DD, the form that dates are printed in: nearly all that is loaded in bulk. False: look closer. */
static bool plain_date(vv_slice text, int32_t *out)
{
    const uint8_t *at = text.data;
    struct calendar_time time = {0};

    if (text.size != 10 || at[4] != '-' || at[7] != '-') {
        return false;
    }
    for (unsigned i = 0; i < 10; i++) {
        if (i != 4 && i != 7 && (at[i] < '0' || at[i] > '9')) {
            return false;
        }
    }
    time.year = (at[0] - '0') * 1000 + (at[1] - '0') * 100 + (at[2] - '0') * 10 + (at[3] - '0');
    time.month = (at[5] - '0') * 10 + (at[6] - '0');
    time.day = (at[8] - '0') * 10 + (at[9] - '0');
    return time.year > 0 && time.month >= 1 && time.month <= 12 && time.day >= 1 &&
           time.day <= calendar_month_days(time.year, time.month) && calendar_join_date(&time, out);
}

vv_status datetime_parse_date(vv_slice text, int32_t *out, struct vv_error *error)
{
    struct decoder d;
    enum datetime_fault fault = DATETIME_FINE;

    *out = 0;
    if (plain_date(text, out)) {
        return VV_OK;
    }
    d = (struct decoder){.only_time = false};
    fault = fields_cut(text, &d.fields);
    fault = fault == DATETIME_FINE ? decode(&d) : fault;
    if (fault != DATETIME_FINE) {
        return refuse(&d, fault, "date", text, error);
    }
    switch (d.result) {
    case DATETIME_LATE:
        *out = CALENDAR_DATE_LATE;
        return VV_OK;
    case DATETIME_EARLY:
        *out = CALENDAR_DATE_EARLY;
        return VV_OK;
    case DATETIME_EPOCH:
        *out = CALENDAR_UNIX_JULIAN - CALENDAR_EPOCH_JULIAN;
        return VV_OK;
    default:
        break;
    }
    return calendar_join_date(&d.parts, out)
               ? VV_OK
               : error_set(error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                           "date out of range: \"%.*s\"", (int)text.size, (const char *)text.data);
}

vv_status datetime_parse_time(vv_slice text, int64_t *out, struct vv_error *error)
{
    struct decoder d = {.only_time = true};
    enum datetime_fault fault = fields_cut(text, &d.fields);

    fault = fault == DATETIME_FINE ? decode(&d) : fault;
    *out = calendar_join_time(&d.parts);
    return fault == DATETIME_FINE ? VV_OK : refuse(&d, fault, "time", text, error);
}

vv_status datetime_parse_stamp(vv_slice text, bool zoned, int64_t *out, struct vv_error *error)
{
    const char *type = zoned ? "timestamp with time zone" : "timestamp";
    struct decoder d = {.only_time = false};
    enum datetime_fault fault = fields_cut(text, &d.fields);
    bool fits;

    *out = 0;
    fault = fault == DATETIME_FINE ? decode(&d) : fault;
    if (fault != DATETIME_FINE) {
        return refuse(&d, fault, type, text, error);
    }
    switch (d.result) {
    case DATETIME_LATE:
        *out = CALENDAR_STAMP_LATE;
        return VV_OK;
    case DATETIME_EARLY:
        *out = CALENDAR_STAMP_EARLY;
        return VV_OK;
    case DATETIME_EPOCH:
        *out = -CALENDAR_UNIX_OFFSET;
        return VV_OK;
    default:
        break;
    }
    fits = calendar_join_beyond(&d.parts, out) &&
           !__builtin_sub_overflow(*out, zoned ? d.offset * CALENDAR_SECOND : 0, out) &&
           calendar_stamp_is_valid(*out);
    return fits ? VV_OK
                : error_set(error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                            "timestamp out of range: \"%.*s\"", (int)text.size,
                            (const char *)text.data);
}

static vv_status refuse(struct decoder *d, enum datetime_fault fault, const char *type,
                        vv_slice text, struct vv_error *error)
{
    if (fault == DATETIME_ZONE_UNKNOWN) {
        return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "time zone \"%s\" not recognized", d->unknown_zone);
    }
    return datetime_fault_set(fault, type, text, error);
}

/* ---- fields ---- */

static enum datetime_fault decode(struct decoder *d)
{
    d->half = HALF_NONE;
    for (unsigned i = 0; i < d->fields.count; i++) {
        enum datetime_fault fault;

        d->added = 0;
        fault = decode_field(d, i);
        if (fault != DATETIME_FINE) {
            return fault;
        }
        if ((d->added & d->seen) != 0) {
            return DATETIME_BAD_FORMAT;
        }
        d->seen |= d->added;
    }
    return d->unit != DATETIME_NONE ? DATETIME_BAD_FORMAT : finish(d);
}

static enum datetime_fault decode_field(struct decoder *d, unsigned i)
{
    enum datetime_fault fault;

    switch ((enum fields_kind)d->fields.kinds[i]) {
    case FIELDS_DATE:
        return d->only_time ? date_field_of_time(d, i) : date_field(d, i);
    case FIELDS_TIME:
        if (d->unit != DATETIME_NONE && d->unit != DATETIME_TIME) {
            return DATETIME_BAD_FORMAT;
        }
        d->unit = DATETIME_NONE;
        fault = decode_time(d, d->fields.texts[i]);
        if (fault == DATETIME_FINE && !d->only_time &&
            (d->parts.hour > 24 || calendar_join_time(&d->parts) > CALENDAR_DAY)) {
            return DATETIME_OVERFLOW;
        }
        return fault;
    case FIELDS_ZONE:
        d->added = ZONE_BIT;
        return decode_offset(d, d->fields.texts[i]);
    case FIELDS_NUMBER:
        return d->unit != DATETIME_NONE ? unit_number(d, d->fields.texts[i]) : number_field(d, i);
    default:
        return word_field(d, i);
    }
}

static enum datetime_fault decode_offset(struct decoder *d, const char *text)
{
    const char *end;
    enum datetime_fault fault = datetime_parse_offset(text, &end, &d->offset);

    return fault == DATETIME_FINE && *end != 0 ? DATETIME_BAD_FORMAT : fault;
}

/* hhmmss-zz: a time run together with its zone. */
static enum datetime_fault time_with_offset(struct decoder *d, char *text, unsigned seen)
{
    char *sign = strchr(text, '-');
    enum datetime_fault fault;

    if ((d->seen & TIME_BITS) == TIME_BITS || sign == NULL) {
        return DATETIME_BAD_FORMAT;
    }
    fault = decode_offset(d, sign);
    if (fault != DATETIME_FINE) {
        return fault;
    }
    *sign = 0;
    fault = run_together(d, text, seen);
    d->added |= ZONE_BIT;
    return fault;
}

static enum datetime_fault date_field(struct decoder *d, unsigned i)
{
    char *text = d->fields.texts[i];
    const char *end;
    int32_t julian;

    if (d->unit == DATETIME_JULIAN) { /* a Julian day with a zone */
        if (!fields_integer(text, &end, &julian) || julian < 0) {
            return DATETIME_OVERFLOW;
        }
        calendar_from_julian(julian, &d->parts.year, &d->parts.month, &d->parts.day);
        d->julian = true;
        d->unit = DATETIME_NONE;
        d->added = DATE_BITS | TIME_BITS | ZONE_BIT;
        return decode_offset(d, end);
    }
    if (d->unit == DATETIME_NONE && (d->seen & (BIT(DATETIME_MONTH) | BIT(DATETIME_DAY))) !=
                                        (BIT(DATETIME_MONTH) | BIT(DATETIME_DAY))) {
        return decode_date(d, text);
    }
    if (fields_is_digit(*text) || d->unit != DATETIME_NONE) {
        if (d->unit != DATETIME_NONE && d->unit != DATETIME_TIME) {
            return DATETIME_BAD_FORMAT;
        }
        d->unit = DATETIME_NONE;
        return time_with_offset(d, text, d->seen);
    }
    return named_zone(d, text);
}

/* A TIME may stand behind a date, which it then forgets. */
static enum datetime_fault date_field_of_time(struct decoder *d, unsigned i)
{
    char *text = d->fields.texts[i];
    unsigned last = d->fields.count - 1;

    if (i == 0 && d->fields.count >= 2 &&
        (d->fields.kinds[last] == FIELDS_DATE || d->fields.kinds[1] == FIELDS_TIME)) {
        return decode_date(d, text);
    }
    return fields_is_digit(*text) ? time_with_offset(d, text, d->seen | DATE_BITS)
                                  : named_zone(d, text);
}

static enum datetime_fault named_zone(struct decoder *d, const char *name)
{
    d->named = context_find_zone(name);
    d->unknown_zone = name;
    d->added = ZONE_BIT;
    return d->named == NULL ? DATETIME_ZONE_UNKNOWN : DATETIME_FINE;
}

/* ---- dates ---- */

/* Cuts "2001-02-04" or "jan-8-99" at what is neither digit nor letter; at most FIELDS_MAX parts. */
static enum datetime_fault cut_date(char *text, char **parts, unsigned *count_out)
{
    unsigned count = 0;

    while (*text != 0 && count < FIELDS_MAX) {
        while (*text != 0 && !fields_is_digit(*text) && !fields_is_letter(*text)) {
            text++;
        }
        if (*text == 0) {
            return DATETIME_BAD_FORMAT;
        }
        parts[count++] = text;
        if (fields_is_digit(*text)) {
            while (fields_is_digit(*text)) {
                text++;
            }
        } else {
            while (fields_is_letter(*text)) {
                text++;
            }
        }
        if (*text != 0) {
            *text++ = 0;
        }
    }
    *count_out = count;
    return DATETIME_FINE;
}

/* Letters first: they can only be the month. */
static enum datetime_fault decode_date(struct decoder *d, char *text)
{
    char *parts[FIELDS_MAX];
    unsigned count = 0, seen = d->seen, added = 0;
    bool outer_letters = d->month_in_letters;
    enum datetime_fault fault = cut_date(text, parts, &count);

    d->month_in_letters = false;
    for (unsigned i = 0; fault == DATETIME_FINE && i < count; i++) {
        int32_t value;
        enum datetime_word word;

        if (!fields_is_letter(*parts[i])) {
            continue;
        }
        word = datetime_word_find(slice_text(parts[i]), &value);
        if (word == DATETIME_WORD_IGNORED) {
            continue;
        }
        if (word != DATETIME_WORD_MONTH || (seen & BIT(DATETIME_MONTH)) != 0) {
            return DATETIME_BAD_FORMAT;
        }
        d->parts.month = value;
        d->month_in_letters = true;
        seen |= BIT(DATETIME_MONTH);
        added |= BIT(DATETIME_MONTH);
        parts[i] = NULL;
    }
    for (unsigned i = 0; fault == DATETIME_FINE && i < count; i++) {
        if (parts[i] == NULL) {
            continue;
        }
        d->added = 0;
        fault = decode_number(d, parts[i], seen);
        if (fault == DATETIME_FINE && (d->added & seen) != 0) {
            fault = DATETIME_BAD_FORMAT;
        }
        seen |= d->added;
        added |= d->added;
    }
    d->month_in_letters = outer_letters;
    d->added = added;
    if (fault == DATETIME_FINE && (seen & ~(BIT(DATETIME_DOY) | ZONE_BIT)) != DATE_BITS) {
        return DATETIME_BAD_FORMAT;
    }
    return fault;
}

/* ---- times ---- */

/* hh:mm, hh:mm:ss, hh:mm:ss.fff; mm:ss.fff */
static enum datetime_fault decode_time(struct decoder *d, const char *text)
{
    struct calendar_time *parts = &d->parts;
    const char *at;

    d->added = TIME_BITS;
    parts->second = 0;
    parts->micros = 0;
    if (!fields_integer(text, &at, &parts->hour)) {
        return DATETIME_OVERFLOW;
    }
    if (*at != ':') {
        return DATETIME_BAD_FORMAT;
    }
    if (!fields_integer(at + 1, &at, &parts->minute)) {
        return DATETIME_OVERFLOW;
    }
    if (*at == '.') {
        if (!fields_micros(at, &parts->micros)) {
            return DATETIME_BAD_FORMAT;
        }
        parts->second = parts->minute;
        parts->minute = parts->hour;
        parts->hour = 0;
    } else if (*at == ':') {
        if (!fields_integer(at + 1, &at, &parts->second)) {
            return DATETIME_OVERFLOW;
        }
        if (*at == '.' ? !fields_micros(at, &parts->micros) : *at != 0) {
            return DATETIME_BAD_FORMAT;
        }
    } else if (*at != 0) {
        return DATETIME_BAD_FORMAT;
    }
    return parts->hour < 0 || parts->minute < 0 || parts->minute > 59 || parts->second < 0 ||
                   parts->second > 60 || parts->micros < 0 || parts->micros > CALENDAR_SECOND
               ? DATETIME_OVERFLOW
               : DATETIME_FINE;
}

enum datetime_fault datetime_parse_offset(const char *text, const char **end_out, int32_t *out)
{
    const char *at;
    int32_t hours, minutes = 0, seconds = 0;

    *out = 0;
    *end_out = text;
    if (*text != '+' && *text != '-') {
        return DATETIME_BAD_FORMAT;
    }
    if (!fields_integer(text + 1, &at, &hours)) {
        return DATETIME_ZONE_OVERFLOW;
    }
    if (*at == ':') {
        if (!fields_integer(at + 1, &at, &minutes)) {
            return DATETIME_ZONE_OVERFLOW;
        }
        if (*at == ':' && !fields_integer(at + 1, &at, &seconds)) {
            return DATETIME_ZONE_OVERFLOW;
        }
    } else if (*at == 0 && strlen(text) > 3) { /* hhmm */
        minutes = hours % 100;
        hours /= 100;
    }
    if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59) {
        return DATETIME_ZONE_OVERFLOW;
    }
    *out = (hours * 60 + minutes) * 60 + seconds;
    *out = *text == '-' ? -*out : *out;
    *end_out = at;
    return DATETIME_FINE;
}

/* ---- numbers ---- */

/* The number behind a unit: y2001m02d04, j2451187, t040506. */
static enum datetime_fault unit_number(struct decoder *d, char *text)
{
    const char *at;
    int32_t value, unit = d->unit;
    double fraction;

    if (!fields_integer(text, &at, &value)) {
        return DATETIME_OVERFLOW;
    }
    if (*at == '.' ? unit != DATETIME_JULIAN && unit != DATETIME_TIME && unit != DATETIME_SECOND
                   : *at != 0) {
        return DATETIME_BAD_FORMAT;
    }
    d->unit = DATETIME_NONE;
    d->result = DATETIME_NONE;
    d->added = BIT(unit);
    switch (unit) {
    case DATETIME_YEAR:
        d->parts.year = value;
        return DATETIME_FINE;
    case DATETIME_MONTH: /* or the minute, behind month and hour */
        if ((d->seen & BIT(DATETIME_MONTH)) != 0 && (d->seen & BIT(DATETIME_HOUR)) != 0) {
            d->parts.minute = value;
            d->added = BIT(DATETIME_MINUTE);
        } else {
            d->parts.month = value;
        }
        return DATETIME_FINE;
    case DATETIME_DAY:
        d->parts.day = value;
        return DATETIME_FINE;
    case DATETIME_HOUR:
        d->parts.hour = value;
        return DATETIME_FINE;
    case DATETIME_MINUTE:
        d->parts.minute = value;
        return DATETIME_FINE;
    case DATETIME_SECOND:
        d->parts.second = value;
        if (*at == '.') {
            d->added = SECOND_BITS;
            return fields_micros(at, &d->parts.micros) ? DATETIME_FINE : DATETIME_BAD_FORMAT;
        }
        return DATETIME_FINE;
    case DATETIME_JULIAN:
        if (value < 0) {
            return DATETIME_OVERFLOW;
        }
        calendar_from_julian(value, &d->parts.year, &d->parts.month, &d->parts.day);
        d->julian = true;
        d->added = DATE_BITS;
        if (*at == '.') {
            if (double_parse(slice_text(at), &fraction) != VV_OK) {
                return DATETIME_BAD_FORMAT;
            }
            calendar_split_time((int64_t)(fraction * (double)CALENDAR_DAY), &d->parts);
            d->added |= TIME_BITS;
        }
        return DATETIME_FINE;
    case DATETIME_TIME: {
        enum datetime_fault fault = run_together(d, text, d->seen | DATE_BITS);

        return fault == DATETIME_FINE && d->added != TIME_BITS ? DATETIME_BAD_FORMAT : fault;
    }
    default:
        return DATETIME_BAD_FORMAT;
    }
}

static enum datetime_fault number_field(struct decoder *d, unsigned i)
{
    char *text = d->fields.texts[i];
    const char *point = strchr(text, '.');
    size_t size = strlen(text);
    size_t whole = point == NULL ? size : (size_t)(point - text);

    if (d->only_time) {
        unsigned seen = d->seen | DATE_BITS;

        if (point != NULL) {
            if (i == 0 && d->fields.count >= 2 &&
                d->fields.kinds[d->fields.count - 1] == FIELDS_DATE) {
                return decode_date(d, text);
            }
            return whole > 2 ? run_together(d, text, seen) : DATETIME_BAD_FORMAT;
        }
        return size > 4 ? run_together(d, text, seen) : decode_number(d, text, seen);
    }
    if (point != NULL && (d->seen & DATE_BITS) == 0) {
        return decode_date(d, text);
    }
    if ((point != NULL && whole > 2) ||
        (point == NULL && size >= 6 &&
         ((d->seen & DATE_BITS) == 0 || (d->seen & TIME_BITS) == 0))) {
        return run_together(d, text, d->seen);
    }
    return decode_number(d, text, d->seen);
}

static void take_year(struct decoder *d, int32_t value, size_t size)
{
    d->parts.year = value;
    d->added = BIT(DATETIME_YEAR);
    d->two_digits = size <= 2;
}

static void take_month(struct decoder *d, int32_t value)
{
    d->parts.month = value;
    d->added = BIT(DATETIME_MONTH);
}

static void take_day(struct decoder *d, int32_t value)
{
    d->parts.day = value;
    d->added = BIT(DATETIME_DAY);
}

/* A single number: by what is known of the date, the next of month, day, year. */
static enum datetime_fault decode_number(struct decoder *d, char *text, unsigned seen)
{
    size_t size = strlen(text);
    const char *at;
    int32_t value;

    d->added = 0;
    if (!fields_integer(text, &at, &value)) {
        return DATETIME_OVERFLOW;
    }
    if (at == text) {
        return DATETIME_BAD_FORMAT;
    }
    if (*at == '.') {
        if (at - text > 2) {
            return run_together(d, text, seen | DATE_BITS);
        }
        if (!fields_micros(at, &d->parts.micros)) {
            return DATETIME_BAD_FORMAT;
        }
    } else if (*at != 0) {
        return DATETIME_BAD_FORMAT;
    }
    if (size == 3 && (seen & DATE_BITS) == BIT(DATETIME_YEAR) && value >= 1 && value <= 366) {
        d->year_day = value;
        d->added = BIT(DATETIME_DOY) | BIT(DATETIME_MONTH) | BIT(DATETIME_DAY);
        return DATETIME_FINE;
    }
    switch (seen & DATE_BITS) {
    case 0:
        if (size >= 3 || context_forms()->order == CONTEXT_ORDER_YMD) {
            take_year(d, value, size);
        } else if (context_forms()->order == CONTEXT_ORDER_DMY) {
            take_day(d, value);
        } else {
            take_month(d, value);
        }
        return DATETIME_FINE;
    case BIT(DATETIME_YEAR):
        take_month(d, value);
        return DATETIME_FINE;
    case BIT(DATETIME_MONTH):
        if (d->month_in_letters && (size >= 3 || context_forms()->order == CONTEXT_ORDER_YMD)) {
            take_year(d, value, size);
        } else {
            take_day(d, value);
        }
        return DATETIME_FINE;
    case BIT(DATETIME_YEAR) | BIT(DATETIME_MONTH):
        if (d->month_in_letters && size >= 3 && d->two_digits) { /* the first was the day */
            take_day(d, d->parts.year);
            d->parts.year = value;
            d->two_digits = false;
        } else {
            take_day(d, value);
        }
        return DATETIME_FINE;
    case BIT(DATETIME_DAY):
        take_month(d, value);
        return DATETIME_FINE;
    case BIT(DATETIME_MONTH) | BIT(DATETIME_DAY):
        take_year(d, value, size);
        return DATETIME_FINE;
    case DATE_BITS:
        return run_together(d, text, seen);
    default:
        return DATETIME_BAD_FORMAT;
    }
}

static int32_t digits_to_number(const char *text, size_t size)
{
    int64_t x = 0;

    for (size_t i = 0; i < size && fields_is_digit(text[i]); i++) {
        x = x < INT32_MAX ? x * 10 + (text[i] - '0') : x;
    }
    return x > INT32_MAX ? INT32_MAX : (int32_t)x;
}

/* yyyymmdd, hhmmss, hhmm; with a fraction it is a time. */
static enum datetime_fault run_together(struct decoder *d, char *text, unsigned seen)
{
    char *point = strchr(text, '.');
    size_t size = point == NULL ? strlen(text) : (size_t)(point - text);
    double fraction;

    if (point != NULL) {
        if (!fields_fraction(point, &fraction)) {
            return DATETIME_BAD_FORMAT;
        }
        (void)fields_micros(point, &d->parts.micros);
        *point = 0;
    } else if ((seen & DATE_BITS) != DATE_BITS && size >= 6) {
        d->parts.day = digits_to_number(text + size - 2, 2);
        d->parts.month = digits_to_number(text + size - 4, 2);
        d->parts.year = digits_to_number(text, size - 4);
        d->two_digits = d->two_digits || size == 6;
        d->added = DATE_BITS;
        return DATETIME_FINE;
    }
    if ((seen & TIME_BITS) == TIME_BITS || (size != 6 && size != 4)) {
        return DATETIME_BAD_FORMAT;
    }
    d->parts.hour = digits_to_number(text, 2);
    d->parts.minute = digits_to_number(text + 2, 2);
    d->parts.second = size == 6 ? digits_to_number(text + 4, 2) : 0;
    d->added = TIME_BITS;
    return DATETIME_FINE;
}

/* ---- words ---- */

static enum datetime_fault word_field(struct decoder *d, unsigned i)
{
    const char *text = d->fields.texts[i];
    bool found = false;
    int32_t value = 0;
    enum datetime_fault fault = abbreviation_field(d, text, &found);

    if (found) {
        return fault;
    }
    switch (datetime_word_find(slice_text(text), &value)) {
    case DATETIME_WORD_IGNORED:
        return DATETIME_FINE;
    case DATETIME_WORD_RESERVED:
        return reserved_word(d, value);
    case DATETIME_WORD_MONTH:
        if (d->only_time) {
            return DATETIME_BAD_FORMAT;
        }
        d->added = BIT(DATETIME_MONTH);
        if ((d->seen & BIT(DATETIME_MONTH)) != 0 && !d->month_in_letters &&
            (d->seen & BIT(DATETIME_DAY)) == 0 && d->parts.month >= 1 && d->parts.month <= 31) {
            d->parts.day = d->parts.month; /* what was taken for the month was the day */
            d->added = BIT(DATETIME_DAY);
        }
        d->month_in_letters = true;
        d->parts.month = value;
        return DATETIME_FINE;
    case DATETIME_WORD_DAYLIGHT:
        d->added = DAYLIGHT_BIT;
        d->offset += value;
        return DATETIME_FINE;
    case DATETIME_WORD_HALF:
        d->added = HALF_BIT;
        d->half = value == 0 ? HALF_AM : HALF_PM;
        return DATETIME_FINE;
    case DATETIME_WORD_ERA:
        d->added = ERA_BIT;
        d->before_christ = value == 1;
        return DATETIME_FINE;
    case DATETIME_WORD_WEEKDAY:
        d->added = WEEKDAY_BIT;
        return d->only_time ? DATETIME_BAD_FORMAT : DATETIME_FINE;
    case DATETIME_WORD_UNIT:
        if (d->unit != DATETIME_NONE) {
            return DATETIME_BAD_FORMAT;
        }
        d->unit = value;
        return DATETIME_FINE;
    case DATETIME_WORD_TIME:
        if ((!d->only_time && (d->seen & DATE_BITS) != DATE_BITS) || i + 1 >= d->fields.count ||
            (d->fields.kinds[i + 1] != FIELDS_NUMBER && d->fields.kinds[i + 1] != FIELDS_TIME &&
             d->fields.kinds[i + 1] != FIELDS_DATE)) {
            return DATETIME_BAD_FORMAT;
        }
        d->unit = value;
        return DATETIME_FINE;
    default:
        fault = named_zone(d, text);
        return fault == DATETIME_ZONE_UNKNOWN ? DATETIME_BAD_FORMAT : fault;
    }
}

static enum datetime_fault abbreviation_field(struct decoder *d, const char *text, bool *found_out)
{
    const char *zone = NULL;
    bool daylight = false;
    int32_t offset = 0;

    *found_out = datetime_abbreviation_find(slice_text(text), &offset, &daylight, &zone);
    if (!*found_out) {
        return DATETIME_FINE;
    }
    d->added = ZONE_BIT;
    if (zone[0] == 0) {
        d->offset = offset;
        return DATETIME_FINE;
    }
    d->abbreviation = text;
    d->abbreviated = context_find_zone(zone);
    d->unknown_zone = zone;
    return d->abbreviated == NULL ? DATETIME_ZONE_UNKNOWN : DATETIME_FINE;
}

/* Today in the session's zone, shifted by days. */
static void take_today(struct decoder *d, int32_t days)
{
    int64_t now = context_transaction_time();
    struct calendar_time parts;

    (void)datetime_to_local(now, context_zone(), &now);
    calendar_split(now, &parts);
    calendar_from_julian(calendar_julian(parts.year, parts.month, parts.day) + days, &d->parts.year,
                         &d->parts.month, &d->parts.day);
    d->added = DATE_BITS;
}

static enum datetime_fault reserved_word(struct decoder *d, int32_t value)
{
    int64_t now;

    if (d->only_time && value != DATETIME_NOW && value != DATETIME_ZULU) {
        return DATETIME_BAD_FORMAT;
    }
    switch (value) {
    case DATETIME_NOW:
        now = context_transaction_time();
        (void)datetime_to_local(now, context_zone(), &now);
        calendar_split(now, &d->parts);
        d->offset =
            zone_offset_of_local(context_zone(), (now + CALENDAR_UNIX_OFFSET) / CALENDAR_SECOND);
        d->added = d->only_time ? TIME_BITS : DATE_BITS | TIME_BITS | ZONE_BIT;
        return DATETIME_FINE;
    case DATETIME_TODAY:
        take_today(d, 0);
        return DATETIME_FINE;
    case DATETIME_TOMORROW:
        take_today(d, 1);
        return DATETIME_FINE;
    case DATETIME_YESTERDAY:
        take_today(d, -1);
        return DATETIME_FINE;
    case DATETIME_ZULU:
        d->parts.hour = d->parts.minute = d->parts.second = 0;
        d->offset = 0;
        d->added = TIME_BITS | ZONE_BIT;
        return DATETIME_FINE;
    default:
        d->result = value;
        d->added = DATE_BITS | TIME_BITS | ZONE_BIT;
        return DATETIME_FINE;
    }
}

/* ---- the whole ---- */

static enum datetime_fault finish(struct decoder *d)
{
    enum datetime_fault fault;

    if (d->result != DATETIME_NONE) {
        return DATETIME_FINE;
    }
    fault = check_date(d);
    if (fault != DATETIME_FINE) {
        return fault;
    }
    if (d->half != HALF_NONE && d->parts.hour > 12) {
        return DATETIME_OVERFLOW;
    }
    if (d->half == HALF_AM && d->parts.hour == 12) {
        d->parts.hour = 0;
    } else if (d->half == HALF_PM && d->parts.hour != 12) {
        d->parts.hour += 12;
    }
    if (d->only_time) {
        if (d->parts.hour < 0 || d->parts.minute < 0 || d->parts.minute > 59 ||
            d->parts.second < 0 || d->parts.second > 60 ||
            calendar_join_time(&d->parts) > CALENDAR_DAY) {
            return DATETIME_OVERFLOW;
        }
        if ((d->seen & TIME_BITS) != TIME_BITS) {
            return DATETIME_BAD_FORMAT;
        }
    } else if ((d->seen & DATE_BITS) != DATE_BITS) {
        return DATETIME_BAD_FORMAT;
    }
    return settle_zone(d);
}

static enum datetime_fault check_date(struct decoder *d)
{
    struct calendar_time *parts = &d->parts;

    if ((d->seen & BIT(DATETIME_YEAR)) != 0 && !d->julian) {
        if (d->before_christ) {
            if (parts->year <= 0) {
                return DATETIME_OVERFLOW;
            }
            parts->year = 1 - parts->year;
        } else if (d->two_digits) {
            if (parts->year < 0) {
                return DATETIME_OVERFLOW;
            }
            parts->year += parts->year < 70 ? 2000 : parts->year < 100 ? 1900 : 0;
        } else if (parts->year <= 0) {
            return DATETIME_OVERFLOW;
        }
    }
    if ((d->seen & BIT(DATETIME_DOY)) != 0) {
        calendar_from_julian(calendar_julian(parts->year, 1, 1) + d->year_day - 1, &parts->year,
                             &parts->month, &parts->day);
    }
    if ((d->seen & BIT(DATETIME_MONTH)) != 0 && (parts->month < 1 || parts->month > 12)) {
        return DATETIME_MONTH_DAY_OVERFLOW;
    }
    if ((d->seen & BIT(DATETIME_DAY)) != 0 && (parts->day < 1 || parts->day > 31)) {
        return DATETIME_MONTH_DAY_OVERFLOW;
    }
    return (d->seen & DATE_BITS) == DATE_BITS &&
                   parts->day > calendar_month_days(parts->year, parts->month)
               ? DATETIME_OVERFLOW
               : DATETIME_FINE;
}

/* The offset of a zone by name, or of the session's, at that local time. */
static enum datetime_fault settle_zone(struct decoder *d)
{
    const struct zone *zone = d->named;
    bool has_date = (d->seen & DATE_BITS) == DATE_BITS;
    int64_t local = 0;

    if (d->named == NULL && d->abbreviated == NULL && (d->seen & ZONE_BIT) != 0) {
        return DATETIME_FINE;
    }
    if ((d->seen & DAYLIGHT_BIT) != 0) {
        return DATETIME_BAD_FORMAT;
    }
    if (d->only_time) { /* the offset is forgotten anyway; a zone that changes needs a date */
        bool changes = zone != NULL && (zone->count != 0 || zone->rule.has_daylight);

        return changes && !has_date ? DATETIME_BAD_FORMAT : DATETIME_FINE;
    }
    if (!calendar_julian_counts(d->parts.year, d->parts.month, d->parts.day)) {
        return DATETIME_FINE; /* the caller refuses it */
    }
    local = ((int64_t)calendar_julian(d->parts.year, d->parts.month, d->parts.day) -
             CALENDAR_UNIX_JULIAN) *
                86400 +
            calendar_join_time(&d->parts) / CALENDAR_SECOND;
    if (d->abbreviated != NULL) {
        char name[ZONE_ABBREVIATION_BYTES];
        size_t size = strlen(d->abbreviation);

        size = size < sizeof name ? size : sizeof name;
        for (size_t i = 0; i < size; i++) {
            name[i] = (char)(d->abbreviation[i] >= 'a' && d->abbreviation[i] <= 'z'
                                 ? d->abbreviation[i] - 32
                                 : d->abbreviation[i]);
        }
        d->offset = zone_offset_of_abbreviation(d->abbreviated, slice_make(name, size), local);
    } else {
        d->offset = zone_offset_of_local(zone == NULL ? context_zone() : zone, local);
    }
    return DATETIME_FINE;
}
