/*
 * meta.c - the file `meta`: two pages written in turn, so that one is whole whatever tears the other.
 *
 * When the newest page is damaged the one before it counts. What it says is true but old: records may have been added
 * since. So it is remembered whether the newest page is certainly the newest (meta_whole).
 */
#include "base/assert.h"
#include "wal/wal_private.h"

static vv_status page_read(struct wal *wal, unsigned index, struct logframe_meta *meta_out,
                           struct vv_cause *cause);

vv_status wal_meta_read(struct wal *wal, struct vv_cause *cause)
{
    bool found = false;
    bool unsupported = false;
    uint64_t generations[2] = {0, 0};

    for (unsigned i = 0; i < 2; i++) {
        struct logframe_meta meta;
        vv_status status = page_read(wal, i, &meta, cause);

        generations[i] = status == VV_OK && meta.generation % 2 == i ? meta.generation : 0;
        if (generations[i] != 0 && (!found || meta.generation > wal->meta.generation)) {
            wal->meta = meta;
            found = true;
        } else if (status == VV_IO || status == VV_NOMEM) {
            return status;
        }
        unsupported = unsupported || status == VV_UNSUPPORTED;
    }
    if (found) {
        wal->meta_whole = generations[0] + generations[1] == 2 * wal->meta.generation - 1;
        return VV_OK;
    }
    return unsupported ? VV_UNSUPPORTED : VV_NOT_FOUND;
}

vv_status wal_meta_write(struct wal *wal, struct logframe_meta *meta, struct vv_cause *cause)
{
    uint8_t page[WAL_META_PAGE_BYTES];
    vv_status status = VV_OK;

    if (wal->meta_failed) {
        return VV_IO; /* W5 */
    }
    meta->generation = wal->meta.generation + 1;
    meta->wall_us = (uint64_t)os_wall_us(wal->os);
    logframe_meta_encode(page, meta);
    VV_TRY_OR(fail,
              os_pwrite(wal->os, wal->meta_file, meta->generation % 2 * WAL_META_PAGE_DISTANCE,
                        page, sizeof page, cause));
    VV_TRY_OR(fail, os_datasync(wal->os, wal->meta_file, cause));
    wal->meta = *meta;
    return VV_OK;

fail:
    wal->meta_failed = true;
    return status;
}

static vv_status page_read(struct wal *wal, unsigned index, struct logframe_meta *meta_out,
                           struct vv_cause *cause)
{
    uint8_t page[WAL_META_PAGE_BYTES];
    size_t got = 0;

    VV_TRY(os_pread(wal->os, wal->meta_file, (uint64_t)index * WAL_META_PAGE_DISTANCE, page,
                    sizeof page, &got, cause));
    VV_TRY(logframe_meta_decode(slice_make(page, got), meta_out));
    if (meta_out->segment_bytes < WAL_SEGMENT_BYTES_MIN ||
        (meta_out->segment_bytes & (meta_out->segment_bytes - 1)) != 0) {
        return VV_CORRUPT;
    }
    return VV_OK;
}
