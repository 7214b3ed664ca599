/* test_group.c - hashes, equality and sort keys agree with the order of values. */
#include "test.h"

#include "../value/random_value.h"
#include "eval/group.h"

#define ROWS 24

/* G1, G2: equal rows have equal hashes and keys, and keys order as values. */
TEST(hash_equality_and_keys_agree)
{
    struct alloc alloc;
    struct arena arena;
    struct rng rng;

    (void)state;
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 1 << 14);
    rng_init(&rng, test_seed(51));
    for (unsigned round = 0; round < 200; round++) {
        struct key_column parts[2];
        struct key_layout layout;
        struct value values[2][ROWS];
        struct value_vector vectors[2];
        const struct value_vector *columns[2] = {&vectors[0], &vectors[1]};
        uint64_t hashes[ROWS];
        vv_slice keys[ROWS];

        arena_reset(&arena);
        for (unsigned c = 0; c < 2; c++) {
            enum value_type type = random_types[rng_below(&rng, RANDOM_TYPE_COUNT)];

            parts[c] = (struct key_column){.type = (uint8_t)type, .nullable = true};
            TEST_TRUE(vector_init_sized(&vectors[c], type, ROWS, &arena));
            for (unsigned r = 0; r < ROWS; r++) {
                values[c][r] = random_value(&rng, type, true, &arena);
                vector_set(&vectors[c], r, &values[c][r]);
            }
        }
        TEST_OK(key_layout_init(&layout, parts, 2, false, &arena));
        group_hash(columns, 2, NULL, ROWS, hashes);
        TEST_OK(group_sort_keys(&layout, columns, NULL, ROWS, &arena, keys));
        for (unsigned a = 0; a < ROWS; a++) {
            for (unsigned b = 0; b < ROWS; b++) {
                int order = value_compare(&values[0][a], &values[0][b]);
                int bytes = slice_compare(keys[a], keys[b]);

                order = order != 0 ? order : value_compare(&values[1][a], &values[1][b]);
                TEST_EQUAL((order > 0) - (order < 0), (bytes > 0) - (bytes < 0));
                TEST_EQUAL(order == 0, group_equal(columns, a, columns, b, 2));
                TEST_TRUE(order != 0 || hashes[a] == hashes[b]);
            }
        }
    }
    arena_release(&arena);
    alloc_release(&alloc);
}
