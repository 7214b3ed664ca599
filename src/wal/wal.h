/*
 * wal.h - the append-only log that makes commits durable, and the clock of history.
 *
 * A record is opaque bytes. Its end position is its LSN, the commit timestamp of its transaction. A
 * committer prepares everything, then goes through the commit section, one at a time and short:
 *
 *     wal_section_enter(wal, size)      room in buffer and segment is certain; waits only outside
 *     end = wal_section_put(wal, ...)   reserve + copy
 *     … publish the transaction's state …
 *     wal_section_leave(wal)            filled = end
 *     wal_wait(wal, end)                durable >= end: somebody synced, perhaps we
 *
 *     positions:   replay start … durable … written … filled = reserved
 *                                 <--- lost in a crash, perhaps --->
 *
 * The committing threads write and sync themselves: the first that finds no leader becomes the leader,
 * swaps the two append buffers, writes, syncs, and wakes the others (group commit without a thread).
 *
 * A log without files (the null log) only counts: its LSNs rise by 8 and everything is durable at once.
 *
 * Promises: W1 records come back in append order, whole; W2 what was waited for survives a crash;
 *           W3 a torn tail is recognised and cut, never returned, and never comes back; W4 damage to
 *           acknowledged records refuses to open (VV_CORRUPT) if anything acknowledged follows it;
 *           W5 after a failed write or sync nothing is written any more: waiters get
 *           VV_OUTCOME_UNKNOWN, appends VV_IO; W6 a full disk is found before a record is reserved
 *           (VV_DISK_FULL) and does no harm; W7 reserved >= filled >= durable; W8 segments below the
 *           replay start are used again.
 * Threads:  open, replay, start, close: alone. wal_section_put/_leave: the holder of the section.
 *           Everything else: any.
 */
#ifndef VARVE_WAL_WAL_H
#define VARVE_WAL_WAL_H

#include <stdatomic.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/list.h"
#include "wal/logframe.h"

struct os;
struct wal;

struct wal_options {
    struct os *os;
    struct alloc *alloc;
    const char *directory;  /* exists; NULL: the null log */
    uint64_t segment_bytes; /* of a new log; a power of two, at least WAL_SEGMENT_BYTES_MIN */
    uint64_t max_bytes;     /* of all segments; 0: no limit. Beyond: VV_DISK_FULL */
    uint32_t buffer_bytes;  /* of each of two append buffers; 0: 256 KB */
    bool read_only;         /* replay only */
    bool must_exist;        /* no new log: VV_NOT_FOUND */
    /* Called by whoever synced, before waiters wake: everything below lsn is durable; lsn 0: the log has
     * failed for good. May be NULL. */
    void (*synced)(void *context, uint64_t lsn);
    void *synced_context;
};

#define WAL_SEGMENT_BYTES_MIN     (256u << 10)
#define WAL_SEGMENT_BYTES_DEFAULT (16u << 20)
#define WAL_LSN_FIRST             WAL_SEGMENT_HEADER_BYTES

/* Opens or creates. own: *wal_out, end with wal_close(). Fills cause on failure. */
VV_MUST_USE vv_status wal_open(const struct wal_options *options, struct wal **wal_out,
                               struct vv_cause *cause);

/* Reads every record from the replay start to the end of the log, in order, and finds the end. Stops
 * at the first failure of `apply`. borrow: record until apply returns. */
typedef vv_status (*wal_apply_function)(void *context, const struct logframe_record *record);
VV_MUST_USE vv_status wal_replay(struct wal *wal, wal_apply_function apply, void *context,
                                 struct vv_cause *cause);

/* Cuts the tail, makes what was replayed durable and opens the log for appending. Not when read only. */
VV_MUST_USE vv_status wal_start(struct wal *wal, struct vv_cause *cause);

/* Syncs, notes the clean end, frees. Accepts NULL. */
vv_status wal_close(struct wal *wal);

/* Takes the commit section with room for one record of `payload_bytes` (at most WAL_PAYLOAD_BYTES_MAX).
 * Not taken on failure: VV_IO, VV_DISK_FULL, VV_NOMEM. */
VV_MUST_USE vv_status wal_section_enter(struct wal *wal, uint64_t payload_bytes);

/* Reserves and copies a record; returns its place. crc is logframe_payload_crc(payload); the null log
 * looks at neither. kind > 0. wall_us is its wall clock. */
struct wal_place {
    uint64_t lsn;
    uint64_t end_lsn;
};
struct wal_place wal_section_put(struct wal *wal, uint8_t kind, vv_slice payload, uint32_t crc,
                                 uint64_t wall_us);

/* Advances filled and lets the next committer in. */
void wal_section_leave(struct wal *wal);

/* Returns when everything below lsn, the end of a record that was put (its section may be about to end), is durable;
 * leads a sync when nobody does. VV_OUTCOME_UNKNOWN. */
VV_MUST_USE vv_status wal_wait(struct wal *wal, uint64_t lsn);

/* For those who can not wait inside: VV_OK, VV_OUTCOME_UNKNOWN, or VV_WAITING: `woken` will be called
 * once, by any thread, when it is worth to call wal_wait() or this again; it must not call the log. When
 * nobody leads, it is called at once: step the others first, then this one leads for all.
 * lead: sync here and now when nobody leads. own: the waiter, until woken was called or cancel. */
struct wal_waiter {
    struct list link; /* guard: the wal's mutex */
    uint64_t lsn;
    void (*woken)(struct wal_waiter *waiter);
};
VV_MUST_USE vv_status wal_wait_begin(struct wal *wal, struct wal_waiter *waiter, bool lead);
void wal_wait_cancel(struct wal *wal, struct wal_waiter *waiter);

/* Everything appended so far becomes durable. */
VV_MUST_USE vv_status wal_sync(struct wal *wal);

/* Moves the replay start (durable records only) and recycles segments below it. */
VV_MUST_USE vv_status wal_set_replay_start(struct wal *wal, uint64_t lsn);

/* The positions. reserved = filled while no section is held. */
uint64_t wal_filled(const struct wal *wal);
uint64_t wal_durable(const struct wal *wal);

/* The end of what was replayed; filled once appending began. */
uint64_t wal_end(const struct wal *wal);
bool wal_is_null(const struct wal *wal);

/* VV_OK, or what made the log stop for good. */
vv_status wal_failure(const struct wal *wal);

struct wal_stats {
    uint64_t bytes; /* appended since open */
    uint64_t records;
    uint64_t syncs;
    uint64_t writes;
    uint64_t segments;
    uint64_t recycled;
    uint64_t replay_lsn;
    uint64_t replayed_records;
    uint64_t replayed_bytes;
    uint64_t cut_bytes; /* of the torn tail that the last open found; an upper bound */
};

void wal_stats(struct wal *wal, struct wal_stats *stats_out);

#endif
