/*
 * fuzz_row.c - any bytes as a row: decoding never overruns, and what it gives survives encoding.
 *
 * The first byte says how many columns, one byte each says type, NULL and section; the rest is the row.
 */
#include "base/assert.h"
#include "value/row.h"

#define COLUMNS_MAX 16
#define ROOM        (1 << 16)

/* Three bits and the top two. */
#define TYPE_OF(bits) types[((bits) % 8 + 8 * ((bits) >> 6)) % (sizeof types / sizeof types[0])]

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const struct value *a, const struct value *b)
{
    return a->null == b->null && (a->null || value_compare(a, b) == 0);
}

static void check(const struct row_layout *layout, vv_slice row, struct arena *arena)
{
    static uint8_t again[ROOM];
    struct value values[COLUMNS_MAX], back[COLUMNS_MAX], one;
    struct value_vector vector;
    size_t size;

    if (row_decode_all(layout, row, values) != VV_OK) {
        return;
    }
    size = row_encode(layout, values, again);
    VV_ASSERT(size == row_encoded_bytes(layout, values));
    VV_ASSERT(row_decode_all(layout, slice_make(again, size), back) == VV_OK);
    for (unsigned i = 0; i < layout->column_count; i++) { /* R1 */
        VV_ASSERT(same(&values[i], &back[i]));
        VV_ASSERT(row_decode(layout, row, i, &one) == VV_OK && same(&values[i], &one));
        VV_ASSERT(vector_init_sized(&vector, (enum value_type)values[i].type, 1, arena));
        VV_ASSERT(row_decode_vector(layout, &row, NULL, 1, i, &vector) == VV_OK);
        vector_get(&vector, 0, &one);
        VV_ASSERT(same(&values[i], &one));
    }
}

/* What a row written before the column was there has in it: NULL for those without a fixed size. */
static struct value missing_value(enum value_type type)
{
    bool number = type == VALUE_REAL || type == VALUE_DOUBLE;
    struct value value = number ? value_double(1.5) : value_bigint(1);

    value.type = (uint8_t)type;
    value.null = value_types[type].row_bytes == 0;
    return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum value_type types[] = {
        VALUE_BOOLEAN,     VALUE_INTEGER, VALUE_BIGINT,   VALUE_DOUBLE, VALUE_NUMERIC,
        VALUE_TEXT,        VALUE_BYTEA,   VALUE_SMALLINT, VALUE_REAL,   VALUE_VARCHAR,
        VALUE_BPCHAR,      VALUE_UUID,    VALUE_DATE,     VALUE_TIME,   VALUE_TIMESTAMP,
        VALUE_TIMESTAMPTZ, VALUE_INTERVAL};
    struct row_column columns[COLUMNS_MAX];
    struct value missing[COLUMNS_MAX];
    struct row_layout layout;
    struct alloc alloc;
    struct arena arena;
    unsigned count = size == 0 ? 0 : data[0] % COLUMNS_MAX;
    uint8_t section = 0;

    if (size < 1u + count || size > ROOM / 4) {
        return 0;
    }
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_GENERAL, 4096);
    for (unsigned i = 0; i < count; i++) {
        uint8_t bits = data[1 + i];

        section = (uint8_t)(section + ((bits & 16) != 0));
        missing[i] = missing_value(TYPE_OF(bits));
        missing[i].null |= (bits & 8) != 0;
        columns[i] = (struct row_column){.type = missing[i].type,
                                         .nullable = (bits & 8) != 0 || missing[i].null,
                                         .section = section,
                                         .missing = &missing[i]};
    }
    if (row_layout_init(&layout, columns, count, &arena) == VV_OK) {
        check(&layout, slice_make(data + 1 + count, size - 1 - count), &arena);
    }
    arena_release(&arena);
    alloc_release(&alloc);
    return 0;
}
