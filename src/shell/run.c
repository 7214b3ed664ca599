/*
 * run.c - one statement: prepare, step, print its rows or its command tag; errors as psql shows them.
 */
#include "shell/shell_private.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* libpq's: how much of a long line is shown, and how much of it right of the caret at least. */
#define LINE_COLUMNS       60
#define LINE_RIGHT_COLUMNS 10

static bool is_several(const char *sql, size_t size);
static bool begins_transaction(const struct shell *shell, const char *sql, size_t size);
static bool starts_with_words(const char *sql, size_t size, const char *words);
static bool run_one(struct shell *shell, const char *sql, size_t size, const char **next_out);
static void tell_variables(struct shell *shell, struct varve_statement *statement, bool ok);
static bool step_all(struct shell *shell, struct varve_statement *statement);
static bool step_rows(struct shell *shell, struct varve_statement *statement, size_t columns);
static int collect(struct varve_statement *statement, struct table *table);
static void print_tag(const struct shell *shell, const char *tag);
static void table_start(struct table *table, struct varve_statement *statement, size_t columns);
static bool is_number(int type);
static const char *verbosity_of(const struct shell *shell);
static void print_place(const struct shell *shell);
static void print_fields(const struct varve_error *error, const char *severity,
                         const char *verbosity, const char *sql, size_t size);
static void print_field(const char *name, const char *text);
static void print_message(const struct shell *shell, const char *severity, const char *format,
                          va_list arguments) __attribute__((format(printf, 3, 0)));
static void print_position(FILE *out, const char *sql, size_t size, uint32_t position);
static size_t character_start(const char *sql, size_t size, uint32_t position);

double run_clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

bool run_statement(struct shell *shell, const char *sql, size_t size)
{
    double start = run_clock_ms();
    bool several = false;
    bool ok = true;

    if (shell_echoes(shell, "queries")) {
        fprintf(output_file(shell), "%.*s\n", (int)size, sql);
    }
    if (!run_begin(shell, sql, size)) {
        return false;
    }
    several = is_several(sql, size) && varve_group_begin(shell->session) == VARVE_OK;
    for (const char *at = sql; ok && at != NULL && at < sql + size;) {
        const char *next = NULL;

        ok = run_one(shell, at, size - (size_t)(at - sql), &next);
        at = next == NULL || split_is_blank(next, size - (size_t)(next - sql)) ? NULL : next;
    }
    if (several && varve_group_end(shell->session) != VARVE_OK && ok) {
        run_print_error(shell, varve_last_error(shell->session), NULL, 0);
        ok = false;
    }
    if (!ok && shell_echoes(shell, "errors")) {
        print_place(shell);
        fprintf(stderr, "STATEMENT:  %.*s\n", (int)size, sql);
    }
    if (shell->timing) {
        run_print_time(shell, run_clock_ms() - start);
    }
    fflush(output_file(shell));
    return ok;
}

bool run_begin(struct shell *shell, const char *sql, size_t size)
{
    return variable_is_on(shell, "AUTOCOMMIT") || !begins_transaction(shell, sql, size) ||
           run_silently(shell, "BEGIN");
}

/* Whether, without AUTOCOMMIT, a transaction begins before the statement: not before those that begin or end one, or that must
 * not be in one. */
static bool begins_transaction(const struct shell *shell, const char *sql, size_t size)
{
    static const char *const alone[] = {"ABORT",
                                        "BEGIN",
                                        "START",
                                        "COMMIT",
                                        "END",
                                        "ROLLBACK",
                                        "PREPARE TRANSACTION",
                                        "VACUUM",
                                        "DISCARD ALL",
                                        "ALTER SYSTEM",
                                        "CREATE DATABASE",
                                        "DROP DATABASE"};
    size_t start = split_blank(sql, size);

    for (size_t i = 0; i < sizeof alone / sizeof alone[0]; i++) {
        if (starts_with_words(sql + start, size - start, alone[i])) {
            return false;
        }
    }
    return start < size && varve_transaction_status(shell->session) == 'I';
}

/* words: in capitals, a blank between two. */
static bool starts_with_words(const char *sql, size_t size, const char *words)
{
    size_t at = 0;

    for (; *words != '\0'; words++) {
        if (*words == ' ') {
            size_t blank = split_blank(sql + at, size - at);

            if (blank == 0) {
                return false;
            }
            at += blank;
        } else if (at == size || toupper((unsigned char)sql[at++]) != *words) {
            return false;
        }
    }
    return at == size || !(isalnum((unsigned char)sql[at]) || sql[at] == '_');
}

/* Statements that came with \; between them, which are one transaction. */
static bool is_several(const char *sql, size_t size)
{
    struct split split = {0};
    enum split_result result = SPLIT_MORE;

    do {
        result = split_next(&split, sql, size);
        split.at += result == SPLIT_VARIABLE || result == SPLIT_COMMAND;
    } while (result == SPLIT_VARIABLE || result == SPLIT_COMMAND);
    return !split_is_blank(sql + split.at, size - split.at);
}

static bool run_one(struct shell *shell, const char *sql, size_t size, const char **next_out)
{
    struct varve_statement *statement = NULL;
    bool ok = false;
    bool copies = false;

    if (varve_prepare(shell->session, sql, size, &statement, next_out) == VARVE_OK) {
        copies = varve_copy_direction(statement) != VARVE_COPY_NONE;
        ok = copies ? copy_statement(shell, statement, sql, size)
                    : statement == NULL || step_all(shell, statement);
    }
    if (!ok && !copies) {
        fflush(stdout);
        run_print_error(shell, varve_last_error(shell->session), sql, size);
    }
    tell_variables(shell, statement, ok);
    varve_finalize(statement);
    return ok;
}

bool run_collect(struct shell *shell, const char *sql, struct table *table_out)
{
    struct varve_statement *statement = NULL;
    bool ok = false;

    if (variable_is_on(shell, "ECHO_HIDDEN")) {
        printf("********* QUERY **********\n%s\n**************************\n\n", sql);
    }
    if (varve_prepare(shell->session, sql, 0, &statement, NULL) == VARVE_OK && statement != NULL) {
        table_start(table_out, statement, (size_t)varve_column_count(statement));
        ok = collect(statement, table_out) == VARVE_DONE;
        if (!ok) {
            table_free(table_out);
        }
    }
    if (!ok) {
        fflush(stdout);
        run_print_error(shell, varve_last_error(shell->session), NULL, 0);
    }
    varve_finalize(statement);
    return ok;
}

bool run_silently(struct shell *shell, const char *sql)
{
    bool ok = false;

    ok = varve_exec(shell->session, sql, 0) == VARVE_OK;
    if (!ok) {
        fflush(stdout);
        run_print_error(shell, varve_last_error(shell->session), NULL, 0);
    }
    return ok;
}

/* psql's form: hours and more only when there are any. */
void run_print_time(const struct shell *shell, double milliseconds)
{
    double seconds = milliseconds / 1e3;
    double minutes = (double)(uint64_t)(seconds / 60);
    double hours = (double)(uint64_t)(minutes / 60);
    double days = (double)(uint64_t)(hours / 24);

    (void)shell;
    seconds -= minutes * 60;
    minutes -= hours * 60;
    hours -= days * 24;
    if (milliseconds < 1e3) {
        printf("Time: %.3f ms\n", milliseconds);
    } else if (days > 0) {
        printf("Time: %.3f ms (%.0f d %02.0f:%02.0f:%06.3f)\n", milliseconds, days, hours, minutes,
               seconds);
    } else if (hours > 0) {
        printf("Time: %.3f ms (%02.0f:%02.0f:%06.3f)\n", milliseconds, hours, minutes, seconds);
    } else {
        printf("Time: %.3f ms (%02.0f:%06.3f)\n", milliseconds, minutes, seconds);
    }
}

/* psql's variables about the last statement. */
static void tell_variables(struct shell *shell, struct varve_statement *statement, bool ok)
{
    const struct varve_error *error = varve_last_error(shell->session);
    const char *tag = ok && statement != NULL ? varve_command_tag(statement) : NULL;
    const char *count = tag == NULL ? NULL : strrchr(tag, ' ');

    (void)variable_set(shell, "ERROR", ok ? "false" : "true");
    (void)variable_set(shell, "SQLSTATE", ok ? "00000" : error->sqlstate);
    (void)variable_set(shell, "ROW_COUNT",
                       count != NULL && count[1] >= '0' && count[1] <= '9' ? count + 1 : "0");
    if (!ok) {
        (void)variable_set(shell, "LAST_ERROR_MESSAGE", error->message);
        (void)variable_set(shell, "LAST_ERROR_SQLSTATE", error->sqlstate);
    }
}

static bool step_all(struct shell *shell, struct varve_statement *statement)
{
    int columns = varve_column_count(statement);
    const char *tag = NULL;
    int code = VARVE_ROW;

    /* SELECT without a column still has rows to count. */
    if (columns > 0) {
        return step_rows(shell, statement, (size_t)columns);
    }
    while (code == VARVE_ROW) {
        code = varve_step(statement);
    }
    if (code != VARVE_DONE) {
        return false;
    }
    tag = varve_command_tag(statement);
    if (tag != NULL && strncmp(tag, "SELECT ", 7) == 0) {
        fprintf(output_file(shell), "--\n(%s row%s)\n\n", tag + 7,
                strcmp(tag + 7, "1") == 0 ? "" : "s");
    } else if (tag != NULL && tag[0] != '\0') {
        print_tag(shell, tag);
    }
    return true;
}

static bool step_rows(struct shell *shell, struct varve_statement *statement, size_t columns)
{
    struct table table;
    const char *tag = NULL;
    int code = VARVE_OK;

    table_start(&table, statement, columns);
    code = collect(statement, &table);
    if (code == VARVE_DONE) {
        output_table(shell, &table);
        tag = varve_command_tag(statement);
        if (tag != NULL && (strncmp(tag, "INSERT", 6) == 0 || strncmp(tag, "UPDATE", 6) == 0 ||
                            strncmp(tag, "DELETE", 6) == 0)) {
            print_tag(shell, tag); /* INSERT … RETURNING */
        }
    }
    table_free(&table);
    return code == VARVE_DONE;
}

static int collect(struct varve_statement *statement, struct table *table)
{
    int code = VARVE_OK;

    while ((code = varve_step(statement)) == VARVE_ROW) {
        for (size_t i = 0; i < table->column_count; i++) {
            size_t size = 0;
            const char *value = varve_column_text(statement, (int)i, &size);

            table_add(table, value, size);
        }
    }
    return code;
}

static void print_tag(const struct shell *shell, const char *tag)
{
    if (!variable_is_on(shell, "QUIET")) {
        fprintf(output_file(shell), "%s\n", tag);
    }
}

static void table_start(struct table *table, struct varve_statement *statement, size_t columns)
{
    table_init(table, columns);
    for (size_t i = 0; i < columns; i++) {
        int type = varve_column_type(statement, (int)i);

        table_add(table, varve_column_name(statement, (int)i), SIZE_MAX);
        table->kinds[i] = type == VARVE_TYPE_BOOLEAN ? TABLE_BOOLEAN
                          : is_number(type)          ? TABLE_NUMBER
                                                     : TABLE_TEXT;
    }
}

/* What psql aligns to the right. */
static bool is_number(int type)
{
    return type == VARVE_TYPE_SMALLINT || type == VARVE_TYPE_REAL || type == VARVE_TYPE_INTEGER ||
           type == VARVE_TYPE_BIGINT || type == VARVE_TYPE_DOUBLE || type == VARVE_TYPE_NUMERIC ||
           type == VARVE_TYPE_OID || type == VARVE_TYPE_XID;
}

/* ---- errors ---- */

void run_print_error(struct shell *shell, const struct varve_error *error, const char *sql,
                     size_t size)
{
    if (shell->last_error == NULL) {
        shell->last_error = text_memory(NULL, sizeof *shell->last_error);
    }
    *shell->last_error = *error;
    print_place(shell);
    print_fields(error, "ERROR", verbosity_of(shell), sql, size);
}

void run_print_last_error(struct shell *shell)
{
    if (shell->last_error == NULL) {
        printf("There is no previous error.\n");
    } else {
        print_fields(shell->last_error, "ERROR", "verbose", NULL, 0);
    }
}

void run_notice(void *argument, const char *severity, const struct varve_error *notice)
{
    fflush(stdout);
    print_place(argument);
    print_fields(notice, severity, verbosity_of(argument), NULL, 0);
}

static const char *verbosity_of(const struct shell *shell)
{
    const char *verbosity = variable_get(shell, "VERBOSITY");

    return verbosity == NULL ? "default" : verbosity;
}

static void print_place(const struct shell *shell)
{
    if (shell->file != NULL) {
        fprintf(stderr, "varve:%s:%u: ", shell->file, shell->line);
    }
}

static void print_fields(const struct varve_error *error, const char *severity,
                         const char *verbosity, const char *sql, size_t size)
{
    bool terse = strcmp(verbosity, "terse") == 0;
    bool verbose = strcmp(verbosity, "verbose") == 0;

    fprintf(stderr, "%s%s:%s  ",
            output_color(strcmp(severity, "ERROR") == 0 ? "\033[1;31m" : "\033[1;33m"), severity,
            output_color("\033[0m"));
    if (strcmp(verbosity, "sqlstate") == 0) {
        fprintf(stderr, "%s\n", error->sqlstate);
        return;
    }
    fprintf(stderr, "%s%s%s", verbose ? error->sqlstate : "", verbose ? ": " : "", error->message);
    if (terse) {
        if (error->position > 0) {
            fprintf(stderr, " at character %u", error->position);
        }
        fputc('\n', stderr);
        return;
    }
    fputc('\n', stderr);
    if (sql != NULL && error->position > 0) {
        print_position(stderr, sql, size, error->position);
    }
    print_field("DETAIL", error->detail);
    print_field("HINT", error->hint);
    print_field("CONTEXT", error->context);
    if (verbose) {
        print_field("TABLE NAME", error->table_name);
        print_field("COLUMN NAME", error->column_name);
        print_field("CONSTRAINT NAME", error->constraint_name);
    }
}

static void print_field(const char *name, const char *text)
{
    if (text[0] != '\0') {
        fprintf(stderr, "%s:  %s\n", name, text);
    }
}

void run_message(const struct shell *shell, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_message(shell, "error", format, arguments);
    va_end(arguments);
}

void run_warning(const struct shell *shell, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_message(shell, "warning", format, arguments);
    va_end(arguments);
}

/* The severity only where psql says it: in scripts. */
static void print_message(const struct shell *shell, const char *severity, const char *format,
                          va_list arguments)
{
    fflush(stdout);
    if (shell->file != NULL) {
        fprintf(stderr, "varve:%s:%u: %s: ", shell->file, shell->line, severity);
    }
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

/* "LINE 1: …" and the caret below it, as libpq's reportErrorPosition() does. */
static void print_position(FILE *out, const char *sql, size_t size, uint32_t position)
{
    size_t location = character_start(sql, size, position);
    size_t begin = location;
    size_t end = location;
    unsigned line = 1;
    bool cut_left = false;
    bool cut_right = false;
    int prefix = 0;

    while (begin > 0 && sql[begin - 1] != '\n') {
        begin--;
    }
    while (end < size && sql[end] != '\n') {
        end++;
    }
    for (size_t i = 0; i < begin; i++) {
        line += sql[i] == '\n';
    }
    if (text_width(sql + begin, end - begin) > LINE_COLUMNS) {
        if (LINE_COLUMNS >= text_width(sql + begin, location - begin) + LINE_RIGHT_COLUMNS) {
            while (text_width(sql + begin, end - begin) > LINE_COLUMNS) {
                end--;
            }
            cut_right = true;
        } else {
            while (end > location &&
                   text_width(sql + location, end - location) > LINE_RIGHT_COLUMNS) {
                end--;
                cut_right = true;
            }
            while (text_width(sql + begin, end - begin) > LINE_COLUMNS) {
                begin++;
                cut_left = true;
            }
        }
    }
    while (end < size && ((unsigned char)sql[end] & 0xC0) == 0x80) {
        end++;
    }
    while (begin < location && ((unsigned char)sql[begin] & 0xC0) == 0x80) {
        begin++;
    }
    prefix = fprintf(out, "LINE %u: %s", line, cut_left ? "..." : "");
    for (size_t i = begin; i < end; i++) {
        fputc(sql[i] == '\t' || sql[i] == '\r' ? ' ' : sql[i], out);
    }
    fprintf(out, "%s\n%*s^\n", cut_right ? "..." : "",
            prefix + (int)text_width(sql + begin, location - begin), "");
}

static size_t character_start(const char *sql, size_t size, uint32_t position)
{
    size_t at = 0;

    for (uint32_t i = 1; i < position && at < size; i++) {
        at++;
        while (at < size && ((unsigned char)sql[at] & 0xC0) == 0x80) {
            at++;
        }
    }
    return at;
}
