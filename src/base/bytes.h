/*
 * bytes.h - integers in byte strings: little endian on disk and in rows, big endian in keys; varints.
 *
 * A varint is LEB128: seven bits a byte, low first, the high bit says more follow; at most 10 bytes.
 */
#ifndef VARVE_BASE_BYTES_H
#define VARVE_BASE_BYTES_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "loads and stores assume a little-endian host");

#define BYTES_VARINT_MAX 10

static inline uint16_t bytes_load16(const void *at)
{
    uint16_t x;
    memcpy(&x, at, sizeof x);
    return x;
}

static inline uint32_t bytes_load32(const void *at)
{
    uint32_t x;
    memcpy(&x, at, sizeof x);
    return x;
}

static inline uint64_t bytes_load64(const void *at)
{
    uint64_t x;
    memcpy(&x, at, sizeof x);
    return x;
}

static inline void bytes_store16(void *at, uint16_t x)
{
    memcpy(at, &x, sizeof x);
}

static inline void bytes_store32(void *at, uint32_t x)
{
    memcpy(at, &x, sizeof x);
}

static inline void bytes_store64(void *at, uint64_t x)
{
    memcpy(at, &x, sizeof x);
}

static inline uint32_t bytes_load32_big(const void *at)
{
    return __builtin_bswap32(bytes_load32(at));
}

static inline uint64_t bytes_load64_big(const void *at)
{
    return __builtin_bswap64(bytes_load64(at));
}

static inline void bytes_store32_big(void *at, uint32_t x)
{
    bytes_store32(at, __builtin_bswap32(x));
}

static inline void bytes_store64_big(void *at, uint64_t x)
{
    bytes_store64(at, __builtin_bswap64(x));
}

static inline size_t bytes_varint_size(uint64_t x)
{
    return x < 0x80 ? 1 : (size_t)(63 - __builtin_clzll(x)) / 7 + 1;
}

/* Returns the number of bytes written, at most BYTES_VARINT_MAX. */
static inline size_t bytes_varint_store(uint8_t *at, uint64_t x)
{
    size_t size = 0;

    while (x >= 0x80) {
        at[size++] = (uint8_t)(x | 0x80);
        x >>= 7;
    }
    at[size++] = (uint8_t)x;
    return size;
}

/* Reads at most `room` bytes. Returns the number of bytes read, 0 when the bytes are no varint. */
static inline size_t bytes_varint_load(const uint8_t *at, size_t room, uint64_t *x_out)
{
    uint64_t x = 0;

    *x_out = 0;
    for (size_t i = 0; i < room && i < BYTES_VARINT_MAX; i++) {
        if (i == 9 && at[i] > 1) {
            return 0;
        }
        x |= (uint64_t)(at[i] & 0x7F) << (7 * i);
        if ((at[i] & 0x80) == 0) {
            *x_out = x;
            return i + 1;
        }
    }
    return 0;
}

#endif
