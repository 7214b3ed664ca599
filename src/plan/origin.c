/* origin.c - see origin.h. */
#include "plan/origin.h"

#include "table/table_def.h"

static struct plan_origin of_expr(const struct logical_node *input, const struct expr *expr);
static struct plan_origin of_table(const struct table_def *table, uint32_t column);
static struct plan_origin of_join(const struct logical_node *join, uint32_t column);

static const struct plan_origin computed = {.modifier = VALUE_NO_MODIFIER};

struct plan_origin plan_origin_of(const struct logical_node *root, uint32_t column)
{
    const struct logical_node *node = root;

    for (;;) {
        if (node == NULL || column >= node->column_count) {
            return computed;
        }
        switch ((enum logical_kind)node->kind) {
        case LOGICAL_SCAN:
            return of_table(node->scan.table, column);
        case LOGICAL_INSERT:
        case LOGICAL_UPDATE:
        case LOGICAL_DELETE:
            return node->modify.returning ? of_table(node->modify.table, column) : computed;
        case LOGICAL_PROJECT:
            return of_expr(node->inputs[0], node->project.exprs[column]);
        case LOGICAL_AGGREGATE:
            return of_expr(node->inputs[0],
                           column < node->aggregate.key_count
                               ? node->aggregate.keys[column]
                               : node->aggregate.aggregates[column - node->aggregate.key_count]);
        case LOGICAL_FILTER:
        case LOGICAL_DISTINCT:
        case LOGICAL_SORT:
        case LOGICAL_LIMIT:
            node = node->inputs[0];
            break;
        case LOGICAL_JOIN:
            return of_join(node, column);
        default:
            return computed;
        }
    }
}

/* Over the rows of input. */
static struct plan_origin of_expr(const struct logical_node *input, const struct expr *expr)
{
    struct plan_origin origin = computed;

    switch ((enum expr_kind)expr->kind) {
    case EXPR_COLUMN:
        return plan_origin_of(input, expr->column);
    case EXPR_CAST:
        origin.modifier = expr->modifier;
        break;
    case EXPR_CONSTANT:
        origin.not_null = !expr->constant.null;
        break;
    case EXPR_IS_NULL:
    case EXPR_IS_TRUE:
    case EXPR_IS_FALSE:
    case EXPR_IS_DISTINCT:
        origin.not_null = true;
        break;
    case EXPR_AGGREGATE:
        origin.not_null =
            expr->function == FUNCTION_COUNT_ANY || expr->function == FUNCTION_COUNT_STAR;
        break;
    default:
        break;
    }
    return origin;
}

static struct plan_origin of_table(const struct table_def *table, uint32_t column)
{
    const struct table_column *found = &table->spec.columns[column];

    return (struct plan_origin){.table = table,
                                .column = (uint16_t)column,
                                .not_null = found->not_null,
                                .nullable = !found->not_null,
                                .modifier = found->type_modifier};
}

/* The side that an outer join fills up with NULLs loses its NOT NULL. */
static struct plan_origin of_join(const struct logical_node *join, uint32_t column)
{
    uint32_t left = join->inputs[0]->column_count;
    bool right_side = column >= left;
    struct plan_origin origin =
        plan_origin_of(join->inputs[right_side ? 1 : 0], right_side ? column - left : column);

    if (join->join.kind == LOGICAL_JOIN_FULL ||
        (join->join.kind == LOGICAL_JOIN_LEFT && right_side)) {
        origin.not_null = false;
        origin.nullable = true;
    }
    return origin;
}
