/*
 * digest.c - see digest.h.
 *
 * SHA-224 and SHA-256 use the upper halves of SHA-512's round constants, and the upper halves of SHA-512's start
 * (SHA-256) or the lower halves of SHA-384's (SHA-224): one table serves all.
 */
#include "eval/digest.h"

#include <stdbool.h>
#include <string.h>

#define BLOCK_BYTES      64
#define BLOCK_BYTES_WIDE 128
#define ROUNDS           64
#define ROUNDS_WIDE      80

static const uint32_t md5_sines[ROUNDS] = {
    0xD76AA478, 0xE8C7B756, 0x242070DB, 0xC1BDCEEE, 0xF57C0FAF, 0x4787C62A, 0xA8304613, 0xFD469501,
    0x698098D8, 0x8B44F7AF, 0xFFFF5BB1, 0x895CD7BE, 0x6B901122, 0xFD987193, 0xA679438E, 0x49B40821,
    0xF61E2562, 0xC040B340, 0x265E5A51, 0xE9B6C7AA, 0xD62F105D, 0x02441453, 0xD8A1E681, 0xE7D3FBC8,
    0x21E1CDE6, 0xC33707D6, 0xF4D50D87, 0x455A14ED, 0xA9E3E905, 0xFCEFA3F8, 0x676F02D9, 0x8D2A4C8A,
    0xFFFA3942, 0x8771F681, 0x6D9D6122, 0xFDE5380C, 0xA4BEEA44, 0x4BDECFA9, 0xF6BB4B60, 0xBEBFBC70,
    0x289B7EC6, 0xEAA127FA, 0xD4EF3085, 0x04881D05, 0xD9D4D039, 0xE6DB99E5, 0x1FA27CF8, 0xC4AC5665,
    0xF4292244, 0x432AFF97, 0xAB9423A7, 0xFC93A039, 0x655B59C3, 0x8F0CCC92, 0xFFEFF47D, 0x85845DD1,
    0x6FA87E4F, 0xFE2CE6E0, 0xA3014314, 0x4E0811A1, 0xF7537E82, 0xBD3AF235, 0x2AD7D2BB, 0xEB86D391,
};

/* Fractions of the cube roots of the first primes. */
static const uint64_t sha_rounds[ROUNDS_WIDE] = {
    UINT64_C(0x428A2F98D728AE22), UINT64_C(0x7137449123EF65CD), UINT64_C(0xB5C0FBCFEC4D3B2F),
    UINT64_C(0xE9B5DBA58189DBBC), UINT64_C(0x3956C25BF348B538), UINT64_C(0x59F111F1B605D019),
    UINT64_C(0x923F82A4AF194F9B), UINT64_C(0xAB1C5ED5DA6D8118), UINT64_C(0xD807AA98A3030242),
    UINT64_C(0x12835B0145706FBE), UINT64_C(0x243185BE4EE4B28C), UINT64_C(0x550C7DC3D5FFB4E2),
    UINT64_C(0x72BE5D74F27B896F), UINT64_C(0x80DEB1FE3B1696B1), UINT64_C(0x9BDC06A725C71235),
    UINT64_C(0xC19BF174CF692694), UINT64_C(0xE49B69C19EF14AD2), UINT64_C(0xEFBE4786384F25E3),
    UINT64_C(0x0FC19DC68B8CD5B5), UINT64_C(0x240CA1CC77AC9C65), UINT64_C(0x2DE92C6F592B0275),
    UINT64_C(0x4A7484AA6EA6E483), UINT64_C(0x5CB0A9DCBD41FBD4), UINT64_C(0x76F988DA831153B5),
    UINT64_C(0x983E5152EE66DFAB), UINT64_C(0xA831C66D2DB43210), UINT64_C(0xB00327C898FB213F),
    UINT64_C(0xBF597FC7BEEF0EE4), UINT64_C(0xC6E00BF33DA88FC2), UINT64_C(0xD5A79147930AA725),
    UINT64_C(0x06CA6351E003826F), UINT64_C(0x142929670A0E6E70), UINT64_C(0x27B70A8546D22FFC),
    UINT64_C(0x2E1B21385C26C926), UINT64_C(0x4D2C6DFC5AC42AED), UINT64_C(0x53380D139D95B3DF),
    UINT64_C(0x650A73548BAF63DE), UINT64_C(0x766A0ABB3C77B2A8), UINT64_C(0x81C2C92E47EDAEE6),
    UINT64_C(0x92722C851482353B), UINT64_C(0xA2BFE8A14CF10364), UINT64_C(0xA81A664BBC423001),
    UINT64_C(0xC24B8B70D0F89791), UINT64_C(0xC76C51A30654BE30), UINT64_C(0xD192E819D6EF5218),
    UINT64_C(0xD69906245565A910), UINT64_C(0xF40E35855771202A), UINT64_C(0x106AA07032BBD1B8),
    UINT64_C(0x19A4C116B8D2D0C8), UINT64_C(0x1E376C085141AB53), UINT64_C(0x2748774CDF8EEB99),
    UINT64_C(0x34B0BCB5E19B48A8), UINT64_C(0x391C0CB3C5C95A63), UINT64_C(0x4ED8AA4AE3418ACB),
    UINT64_C(0x5B9CCA4F7763E373), UINT64_C(0x682E6FF3D6B2B8A3), UINT64_C(0x748F82EE5DEFB2FC),
    UINT64_C(0x78A5636F43172F60), UINT64_C(0x84C87814A1F0AB72), UINT64_C(0x8CC702081A6439EC),
    UINT64_C(0x90BEFFFA23631E28), UINT64_C(0xA4506CEBDE82BDE9), UINT64_C(0xBEF9A3F7B2C67915),
    UINT64_C(0xC67178F2E372532B), UINT64_C(0xCA273ECEEA26619C), UINT64_C(0xD186B8C721C0C207),
    UINT64_C(0xEADA7DD6CDE0EB1E), UINT64_C(0xF57D4F7FEE6ED178), UINT64_C(0x06F067AA72176FBA),
    UINT64_C(0x0A637DC5A2C898A6), UINT64_C(0x113F9804BEF90DAE), UINT64_C(0x1B710B35131C471B),
    UINT64_C(0x28DB77F523047D84), UINT64_C(0x32CAAB7B40C72493), UINT64_C(0x3C9EBE0A15C9BEBC),
    UINT64_C(0x431D67C49C100D4C), UINT64_C(0x4CC5D4BECB3E42B6), UINT64_C(0x597F299CFC657E2A),
    UINT64_C(0x5FCB6FAB3AD6FAEC), UINT64_C(0x6C44198C4A475817),
};

/* Fractions of the square roots of the first eight primes, and of the next eight. */
static const uint64_t sha_first[8] = {
    UINT64_C(0x6A09E667F3BCC908), UINT64_C(0xBB67AE8584CAA73B), UINT64_C(0x3C6EF372FE94F82B),
    UINT64_C(0xA54FF53A5F1D36F1), UINT64_C(0x510E527FADE682D1), UINT64_C(0x9B05688C2B3E6C1F),
    UINT64_C(0x1F83D9ABFB41BD6B), UINT64_C(0x5BE0CD19137E2179),
};
static const uint64_t sha_next[8] = {
    UINT64_C(0xCBBB9D5DC1059ED8), UINT64_C(0x629A292A367CD507), UINT64_C(0x9159015A3070DD17),
    UINT64_C(0x152FECD8F70E5939), UINT64_C(0x67332667FFC00B31), UINT64_C(0x8EB44A8768581511),
    UINT64_C(0xDB0C2E0D64F98FA7), UINT64_C(0x47B5481DBEFA4FA4),
};

static uint32_t rotate32(uint32_t x, unsigned right)
{
    return x >> right | x << (32 - right);
}

static uint64_t rotate64(uint64_t x, unsigned right)
{
    return x >> right | x << (64 - right);
}

/* The message's end: 1 bit, zeros, its length in bits; one or two blocks of tail. Returns the bytes of tail. */
static size_t pad(vv_slice bytes, size_t block, bool big_endian, uint8_t *tail)
{
    size_t rest = bytes.size % block;
    size_t length_bytes = block / 8;
    size_t size = rest + 1 + length_bytes <= block ? block : 2 * block;
    uint64_t bits = (uint64_t)bytes.size * 8;

    memset(tail, 0, size);
    if (rest != 0) {
        memcpy(tail, bytes.data + bytes.size - rest, rest);
    }
    tail[rest] = 0x80;
    for (size_t i = 0; i < 8; i++) {
        if (big_endian) {
            tail[size - 1 - i] = (uint8_t)(bits >> 8 * i);
        } else {
            tail[size - 8 + i] = (uint8_t)(bits >> 8 * i);
        }
    }
    return size;
}

/* ---- MD5 ---- */

static void md5_block(uint32_t *state, const uint8_t *block)
{
    static const uint8_t turns[4][4] = {
        {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t words[16], a = state[0], b = state[1], c = state[2], d = state[3];

    for (unsigned i = 0; i < 16; i++) {
        words[i] = (uint32_t)block[4 * i] | (uint32_t)block[4 * i + 1] << 8 |
                   (uint32_t)block[4 * i + 2] << 16 | (uint32_t)block[4 * i + 3] << 24;
    }
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t f = i < 16   ? (b & c) | (~b & d)
                     : i < 32 ? (d & b) | (~d & c)
                     : i < 48 ? b ^ c ^ d
                              : c ^ (b | ~d);
        unsigned word = i < 16 ? i : i < 32 ? 5 * i + 1 : i < 48 ? 3 * i + 5 : 7 * i;

        f += a + md5_sines[i] + words[word % 16];
        a = d;
        d = c;
        c = b;
        b += rotate32(f, 32u - turns[i / 16][i % 4]);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

void digest_md5(vv_slice bytes, uint8_t *digest_out)
{
    uint32_t state[4] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
    uint8_t tail[2 * BLOCK_BYTES];
    size_t tail_bytes = pad(bytes, BLOCK_BYTES, false, tail);

    for (size_t at = 0; at + BLOCK_BYTES <= bytes.size; at += BLOCK_BYTES) {
        md5_block(state, bytes.data + at);
    }
    for (size_t at = 0; at < tail_bytes; at += BLOCK_BYTES) {
        md5_block(state, tail + at);
    }
    for (unsigned i = 0; i < DIGEST_MD5_BYTES; i++) {
        digest_out[i] = (uint8_t)(state[i / 4] >> 8 * (i % 4));
    }
}

/* ---- SHA-2 ---- */

#define SHA_BLOCK(name, type, count, rotate, word_bytes, constant, a1, a2, a3, e1, e2, e3, s1, s2, \
                  s3, t1, t2, t3)                                                                  \
    static void name(uint64_t *state, const uint8_t *block)                                        \
    {                                                                                              \
        type w[count], v[8];                                                                       \
                                                                                                   \
        for (unsigned i = 0; i < 16; i++) {                                                        \
            w[i] = 0;                                                                              \
            for (unsigned k = 0; k < word_bytes; k++) {                                            \
                w[i] = w[i] << 8 | block[i * word_bytes + k];                                      \
            }                                                                                      \
        }                                                                                          \
        for (unsigned i = 16; i < count; i++) {                                                    \
            w[i] = w[i - 16] + w[i - 7] +                                                          \
                   (rotate(w[i - 15], s1) ^ rotate(w[i - 15], s2) ^ w[i - 15] >> s3) +             \
                   (rotate(w[i - 2], t1) ^ rotate(w[i - 2], t2) ^ w[i - 2] >> t3);                 \
        }                                                                                          \
        for (unsigned i = 0; i < 8; i++) {                                                         \
            v[i] = (type)state[i];                                                                 \
        }                                                                                          \
        for (unsigned i = 0; i < count; i++) {                                                     \
            type x = v[7] + (rotate(v[4], e1) ^ rotate(v[4], e2) ^ rotate(v[4], e3)) +             \
                     ((v[4] & v[5]) ^ (~v[4] & v[6])) + (type)(constant) + w[i];                   \
            type y = (rotate(v[0], a1) ^ rotate(v[0], a2) ^ rotate(v[0], a3)) +                    \
                     ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));                              \
                                                                                                   \
            memmove(v + 1, v, 7 * sizeof v[0]);                                                    \
            v[4] += x;                                                                             \
            v[0] = x + y;                                                                          \
        }                                                                                          \
        for (unsigned i = 0; i < 8; i++) {                                                         \
            state[i] = (type)(state[i] + v[i]);                                                    \
        }                                                                                          \
    }

SHA_BLOCK(sha_block, uint32_t, ROUNDS, rotate32, 4, sha_rounds[i] >> 32, 2, 13, 22, 6, 11, 25, 7,
          18, 3, 17, 19, 10)
SHA_BLOCK(sha_block_wide, uint64_t, ROUNDS_WIDE, rotate64, 8, sha_rounds[i], 28, 34, 39, 14, 18, 41,
          1, 8, 7, 19, 61, 6)

void digest_sha2(unsigned bits, vv_slice bytes, uint8_t *digest_out)
{
    bool wide = bits > 256;
    size_t block = wide ? BLOCK_BYTES_WIDE : BLOCK_BYTES;
    unsigned word_bytes = wide ? 8 : 4;
    uint8_t tail[2 * BLOCK_BYTES_WIDE];
    size_t tail_bytes = pad(bytes, block, true, tail);
    uint64_t state[8];

    for (unsigned i = 0; i < 8; i++) {
        state[i] = bits == 512   ? sha_first[i]
                   : bits == 384 ? sha_next[i]
                   : bits == 256 ? sha_first[i] >> 32
                                 : sha_next[i] & UINT32_MAX;
    }
    for (size_t at = 0; at + block <= bytes.size; at += block) {
        (wide ? sha_block_wide : sha_block)(state, bytes.data + at);
    }
    for (size_t at = 0; at < tail_bytes; at += block) {
        (wide ? sha_block_wide : sha_block)(state, tail + at);
    }
    for (unsigned i = 0; i < bits / 8; i++) {
        digest_out[i] = (uint8_t)(state[i / word_bytes] >> 8 * (word_bytes - 1 - i % word_bytes));
    }
}
