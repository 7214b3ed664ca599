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
    const char *output;
    bool no_start_file;
    bool one_transaction;
    bool list;
    int exit_at_once; /* -1: go on */
};

enum long_option { OPTION_CSV = 256, OPTION_HELP };

static void start(struct shell *shell, const char *path);
static void parse_arguments(struct shell *shell, int argc, char **argv,
                            struct arguments *arguments);
static void take_option(struct shell *shell, int option, const char *value,
                        struct arguments *arguments);
static bool take_format(struct shell *shell, int option, const char *value);
static void take_help(struct shell *shell, const char *topic, struct arguments *arguments);
static void add_action(struct arguments *arguments, bool is_file, const char *value);
static bool take_assignment(struct shell *shell, bool is_variable, const char *value);
static int open_database(struct shell *shell);
static void run_start_file(struct shell *shell);
static int run(struct shell *shell, const struct arguments *arguments);
static int run_actions(struct shell *shell, const struct arguments *arguments);
static int run_action(struct shell *shell, const struct action *action, bool *stop_out);
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
    start(&shell, ":memory:");
    parse_arguments(&shell, argc, argv, &arguments);
    status = arguments.exit_at_once;
    if (status < 0) {
        status = open_database(&shell);
        if (status == SHELL_EXIT_OK) {
            status = run(&shell, &arguments);
        }
        status = close_database(&shell, status);
    }
    free(arguments.actions);
    shell_release(&shell);
    return status;
}

static void start(struct shell *shell, const char *path)
{
    static const char *const defaults[][2] = {{"AUTOCOMMIT", "on"},
                                              {"ECHO", "none"},
                                              {"ECHO_HIDDEN", "off"},
                                              {"ENCODING", "UTF8"},
                                              {"ERROR", "false"},
                                              {"LAST_ERROR_MESSAGE", ""},
                                              {"LAST_ERROR_SQLSTATE", "00000"},
                                              {"ON_ERROR_STOP", "off"},
                                              {"PROMPT1", "varve%R%x%# "},
                                              {"PROMPT2", "varve%R%x%# "},
                                              {"QUIET", "off"},
                                              {"ROW_COUNT", "0"},
                                              {"SQLSTATE", "00000"},
                                              {"VERBOSITY", "default"},
                                              {"VERSION_NAME", NULL}};

    shell->path = path;
    shell->pager = SHELL_PAGER_ON;
    table_style_init(&shell->style);
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
        (void)variable_set(shell, defaults[i][0],
                           defaults[i][1] == NULL ? varve_version() : defaults[i][1]);
    }
}

/* ---- arguments ---- */

static const struct option long_options[] = {{"command", required_argument, NULL, 'c'},
                                             {"csv", no_argument, NULL, OPTION_CSV},
                                             {"dbname", required_argument, NULL, 'd'},
                                             {"echo-all", no_argument, NULL, 'a'},
                                             {"echo-errors", no_argument, NULL, 'b'},
                                             {"echo-hidden", no_argument, NULL, 'E'},
                                             {"echo-queries", no_argument, NULL, 'e'},
                                             {"expanded", no_argument, NULL, 'x'},
                                             {"field-separator", required_argument, NULL, 'F'},
                                             {"field-separator-zero", no_argument, NULL, 'z'},
                                             {"file", required_argument, NULL, 'f'},
                                             {"help", optional_argument, NULL, OPTION_HELP},
                                             {"list", no_argument, NULL, 'l'},
                                             {"no-align", no_argument, NULL, 'A'},
                                             {"no-psqlrc", no_argument, NULL, 'X'},
                                             {"output", required_argument, NULL, 'o'},
                                             {"pset", required_argument, NULL, 'P'},
                                             {"quiet", no_argument, NULL, 'q'},
                                             {"record-separator", required_argument, NULL, 'R'},
                                             {"record-separator-zero", no_argument, NULL, '0'},
                                             {"set", required_argument, NULL, 'v'},
                                             {"single-transaction", no_argument, NULL, '1'},
                                             {"tuples-only", no_argument, NULL, 't'},
                                             {"variable", required_argument, NULL, 'v'},
                                             {"version", no_argument, NULL, 'V'},
                                             {NULL, 0, NULL, 0}};

static void parse_arguments(struct shell *shell, int argc, char **argv, struct arguments *arguments)
{
    int option = 0;
    char *quiet = text_copy(variable_get(shell, "QUIET"), SIZE_MAX);

    (void)variable_set(shell, "QUIET", "on"); /* options are set without a word */
    while (arguments->exit_at_once < 0 &&
           (option = getopt_long(argc, argv, "0abAc:d:eEf:F:lo:P:qR:tv:VxXz1", long_options,
                                 NULL)) != -1) {
        if (option == 'q') {
            quiet[0] = '\0';
        } else {
            take_option(shell, option, optarg, arguments);
        }
    }
    (void)variable_set(shell, "QUIET", quiet[0] == '\0' ? "on" : quiet);
    free(quiet);
    if (arguments->exit_at_once >= 0) {
        return;
    }
    if (optind < argc) {
        shell->path = argv[optind++];
    }
    if (optind < argc) {
        fprintf(stderr, "varve: unexpected argument \"%s\"\n", argv[optind]);
        arguments->exit_at_once = SHELL_EXIT_FAILED;
    }
}

static void take_option(struct shell *shell, int option, const char *value,
                        struct arguments *arguments)
{
    bool ok = true;

    switch (option) {
    case 'c':
    case 'f':
        add_action(arguments, option == 'f', value);
        break;
    case 'd':
        shell->path = value;
        break;
    case 'v':
    case 'P':
        ok = take_assignment(shell, option == 'v', value);
        break;
    case 'a':
    case 'b':
    case 'e':
        ok = variable_set(shell, "ECHO",
                          option == 'a'   ? "all"
                          : option == 'b' ? "errors"
                                          : "queries");
        break;
    case 'E':
        ok = variable_set(shell, "ECHO_HIDDEN", "on");
        break;
    case 'l':
        arguments->list = true;
        break;
    case 'o':
        arguments->output = value;
        break;
    case 'X':
        arguments->no_start_file = true;
        break;
    case '1':
        arguments->one_transaction = true;
        break;
    case 'V':
        printf("varve %s\n", varve_version());
        arguments->exit_at_once = SHELL_EXIT_OK;
        break;
    case OPTION_HELP:
        take_help(shell, value, arguments);
        break;
    default:
        ok = take_format(shell, option, value);
        break;
    }
    if (!ok) {
        arguments->exit_at_once = SHELL_EXIT_FAILED;
    }
}

/* Options that \pset has too. */
static bool take_format(struct shell *shell, int option, const char *value)
{
    static const struct {
        int option;
        const char *name;
        const char *value; /* NULL: the argument */
    } formats[] = {{'A', "format", "unaligned"}, {OPTION_CSV, "format", "csv"},
                   {'x', "expanded", "on"},      {'t', "tuples_only", "on"},
                   {'F', "fieldsep", NULL},      {'R', "recordsep", NULL},
                   {'z', "fieldsep_zero", ""},   {'0', "recordsep_zero", ""}};

    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (formats[i].option == option) {
            return format_set(shell, formats[i].name,
                              formats[i].value == NULL ? value : formats[i].value);
        }
    }
    fprintf(stderr, "Try \"varve --help\" for more information.\n");
    return false;
}

static void take_help(struct shell *shell, const char *topic, struct arguments *arguments)
{
    shell->pager = SHELL_PAGER_OFF;
    if (topic != NULL && strcmp(topic, "commands") == 0) {
        help_commands(shell);
    } else if (topic != NULL && strcmp(topic, "variables") == 0) {
        help_variables(shell);
    } else {
        help_usage(stdout);
    }
    arguments->exit_at_once = SHELL_EXIT_OK;
}

static void add_action(struct arguments *arguments, bool is_file, const char *value)
{
    arguments->actions =
        text_memory(arguments->actions, (arguments->action_count + 1) * sizeof *arguments->actions);
    arguments->actions[arguments->action_count++] = (struct action){is_file, value};
}

/* NAME=VALUE; without = a variable is unset and an option toggled, as in psql. */
static bool take_assignment(struct shell *shell, bool is_variable, const char *value)
{
    size_t size = strcspn(value, "=");
    char *name = text_copy(value, size);
    const char *to = value[size] == '=' ? value + size + 1 : NULL;
    bool ok = is_variable ? variable_set(shell, name, to) : format_set(shell, name, to);

    free(name);
    return ok;
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
        !interrupt_install(shell->session) ||
        varve_allow_files(shell->session, 1) != VARVE_OK) { /* whose files, but the user's own? */
        fprintf(stderr, "varve: cannot connect to \"%s\"\n", shell->path);
        return SHELL_EXIT_NO_DATABASE;
    }
    return SHELL_EXIT_OK;
}

static int close_database(struct shell *shell, int status)
{
    output_close(shell);
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

static int run(struct shell *shell, const struct arguments *arguments)
{
    if (arguments->output != NULL && !output_open(shell, arguments->output)) {
        return SHELL_EXIT_FAILED;
    }
    if (arguments->list) {
        return list_databases(shell, NULL, false) ? SHELL_EXIT_OK : SHELL_EXIT_FAILED;
    }
    if (!arguments->no_start_file) {
        run_start_file(shell);
    }
    if (arguments->action_count == 0 && arguments->one_transaction) {
        fprintf(stderr, "varve: -1 can only be used in non-interactive mode\n");
        return SHELL_EXIT_FAILED;
    }
    return arguments->action_count > 0 ? run_actions(shell, arguments) : run_input(shell);
}

/* $VARVERC, or varverc in the folder of the user's settings. */
static void run_start_file(struct shell *shell)
{
    const char *named = getenv("VARVERC");
    const char *settings = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    struct text path = {0};
    FILE *file = NULL;

    if (named != NULL) {
        text_add_text(&path, named);
    } else if (settings != NULL && settings[0] == '/') {
        text_format(&path, "%s/varve/varverc", settings);
    } else {
        text_format(&path, "%s/.config/varve/varverc", home == NULL ? "" : home);
    }
    file = fopen(path.data, "r");
    if (file != NULL) {
        (void)shell_run_file(shell, file, path.data);
        fclose(file);
    }
    text_free(&path);
}

static int run_actions(struct shell *shell, const struct arguments *arguments)
{
    int status = SHELL_EXIT_OK;
    bool stop = false;

    if (arguments->one_transaction && !run_silently(shell, "BEGIN")) {
        return SHELL_EXIT_FAILED;
    }
    for (size_t i = 0; i < arguments->action_count && !shell->quit && !stop; i++) {
        status = run_action(shell, &arguments->actions[i], &stop);
    }
    if (arguments->one_transaction && varve_transaction_status(shell->session) != 'I' &&
        !run_silently(shell, stop || status != SHELL_EXIT_OK ? "ROLLBACK" : "COMMIT")) {
        return SHELL_EXIT_FAILED;
    }
    return status;
}

static int run_action(struct shell *shell, const struct action *action, bool *stop_out)
{
    bool ok = true;
    FILE *file = NULL;

    if (!action->is_file) {
        const char *before = variable_get(shell, "ON_ERROR_STOP");
        char *error_stop = text_copy(before == NULL ? "off" : before, SIZE_MAX);

        /* -c is one script: its first error ends it. */
        (void)variable_set(shell, "ON_ERROR_STOP", "on");
        ok = shell_run_text(shell, action->value) || shell->quit;
        (void)variable_set(shell, "ON_ERROR_STOP", error_stop);
        *stop_out = !ok && (interrupt_pending() || variable_is_on(shell, "ON_ERROR_STOP"));
        free(error_stop);
        return ok ? SHELL_EXIT_OK : SHELL_EXIT_FAILED;
    }
    file = strcmp(action->value, "-") == 0 ? stdin : fopen(action->value, "r");
    if (file == NULL) {
        fprintf(stderr, "varve: %s: %s\n", action->value, strerror(errno));
        *stop_out = true;
        return SHELL_EXIT_FAILED;
    }
    ok = shell_run_file(shell, file, action->value) || shell->quit;
    if (file != stdin) {
        fclose(file);
    }
    *stop_out = !ok || interrupt_pending();
    return ok ? SHELL_EXIT_OK : SHELL_EXIT_SCRIPT;
}

static int run_input(struct shell *shell)
{
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
        if (!variable_is_on(shell, "QUIET")) {
            printf("varve %s, database \"%s\"\nType \"help\" for help.\n\n", varve_version(),
                   shell->path);
        }
        shell_run_terminal(shell);
        return SHELL_EXIT_OK;
    }
    return shell_run_file(shell, stdin, NULL) || shell->quit ? SHELL_EXIT_OK : SHELL_EXIT_SCRIPT;
}
