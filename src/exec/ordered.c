/* ordered.c - see ordered.h. */
#include "exec/ordered.h"

#include "eval/group.h"
#include "exec/sort_entries.h"

#define ROW_WORK 64u /* of a key and of a row taken in, in the units of the pace (K6) */

vv_status ordered_init(struct ordered *ordered, const struct expr *aggregate,
                       struct arena *plan_arena)
{
    uint32_t arguments = aggregate->argument_count - aggregate->order_count;
    struct key_column *columns =
        ARENA_ARRAY(plan_arena, struct key_column, aggregate->order_count + 1);

    ordered->column_count = 1 + aggregate->argument_count;
    ordered->key_count = aggregate->order_count;
    ordered->types = ARENA_ARRAY(plan_arena, uint8_t, ordered->column_count);
    if (columns == NULL || ordered->types == NULL) {
        return VV_NOMEM;
    }
    ordered->types[0] = VALUE_BIGINT;
    columns[0] = (struct key_column){.type = VALUE_BIGINT, .nullable = true};
    for (uint32_t i = 0; i < aggregate->argument_count; i++) {
        ordered->types[1 + i] = aggregate->arguments[i]->type;
    }
    for (uint32_t i = 0; i < aggregate->order_count; i++) {
        columns[1 + i] =
            (struct key_column){.type = ordered->types[1 + arguments + i],
                                .nullable = true,
                                .descending = (aggregate->order[i] & EXPR_ORDER_DESCENDING) != 0,
                                .nulls_first = (aggregate->order[i] & EXPR_ORDER_NULLS_FIRST) != 0};
    }
    return key_layout_init(&ordered->layout, columns, aggregate->order_count + 1, false,
                           plan_arena);
}

void ordered_begin(struct ordered *ordered, struct arena *arena)
{
    ordered->arena = arena;
    rows_init(&ordered->rows, ordered->types, ordered->column_count, arena);
}

vv_status ordered_append(struct ordered *ordered, const struct value_vector *const *columns,
                         const uint16_t *rows, uint32_t count)
{
    return rows_append(&ordered->rows, columns, rows, count);
}

/* The entries of one chunk of rows. */
static vv_status entries_of_chunk(struct ordered *ordered, uint32_t first, uint32_t count,
                                  struct sort_entry *entries)
{
    const struct value_vector *chunk = rows_chunk(&ordered->rows, first);
    const struct value_vector *columns[KEY_COLUMNS_MAX];
    vv_slice keys[ROWS_CHUNK];

    columns[0] = &chunk[0];
    for (uint32_t i = 0; i < ordered->key_count; i++) {
        columns[1 + i] = &chunk[ordered->column_count - ordered->key_count + i];
    }
    VV_TRY(group_sort_keys(&ordered->layout, columns, NULL, count, ordered->arena, keys));
    for (uint32_t i = 0; i < count; i++) {
        entries[i] = sort_entry_make(keys[i], first + i);
    }
    return VV_OK;
}

/* All entries, in order. */
static vv_status entries_make(struct ordered *ordered, struct pace *pace,
                              struct sort_entry **entries_out)
{
    uint32_t total = ordered->rows.row_count;
    struct sort_entry *entries = ARENA_ARRAY(ordered->arena, struct sort_entry, (size_t)total + 1);

    *entries_out = entries;
    if (entries == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t first = 0; first < total; first += ROWS_CHUNK) {
        uint32_t count = total - first < ROWS_CHUNK ? total - first : ROWS_CHUNK;

        VV_TRY(entries_of_chunk(ordered, first, count, entries + first));
        VV_TRY(pace_work(pace, (uint64_t)count * ROW_WORK));
    }
    return sort_entries(entries_out, total, ordered->arena, pace);
}

vv_status ordered_drain(struct ordered *ordered, ordered_take take, void *context,
                        struct pace *pace, struct vv_error *error)
{
    struct sort_entry *entries = NULL;
    vv_status status = entries_make(ordered, pace, &entries);

    for (uint32_t i = 0; status == VV_OK && i < ordered->rows.row_count; i++) {
        const struct value_vector *chunk = rows_chunk(&ordered->rows, entries[i].row);
        uint16_t place = (uint16_t)(entries[i].row % ROWS_CHUNK);

        VV_TRY(take(context, (uint32_t)chunk[0].i64s[place], chunk + 1, place, error));
        status = pace_work(pace, ROW_WORK);
    }
    return status == VV_OK ? VV_OK : error_from_status(error, status);
}
