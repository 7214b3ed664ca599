/* test_table_write.c - rows into maps and back, against a model that is an array. */
#include "base/rng.h"
#include "table_fixture.h"

#define IDS 60

struct model_row {
    bool there;
    struct value row[FIXTURE_COLUMNS];
    char name[24];
};

static vv_slice key_of(struct table_fixture *f, int32_t id, uint8_t key[TABLE_KEY_BYTES])
{
    struct value value = value_integer(id);
    size_t size = 0;

    TEST_OK(table_key_encode(f->def, NULL, &value, 1, key, &size));
    return slice_make(key, size);
}

static void rows_equal(const struct value *a, const struct value *b)
{
    for (unsigned c = 0; c < FIXTURE_COLUMNS; c++) {
        TEST_EQUAL(0, value_compare(&a[c], &b[c]));
    }
}

/* Reads the whole table through an index (-1: its own map) and checks it against the model: T1, T4. */
static void check_scan(struct table_fixture *f, struct model_row *model, int index, bool reverse)
{
    static const uint16_t columns[] = {0, 1, 2, 3, 4};
    struct table_scan_options options = {.reverse = reverse, .identity = true, .batch_rows = 7};
    struct table_scan *scan = NULL;
    struct value_batch batch;
    unsigned there = 0, seen = 0;
    vv_status status = VV_OK;
    struct arena_mark mark = arena_mark(&f->arena);

    fixture_batch(f, columns, FIXTURE_COLUMNS, &batch);
    TEST_OK(table_projection_create(f->def, index < 0 ? NULL : &f->def->spec.indexes[index],
                                    columns, FIXTURE_COLUMNS, &f->arena, &options.projection));
    TEST_OK(table_scan_open(f->session, &options, &f->arena, &scan));
    while ((status = table_scan_next(scan, &batch)) == VV_OK) {
        for (uint32_t r = 0; r < batch.row_count; r++) {
            struct value row[FIXTURE_COLUMNS];

            for (unsigned c = 0; c < FIXTURE_COLUMNS; c++) {
                vector_get(&batch.columns[c], r, &row[c]);
            }
            TEST_TRUE(row[0].integer >= 0 && row[0].integer < IDS);
            TEST_TRUE(model[row[0].integer].there);
            rows_equal(model[row[0].integer].row, row);
            seen++;
        }
    }
    TEST_STATUS(VV_END, status);
    table_scan_close(scan);
    for (unsigned i = 0; i < IDS; i++) {
        there += model[i].there;
    }
    TEST_EQUAL(there, seen);
    arena_reset_to(&f->arena, mark);
}

static void check_all(struct table_fixture *f, struct model_row *model)
{
    const char *what = NULL;
    struct arena_mark mark = arena_mark(&f->arena);

    for (int index = -1; index < (int)f->def->spec.index_count; index++) {
        check_scan(f, model, index, false);
        check_scan(f, model, index, true);
    }
    if (table_verify(f->def, NULL, f->session, &f->arena, &what) != VV_OK) {
        print_error("%s\n", what);
        TEST_TRUE(false);
    }
    arena_reset_to(&f->arena, mark);
}

static bool name_in_use(const struct model_row *model, const struct value *name, int except)
{
    for (int i = 0; i < IDS; i++) {
        if (model[i].there && i != except && !name->null && !model[i].row[1].null &&
            value_compare(&model[i].row[1], name) == 0) {
            return true;
        }
    }
    return false;
}

static void draw_row(struct rng *rng, int32_t id, struct model_row *drawn)
{
    snprintf(drawn->name, sizeof drawn->name, "name %u", (unsigned)rng_below(rng, 40));
    fixture_row(drawn->row, id, rng_chance(rng, 1, 4) ? NULL : drawn->name,
                (int64_t)rng_below(rng, 5) - 2);
    drawn->there = true;
    if (rng_chance(rng, 1, 3)) {
        drawn->row[2] = value_double((double)rng_below(rng, 100) / 8);
    }
}

static void model_set(struct model_row *slot, const struct model_row *drawn)
{
    *slot = *drawn;
    if (!slot->row[1].null) {
        slot->row[1] = value_text(slot->name);
    }
}

/* After a failed statement: it is undone and the next begins. */
static void statement_failed(struct table_fixture *f)
{
    store_statement_abort(f->session);
    TEST_OK(store_statement_begin(f->session));
}

static void model_insert(struct table_fixture *f, struct rng *rng, struct model_row *model,
                         struct table_writer *writer)
{
    int32_t id = (int32_t)rng_below(rng, IDS);
    struct model_row drawn;
    vv_status status = VV_OK;

    draw_row(rng, id, &drawn);
    status = table_insert(writer, f->session, drawn.row, 1);
    if (model[id].there || name_in_use(model, &drawn.row[1], -1)) {
        TEST_STATUS(VV_EXISTS, status);
        TEST_EQUAL(TABLE_VIOLATION_UNIQUE, table_writer_violation(writer)->kind);
        TEST_TRUE(table_writer_violation(writer)->index ==
                  &f->def->spec.indexes[model[id].there ? 0 : 1]);
        statement_failed(f);
        return;
    }
    TEST_OK(status);
    model_set(&model[id], &drawn);
}

static void model_update(struct table_fixture *f, struct rng *rng, struct model_row *model,
                         struct table_writer *writer)
{
    int32_t id = (int32_t)rng_below(rng, IDS), fresh = rng_chance(rng, 1, 4) ? -1 : id;
    struct model_row drawn;
    struct store_newest newest;
    uint8_t key[TABLE_KEY_BYTES];
    vv_slice key_bytes = key_of(f, id, key);
    vv_status status = VV_OK;

    fresh = fresh == -1 ? (int32_t)rng_below(rng, IDS) : fresh;
    draw_row(rng, fresh, &drawn);
    status =
        table_update(writer, f->session, key_bytes, model[id].there ? model[id].row : drawn.row,
                     drawn.row, STORE_BASIS_SNAPSHOT, &newest);
    if (!model[id].there) {
        TEST_STATUS(VV_NOT_FOUND, status);
    } else if ((fresh != id && model[fresh].there) || name_in_use(model, &drawn.row[1], id)) {
        TEST_STATUS(VV_EXISTS, status);
        statement_failed(f);
    } else {
        TEST_OK(status);
        model[id].there = false;
        model_set(&model[fresh], &drawn);
    }
}

static void model_delete(struct table_fixture *f, struct rng *rng, struct model_row *model,
                         struct table_writer *writer)
{
    int32_t id = (int32_t)rng_below(rng, IDS);
    struct store_newest newest;
    uint8_t key[TABLE_KEY_BYTES];
    vv_status status = VV_OK;

    if (!model[id].there) {
        return;
    }
    status = table_delete(writer, f->session, key_of(f, id, key), model[id].row,
                          STORE_BASIS_SNAPSHOT, &newest);
    TEST_OK(status);
    model[id].there = false;
}

/* T1, T2, T4, T6 over random writes. */
TEST(writes_follow_the_model)
{
    struct table_fixture f;
    struct model_row model[IDS] = {0};
    struct table_writer *writer = NULL;
    struct rng rng;

    (void)state;
    rng_init(&rng, test_seed(11));
    fixture_open(&f, true);
    TEST_OK(table_writer_create(f.def, NULL, 0, &f.arena, &writer));
    fixture_begin(&f);
    for (unsigned i = 0; i < 4000 * test_effort(); i++) {
        switch (rng_below(&rng, 4)) {
        case 0:
        case 1:
            model_insert(&f, &rng, model, writer);
            break;
        case 2:
            model_update(&f, &rng, model, writer);
            break;
        default:
            model_delete(&f, &rng, model, writer);
        }
        if (i % 17 == 0) {
            fixture_commit(&f);
            fixture_begin(&f);
        } else {
            fixture_next_statement(&f);
        }
        if (i % 100 == 0) {
            check_all(&f, model);
        }
    }
    check_all(&f, model);
    fixture_close(&f);
}

/* An UPDATE of columns that no index uses finds its indexes by `assigned` and leaves them alone (T2). */
TEST(update_of_some_columns)
{
    static const uint16_t assigned[] = {3};
    struct table_fixture f;
    struct model_row model[IDS] = {0};
    struct table_writer *insert = NULL, *update = NULL;
    struct value row[FIXTURE_COLUMNS], old[FIXTURE_COLUMNS];
    struct store_newest newest;
    uint8_t key[TABLE_KEY_BYTES];

    (void)state;
    fixture_open(&f, true);
    TEST_OK(table_writer_create(f.def, NULL, 0, &f.arena, &insert));
    TEST_OK(table_writer_create(f.def, assigned, 1, &f.arena, &update));
    fixture_begin(&f);
    fixture_row(row, 1, "one", 5);
    TEST_OK(table_insert(insert, f.session, row, 1));
    fixture_next_statement(&f);
    memcpy(old, row, sizeof old);
    row[3] = value_null(VALUE_NUMERIC);
    TEST_OK(table_update(update, f.session, key_of(&f, 1, key), old, row, STORE_BASIS_SNAPSHOT,
                         &newest));
    fixture_next_statement(&f);
    model[1].there = true;
    memcpy(model[1].row, row, sizeof row);
    check_all(&f, model);
    fixture_close(&f);
}

/* A table without a primary key keys its rows by hidden numbers. */
TEST(hidden_row_ids)
{
    static const uint16_t columns[] = {0};
    struct table_fixture f;
    struct table_writer *writer = NULL;
    struct value row[FIXTURE_COLUMNS];
    struct table_scan_options options = {.identity = true};
    struct table_scan *scan = NULL;
    struct value_batch batch;
    const char *what = NULL;

    (void)state;
    fixture_open(&f, false);
    fixture_batch(&f, columns, 1, &batch);
    TEST_OK(table_writer_create(f.def, NULL, 0, &f.arena, &writer));
    fixture_begin(&f);
    for (int32_t i = 0; i < 100; i++) {
        fixture_row(row, i, NULL, i);
        TEST_OK(table_insert(writer, f.session, row, 100 - (uint64_t)i));
    }
    fixture_next_statement(&f);
    TEST_OK(table_projection_create(f.def, NULL, columns, 1, &f.arena, &options.projection));
    TEST_OK(table_scan_open(f.session, &options, &f.arena, &scan));
    TEST_OK(table_scan_next(scan, &batch));
    TEST_EQUAL(100, batch.row_count);
    for (unsigned i = 0; i < 100; i++) {
        TEST_EQUAL(i, batch.columns[0].i32s[i]);
        TEST_EQUAL(8, table_scan_keys(scan)[i].size);
    }
    TEST_STATUS(VV_END, table_scan_next(scan, &batch));
    table_scan_close(scan);
    TEST_OK(table_verify(f.def, NULL, f.session, &f.arena, &what));
    fixture_close(&f);
}

/* PostgreSQL's words. */
TEST(violations_in_words)
{
    struct table_fixture f;
    struct table_writer *writer = NULL;
    struct value row[FIXTURE_COLUMNS];
    struct vv_error error;

    (void)state;
    fixture_open(&f, true);
    TEST_OK(table_writer_create(f.def, NULL, 0, &f.arena, &writer));
    fixture_begin(&f);
    fixture_row(row, 1, "x", 5);
    TEST_OK(table_insert(writer, f.session, row, 1));
    fixture_next_statement(&f);

    TEST_STATUS(VV_EXISTS, table_insert(writer, f.session, row, 1));
    table_violation_error(f.def, table_writer_violation(writer), &error);
    TEST_TEXT("23505", error.sqlstate);
    TEST_TEXT("duplicate key value violates unique constraint \"t_pkey\"", error.message);
    TEST_TEXT("Key (id)=(1) already exists.", error.detail);
    TEST_TEXT("t_pkey", error.constraint);
    statement_failed(&f);

    row[0] = value_integer(2);
    TEST_STATUS(VV_EXISTS, table_insert(writer, f.session, row, 1));
    table_violation_error(f.def, table_writer_violation(writer), &error);
    TEST_TEXT("Key (name)=(x) already exists.", error.detail);
    statement_failed(&f);

    row[4] = value_null(VALUE_BIGINT);
    TEST_STATUS(VV_INVALID, table_insert(writer, f.session, row, 1));
    table_violation_error(f.def, table_writer_violation(writer), &error);
    TEST_TEXT("23502", error.sqlstate);
    TEST_TEXT("null value in column \"tag\" of relation \"t\" violates not-null constraint",
              error.message);
    TEST_TEXT("Failing row contains (2, x, 0.25, 1.0, null).", error.detail);
    fixture_close(&f);
}

/* Several NULLs are no duplicates; keys are at most LIMIT_KEY_BYTES long. */
TEST(unique_nulls_and_long_keys)
{
    struct table_fixture f;
    struct table_writer *writer = NULL;
    struct value row[FIXTURE_COLUMNS];
    static char text[1200];

    (void)state;
    memset(text, 'a', sizeof text - 1);
    fixture_open(&f, true);
    TEST_OK(table_writer_create(f.def, NULL, 0, &f.arena, &writer));
    fixture_begin(&f);
    fixture_row(row, 1, NULL, 5);
    TEST_OK(table_insert(writer, f.session, row, 1));
    fixture_row(row, 2, NULL, 5);
    TEST_OK(table_insert(writer, f.session, row, 1));
    fixture_next_statement(&f);
    fixture_row(row, 3, text, 5);
    TEST_STATUS(VV_LIMIT, table_insert(writer, f.session, row, 1));
    statement_failed(&f);
    fixture_close(&f);
}
