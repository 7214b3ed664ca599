/*
 * catalog_alter.c - ALTER TABLE, ALTER INDEX RENAME, TRUNCATE: a new version of a definition.
 *
 * Changes are applied one after another to a copy of the definition's spec; names are given and taken as they come.
 * No row is rewritten: a new column is a new section that old rows do not have (value/row.h). What would need
 * other bytes in the rows is refused by name.
 */
#include <string.h>

#include "base/assert.h"
#include "catalog/catalog_work.h"
#include "catalog/sequence_private.h"
#include "table/table.h"
#include "value/vector.h"

/* A definition on its way from one version to the next. */
struct altering {
    struct catalog_work *work;
    struct table_spec spec;
    struct table_column *columns;
    struct table_index *indexes;
    struct table_check *checks;
};

static vv_status alter_begin(struct catalog_work *work, const char *schema, const char *name,
                             bool if_exists);
static vv_status alter_copy(struct altering *altering, struct catalog_work *work, uint32_t more);
static vv_status alter_finish(struct altering *altering, uint32_t map_id);
static vv_status change_apply(struct altering *altering,
                              const struct catalog_change_request *change);

/* ---- ALTER TABLE ---- */

vv_status catalog_alter_table(const struct catalog_ddl *ddl, const char *schema, const char *name,
                              bool if_exists, const struct catalog_change_request *changes,
                              uint32_t change_count)
{
    struct catalog_work work;
    struct altering altering;
    vv_status status = VV_OK;

    catalog_work_init(&work, ddl);
    /* New names first: whatever may wait comes before the first write. */
    VV_TRY_OR(done, catalog_work_schema_find(&work, schema));
    for (uint32_t i = 0; i < change_count; i++) {
        if (changes[i].new_name != NULL) {
            VV_TRY_OR(done, catalog_work_name_lock(&work, changes[i].new_name));
        }
    }
    VV_TRY_OR(done, alter_begin(&work, schema, name, if_exists));
    VV_TRY_OR(done, alter_copy(&altering, &work, change_count));
    for (uint32_t i = 0; i < change_count; i++) {
        VV_TRY_OR(done, change_apply(&altering, &changes[i]));
    }
    status = alter_finish(&altering, work.def->map_id);
done:
    return catalog_work_end(&work, status);
}

/* ---- TRUNCATE ---- */

vv_status catalog_truncate_table(const struct catalog_ddl *ddl, const char *schema,
                                 const char *name, bool restart)
{
    struct catalog_work work;
    struct altering altering;
    const struct table_def *def = NULL;
    uint32_t map_id = 0;
    vv_status status = VV_OK;

    catalog_work_init(&work, ddl);
    VV_TRY_OR(done, alter_begin(&work, schema, name, false));
    VV_TRY_OR(done, alter_copy(&altering, &work, 0));
    def = work.def;
    VV_TRY_OR(done, store_map_create(work.session, &map_id));
    VV_TRY_OR(done, store_map_drop(work.session, def->map_id));
    for (uint32_t i = 0; i < altering.spec.index_count; i++) {
        struct table_index *index = &altering.indexes[i];

        if (index->primary) {
            index->map_id = map_id;
            continue;
        }
        VV_TRY_OR(done, store_map_drop(work.session, index->map_id));
        VV_TRY_OR(done, store_map_create(work.session, &index->map_id));
    }
    for (uint32_t i = 0; restart && i < altering.spec.column_count; i++) {
        if (altering.columns[i].sequence_id != 0) {
            VV_TRY_OR(done, sequence_restart(&work, altering.columns[i].sequence_id));
        }
    }
    status = alter_finish(&altering, map_id);
done:
    return catalog_work_end(&work, status);
}

/* ---- the course ---- */

/* Finds the table, locks it against everybody, claims its definition. VV_EXISTS: nothing to do. */
static vv_status alter_begin(struct catalog_work *work, const char *schema, const char *name,
                             bool if_exists)
{
    vv_status status = VV_RETRY;

    VV_TRY(catalog_work_schema_find(work, schema));
    while (status == VV_RETRY) {
        struct catalog_entry entry;

        status = catalog_entry_get(work->session, work->schema_id, name, &entry);
        if (status == VV_NOT_FOUND && if_exists) {
            catalog_work_notice(work, "relation", name, "does not exist, skipping");
            return VV_EXISTS;
        }
        if (status == VV_NOT_FOUND) {
            return error_set(work->error, VV_SQLSTATE_UNDEFINED_TABLE, 0,
                             "relation \"%s\" does not exist", name);
        }
        VV_TRY(status);
        if (entry.kind != CATALOG_TABLE) {
            return error_set(work->error, VV_SQLSTATE_WRONG_OBJECT_TYPE, 0, "\"%s\" is not a table",
                             name);
        }
        table_def_drop(work->def);
        work->def = NULL;
        status = catalog_def_get(work->catalog, work->session, entry.table_id, &work->def);
        VV_TRY(status == VV_NOT_FOUND ? VV_CORRUPT : status);
        status = catalog_work_drop_lock(work, name, &entry);
        if (status == VV_OK) {
            status = catalog_work_def_claim(work);
        }
    }
    return status;
}

static vv_status alter_copy(struct altering *altering, struct catalog_work *work, uint32_t more)
{
    const struct table_spec *spec = &work->def->spec;

    *altering = (struct altering){.work = work, .spec = *spec};
    altering->columns = ARENA_ARRAY(&work->arena, struct table_column, spec->column_count + more);
    altering->indexes = ARENA_ARRAY(&work->arena, struct table_index, spec->index_count);
    altering->checks = ARENA_ARRAY(&work->arena, struct table_check, spec->check_count);
    if (altering->columns == NULL || altering->indexes == NULL || altering->checks == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < spec->column_count; i++) {
        altering->columns[i] = spec->columns[i];
    }
    for (uint32_t i = 0; i < spec->index_count; i++) {
        altering->indexes[i] = spec->indexes[i];
    }
    for (uint32_t i = 0; i < spec->check_count; i++) {
        altering->checks[i] = spec->checks[i];
    }
    altering->spec.columns = altering->columns;
    altering->spec.indexes = altering->indexes;
    altering->spec.checks = altering->checks;
    return VV_OK;
}

static vv_status alter_finish(struct altering *altering, uint32_t map_id)
{
    struct catalog_work *work = altering->work;
    struct table_def *fresh = NULL;

    VV_TRY(catalog_work_def_replace_map(work, &altering->spec, map_id, &fresh));
    table_def_drop(work->def);
    work->def = fresh;
    return catalog_announce(work->catalog, work->session, fresh->id);
}

/* ---- changes ---- */

static struct table_column *column_of(struct altering *altering, const char *name)
{
    for (uint32_t i = 0; i < altering->spec.column_count; i++) {
        if (!altering->columns[i].dropped && strcmp(altering->columns[i].name, name) == 0) {
            return &altering->columns[i];
        }
    }
    return NULL;
}

static vv_status column_missing(struct altering *altering, const char *name)
{
    return error_set(altering->work->error, VV_SQLSTATE_UNDEFINED_COLUMN, 0,
                     "column \"%s\" of relation \"%s\" does not exist", name, altering->spec.name);
}

static vv_status column_exists(struct altering *altering, const char *name)
{
    return error_set(altering->work->error, VV_SQLSTATE_DUPLICATE_COLUMN, 0,
                     "column \"%s\" of relation \"%s\" already exists", name, altering->spec.name);
}

/* The name of a table or index changes in the map of names. */
static vv_status relation_rename(struct altering *altering, const char *from, const char *to)
{
    struct catalog_work *work = altering->work;
    struct catalog_entry entry;
    bool taken = false;

    VV_TRY(catalog_work_name_taken(work, to, &taken));
    if (taken) {
        return catalog_work_already_exists(work, to, false);
    }
    VV_TRY(catalog_entry_get(work->session, work->schema_id, from, &entry));
    VV_TRY(catalog_work_name_delete(work, from));
    return catalog_work_name_insert(work, to, &entry);
}

static vv_status rename_column(struct altering *altering,
                               const struct catalog_change_request *change)
{
    struct table_column *column = column_of(altering, change->name);

    if (column == NULL) {
        return error_set(altering->work->error, VV_SQLSTATE_UNDEFINED_COLUMN, 0,
                         "column \"%s\" does not exist", change->name);
    }
    if (column_of(altering, change->new_name) != NULL) {
        return column_exists(altering, change->new_name);
    }
    column->name = change->new_name;
    return VV_OK;
}

static struct table_check *check_of(struct altering *altering, const char *name)
{
    for (uint32_t i = 0; i < altering->spec.check_count; i++) {
        if (strcmp(altering->checks[i].name, name) == 0) {
            return &altering->checks[i];
        }
    }
    return NULL;
}

static struct table_index *key_of(struct altering *altering, const char *name)
{
    for (uint32_t i = 0; i < altering->spec.index_count; i++) {
        if (altering->indexes[i].constraint && strcmp(altering->indexes[i].name, name) == 0) {
            return &altering->indexes[i];
        }
    }
    return NULL;
}

static vv_status rename_constraint(struct altering *altering,
                                   const struct catalog_change_request *change)
{
    struct table_check *check = check_of(altering, change->name);
    struct table_index *index = key_of(altering, change->name);

    if (check == NULL && index == NULL) {
        return error_set(altering->work->error, VV_SQLSTATE_UNDEFINED_OBJECT, 0,
                         "constraint \"%s\" for table \"%s\" does not exist", change->name,
                         altering->spec.name);
    }
    if (check_of(altering, change->new_name) != NULL ||
        key_of(altering, change->new_name) != NULL) {
        return error_set(altering->work->error, VV_SQLSTATE_DUPLICATE_OBJECT, 0,
                         "constraint \"%s\" for relation \"%s\" already exists", change->new_name,
                         altering->spec.name);
    }
    if (check != NULL) {
        check->name = change->new_name;
        return VV_OK;
    }
    VV_TRY(relation_rename(altering, index->name, change->new_name));
    index->name = change->new_name;
    return VV_OK;
}

static vv_status set_default(struct altering *altering, const struct catalog_change_request *change)
{
    struct table_column *column = column_of(altering, change->name);

    if (column == NULL) {
        return column_missing(altering, change->name);
    }
    if (column->identity != TABLE_NO_IDENTITY) {
        error_set(altering->work->error, VV_SQLSTATE_SYNTAX_ERROR, 0,
                  "column \"%s\" of relation \"%s\" is an identity column", change->name,
                  altering->spec.name);
        if (change->text == NULL) {
            error_hint(altering->work->error,
                       "Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.");
        }
        return VV_ERROR;
    }
    if (column->generated_text != NULL) {
        error_set(altering->work->error, VV_SQLSTATE_SYNTAX_ERROR, 0,
                  "column \"%s\" of relation \"%s\" is a generated column", change->name,
                  altering->spec.name);
        if (change->text == NULL) {
            error_hint(altering->work->error,
                       "Use ALTER TABLE ... ALTER COLUMN ... DROP EXPRESSION instead.");
        }
        return VV_ERROR;
    }
    column->default_text = change->text;
    return VV_OK;
}

/* 23502 when a row holds NULL there. Everything committed before our lock must be visible to the scan. */
static vv_status column_scan(struct altering *altering, uint16_t column)
{
    struct catalog_work *work = altering->work;
    const struct table_def *def = work->def;
    struct table_scan_options options = {0};
    struct table_scan *scan = NULL;
    struct value_vector vector;
    struct value_batch batch = {.columns = &vector, .column_count = 1};
    bool found = false;
    vv_status status = VV_OK;

    if (column >= def->spec.column_count) {
        return VV_OK; /* added by this very statement: there are no values */
    }
    if (!vector_init(&vector, (enum value_type)def->spec.columns[column].type, &work->arena)) {
        return VV_NOMEM;
    }
    VV_TRY(table_projection_create(def, NULL, &column, 1, &work->arena, &options.projection));
    VV_TRY(table_scan_open(work->session, &options, &work->arena, &scan));
    while (!found && (status = table_scan_next(scan, &batch)) == VV_OK) {
        for (uint32_t i = 0; i < batch.row_count; i++) {
            found = found || vector_is_null(&vector, i);
        }
        status = store_check(work->session);
        if (status != VV_OK) {
            break;
        }
    }
    table_scan_close(scan);
    if (!found) {
        return status == VV_END ? VV_OK : status;
    }
    return error_set(work->error, VV_SQLSTATE_NOT_NULL_VIOLATION, 0,
                     "column \"%s\" of relation \"%s\" contains null values",
                     altering->columns[column].name, altering->spec.name);
}

static vv_status set_not_null(struct altering *altering,
                              const struct catalog_change_request *change)
{
    struct table_column *column = column_of(altering, change->name);

    if (column == NULL) {
        return column_missing(altering, change->name);
    }
    if (column->not_null) {
        return VV_OK;
    }
    VV_TRY(column_scan(altering, (uint16_t)(column - altering->columns)));
    column->not_null = true;
    return VV_OK;
}

static vv_status drop_not_null(struct altering *altering,
                               const struct catalog_change_request *change)
{
    struct table_column *column = column_of(altering, change->name);

    if (column == NULL) {
        return column_missing(altering, change->name);
    }
    if (column->identity != TABLE_NO_IDENTITY) {
        return error_set(altering->work->error, VV_SQLSTATE_SYNTAX_ERROR, 0,
                         "column \"%s\" of relation \"%s\" is an identity column", change->name,
                         altering->spec.name);
    }
    for (uint32_t i = 0; i < altering->spec.index_count; i++) {
        const struct table_index *index = &altering->indexes[i];

        for (uint32_t k = 0; index->primary && k < index->part_count; k++) {
            if (index->parts[k].column == column - altering->columns) {
                return error_set(altering->work->error, VV_SQLSTATE_INVALID_TABLE_DEFINITION, 0,
                                 "column \"%s\" is in a primary key", change->name);
            }
        }
        for (uint32_t k = 0; k < index->part_count; k++) {
            if (column->not_null && index->parts[k].column == column - altering->columns &&
                !index->parts[k].nullable) {
                return error_set(altering->work->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                                 "DROP NOT NULL of an indexed column is not supported yet");
            }
        }
    }
    if (column->not_null && !column->stored_nullable) {
        return error_set(altering->work->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "DROP NOT NULL of a column that was made NOT NULL is not supported yet");
    }
    column->not_null = false;
    return VV_OK;
}

static vv_status add_column(struct altering *altering, const struct catalog_change_request *change)
{
    uint32_t count = altering->spec.column_count;
    struct table_column *column = &altering->columns[count];
    uint32_t section = count == 0 ? 0 : altering->columns[count - 1].section + 1u;

    if (column_of(altering, change->column.name) != NULL) {
        if (!change->if_exists) {
            return column_exists(altering, change->column.name);
        }
        catalog_work_notice(altering->work, "column", change->column.name,
                            "already exists, skipping");
        return VV_OK;
    }
    if (count == LIMIT_COLUMNS || section > UINT8_MAX) {
        return error_set(altering->work->error, VV_SQLSTATE_TOO_MANY_COLUMNS, 0,
                         "tables can have at most %u columns", LIMIT_COLUMNS);
    }
    *column = change->column;
    column->section = (uint8_t)section;
    column->stored_nullable = true;
    altering->spec.column_count++;
    return VV_OK;
}

static vv_status drop_constraint(struct altering *altering,
                                 const struct catalog_change_request *change)
{
    struct catalog_work *work = altering->work;
    struct table_check *check = check_of(altering, change->name);
    struct table_index *index = key_of(altering, change->name);

    if (check != NULL) {
        for (; check + 1 < altering->checks + altering->spec.check_count; check++) {
            check[0] = check[1];
        }
        altering->spec.check_count--;
        return VV_OK;
    }
    if (index == NULL && change->if_exists) {
        catalog_work_notice(work, "constraint", change->name, "does not exist, skipping");
        return VV_OK;
    }
    if (index == NULL) {
        return error_set(work->error, VV_SQLSTATE_UNDEFINED_OBJECT, 0,
                         "constraint \"%s\" of relation \"%s\" does not exist", change->name,
                         altering->spec.name);
    }
    if (index->primary) {
        return error_set(work->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "dropping a primary key is not supported yet");
    }
    VV_TRY(catalog_work_name_delete(work, index->name));
    VV_TRY(store_map_drop(work->session, index->map_id));
    for (; index + 1 < altering->indexes + altering->spec.index_count; index++) {
        index[0] = index[1];
    }
    altering->spec.index_count--;
    return VV_OK;
}

static vv_status change_apply(struct altering *altering,
                              const struct catalog_change_request *change)
{
    switch ((enum catalog_change_kind)change->kind) {
    case CATALOG_RENAME_TABLE:
        VV_TRY(relation_rename(altering, altering->spec.name, change->new_name));
        altering->spec.name = change->new_name;
        return VV_OK;
    case CATALOG_RENAME_COLUMN:
        return rename_column(altering, change);
    case CATALOG_RENAME_CONSTRAINT:
        return rename_constraint(altering, change);
    case CATALOG_SET_DEFAULT:
        return set_default(altering, change);
    case CATALOG_SET_NOT_NULL:
        return set_not_null(altering, change);
    case CATALOG_DROP_NOT_NULL:
        return drop_not_null(altering, change);
    case CATALOG_ADD_COLUMN:
        return add_column(altering, change);
    case CATALOG_DROP_CONSTRAINT:
        return drop_constraint(altering, change);
    }
    return VV_INVALID;
}

/* ---- ALTER INDEX ---- */

vv_status catalog_rename_index(const struct catalog_ddl *ddl, const char *schema, const char *name,
                               const char *new_name, bool if_exists)
{
    struct catalog_work work;
    struct altering altering;
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
        VV_TRY_OR(done, catalog_work_drop_find(&work, name, CATALOG_INDEX, if_exists, &entry));
        status = catalog_work_drop_lock(&work, name, &entry);
        if (status == VV_OK) {
            status = catalog_work_def_claim(&work);
        }
    } while (status == VV_RETRY);
    if (status != VV_OK) {
        goto done;
    }
    VV_TRY_OR(done, alter_copy(&altering, &work, 0));
    VV_TRY_OR(done, relation_rename(&altering, name, new_name));
    for (uint32_t i = 0; i < altering.spec.index_count; i++) {
        if (altering.indexes[i].id == entry.id) {
            altering.indexes[i].name = new_name;
        }
    }
    status = alter_finish(&altering, work.def->map_id);
done:
    return catalog_work_end(&work, status);
}
