/*
 * fuzz_plan.c - any text: parsed, bound, optimised, explained. Whatever binds must verify (L1, P1), and
 * nothing may panic. Definitions are fixed.
 */
#include <stdlib.h>

#include "base/arena.h"
#include "optimize/optimize.h"
#include "plan/bind.h"
#include "plan/explain.h"
#include "sql/sql.h"
#include "table/table_def.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct alloc alloc;
static struct arena arena;
static struct table_def *table;

static vv_status find_table(void *context, const char *schema, const char *name, enum bind_use use,
                            uint32_t position, const struct table_def **def_out,
                            struct vv_error *error)
{
    (void)context;
    (void)schema;
    (void)use;
    *def_out = name[0] == 't' ? table : NULL;
    return *def_out != NULL ? VV_OK
                            : error_set(error, VV_SQLSTATE_UNDEFINED_TABLE, position,
                                        "relation \"%s\" does not exist", name);
}

/* t (a integer, b bigint, c text, d double precision, e boolean, f bytea, n numeric): key (a), indexes
 * (b, c DESC) and unique (c). */
static void table_make(void)
{
    static const struct table_column columns[] = {
        {.name = "a", .type_modifier = -1, .type = VALUE_INTEGER, .not_null = true},
        {.name = "b", .type_modifier = -1, .type = VALUE_BIGINT},
        {.name = "c", .type_modifier = -1, .type = VALUE_TEXT},
        {.name = "d", .type_modifier = -1, .type = VALUE_DOUBLE},
        {.name = "e", .type_modifier = -1, .type = VALUE_BOOLEAN},
        {.name = "f", .type_modifier = -1, .type = VALUE_BYTEA},
        {.name = "n", .type_modifier = -1, .type = VALUE_NUMERIC},
    };
    static const struct table_index_part key[] = {{.column = 0, .type = VALUE_INTEGER}};
    static const struct table_index_part pair[] = {
        {.column = 1, .type = VALUE_BIGINT},
        {.column = 2, .type = VALUE_TEXT, .descending = true, .nulls_first = true}};
    static const struct table_index_part unique[] = {{.column = 2, .type = VALUE_TEXT}};
    static const struct table_index indexes[] = {
        {.id = 2,
         .map_id = 1,
         .name = "t_pkey",
         .parts = key,
         .part_count = 1,
         .unique = true,
         .primary = true},
        {.id = 3, .map_id = 3, .name = "t_b_c", .parts = pair, .part_count = 2},
        {.id = 4, .map_id = 4, .name = "t_c", .parts = unique, .part_count = 1, .unique = true},
    };
    struct table_spec spec = {
        .name = "t", .columns = columns, .indexes = indexes, .column_count = 7, .index_count = 3};
    struct table_def_ids ids = {
        .id = 1, .schema_id = TABLE_SCHEMA_PUBLIC, .map_id = 1, .version = 1};

    if (table_def_create(&alloc, &ids, &spec, &table) != VV_OK) {
        abort();
    }
}

static void plan_one(const struct ast *tree)
{
    struct bind_catalog catalog = {.table = find_table};
    struct bind_options options = {.catalog = &catalog};
    const struct logical_plan *logical = NULL;
    const struct physical_plan *plan = NULL;
    const char *const *lines = NULL;
    uint32_t line_count = 0;
    struct vv_error error;

    if (bind_statement(&options, tree, &arena, &logical, &error) != VV_OK) {
        return;
    }
    if (logical->root != NULL && !logical_verify(logical->root)) {
        abort();
    }
    if (optimize_plan(NULL, logical, &arena, &plan, &error) != VV_OK) {
        return;
    }
    if (!physical_verify(plan)) {
        abort();
    }
    struct explain_request request = {.plan = plan, .options = {.costs = true}};

    if (plan->root != NULL && explain_print(&request, &arena, &lines, &line_count) != VV_OK) {
        return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sql_statement *statement = NULL;
    struct vv_error error;

    if (table == NULL) {
        alloc_init(&alloc, 0);
        arena_init(&arena, &alloc, ALLOC_STATEMENT, 65536);
        arena.limit_bytes = 256u << 20;
        table_make();
    }
    if (sql_parse(slice_make(data, size), &arena, &statement, &error) == VV_OK) {
        for (; statement != NULL; statement = statement->next) {
            plan_one(statement->tree);
        }
    }
    arena_reset(&arena);
    return 0;
}
