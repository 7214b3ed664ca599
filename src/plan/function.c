/* function.c - the tables of function.h, expanded from functions.def. */
#include "plan/function.h"

#include <string.h>

#include "base/assert.h"

/* The type tokens of functions.def. */
enum {
#define X(name, ...) TYPE_##name = VALUE_##name,
#include "value/types.def"
#undef X
    TYPE_NONE = FUNCTION_TYPE_NONE,
    TYPE_ANY = FUNCTION_TYPE_ANY,
    TYPE_ANYNONARRAY = FUNCTION_TYPE_ANYNONARRAY
};

static_assert(FUNCTION_COUNT <= UINT16_MAX, "expr.function has 16 bits");

/* No more arguments after two, three or one. */
#define REST_3 TYPE_NONE, TYPE_NONE, TYPE_NONE, TYPE_NONE
#define REST_2 TYPE_NONE, REST_3
#define REST_1 TYPE_NONE, REST_2

static_assert(FUNCTION_ARGUMENTS_MAX == 7, "REST_1 fills up to that");

#define OPERATOR_ENTRY(id, symbol, left, right, result, volatility_)                          \
    [FUNCTION_##                                                                              \
        id] = {.name = (symbol),                                                              \
               .class = FUNCTION_CLASS_OPERATOR,                                              \
               .argument_count = (int)TYPE_##left == (int)TYPE_NONE ? 1 : 2,                  \
               .argument_types = {(int)TYPE_##left == (int)TYPE_NONE ? (uint8_t)TYPE_##right  \
                                                                     : (uint8_t)TYPE_##left,  \
                                  (int)TYPE_##left == (int)TYPE_NONE ? (uint8_t)TYPE_NONE     \
                                                                     : (uint8_t)TYPE_##right, \
                                  REST_2},                                                    \
               .result_type = TYPE_##result,                                                  \
               .volatility = (volatility_),                                                   \
               .strict = true},
#define CAST_ENTRY(id, source, target, volatility_)                          \
    [FUNCTION_##id] = {.name = #target,                                      \
                       .class = FUNCTION_CLASS_CAST,                         \
                       .argument_count = 1,                                  \
                       .argument_types = {TYPE_##source, TYPE_NONE, REST_2}, \
                       .result_type = TYPE_##target,                         \
                       .volatility = (volatility_),                          \
                       .strict = true},

static const struct function_entry function_entries[FUNCTION_COUNT] = {
    [FUNCTION_NONE] = {.name = "", .class = FUNCTION_CLASS_NONE},
#define FUNCTION_OPERATOR(id, symbol, left, right, result) \
    OPERATOR_ENTRY(id, symbol, left, right, result, FUNCTION_IMMUTABLE)
#define FUNCTION_STABLE_OPERATOR(id, symbol, left, right, result) \
    OPERATOR_ENTRY(id, symbol, left, right, result, FUNCTION_STABLE)
#define FUNCTION_CALL(id, name_text, result, volatility_token, strict_flag, count, a, b, c) \
    [FUNCTION_##id] = {.name = (name_text),                                                 \
                       .class = FUNCTION_CLASS_CALL,                                        \
                       .argument_count = (count),                                           \
                       .argument_types = {TYPE_##a, TYPE_##b, TYPE_##c, REST_3},            \
                       .result_type = TYPE_##result,                                        \
                       .volatility = FUNCTION_##volatility_token,                           \
                       .strict = (strict_flag)},
#define FUNCTION_LONG(id, name_text, result, volatility_token, strict_flag, count, a, b, c, d, e, \
                      f, g)                                                                       \
    [FUNCTION_##id] = {                                                                           \
        .name = (name_text),                                                                      \
        .class = FUNCTION_CLASS_CALL,                                                             \
        .argument_count = (count),                                                                \
        .argument_types = {TYPE_##a, TYPE_##b, TYPE_##c, TYPE_##d, TYPE_##e, TYPE_##f, TYPE_##g}, \
        .result_type = TYPE_##result,                                                             \
        .volatility = FUNCTION_##volatility_token,                                                \
        .strict = (strict_flag)},
#define FUNCTION_VARIADIC(id, name_text, result, volatility_token, fixed, a) \
    [FUNCTION_##id] = {.name = (name_text),                                  \
                       .class = FUNCTION_CLASS_CALL,                         \
                       .argument_count = (fixed),                            \
                       .argument_types = {TYPE_##a, REST_1},                 \
                       .result_type = TYPE_##result,                         \
                       .volatility = FUNCTION_##volatility_token,            \
                       .strict = false,                                      \
                       .variadic = true},
#define FUNCTION_CAST(id, source, target)        CAST_ENTRY(id, source, target, FUNCTION_IMMUTABLE)
#define FUNCTION_STABLE_CAST(id, source, target) CAST_ENTRY(id, source, target, FUNCTION_STABLE)
#define FUNCTION_AGGREGATE(id, name_text, count, a, b, result)         \
    [FUNCTION_##id] = {.name = (name_text),                            \
                       .class = FUNCTION_CLASS_AGGREGATE,              \
                       .argument_count = (count),                      \
                       .argument_types = {TYPE_##a, TYPE_##b, REST_2}, \
                       .result_type = TYPE_##result,                   \
                       .volatility = FUNCTION_IMMUTABLE,               \
                       .strict = false},
#include "plan/functions.def"
};

const struct function_entry *function_entry(enum function_id id)
{
    VV_ASSERT(id < FUNCTION_COUNT);
    return &function_entries[id];
}

/* The first of the six comparisons of a type. */
static enum function_id comparison_first(enum value_type type)
{
    switch (type) {
    case VALUE_BOOLEAN:
        return FUNCTION_BOOLEAN_EQ;
    case VALUE_INTEGER:
        return FUNCTION_INTEGER_EQ;
    case VALUE_BIGINT:
        return FUNCTION_BIGINT_EQ;
    case VALUE_DOUBLE:
        return FUNCTION_DOUBLE_EQ;
    case VALUE_NUMERIC:
        return FUNCTION_NUMERIC_EQ;
    case VALUE_TEXT:
    case VALUE_VARCHAR:
        return FUNCTION_TEXT_EQ;
    case VALUE_SMALLINT:
        return FUNCTION_SMALLINT_EQ;
    case VALUE_REAL:
        return FUNCTION_REAL_EQ;
    case VALUE_BPCHAR:
        return FUNCTION_BPCHAR_EQ;
    case VALUE_UUID:
        return FUNCTION_UUID_EQ;
    case VALUE_DATE:
        return FUNCTION_DATE_EQ;
    case VALUE_TIME:
        return FUNCTION_TIME_EQ;
    case VALUE_TIMESTAMP:
        return FUNCTION_TIMESTAMP_EQ;
    case VALUE_TIMESTAMPTZ:
        return FUNCTION_TIMESTAMPTZ_EQ;
    case VALUE_INTERVAL:
        return FUNCTION_INTERVAL_EQ;
    case VALUE_BYTEA:
        return FUNCTION_BYTEA_EQ;
    case VALUE_OID:
    case VALUE_REGCLASS:
    case VALUE_REGTYPE:
    case VALUE_REGPROC:
    case VALUE_REGNAMESPACE:
    case VALUE_REGROLE:
        return FUNCTION_OID_EQ;
    case VALUE_NAME:
        return FUNCTION_NAME_EQ;
    case VALUE_LETTER:
        return FUNCTION_LETTER_EQ;
    default:
        return FUNCTION_NONE;
    }
}

enum function_id function_comparison_of(enum value_type type, enum function_comparison comparison)
{
    enum function_id first = comparison_first(type);

    if (first == FUNCTION_NONE || comparison == FUNCTION_COMPARISON_NONE) {
        return FUNCTION_NONE;
    }
    return (enum function_id)(first + (comparison - FUNCTION_COMPARISON_EQ));
}

enum function_comparison function_comparison(enum function_id id)
{
    const struct function_entry *entry = function_entry(id);
    enum function_id first = FUNCTION_NONE;

    if (entry->class != FUNCTION_CLASS_OPERATOR || entry->argument_count != 2) {
        return FUNCTION_COMPARISON_NONE;
    }
    if (entry->argument_types[0] < VALUE_TYPE_COUNT) {
        first = comparison_first((enum value_type)entry->argument_types[0]);
    }
    if (first == FUNCTION_NONE || id < first || id > first + 5) {
        return FUNCTION_COMPARISON_NONE;
    }
    return (enum function_comparison)(id - first + FUNCTION_COMPARISON_EQ);
}

bool function_reads_catalog(enum function_id id)
{
    return id >= FUNCTION_OID_EQ && id <= FUNCTION_HAS_SEQUENCE_PRIVILEGE_USER_OID &&
           function_entry(id)->volatility != FUNCTION_IMMUTABLE;
}

enum function_comparison function_comparison_commuted(enum function_comparison comparison)
{
    switch (comparison) {
    case FUNCTION_COMPARISON_LT:
        return FUNCTION_COMPARISON_GT;
    case FUNCTION_COMPARISON_LE:
        return FUNCTION_COMPARISON_GE;
    case FUNCTION_COMPARISON_GT:
        return FUNCTION_COMPARISON_LT;
    case FUNCTION_COMPARISON_GE:
        return FUNCTION_COMPARISON_LE;
    default:
        return comparison;
    }
}

enum function_comparison function_comparison_negated(enum function_comparison comparison)
{
    switch (comparison) {
    case FUNCTION_COMPARISON_EQ:
        return FUNCTION_COMPARISON_NE;
    case FUNCTION_COMPARISON_NE:
        return FUNCTION_COMPARISON_EQ;
    case FUNCTION_COMPARISON_LT:
        return FUNCTION_COMPARISON_GE;
    case FUNCTION_COMPARISON_LE:
        return FUNCTION_COMPARISON_GT;
    case FUNCTION_COMPARISON_GT:
        return FUNCTION_COMPARISON_LE;
    case FUNCTION_COMPARISON_GE:
        return FUNCTION_COMPARISON_LT;
    default:
        return FUNCTION_COMPARISON_NONE;
    }
}

enum function_id function_cast_of(enum value_type source, enum value_type target)
{
#define FUNCTION_CAST(id, from, to)                                                       \
    if (source == (enum value_type)TYPE_##from && target == (enum value_type)TYPE_##to) { \
        return FUNCTION_##id;                                                             \
    }
#include "plan/functions.def"
    return FUNCTION_NONE;
}
