/* rows.c - see rows.h. Copies go column by column, one loop for each storage. */
#include "exec/rows.h"

#include "base/assert.h"

static vv_status chunk_add(struct rows *rows);
static void copy_nulls(struct value_vector *to, uint32_t at, const struct value_vector *from,
                       const uint16_t *selection, uint32_t count);
static bool copy_strings(struct value_vector *to, uint32_t at, const struct value_vector *from,
                         const uint16_t *selection, uint32_t count, struct arena *arena);

void rows_init(struct rows *rows, const uint8_t *types, uint32_t column_count, struct arena *arena)
{
    *rows = (struct rows){.arena = arena, .types = types, .column_count = column_count};
}

vv_status rows_append(struct rows *rows, const struct value_vector *const *columns,
                      const uint16_t *selection, uint32_t count)
{
    uint32_t done = 0;

    while (done < count) {
        uint32_t at = rows->row_count % ROWS_CHUNK;
        uint32_t part = count - done < ROWS_CHUNK - at ? count - done : ROWS_CHUNK - at;
        uint16_t numbers[ROWS_CHUNK];

        if (at == 0) {
            VV_TRY(chunk_add(rows));
        }
        for (uint32_t i = 0; i < part; i++) {
            numbers[i] = selection == NULL ? (uint16_t)(done + i) : selection[done + i];
        }
        for (uint32_t c = 0; c < rows->column_count; c++) {
            if (!rows_copy_column(&rows->chunks[rows->chunk_count - 1][c], at, columns[c], numbers,
                                  part, rows->arena)) {
                return VV_NOMEM;
            }
        }
        rows->row_count += part;
        done += part;
    }
    return VV_OK;
}

#define GATHER(field)                                                                           \
    for (uint32_t i = 0; i < count; i++) {                                                      \
        to->field[i] = rows->chunks[numbers[i] / ROWS_CHUNK][c].field[numbers[i] % ROWS_CHUNK]; \
    }                                                                                           \
    break

void rows_gather(const struct rows *rows, const uint32_t *numbers, uint32_t count,
                 struct value_batch *batch)
{
    for (uint32_t c = 0; c < rows->column_count; c++) {
        struct value_vector *to = &batch->columns[c];

        vector_reset(to);
        for (uint32_t i = 0; i < count; i++) {
            if (vector_is_null(&rows->chunks[numbers[i] / ROWS_CHUNK][c],
                               numbers[i] % ROWS_CHUNK)) {
                vector_set_null(to, i);
            }
        }
        switch ((enum value_storage)value_types[to->type].storage) {
        case VALUE_STORAGE_BOOL:
            GATHER(bools);
        case VALUE_STORAGE_I32:
            GATHER(i32s);
        case VALUE_STORAGE_I64:
            GATHER(i64s);
        case VALUE_STORAGE_F64:
            GATHER(f64s);
        case VALUE_STORAGE_NUMERIC:
            GATHER(numerics);
        case VALUE_STORAGE_UUID:
            GATHER(uuids);
        case VALUE_STORAGE_INTERVAL:
            GATHER(intervals);
        case VALUE_STORAGE_STRING:
            GATHER(strings);
        case VALUE_STORAGE_COUNT:
            VV_ASSERT(false);
        }
    }
    batch->row_count = count;
    batch->selection = NULL;
    batch->selected_count = count;
}

#undef GATHER

#define COPY(field)                                                         \
    for (uint32_t i = 0; i < count; i++) {                                  \
        to->field[at + i] = from->field[from->constant ? 0 : selection[i]]; \
    }                                                                       \
    return true

bool rows_copy_column(struct value_vector *to, uint32_t at, const struct value_vector *from,
                      const uint16_t *selection, uint32_t count, struct arena *arena)
{
    VV_ASSERT(to->type == from->type ||
              value_types[to->type].storage == value_types[from->type].storage);
    copy_nulls(to, at, from, selection, count);
    switch ((enum value_storage)value_types[to->type].storage) {
    case VALUE_STORAGE_BOOL:
        COPY(bools);
    case VALUE_STORAGE_I32:
        COPY(i32s);
    case VALUE_STORAGE_I64:
        COPY(i64s);
    case VALUE_STORAGE_F64:
        COPY(f64s);
    case VALUE_STORAGE_NUMERIC:
        COPY(numerics);
    case VALUE_STORAGE_UUID:
        COPY(uuids);
    case VALUE_STORAGE_INTERVAL:
        COPY(intervals);
    case VALUE_STORAGE_STRING:
        return copy_strings(to, at, from, selection, count, arena);
    case VALUE_STORAGE_COUNT:
        break;
    }
    VV_ASSERT(false);
    return false;
}

#undef COPY

static void copy_nulls(struct value_vector *to, uint32_t at, const struct value_vector *from,
                       const uint16_t *selection, uint32_t count)
{
    if (!from->has_nulls) {
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (vector_is_null(from, selection[i])) {
            vector_set_null(to, at + i);
        }
    }
}

/* The views of NULLs must not be followed. */
static bool copy_strings(struct value_vector *to, uint32_t at, const struct value_vector *from,
                         const uint16_t *selection, uint32_t count, struct arena *arena)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct value_string *string = &from->strings[from->constant ? 0 : selection[i]];
        const void *copy = NULL;

        if (vector_is_null(from, selection[i])) {
            to->strings[at + i] = (struct value_string){.size = 0};
            continue;
        }
        to->strings[at + i] = *string;
        if (arena != NULL && string->size > VECTOR_INLINE_BYTES) {
            copy = arena_copy(arena, vector_string_pointer(string), string->size);
            if (copy == NULL) {
                return false;
            }
            to->strings[at + i] = vector_string_make(copy, string->size);
        }
    }
    return true;
}

static vv_status chunk_add(struct rows *rows)
{
    struct value_vector *vectors = NULL;

    if (rows->chunk_count == rows->chunk_capacity) {
        uint32_t capacity = rows->chunk_capacity == 0 ? 16 : rows->chunk_capacity * 2;
        struct value_vector **chunks = ARENA_ARRAY(rows->arena, struct value_vector *, capacity);

        if (chunks == NULL || rows->row_count > UINT32_MAX - ROWS_CHUNK) {
            return VV_NOMEM;
        }
        if (rows->chunk_count > 0) {
            memcpy(chunks, rows->chunks, rows->chunk_count * sizeof chunks[0]);
        }
        rows->chunks = chunks;
        rows->chunk_capacity = capacity;
    }
    vectors = ARENA_ARRAY(rows->arena, struct value_vector, rows->column_count);
    if (vectors == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t c = 0; c < rows->column_count; c++) {
        if (!vector_init_sized(&vectors[c], rows->types[c], ROWS_CHUNK, rows->arena)) {
            return VV_NOMEM;
        }
    }
    rows->chunks[rows->chunk_count++] = vectors;
    return VV_OK;
}
