/*
 * ast_private.h - the fields of every node as a table, for walks that treat all nodes alike.
 */
#ifndef VARVE_SQL_AST_PRIVATE_H
#define VARVE_SQL_AST_PRIVATE_H

#include "sql/ast.h"

enum ast_field_type {
    AST_FIELD_END,
    AST_FIELD_ONE,
    AST_FIELD_MANY,
    AST_FIELD_TEXT,
    AST_FIELD_NAME,
    AST_FIELD_FLAG,
    AST_FIELD_NUMBER,
    AST_FIELD_KIND
};

struct ast_field_place {
    uint16_t offset;
    uint16_t type; /* enum ast_field_type */
    const char *name;
};

/* The fields of a tag, ended by AST_FIELD_END. */
const struct ast_field_place *ast_fields(enum ast_tag tag);

/* The bytes of a tag's struct. */
size_t ast_size(enum ast_tag tag);

/* The left child of a node with a spine. */
struct ast *ast_left(const struct ast *node);

/* The height a finished node must carry; its children carry theirs. */
uint32_t ast_height(const struct ast *node);

#endif
