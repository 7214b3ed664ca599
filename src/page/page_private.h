/* page_private.h - what page.c, search.c, build.c, verify.c and image.c share; never leaves the room. */
#ifndef VARVE_PAGE_PAGE_PRIVATE_H
#define VARVE_PAGE_PAGE_PRIVATE_H

#include "page/page.h"

/* Two slots at a time by SSE2. ThreadSanitizer must see atomic words instead. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PAGE_UNDER_TSAN 1
#endif
#endif
#if defined(__SSE2__) && !defined(__SANITIZE_THREAD__) && !defined(PAGE_UNDER_TSAN)
#include <emmintrin.h>
#define PAGE_SSE2 1
#else
#define PAGE_SSE2 0
#endif

/*
 * The edge: the last bytes of a page, never changed (P3).
 *
 *     ... cells | padding | prefix | high fence | low fence |
 *
 * A multiple of 8, so that the cells of inner pages are aligned, and at least 8, so that the offset of
 * an empty cell still fits 16 bits.
 */
static inline size_t page_edge_bytes(size_t low_size, size_t high_size, size_t prefix_size)
{
    size_t bytes = low_size + high_size + prefix_size;

    return bytes == 0 ? 8 : (bytes + 7) & ~(size_t)7;
}

static inline size_t page_high_bytes(const struct page *page)
{
    return page->high_size == PAGE_FENCE_INFINITE ? 0 : page->high_size;
}

/* Where the cells end. May be nonsense in a page of random bytes: compare before use. */
static inline size_t page_edge_offset(const struct page *page)
{
    size_t edge = page_edge_bytes(page->low_size, page_high_bytes(page), page->prefix_size);

    return edge > page_size(page) ? 0 : page_size(page) - edge;
}

/* The first four bytes of what follows the prefix, as a number; missing bytes are 0. */
static inline uint32_t page_head_of(const uint8_t *at, size_t size)
{
    uint32_t head = 0;

    if (size >= PAGE_HEAD_BYTES) {
        return bytes_load32_big(at);
    }
    for (size_t i = 0; i < size; i++) {
        head |= (uint32_t)at[i] << (24 - 8 * i);
    }
    return head;
}

static inline page_slot page_slot_make(size_t offset, size_t key_size, uint32_t flags,
                                       uint32_t head)
{
    VV_ASSERT(offset <= 0xFFFF && key_size <= 0x3FF);
    return (uint64_t)head << 32 | flags | (uint64_t)key_size << 16 | offset;
}

/* The part of a slot's key that stands in its cell, empty for torn bytes. */
static inline vv_slice page_slot_rest(const struct page *page, page_slot slot)
{
    size_t at = page_slot_offset(slot);
    size_t size = page_slot_rest_size(slot);

    at += page->kind == PAGE_INNER || page_slot_versioned(slot) ? 8 : 0;
    if (size == 0 || at + size > page_size(page)) {
        return slice_make(NULL, 0);
    }
    return slice_make((const uint8_t *)page + at, size);
}

/* Bytes of the cell, 0 for torn bytes. An inner cell is rounded up to 8. */
size_t page_slot_cell_size(const struct page *page, page_slot slot);

/* The interpolation hint for the resident heads. */
void page_hint_make(const struct page *page, uint32_t *base_out, uint32_t *scale_out);

/* Mean bytes of the cells of a page just built. */
static inline uint16_t page_stride(const struct page *page)
{
    size_t low = atomic_load_explicit(&page->cell_low, memory_order_relaxed);
    unsigned count = page_slot_count(page);

    return count == 0 ? 0 : (uint16_t)((page_edge_offset(page) - low) / count);
}

/* Sets the interpolation hint from the resident heads. */
void page_hint_refresh(struct page *page);

/* Counts how long inserts came each right behind (or at) the place of the last; build_pattern() reads. */
void page_pattern_note(struct page *page, unsigned index);

#define PAGE_PATTERN_MAX              15u
#define PAGE_PATTERN_ASCENDING(page)  ((unsigned)(page)->flags & PAGE_PATTERN_MAX)
#define PAGE_PATTERN_DESCENDING(page) ((unsigned)(page)->flags >> 4 & PAGE_PATTERN_MAX)

/* Rows and rests of eight bytes are so common that they are worth a branch. */
static inline void page_copy(uint8_t *at, vv_slice bytes)
{
    if (bytes.size == 8) {
        bytes_store64(at, bytes_load64(bytes.data));
    } else if (bytes.size != 0) {
        memcpy(at, bytes.data, bytes.size);
    }
}

/* Bytes of a value in a leaf cell of a page with that uniform row size. */
static inline size_t page_value_size(const struct page_value *value, size_t row_size)
{
    bool sized = value->form == 0 && value->row.size != row_size;

    return (value->record != 0 ? 8 : 0) + (sized ? bytes_varint_size(value->row.size) : 0) +
           value->row.size;
}

/* A key as a page keeps it. */
struct page_stored_key {
    size_t size; /* after the prefix */
    uint32_t head;
    vv_slice rest; /* what stands in the cell */
};

/* The key after a prefix of prefix_size bytes, which it has. */
static inline struct page_stored_key page_key_store(vv_slice key, size_t prefix_size)
{
    struct page_stored_key stored = {.size = key.size - prefix_size};
    const uint8_t *after = key.data + prefix_size;

    stored.head = page_head_of(after, stored.size);
    if (stored.size > PAGE_HEAD_BYTES) {
        stored.rest = slice_make(after + PAGE_HEAD_BYTES, stored.size - PAGE_HEAD_BYTES);
    }
    return stored;
}

/* Write a cell whose last byte is below end; return its slot. The caller checked the room and moves
 * cell_low to the slot's offset. */
static inline page_slot page_cell_put(struct page *page, size_t end,
                                      const struct page_stored_key *key,
                                      const struct page_value *value)
{
    bool sized = value->form == 0 && value->row.size != page->row_size;
    size_t offset = end - key->rest.size - page_value_size(value, page->row_size);
    uint8_t *at = (uint8_t *)page + offset;
    uint32_t flags = value->form;

    if (value->record != 0) {
        bytes_store64(at, value->record);
        at += 8;
        flags |= PAGE_SLOT_VERSIONED;
    }
    page_copy(at, key->rest);
    at += key->rest.size;
    if (sized) {
        at += bytes_varint_store(at, value->row.size);
        flags |= PAGE_SLOT_SIZED;
    }
    page_copy(at, value->row);
    return page_slot_make(offset, key->size, flags, key->head);
}

static inline page_slot page_child_put(struct page *page, size_t end,
                                       const struct page_stored_key *key, uint64_t child)
{
    size_t size = 8 + ((key->rest.size + 7) & ~(size_t)7);
    uint8_t *at = (uint8_t *)page + end - size;

    VV_ASSERT((end - size) % 8 == 0);
    memset(at + size - 8, 0, 8); /* the padding persists */
    bytes_store64(at, child);
    page_copy(at + 8, key->rest);
    return page_slot_make(end - size, key->size, 0, key->head);
}

/*
 * How full a page is, in the 26 spare bits of a child word: bits 0-8 slots, 9-17 cell_low / 8, 18-21 bytes
 * of the edge / 8. A page of several frames has 0 slots here (its rows are large and their places hard to
 * guess) and its frames in bits 9-13.
 */
struct page_fill {
    unsigned slot_count;
    unsigned cell_low;
    unsigned edge_bytes;
    unsigned frame_count;
};

static inline uint64_t page_fill_pack(const struct page *page)
{
    uint64_t slot_count = page_slot_count(page) & 0x1FF;
    uint64_t low = atomic_load_explicit(&page->cell_low, memory_order_relaxed) / 8 & 0x1FF;
    uint64_t edge = (page_size(page) - page_edge_offset(page)) / 8;

    return page->frame_count != 1 ? (uint64_t)page->frame_count << 9
                                  : slot_count | low << 9 | (edge < 15 ? edge : 15) << 18;
}

static inline struct page_fill page_fill_of(uint64_t child)
{
    uint64_t fill = (child >> 2 & 0x3FF) | child >> 48 << 10;

    if ((fill & 0x1FF) == 0) {
        return (struct page_fill){.frame_count = (unsigned)(fill >> 9 & 0x1F)};
    }
    return (struct page_fill){.frame_count = 1,
                              .slot_count = (unsigned)fill & 0x1FF,
                              .cell_low = (unsigned)(fill >> 9 & 0x1FF) * 8,
                              .edge_bytes = (unsigned)(fill >> 18 & 0xF) * 8};
}

static inline size_t page_child_size(size_t rest_size)
{
    return 8 + ((rest_size + 7) & ~(size_t)7);
}

#endif
