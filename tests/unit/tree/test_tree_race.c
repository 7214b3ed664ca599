/*
 * Races written down as scripts: a probe stops one side where it hurts, the other side runs, and what is
 * checked must hold. Each script runs twice: with the naive code, where its alarm must go off, and
 * without. Needs -Dprobes=true.
 */
#include "test.h"

#include "tree/tree_private.h"
#include "tree_fixture.h"

#include "base/bytes.h"
#include "base/probe.h"

struct script {
    struct tree_fixture f;
    void (*meanwhile)(struct script *script);
    unsigned passes; /* of the probe until it acts */
    bool done;
    bool alarm;
};

static vv_slice key_of(uint64_t n, uint8_t *buffer)
{
    bytes_store64_big(buffer, n);
    return slice_make(buffer, 8);
}

static vv_status put(struct script *script, unsigned who, uint64_t n, uint64_t value, bool insert)
{
    struct fixture_session *s = &script->f.sessions[who];
    struct vv_cause cause = {0};
    struct tree_write write = fixture_write(s, &cause);
    uint8_t key[8];

    s->view.statement++;
    return insert ? tree_insert(script->f.tree, &write, key_of(n, key), slice_make(&value, 8))
                  : tree_update(script->f.tree, &write, key_of(n, key), slice_make(&value, 8));
}

static void put_commit(struct script *script, unsigned who, uint64_t n, uint64_t value, bool insert)
{
    struct fixture_session *s = &script->f.sessions[who];

    fixture_begin(&script->f, s);
    TEST_OK(put(script, who, n, value, insert));
    fixture_commit(&script->f, s);
}

/* 0: no such row. */
static uint64_t value_seen(struct script *script, unsigned who, uint64_t n)
{
    struct fixture_session *s = &script->f.sessions[who];
    struct vv_cause cause = {0};
    uint8_t key[8];
    vv_slice row;

    if (tree_get(script->f.tree, s->session, &s->view, key_of(n, key), &row, &cause) != VV_OK) {
        return 0;
    }
    return bytes_load64(row.data);
}

static void settle(struct script *script, unsigned who)
{
    while (tree_settle_step(script->f.tree, script->f.sessions[who].session, true)) {
    }
}

/* Runs `meanwhile` the n-th time somebody comes by, once. */
static vv_status come_by(void *user, enum probe probe)
{
    struct script *script = user;

    (void)probe;
    if (!script->done && script->passes-- == 0) {
        script->done = true;
        script->meanwhile(script);
    }
    return VV_OK;
}

static void script_open(struct script *script, enum probe probe, unsigned passes,
                        void (*meanwhile)(struct script *script))
{
    memset(script, 0, sizeof *script);
    fixture_open(&script->f, 4);
    for (unsigned i = 0; i < 4; i++) {
        tree_enter(script->f.sessions[i].session);
    }
    script->meanwhile = meanwhile;
    script->passes = passes;
    probe_set(probe, come_by, script);
    script->done = true; /* armed by the script itself */
}

/* What the naive code loses cannot be given back: its fixture is left as it is. */
static void script_close(struct script *script, bool alarm)
{
    probe_reset();
    if (alarm) {
        return;
    }
    for (unsigned i = 0; i < 4; i++) {
        tree_leave(script->f.sessions[i].session);
    }
    fixture_close(&script->f);
}

/* With the naive code the alarm must go off, without it must not. */
static void both_ways(enum probe_naive naive, bool (*run)(struct script *script))
{
    static struct script scripts[64];
    static unsigned used;

    if (!probe_available()) {
        skip();
    }
    probe_set_naive(naive, true);
    TEST_TRUE(run(&scripts[used++]));
    probe_reset();
    TEST_FALSE(run(&scripts[used++]));
    probe_reset();
}

/* ---- a snapshot being taken while the pruner scans ---- */

static void update_and_prune(struct script *script)
{
    for (uint64_t i = 0; i < 40; i++) {
        put_commit(script, 1, 5, 100 + i, false);
    }
    settle(script, 1);
}

/* T9 N1: the taker knows its LSN and has not published it; whoever prunes meanwhile must not take away
 * what it will see. */
static bool snapshot_beside_pruner(struct script *script)
{
    bool alarm = false;

    script_open(script, PROBE_SNAPSHOT_TAKING, 0, update_and_prune);
    put_commit(script, 0, 5, 7, true);
    script->done = false;
    fixture_begin(&script->f, &script->f.sessions[0]);
    alarm = value_seen(script, 0, 5) != 7;
    fixture_abort(&script->f, &script->f.sessions[0]);
    script_close(script, alarm);
    return alarm;
}

TEST(snapshot_taken_while_the_pruner_scans)
{
    both_ways(NAIVE_SNAPSHOT_WITHOUT_BOUND, snapshot_beside_pruner);
}

/* ---- a split between a write and its commit's stamping ---- */

static void split_leaf(struct script *script)
{
    fixture_begin(&script->f, &script->f.sessions[1]);
    for (uint64_t i = 0; i < 500; i++) {
        TEST_OK(put(script, 1, 1000 + i, i, true));
    }
    fixture_commit(&script->f, &script->f.sessions[1]);
}

/* T4 T8: the leaf is replaced and split after the commit was published, before its versions are stamped:
 * the stamp must reach the row wherever it stands now. */
static bool split_before_stamp(struct script *script)
{
    bool alarm = false;

    script_open(script, PROBE_TREE_BEFORE_STAMP, 0, split_leaf);
    fixture_begin(&script->f, &script->f.sessions[0]);
    TEST_OK(put(script, 0, 900, 8, true));
    script->done = false;
    fixture_commit(&script->f, &script->f.sessions[0]);
    fixture_begin(&script->f, &script->f.sessions[2]);
    alarm = tree_verify(script->f.tree) != NULL || value_seen(script, 2, 900) != 8;
    fixture_abort(&script->f, &script->f.sessions[2]);
    script_close(script, alarm);
    return alarm;
}

TEST(split_between_a_write_and_its_stamp)
{
    both_ways(NAIVE_TREE_STAMP_BY_PAGE, split_before_stamp);
}

/* ---- a settled chain between two stamps ---- */

/* Another commit carries `visible` past ours, and the leaf is rebuilt. Not until it is settled: that it can
 * not be before we go on. */
static void commit_and_settle(struct script *script)
{
    put_commit(script, 1, 5000, 1, true);
    for (unsigned i = 0; i < 4; i++) {
        (void)tree_settle_step(script->f.tree, script->f.sessions[1].session, true);
    }
}

static bool is_stamped(struct script *script, uint64_t n)
{
    struct vv_cause cause = {0};
    struct page_cell cell;
    struct page *leaf = NULL;
    uint8_t buffer[8];
    vv_slice key = key_of(n, buffer);
    bool stamped = false;

    TEST_OK(descend_latch(script->f.tree, key, &leaf, &cause));
    TEST_TRUE(page_cell_read(leaf, page_slot_load(leaf, page_search(leaf, key).index), &cell));
    stamped = cell_version(&cell) == NULL || !txn_is_tag(version_begin(cell_version(&cell)));
    latch_write_unlock_same(page_latch(leaf));
    return stamped;
}

/* T8: a transaction wrote row 800, then row 900 twice; its newest version is stamped and settled before the
 * ones below: a rebuild that links the chain up for freeing cuts the committer's list, and 800 keeps a tag for
 * ever, which whoever writes it next waits for without end. */
static bool settle_between_stamps(struct script *script)
{
    bool alarm = false;

    script_open(script, PROBE_TREE_STAMPING, 0, commit_and_settle);
    fixture_begin(&script->f, &script->f.sessions[0]);
    TEST_OK(put(script, 0, 800, 7, true));
    TEST_OK(put(script, 0, 900, 8, true));
    TEST_OK(put(script, 0, 900, 9, false));
    snapshot_end(script->f.sessions[0].snapshot); /* nobody's snapshot is in the way */
    script->done = false;
    fixture_commit(&script->f, &script->f.sessions[0]);
    alarm = !is_stamped(script, 800) || !is_stamped(script, 900);
    script_close(script, alarm);
    return alarm;
}

TEST(settled_chain_between_two_stamps)
{
    both_ways(NAIVE_TREE_DROP_UNSTAMPED, settle_between_stamps);
}

/* ---- the same key inserted on both sides of a leaf boundary ---- */

/* Rows of 300 bytes, so that the page that is split away still has room for a small one. */
static void insert_there(struct script *script)
{
    static const uint8_t row[300];
    struct fixture_session *s = &script->f.sessions[1];

    fixture_begin(&script->f, s);
    for (uint64_t i = 0; i < 60; i++) {
        struct vv_cause cause = {0};
        struct tree_write write = fixture_write(s, &cause);
        uint8_t key[8];

        if (i != 30) {
            TEST_OK(tree_insert(script->f.tree, &write, key_of(1270 + i, key),
                                slice_make(row, sizeof row)));
        }
    }
    TEST_OK(put(script, 1, 1300, 1, true));
    fixture_commit(&script->f, s);
}

/* T10: a writer knows its leaf; before it latches it the leaf is split and the key goes into the new
 * right one. The writer must notice. */
static bool insert_on_both_sides(struct script *script)
{
    vv_status status = VV_OK;
    bool alarm = false;

    script_open(script, PROBE_TREE_WRITE_LEAF, 0, insert_there);
    put_commit(script, 0, 10, 1, true);
    fixture_begin(&script->f, &script->f.sessions[0]);
    script->done = false;
    status = put(script, 0, 1300, 2, true);
    alarm = status != VV_EXISTS;
    fixture_abort(&script->f, &script->f.sessions[0]);
    script_close(script, alarm);
    return alarm;
}

TEST(unique_key_on_both_sides_of_a_boundary)
{
    both_ways(NAIVE_TREE_INSERT_UNCHECKED, insert_on_both_sides);
}

/* ---- a cursor held while its page is replaced ---- */

static void insert_before(struct script *script)
{
    fixture_begin(&script->f, &script->f.sessions[1]);
    for (uint64_t i = 0; i < 200; i++) {
        TEST_OK(put(script, 1, 1 + i * 2, i, true));
    }
    fixture_commit(&script->f, &script->f.sessions[1]);
}

/* U1 U2: slots move and the leaf splits between two windows of a cursor. */
static bool cursor_over_replaced_page(struct script *script)
{
    static struct cursor cursor;
    vv_slice rows[16];
    struct cursor_batch batch = {.capacity = 16, .rows = rows};
    struct cursor_bound none = {0};
    struct vv_cause cause = {0};
    uint64_t wanted = 0;
    bool alarm = false;
    vv_status status = VV_OK;

    script_open(script, PROBE_TREE_CURSOR_WINDOW, 0, insert_before);
    fixture_begin(&script->f, &script->f.sessions[0]);
    for (uint64_t i = 0; i < 160; i++) {
        TEST_OK(put(script, 0, i * 2, i + 1, true));
    }
    fixture_commit(&script->f, &script->f.sessions[0]);
    fixture_begin(&script->f, &script->f.sessions[0]);
    script->done = false;
    cursor_open(&cursor, script->f.tree, script->f.sessions[0].session, &script->f.sessions[0].view,
                &none, &none, false);
    while (status == VV_OK && !alarm) {
        status = cursor_next(&cursor, &batch, &cause);
        for (uint32_t i = 0; i < batch.count; i++) {
            alarm |= bytes_load64(rows[i].data) != ++wanted;
        }
    }
    alarm |= wanted != 160;
    fixture_abort(&script->f, &script->f.sessions[0]);
    script_close(script, alarm);
    return alarm;
}

TEST(cursor_held_while_its_page_is_replaced)
{
#ifdef VV_PESSIMISTIC_LATCHES
    skip(); /* the naive code reads beside the latch */
#endif
    both_ways(NAIVE_TREE_CURSOR_UNCHECKED, cursor_over_replaced_page);
}

/* ---- a transaction slot used again under a reader ---- */

static uint64_t reader_begin;

static void stamp_and_begin_anew(struct script *script)
{
    struct fixture_session *s = &script->f.sessions[1];

    tree_changes_commit(&s->changes, reader_begin);
    (void)txn_begin(s->txn, 1);
}

/* X1: the reader has read a version's tag; before it asks for the fate, the transaction's versions are
 * stamped and its slot belongs to the next one. */
static bool slot_used_again(struct script *script, enum probe probe)
{
    bool alarm = false;

    script_open(script, probe, 0, stamp_and_begin_anew);
    put_commit(script, 0, 5, 1, true);
    fixture_begin(&script->f, &script->f.sessions[1]);
    TEST_OK(put(script, 1, 5, 2, false));
    script->f.lsn += 40;
    reader_begin = script->f.lsn;
    txn_publish(script->f.sessions[1].txn, reader_begin);
    visible_advance(&script->f.visible, reader_begin);
    snapshot_end(script->f.sessions[1].snapshot);
    fixture_begin(&script->f, &script->f.sessions[0]);
    script->done = false;
    alarm = value_seen(script, 0, 5) != 2;
    fixture_abort(&script->f, &script->f.sessions[0]);
    txn_publish(script->f.sessions[1].txn, TXN_NEVER);
    script_close(script, alarm);
    return alarm;
}

static bool slot_used_again_before_look(struct script *script)
{
    return slot_used_again(script, PROBE_TREE_READ_VERSION);
}

TEST(slot_used_again_under_a_reader)
{
    both_ways(NAIVE_TXN_IGNORE_GENERATION, slot_used_again_before_look);
}

/* The order of the slot's two words: between them the reader sees the new outcome with the old tag. */
static uint64_t order_tag;
static bool order_alarm;

static void look_between(struct script *script)
{
    uint64_t lsn = 0;

    order_alarm = txn_look(script->f.shared.txns, order_tag, &lsn) == TXN_IS_OPEN;
}

static bool begin_in_two_steps(struct script *script)
{
    script_open(script, PROBE_TXN_BEGINNING, 0, look_between);
    put_commit(script, 0, 5, 1, true);
    fixture_begin(&script->f, &script->f.sessions[1]);
    TEST_OK(put(script, 1, 5, 2, false));
    script->f.lsn += 40;
    txn_publish(script->f.sessions[1].txn, script->f.lsn);
    visible_advance(&script->f.visible, script->f.lsn);
    snapshot_end(script->f.sessions[1].snapshot);
    fixture_begin(&script->f, &script->f.sessions[0]);
    /* A reader that has read the tag from a version looks while the slot changes. */
    order_tag = script->f.sessions[1].view.tag;
    tree_changes_commit(&script->f.sessions[1].changes, script->f.lsn);
    script->done = false;
    order_alarm = false;
    (void)txn_begin(script->f.sessions[1].txn, 1);
    txn_publish(script->f.sessions[1].txn, TXN_NEVER);
    fixture_abort(&script->f, &script->f.sessions[0]);
    script_close(script, order_alarm);
    return order_alarm;
}

TEST(slot_words_change_in_order)
{
    both_ways(NAIVE_TXN_OUTCOME_BEFORE_TAG, begin_in_two_steps);
}

/* ---- a row used while its page is replaced ---- */

/* The reader holds a slice; its page is rebuilt twice and its frames would be used again. */
static bool slice_outlives_its_page(struct script *script)
{
    struct fixture_session *s = &script->f.sessions[0];
    struct vv_cause cause = {0};
    uint8_t key[8];
    vv_slice row;
    bool alarm = false;

    script_open(script, PROBE_TREE_READ_LEAF, 0, split_leaf);
    fixture_begin(&script->f, s);
    for (uint64_t i = 0; i < 100; i++) {
        TEST_OK(put(script, 0, i, i + 1, true));
    }
    fixture_commit(&script->f, s);
    settle(script, 0);
    fixture_begin(&script->f, s);
    TEST_OK(tree_get(script->f.tree, s->session, &s->view, key_of(50, key), &row, &cause));
    fixture_begin(&script->f, &script->f.sessions[1]);
    for (uint64_t i = 0; i < 2000; i++) {
        TEST_OK(put(script, 1, 200 + i, 0xEEEEEEEE, true));
    }
    fixture_commit(&script->f, &script->f.sessions[1]);
    alarm = bytes_load64(row.data) != 51;
    fixture_abort(&script->f, s);
    script_close(script, alarm);
    return alarm;
}

TEST(slice_outlives_its_page_until_the_epoch_is_left)
{
#if defined(__SANITIZE_ADDRESS__)
    skip(); /* the naive code reads freed memory */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    skip();
#endif
#endif
    both_ways(NAIVE_TREE_FREE_AT_ONCE, slice_outlives_its_page);
}
