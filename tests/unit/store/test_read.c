/* test_read.c - what parallel readers and the optimizer ask: split keys, followers, estimates. */
#include "store/store.h"

#include "base/bytes.h"
#include "os/os_sim.h"
#include "test.h"

#define MAP  1u
#define ROWS 20000u

static void fill(struct store_session *session)
{
    uint8_t key[8];

    TEST_OK(store_begin(session, NULL));
    TEST_OK(store_statement_begin(session));
    for (uint64_t i = 0; i < ROWS; i++) {
        bytes_store64_big(key, i);
        TEST_OK(store_insert(session, MAP, slice_make(key, 8), slice_make(key, 8)));
    }
    TEST_OK(store_statement_end(session));
    TEST_OK(store_commit(session, NULL));
}

static uint64_t count_range(struct store_session *session, const struct store_range *range)
{
    struct store_cursor *cursor = NULL;
    struct store_batch batch;
    uint64_t count = 0;

    TEST_OK(store_cursor_open(session, MAP, range, NULL, &cursor));
    while (store_cursor_next(cursor, &batch) == VV_OK) {
        count += batch.count;
        store_repin(session);
    }
    store_cursor_close(cursor);
    return count;
}

/* S3: a follower reads what its leader reads, whatever is committed meanwhile; the pieces of a split
 * range are the whole. */
TEST(followers_read_the_pieces_of_a_range)
{
    struct alloc alloc;
    struct store *store = NULL;
    struct store_session *leader = NULL;
    struct store_session *worker = NULL;
    struct store_session *writer = NULL;
    struct store_range range = {0};
    const vv_slice *keys = NULL;
    uint8_t bounds[8][8];
    uint32_t count = 0;
    uint64_t total = 0;
    uint64_t estimate = 0;
    struct store_newest newest;

    (void)state;
    alloc_init(&alloc, 0);
    TEST_OK(store_open(&(struct store_options){.alloc = &alloc}, &store, NULL));
    TEST_OK(store_session_open(store, NULL, &leader));
    TEST_OK(store_session_open(store, NULL, &worker));
    TEST_OK(store_session_open(store, NULL, &writer));
    store_enter(leader);
    store_enter(worker);
    store_enter(writer);
    fill(writer);
    TEST_OK(store_begin(leader, NULL));
    TEST_OK(store_statement_begin(leader));
    TEST_OK(store_range_rows(leader, MAP, &range, &estimate));
    TEST_TRUE(estimate > ROWS / 2 && estimate < ROWS * 2);
    TEST_OK(store_range_split(leader, MAP, &range, 7, &keys, &count));
    TEST_TRUE(count > 0 && count <= 7);
    for (uint32_t i = 0; i < count; i++) {
        TEST_TRUE(keys[i].size <= 8);
        memset(bounds[i], 0, 8);
        memcpy(bounds[i], keys[i].data, keys[i].size);
    }
    store_follow(worker, leader);

    TEST_OK(store_begin(writer, NULL));
    TEST_OK(store_statement_begin(writer));
    TEST_OK(store_delete(writer, MAP, slice_make("\0\0\0\0\0\0\0\1", 8), slice_make("", 0),
                         STORE_BASIS_SNAPSHOT, &newest));
    TEST_OK(store_insert(writer, MAP, slice_text("zzz"), slice_text("new")));
    TEST_OK(store_statement_end(writer));
    TEST_OK(store_commit(writer, NULL));

    for (uint32_t i = 0; i <= count; i++) {
        range.low = (struct store_bound){.set = i > 0, .inclusive = true};
        range.high = (struct store_bound){.set = i < count};
        range.low.key = slice_make(bounds[i > 0 ? i - 1 : 0], 8);
        range.high.key = slice_make(bounds[i < count ? i : 0], 8);
        total += count_range(worker, &range);
    }
    TEST_EQUAL(ROWS, total);
    store_unfollow(worker);
    TEST_OK(store_statement_end(leader));
    TEST_OK(store_commit(leader, NULL));
    store_leave(leader);
    store_leave(worker);
    store_leave(writer);
    store_session_close(leader);
    store_session_close(worker);
    store_session_close(writer);
    TEST_OK(store_close(store));
    alloc_release(&alloc);
}
