/*
 * run.c - one statement: prepare, step, print its rows or its command tag; errors as psql shows them.
 */
#include "shell/shell_private.h"

#include "shell/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* libpq's: how much of a long line is shown, and how much of it right of the caret at least. */
#define LINE_COLUMNS       60
#define LINE_RIGHT_COLUMNS 10

static bool step_all(struct shell *shell, struct varve_statement *statement);
static bool step_rows(struct shell *shell, struct varve_statement *statement, size_t columns);
static void table_start(struct table *table, struct varve_statement *statement, size_t columns);
static void print_fields(const struct shell *shell, const char *severity,
                         const struct varve_error *error, const char *sql, size_t size);
static void print_position(FILE *out, const char *sql, size_t size, uint32_t position);
static size_t character_start(const char *sql, size_t size, uint32_t position);
static bool is_numeric(int type);

double run_clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

bool run_statement(struct shell *shell, const char *sql, size_t size)
{
    struct varve_statement *statement = NULL;
    double start = run_clock_ms();
    bool ok = false;
    bool copies = false;

    interrupt_watch(shell->session);
    if (varve_prepare(shell->session, sql, size, &statement, NULL) == VARVE_OK) {
        copies = varve_copy_direction(statement) != VARVE_COPY_NONE;
        ok = copies ? copy_statement(shell, statement, sql, size)
                    : statement == NULL || step_all(shell, statement);
    }
    if (!ok && !copies) {
        fflush(stdout);
        run_print_error(shell, varve_last_error(shell->session), sql, size);
    }
    varve_finalize(statement);
    interrupt_watch(NULL);
    if (shell->options.timing) {
        printf("Time: %.3f ms\n", run_clock_ms() - start);
    }
    fflush(stdout);
    return ok;
}

bool run_silently(struct shell *shell, const char *sql)
{
    if (varve_exec(shell->session, sql, 0) != VARVE_OK) {
        run_print_error(shell, varve_last_error(shell->session), NULL, 0);
        return false;
    }
    return true;
}

static bool step_all(struct shell *shell, struct varve_statement *statement)
{
    int columns = varve_column_count(statement);
    const char *tag = NULL;

    /* SELECT without a column still has rows to count. */
    if (columns > 0) {
        return step_rows(shell, statement, (size_t)columns);
    }
    for (;;) {
        int code = varve_step(statement);

        if (code == VARVE_DONE) {
            break;
        }
        if (code != VARVE_ROW) {
            return false;
        }
    }
    tag = varve_command_tag(statement);
    if (tag != NULL && strncmp(tag, "SELECT ", 7) == 0) {
        printf("--\n(%s row%s)\n\n", tag + 7, strcmp(tag + 7, "1") == 0 ? "" : "s");
    } else if (!shell->options.quiet && tag != NULL && tag[0] != '\0') {
        printf("%s\n", tag);
    }
    return true;
}

static bool step_rows(struct shell *shell, struct varve_statement *statement, size_t columns)
{
    struct table_style style = {.tuples_only = shell->options.tuples_only,
                                .unaligned = shell->options.unaligned,
                                .expanded = shell->options.expanded};
    struct table table;
    const char *tag = NULL;
    int code = VARVE_OK;

    table_start(&table, statement, columns);
    while ((code = varve_step(statement)) == VARVE_ROW) {
        for (size_t i = 0; i < columns; i++) {
            size_t size = 0;
            const char *value = varve_column_text(statement, (int)i, &size);

            table_add(&table, value == NULL ? "" : value, value == NULL ? 0 : size);
        }
    }
    if (code == VARVE_DONE) {
        table_print(&table, &style, stdout);
        tag = varve_command_tag(statement);
        if (!shell->options.quiet && tag != NULL && strncmp(tag, "SELECT", 6) != 0 &&
            strncmp(tag, "EXPLAIN", 7) != 0 && strncmp(tag, "SHOW", 4) != 0 && tag[0] != '\0') {
            printf("%s\n", tag); /* INSERT … RETURNING */
        }
    }
    table_free(&table);
    return code == VARVE_DONE;
}

static void table_start(struct table *table, struct varve_statement *statement, size_t columns)
{
    table_init(table, columns);
    for (size_t i = 0; i < columns; i++) {
        table_add(table, varve_column_name(statement, (int)i), SIZE_MAX);
        table->right[i] = is_numeric(varve_column_type(statement, (int)i));
    }
}

static bool is_numeric(int type)
{
    return type == VARVE_TYPE_SMALLINT || type == VARVE_TYPE_REAL || type == VARVE_TYPE_INTEGER ||
           type == VARVE_TYPE_BIGINT || type == VARVE_TYPE_DOUBLE || type == VARVE_TYPE_NUMERIC;
}

/* ---- errors ---- */

void run_print_error(const struct shell *shell, const struct varve_error *error, const char *sql,
                     size_t size)
{
    print_fields(shell, "ERROR", error, sql, size);
}

void run_notice(void *argument, const char *severity, const struct varve_error *notice)
{
    fflush(stdout);
    print_fields(argument, severity, notice, NULL, 0);
}

static void print_fields(const struct shell *shell, const char *severity,
                         const struct varve_error *error, const char *sql, size_t size)
{
    if (shell->file != NULL) {
        fprintf(stderr, "varve:%s:%u: ", shell->file, shell->line);
    }
    fprintf(stderr, "%s:  %s\n", severity, error->message);
    if (sql != NULL && error->position > 0) {
        print_position(stderr, sql, size, error->position);
    }
    if (error->detail[0] != '\0') {
        fprintf(stderr, "DETAIL:  %s\n", error->detail);
    }
    if (error->hint[0] != '\0') {
        fprintf(stderr, "HINT:  %s\n", error->hint);
    }
    if (error->context[0] != '\0') {
        fprintf(stderr, "CONTEXT:  %s\n", error->context);
    }
}

void run_message(const struct shell *shell, const char *format, ...)
{
    va_list arguments;

    if (shell->file != NULL) {
        fprintf(stderr, "varve:%s:%u: error: ", shell->file, shell->line);
    }
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
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
