/*
 * table_layout.c - plans how a definition's rows and keys are coded, once, when the definition is made.
 *
 * Keys keep an open end (no terminator behind the last string) where that can never make a key empty,
 * which the store does not take: not when that string is the only column. An index's parts keep one only
 * when nothing is ever appended to them.
 */
#include "table/table_private.h"

#include "base/assert.h"

static vv_status key_plan(const struct table_index *index, bool open_end, struct arena *arena,
                          struct key_layout *layout);
static vv_status row_plan(const struct table_def *def, struct arena *arena,
                          struct table_layout *layout);
static vv_status missing_plan(const struct table_column *column, struct arena *arena,
                              const struct value **missing_out);
static void places_of_key(const struct table_def *def, struct table_place *places);
static vv_status index_plan(const struct table_def *def, const struct table_index *index,
                            struct arena *arena, struct table_index_layout *layout);
static vv_status includes_plan(const struct table_def *def, const struct table_index *index,
                               struct arena *arena, struct row_layout *layout);

vv_status table_layout_create(const struct table_def *def, struct arena *arena,
                              const struct table_layout **layout_out)
{
    struct table_layout *layout = ARENA_NEW(arena, struct table_layout);
    struct table_index_layout *indexes =
        ARENA_ARRAY(arena, struct table_index_layout, def->spec.index_count);
    const struct table_index *key = table_def_key(def);

    *layout_out = NULL;
    if (layout == NULL || indexes == NULL) {
        return VV_NOMEM;
    }
    if (key != NULL) {
        VV_TRY(key_plan(key, key->part_count > 1, arena, &layout->key));
    }
    VV_TRY(row_plan(def, arena, layout));
    for (uint32_t i = 0; i < def->spec.index_count; i++) {
        if (!def->spec.indexes[i].primary) {
            VV_TRY(index_plan(def, &def->spec.indexes[i], arena, &indexes[i]));
        }
    }
    layout->indexes = indexes;
    *layout_out = layout;
    return VV_OK;
}

static vv_status key_plan(const struct table_index *index, bool open_end, struct arena *arena,
                          struct key_layout *layout)
{
    struct key_column columns[LIMIT_INDEX_COLUMNS];

    for (uint32_t i = 0; i < index->part_count; i++) {
        const struct table_index_part *part = &index->parts[i];

        bool folds = value_collation_folds((enum value_collation)part->collation);

        columns[i] = (struct key_column){.type = folds ? (uint8_t)VALUE_TEXT : part->type,
                                         .collation = folds ? part->collation : 0,
                                         .nullable = part->nullable && !index->primary,
                                         .descending = part->descending,
                                         .nulls_first = part->nulls_first};
    }
    return key_layout_init(layout, columns, index->part_count, open_end, arena);
}

/* D3: the row keeps the columns that the key does not give back. */
static vv_status row_plan(const struct table_def *def, struct arena *arena,
                          struct table_layout *layout)
{
    uint32_t count = def->spec.column_count;
    struct table_place *places = ARENA_ARRAY(arena, struct table_place, count);
    struct row_column *columns = ARENA_ARRAY(arena, struct row_column, count);
    uint16_t *row_columns = ARENA_ARRAY(arena, uint16_t, count);
    uint16_t stored = 0;

    if (places == NULL || columns == NULL || row_columns == NULL) {
        return VV_NOMEM;
    }
    places_of_key(def, places);
    for (uint32_t i = 0; i < count; i++) {
        const struct table_column *column = &def->spec.columns[i];

        places[i].row_column = TABLE_NO_COLUMN;
        if (places[i].key_part == TABLE_NO_COLUMN && !column->absent) {
            columns[stored] = (struct row_column){.type = column->type,
                                                  .nullable = column->stored_nullable,
                                                  .unread = column->dropped,
                                                  .section = column->section};
            VV_TRY(missing_plan(column, arena, &columns[stored].missing));
            row_columns[stored] = (uint16_t)i;
            places[i].row_column = stored++;
        }
    }
    layout->places = places;
    layout->row_columns = row_columns;
    return row_layout_init(&layout->row, columns, stored, arena);
}

/* A missing value is a row of one column that is not NULL. */
static vv_status missing_layout(uint8_t type, struct arena *arena, struct row_layout *layout)
{
    struct row_column column = {.type = type};

    return row_layout_init(layout, &column, 1, arena);
}

vv_status table_missing_encode(const struct value *value, struct arena *arena,
                               vv_slice *missing_out)
{
    struct row_layout layout;
    uint8_t *bytes = NULL;
    size_t size = 0;

    *missing_out = slice_make(NULL, 0);
    VV_ASSERT(!value->null);
    VV_TRY(missing_layout(value->type, arena, &layout));
    size = row_encoded_bytes(&layout, value);
    bytes = arena_get(arena, size);
    if (bytes == NULL) {
        return VV_NOMEM;
    }
    *missing_out = slice_make(bytes, row_encode(&layout, value, bytes));
    return VV_OK;
}

static vv_status missing_plan(const struct table_column *column, struct arena *arena,
                              const struct value **missing_out)
{
    struct row_layout layout;
    struct value *value = NULL;

    *missing_out = NULL;
    if (column->missing.data == NULL) {
        return VV_OK;
    }
    value = ARENA_NEW(arena, struct value);
    if (value == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(missing_layout(column->type, arena, &layout));
    VV_TRY(row_decode(&layout, column->missing, 0, value));
    *missing_out = value;
    return VV_OK;
}

static void places_of_key(const struct table_def *def, struct table_place *places)
{
    const struct table_index *key = table_def_key(def);

    for (uint32_t i = 0; i < def->spec.column_count; i++) {
        places[i].key_part = TABLE_NO_COLUMN;
    }
    for (uint32_t i = 0; key != NULL && i < key->part_count; i++) {
        VV_ASSERT(key->parts[i].column < def->spec.column_count);
        if (table_part_gives_back(&key->parts[i])) {
            places[key->parts[i].column].key_part = (uint16_t)i;
        }
    }
}

static vv_status index_plan(const struct table_def *def, const struct table_index *index,
                            struct arena *arena, struct table_index_layout *layout)
{
    for (uint32_t i = 0; i < index->part_count; i++) {
        layout->may_be_null = layout->may_be_null || index->parts[i].nullable;
    }
    layout->has_includes = index->include_count > 0;
    layout->computed = table_index_is_computed(index);
    VV_TRY(key_plan(index, index->unique && !layout->may_be_null && index->part_count > 1, arena,
                    &layout->parts));
    return includes_plan(def, index, arena, &layout->includes);
}

/* Included columns are all nullable: an index outlives DROP NOT NULL. */
static vv_status includes_plan(const struct table_def *def, const struct table_index *index,
                               struct arena *arena, struct row_layout *layout)
{
    struct row_column columns[LIMIT_INDEX_COLUMNS];

    for (uint32_t i = 0; i < index->include_count; i++) {
        columns[i] = (struct row_column){.type = def->spec.columns[index->includes[i]].type,
                                         .nullable = true};
    }
    return row_layout_init(layout, columns, index->include_count, arena);
}
