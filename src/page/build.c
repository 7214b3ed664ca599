/*
 * build.c - fresh pages from sorted entries.
 *
 * Two passes over the entries: build_shape() finds prefix, uniform row size and bytes, build_page()
 * writes. The prefix is no longer than it must be for the longest key to end within its head: what it
 * leaves out costs nothing and the next keys may differ there without a rebuild.
 */
#include "page/build.h"

#include "page/page_private.h"

#define PATTERN_RUN 3u                     /* so many inserts in a row make a pattern */
#define CUT_GROWTH  (2u * LIMIT_KEY_BYTES) /* two fences */

struct run_totals {
    size_t longest; /* key */
    size_t values;  /* bytes of rows and record addresses */
    unsigned row_size;
    bool uniform; /* every row in the page is of row_size */
};

static struct run_totals run_totals(const struct build_run *run);
static size_t frames_for(const struct build_shape *shape, size_t reserve_bytes);
static size_t shared_bytes(vv_slice a, vv_slice b);
static unsigned first_keyed(const struct build_run *run);
static size_t entry_key_size(const struct build_entry *entry);
static unsigned run_prefix_size(const struct build_run *run, size_t longest);
static size_t entry_bytes(const struct build_run *run, unsigned index, unsigned prefix_size,
                          unsigned row_size);
static size_t run_edge_bytes(const struct build_run *run, unsigned prefix_size);
static bool run_wants_split(const struct build_run *run, const struct build_shape *shape);
static bool cut_fits(const struct build_run *run, unsigned cut);
static void header_fill(struct page *page, const struct build_run *run,
                        const struct build_shape *shape);
static void edge_fill(struct page *page, const struct build_run *run);
static void slots_fill(struct page *page, const struct build_run *run);
static struct page_stored_key entry_stored_key(const struct build_entry *entry, size_t prefix_size,
                                               uint8_t *buffer);

/* ---- Entries -------------------------------------------------------------------------------- */

unsigned build_entries(const struct page *page, struct build_entry *entries_out)
{
    unsigned count = page_slot_count(page);

    for (unsigned i = 0; i < count; i++) {
        page_slot slot = page_slot_load(page, i);
        struct build_entry *entry = &entries_out[i];
        struct page_cell cell;

        *entry = (struct build_entry){.source = page, .slot = slot};
        if (page->kind == PAGE_INNER) {
            entry->child = page_child_load(page, slot);
            continue;
        }
        if (page_cell_read(page, slot, &cell)) {
            entry->value.record = cell.record;
            entry->value.form = page_slot_flags(slot) & (PAGE_SLOT_STUB | PAGE_SLOT_OVERFLOW);
            entry->value.row = cell.row;
        }
    }
    return count;
}

vv_slice build_entry_key(const struct build_entry *entry, uint8_t *buffer)
{
    if (entry->source == NULL) {
        return entry->key;
    }
    return slice_make(buffer, page_key_copy(entry->source, entry->slot, buffer));
}

static size_t entry_key_size(const struct build_entry *entry)
{
    return entry->source == NULL
               ? entry->key.size
               : (size_t)entry->source->prefix_size + page_slot_key_size(entry->slot);
}

/* ---- Shape ---------------------------------------------------------------------------------- */

struct build_shape build_shape(const struct build_run *run)
{
    struct run_totals totals = run_totals(run);
    struct build_shape shape = {.prefix_size = run_prefix_size(run, totals.longest),
                                .row_size = totals.row_size};
    size_t wanted = 0;

    shape.used_bytes = PAGE_HEADER_BYTES + run_edge_bytes(run, shape.prefix_size);
    if (run->kind == PAGE_LEAF && totals.uniform &&
        totals.longest <= shape.prefix_size + PAGE_HEAD_BYTES) {
        shape.used_bytes += totals.values + (size_t)run->count * PAGE_SLOT_BYTES;
    } else {
        for (unsigned i = 0; i < run->count; i++) {
            shape.used_bytes += entry_bytes(run, i, shape.prefix_size, shape.row_size);
        }
    }
    shape.fits = shape.used_bytes <= PAGE_BYTES_MAX;
    wanted = frames_for(&shape, run->reserve_bytes);
    build_reserve(&shape, run->reserve_bytes);
    shape.wants_split =
        run->count >= 2 && (wanted > LIMIT_PAGE_FRAMES || run_wants_split(run, &shape));
    return shape;
}

void build_reserve(struct build_shape *shape, size_t reserve_bytes)
{
    size_t wanted = frames_for(shape, reserve_bytes);

    shape->frame_count = wanted <= LIMIT_PAGE_FRAMES ? (unsigned)wanted : LIMIT_PAGE_FRAMES;
}

static size_t frames_for(const struct build_shape *shape, size_t reserve_bytes)
{
    return (shape->used_bytes + reserve_bytes + LIMIT_FRAME_BYTES - 1) / LIMIT_FRAME_BYTES;
}

/* One pass finds what most pages need: the longest key, the size that most rows have if one has the
 * majority (Boyer and Moore's vote), and the bytes of all values if it is the size of all. */
static struct run_totals run_totals(const struct build_run *run)
{
    struct run_totals totals = {.uniform = true};
    size_t winner = 0;
    unsigned votes = 0;
    unsigned seen = 0;

    for (unsigned i = 0; i < run->count; i++) {
        const struct build_entry *entry = &run->entries[i];
        const struct page_value *value = &entry->value;
        size_t key_size = i < first_keyed(run) ? 0 : entry_key_size(entry);

        totals.longest = key_size > totals.longest ? key_size : totals.longest;
        totals.values += value->row.size + (value->record != 0 ? 8 : 0);
        if (value->form != 0) {
            continue;
        }
        totals.uniform = totals.uniform && (seen == 0 || value->row.size == winner);
        winner = votes == 0 ? value->row.size : winner;
        votes = value->row.size == winner ? votes + 1 : votes - 1;
        seen++;
    }
    totals.row_size = (unsigned)winner;
    return totals;
}

/* A leaf whose rows are such that one frame less holds enough of them has no reason to grow. */
static bool run_wants_split(const struct build_run *run, const struct build_shape *shape)
{
    uint64_t below = (uint64_t)(shape->frame_count - 1) * LIMIT_FRAME_BYTES;

    if (run->kind == PAGE_INNER) {
        return shape->frame_count > BUILD_INNER_FRAMES;
    }
    return shape->frame_count > 1 &&
           run->count * below >= (uint64_t)BUILD_LEAF_ROWS * shape->used_bytes;
}

/* Slot 0 of an inner page stands for everything below slot 1: its key is not stored. */
static unsigned first_keyed(const struct build_run *run)
{
    return run->kind == PAGE_INNER ? 1 : 0;
}

static unsigned run_prefix_size(const struct build_run *run, size_t longest)
{
    uint8_t first_buffer[PAGE_KEY_BUFFER];
    uint8_t last_buffer[PAGE_KEY_BUFFER];
    unsigned first = first_keyed(run);
    size_t fences = run->high.data == NULL ? 0 : shared_bytes(run->low, run->high);
    size_t shared = 0;

    if (run->count <= first) {
        return (unsigned)fences;
    }
    shared = shared_bytes(build_entry_key(&run->entries[first], first_buffer),
                          build_entry_key(&run->entries[run->count - 1], last_buffer));
    if (shared + PAGE_HEAD_BYTES > longest) {
        shared = longest > PAGE_HEAD_BYTES ? longest - PAGE_HEAD_BYTES : 0;
    }
    if (run->prefix_limit != 0 && shared > run->prefix_limit) {
        shared = run->prefix_limit;
    }
    return (unsigned)(shared > fences ? shared : fences);
}

static size_t shared_bytes(vv_slice a, vv_slice b)
{
    size_t end = a.size < b.size ? a.size : b.size;
    size_t shared = 0;

    while (shared < end && a.data[shared] == b.data[shared]) {
        shared++;
    }
    return shared;
}

/* Slot and cell of an entry. */
static size_t entry_bytes(const struct build_run *run, unsigned index, unsigned prefix_size,
                          unsigned row_size)
{
    const struct build_entry *entry = &run->entries[index];
    size_t in_slot = prefix_size + PAGE_HEAD_BYTES;
    size_t key_size = index < first_keyed(run) ? 0 : entry_key_size(entry);
    size_t rest_size = key_size > in_slot ? key_size - in_slot : 0;

    if (run->kind == PAGE_INNER) {
        return PAGE_SLOT_BYTES + page_child_size(rest_size);
    }
    return PAGE_SLOT_BYTES + rest_size + page_value_size(&entry->value, row_size);
}

static size_t run_edge_bytes(const struct build_run *run, unsigned prefix_size)
{
    return page_edge_bytes(run->low.size, run->high.data == NULL ? 0 : run->high.size, prefix_size);
}

/* ---- Fill ----------------------------------------------------------------------------------- */

void build_page(struct page *page, const struct build_run *run, const struct build_shape *shape)
{
    VV_ASSERT(shape->used_bytes <= (size_t)shape->frame_count * LIMIT_FRAME_BYTES);
    header_fill(page, run, shape);
    edge_fill(page, run);
    slots_fill(page, run);
    page_hint_refresh(page);
    page->cell_stride = page_stride(page);
    VV_SLOW_ASSERT(page_verify(page) == NULL); /* P6 */
}

void build_empty(struct page *page, enum page_kind kind, unsigned frame_count, vv_slice low,
                 vv_slice high)
{
    struct build_run run = {.kind = kind, .low = low, .high = high};
    struct build_shape shape = build_shape(&run);

    VV_ASSERT(frame_count >= shape.frame_count && frame_count <= LIMIT_PAGE_FRAMES);
    shape.frame_count = frame_count;
    build_page(page, &run, &shape);
}

static void header_fill(struct page *page, const struct build_run *run,
                        const struct build_shape *shape)
{
    size_t edge = run_edge_bytes(run, shape->prefix_size);

    VV_ASSERT(run->low.size <= LIMIT_KEY_BYTES && run->high.size <= LIMIT_KEY_BYTES);
    VV_ASSERT(run->high.data != NULL || run->high.size == 0);
    memset(page, 0, PAGE_HEADER_BYTES);
    page->kind = (uint8_t)run->kind;
    page->frame_count = (uint8_t)shape->frame_count;
    page->row_size = (uint16_t)shape->row_size;
    page->prefix_size = (uint16_t)shape->prefix_size;
    page->low_size = (uint16_t)run->low.size;
    page->high_size = run->high.data == NULL ? PAGE_FENCE_INFINITE : (uint16_t)run->high.size;
    atomic_store_explicit(&page->cell_low, (uint32_t)(page_size(page) - edge),
                          memory_order_relaxed);
}

/* The prefix comes from the first entry, or from the low fence of an empty page. */
static void edge_fill(struct page *page, const struct build_run *run)
{
    uint8_t buffer[PAGE_KEY_BUFFER];
    uint8_t *end = (uint8_t *)page + page_size(page);
    uint8_t *edge = (uint8_t *)page + page_edge_offset(page);
    unsigned first = first_keyed(run);
    vv_slice key = run->count > first ? build_entry_key(&run->entries[first], buffer) : run->low;
    size_t inline_size =
        page->prefix_size < PAGE_PREFIX_INLINE ? page->prefix_size : PAGE_PREFIX_INLINE;

    memset(edge, 0, (size_t)(end - edge));
    end -= run->low.size;
    if (run->low.size != 0) {
        memcpy(end, run->low.data, run->low.size);
    }
    end -= run->high.size;
    if (run->high.size != 0) {
        memcpy(end, run->high.data, run->high.size);
    }
    end -= page->prefix_size;
    if (page->prefix_size != 0) {
        memcpy(end, key.data, page->prefix_size);
        memcpy(page->prefix_inline, key.data, inline_size);
    }
}

/* Nobody sees the page yet: plain stores, and count and free pointer once at the end. */
static void slots_fill(struct page *page, const struct build_run *run)
{
    uint8_t buffer[PAGE_KEY_BUFFER];
    size_t low = page_edge_offset(page);
    size_t prefix_size = page->prefix_size;
    bool inner = run->kind == PAGE_INNER;

    for (unsigned i = 0; i < run->count; i++) {
        const struct build_entry *entry = &run->entries[i];
        struct page_stored_key key = {0};
        page_slot slot;

        if (i > 0 || !inner) {
            key = entry_stored_key(entry, prefix_size, buffer);
        }
        slot = inner ? page_child_put(page, low, &key, entry->child)
                     : page_cell_put(page, low, &key, &entry->value);
        low = page_slot_offset(slot);
        atomic_store_explicit(&page_slots(page)[i], slot, memory_order_relaxed);
    }
    atomic_store_explicit(&page->cell_low, (uint32_t)low, memory_order_relaxed);
    atomic_store_explicit(&page->slot_count, (uint16_t)run->count, memory_order_relaxed);
}

/* A source with a prefix of the same size has the same prefix: both begin this key. Its parts are then
 * taken as they are. */
static inline struct page_stored_key entry_stored_key(const struct build_entry *entry,
                                                      size_t prefix_size, uint8_t *buffer)
{
    if (VV_LIKELY(entry->source != NULL && entry->source->prefix_size == prefix_size)) {
        return (struct page_stored_key){.size = page_slot_key_size(entry->slot),
                                        .head = page_slot_head(entry->slot),
                                        .rest = page_slot_rest(entry->source, entry->slot)};
    }
    return page_key_store(build_entry_key(entry, buffer), prefix_size);
}

/* ---- Split and merge ------------------------------------------------------------------------ */

enum build_pattern build_pattern(const struct page *page, unsigned new_index, unsigned count)
{
    if (new_index == page->insert_last + 1u && PAGE_PATTERN_ASCENDING(page) >= PATTERN_RUN &&
        new_index >= count / 2) {
        return BUILD_ASCENDING;
    }
    if (new_index == page->insert_last && PAGE_PATTERN_DESCENDING(page) >= PATTERN_RUN &&
        new_index < count / 2) {
        return BUILD_DESCENDING;
    }
    return BUILD_EVEN;
}

unsigned build_split(const struct build_run *run, enum build_pattern pattern, unsigned new_index)
{
    struct run_totals totals = run_totals(run);
    unsigned prefix_size = run_prefix_size(run, totals.longest);
    size_t total = 0;
    size_t left = 0;
    unsigned cut = 0;

    VV_ASSERT(run->count >= 2);
    if (pattern == BUILD_ASCENDING && new_index > 0) {
        return new_index;
    }
    if (pattern == BUILD_DESCENDING && new_index + 1 < run->count) {
        return new_index + 1;
    }
    for (unsigned i = 0; i < run->count; i++) {
        total += entry_bytes(run, i, prefix_size, totals.row_size);
    }
    while (cut + 1 < run->count && (cut == 0 || left < total / 2)) {
        left += entry_bytes(run, cut, prefix_size, totals.row_size);
        cut++;
    }
    return cut;
}

/* Parts of a nearly full page may not fit: a part has a fence more, and long keys when one without the prefix that the
 * others share comes to them. The middle helps the first, a cut beside the new key the second. */
unsigned build_cut(const struct build_run *run, const struct build_shape *whole,
                   enum build_pattern pattern, uint32_t new_index)
{
    unsigned cut = build_split(run, pattern, new_index);
    unsigned from = new_index < run->count ? new_index : run->count / 2;

    if (whole->used_bytes + CUT_GROWTH + (size_t)run->count * BYTES_VARINT_MAX <= PAGE_BYTES_MAX ||
        cut_fits(run, cut)) {
        return cut;
    }
    cut = build_split(run, BUILD_EVEN, new_index);
    for (unsigned away = 0; away < run->count && !cut_fits(run, cut); away++) {
        cut = away <= from && cut_fits(run, from - away) ? from - away : from + 1 + away;
    }
    return cut;
}

static bool cut_fits(const struct build_run *run, unsigned cut)
{
    uint8_t buffers[2][PAGE_KEY_BUFFER];
    struct build_run left = *run;
    struct build_run right = *run;

    if (cut == 0 || cut >= run->count) {
        return false;
    }
    left.count = cut;
    right.entries += cut;
    right.count -= cut;
    right.low = build_entry_key(&run->entries[cut], buffers[0]);
    if (run->kind == PAGE_LEAF) {
        right.low = build_separator(build_entry_key(&run->entries[cut - 1], buffers[1]), right.low);
    }
    left.high = right.low;
    return build_shape(&left).fits && build_shape(&right).fits;
}

unsigned build_take(const struct build_run *run, const struct build_shape *shape, size_t bytes)
{
    size_t taken = 0;
    unsigned count = 0;

    while (count < run->count) {
        taken += entry_bytes(run, count, shape->prefix_size, shape->row_size);
        if (taken > bytes && count > 0) {
            break;
        }
        count++;
    }
    return count;
}

void build_inherit(struct page *page, const struct page *replaced, uint32_t new_index)
{
    page->flags = (uint16_t)((page->flags & 0xFF00) | (replaced->flags & 0xFF));
    page->insert_last = replaced->insert_last;
    if (new_index != BUILD_NO_INDEX) {
        page_pattern_note(page, new_index);
    }
}

void build_appended(struct page *page)
{
    page->flags = (uint16_t)((page->flags & 0xFF00) | PAGE_PATTERN_MAX);
    page->insert_last = (uint16_t)(page_slot_count(page) - 1);
}

vv_slice build_separator(vv_slice left, vv_slice right)
{
    size_t shared = shared_bytes(left, right);

    VV_ASSERT(shared < right.size);
    return slice_make(right.data, shared + 1);
}

bool build_merges(const struct page *left, const struct page *right, unsigned fill_percent)
{
    const struct page *pages[2] = {left, right};
    size_t live = PAGE_HEADER_BYTES + 2 * LIMIT_KEY_BYTES;
    unsigned frames =
        left->frame_count > right->frame_count ? left->frame_count : right->frame_count;

    for (unsigned i = 0; i < 2; i++) {
        const struct page *page = pages[i];
        size_t low = atomic_load_explicit(&page->cell_low, memory_order_relaxed);
        size_t cells = page_edge_offset(page) - low - page->dead_bytes;

        live += cells + (size_t)page_slot_count(page) * (PAGE_SLOT_BYTES + page->prefix_size);
    }
    return live * 100 <= (size_t)frames * LIMIT_FRAME_BYTES * fill_percent;
}
