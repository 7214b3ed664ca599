/* Shared row locks: holders, strengthening, marks. */
#include "test.h"

#include "txn/rowlock.h"

/* L1 L2: holders, strengthening, marks. */
TEST(shared_row_locks)
{
    struct alloc alloc;
    struct rowlock_table *table = NULL;
    struct rowlock_holder a = {0};
    struct rowlock_holder b = {0};
    vv_slice key = slice_text("key");

    alloc_init(&alloc, 0);
    TEST_OK(rowlock_table_create(&alloc, &table));
    TEST_FALSE(rowlock_any(table));
    TEST_OK(rowlock_take(table, &a, 11, 1, key, ROWLOCK_KEY_SHARE));
    TEST_OK(rowlock_take(table, &b, 12, 1, key, ROWLOCK_KEY_SHARE));
    TEST_EQUAL(0, rowlock_blocker(table, 13, 1, key, ROWLOCK_NO_KEY_UPDATE));
    TEST_EQUAL(0, rowlock_blocker(table, 13, 2, key, ROWLOCK_UPDATE));
    TEST_TRUE(rowlock_blocker(table, 13, 1, key, ROWLOCK_UPDATE) != 0);
    TEST_EQUAL(12, rowlock_blocker(table, 11, 1, key, ROWLOCK_UPDATE));
    TEST_OK(rowlock_take(table, &a, 11, 1, key, ROWLOCK_SHARE));
    TEST_OK(rowlock_take(table, &a, 11, 1, key, ROWLOCK_KEY_SHARE));
    TEST_EQUAL(2, a.count);
    TEST_EQUAL(11, rowlock_blocker(table, 13, 1, key, ROWLOCK_NO_KEY_UPDATE));
    rowlock_end(table, &a, 1);
    TEST_EQUAL(0, rowlock_blocker(table, 13, 1, key, ROWLOCK_NO_KEY_UPDATE));
    rowlock_end(table, &a, 0);
    TEST_EQUAL(12, rowlock_blocker(table, 13, 1, key, ROWLOCK_UPDATE));
    rowlock_end(table, &b, 0);
    TEST_FALSE(rowlock_any(table));
    rowlock_table_destroy(table);
    alloc_release(&alloc);
}
