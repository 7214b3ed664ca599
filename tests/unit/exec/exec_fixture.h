/*
 * exec_fixture.h - plans built by hand over a table t (id INTEGER PRIMARY KEY, grp INTEGER, name TEXT,
 * val BIGINT NOT NULL) with a unique index on name and an index on grp, loaded by the test.
 */
#ifndef VARVE_TESTS_EXEC_FIXTURE_H
#define VARVE_TESTS_EXEC_FIXTURE_H

#include "base/alloc.h"
#include "exec/exec.h"
#include "exec/operator.h"
#include "plan/expr.h"
#include "plan/physical.h"
#include "store/store.h"
#include "table/table.h"
#include "test.h"

#define COLUMNS 4
enum { ID, GRP, NAME, VAL };

struct exec_fixture {
    struct alloc alloc;
    struct arena arena; /* of plans */
    struct store *store;
    struct store_session *session;
    struct table_def *def;
    struct exec_env env;
    struct vv_error error;
};

static const uint8_t fixture_types[COLUMNS] = {VALUE_INTEGER, VALUE_INTEGER, VALUE_TEXT,
                                               VALUE_BIGINT};
static const uint16_t fixture_all[COLUMNS] = {ID, GRP, NAME, VAL};

static inline struct table_def *fixture_def(struct exec_fixture *f, const uint32_t maps[3])
{
    static const struct table_column columns[COLUMNS] = {
        {.name = "id", .type = VALUE_INTEGER, .not_null = true},
        {.name = "grp", .type = VALUE_INTEGER, .stored_nullable = true},
        {.name = "name", .type = VALUE_TEXT, .stored_nullable = true},
        {.name = "val", .type = VALUE_BIGINT, .not_null = true}};
    static const struct table_index_part key[] = {{.column = ID, .type = VALUE_INTEGER}};
    static const struct table_index_part name[] = {
        {.column = NAME, .type = VALUE_TEXT, .nullable = true}};
    static const struct table_index_part grp[] = {
        {.column = GRP, .type = VALUE_INTEGER, .nullable = true}};
    const struct table_index indexes[3] = {
        {.id = 1,
         .map_id = maps[0],
         .name = "t_pkey",
         .parts = key,
         .part_count = 1,
         .unique = true,
         .primary = true,
         .constraint = true},
        {.id = 2,
         .map_id = maps[1],
         .name = "t_name_key",
         .parts = name,
         .part_count = 1,
         .unique = true,
         .constraint = true},
        {.id = 3, .map_id = maps[2], .name = "t_grp_idx", .parts = grp, .part_count = 1}};
    struct table_spec spec = {.schema = "public",
                              .name = "t",
                              .columns = columns,
                              .column_count = COLUMNS,
                              .indexes = indexes,
                              .index_count = 3};
    struct table_def_ids ids = {.id = 1, .schema_id = 2200, .map_id = maps[0], .version = 1};
    struct table_def *def = NULL;

    TEST_OK(table_def_create(&f->alloc, &ids, &spec, &def));
    return def;
}

static inline void fixture_open(struct exec_fixture *f)
{
    struct store_options options = {.alloc = &f->alloc};
    uint32_t maps[3];

    memset(f, 0, sizeof *f);
    alloc_init(&f->alloc, 0);
    arena_init(&f->arena, &f->alloc, ALLOC_GENERAL, 65536);
    TEST_OK(store_open(&options, &f->store, NULL));
    TEST_OK(store_session_open(f->store, NULL, &f->session));
    store_enter(f->session);
    TEST_OK(store_begin(f->session, NULL));
    TEST_OK(store_statement_begin(f->session));
    for (unsigned i = 0; i < 3; i++) {
        TEST_OK(store_map_create(f->session, &maps[i]));
    }
    TEST_OK(store_statement_end(f->session));
    TEST_OK(store_commit(f->session, NULL));
    f->def = fixture_def(f, maps);
    f->env = (struct exec_env){.alloc = &f->alloc, .session = f->session};
    TEST_OK(store_begin(f->session, NULL));
    TEST_OK(store_statement_begin(f->session));
}

static inline void fixture_close(struct exec_fixture *f)
{
    store_abort(f->session);
    store_leave(f->session);
    store_session_close(f->session);
    table_def_drop(f->def);
    arena_release(&f->arena);
    TEST_OK(store_close(f->store));
    alloc_release(&f->alloc);
}

static inline void fixture_statement(struct exec_fixture *f)
{
    TEST_OK(store_statement_end(f->session));
    TEST_OK(store_statement_begin(f->session));
}

/* Rows 0..count-1: grp = id % 7 (NULL when id % 11 == 0), name = "name of <id>", val = id * 10. */
static inline void fixture_load(struct exec_fixture *f, int32_t count)
{
    struct table_writer *writer = NULL;
    char name[32];

    TEST_OK(table_writer_create(f->def, NULL, 0, &f->arena, &writer));
    for (int32_t i = 0; i < count; i++) {
        struct value row[COLUMNS];

        snprintf(name, sizeof name, "name of %05d", (int)i);
        row[ID] = value_integer(i);
        row[GRP] = i % 11 == 0 ? value_null(VALUE_INTEGER) : value_integer(i % 7);
        row[NAME] = value_text(name);
        row[VAL] = value_bigint(i * 10);
        TEST_OK(table_insert(writer, f->session, row, 1));
    }
    fixture_statement(f);
}

/* ---- expressions ---- */

static inline const struct expr *e_column(struct exec_fixture *f, uint32_t column, uint8_t type)
{
    return expr_column(&f->arena, column, type, 0);
}

static inline const struct expr *e_integer(struct exec_fixture *f, int32_t x)
{
    return expr_constant(&f->arena, value_integer(x), 0);
}

static inline const struct expr *e_bigint(struct exec_fixture *f, int64_t x)
{
    return expr_constant(&f->arena, value_bigint(x), 0);
}

static inline const struct expr *e_text(struct exec_fixture *f, const char *text)
{
    return expr_constant(&f->arena, value_text(text), 0);
}

static inline const struct expr *e_call(struct exec_fixture *f, enum function_id function,
                                        const struct expr *a, const struct expr *b)
{
    const struct expr *arguments[2] = {a, b};

    return expr_call(&f->arena, function, 0, b == NULL ? 1 : 2, arguments);
}

static inline const struct expr *e_aggregate(struct exec_fixture *f, enum function_id function,
                                             const struct expr *argument, bool distinct)
{
    struct expr *expr = ARENA_NEW(&f->arena, struct expr);
    const struct expr **arguments = ARENA_ARRAY(&f->arena, const struct expr *, 1);

    arguments[0] = argument;
    *expr = (struct expr){.kind = EXPR_AGGREGATE,
                          .type = function_entry(function)->result_type,
                          .function = (uint16_t)function,
                          .argument_count = argument == NULL ? 0 : 1,
                          .arguments = arguments,
                          .distinct = distinct,
                          .depth = 2};
    return expr;
}

/* ---- nodes ---- */

static inline struct physical_node *n_make(struct exec_fixture *f, uint8_t kind,
                                           uint32_t column_count, const uint8_t *types,
                                           const struct physical_node *input)
{
    struct physical_node *node = ARENA_NEW(&f->arena, struct physical_node);
    const struct physical_node **inputs = ARENA_ARRAY(&f->arena, const struct physical_node *, 2);
    uint8_t *copy = arena_copy(&f->arena, types, column_count);

    inputs[0] = input;
    node->kind = kind;
    node->input_count = input == NULL ? 0 : 1;
    node->inputs = inputs;
    node->column_count = column_count;
    node->column_types = copy;
    return node;
}

static inline struct physical_node *n_scan(struct exec_fixture *f, const struct table_index *index,
                                           const struct physical_range *ranges,
                                           uint32_t range_count, const struct expr *filter)
{
    struct physical_node *node = n_make(f, PHYSICAL_SCAN, COLUMNS, fixture_types, NULL);

    node->scan = (struct physical_scan){.table = f->def,
                                        .alias = "t",
                                        .index = index,
                                        .columns = fixture_all,
                                        .range_count = range_count,
                                        .ranges = ranges,
                                        .filter = filter};
    return node;
}

static inline struct physical_range *n_equal(struct exec_fixture *f, const struct expr *expr)
{
    struct physical_range *range = ARENA_NEW(&f->arena, struct physical_range);
    const struct expr **equals = ARENA_ARRAY(&f->arena, const struct expr *, 1);

    equals[0] = expr;
    *range = (struct physical_range){.equal_count = 1, .equals = equals};
    return range;
}

/* ---- running ---- */

static inline struct physical_plan p_rows(const struct physical_node *root)
{
    return (struct physical_plan){.result = PHYSICAL_RETURNS_ROWS,
                                  .root = root,
                                  .column_count = root->column_count,
                                  .column_types = root->column_types};
}

/* Runs to the end and writes all rows as text: "1,a|2,b|". VV_END when all went well. */
static inline vv_status fixture_run(struct exec_fixture *f, const struct physical_plan *plan,
                                    const struct value *parameters, char *text, size_t room);

#include "value/text.h"

static inline vv_status fixture_drain(struct exec_fixture *f, struct exec *exec, char *text,
                                      size_t room)
{
    const struct value_batch *batch = NULL;
    vv_status status = VV_OK;
    size_t size = 0;

    text[0] = '\0';
    while ((status = exec_next(exec, &batch, &f->error)) == VV_OK) {
        TEST_TRUE(batch->selected_count > 0);
        VV_TRY(exec_keep(exec, &f->error));
        for (uint32_t i = 0; i < batch->selected_count; i++) {
            uint32_t row = exec_place(batch, i);

            for (uint32_t c = 0; c < batch->column_count; c++) {
                struct value value;
                char one[256] = "null";

                vector_get(&batch->columns[c], row, &value);
                if (!value.null) {
                    one[text_print(&value, one)] = '\0';
                }
                size += (size_t)snprintf(text + size, room - size, "%s%s", c == 0 ? "" : ",", one);
                TEST_TRUE(size < room);
            }
            size += (size_t)snprintf(text + size, room - size, "|");
            TEST_TRUE(size < room);
        }
    }
    return status;
}

static inline vv_status fixture_run(struct exec_fixture *f, const struct physical_plan *plan,
                                    const struct value *parameters, char *text, size_t room)
{
    struct exec *exec = NULL;
    vv_status status = exec_create(&f->env, plan, &exec, &f->error);

    text[0] = '\0';
    if (status == VV_OK) {
        status = exec_start(exec, parameters, false, &f->error);
    }
    if (status == VV_OK) {
        status = fixture_drain(f, exec, text, room);
    }
    exec_destroy(exec);
    return status;
}

static inline void fixture_expect(struct exec_fixture *f, const struct physical_node *root,
                                  const char *wanted)
{
    struct physical_plan plan = p_rows(root);
    static const uint32_t sizes[] = {0, 1, 7};

    for (unsigned i = 0; i < 3; i++) { /* K2 */
        char text[8192];

        f->env.batch_rows = sizes[i];
        if (fixture_run(f, &plan, NULL, text, sizeof text) != VV_END) {
            print_error("%s %s\n", f->error.sqlstate, f->error.message);
            TEST_TRUE(false);
        }
        TEST_TEXT(wanted, text);
    }
    f->env.batch_rows = 0;
}

#endif
