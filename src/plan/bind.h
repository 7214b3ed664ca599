/*
 * bind.h - from syntax to meaning: names looked up, types resolved, errors as PostgreSQL words them.
 *
 * The binder follows PostgreSQL 15 (chapter 10 of its manual, src/backend/parser): the same order of
 * checks, the same choice of operators and functions, the same texts, SQLSTATEs and positions. What the
 * parser knows and Varve cannot run yet is refused with 0A000 that names it.
 *
 * Promises: I1 any tree that sql_parse() makes gives a plan or an error, never a crash: recursion is
 *              bounded by A1 of the tree and E2 of the expressions;
 *           I2 the plan satisfies L1 (logical_verify) and its expressions E1 and E2;
 *           I3 errors have PostgreSQL 15's SQLSTATE, text and position.
 * Threads:  any; nothing is shared.
 */
#ifndef VARVE_PLAN_BIND_H
#define VARVE_PLAN_BIND_H

#include "base/arena.h"
#include "base/error.h"
#include "plan/logical.h"
#include "sql/ast.h"

struct plan_origin;
struct table_def;

/* What a statement will do with a table: which lock its name is looked up for. */
enum bind_use {
    BIND_USE_READ,   /* SELECT: ACCESS SHARE */
    BIND_USE_LOCK,   /* SELECT FOR UPDATE and its kin: ROW SHARE */
    BIND_USE_WRITE,  /* INSERT, UPDATE, DELETE: ROW EXCLUSIVE */
    BIND_USE_DEFINE, /* CREATE INDEX: the command takes its own lock */
    BIND_USE_LOCK_TABLE /* and those after it: in mode use - BIND_USE_LOCK_TABLE (PostgreSQL's order) */
};

/* Where names are looked up. db puts a catalog_view behind it; tests a few definitions. */
struct bind_catalog {
    void *context;
    /* As catalog_view_table(): schema NULL is the search path; the error is set on failure (42P01 …).
     * borrow: *def_out as long as the plan. */
    vv_status (*table)(void *context, const char *schema, const char *name, enum bind_use use,
                       uint32_t position, const struct table_def **def_out, struct vv_error *error);
};

/* What FETCH returns. borrow: the arrays during the call of the binder. */
struct bind_cursor {
    uint64_t id; /* of no other of the session */
    uint32_t column_count;
    const char *const *names;
    const uint8_t *types; /* enum value_type */
    const struct plan_origin *origins;
};

/* Where EXECUTE finds the types of what a session has prepared, FETCH the columns of its cursors. */
struct bind_prepared {
    void *context;
    bool (*cursor)(void *context, const char *name, struct bind_cursor *cursor_out);
    /* False: there is none of that name. borrow: *types_out (enum value_type) during the call of the binder. */
    bool (*find)(void *context, const char *name, const uint8_t **types_out, uint32_t *count_out);
};

/* As the only type: the statement may have no parameters (42P02 `there is no parameter $1`). */
#define BIND_NO_PARAMETERS 0xFFu

struct bind_options {
    const struct bind_catalog *catalog;
    const struct bind_prepared *prepared; /* NULL: nothing is */
    const uint8_t *parameter_types; /* enum value_type; VALUE_UNKNOWN: infer. NULL: infer all */
    uint32_t parameter_type_count;
};

/* Binds one statement. *plan_out and everything below it live in the arena; table definitions are
 * borrowed from the catalog. VV_ERROR with *error, or VV_NOMEM. On failure the arena holds garbage. */
VV_MUST_USE vv_status bind_statement(const struct bind_options *options, const struct ast *tree,
                                     struct arena *arena, const struct logical_plan **plan_out,
                                     struct vv_error *error);

/* Binds a DEFAULT expression for a column: no columns, no aggregates, cast to the column's type as an
 * assignment. name: the column's, for the error. */
VV_MUST_USE vv_status bind_default(const struct ast *tree, const char *name, enum value_type type,
                                   int32_t modifier, struct arena *arena,
                                   const struct expr **expr_out, struct vv_error *error);

enum bind_definition_kind {
    BIND_DEFINITION_DEFAULT,   /* of a column */
    BIND_DEFINITION_GENERATED, /* of a column */
    BIND_DEFINITION_CONDITION, /* CHECK, WHERE of an index */
    BIND_DEFINITION_VALUE      /* a part of an index */
};

/* Binds an expression of a table's definition again, over the table's columns, for whoever wants to print it.
 * column: of DEFAULT and GENERATED. */
VV_MUST_USE vv_status bind_definition(const struct table_def *table, enum bind_definition_kind kind,
                                      uint32_t column, const struct ast *tree, struct arena *arena,
                                      const struct expr **expr_out, struct vv_error *error);

/* The rules of an index of the table, and of all indexes that have expressions or a predicate. */
VV_MUST_USE vv_status bind_index_rule(const struct table_def *table,
                                      const struct table_index *index, struct arena *arena,
                                      struct index_rule *rule_out, struct vv_error *error);
VV_MUST_USE vv_status bind_index_rules(const struct table_def *table, struct arena *arena,
                                       const struct index_rule **rules_out, uint32_t *count_out,
                                       struct vv_error *error);

#endif
