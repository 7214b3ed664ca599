/*
 * datetime.c - printing dates and times, words and abbreviations, messages, local time and UTC.
 */
#include "value/datetime.h"

#include <string.h>

#include "value/context.h"
#include "value/fields.h"

struct word {
    char text[FIELDS_WORD_SIZE + 1];
    uint8_t kind; /* enum datetime_word */
    int16_t value;
};

static const struct word words[] = {
#define X(text_, kind_, value_) {text_, kind_, value_},
#include "value/datetime_words.def"
#undef X
};

static const struct word units[] = {
#define X(text_, kind_, value_) {text_, kind_, value_},
#include "value/datetime_units.def"
#undef X
};

static const struct {
    char text[FIELDS_WORD_SIZE + 1];
    int32_t offset;
    bool daylight;
    const char *zone;
} abbreviations[] = {
#define X(text_, offset_, daylight_, zone_) {text_, offset_, daylight_, zone_},
#include "value/zone_abbreviations.def"
#undef X
};

/* ---- words ---- */

static int word_order(vv_slice word, const char *text)
{
    size_t size = strlen(text);
    vv_slice cut = {.data = word.data,
                    .size = word.size < FIELDS_WORD_SIZE ? word.size : FIELDS_WORD_SIZE};

    return slice_compare(cut, slice_make(text, size));
}

static enum datetime_word find(const struct word *table, size_t count, vv_slice word,
                               int32_t *value_out)
{
    size_t low = 0, high = count;

    *value_out = 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = word_order(word, table[middle].text);

        if (order == 0) {
            *value_out = table[middle].value;
            return (enum datetime_word)table[middle].kind;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return DATETIME_WORD_UNKNOWN;
}

enum datetime_word datetime_word_find(vv_slice word, int32_t *value_out)
{
    return find(words, sizeof words / sizeof words[0], word, value_out);
}

enum datetime_word datetime_unit_find(vv_slice word, int32_t *value_out)
{
    return find(units, sizeof units / sizeof units[0], word, value_out);
}

bool datetime_abbreviation_at(uint32_t place, struct datetime_abbreviation *out)
{
    if (place >= sizeof abbreviations / sizeof abbreviations[0]) {
        return false;
    }
    *out = (struct datetime_abbreviation){.word = abbreviations[place].text,
                                          .offset = abbreviations[place].offset,
                                          .daylight = abbreviations[place].daylight,
                                          .zone = abbreviations[place].zone};
    return true;
}

bool datetime_abbreviation_find(vv_slice word, int32_t *offset_out, bool *daylight_out,
                                const char **zone_out)
{
    size_t low = 0, high = sizeof abbreviations / sizeof abbreviations[0];

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = word_order(word, abbreviations[middle].text);

        if (order == 0) {
            *offset_out = abbreviations[middle].offset;
            *daylight_out = abbreviations[middle].daylight;
            *zone_out = abbreviations[middle].zone;
            return true;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return false;
}

/* ---- printing ---- */

/* At least `least` digits. */
static size_t print_number(int32_t x, int least, char *to)
{
    char digits[12];
    int count = 0;

    while (x != 0 || count < least) {
        digits[count++] = (char)('0' + x % 10);
        x /= 10;
    }
    for (int i = 0; i < count; i++) {
        to[i] = digits[count - 1 - i];
    }
    return (size_t)count;
}

static size_t print_text(const char *text, char *to)
{
    size_t size = strlen(text);

    memcpy(to, text, size);
    return size;
}

size_t datetime_print_seconds(int32_t second, int32_t micros, char *to)
{
    size_t size = print_number(second, 2, to);

    if (micros != 0) {
        to[size++] = '.';
        size += print_number(micros, DATETIME_PRECISION, to + size);
        while (to[size - 1] == '0') {
            size--;
        }
    }
    return size;
}

/* A year before 1 is followed by BC at the text's end. */
static size_t print_year(const struct calendar_time *parts, char *to)
{
    return print_number(parts->year > 0 ? parts->year : 1 - parts->year, 4, to);
}

/* Day and month in the session's order, with a sign between them. */
static size_t print_day_and_month(const struct calendar_time *parts, bool day_first, char sign,
                                  char *to)
{
    size_t size = print_number(day_first ? parts->day : parts->month, 2, to);

    to[size++] = sign;
    return size + print_number(day_first ? parts->month : parts->day, 2, to + size);
}

/* 1997-12-17, 12/17/1997, 12-17-1997, 17.12.1997 */
static size_t print_day(const struct calendar_time *parts, const struct context_forms *forms,
                        char *to)
{
    static const char signs[] = {'-', '/', '-', '.'};
    char sign = signs[forms->dates];
    bool day_first = forms->dates == CONTEXT_DATES_GERMAN || forms->order == CONTEXT_ORDER_DMY;
    size_t size = 0;

    if (forms->dates == CONTEXT_DATES_ISO) {
        size = print_year(parts, to);
        to[size++] = sign;
        return size + print_day_and_month(parts, false, sign, to + size);
    }
    size = print_day_and_month(parts, day_first, sign, to);
    to[size++] = sign;
    return size + print_year(parts, to + size);
}

static size_t print_clock(const struct calendar_time *parts, char *to)
{
    size_t size = print_number(parts->hour, 2, to);

    to[size++] = ':';
    size += print_number(parts->minute, 2, to + size);
    to[size++] = ':';
    return size + datetime_print_seconds(parts->second, parts->micros, to + size);
}

static size_t print_offset(int32_t offset, char *to)
{
    int32_t rest = offset < 0 ? -offset : offset;
    size_t size = 0;

    to[size++] = offset < 0 ? '-' : '+';
    size += print_number(rest / 3600, 2, to + size);
    if (rest % 3600 != 0) {
        to[size++] = ':';
        size += print_number(rest / 60 % 60, 2, to + size);
    }
    if (rest % 60 != 0) {
        to[size++] = ':';
        size += print_number(rest % 60, 2, to + size);
    }
    return size;
}

size_t datetime_print_date(int32_t date, char *to)
{
    struct calendar_time parts;
    size_t size;

    if (!calendar_date_is_finite(date)) {
        return print_text(date == CALENDAR_DATE_LATE ? "infinity" : "-infinity", to);
    }
    calendar_split_date(date, &parts);
    size = print_day(&parts, context_forms(), to);
    return size + (parts.year > 0 ? 0 : print_text(" BC", to + size));
}

size_t datetime_print_time(int64_t time, char *to)
{
    struct calendar_time parts = {0};

    calendar_split_time(time, &parts);
    return print_clock(&parts, to);
}

/* Wed Dec 17 07:37:16 1997 */
static size_t print_postgres(const struct calendar_time *parts, bool day_first, char *to)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int32_t julian = calendar_julian(parts->year, parts->month, parts->day);
    size_t size = 3;

    memcpy(to, days + 3 * ((julian + 1) % 7), 3);
    to[size++] = ' ';
    if (day_first) {
        size += print_number(parts->day, 2, to + size);
        to[size++] = ' ';
    }
    memcpy(to + size, months + 3 * (parts->month - 1), 3);
    size += 3;
    to[size++] = ' ';
    if (!day_first) {
        size += print_number(parts->day, 2, to + size);
        to[size++] = ' ';
    }
    size += print_clock(parts, to + size);
    to[size++] = ' ';
    return size + print_year(parts, to + size);
}

/* period: of the zone, when there is one. ISO shows its offset, the others its abbreviation. */
static size_t print_stamp(int64_t stamp, const struct zone_period *period, char *to)
{
    const struct context_forms *forms = context_forms();
    struct calendar_time parts;
    size_t size;

    if (!calendar_stamp_is_finite(stamp)) {
        return print_text(stamp == CALENDAR_STAMP_LATE ? "infinity" : "-infinity", to);
    }
    calendar_split(stamp, &parts);
    if (forms->dates == CONTEXT_DATES_POSTGRES) {
        size = print_postgres(&parts, forms->order == CONTEXT_ORDER_DMY, to);
    } else {
        size = print_day(&parts, forms, to);
        to[size++] = ' ';
        size += print_clock(&parts, to + size);
    }
    if (period != NULL && forms->dates == CONTEXT_DATES_ISO) {
        size += print_offset(period->offset, to + size);
    } else if (period != NULL) {
        to[size++] = ' ';
        size += period->abbreviation[0] != 0 ? print_text(period->abbreviation, to + size)
                                             : print_offset(period->offset, to + size);
    }
    return size + (parts.year > 0 ? 0 : print_text(" BC", to + size));
}

size_t datetime_print_stamp(int64_t stamp, char *to)
{
    return print_stamp(stamp, NULL, to);
}

size_t datetime_print_zoned(int64_t stamp, const struct zone *zone, char *to)
{
    const struct zone_period *period = NULL;

    if (!calendar_stamp_is_finite(stamp)) {
        return print_stamp(stamp, NULL, to);
    }
    period = zone_at(zone, calendar_unix_seconds(stamp));
    return print_stamp(stamp + period->offset * CALENDAR_SECOND, period, to);
}

/* ---- zones ---- */

bool datetime_to_utc(int64_t local, const struct zone *zone, int64_t *out)
{
    *out = local;
    if (!calendar_stamp_is_finite(local)) {
        return true;
    }
    *out = local - zone_offset_of_local(zone, calendar_unix_seconds(local)) * CALENDAR_SECOND;
    return calendar_stamp_is_valid(*out);
}

int64_t datetime_local(int64_t stamp, const struct zone *zone)
{
    return stamp + zone_at(zone, calendar_unix_seconds(stamp))->offset * CALENDAR_SECOND;
}

bool datetime_to_local(int64_t stamp, const struct zone *zone, int64_t *out)
{
    *out = stamp;
    if (!calendar_stamp_is_finite(stamp)) {
        return true;
    }
    *out = datetime_local(stamp, zone);
    return calendar_stamp_is_valid(*out);
}

/* ---- the rest ---- */

int64_t datetime_round(int64_t micros, int32_t precision)
{
    static const int64_t sizes[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    int64_t unit;

    if (precision < 0 || precision >= DATETIME_PRECISION || !calendar_stamp_is_finite(micros)) {
        return micros;
    }
    unit = sizes[precision];
    return micros >= 0 ? (micros + unit / 2) / unit * unit : -((-micros + unit / 2) / unit * unit);
}

vv_status datetime_fault_set(enum datetime_fault fault, const char *type, vv_slice text,
                             struct vv_error *error)
{
    int size = text.size > 900 ? 900 : (int)text.size;
    const char *data = (const char *)text.data;

    switch (fault) {
    case DATETIME_OVERFLOW:
    case DATETIME_MONTH_DAY_OVERFLOW:
        (void)error_set(error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                        "date/time field value out of range: \"%.*s\"", size, data);
        if (fault == DATETIME_MONTH_DAY_OVERFLOW) {
            error_hint(error, "Perhaps you need a different \"datestyle\" setting.");
        }
        return VV_ERROR;
    case DATETIME_INTERVAL_OVERFLOW:
        return error_set(error, VV_SQLSTATE_INTERVAL_FIELD_OVERFLOW, 0,
                         "interval field value out of range: \"%.*s\"", size, data);
    case DATETIME_ZONE_OVERFLOW:
        return error_set(error, VV_SQLSTATE_INVALID_TIME_ZONE_DISPLACEMENT, 0,
                         "time zone displacement out of range: \"%.*s\"", size, data);
    default:
        return error_set(error, VV_SQLSTATE_INVALID_DATETIME_FORMAT, 0,
                         "invalid input syntax for type %s: \"%.*s\"", type, size, data);
    }
}
