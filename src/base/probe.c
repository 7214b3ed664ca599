/* probe.c - hooks by name. */
#include "base/probe.h"

#include "base/assert.h"

#include <stdatomic.h>
#include <stddef.h>

/* Process-wide, for tests. */
static struct {
    _Atomic(probe_hook) hook;
    void *_Atomic user;
} hooks[PROBE_COUNT];
static _Atomic bool naives[NAIVE_COUNT + 1];

static const char *const texts[] = {
#define PROBE(name, text) #name ": " text,
#include "base/probes.def"
#undef PROBE
};

void probe_set(enum probe probe, probe_hook hook, void *user)
{
    VV_ASSERT((unsigned)probe < PROBE_COUNT);
    atomic_store_explicit(&hooks[probe].user, user, memory_order_relaxed);
    atomic_store_explicit(&hooks[probe].hook, hook, memory_order_release); /* pairs: probe_hit */
}

void probe_reset(void)
{
    for (int probe = 0; probe < PROBE_COUNT; probe++) {
        probe_set((enum probe)probe, NULL, NULL);
    }
    for (int naive = 0; naive < NAIVE_COUNT; naive++) {
        probe_set_naive((enum probe_naive)naive, false);
    }
}

void probe_set_naive(enum probe_naive naive, bool on)
{
    VV_ASSERT((unsigned)naive < NAIVE_COUNT);
    atomic_store_explicit(&naives[naive], on, memory_order_relaxed);
}

bool probe_available(void)
{
#ifdef VV_PROBES
    return true;
#else
    return false;
#endif
}

vv_status probe_hit(enum probe probe)
{
    probe_hook hook = atomic_load_explicit(&hooks[probe].hook, memory_order_acquire);

    if (VV_LIKELY(hook == NULL)) {
        return VV_OK;
    }
    return hook(atomic_load_explicit(&hooks[probe].user, memory_order_relaxed), probe);
}

bool probe_is_naive(enum probe_naive naive)
{
    return atomic_load_explicit(&naives[naive], memory_order_relaxed);
}

const char *probe_text(enum probe probe)
{
    VV_ASSERT((unsigned)probe < PROBE_COUNT);
    return texts[probe];
}
