/*
 * slt.c - the program `slt`: runs sqllogictest files against an embedded Varve.
 *
 * The format is SQLite's (https://sqlite.org/sqllogictest): records separated by blank lines, `statement ok`,
 * `statement error`, `query TYPES [SORT] [LABEL]` with expected values or their MD5, `skipif`, `onlyif`,
 * `hash-threshold`, `halt`. Ours goes one step further: `statement error CODE` and `statement error CODE: message`
 * (and the same behind `query error`) check SQLSTATE and text. Each file gets a new database in memory.
 *
 * With --floor FILE every file must pass at least the records that FILE (lines "COUNT PATH") says, and
 * --write-floor writes what passed: the list of what works may only grow.
 */
#include "varve/varve.h"

#include <getopt.h>
#include <md5.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: slt [OPTION...] FILE...\n"
    "\n"
    "Runs sqllogictest files, each on a new database in memory.\n"
    "\n"
    "  --engine NAME        the name that skipif and onlyif ask for (postgresql)\n"
    "  --failures N         show at most N failures a file (5)\n"
    "  --reasons            list all failures by their error, most frequent first\n"
    "  --floor FILE         fail only where fewer records pass than FILE says\n"
    "  --write-floor FILE   write how many records of each file pass\n"
    "  --prefix PATH        cut off file names in floors\n"
    "\n"
    "Exit status: 0 all records pass (or no file is below its floor), 1 not so, 2 wrong usage.\n";

#define COLUMNS_MAX 64
#define REASONS_MAX 512
#define LABELS_MAX  4096

struct lines {
    char **text;
    size_t count;
    size_t capacity;
};

struct label {
    char name[64];
    char hash[33];
};

struct reason {
    char text[160];
    unsigned count;
};

struct runner {
    const char *engine;
    unsigned failures_shown;
    const char *path;
    struct lines lines;
    size_t at;
    struct varve *db;
    struct varve_session *session;
    size_t hash_threshold;
    struct label *labels;
    size_t label_count;
    unsigned passed;
    unsigned failed;
    unsigned skipped;
    struct reason *reasons;
    size_t reason_count;
};

/* ---- text ---- */

static void *must(void *memory)
{
    if (memory == NULL) {
        fputs("slt: out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

static void lines_add(struct lines *lines, const char *text, size_t size)
{
    if (lines->count == lines->capacity) {
        lines->capacity = lines->capacity == 0 ? 64 : lines->capacity * 2;
        lines->text = must(realloc(lines->text, lines->capacity * sizeof *lines->text));
    }
    lines->text[lines->count++] = must(strndup(text, size));
}

static void lines_clear(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        free(lines->text[i]);
    }
    free(lines->text);
    *lines = (struct lines){0};
}

static bool lines_read(struct lines *lines, const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t size = 0;

    if (file == NULL) {
        perror(path);
        return false;
    }
    while ((size = getline(&line, &room, file)) >= 0) {
        while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r')) {
            size--;
        }
        lines_add(lines, line, (size_t)size);
    }
    free(line);
    fclose(file);
    return true;
}

/* The word at *at, which moves behind it; "" at the end. */
static const char *word(const char **at, char *room, size_t room_bytes)
{
    size_t size = 0;

    *at += strspn(*at, " \t");
    size = strcspn(*at, " \t");
    snprintf(room, room_bytes, "%.*s", (int)size, *at);
    *at += size;
    return room;
}

/* ---- failures ---- */

static void reason_count(struct runner *runner, const char *text)
{
    for (size_t i = 0; i < runner->reason_count; i++) {
        if (strncmp(runner->reasons[i].text, text, sizeof runner->reasons[i].text - 1) == 0) {
            runner->reasons[i].count++;
            return;
        }
    }
    if (runner->reason_count < REASONS_MAX) {
        struct reason *reason = &runner->reasons[runner->reason_count++];

        snprintf(reason->text, sizeof reason->text, "%s", text);
        reason->count = 1;
    }
}

static void fail(struct runner *runner, size_t line, const char *sql, const char *what)
{
    runner->failed++;
    reason_count(runner, what);
    if (runner->failed <= runner->failures_shown) {
        printf("%s:%zu: %s\n    %.300s\n", runner->path, line + 1, what, sql);
    }
}

/* ---- records ---- */

/* The lines up to a blank one or `stop`, joined by newlines. own: end with free(). */
static char *sql_take(struct runner *runner, bool stop_at_rule)
{
    char *sql = must(calloc(1, 1));
    size_t size = 0;

    while (runner->at < runner->lines.count) {
        const char *line = runner->lines.text[runner->at];

        if (line[0] == '\0' || (stop_at_rule && strcmp(line, "----") == 0)) {
            break;
        }
        sql = must(realloc(sql, size + strlen(line) + 2));
        size += (size_t)snprintf(sql + size, strlen(line) + 2, "%s%s", size == 0 ? "" : "\n", line);
        runner->at++;
    }
    return sql;
}

/* wanted: "" or "CODE" or "CODE: message". */
static bool error_matches(struct runner *runner, const char *wanted, char *what, size_t what_bytes)
{
    const struct varve_error *error = varve_last_error(runner->session);
    const char *message = strchr(wanted, ':');

    wanted += strspn(wanted, " ");
    if (wanted[0] == '\0') {
        return true;
    }
    if (strncmp(wanted, error->sqlstate, 5) == 0 &&
        (message == NULL || strcmp(message + 1 + strspn(message + 1, " "), error->message) == 0)) {
        return true;
    }
    snprintf(what, what_bytes, "wanted error %.200s, got %s: %.300s", wanted, error->sqlstate,
             error->message);
    return false;
}

static void skip_record(struct runner *runner)
{
    while (runner->at < runner->lines.count && runner->lines.text[runner->at][0] != '\0') {
        runner->at++;
    }
}

static void run_statement(struct runner *runner, const char *head)
{
    char expectation[16];
    char what[1200];
    size_t line = runner->at;
    bool wants_error = strcmp(word(&head, expectation, sizeof expectation), "error") == 0;
    char *sql = NULL;
    int code = VARVE_OK;

    runner->at++;
    sql = sql_take(runner, false);
    code = varve_exec(runner->session, sql, 0);
    if (wants_error) {
        if (code == VARVE_OK) {
            fail(runner, line, sql, "wanted an error");
        } else if (!error_matches(runner, head, what, sizeof what)) {
            fail(runner, line, sql, what);
        } else {
            runner->passed++;
        }
    } else if (code != VARVE_OK) {
        const struct varve_error *error = varve_last_error(runner->session);

        snprintf(what, sizeof what, "%s: %s", error->sqlstate, error->message);
        fail(runner, line, sql, what);
    } else {
        runner->passed++;
    }
    free(sql);
}

static void value_print(struct varve_statement *statement, int column, char type,
                        struct lines *values)
{
    char number[400];
    size_t size = 0;
    const char *text = NULL;
    char *copy = NULL;

    if (varve_column_is_null(statement, column)) {
        lines_add(values, "NULL", 4);
        return;
    }
    if (type == 'I' || type == 'R') {
        if (type == 'I') {
            snprintf(number, sizeof number, "%lld",
                     (long long)varve_column_int64(statement, column));
        } else {
            snprintf(number, sizeof number, "%.3f", varve_column_double(statement, column));
        }
        lines_add(values, number, strlen(number));
        return;
    }
    text = varve_column_text(statement, column, &size);
    if (size == 0) {
        lines_add(values, "(empty)", 7);
        return;
    }
    copy = must(strndup(text, size));
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)copy[i] < ' ' || (unsigned char)copy[i] > '~') {
            copy[i] = '@';
        }
    }
    lines_add(values, copy, size);
    free(copy);
}

/* Runs the query; false: it failed. */
static bool query_run(struct runner *runner, const char *sql, const char *types,
                      struct lines *values, char *what, size_t what_bytes)
{
    struct varve_statement *statement = NULL;
    int code = varve_prepare(runner->session, sql, 0, &statement, NULL);
    int columns = (int)strlen(types);

    if (code == VARVE_OK && statement == NULL) {
        snprintf(what, what_bytes, "the query is empty");
        return false;
    }
    if (code == VARVE_OK && varve_column_count(statement) != columns) {
        snprintf(what, what_bytes, "wanted %d columns, got %d", columns,
                 varve_column_count(statement));
        varve_finalize(statement);
        return false;
    }
    while (code == VARVE_OK || code == VARVE_ROW) {
        code = varve_step(statement);
        for (int column = 0; code == VARVE_ROW && column < columns; column++) {
            value_print(statement, column, types[column], values);
        }
    }
    if (code != VARVE_DONE) {
        const struct varve_error *error = varve_last_error(runner->session);

        snprintf(what, what_bytes, "%s: %s", error->sqlstate, error->message);
    }
    varve_finalize(statement);
    return code == VARVE_DONE;
}

static size_t sort_width;

static int rows_compare(const void *a, const void *b)
{
    char *const *left = a;
    char *const *right = b;

    for (size_t i = 0; i < sort_width; i++) {
        int order = strcmp(left[i], right[i]);

        if (order != 0) {
            return order;
        }
    }
    return 0;
}

static void values_sort(struct lines *values, const char *sort, size_t columns)
{
    sort_width = strcmp(sort, "rowsort") == 0 ? columns : strcmp(sort, "valuesort") == 0 ? 1 : 0;
    if (sort_width > 0 && values->count > 0) {
        qsort(values->text, values->count / sort_width, sort_width * sizeof *values->text,
              rows_compare);
    }
}

static void values_hash(const struct lines *values, char *hash)
{
    MD5_CTX context;

    MD5Init(&context);
    for (size_t i = 0; i < values->count; i++) {
        MD5Update(&context, (const uint8_t *)values->text[i], strlen(values->text[i]));
        MD5Update(&context, (const uint8_t *)"\n", 1);
    }
    MD5End(&context, hash);
}

static bool label_check(struct runner *runner, const char *name, const char *hash)
{
    for (size_t i = 0; i < runner->label_count; i++) {
        if (strcmp(runner->labels[i].name, name) == 0) {
            return strcmp(runner->labels[i].hash, hash) == 0;
        }
    }
    if (runner->label_count < LABELS_MAX) {
        struct label *label = &runner->labels[runner->label_count++];

        snprintf(label->name, sizeof label->name, "%.63s", name);
        snprintf(label->hash, sizeof label->hash, "%s", hash);
    }
    return true;
}

static bool values_match(struct runner *runner, const struct lines *values, const char *hash,
                         char *what, size_t what_bytes)
{
    size_t first = runner->at;
    size_t count = 0;
    char wanted_hash[64];
    size_t wanted_count = 0;

    while (first + count < runner->lines.count && runner->lines.text[first + count][0] != '\0') {
        count++;
    }
    runner->at += count;
    if (count == 1 && sscanf(runner->lines.text[first], "%zu values hashing to %63s", &wanted_count,
                             wanted_hash) == 2) {
        if (wanted_count == values->count && strcmp(wanted_hash, hash) == 0) {
            return true;
        }
        snprintf(what, what_bytes, "wanted %zu values with another hash, got %zu", wanted_count,
                 values->count);
        return false;
    }
    if (count != values->count) {
        snprintf(what, what_bytes, "wanted %zu values, got %zu", count, values->count);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(runner->lines.text[first + i], values->text[i]) != 0) {
            snprintf(what, what_bytes, "value %zu: wanted \"%.200s\", got \"%.200s\"", i + 1,
                     runner->lines.text[first + i], values->text[i]);
            return false;
        }
    }
    return true;
}

static void run_query(struct runner *runner, const char *head)
{
    char types[COLUMNS_MAX + 1];
    char sort[16];
    char label[64];
    char hash[33];
    char what[1200];
    struct lines values = {0};
    size_t line = runner->at;
    char *sql = NULL;
    bool ok = false;

    word(&head, types, sizeof types);
    if (strcmp(types, "error") == 0) {
        run_statement(runner, strstr(runner->lines.text[line], "error"));
        return;
    }
    word(&head, sort, sizeof sort);
    word(&head, label, sizeof label);
    runner->at++;
    sql = sql_take(runner, true);
    if (runner->at < runner->lines.count && strcmp(runner->lines.text[runner->at], "----") == 0) {
        runner->at++;
    }
    ok = query_run(runner, sql, types, &values, what, sizeof what);
    if (ok) {
        values_sort(&values, sort, strlen(types));
        values_hash(&values, hash);
        ok = values_match(runner, &values, hash, what, sizeof what);
        if (ok && label[0] != '\0' && !label_check(runner, label, hash)) {
            snprintf(what, sizeof what, "the result differs from others labelled %s", label);
            ok = false;
        }
    }
    if (ok) {
        runner->passed++;
    } else {
        fail(runner, line, sql, what);
    }
    skip_record(runner);
    lines_clear(&values);
    free(sql);
}

/* False: the file ends here. */
static bool run_record(struct runner *runner)
{
    bool skip = false;

    while (runner->at < runner->lines.count) {
        const char *head = runner->lines.text[runner->at];
        char kind[32];
        char engine[32];

        word(&head, kind, sizeof kind);
        if (kind[0] == '\0' || kind[0] == '#') {
            runner->at++;
            if (kind[0] == '\0') {
                return true;
            }
        } else if (strcmp(kind, "skipif") == 0 || strcmp(kind, "onlyif") == 0) {
            bool same = strcmp(word(&head, engine, sizeof engine), runner->engine) == 0;

            skip = skip || same == (kind[0] == 's');
            runner->at++;
        } else if (strcmp(kind, "hash-threshold") == 0) {
            runner->hash_threshold = strtoul(head, NULL, 10);
            runner->at++;
        } else if (strcmp(kind, "halt") == 0) {
            runner->at++;
            if (!skip) {
                return false;
            }
            return true;
        } else if (skip) {
            runner->skipped++;
            skip_record(runner);
            return true;
        } else if (strcmp(kind, "statement") == 0) {
            run_statement(runner, head);
            return true;
        } else if (strcmp(kind, "query") == 0) {
            run_query(runner, head);
            return true;
        } else {
            fail(runner, runner->at, kind, "unknown record");
            skip_record(runner);
            return true;
        }
    }
    return false;
}

static bool run_file(struct runner *runner, const char *path)
{
    struct varve_error error;

    runner->path = path;
    runner->at = 0;
    runner->passed = runner->failed = runner->skipped = 0;
    runner->label_count = 0;
    if (!lines_read(&runner->lines, path)) {
        return false;
    }
    if (varve_open(":memory:", NULL, &runner->db, &error) != VARVE_OK ||
        varve_connect(runner->db, &runner->session) != VARVE_OK) {
        fprintf(stderr, "slt: cannot open a database: %s\n", error.message);
        exit(2);
    }
    while (runner->at < runner->lines.count && run_record(runner)) {
    }
    varve_disconnect(runner->session);
    (void)varve_close(runner->db);
    lines_clear(&runner->lines);
    return true;
}

/* ---- floors ---- */

static const char *short_name(const char *path, const char *prefix)
{
    size_t size = prefix == NULL ? 0 : strlen(prefix);

    if (size > 0 && strncmp(path, prefix, size) == 0) {
        path += size;
        path += path[0] == '/';
    }
    return path;
}

static unsigned floor_of(const struct lines *floors, const char *name)
{
    for (size_t i = 0; i < floors->count; i++) {
        char *end = NULL;
        unsigned long count = strtoul(floors->text[i], &end, 10);

        if (*end == ' ' && strcmp(end + 1, name) == 0) {
            return (unsigned)count;
        }
    }
    return 0;
}

static int reasons_compare(const void *a, const void *b)
{
    const struct reason *left = a;
    const struct reason *right = b;

    return left->count < right->count ? 1 : left->count > right->count ? -1 : 0;
}

static void reasons_print(struct runner *runner)
{
    qsort(runner->reasons, runner->reason_count, sizeof *runner->reasons, reasons_compare);
    printf("failures by reason:\n");
    for (size_t i = 0; i < runner->reason_count; i++) {
        printf("%8u  %s\n", runner->reasons[i].count, runner->reasons[i].text);
    }
}

struct options {
    bool reasons;
    const char *floor_path;
    const char *write_path;
    const char *prefix;
};

static void options_parse(struct runner *runner, struct options *options, int argc, char **argv)
{
    static const struct option longs[] = {{"engine", required_argument, NULL, 'e'},
                                          {"failures", required_argument, NULL, 'f'},
                                          {"reasons", no_argument, NULL, 'r'},
                                          {"floor", required_argument, NULL, 'l'},
                                          {"write-floor", required_argument, NULL, 'w'},
                                          {"prefix", required_argument, NULL, 'p'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int letter = 0;

    while ((letter = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        switch (letter) {
        case 'e':
            runner->engine = optarg;
            break;
        case 'f':
            runner->failures_shown = (unsigned)strtoul(optarg, NULL, 10);
            break;
        case 'r':
            options->reasons = true;
            break;
        case 'l':
            options->floor_path = optarg;
            break;
        case 'w':
            options->write_path = optarg;
            break;
        case 'p':
            options->prefix = optarg;
            break;
        default:
            fputs(usage, letter == 'h' ? stdout : stderr);
            exit(letter == 'h' ? 0 : 2);
        }
    }
    if (optind == argc) {
        fputs(usage, stderr);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    struct runner runner = {.engine = "postgresql", .failures_shown = 5};
    struct options options = {0};
    struct lines floors = {0};
    FILE *write = NULL;
    unsigned passed = 0;
    unsigned failed = 0;
    unsigned skipped = 0;
    bool below = false;

    options_parse(&runner, &options, argc, argv);
    runner.labels = must(calloc(LABELS_MAX, sizeof *runner.labels));
    runner.reasons = must(calloc(REASONS_MAX, sizeof *runner.reasons));
    if (options.floor_path != NULL && !lines_read(&floors, options.floor_path)) {
        return 2;
    }
    if (options.write_path != NULL && (write = fopen(options.write_path, "w")) == NULL) {
        perror(options.write_path);
        return 2;
    }
    for (int i = optind; i < argc; i++) {
        const char *name = short_name(argv[i], options.prefix);

        if (!run_file(&runner, argv[i])) {
            return 2;
        }
        printf("%s: %u passed, %u failed, %u skipped\n", name, runner.passed, runner.failed,
               runner.skipped);
        if (options.floor_path != NULL && runner.passed < floor_of(&floors, name)) {
            printf("%s: only %u records pass, %u did before\n", name, runner.passed,
                   floor_of(&floors, name));
            below = true;
        }
        if (write != NULL) {
            fprintf(write, "%u %s\n", runner.passed, name);
        }
        passed += runner.passed;
        failed += runner.failed;
        skipped += runner.skipped;
    }
    if (options.reasons) {
        reasons_print(&runner);
    }
    if (write != NULL && fclose(write) != 0) {
        perror(options.write_path);
        return 2;
    }
    lines_clear(&floors);
    free(runner.labels);
    free(runner.reasons);
    printf("%u passed, %u failed, %u skipped\n", passed, failed, skipped);
    return options.floor_path != NULL ? below : failed > 0;
}
