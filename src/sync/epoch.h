/*
 * epoch.h - when memory that readers may still look at can be used again.
 *
 * A domain (one a database) has a counter, the epoch. A session has a slot: entering a call puts the
 * current epoch there, leaving puts 0. What was unlinked is retired: it waits in the slot's open block;
 * the block is sealed (stamped with the epoch, which moves on) when it is full, holds 64 KB, or after some
 * calls. A sealed block is freed when no slot holds its epoch or an older one: readers that entered later
 * cannot have met what it holds. Who retired frees, so that memory stays with its session; a block that has
 * waited while another slot looked twice is freed by that slot. (After Fraser 2004; unlike his, an epoch is
 * per block, and readers help.)
 *
 * LSNs decide which versions nobody needs; epochs only decide when bytes may be reused.
 *
 * Promises: E1 nothing is freed while a slot that was entered before its retirement has not left;
 *           E2 everything retired is freed in the end, also in a database that only reads afterwards;
 *           E3 entering and leaving write only the slot's own cache line.
 * Threads:  a slot: one thread at a time (sessions may migrate between calls). Domain: any.
 */
#ifndef VARVE_SYNC_EPOCH_H
#define VARVE_SYNC_EPOCH_H

#include "base/assert.h"
#include "base/probe.h"
#include "base/status.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EPOCH_SEAL_BYTES  65536u
#define EPOCH_SEAL_CALLS  64u  /* calls after which a block with anything in it is sealed */
#define EPOCH_BLOCK_COUNT 168u /* retired objects in a block of about 4 KB */

struct alloc;
struct epoch_block;
struct epoch_domain;

/* Frees one retired object. slot_user belongs to the slot (or reclaim step) that frees now, which need
 * not be the one that retired. Must not retire, enter or wait. */
typedef void (*epoch_free)(void *slot_user, void *memory, size_t bytes);

/* The head of a domain, read by every call, written when a block is sealed or freed. */
struct epoch_clock {
    alignas(64) _Atomic uint64_t now; /* guard: atomic; starts at 1 */
    _Atomic uint64_t sealed_count;    /* guard: atomic; blocks that wait */
};

struct epoch_slot {
    alignas(64) _Atomic uint64_t entered; /* guard: atomic; 0: outside */
    struct epoch_clock *clock;
    uint32_t open_count; /* objects in the open block */
    uint32_t calls;      /* since this slot sealed or helped */
    size_t open_bytes;
    bool eager;         /* more can be freed: go on at the next leave */
    bool helping;       /* others' blocks too */
    bool hurry;         /* see epoch_hurry() */
    uint64_t seen_head; /* the oldest waiting block when this slot last looked */
    struct epoch_queue {
        struct epoch_block *first;
        struct epoch_block *last;
    } sealed; /* guard: the domain's lock; its own blocks that wait */
    struct epoch_block *open;
    struct epoch_block *spare; /* so that a retire never lacks memory */
    struct epoch_domain *domain;
    void *user;
    struct epoch_slot *next; /* guard: the domain's lock */
};

/* NULL: out of memory. borrow: alloc until destroyed. own: end with epoch_domain_destroy(). */
struct epoch_domain *epoch_domain_create(struct alloc *alloc);

/* No slot is left. Frees everything that waits, with `user`. Accepts NULL. */
void epoch_domain_destroy(struct epoch_domain *domain, void *user);

/* user: handed to the callbacks that this slot runs. NULL: out of memory. own: end with
 * epoch_slot_destroy(). */
struct epoch_slot *epoch_slot_create(struct epoch_domain *domain, void *user);

/* Outside. What it retired stays with the domain. Accepts NULL. */
void epoch_slot_destroy(struct epoch_slot *slot);

void epoch_leave_slow(struct epoch_slot *slot);

/* From here on nothing that this thread finds by pointers is freed, until epoch_leave(). */
static inline void epoch_enter(struct epoch_slot *slot)
{
    /* Acquire: who reads an epoch sees everything unlinked before it began (pairs: epoch_seal). */
    uint64_t now = atomic_load_explicit(&slot->clock->now, memory_order_acquire);

    VV_ASSERT(atomic_load_explicit(&slot->entered, memory_order_relaxed) == 0);
    VV_PROBE(EPOCH_ENTERING);
    /* Sequentially consistent: the slot is seen by the scan, or the reads that follow see what the
     * scanner unlinked (pairs: the fence in the scan). On x86 an exchange is a full fence. */
    atomic_exchange_explicit(&slot->entered, now, memory_order_seq_cst);
#if !defined(__x86_64__) && !defined(__SANITIZE_THREAD__)
    atomic_thread_fence(memory_order_seq_cst);
#endif
}

/* Frees what can be freed when something waits. */
static inline void epoch_leave(struct epoch_slot *slot)
{
    VV_ASSERT(atomic_load_explicit(&slot->entered, memory_order_relaxed) != 0);
    /* Release: everything read is behind us when the scan sees 0. */
    atomic_store_explicit(&slot->entered, 0, memory_order_release);
    if (VV_UNLIKELY(slot->open_count != 0 ||
                    atomic_load_explicit(&slot->clock->sealed_count, memory_order_relaxed) != 0)) {
        epoch_leave_slow(slot);
    }
}

static inline bool epoch_entered(const struct epoch_slot *slot)
{
    return atomic_load_explicit(&slot->entered, memory_order_relaxed) != 0;
}

vv_status epoch_reserve_slow(struct epoch_slot *slot);

/* Makes sure that the next EPOCH_BLOCK_COUNT retires of this slot cannot lack memory: call it before a
 * change that cannot be undone. Two compares when all is well. VV_NOMEM. */
VV_MUST_USE static inline vv_status epoch_reserve(struct epoch_slot *slot)
{
    if (VV_LIKELY(slot->open != NULL && slot->spare != NULL)) {
        return VV_OK;
    }
    return epoch_reserve_slow(slot);
}

/* memory was unlinked: `release` frees it when nobody can hold it. Cannot fail after epoch_reserve().
 * Inside or outside. bytes: what it holds, for the 64 KB. give. */
void epoch_retire(struct epoch_slot *slot, void *memory, size_t bytes, epoch_free release);

/* The next leave offers what the slot retired and frees what can be freed, however little that is. */
static inline void epoch_hurry(struct epoch_slot *slot)
{
    slot->hurry = true;
}

/* Seals what the slot retired so far, unless some of its blocks wait already: blocks take memory too. */
void epoch_offer(struct epoch_slot *slot);

/* Seals what the slot retired so far, so that others can free it: a session that goes idle. */
void epoch_flush(struct epoch_slot *slot);

/* Background work: frees what can be freed, at most block_count_max blocks. Returns whether it freed
 * any. `user` goes to the callbacks. */
bool epoch_reclaim_step(struct epoch_domain *domain, void *user, unsigned block_count_max);

/* Bytes retired (sealed) and not yet freed. */
size_t epoch_waiting_bytes(struct epoch_domain *domain);

#endif
