/*
 * import.c - \import FILE TABLE: a CSV file becomes rows, and a table when there is none of that name.
 *
 * The file is read once to find the types that all values of each column have, and its mistakes; then COPY loads it. All of it is
 * one transaction (a savepoint inside of one): a failure changes nothing. Column names are the header's, made so that SQL
 * needs no quotes: lower case, _ for what is no letter and no digit.
 */
#include "shell/shell_private.h"

#include "shell/csv.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct column {
    char *header; /* own; as in the file */
    char *name;   /* own; as in the table */
    bool quoted;  /* it is a key word that may not name a column as it is */
    unsigned guess;
};

struct import {
    struct shell *shell;
    const char *file;
    const char *table;
    char delimiter;
    bool no_header;
    unsigned long skip; /* lines before the header */
    struct text data;
    size_t end; /* of the last record that is not blank */
    struct column *columns;
    size_t column_count;
};

static bool take_options(struct scan *scan, struct import *import, char **file_out,
                         char **table_out);
static bool read_file(struct import *import);
static bool look(struct import *import);
static bool look_record(struct import *import, struct csv *csv, bool header);
static bool complain(const struct import *import, uint64_t line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void name_columns(struct import *import);
static bool is_taken(const struct import *import, size_t before, const char *name);
static bool table_exists(const struct import *import);
static bool load(struct import *import);
static void quote_keywords(const struct import *import);
static bool create(const struct import *import);
static void add_columns(const struct import *import, bool types, struct text *sql);
static bool copy(const struct import *import, char **tag_out);

bool import_run(struct scan *scan)
{
    struct import import = {.shell = scan->shell, .delimiter = ','};
    char *file = NULL;
    char *table = NULL;
    bool ok = take_options(scan, &import, &file, &table);

    import.file = file;
    import.table = table;
    ok = ok && read_file(&import) && look(&import) && load(&import);
    for (size_t i = 0; i < import.column_count; i++) {
        free(import.columns[i].header);
        free(import.columns[i].name);
    }
    free(import.columns);
    text_free(&import.data);
    free(file);
    free(table);
    return ok;
}

/* [--csv] [--no-header] [--skip N] [--delimiter C] FILE TABLE; both names out are own. */
static bool take_options(struct scan *scan, struct import *import, char **file_out,
                         char **table_out)
{
    char *word = NULL;

    while ((word = scan_next(scan, SCAN_NAME)) != NULL) {
        if (strcmp(word, "--no-header") == 0) {
            import->no_header = true;
        } else if (strcmp(word, "--delimiter") == 0) {
            char *delimiter = scan_next(scan, SCAN_WORD);

            import->delimiter = delimiter == NULL ? '\0' : delimiter[0];
            if (delimiter == NULL || strlen(delimiter) != 1 ||
                strchr("\"\n\r", delimiter[0]) != NULL) {
                run_message(scan->shell,
                            "\\import: the delimiter must be a single one-byte character");
                free(delimiter);
                free(word);
                return false;
            }
            free(delimiter);
        } else if (strcmp(word, "--skip") == 0) {
            char *count = scan_next(scan, SCAN_NAME);
            char *end = NULL;

            import->skip = count == NULL ? 0 : strtoul(count, &end, 10);
            if (count == NULL || !isdigit((unsigned char)count[0]) || *end != '\0') {
                run_message(scan->shell, "\\import: --skip takes a number of lines");
                free(count);
                free(word);
                return false;
            }
            free(count);
        } else if (strncmp(word, "--", 2) == 0 && strcmp(word, "--csv") != 0) {
            run_message(scan->shell, "\\import: unknown option: %s", word);
            free(word);
            return false;
        } else if (strcmp(word, "--csv") != 0) {
            if (*table_out != NULL) {
                run_message(scan->shell, "\\import: unexpected argument \"%s\"", word);
                free(word);
                return false;
            }
            *(*file_out == NULL ? file_out : table_out) = word;
            continue;
        }
        free(word);
    }
    if (*table_out == NULL) {
        run_message(scan->shell, "\\import: arguments required: FILE TABLE");
    }
    return *table_out != NULL;
}

/* Of the lines that do not count. */
static size_t skipped_bytes(const struct import *import)
{
    const char *data = text_get(&import->data);
    size_t at = 0;

    for (unsigned long line = 0; line < import->skip && at < import->data.size; line++) {
        const char *end = memchr(data + at, '\n', import->data.size - at);

        at = end == NULL ? import->data.size : (size_t)(end - data) + 1;
    }
    return at;
}

static bool read_file(struct import *import)
{
    FILE *file = fopen(import->file, "r");
    char bytes[65536];
    size_t got = 1;
    bool ok = file != NULL;

    while (ok && got > 0) {
        got = fread(bytes, 1, sizeof bytes, file);
        text_add(&import->data, bytes, got);
        ok = !ferror(file);
    }
    if (!ok) {
        run_message(import->shell, "%s: %s", import->file, strerror(errno));
    }
    if (file != NULL) {
        fclose(file);
    }
    if (import->data.size >= 3 && memcmp(import->data.data, "\xEF\xBB\xBF", 3) == 0) {
        text_remove(&import->data, 3); /* a byte order mark */
    }
    text_remove(&import->data, skipped_bytes(import));
    return ok;
}

/* ---- the first look ---- */

static bool look(struct import *import)
{
    struct csv csv = {.data = text_get(&import->data),
                      .size = import->data.size,
                      .delimiter = import->delimiter,
                      .line = 1 + import->skip,
                      .ends_record = true};
    bool ok = look_record(import, &csv, true);

    while (ok && csv.at < csv.size) {
        ok = look_record(import, &csv, false);
    }
    text_free(&csv.field);
    if (ok) {
        name_columns(import);
    }
    return ok;
}

/* One record; blank ones at the file's end are left out. */
static bool look_record(struct import *import, struct csv *csv, bool header)
{
    size_t start = csv->at;
    size_t count = 0;

    if (!header && strspn(csv->data + start, "\r\n") == csv->size - start) {
        csv->at = csv->size;
        return true;
    }
    do {
        if (!csv_next(csv) && csv->error == NULL) {
            run_message(import->shell, "%s: the file is empty", import->file);
            return false;
        }
        if (csv->error != NULL) {
            return complain(import, csv->record_line, "%s", csv->error);
        }
        if (header) {
            import->columns = text_memory(import->columns, (count + 1) * sizeof *import->columns);
            import->columns[count] = (struct column){
                .header = text_copy(import->no_header ? "" : text_get(&csv->field), SIZE_MAX),
                .guess = CSV_ANY};
            import->column_count = count + 1;
        }
        if ((!header || import->no_header) && count < import->column_count &&
            (csv->field.size > 0 || csv->quoted)) {
            import->columns[count].guess &= csv_guess(text_get(&csv->field));
        }
        count++;
    } while (!csv->ends_record);
    if (count != import->column_count) {
        return complain(import, csv->record_line, "expected %zu fields, found %zu",
                        import->column_count, count);
    }
    import->end = csv->at;
    return true;
}

static bool complain(const struct import *import, uint64_t line, const char *format, ...)
{
    char message[200];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    run_message(import->shell, "%s, line %llu: %s", import->file, (unsigned long long)line,
                message);
    return false;
}

static void name_columns(struct import *import)
{
    for (size_t i = 0; i < import->column_count; i++) {
        const char *header = import->columns[i].header;
        struct text name = {0};
        size_t number = 2;

        for (; *header != '\0'; header++) {
            bool good = isalnum((unsigned char)*header) || (unsigned char)*header >= 0x80;

            if (good) {
                text_add_char(&name, (char)tolower((unsigned char)*header));
            } else if (name.size > 0 && name.data[name.size - 1] != '_') {
                text_add_char(&name, '_');
            }
        }
        while (name.size > 0 && name.data[name.size - 1] == '_') {
            name.data[--name.size] = '\0';
        }
        if (name.size == 0) {
            text_format(&name, "column%zu", i + 1);
        } else if (isdigit((unsigned char)name.data[0])) {
            char *digits = text_copy(name.data, name.size);

            text_clear(&name);
            text_format(&name, "_%s", digits);
            free(digits);
        }
        for (size_t size = name.size; is_taken(import, i, text_get(&name)); number++) {
            name.size = size;
            text_format(&name, "_%zu", number);
        }
        import->columns[i].name = name.data;
    }
}

static bool is_taken(const struct import *import, size_t before, const char *name)
{
    for (size_t i = 0; i < before; i++) {
        if (strcmp(import->columns[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- loading ---- */

static bool load(struct import *import)
{
    struct shell *shell = import->shell;
    bool outer = varve_transaction_status(shell->session) != 'I';
    bool ok = run_silently(shell, outer ? "SAVEPOINT varve_import" : "BEGIN");
    char *tag = NULL;

    if (!ok) {
        return false;
    }
    quote_keywords(import);
    ok = (table_exists(import) || create(import)) && copy(import, &tag);
    if (ok) {
        ok = run_silently(shell, outer ? "RELEASE varve_import" : "COMMIT");
    } else {
        (void)run_silently(shell,
                           outer ? "ROLLBACK TO varve_import; RELEASE varve_import" : "ROLLBACK");
    }
    if (ok && !variable_is_on(shell, "QUIET")) {
        printf("%s\n", tag);
    }
    free(tag);
    return ok;
}

static void found(void *argument, const struct varve_description *item)
{
    bool *exists = argument;

    *exists = *exists || item->kind == VARVE_DESCRIBES_TABLE;
}

/* The header's names are the table's columns then. */
static bool table_exists(const struct import *import)
{
    struct text name = {0};
    const char *at = import->table;
    const char *dot = strrchr(at, '.');
    bool exists = false;

    at = dot == NULL ? at : dot + 1;
    for (bool quoted = *at == '"'; *at != '\0'; at++) {
        if (*at != '"') {
            text_add_char(&name, quoted ? *at : (char)tolower((unsigned char)*at));
        }
    }
    (void)varve_describe(import->shell->session, NULL, text_get(&name), found, &exists);
    text_free(&name);
    return exists;
}

/* Asks the database which names are key words: a table of one such column can be made with it in quotes only. */
static void quote_keywords(const struct import *import)
{
    for (size_t i = 0; i < import->column_count; i++) {
        struct text sql = {0};

        text_format(&sql, "CREATE TABLE t (%s text)", import->columns[i].name);
        import->columns[i].quoted =
            varve_check(import->shell->session, text_get(&sql), sql.size) != VARVE_OK;
        text_free(&sql);
    }
}

static bool create(const struct import *import)
{
    struct text sql = {0};
    bool ok = false;

    text_format(&sql, "CREATE TABLE %s (", import->table);
    add_columns(import, true, &sql);
    text_add_text(&sql, ")");
    ok = run_silently(import->shell, text_get(&sql));
    if (ok && !variable_is_on(import->shell, "QUIET")) {
        printf("%s\n", text_get(&sql));
    }
    text_free(&sql);
    return ok;
}

static void add_columns(const struct import *import, bool types, struct text *sql)
{
    for (size_t i = 0; i < import->column_count; i++) {
        text_add_text(sql, i == 0 ? "" : ", ");
        text_format(sql, import->columns[i].quoted ? "\"%s\"" : "%s", import->columns[i].name);
        if (types) {
            text_format(sql, " %s", csv_guess_type(import->columns[i].guess));
        }
    }
}

static bool copy(const struct import *import, char **tag_out)
{
    struct shell *shell = import->shell;
    struct varve_statement *statement = NULL;
    struct text sql = {0};
    int code = VARVE_OK;
    size_t at = 0;

    text_format(&sql, "COPY %s", import->table);
    if (!import->no_header) {
        text_add_text(&sql, " (");
        add_columns(import, false, &sql);
        text_add_text(&sql, ")");
    }
    text_format(&sql, " FROM STDIN (FORMAT csv, HEADER %s, DELIMITER E'\\x%02x')",
                import->no_header ? "false" : "true", (unsigned char)import->delimiter);
    code = varve_prepare(shell->session, text_get(&sql), sql.size, &statement, NULL);
    while (code == VARVE_OK) {
        code = varve_step(statement);
        if (code == VARVE_COPY_IN && interrupt_pending()) {
            code = varve_copy_in_fail(statement, "canceled by user");
        } else if (code == VARVE_COPY_IN) {
            size_t left = import->end - at;
            size_t size = left < 65536 ? left : 65536;

            code = size == 0 ? varve_copy_in_end(statement)
                             : varve_copy_in(statement, import->data.data + at, size);
            at += size;
        }
    }
    if (code == VARVE_DONE) {
        *tag_out = text_copy(varve_command_tag(statement), SIZE_MAX);
    } else {
        run_print_error(shell, varve_last_error(shell->session), NULL, 0);
    }
    varve_finalize(statement);
    text_free(&sql);
    return code == VARVE_DONE;
}
