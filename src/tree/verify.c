/*
 * verify.c - walks a tree that nobody changes and checks its promises.
 *
 * Each page is checked alone (page_verify), then against the fences its parent gives it, then its version
 * chains and counts. A key stands at most once (T10) because keys ascend within leaves and leaves do not
 * overlap. Shares of records are counted in their `row_size`, which is 0 otherwise: one walk counts them, another one
 * compares and clears. The first broken promise is named.
 */
#include "tree/tree_private.h"

#define CHAIN_MAX 100000000u /* a longer chain is a ring */

struct walk {
    struct tree *tree;
    uint64_t leaf_pages;
    uint64_t inner_pages;
    uint64_t page_bytes;
    uint64_t slots;
    const char *broken;
    struct snapshot_horizon horizon;
};

enum count_shares { SHARES_COUNT, SHARES_COMPARE, SHARES_CLEAR };

static unsigned walk_page(struct walk *walk, const struct page *page, vv_slice low, vv_slice high);
static bool same_key_twice(const struct page *page);
static void walk_inner(struct walk *walk, const struct page *page, unsigned *level);
static void walk_leaf(struct walk *walk, const struct page *page);
static uint64_t walk_slot(struct walk *walk, const struct page *page, page_slot slot);
static uint64_t walk_chain(struct walk *walk, const struct page *page,
                           const struct tree_version *version);
static void walk_end(struct walk *walk, const struct tree_version *version);
static void walk_order(struct walk *walk, const struct tree_version *version, uint64_t *newer,
                       uint64_t *tag);
static bool shares_each(const struct page *page, enum count_shares what);
static bool share_one(struct tree_version *version, enum count_shares what);
static bool same_fence(vv_slice a, vv_slice b);
static void breaks(struct walk *walk, const char *promise);

const char *tree_verify(struct tree *tree)
{
    struct walk walk = {.tree = tree};
    unsigned height = 0;

    snapshot_list(tree->shared->snapshots, tree->shared->visible, &walk.horizon);
    height =
        walk_page(&walk, page_child_page(tree_root(tree)), slice_make("", 0), slice_make(NULL, 0));
    if (walk.broken == NULL &&
        height != atomic_load_explicit(&tree->height, memory_order_relaxed)) {
        breaks(&walk, "T3: the height is not that of the root");
    }
    if (walk.broken == NULL &&
        (walk.leaf_pages != atomic_load_explicit(&tree->leaf_pages, memory_order_relaxed) ||
         walk.inner_pages != atomic_load_explicit(&tree->inner_pages, memory_order_relaxed) ||
         walk.page_bytes != atomic_load_explicit(&tree->page_bytes, memory_order_relaxed) ||
         walk.slots != counter_sum(&tree->rows))) {
        breaks(&walk, "T7: the counts of the tree are not those of its pages");
    }
    if (walk.broken == NULL) {
        const struct page *root = page_child_page(tree_root(tree));

        (void)shares_each(root, SHARES_COUNT);
        if (!shares_each(root, SHARES_COMPARE)) {
            breaks(&walk, "T6: a shared record has other shares than slots that name it");
        }
        (void)shares_each(root, SHARES_CLEAR);
    }
    return walk.broken;
}

/* Visits each slot with a shared record below page. False: a count is wrong. */
static bool shares_each(const struct page *page, enum count_shares what)
{
    bool sound = true;

    for (unsigned i = 0; i < page_slot_count(page); i++) {
        page_slot slot = page_slot_load(page, i);
        struct page_cell cell;

        if (page->kind == PAGE_INNER) {
            uint64_t word = page_child_load(page, slot);

            sound = ((word & 2) != 0 || shares_each(page_child_page(word), what)) && sound;
        } else if (page_slot_versioned(slot) && page_cell_read(page, slot, &cell) &&
                   version_is_shared(cell_version(&cell))) {
            sound = share_one(cell_version(&cell), what) && sound;
        }
    }
    return sound;
}

static bool share_one(struct tree_version *version, enum count_shares what)
{
    uint32_t counted = atomic_load_explicit(&version->row_size, memory_order_relaxed);

    if (what != SHARES_COMPARE) {
        atomic_store_explicit(&version->row_size, what == SHARES_COUNT ? counted + 1 : 0,
                              memory_order_relaxed);
        return true;
    }
    return counted == atomic_load_explicit(&version->shares, memory_order_relaxed);
}

static void breaks(struct walk *walk, const char *promise)
{
    if (walk->broken == NULL) {
        walk->broken = promise;
    }
}

/* Returns the level of the page: 1 for a leaf. Depth is the height of the tree. */
static unsigned walk_page(struct walk *walk, const struct page *page, vv_slice low, vv_slice high)
{
    const char *why = page_verify(page);
    unsigned level = 1;
    vv_slice own_high;
    bool bounded = false;

    if (why != NULL) {
        breaks(walk, same_key_twice(page) ? "T10: a key stands twice in a page"
                                          : "T1: a page is damaged, or its keys are out of order");
        return 0;
    }
    bounded = page_high(page, &own_high);
    if (!same_fence(page_low(page), low)) {
        breaks(walk, walk->leaf_pages == 0 ? "T3: the first low fence is not empty"
                                           : "T2: a low fence is not the separator before it");
    }
    if (bounded != (high.data != NULL) || (bounded && !same_fence(own_high, high))) {
        breaks(walk, "T2: a high fence is not the separator behind it");
    }
    if (latch_is_locked(page_latch(page)) || latch_is_obsolete(page_latch(page))) {
        breaks(walk, "T3: a replaced or latched page is in the tree");
    }
    walk->page_bytes += page_size(page);
    if (walk->broken != NULL) {
        return 0;
    }
    if (page->kind == PAGE_LEAF) {
        walk->leaf_pages++;
        walk_leaf(walk, page);
    } else {
        walk->inner_pages++;
        walk_inner(walk, page, &level);
    }
    return level;
}

/* Safe on a damaged page. */
static bool same_key_twice(const struct page *page)
{
    uint8_t before[PAGE_KEY_BUFFER];
    size_t before_size = 0;

    for (unsigned i = 0; page->kind == PAGE_LEAF && i < page_slot_count_unlatched(page); i++) {
        uint8_t key[PAGE_KEY_BUFFER];
        size_t size = page_key_copy(page, page_slot_load(page, i), key);

        if (size != 0 && size == before_size && memcmp(key, before, size) == 0) {
            return true;
        }
        memcpy(before, key, size);
        before_size = size;
    }
    return false;
}

static void walk_inner(struct walk *walk, const struct page *page, unsigned *level)
{
    unsigned count = page_slot_count(page);
    uint8_t low_bytes[PAGE_KEY_BUFFER];
    uint8_t high_bytes[PAGE_KEY_BUFFER];
    vv_slice low = page_low(page);
    vv_slice high;
    unsigned below = 0;

    if (count == 0) {
        breaks(walk, "T3: an inner page without children");
    }
    for (unsigned i = 0; i < count && walk->broken == NULL; i++) {
        uint64_t word = page_child_load(page, page_slot_load(page, i));
        unsigned child_level = 0;

        if (i + 1 < count) {
            high = slice_make(high_bytes,
                              page_key_copy(page, page_slot_load(page, i + 1), high_bytes));
        } else if (!page_high(page, &high)) {
            high = slice_make(NULL, 0);
        }
        if (word == 0) {
            breaks(walk, "T3: a child is missing");
        } else if ((word & 2) == 0) {
            child_level = walk_page(walk, page_child_page(word), low, high);
            if (below != 0 && child_level != below) {
                breaks(walk, "T3: children of one page are not of one level");
            }
            below = child_level;
        }
        if (i + 1 < count) {
            memcpy(low_bytes, high_bytes, high.size);
            low = slice_make(low_bytes, high.size);
        }
    }
    *level = below + 1;
}

static bool same_fence(vv_slice a, vv_slice b)
{
    return slice_compare(a, b) == 0;
}

static void walk_leaf(struct walk *walk, const struct page *page)
{
    unsigned count = page_slot_count(page);
    uint64_t versioned = 0;
    uint64_t outside = 0;

    walk->slots += count;
    for (unsigned i = 0; i < count; i++) {
        page_slot slot = page_slot_load(page, i);

        versioned += page_slot_versioned(slot);
        outside += walk_slot(walk, page, slot);
    }
    if (versioned != page->owner[LEAF_VERSIONED]) {
        breaks(walk, "T7: a leaf's count of versioned slots is wrong");
    }
    if (outside != page->outside_bytes) {
        breaks(walk, "T7: a leaf's count of bytes out of line is wrong");
    }
}

/* Returns the slot's bytes out of line. */
static uint64_t walk_slot(struct walk *walk, const struct page *page, page_slot slot)
{
    struct page_cell cell;
    vv_slice row;

    if (!page_cell_read(page, slot, &cell)) {
        breaks(walk, "T1: a cell lies outside of its page");
        return 0;
    }
    if (page_slot_versioned(slot) != (cell.record != 0)) {
        breaks(walk, "T5: a versioned slot without a record");
        return 0;
    }
    if (cell.record == 0) {
        if ((slot & PAGE_SLOT_STUB) != 0) {
            breaks(walk, "T5: a plain cell is a stub");
        }
        row = cell_plain_row(slot, &cell);
        if ((slot & PAGE_SLOT_OVERFLOW) == 0) {
            return 0;
        }
        if (row.data == NULL || row.size <= PAGE_OVERFLOW_BYTES) {
            breaks(walk, "T6: an overflow row that is no longer than what names it");
        }
        return row.size;
    }
    if (version_is_shared(cell_version(&cell)) &&
        ((slot & (PAGE_SLOT_STUB | PAGE_SLOT_OVERFLOW)) != 0 ||
         version_older(cell_version(&cell)) != 0)) {
        breaks(walk, "T4: a shared record with something older, or a row out of line");
    }
    if ((slot & (PAGE_SLOT_STUB | PAGE_SLOT_OVERFLOW)) != 0) {
        row = cell_row(slot, &cell);
        if (row.data != version_row(cell_version(&cell)).data ||
            (version_flags(cell_version(&cell)) & VERSION_OUTSIDE) == 0) {
            breaks(walk, "T6: a stub's bytes are not its version's");
        }
    }
    return walk_chain(walk, page, cell_version(&cell));
}

static uint64_t walk_chain(struct walk *walk, const struct page *page,
                           const struct tree_version *version)
{
    uint64_t outside = 0;
    uint64_t newer = UINT64_MAX;
    uint64_t tag = 0;

    for (uint64_t length = 1; walk->broken == NULL; length++) {
        uint64_t older = version_older(version);
        uint32_t flags = version_flags(version);

        outside += version_outside(version);
        walk_order(walk, version, &newer, &tag);
        if (length > CHAIN_MAX) {
            breaks(walk, "T4: a version chain does not end");
        }
        if ((flags & VERSION_OUTSIDE) != 0 && page_holds(page, version_row(version).data)) {
            breaks(walk, "T6: bytes of the page are called out of line");
        }
        if (older == 0) {
            walk_end(walk, version);
            break;
        }
        if (older_is_plain(older)) {
            vv_slice row = older_row(older);

            if (row.size != 0 && page_holds(page, row.data) == ((older & OLDER_OUTSIDE) != 0)) {
                breaks(walk, "T6: an older plain row is neither in the page nor out of line");
            }
            break;
        }
        version = older_version(older);
        if ((version_flags(version) & VERSION_OUTSIDE) == 0 && version_row(version).size != 0 &&
            !page_holds(page, version_row(version).data)) {
            breaks(walk, "T6: an older version's row is neither in the page nor out of line");
        }
    }
    return outside;
}

/* T9: where a chain ends, either the row began, or no listed snapshot is older. */
static void walk_end(struct walk *walk, const struct tree_version *version)
{
    uint64_t begin = version_begin(version);

    if ((version_flags(version) & VERSION_FIRST) == 0 && walk->horizon.oldest < begin &&
        begin != TXN_NEVER) {
        breaks(walk, "T9: a version that a listed snapshot sees is missing");
    }
}

/* T4: begins fall, undecided ones come first and are of one transaction. */
static void walk_order(struct walk *walk, const struct tree_version *version, uint64_t *newer,
                       uint64_t *tag)
{
    uint64_t begin = version_begin(version);

    if (begin == TXN_NEVER) {
        return;
    }
    if (txn_is_tag(begin)) {
        uint64_t lsn = 0;

        if (txn_look(walk->tree->shared->txns, begin, &lsn) != TXN_IS_OPEN) {
            breaks(walk, "T8: a version carries the tag of a transaction that has ended");
        }
        if (*newer != UINT64_MAX || (*tag != 0 && *tag != begin)) {
            breaks(walk, "T4: an undecided version is not at the head, or of a second transaction");
        }
        *tag = begin;
        return;
    }
    if (begin > *newer) {
        breaks(walk, "T4: an older version began later");
    }
    *newer = begin;
}
