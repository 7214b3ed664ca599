/*
 * sequence_owner.c - OWNED BY: a sequence that goes with a column. Both sides know it: the sequence's row has the table and
 * the column, the column's definition has the sequence.
 */
#include <string.h>

#include "catalog/sequence.h"
#include "catalog/sequence_private.h"

/* The table's definition in work, which nobody else changes or uses from now on. VV_RETRY: from the start. */
static vv_status table_lock(struct catalog_work *work)
{
    struct catalog_entry entry;

    VV_TRY(catalog_entry_get(work->session, work->schema_id, work->def->spec.name, &entry));
    VV_TRY(catalog_work_drop_lock(work, work->def->spec.name, &entry));
    return catalog_work_def_claim(work);
}

static vv_status def_take(struct catalog_work *work, uint32_t table_id,
                          const struct table_def **def_out)
{
    vv_status status = VV_OK;

    table_def_drop(work->def);
    work->def = NULL;
    status = catalog_def_get(work->catalog, work->session, table_id, &work->def);
    VV_TRY(status == VV_NOT_FOUND ? VV_CORRUPT : status);
    VV_TRY(table_lock(work));
    *def_out = work->def;
    work->def = NULL;
    return VV_OK;
}

static vv_status column_find(struct catalog_work *work, const struct table_sequence_owner *owner,
                             uint32_t sequence_id, struct sequence_owning *owning)
{
    const struct table_spec *spec = &owning->to->spec;

    for (uint32_t i = 0; i < spec->column_count; i++) {
        const struct table_column *column = &spec->columns[i];

        if (!column->dropped && strcmp(column->name, owner->column) == 0) {
            owning->column = (uint16_t)i;
            return column->sequence_id == 0 || column->sequence_id == sequence_id
                       ? VV_OK
                       : error_set(work->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                                   "a second sequence owned by a column is not supported yet");
        }
    }
    return error_set(work->error, VV_SQLSTATE_UNDEFINED_COLUMN, 0,
                     "column \"%s\" of relation \"%s\" does not exist", owner->column,
                     owner->table);
}

static vv_status lock_once(struct catalog_work *work, const struct sequence *sequence,
                           const struct table_sequence_owner *owner, struct sequence_owning *owning)
{
    struct catalog_entry entry;
    vv_status status = VV_OK;

    if (sequence->table_id != 0) {
        VV_TRY(def_take(work, sequence->table_id, &owning->from));
        if (sequence->column >= owning->from->spec.column_count) {
            return VV_CORRUPT;
        }
        if (owning->from->spec.columns[sequence->column].identity != TABLE_NO_IDENTITY) {
            error_set(work->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                      "cannot change ownership of identity sequence");
            error_detail(work->error, "Sequence \"%s\" is linked to table \"%s\".", sequence->name,
                         owning->from->spec.name);
            return VV_ERROR;
        }
    }
    if (owner->table == NULL) {
        return VV_OK;
    }
    VV_TRY(catalog_work_schema_find(work, owner->schema));
    status = catalog_entry_get(work->session, work->schema_id, owner->table, &entry);
    if (status == VV_NOT_FOUND) {
        return error_set(work->error, VV_SQLSTATE_UNDEFINED_TABLE, 0,
                         "relation \"%s\" does not exist", owner->table);
    }
    VV_TRY(status);
    if (entry.kind != CATALOG_TABLE) {
        error_set(work->error, VV_SQLSTATE_WRONG_OBJECT_TYPE, 0,
                  "sequence cannot be owned by relation \"%s\"", owner->table);
        error_detail(work->error, "This operation is not supported for %s.",
                     entry.kind == CATALOG_SEQUENCE ? "sequences" : "indexes");
        return VV_ERROR;
    }
    if (owning->from != NULL && owning->from->id == entry.table_id) {
        owning->to = owning->from;
    } else {
        VV_TRY(def_take(work, entry.table_id, &owning->to));
    }
    return column_find(work, owner, sequence->id, owning);
}

void sequence_owning_release(struct sequence_owning *owning)
{
    if (owning->to != owning->from) {
        table_def_drop(owning->to);
    }
    table_def_drop(owning->from);
    *owning = (struct sequence_owning){0};
}

vv_status sequence_owner_lock(struct catalog_work *work, const struct sequence *sequence,
                              const struct table_sequence_owner *owner,
                              struct sequence_owning *owning)
{
    vv_status status = VV_OK;

    do {
        sequence_owning_release(owning);
        status = lock_once(work, sequence, owner, owning);
    } while (status == VV_RETRY);
    return status;
}

/* Writes def with what has changed of its columns. */
static vv_status def_write(struct catalog_work *work, const struct table_def *def,
                           const struct sequence *sequence, const struct sequence_owning *owning)
{
    struct table_spec spec = def->spec;
    struct table_column *columns =
        ARENA_ARRAY(&work->arena, struct table_column, spec.column_count);
    const struct table_def *held = work->def;
    struct table_def *fresh = NULL;
    vv_status status = VV_OK;

    if (columns == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < spec.column_count; i++) {
        columns[i] = spec.columns[i];
    }
    if (def == owning->from) {
        columns[sequence->column].sequence_id = 0;
    }
    if (def == owning->to) {
        columns[owning->column].sequence_id = sequence->id;
    }
    spec.columns = columns;
    work->def = def; /* borrow: of owning */
    status = catalog_work_def_replace(work, &spec, &fresh);
    work->def = held;
    VV_TRY(status);
    status = catalog_announce(work->catalog, work->session, fresh->id);
    table_def_drop(fresh);
    return status;
}

vv_status sequence_owner_write(struct catalog_work *work, const struct sequence_owning *owning,
                               const struct sequence *sequence)
{
    if (owning->from != NULL) {
        VV_TRY(def_write(work, owning->from, sequence, owning));
    }
    return owning->to == NULL || owning->to == owning->from
               ? VV_OK
               : def_write(work, owning->to, sequence, owning);
}

vv_status sequence_owner_change(struct catalog_work *work, const struct sequence_owning *owning,
                                struct sequence *sequence)
{
    struct catalog_entry entry;

    VV_TRY(sequence_owner_write(work, owning, sequence));
    sequence->table_id = owning->to == NULL ? 0 : owning->to->id;
    sequence->column = owning->to == NULL ? TABLE_NO_COLUMN : owning->column;
    VV_TRY(catalog_entry_get(work->session, work->schema_id, sequence->name, &entry));
    VV_TRY(catalog_work_name_delete(work, sequence->name));
    entry.table_id = sequence->table_id == 0 ? sequence->id : sequence->table_id;
    return catalog_work_name_insert(work, sequence->name, &entry);
}
