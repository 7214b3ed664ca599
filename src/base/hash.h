/* hash.h - a fast hash of bytes for tables in memory; not for disk, not against attackers. */
#ifndef VARVE_BASE_HASH_H
#define VARVE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_bytes(const void *data, size_t size, uint64_t seed);

/* A bijective mix of one word (splitmix64's finisher). */
static inline uint64_t hash_word(uint64_t x)
{
    x ^= x >> 30;
    x *= 0xBF58476D1CE4E5B9u;
    x ^= x >> 27;
    x *= 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

#endif
