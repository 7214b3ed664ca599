/* The tree alone: one session, simple histories. */
#include "test.h"

#include "tree_fixture.h"

#include "base/bytes.h"
#include "base/rng.h"
#include "tree/tree_private.h"

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

static size_t versions_and_pages(struct tree_fixture *f)
{
    return alloc_used(&f->alloc, ALLOC_VERSIONS) + alloc_used(&f->alloc, ALLOC_FRAMES);
}

/* Under one old snapshot and one open, unread cursor memory stays the same, however many updates come. */
TEST(old_snapshot_costs_fixed_memory)
{
    static struct cursor cursor;
    struct tree_fixture f;
    struct fixture_session *s = &f.sessions[0];
    struct fixture_session *reader = &f.sessions[1];
    struct cursor_bound none = {0};
    size_t used[2] = {0, 0};
    struct rng rng;

    rng_init(&rng, 11);
    fixture_open(&f, 2);
    load(&f, 1000, true, false);
    fixture_begin(&f, reader);
    cursor_open(&cursor, f.tree, reader->session, &reader->view, &none, &none, false);
    for (unsigned i = 0; i < 200000; i++) {
        struct vv_cause cause = {0};
        struct tree_write write;
        uint8_t key[8];
        uint64_t value = i;

        tree_enter(s->session);
        fixture_begin(&f, s);
        write = fixture_write(s, &cause);
        TEST_OK(
            tree_update(f.tree, &write, key_of(rng_below(&rng, 1000), key), slice_make(&value, 8)));
        fixture_commit(&f, s);
        (void)tree_settle_step(f.tree, s->session, false);
        tree_leave(s->session);
        if (i == 20000 || i == 199999) {
            used[i != 20000] = versions_and_pages(&f);
        }
    }
    printf("%zu bytes after 20,000 updates, %zu after 200,000\n", used[0], used[1]);
    TEST_TRUE(used[1] <= used[0] + used[0] / 25);
    TEST_TRUE(tree_verify(f.tree) == NULL);
    tree_enter(reader->session);
    for (uint64_t i = 0; i < 1000; i++) { /* T9 */
        struct vv_cause cause = {0};
        uint8_t key[8];
        vv_slice row;

        TEST_OK(tree_get(f.tree, reader->session, &reader->view, key_of(i, key), &row, &cause));
        TEST_EQUAL(i + 1, bytes_load64(row.data));
    }
    fixture_abort(&f, reader);
    tree_leave(reader->session);
    fixture_close(&f);
}

static void update_one(struct tree_fixture *f, struct fixture_session *s, uint64_t n,
                       uint64_t value)
{
    struct vv_cause cause = {0};
    struct tree_write write;
    uint8_t key[8];

    tree_enter(s->session);
    fixture_begin(f, s);
    write = fixture_write(s, &cause);
    TEST_OK(tree_update(f->tree, &write, key_of(n, key), slice_make(&value, 8)));
    fixture_commit(f, s);
    tree_leave(s->session);
    TEST_TRUE(tree_verify(f->tree) == NULL);
}

/* T5, T7: versions that everyone sees go without a rebuild while there is room in the page; not before an old
 * snapshot has ended (T9). */
TEST(rows_settle_where_they_stand)
{
    struct tree_fixture f;
    struct fixture_session *s = &f.sessions[0];
    struct fixture_session *reader = &f.sessions[1];
    const struct page *leaf = NULL;

    fixture_open(&f, 2);
    load(&f, 60, false, true);
    settle_all(&f);
    leaf = page_child_page(tree_root(f.tree));
    for (uint64_t i = 0; i < 90; i++) { /* 42 versions are too many for a page of one frame */
        update_one(&f, s, i % 60, i % 60 + 1);
    }
    TEST_TRUE(page_child_page(tree_root(f.tree)) == leaf);
    TEST_TRUE(leaf->owner[LEAF_VERSIONED] <= 60 && leaf->outside_bytes <= 2048 + 48);
    fixture_begin(&f, reader);
    for (uint64_t i = 0; i < 300; i++) {
        update_one(&f, s, i % 60, 1000 + i);
    }
    tree_enter(reader->session);
    for (uint64_t i = 0; i < 60; i++) {
        struct vv_cause cause = {0};
        uint8_t key[8];
        vv_slice row;

        TEST_OK(tree_get(f.tree, reader->session, &reader->view, key_of(i, key), &row, &cause));
        TEST_EQUAL(i + 1, bytes_load64(row.data));
    }
    fixture_abort(&f, reader);
    tree_leave(reader->session);
    fixture_close(&f);
}

/* Leaves that became empty join their neighbours, inner pages too: what is left is small. */
TEST(deleting_everything_shrinks_the_tree)
{
    struct tree_fixture f;
    struct fixture_session *s = &f.sessions[0];
    struct tree_stats stats;

    fixture_open(&f, 1);
    load(&f, 30000, false, false);
    for (uint64_t i = 0; i < 30000; i++) {
        struct vv_cause cause = {0};
        struct tree_write write;
        uint8_t key[8];

        tree_enter(s->session);
        fixture_begin(&f, s);
        write = fixture_write(s, &cause);
        TEST_OK(tree_delete(f.tree, &write, key_of(i, key), slice_make(NULL, 0)));
        fixture_commit(&f, s);
        (void)tree_settle_step(f.tree, s->session, i % 64 == 0);
        tree_leave(s->session);
    }
    settle_all(&f);
    tree_stats(f.tree, &stats);
    printf("%llu rows, %llu leaves, %llu inner, height %u\n", (unsigned long long)stats.rows,
           (unsigned long long)stats.leaf_pages, (unsigned long long)stats.inner_pages,
           stats.height);
    TEST_EQUAL(0, stats.rows);
    TEST_TRUE(stats.leaf_pages <= 3);
    TEST_TRUE(tree_verify(f.tree) == NULL);
    fixture_close(&f);
}

/* Estimates: a tenth of the keys is about a tenth of the rows; split keys ascend and cut evenly. */
TEST(ranges_and_split_keys)
{
    struct tree_fixture f;
    struct fixture_session *s = &f.sessions[0];
    uint8_t low[8];
    uint8_t high[8];
    uint8_t keys[8 * LIMIT_KEY_BYTES];
    uint16_t sizes[8];
    uint8_t last[LIMIT_KEY_BYTES];
    size_t last_size = 0;
    uint64_t rows = 0;
    unsigned count = 0;
    struct vv_cause cause = {0};

    fixture_open(&f, 1);
    load(&f, 30000, true, false);
    tree_enter(s->session);
    rows = tree_range_rows(f.tree, s->session, key_of(10000, low), key_of(13000, high));
    printf("3,000 rows are estimated as %llu\n", (unsigned long long)rows);
    TEST_TRUE(rows > 2000 && rows < 4500);
    count =
        tree_split_keys(f.tree, s->session, slice_make("", 0), slice_make(NULL, 0), 7, keys, sizes);
    TEST_EQUAL(7, count);
    for (unsigned i = 0; i < count; i++) {
        uint8_t full[8] = {0};
        uint64_t at = 0;

        memcpy(full, keys + (size_t)i * LIMIT_KEY_BYTES, sizes[i] < 8 ? sizes[i] : 8);
        at = bytes_load64_big(full);
        TEST_TRUE(at > 30000 * (i + 1) / 8 - 3000 && at < 30000 * (i + 1) / 8 + 3000);
    }
    TEST_OK(tree_last_key(f.tree, s->session, last, &last_size, &cause));
    TEST_EQUAL(8, last_size);
    TEST_EQUAL(29999, bytes_load64_big(last));
    tree_leave(s->session);
    fixture_close(&f);
}

/* A key without the prefix of 900 bytes that all rows of a leaf share would make every one of them long: it gets a page of
 * its own, at either end. */
TEST(key_without_the_long_prefix)
{
    struct tree_fixture f;
    struct fixture_session *s = NULL;
    uint8_t key[908];

    fixture_open(&f, 1);
    s = &f.sessions[0];
    fixture_begin(&f, s);
    tree_enter(s->session);
    memset(key, 'm', sizeof key);
    for (uint64_t i = 0; i < 304; i++) {
        struct vv_cause cause = {0};
        struct tree_write write = fixture_write(s, &cause);
        bool outside = i >= 302;

        bytes_store64_big(key + 900, i * 7919 % 302);
        key[0] = !outside ? 'm' : i == 302 ? 'a' : 'z';
        TEST_OK(tree_insert(f.tree, &write, slice_make(key, outside ? 1 : sizeof key),
                            slice_make(key, 8)));
    }
    TEST_TRUE(tree_verify(f.tree) == NULL);
    fixture_commit(&f, s);
    tree_leave(s->session);
    fixture_close(&f);
}

#define SHAPES     6u
#define SHAPE_ROWS 250u

struct shaped_rows {
    uint8_t keys[SHAPE_ROWS][1000];
    struct tree_row rows[SHAPE_ROWS];
    size_t prefixes[SHAPES]; /* of keys that begin with one letter */
    uint64_t next;
};

static int by_key(const void *a, const void *b)
{
    return slice_compare(((const struct tree_row *)a)->key, ((const struct tree_row *)b)->key);
}

/* Sorted rows, most of one shape; the ones of a long prefix are many, those beside them few or many. */
static void shaped_rows_draw(struct shaped_rows *shaped, struct rng *rng, unsigned count)
{
    static uint8_t bytes[20000];
    unsigned main_shape = (unsigned)rng_below(rng, SHAPES);
    unsigned others = (unsigned)rng_below(rng, 3) * 8;
    unsigned wide = rng_chance(rng, 1, 2) ? 1 : 50; /* one row of so many: few in a leaf */

    for (unsigned i = 0; i < count; i++) {
        unsigned shape =
            rng_chance(rng, others, 100) ? (unsigned)rng_below(rng, SHAPES) : main_shape;
        size_t size = shaped->prefixes[shape];

        memset(shaped->keys[i], (int)('a' + shape), size);
        bytes_store64_big(shaped->keys[i] + size, shaped->next++ * 0x9E3779B97F4A7C15u);
        shaped->rows[i].key = slice_make(shaped->keys[i], size + 8);
        shaped->rows[i].row =
            slice_make(bytes, rng_chance(rng, 1, 300)    ? 17000
                              : rng_chance(rng, 1, wide) ? 9000 + rng_below(rng, 7000)
                                                         : rng_below(rng, 300));
    }
    qsort(shaped->rows, count, sizeof shaped->rows[0], by_key);
}

/* Leaves and inner pages whose keys share long prefixes or do not, by runs and row by row: what fits a page is never
 * taken for granted. T1 T2 T3 T7 T10 */
static void keys_of_all_shapes(uint64_t seed, unsigned runs)
{
    static struct shaped_rows shaped;
    struct tree_fixture f;
    struct fixture_session *s = NULL;
    struct rng rng;
    uint64_t rows = 0;

    rng_init(&rng, seed);
    shaped.next = seed * 1000003;
    for (unsigned i = 0; i < SHAPES; i++) {
        shaped.prefixes[i] =
            rng_chance(&rng, 2, 3) ? 850 + rng_below(&rng, 142) : rng_below(&rng, 3);
    }
    fixture_open(&f, 1);
    s = &f.sessions[0];
    for (unsigned i = 0; i < runs; i++) {
        struct vv_cause cause = {0};
        unsigned count = rng_chance(&rng, 1, 3) ? 1 + (unsigned)rng_below(&rng, 4) : SHAPE_ROWS;
        unsigned done = 0;
        struct tree_write write;

        shaped_rows_draw(&shaped, &rng, count);
        fixture_begin(&f, s);
        tree_enter(s->session);
        write = fixture_write(s, &cause);
        if (rng_chance(&rng, 3, 4)) {
            TEST_OK(tree_insert_run(f.tree, &write, shaped.rows, count, &done));
            TEST_EQUAL(count, done);
        } else {
            for (unsigned j = 0; j < count; j++) {
                TEST_OK(tree_insert(f.tree, &write, shaped.rows[j].key, shaped.rows[j].row));
            }
        }
        if (rng_chance(&rng, 1, 5)) {
            fixture_abort(&f, s);
        } else {
            fixture_commit(&f, s);
            rows += count;
        }
        while (rng_chance(&rng, 1, 2) && tree_settle_step(f.tree, s->session, true)) {
        }
        tree_leave(s->session);
        if (i % 8 == 7 && tree_verify(f.tree) != NULL) {
            fail_msg("%s", tree_verify(f.tree));
        }
    }
    tree_enter(s->session);
    while (tree_settle_step(f.tree, s->session, true)) {
    }
    tree_leave(s->session);
    TEST_TRUE(tree_verify(f.tree) == NULL);
    TEST_TRUE(rows > 0);
    fixture_close(&f);
}

TEST(runs_of_keys_with_long_prefixes)
{
    uint64_t seed = test_seed(100);

    (void)state;
    for (uint64_t i = 0; i < 6 * test_effort(); i++) {
        keys_of_all_shapes(seed + i, 60);
    }
}

/* A separator without the prefix of 900 bytes that all others of an inner page share: beside those, at either end, alone
 * or with others of its kind. */
TEST(separator_without_the_long_prefix)
{
    static struct shaped_rows shaped;
    struct tree_fixture f;
    struct fixture_session *s = NULL;

    (void)state;
    for (unsigned outsiders = 1; outsiders <= 201; outsiders += 100) {
        for (unsigned side = 0; side < 2; side++) {
            struct vv_cause cause = {0};
            struct tree_write write;
            static const uint8_t
                bytes[16000]; /* few rows a leaf, so that few rows have many leaves */
            unsigned done = 0;

            fixture_open(&f, 1);
            s = &f.sessions[0];
            fixture_begin(&f, s);
            tree_enter(s->session);
            write = fixture_write(s, &cause);
            memset(shaped.keys[0], 'm', 900);
            for (uint64_t i = 0; i < 701; i++) {
                bytes_store64_big(shaped.keys[0] + 900, i * 7919 % 701);
                TEST_OK(tree_insert(f.tree, &write, slice_make(shaped.keys[0], 908),
                                    slice_make(bytes, sizeof bytes)));
            }
            for (unsigned i = 0; i < outsiders; i++) {
                shaped.keys[i][0] = side == 0 ? 'a' : 'z';
                shaped.keys[i][1] = (uint8_t)i;
                shaped.rows[i] =
                    (struct tree_row){slice_make(shaped.keys[i], 2),
                                      slice_make(bytes, i % 3 == 0 ? sizeof bytes : 50)};
            }
            TEST_OK(tree_insert_run(f.tree, &write, shaped.rows, outsiders, &done));
            TEST_TRUE(tree_verify(f.tree) == NULL);
            fixture_commit(&f, s);
            tree_leave(s->session);
            fixture_close(&f);
        }
    }
}
