/* Every n-th allocation fails: a write reports it and changes nothing, the tree verifies, nothing leaks. */
#include "test.h"

#include "tree_fixture.h"

#include "base/bytes.h"
#include "base/rng.h"

static vv_status write_one(struct fixture_session *s, struct tree *tree, struct rng *rng,
                           unsigned step)
{
    static uint8_t row[20000];
    struct vv_cause cause = {0};
    struct tree_write write = fixture_write(s, &cause);
    uint8_t key[8];
    size_t size = step % 50 == 7 ? 17000 : step % 9 == 0 ? 700 : rng_below(rng, 60);

    bytes_store64_big(key, rng_below(rng, 120) * 1000003);
    write.basis = TREE_BASIS_NEWEST;
    write.replace_from = step % 3 == 0 ? 0 : UINT32_MAX;
    s->view.statement++;
    write.statement = s->view.statement;
    write.view.statement = VIEW_ALL_OWN;
    switch (rng_below(rng, 5)) {
    case 0:
    case 1:
        return tree_insert(tree, &write, slice_make(key, 8), slice_make(row, size));
    case 2:
        return tree_update(tree, &write, slice_make(key, 8), slice_make(row, size));
    case 3:
        return tree_delete(tree, &write, slice_make(key, 8), slice_make(NULL, 0));
    default:
        return tree_lock(tree, &write, slice_make(key, 8),
                         (enum rowlock_mode)rng_below(rng, ROWLOCK_UPDATE + 1));
    }
}

static void script(struct tree_fixture *f)
{
    struct fixture_session *s = &f->sessions[0];
    struct fixture_session *reader = &f->sessions[1];
    struct rng rng;

    rng_init(&rng, 5);
    for (unsigned i = 0; i < 40; i++) {
        if (i == 10) {
            fixture_begin(f, reader); /* an old snapshot: versions must be kept */
        } else if (i == 30) {
            snapshot_end(reader->snapshot);
            txn_publish(reader->txn, TXN_NEVER);
        }
        fixture_begin(f, s);
        tree_enter(s->session);
        for (unsigned j = 0; j < 12; j++) {
            vv_status status = write_one(s, f->tree, &rng, i * 12 + j);

            VV_ASSERT(status == VV_OK || status == VV_NOMEM || status == VV_EXISTS ||
                      status == VV_NOT_FOUND);
        }
        if (i % 5 == 4) {
            fixture_abort(f, s);
        } else {
            fixture_commit(f, s);
        }
        (void)tree_settle_step(f->tree, s->session, true);
        tree_leave(s->session);
        VV_ASSERT(tree_verify(f->tree) == NULL);
    }
}

TEST_SWEEP(writes_survive_any_failing_allocation)
{
    struct tree_fixture f;

    if (fixture_try_open(&f, 2) == VV_OK) {
        script(&f);
        fixture_close(&f);
    }
}

TEST(writes_without_failure)
{
    struct tree_fixture f;

    fixture_open(&f, 2);
    script(&f);
    TEST_TRUE(tree_verify(f.tree) == NULL);
    fixture_close(&f);
}

#define RUN_ROWS 300u

/* Rows first, first + step, ... as one run; some of them long. */
static vv_status insert_run(struct tree_fixture *f, struct fixture_session *s, uint64_t first,
                            uint64_t step, unsigned count)
{
    static uint8_t bytes[20000];
    struct vv_cause cause = {0};
    struct tree_write write = fixture_write(s, &cause);
    uint8_t keys[RUN_ROWS][8];
    struct tree_row rows[RUN_ROWS];
    unsigned done = 0;
    vv_status status = VV_OK;

    for (unsigned i = 0; i < count; i++) {
        bytes_store64_big(keys[i], first + i * step);
        rows[i].key = slice_make(keys[i], 8);
        rows[i].row = slice_make(bytes, i % 97 == 50 ? 17000 : i % 41 == 7 ? 3000 : i % 50);
    }
    s->view.statement++;
    status = tree_insert_run(f->tree, &write, rows, count, &done);
    VV_ASSERT(status == VV_OK ? done == count : done < count);
    return status;
}

/* Runs into an empty tree, behind all rows and between them, rolled back, overwritten, settled. */
static void run_script(struct tree_fixture *f)
{
    struct fixture_session *s = &f->sessions[0];
    struct rng rng;

    rng_init(&rng, 9);
    for (unsigned i = 0; i < 6; i++) {
        uint64_t mark = 0;

        fixture_begin(f, s);
        tree_enter(s->session);
        (void)!insert_run(f, s, i < 3 ? 1000003u * i : i * 5 + 1, 1000, i == 1 ? 1 : RUN_ROWS);
        mark = s->changes.count;
        (void)!insert_run(f, s, 500000000u + i, 7, 20);
        if (i % 2 == 1) {
            tree_changes_undo(&s->changes, mark);
            txn_undone(s->txn);
        }
        for (unsigned j = 0; j < 8; j++) {
            vv_status status = write_one(s, f->tree, &rng, i * 8 + j);

            VV_ASSERT(status == VV_OK || status == VV_NOMEM || status == VV_EXISTS ||
                      status == VV_NOT_FOUND);
        }
        if (i == 2) {
            fixture_abort(f, s);
        } else {
            fixture_commit(f, s);
        }
        while (i % 2 == 0 && tree_settle_step(f->tree, s->session, true)) {
        }
        tree_leave(s->session);
        VV_ASSERT(tree_verify(f->tree) == NULL);
    }
}

TEST_SWEEP(runs_survive_any_failing_allocation)
{
    struct tree_fixture f;

    if (fixture_try_open(&f, 1) == VV_OK) {
        run_script(&f);
        fixture_close(&f);
    }
}

static void replay_script(struct tree_fixture *f)
{
    static uint8_t row[20000];
    struct tree_session *session = f->sessions[0].session;
    struct vv_cause cause = {0};
    struct rng rng;

    rng_init(&rng, 6);
    for (unsigned i = 0; i < 400; i++) {
        uint8_t key[8];
        size_t size = i % 40 == 0 ? 18000 : rng_below(&rng, 90);
        vv_status status = VV_OK;

        bytes_store64_big(key, rng_below(&rng, 150) * 77773);
        tree_enter(session);
        if (rng_chance(&rng, 2, 3)) {
            status = tree_replay_put(f->tree, session, slice_make(key, 8), slice_make(row, size), i,
                                     &cause);
        } else {
            status = tree_replay_delete(f->tree, session, slice_make(key, 8), i, &cause);
        }
        tree_leave(session);
        VV_ASSERT(status == VV_OK || status == VV_NOMEM);
        VV_ASSERT(tree_verify(f->tree) == NULL);
    }
}

TEST_SWEEP(replay_survives_any_failing_allocation)
{
    struct tree_fixture f;

    if (fixture_try_open(&f, 1) == VV_OK) {
        replay_script(&f);
        fixture_close(&f);
    }
}
