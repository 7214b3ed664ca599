/* test_aggregate.c - accumulators: PostgreSQL's results, groups, merging. */
#include "test.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "eval/aggregate.h"
#include "value/text.h"

#define ROWS 64

struct fixture {
    struct alloc alloc;
    struct arena arena;
    struct rng rng;
};

static void begin(struct fixture *f, uint64_t seed)
{
    alloc_init(&f->alloc, 0);
    arena_init(&f->arena, &f->alloc, ALLOC_STATEMENT, 1 << 14);
    rng_init(&f->rng, seed);
}

static void end(struct fixture *f)
{
    arena_release(&f->arena);
    alloc_release(&f->alloc);
}

static const char *result_text(struct fixture *f, enum function_id function,
                               const uint8_t *accumulator)
{
    struct value value;
    struct vv_error error;
    vv_slice text;

    if (aggregate_result(function, accumulator, &value, &error) != VV_OK) {
        return arena_format(&f->arena, "!%s %s", error.sqlstate, error.message);
    }
    TEST_EQUAL(function_entry(function)->result_type, value.type);
    if (value.null) {
        return "<null>";
    }
    TEST_OK(text_of(&value, &f->arena, &text));
    return arena_text(&f->arena, (const char *)text.data, text.size);
}

/* A2: the values of a comma-separated list ("-" is NULL) give PostgreSQL's text. */
static void expect(struct fixture *f, enum function_id function, const char *list,
                   const char *wanted)
{
    enum value_type type = function == FUNCTION_COUNT_ANY
                               ? VALUE_TEXT
                               : (enum value_type)function_entry(function)->argument_types[0];
    uint64_t accumulator[AGGREGATE_BYTES_MAX / 8];
    struct value_vector vector;
    struct vv_error error;
    unsigned count = 0;

    TEST_TRUE(vector_init_sized(&vector, type, ROWS, &f->arena));
    for (const char *at = list; *at != 0;) {
        size_t size = strcspn(at, ",");
        struct value value = value_null(type);

        if (size != 1 || *at != '-') {
            TEST_OK(text_parse(type, slice_make(at, size), &f->arena, &value, &error));
        }
        vector_set(&vector, count++, &value);
        at += size + (at[size] == ',');
    }
    TEST_TRUE(aggregate_bytes(function) <= AGGREGATE_BYTES_MAX &&
              aggregate_bytes(function) % 8 == 0);
    aggregate_begin(function, (uint8_t *)accumulator);
    TEST_OK(aggregate_update(function, (uint8_t *)accumulator, &vector, NULL, count, &f->arena,
                             &error));
    TEST_TEXT(wanted, result_text(f, function, (uint8_t *)accumulator));
}

/* A2: types and scales. */
TEST(results_are_postgresqls)
{
    struct fixture f;

    (void)state;
    begin(&f, 1);
    expect(&f, FUNCTION_COUNT_ANY, "", "0");
    expect(&f, FUNCTION_SUM_INTEGER, "", "<null>");
    expect(&f, FUNCTION_SUM_INTEGER, "-,-", "<null>");
    expect(&f, FUNCTION_SUM_INTEGER, "2147483647,2147483647,-", "4294967294");
    expect(&f, FUNCTION_SUM_BIGINT, "9223372036854775807,9223372036854775807",
           "18446744073709551614");
    expect(&f, FUNCTION_SUM_DOUBLE, "0.1,0.2", "0.30000000000000004");
    expect(&f, FUNCTION_SUM_NUMERIC, "0.1,0.25,-", "0.35");
    expect(&f, FUNCTION_AVG_INTEGER, "2,3", "2.5000000000000000");
    expect(&f, FUNCTION_AVG_INTEGER, "1,1,2", "1.3333333333333333");
    expect(&f, FUNCTION_AVG_INTEGER, "-1,0,0", "-0.33333333333333333333");
    expect(&f, FUNCTION_AVG_BIGINT, "100000,100001", "100000.500000000000");
    expect(&f, FUNCTION_AVG_DOUBLE, "1,2", "1.5");
    expect(&f, FUNCTION_AVG_NUMERIC, "1.10,2.20", "1.6500000000000000");
    expect(&f, FUNCTION_MIN_INTEGER, "3,-,-5,7", "-5");
    expect(&f, FUNCTION_MAX_BIGINT, "3,-,-5,7", "7");
    expect(&f, FUNCTION_MIN_DOUBLE, "NaN,2", "2");
    expect(&f, FUNCTION_MAX_DOUBLE, "NaN,2", "NaN");
    expect(&f, FUNCTION_MAX_NUMERIC, "1.0,1.00,-", "1.00");
    expect(&f, FUNCTION_MIN_TEXT, "b,abc,a,ab", "a");
    expect(&f, FUNCTION_MAX_TEXT, "b,a text longer than twelve bytes,bb,ab", "bb");
    expect(&f, FUNCTION_BOOL_AND, "t,-,f", "f");
    expect(&f, FUNCTION_BOOL_OR, "f,-,t", "t");
    expect(&f, FUNCTION_EVERY, "t,-,t", "t");
    expect(&f, FUNCTION_VAR_SAMP_INTEGER, "5,7,-,12", "13.0000000000000000");
    expect(&f, FUNCTION_STDDEV_POP_NUMERIC, "1.50,2.25", "0.37500000000000000000");
    expect(&f, FUNCTION_VAR_POP_DOUBLE, "1,2,4", "1.5555555555555556");
    expect(&f, FUNCTION_BIT_XOR_BIGINT, "5,-,3", "6");
    end(&f);
}

static struct value random_datum(struct fixture *f, enum value_type type)
{
    int64_t x = (int64_t)rng_below(&f->rng, 2000) - 1000;

    if (rng_chance(&f->rng, 1, 6)) {
        return value_null(type);
    }
    switch (type) {
    case VALUE_BOOLEAN:
        return value_boolean(x > 0);
    case VALUE_SMALLINT:
        return (struct value){.type = VALUE_SMALLINT, .integer = x};
    case VALUE_REAL:
        return (struct value){.type = VALUE_REAL, .real = (double)x};
    case VALUE_INTEGER:
        return value_integer((int32_t)x * 1000000);
    case VALUE_BIGINT:
        return value_bigint(x * INT64_C(9000000000000000));
    case VALUE_DOUBLE:
        return value_double((double)x); /* sums are exact: any order gives the same */
    case VALUE_NUMERIC:
        return value_numeric(numeric_make(x, (unsigned)rng_below(&f->rng, 4)));
    default:
        return value_text(arena_format(&f->arena, "%0*d", 1 + (int)rng_below(&f->rng, 20), (int)x));
    }
}

/* The same text, or doubles that differ in their last digits only (A1). */
static void expect_same(enum function_id function, const char *a, const char *b)
{
    double x = strtod(a, NULL), y = strtod(b, NULL);

    if (function_entry(function)->result_type == VALUE_DOUBLE && fabs(x - y) <= 1e-9 * fabs(x)) {
        return;
    }
    TEST_TEXT(a, b);
}

/* What an aggregate takes; any type: texts. */
static enum value_type argument_type(enum function_id function)
{
    uint8_t type = function_entry(function)->argument_types[0];

    return type == FUNCTION_TYPE_ANY ? VALUE_TEXT : (enum value_type)type;
}

/* Pairs of values, or what depends on their order: three stretches merged in order give what one gives. */
static void pairs_agree(struct fixture *f, enum function_id function)
{
    enum value_type type = argument_type(function);
    uint64_t whole[AGGREGATE_BYTES_MAX / 8], parts[3][AGGREGATE_BYTES_MAX / 8];
    struct vv_error error;

    aggregate_begin(function, (uint8_t *)whole);
    for (unsigned part = 0; part < 3; part++) {
        aggregate_begin(function, (uint8_t *)parts[part]);
        for (uint64_t rows = rng_below(&f->rng, 20); rows > 0; rows--) {
            struct value pair[2] = {random_datum(f, type), random_datum(f, type)};

            TEST_OK(aggregate_take(function, (uint8_t *)whole, pair, &f->arena, &error));
            TEST_OK(aggregate_take(function, (uint8_t *)parts[part], pair, &f->arena, &error));
        }
    }
    for (unsigned part = 1; part < 3; part++) {
        TEST_OK(aggregate_merge(function, (uint8_t *)parts[0], (uint8_t *)parts[part], &f->arena,
                                &error));
    }
    expect_same(function, result_text(f, function, (uint8_t *)whole),
                result_text(f, function, (uint8_t *)parts[0]));
}

/* Rows through one group, through groups that are merged, and through a selection give the same. */
static void split_agrees(struct fixture *f, enum function_id function)
{
    enum value_type type =
        function == FUNCTION_COUNT_STAR ? VALUE_INTEGER : argument_type(function);
    uint64_t whole[AGGREGATE_BYTES_MAX / 8], parts[3][1 + AGGREGATE_BYTES_MAX / 8];
    uint8_t *groups[ROWS];
    uint16_t selection[ROWS];
    struct value_vector vector;
    const struct value_vector *argument = function == FUNCTION_COUNT_STAR ? NULL : &vector;
    struct vv_error error;
    uint32_t selected = 0;

    TEST_TRUE(vector_init_sized(&vector, type, ROWS, &f->arena));
    for (unsigned r = 0; r < ROWS; r++) {
        struct value value = random_datum(f, type);

        vector_set(&vector, r, &value);
        groups[r] = (uint8_t *)parts[rng_below(&f->rng, 3)];
        if (rng_chance(&f->rng, 3, 4)) {
            selection[selected++] = (uint16_t)r;
        }
    }
    aggregate_begin(function, (uint8_t *)whole);
    TEST_OK(aggregate_update(function, (uint8_t *)whole, argument, selection, selected, &f->arena,
                             &error));
    for (unsigned g = 0; g < 3; g++) {
        aggregate_begin(function, (uint8_t *)(parts[g] + 1));
    }
    TEST_OK(aggregate_update_groups(function, groups, 8, argument, selection, selected, &f->arena,
                                    &error));
    TEST_OK(aggregate_merge(function, (uint8_t *)(parts[0] + 1), (uint8_t *)(parts[1] + 1),
                            &f->arena, &error));
    TEST_OK(aggregate_merge(function, (uint8_t *)(parts[0] + 1), (uint8_t *)(parts[2] + 1),
                            &f->arena, &error));
    expect_same(function, result_text(f, function, (uint8_t *)whole),
                result_text(f, function, (uint8_t *)(parts[0] + 1)));
}

/* A1: for every aggregate. */
TEST(any_split_gives_the_same)
{
    struct fixture f;

    (void)state;
    begin(&f, test_seed(41));
    for (unsigned id = 1; id < FUNCTION_COUNT; id++) {
        if (function_entry((enum function_id)id)->class == FUNCTION_CLASS_AGGREGATE) {
            for (unsigned round = 0; round < 50; round++) {
                if (function_entry((enum function_id)id)->argument_count == 2 ||
                    id == FUNCTION_FIRST_TEXT) {
                    pairs_agree(&f, (enum function_id)id);
                } else {
                    split_agrees(&f, (enum function_id)id);
                }
                arena_reset(&f.arena);
            }
        }
    }
    end(&f);
}

/* The dense loop over many rows adds what the slow one adds. */
TEST(dense_sums_are_exact)
{
    struct fixture f;
    struct value_vector vector;
    uint64_t accumulator[AGGREGATE_BYTES_MAX / 8];
    struct vv_error error;
    __int128 wanted = 0;
    struct value sum;

    (void)state;
    begin(&f, test_seed(42));
    TEST_TRUE(vector_init(&vector, VALUE_BIGINT, &f.arena));
    aggregate_begin(FUNCTION_SUM_BIGINT, (uint8_t *)accumulator);
    for (unsigned round = 0; round < 20; round++) {
        uint32_t count = (uint32_t)rng_below(&f.rng, LIMIT_BATCH_ROWS + 1);

        for (uint32_t r = 0; r < count; r++) {
            vector.i64s[r] = (int64_t)rng_next(&f.rng);
            wanted += vector.i64s[r];
        }
        TEST_OK(aggregate_update(FUNCTION_SUM_BIGINT, (uint8_t *)accumulator, &vector, NULL, count,
                                 &f.arena, &error));
    }
    TEST_OK(aggregate_result(FUNCTION_SUM_BIGINT, (uint8_t *)accumulator, &sum, &error));
    TEST_TRUE(sum.numeric.coefficient == wanted);
    end(&f);
}
