/* table.c - collecting rows as text, and which format prints them. */
#include "shell/table_private.h"

#include <stdlib.h>
#include <string.h>

static bool is_expanded(const struct table *table, const struct table_style *style,
                        unsigned screen_columns);
static bool needs_showing(const struct table *table, const struct table_style *style);
static void copy_shown(const struct table *table, const struct table_style *style,
                       struct table *shown_out);
static void show(struct text *text, struct table_piece piece);

void table_init(struct table *table, size_t column_count)
{
    *table = (struct table){.column_count = column_count};
    table->kinds = text_memory(NULL, column_count * sizeof *table->kinds);
    for (size_t i = 0; i < column_count; i++) {
        table->kinds[i] = TABLE_TEXT;
    }
}

void table_free(struct table *table)
{
    free(table->kinds);
    free(table->cells);
    text_free(&table->text);
    text_free(&table->footers);
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
    cell->size = data == NULL ? 0 : size == SIZE_MAX ? strlen(data) : size;
    cell->is_null = data == NULL;
    text_add(&table->text, data, cell->size);
}

void table_style_init(struct table_style *style)
{
    *style = (struct table_style){.border = 1, .csv_separator = ',', .null_text = ""};
    text_add_char(&style->field_separator, '|');
    text_add_char(&style->record_separator, '\n');
}

void table_style_free(struct table_style *style)
{
    text_free(&style->field_separator);
    text_free(&style->record_separator);
}

void table_print(const struct table *table, const struct table_style *style,
                 unsigned screen_columns, FILE *out)
{
    bool expanded = is_expanded(table, style, screen_columns);
    struct table_style chosen = *style;
    struct table shown;

    chosen.title = table->title == NULL ? style->title : table->title;
    chosen.expanded = expanded ? TABLE_EXPANDED_ON : TABLE_EXPANDED_OFF;
    switch (style->format) {
    case TABLE_ALIGNED:
        copy_shown(table, style, &shown);
        if (expanded) {
            table_print_expanded(&shown, &chosen, out);
        } else {
            table_print_aligned(&shown, &chosen, out);
        }
        if (shown.text.data != table->text.data) {
            table_free(&shown);
        }
        break;
    case TABLE_UNALIGNED:
        table_print_unaligned(table, &chosen, out);
        break;
    case TABLE_CSV:
        table_print_csv(table, &chosen, out);
        break;
    case TABLE_HTML:
        table_print_html(table, &chosen, out);
        break;
    case TABLE_JSON:
        table_print_json(table, &chosen, out);
        break;
    case TABLE_MARKDOWN:
        table_print_markdown(table, &chosen, out);
        break;
    }
}

struct table_extent table_measure(const struct table *table, const struct table_style *style,
                                  unsigned screen_columns)
{
    struct table_extent extent = {0};
    bool expanded = is_expanded(table, style, screen_columns);
    size_t *widths = table_widths(table, style, &extent.columns);

    free(widths);
    extent.lines =
        expanded ? table_row_count(table) * (table->column_count + 1) : table_row_count(table) + 4;
    for (size_t i = 0; i < table->text.size; i++) {
        extent.lines += table->text.data[i] == '\n';
    }
    if (expanded || style->format != TABLE_ALIGNED) {
        extent.columns = 0;
    }
    return extent;
}

/* \x auto: when it is too wide for the screen. */
static bool is_expanded(const struct table *table, const struct table_style *style,
                        unsigned screen_columns)
{
    size_t total = 0;
    unsigned limit = style->columns > 0 ? style->columns : screen_columns;

    if (style->expanded != TABLE_EXPANDED_AUTO) {
        return style->expanded == TABLE_EXPANDED_ON;
    }
    if (limit == 0) {
        return false;
    }
    free(table_widths(table, style, &total));
    return total > limit;
}

/* ---- what a terminal is shown ---- */

static bool needs_showing(const struct table *table, const struct table_style *style)
{
    const char *null_text = style->null_text;

    for (size_t i = 0; i < table->text.size; i++) {
        unsigned char byte = (unsigned char)table->text.data[i];

        if ((byte < 0x20 && byte != '\n') || byte == 0x7F) {
            return true;
        }
    }
    for (size_t i = 0; i < table->cell_count && null_text[0] != '\0'; i++) {
        if (table->cells[i].is_null) {
            return true;
        }
    }
    return false;
}

/* The table itself when there is nothing to replace. */
static void copy_shown(const struct table *table, const struct table_style *style,
                       struct table *shown_out)
{
    *shown_out = *table;
    if (!needs_showing(table, style)) {
        return;
    }
    shown_out->text = (struct text){0};
    shown_out->footers = (struct text){0};
    text_add(&shown_out->footers, table->footers.data, table->footers.size);
    shown_out->kinds = text_memory(NULL, table->column_count * sizeof *table->kinds);
    memcpy(shown_out->kinds, table->kinds, table->column_count * sizeof *table->kinds);
    shown_out->cells = text_memory(NULL, table->cell_count * sizeof *table->cells);
    for (size_t i = 0; i < table->cell_count; i++) {
        shown_out->cells[i].start = shown_out->text.size;
        shown_out->cells[i].is_null = false;
        show(&shown_out->text,
             table_piece_of(table, style, i / table->column_count, i % table->column_count));
        shown_out->cells[i].size = shown_out->text.size - shown_out->cells[i].start;
    }
    text_add(&shown_out->text, "", 0);
}

/* Control characters as psql shows them: a tab as spaces up to the next eighth column. */
static void show(struct text *text, struct table_piece piece)
{
    size_t line_start = text->size;

    for (size_t i = 0; i < piece.size; i++) {
        unsigned char byte = (unsigned char)piece.data[i];

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

/* ---- what the formats share ---- */

const struct table_lines *table_lines_of(const struct table_style *style)
{
    static const struct table_lines ascii = {.top = {"-", "+", "+", "+"},
                                             .middle = {"-", "+", "+", "+"},
                                             .bottom = {"-", "+", "+", "+"},
                                             .bar = "|",
                                             .continues = "+"};
    static const struct table_lines drawn = {.top = {"─", "┌", "┬", "┐"},
                                             .middle = {"─", "├", "┼", "┤"},
                                             .bottom = {"─", "└", "┴", "┘"},
                                             .bar = "│",
                                             .continues = "↵"};

    return style->unicode ? &drawn : &ascii;
}

size_t table_row_count(const struct table *table)
{
    return table->column_count == 0 ? 0 : table->cell_count / table->column_count - 1;
}

bool table_has_row(const struct table *table, const struct table_style *style, size_t row)
{
    return row <= table_row_count(table) && (style->interrupted == NULL || !style->interrupted());
}

struct table_piece table_piece_of(const struct table *table, const struct table_style *style,
                                  size_t row, size_t column)
{
    const struct table_cell *cell = &table->cells[row * table->column_count + column];

    if (cell->is_null) {
        return (struct table_piece){style->null_text, strlen(style->null_text)};
    }
    return (struct table_piece){text_get(&table->text) + cell->start, cell->size};
}

size_t table_line_size(struct table_piece piece)
{
    const char *end =
        piece.data == NULL || piece.size == 0 ? NULL : memchr(piece.data, '\n', piece.size);

    return piece.data == NULL ? 0 : end == NULL ? piece.size : (size_t)(end - piece.data);
}

struct table_piece table_next_line(struct table_piece piece)
{
    size_t size = table_line_size(piece);

    if (piece.data == NULL || size == piece.size) {
        return (struct table_piece){NULL, 0};
    }
    return (struct table_piece){piece.data + size + 1, piece.size - size - 1};
}

struct table_extent table_piece_extent(struct table_piece piece)
{
    struct table_extent extent = {0};

    for (; piece.data != NULL; piece = table_next_line(piece)) {
        size_t width = text_width(piece.data, table_line_size(piece));

        extent.columns = width > extent.columns ? width : extent.columns;
        extent.lines++;
    }
    return extent;
}

void table_pad(FILE *out, size_t count, const char *with)
{
    for (size_t i = 0; i < count; i++) {
        fputs(with, out);
    }
}

bool table_has_footers(const struct table *table, const struct table_style *style)
{
    return !style->tuples_only && (table->footers.size > 0 || !style->no_footer);
}

void table_print_footers(const struct table *table, const struct table_style *style, FILE *out)
{
    size_t count = table_row_count(table);

    if (!table_has_footers(table, style)) {
        return;
    }
    if (table->footers.size > 0) {
        fwrite(table->footers.data, 1, table->footers.size, out);
    } else {
        fprintf(out, "(%zu row%s)\n", count, count == 1 ? "" : "s");
    }
}
