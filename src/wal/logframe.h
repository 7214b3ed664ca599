/*
 * logframe.h - the bytes of the log on disk: segment headers, record headers, the meta page. Pure.
 *
 * All integers are little endian. A log sequence number (LSN) is a byte position; segment k of a log
 * with segments of S bytes holds the positions [k * S, (k + 1) * S). The first WAL_SEGMENT_HEADER_BYTES
 * of each segment are its header, records fill the rest. A record begins at a multiple of 8 and never
 * crosses the end of its segment: a pad record (no payload) says that the rest is not used, unless less
 * than a record header is left.
 *
 *   record                                      segment header (4096 bytes, rest zero)
 *   at size                                     at size
 *    0  4  CRC32C of payload, padding, then      0  8  magic "VarveLog"
 *          bytes 4 .. 32                         8  4  CRC32C of bytes 12 .. 64
 *    4  4  length of the payload
 *    8  8  LSN: its own position                12  4  format version
 *   16  8  wall clock, microseconds since 1970  16  8  LSN of the segment
 *   24  4  (LSN - durable LSN then) / 8,        24  8  segment bytes
 *          2^32 - 1 when that does not fit      32 16  database id
 *   28  1  kind (0: pad; others: the store's)   48 16  zero
 *   29  3  zero
 *   32  …  payload, then zeros up to 8
 *
 *   meta page (512 bytes at 0 and at 4096 of the file `meta`)
 *    0  8  magic "VarveMet"        40  8  replay start
 *    8  4  CRC32C of bytes 12..512 48  8  the log is known to reach to here
 *   12  4  format version          56  8  wall clock of this page
 *   16 16  database id             64  8  segment bytes
 *   32  8  generation              72  8  1: closed there, nothing lies behind; or 0
 *                                  80  …  zero
 *
 * A record's own LSN is in its checksum: what a recycled segment still holds can not be taken for a
 * record of its new place. The durable LSN then is what makes corruption visible: bytes below it were
 * acknowledged, so when they are bad and a later record is good, this is no torn tail.
 */
#ifndef VARVE_WAL_LOGFRAME_H
#define VARVE_WAL_LOGFRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "base/status.h"

#define WAL_FORMAT_VERSION       1u
#define WAL_SEGMENT_HEADER_BYTES 4096u
#define WAL_RECORD_HEADER_BYTES  32u
#define WAL_PAYLOAD_BYTES_MAX    65536u /* what a committer may copy in the commit section */
#define WAL_META_PAGE_BYTES      512u
#define WAL_META_PAGE_DISTANCE   4096u /* the pages share no sector: tearing one leaves the other */
#define WAL_DATABASE_ID_BYTES    16u
#define WAL_KIND_PAD             0u

struct logframe_record {
    uint64_t lsn;
    uint64_t end_lsn; /* of the next record: the commit timestamp */
    uint64_t wall_us;
    uint64_t durable_lsn; /* was durable when this record was made; never too high */
    uint8_t kind;
    vv_slice payload;
};

struct logframe_segment {
    uint64_t lsn;
    uint64_t segment_bytes;
    uint8_t database_id[WAL_DATABASE_ID_BYTES];
};

struct logframe_meta {
    uint64_t generation;
    uint64_t replay_lsn;
    uint64_t known_lsn; /* everything below was acknowledged or read by somebody */
    uint64_t wall_us;
    uint64_t segment_bytes;
    bool closed; /* the log was closed at known_lsn, and everything behind it is nothing */
    uint8_t database_id[WAL_DATABASE_ID_BYTES];
};

/* Bytes of a record on disk: header, payload, padding. */
static inline uint64_t logframe_bytes(uint64_t payload_size)
{
    return (WAL_RECORD_HEADER_BYTES + payload_size + 7u) & ~(uint64_t)7u;
}

/* The checksum of a payload and its padding: computed before the commit section. */
uint32_t logframe_payload_crc(vv_slice payload);

/* Writes header, payload and padding: logframe_bytes(payload.size) bytes. end_lsn is not used. */
void logframe_record_encode(uint8_t *at, const struct logframe_record *record,
                            uint32_t payload_crc);

/* The record at `lsn` in `bytes`. VV_OK; VV_END: zeros stand there; VV_CORRUPT: no record with this
 * LSN, length and checksum. borrow: payload from bytes. */
VV_MUST_USE vv_status logframe_record_decode(vv_slice bytes, uint64_t lsn,
                                             struct logframe_record *record_out);

/* As above without looking at the checksum. */
VV_MUST_USE vv_status logframe_record_peek(vv_slice bytes, uint64_t lsn,
                                           struct logframe_record *record_out);

void logframe_segment_encode(uint8_t at[WAL_SEGMENT_HEADER_BYTES],
                             const struct logframe_segment *segment);
VV_MUST_USE vv_status logframe_segment_decode(vv_slice bytes, struct logframe_segment *segment_out);

void logframe_meta_encode(uint8_t at[WAL_META_PAGE_BYTES], const struct logframe_meta *meta);
VV_MUST_USE vv_status logframe_meta_decode(vv_slice bytes, struct logframe_meta *meta_out);

#endif
