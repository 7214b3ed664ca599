/*
 * command.c - backslash commands, by the table commands.def.
 *
 * A command's arguments end with its line or with the next backslash; what they leave of the line is the next command's or
 * SQL's.
 */
#include "shell/shell_private.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define INCLUDE_DEPTH 32

typedef bool command_function(struct scan *scan);

static command_function command_go, command_history, command_errverbose, command_quit,
    command_watch, command_help, command_sql_help, command_edit, command_print, command_reset,
    command_write, command_echo, command_include, command_output, command_describe,
    command_conninfo, command_encoding, command_cd, command_getenv, command_setenv, command_timing,
    command_program, command_set, command_unset;

static const struct {
    const char *name;
    command_function *run;
} commands[] = {
#define X(group, name, arguments, help, function) {name, function},
#include "shell/commands.def"
#undef X
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static command_function *find(const char *name);
static bool names(const char *pattern, const char *name);
static bool pass_over(struct scan *scan, command_function *run);
static bool missing(const struct scan *scan);
static bool run_to(struct shell *shell, const char *target, bool expanded);
static void watch_title(struct shell *shell, double seconds, char *room, size_t size);
static char *beside(const struct shell *shell, char *name);
static bool include(struct shell *shell, FILE *file, const char *name);

bool command_run(struct shell *shell, const char *text, const char **end_out)
{
    size_t name_size = strcspn(text, text[0] == '!' ? "!" : " \t\r\n;\\") + (text[0] == '!');
    char *name = text_copy(text, name_size);
    struct scan scan = {.shell = shell, .command = name, .at = text + name_size};
    command_function *run = find(name);
    bool ok = false;

    if (run != NULL && run != condition_command && !condition_active(shell)) {
        ok = pass_over(&scan, run);
    } else if (run != NULL) {
        ok = run(&scan);
        ok = ok && !scan.failed;
    } else {
        run_message(shell, "invalid command \\%s", name);
        if (shell->interactive) {
            run_message(shell, "Try \\? for help.");
        }
    }
    if (ok) {
        scan_end(&scan);
    } else {
        scan_skip(&scan);
    }
    *end_out = scan.at;
    free(name);
    fflush(stdout);
    return ok;
}

/* In a branch of \if that does not count. */
static bool pass_over(struct scan *scan, command_function *run)
{
    if (scan->shell->interactive) {
        run_message(scan->shell,
                    "\\%s command ignored; use \\endif or Ctrl-C to exit current \\if block",
                    scan->command);
    }
    if (run == command_program || run == copy_run || run == command_sql_help) {
        free(scan_next(scan, SCAN_LINE));
    } else {
        scan_ignore(scan);
    }
    return true;
}

const char *command_name(size_t n)
{
    return n < COMMAND_COUNT ? commands[n].name : NULL;
}

static command_function *find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (commands[i].run != NULL && names(commands[i].name, name)) {
            return commands[i].run;
        }
    }
    /* \dtv and the like: several kinds at once. */
    return name[0] == 'd' && name[1] != '\0' && name[1 + strspn(name + 1, "tivsmES+")] == '\0'
               ? command_describe
               : NULL;
}

/* "dt[S+]" names dt, dtS, dt+, dtS+ and dt+S. */
static bool names(const char *pattern, const char *name)
{
    size_t size = strcspn(pattern, "[");
    const char *marks = name + size;

    if (strncmp(pattern, name, size) != 0 || strlen(name) < size) {
        return false;
    }
    for (; *marks != '\0'; marks++) {
        if (pattern[size] == '\0' || (*marks != 'S' && *marks != '+')) {
            return false;
        }
    }
    return true;
}

static bool missing(const struct scan *scan)
{
    run_message(scan->shell, "\\%s: missing required argument", scan->command);
    return false;
}

/* ---- as SQLite's ---- */

static const struct {
    const char *dotted;
    const char *command;
} dotted_commands[] = {{"import", "import"}, {"tables", "dt"}, {"schema", "d"},
                       {"quit", "q"},        {"exit", "q"},    {"help", "?"}};

bool command_is_dotted(const char *line)
{
    for (size_t i = 0; i < sizeof dotted_commands / sizeof dotted_commands[0]; i++) {
        size_t size = strlen(dotted_commands[i].dotted);

        if (strncmp(line + 1, dotted_commands[i].dotted, size) == 0 &&
            strchr(" \t\r", line[1 + size]) != NULL) {
            return true;
        }
    }
    return false;
}

bool command_run_dotted(struct shell *shell, const char *line)
{
    const char *rest = NULL;

    for (size_t i = 0; i < sizeof dotted_commands / sizeof dotted_commands[0]; i++) {
        size_t size = strlen(dotted_commands[i].dotted);

        if (strncmp(line + 1, dotted_commands[i].dotted, size) == 0 &&
            strchr(" \t\r", line[1 + size]) != NULL) {
            struct text command = {0};
            bool ok = true;

            text_format(&command, "%s%s", dotted_commands[i].command, line + 1 + size);
            ok = command_run(shell, text_get(&command), &rest);
            text_free(&command);
            return ok;
        }
    }
    return false;
}

/* ---- the query buffer ---- */

/* \g, \gx */
static bool command_go(struct scan *scan)
{
    char *target = scan_next(scan, SCAN_PATH);
    bool ok = run_to(scan->shell, target, strcmp(scan->command, "gx") == 0);

    free(target);
    return ok;
}

/* Runs the buffer with its results somewhere else, or in another form. */
static bool run_to(struct shell *shell, const char *target, bool expanded)
{
    struct output output = shell->output;
    enum table_expanded was = shell->style.expanded;
    bool ok = true;

    shell->output = (struct output){0};
    if (target != NULL && !output_open(shell, target)) {
        shell->output = output;
        return false;
    }
    if (target == NULL) {
        shell->output = output;
    }
    shell->style.expanded = expanded ? TABLE_EXPANDED_ON : was;
    ok = shell_run_buffer(shell);
    shell->style.expanded = was;
    if (target != NULL) {
        output_close(shell);
        shell->output = output;
    }
    return ok;
}

static bool command_print(struct scan *scan)
{
    const char *text = shell_current(scan->shell);

    if (text[0] != '\0') {
        printf("%s%s", text, text[strlen(text) - 1] == '\n' ? "" : "\n");
    } else if (!variable_is_on(scan->shell, "QUIET")) {
        printf("Query buffer is empty.\n");
    }
    return true;
}

static bool command_reset(struct scan *scan)
{
    shell_clear_buffer(scan->shell);
    if (!variable_is_on(scan->shell, "QUIET")) {
        printf("Query buffer reset (cleared).\n");
    }
    return true;
}

static bool command_write(struct scan *scan)
{
    char *name = scan_next(scan, SCAN_PATH);
    struct output output = scan->shell->output;
    bool ok = false;

    if (name == NULL) {
        return missing(scan);
    }
    scan->shell->output = (struct output){0};
    ok = output_open(scan->shell, name);
    if (ok) {
        fputs(shell_current(scan->shell), output_file(scan->shell));
        fputc('\n', output_file(scan->shell));
        output_close(scan->shell);
    }
    scan->shell->output = output;
    free(name);
    return ok;
}

/* The edited text takes the buffer's place and runs as if it had been typed. */
static bool command_edit(struct scan *scan)
{
    struct shell *shell = scan->shell;
    char *file = scan_next(scan, SCAN_NAME);
    struct text text = {0};
    bool ok = false;

    text_add_text(&text, shell_current(shell));
    if (edit_text(shell, file, &text)) {
        shell_clear_buffer(shell);
        text_add(&shell->buffer, text_get(&text), text.size);
        if (shell->interactive) {
            printf("%s", text_get(&text));
        }
        ok = true;
    }
    text_free(&text);
    free(file);
    return ok;
}

/* \watch: until Ctrl-C or an error. */
static bool command_watch(struct scan *scan)
{
    struct shell *shell = scan->shell;
    char *argument = scan_next(scan, SCAN_NAME);
    double seconds = argument == NULL ? 2 : strtod(argument, NULL);
    char *sql = text_copy(shell_current(shell), SIZE_MAX);
    bool ok = true;

    seconds = seconds > 0 ? seconds : 1;
    shell_clear_buffer(shell);
    if (sql[0] == '\0') {
        run_message(shell, "\\watch cannot be used with an empty query");
        ok = false;
    } else {
        const char *title = shell->style.title;
        enum shell_pager pager = shell->pager;

        shell->pager = SHELL_PAGER_OFF;
        text_clear(&shell->previous);
        text_add_text(&shell->previous, sql);
        do {
            char room[160];

            watch_title(shell, seconds, room, sizeof room);
            shell->style.title = room;
            ok = run_statement(shell, sql, strlen(sql));
            shell->style.title = title;
        } while (ok && !interrupt_pending() && interrupt_wait(seconds));
        shell->pager = pager;
        ok = ok || interrupt_pending();
        if (shell->interactive) {
            printf("\n");
        }
    }
    free(argument);
    free(sql);
    return ok;
}

/* "Sat Nov 21 09:00:00 2026 (every 2s)" and a line; a title of the user's stands before it. */
static void watch_title(struct shell *shell, double seconds, char *room, size_t size)
{
    const char *title = shell->style.title;
    time_t now = time(NULL);
    char when[64];
    struct tm parts;

    localtime_r(&now, &parts);
    strftime(when, sizeof when, "%c", &parts);
    snprintf(room, size, "%s%s%s (every %gs)\n", title == NULL ? "" : title,
             title == NULL ? "" : "\t", when, seconds);
}

/* \s: what was typed, through the pager or into a file. */
static bool command_history(struct scan *scan)
{
    struct shell *shell = scan->shell;
    char *name = scan_next(scan, SCAN_NAME);
    FILE *out = name == NULL ? tmpfile() : fopen(name, "w");
    bool ok = out != NULL;

    if (!ok) {
        run_message(shell, "%s: %s", name == NULL ? "\\s" : name, strerror(errno));
    } else if (!input_write_history(shell->terminal, out) && shell->interactive) {
        run_message(shell, "history is not supported by this installation");
        ok = false;
    } else if (name == NULL) {
        struct text text = {0};
        int byte = 0;

        rewind(out);
        while ((byte = getc(out)) != EOF) {
            text_add_char(&text, (char)byte);
        }
        output_text(shell, text_get(&text));
        text_free(&text);
    } else if (!variable_is_on(shell, "QUIET")) {
        printf("Wrote history to file \"%s\".\n", name);
    }
    if (out != NULL) {
        fclose(out);
    }
    free(name);
    return ok;
}

static bool command_errverbose(struct scan *scan)
{
    run_print_last_error(scan->shell);
    return true;
}

/* ---- reading and writing ---- */

static bool command_echo(struct scan *scan)
{
    FILE *out = scan->command[0] == 'q'   ? output_file(scan->shell)
                : scan->command[0] == 'w' ? stderr
                                          : stdout;
    bool ends_line = true;
    size_t count = 0;
    char *word = NULL;

    while ((word = scan_next(scan, SCAN_WORD)) != NULL) {
        if (count == 0 && ends_line && strcmp(word, "-n") == 0) {
            ends_line = false;
        } else {
            fprintf(out, "%s%s", count++ > 0 ? " " : "", word);
        }
        free(word);
    }
    fputs(ends_line ? "\n" : "", out);
    fflush(out);
    return true;
}

static bool command_include(struct scan *scan)
{
    struct shell *shell = scan->shell;
    char *name = scan_next(scan, SCAN_NAME);
    bool relative =
        strcmp(scan->command, "ir") == 0 || strcmp(scan->command, "include_relative") == 0;
    FILE *file = NULL;
    bool ok = false;

    if (name == NULL) {
        return missing(scan);
    }
    name = relative ? beside(shell, name) : name;
    file = strcmp(name, "-") == 0 ? stdin : fopen(name, "r");
    if (file == NULL) {
        run_message(shell, "%s: %s", name, strerror(errno));
    } else if (shell->include_depth >= INCLUDE_DEPTH) {
        run_message(shell, "\\%s: files include each other too deeply", scan->command);
    } else {
        ok = include(shell, file, name);
    }
    if (file != NULL && file != stdin) {
        fclose(file);
    }
    free(name);
    return ok;
}

/* The name as seen from the script's folder; takes name, gives a new one. */
static char *beside(const struct shell *shell, char *name)
{
    const char *slash = shell->file == NULL ? NULL : strrchr(shell->file, '/');
    struct text path = {0};

    if (name[0] == '/' || slash == NULL) {
        return name;
    }
    text_add(&path, shell->file, (size_t)(slash + 1 - shell->file));
    text_add_text(&path, name);
    free(name);
    return path.data;
}

static bool include(struct shell *shell, FILE *file, const char *name)
{
    bool was_interactive = shell->interactive;
    struct text buffer = shell->buffer;
    struct split split = shell->split;
    bool ok = true;

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
    return ok;
}

static bool command_output(struct scan *scan)
{
    char *target = scan_next(scan, SCAN_PATH);
    bool ok = output_open(scan->shell, target);

    free(target);
    return ok;
}

/* ---- what there is ---- */

/* \d and the letters behind it, \l */
static bool command_describe(struct scan *scan)
{
    struct shell *shell = scan->shell;
    const char *kinds = scan->command + (scan->command[0] == 'd');
    bool more = strchr(scan->command, '+') != NULL;
    bool system = strchr(scan->command, 'S') != NULL;
    char *pattern = scan_next(scan, SCAN_NAME);
    bool ok = true;

    if (scan->command[0] == 'l') {
        ok = list_databases(shell, pattern, more);
    } else if (kinds[0] == 'n') {
        ok = list_schemas(shell, pattern, system, more);
    } else if (kinds[0] == 'u' || kinds[0] == 'g') {
        ok = list_roles(shell, pattern, more);
    } else if (kinds[strspn(kinds, "S+")] != '\0') {
        ok = list_relations(shell, kinds, pattern, system, more);
    } else if (pattern == NULL) {
        ok = list_relations(shell, "tvmsE", NULL, system, more);
    } else {
        ok = describe_named(shell, pattern, more);
    }
    free(pattern);
    return ok;
}

static bool command_conninfo(struct scan *scan)
{
    printf("Varve %s, database \"%s\".\n", varve_version(), scan->shell->path);
    return true;
}

static bool command_encoding(struct scan *scan)
{
    char *name = scan_next(scan, SCAN_NAME);
    bool ok = name == NULL || strcasecmp(name, "utf8") == 0 || strcasecmp(name, "utf-8") == 0;

    if (name == NULL) {
        printf("UTF8\n");
    } else if (!ok) {
        run_message(scan->shell, "%s: invalid encoding name or conversion procedure not found",
                    name);
    }
    free(name);
    return ok;
}

static bool command_help(struct scan *scan)
{
    char *what = scan_next(scan, SCAN_NAME);

    if (what != NULL && strcmp(what, "options") == 0) {
        help_usage(stdout);
    } else if (what != NULL && strcmp(what, "variables") == 0) {
        help_variables(scan->shell);
    } else {
        help_commands(scan->shell);
    }
    free(what);
    return true;
}

static bool command_sql_help(struct scan *scan)
{
    char *name = scan_next(scan, SCAN_LINE);
    bool ok = help_statement(scan->shell, name == NULL ? "" : name);

    free(name);
    return ok;
}

/* ---- the program and the system ---- */

static bool command_quit(struct scan *scan)
{
    scan->shell->quit = true;
    return true;
}

static bool command_timing(struct scan *scan)
{
    struct shell *shell = scan->shell;
    char *word = scan_next(scan, SCAN_NAME);
    bool on = !shell->timing;
    bool ok = word == NULL || variable_parse_boolean(word, &on);

    if (!ok) {
        run_message(shell, "unrecognized value \"%s\" for \"\\timing\": Boolean expected", word);
    } else {
        shell->timing = on;
    }
    if (!variable_is_on(shell, "QUIET")) {
        printf("Timing is %s.\n", shell->timing ? "on" : "off");
    }
    free(word);
    return ok;
}

static bool command_cd(struct scan *scan)
{
    char *name = scan_next(scan, SCAN_NAME);
    const char *folder = name != NULL ? name : getenv("HOME");
    bool ok = folder != NULL && chdir(folder) == 0;

    if (!ok) {
        run_message(scan->shell, "\\cd: could not change directory to \"%s\": %s",
                    folder == NULL ? "" : folder, strerror(errno));
    }
    free(name);
    return ok;
}

static bool command_getenv(struct scan *scan)
{
    char *name = scan_next(scan, SCAN_WORD);
    char *environment = name == NULL ? NULL : scan_next(scan, SCAN_WORD);
    const char *value = environment == NULL ? NULL : getenv(environment);
    bool ok = environment != NULL ? value == NULL || variable_set(scan->shell, name, value)
                                  : missing(scan);

    free(name);
    free(environment);
    return ok;
}

static bool command_setenv(struct scan *scan)
{
    char *name = scan_next(scan, SCAN_WORD);
    char *value = name == NULL ? NULL : scan_next(scan, SCAN_WORD);
    bool ok = true;

    if (name == NULL) {
        ok = missing(scan);
    } else if (strchr(name, '=') != NULL) {
        run_message(scan->shell, "\\setenv: environment variable name must not contain \"=\"");
        ok = false;
    } else if (value == NULL) {
        unsetenv(name);
    } else {
        setenv(name, value, 1);
    }
    free(name);
    free(value);
    return ok;
}

static bool command_program(struct scan *scan)
{
    char *line = scan_next(scan, SCAN_LINE);
    const char *shell = getenv("SHELL");
    int status = output_run_program(line != NULL ? line : shell != NULL ? shell : "/bin/sh");

    if (status == -1 || status == 127) {
        run_message(scan->shell, "\\!: failed");
    }
    free(line);
    return status != -1 && status != 127;
}

/* ---- variables ---- */

static bool command_set(struct scan *scan)
{
    struct shell *shell = scan->shell;
    char *name = scan_next(scan, SCAN_WORD);
    struct text value = {0};
    char *word = NULL;
    bool ok = true;

    if (name == NULL) {
        for (size_t i = 0; i < shell->variable_count; i++) {
            printf("%s = '%s'\n", shell->variables[i].name, shell->variables[i].value);
        }
        return true;
    }
    while ((word = scan_next(scan, SCAN_WORD)) !=
           NULL) { /* they are joined without blanks, as in psql */
        text_add_text(&value, word);
        free(word);
    }
    ok = variable_set(shell, name, text_get(&value));
    free(name);
    text_free(&value);
    return ok;
}

static bool command_unset(struct scan *scan)
{
    char *name = scan_next(scan, SCAN_NAME);
    bool ok = name != NULL ? variable_set(scan->shell, name, NULL) : missing(scan);

    free(name);
    return ok;
}
