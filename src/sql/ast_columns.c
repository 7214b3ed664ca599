/* ast_columns.c - the names of columns in an expression: asking for them, renaming them. */
#include "sql/ast_private.h"

/* Calls visit for every AST_COLUMN in a tree; left spines are followed in a loop (A1). */
static void columns_visit(struct ast *node, void (*visit)(struct ast_column *column, void *context),
                          void *context)
{
    while (node != NULL) {
        struct ast *left = ast_left(node);

        if (node->tag == AST_COLUMN) {
            visit((struct ast_column *)(void *)node, context);
        }
        for (const struct ast_field_place *field = ast_fields((enum ast_tag)node->tag);
             field->type != AST_FIELD_END; field++) {
            void *at = (uint8_t *)node + field->offset;

            if (field->type == AST_FIELD_ONE && *(struct ast **)at != left) {
                columns_visit(*(struct ast **)at, visit, context);
            } else if (field->type == AST_FIELD_MANY) {
                for (struct ast *item = ((struct ast_list *)at)->first; item != NULL;
                     item = item->next) {
                    columns_visit(item, visit, context);
                }
            }
        }
        node = left;
    }
}

struct search {
    vv_slice name;
    bool found;
};

static void search_visit(struct ast_column *column, void *context)
{
    struct search *search = context;

    search->found = search->found || (column->name.count > 0 &&
                                      slice_equal(ast_name_last(&column->name), search->name));
}

bool ast_reads_column(struct ast *tree, vv_slice name)
{
    struct search search = {.name = name};

    columns_visit(tree, search_visit, &search);
    return search.found;
}

struct renaming {
    vv_slice from;
    vv_slice to;
    bool table; /* the qualifier instead of the column */
};

static void rename_visit(struct ast_column *column, void *context)
{
    const struct renaming *renaming = context;
    uint32_t back = renaming->table ? 2 : 1;
    vv_slice *part = NULL;

    if (column->name.count < back) {
        return;
    }
    part = (vv_slice *)(uintptr_t)&column->name.parts[column->name.count - back];
    if (slice_equal(*part, renaming->from)) {
        *part = renaming->to;
    }
}

void ast_rename_column(struct ast *tree, vv_slice from, vv_slice to)
{
    struct renaming renaming = {.from = from, .to = to};

    columns_visit(tree, rename_visit, &renaming);
}

void ast_rename_table(struct ast *tree, vv_slice from, vv_slice to)
{
    struct renaming renaming = {.from = from, .to = to, .table = true};

    columns_visit(tree, rename_visit, &renaming);
}
