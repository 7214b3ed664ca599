/*
 * fuzz_page.c - images from disk: whatever the bytes, decode reads nothing outside, and what it accepts
 * can be walked, searched and rebuilt (P9, P10). The input is tried as it is, and again with frame count
 * and checksum put right, so that the checks behind the checksum are reached.
 */
#include <stdlib.h>

#include "base/assert.h"
#include "page/build.h"
#include "page/image.h"

static void check_accepted(const struct page *page);
static void check_rebuilt(const struct page *page);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t frames = size == 0 ? 1 : (size + LIMIT_FRAME_BYTES - 1) / LIMIT_FRAME_BYTES;
    struct page *page = NULL;
    const char *why = NULL;

    frames = frames < LIMIT_PAGE_FRAMES ? frames : LIMIT_PAGE_FRAMES;
    size = size < frames * LIMIT_FRAME_BYTES ? size : frames * LIMIT_FRAME_BYTES;
    page = aligned_alloc(LIMIT_FRAME_BYTES, frames * LIMIT_FRAME_BYTES);
    memset(page, 0, frames * LIMIT_FRAME_BYTES);
    memcpy(page, data, size);
    if (image_verify(page, (unsigned)frames, page->frame_id, &why) == VV_OK) {
        check_accepted(page);
    }
    page->frame_count = (uint8_t)frames;
    page->crc = image_crc(page);
    if (image_verify(page, (unsigned)frames, page->frame_id, &why) == VV_OK) {
        VV_ASSERT(why == NULL);
        check_accepted(page);
    }
    free(page);
    return 0;
}

static void check_accepted(const struct page *page)
{
    uint8_t buffer[PAGE_KEY_BUFFER];

    VV_ASSERT(page_verify(page) == NULL);
    if (page->kind == PAGE_OVERFLOW) {
        VV_ASSERT(page_overflow_bytes(page).size <= page_size(page));
        return;
    }
    for (unsigned i = page->kind == PAGE_INNER; i < page_slot_count(page); i++) {
        vv_slice key = slice_make(buffer, page_key_copy(page, page_slot_load(page, i), buffer));
        struct page_position position = page_search(page, key);

        if (page->kind == PAGE_INNER) {
            VV_ASSERT(page_child_search_unlatched(page, key) == i);
        } else {
            VV_ASSERT(position.exact && position.index == i);
        }
    }
    check_rebuilt(page);
}

/* A page made of the image's entries verifies and holds as many. */
static void check_rebuilt(const struct page *page)
{
    struct build_entry *entries = calloc(page_slot_count(page) + 1u, sizeof *entries);
    struct build_run run = {
        .kind = (enum page_kind)page->kind, .low = page_low(page), .entries = entries};
    struct build_shape shape;
    struct page *fresh = NULL;

    page_high(page, &run.high);
    run.count = build_entries(page, entries);
    shape = build_shape(&run);
    if (shape.fits) {
        fresh = aligned_alloc(LIMIT_FRAME_BYTES, (size_t)shape.frame_count * LIMIT_FRAME_BYTES);
        build_page(fresh, &run, &shape);
        VV_ASSERT(page_verify(fresh) == NULL && page_slot_count(fresh) == run.count);
        image_encode(fresh, page->frame_id & 0xFFFF, 1);
        free(fresh);
    }
    free(entries);
}
