/*
 * planner.c - logical nodes to physical ones.
 *
 * Each node is planned with a wish: which of its columns are read above, in what order its rows should
 * come, and how many of them will be read. A node that cannot give the order says so, and a Sort above
 * compares: the order from below, or the cheapest rows and sorting them.
 *
 * A scan hands up only the columns that are read, so numbers change from there on: `map` tells where a
 * logical column stands in the physical rows.
 */
#include <math.h>

#include "base/assert.h"
#include "base/limits.h"
#include "optimize/optimize_private.h"

#define NO_COLUMN        UINT32_MAX
#define LIMIT_GUESS      0.1 /* the share of rows that LIMIT $1 reads, as in PostgreSQL */
#define GROUP_HASH_ENTRY (8 * COST_OPERATOR)

/* What the node above wants. */
struct wish {
    const bool *needed; /* of the node's columns */
    uint32_t key_count; /* 0: any order */
    const struct logical_sort_key *keys;
    double limit; /* rows that will be read; 0: all */
};

/* What came of it. node NULL: the order cannot be had. */
struct planned {
    const struct physical_node *node;
    const uint32_t *map; /* logical column -> column of the node's rows */
};

static vv_status plan_node(struct optimizer *o, const struct logical_node *logical,
                           const struct wish *wish, struct planned *planned);

/* ---- helpers ---- */

static struct physical_node *node_make(struct optimizer *o, enum physical_kind kind,
                                       const struct physical_node *input)
{
    struct physical_node *node = ARENA_NEW(o->arena, struct physical_node);
    const struct physical_node **inputs = ARENA_ARRAY(o->arena, const struct physical_node *, 1);

    if (node == NULL || inputs == NULL) {
        return NULL;
    }
    node->kind = (uint8_t)kind;
    if (input != NULL) {
        inputs[0] = input;
        node->input_count = 1;
        node->inputs = inputs;
        node->column_count = input->column_count;
        node->column_types = input->column_types;
        node->cost = input->cost;
    }
    return node;
}

static vv_status finish(struct planned *planned, const struct physical_node *node,
                        const uint32_t *map)
{
    planned->node = node;
    planned->map = map;
    return node == NULL || map == NULL ? VV_NOMEM : VV_OK;
}

/* Every column at its own place. */
static const uint32_t *map_same(struct optimizer *o, uint32_t count)
{
    uint32_t *map = ARENA_ARRAY(o->arena, uint32_t, count);

    for (uint32_t i = 0; map != NULL && i < count; i++) {
        map[i] = i;
    }
    return map;
}

static const struct expr *renumber(struct optimizer *o, const struct expr *expr,
                                   const struct planned *input)
{
    return expr_renumber_columns(o->arena, expr, input->map);
}

static vv_status renumber_all(struct optimizer *o, uint32_t count, const struct expr *const *exprs,
                              const struct planned *input, const struct expr *const **out)
{
    const struct expr **copies = ARENA_ARRAY(o->arena, const struct expr *, count);

    if (copies == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        copies[i] = renumber(o, exprs[i], input);
        if (copies[i] == NULL) {
            return VV_NOMEM;
        }
    }
    *out = copies;
    return VV_OK;
}

static bool *bitmap(struct optimizer *o, uint32_t count)
{
    return ARENA_ARRAY(o->arena, bool, count);
}

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

/* ---- scans ---- */

static vv_status scan_columns(struct optimizer *o, struct physical_node *node, const bool *read,
                              uint32_t logical_count, uint32_t *map)
{
    uint16_t *columns = ARENA_ARRAY(o->arena, uint16_t, logical_count);
    uint8_t *types = ARENA_ARRAY(o->arena, uint8_t, logical_count);

    if (columns == NULL || types == NULL) {
        return VV_NOMEM;
    }
    node->column_count = 0;
    for (uint32_t i = 0; i < logical_count; i++) {
        map[i] = NO_COLUMN;
        if (read[i]) {
            map[i] = node->column_count;
            columns[node->column_count] = (uint16_t)i;
            types[node->column_count++] = node->scan.table->spec.columns[i].type;
        }
    }
    node->scan.columns = columns;
    node->column_types = types;
    return VV_OK;
}

/* The physical scan of a path; columns: what is read above and by the filter. */
static vv_status scan_make(struct optimizer *o, const struct logical_node *scan,
                           const struct path_want *want, const struct path *path,
                           struct planned *planned)
{
    struct physical_node *node = node_make(o, PHYSICAL_SCAN, NULL);
    bool *read = bitmap(o, scan->column_count);
    uint32_t *map = ARENA_ARRAY(o->arena, uint32_t, scan->column_count);

    if (node == NULL || read == NULL || map == NULL) {
        return VV_NOMEM;
    }
    memcpy(read, want->needed, scan->column_count * sizeof read[0]);
    if (path->filter != NULL) {
        expr_mark_columns(path->filter, read, scan->column_count);
    }
    node->scan = (struct physical_scan){.table = scan->scan.table,
                                        .alias = scan->scan.alias,
                                        .index = path->index,
                                        .range_count = path->range_count,
                                        .ranges = path->ranges,
                                        .condition = path->condition,
                                        .backward = path->backward,
                                        .index_only = path->index_only,
                                        .ordered = want->key_count > 0,
                                        .unique = path->unique && path->range_count == 1,
                                        .for_modify = want->for_modify};
    node->cost = path->cost;
    VV_TRY(scan_columns(o, node, read, scan->column_count, map));
    if (path->filter != NULL) {
        node->scan.filter = expr_renumber_columns(o->arena, path->filter, map);
        if (node->scan.filter == NULL) {
            return VV_NOMEM;
        }
    }
    return finish(planned, node, map);
}

/* A scan under a condition (or NULL). */
static vv_status plan_scan(struct optimizer *o, const struct logical_node *scan,
                           const struct expr *condition, const struct wish *wish, bool for_modify,
                           struct planned *planned)
{
    struct clause_list clauses;
    struct path path;
    struct path_want want = {.scan = scan,
                             .clauses = &clauses,
                             .needed = wish->needed,
                             .key_count = wish->key_count,
                             .keys = wish->keys,
                             .limit = wish->limit,
                             .for_modify = for_modify};
    bool found = false;

    VV_TRY(clause_split(o, scan->scan.table, condition, &clauses));
    VV_TRY(path_choose(o, &want, &path, &found));
    return found ? scan_make(o, scan, &want, &path, planned) : VV_OK;
}

/* ---- filters ---- */

static bool is_false(const struct expr *condition)
{
    return condition->kind == EXPR_CONSTANT &&
           (condition->constant.null || !condition->constant.boolean);
}

static bool is_true(const struct expr *condition)
{
    return condition->kind == EXPR_CONSTANT && !is_false(condition);
}

/* No rows at all: VALUES without a row, which EXPLAIN shows as "One-Time Filter: false". */
static vv_status plan_nothing(struct optimizer *o, const struct logical_node *logical,
                              struct planned *planned)
{
    struct physical_node *node = node_make(o, PHYSICAL_VALUES, NULL);

    if (node == NULL) {
        return VV_NOMEM;
    }
    node->column_count = logical->column_count;
    node->column_types = logical->column_types;
    node->cost.width = cost_width(logical->column_count, logical->column_types);
    return finish(planned, node, map_same(o, logical->column_count));
}

static vv_status plan_result(struct optimizer *o, const struct expr *condition,
                             struct planned *planned)
{
    struct physical_node *node = node_make(o, PHYSICAL_RESULT, NULL);

    if (node == NULL) {
        return VV_NOMEM;
    }
    node->result.condition = condition;
    node->cost.rows = 1;
    node->cost.total = COST_TUPLE;
    return finish(planned, node, map_same(o, 0));
}

/* A condition over groups becomes their HAVING; over anything else, an operator of its own. */
static vv_status filter_over(struct optimizer *o, const struct expr *condition,
                             struct planned *planned)
{
    const struct expr *renumbered = renumber(o, condition, planned);
    struct physical_node *node = NULL;
    double keep = clause_selectivity(o, NULL, condition);
    double rows = planned->node->cost.rows;

    if (renumbered == NULL) {
        return VV_NOMEM;
    }
    if (planned->node->kind == PHYSICAL_AGGREGATE && planned->node->aggregate.having == NULL) {
        node = ARENA_NEW(o->arena, struct physical_node);
        if (node != NULL) {
            *node = *planned->node;
            node->aggregate.having = renumbered;
        }
    } else {
        node = node_make(o, PHYSICAL_FILTER, planned->node);
        if (node != NULL) {
            node->filter.condition = renumbered;
        }
    }
    if (node == NULL) {
        return VV_NOMEM;
    }
    node->cost.total += rows * cost_expr(condition);
    node->cost.rows = rint(rows * keep) < 1 ? 1 : rint(rows * keep);
    planned->node = node;
    return VV_OK;
}

static vv_status plan_filter(struct optimizer *o, const struct logical_node *logical,
                             const struct wish *wish, struct planned *planned)
{
    const struct logical_node *input = logical->inputs[0];
    const struct expr *condition = logical->filter.condition;
    struct wish below = *wish;
    bool *needed = bitmap(o, logical->column_count);

    if (needed == NULL) {
        return VV_NOMEM;
    }
    if (is_true(condition)) {
        return plan_node(o, input, wish, planned);
    }
    if (input->kind == LOGICAL_RESULT) {
        return plan_result(o, condition, planned);
    }
    if (is_false(condition) && input->kind != LOGICAL_AGGREGATE) {
        return plan_nothing(o, logical, planned);
    }
    if (input->kind == LOGICAL_SCAN) {
        return plan_scan(o, input, condition, wish, false, planned);
    }
    memcpy(needed, wish->needed, logical->column_count * sizeof needed[0]);
    expr_mark_columns(condition, needed, logical->column_count);
    below.needed = needed;
    below.limit = 0;
    VV_TRY(plan_node(o, input, &below, planned));
    return planned->node == NULL ? VV_OK : filter_over(o, condition, planned);
}

/* ---- projections ---- */

/* The order wanted of a projection's columns as one of its input's; false: it computes a key. */
static bool keys_below(const struct logical_node *project, const struct wish *wish,
                       struct logical_sort_key *keys)
{
    for (uint32_t i = 0; i < wish->key_count; i++) {
        const struct expr *expr = project->project.exprs[wish->keys[i].column];

        if (expr->kind != EXPR_COLUMN) {
            return false;
        }
        keys[i] = wish->keys[i];
        keys[i].column = expr->column;
    }
    return true;
}

static bool only_picks(const struct physical_node *project)
{
    for (uint32_t i = 0; i < project->column_count; i++) {
        if (project->project.exprs[i]->kind != EXPR_COLUMN) {
            return false;
        }
    }
    return true;
}

/* Columns picked from a projection: the lower one can do it alone. */
static const struct physical_node *project_join(struct optimizer *o, struct physical_node *upper)
{
    const struct physical_node *lower = upper->inputs[0];
    const struct expr **exprs = ARENA_ARRAY(o->arena, const struct expr *, upper->column_count);

    if (exprs == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < upper->column_count; i++) {
        exprs[i] = lower->project.exprs[upper->project.exprs[i]->column];
    }
    upper->project.exprs = exprs;
    upper->inputs = lower->inputs;
    return upper;
}

static vv_status plan_project(struct optimizer *o, const struct logical_node *logical,
                              const struct wish *wish, struct planned *planned)
{
    const struct logical_node *input = logical->inputs[0];
    struct logical_sort_key *keys = ARENA_ARRAY(o->arena, struct logical_sort_key, wish->key_count);
    bool *needed = bitmap(o, input->column_count);
    struct wish below = {
        .needed = needed, .key_count = wish->key_count, .keys = keys, .limit = wish->limit};
    struct planned source = {NULL, NULL};
    struct physical_node *node = NULL;

    if (keys == NULL || needed == NULL) {
        return VV_NOMEM;
    }
    if (!keys_below(logical, wish, keys)) {
        return VV_OK;
    }
    for (uint32_t i = 0; i < logical->column_count; i++) {
        expr_mark_columns(logical->project.exprs[i], needed, input->column_count);
    }
    VV_TRY(plan_node(o, input, &below, &source));
    if (source.node == NULL) {
        return VV_OK;
    }
    node = node_make(o, PHYSICAL_PROJECT, source.node);
    if (node == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(renumber_all(o, logical->column_count, logical->project.exprs, &source,
                        &node->project.exprs));
    node->column_count = logical->column_count;
    node->column_types = logical->column_types;
    node->cost.width = cost_width(node->column_count, node->column_types);
    for (uint32_t i = 0; i < node->column_count; i++) {
        node->cost.total += node->cost.rows * cost_expr(node->project.exprs[i]);
    }
    if (source.node->kind == PHYSICAL_PROJECT && only_picks(node)) {
        return finish(planned, project_join(o, node), map_same(o, node->column_count));
    }
    return finish(planned, node, map_same(o, node->column_count));
}

/* ---- groups ---- */

/* The table below, when there is one: its statistics say how many groups there are. */
static const struct table_def *table_below(const struct logical_node *node)
{
    while (node->kind == LOGICAL_FILTER) {
        node = node->inputs[0];
    }
    return node->kind == LOGICAL_SCAN ? node->scan.table : NULL;
}

static double group_count(const struct optimizer *o, const struct logical_node *input,
                          uint32_t key_count, const struct expr *const *keys, double rows)
{
    const struct table_def *table = table_below(input);
    double groups = 1;

    for (uint32_t i = 0; i < key_count; i++) {
        groups *= clause_distinct(o, table, keys[i], rows);
        groups = groups > rows ? rows : groups;
    }
    return groups < 1 ? 1 : rint(groups);
}

static void cost_group(struct physical_node *node, double groups, uint32_t key_count,
                       uint32_t aggregate_count)
{
    const struct physical_cost *input = &node->inputs[0]->cost;
    double work = input->rows * (key_count + aggregate_count) * COST_OPERATOR;

    node->cost.rows = groups;
    node->cost.startup = input->total + work;
    node->cost.total = node->cost.startup + groups * COST_TUPLE;
    node->cost.width = cost_width(node->column_count, node->column_types);
}

static vv_status aggregate_make(struct optimizer *o, const struct logical_node *logical,
                                enum physical_strategy strategy, const struct planned *source,
                                struct planned *planned)
{
    struct physical_node *node = node_make(o, PHYSICAL_AGGREGATE, source->node);
    double groups = 0;

    if (node == NULL) {
        return VV_NOMEM;
    }
    node->column_count = logical->column_count;
    node->column_types = logical->column_types;
    node->aggregate.strategy = (uint8_t)strategy;
    node->aggregate.key_count = logical->aggregate.key_count;
    node->aggregate.aggregate_count = logical->aggregate.aggregate_count;
    VV_TRY(renumber_all(o, logical->aggregate.key_count, logical->aggregate.keys, source,
                        &node->aggregate.keys));
    VV_TRY(renumber_all(o, logical->aggregate.aggregate_count, logical->aggregate.aggregates,
                        source, &node->aggregate.aggregates));
    groups = group_count(o, logical->inputs[0], logical->aggregate.key_count,
                         logical->aggregate.keys, source->node->cost.rows);
    cost_group(node, groups, node->aggregate.key_count, node->aggregate.aggregate_count);
    if (strategy == PHYSICAL_SORTED) {
        node->cost.startup = source->node->cost.startup; /* the first group comes early */
    } else if (strategy == PHYSICAL_HASHED) {
        node->cost.startup += source->node->cost.rows * GROUP_HASH_ENTRY;
        node->cost.total += source->node->cost.rows * GROUP_HASH_ENTRY;
    }
    return finish(planned, node, map_same(o, node->column_count));
}

/* The group keys as an order of the input: as wished above, then the rest ascending. False: a key is
 * computed, or the wish speaks of aggregates. */
static bool group_order(const struct logical_node *logical, const struct wish *wish,
                        struct logical_sort_key *keys)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < logical->aggregate.key_count; i++) {
        if (logical->aggregate.keys[i]->kind != EXPR_COLUMN) {
            return false;
        }
    }
    for (uint32_t i = 0; i < wish->key_count; i++) {
        if (wish->keys[i].column >= logical->aggregate.key_count) {
            return false;
        }
        keys[count] = wish->keys[i];
        keys[count++].column = logical->aggregate.keys[wish->keys[i].column]->column;
    }
    for (uint32_t i = 0; i < logical->aggregate.key_count; i++) {
        uint32_t column = logical->aggregate.keys[i]->column;
        bool there = false;

        for (uint32_t k = 0; k < count; k++) {
            there |= keys[k].column == column;
        }
        if (!there) {
            keys[count++] = (struct logical_sort_key){.column = column};
        }
    }
    return true;
}

static vv_status aggregate_sorted(struct optimizer *o, const struct logical_node *logical,
                                  const struct wish *wish, const bool *needed,
                                  struct planned *planned)
{
    struct logical_sort_key *keys =
        ARENA_ARRAY(o->arena, struct logical_sort_key, logical->aggregate.key_count);
    struct planned source = {NULL, NULL};
    struct wish below = {.needed = needed, .key_count = logical->aggregate.key_count, .keys = keys};

    if (keys == NULL) {
        return VV_NOMEM;
    }
    if (logical->aggregate.key_count == 0 || wish->key_count > logical->aggregate.key_count ||
        !group_order(logical, wish, keys)) {
        return VV_OK;
    }
    VV_TRY(plan_node(o, logical->inputs[0], &below, &source));
    return source.node == NULL ? VV_OK
                               : aggregate_make(o, logical, PHYSICAL_SORTED, &source, planned);
}

static vv_status plan_aggregate(struct optimizer *o, const struct logical_node *logical,
                                const struct wish *wish, struct planned *planned)
{
    const struct logical_node *input = logical->inputs[0];
    bool *needed = bitmap(o, input->column_count);
    struct planned sorted = {NULL, NULL};
    struct planned source = {NULL, NULL};
    struct wish below = {.needed = needed};

    if (needed == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < logical->aggregate.key_count; i++) {
        expr_mark_columns(logical->aggregate.keys[i], needed, input->column_count);
    }
    for (uint32_t i = 0; i < logical->aggregate.aggregate_count; i++) {
        expr_mark_columns(logical->aggregate.aggregates[i], needed, input->column_count);
    }
    VV_TRY(aggregate_sorted(o, logical, wish, needed, &sorted));
    if (wish->key_count > 0 && logical->aggregate.key_count > 0) {
        *planned = sorted;
        return VV_OK;
    }
    VV_TRY(plan_node(o, input, &below, &source));
    VV_TRY(aggregate_make(o, logical,
                          logical->aggregate.key_count == 0 ? PHYSICAL_PLAIN : PHYSICAL_HASHED,
                          &source, planned));
    if (sorted.node != NULL && cost_of_rows(&sorted.node->cost, wish->limit) <=
                                   cost_of_rows(&planned->node->cost, wish->limit)) {
        *planned = sorted;
    }
    return VV_OK;
}

/* ---- DISTINCT ---- */

static vv_status distinct_hashed(struct optimizer *o, const struct logical_node *logical,
                                 const struct wish *wish, struct planned *planned)
{
    struct planned source = {NULL, NULL};
    struct wish below = {.needed = wish->needed};
    struct physical_node *node = NULL;
    const struct expr **keys = ARENA_ARRAY(o->arena, const struct expr *, logical->column_count);

    VV_TRY(plan_node(o, logical->inputs[0], &below, &source));
    node = node_make(o, PHYSICAL_AGGREGATE, source.node);
    if (node == NULL || keys == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < logical->column_count; i++) {
        keys[i] =
            expr_column(o->arena, source.map[i], (enum value_type)logical->column_types[i], 0);
        if (keys[i] == NULL) {
            return VV_NOMEM;
        }
    }
    node->column_count = logical->column_count;
    node->column_types = logical->column_types;
    node->aggregate.strategy = PHYSICAL_HASHED;
    node->aggregate.key_count = logical->column_count;
    node->aggregate.keys = keys;
    cost_group(node, group_count(o, logical, logical->column_count, keys, source.node->cost.rows),
               logical->column_count, 0);
    node->cost.startup += source.node->cost.rows * GROUP_HASH_ENTRY;
    node->cost.total += source.node->cost.rows * GROUP_HASH_ENTRY;
    return finish(planned, node, map_same(o, logical->column_count));
}

/* Equal rows come together when the input is in some order of all its columns. */
static vv_status distinct_sorted(struct optimizer *o, const struct logical_node *logical,
                                 const struct wish *wish, struct planned *planned)
{
    uint32_t count = wish->key_count;
    struct logical_sort_key *keys =
        ARENA_ARRAY(o->arena, struct logical_sort_key, count + logical->column_count);
    struct wish below = {.needed = wish->needed, .keys = keys, .limit = wish->limit};
    struct planned source = {NULL, NULL};
    struct physical_node *node = NULL;

    if (keys == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        keys[i] = wish->keys[i];
    }
    for (uint32_t i = 0; i < logical->column_count; i++) {
        bool there = false;

        for (uint32_t k = 0; k < count; k++) {
            there |= keys[k].column == i;
        }
        if (!there) {
            keys[count++] = (struct logical_sort_key){.column = i};
        }
    }
    below.key_count = count;
    VV_TRY(plan_node(o, logical->inputs[0], &below, &source));
    if (source.node == NULL) {
        return VV_OK;
    }
    node = node_make(o, PHYSICAL_UNIQUE, source.node);
    if (node == NULL) {
        return VV_NOMEM;
    }
    node->unique.key_count = node->column_count;
    node->cost.total += source.node->cost.rows * COST_OPERATOR * node->column_count;
    return finish(planned, node, source.map);
}

static vv_status plan_distinct(struct optimizer *o, const struct logical_node *logical,
                               const struct wish *wish, struct planned *planned)
{
    struct planned sorted = {NULL, NULL};
    bool *needed = bitmap(o, logical->column_count);
    struct wish all = *wish;

    if (needed == NULL) {
        return VV_NOMEM;
    }
    memset(needed, true, logical->column_count * sizeof needed[0]);
    all.needed = needed;
    VV_TRY(distinct_sorted(o, logical, &all, &sorted));
    if (wish->key_count > 0) {
        *planned = sorted;
        return VV_OK;
    }
    VV_TRY(distinct_hashed(o, logical, &all, planned));
    if (sorted.node != NULL && cost_of_rows(&sorted.node->cost, wish->limit) <=
                                   cost_of_rows(&planned->node->cost, wish->limit)) {
        *planned = sorted;
    }
    return VV_OK;
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
    struct physical_node *node = node_make(o, PHYSICAL_SORT, source->node);
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
    return finish(planned, node, source->map);
}

static vv_status plan_sort(struct optimizer *o, const struct logical_node *logical,
                           const struct wish *wish, struct planned *planned)
{
    const struct logical_node *input = logical->inputs[0];
    bool *needed = bitmap(o, logical->column_count);
    struct wish ordered = {.needed = needed,
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
    VV_TRY(plan_node(o, input, &ordered, &from_below));
    VV_TRY(plan_node(o, input, &any, &source));
    VV_TRY(sort_make(o, logical, wish, &source, planned));
    if (from_below.node != NULL && cost_of_rows(&from_below.node->cost, wish->limit) <=
                                       cost_of_rows(&planned->node->cost, wish->limit)) {
        *planned = from_below;
    }
    return VV_OK;
}

/* A sort under a limit keeps only the best rows: it is told. */
static const struct physical_node *sort_bound(struct optimizer *o, const struct physical_node *node,
                                              const struct logical_node *limit)
{
    struct physical_node *copy = NULL;

    if (limit->limit.count == NULL ||
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

static vv_status plan_limit(struct optimizer *o, const struct logical_node *logical,
                            const struct wish *wish, struct planned *planned)
{
    struct planned source = {NULL, NULL};
    struct wish below = *wish;
    struct physical_node *node = NULL;
    double rows = 0;
    double skipped = 0;

    if (wish->key_count > 0) {
        return VV_OK; /* ordering after the limit would choose other rows */
    }
    below.limit = 0;
    if (logical->limit.count != NULL) {
        rows = rows_of_limit(logical->limit.count, 1000);
        skipped = logical->limit.offset == NULL ? 0 : rows_of_limit(logical->limit.offset, 1000);
        below.limit = rows + skipped < 1 ? 1 : rows + skipped;
    }
    VV_TRY(plan_node(o, logical->inputs[0], &below, &source));
    source.node = sort_bound(o, source.node, logical);
    node = source.node == NULL ? NULL : node_make(o, PHYSICAL_LIMIT, source.node);
    if (node == NULL) {
        return VV_NOMEM;
    }
    node->limit.count = logical->limit.count;
    node->limit.offset = logical->limit.offset;
    rows = rows_of_limit(logical->limit.count, source.node->cost.rows);
    skipped = logical->limit.offset == NULL
                  ? 0
                  : rows_of_limit(logical->limit.offset, source.node->cost.rows);
    node->cost.total = cost_of_rows(&source.node->cost, rows + skipped);
    rows = rows + skipped > source.node->cost.rows ? source.node->cost.rows - skipped : rows;
    node->cost.rows = rows < 1 ? 1 : rows;
    return finish(planned, node, source.map);
}

/* ---- VALUES ---- */

static vv_status plan_values(struct optimizer *o, const struct logical_node *logical,
                             struct planned *planned)
{
    struct physical_node *node = node_make(o, PHYSICAL_VALUES, NULL);

    if (node == NULL) {
        return VV_NOMEM;
    }
    node->column_count = logical->column_count;
    node->column_types = logical->column_types;
    node->values.row_count = logical->values.row_count;
    node->values.cells = logical->values.cells;
    node->cost.rows = logical->values.row_count;
    node->cost.total =
        node->cost.rows * (node->cost.rows > 1 ? COST_TUPLE + COST_OPERATOR : COST_TUPLE);
    node->cost.width = cost_width(node->column_count, node->column_types);
    return finish(planned, node, map_same(o, node->column_count));
}

/* ---- INSERT, UPDATE, DELETE ---- */

static struct physical_node *modify_make(struct optimizer *o, enum physical_kind kind,
                                         const struct physical_node *input,
                                         const struct table_def *table)
{
    struct physical_node *node = node_make(o, kind, input);

    if (node != NULL) {
        node->column_count = 0;
        node->column_types = NULL;
        node->cost.rows = 0;
        node->cost.width = 0;
        node->modify.table = table;
    }
    return node;
}

static vv_status plan_insert(struct optimizer *o, const struct logical_node *logical,
                             struct planned *planned)
{
    struct planned source = {NULL, NULL};
    bool *needed = bitmap(o, logical->inputs[0]->column_count);
    struct wish below = {.needed = needed};

    if (needed == NULL) {
        return VV_NOMEM;
    }
    memset(needed, true, logical->inputs[0]->column_count * sizeof needed[0]);
    VV_TRY(plan_node(o, logical->inputs[0], &below, &source));
    return finish(planned, modify_make(o, PHYSICAL_INSERT, source.node, logical->insert.table),
                  map_same(o, 0));
}

/* Which columns of the old row the writer reads: all for UPDATE, the keys' for DELETE; and WHERE's, for
 * the re-check of a newer version. */
static void modify_columns(const struct logical_node *logical, const struct table_def *table,
                           const struct expr *condition, bool *needed)
{
    for (uint32_t i = 0; i < table->spec.column_count; i++) {
        needed[i] = logical->kind == LOGICAL_UPDATE && !table->spec.columns[i].dropped;
    }
    for (uint32_t i = 0; i < table->spec.index_count; i++) {
        for (uint32_t k = 0; k < table->spec.indexes[i].part_count; k++) {
            if (table->spec.indexes[i].parts[k].column != TABLE_NO_COLUMN) {
                needed[table->spec.indexes[i].parts[k].column] = true;
            }
        }
        for (uint32_t k = 0; k < table->spec.indexes[i].include_count; k++) {
            needed[table->spec.indexes[i].includes[k]] = true;
        }
    }
    if (condition != NULL) {
        expr_mark_columns(condition, needed, table->spec.column_count);
    }
}

static vv_status modify_assignments(struct optimizer *o, const struct logical_node *logical,
                                    const struct planned *source, struct physical_node *node)
{
    uint32_t count = logical->update.assignment_count;
    struct physical_assignment *assignments =
        ARENA_ARRAY(o->arena, struct physical_assignment, count);

    if (assignments == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        assignments[i].column = (uint16_t)logical->update.assignments[i].column;
        assignments[i].value = renumber(o, logical->update.assignments[i].value, source);
        if (assignments[i].value == NULL) {
            return VV_NOMEM;
        }
    }
    node->modify.assignment_count = count;
    node->modify.assignments = assignments;
    return VV_OK;
}

static vv_status plan_modify(struct optimizer *o, const struct logical_node *logical,
                             struct planned *planned)
{
    const struct logical_node *scan = logical->inputs[0];
    const struct expr *condition = NULL;
    const struct table_def *table = NULL;
    struct planned source = {NULL, NULL};
    struct physical_node *node = NULL;
    struct wish wish = {0};
    bool *needed = NULL;

    if (scan->kind == LOGICAL_FILTER) {
        condition = is_true(scan->filter.condition) ? NULL : scan->filter.condition;
        scan = scan->inputs[0];
    }
    table = scan->scan.table;
    needed = bitmap(o, table->spec.column_count);
    if (needed == NULL) {
        return VV_NOMEM;
    }
    modify_columns(logical, table, condition, needed);
    wish.needed = needed;
    if (condition != NULL && is_false(condition)) {
        VV_TRY(plan_nothing(o, scan, &source));
        condition = NULL;
    } else {
        VV_TRY(plan_scan(o, scan, condition, &wish, true, &source));
    }
    node = modify_make(o, logical->kind == LOGICAL_UPDATE ? PHYSICAL_UPDATE : PHYSICAL_DELETE,
                       source.node, table);
    if (node == NULL) {
        return VV_NOMEM;
    }
    if (condition != NULL) {
        node->modify.recheck = renumber(o, condition, &source);
        if (node->modify.recheck == NULL) {
            return VV_NOMEM;
        }
    }
    if (logical->kind == LOGICAL_UPDATE) {
        VV_TRY(modify_assignments(o, logical, &source, node));
    }
    return finish(planned, node, map_same(o, 0));
}

/* ---- all ---- */

static vv_status plan_node(struct optimizer *o, const struct logical_node *logical,
                           const struct wish *wish, struct planned *planned)
{
    *planned = (struct planned){NULL, NULL};
    switch (logical->kind) {
    case LOGICAL_RESULT:
        return plan_result(o, NULL, planned);
    case LOGICAL_VALUES:
        return wish->key_count > 0 ? VV_OK : plan_values(o, logical, planned);
    case LOGICAL_SCAN:
        return plan_scan(o, logical, NULL, wish, false, planned);
    case LOGICAL_FILTER:
        return plan_filter(o, logical, wish, planned);
    case LOGICAL_PROJECT:
        return plan_project(o, logical, wish, planned);
    case LOGICAL_AGGREGATE:
        return plan_aggregate(o, logical, wish, planned);
    case LOGICAL_DISTINCT:
        return plan_distinct(o, logical, wish, planned);
    case LOGICAL_SORT:
        return plan_sort(o, logical, wish, planned);
    case LOGICAL_LIMIT:
        return plan_limit(o, logical, wish, planned);
    case LOGICAL_INSERT:
        return plan_insert(o, logical, planned);
    case LOGICAL_UPDATE:
    case LOGICAL_DELETE:
        return plan_modify(o, logical, planned);
    default:
        return error_set(o->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "this query is not supported yet");
    }
}

vv_status planner_run(struct optimizer *o, const struct logical_node *root,
                      const struct physical_node **node_out)
{
    bool *needed = bitmap(o, root->column_count);
    struct wish wish = {.needed = needed};
    struct planned planned = {NULL, NULL};

    *node_out = NULL;
    if (needed == NULL) {
        return VV_NOMEM;
    }
    memset(needed, true, root->column_count * sizeof needed[0]);
    VV_TRY(plan_node(o, root, &wish, &planned));
    VV_ASSERT(planned.node != NULL);
    *node_out = planned.node;
    return VV_OK;
}
