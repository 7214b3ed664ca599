/*
 * catalog_statistics.c - see catalog_statistics.h.
 *
 * The bytes of a column's statistics, little endian, cut into pieces that fit a page:
 *
 *     1    version, 2
 *     1    type of the column
 *     1    1: there is a correlation
 *     4    bytes of all pieces
 *     4    width
 *     24   NULLs, distinct values, correlation: doubles
 *     4    count of the most common values, then for each: frequency (double), value
 *     4    count of the bounds, then each value
 *
 * A value is its size (4) and the bytes that a row of this one column would have (value/row.h). A table's row is
 * its version, its rows (double) and when it was analyzed (8).
 */
#include "catalog/catalog_statistics.h"

#include "base/bytes.h"
#include "catalog/catalog_private.h"
#include "value/row.h"

#include <string.h>

#define STATISTICS_VERSION     2u
#define STATISTICS_KEY_BYTES   8u
#define STATISTICS_TABLE_BYTES 17u
#define STATISTICS_HEAD_BYTES  35u
#define STATISTICS_PIECE_BYTES 8000u
#define STATISTICS_TABLE       UINT16_MAX /* in place of a column: the table's own row */

struct statistics_key {
    uint8_t bytes[STATISTICS_KEY_BYTES];
};

/* What is left to be read; `bad` once it was too short. */
struct statistics_reader {
    vv_slice rest;
    struct row_layout layout;
    struct arena *arena;
    enum value_type type;
    bool bad;
};

static struct statistics_key key_make(uint32_t table_id, uint16_t column, uint16_t piece)
{
    struct statistics_key key;

    bytes_store32_big(key.bytes, table_id);
    key.bytes[4] = (uint8_t)(column >> 8);
    key.bytes[5] = (uint8_t)column;
    key.bytes[6] = (uint8_t)(piece >> 8);
    key.bytes[7] = (uint8_t)piece;
    return key;
}

static void store_double(uint8_t *at, double value)
{
    uint64_t bits = 0;

    memcpy(&bits, &value, sizeof bits);
    bytes_store64(at, bits);
}

static double load_double(const uint8_t *at)
{
    uint64_t bits = bytes_load64(at);
    double value = 0;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static vv_status layout_of(enum value_type type, struct arena *arena, struct row_layout *layout)
{
    struct row_column column = {.type = (uint8_t)type};

    return row_layout_init(layout, &column, 1, arena);
}

/* ---- tables ---- */

vv_status catalog_statistics_put_table(struct store_session *session, const struct table_def *table,
                                       const struct catalog_table_statistics *statistics)
{
    struct statistics_key key = key_make(table->id, STATISTICS_TABLE, 0);
    uint8_t row[STATISTICS_TABLE_BYTES];

    row[0] = STATISTICS_VERSION;
    store_double(row + 1, statistics->rows);
    bytes_store64(row + 9, (uint64_t)statistics->analyzed_at);
    return store_put(session, CATALOG_MAP_STATISTICS, slice_make(key.bytes, sizeof key.bytes),
                     slice_make(row, sizeof row));
}

vv_status catalog_statistics_get_table(struct store_session *session, const struct table_def *table,
                                       struct catalog_table_statistics *statistics_out)
{
    struct statistics_key key = key_make(table->id, STATISTICS_TABLE, 0);
    vv_slice row;

    VV_TRY(
        store_get(session, CATALOG_MAP_STATISTICS, slice_make(key.bytes, sizeof key.bytes), &row));
    if (row.size != STATISTICS_TABLE_BYTES || row.data[0] != STATISTICS_VERSION) {
        return VV_NOT_FOUND;
    }
    *statistics_out = (struct catalog_table_statistics){
        .rows = load_double(row.data + 1), .analyzed_at = (int64_t)bytes_load64(row.data + 9)};
    return VV_OK;
}

/* ---- writing a column's ---- */

static size_t values_bytes(const struct row_layout *layout, uint32_t count,
                           const struct value *values)
{
    size_t bytes = 4;

    for (uint32_t i = 0; i < count; i++) {
        bytes += 4 + row_encoded_bytes(layout, &values[i]);
    }
    return bytes;
}

static uint8_t *value_write(const struct row_layout *layout, const struct value *value, uint8_t *at)
{
    size_t size = row_encode(layout, value, at + 4);

    bytes_store32(at, (uint32_t)size);
    return at + 4 + size;
}

static vv_status encode(const struct catalog_column_statistics *from, enum value_type type,
                        struct arena *arena, vv_slice *out)
{
    struct row_layout layout;
    uint8_t *bytes = NULL;
    uint8_t *at = NULL;

    VV_TRY(layout_of(type, arena, &layout));
    bytes = arena_get(arena, STATISTICS_HEAD_BYTES +
                                 values_bytes(&layout, from->common_count, from->common) +
                                 8 * (size_t)from->common_count +
                                 values_bytes(&layout, from->bound_count, from->bounds));
    if (bytes == NULL) {
        return VV_NOMEM;
    }
    bytes[0] = STATISTICS_VERSION;
    bytes[1] = (uint8_t)type;
    bytes[2] = from->has_correlation;
    bytes_store32(bytes + 7, (uint32_t)from->width);
    store_double(bytes + 11, from->nulls);
    store_double(bytes + 19, from->distinct);
    store_double(bytes + 27, from->correlation);
    at = bytes + STATISTICS_HEAD_BYTES;
    bytes_store32(at, from->common_count);
    at += 4;
    for (uint32_t i = 0; i < from->common_count; i++) {
        store_double(at, from->frequencies[i]);
        at = value_write(&layout, &from->common[i], at + 8);
    }
    bytes_store32(at, from->bound_count);
    at += 4;
    for (uint32_t i = 0; i < from->bound_count; i++) {
        at = value_write(&layout, &from->bounds[i], at);
    }
    bytes_store32(bytes + 3, (uint32_t)(at - bytes));
    *out = slice_make(bytes, (size_t)(at - bytes));
    return VV_OK;
}

/* The pieces from `piece` on. */
static vv_status pieces_delete(struct store_session *session, uint32_t table_id, uint16_t column,
                               uint16_t piece)
{
    for (;;) {
        struct statistics_key key = key_make(table_id, column, piece++);
        struct store_newest newest;
        vv_status status =
            store_delete(session, CATALOG_MAP_STATISTICS, slice_make(key.bytes, sizeof key.bytes),
                         slice_make(NULL, 0), STORE_BASIS_NEWEST, &newest);

        if (status != VV_OK) {
            return status == VV_NOT_FOUND ? VV_OK : status;
        }
    }
}

vv_status catalog_statistics_put(struct store_session *session, const struct table_def *table,
                                 uint16_t column,
                                 const struct catalog_column_statistics *statistics,
                                 struct arena *arena)
{
    enum value_type type = (enum value_type)table->spec.columns[column].type;
    uint16_t piece = 0;
    vv_slice bytes;

    VV_TRY(encode(statistics, type, arena, &bytes));
    for (size_t at = 0; at < bytes.size; at += STATISTICS_PIECE_BYTES) {
        struct statistics_key key = key_make(table->id, column, piece++);
        size_t left = bytes.size - at;

        VV_TRY(
            store_put(session, CATALOG_MAP_STATISTICS, slice_make(key.bytes, sizeof key.bytes),
                      slice_make(bytes.data + at,
                                 left < STATISTICS_PIECE_BYTES ? left : STATISTICS_PIECE_BYTES)));
    }
    return pieces_delete(session, table->id, column, piece); /* of what was longer before */
}

vv_status catalog_statistics_drop(struct store_session *session, const struct table_def *table)
{
    for (uint32_t i = 0; i < table->spec.column_count; i++) {
        VV_TRY(pieces_delete(session, table->id, (uint16_t)i, 0));
    }
    return pieces_delete(session, table->id, STATISTICS_TABLE, 0);
}

/* ---- reading a column's ---- */

static const uint8_t *reader_take(struct statistics_reader *reader, size_t size)
{
    static const uint8_t nothing[STATISTICS_HEAD_BYTES];
    const uint8_t *at = reader->rest.data;

    if (reader->bad || reader->rest.size < size) {
        reader->bad = true;
        return nothing;
    }
    reader->rest = slice_make(at + size, reader->rest.size - size);
    return at;
}

static void reader_value(struct statistics_reader *reader, struct value *out)
{
    uint32_t size = bytes_load32(reader_take(reader, 4));
    const uint8_t *bytes = NULL;

    *out = value_null(reader->type);
    if (reader->bad || size > reader->rest.size) {
        reader->bad = true;
        return;
    }
    bytes = reader_take(reader, size);
    reader->bad |= row_decode(&reader->layout, slice_make(bytes, size), 0, out) != VV_OK;
}

/* The count of an array whose elements take at least `least` bytes. */
static uint32_t reader_count(struct statistics_reader *reader, size_t least)
{
    uint32_t count = bytes_load32(reader_take(reader, 4));

    if (reader->bad || count > reader->rest.size / least) {
        reader->bad = true;
        return 0;
    }
    return count;
}

static vv_status decode(struct statistics_reader *reader, struct catalog_column_statistics *out)
{
    const uint8_t *head = reader_take(reader, STATISTICS_HEAD_BYTES);

    if (reader->bad || head[0] != STATISTICS_VERSION || head[1] != (uint8_t)reader->type) {
        return VV_NOT_FOUND;
    }
    VV_TRY(layout_of(reader->type, reader->arena, &reader->layout));
    *out = (struct catalog_column_statistics){.has_correlation = head[2] != 0,
                                              .width = (int32_t)bytes_load32(head + 7),
                                              .nulls = load_double(head + 11),
                                              .distinct = load_double(head + 19),
                                              .correlation = load_double(head + 27)};
    out->common_count = reader_count(reader, 12);
    out->common = ARENA_ARRAY(reader->arena, struct value, out->common_count);
    out->frequencies = ARENA_ARRAY(reader->arena, double, out->common_count);
    if (out->common == NULL || out->frequencies == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < out->common_count; i++) {
        out->frequencies[i] = load_double(reader_take(reader, 8));
        reader_value(reader, &out->common[i]);
    }
    out->bound_count = reader_count(reader, 4);
    out->bounds = ARENA_ARRAY(reader->arena, struct value, out->bound_count);
    if (out->bounds == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < out->bound_count; i++) {
        reader_value(reader, &out->bounds[i]);
    }
    return reader->bad ? VV_NOT_FOUND : VV_OK;
}

vv_status catalog_statistics_get(struct store_session *session, const struct table_def *table,
                                 uint16_t column, struct arena *arena,
                                 struct catalog_column_statistics *statistics_out)
{
    struct statistics_reader reader = {.arena = arena,
                                       .type = (enum value_type)table->spec.columns[column].type};
    uint8_t *bytes = NULL;
    size_t size = STATISTICS_PIECE_BYTES;
    size_t at = 0;

    for (uint16_t piece = 0; at < size; piece++) {
        struct statistics_key key = key_make(table->id, column, piece);
        vv_slice row;

        VV_TRY(store_get(session, CATALOG_MAP_STATISTICS, slice_make(key.bytes, sizeof key.bytes),
                         &row));
        if (piece == 0) {
            size = row.size < STATISTICS_HEAD_BYTES ? 0 : bytes_load32(row.data + 3);
            bytes = arena_get(arena, size);
            if (bytes == NULL) {
                return VV_NOMEM;
            }
        }
        if (row.size == 0 || row.size > size - at) {
            return VV_NOT_FOUND;
        }
        memcpy(bytes + at, row.data, row.size);
        at += row.size;
    }
    reader.rest = slice_make(bytes, size);
    return decode(&reader, statistics_out);
}
