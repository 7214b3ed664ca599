/* A user's program, built by install.py against an installed Varve: it prints 42, asked for in SQL. */
#include <varve/varve.h>

#include <inttypes.h>
#include <stdio.h>

int main(void)
{
    struct varve *db = NULL;
    struct varve_session *session = NULL;
    struct varve_statement *statement = NULL;
    int failed = varve_open(":memory:", NULL, &db, NULL) != VARVE_OK ||
                 varve_connect(db, &session) != VARVE_OK ||
                 varve_prepare(session, "SELECT 6 * 7", 0, &statement, NULL) != VARVE_OK ||
                 varve_step(statement) != VARVE_ROW;

    if (!failed) {
        printf("%" PRId64 "\n", varve_column_int64(statement, 0));
    }
    varve_finalize(statement);
    varve_disconnect(session);
    return failed || varve_close(db) != VARVE_OK;
}
