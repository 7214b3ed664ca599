/*
 * page_view.c - shows page images: usage: page_view FILE [FRAME [COUNT]]
 *
 * Prints header, fences, prefix and every slot of the image at FRAME (default 0) of a file made of
 * 4 KB frames, and of the COUNT - 1 images behind it. Exit status 1 when one is corrupt; it is then shown
 * as far as its bounds allow.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "page/image.h"

static const char *const kind_names[] = {"?", "leaf", "inner", "overflow"};

static bool show_image(FILE *file, uint64_t frame, unsigned *frame_count_out);
static void show_header(const struct page *page);
static void show_slot(const struct page *page, unsigned index);
static void show_bytes(const char *name, vv_slice bytes);

int main(int argc, char **argv)
{
    FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
    uint64_t frame = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
    uint64_t count = argc > 3 ? strtoull(argv[3], NULL, 0) : 1;
    bool sound = true;

    if (file == NULL) {
        fprintf(stderr, "usage: page_view FILE [FRAME [COUNT]]\n");
        return 2;
    }
    for (uint64_t i = 0; i < count; i++) {
        unsigned frame_count = 0;

        sound = show_image(file, frame, &frame_count) && sound;
        if (frame_count == 0) {
            break;
        }
        frame += frame_count;
    }
    fclose(file);
    return sound ? 0 : 1;
}

static bool show_image(FILE *file, uint64_t frame, unsigned *frame_count_out)
{
    static _Alignas(LIMIT_FRAME_BYTES) uint8_t bytes[PAGE_BYTES_MAX];
    struct page *page = (struct page *)(void *)bytes;
    const char *why = NULL;
    size_t size = 0;
    unsigned count = 0;

    *frame_count_out = 0;
    if (fseek(file, (long)(frame * LIMIT_FRAME_BYTES), SEEK_SET) == 0) {
        size = fread(bytes, 1, sizeof bytes, file);
    }
    count = image_frame_count(bytes, size);
    if (count == 0 || size < (size_t)count * LIMIT_FRAME_BYTES) {
        printf("frame %" PRIu64 ": no image\n", frame);
        return false;
    }
    *frame_count_out = count;
    if (image_verify(page, count, page->frame_id, &why) != VV_OK) {
        printf("frame %" PRIu64 ": corrupt: %s\n", frame, why);
    }
    show_header(page);
    for (unsigned i = 0; i < page_slot_count_unlatched(page); i++) {
        show_slot(page, i);
    }
    return why == NULL;
}

static void show_header(const struct page *page)
{
    vv_slice high;

    printf("frame %" PRIu64 ": %s, %u frames, %u slots, %zu bytes free, LSN %" PRIu64
           ", CRC %08" PRIx32 ", flags %04x\n",
           page->frame_id, kind_names[page->kind <= PAGE_OVERFLOW ? page->kind : 0],
           page->frame_count, page_slot_count(page),
           page->kind == PAGE_OVERFLOW ? 0 : page_free_bytes(page), (uint64_t)page->lsn, page->crc,
           page->flags);
    if (page->kind == PAGE_OVERFLOW) {
        printf("  next %016" PRIx64 "\n", page_overflow_next(page));
        show_bytes("bytes", page_overflow_bytes(page));
        return;
    }
    show_bytes("low", page_low(page));
    show_bytes(page_high(page, &high) ? "high" : "no high fence", high);
    show_bytes("prefix", page_prefix(page));
    printf("  uniform row size %u\n", page->row_size);
}

static void show_slot(const struct page *page, unsigned index)
{
    page_slot slot = page_slot_load(page, index);
    uint8_t buffer[PAGE_KEY_BUFFER];
    struct page_cell cell;

    printf("  slot %u at %u, head %08" PRIx32 ", key %u bytes%s%s\n", index, page_slot_offset(slot),
           page_slot_head(slot), page_slot_key_size(slot),
           (slot & PAGE_SLOT_SIZED) != 0 ? ", sized" : "",
           (slot & PAGE_SLOT_OVERFLOW) != 0 ? ", overflow" : "");
    show_bytes("  key", slice_make(buffer, page_key_copy(page, slot, buffer)));
    if (page->kind == PAGE_INNER) {
        uint64_t child = page_child_load(page, slot);

        printf("    child frame %" PRIu64 "\n", page_child_frame(child));
    } else if (page_cell_read(page, slot, &cell)) {
        show_bytes("  row", cell.row);
    }
}

static void show_bytes(const char *name, vv_slice bytes)
{
    printf("  %s (%zu)", name, bytes.size);
    for (size_t i = 0; i < bytes.size && i < 32; i++) {
        printf(" %02x", bytes.data[i]);
    }
    printf("%s  ", bytes.size > 32 ? " ..." : "");
    for (size_t i = 0; i < bytes.size && i < 32; i++) {
        putchar(isprint(bytes.data[i]) ? bytes.data[i] : '.');
    }
    putchar('\n');
}
