/*
 * driver.h - one face for every database that is measured.
 *
 * A driver opens one database and any number of sessions (one per thread). Keys and values come from
 * the workload, never from the driver, so that all drivers do the same work in the same order; results
 * flow into checksums that the workload compares between drivers.
 *
 * Two shapes of tables:
 *   numbers  (k BIGINT PRIMARY KEY, v BIGINT)                       the micro workloads
 *   records  (k TEXT PRIMARY KEY, f0 ... f9 of 100 bytes)           YCSB
 *
 * Every function stops the program with a message when the database reports an error: a benchmark with
 * failed operations measures nothing. A function a driver cannot offer is NULL; the report shows a dash.
 */
#ifndef VARVE_BENCH_DRIVER_H
#define VARVE_BENCH_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_FIELDS      10
#define RECORD_FIELD_BYTES 100
#define RECORD_KEY_BYTES   23 /* "user" and 19 digits */

enum bench_shape { BENCH_NUMBERS, BENCH_RECORDS };

struct bench_config {
    enum bench_shape shape;
    const char *folder;    /* an empty folder for this database's files */
    bool on_disk;          /* durable: every commit synced before it returns */
    bool existing;         /* open what the folder holds; else a new database with its table */
    uint64_t row_count;    /* about how many rows will be loaded: sizes of maps, reserved memory */
    unsigned thread_count; /* sessions that will work at once */
};

struct bench_record {
    char key[RECORD_KEY_BYTES + 1];
    char fields[RECORD_FIELDS][RECORD_FIELD_BYTES];
};

struct bench_db;
struct bench_session;

struct bench_driver {
    const char *name;
    const char *settings; /* the exact settings, for the report */
    bool durable;         /* can be on disk */
    const char *(*version)(void);

    struct bench_db *(*open)(const struct bench_config *config);
    void (*close)(struct bench_db *db);
    struct bench_session *(*connect)(struct bench_db *db);
    void (*disconnect)(struct bench_session *session);

    /* Bytes the database uses for its data, 0 when unknown. */
    uint64_t (*memory)(struct bench_db *db);
    /* Lets background work finish, so that `memory` is the settled figure. May be NULL. */
    void (*settle)(struct bench_db *db);

    void (*begin)(struct bench_session *session);
    void (*commit)(struct bench_session *session);

    /* numbers; each one statement, in its own transaction unless begin was called */
    void (*insert)(struct bench_session *session, int64_t key, int64_t value);
    int64_t (*get)(struct bench_session *session, int64_t key);
    void (*update)(struct bench_session *session, int64_t key, int64_t value);
    /* The sum of v over the `count` rows from key on. */
    int64_t (*scan)(struct bench_session *session, int64_t key, int64_t count);
    int64_t (*sum)(struct bench_session *session);
    /* The sum of v % 1000 times the group, over groups k % 100. */
    int64_t (*group)(struct bench_session *session);

    /* records; reads return the sum of all bytes of all fields */
    void (*record_insert)(struct bench_session *session, const struct bench_record *record);
    uint64_t (*record_read)(struct bench_session *session, const char *key);
    void (*record_update)(struct bench_session *session, const char *key, int field,
                          const char *bytes);
    uint64_t (*record_scan)(struct bench_session *session, const char *key, int count);
};

extern const struct bench_driver bench_driver_floor;
extern const struct bench_driver bench_driver_lmdb;
extern const struct bench_driver bench_driver_map;
extern const struct bench_driver bench_driver_sqlite;
extern const struct bench_driver bench_driver_varve;

/* Prints what failed and ends the program. */
_Noreturn void bench_die(const char *driver, const char *what, const char *text);

/* malloc that never returns NULL, zeroed. */
void *bench_zero(size_t size);

/* How many bytes the fields of a record sum up to; 64-bit words, so that it costs little. */
static inline uint64_t bench_byte_sum(const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    uint64_t sum = 0;

    for (size_t i = 0; i + 8 <= size; i += 8) {
        uint64_t word;

        __builtin_memcpy(&word, at + i, 8);
        sum += word;
    }
    return sum + at[size - 1];
}

#endif
