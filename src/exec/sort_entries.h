/*
 * sort_entries.h - rows in order: their normalised keys are sorted, not they.
 *
 * An entry is a row's sort key (bytes whose memcmp order is the order of the rows, eval/group.h), its first eight bytes
 * as a number, and the row's number.
 *
 * Promises: a stable order; looks at interrupts as pace.h has it (K6); allocates one array of the same size.
 * Threads:  as their session.
 */
#ifndef VARVE_EXEC_SORT_ENTRIES_H
#define VARVE_EXEC_SORT_ENTRIES_H

#include <string.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/pace.h"

struct sort_entry {
    uint64_t head; /* the key's first eight bytes, big endian, zero filled */
    vv_slice key;
    uint32_t row;
};

/* borrow: key. */
static inline struct sort_entry sort_entry_make(vv_slice key, uint32_t row)
{
    uint8_t head[8] = {0};

    memcpy(head, key.data, key.size < 8 ? key.size : 8);
    return (struct sort_entry){.head = bytes_load64_big(head), .key = key, .row = row};
}

static inline int sort_entry_compare(const struct sort_entry *a, const struct sort_entry *b)
{
    if (a->head != b->head) {
        return a->head < b->head ? -1 : 1;
    }
    return slice_compare(a->key, b->key);
}

/* Sorts (*entries)[0..count): they come out there or in a fresh array of the arena. VV_NOMEM, or what a look says; the
 * entries are then in any order. */
VV_MUST_USE vv_status sort_entries(struct sort_entry **entries, uint32_t count, struct arena *arena,
                                   struct pace *pace);

#endif
