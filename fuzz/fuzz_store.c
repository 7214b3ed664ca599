/*
 * fuzz_store.c - operations from bytes on two sessions of a store in memory, against a sorted array.
 *
 * Session A works in transactions; session B reads and must see only what was committed. Three bytes are
 * one operation: what, key, value.
 */
#include <stdlib.h>

#include "store/store.h"

#define MAP        1u
#define KEYS       64u
#define MARKS      4u
#define OPERATIONS 2000u

struct state {
    uint8_t rows[KEYS]; /* 0: none */
};

struct machine {
    struct alloc alloc;
    struct store *store;
    struct store_session *a;
    struct store_session *b;
    struct state committed;
    struct state own;
    struct store_mark marks[MARKS];
    struct state marked[MARKS];
    unsigned mark_count;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition);
static vv_slice key_of(uint8_t *buffer, unsigned key);
static vv_slice row_of(uint8_t *buffer, unsigned value);
static void operation(struct machine *m, uint8_t what, unsigned key, uint8_t value);
static void write(struct machine *m, unsigned what, unsigned key, uint8_t value);
static void end_txn(struct machine *m, bool commit);
static void read_all(struct store_session *session, const struct state *state, bool reverse);
static void read_one(struct store_session *session, const struct state *state, unsigned key);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct machine *m = calloc(1, sizeof *m);

    must(m != NULL);
    alloc_init(&m->alloc, 0);
    must(store_open(&(struct store_options){.alloc = &m->alloc}, &m->store, NULL) == VV_OK);
    must(store_session_open(m->store, NULL, &m->a) == VV_OK);
    must(store_session_open(m->store, NULL, &m->b) == VV_OK);
    for (size_t i = 0; i + 3 <= size && i / 3 < OPERATIONS; i += 3) {
        store_enter(m->a);
        store_enter(m->b);
        operation(m, data[i], data[i + 1] % KEYS, data[i + 2]);
        store_leave(m->b);
        store_leave(m->a);
    }
    store_enter(m->a);
    end_txn(m, true);
    read_all(m->a, &m->committed, false);
    store_leave(m->a);
    store_session_close(m->a);
    store_session_close(m->b);
    must(store_close(m->store) == VV_OK);
    alloc_release(&m->alloc);
    free(m);
    return 0;
}

static void must(bool condition)
{
    if (!condition) {
        abort();
    }
}

static vv_slice key_of(uint8_t *buffer, unsigned key)
{
    size_t size = 1 + key * 7 % 60;

    memset(buffer, (int)(key * 3 % 16), size);
    buffer[size] = (uint8_t)key;
    return slice_make(buffer, size + 1);
}

static vv_slice row_of(uint8_t *buffer, unsigned value)
{
    size_t size = value % 16 == 15 ? 700 : value;

    memset(buffer, (int)value, size);
    return slice_make(buffer, size);
}

static void operation(struct machine *m, uint8_t what, unsigned key, uint8_t value)
{
    if (!store_in_transaction(m->a)) {
        must(store_begin(m->a, &(struct store_txn_options){
                                   .level = value % 2 == 0 ? STORE_READ_COMMITTED
                                                           : STORE_REPEATABLE_READ}) == VV_OK);
        m->own = m->committed;
        m->mark_count = 0;
    }
    switch (what % 16) {
    case 8:
        if (m->mark_count < MARKS) { /* never over an older one: going back ends later marks */
            m->marked[m->mark_count] = m->own;
            m->marks[m->mark_count++] = store_savepoint(m->a);
        }
        break;
    case 9:
        if (m->mark_count > 0) {
            m->mark_count = 1 + value % m->mark_count;
            m->own = m->marked[m->mark_count - 1];
            store_rollback_to(m->a, m->marks[m->mark_count - 1]);
        }
        break;
    case 10:
        end_txn(m, true);
        break;
    case 11:
        end_txn(m, false);
        break;
    case 12:
        read_all(m->a, &m->own, value % 2 == 0);
        break;
    case 13:
        read_one(m->a, &m->own, key);
        read_one(m->b, &m->committed, key);
        break;
    case 14:
        must(store_begin(m->b, NULL) == VV_OK);
        read_all(m->b, &m->committed, value % 2 == 0);
        must(store_commit(m->b, NULL) == VV_OK);
        break;
    case 15:
        (void)store_settle_step(m->store);
        (void)store_reclaim_step(m->store);
        break;
    default:
        write(m, what % 16, key, value);
        break;
    }
}

static void write(struct machine *m, unsigned what, unsigned key, uint8_t value)
{
    uint8_t key_bytes[80];
    uint8_t row_bytes[800];
    struct store_newest newest;
    vv_slice k = key_of(key_bytes, key);
    vv_slice row = row_of(row_bytes, value == 0 ? 1 : value);
    bool there = m->own.rows[key] != 0;
    vv_status status = VV_OK;

    must(store_statement_begin(m->a) == VV_OK);
    switch (what) {
    case 0:
    case 1:
        status = store_insert(m->a, MAP, k, row);
        must(status == (there ? VV_EXISTS : VV_OK));
        break;
    case 2:
    case 3:
        status = store_update(m->a, MAP, k, row, STORE_BASIS_SNAPSHOT, &newest);
        must(status == (there ? VV_OK : VV_NOT_FOUND));
        break;
    case 4:
    case 5:
        status = store_delete(m->a, MAP, k, slice_make("", 0), STORE_BASIS_SNAPSHOT, &newest);
        must(status == (there ? VV_OK : VV_NOT_FOUND));
        break;
    default:
        status = store_put(m->a, MAP, k, row);
        must(status == VV_OK);
        break;
    }
    if (status == VV_OK && value % 8 == 7) { /* it failed further on: S5 */
        store_statement_abort(m->a);
        return;
    }
    must(store_statement_end(m->a) == VV_OK);
    if (status == VV_OK) {
        m->own.rows[key] = what == 4 || what == 5 ? 0 : value == 0 ? 1 : value;
    }
}

static void end_txn(struct machine *m, bool commit)
{
    if (!store_in_transaction(m->a)) {
        return;
    }
    if (commit) {
        must(store_commit(m->a, NULL) == VV_OK);
        m->committed = m->own;
    } else {
        store_abort(m->a);
    }
}

static void read_all(struct store_session *session, const struct state *state, bool reverse)
{
    struct store_range all = {0};
    struct store_cursor_options options = {.reverse = reverse, .keys = true};
    struct store_cursor *cursor = NULL;
    struct store_batch batch;
    uint8_t row_bytes[800];
    struct state found = {0};
    vv_status status = VV_OK;
    bool alone = !store_in_transaction(session);

    if (alone) {
        must(store_begin(session, NULL) == VV_OK);
    }
    must(store_statement_begin(session) == VV_OK);
    status = store_cursor_open(session, MAP, &all, &options, &cursor);
    while (status == VV_OK) {
        status = store_cursor_next(cursor, &batch);
        for (uint32_t i = 0; status == VV_OK && i < batch.count; i++) {
            unsigned key = batch.keys[i].data[batch.keys[i].size - 1];

            must(key < KEYS && state->rows[key] != 0 && found.rows[key] == 0);
            must(slice_equal(batch.rows[i], row_of(row_bytes, state->rows[key])));
            found.rows[key] = state->rows[key];
        }
    }
    must(status == VV_END && memcmp(&found, state, sizeof found) == 0);
    must(store_statement_end(session) == VV_OK);
    if (alone) {
        must(store_commit(session, NULL) == VV_OK);
    }
}

static void read_one(struct store_session *session, const struct state *state, unsigned key)
{
    uint8_t key_bytes[80];
    uint8_t row_bytes[800];
    vv_slice row;
    bool in_txn = store_in_transaction(session);
    vv_status status = VV_OK;

    if (in_txn) {
        must(store_statement_begin(session) == VV_OK);
    }
    status = store_get_one(session, MAP, key_of(key_bytes, key), &row);
    must(status == (state->rows[key] != 0 ? VV_OK : VV_NOT_FOUND));
    must(status != VV_OK || slice_equal(row, row_of(row_bytes, state->rows[key])));
    if (in_txn) {
        must(store_statement_end(session) == VV_OK);
    }
}
