/* Integers in bytes: order of bytes, varints at every border, damaged varints. */
#include "test.h"

#include "base/bytes.h"
#include "base/rng.h"

TEST(byte_orders)
{
    uint8_t bytes[8];

    bytes_store64(bytes, 0x0102030405060708u);
    TEST_BYTES("\x08\x07\x06\x05\x04\x03\x02\x01", bytes, 8);
    TEST_EQUAL(0x0102030405060708u, bytes_load64(bytes));
    TEST_EQUAL(0x0807060504030201u, bytes_load64_big(bytes));
    bytes_store64_big(bytes, 0x0102030405060708u);
    TEST_BYTES("\x01\x02\x03\x04\x05\x06\x07\x08", bytes, 8);
    bytes_store32(bytes, 0x01020304u);
    TEST_EQUAL(0x01020304u, bytes_load32(bytes));
    TEST_EQUAL(0x04030201u, bytes_load32_big(bytes));
    bytes_store32_big(bytes, 0x01020304u);
    TEST_EQUAL(0x01020304u, bytes_load32_big(bytes));
    bytes_store16(bytes, 0x0102u);
    TEST_EQUAL(0x0102u, bytes_load16(bytes));
}

TEST(varints_come_back)
{
    for (int shift = 0; shift < 64; shift++) {
        for (int delta = -1; delta <= 1; delta++) {
            uint64_t wanted = (UINT64_C(1) << shift) + (uint64_t)delta;
            uint8_t bytes[BYTES_VARINT_MAX];
            uint64_t got = 0;
            size_t size = bytes_varint_store(bytes, wanted);

            TEST_EQUAL(bytes_varint_size(wanted), size);
            TEST_EQUAL(size, bytes_varint_load(bytes, sizeof bytes, &got));
            TEST_EQUAL(wanted, got);
            TEST_EQUAL(0, bytes_varint_load(bytes, size - 1, &got)); /* cut */
        }
    }
}

TEST(damaged_varints_are_refused)
{
    uint8_t endless[11];
    uint8_t wide[10] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02};
    uint64_t got = 0;

    memset(endless, 0xFF, sizeof endless);
    TEST_EQUAL(0, bytes_varint_load(endless, sizeof endless, &got));
    TEST_EQUAL(0, bytes_varint_load(wide, sizeof wide, &got)); /* more than 64 bits */
    TEST_EQUAL(0, bytes_varint_load(endless, 0, &got));
}
