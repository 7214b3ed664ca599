/*
 * page.c - slots, keys and cells of a page in memory. Search: search.c. Fresh pages: build.c.
 */
#include "page/page_private.h"

#define HINT_REFRESH_INSERTS 16u /* inserts between the ends until the hint is made anew */

static void slots_move_up(_Atomic page_slot *slots, unsigned index, unsigned count);
static void slots_move_down(_Atomic page_slot *slots, unsigned index, unsigned count);
static page_slot cell_append(struct page *page, const struct page_stored_key *key,
                             const struct page_value *value);

/* ---- Slots ---------------------------------------------------------------------------------- */

unsigned page_slots_copy(const struct page *page, unsigned from, unsigned count,
                         page_slot *slots_out)
{
    unsigned total = page_slot_count_unlatched(page);
    unsigned end = from >= total ? from : count < total - from ? from + count : total;

    for (unsigned i = from; i < end; i++) {
        slots_out[i - from] = page_slot_load(page, i);
    }
    return end - from;
}

void page_slot_swing(struct page *page, unsigned index, page_slot slot)
{
    VV_ASSERT(index < page_slot_count(page));
    /* A reader that sees the new slot sees the cell and the record it names; pairs: page_slot_load. */
    atomic_store_explicit(&page_slots(page)[index], slot, memory_order_release);
}

/* The record's address stands in front of the rest of the cell: the slot moves over it. */
void page_slot_settle(struct page *page, unsigned index)
{
    page_slot slot = page_slot_load(page, index);

    VV_ASSERT(page_slot_versioned(slot) && (slot & (PAGE_SLOT_STUB | PAGE_SLOT_OVERFLOW)) == 0);
    page->dead_bytes += sizeof(uint64_t);
    page_slot_swing(page, index, (slot & ~(page_slot)PAGE_SLOT_VERSIONED) + sizeof(uint64_t));
}

/* A reader beside this may see a key twice or not at all, never a slot that was not published: its
 * latch validation fails. */
void page_slot_insert(struct page *page, unsigned index, page_slot slot)
{
    unsigned count = page_slot_count(page);

    VV_ASSERT(index <= count && page_free_bytes(page) >= PAGE_SLOT_BYTES);
    slots_move_up(page_slots(page), index, count);
    atomic_store_explicit(&page_slots(page)[index], slot,
                          memory_order_release); /* pairs: page_slot_load */
    atomic_store_explicit(&page->slot_count, (uint16_t)(count + 1), memory_order_release);
    page_pattern_note(page, index);
    if (index == count || index == 0 || count % HINT_REFRESH_INSERTS == 0) {
        page_hint_refresh(page);
    }
}

void page_slot_remove(struct page *page, unsigned index)
{
    unsigned count = page_slot_count(page);

    VV_ASSERT(index < count);
    page->dead_bytes += (uint32_t)page_slot_cell_size(page, page_slot_load(page, index));
    slots_move_down(page_slots(page), index, count);
    atomic_store_explicit(&page->slot_count, (uint16_t)(count - 1), memory_order_release);
    page_hint_refresh(page);
}

/* The guess is (head - base) * scale / 2^32; slot 0 of an inner page has no key and is left out. */
void page_hint_make(const struct page *page, uint32_t *base_out, uint32_t *scale_out)
{
    unsigned first = page->kind == PAGE_INNER ? 1 : 0;
    unsigned count = page_slot_count(page);
    uint64_t scale = 0;

    *base_out = 0;
    if (count > first + 1) {
        uint32_t last = page_slot_head(page_slot_load(page, count - 1));

        *base_out = page_slot_head(page_slot_load(page, first));
        if (last > *base_out) {
            scale = ((uint64_t)(count - 1 - first) << 32) / (last - *base_out);
        }
    }
    *scale_out = scale > UINT32_MAX ? UINT32_MAX : (uint32_t)scale;
}

void page_hint_refresh(struct page *page)
{
    uint32_t base;
    uint32_t scale;

    page_hint_make(page, &base, &scale);
    atomic_store_explicit(&page->hint_base, base, memory_order_relaxed);
    atomic_store_explicit(&page->hint_scale, scale, memory_order_relaxed);
}

/* Whole words move, highest first: a reader never sees half a slot. On x86 a 16-byte access of two
 * aligned words is two whole words too. */
static void slots_move_up(_Atomic page_slot *slots, unsigned index, unsigned count)
{
    unsigned i = count;

#if PAGE_SSE2
    for (; i >= index + 2; i -= 2) {
        __m128i pair = _mm_loadu_si128((const __m128i *)(uintptr_t)&slots[i - 2]);

        _mm_storeu_si128((__m128i *)(uintptr_t)&slots[i - 1], pair);
    }
#endif
    for (; i > index; i--) {
        page_slot slot = atomic_load_explicit(&slots[i - 1], memory_order_relaxed);

        atomic_store_explicit(&slots[i], slot, memory_order_release);
    }
}

static void slots_move_down(_Atomic page_slot *slots, unsigned index, unsigned count)
{
    for (unsigned i = index; i + 1 < count; i++) {
        page_slot slot = atomic_load_explicit(&slots[i + 1], memory_order_relaxed);

        atomic_store_explicit(&slots[i], slot, memory_order_release);
    }
}

void page_pattern_note(struct page *page, unsigned index)
{
    unsigned ascending = PAGE_PATTERN_ASCENDING(page);
    unsigned descending = PAGE_PATTERN_DESCENDING(page);

    ascending += ascending < PAGE_PATTERN_MAX;
    descending += descending < PAGE_PATTERN_MAX;
    ascending = index == page->insert_last + 1u ? ascending : 0;
    descending = index == page->insert_last ? descending : 0;
    page->flags = (uint16_t)((page->flags & 0xFF00) | descending << 4 | ascending);
    page->insert_last = (uint16_t)index;
}

/* ---- Keys ----------------------------------------------------------------------------------- */

vv_slice page_prefix(const struct page *page)
{
    size_t size = page_size(page);
    size_t below = (size_t)page->low_size + page_high_bytes(page) + page->prefix_size;

    if (page->prefix_size <= PAGE_PREFIX_INLINE) {
        return slice_make(page->prefix_inline, page->prefix_size);
    }
    if (below > size) {
        return slice_make(NULL, 0);
    }
    return slice_make((const uint8_t *)page + size - below, page->prefix_size);
}

vv_slice page_low(const struct page *page)
{
    size_t size = page->low_size <= page_size(page) ? page->low_size : 0;

    return slice_make((const uint8_t *)page + page_size(page) - size, size);
}

bool page_high(const struct page *page, vv_slice *high_out)
{
    size_t size = page_high_bytes(page);
    size_t below = size + page->low_size;

    *high_out = slice_make(NULL, 0);
    if (page->high_size == PAGE_FENCE_INFINITE || below > page_size(page)) {
        return false;
    }
    *high_out = slice_make((const uint8_t *)page + page_size(page) - below, size);
    return true;
}

bool page_covers(const struct page *page, vv_slice key)
{
    vv_slice high;

    return slice_compare(page_low(page), key) <= 0 &&
           (!page_high(page, &high) || slice_compare(key, high) < 0);
}

bool page_takes_key(const struct page *page, vv_slice key)
{
    vv_slice prefix = page_prefix(page);

    return key.size >= prefix.size &&
           (prefix.size == 0 || memcmp(key.data, prefix.data, prefix.size) == 0);
}

size_t page_key_copy(const struct page *page, page_slot slot, uint8_t *buffer)
{
    vv_slice prefix = page_prefix(page);
    vv_slice rest = page_slot_rest(page, slot);
    size_t key_size = page_slot_key_size(slot);

    if (prefix.size + key_size > LIMIT_KEY_BYTES || rest.size != page_slot_rest_size(slot)) {
        return 0;
    }
    if (prefix.data == page->prefix_inline) {
        memcpy(buffer, page->prefix_inline,
               sizeof page->prefix_inline); /* the rest is written over: no call for a few bytes */
    } else if (prefix.size != 0) {
        memcpy(buffer, prefix.data, prefix.size);
    }
    bytes_store32_big(buffer + prefix.size,
                      page_slot_head(slot)); /* may write beyond a short key */
    if (rest.size != 0) {
        memcpy(buffer + prefix.size + PAGE_HEAD_BYTES, rest.data, rest.size);
    }
    return prefix.size + key_size;
}

/* ---- Leaf cells ----------------------------------------------------------------------------- */

size_t page_cell_size(const struct page *page, size_t key_size, const struct page_value *value)
{
    size_t in_slot = page->prefix_size + PAGE_HEAD_BYTES;

    return (key_size > in_slot ? key_size - in_slot : 0) + page_value_size(value, page->row_size);
}

size_t page_slot_cell_size(const struct page *page, page_slot slot)
{
    struct page_cell cell;

    if (page->kind == PAGE_INNER) {
        return page_child_size(page_slot_rest_size(slot));
    }
    return page_cell_read(page, slot, &cell) ? cell.size : 0;
}

bool page_fits_insert(const struct page *page, vv_slice key, const struct page_value *value)
{
    return page_takes_key(page, key) && key.size <= LIMIT_KEY_BYTES &&
           page_cell_size(page, key.size, value) + PAGE_SLOT_BYTES <= page_free_bytes(page);
}

bool page_fits_swing(const struct page *page, page_slot slot, const struct page_value *value)
{
    return page_slot_rest_size(slot) + page_value_size(value, page->row_size) <=
           page_free_bytes(page);
}

page_slot page_cell_write(struct page *page, vv_slice key, const struct page_value *value)
{
    struct page_stored_key stored = page_key_store(key, page->prefix_size);

    VV_ASSERT(page_fits_insert(page, key, value));
    return cell_append(page, &stored, value);
}

page_slot page_cell_write_same(struct page *page, page_slot slot, const struct page_value *value)
{
    struct page_stored_key stored = {.size = page_slot_key_size(slot),
                                     .head = page_slot_head(slot),
                                     .rest = page_slot_rest(page, slot)};

    VV_ASSERT(page_fits_swing(page, slot, value));
    page->dead_bytes += (uint32_t)page_slot_cell_size(page, slot);
    return cell_append(page, &stored, value);
}

static page_slot cell_append(struct page *page, const struct page_stored_key *key,
                             const struct page_value *value)
{
    uint32_t low = atomic_load_explicit(&page->cell_low, memory_order_relaxed);
    page_slot slot;

    VV_ASSERT(page->kind == PAGE_LEAF && value->row.size <= LIMIT_INLINE_ROW_BYTES);
    VV_ASSERT(value->form != PAGE_SLOT_STUB || value->row.size == PAGE_STUB_BYTES);
    VV_ASSERT(value->form != PAGE_SLOT_OVERFLOW || value->row.size == PAGE_OVERFLOW_BYTES);
    slot = page_cell_put(page, low, key, value);
    atomic_store_explicit(&page->cell_low, page_slot_offset(slot), memory_order_relaxed);
    return slot;
}

/* ---- Inner cells ---------------------------------------------------------------------------- */

uint64_t page_child_hot(const struct page *page)
{
    uint64_t address = (uint64_t)(uintptr_t)page;
    uint64_t fill = page_fill_pack(page);

    VV_ASSERT((address & ~(uint64_t)PAGE_CHILD_ADDRESS) == 0);
    return address | (fill & 0x3FF) << 2 | fill >> 10 << 48 | PAGE_CHILD_HOT;
}

void page_child_store(struct page *page, page_slot slot, uint64_t child)
{
    _Atomic uint64_t *word = page_child_word(page, slot);

    VV_ASSERT(word != NULL && page->kind == PAGE_INNER);
    atomic_store_explicit(word, child, memory_order_release); /* pairs: page_child_load */
}

bool page_child_exchange(struct page *page, page_slot slot, uint64_t expected, uint64_t child)
{
    _Atomic uint64_t *word = page_child_word(page, slot);

    return word != NULL && atomic_compare_exchange_strong_explicit(
                               word, &expected, child, memory_order_acq_rel, /* pairs: child_load */
                               memory_order_acquire);
}

bool page_fits_child(const struct page *page, vv_slice separator)
{
    return page_takes_key(page, separator) &&
           page_child_bytes(page, separator) <= page_free_bytes(page);
}

size_t page_child_bytes(const struct page *page, vv_slice separator)
{
    size_t in_slot = page->prefix_size + PAGE_HEAD_BYTES;
    size_t rest_size = separator.size > in_slot ? separator.size - in_slot : 0;

    return page_child_size(rest_size) + PAGE_SLOT_BYTES;
}

page_slot page_child_write(struct page *page, vv_slice separator, uint64_t child)
{
    uint32_t low = atomic_load_explicit(&page->cell_low, memory_order_relaxed);
    struct page_stored_key stored = page_key_store(separator, page->prefix_size);
    page_slot slot;

    VV_ASSERT(page->kind == PAGE_INNER && page_fits_child(page, separator));
    slot = page_child_put(page, low, &stored, child);
    atomic_store_explicit(&page->cell_low, page_slot_offset(slot), memory_order_relaxed);
    return slot;
}

/* ---- Overflow pages ------------------------------------------------------------------------- */

void page_overflow_init(struct page *page, unsigned frame_count, vv_slice bytes, uint64_t next)
{
    uint8_t *at = (uint8_t *)page + PAGE_HEADER_BYTES;

    VV_ASSERT(frame_count >= 1 && frame_count <= LIMIT_PAGE_FRAMES);
    VV_ASSERT(bytes.size <= PAGE_OVERFLOW_ROOM(frame_count));
    memset(page, 0, PAGE_HEADER_BYTES);
    page->kind = PAGE_OVERFLOW;
    page->frame_count = (uint8_t)frame_count;
    page->high_size = PAGE_FENCE_INFINITE;
    atomic_store_explicit(&page->cell_low, (uint32_t)(PAGE_HEADER_BYTES + 8 + bytes.size),
                          memory_order_relaxed);
    bytes_store64(at, next);
    if (bytes.size != 0) {
        memcpy(at + 8, bytes.data, bytes.size);
    }
}

vv_slice page_overflow_bytes(const struct page *page)
{
    size_t low = atomic_load_explicit(&page->cell_low, memory_order_relaxed);
    size_t start = PAGE_HEADER_BYTES + 8;

    if (page->kind != PAGE_OVERFLOW || low < start || low > page_size(page)) {
        return slice_make(NULL, 0);
    }
    return slice_make((const uint8_t *)page + start, low - start);
}

uint64_t page_overflow_next(const struct page *page)
{
    return atomic_load_explicit(&page_slots(page)[0], memory_order_acquire); /* pairs: set_next */
}

void page_overflow_set_next(struct page *page, uint64_t next)
{
    VV_ASSERT(page->kind == PAGE_OVERFLOW);
    atomic_store_explicit(&page_slots(page)[0], next, memory_order_release); /* pairs: next */
}
