/*
 * table_def.c - making, counting and searching definitions.
 *
 * A definition is built by copying a spec, whoever made it (CREATE TABLE, the decoder, a copy with one
 * index more), into the arena of a fresh struct, then the layouts are computed. Nothing is changed after.
 */
#include "table/table_def.h"

#include <string.h>

#include "base/assert.h"
#include "base/limits.h"
#include "table/table_private.h"
#include "value/key.h"

#define DEF_MAGIC       0x7461626Cu /* "tabl" */
#define DEF_BLOCK_BYTES 2048

static vv_status spec_check(const struct table_spec *spec);
static vv_status spec_copy(struct arena *arena, const struct table_spec *spec,
                           struct table_spec *copy_out);
static vv_status columns_copy(struct arena *arena, const struct table_spec *spec,
                              struct table_spec *copy);
static vv_status indexes_copy(struct arena *arena, const struct table_spec *spec,
                              struct table_spec *copy);
static vv_status index_copy(struct arena *arena, const struct table_index *index,
                            struct table_index *copy);
static vv_status checks_copy(struct arena *arena, const struct table_spec *spec,
                             struct table_spec *copy);
static vv_status text_copy(struct arena *arena, const char *text, const char **copy_out);
static vv_status slice_copy(struct arena *arena, vv_slice bytes, vv_slice *copy_out);
static void def_free(struct table_def *def);

vv_status table_def_create(struct alloc *alloc, const struct table_def_ids *ids,
                           const struct table_spec *spec, struct table_def **def_out)
{
    vv_status status = VV_OK;
    struct table_def *def = NULL;

    *def_out = NULL;
    VV_TRY(spec_check(spec));
    def = alloc_zero(alloc, ALLOC_CATALOG, sizeof *def);
    if (def == NULL) {
        return VV_NOMEM;
    }
    def->magic = DEF_MAGIC;
    def->id = ids->id;
    def->schema_id = ids->schema_id;
    def->map_id = ids->map_id;
    def->version = ids->version;
    def->alloc = alloc;
    arena_init(&def->arena, alloc, ALLOC_CATALOG, DEF_BLOCK_BYTES);
    atomic_init(&def->references, 1);
    def->has_key = spec->index_count > 0 && spec->indexes[0].primary;
    VV_TRY_OR(fail, spec_copy(&def->arena, spec, &def->spec));
    VV_TRY_OR(fail, table_layout_create(def, &def->arena, &def->layout));
    *def_out = def;
    return VV_OK;

fail:
    def_free(def);
    return status;
}

const struct table_def *table_def_acquire(const struct table_def *def)
{
    struct table_def *counted = (struct table_def *)(uintptr_t)def;

    VV_ASSERT(def->magic == DEF_MAGIC);
    /* Relaxed: whoever acquires holds a reference already, or the cache's lock. */
    atomic_fetch_add_explicit(&counted->references, 1, memory_order_relaxed);
    return def;
}

void table_def_drop(const struct table_def *def)
{
    struct table_def *counted = (struct table_def *)(uintptr_t)def;

    if (def == NULL) {
        return;
    }
    VV_ASSERT(def->magic == DEF_MAGIC);
    /* acq_rel: the last dropper frees after all others have finished reading; pairs with itself. */
    if (atomic_fetch_sub_explicit(&counted->references, 1, memory_order_acq_rel) == 1) {
        def_free(counted);
    }
}

uint16_t table_def_column(const struct table_def *def, const char *name)
{
    for (uint32_t i = 0; i < def->spec.column_count; i++) {
        const struct table_column *column = &def->spec.columns[i];

        if (!column->dropped && strcmp(column->name, name) == 0) {
            return (uint16_t)i;
        }
    }
    return TABLE_NO_COLUMN;
}

const struct table_index *table_def_index(const struct table_def *def, const char *name)
{
    for (uint32_t i = 0; i < def->spec.index_count; i++) {
        if (strcmp(def->spec.indexes[i].name, name) == 0) {
            return &def->spec.indexes[i];
        }
    }
    return NULL;
}

const struct table_index *table_def_index_by_id(const struct table_def *def, uint32_t id)
{
    for (uint32_t i = 0; i < def->spec.index_count; i++) {
        if (def->spec.indexes[i].id == id) {
            return &def->spec.indexes[i];
        }
    }
    return NULL;
}

bool table_part_gives_back(const struct table_index_part *part)
{
    return key_gives_back((enum value_type)part->type, (enum value_collation)part->collation);
}

/* Whether a part gives the column back. */
static bool index_gives(const struct table_index *index, uint16_t column)
{
    for (uint32_t i = 0; i < index->part_count; i++) {
        if (index->parts[i].column == column && table_part_gives_back(&index->parts[i])) {
            return true;
        }
    }
    return false;
}

static bool index_part_of(const struct table_index *index, uint16_t column)
{
    for (uint32_t i = 0; i < index->part_count; i++) {
        if (index->parts[i].column == column) {
            return true;
        }
    }
    return false;
}

bool table_index_is_computed(const struct table_index *index)
{
    return index->predicate_text != NULL || index_part_of(index, TABLE_NO_COLUMN);
}

bool table_index_covers(const struct table_def *def, const struct table_index *index,
                        uint16_t column)
{
    const struct table_index *key = table_def_key(def);

    if (index == NULL || index->primary || def->spec.columns[column].dropped) {
        return true;
    }
    for (uint32_t i = 0; i < index->include_count; i++) {
        if (index->includes[i] == column) {
            return true;
        }
    }
    return index_gives(index, column) || (key != NULL && index_gives(key, column));
}

/* The limits that the struct's own fields rely on; everything else was checked by the catalog. */
static vv_status spec_check(const struct table_spec *spec)
{
    if (spec->column_count > LIMIT_COLUMNS) {
        return VV_LIMIT;
    }
    for (uint32_t i = 0; i < spec->index_count; i++) {
        const struct table_index *index = &spec->indexes[i];

        if (index->part_count > LIMIT_INDEX_COLUMNS || index->include_count > LIMIT_INDEX_COLUMNS) {
            return VV_LIMIT;
        }
        VV_ASSERT(index->part_count > 0);
        VV_ASSERT(!index->primary || i == 0);
    }
    return VV_OK;
}

static vv_status spec_copy(struct arena *arena, const struct table_spec *spec,
                           struct table_spec *copy_out)
{
    VV_TRY(text_copy(arena, spec->schema, &copy_out->schema));
    VV_TRY(text_copy(arena, spec->name, &copy_out->name));
    VV_TRY(columns_copy(arena, spec, copy_out));
    VV_TRY(indexes_copy(arena, spec, copy_out));
    return checks_copy(arena, spec, copy_out);
}

static vv_status columns_copy(struct arena *arena, const struct table_spec *spec,
                              struct table_spec *copy)
{
    struct table_column *columns = ARENA_ARRAY(arena, struct table_column, spec->column_count);

    if (columns == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < spec->column_count; i++) {
        columns[i] = spec->columns[i];
        VV_TRY(text_copy(arena, spec->columns[i].name, &columns[i].name));
        VV_TRY(text_copy(arena, spec->columns[i].default_text, &columns[i].default_text));
        VV_TRY(text_copy(arena, spec->columns[i].generated_text, &columns[i].generated_text));
        VV_TRY(slice_copy(arena, spec->columns[i].missing, &columns[i].missing));
        columns[i].sequence = NULL;
    }
    copy->columns = columns;
    copy->column_count = spec->column_count;
    return VV_OK;
}

static vv_status indexes_copy(struct arena *arena, const struct table_spec *spec,
                              struct table_spec *copy)
{
    struct table_index *indexes = ARENA_ARRAY(arena, struct table_index, spec->index_count);

    if (indexes == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < spec->index_count; i++) {
        VV_TRY(index_copy(arena, &spec->indexes[i], &indexes[i]));
    }
    copy->indexes = indexes;
    copy->index_count = spec->index_count;
    return VV_OK;
}

static vv_status index_copy(struct arena *arena, const struct table_index *index,
                            struct table_index *copy)
{
    struct table_index_part *parts = ARENA_ARRAY(arena, struct table_index_part, index->part_count);
    void *includes =
        arena_copy(arena, index->includes, index->include_count * sizeof index->includes[0]);

    if (parts == NULL || includes == NULL) {
        return VV_NOMEM;
    }
    *copy = *index;
    VV_TRY(text_copy(arena, index->name, &copy->name));
    VV_TRY(text_copy(arena, index->predicate_text, &copy->predicate_text));
    for (uint32_t i = 0; i < index->part_count; i++) {
        parts[i] = index->parts[i];
        VV_TRY(text_copy(arena, index->parts[i].expression_text, &parts[i].expression_text));
        VV_TRY(text_copy(arena, index->parts[i].name, &parts[i].name));
    }
    copy->parts = parts;
    copy->includes = includes;
    return VV_OK;
}

static vv_status checks_copy(struct arena *arena, const struct table_spec *spec,
                             struct table_spec *copy)
{
    struct table_check *checks = ARENA_ARRAY(arena, struct table_check, spec->check_count);

    if (checks == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < spec->check_count; i++) {
        checks[i] = spec->checks[i];
        VV_TRY(text_copy(arena, spec->checks[i].name, &checks[i].name));
        VV_TRY(text_copy(arena, spec->checks[i].text, &checks[i].text));
    }
    copy->checks = checks;
    copy->check_count = spec->check_count;
    return VV_OK;
}

static vv_status slice_copy(struct arena *arena, vv_slice bytes, vv_slice *copy_out)
{
    uint8_t *copy = NULL;

    *copy_out = slice_make(NULL, 0);
    if (bytes.data == NULL) {
        return VV_OK;
    }
    copy = arena_copy(arena, bytes.data, bytes.size);
    if (copy == NULL) {
        return VV_NOMEM;
    }
    *copy_out = slice_make(copy, bytes.size);
    return VV_OK;
}

static vv_status text_copy(struct arena *arena, const char *text, const char **copy_out)
{
    *copy_out = NULL;
    if (text == NULL) {
        return VV_OK;
    }
    *copy_out = arena_text(arena, text, strlen(text));
    return *copy_out == NULL ? VV_NOMEM : VV_OK;
}

static void def_free(struct table_def *def)
{
    struct alloc *alloc = def->alloc;

    def->magic = 0;
    arena_release(&def->arena);
    alloc_free(alloc, ALLOC_CATALOG, def, sizeof *def);
}
