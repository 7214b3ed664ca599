/*
 * pipeline.c - usage: pipeline CONNINFO     libpq as a C program uses it: pipelines, parameters and results in text and in
 * binary, prepared statements, rows one at a time, COPY, cancelling, notices, errors. Prints what is wrong; 0: nothing.
 */
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int failures;

#define CHECK(what)                                                                        \
    do {                                                                                   \
        if (!(what)) {                                                                     \
            failures++;                                                                    \
            printf("FAILED line %d: %s\n%s", __LINE__, #what, PQerrorMessage(connection)); \
        }                                                                                  \
    } while (0)

static PGconn *connection;

static PGresult *expect(ExecStatusType wanted, PGresult *result, int line)
{
    if (PQresultStatus(result) != wanted) {
        failures++;
        printf("FAILED line %d: %s instead of %s: %s\n", line, PQresStatus(PQresultStatus(result)),
               PQresStatus(wanted), PQresultErrorMessage(result));
    }
    return result;
}
#define EXPECT(wanted, result) expect((wanted), (result), __LINE__)
#define DONE(wanted, result)   PQclear(EXPECT((wanted), (result)))

static bool has_code(const PGresult *result, const char *sqlstate)
{
    const char *field = PQresultErrorField(result, PG_DIAG_SQLSTATE);

    return field != NULL && strcmp(field, sqlstate) == 0;
}

/* The next result of the pipeline; a NULL stands behind each statement's. */
static PGresult *next(void)
{
    PGresult *result = PQgetResult(connection);

    CHECK(PQgetResult(connection) == NULL);
    return result;
}

static void pipelines(void)
{
    const char *values[2];
    char number[16];
    PGresult *result = NULL;

    DONE(PGRES_COMMAND_OK,
         PQexec(connection, "create table piped (id integer primary key, v text)"));
    CHECK(PQenterPipelineMode(connection) == 1);
    CHECK(PQsendPrepare(connection, "put", "insert into piped values ($1, $2)", 0, NULL) == 1);
    for (int i = 0; i < 1000; i++) {
        snprintf(number, sizeof number, "%d", i);
        values[0] = number;
        values[1] = "v";
        CHECK(PQsendQueryPrepared(connection, "put", 2, values, NULL, NULL, 0) == 1);
    }
    CHECK(PQpipelineSync(connection) == 1);
    DONE(PGRES_COMMAND_OK, next());
    for (int i = 0; i < 1000; i++) {
        result = EXPECT(PGRES_COMMAND_OK, next());
        CHECK(strcmp(PQcmdTuples(result), "1") == 0);
        PQclear(result);
    }
    DONE(PGRES_PIPELINE_SYNC, PQgetResult(connection));

    /* an error: what follows up to the next synchronisation is not run, what came before is undone */
    CHECK(PQsendQueryParams(connection, "insert into piped values (5000, 'gone')", 0, NULL, NULL,
                            NULL, NULL, 0) == 1);
    CHECK(PQsendQueryParams(connection, "insert into piped values (1, 'again')", 0, NULL, NULL,
                            NULL, NULL, 0) == 1);
    CHECK(PQsendQueryParams(connection, "insert into piped values (5001, 'never')", 0, NULL, NULL,
                            NULL, NULL, 0) == 1);
    CHECK(PQpipelineSync(connection) == 1);
    CHECK(PQsendQueryParams(connection, "select count(*) from piped", 0, NULL, NULL, NULL, NULL,
                            0) == 1);
    CHECK(PQpipelineSync(connection) == 1);
    DONE(PGRES_COMMAND_OK, next());
    result = EXPECT(PGRES_FATAL_ERROR, next());
    CHECK(has_code(result, "23505"));
    PQclear(result);
    DONE(PGRES_PIPELINE_ABORTED, next());
    DONE(PGRES_PIPELINE_SYNC, PQgetResult(connection));
    result = EXPECT(PGRES_TUPLES_OK, next());
    CHECK(strcmp(PQgetvalue(result, 0, 0), "1000") == 0);
    PQclear(result);
    DONE(PGRES_PIPELINE_SYNC, PQgetResult(connection));

    /* Flush: results before any synchronisation */
    CHECK(PQsendQueryParams(connection, "select 42", 0, NULL, NULL, NULL, NULL, 0) == 1);
    CHECK(PQsendFlushRequest(connection) == 1 && PQflush(connection) == 0);
    result = EXPECT(PGRES_TUPLES_OK, next());
    CHECK(strcmp(PQgetvalue(result, 0, 0), "42") == 0);
    PQclear(result);
    CHECK(PQpipelineSync(connection) == 1);
    DONE(PGRES_PIPELINE_SYNC, PQgetResult(connection));
    CHECK(PQexitPipelineMode(connection) == 1);
}

static void binary(void)
{
    uint32_t number = htonl(41);
    unsigned char bytes[] = {0, 0xff, 1};
    const char *values[] = {(const char *)&number, (const char *)bytes, NULL};
    int lengths[] = {sizeof number, sizeof bytes, 0};
    int formats[] = {1, 1, 0};
    Oid types[] = {23, 17, 25};
    PGresult *result =
        EXPECT(PGRES_TUPLES_OK,
               PQexecParams(connection, "select $1 + 1 as a, $2 as b, $3 as c, 1.5::float8 as d", 3,
                            types, values, lengths, formats, 1));

    CHECK(PQnfields(result) == 4 && PQftype(result, 0) == 23 && PQftype(result, 1) == 17 &&
          PQftype(result, 2) == 25 && PQfformat(result, 0) == 1 && PQfsize(result, 3) == 8 &&
          strcmp(PQfname(result, 1), "b") == 0);
    memcpy(&number, PQgetvalue(result, 0, 0), sizeof number);
    CHECK(ntohl(number) == 42);
    CHECK(PQgetlength(result, 0, 1) == 3 && memcmp(PQgetvalue(result, 0, 1), bytes, 3) == 0);
    CHECK(PQgetisnull(result, 0, 2) && !PQgetisnull(result, 0, 0));
    PQclear(result);
}

static void prepared(void)
{
    PGresult *result = NULL;
    const char *values[] = {"7"};

    DONE(PGRES_COMMAND_OK,
         PQprepare(connection, "get", "select v, id from piped where id = $1", 0, NULL));
    result = EXPECT(PGRES_COMMAND_OK, PQdescribePrepared(connection, "get"));
    CHECK(PQnparams(result) == 1 && PQparamtype(result, 0) == 23 && PQnfields(result) == 2 &&
          PQftype(result, 0) == 25 && PQftable(result, 1) != 0 && PQftablecol(result, 1) == 1);
    PQclear(result);
    result = EXPECT(PGRES_TUPLES_OK, PQexecPrepared(connection, "get", 1, values, NULL, NULL, 0));
    CHECK(PQntuples(result) == 1 && strcmp(PQgetvalue(result, 0, 1), "7") == 0);
    PQclear(result);
    values[0] = "seven";
    result = EXPECT(PGRES_FATAL_ERROR, PQexecPrepared(connection, "get", 1, values, NULL, NULL, 0));
    CHECK(has_code(result, "22P02"));
    PQclear(result);
    DONE(PGRES_COMMAND_OK, PQexec(connection, "deallocate get"));
    result = EXPECT(PGRES_FATAL_ERROR, PQexecPrepared(connection, "get", 1, values, NULL, NULL, 0));
    CHECK(has_code(result, "26000"));
    PQclear(result);
}

static void rows_one_at_a_time(void)
{
    int count = 0;
    PGresult *result = NULL;

    CHECK(PQsendQuery(connection, "select id from piped; select 1 / 0") == 1 &&
          PQsetSingleRowMode(connection) == 1);
    while ((result = PQgetResult(connection)) != NULL) {
        if (PQresultStatus(result) == PGRES_SINGLE_TUPLE) {
            count++;
        } else {
            CHECK(PQresultStatus(result) == PGRES_TUPLES_OK || has_code(result, "22012"));
        }
        PQclear(result);
    }
    CHECK(count == 1000);
}

static void copies(void)
{
    static const char line[] = "2000\tcopied\n";
    static const char bad[] = "x\ty\n";
    char *out = NULL;
    PGresult *result = NULL;

    DONE(PGRES_COPY_IN, PQexec(connection, "copy piped from stdin"));
    CHECK(PQputCopyData(connection, line, sizeof line - 1) == 1 &&
          PQputCopyEnd(connection, NULL) == 1);
    result = EXPECT(PGRES_COMMAND_OK, PQgetResult(connection));
    CHECK(strcmp(PQcmdStatus(result), "COPY 1") == 0);
    PQclear(result);
    CHECK(PQgetResult(connection) == NULL);
    DONE(PGRES_COPY_IN, PQexec(connection, "copy piped from stdin"));
    CHECK(PQputCopyEnd(connection, "enough of it") == 1);
    result = EXPECT(PGRES_FATAL_ERROR, PQgetResult(connection));
    CHECK(has_code(result, "57014") &&
          strstr(PQresultErrorMessage(result), "enough of it") != NULL);
    PQclear(result);
    CHECK(PQgetResult(connection) == NULL);
    DONE(PGRES_COPY_IN, PQexec(connection, "copy piped from stdin"));
    CHECK(PQputCopyData(connection, bad, sizeof bad - 1) == 1 &&
          PQputCopyEnd(connection, NULL) == 1);
    result = EXPECT(PGRES_FATAL_ERROR, PQgetResult(connection));
    CHECK(has_code(result, "22P02"));
    PQclear(result);
    CHECK(PQgetResult(connection) == NULL);
    DONE(PGRES_COPY_OUT,
         PQexec(connection, "copy (select * from piped where id >= 2000) to stdout"));
    CHECK(PQgetCopyData(connection, &out, 0) == (int)sizeof line - 1 &&
          memcmp(out, line, sizeof line - 1) == 0);
    PQfreemem(out);
    CHECK(PQgetCopyData(connection, &out, 0) == -1);
    DONE(PGRES_COMMAND_OK, PQgetResult(connection));
    CHECK(PQgetResult(connection) == NULL);
}

/* Two sessions at a row; the one that waits is cancelled. A request may come before its statement: ask until it is heard. */
static void cancels(const char *conninfo)
{
    PGconn *holder = PQconnectdb(conninfo);
    PGcancel *cancel = PQgetCancel(connection);
    PGresult *result = NULL;
    char error[256];

    DONE(PGRES_COMMAND_OK, PQexec(holder, "begin; update piped set v = 'held' where id = 1"));
    CHECK(PQsendQuery(connection, "update piped set v = 'late' where id = 1") == 1);
    for (int tries = 0; tries < 4800 && PQisBusy(connection) == 1; tries++) {
        usleep(50000);
        CHECK(PQcancel(cancel, error, sizeof error) == 1);
        CHECK(PQconsumeInput(connection) == 1);
    }
    result = PQgetResult(connection);
    CHECK(result != NULL && has_code(result, "57014"));
    PQclear(result);
    CHECK(PQgetResult(connection) == NULL);
    PQfreeCancel(cancel);
    PQfinish(holder);
}

static int notices;

static void hear(void *argument, const PGresult *result)
{
    notices += strcmp(PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED), "NOTICE") == 0 &&
               strstr(PQresultErrorMessage(result), "does not exist, skipping") != NULL;
}

static void fields(void)
{
    PGresult *result =
        EXPECT(PGRES_FATAL_ERROR, PQexec(connection, "insert into piped values (1, 'twice')"));

    CHECK(strcmp(PQresultErrorField(result, PG_DIAG_TABLE_NAME), "piped") == 0 &&
          strcmp(PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME), "piped_pkey") == 0 &&
          strcmp(PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL),
                 "Key (id)=(1) already exists.") == 0);
    PQclear(result);
    result = EXPECT(PGRES_FATAL_ERROR, PQexec(connection, "select broken from piped"));
    CHECK(strcmp(PQresultErrorField(result, PG_DIAG_STATEMENT_POSITION), "8") == 0);
    PQclear(result);
    (void)PQsetNoticeReceiver(connection, hear, NULL);
    DONE(PGRES_COMMAND_OK, PQexec(connection, "drop table if exists missing"));
    CHECK(notices == 1);
    DONE(PGRES_COMMAND_OK, PQexec(connection, "set application_name to 'a program'"));
    CHECK(strcmp(PQparameterStatus(connection, "application_name"), "a program") == 0);
    CHECK(PQserverVersion(connection) == 150000 && PQprotocolVersion(connection) == 3);
    DONE(PGRES_EMPTY_QUERY, PQexec(connection, ""));
    DONE(PGRES_COMMAND_OK, PQexec(connection, "begin"));
    CHECK(PQtransactionStatus(connection) == PQTRANS_INTRANS);
    DONE(PGRES_FATAL_ERROR, PQexec(connection, "select 1 / 0"));
    CHECK(PQtransactionStatus(connection) == PQTRANS_INERROR);
    DONE(PGRES_COMMAND_OK, PQexec(connection, "rollback"));
    CHECK(PQtransactionStatus(connection) == PQTRANS_IDLE);
}

int main(int argc, char **argv)
{
    connection = PQconnectdb(argc > 1 ? argv[1] : "");
    if (PQstatus(connection) != CONNECTION_OK) {
        printf("%s", PQerrorMessage(connection));
        return 1;
    }
    pipelines();
    binary();
    prepared();
    rows_one_at_a_time();
    copies();
    cancels(argv[1]);
    fields();
    PQreset(connection);
    CHECK(PQstatus(connection) == CONNECTION_OK);
    PQfinish(connection);
    return failures > 0;
}
