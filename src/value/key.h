/*
 * key.h - order-preserving bytes: memcmp of two encoded keys is the SQL order of their values.
 *
 * A key is the encodings of its columns one after another.
 *
 *     nullable column    1 byte before the value: 1 value; NULL is 0 (nulls first) or 2 (nulls last)
 *     BOOLEAN            1 byte 0 or 1
 *     INTEGER, BIGINT    4 or 8 bytes big endian, sign bit flipped
 *     DOUBLE             8 bytes big endian, sign bit flipped, all bits when negative; -0 as 0;
 *                        every NaN as one, greatest
 *     NUMERIC            class and exponent in one byte, then digit pairs (below)
 *     TEXT, BYTEA        the bytes, 00 as 01 01 and 01 as 01 02, then the terminator 00;
 *                        the last column of an `open_end` key ASC: the bare bytes, no terminator
 *     a collation that folds: the bytes of the fold (collation.h), of a CHAR(n) without its blanks
 *     descending         all bytes of the value inverted (the NULL byte is not: nulls_first says it all)
 *
 *     NUMERIC  01 -Infinity | 80 - (e + 80) - 1 negative, all that follows inverted | 80 zero
 *              | 80 + (e + 80) + 1 positive | FE Infinity | FF NaN
 *              where value = 0.d1d2d3... * 10^e, d1 != 0; pairs d1d2 d3d4 ... without trailing zeros,
 *              each as 2 * pair + 1, the last as 2 * pair.
 *
 * Equal values have equal keys: 1.0 and 1.00, -0 and 0, 'a' and 'A' under NOCASE. So a key cannot give back every value:
 * key_gives_back() says for which types it can; the others are stored in the row too.
 *
 * Promises: K1 memcmp order (a prefix first) = value_compare order, NULLs where nulls_first says;
 *           K2 decode(encode(v)) compares equal to v, and is identical if key_gives_back(type);
 *           K3 no encoded column is a proper prefix of another value's, but at an open end;
 *           K4 decoding never reads outside the slice: VV_CORRUPT.
 * Threads:  a layout is immutable after key_layout_init.
 */
#ifndef VARVE_VALUE_KEY_H
#define VARVE_VALUE_KEY_H

#include "base/limits.h"
#include "value/collation.h"
#include "value/value.h"
#include "value/vector.h"

/* An index's columns and the primary key's behind them. */
#define KEY_COLUMNS_MAX (2 * LIMIT_INDEX_COLUMNS)

struct key_column {
    uint8_t type; /* enum value_type */
    uint8_t
        collation; /* enum value_collation; one that folds: of a TEXT, which may be given as a CHAR(n) too */
    bool nullable;
    bool descending;
    bool nulls_first; /* PostgreSQL's default: same as descending. Ignored when not nullable */
};

struct key_layout {
    const struct key_column *columns; /* a copy in the arena */
    uint16_t column_count;
    uint16_t fixed_columns;                /* leading columns of fixed size, not nullable */
    bool open_end;                         /* the last column, a string ASC, has no terminator */
    uint16_t offsets[KEY_COLUMNS_MAX + 1]; /* of columns 0..fixed_columns */
};

/* True when the key gives back exactly the value that went in: the row need not store the column. */
bool key_gives_back(enum value_type type, enum value_collation collation);

/* open_end is taken as a wish: kept only when the last column allows it. Ask for it whenever nothing is
 * ever appended to these keys (primary keys; index columns + primary key as one layout); not for keys to
 * which the primary key is sometimes appended (unique with NULLs). VV_NOMEM; VV_LIMIT: too many. */
VV_MUST_USE vv_status key_layout_init(struct key_layout *layout, const struct key_column *columns,
                                      unsigned count, bool open_end, struct arena *arena);

/* True when every full key has exactly *bytes_out bytes. */
bool key_layout_fixed_bytes(const struct key_layout *layout, size_t *bytes_out);

/* Encodes values[0..count) (count <= column_count: a prefix of the columns). values[i] has column i's
 * type (INTEGER for BIGINT too). VV_LIMIT: more than room bytes (54000 when room is LIMIT_KEY_BYTES). */
VV_MUST_USE vv_status key_encode(const struct key_layout *layout, const struct value *values,
                                 unsigned count, uint8_t *to, size_t room, size_t *size_out);

/* Room that always suffices for these values (ORDER BY keys may be longer than LIMIT_KEY_BYTES). */
size_t key_encoded_bytes_max(const struct key_layout *layout, const struct value *values,
                             unsigned count);

/* Column `column` of a key. Strings borrow from the key where they can, otherwise they are copied into
 * the arena. VV_CORRUPT: K4. VV_NOMEM. */
VV_MUST_USE vv_status key_decode(const struct key_layout *layout, vv_slice key, unsigned column,
                                 struct arena *arena, struct value *out);
VV_MUST_USE vv_status key_decode_all(const struct key_layout *layout, vv_slice key,
                                     struct arena *arena, struct value *values_out);

/* One column of many keys, as row_decode_vector. */
VV_MUST_USE vv_status key_decode_vector(const struct key_layout *layout, const vv_slice *keys,
                                        const uint16_t *selection, unsigned count, unsigned column,
                                        struct arena *arena, struct value_vector *out);

/* Bytes of the first `columns` columns of a key; VV_CORRUPT: K4. */
VV_MUST_USE vv_status key_prefix_bytes(const struct key_layout *layout, vv_slice key,
                                       unsigned columns, size_t *size_out);

/* The smallest key greater than everything that begins with the prefix: turns prefix[0..size) into it
 * in place and returns its size; 0 when there is none (all bytes FF: no upper bound). */
size_t key_successor(uint8_t *prefix, size_t size);

/* What a scan wants, in columns: some leading columns equal values (NULL matches NULL: IS NULL), then
 * bounds on the next one in SQL's order, whatever its direction. Under a bound NULLs are outside. */
struct key_bound {
    const struct value *value; /* NULL: no bound. A bound with a NULL in it matches nothing */
    bool inclusive;
};

struct key_range_spec {
    const struct value *equal;
    unsigned equal_count;
    bool not_null; /* the next column IS NOT NULL, bounds or not */
    struct key_bound low;
    struct key_bound high;
    const vv_slice
        *prefix; /* instead of bounds: the next column (a string) begins so; NULL: none */
};

/* The same in bytes. */
struct key_range {
    vv_slice low;
    vv_slice high;
    bool low_set;       /* false: from the start */
    bool high_set;      /* false: to the end */
    bool low_inclusive; /* false: a key equal to low is outside */
    bool high_inclusive;
    bool empty; /* nothing can match; the rest is not set */
};

/* The bytes of the range are in the arena. VV_NOMEM. */
VV_MUST_USE vv_status key_range_make(const struct key_layout *layout,
                                     const struct key_range_spec *spec, struct arena *arena,
                                     struct key_range *out);

#endif
