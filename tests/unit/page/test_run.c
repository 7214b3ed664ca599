/* Runs of alike slots: rows and keys as the slots one by one give them. */
#include "test.h"

#include "page_fixture.h"

#define BYTES 300000

/* What a run from `from` says is what its slots say, and it ends where they stop being alike. */
static unsigned check_run(const struct page *page, unsigned from, unsigned count)
{
    static uint8_t bytes[BYTES];
    static vv_slice rows[PAGE_SLOTS_MAX];
    static vv_slice keys[PAGE_SLOTS_MAX];
    page_slot last = 0;
    unsigned total = page_slot_count(page);
    unsigned found = page_run_rows(page, from, count, rows, &last);
    size_t key_size = page_run_key_size(page, last);

    TEST_TRUE(found <= count && from + found <= total);
    if (found == 0) {
        TEST_TRUE(from >= total || count == 0 || page_slot_flags(page_slot_load(page, from)) != 0);
        return 0;
    }
    TEST_EQUAL(page_slot_load(page, from + found - 1), last);
    TEST_TRUE(found * key_size + PAGE_KEY_BUFFER <= BYTES);
    page_run_keys(page, from, found, key_size, bytes, keys);
    for (unsigned i = 0; i < found; i++) {
        page_slot slot = page_slot_load(page, from + i);
        uint8_t buffer[PAGE_KEY_BUFFER];
        struct page_cell cell;

        TEST_TRUE(page_cell_read(page, slot, &cell));
        TEST_TRUE(slice_equal(cell.row, rows[i]) && cell.row.data == rows[i].data);
        TEST_TRUE(slice_equal(slice_make(buffer, page_key_copy(page, slot, buffer)), keys[i]));
    }
    if (found < count && from + found < total) {
        page_slot next = page_slot_load(page, from + found);

        TEST_TRUE(page_slot_flags(next) != 0 ||
                  page_slot_key_size(next) != page_slot_key_size(last));
    }
    return found;
}

static void check_page(const struct page *page)
{
    unsigned total = page_slot_count(page);

    for (unsigned from = 0; from <= total; from++) {
        (void)check_run(page, from, total);
        (void)check_run(page, from, from % 19);
    }
}

TEST(settled_page_is_one_run)
{
    struct model *model = calloc(1, sizeof *model);
    struct page *page = NULL;
    uint8_t key[8];

    for (unsigned i = 0; i < 150; i++) {
        bytes_store64_big(key, 70000 + 3 * (uint64_t)i);
        model_insert(model, i, slice_make(key, 8), slice_make("row", 3), 0);
    }
    page = model_build(model, 0, 150, slice_make("", 0), slice_make(NULL, 0));
    TEST_EQUAL(150, check_run(page, 0, 1000));
    check_page(page);
    free(page);
    model_clear(model);
    free(model);
}

/* Versions, other row sizes, keys of all lengths, long prefixes. */
TEST(any_page)
{
    struct rng rng;

    rng_init(&rng, 7);
    for (unsigned round = 0; round < 60; round++) {
        struct model *model = calloc(1, sizeof *model);
        struct page *page = NULL;
        uint8_t buffer[LIMIT_KEY_BYTES];

        model->key_style = round % 4;
        for (unsigned k = 0; k < 100; k++) {
            vv_slice key = model_random_key(model, &rng, buffer);
            bool exact = false;
            unsigned at = model_lower_bound(model, key, &exact);
            vv_slice row = slice_make("a row of some size", rng_chance(&rng, 1, 9) ? 9 : 7);

            if (!exact) {
                model_insert(model, at, key, row, rng_chance(&rng, 1, 15) ? 4096 : 0);
            }
        }
        page = model_build(model, 0, model->count, slice_make("", 0), slice_make(NULL, 0));
        check_page(page);
        free(page);
        model_clear(model);
        free(model);
    }
}
