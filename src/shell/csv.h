/*
 * csv.h - rows of CSV or of PostgreSQL's text format from a file, field by field.
 *
 * CSV: a field may stand in quotes, in which a doubled quote (or escape) is one and lines may break; an
 * unquoted field equal to `null` is NULL. Text: one line a row, backslash escapes, \N is NULL.
 */
#ifndef VARVE_SHELL_CSV_H
#define VARVE_SHELL_CSV_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "shell/text.h"

struct csv_options {
    bool csv;    /* else text format */
    bool header; /* the first line holds names */
    char delimiter;
    char quote;
    char escape;
    const char *null_text;
};

struct csv_field {
    size_t start; /* in text */
    size_t size;
    bool is_null;
};

struct csv {
    FILE *file;
    struct csv_options options;
    struct text text; /* of the row's fields */
    struct csv_field *fields;
    size_t field_count;
    size_t field_capacity;
    uint64_t line; /* of the last row's end, from 1 */
    uint64_t bytes_read;
    const char *error; /* NULL: none */
};

void csv_init(struct csv *csv, FILE *file, const struct csv_options *options);
void csv_release(struct csv *csv);

/* Reads the next row. False: the end, or csv->error. */
bool csv_next(struct csv *csv);

/* Writes a field of a row, quoted where it must be. */
void csv_write(FILE *file, const struct csv_options *options, const char *data, size_t size,
               bool is_null);

#endif
