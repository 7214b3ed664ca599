/* wal_private.h - the log's insides, shared by wal.c (append, sync), replay.c and meta.c. */
#ifndef VARVE_WAL_WAL_PRIVATE_H
#define VARVE_WAL_WAL_PRIVATE_H

#include "os/os.h"
#include "sync/lock.h"
#include "wal/segments.h"
#include "wal/wal.h"

#define WAL_MAGIC      0x57414C21u
#define WAL_PIECES_MAX 16u

/* Contiguous records in an append buffer: a segment's border begins a new piece. */
struct wal_piece {
    uint64_t lsn;
    uint32_t offset;
    uint32_t size;
};

struct wal_buffer {
    uint8_t *bytes;
    uint32_t used;
    uint32_t piece_count;
    struct wal_piece pieces[WAL_PIECES_MAX];
    uint64_t end_lsn; /* of the last record in it */
};

struct wal {
    uint32_t magic;
    bool null;
    bool read_only;
    bool started;
    struct os *os;
    struct alloc *alloc;
    uint32_t buffer_bytes;
    void (*synced)(void *context, uint64_t lsn);
    void *synced_context;

    /* --- the commit section --- */
    _Alignas(64) struct lock section;
    uint64_t reserved;         /* guard: section */
    struct wal_buffer *active; /* guard: section; one of buffers */
    _Atomic uint64_t filled;   /* guard: atomic; written in the section */
    _Atomic uint64_t
        ready_end; /* guard: atomic; the segments reach to here; written by the leader */
    _Atomic uint64_t record_count; /* guard: atomic; written in the section */
    _Atomic uint64_t byte_count;   /* guard: atomic; written in the section */

    /* --- positions --- */
    _Alignas(64) _Atomic uint64_t durable; /* guard: atomic; written by the leader */
    _Atomic uint32_t failure;              /* guard: atomic; a vv_status, set once */

    /* --- the leader --- */
    _Alignas(64) _Atomic uint32_t leading; /* 0 nobody, 1 somebody, 2 and others sleep */
    struct wal_buffer buffers[2];          /* guard: the idle one belongs to the leader */
    uint64_t written;                      /* guard: leader */
    uint64_t batch_start;                  /* guard: leader; record_count at the last write */
    uint64_t batch_records;                /* guard: leader; in the last batch */
    struct segments segments;              /* guard: leader */
    struct os_file *meta_file;             /* guard: leader */
    struct logframe_meta meta;             /* guard: leader; the newest valid page */
    bool meta_failed;                      /* guard: leader */
    _Atomic uint64_t sync_count;           /* guard: atomic, relaxed: statistics */
    _Atomic uint64_t write_count;
    struct lock waiters_lock;
    struct list waiters; /* guard: waiters_lock */

    /* --- recovery --- */
    uint64_t tail;   /* where the log ends, found by wal_replay */
    bool meta_whole; /* both meta pages are good, and one follows the other */
    bool
        closed; /* what was replayed ends where the last close said, and it was the last to write */
    uint64_t replayed_records;
    uint64_t replayed_bytes;
    uint64_t cut_bytes;
    char directory[OS_PATH_BYTES];
};

/* Where a record of `total` bytes that comes next begins, when the log has reached `lsn`. */
static inline uint64_t wal_place_of(const struct wal *wal, uint64_t lsn, uint64_t total)
{
    uint64_t left = wal->segments.segment_bytes - (lsn & (wal->segments.segment_bytes - 1));

    if (left == wal->segments.segment_bytes) {
        return lsn + WAL_SEGMENT_HEADER_BYTES;
    }
    return total <= left ? lsn : lsn + left + WAL_SEGMENT_HEADER_BYTES;
}

/* meta.c. Reads the newer valid page; VV_NOT_FOUND: there is none. */
VV_MUST_USE vv_status wal_meta_read(struct wal *wal, struct vv_cause *cause);

/* Makes `meta` (its generation is set here) the newest page, durably. */
VV_MUST_USE vv_status wal_meta_write(struct wal *wal, struct logframe_meta *meta,
                                     struct vv_cause *cause);

#endif
