/*
 * cursor.c - runs and windows of slots, validated once.
 *
 * Forward, plain slots that look alike become rows at once (page_run_rows); what is then in the window is
 * the last slot of the run alone, already passed. All other slots are copied into the window.
 *
 * The position is the last key that was passed. As long as the leaf's version is that of the first copy,
 * the next window goes on by index; otherwise the cursor seeks its position again. Cells are immutable,
 * so a validated window may be used however the leaf changes; a row written after the copy is by a
 * transaction that the view does not see.
 */
#include "tree/cursor.h"

#include "tree/tree_private.h"

static vv_status window_fill(struct cursor *cursor, struct cursor_batch *batch, size_t *used,
                             struct vv_cause *cause);
static bool run_fill(struct cursor *cursor, unsigned from, struct cursor_batch *batch,
                     size_t *used);
static uint32_t run_keys_fit(const struct cursor_batch *batch, size_t used, size_t key_size,
                             uint32_t count);
static void run_prefetch(const vv_slice *rows, uint32_t count);
static bool window_continue(struct cursor *cursor, uint64_t *version_out);
static vv_status window_seek(struct cursor *cursor, uint64_t *version_out, unsigned *from_out,
                             struct vv_cause *cause);
static unsigned seek_forward(const struct cursor *cursor, const struct page *leaf);
static unsigned seek_backward(const struct cursor *cursor, const struct page *leaf);
static void window_copy(struct cursor *cursor, unsigned from);
static bool leaf_end(struct cursor *cursor);
static void window_cut(struct cursor *cursor);
static bool beyond_stop(const struct cursor *cursor, page_slot slot);
static bool emit_plain(struct cursor *cursor, struct cursor_batch *batch, size_t *used);
static void window_prefetch(const struct cursor *cursor);
static bool emit(struct cursor *cursor, struct cursor_batch *batch, page_slot slot, size_t *used);
static void position_set(struct cursor *cursor, vv_slice key, bool inclusive);
static void position_save(struct cursor *cursor, page_slot slot);

void cursor_open(struct cursor *cursor, struct tree *tree, struct tree_session *session,
                 const struct txn_view *view, const struct cursor_bound *low,
                 const struct cursor_bound *high, bool reverse)
{
    const struct cursor_bound *first = reverse ? high : low;
    const struct cursor_bound *last = reverse ? low : high;

    cursor->tree = tree;
    cursor->session = session;
    cursor->view = *view;
    cursor->reverse = reverse;
    cursor->finished = false;
    cursor->pin = 0;
    cursor->leaf = NULL;
    cursor->parent.page = NULL;
    cursor->at_fence = false;
    cursor->window_count = 0;
    cursor->window_next = 0;
    cursor->has_stop = last->set;
    cursor->stop_here = false;
    cursor->stop_inclusive = last->inclusive;
    cursor->stop_size = 0;
    if (last->set) {
        VV_ASSERT(last->key.size <= LIMIT_KEY_BYTES);
        cursor->stop_size = (uint16_t)last->key.size;
        memcpy(cursor->stop, last->key.data, last->key.size);
    }
    cursor->has_position = first->set || !reverse;
    cursor->position_size = 0;
    cursor->resume_inclusive = true;
    if (first->set) {
        VV_ASSERT(first->key.size <= LIMIT_KEY_BYTES);
        position_set(cursor, first->key, first->inclusive);
    }
}

vv_status cursor_next(struct cursor *cursor, struct cursor_batch *batch, struct vv_cause *cause)
{
    unsigned leaves = 0;
    size_t used = 0;

    VV_ASSERT(batch->capacity > 0);
    batch->count = 0;
    if (cursor->pin != cursor->session->pin) {
        cursor->leaf = NULL; /* it may be gone */
        cursor->parent.page = NULL;
        cursor->window_count = 0;
        cursor->window_next = 0;
        cursor->stop_here = false;
        cursor->pin = cursor->session->pin;
    }
    while (!cursor->finished) {
        while (cursor->window_next < cursor->window_count) {
            if (emit_plain(cursor, batch, &used)) {
                continue;
            }
            if (batch->count == batch->capacity ||
                !emit(cursor, batch, cursor->window[cursor->window_next], &used)) {
                if (cursor->window_next > 0) { /* the slot is still to come */
                    position_save(cursor, cursor->window[cursor->window_next - 1]);
                }
                return VV_OK;
            }
            cursor->window_next++;
        }
        if (batch->count == batch->capacity) {
            position_save(cursor, cursor->window[cursor->window_count - 1]);
            return VV_OK;
        }
        if (cursor->stop_here) {
            break;
        }
        if (cursor->leaf != NULL && leaf_end(cursor)) {
            break;
        }
        if (cursor->leaf == NULL && ++leaves > CURSOR_LEAVES_MAX) {
            return VV_OK;
        }
        VV_TRY(window_fill(cursor, batch, &used, cause));
        VV_PROBE(TREE_CURSOR_WINDOW);
    }
    cursor->finished = true;
    return batch->count > 0 ? VV_OK : VV_END;
}

/* ---- windows ---- */

/* The next slots: of the same leaf by index when it is undisturbed, else by the position. The batch has
 * room. */
static vv_status window_fill(struct cursor *cursor, struct cursor_batch *batch, size_t *used,
                             struct vv_cause *cause)
{
    for (;;) {
        uint32_t count_before = batch->count;
        size_t used_before = *used;
        uint64_t version = 0;
        unsigned from = 0;
        bool run = false;

        if (cursor->leaf != NULL && window_continue(cursor, &version)) {
            from = cursor->reverse ? cursor->window_index
                                   : cursor->window_index + cursor->window_count;
        } else {
            VV_TRY(window_seek(cursor, &version, &from, cause));
        }
        run = !cursor->reverse && run_fill(cursor, from, batch, used);
        if (!run) {
            window_copy(cursor, from);
            window_prefetch(cursor);
        }
        if (latch_read_end(page_latch(cursor->leaf), version)) {
            cursor->leaf_version = version;
            if (!run) {
                window_cut(cursor);
            }
            return VV_OK;
        }
        batch->count = count_before;
        *used = used_before;
        cursor->leaf = NULL;
        cursor->stop_here = false;
    }
}

/* Takes rows from the slots at `from` on. False: they are not alike, or there is no room. Unlatched: what
 * one slot says twice may differ. */
static bool run_fill(struct cursor *cursor, unsigned from, struct cursor_batch *batch, size_t *used)
{
    const struct page *leaf = cursor->leaf;
    vv_slice *rows = batch->rows + batch->count;
    page_slot *last = &cursor->window[0];
    size_t key_size = 0;
    uint32_t count = page_run_rows(leaf, from, batch->capacity - batch->count, rows, last);

    if (batch->keys != NULL && count > 0) {
        key_size = page_run_key_size(leaf, *last);
        count = run_keys_fit(batch, *used, key_size, count);
        *last = count == 0 ? 0 : page_slot_load(leaf, from + count - 1);
    }
    if (count == 0) {
        return false;
    }
    cursor->leaf_slots = page_slot_count_unlatched(leaf);
    if (cursor->has_stop && beyond_stop(cursor, *last)) {
        struct page_position at =
            page_search_unlatched(leaf, slice_make(cursor->stop, cursor->stop_size));
        unsigned end = at.exact && cursor->stop_inclusive ? at.index + 1 : at.index;

        count = end <= from ? 0 : end - from < count ? end - from : count;
        *last = page_slot_load(leaf, count == 0 ? from : from + count - 1);
        cursor->stop_here = true;
    }
    run_prefetch(rows, count);
    if (batch->keys != NULL) {
        page_run_keys(leaf, from, count, key_size, batch->key_bytes + *used,
                      batch->keys + batch->count);
        *used += count * key_size;
    }
    batch->count += count;
    cursor->window_count = count == 0 ? 0 : 1; /* the last one, passed */
    cursor->window_next = cursor->window_count;
    cursor->window_index = from + count - cursor->window_count;
    return true;
}

/* How many of `count` keys of one size there is room for. */
static uint32_t run_keys_fit(const struct cursor_batch *batch, size_t used, size_t key_size,
                             uint32_t count)
{
    size_t room = batch->key_room - used;
    size_t fit = room < PAGE_KEY_BUFFER ? 0 : (room - PAGE_KEY_BUFFER) / (key_size + 1);

    return fit < count ? (uint32_t)fit : count;
}

/* Rows are read when the batch is full: until then they come from memory side by side. Small ones stand
 * close together, one behind the other. */
static void run_prefetch(const vv_slice *rows, uint32_t count)
{
    uintptr_t first = count == 0 ? 0 : (uintptr_t)rows[0].data;
    uintptr_t last = count == 0 ? 0 : (uintptr_t)rows[count - 1].data;
    uintptr_t low = first < last ? first : last;
    uintptr_t high = first < last ? last : first;

    if (high - low < (uintptr_t)count * 64) {
        for (uintptr_t at = high; at + 64 > low; at -= 64) {
            __builtin_prefetch((const void *)at);
        }
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        __builtin_prefetch(rows[i].data);
    }
}

/* Begins a read of the leaf that goes on where the last window ended. False: seek. */
static bool window_continue(struct cursor *cursor, uint64_t *version_out)
{
    if (cursor->window_count > 0) {
        unsigned last = cursor->window_count - 1;

        position_save(cursor, cursor->window[last]);
    }
    if (VV_NAIVE(TREE_CURSOR_UNCHECKED)) {
        *version_out = atomic_load_explicit(&cursor->leaf->latch, memory_order_relaxed);
        return true;
    }
    if (!latch_read_begin(page_latch(cursor->leaf), version_out)) {
        return false;
    }
    if (latch_same_version(*version_out, cursor->leaf_version)) {
        return true;
    }
    latch_read_drop(page_latch(cursor->leaf), *version_out);
    return false;
}

static vv_status window_seek(struct cursor *cursor, uint64_t *version_out, unsigned *from_out,
                             struct vv_cause *cause)
{
    vv_slice position = cursor->has_position ? slice_make(cursor->position, cursor->position_size)
                                             : slice_make(NULL, 0);
    bool at_fence = cursor->at_fence;

    cursor->at_fence = false;
    if (at_fence && descend_sibling(&cursor->parent, cursor->reverse, &cursor->leaf, version_out)) {
        *from_out = cursor->reverse ? page_slot_count_unlatched(cursor->leaf) : 0;
        return VV_OK;
    }
    /* Backward and inclusive: the leaf that covers the position holds it and what is before. */
    VV_TRY(descend_cursor(cursor->tree, position,
                          cursor->reverse && !(cursor->has_position && cursor->resume_inclusive),
                          &cursor->parent, &cursor->leaf, version_out, cause));
    *from_out =
        cursor->reverse ? seek_backward(cursor, cursor->leaf) : seek_forward(cursor, cursor->leaf);
    return VV_OK;
}

/* Index of the first slot to come. Unlatched. */
static unsigned seek_forward(const struct cursor *cursor, const struct page *leaf)
{
    struct page_position at =
        page_search_unlatched(leaf, slice_make(cursor->position, cursor->position_size));

    return at.exact && !cursor->resume_inclusive ? at.index + 1 : at.index;
}

/* Index behind the last slot to come. Unlatched. */
static unsigned seek_backward(const struct cursor *cursor, const struct page *leaf)
{
    struct page_position at;

    if (!cursor->has_position) {
        return page_slot_count_unlatched(leaf);
    }
    at = page_search_unlatched(leaf, slice_make(cursor->position, cursor->position_size));
    return at.exact && cursor->resume_inclusive ? at.index + 1 : at.index;
}

/* Copies the slots at `from` upward, or those below `from` in falling order. */
static void window_copy(struct cursor *cursor, unsigned from)
{
    const struct page *leaf = cursor->leaf;
    unsigned total = page_slot_count_unlatched(leaf);

    cursor->window_next = 0;
    cursor->leaf_slots = total;
    from = from < total ? from : total;
    if (!cursor->reverse) {
        cursor->window_index = from;
        cursor->window_count = page_slots_copy(leaf, from, CURSOR_WINDOW, cursor->window);
        return;
    }
    cursor->window_index = from > CURSOR_WINDOW ? from - CURSOR_WINDOW : 0;
    cursor->window_count =
        page_slots_copy(leaf, cursor->window_index, from - cursor->window_index, cursor->window);
    for (unsigned i = 0; i < cursor->window_count / 2; i++) {
        page_slot slot = cursor->window[i];

        cursor->window[i] = cursor->window[cursor->window_count - 1 - i];
        cursor->window[cursor->window_count - 1 - i] = slot;
    }
}

/* The window is used up. At the end of the leaf the position becomes its fence; true: nothing follows. */
static bool leaf_end(struct cursor *cursor)
{
    struct page *leaf = cursor->leaf;
    vv_slice fence;

    if (cursor->reverse ? cursor->window_index > 0
                        : cursor->window_index + cursor->window_count < cursor->leaf_slots) {
        return false;
    }
    if (cursor->reverse) {
        fence = page_low(leaf);
        if (fence.size == 0) {
            return true;
        }
        position_set(cursor, fence, false);
    } else {
        if (!page_high(leaf, &fence)) {
            return true;
        }
        position_set(cursor, fence, true);
    }
    cursor->has_position = true;
    cursor->at_fence = true;
    cursor->leaf = NULL;
    cursor->window_count = 0;
    cursor->window_next = 0;
    return false;
}

/* Ends a validated window at the stop, so that rows need no comparison. */
static void window_cut(struct cursor *cursor)
{
    unsigned low = 0;
    unsigned high = cursor->window_count;

    if (!cursor->has_stop || high == 0 || !beyond_stop(cursor, cursor->window[high - 1])) {
        return;
    }
    while (low < high) { /* the first slot beyond */
        unsigned middle = (low + high) / 2;

        if (beyond_stop(cursor, cursor->window[middle])) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    cursor->window_count = low;
    cursor->stop_here = true;
}

/* Rows are read when the batch is full: until then their cells come from memory side by side. The slots
 * are not validated yet, which a prefetch does not mind. */
static void window_prefetch(const struct cursor *cursor)
{
    uintptr_t leaf = (uintptr_t)cursor->leaf;

    for (uint32_t i = 0; i < cursor->window_count; i++) {
        __builtin_prefetch((const void *)(leaf + page_slot_offset(cursor->window[i])));
    }
}

/* ---- rows ---- */

/* The run of plain rows of the uniform size that begins at the window's next slot: nothing but addresses
 * to compute. False: there is none, or no room. */
static bool emit_plain(struct cursor *cursor, struct cursor_batch *batch, size_t *used)
{
    const uint8_t *bytes = (const uint8_t *)cursor->leaf;
    size_t row_size = cursor->leaf->row_size;
    uint32_t room = batch->capacity - batch->count;
    uint32_t end = cursor->window_count - cursor->window_next;
    const page_slot *slots = cursor->window + cursor->window_next;
    vv_slice *rows = batch->rows + batch->count;
    uint32_t i = 0;

    end = end < room ? end : room;
    if (batch->keys != NULL && end > (batch->key_room - *used) / PAGE_KEY_BUFFER) {
        end =
            (uint32_t)((batch->key_room - *used) / PAGE_KEY_BUFFER); /* surely enough for so many */
    }
    for (; i < end && (slots[i] & PAGE_SLOT_FLAGS) == 0; i++) {
        rows[i] = slice_make(bytes + page_slot_offset(slots[i]) + page_slot_rest_size(slots[i]),
                             row_size);
    }
    for (uint32_t k = 0; batch->keys != NULL && k < i; k++) {
        uint8_t *key = batch->key_bytes + *used;

        batch->keys[batch->count + k] = slice_make(key, page_key_copy(cursor->leaf, slots[k], key));
        *used += batch->keys[batch->count + k].size;
    }
    batch->count += i;
    cursor->window_next += i;
    return i > 0;
}

static bool beyond_stop(const struct cursor *cursor, page_slot slot)
{
    int order = page_key_compare(cursor->leaf, slot, slice_make(cursor->stop, cursor->stop_size));

    if (order == 0) {
        return !cursor->stop_inclusive;
    }
    return cursor->reverse ? order < 0 : order > 0;
}

/* Adds the slot's row to the batch if the view sees it. False: no room for its key. */
static bool emit(struct cursor *cursor, struct cursor_batch *batch, page_slot slot, size_t *used)
{
    struct page_cell cell;
    vv_slice row;

    if (!page_cell_read(cursor->leaf, slot, &cell)) {
        return true; /* cannot be: the window was validated */
    }
    row = cell_row(slot, &cell);
    if (VV_UNLIKELY(cell.record != 0) && version_read(cursor->tree->shared, &cursor->view,
                                                      cell_version(&cell), row, &row) != VV_OK) {
        return true;
    }
    if (batch->keys != NULL) {
        if (batch->key_room - *used < PAGE_KEY_BUFFER) {
            return false;
        }
        batch->keys[batch->count] = slice_make(
            batch->key_bytes + *used, page_key_copy(cursor->leaf, slot, batch->key_bytes + *used));
        *used += batch->keys[batch->count].size;
    }
    batch->rows[batch->count++] = row;
    return true;
}

static void position_set(struct cursor *cursor, vv_slice key, bool inclusive)
{
    cursor->position_size = (uint16_t)key.size;
    memcpy(cursor->position, key.data, key.size);
    cursor->resume_inclusive = inclusive;
    cursor->has_position = true;
}

/* The key of a slot that has been passed. */
static void position_save(struct cursor *cursor, page_slot slot)
{
    cursor->position_size = (uint16_t)page_key_copy(cursor->leaf, slot, cursor->position);
    cursor->resume_inclusive = false;
    cursor->has_position = true;
}
