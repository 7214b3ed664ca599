/*
 * group.c - hashes, equality and sort keys of rows.
 */
#include "eval/group.h"

#include <math.h>

#include "base/hash.h"
#include "eval/eval_private.h"

#define HASH_SEED    UINT64_C(0x7661727665)
#define HASH_OF_NULL UINT64_C(0x6E756C6C)

static void hash_column(const struct value_vector *column, struct eval_rows rows, uint64_t *hashes);
static uint64_t double_word(double x);
static uint64_t hash_text(vv_slice text);

void group_hash(const struct value_vector *const *columns, uint32_t column_count,
                const uint16_t *rows, uint32_t count, uint64_t *hashes)
{
    struct eval_rows selected = {.at = rows, .count = count};

    for (uint32_t i = 0; i < count; i++) {
        hashes[eval_row(selected, i)] = HASH_SEED;
    }
    for (uint32_t c = 0; c < column_count; c++) {
        hash_column(columns[c], selected, hashes);
    }
}

bool group_equal(const struct value_vector *const *a_columns, uint32_t a,
                 const struct value_vector *const *b_columns, uint32_t b, uint32_t column_count)
{
    for (uint32_t c = 0; c < column_count; c++) {
        bool a_null = vector_is_null(a_columns[c], a);

        if (a_null != vector_is_null(b_columns[c], b) ||
            (!a_null && eval_place_compare(a_columns[c], a, b_columns[c], b) != 0)) {
            return false;
        }
    }
    return true;
}

vv_status group_sort_keys(const struct key_layout *layout,
                          const struct value_vector *const *columns, const uint16_t *rows,
                          uint32_t count, struct arena *arena, vv_slice *keys)
{
    struct eval_rows selected = {.at = rows, .count = count};
    struct value values[KEY_COLUMNS_MAX];

    for (uint32_t i = 0; i < count; i++) {
        uint32_t row = eval_row(selected, i);
        size_t room, size;
        uint8_t *to;

        for (uint32_t c = 0; c < layout->column_count; c++) {
            vector_get(columns[c], row, &values[c]);
        }
        room = key_encoded_bytes_max(layout, values, layout->column_count);
        to = arena_get(arena, room);
        if (to == NULL) {
            return VV_NOMEM;
        }
        VV_TRY(key_encode(layout, values, layout->column_count, to, room, &size));
        keys[row] = slice_make(to, size);
    }
    return VV_OK;
}

/* Mixes a column into the hashes: one multiplication-heavy step a row. */
#define HASH_COLUMN(word)                                                         \
    for (uint32_t i = 0; i < rows.count; i++) {                                   \
        uint32_t r = eval_row(rows, i), p = eval_place(column, r);                \
        uint64_t x = vector_is_null(column, r) ? HASH_OF_NULL : (uint64_t)(word); \
        hashes[r] = hash_word(hashes[r] * 31 + x);                                \
    }

static void hash_column(const struct value_vector *column, struct eval_rows rows, uint64_t *hashes)
{
    switch (value_types[column->type].storage) {
    case VALUE_STORAGE_BOOL:
        HASH_COLUMN(column->bools[p]);
        break;
    case VALUE_STORAGE_I32:
        HASH_COLUMN((int64_t)column->i32s[p]);
        break;
    case VALUE_STORAGE_I64:
        HASH_COLUMN(column->i64s[p]);
        break;
    case VALUE_STORAGE_F64:
        HASH_COLUMN(double_word(column->f64s[p]));
        break;
    case VALUE_STORAGE_NUMERIC:
        HASH_COLUMN(numeric_hash(&column->numerics[p]));
        break;
    case VALUE_STORAGE_INTERVAL:
        HASH_COLUMN(interval_hash(&column->intervals[p]));
        break;
    case VALUE_STORAGE_UUID:
        HASH_COLUMN(hash_bytes(column->uuids[p].bytes, sizeof column->uuids[p].bytes, 0));
        break;
    default:
        if (column->type == VALUE_BPCHAR) {
            HASH_COLUMN(hash_text(value_without_blanks(vector_string_slice(&column->strings[p]))));
            break;
        }
        HASH_COLUMN(
            hash_bytes(vector_string_slice(&column->strings[p]).data, column->strings[p].size, 0));
        break;
    }
}

/* G1: all NaNs are one, and so are both zeros. */
static uint64_t double_word(double x)
{
    uint64_t word;

    if (isnan(x)) {
        return UINT64_C(0x7FF8000000000000);
    }
    x = x == 0 ? 0 : x;
    memcpy(&word, &x, sizeof word);
    return word;
}

static uint64_t hash_text(vv_slice text)
{
    return hash_bytes(text.data, text.size, 0);
}
