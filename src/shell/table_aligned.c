/*
 * table_aligned.c - psql's aligned format: a centred header, a rule, cells padded to the widest. A cell of several lines
 * continues below, with a + at the right edge of the line before. Border 0: spaces between; 1: lines between; 2: around too.
 */
#include "shell/table_private.h"

#include <stdlib.h>
#include <string.h>

static void print_title(const struct table_style *style, size_t total, FILE *out);
static void print_header(const struct table *table, const struct table_style *style,
                         const size_t *widths, FILE *out);
static void print_row(const struct table *table, const struct table_style *style, size_t row,
                      const size_t *widths, FILE *out);
static void print_piece(const struct table *table, const struct table_style *style, size_t column,
                        size_t width, struct table_piece *piece, FILE *out);
static bool any_left(const struct table_piece *pieces, size_t count);

size_t *table_widths(const struct table *table, const struct table_style *style, size_t *total_out)
{
    size_t *widths = text_memory(NULL, table->column_count * sizeof *widths);
    size_t count = table->column_count;

    memset(widths, 0, count * sizeof *widths);
    *total_out = style->border == 0   ? count
                 : style->border == 1 ? count * 3 - (count > 0)
                                      : count * 3 + 1;
    for (size_t row = 0; row <= table_row_count(table);
         row++) { /* names count though they are not shown */
        for (size_t column = 0; column < count; column++) {
            size_t width = table_piece_extent(table_piece_of(table, style, row, column)).columns;

            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
    for (size_t column = 0; column < count; column++) {
        *total_out += widths[column];
    }
    return widths;
}

void table_print_aligned(const struct table *table, const struct table_style *style, FILE *out)
{
    size_t total = 0;
    size_t *widths = table_widths(table, style, &total);
    const struct table_lines *lines = table_lines_of(style);

    print_title(style, total, out);
    if (!style->tuples_only) {
        if (style->border == 2) {
            table_print_rule(&lines->top, widths, table->column_count, style->border, out);
        }
        print_header(table, style, widths, out);
        table_print_rule(&lines->middle, widths, table->column_count, style->border, out);
    }
    for (size_t row = 1; table_has_row(table, style, row); row++) {
        print_row(table, style, row, widths, out);
    }
    if (style->border == 2) {
        table_print_rule(&lines->bottom, widths, table->column_count, style->border, out);
    }
    table_print_footers(table, style, out);
    fputc('\n', out);
    free(widths);
}

static void print_title(const struct table_style *style, size_t total, FILE *out)
{
    if (style->title != NULL && style->title[0] != '\0' && !style->tuples_only) {
        size_t width = text_width(style->title, strlen(style->title));

        table_pad(out, width < total ? (total - width) / 2 : 0, " ");
        fprintf(out, "%s\n", style->title);
    }
}

void table_print_rule(const struct table_rule *rule, const size_t *widths, size_t count,
                      unsigned border, FILE *out)
{
    fputs(border == 2 ? rule->left : "", out);
    fputs(border > 0 ? rule->line : "", out);
    for (size_t column = 0; column < count; column++) {
        if (column > 0 && border == 0) {
            fputc(' ', out);
        } else if (column > 0) {
            fprintf(out, "%s%s%s", rule->line, rule->cross, rule->line);
        }
        table_pad(out, widths[column], rule->line);
    }
    fputs(border > 0 ? rule->line : "", out);
    fprintf(out, "%s\n", border == 2 ? rule->right : "");
}

/* Line by line until every name is used up. */
static void print_header(const struct table *table, const struct table_style *style,
                         const size_t *widths, FILE *out)
{
    const struct table_lines *lines = table_lines_of(style);
    size_t count = table->column_count;
    struct table_piece *pieces = text_memory(NULL, count * sizeof *pieces);

    for (size_t column = 0; column < count; column++) {
        pieces[column] = table_piece_of(table, style, 0, column);
    }
    do {
        fputs(style->border == 2 ? lines->bar : "", out);
        for (size_t column = 0; column < count; column++) {
            struct table_piece piece = pieces[column];
            size_t size = table_line_size(piece);
            size_t spare = widths[column] - (size == 0 ? 0 : text_width(piece.data, size));

            pieces[column] = table_next_line(piece);
            fputs(style->border > 0 ? " " : "", out);
            table_pad(out, spare / 2, " ");
            fwrite(size == 0 ? "" : piece.data, 1, size, out);
            table_pad(out, (spare + 1) / 2, " ");
            fputs(pieces[column].data != NULL ? lines->continues : " ", out);
            fputs(style->border > 0 && column + 1 < count ? lines->bar : "", out);
        }
        fprintf(out, "%s\n", style->border == 2 ? lines->bar : "");
    } while (any_left(pieces, count));
    free(pieces);
}

static void print_row(const struct table *table, const struct table_style *style, size_t row,
                      const size_t *widths, FILE *out)
{
    const struct table_lines *lines = table_lines_of(style);
    size_t count = table->column_count;
    struct table_piece *pieces = text_memory(NULL, count * sizeof *pieces);

    for (size_t column = 0; column < count; column++) {
        pieces[column] = table_piece_of(table, style, row, column);
    }
    do {
        fputs(style->border == 2 ? lines->bar : "", out);
        for (size_t column = 0; column < count; column++) {
            print_piece(table, style, column, widths[column], &pieces[column], out);
        }
        fprintf(out, "%s\n", style->border == 2 ? lines->bar : "");
    } while (any_left(pieces, count));
    free(pieces);
}

/* One line of one cell. */
static void print_piece(const struct table *table, const struct table_style *style, size_t column,
                        size_t width, struct table_piece *piece, FILE *out)
{
    const struct table_lines *lines = table_lines_of(style);
    bool last = column + 1 == table->column_count;
    size_t size = table_line_size(*piece);
    size_t spare = width - (size == 0 ? 0 : text_width(piece->data, size));
    struct table_piece next = table_next_line(*piece);
    bool continues = next.data != NULL;
    bool right = table->kinds[column] == TABLE_NUMBER && piece->data != NULL;

    if (style->border > 0) {
        fputc(' ', out);
    }
    table_pad(out, right ? spare : 0, " ");
    fwrite(size == 0 ? "" : piece->data, 1, size, out);
    if (!right && (!last || style->border == 2 || continues)) {
        table_pad(out, spare, " ");
    }
    if (continues) {
        fputs(lines->continues, out);
    } else if (!last || style->border == 2) {
        fputc(' ', out);
    }
    if (!last && style->border > 0) {
        fputs(lines->bar, out);
    }
    *piece = next;
}

static bool any_left(const struct table_piece *pieces, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].data != NULL) {
            return true;
        }
    }
    return false;
}
