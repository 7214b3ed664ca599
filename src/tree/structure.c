/*
 * structure.c - putting fresh pages in the place of old ones.
 *
 * Latches are taken from the leaf upward, each while the lower one is held; a neighbour only by try. The
 * parent of a latched, live page is found by descending again for its low fence: nobody else can take
 * the page away meanwhile. All fresh pages up to the highest one that changes are built before the one
 * store that makes them reachable, so that a failure leaves nothing behind.
 */
#include "tree/tree_private.h"

#define INNER_SLACK 512u
#define INNER_FEW   4u /* an inner page with so few children looks for a neighbour */

static vv_status parent_take(struct tree *tree, struct tree_session *session, struct page *parent,
                             unsigned index, struct page *const *fresh, unsigned count,
                             enum frames_need need);
static bool fits_children(const struct page *parent, struct page *const *fresh, unsigned count);
static vv_status root_take(struct tree *tree, struct tree_session *session,
                           struct page *const *fresh, unsigned count, enum frames_need need);
static vv_status inner_rebuild(struct tree *tree, struct tree_session *session, struct page *inner,
                               unsigned index, struct page *const *fresh, unsigned count,
                               enum frames_need need);
static unsigned inner_gather(struct tree_session *session, const struct page *inner, unsigned index,
                             struct page *const *fresh, unsigned count);
static void root_store(struct tree *tree, struct page *root);
static bool root_drop(struct tree *tree, struct tree_session *session);
static struct page *small_inner(struct tree *tree, vv_slice key);
static bool inner_join(struct tree *tree, struct tree_session *session, struct page *inner);
static bool inner_join_pair(struct tree *tree, struct tree_session *session, struct page *parent,
                            unsigned index, struct page *left, struct page *right);

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
    if (fits_children(parent, fresh, count)) {
        page_child_store(parent, slot, page_child_hot(fresh[0]));
        for (unsigned i = 1; i < count; i++) {
            slot = page_child_write(parent, page_low(fresh[i]), page_child_hot(fresh[i]));
            page_slot_insert(parent, index + i, slot);
        }
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

/* Room for the separators of all but the first, which stands in the old child's place. */
static bool fits_children(const struct page *parent, struct page *const *fresh, unsigned count)
{
    size_t bytes = 0;

    for (unsigned i = 1; i < count; i++) {
        if (!page_fits_child(parent, page_low(fresh[i]))) {
            return false;
        }
        bytes += page_child_bytes(parent, page_low(fresh[i]));
    }
    return bytes <= page_free_bytes(parent);
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
        cuts[1] = build_cut(&run, &shape, build_pattern(inner, index + 1, run.count), index + 1);
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

/* The root word is latched. Several fresh pages get a root above them. */
static vv_status root_take(struct tree *tree, struct tree_session *session,
                           struct page *const *fresh, unsigned count, enum frames_need need)
{
    struct build_entry entries[STRUCTURE_FRESH_MAX];
    struct build_run run = {.kind = PAGE_INNER, .entries = entries, .count = count};
    struct build_shape shape;
    struct page *root = NULL;

    if (count == 1) {
        root_store(tree, fresh[0]);
        return VV_OK;
    }
    for (unsigned i = 0; i < count; i++) {
        entries[i] = (struct build_entry){.key = i == 0 ? slice_make("", 0) : page_low(fresh[i]),
                                          .child = page_child_hot(fresh[i])};
    }
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

/* ---- shrinking ---- */

void structure_shrink(struct tree *tree, struct tree_session *session, vv_slice key)
{
    struct page *inner = NULL;

    while (root_drop(tree, session)) {
    }
    inner = small_inner(tree, key);
    if (inner != NULL && latch_write_lock(page_latch(inner))) {
        if (!inner_join(tree, session, inner)) {
            latch_write_unlock_same(page_latch(inner));
        }
    }
}

/* A root with one child in memory: the child becomes the root. */
static bool root_drop(struct tree *tree, struct tree_session *session)
{
    struct page *root = page_child_page(tree_root(tree));
    uint64_t word = 0;
    bool dropped = false;

    if (root->kind != PAGE_INNER || page_slot_count(root) != 1 ||
        epoch_reserve(session->epoch) != VV_OK || !latch_write_lock(page_latch(root))) {
        return false;
    }
    word = page_child_load(root, page_slot_load(root, 0));
    if (page_slot_count(root) == 1 && (word & 2) == 0 && latch_write_lock(&tree->root_latch)) {
        root_store(tree, page_child_page(word));
        atomic_fetch_sub_explicit(&tree->height, 1, memory_order_relaxed);
        latch_write_unlock_same(&tree->root_latch);
        dropped = true;
    }
    if (!dropped) {
        latch_write_unlock_same(page_latch(root));
        return false;
    }
    structure_count(tree, root, false);
    latch_write_unlock_obsolete(page_latch(root));
    session_retire_page(session, root);
    return true;
}

/* The lowest inner page on the way to key, if it has few children and is not the root. */
static struct page *small_inner(struct tree *tree, vv_slice key)
{
    uint64_t word = tree_root(tree);
    struct page *inner = NULL;
    struct page *root = page_child_page(word);

    while ((word & 2) == 0 && word != 0) {
        struct page *page = page_child_page(word);
        uint64_t version = 0;
        unsigned index = 0;

        if (page->kind != PAGE_INNER || !latch_read_begin(page_latch(page), &version)) {
            break;
        }
        index = page_child_search_unlatched(page, key);
        word = page_child_load(page, page_slot_load(page, index));
        if (!latch_read_end(page_latch(page), version)) {
            return NULL;
        }
        inner = page;
    }
    return inner != NULL && inner != root && page_slot_count(inner) <= INNER_FEW ? inner : NULL;
}

/* inner is latched. True: it was joined with a neighbour and is gone. */
static bool inner_join(struct tree *tree, struct tree_session *session, struct page *inner)
{
    struct page *parent = NULL;
    struct page *other = NULL;
    unsigned index = 0;
    bool joined = false;

    structure_parent(tree, inner, &parent, &index);
    if (parent != NULL && page_slot_count(parent) > 1) {
        bool right = index + 1 < page_slot_count(parent);
        uint64_t word =
            page_child_load(parent, page_slot_load(parent, right ? index + 1 : index - 1));

        other = (word & 2) == 0 ? page_child_page(word) : NULL;
        if (other != NULL && latch_try_lock(page_latch(other))) {
            joined = right ? inner_join_pair(tree, session, parent, index, inner, other)
                           : inner_join_pair(tree, session, parent, index - 1, other, inner);
            if (!joined) {
                latch_write_unlock_same(page_latch(other));
            }
        }
    }
    if (!joined) {
        structure_parent_unlock(tree, parent);
    }
    return joined;
}

/* All three are latched. False: nothing happened. */
static bool inner_join_pair(struct tree *tree, struct tree_session *session, struct page *parent,
                            unsigned index, struct page *left, struct page *right)
{
    struct build_run run = {.kind = PAGE_INNER, .low = page_low(left)};
    unsigned left_count = page_slot_count(left);
    struct build_shape shape;
    struct page *fresh = NULL;
    vv_slice high;

    if (epoch_reserve(session->epoch) != VV_OK ||
        session_inner_entries(session, left_count + page_slot_count(right)) != VV_OK) {
        return false;
    }
    run.count = build_entries(left, session->inner_entries);
    run.count += build_entries(right, session->inner_entries + left_count);
    session->inner_entries[left_count] = (struct build_entry){
        .key = page_low(right), .child = session->inner_entries[left_count].child};
    run.entries = session->inner_entries;
    run.high = page_high(right, &high) ? high : slice_make(NULL, 0);
    run.reserve_bytes = INNER_SLACK;
    shape = build_shape(&run);
    if (!shape.fits || shape.wants_split) {
        return false;
    }
    fresh = memory_page(&session->memory, shape.frame_count, FRAMES_URGENT);
    if (fresh == NULL) {
        return false;
    }
    build_page(fresh, &run, &shape);
    structure_count(tree, fresh, true);
    structure_join(tree, session, parent, index, fresh);
    structure_count(tree, left, false);
    structure_count(tree, right, false);
    latch_write_unlock_obsolete(page_latch(left));
    latch_write_unlock_obsolete(page_latch(right));
    session_retire_page(session, left);
    session_retire_page(session, right);
    return true;
}
