/* sort_entries.c - bottom-up merge sort: stable, no recursion, one array of the same size beside it. */
#include "exec/sort_entries.h"

#define ENTRY_WORK    16u   /* to compare two heads and move one entry, in the units of the pace */
#define PIECE_ENTRIES 1024u /* between two words to the pace */

/* Two sorted neighbours, from[left..middle) and from[right..end), on their way to `to`. */
struct merge {
    const struct sort_entry *from;
    struct sort_entry *to;
    uint32_t left, middle, right, end;
};

/* The next `count` entries; returns what it has cost. */
static uint64_t merge_some(struct merge *merge, uint32_t count)
{
    const struct sort_entry *from = merge->from;
    struct sort_entry *to = merge->to;
    uint32_t left = merge->left, right = merge->right;
    uint64_t work = (uint64_t)count * ENTRY_WORK;

    for (uint32_t i = 0; i < count; i++) {
        bool take_left = right == merge->end;

        if (left < merge->middle && right < merge->end) {
            take_left = sort_entry_compare(&from[left], &from[right]) <= 0;
            work += from[left].head == from[right].head ? from[left].key.size : 0;
        }
        *to++ = take_left ? from[left++] : from[right++];
    }
    merge->left = left;
    merge->right = right;
    merge->to = to;
    return work;
}

/* from[start..end) in halves of `width` to the same places of `to`. */
static vv_status merge_pair(const struct sort_entry *from, struct sort_entry *to, uint32_t start,
                            uint32_t middle, uint32_t end, struct pace *pace)
{
    struct merge merge = {.from = from,
                          .to = to + start,
                          .left = start,
                          .middle = middle,
                          .right = middle,
                          .end = end};

    if (middle == end || sort_entry_compare(&from[middle - 1], &from[middle]) <= 0) {
        memcpy(&to[start], &from[start], (end - start) * sizeof *to);
        return pace_work(pace, (uint64_t)(end - start) * ENTRY_WORK);
    }
    for (uint32_t left = end - start; left > 0;) {
        uint32_t piece = left < PIECE_ENTRIES ? left : PIECE_ENTRIES;

        VV_TRY(pace_work(pace, merge_some(&merge, piece)));
        left -= piece;
    }
    return VV_OK;
}

vv_status sort_entries(struct sort_entry **entries, uint32_t count, struct arena *arena,
                       struct pace *pace)
{
    struct sort_entry *from = *entries;
    struct sort_entry *to = NULL;

    if (count < 2) {
        return VV_OK;
    }
    to = arena_get(arena, count * sizeof *to);
    if (to == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t width = 1; width < count; width *= 2) {
        struct sort_entry *swap = from;

        for (uint32_t start = 0; start < count; start += 2 * width) {
            uint32_t middle = count - start < width ? count : start + width;
            uint32_t end = count - start < 2 * width ? count : start + 2 * width;

            VV_TRY(merge_pair(from, to, start, middle, end, pace));
        }
        from = to;
        to = swap;
    }
    *entries = from;
    return VV_OK;
}
