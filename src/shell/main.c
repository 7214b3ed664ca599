/* main.c - arguments of `varve`, opening the database, exit status (S1). */
#include "shell/shell_private.h"

#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -c and -f in the order they were given. */
struct action {
    bool is_file;
    const char *value;
};

struct arguments {
    struct action *actions;
    size_t action_count;
    const char *path;
    struct shell_options options;
    int exit_at_once; /* -1: go on */
};

static void parse_arguments(int argc, char **argv, struct arguments *arguments);
static void take_option(int option, const char *value, struct arguments *arguments);
static void add_action(struct arguments *arguments, bool is_file, const char *value);
static void take_variable(const char *value, struct arguments *arguments);
static int open_database(struct shell *shell);
static int run_actions(struct shell *shell, const struct arguments *arguments);
static int run_input(struct shell *shell);
static int close_database(struct shell *shell, int status);

int main(int argc, char **argv)
{
    struct arguments arguments = {.exit_at_once = -1};
    struct shell shell = {0};
    int status = SHELL_EXIT_OK;

    setlocale(LC_CTYPE, "");
    if (MB_CUR_MAX == 1) {
        setlocale(LC_CTYPE, "C.UTF-8"); /* Varve speaks UTF-8 */
    }
    parse_arguments(argc, argv, &arguments);
    if (arguments.exit_at_once >= 0) {
        free(arguments.actions);
        return arguments.exit_at_once;
    }
    shell.path = arguments.path;
    shell.options = arguments.options;
    status = open_database(&shell);
    if (status == SHELL_EXIT_OK) {
        interrupt_watch(NULL);
        status = arguments.action_count > 0 ? run_actions(&shell, &arguments) : run_input(&shell);
    }
    free(arguments.actions);
    text_free(&shell.buffer);
    return close_database(&shell, status);
}

/* ---- arguments ---- */

static void parse_arguments(int argc, char **argv, struct arguments *arguments)
{
    static const struct option options[] = {{"command", required_argument, NULL, 'c'},
                                            {"file", required_argument, NULL, 'f'},
                                            {"set", required_argument, NULL, 'v'},
                                            {"variable", required_argument, NULL, 'v'},
                                            {"echo-all", no_argument, NULL, 'a'},
                                            {"no-align", no_argument, NULL, 'A'},
                                            {"quiet", no_argument, NULL, 'q'},
                                            {"tuples-only", no_argument, NULL, 't'},
                                            {"expanded", no_argument, NULL, 'x'},
                                            {"no-psqlrc", no_argument, NULL, 'X'},
                                            {"help", no_argument, NULL, '?' + 256},
                                            {"version", no_argument, NULL, 'V'},
                                            {NULL, 0, NULL, 0}};
    int option = 0;

    arguments->path = ":memory:";
    while (arguments->exit_at_once < 0 &&
           (option = getopt_long(argc, argv, "c:f:v:aAqtxXV", options, NULL)) != -1) {
        take_option(option, optarg, arguments);
    }
    if (arguments->exit_at_once >= 0) {
        return;
    }
    if (optind < argc) {
        arguments->path = argv[optind++];
    }
    if (optind < argc) {
        fprintf(stderr, "varve: unexpected argument \"%s\"\n", argv[optind]);
        arguments->exit_at_once = SHELL_EXIT_FAILED;
    }
}

static void take_option(int option, const char *value, struct arguments *arguments)
{
    switch (option) {
    case 'c':
    case 'f':
        add_action(arguments, option == 'f', value);
        break;
    case 'v':
        take_variable(value, arguments);
        break;
    case 'a':
        arguments->options.echo = true;
        break;
    case 'A':
        arguments->options.unaligned = true;
        break;
    case 'q':
        arguments->options.quiet = true;
        break;
    case 't':
        arguments->options.tuples_only = true;
        break;
    case 'x':
        arguments->options.expanded = true;
        break;
    case 'X':
        break; /* there is no file of settings to leave out */
    case 'V':
        printf("varve %s\n", varve_version());
        arguments->exit_at_once = SHELL_EXIT_OK;
        break;
    case '?' + 256:
        help_usage();
        arguments->exit_at_once = SHELL_EXIT_OK;
        break;
    default:
        fprintf(stderr, "Try \"varve --help\" for more information.\n");
        arguments->exit_at_once = SHELL_EXIT_FAILED;
        break;
    }
}

static void add_action(struct arguments *arguments, bool is_file, const char *value)
{
    arguments->actions =
        text_memory(arguments->actions, (arguments->action_count + 1) * sizeof *arguments->actions);
    arguments->actions[arguments->action_count++] = (struct action){is_file, value};
}

/* NAME=VALUE */
static void take_variable(const char *value, struct arguments *arguments)
{
    static const char name[] = "ON_ERROR_STOP";
    const char *set = value + sizeof name - 1;

    if (strncmp(value, name, sizeof name - 1) == 0 && (*set == '=' || *set == '\0')) {
        arguments->options.error_stop = strcmp(set, "=0") != 0 && strcmp(set, "=off") != 0;
    }
}

/* ---- the database ---- */

static int open_database(struct shell *shell)
{
    struct varve_error error;

    memset(&error, 0, sizeof error);
    if (varve_open(shell->path, NULL, &shell->db, &error) != VARVE_OK) {
        fprintf(stderr, "varve: cannot open \"%s\": %s\n", shell->path, error.message);
        if (error.detail[0] != '\0') {
            fprintf(stderr, "DETAIL:  %s\n", error.detail);
        }
        if (error.hint[0] != '\0') {
            fprintf(stderr, "HINT:  %s\n", error.hint);
        }
        return SHELL_EXIT_NO_DATABASE;
    }
    if (varve_connect(shell->db, &shell->session) != VARVE_OK ||
        varve_set_notice(shell->session, run_notice, shell) != VARVE_OK ||
        varve_allow_files(shell->session, 1) != VARVE_OK) { /* whose files, but the user's own? */
        fprintf(stderr, "varve: cannot connect to \"%s\"\n", shell->path);
        return SHELL_EXIT_NO_DATABASE;
    }
    return SHELL_EXIT_OK;
}

static int close_database(struct shell *shell, int status)
{
    varve_disconnect(shell->session);
    if (shell->db != NULL && varve_close(shell->db) != VARVE_OK) {
        fprintf(stderr, "varve: the database did not close cleanly\n");
        status = status == SHELL_EXIT_OK ? SHELL_EXIT_FAILED : status;
    }
    if (fflush(stdout) != 0 && status == SHELL_EXIT_OK) {
        status = SHELL_EXIT_FAILED;
    }
    return status;
}

static int run_actions(struct shell *shell, const struct arguments *arguments)
{
    int status = SHELL_EXIT_OK;

    for (size_t i = 0; i < arguments->action_count && !shell->quit; i++) {
        const struct action *action = &arguments->actions[i];
        bool ok = true;

        if (!action->is_file) {
            bool error_stop = shell->options.error_stop;

            shell->options.error_stop = true; /* -c is one script: its first error ends it */
            ok = shell_run_text(shell, action->value);
            shell->options.error_stop = error_stop;
            status = ok || shell->quit ? SHELL_EXIT_OK : SHELL_EXIT_FAILED;
            if (!ok && error_stop) {
                break;
            }
            continue;
        }
        FILE *file = strcmp(action->value, "-") == 0 ? stdin : fopen(action->value, "r");

        if (file == NULL) {
            fprintf(stderr, "varve: %s: %s\n", action->value, strerror(errno));
            return SHELL_EXIT_FAILED;
        }
        ok = shell_run_file(shell, file, action->value);
        if (file != stdin) {
            fclose(file);
        }
        if (!ok && !shell->quit) {
            return SHELL_EXIT_SCRIPT;
        }
    }
    return status;
}

static int run_input(struct shell *shell)
{
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
        if (!shell->options.quiet) {
            printf("varve %s, database \"%s\"\nType \"help\" for help.\n\n", varve_version(),
                   shell->path);
        }
        shell_run_terminal(shell);
        return SHELL_EXIT_OK;
    }
    return shell_run_file(shell, stdin, NULL) || shell->quit ? SHELL_EXIT_OK : SHELL_EXIT_SCRIPT;
}
