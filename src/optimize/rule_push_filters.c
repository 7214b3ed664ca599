/*
 * rule_push_filters.c - conditions move down to where the rows come from.
 *
 * Below a projection a condition speaks of the expressions that the projection computes; below an
 * aggregate, of its keys; a sort and DISTINCT over all columns change nothing. A volatile condition
 * stays, and so does one over a volatile expression.
 */
#include "base/limits.h"
#include "optimize/optimize_private.h"

/* A condition taken apart: what may go below the node, and what stays. */
struct split {
    const struct expr *below;
    const struct expr *above;
};

struct column_range {
    uint32_t end;
};

static bool node_reads_beyond(const struct expr *node, void *context)
{
    const struct column_range *range = context;

    return node->kind == EXPR_COLUMN && node->column >= range->end;
}

static bool may_move(const struct expr *condition, uint32_t column_end)
{
    struct column_range range = {.end = column_end};

    return expr_volatility(condition) != FUNCTION_VOLATILE &&
           !expr_any(condition, node_reads_beyond, &range);
}

/* Conditions over the first column_end columns go below; a constant stays (it decides about the whole). */
static vv_status condition_split(struct optimizer *o, const struct expr *condition,
                                 uint32_t column_end, struct split *split)
{
    uint32_t count = condition->kind == EXPR_AND ? condition->argument_count : 1;
    const struct expr *const *parts =
        condition->kind == EXPR_AND ? condition->arguments : &condition;
    const struct expr **below = ARENA_ARRAY(o->arena, const struct expr *, count);
    const struct expr **above = ARENA_ARRAY(o->arena, const struct expr *, count);
    uint32_t below_count = 0;
    uint32_t above_count = 0;

    if (below == NULL || above == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (may_move(parts[i], column_end) && !expr_is_free_of_columns(parts[i])) {
            below[below_count++] = parts[i];
        } else {
            above[above_count++] = parts[i];
        }
    }
    VV_TRY(rewrite_and(o, below_count, below, &split->below));
    return rewrite_and(o, above_count, above, &split->above);
}

/* What the columns of a node are, as expressions over its input; NULL: its columns are its input's. */
static const struct expr *const *columns_below(const struct logical_node *node)
{
    return node->kind == LOGICAL_PROJECT     ? node->project.exprs
           : node->kind == LOGICAL_AGGREGATE ? node->aggregate.keys
                                             : NULL;
}

static bool exprs_are_volatile(uint32_t count, const struct expr *const *exprs)
{
    for (uint32_t i = 0; i < count; i++) {
        if (expr_volatility(exprs[i]) == FUNCTION_VOLATILE) {
            return true;
        }
    }
    return false;
}

/* How many leading columns of a node a condition may speak of and still move below it. */
static uint32_t movable_columns(const struct logical_node *node)
{
    switch (node->kind) {
    case LOGICAL_PROJECT:
        return exprs_are_volatile(node->column_count, node->project.exprs) ? 0 : node->column_count;
    case LOGICAL_AGGREGATE:
        return exprs_are_volatile(node->aggregate.key_count, node->aggregate.keys)
                   ? 0
                   : node->aggregate.key_count;
    case LOGICAL_DISTINCT:
        return node->distinct.key_count;
    case LOGICAL_SORT:
        return node->column_count;
    default:
        return 0;
    }
}

/* Whether a condition over columns, written over what the columns are, stays within E2. */
static bool composes(const struct expr *condition, uint32_t count, const struct expr *const *exprs)
{
    uint32_t depth = 0;
    uint64_t weight = 0;

    for (uint32_t i = 0; i < count; i++) {
        depth = exprs[i]->depth > depth ? exprs[i]->depth : depth;
        weight = exprs[i]->weight > weight ? exprs[i]->weight : weight;
    }
    return condition->depth + depth <= LIMIT_DEPTH && weight * condition->weight <= EXPR_WEIGHT_MAX;
}

static vv_status filter_make(struct optimizer *o, const struct logical_node *input,
                             const struct expr *condition, const struct logical_node **node_out)
{
    const struct expr *joined = condition;

    if (input->kind == LOGICAL_FILTER) { /* two filters are one */
        joined = expr_and(o->arena, input->filter.condition, condition);
        input = input->inputs[0];
    }
    *node_out = joined == NULL ? NULL : logical_filter(o->arena, input, joined);
    return *node_out == NULL ? VV_NOMEM : VV_OK;
}

static vv_status push(struct optimizer *o, const struct logical_node **node)
{
    const struct logical_node *filter = *node;
    const struct logical_node *input = NULL;
    const struct logical_node *lower = NULL;
    struct split split = {NULL, NULL};

    if (filter->kind != LOGICAL_FILTER) {
        return VV_OK;
    }
    input = filter->inputs[0];
    if (input->kind == LOGICAL_FILTER) {
        return filter_make(o, input, filter->filter.condition, node);
    }
    if (movable_columns(input) == 0 ||
        (columns_below(input) != NULL &&
         !composes(filter->filter.condition, movable_columns(input), columns_below(input)))) {
        return VV_OK;
    }
    VV_TRY(condition_split(o, filter->filter.condition, movable_columns(input), &split));
    if (split.below == NULL) {
        return VV_OK;
    }
    if (columns_below(input) != NULL) {
        split.below = expr_replace_columns(o->arena, split.below, columns_below(input));
        if (split.below == NULL) {
            return VV_NOMEM;
        }
    }
    VV_TRY(filter_make(o, input->inputs[0], split.below, &lower));
    VV_TRY(push(o, &lower));
    *node = rewrite_over(o, input, lower);
    if (*node != NULL && split.above != NULL) {
        *node = logical_filter(o->arena, *node, split.above);
    }
    return *node == NULL ? VV_NOMEM : VV_OK;
}

vv_status rule_push_filters(struct optimizer *o, const struct logical_node **node)
{
    return rewrite_nodes(o, node, push);
}
