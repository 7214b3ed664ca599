/*
 * rows.h - rows kept beyond their batch: columns in chunks, strings copied.
 *
 * What sorts, groups and joins keep. A chunk holds ROWS_CHUNK rows as vectors; row i is place i %
 * ROWS_CHUNK of chunk i / ROWS_CHUNK. Everything lives in one arena.
 *
 * Threads: as their session.
 */
#ifndef VARVE_EXEC_ROWS_H
#define VARVE_EXEC_ROWS_H

#include "base/arena.h"
#include "value/vector.h"

#define ROWS_CHUNK 1024u

struct rows {
    struct arena *arena;
    const uint8_t *types;
    uint32_t column_count;
    uint32_t row_count;
    uint32_t chunk_count;
    uint32_t chunk_capacity;
    struct value_vector **chunks; /* column_count vectors each */
};

/* Allocates nothing. borrow: types and arena as long as the rows. */
void rows_init(struct rows *rows, const uint8_t *types, uint32_t column_count, struct arena *arena);

/* Appends the selected rows (selection NULL: 0..count-1) of these columns. VV_NOMEM. */
VV_MUST_USE vv_status rows_append(struct rows *rows, const struct value_vector *const *columns,
                                  const uint16_t *selection, uint32_t count);

/* Fills batch (its vectors have room) with the rows of these numbers. Strings stay where they are. */
void rows_gather(const struct rows *rows, const uint32_t *numbers, uint32_t count,
                 struct value_batch *batch);

/* The vectors of the chunk that holds row `number`. */
static inline struct value_vector *rows_chunk(const struct rows *rows, uint32_t number)
{
    return rows->chunks[number / ROWS_CHUNK];
}

/* to[at + i] = from[selection[i]] for i < count; long strings are copied into arena when it is given, else
 * borrowed. False: out of memory. */
bool rows_copy_column(struct value_vector *to, uint32_t at, const struct value_vector *from,
                      const uint16_t *selection, uint32_t count, struct arena *arena);

#endif
