/*
 * structure.c - putting fresh pages in the place of old ones.
 *
 * Latches are taken from the leaf upward, each while the lower one is held; a neighbour only by try. The
 * parent of a latched, live page is found by descending again for its low fence: nobody else can take
 * the page away meanwhile. All fresh pages up to the highest one that changes are built before the one
 * store that makes them reachable, so that a failure leaves nothing behind.
 */
#include "tree/tree_private.h"

struct inner_edit {
    unsigned index;
    struct page *const *fresh; /* take the place of child `index` */
    unsigned fresh_count;
    unsigned old_count; /* how many children they replace */
};

static vv_status parent_take(struct tree *tree, struct tree_session *session, struct page *parent,
                             unsigned index, struct page *const *fresh, unsigned count,
                             enum frames_need need);
static vv_status root_take(struct tree *tree, struct tree_session *session,
                           struct page *const *fresh, unsigned count, enum frames_need need);
static vv_status inner_rebuild(struct tree *tree, struct tree_session *session, struct page *inner,
                               unsigned index, struct page *const *fresh, unsigned count,
                               enum frames_need need);
static unsigned inner_gather(struct tree_session *session, const struct page *inner, unsigned index,
                             struct page *const *fresh, unsigned count);
static void root_store(struct tree *tree, struct page *root);

void structure_count(struct tree *tree, const struct page *page, bool added)
{
    _Atomic uint64_t *pages = page->kind == PAGE_LEAF ? &tree->leaf_pages : &tree->inner_pages;
    uint64_t sign = added ? 1 : UINT64_MAX;

    atomic_fetch_add_explicit(pages, sign, memory_order_relaxed);
    atomic_fetch_add_explicit(&tree->page_bytes, sign * page_size(page), memory_order_relaxed);
}

void structure_parent(struct tree *tree, const struct page *child, struct page **parent_out,
                      unsigned *index_out)
{
    vv_slice key = page_low(child);

    for (;;) {
        uint64_t word = tree_root(tree);
        struct page *at = page_child_page(word);
        uint64_t version = 0;
        unsigned index = 0;

        *parent_out = NULL;
        *index_out = 0;
        if (at == child) {
            bool locked = latch_write_lock(&tree->root_latch);

            VV_ASSERT(locked);
            if (page_child_page(tree_root(tree)) == child) {
                return;
            }
            latch_write_unlock_same(&tree->root_latch);
            continue;
        }
        while (at != NULL && latch_read_begin(page_latch(at), &version)) {
            if (at->kind != PAGE_INNER) {
                latch_read_drop(page_latch(at), version);
                break;
            }
            index = page_child_search_unlatched(at, key);
            word = page_child_load(at, page_slot_load(at, index));
            if (!latch_read_end(page_latch(at), version)) {
                break;
            }
            if (page_child_page(word) != child) {
                at = page_child_page(word);
                continue;
            }
            if (!latch_write_lock(page_latch(at))) {
                break;
            }
            index = page_child_search_unlatched(at, key);
            if (page_child_page(page_child_load(at, page_slot_load(at, index))) == child) {
                *parent_out = at;
                *index_out = index;
                return;
            }
            latch_write_unlock_same(page_latch(at));
            break;
        }
    }
}

void structure_parent_unlock(struct tree *tree, struct page *parent)
{
    latch_write_unlock_same(parent == NULL ? &tree->root_latch : page_latch(parent));
}

vv_status structure_replace(struct tree *tree, struct tree_session *session, struct page *old,
                            struct page *const *fresh, unsigned count, enum frames_need need)
{
    struct page *parent = NULL;
    unsigned index = 0;
    vv_status status = VV_OK;

    structure_parent(tree, old, &parent, &index);
    if (parent == NULL) {
        status = root_take(tree, session, fresh, count, need);
        latch_write_unlock_same(&tree->root_latch);
        return status;
    }
    return parent_take(tree, session, parent, index, fresh, count, need);
}

/* The latched parent gets the fresh children in the place of child index, itself or by replacement; then
 * it is unlatched. */
static vv_status parent_take(struct tree *tree, struct tree_session *session, struct page *parent,
                             unsigned index, struct page *const *fresh, unsigned count,
                             enum frames_need need)
{
    vv_status status = VV_OK;
    page_slot slot = page_slot_load(parent, index);

    if (count == 1) {
        page_child_store(parent, slot, page_child_hot(fresh[0]));
        latch_write_unlock_same(page_latch(parent)); /* a single store; the old child is obsolete */
        return VV_OK;
    }
    if (page_fits_child(parent, page_low(fresh[1]))) {
        page_child_store(parent, slot, page_child_hot(fresh[0]));
        slot = page_child_write(parent, page_low(fresh[1]), page_child_hot(fresh[1]));
        page_slot_insert(parent, index + 1, slot);
        latch_write_unlock(page_latch(parent));
        return VV_OK;
    }
    status = inner_rebuild(tree, session, parent, index, fresh, count, need);
    if (status != VV_OK) {
        latch_write_unlock_same(page_latch(parent));
        return status;
    }
    structure_count(tree, parent, false);
    latch_write_unlock_obsolete(page_latch(parent));
    session_retire_page(session, parent);
    return VV_OK;
}

/* Replaces a latched inner page by one or two that hold the fresh children too. */
static vv_status inner_rebuild(struct tree *tree, struct tree_session *session, struct page *inner,
                               unsigned index, struct page *const *fresh, unsigned count,
                               enum frames_need need)
{
    struct build_run run = {.kind = PAGE_INNER, .low = page_low(inner)};
    struct page *made[2] = {NULL, NULL};
    struct build_shape shape;
    unsigned total = page_slot_count(inner) + count - 1;
    unsigned cuts[3] = {0, total, total};
    unsigned pieces = 1;
    uint8_t separator[PAGE_KEY_BUFFER];
    vv_slice high;
    bool bounded = page_high(inner, &high);
    vv_slice middle = high;

    VV_TRY(epoch_reserve(session->epoch));
    VV_TRY(session_inner_entries(session, total));
    run.count = inner_gather(session, inner, index, fresh, count);
    run.entries = session->inner_entries;
    run.high = bounded ? high : slice_make(NULL, 0);
    shape = build_shape(&run);
    run.reserve_bytes = shape.used_bytes / 8 + 64;
    shape = build_shape(&run);
    if (shape.wants_split) {
        cuts[1] = build_split(&run, build_pattern(inner, index + 1, run.count), index + 1);
        middle = build_entry_key(&run.entries[cuts[1]], separator);
        pieces = 2;
    }
    for (unsigned i = 0; i < pieces; i++) {
        struct build_run part = run;

        part.entries = run.entries + cuts[i];
        part.count = cuts[i + 1] - cuts[i];
        part.low = i == 0 ? run.low : middle;
        part.high = i + 1 < pieces ? middle : run.high;
        part.reserve_bytes = 0;
        shape = build_shape(&part);
        part.reserve_bytes = shape.used_bytes / 8 + 64;
        shape = build_shape(&part);
        made[i] = memory_page(&session->memory, shape.frame_count, need);
        if (made[i] == NULL) {
            goto fail;
        }
        build_page(made[i], &part, &shape);
        build_inherit(made[i], inner,
                      index + 1 >= cuts[i] && index + 1 < cuts[i + 1] ? index + 1 - cuts[i]
                                                                      : BUILD_NO_INDEX);
    }
    if (structure_replace(tree, session, inner, made, pieces, need) != VV_OK) {
        goto fail;
    }
    for (unsigned i = 0; i < pieces; i++) {
        structure_count(tree, made[i], true);
    }
    return VV_OK;

fail:
    for (unsigned i = 0; i < 2; i++) {
        if (made[i] != NULL) {
            memory_page_free(&session->memory, made[i]);
        }
    }
    return VV_NOMEM;
}

/* The entries of an inner page with child `index` replaced by the fresh ones. */
static unsigned inner_gather(struct tree_session *session, const struct page *inner, unsigned index,
                             struct page *const *fresh, unsigned count)
{
    struct build_entry *entries = session->inner_entries;
    unsigned old_count = build_entries(inner, entries);

    memmove(&entries[index + count], &entries[index + 1],
            (old_count - index - 1) * sizeof entries[0]);
    entries[index].child = page_child_hot(fresh[0]);
    for (unsigned i = 1; i < count; i++) {
        entries[index + i] =
            (struct build_entry){.key = page_low(fresh[i]), .child = page_child_hot(fresh[i])};
    }
    return old_count + count - 1;
}

/* The root word is latched. Two fresh pages get a root above them. */
static vv_status root_take(struct tree *tree, struct tree_session *session,
                           struct page *const *fresh, unsigned count, enum frames_need need)
{
    struct build_entry entries[2] = {{.child = page_child_hot(fresh[0])}};
    struct build_run run = {.kind = PAGE_INNER, .entries = entries, .count = 2};
    struct build_shape shape;
    struct page *root = NULL;

    if (count == 1) {
        root_store(tree, fresh[0]);
        return VV_OK;
    }
    entries[1] = (struct build_entry){.key = page_low(fresh[1]), .child = page_child_hot(fresh[1])};
    run.low = page_low(fresh[0]);
    run.reserve_bytes = 512;
    shape = build_shape(&run);
    root = memory_page(&session->memory, shape.frame_count, need);
    if (root == NULL) {
        return VV_NOMEM;
    }
    build_page(root, &run, &shape);
    structure_count(tree, root, true);
    atomic_fetch_add_explicit(&tree->height, 1, memory_order_relaxed);
    root_store(tree, root);
    return VV_OK;
}

static void root_store(struct tree *tree, struct page *root)
{
    atomic_store_explicit(&tree->root, page_child_hot(root),
                          memory_order_release); /* pairs: tree_root */
}

void structure_join(struct tree *tree, struct tree_session *session, struct page *parent,
                    unsigned index, struct page *fresh)
{
    (void)session;
    (void)tree;
    page_child_store(parent, page_slot_load(parent, index), page_child_hot(fresh));
    page_slot_remove(parent, index + 1);
    latch_write_unlock(page_latch(parent));
}
