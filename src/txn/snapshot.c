/* snapshot.c - slots of published snapshots: taking one, and the listing for the pruner. */
#include "txn/snapshot.h"

#include <string.h>

#include "base/assert.h"
#include "base/limits.h"
#include "base/probe.h"

#define BLOCK_SLOTS 64u
#define BLOCKS      (4u * LIMIT_SESSIONS / BLOCK_SLOTS)

struct snapshot_block {
    struct snapshot_slot slots[BLOCK_SLOTS];
};

struct snapshot_table {
    struct alloc *alloc;
    struct lock lock;
    struct snapshot_slot *free; /* guard: lock */
    _Atomic uint32_t used;      /* slots ever handed out; guard: lock, read by all */
    _Atomic(struct snapshot_block *) blocks[BLOCKS]; /* guard: atomic, set once */
};

static vv_status snapshot_grow(struct snapshot_table *table);
static void horizon_add(struct snapshot_horizon *horizon, uint64_t lsn);

vv_status snapshot_table_create(struct alloc *alloc, struct snapshot_table **table_out)
{
    struct snapshot_table *table = alloc_zero(alloc, ALLOC_TXN, sizeof *table);

    *table_out = table;
    if (table == NULL) {
        return VV_NOMEM;
    }
    table->alloc = alloc;
    lock_init(&table->lock, LOCK_TXN);
    return VV_OK;
}

void snapshot_table_destroy(struct snapshot_table *table)
{
    if (table == NULL) {
        return;
    }
    for (unsigned i = 0; i < BLOCKS; i++) {
        alloc_free(table->alloc, ALLOC_TXN,
                   atomic_load_explicit(&table->blocks[i], memory_order_relaxed),
                   sizeof(struct snapshot_block));
    }
    alloc_free(table->alloc, ALLOC_TXN, table, sizeof *table);
}

vv_status snapshot_acquire(struct snapshot_table *table, struct snapshot_slot **slot_out)
{
    vv_status status = VV_OK;

    lock_acquire(&table->lock);
    *slot_out = NULL;
    if (table->free == NULL) {
        status = snapshot_grow(table);
    }
    if (status == VV_OK) {
        *slot_out = table->free;
        table->free = table->free->next_free;
    }
    lock_release(&table->lock);
    return status;
}

void snapshot_drop(struct snapshot_table *table, struct snapshot_slot *slot)
{
    if (slot == NULL) {
        return;
    }
    snapshot_end(slot);
    lock_acquire(&table->lock);
    slot->next_free = table->free;
    table->free = slot;
    lock_release(&table->lock);
}

uint64_t snapshot_take(struct snapshot_slot *slot, const struct visible *visible)
{
    uint64_t lsn = visible_now(visible);

    if (!VV_NAIVE(SNAPSHOT_WITHOUT_BOUND)) {
        /* Sequentially consistent exchange: a fence between the bound and the second read (head
         * comment). */
        (void)atomic_exchange_explicit((_Atomic uint64_t *)&slot->word, lsn | SNAPSHOT_BOUND,
                                       memory_order_seq_cst);
        VV_PROBE(SNAPSHOT_BOUND_PUBLISHED);
        lsn = atomic_load_explicit(&visible->lsn, memory_order_seq_cst);
    }
    VV_PROBE(SNAPSHOT_TAKING);
    atomic_store_explicit(&slot->word, lsn, memory_order_release); /* pairs: snapshot_list */
    return lsn;
}

void snapshot_take_at(struct snapshot_slot *slot, uint64_t lsn)
{
    VV_ASSERT(lsn != 0 && lsn < SNAPSHOT_BOUND);
    (void)atomic_exchange_explicit(&slot->word, lsn, memory_order_seq_cst);
}

void snapshot_end(struct snapshot_slot *slot)
{
    /* Release: all reads made with the snapshot are behind us. */
    atomic_store_explicit(&slot->word, 0, memory_order_release); /* pairs: snapshot_list */
}

void snapshot_list(const struct snapshot_table *table, const struct visible *visible,
                   struct snapshot_horizon *horizon_out)
{
    uint32_t used = 0;

    horizon_out->visible = atomic_load_explicit(&visible->lsn, memory_order_seq_cst);
    horizon_out->bound = UINT64_MAX;
    horizon_out->oldest = UINT64_MAX;
    horizon_out->count = 0;
    /* Between reading `visible` and the slots: partner of the exchange in snapshot_take. */
#if defined(__SANITIZE_THREAD__)
    (void)atomic_fetch_add_explicit(
        (_Atomic uint32_t *)&((struct snapshot_table *)(uintptr_t)table)->used, 0,
        memory_order_seq_cst);
#else
    atomic_thread_fence(memory_order_seq_cst);
#endif
    VV_PROBE(SNAPSHOT_LISTING);
    used = atomic_load_explicit(&table->used, memory_order_seq_cst);
    for (uint32_t i = 0; i < used; i++) {
        struct snapshot_block *block =
            atomic_load_explicit(&table->blocks[i / BLOCK_SLOTS], memory_order_acquire);
        uint64_t word =
            atomic_load_explicit(&block->slots[i % BLOCK_SLOTS].word, memory_order_seq_cst);

        if ((word & SNAPSHOT_BOUND) != 0) {
            uint64_t bound = word & ~SNAPSHOT_BOUND;

            horizon_out->bound = bound < horizon_out->bound ? bound : horizon_out->bound;
        } else if (word != 0) {
            horizon_add(horizon_out, word);
        }
    }
    horizon_out->oldest = horizon_out->count > 0 ? horizon_out->lsns[0] : UINT64_MAX;
    if (horizon_out->bound < horizon_out->oldest) {
        horizon_out->oldest = horizon_out->bound;
    }
}

/* Keeps lsns sorted and distinct; when it is full, the greatest goes into the bound: a snapshot needs
 * only versions that end after it. */
static void horizon_add(struct snapshot_horizon *horizon, uint64_t lsn)
{
    uint32_t at = horizon->count;

    while (at > 0 && horizon->lsns[at - 1] > lsn) {
        at--;
    }
    if (at > 0 && horizon->lsns[at - 1] == lsn) {
        return;
    }
    if (horizon->count == SNAPSHOT_LIST_MAX) {
        uint64_t greatest = at == SNAPSHOT_LIST_MAX ? lsn : horizon->lsns[SNAPSHOT_LIST_MAX - 1];

        horizon->bound = greatest < horizon->bound ? greatest : horizon->bound;
        if (at == SNAPSHOT_LIST_MAX) {
            return;
        }
        horizon->count--;
    }
    memmove(&horizon->lsns[at + 1], &horizon->lsns[at],
            (horizon->count - at) * sizeof horizon->lsns[0]);
    horizon->lsns[at] = lsn;
    horizon->count++;
}

/* Under the lock: one more block of slots, all free. */
static vv_status snapshot_grow(struct snapshot_table *table)
{
    uint32_t used = atomic_load_explicit(&table->used, memory_order_relaxed);
    struct snapshot_block *block = NULL;

    if (used == BLOCKS * BLOCK_SLOTS) {
        return VV_LIMIT;
    }
    block = alloc_aligned(table->alloc, ALLOC_TXN, 64, sizeof *block);
    if (block == NULL) {
        return VV_NOMEM;
    }
    memset(block, 0, sizeof *block);
    for (uint32_t i = BLOCK_SLOTS; i-- > 0;) {
        block->slots[i].index = used + i;
        block->slots[i].next_free = table->free;
        table->free = &block->slots[i];
    }
    atomic_store_explicit(&table->blocks[used / BLOCK_SLOTS], block,
                          memory_order_release); /* pairs: snapshot_list */
    atomic_store_explicit(&table->used, used + BLOCK_SLOTS, memory_order_seq_cst);
    return VV_OK;
}
