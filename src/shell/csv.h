/*
 * csv.h - a CSV text field by field, and which SQL type all values of a column have.
 */
#ifndef VARVE_SHELL_CSV_H
#define VARVE_SHELL_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shell/text.h"

struct csv {
    const char *data;
    size_t size;
    char delimiter;
    size_t at;
    uint64_t line;        /* of at, from 1 */
    uint64_t record_line; /* where the record of the last field began */
    struct text field;    /* the last one, without quotes */
    bool quoted;          /* it was in quotes: an empty one is no NULL */
    bool ends_record;     /* it was the record's last */
    const char *error;    /* NULL: none */
};

/* The next field. False: there is none, or csv->error. */
bool csv_next(struct csv *csv);

/* What a value may be, a bit each; what all values may be is the AND of them. */
enum csv_guess {
    CSV_BOOLEAN = 1,
    CSV_INTEGER = 2,
    CSV_BIGINT = 4,
    CSV_NUMERIC = 8,
    CSV_DOUBLE = 16,
    CSV_DATE = 32,
    CSV_TIMESTAMP = 64,
    CSV_TIMESTAMPTZ = 128,
    CSV_UUID = 256,
    CSV_ANY = 511
};

unsigned csv_guess(const char *value);
/* The narrowest of them as SQL calls it; "text" when there is none, or when there were no values. */
const char *csv_guess_type(unsigned guess);

#endif
