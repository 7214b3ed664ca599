/* page_inline.h - the part of page.h that a look-up runs for each row: reading cells. Included by page.h
 * only. Every offset is checked against the frames before use (P4). */
#ifndef VARVE_PAGE_PAGE_INLINE_H
#define VARVE_PAGE_PAGE_INLINE_H

#include "page/page.h"

/* Key bytes of a slot that stand in its cell. */
static inline unsigned page_slot_rest_size(page_slot slot)
{
    unsigned key_size = page_slot_key_size(slot);

    return key_size > PAGE_HEAD_BYTES ? key_size - PAGE_HEAD_BYTES : 0;
}

static inline bool page_cell_read(const struct page *page, page_slot slot,
                                  struct page_cell *cell_out)
{
    const uint8_t *bytes = (const uint8_t *)page;
    size_t end = page_size(page);
    size_t start = page_slot_offset(slot);
    size_t at = start;
    uint64_t row_size = page->row_size;
    size_t rest_size = page_slot_rest_size(slot);

    size_t record_size = page_slot_versioned(slot) ? 8 : 0;

    *cell_out = (struct page_cell){0};
    if (at < PAGE_HEADER_BYTES || at + record_size + rest_size > end) {
        return false;
    }
    if (page_slot_versioned(slot)) {
        cell_out->record = bytes_load64(bytes + at);
        at += 8;
    }
    cell_out->rest = slice_make(bytes + at, rest_size);
    at += rest_size;
    if ((slot & PAGE_SLOT_SIZED) != 0) {
        size_t used = bytes_varint_load(bytes + at, end - at, &row_size);

        at += used;
        row_size = used == 0 ? UINT64_MAX : row_size;
    } else if ((slot & PAGE_SLOT_STUB) != 0) {
        row_size = PAGE_STUB_BYTES;
    } else if ((slot & PAGE_SLOT_OVERFLOW) != 0) {
        row_size = PAGE_OVERFLOW_BYTES;
    }
    if (row_size > end - at) {
        *cell_out = (struct page_cell){0};
        return false;
    }
    cell_out->row = slice_make(bytes + at, (size_t)row_size);
    cell_out->size = (unsigned)(at - start + (size_t)row_size);
    return true;
}

static inline uint64_t page_cell_record(const struct page *page, page_slot slot)
{
    size_t at = page_slot_offset(slot);

    if (!page_slot_versioned(slot) || at < PAGE_HEADER_BYTES || at + 8 > page_size(page)) {
        return 0;
    }
    return bytes_load64((const uint8_t *)page + at);
}

/* The address of the out-of-line row of a cell read from a STUB slot. */
static inline uint64_t page_cell_stub(const struct page_cell *cell)
{
    return cell->row.size == PAGE_STUB_BYTES ? bytes_load64(cell->row.data) : 0;
}

static inline _Atomic uint64_t *page_child_word(const struct page *page, page_slot slot)
{
    size_t at = page_slot_offset(slot);

    if (at < PAGE_HEADER_BYTES || at + 8 > page_size(page) || at % 8 != 0) {
        return NULL;
    }
    return (_Atomic uint64_t *)(uintptr_t)((const uint8_t *)page + at);
}

static inline uint64_t page_child_load(const struct page *page, page_slot slot)
{
    _Atomic uint64_t *word = page_child_word(page, slot);

    return word == NULL ? 0
                        : atomic_load_explicit(word, memory_order_acquire); /* pairs: child_store */
}

#endif
