/*
 * test_casts.c - every cast among the types, on fifty values of each, against PostgreSQL's answers.
 *
 * The answers lie in tests/golden/casts.txt; tools/cast_matrix made them (its head says the format).
 */
#include "check.h"

#include <stdbool.h>

#define TYPES_MAX  40
#define LINE_BYTES 16384

static unsigned asked, wrong;

/* Cuts at tabs, in place. */
static int cut(char *line, char **parts)
{
    int count = 0;

    for (char *at = line; at != NULL && count <= TYPES_MAX; count++) {
        parts[count] = at;
        at = strchr(at, '\t');
        if (at != NULL) {
            *at++ = '\0';
        }
    }
    return count;
}

/* What Varve says, in the file's form. */
static void ask(struct varve_session *session, const char *sql, char *answer, size_t room)
{
    struct varve_statement *statement = NULL;

    if (varve_prepare(session, sql, 0, &statement, NULL) == VARVE_OK &&
        varve_step(statement) == VARVE_ROW) {
        snprintf(answer, room, "%s",
                 varve_column_is_null(statement, 0) ? "\\N"
                                                    : varve_column_text(statement, 0, NULL));
    } else {
        snprintf(answer, room, "!%s %s", varve_last_error(session)->sqlstate,
                 varve_last_error(session)->message);
    }
    varve_finalize(statement);
}

static void check_value(struct varve_session *session, const char *source, char **types,
                        int type_count, char *line)
{
    char *parts[TYPES_MAX + 1];
    int count = cut(line, parts);

    CHECK(count == type_count + 1);
    for (int i = 0; i < type_count; i++) {
        char sql[2048], got[2048];

        snprintf(sql, sizeof sql, "SELECT CAST(CAST('%s' AS %s) AS %s)", parts[0], source,
                 types[i]);
        ask(session, sql, got, sizeof got);
        asked++;
        if (strcmp(got, parts[i + 1]) != 0) {
            wrong++;
            printf("%s\n  PostgreSQL: %s\n  Varve:      %s\n", sql, parts[i + 1], got);
        }
    }
}

int main(int argc, char **argv)
{
    static char line[LINE_BYTES], head[LINE_BYTES];
    char *types[TYPES_MAX + 1];
    char source[64] = "";
    struct varve *db = NULL;
    struct varve_session *session = NULL;
    int type_count = 0;
    FILE *file = argc == 2 ? fopen(argv[1], "r") : NULL;

    CHECK(file != NULL);
    CHECK_CODE(VARVE_OK, varve_open(":memory:", NULL, &db, NULL));
    CHECK_CODE(VARVE_OK, varve_connect(db, &session));
    CHECK_CODE(VARVE_OK, varve_exec(session, "SET timezone = 'Europe/Berlin'", 0));
    CHECK(fgets(head, sizeof head, file) != NULL);
    head[strcspn(head, "\n")] = '\0';
    type_count = cut(head, types);
    while (fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#') {
            snprintf(source, sizeof source, "%.60s", line + 2);
        } else {
            check_value(session, source, types, type_count, line);
        }
    }
    fclose(file);
    varve_disconnect(session);
    varve_close(db);
    printf("%u casts, %u wrong\n", asked, wrong);
    CHECK(asked > 15000 && wrong == 0);
    return 0;
}
