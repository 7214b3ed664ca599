/*
 * test.h - unit tests: TEST(name) { … } registers itself and runs under cmocka.
 *
 * A test says the promise, arranges, acts, checks; it has one reason to fail, runs in milliseconds and
 * prints its seeds. TEST_SWEEP(name) runs its body again and again while the 1st, 2nd, 3rd …
 * allocation fails, until a run meets no fault; the body returns when an operation reports the failure.
 * test_os_sweep() does the same with the operations of the simulated machine. gate.h pauses threads.
 */
#ifndef VARVE_TESTS_SUPPORT_TEST_H
#define VARVE_TESTS_SUPPORT_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "os/os_sim.h"

void test_register(const char *name, void (*body)(void **state));
void test_sweep_run(void (*body)(void));

#define TEST(name)                                                      \
    static void test_##name(void **state);                              \
    __attribute__((constructor)) static void test_register_##name(void) \
    {                                                                   \
        test_register(#name, test_##name);                              \
    }                                                                   \
    static void test_##name(void **state)

#define TEST_SWEEP(name)              \
    static void sweep_##name(void);   \
    TEST(name)                        \
    {                                 \
        (void)state;                  \
        test_sweep_run(sweep_##name); \
    }                                 \
    static void sweep_##name(void)

void test_status_is(vv_status wanted, vv_status got, const char *what, const char *file, int line);

#define TEST_STATUS(wanted, call) test_status_is((wanted), (call), #call, __FILE__, __LINE__)
#define TEST_OK(call)             TEST_STATUS(VV_OK, (call))
#define TEST_TRUE(condition)      _assert_true((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#define TEST_FALSE(condition)     TEST_TRUE(!(condition))
#define TEST_EQUAL(wanted, got) \
    _assert_int_equal((uintmax_t)(wanted), (uintmax_t)(got), __FILE__, __LINE__)
#define TEST_TEXT(wanted, got) _assert_string_equal((wanted), (got), __FILE__, __LINE__)
#define TEST_BYTES(wanted, got, size) \
    _assert_memory_equal((wanted), (got), (size), __FILE__, __LINE__)

/* Runs body on fresh simulated machines (of this seed) on which the 1st, 2nd, 3rd ... operation that the
 * fault counts fails (or crashes), until a run meets no fault; prints how many there were. */
void test_os_sweep(enum os_sim_fault fault, uint64_t seed, void (*body)(struct os_sim *sim));

/* The seed of a randomised test: VARVE_TEST_SEED, or `fallback`; printed. */
uint64_t test_seed(uint64_t fallback);

/* How many times longer than usual a campaign may run: VARVE_TEST_EFFORT, 1 by default. */
uint64_t test_effort(void);

#endif
