/* Hashes: every bit of the input matters, sizes differ, words are mixed one to one. */
#include "test.h"

#include "base/hash.h"
#include "base/rng.h"

TEST(every_bit_matters)
{
    uint8_t bytes[40] = {0};

    for (size_t size = 1; size <= sizeof bytes; size++) {
        uint64_t hash = hash_bytes(bytes, size, 1);

        for (size_t bit = 0; bit < size * 8; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            TEST_TRUE(hash != hash_bytes(bytes, size, 1));
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        TEST_TRUE(hash != hash_bytes(bytes, size - 1, 1));
        TEST_TRUE(hash != hash_bytes(bytes, size, 2));
    }
}

/* Buckets of consecutive numbers fill evenly enough: no bucket of 1,024 over four times its share. */
TEST(buckets_fill_evenly)
{
    static unsigned by_bytes[1024];
    static unsigned by_word[1024];

    for (uint64_t i = 0; i < 65536; i++) {
        by_bytes[hash_bytes(&i, sizeof i, 0) & 1023]++;
        by_word[hash_word(i) & 1023]++;
    }
    for (int i = 0; i < 1024; i++) {
        TEST_TRUE(by_bytes[i] > 16 && by_bytes[i] < 256);
        TEST_TRUE(by_word[i] > 16 && by_word[i] < 256);
    }
}
