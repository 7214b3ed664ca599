/*
 * copy.c - \copy {TABLE [(columns)] | (query)} {from | to} {FILE | stdin | stdout | pstdin | pstdout} [options],
 * and COPY FROM STDIN and COPY TO STDOUT as statements.
 *
 * As psql's: \copy becomes COPY ... FROM STDIN or TO STDOUT, whose options are the engine's affair, and only the bytes
 * pass here. `stdin` is where the commands come from, up to a line `\.`; `pstdin` is the program's standard input.
 */
#include "shell/shell_private.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define PIECE_BYTES    65536u
#define PROGRESS_AFTER 200.0 /* milliseconds between two progress lines */

struct copy {
    struct shell *shell;
    const char *at;     /* in the arguments */
    struct text source; /* the table with its columns, or the query in parentheses */
    bool from;
    char *file_name;
    bool quoted; /* the file's name was: `stdin` is a file then */
    const char *error;
    /* bytes */
    FILE *file;
    bool marked; /* data end at a line `\.` too */
    bool ended;
    struct text piece;
    uint64_t lines;
    uint64_t bytes;
    double start;
    double progress_at; /* when the progress line was last shown */
    bool progress_shown;
};

static bool parse(struct copy *copy);
static void parse_source(struct copy *copy);
static char *next_word(struct copy *copy, bool *quoted_out);
static void skip_space(struct copy *copy);
static bool open_file(struct copy *copy);
static bool is_standard(const struct copy *copy);
static bool run_sql(struct copy *copy);
static bool transfer(struct copy *copy, struct varve_statement *statement, const char *sql,
                     size_t size);
static int feed(struct copy *copy, struct varve_statement *statement);
static void read_piece(struct copy *copy);
static void read_lines(struct copy *copy);
static void end_progress(struct copy *copy);
static void progress(struct copy *copy, bool last);

bool copy_run(struct scan *scan)
{
    struct shell *shell = scan->shell;
    char *arguments = scan_next(scan, SCAN_LINE);
    struct copy copy = {.shell = shell, .at = arguments == NULL ? "" : arguments};
    double start = run_clock_ms();
    bool ok = false;

    if (!parse(&copy)) {
        run_message(shell, "\\copy: %s",
                    copy.error == NULL ? "parse error at end of line" : copy.error);
    } else if (open_file(&copy)) {
        ok = run_sql(&copy);
        if (!is_standard(&copy) && fclose(copy.file) != 0 && ok) {
            run_message(shell, "%s: %s", copy.file_name, strerror(errno));
            ok = false;
        }
    }
    if (shell->timing) {
        run_print_time(shell, run_clock_ms() - start);
    }
    text_free(&copy.source);
    text_free(&copy.piece);
    free(copy.file_name);
    free(arguments);
    return ok;
}

bool copy_statement(struct shell *shell, struct varve_statement *statement, const char *sql,
                    size_t size)
{
    struct copy copy = {.shell = shell,
                        .from = varve_copy_direction(statement) == VARVE_COPY_FROM_PROGRAM};
    bool ok = false;

    copy.file = !copy.from ? output_file(shell) : shell->input != NULL ? shell->input : stdin;
    copy.marked = true;
    ok = transfer(&copy, statement, sql, size);
    text_free(&copy.piece);
    return ok;
}

/* ---- arguments ---- */

static bool parse(struct copy *copy)
{
    char *word = NULL;
    bool quoted = false;

    parse_source(copy);
    word = next_word(copy, &quoted);
    copy->from = strcasecmp(word, "from") == 0;
    if (!copy->from && strcasecmp(word, "to") != 0) {
        copy->error = "expected FROM or TO";
    }
    free(word);
    copy->file_name = next_word(copy, &copy->quoted);
    if (copy->error == NULL && copy->file_name[0] == '\0') {
        copy->error = "arguments required: TABLE from FILE";
    } else if (copy->error == NULL && !copy->quoted &&
               strcasecmp(copy->file_name, "program") == 0) {
        copy->error = "programs are not supported";
    }
    return copy->error == NULL;
}

/* TABLE [(columns)] or (query): taken over as it is. */
static void parse_source(struct copy *copy)
{
    unsigned depth = 0;
    char quote = '\0';

    skip_space(copy);
    if (*copy->at != '(') {
        while (*copy->at != '\0' &&
               (quote != '\0' || (!isspace((unsigned char)*copy->at) && *copy->at != '('))) {
            quote = *copy->at != '"' ? quote : quote == '\0' ? '"' : '\0';
            text_add_char(&copy->source, *copy->at++);
        }
        skip_space(copy);
    }
    if (*copy->at != '(') {
        return;
    }
    do {
        if (quote != '\0') {
            quote = *copy->at == quote ? '\0' : quote;
        } else if (*copy->at == '\'' || *copy->at == '"') {
            quote = *copy->at;
        } else {
            depth += *copy->at == '(';
            depth -= *copy->at == ')';
        }
        text_add_char(&copy->source, *copy->at++);
    } while (*copy->at != '\0' && depth > 0);
}

static void skip_space(struct copy *copy)
{
    while (isspace((unsigned char)*copy->at)) {
        copy->at++;
    }
}

/* A word or a quoted text ('' is a quote); own: free. */
static char *next_word(struct copy *copy, bool *quoted_out)
{
    struct text word = {0};

    text_add(&word, "", 0);
    skip_space(copy);
    *quoted_out = *copy->at == '\'';
    if (!*quoted_out) {
        while (*copy->at != '\0' && !isspace((unsigned char)*copy->at)) {
            text_add_char(&word, *copy->at++);
        }
        return word.data;
    }
    for (copy->at++; *copy->at != '\0'; copy->at++) {
        if (*copy->at == '\'' && *++copy->at != '\'') {
            break;
        }
        text_add_char(&word, *copy->at);
    }
    return word.data;
}

/* ---- files ---- */

static bool is_named(const struct copy *copy, const char *name)
{
    return !copy->quoted && copy->file_name != NULL && strcasecmp(copy->file_name, name) == 0;
}

static bool is_standard(const struct copy *copy)
{
    return copy->from ? is_named(copy, "stdin") || is_named(copy, "pstdin")
                      : is_named(copy, "stdout") || is_named(copy, "pstdout");
}

static bool open_file(struct copy *copy)
{
    if (is_standard(copy)) {
        copy->file = copy->from                 ? stdin
                     : is_named(copy, "stdout") ? output_file(copy->shell)
                                                : stdout;
        copy->marked = true;
        if (is_named(copy, "stdin") && copy->shell->input != NULL) {
            copy->file = copy->shell->input;
        }
        return true;
    }
    copy->file = fopen(copy->file_name, copy->from ? "r" : "w");
    if (copy->file == NULL) {
        run_message(copy->shell, "%s: %s", copy->file_name, strerror(errno));
    }
    return copy->file != NULL;
}

/* ---- the statement ---- */

static bool run_sql(struct copy *copy)
{
    struct shell *shell = copy->shell;
    struct varve_statement *statement = NULL;
    struct text sql = {0};
    bool ok = false;

    text_format(&sql, "COPY %s %s%s", text_get(&copy->source),
                copy->from ? "FROM STDIN" : "TO STDOUT", copy->at);
    if (varve_prepare(shell->session, text_get(&sql), sql.size, &statement, NULL) == VARVE_OK) {
        ok = transfer(copy, statement, text_get(&sql), sql.size);
    } else {
        run_print_error(shell, varve_last_error(shell->session), text_get(&sql), sql.size);
    }
    varve_finalize(statement);
    text_free(&sql);
    return ok;
}

/* Every byte there and back; the tag, or the error. */
static bool transfer(struct copy *copy, struct varve_statement *statement, const char *sql,
                     size_t size)
{
    struct shell *shell = copy->shell;
    int code = VARVE_OK;

    copy->start = run_clock_ms();
    if (copy->from && copy->marked && shell->interactive && copy->file == stdin) {
        printf("Enter data to be copied followed by a newline.\n"
               "End with a backslash and a period on a line by itself, or an EOF signal.\n");
    }
    do {
        code = varve_step(statement);
        if (code == VARVE_COPY_IN) {
            code = feed(copy, statement);
        } else if (code == VARVE_COPY_OUT) {
            size_t line_size = 0;
            const char *line = varve_copy_out(statement, &line_size);

            fwrite(line, 1, line_size, copy->file);
            copy->lines++;
            copy->bytes += line_size;
            progress(copy, false);
        }
    } while (code == VARVE_OK || code == VARVE_COPY_OUT);
    progress(copy, true);
    if (code != VARVE_DONE) {
        fflush(stdout);
        run_print_error(shell, varve_last_error(shell->session), sql, size);
        while (copy->from && copy->marked && copy->lines > 0 && !copy->ended &&
               !interrupt_pending()) {
            read_piece(copy); /* what is left of its data is no SQL */
        }
        return false;
    }
    if (copy->file == stdout) {
        fflush(stdout);
    }
    if (!variable_is_on(shell, "QUIET") &&
        (copy->from || copy->file != stdout)) { /* else it would be data */
        printf("%s\n", varve_command_tag(statement));
    }
    return true;
}

static int feed(struct copy *copy, struct varve_statement *statement)
{
    if (!interrupt_pending()) {
        read_piece(copy);
    }
    if (interrupt_pending()) {
        clearerr(copy->file); /* it has broken off a read */
        return varve_copy_in_fail(statement, "canceled by user");
    }
    if (ferror(copy->file)) {
        return varve_copy_in_fail(statement, strerror(errno));
    }
    if (copy->piece.size == 0) {
        return varve_copy_in_end(statement);
    }
    progress(copy, false);
    return varve_copy_in(statement, copy->piece.data, copy->piece.size);
}

/* About PIECE_BYTES, nothing at the end. */
static void read_piece(struct copy *copy)
{
    char bytes[8192];
    size_t got = 1;

    text_clear(&copy->piece);
    if (copy->marked) {
        read_lines(copy);
    }
    while (!copy->marked && got > 0 && copy->piece.size < PIECE_BYTES) {
        got = fread(bytes, 1, sizeof bytes, copy->file);
        text_add(&copy->piece, bytes, got);
        for (size_t i = 0; i < got; i++) {
            copy->lines += bytes[i] == '\n';
        }
    }
    copy->bytes += copy->piece.size;
}

/* Whole lines up to `\.`; a terminal's one by one. */
static void read_lines(struct copy *copy)
{
    while (!copy->ended && copy->piece.size < PIECE_BYTES) {
        size_t start = copy->piece.size;
        const char *line = NULL;
        int byte = 0;

        while ((byte = getc(copy->file)) != EOF) {
            text_add_char(&copy->piece, (char)byte);
            if (byte == '\n') {
                break;
            }
        }
        copy->lines++;
        copy->shell->line += copy->file == copy->shell->input;
        copy->ended = byte == EOF;
        line = text_get(&copy->piece) + start;
        if (strncmp(line, "\\.", 2) == 0 &&
            strspn(line + 2, "\r\n") == copy->piece.size - start - 2) {
            copy->ended = true;
            copy->piece.size = start;
            copy->piece.data[start] = '\0';
        }
    }
}

/* ---- progress ---- */

static void end_progress(struct copy *copy)
{
    if (copy->progress_shown) {
        fputs("\r\033[K", stderr); /* the tag comes in its place */
        copy->progress_shown = false;
    }
}

/* One line that is written over, on a terminal only. */
static void progress(struct copy *copy, bool last)
{
    double now = 0;
    double seconds = 0;

    if (copy->lines % 64 != 0 && !last && !copy->from) {
        return;
    }
    now = run_clock_ms();
    seconds = (now - copy->start) / 1e3;
    if ((last && !copy->progress_shown) ||
        (!last &&
         now - (copy->progress_at > 0 ? copy->progress_at : copy->start) < PROGRESS_AFTER) ||
        copy->file == stdout || !isatty(STDERR_FILENO)) {
        return;
    }
    copy->progress_at = now;
    copy->progress_shown = true;
    fprintf(stderr, "\r%llu lines, %.1f MB, %.0f lines/s", (unsigned long long)copy->lines,
            (double)copy->bytes / 1e6, (double)copy->lines / (seconds > 0 ? seconds : 1));
    if (last) {
        end_progress(copy);
    }
    fflush(stderr);
}
