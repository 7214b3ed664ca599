/*
 * table_range.c - values of key columns as key bytes, and ranges of them as ranges of keys.
 */
#include "table/table_private.h"

#include "base/assert.h"

static vv_status range_not_null(const struct key_layout *layout, const struct table_range *range,
                                struct arena *arena, struct key_range *out);

uint32_t table_map(const struct table_def *def, const struct table_index *index)
{
    return index == NULL ? def->map_id : index->map_id;
}

vv_status table_key_encode(const struct table_def *def, const struct table_index *index,
                           const struct value *values, uint32_t value_count,
                           uint8_t key[TABLE_KEY_BYTES], size_t *size_out)
{
    const struct key_layout *layout = table_parts(def, index);

    VV_ASSERT(value_count > 0 && value_count <= layout->column_count);
    return key_encode(layout, values, value_count, key, LIMIT_KEY_BYTES, size_out);
}

vv_status table_range_encode(const struct table_def *def, const struct table_index *index,
                             const struct table_range *range, struct arena *arena,
                             struct store_range *encoded_out, bool *empty_out)
{
    const struct key_layout *layout = table_parts(def, index);
    struct key_bound low = {.value = range->low.value, .inclusive = range->low.inclusive};
    struct key_bound high = {.value = range->high.value, .inclusive = range->high.inclusive};
    struct key_range bytes = {0};

    *encoded_out = (struct store_range){0};
    *empty_out = true;
    for (uint32_t i = 0; i < range->equal_count; i++) {
        if (range->equal[i].null && (range->is_null >> i & 1) == 0) {
            return VV_OK;
        }
    }
    if (range->has_prefix) {
        VV_TRY(key_range_make_prefix(layout, range->equal, range->equal_count, range->prefix, arena,
                                     &bytes));
    } else if (range->not_null && low.value == NULL && high.value == NULL) {
        VV_TRY(range_not_null(layout, range, arena, &bytes));
    } else {
        VV_TRY(key_range_make(layout, range->equal, range->equal_count, true, low, high, arena,
                              &bytes));
    }
    *empty_out = bytes.empty;
    encoded_out->low = (struct store_bound){
        .key = bytes.low, .set = bytes.low.size > 0, .inclusive = bytes.low_inclusive};
    encoded_out->high = (struct store_bound){
        .key = bytes.high, .set = bytes.high.size > 0, .inclusive = bytes.high_inclusive};
    return VV_OK;
}

/* The values of a nullable part all begin with the byte 1 behind the equal parts (value/key.h). */
static vv_status range_not_null(const struct key_layout *layout, const struct table_range *range,
                                struct arena *arena, struct key_range *out)
{
    uint8_t *low = arena_get(arena, LIMIT_KEY_BYTES + 1);
    uint8_t *high = NULL;
    size_t size = 0;

    *out = (struct key_range){.low_inclusive = true};
    if (low == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(key_encode(layout, range->equal, range->equal_count, low, LIMIT_KEY_BYTES, &size));
    if (layout->columns[range->equal_count].nullable) {
        low[size++] = 1;
    }
    high = arena_copy(arena, low, size);
    if (high == NULL) {
        return VV_NOMEM;
    }
    out->low = slice_make(low, size);
    out->high = slice_make(high, size == 0 ? 0 : key_successor(high, size));
    return VV_OK;
}
