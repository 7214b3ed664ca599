/* The allocator: accounts, limit, faults. */
#include "test.h"

#include "base/alloc.h"

/* B1 */
TEST(accounts_by_kind)
{
    struct alloc alloc;
    void *general = NULL;
    void *log = NULL;
    void *aligned = NULL;
    char *zero = NULL;

    alloc_init(&alloc, 0);
    general = alloc_get(&alloc, ALLOC_GENERAL, 100);
    log = alloc_get(&alloc, ALLOC_LOG, 1000);
    aligned = alloc_aligned(&alloc, ALLOC_LOG, 4096, 8192);
    zero = alloc_zero(&alloc, ALLOC_TXN, 64);
    TEST_EQUAL(0, (uintptr_t)aligned % 4096);
    TEST_EQUAL(0, zero[0] | zero[63]);
    TEST_EQUAL(100, alloc_used(&alloc, ALLOC_GENERAL));
    TEST_EQUAL(9192, alloc_used(&alloc, ALLOC_LOG));
    general = alloc_resize(&alloc, ALLOC_GENERAL, general, 100, 5000);
    TEST_EQUAL(5000, alloc_used(&alloc, ALLOC_GENERAL));
    TEST_EQUAL(5, alloc.request_count);
    alloc_account_move(&alloc, ALLOC_LOG, ALLOC_SPARE, 1000);
    TEST_EQUAL(8192, alloc_used(&alloc, ALLOC_LOG));
    alloc_account_move(&alloc, ALLOC_SPARE, ALLOC_LOG, 1000);
    alloc_free(&alloc, ALLOC_GENERAL, general, 5000);
    alloc_free(&alloc, ALLOC_LOG, log, 1000);
    alloc_free(&alloc, ALLOC_LOG, aligned, 8192);
    alloc_free(&alloc, ALLOC_TXN, zero, 64);
    alloc_free(&alloc, ALLOC_TXN, NULL, 64);
    TEST_EQUAL(0, alloc.total_bytes);
    TEST_TEXT("transactions", alloc_kind_text(ALLOC_TXN));
    alloc_release(&alloc);
}

/* B2 */
TEST(limit_changes_nothing)
{
    struct alloc alloc;
    void *memory = NULL;

    alloc_init(&alloc, 1000);
    memory = alloc_get(&alloc, ALLOC_GENERAL, 800);
    TEST_TRUE(alloc_get(&alloc, ALLOC_GENERAL, 201) == NULL);
    TEST_TRUE(alloc_resize(&alloc, ALLOC_GENERAL, memory, 800, 1200) == NULL);
    TEST_FALSE(alloc_account(&alloc, ALLOC_LOG, 201));
    TEST_EQUAL(800, alloc.total_bytes);
    TEST_TRUE(alloc_account(&alloc, ALLOC_LOG, 200));
    alloc_unaccount(&alloc, ALLOC_LOG, 200);
    alloc_free(&alloc, ALLOC_GENERAL, memory, 800);
    alloc_release(&alloc);
}

/* B3 */
TEST(nth_request_fails)
{
    struct alloc alloc;
    void *memory[4] = {0};

    alloc_init(&alloc, 0);
    alloc_fault_arm(3, false);
    TEST_TRUE(alloc_fault_armed());
    for (int i = 0; i < 4; i++) {
        memory[i] = alloc_get(&alloc, ALLOC_GENERAL, 10);
        TEST_TRUE((memory[i] == NULL) == (i == 2));
    }
    TEST_TRUE(alloc_fault_hit());
    alloc_fault_arm(1, true);
    TEST_TRUE(alloc_get(&alloc, ALLOC_GENERAL, 10) == NULL);
    TEST_TRUE(alloc_get(&alloc, ALLOC_GENERAL, 10) == NULL);
    TEST_EQUAL(2, alloc_fault_arm(0, false));
    TEST_FALSE(alloc_fault_armed());
    for (int i = 0; i < 4; i++) {
        alloc_free(&alloc, ALLOC_GENERAL, memory[i], 10);
    }
    alloc_release(&alloc);
}

/* B12: what grows with the data stops at the reserve, what frees memory at half of it, small requests at the limit. */
TEST(bulk_leaves_the_reserve)
{
    enum { PIECE = 4096 };
    struct alloc alloc;
    static void *pieces[3][4096];
    size_t counts[3] = {0, 0, 0};
    size_t limit = (size_t)8 << 20;

    alloc_init(&alloc, limit);
    while ((pieces[0][counts[0]] = alloc_bulk(&alloc, ALLOC_STATEMENT, PIECE, false)) != NULL) {
        counts[0]++;
    }
    while ((pieces[1][counts[1]] = alloc_bulk(&alloc, ALLOC_STATEMENT, PIECE, true)) != NULL) {
        counts[1]++;
    }
    while ((pieces[2][counts[2]] = alloc_get(&alloc, ALLOC_STATEMENT, PIECE)) != NULL) {
        counts[2]++;
    }
    TEST_EQUAL(limit - limit / 16, counts[0] * PIECE);
    TEST_EQUAL(limit / 32, counts[1] * PIECE);
    TEST_EQUAL(limit / 32, counts[2] * PIECE);
    for (int kind = 0; kind < 3; kind++) {
        for (size_t i = 0; i < counts[kind]; i++) {
            alloc_free(&alloc, ALLOC_STATEMENT, pieces[kind][i], PIECE);
        }
    }
    alloc_release(&alloc);
}
