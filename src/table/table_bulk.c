/*
 * table_bulk.c - inserting the rows of a batch map by map: encode all, sort, one run into the store.
 *
 *   own keys and rows ──> the table's map      then for each index: entries ──> sort ──> its map
 *
 * What a run meets is told without saying which row of the batch is to blame, since keys are not in the order of the
 * rows and an index is looked at only when all rows are in: the caller rolls back and takes the rows one by one.
 */
#include "table/table_private.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "value/vector.h"

#define ROOM_BYTES 65536u

/* Bytes of keys and rows, in the batch's arena. */
struct bulk_room {
    struct arena *arena;
    uint8_t *at;
    size_t left;
};

struct table_bulk {
    const struct table_def *def;
    struct value *values; /* by column of the table: what an index entry needs of a row */
    struct value *stored; /* of the row layout */
    struct table_scratch includes;
    uint32_t step;          /* 0: no batch; 1: the table's map; 2 + i: index i */
    uint32_t count;         /* rows of the batch */
    uint32_t done;          /* of them in the map at hand */
    vv_slice *own_keys;     /* in the order of the batch */
    struct store_row *rows; /* for the map at hand, ascending */
    struct bulk_room room;
};

/* To sort by: the first bytes of a key as a number, and where the key is. */
struct sort_item {
    uint64_t head;
    uint32_t at;
};

static bool takes_each_row_alone(const struct table_def *def);
static vv_status next_map(struct table_bulk *bulk, struct store_session *session,
                          const struct value_batch *batch);
static bool has_forbidden_null(const struct table_def *def, const struct value_batch *batch);
static vv_status rows_encode(struct table_bulk *bulk, struct store_session *session,
                             const struct value_batch *batch);
static vv_status own_key_encode(struct table_bulk *bulk, const struct value_batch *batch,
                                uint32_t place, vv_slice *key_out);
static vv_status entries_encode(struct table_bulk *bulk, const struct table_index *index,
                                const struct value_batch *batch);
static uint8_t *room_get(struct bulk_room *room, size_t size);
static void room_take(struct bulk_room *room, size_t size);
static vv_status rows_sort(struct table_bulk *bulk);
static int item_order(const struct table_bulk *bulk, const struct sort_item *a,
                      const struct sort_item *b);
static struct sort_item *items_sort(const struct table_bulk *bulk, struct sort_item *items,
                                    struct sort_item *other);

vv_status table_bulk_create(const struct table_def *def, struct arena *arena,
                            struct table_bulk **bulk_out)
{
    struct table_bulk *bulk = NULL;

    *bulk_out = NULL;
    if (takes_each_row_alone(def)) {
        return VV_OK;
    }
    bulk = ARENA_NEW(arena, struct table_bulk);
    if (bulk == NULL) {
        return VV_NOMEM;
    }
    bulk->def = def;
    bulk->values = ARENA_ARRAY(arena, struct value, def->spec.column_count + 1u);
    bulk->stored = ARENA_ARRAY(arena, struct value, def->layout->row.column_count + 1u);
    if (bulk->values == NULL || bulk->stored == NULL) {
        return VV_NOMEM;
    }
    *bulk_out = bulk;
    return VV_OK;
}

void table_bulk_reset(struct table_bulk *bulk)
{
    bulk->step = 0;
}

vv_status table_bulk_insert(struct table_bulk *bulk, struct store_session *session,
                            const struct value_batch *batch, struct arena *arena)
{
    const struct table_def *def = bulk->def;
    vv_status status = VV_OK;

    if (bulk->step == 0) {
        bulk->room = (struct bulk_room){.arena = arena};
        bulk->includes = (struct table_scratch){.arena = arena};
        bulk->count = batch->selected_count;
        VV_TRY(next_map(bulk, session, batch));
    }
    while (bulk->step != 0) {
        uint32_t map = bulk->step == 1 ? def->map_id : def->spec.indexes[bulk->step - 2].map_id;
        uint32_t inserted = 0;

        status = store_insert_run(session, map, bulk->rows + bulk->done, bulk->count - bulk->done,
                                  &inserted);
        bulk->done += inserted;
        if (status == VV_WAITING) {
            return status; /* T3 */
        }
        if (status == VV_OK) {
            status = next_map(bulk, session, batch);
        }
        if (status != VV_OK) {
            bulk->step = 0;
            return status;
        }
    }
    return VV_OK;
}

/* Conditions and expressions of indexes are computed by others, a row at a time. */
static bool takes_each_row_alone(const struct table_def *def)
{
    for (uint32_t i = 0; i < def->spec.index_count; i++) {
        if (table_index_layout(def, &def->spec.indexes[i])->computed) {
            return true;
        }
    }
    return false;
}

/* Prepares the keys and rows of the first or the next map; step 0: there is none. */
static vv_status next_map(struct table_bulk *bulk, struct store_session *session,
                          const struct value_batch *batch)
{
    const struct table_def *def = bulk->def;
    uint32_t index = bulk->step == 0   ? 0
                     : bulk->step == 1 ? (def->has_key ? 1 : 0)
                                       : bulk->step - 1;

    bulk->done = 0;
    if (bulk->step == 0) {
        if (has_forbidden_null(def, batch)) {
            return VV_INVALID;
        }
        VV_TRY(rows_encode(bulk, session, batch));
        VV_TRY(rows_sort(bulk));
        bulk->step = 1;
        return VV_OK;
    }
    if (index == def->spec.index_count) {
        bulk->step = 0;
        return VV_OK;
    }
    VV_TRY(entries_encode(bulk, &def->spec.indexes[index], batch));
    VV_TRY(rows_sort(bulk));
    bulk->step = 2 + index;
    return VV_OK;
}

static inline uint32_t batch_place(const struct value_batch *batch, uint32_t i)
{
    return batch->selection == NULL ? i : batch->selection[i];
}

static bool has_forbidden_null(const struct table_def *def, const struct value_batch *batch)
{
    for (uint32_t c = 0; c < def->spec.column_count; c++) {
        for (uint32_t i = 0; def->spec.columns[c].not_null && batch->columns[c].has_nulls &&
                             i < batch->selected_count;
             i++) {
            if (vector_is_null(&batch->columns[c], batch_place(batch, i))) {
                return true;
            }
        }
    }
    return false;
}

/* For the table's own map. */
static vv_status rows_encode(struct table_bulk *bulk, struct store_session *session,
                             const struct value_batch *batch)
{
    const struct table_layout *layout = bulk->def->layout;
    struct arena *arena = bulk->room.arena;
    uint64_t row_id = 0;

    bulk->own_keys = arena_get(arena, bulk->count * sizeof bulk->own_keys[0]);
    bulk->rows = arena_get(arena, bulk->count * sizeof bulk->rows[0]);
    if (bulk->own_keys == NULL || bulk->rows == NULL) {
        return VV_NOMEM;
    }
    if (!bulk->def->has_key) {
        VV_TRY(store_map_draw(session, bulk->def->map_id, bulk->count, &row_id));
    }
    for (uint32_t i = 0; i < bulk->count; i++) {
        uint32_t place = batch_place(batch, i);
        uint8_t *bytes = NULL;
        size_t size = 0;

        if (bulk->def->has_key) {
            VV_TRY(own_key_encode(bulk, batch, place, &bulk->own_keys[i]));
        } else {
            bytes = room_get(&bulk->room, TABLE_ROW_ID_BYTES);
            if (bytes == NULL) {
                return VV_NOMEM;
            }
            bytes_store64_big(bytes, row_id + i);
            bulk->own_keys[i] = slice_make(bytes, TABLE_ROW_ID_BYTES);
            room_take(&bulk->room, TABLE_ROW_ID_BYTES);
        }
        for (uint32_t c = 0; c < layout->row.column_count; c++) {
            vector_get(&batch->columns[layout->row_columns[c]], place, &bulk->stored[c]);
        }
        size = row_encoded_bytes(&layout->row, bulk->stored);
        bytes = room_get(&bulk->room, size);
        if (bytes == NULL) {
            return VV_NOMEM;
        }
        room_take(&bulk->room, row_encode(&layout->row, bulk->stored, bytes));
        bulk->rows[i] = (struct store_row){bulk->own_keys[i], slice_make(bytes, size)};
    }
    return VV_OK;
}

static vv_status own_key_encode(struct table_bulk *bulk, const struct value_batch *batch,
                                uint32_t place, vv_slice *key_out)
{
    const struct table_index *primary = table_def_key(bulk->def);
    struct value values[LIMIT_INDEX_COLUMNS];
    uint8_t *bytes = room_get(&bulk->room, LIMIT_KEY_BYTES);
    size_t size = 0;

    if (bytes == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t p = 0; p < primary->part_count; p++) {
        vector_get(&batch->columns[primary->parts[p].column], place, &values[p]);
    }
    VV_TRY(key_encode(&bulk->def->layout->key, values, primary->part_count, bytes, LIMIT_KEY_BYTES,
                      &size));
    room_take(&bulk->room, size);
    *key_out = slice_make(bytes, size);
    return VV_OK;
}

/* For an index. rows[] is that of the map before, in another order. */
static vv_status entries_encode(struct table_bulk *bulk, const struct table_index *index,
                                const struct value_batch *batch)
{
    for (uint32_t i = 0; i < bulk->count; i++) {
        uint32_t place = batch_place(batch, i);
        struct table_entry entry;
        uint8_t *key = NULL;
        vv_slice row;

        for (uint32_t p = 0; p < index->part_count; p++) {
            uint16_t column = index->parts[p].column;

            vector_get(&batch->columns[column], place, &bulk->values[column]);
        }
        for (uint32_t c = 0; c < index->include_count; c++) {
            uint16_t column = index->includes[c];

            vector_get(&batch->columns[column], place, &bulk->values[column]);
        }
        VV_TRY(table_entry_make(bulk->def, NULL, index, bulk->values, bulk->own_keys[i],
                                &bulk->includes, &entry));
        row = entry.row;
        key = room_get(&bulk->room, entry.key_size + row.size);
        if (key == NULL) {
            return VV_NOMEM;
        }
        memcpy(key, entry.key, entry.key_size);
        if (row.size > 0 && row.data != bulk->own_keys[i].data) {
            memcpy(key + entry.key_size, row.data, row.size);
            row.data = key + entry.key_size;
        }
        room_take(&bulk->room, entry.key_size + row.size);
        bulk->rows[i] = (struct store_row){slice_make(key, entry.key_size), row};
    }
    return VV_OK;
}

/* Room for size bytes in one piece; what is used of it is taken then. NULL: out of memory. */
static inline uint8_t *room_get(struct bulk_room *room, size_t size)
{
    if (VV_UNLIKELY(size > room->left || room->at == NULL)) {
        size_t bytes = size > ROOM_BYTES / 4 ? size + 1 : ROOM_BYTES;
        uint8_t *fresh = arena_get(room->arena, bytes);

        if (fresh == NULL) {
            return NULL;
        }
        room->at = fresh;
        room->left = bytes;
    }
    return room->at;
}

static inline void room_take(struct bulk_room *room, size_t size)
{
    room->at += size;
    room->left -= size;
}

/* ---- order ---- */

/* VV_EXISTS: two keys are equal. Rows that ascend already, which is common, are left alone. */
static vv_status rows_sort(struct table_bulk *bulk)
{
    struct arena *arena = bulk->room.arena;
    struct sort_item *items = NULL;
    struct store_row *sorted = NULL;
    bool ascends = true;

    for (uint32_t i = 1; i < bulk->count && ascends; i++) {
        ascends = slice_compare(bulk->rows[i - 1].key, bulk->rows[i].key) < 0;
    }
    if (ascends) {
        return VV_OK;
    }
    items = arena_get(arena, 2 * bulk->count * sizeof items[0]);
    sorted = arena_get(arena, bulk->count * sizeof sorted[0]);
    if (items == NULL || sorted == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < bulk->count; i++) {
        vv_slice key = bulk->rows[i].key;
        uint8_t head[8] = {0};

        memcpy(head, key.data, key.size < sizeof head ? key.size : sizeof head);
        items[i] = (struct sort_item){bytes_load64_big(head), i};
    }
    items = items_sort(bulk, items, items + bulk->count);
    for (uint32_t i = 0; i < bulk->count; i++) {
        sorted[i] = bulk->rows[items[i].at];
        if (i > 0 && slice_equal(sorted[i - 1].key, sorted[i].key)) {
            return VV_EXISTS;
        }
    }
    bulk->rows = sorted;
    return VV_OK;
}

static inline int item_order(const struct table_bulk *bulk, const struct sort_item *a,
                             const struct sort_item *b)
{
    if (a->head != b->head) {
        return a->head < b->head ? -1 : 1;
    }
    return slice_compare(bulk->rows[a->at].key, bulk->rows[b->at].key);
}

/* Merge sort: stretches of 1, 2, 4, ... items from one array into the other. Returns the one they are in. */
static struct sort_item *items_sort(const struct table_bulk *bulk, struct sort_item *items,
                                    struct sort_item *other)
{
    uint32_t count = bulk->count;

    for (uint32_t width = 1; width < count; width *= 2) {
        struct sort_item *merged = other;

        for (uint32_t from = 0; from < count; from += 2 * width) {
            uint32_t middle = from + width < count ? from + width : count;
            uint32_t end = middle + width < count ? middle + width : count;
            uint32_t left = from;
            uint32_t right = middle;

            for (uint32_t to = from; to < end; to++) {
                bool take_left = left < middle && (right == end || item_order(bulk, &items[left],
                                                                              &items[right]) <= 0);

                merged[to] = take_left ? items[left++] : items[right++];
            }
        }
        other = items;
        items = merged;
    }
    return items;
}
