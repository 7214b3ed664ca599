/* Random histories of several sessions against the model; single-threaded, seeded. */
#include "test.h"

#include "tree_model.h"

#include "base/rng.h"

static uint64_t choose_by_seed(void *user, uint64_t bound)
{
    return rng_below(user, bound);
}

/* T1-T10, U1, U2: whatever the history, every read is what the model says, and the tree verifies. */
TEST(random_histories)
{
    uint64_t seed = test_seed(1);
    uint64_t seeds = 60 * test_effort();
    uint8_t *buffer = malloc(MODEL_BUFFER_BYTES);
    bool paranoid = getenv("VARVE_TEST_PARANOID") != NULL;

    for (uint64_t i = 0; i < seeds; i++) {
        struct rng rng;
        struct model *m = NULL;
        uint64_t steps = 0;

        rng_init(&rng, seed + i);
        if (getenv("VARVE_TEST_VERBOSE") != NULL) {
            fprintf(stderr, "seed %llu\n", (unsigned long long)(seed + i));
        }
        m = model_create(choose_by_seed, &rng);
        steps = 200 + rng_below(&rng, 4000);
        for (uint64_t j = 0; j < steps; j++) {
            model_step(m, buffer);
            if (paranoid) {
                model_check_all(m);
            }
            if (rng_chance(&rng, 1, 200)) {
                model_verify(m);
            }
        }
        model_destroy(m);
    }
    free(buffer);
}
