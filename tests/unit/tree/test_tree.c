/* The tree alone: one session, simple histories. */
#include "test.h"

#include "tree_fixture.h"

#include "base/bytes.h"
#include "base/rng.h"

static vv_slice key_of(uint64_t n, uint8_t *buffer)
{
    bytes_store64_big(buffer, n);
    return slice_make(buffer, 8);
}

static vv_status put(struct fixture_session *s, struct tree *tree, uint64_t n, uint64_t value)
{
    struct vv_cause cause = {0};
    struct tree_write write = fixture_write(s, &cause);
    uint8_t key[8];

    return tree_insert(tree, &write, key_of(n, key), slice_make(&value, sizeof value));
}

/* T1 T2 T3: a million keys would be too slow here; 20,000 make three levels of small pages. */
static void load(struct tree_fixture *f, uint64_t count, bool random, bool one_txn)
{
    struct fixture_session *s = &f->sessions[0];

    for (uint64_t i = 0; i < count; i++) {
        uint64_t n = random ? i * 7919 % count : i;

        if (!one_txn || i == 0) {
            fixture_begin(f, s);
        }
        tree_enter(s->session);
        TEST_OK(put(s, f->tree, n, n + 1));
        if (!one_txn) {
            fixture_commit(f, s);
            (void)tree_settle_step(f->tree, s->session, false);
        }
        tree_leave(s->session);
    }
    if (one_txn) {
        tree_enter(s->session);
        fixture_commit(f, s);
        tree_leave(s->session);
    }
}

static void check_all(struct tree_fixture *f, uint64_t count)
{
    struct fixture_session *s = &f->sessions[0];
    struct vv_cause cause = {0};

    fixture_begin(f, s);
    tree_enter(s->session);
    for (uint64_t i = 0; i < count; i++) {
        uint8_t key[8];
        vv_slice row;

        TEST_OK(tree_get(f->tree, s->session, &s->view, key_of(i, key), &row, &cause));
        TEST_EQUAL(8, row.size);
        TEST_EQUAL(i + 1, bytes_load64(row.data));
    }
    TEST_TRUE(tree_verify(f->tree) == NULL);
    fixture_abort(f, s);
    tree_leave(s->session);
}

static void settle_all(struct tree_fixture *f)
{
    struct fixture_session *s = &f->sessions[0];
    bool more = true;

    while (more) {
        tree_enter(s->session);
        more = tree_settle_step(f->tree, s->session, true);
        tree_leave(s->session);
    }
}

static void print_bytes(struct tree_fixture *f, const char *what, uint64_t count)
{
    struct tree_stats stats;

    tree_stats(f->tree, &stats);
    TEST_EQUAL(count, stats.rows);
    printf("%s: %.1f bytes a row in pages, %.1f outside, %llu leaves, %llu inner, height %u\n",
           what, (double)stats.page_bytes / (double)count,
           (double)stats.outside_bytes / (double)count, (unsigned long long)stats.leaf_pages,
           (unsigned long long)stats.inner_pages, stats.height);
}

TEST(ascending_load)
{
    struct tree_fixture f;

    fixture_open(&f, 1);
    load(&f, 20000, false, false);
    check_all(&f, 20000);
    print_bytes(&f, "ascending", 20000);
    settle_all(&f);
    check_all(&f, 20000);
    print_bytes(&f, "settled", 20000);
    fixture_close(&f);
}

TEST(random_load)
{
    struct tree_fixture f;

    fixture_open(&f, 1);
    load(&f, 20000, true, false);
    check_all(&f, 20000);
    print_bytes(&f, "random", 20000);
    settle_all(&f);
    check_all(&f, 20000);
    print_bytes(&f, "settled", 20000);
    fixture_close(&f);
}

TEST(load_in_one_transaction)
{
    struct tree_fixture f;

    fixture_open(&f, 1);
    load(&f, 20000, true, true);
    check_all(&f, 20000);
    print_bytes(&f, "one transaction", 20000);
    settle_all(&f);
    check_all(&f, 20000);
    print_bytes(&f, "settled", 20000);
    fixture_close(&f);
}

/* An abort leaves no row. */
TEST(abort_leaves_nothing)
{
    struct tree_fixture f;
    struct fixture_session *s = &f.sessions[0];
    struct vv_cause cause = {0};

    fixture_open(&f, 1);
    fixture_begin(&f, s);
    tree_enter(s->session);
    for (uint64_t i = 0; i < 2000; i++) {
        TEST_OK(put(s, f.tree, i, i));
    }
    fixture_abort(&f, s);
    fixture_begin(&f, s);
    for (uint64_t i = 0; i < 2000; i++) {
        uint8_t key[8];
        vv_slice row;

        TEST_STATUS(VV_NOT_FOUND,
                    tree_get(f.tree, s->session, &s->view, key_of(i, key), &row, &cause));
    }
    fixture_abort(&f, s);
    tree_leave(s->session);
    settle_all(&f);
    TEST_TRUE(tree_verify(f.tree) == NULL);
    print_bytes(&f, "aborted", 0);
    fixture_close(&f);
}
