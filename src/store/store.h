/*
 * store.h - a transactional ordered map of bytes: what every room above storage programs against.
 *
 * A store has numbered maps; a map has keys (1..1000 bytes, memcmp order) and rows (any bytes). Work is
 * done in sessions, one per connection. A session has at most one transaction, a transaction has
 * statements, a statement reads one snapshot and is undone as a whole when it fails:
 *
 *     store_enter(s);
 *     store_begin(s, &(struct store_txn_options){0});      READ COMMITTED, database's durability
 *     store_statement_begin(s);
 *     store_get(s, map, key, &row);                        a slice into the page: no copy
 *     store_update(s, map, key, fresh, STORE_BASIS_SNAPSHOT, &newest);
 *     store_statement_end(s);                              or store_statement_abort(s)
 *     store_commit(s, &lsn);                               returns when it is durable and visible
 *     store_leave(s);
 *
 * What a read returns is a slice into shared pages. It stays until this session's next write, wait,
 * store_statement_end, store_commit, store_repin or store_leave: whatever is kept longer is copied.
 *
 * Waiting. A write that meets another transaction's undecided row waits for that transaction to end.
 * A blocking session waits inside the call. A non-blocking session gets VV_WAITING: nothing has been
 * done; leave, and when the wake function has run (once), enter and make the same call again. While
 * waiting the session is not entered as far as memory is concerned: slices read before are gone.
 *
 * READ COMMITTED writes. update, delete and lock name the version the caller has looked at by its
 * `basis`: STORE_BASIS_SNAPSHOT for what the statement's snapshot shows, or the basis of a re-check.
 * When a newer version was committed meanwhile they return VV_CHANGED and *newest_out holds the newest
 * row and its basis: evaluate the WHERE clause on it again and call again with that basis. VV_NOT_FOUND
 * says the row is gone; when an UPDATE moved it to another key, newest_out->moved_key names that key.
 * Under REPEATABLE READ both are VV_CONFLICT.
 *
 * Failure. Functions that may wait return VV_DEADLOCK, VV_LOCK_TIMEOUT, VV_CANCELED, VV_TIMEOUT. After
 * any failure but VV_EXISTS, VV_NOT_FOUND, VV_CHANGED, VV_LOCK_BUSY and VV_WAITING abort the statement with
 * store_statement_abort() or the transaction with store_abort(). store_cause() tells more.
 *
 * Promises: S1 a commit that returned VV_OK survives a crash (durability full) and is seen by every
 *              snapshot taken after; S2 a transaction is there whole or not at all; S3 a snapshot never
 *              changes; S4 no committed update is lost; S5 a statement or savepoint that is rolled back
 *              leaves no trace; S6 a failed write or sync makes the store read-only, never the process
 *              abort, and readers go on; S7 after warm-up a statement of gets and updates allocates
 *              nothing; S8 a map id is never used again.
 * Threads:  one session by one thread at a time (it may migrate between calls). store_interrupt,
 *           store_..._step and functions that take only `const struct store *`: any.
 *           open, close: alone.
 */
#ifndef VARVE_STORE_STORE_H
#define VARVE_STORE_STORE_H

#include "base/alloc.h"
#include "base/error.h"
#include "base/list.h"
#include "base/slice.h"
#include "base/status.h"

struct os;
struct store;
struct store_session;
struct store_cursor;
struct txn_view;

/* ---- open and close ---- */

enum store_durability {
    STORE_DURABILITY_FULL,   /* commit returns after the sync */
    STORE_DURABILITY_GROUP,  /* commit returns at once; store_flush_step syncs each group_ms */
    STORE_DURABILITY_OFF,    /* synced at close */
    STORE_DURABILITY_DEFAULT /* of a transaction: the database's */
};

struct store_options {
    struct os *os;       /* NULL: the real one. borrow until store_close() */
    struct alloc *alloc; /* borrow until store_close() */
    const char *path;    /* a directory, made when missing; NULL or ":memory:": no files at all */
    enum store_durability durability;
    uint32_t group_ms;         /* 0: 10 */
    bool has_flusher;          /* a thread calls store_flush_step: commits need not */
    uint64_t segment_bytes;    /* 0: 16 MB; a power of two, at least 64 KB */
    uint64_t max_log_bytes;    /* 0: no limit; a transaction that would exceed it: VV_DISK_FULL */
    uint32_t log_buffer_bytes; /* 0: 256 KB */
    uint64_t row_bytes_max;    /* 0: 64 MB; longer rows: VV_LIMIT */
    bool read_only;
    bool must_exist; /* a missing or empty directory is VV_NOT_FOUND instead of a new database */
};

/* Opens or creates; replays the log's tail. VV_BUSY: another process has it. own: *store_out, end with
 * store_close(). error may be NULL; it is filled whenever the status is not VV_OK. */
VV_MUST_USE vv_status store_open(const struct store_options *options, struct store **store_out,
                                 struct vv_error *error);

/* Syncs and ends the store; every session must be closed. Accepts NULL. The result tells whether the
 * last bytes reached the disk; the store has ended in any case. */
vv_status store_close(struct store *store);

/* ---- sessions ---- */

/* Called once after a call returned VV_WAITING, from whatever thread decides it; must not call the
 * store. */
typedef void (*store_wake_function)(void *context);

struct store_session_options {
    store_wake_function wake; /* NULL: a blocking session */
    void *wake_context;
};

/* own: *session_out, end with store_session_close(). VV_LIMIT: too many sessions. options may be NULL. */
VV_MUST_USE vv_status store_session_open(struct store *store,
                                         const struct store_session_options *options,
                                         struct store_session **session_out);

/* Aborts what is open, closes its cursors. Accepts NULL. Not while entered. */
void store_session_close(struct store_session *session);

/* Enter before, leave after any run of calls on the session (one atomic exchange each); not nested.
 * Slices end with leave. A transaction may stay open between leave and the next enter. */
void store_enter(struct store_session *session);
void store_leave(struct store_session *session);

/* When memory is short: frees a good piece of what waits to be freed or settled. Whether anything came back, so that
 * one more try makes sense. Writes do it themselves. Ends slices. */
#define STORE_RELIEF_STEPS 64u
bool store_relieve(struct store_session *session, unsigned steps_max);

/* leave + enter: ends all slices so that memory can be reused; call it each 64 leaves or so of a scan. */
void store_repin(struct store_session *session);

/* Lets another thread make the session's current or next wait or statement fail with VV_CANCELED. The
 * request ends with store_interrupt_clear(), which the owner calls when it begins a statement. */
void store_interrupt(struct store_session *session);
void store_interrupt_clear(struct store_session *session);

/* VV_CANCELED, VV_TIMEOUT or VV_OK: long computations ask now and then. */
VV_MUST_USE vv_status store_check(struct store_session *session);

/* Sleeps without a pin until the clock says until_ns (os_monotonic_ns) and asks store_check() at least every 10 ms.
 * VV_OK: it is over; VV_WAITING (non-blocking): call again then, nobody wakes; VV_CANCELED, VV_TIMEOUT. Entered. */
VV_MUST_USE vv_status store_sleep(struct store_session *session, uint64_t until_ns);

/* Asks store_check() whenever enough work was told. borrow: as long as the session. */
struct pace *store_pace(struct store_session *session);

/* Absolute time of os_clock (ns) after which waits fail with VV_TIMEOUT; 0: none. And the longest wait
 * for one lock (VV_LOCK_TIMEOUT); 0: no limit. */
void store_set_deadline(struct store_session *session, uint64_t deadline_ns);
void store_set_lock_timeout(struct store_session *session, uint64_t timeout_ns);

/* hook(context, now) is called by store_check() of the running statement, in its thread, once the armed time has come; it says
 * when to be called next, or 0: the statement is cancelled (VV_CANCELED). It must not call the store. Armed for one
 * statement: 0 disarms. */
void store_set_hook(struct store_session *session, uint64_t (*hook)(void *context, uint64_t now_ns),
                    void *context);
void store_arm_hook(struct store_session *session, uint64_t due_ns);

/* What the last failed call knew: map, key, transaction, errno. borrow until the next call. */
const struct vv_cause *store_cause(const struct store_session *session);

/* Changes written for the log by this session so far, and their bytes; a store without a log has none. */
void store_logged(const struct store_session *session, uint64_t *count_out, uint64_t *bytes_out);

struct store *store_of(const struct store_session *session);

/* ---- transactions ---- */

enum store_level {
    STORE_READ_COMMITTED, /* each statement its own snapshot */
    STORE_REPEATABLE_READ /* one snapshot, taken by the first statement */
};

struct store_txn_options {
    enum store_level level;
    bool read_only;                   /* writes fail with VV_READ_ONLY */
    bool durability_set;              /* false: the database's */
    enum store_durability durability; /* of this transaction */
};

/* options may be NULL: READ COMMITTED. Costs nothing until the first write. */
VV_MUST_USE vv_status store_begin(struct store_session *session,
                                  const struct store_txn_options *options);

/* The commit that comes next does not wait for a sync, which follows within about group_ms if somebody calls
 * store_flush_step or commits. */
void store_commit_unsynced(struct store_session *session);

/* Ends the transaction in every case but VV_WAITING (call again, nothing else). *lsn_out (may be NULL)
 * is its commit LSN, 0 when it wrote nothing. VV_OUTCOME_UNKNOWN: the log failed under it. Any other
 * failure: it is aborted. */
VV_MUST_USE vv_status store_commit(struct store_session *session, uint64_t *lsn_out);

/* Undoes the transaction. Allowed without one, and instead of repeating a waiting call. */
void store_abort(struct store_session *session);

bool store_in_transaction(const struct store_session *session);

/* Whether the open transaction keeps one snapshot (REPEATABLE READ). */
bool store_keeps_snapshot(const struct store_session *session);

/* Whether the open transaction has written anything yet. */
bool store_has_written(const struct store_session *session);

/* A place in the transaction's history. Plain value, its parts are private; what is older stays valid. */
struct store_mark {
    uint64_t changes;
    uint64_t redo;
    uint32_t hooks;
    uint32_t map_changes;
    uint32_t row_locks;
};

/* SAVEPOINT, ROLLBACK TO; RELEASE needs no call. Also inside a statement, back to a mark of the same
 * statement: a write of several maps that meets VV_WAITING undoes its first half and is called again as
 * a whole. */
struct store_mark store_savepoint(struct store_session *session);
void store_rollback_to(struct store_session *session, struct store_mark mark);

/* A statement: its reads share one snapshot, its failure undoes all its writes. Its own writes are not
 * visible to its reads. The snapshot is taken by the first read but store_get_one (or by
 * store_snapshot). begin fails only when interrupted or late. */
VV_MUST_USE vv_status store_statement_begin(struct store_session *session);

/* Waits until everything the statement had to look at beyond its snapshot (unique checks, re-checks)
 * is visible: only then rows, counts or errors may leave the process. VV_WAITING: call again. Closes the
 * statement's cursors. */
VV_MUST_USE vv_status store_statement_end(struct store_session *session);

/* The same wait without the end: before an error that the latest state caused (VV_EXISTS) is reported and
 * the statement aborted. Ends slices. */
VV_MUST_USE vv_status store_statement_settle(struct store_session *session);

/* From here on the statement sees what it has written until now; its failure still undoes all of it. No cursor
 * of it may be open. Ends slices. */
void store_statement_step(struct store_session *session);

/* Undoes the statement's writes and ends it. Does nothing without one: a begin may have failed. */
void store_statement_abort(struct store_session *session);

/* The snapshot of the running statement, taken now if it was not (0 outside statements), and all that
 * visibility needs (for definitions that are judged like rows). borrow: view until the statement ends. */
uint64_t store_snapshot(struct store_session *session);
const struct txn_view *store_view(struct store_session *session);

/* The transaction's tag (gives it one), for definitions published before commit. */
VV_MUST_USE vv_status store_tag(struct store_session *session, uint64_t *tag_out);

/* Called when the transaction's fate is settled: commit_lsn, or 0 when it (or the part after the
 * savepoint that the hook was added behind) is undone. On commit it runs after the fate is published
 * and before the tag can mean another transaction; it must be short, must not call the store. */
struct store_hook {
    struct store_hook *next; /* private */
    void (*ended)(struct store_hook *hook, uint64_t commit_lsn);
};

/* give: hook, until ended() was called. */
void store_add_hook(struct store_session *session, struct store_hook *hook);

/* ---- maps ---- */

/* Maps 1..STORE_SYSTEM_MAPS exist in every database from its birth (the catalog's); others are created
 * and dropped by transactions, are numbered upward, and no number is used again (S8). */
#define STORE_SYSTEM_MAPS 15u

/* The new map is known to this transaction now, to all others when it commits. */
VV_MUST_USE vv_status store_map_create(struct store_session *session, uint32_t *map_out);

/* The map can be used by snapshots older than the drop; its memory ends with them. VV_NOT_FOUND. */
VV_MUST_USE vv_status store_map_drop(struct store_session *session, uint32_t map);

struct store_map_stats {
    uint64_t rows;       /* estimate */
    uint64_t leaf_pages; /* estimate */
    uint64_t bytes;      /* of its pages */
};

/* Cheap; figures are estimates. VV_NOT_FOUND. */
VV_MUST_USE vv_status store_map_stats(struct store *store, uint32_t map,
                                      struct store_map_stats *stats_out);

/* What a row of the map takes, about; 0: not known. Entered; locks nothing. */
uint64_t store_map_row_bytes(const struct store_session *session, uint32_t map);

/* Draws `count` numbers that nobody else got from this map (hidden row ids): *first_out and the next
 * ones, from 1 up. For maps whose keys begin with the number as 8 bytes, big endian: after a restart
 * drawing goes on behind the greatest key found. Not transactional. */
VV_MUST_USE vv_status store_map_draw(struct store_session *session, uint32_t map, uint64_t count,
                                     uint64_t *first_out);

/* ---- reads ---- */

/* The row of the statement's snapshot, with the transaction's own earlier writes. VV_NOT_FOUND. */
VV_MUST_USE vv_status store_get(struct store_session *session, uint32_t map, vv_slice key,
                                vv_slice *row_out);

/* As store_get for a statement that reads this one key and nothing else, and does not write what it
 * read: under READ COMMITTED it takes no snapshot unless the row has recent versions. Needs neither
 * store_begin nor store_statement_begin (without them it reads the latest visible state). */
VV_MUST_USE vv_status store_get_one(struct store_session *session, uint32_t map, vv_slice key,
                                    vv_slice *row_out);

struct store_bound {
    vv_slice key; /* borrow until the cursor is opened (it is copied) */
    bool set;     /* false: the end of the map */
    bool inclusive;
};

struct store_range {
    struct store_bound low;
    struct store_bound high;
};

#define STORE_BATCH_ROWS 256u

/* Rows in key order (or falling). Arrays live in the cursor; slices as everywhere. */
struct store_batch {
    uint32_t count;
    const vv_slice *rows;
    const vv_slice *keys; /* NULL when the cursor was opened without keys */
};

struct store_cursor_options {
    bool reverse;
    bool keys;           /* wants full keys */
    uint32_t batch_rows; /* at most so many rows a batch; 0: STORE_BATCH_ROWS */
};

/* own: *cursor_out, end with store_cursor_close(); the end of its statement closes it too. A cursor
 * reads the statement's snapshot and sees no write made after it was opened in its own statement.
 * options may be NULL. Reuses memory of closed cursors. */
VV_MUST_USE vv_status store_cursor_open(struct store_session *session, uint32_t map,
                                        const struct store_range *range,
                                        const struct store_cursor_options *options,
                                        struct store_cursor **cursor_out);

/* The next rows; VV_END when there is none. count may be 0 with VV_OK: many leaves held nothing, call
 * again (after store_repin() when you hold no slices). The cursor goes on correctly after waits,
 * leave/enter and any change of the map. */
VV_MUST_USE vv_status store_cursor_next(struct store_cursor *cursor, struct store_batch *batch_out);

/* Accepts NULL. */
void store_cursor_close(struct store_cursor *cursor);

/* Estimates for the optimizer: rows between two keys; and at most `count` keys that split the range
 * into pieces of like size for parallel scans (keys live in the session until its next call). */
VV_MUST_USE vv_status store_range_rows(struct store_session *session, uint32_t map,
                                       const struct store_range *range, uint64_t *rows_out);
VV_MUST_USE vv_status store_range_split(struct store_session *session, uint32_t map,
                                        const struct store_range *range, uint32_t count,
                                        const vv_slice **keys_out, uint32_t *count_out);

/* Parallel readers: until store_unfollow `worker` (a session without transaction) reads with the view
 * of `leader`'s running statement, which must outlive it and not write meanwhile. */
void store_follow(struct store_session *worker, struct store_session *leader);
void store_unfollow(struct store_session *worker);

/* ---- writes ----
 *
 * key and row may be slices that this session read (a write that waits copies them first), but not in a
 * non-blocking session, where the same call is made again after the wait. */

#define STORE_BASIS_SNAPSHOT 0u         /* the version that the statement's snapshot shows */
#define STORE_BASIS_NEWEST   UINT64_MAX /* whatever is newest, also what this statement wrote */

/* What a write found instead of the version it was based on. */
struct store_newest {
    vv_slice row;   /* with VV_CHANGED: the newest committed row */
    uint64_t basis; /* with VV_CHANGED: names that version */
    vv_slice
        moved_key; /* with VV_NOT_FOUND: where an UPDATE moved the row; empty when it did not */
    bool own;      /* with VV_NOT_FOUND: this very statement wrote the row */
};

/* VV_EXISTS when the key is there in the latest state, committed or own (waits for an undecided owner
 * first). VV_LIMIT: the key or row is too long. */
VV_MUST_USE vv_status store_insert(struct store_session *session, uint32_t map, vv_slice key,
                                   vv_slice row);

/* A new row for store_insert_run(); its bytes are not in pages. */
struct store_row {
    vv_slice key;
    vv_slice row;
};

/* store_insert() of many rows, whose keys ascend strictly, at the price of a few. *done_out: so many went in, the
 * first ones, whatever the status; VV_OK: all, else what store_insert() of rows[*done_out] said. VV_WAITING: call
 * again with the rest. */
VV_MUST_USE vv_status store_insert_run(struct store_session *session, uint32_t map,
                                       const struct store_row *rows, uint32_t count,
                                       uint32_t *done_out);

/* newest_out may be NULL under REPEATABLE READ only. */
VV_MUST_USE vv_status store_update(struct store_session *session, uint32_t map, vv_slice key,
                                   vv_slice row, uint64_t basis, struct store_newest *newest_out);

/* The same for a row whose key columns change: others may refer to it by them, so it is a write of
 * STORE_LOCK_UPDATE's strength (which FOR KEY SHARE keeps away) instead of STORE_LOCK_NO_KEY_UPDATE's. */
VV_MUST_USE vv_status store_update_keys(struct store_session *session, uint32_t map, vv_slice key,
                                        vv_slice row, uint64_t basis,
                                        struct store_newest *newest_out);

/* moved_key: empty, or the key under which the same UPDATE writes the row again. */
VV_MUST_USE vv_status store_delete(struct store_session *session, uint32_t map, vv_slice key,
                                   vv_slice moved_key, uint64_t basis,
                                   struct store_newest *newest_out);

/* Insert or update, whatever is there (index maintenance, caches). Waits for an undecided owner; under
 * REPEATABLE READ a row newer than the snapshot is VV_CONFLICT. */
VV_MUST_USE vv_status store_put(struct store_session *session, uint32_t map, vv_slice key,
                                vv_slice row);

/* Row locks, in order of strength. The first two have several holders. */
enum store_row_lock {
    STORE_LOCK_KEY_SHARE,
    STORE_LOCK_SHARE,
    STORE_LOCK_NO_KEY_UPDATE,
    STORE_LOCK_UPDATE
};

enum store_lock_wait {
    STORE_LOCK_WAITS, /* until the owner ends */
    STORE_LOCK_NOWAIT /* VV_LOCK_BUSY at once: NOWAIT fails, SKIP LOCKED goes on */
};

/* SELECT FOR ...: the row stays as it is until this transaction ends. */
VV_MUST_USE vv_status store_lock(struct store_session *session, uint32_t map, vv_slice key,
                                 enum store_row_lock mode, enum store_lock_wait wait,
                                 uint64_t basis, struct store_newest *newest_out);

/* PostgreSQL's table lock modes, in its order. Held to the end of the transaction. */
enum store_table_mode {
    STORE_TABLE_ACCESS_SHARE, /* SELECT */
    STORE_TABLE_ROW_SHARE,
    STORE_TABLE_ROW_EXCLUSIVE, /* INSERT, UPDATE, DELETE */
    STORE_TABLE_SHARE_UPDATE_EXCLUSIVE,
    STORE_TABLE_SHARE, /* CREATE INDEX */
    STORE_TABLE_SHARE_ROW_EXCLUSIVE,
    STORE_TABLE_EXCLUSIVE,
    STORE_TABLE_ACCESS_EXCLUSIVE /* DROP, ALTER */
};

/* `table` is any number that names the table, its primary map by habit. Taking what is held is cheap. */
VV_MUST_USE vv_status store_table_lock(struct store_session *session, uint32_t table,
                                       enum store_table_mode mode);

/* ---- background work and statistics ---- */

/* Bounded work; each returns whether it did any. flush: syncs what commits without a sync left behind when
 * group_ms have passed (nothing with durability OFF). reclaim: frees retired memory, drops data of dropped maps. settle: rebuilds
 * leaves that waited long enough. Commits do small shares of all three. */
bool store_flush_step(struct store *store);
bool store_reclaim_step(struct store *store);
bool store_settle_step(struct store *store);

/* Syncs the log now; everything committed before is durable after. */
VV_MUST_USE vv_status store_sync(struct store *store);

struct store_stats {
    uint64_t memory_bytes[ALLOC_KIND_COUNT];
    uint64_t commits; /* that wrote */
    uint64_t aborts;
    uint64_t conflicts; /* VV_CONFLICT */
    uint64_t deadlocks;
    uint64_t waits; /* for a transaction */
    uint64_t log_bytes;
    uint64_t log_syncs;
    uint64_t log_segments;
    uint64_t visible_lsn;
    uint64_t durable_lsn;
    uint64_t oldest_snapshot_lsn; /* visible_lsn: none is in use */
    uint64_t recovered_records;   /* replayed by open */
    uint64_t recovered_bytes;
    uint32_t sessions;
    bool read_only;
};

void store_stats(const struct store *store, struct store_stats *stats_out);

/* ---- table locks, for those who watch ---- */

struct store_lock_info {
    const struct store_session *session; /* only to compare: it may end */
    uint64_t relation;                   /* a map, or whatever else was locked */
    uint8_t mode;                        /* enum store_table_mode */
    bool granted;
    bool fast; /* taken without looking at others */
};

/* Tells every lock there is. Called with locks held: each must be short and lock nothing. */
void store_table_locks(struct store *store,
                       void (*each)(void *context, const struct store_lock_info *info),
                       void *context);

#endif
