/*
 * table.h - rows as text: collected first, then printed in one of psql's formats, as JSON or as Markdown.
 *
 *     table.c         collecting; which format
 *     table_text.c    aligned: columns beside each other, borders
 *     table_expanded.c  aligned: one field a line
 *     table_plain.c   unaligned, CSV, JSON, Markdown
 *     table_html.c    HTML
 *
 * Widths are those of a terminal, multi-line cells continue below themselves, control characters are shown as psql shows them.
 */
#ifndef VARVE_SHELL_TABLE_H
#define VARVE_SHELL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "shell/text.h"

enum table_format {
    TABLE_ALIGNED,
    TABLE_UNALIGNED,
    TABLE_CSV,
    TABLE_HTML,
    TABLE_JSON,
    TABLE_MARKDOWN
};

enum table_expanded { TABLE_EXPANDED_OFF, TABLE_EXPANDED_ON, TABLE_EXPANDED_AUTO };

/* What a column's values are: where they stand, and how JSON writes them. */
enum table_kind { TABLE_TEXT, TABLE_NUMBER, TABLE_BOOLEAN };

struct table_style {
    enum table_format format;
    enum table_expanded expanded;
    unsigned border; /* 0, 1, 2 */
    bool unicode;    /* lines are drawn */
    bool tuples_only;
    bool no_footer;
    const char *null_text;
    const char *title;
    struct text field_separator; /* of unaligned rows */
    struct text record_separator;
    char csv_separator;
    unsigned columns;          /* \pset columns: width to fit into; 0: the terminal's */
    bool (*interrupted)(void); /* ends the printing between two rows; NULL: nothing does */
};

struct table_cell {
    size_t start; /* in table->text */
    size_t size;
    bool is_null;
};

struct table {
    size_t column_count;
    enum table_kind *kinds;
    struct text text;         /* of all cells */
    struct table_cell *cells; /* the header first, then row by row */
    size_t cell_count;
    size_t cell_capacity;
    const char *title;   /* printed above; NULL: the style's, or none */
    struct text footers; /* lines below instead of "(n rows)"; empty: that */
};

/* How much of a terminal it will take. */
struct table_extent {
    size_t lines;
    size_t columns;
};

void table_init(struct table *table, size_t column_count);
void table_free(struct table *table);

/* The next cell, first those of the header. data NULL: an SQL NULL; size SIZE_MAX: up to the NUL. */
void table_add(struct table *table, const char *data, size_t size);

/* screen_columns: of the terminal it goes to, 0: none; TABLE_EXPANDED_AUTO looks at it. */
void table_print(const struct table *table, const struct table_style *style,
                 unsigned screen_columns, FILE *out);
struct table_extent table_measure(const struct table *table, const struct table_style *style,
                                  unsigned screen_columns);

/* The default: aligned, border 1, "|" and newline. own: table_style_free(). */
void table_style_init(struct table_style *style);
void table_style_free(struct table_style *style);

#endif
