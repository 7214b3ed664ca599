/*
 * shell.c - from lines to statements and commands.
 */
#include "shell/shell_private.h"

#include <stdlib.h>
#include <string.h>

static bool take_buffer(struct shell *shell);
static bool run_buffer(struct shell *shell, size_t size);
static bool run_command(struct shell *shell);
static bool is_buffer_command(const char *command, char name);
static const char *prompt(const struct shell *shell, char *room, size_t room_size);
static void buffer_clear(struct shell *shell);
static bool goes_on(const struct shell *shell, bool ok);

/* ---- sources of lines ---- */

bool shell_run_file(struct shell *shell, FILE *file, const char *name)
{
    const char *outer_file = shell->file;
    uint32_t outer_line = shell->line;
    FILE *outer_input = shell->input;
    struct text line = {0};
    bool ok = true;
    int byte = 0;

    shell->file = name;
    shell->line = 0;
    shell->input = file;
    while (ok && !shell->quit && byte != EOF) {
        text_clear(&line);
        while ((byte = getc(file)) != EOF && byte != '\n') {
            text_add_char(&line, (char)byte);
        }
        if (byte == EOF && line.size == 0) {
            break;
        }
        shell->line++;
        /* A byte order mark is no SQL. */
        if (shell->line == 1 && line.size >= 3 && memcmp(line.data, "\xEF\xBB\xBF", 3) == 0) {
            text_remove(&line, 3);
        }
        if (shell->options.echo) {
            printf("%s\n", text_get(&line));
        }
        ok = shell_take_line(shell, text_get(&line));
    }
    if (ok && !shell->quit) {
        ok = shell_take_rest(shell);
    }
    buffer_clear(shell);
    text_free(&line);
    shell->file = outer_file;
    shell->line = outer_line;
    shell->input = outer_input;
    return ok;
}

bool shell_run_text(struct shell *shell, const char *text)
{
    bool ok = shell_take_line(shell, text) && shell_take_rest(shell);

    buffer_clear(shell);
    return ok;
}

void shell_run_terminal(struct shell *shell)
{
    struct input *input = input_open_terminal();
    char room[64];

    if (input == NULL) {
        (void)shell_run_file(shell, stdin, NULL);
        return;
    }
    shell->interactive = true;
    while (!shell->quit) {
        bool interrupted = false;
        const char *line = input_line(input, prompt(shell, room, sizeof room), &interrupted);

        if (interrupted) {
            buffer_clear(shell); /* S2 */
            continue;
        }
        if (line == NULL) {
            printf("\\q\n");
            break;
        }
        (void)shell_take_line(shell, line);
    }
    input_close(input);
}

/* varve=> as psql's: a * while in a transaction, a ! when it has failed. */
static const char *prompt(const struct shell *shell, char *room, size_t room_size)
{
    char status = varve_transaction_status(shell->session);
    bool empty = split_is_blank(text_get(&shell->buffer), shell->buffer.size);

    snprintf(room, room_size, "varve%c%s> ", split_sign(&shell->split, empty),
             status == 'T'   ? "*"
             : status == 'E' ? "!"
                             : "");
    return room;
}

/* ---- lines ---- */

bool shell_take_line(struct shell *shell, const char *line)
{
    if (split_is_blank(text_get(&shell->buffer), shell->buffer.size) &&
        shell->split.state == SPLIT_SQL) {
        /* As a convenience of psql's. */
        if (shell->interactive && (strcmp(line, "quit") == 0 || strcmp(line, "exit") == 0)) {
            shell->quit = true;
            return false;
        }
        if (shell->interactive && strcmp(line, "help") == 0) {
            help_commands();
            return true;
        }
    }
    text_add_text(&shell->buffer, line);
    text_add_char(&shell->buffer, '\n');
    return take_buffer(shell);
}

bool shell_take_rest(struct shell *shell)
{
    bool ok = true;

    if (!split_is_blank(text_get(&shell->buffer), shell->buffer.size)) {
        ok = run_buffer(shell, shell->buffer.size);
    }
    buffer_clear(shell);
    return goes_on(shell, ok);
}

/* Runs every statement and command that the buffer completes. */
static bool take_buffer(struct shell *shell)
{
    for (;;) {
        bool ok = true;

        switch (split_next(&shell->split, text_get(&shell->buffer), shell->buffer.size)) {
        case SPLIT_MORE:
            return !shell->quit;
        case SPLIT_STATEMENT:
            ok = run_buffer(shell, shell->split.at);
            break;
        case SPLIT_COMMAND:
            ok = run_command(shell);
            break;
        }
        if (!goes_on(shell, ok)) {
            return false;
        }
    }
}

/* An error in a script stops it when asked to; at a terminal it never does. */
static bool goes_on(const struct shell *shell, bool ok)
{
    return !shell->quit && (ok || shell->interactive || !shell->options.error_stop);
}

/* The first `size` bytes are a statement. */
static bool run_buffer(struct shell *shell, size_t size)
{
    const char *text = text_get(&shell->buffer);
    bool ok = true;
    size_t start = split_blank(text, size);

    if (start < size) {
        char *statement = text_memory(NULL, size - start + 1);

        memcpy(statement, text + start, size - start);
        statement[size - start] = '\0';
        ok = run_statement(shell, statement, size - start);
        free(statement);
    }
    text_remove(&shell->buffer, size);
    split_reset(&shell->split);
    return ok;
}

/* The buffer has a backslash at split.at: the command goes, what stands before it stays, and what the
 * command leaves of its line comes behind that. */
static bool run_command(struct shell *shell)
{
    size_t at = shell->split.at;
    struct split split = shell->split;
    struct text before = {0};
    struct text command = {0};
    const char *rest = NULL;
    bool ok = true;

    text_add(&before, text_get(&shell->buffer), at);
    text_add_text(&command, text_get(&shell->buffer) + at + 1);
    buffer_clear(shell);
    if (is_buffer_command(text_get(&command), 'g')) {
        text_add(&shell->buffer, text_get(&before), before.size);
        ok = run_buffer(shell, shell->buffer.size);
        text_clear(&before);
        rest = text_get(&command) + 1;
    } else if (is_buffer_command(text_get(&command), 'r')) {
        text_clear(&before);
        rest = text_get(&command) + 1;
        printf("Query buffer reset (cleared).\n");
    } else if (is_buffer_command(text_get(&command), 'p')) {
        rest = text_get(&command) + 1;
        printf("%s\n", before.size == 0 ? "Query buffer is empty." : text_get(&before));
    } else {
        ok = command_run(shell, text_get(&command), &rest);
    }
    if (!split_is_blank(text_get(&before), before.size)) {
        text_add(&shell->buffer, text_get(&before), before.size);
        shell->split = split;
    }
    text_add_text(&shell->buffer, rest);
    text_free(&before);
    text_free(&command);
    return ok;
}

/* \g, \p and \r act on the buffer. */
static bool is_buffer_command(const char *command, char name)
{
    return command[0] == name && strchr(" \t\n", command[1]) != NULL;
}

static void buffer_clear(struct shell *shell)
{
    text_clear(&shell->buffer);
    split_reset(&shell->split);
}
