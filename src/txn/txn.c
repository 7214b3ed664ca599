/* txn.c - slots, generations and published fates. See txn.h for the order of the words. */
#include "txn/txn.h"

#include <string.h>

#include "base/probe.h"

static vv_status txn_grow(struct txn_table *table);

vv_status txn_table_create(struct alloc *alloc, struct txn_table **table_out)
{
    struct txn_table *table = alloc_zero(alloc, ALLOC_TXN, sizeof *table);

    *table_out = table;
    if (table == NULL) {
        return VV_NOMEM;
    }
    table->alloc = alloc;
    lock_init(&table->lock, LOCK_TXN);
    lock_init(&table->wait_lock, LOCK_TXN_WAIT);
    return VV_OK;
}

void txn_table_destroy(struct txn_table *table)
{
    if (table == NULL) {
        return;
    }
    for (unsigned i = 0; i < TXN_BLOCKS; i++) {
        alloc_free(table->alloc, ALLOC_TXN,
                   atomic_load_explicit(&table->blocks[i], memory_order_relaxed),
                   sizeof(struct txn_block));
    }
    alloc_free(table->alloc, ALLOC_TXN, table, sizeof *table);
}

vv_status txn_acquire(struct txn_table *table, struct txn **txn_out)
{
    vv_status status = VV_OK;

    *txn_out = NULL;
    lock_acquire(&table->lock);
    if (table->free == NULL) {
        status = txn_grow(table);
    }
    if (status == VV_OK) {
        *txn_out = table->free;
        table->free = table->free->next_free;
    }
    lock_release(&table->lock);
    return status;
}

void txn_drop(struct txn *txn)
{
    struct txn_table *table = NULL;

    if (txn == NULL) {
        return;
    }
    table = txn->table;
    VV_ASSERT(txn->waits_for == NULL);
    lock_acquire(&table->lock);
    txn->next_free = table->free;
    table->free = txn;
    lock_release(&table->lock);
}

uint64_t txn_begin(struct txn *txn, uint64_t age)
{
    uint64_t tag = txn_tag(txn) + ((uint64_t)1 << TXN_SLOT_BITS);

    tag |= TXN_TAG_BIT; /* when the generations are used up they begin again: 2^47 are enough */
    txn->age = age;
    /* The tag first: who sees the new TXN_OPEN below also sees that the tag is another one; who sees the
     * tag also sees that the last generation's versions were stamped. X1 */
    if (VV_NAIVE(TXN_OUTCOME_BEFORE_TAG)) {
        atomic_store_explicit(&txn->outcome, TXN_OPEN, memory_order_release);
        VV_PROBE(TXN_BEGINNING);
        atomic_store_explicit(&txn->tag, tag, memory_order_release);
        return tag;
    }
    atomic_store_explicit(&txn->tag, tag, memory_order_release); /* pairs: txn_look */
    VV_PROBE(TXN_BEGINNING);
    atomic_store_explicit(&txn->outcome, TXN_OPEN, memory_order_release); /* pairs: txn_look */
    return tag;
}

void txn_publish(struct txn *txn, uint64_t outcome)
{
    VV_ASSERT(outcome != TXN_OPEN && !txn_is_tag(outcome));
    /* Sequentially consistent, as is the load of waiter_count in txn_wake: a waiter that is not seen
     * there sees this. X2 */
    (void)atomic_exchange_explicit(&txn->outcome, outcome, memory_order_seq_cst);
}

/* Under the lock: one more block of slots, all free. */
static vv_status txn_grow(struct txn_table *table)
{
    struct txn_block *block = NULL;

    if (table->block_count == TXN_BLOCKS) {
        return VV_LIMIT;
    }
    block = alloc_aligned(table->alloc, ALLOC_TXN, 64, sizeof *block);
    if (block == NULL) {
        return VV_NOMEM;
    }
    memset(block, 0, sizeof *block);
    for (uint32_t i = TXN_BLOCK_SLOTS; i-- > 0;) {
        struct txn *txn = &block->slots[i];

        txn->table = table;
        txn->index = table->block_count * TXN_BLOCK_SLOTS + i;
        atomic_init(&txn->tag, TXN_TAG_BIT | txn->index);
        atomic_init(&txn->outcome, TXN_NEVER);
        list_init(&txn->waiters);
        list_init(&txn->waiting);
        txn->next_free = table->free;
        table->free = txn;
    }
    atomic_store_explicit(&table->blocks[table->block_count++], block,
                          memory_order_release); /* pairs: txn_of_tag */
    return VV_OK;
}
