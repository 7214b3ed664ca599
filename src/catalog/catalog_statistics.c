/* catalog_statistics.c - see catalog_statistics.h; the bytes are described in catalog_private.h. */
#include "catalog/catalog_statistics.h"

#include "base/bytes.h"
#include "base/hash.h"
#include "catalog/catalog_private.h"

#include <string.h>

#define STATISTICS_VERSION   1u
#define STATISTICS_KEY_BYTES 6u
#define STATISTICS_ROW_BYTES 33u

static void key_fill(uint8_t key[STATISTICS_KEY_BYTES], const struct table_def *table,
                     uint16_t column)
{
    bytes_store32_big(key, table->id);
    key[4] = (uint8_t)(column >> 8);
    key[5] = (uint8_t)column;
}

static uint64_t name_hash(const struct table_def *table, uint16_t column)
{
    const char *name = table->spec.columns[column].name;

    return hash_bytes(name, strlen(name), 0);
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

vv_status catalog_statistics_put(struct store_session *session, const struct table_def *table,
                                 uint16_t column,
                                 const struct catalog_column_statistics *statistics)
{
    uint8_t key[STATISTICS_KEY_BYTES];
    uint8_t row[STATISTICS_ROW_BYTES];

    key_fill(key, table, column);
    row[0] = STATISTICS_VERSION;
    bytes_store64(row + 1, name_hash(table, column));
    store_double(row + 9, statistics->rows);
    store_double(row + 17, statistics->nulls);
    store_double(row + 25, statistics->distinct);
    return store_put(session, CATALOG_MAP_STATISTICS, slice_make(key, sizeof key),
                     slice_make(row, sizeof row));
}

vv_status catalog_statistics_get(struct store_session *session, const struct table_def *table,
                                 uint16_t column, struct catalog_column_statistics *statistics_out)
{
    uint8_t key[STATISTICS_KEY_BYTES];
    vv_slice row;

    key_fill(key, table, column);
    VV_TRY(store_get(session, CATALOG_MAP_STATISTICS, slice_make(key, sizeof key), &row));
    if (row.size != STATISTICS_ROW_BYTES || row.data[0] != STATISTICS_VERSION ||
        bytes_load64(row.data + 1) != name_hash(table, column)) {
        return VV_NOT_FOUND;
    }
    *statistics_out = (struct catalog_column_statistics){.rows = load_double(row.data + 9),
                                                         .nulls = load_double(row.data + 17),
                                                         .distinct = load_double(row.data + 25)};
    return VV_OK;
}
