/*
 * test_host.c - what the program around the library tells of itself: settings that SHOW and pg_settings show and SET
 * refuses; roles in the catalogs, and what is for superusers alone.
 */
#include "check.h"

static void one_role(void (*put)(void *argument, const struct varve_role *role), void *argument,
                     const char *name, uint32_t id, int superuser, int login)
{
    struct varve_role role = {
        .size = sizeof role, .name = name, .id = id, .superuser = superuser, .login = login};

    put(argument, &role);
}

static void list_roles(void *argument,
                       void (*put)(void *put_argument, const struct varve_role *role),
                       void *put_argument)
{
    one_role(put, put_argument, "owner", 10, 1, 1);
    one_role(put, put_argument, "ann", 20000, 0, 1);
    one_role(put, put_argument, "group", 20001, 0, 0);
    ++*(int *)argument;
}

static void settings_are_shown(void)
{
    struct fixture f = memory_open();
    struct varve_shown_setting setting = {.size = sizeof setting,
                                          .name = "my_timeout",
                                          .shown = "1min",
                                          .setting = "60",
                                          .unit = "s",
                                          .category = "Mine",
                                          .description = "How long.",
                                          .context = "sighup",
                                          .type = "integer",
                                          .least = "0",
                                          .greatest = "600"};
    char text[16];

    FAILS(f.session, "42704", "SHOW my_timeout");
    CHECK_CODE(VARVE_OK, varve_show_setting(f.db, &setting));
    CHECK_TEXT("1min", single(f.session, "SHOW MY_timeout"));
    CHECK_TEXT("1min", single(f.session, "SELECT current_setting('my_timeout')"));
    CHECK_TEXT("60|s|Mine|How long.|sighup|integer|0|600",
               single(f.session,
                      "SELECT concat_ws('|', setting, unit, category, short_desc, context, "
                      "vartype, min_val, max_val) FROM pg_settings WHERE name = 'my_timeout'"));
    CHECK_CODE(VARVE_OK, varve_setting(f.session, "my_timeout", text, sizeof text));
    CHECK_TEXT("1min", text);
    FAILS(f.session, "55P02", "SET my_timeout = 5");
    CHECK_TEXT("parameter \"my_timeout\" cannot be changed now",
               varve_last_error(f.session)->message);
    FAILS(f.session, "55P02", "RESET my_timeout");
    FAILS(f.session, "55P02", "SELECT set_config('my_timeout', '5', false)");
    setting.shown = "2min";
    setting.setting = NULL;
    setting.unit = NULL;
    setting.context = "postmaster";
    CHECK_CODE(VARVE_OK, varve_show_setting(f.db, &setting));
    CHECK_TEXT("2min|t", single(f.session, "SELECT concat_ws('|', setting, unit IS NULL) FROM "
                                           "pg_settings WHERE name = 'my_timeout'"));
    FAILS(f.session, "55P02", "SET my_timeout = 5");
    CHECK_TEXT("parameter \"my_timeout\" cannot be changed without restarting the server",
               varve_last_error(f.session)->message);
    setting.name = "my.other"; /* with a dot, but not the user's own */
    CHECK_CODE(VARVE_OK, varve_show_setting(f.db, &setting));
    FAILS(f.session, "55P02", "SET my.other = 5");
    setting.name = "";
    CHECK_CODE(VARVE_INVALID, varve_show_setting(f.db, &setting));
    setting.name = NULL;
    CHECK_CODE(VARVE_INVALID, varve_show_setting(f.db, &setting));
    CHECK_CODE(VARVE_MISUSE, varve_show_setting(NULL, &setting));
    CHECK_CODE(VARVE_MISUSE, varve_show_setting(f.db, NULL));
    for (int i = 0; i < 200; i++) { /* more than there was room for */
        snprintf(text, sizeof text, "s%d", i);
        setting.name = text;
        CHECK_CODE(VARVE_OK, varve_show_setting(f.db, &setting));
    }
    CHECK_TEXT("202",
               single(f.session, "SELECT count(*) FROM pg_settings WHERE category = 'Mine'"));
    memory_close(f);
}

static void roles_are_shown(void)
{
    struct fixture f = memory_open();
    struct varve_shown_setting setting = {.size = sizeof setting,
                                          .name = "secret",
                                          .shown = "here",
                                          .context = "postmaster",
                                          .superusers = 1};
    int calls = 0;

    CHECK_CODE(VARVE_OK, varve_show_setting(f.db, &setting));
    CHECK_TEXT("varve|10", single(f.session, "SELECT concat_ws('|', rolname, oid) FROM pg_roles"));
    CHECK_CODE(VARVE_OK, varve_set_role_list(f.session, list_roles, &calls));
    CHECK_CODE(VARVE_OK, varve_identify(f.session, "owner", "varve"));
    RUN(f.session, "CREATE TABLE t (a integer)");
    CHECK_TEXT("3", single(f.session, "SELECT count(*) FROM pg_roles"));
    CHECK_TEXT("2", single(f.session, "SELECT count(*) FROM pg_shadow WHERE passwd IS NULL"));
    CHECK_TEXT("group", single(f.session, "SELECT groname FROM pg_group"));
    CHECK_TEXT("here", single(f.session, "SHOW secret"));
    CHECK_CODE(VARVE_OK, varve_identify(f.session, "ann", "varve"));
    CHECK_TEXT("owner",
               single(f.session, "SELECT tableowner FROM pg_tables WHERE tablename = 't'"));
    CHECK_TEXT("owner|20000|ann|unknown (OID=5)",
               single(f.session, "SELECT concat_ws('|', pg_get_userbyid(10), 'ann'::regrole::oid, "
                                 "20000::regrole, pg_get_userbyid(5))"));
    CHECK_TEXT("t", single(f.session, "SELECT has_table_privilege('group', 't', 'SELECT')"));
    FAILS(f.session, "42704", "SELECT has_table_privilege('nobody', 't', 'SELECT')");
    CHECK_TEXT("f", single(f.session, "SELECT rolsuper FROM pg_roles WHERE rolname = 'ann'"));
    CHECK_TEXT("********", single(f.session, "SELECT passwd FROM pg_user WHERE usesysid = 20000"));
    FAILS(f.session, "42501", "SELECT * FROM pg_authid");
    FAILS(f.session, "42501", "SELECT * FROM pg_shadow");
    FAILS(f.session, "42501", "SHOW secret");
    FAILS(f.session, "42501", "SELECT current_setting('secret', true)");
    CHECK_TEXT("0", single(f.session, "SELECT count(*) FROM pg_settings WHERE name = 'secret'"));
    CHECK(calls > 0);
    CHECK_CODE(VARVE_OK, varve_set_role_list(f.session, NULL, NULL));
    CHECK_TEXT("ann", single(f.session, "SELECT rolname FROM pg_authid"));
    memory_close(f);
}

int main(void)
{
    settings_are_shown();
    roles_are_shown();
    if (failures > 0) {
        fprintf(stderr, "%d checks failed\n", failures);
    }
    return failures > 0;
}
