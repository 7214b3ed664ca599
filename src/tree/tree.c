/* tree.c - the life of a tree, and the read of one row. */
#include "tree/tree.h"

#include "tree/tree_private.h"

static void destroy_page(struct tree *tree, struct tree_memory *memory, struct page *page);
static void destroy_slot(struct tree_memory *memory, const struct page *leaf, page_slot slot);

vv_status tree_create(struct tree_shared *shared, struct tree_session *session, uint32_t map,
                      struct tree **tree_out)
{
    struct tree *tree = alloc_zero(shared->alloc, ALLOC_GENERAL, sizeof *tree);
    struct page *root = NULL;

    *tree_out = NULL;
    if (tree == NULL) {
        return VV_NOMEM;
    }
    root = memory_page(&session->memory, 1, FRAMES_ORDINARY);
    if (root == NULL) {
        alloc_free(shared->alloc, ALLOC_GENERAL, tree, sizeof *tree);
        return VV_NOMEM;
    }
    build_empty(root, PAGE_LEAF, 1, slice_make("", 0), slice_make(NULL, 0));
    tree->shared = shared;
    tree->map = map;
    latch_init(&tree->root_latch);
    lock_init(&tree->settle.lock, LOCK_LEAF);
    counter_init(&tree->rows);
    counter_init(&tree->outside);
    atomic_init(&tree->root, page_child_hot(root));
    atomic_init(&tree->height, 1);
    structure_count(tree, root, true);
    *tree_out = tree;
    return VV_OK;
}

void tree_destroy(struct tree *tree, struct tree_session *session)
{
    if (tree == NULL) {
        return;
    }
    destroy_page(tree, &session->memory, page_child_page(tree_root(tree)));
    alloc_free(tree->shared->alloc, ALLOC_GENERAL, tree, sizeof *tree);
}

/* Depth is the height of the tree: a handful. */
static void destroy_page(struct tree *tree, struct tree_memory *memory, struct page *page)
{
    unsigned count = page_slot_count(page);

    for (unsigned i = 0; i < count; i++) {
        page_slot slot = page_slot_load(page, i);

        if (page->kind == PAGE_LEAF) {
            destroy_slot(memory, page, slot);
        } else if ((page_child_load(page, slot) & 2) == 0) {
            destroy_page(tree, memory, page_child_page(page_child_load(page, slot)));
        }
    }
    memory_page_free(memory, page);
}

static void destroy_slot(struct tree_memory *memory, const struct page *leaf, page_slot slot)
{
    struct page_cell cell;
    struct tree_version *version = NULL;
    bool read = page_cell_read(leaf, slot, &cell);

    VV_ASSERT(read);
    version = cell_version(&cell);
    if (version == NULL && (slot & PAGE_SLOT_OVERFLOW) != 0) {
        vv_slice row = cell_row(slot, &cell);

        memory_bytes_free(memory, row.data, row.size);
    }
    if (version != NULL && version_is_shared(version)) {
        if (version_unshare(version, 1)) {
            memory_version_free(memory, version);
        }
        return;
    }
    while (version != NULL) {
        uint64_t older = version_older(version);

        memory_version_free(memory, version);
        version = older_is_plain(older) ? NULL : older_version(older);
    }
}

/* Three or four cache misses: the leaf's header, a line of slots, the cell (and its version). */
vv_status tree_get(struct tree *tree, struct tree_session *session, const struct txn_view *view,
                   vv_slice key, vv_slice *row_out, struct vv_cause *cause)
{
    for (;;) {
        struct page *leaf = NULL;
        uint64_t version = 0;
        struct page_position at;
        struct page_cell cell = {0};
        page_slot slot = 0;

        VV_TRY(descend_read(tree, key, &leaf, &version, cause));
        VV_PROBE(TREE_READ_LEAF);
        at = page_search_unlatched(leaf, key);
        if (at.exact) {
            slot = page_slot_load(leaf, at.index);
            (void)page_cell_read(leaf, slot, &cell);
        }
        if (VV_UNLIKELY(!latch_read_end(page_latch(leaf), version))) {
            continue;
        }
        if (!at.exact) {
            *row_out = slice_make(NULL, 0);
            return VV_NOT_FOUND;
        }
        session->near = (struct tree_near){tree, leaf, session->pin, at.index};
        if (VV_LIKELY(cell.record == 0)) {
            *row_out = cell_plain_row(slot, &cell);
            return VV_OK;
        }
        if (view->snapshot == VIEW_NO_SNAPSHOT) {
            return VV_RETRY;
        }
        return version_read(tree->shared, view, cell_version(&cell), cell_row(slot, &cell),
                            row_out);
    }
}
