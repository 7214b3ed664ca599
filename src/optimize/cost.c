/* cost.c - the arithmetic of costs (see COST_… in optimize_private.h). */
#include <math.h>

#include "optimize/optimize_private.h"

uint32_t cost_width(uint32_t count, const uint8_t *types)
{
    uint32_t width = 0;

    for (uint32_t i = 0; i < count; i++) {
        width += value_types[types[i]].row_bytes != 0 ? value_types[types[i]].row_bytes : 32;
    }
    return width;
}

double cost_descent(double rows)
{
    double comparisons = ceil(log2(rows + 1));
    double height = ceil(log2(rows + 1) / 7); /* a page has about 128 entries */

    return (comparisons + 50 * (height + 1)) * COST_OPERATOR;
}

double cost_of_rows(const struct physical_cost *cost, double limit)
{
    if (limit <= 0 || limit >= cost->rows) {
        return cost->total;
    }
    return cost->startup + (cost->total - cost->startup) * (limit / cost->rows);
}

static bool node_counts(const struct expr *node, void *context)
{
    double *cost = context;

    if (node->kind != EXPR_CONSTANT && node->kind != EXPR_COLUMN && node->kind != EXPR_PARAMETER) {
        *cost += COST_OPERATOR;
    }
    if (node->kind == EXPR_IN) {
        *cost += COST_OPERATOR * 0.5 * node->argument_count;
    }
    return false;
}

double cost_expr(const struct expr *expr)
{
    double cost = 0;

    if (expr != NULL) {
        (void)expr_any(expr, node_counts, &cost);
    }
    return cost;
}
