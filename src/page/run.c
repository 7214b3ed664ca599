/*
 * run.c - many slots at a time: what a cursor asks of a leaf.
 *
 * In a settled leaf of small rows all slots look alike: no flags, one key size, one row size. Then a row is
 * an address to compute, two slots in a handful of instructions, and a key is the prefix with a head
 * behind it.
 */
#include "page/page_private.h"

#define BLOCK_SLOTS 8u
#define SHAPE       0xFFFF0000u /* of a slot: key size and flags */

static void rest_copy(const struct page *page, page_slot slot, size_t size, uint8_t *to);

unsigned page_run_rows(const struct page *page, unsigned from, unsigned count, vv_slice *rows_out,
                       page_slot *last_out)
{
    unsigned total = page_slot_count_unlatched(page);
    page_slot first = from < total ? page_slot_load(page, from) : PAGE_SLOT_FLAGS;
    const uint8_t *base = (const uint8_t *)page + page_slot_rest_size(first);
    size_t row_size = page->row_size;
    unsigned i = 0;

    if (page_slot_flags(first) != 0 || count == 0) {
        return 0;
    }
    count = count < total - from ? count : total - from;
#if PAGE_SSE2
    const __m128i *slots = (const __m128i *)(uintptr_t)(page_slots(page) + from);
    const __m128i like = _mm_set1_epi64x((long long)first);
    const __m128i shape = _mm_set1_epi64x(SHAPE);
    const __m128i offset = _mm_set1_epi64x(0xFFFF);
    const __m128i bases = _mm_set1_epi64x((long long)(uintptr_t)base);
    const __m128i sizes = _mm_set1_epi64x((long long)row_size);

    for (; i + BLOCK_SLOTS <= count; i += BLOCK_SLOTS) {
        __m128i other = _mm_setzero_si128();

        for (unsigned k = i; k < i + BLOCK_SLOTS; k += 2) {
            __m128i pair = _mm_loadu_si128(slots + k / 2);
            __m128i at = _mm_add_epi64(_mm_and_si128(pair, offset), bases);

            other = _mm_or_si128(other, _mm_xor_si128(pair, like));
            _mm_storeu_si128((__m128i *)(void *)&rows_out[k], _mm_unpacklo_epi64(at, sizes));
            _mm_storeu_si128((__m128i *)(void *)&rows_out[k + 1], _mm_unpackhi_epi64(at, sizes));
        }
        other = _mm_cmpeq_epi32(_mm_and_si128(other, shape), _mm_setzero_si128());
        if (_mm_movemask_epi8(other) != 0xFFFF) {
            break;
        }
    }
#endif
    for (; i < count; i++) {
        page_slot slot = page_slot_load(page, from + i);

        if (((slot ^ first) & SHAPE) != 0) {
            break;
        }
        rows_out[i] = slice_make(base + page_slot_offset(slot), row_size);
    }
    if (i == 0) { /* the first slot was another one when it was read again: somebody writes */
        return 0;
    }
    *last_out = page_slot_load(page, from + i - 1);
    return i;
}

size_t page_run_key_size(const struct page *page, page_slot slot)
{
    return page->prefix_size + page_slot_key_size(slot);
}

void page_run_keys(const struct page *page, unsigned from, unsigned count, size_t key_size,
                   uint8_t *bytes, vv_slice *keys_out)
{
    vv_slice prefix = page_prefix(page);
    size_t in_slot = prefix.size + PAGE_HEAD_BYTES;
    size_t rest_size = key_size > in_slot ? key_size - in_slot : 0;
    uint8_t begin[PAGE_PREFIX_INLINE] = {0};

    if (prefix.size != 0 && prefix.size <= sizeof begin) {
        memcpy(begin, prefix.data, prefix.size);
    }
    for (unsigned i = 0; i < count; i++, bytes += key_size) {
        page_slot slot = page_slot_load(page, from + i);

        if (prefix.size <= sizeof begin) {
            memcpy(bytes, begin, sizeof begin); /* all of it: the rest is written over */
        } else {
            memcpy(bytes, prefix.data, prefix.size);
        }
        bytes_store32_big(bytes + prefix.size, page_slot_head(slot)); /* maybe beyond the key */
        if (rest_size != 0) {
            rest_copy(page, slot, rest_size, bytes + in_slot);
        }
        keys_out[i] = slice_make(bytes, key_size);
    }
}

void page_child_fetch(uint64_t child)
{
    uintptr_t page = (uintptr_t)page_child_page(child); /* not read: maybe none */
    struct page_fill fill = page_fill_of(child);
    unsigned slots_end = PAGE_HEADER_BYTES + fill.slot_count * PAGE_SLOT_BYTES;

    if (page_child_form(child) > PAGE_CHILD_COOL) {
        return;
    }
    if (fill.slot_count == 0) { /* several frames: few large rows */
        slots_end = PAGE_HEADER_BYTES + 128;
        fill.cell_low = LIMIT_FRAME_BYTES;
    }
    for (unsigned at = 0; at < slots_end && at < LIMIT_FRAME_BYTES; at += 64) {
        __builtin_prefetch((const void *)(page + at));
    }
    for (unsigned at = LIMIT_FRAME_BYTES - 1; at >= fill.cell_low && at > slots_end; at -= 64) {
        __builtin_prefetch((const void *)(page + at));
    }
}

/* Nothing for torn offsets. */
static inline void rest_copy(const struct page *page, page_slot slot, size_t size, uint8_t *to)
{
    size_t at = page_slot_offset(slot);

    if (at + size <= page_size(page)) {
        memcpy(to, (const uint8_t *)page + at, size);
    }
}
