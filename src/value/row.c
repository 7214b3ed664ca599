/*
 * row.c - planning a row's bytes and writing them. Reading: row_decode.c.
 */
#include "value/row.h"

#include "base/assert.h"
#include "base/bytes.h"
#include "value/row_private.h"

static void place_section(struct row_layout *layout, const struct row_column *columns,
                          struct row_section *section);
static size_t section_encode(const struct row_layout *layout, const struct row_section *section,
                             const struct value *values, uint8_t *to);
static size_t varying_bytes(const struct value *value);
static size_t varying_store(const struct value *value, uint8_t *to);
static void fixed_store(const struct value *value, uint8_t *to);
static size_t numeric_bytes(const struct numeric *x);
static size_t numeric_store(const struct numeric *x, uint8_t *to);

vv_status row_layout_init(struct row_layout *layout, const struct row_column *columns,
                          unsigned count, struct arena *arena)
{
    unsigned section_count = count == 0 ? 0 : columns[count - 1].section + 1u;

    *layout = (struct row_layout){.column_count = (uint16_t)count,
                                  .section_count = (uint16_t)section_count};
    if (count > LIMIT_COLUMNS) {
        return VV_LIMIT;
    }
    layout->columns = arena_zero(arena, count * sizeof *layout->columns);
    layout->sections = arena_zero(arena, section_count * sizeof *layout->sections);
    if (layout->columns == NULL || layout->sections == NULL) {
        return VV_NOMEM;
    }
    for (unsigned s = 0, column = 0; s < section_count; s++) {
        struct row_section *section = &layout->sections[s];

        section->first_column = (uint16_t)column;
        while (column < count && columns[column].section == s) {
            column++;
        }
        section->column_count = (uint16_t)(column - section->first_column);
        place_section(layout, columns, section);
    }
    for (unsigned s = 0; s < section_count && layout->sections[s].varying_count == 0; s++) {
        layout->fixed_sections = (uint16_t)(s + 1);
        if (s + 1 < section_count) {
            layout->sections[s + 1].start =
                layout->sections[s].start + layout->sections[s].fixed_bytes;
        }
    }
    return VV_OK;
}

bool row_layout_fixed_bytes(const struct row_layout *layout, size_t *bytes_out)
{
    size_t bytes = 0;

    for (unsigned s = 0; s < layout->section_count; s++) {
        bytes += layout->sections[s].fixed_bytes;
    }
    *bytes_out = bytes;
    return layout->section_count <= 1 && layout->fixed_sections == layout->section_count;
}

size_t row_encoded_bytes(const struct row_layout *layout, const struct value *values)
{
    size_t bytes = 0;

    for (unsigned s = 0; s < layout->section_count; s++) {
        const struct row_section *section = &layout->sections[s];

        bytes += section->fixed_bytes;
        if (section->varying_count == 0) {
            continue;
        }
        for (unsigned i = 0; i < section->column_count; i++) {
            unsigned column = section->first_column + i;

            if (layout->columns[column].bytes == 0) {
                size_t size = varying_bytes(&values[column]);
                bytes += bytes_varint_size(size) + size;
            }
        }
    }
    return bytes;
}

size_t row_encode(const struct row_layout *layout, const struct value *values, uint8_t *to)
{
    size_t size = 0;

    for (unsigned s = 0; s < layout->section_count; s++) {
        size += section_encode(layout, &layout->sections[s], values, to + size);
    }
    return size;
}

/* ---- planning ---- */

static void place_section(struct row_layout *layout, const struct row_column *columns,
                          struct row_section *section)
{
    unsigned end = section->first_column + section->column_count;
    unsigned null_bits = 0;

    for (unsigned i = section->first_column; i < end; i++) {
        null_bits += columns[i].nullable;
    }
    section->null_bytes = (uint16_t)((null_bits + 7) / 8);
    section->fixed_bytes = section->null_bytes;
    null_bits = 0;
    for (unsigned i = section->first_column; i < end; i++) {
        struct row_place *place = &layout->columns[i];

        place->type = columns[i].type;
        place->bytes = value_types[columns[i].type].row_bytes;
        place->section = columns[i].section;
        place->nullable = columns[i].nullable;
        place->unread = columns[i].unread;
        place->missing = columns[i].missing;
        place->null_bit = (uint16_t)null_bits;
        null_bits += columns[i].nullable;
        if (place->bytes != 0) {
            place->offset = section->fixed_bytes;
            section->fixed_bytes += place->bytes;
        } else {
            place->ordinal = section->varying_count++;
        }
    }
}

/* ---- writing ---- */

static size_t section_encode(const struct row_layout *layout, const struct row_section *section,
                             const struct value *values, uint8_t *to)
{
    uint8_t *length = to + section->fixed_bytes;
    uint8_t *bytes = length;

    memset(to, 0, section->null_bytes);
    for (unsigned i = 0; i < section->column_count; i++) {
        unsigned column = section->first_column + i;
        const struct row_place *place = &layout->columns[column];
        const struct value *value = &values[column];

        VV_ASSERT(value->null ? place->nullable || place->unread : value->type == place->type);
        if (value->null && place->nullable) {
            to[place->null_bit / 8] |= (uint8_t)(1u << place->null_bit % 8);
        }
        if (place->bytes == 0) {
            length += bytes_varint_store(length, varying_bytes(value));
        } else if (value->null) {
            memset(to + place->offset, 0, place->bytes);
        } else {
            fixed_store(value, to + place->offset);
        }
    }
    bytes = length;
    for (unsigned i = 0; section->varying_count != 0 && i < section->column_count; i++) {
        unsigned column = section->first_column + i;

        if (layout->columns[column].bytes == 0 && !values[column].null) {
            bytes += varying_store(&values[column], bytes);
        }
    }
    return (size_t)(bytes - to);
}

static void fixed_store(const struct value *value, uint8_t *to)
{
    float real;
    uint32_t bits;

    switch (value->type) {
    case VALUE_BOOLEAN:
        to[0] = value->boolean;
        return;
    case VALUE_SMALLINT:
        bytes_store16(to, (uint16_t)value->integer);
        return;
    case VALUE_REAL:
        real = (float)value->real;
        memcpy(&bits, &real, sizeof bits);
        bytes_store32(to, bits);
        return;
    default:
        break;
    }
    switch (value_types[value->type].storage) {
    case VALUE_STORAGE_I32:
        bytes_store32(to, (uint32_t)value->integer);
        break;
    case VALUE_STORAGE_UUID:
        memcpy(to, &value->uuid, sizeof value->uuid);
        break;
    case VALUE_STORAGE_INTERVAL:
        bytes_store64(to, (uint64_t)value->interval.time);
        bytes_store32(to + 8, (uint32_t)value->interval.days);
        bytes_store32(to + 12, (uint32_t)value->interval.months);
        break;
    default: /* I64 and F64 share their place in the union */
        bytes_store64(to, (uint64_t)value->integer);
        break;
    }
}

static size_t varying_bytes(const struct value *value)
{
    if (value->null) {
        return 0;
    }
    return value->type == VALUE_NUMERIC ? numeric_bytes(&value->numeric) : value->bytes.size;
}

static size_t varying_store(const struct value *value, uint8_t *to)
{
    if (value->type == VALUE_NUMERIC) {
        return numeric_store(&value->numeric, to);
    }
    if (value->bytes.size != 0) {
        memcpy(to, value->bytes.data, value->bytes.size);
    }
    return value->bytes.size;
}

/* The scale's byte, then the coefficient until only copies of its sign are left. */
static size_t numeric_bytes(const struct numeric *x)
{
    __int128 rest = x->coefficient;
    size_t size = 1;

    if (x->kind != NUMERIC_FINITE || rest == 0) {
        return size;
    }
    while (rest < INT8_MIN || rest > INT8_MAX) {
        rest >>= 8;
        size++;
    }
    return size + 1;
}

static size_t numeric_store(const struct numeric *x, uint8_t *to)
{
    size_t size = numeric_bytes(x);
    numeric_integer coefficient = x->coefficient;

    switch ((enum numeric_kind)x->kind) {
    case NUMERIC_MINUS_INFINITY:
        to[0] = ROW_MINUS_INFINITY;
        break;
    case NUMERIC_PLUS_INFINITY:
        to[0] = ROW_PLUS_INFINITY;
        break;
    case NUMERIC_NAN:
        to[0] = ROW_NAN;
        break;
    default:
        to[0] = (uint8_t)x->scale;
        memcpy(to + 1, &coefficient, size - 1);
        break;
    }
    return size;
}
