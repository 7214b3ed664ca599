/* hash.c - eight bytes a round, multiplied to 128 bits and folded (after wyhash, Wang Yi). */
#include "base/hash.h"

#include <string.h>

static uint64_t fold(uint64_t a, uint64_t b);
static uint64_t load_tail(const uint8_t *bytes, size_t size);

uint64_t hash_bytes(const void *data, size_t size, uint64_t seed)
{
    const uint8_t *bytes = data;
    uint64_t hash = seed ^ 0x9E3779B97F4A7C15u;
    size_t left = size;

    while (left >= 8) {
        uint64_t word = 0;

        memcpy(&word, bytes, 8);
        hash = fold(hash ^ word, 0xA0761D6478BD642Fu);
        bytes += 8;
        left -= 8;
    }
    if (left > 0) {
        hash = fold(hash ^ load_tail(bytes, left), 0xE7037ED1A0B428DBu);
    }
    return hash_word(hash ^ size);
}

static uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load_tail(const uint8_t *bytes, size_t size)
{
    uint64_t word = 0;

    memcpy(&word, bytes, size);
    return word | (uint64_t)size << 56;
}
