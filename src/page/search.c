/*
 * search.c - where is a key? One guess, one cache line, one comparison.
 *
 * The heads are numbers, so where a key stands can be guessed: (head - base) * scale. The cache line of
 * the guess (8 slots) is ranked at once with SIMD; if the answer is not in it, search gallops away from
 * it. Slots with an equal head are told apart by length and the key bytes in the
 * cell. The figures that chose this are in README.md.
 *
 * All of this may run beside a writer (P4): what it loads may be torn, so every index stays below
 * page_slot_count_unlatched() and every cell offset is checked.
 */
#include "page/page_private.h"

#define LINE_SLOTS 8u

/* The key, cut as the page cuts it. */
struct wanted {
    vv_slice after; /* what follows the prefix */
    uint32_t head;
};

static int wanted_cut(const struct page *page, vv_slice key, struct wanted *wanted_out);
static int wanted_cut_slow(const struct page *page, vv_slice key, struct wanted *wanted_out);
static void line_prefetch(uintptr_t at);
static void child_prefetch(const struct page *page, unsigned index, unsigned count, vv_slice key);
static unsigned guess_index(const struct page *page, unsigned count, uint32_t head);
static void cell_prefetch(const struct page *page, unsigned index);
static unsigned head_lower_bound(const struct page *page, unsigned guess, unsigned count,
                                 uint32_t head);
static unsigned line_rank(const struct page *page, unsigned line, unsigned count, uint32_t head);
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
    int order = wanted_cut(page, key, &wanted);
    unsigned guess = 0;
    page_slot slot = 0;

    if (VV_UNLIKELY(order != 0 || count == 0)) {
        position.index = order > 0 ? count : 0; /* P5: before or behind all residents */
        return position;
    }
    guess = guess_index(page, count, wanted.head);
    cell_prefetch(page, guess);
    slot = page_slot_load(page, guess);
    if (page_slot_head(slot) == wanted.head && tail_order(page, slot, wanted.after) == 0) {
        return (struct page_position){guess, true};
    }
    position.index = head_lower_bound(page, guess, count, wanted.head);
    if (position.index < count &&
        page_slot_head(page_slot_load(page, position.index)) == wanted.head) {
        return among_equal_heads(page, position.index, count, &wanted);
    }
    return position;
}

unsigned page_child_search_unlatched(const struct page *page, vv_slice key)
{
    struct page_position position = page_search_unlatched(page, key);
    unsigned count = page_slot_count_unlatched(page);
    unsigned index = position.exact || position.index == 0 ? position.index : position.index - 1;

    if (position.exact && position.index == 0 && count > 1 &&
        page_key_compare(page, page_slot_load(page, 1), key) == 0) {
        index = 1; /* slot 0 has no key: it only looked equal to a key that is just the prefix */
    }
    if (VV_LIKELY(index < count)) {
        child_prefetch(page, index, count, key);
    }
    return index;
}

/*
 * A leaf is three misses one behind the other: header, slot, cell. The parent knows the separators around
 * the child and, from the child word, how full it is: that is enough to ask for all three lines at once.
 * A wrong guess costs bandwidth only.
 */
static inline void child_prefetch(const struct page *page, unsigned index, unsigned count,
                                  vv_slice key)
{
    page_slot slot = page_slot_load(page, index);
    uint64_t child = page_child_load(page, slot);
    uintptr_t at = (uintptr_t)page_child_page(child); /* maybe no page: never read here */
    struct page_fill fill = page_fill_of(child);
    struct wanted wanted;
    uint32_t low = page_slot_head(slot);
    uint32_t high = 0;
    float share = 0;
    unsigned cells = LIMIT_FRAME_BYTES - fill.edge_bytes - fill.cell_low;

    if (page_child_form(child) > PAGE_CHILD_COOL) {
        return;
    }
    line_prefetch(at);
    if (fill.slot_count == 0) { /* several frames: few large rows, whose slots stand in front */
        line_prefetch(at + PAGE_HEADER_BYTES);
        line_prefetch(at + PAGE_HEADER_BYTES + 64);
        line_prefetch(at + fill.frame_count * LIMIT_FRAME_BYTES - 1); /* a long prefix */
        line_prefetch(at + fill.frame_count * LIMIT_FRAME_BYTES - 65);
        return;
    }
    if (index == 0 || index + 1 >= count || wanted_cut(page, key, &wanted) != 0) {
        return;
    }
    high = page_slot_head(page_slot_load(page, index + 1));
    if (wanted.head < low || wanted.head >= high || cells > LIMIT_FRAME_BYTES) {
        return;
    }
    share = (float)(wanted.head - low) / (float)(high - low);
    line_prefetch(at + PAGE_HEADER_BYTES +
                  PAGE_SLOT_BYTES * (size_t)(share * (float)fill.slot_count));
    line_prefetch(at + LIMIT_FRAME_BYTES - fill.edge_bytes - (size_t)(share * (float)cells) - 1);
}

static inline void line_prefetch(uintptr_t at)
{
    __builtin_prefetch((const void *)at);
}

int page_key_compare(const struct page *page, page_slot slot, vv_slice key)
{
    struct wanted wanted;
    int order = wanted_cut(page, key, &wanted);

    if (order != 0) {
        return -order;
    }
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

/* Takes the prefix off the key. Returns 0 if it begins with it, < 0 if the key is before every key that
 * does, > 0 if it is behind them; *wanted_out is then not set. */
static inline int wanted_cut(const struct page *page, vv_slice key, struct wanted *wanted_out)
{
    unsigned prefix_size = page->prefix_size;
    uint64_t a = 0;
    uint64_t b = 0;

    if (VV_UNLIKELY(prefix_size > 7 || key.size < 8)) {
        return wanted_cut_slow(page, key, wanted_out);
    }
    a = bytes_load64_big(key.data);
    b = bytes_load64_big(page->prefix_inline);
    if (prefix_size != 0 && VV_UNLIKELY((a ^ b) >> (64 - 8 * prefix_size) != 0)) {
        return a >> (64 - 8 * prefix_size) < b >> (64 - 8 * prefix_size) ? -1 : 1;
    }
    wanted_out->after = slice_make(key.data + prefix_size, key.size - prefix_size);
    wanted_out->head = key.size == 8 ? (uint32_t)((a << (8 * prefix_size)) >> 32)
                                     : page_head_of(wanted_out->after.data, wanted_out->after.size);
    return 0;
}

static int wanted_cut_slow(const struct page *page, vv_slice key, struct wanted *wanted_out)
{
    vv_slice prefix = page_prefix(page);
    vv_slice begin = slice_make(key.data, key.size < prefix.size ? key.size : prefix.size);
    int order = slice_compare(begin, prefix);

    if (order == 0) {
        wanted_out->after = slice_make(key.data + prefix.size, key.size - prefix.size);
        wanted_out->head = page_head_of(wanted_out->after.data, wanted_out->after.size);
    }
    return order;
}

/* < count, which is > 0. */
static inline unsigned guess_index(const struct page *page, unsigned count, uint32_t head)
{
    uint32_t base = atomic_load_explicit(&page->hint_base, memory_order_relaxed);
    uint64_t scale = atomic_load_explicit(&page->hint_scale, memory_order_relaxed);
    uint64_t guess = head <= base ? 0 : ((head - base) * scale) >> 32;

    guess += page->kind == PAGE_INNER;
    return (unsigned)(guess < count ? guess : count - 1);
}

/* In a settled page cells stand in slot order: while the slot is on its way, so is its cell. */
static inline void cell_prefetch(const struct page *page, unsigned index)
{
    line_prefetch((uintptr_t)page + page_edge_offset(page) -
                  (size_t)page->cell_stride * (index + 1));
}

/* First slot whose head is >= head. guess < count. Gallops from the guess line by line, then bisects
 * lines; each round moves low up or high down, whatever is read. */
static inline unsigned head_lower_bound(const struct page *page, unsigned guess, unsigned count,
                                        uint32_t head)
{
    unsigned line = guess & ~(LINE_SLOTS - 1);
    unsigned low = 0;      /* slots below it are smaller */
    unsigned high = count; /* slots from it on are not */
    unsigned stride = 0;

    for (;;) {
        unsigned rank = line_rank(page, line, count, head);

        if (rank > 0 && rank < LINE_SLOTS) {
            return line + rank;
        }
        low = rank == LINE_SLOTS ? line + LINE_SLOTS : low;
        high = rank == LINE_SLOTS ? high : line;
        if (low >= high) {
            return high;
        }
        if (low > 0 && high < count) {
            line = (low + high) / 2 & ~(LINE_SLOTS - 1);
        } else if (low > 0) {
            line = low + stride < high ? low + stride : (high - 1) & ~(LINE_SLOTS - 1);
        } else {
            line =
                high > LINE_SLOTS + stride ? (high - LINE_SLOTS - stride) & ~(LINE_SLOTS - 1) : 0;
        }
        stride = 2 * stride + LINE_SLOTS;
    }
}

/* How many slots of the line [line, line + 8) have a smaller head, until the first that has not. */
static inline unsigned line_rank(const struct page *page, unsigned line, unsigned count,
                                 uint32_t head)
{
    unsigned valid = count - line < LINE_SLOTS ? count - line : LINE_SLOTS;
    unsigned smaller = 0;

#if PAGE_SSE2
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
