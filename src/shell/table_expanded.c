/* table_expanded.c - psql's expanded format: a line for each field, a ruled line before each record. */
#include "shell/table_private.h"

#include <string.h>

struct widths {
    size_t name;
    size_t value;
    bool names_continue;  /* a name has several lines */
    bool values_continue; /* a value has */
};

static void measure(const struct table *table, const struct table_style *style,
                    struct widths *widths_out);
static void widen(const struct table_style *style, size_t row_count, struct widths *widths);
static void print_record_line(const struct table_style *style, const struct table_rule *rule,
                              size_t record, const struct widths *widths, FILE *out);
static void print_field(const struct table *table, const struct table_style *style, size_t row,
                        size_t column, const struct widths *widths, FILE *out);
static void print_name(const struct table_style *style, struct table_piece name,
                       const struct widths *widths, FILE *out);
static void print_value(const struct table_style *style, struct table_piece value,
                        const struct widths *widths, FILE *out);

void table_print_expanded(const struct table *table, const struct table_style *style, FILE *out)
{
    const struct table_lines *lines = table_lines_of(style);
    struct widths widths;

    if (table_row_count(table) == 0) {
        table_print_footers(table, style, out);
        fputc('\n', out);
        return;
    }
    measure(table, style, &widths);
    if (style->title != NULL && style->title[0] != '\0' && !style->tuples_only) {
        fprintf(out, "%s\n", style->title);
    }
    for (size_t row = 1; table_has_row(table, style, row); row++) {
        const struct table_rule *rule = row == 1 ? &lines->top : &lines->middle;

        if (!style->tuples_only) {
            print_record_line(style, rule, row, &widths, out);
        } else if (row > 1 || style->border == 2) {
            print_record_line(style, rule, 0, &widths, out);
        }
        for (size_t column = 0; column < table->column_count; column++) {
            print_field(table, style, row, column, &widths, out);
        }
    }
    if (style->border == 2) {
        print_record_line(style, &lines->bottom, 0, &widths, out);
    }
    if (table->footers.size > 0 && table_has_footers(table, style)) {
        fputs(style->border < 2 ? "\n" : "", out);
        table_print_footers(table, style, out);
    }
    fputc('\n', out);
}

static void measure(const struct table *table, const struct table_style *style,
                    struct widths *widths_out)
{
    *widths_out = (struct widths){0};
    for (size_t row = 0; row <= table_row_count(table); row++) {
        for (size_t column = 0; column < table->column_count; column++) {
            struct table_extent extent =
                table_piece_extent(table_piece_of(table, style, row, column));
            size_t *width = row == 0 ? &widths_out->name : &widths_out->value;
            bool *continues = row == 0 ? &widths_out->names_continue : &widths_out->values_continue;

            *width = extent.columns > *width ? extent.columns : *width;
            *continues = *continues || extent.lines > 1;
        }
    }
    if (!style->tuples_only) {
        widen(style, table_row_count(table), widths_out);
    }
}

/* The record's own line is the least width of all. */
static void widen(const struct table_style *style, size_t row_count, struct widths *widths)
{
    static const size_t label[] = {9, 12, 15}; /* "* Record ", "-[ RECORD  ]", "+-[ RECORD  ]-+" */
    static const size_t between[] = {1, 3, 7};
    size_t least = label[style->border] + (size_t)snprintf(NULL, 0, "%zu", row_count);
    size_t width = widths->name + widths->value + between[style->border] +
                   (style->border < 2 && widths->values_continue);

    if (width < least) {
        widths->value += least - width;
    }
}

/* -[ RECORD 1 ]-+---: the label covers what it needs of the line, the cross too. record 0: no label. */
static void print_record_line(const struct table_style *style, const struct table_rule *rule,
                              size_t record, const struct widths *widths, FILE *out)
{
    bool ruled = style->border > 0;
    const char *fill = ruled ? rule->line : " ";
    const char *const crossing[] = {rule->line, rule->cross, rule->line};
    size_t crossing_count = ruled ? 3 : 1;
    size_t covered = style->border == 2 ? 0 : 1;

    fputs(style->border == 2 ? rule->left : "", out);
    fputs(ruled ? rule->line : "", out);
    if (record > 0) {
        covered += (size_t)fprintf(out, ruled ? "[ RECORD %zu ]" : "* Record %zu", record);
    }
    table_pad(out, covered < widths->name ? widths->name - covered : 0, fill);
    covered = covered > widths->name ? covered - widths->name : 0;
    for (size_t i = 0; i < crossing_count; i++) {
        if (covered == 0) {
            fputs(ruled ? crossing[i] : fill, out);
        } else {
            covered--;
        }
    }
    table_pad(out, covered < widths->value ? widths->value - covered : 0, fill);
    if (style->border == 2) {
        fprintf(out, "%s%s", rule->line, rule->right);
    }
    fputc('\n', out);
}

static void print_field(const struct table *table, const struct table_style *style, size_t row,
                        size_t column, const struct widths *widths, FILE *out)
{
    struct table_piece name = table_piece_of(table, style, 0, column);
    struct table_piece value = table_piece_of(table, style, row, column);
    const struct table_lines *lines = table_lines_of(style);

    while (name.data != NULL || value.data != NULL) {
        fputs(style->border == 2 ? lines->bar : "", out);
        print_name(style, name, widths, out);
        fputs(style->border > 0 ? lines->bar : "", out);
        print_value(style, value, widths, out);
        name = table_next_line(name);
        value = table_next_line(value);
    }
}

static void print_name(const struct table_style *style, struct table_piece name,
                       const struct widths *widths, FILE *out)
{
    size_t size = table_line_size(name);

    if (name.data == NULL) {
        table_pad(out,
                  widths->name + style->border + (style->border == 0 && widths->names_continue),
                  " ");
        return;
    }
    fputs(style->border == 2 ? " " : "", out);
    fwrite(name.data, 1, size, out);
    table_pad(out, widths->name - text_width(name.data, size), " ");
    if (style->border > 0 || widths->names_continue) {
        fputs(table_next_line(name).data != NULL ? table_lines_of(style)->continues : " ", out);
    }
}

static void print_value(const struct table_style *style, struct table_piece value,
                        const struct widths *widths, FILE *out)
{
    const struct table_lines *lines = table_lines_of(style);
    size_t size = table_line_size(value);
    size_t spare = 0;
    bool continues = table_next_line(value).data != NULL;

    if (value.data == NULL) {
        table_pad(out, style->border == 2 ? widths->value + 2 : 0, " ");
        fprintf(out, "%s\n", style->border == 2 ? lines->bar : "");
        return;
    }
    spare = widths->value - text_width(value.data, size);
    fputc(' ', out);
    fwrite(value.data, 1, size, out);
    if (continues) {
        table_pad(out, spare, " ");
        fputs(lines->continues, out);
    } else if (style->border == 2) {
        table_pad(out, spare + 1, " ");
    }
    fprintf(out, "%s\n", style->border == 2 ? lines->bar : "");
}
