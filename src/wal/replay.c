/*
 * replay.c - reading the log after a restart: every record in order, then the end.
 *
 * The log ends at the first position that holds no good record. What lies behind it is either a torn
 * tail (nobody was told that it is durable: it is cut) or behind damage (somebody was told: open must
 * fail). A record made later tells which: it names the LSN that was durable when it was made. So the rest of the log is searched for
 * good records at their own positions; the search compares one word in eight bytes. A log that was closed says so in the
 * meta page until it is opened for writing again: then the end is known, nothing was written behind it, and neither the
 * search nor the cut is needed. If the newest meta page is damaged, nobody knows whether it was: it is searched.
 *
 * Cutting: what follows the end is made unrecognisable by zeros. Otherwise a record written later at the
 * end could join up with a good old one behind it, and a transaction that was never acknowledged, and
 * that everybody has seen absent, would be there after the next crash.
 */
#include "base/assert.h"
#include "base/bytes.h"
#include "base/probe.h"
#include "wal/wal_private.h"

#define READ_BYTES (256u << 10)

static_assert(READ_BYTES >= 2 * (WAL_PAYLOAD_BYTES_MAX + WAL_RECORD_HEADER_BYTES),
              "a window holds any record");

/* A window over one segment. */
struct log_reader {
    struct wal *wal;
    uint8_t *bytes; /* READ_BYTES */
    uint64_t lsn;   /* of bytes[0] */
    uint32_t size;
    struct vv_cause *cause;
};

/* What a search behind the end is for. */
typedef vv_status (*found_function)(struct log_reader *reader, uint64_t lsn);

static vv_status replay_all(struct log_reader *reader, wal_apply_function apply, void *context);
static vv_status record_at(struct log_reader *reader, uint64_t lsn,
                           struct logframe_record *record_out);
static vv_status window_at(struct log_reader *reader, uint64_t lsn, uint64_t wanted_bytes);
static vv_status each_header_after(struct log_reader *reader, uint64_t tail, found_function found);
static vv_status refuse_acknowledged(struct log_reader *reader, uint64_t lsn);
static vv_status cut_header(struct log_reader *reader, uint64_t lsn);
static vv_status cut_tail(struct wal *wal, struct vv_cause *cause);
static uint64_t segment_end(const struct wal *wal, uint64_t lsn);

vv_status wal_replay(struct wal *wal, wal_apply_function apply, void *context,
                     struct vv_cause *cause)
{
    struct log_reader reader = {.wal = wal, .cause = cause};
    vv_status status = VV_OK;

    VV_ASSERT(!wal->started);
    if (wal->null) {
        return VV_OK;
    }
    reader.bytes = alloc_get(wal->alloc, ALLOC_LOG, READ_BYTES);
    if (reader.bytes == NULL) {
        return VV_NOMEM;
    }
    VV_TRY_OR(done, replay_all(&reader, apply, context));
    if (wal->tail < wal->meta.known_lsn) {
        cause->lsn = wal->tail;
        status = VV_CORRUPT; /* W4: a clean close, or an earlier open, saw more */
        goto done;
    }
    wal->closed = wal->meta.closed && (wal->meta_whole || VV_NAIVE(WAL_CLOSED_BY_OLD_PAGE)) &&
                  wal->tail == wal->meta.known_lsn;
    if (!wal->closed) {
        status = each_header_after(&reader, wal->tail, refuse_acknowledged);
    }

done:
    alloc_free(wal->alloc, ALLOC_LOG, reader.bytes, READ_BYTES);
    return status;
}

vv_status wal_start(struct wal *wal, struct vv_cause *cause)
{
    struct logframe_meta meta;
    uint64_t end = 0;

    VV_ASSERT(!wal->started && !wal->read_only);
    if (wal->null) {
        wal->started = false; /* nothing to close */
        return VV_OK;
    }
    end = segment_end(wal, wal->tail);
    if (segments_at(&wal->segments, wal->tail) == NULL) {
        end = wal->tail & ~(wal->segments.segment_bytes - 1);
        VV_TRY(segments_remove_after(&wal->segments, wal->tail, cause));
    } else if (wal->closed) {
        VV_TRY(segments_remove_after(&wal->segments, wal->tail, cause));
        VV_TRY(segments_check_header(&wal->segments, wal->tail, true, cause));
    } else if (!VV_NAIVE(WAL_TAIL_KEPT)) {
        VV_TRY(cut_tail(wal, cause));
    } else {
        end = wal->segments.array[wal->segments.count - 1].lsn + wal->segments.segment_bytes;
    }
    if (!wal->closed) {
        /* What was read may never have been synced: from now on it counts as durable. So may the names. */
        VV_TRY(segments_distrust(&wal->segments, wal->meta.known_lsn, cause));
        VV_TRY(os_sync_directory(wal->os, wal->directory, cause));
    }
    VV_TRY(segments_sync(&wal->segments, 0, cause));
    if (wal->segments.count == 0) {
        VV_TRY(segments_extend(&wal->segments, end, 0, cause));
        end += wal->segments.segment_bytes;
    }
    meta = wal->meta;
    meta.known_lsn = wal->tail;
    meta.closed = false; /* before the first record: from now on the end is not known */
    VV_TRY(wal_meta_write(wal, &meta, cause));
    wal->reserved = wal->tail;
    wal->written = wal->tail;
    atomic_store_explicit(&wal->filled, wal->tail, memory_order_relaxed); /* not shared yet */
    atomic_store_explicit(&wal->durable, wal->tail, memory_order_relaxed);
    atomic_store_explicit(&wal->ready_end, end, memory_order_relaxed);
    wal->started = true;
    return VV_OK;
}

/* ---- helpers ---- */

static vv_status replay_all(struct log_reader *reader, wal_apply_function apply, void *context)
{
    struct wal *wal = reader->wal;
    struct logframe_record record;
    uint64_t at = wal->meta.replay_lsn;

    for (;;) {
        uint64_t place = wal_place_of(wal, at, WAL_RECORD_HEADER_BYTES);
        vv_status status = record_at(reader, place, &record);

        if (status == VV_END || status == VV_CORRUPT) {
            wal->tail = at;
            return VV_OK;
        }
        VV_TRY(status);
        if (record.kind == WAL_KIND_PAD) {
            at = segment_end(wal, place);
            continue;
        }
        VV_TRY(apply(context, &record));
        wal->replayed_records++;
        wal->replayed_bytes += record.end_lsn - record.lsn;
        at = record.end_lsn;
    }
}

/* VV_OK, VV_END or VV_CORRUPT (both: no good record here), or a failure to read. */
static vv_status record_at(struct log_reader *reader, uint64_t lsn,
                           struct logframe_record *record_out)
{
    struct wal *wal = reader->wal;
    uint64_t length = 0;
    vv_slice bytes;

    if (segments_at(&wal->segments, lsn) == NULL) {
        return VV_END;
    }
    if (lsn % wal->segments.segment_bytes == WAL_SEGMENT_HEADER_BYTES) {
        VV_TRY(segments_check_header(&wal->segments, lsn, false, reader->cause));
    }
    VV_TRY(window_at(reader, lsn, WAL_RECORD_HEADER_BYTES));
    length = bytes_load32(reader->bytes + (lsn - reader->lsn) + 4);
    if (length > WAL_PAYLOAD_BYTES_MAX || lsn + logframe_bytes(length) > segment_end(wal, lsn)) {
        return VV_CORRUPT;
    }
    VV_TRY(window_at(reader, lsn, logframe_bytes(length)));
    bytes = slice_make(reader->bytes + (lsn - reader->lsn), reader->size - (lsn - reader->lsn));
    if (VV_NAIVE(WAL_CRC_IGNORED)) {
        return logframe_record_peek(bytes, lsn, record_out);
    }
    return logframe_record_decode(bytes, lsn, record_out);
}

/* Makes the window hold [lsn, lsn + wanted_bytes). */
static vv_status window_at(struct log_reader *reader, uint64_t lsn, uint64_t wanted_bytes)
{
    uint64_t left = segment_end(reader->wal, lsn) - lsn;

    if (lsn >= reader->lsn && lsn + wanted_bytes <= reader->lsn + reader->size) {
        return VV_OK;
    }
    VV_ASSERT(wanted_bytes <= left);
    reader->lsn = lsn;
    reader->size = 0;
    VV_TRY(segments_read(&reader->wal->segments, lsn, reader->bytes,
                         left < READ_BYTES ? left : READ_BYTES, reader->cause));
    reader->size = (uint32_t)(left < READ_BYTES ? left : READ_BYTES);
    return VV_OK;
}

/* Calls found for each position behind the end that holds its own LSN where a record's stands. */
static vv_status each_header_after(struct log_reader *reader, uint64_t tail, found_function found)
{
    struct segments *segments = &reader->wal->segments;

    for (uint32_t i = 0; i < segments->count; i++) {
        uint64_t lsn = segments->array[i].lsn + WAL_SEGMENT_HEADER_BYTES;
        uint64_t end = segments->array[i].lsn + segments->segment_bytes - WAL_RECORD_HEADER_BYTES;

        for (lsn = lsn < tail ? tail : lsn; lsn <= end; lsn += 8) {
            VV_TRY(window_at(reader, lsn, WAL_RECORD_HEADER_BYTES));
            if (bytes_load64(reader->bytes + (lsn - reader->lsn) + 8) == lsn) {
                VV_TRY(found(reader, lsn));
            }
        }
    }
    return VV_OK;
}

/* W4: something good that was written after what is bad had become durable. */
static vv_status refuse_acknowledged(struct log_reader *reader, uint64_t lsn)
{
    struct logframe_record record;
    vv_status status = record_at(reader, lsn, &record);

    if (status == VV_OK && record.durable_lsn > reader->wal->tail) {
        reader->cause->lsn = reader->wal->tail;
        return VV_CORRUPT;
    }
    return status == VV_CORRUPT || status == VV_END ? VV_OK : status;
}

static vv_status cut_header(struct log_reader *reader, uint64_t lsn)
{
    static const uint8_t zeros[WAL_RECORD_HEADER_BYTES];
    struct wal *wal = reader->wal;
    struct segment *segment = segments_at(&wal->segments, lsn);

    memset(reader->bytes + (lsn - reader->lsn), 0, WAL_RECORD_HEADER_BYTES);
    segment->unsynced = true;
    wal->cut_bytes += WAL_RECORD_HEADER_BYTES;
    return os_pwrite(wal->os, segment->file, lsn - segment->lsn, zeros, sizeof zeros,
                     reader->cause);
}

/* W3. Later segments go; in the one that holds the end the place of the next record, and every header
 * behind it, become zeros. Crashing in here is harmless: the end stays where it is, because the record
 * that stood there is bad and half of it can only become zeros. */
static vv_status cut_tail(struct wal *wal, struct vv_cause *cause)
{
    struct log_reader reader = {.wal = wal, .cause = cause};
    uint64_t place = wal_place_of(wal, wal->tail, WAL_RECORD_HEADER_BYTES);
    vv_status status = VV_OK;

    VV_TRY(segments_remove_after(&wal->segments, wal->tail, cause));
    VV_TRY(segments_check_header(&wal->segments, wal->tail, true, cause));
    reader.bytes = alloc_get(wal->alloc, ALLOC_LOG, READ_BYTES);
    if (reader.bytes == NULL) {
        return VV_NOMEM;
    }
    status = each_header_after(&reader, wal->tail, cut_header);
    if (status == VV_OK && segments_at(&wal->segments, place) != NULL) {
        VV_TRY_OR(done, window_at(&reader, place, WAL_RECORD_HEADER_BYTES));
        status = cut_header(&reader, place);
    }

done:
    alloc_free(wal->alloc, ALLOC_LOG, reader.bytes, READ_BYTES);
    return status;
}

static uint64_t segment_end(const struct wal *wal, uint64_t lsn)
{
    return (lsn & ~(wal->segments.segment_bytes - 1)) + wal->segments.segment_bytes;
}
