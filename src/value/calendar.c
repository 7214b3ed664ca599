/*
 * calendar.c - days and clock times as numbers. Julian days count from 4714-11-24 BC.
 */
#include "value/calendar.h"

#define JULIAN_YEAR_MIN  (-4713)
#define JULIAN_MONTH_MIN 11
#define JULIAN_YEAR_MAX  5874898
#define JULIAN_MONTH_MAX 6
#define MARCH_YEAR_DAYS  146097 /* days in 400 years */

/* Counted in years that begin in March, so that February's end is the year's. */
int32_t calendar_julian(int32_t year, int32_t month, int32_t day)
{
    int64_t y = month > 2 ? (int64_t)year + 4800 : (int64_t)year + 4799;
    int64_t m = month > 2 ? (int64_t)month + 1 : (int64_t)month + 13;
    int64_t century = y / 100;
    int64_t julian = y * 365 - 32167 + y / 4 - century + century / 4;

    return (int32_t)(julian + 7834 * m / 256 + day);
}

void calendar_from_julian(int32_t julian_day, int32_t *year, int32_t *month, int32_t *day)
{
    uint32_t julian = (uint32_t)julian_day + 32044;
    uint32_t quad = julian / MARCH_YEAR_DAYS;
    uint32_t extra = (julian - quad * MARCH_YEAR_DAYS) * 4 + 3;
    int32_t y;

    julian += 60 + quad * 3 + extra / MARCH_YEAR_DAYS;
    quad = julian / 1461;
    julian -= quad * 1461;
    y = (int32_t)(julian * 4 / 1461);
    julian = (y != 0 ? (julian + 305) % 365 : (julian + 306) % 366) + 123;
    y += (int32_t)(quad * 4);
    *year = y - 4800;
    quad = julian * 2141 / 65536;
    *day = (int32_t)(julian - 7834 * quad / 256);
    *month = (int32_t)((quad + 10) % 12 + 1);
}

bool calendar_julian_counts(int32_t year, int32_t month, int32_t day)
{
    (void)day;
    return (year > JULIAN_YEAR_MIN || (year == JULIAN_YEAR_MIN && month >= JULIAN_MONTH_MIN)) &&
           (year < JULIAN_YEAR_MAX || (year == JULIAN_YEAR_MAX && month < JULIAN_MONTH_MAX));
}

bool calendar_is_leap(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int32_t calendar_month_days(int32_t year, int32_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && calendar_is_leap(year));
}

int32_t calendar_weekday(int32_t julian)
{
    int32_t day = (julian + 1) % 7;

    return day < 0 ? day + 7 : day;
}

/* Monday is 0. */
static int32_t day_of_week(int32_t julian)
{
    return (calendar_weekday(julian) + 6) % 7;
}

int32_t calendar_week_julian(int32_t year, int32_t week)
{
    int32_t fourth = calendar_julian(year, 1, 4); /* is always in week 1 */

    return (week - 1) * 7 + fourth - day_of_week(fourth);
}

int32_t calendar_week(int32_t year, int32_t month, int32_t day)
{
    int32_t julian = calendar_julian(year, month, day);
    int32_t first = calendar_week_julian(year, 1);
    int32_t week;

    if (julian < first) {
        first = calendar_week_julian(year - 1, 1);
    }
    week = (julian - first) / 7 + 1;
    if (week >= 53 && julian >= calendar_week_julian(year + 1, 1)) {
        week = 1;
    }
    return week;
}

int32_t calendar_week_year(int32_t year, int32_t month, int32_t day)
{
    int32_t julian = calendar_julian(year, month, day);

    if (julian < calendar_week_julian(year, 1)) {
        return year - 1;
    }
    return julian >= calendar_week_julian(year + 1, 1) ? year + 1 : year;
}

/* ---- together and apart ---- */

void calendar_split(int64_t stamp, struct calendar_time *out)
{
    int64_t days = stamp / CALENDAR_DAY;
    int64_t time = stamp % CALENDAR_DAY;

    if (time < 0) {
        time += CALENDAR_DAY;
        days--;
    }
    calendar_split_date((int32_t)days, out);
    calendar_split_time(time, out);
}

/* Sets the date, and midnight. */
void calendar_split_date(int32_t date, struct calendar_time *out)
{
    *out = (struct calendar_time){0};
    calendar_from_julian((int32_t)((int64_t)date + CALENDAR_EPOCH_JULIAN), &out->year, &out->month,
                         &out->day);
}

/* Sets only the time. */
void calendar_split_time(int64_t time, struct calendar_time *out)
{
    out->hour = (int32_t)(time / CALENDAR_HOUR);
    out->minute = (int32_t)(time / CALENDAR_MINUTE % 60);
    out->second = (int32_t)(time / CALENDAR_SECOND % 60);
    out->micros = (int32_t)(time % CALENDAR_SECOND);
}

bool calendar_join_beyond(const struct calendar_time *time, int64_t *stamp_out)
{
    int64_t days, stamp;

    *stamp_out = 0;
    if (!calendar_julian_counts(time->year, time->month, time->day)) {
        return false;
    }
    days = (int64_t)calendar_julian(time->year, time->month, time->day) - CALENDAR_EPOCH_JULIAN;
    if (__builtin_mul_overflow(days, CALENDAR_DAY, &stamp) ||
        __builtin_add_overflow(stamp, calendar_join_time(time), &stamp)) {
        return false;
    }
    *stamp_out = stamp;
    return true;
}

bool calendar_join(const struct calendar_time *time, int64_t *stamp_out)
{
    return calendar_join_beyond(time, stamp_out) && calendar_stamp_is_valid(*stamp_out);
}

bool calendar_join_date(const struct calendar_time *time, int32_t *date_out)
{
    int64_t date;

    *date_out = 0;
    if (!calendar_julian_counts(time->year, time->month, time->day)) {
        return false;
    }
    date = (int64_t)calendar_julian(time->year, time->month, time->day) - CALENDAR_EPOCH_JULIAN;
    *date_out = (int32_t)date;
    return calendar_date_is_valid(date);
}

int64_t calendar_join_time(const struct calendar_time *time)
{
    return ((time->hour * INT64_C(60) + time->minute) * 60 + time->second) * CALENDAR_SECOND +
           time->micros;
}
