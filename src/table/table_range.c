/*
 * table_range.c - values of key columns as key bytes, and ranges of them as ranges of keys.
 */
#include "table/table_private.h"

#include "base/assert.h"

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
    struct key_range_spec spec = {
        .equal = range->equal,
        .equal_count = range->equal_count,
        .not_null = range->not_null,
        .low = {.value = range->low.value, .inclusive = range->low.inclusive},
        .high = {.value = range->high.value, .inclusive = range->high.inclusive},
        .prefix = range->has_prefix ? &range->prefix : NULL,
    };
    struct key_range bytes = {0};

    *encoded_out = (struct store_range){0};
    *empty_out = true;
    for (uint32_t i = 0; i < range->equal_count; i++) {
        if (range->equal[i].null && (range->is_null >> i & 1) == 0) {
            return VV_OK;
        }
    }
    VV_TRY(key_range_make(layout, &spec, arena, &bytes));
    *empty_out = bytes.empty;
    encoded_out->low = (struct store_bound){
        .key = bytes.low, .set = bytes.low_set, .inclusive = bytes.low_inclusive};
    encoded_out->high = (struct store_bound){
        .key = bytes.high, .set = bytes.high_set, .inclusive = bytes.high_inclusive};
    return VV_OK;
}
