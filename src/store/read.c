/* read.c - get, get_one, cursors, estimates. */
#include "store/store_private.h"

static vv_status map_missing(struct store_session *session, uint32_t map);
static vv_status get_latest(struct store_session *session, struct store_map *map, vv_slice key,
                            vv_slice *row_out);
static struct store_cursor *cursor_take(struct store_session *session);
static vv_status cursor_keys(struct store_cursor *cursor);
static struct cursor_bound bound_of(const struct store_bound *bound);
static void range_slices(const struct store_range *range, vv_slice *low_out, vv_slice *high_out);
static vv_status split_room(struct store_session *session, uint32_t count);

vv_status store_get(struct store_session *session, uint32_t map, vv_slice key, vv_slice *row_out)
{
    struct store_map *found = store_map_find(session, map);

    VV_ASSERT(session->in_statement || session->following);
    if (VV_UNLIKELY(found == NULL)) {
        return map_missing(session, map);
    }
    store_take_snapshot(session);
    return tree_get(found->tree, session->tree, &session->view, key, row_out, &session->cause);
}

/* A row without recent versions is the same in every snapshot that could be taken now. */
vv_status store_get_one(struct store_session *session, uint32_t map, vv_slice key,
                        vv_slice *row_out)
{
    struct store_map *found = store_map_find(session, map);
    vv_status status = VV_OK;

    if (VV_UNLIKELY(found == NULL)) {
        return map_missing(session, map);
    }
    if (session->view_ready || session->level != STORE_READ_COMMITTED) {
        store_take_snapshot(session);
        return tree_get(found->tree, session->tree, &session->view, key, row_out, &session->cause);
    }
    session->view.snapshot = VIEW_NO_SNAPSHOT;
    status = tree_get(found->tree, session->tree, &session->view, key, row_out, &session->cause);
    return VV_LIKELY(status != VV_RETRY) ? status : get_latest(session, found, key, row_out);
}

/* Outside a statement the snapshot need not stay: the pin keeps the row's bytes. */
static vv_status get_latest(struct store_session *session, struct store_map *map, vv_slice key,
                            vv_slice *row_out)
{
    vv_status status = VV_OK;

    store_take_snapshot(session);
    status = tree_get(map->tree, session->tree, &session->view, key, row_out, &session->cause);
    if (!session->in_statement) {
        snapshot_end(session->snapshot);
        session->view_ready = false;
    }
    return status;
}

/* ---- cursors ---- */

vv_status store_cursor_open(struct store_session *session, uint32_t map,
                            const struct store_range *range,
                            const struct store_cursor_options *options,
                            struct store_cursor **cursor_out)
{
    static const struct store_cursor_options usual;
    struct store_map *found = store_map_find(session, map);
    struct cursor_bound low = bound_of(&range->low);
    struct cursor_bound high = bound_of(&range->high);
    struct store_cursor *cursor = NULL;

    VV_ASSERT(session->in_statement || session->following);
    *cursor_out = NULL;
    options = options == NULL ? &usual : options;
    if (found == NULL) {
        return map_missing(session, map);
    }
    cursor = cursor_take(session);
    if (cursor == NULL) {
        return VV_NOMEM;
    }
    list_append(&session->cursors, &cursor->link);
    cursor->wants_keys = options->keys;
    cursor->batch_rows = options->batch_rows == 0 || options->batch_rows > STORE_BATCH_ROWS
                             ? STORE_BATCH_ROWS
                             : options->batch_rows;
    if (options->keys && cursor_keys(cursor) != VV_OK) {
        store_cursor_close(cursor);
        return VV_NOMEM;
    }
    store_take_snapshot(session);
    cursor_open(&cursor->cursor, found->tree, session->tree, &session->view, &low, &high,
                options->reverse);
    *cursor_out = cursor;
    return VV_OK;
}

vv_status store_cursor_next(struct store_cursor *cursor, struct store_batch *batch_out)
{
    struct cursor_batch batch = {
        .capacity = cursor->batch_rows,
        .rows = cursor->rows,
        .keys = cursor->wants_keys ? cursor->keys : NULL,
        .key_bytes = cursor->key_bytes,
        .key_room = STORE_CURSOR_KEY_BYTES,
    };
    vv_status status = VV_OK;

    *batch_out = (struct store_batch){0};
    VV_TRY(store_check(cursor->session));
    status = cursor_next(&cursor->cursor, &batch, &cursor->session->cause);
    if (status == VV_OK) {
        *batch_out =
            (struct store_batch){.count = batch.count, .rows = batch.rows, .keys = batch.keys};
    }
    return status;
}

void store_cursor_close(struct store_cursor *cursor)
{
    if (cursor != NULL) {
        list_remove(&cursor->link);
        list_append(&cursor->session->free_cursors, &cursor->link);
    }
}

void store_cursors_close_all(struct store_session *session)
{
    while (!list_empty(&session->cursors)) {
        store_cursor_close(LIST_OF(session->cursors.next, struct store_cursor, link));
    }
}

void store_cursors_free(struct store_session *session)
{
    store_cursors_close_all(session);
    while (!list_empty(&session->free_cursors)) {
        struct store_cursor *cursor =
            LIST_OF(session->free_cursors.next, struct store_cursor, link);

        list_remove(&cursor->link);
        alloc_free(session->store->alloc, ALLOC_SESSION, cursor->key_bytes,
                   cursor->key_bytes == NULL ? 0 : STORE_CURSOR_KEY_BYTES);
        alloc_free(session->store->alloc, ALLOC_SESSION, cursor, sizeof *cursor);
    }
}

/* ---- estimates ---- */

vv_status store_range_rows(struct store_session *session, uint32_t map,
                           const struct store_range *range, uint64_t *rows_out)
{
    struct store_map *found = store_map_find(session, map);
    vv_slice low;
    vv_slice high;

    *rows_out = 0;
    if (found == NULL) {
        return map_missing(session, map);
    }
    range_slices(range, &low, &high);
    *rows_out = tree_range_rows(found->tree, session->tree, low, high);
    return VV_OK;
}

vv_status store_range_split(struct store_session *session, uint32_t map,
                            const struct store_range *range, uint32_t count,
                            const vv_slice **keys_out, uint32_t *count_out)
{
    struct store_map *found = store_map_find(session, map);
    vv_slice *keys = NULL;
    uint8_t *bytes = NULL;
    uint16_t *sizes = NULL;
    vv_slice low;
    vv_slice high;

    *keys_out = NULL;
    *count_out = 0;
    if (found == NULL) {
        return map_missing(session, map);
    }
    if (count == 0) {
        return VV_OK;
    }
    VV_TRY(split_room(session, count));
    keys = (vv_slice *)(void *)session->split_buffer;
    sizes = (uint16_t *)(void *)(keys + count);
    bytes = (uint8_t *)(sizes + count);
    range_slices(range, &low, &high);
    *count_out = tree_split_keys(found->tree, session->tree, low, high, count, bytes, sizes);
    for (uint32_t i = 0; i < *count_out; i++) {
        keys[i] = slice_make(bytes + (size_t)i * LIMIT_KEY_BYTES, sizes[i]);
    }
    *keys_out = keys;
    return VV_OK;
}

/* ---- helpers ---- */

static vv_status map_missing(struct store_session *session, uint32_t map)
{
    session->cause.map_id = map;
    return VV_NOT_FOUND;
}

static struct store_cursor *cursor_take(struct store_session *session)
{
    struct store_cursor *cursor = NULL;

    if (!list_empty(&session->free_cursors)) {
        cursor = LIST_OF(session->free_cursors.next, struct store_cursor, link);
        list_remove(&cursor->link);
        return cursor;
    }
    cursor = alloc_get(session->store->alloc, ALLOC_SESSION, sizeof *cursor);
    if (cursor != NULL) {
        cursor->session = session;
        cursor->key_bytes = NULL;
        list_init(&cursor->link);
    }
    return cursor;
}

static vv_status cursor_keys(struct store_cursor *cursor)
{
    if (cursor->key_bytes == NULL) {
        cursor->key_bytes =
            alloc_get(cursor->session->store->alloc, ALLOC_SESSION, STORE_CURSOR_KEY_BYTES);
    }
    return cursor->key_bytes == NULL ? VV_NOMEM : VV_OK;
}

static struct cursor_bound bound_of(const struct store_bound *bound)
{
    return (struct cursor_bound){
        .key = bound->key, .set = bound->set, .inclusive = bound->inclusive};
}

/* Estimates take no notice of whether a bound is inclusive. */
static void range_slices(const struct store_range *range, vv_slice *low_out, vv_slice *high_out)
{
    *low_out = range->low.set ? range->low.key : slice_make("", 0);
    *high_out = range->high.set ? range->high.key : slice_make(NULL, 0);
}

static vv_status split_room(struct store_session *session, uint32_t count)
{
    size_t needed = count * (sizeof(vv_slice) + sizeof(uint16_t) + LIMIT_KEY_BYTES);
    uint8_t *buffer = NULL;

    if (needed <= session->split_capacity) {
        return VV_OK;
    }
    buffer = alloc_resize(session->store->alloc, ALLOC_SESSION, session->split_buffer,
                          session->split_capacity, needed);
    if (buffer == NULL) {
        return VV_NOMEM;
    }
    session->split_buffer = buffer;
    session->split_capacity = needed;
    return VV_OK;
}
