/* The table of functions says the same in all its views. */
#include "plan/function.h"

#include "test.h"
#include "value/cast.h"

/* Comparisons are found by type and back, turned round twice and negated twice are themselves. */
TEST(comparisons_come_in_sixes)
{
    static const enum value_type types[] = {
        VALUE_BOOLEAN, VALUE_INTEGER,   VALUE_BIGINT,      VALUE_DOUBLE,  VALUE_NUMERIC, VALUE_TEXT,
        VALUE_BYTEA,   VALUE_SMALLINT,  VALUE_REAL,        VALUE_BPCHAR,  VALUE_UUID,    VALUE_DATE,
        VALUE_TIME,    VALUE_TIMESTAMP, VALUE_TIMESTAMPTZ, VALUE_INTERVAL};
    static const char *const symbols[] = {"=", "<>", "<", "<=", ">", ">="};

    for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
        for (int i = 0; i < 6; i++) {
            enum function_comparison asked = (enum function_comparison)(FUNCTION_COMPARISON_EQ + i);
            enum function_id id = function_comparison_of(types[t], asked);

            TEST_TEXT(symbols[i], function_entry(id)->name);
            TEST_EQUAL(types[t], function_entry(id)->argument_types[1]);
            TEST_EQUAL(asked, function_comparison(id));
            TEST_EQUAL(asked, function_comparison_commuted(function_comparison_commuted(asked)));
            TEST_EQUAL(asked, function_comparison_negated(function_comparison_negated(asked)));
        }
    }
    TEST_EQUAL(FUNCTION_NONE, function_comparison_of(VALUE_UNKNOWN, FUNCTION_COMPARISON_EQ));
    TEST_EQUAL(FUNCTION_COMPARISON_NONE, function_comparison(FUNCTION_INTEGER_ADD));
}

static bool has_modifier(enum value_type type)
{
    return type == VALUE_NUMERIC || type == VALUE_VARCHAR || type == VALUE_BPCHAR ||
           type == VALUE_TIME || type == VALUE_TIMESTAMP || type == VALUE_TIMESTAMPTZ ||
           type == VALUE_INTERVAL;
}

/* Every cast that value/cast.h allows has a kernel, and no other. */
TEST(casts_agree_with_value)
{
    for (unsigned from = 0; from < VALUE_TYPE_COUNT; from++) {
        for (unsigned to = 0; to < VALUE_TYPE_COUNT; to++) {
            bool allowed = from != VALUE_UNKNOWN && to != VALUE_UNKNOWN &&
                           (from != to || has_modifier((enum value_type)to)) &&
                           cast_between((enum value_type)from, (enum value_type)to) != CAST_NONE;

            TEST_EQUAL(allowed, function_cast_of((enum value_type)from, (enum value_type)to) !=
                                    FUNCTION_NONE);
        }
    }
}

TEST(entries_are_complete)
{
    for (unsigned id = 1; id < FUNCTION_COUNT; id++) {
        const struct function_entry *entry = function_entry((enum function_id)id);

        TEST_TRUE(entry->name != NULL && entry->name[0] != 0);
        TEST_TRUE(entry->class != FUNCTION_CLASS_NONE);
        TEST_TRUE(entry->result_type < VALUE_TYPE_COUNT);
        for (uint32_t i = 0; i < FUNCTION_ARGUMENTS_MAX; i++) {
            TEST_EQUAL(i >= entry->argument_count, entry->argument_types[i] == FUNCTION_TYPE_NONE);
        }
    }
}
