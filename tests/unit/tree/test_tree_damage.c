/* For each promise of the tree a damaged tree, and tree_verify() names the promise. */
#include "test.h"

#include "tree/tree_private.h"
#include "tree_fixture.h"

#include "base/bytes.h"

#define ROWS 3000u

struct damage {
    struct tree_fixture f;
    struct page *root;
    struct page *leaf; /* the second one */
};

static void write_row(struct tree_fixture *f, unsigned who, uint64_t n, size_t size, bool insert)
{
    static uint8_t row[20000];
    struct vv_cause cause = {0};
    struct tree_write write = fixture_write(&f->sessions[who], &cause);
    uint8_t key[8];

    bytes_store64_big(key, n);
    if (insert) {
        TEST_OK(tree_insert(f->tree, &write, slice_make(key, 8), slice_make(row, size)));
    } else {
        TEST_OK(tree_update(f->tree, &write, slice_make(key, 8), slice_make(row, size)));
    }
    f->sessions[who].view.statement++;
}

/* A sound tree with two levels; in its second leaf row 0 is plain, row 1 has a version before a plain row,
 * row 2 an undecided one before a committed one, row 3 is large. */
static void damage_open(struct damage *d)
{
    struct fixture_session *s = NULL;
    struct page_cell cell;
    uint8_t key[PAGE_KEY_BUFFER];
    uint64_t first = 0;

    fixture_open(&d->f, 3);
    s = &d->f.sessions[0];
    for (unsigned i = 0; i < 3; i++) {
        tree_enter(d->f.sessions[i].session);
    }
    fixture_begin(&d->f, s);
    for (uint64_t i = 0; i < ROWS; i++) {
        write_row(&d->f, 0, i, 8, true);
    }
    fixture_commit(&d->f, s);
    while (tree_settle_step(d->f.tree, s->session, true)) {
    }
    d->root = page_child_page(tree_root(d->f.tree));
    d->leaf = page_child_page(page_child_load(d->root, page_slot_load(d->root, 1)));
    (void)page_key_copy(d->leaf, page_slot_load(d->leaf, 0), key);
    first = bytes_load64_big(key);
    fixture_begin(&d->f, &d->f.sessions[1]); /* holds the old versions */
    fixture_begin(&d->f, s);
    write_row(&d->f, 0, first + 1, 8, false);
    write_row(&d->f, 0, first + 2, 8, false);
    write_row(&d->f, 0, first + 3, 18000, false);
    fixture_commit(&d->f, s);
    fixture_begin(&d->f, &d->f.sessions[2]);
    write_row(&d->f, 2, first + 2, 8, false);
    d->root = page_child_page(tree_root(d->f.tree));
    d->leaf = page_child_page(page_child_load(d->root, page_slot_load(d->root, 1)));
    TEST_TRUE(page_cell_read(d->leaf, page_slot_load(d->leaf, 2), &cell) && cell.record != 0);
    TEST_TRUE(tree_verify(d->f.tree) == NULL);
}

static void damage_close(struct damage *d)
{
    TEST_TRUE(tree_verify(d->f.tree) == NULL); /* the damage was undone */
    fixture_abort(&d->f, &d->f.sessions[2]);
    fixture_abort(&d->f, &d->f.sessions[1]);
    for (unsigned i = 0; i < 3; i++) {
        tree_leave(d->f.sessions[i].session);
    }
    fixture_close(&d->f);
}

static void names(struct damage *d, const char *promise)
{
    const char *broken = tree_verify(d->f.tree);

    TEST_TRUE(broken != NULL);
    printf("  %s\n", broken);
    if (strncmp(broken, promise, strlen(promise)) != 0) {
        print_error("wanted %s, got: %s\n", promise, broken);
        fail();
    }
}

static struct tree_version *version_at(struct damage *d, unsigned index)
{
    struct page_cell cell;

    TEST_TRUE(page_cell_read(d->leaf, page_slot_load(d->leaf, index), &cell));
    return cell_version(&cell);
}

TEST(order)
{
    struct damage d;
    _Atomic page_slot *slots = NULL;
    page_slot a = 0;

    damage_open(&d);
    slots = page_slots(d.leaf);
    a = slots[10];
    slots[10] = slots[11];
    slots[11] = a;
    names(&d, "T1");
    slots[11] = slots[10];
    slots[10] = a;
    damage_close(&d);
}

TEST(fences)
{
    struct damage d;
    page_slot second = 0;
    page_slot third = 0;

    damage_open(&d);
    /* Two children change places: keys are no longer between the fences. */
    second = page_slot_load(d.root, 1);
    third = page_slot_load(d.root, 2);
    page_child_store(d.root, second, page_child_load(d.root, third));
    page_child_store(d.root, third, page_child_hot(d.leaf));
    names(&d, "T2");
    page_child_store(d.root, third, page_child_load(d.root, second));
    page_child_store(d.root, second, page_child_hot(d.leaf));
    damage_close(&d);
}

TEST(levels)
{
    struct damage d;
    uint32_t height = 0;

    damage_open(&d);
    height = atomic_load(&d.f.tree->height);
    atomic_store(&d.f.tree->height, height + 1);
    names(&d, "T3");
    atomic_store(&d.f.tree->height, height);
    (void)latch_write_lock(page_latch(d.leaf));
    names(&d, "T3");
    latch_write_unlock_same(page_latch(d.leaf));
    damage_close(&d);
}

TEST(chains)
{
    struct damage d;
    struct tree_version *head = NULL;
    struct tree_version *older = NULL;
    uint64_t begin = 0;

    damage_open(&d);
    head = version_at(&d, 2);
    older = older_version(version_older(head));
    begin = version_begin(older);
    atomic_store(&older->begin, d.f.sessions[1].view.tag); /* somebody else, undecided */
    names(&d, "T4");
    atomic_store(&older->begin, begin);
    begin = version_begin(head);
    atomic_store(&head->begin, 1);
    names(&d, "T4");
    atomic_store(&head->begin, begin);
    damage_close(&d);
}

TEST(plain_cells)
{
    struct damage d;
    _Atomic page_slot *slots = NULL;
    page_slot plain = 0;

    damage_open(&d);
    slots = page_slots(d.leaf);
    plain = slots[0];
    slots[0] = plain | PAGE_SLOT_STUB;
    names(&d, "T5");
    slots[0] = plain;
    damage_close(&d);
}

TEST(bytes_out_of_line)
{
    struct damage d;
    struct tree_version *version = NULL;
    uint64_t older = 0;

    damage_open(&d);
    version = version_at(&d, 1);
    older = version_older(version);
    TEST_TRUE(older_is_plain(older));
    version_set_older(version, older ^ OLDER_OUTSIDE);
    names(&d, "T6");
    version_set_older(version, older);
    version = version_at(&d, 3);
    atomic_fetch_and(&version->flags, ~VERSION_OUTSIDE);
    names(&d, "T6");
    atomic_fetch_or(&version->flags, VERSION_OUTSIDE);
    damage_close(&d);
}

TEST(counts)
{
    struct damage d;

    damage_open(&d);
    d.leaf->owner[LEAF_VERSIONED]++;
    names(&d, "T7");
    d.leaf->owner[LEAF_VERSIONED]--;
    d.leaf->outside_bytes++;
    names(&d, "T7");
    d.leaf->outside_bytes--;
    counter_add(&d.f.tree->rows, 0, 1);
    names(&d, "T7");
    counter_add(&d.f.tree->rows, 0, UINT64_MAX);
    damage_close(&d);
}

/* T8: a version of a transaction that has ended must be stamped or marked; T10: one slot a key. */
TEST(undecided_and_twice)
{
    struct damage d;
    _Atomic page_slot *slots = NULL;
    page_slot slot = 0;

    damage_open(&d);
    txn_publish(d.f.sessions[2].txn, TXN_NEVER); /* and its versions are not marked */
    names(&d, "T8");
    atomic_store(&d.f.sessions[2].txn->outcome, TXN_OPEN);
    slots = page_slots(d.leaf);
    slot = slots[20];
    slots[20] = slots[21];
    names(&d, "T10");
    slots[20] = slot;
    damage_close(&d);
}

/* T9: the listed snapshot's version was taken away; verify knows the listed snapshots. */
TEST(needed_version_is_missing)
{
    struct damage d;
    struct tree_version *version = NULL;
    uint64_t older = 0;

    damage_open(&d);
    version = version_at(&d, 1);
    older = version_older(version);
    version_set_older(version, 0);
    names(&d, "T9");
    version_set_older(version, older);
    damage_close(&d);
}
