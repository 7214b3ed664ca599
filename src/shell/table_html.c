/* table_html.c - psql's html format: a table for a browser, or one field a row. */
#include "shell/table_private.h"

#include <string.h>

static void print_rows(const struct table *table, const struct table_style *style, FILE *out);
static void print_records(const struct table *table, const struct table_style *style, FILE *out);
static void print_footers(const struct table *table, const struct table_style *style, FILE *out);
static void put_text(struct table_piece piece, FILE *out);
static void put_value(const struct table *table, size_t column, struct table_piece piece,
                      FILE *out);

void table_print_html(const struct table *table, const struct table_style *style, FILE *out)
{
    bool has_title = style->title != NULL && !style->tuples_only;

    fprintf(out, "<table border=\"%u\">\n", style->border);
    if (has_title) {
        fputs("  <caption>", out);
        put_text((struct table_piece){style->title, strlen(style->title)}, out);
        fputs("</caption>\n", out);
    }
    if (style->expanded == TABLE_EXPANDED_ON) {
        print_records(table, style, out);
    } else {
        print_rows(table, style, out);
    }
    fputs("</table>\n", out);
    print_footers(table, style, out);
    fputc('\n', out);
}

static void print_rows(const struct table *table, const struct table_style *style, FILE *out)
{
    if (!style->tuples_only) {
        fputs("  <tr>\n", out);
        for (size_t column = 0; column < table->column_count; column++) {
            fputs("    <th align=\"center\">", out);
            put_text(table_piece_of(table, style, 0, column), out);
            fputs("</th>\n", out);
        }
        fputs("  </tr>\n", out);
    }
    for (size_t row = 1; table_has_row(table, style, row); row++) {
        fputs("  <tr valign=\"top\">\n", out);
        for (size_t column = 0; column < table->column_count; column++) {
            put_value(table, column, table_piece_of(table, style, row, column), out);
        }
        fputs("  </tr>\n", out);
    }
}

static void print_records(const struct table *table, const struct table_style *style, FILE *out)
{
    for (size_t row = 1; table_has_row(table, style, row); row++) {
        if (style->tuples_only) {
            fputs("\n  <tr><td colspan=\"2\">&nbsp;</td></tr>\n", out);
        } else {
            fprintf(out, "\n  <tr><td colspan=\"2\" align=\"center\">Record %zu</td></tr>\n", row);
        }
        for (size_t column = 0; column < table->column_count; column++) {
            fputs("  <tr valign=\"top\">\n    <th>", out);
            put_text(table_piece_of(table, style, 0, column), out);
            fputs("</th>\n", out);
            put_value(table, column, table_piece_of(table, style, row, column), out);
            fputs("  </tr>\n", out);
        }
    }
}

/* Records are not counted below, as their numbers stand above them. */
static void print_footers(const struct table *table, const struct table_style *style, FILE *out)
{
    const char *at = text_get(&table->footers);
    size_t count = table_row_count(table);

    if (!table_has_footers(table, style) ||
        (table->footers.size == 0 && style->expanded == TABLE_EXPANDED_ON)) {
        return;
    }
    fputs("<p>", out);
    if (table->footers.size == 0) {
        fprintf(out, "(%zu row%s)<br />\n", count, count == 1 ? "" : "s");
    }
    while (*at != '\0') {
        size_t size = strcspn(at, "\n");

        put_text((struct table_piece){at, size}, out);
        fputs("<br />\n", out);
        at += size + (at[size] == '\n');
    }
    fputs("</p>", out);
}

static void put_value(const struct table *table, size_t column, struct table_piece piece, FILE *out)
{
    bool blank = true;

    for (size_t i = 0; i < piece.size; i++) {
        blank = blank && (piece.data[i] == ' ' || piece.data[i] == '\t');
    }
    fprintf(out, "    <td align=\"%s\">", table->kinds[column] == TABLE_NUMBER ? "right" : "left");
    if (blank) {
        fputs("&nbsp; ", out);
    } else {
        put_text(piece, out);
    }
    fputs("</td>\n", out);
}

/* Spaces in front stay visible: EXPLAIN's mean something. */
static void put_text(struct table_piece piece, FILE *out)
{
    bool leading = true;

    for (size_t i = 0; i < piece.size; i++) {
        switch (piece.data[i]) {
        case '&':
            fputs("&amp;", out);
            break;
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        case '\n':
            fputs("<br />\n", out);
            break;
        case ' ':
            fputs(leading ? "&nbsp;" : " ", out);
            break;
        default:
            fputc(piece.data[i], out);
            break;
        }
        leading = leading && piece.data[i] == ' ';
    }
}
