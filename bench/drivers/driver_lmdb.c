/*
 * driver_lmdb.c - LMDB, a raw ordered map: no SQL, no types; keys in machine order (MDB_INTEGERKEY).
 *
 * Reads renew one read-only transaction per statement (mdb_txn_renew), as its users do; each write is
 * its own transaction unless begin was called. In memory means MDB_NOSYNC | MDB_WRITEMAP on a file in
 * the bench folder; on disk every commit is synced.
 */
#include "driver.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bench_db {
    struct bench_config config;
    MDB_env *env;
    MDB_dbi map;
};

struct bench_session {
    struct bench_db *db;
    MDB_txn *reader;
    MDB_cursor *cursor; /* of reader */
    MDB_txn *writer;    /* open between begin and commit */
};

static void check(int code, const char *what)
{
    if (code != 0) {
        bench_die("lmdb", what, mdb_strerror(code));
    }
}

static struct bench_db *lmdb_open(const struct bench_config *config)
{
    struct bench_db *db = bench_zero(sizeof *db);
    uint64_t row_bytes = config->shape == BENCH_NUMBERS ? 80 : 3000;
    unsigned flags = MDB_NOTLS | (config->on_disk ? 0 : MDB_NOSYNC | MDB_WRITEMAP);
    MDB_txn *txn = NULL;

    db->config = *config;
    check(mdb_env_create(&db->env), "mdb_env_create");
    check(mdb_env_set_mapsize(db->env, (config->row_count * 2 + 100000) * row_bytes), "mapsize");
    check(mdb_env_set_maxreaders(db->env, 512), "maxreaders");
    check(mdb_env_open(db->env, config->folder, flags, 0600), "mdb_env_open");
    check(mdb_txn_begin(db->env, NULL, 0, &txn), "begin");
    check(mdb_dbi_open(txn, NULL, config->shape == BENCH_NUMBERS ? MDB_INTEGERKEY : 0, &db->map),
          "dbi_open");
    check(mdb_txn_commit(txn), "commit");
    return db;
}

static void lmdb_close(struct bench_db *db)
{
    mdb_env_close(db->env);
    free(db);
}

static const char *lmdb_version(void)
{
    return mdb_version(NULL, NULL, NULL);
}

static struct bench_session *lmdb_connect(struct bench_db *db)
{
    struct bench_session *session = bench_zero(sizeof *session);

    session->db = db;
    check(mdb_txn_begin(db->env, NULL, MDB_RDONLY, &session->reader), "begin");
    check(mdb_cursor_open(session->reader, db->map, &session->cursor), "cursor");
    mdb_txn_reset(session->reader);
    return session;
}

static void lmdb_disconnect(struct bench_session *session)
{
    mdb_cursor_close(session->cursor);
    mdb_txn_abort(session->reader);
    free(session);
}

static uint64_t lmdb_memory(struct bench_db *db)
{
    MDB_stat stat;
    MDB_txn *txn = NULL;
    uint64_t pages = 0;

    check(mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn), "begin");
    check(mdb_stat(txn, db->map, &stat), "stat");
    pages = stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
    mdb_txn_abort(txn);
    return pages * stat.ms_psize;
}

static void lmdb_begin(struct bench_session *session)
{
    check(mdb_txn_begin(session->db->env, NULL, 0, &session->writer), "begin");
}

static void lmdb_commit(struct bench_session *session)
{
    check(mdb_txn_commit(session->writer), "commit");
    session->writer = NULL;
}

static void put(struct bench_session *session, MDB_val *key, MDB_val *value, unsigned flags)
{
    bool alone = session->writer == NULL;

    if (alone) {
        lmdb_begin(session);
    }
    check(mdb_put(session->writer, session->db->map, key, value, flags), "put");
    if (alone) {
        lmdb_commit(session);
    }
}

static void lmdb_insert(struct bench_session *session, int64_t key, int64_t value)
{
    put(session, &(MDB_val){sizeof key, &key}, &(MDB_val){sizeof value, &value}, MDB_NOOVERWRITE);
}

static void lmdb_update(struct bench_session *session, int64_t key, int64_t value)
{
    put(session, &(MDB_val){sizeof key, &key}, &(MDB_val){sizeof value, &value}, 0);
}

static int64_t lmdb_get(struct bench_session *session, int64_t key)
{
    MDB_val found;
    int64_t value = 0;

    check(mdb_txn_renew(session->reader), "renew");
    check(mdb_get(session->reader, session->db->map, &(MDB_val){sizeof key, &key}, &found), "get");
    memcpy(&value, found.mv_data, sizeof value);
    mdb_txn_reset(session->reader);
    return value;
}

static int64_t lmdb_scan(struct bench_session *session, int64_t key, int64_t count)
{
    MDB_val at = {sizeof key, &key};
    MDB_val found;
    int64_t sum = 0;
    int code = 0;

    check(mdb_txn_renew(session->reader), "renew");
    check(mdb_cursor_renew(session->reader, session->cursor), "cursor_renew");
    code = mdb_cursor_get(session->cursor, &at, &found, MDB_SET_RANGE);
    for (int64_t i = 0; i < count && code == 0; i++) {
        int64_t value;

        memcpy(&value, found.mv_data, sizeof value);
        sum += value;
        code = mdb_cursor_get(session->cursor, &at, &found, MDB_NEXT);
    }
    mdb_txn_reset(session->reader);
    return sum;
}

static int64_t lmdb_sum(struct bench_session *session)
{
    return lmdb_scan(session, 0, INT64_MAX);
}

static int64_t lmdb_group(struct bench_session *session)
{
    int64_t sums[100] = {0};
    int64_t total = 0;
    int64_t first = 0;
    MDB_val at = {sizeof first, &first};
    MDB_val found;

    check(mdb_txn_renew(session->reader), "renew");
    check(mdb_cursor_renew(session->reader, session->cursor), "cursor_renew");
    for (int code = mdb_cursor_get(session->cursor, &at, &found, MDB_FIRST); code == 0;
         code = mdb_cursor_get(session->cursor, &at, &found, MDB_NEXT)) {
        int64_t key;
        int64_t value;

        memcpy(&key, at.mv_data, sizeof key);
        memcpy(&value, found.mv_data, sizeof value);
        sums[key % 100] += value % 1000;
    }
    mdb_txn_reset(session->reader);
    for (int group = 0; group < 100; group++) {
        total += sums[group] * group;
    }
    return total;
}

static MDB_val record_key(const char *key)
{
    return (MDB_val){RECORD_KEY_BYTES, (void *)(uintptr_t)key};
}

static uint64_t record_sum(const MDB_val *found)
{
    uint64_t sum = 0;

    for (int field = 0; field < RECORD_FIELDS; field++) {
        sum += bench_byte_sum((const char *)found->mv_data + field * RECORD_FIELD_BYTES,
                              RECORD_FIELD_BYTES);
    }
    return sum;
}

static void lmdb_record_insert(struct bench_session *session, const struct bench_record *record)
{
    MDB_val key = record_key(record->key);

    put(session, &key, &(MDB_val){sizeof record->fields, (void *)(uintptr_t)&record->fields[0][0]},
        MDB_NOOVERWRITE);
}

static uint64_t lmdb_record_read(struct bench_session *session, const char *key)
{
    MDB_val at = record_key(key);
    MDB_val found;
    uint64_t sum = 0;

    check(mdb_txn_renew(session->reader), "renew");
    check(mdb_get(session->reader, session->db->map, &at, &found), "get");
    sum = record_sum(&found);
    mdb_txn_reset(session->reader);
    return sum;
}

static void lmdb_record_update(struct bench_session *session, const char *key, int field,
                               const char *bytes)
{
    MDB_val at = record_key(key);
    MDB_val found;
    char fields[RECORD_FIELDS][RECORD_FIELD_BYTES];

    lmdb_begin(session);
    check(mdb_get(session->writer, session->db->map, &at, &found), "get");
    memcpy(fields, found.mv_data, sizeof fields);
    memcpy(fields[field], bytes, RECORD_FIELD_BYTES);
    check(mdb_put(session->writer, session->db->map, &at, &(MDB_val){sizeof fields, fields}, 0),
          "put");
    lmdb_commit(session);
}

static uint64_t lmdb_record_scan(struct bench_session *session, const char *key, int count)
{
    MDB_val at = record_key(key);
    MDB_val found;
    uint64_t sum = 0;
    int code = 0;

    check(mdb_txn_renew(session->reader), "renew");
    check(mdb_cursor_renew(session->reader, session->cursor), "cursor_renew");
    code = mdb_cursor_get(session->cursor, &at, &found, MDB_SET_RANGE);
    for (int i = 0; i < count && code == 0; i++) {
        sum += record_sum(&found);
        code = mdb_cursor_get(session->cursor, &at, &found, MDB_NEXT);
    }
    mdb_txn_reset(session->reader);
    return sum;
}

const struct bench_driver bench_driver_lmdb = {
    .name = "lmdb",
    .settings =
        "memory: MDB_NOSYNC|MDB_WRITEMAP; disk: synced commits; MDB_NOTLS, MDB_INTEGERKEY for "
        "numbers; a renewed read transaction per read",
    .durable = true,
    .version = lmdb_version,
    .open = lmdb_open,
    .close = lmdb_close,
    .connect = lmdb_connect,
    .disconnect = lmdb_disconnect,
    .memory = lmdb_memory,
    .begin = lmdb_begin,
    .commit = lmdb_commit,
    .insert = lmdb_insert,
    .get = lmdb_get,
    .update = lmdb_update,
    .scan = lmdb_scan,
    .sum = lmdb_sum,
    .group = lmdb_group,
    .record_insert = lmdb_record_insert,
    .record_read = lmdb_record_read,
    .record_update = lmdb_record_update,
    .record_scan = lmdb_record_scan,
};
