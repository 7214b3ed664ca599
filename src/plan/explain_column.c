/*
 * explain_column.c - what the columns of a plan's nodes are. See explain_column.h.
 *
 * A column number means nothing to a reader, so it is followed down to what it is: a table's column, or
 * the expression that a projection or an aggregate computes, which then stands in parentheses.
 */
#include "plan/explain_column.h"

/* The row's own key, as PostgreSQL's ctid: the last column of a keyed scan. */
static bool is_row_key(const struct physical_node *node, uint32_t column)
{
    return node->kind == PHYSICAL_SCAN && node->scan.keyed && column + 1 == node->column_count;
}

static void table_column(struct deparse_text *text, const struct table_def *table,
                         const char *alias, uint32_t column)
{
    if (text->qualified) {
        deparse_name(text, alias);
        deparse_append(text, ".");
    }
    deparse_name(text, table->spec.columns[column].name);
}

static void parenthesised(struct deparse_text *text, const struct expr *expr,
                          const struct physical_node *below)
{
    if (expr->kind == EXPR_COLUMN) {
        explain_column_of_node(text, below, expr->column);
        return;
    }
    deparse_append(text, "(");
    deparse_expr(text, expr, explain_column_of_node, below);
    deparse_append(text, ")");
}

static const struct expr *aggregate_column(const struct physical_node *node, uint32_t column)
{
    return column < node->aggregate.key_count
               ? node->aggregate.keys[column]
               : node->aggregate.aggregates[column - node->aggregate.key_count];
}

/* Column `column` of the rows of a node. */
void explain_column_of_node(struct deparse_text *text, const void *context, uint32_t column)
{
    const struct physical_node *node = context;

    while (node->kind == PHYSICAL_FILTER || node->kind == PHYSICAL_SORT ||
           node->kind == PHYSICAL_LIMIT || node->kind == PHYSICAL_UNIQUE ||
           node->kind == PHYSICAL_LOCK) {
        node = node->inputs[0];
    }
    switch (node->kind) {
    case PHYSICAL_SCAN:
        if (is_row_key(node, column)) {
            deparse_append(text, "ctid");
            return;
        }
        table_column(text, node->scan.table, node->scan.alias, node->scan.columns[column]);
        return;
    case PHYSICAL_INSERT:
    case PHYSICAL_UPDATE:
    case PHYSICAL_DELETE:
        table_column(text, node->modify.table, node->modify.table->spec.name, column);
        return;
    case PHYSICAL_PROJECT:
        parenthesised(text, node->project.exprs[column], node->inputs[0]);
        return;
    case PHYSICAL_AGGREGATE:
        parenthesised(text, aggregate_column(node, column), node->inputs[0]);
        return;
    default:
        deparse_append(text, "%scolumn%u", text->qualified ? "\"*VALUES*\"." : "", column + 1);
        return;
    }
}

/* A column of an aggregate in its own HAVING: the aggregate itself, without parentheses around. */
void explain_column_plain(struct deparse_text *text, const void *context, uint32_t column)
{
    const struct physical_node *node = context;

    deparse_expr(text, aggregate_column(node, column), explain_column_of_node, node->inputs[0]);
}

void explain_column_of_table(struct deparse_text *text, const void *context, uint32_t column)
{
    const struct physical_scan *scan = context;

    table_column(text, scan->table, scan->alias, column);
}

/* The row in the way by the table's name, the proposed one as excluded. */
void explain_column_of_conflict(struct deparse_text *text, const void *context, uint32_t column)
{
    const struct table_spec *spec = &((const struct table_def *)context)->spec;

    deparse_name(text, column < spec->column_count ? spec->name : "excluded");
    deparse_append(text, ".");
    deparse_name(text, spec->columns[column % spec->column_count].name);
}

static bool writes(const struct physical_node *node)
{
    return node->kind == PHYSICAL_INSERT || node->kind == PHYSICAL_UPDATE ||
           node->kind == PHYSICAL_DELETE;
}

/* A scan for a node that writes hands up the row's place too. */
static bool has_hidden_key(const struct physical_node *node)
{
    return node->kind == PHYSICAL_SCAN && node->scan.for_modify && !node->scan.keyed;
}

uint32_t explain_output_count(const struct physical_node *node)
{
    if (writes(node) && !node->modify.returning) {
        return 0;
    }
    return node->column_count + (has_hidden_key(node) ? 1 : 0);
}

void explain_output(struct deparse_text *text, const struct physical_node *node, uint32_t column)
{
    const struct physical_node *input = node->input_count > 0 ? node->inputs[0] : NULL;

    if (column == node->column_count) {
        deparse_append(text, "ctid");
    } else if (node->kind == PHYSICAL_AGGREGATE) {
        deparse_expr(text, aggregate_column(node, column), explain_column_of_node, input);
    } else if (node->kind == PHYSICAL_PROJECT) {
        deparse_expr(text, node->project.exprs[column],
                     input->kind == PHYSICAL_AGGREGATE ? explain_column_plain
                                                       : explain_column_of_node,
                     input);
    } else if (node->kind == PHYSICAL_VALUES && node->values.row_count == 1) {
        deparse_expr(text, node->values.cells[column], NULL, NULL);
    } else {
        explain_column_of_node(text, node, column);
    }
}
