/*
 * rule_min_max.c - min(a) over a table with an index on a is the first row of the index.
 *
 * The aggregate stays, over at most one row: so that an empty table still gives one row with NULL.
 *
 *     aggregate min(#0) <- [filter] <- scan
 *     aggregate min(#0) <- limit 1 <- sort #0 <- filter [… and] #0 is not null <- scan
 *
 * Only where an index gives the order: else one pass over the rows is cheaper than sorting them.
 */
#include "optimize/optimize_private.h"

/* min and max of a type with an order; 0: neither. */
static int direction_of(const struct expr *aggregate)
{
    const char *name = function_entry((enum function_id)aggregate->function)->name;

    return name[0] == 'm' && name[1] == 'i' ? 1 : name[0] == 'm' && name[1] == 'a' ? -1 : 0;
}

static bool is_candidate(const struct logical_node *node)
{
    const struct expr *aggregate = NULL;
    const struct logical_node *input = NULL;

    if (node->kind != LOGICAL_AGGREGATE || node->aggregate.key_count != 0 ||
        node->aggregate.aggregate_count != 1) {
        return false;
    }
    aggregate = node->aggregate.aggregates[0];
    input = node->inputs[0];
    if (input->kind == LOGICAL_FILTER) {
        input = input->inputs[0];
    }
    return input->kind == LOGICAL_SCAN && aggregate->filter == NULL &&
           aggregate->argument_count == 1 && aggregate->arguments[0]->kind == EXPR_COLUMN &&
           direction_of(aggregate) != 0;
}

static const struct expr *not_null(struct optimizer *o, const struct expr *column)
{
    struct expr like = {.kind = EXPR_IS_NULL,
                        .type = VALUE_BOOLEAN,
                        .negated = true,
                        .modifier = VALUE_NO_MODIFIER};

    return expr_with_arguments(o->arena, &like, 1, &column);
}

/* Whether some index hands up the rows that the condition keeps in the order of the key. */
static vv_status index_gives_order(struct optimizer *o, const struct logical_node *scan,
                                   const struct expr *condition, const struct logical_sort_key *key,
                                   bool *gives_out)
{
    bool *needed = ARENA_ARRAY(o->arena, bool, scan->column_count);
    struct clause_list clauses;
    struct path path;
    struct path_want want = {.scan = scan,
                             .clauses = &clauses,
                             .condition = condition,
                             .key_count = 1,
                             .keys = key,
                             .limit = 1};

    if (needed == NULL) {
        return VV_NOMEM;
    }
    needed[key->column] = true;
    want.needed = needed;
    VV_TRY(clause_split(o, scan->scan.table, condition, &clauses));
    return path_choose(o, &want, &path, gives_out);
}

static vv_status rewrite(struct optimizer *o, const struct logical_node **node)
{
    const struct logical_node *aggregate = *node;
    const struct logical_node *below = NULL;
    const struct expr *condition = NULL;
    struct logical_sort_key *key = ARENA_NEW(o->arena, struct logical_sort_key);
    bool gives = false;

    if (!is_candidate(aggregate)) {
        return VV_OK;
    }
    if (key == NULL) {
        return VV_NOMEM;
    }
    below = aggregate->inputs[0];
    condition = not_null(o, aggregate->aggregate.aggregates[0]->arguments[0]);
    if (below->kind == LOGICAL_FILTER && condition != NULL) {
        condition = expr_and(o->arena, below->filter.condition, condition);
        below = below->inputs[0];
    }
    if (condition == NULL) {
        return VV_NOMEM;
    }
    key->column = aggregate->aggregate.aggregates[0]->arguments[0]->column;
    key->descending = direction_of(aggregate->aggregate.aggregates[0]) < 0;
    key->nulls_first = key->descending;
    VV_TRY(index_gives_order(o, below, condition, key, &gives));
    if (!gives) {
        return VV_OK;
    }
    below = logical_filter(o->arena, below, condition);
    below = below == NULL ? NULL : logical_sort(o->arena, below, 1, key);
    below = below == NULL
                ? NULL
                : logical_limit(o->arena, below, expr_constant(o->arena, value_bigint(1), 0), NULL);
    if (below == NULL || below->limit.count == NULL) {
        return VV_NOMEM;
    }
    *node = rewrite_over(o, aggregate, below);
    return *node == NULL ? VV_NOMEM : VV_OK;
}

vv_status rule_min_max(struct optimizer *o, const struct logical_node **node)
{
    return rewrite_nodes(o, node, rewrite);
}
