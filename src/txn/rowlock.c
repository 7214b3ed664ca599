/* rowlock.c - holders of shared row locks, hashed by map and key. */
#include "txn/rowlock.h"

#include <string.h>

#include "base/assert.h"
#include "base/hash.h"
#include "sync/lock.h"

#define BUCKETS 1024u
#define LOCKS   16u

/* One lock of one transaction; a strengthened lock is a second one. */
struct rowlock {
    struct rowlock *next;           /* in the bucket; guard: the bucket's lock */
    struct rowlock *next_of_holder; /* older; the holder's own */
    uint64_t tag;
    uint32_t map;
    uint32_t bucket;
    enum rowlock_mode mode;
    uint32_t key_size;
    uint8_t key[];
};

struct rowlock_table {
    struct alloc *alloc;
    _Alignas(64) _Atomic uint64_t count; /* locks held; guard: atomic */
    _Alignas(64) struct lock locks[LOCKS];
    struct rowlock *buckets[BUCKETS]; /* guard: locks[bucket % LOCKS] */
};

static uint32_t rowlock_bucket(uint32_t map, vv_slice key);
static bool rowlock_is(const struct rowlock *rowlock, uint32_t map, vv_slice key);
static bool rowlock_holds(const struct rowlock *at, uint64_t tag, uint32_t map, vv_slice key,
                          enum rowlock_mode mode);
static void rowlock_unlink(struct rowlock_table *table, struct rowlock *rowlock);

vv_status rowlock_table_create(struct alloc *alloc, struct rowlock_table **table_out)
{
    struct rowlock_table *table = alloc_aligned(alloc, ALLOC_TXN, 64, sizeof *table);

    *table_out = table;
    if (table == NULL) {
        return VV_NOMEM;
    }
    memset(table, 0, sizeof *table);
    table->alloc = alloc;
    for (unsigned i = 0; i < LOCKS; i++) {
        lock_init(&table->locks[i], LOCK_TXN_ROWS);
    }
    return VV_OK;
}

void rowlock_table_destroy(struct rowlock_table *table)
{
    if (table != NULL) {
        VV_ASSERT(atomic_load_explicit(&table->count, memory_order_relaxed) == 0); /* L2 */
        alloc_free(table->alloc, ALLOC_TXN, table, sizeof *table);
    }
}

bool rowlock_any(const struct rowlock_table *table)
{
    /* Relaxed: the leaf's latch orders taking and checking the locks of one row. */
    return atomic_load_explicit(&table->count, memory_order_relaxed) != 0;
}

vv_status rowlock_take(struct rowlock_table *table, struct rowlock_holder *holder, uint64_t tag,
                       uint32_t map, vv_slice key, enum rowlock_mode mode)
{
    uint32_t bucket = rowlock_bucket(map, key);
    struct rowlock *fresh = alloc_bulk(table->alloc, ALLOC_TXN, sizeof *fresh + key.size, false);
    struct lock *lock = &table->locks[bucket % LOCKS];

    if (fresh == NULL) {
        return VV_NOMEM;
    }
    lock_acquire(lock);
    if (rowlock_holds(table->buckets[bucket], tag, map, key, mode)) {
        lock_release(lock);
        alloc_free(table->alloc, ALLOC_TXN, fresh, sizeof *fresh + key.size);
        return VV_OK;
    }
    fresh->tag = tag;
    fresh->map = map;
    fresh->bucket = bucket;
    fresh->mode = mode;
    fresh->key_size = (uint32_t)key.size;
    memcpy(fresh->key, key.data, key.size);
    fresh->next = table->buckets[bucket];
    table->buckets[bucket] = fresh;
    lock_release(lock);
    atomic_fetch_add_explicit(&table->count, 1, memory_order_relaxed);
    fresh->next_of_holder = holder->first;
    holder->first = fresh;
    holder->count++;
    return VV_OK;
}

uint64_t rowlock_blocker(struct rowlock_table *table, uint64_t own_tag, uint32_t map, vv_slice key,
                         enum rowlock_mode mode)
{
    uint32_t bucket = 0;
    uint64_t blocker = 0;

    if (VV_LIKELY(!rowlock_any(table))) {
        return 0;
    }
    bucket = rowlock_bucket(map, key);
    lock_acquire(&table->locks[bucket % LOCKS]);
    for (struct rowlock *at = table->buckets[bucket]; at != NULL && blocker == 0; at = at->next) {
        if (at->tag != own_tag && rowlock_conflict(at->mode, mode) && rowlock_is(at, map, key)) {
            blocker = at->tag; /* L1 */
        }
    }
    lock_release(&table->locks[bucket % LOCKS]);
    return blocker;
}

void rowlock_each_blocker(struct rowlock_table *table, uint64_t own_tag, uint32_t map, vv_slice key,
                          enum rowlock_mode mode, rowlock_visit visit, void *arg)
{
    uint32_t bucket = 0;

    if (!rowlock_any(table)) {
        return;
    }
    bucket = rowlock_bucket(map, key);
    lock_acquire(&table->locks[bucket % LOCKS]);
    for (const struct rowlock *at = table->buckets[bucket]; at != NULL; at = at->next) {
        if (at->tag != own_tag && rowlock_conflict(at->mode, mode) && rowlock_is(at, map, key)) {
            visit(arg, at->tag);
        }
    }
    lock_release(&table->locks[bucket % LOCKS]);
}

void rowlock_end(struct rowlock_table *table, struct rowlock_holder *holder, uint32_t count)
{
    while (holder->count > count) {
        struct rowlock *rowlock = holder->first;

        holder->first = rowlock->next_of_holder;
        holder->count--;
        rowlock_unlink(table, rowlock);
        alloc_free(table->alloc, ALLOC_TXN, rowlock, sizeof *rowlock + rowlock->key_size);
    }
}

static void rowlock_unlink(struct rowlock_table *table, struct rowlock *rowlock)
{
    struct lock *lock = &table->locks[rowlock->bucket % LOCKS];
    struct rowlock **link = &table->buckets[rowlock->bucket];

    lock_acquire(lock);
    while (*link != rowlock) {
        link = &(*link)->next;
    }
    *link = rowlock->next;
    lock_release(lock);
    atomic_fetch_sub_explicit(&table->count, 1, memory_order_relaxed);
}

static bool rowlock_holds(const struct rowlock *at, uint64_t tag, uint32_t map, vv_slice key,
                          enum rowlock_mode mode)
{
    for (; at != NULL; at = at->next) {
        if (at->tag == tag && at->mode >= mode && rowlock_is(at, map, key)) {
            return true;
        }
    }
    return false;
}

static uint32_t rowlock_bucket(uint32_t map, vv_slice key)
{
    return (uint32_t)(hash_bytes(key.data, key.size, map) % BUCKETS);
}

static bool rowlock_is(const struct rowlock *rowlock, uint32_t map, vv_slice key)
{
    return rowlock->map == map && slice_equal(slice_make(rowlock->key, rowlock->key_size), key);
}
