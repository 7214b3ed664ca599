/*
 * row.h - the bytes of a row.
 *
 * Columns that the key gives back (key.h) are not in the row: the caller leaves them out of the
 * layout. What is left is written in sections; CREATE TABLE makes section 0, every ALTER TABLE ADD
 * COLUMN one more. A row that ends before a section was written before that section existed: its
 * columns then show their `missing` value, and no row is rewritten.
 *
 *     section := null bitmap    one bit per nullable column, none without nullable columns
 *                fixed columns  little endian, packed, at offsets the layout knows; 0 when NULL
 *                lengths        one varint per varying column; 0 when NULL
 *                bytes          of the varying columns
 *
 * So a table of NOT NULL fixed columns costs exactly their bytes, and (BIGINT key, BIGINT NOT NULL)
 * eight. The last section that holds anything ends the row.
 *
 * A numeric is a varying column: scale (or 253..255 for -Infinity, Infinity, NaN), then the
 * coefficient, little endian two's complement, as few bytes as it needs.
 *
 * Promises: R1 decode(encode(values)) gives the values, the scale of numerics and the sign of -0 too;
 *           R2 decoding never reads outside the slice, whatever it holds: VV_CORRUPT;
 *           R3 a row encoded by a layout decodes by every layout that only adds sections to it.
 * Threads:  a layout is immutable after row_layout_init.
 */
#ifndef VARVE_VALUE_ROW_H
#define VARVE_VALUE_ROW_H

#include "value/value.h"
#include "value/vector.h"

struct row_column {
    uint8_t type;    /* enum value_type */
    bool nullable;   /* as the section was made; SET NOT NULL later does not change it */
    bool unread;     /* nobody asks for its value: NULL may stand in it, even when not nullable */
    uint8_t section; /* 0 from CREATE TABLE; ascending with the columns */
    const struct value *missing; /* in rows older than the section; NULL: SQL NULL.
                                    borrow as long as the layout */
};

/* Where a column lies; only the room's files look inside. */
struct row_place {
    uint8_t type;
    uint8_t bytes; /* fixed size; 0: varies */
    uint8_t section;
    bool nullable;
    bool unread;
    uint16_t null_bit; /* in its section's bitmap */
    uint16_t ordinal;  /* of a varying column among the varying ones of its section */
    uint32_t offset;   /* of a fixed column, from the start of its section */
    const struct value *missing;
};

struct row_section {
    uint16_t first_column; /* columns of a section are consecutive */
    uint16_t column_count;
    uint16_t varying_count;
    uint16_t null_bytes;
    uint32_t fixed_bytes; /* bitmap and fixed columns: the lengths begin here */
    uint32_t start;       /* in the row; valid for sections 0..fixed_sections */
};

struct row_layout {
    struct row_place *columns;
    struct row_section *sections;
    uint16_t column_count;
    uint16_t section_count;
    uint16_t fixed_sections; /* leading sections without varying columns: they have one size */
};

/* Plans the bytes. `columns` is not kept (missing values are). The layout lives in the arena.
 * VV_NOMEM; VV_LIMIT: more than LIMIT_COLUMNS. */
VV_MUST_USE vv_status row_layout_init(struct row_layout *layout, const struct row_column *columns,
                                      unsigned count, struct arena *arena);

/* True when every row of the layout has exactly *bytes_out bytes (0 is possible: a key-only table). */
bool row_layout_fixed_bytes(const struct row_layout *layout, size_t *bytes_out);

/* values[i] belongs to column i, has its type, and is not NULL unless the column is nullable
 * or unread (asserted). row_encode writes exactly row_encoded_bytes() bytes and returns their number. */
size_t row_encoded_bytes(const struct row_layout *layout, const struct value *values);
size_t row_encode(const struct row_layout *layout, const struct value *values, uint8_t *to);

/* One column of one row. Strings borrow from the row. VV_CORRUPT: R2. */
VV_MUST_USE vv_status row_decode(const struct row_layout *layout, vv_slice row, unsigned column,
                                 struct value *out);

/* All columns, values_out[layout->column_count]; cheaper than one by one. */
VV_MUST_USE vv_status row_decode_all(const struct row_layout *layout, vv_slice row,
                                     struct value *values_out);

/* One column of many rows: rows[r] goes to place r of `out` (vector_init'ed for the column's type) for
 * each r of selection[0..count), or for 0..count-1 when selection is NULL. Resets `out` first. */
VV_MUST_USE vv_status row_decode_vector(const struct row_layout *layout, const vv_slice *rows,
                                        const uint16_t *selection, unsigned count, unsigned column,
                                        struct value_vector *out);

/* Whether row_decode_strings() takes the column: a string whose section begins at a known place. */
bool row_is_simple_string(const struct row_layout *layout, unsigned column);

/* As row_decode_vector() for several such columns of one section at once, reading each row's lengths only
 * once: rows[0..count) go to places 0..count-1 of vectors[places[k]] for columns[k]. Columns ascend.
 * first: row_strings_are_first(). kept: what the vectors say of their strings. */
VV_MUST_USE vv_status row_decode_strings(const struct row_layout *layout, const vv_slice *rows,
                                         unsigned count, const uint16_t *columns,
                                         const uint16_t *places, unsigned column_count, bool first,
                                         bool kept, struct value_vector *vectors);

/* Whether the columns are the first varying ones of their section, one behind the other, and never NULL. */
bool row_strings_are_first(const struct row_layout *layout, const uint16_t *columns,
                           unsigned column_count);

#endif
