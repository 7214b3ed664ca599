/*
 * catalog_private.h - the catalog's maps, their bytes, and what its files share; never leaves the room.
 *
 *     map 1, names        schema id u32 big endian, name  ->  kind u8, id u32, table id u32 (little endian)
 *     map 2, definitions  table id u32 big endian         ->  version u64 little endian, table_def_encode
 *     map 3, sequences    sequence id u32 big endian      ->  see sequence.c
 *     map 4, their states state id u32 big endian         ->  last value i64, 1 when it was called
 *     map 5, statistics   table id u32, column u16, piece ->  see catalog_statistics.c
 *                         u16, all big endian
 *     map 6, comments     id u32 big endian, class u8,    ->  the text
 *                         column u16 big endian, CHECK's name
 */
#ifndef VARVE_CATALOG_CATALOG_PRIVATE_H
#define VARVE_CATALOG_CATALOG_PRIVATE_H

#include <stdatomic.h>

#include "base/limits.h"
#include "catalog/catalog.h"
#include "store/store.h"
#include "sync/lock.h"

#define CATALOG_MAP_NAMES           1u
#define CATALOG_MAP_DEFS            2u
#define CATALOG_MAP_SEQUENCES       3u /* sequence.h */
#define CATALOG_MAP_SEQUENCE_STATES 4u
#define CATALOG_MAP_STATISTICS      5u /* catalog_statistics.h */
#define CATALOG_MAP_COMMENTS        6u /* catalog_comment.h */

#define CATALOG_NAME_KEY_BYTES (4 + LIMIT_NAME_BYTES + 1)
#define CATALOG_CACHE_SLOTS    1024u /* definitions kept decoded; a power of two */
#define CATALOG_CHANGES        256u /* the newest commits of DDL that are remembered; a power of two */

/* One committed change of a table's definition. */
struct catalog_change {
    uint64_t lsn;
    uint32_t table_id;
};

struct catalog {
    uint32_t magic;
    struct alloc *alloc;
    struct store *store;
    _Atomic uint64_t word;         /* guard: atomic; see catalog.h */
    _Atomic uint64_t changed_lsn;  /* guard: atomic; the newest commit of DDL */
    _Atomic uint32_t next_id;      /* guard: atomic */
    _Atomic uint64_t next_version; /* guard: atomic */
    struct lock cache_lock;
    const struct table_def
        *cache[CATALOG_CACHE_SLOTS];   /* guard: cache_lock; own: one reference each */
    struct sequence_states *sequences; /* own */
    struct lock change_lock;
    uint64_t change_count;                          /* guard: change_lock */
    struct catalog_change changes[CATALOG_CHANGES]; /* guard: change_lock; a ring */
};

struct catalog_entry { /* a row of the map of names */
    enum catalog_kind kind;
    uint32_t id;
    uint32_t table_id; /* of a CATALOG_MAP: its map in the store */
};

struct catalog_name_key {
    uint8_t bytes[CATALOG_NAME_KEY_BYTES];
    size_t size;
};

struct catalog_def_key {
    uint8_t bytes[4];
};

/* The id of a schema by name (NULL: the search path's first). False: no such schema. */
bool catalog_schema_id(const char *schema, uint32_t *id_out, const char **name_out);

/* False: the name is longer than any that can be in the map. */
bool catalog_name_key(uint32_t schema_id, const char *name, struct catalog_name_key *key_out);
struct catalog_def_key catalog_def_key(uint32_t table_id);

/* The row of a name, as the running statement sees it. VV_NOT_FOUND, VV_CORRUPT. */
VV_MUST_USE vv_status catalog_entry_get(struct store_session *session, uint32_t schema_id,
                                        const char *name, struct catalog_entry *entry_out);
VV_MUST_USE vv_status catalog_entry_decode(vv_slice row, struct catalog_entry *entry_out);

/* The definition of a table, as the running statement sees it. own: *def_out, one reference. */
VV_MUST_USE vv_status catalog_def_get(struct catalog *catalog, struct store_session *session,
                                      uint32_t table_id, const struct table_def **def_out);

/* Only the version. VV_NOT_FOUND. */
VV_MUST_USE vv_status catalog_def_version(struct store_session *session, uint32_t table_id,
                                          uint64_t *version_out);

/* The word that names found by this snapshot may be kept under: none (one that is never quiet) when DDL
 * was committed after the snapshot. word was read before changed_lsn is. */
uint64_t catalog_word_of_snapshot(const struct catalog *catalog, uint64_t snapshot, uint64_t word);

/* Tells readers that a DDL statement of session's transaction is open, until the transaction's fate is
 * known; then remembers the change of that table. */
VV_MUST_USE vv_status catalog_announce(struct catalog *catalog, struct store_session *session,
                                       uint32_t table_id);

/* Whether a definition of that table was committed after the snapshot, or may have been. */
bool catalog_changed_since(struct catalog *catalog, uint32_t table_id, uint64_t snapshot);

/* The columns' part of an index's name: "a_b", expressions by their names. */
VV_MUST_USE vv_status catalog_columns_name(const struct table_index *index,
                                           const struct table_column *columns, struct arena *arena,
                                           const char **out);

#endif
