/*
 * cast_datetime.c - dates, times, time stamps and intervals among each other. What has a zone on one side only is
 * seen in the session's zone.
 */
#include "value/cast.h"
#include "value/cast_private.h"
#include "value/context.h"
#include "value/datetime.h"

static vv_status out_of_range(const char *what, struct vv_error *error)
{
    return error_set(error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0, "%s out of range", what);
}

static vv_status stamp_of_date(int64_t date, bool zoned, int64_t *out, struct vv_error *error)
{
    if (!calendar_date_is_finite(date)) {
        *out = date == CALENDAR_DATE_LATE ? CALENDAR_STAMP_LATE : CALENDAR_STAMP_EARLY;
        return VV_OK;
    }
    if (date >= CALENDAR_STAMP_END / CALENDAR_DAY) {
        return error_set(error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                         "date out of range for timestamp");
    }
    *out = date * CALENDAR_DAY;
    return !zoned || datetime_to_utc(*out, context_zone(), out)
               ? VV_OK
               : error_set(error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0,
                           "date out of range for timestamp");
}

/* Days before 2000 count downward, so that the time of day is never negative. */
static int64_t day_of(int64_t stamp)
{
    return stamp / CALENDAR_DAY - (stamp % CALENDAR_DAY < 0);
}

static vv_status to_date(int64_t stamp, struct value *out, struct vv_error *error)
{
    (void)error;
    if (!calendar_stamp_is_finite(stamp)) {
        out->integer = stamp == CALENDAR_STAMP_LATE ? CALENDAR_DATE_LATE : CALENDAR_DATE_EARLY;
        return VV_OK;
    }
    out->integer = day_of(stamp);
    return VV_OK;
}

static vv_status to_time(int64_t stamp, struct value *out)
{
    if (!calendar_stamp_is_finite(stamp)) {
        *out = value_null(VALUE_TIME);
        return VV_OK;
    }
    out->integer = stamp - day_of(stamp) * CALENDAR_DAY;
    return VV_OK;
}

/* The time of day of an interval: whole days do not count. */
static vv_status time_of_interval(const struct interval *interval, struct value *out)
{
    out->integer = interval->time % CALENDAR_DAY;
    out->integer += out->integer < 0 ? CALENDAR_DAY : 0;
    return VV_OK;
}

void cast_compared(const struct value *from, enum value_type to, struct value *out)
{
    *out = (struct value){.type = (uint8_t)to};
    if (cast_datetime(from, to, out, NULL) != VV_OK) {
        out->integer = from->integer < 0 ? CALENDAR_STAMP_EARLY + 1 : CALENDAR_STAMP_LATE - 1;
    }
}

vv_status cast_datetime(const struct value *from, enum value_type to, struct value *out,
                        struct vv_error *error)
{
    int64_t stamp = from->integer;

    if (from->type == VALUE_DATE) {
        return stamp_of_date(from->integer, to == VALUE_TIMESTAMPTZ, &out->integer, error);
    }
    if (from->type == VALUE_TIME) {
        out->interval = (struct interval){.time = from->integer};
        return VV_OK;
    }
    if (from->type == VALUE_INTERVAL) {
        return time_of_interval(&from->interval, out);
    }
    if (from->type == VALUE_TIMESTAMPTZ && calendar_stamp_is_finite(stamp)) {
        stamp = datetime_local(stamp, context_zone());
    }
    switch (to) {
    case VALUE_DATE:
        return to_date(stamp, out, error);
    case VALUE_TIME:
        return to_time(stamp, out);
    case VALUE_TIMESTAMP:
        out->integer = stamp;
        return !calendar_stamp_is_finite(stamp) || calendar_stamp_is_valid(stamp)
                   ? VV_OK
                   : out_of_range("timestamp", error);
    default:
        return datetime_to_utc(stamp, context_zone(), &out->integer)
                   ? VV_OK
                   : out_of_range("timestamp", error);
    }
}
