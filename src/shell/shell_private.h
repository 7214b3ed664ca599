/*
 * shell_private.h - the program `varve`: reads statements and commands, runs them, prints as psql does.
 *
 *     main.c ──> input.c (a line from a terminal, file or text; complete.c finishes words)
 *       └──> shell.c: splits lines into statements (split.h) and commands, puts variables in
 *              ├──> run.c      a statement: rows, errors with a caret, time
 *              │      ├──> table.h    rows in one of the formats
 *              │      └──> output.c   to where they go: \o, \g FILE, a pager
 *              ├──> command.c  \i \timing \watch …, by commands.def; scan.c reads their arguments
 *              │      ├──> format.c   \pset and its kin
 *              │      ├──> list.c, describe.c    \dt, \d NAME
 *              │      └──> edit.c     \e
 *              ├──> copy.c     \copy, COPY with STDIN and STDOUT
 *              ├──> import.c   \import: a CSV file into a table made for it
 *              ├──> results.c  \gset, \gexec, \gdesc: a query's results used in other ways
 *              └──> condition.c  \if and its kin
 *
 * Promises: S1 the exit status is 0, or 1 (the shell's own trouble, or -c failed), 2 (the database could
 *           not be opened), 3 (a script failed with ON_ERROR_STOP); S2 Ctrl-C ends the running
 *           statement or clears what was typed, never the shell; S3 the SQL reference (STATEMENTS.md) says what \h
 *           says, and both know every statement that the parser does.
 */
#ifndef VARVE_SHELL_SHELL_PRIVATE_H
#define VARVE_SHELL_SHELL_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "shell/split.h"
#include "shell/table.h"
#include "shell/text.h"
#include "varve/varve.h"

enum shell_exit {
    SHELL_EXIT_OK = 0,
    SHELL_EXIT_FAILED = 1,
    SHELL_EXIT_NO_DATABASE = 2,
    SHELL_EXIT_SCRIPT = 3
};

enum shell_pager { SHELL_PAGER_OFF, SHELL_PAGER_ON, SHELL_PAGER_ALWAYS };

struct variable {
    char *name;
    char *value;
};

/* A variable's value that stands in the buffer: it must not be put into itself. */
struct expansion {
    char *name;
    size_t from_end; /* where the value ends, counted from the buffer's end */
};

/* A branch of \if. */
enum condition_state {
    CONDITION_TAKEN,      /* it counts */
    CONDITION_WAITS,      /* none has counted yet */
    CONDITION_PASSED,     /* one has, or nothing around it does */
    CONDITION_ELSE_TAKEN, /* behind \else */
    CONDITION_ELSE_PASSED
};

struct condition {
    enum condition_state state;
    size_t
        buffer_size; /* what stood in the buffer before the branch, and how far it was looked at */
    struct split split;
};

/* Where results go. */
struct output {
    FILE *file;
    bool is_pipe;
};

struct input;
struct scan;

struct shell {
    struct varve *db;
    struct varve_session *session;
    const char *path;
    struct table_style style; /* \pset */
    enum shell_pager pager;
    bool timing;                /* \timing */
    struct output output;       /* \o */
    char *null_text;            /* own; style.null_text */
    char *title;                /* own; style.title */
    struct variable *variables; /* by name */
    size_t variable_count;
    struct text buffer;   /* the statement being typed */
    struct split split;   /* how far it has been looked at */
    struct text previous; /* the last statement that ran: \g, \e and \p fall back on it */
    struct expansion expansions[16];
    size_t expansion_count;
    struct condition
        *conditions; /* own; open \if, those of the file being read from condition_base on */
    size_t condition_count;
    size_t condition_base;
    struct input *terminal;         /* NULL: nobody types */
    bool interactive;               /* a person is typing */
    bool quit;                      /* \q */
    const char *file;               /* being read; NULL: a terminal or a pipe */
    FILE *input;                    /* where lines come from; NULL: a terminal, or -c */
    uint32_t line;                  /* of file */
    int include_depth;              /* \i in \i */
    struct varve_error *last_error; /* own; \errverbose; NULL: none yet */
};

/* ---- shell.c ---- */

/* Reads input to its end. False: a statement failed and ON_ERROR_STOP is set. */
bool shell_run_file(struct shell *shell, FILE *file, const char *name);
/* The statements of text are one transaction unless they say otherwise, as psql -c. */
bool shell_run_text(struct shell *shell, const char *text);
void shell_run_terminal(struct shell *shell);

/* Takes one line (without its end): runs what is complete. False: stop (an error with ON_ERROR_STOP, or
 * \q). */
bool shell_take_line(struct shell *shell, const char *line);

/* Runs what is left in the buffer as a statement, though no `;` ended it. */
bool shell_take_rest(struct shell *shell);

/* Runs the buffer (or, when it is blank, the previous statement) and clears it. False: it failed. */
bool shell_run_buffer(struct shell *shell);
/* The text \g, \watch, \e and \p act on. Never NULL. */
const char *shell_current(const struct shell *shell);
void shell_clear_buffer(struct shell *shell);
/* ECHO is `what`. */
bool shell_echoes(const struct shell *shell, const char *what);
void shell_release(struct shell *shell);

/* ---- condition.c ---- */

/* Whether what comes next is to run. */
bool condition_active(const struct shell *shell);
bool condition_command(struct scan *scan); /* \if \elif \else \endif */
/* In a branch that does not count: takes what it has added to the buffer, up to a place, out again. */
void condition_discard(struct shell *shell, size_t up_to);
/* Closes all beyond a number of them. False: there were some. */
bool condition_close(struct shell *shell, size_t depth);
void condition_release(struct shell *shell);

/* ---- variable.c ---- */

/* NULL: not set. */
const char *variable_get(const struct shell *shell, const char *name);
/* value NULL: unset. False: a special variable refuses it; the message was printed. */
bool variable_set(struct shell *shell, const char *name, const char *value);
bool variable_is_on(const struct shell *shell, const char *name);
bool variable_name_is_good(const char *name);
/* What on, off, true, 1 and their like mean. False: nothing of them. */
bool variable_parse_boolean(const char *text, bool *value_out);

/* A reference at text: `:name`, `:'name'`, `:"name"` or `:{?name}`. Returns its size, 0: none of a variable
 * that is set. What it stands for is added to *value; *plain_out: it is to be read again as SQL. */
size_t variable_expand(const struct shell *shell, const char *text, struct text *value,
                       bool *plain_out, const char **name_out, size_t *name_size_out);

/* ---- scan.c ---- */

/* Reads the arguments of a command, as psql does. */
struct scan {
    struct shell *shell;
    const char *command; /* its name, for messages */
    const char *at;
    bool failed;  /* an argument could not be read; the message was printed */
    bool ignores; /* arguments of what does not run: no variables, no programs */
};

enum scan_kind {
    SCAN_WORD, /* quotes, `commands`, :variables */
    SCAN_NAME, /* the same without a semicolon at its end */
    SCAN_PATH, /* the same; what begins with | is the rest of the line */
    SCAN_LINE  /* the rest of the line as it is */
};

/* own: free. NULL: there is none. */
char *scan_next(struct scan *scan, enum scan_kind kind);
/* Skips what is left of the arguments; says so when anything is. */
void scan_end(struct scan *scan);
/* Without a word about them. */
void scan_skip(struct scan *scan);
/* Reads all arguments of a command that does not run. */
void scan_ignore(struct scan *scan);

/* ---- run.c ---- */

/* Runs one statement; without AUTOCOMMIT in a transaction, begun before it. False: it failed. */
bool run_statement(struct shell *shell, const char *sql, size_t size);

/* Without AUTOCOMMIT: begins the transaction that the statement is to be in, where there is none. False: it failed. */
bool run_begin(struct shell *shell, const char *sql, size_t size);

/* Runs a query; its rows become *table_out (own: table_free). False: it failed, the error was printed. */
bool run_collect(struct shell *shell, const char *sql, struct table *table_out);

/* Runs statements without printing. False: one failed and the error was printed. */
bool run_silently(struct shell *shell, const char *sql);

/* "ERROR:  …", the line with a caret, detail and hint, to stderr. sql may be NULL. */
void run_print_error(struct shell *shell, const struct varve_error *error, const char *sql,
                     size_t size);
/* All there is of the last error. */
void run_print_last_error(struct shell *shell);

/* "NOTICE:  ..." likewise, as varve_set_notice() wants it; argument: the shell. */
void run_notice(void *argument, const char *severity, const struct varve_error *notice);

/* The shell's own messages, with file and line when there is one. */
void run_message(const struct shell *shell, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void run_warning(const struct shell *shell, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

double run_clock_ms(void);
void run_print_time(const struct shell *shell, double milliseconds);

/* ---- output.c ---- */

/* Where results go now. */
FILE *output_file(const struct shell *shell);
/* A file, "|command", or NULL: standard output again. False: it cannot be opened; the message was printed. */
bool output_open(struct shell *shell, const char *target);
void output_close(struct shell *shell);
/* Prints a table to where results go, through the pager where one is wanted. */
void output_table(struct shell *shell, const struct table *table);
/* Text of several lines likewise. */
void output_text(struct shell *shell, const char *text);
/* Escape sequences for a person's eyes: "" unless stderr is a terminal that wants colours. */
const char *output_color(const char *sequence);
/* system(), with Ctrl-C for the program alone. */
int output_run_program(const char *command);
unsigned output_screen_columns(void);

/* ---- command.c ---- */

/* Runs the command at text (behind its backslash); *end_out: where the next one or SQL begins. False:
 * it failed. */
bool command_run(struct shell *shell, const char *text, const char **end_out);
/* As SQLite's: ".import" and a few others, a line of their own. False: no such command. */
bool command_is_dotted(const char *line);
bool command_run_dotted(struct shell *shell, const char *line);
/* The n-th command's name, for completion; NULL: no more. */
const char *command_name(size_t n);

/* ---- results.c ---- */

bool results_store(struct scan *scan);    /* \gset */
bool results_run(struct scan *scan);      /* \gexec */
bool results_describe(struct scan *scan); /* \gdesc */

/* ---- format.c ---- */

bool format_set(struct shell *shell, const char *name, const char *value);
bool format_command(struct scan *scan); /* \a \C \f \pset \t \x */
/* Of \pset, for completion: the n-th option, NULL: no more; an option's values, ended by NULL, NULL: any. */
const char *format_name(size_t n);
const char *const *format_values(const char *name);

/* ---- list.c, describe.c ---- */

/* \d and its kin without a name, with patterns: kinds are letters of "tivsmnul". */
bool list_relations(struct shell *shell, const char *kinds, const char *pattern, bool system,
                    bool more);
bool list_schemas(struct shell *shell, const char *pattern, bool system, bool more);
bool list_roles(struct shell *shell, const char *pattern, bool more);
bool list_databases(struct shell *shell, const char *pattern, bool more);
/* Adds " AND …" for relations that a pattern of psql's means. False: it is wrong, the message was printed. */
bool list_condition(struct shell *shell, const char *pattern, struct text *sql);
/* An SQL text literal of data. */
void list_literal(struct text *text, const char *data);

bool describe_named(struct shell *shell, const char *pattern, bool more);

/* ---- copy.c ---- */

/* The arguments of \copy. */
bool copy_run(struct scan *scan);

/* A statement of which varve_copy_direction() says that its rows pass here; its tag or error is printed. */
bool copy_statement(struct shell *shell, struct varve_statement *statement, const char *sql,
                    size_t size);

/* ---- import.c ---- */

/* The arguments of \import. */
bool import_run(struct scan *scan);

/* ---- edit.c ---- */

/* The editor on *text. False: nothing has changed or it failed (then the message was printed). */
bool edit_text(struct shell *shell, const char *file, struct text *text);

/* ---- help.c ---- */

void help_usage(FILE *out);
void help_commands(struct shell *shell);
bool help_statement(struct shell *shell, const char *name);
void help_variables(struct shell *shell);
/* The n-th statement's name, e.g. "ALTER TABLE"; NULL: no more. */
const char *help_name(size_t n);
const char *help_syntax(size_t n);

/* ---- interrupt.c ---- */

/* From now on Ctrl-C ends the session's statement, and what would come behind it. False: out of memory. */
bool interrupt_install(struct varve_session *session);
bool interrupt_pending(void); /* Ctrl-C came */
bool interrupt_seen(void);    /* so, and clears it: for who reads the next line */
/* Puts the handler back after a program that had the terminal. */
void interrupt_restore(void);
/* Waits; false: Ctrl-C came. */
bool interrupt_wait(double seconds);

/* ---- input.c, complete.c ---- */

/* Writes what was typed, a line each. False: there is no history. */
bool input_write_history(const struct input *input, FILE *out);

/* A terminal with editing and history where libedit is there. NULL: out of memory. */
struct input *input_open_terminal(struct shell *shell);
void input_close(struct input *input);

/* The next line without its end, NULL at the end of input; *interrupted_out: Ctrl-C instead. borrow
 * until the next call. */
const char *input_line(struct input *input, const char *prompt, bool *interrupted_out);

/* What the word that ends at `cursor` of line may become. */
struct completion {
    size_t start; /* of the word in line */
    char **words; /* sorted, each once */
    size_t count;
};

void complete_find(struct shell *shell, const char *line, size_t cursor,
                   struct completion *completion_out);
void complete_free(struct completion *completion);

#endif
