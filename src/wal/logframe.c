/* logframe.c - encodes and decodes what logframe.h draws. */
#include "wal/logframe.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "base/crc32c.h"

#define META_MAGIC    0x74654D6576726156u /* "VarveMet" */
#define SEGMENT_MAGIC 0x676F4C6576726156u /* "VarveLog" */
#define BEHIND_MAX    UINT32_MAX

static_assert(WAL_RECORD_HEADER_BYTES % 8 == 0, "records begin at multiples of 8");
static_assert(WAL_META_PAGE_DISTANCE >= WAL_META_PAGE_BYTES, "the pages do not overlap");

static uint32_t behind_encode(const struct logframe_record *record);
static uint32_t record_crc(const uint8_t *at, uint64_t total);
static bool all_zero(const uint8_t *bytes, size_t size);

/* The checksum goes over the padding too: every byte of a record's span is either good or seen. */
uint32_t logframe_payload_crc(vv_slice payload)
{
    static const uint8_t zeros[8];
    uint64_t padding = logframe_bytes(payload.size) - WAL_RECORD_HEADER_BYTES - payload.size;

    return crc32c(crc32c(0, payload.data, payload.size), zeros, padding);
}

void logframe_record_encode(uint8_t *at, const struct logframe_record *record, uint32_t payload_crc)
{
    uint64_t total = logframe_bytes(record->payload.size);
    uint64_t used = WAL_RECORD_HEADER_BYTES + record->payload.size;

    VV_ASSERT(record->lsn % 8 == 0);
    VV_ASSERT(record->durable_lsn <= record->lsn);
    bytes_store32(at + 4, (uint32_t)record->payload.size);
    bytes_store64(at + 8, record->lsn);
    bytes_store64(at + 16, record->wall_us);
    bytes_store32(at + 24, behind_encode(record));
    bytes_store32(at + 28, record->kind);
    bytes_store32(at, crc32c(payload_crc, at + 4, WAL_RECORD_HEADER_BYTES - 4));
    if (record->payload.size > 0) {
        memcpy(at + WAL_RECORD_HEADER_BYTES, record->payload.data, record->payload.size);
    }
    memset(at + used, 0, total - used);
}

vv_status logframe_record_decode(vv_slice bytes, uint64_t lsn, struct logframe_record *record_out)
{
    VV_TRY(logframe_record_peek(bytes, lsn, record_out));
    if (bytes_load32(bytes.data) != record_crc(bytes.data, record_out->end_lsn - lsn)) {
        *record_out = (struct logframe_record){0};
        return VV_CORRUPT;
    }
    return VV_OK;
}

vv_status logframe_record_peek(vv_slice bytes, uint64_t lsn, struct logframe_record *record_out)
{
    uint64_t length = 0;
    uint64_t total = 0;
    uint64_t behind = 0;

    *record_out = (struct logframe_record){0};
    if (bytes.size < WAL_RECORD_HEADER_BYTES) {
        return VV_CORRUPT;
    }
    if (all_zero(bytes.data, WAL_RECORD_HEADER_BYTES)) {
        return VV_END;
    }
    length = bytes_load32(bytes.data + 4);
    total = logframe_bytes(length);
    if (bytes_load64(bytes.data + 8) != lsn || length > WAL_PAYLOAD_BYTES_MAX ||
        total > bytes.size) {
        return VV_CORRUPT;
    }
    behind = bytes_load32(bytes.data + 24);
    *record_out = (struct logframe_record){
        .lsn = lsn,
        .end_lsn = lsn + total,
        .wall_us = bytes_load64(bytes.data + 16),
        .durable_lsn = behind == BEHIND_MAX || behind * 8 > lsn ? 0 : lsn - behind * 8,
        .kind = bytes.data[28],
        .payload = slice_make(bytes.data + WAL_RECORD_HEADER_BYTES, length),
    };
    return VV_OK;
}

void logframe_segment_encode(uint8_t at[WAL_SEGMENT_HEADER_BYTES],
                             const struct logframe_segment *segment)
{
    memset(at, 0, WAL_SEGMENT_HEADER_BYTES);
    bytes_store64(at, SEGMENT_MAGIC);
    bytes_store32(at + 12, WAL_FORMAT_VERSION);
    bytes_store64(at + 16, segment->lsn);
    bytes_store64(at + 24, segment->segment_bytes);
    memcpy(at + 32, segment->database_id, WAL_DATABASE_ID_BYTES);
    bytes_store32(at + 8, crc32c(0, at + 12, 64 - 12));
}

vv_status logframe_segment_decode(vv_slice bytes, struct logframe_segment *segment_out)
{
    *segment_out = (struct logframe_segment){0};
    if (bytes.size < 64 || bytes_load64(bytes.data) != SEGMENT_MAGIC ||
        bytes_load32(bytes.data + 8) != crc32c(0, bytes.data + 12, 64 - 12)) {
        return VV_CORRUPT;
    }
    if (bytes_load32(bytes.data + 12) != WAL_FORMAT_VERSION) {
        return VV_UNSUPPORTED;
    }
    segment_out->lsn = bytes_load64(bytes.data + 16);
    segment_out->segment_bytes = bytes_load64(bytes.data + 24);
    memcpy(segment_out->database_id, bytes.data + 32, WAL_DATABASE_ID_BYTES);
    return VV_OK;
}

void logframe_meta_encode(uint8_t at[WAL_META_PAGE_BYTES], const struct logframe_meta *meta)
{
    memset(at, 0, WAL_META_PAGE_BYTES);
    bytes_store64(at, META_MAGIC);
    bytes_store32(at + 12, WAL_FORMAT_VERSION);
    memcpy(at + 16, meta->database_id, WAL_DATABASE_ID_BYTES);
    bytes_store64(at + 32, meta->generation);
    bytes_store64(at + 40, meta->replay_lsn);
    bytes_store64(at + 48, meta->known_lsn);
    bytes_store64(at + 56, meta->wall_us);
    bytes_store64(at + 64, meta->segment_bytes);
    bytes_store64(at + 72, meta->closed);
    bytes_store32(at + 8, crc32c(0, at + 12, WAL_META_PAGE_BYTES - 12));
}

vv_status logframe_meta_decode(vv_slice bytes, struct logframe_meta *meta_out)
{
    *meta_out = (struct logframe_meta){0};
    if (bytes.size < WAL_META_PAGE_BYTES || bytes_load64(bytes.data) != META_MAGIC ||
        bytes_load32(bytes.data + 8) != crc32c(0, bytes.data + 12, WAL_META_PAGE_BYTES - 12)) {
        return VV_CORRUPT;
    }
    if (bytes_load32(bytes.data + 12) != WAL_FORMAT_VERSION) {
        return VV_UNSUPPORTED;
    }
    memcpy(meta_out->database_id, bytes.data + 16, WAL_DATABASE_ID_BYTES);
    meta_out->generation = bytes_load64(bytes.data + 32);
    meta_out->replay_lsn = bytes_load64(bytes.data + 40);
    meta_out->known_lsn = bytes_load64(bytes.data + 48);
    meta_out->wall_us = bytes_load64(bytes.data + 56);
    meta_out->segment_bytes = bytes_load64(bytes.data + 64);
    meta_out->closed = bytes_load64(bytes.data + 72) == 1;
    return VV_OK;
}

/* Rounds the distance up, so that the durable LSN decoded from it is never too high. */
static uint32_t behind_encode(const struct logframe_record *record)
{
    uint64_t behind = (record->lsn - record->durable_lsn + 7) / 8;

    return behind > BEHIND_MAX ? (uint32_t)BEHIND_MAX : (uint32_t)behind;
}

static uint32_t record_crc(const uint8_t *at, uint64_t total)
{
    uint32_t crc = crc32c(0, at + WAL_RECORD_HEADER_BYTES, total - WAL_RECORD_HEADER_BYTES);

    return crc32c(crc, at + 4, WAL_RECORD_HEADER_BYTES - 4);
}

static bool all_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}
