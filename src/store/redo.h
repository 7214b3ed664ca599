/*
 * redo.h - what a transaction changed, as bytes: the payload of its log records. Pure but for memory.
 *
 *   change:  operation (1 byte), then
 *     1 put          map (varint), key size (varint), key, row size (varint), row
 *     2 delete       map (varint), key size (varint), key
 *     3 map create   map (varint)
 *     4 map drop     map (varint)
 *
 *   commit record (kind 1):  changes
 *   chunk record (kind 2):   stream id (8), position (8), then bytes of the stream from that position on:
 *                            what the stream held from there is replaced (a savepoint was rolled back
 *                            after its changes had gone to the log). A change may be split.
 *   end record (kind 3):     the same; the stream as a whole is committed here
 */
#ifndef VARVE_STORE_REDO_H
#define VARVE_STORE_REDO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/alloc.h"
#include "base/slice.h"
#include "base/status.h"

#define REDO_KIND_COMMIT 1u
#define REDO_KIND_CHUNK  2u
#define REDO_KIND_END    3u

#define REDO_STREAM_HEADER_BYTES 16u

enum redo_operation { REDO_PUT = 1, REDO_DELETE = 2, REDO_MAP_CREATE = 3, REDO_MAP_DROP = 4 };

struct redo_change {
    enum redo_operation operation;
    uint32_t map;
    vv_slice key;
    vv_slice row;
};

/* The changes stand behind room for a stream header. Kept from transaction to transaction. */
struct redo_buffer {
    uint8_t *bytes;
    size_t size; /* of the changes */
    size_t capacity;
    uint64_t added_count; /* changes ever added, whatever became of them */
    uint64_t added_bytes;
};

/* Makes sure that one more change fits. VV_NOMEM. */
VV_MUST_USE vv_status redo_reserve(struct redo_buffer *buffer, struct alloc *alloc, size_t key_size,
                                   size_t row_size);

/* Adds a change for which room was reserved. */
void redo_add(struct redo_buffer *buffer, const struct redo_change *change);

/* The bytes of all changes. */
vv_slice redo_changes(const struct redo_buffer *buffer);

/* The changes [from, from + size) as the payload of a chunk; overwrites what stands before `from`. */
vv_slice redo_chunk(struct redo_buffer *buffer, uint64_t stream_id, uint64_t position, size_t from,
                    size_t size);

/* Drops the first `size` bytes of changes. */
void redo_consume(struct redo_buffer *buffer, size_t size);

/* Splits the payload of a chunk or end record. VV_CORRUPT. */
VV_MUST_USE vv_status redo_chunk_decode(vv_slice payload, uint64_t *stream_id_out,
                                        uint64_t *position_out, vv_slice *bytes_out);

/* Frees the buffer; redo_trim only when it has grown beyond `keep_bytes`. */
void redo_release(struct redo_buffer *buffer, struct alloc *alloc);
void redo_trim(struct redo_buffer *buffer, struct alloc *alloc, size_t keep_bytes);

/* The changes, one after the other: VV_OK, VV_END, or VV_CORRUPT: the bytes are no changes. Moves
 * *rest. borrow: key and row from the bytes. */
VV_MUST_USE vv_status redo_next(vv_slice *rest, struct redo_change *change_out);

#endif
