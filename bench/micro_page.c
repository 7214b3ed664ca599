/*
 * micro_page.c - the page alone: which search, which update, which memory.
 *
 *     micro_page --help
 *
 * A static tree of pages (no latches, no versions) is built bottom up by build_page(). Gets are measured
 * independent (the next key does not depend on the last row) and dependent (it does), by three kernels:
 * the product's guess, bisection of heads, and bisection with 8 sampled heads before it. Key shapes:
 * dense integers, random integers, and YCSB's text keys. Then updates in the page against out of line,
 * and everything again in 4 KB pages of the system instead of huge ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "base/hash.h"
#include "base/rng.h"
#include "page/build.h"

#define KEY_BYTES_MAX 24
#define LEVELS_MAX    8
#define BATCH         1024
#define KERNELS       4
#define ROUNDS        5 /* the kernels take turns; the best round counts: other work disturbs */

enum key_shape { KEYS_DENSE, KEYS_RANDOM, KEYS_TEXT, KEY_SHAPES };
static const char *const shape_names[] = {"dense integers", "random integers", "text user..."};

struct forest {
    enum key_shape shape;
    uint64_t row_count;
    uint64_t *sorted; /* of random and text keys: the numbers behind them, ascending */
    uint8_t *memory;  /* all pages */
    size_t memory_size;
    size_t used;
    struct page *root;
    unsigned height; /* levels above the leaves */
    uint64_t page_count;
    uint64_t rebuilds;
    uint64_t *outside; /* rows out of line, 2 words each */
};

static uint64_t operations_max = UINT64_MAX; /* of one figure */

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- Keys and pages ------------------------------------------------------------------------- */

static size_t key_of(const struct forest *forest, uint64_t i, uint8_t *key)
{
    if (forest->shape == KEYS_TEXT) {
        char text[KEY_BYTES_MAX + 1];

        snprintf(text, sizeof text, "user%019llu", (unsigned long long)forest->sorted[i]);
        memcpy(key, text, 23);
        return 23;
    }
    bytes_store64_big(key, (1ull << 63) + (forest->shape == KEYS_DENSE ? i : forest->sorted[i]));
    return 8;
}

static struct page *take_frames(struct forest *forest, unsigned count)
{
    struct page *page = (struct page *)(void *)(forest->memory + forest->used);

    forest->used += (size_t)count * LIMIT_FRAME_BYTES;
    if (forest->used > forest->memory_size) {
        fprintf(stderr, "out of frames\n");
        exit(1);
    }
    forest->page_count++;
    return page;
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Cuts `entries` into pages of one kind, filled to fill percent; the pages' entries for the level above
 * go to parents_out. */
static unsigned level_build(struct forest *forest, enum page_kind kind, struct build_entry *entries,
                            unsigned count, unsigned per_page, struct build_entry *parents_out)
{
    unsigned pages = 0;

    for (unsigned at = 0; at < count; at += per_page) {
        unsigned size = count - at < per_page ? count - at : per_page;
        struct build_run run = {.kind = kind, .entries = entries + at, .count = size};
        struct build_shape shape;
        struct page *page = NULL;

        run.low = at == 0 ? slice_make("", 0) : entries[at].key;
        run.high = at + size < count ? entries[at + size].key : slice_make(NULL, 0);
        shape = build_shape(&run);
        page = take_frames(forest, shape.frame_count);
        build_page(page, &run, &shape);
        parents_out[pages] = (struct build_entry){.key = run.low, .child = page_child_hot(page)};
        pages++;
    }
    return pages;
}

static void forest_build(struct forest *forest)
{
    struct build_entry *entries = calloc(forest->row_count, sizeof *entries);
    uint8_t *keys = malloc(forest->row_count * KEY_BYTES_MAX);
    uint64_t *rows = malloc(forest->row_count * sizeof *rows);
    unsigned count = (unsigned)forest->row_count;
    unsigned per_page = forest->shape == KEYS_TEXT ? 100 : 220;
    enum page_kind kind = PAGE_LEAF;

    for (unsigned i = 0; i < count; i++) {
        uint8_t *key = keys + (size_t)i * KEY_BYTES_MAX;

        rows[i] = i;
        entries[i].key = slice_make(key, key_of(forest, i, key));
        entries[i].value.row = slice_make(&rows[i], sizeof rows[i]);
    }
    forest->height = 0;
    for (;;) {
        count = level_build(forest, kind, entries, count, per_page, entries);
        if (count == 1) {
            break;
        }
        kind = PAGE_INNER;
        per_page = 4000u / (forest->shape == KEYS_TEXT ? 2 : 1) / 4 * BUILD_INNER_FRAMES / 4;
        forest->height++;
    }
    forest->root = page_child_page(entries[0].child);
    free(rows);
    free(keys);
    free(entries);
}

static void forest_open(struct forest *forest, enum key_shape shape, uint64_t row_count, bool huge)
{
    size_t room = (size_t)row_count * 128 + (64u << 20);
    uint8_t *at = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct rng rng;

    if (at == MAP_FAILED) {
        perror("mmap");
        exit(1);
    }
    madvise(at, room, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
    *forest =
        (struct forest){.shape = shape, .row_count = row_count, .memory = at, .memory_size = room};
    forest->sorted = malloc(row_count * sizeof *forest->sorted);
    rng_init(&rng, 42);
    for (uint64_t i = 0; i < row_count; i++) {
        forest->sorted[i] = rng_next(&rng) >> 1;
    }
    qsort(forest->sorted, row_count, sizeof *forest->sorted, compare_numbers);
    forest->outside = malloc(row_count * 16);
    forest_build(forest);
}

static void forest_close(struct forest *forest)
{
    munmap(forest->memory, forest->memory_size);
    free(forest->sorted);
    free(forest->outside);
}

/* ---- Kernels -------------------------------------------------------------------------------- */

typedef struct page_position (*search_kernel)(const struct page *page, vv_slice key);

/* Keys lie in buffers of KEY_BYTES_MAX and more, so loading four bytes is safe. */
static uint32_t key_head(const struct page *page, vv_slice key)
{
    size_t size = key.size - page->prefix_size;
    uint32_t head = bytes_load32_big(key.data + page->prefix_size);

    return size >= 4 ? head : size == 0 ? 0 : head & ~(uint32_t)0 << (32 - 8 * size);
}

static struct page_position finish(const struct page *page, unsigned low, vv_slice key)
{
    struct page_position position = {low, false};
    unsigned count = page_slot_count(page);

    while (position.index < count) {
        int order = page_key_compare(page, page_slot_load(page, position.index), key);

        if (order >= 0) {
            position.exact = order == 0;
            break;
        }
        position.index++;
    }
    return position;
}

static unsigned bisect(const struct page *page, unsigned low, unsigned high, uint32_t head)
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

static struct page_position search_bisect(const struct page *page, vv_slice key)
{
    unsigned first = page->kind == PAGE_INNER;

    if (!page_takes_key(page, key)) {
        return page_search(page, key);
    }
    return finish(page, bisect(page, first, page_slot_count(page), key_head(page, key)), key);
}

/* 8 heads in page->owner stand for hints in the header. */
static struct page_position search_sampled(const struct page *page, vv_slice key)
{
    const uint32_t *samples = (const uint32_t *)(const void *)page->owner;
    unsigned count = page_slot_count(page);
    unsigned step = (count + 7) / 8;
    unsigned first = page->kind == PAGE_INNER;
    uint32_t head = 0;
    unsigned i = 1;
    unsigned high = 0;

    if (!page_takes_key(page, key)) {
        return page_search(page, key);
    }
    head = key_head(page, key);
    while (i < 8 && i * step < count && samples[i] < head) {
        i++;
    }
    high = i * step + 1 < count ? i * step + 1 : count;
    return finish(page, bisect(page, (i - 1) * step + first, high, head), key);
}

static void samples_fill(struct forest *forest)
{
    struct page *page = (struct page *)(void *)forest->memory;

    for (uint64_t i = 0; i < forest->page_count; i++) {
        uint32_t *samples = (uint32_t *)(void *)page->owner;
        unsigned count = page_slot_count(page);
        unsigned step = (count + 7) / 8;

        for (unsigned s = 0; s < 8; s++) {
            samples[s] = s * step < count ? page_slot_head(page_slot_load(page, s * step)) : ~0u;
        }
        page = (struct page *)(void *)((uint8_t *)page + page_size(page));
    }
}

static struct page *leaf_of(const struct forest *forest, vv_slice key, search_kernel search)
{
    struct page *page = forest->root;

    for (unsigned i = 0; i < forest->height; i++) {
        struct page_position position;
        unsigned index = 0;

        if (search == page_search_unlatched) {
            index = page_child_search_unlatched(page, key);
        } else {
            position = search(page, key);
            index = position.exact || position.index == 0 ? position.index : position.index - 1;
        }
        page = page_child_page(page_child_load(page, page_slot_load(page, index)));
    }
    return page;
}

static inline uint64_t get(const struct forest *forest, vv_slice key, search_kernel search)
{
    struct page *leaf = leaf_of(forest, key, search);
    struct page_position position = search(leaf, key);
    page_slot slot = page_slot_load(leaf, position.index);
    struct page_cell cell;

    page_cell_read(leaf, slot, &cell);
    if ((slot & PAGE_SLOT_STUB) != 0) {
        return *(const uint64_t *)(uintptr_t)page_cell_stub(&cell);
    }
    return bytes_load64(cell.row.data);
}

/* ---- Figures -------------------------------------------------------------------------------- */

/* Nanoseconds a get. The keys are made beforehand; dependent: the last row is mixed into the choice. */
static double measure_gets(const struct forest *forest, search_kernel search, bool dependent,
                           double seconds)
{
    unsigned key_count = 1u << 16;
    uint8_t(*keys)[KEY_BYTES_MAX] = malloc((size_t)key_count * KEY_BYTES_MAX);
    uint64_t *numbers = malloc(key_count * sizeof *numbers);
    size_t key_size = 0;
    uint64_t last = 0;
    uint64_t done = 0;
    uint64_t sum = 0;
    struct rng rng;
    double start;

    rng_init(&rng, 7);
    for (unsigned i = 0; i < key_count; i++) {
        numbers[i] = rng_below(&rng, forest->row_count);
        key_size = key_of(forest, numbers[i], keys[i]);
    }
    start = now();
    do {
        for (unsigned i = 0; i < BATCH; i++, done++) {
            unsigned pick = (unsigned)(done + (dependent ? last >> 63 : 0)) % key_count;

            last = get(forest, slice_make(keys[pick], key_size), search);
            sum += last ^ numbers[pick];
        }
    } while (now() - start < seconds && done < operations_max);
    if (sum != 0) {
        fprintf(stderr, "wrong rows\n");
        exit(1);
    }
    free(keys);
    free(numbers);
    return (now() - start) * 1e9 / (double)done;
}

static void rebuild(struct forest *forest, struct page *page)
{
    static struct build_entry entries[PAGE_SLOTS_MAX];
    static _Alignas(4096) uint8_t fresh[PAGE_BYTES_MAX];
    struct build_run run = {.kind = PAGE_LEAF, .low = page_low(page), .entries = entries};
    struct build_shape shape;

    page_high(page, &run.high);
    run.count = build_entries(page, entries);
    for (unsigned i = 0; i < run.count; i++) {
        entries[i].value.record = 0;
        if (entries[i].value.form != 0) {
            entries[i].value.form = 0;
            entries[i].value.row =
                slice_make((const void *)(uintptr_t)bytes_load64(entries[i].value.row.data), 8);
        }
    }
    shape = build_shape(&run);
    build_page((struct page *)(void *)fresh, &run, &shape);
    memcpy(page, fresh, (size_t)shape.frame_count * LIMIT_FRAME_BYTES);
    forest->rebuilds++;
}

/* Nanoseconds a row when every leaf is rebuilt as it is. */
static double measure_rebuilds(struct forest *forest)
{
    struct page *page = (struct page *)(void *)forest->memory;
    double start = now();

    while (page->kind == PAGE_LEAF) {
        rebuild(forest, page);
        page = (struct page *)(void *)((uint8_t *)page + page_size(page));
    }
    return (now() - start) * 1e9 / (double)forest->row_count;
}

/* One update of every row in scattered order; the new row in the page, or outside behind a stub. */
static double measure_updates(struct forest *forest, bool outside)
{
    uint64_t count = forest->row_count;
    double start = now();

    forest->rebuilds = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t n = i * 2654435761u % count;
        uint8_t key[KEY_BYTES_MAX];
        vv_slice sought = slice_make(key, key_of(forest, n, key));
        struct page *leaf = leaf_of(forest, sought, page_search_unlatched);
        struct page_position position = page_search(leaf, sought);
        page_slot slot = page_slot_load(leaf, position.index);
        uint64_t address = (uint64_t)(uintptr_t)&forest->outside[n * 2];
        struct page_value value = {.record = 8, .row = slice_make(&n, 8)};

        if (outside) {
            forest->outside[n * 2] = n;
            value.form = PAGE_SLOT_STUB;
            value.row = slice_make(&address, 8);
        }
        if (!page_fits_swing(leaf, slot, &value)) {
            rebuild(forest, leaf);
            slot = page_slot_load(leaf, position.index);
        }
        page_slot_swing(leaf, position.index, page_cell_write_same(leaf, slot, &value));
    }
    return (now() - start) * 1e9 / (double)count;
}

struct heap { /* of leaves in key order, without a tree above */
    struct page **pages;
    unsigned count;
};

static unsigned heap_find(const struct heap *heap, vv_slice key)
{
    unsigned low = 0;
    unsigned high = heap->count;

    while (high - low > 1) {
        unsigned middle = (low + high) / 2;

        if (slice_compare(page_low(heap->pages[middle]), key) <= 0) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct page *heap_build(struct build_run run)
{
    struct build_shape shape = build_shape(&run);
    struct page *page =
        aligned_alloc(LIMIT_FRAME_BYTES, (size_t)shape.frame_count * LIMIT_FRAME_BYTES);

    build_page(page, &run, &shape);
    return page;
}

/* Replaces a full page by a larger one or by two, with the new entry at `index`. */
static void heap_replace(struct heap *heap, unsigned at, unsigned index, struct build_entry fresh)
{
    static struct build_entry entries[PAGE_SLOTS_MAX + 1];
    struct page *old = heap->pages[at];
    struct build_run run = {.kind = PAGE_LEAF, .entries = entries, .low = page_low(old)};
    uint8_t buffer[PAGE_KEY_BUFFER];

    run.count = build_entries(old, entries);
    memmove(&entries[index + 1], &entries[index], (run.count - index) * sizeof *entries);
    entries[index] = fresh;
    run.count++;
    page_high(old, &run.high);
    if (build_shape(&run).wants_split) {
        struct build_run right = run;
        unsigned cut = build_split(&run, BUILD_EVEN, 0);

        right.entries += cut;
        right.count -= cut;
        right.low = build_entry_key(&entries[cut], buffer);
        run.count = cut;
        run.high = right.low;
        memmove(&heap->pages[at + 2], &heap->pages[at + 1],
                (heap->count - at - 1) * sizeof *heap->pages);
        heap->pages[at + 1] = heap_build(right);
        heap->count++;
    }
    heap->pages[at] = heap_build(run);
    free(old);
}

/* Bytes a row after inserts in random order, pages growing and splitting as the policy says. */
static double random_fill(size_t row_size, unsigned count)
{
    struct heap heap = {.pages = calloc(count, sizeof *heap.pages), .count = 1};
    uint8_t row[4096] = {0};
    size_t bytes = 0;

    heap.pages[0] = aligned_alloc(LIMIT_FRAME_BYTES, LIMIT_FRAME_BYTES);
    build_empty(heap.pages[0], PAGE_LEAF, 1, slice_make("", 0), slice_make(NULL, 0));
    for (unsigned i = 0; i < count; i++) {
        uint8_t key_bytes[8];
        vv_slice key = slice_make(key_bytes, 8);
        struct page_value value = {.row = slice_make(row, row_size)};
        unsigned at = 0;
        unsigned index = 0;
        struct page *page = NULL;

        bytes_store64_big(key_bytes, hash_word(i + 1));
        at = heap_find(&heap, key);
        page = heap.pages[at];
        index = page_search(page, key).index;
        if (page_fits_insert(page, key, &value)) {
            page_slot_insert(page, index, page_cell_write(page, key, &value));
        } else {
            heap_replace(&heap, at, index, (struct build_entry){.key = key, .value = value});
        }
    }
    for (unsigned i = 0; i < heap.count; i++) {
        bytes += page_size(heap.pages[i]);
        free(heap.pages[i]);
    }
    free(heap.pages);
    return (double)bytes / count;
}

/* The guess without what the parent knows about its children. */
static struct page_position search_alone(const struct page *page, vv_slice key)
{
    return page_search_unlatched(page, key);
}

static void measure(enum key_shape shape, uint64_t rows, bool huge, double seconds)
{
    static const struct {
        const char *name;
        search_kernel kernel;
    } kernels[] = {{"product", page_search_unlatched},
                   {"guess", search_alone},
                   {"sampled", search_sampled},
                   {"bisect", search_bisect}};
    struct forest forest;
    double best[KERNELS][2];

    forest_open(&forest, shape, rows, huge);
    samples_fill(&forest);
    printf("%s, %s: %.1f bytes a row, height %u\n", shape_names[shape],
           huge ? "huge pages" : "4 KB pages", (double)forest.used / (double)rows, forest.height);
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < KERNELS; i++) {
            double independent = measure_gets(&forest, kernels[i].kernel, false, seconds / ROUNDS);
            double dependent = measure_gets(&forest, kernels[i].kernel, true, seconds / ROUNDS);

            best[i][0] = round == 0 || independent < best[i][0] ? independent : best[i][0];
            best[i][1] = round == 0 || dependent < best[i][1] ? dependent : best[i][1];
        }
    }
    for (unsigned i = 0; i < KERNELS; i++) {
        printf("  get %-8s %6.0f ns independent %6.0f ns dependent\n", kernels[i].name, best[i][0],
               best[i][1]);
    }
    printf("  rebuild      %6.1f ns a row\n", measure_rebuilds(&forest));
    for (unsigned outside = 0; outside < 2 && shape == KEYS_DENSE; outside++) {
        const char *where = outside ? "out of line" : "in the page";
        double update = measure_updates(&forest, outside != 0);
        double after = measure_gets(&forest, page_search_unlatched, false, seconds);

        printf("  update %-12s %5.0f ns (%.2f rebuilds a page), get afterwards %4.0f ns\n", where,
               update, (double)forest.rebuilds / (double)forest.page_count, after);
    }
    forest_close(&forest);
}

static const char usage[] =
    "usage: micro_page [OPTION...]\n"
    "  --rows N        rows of each tree of pages (1000000)\n"
    "  --operations N  operations of one figure and round (default: as many as fit --seconds)\n"
    "  --seconds S     how long one figure is measured (0.3); about 60 figures, some minutes in "
    "all\n"
    "  --help          this text\n"
    "Gets by four searches over three shapes of keys, independent and dependent; updates in the "
    "page and out of\n"
    "line; the same in pages of the system instead of huge ones; bytes a row after fills in random "
    "order.\n";

/* 0: not a number above 0. */
static double number_of(const char *text)
{
    char *end = NULL;
    double number = strtod(text, &end);

    return end == text || *end != '\0' || !(number > 0) ? 0 : number;
}

int main(int argc, char **argv)
{
    uint64_t rows = 1000000;
    double seconds = 0.3;
    static const size_t row_sizes[] = {8, 100, 300, 1024, 3000};

    for (int i = 1; i < argc; i += 2) {
        double number = i + 1 < argc ? number_of(argv[i + 1]) : 0;

        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return 0;
        }
        if (number > 0 && strcmp(argv[i], "--rows") == 0) {
            rows = (uint64_t)number;
        } else if (number > 0 && strcmp(argv[i], "--seconds") == 0) {
            seconds = number;
        } else if (number >= 1 && strcmp(argv[i], "--operations") == 0) {
            operations_max = (uint64_t)number;
        } else {
            fputs(usage, stderr);
            return 2;
        }
    }
    for (unsigned shape = 0; shape < KEY_SHAPES; shape++) {
        measure((enum key_shape)shape, rows, true, seconds);
    }
    measure(KEYS_DENSE, rows, false, seconds);
    for (unsigned i = 0; i < sizeof row_sizes / sizeof row_sizes[0]; i++) {
        unsigned count = row_sizes[i] < 1000 ? 50000 : 10000;

        printf("random order, rows of %4zu bytes: %.1f bytes a row\n", row_sizes[i],
               random_fill(row_sizes[i], count));
    }
    return 0;
}
