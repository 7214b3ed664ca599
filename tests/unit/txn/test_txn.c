/* Slots, fates, judging, and waiting for one another. */
#include "test.h"

#include "base/alloc.h"
#include "os/os.h"
#include "txn/txn.h"

#include <pthread.h>

struct fixture {
    struct alloc alloc;
    struct txn_table *table;
    struct txn *txns[6];
    struct waiter waiters[6];
    int wakes[6];
};

static void count_wake(void *arg)
{
    ++*(int *)arg;
}

static void fixture_open(struct fixture *f, bool blocking)
{
    memset(f, 0, sizeof *f);
    alloc_init(&f->alloc, 0);
    TEST_OK(txn_table_create(&f->alloc, &f->table));
    for (int i = 0; i < 6; i++) {
        TEST_OK(txn_acquire(f->table, &f->txns[i]));
        waiter_init(&f->waiters[i], os_real(), blocking ? NULL : count_wake, &f->wakes[i]);
    }
}

static void fixture_close(struct fixture *f)
{
    for (int i = 0; i < 6; i++) {
        txn_drop(f->txns[i]);
    }
    txn_table_destroy(f->table);
    alloc_release(&f->alloc);
}

static void end(struct txn *txn, uint64_t outcome)
{
    txn_publish(txn, outcome);
    txn_wake(txn);
}

/* X1: the fate of a tag, also after its slot was used again. */
TEST(fates)
{
    struct fixture f;
    struct txn_view view = {.snapshot = 50, .statement = 3};
    uint64_t lsn = 0;
    uint64_t tag = 0;

    fixture_open(&f, true);
    tag = txn_begin(f.txns[0], 1);
    TEST_TRUE(txn_is_tag(tag));
    TEST_EQUAL(TXN_IS_OPEN, txn_look(f.table, tag, &lsn));
    TEST_EQUAL(TXN_HIDDEN, txn_judge(f.table, &view, tag, 1));
    view.tag = tag;
    TEST_EQUAL(TXN_VISIBLE, txn_judge(f.table, &view, tag, 2));
    TEST_EQUAL(TXN_HIDDEN, txn_judge(f.table, &view, tag, 3));
    view.tag = 0;
    end(f.txns[0], 50);
    TEST_EQUAL(TXN_IS_COMMITTED, txn_look(f.table, tag, &lsn));
    TEST_EQUAL(50, lsn);
    TEST_EQUAL(TXN_VISIBLE, txn_judge(f.table, &view, tag, 1));
    view.snapshot = 49;
    TEST_EQUAL(TXN_HIDDEN, txn_judge(f.table, &view, tag, 1));
    TEST_TRUE(txn_begin(f.txns[0], 2) != tag);
    TEST_EQUAL(TXN_IS_PAST, txn_look(f.table, tag, &lsn));
    TEST_EQUAL(TXN_RELOAD, txn_judge(f.table, &view, tag, 1));
    end(f.txns[0], TXN_NEVER);
    TEST_EQUAL(TXN_IS_ABORTED, txn_look(f.table, txn_tag(f.txns[0]), &lsn));
    fixture_close(&f);
}

/* X4: a transaction nobody waits for comes and goes while the wait-for graph is locked. */
TEST(no_waiter_no_lock)
{
    struct fixture f;

    fixture_open(&f, true);
    lock_acquire(&f.table->wait_lock);
    (void)txn_begin(f.txns[0], 1);
    end(f.txns[0], 44);
    (void)txn_begin(f.txns[0], 2);
    end(f.txns[0], TXN_NEVER);
    lock_release(&f.table->wait_lock);
    fixture_close(&f);
}

/* X2: a wait ends with the owner, with an undo, at once when there is nothing to wait for. */
TEST(waits_end)
{
    struct fixture f;
    uint64_t owner = 0;
    uint32_t seen = 0;

    fixture_open(&f, false);
    owner = txn_begin(f.txns[0], 1);
    (void)txn_begin(f.txns[1], 2);
    seen = txn_undo_seen(f.table, owner);
    TEST_STATUS(VV_WAITING, txn_wait_start(f.txns[1], &f.waiters[1], owner, seen, NULL));
    TEST_STATUS(VV_WAITING, txn_wait_poll(f.txns[1]));
    TEST_EQUAL(0, f.wakes[1]);
    end(f.txns[0], 77);
    TEST_EQUAL(1, f.wakes[1]);
    TEST_OK(txn_wait_poll(f.txns[1]));
    TEST_OK(txn_wait_start(f.txns[1], &f.waiters[1], owner, seen, NULL));
    owner = txn_begin(f.txns[0], 3);
    seen = txn_undo_seen(f.table, owner);
    TEST_STATUS(VV_WAITING, txn_wait_start(f.txns[1], &f.waiters[1], owner, seen, NULL));
    txn_undone(f.txns[0]);
    TEST_EQUAL(2, f.wakes[1]);
    TEST_OK(txn_wait_poll(f.txns[1]));
    TEST_OK(txn_wait_start(f.txns[1], &f.waiters[1], owner, seen, NULL)); /* undone since */
    seen = txn_undo_seen(f.table, owner);
    TEST_STATUS(VV_WAITING, txn_wait_start(f.txns[1], &f.waiters[1], owner, seen, NULL));
    waiter_interrupt(&f.waiters[1]);
    TEST_STATUS(VV_CANCELED, txn_wait_poll(f.txns[1]));
    waiter_clear(&f.waiters[1]);
    TEST_STATUS(VV_WAITING, txn_wait_start(f.txns[1], &f.waiters[1], owner, seen, NULL));
    txn_wait_cancel(f.txns[1]);
    end(f.txns[0], TXN_NEVER);
    end(f.txns[1], TXN_NEVER);
    fixture_close(&f);
}

/* X3: a ring of four; the youngest hears of it, whoever closes the ring. */
static void ring(int closer, int youngest)
{
    struct fixture f;
    uint64_t tags[4];

    fixture_open(&f, false);
    for (int i = 0; i < 4; i++) {
        tags[i] = txn_begin(f.txns[i], i == youngest ? 100 : (uint64_t)i);
    }
    for (int i = 1; i < 4; i++) {
        int who = (closer + i) % 4;

        TEST_STATUS(VV_WAITING,
                    txn_wait_start(f.txns[who], &f.waiters[who], tags[(who + 1) % 4], 0, NULL));
    }
    TEST_STATUS(
        closer == youngest ? VV_DEADLOCK : VV_WAITING,
        txn_wait_start(f.txns[closer], &f.waiters[closer], tags[(closer + 1) % 4], 0, NULL));
    for (int i = 0; i < 4; i++) {
        if (i != closer) {
            TEST_STATUS(i == youngest ? VV_DEADLOCK : VV_WAITING, txn_wait_poll(f.txns[i]));
        }
    }
    for (int i = 0; i < 4; i++) { /* the loser ends, then one after the other */
        int who = (youngest + 4 - i) % 4;

        if (i > 0) {
            TEST_OK(txn_wait_poll(f.txns[who]));
        }
        end(f.txns[who], TXN_NEVER);
    }
    fixture_close(&f);
}

TEST(youngest_of_a_ring_loses)
{
    for (int closer = 0; closer < 4; closer++) {
        for (int youngest = 0; youngest < 4; youngest++) {
            ring(closer, youngest);
        }
    }
}

struct several {
    struct txn_blockers blockers;
    uint64_t tags[3];
};

static void several_each(const struct txn_blockers *blockers, txn_visit visit, void *arg)
{
    const struct several *several = (const struct several *)(const void *)blockers;

    for (int i = 0; i < 3; i++) {
        visit(arg, several->tags[i]);
    }
}

/* 1 waits for 0, which runs, and for 2 and 3 too; they wait for 1 in the end: two deadlocks, closed one after the
 * other (loser: who loses the first one) or both at once, by 1. The statuses of the three at the end. */
static void many_holders(bool at_once, vv_status first, vv_status second, vv_status third)
{
    struct fixture f;
    struct several several = {{several_each}, {0}};
    uint64_t tags[4];
    vv_status statuses[4];

    fixture_open(&f, false);
    for (int i = 0; i < 4; i++) {
        tags[i] = txn_begin(f.txns[i], (uint64_t)i);
        several.tags[i % 3] = tags[i]; /* 3, 1 and 2: the holder itself does no harm */
    }
    several.tags[1] = tags[0];
    for (int i = 0; i < 3; i++) {
        int who = at_once ? (i + 1) % 3 + 1 : i + 1;

        statuses[who] = txn_wait_start(f.txns[who], &f.waiters[who], who == 1 ? tags[0] : tags[1],
                                       0, who == 1 ? &several.blockers : NULL);
    }
    for (int i = 1; i < 4; i++) {
        statuses[i] = statuses[i] == VV_WAITING ? txn_wait_poll(f.txns[i]) : statuses[i];
        txn_wait_cancel(f.txns[i]);
    }
    TEST_STATUS(first, statuses[1]);
    TEST_STATUS(second, statuses[2]);
    TEST_STATUS(third, statuses[3]);
    for (int i = 0; i < 4; i++) {
        end(f.txns[i], TXN_NEVER);
    }
    fixture_close(&f);
}

/* X3: each cycle is found when it closes, through whichever holder. */
TEST(cycles_through_all_holders)
{
    many_holders(false, VV_WAITING, VV_DEADLOCK, VV_DEADLOCK);
    many_holders(true, VV_WAITING, VV_DEADLOCK, VV_DEADLOCK);
    if (probe_available()) {
        probe_set_naive(NAIVE_TXN_WAITS_FOR_ONE, true);
        many_holders(false, VV_WAITING, VV_WAITING, VV_WAITING);
        probe_reset();
    }
}

/* A deadline of the caller's. */
TEST(wait_times_out)
{
    struct fixture f;
    uint64_t owner = 0;

    fixture_open(&f, true);
    owner = txn_begin(f.txns[0], 1);
    (void)txn_begin(f.txns[1], 2);
    TEST_STATUS(VV_TIMEOUT, txn_wait(f.txns[1], &f.waiters[1], owner, 0, NULL,
                                     os_monotonic_ns(os_real()) + 2000000));
    end(f.txns[0], TXN_NEVER);
    end(f.txns[1], TXN_NEVER);
    fixture_close(&f);
}

struct contest {
    struct fixture f;
    _Atomic uint64_t owner;
    _Atomic uint64_t passes;
    _Atomic int deadlocks;
};

struct contender {
    struct contest *contest;
    int number;
};

/* Each takes the word, or waits for who has it; now and then all cross each other. */
static void *contend(void *arg)
{
    struct contender *me = arg;
    struct contest *c = me->contest;
    struct txn *txn = c->f.txns[me->number];

    for (int i = 0; i < 300; i++) {
        uint64_t tag = txn_begin(txn, (uint64_t)i);

        for (;;) {
            uint64_t owner = atomic_load(&c->owner);
            uint64_t none = 0;
            vv_status status = VV_OK;

            if (owner == 0 && atomic_compare_exchange_strong(&c->owner, &none, tag)) {
                break;
            }
            if (owner == 0) {
                continue;
            }
            status = txn_wait(txn, &c->f.waiters[me->number], owner,
                              txn_undo_seen(c->f.table, owner), NULL, 0);
            if (status == VV_DEADLOCK) {
                atomic_fetch_add(&c->deadlocks, 1);
            }
        }
        atomic_fetch_add(&c->passes, 1);
        atomic_store(&c->owner, 0);
        end(txn, 1000);
    }
    return NULL;
}

/* X2: no wake is lost among threads that sleep. */
TEST(threads_take_turns)
{
    static struct contest c;
    pthread_t threads[4];
    struct contender contenders[4];

    fixture_open(&c.f, true);
    for (int i = 0; i < 4; i++) {
        contenders[i] = (struct contender){&c, i};
        pthread_create(&threads[i], NULL, contend, &contenders[i]);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    TEST_EQUAL(1200, c.passes);
    TEST_EQUAL(0, c.deadlocks); /* nobody waits while it owns */
    fixture_close(&c.f);
}
