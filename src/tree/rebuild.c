/*
 * rebuild.c - a leaf is replaced by fresh pages: full pages, growth, splits, merges, settling.
 *
 * Gathering walks the slots. What everyone sees becomes a plain cell, what nobody needs is dropped; the
 * newest version of any other row keeps its record's address, and older bytes that stand in the page
 * move out of line, because the page goes. Nothing a reader may hold changes its place: old page, dropped
 * versions and moved bytes stay until the epoch has passed.
 *
 * Moving bytes and pruning below a head are sound on their own, so a failure in the middle leaves a sound
 * leaf; everything else happens after the fresh pages took the old one's place.
 */
#include "tree/tree_private.h"

#define SLACK_INSERT 256u /* a page that is to take inserts keeps so much free, or splits */
#define SLACK_UPDATE 512u
#define STUB_ROW     256u /* a kept version's outside row of more bytes stays outside */
#define INSIDE_MAX \
    (LIMIT_PAGE_FRAMES * LIMIT_FRAME_BYTES * 3 / 4) /* rows come back inside up to here */
#define MERGE_PART    4u /* a leaf that fills less than one part of a frame looks for a neighbour */
#define RECORDS_AHEAD 6u /* version records fetched ahead of their turn */
#define CUT_EDGE      64u /* room for the fences of a piece */

/* When memory is short and the rebuild serves to free some, it is tried again with less. */
enum build_thrift {
    BUILD_AS_USUAL,
    BUILD_LEAN, /* one page if possible; neither split nor merged; what stands out of line stays there */
    BUILD_HALVES /* two shorter pages instead: there may be no run of frames as long as one takes */
};

struct rebuild {
    struct tree *tree;
    struct tree_session *session;
    enum frames_need need;
    unsigned count;      /* entries */
    unsigned versioned;  /* of them */
    unsigned gone;       /* slots that get no entry */
    unsigned edit_index; /* entry of the edit, BUILD_NO_INDEX: none */
    unsigned drops;      /* in session->drops */
    struct version_list dropped;
    size_t inside_bytes; /* live ones of the old pages, and of rows that came back inside */
    struct page *fresh[STRUCTURE_FRESH_MAX];
    unsigned pieces;
    unsigned frames;     /* of the fresh pages */
    unsigned old_frames; /* of the page that goes, the longest of several */
    enum edit_kind kind;
    bool listed; /* the page with this low fence is listed already */
    enum build_thrift thrift;
};

/* How old rows and a run are cut. */
struct cutting {
    struct build_shape whole;
    unsigned frames; /* of a piece, if it has more than one row */
    unsigned pieces; /* at most */
    size_t bytes;    /* slots and cells of a piece */
};

static vv_status rebuild_once(struct tree *tree, struct tree_session *session, struct page *leaf,
                              const struct edit *edit, enum frames_need need,
                              enum build_thrift thrift);
static struct rebuild rebuild_of(struct tree *tree, struct tree_session *session,
                                 const struct page *leaf, enum frames_need need);
static vv_status gather(struct rebuild *r, struct page *leaf, const struct edit *edit);
static vv_status gather_edit(struct rebuild *r, struct page *leaf, const struct edit *edit,
                             unsigned slot_index);
static void gather_run(struct rebuild *r, const struct edit *edit, unsigned slot_index,
                       unsigned *next);
static vv_status gather_slot(struct rebuild *r, struct page *leaf, page_slot slot);
static vv_status gather_versioned(struct rebuild *r, struct page *leaf, page_slot slot,
                                  const struct page_cell *cell);
static vv_status gather_kept(struct rebuild *r, struct page *leaf, struct build_entry *entry,
                             struct tree_version *version, bool was_head,
                             const struct page_cell *cell);
static vv_status gather_settled(struct rebuild *r, struct build_entry *entry,
                                struct tree_version *version, vv_slice row);
static vv_status share_drop(struct rebuild *r, struct tree_version *version);
static void entry_add(struct rebuild *r, const struct build_entry *entry);
static vv_slice entry_ref(struct rebuild *r, const void *bytes, size_t size);
static bool stays_outside(struct rebuild *r, const struct tree_version *version, vv_slice row);
static vv_status move_outside(struct rebuild *r, const struct page *leaf,
                              struct tree_version *version);
static uint64_t chain_outside(const struct tree_version *version);
static vv_status build_pieces(struct rebuild *r, const struct page *leaf, const struct edit *edit);
static bool wants_halves(const struct rebuild *r, const struct build_shape *shape, size_t slack);
static vv_status build_halves(struct rebuild *r, const struct build_run *run, unsigned cut,
                              size_t slack);
static vv_status build_with_run(struct rebuild *r, const struct page *leaf,
                                const struct edit *edit);
static struct cutting cutting_plan(const struct rebuild *r, const struct build_shape *shape,
                                   bool full);
static unsigned cut_piece(const struct rebuild *r, const struct cutting *cutting,
                          const struct build_run *rest);
static vv_status build_piece(struct rebuild *r, const struct build_run *run,
                             struct build_shape *shape, size_t slack);
static struct page *piece_page(struct rebuild *r, const struct build_shape *shape);
static bool settled_wants_split(const struct rebuild *r, const struct build_shape *shape,
                                size_t slack);
static void owner_fill(struct rebuild *r, struct page *page, const struct build_run *run);
static void finish(struct rebuild *r, struct page *leaf);
static void leaf_recount(struct page *leaf);
static void give_up(struct rebuild *r);
static bool wants_merge(const struct rebuild *r, const struct page *leaf);
static unsigned neighbour_of(const struct page *parent, unsigned index);
static bool try_merge(struct rebuild *r, struct page *leaf);
static bool merge_pair(struct rebuild *r, struct page *parent, unsigned index, struct page *leaf,
                       struct page *other);

vv_status rebuild_leaf(struct tree *tree, struct tree_session *session, struct page *leaf,
                       const struct edit *edit, enum frames_need need)
{
    vv_status status = rebuild_once(tree, session, leaf, edit, need, BUILD_AS_USUAL);

    if (VV_UNLIKELY(status == VV_NOMEM) && need == FRAMES_URGENT) {
        status = rebuild_once(tree, session, leaf, edit, need, BUILD_LEAN);
    }
    if (VV_UNLIKELY(status == VV_NOMEM) && need == FRAMES_URGENT) {
        status = rebuild_once(tree, session, leaf, edit, need, BUILD_HALVES);
    }
    return status;
}

static vv_status rebuild_once(struct tree *tree, struct tree_session *session, struct page *leaf,
                              const struct edit *edit, enum frames_need need,
                              enum build_thrift thrift)
{
    struct rebuild r = rebuild_of(tree, session, leaf, need);
    vv_status status = VV_OK;

    r.kind = edit->kind;
    r.thrift = thrift;
    VV_TRY(epoch_reserve(session->epoch));
    session_horizon(session);
    VV_TRY_OR(fail, gather(&r, leaf, edit));
    if (edit->kind == EDIT_NONE && thrift == BUILD_AS_USUAL && wants_merge(&r, leaf)) {
        if (try_merge(&r, leaf)) {
            return VV_OK;
        }
        r = rebuild_of(tree, session, leaf, need); /* the try used the scratch */
        VV_TRY_OR(fail, gather(&r, leaf, edit));
    }
    VV_TRY_OR(fail, edit->kind == EDIT_RUN ? build_with_run(&r, leaf, edit)
                                           : build_pieces(&r, leaf, edit));
    VV_TRY_OR(fail, epoch_reserve(session->epoch));
    VV_TRY_OR(fail, structure_replace(tree, session, leaf, r.fresh, r.pieces, need));
    finish(&r, leaf);
    return VV_OK;

fail:
    give_up(&r);
    leaf_recount(leaf);
    return status;
}

static struct rebuild rebuild_of(struct tree *tree, struct tree_session *session,
                                 const struct page *leaf, enum frames_need need)
{
    return (struct rebuild){.tree = tree,
                            .session = session,
                            .need = need,
                            .kind = EDIT_NONE,
                            .edit_index = BUILD_NO_INDEX,
                            .old_frames = leaf->frame_count,
                            .listed = leaf->owner[LEAF_LISTED] != 0};
}

/* ---- gathering ---- */

static vv_status gather(struct rebuild *r, struct page *leaf, const struct edit *edit)
{
    unsigned slots = page_slot_count(leaf);
    unsigned next = 0;

    r->inside_bytes += page_size(leaf) -
                       atomic_load_explicit(&leaf->cell_low, memory_order_relaxed) -
                       leaf->dead_bytes + (size_t)slots * (PAGE_SLOT_BYTES + leaf->prefix_size);
    /* Before anything refers to the scratch: growing moves it. */
    VV_ASSERT(r->count == 0 || r->session->entry_room > r->count + slots);
    VV_TRY(session_entries(r->session, r->count + slots + 1 + edit->count));
    for (unsigned i = 0; i <= slots; i++) {
        if (edit->kind == EDIT_RUN) {
            gather_run(r, edit, i, &next);
        } else if (edit->kind != EDIT_NONE && edit->index == i) {
            VV_TRY(gather_edit(r, leaf, edit, i));
            if (edit->kind == EDIT_REPLACE) {
                continue;
            }
        }
        if (i + RECORDS_AHEAD < slots) {
            __builtin_prefetch((const void *)(uintptr_t)page_cell_record(
                leaf, page_slot_load(leaf, i + RECORDS_AHEAD)));
        }
        if (i < slots) {
            VV_TRY(gather_slot(r, leaf, page_slot_load(leaf, i)));
        }
    }
    return VV_OK;
}

static vv_status gather_edit(struct rebuild *r, struct page *leaf, const struct edit *edit,
                             unsigned slot_index)
{
    struct tree_version *version = (struct tree_version *)(uintptr_t)edit->value.record;
    struct build_entry entry = {.key = edit->key, .value = edit->value};

    if (edit->kind == EDIT_REPLACE) {
        entry.source = leaf;
        entry.slot = page_slot_load(leaf, slot_index);
    }
    if (version != NULL) {
        uint64_t older = version_older(version);

        /* Not right below the edit's version: it may not be in the tree yet. */
        if (older != 0 && !older_is_plain(older)) {
            version_prune(r->session, older_version(older), UINT32_MAX);
        }
        VV_TRY(move_outside(r, leaf, version));
    }
    r->edit_index = r->count;
    entry_add(r, &entry);
    return VV_OK;
}

/* The rows of the run that go before this slot. */
static void gather_run(struct rebuild *r, const struct edit *edit, unsigned slot_index,
                       unsigned *next)
{
    while (*next < edit->count && edit->positions[*next] == slot_index) {
        struct build_entry *entry = &r->session->entries[r->count++];

        entry->source = NULL;
        entry->key = edit->rows[*next].key;
        entry->value = (struct page_value){.record = edit->record, .row = edit->rows[*next].row};
        r->versioned++;
        (*next)++;
    }
}

static vv_status gather_slot(struct rebuild *r, struct page *leaf, page_slot slot)
{
    struct build_entry *entry = NULL;
    struct page_cell cell;
    bool read = page_cell_read(leaf, slot, &cell);

    VV_ASSERT(read);
    if (cell.record != 0) {
        return gather_versioned(r, leaf, slot, &cell);
    }
    entry =
        &r->session
             ->entries[r->count++]; /* most are plain: no entry to copy, only what is read later */
    entry->source = leaf;
    entry->slot = slot;
    entry->value.record = 0;
    entry->value.form = page_slot_flags(slot) & PAGE_SLOT_OVERFLOW;
    entry->value.row = cell.row;
    return VV_OK;
}

static vv_status gather_versioned(struct rebuild *r, struct page *leaf, page_slot slot,
                                  const struct page_cell *cell)
{
    struct build_entry entry = {.source = leaf, .slot = slot};
    struct tree_version *head = cell_version(cell);
    struct tree_version *version = head;
    uint64_t begin = 0;

    /* Beyond what was undone, and locks that ended. */
    for (;;) {
        uint64_t older = version_older(version);

        begin = version_begin(version);
        if (begin != TXN_NEVER &&
            (txn_is_tag(begin) || (version_flags(version) & VERSION_LOCK_ONLY) == 0)) {
            break;
        }
        if (version_is_shared(version)) {
            r->gone++;
            return share_drop(r, version);
        }
        version_drop(&r->dropped, version);
        if (older == 0 || older_is_plain(older)) {
            r->gone += older == 0;
            if (older != 0) { /* freed with the version, after it was copied */
                entry.value.row = older_row(older);
                entry_add(r, &entry);
            }
            return VV_OK;
        }
        version = older_version(older);
    }
    if (!txn_is_tag(begin) && snapshot_all_see(&r->session->horizon, begin) &&
        version_chain_is_stamped(version)) {
        vv_slice row = version == head ? cell_row(slot, cell) : version_row(version);

        return gather_settled(r, &entry, version, row);
    }
    return gather_kept(r, leaf, &entry, version, version == head, cell);
}

/* Everyone sees it: a plain cell, or nothing when it is a deletion. */
static vv_status gather_settled(struct rebuild *r, struct build_entry *entry,
                                struct tree_version *version, vv_slice row)
{
    if (version_is_shared(version)) {
        entry->value.row = row;
        entry_add(r, entry);
        return share_drop(r, version);
    }
    version_drop_chain(&r->dropped, version);
    if ((version_flags(version) & VERSION_DELETED) != 0) {
        r->gone++;
        return VV_OK;
    }
    entry->value.row = row;
    if (stays_outside(r, version, row)) {
        atomic_fetch_or_explicit(&version->flags, VERSION_KEEP_ROW, memory_order_relaxed);
        entry->value.form = PAGE_SLOT_OVERFLOW;
        entry->value.row = entry_ref(r, row.data, row.size);
    }
    entry_add(r, entry);
    return VV_OK;
}

/* A slot that will not name the shared record any more; true only when the fresh pages are in the tree. */
static vv_status share_drop(struct rebuild *r, struct tree_version *version)
{
    struct share_drop *drops = r->session->drops;

    if (r->drops > 0 && drops[r->drops - 1].version == version) {
        drops[r->drops - 1].count++;
        return VV_OK;
    }
    VV_TRY(session_drops(r->session, r->drops + 1));
    r->session->drops[r->drops++] = (struct share_drop){.version = version, .count = 1};
    return VV_OK;
}

/* A settled row that stood out of line comes back into the page, unless it is too long or the page would
 * not fit two pages any more (many rows of a leaf that grew much: they stay out of line). */
static bool stays_outside(struct rebuild *r, const struct tree_version *version, vv_slice row)
{
    if ((version_flags(version) & VERSION_OUTSIDE) == 0) {
        return false;
    }
    if (row.size > LIMIT_INLINE_ROW_BYTES ||
        (r->thrift != BUILD_AS_USUAL && row.size > PAGE_OVERFLOW_BYTES) ||
        (row.size > STUB_ROW && r->inside_bytes + row.size > INSIDE_MAX)) {
        return true;
    }
    r->inside_bytes += row.size;
    return false;
}

/* Somebody may still need more than the newest version. */
static vv_status gather_kept(struct rebuild *r, struct page *leaf, struct build_entry *entry,
                             struct tree_version *version, bool was_head,
                             const struct page_cell *cell)
{
    vv_slice row = version_row(version);
    bool outside = (version_flags(version) & VERSION_OUTSIDE) != 0;

    version_prune(r->session, version, UINT32_MAX);
    VV_TRY(move_outside(r, leaf, version));
    if (VV_NAIVE(TREE_STAMP_BY_PAGE)) {
        struct tree_version *copy = memory_version(&r->session->memory, r->need);

        memcpy(copy, version, sizeof *copy);
        version = copy;
    }
    entry->value.record = (uint64_t)(uintptr_t)version;
    if (was_head) {
        entry->value.form = page_slot_flags(entry->slot) & (PAGE_SLOT_STUB | PAGE_SLOT_OVERFLOW);
        entry->value.row = cell->row;
    } else if (outside && row.size > LIMIT_INLINE_ROW_BYTES) {
        entry->value.form = PAGE_SLOT_OVERFLOW;
        entry->value.row = entry_ref(r, row.data, row.size);
    } else if (outside && row.size > STUB_ROW) {
        entry->value.form = PAGE_SLOT_STUB;
        entry->value.row = entry_ref(r, row.data, PAGE_STUB_BYTES);
        entry->value.row.size = PAGE_STUB_BYTES;
    } else {
        entry->value.row = row;
    }
    entry_add(r, entry);
    return VV_OK;
}

static void entry_add(struct rebuild *r, const struct build_entry *entry)
{
    r->session->entries[r->count++] = *entry;
    r->versioned += entry->value.record != 0;
}

/* The cell bytes that refer to bytes out of line; kept until the page is built. */
static vv_slice entry_ref(struct rebuild *r, const void *bytes, size_t size)
{
    uint8_t *ref = r->session->refs[r->count];

    page_overflow_ref_store(ref, (uint64_t)(uintptr_t)bytes, size);
    return slice_make(ref, PAGE_OVERFLOW_BYTES);
}

/* Gives every row below `version` that stands in the leaf an allocation of its own. T6 */
static vv_status move_outside(struct rebuild *r, const struct page *leaf,
                              struct tree_version *version)
{
    for (;;) {
        uint64_t older = version_older(version);
        vv_slice row = {0};
        uint8_t *moved = NULL;

        if (older == 0) {
            return VV_OK;
        }
        row = older_is_plain(older) ? older_row(older) : version_row(older_version(older));
        if (row.size != 0 && page_holds(leaf, row.data)) {
            moved = memory_bytes_get(&r->session->memory, row.size, r->need);
            if (moved == NULL) {
                return VV_NOMEM;
            }
            memcpy(moved, row.data, row.size);
            row.data = moved;
        }
        if (older_is_plain(older)) {
            if (moved != NULL) {
                version_set_older(version, older_plain(row, true));
            }
            return VV_OK;
        }
        version = older_version(older);
        if (moved != NULL) {
            atomic_fetch_or_explicit(&version->flags, VERSION_OUTSIDE, memory_order_relaxed);
            version_set_row(version, row);
        }
    }
}

static uint64_t chain_outside(const struct tree_version *version)
{
    uint64_t bytes = 0;

    for (;;) {
        uint64_t older = version_older(version);

        bytes += version_outside(version);
        if (older == 0 || older_is_plain(older)) {
            return bytes;
        }
        version = older_version(older);
    }
}

/* ---- building ---- */

static vv_status build_pieces(struct rebuild *r, const struct page *leaf, const struct edit *edit)
{
    struct build_run run = {.kind = PAGE_LEAF, .entries = r->session->entries, .count = r->count};
    struct build_shape shape;
    vv_status status = VV_OK;
    unsigned cut = 0;
    size_t slack = 0;
    vv_slice high;

    run.low = page_low(leaf);
    run.high = page_high(leaf, &high) ? high : slice_make(NULL, 0);
    shape = build_shape(&run);
    if (edit->kind == EDIT_INSERT) {
        slack = SLACK_INSERT;
    } else if (edit->kind == EDIT_REPLACE) {
        slack = SLACK_UPDATE + shape.used_bytes / 4;
    }
    if (r->count >= 2 && wants_halves(r, &shape, slack)) {
        enum build_pattern pattern =
            edit->kind == EDIT_INSERT ? build_pattern(leaf, r->edit_index, r->count) : BUILD_EVEN;

        cut = build_cut(&run, &shape, pattern, r->edit_index);
    }
    status = cut != 0 ? build_halves(r, &run, cut, edit->kind == EDIT_REPLACE ? slack / 2 : 0)
                      : build_piece(r, &run, &shape, slack);
    VV_TRY(status);
    for (unsigned i = 0, from = 0; i < r->pieces; i++) {
        unsigned count = page_slot_count(r->fresh[i]);
        bool here =
            edit->kind == EDIT_INSERT && r->edit_index >= from && r->edit_index < from + count;

        build_inherit(r->fresh[i], leaf, here ? r->edit_index - from : BUILD_NO_INDEX);
        from += count;
    }
    return VV_OK;
}

static bool wants_halves(const struct rebuild *r, const struct build_shape *shape, size_t slack)
{
    return !shape->fits || r->thrift == BUILD_HALVES ||
           (r->thrift == BUILD_AS_USUAL && settled_wants_split(r, shape, slack));
}

static vv_status build_halves(struct rebuild *r, const struct build_run *run, unsigned cut,
                              size_t slack)
{
    struct build_run left = *run;
    struct build_run right = *run;
    uint8_t last[PAGE_KEY_BUFFER];
    uint8_t first[PAGE_KEY_BUFFER];
    struct build_shape shape;

    left.count = cut;
    right.entries = run->entries + cut;
    right.count = run->count - cut;
    right.low = build_separator(build_entry_key(&run->entries[cut - 1], last),
                                build_entry_key(&run->entries[cut], first));
    left.high = right.low;
    shape = build_shape(&left);
    VV_TRY(build_piece(r, &left, &shape, slack));
    shape = build_shape(&right);
    return build_piece(r, &right, &shape, slack);
}

/* Old rows and a run, cut into as many pages as they need. Rows that came behind all others fill their pages, the
 * last one but for the rest; else all get some room. */
static vv_status build_with_run(struct rebuild *r, const struct page *leaf, const struct edit *edit)
{
    struct build_run whole = {.kind = PAGE_LEAF, .entries = r->session->entries, .count = r->count};
    bool behind = edit->positions[0] == page_slot_count(leaf);
    uint8_t keys[3][PAGE_KEY_BUFFER]; /* the last one of a page, and two separators in turn */
    struct build_shape shape;
    struct cutting cutting;
    vv_slice high;

    whole.low = page_low(leaf);
    whole.high = page_high(leaf, &high) ? high : slice_make(NULL, 0);
    shape = build_shape(&whole);
    if (shape.fits && !settled_wants_split(r, &shape, SLACK_INSERT)) {
        VV_TRY(build_piece(r, &whole, &shape, SLACK_INSERT));
    } else {
        cutting = cutting_plan(r, &shape, behind);
        for (struct build_run rest = whole; rest.count > 0;) {
            struct build_run piece = rest;

            piece.count = cut_piece(r, &cutting, &rest);
            if (piece.count < rest.count) {
                const struct build_entry *next = &rest.entries[piece.count];

                piece.high = build_separator(build_entry_key(next - 1, keys[2]),
                                             build_entry_key(next, keys[r->pieces % 2]));
            }
            shape = build_shape(&piece);
            VV_TRY(build_piece(r, &piece, &shape, 0));
            rest.entries += piece.count;
            rest.count -= piece.count;
            rest.low = piece.high;
        }
    }
    for (unsigned i = 0; i < r->pieces; i++) {
        build_inherit(r->fresh[i], leaf, BUILD_NO_INDEX);
    }
    if (behind) {
        build_appended(r->fresh[r->pieces - 1]);
    }
    return VV_OK;
}

/* How large pieces are to be: P7 for rows of this size, and full, or three quarters full. */
static struct cutting cutting_plan(const struct rebuild *r, const struct build_shape *shape,
                                   bool full)
{
    struct cutting cutting = {.whole = *shape};
    size_t used = shape->used_bytes - PAGE_HEADER_BYTES;
    size_t settled = used - (size_t)r->versioned * sizeof(uint64_t);
    size_t frames = BUILD_LEAF_ROWS * settled / r->count / LIMIT_FRAME_BYTES + 1;
    size_t room = 0;

    cutting.frames = frames > LIMIT_PAGE_FRAMES ? LIMIT_PAGE_FRAMES : (unsigned)frames;
    room = cutting.frames * LIMIT_FRAME_BYTES - PAGE_HEADER_BYTES - CUT_EDGE;
    cutting.pieces = STRUCTURE_FRESH_MAX;
    cutting.bytes = room;
    if (!full) {
        size_t pieces = used * 4 / (room * 3) + 1;

        cutting.pieces = pieces < 2                     ? 2
                         : pieces > STRUCTURE_FRESH_MAX ? STRUCTURE_FRESH_MAX
                                                        : (unsigned)pieces;
        cutting.bytes = used / cutting.pieces;
    }
    return cutting;
}

/* How many entries of the rest the next piece gets; all when it is the last piece. */
static unsigned cut_piece(const struct rebuild *r, const struct cutting *cutting,
                          const struct build_run *rest)
{
    struct build_run piece = *rest;

    if (r->pieces + 1 == cutting->pieces) {
        return rest->count;
    }
    piece.count = build_take(rest, &cutting->whole, cutting->bytes);
    if (piece.count == rest->count) {
        return rest->count;
    }
    for (;;) { /* the fences are another piece's, so the sum was a guess */
        struct build_shape shape = build_shape(&piece);
        size_t room = (size_t)cutting->frames * LIMIT_FRAME_BYTES - CUT_EDGE;

        if (piece.count == 1 || shape.used_bytes <= room) {
            return piece.count;
        }
        piece.count -= 1 + (unsigned)((shape.used_bytes - room) * piece.count / shape.used_bytes);
    }
}

size_t rebuild_bytes_max(const struct page *leaf)
{
    return page_size(leaf) + leaf->outside_bytes +
           (size_t)page_slot_count(leaf) * leaf->prefix_size;
}

/* The growth policy of P7, judged by what the page will need when its versions have settled: a page that
 * is only large because of its versions grows and shrinks again. */
static bool settled_wants_split(const struct rebuild *r, const struct build_shape *shape,
                                size_t slack)
{
    size_t used = shape->used_bytes - (size_t)r->versioned * sizeof(uint64_t);
    bool inserts = r->kind == EDIT_INSERT || r->kind == EDIT_RUN;
    size_t room = used > LIMIT_FRAME_BYTES || !inserts ? 0 : slack;
    size_t frames = (used + room + LIMIT_FRAME_BYTES - 1) / LIMIT_FRAME_BYTES;

    return frames > 1 &&
           r->count * (frames - 1) * LIMIT_FRAME_BYTES >= (uint64_t)BUILD_LEAF_ROWS * used;
}

static vv_status build_piece(struct rebuild *r, const struct build_run *run,
                             struct build_shape *shape, size_t slack)
{
    struct page *page = NULL;

    VV_ASSERT(shape->fits); /* P7 */
    build_reserve(shape, slack);
    page = slack == 0 ? piece_page(r, shape)
                      : memory_page(&r->session->memory, shape->frame_count, FRAMES_ORDINARY);
    if (page == NULL && slack != 0) { /* not with so much to spare */
        build_reserve(shape, 0);
        page = piece_page(r, shape);
    }
    if (page == NULL) {
        return VV_NOMEM;
    }
    build_page(page, run, shape);
    owner_fill(r, page, run);
    r->fresh[r->pieces++] = page;
    r->frames += page->frame_count;
    return VV_OK;
}

/* What frees memory may always replace a page by pages that are no longer: B11 of frames.h. */
static struct page *piece_page(struct rebuild *r, const struct build_shape *shape)
{
    struct tree_memory *memory = &r->session->memory;

    if (r->need == FRAMES_URGENT && r->frames + shape->frame_count <= r->old_frames) {
        return frames_replace(&memory->frames, shape->frame_count, r->old_frames);
    }
    return memory_page(memory, shape->frame_count, r->need);
}

/* Counts of one fresh leaf. T7 */
static void owner_fill(struct rebuild *r, struct page *page, const struct build_run *run)
{
    uint64_t outside = 0;

    for (unsigned i = 0; i < run->count; i++) {
        const struct page_value *value = &run->entries[i].value;

        if (value->record != 0) {
            page->owner[LEAF_VERSIONED]++;
            outside += chain_outside((struct tree_version *)(uintptr_t)value->record);
        } else if (value->form == PAGE_SLOT_OVERFLOW) {
            outside += bytes_load64(value->row.data + 8);
        }
    }
    if (r->listed && r->pieces == 0) {
        page->owner[LEAF_LISTED] = 1;
    } else if (page->owner[LEAF_VERSIONED] != 0 && r->kind != EDIT_NONE) {
        settle_list(r->tree, page);
    } else if (page->owner[LEAF_VERSIONED] != 0) {
        settle_sweep(&r->tree->settle);
    }
    page->outside_bytes = outside;
    page->owner[LEAF_BUILT] = outside;
}

/* The fresh pages are in the tree: the old one and what was dropped may go. */
static void finish(struct rebuild *r, struct page *leaf)
{
    uint64_t outside = 0;

    for (unsigned i = 0; i < r->pieces; i++) {
        structure_count(r->tree, r->fresh[i], true);
        outside += r->fresh[i]->owner[LEAF_BUILT]; /* others may write to the page already */
    }
    for (unsigned i = 0; i < r->drops; i++) {
        struct share_drop *drop = &r->session->drops[i];

        if (version_unshare(drop->version, drop->count)) {
            version_drop(&r->dropped, drop->version);
        }
    }
    structure_count(r->tree, leaf, false);
    counter_add(&r->tree->outside, r->session->number, outside - leaf->owner[LEAF_BUILT]);
    counter_add(&r->tree->rows, r->session->number, 0 - (uint64_t)r->gone);
    latch_write_unlock_obsolete(page_latch(leaf));
    session_retire_page(r->session, leaf);
    session_retire_versions(r->session, r->dropped.first, r->dropped.bytes);
    if (frames_scarce(r->tree->shared->frames)) {
        epoch_hurry(r->session->epoch);
    }
}

/* Moves and pruning happened, the page stays. T7 */
static void leaf_recount(struct page *leaf)
{
    uint64_t outside = 0;

    for (unsigned i = 0; i < page_slot_count(leaf); i++) {
        page_slot slot = page_slot_load(leaf, i);
        struct page_cell cell;
        bool read = page_cell_read(leaf, slot, &cell);

        VV_ASSERT(read);
        if (cell.record != 0) {
            outside += chain_outside(cell_version(&cell));
        } else if ((slot & PAGE_SLOT_OVERFLOW) != 0) {
            outside += cell_plain_row(slot, &cell).size;
        }
    }
    leaf->outside_bytes = outside;
}

static void give_up(struct rebuild *r)
{
    for (unsigned i = 0; i < r->pieces; i++) {
        memory_page_free(&r->session->memory, r->fresh[i]);
    }
    for (struct tree_version *version = r->dropped.first; version != NULL;
         version = version->older_change) {
        atomic_fetch_and_explicit(&version->flags, ~VERSION_KEEP_ROW, memory_order_relaxed);
    }
}

/* ---- merging ---- */

/* Did a leaf become small? The root has no neighbour. */
static bool wants_merge(const struct rebuild *r, const struct page *leaf)
{
    struct build_run run = {.kind = PAGE_LEAF, .entries = r->session->entries, .count = r->count};

    return build_shape(&run).used_bytes * MERGE_PART <= LIMIT_FRAME_BYTES &&
           page_child_page(tree_root(r->tree)) != leaf;
}

/* The slot of the left one of the pair: with the right neighbour, unless there is none or the left one is
 * empty. */
static unsigned neighbour_of(const struct page *parent, unsigned index)
{
    uint64_t word = index == 0 ? 2 : page_child_load(parent, page_slot_load(parent, index - 1));

    if (index + 1 == page_slot_count(parent) ||
        ((word & 2) == 0 && page_slot_count(page_child_page(word)) == 0)) {
        return index - 1;
    }
    return index;
}

/* It joins a neighbour below the same parent, if that is free right now. */
static bool try_merge(struct rebuild *r, struct page *leaf)
{
    struct page *parent = NULL;
    struct page *other = NULL;
    unsigned index = 0;
    unsigned first = 0;
    bool merged = false;

    structure_parent(r->tree, leaf, &parent, &index);
    if (parent != NULL && page_slot_count(parent) > 1) {
        uint64_t word = 0;

        first = neighbour_of(parent, index);
        word = page_child_load(parent, page_slot_load(parent, first == index ? index + 1 : first));
        other = (word & 2) == 0 ? page_child_page(word) : NULL;
        if (other != NULL && latch_try_lock(page_latch(other))) {
            merged = merge_pair(r, parent, first, leaf, other);
            if (!merged) {
                leaf_recount(other);
                latch_write_unlock_same(page_latch(other));
            }
        }
    }
    if (!merged) {
        structure_parent_unlock(r->tree, parent);
    }
    return merged;
}

/* Parent, leaf and other are latched; index is the slot of the left one. False: nothing happened but
 * moves and pruning. */
static bool merge_pair(struct rebuild *r, struct page *parent, unsigned index, struct page *leaf,
                       struct page *other)
{
    const struct edit none = {.kind = EDIT_NONE};
    bool other_is_left =
        page_child_page(page_child_load(parent, page_slot_load(parent, index))) == other;
    struct page *left = other_is_left ? other : leaf;
    struct page *right = other_is_left ? leaf : other;
    struct rebuild whole = *r;
    struct build_run run = {.kind = PAGE_LEAF};
    struct build_shape shape;
    vv_slice high;

    /* Gather both anew, in order; what the first pass dropped it drops again. */
    whole.dropped = (struct version_list){0};
    whole.drops = 0;
    whole.count = 0;
    whole.versioned = 0;
    whole.gone = 0;
    whole.old_frames =
        left->frame_count > right->frame_count ? left->frame_count : right->frame_count;
    whole.listed = left->owner[LEAF_LISTED] != 0;
    if (epoch_reserve(r->session->epoch) != VV_OK ||
        session_entries(r->session, page_slot_count(left) + page_slot_count(right) + 2) != VV_OK ||
        gather(&whole, left, &none) != VV_OK || gather(&whole, right, &none) != VV_OK) {
        give_up(&whole);
        return false;
    }
    run.entries = r->session->entries;
    run.count = whole.count;
    run.low = page_low(left);
    run.high = page_high(right, &high) ? high : slice_make(NULL, 0);
    shape = build_shape(&run);
    if (!shape.fits || shape.wants_split || settled_wants_split(&whole, &shape, SLACK_INSERT) ||
        build_piece(&whole, &run, &shape, 0) != VV_OK) {
        give_up(&whole);
        return false;
    }
    structure_count(r->tree, other, false);
    counter_add(&r->tree->outside, r->session->number, 0 - other->owner[LEAF_BUILT]);
    structure_join(r->tree, r->session, parent, index, whole.fresh[0]);
    latch_write_unlock_obsolete(page_latch(other));
    session_retire_page(r->session, other);
    finish(&whole, leaf);
    return true;
}
