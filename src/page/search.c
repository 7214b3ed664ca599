/*
 * search.c - where is a key? One guess, one cache line, one comparison.
 *
 * The heads are numbers, so where a key stands can be guessed: (head - base) * scale. The cache line of
 * the guess (8 slots) is ranked at once with SIMD; if the answer is not in it the next lines are tried,
 * then the rest is bisected. Slots with an equal head are told apart by length and the key bytes in the
 * cell. The figures that chose this are in README.md.
 *
 * All of this may run beside a writer (P4): what it loads may be torn, so every index stays below
 * page_slot_count_unlatched() and every cell offset is checked.
 */
#include "page/page_private.h"

#if defined(__SSE2__) && !defined(__SANITIZE_THREAD__)
#include <emmintrin.h>
#define SEARCH_SSE2 1
#else
#define SEARCH_SSE2 0
#endif

#define LINE_SLOTS  8u
#define LINES_TRIED 3u

/* The key, cut as the page cuts it. */
struct wanted {
    vv_slice after; /* what follows the prefix */
    uint32_t head;
};

static int prefix_order(const struct page *page, vv_slice key);
static struct wanted wanted_make(const struct page *page, vv_slice key);
static unsigned head_lower_bound(const struct page *page, unsigned count, uint32_t head);
static unsigned line_rank(const struct page *page, unsigned line, unsigned count, uint32_t head);
static unsigned head_bisect(const struct page *page, unsigned low, unsigned high, uint32_t head);
static struct page_position among_equal_heads(const struct page *page, unsigned index,
                                              unsigned count, const struct wanted *wanted);
static int tail_order(const struct page *page, page_slot slot, vv_slice after);

struct page_position page_search(const struct page *page, vv_slice key)
{
    return page_search_unlatched(page, key);
}

struct page_position page_search_unlatched(const struct page *page, vv_slice key)
{
    unsigned count = page_slot_count_unlatched(page);
    struct page_position position = {0, false};
    struct wanted wanted;
    int order = prefix_order(page, key);

    if (VV_UNLIKELY(order != 0 || count == 0)) {
        position.index = order > 0 ? count : 0; /* P5: before or behind all residents */
        return position;
    }
    wanted = wanted_make(page, key);
    position.index = head_lower_bound(page, count, wanted.head);
    if (position.index < count &&
        page_slot_head(page_slot_load(page, position.index)) == wanted.head) {
        position = among_equal_heads(page, position.index, count, &wanted);
    }
    return position;
}

unsigned page_child_search_unlatched(const struct page *page, vv_slice key)
{
    struct page_position position = page_search_unlatched(page, key);
    unsigned count = page_slot_count_unlatched(page);

    if (position.exact && position.index == 0 && count > 1 &&
        page_key_compare(page, page_slot_load(page, 1), key) == 0) {
        return 1; /* slot 0 has no key: it only looked equal to a key that is just the prefix */
    }
    return position.exact || position.index == 0 ? position.index : position.index - 1;
}

int page_key_compare(const struct page *page, page_slot slot, vv_slice key)
{
    int order = prefix_order(page, key);
    struct wanted wanted;

    if (order != 0) {
        return -order;
    }
    wanted = wanted_make(page, key);
    if (page_slot_head(slot) != wanted.head) {
        return page_slot_head(slot) < wanted.head ? -1 : 1;
    }
    return tail_order(page, slot, wanted.after);
}

void page_prefetch(const struct page *page)
{
    __builtin_prefetch(page);
    __builtin_prefetch((const uint8_t *)page + PAGE_HEADER_BYTES);
}

/* The order of the key against the prefix: 0 if it begins with it, < 0 if the key is before every key
 * that does, > 0 if it is behind them. */
static inline int prefix_order(const struct page *page, vv_slice key)
{
    vv_slice prefix;

    if (VV_LIKELY(page->prefix_size <= 8 && key.size >= 8)) {
        uint64_t a = bytes_load64_big(key.data);
        uint64_t b = bytes_load64_big(page->prefix_inline);
        unsigned drop = 64 - 8 * page->prefix_size;

        if (page->prefix_size == 0 || (a ^ b) >> drop == 0) {
            return 0;
        }
        return a >> drop < b >> drop ? -1 : 1;
    }
    prefix = page_prefix(page);
    if (key.size > prefix.size) {
        key.size = prefix.size;
    }
    return slice_compare(key, prefix);
}

static inline struct wanted wanted_make(const struct page *page, vv_slice key)
{
    size_t prefix_size = page_prefix(page).size;
    struct wanted wanted = {.after = slice_make(key.data + prefix_size, key.size - prefix_size)};

    wanted.head = page_head_of(wanted.after.data, wanted.after.size);
    return wanted;
}

/* First slot whose head is >= head. count > 0. */
static inline unsigned head_lower_bound(const struct page *page, unsigned count, uint32_t head)
{
    uint32_t base = atomic_load_explicit(&page->hint_base, memory_order_relaxed);
    uint64_t scale = atomic_load_explicit(&page->hint_scale, memory_order_relaxed);
    uint64_t guess = head <= base ? 0 : ((head - base) * scale) >> 32;
    unsigned line = (unsigned)(guess < count ? guess : count - 1) & ~(LINE_SLOTS - 1);
    unsigned low = 0;
    unsigned high = count;

    for (unsigned tries = 0; tries < LINES_TRIED; tries++) {
        unsigned rank = line_rank(page, line, count, head);

        if (rank == LINE_SLOTS) { /* all before the key: it is further up */
            low = line + LINE_SLOTS;
            if (low >= high) {
                return high;
            }
            line += LINE_SLOTS;
        } else if (rank > 0 || line == 0) {
            return line + rank;
        } else { /* the answer is the first of this line or further down */
            high = line;
            if (low >= high) {
                return high;
            }
            line -= LINE_SLOTS;
        }
    }
    return head_bisect(page, low, high, head);
}

/* How many slots of the line [line, line + 8) have a smaller head, until the first that has not. */
static inline unsigned line_rank(const struct page *page, unsigned line, unsigned count,
                                 uint32_t head)
{
    unsigned valid = count - line < LINE_SLOTS ? count - line : LINE_SLOTS;
    unsigned smaller = 0;

#if SEARCH_SSE2
    const __m128i *at = (const __m128i *)(uintptr_t)&page_slots(page)[line];
    const __m128i sign = _mm_set1_epi32((int)0x80000000u);
    const __m128i wanted = _mm_set1_epi32((int)(head ^ 0x80000000u));
    __m128 low = _mm_shuffle_ps(_mm_castsi128_ps(_mm_load_si128(at)),
                                _mm_castsi128_ps(_mm_load_si128(at + 1)), 0xDD);
    __m128 high = _mm_shuffle_ps(_mm_castsi128_ps(_mm_load_si128(at + 2)),
                                 _mm_castsi128_ps(_mm_load_si128(at + 3)), 0xDD);
    __m128i low_less = _mm_cmpgt_epi32(wanted, _mm_xor_si128(_mm_castps_si128(low), sign));
    __m128i high_less = _mm_cmpgt_epi32(wanted, _mm_xor_si128(_mm_castps_si128(high), sign));

    smaller = (unsigned)_mm_movemask_ps(_mm_castsi128_ps(low_less)) |
              (unsigned)_mm_movemask_ps(_mm_castsi128_ps(high_less)) << 4;
#else
    for (unsigned i = 0; i < valid; i++) {
        smaller |= (unsigned)(page_slot_head(page_slot_load(page, line + i)) < head) << i;
    }
#endif
    smaller &= (1u << valid) - 1;
    smaller = (unsigned)__builtin_ctz(~smaller);
    return smaller == valid ? LINE_SLOTS : smaller;
}

static unsigned head_bisect(const struct page *page, unsigned low, unsigned high, uint32_t head)
{
    while (low < high) {
        unsigned middle = (low + high) / 2;

        if (page_slot_head(page_slot_load(page, middle)) < head) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* index is the first slot with the wanted head. The common case is that it is the only one. */
static struct page_position among_equal_heads(const struct page *page, unsigned index,
                                              unsigned count, const struct wanted *wanted)
{
    unsigned low = index;
    unsigned high = count;
    unsigned middle = index;

    while (low < high) {
        page_slot slot = page_slot_load(page, middle);
        int order = page_slot_head(slot) != wanted->head
                        ? (page_slot_head(slot) < wanted->head ? -1 : 1)
                        : tail_order(page, slot, wanted->after);

        if (order == 0) {
            return (struct page_position){middle, true};
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
        middle = (low + high) / 2;
    }
    return (struct page_position){low, false};
}

/* Prefix and head are equal. A missing byte counts as 0 in the head, so when one of the two keys ends in
 * it, the shorter is the smaller. */
static int tail_order(const struct page *page, page_slot slot, vv_slice after)
{
    size_t size = page_slot_key_size(slot);

    if (size <= PAGE_HEAD_BYTES || after.size <= PAGE_HEAD_BYTES) {
        return size < after.size ? -1 : size > after.size;
    }
    return slice_compare(page_slot_rest(page, slot),
                         slice_make(after.data + PAGE_HEAD_BYTES, after.size - PAGE_HEAD_BYTES));
}
