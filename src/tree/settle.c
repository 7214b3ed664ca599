/*
 * settle.c - leaves left with versions are rebuilt when they have been quiet for a while.
 *
 * A leaf is listed by a key on it when it gets its first version; the ring is short, and when it is full
 * a flag asks for a sweep over all leaves instead. Committers do a small share now and then; idle time
 * and background steps do the rest.
 */
#include "tree/tree_private.h"

#define SETTLE_SHARE 1024u /* one of so many committers' calls does something */
#define COMMITTERS_PART \
    4u /* committers leave leaves alone with fewer versions than one in so many */
#define ENTRIES_TRIED 16u
#define RECORDS_AHEAD 6u                /* version records fetched ahead of their turn */
#define SETTLE_AGE    ((uint64_t)65536) /* bytes of log since it was listed */

static bool take_entry(struct tree *tree, uint64_t older_than, struct settle_entry *entry_out);
static bool settle_key(struct tree *tree, struct tree_session *session, vv_slice key, bool now,
                       bool *gained_out);
static bool would_gain(struct tree_session *session, const struct page *leaf, bool now);
static bool slot_would_gain(struct tree_session *session, const struct page *leaf, page_slot slot);
static bool settles_in_place(struct tree_session *session, const struct tree_version *version);
static bool sweep_step(struct tree *tree, struct tree_session *session);
static bool sweep_wanted(struct settle *settle);

/* Writers ask for it all the time: the line is written once. */
void settle_sweep(struct settle *settle)
{
    if (!atomic_load_explicit(&settle->sweep, memory_order_relaxed)) {
        atomic_store_explicit(&settle->sweep, true, memory_order_relaxed);
    }
}

void settle_list(struct tree *tree, struct page *leaf)
{
    struct settle *settle = &tree->settle;
    vv_slice key = page_low(leaf);
    struct settle_entry *entry = NULL;
    uint32_t count = atomic_load_explicit(&settle->count, memory_order_relaxed);

    if (count == SETTLE_RING || key.size > SETTLE_KEY_BYTES) {
        settle_sweep(settle);
        return;
    }
    lock_acquire(&settle->lock);
    count = atomic_load_explicit(&settle->count, memory_order_relaxed);
    if (count < SETTLE_RING) {
        entry = &settle->ring[(settle->first + count) % SETTLE_RING];
        entry->lsn = visible_now(tree->shared->visible);
        entry->key_size = (uint16_t)key.size;
        memcpy(entry->key, key.data, key.size);
        atomic_store_explicit(&settle->count, count + 1, memory_order_relaxed);
        leaf->owner[LEAF_LISTED] = 1;
    } else {
        settle_sweep(settle);
    }
    lock_release(&settle->lock);
}

bool tree_settle_step(struct tree *tree, struct tree_session *session, bool now)
{
    uint64_t visible = visible_now(tree->shared->visible);
    uint64_t older_than = now ? UINT64_MAX : visible > SETTLE_AGE ? visible - SETTLE_AGE : 0;
    struct settle_entry entry;

    if (!now && ++session->settle_calls % SETTLE_SHARE != 0) {
        return false;
    }
    for (unsigned i = 0; i < ENTRIES_TRIED; i++) {
        bool gained = false;

        if (atomic_load_explicit(&tree->settle.count, memory_order_relaxed) == 0 ||
            !take_entry(tree, older_than, &entry)) {
            return now && sweep_wanted(&tree->settle) && sweep_step(tree, session);
        }
        if (!settle_key(tree, session, slice_make(entry.key, entry.key_size), now, &gained)) {
            return false;
        }
        if (gained) {
            return true;
        }
    }
    return true;
}

static bool take_entry(struct tree *tree, uint64_t older_than, struct settle_entry *entry_out)
{
    struct settle *settle = &tree->settle;
    uint32_t count = 0;
    bool taken = false;

    lock_acquire(&settle->lock);
    count = atomic_load_explicit(&settle->count, memory_order_relaxed);
    if (count > 0 && settle->ring[settle->first].lsn <= older_than) {
        *entry_out = settle->ring[settle->first];
        settle->first = (settle->first + 1) % SETTLE_RING;
        atomic_store_explicit(&settle->count, count - 1, memory_order_relaxed);
        taken = true;
    }
    lock_release(&settle->lock);
    return taken;
}

/* Rebuilds the leaf of key when that gains something. False: out of memory, or a page is missing. */
static bool settle_key(struct tree *tree, struct tree_session *session, vv_slice key, bool now,
                       bool *gained_out)
{
    const struct edit none = {.kind = EDIT_NONE};
    struct vv_cause cause = {0};
    struct page *leaf = NULL;

    *gained_out = false;
    if (descend_latch(tree, key, &leaf, &cause) != VV_OK) {
        return false;
    }
    leaf->owner[LEAF_LISTED] = 0;
    session_horizon(session);
    if (would_gain(session, leaf, now)) {
        *gained_out = true;
        if (rebuild_leaf(tree, session, leaf, &none, FRAMES_URGENT) == VV_OK) {
            structure_shrink(tree, session, key);
            return true;
        }
        *gained_out = false;
        settle_sweep(&tree->settle); /* it is on no list now */
        latch_write_unlock_same(page_latch(leaf));
        return false;
    }
    if (leaf->owner[LEAF_VERSIONED] != 0) {
        /* Its time will come; found by the sweep. */
        settle_sweep(&tree->settle);
    }
    latch_write_unlock_same(page_latch(leaf));
    return true;
}

/* Is at least a half of the versioned slots ready to become plain or to go? */
static bool would_gain(struct tree_session *session, const struct page *leaf, bool now)
{
    uint64_t ready = 0;

    if (leaf->owner[LEAF_VERSIONED] == 0 ||
        (!now && leaf->owner[LEAF_VERSIONED] * COMMITTERS_PART < page_slot_count(leaf))) {
        return false;
    }
    for (unsigned i = 0; i < page_slot_count(leaf); i++) {
        page_slot slot = page_slot_load(leaf, i);

        ready += page_slot_versioned(slot) && slot_would_gain(session, leaf, slot);
    }
    return ready * 2 >= leaf->owner[LEAF_VERSIONED];
}

static bool slot_would_gain(struct tree_session *session, const struct page *leaf, page_slot slot)
{
    struct page_cell cell;
    uint64_t begin = 0;

    if (!page_cell_read(leaf, slot, &cell)) {
        return false;
    }
    begin = version_begin(cell_version(&cell));
    return begin == TXN_NEVER ||
           (!txn_is_tag(begin) && snapshot_all_see(&session->horizon, begin) &&
            version_chain_is_stamped(cell_version(&cell)));
}

/* A rebuild without building: one store a row. What lies dead in the page then waits for the next real one, and
 * so do deleted rows, locks, what was undone, and rows out of line. */
void settle_in_place(struct tree_session *session, struct page *leaf, unsigned except)
{
    unsigned count = page_slot_count(leaf);
    struct version_list dropped = {0};

    if (epoch_reserve(session->epoch) != VV_OK) {
        return;
    }
    session_horizon(session);
    for (unsigned i = 0; i < count; i++) {
        page_slot slot = page_slot_load(leaf, i);
        struct tree_version *version = NULL;

        if (i + RECORDS_AHEAD < count) {
            __builtin_prefetch((const void *)(uintptr_t)page_cell_record(
                leaf, page_slot_load(leaf, i + RECORDS_AHEAD)));
        }
        version = (struct tree_version *)(uintptr_t)page_cell_record(leaf, slot);
        if (version != NULL && i != except && (slot & (PAGE_SLOT_STUB | PAGE_SLOT_OVERFLOW)) == 0 &&
            settles_in_place(session, version)) {
            page_slot_settle(leaf, i);
            leaf->owner[LEAF_VERSIONED]--;
            if (!version_is_shared(version) || version_unshare(version, 1)) {
                version_drop_chain(&dropped, version);
            }
        }
    }
    leaf->outside_bytes -= dropped.bytes;
    session_retire_versions(session, dropped.first, dropped.bytes);
}

static bool settles_in_place(struct tree_session *session, const struct tree_version *version)
{
    uint64_t begin = version_begin(version);

    return begin < TXN_NEVER &&
           (version_flags(version) & (VERSION_DELETED | VERSION_LOCK_ONLY | VERSION_OUTSIDE)) ==
               0 &&
           snapshot_all_see(&session->horizon, begin) && version_chain_is_stamped(version);
}

/* One leaf of the sweep that gains; passes over others, a bounded number. */
static bool sweep_step(struct tree *tree, struct tree_session *session)
{
    struct settle *settle = &tree->settle;
    uint8_t position[LIMIT_KEY_BYTES];
    size_t size = 0;
    size_t size_next = 0;

    for (unsigned i = 0; i < 64; i++) {
        struct vv_cause cause = {0};
        struct page *leaf = NULL;
        uint64_t version = 0;
        bool gained = false;
        bool quiet = false;
        vv_slice high;

        lock_acquire(&settle->lock);
        size = settle->position_size;
        memcpy(position, settle->position, size);
        lock_release(&settle->lock);
        if (size == 0) { /* a new round: who comes late asks again */
            atomic_store_explicit(&settle->sweep, false, memory_order_relaxed);
        }
        if (descend_read(tree, slice_make(position, size), &leaf, &version, &cause) != VV_OK) {
            return false;
        }
        quiet = __atomic_load_n(&leaf->owner[LEAF_VERSIONED], __ATOMIC_RELAXED) == 0; /* a hint */
        latch_read_drop(page_latch(leaf), version);
        lock_acquire(&settle->lock);
        settle->position_size = 0;
        if (page_high(leaf, &high)) { /* fences stay for the page's life, and the epoch keeps it */
            settle->position_size = (uint16_t)high.size;
            memcpy(settle->position, high.data, high.size);
        }
        size_next = settle->position_size;
        lock_release(&settle->lock);
        if (!quiet && !settle_key(tree, session, slice_make(position, size), true, &gained)) {
            return false;
        }
        if (gained) {
            return true;
        }
        if (size_next == 0) { /* the round's end; what it had to leave asks for another, later */
            return false;
        }
    }
    return true;
}

/* A round under way goes on even when nobody asks any more. */
static bool sweep_wanted(struct settle *settle)
{
    bool wanted = atomic_load_explicit(&settle->sweep, memory_order_relaxed);

    lock_acquire(&settle->lock);
    wanted = wanted || settle->position_size > 0;
    lock_release(&settle->lock);
    return wanted;
}
