/* segments.c - see segments.h. */
#include "wal/segments.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/assert.h"
#include "base/probe.h"

#define ZERO_AHEAD_BYTES (1u << 20) /* a sync that has to carry zeros comes once a MB */
#define ZERO_PIECE_BYTES 65536u
#define NAME_BYTES       24

static vv_status list_name(void *user, const char *name);
static vv_status array_add(struct segments *segments, uint64_t lsn);
static void array_sort(struct segments *segments);
static bool name_decode(const char *name, uint64_t *lsn_out);
static bool segment_path(const struct segments *segments, uint64_t lsn, char path[OS_PATH_BYTES]);
static vv_status segment_open(struct segments *segments, struct segment *segment,
                              struct vv_cause *cause);
static vv_status header_write(struct segments *segments, struct segment *segment,
                              struct vv_cause *cause);
static vv_status make_file(struct segments *segments, struct segment *segment,
                           struct vv_cause *cause);
static vv_status reuse_file(struct segments *segments, uint64_t old_lsn, struct segment *segment,
                            struct vv_cause *cause);
static vv_status remove_file(struct segments *segments, struct segment *segment,
                             struct vv_cause *cause);
static vv_status zero_ahead(struct segments *segments, struct segment *segment, uint64_t offset,
                            struct vv_cause *cause);
static void array_remove(struct segments *segments, uint32_t index);

vv_status segments_open(struct segments *segments, struct vv_cause *cause)
{
    VV_TRY(os_list(segments->os, segments->directory, list_name, segments, cause));
    array_sort(segments);
    return VV_OK;
}

void segments_release(struct segments *segments)
{
    for (uint32_t i = 0; i < segments->count; i++) {
        os_close(segments->os, segments->array[i].file);
    }
    alloc_free(segments->alloc, ALLOC_LOG, segments->array,
               segments->capacity * sizeof *segments->array);
    segments->array = NULL;
    segments->count = 0;
    segments->capacity = 0;
}

struct segment *segments_at(struct segments *segments, uint64_t lsn)
{
    uint64_t start = lsn & ~(segments->segment_bytes - 1);

    for (uint32_t i = segments->count; i > 0; i--) {
        if (segments->array[i - 1].lsn == start) {
            return &segments->array[i - 1];
        }
    }
    return NULL;
}

vv_status segments_extend(struct segments *segments, uint64_t lsn, uint64_t unneeded_lsn,
                          struct vv_cause *cause)
{
    struct segment fresh = {.lsn = lsn};
    bool reuse =
        segments->count > 0 && segments->array[0].lsn + segments->segment_bytes <= unneeded_lsn;
    uint64_t total = ((uint64_t)segments->count + !reuse) * segments->segment_bytes;
    vv_status status = VV_OK;

    VV_ASSERT(lsn % segments->segment_bytes == 0);
    if (segments->max_bytes != 0 && total > segments->max_bytes) {
        return VV_DISK_FULL;
    }
    VV_TRY(array_add(segments, lsn)); /* room first: nothing after it lacks memory */
    if (reuse) {
        uint64_t old_lsn = segments->array[0].lsn;

        os_close(segments->os, segments->array[0].file);
        array_remove(segments, 0);
        status = reuse_file(segments, old_lsn, &fresh, cause);
    } else {
        status = make_file(segments, &fresh, cause);
    }
    if (status != VV_OK) {
        array_remove(segments, segments->count - 1);
        os_close(segments->os, fresh.file);
        return status;
    }
    segments->array[segments->count - 1] = fresh;
    segments->recycled_count += reuse;
    return VV_OK;
}

vv_status segments_trim(struct segments *segments, uint64_t lsn, uint32_t keep,
                        struct vv_cause *cause)
{
    uint32_t unneeded = 0;

    while (unneeded < segments->count &&
           segments->array[unneeded].lsn + segments->segment_bytes <= lsn) {
        unneeded++;
    }
    while (unneeded > keep) {
        VV_TRY(remove_file(segments, &segments->array[0], cause));
        array_remove(segments, 0);
        unneeded--;
    }
    return VV_OK;
}

vv_status segments_remove_after(struct segments *segments, uint64_t lsn, struct vv_cause *cause)
{
    bool removed = false;

    while (segments->count > 0 && segments->array[segments->count - 1].lsn > lsn) {
        VV_TRY(remove_file(segments, &segments->array[segments->count - 1], cause));
        array_remove(segments, segments->count - 1);
        removed = true;
    }
    return removed ? os_sync_directory(segments->os, segments->directory, cause) : VV_OK;
}

vv_status segments_read(struct segments *segments, uint64_t lsn, void *bytes, size_t size,
                        struct vv_cause *cause)
{
    struct segment *segment = segments_at(segments, lsn);
    size_t got = 0;

    VV_ASSERT(segment != NULL && lsn - segment->lsn + size <= segments->segment_bytes);
    VV_TRY(segment_open(segments, segment, cause));
    VV_TRY(os_pread(segments->os, segment->file, lsn - segment->lsn, bytes, size, &got, cause));
    memset((uint8_t *)bytes + got, 0, size - got);
    return VV_OK;
}

vv_status segments_write(struct segments *segments, uint64_t lsn, const void *bytes, size_t size,
                         struct vv_cause *cause)
{
    struct segment *segment = segments_at(segments, lsn);
    uint64_t offset = 0;

    VV_ASSERT(segment != NULL && lsn - segment->lsn + size <= segments->segment_bytes);
    offset = lsn - segment->lsn;
    VV_TRY(segment_open(segments, segment, cause));
    segment->unsynced = true;
    if (offset + size > segment->zeroed_bytes && !VV_NAIVE(WAL_TAIL_KEPT)) {
        VV_TRY(zero_ahead(segments, segment, offset + size, cause));
    }
    return os_pwrite(segments->os, segment->file, offset, bytes, size, cause);
}

vv_status segments_sync(struct segments *segments, uint64_t done_lsn, struct vv_cause *cause)
{
    for (uint32_t i = 0; i < segments->count; i++) {
        struct segment *segment = &segments->array[i];

        if (segment->unsynced) {
            VV_TRY(os_datasync(segments->os, segment->file, cause));
            segment->unsynced = false;
        }
        if (segment->file != NULL && segment->lsn + segments->segment_bytes <= done_lsn) {
            os_close(segments->os, segment->file);
            segment->file = NULL;
        }
    }
    return VV_OK;
}

vv_status segments_distrust(struct segments *segments, uint64_t lsn, struct vv_cause *cause)
{
    for (uint32_t i = 0; i < segments->count; i++) {
        struct segment *segment = &segments->array[i];

        if (segment->lsn + segments->segment_bytes > lsn) {
            VV_TRY(segment_open(segments, segment, cause));
            segment->unsynced = true;
        }
    }
    return VV_OK;
}

vv_status segments_check_header(struct segments *segments, uint64_t lsn, bool repair,
                                struct vv_cause *cause)
{
    struct segment *segment = segments_at(segments, lsn);
    struct logframe_segment header;
    uint8_t bytes[64];
    vv_status status = VV_OK;

    VV_ASSERT(segment != NULL);
    VV_TRY(segments_read(segments, segment->lsn, bytes, sizeof bytes, cause));
    status = logframe_segment_decode(slice_make(bytes, sizeof bytes), &header);
    if (status == VV_OK && header.lsn == segment->lsn &&
        header.segment_bytes == segments->segment_bytes &&
        memcmp(header.database_id, segments->database_id, WAL_DATABASE_ID_BYTES) == 0) {
        return VV_OK;
    }
    if (status == VV_UNSUPPORTED || !repair) {
        return status == VV_OK ? VV_CORRUPT : status;
    }
    segment->unsynced = true;
    return header_write(segments, segment, cause);
}

/* ---- helpers ---- */

static vv_status list_name(void *user, const char *name)
{
    uint64_t lsn = 0;

    return name_decode(name, &lsn) ? array_add(user, lsn) : VV_OK;
}

static vv_status array_add(struct segments *segments, uint64_t lsn)
{
    if (segments->count == segments->capacity) {
        uint32_t capacity = segments->capacity == 0 ? 8 : segments->capacity * 2;
        struct segment *array =
            alloc_resize(segments->alloc, ALLOC_LOG, segments->array,
                         segments->capacity * sizeof *array, capacity * sizeof *array);

        if (array == NULL) {
            return VV_NOMEM;
        }
        segments->array = array;
        segments->capacity = capacity;
    }
    segments->array[segments->count++] = (struct segment){.lsn = lsn};
    return VV_OK;
}

static void array_remove(struct segments *segments, uint32_t index)
{
    VV_ASSERT(index < segments->count);
    memmove(&segments->array[index], &segments->array[index + 1],
            (segments->count - index - 1) * sizeof *segments->array);
    segments->count--;
}

/* Few, and mostly sorted already: insertion. */
static void array_sort(struct segments *segments)
{
    for (uint32_t i = 1; i < segments->count; i++) {
        struct segment moved = segments->array[i];
        uint32_t at = i;

        while (at > 0 && segments->array[at - 1].lsn > moved.lsn) {
            segments->array[at] = segments->array[at - 1];
            at--;
        }
        segments->array[at] = moved;
    }
}

/* "0000000001000000.wal" */
static bool name_decode(const char *name, uint64_t *lsn_out)
{
    uint64_t lsn = 0;

    for (int i = 0; i < 16; i++) {
        char c = name[i];

        if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
            return false;
        }
        lsn = lsn << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    *lsn_out = lsn;
    return strcmp(name + 16, ".wal") == 0;
}

static bool segment_path(const struct segments *segments, uint64_t lsn, char path[OS_PATH_BYTES])
{
    char name[NAME_BYTES];

    snprintf(name, sizeof name, "%016" PRIx64 ".wal", lsn);
    return os_path_join(path, segments->directory, name);
}

/* What an earlier process pre-wrote is not known: a segment that is opened counts as written up to what
 * the log knows to be there; its first write writes zeros ahead again. */
static vv_status segment_open(struct segments *segments, struct segment *segment,
                              struct vv_cause *cause)
{
    char path[OS_PATH_BYTES];

    if (segment->file != NULL) {
        return VV_OK;
    }
    if (!segment_path(segments, segment->lsn, path)) {
        return VV_LIMIT;
    }
    return os_open(segments->os, path, segments->read_only ? OS_OPEN_READ : OS_OPEN_WRITE,
                   &segment->file, cause);
}

static vv_status header_write(struct segments *segments, struct segment *segment,
                              struct vv_cause *cause)
{
    struct logframe_segment header = {.lsn = segment->lsn,
                                      .segment_bytes = segments->segment_bytes};
    uint8_t bytes[WAL_SEGMENT_HEADER_BYTES];

    memcpy(header.database_id, segments->database_id, WAL_DATABASE_ID_BYTES);
    logframe_segment_encode(bytes, &header);
    return os_pwrite(segments->os, segment->file, 0, bytes, sizeof bytes, cause);
}

/* The name is durable before any record in the file can count as durable. */
static vv_status make_file(struct segments *segments, struct segment *segment,
                           struct vv_cause *cause)
{
    char path[OS_PATH_BYTES];
    vv_status status = VV_OK;

    if (!segment_path(segments, segment->lsn, path)) {
        return VV_LIMIT;
    }
    VV_TRY(os_open(segments->os, path, OS_OPEN_WRITE | OS_OPEN_CREATE | OS_OPEN_TRUNCATE,
                   &segment->file, cause));
    VV_TRY_OR(fail, os_preallocate(segments->os, segment->file, segments->segment_bytes, cause));
    VV_TRY_OR(fail, header_write(segments, segment, cause));
    VV_TRY_OR(fail, os_datasync(segments->os, segment->file, cause));
    VV_TRY_OR(fail, os_sync_directory(segments->os, segments->directory, cause));
    segment->zeroed_bytes = WAL_SEGMENT_HEADER_BYTES;
    return VV_OK;

fail:
    /* Gives the room back; a name that stays is emptied by the next try or removed by the next open. */
    (void)!os_unlink(segments->os, path, NULL);
    return status;
}

static vv_status reuse_file(struct segments *segments, uint64_t old_lsn, struct segment *segment,
                            struct vv_cause *cause)
{
    char from[OS_PATH_BYTES];
    char to[OS_PATH_BYTES];

    if (!segment_path(segments, old_lsn, from) || !segment_path(segments, segment->lsn, to)) {
        return VV_LIMIT;
    }
    VV_TRY(os_rename(segments->os, from, to, cause));
    VV_TRY(os_open(segments->os, to, OS_OPEN_WRITE, &segment->file, cause));
    VV_TRY(header_write(segments, segment, cause));
    VV_TRY(os_datasync(segments->os, segment->file, cause));
    VV_TRY(os_sync_directory(segments->os, segments->directory, cause));
    segment->zeroed_bytes = segments->segment_bytes;
    return VV_OK;
}

static vv_status remove_file(struct segments *segments, struct segment *segment,
                             struct vv_cause *cause)
{
    char path[OS_PATH_BYTES];

    if (!segment_path(segments, segment->lsn, path)) {
        return VV_LIMIT;
    }
    os_close(segments->os, segment->file);
    segment->file = NULL;
    return os_unlink(segments->os, path, cause);
}

/* From `offset` (the end of what is about to be written) on. */
static vv_status zero_ahead(struct segments *segments, struct segment *segment, uint64_t offset,
                            struct vv_cause *cause)
{
    static const uint8_t zeros[ZERO_PIECE_BYTES];
    uint64_t ahead = segments->segment_bytes / 4;
    uint64_t end = offset + (ahead < ZERO_AHEAD_BYTES ? ahead : ZERO_AHEAD_BYTES);

    end = end < segments->segment_bytes ? end : segments->segment_bytes;
    while (offset < end) {
        size_t size = end - offset < ZERO_PIECE_BYTES ? end - offset : ZERO_PIECE_BYTES;

        VV_TRY(os_pwrite(segments->os, segment->file, offset, zeros, size, cause));
        offset += size;
    }
    segment->zeroed_bytes = end;
    return VV_OK;
}
