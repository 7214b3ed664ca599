/* csv.c - RFC 4180 with any delimiter; guessing is by form, and by range where a type has one. */
#include "shell/csv.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NUMERIC_DIGITS 38

static void take_quoted(struct csv *csv);
static void end_field(struct csv *csv);
static unsigned guess_number(const char *value);
static unsigned guess_time(const char *value);
static bool guess_uuid(const char *value);
static bool take_digits(const char **at, int count, int low, int high, int *value_out);
static bool is_zone(const char *at);

bool csv_next(struct csv *csv)
{
    if (csv->at >= csv->size && (csv->at == 0 || csv->ends_record)) {
        return false;
    }
    if (csv->at == 0 || csv->ends_record) {
        csv->record_line = csv->line;
    }
    text_clear(&csv->field);
    csv->quoted = csv->at < csv->size && csv->data[csv->at] == '"';
    if (csv->quoted) {
        take_quoted(csv);
    }
    while (csv->error == NULL && csv->at < csv->size && csv->data[csv->at] != csv->delimiter &&
           csv->data[csv->at] != '\n' &&
           !(csv->data[csv->at] == '\r' &&
             (csv->at + 1 == csv->size || csv->data[csv->at + 1] == '\n'))) {
        text_add_char(&csv->field, csv->data[csv->at++]);
    }
    end_field(csv);
    return csv->error == NULL;
}

static void take_quoted(struct csv *csv)
{
    csv->at++;
    for (;;) {
        if (csv->at >= csv->size) {
            csv->error = "unterminated CSV quoted field";
            return;
        }
        if (csv->data[csv->at] == '"') {
            csv->at++;
            if (csv->at >= csv->size || csv->data[csv->at] != '"') {
                return;
            }
        }
        csv->line += csv->data[csv->at] == '\n';
        text_add_char(&csv->field, csv->data[csv->at++]);
    }
}

static void end_field(struct csv *csv)
{
    text_add(&csv->field, "", 0);
    csv->ends_record = csv->at >= csv->size || csv->data[csv->at] != csv->delimiter;
    if (!csv->ends_record) {
        csv->at++;
        return;
    }
    csv->at += csv->at < csv->size && csv->data[csv->at] == '\r';
    if (csv->at < csv->size && csv->data[csv->at] == '\n') {
        csv->at++;
        csv->line++;
    }
}

/* ---- guessing ---- */

unsigned csv_guess(const char *value)
{
    unsigned guess = guess_number(value) | guess_time(value);

    if (strcasecmp(value, "true") == 0 || strcasecmp(value, "false") == 0 ||
        strcasecmp(value, "t") == 0 || strcasecmp(value, "f") == 0) {
        guess |= CSV_BOOLEAN;
    }
    return guess | (guess_uuid(value) ? CSV_UUID : 0);
}

const char *csv_guess_type(unsigned guess)
{
    static const struct {
        unsigned guess;
        const char *name;
    } types[] = {
        {CSV_BOOLEAN, "boolean"},     {CSV_INTEGER, "integer"},         {CSV_BIGINT, "bigint"},
        {CSV_NUMERIC, "numeric"},     {CSV_DOUBLE, "double precision"}, {CSV_DATE, "date"},
        {CSV_TIMESTAMP, "timestamp"}, {CSV_TIMESTAMPTZ, "timestamptz"}, {CSV_UUID, "uuid"}};

    for (size_t i = 0; guess != CSV_ANY && i < sizeof types / sizeof types[0]; i++) {
        if ((guess & types[i].guess) != 0) {
            return types[i].name;
        }
    }
    return "text";
}

/* A leading zero makes a code, not a number: 01234. */
static unsigned guess_number(const char *value)
{
    const char *at = value + (*value == '-' || *value == '+');
    size_t whole = strspn(at, "0123456789");
    size_t fraction = at[whole] == '.' ? strspn(at + whole + 1, "0123456789") : 0;
    const char *end = at + whole + (at[whole] == '.' ? 1 + fraction : 0);
    const char *digits = end + 1 + (*end != '\0' && (end[1] == '-' || end[1] == '+'));
    long long number = 0;

    if (strcasecmp(value, "nan") == 0 || strcasecmp(at, "inf") == 0 ||
        strcasecmp(at, "infinity") == 0) {
        return CSV_DOUBLE;
    }
    if (whole + fraction == 0 || (whole > 1 && at[0] == '0')) {
        return 0;
    }
    if (*end == 'e' || *end == 'E') {
        return *digits != '\0' && digits[strspn(digits, "0123456789")] == '\0' ? CSV_DOUBLE : 0;
    }
    if (*end != '\0') {
        return 0;
    }
    if (whole + fraction > NUMERIC_DIGITS) {
        return CSV_DOUBLE;
    }
    errno = 0;
    number = strtoll(value, NULL, 10);
    if (at[whole] == '.' || errno != 0) {
        return CSV_NUMERIC | CSV_DOUBLE;
    }
    return CSV_BIGINT | CSV_NUMERIC | CSV_DOUBLE |
           (number >= INT32_MIN && number <= INT32_MAX ? CSV_INTEGER : 0);
}

/* 2024-02-29, 2024-02-29 12:30[:59[.999999]], with T for the blank, with a zone. */
static unsigned guess_time(const char *value)
{
    static const int lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const char *at = value;
    int year = 0;
    int month = 0;
    int day = 0;
    int part = 0;

    if (!take_digits(&at, 4, 1, 9999, &year) || *at++ != '-' ||
        !take_digits(&at, 2, 1, 12, &month) || *at++ != '-' ||
        !take_digits(&at, 2, 1, lengths[month - 1], &day)) {
        return 0;
    }
    if (month == 2 && day == 29 && (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0))) {
        return 0;
    }
    if (*at == '\0') {
        return CSV_DATE | CSV_TIMESTAMP;
    }
    if ((*at != ' ' && *at != 'T') || (at++, !take_digits(&at, 2, 0, 23, &part)) || *at++ != ':' ||
        !take_digits(&at, 2, 0, 59, &part)) {
        return 0;
    }
    if (*at == ':') {
        at++;
        if (!take_digits(&at, 2, 0, 59, &part)) {
            return 0;
        }
        if (*at == '.') {
            size_t size = strspn(at + 1, "0123456789");

            if (size == 0 || size > 6) {
                return 0;
            }
            at += 1 + size;
        }
    }
    return *at == '\0' ? CSV_TIMESTAMP : is_zone(at) ? CSV_TIMESTAMPTZ : 0;
}

/* Z, +02, +0230, +02:30 */
static bool is_zone(const char *at)
{
    int part = 0;

    if (strcmp(at, "Z") == 0) {
        return true;
    }
    if ((*at != '+' && *at != '-') || (at++, !take_digits(&at, 2, 0, 15, &part))) {
        return false;
    }
    at += *at == ':';
    return *at == '\0' || (take_digits(&at, 2, 0, 59, &part) && *at == '\0');
}

static bool take_digits(const char **at, int count, int low, int high, int *value_out)
{
    *value_out = 0;
    for (int i = 0; i < count; i++) {
        if (!isdigit((unsigned char)**at)) {
            return false;
        }
        *value_out = *value_out * 10 + (*(*at)++ - '0');
    }
    return *value_out >= low && *value_out <= high;
}

static bool guess_uuid(const char *value)
{
    if (strlen(value) != 36) {
        return false;
    }
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? value[i] != '-' : !isxdigit((unsigned char)value[i])) {
            return false;
        }
    }
    return true;
}
