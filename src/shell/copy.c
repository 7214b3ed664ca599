/*
 * copy.c - \copy TABLE [(columns)] from FILE [options], \copy {TABLE | (query)} to FILE [options].
 *
 * Rows go in through one prepared INSERT, in one transaction: all or nothing. Options as COPY's, in both
 * spellings: csv header delimiter ';' null '' quote '"' escape '"', or (format csv, header, …).
 */
#include "shell/shell_private.h"

#include "shell/csv.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct copy {
    struct shell *shell;
    const char *at;     /* in the arguments */
    struct text source; /* the table with its columns, or the query in parentheses */
    bool from;
    char *file_name;
    struct csv_options options;
    char *null_text;
    bool null_set;
    bool quote_set;
    bool delimiter_set;
    const char *error;
    struct text columns; /* their names, each with a NUL byte behind it */
    size_t column_count; /* 0: unknown */
    double progress_at;  /* when the progress line was last shown */
    bool progress_shown;
};

static bool parse(struct copy *copy);
static void parse_source(struct copy *copy);
static void parse_options(struct copy *copy);
static void parse_option(struct copy *copy, const char *word);
static char *next_word(struct copy *copy, bool *quoted_out);
static void skip_space(struct copy *copy);
static char one_char(struct copy *copy, const char *what);
static bool copy_in(struct copy *copy);
static struct varve_statement *prepare_insert(struct copy *copy, size_t field_count);
static bool insert_row(struct copy *copy, struct varve_statement *insert, const struct csv *csv);
static bool insert_all(struct copy *copy, struct csv *csv, uint64_t *count_out);
static void find_columns(struct copy *copy);
static void add_column(void *argument, const char *name);
static void report_field_count(struct copy *copy, const struct csv *csv, size_t wanted);
static void report_message(struct copy *copy, const struct csv *csv, const char *message);
static void end_progress(struct copy *copy);
static void report_row(const struct copy *copy, const struct csv *csv);
static void progress(struct copy *copy, const struct csv *csv, uint64_t count, double start,
                     bool last);
static bool copy_out(struct copy *copy);
static bool write_all(struct copy *copy, FILE *file, uint64_t *count_out);

bool copy_run(struct shell *shell, const char *arguments)
{
    struct copy copy = {.shell = shell, .at = arguments};
    bool ok = false;

    copy.options = (struct csv_options){.delimiter = '\t', .quote = '"', .escape = '"'};
    if (!parse(&copy)) {
        run_message(shell, "\\copy: %s",
                    copy.error == NULL ? "parse error at end of line" : copy.error);
    } else {
        ok = copy.from ? copy_in(&copy) : copy_out(&copy);
    }
    text_free(&copy.source);
    text_free(&copy.columns);
    free(copy.file_name);
    free(copy.null_text);
    return ok;
}

/* ---- arguments ---- */

static bool parse(struct copy *copy)
{
    char *word = NULL;
    bool quoted = false;

    parse_source(copy);
    word = next_word(copy, &quoted);
    copy->from = strcasecmp(word, "from") == 0;
    if (!copy->from && strcasecmp(word, "to") != 0) {
        copy->error = "expected FROM or TO";
    }
    free(word);
    if (copy->from && text_get(&copy->source)[0] == '(') {
        copy->error = "a query cannot be copied into";
    }
    copy->file_name = next_word(copy, &quoted);
    if (copy->error == NULL && copy->file_name[0] == '\0') {
        copy->error = "arguments required: TABLE from FILE";
    }
    parse_options(copy);
    if (!copy->delimiter_set && copy->options.csv) {
        copy->options.delimiter = ',';
    }
    if (!copy->options.csv && copy->quote_set) {
        copy->error = "quote and escape are available only in CSV mode";
    }
    copy->options.null_text = copy->null_set ? copy->null_text : copy->options.csv ? "" : "\\N";
    return copy->error == NULL;
}

/* TABLE [(columns)] or (query): taken over as it is. */
static void parse_source(struct copy *copy)
{
    unsigned depth = 0;
    char quote = '\0';

    skip_space(copy);
    if (*copy->at != '(') {
        while (*copy->at != '\0' &&
               (quote != '\0' || (!isspace((unsigned char)*copy->at) && *copy->at != '('))) {
            quote = *copy->at != '"' ? quote : quote == '\0' ? '"' : '\0';
            text_add_char(&copy->source, *copy->at++);
        }
        skip_space(copy);
    }
    if (*copy->at != '(') {
        return;
    }
    do {
        if (quote != '\0') {
            quote = *copy->at == quote ? '\0' : quote;
        } else if (*copy->at == '\'' || *copy->at == '"') {
            quote = *copy->at;
        } else {
            depth += *copy->at == '(';
            depth -= *copy->at == ')';
        }
        text_add_char(&copy->source, *copy->at++);
    } while (*copy->at != '\0' && depth > 0);
}

/* With or without parentheses and commas. */
static void parse_options(struct copy *copy)
{
    for (;;) {
        char *word = NULL;
        bool quoted = false;

        while (*copy->at != '\0' && strchr(" \t(),;", *copy->at) != NULL) {
            copy->at++;
        }
        if (*copy->at == '\0' || copy->error != NULL) {
            return;
        }
        word = next_word(copy, &quoted);
        parse_option(copy, word);
        free(word);
    }
}

static void parse_option(struct copy *copy, const char *word)
{
    bool quoted = false;

    if (strcasecmp(word, "with") == 0 || strcasecmp(word, "as") == 0) {
        return;
    }
    if (strcasecmp(word, "csv") == 0) {
        copy->options.csv = true;
    } else if (strcasecmp(word, "format") == 0) {
        char *format = next_word(copy, &quoted);

        copy->options.csv = strcasecmp(format, "csv") == 0;
        if (!copy->options.csv && strcasecmp(format, "text") != 0) {
            copy->error = "format must be csv or text";
        }
        free(format);
    } else if (strcasecmp(word, "header") == 0) {
        const char *before = copy->at;
        char *value = next_word(copy, &quoted);

        copy->options.header = strcasecmp(value, "off") != 0 && strcasecmp(value, "false") != 0;
        if (copy->options.header && strcasecmp(value, "on") != 0 &&
            strcasecmp(value, "true") != 0) {
            copy->at = before;
        }
        free(value);
    } else if (strcasecmp(word, "delimiter") == 0 || strcasecmp(word, "delimiters") == 0) {
        copy->options.delimiter = one_char(copy, "delimiter must be a single character");
        copy->delimiter_set = true;
    } else if (strcasecmp(word, "quote") == 0) {
        copy->options.quote = one_char(copy, "quote must be a single character");
        copy->options.escape = copy->options.quote;
        copy->quote_set = true;
    } else if (strcasecmp(word, "escape") == 0) {
        copy->options.escape = one_char(copy, "escape must be a single character");
        copy->quote_set = true;
    } else if (strcasecmp(word, "null") == 0) {
        free(copy->null_text);
        copy->null_text = next_word(copy, &quoted);
        copy->null_set = true;
    } else {
        copy->error = "unknown option (csv, header, delimiter, null, quote, escape, format)";
    }
}

static char one_char(struct copy *copy, const char *what)
{
    bool quoted = false;
    char *word = next_word(copy, &quoted);
    char result = word[0];

    if (strcasecmp(word, "as") == 0) {
        free(word);
        word = next_word(copy, &quoted);
        result = word[0];
    }
    if (!quoted && strcmp(word, "\\t") == 0) {
        result = '\t';
    } else if (strlen(word) != 1) {
        copy->error = what;
    }
    free(word);
    return result;
}

static void skip_space(struct copy *copy)
{
    while (isspace((unsigned char)*copy->at)) {
        copy->at++;
    }
}

/* A word or a quoted text ('' is a quote, E'\t' knows \t); own: free. */
static char *next_word(struct copy *copy, bool *quoted_out)
{
    struct text word = {0};
    bool escapes = false;

    text_add(&word, "", 0);
    skip_space(copy);
    *quoted_out = false;
    if ((*copy->at == 'e' || *copy->at == 'E') && copy->at[1] == '\'') {
        escapes = true;
        copy->at++;
    }
    if (*copy->at != '\'') {
        while (*copy->at != '\0' && strchr(" \t\n,();", *copy->at) == NULL) {
            text_add_char(&word, *copy->at++);
        }
        return word.data;
    }
    *quoted_out = true;
    for (copy->at++; *copy->at != '\0'; copy->at++) {
        if (*copy->at == '\'') {
            copy->at++;
            if (*copy->at != '\'') {
                break;
            }
        } else if (escapes && copy->at[0] == '\\' && copy->at[1] != '\0') {
            copy->at++;
            text_add_char(&word, *copy->at == 't' ? '\t' : *copy->at == 'n' ? '\n' : *copy->at);
            continue;
        }
        text_add_char(&word, *copy->at);
    }
    return word.data;
}

/* ---- from ---- */

static bool copy_in(struct copy *copy)
{
    struct shell *shell = copy->shell;
    bool standard_input =
        strcasecmp(copy->file_name, "stdin") == 0 || strcasecmp(copy->file_name, "pstdin") == 0;
    FILE *file = standard_input ? stdin : fopen(copy->file_name, "r");
    bool outer = varve_transaction_status(shell->session) != 'I';
    struct csv csv;
    uint64_t count = 0;
    bool ok = false;

    if (file == NULL) {
        run_message(shell, "%s: %s", copy->file_name, strerror(errno));
        return false;
    }
    csv_init(&csv, file, &copy->options);
    interrupt_watch(shell->session);
    ok = run_silently(shell, outer ? "SAVEPOINT varve_copy" : "BEGIN");
    if (ok) {
        ok = insert_all(copy, &csv, &count);
        if (ok) {
            ok = run_silently(shell, outer ? "RELEASE varve_copy" : "COMMIT");
        } else if (!outer) {
            (void)varve_exec(shell->session, "ROLLBACK", 0);
        }
    }
    interrupt_watch(NULL);
    if (ok && !shell->options.quiet) {
        printf("COPY %llu\n", (unsigned long long)count);
    }
    csv_release(&csv);
    if (!standard_input) {
        fclose(file);
    }
    return ok;
}

static bool insert_all(struct copy *copy, struct csv *csv, uint64_t *count_out)
{
    struct varve_statement *insert = NULL;
    double start = run_clock_ms();
    size_t field_count = 0;
    bool ok = true;

    if (csv->options.header) {
        (void)csv_next(csv);
    }
    while (ok && csv_next(csv)) {
        if (insert == NULL) {
            find_columns(copy);
            field_count = copy->column_count > 0 ? copy->column_count : csv->field_count;
            insert = prepare_insert(copy, field_count);
            if (insert == NULL) {
                return false;
            }
        }
        ok = csv->field_count == field_count && insert_row(copy, insert, csv);
        if (csv->field_count != field_count) {
            report_field_count(copy, csv, field_count);
        }
        *count_out += ok;
        if (ok && *count_out % 1024 == 0) {
            progress(copy, csv, *count_out, start, false);
        }
    }
    progress(copy, csv, *count_out, start, true);
    if (csv->error != NULL) {
        report_message(copy, csv, csv->error);
        ok = false;
    }
    varve_finalize(insert);
    return ok;
}

static struct varve_statement *prepare_insert(struct copy *copy, size_t field_count)
{
    struct varve_statement *insert = NULL;
    struct text sql = {0};

    text_format(&sql, "INSERT INTO %s VALUES (", text_get(&copy->source));
    for (size_t i = 1; i <= field_count; i++) {
        text_format(&sql, "%s$%zu", i == 1 ? "" : ", ", i);
    }
    text_add_text(&sql, ")");
    if (varve_prepare(copy->shell->session, text_get(&sql), sql.size, &insert, NULL) != VARVE_OK) {
        run_print_error(copy->shell, varve_last_error(copy->shell->session), NULL, 0);
        insert = NULL;
    }
    text_free(&sql);
    return insert;
}

static bool insert_row(struct copy *copy, struct varve_statement *insert, const struct csv *csv)
{
    int code = VARVE_OK;

    for (size_t i = 0; i < csv->field_count && code == VARVE_OK; i++) {
        const struct csv_field *field = &csv->fields[i];

        code = field->is_null ? varve_bind_null(insert, (int)i + 1)
                              : varve_bind_text(insert, (int)i + 1, csv->text.data + field->start,
                                                field->size);
    }
    if (code == VARVE_OK) {
        code = varve_step(insert);
    }
    if (code == VARVE_DONE) {
        return true;
    }
    end_progress(copy);
    run_print_error(copy->shell, varve_last_error(copy->shell->session), NULL, 0);
    report_row(copy, csv);
    return false;
}

/* The names of the columns that are filled: those of the list, or all of the table's. */
static void find_columns(struct copy *copy)
{
    const char *source = text_get(&copy->source);
    const char *list = strchr(source, '(');
    struct text name = {0};

    if (list == NULL) {
        text_add(&name, source, copy->source.size);
        describe_columns(copy->shell, text_get(&name), add_column, copy);
        text_free(&name);
        return;
    }
    for (list++; *list != '\0'; list++) {
        if (*list != ',' && *list != ')') {
            text_add_char(&name, *list);
            continue;
        }
        add_column(copy, text_get(&name));
        text_clear(&name);
    }
    text_free(&name);
}

static void add_column(void *argument, const char *name)
{
    struct copy *copy = argument;

    name += strspn(name, " \t\"");
    text_add(&copy->columns, name, strcspn(name, " \t\""));
    text_add_char(&copy->columns, '\0');
    copy->column_count++;
}

static void report_field_count(struct copy *copy, const struct csv *csv, size_t wanted)
{
    const char *name = text_get(&copy->columns);
    char message[256];

    if (csv->field_count > wanted) {
        report_message(copy, csv, "extra data after last expected column");
        return;
    }
    for (size_t i = 0; i < csv->field_count && copy->column_count > 0; i++) {
        name += strlen(name) + 1;
    }
    snprintf(message, sizeof message, "missing data for column \"%s\"", name);
    report_message(copy, csv, message);
}

static void report_message(struct copy *copy, const struct csv *csv, const char *message)
{
    struct varve_error error;

    memset(&error, 0, sizeof error);
    snprintf(error.message, sizeof error.message, "%s", message);
    end_progress(copy);
    run_print_error(copy->shell, &error, NULL, 0);
    report_row(copy, csv);
}

static void end_progress(struct copy *copy)
{
    if (copy->progress_shown) {
        fputc('\n', stderr);
        copy->progress_shown = false;
    }
}

static void report_row(const struct copy *copy, const struct csv *csv)
{
    fprintf(stderr, "CONTEXT:  COPY %s, line %llu\n", text_get(&copy->source),
            (unsigned long long)csv->line);
}

/* One line that is written over, on a terminal only. */
static void progress(struct copy *copy, const struct csv *csv, uint64_t count, double start,
                     bool last)
{
    double now = run_clock_ms();
    double seconds = (now - start) / 1e3;

    if (!isatty(STDERR_FILENO) || (last && !copy->progress_shown) ||
        (!last && now - copy->progress_at < 200)) {
        return;
    }
    copy->progress_at = now;
    copy->progress_shown = !last;
    fprintf(stderr, "\r%llu rows, %.1f MB, %.0f rows/s%s", (unsigned long long)count,
            (double)csv->bytes_read / 1e6, (double)count / (seconds > 0 ? seconds : 1),
            last ? "\n" : "");
    fflush(stderr);
}

/* ---- to ---- */

static bool copy_out(struct copy *copy)
{
    struct shell *shell = copy->shell;
    bool standard_output =
        strcasecmp(copy->file_name, "stdout") == 0 || strcasecmp(copy->file_name, "pstdout") == 0;
    FILE *file = standard_output ? stdout : fopen(copy->file_name, "w");
    uint64_t count = 0;
    bool ok = false;

    if (file == NULL) {
        run_message(shell, "%s: %s", copy->file_name, strerror(errno));
        return false;
    }
    interrupt_watch(shell->session);
    ok = write_all(copy, file, &count);
    interrupt_watch(NULL);
    if (standard_output) {
        fflush(stdout);
    } else if (fclose(file) != 0 && ok) {
        run_message(shell, "%s: %s", copy->file_name, strerror(errno));
        ok = false;
    }
    if (ok && !shell->options.quiet) {
        printf("COPY %llu\n", (unsigned long long)count);
    }
    return ok;
}

static bool write_all(struct copy *copy, FILE *file, uint64_t *count_out)
{
    struct varve_session *session = copy->shell->session;
    struct varve_statement *statement = NULL;
    struct text sql = {0};
    const char *source = text_get(&copy->source);
    const char *columns = source[0] == '(' ? NULL : strchr(source, '(');
    int code = VARVE_OK;
    int count = 0;

    if (source[0] == '(') {
        text_add(&sql, source + 1, copy->source.size - 2);
    } else if (columns != NULL) {
        text_format(&sql, "SELECT %.*s FROM %.*s",
                    (int)(copy->source.size - (size_t)(columns - source) - 2), columns + 1,
                    (int)(columns - source), source);
    } else {
        text_format(&sql, "SELECT * FROM %s", source);
    }
    code = varve_prepare(session, text_get(&sql), sql.size, &statement, NULL);
    count = code == VARVE_OK && statement != NULL ? varve_column_count(statement) : 0;
    if (code == VARVE_OK && copy->options.header) {
        for (int i = 0; i < count; i++) {
            const char *name = varve_column_name(statement, i);

            fputs(i == 0 ? "" : (char[]){copy->options.delimiter, '\0'}, file);
            csv_write(file, &copy->options, name, strlen(name), false);
        }
        fputc('\n', file);
    }
    while (code == VARVE_OK && statement != NULL && (code = varve_step(statement)) == VARVE_ROW) {
        for (int i = 0; i < count; i++) {
            size_t size = 0;
            const char *value = varve_column_text(statement, i, &size);

            fputs(i == 0 ? "" : (char[]){copy->options.delimiter, '\0'}, file);
            csv_write(file, &copy->options, value, size, value == NULL);
        }
        fputc('\n', file);
        ++*count_out;
        code = VARVE_OK;
    }
    if (code != VARVE_DONE) {
        run_print_error(copy->shell, varve_last_error(session), NULL, 0);
    }
    varve_finalize(statement);
    text_free(&sql);
    return code == VARVE_DONE;
}
