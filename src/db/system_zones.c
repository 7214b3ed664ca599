/*
 * system_zones.c - pg_timezone_names and pg_timezone_abbrevs: what the system's tz database has, as it is now.
 */
#include <ctype.h>

#include "db/system_private.h"
#include "value/datetime.h"
#include "value/zone.h"

struct zones_scan {
    struct system_scan *scan;
    int64_t now; /* seconds since 1970 */
};

static vv_status name_put(void *context, const struct zone *zone)
{
    const struct zones_scan *zones = context;
    const struct zone_period *period = zone_at(zone, zones->now);

    system_row(zones->scan);
    system_string(zones->scan, SYSTEM_pg_timezone_names__name, zone->name);
    system_string(zones->scan, SYSTEM_pg_timezone_names__abbrev, period->abbreviation);
    system_seconds(zones->scan, SYSTEM_pg_timezone_names__utc_offset, period->offset);
    system_boolean(zones->scan, SYSTEM_pg_timezone_names__is_dst, period->daylight);
    return VV_OK;
}

vv_status system_rows_pg_timezone_names(struct system_scan *scan)
{
    struct zones_scan zones = {.scan = scan, .now = system_transaction_time(scan->session)};

    return system_zones_each(scan->session, name_put, &zones);
}

vv_status system_rows_pg_timezone_abbrevs(struct system_scan *scan)
{
    const int64_t now = system_transaction_time(scan->session);
    struct datetime_abbreviation one;

    for (uint32_t i = 0; datetime_abbreviation_at(i, &one); i++) {
        char name[ZONE_ABBREVIATION_BYTES];
        size_t size = 0;

        for (; one.word[size] != 0 && size + 1 < sizeof name; size++) {
            name[size] = (char)toupper((unsigned char)one.word[size]);
        }
        name[size] = 0;
        if (one.zone[0] != 0) { /* it meant other offsets at other times */
            const struct zone *zone = system_zone(scan->session, one.zone);
            const struct zone_period *period =
                zone == NULL ? NULL : zone_period_named(zone, slice_make(name, size), now);

            if (zone == NULL) {
                continue;
            }
            period = period == NULL ? zone_at(zone, now) : period;
            one.offset = period->offset;
            one.daylight = period->daylight;
        }
        system_row(scan);
        system_string(scan, SYSTEM_pg_timezone_abbrevs__abbrev, name);
        system_seconds(scan, SYSTEM_pg_timezone_abbrevs__utc_offset, one.offset);
        system_boolean(scan, SYSTEM_pg_timezone_abbrevs__is_dst, one.daylight);
    }
    return VV_OK;
}
