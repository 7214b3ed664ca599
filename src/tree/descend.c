/*
 * descend.c - from the root to a leaf.
 *
 * A page keeps its fences for life, and structure changes replace pages. So a child word that was read
 * while its parent was undisturbed named the right page then, and if that page is not obsolete later it
 * still is the right one: each page is validated alone, latches are never coupled.
 */
#include "tree/cursor.h"
#include "tree/tree_private.h"

static vv_status child_page(uint64_t word, struct page **page_out, struct vv_cause *cause);
static unsigned child_index_before(const struct page *page, vv_slice high);

/* Any way down: `before` goes to the page that ends at or above key and begins below it. */
static inline vv_status descend(struct tree *tree, vv_slice key, bool before,
                                struct cursor_parent *parent_out, struct page **leaf_out,
                                uint64_t *version_out, struct vv_cause *cause)
{
    for (;;) {
        uint64_t word = tree_root(tree);

        if (parent_out != NULL) {
            parent_out->page = NULL;
        }
        while (word != 0) {
            struct page *page = NULL;
            uint64_t version = 0;
            unsigned index = 0;

            VV_TRY(child_page(word, &page, cause));
            page_prefetch(page);
            if (!latch_read_begin(page_latch(page), &version)) {
                break; /* replaced: start again */
            }
            if (page->kind == PAGE_LEAF) {
                *leaf_out = page;
                *version_out = version;
                return VV_OK;
            }
            index = before ? child_index_before(page, key) : page_child_search_unlatched(page, key);
            word = page_child_load(page, page_slot_load(page, index));
            if (!latch_read_end(page_latch(page), version)) {
                break;
            }
            if (parent_out != NULL) {
                *parent_out =
                    (struct cursor_parent){.page = page, .version = version, .index = index};
            }
        }
    }
}

vv_status descend_read(struct tree *tree, vv_slice key, struct page **leaf_out,
                       uint64_t *version_out, struct vv_cause *cause)
{
    return descend(tree, key, false, NULL, leaf_out, version_out, cause);
}

vv_status descend_read_before(struct tree *tree, vv_slice high, struct page **leaf_out,
                              uint64_t *version_out, struct vv_cause *cause)
{
    return descend(tree, high, true, NULL, leaf_out, version_out, cause);
}

vv_status descend_cursor(struct tree *tree, vv_slice key, bool before,
                         struct cursor_parent *parent_out, struct page **leaf_out,
                         uint64_t *version_out, struct vv_cause *cause)
{
    return before ? descend(tree, key, true, parent_out, leaf_out, version_out, cause)
                  : descend(tree, key, false, parent_out, leaf_out, version_out, cause);
}

bool descend_sibling(struct cursor_parent *parent, bool before, struct page **leaf_out,
                     uint64_t *version_out)
{
    uint64_t version = 0;
    uint64_t words[2] = {0};
    struct page *page = parent->page;
    unsigned count = 0;

    if (page == NULL || !latch_read_begin(page_latch(page), &version)) {
        return false;
    }
    count = page_slot_count_unlatched(page);
    for (unsigned i = 0; i < 2; i++) { /* the sibling, and the one behind it */
        unsigned index = before ? parent->index - 1 - i : parent->index + 1 + i;

        words[i] = index < count ? page_child_load(page, page_slot_load(page, index)) : 0;
    }
    if (!latch_read_end(page_latch(page), version) ||
        !latch_same_version(version, parent->version) || words[0] == 0 || (words[0] & 2) != 0) {
        return false;
    }
    page = page_child_page(words[0]);
    if (!latch_read_begin(page_latch(page), version_out)) {
        return false;
    }
    page_child_fetch(words[1]);
    parent->index = before ? parent->index - 1 : parent->index + 1;
    *leaf_out = page;
    return true;
}

vv_status descend_latch(struct tree *tree, vv_slice key, struct page **leaf_out,
                        struct vv_cause *cause)
{
    for (;;) {
        uint64_t version = 0;

        VV_TRY(descend(tree, key, false, NULL, leaf_out, &version, cause));
        latch_read_drop(page_latch(*leaf_out), version);
        descend_prefetch_write(*leaf_out);
        VV_PROBE(TREE_WRITE_LEAF);
        if (VV_LIKELY(latch_write_lock(page_latch(*leaf_out)))) {
            return VV_OK;
        }
        if (VV_NAIVE(TREE_INSERT_UNCHECKED)) {
            atomic_fetch_or_explicit(&(*leaf_out)->latch, LATCH_LOCKED, memory_order_acquire);
            return VV_OK;
        }
    }
}

/* The page of a child word. Clears the mark of a cool one is left to the evictor's issue: a COOL word is
 * read like a HOT one. */
static vv_status child_page(uint64_t word, struct page **page_out, struct vv_cause *cause)
{
    if (VV_UNLIKELY((word & 2) != 0)) {
        cause->frame = page_child_frame(word);
        return VV_NEED_PAGE;
    }
    *page_out = page_child_page(word);
    return VV_OK;
}

/* The last child whose range begins below high (data NULL: the last child). Unlatched. */
static unsigned child_index_before(const struct page *page, vv_slice high)
{
    unsigned count = page_slot_count_unlatched(page);
    unsigned index = 0;

    if (high.data == NULL) {
        return count == 0 ? 0 : count - 1;
    }
    index = page_child_search_unlatched(page, high);
    if (index > 0 && index < count &&
        page_key_compare(page, page_slot_load(page, index), high) == 0) {
        index--;
    }
    return index;
}
