/*
 * write.c - insert, update, delete and lock: one descent, one latch, one new version.
 *
 *   latch the leaf -> search -> what is newest? -> may I? -> new version -> cell and swing, or rebuild
 *
 * Nothing is changed before everything that can fail has happened, except where a failure leaves a sound
 * state (rebuild.c). The newest undecided version of a row is its lock.
 */
#include "tree/tree_private.h"

#define CELL_ROW_MAX 512u /* an update puts larger rows out of line until the next rebuild */
#define PRUNE_STEPS  4u   /* versions looked at below a new one */
#define HORIZON_USES 32u  /* updates that found something to prune before the list is made anew */
#define OUTSIDE_MIN  1024u

enum op { OP_INSERT, OP_UPDATE, OP_DELETE, OP_LOCK };

/* A write on its way. */
struct writing {
    struct tree *tree;
    struct tree_write *write;
    enum op op;
    enum rowlock_mode mode;
    enum frames_need need;
    vv_slice key;
    vv_slice row; /* the new version's bytes */
    struct page *leaf;
    struct page_position at;
    page_slot slot;
    struct page_cell cell;
    struct newest newest;
    struct tree_version *version;
    struct page_value value;
    uint8_t ref[PAGE_OVERFLOW_BYTES]; /* of value.row, when that refers to bytes out of line */
    uint8_t *outside;                 /* bytes got for the new version */
    struct tree_version *base; /* a version made for a plain overflow row, or of a shared one */
    bool was_shared;           /* the slot's record: its share goes back */
    uint64_t outside_before;   /* bytes out of line that the new version takes over */
};

static vv_status write_row(struct tree *tree, struct tree_write *write, enum op op,
                           enum rowlock_mode mode, vv_slice key, vv_slice row);
static bool latch_near(struct writing *w);
static vv_status write_latched(struct writing *w);
static vv_status may_write(struct writing *w);
static vv_status may_pass_shared(struct writing *w);
static vv_status may_change(struct writing *w);
static vv_status changed(struct writing *w);
static vv_status blocked(struct writing *w, uint64_t tag, uint32_t undo_seen);
static bool is_own(const struct writing *w);
static bool may_replace_own(const struct writing *w);
static bool holds_lock(const struct writing *w);
static vv_status write_version(struct writing *w);
static vv_status write_over_own(struct writing *w);
static vv_status prepare_version(struct writing *w);
static vv_status prepare_value(struct writing *w, struct tree_version *version);
static vv_status prepare_older(struct writing *w, uint64_t *older_out,
                               struct tree_version **passed_out);
static vv_status prepare_own_copy(struct writing *w, const struct tree_version *shared,
                                  uint64_t *older_out);
static bool unshare_last(struct writing *w, struct tree_version *shared);
static void leave_shared(struct writing *w);
static void discard_prepared(struct writing *w);
static vv_status place(struct writing *w);
static bool outside_is_too_much(const struct page *leaf);
static void place_in_page(struct writing *w);
static void link_change(struct tree_changes *changes, struct tree_version *version);
static void prune_below(struct writing *w);
static uint32_t flags_of(const struct writing *w);
static vv_status lock_shared(struct writing *w);

vv_status tree_insert(struct tree *tree, struct tree_write *write, vv_slice key, vv_slice row)
{
    return write_row(tree, write, OP_INSERT, ROWLOCK_UPDATE, key, row);
}

vv_status tree_update(struct tree *tree, struct tree_write *write, vv_slice key, vv_slice row)
{
    enum rowlock_mode mode =
        write->strength == ROWLOCK_UPDATE ? ROWLOCK_UPDATE : ROWLOCK_NO_KEY_UPDATE;

    return write_row(tree, write, OP_UPDATE, mode, key, row);
}

vv_status tree_delete(struct tree *tree, struct tree_write *write, vv_slice key, vv_slice moved)
{
    return write_row(tree, write, OP_DELETE, ROWLOCK_UPDATE, key, moved);
}

vv_status tree_lock(struct tree *tree, struct tree_write *write, vv_slice key,
                    enum rowlock_mode mode)
{
    return write_row(tree, write, OP_LOCK, mode, key, slice_make(NULL, 0));
}

static vv_status write_row(struct tree *tree, struct tree_write *write, enum op op,
                           enum rowlock_mode mode, vv_slice key, vv_slice row)
{
    struct writing
        w; /* the rest is filled on the way: clearing it all would cost as much as a search */
    struct tree_session *session = write->session;
    vv_status status = VV_OK;

    w.tree = tree;
    w.write = write;
    w.op = op;
    w.mode = mode;
    w.need = write->urgent ? FRAMES_URGENT : FRAMES_ORDINARY;
    w.key = key;
    w.row = row;
    w.leaf = NULL;
    w.newest.head = NULL;
    w.outside = NULL;
    w.base = NULL;
    w.was_shared = false;
    w.outside_before = 0;
    write->found = (struct tree_found){0};
    VV_ASSERT(txn_is_tag(write->view.tag) && epoch_entered(session->epoch));
    if (VV_UNLIKELY(key.size == 0 || key.size > LIMIT_KEY_BYTES ||
                    row.size > tree->shared->row_bytes_max)) {
        return VV_LIMIT;
    }
    VV_TRY(epoch_reserve(session->epoch));
    if (session->spare == NULL) {
        session->spare = memory_version(&session->memory, w.need);
        if (session->spare == NULL) {
            return VV_NOMEM;
        }
    }
    if (!latch_near(&w)) {
        VV_TRY(descend_latch(tree, key, &w.leaf, write->cause));
        w.at = page_search(w.leaf, key);
    }
    status = write_latched(&w);
    if (w.leaf != NULL) {
        latch_write_unlock_same(page_latch(w.leaf)); /* nothing that a reader must notice */
    }
    return status;
}

/* The row was read a moment ago: its leaf, if it still is one, and its slot are known. P1 makes the key's own
 * presence the proof that the leaf covers it. */
static bool latch_near(struct writing *w)
{
    const struct tree_near *near = &w->write->session->near;
    struct page *leaf = near->leaf;

    if (near->tree != w->tree || near->pin != w->write->session->pin) {
        return false;
    }
    descend_prefetch_write(leaf);
    if (!latch_write_lock(page_latch(leaf))) {
        return false;
    }
    if (near->index < page_slot_count(leaf) &&
        page_key_compare(leaf, page_slot_load(leaf, near->index), w->key) == 0) {
        w->leaf = leaf;
        w->at = (struct page_position){near->index, true};
        return true;
    }
    latch_write_unlock_same(page_latch(leaf));
    return false;
}

/* Under the latch; w->leaf is NULL afterwards when the leaf was unlatched. */
static vv_status write_latched(struct writing *w)
{
    if (w->at.exact) {
        bool read = false;

        w->slot = page_slot_load(w->leaf, w->at.index);
        read = page_cell_read(w->leaf, w->slot, &w->cell);
        VV_ASSERT(read);
        w->newest = version_newest(w->tree->shared, w->write->view.tag, w->slot, &w->cell, w->mode,
                                   w->op != OP_INSERT);
        VV_TRY(may_write(w));
    } else if (w->op != OP_INSERT) {
        return VV_NOT_FOUND;
    }
    if (w->op == OP_LOCK) {
        if (w->mode <= ROWLOCK_SHARE) {
            return lock_shared(w);
        }
        if (holds_lock(w)) {
            return VV_OK;
        }
    }
    return may_replace_own(w) ? write_over_own(w) : write_version(w);
}

/* ---- may I? ---- */

static vv_status may_write(struct writing *w)
{
    struct newest *newest = &w->newest;

    if (newest->blocker != 0) {
        return blocked(w, newest->blocker, newest->undo_seen);
    }
    if (w->op == OP_INSERT) {
        return newest->exists ? changed(w) : VV_OK;
    }
    VV_TRY(may_change(w));
    return VV_LIKELY(!rowlock_any(w->tree->shared->rowlocks)) ? VV_OK : may_pass_shared(w);
}

/* Whether shared holders are in the way. A holder is looked for again after its count of undone parts was
 * read: one that gave the lock back in between (ROLLBACK TO) is not waited for. */
static vv_status may_pass_shared(struct writing *w)
{
    const struct tree_shared *shared = w->tree->shared;
    uint64_t holder = 0;
    uint64_t found = 0;
    uint32_t undo_seen = 0;

    do {
        holder = found;
        undo_seen = holder == 0 ? 0 : txn_undo_seen(shared->txns, holder);
        found =
            rowlock_blocker(shared->rowlocks, w->write->view.tag, w->tree->map, w->key, w->mode);
    } while (found != 0 && found != holder);
    return found == 0 ? VV_OK : blocked(w, holder, undo_seen);
}

/* Is the newest version the one the caller looked at? */
static vv_status may_change(struct writing *w)
{
    const struct tree_write *write = w->write;
    struct newest *newest = &w->newest;

    if (!newest->plain && newest->counted == NULL) {
        return VV_NOT_FOUND;
    }
    if (newest->begin == write->view.tag) {
        uint32_t statement =
            atomic_load_explicit(&newest->counted->statement, memory_order_relaxed);

        if (statement >= write->view.statement) {
            return changed(w);
        }
    } else if (!newest->plain && write->basis != TREE_BASIS_NEWEST) {
        uint64_t basis = write->basis;

        if (basis == TREE_BASIS_SNAPSHOT ? newest->begin > write->view.snapshot
                                         : newest->begin != basis) {
            return changed(w);
        }
    }
    return newest->exists ? VV_OK : VV_NOT_FOUND;
}

/* Reports what counts: VV_CHANGED, or VV_EXISTS to an insert. */
static vv_status changed(struct writing *w)
{
    struct tree_found *found = &w->write->found;

    found->begin = w->newest.begin;
    found->deleted = !w->newest.exists;
    if (found->deleted) {
        found->moved = w->newest.row;
    } else {
        found->row = w->newest.row;
    }
    return w->op == OP_INSERT ? VV_EXISTS : VV_CHANGED;
}

static vv_status blocked(struct writing *w, uint64_t tag, uint32_t undo_seen)
{
    w->write->cause->txn_tag = tag;
    w->write->cause->map_id = w->tree->map;
    w->write->undo_seen = undo_seen;
    return VV_WAIT;
}

static bool is_own(const struct writing *w)
{
    return w->newest.head != NULL && version_begin(w->newest.head) == w->write->view.tag;
}

/* Within one transaction a version may be replaced when no savepoint, statement or cursor lies between. */
static bool may_replace_own(const struct writing *w)
{
    return w->at.exact && is_own(w) && !version_is_shared(w->newest.head) &&
           atomic_load_explicit(&w->newest.head->statement, memory_order_relaxed) >=
               w->write->replace_from;
}

/* Is the row locked by us already, at least so strongly? */
static bool holds_lock(const struct writing *w)
{
    w->write->found.row = w->newest.row;
    w->write->found.begin = w->newest.begin;
    return is_own(w) &&
           (w->mode != ROWLOCK_UPDATE || (version_flags(w->newest.head) & VERSION_STRONG) != 0);
}

static vv_status lock_shared(struct writing *w)
{
    VV_ASSERT(w->write->holder != NULL);
    w->write->found.row = w->newest.row;
    w->write->found.begin = w->newest.begin;
    if (is_own(w)) {
        return VV_OK; /* our own version is the stronger lock */
    }
    return rowlock_take(w->tree->shared->rowlocks, w->write->holder, w->write->view.tag,
                        w->tree->map, w->key, w->mode);
}

/* ---- a new version ---- */

static vv_status write_version(struct writing *w)
{
    struct tree_version *passed = NULL; /* undone versions that the new one goes before */
    struct tree_version *version = w->write->session->spare;
    uint64_t older = 0;
    vv_status status = VV_OK;

    w->version = version;
    VV_TRY(prepare_version(w));
    if (w->at.exact) {
        VV_TRY_OR(fail, prepare_older(w, &older, &passed));
        version_set_older(version, older);
        prune_below(w);
    }
    if (older == 0) {
        atomic_store_explicit(&version->flags, version_flags(version) | VERSION_FIRST,
                              memory_order_relaxed);
    }
    VV_TRY_OR(fail, place(w));
    w->write->session->spare = NULL;
    slab_prefetch(&w->write->session->memory.slabs[0]);
    link_change(w->write->changes, version);
    if (VV_UNLIKELY(w->was_shared)) {
        leave_shared(w);
    }
    if (passed != NULL) { /* its tail is the new version's */
        atomic_fetch_or_explicit(&passed->flags, VERSION_KEEP_TAIL, memory_order_relaxed);
        session_retire_versions(w->write->session, passed, sizeof *passed);
    }
    return VV_OK;

fail:
    /* A rebuild may have moved the plain row below us out of line before it failed. */
    if (version_older(version) != older && older_is_plain(version_older(version))) {
        vv_slice moved = older_row(version_older(version));

        memory_bytes_free(&w->write->session->memory, moved.data, moved.size);
    }
    discard_prepared(w);
    return status;
}

static vv_status prepare_version(struct writing *w)
{
    struct tree_version *version = w->version;

    atomic_store_explicit(&version->begin, w->write->view.tag, memory_order_relaxed);
    atomic_store_explicit(&version->older, 0, memory_order_relaxed);
    atomic_store_explicit(&version->statement, w->write->statement, memory_order_relaxed);
    atomic_store_explicit(&version->flags, flags_of(w), memory_order_relaxed);
    version_set_row(version, slice_make(NULL, 0));
    version->older_change = NULL;
    return prepare_value(w, version);
}

static uint32_t flags_of(const struct writing *w)
{
    uint32_t flags = w->mode == ROWLOCK_UPDATE ? VERSION_STRONG : 0;

    if (w->op == OP_LOCK) {
        flags |= VERSION_LOCK_ONLY;
    } else if (w->op == OP_DELETE) {
        flags |= VERSION_DELETED;
    }
    return flags;
}

/* What the cell will hold. Large rows go out of line; when that happens is w->outside. */
static vv_status prepare_value(struct writing *w, struct tree_version *version)
{
    size_t size = w->row.size;
    bool large = size > LIMIT_INLINE_ROW_BYTES;

    w->value = (struct page_value){.record = (uint64_t)(uintptr_t)version, .row = w->row};
    if (!large && (size <= CELL_ROW_MAX || !w->at.exact)) {
        return VV_OK;
    }
    w->outside = memory_bytes_get(&w->write->session->memory, size, w->need);
    if (w->outside == NULL) {
        return VV_NOMEM;
    }
    memcpy(w->outside, w->row.data, size);
    page_overflow_ref_store(w->ref, (uint64_t)(uintptr_t)w->outside, size);
    w->value.form = large ? PAGE_SLOT_OVERFLOW : PAGE_SLOT_STUB;
    w->value.row = slice_make(w->ref, large ? PAGE_OVERFLOW_BYTES : PAGE_STUB_BYTES);
    version_set_row(version, slice_make(w->outside, size));
    atomic_store_explicit(&version->flags, version_flags(version) | VERSION_OUTSIDE,
                          memory_order_relaxed);
    return VV_OK;
}

static void discard_prepared(struct writing *w)
{
    if (w->outside != NULL) {
        memory_bytes_free(&w->write->session->memory, w->outside, w->row.size);
    }
    if (w->base != NULL && w->was_shared) {
        memory_version_free(&w->write->session->memory, w->base); /* its row may have moved */
    } else if (w->base != NULL) {
        slab_free(&w->write->session->memory.slabs[0], w->base);
    }
}

/* What the new version goes before: the newest one that was not undone. Its row, now in the cell, gets a
 * place to be found by. *passed_out: undone versions in between, linked by older_change. */
static vv_status prepare_older(struct writing *w, uint64_t *older_out,
                               struct tree_version **passed_out)
{
    struct tree_version *version = cell_version(&w->cell);
    uint64_t older = (uint64_t)(uintptr_t)version;

    if (version != NULL && VV_UNLIKELY(version_is_shared(version)) && !unshare_last(w, version)) {
        return prepare_own_copy(w, version, older_out);
    }
    if (version == NULL) {
        if ((w->slot & PAGE_SLOT_OVERFLOW) == 0) {
            *older_out = older_plain(w->cell.row, false);
            return VV_OK;
        }
        w->base = memory_version(&w->write->session->memory, w->need);
        if (w->base == NULL) {
            return VV_NOMEM;
        }
        *w->base = (struct tree_version){.flags = VERSION_OUTSIDE};
        version_set_row(w->base, cell_row(w->slot, &w->cell));
        *older_out = (uint64_t)(uintptr_t)w->base;
        return VV_OK;
    }
    if (version_begin(version) != TXN_NEVER && (version_flags(version) & VERSION_OUTSIDE) == 0) {
        version_set_row(version, w->cell.row);
    }
    while (older != 0 && !older_is_plain(older) &&
           version_begin(older_version(older)) == TXN_NEVER) {
        version = older_version(older);
        older = version_older(version);
        version->older_change = *passed_out;
        *passed_out = version;
        w->outside_before += version_outside(version);
    }
    *older_out = older;
    return VV_OK;
}

/* Of its own transaction's record with one share nobody else knows: it becomes an ordinary one. (It could not be
 * retired either, as long as the transaction lists it.) */
static bool unshare_last(struct writing *w, struct tree_version *shared)
{
    if (!is_own(w) || atomic_load_explicit(&shared->shares, memory_order_relaxed) != 1) {
        return false;
    }
    atomic_fetch_and_explicit(&shared->flags, ~VERSION_SHARED, memory_order_relaxed);
    w->leaf->outside_bytes += sizeof *shared;
    return true;
}

/* The record is that of other rows too: this one gets its own, with the begin that was judged, since nobody would
 * stamp a copy of another's tag. What was undone needs none. */
static vv_status prepare_own_copy(struct writing *w, const struct tree_version *shared,
                                  uint64_t *older_out)
{
    struct tree_version *copy = NULL;

    *older_out = 0;
    w->was_shared = true;
    if (w->newest.counted != shared) {
        return VV_OK;
    }
    copy = memory_version(&w->write->session->memory, w->need);
    if (copy == NULL) {
        return VV_NOMEM;
    }
    *copy = (struct tree_version){
        .begin = w->newest.begin,
        .statement = atomic_load_explicit(&shared->statement, memory_order_relaxed),
        .flags = VERSION_STRONG | VERSION_FIRST | (is_own(w) ? VERSION_RIDER : 0)};
    version_set_row(copy, w->cell.row);
    w->base = copy;
    *older_out = (uint64_t)(uintptr_t)copy;
    return VV_OK;
}

/* The slot names the new version now. One retire of its own: the record may still stand in the list of a
 * transaction that has ended but not yet stamped it, so its link is not ours. */
static void leave_shared(struct writing *w)
{
    struct tree_version *shared = w->newest.head;

    if (w->base != NULL && (version_flags(w->base) & VERSION_RIDER) != 0) {
        w->base->older_change = shared->older_change;
        shared->older_change = w->base;
    }
    if (version_unshare(shared, 1)) {
        session_retire_version(w->write->session, shared);
    }
}

/* Fixed memory under an old snapshot: what no listed snapshot needs goes as soon as it is two versions
 * down, page or no page. */
static void prune_below(struct writing *w)
{
    struct tree_session *session = w->write->session;
    uint64_t older = version_older(w->version);
    uint64_t below = 0;

    if (older == 0 || older_is_plain(older)) {
        return;
    }
    below = version_older(older_version(older));
    if (below == 0 || (older_is_plain(below) && (below & OLDER_OUTSIDE) == 0)) {
        return;
    }
    if (session->horizon_uses++ % HORIZON_USES == 0) {
        session_horizon(session);
        session->horizon_uses = 1;
    }
    w->leaf->outside_bytes -= version_prune(session, older_version(older), PRUNE_STEPS);
}

/* ---- over an own version ---- */

/* The record stays, its cell is replaced; who cannot see the transaction cannot tell. */
static vv_status write_over_own(struct writing *w)
{
    struct tree_version *version = w->newest.head;
    uint32_t old_flags = version_flags(version);
    vv_slice old_row = version_row(version);
    uint32_t flags = flags_of(w) | (old_flags & (VERSION_STRONG | VERSION_FIRST));
    uint64_t old_outside = (old_flags & VERSION_OUTSIDE) != 0 ? old_row.size : 0;
    vv_status status = VV_OK;

    if (w->op == OP_LOCK) { /* holds_lock() said that it is too weak */
        atomic_fetch_or_explicit(&version->flags, VERSION_STRONG, memory_order_relaxed);
        return VV_OK;
    }
    w->version = version;
    w->outside_before = version_outside(version);
    atomic_store_explicit(&version->flags, flags, memory_order_relaxed);
    VV_TRY_OR(fail, prepare_value(w, version));
    VV_TRY_OR(fail, place(w));
    atomic_store_explicit(&version->statement, w->write->statement, memory_order_relaxed);
    if (old_outside != 0) {
        session_retire_bytes(w->write->session, old_row.data, old_row.size);
    }
    return VV_OK;

fail:
    version_set_row(version, old_row);
    atomic_store_explicit(&version->flags, old_flags, memory_order_relaxed);
    discard_prepared(w);
    return status;
}

/* ---- placing ---- */

/* Puts the prepared value into the leaf, or into the pages that replace it. */
static vv_status place(struct writing *w)
{
    struct page *leaf = w->leaf;
    struct edit edit = {.kind = w->at.exact ? EDIT_REPLACE : EDIT_INSERT,
                        .index = w->at.index,
                        .key = w->key,
                        .value = w->value};
    bool fits = w->at.exact ? page_fits_swing(leaf, w->slot, &w->value)
                            : page_fits_insert(leaf, w->key, &w->value);

    if (VV_LIKELY(fits) && VV_UNLIKELY(outside_is_too_much(leaf))) {
        settle_in_place(w->write->session, leaf, w->at.exact ? w->at.index : SETTLE_ALL);
        fits = !outside_is_too_much(leaf);
    }
    if (VV_LIKELY(fits)) {
        place_in_page(w);
        return VV_OK;
    }
    VV_TRY(rebuild_leaf(w->tree, w->write->session, leaf, &edit, w->need));
    w->leaf = NULL;
    if (edit.kind == EDIT_INSERT) {
        counter_add(&w->tree->rows, w->write->session->number, 1);
    }
    return VV_OK;
}

/* There is room: append the cell, then one store makes it the newest. */
static void place_in_page(struct writing *w)
{
    struct page *leaf = w->leaf;
    page_slot slot = 0;

    leaf->outside_bytes +=
        version_outside(w->version) - w->outside_before + (w->base == NULL ? 0 : sizeof *w->base);
    if (w->at.exact) {
        slot = page_cell_write_same(leaf, w->slot, &w->value);
        page_slot_swing(leaf, w->at.index, slot);
        leaf->owner[LEAF_VERSIONED] += !page_slot_versioned(w->slot);
    } else {
        slot = page_cell_write(leaf, w->key, &w->value);
        page_slot_insert(leaf, w->at.index, slot);
        leaf->owner[LEAF_VERSIONED]++;
        counter_add(&w->tree->rows, w->write->session->number, 1);
    }
    if (VV_UNLIKELY(leaf->owner[LEAF_LISTED] == 0)) {
        settle_list(w->tree, leaf);
    }
    if (!w->at.exact) {
        latch_write_unlock(page_latch(leaf)); /* slots moved */
        w->leaf = NULL;
    }
}

static bool outside_is_too_much(const struct page *leaf)
{
    return leaf->outside_bytes > OUTSIDE_MIN + page_size(leaf) / 4 &&
           leaf->outside_bytes > 2 * leaf->owner[LEAF_BUILT];
}

static void link_change(struct tree_changes *changes, struct tree_version *version)
{
    version->older_change = changes->newest;
    changes->newest = version;
    changes->count++;
}
