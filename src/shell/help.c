/* help.c - texts of --help, \? and \h. */
#include "shell/shell_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    const char *syntax;
} statements[] = {
    {"BEGIN", "BEGIN [TRANSACTION] [ISOLATION LEVEL {READ COMMITTED | REPEATABLE READ}]\n"
              "    [READ WRITE | READ ONLY]"},
    {"COMMIT", "COMMIT [TRANSACTION] [AND [NO] CHAIN]"},
    {"CREATE INDEX", "CREATE [UNIQUE] INDEX [IF NOT EXISTS] [name] ON table\n"
                     "    (column [ASC | DESC] [NULLS {FIRST | LAST}], ...)"},
    {"CREATE TABLE", "CREATE TABLE [IF NOT EXISTS] name (\n"
                     "    column type [NOT NULL] [PRIMARY KEY] [UNIQUE], ...\n"
                     "    [, PRIMARY KEY (column, ...)] [, UNIQUE (column, ...)])"},
    {"DELETE", "DELETE FROM table [WHERE condition]"},
    {"DROP INDEX", "DROP INDEX [IF EXISTS] name, ..."},
    {"DROP TABLE", "DROP TABLE [IF EXISTS] name, ..."},
    {"EXPLAIN", "EXPLAIN [(COSTS {ON | OFF})] statement"},
    {"INSERT", "INSERT INTO table [(column, ...)] {VALUES (value, ...), ... | SELECT ...}"},
    {"RELEASE SAVEPOINT", "RELEASE [SAVEPOINT] name"},
    {"RESET", "RESET {setting | ALL}"},
    {"ROLLBACK", "ROLLBACK [TRANSACTION] [AND [NO] CHAIN]"},
    {"ROLLBACK TO SAVEPOINT", "ROLLBACK TO [SAVEPOINT] name"},
    {"SAVEPOINT", "SAVEPOINT name"},
    {"SELECT", "SELECT [DISTINCT] {* | expression [AS name], ...} [FROM table]\n"
               "    [WHERE condition] [GROUP BY expression, ...] [HAVING condition]\n"
               "    [ORDER BY expression [ASC | DESC] [NULLS {FIRST | LAST}], ...]\n"
               "    [LIMIT count] [OFFSET start]"},
    {"SET", "SET [SESSION | LOCAL] setting {TO | =} {value | DEFAULT}"},
    {"SHOW", "SHOW {setting | ALL}"},
    {"UPDATE", "UPDATE table SET column = expression, ... [WHERE condition]"},
};

void help_usage(void)
{
    printf("varve is the interactive shell of Varve, an in-memory SQL database.\n"
           "\n"
           "Usage:\n"
           "  varve [OPTION]... [PATH]\n"
           "\n"
           "PATH names the directory of a database, made when missing; without it, or with\n"
           ":memory:, the database lives in memory and ends with the shell.\n"
           "\n"
           "Options:\n"
           "  -c, --command=SQL    run SQL or one backslash command and end (may be repeated)\n"
           "  -f, --file=FILE      run the commands of FILE and end (may be repeated)\n"
           "  -v, --set=ON_ERROR_STOP=1   end a script at its first error\n"
           "  -a, --echo-all       print the lines of scripts as they are read\n"
           "  -A, --no-align       print fields separated by |\n"
           "  -q, --quiet          print results only, no messages and no command tags\n"
           "  -t, --tuples-only    print rows only\n"
           "  -x, --expanded       print one field a line\n"
           "      --help           this text\n"
           "      --version        the version\n"
           "\n"
           "Without -c and -f, commands are read from the terminal or from standard input.\n"
           "Exit status: 0; 1 when -c failed or the shell itself could not go on; 2 when the\n"
           "database could not be opened; 3 when a script failed with ON_ERROR_STOP.\n");
}

void help_commands(void)
{
    printf("SQL statements end with a semicolon.\n"
           "\n"
           "  \\q                   quit\n"
           "  \\d                   list tables\n"
           "  \\d NAME              describe a table, its columns and indexes\n"
           "  \\dt, \\di             list tables, list indexes\n"
           "  \\copy TABLE [(COLUMNS)] from FILE [csv] [header] [delimiter ';'] [null '']\n"
           "                       load a file in one transaction\n"
           "  \\copy {TABLE | (QUERY)} to FILE [options]\n"
           "                       write a file\n"
           "  \\i FILE              run the commands of a file\n"
           "  \\g                   run the statement typed so far\n"
           "  \\p, \\r               show, forget the statement typed so far\n"
           "  \\timing [on|off]     show how long statements take\n"
           "  \\x [on|off]          one field a line\n"
           "  \\a, \\t               unaligned output, rows only\n"
           "  \\set ON_ERROR_STOP on|off   end a script at its first error\n"
           "  \\echo TEXT           print a text\n"
           "  \\conninfo            which database this is\n"
           "  \\h [STATEMENT]       syntax of SQL statements\n"
           "  \\?                   this text\n"
           "\n"
           "Ctrl-C ends the running statement or forgets what was typed; Ctrl-D quits.\n");
}

bool help_statement(const char *name)
{
    size_t size = strcspn(name, ";");
    bool found = false;

    while (size > 0 && name[size - 1] == ' ') {
        size--;
    }
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        if (size == 0) {
            printf("%s  %s\n", i == 0 ? "Available help:\n" : "", statements[i].name);
            found = true;
        } else if (strncasecmp(statements[i].name, name, size) == 0) {
            printf("Command:     %s\nSyntax:\n%s\n\n", statements[i].name, statements[i].syntax);
            found = true;
        }
    }
    if (!found) {
        printf(
            "No help available for \"%.*s\".\nTry \\h with no arguments to see available help.\n",
            (int)size, name);
    }
    return true;
}
