/*
 * test_store_race.c - eight threads on one store, every observation checked against what must hold.
 *
 *   transfers   move amounts between accounts; the sum over all accounts is the same in every snapshot
 *               (S3), and in the end each account holds what its log of committed moves says (S4)
 *   counters    READ COMMITTED increments with re-check; the counter counts the commits (S4)
 *   readers     REPEATABLE READ: two scans, forward and backward, and gets agree with one another
 *   writers     savepoints and statements rolled back leave nothing (S5)
 *
 * Locks are taken in any order, so deadlocks happen and must be found. VARVE_TEST_EFFORT multiplies the
 * run; it also runs over the real log in a temporary directory.
 */
#include "store/store.h"

#include "base/bytes.h"
#include "base/rng.h"
#include "os/os.h"
#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define THREADS      8u
#define ACCOUNTS     60u
#define COUNTERS     4u
#define START_AMOUNT 1000
#define MAP_ACCOUNTS 1u
#define MAP_COUNTERS 2u
#define MAP_NOTES    3u
#define ROUNDS       4000u

struct shared {
    struct store *store;
    struct alloc alloc;
    _Atomic uint64_t increments[COUNTERS];
    _Atomic int64_t moved[ACCOUNTS]; /* by committed transfers */
    _Atomic uint64_t commits, conflicts, deadlocks, scans;
    _Atomic bool failed;
    char problem[200];
    uint64_t rounds;
};

struct worker {
    struct shared *shared;
    struct store_session *session;
    struct rng rng;
    unsigned number;
};

static void complain(struct worker *worker, const char *text, vv_status status)
{
    if (!atomic_exchange(&worker->shared->failed, true)) {
        snprintf(worker->shared->problem, sizeof worker->shared->problem, "thread %u: %s (%s)",
                 worker->number, text, status_name(status));
    }
}

static vv_slice account_key(uint8_t key[8], uint64_t number)
{
    bytes_store64_big(key, number);
    return slice_make(key, 8);
}

/* Rows differ in length so that leaves are rebuilt and split. */
static vv_slice amount_row(uint8_t row[200], int64_t amount, struct rng *rng)
{
    size_t size = 8 + rng_below(rng, 150);

    memset(row, (int)amount & 0xFF, size);
    bytes_store64(row, (uint64_t)amount);
    return slice_make(row, size);
}

static int64_t amount_of(vv_slice row)
{
    return row.size < 8 ? -1000000 : (int64_t)bytes_load64(row.data);
}

/* Adds to a row as UPDATE ... SET x = x + n does, with re-check. */
static vv_status add(struct worker *worker, uint32_t map, uint64_t number, int64_t n)
{
    struct store_newest newest = {0};
    uint64_t basis = STORE_BASIS_SNAPSHOT;
    uint8_t key[8];
    uint8_t row[200];
    vv_slice found;
    int64_t amount = 0;
    vv_status status = store_get(worker->session, map, account_key(key, number), &found);

    if (status != VV_OK) {
        return status;
    }
    amount = amount_of(found);
    for (;;) {
        status = store_update(worker->session, map, account_key(key, number),
                              amount_row(row, amount + n, &worker->rng), basis, &newest);
        if (status != VV_CHANGED) {
            return status;
        }
        amount = amount_of(newest.row);
        basis = newest.basis;
    }
}

static bool is_expected(struct worker *worker, vv_status status)
{
    if (status == VV_CONFLICT) {
        atomic_fetch_add(&worker->shared->conflicts, 1);
    } else if (status == VV_DEADLOCK) {
        atomic_fetch_add(&worker->shared->deadlocks, 1);
    }
    return status == VV_CONFLICT || status == VV_DEADLOCK;
}

static void begin(struct worker *worker, enum store_level level)
{
    if (store_begin(worker->session, &(struct store_txn_options){.level = level}) != VV_OK) {
        abort();
    }
}

/* One statement that adds n to an account. */
static vv_status add_statement(struct worker *worker, uint32_t map, uint64_t number, int64_t n)
{
    vv_status status = store_statement_begin(worker->session);

    if (status != VV_OK) {
        return status;
    }
    status = add(worker, map, number, n);
    if (status == VV_OK) {
        status = store_statement_end(worker->session);
    }
    if (status != VV_OK) {
        store_statement_abort(worker->session);
    }
    return status;
}

static void transfer(struct worker *worker)
{
    uint64_t from = rng_below(&worker->rng, ACCOUNTS);
    uint64_t to = (from + 1 + rng_below(&worker->rng, ACCOUNTS - 1)) % ACCOUNTS;
    int64_t n = (int64_t)rng_below(&worker->rng, 50);
    enum store_level level =
        rng_chance(&worker->rng, 1, 2) ? STORE_REPEATABLE_READ : STORE_READ_COMMITTED;
    vv_status status = VV_OK;
    struct store_mark mark;

    begin(worker, level);
    status = add_statement(worker, MAP_ACCOUNTS, from, -n);
    mark = store_savepoint(worker->session);
    if (status == VV_OK && rng_chance(&worker->rng, 1, 3)) { /* a detour that is undone */
        status = add_statement(worker, MAP_ACCOUNTS, rng_below(&worker->rng, ACCOUNTS), 7);
        if (status == VV_OK) {
            store_rollback_to(worker->session, mark);
        }
    }
    if (status == VV_OK) {
        status = add_statement(worker, MAP_ACCOUNTS, to, n);
    }
    if (status != VV_OK || rng_chance(&worker->rng, 1, 10)) {
        store_abort(worker->session);
    } else {
        status = store_commit(worker->session, NULL);
        if (status == VV_OK) {
            atomic_fetch_add(&worker->shared->moved[from], -n);
            atomic_fetch_add(&worker->shared->moved[to], n);
            atomic_fetch_add(&worker->shared->commits, 1);
        }
    }
    if (status != VV_OK && !is_expected(worker, status)) {
        complain(worker, "transfer", status);
    }
}

static void increment(struct worker *worker)
{
    uint64_t number = rng_below(&worker->rng, COUNTERS);
    vv_status status = VV_OK;

    begin(worker, STORE_READ_COMMITTED);
    status = add_statement(worker, MAP_COUNTERS, number, 1);
    if (status == VV_OK) {
        status = store_commit(worker->session, NULL);
    } else {
        store_abort(worker->session);
    }
    if (status == VV_OK) {
        atomic_fetch_add(&worker->shared->increments[number], 1);
    } else if (!is_expected(worker, status)) {
        complain(worker, "increment", status);
    }
}

/* The sum of all accounts by a scan; -1 when something is wrong. */
static int64_t scan_sum(struct worker *worker, bool reverse)
{
    struct store_range all = {0};
    struct store_cursor_options options = {
        .reverse = reverse,
        .keys = true,
        .batch_rows = 1 + (uint32_t)rng_below(&worker->rng, STORE_BATCH_ROWS)};
    struct store_cursor *cursor = NULL;
    struct store_batch batch;
    int64_t sum = 0;
    uint64_t count = 0;
    vv_status status = store_cursor_open(worker->session, MAP_ACCOUNTS, &all, &options, &cursor);

    while (status == VV_OK) {
        status = store_cursor_next(cursor, &batch);
        for (uint32_t i = 0; status == VV_OK && i < batch.count; i++, count++) {
            uint64_t wanted = reverse ? ACCOUNTS - 1 - count : count;

            if (batch.keys[i].size != 8 || bytes_load64_big(batch.keys[i].data) != wanted) {
                complain(worker, "a scan's keys are wrong", VV_OK);
                return -1;
            }
            sum += amount_of(batch.rows[i]);
        }
        if (rng_chance(&worker->rng, 1, 3)) {
            store_repin(worker->session);
        }
    }
    store_cursor_close(cursor);
    if (status != VV_END || count != ACCOUNTS) {
        complain(worker, "a scan ended early", status);
    }
    return sum;
}

/* A long reader: everything it sees in several statements is of one moment. */
static void read_all(struct worker *worker)
{
    int64_t sums[3];
    uint8_t key[8];
    vv_slice row;

    begin(worker, STORE_REPEATABLE_READ);
    for (unsigned i = 0; i < 3; i++) {
        if (store_statement_begin(worker->session) != VV_OK) {
            abort();
        }
        sums[i] = 0;
        if (i < 2) {
            sums[i] = scan_sum(worker, i == 1);
        }
        for (uint64_t n = 0; i == 2 && n < ACCOUNTS; n++) {
            vv_status status = store_get(worker->session, MAP_ACCOUNTS, account_key(key, n), &row);

            if (status != VV_OK) {
                complain(worker, "get", status);
                break;
            }
            sums[i] += amount_of(row);
        }
        if (store_statement_end(worker->session) != VV_OK) {
            complain(worker, "statement end", VV_ERROR);
        }
        store_repin(worker->session);
    }
    if (store_commit(worker->session, NULL) != VV_OK) {
        complain(worker, "a reader's commit", VV_ERROR);
    }
    for (unsigned i = 0; i < 3; i++) {
        if (sums[i] != (int64_t)ACCOUNTS * START_AMOUNT) {
            complain(worker, "a snapshot's sum is wrong", VV_OK);
        }
    }
    atomic_fetch_add(&worker->shared->scans, 2);
}

/* Inserts and deletes of keys that all threads fight for: a key is there once, or not. */
static void notes(struct worker *worker)
{
    uint8_t key[8];
    uint8_t row[200];
    vv_slice found;
    uint64_t number = rng_below(&worker->rng, 30);
    struct store_newest newest;
    vv_status status = VV_OK;

    begin(worker, STORE_READ_COMMITTED);
    if (store_statement_begin(worker->session) != VV_OK) {
        abort();
    }
    if (rng_chance(&worker->rng, 1, 2)) {
        status = store_insert(worker->session, MAP_NOTES, account_key(key, number),
                              amount_row(row, 5, &worker->rng));
    } else {
        status = store_delete(worker->session, MAP_NOTES, account_key(key, number),
                              slice_make("", 0), STORE_BASIS_SNAPSHOT, &newest);
        if (status == VV_CHANGED) {
            status = store_delete(worker->session, MAP_NOTES, account_key(key, number),
                                  slice_make("", 0), newest.basis, &newest);
        }
    }
    if (status == VV_OK || status == VV_EXISTS || status == VV_NOT_FOUND || status == VV_CHANGED) {
        vv_status end = store_statement_end(worker->session);

        if (end != VV_OK) {
            complain(worker, "statement end", end);
        }
        if (rng_chance(&worker->rng, 1, 4)) {
            store_abort(worker->session);
        } else if (store_commit(worker->session, NULL) != VV_OK) {
            complain(worker, "commit of a note", VV_ERROR);
        }
    } else {
        store_statement_abort(worker->session);
        store_abort(worker->session);
        if (!is_expected(worker, status)) {
            complain(worker, "note", status);
        }
    }
    status = store_get_one(worker->session, MAP_NOTES, account_key(key, number), &found);
    if (status == VV_OK ? amount_of(found) != 5 : status != VV_NOT_FOUND) {
        complain(worker, "get_one", status);
    }
}

static void *work(void *argument)
{
    struct worker *worker = argument;

    for (uint64_t i = 0; i < worker->shared->rounds && !atomic_load(&worker->shared->failed); i++) {
        uint64_t draw = rng_below(&worker->rng, 100);

        store_enter(worker->session);
        if (worker->number == 0 || draw < 8) {
            read_all(worker);
        } else if (draw < 60) {
            transfer(worker);
        } else if (draw < 75) {
            increment(worker);
        } else {
            notes(worker);
        }
        store_leave(worker->session);
        if (worker->number == 1 && draw < 10) {
            (void)store_reclaim_step(worker->shared->store);
            (void)store_settle_step(worker->shared->store);
        }
    }
    return NULL;
}

static void fill(struct worker *worker)
{
    uint8_t key[8];
    uint8_t row[200];

    store_enter(worker->session);
    begin(worker, STORE_READ_COMMITTED);
    TEST_OK(store_statement_begin(worker->session));
    for (uint64_t i = 0; i < ACCOUNTS; i++) {
        TEST_OK(store_insert(worker->session, MAP_ACCOUNTS, account_key(key, i),
                             amount_row(row, START_AMOUNT, &worker->rng)));
    }
    for (uint64_t i = 0; i < COUNTERS; i++) {
        TEST_OK(store_insert(worker->session, MAP_COUNTERS, account_key(key, i),
                             amount_row(row, 0, &worker->rng)));
    }
    TEST_OK(store_statement_end(worker->session));
    TEST_OK(store_commit(worker->session, NULL));
    store_leave(worker->session);
}

static void check_end(struct worker *worker)
{
    struct shared *shared = worker->shared;
    uint8_t key[8];
    vv_slice row;

    store_enter(worker->session);
    begin(worker, STORE_READ_COMMITTED);
    TEST_OK(store_statement_begin(worker->session));
    for (uint64_t i = 0; i < ACCOUNTS; i++) {
        TEST_OK(store_get(worker->session, MAP_ACCOUNTS, account_key(key, i), &row));
        TEST_TRUE(amount_of(row) == START_AMOUNT + atomic_load(&shared->moved[i]));
    }
    for (uint64_t i = 0; i < COUNTERS; i++) {
        TEST_OK(store_get(worker->session, MAP_COUNTERS, account_key(key, i), &row));
        TEST_EQUAL(atomic_load(&shared->increments[i]), amount_of(row));
    }
    TEST_OK(store_statement_end(worker->session));
    TEST_OK(store_commit(worker->session, NULL));
    store_leave(worker->session);
}

static void race(const char *path, uint64_t seed, uint64_t rounds)
{
    struct shared *shared = calloc(1, sizeof *shared);
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    struct store_options options = {
        .alloc = &shared->alloc, .path = path, .segment_bytes = 1 << 20};

    alloc_init(&shared->alloc, 0);
    shared->rounds = rounds;
    TEST_OK(store_open(&options, &shared->store, NULL));
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.shared = shared, .number = i};
        rng_init(&workers[i].rng, seed * 100 + i);
        TEST_OK(store_session_open(shared->store, NULL, &workers[i].session));
    }
    fill(&workers[0]);
    for (unsigned i = 0; i < THREADS; i++) {
        TEST_EQUAL(0, pthread_create(&threads[i], NULL, work, &workers[i]));
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    TEST_TEXT("", shared->problem);
    check_end(&workers[0]);
    printf("%llu transfers, %llu conflicts, %llu deadlocks, %llu scans\n",
           (unsigned long long)shared->commits, (unsigned long long)shared->conflicts,
           (unsigned long long)shared->deadlocks, (unsigned long long)shared->scans);
    for (unsigned i = 0; i < THREADS; i++) {
        store_session_close(workers[i].session);
    }
    TEST_OK(store_close(shared->store));
    if (path != NULL) { /* S1: and it is all there again */
        TEST_OK(store_open(&options, &shared->store, NULL));
        TEST_OK(store_session_open(shared->store, NULL, &workers[0].session));
        check_end(&workers[0]);
        store_session_close(workers[0].session);
        TEST_OK(store_close(shared->store));
    }
    alloc_release(&shared->alloc);
    free(shared);
}

TEST(eight_threads_in_memory)
{
    (void)state;
    race(NULL, test_seed(1), ROUNDS * test_effort());
}

static vv_status remove_name(void *user, const char *name)
{
    char path[OS_PATH_BYTES];

    return os_path_join(path, user, name) ? os_unlink(os_real(), path, NULL) : VV_OK;
}

TEST(eight_threads_with_a_log)
{
    char folder[] = "/tmp/varve-race-XXXXXX";

    (void)state;
    TEST_TRUE(mkdtemp(folder) != NULL);
    race(folder, test_seed(2), ROUNDS / 2 * test_effort());
    (void)!os_list(os_real(), folder, remove_name, folder, NULL);
    rmdir(folder);
}
