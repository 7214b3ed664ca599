/*
 * test_catalogs.c - the system catalogs from outside, where they cannot be compared with a PostgreSQL: what is refused,
 * settings, sessions and locks, OIDs over a restart, names of OIDs after the statement, definitions that are read back.
 */
#include "check.h"

#include <unistd.h>

static void test_writes_are_refused(void)
{
    struct fixture f = memory_open();

    FAILS(f.session, "42501", "INSERT INTO pg_class (relname) VALUES ('x')");
    FAILS(f.session, "42501", "UPDATE pg_catalog.pg_class SET relname = 'x'");
    FAILS(f.session, "42501", "DELETE FROM pg_type");
    CHECK_TEXT("permission denied for table pg_type", varve_last_error(f.session)->message);
    FAILS(f.session, "42501", "DELETE FROM information_schema.tables");
    FAILS(f.session, "42501", "SELECT relname FROM pg_class FOR UPDATE");
    memory_close(f);
}

static void test_settings(void)
{
    struct fixture f = memory_open();

    RUN(f.session, "SET lock_timeout = '5s'");
    CHECK_TEXT(
        "5000 session",
        single(f.session,
               "SELECT setting || ' ' || source FROM pg_settings WHERE name = 'lock_timeout'"));
    RUN(f.session, "RESET lock_timeout");
    CHECK_TEXT(
        "0 default",
        single(f.session,
               "SELECT setting || ' ' || source FROM pg_settings WHERE name = 'lock_timeout'"));
    memory_close(f);
}

static void test_sessions_and_locks(void)
{
    struct fixture f = memory_open();
    struct varve_session *other = NULL;

    CHECK_CODE(VARVE_OK, varve_connect(f.db, &other));
    CHECK_CODE(VARVE_OK, varve_identify(other, "somebody", "place"));
    CHECK_CODE(VARVE_OK, varve_set_process(other, 4711));
    CHECK_TEXT("4711", single(other, "SELECT pg_backend_pid()"));
    CHECK_TEXT("2", single(f.session, "SELECT count(*) FROM pg_stat_activity"));
    CHECK_TEXT("somebody",
               single(f.session, "SELECT usename FROM pg_stat_activity WHERE pid = 4711"));
    CHECK_TEXT("idle", single(f.session, "SELECT state FROM pg_stat_activity WHERE pid = 4711"));
    CHECK_TEXT("active", single(f.session,
                                "SELECT state FROM pg_stat_activity WHERE pid = pg_backend_pid()"));

    RUN(f.session, "CREATE TABLE t (a int PRIMARY KEY)");
    CHECK_TEXT("0", single(f.session, "SELECT count(*) FROM pg_locks WHERE pid = 4711"));
    RUN(other, "BEGIN; INSERT INTO t VALUES (1)");
    CHECK_TEXT("RowExclusiveLock",
               single(f.session,
                      "SELECT mode FROM pg_locks WHERE pid = 4711 AND relation = 't'::regclass"));
    CHECK_TEXT("t", single(f.session, "SELECT relation::regclass FROM pg_locks WHERE pid = 4711"));
    RUN(other, "COMMIT");
    CHECK_TEXT("0", single(f.session, "SELECT count(*) FROM pg_locks WHERE pid = 4711"));

    RUN(other, "PREPARE q (int, text) AS SELECT $1, $2");
    CHECK_TEXT("{integer,text}",
               single(other, "SELECT parameter_types FROM pg_prepared_statements"));
    CHECK_TEXT("0", single(f.session, "SELECT count(*) FROM pg_prepared_statements"));
    varve_disconnect(other);
    CHECK_TEXT("1", single(f.session, "SELECT count(*) FROM pg_stat_activity"));
    memory_close(f);
}

#define CHECK_OF_B                                                                             \
    "SELECT oid::text || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = " \
    "'t_b_check'"

/* S1: users' OIDs outlive restarts. */
static void test_oids_outlive_restarts(void)
{
    char path[] = "/tmp/varve-catalogs-XXXXXX";
    char command[64];
    char before[4096];
    struct fixture f = {0};

    CHECK(mkdtemp(path) != NULL);
    CHECK_CODE(VARVE_OK, varve_open(path, NULL, &f.db, NULL));
    CHECK_CODE(VARVE_OK, varve_connect(f.db, &f.session));
    RUN(f.session, "CREATE TABLE t (a serial PRIMARY KEY, b int DEFAULT 3 CHECK (b > 0))");
    snprintf(before, sizeof before, "%s", single(f.session, CHECK_OF_B));
    CHECK_TEXT("t", single(f.session, "SELECT 't'::regclass::oid >= 16384"));
    memory_close(f);
    CHECK_CODE(VARVE_OK, varve_open(path, NULL, &f.db, NULL));
    CHECK_CODE(VARVE_OK, varve_connect(f.db, &f.session));
    CHECK_TEXT(before, single(f.session, CHECK_OF_B));
    CHECK_TEXT("t_a_seq",
               single(f.session, "SELECT pg_get_serial_sequence('t', 'a')::regclass::text"));
    memory_close(f);
    snprintf(command, sizeof command, "rm -rf %s", path);
    CHECK(system(command) == 0);
}

/* A name is printed when the statement, and its transaction, are over. */
static void test_names_after_the_statement(void)
{
    struct fixture f = memory_open();
    struct varve_statement *statement = NULL;

    RUN(f.session, "CREATE TABLE \"Odd one\" (a int); CREATE TABLE plain (a int)");
    CHECK_TEXT(
        "\"Odd one\"",
        single(f.session, "SELECT max(oid)::regclass FROM pg_class WHERE relname = 'Odd one'"));
    statement = prepare(f.session, "SELECT 'plain'::regclass");
    CHECK(varve_column_type(statement, 0) == VARVE_TYPE_REGCLASS);
    CHECK_CODE(VARVE_ROW, varve_step(statement));
    CHECK_TEXT("plain", varve_column_text(statement, 0, NULL));
    CHECK(varve_column_int64(statement, 0) >= 16384);
    CHECK_CODE(VARVE_DONE, varve_step(statement));
    RUN(f.session, "ALTER TABLE plain RENAME TO other");
    CHECK_CODE(VARVE_ROW, varve_step(statement));
    CHECK_TEXT("other", varve_column_text(statement, 0, NULL));
    varve_finalize(statement);
    FAILS(f.session, "42P01", "SELECT 'plain'::regclass");
    memory_close(f);
}

/* What pg_get_indexdef() and pg_get_constraintdef() say makes the same again. */
static void test_definitions_read_back(void)
{
    struct fixture f = memory_open();
    char text[4096];
    char sql[8192];
    static const char *const checks[] = {"first", "second", "third"};

    RUN(f.session,
        "CREATE TABLE t (a int, \"B b\" text, c numeric(5,2), CONSTRAINT first CHECK (a > 0 AND "
        "\"B b\" LIKE 'x%'), CONSTRAINT second CHECK (c <> 2.5 OR a IS NULL), CONSTRAINT "
        "third "
        "CHECK (CASE WHEN a = 1 THEN c < 3 ELSE NOT (c BETWEEN 4 AND 5) END), UNIQUE (\"B b\", "
        "a))");
    RUN(f.session, "CREATE INDEX \"i 1\" ON t (\"B b\" DESC, a NULLS FIRST)");
    snprintf(text, sizeof text, "%s",
             single(f.session, "SELECT pg_get_indexdef('\"i 1\"'::regclass)"));
    RUN(f.session, "DROP INDEX \"i 1\"");
    RUN(f.session, text);
    CHECK_TEXT(text, single(f.session, "SELECT pg_get_indexdef('\"i 1\"'::regclass)"));
    for (int i = 0; i < 6; i++) { /* the second three are pretty */
        const char *pretty = i < 3 ? "false" : "true";

        snprintf(sql, sizeof sql,
                 "SELECT pg_get_constraintdef(oid, %s) FROM pg_constraint WHERE conname = '%s' AND "
                 "conrelid = 't'::regclass",
                 pretty, checks[i % 3]);
        snprintf(text, sizeof text, "%s", single(f.session, sql));
        snprintf(sql, sizeof sql,
                 "CREATE TABLE copy%d (a int, \"B b\" text, c numeric(5,2), CONSTRAINT k %s)", i,
                 text);
        RUN(f.session, sql);
        snprintf(sql, sizeof sql,
                 "SELECT pg_get_constraintdef(oid, %s) FROM pg_constraint WHERE conrelid = "
                 "'copy%d'::regclass",
                 pretty, i);
        CHECK_TEXT(text, single(f.session, sql));
    }
    memory_close(f);
}

/* Every relation can be read, whole. */
static void test_every_relation_reads(void)
{
    struct fixture f = memory_open();
    struct varve_statement *list = NULL;
    struct varve_map *map = NULL;
    unsigned count = 0;

    RUN(f.session,
        "CREATE TABLE t (a serial PRIMARY KEY, b text DEFAULT 'x', c int CHECK (c > 0))");
    RUN(f.session,
        "CREATE TABLE u (a int GENERATED ALWAYS AS IDENTITY, b int GENERATED ALWAYS AS (1 "
        "+ 2) STORED)");
    CHECK_CODE(VARVE_OK, varve_map_open(f.session, "bytes", VARVE_MAP_CREATE, &map));
    list = prepare(f.session, "SELECT relnamespace::regnamespace::text || '.' || relname FROM "
                              "pg_class WHERE oid < 16384 ORDER BY relname");
    while (varve_step(list) == VARVE_ROW) {
        struct varve_statement *read = NULL;
        char sql[4200];
        int code = VARVE_OK;

        snprintf(sql, sizeof sql, "SELECT * FROM %s", varve_column_text(list, 0, NULL));
        read = prepare(f.session, sql);
        while ((code = varve_step(read)) == VARVE_ROW) {
            for (int i = 0; i < varve_column_count(read); i++) {
                CHECK(varve_column_is_null(read, i) || varve_column_text(read, i, NULL) != NULL);
            }
        }
        CHECK_CODE(VARVE_DONE, code);
        varve_finalize(read);
        count++;
    }
    CHECK(count == 208);
    CHECK_TEXT("f", single(f.session, "SELECT relkind FROM pg_class WHERE relname = 'bytes'"));
    varve_finalize(list);
    memory_close(f);
}

int main(void)
{
    test_writes_are_refused();
    test_settings();
    test_sessions_and_locks();
    test_oids_outlive_restarts();
    test_names_after_the_statement();
    test_definitions_read_back();
    test_every_relation_reads();
    return failures == 0 ? 0 : 1;
}
