/* The generator: repeatable, in bounds, roughly fair. */
#include "test.h"

#include "base/rng.h"

TEST(same_seed_same_numbers)
{
    struct rng a;
    struct rng b;

    rng_init(&a, 5);
    rng_init(&b, 5);
    for (int i = 0; i < 100; i++) {
        TEST_EQUAL(rng_next(&a), rng_next(&b));
    }
    rng_init(&b, 6);
    TEST_TRUE(rng_next(&a) != rng_next(&b));
}

TEST(bounds_hold_and_are_fair)
{
    unsigned counts[10] = {0};
    unsigned chances = 0;
    struct rng rng;

    rng_init(&rng, test_seed(1));
    for (int i = 0; i < 100000; i++) {
        double unit = rng_unit(&rng);

        counts[rng_below(&rng, 10)]++;
        chances += rng_chance(&rng, 1, 4);
        TEST_TRUE(unit >= 0 && unit < 1);
        TEST_EQUAL(0, rng_below(&rng, 1));
    }
    for (int i = 0; i < 10; i++) {
        TEST_TRUE(counts[i] > 9000 && counts[i] < 11000);
    }
    TEST_TRUE(chances > 24000 && chances < 26000);
}
