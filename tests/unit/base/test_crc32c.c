/* CRC32C: the known answers of RFC 3720 and both implementations against each other. */
#include "test.h"

#include "base/crc32c.h"
#include "base/rng.h"

TEST(known_answers)
{
    uint8_t zeros[32] = {0};
    uint8_t ones[32];

    memset(ones, 0xFF, sizeof ones);
    TEST_EQUAL(0x8A9136AAu, crc32c(0, zeros, sizeof zeros));
    TEST_EQUAL(0x62A8AB43u, crc32c(0, ones, sizeof ones));
    TEST_EQUAL(0xE3069283u, crc32c(0, "123456789", 9));
}

TEST(fast_and_portable_agree_and_continue)
{
    uint8_t bytes[300];
    struct rng rng;

    rng_init(&rng, test_seed(1));
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)rng_next(&rng);
    }
    for (size_t size = 0; size <= sizeof bytes; size++) {
        size_t cut = rng_below(&rng, size + 1);
        uint32_t sum = crc32c_portable(0, bytes, size);

        TEST_EQUAL(sum, crc32c(0, bytes, size));
        TEST_EQUAL(sum, crc32c(crc32c(0, bytes, cut), bytes + cut, size - cut));
    }
}
