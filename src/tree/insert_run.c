/*
 * insert_run.c - many new rows at once: a leaf at a time, one version record for all.
 *
 *   latch the leaf -> which rows are its own? -> where do they go? -> into the page, or fresh pages with them
 *
 * A row that meets something (an old version under its key, a key or row of unusual size) ends the stretch before
 * it and goes the way of a single insert, which knows what to say about it.
 */
#include "tree/tree_private.h"

#define STRETCH_ROWS  1024u                                          /* of one leaf at a time */
#define STRETCH_BYTES (12u * LIMIT_FRAME_BYTES)                      /* of new pages at a time */
#define LEAF_BYTES    ((LIMIT_PAGE_FRAMES - 1u) * LIMIT_FRAME_BYTES) /* old rows and new ones */

struct inserting {
    struct tree *tree;
    struct tree_write *write;
    const struct tree_row *rows; /* still to go in */
    unsigned count;
    struct tree_version *version; /* of all; NULL: not made yet */
    enum frames_need need;
    struct page *leaf;
    unsigned slot_count;
    bool ends; /* the row behind the stretch met something */
    uint16_t positions[STRETCH_ROWS];
};

static vv_status insert_stretch(struct inserting *in, unsigned *done_out);
static vv_status version_make(struct inserting *in);
static unsigned stretch_of_leaf(struct inserting *in);
static unsigned rows_below(const struct inserting *in, unsigned count, vv_slice high);
static unsigned rows_in_budget(const struct inserting *in, unsigned count);
static unsigned find_positions(struct inserting *in, unsigned count);
static bool fits(const struct inserting *in, unsigned count);
static void place_stretch(struct inserting *in, unsigned count);
static vv_status rebuild_with(struct inserting *in, unsigned count);
static void link_version(struct inserting *in, unsigned count);

vv_status tree_insert_run(struct tree *tree, struct tree_write *write, const struct tree_row *rows,
                          unsigned count, unsigned *done_out)
{
    struct inserting in; /* positions need no clearing */
    vv_status status = VV_OK;

    in.tree = tree;
    in.write = write;
    in.rows = rows;
    in.count = count;
    in.version = NULL;
    in.need = write->urgent ? FRAMES_URGENT : FRAMES_ORDINARY;
    write->found = (struct tree_found){0};
    VV_ASSERT(txn_is_tag(write->view.tag) && epoch_entered(write->session->epoch));
    while (status == VV_OK && in.count > 0) {
        unsigned done = 0;

        status = insert_stretch(&in, &done);
        in.rows += done;
        in.count -= done;
        if (status == VV_OK && in.ends) {
            status = tree_insert(tree, write, in.rows->key, in.rows->row);
            in.rows += status == VV_OK;
            in.count -= status == VV_OK;
        }
    }
    *done_out = count - in.count;
    return status;
}

/* What the leaf of the first row takes; in->ends: the next row is to go alone. */
static vv_status insert_stretch(struct inserting *in, unsigned *done_out)
{
    struct tree_session *session = in->write->session;
    vv_status status = VV_OK;
    unsigned count = 0;

    in->ends = in->rows->key.size == 0 || in->rows->key.size > LIMIT_KEY_BYTES;
    if (in->ends) {
        return VV_OK;
    }
    VV_TRY(epoch_reserve(session->epoch));
    VV_TRY(version_make(in));
    VV_TRY(descend_latch(in->tree, in->rows->key, &in->leaf, in->write->cause));
    count = stretch_of_leaf(in);
    if (count > 0) {
        if (fits(in, count)) {
            place_stretch(in, count);
        } else {
            status = rebuild_with(in, count);
        }
    }
    if (in->leaf != NULL) {
        latch_write_unlock_same(page_latch(in->leaf)); /* nothing has changed */
    }
    if (status == VV_OK && count > 0) {
        link_version(in, count);
        counter_add(&in->tree->rows, session->number, count);
        *done_out = count;
    }
    return status;
}

/* In session->spare until the first row names it. */
static vv_status version_make(struct inserting *in)
{
    struct tree_session *session = in->write->session;

    if (in->version != NULL) {
        return VV_OK;
    }
    if (session->spare == NULL) {
        session->spare = memory_version(&session->memory, in->need);
        if (session->spare == NULL) {
            return VV_NOMEM;
        }
    }
    *session->spare =
        (struct tree_version){.begin = in->write->view.tag,
                              .statement = in->write->statement,
                              .flags = VERSION_STRONG | VERSION_FIRST | VERSION_SHARED};
    return VV_OK;
}

/* How many rows go into the leaf now, and where. */
static unsigned stretch_of_leaf(struct inserting *in)
{
    unsigned count = in->count < STRETCH_ROWS ? in->count : STRETCH_ROWS;
    vv_slice high;

    if (page_high(in->leaf, &high)) {
        count = rows_below(in, count, high);
    }
    return find_positions(in, rows_in_budget(in, count));
}

/* The first one is below the fence. */
static unsigned rows_below(const struct inserting *in, unsigned count, vv_slice high)
{
    unsigned below = 1;

    if (slice_compare(in->rows[count - 1].key, high) < 0) {
        return count;
    }
    while (below < count) { /* rows[below - 1] < high <= rows[count - 1] */
        unsigned middle = below + (count - below) / 2;

        if (slice_compare(in->rows[middle].key, high) < 0) {
            below = middle + 1;
        } else {
            count = middle;
        }
    }
    return below;
}

/* As many as fresh pages have room for beside the old rows, at least one; none of unusual size behind it. */
static unsigned rows_in_budget(const struct inserting *in, unsigned count)
{
    size_t old = rebuild_bytes_max(in->leaf);
    size_t room = old < LEAF_BYTES ? LEAF_BYTES - old : 0;
    size_t bytes = 0;
    unsigned taken = 0;

    room = room < STRETCH_BYTES ? room : STRETCH_BYTES;
    for (; taken < count; taken++) {
        const struct tree_row *row = &in->rows[taken];

        if (row->key.size == 0 || row->key.size > LIMIT_KEY_BYTES ||
            row->row.size > LIMIT_INLINE_ROW_BYTES) {
            break;
        }
        bytes +=
            PAGE_SLOT_BYTES + sizeof(uint64_t) + BYTES_VARINT_MAX + row->key.size + row->row.size;
        if (bytes > room && taken > 0) {
            break;
        }
    }
    return taken;
}

/* Up to a row whose key stands in the leaf. Behind the last key there is nothing to search. */
static unsigned find_positions(struct inserting *in, unsigned count)
{
    unsigned slots = page_slot_count(in->leaf);
    struct page_position at = {.index = 0};

    in->slot_count = slots;
    for (unsigned i = 0; i < count; i++) {
        VV_SLOW_ASSERT(i == 0 || slice_compare(in->rows[i - 1].key, in->rows[i].key) < 0);
        if (at.index < slots || i == 0) {
            at = page_search(in->leaf, in->rows[i].key);
        }
        if (at.exact) {
            in->ends = true;
            return i;
        }
        in->positions[i] = (uint16_t)at.index;
    }
    in->ends = count == 0;
    return count;
}

/* Keys between the first and the last one share what those share. */
static bool fits(const struct inserting *in, unsigned count)
{
    const struct page *leaf = in->leaf;
    size_t room = page_free_bytes(leaf);
    struct page_value value = {.record = 1};
    size_t bytes = 0;

    if (!page_takes_key(leaf, in->rows[0].key) || !page_takes_key(leaf, in->rows[count - 1].key)) {
        return false;
    }
    for (unsigned i = 0; i < count && bytes <= room; i++) {
        value.row = in->rows[i].row;
        bytes += PAGE_SLOT_BYTES + page_cell_size(leaf, in->rows[i].key.size, &value);
    }
    return bytes <= room;
}

/* Behind one another, each one slot further than where it was looked for. */
static void place_stretch(struct inserting *in, unsigned count)
{
    struct page *leaf = in->leaf;
    struct page_value value = {.record = (uint64_t)(uintptr_t)in->write->session->spare};

    if (in->version != NULL) {
        value.record = (uint64_t)(uintptr_t)in->version;
    }
    for (unsigned i = 0; i < count; i++) {
        value.row = in->rows[i].row;
        page_slot_insert(leaf, in->positions[i] + i,
                         page_cell_write(leaf, in->rows[i].key, &value));
    }
    leaf->owner[LEAF_VERSIONED] += count;
    if (leaf->owner[LEAF_LISTED] == 0) {
        settle_list(in->tree, leaf);
    }
    latch_write_unlock(page_latch(leaf));
    in->leaf = NULL;
}

static vv_status rebuild_with(struct inserting *in, unsigned count)
{
    struct tree_version *version = in->version != NULL ? in->version : in->write->session->spare;
    struct edit edit = {.kind = EDIT_RUN, .rows = in->rows, .positions = in->positions};

    edit.count = count;
    edit.record = (uint64_t)(uintptr_t)version;
    if (count == 1) {
        edit = (struct edit){.kind = EDIT_INSERT, .index = in->positions[0]};
        edit.key = in->rows[0].key;
        edit.value =
            (struct page_value){.record = (uint64_t)(uintptr_t)version, .row = in->rows[0].row};
    }
    VV_TRY(rebuild_leaf(in->tree, in->write->session, in->leaf, &edit, in->need));
    in->leaf = NULL;
    return VV_OK;
}

/* The rows name the record: with the first ones it belongs to the transaction. Nobody else can settle or take over
 * a row before the transaction ends, so the count is in time. */
static void link_version(struct inserting *in, unsigned count)
{
    struct tree_changes *changes = in->write->changes;

    if (in->version == NULL) {
        in->version = in->write->session->spare;
        in->write->session->spare = NULL;
        in->version->older_change = changes->newest;
        changes->newest = in->version;
        changes->count++;
    }
    atomic_fetch_add_explicit(&in->version->shares, count, memory_order_relaxed);
}
