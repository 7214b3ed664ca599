/*
 * table.c - psql's aligned format, border 1: a centred header, a rule, cells padded to the widest; a cell
 * of several lines continues below, with a + at the right edge of the line before. Also its expanded and
 * unaligned formats.
 */
#include "shell/table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What is left of a cell while its row is printed line by line. */
struct rest {
    const char *data;
    size_t size;
};

static void print_aligned(const struct table *table, const struct table_style *style, FILE *out);
static void print_header(const struct table *table, const size_t *widths, FILE *out);
static void print_rule(const struct table *table, const size_t *widths, FILE *out);
static void print_row(const struct table *table, size_t row, const size_t *widths,
                      struct rest *rests, FILE *out);
static void print_line_cell(const struct table *table, size_t column, size_t width,
                            struct rest *rest, FILE *out);
static void print_expanded(const struct table *table, const struct table_style *style, FILE *out);
static void print_unaligned(const struct table *table, const struct table_style *style, FILE *out);
static void measure(const struct table *table, size_t *widths, bool with_header);
static size_t line_size(const char *data, size_t size);
static void show(struct text *text, const char *data, size_t size);
static void pad(FILE *out, size_t count);
static size_t row_count(const struct table *table);
static const struct table_cell *cell_at(const struct table *table, size_t row, size_t column);
static void print_count(const struct table *table, const struct table_style *style, FILE *out);

void table_init(struct table *table, size_t column_count)
{
    *table = (struct table){.column_count = column_count};
    table->right = text_memory(NULL, column_count * sizeof *table->right);
    memset(table->right, 0, column_count * sizeof *table->right);
}

void table_free(struct table *table)
{
    free(table->right);
    free(table->cells);
    text_free(&table->text);
}

void table_add(struct table *table, const char *data, size_t size)
{
    struct table_cell *cell = NULL;

    if (table->cell_count == table->cell_capacity) {
        table->cell_capacity = table->cell_capacity == 0 ? 64 : table->cell_capacity * 2;
        table->cells = text_memory(table->cells, table->cell_capacity * sizeof *table->cells);
    }
    cell = &table->cells[table->cell_count++];
    cell->start = table->text.size;
    show(&table->text, data, size == SIZE_MAX ? strlen(data) : size);
    cell->size = table->text.size - cell->start;
}

void table_print(const struct table *table, const struct table_style *style, FILE *out)
{
    if (style->unaligned) {
        print_unaligned(table, style, out);
    } else if (style->expanded) {
        print_expanded(table, style, out);
    } else {
        print_aligned(table, style, out);
    }
}

/* Control characters as psql shows them: a tab as spaces up to the next eighth column. */
static void show(struct text *text, const char *data, size_t size)
{
    size_t line_start = text->size;

    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)data[i];

        if (byte == '\n') {
            text_add_char(text, '\n');
            line_start = text->size;
        } else if (byte == '\t') {
            do {
                text_add_char(text, ' ');
            } while (text_width(text->data + line_start, text->size - line_start) % 8 != 0);
        } else if (byte == '\r') {
            text_add_text(text, "\\r");
        } else if (byte < 0x20 || byte == 0x7F) {
            text_format(text, "\\x%02X", byte);
        } else {
            text_add_char(text, (char)byte);
        }
    }
}

static size_t row_count(const struct table *table)
{
    return table->column_count == 0 ? 0 : table->cell_count / table->column_count - 1;
}

/* Row 0 is the header. */
static const struct table_cell *cell_at(const struct table *table, size_t row, size_t column)
{
    return &table->cells[row * table->column_count + column];
}

static size_t line_size(const char *data, size_t size)
{
    const char *end = size == 0 ? NULL : memchr(data, '\n', size);

    return end == NULL ? size : (size_t)(end - data);
}

static void measure(const struct table *table, size_t *widths, bool with_header)
{
    memset(widths, 0, table->column_count * sizeof *widths);
    for (size_t row = with_header ? 0 : 1; row <= row_count(table); row++) {
        for (size_t column = 0; column < table->column_count; column++) {
            const struct table_cell *cell = cell_at(table, row, column);
            const char *data = text_get(&table->text) + cell->start;
            size_t left = cell->size;

            for (;;) {
                size_t size = line_size(data, left);
                size_t width = text_width(data, size);

                widths[column] = width > widths[column] ? width : widths[column];
                if (size == left) {
                    break;
                }
                data += size + 1;
                left -= size + 1;
            }
        }
    }
}

static void pad(FILE *out, size_t count)
{
    while (count-- > 0) {
        fputc(' ', out);
    }
}

static void print_count(const struct table *table, const struct table_style *style, FILE *out)
{
    size_t rows = row_count(table);

    if (!style->tuples_only && !style->no_count) {
        fprintf(out, "(%zu row%s)\n", rows, rows == 1 ? "" : "s");
    }
}

/* ---- aligned ---- */

static void print_aligned(const struct table *table, const struct table_style *style, FILE *out)
{
    size_t *widths = text_memory(NULL, table->column_count * sizeof *widths);
    struct rest *rests = text_memory(NULL, table->column_count * sizeof *rests);

    measure(table, widths, !style->tuples_only);
    if (!style->tuples_only) {
        if (table->title != NULL) {
            size_t total = table->column_count == 0 ? 0 : table->column_count * 3 - 1;
            size_t title = text_width(table->title, strlen(table->title));

            for (size_t i = 0; i < table->column_count; i++) {
                total += widths[i];
            }
            pad(out, title < total ? (total - title) / 2 : 0);
            fprintf(out, "%s\n", table->title);
        }
        print_header(table, widths, out);
        print_rule(table, widths, out);
    }
    for (size_t row = 1; row <= row_count(table); row++) {
        print_row(table, row, widths, rests, out);
    }
    print_count(table, style, out);
    if (!style->no_count) {
        fputc('\n', out);
    }
    free(widths);
    free(rests);
}

static void print_header(const struct table *table, const size_t *widths, FILE *out)
{
    for (size_t column = 0; column < table->column_count; column++) {
        const struct table_cell *cell = cell_at(table, 0, column);
        const char *data = text_get(&table->text) + cell->start;
        size_t spare = widths[column] - text_width(data, cell->size);

        fputc(' ', out);
        pad(out, spare / 2);
        fwrite(data, 1, cell->size, out);
        pad(out, (spare + 1) / 2);
        fputs(column + 1 < table->column_count ? " |" : " ", out);
    }
    fputc('\n', out);
}

static void print_rule(const struct table *table, const size_t *widths, FILE *out)
{
    for (size_t column = 0; column < table->column_count; column++) {
        if (column > 0) {
            fputc('+', out);
        }
        for (size_t i = 0; i < widths[column] + 2; i++) {
            fputc('-', out);
        }
    }
    if (table->column_count == 0) {
        fputs("--", out);
    }
    fputc('\n', out);
}

/* Line by line until every cell of the row is used up. */
static void print_row(const struct table *table, size_t row, const size_t *widths,
                      struct rest *rests, FILE *out)
{
    bool more = true;

    for (size_t column = 0; column < table->column_count; column++) {
        const struct table_cell *cell = cell_at(table, row, column);

        rests[column] = (struct rest){text_get(&table->text) + cell->start, cell->size};
    }
    while (more) {
        more = false;
        for (size_t column = 0; column < table->column_count; column++) {
            print_line_cell(table, column, widths[column], &rests[column], out);
            more = more || rests[column].data != NULL;
        }
        fputc('\n', out);
    }
}

static void print_line_cell(const struct table *table, size_t column, size_t width,
                            struct rest *rest, FILE *out)
{
    bool last = column + 1 == table->column_count;
    size_t size = rest->data == NULL ? 0 : line_size(rest->data, rest->size);
    size_t spare = width - (rest->data == NULL ? 0 : text_width(rest->data, size));
    bool continues = rest->data != NULL && size < rest->size;

    fputc(' ', out);
    if (table->right[column]) {
        pad(out, spare);
    }
    if (size > 0) {
        fwrite(rest->data, 1, size, out);
    }
    if (!table->right[column] && (!last || continues)) {
        pad(out, spare);
    }
    if (continues) {
        fputc('+', out);
        rest->data += size + 1;
        rest->size -= size + 1;
    } else {
        if (!last) {
            fputc(' ', out);
        }
        rest->data = NULL;
        rest->size = 0;
    }
    if (!last) {
        fputc('|', out);
    }
}

/* ---- expanded, unaligned ---- */

static void print_expanded(const struct table *table, const struct table_style *style, FILE *out)
{
    size_t name_width = 0;
    size_t value_width = 0;
    size_t record_width = 0;
    size_t *widths = text_memory(NULL, table->column_count * sizeof *widths);

    measure(table, widths, false);
    for (size_t column = 0; column < table->column_count; column++) {
        const struct table_cell *cell = cell_at(table, 0, column);
        size_t width = text_width(text_get(&table->text) + cell->start, cell->size);

        name_width = width > name_width ? width : name_width;
        value_width = widths[column] > value_width ? widths[column] : value_width;
    }
    free(widths);
    /* The record's own line is the least width of all. */
    record_width = (size_t)snprintf(NULL, 0, "[ RECORD %zu ]", row_count(table));
    if (name_width + value_width + 3 < record_width) {
        value_width = record_width - name_width - 3;
    }
    for (size_t row = 1; row <= row_count(table); row++) {
        int taken = style->tuples_only ? 0 : fprintf(out, "-[ RECORD %zu ]", row);

        for (size_t i = (size_t)taken; !style->tuples_only && i < name_width + value_width + 3;
             i++) {
            fputc(i == name_width + 1 ? '+' : '-', out);
        }
        fputs(taken > 0 ? "\n" : "", out);
        for (size_t column = 0; column < table->column_count; column++) {
            const struct table_cell *name = cell_at(table, 0, column);
            const struct table_cell *value = cell_at(table, row, column);
            const char *data = text_get(&table->text) + value->start;
            size_t left = value->size;

            fwrite(text_get(&table->text) + name->start, 1, name->size, out);
            pad(out, name_width - text_width(text_get(&table->text) + name->start, name->size));
            fputs(" | ", out);
            for (size_t size = line_size(data, left); size < left; size = line_size(data, left)) {
                fwrite(data, 1, size, out);
                pad(out, value_width - text_width(data, size));
                fputs("+\n", out);
                pad(out, name_width);
                fputs(" | ", out);
                data += size + 1;
                left -= size + 1;
            }
            fwrite(data, 1, left, out);
            fputc('\n', out);
        }
    }
    if (row_count(table) == 0) {
        print_count(table, style, out);
    }
    fputc('\n', out);
}

static void print_unaligned(const struct table *table, const struct table_style *style, FILE *out)
{
    for (size_t row = style->tuples_only ? 1 : 0; row <= row_count(table); row++) {
        for (size_t column = 0; column < table->column_count; column++) {
            const struct table_cell *cell = cell_at(table, row, column);

            fputs(column > 0 ? "|" : "", out);
            fwrite(text_get(&table->text) + cell->start, 1, cell->size, out);
        }
        fputc('\n', out);
    }
    print_count(table, style, out);
}
