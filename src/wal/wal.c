/*
 * wal.c - appending, group commit, waiting.
 *
 * Two append buffers: committers fill the active one in the commit section; the leader swaps them, so
 * that one write carries whatever has gathered while the last sync ran. All files belong to the leader:
 * also a committer who lacks room (in the buffer, or a segment) becomes leader first.
 */
#include "wal/wal.h"

#include "base/assert.h"
#include "base/probe.h"
#include "os/os_futex.h"
#include "wal/wal_private.h"

#define BUFFER_BYTES_DEFAULT (256u << 10)
#define NULL_LOG_STEP        8u
#define GATHER_YIELDS        8u
#define SEGMENTS_SPARE       2u /* kept for use again below the replay start */

static vv_status open_files(struct wal *wal, const struct wal_options *options,
                            struct vv_cause *cause);
static vv_status create_log(struct wal *wal, const struct wal_options *options,
                            struct vv_cause *cause);
static vv_status close_log(struct wal *wal);
static bool leader_try(struct wal *wal);
static void leader_sleep(struct wal *wal);
static void leader_acquire(struct wal *wal);
static void leader_release(struct wal *wal);
static void waiters_wake(struct wal *wal);
static bool waiter_is_done(const struct wal *wal, const struct wal_waiter *waiter);
static void lead(struct wal *wal);
static void gather_batch(struct wal *wal);
static uint64_t wal_records(const struct wal *wal);
static vv_status make_room(struct wal *wal, uint64_t total);
static void section_passed(struct wal *wal, uint64_t lsn);
static bool has_room(struct wal *wal, uint64_t total);
static vv_status write_out(struct wal *wal);
static vv_status sync_out(struct wal *wal);
static vv_status extend(struct wal *wal, struct vv_cause *cause);
static void extend_ahead(struct wal *wal);
static void fail_log(struct wal *wal, vv_status status);
static uint8_t *buffer_place(struct wal *wal, uint64_t lsn, uint64_t total);

/* ---- open and close ---- */

vv_status wal_open(const struct wal_options *options, struct wal **wal_out, struct vv_cause *cause)
{
    vv_status status = VV_OK;
    struct wal *wal = alloc_aligned(options->alloc, ALLOC_LOG, 64, sizeof *wal);

    *wal_out = NULL;
    if (wal == NULL) {
        return VV_NOMEM;
    }
    memset(wal, 0, sizeof *wal);
    wal->magic = WAL_MAGIC;
    wal->os = options->os;
    wal->alloc = options->alloc;
    wal->null = options->directory == NULL;
    wal->read_only = options->read_only;
    wal->buffer_bytes = options->buffer_bytes == 0 ? BUFFER_BYTES_DEFAULT : options->buffer_bytes;
    wal->synced = options->synced;
    wal->synced_context = options->synced_context;
    lock_init(&wal->section, LOCK_WAL_APPEND);
    lock_init(&wal->waiters_lock, LOCK_WAL_SYNC);
    list_init(&wal->waiters);
    VV_ASSERT(wal->buffer_bytes >= logframe_bytes(WAL_PAYLOAD_BYTES_MAX) + WAL_RECORD_HEADER_BYTES);
    if (wal->null) {
        wal->reserved = WAL_LSN_FIRST;
        atomic_store_explicit(&wal->filled, WAL_LSN_FIRST, memory_order_relaxed); /* not shared */
    } else {
        VV_TRY_OR(fail, open_files(wal, options, cause));
    }
    *wal_out = wal;
    return VV_OK;

fail:
    wal->read_only = true; /* nothing is written on the way out */
    (void)!wal_close(wal);
    return status;
}

vv_status wal_close(struct wal *wal)
{
    vv_status status = VV_OK;

    if (wal == NULL) {
        return VV_OK;
    }
    VV_ASSERT(wal->magic == WAL_MAGIC);
    if (wal->started) {
        status = close_log(wal);
    }
    segments_release(&wal->segments);
    os_close(wal->os, wal->meta_file);
    alloc_free(wal->alloc, ALLOC_LOG, wal->buffers[0].bytes, wal->buffer_bytes);
    alloc_free(wal->alloc, ALLOC_LOG, wal->buffers[1].bytes, wal->buffer_bytes);
    wal->magic = 0;
    alloc_free(wal->alloc, ALLOC_LOG, wal, sizeof *wal);
    return status;
}

/* ---- the commit section ---- */

vv_status wal_section_enter(struct wal *wal, uint64_t payload_bytes)
{
    uint64_t total = logframe_bytes(payload_bytes);

    if (wal->null) {
        lock_acquire(&wal->section);
        return VV_OK;
    }
    VV_ASSERT(wal->started && payload_bytes <= WAL_PAYLOAD_BYTES_MAX);
    for (;;) {
        lock_acquire(&wal->section);
        if (wal_failure(wal) != VV_OK) {
            lock_release(&wal->section);
            return VV_IO; /* W5 */
        }
        if (VV_LIKELY(has_room(wal, total))) {
            return VV_OK;
        }
        lock_release(&wal->section);
        VV_TRY(make_room(wal, total));
    }
}

struct wal_place wal_section_put(struct wal *wal, uint8_t kind, vv_slice payload, uint32_t crc,
                                 uint64_t wall_us)
{
    struct wal_place place = {.lsn = wal->reserved};
    struct logframe_record record = {.kind = kind, .wall_us = wall_us, .payload = payload};
    uint64_t total = logframe_bytes(payload.size);

    VV_ASSERT(kind != WAL_KIND_PAD);
    if (wal->null) {
        wal->reserved += NULL_LOG_STEP;
        place.end_lsn = wal->reserved;
        return place;
    }
    record.lsn = wal_place_of(wal, wal->reserved, total);
    record.durable_lsn = wal_durable(wal);
    logframe_record_encode(buffer_place(wal, record.lsn, total), &record, crc);
    wal->reserved = record.lsn + total;
    atomic_store_explicit(&wal->record_count, wal_records(wal) + 1,
                          memory_order_relaxed); /* one writer */
    atomic_store_explicit(&wal->byte_count,
                          atomic_load_explicit(&wal->byte_count, memory_order_relaxed) +
                              total, /* one writer */
                          memory_order_relaxed);
    place.lsn = record.lsn;
    place.end_lsn = wal->reserved;
    return place;
}

void wal_section_leave(struct wal *wal)
{
    VV_ASSERT(wal->reserved >= atomic_load_explicit(&wal->filled, memory_order_relaxed)); /* W7 */
    atomic_store_explicit(&wal->filled, wal->reserved,
                          memory_order_release); /* pairs: wal_filled */
    lock_release(&wal->section);
}

/* ---- waiting ---- */

/* A commit is published before its section ends: who learned of it that early waits for the few stores left. */
static void section_passed(struct wal *wal, uint64_t lsn)
{
    if (VV_UNLIKELY(lsn > wal_filled(wal))) {
        VV_PROBE(WAL_SECTION_AWAITED);
        lock_acquire(&wal->section);
        lock_release(&wal->section);
        VV_ASSERT(lsn <= wal_filled(wal));
    }
}

vv_status wal_wait(struct wal *wal, uint64_t lsn)
{
    section_passed(wal, lsn);
    for (;;) {
        if (wal_durable(wal) >= lsn) {
            return VV_OK; /* W2 */
        }
        if (wal_failure(wal) != VV_OK) {
            return VV_OUTCOME_UNKNOWN; /* W5 */
        }
        if (!leader_try(wal)) {
            leader_sleep(wal);
            continue;
        }
        if (wal_durable(wal) < lsn) {
            lead(wal);
        }
        leader_release(wal);
    }
}

vv_status wal_wait_begin(struct wal *wal, struct wal_waiter *waiter, bool lead)
{
    bool idle = false;

    section_passed(wal, waiter->lsn);
    list_init(&waiter->link);
    if (lead && atomic_load_explicit(&wal->leading, memory_order_relaxed) == 0) {
        return wal_wait(wal, waiter->lsn); /* may still meet another leader, then shortly sleeps */
    }
    lock_acquire(&wal->waiters_lock);
    if (!waiter_is_done(wal, waiter)) {
        list_append(&wal->waiters, &waiter->link);
    }
    lock_release(&wal->waiters_lock);
    if (waiter_is_done(wal, waiter)) {
        wal_wait_cancel(wal, waiter);
        return wal_wait(wal, waiter->lsn);
    }
    idle = atomic_load_explicit(&wal->leading, memory_order_seq_cst) == 0; /* pairs: release */
    if (idle) {
        waiters_wake(wal);
    }
    return VV_WAITING;
}

void wal_wait_cancel(struct wal *wal, struct wal_waiter *waiter)
{
    lock_acquire(&wal->waiters_lock);
    list_remove(&waiter->link);
    lock_release(&wal->waiters_lock);
}

vv_status wal_sync(struct wal *wal)
{
    return wal_wait(wal, wal_filled(wal));
}

vv_status wal_set_replay_start(struct wal *wal, uint64_t lsn)
{
    struct logframe_meta meta;
    struct vv_cause cause = {0};
    vv_status status = VV_OK;

    VV_ASSERT(!wal->null && wal->started && lsn <= wal_durable(wal));
    leader_acquire(wal);
    meta = wal->meta;
    VV_ASSERT(lsn >= meta.replay_lsn);
    meta.replay_lsn = lsn;
    meta.known_lsn = wal_durable(wal);
    status = wal_meta_write(wal, &meta, &cause);
    if (status == VV_OK) {
        status = segments_trim(&wal->segments, lsn, SEGMENTS_SPARE, &cause); /* W8 */
    }
    leader_release(wal);
    return status;
}

/* ---- what it knows ---- */

uint64_t wal_filled(const struct wal *wal)
{
    return atomic_load_explicit(&wal->filled, memory_order_acquire); /* pairs: section_leave */
}

uint64_t wal_durable(const struct wal *wal)
{
    if (wal->null) {
        return wal_filled(wal);
    }
    return atomic_load_explicit(&wal->durable, memory_order_acquire); /* pairs: sync_out */
}

uint64_t wal_end(const struct wal *wal)
{
    return wal->null || wal->started ? wal_filled(wal) : wal->tail;
}

bool wal_is_null(const struct wal *wal)
{
    return wal->null;
}

vv_status wal_failure(const struct wal *wal)
{
    return (vv_status)atomic_load_explicit(&wal->failure, memory_order_acquire);
}

void wal_stats(struct wal *wal, struct wal_stats *stats_out)
{
    lock_acquire(&wal->section);
    *stats_out = (struct wal_stats){
        .bytes = atomic_load_explicit(&wal->byte_count, memory_order_relaxed),
        .records = wal_records(wal),
        .syncs = atomic_load_explicit(&wal->sync_count, memory_order_relaxed),
        .writes = atomic_load_explicit(&wal->write_count, memory_order_relaxed),
        .replayed_records = wal->replayed_records,
        .replayed_bytes = wal->replayed_bytes,
        .cut_bytes = wal->cut_bytes,
    };
    lock_release(&wal->section);
    leader_acquire(wal);
    stats_out->segments = wal->segments.count;
    stats_out->recycled = wal->segments.recycled_count;
    stats_out->replay_lsn = wal->meta.replay_lsn;
    leader_release(wal);
}

/* ---- helpers: files ---- */

static vv_status open_files(struct wal *wal, const struct wal_options *options,
                            struct vv_cause *cause)
{
    char path[OS_PATH_BYTES];
    unsigned flags = wal->read_only
                         ? OS_OPEN_READ
                         : OS_OPEN_WRITE | (options->must_exist ? 0u : (unsigned)OS_OPEN_CREATE);
    vv_status status = VV_OK;

    if (strlen(options->directory) >= sizeof wal->directory ||
        !os_path_join(path, options->directory, "meta")) {
        return VV_LIMIT;
    }
    memcpy(wal->directory, options->directory, strlen(options->directory) + 1);
    wal->segments = (struct segments){.os = wal->os,
                                      .alloc = wal->alloc,
                                      .directory = wal->directory,
                                      .read_only = wal->read_only,
                                      .max_bytes = options->max_bytes};
    VV_TRY(segments_open(&wal->segments, cause));
    VV_TRY(os_open(wal->os, path, flags, &wal->meta_file, cause));
    status = wal_meta_read(wal, cause);
    if (status == VV_NOT_FOUND && wal->segments.count > 0) {
        return VV_CORRUPT; /* a log, but both pages are bad */
    }
    if (status == VV_NOT_FOUND && !wal->read_only && !options->must_exist) {
        status = create_log(wal, options, cause);
    }
    VV_TRY(status);
    wal->segments.segment_bytes = wal->meta.segment_bytes;
    memcpy(wal->segments.database_id, wal->meta.database_id, WAL_DATABASE_ID_BYTES);
    wal->tail = wal->meta.replay_lsn;
    for (unsigned i = 0; i < 2 && !wal->read_only; i++) {
        wal->buffers[i].bytes = alloc_get(wal->alloc, ALLOC_LOG, wal->buffer_bytes);
        if (wal->buffers[i].bytes == NULL) {
            return VV_NOMEM;
        }
    }
    wal->active = &wal->buffers[0];
    return VV_OK;
}

/* A crash in here leaves no valid page and no segment: the next open begins anew. */
static vv_status create_log(struct wal *wal, const struct wal_options *options,
                            struct vv_cause *cause)
{
    struct logframe_meta meta = {.replay_lsn = WAL_LSN_FIRST, .known_lsn = WAL_LSN_FIRST};

    meta.segment_bytes =
        options->segment_bytes == 0 ? WAL_SEGMENT_BYTES_DEFAULT : options->segment_bytes;
    if (meta.segment_bytes < WAL_SEGMENT_BYTES_MIN ||
        (meta.segment_bytes & (meta.segment_bytes - 1)) != 0) {
        return VV_INVALID;
    }
    os_entropy(wal->os, meta.database_id, sizeof meta.database_id);
    VV_TRY(os_preallocate(wal->os, wal->meta_file, 2 * WAL_META_PAGE_DISTANCE, cause));
    VV_TRY(wal_meta_write(wal, &meta, cause));
    return os_sync_directory(wal->os, wal->directory, cause);
}

static vv_status close_log(struct wal *wal)
{
    struct vv_cause cause = {0};
    struct logframe_meta meta;

    if (wal_failure(wal) != VV_OK) {
        return VV_IO;
    }
    if (wal_sync(wal) != VV_OK) {
        return VV_IO;
    }
    meta = wal->meta;
    meta.known_lsn = wal_durable(wal);
    meta.closed = true;
    VV_ASSERT(meta.known_lsn == wal_filled(wal)); /* nothing was written behind it */
    return wal_meta_write(wal, &meta, &cause);
}

/* ---- helpers: the leader ---- */

static bool leader_try(struct wal *wal)
{
    uint32_t idle = 0;

    return atomic_compare_exchange_strong_explicit(&wal->leading, &idle, 1, memory_order_acquire,
                                                   memory_order_relaxed);
}

/* Until the leader of now ends, or for nothing. */
static void leader_sleep(struct wal *wal)
{
    uint32_t leading = 1;

    if (atomic_compare_exchange_strong_explicit(&wal->leading, &leading, 2, memory_order_relaxed,
                                                memory_order_relaxed) ||
        leading == 2) {
        os_futex_wait(&wal->leading, 2);
    }
}

static void leader_acquire(struct wal *wal)
{
    while (!leader_try(wal)) {
        leader_sleep(wal);
    }
}

static void leader_release(struct wal *wal)
{
    /* seq_cst: a waiter that is being listed sees nobody leading, or is seen below. */
    if (atomic_exchange_explicit(&wal->leading, 0, memory_order_seq_cst) == 2) {
        os_futex_wake(&wal->leading, UINT32_MAX);
    }
    waiters_wake(wal);
}

/* Signals all who are done, and one of the others, who will lead next. */
static void waiters_wake(struct wal *wal)
{
    for (bool led = false;;) {
        struct wal_waiter *found = NULL;

        lock_acquire(&wal->waiters_lock);
        list_for_each(link, &wal->waiters) {
            struct wal_waiter *waiter = LIST_OF(link, struct wal_waiter, link);
            bool done = waiter_is_done(wal, waiter);

            if (done || !led) {
                led = led || !done;
                found = waiter;
                break;
            }
        }
        if (found != NULL) {
            list_remove(&found->link);
            found->woken(found); /* under the lock: a canceller can not free it meanwhile */
        }
        lock_release(&wal->waiters_lock);
        if (found == NULL) {
            return;
        }
    }
}

static bool waiter_is_done(const struct wal *wal, const struct wal_waiter *waiter)
{
    return wal_durable(wal) >= waiter->lsn || wal_failure(wal) != VV_OK;
}

static void lead(struct wal *wal)
{
    gather_batch(wal);
    if (write_out(wal) == VV_OK && sync_out(wal) == VV_OK) {
        extend_ahead(wal);
    }
}

/* Whoever was in the last batch has just been woken and is likely on the way here: a few yields (about a
 * microsecond each, next to a sync of a hundred) let the others join, so that n sessions commit n at a
 * time instead of half of them in turn. Alone, the last batch was one record and nobody waits. */
static void gather_batch(struct wal *wal)
{
    uint64_t count = 0;

    for (unsigned i = 0; i < GATHER_YIELDS; i++) {
        if (wal_records(wal) - wal->batch_start >= wal->batch_records) {
            break;
        }
        os_futex_yield();
    }
    count = wal_records(wal);
    wal->batch_records = count - wal->batch_start;
    wal->batch_start = count;
}

static uint64_t wal_records(const struct wal *wal)
{
    return atomic_load_explicit(&wal->record_count, memory_order_relaxed);
}

/* ---- helpers: room ---- */

/* Room for a record, a pad before it, and a segment to hold it. Section held. */
static bool has_room(struct wal *wal, uint64_t total)
{
    uint64_t end = wal_place_of(wal, wal->reserved, total) + total;

    return wal->active->used + total + WAL_RECORD_HEADER_BYTES <= wal->buffer_bytes &&
           wal->active->piece_count < WAL_PIECES_MAX &&
           end <= atomic_load_explicit(&wal->ready_end, memory_order_acquire); /* pairs: extend */
}

/* W6: a segment that can not be made is the trouble of this committer, not of the log. */
static vv_status make_room(struct wal *wal, uint64_t total)
{
    struct vv_cause cause = {0};
    vv_status status = VV_OK;
    bool segment_lacks = false;
    bool done = false;

    leader_acquire(wal);
    lock_acquire(&wal->section);
    done = has_room(wal, total);
    segment_lacks = wal_place_of(wal, wal->reserved, total) + total >
                    atomic_load_explicit(&wal->ready_end, memory_order_relaxed);
    lock_release(&wal->section);
    if (!done && segment_lacks) {
        status = extend(wal, &cause);
    } else if (!done) {
        status = write_out(wal);
    }
    leader_release(wal);
    return status;
}

static vv_status extend(struct wal *wal, struct vv_cause *cause)
{
    uint64_t end = atomic_load_explicit(&wal->ready_end, memory_order_relaxed); /* leader's own */

    VV_TRY(segments_extend(&wal->segments, end, wal->meta.replay_lsn, cause));
    atomic_store_explicit(&wal->ready_end, end + wal->segments.segment_bytes,
                          memory_order_release); /* pairs: has_room */
    return VV_OK;
}

/* The next segment is made when the last one is half full, so that no committer finds it missing.
 * Failing is no harm yet: who needs it tries again. */
static void extend_ahead(struct wal *wal)
{
    struct vv_cause cause = {0};
    uint64_t end = atomic_load_explicit(&wal->ready_end, memory_order_relaxed);

    if (end - wal->written < wal->segments.segment_bytes / 2) {
        (void)!extend(wal, &cause);
    }
}

/* The place of a record in the active buffer; a pad goes before it at the end of a segment. */
static uint8_t *buffer_place(struct wal *wal, uint64_t lsn, uint64_t total)
{
    struct wal_buffer *buffer = wal->active;
    struct wal_piece *piece = NULL;
    uint8_t *at = NULL;

    if (lsn != wal->reserved) {
        uint64_t left = (lsn - WAL_SEGMENT_HEADER_BYTES) - wal->reserved;

        if (left >= WAL_RECORD_HEADER_BYTES) {
            struct logframe_record pad = {.kind = WAL_KIND_PAD, .durable_lsn = wal_durable(wal)};

            pad.lsn = wal->reserved;
            at = buffer_place(wal, pad.lsn, WAL_RECORD_HEADER_BYTES);
            logframe_record_encode(at, &pad, logframe_payload_crc(pad.payload));
        }
    }
    if (buffer->piece_count == 0 || lsn != wal->reserved) {
        buffer->pieces[buffer->piece_count++] =
            (struct wal_piece){.lsn = lsn, .offset = buffer->used};
    }
    piece = &buffer->pieces[buffer->piece_count - 1];
    at = buffer->bytes + buffer->used;
    piece->size += (uint32_t)total;
    buffer->used += (uint32_t)total;
    buffer->end_lsn = lsn + total;
    VV_ASSERT(buffer->used <= wal->buffer_bytes && buffer->piece_count <= WAL_PIECES_MAX);
    return at;
}

/* ---- helpers: writing, by the leader ---- */

static vv_status write_out(struct wal *wal)
{
    struct wal_buffer *buffer = NULL;
    struct vv_cause cause = {0};

    if (wal_failure(wal) != VV_OK) {
        return VV_IO;
    }
    lock_acquire(&wal->section);
    buffer = wal->active;
    wal->active = &wal->buffers[buffer == &wal->buffers[0]];
    VV_ASSERT(wal->active->used == 0); /* the leader before emptied it */
    lock_release(&wal->section);
    VV_PROBE(WAL_BEFORE_WRITE);
    for (uint32_t i = 0; i < buffer->piece_count; i++) {
        const struct wal_piece *piece = &buffer->pieces[i];
        vv_status status = segments_write(&wal->segments, piece->lsn, buffer->bytes + piece->offset,
                                          piece->size, &cause);

        if (status != VV_OK) {
            fail_log(wal, status);
            return VV_IO;
        }
        atomic_fetch_add_explicit(&wal->write_count, 1, memory_order_relaxed);
    }
    if (buffer->piece_count > 0) {
        wal->written = buffer->end_lsn;
    }
    buffer->used = 0;
    buffer->piece_count = 0;
    return VV_OK;
}

static vv_status sync_out(struct wal *wal)
{
    struct vv_cause cause = {0};
    uint64_t count = atomic_fetch_add_explicit(&wal->sync_count, 1, memory_order_relaxed);
    bool skip = VV_NAIVE(WAL_SYNC_SKIPPED) && count % 7 == 6;
    vv_status status = VV_OK;

    VV_PROBE(WAL_BEFORE_SYNC);
    if (!skip) {
        status = segments_sync(&wal->segments, wal->written, &cause);
    }
    if (status != VV_OK) {
        fail_log(wal, status);
        return VV_IO;
    }
    VV_PROBE(WAL_AFTER_SYNC);
    VV_ASSERT(wal->written <= wal_filled(wal)); /* W7 */
    if (wal->synced != NULL) {
        wal->synced(wal->synced_context, wal->written); /* first: who sees durable relies on it */
    }
    atomic_store_explicit(&wal->durable, wal->written,
                          memory_order_release); /* pairs: wal_durable */
    return VV_OK;
}

/* W5. Waiters look at `failure` when the leader, who calls this, releases. */
static void fail_log(struct wal *wal, vv_status status)
{
    atomic_store_explicit(&wal->failure, (uint32_t)status, memory_order_release);
    if (wal->synced != NULL) {
        wal->synced(wal->synced_context, 0);
    }
}
