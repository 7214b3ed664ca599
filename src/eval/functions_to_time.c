/*
 * functions_to_time.c - to_date() and to_timestamp() of a text and a template (manual, 9.8; PostgreSQL: formatting.c).
 *
 * First the template's words take fields from the text, then the fields make a moment. A field that was not there, or is
 * zero, leaves what the first of January of 1 BC has; fields of little weight yield to others: a year's day yields to
 * month and day.
 */
#include <limits.h>
#include <string.h>

#include "eval/characters.h"
#include "eval/kernels_time.h"
#include "eval/template.h"
#include "value/calendar.h"
#include "value/context.h"
#include "value/datetime.h"
#include "value/scan.h"
#include "value/zone.h"

#define ZONE_HOURS_MAX 15

/* Fields as they stand in the text; 0: not there. */
struct fields {
    uint8_t convention; /* enum template_convention */
    bool twelve_hours;
    int hour, minute, second, day_second;
    int after_noon; /* 0, 1 */
    int millis, micros;
    int precision;     /* of FF1 to FF6: the moment is rounded to it */
    int before_christ; /* 0, 1 */
    int century, year;
    int year_digits; /* of the word that set the year */
    int month, day;
    int week_day; /* 1 is Sunday */
    int year_day, week, month_week;
    int julian;
    int zone_sign, zone_hour, zone_minute;
};

struct reader {
    struct eval_call *call;
    struct template template; /* behind the item */
    struct template_item item;
    vv_slice text;
    size_t at;
    struct fields fields;
    bool fixed;        /* FX was read */
    int skipped_extra; /* characters skipped beyond those the template names */
};

/* ---- taking fields ---- */

static vv_status refuse(struct reader *reader, vv_slice value)
{
    return error_set(reader->call->error, VV_SQLSTATE_INVALID_DATETIME_FORMAT, 0,
                     "invalid value \"%.*s\" for \"%.*s\"", (int)value.size,
                     (const char *)value.data, (int)reader->item.text.size,
                     (const char *)reader->item.text.data);
}

static vv_slice rest(const struct reader *reader)
{
    return slice_make(reader->text.data + reader->at, reader->text.size - reader->at);
}

/* At most `size` bytes of what is left, whole characters: for messages. */
static vv_slice front(const struct reader *reader, size_t size)
{
    vv_slice text = rest(reader);

    size = size < text.size ? size : text.size;
    while (size > 0 && size < text.size && (text.data[size] & 0xC0) == 0x80) {
        size--;
    }
    return slice_make(text.data, size);
}

static vv_status set(struct reader *reader, int *field, int x)
{
    if (*field != 0 && *field != x) {
        (void)error_set(reader->call->error, VV_SQLSTATE_INVALID_DATETIME_FORMAT, 0,
                        "conflicting values for \"%.*s\" field in formatting string",
                        (int)reader->item.text.size, (const char *)reader->item.text.data);
        error_detail(reader->call->error,
                     "This value contradicts a previous setting for the same field type.");
        return VV_ERROR;
    }
    *field = x;
    return VV_OK;
}

/* What may stand at the front as strtol() sees it: spaces, a sign, digits. Returns its size, 0 without digits;
 * *x_out is far out of range when the number is. */
static size_t read_number(vv_slice text, int64_t *x_out)
{
    size_t at = 0, digits;
    bool negative;
    int64_t x = 0;

    while (at < text.size && scan_is_space(text.data[at])) {
        at++;
    }
    negative = at < text.size && text.data[at] == '-';
    at += at < text.size && (text.data[at] == '-' || text.data[at] == '+');
    digits = at;
    for (; at < text.size && scan_is_digit(text.data[at]); at++) {
        x = x > INT64_C(1000000000000) ? x : x * 10 + (text.data[at] - '0');
    }
    *x_out = negative ? -x : x;
    return at == digits ? 0 : at;
}

/* Whether what follows in the template ends a number, so that the number may be of any size. */
static bool ends_number(const struct reader *reader)
{
    struct template ahead = reader->template;
    struct template_item next;

    if (reader->item.ordinal != TEMPLATE_NO_ORDINAL) {
        return true;
    }
    template_next(&ahead, &next);
    return next.kind == TEMPLATE_WORD ? !next.digits
                                      : next.kind == TEMPLATE_END || next.text.size != 1 ||
                                            !scan_is_digit(next.text.data[0]);
}

static vv_status take_fixed(struct reader *reader, size_t size, int64_t *x_out)
{
    vv_slice text = rest(reader);
    size_t used;

    if (text.size < size) {
        (void)error_set(reader->call->error, VV_SQLSTATE_INVALID_DATETIME_FORMAT, 0,
                        "source string too short for \"%.*s\" formatting field",
                        (int)reader->item.text.size, (const char *)reader->item.text.data);
        error_detail(reader->call->error, "Field requires %zu characters, but only %zu remain.",
                     size, text.size);
        error_hint(reader->call->error,
                   "If your source string is not fixed-width, try using the \"FM\" modifier.");
        return VV_ERROR;
    }
    text.size = size;
    used = read_number(text, x_out);
    if (used > 0 && used < size) {
        (void)refuse(reader, front(reader, size));
        error_detail(reader->call->error,
                     "Field requires %zu characters, but only %zu could be parsed.", size, used);
        error_hint(reader->call->error,
                   "If your source string is not fixed-width, try using the \"FM\" modifier.");
        return VV_ERROR;
    }
    reader->at += used;
    return VV_OK;
}

/* An integer of `size` characters, or of any number when no digits can follow. *used_out (may be NULL): how many. */
static vv_status take_integer(struct reader *reader, size_t size, int *field, size_t *used_out)
{
    size_t start = reader->at;
    int64_t x = 0;
    vv_slice shown;

    while (reader->at < reader->text.size && scan_is_space(reader->text.data[reader->at])) {
        reader->at++;
    }
    shown = front(reader, size);
    if (reader->item.fill || ends_number(reader)) {
        reader->at = start;
        reader->at += read_number(rest(reader), &x);
    } else {
        VV_TRY(take_fixed(reader, size, &x));
    }
    if (reader->at == start) {
        (void)refuse(reader, shown);
        error_detail(reader->call->error, "Value must be an integer.");
        return VV_ERROR;
    }
    if (x < INT_MIN || x > INT_MAX) {
        (void)error_set(reader->call->error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                        "value for \"%.*s\" in source string is out of range",
                        (int)reader->item.text.size, (const char *)reader->item.text.data);
        error_detail(reader->call->error, "Value must be in the range %d to %d.", INT_MIN, INT_MAX);
        return VV_ERROR;
    }
    if (used_out != NULL) {
        *used_out = reader->at - start;
    }
    return field == NULL ? VV_OK : set(reader, field, (int)x);
}

/* An integer as long as its word. */
static vv_status take_word_integer(struct reader *reader, int *field)
{
    return take_integer(reader, reader->item.text.size, field, NULL);
}

/* Whether the text begins with the first `limit` letters of the name, in any case. */
static bool begins(vv_slice text, const char *name, size_t limit)
{
    size_t size = strlen(name) < limit ? strlen(name) : limit;

    for (size_t i = 0; i < size; i++) {
        if (i >= text.size || scan_lower(text.data[i]) != scan_lower((uint8_t)name[i])) {
            return false;
        }
    }
    return true;
}

/* One of these names; its number. Backward: "viii" before "vii" before "vi". */
static vv_status take_name(struct reader *reader, const char *const *names, int count, size_t limit,
                           int *number_out)
{
    vv_slice text = rest(reader);
    size_t word = 0;

    for (int i = count - 1; i >= 0; i--) {
        if (begins(text, names[i], limit)) {
            reader->at += strlen(names[i]) < limit ? strlen(names[i]) : limit;
            *number_out = i;
            return VV_OK;
        }
    }
    while (word < text.size && !scan_is_space(text.data[word])) {
        word++;
    }
    (void)refuse(reader, slice_make(text.data, word));
    error_detail(reader->call->error,
                 "The given value did not match any of the allowed values for this field.");
    return VV_ERROR;
}

/* "am" or "pm", "ad" or "bc", with points if the word has them. */
static vv_status take_half(struct reader *reader, const char *const *words, int *field)
{
    bool points = reader->item.text.data[1] == '.';
    int number = 0;

    VV_TRY(take_name(reader, words + (points ? 2 : 0), 2, SIZE_MAX, &number));
    return set(reader, field, number);
}

/* Digits behind the point: 5 is five tenths. */
static vv_status take_fraction(struct reader *reader, size_t digits, size_t full, int *field)
{
    size_t used = 0;

    VV_TRY(take_integer(reader, digits, field, &used));
    for (; used < full; used++) {
        if (__builtin_mul_overflow(*field, 10, field)) {
            *field = INT_MAX;
        }
    }
    return VV_OK;
}

/* Years of two digits lie between 1970 and 2069, of three between 1520 and 2519. */
static int full_year(int year)
{
    return year < 70     ? year + 2000
           : year < 100  ? year + 1900
           : year < 520  ? year + 2000
           : year < 1000 ? year + 1000
                         : year;
}

static vv_status take_year(struct reader *reader)
{
    struct fields *fields = &reader->fields;
    int digits = (int)reader->item.text.size;
    size_t used = 0;

    VV_TRY(take_integer(reader, (size_t)digits, &fields->year, &used));
    if (digits < 4 && used < 4) {
        fields->year = full_year(fields->year);
    }
    fields->year_digits = digits;
    return VV_OK;
}

/* "2,024": thousands, and at most three characters behind the comma. */
static vv_status take_year_comma(struct reader *reader)
{
    int64_t thousands = 0, years = 0;
    vv_slice text = rest(reader);
    size_t used = read_number(text, &thousands);
    size_t more = 0, blanks;

    if (used > 0 && used < text.size && text.data[used] == ',') {
        text = slice_make(text.data + used + 1, text.size - used - 1);
        for (blanks = 0; blanks < text.size && scan_is_space(text.data[blanks]); blanks++) {
        }
        text.size = text.size < blanks + 3 ? text.size : blanks + 3;
        more = read_number(text, &years);
    }
    if (more == 0) {
        return error_set(reader->call->error, VV_SQLSTATE_INVALID_DATETIME_FORMAT, 0,
                         "invalid input string for \"Y,YYY\"");
    }
    reader->at += used + 1 + more;
    years += thousands * 1000;
    if (years < INT_MIN || years > INT_MAX) {
        return error_set(reader->call->error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                         "value for \"Y,YYY\" in source string is out of range");
    }
    reader->fields.year_digits = 4;
    return set(reader, &reader->fields.year, (int)years);
}

static vv_status take_zone_hour(struct reader *reader)
{
    uint8_t c = reader->at < reader->text.size ? reader->text.data[reader->at] : 0;

    if (c == '+' || c == '-' || c == ' ') {
        reader->fields.zone_sign = c == '-' ? -1 : 1;
        reader->at++;
    } else { /* the sign may have been taken for a separator */
        bool minus = reader->skipped_extra > 0 && reader->text.data[reader->at - 1] == '-';

        reader->fields.zone_sign = minus ? -1 : 1;
    }
    return take_integer(reader, 2, &reader->fields.zone_hour, NULL);
}

static vv_status take_week_day(struct reader *reader)
{
    struct fields *fields = &reader->fields;
    int number = 0;

    switch (reader->item.id) {
    case TEMPLATE_DAY_NAME:
    case TEMPLATE_DAY_SHORT:
        VV_TRY(take_name(reader, template_days, 7,
                         reader->item.id == TEMPLATE_DAY_NAME ? SIZE_MAX : 3, &number));
        VV_TRY(set(reader, &fields->week_day, number));
        fields->week_day++;
        return VV_OK;
    case TEMPLATE_ISO_WEEK_DAY:
        VV_TRY(take_integer(reader, 1, &fields->week_day, NULL));
        fields->week_day = fields->week_day >= 7 ? 1 : fields->week_day + 1;
        return VV_OK;
    default:
        return take_word_integer(reader, &fields->week_day);
    }
}

static vv_status take_clock(struct reader *reader)
{
    static const char *const halves[] = {"am", "pm", "a.m.", "p.m."};
    struct fields *fields = &reader->fields;
    uint8_t id = reader->item.id;

    switch (id) {
    case TEMPLATE_HALF:
        fields->twelve_hours = true;
        return take_half(reader, halves, &fields->after_noon);
    case TEMPLATE_HOUR_12:
    case TEMPLATE_HOUR_24:
        fields->twelve_hours |= id == TEMPLATE_HOUR_12;
        return take_integer(reader, 2, &fields->hour, NULL);
    case TEMPLATE_MINUTE:
        return take_word_integer(reader, &fields->minute);
    case TEMPLATE_SECOND:
        return take_word_integer(reader, &fields->second);
    case TEMPLATE_DAY_SECOND:
        return take_word_integer(reader, &fields->day_second);
    case TEMPLATE_MILLISECOND:
        return take_fraction(reader, 3, 3, &fields->millis);
    case TEMPLATE_MICROSECOND:
        return take_fraction(reader, 6, 6, &fields->micros);
    case TEMPLATE_ZONE_HOUR:
        return take_zone_hour(reader);
    case TEMPLATE_ZONE_MINUTE:
        fields->zone_sign = fields->zone_sign == 0 ? 1 : fields->zone_sign;
        return take_integer(reader, 2, &fields->zone_minute, NULL);
    case TEMPLATE_ZONE_NAME:
    case TEMPLATE_OFFSET:
        return error_set(reader->call->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "formatting field \"%.*s\" is only supported in to_char",
                         (int)reader->item.text.size, (const char *)reader->item.text.data);
    default: /* FF1 to FF6 */
        fields->precision = id - TEMPLATE_FRACTION_1 + 1;
        return take_fraction(reader, (size_t)fields->precision, 6, &fields->micros);
    }
}

static vv_status take_date(struct reader *reader)
{
    static const char *const eras[] = {"ad", "bc", "a.d.", "b.c."};
    struct fields *fields = &reader->fields;
    int number = 0;

    switch (reader->item.id) {
    case TEMPLATE_ERA:
        return take_half(reader, eras, &fields->before_christ);
    case TEMPLATE_CENTURY:
        return take_word_integer(reader, &fields->century);
    case TEMPLATE_YEAR:
    case TEMPLATE_ISO_YEAR:
        return take_year(reader);
    case TEMPLATE_YEAR_COMMA:
        return take_year_comma(reader);
    case TEMPLATE_QUARTER: /* says nothing that a date needs */
        return take_word_integer(reader, NULL);
    case TEMPLATE_MONTH:
        return take_word_integer(reader, &fields->month);
    case TEMPLATE_MONTH_NAME:
    case TEMPLATE_MONTH_SHORT:
        VV_TRY(take_name(reader, template_months, 12,
                         reader->item.id == TEMPLATE_MONTH_NAME ? SIZE_MAX : 3, &number));
        return set(reader, &fields->month, number + 1);
    case TEMPLATE_ROMAN_MONTH:
        VV_TRY(take_name(reader, template_roman_months, 12, SIZE_MAX, &number));
        return set(reader, &fields->month, number + 1);
    case TEMPLATE_MONTH_DAY:
        return take_word_integer(reader, &fields->day);
    case TEMPLATE_YEAR_DAY:
        return take_word_integer(reader, &fields->year_day);
    case TEMPLATE_ISO_YEAR_DAY:
        return take_integer(reader, 3, &fields->year_day, NULL);
    case TEMPLATE_YEAR_WEEK:
    case TEMPLATE_ISO_WEEK:
        return take_word_integer(reader, &fields->week);
    case TEMPLATE_MONTH_WEEK:
        return take_word_integer(reader, &fields->month_week);
    case TEMPLATE_JULIAN:
        return take_word_integer(reader, &fields->julian);
    case TEMPLATE_DAY_NAME:
    case TEMPLATE_DAY_SHORT:
    case TEMPLATE_WEEK_DAY:
    case TEMPLATE_ISO_WEEK_DAY:
        return take_week_day(reader);
    default:
        return take_clock(reader);
    }
}

static vv_status take_word(struct reader *reader)
{
    const struct template_item *item = &reader->item;
    struct fields *fields = &reader->fields;
    bool ordinal;

    if (item->convention != TEMPLATE_CONVENTION_ANY) {
        if (fields->convention != TEMPLATE_CONVENTION_ANY &&
            fields->convention != item->convention) {
            (void)error_set(reader->call->error, VV_SQLSTATE_INVALID_DATETIME_FORMAT, 0,
                            "invalid combination of date conventions");
            error_hint(reader->call->error, "Do not mix Gregorian and ISO week date conventions "
                                            "in a formatting template.");
            return VV_ERROR;
        }
        fields->convention = item->convention;
    }
    if (item->id == TEMPLATE_FIXED) {
        reader->fixed = true;
        return VV_OK;
    }
    VV_TRY(take_date(reader));
    ordinal =
        item->ordinal != TEMPLATE_NO_ORDINAL && item->digits && item->id != TEMPLATE_ZONE_MINUTE;
    for (int i = 0; i < 2 && ordinal; i++) {
        reader->at += reader->at < reader->text.size ? characters_at(reader->text, reader->at) : 0;
    }
    return VV_OK;
}

static void skip_spaces(struct reader *reader)
{
    while (reader->at < reader->text.size && scan_is_space(reader->text.data[reader->at])) {
        reader->at++;
        reader->skipped_extra++;
    }
}

/* A space or separator of the template takes one of the text if there is one, and is not needed in it. */
static void take_separator(struct reader *reader)
{
    uint8_t c = reader->text.data[reader->at];
    bool letter = scan_is_digit(c) || (scan_lower(c) >= 'a' && scan_lower(c) <= 'z');

    if (reader->fixed) {
        reader->at += characters_at(reader->text, reader->at);
        return;
    }
    reader->skipped_extra--;
    if (scan_is_space(c) || (c > ' ' && c < 0x7F && !letter)) {
        reader->at++;
        reader->skipped_extra++;
    }
}

static vv_status read_fields(struct reader *reader)
{
    for (bool first = true;; first = false) {
        template_next(&reader->template, &reader->item);
        if (reader->item.kind == TEMPLATE_END || reader->at >= reader->text.size) {
            return VV_OK;
        }
        if (!reader->fixed && reader->item.id != TEMPLATE_FIXED &&
            (first || reader->item.kind == TEMPLATE_WORD)) {
            skip_spaces(reader);
            if (reader->at >= reader->text.size && reader->item.kind != TEMPLATE_WORD) {
                return VV_OK;
            }
        }
        if (reader->item.kind == TEMPLATE_SPACE || reader->item.kind == TEMPLATE_SEPARATOR) {
            take_separator(reader);
        } else if (reader->item.kind == TEMPLATE_CHARACTER) {
            if (!reader->fixed && reader->skipped_extra > 0) {
                reader->skipped_extra--;
            } else {
                reader->at += characters_at(reader->text, reader->at);
            }
        } else {
            VV_TRY(take_word(reader));
            if (!reader->fixed) {
                reader->skipped_extra = 0;
                skip_spaces(reader);
            }
        }
    }
}

/* ---- making a moment of them ---- */

struct maker {
    const struct reader *reader;
    struct calendar_time time;
    int64_t micros;
    bool has_year, has_month, has_day;
};

static vv_status out_of_range(const struct reader *reader)
{
    return error_set(reader->call->error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                     "date/time field value out of range: \"%.*s\"", (int)reader->text.size,
                     (const char *)reader->text.data);
}

static vv_status make_clock(struct maker *maker)
{
    const struct fields *fields = &maker->reader->fields;
    struct calendar_time *time = &maker->time;

    time->hour = fields->day_second / 3600;
    time->minute = fields->day_second % 3600 / 60;
    time->second = fields->day_second % 60;
    time->second = fields->second != 0 ? fields->second : time->second;
    time->minute = fields->minute != 0 ? fields->minute : time->minute;
    time->hour = fields->hour != 0 ? fields->hour : time->hour;
    if (fields->twelve_hours) {
        if (time->hour < 1 || time->hour > 12) {
            (void)error_set(maker->reader->call->error, VV_SQLSTATE_INVALID_DATETIME_FORMAT, 0,
                            "hour \"%d\" is invalid for the 12-hour clock", time->hour);
            error_hint(maker->reader->call->error,
                       "Use the 24-hour clock, or give an hour between 1 and 12.");
            return VV_ERROR;
        }
        time->hour = time->hour % 12 + (fields->after_noon != 0 ? 12 : 0);
    }
    maker->micros = (int64_t)fields->millis * 1000 + fields->micros;
    return VV_OK;
}

/* CC and YY together, a year with BC, or a century's first year. Year 0 is 1 BC. */
static bool make_year(struct maker *maker)
{
    const struct fields *fields = &maker->reader->fields;
    int64_t century = fields->before_christ ? -(int64_t)fields->century : fields->century;
    int64_t year = maker->time.year;

    if (fields->year != 0 && fields->century != 0 && fields->year_digits <= 2) {
        year = fields->year % 100;
        if (year == 0) {
            year = century * 100 + (century >= 0 ? 0 : 1);
        } else {
            year = century >= 0 ? (century - 1) * 100 + year : (century + 1) * 100 - year + 1;
        }
    } else if (fields->year != 0) {
        year = fields->before_christ ? -(int64_t)fields->year : fields->year;
        year += year < 0;
    } else if (fields->century != 0) {
        year = century >= 0 ? (century - 1) * 100 + 1 : century * 100 + 1;
    }
    maker->has_year = fields->year != 0 || fields->century != 0;
    maker->time.year = (int32_t)year;
    return year == maker->time.year;
}

static void make_from_julian(struct maker *maker, int64_t julian)
{
    calendar_from_julian((int32_t)julian, &maker->time.year, &maker->time.month, &maker->time.day);
    maker->has_year = maker->has_month = maker->has_day = true;
}

/* Days counted from the start of a year count only where month and day are not set. */
static vv_status make_year_day(struct maker *maker, int64_t year_day)
{
    const struct fields *fields = &maker->reader->fields;
    struct calendar_time *time = &maker->time;
    int64_t day = year_day;
    int month = 1;

    if (year_day == 0 || (time->month > 1 && time->day > 1)) {
        return VV_OK;
    }
    if (time->year == 0 && !fields->before_christ) {
        return error_set(maker->reader->call->error, VV_SQLSTATE_INVALID_DATETIME_FORMAT, 0,
                         "cannot calculate day of year without year information");
    }
    if (fields->convention == TEMPLATE_CONVENTION_ISO_WEEK) {
        make_from_julian(maker, calendar_week_julian(time->year, 1) - 1 + year_day);
        return VV_OK;
    }
    while (month <= 12 && day > calendar_month_days(time->year, month)) {
        day -= calendar_month_days(time->year, month++);
    }
    time->month = time->month <= 1 ? month : time->month;
    if (time->day <= 1) {
        time->day = day >= INT32_MIN && day <= INT32_MAX ? (int32_t)day : 0;
    }
    maker->has_month = maker->has_day = true;
    return VV_OK;
}

static vv_status make_date(struct maker *maker)
{
    const struct fields *fields = &maker->reader->fields;
    int64_t year_day = fields->year_day;
    int64_t day = fields->month_week != 0 ? ((int64_t)fields->month_week - 1) * 7 + 1 : fields->day;

    if (!make_year(maker)) {
        return out_of_range(maker->reader);
    }
    if (fields->julian != 0) {
        make_from_julian(maker, fields->julian);
    }
    if (fields->week != 0 && fields->convention == TEMPLATE_CONVENTION_ISO_WEEK) {
        int64_t monday =
            (int64_t)calendar_week_julian(maker->time.year, 1) + ((int64_t)fields->week - 1) * 7;

        make_from_julian(maker, fields->week_day == 0  ? monday
                                : fields->week_day > 1 ? monday + fields->week_day - 2
                                                       : monday + 6);
    } else if (fields->week != 0) {
        year_day = ((int64_t)fields->week - 1) * 7 + 1;
    }
    if (day != 0) {
        maker->time.day = day >= 0 && day <= 31 ? (int32_t)day : INT32_MAX;
        maker->has_day = true;
    }
    if (fields->month != 0) {
        maker->time.month = fields->month;
        maker->has_month = true;
    }
    return make_year_day(maker, year_day);
}

/* A day that its month does not have is refused only where year, month and day are all known. */
static vv_status check_ranges(const struct maker *maker)
{
    const struct calendar_time *time = &maker->time;
    const struct fields *fields = &maker->reader->fields;
    bool bad = (maker->has_month && (time->month < 1 || time->month > 12)) ||
               (maker->has_day && (time->day < 1 || time->day > 31));

    if (!bad && maker->has_year && maker->has_month && maker->has_day) {
        bad = time->day > calendar_month_days(time->year, time->month);
    }
    if (bad || time->hour < 0 || time->hour >= 24 || time->minute < 0 || time->minute >= 60 ||
        time->second < 0 || time->second >= 60 || maker->micros < 0 ||
        maker->micros >= CALENDAR_SECOND) {
        return out_of_range(maker->reader);
    }
    if (fields->zone_sign != 0 && (fields->zone_hour < 0 || fields->zone_hour > ZONE_HOURS_MAX ||
                                   fields->zone_minute < 0 || fields->zone_minute >= 60)) {
        return error_set(maker->reader->call->error, VV_SQLSTATE_INVALID_TIME_ZONE_DISPLACEMENT, 0,
                         "time zone displacement out of range: \"%.*s\"",
                         (int)maker->reader->text.size, (const char *)maker->reader->text.data);
    }
    return VV_OK;
}

/* Text and template -> fields and the moment they make. */
static vv_status read_moment(struct reader *reader, struct eval_call *call,
                             const struct value *arguments, struct maker *maker)
{
    *reader = (struct reader){
        .call = call, .template = {.text = arguments[1].bytes}, .text = arguments[0].bytes};
    *maker = (struct maker){.reader = reader, .time = {.month = 1, .day = 1}};
    VV_TRY(read_fields(reader));
    VV_TRY(make_clock(maker));
    VV_TRY(make_date(maker));
    maker->time.micros = (int32_t)maker->micros;
    return check_ranges(maker);
}

EVAL_SCALAR(scalar_TO_DATE)
{
    struct reader reader;
    struct maker maker;
    int32_t date = 0;

    VV_TRY(read_moment(&reader, call, arguments, &maker));
    if (!calendar_join_date(&maker.time, &date)) {
        return error_set(call->error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                         "date out of range: \"%.*s\"", (int)reader.text.size,
                         (const char *)reader.text.data);
    }
    out->integer = date;
    return VV_OK;
}

EVAL_SCALAR(scalar_TO_TIMESTAMP_TEXT)
{
    struct reader reader;
    struct maker maker;
    struct zone zone;
    const struct fields *fields = &reader.fields;
    int64_t local = 0;

    VV_TRY(read_moment(&reader, call, arguments, &maker));
    zone_from_offset(fields->zone_sign * (fields->zone_hour * 3600 + fields->zone_minute * 60),
                     &zone);
    if (!calendar_join(&maker.time, &local) ||
        !datetime_to_utc(local, fields->zone_sign != 0 ? &zone : context_zone(), &out->integer)) {
        return eval_fault_set(EVAL_STAMP_RANGE, call->error);
    }
    if (fields->precision != 0) {
        out->integer = datetime_round(out->integer, fields->precision);
    }
    return VV_OK;
}
