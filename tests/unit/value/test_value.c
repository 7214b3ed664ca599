/* test_value.c - one datum: order, hash, names. */
#include "test.h"

#include "random_value.h"

/* V1: a total order; V2: what is equal hashes equal. */
TEST(order_is_total_and_hash_agrees)
{
    struct alloc alloc;
    struct arena arena;
    struct rng rng;

    (void)state;
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 1 << 14);
    rng_init(&rng, test_seed(71));
    for (unsigned round = 0; round < 20000; round++) {
        enum value_type type = random_types[rng_below(&rng, RANDOM_TYPE_COUNT)];
        struct value a = random_value(&rng, type, true, &arena);
        struct value b = random_value(&rng, type, true, &arena);
        struct value c = random_value(&rng, type, true, &arena);

        TEST_EQUAL(0, value_compare(&a, &a));
        TEST_TRUE((value_compare(&a, &b) > 0) == (value_compare(&b, &a) < 0));
        TEST_TRUE(value_compare(&a, &b) > 0 || value_compare(&b, &c) > 0 ||
                  value_compare(&a, &c) <= 0);
        TEST_TRUE(value_compare(&a, &b) != 0 || value_hash(&a, 5) == value_hash(&b, 5));
        if (round % 512 == 0) {
            arena_reset(&arena);
        }
    }
    arena_release(&arena);
    alloc_release(&alloc);
}

/* Every type is found by its OID and both its names. */
TEST(types_are_found)
{
    (void)state;
    for (unsigned type = 0; type < VALUE_TYPE_COUNT; type++) {
        TEST_EQUAL(type, value_type_of_oid(value_types[type].oid));
        TEST_EQUAL(type, value_type_of_name(value_types[type].text));
        TEST_EQUAL(type, value_type_of_name(value_types[type].internal));
    }
    TEST_EQUAL(VALUE_TYPE_COUNT, value_type_of_name("nonsense"));
    TEST_EQUAL(VALUE_TYPE_COUNT, value_type_of_oid(1));
}

/* A copy owns its bytes. */
TEST(copy_owns_its_bytes)
{
    struct alloc alloc;
    struct arena arena;
    char text[] = "some text";
    struct value from = value_text(text), to;

    (void)state;
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 1024);
    TEST_TRUE(value_copy(&arena, &from, &to));
    text[0] = 'S';
    TEST_TRUE(memcmp(to.bytes.data, "some text", to.bytes.size) == 0);
    arena_release(&arena);
    alloc_release(&alloc);
}
