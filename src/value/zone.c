/*
 * zone.c - time zones: see zone.h.
 */
#include "value/zone.h"

#include <stdio.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "value/calendar.h"

#define TZIF_HEADER   44
#define DAY_SECONDS   INT64_C(86400)
#define DEFAULT_RULES ",M3.2.0,M11.1.0"
#define HOURS_MAX     167 /* of a rule's time */

/* The counts of a TZif header. */
struct tzif {
    uint32_t utc_count;
    uint32_t standard_count;
    uint32_t leap_count;
    uint32_t moment_count;
    uint32_t period_count;
    uint32_t text_bytes;
};

struct posix {
    const char *at;
};

static bool tzif_header(vv_slice bytes, struct tzif *out);
static size_t tzif_bytes(const struct tzif *header, size_t moment_bytes);
static bool tzif_fill(vv_slice bytes, const struct tzif *header, struct zone *zone,
                      struct arena *arena);
static bool posix_name(struct posix *posix, char *to);
static bool posix_offset(struct posix *posix, int32_t *seconds_out);
static bool posix_change(struct posix *posix, struct zone_change *out);
static bool posix_number(struct posix *posix, int32_t least, int32_t greatest, int32_t *out);
static bool rule_parse(const char *text, struct zone_rule *rule);
static int64_t change_moment(const struct zone_change *change, int32_t year, int32_t offset);
static const struct zone_period *rule_at(const struct zone_rule *rule, int64_t moment,
                                         int64_t *next_out);

const struct zone zone_utc = {
    .name = "UTC",
    .rule = {.set = true, .standard = {.abbreviation = "UTC"}},
};

/* ---- files ---- */

const struct zone *zone_from_file(vv_slice bytes, const char *name, struct arena *arena)
{
    struct zone *zone = ARENA_NEW(arena, struct zone);
    struct tzif header;
    size_t first;
    char footer[128];

    if (zone == NULL || !tzif_header(bytes, &header) || bytes.data[4] < '2') {
        return NULL;
    }
    first = TZIF_HEADER + tzif_bytes(&header, 4);
    if (first > bytes.size) {
        return NULL;
    }
    bytes = slice_make(bytes.data + first, bytes.size - first); /* the part with 64-bit moments */
    if (!tzif_header(bytes, &header) || TZIF_HEADER + tzif_bytes(&header, 8) > bytes.size) {
        return NULL;
    }
    snprintf(zone->name, sizeof zone->name, "%s", name);
    if (!tzif_fill(bytes, &header, zone, arena)) {
        return NULL;
    }
    first = TZIF_HEADER + tzif_bytes(&header, 8);
    if (bytes.size - first >= 2 && bytes.size - first - 2 < sizeof footer &&
        bytes.data[first] == '\n') {
        memcpy(footer, bytes.data + first + 1, bytes.size - first - 2);
        footer[bytes.size - first - 2] = 0;
        if (!rule_parse(footer, &zone->rule)) {
            zone->rule.set = false;
        }
    }
    return zone;
}

static bool tzif_header(vv_slice bytes, struct tzif *out)
{
    if (bytes.size < TZIF_HEADER || memcmp(bytes.data, "TZif", 4) != 0) {
        return false;
    }
    *out = (struct tzif){.utc_count = bytes_load32_big(bytes.data + 20),
                         .standard_count = bytes_load32_big(bytes.data + 24),
                         .leap_count = bytes_load32_big(bytes.data + 28),
                         .moment_count = bytes_load32_big(bytes.data + 32),
                         .period_count = bytes_load32_big(bytes.data + 36),
                         .text_bytes = bytes_load32_big(bytes.data + 40)};
    return out->period_count > 0 && out->period_count <= 256 && out->moment_count < 1 << 20 &&
           out->leap_count < 1 << 16 && out->utc_count <= 256 && out->standard_count <= 256 &&
           out->text_bytes < 1 << 16;
}

static size_t tzif_bytes(const struct tzif *header, size_t moment_bytes)
{
    return header->moment_count * (moment_bytes + 1) + (size_t)header->period_count * 6 +
           header->text_bytes + header->leap_count * (moment_bytes + 4) + header->standard_count +
           header->utc_count;
}

static bool tzif_fill(vv_slice bytes, const struct tzif *header, struct zone *zone,
                      struct arena *arena)
{
    const uint8_t *at = bytes.data + TZIF_HEADER;
    int64_t *moments = ARENA_ARRAY(arena, int64_t, header->moment_count);
    uint8_t *kinds = ARENA_ARRAY(arena, uint8_t, header->moment_count);
    struct zone_period *periods = ARENA_ARRAY(arena, struct zone_period, header->period_count);
    const uint8_t *texts;

    if (moments == NULL || kinds == NULL || periods == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < header->moment_count; i++, at += 8) {
        moments[i] = (int64_t)bytes_load64_big(at);
        if (i > 0 && moments[i] <= moments[i - 1]) {
            return false;
        }
    }
    for (uint32_t i = 0; i < header->moment_count; i++) {
        kinds[i] = *at++;
        if (kinds[i] >= header->period_count) {
            return false;
        }
    }
    texts = at + (size_t)header->period_count * 6;
    for (uint32_t i = 0; i < header->period_count; i++, at += 6) {
        periods[i].offset = (int32_t)bytes_load32_big(at);
        periods[i].daylight = at[4] != 0;
        if (periods[i].offset < -DAY_SECONDS || periods[i].offset > DAY_SECONDS) {
            return false;
        }
        for (uint32_t k = at[5], n = 0;
             k < header->text_bytes && texts[k] != 0 && n + 1 < ZONE_ABBREVIATION_BYTES; k++, n++) {
            periods[i].abbreviation[n] = (char)texts[k];
        }
    }
    zone->count = header->moment_count;
    zone->moments = moments;
    zone->kinds = kinds;
    zone->period_count = header->period_count;
    zone->periods = periods;
    zone->first = 0; /* RFC 8536: the first period is what was before */
    return true;
}

/* ---- POSIX rules ---- */

bool zone_from_posix(const char *name, struct zone *out)
{
    *out = (struct zone){0};
    if (strlen(name) >= sizeof out->name) {
        return false;
    }
    snprintf(out->name, sizeof out->name, "%s", name);
    return rule_parse(name, &out->rule);
}

void zone_from_offset(int32_t offset, struct zone *out)
{
    int32_t west = -offset;
    uint32_t size = (uint32_t)(west < 0 ? -west : west) % (100 * 3600);
    char clock[ZONE_ABBREVIATION_BYTES - 2];

    *out = (struct zone){.rule = {.set = true, .standard = {.offset = offset}}};
    if (size % 60 != 0) {
        snprintf(clock, sizeof clock, "%02u:%02u:%02u", size / 3600, size / 60 % 60, size % 60);
    } else if (size % 3600 != 0) {
        snprintf(clock, sizeof clock, "%02u:%02u", size / 3600, size / 60 % 60);
    } else {
        snprintf(clock, sizeof clock, "%02u", size / 3600);
    }
    snprintf(out->rule.standard.abbreviation, sizeof out->rule.standard.abbreviation, "%c%s",
             offset < 0 ? '-' : '+', clock);
    snprintf(out->name, sizeof out->name, "<%c%s>%c%s", offset < 0 ? '-' : '+', clock,
             offset < 0 ? '+' : '-', clock);
}

/* std offset [dst [offset] [,from,to]] */
static bool rule_parse(const char *text, struct zone_rule *rule)
{
    struct posix posix = {.at = text};
    int32_t west = 0;

    *rule = (struct zone_rule){.set = true};
    if (!posix_name(&posix, rule->standard.abbreviation) || !posix_offset(&posix, &west)) {
        return false; /* as in PostgreSQL the name of standard time may be missing: "+3" */
    }
    rule->standard.offset = -west;
    if (*posix.at == 0) {
        return true;
    }
    rule->has_daylight = true;
    rule->daylight.daylight = true;
    if (!posix_name(&posix, rule->daylight.abbreviation) || rule->daylight.abbreviation[0] == 0) {
        return false;
    }
    rule->daylight.offset = rule->standard.offset + 3600;
    if (*posix.at != 0 && *posix.at != ',') {
        if (!posix_offset(&posix, &west)) {
            return false;
        }
        rule->daylight.offset = -west;
    }
    if (*posix.at == 0) {
        posix.at = DEFAULT_RULES;
    }
    if (*posix.at++ != ',' || !posix_change(&posix, &rule->to_daylight) || *posix.at++ != ',') {
        return false;
    }
    return posix_change(&posix, &rule->to_standard) && *posix.at == 0;
}

/* Up to a digit, a sign or a comma, perhaps nothing; or anything in < >. */
static bool posix_name(struct posix *posix, char *to)
{
    bool quoted = *posix->at == '<';
    size_t size = 0;

    posix->at += quoted;
    for (; *posix->at != 0; posix->at++) {
        char c = *posix->at;
        bool ends = (c >= '0' && c <= '9') || c == '+' || c == '-' || c == ',';

        if (quoted ? c == '>' : ends) {
            break;
        }
        if (size + 1 >= ZONE_ABBREVIATION_BYTES) {
            return false;
        }
        to[size++] = c;
    }
    to[size] = 0;
    if (quoted) {
        return *posix->at++ == '>';
    }
    return true;
}

/* [+-]hh[:mm[:ss]] */
static bool posix_offset(struct posix *posix, int32_t *seconds_out)
{
    int32_t sign = *posix->at == '-' ? -1 : 1;
    int32_t hours, minutes = 0, seconds = 0;

    posix->at += *posix->at == '-' || *posix->at == '+';
    if (!posix_number(posix, 0, HOURS_MAX, &hours)) {
        return false;
    }
    if (*posix->at == ':') {
        posix->at++;
        if (!posix_number(posix, 0, 59, &minutes)) {
            return false;
        }
        if (*posix->at == ':') {
            posix->at++;
            if (!posix_number(posix, 0, 60, &seconds)) {
                return false;
            }
        }
    }
    *seconds_out = sign * (hours * 3600 + minutes * 60 + seconds);
    return true;
}

static bool posix_number(struct posix *posix, int32_t least, int32_t greatest, int32_t *out)
{
    int32_t x = 0;

    if (*posix->at < '0' || *posix->at > '9') {
        return false;
    }
    for (; *posix->at >= '0' && *posix->at <= '9'; posix->at++) {
        x = x * 10 + (*posix->at - '0');
        if (x > greatest) {
            return false;
        }
    }
    *out = x;
    return x >= least;
}

static bool posix_change(struct posix *posix, struct zone_change *out)
{
    *out = (struct zone_change){.kind = 'D', .time = 2 * 3600};
    if (*posix->at == 'M') {
        out->kind = 'M';
        posix->at++;
        if (!posix_number(posix, 1, 12, &out->month) || *posix->at++ != '.' ||
            !posix_number(posix, 1, 5, &out->week) || *posix->at++ != '.' ||
            !posix_number(posix, 0, 6, &out->day)) {
            return false;
        }
    } else {
        bool julian = *posix->at == 'J';

        posix->at += julian;
        out->kind = julian ? 'J' : 'D';
        if (!posix_number(posix, julian ? 1 : 0, 365, &out->day)) {
            return false;
        }
    }
    if (*posix->at == '/') {
        posix->at++;
        return posix_offset(posix, &out->time);
    }
    return true;
}

/* ---- looking up ---- */

/* When the change happens that year; offset: the one that ends then. */
static int64_t change_moment(const struct zone_change *change, int32_t year, int32_t offset)
{
    int32_t julian = calendar_julian(year, 1, 1);
    int32_t first;

    switch (change->kind) {
    case 'J':
        julian += change->day - 1 + (calendar_is_leap(year) && change->day >= 60);
        break;
    case 'D':
        julian += change->day;
        break;
    default:
        first = calendar_julian(year, change->month, 1);
        julian = first + (change->day - calendar_weekday(first) + 7) % 7 + (change->week - 1) * 7;
        while (julian >= first + calendar_month_days(year, change->month)) {
            julian -= 7;
        }
        break;
    }
    return (julian - (int64_t)CALENDAR_UNIX_JULIAN) * DAY_SECONDS + change->time - offset;
}

static int32_t year_of(int64_t moment)
{
    int64_t days = moment / DAY_SECONDS - (moment % DAY_SECONDS < 0);
    int32_t year, month, day;

    calendar_from_julian((int32_t)(days + CALENDAR_UNIX_JULIAN), &year, &month, &day);
    return year;
}

/* *next_out: when the next period begins; INT64_MAX: never. */
static const struct zone_period *rule_at(const struct zone_rule *rule, int64_t moment,
                                         int64_t *next_out)
{
    const struct zone_period *period = &rule->standard;
    int64_t latest = INT64_MIN;
    int32_t year;

    *next_out = INT64_MAX;
    if (!rule->has_daylight) {
        return period;
    }
    year = year_of(moment);
    for (int32_t y = year - 1; y <= year + 1; y++) {
        int64_t changes[2] = {change_moment(&rule->to_daylight, y, rule->standard.offset),
                              change_moment(&rule->to_standard, y, rule->daylight.offset)};

        for (int i = 0; i < 2; i++) {
            if (changes[i] <= moment && changes[i] >= latest) {
                latest = changes[i];
                period = i == 0 ? &rule->daylight : &rule->standard;
            }
            if (changes[i] > moment && changes[i] < *next_out) {
                *next_out = changes[i];
            }
        }
    }
    return period;
}

/* Number of moments at or before. */
static uint32_t moments_passed(const struct zone *zone, int64_t moment)
{
    uint32_t low = 0, high = zone->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (zone->moments[middle] <= moment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static const struct zone_period *period_at(const struct zone *zone, int64_t moment,
                                           int64_t *next_out)
{
    uint32_t passed = moments_passed(zone, moment);

    if (passed == zone->count && zone->rule.set) {
        return rule_at(&zone->rule, moment, next_out);
    }
    *next_out = passed == zone->count ? INT64_MAX : zone->moments[passed];
    return &zone->periods[passed == 0 ? zone->first : zone->kinds[passed - 1]];
}

const struct zone_period *zone_at(const struct zone *zone, int64_t moment)
{
    int64_t next;

    return period_at(zone, moment, &next);
}

/* As PostgreSQL's DetermineTimeZoneOffset(): offsets are less than a day, changes farther apart than two. */
int32_t zone_offset_of_local(const struct zone *zone, int64_t local)
{
    int64_t boundary, beyond, before_time, after_time;
    int32_t before = period_at(zone, local - DAY_SECONDS, &boundary)->offset;
    int32_t after;

    if (boundary == INT64_MAX) {
        return before;
    }
    after = period_at(zone, boundary, &beyond)->offset;
    before_time = local - before;
    after_time = local - after;
    if (before_time < boundary && after_time < boundary) {
        return before;
    }
    if (before_time > boundary && after_time >= boundary) {
        return after;
    }
    return before_time > after_time ? before : after;
}

int32_t zone_offset_of_abbreviation(const struct zone *zone, vv_slice abbreviation, int64_t local)
{
    int32_t offset = zone_offset_of_local(zone, local);
    const struct zone_period *period = zone_period_named(zone, abbreviation, local - offset);

    return period == NULL ? offset : period->offset;
}

int32_t zone_offset_of_abbreviation_at(const struct zone *zone, vv_slice abbreviation,
                                       int64_t moment)
{
    const struct zone_period *period = zone_period_named(zone, abbreviation, moment);

    return period == NULL ? zone_at(zone, moment)->offset : period->offset;
}

const struct zone_period *zone_period_named(const struct zone *zone, vv_slice abbreviation,
                                            int64_t moment)
{
    for (uint32_t i = moments_passed(zone, moment);; i--) {
        const struct zone_period *period =
            i == zone->count && zone->rule.set
                ? &zone->rule.standard
                : &zone->periods[i == 0 ? zone->first : zone->kinds[i - 1]];

        if (slice_equal(slice_text(period->abbreviation), abbreviation)) {
            return period;
        }
        if (i == 0) {
            return NULL;
        }
    }
}
