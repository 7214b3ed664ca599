/* csv.c - reading and writing delimited rows. */
#include "shell/csv.h"

#include <stdlib.h>
#include <string.h>

static int get(struct csv *csv);
static void field_begin(struct csv *csv);
static void field_end(struct csv *csv, bool quoted);
static bool read_csv_row(struct csv *csv, int byte);
static bool read_text_row(struct csv *csv, int byte);
static void take_escape(struct csv *csv);
static bool ends_line(struct csv *csv, int byte);

void csv_init(struct csv *csv, FILE *file, const struct csv_options *options)
{
    *csv = (struct csv){.file = file, .options = *options};
}

void csv_release(struct csv *csv)
{
    text_free(&csv->text);
    free(csv->fields);
}

bool csv_next(struct csv *csv)
{
    int byte = get(csv);

    text_clear(&csv->text);
    csv->field_count = 0;
    if (byte == EOF) {
        return false;
    }
    csv->line++;
    return csv->options.csv ? read_csv_row(csv, byte) : read_text_row(csv, byte);
}

static int get(struct csv *csv)
{
    int byte = getc_unlocked(csv->file);

    csv->bytes_read += byte != EOF;
    return byte;
}

/* \n, \r\n or a lone \r */
static bool ends_line(struct csv *csv, int byte)
{
    if (byte == '\r') {
        int next = get(csv);

        if (next != '\n' && next != EOF) {
            ungetc(next, csv->file);
            csv->bytes_read--;
        }
        return true;
    }
    return byte == '\n' || byte == EOF;
}

static void field_begin(struct csv *csv)
{
    if (csv->field_count == csv->field_capacity) {
        csv->field_capacity = csv->field_capacity == 0 ? 16 : csv->field_capacity * 2;
        csv->fields = text_memory(csv->fields, csv->field_capacity * sizeof *csv->fields);
    }
    csv->fields[csv->field_count++] = (struct csv_field){.start = csv->text.size};
}

static void field_end(struct csv *csv, bool quoted)
{
    struct csv_field *field = &csv->fields[csv->field_count - 1];
    size_t null_size = strlen(csv->options.null_text);

    field->size = csv->text.size - field->start;
    if (csv->options.csv) {
        field->is_null = !quoted && field->size == null_size &&
                         (null_size == 0 || memcmp(csv->text.data + field->start,
                                                   csv->options.null_text, null_size) == 0);
    }
    text_add_char(&csv->text, '\0');
}

static bool read_csv_row(struct csv *csv, int byte)
{
    for (;;) {
        bool quoted = false;
        bool inside = false;

        field_begin(csv);
        for (;; byte = get(csv)) {
            if (inside) {
                if (byte == EOF) {
                    csv->error = "unterminated CSV quoted field";
                    return false;
                }
                csv->line += byte == '\n';
                if (byte == csv->options.escape) {
                    int next = get(csv);

                    if (next == csv->options.quote || next == csv->options.escape) {
                        text_add_char(&csv->text, (char)next);
                        continue;
                    }
                    if (next != EOF) {
                        ungetc(next, csv->file);
                        csv->bytes_read--;
                    }
                }
                if (byte == csv->options.quote) {
                    inside = false;
                } else {
                    text_add_char(&csv->text, (char)byte);
                }
            } else if (byte == csv->options.quote) {
                inside = true;
                quoted = true;
            } else if (byte == csv->options.delimiter) {
                field_end(csv, quoted);
                byte = get(csv);
                break;
            } else if (byte == '\n' || byte == '\r' || byte == EOF) {
                (void)ends_line(csv, byte);
                field_end(csv, quoted);
                return true;
            } else {
                text_add_char(&csv->text, (char)byte);
            }
        }
    }
}

static bool read_text_row(struct csv *csv, int byte)
{
    bool null_field = false;

    field_begin(csv);
    for (;; byte = get(csv)) {
        if (byte == csv->options.delimiter) {
            field_end(csv, false);
            csv->fields[csv->field_count - 1].is_null = null_field;
            null_field = false;
            field_begin(csv);
        } else if (byte == '\n' || byte == '\r' || byte == EOF) {
            (void)ends_line(csv, byte);
            field_end(csv, false);
            csv->fields[csv->field_count - 1].is_null = null_field;
            /* The mark that ends COPY's data. */
            if (csv->field_count == 1 && strcmp(text_get(&csv->text), "\\.") == 0) {
                return false;
            }
            return true;
        } else if (byte == '\\') {
            int next = get(csv);

            if (next == 'N' && csv->text.size == csv->fields[csv->field_count - 1].start) {
                null_field = true;
            } else if (next == '.') {
                text_add_text(&csv->text, "\\.");
            } else if (next != EOF) {
                ungetc(next, csv->file);
                csv->bytes_read--;
                take_escape(csv);
            }
        } else {
            text_add_char(&csv->text, (char)byte);
        }
    }
}

/* Behind a backslash of the text format. */
static void take_escape(struct csv *csv)
{
    static const char names[] = "bfnrtv";
    static const char values[] = "\b\f\n\r\t\v";
    int byte = get(csv);
    const char *name = strchr(names, byte);

    text_add_char(&csv->text, name == NULL || byte == '\0' ? (char)byte : values[name - names]);
}

void csv_write(FILE *file, const struct csv_options *options, const char *data, size_t size,
               bool is_null)
{
    bool quote = false;

    if (is_null) {
        fputs(options->null_text, file);
        return;
    }
    if (!options->csv) {
        for (size_t i = 0; i < size; i++) {
            static const char names[] = "bfnrtv\\";
            static const char values[] = "\b\f\n\r\t\v\\";
            const char *value = data[i] == '\0' ? NULL : strchr(values, data[i]);

            if (value != NULL) {
                fputc('\\', file);
                fputc(names[value - values], file);
            } else {
                if (data[i] == options->delimiter) {
                    fputc('\\', file);
                }
                fputc(data[i], file);
            }
        }
        return;
    }
    quote = size == strlen(options->null_text) && memcmp(data, options->null_text, size) == 0;
    for (size_t i = 0; i < size; i++) {
        quote = quote || data[i] == options->delimiter || data[i] == options->quote ||
                data[i] == '\n' || data[i] == '\r';
    }
    if (!quote) {
        fwrite(data, 1, size, file);
        return;
    }
    fputc(options->quote, file);
    for (size_t i = 0; i < size; i++) {
        if (data[i] == options->quote || data[i] == options->escape) {
            fputc(options->escape, file);
        }
        fputc(data[i], file);
    }
    fputc(options->quote, file);
}
