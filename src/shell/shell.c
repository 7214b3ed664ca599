/*
 * shell.c - from lines to statements and commands.
 */
#include "shell/shell_private.h"

#include <stdlib.h>
#include <string.h>

static bool take_buffer(struct shell *shell);
static bool run_first(struct shell *shell, size_t size);
static bool drop_first(struct shell *shell);
static bool end_conditions(struct shell *shell);
static bool take_semicolon(struct shell *shell);
static bool run_command(struct shell *shell);
static void put_variable(struct shell *shell);
static bool is_being_expanded(struct shell *shell, const char *name, size_t size);
static void forget_expansions(struct shell *shell);
static void make_prompt(const struct shell *shell, struct text *prompt);
static bool goes_on(const struct shell *shell, bool ok);

/* ---- sources of lines ---- */

bool shell_run_file(struct shell *shell, FILE *file, const char *name)
{
    const char *outer_file = shell->file;
    uint32_t outer_line = shell->line;
    FILE *outer_input = shell->input;
    size_t outer_base = shell->condition_base;
    struct text line = {0};
    bool ok = true;
    int byte = 0;

    shell->file = name;
    shell->line = 0;
    shell->input = file;
    shell->condition_base = shell->condition_count;
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
        if (shell_echoes(shell, "all")) {
            printf("%s\n", text_get(&line));
        }
        ok = shell_take_line(shell, text_get(&line));
    }
    if (ok && !shell->quit) {
        ok = shell_take_rest(shell);
        ok = end_conditions(shell) && ok;
    }
    (void)condition_close(shell, shell->condition_base);
    shell->condition_base = outer_base;
    shell_clear_buffer(shell);
    text_free(&line);
    shell->file = outer_file;
    shell->line = outer_line;
    shell->input = outer_input;
    return ok;
}

/* \if without \endif. */
static bool end_conditions(struct shell *shell)
{
    if (condition_close(shell, shell->condition_base)) {
        return true;
    }
    run_message(shell, "reached EOF without finding closing \\endif(s)");
    return !variable_is_on(shell, "ON_ERROR_STOP");
}

bool shell_run_text(struct shell *shell, const char *text)
{
    bool grouped = varve_group_begin(shell->session) == VARVE_OK;
    bool ok = shell_take_line(shell, text) && shell_take_rest(shell) && end_conditions(shell);

    (void)condition_close(shell, 0);
    if (grouped && varve_group_end(shell->session) != VARVE_OK && ok) {
        run_print_error(shell, varve_last_error(shell->session), NULL, 0);
        ok = false;
    }
    shell_clear_buffer(shell);
    return ok;
}

void shell_run_terminal(struct shell *shell)
{
    struct input *input = input_open_terminal(shell);
    struct text prompt = {0};

    if (input == NULL) {
        (void)shell_run_file(shell, stdin, NULL);
        return;
    }
    shell->interactive = true;
    shell->terminal = input;
    while (!shell->quit) {
        bool interrupted = false;
        const char *line = NULL;

        make_prompt(shell, &prompt);
        line = input_line(input, text_get(&prompt), &interrupted);
        if (interrupted) {
            if (shell->condition_count > 0) {
                run_message(shell, "\\if: escaped");
                shell->condition_count--;
            }
            shell_clear_buffer(shell); /* S2 */
            continue;
        }
        if (line == NULL) {
            printf("\\q\n");
            break;
        }
        if (!shell_take_line(shell, line)) {
            shell_clear_buffer(shell); /* Ctrl-C: what else stands in the line is not run */
        }
    }
    text_free(&prompt);
    (void)end_conditions(shell);
    shell->terminal = NULL;
    input_close(input);
}

bool shell_echoes(const struct shell *shell, const char *what)
{
    const char *echo = variable_get(shell, "ECHO");

    return echo != NULL && strcmp(echo, what) == 0;
}

/* As psql's: %R what is missing, %x a * while in a transaction, a ! when it has failed; %/ the database, %l the line,
 * %:name: a variable. */
static void make_prompt(const struct shell *shell, struct text *prompt)
{
    char status = varve_transaction_status(shell->session);
    bool empty = split_is_blank(text_get(&shell->buffer), shell->buffer.size);
    char sign = split_sign(&shell->split, empty);
    const char *format = variable_get(shell, sign == '=' ? "PROMPT1" : "PROMPT2");

    text_clear(prompt);
    for (const char *at = format == NULL ? "" : format; *at != '\0'; at++) {
        if (*at != '%' || at[1] == '\0') {
            text_add_char(prompt, *at);
            continue;
        }
        at++;
        if (*at == 'R') {
            text_add_char(prompt, sign == '=' && !condition_active(shell) ? '@' : sign);
        } else if (*at == 'x') {
            text_add_text(prompt, status == 'T' ? "*" : status == 'E' ? "!" : "");
        } else if (*at == '#') {
            text_add_char(prompt, '>');
        } else if (*at == '/' || *at == '~') {
            text_add_text(prompt, shell->path);
        } else if (*at == 'l') {
            text_format(prompt, "%u", (unsigned)shell->line);
        } else if (*at == ':') {
            char *name = text_copy(at + 1, strcspn(at + 1, ":"));
            const char *value = variable_get(shell, name);

            at += strlen(name) + (at[1 + strlen(name)] == ':');
            text_add_text(prompt, value == NULL ? "" : value);
            free(name);
        } else {
            text_add_char(prompt, *at);
        }
    }
}

/* ---- lines ---- */

bool shell_take_line(struct shell *shell, const char *line)
{
    if (split_is_blank(text_get(&shell->buffer), shell->buffer.size) &&
        shell->split.state == SPLIT_SQL && condition_active(shell)) {
        /* As a convenience of psql's. */
        if (shell->interactive && (strcmp(line, "quit") == 0 || strcmp(line, "exit") == 0)) {
            shell->quit = true;
            return false;
        }
        if (shell->interactive && strcmp(line, "help") == 0) {
            printf("You are using varve, the shell of an SQL database.\n"
                   "Type:  \\h for help with SQL commands\n"
                   "       \\? for help with varve commands\n"
                   "       \\g or terminate with semicolon to execute query\n"
                   "       \\q to quit\n");
            return true;
        }
        if (line[0] == '.' && command_is_dotted(line)) {
            return goes_on(shell, command_run_dotted(shell, line));
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
        ok = !condition_active(shell) || run_first(shell, shell->buffer.size);
    }
    shell_clear_buffer(shell);
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
            ok = condition_active(shell) ? run_first(shell, shell->split.at) : drop_first(shell);
            break;
        case SPLIT_COMMAND:
            ok = take_semicolon(shell) || run_command(shell);
            break;
        case SPLIT_VARIABLE:
            if (condition_active(shell)) {
                put_variable(shell);
            } else {
                shell->split.at++;
            }
            break;
        }
        if (!goes_on(shell, ok)) {
            return false;
        }
    }
}

/* An error in a script stops it when asked to; at a terminal it never does. Ctrl-C ends a script, and the rest of a line. */
static bool goes_on(const struct shell *shell, bool ok)
{
    return !shell->quit && !interrupt_pending() &&
           (ok || shell->interactive || !variable_is_on(shell, "ON_ERROR_STOP"));
}

/* A statement of a branch that does not count. */
static bool drop_first(struct shell *shell)
{
    if (shell->interactive) {
        run_message(shell, "query ignored; use \\endif or Ctrl-C to exit current \\if block");
    }
    condition_discard(shell, shell->split.at);
    return true;
}

/* The first `size` bytes are a statement: it goes before it runs, since what it runs may read more lines. */
static bool run_first(struct shell *shell, size_t size)
{
    const char *text = text_get(&shell->buffer);
    size_t start = split_blank(text, size);
    bool ok = true;

    if (start == size) {
        text_remove(&shell->buffer, size);
    } else {
        size_t end = size;

        while (end > start && strchr(" \t\r\n", text[end - 1]) != NULL) {
            end--;
        }
        text_clear(&shell->previous);
        text_add(&shell->previous, text + start, end - start);
        text_remove(&shell->buffer, size);
        ok = run_statement(shell, text_get(&shell->previous), shell->previous.size);
    }
    split_reset(&shell->split);
    return ok;
}

bool shell_run_buffer(struct shell *shell)
{
    if (!split_is_blank(text_get(&shell->buffer), shell->buffer.size)) {
        return run_first(shell, shell->buffer.size);
    }
    return shell->previous.size == 0 ||
           run_statement(shell, text_get(&shell->previous), shell->previous.size);
}

const char *shell_current(const struct shell *shell)
{
    const struct text *text = split_is_blank(text_get(&shell->buffer), shell->buffer.size)
                                  ? &shell->previous
                                  : &shell->buffer;

    return text_get(text);
}

/* \; separates statements that run together. */
static bool take_semicolon(struct shell *shell)
{
    char *at = shell->buffer.data + shell->split.at;

    if (at[1] != ';') {
        return false;
    }
    memmove(at, at + 1, shell->buffer.size - shell->split.at);
    shell->buffer.size--;
    shell->split.at++;
    return true;
}

/* The buffer has a backslash at split.at: the command sees what stands before it as the buffer, and what it leaves of its
 * line comes behind that. */
static bool run_command(struct shell *shell)
{
    size_t at = shell->split.at;
    char *command = text_copy(text_get(&shell->buffer) + at + 1, SIZE_MAX);
    const char *rest = NULL;
    bool ok = true;

    shell->buffer.size = at;
    shell->buffer.data[at] = '\0';
    forget_expansions(shell);
    ok = command_run(shell, command, &rest);
    if (split_is_blank(text_get(&shell->buffer), shell->buffer.size) &&
        shell->split.state == SPLIT_SQL) {
        shell_clear_buffer(shell);
        rest += shell->buffer.size == 0 && rest[0] == '\n'; /* nothing is there to end */
    }
    text_add_text(&shell->buffer, rest);
    free(command);
    return ok;
}

/* The buffer has a colon at split.at. */
static void put_variable(struct shell *shell)
{
    size_t at = shell->split.at;
    struct text value = {0};
    const char *name = NULL;
    size_t name_size = 0;
    bool plain = false;
    size_t size =
        variable_expand(shell, shell->buffer.data + at, &value, &plain, &name, &name_size);

    if (size > 0 && is_being_expanded(shell, name, name_size)) {
        run_message(shell, "skipping recursive expansion of variable \"%.*s\"", (int)name_size,
                    name);
        size = 0;
    }
    if (size == 0) {
        shell->split.at++; /* a colon of SQL's */
    } else {
        size_t after = shell->buffer.size - at - size;

        if (plain &&
            shell->expansion_count < sizeof shell->expansions / sizeof shell->expansions[0]) {
            shell->expansions[shell->expansion_count++] =
                (struct expansion){text_copy(name, name_size), after};
        }
        text_add(&value, shell->buffer.data + at + size, after);
        shell->buffer.size = at;
        text_add(&shell->buffer, value.data, value.size);
        shell->split.at += plain ? 0 : value.size - after;
    }
    text_free(&value);
}

static bool is_being_expanded(struct shell *shell, const char *name, size_t size)
{
    size_t left = shell->buffer.size - shell->split.at;

    while (shell->expansion_count > 0 &&
           left <= shell->expansions[shell->expansion_count - 1].from_end) {
        free(shell->expansions[--shell->expansion_count].name);
    }
    for (size_t i = 0; i < shell->expansion_count; i++) {
        const struct expansion *expansion = &shell->expansions[i];

        if (strlen(expansion->name) == size && memcmp(expansion->name, name, size) == 0) {
            return true;
        }
    }
    /* What is nested more deeply than there is room for counts as such too. */
    return shell->expansion_count == sizeof shell->expansions / sizeof shell->expansions[0];
}

static void forget_expansions(struct shell *shell)
{
    while (shell->expansion_count > 0) {
        free(shell->expansions[--shell->expansion_count].name);
    }
}

void shell_clear_buffer(struct shell *shell)
{
    text_clear(&shell->buffer);
    split_reset(&shell->split);
    forget_expansions(shell);
}

void shell_release(struct shell *shell)
{
    shell_clear_buffer(shell);
    text_free(&shell->buffer);
    text_free(&shell->previous);
    condition_release(shell);
    table_style_free(&shell->style);
    for (size_t i = 0; i < shell->variable_count; i++) {
        free(shell->variables[i].name);
        free(shell->variables[i].value);
    }
    free(shell->variables);
    free(shell->null_text);
    free(shell->title);
    free(shell->last_error);
}
