/*
 * scan.c - arguments of backslash commands, read as psql reads them: words up to a blank, a backslash or the end of the line;
 * 'texts' with C's escapes, "names" that keep their quotes, `commands` whose output they are, :variables.
 */
#include "shell/shell_private.h"

#include <stdlib.h>
#include <string.h>

static void take_quoted(struct scan *scan, struct text *word);
static void take_escape(struct scan *scan, struct text *word);
static void take_name(struct scan *scan, struct text *word);
static void take_program(struct scan *scan, struct text *word);
static bool take_variable(struct scan *scan, struct text *word);
static char *rest_of_line(struct scan *scan);

char *scan_next(struct scan *scan, enum scan_kind kind)
{
    struct text word = {0};
    bool quoted = false;

    scan->at += strspn(scan->at, " \t\r\f\v");
    if (kind == SCAN_LINE || (kind == SCAN_PATH && *scan->at == '|')) {
        return rest_of_line(scan);
    }
    if (strchr("\n\\", *scan->at) != NULL) { /* its NUL too */
        return NULL;
    }
    text_add(&word, "", 0);
    while (strchr(" \t\r\f\v\n\\", *scan->at) == NULL) {
        if (*scan->at == '\'') {
            take_quoted(scan, &word);
            quoted = true;
        } else if (*scan->at == '"') {
            take_name(scan, &word);
        } else if (*scan->at == '`') {
            take_program(scan, &word);
            quoted = true;
        } else if (*scan->at != ':' || !take_variable(scan, &word)) {
            text_add_char(&word, *scan->at++);
        } else {
            quoted = true;
        }
    }
    while (kind != SCAN_WORD && !quoted && word.size > 0 && word.data[word.size - 1] == ';') {
        word.data[--word.size] = '\0';
    }
    if (word.size == 0 && !quoted) { /* it was nothing but semicolons */
        text_free(&word);
        return NULL;
    }
    return word.data;
}

void scan_ignore(struct scan *scan)
{
    char *word = NULL;

    scan->ignores = true;
    while ((word = scan_next(scan, SCAN_WORD)) != NULL) {
        free(word);
    }
}

void scan_end(struct scan *scan)
{
    char *word = NULL;

    while ((word = scan_next(scan, SCAN_NAME)) != NULL) {
        run_warning(scan->shell, "\\%s: extra argument \"%s\" ignored", scan->command, word);
        free(word);
    }
    scan_skip(scan);
}

void scan_skip(struct scan *scan)
{
    while (strchr("\n\\", *scan->at) == NULL) {
        scan->at++;
    }
    if (strncmp(scan->at, "\\\\", 2) == 0) { /* separates a command from SQL */
        scan->at += 2;
    }
}

static char *rest_of_line(struct scan *scan)
{
    size_t size = strcspn(scan->at, "\n");
    size_t used = size;
    char *line = NULL;

    while (used > 0 && strchr(" \t\r\f\v", scan->at[used - 1]) != NULL) {
        used--;
    }
    line = used == 0 ? NULL : text_copy(scan->at, used);
    scan->at += size;
    return line;
}

/* 'text' */
static void take_quoted(struct scan *scan, struct text *word)
{
    scan->at++;
    while (*scan->at != '\0' && *scan->at != '\n') {
        if (*scan->at == '\'' && scan->at[1] != '\'') {
            scan->at++;
            return;
        }
        if (*scan->at == '\\' && scan->at[1] != '\0' && scan->at[1] != '\n') {
            take_escape(scan, word);
            continue;
        }
        scan->at += *scan->at == '\'';
        text_add_char(word, *scan->at++);
    }
    run_message(scan->shell, "unterminated quoted string");
    scan->failed = true;
}

/* \n, \t …, \123, \x1b; else the character itself. */
static void take_escape(struct scan *scan, struct text *word)
{
    static const char letters[] = "ntbrf";
    static const char meanings[] = "\n\t\b\r\f";
    const char *found = NULL;
    char *end = NULL;

    scan->at++;
    found = strchr(letters, *scan->at);
    if (found != NULL) {
        text_add_char(word, meanings[found - letters]);
        scan->at++;
    } else if (*scan->at >= '0' && *scan->at <= '7') {
        char digits[4] = "";

        memcpy(digits, scan->at,
               strspn(scan->at, "01234567") < 3 ? strspn(scan->at, "01234567") : 3);
        text_add_char(word, (char)strtoul(digits, &end, 8));
        scan->at += end - digits;
    } else if (*scan->at == 'x' && strspn(scan->at + 1, "0123456789abcdefABCDEF") > 0) {
        char digits[3] = "";
        size_t size = strspn(scan->at + 1, "0123456789abcdefABCDEF");

        memcpy(digits, scan->at + 1, size < 2 ? size : 2);
        text_add_char(word, (char)strtoul(digits, &end, 16));
        scan->at += 1 + (end - digits);
    } else {
        text_add_char(word, *scan->at++);
    }
}

/* "name", quotes and all */
static void take_name(struct scan *scan, struct text *word)
{
    do {
        text_add_char(word, *scan->at++);
    } while (*scan->at != '\0' && *scan->at != '\n' && *scan->at != '"');
    if (*scan->at == '"') {
        text_add_char(word, *scan->at++);
    } else {
        run_message(scan->shell, "unterminated quoted string");
        scan->failed = true;
    }
}

/* `command`: its output without the last line end */
static void take_program(struct scan *scan, struct text *word)
{
    size_t size = strcspn(scan->at + 1, "`\n");
    char *command = text_copy(scan->at + 1, size);
    FILE *pipe = NULL;
    int byte = 0;

    scan->at += 1 + size;
    if (*scan->at != '`') {
        run_message(scan->shell, "unterminated quoted string");
        scan->failed = true;
        free(command);
        return;
    }
    scan->at++;
    if (scan->ignores) {
        free(command);
        return;
    }
    fflush(NULL);
    pipe = popen(command, "r");
    while (pipe != NULL && (byte = getc(pipe)) != EOF) {
        text_add_char(word, (char)byte);
    }
    if (pipe == NULL || pclose(pipe) != 0) {
        run_message(scan->shell, "`%s`: command failed", command);
    }
    if (word->size > 0 && word->data[word->size - 1] == '\n') {
        word->data[--word->size] = '\0';
    }
    free(command);
}

static bool take_variable(struct scan *scan, struct text *word)
{
    const char *name = NULL;
    size_t name_size = 0;
    bool plain = false;
    size_t size = 0;

    if (scan->ignores) {
        return false;
    }
    size = variable_expand(scan->shell, scan->at, word, &plain, &name, &name_size);

    scan->at += size;
    return size > 0;
}
