/*
 * table_write.c - insert, update and delete of one row in all its maps.
 *
 * The table's own map is written first: that write is the row lock, and where READ COMMITTED finds that
 * the row has changed. Once it has gone through, the row is ours and its index entries cannot change
 * under us. Each write that may wait is one numbered step; a writer that was told VV_WAITING keeps the
 * number, encodes again and goes on there when called again (T3).
 */
#include "table/table_private.h"

#include "base/assert.h"
#include "base/bytes.h"

#define ROW_ID_BLOCK_MAX 64u

struct table_writer {
    const struct table_def *def;
    const struct table_computer *computer; /* NULL: no index needs it */
    struct value *stored;                  /* gathered values of the row layout */
    bool *touched;                         /* by index: an UPDATE may change its entries */
    bool key_assigned;                     /* the UPDATE sets a column of the primary key */
    bool unique_assigned;                  /* one of a unique index beside the primary key is */
    struct table_scratch row;              /* the encoded row */
    struct table_scratch entry;            /* rows of entries */
    struct table_scratch before;           /* of the old entry */
    uint32_t step;                         /* of the write that waits; 0: none */
    uint64_t row_id; /* hidden: the next, and how many of the block are left */
    uint64_t row_id_count;
    uint8_t own_key[TABLE_KEY_BYTES];
    size_t own_key_size;
    struct table_violation violation;
    struct value violated[LIMIT_INDEX_COLUMNS]; /* the key of a violation */
};

static void assigned_note(struct table_writer *writer, const uint16_t *assigned,
                          uint32_t assigned_count);
static bool index_uses(const struct table_writer *writer, const struct table_index *index,
                       uint16_t column);
static vv_status choose_own_key(struct table_writer *writer, struct store_session *session,
                                const struct value *row, uint64_t row_hint);
static vv_status too_long(struct table_writer *writer, const struct table_index *index,
                          vv_status status);
static vv_status row_bytes(struct table_writer *writer, const struct value *row, vv_slice *out);
static vv_status insert_unique(struct table_writer *writer, struct store_session *session,
                               const struct table_index *index, uint32_t map, vv_slice key,
                               vv_slice bytes, const struct value *row);
static vv_status violated(struct table_writer *writer, const struct table_index *index,
                          const struct value *row);
static vv_status update_own_map(struct table_writer *writer, struct store_session *session,
                                vv_slice key, const struct value *old_row, const struct value *row,
                                uint64_t basis, struct store_newest *newest_out);
static vv_status unique_keys_change(struct table_writer *writer, vv_slice key,
                                    const struct value *old_row, const struct value *row,
                                    bool *change_out);
static vv_status update_index(struct table_writer *writer, struct store_session *session,
                              const struct table_index *index, uint32_t first_step, vv_slice key,
                              const struct value *old_row, const struct value *row);
static bool gives_keys(const struct table_index *index);
static vv_status entry_of(struct table_writer *writer, const struct table_index *index,
                          const struct value *row, vv_slice own_key, struct table_scratch *scratch,
                          struct table_entry *entry);
static vv_status entry_delete(struct store_session *session, uint32_t map, vv_slice key);
static vv_status entry_replace(struct store_session *session, uint32_t map, vv_slice key,
                               vv_slice row);
static vv_status ended(struct table_writer *writer, vv_status status);

vv_status table_writer_create(const struct table_def *def, const uint16_t *assigned,
                              uint32_t assigned_count, struct arena *arena,
                              struct table_writer **writer_out)
{
    return table_writer_create_computing(def, NULL, assigned, assigned_count, arena, writer_out);
}

vv_status table_writer_create_computing(const struct table_def *def,
                                        const struct table_computer *computer,
                                        const uint16_t *assigned, uint32_t assigned_count,
                                        struct arena *arena, struct table_writer **writer_out)
{
    struct table_writer *writer = ARENA_NEW(arena, struct table_writer);

    *writer_out = NULL;
    if (writer == NULL) {
        return VV_NOMEM;
    }
    writer->def = def;
    writer->computer = computer;
    writer->stored = ARENA_ARRAY(arena, struct value, def->layout->row.column_count + 1u);
    writer->touched = ARENA_ARRAY(arena, bool, def->spec.index_count + 1u);
    writer->row.arena = arena;
    writer->entry.arena = arena;
    writer->before.arena = arena;
    if (writer->stored == NULL || writer->touched == NULL) {
        return VV_NOMEM;
    }
    assigned_note(writer, assigned, assigned_count);
    *writer_out = writer;
    return VV_OK;
}

const struct table_def *table_writer_def(const struct table_writer *writer)
{
    return writer->def;
}

const struct table_computer *table_writer_computer(const struct table_writer *writer)
{
    return writer->computer;
}

const struct table_violation *table_writer_violation(const struct table_writer *writer)
{
    return &writer->violation;
}

vv_status table_check_not_null(struct table_writer *writer, const struct value *row)
{
    const struct table_def *def = writer->def;

    for (uint32_t i = 0; i < def->spec.column_count; i++) {
        if (def->spec.columns[i].not_null && row[i].null) {
            writer->violation = (struct table_violation){
                .kind = TABLE_VIOLATION_NOT_NULL, .column = (uint16_t)i, .row = row};
            return VV_INVALID;
        }
    }
    return VV_OK;
}

bool table_writer_sets_keys(const struct table_writer *writer)
{
    return writer->key_assigned || writer->unique_assigned;
}

void table_writer_reset(struct table_writer *writer)
{
    writer->step = 0;
    writer->violation = (struct table_violation){0};
}

vv_status table_insert(struct table_writer *writer, struct store_session *session,
                       const struct value *row, uint64_t row_hint)
{
    const struct table_def *def = writer->def;
    vv_slice own_key, bytes;

    if (writer->step == 0) {
        VV_TRY(table_check_not_null(writer, row));
        VV_TRY(choose_own_key(writer, session, row, row_hint));
        writer->step = 1;
    }
    own_key = slice_make(writer->own_key, writer->own_key_size);
    if (writer->step == 1) {
        vv_status status = row_bytes(writer, row, &bytes);

        if (status == VV_OK) {
            status = insert_unique(writer, session, table_def_key(def), def->map_id, own_key, bytes,
                                   row);
        }
        if (status != VV_OK) {
            return ended(writer, status);
        }
        writer->step = 2;
    }
    for (uint32_t i = def->has_key ? 1 : 0; i < def->spec.index_count; i++) {
        const struct table_index *index = &def->spec.indexes[i];
        struct table_entry entry;
        vv_status status = VV_OK;

        if (writer->step > 2 + i) {
            continue;
        }
        status = entry_of(writer, index, row, own_key, &writer->entry, &entry);
        if (status == VV_OK && VV_LIKELY(entry.key_size > 0)) {
            status = insert_unique(writer, session, index, index->map_id,
                                   slice_make(entry.key, entry.key_size), entry.row, row);
        }
        if (status != VV_OK) {
            return ended(writer, status);
        }
        writer->step = 3 + i;
    }
    return ended(writer, VV_OK);
}

vv_status table_place(struct table_writer *writer, struct store_session *session, vv_slice own_key,
                      const struct value *row)
{
    const struct table_def *def = writer->def;
    vv_slice bytes;

    if (own_key.size == 0) {
        VV_TRY(choose_own_key(writer, session, row, ROW_ID_BLOCK_MAX));
        own_key = slice_make(writer->own_key, writer->own_key_size);
    }
    VV_TRY(row_bytes(writer, row, &bytes));
    return insert_unique(writer, session, table_def_key(def), def->map_id, own_key, bytes, row);
}

vv_status table_update(struct table_writer *writer, struct store_session *session, vv_slice key,
                       const struct value *old_row, const struct value *row, uint64_t basis,
                       struct store_newest *newest_out)
{
    const struct table_def *def = writer->def;

    if (writer->step == 0) {
        VV_TRY(table_check_not_null(writer, row));
    }
    if (writer->step <= 1) {
        vv_status status = update_own_map(writer, session, key, old_row, row, basis, newest_out);

        if (status != VV_OK) {
            return ended(writer, status);
        }
        writer->step = 2;
    }
    for (uint32_t i = def->has_key ? 1 : 0; i < def->spec.index_count; i++) {
        uint32_t first_step = 2 + 2 * i;
        vv_status status = VV_OK;

        if (!writer->touched[i] || writer->step > first_step + 1) {
            continue;
        }
        status =
            update_index(writer, session, &def->spec.indexes[i], first_step, key, old_row, row);
        if (status != VV_OK) {
            return ended(writer, status);
        }
        writer->step = first_step + 2;
    }
    return ended(writer, VV_OK);
}

vv_status table_delete(struct table_writer *writer, struct store_session *session, vv_slice key,
                       const struct value *old_row, uint64_t basis, struct store_newest *newest_out)
{
    const struct table_def *def = writer->def;

    if (writer->step == 0) {
        vv_status status =
            store_delete(session, def->map_id, key, slice_make(NULL, 0), basis, newest_out);

        if (status != VV_OK) {
            return ended(writer, status);
        }
        writer->step = 1;
    }
    for (uint32_t i = def->has_key ? 1 : 0; i < def->spec.index_count; i++) {
        const struct table_index *index = &def->spec.indexes[i];
        struct table_entry entry;
        vv_status status = VV_OK;

        if (writer->step > 1 + i) {
            continue;
        }
        status = entry_of(writer, index, old_row, key, &writer->before, &entry);
        if (status == VV_OK && VV_LIKELY(entry.key_size > 0)) {
            status = entry_delete(session, index->map_id, slice_make(entry.key, entry.key_size));
        }
        if (status != VV_OK) {
            return ended(writer, status);
        }
        writer->step = 2 + i;
    }
    return ended(writer, VV_OK);
}

/* T2: which indexes an UPDATE of these columns can touch. */
static void assigned_note(struct table_writer *writer, const uint16_t *assigned,
                          uint32_t assigned_count)
{
    const struct table_def *def = writer->def;
    const struct table_index *key = table_def_key(def);

    writer->key_assigned = key != NULL && assigned == NULL;
    for (uint32_t c = 0; key != NULL && assigned != NULL && c < assigned_count; c++) {
        writer->key_assigned = writer->key_assigned || index_uses(writer, key, assigned[c]);
    }
    for (uint32_t i = 0; i < def->spec.index_count; i++) {
        writer->touched[i] = assigned == NULL || writer->key_assigned;
        for (uint32_t c = 0; assigned != NULL && c < assigned_count; c++) {
            writer->touched[i] =
                writer->touched[i] || index_uses(writer, &def->spec.indexes[i], assigned[c]);
        }
        writer->unique_assigned =
            writer->unique_assigned || (writer->touched[i] && !def->spec.indexes[i].primary &&
                                        gives_keys(&def->spec.indexes[i]));
    }
}

static bool index_uses(const struct table_writer *writer, const struct table_index *index,
                       uint16_t column)
{
    const struct table_computer *computer = writer->computer;

    if (!index->primary && table_index_is_computed(index) &&
        (computer == NULL || computer->reads(computer->context, index, column))) {
        return true;
    }
    for (uint32_t i = 0; i < index->part_count; i++) {
        if (index->parts[i].column == column) {
            return true;
        }
    }
    for (uint32_t i = 0; i < index->include_count; i++) {
        if (index->includes[i] == column) {
            return true;
        }
    }
    return false;
}

/* The primary key's bytes, or the next hidden row id of a block drawn for this statement. */
static vv_status choose_own_key(struct table_writer *writer, struct store_session *session,
                                const struct value *row, uint64_t row_hint)
{
    if (writer->def->has_key) {
        return too_long(writer, table_def_key(writer->def),
                        table_own_key(writer->def, row, writer->own_key, &writer->own_key_size));
    }
    if (writer->row_id_count == 0) {
        uint64_t count = row_hint < 1                  ? 1
                         : row_hint > ROW_ID_BLOCK_MAX ? ROW_ID_BLOCK_MAX
                                                       : row_hint;

        VV_TRY(store_map_draw(session, writer->def->map_id, count, &writer->row_id));
        writer->row_id_count = count;
    }
    bytes_store64_big(writer->own_key, writer->row_id);
    writer->own_key_size = TABLE_ROW_ID_BYTES;
    writer->row_id++;
    writer->row_id_count--;
    return VV_OK;
}

static vv_status entry_of(struct table_writer *writer, const struct table_index *index,
                          const struct value *row, vv_slice own_key, struct table_scratch *scratch,
                          struct table_entry *entry)
{
    return too_long(
        writer, index,
        table_entry_make(writer->def, writer->computer, index, row, own_key, scratch, entry));
}

/* The status of making an entry of index: remembers whose key had no room. */
static vv_status too_long(struct table_writer *writer, const struct table_index *index,
                          vv_status status)
{
    if (status == VV_LIMIT) {
        writer->violation =
            (struct table_violation){.kind = TABLE_VIOLATION_TOO_LONG, .index = index};
    }
    return status;
}

static vv_status row_bytes(struct table_writer *writer, const struct value *row, vv_slice *out)
{
    const struct table_layout *layout = writer->def->layout;
    uint8_t *bytes = NULL;
    size_t size = 0;

    for (uint32_t i = 0; i < layout->row.column_count; i++) {
        writer->stored[i] = row[layout->row_columns[i]];
    }
    size = row_encoded_bytes(&layout->row, writer->stored);
    bytes = table_scratch_get(&writer->row, size);
    if (bytes == NULL) {
        return VV_NOMEM;
    }
    *out = slice_make(bytes, row_encode(&layout->row, writer->stored, bytes));
    VV_ASSERT(out->size == size);
    return VV_OK;
}

/* Inserts; VV_EXISTS becomes a violation of index. A key that carries the own key cannot exist: if it
 * does, the index holds an entry without a row. */
static vv_status insert_unique(struct table_writer *writer, struct store_session *session,
                               const struct table_index *index, uint32_t map, vv_slice key,
                               vv_slice bytes, const struct value *row)
{
    vv_status status = store_insert(session, map, key, bytes);

    if (status == VV_EXISTS) {
        if (index == NULL || !index->unique) {
            return VV_CORRUPT;
        }
        return violated(writer, index, row);
    }
    return status;
}

/* What was computed ends with the next computation. */
static vv_status violated_keep(struct table_writer *writer, uint32_t count)
{
    size_t size = 0;
    uint8_t *bytes = NULL;

    for (uint32_t i = 0; i < count; i++) {
        size += value_is_string(writer->violated[i].type) && !writer->violated[i].null
                    ? writer->violated[i].bytes.size
                    : 0;
    }
    bytes = table_scratch_get(&writer->before, size);
    if (bytes == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct value *value = &writer->violated[i];

        if (value_is_string(value->type) && !value->null && value->bytes.size > 0) {
            memcpy(bytes, value->bytes.data, value->bytes.size);
            value->bytes.data = bytes;
            bytes += value->bytes.size;
        }
    }
    return VV_OK;
}

/* Remembers which key of index was there already. */
static vv_status violated(struct table_writer *writer, const struct table_index *index,
                          const struct value *row)
{
    bool in_index = false;

    VV_TRY(
        table_entry_values(writer->def, writer->computer, index, row, writer->violated, &in_index));
    VV_TRY(violated_keep(writer, index->part_count));
    writer->violation = (struct table_violation){
        .kind = TABLE_VIOLATION_UNIQUE, .index = index, .row = row, .key = writer->violated};
    return VV_EXISTS;
}

/* Steps 0 and 1 of an update. A row that changes its key is deleted, leaving the way to its new place
 * for those who wait for it, and inserted there. */
static vv_status update_own_map(struct table_writer *writer, struct store_session *session,
                                vv_slice key, const struct value *old_row, const struct value *row,
                                uint64_t basis, struct store_newest *newest_out)
{
    const struct table_def *def = writer->def;
    vv_slice fresh = key, bytes;

    if (writer->key_assigned) {
        VV_TRY(too_long(writer, table_def_key(def),
                        table_own_key(def, row, writer->own_key, &writer->own_key_size)));
        fresh = slice_make(writer->own_key, writer->own_key_size);
    } else {
        memcpy(writer->own_key, key.data, key.size);
        writer->own_key_size = key.size;
    }
    VV_TRY(row_bytes(writer, row, &bytes));
    if (slice_equal(fresh, key)) {
        bool keys_change = false;

        if (VV_UNLIKELY(writer->unique_assigned)) {
            VV_TRY(unique_keys_change(writer, key, old_row, row, &keys_change));
        }
        return keys_change ? store_update_keys(session, def->map_id, key, bytes, basis, newest_out)
                           : store_update(session, def->map_id, key, bytes, basis, newest_out);
    }
    if (writer->step == 0) {
        VV_TRY(store_delete(session, def->map_id, key, fresh, basis, newest_out));
        writer->step = 1;
    }
    return insert_unique(writer, session, table_def_key(def), def->map_id, fresh, bytes, row);
}

/* Whether the row gets another key in some unique index of all rows: one by which others may refer to it. */
static vv_status unique_keys_change(struct table_writer *writer, vv_slice key,
                                    const struct value *old_row, const struct value *row,
                                    bool *change_out)
{
    const struct table_def *def = writer->def;

    *change_out = false;
    for (uint32_t i = def->has_key ? 1 : 0; i < def->spec.index_count && !*change_out; i++) {
        const struct table_index *index = &def->spec.indexes[i];
        struct table_entry before, after;

        if (!writer->touched[i] || !gives_keys(index)) {
            continue;
        }
        VV_TRY(entry_of(writer, index, old_row, key, &writer->before, &before));
        VV_TRY(entry_of(writer, index, row, key, &writer->entry, &after));
        *change_out = !slice_equal(slice_make(before.key, before.key_size),
                                   slice_make(after.key, after.key_size));
    }
    return VV_OK;
}

/* PostgreSQL's rule (INDEX_ATTR_BITMAP_KEY): unique, of every row, without expressions. */
static bool gives_keys(const struct table_index *index)
{
    if (!index->unique || index->predicate_text != NULL) {
        return false;
    }
    for (uint32_t i = 0; i < index->part_count; i++) {
        if (index->parts[i].column == TABLE_NO_COLUMN) {
            return false;
        }
    }
    return true;
}

static vv_status update_index(struct table_writer *writer, struct store_session *session,
                              const struct table_index *index, uint32_t first_step, vv_slice key,
                              const struct value *old_row, const struct value *row)
{
    struct table_entry before, after;
    vv_slice before_key, after_key;
    vv_slice fresh = slice_make(writer->own_key, writer->own_key_size);

    VV_TRY(entry_of(writer, index, old_row, key, &writer->before, &before));
    VV_TRY(entry_of(writer, index, row, fresh, &writer->entry, &after));
    before_key = slice_make(before.key, before.key_size);
    after_key = slice_make(after.key, after.key_size);
    if (slice_equal(before_key, after_key)) {
        if (before.key_size == 0 || slice_equal(before.row, after.row)) {
            return VV_OK; /* T2 */
        }
        return entry_replace(session, index->map_id, after_key, after.row);
    }
    if (writer->step <= first_step) {
        if (VV_LIKELY(before.key_size > 0)) {
            VV_TRY(entry_delete(session, index->map_id, before_key));
        }
        writer->step = first_step + 1;
    }
    return VV_LIKELY(after.key_size > 0)
               ? insert_unique(writer, session, index, index->map_id, after_key, after.row, row)
               : VV_OK;
}

/* The row is ours, so its entry is the newest version whatever the snapshot shows: take it as basis. */
static vv_status entry_delete(struct store_session *session, uint32_t map, vv_slice key)
{
    uint64_t basis = STORE_BASIS_SNAPSHOT;

    for (;;) {
        struct store_newest newest = {0};
        vv_status status = store_delete(session, map, key, slice_make(NULL, 0), basis, &newest);

        if (status != VV_CHANGED) {
            return status == VV_NOT_FOUND ? VV_CORRUPT : status;
        }
        basis = newest.basis;
    }
}

static vv_status entry_replace(struct store_session *session, uint32_t map, vv_slice key,
                               vv_slice row)
{
    uint64_t basis = STORE_BASIS_SNAPSHOT;

    for (;;) {
        struct store_newest newest = {0};
        vv_status status = store_update(session, map, key, row, basis, &newest);

        if (status != VV_CHANGED) {
            return status == VV_NOT_FOUND ? VV_CORRUPT : status;
        }
        basis = newest.basis;
    }
}

/* Only a waiting write keeps its step. */
static vv_status ended(struct table_writer *writer, vv_status status)
{
    if (status != VV_WAITING) {
        writer->step = 0;
    }
    return status;
}
