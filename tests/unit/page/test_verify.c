/* A damaged page is named by the promise that broke. */
#include "test.h"

#include "page_fixture.h"

static struct page *sample(void)
{
    struct build_entry entries[3] = {
        {.key = slice_text("shared-beta"), .value = {.row = slice_text("1")}},
        {.key = slice_text("shared-gamma"), .value = {.row = slice_text("2")}},
        {.key = slice_text("shared-omega"), .value = {.row = slice_text("333")}}};
    struct build_run run = {.kind = PAGE_LEAF,
                            .low = slice_text("shared-a"),
                            .high = slice_text("shared-z"),
                            .entries = entries,
                            .count = 3};
    struct build_shape shape = build_shape(&run);
    struct page *page = frames_new(shape.frame_count);

    build_page(page, &run, &shape);
    TEST_TRUE(page_verify(page) == NULL);
    return page;
}

/* The first two characters of the answer are the promise. Frees the page. */
static void broken(struct page *page, const char *promise)
{
    const char *answer = page_verify(page);

    TEST_TRUE(answer != NULL);
    TEST_TRUE(memcmp(promise, answer, 2) == 0);
    free(page);
}

static void swap_slots(struct page *page, unsigned i, unsigned j)
{
    page_slot slot = page_slots(page)[i];

    page_slots(page)[i] = page_slots(page)[j];
    page_slots(page)[j] = slot;
}

TEST(keys_out_of_order)
{
    struct page *page = sample();

    swap_slots(page, 0, 1);
    broken(page, "P1");
}

TEST(key_outside_the_fences)
{
    struct page *page = sample();

    page_slots(page)[2] |= (page_slot)0xFF << 56;
    broken(page, "P1");
}

TEST(head_longer_than_its_key)
{
    struct page *page = sample();

    page_slots(page)[0] &= ~((page_slot)0x3FF << 16);
    broken(page, "P1");
}

TEST(cells_do_not_add_up)
{
    struct page *page = sample();

    page->dead_bytes += 8;
    broken(page, "P2");
}

TEST(cell_outside)
{
    struct page *page = sample();

    page_slots(page)[1] = (page_slots(page)[1] & ~(page_slot)0xFFFF) | 200;
    broken(page, "P2");
}

TEST(row_of_two_forms)
{
    struct page *page = sample();

    page_slots(page)[1] |= PAGE_SLOT_STUB | PAGE_SLOT_OVERFLOW;
    broken(page, "P2");
}

TEST(prefix_changed)
{
    struct page *page = sample();

    page->prefix_inline[2] ^= 1;
    broken(page, "P3");
}

TEST(fences_crossed)
{
    struct page *page = sample();

    ((uint8_t *)page)[LIMIT_FRAME_BYTES - 1] = 'z';
    broken(page, "P3");
}

TEST(impossible_kind_and_frames)
{
    struct page *page = sample();

    page->kind = 7;
    broken(page, "P3");
    page = sample();
    page->frame_count = 17;
    broken(page, "P3");
}

TEST(slots_run_into_cells)
{
    struct page *page = sample();

    page->slot_count = 600;
    broken(page, "P4");
}
