/*
 * gate.h - stops a thread at a named probe, so that a test can write a race down as a script.
 *
 *   struct gate gate;
 *   gate_close(&gate, PROBE_STORE_STAMPING);     the next thread that comes by stops there
 *   ... start a thread that will ...
 *   TEST_TRUE(gate_reached(&gate));              it stands there now (waits for it)
 *   ... what shall happen meanwhile ...
 *   gate_open(&gate);                            it goes on; later ones pass
 *
 * Needs -Dprobes=true: without, GATE_NEEDED() skips the test. gate_crash() and gate_fail() make the machine
 * crash, or the call fail, at a probe.
 */
#ifndef VARVE_TESTS_SUPPORT_GATE_H
#define VARVE_TESTS_SUPPORT_GATE_H

#include "base/probe.h"
#include "os/os_sim.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct gate {
    enum probe probe;
    _Atomic uint32_t state;  /* 0 closed, 1 somebody stands there, 2 open */
    _Atomic uint32_t passes; /* how many threads came by */
    uint32_t skip;           /* so many pass first */
    struct os_sim *sim;      /* gate_crash */
    vv_status status;        /* gate_fail */
};

#define GATE_NEEDED()             \
    do {                          \
        if (!probe_available()) { \
            skip();               \
        }                         \
    } while (0)

/* borrow: gate until gate_open() or probe_reset(). */
void gate_close(struct gate *gate, enum probe probe);

/* As gate_close; `skip` threads pass first. */
void gate_close_after(struct gate *gate, enum probe probe, uint32_t skip);

/* Waits until a thread stands at the gate. False: none came in minutes. */
bool gate_reached(struct gate *gate);

/* Whether one stands there now. */
bool gate_is_reached(const struct gate *gate);

/* Lets it go on. */
void gate_open(struct gate *gate);

/* The simulated machine crashes when the probe is passed for the n-th time (1: the next). */
void gate_crash(struct gate *gate, enum probe probe, struct os_sim *sim, uint32_t n);

/* VV_PROBE_STATUS gives `status` when it is passed for the n-th time. */
void gate_fail(struct gate *gate, enum probe probe, vv_status status, uint32_t n);

#endif
