/*
 * check.h - what the programs of tests/api share: checks that count failures, and short ways to run SQL.
 * Plain C and varve.h only, as a user's program would be.
 */
#ifndef VARVE_TESTS_API_CHECK_H
#define VARVE_TESTS_API_CHECK_H

#include <varve/varve.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

#define CHECK(condition)                                                            \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: failed: %s\n", __func__, __LINE__, #condition); \
            failures++;                                                             \
        }                                                                           \
    } while (0)
#define CHECK_TEXT(wanted, got)       check_text(__func__, __LINE__, (wanted), (got))
#define CHECK_CODE(wanted, got)       check_code(__func__, __LINE__, (wanted), (got))
#define RUN(session, sql)             check_run(__func__, __LINE__, (session), (sql))
#define FAILS(session, sqlstate, sql) check_fails(__func__, __LINE__, (session), (sqlstate), (sql))

static inline void check_text(const char *function, int line, const char *wanted, const char *got)
{
    if (got == NULL || strcmp(wanted, got) != 0) {
        fprintf(stderr, "%s:%d: wanted \"%s\", got \"%s\"\n", function, line, wanted,
                got == NULL ? "(null)" : got);
        failures++;
    }
}

static inline void check_code(const char *function, int line, int wanted, int got)
{
    if (wanted != got) {
        fprintf(stderr, "%s:%d: wanted code %d (%s), got %d (%s)\n", function, line, wanted,
                varve_code_text(wanted), got, varve_code_text(got));
        failures++;
    }
}

static inline void check_run(const char *function, int line, struct varve_session *session,
                             const char *sql)
{
    int code = varve_exec(session, sql, 0);

    if (code != VARVE_OK) {
        fprintf(stderr, "%s:%d: %s: code %d, %s\n", function, line, sql, code,
                varve_last_error(session)->message);
        failures++;
    }
}

static inline void check_fails(const char *function, int line, struct varve_session *session,
                               const char *sqlstate, const char *sql)
{
    int code = varve_exec(session, sql, 0);

    if (code == VARVE_OK || code == VARVE_WAITING) {
        fprintf(stderr, "%s:%d: %s: wanted %s, got code %d\n", function, line, sql, sqlstate, code);
        failures++;
    } else {
        check_text(function, line, sqlstate, varve_last_error(session)->sqlstate);
    }
}

struct fixture {
    struct varve *db;
    struct varve_session *session;
};

static inline struct fixture memory_open(void)
{
    struct fixture fixture = {0};

    if (varve_open(":memory:", NULL, &fixture.db, NULL) != VARVE_OK ||
        varve_connect(fixture.db, &fixture.session) != VARVE_OK) {
        fprintf(stderr, "cannot open a database in memory\n");
        exit(1);
    }
    return fixture;
}

static inline void memory_close(struct fixture fixture)
{
    varve_disconnect(fixture.session);
    CHECK(varve_close(fixture.db) == VARVE_OK);
}

static inline struct varve_statement *prepare(struct varve_session *session, const char *sql)
{
    struct varve_statement *statement = NULL;

    if (varve_prepare(session, sql, 0, &statement, NULL) != VARVE_OK) {
        fprintf(stderr, "prepare %s: %s\n", sql, varve_last_error(session)->message);
        failures++;
    }
    return statement;
}

/* The first column of the first row as text, "(none)" without a row, "(null)" for NULL. */
static inline const char *single(struct varve_session *session, const char *sql)
{
    static char text[4096];
    struct varve_statement *statement = prepare(session, sql);
    int code = varve_step(statement);

    if (code == VARVE_ROW) {
        const char *value = varve_column_text(statement, 0, NULL);

        snprintf(text, sizeof text, "%s", value == NULL ? "(null)" : value);
    } else {
        snprintf(text, sizeof text, "%s",
                 code == VARVE_DONE ? "(none)" : varve_last_error(session)->message);
    }
    varve_finalize(statement);
    return text;
}

#endif
