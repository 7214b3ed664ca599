/* test.c - the registry, main and the sweep behind test.h. */
#include "test.h"

#include "base/alloc.h"

#include <stdlib.h>

#define TESTS_MAX 512

static struct CMUnitTest tests[TESTS_MAX];
static size_t test_count;

void test_register(const char *name, void (*body)(void **state))
{
    if (test_count == TESTS_MAX) {
        fprintf(stderr, "too many tests in one program: raise TESTS_MAX\n");
        abort();
    }
    tests[test_count++] = (struct CMUnitTest){.name = name, .test_func = body};
}

void test_sweep_run(void (*body)(void))
{
    for (uint64_t n = 1;; n++) {
        bool hit = false;

        alloc_fault_arm(n, false);
        body();
        hit = alloc_fault_hit();
        alloc_fault_arm(0, false);
        if (!hit) {
            printf("sweep: %llu faults\n", (unsigned long long)(n - 1));
            return;
        }
    }
}

void test_os_sweep(enum os_sim_fault fault, uint64_t seed, void (*body)(struct os_sim *sim))
{
    for (uint64_t n = 1;; n++) {
        struct os_sim *sim = os_sim_create(seed);
        bool hit = false;

        os_sim_fault_arm(sim, fault, n);
        body(sim);
        hit = os_sim_fault_hit(sim);
        os_sim_destroy(sim);
        if (!hit) {
            printf("sweep: %llu faults\n", (unsigned long long)(n - 1));
            return;
        }
    }
}

void test_status_is(vv_status wanted, vv_status got, const char *what, const char *file, int line)
{
    if (wanted != got) {
        print_error("%s: wanted %s, got %s\n", what, status_name(wanted), status_name(got));
        _fail(file, line);
    }
}

uint64_t test_seed(uint64_t fallback)
{
    const char *text = getenv("VARVE_TEST_SEED");
    uint64_t seed = text == NULL ? fallback : strtoull(text, NULL, 0);

    printf("seed: %llu\n", (unsigned long long)seed);
    return seed;
}

uint64_t test_effort(void)
{
    const char *text = getenv("VARVE_TEST_EFFORT");
    uint64_t effort = text == NULL ? 1 : strtoull(text, NULL, 0);

    return effort == 0 ? 1 : effort;
}

/* An argument is a filter: `test_tree_cursor 'split*'`. */
int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    return _cmocka_run_group_tests(argv[0], tests, test_count, NULL, NULL) == 0 ? 0 : 1;
}
