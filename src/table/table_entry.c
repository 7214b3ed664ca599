/*
 * table_entry.c - the own key of a row, and its entries in the indexes.
 *
 *     not unique, or unique with a NULL    key = parts | own key      row = included columns
 *     unique                               key = parts                row = own key
 *     unique with INCLUDE                  key = parts                row = varint size, own key, included
 *
 * A unique entry has the long form exactly when bytes follow the parts: an own key is never empty.
 */
#include "table/table_private.h"

#include "base/assert.h"
#include "base/bytes.h"

static vv_status entry_row(const struct table_index *index, const struct table_index_layout *layout,
                           const struct value *row, vv_slice own_key, bool with_own_key,
                           struct table_scratch *scratch, vv_slice *row_out);

/* Never NULL for want of size: the row of a table of key columns alone is empty. */
uint8_t *table_scratch_get(struct table_scratch *scratch, size_t size)
{
    if (scratch->bytes == NULL || size > scratch->capacity) {
        size_t capacity = size * 2 < 512 ? 512 : size * 2;
        uint8_t *bytes = arena_get(scratch->arena, capacity);

        if (bytes == NULL) {
            return NULL;
        }
        scratch->bytes = bytes;
        scratch->capacity = capacity;
    }
    return scratch->bytes;
}

vv_status table_own_key(const struct table_def *def, const struct value *row,
                        uint8_t key[TABLE_KEY_BYTES], size_t *size_out)
{
    const struct table_index *primary = table_def_key(def);
    struct value values[LIMIT_INDEX_COLUMNS];

    for (uint32_t i = 0; i < primary->part_count; i++) {
        values[i] = row[primary->parts[i].column];
    }
    return key_encode(&def->layout->key, values, primary->part_count, key, LIMIT_KEY_BYTES,
                      size_out);
}

vv_status table_entry_values(const struct table_def *def, const struct table_computer *computer,
                             const struct table_index *index, const struct value *row,
                             struct value *values, bool *in_index_out)
{
    *in_index_out = true;
    for (uint32_t i = 0; i < index->part_count; i++) {
        if (index->parts[i].column != TABLE_NO_COLUMN) {
            values[i] = row[index->parts[i].column];
        }
    }
    if (!table_index_layout(def, index)->computed) {
        return VV_OK;
    }
    if (computer == NULL) {
        return VV_UNSUPPORTED;
    }
    return computer->compute(computer->context, index, row, values, in_index_out);
}

vv_status table_entry_make(const struct table_def *def, const struct table_computer *computer,
                           const struct table_index *index, const struct value *row,
                           vv_slice own_key, struct table_scratch *scratch,
                           struct table_entry *entry)
{
    const struct table_index_layout *layout = table_index_layout(def, index);
    struct value values[LIMIT_INDEX_COLUMNS];
    bool has_null = false;

    if (VV_UNLIKELY(layout->computed)) {
        bool in_index = false;

        entry->key_size = 0;
        VV_TRY(table_entry_values(def, computer, index, row, values, &in_index));
        if (!in_index) {
            return VV_OK;
        }
        for (uint32_t i = 0; i < index->part_count; i++) {
            has_null = has_null || values[i].null;
        }
    } else {
        for (uint32_t i = 0; i < index->part_count; i++) {
            values[i] = row[index->parts[i].column];
            has_null = has_null || values[i].null;
        }
    }
    VV_TRY(key_encode(&layout->parts, values, index->part_count, entry->key, LIMIT_KEY_BYTES,
                      &entry->key_size));
    if (!index->unique || has_null) {
        if (entry->key_size + own_key.size > LIMIT_KEY_BYTES) {
            return VV_LIMIT;
        }
        memcpy(entry->key + entry->key_size, own_key.data, own_key.size);
        entry->key_size += own_key.size;
    }
    return entry_row(index, layout, row, own_key, index->unique && !has_null, scratch, &entry->row);
}

static vv_status entry_row(const struct table_index *index, const struct table_index_layout *layout,
                           const struct value *row, vv_slice own_key, bool with_own_key,
                           struct table_scratch *scratch, vv_slice *row_out)
{
    struct value values[LIMIT_INDEX_COLUMNS];
    uint8_t *bytes = NULL;
    size_t size = 0;

    *row_out = with_own_key ? own_key : slice_make(NULL, 0);
    if (!layout->has_includes) {
        return VV_OK;
    }
    for (uint32_t i = 0; i < index->include_count; i++) {
        values[i] = row[index->includes[i]];
    }
    bytes = table_scratch_get(scratch, BYTES_VARINT_MAX + own_key.size +
                                           row_encoded_bytes(&layout->includes, values));
    if (bytes == NULL) {
        return VV_NOMEM;
    }
    if (with_own_key) {
        size = bytes_varint_store(bytes, own_key.size);
        memcpy(bytes + size, own_key.data, own_key.size);
        size += own_key.size;
    }
    size += row_encode(&layout->includes, values, bytes + size);
    *row_out = slice_make(bytes, size);
    return VV_OK;
}

/* The own key at the start of a unique entry's row. */
static vv_status own_key_in_row(const struct table_index_layout *layout, vv_slice row,
                                vv_slice *own_key_out, vv_slice *includes_out)
{
    uint64_t own_size = row.size;
    size_t skip = 0;

    if (layout->has_includes) {
        skip = bytes_varint_load(row.data, row.size, &own_size);
        if (skip == 0 || own_size > row.size - skip) {
            return VV_CORRUPT;
        }
    }
    *own_key_out = slice_make(row.data + skip, own_size);
    *includes_out = slice_make(row.data + skip + own_size, row.size - skip - own_size);
    return own_size == 0 ? VV_CORRUPT : VV_OK;
}

vv_status table_entry_own_key(const struct table_def *def, const struct table_index *index,
                              vv_slice key, vv_slice row, vv_slice *own_key_out,
                              vv_slice *includes_out)
{
    const struct table_index_layout *layout = table_index_layout(def, index);
    size_t parts_size = 0;

    if (index->unique && !layout->may_be_null) {
        return own_key_in_row(layout, row, own_key_out, includes_out);
    }
    VV_TRY(key_prefix_bytes(&layout->parts, key, index->part_count, &parts_size));
    if (index->unique && parts_size == key.size) {
        return own_key_in_row(layout, row, own_key_out, includes_out);
    }
    *own_key_out = slice_make(key.data + parts_size, key.size - parts_size);
    *includes_out = row;
    return own_key_out->size == 0 ? VV_CORRUPT : VV_OK;
}
