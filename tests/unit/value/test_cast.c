/* test_cast.c - conversions against PostgreSQL's answers. */
#include "test.h"

#include "golden.h"
#include "value/cast.h"
#include "value/text.h"

/* Rounding, ranges and messages of every cast are PostgreSQL's. */
TEST(casts_are_postgresqls)
{
    struct alloc alloc;
    struct arena arena;
    unsigned wrong = 0, seen = 0;

    (void)state;
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 1 << 16);
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        const struct golden *golden = &goldens[i];
        const char *arrow = strchr(golden->kind, '>');
        struct value value, result, text;
        struct vv_error error;
        enum value_type from, to;
        const char *got;

        if (arrow == NULL) {
            continue;
        }
        seen++;
        from = value_type_of_name(arena_text(&arena, golden->kind, (size_t)(arrow - golden->kind)));
        to = value_type_of_name(arrow + 1);
        TEST_OK(text_parse(from, slice_text(golden->a), &arena, &value, &error));
        if (cast_value(&value, to, VALUE_NO_MODIFIER, &arena, &result, &error) != VV_OK) {
            got = arena_format(&arena, "!%s %s", error.sqlstate, error.message);
        } else {
            TEST_OK(cast_value(&result, VALUE_TEXT, VALUE_NO_MODIFIER, &arena, &text, &error));
            got = arena_text(&arena, (const char *)text.bytes.data, text.bytes.size);
        }
        wrong += golden_differs(golden, got);
    }
    TEST_EQUAL(0, wrong);
    TEST_TRUE(seen > 50);
    arena_release(&arena);
    alloc_release(&alloc);
}

/* numeric(5,2) by its modifier, with PostgreSQL's detail. */
TEST(modifier_fits_numeric)
{
    struct value x = value_numeric(numeric_make(99999, 1)), y;
    struct vv_error error;

    (void)state;
    TEST_STATUS(VV_ERROR, cast_value(&x, VALUE_NUMERIC, ((5 << 16) | 2) + 4, NULL, &y, &error));
    TEST_TEXT("numeric field overflow", error.message);
    TEST_TEXT("A field with precision 5, scale 2 must round to an absolute value less than 10^3.",
              error.detail);
    TEST_OK(cast_value(&x, VALUE_NUMERIC, ((6 << 16) | 2) + 4, NULL, &y, &error));
    TEST_EQUAL(2, y.numeric.scale);
}
