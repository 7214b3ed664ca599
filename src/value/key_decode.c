/*
 * key_decode.c - values back out of keys. Bytes are checked, never trusted (K4).
 */
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "value/key.h"
#include "value/key_private.h"
#include "value/numeric_private.h"

/* The part of a key that belongs to one column, without its NULL byte. */
struct part {
    vv_slice bytes;
    bool null;
};

static vv_status take(const struct key_layout *layout, unsigned column, vv_slice *rest,
                      struct part *out);
static vv_status skip_to(const struct key_layout *layout, unsigned column, vv_slice *rest);
static vv_status string_bytes(vv_slice rest, uint8_t terminator, size_t *size_out);
static vv_status numeric_bytes(vv_slice rest, uint8_t invert, size_t *size_out);
static vv_status load(const struct key_layout *layout, unsigned column, const struct part *part,
                      struct arena *arena, struct value *out);
static vv_status load_string(const struct key_layout *layout, unsigned column, vv_slice bytes,
                             struct arena *arena, vv_slice *out);
static double load_double(uint64_t bits);
static double load_real(uint32_t bits);
static int32_t load_small(const uint8_t *at, uint32_t flip);
static struct value_uuid load_uuid(const uint8_t *at, uint64_t invert);
static bool load_interval(const uint8_t *at, uint64_t invert, struct interval *out);
static vv_status load_numeric(vv_slice bytes, uint8_t invert, struct numeric *out);
static bool load_fixed_column(const struct key_layout *layout, const vv_slice *keys,
                              const uint16_t *selection, unsigned count, unsigned column,
                              struct value_vector *out);

vv_status key_decode(const struct key_layout *layout, vv_slice key, unsigned column,
                     struct arena *arena, struct value *out)
{
    struct part part;

    VV_ASSERT(column < layout->column_count);
    VV_TRY(skip_to(layout, column, &key));
    VV_TRY(take(layout, column, &key, &part));
    return load(layout, column, &part, arena, out);
}

vv_status key_decode_all(const struct key_layout *layout, vv_slice key, struct arena *arena,
                         struct value *values_out)
{
    for (unsigned i = 0; i < layout->column_count; i++) {
        struct part part;

        VV_TRY(take(layout, i, &key, &part));
        VV_TRY(load(layout, i, &part, arena, &values_out[i]));
    }
    return VV_OK;
}

vv_status key_decode_vector(const struct key_layout *layout, const vv_slice *keys,
                            const uint16_t *selection, unsigned count, unsigned column,
                            struct arena *arena, struct value_vector *out)
{
    VV_ASSERT(column < layout->column_count && out->type == layout->columns[column].type);
    VV_ASSERT(count <= LIMIT_BATCH_ROWS);
    vector_reset(out);
    if (column < layout->fixed_columns) {
        return load_fixed_column(layout, keys, selection, count, column, out) ? VV_OK : VV_CORRUPT;
    }
    for (unsigned i = 0; i < count; i++) {
        unsigned r = selection == NULL ? i : selection[i];
        struct value value;

        VV_TRY(key_decode(layout, keys[r], column, arena, &value));
        vector_set(out, r, &value);
    }
    return VV_OK;
}

vv_status key_prefix_bytes(const struct key_layout *layout, vv_slice key, unsigned columns,
                           size_t *size_out)
{
    vv_slice rest = key;

    VV_ASSERT(columns <= layout->column_count);
    *size_out = 0;
    VV_TRY(skip_to(layout, columns, &rest));
    *size_out = key.size - rest.size;
    return VV_OK;
}

/* ---- finding columns ---- */

static vv_status skip_to(const struct key_layout *layout, unsigned column, vv_slice *rest)
{
    unsigned fixed = column < layout->fixed_columns ? column : layout->fixed_columns;
    struct part part;

    if (rest->size < layout->offsets[fixed]) {
        return VV_CORRUPT;
    }
    rest->data += layout->offsets[fixed];
    rest->size -= layout->offsets[fixed];
    for (unsigned i = fixed; i < column; i++) {
        VV_TRY(take(layout, i, rest, &part));
    }
    return VV_OK;
}

/* Cuts the column's part off the front of rest. */
static vv_status take(const struct key_layout *layout, unsigned column, vv_slice *rest,
                      struct part *out)
{
    const struct key_column *place = &layout->columns[column];
    uint8_t invert = place->descending ? 0xFF : 0;
    size_t size = value_types[place->type].row_bytes;

    *out = (struct part){.null = false};
    if (place->nullable) {
        if (rest->size == 0 || rest->data[0] > KEY_NULL_LAST) {
            return VV_CORRUPT;
        }
        out->null = rest->data[0] != KEY_NOT_NULL;
        rest->data++;
        rest->size--;
        if (out->null) {
            return VV_OK;
        }
    }
    if (key_is_open(layout, column)) {
        size = rest->size;
    } else if (place->type == VALUE_NUMERIC) {
        VV_TRY(numeric_bytes(*rest, invert, &size));
    } else if (size == 0) {
        VV_TRY(string_bytes(*rest, KEY_TERMINATOR ^ invert, &size));
    }
    if (size > rest->size) {
        return VV_CORRUPT;
    }
    out->bytes = slice_make(rest->data, size);
    rest->data += size;
    rest->size -= size;
    return VV_OK;
}

/* With the terminator. */
static vv_status string_bytes(vv_slice rest, uint8_t terminator, size_t *size_out)
{
    const uint8_t *end = rest.size == 0 ? NULL : memchr(rest.data, terminator, rest.size);

    *size_out = 0;
    if (end == NULL) {
        return VV_CORRUPT;
    }
    *size_out = (size_t)(end - rest.data) + 1;
    return VV_OK;
}

/* Up to and with the pair whose lowest bit says "last". */
static vv_status numeric_bytes(vv_slice rest, uint8_t invert, size_t *size_out)
{
    uint8_t first;

    *size_out = 0;
    if (rest.size == 0) {
        return VV_CORRUPT;
    }
    first = rest.data[0] ^ invert;
    if (first == KEY_ZERO || first == KEY_MINUS_INF || first >= KEY_PLUS_INF) {
        *size_out = 1;
        return VV_OK;
    }
    invert ^= first < KEY_ZERO ? 0xFF : 0;
    for (size_t i = 1; i < rest.size && i <= KEY_PAIRS_MAX; i++) {
        if (((rest.data[i] ^ invert) & 1) == 0) {
            *size_out = i + 1;
            return VV_OK;
        }
    }
    return VV_CORRUPT;
}

/* ---- values ---- */

static vv_status load(const struct key_layout *layout, unsigned column, const struct part *part,
                      struct arena *arena, struct value *out)
{
    const struct key_column *place = &layout->columns[column];
    uint64_t invert = place->descending ? ~UINT64_C(0) : 0;
    const uint8_t *at = part->bytes.data;

    *out = (struct value){.type = place->type, .null = part->null};
    if (part->null) {
        return VV_OK;
    }
    switch (place->type) {
    case VALUE_SMALLINT:
        out->integer = load_small(at, (uint32_t)invert ^ 0x8000);
        return VV_OK;
    case VALUE_REAL:
        out->real = load_real(bytes_load32_big(at) ^ (uint32_t)invert);
        return VV_OK;
    default:
        break;
    }
    switch (value_types[place->type].storage) {
    case VALUE_STORAGE_BOOL:
        out->boolean = (at[0] ^ (uint8_t)invert) != 0;
        return VV_OK;
    case VALUE_STORAGE_I32:
        out->integer = (int32_t)(bytes_load32_big(at) ^ UINT32_C(0x80000000) ^ (uint32_t)invert);
        return VV_OK;
    case VALUE_STORAGE_I64:
        out->integer = (int64_t)(bytes_load64_big(at) ^ UINT64_C(1) << 63 ^ invert);
        return VV_OK;
    case VALUE_STORAGE_F64:
        out->real = load_double(bytes_load64_big(at) ^ invert);
        return VV_OK;
    case VALUE_STORAGE_NUMERIC:
        return load_numeric(part->bytes, (uint8_t)invert, &out->numeric);
    case VALUE_STORAGE_UUID:
        out->uuid = load_uuid(at, invert);
        return VV_OK;
    case VALUE_STORAGE_INTERVAL:
        return load_interval(at, invert, &out->interval) ? VV_OK : VV_CORRUPT;
    default:
        return load_string(layout, column, part->bytes, arena, &out->bytes);
    }
}

static double load_double(uint64_t bits)
{
    double x;

    bits = bits >> 63 != 0 ? bits & ~(UINT64_C(1) << 63) : ~bits;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static double load_real(uint32_t bits)
{
    float x;

    bits = bits >> 31 != 0 ? bits & ~(UINT32_C(1) << 31) : ~bits;
    memcpy(&x, &bits, sizeof x);
    return (double)x;
}

static int32_t load_small(const uint8_t *at, uint32_t flip)
{
    return (int16_t)(((uint32_t)at[0] << 8 | at[1]) ^ flip);
}

static struct value_uuid load_uuid(const uint8_t *at, uint64_t invert)
{
    struct value_uuid uuid;

    for (size_t i = 0; i < sizeof uuid.bytes; i++) {
        uuid.bytes[i] = at[i] ^ (uint8_t)invert;
    }
    return uuid;
}

/* False: longer than any interval. */
static bool load_interval(const uint8_t *at, uint64_t invert, struct interval *out)
{
    uint64_t high = bytes_load64_big(at) ^ UINT64_C(1) << 63 ^ invert;
    __int128 span = (__int128)((unsigned __int128)high << 64 | (bytes_load64_big(at + 8) ^ invert));

    *out = (struct interval){0};
    if (span > INTERVAL_SPAN_MAX || span < -INTERVAL_SPAN_MAX) {
        return false;
    }
    *out = interval_of_span(span);
    return interval_span(out) == span;
}

/* Borrows when the bytes stand there as they are; otherwise undoes escapes and inversion in a copy. */
static vv_status load_string(const struct key_layout *layout, unsigned column, vv_slice bytes,
                             struct arena *arena, vv_slice *out)
{
    uint8_t invert = layout->columns[column].descending ? 0xFF : 0;
    uint8_t *copy;
    size_t size = 0;

    *out = bytes;
    if (key_is_open(layout, column)) {
        return VV_OK;
    }
    bytes.size--; /* the terminator */
    out->size = bytes.size;
    if (invert == 0 && (bytes.size == 0 || memchr(bytes.data, KEY_ESCAPE, bytes.size) == NULL)) {
        return VV_OK;
    }
    copy = arena_get(arena, bytes.size);
    if (copy == NULL) {
        return VV_NOMEM;
    }
    for (size_t i = 0; i < bytes.size; i++) {
        uint8_t byte = bytes.data[i] ^ invert;

        if (byte == KEY_ESCAPE) {
            i++;
            byte = i == bytes.size ? 0 : bytes.data[i] ^ invert;
            if (byte != 1 && byte != 2) {
                return VV_CORRUPT;
            }
            byte--;
        }
        copy[size++] = byte;
    }
    *out = slice_make(copy, size);
    return VV_OK;
}

/* The scale is the least that shows every digit. */
static vv_status load_numeric(vv_slice bytes, uint8_t invert, struct numeric *out)
{
    uint8_t first = bytes.data[0] ^ invert;
    bool negative = first < KEY_ZERO;
    int exponent = (negative ? (int)KEY_ZERO - first : first - (int)KEY_ZERO) - KEY_EXPONENT;
    numeric_magnitude magnitude = 0;
    int digits = 0;

    *out = numeric_make(0, 0);
    if (bytes.size == 1) {
        if (first != KEY_ZERO) {
            *out = numeric_special(first == KEY_MINUS_INF  ? NUMERIC_MINUS_INFINITY
                                   : first == KEY_PLUS_INF ? NUMERIC_PLUS_INFINITY
                                                           : NUMERIC_NAN);
        }
        return VV_OK;
    }
    invert ^= negative ? 0xFF : 0;
    for (size_t i = 1; i < bytes.size; i++, digits += 2) {
        uint8_t pair = (uint8_t)(bytes.data[i] ^ invert) >> 1;

        if (pair > 99) {
            return VV_CORRUPT;
        }
        magnitude = magnitude * 100 + pair;
    }
    if (magnitude % 10 == 0) { /* half a pair at the end */
        magnitude /= 10;
        digits--;
    }
    return numeric_finish(negative, magnitude, digits - exponent, out) == VV_OK ? VV_OK
                                                                                : VV_CORRUPT;
}

/* ---- many keys ---- */

#define LOAD_LOOP(target, expression)                      \
    for (unsigned i = 0; i < count; i++) {                 \
        unsigned r = selection == NULL ? i : selection[i]; \
        const uint8_t *x = keys[r].data + at;              \
        if (keys[r].size < end) {                          \
            return false;                                  \
        }                                                  \
        (target)[r] = (expression);                        \
    }

/* False: a key is too short. */
static bool load_fixed_column(const struct key_layout *layout, const vv_slice *keys,
                              const uint16_t *selection, unsigned count, unsigned column,
                              struct value_vector *out)
{
    size_t at = layout->offsets[column];
    size_t end = layout->offsets[column + 1];
    uint64_t invert = layout->columns[column].descending ? ~UINT64_C(0) : 0;
    uint64_t flip = invert ^ UINT64_C(1) << 63;
    uint32_t flip32 = (uint32_t)invert ^ UINT32_C(1) << 31;

    switch (out->type) {
    case VALUE_SMALLINT:
        LOAD_LOOP(out->i32s, load_small(x, flip32 >> 16));
        return true;
    case VALUE_REAL:
        LOAD_LOOP(out->f64s, load_real(bytes_load32_big(x) ^ (uint32_t)invert));
        return true;
    default:
        break;
    }
    switch (value_types[out->type].storage) {
    case VALUE_STORAGE_INTERVAL:
        for (unsigned i = 0; i < count; i++) {
            unsigned r = selection == NULL ? i : selection[i];

            if (keys[r].size < end ||
                !load_interval(keys[r].data + at, invert, &out->intervals[r])) {
                return false;
            }
        }
        break;
    case VALUE_STORAGE_UUID:
        LOAD_LOOP(out->uuids, load_uuid(x, invert));
        break;
    case VALUE_STORAGE_BOOL:
        LOAD_LOOP(out->bools, (x[0] ^ (uint8_t)invert) != 0);
        break;
    case VALUE_STORAGE_I32:
        LOAD_LOOP(out->i32s, (int32_t)(bytes_load32_big(x) ^ flip32));
        break;
    case VALUE_STORAGE_I64:
        LOAD_LOOP(out->i64s, (int64_t)(bytes_load64_big(x) ^ flip));
        break;
    default:
        LOAD_LOOP(out->f64s, load_double(bytes_load64_big(x) ^ invert));
        break;
    }
    return true;
}
