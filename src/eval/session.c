/* session.c - PostgreSQL's generator of random numbers (pg_prng.c): xoroshiro128** seeded by splitmix64. */
#include "eval/session.h"

#include <math.h>

#include "base/rng.h"

#define SEED_BITS 52 /* of the mantissa of a double */

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

void session_random_start(struct session_random *random, uint64_t seed)
{
    struct rng split;

    rng_init(&split, seed);
    random->words[0] = rng_next(&split);
    random->words[1] = rng_next(&split);
    if (random->words[0] == 0 && random->words[1] == 0) { /* the one state it never leaves */
        random->words[0] = UINT64_C(0x5851F42D4C957F2D);
        random->words[1] = UINT64_C(0x14057B7EF767814F);
    }
}

void session_random_seed(struct session_random *random, double seed)
{
    session_random_start(random,
                         (uint64_t)(int64_t)((double)((INT64_C(1) << SEED_BITS) - 1) * seed));
}

uint64_t session_random_bits(struct session_random *random)
{
    uint64_t s0 = random->words[0];
    uint64_t sx = random->words[1] ^ s0;
    uint64_t result = rotate(s0 * 5, 7) * 9;

    random->words[0] = rotate(s0, 24) ^ sx ^ sx << 16;
    random->words[1] = rotate(sx, 37);
    return result;
}

double session_random_next(struct session_random *random)
{
    return ldexp((double)(session_random_bits(random) >> (64 - SEED_BITS)), -SEED_BITS);
}
