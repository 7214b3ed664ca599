/*
 * micro_tree.c - the tree alone: insert, get, update, scan; a committer that only counts.
 *
 *   micro_tree [rows]      one million by default; nanoseconds an operation
 */
#include "base/bytes.h"
#include "base/rng.h"
#include "os/os.h"
#include "os/os_chunk.h"
#include "tree/cursor.h"
#include "tree/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct bench {
    struct alloc alloc;
    struct visible visible;
    struct tree_shared shared;
    struct tree_session *session;
    struct tree *tree;
    struct txn *txn;
    struct snapshot_slot *snapshot;
    struct tree_changes changes;
    struct tree_write write;
    struct vv_cause cause;
    uint64_t lsn;
    uint64_t rows;
    size_t row_bytes;
};

static void check(vv_status status)
{
    if (status != VV_OK) {
        fprintf(stderr, "failed: %s\n", status_name(status));
        exit(1);
    }
}

/* Processor time: other work on the machine does not count. */
static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void report(const struct bench *b, const char *what, double start, uint64_t count)
{
    struct tree_stats stats;

    tree_stats(b->tree, &stats);
    printf("%-28s %8.1f ns   %6.1f B/row in pages %6.1f outside\n", what,
           (now_ns() - start) / (double)count, (double)stats.page_bytes / (double)stats.rows,
           (double)stats.outside_bytes / (double)stats.rows);
}

static void bench_open(struct bench *b)
{
    memset(b, 0, sizeof *b);
    alloc_init(&b->alloc, 0);
    visible_init(&b->visible, 100);
    b->lsn = 100;
    b->shared.alloc = &b->alloc;
    b->shared.visible = &b->visible;
    b->shared.row_bytes_max = 1u << 30;
    b->shared.frames = frames_create(&b->alloc, os_chunk_source(os_real()));
    b->shared.epochs = epoch_domain_create(&b->alloc);
    check(txn_table_create(&b->alloc, &b->shared.txns));
    check(snapshot_table_create(&b->alloc, &b->shared.snapshots));
    check(rowlock_table_create(&b->alloc, &b->shared.rowlocks));
    check(tree_shared_init(&b->shared));
    check(tree_session_create(&b->shared, &b->session));
    check(txn_acquire(b->shared.txns, &b->txn));
    check(snapshot_acquire(b->shared.snapshots, &b->snapshot));
    check(tree_create(&b->shared, b->session, 1, &b->tree));
    b->write = (struct tree_write){.session = b->session,
                                   .changes = &b->changes,
                                   .statement = 1,
                                   .replace_from = UINT32_MAX,
                                   .strength = ROWLOCK_NO_KEY_UPDATE,
                                   .cause = &b->cause};
    b->write.view.statement = 1;
}

static void begin(struct bench *b)
{
    tree_enter(b->session);
    b->write.view.tag = txn_begin(b->txn, b->lsn);
    b->write.view.snapshot = snapshot_take(b->snapshot, &b->visible);
}

static void commit(struct bench *b)
{
    b->lsn += 48;
    txn_publish(b->txn, b->lsn);
    visible_advance(&b->visible, b->lsn);
    txn_wake(b->txn);
    tree_changes_commit(&b->changes, b->lsn);
    snapshot_end(b->snapshot);
    (void)tree_settle_step(b->tree, b->session, false);
    tree_leave(b->session);
}

static void load(struct bench *b, bool random, uint64_t batch)
{
    uint8_t row[1024] = {0};
    uint64_t step = random ? 2654435761u : 1;

    for (uint64_t i = 0; i < b->rows; i++) {
        uint8_t key[8];
        uint64_t n = i * step % b->rows;

        if (i % batch == 0) {
            begin(b);
        }
        bytes_store64_big(key, n);
        bytes_store64(row, n);
        check(tree_insert(b->tree, &b->write, slice_make(key, 8), slice_make(row, b->row_bytes)));
        if (i % batch == batch - 1 || i + 1 == b->rows) {
            commit(b);
        }
    }
}

static void get(struct bench *b, uint64_t count, bool dependent)
{
    struct rng rng;
    uint64_t carry = 0;

    rng_init(&rng, 3);
    begin(b);
    b->write.view.tag = 0;
    for (uint64_t i = 0; i < count; i++) {
        uint8_t key[8];
        vv_slice row;
        uint64_t n = (rng_next(&rng) + carry) % b->rows;

        bytes_store64_big(key, n);
        check(tree_get(b->tree, b->session, &b->write.view, slice_make(key, 8), &row, &b->cause));
        if (dependent) {
            carry = bytes_load64(row.data) & 1;
        } else if (bytes_load64(row.data) > b->rows + count) {
            exit(1);
        }
        if (i % 64 == 0) {
            tree_leave(b->session);
            tree_enter(b->session);
        }
    }
    snapshot_end(b->snapshot);
    tree_leave(b->session);
}

static void update(struct bench *b, uint64_t count)
{
    uint8_t row[1024] = {0};
    struct rng rng;

    rng_init(&rng, 4);
    for (uint64_t i = 0; i < count; i++) {
        uint8_t key[8];

        bytes_store64_big(key, rng_below(&rng, b->rows));
        bytes_store64(row, i);
        begin(b);
        check(tree_update(b->tree, &b->write, slice_make(key, 8), slice_make(row, b->row_bytes)));
        commit(b);
    }
}

static uint64_t scan(struct bench *b, uint64_t scans, uint64_t rows_each)
{
    static struct cursor cursor;
    vv_slice rows[256];
    struct cursor_batch batch = {.rows = rows};
    struct rng rng;
    uint64_t sum = 0;

    rng_init(&rng, 5);
    for (uint64_t i = 0; i < scans; i++) {
        uint8_t key[8];
        struct cursor_bound low = {.set = true, .inclusive = true};
        struct cursor_bound high = {0};
        uint64_t left = rows_each;
        vv_status status = VV_OK;

        bytes_store64_big(key, rows_each < b->rows ? rng_below(&rng, b->rows - rows_each) : 0);
        low.key = slice_make(key, 8);
        begin(b);
        b->write.view.tag = 0;
        cursor_open(&cursor, b->tree, b->session, &b->write.view, &low, &high, false);
        while (left > 0 && status == VV_OK) {
            batch.capacity = left < 256 ? (uint32_t)left : 256;
            status = cursor_next(&cursor, &batch, &b->cause);
            for (uint32_t j = 0; j < batch.count; j++) {
                sum += bytes_load64(rows[j].data);
            }
            left -= batch.count;
        }
        snapshot_end(b->snapshot);
        tree_leave(b->session);
    }
    return sum;
}

static void settle(struct bench *b)
{
    bool more = true;

    while (more) {
        tree_enter(b->session);
        more = tree_settle_step(b->tree, b->session, true);
        tree_leave(b->session);
    }
}

static void bench_close(struct bench *b)
{
    struct tree_memory *memory = NULL;
    const char *broken = tree_verify(b->tree);

    printf("%s\n", broken == NULL ? "sound" : broken);
    check(tree_memory_create(&b->shared, &memory));
    tree_destroy(b->tree, b->session);
    snapshot_drop(b->shared.snapshots, b->snapshot);
    txn_drop(b->txn);
    tree_session_destroy(b->session);
    epoch_domain_destroy(b->shared.epochs, memory);
    tree_memory_destroy(memory);
    tree_shared_release(&b->shared);
    rowlock_table_destroy(b->shared.rowlocks);
    snapshot_table_destroy(b->shared.snapshots);
    txn_table_destroy(b->shared.txns);
    frames_destroy(b->shared.frames);
}

static void run(uint64_t rows, bool random, size_t row_bytes)
{
    struct bench b;
    double start = 0;
    uint64_t sum = 0;

    printf("--- %llu rows of %zu bytes, %s\n", (unsigned long long)rows, row_bytes,
           random ? "random" : "ascending");
    bench_open(&b);
    b.rows = rows;
    b.row_bytes = row_bytes;
    start = now_ns();
    load(&b, random, 1);
    report(&b, "insert, autocommit", start, rows);
    start = now_ns();
    get(&b, rows, false);
    report(&b, "get", start, rows);
    start = now_ns();
    get(&b, rows, true);
    report(&b, "get, dependent", start, rows);
    start = now_ns();
    sum = scan(&b, rows / 50, 100);
    report(&b, "scan of 100, a row", start, rows * 2);
    start = now_ns();
    sum += scan(&b, 1, rows);
    report(&b, "scan of all, a row", start, rows);
    start = now_ns();
    update(&b, rows);
    report(&b, "update, autocommit", start, rows);
    start = now_ns();
    update(&b, rows);
    report(&b, "update again", start, rows);
    start = now_ns();
    get(&b, rows, false);
    report(&b, "get, unsettled", start, rows);
    start = now_ns();
    settle(&b);
    report(&b, "settle, a row", start, rows);
    start = now_ns();
    get(&b, rows, false);
    report(&b, "get, settled", start, rows);
    printf("(%llu) ", (unsigned long long)sum);
    bench_close(&b);
}

int main(int argc, char **argv)
{
    uint64_t rows = argc > 1 ? strtoull(argv[1], NULL, 0) : 1000000;

    run(rows, false, 8);
    run(rows, true, 8);
    run(rows / 10, true, 1000);
    return 0;
}
