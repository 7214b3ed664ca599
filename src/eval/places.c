/*
 * places.c - single places of vectors: copies and order.
 */
#include "eval/eval_private.h"

static void copy_payloads(struct value_vector *to, const struct value_vector *from,
                          struct eval_rows rows);

void eval_copy_rows(struct value_vector *to, const struct value_vector *from, struct eval_rows rows)
{
    if (from->has_nulls) {
        for (uint32_t i = 0; i < rows.count; i++) {
            uint32_t row = eval_row(rows, i);

            if (vector_is_null(from, row)) {
                vector_set_null(to, row);
            } else {
                to->nulls[row / 64] &= ~(UINT64_C(1) << row % 64);
            }
        }
        if (from->constant && vector_is_null(from, 0)) {
            return;
        }
    } else if (to->has_nulls) {
        for (uint32_t i = 0; i < rows.count; i++) {
            uint32_t row = eval_row(rows, i);

            to->nulls[row / 64] &= ~(UINT64_C(1) << row % 64);
        }
    }
    copy_payloads(to, from, rows);
}

/* Places of NULLs are copied too: they hold anything. */
#define COPY(member)                                              \
    for (uint32_t i = 0; i < rows.count; i++) {                   \
        uint32_t row = eval_row(rows, i);                         \
        to->member[row] = from->member[from->constant ? 0 : row]; \
    }

static void copy_payloads(struct value_vector *to, const struct value_vector *from,
                          struct eval_rows rows)
{
    switch (value_types[to->type].storage) {
    case VALUE_STORAGE_BOOL:
        COPY(bools);
        break;
    case VALUE_STORAGE_I32:
        COPY(i32s);
        break;
    case VALUE_STORAGE_I64:
        COPY(i64s);
        break;
    case VALUE_STORAGE_F64:
        COPY(f64s);
        break;
    case VALUE_STORAGE_NUMERIC:
        COPY(numerics);
        break;
    case VALUE_STORAGE_UUID:
        COPY(uuids);
        break;
    case VALUE_STORAGE_INTERVAL:
        COPY(intervals);
        break;
    default:
        COPY(strings);
        break;
    }
}

int eval_place_compare(const struct value_vector *a, uint32_t a_row, const struct value_vector *b,
                       uint32_t b_row)
{
    a_row = eval_place(a, a_row);
    b_row = eval_place(b, b_row);
    switch (value_types[a->type].storage) {
    case VALUE_STORAGE_BOOL:
        return (int)a->bools[a_row] - (int)b->bools[b_row];
    case VALUE_STORAGE_I32:
        return (a->i32s[a_row] > b->i32s[b_row]) - (a->i32s[a_row] < b->i32s[b_row]);
    case VALUE_STORAGE_I64:
        return (a->i64s[a_row] > b->i64s[b_row]) - (a->i64s[a_row] < b->i64s[b_row]);
    case VALUE_STORAGE_F64:
        return value_compare_double(a->f64s[a_row], b->f64s[b_row]);
    case VALUE_STORAGE_NUMERIC:
        return numeric_compare(&a->numerics[a_row], &b->numerics[b_row]);
    case VALUE_STORAGE_INTERVAL:
        return interval_compare(&a->intervals[a_row], &b->intervals[b_row]);
    case VALUE_STORAGE_UUID:
        return memcmp(&a->uuids[a_row], &b->uuids[b_row], sizeof(struct value_uuid));
    default:
        if (a->type == VALUE_BPCHAR) {
            return slice_compare(value_without_blanks(vector_string_slice(&a->strings[a_row])),
                                 value_without_blanks(vector_string_slice(&b->strings[b_row])));
        }
        return vector_string_compare(&a->strings[a_row], &b->strings[b_row]);
    }
}
