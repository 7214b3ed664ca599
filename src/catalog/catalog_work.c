/* catalog_work.c - the parts that all DDL statements have in common: see catalog_work.h. */
#include "catalog/catalog_work.h"

#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"
#include "base/hash.h"

#define NAME_LOCK_BIT 0x80000000u

static vv_status drop_missing(struct catalog_work *work, const char *kind, const char *name,
                              enum vv_sqlstate code, bool if_exists);
static void tell(struct catalog_work *work, const char *sqlstate, const char *text,
                 const char *name, const char *rest);

void catalog_work_init(struct catalog_work *work, const struct catalog_ddl *ddl)
{
    *work = (struct catalog_work){
        .ddl = ddl, .catalog = ddl->catalog, .session = ddl->session, .error = ddl->error};
    arena_init(&work->arena, ddl->catalog->alloc, ALLOC_CATALOG, 8192);
}

vv_status catalog_work_end(struct catalog_work *work, vv_status status)
{
    table_def_drop(work->def);
    arena_release(&work->arena);
    return status == VV_EXISTS ? VV_OK : status;
}

vv_status catalog_work_restart(struct catalog_work *work)
{
    store_statement_abort(work->session);
    return store_statement_begin(work->session);
}

vv_status catalog_work_name_lock(struct catalog_work *work, const char *name)
{
    uint64_t hash = hash_bytes(name, strlen(name), work->schema_id);

    return store_table_lock(work->session, (uint32_t)hash | NAME_LOCK_BIT,
                            STORE_TABLE_ACCESS_EXCLUSIVE);
}

vv_status catalog_work_schema_find(struct catalog_work *work, const char *schema)
{
    if (catalog_schema_id(schema, &work->schema_id, &work->schema)) {
        return VV_OK;
    }
    return error_set(work->error, VV_SQLSTATE_INVALID_SCHEMA_NAME, 0,
                     "schema \"%s\" does not exist", schema);
}

vv_status catalog_work_name_taken(void *context, const char *name, bool *taken_out)
{
    struct catalog_work *work = context;
    struct catalog_entry entry;
    vv_status status = VV_OK;

    *taken_out = true;
    for (uint32_t i = 0; i < work->chosen_count; i++) {
        if (strcmp(work->chosen[i], name) == 0) {
            return VV_OK;
        }
    }
    status = catalog_entry_get(work->session, work->schema_id, name, &entry);
    *taken_out = status != VV_NOT_FOUND;
    return status == VV_NOT_FOUND ? VV_OK : status;
}

vv_status catalog_work_already_exists(struct catalog_work *work, const char *name,
                                      bool if_not_exists)
{
    if (!if_not_exists) {
        return error_set(work->error, VV_SQLSTATE_DUPLICATE_TABLE, 0,
                         "relation \"%s\" already exists", name);
    }
    work->nothing_to_do = true;
    tell(work, "42P07", "relation", name, "already exists, skipping");
    return VV_EXISTS;
}

void catalog_work_notice(struct catalog_work *work, const char *text, const char *name,
                         const char *rest)
{
    tell(work, "00000", text, name, rest);
}

static void tell(struct catalog_work *work, const char *sqlstate, const char *text,
                 const char *name, const char *rest)
{
    const struct catalog_listener *listener = work->ddl->listener;
    char message[ERROR_TEXT_BYTES];

    if (listener != NULL) {
        const struct catalog_notice notice = {sqlstate, message, ""};

        snprintf(message, sizeof message, "%s \"%s\" %s", text, name, rest);
        listener->tell(listener->argument, &notice);
    }
}

vv_status catalog_work_name_insert(struct catalog_work *work, const char *name,
                                   const struct catalog_entry *entry)
{
    struct catalog_name_key key;
    uint8_t row[9];

    if (!catalog_name_key(work->schema_id, name, &key)) {
        return VV_LIMIT;
    }
    row[0] = (uint8_t)entry->kind;
    bytes_store32(row + 1, entry->id);
    bytes_store32(row + 5, entry->table_id);
    return store_insert(work->session, CATALOG_MAP_NAMES, slice_make(key.bytes, key.size),
                        slice_make(row, sizeof row));
}

vv_status catalog_work_name_delete(struct catalog_work *work, const char *name)
{
    struct catalog_name_key key;
    vv_status status = VV_OK;

    if (!catalog_name_key(work->schema_id, name, &key)) {
        return VV_CORRUPT;
    }
    status = store_delete(work->session, CATALOG_MAP_NAMES, slice_make(key.bytes, key.size),
                          slice_make(NULL, 0), STORE_BASIS_SNAPSHOT, &(struct store_newest){0});
    return status == VV_NOT_FOUND || status == VV_CHANGED ? VV_CORRUPT : status;
}

vv_status catalog_work_def_bytes(struct catalog_work *work, const struct table_def *def,
                                 vv_slice *bytes_out)
{
    vv_slice encoded;
    uint8_t *bytes = NULL;

    VV_TRY(table_def_encode(def, &work->arena, &encoded));
    bytes = arena_get(&work->arena, encoded.size + 8);
    if (bytes == NULL) {
        return VV_NOMEM;
    }
    bytes_store64(bytes, def->version);
    memcpy(bytes + 8, encoded.data, encoded.size);
    *bytes_out = slice_make(bytes, encoded.size + 8);
    return VV_OK;
}

vv_status catalog_work_def_claim(struct catalog_work *work)
{
    struct catalog_def_key key = catalog_def_key(work->def->id);
    struct store_newest newest = {0};
    vv_status status =
        store_lock(work->session, CATALOG_MAP_DEFS, slice_make(key.bytes, sizeof key.bytes),
                   STORE_LOCK_UPDATE, STORE_LOCK_WAITS, STORE_BASIS_SNAPSHOT, &newest);

    if (status == VV_CHANGED || status == VV_NOT_FOUND) {
        VV_TRY(catalog_work_restart_visible(work));
        return VV_RETRY;
    }
    return status;
}

vv_status catalog_work_def_replace(struct catalog_work *work, const struct table_spec *spec,
                                   struct table_def **fresh_out)
{
    return catalog_work_def_replace_map(work, spec, work->def->map_id, fresh_out);
}

vv_status catalog_work_def_replace_map(struct catalog_work *work, const struct table_spec *spec,
                                       uint32_t map_id, struct table_def **fresh_out)
{
    const struct table_def *def = work->def;
    struct catalog_def_key key = catalog_def_key(def->id);
    struct table_def_ids ids = {.id = def->id, .schema_id = def->schema_id, .map_id = map_id};
    struct table_def *fresh = NULL;
    vv_slice bytes;
    vv_status status = VV_OK;

    *fresh_out = NULL;
    ids.version = atomic_fetch_add_explicit(&work->catalog->next_version, 1, memory_order_relaxed);
    VV_TRY(table_def_create(work->catalog->alloc, &ids, spec, &fresh));
    status = catalog_work_def_bytes(work, fresh, &bytes);
    if (status == VV_OK) {
        status =
            store_update(work->session, CATALOG_MAP_DEFS, slice_make(key.bytes, sizeof key.bytes),
                         bytes, STORE_BASIS_SNAPSHOT, &(struct store_newest){0});
    }
    if (status != VV_OK) {
        table_def_drop(fresh);
        return status == VV_CHANGED || status == VV_NOT_FOUND ? VV_CORRUPT : status;
    }
    *fresh_out = fresh;
    return VV_OK;
}

vv_status catalog_work_newest(struct catalog_work *work)
{
    struct store_stats stats;

    VV_TRY(store_sync(work->catalog->store));
    store_stats(work->catalog->store, &stats);
    VV_TRY(catalog_work_restart(work));
    return store_snapshot(work->session) < stats.visible_lsn ? VV_CONFLICT : VV_OK;
}

vv_status catalog_work_table_lock(struct catalog_work *work, const char *name)
{
    struct catalog_entry entry;
    vv_status status = VV_OK;

    VV_TRY(catalog_entry_get(work->session, work->schema_id, name, &entry));
    if (entry.kind != CATALOG_TABLE) {
        return error_set(work->error, VV_SQLSTATE_WRONG_OBJECT_TYPE, 0, "\"%s\" is not a table",
                         name);
    }
    table_def_drop(work->def);
    work->def = NULL;
    status = catalog_def_get(work->catalog, work->session, entry.table_id, &work->def);
    VV_TRY(status == VV_NOT_FOUND ? VV_CORRUPT : status);
    return catalog_work_drop_lock(work, name, &entry);
}

uint32_t catalog_work_draw_id(struct catalog *catalog)
{
    return atomic_fetch_add_explicit(&catalog->next_id, 1, memory_order_relaxed);
}

vv_status catalog_work_parts_fix(struct catalog_work *work, const struct table_column *columns,
                                 struct table_index *index)
{
    struct table_index_part *parts =
        ARENA_ARRAY(&work->arena, struct table_index_part, index->part_count);

    if (parts == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < index->part_count; i++) {
        uint16_t column = index->parts[i].column;

        parts[i] = index->parts[i];
        parts[i].nullable = column == TABLE_NO_COLUMN || !columns[column].not_null;
        if (column != TABLE_NO_COLUMN) {
            parts[i].type = columns[column].type;
        }
    }
    index->parts = parts;
    return VV_OK;
}

vv_status catalog_work_drop_find(struct catalog_work *work, const char *name,
                                 enum catalog_kind kind, bool if_exists,
                                 struct catalog_entry *entry_out)
{
    vv_status status = catalog_entry_get(work->session, work->schema_id, name, entry_out);

    if (status == VV_NOT_FOUND) {
        return kind == CATALOG_TABLE
                   ? drop_missing(work, "table", name, VV_SQLSTATE_UNDEFINED_TABLE, if_exists)
                   : drop_missing(work, "index", name, VV_SQLSTATE_UNDEFINED_OBJECT, if_exists);
    }
    VV_TRY(status);
    if (entry_out->kind != kind) {
        error_set(work->error, VV_SQLSTATE_WRONG_OBJECT_TYPE, 0, "\"%s\" is not %s", name,
                  kind == CATALOG_TABLE ? "a table" : "an index");
        error_hint(work->error, "Use DROP %s to remove %s.",
                   kind == CATALOG_TABLE ? "INDEX" : "TABLE",
                   kind == CATALOG_TABLE ? "an index" : "a table");
        return VV_ERROR;
    }
    table_def_drop(work->def);
    work->def = NULL;
    status = catalog_def_get(work->catalog, work->session, entry_out->table_id, &work->def);
    return status == VV_NOT_FOUND ? VV_CORRUPT : status;
}

vv_status catalog_work_drop_lock(struct catalog_work *work, const char *name,
                                 const struct catalog_entry *entry)
{
    const struct table_def *def = work->def;
    struct catalog_entry again;
    uint64_t version = 0;
    vv_status status = VV_OK;

    VV_TRY(store_table_lock(work->session, def->map_id, STORE_TABLE_ACCESS_EXCLUSIVE));
    VV_TRY(store_table_lock(work->session, CATALOG_DEFINITION_LOCK_BIT | def->id,
                            STORE_TABLE_ACCESS_EXCLUSIVE));
    VV_TRY(catalog_work_name_lock(work, name));
    for (uint32_t i = 0; entry->kind == CATALOG_TABLE && i < def->spec.index_count; i++) {
        VV_TRY(catalog_work_name_lock(work, def->spec.indexes[i].name));
    }
    VV_TRY(catalog_work_restart(work));
    status = catalog_entry_get(work->session, work->schema_id, name, &again);
    if (status == VV_OK) {
        status = catalog_def_version(work->session, entry->table_id, &version);
    }
    if (status == VV_NOT_FOUND ||
        (status == VV_OK && (again.id != entry->id || version != def->version))) {
        return VV_RETRY;
    }
    return status;
}

vv_status catalog_work_restart_visible(struct catalog_work *work)
{
    VV_TRY(store_statement_end(work->session));
    VV_TRY(store_sync(work->catalog->store));
    return store_statement_begin(work->session);
}

static vv_status drop_missing(struct catalog_work *work, const char *kind, const char *name,
                              enum vv_sqlstate code, bool if_exists)
{
    if (!if_exists) {
        return error_set(work->error, code, 0, "%s \"%s\" does not exist", kind, name);
    }
    catalog_work_notice(work, kind, name, "does not exist, skipping");
    return VV_EXISTS;
}
