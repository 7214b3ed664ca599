/* test_row.c - rows against the values they were made from. */
#include "test.h"

#include "random_value.h"
#include "value/row.h"

#define COLUMNS_MAX 40

struct rows {
    struct alloc alloc;
    struct arena arena;
    struct rng rng;
    struct row_column columns[COLUMNS_MAX];
    struct value missing[COLUMNS_MAX];
    unsigned count;
    struct row_layout layout;
};

static void rows_begin(struct rows *rows, uint64_t seed)
{
    alloc_init(&rows->alloc, 0);
    arena_init(&rows->arena, &rows->alloc, ALLOC_STATEMENT, 1 << 16);
    rng_init(&rows->rng, seed);
}

static void rows_end(struct rows *rows)
{
    arena_release(&rows->arena);
    alloc_release(&rows->alloc);
}

static void random_layout(struct rows *rows, unsigned sections)
{
    unsigned section = 0;

    arena_reset(&rows->arena);
    rows->count = (unsigned)rng_below(&rows->rng, COLUMNS_MAX) + 1;
    for (unsigned i = 0; i < rows->count; i++) {
        enum value_type type = random_types[rng_below(&rows->rng, RANDOM_TYPE_COUNT)];

        section += section + 1 < sections && rng_chance(&rows->rng, 1, 6);
        rows->missing[i] = random_value(&rows->rng, type, true, &rows->arena);
        rows->columns[i] = (struct row_column){.type = (uint8_t)type,
                                               .nullable = rng_chance(&rows->rng, 1, 2),
                                               .section = (uint8_t)section,
                                               .missing = &rows->missing[i]};
    }
    TEST_OK(row_layout_init(&rows->layout, rows->columns, rows->count, &rows->arena));
}

static vv_slice random_row(struct rows *rows, const struct row_layout *layout, struct value *values)
{
    uint8_t *bytes;
    size_t size;

    for (unsigned i = 0; i < layout->column_count; i++) {
        values[i] = random_value(&rows->rng, (enum value_type)rows->columns[i].type,
                                 rows->columns[i].nullable, &rows->arena);
    }
    size = row_encoded_bytes(layout, values);
    bytes = arena_get(&rows->arena, size);
    TEST_EQUAL(size, row_encode(layout, values, bytes));
    return slice_make(bytes, size);
}

/* R1: every column comes back as it was, alone and all at once. */
TEST(decode_gives_what_was_encoded)
{
    struct rows rows;
    struct value in[COLUMNS_MAX], out[COLUMNS_MAX], one;

    (void)state;
    rows_begin(&rows, test_seed(11));
    for (unsigned round = 0; round < 1500; round++) {
        vv_slice row;

        random_layout(&rows, 4);
        row = random_row(&rows, &rows.layout, in);
        TEST_OK(row_decode_all(&rows.layout, row, out));
        for (unsigned i = 0; i < rows.count; i++) {
            TEST_TRUE(value_identical(&in[i], &out[i]));
            TEST_OK(row_decode(&rows.layout, row, i, &one));
            TEST_TRUE(value_identical(&in[i], &one));
        }
    }
    rows_end(&rows);
}

/* R3: a row of the first k sections shows the missing values of the others. */
TEST(old_rows_show_missing_values)
{
    struct rows rows;
    struct value in[COLUMNS_MAX], out[COLUMNS_MAX];

    (void)state;
    rows_begin(&rows, test_seed(12));
    for (unsigned round = 0; round < 1500; round++) {
        struct row_layout old;
        vv_slice row;
        unsigned sections, kept = 0;

        random_layout(&rows, 5);
        sections = (unsigned)rng_below(&rows.rng, 4) + 1;
        while (kept < rows.count && rows.columns[kept].section < sections) {
            kept++;
        }
        TEST_OK(row_layout_init(&old, rows.columns, kept, &rows.arena));
        row = random_row(&rows, &old, in);
        TEST_OK(row_decode_all(&rows.layout, row, out));
        for (unsigned i = 0; i < rows.count; i++) {
            TEST_TRUE(value_identical(i < kept ? &in[i] : &rows.missing[i], &out[i]));
            TEST_OK(row_decode(&rows.layout, row, i, &out[i]));
            TEST_TRUE(value_identical(i < kept ? &in[i] : &rows.missing[i], &out[i]));
        }
    }
    rows_end(&rows);
}

static void check_vectors(struct rows *rows, const vv_slice *slices, unsigned count)
{
    uint16_t selection[64];
    unsigned selected = 0;

    for (unsigned r = 0; r < count; r++) {
        if (rng_chance(&rows->rng, 1, 2)) {
            selection[selected++] = (uint16_t)r;
        }
    }
    for (unsigned i = 0; i < rows->count; i++) {
        bool all = rng_chance(&rows->rng, 1, 2);
        struct value_vector vector;
        struct value wanted, got;

        TEST_TRUE(vector_init_sized(&vector, (enum value_type)rows->columns[i].type, count + 1,
                                    &rows->arena));
        TEST_OK(row_decode_vector(&rows->layout, slices, all ? NULL : selection,
                                  all ? count : selected, i, &vector));
        for (unsigned k = 0; k < (all ? count : selected); k++) {
            unsigned r = all ? k : selection[k];

            TEST_OK(row_decode(&rows->layout, slices[r], i, &wanted));
            vector_get(&vector, r, &got);
            TEST_TRUE(value_identical(&wanted, &got));
        }
    }
}

/* The simple strings of the first section together, against each alone. */
static vv_status check_strings(struct rows *rows, const vv_slice *slices, unsigned count)
{
    struct value_vector vectors[COLUMNS_MAX];
    uint16_t columns[COLUMNS_MAX];
    uint16_t places[COLUMNS_MAX];
    unsigned used = 0;

    for (unsigned i = 0; i < rows->count; i++) {
        if (rows->columns[i].section == 0 && row_is_simple_string(&rows->layout, i) &&
            rng_chance(&rows->rng, 3, 4)) {
            columns[used] = (uint16_t)i;
            places[used] = (uint16_t)i;
            TEST_TRUE(vector_init_sized(&vectors[i], (enum value_type)rows->columns[i].type,
                                        count + 1, &rows->arena));
            used++;
        }
    }
    if (used == 0) {
        return VV_OK;
    }
    VV_TRY(row_decode_strings(&rows->layout, slices, count, columns, places, used,
                              row_strings_are_first(&rows->layout, columns, used), false, vectors));
    for (unsigned k = 0; k < used * count; k++) {
        struct value wanted, got;

        TEST_OK(row_decode(&rows->layout, slices[k % count], columns[k / count], &wanted));
        vector_get(&vectors[places[k / count]], k % count, &got);
        TEST_TRUE(value_identical(&wanted, &got));
    }
    return VV_OK;
}

/* R1: a column of many rows is the column of each, old and new rows mixed. */
TEST(vectors_hold_what_rows_hold)
{
    struct rows rows;

    (void)state;
    rows_begin(&rows, test_seed(13));
    for (unsigned round = 0; round < 200; round++) {
        struct value values[COLUMNS_MAX];
        vv_slice slices[64];
        struct row_layout old;
        unsigned kept = 0, count = (unsigned)rng_below(&rows.rng, 64);

        random_layout(&rows, round % 2 == 0 ? 1 : 3);
        while (kept < rows.count && rows.columns[kept].section < 1) {
            kept++;
        }
        TEST_OK(row_layout_init(&old, rows.columns, kept, &rows.arena));
        for (unsigned r = 0; r < count; r++) {
            slices[r] =
                random_row(&rows, rng_chance(&rows.rng, 1, 8) ? &old : &rows.layout, values);
        }
        check_vectors(&rows, slices, count);
        TEST_OK(check_strings(&rows, slices, count));
    }
    rows_end(&rows);
}

/* R2: cut and altered rows give values or VV_CORRUPT, never a read outside (ASan watches). */
TEST(damaged_rows_are_safe)
{
    struct rows rows;
    struct value values[COLUMNS_MAX];

    (void)state;
    rows_begin(&rows, test_seed(14));
    for (unsigned round = 0; round < 3000; round++) {
        vv_slice row;
        uint8_t copy[8192];
        size_t size;
        vv_status status;

        random_layout(&rows, 3);
        row = random_row(&rows, &rows.layout, values);
        size = row.size > sizeof copy ? sizeof copy : row.size;
        memcpy(copy, row.data, size);
        for (unsigned k = 0; size != 0 && k < 3; k++) {
            copy[rng_below(&rows.rng, size)] = (uint8_t)rng_next(&rows.rng);
        }
        size = rng_below(&rows.rng, size + 1);
        row.data = arena_copy(&rows.arena, copy, size);
        row.size = size;
        status = row_decode_all(&rows.layout, row, values);
        TEST_TRUE(status == VV_OK || status == VV_CORRUPT);
        status = check_strings(&rows, &row, 1);
        TEST_TRUE(status == VV_OK || status == VV_CORRUPT);
    }
    rows_end(&rows);
}

/* A NOT NULL table of fixed columns costs its bytes: (BIGINT key, BIGINT) eight. */
TEST(fixed_rows_cost_their_bytes)
{
    struct rows rows;
    struct row_column columns[] = {
        {.type = VALUE_BIGINT}, {.type = VALUE_INTEGER}, {.type = VALUE_TEXT}};
    struct row_layout layout;
    size_t bytes;
    struct value values[] = {value_bigint(5), value_integer(7), value_text("abc")};

    (void)state;
    rows_begin(&rows, 1);
    TEST_OK(row_layout_init(&layout, columns, 1, &rows.arena));
    TEST_TRUE(row_layout_fixed_bytes(&layout, &bytes));
    TEST_EQUAL(8, bytes);
    TEST_OK(row_layout_init(&layout, columns, 3, &rows.arena));
    TEST_FALSE(row_layout_fixed_bytes(&layout, &bytes));
    TEST_EQUAL(8 + 4 + 1 + 3, row_encoded_bytes(&layout, values));
    TEST_OK(row_layout_init(&layout, columns, 0, &rows.arena));
    TEST_TRUE(row_layout_fixed_bytes(&layout, &bytes));
    TEST_EQUAL(0, bytes);
    rows_end(&rows);
}

/* The bytes of a row are a format: these must never change. */
TEST(golden_row)
{
    static const uint8_t golden[] = {0x02, 5, 0, 0, 0, 0,    0,    0,    0,   0,  0,
                                     0,    0, 0, 3, 2, 0x02, 0x96, 0x00, 'a', 'b'};
    struct rows rows;
    struct row_column columns[] = {{.type = VALUE_BIGINT, .nullable = true},
                                   {.type = VALUE_INTEGER, .nullable = true},
                                   {.type = VALUE_BOOLEAN},
                                   {.type = VALUE_NUMERIC},
                                   {.type = VALUE_TEXT}};
    struct row_layout layout;
    struct value values[] = {value_bigint(5), value_null(VALUE_INTEGER), value_boolean(false),
                             value_numeric(numeric_make(150, 2)), value_text("ab")};
    uint8_t bytes[64];
    size_t size;

    (void)state;
    rows_begin(&rows, 1);
    TEST_OK(row_layout_init(&layout, columns, 5, &rows.arena));
    size = row_encode(&layout, values, bytes);
    TEST_EQUAL(sizeof golden, size);
    TEST_BYTES(golden, bytes, size);
    rows_end(&rows);
}
