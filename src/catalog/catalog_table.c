/*
 * catalog_table.c - CREATE TABLE, DROP TABLE, statistics of tables.
 */
#include <string.h>

#include "catalog/catalog_statistics.h"
#include "catalog/catalog_work.h"
#include "catalog/sequence_private.h"

static vv_status table_check(struct catalog_work *work, const struct table_spec *spec);
static vv_status table_names(struct catalog_work *work, const struct table_spec *spec,
                             struct table_index *indexes, const char **sequences,
                             bool if_not_exists);
static vv_status sequence_names(struct catalog_work *work, const struct table_spec *spec,
                                const char **sequences);
static vv_status table_make(struct catalog_work *work, const struct table_spec *spec,
                            struct table_index *indexes, const char *const *sequences);
static vv_status sequences_make(struct catalog_work *work, uint32_t table_id, uint32_t count,
                                struct table_column *columns, const char *const *sequences);
static vv_status columns_fix(struct catalog_work *work, const struct table_spec *spec,
                             const struct table_index *indexes, struct table_column **columns_out);
static vv_status table_unmake(struct catalog_work *work);

/* ---- CREATE TABLE ---- */

vv_status catalog_create_table(const struct catalog_ddl *ddl, const struct table_spec *spec,
                               bool if_not_exists)
{
    struct catalog_work work;
    struct table_index *indexes = NULL;
    const char **sequences = NULL;
    vv_status status = VV_OK;

    catalog_work_init(&work, ddl);
    VV_TRY_OR(done, catalog_work_schema_find(&work, spec->schema));
    VV_TRY_OR(done, table_check(&work, spec));
    indexes = ARENA_ARRAY(&work.arena, struct table_index, spec->index_count);
    work.chosen =
        ARENA_ARRAY(&work.arena, const char *, spec->index_count + spec->column_count + 1);
    sequences = ARENA_ARRAY(&work.arena, const char *, spec->column_count);
    if (indexes == NULL || work.chosen == NULL || sequences == NULL) {
        status = VV_NOMEM;
        goto done;
    }
    /* Twice: the first time locks the names it finds free, the second time looks again. */
    for (unsigned pass = 0; pass < 2; pass++) {
        VV_TRY_OR(done, catalog_work_name_lock(&work, spec->name));
        VV_TRY_OR(done, catalog_work_restart(&work));
        VV_TRY_OR(done, table_names(&work, spec, indexes, sequences, if_not_exists));
    }
    status = table_make(&work, spec, indexes, sequences);
    if (status == VV_EXISTS && !work.nothing_to_do) {
        status = catalog_work_already_exists(&work, spec->name, false);
    }
done:
    return catalog_work_end(&work, status);
}

vv_status catalog_skip_table(const struct catalog_ddl *ddl, const char *schema, const char *name)
{
    struct catalog_work work;
    bool taken = false;
    vv_status status = VV_OK;

    catalog_work_init(&work, ddl);
    VV_TRY_OR(done, catalog_work_schema_find(&work, schema));
    VV_TRY_OR(done, catalog_work_name_taken(&work, name, &taken));
    status = taken ? catalog_work_already_exists(&work, name, true) : VV_CHANGED;
done:
    return catalog_work_end(&work, status);
}

/* What the binder cannot know better, and what would break a definition if it were wrong. */
static vv_status table_check(struct catalog_work *work, const struct table_spec *spec)
{
    if (spec->column_count > LIMIT_COLUMNS) {
        return error_set(work->error, VV_SQLSTATE_TOO_MANY_COLUMNS, 0,
                         "tables can have at most %u columns", LIMIT_COLUMNS);
    }
    for (uint32_t i = 0; i < spec->column_count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            if (strcmp(spec->columns[i].name, spec->columns[j].name) == 0) {
                return error_set(work->error, VV_SQLSTATE_DUPLICATE_COLUMN, 0,
                                 "column \"%s\" specified more than once", spec->columns[i].name);
            }
        }
    }
    for (uint32_t i = 0; i < spec->index_count; i++) {
        if (spec->indexes[i].primary && i > 0) {
            return error_set(work->error, VV_SQLSTATE_INVALID_TABLE_DEFINITION, 0,
                             "multiple primary keys for table \"%s\" are not allowed", spec->name);
        }
        if (spec->indexes[i].part_count > LIMIT_INDEX_COLUMNS) {
            return error_set(work->error, VV_SQLSTATE_TOO_MANY_COLUMNS, 0,
                             "cannot use more than %u columns in an index", LIMIT_INDEX_COLUMNS);
        }
    }
    return VV_OK;
}

/* The sequences of SERIAL and IDENTITY columns: t_a_seq. */
static vv_status sequence_names(struct catalog_work *work, const struct table_spec *spec,
                                const char **sequences)
{
    for (uint32_t i = 0; i < spec->column_count; i++) {
        if (spec->columns[i].sequence == NULL) {
            continue;
        }
        VV_TRY(catalog_choose_name(spec->name, spec->columns[i].name, "seq",
                                   catalog_work_name_taken, work, &work->arena, &sequences[i]));
        VV_TRY(catalog_work_name_lock(work, sequences[i]));
        work->chosen[work->chosen_count++] = sequences[i];
    }
    return VV_OK;
}

/* Makes them, and the DEFAULT of SERIAL. */
static vv_status sequences_make(struct catalog_work *work, uint32_t table_id, uint32_t count,
                                struct table_column *columns, const char *const *sequences)
{
    for (uint32_t i = 0; i < count; i++) {
        struct table_column *column = &columns[i];

        if (column->sequence == NULL) {
            continue;
        }
        VV_TRY(sequence_make(work, sequences[i], column->sequence, table_id, (uint16_t)i,
                             &column->sequence_id));
        if (column->identity == TABLE_NO_IDENTITY) {
            VV_TRY(sequence_default(work, sequences[i], &column->default_text));
        }
    }
    return VV_OK;
}

/* Finds the names of the table and its indexes free, chooses those that were not given, locks them.
 * VV_EXISTS: the table is there and that is fine. */
static vv_status table_names(struct catalog_work *work, const struct table_spec *spec,
                             struct table_index *indexes, const char **sequences,
                             bool if_not_exists)
{
    bool taken = false;

    work->chosen_count = 0;
    VV_TRY(catalog_work_name_taken(work, spec->name, &taken));
    if (taken) {
        return catalog_work_already_exists(work, spec->name, if_not_exists);
    }
    work->chosen[work->chosen_count++] = spec->name;
    VV_TRY(sequence_names(work, spec, sequences));
    for (uint32_t i = 0; i < spec->index_count; i++) {
        struct table_index *index = &indexes[i];
        const char *columns = NULL;

        *index = spec->indexes[i];
        if (index->name != NULL) {
            VV_TRY(catalog_work_name_taken(work, index->name, &taken));
            if (taken) {
                return catalog_work_already_exists(work, index->name, false);
            }
        } else {
            VV_TRY(catalog_columns_name(index, spec->columns, &work->arena, &columns));
            VV_TRY(catalog_choose_name(spec->name, index->primary ? NULL : columns,
                                       index->primary      ? "pkey"
                                       : index->constraint ? "key"
                                                           : "idx",
                                       catalog_work_name_taken, work, &work->arena, &index->name));
        }
        VV_TRY(catalog_work_name_lock(work, index->name));
        work->chosen[work->chosen_count++] = index->name;
    }
    return VV_OK;
}

static vv_status table_make(struct catalog_work *work, const struct table_spec *spec,
                            struct table_index *indexes, const char *const *sequences)
{
    struct table_def_ids ids = {.id = catalog_work_draw_id(work->catalog),
                                .schema_id = work->schema_id};
    struct catalog_entry entry = {.kind = CATALOG_TABLE, .id = ids.id, .table_id = ids.id};
    struct catalog_def_key key = catalog_def_key(ids.id);
    struct table_spec fixed = *spec;
    struct table_column *columns = NULL;
    struct table_def *def = NULL;
    vv_slice bytes;

    VV_TRY(catalog_work_name_insert(work, spec->name, &entry));
    VV_TRY(store_map_create(work->session, &ids.map_id));
    VV_TRY(columns_fix(work, spec, indexes, &columns));
    VV_TRY(sequences_make(work, ids.id, spec->column_count, columns, sequences));
    for (uint32_t i = 0; i < spec->index_count; i++) {
        indexes[i].id = catalog_work_draw_id(work->catalog);
        indexes[i].map_id = ids.map_id;
        if (!indexes[i].primary) {
            VV_TRY(store_map_create(work->session, &indexes[i].map_id));
        }
        VV_TRY(catalog_work_parts_fix(work, columns, &indexes[i]));
        entry =
            (struct catalog_entry){.kind = CATALOG_INDEX, .id = indexes[i].id, .table_id = ids.id};
        VV_TRY(catalog_work_name_insert(work, indexes[i].name, &entry));
    }
    ids.version = atomic_fetch_add_explicit(&work->catalog->next_version, 1, memory_order_relaxed);
    fixed.schema = work->schema;
    fixed.columns = columns;
    fixed.indexes = indexes;
    VV_TRY(table_def_create(work->catalog->alloc, &ids, &fixed, &def));
    work->def = def;
    VV_TRY(catalog_work_def_bytes(work, def, &bytes));
    VV_TRY(store_insert(work->session, CATALOG_MAP_DEFS, slice_make(key.bytes, sizeof key.bytes),
                        bytes));
    return catalog_announce(work->catalog, work->session, ids.id);
}

/* Columns of the primary key are NOT NULL; a new column's bytes follow its NOT NULL. */
static vv_status columns_fix(struct catalog_work *work, const struct table_spec *spec,
                             const struct table_index *indexes, struct table_column **columns_out)
{
    struct table_column *columns =
        ARENA_ARRAY(&work->arena, struct table_column, spec->column_count);

    *columns_out = columns;
    if (columns == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < spec->column_count; i++) {
        columns[i] = spec->columns[i];
    }
    if (spec->index_count > 0 && indexes[0].primary) {
        for (uint32_t i = 0; i < indexes[0].part_count; i++) {
            columns[indexes[0].parts[i].column].not_null = true;
        }
    }
    for (uint32_t i = 0; i < spec->column_count; i++) {
        columns[i].section = 0;
        columns[i].stored_nullable = !columns[i].not_null;
    }
    return VV_OK;
}

/* ---- DROP TABLE ---- */

vv_status catalog_drop_table(const struct catalog_ddl *ddl, const char *schema, const char *name,
                             bool if_exists)
{
    struct catalog_work work;
    vv_status status = VV_RETRY;

    catalog_work_init(&work, ddl);
    while (status == VV_RETRY) {
        struct catalog_entry entry;

        if (!catalog_schema_id(schema, &work.schema_id, &work.schema)) {
            status = if_exists ? VV_EXISTS : catalog_work_schema_find(&work, schema);
            if (if_exists) {
                catalog_work_notice(&work, "schema", schema, "does not exist, skipping");
            }
            break;
        }
        VV_TRY_OR(done, catalog_work_drop_find(&work, name, CATALOG_TABLE, if_exists, &entry));
        status = catalog_work_drop_lock(&work, name, &entry);
        if (status == VV_OK) {
            status = catalog_work_def_claim(&work);
        }
    }
    if (status == VV_OK) {
        status = table_unmake(&work);
    }
done:
    return catalog_work_end(&work, status);
}

static vv_status table_unmake(struct catalog_work *work)
{
    const struct table_def *def = work->def;
    struct catalog_def_key key = catalog_def_key(def->id);

    VV_TRY(store_delete(work->session, CATALOG_MAP_DEFS, slice_make(key.bytes, sizeof key.bytes),
                        slice_make(NULL, 0), STORE_BASIS_SNAPSHOT, &(struct store_newest){0}));
    VV_TRY(catalog_work_name_delete(work, def->spec.name));
    VV_TRY(catalog_comments_drop(work, def->id));
    VV_TRY(store_map_drop(work->session, def->map_id));
    for (uint32_t i = 0; i < def->spec.column_count; i++) {
        if (def->spec.columns[i].sequence_id != 0) {
            VV_TRY(sequence_unmake(work, def->spec.columns[i].sequence_id));
        }
    }
    for (uint32_t i = 0; i < def->spec.index_count; i++) {
        VV_TRY(catalog_work_name_delete(work, def->spec.indexes[i].name));
        VV_TRY(catalog_comments_drop(work, def->spec.indexes[i].id));
        if (!def->spec.indexes[i].primary) {
            VV_TRY(store_map_drop(work->session, def->spec.indexes[i].map_id));
        }
    }
    VV_TRY(catalog_statistics_drop(work->session, def));
    return catalog_announce(work->catalog, work->session, def->id);
}

/* ---- statistics ---- */

vv_status catalog_table_stats(struct catalog *catalog, const struct table_def *def,
                              struct catalog_table_stats *stats_out)
{
    struct store_map_stats stats;

    *stats_out = (struct catalog_table_stats){0};
    VV_TRY(store_map_stats(catalog->store, def->map_id, &stats));
    *stats_out = (struct catalog_table_stats){
        .rows = stats.rows, .pages = stats.leaf_pages, .bytes = stats.bytes};
    return VV_OK;
}
