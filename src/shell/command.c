/*
 * command.c - backslash commands.
 *
 * A command takes the rest of its line, but for those without arguments, behind which another command or
 * SQL may stand.
 */
#include "shell/shell_private.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define INCLUDE_DEPTH 32

struct command {
    const char *name;
    bool (*run)(struct shell *shell, const char *argument);
};

static bool command_quit(struct shell *shell, const char *argument);
static bool command_describe(struct shell *shell, const char *argument);
static bool command_tables(struct shell *shell, const char *argument);
static bool command_indexes(struct shell *shell, const char *argument);
static bool command_timing(struct shell *shell, const char *argument);
static bool command_expanded(struct shell *shell, const char *argument);
static bool command_unaligned(struct shell *shell, const char *argument);
static bool command_tuples(struct shell *shell, const char *argument);
static bool command_include(struct shell *shell, const char *argument);
static bool command_echo(struct shell *shell, const char *argument);
static bool command_set(struct shell *shell, const char *argument);
static bool command_conninfo(struct shell *shell, const char *argument);
static bool command_help(struct shell *shell, const char *argument);
static bool command_sql_help(struct shell *shell, const char *argument);
static bool toggle(const char *what, bool *value, const char *argument);
static char *word_of(const char *argument);

static const struct command commands[] = {
    {"q", command_quit},        {"d", command_describe},
    {"dt", command_tables},     {"di", command_indexes},
    {"timing", command_timing}, {"x", command_expanded},
    {"a", command_unaligned},   {"t", command_tuples},
    {"i", command_include},     {"include", command_include},
    {"copy", copy_run},         {"echo", command_echo},
    {"set", command_set},       {"conninfo", command_conninfo},
    {"?", command_help},        {"h", command_sql_help},
    {"help", command_sql_help}, {"quit", command_quit},
};

bool command_run(struct shell *shell, const char *text, const char **end_out)
{
    size_t name_size = strcspn(text, " \t\n;");
    size_t line_size = strcspn(text, "\n");
    const char *argument = text + name_size + strspn(text + name_size, " \t");
    struct text line = {0};
    bool ok = false;
    bool known = false;

    /* \q; and the like: a semicolon behind a command is no argument. */
    text_add(&line, argument,
             argument < text + line_size ? (size_t)(text + line_size - argument) : 0);
    while (line.size > 0 && isspace((unsigned char)line.data[line.size - 1])) {
        line.data[--line.size] = '\0';
    }
    *end_out = text + line_size;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strlen(commands[i].name) == name_size &&
            memcmp(commands[i].name, text, name_size) == 0) {
            known = true;
            ok = commands[i].run(shell, text_get(&line));
            break;
        }
    }
    if (!known) {
        run_message(shell, "invalid command \\%.*s", (int)name_size, text);
        if (shell->interactive) {
            run_message(shell, "Try \\? for help.");
        }
    }
    text_free(&line);
    fflush(stdout);
    return ok;
}

/* The first word of an argument, unquoted; own: free. Empty text when there is none. */
static char *word_of(const char *argument)
{
    struct text word = {0};
    char quote = *argument == '\'' || *argument == '"' ? *argument : '\0';
    const char *at = quote == '\0' ? argument : argument + 1;

    text_add(&word, "", 0);
    for (; *at != '\0'; at++) {
        if (quote != '\0' && *at == quote) {
            if (at[1] != quote) {
                break;
            }
            at++;
        } else if (quote == '\0' && (isspace((unsigned char)*at) || *at == ';')) {
            break;
        }
        text_add_char(&word, *at);
    }
    return word.data;
}

static bool command_quit(struct shell *shell, const char *argument)
{
    (void)argument;
    shell->quit = true;
    return true;
}

static bool command_describe(struct shell *shell, const char *argument)
{
    char *name = NULL;
    bool ok = false;

    if (argument[0] == '\0' || argument[0] == ';') {
        return describe_tables(shell, 0);
    }
    name = text_memory(NULL, strlen(argument) + 1);
    memcpy(name, argument, strlen(argument) + 1);
    name[strcspn(name, "; \t")] = '\0';
    ok = describe_table(shell, name);
    free(name);
    return ok;
}

static bool command_tables(struct shell *shell, const char *argument)
{
    (void)argument;
    return describe_tables(shell, VARVE_DESCRIBES_TABLE);
}

static bool command_indexes(struct shell *shell, const char *argument)
{
    (void)argument;
    return describe_tables(shell, VARVE_DESCRIBES_INDEX);
}

/* on, off, or the other one */
static bool toggle(const char *what, bool *value, const char *argument)
{
    char *word = word_of(argument);

    if (strcmp(word, "on") == 0 || strcmp(word, "1") == 0 || strcmp(word, "true") == 0) {
        *value = true;
    } else if (strcmp(word, "off") == 0 || strcmp(word, "0") == 0 || strcmp(word, "false") == 0) {
        *value = false;
    } else {
        *value = !*value;
    }
    free(word);
    if (what != NULL) {
        printf("%s is %s.\n", what, *value ? "on" : "off");
    }
    return true;
}

static bool command_timing(struct shell *shell, const char *argument)
{
    return toggle(shell->options.quiet ? NULL : "Timing", &shell->options.timing, argument);
}

static bool command_expanded(struct shell *shell, const char *argument)
{
    return toggle(shell->options.quiet ? NULL : "Expanded display", &shell->options.expanded,
                  argument);
}

static bool command_unaligned(struct shell *shell, const char *argument)
{
    (void)argument;
    shell->options.unaligned = !shell->options.unaligned;
    if (!shell->options.quiet) {
        printf("Output format is %s.\n", shell->options.unaligned ? "unaligned" : "aligned");
    }
    return true;
}

static bool command_tuples(struct shell *shell, const char *argument)
{
    return toggle(shell->options.quiet ? NULL : "Tuples only", &shell->options.tuples_only,
                  argument);
}

static bool command_include(struct shell *shell, const char *argument)
{
    char *name = word_of(argument);
    FILE *file = NULL;
    bool ok = false;

    if (name[0] == '\0') {
        run_message(shell, "\\i: missing required argument");
    } else if (shell->include_depth >= INCLUDE_DEPTH) {
        run_message(shell, "\\i: files include each other too deeply");
    } else if ((file = fopen(name, "r")) == NULL) {
        run_message(shell, "%s: %s", name, strerror(errno));
    } else {
        bool was_interactive = shell->interactive;
        struct text buffer = shell->buffer;
        struct split split = shell->split;

        shell->buffer = (struct text){0};
        split_reset(&shell->split);
        shell->include_depth++;
        shell->interactive = false;
        ok = shell_run_file(shell, file, name);
        shell->interactive = was_interactive;
        shell->include_depth--;
        text_free(&shell->buffer);
        shell->buffer = buffer;
        shell->split = split;
        fclose(file);
    }
    free(name);
    return ok;
}

static bool command_echo(struct shell *shell, const char *argument)
{
    (void)shell;
    printf("%s\n", argument);
    return true;
}

/* \set ON_ERROR_STOP [on | off]; other variables are accepted and do nothing. */
static bool command_set(struct shell *shell, const char *argument)
{
    char *name = word_of(argument);
    const char *value = argument + strlen(name);

    value += strspn(value, " \t");
    if (strcmp(name, "ON_ERROR_STOP") == 0) {
        (void)toggle(NULL, &shell->options.error_stop, *value == '\0' ? "on" : value);
    } else if (name[0] == '\0') {
        printf("ON_ERROR_STOP = '%s'\n", shell->options.error_stop ? "on" : "off");
    }
    free(name);
    return true;
}

static bool command_conninfo(struct shell *shell, const char *argument)
{
    (void)argument;
    printf("Varve %s, database \"%s\".\n", varve_version(), shell->path);
    return true;
}

static bool command_help(struct shell *shell, const char *argument)
{
    (void)shell;
    (void)argument;
    help_commands();
    return true;
}

static bool command_sql_help(struct shell *shell, const char *argument)
{
    (void)shell;
    return help_statement(argument);
}
