/*
 * table_plain.c - formats for other programs: unaligned, CSV, JSON, Markdown.
 *
 * Unaligned and CSV are psql's. JSON is an array of objects, a row a line, numbers and booleans as such (NaN and infinities,
 * which JSON lacks, as texts). Markdown is a table of GitHub's kind, padded so that it reads well as text.
 */
#include "shell/table_private.h"

#include <stdlib.h>
#include <string.h>

static bool has_title(const struct table_style *style);
static void put_footers(const struct table *table, const struct table_style *style, bool separate,
                        FILE *out);
static void put_end(const struct table_style *style, FILE *out);
static void put(const struct text *text, FILE *out);
static void put_piece(struct table_piece piece, FILE *out);
static void print_unaligned_records(const struct table *table, const struct table_style *style,
                                    FILE *out);
static void put_csv(const struct table_style *style, struct table_piece piece, FILE *out);
static void put_json(const struct table *table, size_t row, size_t column, FILE *out);
static void put_json_text(struct table_piece piece, FILE *out);
static bool is_json_number(struct table_piece piece);
static void put_markdown(struct table_piece piece, FILE *out);
static size_t markdown_width(struct table_piece piece);

/* ---- unaligned ---- */

void table_print_unaligned(const struct table *table, const struct table_style *style, FILE *out)
{
    bool separate = false;

    if (style->expanded == TABLE_EXPANDED_ON) {
        print_unaligned_records(table, style, out);
        return;
    }
    if (has_title(style)) {
        fputs(style->title, out);
        put(&style->record_separator, out);
    }
    for (size_t row = style->tuples_only ? 1 : 0; table_has_row(table, style, row); row++) {
        if (separate) {
            put(&style->record_separator, out);
        }
        for (size_t column = 0; column < table->column_count; column++) {
            if (column > 0) {
                put(&style->field_separator, out);
            }
            put_piece(table_piece_of(table, style, row, column), out);
        }
        separate = true;
    }
    if (table_has_footers(table, style)) {
        put_footers(table, style, separate, out);
        separate = true;
    }
    if (separate) {
        put_end(style, out);
    }
}

/* name|value lines, a blank line between records. */
static void print_unaligned_records(const struct table *table, const struct table_style *style,
                                    FILE *out)
{
    bool separate = has_title(style);

    if (separate) {
        fputs(style->title, out);
    }
    for (size_t row = 1; row <= table_row_count(table); row++) {
        if (separate) {
            put(&style->record_separator, out);
            put(&style->record_separator, out);
        }
        for (size_t column = 0; column < table->column_count; column++) {
            if (column > 0) {
                put(&style->record_separator, out);
            }
            put_piece(table_piece_of(table, style, 0, column), out);
            put(&style->field_separator, out);
            put_piece(table_piece_of(table, style, row, column), out);
        }
        separate = true;
    }
    if (table_has_footers(table, style) && table->footers.size > 0) {
        if (separate) {
            put(&style->record_separator, out);
        }
        put_footers(table, style, separate, out);
        separate = true;
    }
    if (separate) {
        put_end(style, out);
    }
}

static bool has_title(const struct table_style *style)
{
    return style->title != NULL && style->title[0] != '\0' && !style->tuples_only;
}

/* Footers are records too. */
static void put_footers(const struct table *table, const struct table_style *style, bool separate,
                        FILE *out)
{
    const char *at = text_get(&table->footers);
    size_t count = table_row_count(table);

    if (table->footers.size == 0) {
        if (separate) {
            put(&style->record_separator, out);
        }
        fprintf(out, "(%zu row%s)", count, count == 1 ? "" : "s");
    }
    while (*at != '\0') {
        size_t size = strcspn(at, "\n");

        if (separate) {
            put(&style->record_separator, out);
        }
        fwrite(at, 1, size, out);
        at += size + (at[size] == '\n');
        separate = true;
    }
}

/* psql's own: a zero byte ends what zero bytes separate, a line end all else. */
static void put_end(const struct table_style *style, FILE *out)
{
    fputc(style->record_separator.data[0] == '\0' ? '\0' : '\n', out);
}

static void put(const struct text *text, FILE *out)
{
    fwrite(text_get(text), 1, text->size, out);
}

static void put_piece(struct table_piece piece, FILE *out)
{
    fwrite(piece.data, 1, piece.size, out);
}

/* ---- CSV ---- */

void table_print_csv(const struct table *table, const struct table_style *style, FILE *out)
{
    bool expanded = style->expanded == TABLE_EXPANDED_ON;
    size_t first = style->tuples_only || expanded ? 1 : 0;

    for (size_t row = first; table_has_row(table, style, row); row++) {
        for (size_t column = 0; column < table->column_count; column++) {
            if (expanded) {
                put_csv(style, table_piece_of(table, style, 0, column), out);
            }
            if (column > 0 || expanded) {
                fputc(style->csv_separator, out);
            }
            put_csv(style, table_piece_of(table, style, row, column), out);
            if (expanded) {
                fputc('\n', out);
            }
        }
        if (!expanded) {
            fputc('\n', out);
        }
    }
}

static void put_csv(const struct table_style *style, struct table_piece piece, FILE *out)
{
    bool quoted = (piece.size == 2 && memcmp(piece.data, "\\.", 2) == 0) ||
                  style->csv_separator == '\\' || style->csv_separator == '.';

    for (size_t i = 0; i < piece.size && !quoted; i++) {
        char byte = piece.data[i];

        quoted = byte == style->csv_separator || byte == '"' || byte == '\n' || byte == '\r';
    }
    fputs(quoted ? "\"" : "", out);
    for (size_t i = 0; i < piece.size; i++) {
        fputs(quoted && piece.data[i] == '"' ? "\"" : "", out);
        fputc(piece.data[i], out);
    }
    fputs(quoted ? "\"" : "", out);
}

/* ---- JSON ---- */

void table_print_json(const struct table *table, const struct table_style *style, FILE *out)
{
    (void)style;
    fputc('[', out);
    for (size_t row = 1; row <= table_row_count(table); row++) {
        fputs(row > 1 ? ",\n{" : "{", out);
        for (size_t column = 0; column < table->column_count; column++) {
            fputs(column > 0 ? "," : "", out);
            put_json_text(table_piece_of(table, style, 0, column), out);
            fputc(':', out);
            put_json(table, row, column, out);
        }
        fputc('}', out);
    }
    fputs("]\n", out);
}

static void put_json(const struct table *table, size_t row, size_t column, FILE *out)
{
    static const struct table_style plain = {.null_text = ""};
    struct table_piece piece = table_piece_of(table, &plain, row, column);

    if (table->cells[row * table->column_count + column].is_null) {
        fputs("null", out);
    } else if (table->kinds[column] == TABLE_BOOLEAN && piece.size == 1) {
        fputs(piece.data[0] == 't' ? "true" : "false", out);
    } else if (table->kinds[column] == TABLE_NUMBER && is_json_number(piece)) {
        put_piece(piece, out);
    } else {
        put_json_text(piece, out);
    }
}

/* Not NaN, not an infinity. */
static bool is_json_number(struct table_piece piece)
{
    size_t digit = piece.size > 0 && piece.data[0] == '-' ? 1 : 0;

    return digit < piece.size && piece.data[digit] >= '0' && piece.data[digit] <= '9';
}

static void put_json_text(struct table_piece piece, FILE *out)
{
    static const char plain[] = "\"\\\n\r\t\b\f";
    static const char letters[] = "\"\\nrtbf";

    fputc('"', out);
    for (size_t i = 0; i < piece.size; i++) {
        char byte = piece.data[i];
        const char *found = byte == '\0' ? NULL : strchr(plain, byte);

        if (found != NULL) {
            fprintf(out, "\\%c", letters[found - plain]);
        } else if ((unsigned char)byte < 0x20) {
            fprintf(out, "\\u%04x", (unsigned)byte);
        } else {
            fputc(byte, out);
        }
    }
    fputc('"', out);
}

/* ---- Markdown ---- */

void table_print_markdown(const struct table *table, const struct table_style *style, FILE *out)
{
    size_t *widths = text_memory(NULL, table->column_count * sizeof *widths);

    for (size_t column = 0; column < table->column_count; column++) {
        widths[column] = 3;
        for (size_t row = 0; row <= table_row_count(table); row++) {
            size_t width = markdown_width(table_piece_of(table, style, row, column));

            widths[column] = width > widths[column] ? width : widths[column];
        }
    }
    for (size_t row = 0; row <= table_row_count(table); row++) {
        for (size_t column = 0; column < table->column_count; column++) {
            struct table_piece piece = table_piece_of(table, style, row, column);
            bool right = row > 0 && table->kinds[column] == TABLE_NUMBER;

            fputs(column > 0 ? " " : "| ", out);
            table_pad(out, right ? widths[column] - markdown_width(piece) : 0, " ");
            put_markdown(piece, out);
            table_pad(out, right ? 0 : widths[column] - markdown_width(piece), " ");
            fputs(" |", out);
        }
        fputc('\n', out);
        for (size_t column = 0; column < table->column_count && row == 0; column++) {
            bool right = table->kinds[column] == TABLE_NUMBER;

            fputs(column > 0 ? "" : "|", out);
            table_pad(out, widths[column] + (right ? 1 : 2), "-");
            fputs(right ? ":|" : "|", out);
            fputs(column + 1 == table->column_count ? "\n" : "", out);
        }
    }
    free(widths);
}

/* | and line ends would end the cell. */
static void put_markdown(struct table_piece piece, FILE *out)
{
    for (size_t i = 0; i < piece.size; i++) {
        if (piece.data[i] == '|') {
            fputs("\\|", out);
        } else if (piece.data[i] == '\n') {
            fputs("<br>", out);
        } else {
            fputc(piece.data[i], out);
        }
    }
}

static size_t markdown_width(struct table_piece piece)
{
    size_t width = text_width(piece.data, piece.size);

    for (size_t i = 0; i < piece.size; i++) {
        width += piece.data[i] == '|' ? 1 : piece.data[i] == '\n' ? 4 : 0;
    }
    return width;
}
