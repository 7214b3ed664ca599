/*
 * fuzz_log.c - random bytes as a segment of the log: the frame decoders, the redo decoder, and the whole
 * replay over the simulated machine. Whatever stands there: no crash, and what is replayed has a good
 * checksum.
 *
 * The first byte chooses: even: the bytes are a payload of changes; odd: the bytes lie in the first
 * segment behind its header, every 8th record header in them repaired so that replay gets further.
 */
#include <stdlib.h>

#include "base/bytes.h"
#include "os/os_sim.h"
#include "store/redo.h"
#include "wal/logframe.h"
#include "wal/segments.h"
#include "wal/wal.h"

#define BYTES_MAX 32768u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void changes(vv_slice bytes);
static void replay(const uint8_t *data, size_t size);
static void repair(uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct logframe_record record;
    struct logframe_segment segment;
    struct logframe_meta meta;
    vv_slice bytes;

    if (size < 1) {
        return 0;
    }
    bytes = slice_make(data + 1, size - 1);
    (void)!logframe_record_decode(bytes, WAL_LSN_FIRST, &record);
    (void)!logframe_segment_decode(bytes, &segment);
    (void)!logframe_meta_decode(bytes, &meta);
    if (data[0] % 2 == 0) {
        changes(bytes);
    } else {
        replay(data + 1, size - 1 < BYTES_MAX ? size - 1 : BYTES_MAX);
    }
    return 0;
}

/* Every change lies inside the bytes. */
static void changes(vv_slice bytes)
{
    struct redo_change change;
    vv_slice rest = bytes;
    uint64_t sum = 0;

    while (redo_next(&rest, &change) == VV_OK) {
        for (size_t i = 0; i < change.key.size; i++) {
            sum += change.key.data[i];
        }
        for (size_t i = 0; i < change.row.size; i++) {
            sum += change.row.data[i];
        }
    }
    if (sum == UINT64_MAX) {
        abort();
    }
}

static vv_status apply(void *context, const struct logframe_record *record)
{
    uint64_t *last = context;

    if (record->lsn < *last || record->payload.size > WAL_PAYLOAD_BYTES_MAX) {
        abort();
    }
    *last = record->end_lsn;
    changes(record->payload);
    return VV_OK;
}

static void replay(const uint8_t *data, size_t size)
{
    struct os_sim *sim = os_sim_create(1);
    struct os *os = os_sim_os(sim);
    struct alloc alloc;
    struct wal *wal = NULL;
    struct os_file *file = NULL;
    struct vv_cause cause = {0};
    uint8_t *bytes = malloc(size + 1);
    uint64_t last = 0;
    struct wal_options options = {
        .os = os, .alloc = &alloc, .directory = "/", .segment_bytes = WAL_SEGMENT_BYTES_MIN};

    alloc_init(&alloc, 0);
    memcpy(bytes, data, size);
    repair(bytes, size);
    if (wal_open(&options, &wal, &cause) != VV_OK ||
        wal_replay(wal, apply, &last, &cause) != VV_OK || wal_start(wal, &cause) != VV_OK) {
        abort();
    }
    (void)wal_close(wal);
    if (os_open(os, "/0000000000000000.wal", OS_OPEN_WRITE, &file, &cause) != VV_OK ||
        os_pwrite(os, file, WAL_LSN_FIRST, bytes, size, &cause) != VV_OK) {
        abort();
    }
    os_close(os, file);
    last = 0;
    if (wal_open(&options, &wal, &cause) == VV_OK) {
        if (wal_replay(wal, apply, &last, &cause) == VV_OK && wal_start(wal, &cause) != VV_OK) {
            abort();
        }
        (void)wal_close(wal);
    }
    os_sim_destroy(sim);
    alloc_release(&alloc);
    free(bytes);
}

/* Makes headers good where their length makes sense, so that not every input ends at its first bytes. */
static void repair(uint8_t *bytes, size_t size)
{
    size_t at = 0;

    while (at + WAL_RECORD_HEADER_BYTES <= size) {
        size_t length = bytes_load16(bytes + at + 4) % 600;
        struct logframe_record record = {.lsn = WAL_LSN_FIRST + at, .kind = bytes[at + 28]};
        uint8_t payload[600];

        if (bytes[at] % 8 == 7 || at + logframe_bytes(length) > size) {
            return;
        }
        memcpy(payload, bytes + at + WAL_RECORD_HEADER_BYTES, length);
        record.payload = slice_make(payload, length);
        logframe_record_encode(bytes + at, &record, logframe_payload_crc(record.payload));
        at += logframe_bytes(length);
    }
}
