/* waiter.c - the event word of one session: signal, sleep, interrupt. */
#include "txn/waiter.h"

#include <limits.h>
#include <stddef.h>

#include "base/assert.h"
#include "os/os.h"

static void waiter_bump(struct waiter *waiter);

void waiter_init(struct waiter *waiter, struct os *os, void (*wake)(void *arg), void *wake_arg)
{
    waiter->os = os;
    waiter->wake = wake;
    waiter->wake_arg = wake_arg;
    atomic_init(&waiter->event, 0);
    atomic_init(&waiter->interrupt, 0);
}

void waiter_signal(struct waiter *waiter)
{
    waiter_bump(waiter);
}

void waiter_interrupt(struct waiter *waiter)
{
    /* Before the event moves: who wakes sees it. */
    atomic_store_explicit(&waiter->interrupt, 1, memory_order_seq_cst);
    waiter_bump(waiter);
}

void waiter_clear(struct waiter *waiter)
{
    atomic_store_explicit(&waiter->interrupt, 0, memory_order_relaxed);
}

vv_status waiter_sleep(struct waiter *waiter, uint32_t seen, uint64_t deadline_ns,
                       bool interruptible)
{
    uint64_t deadline = deadline_ns == 0 ? OS_NO_DEADLINE : deadline_ns;

    VV_ASSERT(waiter->wake == NULL);
    if (interruptible && atomic_load_explicit(&waiter->interrupt, memory_order_seq_cst) != 0) {
        return VV_CANCELED;
    }
    if (waiter_event(waiter) != seen) {
        return VV_OK;
    }
    return os_wait(waiter->os, &waiter->event, seen, deadline);
}

/* The signaller may be the last to touch the waiter's list, never the waiter itself: it lives in the
 * session, which outlives its waits. */
static void waiter_bump(struct waiter *waiter)
{
    atomic_fetch_add_explicit(&waiter->event, 1, memory_order_release); /* pairs: waiter_event */
    if (waiter->wake != NULL) {
        waiter->wake(waiter->wake_arg);
    } else {
        os_wake(waiter->os, &waiter->event, UINT_MAX);
    }
}
