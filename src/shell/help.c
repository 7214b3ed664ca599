/* help.c - texts of --help, \? and \h. */
#include "shell/shell_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    const char *what;
    const char *syntax;
} statements[] = {
#define X(name, nodes, what, syntax) {name, what, syntax},
#include "shell/statements.def"
#undef X
};

#define STATEMENT_COUNT (sizeof statements / sizeof statements[0])

static const struct {
    const char *group;
    const char *name;
    const char *arguments;
    const char *help;
} commands[] = {
#define X(group, name, arguments, help, function) {group, name, arguments, help},
#include "shell/commands.def"
#undef X
};

static void add_statement(size_t n, struct text *out);
static void list_statements(struct text *out);
static bool says_statement(const char *name, size_t size, bool whole, struct text *out);

void help_usage(FILE *out)
{
    fputs("varve is the interactive shell of Varve, an in-memory SQL database.\n"
          "\n"
          "Usage:\n"
          "  varve [OPTION]... [PATH]\n"
          "\n"
          "PATH names the directory of a database, made when missing; without it, or with\n"
          ":memory:, the database lives in memory and ends with the shell.\n"
          "\n"
          "General options:\n"
          "  -c, --command=COMMAND    run SQL or backslash commands and exit (may be repeated)\n"
          "  -d, --dbname=PATH        the database, as PATH\n"
          "  -f, --file=FILENAME      execute commands from file, then exit (may be repeated)\n"
          "  -l, --list               list databases, then exit\n"
          "  -v, --set=, --variable=NAME=VALUE\n"
          "                           set variable NAME to VALUE\n"
          "                           (e.g., -v ON_ERROR_STOP=1)\n"
          "  -V, --version            output version information, then exit\n"
          "  -X, --no-psqlrc          do not read the start-up file\n"
          "                           ($VARVERC, or ~/.config/varve/varverc)\n"
          "  -1, --single-transaction execute -c and -f as a single transaction\n"
          "      --help[=TOPIC]       show this help (or of: commands, variables), then exit\n"
          "\n"
          "Input and output options:\n"
          "  -a, --echo-all           echo all input from script\n"
          "  -b, --echo-errors        echo failed commands\n"
          "  -e, --echo-queries       echo commands that are run\n"
          "  -E, --echo-hidden        display queries that backslash commands make\n"
          "  -o, --output=FILENAME    send query results to file (or |pipe)\n"
          "  -q, --quiet              run quietly (no messages, only query output)\n"
          "\n"
          "Output format options:\n"
          "  -A, --no-align           unaligned table output mode\n"
          "      --csv                CSV (Comma-Separated Values) table output mode\n"
          "  -F, --field-separator=STRING\n"
          "                           field separator for unaligned output (default: \"|\")\n"
          "  -P, --pset=VAR[=ARG]     set printing option VAR to ARG (see \\pset command),\n"
          "                           e.g. -P format=json, -P format=markdown, -P null=NULL\n"
          "  -R, --record-separator=STRING\n"
          "                           record separator for unaligned output (default: newline)\n"
          "  -t, --tuples-only        print rows only\n"
          "  -x, --expanded           turn on expanded table output\n"
          "  -z, --field-separator-zero, -0, --record-separator-zero\n"
          "                           set field or record separator to zero byte\n"
          "\n"
          "Without -c and -f, commands are read from the terminal or from standard input.\n"
          "Exit status: 0; 1 when -c failed or the shell itself could not go on; 2 when the\n"
          "database could not be opened; 3 when a script failed with ON_ERROR_STOP.\n"
          "\n"
          "For more information, type \"\\?\" (for internal commands) or \"\\h\" (for SQL\n"
          "commands) from within varve, or see varve(1).\n",
          out);
}

void help_commands(struct shell *shell)
{
    struct text out = {0};
    const char *group = "";

    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        const char *line = commands[i].help;
        struct text name = {0};

        if (line[0] == '\0') { /* another name of the row above */
            continue;
        }
        if (strcmp(group, commands[i].group) != 0) {
            text_format(&out, "%s%s\n", group[0] == '\0' ? "" : "\n", commands[i].group);
            group = commands[i].group;
            text_add_text(&out,
                          strcmp(group, "Informational") == 0
                              ? "  (options: S = show system objects, + = additional detail)\n"
                              : "");
        }
        text_format(&name, "\\%s %s", commands[i].name, commands[i].arguments);
        text_format(&out, "  %-22s ", text_get(&name));
        for (size_t size = strcspn(line, "\n"); line[0] != '\0'; size = strcspn(line, "\n")) {
            text_format(&out, "%.*s\n", (int)size, line);
            line += size + (line[size] == '\n');
            text_format(&out, "%*s", line[0] == '\0' ? 0 : 25, "");
        }
        text_free(&name);
    }
    text_add_text(
        &out,
        "\nSQL statements end with a semicolon. Ctrl-C ends the running statement or forgets what\n"
        "was typed; Ctrl-D quits; TAB completes.\n");
    output_text(shell, text_get(&out));
    text_free(&out);
}

void help_variables(struct shell *shell)
{
    output_text(
        shell,
        "List of specially treated variables\n"
        "\n"
        "Set them with  varve --set=NAME=VALUE  or  \\set NAME VALUE; use them in SQL as :NAME,\n"
        "as a literal as :'NAME', as an identifier as :\"NAME\".\n"
        "\n"
        "  AUTOCOMMIT\n    if set, successful SQL commands are automatically committed\n"
        "  ECHO\n    controls what input is written to standard output\n"
        "    [all, errors, none, queries]\n"
        "  ECHO_HIDDEN\n    if set, display queries that backslash commands make\n"
        "  ERROR\n    true if last query failed, else false\n"
        "  LAST_ERROR_MESSAGE\n  LAST_ERROR_SQLSTATE\n"
        "    message and SQLSTATE of last error, or empty string and \"00000\" if none\n"
        "  ON_ERROR_STOP\n    stop batch execution after error\n"
        "  PROMPT1\n    specifies the standard prompt\n"
        "  PROMPT2\n    specifies the prompt used when a statement continues from a previous line\n"
        "  QUIET\n    run quietly (same as -q option)\n"
        "  ROW_COUNT\n    number of rows returned or affected by last query, or 0\n"
        "  SQLSTATE\n    SQLSTATE of last query, or \"00000\" if no error\n"
        "  VERBOSITY\n    controls verbosity of error reports [default, verbose, terse, sqlstate]\n"
        "  VERSION_NAME\n    varve's version\n"
        "\n"
        "Environment variables:\n"
        "\n"
        "  PSQL_EDITOR, EDITOR, VISUAL\n    editor used by the \\e command\n"
        "  PSQL_PAGER, PAGER\n    name of external pager program\n"
        "  NO_COLOR\n    if not empty, no colours\n"
        "  SHELL\n    shell used by the \\! command\n"
        "  TMPDIR\n    directory for temporary files\n"
        "  VARVERC\n    alternative location for the start-up file\n"
        "  XDG_STATE_HOME\n    the history is kept below it, in varve/history\n");
}

/* ---- statements ---- */

const char *help_name(size_t n)
{
    return n < STATEMENT_COUNT ? statements[n].name : NULL;
}

const char *help_syntax(size_t n)
{
    return n < STATEMENT_COUNT ? statements[n].syntax : NULL;
}

/* A name, its beginning, or several words of which the first must do; * is all. */
bool help_statement(struct shell *shell, const char *name)
{
    size_t size = strlen(name);
    struct text out = {0};
    bool found = true;

    while (size > 0 && (name[size - 1] == ' ' || name[size - 1] == ';')) {
        size--;
    }
    if (size == 0) {
        list_statements(&out);
    } else if (size == 1 && name[0] == '*') {
        for (size_t i = 0; i < STATEMENT_COUNT; i++) {
            add_statement(i, &out);
        }
    } else {
        found = says_statement(name, size, true, &out) || says_statement(name, size, false, &out);
        while (!found && size > 0) { /* fewer words: \h select from x */
            while (size > 0 && name[size - 1] != ' ') {
                size--;
            }
            size -= size > 0;
            found = size > 0 && says_statement(name, size, true, &out);
        }
        if (!found) {
            text_format(
                &out,
                "No help available for \"%s\".\nTry \\h with no arguments to see available help.\n",
                name);
        }
    }
    output_text(shell, text_get(&out));
    text_free(&out);
    return true;
}

static void list_statements(struct text *out)
{
    size_t rows = (STATEMENT_COUNT + 2) / 3;

    text_add_text(out, "Available help:\n");
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = row; i < STATEMENT_COUNT; i += rows) {
            text_format(out, i + rows < STATEMENT_COUNT ? "  %-25s" : "  %s", statements[i].name);
        }
        text_add_char(out, '\n');
    }
}

static bool says_statement(const char *name, size_t size, bool whole, struct text *out)
{
    bool found = false;

    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        if (strncasecmp(statements[i].name, name, size) == 0 &&
            (!whole || statements[i].name[size] == '\0')) {
            add_statement(i, out);
            found = true;
        }
    }
    return found;
}

static void add_statement(size_t n, struct text *out)
{
    text_format(out, "Command:     %s\nDescription: %s\nSyntax:\n%s\n\n", statements[n].name,
                statements[n].what, statements[n].syntax);
}
