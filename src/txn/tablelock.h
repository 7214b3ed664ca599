/*
 * tablelock.h - table locks in PostgreSQL's eight modes.
 *
 * The three modes that do not conflict with one another (ACCESS SHARE, ROW SHARE, ROW EXCLUSIVE) are bits
 * in the session's own cache lines: taking one is a store, a fence and a load of a word that is only
 * read. A stronger mode first raises that word for its table, then scans the sessions: either it sees
 * the bit, or the weak taker sees the word and goes the slow way, under the one lock of the table.
 *
 * Promises: K1 two transactions never hold conflicting modes on one table;
 *           K2 a request waits behind conflicting ones that wait already, so strong modes do not starve;
 *           K3 taking a weak mode nobody objects to takes no lock and writes no shared line.
 * Threads:  a session's part by its session.
 */
#ifndef VARVE_TXN_TABLELOCK_H
#define VARVE_TXN_TABLELOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/status.h"

/* In PostgreSQL's order. */
enum tablelock_mode {
    TABLELOCK_ACCESS_SHARE,
    TABLELOCK_ROW_SHARE,
    TABLELOCK_ROW_EXCLUSIVE,
    TABLELOCK_SHARE_UPDATE_EXCLUSIVE,
    TABLELOCK_SHARE,
    TABLELOCK_SHARE_ROW_EXCLUSIVE,
    TABLELOCK_EXCLUSIVE,
    TABLELOCK_ACCESS_EXCLUSIVE,
    TABLELOCK_MODES
};

struct tablelock_table;
struct tablelock_session;

bool tablelock_conflict(enum tablelock_mode a, enum tablelock_mode b);

VV_MUST_USE vv_status tablelock_table_create(struct alloc *alloc,
                                             struct tablelock_table **table_out);
void tablelock_table_destroy(struct tablelock_table *table);

/* own: *session_out, end with tablelock_session_destroy(). */
VV_MUST_USE vv_status tablelock_session_create(struct tablelock_table *table,
                                               struct tablelock_session **session_out);
void tablelock_session_destroy(struct tablelock_session *session);

/* Takes mode on `relation` for the transaction `tag`. VV_OK, also when it is held already; VV_WAIT:
 * *blocker_out names a transaction to wait for (txn_wait), then call again; until then, or until
 * tablelock_withdraw(), the request stands in line (K2). VV_NOMEM. */
VV_MUST_USE vv_status tablelock_take(struct tablelock_session *session, uint64_t tag,
                                     uint64_t relation, enum tablelock_mode mode,
                                     uint64_t *blocker_out);

/* Called with the tag of each holder, under a lock: takes none. */
typedef void (*tablelock_visit)(void *arg, uint64_t tag);

/* All transactions that are in the way of the session's waiting request. Any thread, while the session waits. */
void tablelock_each_blocker(const struct tablelock_session *session, tablelock_visit visit,
                            void *arg);

/* Takes the session's waiting request, if any, out of the line. The caller then signals nobody: who
 * waits, waits for a transaction. */
void tablelock_withdraw(struct tablelock_session *session);

/* A lock that is held, or waited for. */
struct tablelock_info {
    const struct tablelock_session *session;
    uint64_t relation;
    uint8_t mode; /* enum tablelock_mode */
    bool granted;
    bool fast; /* a weak lock that met no strong one */
};

/* Tells every lock there is. Called with the table's lock held: each must be short and lock nothing. Weak locks come
 * and go meanwhile. */
void tablelock_list(struct tablelock_table *table,
                    void (*each)(void *context, const struct tablelock_info *info), void *context);

/* Gives all locks back. Before txn_wake(), so that who wakes finds them gone. */
void tablelock_end(struct tablelock_session *session);

#endif
