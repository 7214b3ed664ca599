/*
 * replay.c - recovery: the log's changes put in as plain rows, nobody reading.
 *
 * Every change is committed and older than any snapshot to come, so there are no versions: a row is
 * replaced by a plain cell, a deleted one's slot goes.
 */
#include "tree/tree_private.h"

static vv_status replay_limits(const struct tree *tree, vv_slice key, vv_slice row);
static vv_status replay_value(struct tree_session *session, vv_slice row, uint8_t *ref,
                              struct page_value *value_out);
static void replay_free_row(struct tree_session *session, struct page *leaf, page_slot slot);

vv_status tree_replay_put(struct tree *tree, struct tree_session *session, vv_slice key,
                          vv_slice row, uint64_t lsn, struct vv_cause *cause)
{
    struct edit edit = {.key = key};
    uint8_t ref[PAGE_OVERFLOW_BYTES];
    struct page_position at;
    struct page *leaf = NULL;
    page_slot slot = 0;
    vv_status status = VV_OK;

    (void)lsn;
    VV_TRY(replay_limits(tree, key, row));
    VV_TRY(epoch_reserve(session->epoch));
    VV_TRY(replay_value(session, row, ref, &edit.value));
    VV_TRY_OR(fail, descend_latch(tree, key, &leaf, cause));
    at = page_search(leaf, key);
    edit.index = at.index;
    edit.kind = at.exact ? EDIT_REPLACE : EDIT_INSERT;
    if (at.exact) {
        slot = page_slot_load(leaf, at.index);
        VV_ASSERT(!page_slot_versioned(slot));
    }
    counter_add(&tree->rows, session->number, at.exact ? 0 : 1);
    if (at.exact ? page_fits_swing(leaf, slot, &edit.value)
                 : page_fits_insert(leaf, key, &edit.value)) {
        if (at.exact) {
            replay_free_row(session, leaf, slot);
            page_slot_swing(leaf, at.index, page_cell_write_same(leaf, slot, &edit.value));
        } else {
            page_slot_insert(leaf, at.index, page_cell_write(leaf, key, &edit.value));
        }
        leaf->outside_bytes += row.size > LIMIT_INLINE_ROW_BYTES ? row.size : 0;
        latch_write_unlock(page_latch(leaf));
        return VV_OK;
    }
    status = rebuild_leaf(tree, session, leaf, &edit, FRAMES_ORDINARY);
    if (status == VV_OK) {
        if (at.exact && (slot & PAGE_SLOT_OVERFLOW) != 0) {
            struct page_cell cell;

            (void)page_cell_read(leaf, slot, &cell); /* the old page stays until the epoch passes */
            session_retire_bytes(session, cell_plain_row(slot, &cell).data,
                                 cell_plain_row(slot, &cell).size);
        }
        return VV_OK;
    }
    counter_add(&tree->rows, session->number, at.exact ? 0 : UINT64_MAX);
    latch_write_unlock_same(page_latch(leaf));

fail:
    if (edit.value.form != 0) {
        memory_bytes_free(&session->memory,
                          (const void *)(uintptr_t)bytes_load64(edit.value.row.data), row.size);
    }
    return status;
}

vv_status tree_replay_delete(struct tree *tree, struct tree_session *session, vv_slice key,
                             uint64_t lsn, struct vv_cause *cause)
{
    const struct edit none = {.kind = EDIT_NONE};
    struct page_position at;
    struct page *leaf = NULL;

    (void)lsn;
    VV_TRY(replay_limits(tree, key, slice_make(NULL, 0)));
    VV_TRY(epoch_reserve(session->epoch));
    VV_TRY(descend_latch(tree, key, &leaf, cause));
    at = page_search(leaf, key);
    if (!at.exact) {
        latch_write_unlock_same(page_latch(leaf));
        return VV_OK; /* idempotent */
    }
    VV_ASSERT(!page_slot_versioned(page_slot_load(leaf, at.index)));
    replay_free_row(session, leaf, page_slot_load(leaf, at.index));
    page_slot_remove(leaf, at.index);
    counter_add(&tree->rows, session->number, UINT64_MAX);
    /* Half of it dead, or empty: shrink it or merge it. Failing does no harm. */
    if ((page_slot_count(leaf) == 0 || leaf->dead_bytes > page_size(leaf) / 2) &&
        rebuild_leaf(tree, session, leaf, &none, FRAMES_URGENT) == VV_OK) {
        return VV_OK;
    }
    latch_write_unlock(page_latch(leaf));
    return VV_OK;
}

static vv_status replay_limits(const struct tree *tree, vv_slice key, vv_slice row)
{
    bool good =
        key.size > 0 && key.size <= LIMIT_KEY_BYTES && row.size <= tree->shared->row_bytes_max;

    return good ? VV_OK : VV_LIMIT;
}

static vv_status replay_value(struct tree_session *session, vv_slice row, uint8_t *ref,
                              struct page_value *value_out)
{
    uint8_t *outside = NULL;

    value_out->row = row;
    if (row.size <= LIMIT_INLINE_ROW_BYTES) {
        return VV_OK;
    }
    outside = memory_bytes_get(&session->memory, row.size, FRAMES_ORDINARY);
    if (outside == NULL) {
        return VV_NOMEM;
    }
    memcpy(outside, row.data, row.size);
    page_overflow_ref_store(ref, (uint64_t)(uintptr_t)outside, row.size);
    value_out->form = PAGE_SLOT_OVERFLOW;
    value_out->row = slice_make(ref, PAGE_OVERFLOW_BYTES);
    return VV_OK;
}

/* The out-of-line bytes of a plain row that is about to go. */
static void replay_free_row(struct tree_session *session, struct page *leaf, page_slot slot)
{
    struct page_cell cell;

    if ((slot & PAGE_SLOT_OVERFLOW) != 0 && page_cell_read(leaf, slot, &cell)) {
        vv_slice row = cell_plain_row(slot, &cell);

        leaf->outside_bytes -= row.size;
        session_retire_bytes(session, row.data, row.size);
    }
}
