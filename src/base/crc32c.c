/* crc32c.c - see crc32c.h. */
#include "base/crc32c.h"

#include "base/bytes.h"

#include <stdatomic.h>

#define CRC32C_POLYNOMIAL 0x82F63B78u /* reflected */

static uint32_t table[256];
static _Atomic int table_ready;

static void table_make(void);

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const void *data,
                                                               size_t size)
{
    const uint8_t *bytes = data;
    uint64_t sum = ~crc;

    for (; size >= 8; size -= 8, bytes += 8) {
        sum = __builtin_ia32_crc32di(sum, bytes_load64(bytes));
    }
    for (; size > 0; size--, bytes++) {
        sum = __builtin_ia32_crc32qi((uint32_t)sum, *bytes);
    }
    return ~(uint32_t)sum;
}
#endif

uint32_t crc32c(uint32_t crc, const void *data, size_t size)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2")) {
        return crc32c_sse42(crc, data, size);
    }
#endif
    return crc32c_portable(crc, data, size);
}

uint32_t crc32c_portable(uint32_t crc, const void *data, size_t size)
{
    const uint8_t *bytes = data;

    if (atomic_load_explicit(&table_ready, memory_order_acquire) == 0) { /* pairs: table_make */
        table_make();
    }
    crc = ~crc;
    for (; size > 0; size--, bytes++) {
        crc = table[(crc ^ *bytes) & 0xFF] ^ crc >> 8;
    }
    return ~crc;
}

/* Two threads may both fill the table: they write the same words. */
static void table_make(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t sum = i;

        for (int bit = 0; bit < 8; bit++) {
            sum = (sum & 1) != 0 ? sum >> 1 ^ CRC32C_POLYNOMIAL : sum >> 1;
        }
        __atomic_store_n(&table[i], sum, __ATOMIC_RELAXED);
    }
    atomic_store_explicit(&table_ready, 1, memory_order_release); /* pairs: crc32c_portable */
}
