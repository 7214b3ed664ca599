/*
 * shell_private.h - the program `varve`: reads statements and commands, runs them, prints as psql does.
 *
 *     main.c ──> input.c (a line from a terminal, file or text)
 *       └──> shell.c: splits lines into statements (split.h) and commands
 *              ├──> run.c      a statement: rows, errors with a caret, time
 *              │      └──> table.c   rows as an aligned table
 *              ├──> command.c  \d \i \timing …
 *              └──> copy.c     \copy, COPY with STDIN and STDOUT
 *
 * Promises: S1 the exit status is 0, or 1 (the shell's own trouble, or -c failed), 2 (the database could
 *           not be opened), 3 (a script failed with ON_ERROR_STOP); S2 Ctrl-C ends the running
 *           statement or clears what was typed, never the shell.
 */
#ifndef VARVE_SHELL_SHELL_PRIVATE_H
#define VARVE_SHELL_SHELL_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "shell/split.h"
#include "shell/text.h"
#include "varve/varve.h"

enum shell_exit {
    SHELL_EXIT_OK = 0,
    SHELL_EXIT_FAILED = 1,
    SHELL_EXIT_NO_DATABASE = 2,
    SHELL_EXIT_SCRIPT = 3
};

struct shell_options {
    bool quiet;       /* -q: no command tags, no greeting */
    bool tuples_only; /* -t */
    bool unaligned;   /* -A */
    bool expanded;    /* -x, \x */
    bool timing;      /* \timing */
    bool error_stop;  /* ON_ERROR_STOP */
    bool echo;        /* -a: print what is read */
};

struct shell {
    struct varve *db;
    struct varve_session *session;
    const char *path;
    struct shell_options options;
    struct text buffer; /* the statement being typed */
    struct split split; /* how far it has been looked at */
    bool interactive;   /* a person is typing */
    bool quit;          /* \q */
    const char *file;   /* being read; NULL: a terminal or a pipe */
    FILE *input;        /* where lines come from; NULL: a terminal, or -c */
    uint32_t line;      /* of file */
    int include_depth;  /* \i in \i */
};

/* ---- shell.c ---- */

/* Reads input to its end. False: a statement failed and error_stop is set. */
bool shell_run_file(struct shell *shell, FILE *file, const char *name);
bool shell_run_text(struct shell *shell, const char *text);
void shell_run_terminal(struct shell *shell);

/* Takes one line (without its end): runs what is complete. False: stop (an error with error_stop, or
 * \q). */
bool shell_take_line(struct shell *shell, const char *line);

/* Runs what is left in the buffer as a statement, though no `;` ended it. */
bool shell_take_rest(struct shell *shell);

/* ---- run.c ---- */

/* Runs one statement. False: it failed. */
bool run_statement(struct shell *shell, const char *sql, size_t size);

/* Runs one statement without printing. False: it failed and the error was printed. */
bool run_silently(struct shell *shell, const char *sql);

/* "ERROR:  …", the line with a caret, detail and hint, to stderr. sql may be NULL. */
void run_print_error(const struct shell *shell, const struct varve_error *error, const char *sql,
                     size_t size);

/* "NOTICE:  ..." likewise, as varve_set_notice() wants it; argument: the shell. */
void run_notice(void *argument, const char *severity, const struct varve_error *notice);

/* The shell's own messages, with file and line when there is one. */
void run_message(const struct shell *shell, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

double run_clock_ms(void);

/* ---- command.c ---- */

/* Runs the command at text (behind its backslash); *end_out: where the next one or SQL begins. False:
 * it failed. */
bool command_run(struct shell *shell, const char *text, const char **end_out);

/* ---- describe.c ---- */

bool describe_tables(struct shell *shell, int kind); /* 0: all kinds */
bool describe_table(struct shell *shell, const char *name);

/* Calls each(argument, column) for the columns of the table called name (as SQL would read it). */
void describe_columns(struct shell *shell, const char *name,
                      void (*each)(void *argument, const char *column), void *argument);

/* ---- copy.c ---- */

/* The arguments of \copy. */
bool copy_run(struct shell *shell, const char *arguments);

/* A statement of which varve_copy_direction() says that its rows pass here; its tag or error is printed. */
bool copy_statement(struct shell *shell, struct varve_statement *statement, const char *sql,
                    size_t size);

/* ---- help.c ---- */

void help_usage(void);
void help_commands(void);
bool help_statement(const char *name);

/* ---- interrupt.c ---- */

/* Ctrl-C ends the session's statement. NULL: it does nothing but set the flag. */
void interrupt_watch(struct varve_session *session);
bool interrupt_seen(void);    /* since the last call; clears it */
bool interrupt_pending(void); /* does not clear it */

/* ---- input.c ---- */

struct input;

/* A terminal with editing and history where libedit is there. NULL: out of memory. */
struct input *input_open_terminal(void);
void input_close(struct input *input);

/* The next line without its end, NULL at the end of input; *interrupted_out: Ctrl-C instead. borrow
 * until the next call. */
const char *input_line(struct input *input, const char *prompt, bool *interrupted_out);

#endif
