/*
 * output.c - where results go: standard output, \o's file or program, a pager.
 *
 * A pager is started for what is longer or wider than the screen, and only when standard output is a terminal. $PSQL_PAGER,
 * then $PAGER name it; without them it is less, where that is installed, told to cut long lines.
 */
#include "shell/shell_private.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

static void screen(unsigned *lines_out, unsigned *columns_out);
static FILE *pager_open(const struct shell *shell, size_t lines, size_t columns);
static bool is_installed(const char *program);
static void pager_close(FILE *pager);

FILE *output_file(const struct shell *shell)
{
    return shell->output.file == NULL ? stdout : shell->output.file;
}

bool output_open(struct shell *shell, const char *target)
{
    struct output next = {0};

    if (target != NULL) {
        fflush(NULL);
        next.is_pipe = target[0] == '|';
        next.file = next.is_pipe ? popen(target + 1, "w") : fopen(target, "w");
        if (next.file == NULL) {
            run_message(shell, "%s: %s", target, strerror(errno));
            return false;
        }
        if (next.is_pipe) {
            signal(SIGPIPE, SIG_IGN); /* a program that ends early ends only its own output */
        }
    }
    output_close(shell);
    shell->output = next;
    return true;
}

void output_close(struct shell *shell)
{
    FILE *file = shell->output.file;

    if (file == NULL) {
        return;
    }
    if (shell->output.is_pipe) {
        pager_close(file);
    } else if (fclose(file) != 0) {
        run_message(shell, "could not write the output file: %s", strerror(errno));
    }
    shell->output = (struct output){0};
}

void output_table(struct shell *shell, const struct table *table)
{
    unsigned columns = shell->output.file == NULL ? output_screen_columns() : 0;
    struct table_style style = shell->style;
    FILE *pager = NULL;

    style.interrupted = interrupt_pending;
    if (shell->output.file == NULL && isatty(STDOUT_FILENO) && shell->pager != SHELL_PAGER_OFF) {
        struct table_extent extent = table_measure(table, &shell->style, columns);

        pager = pager_open(shell, extent.lines, extent.columns);
    }
    table_print(table, &style, columns, pager != NULL ? pager : output_file(shell));
    if (pager != NULL) {
        pager_close(pager);
    }
    fflush(output_file(shell));
}

void output_text(struct shell *shell, const char *text)
{
    size_t lines = 0;
    FILE *pager = NULL;

    for (const char *at = text; *at != '\0'; at++) {
        lines += *at == '\n';
    }
    if (isatty(STDOUT_FILENO) && shell->pager != SHELL_PAGER_OFF) {
        pager = pager_open(shell, lines, 0);
    }
    fputs(text, pager != NULL ? pager : stdout);
    if (pager != NULL) {
        pager_close(pager);
    }
}

/* NULL: not wanted, or there is none. */
static FILE *pager_open(const struct shell *shell, size_t lines, size_t columns)
{
    const char *command = getenv("PSQL_PAGER");
    unsigned screen_lines = 0;
    unsigned screen_columns = 0;
    FILE *pager = NULL;

    screen(&screen_lines, &screen_columns);
    if (!shell->interactive ||
        (shell->pager == SHELL_PAGER_ON && lines < screen_lines && columns <= screen_columns)) {
        return NULL;
    }
    command = command == NULL ? getenv("PAGER") : command;
    if (command == NULL && is_installed("less")) {
        command = "less";
        setenv("LESS", "FRSX", 0);
    }
    if (command == NULL || command[strspn(command, " \t")] == '\0') {
        return NULL;
    }
    fflush(NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, SIG_IGN); /* the pager's affair */
    pager = popen(command, "w");
    if (pager == NULL) {
        interrupt_restore();
    }
    return pager;
}

static bool is_installed(const char *program)
{
    const char *folder = getenv("PATH");
    bool found = false;

    while (folder != NULL && *folder != '\0' && !found) {
        size_t size = strcspn(folder, ":");
        struct text path = {0};

        text_format(&path, "%.*s/%s", (int)size, folder, program);
        found = access(path.data, X_OK) == 0;
        text_free(&path);
        folder += size + (folder[size] == ':');
    }
    return found;
}

static void pager_close(FILE *pager)
{
    (void)pclose(pager);
    interrupt_restore();
    signal(SIGPIPE, SIG_DFL);
}

unsigned output_screen_columns(void)
{
    unsigned lines = 0;
    unsigned columns = 0;

    if (!isatty(STDOUT_FILENO)) {
        return 0;
    }
    screen(&lines, &columns);
    return columns;
}

static void screen(unsigned *lines_out, unsigned *columns_out)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;

    *lines_out = 24;
    *columns_out = 80;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
        *lines_out = size.ws_row;
        *columns_out = size.ws_col;
    } else if (columns != NULL && strtoul(columns, NULL, 10) > 0) {
        *columns_out = (unsigned)strtoul(columns, NULL, 10);
    }
}

const char *output_color(const char *sequence)
{
    const char *no_color = getenv("NO_COLOR");
    const char *terminal = getenv("TERM");

    return isatty(STDERR_FILENO) && (no_color == NULL || no_color[0] == '\0') && terminal != NULL &&
                   strcmp(terminal, "dumb") != 0
               ? sequence
               : "";
}

int output_run_program(const char *command)
{
    int status = 0;

    fflush(NULL);
    status = system(command);
    return status == -1 ? -1 : WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
