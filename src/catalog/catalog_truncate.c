/*
 * catalog_truncate.c - TRUNCATE: a new version of the definition with new, empty maps. ALTER INDEX RENAME.
 */
#include <string.h>

#include "catalog/catalog_work.h"
#include "catalog/sequence_private.h"

/* A copy of the definition's spec with indexes that may be changed, and the new version of it. */
static vv_status spec_copy(struct catalog_work *work, struct table_spec *spec,
                           struct table_index **indexes)
{
    *spec = work->def->spec;
    *indexes = ARENA_ARRAY(&work->arena, struct table_index, spec->index_count);
    if (*indexes == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < spec->index_count; i++) {
        (*indexes)[i] = spec->indexes[i];
    }
    spec->indexes = *indexes;
    return VV_OK;
}

static vv_status spec_finish(struct catalog_work *work, const struct table_spec *spec,
                             uint32_t map_id)
{
    struct table_def *fresh = NULL;

    VV_TRY(catalog_work_def_replace_map(work, spec, map_id, &fresh));
    table_def_drop(work->def);
    work->def = fresh;
    return catalog_announce(work->catalog, work->session, fresh->id);
}

/* ---- TRUNCATE ---- */

static vv_status truncate_lock(struct catalog_work *work, const char *schema, const char *name)
{
    vv_status status = VV_RETRY;

    VV_TRY(catalog_work_schema_find(work, schema));
    while (status == VV_RETRY) {
        status = catalog_work_table_lock(work, name);
        if (status == VV_NOT_FOUND) {
            return error_set(work->error, VV_SQLSTATE_UNDEFINED_TABLE, 0,
                             "relation \"%s\" does not exist", name);
        }
        if (status == VV_OK) {
            status = catalog_work_def_claim(work);
        }
    }
    return status;
}

vv_status catalog_truncate_table(const struct catalog_ddl *ddl, const char *schema,
                                 const char *name, bool restart)
{
    struct catalog_work work;
    struct table_spec spec;
    struct table_index *indexes = NULL;
    uint32_t map_id = 0;
    vv_status status = VV_OK;

    catalog_work_init(&work, ddl);
    VV_TRY_OR(done, truncate_lock(&work, schema, name));
    VV_TRY_OR(done, spec_copy(&work, &spec, &indexes));
    VV_TRY_OR(done, store_map_create(work.session, &map_id));
    VV_TRY_OR(done, store_map_drop(work.session, work.def->map_id));
    for (uint32_t i = 0; i < spec.index_count; i++) {
        if (indexes[i].primary) {
            indexes[i].map_id = map_id;
            continue;
        }
        VV_TRY_OR(done, store_map_drop(work.session, indexes[i].map_id));
        VV_TRY_OR(done, store_map_create(work.session, &indexes[i].map_id));
    }
    for (uint32_t i = 0; restart && i < spec.column_count; i++) {
        if (spec.columns[i].sequence_id != 0) {
            VV_TRY_OR(done, sequence_restart(&work, spec.columns[i].sequence_id));
        }
    }
    status = spec_finish(&work, &spec, map_id);
done:
    return catalog_work_end(&work, status);
}

/* ---- ALTER INDEX ---- */

static vv_status index_name_move(struct catalog_work *work, const struct catalog_entry *entry,
                                 const char *from, const char *to)
{
    bool taken = false;

    VV_TRY(catalog_work_name_taken(work, to, &taken));
    if (taken) {
        return catalog_work_already_exists(work, to, false);
    }
    VV_TRY(catalog_work_name_delete(work, from));
    return catalog_work_name_insert(work, to, entry);
}

vv_status catalog_rename_index(const struct catalog_ddl *ddl, const char *schema, const char *name,
                               const char *new_name, bool if_exists)
{
    struct catalog_work work;
    struct table_spec spec;
    struct table_index *indexes = NULL;
    struct catalog_entry entry = {0};
    vv_status status = VV_OK;

    catalog_work_init(&work, ddl);
    VV_TRY_OR(done, catalog_work_schema_find(&work, schema));
    VV_TRY_OR(done, catalog_work_name_lock(&work, new_name));
    do {
        status = catalog_entry_get(work.session, work.schema_id, name, &entry);
        if (status == VV_NOT_FOUND && !if_exists) {
            status = error_set(work.error, VV_SQLSTATE_UNDEFINED_TABLE, 0,
                               "relation \"%s\" does not exist", name);
            goto done;
        }
        if (status == VV_OK &&
            entry.kind == CATALOG_SEQUENCE) { /* ALTER TABLE and INDEX may name any relation */
            (void)catalog_work_end(&work, VV_OK);
            return sequence_rename(ddl, schema, name, new_name, if_exists);
        }
        VV_TRY_OR(done, catalog_work_drop_find(&work, name, CATALOG_INDEX, if_exists, &entry));
        status = catalog_work_drop_lock(&work, name, &entry);
        if (status == VV_OK) {
            status = catalog_work_def_claim(&work);
        }
    } while (status == VV_RETRY);
    if (status != VV_OK) {
        goto done;
    }
    VV_TRY_OR(done, spec_copy(&work, &spec, &indexes));
    VV_TRY_OR(done, index_name_move(&work, &entry, name, new_name));
    for (uint32_t i = 0; i < spec.index_count; i++) {
        if (indexes[i].id == entry.id) {
            indexes[i].name = new_name;
        }
    }
    status = spec_finish(&work, &spec, work.def->map_id);
done:
    return catalog_work_end(&work, status);
}
