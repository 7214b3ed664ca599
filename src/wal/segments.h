/*
 * segments.h - the files of the log: named by the LSN they begin with, preallocated, pre-written, used
 * again.
 *
 * Who syncs the log (its leader) owns the segments; nobody else writes. Zeros are written once, some
 * way ahead of the records and synced with them, because a sync of blocks that were never written has
 * to wait for the file system's journal too. A recycled segment keeps what it holds: its old records do
 * not carry the LSNs of its new place.
 *
 * Threads: the leader, or alone while opening.
 */
#ifndef VARVE_WAL_SEGMENTS_H
#define VARVE_WAL_SEGMENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/error.h"
#include "os/os.h"
#include "wal/logframe.h"

struct segment {
    uint64_t lsn;
    struct os_file *file;  /* NULL: not open */
    uint64_t zeroed_bytes; /* everything before was written at least once */
    bool unsynced;
};

struct segments {
    struct os *os;
    struct alloc *alloc;
    const char *directory; /* borrow: the wal's */
    uint64_t segment_bytes;
    uint64_t max_bytes;
    bool read_only;
    uint8_t database_id[WAL_DATABASE_ID_BYTES];
    struct segment *array; /* rising LSNs without gaps from the first that is needed */
    uint32_t count;
    uint32_t capacity;
    uint64_t recycled_count;
};

/* Lists the directory. count is 0 for a new log. */
VV_MUST_USE vv_status segments_open(struct segments *segments, struct vv_cause *cause);

/* Closes the files and frees the list. */
void segments_release(struct segments *segments);

/* NULL: no segment holds this position. */
struct segment *segments_at(struct segments *segments, uint64_t lsn);

/* The next segment, at `lsn`: one that ends at or below `unneeded_lsn` is used again, else a new file is
 * made. On failure nothing has changed but, perhaps, a file that nobody counts. */
VV_MUST_USE vv_status segments_extend(struct segments *segments, uint64_t lsn,
                                      uint64_t unneeded_lsn, struct vv_cause *cause);

/* Removes segments below `lsn`, but keeps `keep` of them for use again. */
VV_MUST_USE vv_status segments_trim(struct segments *segments, uint64_t lsn, uint32_t keep,
                                    struct vv_cause *cause);

/* Removes segments that begin above `lsn`. */
VV_MUST_USE vv_status segments_remove_after(struct segments *segments, uint64_t lsn,
                                            struct vv_cause *cause);

/* Reads inside one segment; what the file lacks is zeros. */
VV_MUST_USE vv_status segments_read(struct segments *segments, uint64_t lsn, void *bytes,
                                    size_t size, struct vv_cause *cause);

/* Writes inside one segment, and zeros ahead of it. Not durable. */
VV_MUST_USE vv_status segments_write(struct segments *segments, uint64_t lsn, const void *bytes,
                                     size_t size, struct vv_cause *cause);

/* Syncs what was written and closes files that end at or below `done_lsn`. */
VV_MUST_USE vv_status segments_sync(struct segments *segments, uint64_t done_lsn,
                                    struct vv_cause *cause);

/* Makes the next segments_sync sync every segment from the one with lsn on. */
VV_MUST_USE vv_status segments_distrust(struct segments *segments, uint64_t lsn,
                                        struct vv_cause *cause);

/* Whether the segment at lsn has its header; writes it when `repair`. */
VV_MUST_USE vv_status segments_check_header(struct segments *segments, uint64_t lsn, bool repair,
                                            struct vv_cause *cause);

#endif
