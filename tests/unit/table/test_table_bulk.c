/*
 * test_table_bulk.c - batches of rows into a table with three indexes, against a model that is an array; each
 * allocation fails once on the way.
 */
#include "base/rng.h"
#include "table_fixture.h"

#define IDS   500
#define NAMES 700
#define BATCH 300
#define STEPS 260

/* One row of the model. Its name is names[name], or NULL. */
struct model_row {
    bool there;
    bool named;
    unsigned name;
    int64_t tag;
};

struct bulk_test {
    struct table_fixture f;
    struct rng rng;
    struct arena room; /* of one batch */
    struct table_bulk *bulk;
    struct table_writer *writer;
    struct value_batch batch;
    struct model_row now[IDS];
    struct model_row committed[IDS];
    int32_t ids[BATCH];
    struct model_row drawn[BATCH];
    unsigned count;
    unsigned outcomes[4]; /* VV_OK, VV_EXISTS, VV_INVALID, VV_LIMIT */
};

/* A third share a prefix of 900 bytes, some are as long as a key may be, and one is too long. */
static char names[NAMES + 1][1100];

static void names_fill(void)
{
    for (unsigned i = 0; i < NAMES; i++) {
        size_t prefix = i % 3 == 0 ? 900 : i % 50 == 1 ? 960 : 0;

        memset(names[i], 'p', prefix);
        snprintf(names[i] + prefix, sizeof names[i] - prefix, "%u", i * 7919 % 10007);
    }
    memset(names[NAMES], 'x', sizeof names[NAMES] - 1);
}

static void row_of(int32_t id, const struct model_row *model, struct value row[FIXTURE_COLUMNS])
{
    fixture_row(row, id, model->named ? names[model->name] : NULL, model->tag);
}

/* ---- the model ---- */

static bool name_taken(const struct bulk_test *t, unsigned name)
{
    for (unsigned i = 0; i < IDS; i++) {
        if (t->now[i].there && t->now[i].named && t->now[i].name == name) {
            return true;
        }
    }
    return false;
}

static void batch_draw(struct bulk_test *t)
{
    static const unsigned counts[] = {1, 2, 9, 40, 130, BATCH};
    bool careful = rng_chance(&t->rng, 7, 8); /* no row meets another */
    unsigned order = (unsigned)rng_below(&t->rng, 3);
    unsigned wanted = counts[rng_below(&t->rng, 6)];
    bool ids[IDS] = {false};
    bool taken[NAMES] = {false};

    t->count = 0;
    for (unsigned i = 0; i < wanted; i++) {
        struct model_row row = {.there = true, .named = rng_chance(&t->rng, 3, 4)};
        unsigned id = order == 0   ? i * IDS / wanted
                      : order == 1 ? (wanted - 1 - i) * IDS / wanted
                                   : (unsigned)rng_below(&t->rng, IDS);

        row.name = (unsigned)rng_below(&t->rng, NAMES);
        row.tag = (int64_t)rng_below(&t->rng, 9) - 4;
        if (careful && (t->now[id].there || ids[id])) {
            continue;
        }
        row.named = row.named && !(careful && (taken[row.name] || name_taken(t, row.name)));
        ids[id] = true;
        taken[row.name] = taken[row.name] || row.named;
        t->ids[t->count] = (int32_t)id;
        t->drawn[t->count++] = row;
    }
}

/* Whether two rows of the batch, or one and the table, have the same key. */
static bool batch_meets_something(const struct bulk_test *t)
{
    for (unsigned i = 0; i < t->count; i++) {
        const struct model_row *row = &t->drawn[i];

        if (t->now[t->ids[i]].there || (row->named && name_taken(t, row->name))) {
            return true;
        }
        for (unsigned j = 0; j < i; j++) {
            if (t->ids[j] == t->ids[i] ||
                (row->named && t->drawn[j].named && t->drawn[j].name == row->name)) {
                return true;
            }
        }
    }
    return false;
}

static void batch_fill(struct bulk_test *t)
{
    for (unsigned c = 0; c < FIXTURE_COLUMNS; c++) {
        vector_reset(&t->batch.columns[c]);
    }
    for (unsigned i = 0; i < t->count; i++) {
        struct value row[FIXTURE_COLUMNS];

        row_of(t->ids[i], &t->drawn[i], row);
        for (unsigned c = 0; c < FIXTURE_COLUMNS; c++) {
            vector_set(&t->batch.columns[c], i, &row[c]);
        }
    }
    t->batch.row_count = t->count;
    t->batch.selected_count = t->count;
    t->batch.selection = NULL;
}

/* ---- what is looked at ---- */

static void scan_agrees(struct bulk_test *t, struct store_session *session,
                        const struct model_row *model, int index)
{
    static const uint16_t columns[] = {0, 1, 4};
    struct table_scan_options options = {.identity = true, .batch_rows = 64};
    struct arena_mark mark = arena_mark(&t->f.arena);
    struct table_scan *scan = NULL;
    struct value_batch batch;
    unsigned there = 0, seen = 0;
    vv_status status = VV_OK;

    fixture_batch(&t->f, columns, 3, &batch);
    TEST_OK(table_projection_create(t->f.def, index < 0 ? NULL : &t->f.def->spec.indexes[index],
                                    columns, 3, &t->f.arena, &options.projection));
    TEST_OK(table_scan_open(session, &options, &t->f.arena, &scan));
    while ((status = table_scan_next(scan, &batch)) == VV_OK) {
        for (uint32_t r = 0; r < batch.row_count; r++) {
            const struct model_row *row = &model[batch.columns[0].i32s[r]];
            struct value wanted[FIXTURE_COLUMNS];
            struct value name;

            TEST_TRUE(row->there);
            row_of(batch.columns[0].i32s[r], row, wanted);
            vector_get(&batch.columns[1], r, &name);
            TEST_EQUAL(0, value_compare(&wanted[1], &name));
            TEST_EQUAL(row->tag, batch.columns[2].i64s[r]);
            seen++;
        }
    }
    TEST_STATUS(VV_END, status);
    table_scan_close(scan);
    for (unsigned i = 0; i < IDS; i++) {
        there += model[i].there;
    }
    TEST_EQUAL(there, seen);
    arena_reset_to(&t->f.arena, mark);
}

static void table_agrees(struct bulk_test *t)
{
    struct arena_mark mark = arena_mark(&t->f.arena);
    const char *what = NULL;

    for (int index = -1; index < (int)t->f.def->spec.index_count; index++) {
        scan_agrees(t, t->f.session, t->now, index);
    }
    if (table_verify(t->f.def, NULL, t->f.session, &t->f.arena, &what) != VV_OK) {
        print_error("%s\n", what);
        TEST_TRUE(false);
    }
    arena_reset_to(&t->f.arena, mark);
}

/* ---- steps ---- */

/* Now and then one row breaks another promise. */
static void batch_step(struct bulk_test *t)
{
    struct store_mark mark = store_savepoint(t->f.session);
    unsigned spoilt = t->count = 0;
    vv_status wanted = VV_OK, status = VV_OK;
    struct value bad;

    batch_draw(t);
    batch_fill(t);
    wanted = batch_meets_something(t) ? VV_EXISTS : VV_OK;
    spoilt = t->count == 0 ? 0 : (unsigned)rng_below(&t->rng, t->count);
    if (t->count > 0 && wanted == VV_OK && rng_chance(&t->rng, 1, 8)) {
        bad = value_null(VALUE_BIGINT);
        vector_set(&t->batch.columns[4], spoilt, &bad);
        wanted = VV_INVALID;
    } else if (t->count > 0 && wanted == VV_OK && rng_chance(&t->rng, 1, 8)) {
        bad = value_text(names[NAMES]);
        vector_set(&t->batch.columns[1], spoilt, &bad);
        wanted = VV_LIMIT;
    }
    arena_reset(&t->room);
    table_bulk_reset(t->bulk);
    status = table_bulk_insert(t->bulk, t->f.session, &t->batch, &t->room);
    TEST_STATUS(wanted, status);
    t->outcomes[wanted == VV_OK ? 0 : wanted == VV_EXISTS ? 1 : wanted == VV_INVALID ? 2 : 3]++;
    if (status != VV_OK) {
        store_rollback_to(t->f.session, mark);
        return;
    }
    if (rng_chance(&t->rng, 1, 6)) { /* ROLLBACK TO behind a batch that went in */
        store_rollback_to(t->f.session, mark);
        return;
    }
    for (unsigned i = 0; i < t->count; i++) {
        t->now[t->ids[i]] = t->drawn[i];
    }
}

/* Their keys stand in the leaves for a while, with what old readers need. */
static void delete_step(struct bulk_test *t)
{
    unsigned wanted = (unsigned)rng_below(&t->rng, 200);

    for (unsigned i = 0; i < wanted; i++) {
        int32_t id = (int32_t)rng_below(&t->rng, IDS);
        struct value key = value_integer(id);
        struct value row[FIXTURE_COLUMNS];
        struct store_newest newest;
        uint8_t bytes[TABLE_KEY_BYTES];
        size_t size = 0;

        if (t->now[id].there) {
            TEST_OK(table_key_encode(t->f.def, NULL, &key, 1, bytes, &size));
            row_of(id, &t->now[id], row);
            TEST_OK(table_delete(t->writer, t->f.session, slice_make(bytes, size), row,
                                 STORE_BASIS_SNAPSHOT, &newest));
            t->now[id].there = false;
        }
    }
}

static void transaction_ends(struct bulk_test *t)
{
    if (rng_chance(&t->rng, 1, 4)) {
        store_abort(t->f.session);
        memcpy(t->now, t->committed, sizeof t->now);
    } else {
        fixture_commit(&t->f);
        memcpy(t->committed, t->now, sizeof t->now);
    }
    fixture_begin(&t->f);
}

static void bulk_test_open(struct bulk_test *t, uint64_t seed)
{
    static const uint16_t columns[] = {0, 1, 2, 3, 4};

    names_fill();
    rng_init(&t->rng, seed);
    fixture_open(&t->f, true);
    arena_init(&t->room, &t->f.alloc, ALLOC_STATEMENT, 65536);
    fixture_batch(&t->f, columns, FIXTURE_COLUMNS, &t->batch);
    TEST_OK(table_bulk_create(t->f.def, &t->f.arena, &t->bulk));
    TEST_OK(table_writer_create(t->f.def, NULL, 0, &t->f.arena, &t->writer));
}

/* T1, T2, T4, T6, and what a REPEATABLE READ transaction sees meanwhile is what there was when it began. */
TEST(batches_follow_the_model)
{
    static const struct store_txn_options repeatable = {.level = STORE_REPEATABLE_READ};
    static struct bulk_test t;
    static struct model_row seen[IDS];
    struct store_session *reader = NULL;

    (void)state;
    memset(&t, 0, sizeof t);
    bulk_test_open(&t, test_seed(5));
    TEST_OK(store_session_open(t.f.store, NULL, &reader));
    store_enter(reader);
    TEST_OK(store_begin(reader, &repeatable));
    fixture_begin(&t.f);
    for (unsigned i = 0; i < STEPS * test_effort(); i++) {
        if (i % 40 == 0) { /* the old reader goes, a new one comes */
            store_abort(reader);
            TEST_OK(store_begin(reader, &repeatable));
            memcpy(seen, t.committed, sizeof seen);
        }
        TEST_OK(store_statement_begin(reader));
        scan_agrees(&t, reader, seen, (int)(i % 5) - 1);
        TEST_OK(store_statement_end(reader));
        if (rng_chance(&t.rng, 2, 3)) {
            batch_step(&t);
        } else {
            delete_step(&t);
        }
        fixture_next_statement(&t.f);
        if (i % 9 == 0) {
            table_agrees(&t);
        }
        if (rng_chance(&t.rng, 1, 4)) {
            transaction_ends(&t);
        }
    }
    table_agrees(&t);
    for (unsigned i = 0; i < 4; i++) {
        TEST_TRUE(t.outcomes[i] > 3);
    }
    store_abort(reader);
    store_leave(reader);
    store_session_close(reader);
    arena_release(&t.room);
    fixture_close(&t.f);
}

/* ---- failing allocations ---- */

static vv_status bulk_try(struct bulk_test *t, uint32_t first, uint32_t step, uint32_t count)
{
    for (t->count = 0; t->count < count; t->count++) {
        t->ids[t->count] = (int32_t)(first + t->count * step);
        t->drawn[t->count] = (struct model_row){.there = true, .named = true, .tag = 3};
        t->drawn[t->count].name = (first + t->count * step) * 211 % NAMES;
    }
    batch_fill(t);
    arena_reset(&t->room);
    table_bulk_reset(t->bulk);
    return table_bulk_insert(t->bulk, t->f.session, &t->batch, &t->room);
}

static void bulk_script(uint64_t n, bool *hit_out)
{
    static const uint32_t runs[][3] = {{0, 4, 120}, {1, 4, 120}, {480, 1, 20}, {2, 40, 11}};
    static struct bulk_test t;

    memset(&t, 0, sizeof t);
    bulk_test_open(&t, 1);
    fixture_begin(&t.f);
    alloc_fault_arm(n, false);
    for (unsigned i = 0; i < 4; i++) {
        struct store_mark mark = store_savepoint(t.f.session);
        vv_status status = bulk_try(&t, runs[i][0], runs[i][1], runs[i][2]);

        if (status ==
            VV_NOMEM) { /* as the caller: nothing of the batch stays, and it can be done again */
            TEST_TRUE(alloc_fault_hit());
            store_rollback_to(t.f.session, mark);
            fixture_next_statement(&t.f);
            table_agrees(&t);
            status = bulk_try(&t, runs[i][0], runs[i][1], runs[i][2]);
        }
        TEST_OK(status);
        for (unsigned j = 0; j < t.count; j++) {
            t.now[t.ids[j]] = t.drawn[j];
        }
    }
    *hit_out = alloc_fault_hit();
    alloc_fault_arm(0, false);
    fixture_next_statement(&t.f);
    table_agrees(&t);
    fixture_commit(&t.f);
    fixture_begin(&t.f);
    table_agrees(&t);
    arena_release(&t.room);
    fixture_close(&t.f);
}

/* A batch goes in, or it fails, is undone as a whole, and goes in then. */
TEST(any_allocation_of_a_batch_may_fail)
{
    uint64_t faults = 0;
    bool hit = true;

    (void)state;
    while (hit) {
        bulk_script(++faults, &hit);
    }
    TEST_TRUE(faults > 10);
    printf("sweep: %llu faults\n", (unsigned long long)(faults - 1));
}
