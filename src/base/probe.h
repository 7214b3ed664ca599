/*
 * probe.h - named places in the code where a test may pause a thread, fail a call or crash the machine.
 *
 *   VV_PROBE(WAL_BEFORE_SYNC);                a place where a test may wait or crash the simulated os
 *   VV_TRY(VV_PROBE_STATUS(WAL_APPEND));      the same, and the test may make the call fail
 *   if (VV_NAIVE(PRUNE_WITHOUT_BOUND)) {...}  a test may restore the naive code
 *
 * The names stand in probes.def. Without -Dprobes=true all three are nothing (VV_OK, false). A hook runs
 * on the thread that came by and may block. Hooks belong to the process: tests that use the same name do
 * not run side by side.
 */
#ifndef VARVE_BASE_PROBE_H
#define VARVE_BASE_PROBE_H

#include "base/status.h"

#include <stdbool.h>

enum probe {
#define PROBE(name, text) PROBE_##name,
#include "base/probes.def"
#undef PROBE
    PROBE_COUNT
};

enum probe_naive {
#define NAIVE(name, text) NAIVE_##name,
#include "base/probes.def"
#undef NAIVE
    NAIVE_COUNT
};

/* What the hook returns is what VV_PROBE_STATUS gives; VV_PROBE ignores it. */
typedef vv_status (*probe_hook)(void *user, enum probe probe);

/* Sets the hook of one probe; NULL removes it. Threads: any; a hook that runs now may still end later. */
void probe_set(enum probe probe, probe_hook hook, void *user);

/* Removes all hooks and all naive switches. */
void probe_reset(void);

void probe_set_naive(enum probe_naive naive, bool on);

/* Whether this build has probes; tests that need them skip otherwise. */
bool probe_available(void);

vv_status probe_hit(enum probe probe);
bool probe_is_naive(enum probe_naive naive);

const char *probe_text(enum probe probe);

#ifdef VV_PROBES
#define VV_PROBE(name)        ((void)probe_hit(PROBE_##name))
#define VV_PROBE_STATUS(name) probe_hit(PROBE_##name)
#define VV_NAIVE(name)        probe_is_naive(NAIVE_##name)
#else
#define VV_PROBE(name)        ((void)0)
#define VV_PROBE_STATUS(name) VV_OK
#define VV_NAIVE(name)        false
#endif

#endif
