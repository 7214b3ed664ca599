/* Settings: D1 transactions and savepoints undo changes; D2 refused values change nothing. */
#include "test.h"

#include "base/rng.h"
#include "db/settings.h"

static struct alloc alloc;

static void settings_open(struct settings *settings)
{
    alloc_init(&alloc, 0);
    settings_init(settings, &alloc);
}

static void settings_close(struct settings *settings)
{
    settings_release(settings);
    alloc_release(&alloc);
}

static void set(struct settings *settings, const char *name, const char *value, bool local)
{
    TEST_OK(settings_set(settings, name, value, local, true, NULL));
}

static void shows(struct settings *settings, const char *name, const char *wanted)
{
    char text[SETTING_TEXT_BYTES];

    settings_show(settings, settings_find(settings, name), text);
    TEST_TEXT(wanted, text);
}

TEST(rollback_gives_back_what_was_at_begin)
{
    struct settings settings;

    settings_open(&settings);
    set(&settings, "lock_timeout", "5s", false);
    settings_commit(&settings);
    set(&settings, "lock_timeout", "7", false);
    set(&settings, "lock_timeout", "1min", true);
    set(&settings, "APPLICATION_NAME", "x", false);
    settings_rollback_to(&settings, 0); /* D1 */
    shows(&settings, "lock_timeout", "5s");
    shows(&settings, "application_name", "");
    settings_close(&settings);
}

TEST(commit_ends_only_what_was_local)
{
    struct settings settings;

    settings_open(&settings);
    set(&settings, "lock_timeout", "7", false);
    set(&settings, "lock_timeout", "90s", true);
    set(&settings, "statement_timeout", "2h", true);
    shows(&settings, "lock_timeout", "90s");
    shows(&settings, "statement_timeout", "2h");
    settings_commit(&settings); /* D1 */
    shows(&settings, "lock_timeout", "7ms");
    shows(&settings, "statement_timeout", "0");
    settings_close(&settings);
}

/* A stack of savepoints with random changes against a stack of copies. */
TEST(savepoints_like_copies)
{
    static const char *const names[] = {"lock_timeout", "statement_timeout", "work_mem"};
    struct settings settings;
    struct rng rng;
    struct setting_value copies[8][SETTING_COUNT];
    uint32_t marks[8];
    unsigned depth = 0;

    settings_open(&settings);
    rng_init(&rng, test_seed(3));
    for (int step = 0; step < 5000; step++) {
        char value[32];

        if (rng_chance(&rng, 1, 4) && depth < 8) {
            marks[depth] = settings.change_count;
            memcpy(copies[depth++], settings.now, sizeof settings.now);
        } else if (rng_chance(&rng, 1, 4) && depth > 0) {
            depth = (unsigned)rng_below(&rng, depth);
            settings_rollback_to(&settings, marks[depth]);
            TEST_BYTES(copies[depth], settings.now, sizeof settings.now);
        } else {
            snprintf(value, sizeof value, "%u", 64 + (unsigned)rng_below(&rng, 1000));
            set(&settings, names[rng_below(&rng, 3)], value, rng_chance(&rng, 1, 2));
        }
    }
    settings_close(&settings);
}

TEST(refused_values_change_nothing)
{
    static const struct {
        const char *name;
        const char *value;
        const char *sqlstate;
        const char *message;
    } cases[] = {
        {"nonsense", "1", "42704", "unrecognized configuration parameter \"nonsense\""},
        {"server_version", "16", "55P02", "parameter \"server_version\" cannot be changed"},
        {"default_transaction_read_only", "maybe", "22023",
         "parameter \"default_transaction_read_only\" requires a Boolean value"},
        {"lock_timeout", "soon", "22023", "invalid value for parameter \"lock_timeout\": \"soon\""},
        {"lock_timeout", "-1", "22023",
         "-1 ms is outside the valid range for parameter \"lock_timeout\" (0 .. 2147483647)"},
        {"lock_timeout", "5 parsecs", "22023",
         "invalid value for parameter \"lock_timeout\": \"5 parsecs\""},
        {"synchronous_commit", "perhaps", "22023",
         "invalid value for parameter \"synchronous_commit\": \"perhaps\""},
    };
    struct settings settings;
    struct setting_value before[SETTING_COUNT];

    settings_open(&settings);
    memcpy(before, settings.now, sizeof before);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vv_error error;

        TEST_STATUS(VV_ERROR,
                    settings_set(&settings, cases[i].name, cases[i].value, false, true, &error));
        TEST_TEXT(cases[i].sqlstate, error.sqlstate);
        TEST_TEXT(cases[i].message, error.message);
        TEST_BYTES(before, settings.now, sizeof before); /* D2 */
        TEST_EQUAL(0, settings.change_count);
    }
    settings_close(&settings);
}
