/* test_redo.c - the payloads of log records: changes come back, bad bytes are refused. */
#include "store/redo.h"

#include "test.h"

static void add(struct redo_buffer *buffer, struct alloc *alloc, enum redo_operation operation,
                uint32_t map, const char *key, const char *row)
{
    struct redo_change change = {
        .operation = operation, .map = map, .key = slice_text(key), .row = slice_text(row)};

    TEST_OK(redo_reserve(buffer, alloc, change.key.size, change.row.size));
    redo_add(buffer, &change);
}

TEST(changes_come_back)
{
    struct redo_buffer buffer = {0};
    struct redo_change change;
    struct alloc alloc;
    vv_slice rest;

    (void)state;
    alloc_init(&alloc, 0);
    add(&buffer, &alloc, REDO_MAP_CREATE, 70000, "", "");
    add(&buffer, &alloc, REDO_PUT, 70000, "key", "row");
    add(&buffer, &alloc, REDO_DELETE, 1, "k", "");
    add(&buffer, &alloc, REDO_MAP_DROP, 16, "", "");
    rest = redo_changes(&buffer);
    TEST_OK(redo_next(&rest, &change));
    TEST_TRUE(change.operation == REDO_MAP_CREATE && change.map == 70000);
    TEST_OK(redo_next(&rest, &change));
    TEST_TRUE(change.operation == REDO_PUT && slice_equal(change.key, slice_text("key")) &&
              slice_equal(change.row, slice_text("row")));
    TEST_OK(redo_next(&rest, &change));
    TEST_TRUE(change.operation == REDO_DELETE && slice_equal(change.key, slice_text("k")));
    TEST_OK(redo_next(&rest, &change));
    TEST_TRUE(change.operation == REDO_MAP_DROP && change.map == 16);
    TEST_STATUS(VV_END, redo_next(&rest, &change));
    redo_release(&buffer, &alloc);
    alloc_release(&alloc);
}

/* Cut anywhere but between two changes, the bytes are refused. */
TEST(cut_bytes_are_refused)
{
    struct redo_buffer buffer = {0};
    struct alloc alloc;
    size_t first = 0;

    (void)state;
    alloc_init(&alloc, 0);
    add(&buffer, &alloc, REDO_PUT, 1, "key", "row");
    first = buffer.size;
    add(&buffer, &alloc, REDO_DELETE, 300, "another key", "");
    for (size_t size = 0; size <= buffer.size; size++) {
        vv_slice rest = slice_make(redo_changes(&buffer).data, size);
        struct redo_change change;
        vv_status status = VV_OK;

        while (status == VV_OK) {
            status = redo_next(&rest, &change);
        }
        TEST_STATUS(size == 0 || size == first || size == buffer.size ? VV_END : VV_CORRUPT,
                    status);
    }
    redo_release(&buffer, &alloc);
    alloc_release(&alloc);
}

TEST(a_stream_in_chunks_is_the_same_bytes)
{
    struct redo_buffer buffer = {0};
    struct alloc alloc;
    uint8_t whole[4000];
    uint8_t joined[4000];
    size_t total = 0;
    uint64_t position = 0;

    (void)state;
    alloc_init(&alloc, 0);
    for (unsigned i = 0; i < 200; i++) {
        add(&buffer, &alloc, REDO_PUT, i + 1, "key", "row");
    }
    total = buffer.size;
    memcpy(whole, redo_changes(&buffer).data, total);
    while (buffer.size > 0) {
        size_t size = buffer.size < 77 ? buffer.size : 77;
        vv_slice chunk = redo_chunk(&buffer, 5, position, 0, size);
        uint64_t id = 0;
        uint64_t at = 0;
        vv_slice bytes;

        TEST_OK(redo_chunk_decode(chunk, &id, &at, &bytes));
        TEST_EQUAL(5, id);
        TEST_EQUAL(position, at);
        memcpy(joined + at, bytes.data, bytes.size);
        position += size;
        redo_consume(&buffer, size);
    }
    TEST_EQUAL(total, position);
    TEST_BYTES(whole, joined, total);
    redo_release(&buffer, &alloc);
    alloc_release(&alloc);
}
