/* Slots and cells against a sorted array. */
#include "test.h"

#include "page_fixture.h"

static void one_insert(struct model *model, struct page **page, struct rng *rng);
static void one_update(struct model *model, struct page **page, struct rng *rng);
static void one_remove(struct model *model, struct page *page, struct rng *rng);
static void one_settle(struct model *model, struct page *page, struct rng *rng);
static void check_search(const struct model *model, const struct page *page, struct rng *rng);
static void replace(struct model *model, struct page **page);
static vv_slice random_row(struct rng *rng, uint8_t *buffer);

/* P1, P2, P3, P5: any mixture of inserts, updates, removals, rebuilds and splits. */
static void run_model(unsigned key_style, unsigned steps)
{
    struct model *model = calloc(1, sizeof *model);
    struct page *page = frames_new(1);
    struct rng rng;

    model->key_style = key_style;
    rng_init(&rng, test_seed(7 + key_style));
    build_empty(page, PAGE_LEAF, 1, slice_make("", 0), slice_make(NULL, 0));
    for (unsigned i = 0; i < steps; i++) {
        uint64_t dice = rng_below(&rng, 10);

        if (dice < 6 || model->count == 0) {
            one_insert(model, &page, &rng);
        } else if (dice < 8) {
            one_update(model, &page, &rng);
        } else if (dice < 9) {
            one_settle(model, page, &rng);
        } else {
            one_remove(model, page, &rng);
        }
        check_search(model, page, &rng);
        if (i % 16 == 0) {
            model_check(model, page);
        }
    }
    model_check(model, page);
    model_clear(model);
    free(page);
    free(model);
}

TEST(model_tiny_alphabet)
{
    run_model(0, 3000);
}

TEST(model_integers)
{
    run_model(1, 3000);
}

TEST(model_long_shared_prefix)
{
    run_model(2, 1500);
}

TEST(model_mixed)
{
    run_model(3, 3000);
}

static void one_insert(struct model *model, struct page **page, struct rng *rng)
{
    uint8_t key_buffer[LIMIT_KEY_BYTES];
    uint8_t row_buffer[2000];
    vv_slice key = model_random_key(model, rng, key_buffer);
    struct page_value value = {.record = rng_below(rng, 3) == 0 ? 0x1234567890u : 0,
                               .row = random_row(rng, row_buffer)};
    struct page_position position = page_search(*page, key);
    bool exact = false;
    unsigned index = model_lower_bound(model, key, &exact);

    TEST_EQUAL(index, position.index);
    TEST_EQUAL(exact, position.exact);
    if (exact || !page_covers(*page, key)) {
        return;
    }
    model_insert(model, index, key, value.row, value.record);
    if (page_fits_insert(*page, key, &value)) {
        size_t free_before = page_free_bytes(*page);
        size_t size = page_cell_size(*page, key.size, &value);

        page_slot_insert(*page, index, page_cell_write(*page, key, &value));
        TEST_EQUAL(free_before - size - PAGE_SLOT_BYTES, page_free_bytes(*page));
    } else {
        replace(model, page);
    }
}

static void one_update(struct model *model, struct page **page, struct rng *rng)
{
    uint8_t row_buffer[2000];
    unsigned index = (unsigned)rng_below(rng, model->count);
    struct page_value value = {.record = rng_below(rng, 2) == 0 ? 0x99887766u : 0,
                               .row = random_row(rng, row_buffer)};
    page_slot slot = page_slot_load(*page, index);

    model_set(model, index, value.row, value.record);
    if (page_fits_swing(*page, slot, &value)) {
        struct page_cell before;
        struct page_cell after;
        uint8_t first = 0;

        TEST_TRUE(page_cell_read(*page, slot, &before));
        first = before.row.size == 0 ? 0 : before.row.data[0];
        page_slot_swing(*page, index, page_cell_write_same(*page, slot, &value));
        TEST_TRUE(page_cell_read(*page, slot, &after)); /* P2: the old cell is still there */
        TEST_TRUE(slice_equal(before.row, after.row));
        TEST_EQUAL(first, after.row.size == 0 ? 0 : after.row.data[0]);
    } else {
        replace(model, page);
    }
}

static void one_remove(struct model *model, struct page *page, struct rng *rng)
{
    unsigned index = (unsigned)rng_below(rng, model->count);

    page_slot_remove(page, index);
    model_remove(model, index);
}

/* P2: only the slot changes; who holds the old one still reads record and row. */
static void one_settle(struct model *model, struct page *page, struct rng *rng)
{
    unsigned index = (unsigned)rng_below(rng, model->count);
    page_slot slot = page_slot_load(page, index);
    struct page_value value = model_value(model, index);
    struct page_cell before;
    struct page_cell after;

    if (value.record == 0) {
        return;
    }
    page_slot_settle(page, index);
    model->rows[index].record = 0;
    TEST_TRUE(page_cell_read(page, slot, &before));
    TEST_TRUE(page_cell_read(page, page_slot_load(page, index), &after));
    TEST_EQUAL(value.record, before.record);
    TEST_EQUAL(0, after.record);
    TEST_TRUE(before.row.data == after.row.data);
}

static void check_search(const struct model *model, const struct page *page, struct rng *rng)
{
    uint8_t buffer[LIMIT_KEY_BYTES];
    vv_slice key = model_random_key(model, rng, buffer);
    struct page_position position = page_search(page, key);
    bool exact = false;
    unsigned index = model_lower_bound(model, key, &exact);

    TEST_EQUAL(index, position.index);
    TEST_EQUAL(exact, position.exact);
}

/* What the tree does when a page is full: a replacement, or a split of which we keep the right half. */
static void replace(struct model *model, struct page **page)
{
    struct build_entry *entries = calloc(model->count, sizeof *entries);
    uint8_t low[LIMIT_KEY_BYTES];
    vv_slice high;
    struct build_run run = {.kind = PAGE_LEAF, .entries = entries, .count = model->count};
    struct build_shape shape;
    struct page *fresh = NULL;

    page_high(*page, &high);
    run.high = high;
    run.low = page_low(*page);
    for (unsigned i = 0; i < model->count; i++) {
        entries[i].key = model_key(model, i);
        entries[i].value = model_value(model, i);
    }
    shape = build_shape(&run);
    if (shape.wants_split) {
        unsigned cut = build_split(&run, BUILD_EVEN, 0);
        vv_slice separator = build_separator(model_key(model, cut - 1), model_key(model, cut));

        memcpy(low, separator.data, separator.size);
        run.low = slice_make(low, separator.size);
        run.entries += cut;
        run.count -= cut;
        for (unsigned i = 0; i < cut; i++) {
            model_remove(model, 0);
        }
        shape = build_shape(&run);
    }
    TEST_TRUE(shape.fits);
    fresh = frames_new(shape.frame_count);
    build_page(fresh, &run, &shape);
    TEST_EQUAL(0, fresh->dead_bytes);
    free(*page);
    free(entries);
    *page = fresh;
    model_check(model, *page);
}

static vv_slice random_row(struct rng *rng, uint8_t *buffer)
{
    size_t size = rng_chance(rng, 1, 30) ? rng_below(rng, 2000) : 8 * rng_below(rng, 3);

    for (size_t i = 0; i < size; i++) {
        buffer[i] = (uint8_t)(i + size);
    }
    return slice_make(buffer, size);
}

/* A stub and an overflow reference are rows of fixed size without a length. */
TEST(stubs_and_overflow_references)
{
    struct page *page = frames_new(1);
    uint8_t stub[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t ref[16];
    struct page_value stub_value = {.record = 77, .form = PAGE_SLOT_STUB, .row = {stub, 8}};
    struct page_value ref_value = {.form = PAGE_SLOT_OVERFLOW, .row = {ref, 16}};
    struct page_cell cell;
    vv_slice key = slice_text("key");

    build_empty(page, PAGE_LEAF, 1, slice_make("", 0), slice_make(NULL, 0));
    page_overflow_ref_store(ref, page_child_evicted(5, 0xDEADBEEF), 1000000);
    page_slot_insert(page, 0, page_cell_write(page, key, &ref_value));
    TEST_TRUE(page_cell_read(page, page_slot_load(page, 0), &cell));
    TEST_BYTES(ref, cell.row.data, 16);
    TEST_EQUAL(16, cell.size);
    page_slot_swing(page, 0, page_cell_write_same(page, page_slot_load(page, 0), &stub_value));
    TEST_TRUE(page_cell_read(page, page_slot_load(page, 0), &cell));
    TEST_EQUAL(77, cell.record);
    TEST_EQUAL(bytes_load64(stub), page_cell_stub(&cell));
    TEST_EQUAL(16, page->dead_bytes);
    TEST_TRUE(page_verify(page) == NULL);
    free(page);
}

/* A child word tells an address from an image frame with its checksum. */
TEST(child_words)
{
    struct page *page = frames_new(1);
    uint64_t hot = page_child_hot(page);
    uint64_t evicted = page_child_evicted(((uint64_t)1 << 34) - 1, 0xABCDEF12);

    TEST_EQUAL(PAGE_CHILD_HOT, page_child_form(hot));
    TEST_TRUE(page_child_page(hot | PAGE_CHILD_COOL) == page);
    TEST_EQUAL(PAGE_CHILD_EVICTED, page_child_form(evicted));
    TEST_EQUAL(((uint64_t)1 << 34) - 1, page_child_frame(evicted));
    TEST_TRUE(page_child_check(evicted, 0xABCDEF12));
    TEST_FALSE(page_child_check(evicted, 0xABCDEE12));
    free(page);
}

/* P2: inner cells are aligned, their child word can be exchanged in place. */
TEST(inner_page)
{
    struct page *page = frames_new(1);
    char key[16];

    build_empty(page, PAGE_INNER, 1, slice_make("", 0), slice_make(NULL, 0));
    page_slot_insert(page, 0, page_child_write(page, slice_make("", 0), 4096));
    for (unsigned i = 1; i < 100; i++) {
        snprintf(key, sizeof key, "%03u%.*s", i, (int)(i % 7), "xxxxxxxx");
        TEST_TRUE(page_fits_child(page, slice_text(key)));
        page_slot_insert(page, i, page_child_write(page, slice_text(key), 4096 * (i + 1)));
    }
    TEST_TRUE(page_verify(page) == NULL);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(key, sizeof key, "%03uzzz", i);
        TEST_EQUAL(i, page_child_search_unlatched(page, slice_text(key)));
        TEST_EQUAL(4096 * (i + 1), page_child_load(page, page_slot_load(page, i)));
    }
    TEST_EQUAL(0, page_child_search_unlatched(page, slice_make("", 0)));
    TEST_EQUAL(7, page_child_search_unlatched(page, slice_text("007")));
    TEST_EQUAL(6, page_child_search_unlatched(page, slice_text("006z")));
    TEST_FALSE(page_child_exchange(page, page_slot_load(page, 3), 1, 2));
    TEST_TRUE(page_child_exchange(page, page_slot_load(page, 3), 4096 * 4, 4096 * 4 + 1));
    page_child_store(page, page_slot_load(page, 4), 12288);
    TEST_EQUAL(4096 * 4 + 1, page_child_load(page, page_slot_load(page, 3)));
    TEST_EQUAL(12288, page_child_load(page, page_slot_load(page, 4)));
    free(page);
}

/* Cursors copy slots: what exists of the range asked for. */
TEST(slots_copy_clamps)
{
    struct page *page = frames_new(1);
    page_slot slots[8] = {0};
    uint8_t key = 0;
    struct page_value value = {0};

    build_empty(page, PAGE_LEAF, 1, slice_make("", 0), slice_make(NULL, 0));
    for (key = 0; key < 5; key++) {
        page_slot_insert(page, key, page_cell_write(page, slice_make(&key, 1), &value));
    }
    TEST_EQUAL(3, page_slots_copy(page, 2, 8, slots));
    TEST_EQUAL(page_slot_load(page, 2), slots[0]);
    TEST_EQUAL(0, page_slots_copy(page, 5, 8, slots));
    TEST_EQUAL(2, page_slots_copy(page, 0, 2, slots));
    free(page);
}

/* An overflow page gives its bytes and its successor back. */
TEST(overflow_page)
{
    struct page *page = frames_new(2);
    uint8_t bytes[5000];

    memset(bytes, 'o', sizeof bytes);
    page_overflow_init(page, 2, slice_make(bytes, sizeof bytes), 8192);
    TEST_TRUE(slice_equal(slice_make(bytes, sizeof bytes), page_overflow_bytes(page)));
    TEST_EQUAL(8192, page_overflow_next(page));
    page_overflow_set_next(page, 0);
    TEST_EQUAL(0, page_overflow_next(page));
    TEST_TRUE(page_verify(page) == NULL);
    free(page);
}
