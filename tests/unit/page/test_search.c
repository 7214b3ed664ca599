/* Search: hints that are wrong, equal heads, random bytes. */
#include "test.h"

#include "page_fixture.h"

/* P5: every resident and every gap is found, whatever the distribution of the keys. */
static void check_all(const struct page *page, const uint64_t *keys, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        for (int step = -1; step <= 1; step++) {
            uint8_t key[8];
            uint64_t x = keys[i] + (uint64_t)(int64_t)step;
            unsigned expected = 0;
            struct page_position position;

            bytes_store64_big(key, x);
            while (expected < count && keys[expected] < x) {
                expected++;
            }
            position = page_search(page, slice_make(key, 8));
            TEST_EQUAL(expected, position.index);
            TEST_EQUAL(expected < count && keys[expected] == x, position.exact);
        }
    }
}

static void build_and_check(const uint64_t *keys, unsigned count)
{
    struct model *model = calloc(1, sizeof *model);
    struct page *page = NULL;
    uint8_t key[8];

    for (unsigned i = 0; i < count; i++) {
        bytes_store64_big(key, keys[i]);
        model_insert(model, i, slice_make(key, 8), slice_make("r", 1), 0);
    }
    page = model_build(model, 0, count, slice_make("", 0), slice_make(NULL, 0));
    model_check(model, page);
    check_all(page, keys, count);
    page->hint_base = 0xFFFFFFFF; /* a hint is only a hint */
    check_all(page, keys, count);
    page->hint_base = 0;
    page->hint_scale = 0xFFFFFFFF;
    check_all(page, keys, count);
    free(page);
    model_clear(model);
    free(model);
}

TEST(dense_skewed_and_outlying_keys)
{
    uint64_t keys[400];

    for (unsigned i = 0; i < 400; i++) {
        keys[i] = 1000 + 2 * (uint64_t)i;
    }
    build_and_check(keys, 400);
    keys[399] = UINT64_MAX - 5; /* one key far away spoils the guess */
    build_and_check(keys, 400);
    for (unsigned i = 0; i < 400; i++) {
        keys[i] = ((uint64_t)1 << (i / 8)) * 3 + i * 5;
    }
    for (unsigned i = 1; i < 400; i++) {
        keys[i] = keys[i] <= keys[i - 1] + 1 ? keys[i - 1] + 2 : keys[i];
    }
    build_and_check(keys, 400);
    build_and_check(keys, 1);
    build_and_check(keys, 7);
    build_and_check(keys, 8);
    build_and_check(keys, 9);
}

/* P4: whatever the bytes, unlatched functions stay inside the frames (a sanitizer watches). */
TEST(random_bytes_are_harmless)
{
    struct rng rng;
    uint8_t key[64];
    uint8_t buffer[PAGE_KEY_BUFFER];
    unsigned rounds = (unsigned)(400 * test_effort());

    rng_init(&rng, test_seed(11));
    for (unsigned round = 0; round < rounds; round++) {
        unsigned frames = 1 + (unsigned)rng_below(&rng, 3);
        struct page *page = frames_new(frames);
        uint64_t *words = (uint64_t *)(void *)page;

        for (size_t i = 0; i < (size_t)frames * LIMIT_FRAME_BYTES / 8; i++) {
            words[i] = rng_next(&rng);
        }
        page->frame_count = (uint8_t)frames;
        page->kind = rng_chance(&rng, 1, 2) ? PAGE_LEAF : PAGE_INNER;
        if (rng_chance(&rng, 3, 4)) {
            page->prefix_size = (uint16_t)rng_below(&rng, 3);
            memset(page->prefix_inline, 0, sizeof page->prefix_inline);
        }
        for (unsigned i = 0; i < 200; i++) {
            vv_slice sought = slice_make(key, rng_below(&rng, sizeof key));
            struct page_position position;
            struct page_cell cell;
            page_slot slot = rng_next(&rng);

            for (size_t j = 0; j < sizeof key; j++) {
                key[j] = j < 2 ? 0 : (uint8_t)rng_next(&rng);
            }
            position = page_search_unlatched(page, sought);
            TEST_TRUE(position.index <= page_slot_count_unlatched(page));
            page_child_search_unlatched(page, sought);
            if (position.index < page_slot_count_unlatched(page)) {
                slot = page_slot_load(page, position.index);
            }
            TEST_TRUE(page_key_copy(page, slot, buffer) <= LIMIT_KEY_BYTES);
            page_key_compare(page, slot, sought);
            page_child_load(page, slot);
            page_cell_record(page, slot);
            page_low(page);
            if (page_cell_read(page, slot, &cell)) {
                const uint8_t *end = (const uint8_t *)page + page_size(page);

                TEST_TRUE(cell.row.data + cell.row.size <= end);
            }
        }
        page_verify(page);
        free(page);
    }
}
