/*
 * Threads move amounts between accounts, insert (single rows and runs) and delete, roll back to savepoints and scan: every
 * snapshot must show the same total, in both directions, and no update may be lost.
 */
#include "test.h"

#include "tree_fixture.h"

#include "base/bytes.h"
#include "base/rng.h"

#include <pthread.h>
#include <time.h>

#define ACCOUNTS 2000u
#define FLEETING 3000u
#define AMOUNT   1000u
#define THREADS  5u

struct stress {
    struct tree_fixture f;
    pthread_mutex_t commit;
    _Atomic bool stop;
    _Atomic uint64_t moves;
    _Atomic uint64_t scans;
    _Atomic uint64_t conflicts;
};

struct worker {
    struct stress *stress;
    struct fixture_session *s;
    uint64_t seed;
    bool scanner;
};

static vv_slice account_key(uint64_t n, uint8_t *buffer)
{
    /* Accounts and fleeting rows lie mixed, so that leaves split and merge between the accounts. */
    bytes_store64_big(buffer, n * 2654435761u % (1u << 24) << 8 | (n >= ACCOUNTS));
    return slice_make(buffer, 8);
}

static void stress_commit(struct stress *stress, struct fixture_session *s)
{
    uint64_t lsn = 0;

    pthread_mutex_lock(&stress->commit);
    lsn = atomic_fetch_add(&stress->f.lsn, 40) + 40;
    txn_publish(s->txn, lsn);
    visible_advance(&stress->f.visible, lsn);
    pthread_mutex_unlock(&stress->commit);
    rowlock_end(stress->f.shared.rowlocks, &s->holder, 0);
    txn_wake(s->txn);
    tree_changes_commit(&s->changes, lsn);
    snapshot_end(s->snapshot);
}

/* False: a conflict; the transaction was aborted. */
static bool add_to(struct stress *stress, struct fixture_session *s, uint64_t account,
                   int64_t amount, struct rng *rng)
{
    struct vv_cause cause = {0};
    struct tree_write write;
    uint8_t key_bytes[8];
    uint8_t row_bytes[600];
    vv_slice key = account_key(account, key_bytes);
    vv_slice row;
    vv_status status = tree_get(stress->f.tree, s->session, &s->view, key, &row, &cause);

    VV_ASSERT(status == VV_OK && row.size >= 8);
    bytes_store64(row_bytes, bytes_load64(row.data) + (uint64_t)amount);
    write = fixture_write(s, &cause);
    status = tree_update(stress->f.tree, &write, key,
                         slice_make(row_bytes, rng_chance(rng, 1, 30) ? 600 : 8));
    s->view.statement++;
    VV_ASSERT(status == VV_OK || status == VV_CHANGED || status == VV_WAIT);
    return status == VV_OK;
}

static void fleeting(struct stress *stress, struct fixture_session *s, struct rng *rng)
{
    struct vv_cause cause = {0};
    struct tree_write write = fixture_write(s, &cause);
    uint8_t key_bytes[8];
    uint8_t row_bytes[64] = {0};
    vv_slice key = account_key(ACCOUNTS + rng_below(rng, FLEETING), key_bytes);

    write.basis = TREE_BASIS_NEWEST;
    if (rng_chance(rng, 1, 2)) {
        (void)!tree_insert(stress->f.tree, &write, key, slice_make(row_bytes, rng_below(rng, 64)));
    } else {
        (void)!tree_delete(stress->f.tree, &write, key, slice_make(NULL, 0));
    }
    s->view.statement++;
}

#define RUN_ROWS 60u

static int row_order(const void *a, const void *b)
{
    return slice_compare(((const struct tree_row *)a)->key, ((const struct tree_row *)b)->key);
}

/* Rows [first, first + count) as one run; ends at the first one that is there. */
static vv_status insert_run(struct stress *stress, struct fixture_session *s, uint64_t first,
                            unsigned count, const uint64_t *amount)
{
    struct vv_cause cause = {0};
    struct tree_write write = fixture_write(s, &cause);
    uint8_t keys[RUN_ROWS][8];
    struct tree_row rows[RUN_ROWS];
    unsigned done = 0;
    vv_status status = VV_OK;

    for (unsigned i = 0; i < count; i++) {
        rows[i] = (struct tree_row){account_key(first + i, keys[i]), slice_make(amount, 8)};
    }
    qsort(rows, count, sizeof rows[0], row_order);
    status = tree_insert_run(stress->f.tree, &write, rows, count, &done);
    s->view.statement++;
    return status;
}

static void fleeting_run(struct stress *stress, struct fixture_session *s, struct rng *rng)
{
    const uint64_t nothing = 0;
    unsigned count = 1 + (unsigned)rng_below(rng, RUN_ROWS);
    vv_status status = insert_run(stress, s, ACCOUNTS + rng_below(rng, FLEETING), count, &nothing);

    VV_ASSERT(status == VV_OK || status == VV_EXISTS || status == VV_WAIT);
}

static void move_once(struct stress *stress, struct fixture_session *s, struct rng *rng)
{
    bool good = true;

    tree_enter(s->session);
    fixture_begin(&stress->f, s);
    for (unsigned i = 0; i < 3 && good; i++) {
        uint64_t from = rng_below(rng, ACCOUNTS);
        uint64_t to = rng_below(rng, ACCOUNTS);
        uint64_t mark = s->changes.count;
        int64_t amount = (int64_t)rng_below(rng, 50);

        good = add_to(stress, s, from, -amount, rng) && add_to(stress, s, to, amount, rng);
        if (good && rng_chance(rng, 1, 8)) {
            tree_changes_undo(&s->changes, mark);
            txn_undone(s->txn);
        }
        fleeting(stress, s, rng);
        if (rng_chance(rng, 1, 16)) {
            fleeting_run(stress, s, rng);
        }
    }
    if (good && !rng_chance(rng, 1, 20)) {
        stress_commit(stress, s);
        atomic_fetch_add(&stress->moves, 1);
    } else {
        fixture_abort(&stress->f, s);
        atomic_fetch_add(&stress->conflicts, !good);
    }
    (void)tree_settle_step(stress->f.tree, s->session, rng_chance(rng, 1, 16));
    tree_leave(s->session);
}

static void scan_once(struct stress *stress, struct fixture_session *s, struct rng *rng)
{
    static _Thread_local struct cursor cursor;
    vv_slice rows[64];
    vv_slice keys[64];
    uint8_t key_bytes[64 * 16 + PAGE_KEY_BUFFER];
    struct cursor_batch batch = {.capacity = 64,
                                 .rows = rows,
                                 .keys = keys,
                                 .key_bytes = key_bytes,
                                 .key_room = sizeof key_bytes};
    struct cursor_bound none = {0};
    struct vv_cause cause = {0};
    bool reverse = rng_chance(rng, 1, 2);
    uint64_t last = reverse ? UINT64_MAX : 0;
    uint64_t total = 0;
    uint64_t count = 0;
    vv_status status = VV_OK;

    tree_enter(s->session);
    fixture_begin(&stress->f, s);
    cursor_open(&cursor, stress->f.tree, s->session, &s->view, &none, &none, reverse);
    while (status != VV_END) {
        status = cursor_next(&cursor, &batch, &cause);
        VV_ASSERT(status == VV_OK || status == VV_END);
        for (uint32_t i = 0; i < batch.count; i++) {
            uint64_t key = bytes_load64_big(keys[i].data);

            VV_ASSERT(reverse ? key < last : key > last || count + total == 0); /* U1 */
            last = key;
            if ((key & 1) == 0) {
                total += bytes_load64(rows[i].data);
                count++;
            }
        }
        if (rng_chance(rng, 1, 4)) {
            tree_leave(s->session);
            tree_enter(s->session);
        }
    }
    VV_ASSERT(count == ACCOUNTS);                    /* U2 */
    VV_ASSERT(total == (uint64_t)ACCOUNTS * AMOUNT); /* a stable snapshot, nothing lost: T9 */
    fixture_abort(&stress->f, s);
    tree_leave(s->session);
    atomic_fetch_add(&stress->scans, 1);
}

static void *work(void *arg)
{
    struct worker *worker = arg;
    struct rng rng;

    rng_init(&rng, worker->seed);
    while (!atomic_load(&worker->stress->stop)) {
        if (worker->scanner) {
            scan_once(worker->stress, worker->s, &rng);
        } else {
            move_once(worker->stress, worker->s, &rng);
        }
    }
    return NULL;
}

TEST(transfers_and_scans)
{
    struct stress *stress = calloc(1, sizeof *stress);
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    uint64_t seed = test_seed(7);
    struct fixture_session *s = NULL;
    const struct timespec pause = {.tv_nsec = 10000000};
    struct tree_stats stats;
    const char *broken = NULL;
    const uint64_t amount = AMOUNT;

    fixture_open(&stress->f, THREADS);
    pthread_mutex_init(&stress->commit, NULL);
    s = &stress->f.sessions[0];
    tree_enter(s->session);
    fixture_begin(&stress->f, s);
    for (uint64_t i = 0; i < ACCOUNTS; i += ACCOUNTS / 40) {
        TEST_OK(insert_run(stress, s, i, ACCOUNTS / 40, &amount));
    }
    fixture_commit(&stress->f, s);
    tree_leave(s->session);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){stress, &stress->f.sessions[i], seed + i, i >= 3};
        pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    /* So long at least, and until both kinds of threads have come by. */
    for (uint64_t pauses = 0; pauses < 120 * test_effort() || atomic_load(&stress->moves) == 0 ||
                              atomic_load(&stress->scans) == 0;
         pauses++) {
        nanosleep(&pause, NULL);
    }
    atomic_store(&stress->stop, true);
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    broken = tree_verify(stress->f.tree);
    tree_stats(stress->f.tree, &stats);
    printf("%llu moves, %llu conflicts, %llu scans; %llu leaves; %s\n",
           (unsigned long long)stress->moves, (unsigned long long)stress->conflicts,
           (unsigned long long)stress->scans, (unsigned long long)stats.leaf_pages,
           broken == NULL ? "sound" : broken);
    TEST_TRUE(broken == NULL);
    fixture_close(&stress->f);
    free(stress);
}
