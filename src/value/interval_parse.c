/*
 * interval_parse.c - reading intervals (PostgreSQL: DecodeInterval, DecodeISO8601Interval).
 *
 * Fields are taken from right to left, so that a unit is known before its number. Fractions of a unit run down into
 * the smaller ones: '1.5 mons' is 1 mon 15 days.
 */
#include <math.h>
#include <string.h>

#include "value/context.h"
#include "value/double.h"
#include "value/fields.h"
#include "value/interval.h"

#define BIT(unit)   (1u << (unsigned)(unit))
#define SECOND_BITS (BIT(DATETIME_SECOND) | BIT(DATETIME_MILLISECOND) | BIT(DATETIME_MICROSECOND))
#define TIME_BITS   (BIT(DATETIME_HOUR) | BIT(DATETIME_MINUTE) | SECOND_BITS)

struct reader {
    int32_t range;
    int32_t unit; /* enum datetime_unit of the next number; DATETIME_NONE: as the range says */
    unsigned seen;
    unsigned added;
    bool ago;
    int64_t time;
    int32_t days;
    int32_t months;
    int32_t years;
};

static enum datetime_fault read_fields(struct reader *r, struct fields *fields);
static enum datetime_fault read_time(struct reader *r, const char *text, bool minus);
static enum datetime_fault read_number(struct reader *r, const char *text);
static enum datetime_fault read_word(struct reader *r, const char *text);
static bool turn_negative(struct reader *r, const struct reader *before);
static bool has_more_signs(const struct fields *fields);
static enum datetime_fault negate(struct reader *r);
static enum datetime_fault read_iso(struct reader *r, const char *at);

vv_status interval_parse(vv_slice text, int32_t modifier, struct interval *out,
                         struct vv_error *error)
{
    struct reader r = {.range = interval_range(modifier)};
    struct fields fields;
    enum datetime_fault fault = fields_cut(text, &fields);
    char iso[FIELDS_TEXT_MAX];
    int64_t months;

    *out = (struct interval){0};
    if (fault == DATETIME_FINE) {
        fault = read_fields(&r, &fields);
    }
    if (fault == DATETIME_BAD_FORMAT && text.size < sizeof iso && text.size > 0) {
        memcpy(iso, text.data, text.size);
        iso[text.size] = 0;
        r = (struct reader){.range = r.range};
        fault = read_iso(&r, iso);
    }
    if (fault != DATETIME_FINE) {
        return datetime_fault_set(fault == DATETIME_OVERFLOW ? DATETIME_INTERVAL_OVERFLOW : fault,
                                  "interval", text, error);
    }
    months = (int64_t)r.years * 12 + r.months;
    if (months > INT32_MAX || months < INT32_MIN) {
        return error_set(error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0, "interval out of range");
    }
    *out = (struct interval){.time = r.time, .days = r.days, .months = (int32_t)months};
    interval_fit(modifier, out);
    return VV_OK;
}

/* ---- adding up; false: out of range ---- */

static bool add_fraction_micros(struct reader *r, double fraction, int64_t scale)
{
    int64_t micros;

    if (fraction == 0) {
        return true;
    }
    fraction *= (double)scale;
    micros = (int64_t)fraction;
    fraction -= (double)micros;
    micros += fraction > 0.5 ? 1 : fraction < -0.5 ? -1 : 0;
    return !__builtin_add_overflow(r->time, micros, &r->time);
}

static bool add_micros(struct reader *r, int64_t value, double fraction, int64_t scale)
{
    int64_t product;

    return !__builtin_mul_overflow(value, scale, &product) &&
           !__builtin_add_overflow(r->time, product, &r->time) &&
           add_fraction_micros(r, fraction, scale);
}

static bool add_fraction_days(struct reader *r, double fraction, int32_t scale)
{
    int32_t days;

    if (fraction == 0) {
        return true;
    }
    fraction *= scale;
    days = (int32_t)fraction;
    return !__builtin_add_overflow(r->days, days, &r->days) &&
           add_fraction_micros(r, fraction - days, CALENDAR_DAY);
}

static bool add_scaled(int32_t *to, int64_t value, int32_t scale)
{
    int32_t product;

    return value >= INT32_MIN && value <= INT32_MAX &&
           !__builtin_mul_overflow((int32_t)value, scale, &product) &&
           !__builtin_add_overflow(*to, product, to);
}

static bool add_fraction_years(struct reader *r, double fraction, int32_t scale)
{
    return !__builtin_add_overflow(r->months, (int32_t)rint(fraction * scale * 12), &r->months);
}

static bool add_days(struct reader *r, int64_t value, double fraction)
{
    return add_scaled(&r->days, value, 1) && add_fraction_micros(r, fraction, CALENDAR_DAY);
}

static bool add_months(struct reader *r, int64_t value, double fraction)
{
    return add_scaled(&r->months, value, 1) && add_fraction_days(r, fraction, CALENDAR_MONTH_DAYS);
}

static bool add_years(struct reader *r, int64_t value, double fraction, int32_t scale)
{
    return add_scaled(&r->years, value, scale) && add_fraction_years(r, fraction, scale);
}

/* ---- words and numbers ---- */

static enum datetime_fault read_fields(struct reader *r, struct fields *fields)
{
    bool all_negative = fields->count > 0 && fields->texts[0][0] == '-' &&
                        context_forms()->intervals == CONTEXT_INTERVALS_SQL &&
                        !has_more_signs(fields);

    for (unsigned i = fields->count; i-- > 0;) {
        const char *text = fields->texts[i];
        struct reader before = *r;
        enum datetime_fault fault;

        r->added = 0;
        switch ((enum fields_kind)fields->kinds[i]) {
        case FIELDS_TIME:
            fault = read_time(r, text, false);
            break;
        case FIELDS_ZONE: /* only a number with a sign, or a time with one */
            fault = strchr(text + 1, ':') != NULL ? read_time(r, text + 1, *text == '-')
                                                  : read_number(r, text);
            break;
        case FIELDS_DATE:
        case FIELDS_NUMBER:
            fault = read_number(r, text);
            break;
        default:
            fault = read_word(r, text);
            break;
        }
        if (fault != DATETIME_FINE) {
            return fault;
        }
        if (all_negative && !turn_negative(r, &before)) {
            return DATETIME_OVERFLOW;
        }
        if ((r->added & r->seen) != 0) {
            return DATETIME_BAD_FORMAT;
        }
        r->seen |= r->added;
    }
    if (r->seen == 0) {
        return DATETIME_BAD_FORMAT;
    }
    return r->ago ? negate(r) : DATETIME_FINE;
}

/* What has been added since is taken away instead. False: out of range. */
static bool turn_negative(struct reader *r, const struct reader *before)
{
    int64_t time = r->time;
    int32_t days = r->days, months = r->months, years = r->years;

    return (time <= before->time || (!__builtin_sub_overflow(time, before->time, &time) &&
                                     !__builtin_sub_overflow(before->time, time, &r->time))) &&
           (days <= before->days || (!__builtin_sub_overflow(days, before->days, &days) &&
                                     !__builtin_sub_overflow(before->days, days, &r->days))) &&
           (months <= before->months ||
            (!__builtin_sub_overflow(months, before->months, &months) &&
             !__builtin_sub_overflow(before->months, months, &r->months))) &&
           (years <= before->years || (!__builtin_sub_overflow(years, before->years, &years) &&
                                       !__builtin_sub_overflow(before->years, years, &r->years)));
}

/* SQL's '-1 2:03:04' is negative as a whole, where no other field has a sign. */
static bool has_more_signs(const struct fields *fields)
{
    for (unsigned i = 1; i < fields->count; i++) {
        if (fields->texts[i][0] == '-' || fields->texts[i][0] == '+') {
            return true;
        }
    }
    return false;
}

static enum datetime_fault negate(struct reader *r)
{
    if (r->time == INT64_MIN || r->days == INT32_MIN || r->months == INT32_MIN ||
        r->years == INT32_MIN) {
        return DATETIME_OVERFLOW;
    }
    r->time = -r->time;
    r->days = -r->days;
    r->months = -r->months;
    r->years = -r->years;
    return DATETIME_FINE;
}

/* hh:mm[:ss[.fff]]; mm:ss.fff; mm:ss when the range is MINUTE TO SECOND. */
static enum datetime_fault read_time(struct reader *r, const char *text, bool minus)
{
    int64_t hours;
    int32_t minutes, seconds = 0, micros = 0;
    const char *at;

    r->added = TIME_BITS;
    r->unit = DATETIME_DAY;
    if (!fields_wide_integer(text, &at, &hours)) {
        return DATETIME_OVERFLOW;
    }
    if (*at != ':') {
        return DATETIME_BAD_FORMAT;
    }
    if (!fields_integer(at + 1, &at, &minutes)) {
        return DATETIME_OVERFLOW;
    }
    if (*at == '.' || (*at == 0 && r->range == (INTERVAL_MINUTE | INTERVAL_SECOND))) {
        if (*at == '.' && !fields_micros(at, &micros)) {
            return DATETIME_BAD_FORMAT;
        }
        if (hours > INT32_MAX || hours < INT32_MIN) {
            return DATETIME_OVERFLOW;
        }
        seconds = minutes;
        minutes = (int32_t)hours;
        hours = 0;
    } else if (*at == ':') {
        if (!fields_integer(at + 1, &at, &seconds)) {
            return DATETIME_OVERFLOW;
        }
        if (*at == '.' ? !fields_micros(at, &micros) : *at != 0) {
            return DATETIME_BAD_FORMAT;
        }
    } else if (*at != 0) {
        return DATETIME_BAD_FORMAT;
    }
    if (hours < 0 || minutes < 0 || minutes > 59 || seconds < 0 || seconds > 60 || micros < 0 ||
        micros > CALENDAR_SECOND || __builtin_mul_overflow(hours, CALENDAR_HOUR, &r->time) ||
        __builtin_add_overflow(
            r->time, minutes * CALENDAR_MINUTE + seconds * CALENDAR_SECOND + micros, &r->time)) {
        return DATETIME_OVERFLOW;
    }
    r->time = minus ? -r->time : r->time;
    return DATETIME_FINE;
}

/* What the rightmost number without a unit counts. */
static int32_t unit_of_range(int32_t range)
{
    if (range == INTERVAL_FULL_RANGE || (range & INTERVAL_SECOND) != 0) {
        return DATETIME_SECOND;
    }
    if ((range & INTERVAL_MINUTE) != 0) {
        return DATETIME_MINUTE;
    }
    if ((range & INTERVAL_HOUR) != 0) {
        return DATETIME_HOUR;
    }
    return (range & INTERVAL_DAY) != 0     ? DATETIME_DAY
           : (range & INTERVAL_MONTH) != 0 ? DATETIME_MONTH
                                           : DATETIME_YEAR;
}

static enum datetime_fault add_unit(struct reader *r, int64_t value, double fraction)
{
    bool fits;

    r->added = BIT(r->unit);
    switch (r->unit) {
    case DATETIME_MICROSECOND:
        fits = add_micros(r, value, fraction, 1);
        break;
    case DATETIME_MILLISECOND:
        fits = add_micros(r, value, fraction, 1000);
        break;
    case DATETIME_SECOND:
        fits = add_micros(r, value, fraction, CALENDAR_SECOND);
        r->added = fraction == 0 ? r->added : SECOND_BITS;
        break;
    case DATETIME_MINUTE:
        fits = add_micros(r, value, fraction, CALENDAR_MINUTE);
        break;
    case DATETIME_HOUR:
        fits = add_micros(r, value, fraction, CALENDAR_HOUR);
        r->unit = DATETIME_DAY; /* of the number before it */
        break;
    case DATETIME_DAY:
        fits = add_days(r, value, fraction);
        break;
    case DATETIME_WEEK:
        fits = add_scaled(&r->days, value, 7) && add_fraction_days(r, fraction, 7);
        break;
    case DATETIME_MONTH:
        fits = add_months(r, value, fraction);
        break;
    case DATETIME_YEAR:
        fits = add_years(r, value, fraction, 1);
        break;
    case DATETIME_DECADE:
        fits = add_years(r, value, fraction, 10);
        break;
    case DATETIME_CENTURY:
        fits = add_years(r, value, fraction, 100);
        break;
    case DATETIME_MILLENNIUM:
        fits = add_years(r, value, fraction, 1000);
        break;
    default:
        return DATETIME_BAD_FORMAT;
    }
    return fits ? DATETIME_FINE : DATETIME_OVERFLOW;
}

static enum datetime_fault read_number(struct reader *r, const char *text)
{
    const char *at;
    int64_t value;
    int32_t months;
    double fraction = 0;

    if (r->unit == DATETIME_NONE) {
        r->unit = unit_of_range(r->range);
    }
    if (!fields_wide_integer(text, &at, &value)) {
        return DATETIME_OVERFLOW;
    }
    if (*at == '-') { /* years-months */
        if (!fields_integer(at + 1, &at, &months) || months < 0 || months >= 12) {
            return DATETIME_OVERFLOW;
        }
        if (*at != 0) {
            return DATETIME_BAD_FORMAT;
        }
        r->unit = DATETIME_MONTH;
        months = *text == '-' ? -months : months;
        if (__builtin_mul_overflow(value, (int64_t)12, &value) ||
            __builtin_add_overflow(value, (int64_t)months, &value)) {
            return DATETIME_OVERFLOW;
        }
    } else if (*at == '.') {
        if (!fields_fraction(at, &fraction)) {
            return DATETIME_BAD_FORMAT;
        }
        fraction = *text == '-' ? -fraction : fraction;
    } else if (*at != 0) {
        return DATETIME_BAD_FORMAT;
    }
    return add_unit(r, value, fraction);
}

static enum datetime_fault read_word(struct reader *r, const char *text)
{
    int32_t value = 0;

    switch (datetime_unit_find(slice_text(text), &value)) {
    case DATETIME_WORD_IGNORED:
        return DATETIME_FINE;
    case DATETIME_WORD_UNIT:
        r->unit = value;
        return DATETIME_FINE;
    case DATETIME_WORD_AGO:
        r->ago = true;
        r->unit = DATETIME_NONE;
        return DATETIME_FINE;
    default:
        return DATETIME_BAD_FORMAT;
    }
}

/* ---- ISO 8601: P1Y2M3DT4H5M6S, P0001-02-03T04:05:06, P00010203T040506 ---- */

static enum datetime_fault iso_number(const char **at, int64_t *whole_out, double *fraction_out)
{
    const char *end = *at;
    double x;

    if (!fields_is_digit(*end) && *end != '-' && *end != '.') {
        return DATETIME_BAD_FORMAT;
    }
    end += *end == '-' || *end == '+';
    while (fields_is_digit(*end) || *end == '.') {
        end++;
    }
    if ((*end == 'e' || *end == 'E') &&
        (fields_is_digit(end[1]) ||
         ((end[1] == '-' || end[1] == '+') && fields_is_digit(end[2])))) {
        end += 2;
        while (fields_is_digit(*end)) {
            end++;
        }
    }
    if (double_parse(slice_make(*at, (size_t)(end - *at)), &x) != VV_OK) {
        return DATETIME_BAD_FORMAT;
    }
    if (x < -0x1p63 || x >= 0x1p63) {
        return DATETIME_OVERFLOW;
    }
    *whole_out = (int64_t)x;
    *fraction_out = x - (double)*whole_out;
    *at = end;
    return DATETIME_FINE;
}

static int iso_width(const char *at)
{
    int width = 0;

    for (at += *at == '-'; fields_is_digit(*at); at++) {
        width++;
    }
    return width;
}

/* One number behind P; *done_out: the text has ended. */
static enum datetime_fault iso_date(struct reader *r, const char **at, bool *date, bool *any,
                                    bool *done_out)
{
    const char *start = *at;
    int64_t value;
    double fraction;
    enum datetime_fault fault = iso_number(at, &value, &fraction);
    bool fits = true;
    char unit;

    if (fault != DATETIME_FINE) {
        return fault;
    }
    unit = **at;
    *at += unit != 0;
    switch (unit) {
    case 'Y':
        fits = add_years(r, value, fraction, 1);
        break;
    case 'M':
        fits = add_months(r, value, fraction);
        break;
    case 'W':
        fits = add_scaled(&r->days, value, 7) && add_fraction_days(r, fraction, 7);
        break;
    case 'D':
        fits = add_days(r, value, fraction);
        break;
    case 'T':
    case 0:
        if (iso_width(start) == 8 && !*any) {
            fits = add_scaled(&r->years, value / 10000, 1) &&
                   add_scaled(&r->months, value / 100 % 100, 1) &&
                   add_days(r, value % 100, fraction);
            *done_out = unit == 0;
            *date = false;
            *any = false;
            return fits ? DATETIME_FINE : DATETIME_OVERFLOW;
        }
        /* fall through */
    case '-':
        if (*any) {
            return DATETIME_BAD_FORMAT;
        }
        if (!add_years(r, value, fraction, 1)) {
            return DATETIME_OVERFLOW;
        }
        for (int part = 0; unit == '-'; part++) {
            fault = iso_number(at, &value, &fraction);
            if (fault != DATETIME_FINE) {
                return fault;
            }
            fits = part == 0 ? add_months(r, value, fraction) : add_days(r, value, fraction);
            if (!fits) {
                return DATETIME_OVERFLOW;
            }
            unit = **at;
            if ((part == 1 && unit == '-') || (unit != 0 && unit != 'T' && unit != '-')) {
                return DATETIME_BAD_FORMAT;
            }
            *at += unit != 0;
        }
        *done_out = unit == 0;
        *date = false;
        *any = false;
        return DATETIME_FINE;
    default:
        return DATETIME_BAD_FORMAT;
    }
    *any = true;
    return fits ? DATETIME_FINE : DATETIME_OVERFLOW;
}

/* One number behind T. */
static enum datetime_fault iso_time(struct reader *r, const char **at, bool *any, bool *done_out)
{
    const char *start = *at;
    int64_t value;
    double fraction;
    enum datetime_fault fault = iso_number(at, &value, &fraction);
    bool fits = true;
    char unit;

    if (fault != DATETIME_FINE) {
        return fault;
    }
    unit = **at;
    *at += unit != 0;
    switch (unit) {
    case 'H':
        fits = add_micros(r, value, fraction, CALENDAR_HOUR);
        break;
    case 'M':
        fits = add_micros(r, value, fraction, CALENDAR_MINUTE);
        break;
    case 'S':
        fits = add_micros(r, value, fraction, CALENDAR_SECOND);
        break;
    case 0:
        if (iso_width(start) == 6 && !*any) {
            *done_out = true;
            fits = add_micros(r, value / 10000, 0, CALENDAR_HOUR) &&
                   add_micros(r, value / 100 % 100, 0, CALENDAR_MINUTE) &&
                   add_micros(r, value % 100, 0, CALENDAR_SECOND) &&
                   add_fraction_micros(r, fraction, CALENDAR_SECOND);
            return fits ? DATETIME_FINE : DATETIME_OVERFLOW;
        }
        /* fall through */
    case ':':
        if (*any) {
            return DATETIME_BAD_FORMAT;
        }
        if (!add_micros(r, value, fraction, CALENDAR_HOUR)) {
            return DATETIME_OVERFLOW;
        }
        for (int part = 0; unit == ':'; part++) {
            fault = iso_number(at, &value, &fraction);
            if (fault != DATETIME_FINE) {
                return fault;
            }
            if (!add_micros(r, value, fraction, part == 0 ? CALENDAR_MINUTE : CALENDAR_SECOND)) {
                return DATETIME_OVERFLOW;
            }
            unit = **at;
            if (unit != 0 && (unit != ':' || part == 1)) {
                return DATETIME_BAD_FORMAT;
            }
            *at += unit != 0;
        }
        *done_out = true;
        return DATETIME_FINE;
    default:
        return DATETIME_BAD_FORMAT;
    }
    *any = true;
    return fits ? DATETIME_FINE : DATETIME_OVERFLOW;
}

static enum datetime_fault read_iso(struct reader *r, const char *at)
{
    bool date = true, any = false, done = false;

    if (*at != 'P' || at[1] == 0) {
        return DATETIME_BAD_FORMAT;
    }
    for (at++; *at != 0 && !done;) {
        enum datetime_fault fault;

        if (*at == 'T') {
            date = false;
            any = false;
            at++;
            continue;
        }
        fault = date ? iso_date(r, &at, &date, &any, &done) : iso_time(r, &at, &any, &done);
        if (fault != DATETIME_FINE) {
            return fault;
        }
    }
    return DATETIME_FINE;
}
