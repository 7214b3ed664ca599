/* bind_comment.c - COMMENT ON: what the catalog is asked to note. */
#include "catalog/catalog_comment.h"
#include "plan/bind_private.h"

static bool object_of(enum ast_object_kind kind, enum catalog_commented *out)
{
    switch (kind) {
    case AST_OBJECT_TABLE:
        *out = CATALOG_COMMENT_TABLE;
        return true;
    case AST_OBJECT_INDEX:
        *out = CATALOG_COMMENT_INDEX;
        return true;
    case AST_OBJECT_SEQUENCE:
        *out = CATALOG_COMMENT_SEQUENCE;
        return true;
    case AST_OBJECT_VIEW:
        *out = CATALOG_COMMENT_VIEW;
        return true;
    case AST_OBJECT_MATERIALIZED_VIEW:
        *out = CATALOG_COMMENT_MATERIALIZED_VIEW;
        return true;
    case AST_OBJECT_COLUMN:
        *out = CATALOG_COMMENT_COLUMN;
        return true;
    case AST_OBJECT_CONSTRAINT:
        *out = CATALOG_COMMENT_CONSTRAINT;
        return true;
    case AST_OBJECT_SCHEMA:
        *out = CATALOG_COMMENT_SCHEMA;
        return true;
    default:
        return false;
    }
}

vv_status bind_comment(struct binder *binder, const struct ast *node, struct command *command)
{
    const struct ast_comment *tree = AST_AS(comment, node);
    struct command_comment *comment = &command->comment;
    enum catalog_commented object = CATALOG_COMMENT_TABLE;

    if (!object_of(tree->object, &object)) {
        return bind_unsupported(binder, node->position, "COMMENT ON such an object");
    }
    command->kind = COMMAND_COMMENT;
    command->tag = "COMMENT";
    comment->object = (uint8_t)object;
    VV_TRY(bind_table_name(binder, &AST_AS(relation, tree->table)->name, tree->table->position,
                           &comment->name.schema, &comment->name.name));
    comment->name.position = tree->table->position;
    if (tree->column.size > 0) {
        comment->part = bind_text(binder, tree->column);
    }
    if (tree->text->tag == AST_STRING) {
        comment->text = bind_text(binder, AST_AS(string, tree->text)->text);
    }
    return (tree->column.size > 0 && comment->part == NULL) ||
                   (tree->text->tag == AST_STRING && comment->text == NULL)
               ? VV_NOMEM
               : VV_OK;
}
