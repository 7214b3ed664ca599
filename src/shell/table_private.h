/* table_private.h - what the formats of table.h share. */
#ifndef VARVE_SHELL_TABLE_PRIVATE_H
#define VARVE_SHELL_TABLE_PRIVATE_H

#include "shell/table.h"

/* One kind of horizontal line. */
struct table_rule {
    const char *line;
    const char *left;
    const char *cross;
    const char *right;
};

/* What an aligned table is drawn with. */
struct table_lines {
    struct table_rule top;
    struct table_rule middle;
    struct table_rule bottom;
    const char *bar;       /* between columns */
    const char *continues; /* right of a line that goes on below */
};

/* Bytes of a cell; when it is printed line by line, what is left of them. */
struct table_piece {
    const char *data; /* NULL: used up */
    size_t size;
};

const struct table_lines *table_lines_of(const struct table_style *style);
size_t table_row_count(const struct table *table);
/* Whether there is a row of that number to print. */
bool table_has_row(const struct table *table, const struct table_style *style, size_t row);

/* Row 0 is the header; NULL is the style's text for it. */
struct table_piece table_piece_of(const struct table *table, const struct table_style *style,
                                  size_t row, size_t column);
/* The first line of a piece. */
size_t table_line_size(struct table_piece piece);
/* Behind its first line. */
struct table_piece table_next_line(struct table_piece piece);
/* Widest line, and how many. */
struct table_extent table_piece_extent(struct table_piece piece);
void table_pad(FILE *out, size_t count, const char *with);

/* "(n rows)", or the table's own footers; nothing when the style wants none. */
void table_print_footers(const struct table *table, const struct table_style *style, FILE *out);
bool table_has_footers(const struct table *table, const struct table_style *style);

/* table_aligned.c: beside each other, *widths_out (own: free) by column; or one below the other. */
void table_print_aligned(const struct table *table, const struct table_style *style, FILE *out);
size_t *table_widths(const struct table *table, const struct table_style *style, size_t *total_out);
void table_print_rule(const struct table_rule *rule, const size_t *widths, size_t count,
                      unsigned border, FILE *out);

/* table_expanded.c */
void table_print_expanded(const struct table *table, const struct table_style *style, FILE *out);

/* table_html.c */
void table_print_html(const struct table *table, const struct table_style *style, FILE *out);

/* table_plain.c */
void table_print_unaligned(const struct table *table, const struct table_style *style, FILE *out);
void table_print_csv(const struct table *table, const struct table_style *style, FILE *out);
void table_print_json(const struct table *table, const struct table_style *style, FILE *out);
void table_print_markdown(const struct table *table, const struct table_style *style, FILE *out);

#endif
