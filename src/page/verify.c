/*
 * verify.c - is this a page? Walks everything and names the first broken promise.
 *
 * Trusts only frame_count. Image decoding (image.c) runs it on bytes from disk, the tree's verify on
 * pages in memory.
 */
#include "page/page_private.h"

static const char *verify_header(const struct page *page);
static const char *verify_prefix(const struct page *page);
static const char *verify_slot(const struct page *page, unsigned index, size_t *live);
static const char *verify_value(const struct page *page, page_slot slot, size_t *size_out);
static const char *verify_order(const struct page *page, unsigned first, unsigned count);

const char *page_verify(const struct page *page)
{
    unsigned count = page_slot_count(page);
    unsigned first = page->kind == PAGE_INNER ? 1 : 0;
    size_t live = 0;
    size_t low = 0;
    const char *broken = verify_header(page);

    if (broken != NULL || page->kind == PAGE_OVERFLOW) {
        return broken;
    }
    broken = verify_prefix(page);
    for (unsigned i = 0; i < count && broken == NULL; i++) {
        broken = verify_slot(page, i, &live);
    }
    if (broken != NULL) {
        return broken;
    }
    low = atomic_load_explicit(&page->cell_low, memory_order_relaxed);
    if (low + live + page->dead_bytes != page_edge_offset(page)) {
        return "P2: live and dead cells do not add up";
    }
    return verify_order(page, first, count);
}

static const char *verify_header(const struct page *page)
{
    size_t low = atomic_load_explicit(&page->cell_low, memory_order_relaxed);
    size_t slots_end = PAGE_HEADER_BYTES + (size_t)page_slot_count(page) * PAGE_SLOT_BYTES;

    if (page->frame_count < 1 || page->frame_count > LIMIT_PAGE_FRAMES) {
        return "P3: no valid frame count";
    }
    if (page->kind == PAGE_OVERFLOW) {
        return low < PAGE_HEADER_BYTES + 8 || low > page_size(page) || page_slot_count(page) != 0
                   ? "P3: overflow page of an impossible size"
                   : NULL;
    }
    if (page->kind != PAGE_LEAF && page->kind != PAGE_INNER) {
        return "P3: no valid kind";
    }
    if (page->low_size > LIMIT_KEY_BYTES || page_high_bytes(page) > LIMIT_KEY_BYTES ||
        page->prefix_size > LIMIT_KEY_BYTES || page->row_size > LIMIT_INLINE_ROW_BYTES) {
        return "P3: a fence, prefix or row beyond its limit";
    }
    if (slots_end > low || low > page_edge_offset(page)) {
        return "P4: slots, cells and edge overlap";
    }
    return NULL;
}

static const char *verify_prefix(const struct page *page)
{
    size_t below = (size_t)page->low_size + page_high_bytes(page) + page->prefix_size;
    const uint8_t *prefix = (const uint8_t *)page + page_size(page) - below;
    vv_slice high;

    for (size_t i = 0; i < PAGE_PREFIX_INLINE; i++) {
        if (page->prefix_inline[i] != (i < page->prefix_size ? prefix[i] : 0)) {
            return "P3: the header's prefix is not the edge's";
        }
    }
    if (page_high(page, &high) && slice_compare(page_low(page), high) >= 0) {
        return "P3: the low fence is not below the high fence";
    }
    return NULL;
}

static const char *verify_slot(const struct page *page, unsigned index, size_t *live)
{
    page_slot slot = page_slot_load(page, index);
    size_t offset = page_slot_offset(slot);
    unsigned key_size = page_slot_key_size(slot);
    size_t size = page_child_size(page_slot_rest_size(slot));
    const char *broken = NULL;

    if (page->kind == PAGE_LEAF) {
        broken = verify_value(page, slot, &size);
    } else if (page_slot_flags(slot) != 0 || offset % 8 != 0 || (index == 0 && key_size != 0)) {
        broken = "P2: an inner slot that is none";
    }
    if (broken != NULL) {
        return broken;
    }
    if (offset < atomic_load_explicit(&page->cell_low, memory_order_relaxed) ||
        offset + size > page_edge_offset(page)) {
        return "P2: a cell outside the cells";
    }
    if (page->prefix_size + key_size > LIMIT_KEY_BYTES) {
        return "P1: a key beyond its limit";
    }
    if (key_size < PAGE_HEAD_BYTES && (uint64_t)page_slot_head(slot) << (8 * key_size + 32) != 0) {
        return "P1: a head longer than its key";
    }
    *live += size;
    return NULL;
}

static const char *verify_value(const struct page *page, page_slot slot, size_t *size_out)
{
    uint32_t forms =
        page_slot_flags(slot) & (PAGE_SLOT_STUB | PAGE_SLOT_OVERFLOW | PAGE_SLOT_SIZED);
    struct page_cell cell;

    if ((forms & (forms - 1)) != 0) {
        return "P2: a row of two forms";
    }
    if (!page_cell_read(page, slot, &cell) || cell.row.size > LIMIT_INLINE_ROW_BYTES) {
        return "P2: a cell that cannot be read";
    }
    if ((forms & PAGE_SLOT_SIZED) != 0 && cell.row.size == page->row_size) {
        return "P2: a length that the page says already";
    }
    *size_out = cell.size;
    return NULL;
}

static const char *verify_order(const struct page *page, unsigned first, unsigned count)
{
    uint8_t buffers[2][PAGE_KEY_BUFFER];
    vv_slice before = {0};

    for (unsigned i = first; i < count; i++) {
        uint8_t *buffer = buffers[i % 2];
        vv_slice key = slice_make(buffer, page_key_copy(page, page_slot_load(page, i), buffer));

        if (!page_covers(page, key)) {
            return "P1: a key outside the fences";
        }
        if (i > first && slice_compare(before, key) >= 0) {
            return "P1: keys out of order";
        }
        before = key;
    }
    return NULL;
}
