/*
 * driver_map.c - Varve's named maps (varve_map_...): byte keys and values, no SQL; what LMDB offers, measured beside it.
 *
 * Keys of numbers are 8 bytes big endian, so that their order is the numbers'; a record's value is its fields one after
 * another. Inserts refuse keys that are there, gets copy the value out.
 */
#include "driver.h"

#include "varve/varve.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

struct bench_db {
    struct varve *varve;
};

struct bench_session {
    struct varve_session *connection;
    struct varve_map *map;
    struct varve_statement *begin;
    struct varve_statement *commit;
};

static void check(struct bench_session *session, int code, const char *what)
{
    if (code != VARVE_OK && code != VARVE_DONE) {
        bench_die("map", what, varve_last_error(session->connection)->message);
    }
}

static struct bench_db *map_open(const struct bench_config *config)
{
    struct bench_db *db = bench_zero(sizeof *db);
    struct varve_error error;

    if (varve_open(config->on_disk ? config->folder : ":memory:", NULL, &db->varve, &error) !=
        VARVE_OK) {
        bench_die("map", "open", error.message);
    }
    return db;
}

static void map_close(struct bench_db *db)
{
    if (varve_close(db->varve) != VARVE_OK) {
        bench_die("map", "close", "sessions are open");
    }
    free(db);
}

static struct bench_session *map_connect(struct bench_db *db)
{
    struct bench_session *session = bench_zero(sizeof *session);

    if (varve_connect(db->varve, &session->connection) != VARVE_OK) {
        bench_die("map", "connect", "failed");
    }
    check(session, varve_map_open(session->connection, "rows", VARVE_MAP_CREATE, &session->map),
          "open");
    check(session, varve_prepare(session->connection, "BEGIN", 0, &session->begin, NULL), "BEGIN");
    check(session, varve_prepare(session->connection, "COMMIT", 0, &session->commit, NULL),
          "COMMIT");
    return session;
}

static void map_disconnect(struct bench_session *session)
{
    varve_disconnect(session->connection);
    free(session);
}

static uint64_t map_memory(struct bench_db *db)
{
    struct varve_statistics statistics = {.size = sizeof statistics};

    varve_statistics(db->varve, &statistics);
    return statistics.memory_pages + statistics.memory_versions;
}

static void map_settle(struct bench_db *db)
{
    while (varve_background_step(db->varve) != 0) {
    }
}

static void map_begin(struct bench_session *session)
{
    check(session, varve_step(session->begin), "BEGIN");
}

static void map_commit(struct bench_session *session)
{
    check(session, varve_step(session->commit), "COMMIT");
}

static void map_insert(struct bench_session *session, int64_t key, int64_t value)
{
    uint64_t bytes = htobe64((uint64_t)key);

    check(session, varve_map_insert(session->map, &bytes, sizeof bytes, &value, sizeof value),
          "insert");
}

static int64_t map_get(struct bench_session *session, int64_t key)
{
    uint64_t bytes = htobe64((uint64_t)key);
    int64_t value = 0;

    check(session, varve_map_read(session->map, &bytes, sizeof bytes, &value, sizeof value, NULL),
          "get");
    return value;
}

static void map_update(struct bench_session *session, int64_t key, int64_t value)
{
    uint64_t bytes = htobe64((uint64_t)key);

    check(session, varve_map_put(session->map, &bytes, sizeof bytes, &value, sizeof value), "put");
}

static int64_t map_scan(struct bench_session *session, int64_t key, int64_t count)
{
    uint64_t bytes = htobe64((uint64_t)key);
    struct varve_map_range range = {
        .low = &bytes, .low_size = sizeof bytes, .limit = (uint64_t)count};
    struct varve_map_cursor *cursor = NULL;
    const struct varve_map_row *rows = NULL;
    size_t row_count = 0;
    int64_t sum = 0;

    check(session, varve_map_range(session->map, &range, 0, &cursor), "range");
    while (varve_map_fetch(cursor, &rows, &row_count) == VARVE_ROW) {
        for (size_t i = 0; i < row_count; i++) {
            int64_t number = 0;

            memcpy(&number, rows[i].value, sizeof number);
            sum += number;
        }
    }
    varve_map_range_close(cursor);
    return sum;
}

static int64_t map_sum(struct bench_session *session)
{
    return map_scan(session, 0, INT64_MAX);
}

static int64_t map_group(struct bench_session *session)
{
    struct varve_map_cursor *cursor = NULL;
    const void *key = NULL;
    const void *value = NULL;
    int64_t sums[100] = {0};
    int64_t total = 0;

    check(session, varve_map_range(session->map, NULL, 0, &cursor), "range");
    while (varve_map_next(cursor, &key, NULL, &value, NULL) == VARVE_ROW) {
        uint64_t bytes = 0;
        int64_t number = 0;

        memcpy(&bytes, key, sizeof bytes);
        memcpy(&number, value, sizeof number);
        sums[be64toh(bytes) % 100] += number % 1000;
    }
    varve_map_range_close(cursor);
    for (int i = 0; i < 100; i++) {
        total += sums[i] * i;
    }
    return total;
}

static void map_record_insert(struct bench_session *session, const struct bench_record *record)
{
    check(session,
          varve_map_insert(session->map, record->key, RECORD_KEY_BYTES, record->fields,
                           sizeof record->fields),
          "record_insert");
}

static uint64_t record_sum(const void *value)
{
    uint64_t sum = 0;

    for (int field = 0; field < RECORD_FIELDS; field++) {
        sum += bench_byte_sum((const char *)value + field * RECORD_FIELD_BYTES, RECORD_FIELD_BYTES);
    }
    return sum;
}

static uint64_t map_record_read(struct bench_session *session, const char *key)
{
    const void *value = NULL;

    check(session, varve_map_get(session->map, key, RECORD_KEY_BYTES, &value, NULL), "record_read");
    return record_sum(value);
}

/* Another session may have changed another field meanwhile: then once more. */
static void map_record_update(struct bench_session *session, const char *key, int field,
                              const char *bytes)
{
    char fields[RECORD_FIELDS][RECORD_FIELD_BYTES];
    const void *before = NULL;
    size_t size = 0;
    int code = VARVE_EXISTS;

    while (code == VARVE_EXISTS) {
        check(session, varve_map_get(session->map, key, RECORD_KEY_BYTES, &before, &size), "get");
        memcpy(fields, before, sizeof fields);
        memcpy(fields[field], bytes, RECORD_FIELD_BYTES);
        code = varve_map_replace(session->map, key, RECORD_KEY_BYTES, before, size, fields,
                                 sizeof fields);
    }
    check(session, code, "replace");
}

static uint64_t map_record_scan(struct bench_session *session, const char *key, int count)
{
    struct varve_map_range range = {
        .low = key, .low_size = RECORD_KEY_BYTES, .limit = (uint64_t)count};
    struct varve_map_cursor *cursor = NULL;
    const struct varve_map_row *rows = NULL;
    size_t row_count = 0;
    uint64_t sum = 0;

    check(session, varve_map_range(session->map, &range, 0, &cursor), "range");
    while (varve_map_fetch(cursor, &rows, &row_count) == VARVE_ROW) {
        for (size_t i = 0; i < row_count; i++) {
            sum += record_sum(rows[i].value);
        }
    }
    varve_map_range_close(cursor);
    return sum;
}

const struct bench_driver bench_driver_map = {
    .name = "map",
    .settings =
        "varve's named maps; memory: \":memory:\"; disk: durability full; no background threads",
    .durable = true,
    .version = varve_version,
    .open = map_open,
    .close = map_close,
    .connect = map_connect,
    .disconnect = map_disconnect,
    .memory = map_memory,
    .settle = map_settle,
    .begin = map_begin,
    .commit = map_commit,
    .insert = map_insert,
    .get = map_get,
    .update = map_update,
    .scan = map_scan,
    .sum = map_sum,
    .group = map_group,
    .record_insert = map_record_insert,
    .record_read = map_record_read,
    .record_update = map_record_update,
    .record_scan = map_record_scan,
};
