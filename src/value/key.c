/*
 * key.c - planning and writing keys. Reading: key_decode.c; ranges: key_range.c.
 */
#include "value/key.h"

#include <math.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "value/key_private.h"
#include "value/numeric_private.h"

static_assert(KEY_ESCAPE == 1, "key_write_escaped looks for bytes below 2");

__attribute__((noinline)) static vv_status encode_columns(const struct key_layout *layout,
                                                          const struct value *values,
                                                          unsigned count, uint8_t *to, size_t room,
                                                          size_t *size_out);
static void write_bytes(struct key_writer *writer, const void *data, size_t size);
static void write_value(const struct key_layout *layout, unsigned column, const struct value *value,
                        struct key_writer *writer);
static void write_string(const struct key_layout *layout, unsigned column, vv_slice bytes,
                         struct key_writer *writer);
static void write_folded(const struct key_layout *layout, unsigned column,
                         const struct value *value, struct key_writer *writer);
static void write_end(const struct key_layout *layout, unsigned column, struct key_writer *writer);
static uint64_t double_bits(double x);
static uint32_t real_bits(float x);
static size_t numeric_store(const struct numeric *x, uint8_t *to);

bool key_gives_back(enum value_type type, enum value_collation collation)
{
    return !value_collation_folds(collation) && type != VALUE_DOUBLE && type != VALUE_REAL &&
           type != VALUE_NUMERIC && type != VALUE_BPCHAR && type != VALUE_INTERVAL;
}

vv_status key_layout_init(struct key_layout *layout, const struct key_column *columns,
                          unsigned count, bool open_end, struct arena *arena)
{
    const struct key_column *last = count == 0 ? NULL : &columns[count - 1];

    *layout = (struct key_layout){.column_count = (uint16_t)count};
    if (count > KEY_COLUMNS_MAX) {
        return VV_LIMIT;
    }
    layout->columns = arena_copy(arena, columns, count * sizeof *columns);
    if (layout->columns == NULL) {
        return VV_NOMEM;
    }
    layout->open_end = open_end && last != NULL && value_is_string((enum value_type)last->type) &&
                       !last->descending;
    for (unsigned i = 0; i < count; i++) {
        uint8_t bytes = value_types[columns[i].type].row_bytes;

        if (columns[i].nullable || bytes == 0) {
            break;
        }
        layout->fixed_columns = (uint16_t)(i + 1);
        layout->offsets[i + 1] = (uint16_t)(layout->offsets[i] + bytes);
    }
    return VV_OK;
}

bool key_layout_fixed_bytes(const struct key_layout *layout, size_t *bytes_out)
{
    *bytes_out = layout->offsets[layout->fixed_columns];
    return layout->fixed_columns == layout->column_count;
}

vv_status key_encode(const struct key_layout *layout, const struct value *values, unsigned count,
                     uint8_t *to, size_t room, size_t *size_out)
{
    VV_ASSERT(count <= layout->column_count);
    if (count == 1 && room >= 8 && layout->fixed_columns != 0 && !layout->columns[0].descending &&
        layout->columns[0].type == VALUE_BIGINT) { /* the most common key */
        VV_ASSERT(!values[0].null);
        bytes_store64_big(to, (uint64_t)values[0].integer ^ (UINT64_C(1) << 63));
        *size_out = 8;
        return VV_OK;
    }
    return encode_columns(layout, values, count, to, room, size_out);
}

static vv_status encode_columns(const struct key_layout *layout, const struct value *values,
                                unsigned count, uint8_t *to, size_t room, size_t *size_out)
{
    struct key_writer writer = {.start = to, .at = to, .end = to + room};

    for (unsigned i = 0; i < count; i++) {
        key_write_column(layout, i, &values[i], &writer);
    }
    *size_out = (size_t)(writer.at - writer.start);
    return writer.full ? VV_LIMIT : VV_OK;
}

size_t key_encoded_bytes_max(const struct key_layout *layout, const struct value *values,
                             unsigned count)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < count; i++) {
        if (values[i].null || !value_is_string((enum value_type)layout->columns[i].type)) {
            bytes += 1 + KEY_NUMERIC_MAX;
        } else {
            bytes += 2 + 2 * values[i].bytes.size;
        }
    }
    return bytes;
}

size_t key_successor(uint8_t *prefix, size_t size)
{
    while (size > 0 && prefix[size - 1] == 0xFF) {
        size--;
    }
    if (size > 0) {
        prefix[size - 1]++;
    }
    return size;
}

/* ---- writing ---- */

void key_write_byte(struct key_writer *writer, uint8_t byte)
{
    write_bytes(writer, &byte, 1);
}

void key_write_column(const struct key_layout *layout, unsigned column, const struct value *value,
                      struct key_writer *writer)
{
    const struct key_column *place = &layout->columns[column];

    if (place->nullable) {
        key_write_byte(writer, (uint8_t)(!value->null         ? KEY_NOT_NULL
                                         : place->nulls_first ? KEY_NULL_FIRST
                                                              : KEY_NULL_LAST));
    }
    VV_ASSERT(!value->null || place->nullable);
    if (!value->null) {
        write_value(layout, column, value, writer);
    }
}

void key_write_escaped(const struct key_layout *layout, unsigned column, vv_slice bytes,
                       struct key_writer *writer)
{
    uint8_t invert = layout->columns[column].descending ? 0xFF : 0;
    bool open = key_is_open(layout, column);
    size_t plain = 0;

    while (!open && plain + 8 <= bytes.size) {
        uint64_t word = bytes_load64(bytes.data + plain);

        if (((word - UINT64_C(0x0202020202020202)) & ~word & UINT64_C(0x8080808080808080)) != 0) {
            break; /* some byte is below 2 */
        }
        plain += 8;
        if (plain < bytes.size && plain + 8 > bytes.size) {
            plain = bytes.size - 8; /* the last ones overlap */
        }
    }
    while (!open && plain < bytes.size && bytes.data[plain] > KEY_ESCAPE) {
        plain++;
    }
    if (invert == 0 && (open || plain == bytes.size)) {
        write_bytes(writer, bytes.data, bytes.size);
        return;
    }
    for (size_t i = 0; i < bytes.size; i++) {
        if (bytes.data[i] <= KEY_ESCAPE) {
            key_write_byte(writer, KEY_ESCAPE ^ invert);
            key_write_byte(writer, (uint8_t)(bytes.data[i] + 1) ^ invert);
        } else {
            key_write_byte(writer, bytes.data[i] ^ invert);
        }
    }
}

static void write_bytes(struct key_writer *writer, const void *data, size_t size)
{
    if (size > (size_t)(writer->end - writer->at)) {
        writer->full = true;
        writer->end = writer->at;
        return;
    }
    if (size != 0) {
        memcpy(writer->at, data, size);
        writer->at += size;
    }
}

static void write_value(const struct key_layout *layout, unsigned column, const struct value *value,
                        struct key_writer *writer)
{
    enum value_type type = (enum value_type)layout->columns[column].type;
    uint64_t invert = layout->columns[column].descending ? ~UINT64_C(0) : 0;
    uint8_t bytes[KEY_NUMERIC_MAX];
    size_t size;

    switch (value_types[type].storage) {
    case VALUE_STORAGE_BOOL:
        bytes[0] = (uint8_t)(value->boolean ^ invert);
        size = 1;
        break;
    case VALUE_STORAGE_I32:
        bytes_store32_big(bytes,
                          (uint32_t)value->integer ^ UINT32_C(0x80000000) ^ (uint32_t)invert);
        size = 4;
        if (type == VALUE_SMALLINT) { /* the lower half, its sign turned as well */
            size = 2;
            bytes[0] = bytes[2] ^ 0x80;
            bytes[1] = bytes[3];
        }
        break;
    case VALUE_STORAGE_I64:
        bytes_store64_big(bytes, (uint64_t)value->integer ^ (UINT64_C(1) << 63) ^ invert);
        size = 8;
        break;
    case VALUE_STORAGE_F64:
        if (type == VALUE_REAL) {
            bytes_store32_big(bytes, real_bits((float)value->real) ^ (uint32_t)invert);
            size = 4;
        } else {
            bytes_store64_big(bytes, double_bits(value->real) ^ invert);
            size = 8;
        }
        break;
    case VALUE_STORAGE_INTERVAL: { /* its length: a month is 30 days */
        unsigned __int128 span = (unsigned __int128)interval_span(&value->interval);

        bytes_store64_big(bytes, (uint64_t)(span >> 64) ^ UINT64_C(1) << 63 ^ invert);
        bytes_store64_big(bytes + 8, (uint64_t)span ^ invert);
        size = 16;
        break;
    }
    case VALUE_STORAGE_UUID:
        size = sizeof value->uuid.bytes;
        for (size_t i = 0; i < size; i++) {
            bytes[i] = value->uuid.bytes[i] ^ (uint8_t)invert;
        }
        break;
    case VALUE_STORAGE_NUMERIC:
        size = numeric_store(&value->numeric, bytes);
        for (size_t i = 0; i < size; i++) {
            bytes[i] ^= (uint8_t)invert;
        }
        break;
    default:
        if (VV_UNLIKELY(layout->columns[column].collation >= VALUE_COLLATION_NOCASE)) {
            write_folded(layout, column, value, writer);
            return;
        }
        write_string(layout, column,
                     type == VALUE_BPCHAR ? value_without_blanks(value->bytes) : value->bytes,
                     writer);
        return;
    }
    write_bytes(writer, bytes, size);
}

/* The fold, piece by piece: it needs no memory. */
__attribute__((noinline)) static void write_folded(const struct key_layout *layout, unsigned column,
                                                   const struct value *value,
                                                   struct key_writer *writer)
{
    enum value_collation collation = (enum value_collation)layout->columns[column].collation;
    vv_slice text = value->type == VALUE_BPCHAR ? value_without_blanks(value->bytes) : value->bytes;
    size_t size = value_collation_bytes(collation, text);
    uint8_t piece[128];

    for (size_t done = 0; done < size;) {
        size_t count = size - done < sizeof piece ? size - done : sizeof piece;

        value_collation_fold(collation, text, done, count, piece);
        key_write_escaped(layout, column, slice_make(piece, count), writer);
        done += count;
    }
    write_end(layout, column, writer);
}

/* The terminator, unless nothing can follow. */
static void write_end(const struct key_layout *layout, unsigned column, struct key_writer *writer)
{
    if (!key_is_open(layout, column)) {
        key_write_byte(writer,
                       layout->columns[column].descending ? 0xFF ^ KEY_TERMINATOR : KEY_TERMINATOR);
    }
}

static void write_string(const struct key_layout *layout, unsigned column, vv_slice bytes,
                         struct key_writer *writer)
{
    key_write_escaped(layout, column, bytes, writer);
    write_end(layout, column, writer);
}

/* Unsigned order of the result is the order of doubles. */
static uint64_t double_bits(double x)
{
    uint64_t bits;

    x = isnan(x) ? (double)NAN : x == 0 ? 0 : x;
    memcpy(&bits, &x, sizeof bits);
    if (isnan(x)) {
        bits = UINT64_C(0x7FF8000000000000);
    }
    return bits >> 63 != 0 ? ~bits : bits | UINT64_C(1) << 63;
}

static uint32_t real_bits(float x)
{
    uint32_t bits;

    x = isnan(x) ? NAN : x == 0 ? 0 : x;
    memcpy(&bits, &x, sizeof bits);
    if (isnan(x)) {
        bits = UINT32_C(0x7FC00000);
    }
    return bits >> 31 != 0 ? ~bits : bits | UINT32_C(1) << 31;
}

static size_t numeric_store(const struct numeric *x, uint8_t *to)
{
    numeric_magnitude rest = numeric_magnitude_of(x);
    uint8_t pairs[KEY_PAIRS_MAX];
    unsigned digits = numeric_digits(rest), count = 0;
    int exponent = (int)digits - x->scale + KEY_EXPONENT;
    uint8_t invert = x->coefficient < 0 ? 0xFF : 0;

    if (x->kind != NUMERIC_FINITE || rest == 0) {
        to[0] = x->kind == NUMERIC_FINITE           ? KEY_ZERO
                : x->kind == NUMERIC_MINUS_INFINITY ? KEY_MINUS_INF
                : x->kind == NUMERIC_PLUS_INFINITY  ? KEY_PLUS_INF
                                                    : KEY_NAN;
        return 1;
    }
    to[0] = (uint8_t)(x->coefficient < 0 ? (int)KEY_ZERO - exponent : (int)KEY_ZERO + exponent);
    if (digits % 2 != 0) {
        rest *= 10; /* the first digit opens a pair */
    }
    for (; rest != 0; rest /= 100) {
        pairs[count++] = (uint8_t)(rest % 100);
    }
    for (unsigned i = 0; i < count; i++) { /* zeros at the end are not written */
        if (pairs[i] != 0) {
            unsigned written = 0;

            while (count > i) {
                count--;
                to[1 + written] = (uint8_t)((2 * pairs[count] + (count > i)) ^ invert);
                written++;
            }
            return 1 + written;
        }
    }
    VV_ASSERT(false);
    return 0;
}
