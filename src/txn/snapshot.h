/*
 * snapshot.h - who reads at which LSN, and what the pruner may therefore drop.
 *
 * A snapshot is published in a slot of its own cache line. Taking one: publish a lower bound (an old
 * `visible`), fence, read `visible` again, publish that. The pruner reads `visible`, fences, then scans
 * the slots: if it misses the bound, the taker's second read comes later than the pruner's and is no
 * smaller, so the taker does not need what the pruner drops. A bound that is met protects every version
 * that ends after it, because the snapshot that will replace it may be anything from there up.
 *
 * Promises: N1 a version that a published snapshot sees is never reported as unneeded;
 *           N2 a listing stays right however old it gets (it only keeps more than necessary).
 * Threads:  a slot by its owner; list: any.
 */
#ifndef VARVE_TXN_SNAPSHOT_H
#define VARVE_TXN_SNAPSHOT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/status.h"
#include "txn/visible.h"

struct snapshot_table;

#define SNAPSHOT_BOUND ((uint64_t)1 << 63) /* the slot holds a bound, not yet the snapshot */

struct snapshot_slot {
    _Alignas(64) _Atomic uint64_t word; /* 0: none; guard: atomic, written by the owner */
    uint32_t index;
    struct snapshot_slot *next_free; /* guard: the table's lock */
};

VV_MUST_USE vv_status snapshot_table_create(struct alloc *alloc, struct snapshot_table **table_out);
void snapshot_table_destroy(struct snapshot_table *table);

/* A session acquires one for its statement or transaction, further ones for cursors that outlive it.
 * own: *slot_out, end with snapshot_drop(). VV_LIMIT, VV_NOMEM. */
VV_MUST_USE vv_status snapshot_acquire(struct snapshot_table *table,
                                       struct snapshot_slot **slot_out);
void snapshot_drop(struct snapshot_table *table, struct snapshot_slot *slot);

/* Publishes and returns the current `visible` as the slot's snapshot, replacing what it held. */
uint64_t snapshot_take(struct snapshot_slot *slot, const struct visible *visible);

/* Publishes an lsn that is protected by another slot (or known to be) for the whole call. */
void snapshot_take_at(struct snapshot_slot *slot, uint64_t lsn);

/* The owner needs nothing any more. */
void snapshot_end(struct snapshot_slot *slot);

static inline uint64_t snapshot_lsn(const struct snapshot_slot *slot)
{
    return atomic_load_explicit(&slot->word, memory_order_relaxed);
}

/* ---- what the pruner knows ---- */

#define SNAPSHOT_LIST_MAX 64u

struct snapshot_horizon {
    uint64_t visible; /* read before the slots were scanned */
    uint64_t bound;   /* the least bound met, UINT64_MAX: none */
    uint64_t oldest;  /* the least snapshot or bound, UINT64_MAX: none */
    uint32_t count;
    uint64_t lsns[SNAPSHOT_LIST_MAX]; /* ascending, distinct */
};

/* Reads `visible`, then scans. More than SNAPSHOT_LIST_MAX different snapshots: the greatest ones are
 * folded into the bound (more is kept, never less). */
void snapshot_list(const struct snapshot_table *table, const struct visible *visible,
                   struct snapshot_horizon *horizon_out);

/* Does anybody need, now or ever, a version that began at begin and ended at end? N1 */
static inline bool snapshot_needs(const struct snapshot_horizon *horizon, uint64_t begin,
                                  uint64_t end)
{
    uint32_t low = 0;
    uint32_t high = horizon->count;

    if (end > horizon->visible || end > horizon->bound) {
        return true;
    }
    while (low < high) { /* the first snapshot >= begin */
        uint32_t middle = (low + high) / 2;

        if (horizon->lsns[middle] < begin) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < horizon->count && horizon->lsns[low] < end;
}

/* May everyone, now and ever, see a version that began at begin (if it is the newest)? */
static inline bool snapshot_all_see(const struct snapshot_horizon *horizon, uint64_t begin)
{
    return begin <= horizon->visible && begin <= horizon->oldest;
}

#endif
