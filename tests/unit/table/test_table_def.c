/* test_table_def.c - definitions: making, searching, bytes. */
#include <stdlib.h>

#include "base/rng.h"
#include "table_fixture.h"
#include "value/collation.h"

static const uint32_t maps[4] = {20, 21, 22, 23};

static void texts_equal(const char *a, const char *b)
{
    TEST_TRUE((a == NULL) == (b == NULL));
    if (a != NULL) {
        TEST_TEXT(a, b);
    }
}

static void defs_equal(const struct table_def *a, const struct table_def *b)
{
    TEST_EQUAL(a->id, b->id);
    TEST_EQUAL(a->map_id, b->map_id);
    TEST_EQUAL(a->schema_id, b->schema_id);
    TEST_EQUAL(a->version, b->version);
    TEST_EQUAL(a->has_key, b->has_key);
    TEST_TEXT(a->spec.name, b->spec.name);
    TEST_TEXT(a->spec.schema, b->spec.schema);
    TEST_EQUAL(a->spec.column_count, b->spec.column_count);
    for (uint32_t i = 0; i < a->spec.column_count; i++) {
        TEST_TEXT(a->spec.columns[i].name, b->spec.columns[i].name);
        texts_equal(a->spec.columns[i].default_text, b->spec.columns[i].default_text);
        TEST_EQUAL(a->spec.columns[i].type, b->spec.columns[i].type);
        TEST_EQUAL(a->spec.columns[i].type_modifier, b->spec.columns[i].type_modifier);
        TEST_EQUAL(a->spec.columns[i].not_null, b->spec.columns[i].not_null);
        TEST_EQUAL(a->spec.columns[i].stored_nullable, b->spec.columns[i].stored_nullable);
    }
    TEST_EQUAL(a->spec.index_count, b->spec.index_count);
    for (uint32_t i = 0; i < a->spec.index_count; i++) {
        const struct table_index *x = &a->spec.indexes[i], *y = &b->spec.indexes[i];

        TEST_TEXT(x->name, y->name);
        TEST_EQUAL(x->id, y->id);
        TEST_EQUAL(x->map_id, y->map_id);
        TEST_EQUAL(x->unique, y->unique);
        TEST_EQUAL(x->constraint, y->constraint);
        TEST_EQUAL(x->part_count, y->part_count);
        for (uint32_t p = 0; p < x->part_count; p++) {
            TEST_EQUAL(x->parts[p].column, y->parts[p].column);
            TEST_EQUAL(x->parts[p].descending, y->parts[p].descending);
            TEST_EQUAL(x->parts[p].nullable, y->parts[p].nullable);
            TEST_EQUAL(x->parts[p].nulls_first, y->parts[p].nulls_first);
        }
        TEST_EQUAL(x->include_count, y->include_count);
    }
    TEST_EQUAL(a->spec.check_count, b->spec.check_count);
    TEST_TEXT(a->spec.checks[0].text, b->spec.checks[0].text);
}

/* D2: a definition survives its bytes. */
TEST(codec_round_trip)
{
    struct alloc alloc;
    struct arena arena;
    struct table_def *def = NULL, *back = NULL;
    vv_slice bytes;

    (void)state;
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_GENERAL, 4096);
    def = fixture_def(&alloc, true, maps);
    TEST_OK(table_def_encode(def, &arena, &bytes));
    TEST_OK(table_def_decode(&alloc, bytes, &back));
    defs_equal(def, back);
    table_def_drop(def);
    table_def_drop(back);
    arena_release(&arena);
    alloc_release(&alloc);
}

/* The bytes of a version do not change: databases hold them. */
static const char golden_1[] =
    "01649811140700000000000000067075626c696301740502696417010000046e616d651908000005"
    "73636f7265bd0508000006616d6f756e74a40d0c000003312e35037461671401000004651406745f"
    "706b657907010117000066150a745f6e616d655f6b6579050102190400671609745f7461675f6964"
    "780002051403021904010268170a745f706169725f6b65790102051400011700000107745f636865"
    "636b07746167203e2030";
static const char golden_2[] =
    "02649811140700000000000000067075626c696301740502696417010000046e616d651908000005"
    "73636f7265bd0508000006616d6f756e74a40d0c000003312e35037461671401000004651406745f"
    "706b657907010117000066150a745f6e616d655f6b6579050102190400671609745f7461675f6964"
    "780002051403021904010268170a745f706169725f6b65790102051400011700000107745f636865"
    "636b07746167203e203000";

TEST(codec_golden)
{
    struct alloc alloc;
    struct arena arena;
    struct table_def *def = NULL;
    vv_slice bytes;
    char text[3];

    (void)state;
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_GENERAL, 4096);
    def = fixture_def(&alloc, true, maps);
    TEST_OK(table_def_encode(def, &arena, &bytes));
    TEST_EQUAL((sizeof golden_2 - 1) / 2, bytes.size);
    for (size_t i = 0; i < bytes.size; i++) {
        snprintf(text, sizeof text, "%02x", bytes.data[i]);
        TEST_BYTES(golden_2 + 2 * i, text, 2);
    }
    table_def_drop(def);
    arena_release(&arena);
    alloc_release(&alloc);
}

/* Version 3: a NOCASE key, an index by another collation. */
TEST(codec_keeps_collations)
{
    static const struct table_column columns[2] = {
        {.name = "a",
         .type = VALUE_TEXT,
         .collation = VALUE_COLLATION_NOCASE,
         .not_null = true,
         .type_modifier = -1},
        {.name = "b", .type = VALUE_VARCHAR, .stored_nullable = true, .type_modifier = -1}};
    static const struct table_index_part parts[2] = {
        {.type = VALUE_TEXT, .collation = VALUE_COLLATION_NOCASE},
        {.column = 1, .type = VALUE_VARCHAR, .collation = VALUE_COLLATION_RTRIM, .nullable = true}};
    static const struct table_index indexes[2] = {
        {.id = 101,
         .map_id = 20,
         .name = "t_pkey",
         .parts = &parts[0],
         .part_count = 1,
         .unique = true,
         .primary = true,
         .constraint = true},
        {.id = 102, .map_id = 21, .name = "t_b", .parts = &parts[1], .part_count = 1}};
    static const char golden[] =
        "03649811140300000000000000067075626c696301740201611981100000fe7f016293080800"
        "0002651406745f706b65790701011908fe7f00661503745f6200010293080cff7f0000";
    struct alloc alloc;
    struct arena arena;
    struct table_def *def = NULL, *back = NULL;
    struct table_def_ids ids = {.id = 100, .schema_id = 2200, .map_id = 20, .version = 3};
    struct table_spec spec = {.schema = "public",
                              .name = "t",
                              .columns = columns,
                              .column_count = 2,
                              .indexes = indexes,
                              .index_count = 2};
    vv_slice bytes;

    (void)state;
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_GENERAL, 4096);
    TEST_OK(table_def_create(&alloc, &ids, &spec, &def));
    TEST_OK(table_def_encode(def, &arena, &bytes));
    for (size_t i = 0; i < bytes.size; i++) {
        char text[3];

        snprintf(text, sizeof text, "%02x", bytes.data[i]);
        TEST_BYTES(golden + 2 * i, text, 2);
    }
    TEST_EQUAL((sizeof golden - 1) / 2, bytes.size);
    TEST_OK(table_def_decode(&alloc, bytes, &back));
    TEST_EQUAL(VALUE_COLLATION_NOCASE, back->spec.columns[0].collation);
    TEST_EQUAL(VALUE_COLLATION_DEFAULT, back->spec.columns[1].collation);
    TEST_EQUAL(VALUE_COLLATION_NOCASE, back->spec.indexes[0].parts[0].collation);
    TEST_EQUAL(VALUE_COLLATION_RTRIM, back->spec.indexes[1].parts[0].collation);
    TEST_TRUE(!table_index_covers(back, &back->spec.indexes[1], 0)); /* keys hold folds */
    TEST_TRUE(!table_index_covers(back, &back->spec.indexes[1], 1));
    table_def_drop(def);
    table_def_drop(back);
    arena_release(&arena);
    alloc_release(&alloc);
}

/* D2: what ALTER TABLE leaves in a definition survives too. */
TEST(codec_keeps_what_alter_table_left)
{
    static const struct table_check check = {.name = "c", .text = "b > 0", .not_valid = true};
    struct alloc alloc;
    struct arena arena;
    struct table_def *def = NULL, *back = NULL;
    struct value seven = value_integer(7);
    struct table_column columns[3] = {
        {.name = "a", .type = VALUE_TEXT, .dropped = true, .absent = true, .type_modifier = -1},
        {.name = "b", .type = VALUE_INTEGER, .stored_nullable = true, .type_modifier = -1},
        {.name = "c",
         .type = VALUE_INTEGER,
         .stored_nullable = true,
         .section = 1,
         .type_modifier = -1}};
    struct table_def_ids ids = {.id = 100, .schema_id = 2200, .map_id = 20, .version = 3};
    struct table_spec spec = {.schema = "public",
                              .name = "t",
                              .columns = columns,
                              .column_count = 3,
                              .checks = &check,
                              .check_count = 1};
    vv_slice bytes;

    (void)state;
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_GENERAL, 4096);
    TEST_OK(table_missing_encode(&seven, &arena, &columns[2].missing));
    TEST_OK(table_def_create(&alloc, &ids, &spec, &def));
    TEST_OK(table_def_encode(def, &arena, &bytes));
    TEST_OK(table_def_decode(&alloc, bytes, &back));
    TEST_TRUE(back->spec.columns[0].absent);
    TEST_TRUE(back->spec.columns[1].missing.data == NULL);
    TEST_TRUE(slice_equal(back->spec.columns[2].missing, def->spec.columns[2].missing));
    TEST_TRUE(back->spec.checks[0].not_valid);
    TEST_EQUAL(TABLE_NO_COLUMN, table_def_column(back, "a"));
    table_def_drop(def);
    table_def_drop(back);
    arena_release(&arena);
    alloc_release(&alloc);
}

/* Version 1 is still read. */
TEST(codec_reads_version_1)
{
    struct alloc alloc;
    struct table_def *def = NULL, *back = NULL;
    uint8_t bytes[sizeof golden_1 / 2];

    (void)state;
    alloc_init(&alloc, 0);
    def = fixture_def(&alloc, true, maps);
    for (size_t i = 0; i < sizeof bytes; i++) {
        char text[3] = {golden_1[2 * i], golden_1[2 * i + 1], 0};

        bytes[i] = (uint8_t)strtoul(text, NULL, 16);
    }
    TEST_OK(table_def_decode(&alloc, slice_make(bytes, sizeof bytes), &back));
    defs_equal(def, back);
    table_def_drop(def);
    table_def_drop(back);
    alloc_release(&alloc);
}

/* D2: no bytes make the decoder read outside them, leak or crash. */
TEST(codec_refuses_damage)
{
    struct alloc alloc;
    struct arena arena;
    struct rng rng;
    struct table_def *def = NULL, *back = NULL;
    vv_slice bytes;

    (void)state;
    rng_init(&rng, test_seed(1));
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_GENERAL, 4096);
    def = fixture_def(&alloc, true, maps);
    TEST_OK(table_def_encode(def, &arena, &bytes));
    for (size_t size = 0; size < bytes.size; size++) {
        uint8_t *cut = arena_copy(&arena, bytes.data, size);

        TEST_STATUS(VV_CORRUPT, table_def_decode(&alloc, slice_make(cut, size), &back));
    }
    for (unsigned i = 0; i < 20000; i++) {
        struct arena_mark mark = arena_mark(&arena);
        uint8_t *copy = arena_copy(&arena, bytes.data, bytes.size);

        copy[rng_below(&rng, bytes.size)] = (uint8_t)rng_next(&rng);
        copy[rng_below(&rng, bytes.size)] ^= (uint8_t)(1u << rng_below(&rng, 8));
        (void)!table_def_decode(&alloc, slice_make(copy, bytes.size), &back);
        table_def_drop(back);
        arena_reset_to(&arena, mark);
    }
    table_def_drop(def);
    arena_release(&arena);
    alloc_release(&alloc);
}

TEST(names_are_found)
{
    struct alloc alloc;
    struct table_def *def = NULL;

    (void)state;
    alloc_init(&alloc, 0);
    def = fixture_def(&alloc, true, maps);
    TEST_EQUAL(4, table_def_column(def, "tag"));
    TEST_EQUAL(TABLE_NO_COLUMN, table_def_column(def, "nothing"));
    TEST_TRUE(table_def_index(def, "t_tag_idx") == &def->spec.indexes[2]);
    TEST_TRUE(table_def_index_by_id(def, 104) == &def->spec.indexes[3]);
    TEST_TRUE(table_def_index(def, "t") == NULL);
    TEST_TRUE(table_def_key(def) == &def->spec.indexes[0]);
    table_def_drop(def);
    alloc_release(&alloc);
}

/* An index gives back its parts, what it includes and the primary key; not numbers that keys round off. */
TEST(covering)
{
    struct alloc alloc;
    struct table_def *def = NULL;

    (void)state;
    alloc_init(&alloc, 0);
    def = fixture_def(&alloc, true, maps);
    TEST_TRUE(table_index_covers(def, &def->spec.indexes[2], 0));
    TEST_TRUE(table_index_covers(def, &def->spec.indexes[2], 1));
    TEST_TRUE(table_index_covers(def, &def->spec.indexes[2], 2));
    TEST_FALSE(table_index_covers(def, &def->spec.indexes[2], 3));
    TEST_FALSE(table_index_covers(def, &def->spec.indexes[1], 2));
    TEST_TRUE(table_index_covers(def, NULL, 3));
    table_def_drop(def);
    alloc_release(&alloc);
}

TEST_SWEEP(making_fails_cleanly)
{
    struct alloc alloc;
    struct arena arena;
    struct table_def *def = NULL, *back = NULL;
    vv_slice bytes;

    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_GENERAL, 4096);
    def = fixture_def(&alloc, true, maps);
    if (def != NULL && table_def_encode(def, &arena, &bytes) == VV_OK) {
        (void)!table_def_decode(&alloc, bytes, &back);
    }
    table_def_drop(back);
    table_def_drop(def);
    arena_release(&arena);
    alloc_release(&alloc);
}
