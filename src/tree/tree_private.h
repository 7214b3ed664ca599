/* tree_private.h - versions, sessions and the inner borders of the room; never leaves it. */
#ifndef VARVE_TREE_TREE_PRIVATE_H
#define VARVE_TREE_TREE_PRIVATE_H

#include <stdalign.h>

#include "base/probe.h"
#include "page/build.h"
#include "page/page.h"
#include "sync/counter.h"
#include "sync/latch.h"
#include "sync/lock.h"
#include "tree/tree.h"

/* ---- versions ---- */

#define VERSION_DELETED   1u  /* the row is gone; its bytes, if any, are the key it moved to */
#define VERSION_LOCK_ONLY 2u  /* FOR UPDATE and the like: the row is that of the next version */
#define VERSION_STRONG    4u  /* ROWLOCK_UPDATE, else ROWLOCK_NO_KEY_UPDATE */
#define VERSION_OUTSIDE   8u  /* `row` is an allocation of its own */
#define VERSION_KEEP_TAIL 16u /* dropped: what `older` names belongs to another version now */
#define VERSION_FIRST     64u /* before it there was no row: nothing below was pruned away */
#define VERSION_KEEP_ROW  32u /* dropped: the bytes of `row` belong to a plain cell now */
#define VERSION_SHARED \
    128u /* `shares` slots name it; nothing is older, their rows are in their cells */
#define VERSION_RIDER 256u /* a copy of a shared one, behind it in the list, not counted */

/*
 * The one place where a version's begin stands. While the version is the newest its row is in the cell
 * (unless OUTSIDE); `row` is set when a newer version is put before it.
 *
 * Everything but begin and shares changes under the leaf's latch only; an undecided version also by nobody but
 * its transaction, which holds the latch too.
 *
 * A shared record is never changed, never an older version, and counts nowhere as bytes out of line: its slots
 * may stand in many leaves. The slot that settles or goes gives its share back; who writes over the row puts a
 * copy of the record in between (write.c). While the transaction is open the copy must be stamped and undone
 * together with the original: it is linked right behind it in the list of changes, as a rider.
 */
struct tree_version {
    _Atomic uint64_t begin;            /* LSN, tag or TXN_NEVER; guard: atomic */
    _Atomic uint64_t older;            /* see OLDER_PLAIN; guard: atomic */
    _Atomic(const uint8_t *) row;      /* guard: atomic */
    _Atomic uint32_t row_size;         /* guard: atomic */
    _Atomic uint32_t statement;        /* guard: atomic */
    _Atomic uint32_t flags;            /* guard: atomic */
    _Atomic uint32_t shares;           /* slots that name a shared one; guard: atomic */
    struct tree_version *older_change; /* list of the transaction; after that, of dropped ones */
};

static_assert(sizeof(struct tree_version) == 48, "slab of versions");

/*
 * What is older than a version: 0 nothing, the address of a version, or the bytes of a plain row:
 * bit 63 set, 62-48 their size, 47 "an allocation of its own", 46-0 their address.
 */
#define OLDER_PLAIN        ((uint64_t)1 << 63)
#define OLDER_OUTSIDE      ((uint64_t)1 << 47)
#define OLDER_ADDRESS_MASK (OLDER_OUTSIDE - 1)

static inline uint64_t older_plain(vv_slice row, bool outside)
{
    uint64_t address = row.size == 0 ? 0 : (uint64_t)(uintptr_t)row.data;

    VV_ASSERT(row.size <= LIMIT_INLINE_ROW_BYTES && (address & ~OLDER_ADDRESS_MASK) == 0);
    return OLDER_PLAIN | (uint64_t)row.size << 48 | (outside && row.size != 0 ? OLDER_OUTSIDE : 0) |
           address;
}

static inline bool older_is_plain(uint64_t older)
{
    return (older & OLDER_PLAIN) != 0;
}

static inline vv_slice older_row(uint64_t older)
{
    return slice_make((const uint8_t *)(uintptr_t)(older & OLDER_ADDRESS_MASK),
                      (size_t)(older >> 48 & 0x7FFF));
}

static inline struct tree_version *older_version(uint64_t older)
{
    return (struct tree_version *)(uintptr_t)older;
}

static inline uint64_t version_begin(const struct tree_version *version)
{
    return atomic_load_explicit(&version->begin,
                                memory_order_acquire); /* pairs: tree_changes_commit */
}

static inline uint64_t version_older(const struct tree_version *version)
{
    return atomic_load_explicit(&version->older,
                                memory_order_acquire); /* pairs: version_set_older */
}

static inline void version_set_older(struct tree_version *version, uint64_t older)
{
    atomic_store_explicit(&version->older, older, memory_order_release); /* pairs: version_older */
}

static inline uint32_t version_flags(const struct tree_version *version)
{
    return atomic_load_explicit(&version->flags, memory_order_relaxed);
}

static inline bool version_is_shared(const struct tree_version *version)
{
    return (version_flags(version) & VERSION_SHARED) != 0;
}

/* Gives shares back. True: they were the last ones, and the caller retires the record. */
static inline bool version_unshare(struct tree_version *version, uint32_t count)
{
    uint32_t before = atomic_fetch_sub_explicit(&version->shares, count,
                                                memory_order_acq_rel); /* pairs: itself */

    VV_ASSERT(before >= count);
    return before == count;
}

static inline vv_slice version_row(const struct tree_version *version)
{
    return slice_make(atomic_load_explicit(&version->row, memory_order_acquire),
                      atomic_load_explicit(&version->row_size, memory_order_relaxed));
}

static inline void version_set_row(struct tree_version *version, vv_slice row)
{
    atomic_store_explicit(&version->row_size, (uint32_t)row.size, memory_order_relaxed);
    atomic_store_explicit(&version->row, row.data, memory_order_release); /* pairs: version_row */
}

static inline struct tree_version *cell_version(const struct page_cell *cell)
{
    return (struct tree_version *)(uintptr_t)cell->record;
}

/* Are the bytes inside the page's frames? */
static inline bool page_holds(const struct page *page, const void *bytes)
{
    return (uintptr_t)bytes - (uintptr_t)page < page_size(page);
}

/* The row of a plain leaf cell. */
static inline vv_slice cell_plain_row(page_slot slot, const struct page_cell *cell)
{
    if (VV_UNLIKELY((slot & PAGE_SLOT_OVERFLOW) != 0)) {
        return slice_make((const uint8_t *)(uintptr_t)bytes_load64(cell->row.data),
                          (size_t)bytes_load64(cell->row.data + 8));
    }
    return cell->row;
}

/* The row of any leaf cell, wherever it stands. */
static inline vv_slice cell_row(page_slot slot, const struct page_cell *cell)
{
    if (VV_UNLIKELY((slot & PAGE_SLOT_STUB) != 0 && cell->record != 0)) {
        return version_row(cell_version(cell));
    }
    return cell_plain_row(slot, cell);
}

/* ---- memory ---- */

#define MEMORY_SLABS 11u /* versions, and rows of up to 512 bytes in classes */

struct tree_memory {
    struct tree_shared *shared;
    struct frames_cache frames;
    struct slab_cache slabs[MEMORY_SLABS];
};

struct tree_version *memory_version(struct tree_memory *memory, enum frames_need need);
void memory_version_free(struct tree_memory *memory, struct tree_version *version);

/* A copy of bytes out of line; size > 0. NULL: out of memory. */
uint8_t *memory_bytes_get(struct tree_memory *memory, size_t size, enum frames_need need);
void memory_bytes_free(struct tree_memory *memory, const void *bytes, size_t size);

struct page *memory_page(struct tree_memory *memory, unsigned frame_count, enum frames_need need);
void memory_page_free(struct tree_memory *memory, struct page *page);

/* ---- sessions ---- */

#define SETTLE_RING      256u
#define SETTLE_KEY_BYTES 46u

/* A leaf left with versions, found again by a key on it. */
struct settle_entry {
    uint64_t lsn; /* `visible` when it was listed */
    uint16_t key_size;
    uint8_t key[SETTLE_KEY_BYTES];
};

/* Leaves of a tree to settle: the oldest first; when the ring is full, a sweep over all leaves. */
struct settle {
    struct lock lock;
    _Atomic uint32_t count; /* guard: lock, read by all */
    uint32_t first;         /* guard: lock */
    _Atomic bool sweep;     /* a leaf did not find room; guard: atomic */
    uint16_t position_size; /* of the sweep; guard: lock */
    uint8_t position[LIMIT_KEY_BYTES];
    struct settle_entry ring[SETTLE_RING];
};

/* Where the session found a row last: a write that follows in the same stay need not descend again. */
struct tree_near {
    const struct tree *tree;
    struct page *leaf; /* lives as long as the stay of `pin`, though maybe replaced */
    uint64_t pin;
    unsigned index;
};

/* Slots of a leaf that is rebuilt that will not name a shared record any more. */
struct share_drop {
    struct tree_version *version;
    uint32_t count;
};

struct tree_session {
    struct tree_memory memory; /* first: the epoch slot's user */
    struct tree_shared *shared;
    struct epoch_slot *epoch;
    uint64_t pin; /* counts tree_enter() */
    unsigned number;
    uint32_t horizon_uses; /* since it was listed */
    struct snapshot_horizon horizon;
    struct tree_version *spare; /* one version at hand */
    /* scratch of rebuilds */
    struct build_entry *entries;
    uint8_t (*refs)[PAGE_OVERFLOW_BYTES]; /* rows of entries that refer to bytes out of line */
    unsigned entry_room;
    struct share_drop *drops;
    unsigned drop_room;
    struct build_entry *inner_entries;
    unsigned inner_room;
    uint32_t settle_calls;
    struct tree_near near;
};

/* Room for `count` entries. VV_NOMEM. */
VV_MUST_USE vv_status session_entries(struct tree_session *session, unsigned count);
VV_MUST_USE vv_status session_inner_entries(struct tree_session *session, unsigned count);
VV_MUST_USE vv_status session_drops(struct tree_session *session, unsigned count);

/* Lists the snapshots anew. */
void session_horizon(struct tree_session *session);

void session_retire_page(struct tree_session *session, struct page *page);
void session_retire_bytes(struct tree_session *session, const void *bytes, size_t size);
void session_retire_version(struct tree_session *session, struct tree_version *version);

/* A list of dropped versions, linked by older_change; first may be NULL. */
void session_retire_versions(struct tree_session *session, struct tree_version *first,
                             uint64_t bytes);

/* ---- trees ---- */

/* Owner words of a leaf; guard: latch. */
#define LEAF_VERSIONED 0 /* slots with a version record */
#define LEAF_LISTED    1 /* it stands in some session's list */
#define LEAF_BUILT     2 /* outside_bytes when it was built */

struct tree {
    struct tree_shared *shared;
    uint32_t map;
    struct latch root_latch; /* of the word below: the parent of the root */
    _Atomic uint64_t root;   /* child word; guard: root_latch, read by all */
    _Atomic uint32_t height;
    /* A line of their own: every rebuild writes them, every descent reads the root. guard: atomic */
    alignas(64) _Atomic uint64_t leaf_pages;
    _Atomic uint64_t inner_pages;
    _Atomic uint64_t page_bytes;
    struct counter rows;
    struct counter outside; /* bytes */
    struct settle settle;
};

static inline struct latch *page_latch(const struct page *page)
{
    return (struct latch *)(uintptr_t)&page->latch;
}

static inline uint64_t tree_root(const struct tree *tree)
{
    return atomic_load_explicit(&tree->root, memory_order_acquire); /* pairs: root_store */
}

struct cursor_parent;

/* Finds the leaf that covers key and begins a read of it. VV_NEED_PAGE. */
VV_MUST_USE vv_status descend_read(struct tree *tree, vv_slice key, struct page **leaf_out,
                                   uint64_t *version_out, struct vv_cause *cause);

/* The same for the leaf that ends below key, or the last one (high.data NULL): for going backward. */
VV_MUST_USE vv_status descend_read_before(struct tree *tree, vv_slice high, struct page **leaf_out,
                                          uint64_t *version_out, struct vv_cause *cause);

/* descend_read, or with `before` descend_read_before, and where it came from. */
VV_MUST_USE vv_status descend_cursor(struct tree *tree, vv_slice key, bool before,
                                     struct cursor_parent *parent_out, struct page **leaf_out,
                                     uint64_t *version_out, struct vv_cause *cause);

/* Begins a read of the leaf behind (before) the one that parent->index names, and starts fetching the one
 * behind that. False: the parent has changed, has no such child, or the leaf was replaced: descend. */
bool descend_sibling(struct cursor_parent *parent, bool before, struct page **leaf_out,
                     uint64_t *version_out);

/* Finds and latches the leaf that covers key. VV_NEED_PAGE. */
VV_MUST_USE vv_status descend_latch(struct tree *tree, vv_slice key, struct page **leaf_out,
                                    struct vv_cause *cause);

/* What a write to the leaf will touch: the second line of the header and where the next cell goes, misses side
 * by side. Unlatched. */
static inline void descend_prefetch_write(const struct page *leaf)
{
    const uint8_t *bytes = (const uint8_t *)leaf;

    __builtin_prefetch(bytes, 1);
    __builtin_prefetch(bytes + 64, 1);
    __builtin_prefetch(bytes + atomic_load_explicit(&leaf->cell_low, memory_order_relaxed) - 16, 1);
}

/* Lists a latched leaf, or one not yet in the tree, for tree_settle_step(). */
void settle_list(struct tree *tree, struct page *leaf);

/* Asks for a sweep over all leaves. */
void settle_sweep(struct settle *settle);

#define SETTLE_ALL UINT32_MAX

/* Makes plain what everyone sees of a latched leaf, where it stands; all slots but `except`. */
void settle_in_place(struct tree_session *session, struct page *leaf, unsigned except);

/* ---- structure ---- */

/* Latches the parent of a latched, live page: *parent_out NULL means the root word. *index_out: the
 * child's slot. */
void structure_parent(struct tree *tree, const struct page *child, struct page **parent_out,
                      unsigned *index_out);
void structure_parent_unlock(struct tree *tree, struct page *parent);

#define STRUCTURE_FRESH_MAX 16u

/* Puts fresh[0..count) (at most STRUCTURE_FRESH_MAX pages that join without gap) in the place of `old`
 * (latched): all or nothing. The caller then marks old obsolete and retires it. VV_NOMEM. */
VV_MUST_USE vv_status structure_replace(struct tree *tree, struct tree_session *session,
                                        struct page *old, struct page *const *fresh, unsigned count,
                                        enum frames_need need);

/* Puts `fresh` in the place of two neighbours below one latched parent: slots index and index + 1. */
void structure_join(struct tree *tree, struct tree_session *session, struct page *parent,
                    unsigned index, struct page *fresh);

/* After merges below: joins inner pages with few children on the way to key, drops a root with one child.
 * Tries; does nothing when a neighbour is busy or memory is short. */
void structure_shrink(struct tree *tree, struct tree_session *session, vv_slice key);

void structure_count(struct tree *tree, const struct page *page, bool added);

/* ---- versions of a row ---- */

/* The row that view sees: VV_OK or VV_NOT_FOUND. */
vv_status version_read(const struct tree_shared *shared, const struct txn_view *view,
                       struct tree_version *version, vv_slice head_row, vv_slice *row_out);

/* What a writer must know of a row; under the leaf's latch. */
struct newest {
    struct tree_version *head;    /* NULL: a plain row */
    struct tree_version *counted; /* the version that counts, NULL: plain, or none */
    bool exists;                  /* there is a row: plain, or counted and not deleted */
    bool plain;
    uint64_t begin;   /* of what counts; 0: plain */
    vv_slice row;     /* of what counts */
    uint64_t blocker; /* tag of another transaction that must end first, 0: none */
    uint32_t undo_seen;
};

/* mode: what the writer wants of the row. locks_block false: mere locks of others do not matter (an insert
 * only asks whether the row is there). */
struct newest version_newest(const struct tree_shared *shared, uint64_t own_tag, page_slot slot,
                             const struct page_cell *cell, enum rowlock_mode mode,
                             bool locks_block);

/* A committer stamps its newest version first and finds the others by their links: while one below still has
 * its tag, the chain is not ours to link up for freeing. */
bool version_chain_is_stamped(const struct tree_version *version);

/* Versions that nobody needs any more, to be retired together. */
struct version_list {
    struct tree_version *first; /* linked by older_change */
    uint64_t bytes;             /* with what stands out of line */
};

/* Puts a version whose begin is an LSN or TXN_NEVER on the list: its link is no transaction's any more. */
void version_drop(struct version_list *list, struct tree_version *version);

/* The same with everything below it. */
void version_drop_chain(struct version_list *list, struct tree_version *version);

/* Drops versions below `version` that nobody needs, by the session's horizon; at most `limit` are looked
 * at. Returns the bytes out of line that went. */
uint64_t version_prune(struct tree_session *session, struct tree_version *version, unsigned limit);

/* Bytes out of line of one version with its tail: itself, its row, a plain row. */
uint64_t version_outside(const struct tree_version *version);

/* ---- rebuild ---- */

enum edit_kind { EDIT_NONE, EDIT_INSERT, EDIT_REPLACE, EDIT_RUN };

/* A change that a rebuild makes on its way. */
struct edit {
    enum edit_kind kind;
    unsigned index;
    vv_slice key; /* INSERT */
    struct page_value value;
    /* RUN: new rows, ascending; the i-th goes before slot positions[i] */
    const struct tree_row *rows;
    const uint16_t *positions;
    unsigned count;
    uint64_t record; /* of all of them */
};

/* Bytes that the old rows of a leaf may take in fresh pages, whatever comes back inside. */
size_t rebuild_bytes_max(const struct page *leaf);

/* Replaces a latched leaf by fresh pages holding what is needed, with the edit. VV_OK: the leaf is gone
 * (unlatched, retired). VV_NOMEM: nothing has changed and it is still latched. */
VV_MUST_USE vv_status rebuild_leaf(struct tree *tree, struct tree_session *session,
                                   struct page *leaf, const struct edit *edit,
                                   enum frames_need need);

#endif
