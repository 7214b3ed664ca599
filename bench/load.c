/*
 * load.c - how fast rows come in: prepared INSERTs, COPY FROM STDIN and the appender, side by side.
 *
 * usage: bench_load [ROWS] [REPEATS]      prints the best of REPEATS (3) rounds of ROWS (1,000,000), each in one transaction
 *
 * Two tables: numbers (k bigint primary key, v bigint) and mixed (id integer primary key, name text, price double
 * precision, day date, note text). The ways take turns in every round, each into a fresh database in memory. The text for
 * COPY is made before the clock starts; the appender gets the day as a text, as a program that reads a file would.
 */
#include "varve/varve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum way { WAY_PREPARED, WAY_COPY, WAY_APPENDER, WAY_COUNT };

static const char *const way_names[] = {"prepared INSERT", "COPY FROM STDIN", "appender"};
static const char *const definitions[] = {
    "CREATE TABLE load (k bigint PRIMARY KEY, v bigint)",
    "CREATE TABLE load (id integer PRIMARY KEY, name text, price double precision, day date, "
    "note text)"};
static const char *const inserts[] = {"INSERT INTO load VALUES ($1, $2)",
                                      "INSERT INTO load VALUES ($1, $2, $3, $4, $5)"};

struct row {
    int64_t number;
    int64_t value;
    double price;
    char name[24];
    char day[16];
    char note[64];
};

static void row_make(int64_t i, struct row *row)
{
    uint64_t mixed = (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15);

    row->number = i;
    row->value = (int64_t)(mixed >> 20);
    row->price = (double)(mixed >> 44) / 100;
    snprintf(row->name, sizeof row->name, "name %u", (unsigned)(mixed >> 40));
    snprintf(row->day, sizeof row->day, "20%02u-%02u-%02u", (unsigned)(mixed >> 59),
             (unsigned)(mixed >> 30) % 12 + 1, (unsigned)(mixed >> 35) % 28 + 1);
    snprintf(row->note, sizeof row->note, "a note of about forty bytes, %016llx",
             (unsigned long long)mixed);
}

static void must(int code, struct varve_session *session)
{
    if (code != VARVE_OK && code != VARVE_DONE) {
        fprintf(stderr, "bench_load: %s\n", varve_last_error(session)->message);
        exit(1);
    }
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void load_prepared(struct varve_session *session, int table, const struct row *rows,
                          int64_t count)
{
    struct varve_statement *insert = NULL;

    must(varve_prepare(session, inserts[table], 0, &insert, NULL), session);
    for (int64_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];

        (void)varve_bind_int64(insert, 1, row->number);
        if (table == 0) {
            (void)varve_bind_int64(insert, 2, row->value);
        } else {
            (void)varve_bind_text(insert, 2, row->name, strlen(row->name));
            (void)varve_bind_double(insert, 3, row->price);
            (void)varve_bind_text(insert, 4, row->day, strlen(row->day));
            (void)varve_bind_text(insert, 5, row->note, strlen(row->note));
        }
        must(varve_step(insert), session);
    }
    varve_finalize(insert);
}

static void load_appender(struct varve_session *session, int table, const struct row *rows,
                          int64_t count)
{
    struct varve_appender *appender = NULL;

    must(varve_appender_create(session, NULL, "load", NULL, 0, &appender), session);
    for (int64_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];

        (void)varve_append_int64(appender, row->number);
        if (table == 0) {
            (void)varve_append_int64(appender, row->value);
        } else {
            (void)varve_append_text(appender, row->name, strlen(row->name));
            (void)varve_append_double(appender, row->price);
            (void)varve_append_text(appender, row->day, strlen(row->day));
            (void)varve_append_text(appender, row->note, strlen(row->note));
        }
        must(varve_appender_end_row(appender), session);
    }
    must(varve_appender_close(appender), session);
}

static void load_copy(struct varve_session *session, const char *text, size_t size)
{
    struct varve_statement *copy = NULL;
    size_t at = 0;
    int code = VARVE_OK;

    must(varve_prepare(session, "COPY load FROM STDIN", 0, &copy, NULL), session);
    while ((code = varve_step(copy)) == VARVE_COPY_IN) {
        size_t piece = size - at < 65536 ? size - at : 65536;

        must(piece == 0 ? varve_copy_in_end(copy) : varve_copy_in(copy, text + at, piece), session);
        at += piece;
    }
    must(code, session);
    varve_finalize(copy);
}

static char *make_text(int table, const struct row *rows, int64_t count, size_t *size_out)
{
    char *text = malloc((size_t)count * 160 + 1);
    char *at = text;

    for (int64_t i = 0; text != NULL && i < count; i++) {
        const struct row *row = &rows[i];

        at += table == 0
                  ? sprintf(at, "%lld\t%lld\n", (long long)row->number, (long long)row->value)
                  : sprintf(at, "%lld\t%s\t%.2f\t%s\t%s\n", (long long)row->number, row->name,
                            row->price, row->day, row->note);
    }
    *size_out = text == NULL ? 0 : (size_t)(at - text);
    return text;
}

static double run(enum way way, int table, const struct row *rows, int64_t count, const char *text,
                  size_t size)
{
    struct varve *db = NULL;
    struct varve_session *session = NULL;
    struct varve_statement *total = NULL;
    double start = 0;

    if (varve_open(":memory:", NULL, &db, NULL) != VARVE_OK ||
        varve_connect(db, &session) != VARVE_OK) {
        exit(1);
    }
    must(varve_exec(session, definitions[table], 0), session);
    start = now();
    must(varve_exec(session, "BEGIN", 0), session);
    if (way == WAY_PREPARED) {
        load_prepared(session, table, rows, count);
    } else if (way == WAY_COPY) {
        load_copy(session, text, size);
    } else {
        load_appender(session, table, rows, count);
    }
    must(varve_exec(session, "COMMIT", 0), session);
    start = now() - start;
    must(varve_prepare(session, "SELECT count(*) FROM load", 0, &total, NULL), session);
    if (varve_step(total) != VARVE_ROW || varve_column_int64(total, 0) != count) {
        fprintf(stderr, "bench_load: rows are missing\n");
        exit(1);
    }
    varve_finalize(total);
    varve_disconnect(session);
    (void)varve_close(db);
    return (double)count / start;
}

int main(int argc, char **argv)
{
    int64_t count = argc > 1 ? atoll(argv[1]) : 1000000;
    int repeats = argc > 2 ? atoi(argv[2]) : 3;
    struct row *rows = calloc((size_t)count, sizeof *rows);

    for (int64_t i = 0; rows != NULL && i < count; i++) {
        row_make(i, &rows[i]);
    }
    for (int table = 0; rows != NULL && table < 2; table++) {
        double best[WAY_COUNT] = {0};
        size_t size = 0;
        char *text = make_text(table, rows, count, &size);

        for (int i = 0; i < repeats; i++) {
            for (int way = 0; way < WAY_COUNT; way++) {
                double rate = run((enum way)way, table, rows, count, text, size);

                best[way] = rate > best[way] ? rate : best[way];
            }
        }
        for (int way = 0; way < WAY_COUNT; way++) {
            printf("%-8s %-16s %8.0f rows/ms %6.2f x\n", table == 0 ? "numbers" : "mixed",
                   way_names[way], best[way] / 1000, best[way] / best[WAY_PREPARED]);
        }
        free(text);
    }
    free(rows);
    return 0;
}
