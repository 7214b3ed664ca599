/* test_key.c - keys against the order of the values they were made from. */
#include "test.h"

#include "random_value.h"
#include "value/key.h"

#define COLUMNS_MAX 5

struct keys {
    struct alloc alloc;
    struct arena arena;
    struct rng rng;
    struct key_column columns[COLUMNS_MAX];
    unsigned count;
    struct key_layout layout;
};

static void keys_begin(struct keys *keys, uint64_t seed)
{
    alloc_init(&keys->alloc, 0);
    arena_init(&keys->arena, &keys->alloc, ALLOC_STATEMENT, 1 << 16);
    rng_init(&keys->rng, seed);
}

static void keys_end(struct keys *keys)
{
    arena_release(&keys->arena);
    alloc_release(&keys->alloc);
}

static void random_layout(struct keys *keys)
{
    arena_reset(&keys->arena);
    keys->count = (unsigned)rng_below(&keys->rng, COLUMNS_MAX) + 1;
    for (unsigned i = 0; i < keys->count; i++) {
        keys->columns[i] = (struct key_column){
            .type = (uint8_t)random_types[rng_below(&keys->rng, RANDOM_TYPE_COUNT)],
            .nullable = rng_chance(&keys->rng, 1, 2),
            .descending = rng_chance(&keys->rng, 1, 2),
            .nulls_first = rng_chance(&keys->rng, 1, 2)};
        if (keys->columns[i].type == VALUE_TEXT) {
            static const uint8_t collations[] = {VALUE_COLLATION_DEFAULT, VALUE_COLLATION_NOCASE,
                                                 VALUE_COLLATION_RTRIM};

            keys->columns[i].collation = collations[rng_below(&keys->rng, 3)];
        }
    }
    TEST_OK(key_layout_init(&keys->layout, keys->columns, keys->count, rng_chance(&keys->rng, 1, 2),
                            &keys->arena));
}

static vv_slice random_key(struct keys *keys, struct value *values)
{
    uint8_t *bytes;
    size_t room, size;

    for (unsigned i = 0; i < keys->count; i++) {
        values[i] = random_value(&keys->rng, (enum value_type)keys->columns[i].type,
                                 keys->columns[i].nullable, &keys->arena);
    }
    room = key_encoded_bytes_max(&keys->layout, values, keys->count);
    bytes = arena_get(&keys->arena, room);
    TEST_OK(key_encode(&keys->layout, values, keys->count, bytes, room, &size));
    return slice_make(bytes, size);
}

static int values_compare(const struct key_column *column, const struct value *a,
                          const struct value *b)
{
    return column->collation != VALUE_COLLATION_DEFAULT
               ? value_collation_compare((enum value_collation)column->collation, a->bytes,
                                         b->bytes)
               : value_compare(a, b);
}

static int sql_order(const struct key_column *column, const struct value *a, const struct value *b)
{
    if (a->null || b->null) {
        int order = (int)a->null - (int)b->null;
        return column->nulls_first ? -order : order;
    }
    return column->descending ? -values_compare(column, a, b) : values_compare(column, a, b);
}

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

/* K1: memcmp order is SQL order, over all types, directions and NULL placements. */
TEST(bytes_order_as_values)
{
    struct keys keys;

    (void)state;
    keys_begin(&keys, test_seed(21));
    for (unsigned round = 0; round < 600; round++) {
        struct value values[12][COLUMNS_MAX];
        vv_slice key[12];

        random_layout(&keys);
        for (unsigned i = 0; i < 12; i++) {
            key[i] = random_key(&keys, values[i]);
        }
        for (unsigned i = 0; i < 12; i++) {
            for (unsigned j = 0; j < 12; j++) {
                int order = 0;

                for (unsigned c = 0; c < keys.count && order == 0; c++) {
                    order = sql_order(&keys.columns[c], &values[i][c], &values[j][c]);
                }
                TEST_EQUAL(sign(order), sign(slice_compare(key[i], key[j])));
            }
        }
    }
    keys_end(&keys);
}

/* K2: every column comes back, identical where key_gives_back says so; from vectors too. */
TEST(decode_gives_values_back)
{
    struct keys keys;
    struct value in[COLUMNS_MAX], out[COLUMNS_MAX], one;

    (void)state;
    keys_begin(&keys, test_seed(22));
    for (unsigned round = 0; round < 3000; round++) {
        vv_slice key;
        size_t size;

        random_layout(&keys);
        key = random_key(&keys, in);
        TEST_OK(key_decode_all(&keys.layout, key, &keys.arena, out));
        TEST_OK(key_prefix_bytes(&keys.layout, key, keys.count, &size));
        TEST_EQUAL(key.size, size);
        for (unsigned i = 0; i < keys.count; i++) {
            struct value_vector vector;

            TEST_TRUE(in[i].null == out[i].null &&
                      (in[i].null || values_compare(&keys.columns[i], &in[i], &out[i]) == 0));
            if (key_gives_back((enum value_type)in[i].type,
                               (enum value_collation)keys.columns[i].collation)) {
                TEST_TRUE(value_identical(&in[i], &out[i]));
            }
            TEST_OK(key_decode(&keys.layout, key, i, &keys.arena, &one));
            TEST_TRUE(value_identical(&one, &out[i]));
            TEST_TRUE(vector_init_sized(&vector, (enum value_type)in[i].type, 1, &keys.arena));
            TEST_OK(key_decode_vector(&keys.layout, &key, NULL, 1, i, &keys.arena, &vector));
            vector_get(&vector, 0, &one);
            TEST_TRUE(value_identical(&one, &out[i]));
        }
    }
    keys_end(&keys);
}

/* K3: the encoding of fewer columns begins no key of other values; K4: damaged keys are safe. */
TEST(damaged_keys_are_safe)
{
    struct keys keys;
    struct value values[COLUMNS_MAX];

    (void)state;
    keys_begin(&keys, test_seed(23));
    for (unsigned round = 0; round < 5000; round++) {
        vv_slice key;
        uint8_t *copy;
        vv_status status;

        random_layout(&keys);
        key = random_key(&keys, values);
        key.size = rng_below(&keys.rng, key.size + 1);
        copy = arena_get(&keys.arena, key.size);
        memcpy(copy, key.data, key.size);
        for (unsigned k = 0; key.size != 0 && k < 2; k++) {
            copy[rng_below(&keys.rng, key.size)] = (uint8_t)rng_next(&keys.rng);
        }
        key.data = copy;
        status = key_decode_all(&keys.layout, key, &keys.arena, values);
        TEST_TRUE(status == VV_OK || status == VV_CORRUPT);
    }
    keys_end(&keys);
}

static bool in_bounds(const struct key_range *range, vv_slice key)
{
    int low = range->low_set ? slice_compare(key, range->low) : 1;
    int high = range->high_set ? slice_compare(key, range->high) : -1;

    return !range->empty && (low > 0 || (low == 0 && range->low_inclusive)) &&
           (high < 0 || (high == 0 && range->high_inclusive));
}

static bool matches(const struct keys *keys, const struct key_range_spec *spec,
                    const struct value *values)
{
    const struct value *next = &values[spec->equal_count];
    bool bounded = spec->low.value != NULL || spec->high.value != NULL || spec->prefix != NULL;
    int order;

    for (unsigned i = 0; i < spec->equal_count; i++) {
        if (spec->equal[i].null != values[i].null ||
            value_compare(&spec->equal[i], &values[i]) != 0) {
            return false;
        }
    }
    if (spec->equal_count == keys->count) {
        return true;
    }
    if (next->null) {
        return !bounded && !spec->not_null;
    }
    if (spec->prefix != NULL) {
        return next->bytes.size >= spec->prefix->size &&
               memcmp(next->bytes.data, spec->prefix->data, spec->prefix->size) == 0;
    }
    if (spec->low.value != NULL) {
        order = value_compare(next, spec->low.value);
        if (spec->low.value->null || order < 0 || (order == 0 && !spec->low.inclusive)) {
            return false;
        }
    }
    if (spec->high.value != NULL) {
        order = value_compare(next, spec->high.value);
        if (spec->high.value->null || order > 0 || (order == 0 && !spec->high.inclusive)) {
            return false;
        }
    }
    return true;
}

static void random_spec(struct keys *keys, const struct value *values, struct value *bounds,
                        vv_slice *prefix, struct key_range_spec *spec)
{
    struct rng *rng = &keys->rng;
    const struct key_column *column;

    *spec = (struct key_range_spec){.equal = values,
                                    .equal_count = (unsigned)rng_below(rng, keys->count + 1)};
    if (spec->equal_count == keys->count) {
        return;
    }
    column = &keys->columns[spec->equal_count];
    bounds[0] = values[spec->equal_count];
    bounds[1] = random_value(rng, (enum value_type)column->type, column->nullable, &keys->arena);
    spec->not_null = rng_chance(rng, 1, 4);
    if (value_is_string((enum value_type)column->type) && !bounds[0].null &&
        rng_chance(rng, 1, 4)) {
        *prefix = slice_make(bounds[0].bytes.data, rng_below(rng, bounds[0].bytes.size + 1));
        spec->prefix = prefix;
        return;
    }
    if (rng_chance(rng, 1, 2)) {
        spec->low = (struct key_bound){.value = &bounds[rng_below(rng, 2)],
                                       .inclusive = rng_chance(rng, 1, 2)};
    }
    if (rng_chance(rng, 1, 2)) {
        spec->high = (struct key_bound){.value = &bounds[rng_below(rng, 2)],
                                        .inclusive = rng_chance(rng, 1, 2)};
    }
}

/* K1, K3: a range of bytes holds exactly the keys whose values match. */
TEST(ranges_hold_what_matches)
{
    struct keys keys;

    (void)state;
    keys_begin(&keys, test_seed(24));
    for (unsigned round = 0; round < 3000; round++) {
        struct value values[8][COLUMNS_MAX], bounds[2];
        vv_slice key[8], prefix;
        struct key_range_spec spec;
        struct key_range range;

        random_layout(&keys);
        for (unsigned i = 0; i < 8; i++) {
            key[i] = random_key(&keys, values[i]);
        }
        random_spec(&keys, values[0], bounds, &prefix, &spec);
        TEST_OK(key_range_make(&keys.layout, &spec, &keys.arena, &range));
        for (unsigned i = 0; i < 8; i++) {
            TEST_EQUAL(matches(&keys, &spec, values[i]), in_bounds(&range, key[i]));
        }
    }
    keys_end(&keys);
}

/* 54000 is the caller's: a key that does not fit its room says VV_LIMIT. */
TEST(long_keys_are_refused)
{
    struct keys keys;
    struct key_column column = {.type = VALUE_TEXT};
    static char text[1200];
    uint8_t key[LIMIT_KEY_BYTES];
    struct value value = value_bytes(VALUE_TEXT, slice_make(text, 1001));
    size_t size;

    (void)state;
    memset(text, 'x', sizeof text);
    keys_begin(&keys, 1);
    TEST_OK(key_layout_init(&keys.layout, &column, 1, true, &keys.arena));
    TEST_STATUS(VV_LIMIT, key_encode(&keys.layout, &value, 1, key, sizeof key, &size));
    value.bytes.size = 1000;
    TEST_OK(key_encode(&keys.layout, &value, 1, key, sizeof key, &size));
    TEST_EQUAL(1000, size);
    keys_end(&keys);
}

/* The bytes of keys are a format: these must never change. */
TEST(golden_key)
{
    static const uint8_t golden[] = {0x80, 0x00, 0x00, 0x05, 0x01, 'a',  0x01, 0x01,
                                     0x01, 0x02, 0x00, 0x02, 0x40, 0x07, 0xFF, 0xFF,
                                     0xFF, 0xFF, 0xFF, 0xFF, 0xD2, 0x1E};
    struct keys keys;
    struct key_column columns[] = {{.type = VALUE_INTEGER},
                                   {.type = VALUE_TEXT, .nullable = true},
                                   {.type = VALUE_BIGINT, .nullable = true},
                                   {.type = VALUE_DOUBLE, .descending = true},
                                   {.type = VALUE_NUMERIC}};
    struct value values[] = {value_integer(5), value_bytes(VALUE_TEXT, slice_make("a\0\1", 3)),
                             value_null(VALUE_BIGINT), value_double(1.5),
                             value_numeric(numeric_make(150, 2))};
    uint8_t bytes[64];
    size_t size;

    (void)state;
    keys_begin(&keys, 1);
    TEST_OK(key_layout_init(&keys.layout, columns, 5, false, &keys.arena));
    TEST_OK(key_encode(&keys.layout, values, 5, bytes, sizeof bytes, &size));
    TEST_EQUAL(sizeof golden, size);
    TEST_BYTES(golden, bytes, size);
    keys_end(&keys);
}
