/* Fresh pages: rebuild, split, merge, growth. */
#include "test.h"

#include "page_fixture.h"

static vv_slice unbounded(void)
{
    return slice_make(NULL, 0);
}

static void fill_integers(struct model *model, unsigned count, size_t row_size)
{
    uint8_t row[2048] = {0};
    uint8_t key[8];

    for (unsigned i = 0; i < count; i++) {
        bytes_store64_big(key, 500000 + i);
        model_insert(model, model->count, slice_make(key, 8), slice_make(row, row_size), 0);
    }
}

/* P6: from a page's entries comes a page with the same rows. */
TEST(rebuild_keeps_everything)
{
    struct model *model = calloc(1, sizeof *model);
    struct rng rng;
    uint8_t key_buffer[LIMIT_KEY_BYTES];

    rng_init(&rng, test_seed(3));
    for (unsigned style = 0; style < 4; style++) {
        struct build_entry *entries = calloc(MODEL_MAX, sizeof *entries);
        struct build_run run = {.kind = PAGE_LEAF, .low = slice_make("", 0), .entries = entries};
        struct build_shape shape;
        struct page *page = NULL;
        struct page *fresh = NULL;

        model->key_style = style;
        for (unsigned i = 0; i < 100; i++) {
            vv_slice key = model_random_key(model, &rng, key_buffer);
            bool exact = false;
            unsigned index = model_lower_bound(model, key, &exact);

            if (!exact) {
                model_insert(model, index, key, slice_make(key_buffer, i % 9), i % 2 ? 5 : 0);
            }
        }
        page = model_build(model, 0, model->count, run.low, run.high);
        model_check(model, page);
        run.count = build_entries(page, entries);
        shape = build_shape(&run);
        fresh = frames_new(shape.frame_count);
        build_page(fresh, &run, &shape);
        model_check(model, fresh);
        TEST_EQUAL(shape.used_bytes, page_size(fresh) - page_free_bytes(fresh));
        free(page);
        free(fresh);
        free(entries);
        model_clear(model);
    }
    free(model);
}

/* P7: small rows split beyond one frame, rows of 1 KB grow the page until it holds 16 of them. */
TEST(growth_then_split)
{
    struct model *model = calloc(1, sizeof *model);
    struct build_entry *entries = calloc(MODEL_MAX, sizeof *entries);
    struct build_run run = {.kind = PAGE_LEAF, .low = slice_make("", 0), .entries = entries};
    struct build_shape shape;

    fill_integers(model, 600, 8);
    for (unsigned i = 0; i < 600; i++) {
        entries[i].key = model_key(model, i);
        entries[i].value = model_value(model, i);
    }
    run.count = 240;
    TEST_FALSE(build_shape(&run).wants_split);
    TEST_EQUAL(1, build_shape(&run).frame_count);
    run.count = 260;
    TEST_TRUE(build_shape(&run).wants_split);
    model_clear(model);

    fill_integers(model, 100, 1024);
    for (unsigned i = 0; i < 100; i++) {
        entries[i].key = model_key(model, i);
        entries[i].value = model_value(model, i);
    }
    run.count = 1;
    while (!build_shape(&run).wants_split) {
        run.count++;
    }
    shape = build_shape(&run);
    TEST_TRUE(run.count > BUILD_LEAF_ROWS && run.count <= BUILD_LEAF_ROWS + 4);
    TEST_TRUE(shape.frame_count >= 5);
    free(entries);
    model_clear(model);
    free(model);
}

/* P7: splitting again and again ends with pages that fit, also with the largest rows and keys. */
TEST(split_ends)
{
    struct build_entry entries[12] = {0};
    uint8_t *row = calloc(1, LIMIT_INLINE_ROW_BYTES);
    uint8_t keys[12][LIMIT_KEY_BYTES];
    struct build_run run = {.kind = PAGE_LEAF, .low = slice_make("", 0), .entries = entries};

    memset(keys, 'K', sizeof keys);
    for (unsigned i = 0; i < 12; i++) {
        keys[i][LIMIT_KEY_BYTES - 1] = (uint8_t)i;
        entries[i].key = slice_make(keys[i], LIMIT_KEY_BYTES);
        entries[i].value = (struct page_value){.record = 1, .row = {row, LIMIT_INLINE_ROW_BYTES}};
    }
    run.count = 12;
    while (!build_shape(&run).fits) {
        unsigned cut = build_split(&run, BUILD_EVEN, 0);

        TEST_TRUE(cut > 0 && cut < run.count);
        run.count = cut;
    }
    TEST_TRUE(run.count >= 2);
    free(row);
}

/* Ascending inserts are recognised and leave the left page full; a replacement inherits the pattern. */
TEST(ascending_pattern)
{
    struct page *page = frames_new(1);
    struct page *heir = frames_new(1);
    struct page_value value = {.row = {(const uint8_t *)"12345678", 8}};
    uint8_t key[8];
    unsigned count = 0;

    build_empty(page, PAGE_LEAF, 1, slice_make("", 0), unbounded());
    for (;;) {
        bytes_store64_big(key, count);
        if (!page_fits_insert(page, slice_make(key, 8), &value)) {
            break;
        }
        page_slot_insert(page, count, page_cell_write(page, slice_make(key, 8), &value));
        count++;
    }
    TEST_TRUE(count > 160); /* not settled: each row carries its length and four key bytes */
    TEST_EQUAL(BUILD_ASCENDING, build_pattern(page, count, count + 1));
    TEST_EQUAL(BUILD_EVEN, build_pattern(page, count / 2, count + 1));
    build_empty(heir, PAGE_LEAF, 1, slice_make("", 0), unbounded());
    build_inherit(heir, page, count);
    TEST_EQUAL(BUILD_ASCENDING, build_pattern(heir, count + 1, count + 2));
    TEST_EQUAL(BUILD_EVEN, build_pattern(heir, count + 5, count + 6));
    free(page);
    free(heir);
}

TEST(descending_pattern)
{
    struct page *page = frames_new(1);
    struct page_value value = {0};

    build_empty(page, PAGE_LEAF, 1, slice_make("", 0), unbounded());
    for (unsigned i = 0; i < 50; i++) {
        uint8_t key[8];

        bytes_store64_big(key, 1000 - i);
        page_slot_insert(page, 0, page_cell_write(page, slice_make(key, 8), &value));
    }
    TEST_EQUAL(BUILD_DESCENDING, build_pattern(page, 0, 51));
    free(page);
}

/* A settled page of (BIGINT, BIGINT) costs 8 bytes of slot and the row, nothing else a row. */
TEST(settled_rows_are_small)
{
    struct model *model = calloc(1, sizeof *model);
    struct page *page = NULL;

    fill_integers(model, 240, 8);
    page = model_build(model, 0, 240, slice_make(model->rows[0].key, 8), slice_text("\xFF"));
    TEST_EQUAL(1, page->frame_count);
    TEST_EQUAL(240 * 16 + PAGE_HEADER_BYTES + 16, page_size(page) - page_free_bytes(page));
    free(page);
    model_clear(model);
    free(model);
}

/* The shortest separator is above the left key and not above the right one. */
TEST(separators)
{
    struct rng rng;
    struct model model = {.key_style = 3};

    rng_init(&rng, test_seed(5));
    for (unsigned i = 0; i < 2000; i++) {
        uint8_t a[LIMIT_KEY_BYTES];
        uint8_t b[LIMIT_KEY_BYTES];
        vv_slice left = model_random_key(&model, &rng, a);
        vv_slice right = model_random_key(&model, &rng, b);

        if (slice_compare(left, right) < 0) {
            vv_slice separator = build_separator(left, right);

            TEST_TRUE(slice_compare(left, separator) < 0);
            TEST_TRUE(slice_compare(separator, right) <= 0);
        }
    }
}

/* Two half-empty neighbours merge into one page with all rows. */
TEST(merge)
{
    struct model *model = calloc(1, sizeof *model);
    struct build_entry *entries = calloc(MODEL_MAX, sizeof *entries);
    struct page *left = NULL;
    struct page *right = NULL;
    struct page *merged = NULL;
    struct build_shape shape;
    struct build_run run = {.kind = PAGE_LEAF, .low = slice_make("", 0), .entries = entries};

    fill_integers(model, 180, 8);
    left = model_build(model, 0, 90, run.low, model_key(model, 90));
    right = model_build(model, 90, 180, model_key(model, 90), unbounded());
    TEST_FALSE(build_merges(left, right, 75));
    free(left);
    free(right);
    left = model_build(model, 0, 20, run.low, model_key(model, 20));
    right = model_build(model, 20, 60, model_key(model, 20), unbounded());
    TEST_TRUE(build_merges(left, right, 100));
    run.count = build_entries(left, entries);
    run.count += build_entries(right, entries + run.count);
    shape = build_shape(&run);
    merged = frames_new(shape.frame_count);
    build_page(merged, &run, &shape);
    while (model->count > 60) {
        model_remove(model, 60);
    }
    model_check(model, merged);
    free(left);
    free(right);
    free(merged);
    free(entries);
    model_clear(model);
    free(model);
}

/* Inner pages: slot 0 stands for everything below slot 1, whatever its key was. */
TEST(inner_rebuild)
{
    struct build_entry entries[3] = {
        {.key = {(const uint8_t *)"long first key", 14}, .child = 4096},
        {.key = {(const uint8_t *)"prefix-a-tail", 13}, .child = 8192},
        {.key = {(const uint8_t *)"prefix-b", 8}, .child = 12288}};
    struct build_run run = {
        .kind = PAGE_INNER, .low = slice_text("a"), .entries = entries, .count = 3};
    struct build_shape shape = build_shape(&run);
    struct page *page = frames_new(shape.frame_count);
    struct page *again = frames_new(shape.frame_count);
    struct build_entry copies[3];

    build_page(page, &run, &shape);
    run.count = build_entries(page, copies);
    run.entries = copies;
    shape = build_shape(&run);
    build_page(again, &run, &shape);
    TEST_TRUE(page_verify(again) == NULL);
    TEST_EQUAL(7, again->prefix_size);
    TEST_EQUAL(0, page_child_search_unlatched(again, slice_text("b")));
    TEST_EQUAL(0, page_child_search_unlatched(again, slice_text("prefix-a")));
    TEST_EQUAL(1, page_child_search_unlatched(again, slice_text("prefix-a-tail")));
    TEST_EQUAL(1, page_child_search_unlatched(again, slice_text("prefix-a-tail and more")));
    TEST_EQUAL(2, page_child_search_unlatched(again, slice_text("prefix-b")));
    TEST_EQUAL(2, page_child_search_unlatched(again, slice_text("zzz")));
    free(page);
    free(again);
}

/* The first separator may be just the prefix: slot 0 has no key and must not be mistaken for it. */
TEST(separator_that_is_the_prefix)
{
    struct build_entry entries[3] = {{.child = 4096},
                                     {.key = slice_text("pre"), .child = 8192},
                                     {.key = slice_text("pressing"), .child = 12288}};
    struct build_run run = {
        .kind = PAGE_INNER, .low = slice_make("", 0), .entries = entries, .count = 3};
    struct build_shape shape = build_shape(&run);
    struct page *page = frames_new(shape.frame_count);

    build_page(page, &run, &shape);
    TEST_EQUAL(3, page->prefix_size);
    TEST_EQUAL(0, page_child_search_unlatched(page, slice_text("pr")));
    TEST_EQUAL(1, page_child_search_unlatched(page, slice_text("pre")));
    TEST_EQUAL(1, page_child_search_unlatched(page, slice_text("prea")));
    TEST_EQUAL(2, page_child_search_unlatched(page, slice_text("pressing")));
    free(page);
}
