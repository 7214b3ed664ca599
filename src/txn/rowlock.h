/*
 * rowlock.h - shared row locks: FOR SHARE and FOR KEY SHARE, which several transactions may hold.
 *
 * Exclusive locks (FOR UPDATE, FOR NO KEY UPDATE, a write) are the undecided newest version in the tree.
 * Shared holders stand here, by map and key. The tree calls while it holds the leaf's latch, so that
 * "look at the newest version" and "look at the holders" are one step. While nobody holds a shared lock
 * the check is one load of a word that is only read.
 *
 * Promises: L1 a shared holder and a conflicting writer never both go on;
 *           L2 all locks of a transaction end with rowlock_end().
 * Threads:  any; a holder by its session.
 */
#ifndef VARVE_TXN_ROWLOCK_H
#define VARVE_TXN_ROWLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/slice.h"
#include "base/status.h"

/* In order of strength, as PostgreSQL's. A write of a row is NO_KEY_UPDATE, or UPDATE when it deletes
 * the row or changes a key that others may refer to. */
enum rowlock_mode { ROWLOCK_KEY_SHARE, ROWLOCK_SHARE, ROWLOCK_NO_KEY_UPDATE, ROWLOCK_UPDATE };

/* Can two different transactions hold a and b on one row? */
static inline bool rowlock_conflict(enum rowlock_mode a, enum rowlock_mode b)
{
    unsigned weak = a < b ? a : b;
    unsigned strong = a < b ? b : a;

    if (weak == ROWLOCK_KEY_SHARE) {
        return strong == ROWLOCK_UPDATE;
    }
    return weak != ROWLOCK_SHARE || strong != ROWLOCK_SHARE;
}

struct rowlock_table;
struct rowlock;

/* Called with the tag of each holder, under a lock: takes none. */
typedef void (*rowlock_visit)(void *arg, uint64_t tag);

/* The locks of one transaction; zeroed to begin. */
struct rowlock_holder {
    struct rowlock *first;
    uint32_t count;
};

VV_MUST_USE vv_status rowlock_table_create(struct alloc *alloc, struct rowlock_table **table_out);
void rowlock_table_destroy(struct rowlock_table *table);

/* False: certainly no shared lock is held anywhere. */
bool rowlock_any(const struct rowlock_table *table);

/* Takes or strengthens a shared lock. VV_NOMEM. */
VV_MUST_USE vv_status rowlock_take(struct rowlock_table *table, struct rowlock_holder *holder,
                                   uint64_t tag, uint32_t map, vv_slice key,
                                   enum rowlock_mode mode);

/* The tag of another transaction whose shared lock conflicts with mode, or 0. */
uint64_t rowlock_blocker(struct rowlock_table *table, uint64_t own_tag, uint32_t map, vv_slice key,
                         enum rowlock_mode mode);

/* All of them. */
void rowlock_each_blocker(struct rowlock_table *table, uint64_t own_tag, uint32_t map, vv_slice key,
                          enum rowlock_mode mode, rowlock_visit visit, void *arg);

/* Gives back the locks taken since `count` was the holder's count (0: all). */
void rowlock_end(struct rowlock_table *table, struct rowlock_holder *holder, uint32_t count);

#endif
