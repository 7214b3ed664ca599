/* test_table_read.c - ranges, points, splits and builds over a small table. */
#include "table_fixture.h"

#define ROWS 500

static void load(struct table_fixture *f)
{
    struct table_writer *writer = NULL;
    struct value row[FIXTURE_COLUMNS];
    char name[24];

    TEST_OK(table_writer_create(f->def, NULL, 0, &f->arena, &writer));
    fixture_begin(f);
    for (int32_t i = 0; i < ROWS; i++) {
        snprintf(name, sizeof name, "n%03d", (int)i);
        fixture_row(row, i, i % 10 == 0 ? NULL : name, i % 7);
        TEST_OK(table_insert(writer, f->session, row, 1));
    }
    fixture_next_statement(f);
}

/* Counts the rows of a range of index `index` and sums their ids. */
static void run_range(struct table_fixture *f, int index, const struct table_range *range,
                      unsigned *count_out, int64_t *sum_out)
{
    static const uint16_t columns[] = {0};
    const struct table_index *used = index < 0 ? NULL : &f->def->spec.indexes[index];
    struct table_scan_options options = {0};
    struct table_scan *scan = NULL;
    struct value_batch batch;
    bool empty = false;

    *count_out = 0;
    *sum_out = 0;
    fixture_batch(f, columns, 1, &batch);
    TEST_OK(table_range_encode(f->def, used, range, &f->arena, &options.range, &empty));
    if (empty) {
        return;
    }
    TEST_OK(table_projection_create(f->def, used, columns, 1, &f->arena, &options.projection));
    TEST_OK(table_scan_open(f->session, &options, &f->arena, &scan));
    while (table_scan_next(scan, &batch) == VV_OK) {
        for (uint32_t r = 0; r < batch.row_count; r++) {
            *sum_out += batch.columns[0].i32s[r];
        }
        *count_out += batch.row_count;
    }
    table_scan_close(scan);
}

/* T4: bounds of every kind on keys ascending and descending, with and without NULLs. */
TEST(ranges)
{
    struct table_fixture f;
    struct value low = value_integer(10), high = value_integer(20), tag = value_bigint(3);
    struct value null = value_null(VALUE_TEXT), name = value_text("n490"), null_tag[2];
    unsigned count = 0;
    int64_t sum = 0;

    (void)state;
    fixture_open(&f, true);
    load(&f);
    run_range(
        &f, -1,
        &(struct table_range){.low = {.value = &low, .inclusive = true}, .high = {.value = &high}},
        &count, &sum);
    TEST_EQUAL(10, count);
    TEST_EQUAL(145, sum);
    run_range(&f, -1, &(struct table_range){.low = {.value = &low}}, &count, &sum);
    TEST_EQUAL(ROWS - 11, count);

    /* tag DESC: tag > 3 is 4, 5, 6 */
    run_range(&f, 2, &(struct table_range){.low = {.value = &tag}}, &count, &sum);
    TEST_EQUAL(71 + 71 + 71, count);
    run_range(&f, 2, &(struct table_range){.high = {.value = &tag, .inclusive = true}}, &count,
              &sum);
    TEST_EQUAL(ROWS - 213, count);
    run_range(&f, 2, &(struct table_range){.equal = &tag, .equal_count = 1}, &count, &sum);
    TEST_EQUAL(71, count);

    /* NULLs: outside of every bound, in IS NULL only, never equal. */
    run_range(&f, 1, &(struct table_range){.low = {.value = &name, .inclusive = true}}, &count,
              &sum);
    TEST_EQUAL(9, count);
    run_range(&f, 1, &(struct table_range){.not_null = true}, &count, &sum);
    TEST_EQUAL(450, count);
    run_range(&f, 1, &(struct table_range){.equal = &null, .equal_count = 1, .is_null = 1}, &count,
              &sum);
    TEST_EQUAL(50, count);
    run_range(&f, 1, &(struct table_range){.equal = &null, .equal_count = 1}, &count, &sum);
    TEST_EQUAL(0, count);
    null_tag[0] = tag;
    null_tag[1] = null;
    run_range(&f, 2, &(struct table_range){.equal = null_tag, .equal_count = 2, .is_null = 2},
              &count, &sum);
    TEST_EQUAL(7, count);
    run_range(&f, 1, &(struct table_range){.has_prefix = true, .prefix = slice_text("n12")}, &count,
              &sum);
    TEST_EQUAL(9, count);
    fixture_close(&f);
}

/* T5: a row by its key, and by a unique index. */
TEST(points)
{
    static const uint16_t columns[] = {4, 1};
    struct table_fixture f;
    const struct table_projection *projection = NULL;
    struct value_batch batch;
    struct value id = value_integer(123), name = value_text("n321");
    struct value got;
    uint8_t key[TABLE_KEY_BYTES];
    size_t size = 0;
    vv_slice own_key;
    uint64_t requests = 0;

    (void)state;
    fixture_open(&f, true);
    load(&f);
    fixture_batch(&f, columns, 2, &batch);
    TEST_OK(table_projection_create(f.def, NULL, columns, 2, &f.arena, &projection));
    TEST_OK(table_key_encode(f.def, NULL, &id, 1, key, &size));
    for (unsigned i = 0; i < 3; i++) {
        requests = atomic_load(&f.alloc.request_count);
        TEST_OK(table_get(f.session, projection, slice_make(key, size), false, false, &f.arena,
                          &batch));
    }
    TEST_EQUAL(requests, atomic_load(&f.alloc.request_count));
    TEST_EQUAL(123 % 7, batch.columns[0].i64s[0]);
    vector_get(&batch.columns[1], 0, &got);
    TEST_BYTES("n123", got.bytes.data, 4);

    TEST_OK(table_key_encode(f.def, &f.def->spec.indexes[1], &name, 1, key, &size));
    TEST_OK(table_find_unique(f.session, f.def, &f.def->spec.indexes[1], slice_make(key, size),
                              &own_key));
    TEST_OK(table_get(f.session, projection, own_key, false, false, &f.arena, &batch));
    TEST_EQUAL(321 % 7, batch.columns[0].i64s[0]);

    id = value_integer(ROWS);
    TEST_OK(table_key_encode(f.def, NULL, &id, 1, key, &size));
    TEST_STATUS(VV_NOT_FOUND, table_get(f.session, projection, slice_make(key, size), false, false,
                                        &f.arena, &batch));
    fixture_close(&f);
}

/* T4: the pieces of a split scan give the same rows. */
TEST(split_scan_gives_the_same_rows)
{
    static const uint16_t columns[] = {0};
    struct table_fixture f;
    struct table_scan_options options = {0};
    struct store_range whole = {0}, *ranges = NULL;
    struct value_batch batch;
    uint32_t count = 0;
    int32_t next = 0;

    (void)state;
    fixture_open(&f, true);
    load(&f);
    fixture_batch(&f, columns, 1, &batch);
    TEST_OK(table_projection_create(f.def, NULL, columns, 1, &f.arena, &options.projection));
    TEST_OK(table_scan_split(f.session, options.projection, &whole, 4, &f.arena, &ranges, &count));
    TEST_TRUE(count >= 1 && count <= 4);
    for (uint32_t i = 0; i < count; i++) {
        struct table_scan *scan = NULL;

        options.range = ranges[i];
        TEST_OK(table_scan_open(f.session, &options, &f.arena, &scan));
        while (table_scan_next(scan, &batch) == VV_OK) {
            for (uint32_t r = 0; r < batch.row_count; r++) {
                TEST_EQUAL(next++, batch.columns[0].i32s[r]);
            }
        }
        table_scan_close(scan);
    }
    TEST_EQUAL(ROWS, next);
    fixture_close(&f);
}

/* A new index over old rows; a duplicate is found and named. */
TEST(index_build)
{
    static const struct table_index_part by_tag[] = {{.column = 4, .type = VALUE_BIGINT}};
    struct table_fixture f;
    struct table_index indexes[5];
    struct table_spec spec;
    struct table_def_ids ids;
    struct table_def *more = NULL;
    struct table_violation violation;
    struct vv_error error;
    const char *what = NULL;
    uint32_t map = 0;

    (void)state;
    fixture_open(&f, true);
    load(&f);
    for (unsigned unique = 0; unique < 2; unique++) {
        vv_status status = VV_OK;

        TEST_OK(store_map_create(f.session, &map));
        spec = f.def->spec;
        memcpy(indexes, spec.indexes, sizeof(struct table_index) * 4);
        indexes[4] = (struct table_index){.id = 200,
                                          .map_id = map,
                                          .name = "t_built",
                                          .parts = by_tag,
                                          .part_count = 1,
                                          .unique = unique == 1};
        spec.indexes = indexes;
        spec.index_count = 5;
        ids = (struct table_def_ids){.id = f.def->id, .map_id = f.def->map_id, .version = 8};
        TEST_OK(table_def_create(&f.alloc, &ids, &spec, &more));
        status =
            table_index_build(more, &more->spec.indexes[4], NULL, f.session, &f.arena, &violation);
        if (unique == 0) {
            TEST_OK(status);
            fixture_next_statement(&f);
            TEST_OK(table_verify(more, NULL, f.session, &f.arena, &what));
        } else {
            TEST_STATUS(VV_EXISTS, status);
            table_violation_build_error(more, &violation, &error);
            TEST_TEXT("could not create unique index \"t_built\"", error.message);
            TEST_TEXT("Key (tag)=(0) is duplicated.", error.detail);
        }
        table_def_drop(more);
    }
    fixture_close(&f);
}
