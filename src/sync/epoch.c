/*
 * epoch.c - blocks of retired objects, sealed with an epoch, freed in order.
 *
 *   slot: open block --seal--> sealed: [12] -> [15] -> [16]           clock: 17
 *                                       freed while every slot is outside or above
 *
 * Why a reader that entered above a block's epoch cannot meet what it holds: sealing moves the clock by a
 * read-modify-write after everything in the block was unlinked, and who reads the moved clock (acquire)
 * sees all that. Why a reader that reads an old clock is not missed: it puts the old epoch into its slot by
 * a full fence before it reads a pointer; either the scan (behind its own fence) sees the slot, or
 * the reader sees the pointers as they were after the unlinking.
 */
#include "sync/epoch.h"

#include "base/alloc.h"
#include "sync/lock.h"

#include <string.h>

#define POOL_MIN          8u  /* spare blocks a domain keeps at least, once it has them */
#define POOL_MAX          64u /* and at most, while memory is not short: 256 KB */
#define BLOCKS_A_LEAVE    4u  /* freed by one leave, plus a share of what waits */
#define BLOCK_SHARE_SHIFT 4
#define OFFERS_MAX        8u /* blocks of a slot that were sealed although they are nearly empty */

struct epoch_entry {
    void *memory;
    epoch_free release;
    size_t bytes;
};

struct epoch_block {
    struct epoch_block *next;
    uint64_t epoch; /* when it was sealed */
    size_t bytes;
    uint32_t count;
    struct epoch_entry entries[EPOCH_BLOCK_COUNT];
};

static_assert(sizeof(struct epoch_block) <= 4096, "a block is about a page");

struct epoch_domain {
    struct epoch_clock clock;
    struct alloc *alloc;
    struct lock lock;
    struct epoch_slot *slots;     /* guard: lock */
    struct epoch_queue orphans;   /* guard: lock; of slots that are gone */
    struct epoch_block *pool;     /* guard: lock */
    unsigned pool_count;          /* guard: lock */
    _Atomic size_t waiting_bytes; /* guard: atomic */
};

static struct epoch_block *block_get(struct epoch_domain *domain);
static struct epoch_block *block_make(struct epoch_domain *domain);
static void block_put(struct epoch_domain *domain, struct epoch_block *block);
static void seal(struct epoch_slot *slot);
static struct epoch_block *take_free(struct epoch_domain *domain, struct epoch_slot *slot,
                                     unsigned block_count_max);
static void queue_append(struct epoch_queue *queue, struct epoch_queue more);
static void queue_take(struct epoch_domain *domain, struct epoch_queue *queue, uint64_t oldest,
                       unsigned *block_count_max, struct epoch_queue *taken);
static void release_blocks(struct epoch_domain *domain, struct epoch_block *blocks, void *user);
static uint64_t oldest_entered(struct epoch_domain *domain);
static uint64_t oldest_sealed(const struct epoch_domain *domain);

struct epoch_domain *epoch_domain_create(struct alloc *alloc)
{
    struct epoch_domain *domain = alloc_aligned(alloc, ALLOC_GENERAL, 64, sizeof *domain);

    if (domain == NULL) {
        return NULL;
    }
    memset(domain, 0, sizeof *domain);
    domain->alloc = alloc;
    lock_init(&domain->lock, LOCK_EPOCH);
    atomic_store_explicit(&domain->clock.now, 1, memory_order_relaxed); /* not shared yet */
    return domain;
}

void epoch_domain_destroy(struct epoch_domain *domain, void *user)
{
    if (domain == NULL) {
        return;
    }
    VV_ASSERT(domain->slots == NULL);
    while (epoch_reclaim_step(domain, user, UINT32_MAX)) {
    }
    VV_ASSERT(domain->orphans.first == NULL); /* E2 */
    while (domain->pool != NULL) {
        struct epoch_block *block = domain->pool;

        domain->pool = block->next;
        alloc_free(domain->alloc, ALLOC_GENERAL, block, sizeof *block);
    }
    alloc_free(domain->alloc, ALLOC_GENERAL, domain, sizeof *domain);
}

struct epoch_slot *epoch_slot_create(struct epoch_domain *domain, void *user)
{
    struct epoch_slot *slot = alloc_aligned(domain->alloc, ALLOC_GENERAL, 64, sizeof *slot);
    struct epoch_block *sealed = NULL;

    if (slot == NULL) {
        return NULL;
    }
    memset(slot, 0, sizeof *slot);
    slot->clock = &domain->clock;
    slot->domain = domain;
    slot->user = user;
    slot->open = block_make(domain);
    slot->spare = block_make(domain);
    sealed = block_make(domain);
    block_put(domain, sealed); /* the third one of its circle: sealed, not yet freed */
    if (slot->open == NULL || slot->spare == NULL || sealed == NULL) {
        block_put(domain, slot->open);
        block_put(domain, slot->spare);
        alloc_free(domain->alloc, ALLOC_GENERAL, slot, sizeof *slot);
        return NULL;
    }
    lock_acquire(&domain->lock);
    slot->next = domain->slots;
    domain->slots = slot;
    lock_release(&domain->lock);
    return slot;
}

void epoch_slot_destroy(struct epoch_slot *slot)
{
    struct epoch_domain *domain = NULL;
    struct epoch_slot **at = NULL;

    if (slot == NULL) {
        return;
    }
    VV_ASSERT(!epoch_entered(slot));
    domain = slot->domain;
    epoch_flush(slot);
    lock_acquire(&domain->lock);
    for (at = &domain->slots; *at != slot; at = &(*at)->next) {
        VV_ASSERT(*at != NULL);
    }
    *at = slot->next;
    queue_append(&domain->orphans, slot->sealed);
    lock_release(&domain->lock);
    VV_ASSERT(slot->open_count == 0);
    block_put(domain, slot->open);
    block_put(domain, slot->spare);
    alloc_free(domain->alloc, ALLOC_GENERAL, slot, sizeof *slot);
}

/* Every so many calls: seals what is open, frees what is ready, makes good the spare block. */
void epoch_leave_slow(struct epoch_slot *slot)
{
    uint64_t waiting = atomic_load_explicit(&slot->clock->sealed_count, memory_order_relaxed);
    unsigned count_max = BLOCKS_A_LEAVE + (unsigned)(waiting >> BLOCK_SHARE_SHIFT);
    bool due = ++slot->calls >= EPOCH_SEAL_CALLS;
    struct epoch_block *blocks = NULL;

    if (!due && !slot->eager && !slot->hurry) {
        return;
    }
    if (slot->hurry) {
        slot->hurry = false;
        epoch_offer(slot);
    }
    if (VV_NAIVE(EPOCH_ONLY_RETIRER_FREES) && slot->open_count == 0) {
        return;
    }
    if (due) {
        slot->calls = 0;
        if (slot->open_count != 0) {
            seal(slot);
        }
    }
    blocks = take_free(slot->domain, slot, count_max);
    VV_PROBE(EPOCH_SCANNED);
    slot->eager = blocks != NULL &&
                  atomic_load_explicit(&slot->clock->sealed_count, memory_order_relaxed) != 0;
    slot->helping = slot->helping && slot->eager;
    release_blocks(slot->domain, blocks, slot->user);
    (void)epoch_reserve_slow(slot); /* if not now, then before the next change */
}

vv_status epoch_reserve_slow(struct epoch_slot *slot)
{
    if (slot->open == NULL) {
        slot->open = block_get(slot->domain);
    }
    if (slot->spare == NULL) {
        slot->spare = block_get(slot->domain);
    }
    return slot->open == NULL || slot->spare == NULL ? VV_NOMEM : VV_OK;
}

void epoch_retire(struct epoch_slot *slot, void *memory, size_t bytes, epoch_free release)
{
    if (VV_UNLIKELY(slot->open == NULL)) {
        (void)epoch_reserve_slow(slot);
        VV_ASSERT(slot->open != NULL); /* epoch_reserve() comes before a change */
    }
    slot->open->entries[slot->open_count++] =
        (struct epoch_entry){.memory = memory, .release = release, .bytes = bytes};
    slot->open_bytes += bytes;
    if (slot->open_count == EPOCH_BLOCK_COUNT || slot->open_bytes >= EPOCH_SEAL_BYTES) {
        seal(slot);
    }
}

void epoch_flush(struct epoch_slot *slot)
{
    if (slot->open_count != 0) {
        seal(slot);
    }
}

void epoch_offer(struct epoch_slot *slot)
{
    unsigned waiting = 0;

    lock_acquire(&slot->domain->lock);
    for (const struct epoch_block *at = slot->sealed.first; at != NULL && waiting < OFFERS_MAX;
         at = at->next) {
        waiting++;
    }
    lock_release(&slot->domain->lock);
    if (waiting < OFFERS_MAX) {
        epoch_flush(slot);
    }
}

bool epoch_reclaim_step(struct epoch_domain *domain, void *user, unsigned block_count_max)
{
    struct epoch_block *blocks = NULL;

    if (atomic_load_explicit(&domain->clock.sealed_count, memory_order_relaxed) == 0) {
        return false;
    }
    blocks = take_free(domain, NULL, block_count_max);
    VV_PROBE(EPOCH_SCANNED);
    release_blocks(domain, blocks, user);
    return blocks != NULL;
}

size_t epoch_waiting_bytes(struct epoch_domain *domain)
{
    return atomic_load_explicit(&domain->waiting_bytes, memory_order_relaxed);
}

/* Puts the open block on the domain's list and moves the clock. */
static void seal(struct epoch_slot *slot)
{
    struct epoch_domain *domain = slot->domain;
    struct epoch_block *block = slot->open;

    block->next = NULL;
    block->count = slot->open_count;
    block->bytes = slot->open_bytes;
    slot->open = slot->spare;
    slot->spare = NULL;
    slot->open_count = 0;
    slot->open_bytes = 0;
    slot->eager = true;
    atomic_fetch_add_explicit(&domain->waiting_bytes, block->bytes, memory_order_relaxed);
    lock_acquire(&domain->lock);
    /* Release: who reads the moved clock sees what was unlinked before (pairs: epoch_enter). */
    block->epoch = atomic_fetch_add_explicit(&domain->clock.now, 1, memory_order_seq_cst);
    queue_append(&slot->sealed, (struct epoch_queue){.first = block, .last = block});
    atomic_fetch_add_explicit(&domain->clock.sealed_count, 1, memory_order_relaxed);
    lock_release(&domain->lock);
    VV_PROBE(EPOCH_SEALED);
    (void)epoch_reserve_slow(slot); /* if not now, then before the next change */
}

/* Unlinks blocks that no slot can hold any more, at most block_count_max: those of `slot` first, others'
 * only when it looked before and they still are there. Without a slot: everybody's. */
static struct epoch_block *take_free(struct epoch_domain *domain, struct epoch_slot *slot,
                                     unsigned block_count_max)
{
    struct epoch_queue taken = {0};
    uint64_t oldest = 0;
    uint64_t head = 0;

    lock_acquire(&domain->lock);
    oldest = oldest_entered(domain);
    if (slot != NULL) {
        queue_take(domain, &slot->sealed, oldest, &block_count_max, &taken);
        head = oldest_sealed(domain);
        slot->helping = slot->helping || (head != UINT64_MAX && head == slot->seen_head);
        slot->seen_head = head;
    }
    if (slot == NULL || slot->helping) {
        queue_take(domain, &domain->orphans, oldest, &block_count_max, &taken);
        for (struct epoch_slot *other = domain->slots; other != NULL; other = other->next) {
            queue_take(domain, &other->sealed, oldest, &block_count_max, &taken);
        }
    }
    lock_release(&domain->lock);
    return taken.first;
}

/* The epoch of the block that waits longest, UINT64_MAX: none does. The lock is held. */
static uint64_t oldest_sealed(const struct epoch_domain *domain)
{
    uint64_t oldest = domain->orphans.first == NULL ? UINT64_MAX : domain->orphans.first->epoch;

    for (const struct epoch_slot *slot = domain->slots; slot != NULL; slot = slot->next) {
        if (slot->sealed.first != NULL && slot->sealed.first->epoch < oldest) {
            oldest = slot->sealed.first->epoch;
        }
    }
    return oldest;
}

static void queue_append(struct epoch_queue *queue, struct epoch_queue more)
{
    if (more.first == NULL) {
        return;
    }
    if (queue->first == NULL) {
        queue->first = more.first;
    } else {
        queue->last->next = more.first;
    }
    queue->last = more.last;
}

/* Moves blocks sealed before `oldest` from the head of the queue. The lock is held. */
static void queue_take(struct epoch_domain *domain, struct epoch_queue *queue, uint64_t oldest,
                       unsigned *block_count_max, struct epoch_queue *taken)
{
    while (queue->first != NULL && *block_count_max > 0 && queue->first->epoch < oldest) { /* E1 */
        struct epoch_block *block = queue->first;

        queue->first = block->next;
        block->next = NULL;
        queue_append(taken, (struct epoch_queue){.first = block, .last = block});
        --*block_count_max;
        atomic_fetch_sub_explicit(&domain->clock.sealed_count, 1, memory_order_relaxed);
    }
}

/* UINT64_MAX: every slot is outside. The lock is held. */
static uint64_t oldest_entered(struct epoch_domain *domain)
{
    uint64_t oldest = UINT64_MAX;

    if (VV_NAIVE(EPOCH_FREE_AT_ONCE)) {
        return oldest;
    }
#ifdef __SANITIZE_THREAD__
    (void)atomic_fetch_add_explicit(&domain->clock.now, 0, memory_order_seq_cst);
#else
    atomic_thread_fence(memory_order_seq_cst); /* pairs: the exchange in epoch_enter */
#endif
    for (const struct epoch_slot *slot = domain->slots; slot != NULL; slot = slot->next) {
        /* Acquire: what a reader did before it left is done when the block is freed. */
        uint64_t entered = atomic_load_explicit(&slot->entered, memory_order_acquire);

        if (entered != 0 && entered < oldest) {
            oldest = entered;
        }
    }
    return oldest;
}

static void release_blocks(struct epoch_domain *domain, struct epoch_block *blocks, void *user)
{
    while (blocks != NULL) {
        struct epoch_block *next = blocks->next;

        for (uint32_t i = 0; i < blocks->count; i++) {
            const struct epoch_entry *entry = &blocks->entries[i];

            entry->release(user, entry->memory, entry->bytes);
        }
        atomic_fetch_sub_explicit(&domain->waiting_bytes, blocks->bytes, memory_order_relaxed);
        block_put(domain, blocks);
        blocks = next;
    }
}

static struct epoch_block *block_get(struct epoch_domain *domain)
{
    struct epoch_block *block = NULL;

    lock_acquire(&domain->lock);
    block = domain->pool;
    if (block != NULL) {
        domain->pool = block->next;
        domain->pool_count--;
    }
    lock_release(&domain->lock);
    return block != NULL ? block : block_make(domain);
}

static struct epoch_block *block_make(struct epoch_domain *domain)
{
    return alloc_bulk(domain->alloc, ALLOC_GENERAL, sizeof(struct epoch_block), true);
}

static void block_put(struct epoch_domain *domain, struct epoch_block *block)
{
    bool kept = false;

    if (block == NULL) {
        return;
    }
    lock_acquire(&domain->lock);
    kept = domain->pool_count < POOL_MIN ||
           (domain->pool_count < POOL_MAX && alloc_leaves_reserve(domain->alloc, 0));
    if (kept) {
        block->next = domain->pool;
        domain->pool = block;
        domain->pool_count++;
    }
    lock_release(&domain->lock);
    if (!kept) {
        alloc_free(domain->alloc, ALLOC_GENERAL, block, sizeof *block);
    }
}
