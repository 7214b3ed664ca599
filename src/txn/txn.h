/*
 * txn.h - the identity and fate of transactions, and waiting for them.
 *
 * A transaction lives in a slot; its tag names slot and generation and stands as `begin` in the versions
 * it writes. When it commits, one store into its slot publishes the commit LSN: from then on everybody
 * judges its versions by that LSN. Afterwards the committer stamps the LSN into each version and only
 * then uses the slot again (the next generation). A reader asks in this order: begin, outcome, tag. If
 * the slot's tag is another one, the version has been stamped meanwhile: read begin again.
 *
 *     txn_begin -> writes carry the tag -> txn_publish(lsn or TXN_NEVER) -> txn_wake -> stamp -> txn_finish
 *
 * Waiting: txn_wait() links the waiter to the owner's slot after following the wait-for edges; a cycle is
 * broken at once, the youngest in it gets VV_DEADLOCK. Who is kept off by several transactions waits for one of
 * them; who the others are, a search asks when it comes by (struct txn_blockers), for they come and go.
 *
 * Promises: X1 a judgement is right even while the slot is published, stamped and used again;
 *           X2 who waits for a transaction wakes when it ends, or undoes a part; no wake is lost;
 *           X3 no cycle of waits lasts, and exactly one of it, the youngest, is told;
 *           X4 begin, publish, finish of a transaction for which nobody waits take no lock.
 * Threads:  a slot by its session; judge, look, interrupt: any.
 */
#ifndef VARVE_TXN_TXN_H
#define VARVE_TXN_TXN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/assert.h"
#include "base/list.h"
#include "base/probe.h"
#include "base/status.h"
#include "sync/lock.h"
#include "txn/view.h"
#include "txn/waiter.h"

/* A begin word: an LSN, or a tag: this bit, 47 bits of generation, 16 bits of slot. */
#define TXN_TAG_BIT   ((uint64_t)1 << 63)
#define TXN_SLOT_BITS 16u

/* The begin of versions that were undone, and the outcome of aborted transactions: an LSN that no
 * snapshot reaches. */
#define TXN_NEVER (TXN_TAG_BIT - 1)

/* The outcome of a transaction whose fate is open. */
#define TXN_OPEN 0u

#define TXN_BLOCK_SLOTS 64u
#define TXN_BLOCKS      128u

struct txn_table;

/* Called with each transaction in the way. */
typedef void (*txn_visit)(void *arg, uint64_t tag);

/* Who else is in the way of a waiting transaction: the head of what the owner of the wait knows. `each` is called by
 * any thread, under the wait lock, until the wait has ended. */
struct txn_blockers {
    void (*each)(const struct txn_blockers *blockers, txn_visit visit, void *arg);
};

/* A transaction's slot. */
struct txn {
    _Alignas(64) _Atomic uint64_t tag; /* of the current or last generation; guard: atomic */
    _Atomic uint64_t outcome;          /* TXN_OPEN, commit LSN or TXN_NEVER; guard: atomic */
    _Atomic uint32_t waiter_count;     /* who waits for it; guard: atomic */
    _Atomic uint32_t undo_count;       /* changes when a part was undone; guard: atomic */
    uint64_t age;                      /* greater is younger; guard: wait_lock when waiting */
    struct txn_table *table;
    uint32_t index;
    /* --- waiting; guard: table->wait_lock --- */
    _Alignas(64) struct list waiters;    /* of struct txn.waiting */
    struct list waiting;                 /* in the owner's list, or alone */
    struct txn *waits_for;               /* NULL: not waiting */
    const struct txn_blockers *blockers; /* NULL: waits for that one only */
    struct waiter *waiter;               /* of the waiting session */
    uint64_t search;                     /* the last search that came by */
    struct txn *search_from;             /* who waits for it, in that search */
    struct txn *search_next;             /* the next one to look at */
    vv_status wait_result;               /* VV_WAITING, then VV_OK or VV_DEADLOCK */
    struct txn *next_free;               /* guard: table->lock */
};

struct txn_block {
    struct txn slots[TXN_BLOCK_SLOTS];
};

struct txn_table {
    _Atomic(struct txn_block *) blocks[TXN_BLOCKS]; /* guard: atomic, set once */
    struct alloc *alloc;
    struct lock lock;      /* of the free slots */
    struct txn *free;      /* guard: lock */
    uint32_t block_count;  /* guard: lock */
    struct lock wait_lock; /* of the wait-for graph */
    uint64_t searches;     /* guard: wait_lock */
};

VV_MUST_USE vv_status txn_table_create(struct alloc *alloc, struct txn_table **table_out);
void txn_table_destroy(struct txn_table *table);

/* A slot for a session (or a prepared transaction). own: *txn_out, end with txn_drop(). VV_LIMIT,
 * VV_NOMEM. */
VV_MUST_USE vv_status txn_acquire(struct txn_table *table, struct txn **txn_out);

/* The transaction has ended. */
void txn_drop(struct txn *txn);

/* Begins the next generation and returns its tag. age: any number that grows with time (a start LSN, a
 * clock): the youngest of a deadlock loses. */
uint64_t txn_begin(struct txn *txn, uint64_t age);

/* Publishes the fate: a commit LSN, or TXN_NEVER. Short: may stand in the commit section. */
void txn_publish(struct txn *txn, uint64_t outcome);

/* Wakes all who wait for the transaction. After txn_publish(). */
void txn_wake(struct txn *txn);

/* A savepoint was rolled back and its versions marked: who waits looks again. */
void txn_undone(struct txn *txn);

static inline uint64_t txn_tag(const struct txn *txn)
{
    return atomic_load_explicit(&txn->tag, memory_order_relaxed);
}

static inline bool txn_is_tag(uint64_t begin)
{
    return (begin & TXN_TAG_BIT) != 0;
}

/* The slot of a tag that was read from a version. */
static inline struct txn *txn_of_tag(const struct txn_table *table, uint64_t tag)
{
    uint32_t index = (uint32_t)tag & ((1u << TXN_SLOT_BITS) - 1);
    struct txn_block *block = atomic_load_explicit(&table->blocks[index / TXN_BLOCK_SLOTS],
                                                   memory_order_acquire); /* pairs: txn_acquire */

    return &block->slots[index % TXN_BLOCK_SLOTS];
}

enum txn_fate { TXN_IS_OPEN, TXN_IS_COMMITTED, TXN_IS_ABORTED, TXN_IS_PAST };

/* What has become of the transaction tag, read from a version's begin? TXN_IS_PAST: read begin again (it
 * is an LSN or TXN_NEVER by now). *lsn_out: when committed. X1 */
static inline enum txn_fate txn_look(const struct txn_table *table, uint64_t tag,
                                     uint64_t *lsn_out);

enum txn_verdict { TXN_HIDDEN, TXN_VISIBLE, TXN_RELOAD };

/* Is a version with this begin and statement visible? TXN_RELOAD: read begin again. */
static inline enum txn_verdict txn_judge(const struct txn_table *table, const struct txn_view *view,
                                         uint64_t begin, uint32_t statement);

/* ---- waiting ---- */

/* What the owner's undo count was before its version was judged: a wait that starts after an undo ends
 * at once. Read it with txn_undo_seen() before reading the version's begin, or pass the one that the
 * tree reports. */
static inline uint32_t txn_undo_seen(const struct txn_table *table, uint64_t tag)
{
    return atomic_load_explicit(&txn_of_tag(table, tag)->undo_count,
                                memory_order_acquire); /* pairs: txn_undone */
}

/* Blocks until the owner ends or undoes a part (VV_OK: look again). VV_DEADLOCK, VV_TIMEOUT (the
 * deadline, os clock, 0: none), VV_CANCELED. `me` has begun; waiter is its session's. blockers (may be NULL): who else
 * is in the way; borrow until the wait has ended. X2 X3 */
VV_MUST_USE vv_status txn_wait(struct txn *me, struct waiter *waiter, uint64_t owner_tag,
                               uint32_t undo_seen, const struct txn_blockers *blockers,
                               uint64_t deadline_ns);

/* The same without blocking: VV_OK, VV_DEADLOCK, or VV_WAITING: the waiter is signalled when it is worth
 * asking txn_wait_poll(). */
VV_MUST_USE vv_status txn_wait_start(struct txn *me, struct waiter *waiter, uint64_t owner_tag,
                                     uint32_t undo_seen, const struct txn_blockers *blockers);

/* VV_WAITING: still. VV_OK, VV_DEADLOCK, VV_CANCELED: the wait is over. */
VV_MUST_USE vv_status txn_wait_poll(struct txn *me);

/* Ends a wait, whatever its state. */
void txn_wait_cancel(struct txn *me);

/* ---- inline ---- */

static inline enum txn_fate txn_look(const struct txn_table *table, uint64_t tag, uint64_t *lsn_out)
{
    const struct txn *txn = txn_of_tag(table, tag);
    uint64_t outcome =
        atomic_load_explicit(&txn->outcome, memory_order_acquire); /* pairs: txn_begin */

    *lsn_out = outcome;
    VV_PROBE(TXN_LOOKING);
    if (VV_UNLIKELY(atomic_load_explicit(&txn->tag, memory_order_acquire) != tag) &&
        !VV_NAIVE(TXN_IGNORE_GENERATION)) {
        return TXN_IS_PAST;
    }
    if (outcome == TXN_OPEN) {
        return TXN_IS_OPEN;
    }
    return outcome == TXN_NEVER ? TXN_IS_ABORTED : TXN_IS_COMMITTED;
}

static inline enum txn_verdict txn_judge(const struct txn_table *table, const struct txn_view *view,
                                         uint64_t begin, uint32_t statement)
{
    uint64_t lsn = begin;

    if (txn_is_tag(begin)) {
        if (begin == view->tag) {
            return statement < view->statement ? TXN_VISIBLE : TXN_HIDDEN;
        }
        switch (txn_look(table, begin, &lsn)) {
        case TXN_IS_PAST:
            return TXN_RELOAD;
        case TXN_IS_COMMITTED:
            break;
        case TXN_IS_OPEN:
        case TXN_IS_ABORTED:
        default:
            return TXN_HIDDEN;
        }
    }
    return lsn <= view->snapshot ? TXN_VISIBLE : TXN_HIDDEN;
}

#endif
