/*
 * catalog_index.c - CREATE INDEX, DROP INDEX.
 */
#include <string.h>

#include "catalog/catalog_work.h"
#include "table/table.h"

static vv_status index_table(struct catalog_work *work, const char *table);
static vv_status index_lock(struct catalog_work *work, const struct table_index *index);
static vv_status index_name(struct catalog_work *work, struct table_index *index,
                            bool if_not_exists);
static vv_status index_make(struct catalog_work *work, struct table_index *index);
static vv_status index_unmake(struct catalog_work *work, const struct catalog_entry *entry,
                              const char *name);

/* ---- CREATE INDEX ---- */

vv_status catalog_create_index(const struct catalog_ddl *ddl, const char *schema, const char *table,
                               const struct table_def *base, const struct table_index *index,
                               bool if_not_exists)
{
    struct catalog_work work;
    vv_status status = VV_OK;
    struct table_index fresh;

    catalog_work_init(&work, ddl);
    VV_TRY_OR(done, catalog_work_schema_find(&work, schema));
    do {
        uint32_t locked_id = 0;

        VV_TRY_OR(done, index_table(&work, table));
        locked_id = work.def->id;
        VV_TRY_OR(done, index_lock(&work, index));
        VV_TRY_OR(done, index_table(&work, table));
        if (work.def->id != locked_id) {
            status = VV_RETRY; /* dropped and made again while we waited */
            continue;
        }
        if (base != NULL && (work.def->id != base->id || work.def->version != base->version)) {
            status = VV_CHANGED;
            break;
        }
        fresh = *index;
        VV_TRY_OR(done, index_name(&work, &fresh, if_not_exists));
        status = catalog_work_def_claim(&work);
    } while (status == VV_RETRY);
    if (status == VV_OK) {
        status = index_make(&work, &fresh);
    }
    if (status == VV_EXISTS && !work.nothing_to_do) {
        status = catalog_work_already_exists(&work, fresh.name, false);
    }
done:
    return catalog_work_end(&work, status);
}

static vv_status index_table(struct catalog_work *work, const char *table)
{
    struct catalog_entry entry;
    vv_status status = catalog_entry_get(work->session, work->schema_id, table, &entry);

    if (status == VV_NOT_FOUND) {
        return error_set(work->error, VV_SQLSTATE_UNDEFINED_TABLE, 0,
                         "relation \"%s\" does not exist", table);
    }
    VV_TRY(status);
    if (entry.kind != CATALOG_TABLE) {
        error_set(work->error, VV_SQLSTATE_WRONG_OBJECT_TYPE, 0,
                  "cannot create index on relation \"%s\"", table);
        error_detail(work->error, "This operation is not supported for %s.",
                     entry.kind == CATALOG_MAP ? "maps" : "indexes");
        return VV_ERROR;
    }
    table_def_drop(work->def);
    work->def = NULL;
    status = catalog_def_get(work->catalog, work->session, entry.table_id, &work->def);
    return status == VV_NOT_FOUND ? VV_CORRUPT : status;
}

/* SHARE keeps writers out until the index is there; the definition's own lock keeps out others who build
 * an index at the same time. After the sync whatever a writer committed before we got the lock is
 * visible; a snapshot that is older (REPEATABLE READ) cannot fill an index. */
static vv_status index_lock(struct catalog_work *work, const struct table_index *index)
{
    const struct table_def *def = work->def;

    VV_TRY(store_table_lock(work->session, def->map_id, STORE_TABLE_SHARE));
    VV_TRY(store_table_lock(work->session, CATALOG_DEFINITION_LOCK_BIT | def->id,
                            STORE_TABLE_ACCESS_EXCLUSIVE));
    if (index->name != NULL) {
        VV_TRY(catalog_work_name_lock(work, index->name));
    }
    return catalog_work_newest(work);
}

static vv_status index_name(struct catalog_work *work, struct table_index *index,
                            bool if_not_exists)
{
    bool taken = false;

    if (index->name == NULL) {
        const char *columns = NULL;

        VV_TRY(catalog_columns_name(index, work->def->spec.columns, &work->arena, &columns));
        VV_TRY(catalog_choose_name(work->def->spec.name, columns, "idx", catalog_work_name_taken,
                                   work, &work->arena, &index->name));
        return catalog_work_name_lock(work, index->name);
    }
    VV_TRY(catalog_work_name_taken(work, index->name, &taken));
    return taken ? catalog_work_already_exists(work, index->name, if_not_exists) : VV_OK;
}

static vv_status index_make(struct catalog_work *work, struct table_index *index)
{
    const struct table_def *def = work->def;
    struct table_spec spec = def->spec;
    struct table_index *indexes =
        ARENA_ARRAY(&work->arena, struct table_index, spec.index_count + 1);
    struct catalog_entry entry = {.kind = CATALOG_INDEX, .table_id = def->id};
    struct table_def *fresh = NULL;

    if (indexes == NULL) {
        return VV_NOMEM;
    }
    index->id = catalog_work_draw_id(work->catalog);
    index->primary = false;
    VV_TRY(store_map_create(work->session, &index->map_id));
    VV_TRY(catalog_work_parts_fix(work, spec.columns, index));
    memcpy(indexes, spec.indexes, spec.index_count * sizeof *indexes);
    indexes[spec.index_count++] = *index;
    spec.indexes = indexes;
    entry.id = index->id;
    VV_TRY(catalog_work_name_insert(work, index->name, &entry));
    VV_TRY(catalog_work_def_replace(work, &spec, &fresh));
    table_def_drop(def);
    work->def = fresh;
    VV_TRY(catalog_work_index_fill(work, fresh, table_def_index(fresh, index->name)));
    return catalog_announce(work->catalog, work->session, fresh->id);
}

vv_status catalog_work_index_fill(struct catalog_work *work, const struct table_def *def,
                                  const struct table_index *index)
{
    struct table_violation violation;
    const struct table_computer *computer = NULL;
    vv_status status = VV_OK;

    if (table_index_is_computed(index)) {
        if (work->ddl->computer == NULL) {
            return VV_UNSUPPORTED;
        }
        VV_TRY(work->ddl->computer(work->ddl->computer_context, def, index, &computer));
    }
    status = table_index_build(def, index, computer, work->session, &work->arena, &violation);
    return violation.kind != TABLE_VIOLATION_NONE
               ? table_violation_build_error(def, &violation, work->error)
               : status;
}

/* ---- DROP INDEX ---- */

vv_status catalog_drop_index(const struct catalog_ddl *ddl, const char *schema, const char *name,
                             bool if_exists)
{
    struct catalog_work work;
    struct catalog_entry entry = {0};
    vv_status status = VV_RETRY;

    catalog_work_init(&work, ddl);
    while (status == VV_RETRY) {
        if (!catalog_schema_id(schema, &work.schema_id, &work.schema)) {
            status = if_exists ? VV_EXISTS : catalog_work_schema_find(&work, schema);
            if (if_exists) {
                catalog_work_notice(&work, "schema", schema, "does not exist, skipping");
            }
            break;
        }
        VV_TRY_OR(done, catalog_work_drop_find(&work, name, CATALOG_INDEX, if_exists, &entry));
        status = catalog_work_drop_lock(&work, name, &entry);
        if (status == VV_OK) {
            status = catalog_work_def_claim(&work);
        }
    }
    if (status == VV_OK) {
        status = index_unmake(&work, &entry, name);
    }
done:
    return catalog_work_end(&work, status);
}

static vv_status index_unmake(struct catalog_work *work, const struct catalog_entry *entry,
                              const char *name)
{
    const struct table_def *def = work->def;
    const struct table_index *index = table_def_index_by_id(def, entry->id);
    struct table_spec spec = def->spec;
    struct table_index *indexes = ARENA_ARRAY(&work->arena, struct table_index, spec.index_count);
    struct table_def *fresh = NULL;

    if (index == NULL || indexes == NULL) {
        return index == NULL ? VV_CORRUPT : VV_NOMEM;
    }
    if (index->constraint || index->primary) {
        error_set(work->error, VV_SQLSTATE_DEPENDENT_OBJECTS_STILL_EXIST, 0,
                  "cannot drop index %s because constraint %s on table %s requires it", name, name,
                  spec.name);
        error_hint(work->error, "You can drop constraint %s on table %s instead.", name, spec.name);
        return VV_ERROR;
    }
    spec.index_count = 0;
    for (uint32_t i = 0; i < def->spec.index_count; i++) {
        if (def->spec.indexes[i].id != entry->id) {
            indexes[spec.index_count++] = def->spec.indexes[i];
        }
    }
    spec.indexes = indexes;
    VV_TRY(catalog_work_def_replace(work, &spec, &fresh));
    VV_TRY(catalog_work_name_delete(work, name));
    VV_TRY(catalog_comments_drop(work, index->id));
    VV_TRY(store_map_drop(work->session, index->map_id));
    table_def_drop(def);
    work->def = fresh;
    return catalog_announce(work->catalog, work->session, fresh->id);
}
