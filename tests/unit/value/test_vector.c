/* test_vector.c - columns give back what was put in. */
#include "test.h"

#include "random_value.h"
#include "value/vector.h"

/* Places, NULLs, resets and constants; strings short and long, equal and not. */
TEST(vectors_hold_values)
{
    struct alloc alloc;
    struct arena arena;
    struct rng rng;

    (void)state;
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 1 << 14);
    rng_init(&rng, test_seed(72));
    for (unsigned round = 0; round < 300; round++) {
        enum value_type type = random_types[rng_below(&rng, RANDOM_TYPE_COUNT)];
        struct value_vector vector;
        struct value values[70], got;

        arena_reset(&arena);
        TEST_TRUE(vector_init_sized(&vector, type, 70, &arena));
        for (unsigned again = 0; again < 3; again++) {
            vector_reset(&vector);
            for (unsigned r = 0; r < 70; r++) {
                values[r] = random_value(&rng, type, again != 1, &arena);
                vector_set(&vector, r, &values[r]);
            }
            TEST_TRUE(vector_keep_strings(&vector, NULL, 70, &arena));
            for (unsigned r = 0; r < 70; r++) {
                vector_get(&vector, r, &got);
                TEST_TRUE(value_identical(&values[r], &got));
            }
        }
        vector_set_constant(&vector, &values[3]);
        vector_get(&vector, 69, &got);
        TEST_TRUE(value_identical(&values[3], &got));
    }
    arena_release(&arena);
    alloc_release(&alloc);
}

/* Views compare and equal as their bytes do. */
TEST(string_views_compare_as_bytes)
{
    struct alloc alloc;
    struct arena arena;
    struct rng rng;

    (void)state;
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 1 << 14);
    rng_init(&rng, test_seed(73));
    for (unsigned round = 0; round < 50000; round++) {
        vv_slice a = random_bytes(&rng, &arena, true), b = random_bytes(&rng, &arena, true);
        struct value_string x = vector_string_make(a.data, a.size),
                            y = vector_string_make(b.data, b.size);

        TEST_EQUAL(slice_equal(a, b), vector_string_equal(&x, &y));
        TEST_TRUE((slice_compare(a, b) < 0) == (vector_string_compare(&x, &y) < 0));
        arena_reset(&arena);
    }
    arena_release(&arena);
    alloc_release(&alloc);
}
