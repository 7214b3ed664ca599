/* planner_group.c - GROUP BY and DISTINCT: by hashing, or over rows that come in order. */
#include <math.h>

#include "base/assert.h"
#include "optimize/planner_private.h"

#define KEYS_TOGETHER    0.1 /* of a table's rows: so many groups at most have several keys */
#define GROUP_HASH_ENTRY (8 * COST_OPERATOR) /* finding and making an entry */

/* Adds a column to an order unless it is there, in the direction of the key before it: so one index,
 * read either way, may give them all. */
static void key_append(struct logical_sort_key *keys, uint32_t *count, uint32_t column)
{
    struct logical_sort_key key = {0};

    for (uint32_t i = 0; i < *count; i++) {
        if (keys[i].column == column) {
            return;
        }
    }
    if (*count > 0) {
        key = keys[*count - 1];
    }
    key.column = column;
    keys[(*count)++] = key;
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

/* As PostgreSQL estimates it (estimate_num_groups): several keys are never independent, and of the groups of the whole
 * table a choice of its rows meets those that random choice would (Yao, Dell'Era). */
static double group_count(const struct optimizer *o, const struct logical_node *input,
                          uint32_t key_count, const struct expr *const *keys, double rows)
{
    const struct table_def *table = table_below(input);
    double all = table == NULL ? rows : clause_table_estimate(o, table).rows_told;
    double groups = 1;
    double most = 1; /* of one key */

    all = all < rows ? rows : all;
    for (uint32_t i = 0; i < key_count; i++) {
        double distinct = clause_distinct(o, table, keys[i], all);

        groups *= distinct;
        most = distinct > most ? distinct : most;
    }
    if (key_count > 1 && groups > KEYS_TOGETHER * all) {
        groups = most > KEYS_TOGETHER * all ? most : KEYS_TOGETHER * all;
    }
    if (rows < all) {
        groups *= 1 - pow((all - rows) / all, all / groups);
    }
    groups = groups > rows ? rows : groups;
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
    struct physical_node *node = planner_node(o, PHYSICAL_AGGREGATE, source->node);
    double groups = 0;

    if (node == NULL) {
        return VV_NOMEM;
    }
    node->column_count = logical->column_count;
    node->column_types = logical->column_types;
    node->aggregate.strategy = (uint8_t)strategy;
    node->aggregate.key_count = logical->aggregate.key_count;
    node->aggregate.aggregate_count = logical->aggregate.aggregate_count;
    VV_TRY(planner_renumber_all(o, logical->aggregate.key_count, logical->aggregate.keys, source,
                                &node->aggregate.keys));
    VV_TRY(planner_renumber_all(o, logical->aggregate.aggregate_count,
                                logical->aggregate.aggregates, source,
                                &node->aggregate.aggregates));
    groups = group_count(o, logical->inputs[0], logical->aggregate.key_count,
                         logical->aggregate.keys, source->node->cost.rows);
    cost_group(node, groups, node->aggregate.key_count, node->aggregate.aggregate_count);
    if (strategy == PHYSICAL_SORTED) {
        node->cost.startup = source->node->cost.startup; /* the first group comes early */
    } else if (strategy == PHYSICAL_HASHED) {
        node->cost.startup += source->node->cost.rows * GROUP_HASH_ENTRY;
        node->cost.total += source->node->cost.rows * GROUP_HASH_ENTRY;
    }
    return planner_finish(planned, node, planner_map_same(o, node->column_count));
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
        key_append(keys, &count, logical->aggregate.keys[i]->column);
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
    VV_TRY(planner_plan(o, logical->inputs[0], &below, &source));
    return source.node == NULL ? VV_OK
                               : aggregate_make(o, logical, PHYSICAL_SORTED, &source, planned);
}

vv_status planner_aggregate(struct optimizer *o, const struct logical_node *logical,
                            const struct wish *wish, struct planned *planned)
{
    const struct logical_node *input = logical->inputs[0];
    bool *needed = planner_bitmap(o, input->column_count);
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
    VV_TRY(planner_plan(o, input, &below, &source));
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

/* Rows of a DISTINCT: groups of what its columns are computed from. */
static double distinct_count(struct optimizer *o, const struct logical_node *logical, double rows,
                             const struct expr *const *columns)
{
    const struct logical_node *input = logical->inputs[0];

    return input->kind == LOGICAL_PROJECT
               ? group_count(o, input->inputs[0], logical->column_count, input->project.exprs, rows)
               : group_count(o, logical, logical->column_count, columns, rows);
}

static vv_status distinct_hashed(struct optimizer *o, const struct logical_node *logical,
                                 const struct wish *wish, struct planned *planned)
{
    struct planned source = {NULL, NULL};
    struct wish below = {.needed = wish->needed};
    struct physical_node *node = NULL;
    const struct expr **keys = ARENA_ARRAY(o->arena, const struct expr *, logical->column_count);

    VV_TRY(planner_plan(o, logical->inputs[0], &below, &source));
    node = planner_node(o, PHYSICAL_AGGREGATE, source.node);
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
    cost_group(node, distinct_count(o, logical, source.node->cost.rows, keys),
               logical->column_count, 0);
    node->cost.startup += source.node->cost.rows * GROUP_HASH_ENTRY;
    node->cost.total += source.node->cost.rows * GROUP_HASH_ENTRY;
    return planner_finish(planned, node, planner_map_same(o, logical->column_count));
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
        key_append(keys, &count, i);
    }
    below.key_count = count;
    VV_TRY(planner_plan(o, logical->inputs[0], &below, &source));
    if (source.node == NULL) {
        return VV_OK;
    }
    node = planner_node(o, PHYSICAL_UNIQUE, source.node);
    if (node == NULL) {
        return VV_NOMEM;
    }
    node->unique.key_count = node->column_count;
    node->cost.total += source.node->cost.rows * COST_OPERATOR * node->column_count;
    return planner_finish(planned, node, source.map);
}

/* DISTINCT ON: the input is sorted, and the first row of each group is the one. */
static vv_status distinct_on(struct optimizer *o, const struct logical_node *logical,
                             const struct wish *wish, struct planned *planned)
{
    bool *needed = planner_bitmap(o, logical->column_count);
    struct wish below = {.needed = needed};
    struct planned source = {NULL, NULL};
    struct physical_node *node = NULL;

    if (needed == NULL) {
        return VV_NOMEM;
    }
    if (wish->key_count > 0) {
        return VV_OK;
    }
    memset(needed, true, logical->column_count * sizeof needed[0]);
    VV_TRY(planner_plan(o, logical->inputs[0], &below, &source));
    node = planner_node(o, PHYSICAL_UNIQUE, source.node);
    if (node == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < logical->distinct.key_count; i++) {
        VV_ASSERT(source.map[i] == i); /* all columns are needed, so none moves */
    }
    node->unique.key_count = logical->distinct.key_count;
    node->cost.total += source.node->cost.rows * COST_OPERATOR * logical->distinct.key_count;
    return planner_finish(planned, node, source.map);
}

vv_status planner_distinct(struct optimizer *o, const struct logical_node *logical,
                           const struct wish *wish, struct planned *planned)
{
    struct planned sorted = {NULL, NULL};
    bool *needed = planner_bitmap(o, logical->column_count);
    struct wish all = *wish;

    if (needed == NULL) {
        return VV_NOMEM;
    }
    if (logical->inputs[0]->kind == LOGICAL_SORT) {
        return distinct_on(o, logical, wish, planned);
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
