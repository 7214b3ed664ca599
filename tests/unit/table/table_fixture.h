/*
 * table_fixture.h - a store in memory with one session, and a table of five columns:
 *
 *     t (id INTEGER PRIMARY KEY, name TEXT, score DOUBLE PRECISION, amount NUMERIC, tag BIGINT NOT NULL)
 *     unique t_name_key (name)                     has NULLs
 *     index  t_tag_idx  (tag DESC, name) INCLUDE (score)
 *     unique t_pair_key (tag, id)                  no NULLs, two columns
 */
#ifndef VARVE_TESTS_TABLE_FIXTURE_H
#define VARVE_TESTS_TABLE_FIXTURE_H

#include "base/alloc.h"
#include "store/store.h"
#include "table/table.h"
#include "test.h"
#include "value/value.h"
#include "value/vector.h"

#define FIXTURE_COLUMNS 5

struct table_fixture {
    struct alloc alloc;
    struct arena arena;
    struct store *store;
    struct store_session *session;
    struct table_def *def;
};

static const struct table_column fixture_columns[FIXTURE_COLUMNS] = {
    {.name = "id", .type = VALUE_INTEGER, .not_null = true, .type_modifier = -1},
    {.name = "name", .type = VALUE_TEXT, .stored_nullable = true, .type_modifier = -1},
    {.name = "score", .type = VALUE_DOUBLE, .stored_nullable = true, .type_modifier = -1},
    {.name = "amount",
     .type = VALUE_NUMERIC,
     .stored_nullable = true,
     .type_modifier = -1,
     .default_text = "1.5"},
    {.name = "tag", .type = VALUE_BIGINT, .not_null = true, .type_modifier = -1},
};
static const struct table_index_part fixture_key[] = {{.column = 0, .type = VALUE_INTEGER}};
static const struct table_index_part fixture_name[] = {
    {.column = 1, .type = VALUE_TEXT, .nullable = true}};
static const struct table_index_part fixture_tag[] = {
    {.column = 4, .type = VALUE_BIGINT, .descending = true, .nulls_first = true},
    {.column = 1, .type = VALUE_TEXT, .nullable = true}};
static const struct table_index_part fixture_pair[] = {{.column = 4, .type = VALUE_BIGINT},
                                                       {.column = 0, .type = VALUE_INTEGER}};
static const uint16_t fixture_score[] = {2};
static const struct table_check fixture_check = {.name = "t_check", .text = "tag > 0"};

/* The definition; with_key false: the same without the primary key. maps: of the table, the three
 * indexes. */
static inline struct table_def *fixture_def(struct alloc *alloc, bool with_key,
                                            const uint32_t maps[4])
{
    struct table_index indexes[4] = {{.id = 101,
                                      .map_id = maps[0],
                                      .name = "t_pkey",
                                      .parts = fixture_key,
                                      .part_count = 1,
                                      .unique = true,
                                      .primary = true,
                                      .constraint = true},
                                     {.id = 102,
                                      .map_id = maps[1],
                                      .name = "t_name_key",
                                      .parts = fixture_name,
                                      .part_count = 1,
                                      .unique = true,
                                      .constraint = true},
                                     {.id = 103,
                                      .map_id = maps[2],
                                      .name = "t_tag_idx",
                                      .parts = fixture_tag,
                                      .part_count = 2,
                                      .includes = fixture_score,
                                      .include_count = 1},
                                     {.id = 104,
                                      .map_id = maps[3],
                                      .name = "t_pair_key",
                                      .parts = fixture_pair,
                                      .part_count = 2,
                                      .unique = true}};
    struct table_spec spec = {.schema = "public",
                              .name = "t",
                              .columns = fixture_columns,
                              .column_count = FIXTURE_COLUMNS,
                              .indexes = with_key ? indexes : indexes + 1,
                              .index_count = with_key ? 4 : 3,
                              .checks = &fixture_check,
                              .check_count = 1};
    struct table_def_ids ids = {
        .id = 100, .schema_id = TABLE_SCHEMA_PUBLIC, .map_id = maps[0], .version = 7};
    struct table_def *def = NULL;

    return table_def_create(alloc, &ids, &spec, &def) == VV_OK ? def : NULL;
}

static inline void fixture_open(struct table_fixture *f, bool with_key)
{
    uint32_t maps[4];
    struct store_options options = {.alloc = &f->alloc};

    alloc_init(&f->alloc, 0);
    arena_init(&f->arena, &f->alloc, ALLOC_STATEMENT, 65536);
    TEST_OK(store_open(&options, &f->store, NULL));
    TEST_OK(store_session_open(f->store, NULL, &f->session));
    store_enter(f->session);
    TEST_OK(store_begin(f->session, NULL));
    TEST_OK(store_statement_begin(f->session));
    for (unsigned i = 0; i < 4; i++) {
        TEST_OK(store_map_create(f->session, &maps[i]));
    }
    TEST_OK(store_statement_end(f->session));
    TEST_OK(store_commit(f->session, NULL));
    f->def = fixture_def(&f->alloc, with_key, maps);
    TEST_TRUE(f->def != NULL);
}

static inline void fixture_close(struct table_fixture *f)
{
    store_abort(f->session);
    store_leave(f->session);
    store_session_close(f->session);
    table_def_drop(f->def);
    arena_release(&f->arena);
    TEST_OK(store_close(f->store));
    alloc_release(&f->alloc);
}

static inline void fixture_begin(struct table_fixture *f)
{
    TEST_OK(store_begin(f->session, NULL));
    TEST_OK(store_statement_begin(f->session));
}

static inline void fixture_commit(struct table_fixture *f)
{
    TEST_OK(store_statement_end(f->session));
    TEST_OK(store_commit(f->session, NULL));
}

static inline void fixture_next_statement(struct table_fixture *f)
{
    TEST_OK(store_statement_end(f->session));
    TEST_OK(store_statement_begin(f->session));
}

/* name NULL: SQL NULL. */
static inline void fixture_row(struct value row[FIXTURE_COLUMNS], int32_t id, const char *name,
                               int64_t tag)
{
    row[0] = value_integer(id);
    row[1] = name == NULL ? value_null(VALUE_TEXT) : value_text(name);
    row[2] = id % 3 == 0 ? value_null(VALUE_DOUBLE) : value_double(id / 4.0);
    row[3] = id % 5 == 0 ? value_null(VALUE_NUMERIC) : value_numeric(numeric_make(id * 10, 1));
    row[4] = value_bigint(tag);
}

static inline void fixture_batch(struct table_fixture *f, const uint16_t *columns, uint32_t count,
                                 struct value_batch *batch)
{
    *batch = (struct value_batch){.column_count = count};
    batch->columns = ARENA_ARRAY(&f->arena, struct value_vector, count);
    for (uint32_t i = 0; i < count; i++) {
        TEST_TRUE(
            vector_init(&batch->columns[i], f->def->spec.columns[columns[i]].type, &f->arena));
    }
}

#endif
