/*
 * visible.c - the watermark and who waits for it.
 *
 * A waiter enters the list under the lock, raises `count`, and looks at the watermark once more; who
 * advances moves the watermark first and then looks at `count`. Both are sequentially consistent, so
 * that one of the two sees the other (V2).
 */
#include "txn/visible.h"

#include "base/assert.h"

static void visible_wake(struct visible *visible);
static void visible_unlist(struct visible *visible, struct visible_waiter *place);

void visible_init(struct visible *visible, uint64_t lsn)
{
    atomic_init(&visible->lsn, lsn);
    atomic_init(&visible->count, 0);
    atomic_init(&visible->poisoned, false);
    lock_init(&visible->lock, LOCK_TXN_WAIT);
    list_init(&visible->waiters);
}

void visible_release(struct visible *visible)
{
    VV_ASSERT(list_empty(&visible->waiters));
}

void visible_advance(struct visible *visible, uint64_t lsn)
{
    uint64_t now = atomic_load_explicit(&visible->lsn, memory_order_relaxed);

    while (now < lsn) { /* V1 */
        if (atomic_compare_exchange_weak_explicit(&visible->lsn, &now, lsn, memory_order_seq_cst,
                                                  memory_order_relaxed)) {
            break;
        }
    }
    if (VV_UNLIKELY(atomic_load_explicit(&visible->count, memory_order_seq_cst) != 0)) {
        visible_wake(visible);
    }
}

void visible_poison(struct visible *visible)
{
    atomic_store_explicit(&visible->poisoned, true, memory_order_seq_cst);
    visible_wake(visible); /* V3 */
}

vv_status visible_wait_step(struct visible *visible, struct visible_waiter *place,
                            struct waiter *waiter, uint64_t lsn)
{
    vv_status status = VV_WAITING;

    if (visible_now(visible) >= lsn) {
        visible_wait_cancel(visible, place);
        return VV_OK;
    }
    lock_acquire(&visible->lock);
    if (!place->listed) {
        place->listed = true;
        place->linked = true;
        list_append(&visible->waiters, &place->link);
        atomic_fetch_add_explicit(&visible->count, 1, memory_order_seq_cst);
    }
    place->waiter = waiter;
    place->lsn = lsn;
    if (atomic_load_explicit(&visible->lsn, memory_order_seq_cst) >= lsn) {
        status = VV_OK;
    } else if (atomic_load_explicit(&visible->poisoned, memory_order_seq_cst)) {
        status = VV_IO;
    }
    if (status != VV_WAITING) {
        visible_unlist(visible, place);
    }
    lock_release(&visible->lock);
    return status;
}

void visible_wait_cancel(struct visible *visible, struct visible_waiter *place)
{
    if (!place->linked) {
        return;
    }
    lock_acquire(&visible->lock);
    if (place->listed) {
        visible_unlist(visible, place);
    }
    lock_release(&visible->lock);
    place->linked = false;
}

vv_status visible_wait(struct visible *visible, struct visible_waiter *place, struct waiter *waiter,
                       uint64_t lsn, uint64_t deadline_ns, bool interruptible)
{
    vv_status status = VV_OK;

    if (VV_LIKELY(visible_now(visible) >= lsn)) {
        return VV_OK;
    }
    for (;;) {
        uint32_t seen = waiter_event(waiter);

        status = visible_wait_step(visible, place, waiter, lsn);
        if (status != VV_WAITING) {
            return status;
        }
        status = waiter_sleep(waiter, seen, deadline_ns, interruptible);
        if (status != VV_OK) {
            visible_wait_cancel(visible, place);
            return status;
        }
    }
}

/* Unlinks and signals whom the watermark, or the poison, serves. */
static void visible_wake(struct visible *visible)
{
    bool poisoned = false;
    uint64_t now = 0;

    lock_acquire(&visible->lock);
    now = atomic_load_explicit(&visible->lsn, memory_order_seq_cst);
    poisoned = atomic_load_explicit(&visible->poisoned, memory_order_seq_cst);
    list_for_each_safe(link, after, &visible->waiters) {
        struct visible_waiter *place = LIST_OF(link, struct visible_waiter, link);

        if (poisoned || place->lsn <= now) {
            struct waiter *waiter = place->waiter;

            visible_unlist(visible, place);
            waiter_signal(waiter);
        }
    }
    lock_release(&visible->lock);
}

/* Under the lock. */
static void visible_unlist(struct visible *visible, struct visible_waiter *place)
{
    list_remove(&place->link);
    place->listed = false;
    atomic_fetch_sub_explicit(&visible->count, 1, memory_order_relaxed);
}
