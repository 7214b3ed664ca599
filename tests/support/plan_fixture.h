/*
 * plan_fixture.h - a few tables without a store, for tests of plan and optimize.
 *
 * plan_fixture_define() binds CREATE TABLE and CREATE INDEX and keeps the definitions; the binder finds
 * them there. plan_fixture_bind() parses and binds one statement.
 */
#ifndef VARVE_TESTS_SUPPORT_PLAN_FIXTURE_H
#define VARVE_TESTS_SUPPORT_PLAN_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "optimize/optimize.h"
#include "plan/bind.h"
#include "plan/explain.h"
#include "sql/sql.h"
#include "table/table_def.h"

#define PLAN_FIXTURE_TABLES 8u

struct plan_fixture {
    struct alloc alloc;
    struct arena arena;
    struct table_def *tables[PLAN_FIXTURE_TABLES];
    uint32_t table_count;
    uint32_t next_id;
    struct bind_catalog catalog;
    struct vv_error error;
};

static inline vv_status plan_fixture_table(void *context, const char *schema, const char *name,
                                           enum bind_use use, uint32_t position,
                                           const struct table_def **def_out, struct vv_error *error)
{
    struct plan_fixture *f = context;

    (void)use;
    *def_out = NULL;
    for (uint32_t i = 0; i < f->table_count; i++) {
        if (strcmp(f->tables[i]->spec.name, name) == 0) {
            *def_out = f->tables[i];
            return VV_OK;
        }
    }
    return error_set(error, VV_SQLSTATE_UNDEFINED_TABLE, position,
                     "relation \"%s%s%s\" does not exist", schema == NULL ? "" : schema,
                     schema == NULL ? "" : ".", name);
}

static inline void plan_fixture_open(struct plan_fixture *f)
{
    memset(f, 0, sizeof *f);
    alloc_init(&f->alloc, 0);
    arena_init(&f->arena, &f->alloc, ALLOC_STATEMENT, 512); /* many blocks, many faults */
    f->catalog.context = f;
    f->catalog.table = plan_fixture_table;
    f->next_id = 16384;
}

static inline void plan_fixture_close(struct plan_fixture *f)
{
    for (uint32_t i = 0; i < f->table_count; i++) {
        table_def_drop(f->tables[i]);
    }
    arena_release(&f->arena);
    alloc_release(&f->alloc);
}

/* One statement of known kind to a logical plan in f->arena. */
static inline vv_status plan_fixture_bind(struct plan_fixture *f, const char *sql,
                                          const struct logical_plan **plan_out)
{
    struct sql_statement *statement = NULL;
    struct bind_options options = {.catalog = &f->catalog};

    *plan_out = NULL;
    error_clear(&f->error);
    VV_TRY(sql_parse(slice_text(sql), &f->arena, &statement, &f->error));
    if (statement == NULL) {
        return VV_INVALID;
    }
    return bind_statement(&options, statement->tree, &f->arena, plan_out, &f->error);
}

/* What the catalog would have made of the spec: names and ids for every index. */
static inline vv_status plan_fixture_make(struct plan_fixture *f, const struct table_spec *spec,
                                          struct table_def **def_out)
{
    struct table_def_ids ids = {
        .id = f->next_id++, .schema_id = TABLE_SCHEMA_PUBLIC, .map_id = f->next_id++, .version = 1};
    struct table_index *indexes = ARENA_ARRAY(&f->arena, struct table_index, spec->index_count);
    struct table_spec named = *spec;

    if (indexes == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < spec->index_count; i++) {
        indexes[i] = spec->indexes[i];
        indexes[i].id = f->next_id++;
        indexes[i].map_id = indexes[i].primary ? ids.map_id : f->next_id++;
        if (indexes[i].name == NULL) {
            indexes[i].name =
                arena_format(&f->arena, indexes[i].primary ? "%s_pkey" : "%s_%s_key", spec->name,
                             spec->columns[indexes[i].parts[0].column].name);
        }
    }
    named.indexes = indexes;
    return table_def_create(&f->alloc, &ids, &named, def_out);
}

static inline vv_status plan_fixture_add_index(struct plan_fixture *f,
                                               const struct command *command)
{
    for (uint32_t i = 0; i < f->table_count; i++) {
        struct table_spec spec = f->tables[i]->spec;
        struct table_index *indexes = NULL;
        struct table_def *larger = NULL;

        if (strcmp(spec.name, command->create_index.table.name) != 0) {
            continue;
        }
        indexes = ARENA_ARRAY(&f->arena, struct table_index, spec.index_count + 1);
        if (indexes == NULL) {
            return VV_NOMEM;
        }
        memcpy(indexes, spec.indexes, spec.index_count * sizeof indexes[0]);
        indexes[spec.index_count++] = command->create_index.index;
        spec.indexes = indexes;
        VV_TRY(plan_fixture_make(f, &spec, &larger));
        table_def_drop(f->tables[i]);
        f->tables[i] = larger;
        return VV_OK;
    }
    return VV_NOT_FOUND;
}

/* CREATE TABLE or CREATE INDEX. */
static inline vv_status plan_fixture_define(struct plan_fixture *f, const char *sql)
{
    const struct logical_plan *plan = NULL;

    VV_TRY(plan_fixture_bind(f, sql, &plan));
    if (plan->command->kind == COMMAND_CREATE_INDEX) {
        return plan_fixture_add_index(f, plan->command);
    }
    VV_TRY(plan_fixture_make(f, &plan->command->create_table.spec, &f->tables[f->table_count]));
    f->table_count++;
    return VV_OK;
}

/* The logical plan as text, or `ERROR sqlstate @position: message` with ` (detail)` and ` [hint]`. */
static inline const char *plan_fixture_text(struct plan_fixture *f, const char *sql)
{
    const struct logical_plan *plan = NULL;
    vv_status status = plan_fixture_bind(f, sql, &plan);

    if (status == VV_OK) {
        return plan->root == NULL ? plan->command->tag : logical_print(&f->arena, plan);
    }
    if (status != VV_ERROR) {
        return status_name(status);
    }
    return arena_format(&f->arena, "ERROR %s @%u: %s%s%s%s", f->error.sqlstate, f->error.position,
                        f->error.message, f->error.hint[0] != 0 ? " [" : "", f->error.hint,
                        f->error.hint[0] != 0 ? "]" : "");
}

/* The physical plan as EXPLAIN (COSTS OFF) prints it, then the point's shape if there is one. */
static inline vv_status plan_fixture_explain(struct plan_fixture *f,
                                             const struct optimize_statistics *statistics,
                                             const char *sql, const char **text_out)
{
    static const char *const shapes[] = {"", "get", "range", "lock", "insert", "update", "delete"};
    const struct logical_plan *logical = NULL;
    const struct physical_plan *plan = NULL;
    const char *const *lines = NULL;
    uint32_t count = 0;

    *text_out = "";
    VV_TRY(plan_fixture_bind(f, sql, &logical));
    VV_TRY(optimize_plan(statistics, logical, &f->arena, &plan, &f->error));
    if (!physical_verify(plan)) {
        return VV_CORRUPT;
    }
    struct explain_request request = {.plan = plan};

    VV_TRY(explain_print(&request, &f->arena, &lines, &count));
    for (uint32_t i = 0; i < count && *text_out != NULL; i++) {
        *text_out = arena_format(&f->arena, "%s%s\n", *text_out, lines[i]);
    }
    if (plan->point != NULL && *text_out != NULL) {
        *text_out = arena_format(&f->arena, "%s[%s%s]\n", *text_out, shapes[plan->point->shape],
                                 plan->point->simple ? ", simple" : "");
    }
    return *text_out == NULL ? VV_NOMEM : VV_OK;
}

#endif
