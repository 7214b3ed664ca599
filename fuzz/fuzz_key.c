/*
 * fuzz_key.c - any bytes as a key: decoding never overruns, and what it gives encodes in the same order.
 *
 * The first byte says how many columns, one byte each says type and direction; the rest is two keys.
 */
#include "base/assert.h"
#include "value/key.h"

#define COLUMNS_MAX 8
#define ROOM        (1 << 16)

/* Three bits and the top two. */
#define TYPE_OF(bits) types[((bits) % 8 + 8 * ((bits) >> 6)) % (sizeof types / sizeof types[0])]

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Decodes and, when that works, encodes again; the size, or -1. */
static long again(const struct key_layout *layout, vv_slice key, struct arena *arena, uint8_t *to)
{
    struct value values[COLUMNS_MAX], back[COLUMNS_MAX];
    size_t size;

    if (key_decode_all(layout, key, arena, values) != VV_OK) {
        return -1;
    }
    VV_ASSERT(key_encode(layout, values, layout->column_count, to, ROOM, &size) == VV_OK);
    VV_ASSERT(key_decode_all(layout, slice_make(to, size), arena, back) == VV_OK);
    for (unsigned i = 0; i < layout->column_count; i++) { /* K2 */
        VV_ASSERT(value_compare(&values[i], &back[i]) == 0);
    }
    return (long)size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum value_type types[] = {
        VALUE_BOOLEAN,     VALUE_INTEGER, VALUE_BIGINT,   VALUE_DOUBLE, VALUE_NUMERIC,
        VALUE_TEXT,        VALUE_BYTEA,   VALUE_SMALLINT, VALUE_REAL,   VALUE_VARCHAR,
        VALUE_BPCHAR,      VALUE_UUID,    VALUE_DATE,     VALUE_TIME,   VALUE_TIMESTAMP,
        VALUE_TIMESTAMPTZ, VALUE_INTERVAL};
    static uint8_t first[ROOM], second[ROOM];
    struct key_column columns[COLUMNS_MAX];
    struct key_layout layout;
    struct alloc alloc;
    struct arena arena;
    unsigned count = size == 0 ? 0 : data[0] % COLUMNS_MAX;

    if (size < 1u + count || size > ROOM / 4) {
        return 0;
    }
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_GENERAL, 4096);
    for (unsigned i = 0; i < count; i++) {
        uint8_t bits = data[1 + i];

        columns[i] = (struct key_column){.type = (uint8_t)TYPE_OF(bits),
                                         .nullable = (bits & 8) != 0,
                                         .descending = (bits & 16) != 0,
                                         .nulls_first = (bits & 32) != 0};
    }
    if (key_layout_init(&layout, columns, count, (data[0] & 128) != 0, &arena) == VV_OK) {
        size_t half = (size - 1 - count) / 2;
        const uint8_t *bytes = data + 1 + count;
        long a = again(&layout, slice_make(bytes, half), &arena, first);
        long b = again(&layout, slice_make(bytes + half, size - 1 - count - half), &arena, second);
        struct value x[COLUMNS_MAX], y[COLUMNS_MAX];

        if (a >= 0 && b >= 0) { /* K1: equal bytes if and only if equal values */
            bool equal = true;

            VV_ASSERT(key_decode_all(&layout, slice_make(first, (size_t)a), &arena, x) == VV_OK);
            VV_ASSERT(key_decode_all(&layout, slice_make(second, (size_t)b), &arena, y) == VV_OK);
            for (unsigned i = 0; i < count; i++) {
                equal = equal && value_compare(&x[i], &y[i]) == 0;
            }
            VV_ASSERT(equal ==
                      slice_equal(slice_make(first, (size_t)a), slice_make(second, (size_t)b)));
        }
    }
    arena_release(&arena);
    alloc_release(&alloc);
    return 0;
}
