/* test_text.c - literals in and out against PostgreSQL's answers. */
#include "test.h"

#include "golden.h"
#include "random_value.h"
#include "value/cast.h"
#include "value/double.h"
#include "value/text.h"

static struct alloc alloc;
static struct arena arena;

static void begin(void)
{
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 1 << 16);
}

static void end(void)
{
    arena_release(&arena);
    alloc_release(&alloc);
}

static const char *error_text(const struct vv_error *error)
{
    return arena_format(&arena, "!%s %s", error->sqlstate, error->message);
}

/* Every spelling of a literal, bad ones too, gives PostgreSQL's value, text, SQLSTATE and message. */
TEST(literals_are_postgresqls)
{
    unsigned wrong = 0, seen = 0;

    (void)state;
    begin();
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        const struct golden *golden = &goldens[i];
        enum value_type type = value_type_of_name(golden->kind);
        struct value value, text;
        struct vv_error error;
        const char *got;

        if (type == VALUE_TYPE_COUNT) {
            continue;
        }
        seen++;
        if (text_parse(type, slice_text(golden->a), &arena, &value, &error) != VV_OK) {
            got = error_text(&error);
        } else {
            TEST_OK(cast_value(&value, VALUE_TEXT, VALUE_NO_MODIFIER, &arena, &text, &error));
            got = arena_text(&arena, (const char *)text.bytes.data, text.bytes.size);
        }
        wrong += golden_differs(golden, got);
    }
    TEST_EQUAL(0, wrong);
    TEST_TRUE(seen > 400);
    end();
}

/* X1: parse(print(v)) = v, of every type. */
TEST(print_and_parse_agree)
{
    struct rng rng;

    (void)state;
    begin();
    rng_init(&rng, test_seed(3));
    for (unsigned i = 0; i < 30000; i++) {
        enum value_type type = random_types[rng_below(&rng, RANDOM_TYPE_COUNT)];
        struct value value = random_value(&rng, type, false, &arena), back;
        vv_slice text;
        struct vv_error error;

        TEST_OK(text_of(&value, &arena, &text));
        TEST_TRUE(text.size <= text_bytes_max(&value));
        TEST_OK(text_parse(type, text, &arena, &back, &error));
        if ((type == VALUE_DOUBLE || type == VALUE_REAL) && isnan(value.real)) {
            TEST_TRUE(isnan(back.real));
        } else {
            TEST_TRUE(value_identical(&value, &back));
        }
        if (i % 512 == 0) {
            arena_reset(&arena);
        }
    }
    end();
}

/* X3: doubles of all magnitudes survive, and never take more than 24 characters. */
TEST(doubles_survive_their_text)
{
    struct rng rng;

    (void)state;
    rng_init(&rng, test_seed(4));
    for (unsigned i = 0; i < 200000; i++) {
        uint64_t bits = i < 4096 ? (uint64_t)i << 52 : rng_next(&rng);
        char text[DOUBLE_TEXT_BYTES + 1];
        double x, y;
        size_t size;

        memcpy(&x, &bits, sizeof x);
        if (isnan(x)) {
            continue;
        }
        size = double_print(x, text);
        text[size] = 0;
        TEST_TRUE(size <= 24);
        TEST_OK(double_parse(slice_make(text, size), &y));
        TEST_TRUE(memcmp(&x, &y, sizeof x) == 0);
    }
}

/* X3 of single precision: at most 15 characters. */
TEST(reals_survive_their_text)
{
    struct rng rng;

    (void)state;
    rng_init(&rng, test_seed(6));
    for (unsigned i = 0; i < 200000; i++) {
        uint32_t bits = i < 512 ? i << 23 : (uint32_t)rng_next(&rng);
        char text[DOUBLE_TEXT_BYTES];
        float x, y;
        size_t size;

        memcpy(&x, &bits, sizeof x);
        if (isnan(x)) {
            continue;
        }
        size = double_print_real(x, text);
        TEST_TRUE(size <= 15);
        TEST_OK(double_parse_real(slice_make(text, size), &y));
        TEST_TRUE(memcmp(&x, &y, sizeof x) == 0);
    }
}

/* X2: random bytes are refused or read, never overrun. */
TEST(parses_any_bytes)
{
    static const char letters[] = "0123456789+-.eE xNaInfity\\\t\0";
    struct rng rng;

    (void)state;
    begin();
    rng_init(&rng, test_seed(5));
    for (unsigned i = 0; i < 50000; i++) {
        size_t size = rng_below(&rng, 24);
        uint8_t *text = arena_get(&arena, size);
        struct value value;

        for (size_t k = 0; k < size; k++) {
            text[k] = (uint8_t)letters[rng_below(&rng, sizeof letters)];
        }
        (void)!text_parse(random_types[rng_below(&rng, RANDOM_TYPE_COUNT)], slice_make(text, size),
                          &arena, &value, NULL);
        if (i % 512 == 0) {
            arena_reset(&arena);
        }
    }
    end();
}
