/* test_logframe.c - the bytes of the log: round trips, and every flipped bit is seen. */
#include "wal/logframe.h"

#include "test.h"

#include <stdlib.h>

static size_t encode(uint8_t *bytes, size_t payload_size)
{
    static uint8_t payload[WAL_PAYLOAD_BYTES_MAX];
    struct logframe_record record = {.lsn = 8192,
                                     .durable_lsn = 4100,
                                     .wall_us = 123456789,
                                     .kind = 3,
                                     .payload = slice_make(payload, payload_size)};

    for (size_t i = 0; i < payload_size; i++) {
        payload[i] = (uint8_t)(i * 13 + 1);
    }
    logframe_record_encode(bytes, &record, logframe_payload_crc(record.payload));
    return logframe_bytes(payload_size);
}

TEST(a_record_comes_back)
{
    static uint8_t bytes[WAL_PAYLOAD_BYTES_MAX + 64];
    static const size_t sizes[] = {0, 1, 7, 8, 9, 100, WAL_PAYLOAD_BYTES_MAX};

    (void)state;
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t total = encode(bytes, sizes[i]);
        struct logframe_record record;

        TEST_OK(logframe_record_decode(slice_make(bytes, total), 8192, &record));
        TEST_EQUAL(sizes[i], record.payload.size);
        TEST_EQUAL(8192 + total, record.end_lsn);
        TEST_EQUAL(123456789, record.wall_us);
        TEST_EQUAL(3, record.kind);
        TEST_TRUE(record.durable_lsn <= 4100 && record.durable_lsn + 8 > 4100);
        TEST_STATUS(VV_CORRUPT, logframe_record_decode(slice_make(bytes, total), 8200, &record));
        TEST_STATUS(VV_CORRUPT,
                    logframe_record_decode(slice_make(bytes, total - 1), 8192, &record));
    }
}

TEST(every_bit_of_a_record_counts)
{
    uint8_t bytes[256];
    size_t total = encode(bytes, 93);
    struct logframe_record record;

    (void)state;
    for (size_t bit = 0; bit < total * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        TEST_STATUS(VV_CORRUPT, logframe_record_decode(slice_make(bytes, total), 8192, &record));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    TEST_OK(logframe_record_decode(slice_make(bytes, total), 8192, &record));
}

TEST(zeros_are_the_end)
{
    uint8_t bytes[64] = {0};
    struct logframe_record record;

    (void)state;
    TEST_STATUS(VV_END, logframe_record_decode(slice_make(bytes, 64), 8192, &record));
}

TEST(segment_header_and_meta_page_come_back)
{
    uint8_t header[WAL_SEGMENT_HEADER_BYTES];
    uint8_t page[WAL_META_PAGE_BYTES];
    struct logframe_segment segment = {
        .lsn = 1 << 20, .segment_bytes = 1 << 18, .database_id = "id"};
    struct logframe_meta meta = {
        .generation = 9, .replay_lsn = 5000, .known_lsn = 6000, .segment_bytes = 1 << 18};
    struct logframe_segment segment_back;
    struct logframe_meta meta_back;

    (void)state;
    logframe_segment_encode(header, &segment);
    TEST_OK(logframe_segment_decode(slice_make(header, sizeof header), &segment_back));
    TEST_EQUAL(segment.lsn, segment_back.lsn);
    TEST_EQUAL(segment.segment_bytes, segment_back.segment_bytes);
    TEST_BYTES(segment.database_id, segment_back.database_id, WAL_DATABASE_ID_BYTES);
    logframe_meta_encode(page, &meta);
    TEST_OK(logframe_meta_decode(slice_make(page, sizeof page), &meta_back));
    TEST_EQUAL(9, meta_back.generation);
    TEST_EQUAL(5000, meta_back.replay_lsn);
    TEST_EQUAL(6000, meta_back.known_lsn);
    for (size_t bit = 0; bit < sizeof page * 8; bit++) {
        page[bit / 8] ^= (uint8_t)(1u << bit % 8);
        TEST_STATUS(VV_CORRUPT, logframe_meta_decode(slice_make(page, sizeof page), &meta_back));
        page[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

/* The bytes on disk are those of version 1: who changes them changes the version and CHANGES.md. */
TEST(the_bytes_are_those_of_the_golden_file)
{
    const char *path = TEST_GOLDEN_FOLDER "/wal_v1.bin";
    struct logframe_segment segment = {
        .lsn = 1 << 20, .segment_bytes = 1 << 18, .database_id = "0123456789abcde"};
    struct logframe_meta meta = {.generation = 9,
                                 .replay_lsn = 5000,
                                 .known_lsn = 6000,
                                 .wall_us = 1700000000000000,
                                 .segment_bytes = 1 << 18,
                                 .database_id = "0123456789abcde"};
    uint8_t made[WAL_SEGMENT_HEADER_BYTES + WAL_META_PAGE_BYTES + 256] = {0};
    uint8_t golden[sizeof made] = {0};
    FILE *file = NULL;

    (void)state;
    logframe_segment_encode(made, &segment);
    logframe_meta_encode(made + WAL_SEGMENT_HEADER_BYTES, &meta);
    (void)encode(made + WAL_SEGMENT_HEADER_BYTES + WAL_META_PAGE_BYTES, 93);
    if (getenv("VARVE_GOLDEN_WRITE") != NULL) {
        file = fopen(path, "wb");
        TEST_TRUE(file != NULL && fwrite(made, sizeof made, 1, file) == 1);
        fclose(file);
    }
    file = fopen(path, "rb");
    TEST_TRUE(file != NULL && fread(golden, sizeof golden, 1, file) == 1);
    fclose(file);
    TEST_BYTES(golden, made, sizeof made);
}
