/* Images: round trip, every changed bit, the golden file. */
#include "test.h"

#include "page_fixture.h"

/* A small leaf with keys of all kinds, uniform and other rows, an overflow reference. */
static struct page *sample_leaf(void)
{
    struct build_entry entries[5] = {
        {.key = slice_text("varve"), .value = {.row = slice_text("12345678")}},
        {.key = slice_text("varve-"), .value = {.row = slice_text("abcdefgh")}},
        {.key = slice_text("varve-layer-one"), .value = {.row = slice_text("")}},
        {.key = slice_text("varve-layer-two"), .value = {.row = slice_text("ABCDEFGH")}},
        {.key = slice_text("varves")}};
    uint8_t ref[PAGE_OVERFLOW_BYTES];
    struct build_run run = {.kind = PAGE_LEAF,
                            .low = slice_text("varv"),
                            .high = slice_text("vase"),
                            .entries = entries,
                            .count = 5};
    struct build_shape shape;
    struct page *page = NULL;

    page_overflow_ref_store(ref, page_child_evicted(77, 0x12345678), 1 << 20);
    entries[4].value =
        (struct page_value){.form = PAGE_SLOT_OVERFLOW, .row = slice_make(ref, sizeof ref)};
    shape = build_shape(&run);
    page = frames_new(shape.frame_count);
    build_page(page, &run, &shape);
    return page;
}

static struct page *sample_inner(void)
{
    struct build_entry entries[3] = {
        {.key = slice_text(""), .child = page_child_evicted(3, 1)},
        {.key = slice_text("m"), .child = page_child_evicted(4, 2)},
        {.key = slice_text("middle-aged"), .child = page_child_evicted(5, 3)}};
    struct build_run run = {
        .kind = PAGE_INNER, .low = slice_make("", 0), .entries = entries, .count = 3};
    struct build_shape shape = build_shape(&run);
    struct page *page = frames_new(shape.frame_count);

    build_page(page, &run, &shape);
    return page;
}

static struct page *sample_overflow(void)
{
    struct page *page = frames_new(1);

    page_overflow_init(page, 1, slice_text("a long value"), page_child_evicted(9, 9));
    return page;
}

/* P8: what is read back is the page; it can be searched where it lies. */
TEST(round_trip)
{
    struct page *page = sample_leaf();
    struct page *copy = frames_new(1);
    uint8_t buffer[PAGE_KEY_BUFFER];
    const char *why = "";
    size_t size = 0;

    page->owner[0] = 4711;
    page->first_dirty = 12;
    page->flags |= 3 << PAGE_FLAG_OWNER_SHIFT | 5;
    image_encode(page, 42, 1000);
    memcpy(copy, page, LIMIT_FRAME_BYTES);
    TEST_EQUAL(1, image_frame_count(copy, IMAGE_HEADER_BYTES));
    TEST_OK(image_decode(copy, 1, 42, &why));
    TEST_TRUE(why == NULL);
    TEST_EQUAL(42, copy->frame_id);
    TEST_EQUAL(1000, copy->lsn);
    TEST_EQUAL(0, copy->owner[0]);
    TEST_EQUAL(3 << PAGE_FLAG_OWNER_SHIFT, copy->flags);
    TEST_EQUAL(2, page_search(copy, slice_text("varve-layer-one")).index);
    TEST_TRUE(page_search(copy, slice_text("varve-layer-one")).exact);
    size = page_key_copy(copy, page_slot_load(copy, 3), buffer);
    TEST_TRUE(slice_equal(slice_text("varve-layer-two"), slice_make(buffer, size)));
    free(page);
    free(copy);
}

/* P9: in images of each kind every single bit is guarded. */
TEST(every_bit_is_guarded)
{
    struct page *pages[3] = {sample_leaf(), sample_inner(), sample_overflow()};

    for (unsigned i = 0; i < 3; i++) {
        uint8_t *bytes = (uint8_t *)pages[i];
        const char *why = NULL;

        image_encode(pages[i], 42, 1000);
        TEST_OK(image_verify(pages[i], 1, 42, &why));
        for (size_t bit = 0; bit < 8 * (size_t)LIMIT_FRAME_BYTES; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            TEST_STATUS(VV_CORRUPT, image_verify(pages[i], 1, 42, &why));
            TEST_TRUE(why != NULL);
            bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        }
        TEST_STATUS(VV_CORRUPT, image_verify(pages[i], 1, 43, &why));
        TEST_STATUS(VV_CORRUPT, image_verify(pages[i], 2, 42, NULL));
        free(pages[i]);
    }
}

/* P10: a page with a good checksum that encode would not have made is refused. */
static void damage(size_t offset, uint8_t value)
{
    struct page *page = sample_leaf();
    const char *why = NULL;

    image_encode(page, 42, 1000);
    ((uint8_t *)page)[offset] = value;
    page->crc = image_crc(page);
    TEST_STATUS(VV_CORRUPT, image_verify(page, 1, 42, &why));
    TEST_TRUE(strcmp(why, "checksum") != 0);
    free(page);
}

TEST(good_checksum_wrong_content)
{
    damage(0, 1);                       /* latch */
    damage(26, 1);                      /* flags of memory */
    damage(28, 9);                      /* kind */
    damage(36, 99);                     /* stride */
    damage(40, 1);                      /* hint */
    damage(44, 1);                      /* scale */
    damage(72, 1);                      /* first dirty */
    damage(80, 1);                      /* dead bytes */
    damage(84, 1);                      /* insert_last */
    damage(86, 1);                      /* unused */
    damage(100, 1);                     /* owner */
    damage(PAGE_HEADER_BYTES + 3, 4);   /* a versioned slot */
    damage(PAGE_HEADER_BYTES, 1);       /* a cell elsewhere */
    damage(2000, 1);                    /* free room */
    damage(LIMIT_FRAME_BYTES - 4, 'z'); /* low fence beyond the high one */
}

/* Format 1 stays: today's program makes and reads the bytes of tests/golden. */
TEST(golden)
{
    struct page *page = sample_leaf();
    struct page *golden = frames_new(1);
    const char *path = TEST_GOLDEN_FOLDER "/page_image_v1.bin";
    FILE *file = fopen(path, "rb");

    image_encode(page, 42, 1000);
    if (getenv("VARVE_GOLDEN_WRITE") != NULL) {
        file = fopen(path, "wb");
        TEST_EQUAL(LIMIT_FRAME_BYTES, fwrite(page, 1, LIMIT_FRAME_BYTES, file));
        fclose(file);
        file = fopen(path, "rb");
    }
    TEST_TRUE(file != NULL);
    TEST_EQUAL(LIMIT_FRAME_BYTES, fread(golden, 1, LIMIT_FRAME_BYTES, file));
    fclose(file);
    TEST_BYTES(golden, page, LIMIT_FRAME_BYTES);
    TEST_OK(image_decode(golden, 1, 42, NULL));
    free(page);
    free(golden);
}
