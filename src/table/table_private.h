/*
 * table_private.h - how the rows and keys of a definition are coded; never leaves the room.
 *
 * The own key of a row is the key of the table's map: the encoded primary key, or the hidden row id as 8
 * bytes big endian. Every index entry carries it: as the rest of the entry's key behind the encoded
 * parts, or (unique, no NULL among the parts) at the start of the entry's row. It is never empty.
 */
#ifndef VARVE_TABLE_TABLE_PRIVATE_H
#define VARVE_TABLE_TABLE_PRIVATE_H

#include "table/table.h"
#include "table/table_def.h"
#include "value/key.h"
#include "value/row.h"

#define TABLE_ROW_ID_BYTES 8u

/* Where a column of the table stands; TABLE_NO_COLUMN: not there. Numeric and double key columns stand in
 * both, because keys do not give back their exact value. */
struct table_place {
    uint16_t key_part;   /* among the primary key's parts; set only when the key gives it back */
    uint16_t row_column; /* among the row layout's columns */
};

struct table_index_layout {
    struct key_layout parts;
    struct row_layout includes; /* 0 columns when nothing is included */
    bool has_includes;
    bool may_be_null; /* a part is nullable: unique entries may have the long form */
    bool computed;    /* table_index_is_computed() */
};

struct table_layout {
    struct key_layout key; /* 0 columns without a primary key */
    struct row_layout row;
    const uint16_t *row_columns; /* table column of each row layout column */
    const struct table_place *places;
    const struct table_index_layout
        *indexes; /* by place in spec.indexes; the primary key's unused */
};

VV_MUST_USE vv_status table_layout_create(const struct table_def *def, struct arena *arena,
                                          const struct table_layout **layout_out);

static inline uint32_t table_index_place(const struct table_def *def,
                                         const struct table_index *index)
{
    return (uint32_t)(index - def->spec.indexes);
}

static inline const struct table_index_layout *table_index_layout(const struct table_def *def,
                                                                  const struct table_index *index)
{
    return &def->layout->indexes[table_index_place(def, index)];
}

/* The key layout that bounds of index are made with. */
static inline const struct key_layout *table_parts(const struct table_def *def,
                                                   const struct table_index *index)
{
    return index == NULL || index->primary ? &def->layout->key
                                           : &table_index_layout(def, index)->parts;
}

/* ---- index entries (table_entry.c) ---- */

struct table_entry {
    uint8_t key[TABLE_KEY_BYTES];
    size_t key_size; /* 0: the row is not in the index (no entry has an empty key) */
    vv_slice row;    /* borrow: scratch or own_key, until the next entry is made */
};

/* Room for rows of entries; grows in the arena. */
struct table_scratch {
    struct arena *arena;
    uint8_t *bytes;
    size_t capacity;
};

/* NULL: out of memory. The old content is gone. */
uint8_t *table_scratch_get(struct table_scratch *scratch, size_t size);

/* The entry of a row in index. VV_LIMIT: key too long. VV_ERROR: computer has the error. */
VV_MUST_USE vv_status table_entry_make(const struct table_def *def,
                                       const struct table_computer *computer,
                                       const struct table_index *index, const struct value *row,
                                       vv_slice own_key, struct table_scratch *scratch,
                                       struct table_entry *entry);

/* The parts' values of a row in index; *in_index_out: whether it is in it. */
VV_MUST_USE vv_status table_entry_values(const struct table_def *def,
                                         const struct table_computer *computer,
                                         const struct table_index *index, const struct value *row,
                                         struct value *values, bool *in_index_out);

/* What a writer was made with. */
const struct table_def *table_writer_def(const struct table_writer *writer);
const struct table_computer *table_writer_computer(const struct table_writer *writer);

/* The own key and the included columns' bytes in an entry that was read. VV_CORRUPT. */
VV_MUST_USE vv_status table_entry_own_key(const struct table_def *def,
                                          const struct table_index *index, vv_slice key,
                                          vv_slice row, vv_slice *own_key_out,
                                          vv_slice *includes_out);

/* The own key of a row of values (the table has a primary key). */
VV_MUST_USE vv_status table_own_key(const struct table_def *def, const struct value *row,
                                    uint8_t key[TABLE_KEY_BYTES], size_t *size_out);

#endif
