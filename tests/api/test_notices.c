/* test_notices.c - what statements tell without failing; texts and SQLSTATEs are PostgreSQL 15's. */
#include "check.h"

/* "SEVERITY SQLSTATE message|detail" of every notice, a line each. */
static char told[8192];

static void add(const char *severity, const struct varve_error *notice)
{
    size_t size = strlen(told);

    snprintf(told + size, sizeof told - size, "%s %s %s%s%s\n", severity, notice->sqlstate,
             notice->message, notice->detail[0] == '\0' ? "" : "|", notice->detail);
}

static void listen(void *argument, const char *severity, const struct varve_error *text)
{
    (void)argument;
    add(severity, text);
}

static const char *taken(struct varve_session *session)
{
    struct varve_error notice;
    const char *severity = NULL;

    told[0] = '\0';
    while (varve_next_notice(session, &severity, &notice) == VARVE_ROW) {
        add(severity, &notice);
    }
    return told;
}

static const char setup[] =
    "CREATE TABLE t (a integer PRIMARY KEY, b integer,"
    " g integer GENERATED ALWAYS AS (b * 2) STORED, h integer GENERATED ALWAYS AS (b * 3) STORED)";
static const char many[] =
    "CREATE TABLE IF NOT EXISTS t (a integer); CREATE INDEX IF NOT EXISTS t_pkey ON t (b);"
    "DROP TABLE IF EXISTS x, y, z; DROP TABLE IF EXISTS nowhere.x;"
    "ALTER TABLE IF EXISTS nope ADD COLUMN z integer; ALTER TABLE t ADD COLUMN IF NOT EXISTS b "
    "integer;"
    "ALTER TABLE t DROP COLUMN IF EXISTS q, DROP CONSTRAINT IF EXISTS r;"
    "ALTER TABLE t DROP COLUMN b CASCADE";
static const char many_told[] =
    "NOTICE 42P07 relation \"t\" already exists, skipping\n"
    "NOTICE 42P07 relation \"t_pkey\" already exists, skipping\n"
    "NOTICE 00000 table \"x\" does not exist, skipping\n"
    "NOTICE 00000 table \"y\" does not exist, skipping\n"
    "NOTICE 00000 table \"z\" does not exist, skipping\n"
    "NOTICE 00000 schema \"nowhere\" does not exist, skipping\n"
    "NOTICE 00000 relation \"nope\" does not exist, skipping\n"
    "NOTICE 42701 column \"b\" of relation \"t\" already exists, skipping\n"
    "NOTICE 00000 column \"q\" of relation \"t\" does not exist, skipping\n"
    "NOTICE 00000 constraint \"r\" of relation \"t\" does not exist, skipping\n"
    "NOTICE 00000 drop cascades to 2 other objects|"
    "drop cascades to column g of table t\ndrop cascades to column h of table t\n";

static void all_are_kept(void)
{
    struct fixture f = memory_open();

    RUN(f.session, setup);
    RUN(f.session, many);
    CHECK_TEXT(many_told, taken(f.session));
    CHECK_TEXT("", taken(f.session));
    memory_close(f);
}

static void all_are_told(void)
{
    struct fixture f = memory_open();

    RUN(f.session, setup);
    CHECK_CODE(VARVE_OK, varve_set_notice(f.session, listen, NULL));
    told[0] = '\0';
    RUN(f.session, many);
    CHECK_TEXT(many_told, told);
    CHECK_TEXT("", taken(f.session)); /* a listener has heard them: none is kept */
    memory_close(f);
}

static void the_list_is_bounded(void)
{
    struct fixture f = memory_open();

    for (int i = 0; i < 100; i++) {
        RUN(f.session, "COMMIT");
    }
    for (int i = 0; i < 32; i++) {
        struct varve_error notice;

        CHECK_CODE(VARVE_ROW, varve_next_notice(f.session, NULL, &notice));
        CHECK_TEXT("25P01", notice.sqlstate);
    }
    CHECK_TEXT("NOTICE 00000 68 more notices were left out\n", taken(f.session));
    RUN(f.session, "COMMIT");
    CHECK_TEXT("WARNING 25P01 there is no transaction in progress\n", taken(f.session));
    RUN(f.session, "COMMIT; COMMIT"); /* not taken: freed with the session */
    memory_close(f);
}

static void settings_choose(void)
{
    struct fixture f = memory_open();

    RUN(f.session, "SET client_min_messages = warning");
    RUN(f.session, "DROP TABLE IF EXISTS x");
    CHECK_TEXT("", taken(f.session));
    RUN(f.session, "COMMIT");
    CHECK_TEXT("WARNING 25P01 there is no transaction in progress\n", taken(f.session));
    RUN(f.session, "SET client_min_messages = error");
    RUN(f.session, "COMMIT");
    CHECK_TEXT("", taken(f.session));
    FAILS(f.session, "42P01", "DROP TABLE x");
    memory_close(f);
}

int main(void)
{
    all_are_kept();
    all_are_told();
    the_list_is_bounded();
    settings_choose();
    if (failures > 0) {
        fprintf(stderr, "%d checks failed\n", failures);
    }
    return failures > 0;
}
