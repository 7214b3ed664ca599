/* catalog_map.c - see catalog_map.h. */
#include "catalog/catalog_map.h"

#include <string.h>

#include "catalog/catalog_work.h"

static vv_status map_make(struct catalog_work *work, const char *name);
static vv_status drop_find(struct catalog_work *work, const char *name,
                           struct catalog_entry *entry_out);
static vv_status drop_lock(struct catalog_work *work, const char *name,
                           const struct catalog_entry *entry);

vv_status catalog_map_create(const struct catalog_ddl *ddl, const char *schema, const char *name,
                             bool if_not_exists)
{
    struct catalog_work work;
    bool taken = false;
    vv_status status = VV_OK;

    catalog_work_init(&work, ddl);
    VV_TRY_OR(done, catalog_work_schema_find(&work, schema));
    do {
        VV_TRY_OR(done, catalog_work_name_lock(&work, name));
        VV_TRY_OR(done, catalog_work_restart(&work));
        VV_TRY_OR(done, catalog_work_name_taken(&work, name, &taken));
        status =
            taken ? catalog_work_already_exists(&work, name, if_not_exists) : map_make(&work, name);
    } while (status == VV_RETRY);
done:
    return catalog_work_end(&work, status);
}

vv_status catalog_map_drop(const struct catalog_ddl *ddl, const char *schema, const char *name)
{
    struct catalog_work work;
    struct catalog_entry entry = {0};
    vv_status status = VV_OK;

    catalog_work_init(&work, ddl);
    VV_TRY_OR(done, catalog_work_schema_find(&work, schema));
    do {
        status = drop_find(&work, name, &entry);
        status = status == VV_OK ? drop_lock(&work, name, &entry) : status;
    } while (status == VV_RETRY);
    VV_TRY_OR(done, status);
    VV_TRY_OR(done, catalog_work_name_delete(&work, name));
    VV_TRY_OR(done, store_map_drop(work.session, entry.table_id));
    status = catalog_announce(work.catalog, work.session, entry.id);
done:
    return catalog_work_end(&work, status);
}

vv_status catalog_map_find(struct catalog *catalog, struct store_session *session,
                           const char *schema, const char *name, struct catalog_map *map_out)
{
    uint64_t word = catalog_word(catalog); /* before the look, so that it can only be too old */
    const char *schema_name = NULL;
    struct catalog_entry entry;
    uint32_t schema_id = 0;

    *map_out = (struct catalog_map){.word = UINT64_MAX};
    if (!catalog_schema_id(schema, &schema_id, &schema_name)) {
        return VV_NOT_FOUND;
    }
    VV_TRY(catalog_entry_get(session, schema_id, name, &entry));
    if (entry.kind != CATALOG_MAP) {
        return VV_INVALID;
    }
    map_out->id = entry.id;
    map_out->map_id = entry.table_id;
    map_out->word = catalog_word_of_snapshot(catalog, store_snapshot(session), word);
    return VV_OK;
}

bool catalog_map_is_current(const struct catalog *catalog, const struct catalog_map *map,
                            uint64_t snapshot)
{
    struct catalog_view view = {.catalog = (struct catalog *)(uintptr_t)catalog, .word = map->word};

    return catalog_view_is_current(&view, snapshot);
}

vv_status catalog_map_check(struct catalog *catalog, struct store_session *session,
                            const char *schema, const char *name, bool writes, bool repeatable_read,
                            struct catalog_map *map)
{
    struct catalog_map now;
    vv_status status = catalog_map_find(catalog, session, schema, name, &now);

    if (status == VV_NOT_FOUND || status == VV_INVALID || (status == VV_OK && now.id != map->id)) {
        return VV_CHANGED;
    }
    VV_TRY(status);
    if ((writes || !repeatable_read) &&
        catalog_changed_since(catalog, map->id, store_snapshot(session))) {
        VV_TRY(store_sync(catalog->store)); /* as catalog_view_check() */
        return repeatable_read ? VV_CONFLICT : VV_CHANGED;
    }
    *map = now;
    return VV_OK;
}

/* VV_RETRY: the name was taken by a commit that the snapshot did not show; now the next one does. */
static vv_status map_make(struct catalog_work *work, const char *name)
{
    struct catalog_entry entry = {.kind = CATALOG_MAP};
    vv_status status = VV_OK;

    VV_TRY(store_map_create(work->session, &entry.table_id));
    entry.id = catalog_work_draw_id(work->catalog);
    status = catalog_work_name_insert(work, name, &entry);
    if (status == VV_EXISTS) {
        VV_TRY(store_statement_settle(work->session));
        return store_keeps_snapshot(work->session) ? VV_CONFLICT : VV_RETRY;
    }
    return status == VV_OK ? catalog_announce(work->catalog, work->session, entry.id) : status;
}

static vv_status drop_find(struct catalog_work *work, const char *name,
                           struct catalog_entry *entry_out)
{
    VV_TRY(catalog_entry_get(work->session, work->schema_id, name, entry_out));
    return entry_out->kind == CATALOG_MAP ? VV_OK : VV_INVALID;
}

/* Waits for everybody who uses the map. VV_RETRY: the name means something else now. */
static vv_status drop_lock(struct catalog_work *work, const char *name,
                           const struct catalog_entry *entry)
{
    struct catalog_name_key key;
    struct catalog_entry again;
    struct store_newest newest = {0};
    vv_status status = VV_OK;

    VV_TRY(store_table_lock(work->session, entry->table_id, STORE_TABLE_ACCESS_EXCLUSIVE));
    VV_TRY(catalog_work_name_lock(work, name));
    VV_TRY(catalog_work_restart(work));
    status = catalog_entry_get(work->session, work->schema_id, name, &again);
    if (status == VV_NOT_FOUND || (status == VV_OK && again.id != entry->id)) {
        return VV_RETRY;
    }
    VV_TRY(status);
    if (!catalog_name_key(work->schema_id, name, &key)) {
        return VV_CORRUPT;
    }
    status = store_lock(work->session, CATALOG_MAP_NAMES, slice_make(key.bytes, key.size),
                        STORE_LOCK_UPDATE, STORE_LOCK_WAITS, STORE_BASIS_SNAPSHOT, &newest);
    if (status == VV_CHANGED || status == VV_NOT_FOUND) { /* gone, and not yet visibly so */
        VV_TRY(catalog_work_restart_visible(work));
        return VV_RETRY;
    }
    return status;
}
