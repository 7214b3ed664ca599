/*
 * groups.h - a hash table of distinct rows, numbered in the order in which they came first.
 *
 * For GROUP BY and DISTINCT aggregates. The keys are kept as rows (rows.h), so that they can be handed up
 * as vectors; each group may carry some bytes of its caller (accumulators), zeroed at first. Open
 * addressing over words of (hash, number); a single INTEGER or BIGINT key has loops of its own.
 *
 * Threads: as their session.
 */
#ifndef VARVE_EXEC_GROUPS_H
#define VARVE_EXEC_GROUPS_H

#include "base/pace.h"
#include "exec/rows.h"

struct groups {
    struct rows keys; /* keys.row_count groups */
    struct arena *arena;
    struct pace *pace;
    size_t payload_bytes;
    uint8_t **payloads; /* one block for each chunk of keys */
    uint32_t payload_count;
    uint32_t payload_capacity;
    uint64_t *slots; /* hash's upper half, then number + 1; 0: free */
    uint32_t slot_count;
    bool integer_key;    /* the one key is an INTEGER or BIGINT */
    uint32_t null_group; /* integer_key: number + 1 of the group of NULL */
};

/* Allocates nothing. borrow: types, arena and pace. payload_bytes: a multiple of 8. */
void groups_init(struct groups *groups, const uint8_t *types, uint32_t key_count,
                 size_t payload_bytes, struct arena *arena, struct pace *pace);

/* numbers[r] for each selected row place r: its group, made when it is new. New groups get the next
 * numbers in the order of the rows. VV_NOMEM, or what a look of the pace says. */
VV_MUST_USE vv_status groups_find(struct groups *groups, const struct value_vector *const *keys,
                                  const uint16_t *selection, uint32_t count, uint32_t *numbers);

/* The payload of group `number`. */
static inline uint8_t *groups_payload(const struct groups *groups, uint32_t number)
{
    return groups->payloads[number / ROWS_CHUNK] +
           (size_t)(number % ROWS_CHUNK) * groups->payload_bytes;
}

#endif
