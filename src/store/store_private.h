/* store_private.h - the store's insides, shared by its files; nobody else includes it. */
#ifndef VARVE_STORE_STORE_PRIVATE_H
#define VARVE_STORE_STORE_PRIVATE_H

#include "base/assert.h"
#include "base/frames.h"
#include "base/pace.h"
#include "os/os.h"
#include "store/redo.h"
#include "store/store.h"
#include "sync/counter.h"
#include "sync/epoch.h"
#include "sync/lock.h"
#include "tree/cursor.h"
#include "tree/tree.h"
#include "txn/rowlock.h"
#include "txn/snapshot.h"
#include "txn/tablelock.h"
#include "txn/txn.h"
#include "txn/visible.h"
#include "wal/wal.h"

#define STORE_MAGIC         0x53544F52u
#define STORE_SESSION_MAGIC 0x53455353u
#define STORE_WRITTEN_MAPS  4u
#define STORE_REDO_KEEP     (1u << 20) /* of an idle session */
#define STORE_CHUNK_BYTES   (WAL_PAYLOAD_BYTES_MAX - REDO_STREAM_HEADER_BYTES)

/* ---- maps (maps.c) ---- */

/* Directory of maps: id -> struct, two levels, entries set and cleared by atomic stores. */
#define STORE_MAP_BLOCK_IDS 1024u
#define STORE_MAP_BLOCKS    4096u

struct store_map {
    struct tree *tree;
    uint32_t id;
    _Atomic uint64_t
        owner_tag; /* of the transaction that makes it; 0: everybody's. guard: atomic */
    _Atomic uint64_t next_number;  /* for store_map_draw; 0: not looked yet. guard: atomic */
    struct store_map *next_doomed; /* guard: maps_lock */
    uint64_t dropped_lsn;          /* guard: maps_lock; no snapshot below needs it */
    bool unlinked;                 /* guard: maps_lock */
    uint64_t doom_generation;      /* guard: maps_lock; sessions that saw it have let go of it */
};

struct store_map_block {
    _Atomic(struct store_map *) maps[STORE_MAP_BLOCK_IDS];
};

/* A map that a transaction made or dropped. */
struct store_map_change {
    uint32_t map;
    bool dropped;
};

/* ---- the store ---- */

struct store {
    uint32_t magic;
    bool null_log;
    bool read_only;
    enum store_durability durability;
    uint64_t group_us;
    bool has_flusher;
    struct os *os;
    struct alloc *alloc;
    struct os_lock *lock_file;
    struct wal *wal;

    /* --- what trees share --- */
    struct tree_shared shared;
    struct visible visible;
    struct tablelock_table *tablelocks;

    /* --- maps --- */
    _Atomic(struct store_map_block *) blocks[STORE_MAP_BLOCKS]; /* guard: atomic, set once */
    struct lock maps_lock;                                      /* LOCK_STORE_MAPS */
    _Atomic uint32_t next_map;                                  /* guard: atomic */
    struct store_map *doomed;                                   /* guard: maps_lock */
    _Atomic uint32_t doomed_count;    /* guard: atomic; written under maps_lock */
    uint32_t settle_next;             /* guard: maps_lock; where store_settle_step goes on */
    _Atomic uint64_t doom_generation; /* guard: atomic; written under maps_lock */

    /* --- sessions and background --- */
    struct list sessions;            /* guard: maps_lock: who forgets doomed maps walks it */
    _Atomic uint32_t session_count;  /* guard: atomic; written under maps_lock */
    struct tree_session *background; /* guard: maps_lock; also replays */
    struct tree_memory *memory;      /* guard: maps_lock; frees what the epochs held */
    bool shared_ready;               /* tree_shared_init was done */
    _Atomic uint64_t next_stream;
    _Atomic int64_t synced_us; /* when the log was last synced; guard: atomic */
    _Atomic bool unsynced;     /* a commit did not wait for its sync; guard: atomic */

    struct counter commits;
    struct counter aborts;
    struct counter conflicts;
    struct counter deadlocks;
    struct counter waits;
    uint64_t recovered_records;
    uint64_t recovered_bytes;
};

/* ---- a session ---- */

enum store_wait_state {
    STORE_NOT_WAITING,
    STORE_WAITS_FOR_TXN,   /* txn_wait_start was called */
    STORE_WAITS_TO_COMMIT, /* published; durable is to come */
    STORE_WAITS_TO_SEE     /* a statement's end, or a conflict, waits for `visible` */
};

/* What a session waits for, so that a search for deadlocks finds all who are in the way. */
enum store_wait_for {
    STORE_WAIT_FOR_TXN,  /* one transaction */
    STORE_WAIT_FOR_ROW,  /* and the holders of shared locks on a row */
    STORE_WAIT_FOR_TABLE /* and the holders of a table */
};

struct store_wait {
    struct txn_blockers blockers;
    enum store_wait_for kind;
    enum rowlock_mode mode; /* of the row that is waited for */
    uint32_t map;
    vv_slice key; /* in session->copy */
};

struct store_session {
    _Alignas(64) uint32_t magic;
    bool blocking;
    bool in_transaction;
    bool in_statement;
    bool view_ready; /* view.snapshot is taken */
    bool following;
    bool dirty; /* the transaction has written, or may have */
    bool read_only;
    bool asynchronous;
    bool log_again; /* it has waited for the log without leading */
    enum store_level level;
    enum store_wait_state wait_state;
    uint32_t number; /* shard of the counters */
    struct store *store;
    struct tree_session *tree;
    struct txn_view view;
    struct snapshot_slot *snapshot;
    struct txn *txn;
    struct tree_changes changes;
    struct rowlock_holder row_locks;
    struct tablelock_session *table_locks;
    struct redo_buffer redo;
    uint64_t streamed;  /* bytes of the transaction's redo that are in the log already */
    uint64_t stream_id; /* 0: no chunk written */
    struct store_mark statement_mark;
    uint32_t write_number;    /* that new versions carry: changes with each statement and mark */
    uint64_t seen;            /* newest LSN that the statement looked at beyond its snapshot */
    uint64_t relieved_tag;    /* of the last statement that met the end of the memory */
    uint32_t relieved_number; /* its write_number */
    uint32_t relief_count;    /* of it */
    uint64_t commit_lsn;      /* while waiting to commit */
    uint32_t written_maps[STORE_WRITTEN_MAPS]; /* some of those the transaction wrote to */
    uint32_t written_count;
    uint32_t settle_turn;
    struct store_hook *hooks; /* newest first */
    uint32_t hook_count;
    uint32_t map_change_count;
    uint32_t map_change_capacity;
    struct store_map_change *map_changes;
    struct list cursors;        /* open ones */
    struct list free_cursors;   /* closed ones, for use again */
    _Atomic bool entered;       /* guard: atomic, see maps.c */
    _Atomic uint64_t doom_seen; /* guard: atomic, see maps.c */
    uint64_t deadline_ns;
    bool clocked; /* a deadline or the hook's time is set: store_check() looks at the clock */
    uint64_t lock_timeout_ns;
    uint64_t wait_deadline_ns; /* of the wait that goes on (non-blocking) */
    bool lock_timeout_first;   /* which of the two the wait's deadline is */
    struct waiter waiter;
    struct wal_waiter log_waiter;
    struct vv_cause cause;
    struct store_wait wait;
    struct list link; /* guard: maps_lock; in store->sessions */
    uint8_t *copy;    /* key and row of a write that waits */
    size_t copy_capacity;
    uint8_t *split_buffer; /* of store_range_split */
    size_t split_capacity;
    store_wake_function wake;
    void *wake_context;
    uint64_t hook_due_ns; /* 0: not armed */
    uint64_t (*hook)(void *context, uint64_t now_ns);
    void *hook_context;
    struct pace pace; /* of computations for it: asks store_check() */
};

struct store_cursor {
    struct list link; /* guard: the session; open or free */
    struct store_session *session;
    struct cursor cursor;
    uint32_t batch_rows;
    bool wants_keys;
    uint8_t *key_bytes; /* STORE_CURSOR_KEY_BYTES, made when keys are first wanted */
    vv_slice rows[STORE_BATCH_ROWS];
    vv_slice keys[STORE_BATCH_ROWS];
};

#define STORE_CURSOR_KEY_BYTES 32768u

/* ---- maps.c ---- */

/* Makes the system maps. release frees all trees; no session is left. */
VV_MUST_USE vv_status store_maps_init(struct store *store);
void store_maps_release(struct store *store);

/* The map, if this session may use it, else NULL. */
static inline struct store_map *store_map_find(const struct store_session *session, uint32_t map);

/* Recovery: makes or drops it outright; creating one that exists is no change. */
VV_MUST_USE vv_status store_maps_replay_create(struct store *store, uint32_t map);
void store_maps_replay_drop(struct store *store, uint32_t map);
struct store_map *store_maps_lookup(const struct store *store, uint32_t map);

/* Before the commit is published: the maps it made can be used by everybody who will see its rows. */
void store_maps_share(struct store_session *session);

/* The changes of a transaction behind `from` became true (lsn) or not (lsn 0). Entered. */
void store_maps_settle(struct store_session *session, uint32_t from, uint64_t lsn);

/* Moves doomed maps towards their end. `self`: the calling session when it is entered, or NULL. */
bool store_maps_reclaim(struct store *store, struct store_session *self);

/* The session, which is inside again, has let go of maps that are going to end. */
void store_maps_forget(struct store_session *session);

/* ---- transaction.c ---- */

/* Makes sure that the transaction has a tag. */
void store_txn_identify(struct store_session *session);

/* Before any write: the transaction may write and has a tag; a wait that was given up is over. */
VV_MUST_USE vv_status store_write_begin(struct store_session *session);

/* Takes the snapshot of the statement (or transaction) if it was not taken. */
void store_take_snapshot(struct store_session *session);

/* Streams whole chunks of redo ahead. */
VV_MUST_USE vv_status store_stream_ahead(struct store_session *session);

/* Waits until `visible` reaches lsn; VV_WAITING in a non-blocking session. VV_IO. */
VV_MUST_USE vv_status store_wait_visible(struct store_session *session, uint64_t lsn);

/* ---- session.c ---- */

/* The two halves of enter and leave, also around waits inside a call. */
void store_pin(struct store_session *session);
void store_unpin(struct store_session *session);

/* ---- wait.c ---- */

/* Waits for a transaction: leaves the epoch meanwhile. VV_OK: look again. STORE_WAIT_FOR_ROW: session->wait says which. */
VV_MUST_USE vv_status store_wait_txn(struct store_session *session, enum store_wait_for kind,
                                     uint64_t tag, uint32_t undo_seen);

/* A call comes again: is the wait over? VV_OK: make the call anew. */
VV_MUST_USE vv_status store_wait_resume(struct store_session *session);

/* Gives a large copy of key and row back. */
void store_wait_trim(struct store_session *session);

/* Waits until the log is durable to lsn, and thereby visible. state: which wait of a non-blocking session
 * this is. VV_OUTCOME_UNKNOWN. */
VV_MUST_USE vv_status store_wait_log(struct store_session *session, uint64_t lsn,
                                     enum store_wait_state state);

/* Ends a wait that the caller gave up. */
void store_wait_cancel(struct store_session *session);

/* ---- recover.c ---- */

VV_MUST_USE vv_status store_recover(struct store *store, struct vv_cause *cause);

/* ---- read.c ---- */

void store_cursors_close_all(struct store_session *session);
void store_cursors_free(struct store_session *session);

/* ---- inline ---- */

static inline struct store_map *store_map_find(const struct store_session *session, uint32_t map)
{
    const struct store *store = session->store;
    struct store_map_block *block = NULL;
    struct store_map *found = NULL;
    uint64_t owner = 0;

    if (VV_UNLIKELY(map >= STORE_MAP_BLOCKS * STORE_MAP_BLOCK_IDS)) {
        return NULL;
    }
    block = atomic_load_explicit(&store->blocks[map / STORE_MAP_BLOCK_IDS],
                                 memory_order_acquire); /* pairs: map_link */
    if (VV_UNLIKELY(block == NULL)) {
        return NULL;
    }
    found = atomic_load_explicit(&block->maps[map % STORE_MAP_BLOCK_IDS],
                                 memory_order_acquire); /* pairs: map_link */
    if (VV_UNLIKELY(found == NULL)) {
        return NULL;
    }
    owner = atomic_load_explicit(&found->owner_tag, memory_order_acquire); /* pairs: share */
    return VV_LIKELY(owner == 0) || owner == session->view.tag ? found : NULL;
}

#endif
