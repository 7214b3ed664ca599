/* Arena: reuse after reset, marks, limits, faults. */
#include "test.h"

#include "base/arena.h"

TEST(reset_reuses_blocks)
{
    struct alloc alloc;
    struct arena arena;
    uint64_t requests = 0;

    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 1024);
    for (int round = 0; round < 10; round++) {
        for (int i = 0; i < 100; i++) {
            TEST_TRUE(arena_get(&arena, 100) != NULL);
        }
        TEST_TRUE(arena_get(&arena, 5000) != NULL);
        if (round == 0) {
            requests = alloc.request_count;
        }
        arena_reset(&arena);
    }
    TEST_EQUAL(requests, alloc.request_count);
    arena_release(&arena);
    alloc_release(&alloc);
}

TEST(mark_gives_back_what_came_after)
{
    struct alloc alloc;
    struct arena arena;
    struct arena_mark mark;
    char *kept = NULL;

    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 256);
    kept = arena_text(&arena, "kept", 4);
    mark = arena_mark(&arena);
    for (int i = 0; i < 50; i++) {
        memset(arena_get(&arena, 64), 'x', 64);
    }
    arena_reset_to(&arena, mark);
    memset(arena_get(&arena, 64), 'y', 64);
    TEST_TEXT("kept", kept);
    arena_release(&arena);
    alloc_release(&alloc);
}

TEST_SWEEP(every_failed_allocation_is_clean)
{
    struct alloc alloc;
    struct arena arena;

    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 128);
    for (int i = 0; i < 20; i++) {
        if (arena_get(&arena, 60) == NULL) {
            break;
        }
    }
    arena_release(&arena);
    alloc_release(&alloc);
}

TEST(limit_is_kept)
{
    struct alloc alloc;
    struct arena arena;

    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 128);
    arena.limit_bytes = 1024;
    TEST_TRUE(arena_get(&arena, 2000) == NULL);
    TEST_TRUE(arena_get(&arena, 500) != NULL);
    TEST_TRUE(arena_get(&arena, SIZE_MAX) == NULL);
    arena_release(&arena);
    alloc_release(&alloc);
}
