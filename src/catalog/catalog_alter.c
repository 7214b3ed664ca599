/*
 * catalog_alter.c - ALTER TABLE: from one version of a definition to the next.
 *
 * The binder has worked out what the table becomes; here the difference is carried out. Under ACCESS EXCLUSIVE:
 *
 *     names        of indexes, sequences and the table, given and taken
 *     maps         a table that is rewritten gets a new map, and so does every index that is built anew;
 *                  the old ones stay as they are for snapshots that still see the old definition
 *     definition   the new version
 *     rows         rows() fills the new map, or looks whether the rows obey what is new
 *     indexes      are built from the rows
 *
 * All of it is rows and maps of the transaction, so rollback and crash undo it as they undo everything. The
 * order of rows and indexes is PostgreSQL's: without rewriting, a duplicate key is found before a broken CHECK.
 */
#include <string.h>

#include "base/assert.h"
#include "catalog/catalog_work.h"
#include "catalog/sequence_private.h"
#include "table/table.h"

/* A definition on its way from one version to the next. */
struct altering {
    struct catalog_work work;
    const struct catalog_alteration *wish;
    struct table_spec spec;
    struct table_column *columns;
    struct table_index *indexes;
    const char **sequences; /* by column: the name of its new sequence */
    bool *build;            /* by index: its map is new */
    uint32_t map_id;
};

static vv_status alter_lock(struct altering *altering);
static vv_status alter_copy(struct altering *altering);
static vv_status alter_names(struct altering *altering);
static vv_status alter_write(struct altering *altering);
static vv_status alter_names_write(struct altering *altering);
static vv_status alter_sequences(struct altering *altering);
static vv_status alter_maps(struct altering *altering);
static vv_status alter_indexes(struct altering *altering, const struct table_def *fresh);
static vv_status alter_maps_drop(struct altering *altering);
static vv_status alter_comments(struct altering *altering);

vv_status catalog_alter_table(const struct catalog_ddl *ddl,
                              const struct catalog_alteration *alteration)
{
    struct altering altering = {.wish = alteration};
    vv_status status = VV_OK;

    catalog_work_init(&altering.work, ddl);
    VV_TRY_OR(done, catalog_work_schema_find(&altering.work, alteration->schema));
    VV_TRY_OR(done, alter_lock(&altering));
    status = alter_write(&altering);
done:
    return catalog_work_end(&altering.work, status);
}

/* ---- before the first write ---- */

static bool reads_rows(const struct catalog_alteration *wish)
{
    bool builds = wish->rewrite || wish->checks;

    for (uint32_t i = 0; i < wish->spec->index_count; i++) {
        builds = builds || wish->spec->indexes[i].map_id == 0;
    }
    return builds;
}

/* Finds the table as the binder found it, locks it and all names, claims its definition. VV_EXISTS: nothing
 * to do. */
static vv_status alter_lock(struct altering *altering)
{
    struct catalog_work *work = &altering->work;
    const struct catalog_alteration *wish = altering->wish;
    vv_status status = VV_RETRY;

    while (status == VV_RETRY) {
        status = catalog_work_table_lock(work, wish->name);
        if (status == VV_NOT_FOUND && wish->base == NULL) {
            catalog_work_notice(work, "relation", wish->name, "does not exist, skipping");
            return VV_EXISTS;
        }
        if (status == VV_NOT_FOUND) {
            return VV_CHANGED;
        }
        if (status == VV_RETRY) {
            continue;
        }
        VV_TRY(status);
        if (wish->base == NULL || work->def->id != wish->base->id ||
            work->def->version != wish->base->version) {
            return VV_CHANGED;
        }
        if (reads_rows(wish)) {
            VV_TRY(catalog_work_newest(work));
        }
        VV_TRY(alter_copy(altering));
        VV_TRY(alter_names(altering));
        status = catalog_work_def_claim(work);
    }
    return status;
}

static vv_status alter_copy(struct altering *altering)
{
    struct arena *arena = &altering->work.arena;
    const struct table_spec *spec = altering->wish->spec;

    altering->spec = *spec;
    altering->columns = ARENA_ARRAY(arena, struct table_column, spec->column_count);
    altering->indexes = ARENA_ARRAY(arena, struct table_index, spec->index_count);
    altering->sequences = ARENA_ARRAY(arena, const char *, spec->column_count);
    altering->build = ARENA_ARRAY(arena, bool, spec->index_count);
    altering->work.chosen =
        ARENA_ARRAY(arena, const char *, spec->index_count + spec->column_count + 1);
    if (altering->columns == NULL || altering->indexes == NULL || altering->sequences == NULL ||
        altering->build == NULL || altering->work.chosen == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < spec->column_count; i++) {
        altering->columns[i] = spec->columns[i];
    }
    for (uint32_t i = 0; i < spec->index_count; i++) {
        altering->indexes[i] = spec->indexes[i];
    }
    altering->spec.columns = altering->columns;
    altering->spec.indexes = altering->indexes;
    altering->work.chosen_count = 0;
    return VV_OK;
}

/* The index of that id in the spec; NULL: it goes. */
static const struct table_index *index_after(const struct table_spec *spec, uint32_t id)
{
    for (uint32_t i = 0; i < spec->index_count; i++) {
        if (spec->indexes[i].id == id) {
            return &spec->indexes[i];
        }
    }
    return NULL;
}

/* Whether the name belongs to an index of this table that gives it up. */
static bool name_goes(const struct altering *altering, const char *name)
{
    const struct table_index *before = table_def_index(altering->wish->base, name);
    const struct table_index *after =
        before == NULL ? NULL : index_after(altering->wish->spec, before->id);

    return before != NULL && (after == NULL || strcmp(after->name, name) != 0);
}

static vv_status name_taken(void *context, const char *name, bool *taken_out)
{
    struct altering *altering = context;

    VV_TRY(catalog_work_name_taken(&altering->work, name, taken_out));
    for (uint32_t i = 0; *taken_out && i < altering->work.chosen_count; i++) {
        if (strcmp(altering->work.chosen[i], name) == 0) {
            return VV_OK;
        }
    }
    *taken_out = *taken_out && !name_goes(altering, name);
    return VV_OK;
}

/* The right to a name that was given or chosen. */
static vv_status name_take(struct altering *altering, const char *name)
{
    struct catalog_work *work = &altering->work;
    bool taken = false;

    VV_TRY(name_taken(altering, name, &taken));
    if (taken) {
        return catalog_work_already_exists(work, name, false);
    }
    work->chosen[work->chosen_count++] = name;
    return catalog_work_name_lock(work, name);
}

static vv_status index_name(struct altering *altering, struct table_index *index)
{
    struct catalog_work *work = &altering->work;
    const struct table_index *before =
        index->id == 0 ? NULL : table_def_index_by_id(altering->wish->base, index->id);
    const char *columns = NULL;

    if (before != NULL && strcmp(before->name, index->name) == 0) {
        return VV_OK;
    }
    if (index->name == NULL) {
        VV_TRY(catalog_columns_name(index, altering->columns, &work->arena, &columns));
        VV_TRY(catalog_choose_name(altering->spec.name, index->primary ? NULL : columns,
                                   index->primary ? "pkey" : "key", name_taken, altering,
                                   &work->arena, &index->name));
    }
    return name_take(altering, index->name);
}

static bool needs_sequence(const struct table_column *column)
{
    return column->sequence != NULL && column->sequence_id == 0 && !column->dropped;
}

static vv_status alter_names(struct altering *altering)
{
    struct catalog_work *work = &altering->work;

    if (strcmp(altering->spec.name, altering->wish->base->spec.name) != 0) {
        VV_TRY(name_take(altering, altering->spec.name));
    }
    for (uint32_t i = 0; i < altering->spec.column_count; i++) {
        if (needs_sequence(&altering->columns[i])) {
            VV_TRY(catalog_choose_name(altering->spec.name, altering->columns[i].name, "seq",
                                       name_taken, altering, &work->arena,
                                       &altering->sequences[i]));
            VV_TRY(name_take(altering, altering->sequences[i]));
        }
    }
    for (uint32_t i = 0; i < altering->spec.index_count; i++) {
        VV_TRY(index_name(altering, &altering->indexes[i]));
    }
    return VV_OK;
}

/* ---- writing ---- */

static vv_status alter_write(struct altering *altering)
{
    struct catalog_work *work = &altering->work;
    const struct catalog_alteration *wish = altering->wish;
    struct table_def *fresh = NULL;
    vv_status status = VV_OK;

    VV_TRY(alter_sequences(altering));
    VV_TRY(alter_maps(altering));
    VV_TRY(alter_names_write(altering));
    VV_TRY(catalog_work_def_replace_map(work, &altering->spec, altering->map_id, &fresh));
    store_statement_step(work->session); /* rows() reads sequences that were made above */
    if (wish->rewrite) {
        VV_TRY_OR(done, wish->rows(wish->context, work->def, fresh));
        store_statement_step(work->session);
    }
    VV_TRY_OR(done, alter_indexes(altering, fresh));
    if (wish->checks && !wish->rewrite) {
        VV_TRY_OR(done, wish->rows(wish->context, work->def, fresh));
    }
    VV_TRY_OR(done, alter_maps_drop(altering));
    VV_TRY_OR(done, alter_comments(altering));
    status = catalog_announce(work->catalog, work->session, fresh->id);
done:
    table_def_drop(fresh);
    return status;
}

static vv_status alter_sequences(struct altering *altering)
{
    struct catalog_work *work = &altering->work;
    const struct table_spec *base = &altering->wish->base->spec;

    for (uint32_t i = 0; i < altering->spec.column_count; i++) {
        struct table_column *column = &altering->columns[i];
        uint32_t before = i < base->column_count ? base->columns[i].sequence_id : 0;

        if (before != 0 && column->sequence_id == 0) {
            VV_TRY(sequence_unmake(work, before));
        }
        if (column->sequence == NULL || column->dropped) {
            continue;
        }
        if (column->sequence_id != 0) {
            VV_TRY(sequence_change(work, column->sequence_id, column->sequence));
            continue;
        }
        VV_TRY(sequence_make(work, altering->sequences[i], column->sequence,
                             altering->wish->base->id, (uint16_t)i, &column->sequence_id));
        if (column->identity == TABLE_NO_IDENTITY) {
            VV_TRY(sequence_default(work, altering->sequences[i], &column->default_text));
        }
    }
    return VV_OK;
}

/* An index over rows that have not been looked at yet takes the NULLs that a later check will find. */
static vv_status index_parts(struct altering *altering, struct table_index *index)
{
    const struct table_spec *base = &altering->wish->base->spec;
    struct table_index_part *parts = NULL;

    VV_TRY(catalog_work_parts_fix(&altering->work, altering->columns, index));
    parts = (struct table_index_part *)(uintptr_t)index->parts;
    for (uint32_t i = 0; !altering->wish->rewrite && i < index->part_count; i++) {
        uint16_t column = parts[i].column;

        parts[i].nullable =
            parts[i].nullable || column >= base->column_count || !base->columns[column].not_null;
    }
    return VV_OK;
}

static vv_status alter_maps(struct altering *altering)
{
    struct catalog_work *work = &altering->work;

    altering->map_id = work->def->map_id;
    if (altering->wish->rewrite) {
        VV_TRY(store_map_create(work->session, &altering->map_id));
    }
    for (uint32_t i = 0; i < altering->spec.index_count; i++) {
        struct table_index *index = &altering->indexes[i];

        if (index->id == 0) {
            index->id = catalog_work_draw_id(work->catalog);
        }
        if (index->primary) {
            index->map_id = altering->map_id;
            VV_TRY(catalog_work_parts_fix(work, altering->columns, index));
        } else if (index->map_id == 0 || altering->wish->new_keys) {
            VV_TRY(store_map_create(work->session, &index->map_id));
            VV_TRY(index_parts(altering, index));
            altering->build[i] = true;
        }
    }
    return VV_OK;
}

/* Names that go first, so that one statement can give a name to another. */
static vv_status alter_names_write(struct altering *altering)
{
    struct catalog_work *work = &altering->work;
    const struct table_def *base = altering->wish->base;
    struct catalog_entry entry = {.kind = CATALOG_INDEX, .table_id = base->id};

    for (uint32_t i = 0; i < base->spec.index_count; i++) {
        if (name_goes(altering, base->spec.indexes[i].name)) {
            VV_TRY(catalog_work_name_delete(work, base->spec.indexes[i].name));
        }
    }
    for (uint32_t i = 0; i < altering->spec.index_count; i++) {
        const struct table_index *index = &altering->indexes[i];
        const struct table_index *before = table_def_index_by_id(base, index->id);

        if (before == NULL || strcmp(before->name, index->name) != 0) {
            entry.id = index->id;
            VV_TRY(catalog_work_name_insert(work, index->name, &entry));
        }
    }
    if (strcmp(altering->spec.name, base->spec.name) != 0) {
        entry = (struct catalog_entry){.kind = CATALOG_TABLE, .id = base->id, .table_id = base->id};
        VV_TRY(catalog_work_name_delete(work, base->spec.name));
        VV_TRY(catalog_work_name_insert(work, altering->spec.name, &entry));
    }
    return VV_OK;
}

static vv_status alter_indexes(struct altering *altering, const struct table_def *fresh)
{
    for (uint32_t i = 0; i < fresh->spec.index_count; i++) {
        if (altering->build[i]) {
            VV_TRY(catalog_work_index_fill(&altering->work, fresh, &fresh->spec.indexes[i]));
        }
    }
    return VV_OK;
}

/* The maps of base that the new definition has no more; the old rows were read until now. */
static vv_status alter_maps_drop(struct altering *altering)
{
    struct store_session *session = altering->work.session;
    const struct table_def *base = altering->wish->base;

    for (uint32_t i = base->has_key ? 1 : 0; i < base->spec.index_count; i++) {
        const struct table_index *before = &base->spec.indexes[i];
        const struct table_index *after = index_after(&altering->spec, before->id);

        if (after == NULL || after->map_id != before->map_id) {
            VV_TRY(store_map_drop(session, before->map_id));
        }
    }
    return altering->wish->rewrite ? store_map_drop(session, base->map_id) : VV_OK;
}

static bool check_stays(const struct altering *altering, const char *name)
{
    for (uint32_t i = 0; i < altering->spec.check_count; i++) {
        if (strcmp(altering->spec.checks[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* What is gone takes its comment along. (A CHECK dropped and made again under its name in one statement keeps it.) */
static vv_status alter_comments(struct altering *altering)
{
    struct catalog_work *work = &altering->work;
    const struct catalog_alteration *wish = altering->wish;
    const struct table_def *base = wish->base;

    for (uint32_t i = 0; i < base->spec.index_count; i++) {
        if (index_after(&altering->spec, base->spec.indexes[i].id) == NULL) {
            VV_TRY(catalog_comments_drop(work, base->spec.indexes[i].id));
        }
    }
    for (uint32_t i = 0; i < base->spec.column_count; i++) {
        if (altering->columns[i].dropped && !base->spec.columns[i].dropped) {
            VV_TRY(catalog_comment_column_drop(work, base->id, i));
        }
    }
    for (uint32_t i = 0; i < base->spec.check_count; i++) {
        const char *name = base->spec.checks[i].name;
        bool moves = wish->check != NULL && strcmp(wish->check, name) == 0;

        if (moves || !check_stays(altering, name)) {
            VV_TRY(
                catalog_comment_check_move(work, base->id, name, moves ? wish->check_after : NULL));
        }
    }
    return VV_OK;
}
