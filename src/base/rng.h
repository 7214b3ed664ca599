/* rng.h - a small seeded generator (splitmix64): the same seed gives the same run. Not for secrets. */
#ifndef VARVE_BASE_RNG_H
#define VARVE_BASE_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

void rng_init(struct rng *rng, uint64_t seed);
uint64_t rng_next(struct rng *rng);

/* Uniform in [0, bound); bound > 0. */
uint64_t rng_below(struct rng *rng, uint64_t bound);

/* True in `numerator` of `denominator` cases. */
bool rng_chance(struct rng *rng, uint64_t numerator, uint64_t denominator);

/* Uniform in [0, 1). */
double rng_unit(struct rng *rng);

#endif
