/*
 * tree.h - an ordered map of bytes with versions: a B+tree over pages.
 *
 * Inner pages hold separators and child words, leaves hold the rows (page.h). A row that everyone sees is
 * a plain cell. A row with a history is a cell that begins with the address of its version record:
 *
 *     slot -> cell | record | row bytes |            newest version
 *                     |
 *                     v
 *                  version { begin, statement, flags, row, older }
 *                                                          |--> version (older) -> ...
 *                                                          `--> bytes of a plain row, the end
 *
 * Rows that one tree_insert_run() put in name one record together: they began at once, nothing is older, and
 * their bytes are in their cells. Whoever writes over such a row first gives it a record of its own.
 *
 * A write appends a cell and swings the slot, or replaces the leaf by freshly built pages; it holds one
 * leaf latch (and those of the pages it replaces, always from the leaf upward), takes no lock and needs
 * no malloc. Pages keep their fences for life: a page that is not obsolete is the right one for every
 * key between its fences, so a descent validates one page at a time and never couples latches.
 *
 * The tree never waits, logs or does I/O. A write that meets another transaction's undecided version
 * returns VV_WAIT and names it; a child that is not in memory gives VV_NEED_PAGE and names its frame; in
 * both cases nothing was changed and no latch is held: wait or load, then call again.
 *
 * All calls run with the session's epoch slot entered (tree_enter); slices stay until it is left.
 *
 * Promises: T1 slots of a leaf and separators of an inner page ascend strictly; T2 keys lie between the
 *              fences, and the fences of all leaves join without gap or overlap; T3 a child's fences are
 *              the separators around its word, its level is one less; T4 a version chain ends; begins
 *              fall along it, undecided ones only at its head, of one transaction; T5 a plain cell has
 *              no record, and is the newest version of its key; T6 bytes out of line belong to exactly
 *              one version; T7 counts in the page header (versioned slots, dead and outside bytes) are
 *              true; T8 an aborted or unneeded version is never returned; T9 a snapshot that is listed
 *              finds every version it sees; T10 a key stands at most once in the tree.
 * Threads:  any number of sessions, each by one thread at a time. create, destroy, replay: alone on the
 *           map (replay: no reader of this map).
 */
#ifndef VARVE_TREE_TREE_H
#define VARVE_TREE_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/frames.h"
#include "base/slab.h"
#include "base/slice.h"
#include "base/status.h"
#include "sync/epoch.h"
#include "txn/rowlock.h"
#include "txn/snapshot.h"
#include "txn/txn.h"
#include "txn/view.h"

struct tree;
struct tree_version;

/* ---- what all trees of a database share ---- */

struct tree_shared {
    struct alloc *alloc;
    struct frames *frames;
    struct epoch_domain *epochs;
    struct txn_table *txns;
    struct snapshot_table *snapshots;
    struct visible *visible;
    struct rowlock_table *rowlocks;
    size_t row_bytes_max;   /* larger rows: VV_LIMIT */
    struct slab *slabs[16]; /* the tree's; made by tree_shared_init */
};

/* The caller has filled everything above `slabs`. borrow: all of it until tree_shared_release().
 * VV_NOMEM. */
VV_MUST_USE vv_status tree_shared_init(struct tree_shared *shared);

/* Every tree and session has ended, and the epoch domain has freed what it held. */
void tree_shared_release(struct tree_shared *shared);

/* ---- sessions ---- */

/* What one session needs for its calls: epoch slot, memory caches, the pruner's list of snapshots, the
 * leaves it has left unsettled. own: end with tree_session_destroy(). VV_NOMEM. */
struct tree_session;

VV_MUST_USE vv_status tree_session_create(struct tree_shared *shared,
                                          struct tree_session **session_out);
void tree_session_destroy(struct tree_session *session);

/* The memory caches that freeing needs: the `user` of epoch_reclaim_step() and epoch_domain_destroy().
 * A session has its own (the user of its epoch slot); background reclaim and the end of a database make
 * one. own: *memory_out, end with tree_memory_destroy(). VV_NOMEM. */
struct tree_memory;

VV_MUST_USE vv_status tree_memory_create(struct tree_shared *shared,
                                         struct tree_memory **memory_out);
void tree_memory_destroy(struct tree_memory *memory);

/* Gives back what it keeps for later. */
void tree_memory_flush(struct tree_memory *memory);
struct tree_memory *tree_session_memory(struct tree_session *session);

/* Around every run of calls; leave ends all slices. Not nested. */
void tree_enter(struct tree_session *session);
void tree_leave(struct tree_session *session);

/* Not entered: lets go of what the session keeps for later, so that others, or its next call, can have it. */
void tree_session_flush(struct tree_session *session);

/* ---- maps ---- */

/* An empty tree. map is what rowlocks and causes name. own: end with tree_destroy(). VV_NOMEM. */
VV_MUST_USE vv_status tree_create(struct tree_shared *shared, struct tree_session *session,
                                  uint32_t map, struct tree **tree_out);

/* Frees all pages and versions; nobody uses the tree any more, no version is undecided. Accepts NULL. */
void tree_destroy(struct tree *tree, struct tree_session *session);

/* ---- the versions of one transaction ---- */

/* In the order they were made; zeroed to begin. */
struct tree_changes {
    struct tree_version *newest;
    uint64_t count; /* also a mark: see tree_changes_undo */
};

/* Stamps the commit LSN into all versions: after txn_publish(), in the same stay (from then on others may retire
 * what it still has to visit), before the slot is used again. */
void tree_changes_commit(struct tree_changes *changes, uint64_t lsn);

/* Undoes all changes after `count` of them (0: abort). Entered; after txn_publish() in its stay. The caller then wakes the waiters
 * (txn_undone, or txn_publish + txn_wake). */
void tree_changes_undo(struct tree_changes *changes, uint64_t count);

/* ---- reads ---- */

/* What a read found, or a write met. Slices stay until the epoch is left. */
struct tree_found {
    vv_slice row;
    uint64_t begin; /* of that version: an LSN, the own tag, or 0: older than any snapshot */
    bool deleted;   /* the version says that the row is gone ... */
    vv_slice moved; /* ... and, when not empty, to which key */
};

/* The row that view sees. VV_NOT_FOUND. VV_RETRY: view->snapshot is VIEW_NO_SNAPSHOT and the row has
 * versions: take a snapshot and call again. VV_NEED_PAGE. */
VV_MUST_USE vv_status tree_get(struct tree *tree, struct tree_session *session,
                               const struct txn_view *view, vv_slice key, vv_slice *row_out,
                               struct vv_cause *cause);

/* ---- writes ---- */

#define TREE_BASIS_SNAPSHOT 0u         /* the version that the view sees */
#define TREE_BASIS_NEWEST   UINT64_MAX /* whatever is newest: no re-check */

/* One write: what it may see, what it leaves behind, what it met. */
struct tree_write {
    struct tree_session *session;
    struct tree_changes *changes;  /* of the transaction */
    struct rowlock_holder *holder; /* of the transaction; needed by tree_lock */
    struct txn_view view;          /* view.tag: the writer's */
    uint32_t statement;            /* number that the new version carries */
    uint32_t replace_from;         /* own versions of this or a later statement may be replaced: no
                                    * savepoint or open cursor lies between, and nobody will read with
                                    * a view of this or an earlier statement. UINT32_MAX: none */
    enum rowlock_mode strength;    /* ROWLOCK_NO_KEY_UPDATE (update) or ROWLOCK_UPDATE */
    uint64_t basis;          /* begin of the version the caller looked at, or a constant above */
    bool urgent;             /* may use the last memory, which is kept for what frees memory */
    struct tree_found found; /* out: with VV_EXISTS and VV_CHANGED */
    uint32_t undo_seen;      /* out: with VV_WAIT, for txn_wait() */
    struct vv_cause *cause;  /* out: txn_tag with VV_WAIT, frame with VV_NEED_PAGE */
};

/*
 * All return VV_OK, or having changed nothing: VV_WAIT, VV_NEED_PAGE, VV_NOMEM, VV_LIMIT (key of more than
 * LIMIT_KEY_BYTES or none, row of more than row_bytes_max) and:
 *
 *   VV_CHANGED    the newest version that counts (committed, or own) is not the basis: see found. It may
 *                 be a deletion (found.deleted). An own version that the view does not see yet (written
 *                 by the same statement) has found.begin == view.tag.
 *   VV_NOT_FOUND  there is no row: neither for the view nor newer.
 *   VV_EXISTS     insert only: found is the row in the way (latest state, snapshot or not).
 */
VV_MUST_USE vv_status tree_insert(struct tree *tree, struct tree_write *write, vv_slice key,
                                  vv_slice row);
VV_MUST_USE vv_status tree_update(struct tree *tree, struct tree_write *write, vv_slice key,
                                  vv_slice row);

/* A new row, for tree_insert_run(). Not in pages. */
struct tree_row {
    vv_slice key;
    vv_slice row;
};

/* tree_insert() of many rows, whose keys ascend strictly: a leaf takes all that belong to it by one descent and
 * one latch, leaves that are full are built anew with them, and one version record serves all. *done_out: so
 * many went in, the first ones, whatever the status; VV_OK: all. Else rows[*done_out] met what the status says,
 * as tree_insert() of it would. */
VV_MUST_USE vv_status tree_insert_run(struct tree *tree, struct tree_write *write,
                                      const struct tree_row *rows, unsigned count,
                                      unsigned *done_out);

/* moved: the key under which the same UPDATE writes the row again, or empty. */
VV_MUST_USE vv_status tree_delete(struct tree *tree, struct tree_write *write, vv_slice key,
                                  vv_slice moved);

/* Locks the row of the basis in `mode` without changing it. ROWLOCK_KEY_SHARE and ROWLOCK_SHARE need
 * write->holder. With VV_OK found is the locked row. */
VV_MUST_USE vv_status tree_lock(struct tree *tree, struct tree_write *write, vv_slice key,
                                enum rowlock_mode mode);

/* ---- recovery ---- */

/* What a committed transaction of the log did, whatever is there. Alone on the map. VV_NOMEM, VV_LIMIT,
 * VV_NEED_PAGE. */
VV_MUST_USE vv_status tree_replay_put(struct tree *tree, struct tree_session *session, vv_slice key,
                                      vv_slice row, uint64_t lsn, struct vv_cause *cause);
VV_MUST_USE vv_status tree_replay_delete(struct tree *tree, struct tree_session *session,
                                         vv_slice key, uint64_t lsn, struct vv_cause *cause);

/* ---- background ---- */

/* Rebuilds one leaf that was left with versions, so that its rows become plain, old versions go and
 * neighbours merge. now false: a committer's small share, of the map it wrote to; usually returns at
 * once, and takes only leaves that have waited long enough. now true: idle time, background. Returns
 * whether it did work. Entered. */
bool tree_settle_step(struct tree *tree, struct tree_session *session, bool now);

/* ---- knowledge ---- */

struct tree_stats {
    uint64_t rows; /* slots; deleted rows count until their leaf is rebuilt */
    uint64_t leaf_pages;
    uint64_t inner_pages;
    uint64_t page_bytes;
    uint64_t outside_bytes; /* versions and rows out of line */
    uint32_t height;        /* 1: the root is a leaf */
};

/* Cheap estimates: rows are as of the last rebuild of each leaf. Entered or not. */
void tree_stats(const struct tree *tree, struct tree_stats *stats_out);

/* About how many rows lie in [low, high)? high.data NULL: to the end. Reads at most two paths. */
uint64_t tree_range_rows(struct tree *tree, struct tree_session *session, vv_slice low,
                         vv_slice high);

/* Keys that cut [low, high) into pieces of like size, ascending, at most `count`: the i-th of size
 * sizes_out[i] stands at buffer + i * LIMIT_KEY_BYTES. Returns how many. */
unsigned tree_split_keys(struct tree *tree, struct tree_session *session, vv_slice low,
                         vv_slice high, unsigned count, uint8_t *buffer, uint16_t *sizes_out);

/* The greatest key in the tree, committed or not: *size_out 0 when empty; buffer holds
 * LIMIT_KEY_BYTES. VV_NEED_PAGE. */
VV_MUST_USE vv_status tree_last_key(struct tree *tree, struct tree_session *session,
                                    uint8_t *buffer, size_t *size_out, struct vv_cause *cause);

/* Walks everything: T1-T10. NULL when sound, else the broken promise in words ("T3: ..."). Alone. */
const char *tree_verify(struct tree *tree);

#endif
