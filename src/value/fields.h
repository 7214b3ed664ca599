/*
 * fields.h - the text of a date, time or interval cut into fields (PostgreSQL: ParseDateTime).
 */
#ifndef VARVE_VALUE_FIELDS_H
#define VARVE_VALUE_FIELDS_H

#include "value/datetime.h"

#define FIELDS_MAX       25
#define FIELDS_TEXT_MAX  154 /* PostgreSQL's MAXDATELEN + MAXDATEFIELDS + 1 */
#define FIELDS_WORD_SIZE 10  /* characters of a word that count */

enum fields_kind {
    FIELDS_NUMBER,
    FIELDS_STRING,
    FIELDS_DATE,   /* digits or letters with - / . between */
    FIELDS_TIME,   /* digits and colons */
    FIELDS_ZONE,   /* a sign, then digits */
    FIELDS_SPECIAL /* a sign, then letters */
};

struct fields {
    unsigned count;
    uint8_t kinds[FIELDS_MAX];
    char *texts[FIELDS_MAX]; /* NUL-terminated, letters in lower case; in `buffer` */
    char buffer[FIELDS_TEXT_MAX];
};

/* room: PostgreSQL's buffers differ by type; the whole of `buffer` but for intervals. */
enum datetime_fault fields_cut(vv_slice text, struct fields *out);

/* strtol without locale, saturation or surprises: digits with a sign; false: out of range. *end_out behind. */
bool fields_integer(const char *text, const char **end_out, int32_t *out);
bool fields_wide_integer(const char *text, const char **end_out, int64_t *out);

/* ".5" as a double; "." is 0. False: something else stands behind. */
bool fields_fraction(const char *text, double *out);
/* The same in microseconds. */
bool fields_micros(const char *text, int32_t *out);

static inline bool fields_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool fields_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

#endif
