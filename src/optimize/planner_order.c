/* planner_order.c - ORDER BY and LIMIT. */
#include <math.h>

#include "optimize/planner_private.h"

#define LIMIT_GUESS 0.1 /* the share of rows that LIMIT $1 reads, as in PostgreSQL */

static double rows_of_limit(const struct expr *expr, double rows)
{
    if (expr == NULL) {
        return rows;
    }
    if (expr->kind == EXPR_CONSTANT) {
        double count = expr->constant.null ? rows : (double)expr->constant.integer;

        return count < 0 ? 0 : count;
    }
    return rint(rows * LIMIT_GUESS) < 1 ? 1 : rint(rows * LIMIT_GUESS);
}

/* ---- sorts and limits ---- */

static double sort_cost(double rows, double limit)
{
    double kept = limit > 0 && limit < rows ? 2 * limit : rows;

    return 2 * COST_OPERATOR * rows * log2(kept < 2 ? 2 : kept);
}

static vv_status sort_make(struct optimizer *o, const struct logical_node *logical,
                           const struct wish *wish, const struct planned *source,
                           struct planned *planned)
{
    struct physical_node *node = planner_node(o, PHYSICAL_SORT, source->node);
    struct physical_sort_key *keys =
        ARENA_ARRAY(o->arena, struct physical_sort_key, logical->sort.key_count);

    if (node == NULL || keys == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < logical->sort.key_count; i++) {
        keys[i].column = source->map[logical->sort.keys[i].column];
        keys[i].descending = logical->sort.keys[i].descending;
        keys[i].nulls_first = logical->sort.keys[i].nulls_first;
    }
    node->sort.key_count = logical->sort.key_count;
    node->sort.keys = keys;
    node->cost.startup = source->node->cost.total + sort_cost(source->node->cost.rows, wish->limit);
    node->cost.total = node->cost.startup + source->node->cost.rows * COST_OPERATOR;
    return planner_finish(planned, node, source->map);
}

vv_status planner_sort(struct optimizer *o, const struct logical_node *logical,
                       const struct wish *wish, struct planned *planned)
{
    const struct logical_node *input = logical->inputs[0];
    bool *needed = planner_bitmap(o, logical->column_count);
    struct wish ordered = {.needed = wish->needed, /* who gives the order needs no keys for it */
                           .key_count = logical->sort.key_count,
                           .keys = logical->sort.keys,
                           .limit = wish->limit};
    struct wish any = {.needed = needed};
    struct planned source = {NULL, NULL};
    struct planned from_below = {NULL, NULL};

    if (needed == NULL) {
        return VV_NOMEM;
    }
    if (wish->key_count > 0) {
        return VV_OK; /* a sort under a wish for another order: sort above */
    }
    memcpy(needed, wish->needed, logical->column_count * sizeof needed[0]);
    for (uint32_t i = 0; i < logical->sort.key_count; i++) {
        needed[logical->sort.keys[i].column] = true;
    }
    VV_TRY(planner_plan(o, input, &ordered, &from_below));
    VV_TRY(planner_plan(o, input, &any, &source));
    VV_TRY(sort_make(o, logical, wish, &source, planned));
    if (from_below.node != NULL && cost_of_rows(&from_below.node->cost, wish->limit) <=
                                       cost_of_rows(&planned->node->cost, wish->limit)) {
        *planned = from_below;
    }
    return VV_OK;
}

/* The sort computes the limit for itself: a volatile one would come out differently. */
static bool may_run_twice(const struct expr *expr)
{
    return expr == NULL || expr_volatility(expr) != FUNCTION_VOLATILE;
}

/* A sort under a limit keeps only the best rows: it is told. */
static const struct physical_node *sort_bound(struct optimizer *o, const struct physical_node *node,
                                              const struct logical_node *limit)
{
    struct physical_node *copy = NULL;

    if (limit->limit.tie_count > 0 || !may_run_twice(limit->limit.count) ||
        !may_run_twice(limit->limit.offset) || limit->limit.count == NULL ||
        (node->kind != PHYSICAL_SORT && node->kind != PHYSICAL_PROJECT)) {
        return node;
    }
    copy = ARENA_NEW(o->arena, struct physical_node);
    if (copy == NULL) {
        return NULL;
    }
    *copy = *node;
    if (node->kind == PHYSICAL_SORT) {
        copy->sort.limit = limit->limit.count;
        copy->sort.offset = limit->limit.offset;
        return copy;
    }
    if (node->inputs[0]->kind == PHYSICAL_SORT) { /* a projection changes no number of rows */
        const struct physical_node **inputs =
            ARENA_ARRAY(o->arena, const struct physical_node *, 1);

        if (inputs == NULL) {
            return NULL;
        }
        inputs[0] = sort_bound(o, node->inputs[0], limit);
        copy->inputs = inputs;
        return inputs[0] == NULL ? NULL : copy;
    }
    return node;
}

/* Where the columns that make ties stand in the rows below. */
static vv_status limit_ties(struct optimizer *o, const struct logical_node *logical,
                            const struct planned *source, struct physical_node *node)
{
    uint32_t *ties = ARENA_ARRAY(o->arena, uint32_t, logical->limit.tie_count);

    for (uint32_t i = 0; ties != NULL && i < logical->limit.tie_count; i++) {
        ties[i] = source->map[logical->limit.ties[i].column];
    }
    node->limit.tie_count = logical->limit.tie_count;
    node->limit.ties = ties;
    return ties == NULL ? VV_NOMEM : VV_OK;
}

vv_status planner_limit(struct optimizer *o, const struct logical_node *logical,
                        const struct wish *wish, struct planned *planned)
{
    struct planned source = {NULL, NULL};
    struct wish below = *wish;
    struct physical_node *node = NULL;
    double rows = 0;
    double skipped = 0;
    bool *needed = planner_bitmap(o, logical->column_count);

    if (needed == NULL) {
        return VV_NOMEM;
    }
    if (wish->key_count > 0) {
        return VV_OK; /* ordering after the limit would choose other rows */
    }
    memcpy(needed, wish->needed, logical->column_count * sizeof needed[0]);
    for (uint32_t i = 0; i < logical->limit.tie_count; i++) {
        needed[logical->limit.ties[i].column] = true;
    }
    below.needed = needed;
    below.limit = 0;
    if (logical->limit.count != NULL) {
        rows = rows_of_limit(logical->limit.count, 1000);
        skipped = logical->limit.offset == NULL ? 0 : rows_of_limit(logical->limit.offset, 1000);
        below.limit = rows + skipped < 1 ? 1 : rows + skipped;
    }
    VV_TRY(planner_plan(o, logical->inputs[0], &below, &source));
    source.node = sort_bound(o, source.node, logical);
    node = source.node == NULL ? NULL : planner_node(o, PHYSICAL_LIMIT, source.node);
    if (node == NULL) {
        return VV_NOMEM;
    }
    node->limit.count = logical->limit.count;
    node->limit.offset = logical->limit.offset;
    VV_TRY(limit_ties(o, logical, &source, node));
    rows = rows_of_limit(logical->limit.count, source.node->cost.rows);
    skipped = logical->limit.offset == NULL
                  ? 0
                  : rows_of_limit(logical->limit.offset, source.node->cost.rows);
    node->cost.total = cost_of_rows(&source.node->cost, rows + skipped);
    rows = rows + skipped > source.node->cost.rows ? source.node->cost.rows - skipped : rows;
    node->cost.rows = rows < 1 ? 1 : rows;
    return planner_finish(planned, node, source.map);
}
