/*
 * recover.c - from the log's records to the maps.
 *
 * Only what a commit or end record completes is applied, so there is nothing to undo. Streams (large
 * transactions that went ahead in chunks) gather in memory until their end record comes; what has none
 * was never committed. Whole rows in log order: applying a record twice does no harm.
 */
#include "store/store_private.h"

struct recover_stream {
    struct recover_stream *next;
    uint64_t id;
    uint8_t *bytes;
    size_t size;
    size_t capacity;
};

struct recovery {
    struct store *store;
    struct recover_stream *streams;
    struct vv_cause *cause;
};

static vv_status apply_record(void *context, const struct logframe_record *record);
static vv_status apply_changes(struct recovery *recovery, vv_slice changes, uint64_t lsn);
static vv_status apply_change(struct recovery *recovery, const struct redo_change *change,
                              uint64_t lsn);
static vv_status stream_add(struct recovery *recovery, vv_slice payload,
                            struct recover_stream **stream_out);
static vv_status stream_write(struct recovery *recovery, struct recover_stream *stream,
                              uint64_t position, vv_slice bytes);
static void stream_end(struct recovery *recovery, struct recover_stream *stream);

vv_status store_recover(struct store *store, struct vv_cause *cause)
{
    struct recovery recovery = {.store = store, .cause = cause};
    vv_status status = wal_replay(store->wal, apply_record, &recovery, cause);

    while (recovery.streams != NULL) {
        stream_end(&recovery, recovery.streams);
    }
    return status;
}

static vv_status apply_record(void *context, const struct logframe_record *record)
{
    struct recovery *recovery = context;
    struct recover_stream *stream = NULL;
    vv_status status = VV_OK;

    switch (record->kind) {
    case REDO_KIND_COMMIT:
        status = apply_changes(recovery, record->payload, record->end_lsn);
        break;
    case REDO_KIND_CHUNK:
        status = stream_add(recovery, record->payload, &stream);
        break;
    case REDO_KIND_END:
        status = stream_add(recovery, record->payload, &stream);
        if (status == VV_OK) {
            status =
                apply_changes(recovery, slice_make(stream->bytes, stream->size), record->end_lsn);
            stream_end(recovery, stream);
        }
        break;
    default:
        status = VV_CORRUPT; /* written by a later version, or by nobody */
        break;
    }
    if (status != VV_OK) {
        recovery->cause->lsn = record->lsn;
    }
    return status;
}

/* One pin a record: the epoch's memory is freed now and then. */
static vv_status apply_changes(struct recovery *recovery, vv_slice changes, uint64_t lsn)
{
    struct tree_session *tree = recovery->store->background;
    struct redo_change change;
    vv_status status = VV_OK;
    uint32_t count = 0;

    tree_enter(tree);
    while ((status = redo_next(&changes, &change)) == VV_OK) {
        status = apply_change(recovery, &change, lsn);
        if (status != VV_OK) {
            break;
        }
        if (++count % 256 == 0) {
            tree_leave(tree);
            tree_enter(tree);
        }
    }
    tree_leave(tree);
    return status == VV_END ? VV_OK : status;
}

static vv_status apply_change(struct recovery *recovery, const struct redo_change *change,
                              uint64_t lsn)
{
    struct store *store = recovery->store;
    struct store_map *map = store_maps_lookup(store, change->map);

    if (change->operation == REDO_MAP_CREATE) {
        return store_maps_replay_create(store, change->map);
    }
    if (map == NULL) {
        recovery->cause->map_id = change->map;
        return VV_CORRUPT;
    }
    switch (change->operation) {
    case REDO_PUT:
        return tree_replay_put(map->tree, store->background, change->key, change->row, lsn,
                               recovery->cause);
    case REDO_DELETE:
        return tree_replay_delete(map->tree, store->background, change->key, lsn, recovery->cause);
    case REDO_MAP_DROP:
    case REDO_MAP_CREATE:
    default:
        store_maps_replay_drop(store, change->map);
        return VV_OK;
    }
}

/* ---- streams ---- */

static vv_status stream_add(struct recovery *recovery, vv_slice payload,
                            struct recover_stream **stream_out)
{
    struct alloc *alloc = recovery->store->alloc;
    struct recover_stream *stream = recovery->streams;
    uint64_t id = 0;
    uint64_t position = 0;
    vv_slice bytes;

    *stream_out = NULL;
    VV_TRY(redo_chunk_decode(payload, &id, &position, &bytes));
    while (stream != NULL && stream->id != id) {
        stream = stream->next;
    }
    if (stream == NULL) {
        stream = alloc_zero(alloc, ALLOC_TXN, sizeof *stream);
        if (stream == NULL) {
            return VV_NOMEM;
        }
        stream->id = id;
        stream->next = recovery->streams;
        recovery->streams = stream;
    }
    *stream_out = stream;
    return stream_write(recovery, stream, position, bytes);
}

static vv_status stream_write(struct recovery *recovery, struct recover_stream *stream,
                              uint64_t position, vv_slice bytes)
{
    size_t capacity = stream->capacity == 0 ? WAL_PAYLOAD_BYTES_MAX : stream->capacity;
    uint8_t *grown = NULL;

    if (position > stream->size) {
        return VV_CORRUPT; /* a chunk is missing */
    }
    while (capacity < position + bytes.size) {
        capacity *= 2;
    }
    if (capacity > stream->capacity) {
        grown = alloc_resize(recovery->store->alloc, ALLOC_TXN, stream->bytes, stream->capacity,
                             capacity);
        if (grown == NULL) {
            return VV_NOMEM;
        }
        stream->bytes = grown;
        stream->capacity = capacity;
    }
    memcpy(stream->bytes + position, bytes.data, bytes.size);
    stream->size = position + bytes.size;
    return VV_OK;
}

static void stream_end(struct recovery *recovery, struct recover_stream *stream)
{
    struct recover_stream **at = &recovery->streams;

    while (*at != stream) {
        at = &(*at)->next;
    }
    *at = stream->next;
    alloc_free(recovery->store->alloc, ALLOC_TXN, stream->bytes, stream->capacity);
    alloc_free(recovery->store->alloc, ALLOC_TXN, stream, sizeof *stream);
}
