/*
 * catalog.c - the catalog's life, its rows' bytes, the cache of definitions, the word.
 *
 * The cache is one array indexed by a hash of the table's id; a slot keeps the definition that was asked
 * for last. It is only ever asked for an exact (id, version) pair that a row just named, so it needs no
 * invalidation (C4 comes from the rows).
 */
#include "catalog/catalog_private.h"
#include "catalog/sequence_private.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/hash.h"

#define CATALOG_MAGIC   0x636174u
#define ENTRY_ROW_BYTES 9u

/* One open DDL statement: lives from catalog_announce() until its transaction's fate is known. */
struct announcement {
    struct store_hook hook; /* first: ended() gets its address */
    struct catalog *catalog;
    uint32_t table_id;
};

static vv_status find_greatest(struct catalog *catalog, struct store_session *session);
static vv_status note_names(struct catalog *catalog, struct store_session *session);
static vv_status note_versions(struct catalog *catalog, struct store_session *session);
static vv_status note_ids(struct catalog *catalog, struct store_session *session, uint32_t map);
static void announcement_ended(struct store_hook *hook, uint64_t commit_lsn);
static const struct table_def **cache_slot(struct catalog *catalog, uint32_t table_id);

vv_status catalog_open(struct alloc *alloc, struct store *store, struct catalog **catalog_out,
                       struct vv_error *error)
{
    vv_status status = VV_OK;
    struct store_session *session = NULL;
    struct catalog *catalog = NULL;

    *catalog_out = NULL;
    catalog = alloc_zero(alloc, ALLOC_CATALOG, sizeof *catalog);
    if (catalog == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    catalog->magic = CATALOG_MAGIC;
    catalog->alloc = alloc;
    catalog->store = store;
    atomic_init(&catalog->next_id, CATALOG_FIRST_ID);
    atomic_init(&catalog->next_version, 1);
    lock_init(&catalog->cache_lock, LOCK_CATALOG);
    lock_init(&catalog->change_lock, LOCK_LEAF);
    VV_TRY_OR(fail, store_session_open(store, NULL, &session));
    VV_TRY_OR(fail, sequence_states_create(catalog));
    VV_TRY_OR(fail, find_greatest(catalog, session));
    store_session_close(session);
    *catalog_out = catalog;
    return VV_OK;

fail:
    store_session_close(session);
    catalog_close(catalog);
    return error_from_status(error, status);
}

void catalog_close(struct catalog *catalog)
{
    if (catalog == NULL) {
        return;
    }
    VV_ASSERT(catalog->magic == CATALOG_MAGIC);
    sequence_states_destroy(catalog);
    for (uint32_t i = 0; i < CATALOG_CACHE_SLOTS; i++) {
        table_def_drop(catalog->cache[i]);
    }
    catalog->magic = 0;
    alloc_free(catalog->alloc, ALLOC_CATALOG, catalog, sizeof *catalog);
}

uint64_t catalog_word(const struct catalog *catalog)
{
    /* acquire: pairs with announcement_ended's release, so that changed_lsn is read after it. */
    return atomic_load_explicit(&catalog->word, memory_order_acquire);
}

bool catalog_schema_id(const char *schema, uint32_t *id_out, const char **name_out)
{
    *id_out = TABLE_SCHEMA_PUBLIC;
    *name_out = "public";
    return schema == NULL || strcmp(schema, "public") == 0;
}

bool catalog_schema_exists(const char *schema)
{
    return strcmp(schema, "public") == 0 || strcmp(schema, "pg_catalog") == 0 ||
           strcmp(schema, "information_schema") == 0;
}

bool catalog_name_key(uint32_t schema_id, const char *name, struct catalog_name_key *key_out)
{
    size_t size = strlen(name);

    if (size > LIMIT_NAME_BYTES) {
        return false;
    }
    bytes_store32_big(key_out->bytes, schema_id);
    memcpy(key_out->bytes + 4, name, size);
    key_out->size = 4 + size;
    return true;
}

struct catalog_def_key catalog_def_key(uint32_t table_id)
{
    struct catalog_def_key key;

    bytes_store32_big(key.bytes, table_id);
    return key;
}

vv_status catalog_entry_get(struct store_session *session, uint32_t schema_id, const char *name,
                            struct catalog_entry *entry_out)
{
    struct catalog_name_key key;
    vv_slice row;

    *entry_out = (struct catalog_entry){0};
    if (!catalog_name_key(schema_id, name, &key)) {
        return VV_NOT_FOUND;
    }
    VV_TRY(store_get(session, CATALOG_MAP_NAMES, slice_make(key.bytes, key.size), &row));
    return catalog_entry_decode(row, entry_out);
}

vv_status catalog_entry_decode(vv_slice row, struct catalog_entry *entry_out)
{
    if (row.size != ENTRY_ROW_BYTES || (row.data[0] < CATALOG_TABLE || row.data[0] > CATALOG_MAP)) {
        return VV_CORRUPT;
    }
    entry_out->kind = row.data[0];
    entry_out->id = bytes_load32(row.data + 1);
    entry_out->table_id = bytes_load32(row.data + 5);
    return VV_OK;
}

vv_status catalog_def_version(struct store_session *session, uint32_t table_id,
                              uint64_t *version_out)
{
    struct catalog_def_key key = catalog_def_key(table_id);
    vv_slice row;

    *version_out = 0;
    VV_TRY(store_get(session, CATALOG_MAP_DEFS, slice_make(key.bytes, sizeof key.bytes), &row));
    if (row.size < 8) {
        return VV_CORRUPT;
    }
    *version_out = bytes_load64(row.data);
    return VV_OK;
}

vv_status catalog_def_get(struct catalog *catalog, struct store_session *session, uint32_t table_id,
                          const struct table_def **def_out)
{
    struct catalog_def_key key = catalog_def_key(table_id);
    const struct table_def **slot = cache_slot(catalog, table_id);
    struct table_def *fresh = NULL;
    const struct table_def *old = NULL;
    vv_slice row;

    *def_out = NULL;
    VV_TRY(store_get(session, CATALOG_MAP_DEFS, slice_make(key.bytes, sizeof key.bytes), &row));
    if (row.size < 8) {
        return VV_CORRUPT;
    }
    lock_acquire(&catalog->cache_lock);
    if (*slot != NULL && (*slot)->id == table_id && (*slot)->version == bytes_load64(row.data)) {
        *def_out = table_def_acquire(*slot);
    }
    lock_release(&catalog->cache_lock);
    if (*def_out != NULL) {
        return VV_OK;
    }
    VV_TRY(table_def_decode(catalog->alloc, slice_make(row.data + 8, row.size - 8), &fresh));
    lock_acquire(&catalog->cache_lock);
    old = *slot;
    *slot = table_def_acquire(fresh);
    lock_release(&catalog->cache_lock);
    table_def_drop(old);
    *def_out = fresh;
    return VV_OK;
}

vv_status catalog_announce(struct catalog *catalog, struct store_session *session,
                           uint32_t table_id)
{
    struct announcement *announcement =
        alloc_zero(catalog->alloc, ALLOC_CATALOG, sizeof *announcement);

    if (announcement == NULL) {
        return VV_NOMEM;
    }
    announcement->hook.ended = announcement_ended;
    announcement->catalog = catalog;
    announcement->table_id = table_id;
    /* One more change, one more open; relaxed: whoever must see it waits for our table lock. */
    atomic_fetch_add_explicit(&catalog->word, CATALOG_WORD_OPEN_MASK + 2, memory_order_relaxed);
    store_add_hook(session, &announcement->hook);
    return VV_OK;
}

bool catalog_changed_since(struct catalog *catalog, uint32_t table_id, uint64_t snapshot)
{
    bool changed = false;
    uint64_t first = 0;

    lock_acquire(&catalog->change_lock);
    first = catalog->change_count > CATALOG_CHANGES ? catalog->change_count - CATALOG_CHANGES : 0;
    for (uint64_t i = catalog->change_count; i > first && !changed; i--) {
        const struct catalog_change *change = &catalog->changes[(i - 1) % CATALOG_CHANGES];

        changed = change->table_id == table_id && change->lsn > snapshot;
    }
    /* What has left the ring is not known any more: assume the worst of it. */
    if (first > 0 && catalog->changes[first % CATALOG_CHANGES].lsn > snapshot) {
        changed = true;
    }
    lock_release(&catalog->change_lock);
    return changed;
}

/* C5: numbers go on behind the greatest that any row holds. */
static vv_status find_greatest(struct catalog *catalog, struct store_session *session)
{
    vv_status status = VV_OK;

    store_enter(session);
    VV_TRY_OR(done, store_begin(session, NULL));
    VV_TRY_OR(done, store_statement_begin(session));
    VV_TRY_OR(done, note_names(catalog, session));
    VV_TRY_OR(done, note_versions(catalog, session));
    VV_TRY_OR(done, note_ids(catalog, session, CATALOG_MAP_SEQUENCE_STATES));
    status = store_statement_end(session);
done:
    store_abort(session);
    store_leave(session);
    return status;
}

static vv_status note_names(struct catalog *catalog, struct store_session *session)
{
    struct store_range all = {0};
    struct store_cursor *cursor = NULL;
    struct store_batch batch;
    vv_status status = VV_OK;

    VV_TRY(store_cursor_open(session, CATALOG_MAP_NAMES, &all, NULL, &cursor));
    while ((status = store_cursor_next(cursor, &batch)) == VV_OK) {
        for (uint32_t i = 0; i < batch.count && status == VV_OK; i++) {
            struct catalog_entry entry;

            status = catalog_entry_decode(batch.rows[i], &entry);
            if (status == VV_OK &&
                entry.id >= atomic_load_explicit(&catalog->next_id, memory_order_relaxed)) {
                atomic_store_explicit(&catalog->next_id, entry.id + 1, memory_order_relaxed);
            }
        }
        if (status != VV_OK) {
            break;
        }
        store_repin(session);
    }
    store_cursor_close(cursor);
    return status == VV_END ? VV_OK : status;
}

static vv_status note_versions(struct catalog *catalog, struct store_session *session)
{
    struct store_range all = {0};
    struct store_cursor *cursor = NULL;
    struct store_batch batch;
    vv_status status = VV_OK;

    VV_TRY(store_cursor_open(session, CATALOG_MAP_DEFS, &all, NULL, &cursor));
    while ((status = store_cursor_next(cursor, &batch)) == VV_OK) {
        for (uint32_t i = 0; i < batch.count && status == VV_OK; i++) {
            uint64_t version = batch.rows[i].size < 8 ? 0 : bytes_load64(batch.rows[i].data);

            status = version == 0 ? VV_CORRUPT : VV_OK;
            if (version >= atomic_load_explicit(&catalog->next_version, memory_order_relaxed)) {
                atomic_store_explicit(&catalog->next_version, version + 1, memory_order_relaxed);
            }
        }
        if (status != VV_OK) {
            break;
        }
        store_repin(session);
    }
    store_cursor_close(cursor);
    return status == VV_END ? VV_OK : status;
}

/* The greatest key of a map whose keys are ids: a state may outlive the sequence it was made for. */
static vv_status note_ids(struct catalog *catalog, struct store_session *session, uint32_t map)
{
    struct store_range all = {0};
    struct store_cursor_options options = {.keys = true, .reverse = true, .batch_rows = 1};
    struct store_cursor *cursor = NULL;
    struct store_batch batch = {0};
    vv_status status = VV_OK;

    VV_TRY(store_cursor_open(session, map, &all, &options, &cursor));
    while (status == VV_OK && batch.count == 0) {
        status = store_cursor_next(cursor, &batch);
    }
    if (status == VV_OK && batch.keys[0].size == 4) {
        uint32_t id = bytes_load32_big(batch.keys[0].data);

        if (id >= atomic_load_explicit(&catalog->next_id, memory_order_relaxed)) {
            atomic_store_explicit(&catalog->next_id, id + 1, memory_order_relaxed);
        }
    }
    store_cursor_close(cursor);
    return status == VV_END ? VV_OK : status;
}

/* Runs inside the end of the transaction, after its fate is published: takes one leaf lock, calls nobody. */
static void announcement_ended(struct store_hook *hook, uint64_t commit_lsn)
{
    struct announcement *announcement = (struct announcement *)(void *)hook;
    struct catalog *catalog = announcement->catalog;

    if (commit_lsn != 0) {
        lock_acquire(&catalog->change_lock);
        catalog->changes[catalog->change_count++ % CATALOG_CHANGES] =
            (struct catalog_change){.lsn = commit_lsn, .table_id = announcement->table_id};
        if (commit_lsn > atomic_load_explicit(&catalog->changed_lsn, memory_order_relaxed)) {
            atomic_store_explicit(&catalog->changed_lsn, commit_lsn, memory_order_relaxed);
        }
        lock_release(&catalog->change_lock);
    }
    /* One more change, one less open. release: pairs with catalog_word's acquire. */
    atomic_fetch_add_explicit(&catalog->word, CATALOG_WORD_OPEN_MASK, memory_order_release);
    alloc_free(catalog->alloc, ALLOC_CATALOG, announcement, sizeof *announcement);
}

static const struct table_def **cache_slot(struct catalog *catalog, uint32_t table_id)
{
    return &catalog->cache[hash_word(table_id) % CATALOG_CACHE_SLOTS];
}
