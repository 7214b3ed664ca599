/*
 * image.c - a page as it stands on disk: format version 1. All integers little endian.
 *
 *   offset  bytes  what
 *        0      8  0 (the latch in memory)
 *        8      8  LSN of the capture
 *       16      4  CRC32C of all frames, this field taken as 0
 *       20      4  free pointer: offset of the lowest cell; of an overflow page: end of its bytes
 *       24      2  slot count
 *       26      2  flags (bits 0-7 are 0)
 *       28      1  kind: 1 leaf, 2 inner, 3 overflow
 *       29      1  frame count, 1-16
 *       30      2  row size: rows of this size carry no length
 *       32      2  size of the low fence
 *       34      2  size of the high fence, 65535: none
 *       36      2  hint: cell bytes / slot count        \
 *       38      2  prefix size                          |
 *       40      4  hint: head of the first slot         | derived from the rest, so that a mapped
 *       44      4  hint: slots per head * 2^32          | image can be searched as it is
 *       48     16  first bytes of the prefix, then 0   /
 *       64      8  frame id: number of this image's first frame in the file
 *       72     56  0
 *      128   8 * n  slots: 16 bits cell offset, 10 bits key size after the prefix, 6 bits flags
 *                  (bit 2 overflow, bit 3 sized; others 0), 32 bits head (key bytes, first is highest)
 *        .      .  0 up to the free pointer
 *        .      .  cells, the last slot's lowest, without gaps. Leaf: key bytes beyond the head, varint
 *                  length if sized, row (overflow: child word, u64 size). Inner: child word in EVICTED
 *                  form (2 bits: 2; 34 bits frame; 28 bits: top of the child's CRC), key bytes beyond the
 *                  head, 0 up to a multiple of 8; slot 0 has no key
 *        .      .  edge: 0 up to a multiple of 8 in all (8 at least), prefix, high fence, low fence
 *
 *   overflow: at 128 the child word of the next page or 0, from 136 the bytes, then 0.
 */
#include "page/image.h"

#include "base/crc32c.h"
#include "page/page_private.h"

static void free_room_clear(struct page *page);
static const char *verify_volatile(const struct page *page);
static const char *verify_zero(const struct page *page, size_t from, size_t to);
static const char *verify_overflow(const struct page *page);
static const char *verify_slots(const struct page *page);
static const char *verify_slot_form(const struct page *page, page_slot slot);
static const char *verify_hint(const struct page *page);
static const char *image_trouble(const struct page *page, unsigned frame_count, uint64_t frame_id);
static bool child_is_evicted(uint64_t child);

void image_encode(struct page *page, uint64_t frame_id, uint64_t lsn)
{
    VV_ASSERT(frame_id < (uint64_t)1 << PAGE_CHILD_FRAME_BITS);
    atomic_store_explicit(&page->latch, 0, memory_order_relaxed);
    page->frame_id = frame_id;
    atomic_store_explicit(&page->lsn, lsn, memory_order_relaxed);
    page->flags &= 0xFF00;
    page->insert_last = 0;
    page->unused = 0;
    page->first_dirty = 0;
    page->outside_bytes = 0;
    memset(page->owner, 0, sizeof page->owner);
    free_room_clear(page);
    page->crc = image_crc(page);
    VV_ASSERT(image_trouble(page, page->frame_count, frame_id) ==
              NULL); /* P10, and on the way back */
}

/* Slots end, cells begin; of an overflow page: bytes end, page ends. */
static void free_room_clear(struct page *page)
{
    size_t low = atomic_load_explicit(&page->cell_low, memory_order_relaxed);
    size_t from = PAGE_HEADER_BYTES + (size_t)page_slot_count(page) * PAGE_SLOT_BYTES;
    size_t to = low;

    if (page->kind == PAGE_OVERFLOW) {
        from = low;
        to = page_size(page);
    }
    VV_ASSERT(from <= to && to <= page_size(page));
    memset((uint8_t *)page + from, 0, to - from);
}

uint32_t image_crc(const struct page *page)
{
    const uint8_t *bytes = (const uint8_t *)page;
    size_t at = offsetof(struct page, crc);
    uint32_t crc = crc32c(0, bytes, at);

    crc = crc32c(crc, "\0\0\0\0", 4);
    return crc32c(crc, bytes + at + 4, page_size(page) - at - 4);
}

unsigned image_frame_count(const void *bytes, size_t size)
{
    unsigned count = 0;

    if (size >= IMAGE_HEADER_BYTES) {
        count = ((const uint8_t *)bytes)[offsetof(struct page, frame_count)];
    }
    return count <= LIMIT_PAGE_FRAMES ? count : 0;
}

vv_status image_decode(struct page *page, unsigned frame_count, uint64_t frame_id,
                       const char **why_out)
{
    return image_verify(page, frame_count, frame_id, why_out);
}

vv_status image_verify(const struct page *page, unsigned frame_count, uint64_t frame_id,
                       const char **why_out)
{
    const char *trouble = image_trouble(page, frame_count, frame_id);

    if (why_out != NULL) {
        *why_out = trouble;
    }
    return trouble == NULL ? VV_OK : VV_CORRUPT;
}

/* First what a wrong or torn frame breaks, then what only a wrong program can have written. */
static const char *image_trouble(const struct page *page, unsigned frame_count, uint64_t frame_id)
{
    const char *trouble = NULL;

    if (frame_count < 1 || frame_count > LIMIT_PAGE_FRAMES || page->frame_count != frame_count) {
        return "another frame count";
    }
    if (page->crc != image_crc(page)) {
        return "checksum";
    }
    if (page->frame_id != frame_id) {
        return "another frame's image";
    }
    trouble = page_verify(page);
    if (trouble == NULL) {
        trouble = verify_volatile(page);
    }
    if (trouble == NULL && page->kind != PAGE_OVERFLOW) {
        trouble = verify_slots(page);
    }
    return trouble;
}

static const char *verify_volatile(const struct page *page)
{
    size_t low = atomic_load_explicit(&page->cell_low, memory_order_relaxed);
    size_t slots_end = PAGE_HEADER_BYTES + (size_t)page_slot_count(page) * PAGE_SLOT_BYTES;
    size_t edge = page_edge_offset(page);
    size_t edge_used = (size_t)page->low_size + page_high_bytes(page) + page->prefix_size;
    const char *trouble = verify_zero(page, 0, 8);

    if (trouble == NULL) {
        trouble = verify_zero(page, offsetof(struct page, first_dirty), PAGE_HEADER_BYTES);
    }
    if (trouble == NULL && (page->flags & 0xFF) != 0) {
        trouble = "flags of memory";
    }
    if (trouble == NULL && page->kind == PAGE_OVERFLOW) {
        return verify_overflow(page);
    }
    if (trouble == NULL) {
        trouble = verify_zero(page, slots_end, low);
    }
    if (trouble == NULL) {
        trouble = verify_zero(page, edge, page_size(page) - edge_used);
    }
    return trouble;
}

static const char *verify_overflow(const struct page *page)
{
    uint64_t next = page_overflow_next(page);

    if (next != 0 && !child_is_evicted(next)) {
        return "an address";
    }
    if (page->low_size != 0 || page->high_size != PAGE_FENCE_INFINITE || page->row_size != 0 ||
        verify_zero(page, offsetof(struct page, cell_stride), offsetof(struct page, frame_id)) !=
            NULL) {
        return "an overflow page with slots' fields";
    }
    return verify_zero(page, page->cell_low, page_size(page));
}

static const char *verify_zero(const struct page *page, size_t from, size_t to)
{
    const uint8_t *bytes = (const uint8_t *)page;

    for (size_t i = from; i < to; i++) {
        if (bytes[i] != 0) {
            return "bytes that should be zero";
        }
    }
    return NULL;
}

/* Cells stand in slot order without gaps, as build_page writes them (P6). */
static const char *verify_slots(const struct page *page)
{
    size_t above = page_edge_offset(page);
    unsigned count = page_slot_count(page);

    for (unsigned i = 0; i < count; i++) {
        page_slot slot = page_slot_load(page, i);
        const char *trouble = verify_slot_form(page, slot);

        if (trouble != NULL) {
            return trouble;
        }
        if (page_slot_offset(slot) + page_slot_cell_size(page, slot) != above) {
            return "a cell out of its place";
        }
        above = page_slot_offset(slot);
    }
    if (page->dead_bytes != 0 || above != page->cell_low) {
        return "dead cells";
    }
    return verify_hint(page);
}

static const char *verify_slot_form(const struct page *page, page_slot slot)
{
    struct page_cell cell;

    if ((page_slot_flags(slot) & ~(uint32_t)(PAGE_SLOT_OVERFLOW | PAGE_SLOT_SIZED)) != 0) {
        return "a slot of memory";
    }
    if (page->kind == PAGE_INNER) {
        size_t rest_end = page_slot_offset(slot) + 8u + page_slot_rest_size(slot);

        if (!child_is_evicted(page_child_load(page, slot))) {
            return "an address";
        }
        return verify_zero(page, rest_end,
                           page_slot_offset(slot) + page_slot_cell_size(page, slot));
    }
    if ((slot & PAGE_SLOT_OVERFLOW) != 0 && page_cell_read(page, slot, &cell) &&
        !child_is_evicted(bytes_load64(cell.row.data))) {
        return "an address";
    }
    return NULL;
}

static bool child_is_evicted(uint64_t child)
{
    return page_child_form(child) == PAGE_CHILD_EVICTED;
}

static const char *verify_hint(const struct page *page)
{
    uint32_t base;
    uint32_t scale;

    page_hint_make(page, &base, &scale);
    return page->hint_base != base || page->hint_scale != scale ||
                   page->cell_stride != page_stride(page)
               ? "another hint"
               : NULL;
}
