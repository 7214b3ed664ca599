/*
 * sql.h - text to syntax trees and back. Knows no catalog.
 *
 * Promises: S1 any bytes give trees or an error with position, never a crash, in time linear in the
 *              text's size;
 *           S2 the memory of a parse is at most 32 MB and the text's size: a statement that needs more,
 *              or nests deeper than LIMIT_DEPTH, or has longer chains of operators, is refused with 54001;
 *           S3 parse(print(tree)) equals tree (ast_equal);
 *           S4 errors have PostgreSQL 15's SQLSTATE, text and position;
 *           S5 what PostgreSQL knows and we do not yet is refused with 0A000 that names it.
 * Threads:  any; nothing is shared.
 */
#ifndef VARVE_SQL_SQL_H
#define VARVE_SQL_SQL_H

#include "base/arena.h"
#include "base/error.h"
#include "sql/ast.h"

/* One statement of a text. */
struct sql_statement {
    struct ast *tree;           /* AST_SELECT, AST_INSERT, … */
    vv_slice text;              /* its part of the text, without surrounding space and `;` */
    uint32_t position;          /* 1-based character where text begins */
    uint32_t parameter_count;   /* the highest $n */
    struct sql_statement *next; /* NULL: the last */
};

/* Parses all statements of text, separated by `;` (empty ones are dropped; *first_out may be NULL).
 * Trees live in the arena; their strings and sql_statement.text borrow text. On failure the arena holds
 * garbage: reset it to a mark. VV_ERROR with *error, or VV_NOMEM. */
VV_MUST_USE vv_status sql_parse(vv_slice text, struct arena *arena,
                                struct sql_statement **first_out, struct vv_error *error);

/* Parses exactly one expression: stored CHECK and DEFAULT. Strings borrow text. */
VV_MUST_USE vv_status sql_parse_expression(vv_slice text, struct arena *arena,
                                           struct ast **expr_out, struct vv_error *error);

/* Parses exactly one type name: `numeric(10,2)[]`. *type_out is an AST_TYPE. */
VV_MUST_USE vv_status sql_parse_type(vv_slice text, struct arena *arena, struct ast **type_out,
                                     struct vv_error *error);

/* The size of text's first statement with its `;` (or the whole size), found by tokens alone, so that a
 * text can be run statement by statement. Broken text counts as one statement. */
size_t sql_first_statement(vv_slice text);

/* What PREPARE … AS prepares, from its first token to the text's end; the text must be a PREPARE that parses. */
vv_slice sql_prepared_text(vv_slice text);

/* Prints a statement, query, expression or type with as few parentheses as it needs. *text_out lives in
 * the arena and is followed by a NUL byte. VV_NOMEM. */
VV_MUST_USE vv_status sql_print(const struct ast *node, struct arena *arena, vv_slice *text_out);

/* The name as it must be written: quoted when it is not lower case or is a keyword. Text in the arena;
 * size 0 and data NULL: out of memory. */
vv_slice sql_quote_name(struct arena *arena, vv_slice name);

/* The text of an expression's default column name as PostgreSQL chooses it ("count", "case",
 * "?column?"); borrows the tree or is static. */
vv_slice sql_column_name(const struct ast *expr);

#endif
