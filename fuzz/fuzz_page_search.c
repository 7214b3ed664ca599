/*
 * fuzz_page_search.c - the unlatched functions over random page bytes (P4): no read outside the frames,
 * no crash, whatever a torn page may look like.
 *
 * Input: one byte key size, the key, then the page's bytes; frame count and kind are put right, as P3
 * promises them.
 */
#include <stdlib.h>

#include "base/assert.h"
#include "page/page.h"

static void walk(const struct page *page, vv_slice key);
static void run(const struct page *page, unsigned from);

static volatile uint64_t seen;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t key_size = size == 0 ? 0 : data[0] < size - 1 ? data[0] : size - 1;
    uint8_t *key = malloc(key_size + 1);
    size_t rest = size == 0 ? 0 : size - 1 - key_size;
    unsigned frames = rest > LIMIT_FRAME_BYTES ? 2 : 1;
    struct page *page = aligned_alloc(LIMIT_FRAME_BYTES, (size_t)frames * LIMIT_FRAME_BYTES);

    memset(page, 0, (size_t)frames * LIMIT_FRAME_BYTES);
    if (size != 0) {
        memcpy(key, data + 1, key_size);
        memcpy(page, data + 1 + key_size,
               rest < frames * LIMIT_FRAME_BYTES ? rest : frames * LIMIT_FRAME_BYTES);
    }
    page->frame_count = (uint8_t)frames;
    page->kind = page->kind % 2 == 0 ? PAGE_INNER : PAGE_LEAF;
    walk(page, slice_make(key, key_size));
    page_verify(page);
    free(page);
    free(key);
    return 0;
}

static void walk(const struct page *page, vv_slice key)
{
    unsigned count = page_slot_count_unlatched(page);
    struct page_position position = page_search_unlatched(page, key);
    unsigned child = page_child_search_unlatched(page, key);
    page_slot slots[64];
    unsigned copied = page_slots_copy(page, position.index, 64, slots);

    VV_ASSERT(position.index <= count);
    VV_ASSERT(count == 0 ? child == 0 : child < count);
    for (unsigned i = 0; i < copied; i++) {
        uint8_t buffer[PAGE_KEY_BUFFER];
        struct page_cell cell;
        uint64_t sum = page_cell_record(page, slots[i]) + page_child_load(page, slots[i]);

        sum += page_key_copy(page, slots[i], buffer);
        sum += (uint64_t)page_key_compare(page, slots[i], key);
        if (page_cell_read(page, slots[i], &cell) && cell.row.size != 0) {
            sum += cell.row.data[0] + cell.row.data[cell.row.size - 1];
        }
        seen = sum; /* the reads must happen */
    }
    run(page, position.index);
}

static void run(const struct page *page, unsigned from)
{
    static vv_slice rows[64], keys[64];
    page_slot last = 0;
    unsigned count = page_run_rows(page, from, 64, rows, &last);
    size_t key_size = page_run_key_size(page, last);
    uint8_t *bytes = malloc(count * key_size + PAGE_KEY_BUFFER);

    VV_ASSERT(count <= 64);
    page_run_keys(page, from, count, key_size, bytes, keys);
    free(bytes);
}
