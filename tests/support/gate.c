/* gate.c - probe hooks for scripts of races. */
#include "gate.h"

#include "os/os.h"
#include "os/os_futex.h"

#include <limits.h>
#include <string.h>

#define GATE_PATIENCE_NS 240000000000 /* a slow and busy machine needs less */

enum { GATE_CLOSED, GATE_REACHED, GATE_OPEN };

static void gate_init(struct gate *gate, enum probe probe, uint32_t skip)
{
    memset(gate, 0, sizeof *gate);
    gate->probe = probe;
    gate->skip = skip;
}

static vv_status stand(void *user, enum probe probe)
{
    struct gate *gate = user;
    uint32_t closed = GATE_CLOSED;

    (void)probe;
    if (atomic_fetch_add(&gate->passes, 1) < gate->skip ||
        !atomic_compare_exchange_strong(&gate->state, &closed, GATE_REACHED)) {
        return VV_OK; /* open, or another already stands there */
    }
    os_futex_wake(&gate->state, UINT_MAX);
    while (atomic_load(&gate->state) == GATE_REACHED) {
        os_futex_wait(&gate->state, GATE_REACHED);
    }
    return VV_OK;
}

void gate_close(struct gate *gate, enum probe probe)
{
    gate_close_after(gate, probe, 0);
}

void gate_close_after(struct gate *gate, enum probe probe, uint32_t skip)
{
    gate_init(gate, probe, skip);
    probe_set(probe, stand, gate);
}

bool gate_reached(struct gate *gate)
{
    uint64_t deadline = os_monotonic_ns(os_real()) + GATE_PATIENCE_NS;

    while (atomic_load(&gate->state) == GATE_CLOSED && os_monotonic_ns(os_real()) < deadline) {
        os_futex_wait_for(&gate->state, GATE_CLOSED, 1000000);
    }
    return gate_is_reached(gate);
}

bool gate_is_reached(const struct gate *gate)
{
    return atomic_load(&gate->state) == GATE_REACHED;
}

void gate_open(struct gate *gate)
{
    probe_set(gate->probe, NULL, NULL);
    atomic_store(&gate->state, GATE_OPEN);
    os_futex_wake(&gate->state, UINT_MAX);
}

static vv_status crash(void *user, enum probe probe)
{
    struct gate *gate = user;

    (void)probe;
    if (atomic_fetch_add(&gate->passes, 1) == gate->skip) {
        os_sim_crash(gate->sim);
    }
    return VV_OK;
}

void gate_crash(struct gate *gate, enum probe probe, struct os_sim *sim, uint32_t n)
{
    gate_init(gate, probe, n - 1);
    gate->sim = sim;
    probe_set(probe, crash, gate);
}

static vv_status fail_once(void *user, enum probe probe)
{
    struct gate *gate = user;

    (void)probe;
    return atomic_fetch_add(&gate->passes, 1) == gate->skip ? gate->status : VV_OK;
}

void gate_fail(struct gate *gate, enum probe probe, vv_status status, uint32_t n)
{
    gate_init(gate, probe, n - 1);
    gate->status = status;
    probe_set(probe, fail_once, gate);
}
