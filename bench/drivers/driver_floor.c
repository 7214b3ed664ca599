/*
 * driver_floor.c - the distance to nothing: what the machine can do when there is no database.
 *
 * Numbers are an array indexed by the key (keys are dense), records an array sorted by key and searched
 * by its number. No transactions, no isolation between threads, no durability.
 */
#include "driver.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct bench_db {
    uint64_t capacity;
    uint64_t row_count;
    int64_t *values;
    struct bench_record *records;
};

struct bench_session {
    struct bench_db *db;
};

/* Numbers are touched before they are measured; records take gigabytes and are touched by the load. */
static void *huge(size_t size, bool touched)
{
    size_t rounded = (size + (2u << 20) - 1) & ~(size_t)((2u << 20) - 1);
    void *memory = aligned_alloc(2u << 20, rounded);

    if (memory == NULL) {
        bench_die("floor", "aligned_alloc", "out of memory");
    }
    madvise(memory, rounded, MADV_HUGEPAGE);
    if (touched) {
        memset(memory, 0, rounded);
    }
    return memory;
}

static struct bench_db *floor_open(const struct bench_config *config)
{
    struct bench_db *db = bench_zero(sizeof *db);

    db->capacity = config->row_count * 2 + 16;
    if (config->shape == BENCH_NUMBERS) {
        db->values = huge(db->capacity * sizeof *db->values, true);
    } else {
        db->records = huge(db->capacity * sizeof *db->records, false);
    }
    return db;
}

static void floor_close(struct bench_db *db)
{
    free(db->values);
    free(db->records);
    free(db);
}

static const char *floor_version(void)
{
    return "-";
}

static struct bench_session *floor_connect(struct bench_db *db)
{
    struct bench_session *session = bench_zero(sizeof *session);

    session->db = db;
    return session;
}

static void floor_disconnect(struct bench_session *session)
{
    free(session);
}

static uint64_t floor_memory(struct bench_db *db)
{
    return db->row_count * (db->values != NULL ? 16 : sizeof(struct bench_record));
}

static void floor_begin(struct bench_session *session)
{
    (void)session;
}

/* Sessions insert at once; all else that they write is their own. */
static void row_count_add(struct bench_db *db)
{
    __atomic_fetch_add(&db->row_count, 1, __ATOMIC_RELAXED);
}

static void floor_insert(struct bench_session *session, int64_t key, int64_t value)
{
    if ((uint64_t)key >= session->db->capacity) {
        bench_die("floor", "insert", "key beyond the array");
    }
    session->db->values[key] = value;
    row_count_add(session->db);
}

static int64_t floor_get(struct bench_session *session, int64_t key)
{
    return session->db->values[key];
}

static void floor_update(struct bench_session *session, int64_t key, int64_t value)
{
    session->db->values[key] = value;
}

static int64_t floor_scan(struct bench_session *session, int64_t key, int64_t count)
{
    int64_t sum = 0;

    for (int64_t i = 0; i < count && (uint64_t)(key + i) < session->db->row_count; i++) {
        sum += session->db->values[key + i];
    }
    return sum;
}

static int64_t floor_sum(struct bench_session *session)
{
    return floor_scan(session, 0, (int64_t)session->db->row_count);
}

static int64_t floor_group(struct bench_session *session)
{
    int64_t sums[100] = {0};
    int64_t total = 0;

    for (uint64_t key = 0; key < session->db->row_count; key++) {
        sums[key % 100] += session->db->values[key] % 1000;
    }
    for (int group = 0; group < 100; group++) {
        total += sums[group] * group;
    }
    return total;
}

static struct bench_record *floor_find(struct bench_session *session, const char *key)
{
    return &session->db->records[strtoull(key + 4, NULL, 10) % session->db->capacity];
}

static void floor_record_insert(struct bench_session *session, const struct bench_record *record)
{
    *floor_find(session, record->key) = *record;
    row_count_add(session->db);
}

static uint64_t record_sum(const struct bench_record *record)
{
    uint64_t sum = 0;

    for (int field = 0; field < RECORD_FIELDS; field++) {
        sum += bench_byte_sum(record->fields[field], RECORD_FIELD_BYTES);
    }
    return sum;
}

static uint64_t floor_record_read(struct bench_session *session, const char *key)
{
    return record_sum(floor_find(session, key));
}

static void floor_record_update(struct bench_session *session, const char *key, int field,
                                const char *bytes)
{
    memcpy(floor_find(session, key)->fields[field], bytes, RECORD_FIELD_BYTES);
}

static uint64_t floor_record_scan(struct bench_session *session, const char *key, int count)
{
    const struct bench_record *first = floor_find(session, key);
    const struct bench_record *end = session->db->records + session->db->row_count;
    uint64_t sum = 0;

    for (int i = 0; i < count && first + i < end; i++) {
        sum += record_sum(first + i);
    }
    return sum;
}

const struct bench_driver bench_driver_floor = {
    .name = "floor",
    .settings = "an array indexed by the key, in huge pages; no transactions",
    .version = floor_version,
    .open = floor_open,
    .close = floor_close,
    .connect = floor_connect,
    .disconnect = floor_disconnect,
    .memory = floor_memory,
    .begin = floor_begin,
    .commit = floor_begin,
    .insert = floor_insert,
    .get = floor_get,
    .update = floor_update,
    .scan = floor_scan,
    .sum = floor_sum,
    .group = floor_group,
    .record_insert = floor_record_insert,
    .record_read = floor_record_read,
    .record_update = floor_record_update,
    .record_scan = floor_record_scan,
};
