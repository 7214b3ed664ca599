/*
 * table.h - rows as psql prints them: collected as text, then aligned.
 */
#ifndef VARVE_SHELL_TABLE_H
#define VARVE_SHELL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "shell/text.h"

struct table_cell {
    size_t start; /* in table->text */
    size_t size;
};

struct table {
    size_t column_count;
    bool *right;              /* columns of numbers */
    struct text text;         /* of all cells */
    struct table_cell *cells; /* the header first, then row by row */
    size_t cell_count;
    size_t cell_capacity;
    const char *title; /* printed above; NULL: none */
};

struct table_style {
    bool tuples_only;
    bool unaligned;
    bool expanded;
    bool no_count; /* without "(n rows)" */
};

void table_init(struct table *table, size_t column_count);
void table_free(struct table *table);

/* The next cell, first those of the header. size SIZE_MAX: up to the NUL. */
void table_add(struct table *table, const char *data, size_t size);
void table_print(const struct table *table, const struct table_style *style, FILE *out);

#endif
