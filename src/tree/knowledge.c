/*
 * knowledge.c - what the optimizer and parallel scans ask: sizes, ranges, split points.
 *
 * Estimates read inner pages without latches, validate nothing twice and may be a little old; a page that
 * is not in memory counts like its neighbours.
 */
#include "tree/tree_private.h"

#define SPLIT_CANDIDATES 512u

static double position_of(struct tree *tree, vv_slice key);
static unsigned collect_separators(const struct page *page, vv_slice low, vv_slice high,
                                   unsigned room, uint8_t *buffer, uint16_t *sizes);
static unsigned collect_level(struct tree *tree, unsigned depth, vv_slice low, vv_slice high,
                              unsigned room, uint8_t *buffer, uint16_t *sizes);

void tree_stats(const struct tree *tree, struct tree_stats *stats_out)
{
    *stats_out = (struct tree_stats){
        .rows = counter_sum(&tree->rows),
        .leaf_pages = atomic_load_explicit(&tree->leaf_pages, memory_order_relaxed),
        .inner_pages = atomic_load_explicit(&tree->inner_pages, memory_order_relaxed),
        .page_bytes = atomic_load_explicit(&tree->page_bytes, memory_order_relaxed),
        .outside_bytes = counter_sum(&tree->outside),
        .height = atomic_load_explicit(&tree->height, memory_order_relaxed),
    };
}

uint64_t tree_range_rows(struct tree *tree, struct tree_session *session, vv_slice low,
                         vv_slice high)
{
    uint64_t rows = counter_sum(&tree->rows);
    double from = low.size == 0 ? 0 : position_of(tree, low);
    double to = high.data == NULL ? 1 : position_of(tree, high);

    (void)session;
    return to <= from ? 0 : (uint64_t)((to - from) * (double)rows + 0.5);
}

/* Where key stands among all rows, as a part of one: children count alike on each level. */
static double position_of(struct tree *tree, vv_slice key)
{
    uint64_t word = tree_root(tree);
    double position = 0;
    double width = 1;

    for (unsigned depth = 0; depth < 64 && (word & 2) == 0 && word != 0; depth++) {
        const struct page *page = page_child_page(word);
        unsigned index = 0;
        unsigned count = 0;
        uint64_t version = 0;

        if (!latch_read_begin(page_latch(page), &version)) {
            break;
        }
        count = page_slot_count_unlatched(page);
        index = page->kind == PAGE_LEAF ? page_search_unlatched(page, key).index
                                        : page_child_search_unlatched(page, key);
        word = page->kind == PAGE_LEAF || count == 0
                   ? 0
                   : page_child_load(page, page_slot_load(page, index));
        latch_read_drop(page_latch(page), version);
        if (count != 0) {
            position += width * index / count;
            width /= count;
        }
    }
    return position;
}

unsigned tree_split_keys(struct tree *tree, struct tree_session *session, vv_slice low,
                         vv_slice high, unsigned count, uint8_t *buffer, uint16_t *sizes_out)
{
    uint8_t *keys =
        alloc_get(tree->shared->alloc, ALLOC_GENERAL, (size_t)SPLIT_CANDIDATES * LIMIT_KEY_BYTES);
    uint16_t sizes[SPLIT_CANDIDATES];
    unsigned found = 0;
    unsigned taken = 0;

    (void)session;
    if (keys == NULL) {
        return 0;
    }
    for (unsigned depth = 1; depth < 8; depth++) {
        unsigned more = collect_level(tree, depth, low, high, SPLIT_CANDIDATES, keys, sizes);

        if (more <= found) {
            break;
        }
        found = more;
        if (found >= 4 * count) {
            break;
        }
    }
    for (unsigned i = 1; i <= count && found > 0; i++) {
        unsigned at = (unsigned)((uint64_t)i * (found + 1) / (count + 1));

        if (at == 0 || at > found ||
            (taken > 0 && sizes_out[taken - 1] == sizes[at - 1] &&
             memcmp(buffer + (size_t)(taken - 1) * LIMIT_KEY_BYTES,
                    keys + (size_t)(at - 1) * LIMIT_KEY_BYTES, sizes[at - 1]) == 0)) {
            continue;
        }
        sizes_out[taken] = sizes[at - 1];
        memcpy(buffer + (size_t)taken * LIMIT_KEY_BYTES, keys + (size_t)(at - 1) * LIMIT_KEY_BYTES,
               sizes[at - 1]);
        taken++;
    }
    alloc_free(tree->shared->alloc, ALLOC_GENERAL, keys,
               (size_t)SPLIT_CANDIDATES * LIMIT_KEY_BYTES);
    return taken;
}

/* The separators of the `depth` upper levels between low and high, ascending, at most room of them: a
 * page that has too many gives every n-th. */
static unsigned collect_level(struct tree *tree, unsigned depth, vv_slice low, vv_slice high,
                              unsigned room, uint8_t *buffer, uint16_t *sizes)
{
    vv_slice from = low;
    unsigned found = 0;
    uint8_t fence_bytes[LIMIT_KEY_BYTES];

    /* One page of that level after the other, each found from the root by its low fence. */
    while (found < room) {
        uint64_t word = tree_root(tree);
        const struct page *page = page_child_page(word);
        unsigned index = 0;
        vv_slice fence;

        for (unsigned level = 1; level < depth && (word & 2) == 0 && word != 0; level++) {
            page = page_child_page(word);
            if (page->kind != PAGE_INNER) {
                return found;
            }
            index = page_child_search_unlatched(page, from);
            word = page_child_load(page, page_slot_load(page, index));
        }
        if ((word & 2) != 0 || word == 0) {
            return found;
        }
        page = page_child_page(word);
        if (page->kind != PAGE_INNER) {
            return found;
        }
        found += collect_separators(page, low, high, room - found,
                                    buffer + (size_t)found * LIMIT_KEY_BYTES, sizes + found);
        if (!page_high(page, &fence) || (high.data != NULL && slice_compare(fence, high) >= 0)) {
            return found;
        }
        if (found < room && slice_compare(fence, low) > 0) { /* it separates too */
            sizes[found] = (uint16_t)fence.size;
            memcpy(buffer + (size_t)found * LIMIT_KEY_BYTES, fence.data, fence.size);
            found++;
        }
        memcpy(fence_bytes, fence.data, fence.size);
        from = slice_make(fence_bytes, fence.size);
    }
    return found;
}

static unsigned collect_separators(const struct page *page, vv_slice low, vv_slice high,
                                   unsigned room, uint8_t *buffer, uint16_t *sizes)
{
    unsigned count = page_slot_count_unlatched(page);
    unsigned step = room == 0 ? 1 : count / room + 1;
    unsigned found = 0;

    for (unsigned i = 1; i < count && found < room; i += step) {
        uint8_t key[PAGE_KEY_BUFFER];
        size_t size = page_key_copy(page, page_slot_load(page, i), key);
        vv_slice separator = slice_make(key, size);

        if (size == 0 || size > LIMIT_KEY_BYTES || slice_compare(separator, low) <= 0 ||
            (high.data != NULL && slice_compare(separator, high) >= 0) ||
            (found > 0 && slice_compare(slice_make(buffer + (size_t)(found - 1) * LIMIT_KEY_BYTES,
                                                   sizes[found - 1]),
                                        separator) >= 0)) {
            continue; /* outside, or torn */
        }
        sizes[found] = (uint16_t)size;
        memcpy(buffer + (size_t)found * LIMIT_KEY_BYTES, key, size);
        found++;
    }
    return found;
}

vv_status tree_last_key(struct tree *tree, struct tree_session *session, uint8_t *buffer,
                        size_t *size_out, struct vv_cause *cause)
{
    vv_slice high = slice_make(NULL, 0);
    uint8_t fence[LIMIT_KEY_BYTES];

    (void)session;
    *size_out = 0;
    for (;;) {
        struct page *leaf = NULL;
        uint64_t version = 0;
        uint8_t key[PAGE_KEY_BUFFER];
        unsigned count = 0;
        size_t size = 0;

        VV_TRY(descend_read_before(tree, high, &leaf, &version, cause));
        count = page_slot_count_unlatched(leaf);
        size = count == 0 ? 0 : page_key_copy(leaf, page_slot_load(leaf, count - 1), key);
        if (!latch_read_end(page_latch(leaf), version)) {
            continue;
        }
        if (count != 0) {
            memcpy(buffer, key, size);
            *size_out = size;
            return VV_OK;
        }
        if (page_low(leaf).size == 0) {
            return VV_OK;
        }
        memcpy(fence, page_low(leaf).data, page_low(leaf).size);
        high = slice_make(fence, page_low(leaf).size);
    }
}
