/* datetime_math.c - steps in the calendar: see datetime_math.h. */
#include "eval/datetime_math.h"

#include "value/context.h"
#include "value/scan.h"

#define NAME_BYTES 256

/* ---- adding ---- */

static bool months_add(struct calendar_time *parts, int32_t months)
{
    int64_t month = (int64_t)parts->month - 1 + months;

    parts->year += (int32_t)(month / 12 - (month % 12 < 0));
    parts->month = (int32_t)((month % 12 + 12) % 12 + 1);
    if (parts->day > calendar_month_days(parts->year, parts->month)) {
        parts->day = calendar_month_days(parts->year, parts->month);
    }
    return true;
}

static bool days_add(struct calendar_time *parts, int32_t days)
{
    int64_t julian = (int64_t)calendar_julian(parts->year, parts->month, parts->day) + days;

    if (julian < -1 || julian > INT32_MAX) { /* -1: local time is a day behind the first moment */
        return false;
    }
    calendar_from_julian((int32_t)julian, &parts->year, &parts->month, &parts->day);
    return true;
}

/* One step in local time: what it gives is a moment again before the next step, which matters where clocks change. */
static bool step(int64_t *stamp, const struct zone *zone,
                 bool (*add)(struct calendar_time *parts, int32_t count), int32_t count)
{
    struct calendar_time parts;
    int64_t local;

    if (count == 0) {
        return true;
    }
    calendar_split(zone != NULL ? datetime_local(*stamp, zone) : *stamp, &parts);
    if (!add(&parts, count) || !calendar_join_beyond(&parts, &local)) {
        return false;
    }
    if (zone != NULL) {
        return datetime_to_utc(local, zone, stamp);
    }
    *stamp = local;
    return calendar_stamp_is_valid(local);
}

bool datetime_math_add(int64_t stamp, const struct interval *interval, const struct zone *zone,
                       int64_t *out)
{
    *out = stamp;
    if (!calendar_stamp_is_finite(stamp)) {
        return true;
    }
    return step(&stamp, zone, months_add, interval->months) &&
           step(&stamp, zone, days_add, interval->days) &&
           !__builtin_add_overflow(stamp, interval->time, out) && calendar_stamp_is_valid(*out);
}

/* ---- differences ---- */

/* Parts may be negative: each borrows from the next larger one; a month has the days of `month`. */
static void borrow(struct calendar_time *parts, const struct calendar_time *month)
{
    while (parts->micros < 0) {
        parts->micros += (int32_t)CALENDAR_SECOND;
        parts->second--;
    }
    while (parts->second < 0) {
        parts->second += 60;
        parts->minute--;
    }
    while (parts->minute < 0) {
        parts->minute += 60;
        parts->hour--;
    }
    while (parts->hour < 0) {
        parts->hour += 24;
        parts->day--;
    }
    while (parts->day < 0) {
        parts->day += calendar_month_days(month->year, month->month);
        parts->month--;
    }
    while (parts->month < 0) {
        parts->month += 12;
        parts->year--;
    }
}

bool datetime_math_age(int64_t a, int64_t b, struct interval *out)
{
    struct calendar_time late, early, between;
    bool negative = a < b;

    calendar_split(negative ? b : a, &late);
    calendar_split(negative ? a : b, &early);
    between = (struct calendar_time){.year = late.year - early.year,
                                     .month = late.month - early.month,
                                     .day = late.day - early.day,
                                     .hour = late.hour - early.hour,
                                     .minute = late.minute - early.minute,
                                     .second = late.second - early.second,
                                     .micros = late.micros - early.micros};
    borrow(&between, &early);
    *out = (struct interval){.time = calendar_join_time(&between),
                             .days = between.day,
                             .months = between.year * 12 + between.month};
    return !negative || interval_negate(out, out);
}

/* ---- justifying ---- */

/* Days and time of one sign. */
static void same_sign_days(struct interval *x)
{
    if (x->days > 0 && x->time < 0) {
        x->time += CALENDAR_DAY;
        x->days--;
    } else if (x->days < 0 && x->time > 0) {
        x->time -= CALENDAR_DAY;
        x->days++;
    }
}

static bool time_to_days(struct interval *x)
{
    int64_t whole = x->time / CALENDAR_DAY;

    x->time -= whole * CALENDAR_DAY;
    return !__builtin_add_overflow(x->days, (int32_t)whole, &x->days);
}

static bool days_to_months(struct interval *x)
{
    int32_t whole = x->days / CALENDAR_MONTH_DAYS;

    x->days -= whole * CALENDAR_MONTH_DAYS;
    return !__builtin_add_overflow(x->months, whole, &x->months);
}

bool datetime_math_justify_hours(const struct interval *interval, struct interval *out)
{
    *out = *interval;
    if (!time_to_days(out)) {
        return false;
    }
    same_sign_days(out);
    return true;
}

bool datetime_math_justify_days(const struct interval *interval, struct interval *out)
{
    *out = *interval;
    if (!days_to_months(out)) {
        return false;
    }
    if (out->months > 0 && out->days < 0) {
        out->days += CALENDAR_MONTH_DAYS;
        out->months--;
    } else if (out->months < 0 && out->days > 0) {
        out->days -= CALENDAR_MONTH_DAYS;
        out->months++;
    }
    return true;
}

bool datetime_math_justify(const struct interval *interval, struct interval *out)
{
    *out = *interval;
    if (((out->days > 0 && out->time > 0) || (out->days < 0 && out->time < 0)) &&
        !days_to_months(out)) { /* so that the days do not overflow */
        return false;
    }
    if (!time_to_days(out) || !days_to_months(out)) {
        return false;
    }
    if (out->months > 0 && (out->days < 0 || (out->days == 0 && out->time < 0))) {
        out->days += CALENDAR_MONTH_DAYS;
        out->months--;
    } else if (out->months < 0 && (out->days > 0 || (out->days == 0 && out->time > 0))) {
        out->days -= CALENDAR_MONTH_DAYS;
        out->months++;
    }
    same_sign_days(out);
    return true;
}

/* ---- truncating ---- */

/* The first year of a stretch of years, which begins with a 1 but for decades. */
static int32_t first_year(int32_t year, enum datetime_unit unit)
{
    switch (unit) {
    case DATETIME_MILLENNIUM:
        return year > 0 ? (year + 999) / 1000 * 1000 - 999
                        : -((999 - (year - 1)) / 1000) * 1000 + 1;
    case DATETIME_CENTURY:
        return year > 0 ? (year + 99) / 100 * 100 - 99 : -((99 - (year - 1)) / 100) * 100 + 1;
    case DATETIME_DECADE:
        return year > 0 ? year / 10 * 10 : -((8 - (year - 1)) / 10) * 10;
    default:
        return year;
    }
}

static void truncate_week(struct calendar_time *parts)
{
    int32_t week = calendar_week(parts->year, parts->month, parts->day);
    int32_t year = calendar_week_year(parts->year, parts->month, parts->day);

    calendar_from_julian(calendar_week_julian(year, week), &parts->year, &parts->month,
                         &parts->day);
}

/* False: no unit to truncate to. */
static bool truncate_parts(struct calendar_time *parts, enum datetime_unit unit)
{
    switch (unit) {
    case DATETIME_MILLENNIUM:
    case DATETIME_CENTURY:
    case DATETIME_DECADE:
    case DATETIME_YEAR:
        parts->year = first_year(parts->year, unit);
        parts->month = 1;
        parts->day = 1;
        break;
    case DATETIME_QUARTER:
        parts->month = 3 * ((parts->month - 1) / 3) + 1;
        parts->day = 1;
        break;
    case DATETIME_MONTH:
        parts->day = 1;
        break;
    case DATETIME_WEEK:
        truncate_week(parts);
        break;
    case DATETIME_DAY:
        break;
    case DATETIME_HOUR:
        parts->minute = parts->second = parts->micros = 0;
        return true;
    case DATETIME_MINUTE:
        parts->second = parts->micros = 0;
        return true;
    case DATETIME_SECOND:
        parts->micros = 0;
        return true;
    case DATETIME_MILLISECOND:
        parts->micros = parts->micros / 1000 * 1000;
        return true;
    case DATETIME_MICROSECOND:
        return true;
    default:
        return false;
    }
    parts->hour = parts->minute = parts->second = parts->micros = 0;
    return true;
}

bool datetime_math_truncate(int64_t stamp, enum datetime_unit unit, const struct zone *zone,
                            bool *known_out, int64_t *out)
{
    struct calendar_time parts = {.year = 1, .month = 1, .day = 1};
    int64_t local = stamp, truncated;

    *known_out = truncate_parts(&parts, unit);
    *out = stamp;
    if (!*known_out || !calendar_stamp_is_finite(stamp)) {
        return *known_out;
    }
    local = zone != NULL ? datetime_local(stamp, zone) : stamp;
    calendar_split(local, &parts);
    (void)truncate_parts(&parts, unit);
    if (!calendar_join_beyond(&parts, &truncated)) {
        return false;
    }
    if (zone == NULL) {
        *out = truncated;
        return calendar_stamp_is_valid(truncated);
    }
    if (unit <= DATETIME_HOUR) { /* the offset does not change inside an hour */
        *out = truncated + (stamp - local);
        return calendar_stamp_is_valid(*out);
    }
    return datetime_to_utc(truncated, zone, out);
}

bool datetime_math_truncate_interval(const struct interval *interval, enum datetime_unit unit,
                                     struct interval *out)
{
    static const struct {
        enum datetime_unit unit;
        int32_t months;
    } years[] = {{DATETIME_MILLENNIUM, 12000}, {DATETIME_CENTURY, 1200}, {DATETIME_DECADE, 120},
                 {DATETIME_YEAR, 12},          {DATETIME_QUARTER, 3},    {DATETIME_MONTH, 1}};
    static const struct {
        enum datetime_unit unit;
        int64_t micros;
    } times[] = {{DATETIME_HOUR, CALENDAR_HOUR},
                 {DATETIME_MINUTE, CALENDAR_MINUTE},
                 {DATETIME_SECOND, CALENDAR_SECOND},
                 {DATETIME_MILLISECOND, 1000},
                 {DATETIME_MICROSECOND, 1}};

    *out = *interval;
    for (size_t i = 0; i < sizeof years / sizeof years[0]; i++) {
        if (years[i].unit == unit) {
            *out =
                (struct interval){.months = interval->months / years[i].months * years[i].months};
            return true;
        }
    }
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        if (times[i].unit == unit) {
            out->time = interval->time / times[i].micros * times[i].micros;
            return true;
        }
    }
    out->time = 0;
    return unit == DATETIME_DAY;
}

/* ---- zones by name ---- */

bool datetime_math_find_zone(vv_slice name, struct datetime_math_zone *out)
{
    char text[NAME_BYTES];
    const char *zone = NULL;
    bool daylight;

    *out = (struct datetime_math_zone){0};
    if (name.size == 0 || name.size >= sizeof text) {
        return false;
    }
    for (size_t i = 0; i < name.size; i++) {
        text[i] = (char)scan_lower(name.data[i]);
    }
    text[name.size] = 0;
    if (!datetime_abbreviation_find(slice_make(text, name.size), &out->offset, &daylight, &zone)) {
        out->zone = context_find_zone(text);
        return out->zone != NULL;
    }
    if (zone[0] == 0) {
        return true;
    }
    for (; out->size < name.size && out->size < sizeof out->abbreviation; out->size++) {
        char c = text[out->size];

        out->abbreviation[out->size] = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
    }
    out->zone = context_find_zone(zone);
    return out->zone != NULL;
}

static int32_t offset_of_local(const struct datetime_math_zone *zone, int64_t local)
{
    if (zone->zone == NULL) {
        return zone->offset;
    }
    return zone->size != 0 ? zone_offset_of_abbreviation(
                                 zone->zone, slice_make(zone->abbreviation, zone->size), local)
                           : zone_offset_of_local(zone->zone, local);
}

bool datetime_math_to_local(int64_t stamp, const struct datetime_math_zone *zone, int64_t *out)
{
    int32_t offset = zone->offset;

    *out = stamp;
    if (!calendar_stamp_is_finite(stamp)) {
        return true;
    }
    if (zone->zone != NULL) {
        int64_t moment = calendar_unix_seconds(stamp);

        offset = zone->size != 0
                     ? zone_offset_of_abbreviation_at(
                           zone->zone, slice_make(zone->abbreviation, zone->size), moment)
                     : zone_at(zone->zone, moment)->offset;
    }
    *out = stamp + offset * CALENDAR_SECOND;
    return calendar_stamp_is_valid(*out);
}

bool datetime_math_to_utc(int64_t local, const struct datetime_math_zone *zone, int64_t *out)
{
    *out = local;
    if (!calendar_stamp_is_finite(local)) {
        return true;
    }
    *out = local - offset_of_local(zone, calendar_unix_seconds(local)) * CALENDAR_SECOND;
    return calendar_stamp_is_valid(*out);
}
