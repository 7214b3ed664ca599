/*
 * catalog_view.c - the definitions that one statement or plan uses; listing.
 */
#include "catalog/catalog_private.h"

#include <string.h>

#include "base/assert.h"
#include "base/bytes.h"

static vv_status view_add(struct catalog_view *view, const struct table_def *def, uint8_t lock);
static vv_status view_find(struct catalog_view *view, const char *schema, const char *name,
                           uint8_t lock, const struct table_def **def_out);
static bool lock_is_stronger(uint8_t a, uint8_t b);
static vv_status list_add(struct arena *arena, const struct catalog_name *name,
                          struct catalog_name **names, uint32_t count, uint32_t *capacity);
static vv_status list_row(struct arena *arena, vv_slice key, vv_slice row,
                          struct catalog_name *name_out);
static vv_status not_a_table(struct catalog_view *view, const char *schema, const char *name,
                             uint32_t position, struct vv_error *error);

void catalog_view_init(struct catalog_view *view, struct catalog *catalog,
                       struct store_session *session)
{
    *view = (struct catalog_view){.catalog = catalog, .session = session};
    view->word = catalog_word_of_snapshot(catalog, store_snapshot(session), catalog_word(catalog));
}

void catalog_view_release(struct catalog_view *view)
{
    for (uint32_t i = 0; i < view->use_count; i++) {
        table_def_drop(view->uses[i].def);
    }
    if (view->uses != NULL) {
        alloc_free(view->catalog->alloc, ALLOC_CATALOG, view->uses,
                   view->use_capacity * sizeof view->uses[0]);
    }
    *view = (struct catalog_view){0};
}

vv_status catalog_view_find(struct catalog_view *view, const char *schema, const char *name,
                            const struct table_def **def_out)
{
    return view_find(view, schema, name, CATALOG_LOCK_NONE, def_out);
}

vv_status catalog_view_table(struct catalog_view *view, const char *schema, const char *name,
                             uint8_t lock, uint32_t position, const struct table_def **def_out,
                             struct vv_error *error)
{
    vv_status status = view_find(view, schema, name, lock, def_out);

    if (status == VV_NOT_FOUND) {
        return error_set(error, VV_SQLSTATE_UNDEFINED_TABLE, position,
                         "relation \"%s%s%s\" does not exist", schema == NULL ? "" : schema,
                         schema == NULL ? "" : ".", name);
    }
    if (status == VV_INVALID) {
        return not_a_table(view, schema, name, position, error);
    }
    return status == VV_OK ? VV_OK : error_from_status(error, status);
}

/* Sequences are tables of one row to PostgreSQL; here their state is asked for by functions. */
static vv_status not_a_table(struct catalog_view *view, const char *schema, const char *name,
                             uint32_t position, struct vv_error *error)
{
    struct catalog_entry entry;
    const char *schema_name = NULL;
    uint32_t schema_id = 0;
    vv_status status = catalog_schema_id(schema, &schema_id, &schema_name)
                           ? catalog_entry_get(view->session, schema_id, name, &entry)
                           : VV_NOT_FOUND;

    if (status != VV_OK) {
        return error_from_status(error, status);
    }
    error_set(error, VV_SQLSTATE_WRONG_OBJECT_TYPE, position, "cannot open relation \"%s\"", name);
    if (entry.kind == CATALOG_MAP) {
        error_detail(error, "This operation is not supported for maps.");
        error_hint(error, "Maps are read and written by the functions varve_map_...() of the API.");
    } else {
        error_detail(error, "This operation is not supported for indexes.");
    }
    return VV_ERROR;
}

vv_status catalog_view_lock(const struct catalog_view *view, struct store_session *session)
{
    for (uint32_t i = 0; i < view->use_count; i++) {
        if (view->uses[i].lock != CATALOG_LOCK_NONE) {
            VV_TRY(store_table_lock(session, view->uses[i].def->map_id, view->uses[i].lock));
        }
    }
    return VV_OK;
}

bool catalog_view_is_current(const struct catalog_view *view, uint64_t snapshot)
{
    uint64_t word = catalog_word(view->catalog);

    /* changed_lsn is written before the word's release that catalog_word() acquired. */
    return word == view->word && catalog_word_quiet(word) &&
           (snapshot == 0 ||
            snapshot >= atomic_load_explicit(&view->catalog->changed_lsn, memory_order_relaxed));
}

vv_status catalog_view_check(struct catalog_view *view, struct store_session *session,
                             bool repeatable_read)
{
    uint64_t word = catalog_word(view->catalog);
    uint64_t snapshot = store_snapshot(session);

    for (uint32_t i = 0; i < view->use_count; i++) {
        const struct table_def *def = view->uses[i].def;
        bool writes = view->uses[i].lock == STORE_TABLE_ROW_EXCLUSIVE;
        uint64_t version = 0;
        vv_status status = catalog_def_version(session, def->id, &version);

        if (status == VV_NOT_FOUND || (status == VV_OK && version != def->version)) {
            return VV_CHANGED;
        }
        VV_TRY(status);
        if ((writes || !repeatable_read) &&
            catalog_changed_since(view->catalog, def->id, snapshot)) {
            /* Locks are released before commits become visible; a sync makes this one visible, so
             * that the next snapshot shows it. */
            VV_TRY(store_sync(view->catalog->store));
            return repeatable_read ? VV_CONFLICT : VV_CHANGED;
        }
    }
    view->word = catalog_word_of_snapshot(view->catalog, snapshot, word);
    view->session = session;
    return VV_OK;
}

vv_status catalog_list(struct catalog *catalog, struct store_session *session, struct arena *arena,
                       struct catalog_name **names_out, uint32_t *count_out)
{
    struct store_range all = {0};
    struct store_cursor_options options = {.keys = true};
    struct store_cursor *cursor = NULL;
    struct store_batch batch;
    uint32_t capacity = 0;
    vv_status status = VV_OK;

    (void)catalog;
    *names_out = NULL;
    *count_out = 0;
    VV_TRY(store_cursor_open(session, CATALOG_MAP_NAMES, &all, &options, &cursor));
    while ((status = store_cursor_next(cursor, &batch)) == VV_OK) {
        for (uint32_t i = 0; i < batch.count && status == VV_OK; i++) {
            struct catalog_name name;

            status = list_row(arena, batch.keys[i], batch.rows[i], &name);
            if (status == VV_OK) {
                status = list_add(arena, &name, names_out, (*count_out)++, &capacity);
            }
        }
        if (status != VV_OK) {
            break;
        }
    }
    store_cursor_close(cursor);
    return status == VV_END ? VV_OK : status;
}

uint64_t catalog_word_of_snapshot(const struct catalog *catalog, uint64_t snapshot, uint64_t word)
{
    return snapshot < atomic_load_explicit(&catalog->changed_lsn, memory_order_relaxed) ? UINT64_MAX
                                                                                        : word;
}

/* A definition that the view has already is not looked up twice, so one statement sees one. */
static vv_status view_find(struct catalog_view *view, const char *schema, const char *name,
                           uint8_t lock, const struct table_def **def_out)
{
    struct catalog_entry entry;
    const struct table_def *def = NULL;
    const char *schema_name = NULL;
    uint32_t schema_id = 0;
    vv_status status = VV_OK;

    *def_out = NULL;
    if (!catalog_schema_id(schema, &schema_id, &schema_name)) {
        return VV_NOT_FOUND;
    }
    VV_TRY(catalog_entry_get(view->session, schema_id, name, &entry));
    if (entry.kind != CATALOG_TABLE) {
        return VV_INVALID;
    }
    for (uint32_t i = 0; i < view->use_count; i++) {
        if (view->uses[i].def->id == entry.table_id) {
            view->uses[i].lock =
                lock_is_stronger(lock, view->uses[i].lock) ? lock : view->uses[i].lock;
            *def_out = view->uses[i].def;
            return VV_OK;
        }
    }
    status = catalog_def_get(view->catalog, view->session, entry.table_id, &def);
    if (status != VV_OK) {
        return status == VV_NOT_FOUND ? VV_CORRUPT : status;
    }
    status = view_add(view, def, lock);
    if (status != VV_OK) {
        table_def_drop(def);
        return status;
    }
    *def_out = def;
    return VV_OK;
}

static bool lock_is_stronger(uint8_t a, uint8_t b)
{
    return a != CATALOG_LOCK_NONE && (b == CATALOG_LOCK_NONE || a > b);
}

static vv_status view_add(struct catalog_view *view, const struct table_def *def, uint8_t lock)
{
    if (view->use_count == view->use_capacity) {
        uint32_t capacity = view->use_capacity == 0 ? 4 : view->use_capacity * 2;
        struct catalog_use *uses =
            alloc_resize(view->catalog->alloc, ALLOC_CATALOG, view->uses,
                         view->use_capacity * sizeof *uses, capacity * sizeof *uses);

        if (uses == NULL) {
            return VV_NOMEM;
        }
        view->uses = uses;
        view->use_capacity = capacity;
    }
    view->uses[view->use_count++] = (struct catalog_use){.def = def, .lock = lock};
    return VV_OK;
}

static vv_status list_row(struct arena *arena, vv_slice key, vv_slice row,
                          struct catalog_name *name_out)
{
    struct catalog_entry entry;

    if (key.size < 4) {
        return VV_CORRUPT;
    }
    VV_TRY(catalog_entry_decode(row, &entry));
    *name_out = (struct catalog_name){
        .schema = bytes_load32_big(key.data) == TABLE_SCHEMA_PUBLIC ? "public" : "pg_catalog",
        .name = arena_text(arena, (const char *)key.data + 4, key.size - 4),
        .id = entry.id,
        .table_id = entry.table_id,
        .kind = entry.kind};
    return name_out->name == NULL ? VV_NOMEM : VV_OK;
}

static vv_status list_add(struct arena *arena, const struct catalog_name *name,
                          struct catalog_name **names, uint32_t count, uint32_t *capacity)
{
    if (count == *capacity) {
        uint32_t more = count == 0 ? 32 : count * 2;
        struct catalog_name *fresh = ARENA_ARRAY(arena, struct catalog_name, more);

        if (fresh == NULL) {
            return VV_NOMEM;
        }
        if (count > 0) {
            memcpy(fresh, *names, count * sizeof *fresh);
        }
        *names = fresh;
        *capacity = more;
    }
    (*names)[count] = *name;
    return VV_OK;
}
