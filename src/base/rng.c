/* rng.c - splitmix64 (Steele, Lea, Flood 2014); bounds by multiplication (Lemire 2018), without his
 * rejection step: the bias is below 2^-32 for the bounds tests and benches use. */
#include "base/rng.h"

#include "base/assert.h"
#include "base/hash.h"

void rng_init(struct rng *rng, uint64_t seed)
{
    rng->state = seed;
}

uint64_t rng_next(struct rng *rng)
{
    rng->state += 0x9E3779B97F4A7C15u;
    return hash_word(rng->state);
}

uint64_t rng_below(struct rng *rng, uint64_t bound)
{
    VV_ASSERT(bound > 0);
    return (uint64_t)(((unsigned __int128)rng_next(rng) * bound) >> 64);
}

bool rng_chance(struct rng *rng, uint64_t numerator, uint64_t denominator)
{
    return rng_below(rng, denominator) < numerator;
}

double rng_unit(struct rng *rng)
{
    return (double)(rng_next(rng) >> 11) * 0x1p-53;
}
