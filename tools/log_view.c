/*
 * log_view.c - shows the log of a database: usage: log_view [-c] DIRECTORY [FROM_LSN]
 *
 * Prints the meta pages, the segments, and one line for each record from the replay start (or FROM_LSN)
 * to the end; with -c every change in it too. Reads only; the database may be open (then the end is that
 * of a moment). Exit status 1 when something is damaged.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "os/os.h"
#include "store/redo.h"
#include "wal/wal.h"

struct view {
    uint64_t from;
    uint64_t count;
    bool changes;
};

static void show_meta(const char *directory);
static vv_status show_record(void *context, const struct logframe_record *record);
static void show_changes(vv_slice bytes);
static void show_bytes(vv_slice bytes);
static const char *kind_name(uint8_t kind);

int main(int argc, char **argv)
{
    struct view view = {0};
    struct alloc alloc;
    struct wal *wal = NULL;
    struct vv_cause cause = {0};
    struct wal_options options = {.os = os_real(), .alloc = &alloc, .read_only = true};
    int at = 1;
    vv_status status = VV_OK;

    if (argc > at && strcmp(argv[at], "-c") == 0) {
        view.changes = true;
        at++;
    }
    if (argc <= at) {
        fprintf(stderr, "usage: log_view [-c] DIRECTORY [FROM_LSN]\n");
        return 2;
    }
    options.directory = argv[at];
    view.from = argc > at + 1 ? strtoull(argv[at + 1], NULL, 0) : 0;
    alloc_init(&alloc, 0);
    show_meta(options.directory);
    status = wal_open(&options, &wal, &cause);
    if (status == VV_OK) {
        status = wal_replay(wal, show_record, &view, &cause);
        printf("end of log: %" PRIu64 ", %" PRIu64 " records\n", wal_end(wal), view.count);
    }
    (void)wal_close(wal);
    alloc_release(&alloc);
    if (status != VV_OK) {
        fprintf(stderr, "%s at position %" PRIu64 " (%s)\n", status_text(status), cause.lsn,
                cause.what);
    }
    return status == VV_OK ? 0 : 1;
}

static void show_meta(const char *directory)
{
    char path[OS_PATH_BYTES];
    struct os_file *file = NULL;

    if (!os_path_join(path, directory, "meta") ||
        os_open(os_real(), path, OS_OPEN_READ, &file, NULL) != VV_OK) {
        printf("meta: none\n");
        return;
    }
    for (unsigned i = 0; i < 2; i++) {
        uint8_t page[WAL_META_PAGE_BYTES];
        struct logframe_meta meta;
        size_t got = 0;
        vv_status status = os_pread(os_real(), file, (uint64_t)i * WAL_META_PAGE_DISTANCE, page,
                                    sizeof page, &got, NULL);

        if (status == VV_OK) {
            status = logframe_meta_decode(slice_make(page, got), &meta);
        }
        if (status != VV_OK) {
            printf("meta page %c: %s\n", 'A' + (int)i, status_text(status));
            continue;
        }
        printf("meta page %c: generation %" PRIu64 ", replay start %" PRIu64
               ", known to reach %" PRIu64 ", segments of %" PRIu64 " bytes\n",
               'A' + (int)i, meta.generation, meta.replay_lsn, meta.known_lsn, meta.segment_bytes);
    }
    os_close(os_real(), file);
}

static vv_status show_record(void *context, const struct logframe_record *record)
{
    struct view *view = context;
    uint64_t stream = 0;
    uint64_t position = 0;
    vv_slice bytes = record->payload;

    view->count++;
    if (record->lsn < view->from) {
        return VV_OK;
    }
    printf("%12" PRIu64 " .. %-12" PRIu64 " %-6s %6zu bytes, %" PRIu64 " us, durable then %" PRIu64,
           record->lsn, record->end_lsn, kind_name(record->kind), record->payload.size,
           record->wall_us, record->durable_lsn);
    if (record->kind != REDO_KIND_COMMIT &&
        redo_chunk_decode(record->payload, &stream, &position, &bytes) == VV_OK) {
        printf(", stream %" PRIu64 " at %" PRIu64, stream, position);
    }
    printf("\n");
    if (view->changes && record->kind == REDO_KIND_COMMIT) {
        show_changes(bytes);
    }
    return VV_OK;
}

static void show_changes(vv_slice bytes)
{
    static const char *const names[] = {"?", "put", "delete", "create map", "drop map"};
    struct redo_change change;
    vv_status status = VV_OK;

    while ((status = redo_next(&bytes, &change)) == VV_OK) {
        printf("    %s %u", names[change.operation], change.map);
        if (change.operation <= REDO_DELETE) {
            show_bytes(change.key);
        }
        if (change.operation == REDO_PUT) {
            show_bytes(change.row);
        }
        printf("\n");
    }
    if (status != VV_END) {
        printf("    %s\n", status_text(status));
    }
}

static void show_bytes(vv_slice bytes)
{
    printf(" \"");
    for (size_t i = 0; i < bytes.size && i < 40; i++) {
        if (isprint(bytes.data[i])) {
            putchar(bytes.data[i]);
        } else {
            printf("\\%02x", bytes.data[i]);
        }
    }
    if (bytes.size > 40) {
        printf("\"... (%zu)", bytes.size);
    } else {
        printf("\"");
    }
}

static const char *kind_name(uint8_t kind)
{
    switch (kind) {
    case REDO_KIND_COMMIT:
        return "commit";
    case REDO_KIND_CHUNK:
        return "chunk";
    case REDO_KIND_END:
        return "end";
    default:
        return "?";
    }
}
