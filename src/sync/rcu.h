/*
 * rcu.h - liburcu (bp flavour) under our names: for definitions, plans and directories, not for rows.
 *
 * A reader brackets its look at shared pointers by rcu_read_begin/end (cheap, never waits, may nest). A
 * writer builds a new object, publishes it, and puts the old one on a list that rcu_reclaim_step() ends
 * after a grace period. No thread is started, no commit waits for a grace period. Under ThreadSanitizer,
 * which cannot see into liburcu, a reader-writer lock stands in.
 *
 * Promises: R1 nothing retired is freed while a read section that began before is open.
 * Threads:  any.
 */
#ifndef VARVE_SYNC_RCU_H
#define VARVE_SYNC_RCU_H

#include "base/status.h"

#include <stdatomic.h>
#include <stdbool.h>

void rcu_read_begin(void);
void rcu_read_end(void);

/* Stores a pointer so that who loads it sees the object complete. slot: `T *_Atomic *`. */
#define rcu_publish(slot, object) atomic_store_explicit((slot), (object), memory_order_release)

/* Loads a pointer inside a read section. */
#define rcu_load(slot) atomic_load_explicit((slot), memory_order_acquire)

/* Waits until every read section that is open now has ended. Outside read sections, without locks that a
 * reader may want. Never on a commit's path. */
void rcu_synchronize(void);

/* Stands in each object that can be retired. */
struct rcu_link {
    struct rcu_link *next;
    void (*release)(struct rcu_link *link);
};

/* What waits for its grace period; one a database. */
struct rcu_limbo {
    _Atomic(struct rcu_link *) first; /* guard: atomic */
};

void rcu_limbo_init(struct rcu_limbo *limbo);

/* Frees what is left; no reader is left. */
void rcu_limbo_release(struct rcu_limbo *limbo);

/* link's object was unpublished; release(link) frees it after a grace period. Never waits. */
void rcu_retire(struct rcu_limbo *limbo, struct rcu_link *link,
                void (*release)(struct rcu_link *link));

/* Background work: waits for a grace period and frees what was retired before. Returns whether there was
 * any. Outside read sections. */
bool rcu_reclaim_step(struct rcu_limbo *limbo);

#endif
