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
#include "optimize/planner_private.h"

#define NO_COLUMN UINT32_MAX

/* ---- helpers ---- */

struct physical_node *planner_node(struct optimizer *o, enum physical_kind kind,
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

vv_status planner_finish(struct planned *planned, const struct physical_node *node,
                         const uint32_t *map)
{
    planned->node = node;
    planned->map = map;
    return node == NULL || map == NULL ? VV_NOMEM : VV_OK;
}

/* Every column at its own place. */
const uint32_t *planner_map_same(struct optimizer *o, uint32_t count)
{
    uint32_t *map = ARENA_ARRAY(o->arena, uint32_t, count);

    for (uint32_t i = 0; map != NULL && i < count; i++) {
        map[i] = i;
    }
    return map;
}

const struct expr *planner_renumber(struct optimizer *o, const struct expr *expr,
                                    const struct planned *input)
{
    return expr_renumber_columns(o->arena, expr, input->map);
}

vv_status planner_renumber_all(struct optimizer *o, uint32_t count, const struct expr *const *exprs,
                               const struct planned *input, const struct expr *const **out)
{
    const struct expr **copies = ARENA_ARRAY(o->arena, const struct expr *, count);

    if (copies == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        copies[i] = planner_renumber(o, exprs[i], input);
        if (copies[i] == NULL) {
            return VV_NOMEM;
        }
    }
    *out = copies;
    return VV_OK;
}

bool *planner_bitmap(struct optimizer *o, uint32_t count)
{
    return ARENA_ARRAY(o->arena, bool, count);
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
    for (uint32_t i = 0; i < node->scan.table->spec.column_count; i++) {
        map[i] = NO_COLUMN;
        if (read[i]) {
            map[i] = node->column_count;
            columns[node->column_count] = (uint16_t)i;
            types[node->column_count++] = node->scan.table->spec.columns[i].type;
        }
    }
    if (node->scan.keyed) {
        map[logical_count - 1] = node->column_count;
        types[node->column_count++] = VALUE_BYTEA;
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
    struct physical_node *node = planner_node(o, PHYSICAL_SCAN, NULL);
    bool *read = planner_bitmap(o, scan->column_count);
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
                                        .for_modify = want->for_modify,
                                        .keyed = scan->scan.keyed};
    node->cost = path->cost;
    VV_TRY(scan_columns(o, node, read, scan->column_count, map));
    if (path->filter != NULL) {
        node->scan.filter = expr_renumber_columns(o->arena, path->filter, map);
        if (node->scan.filter == NULL) {
            return VV_NOMEM;
        }
    }
    return planner_finish(planned, node, map);
}

/* A scan under a condition (or NULL). */
vv_status planner_scan(struct optimizer *o, const struct logical_node *scan,
                       const struct expr *condition, const struct wish *wish, bool for_modify,
                       struct planned *planned)
{
    struct clause_list clauses;
    struct path path;
    struct path_want want = {.scan = scan,
                             .clauses = &clauses,
                             .condition = condition,
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

/* No row can make the condition true. */
bool planner_is_false(const struct expr *condition)
{
    if (condition->kind == EXPR_AND) {
        for (uint32_t i = 0; i < condition->argument_count; i++) {
            if (planner_is_false(condition->arguments[i])) {
                return true; /* folding left a NULL, which other rows' falsehood does not change */
            }
        }
        return false;
    }
    return condition->kind == EXPR_CONSTANT &&
           (condition->constant.null || !condition->constant.boolean);
}

bool planner_is_true(const struct expr *condition)
{
    return condition->kind == EXPR_CONSTANT && !planner_is_false(condition);
}

/* No rows at all: VALUES without a row, which EXPLAIN shows as "One-Time Filter: false". */
vv_status planner_nothing(struct optimizer *o, const struct logical_node *logical,
                          struct planned *planned)
{
    struct physical_node *node = planner_node(o, PHYSICAL_VALUES, NULL);

    if (node == NULL) {
        return VV_NOMEM;
    }
    node->column_count = logical->column_count;
    node->column_types = logical->column_types;
    node->cost.width = cost_width(logical->column_count, logical->column_types);
    return planner_finish(planned, node, planner_map_same(o, logical->column_count));
}

static vv_status plan_result(struct optimizer *o, const struct expr *condition,
                             struct planned *planned)
{
    struct physical_node *node = planner_node(o, PHYSICAL_RESULT, NULL);

    if (node == NULL) {
        return VV_NOMEM;
    }
    node->result.condition = condition;
    node->cost.rows = 1;
    node->cost.total = COST_TUPLE;
    return planner_finish(planned, node, planner_map_same(o, 0));
}

/* A condition over groups becomes their HAVING; over anything else, an operator of its own. */
static vv_status filter_over(struct optimizer *o, const struct expr *condition,
                             struct planned *planned)
{
    const struct expr *renumbered = planner_renumber(o, condition, planned);
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
        node = planner_node(o, PHYSICAL_FILTER, planned->node);
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
    bool *needed = planner_bitmap(o, logical->column_count);

    if (needed == NULL) {
        return VV_NOMEM;
    }
    if (planner_is_true(condition)) {
        return planner_plan(o, input, wish, planned);
    }
    if (input->kind == LOGICAL_RESULT) {
        return plan_result(o, condition, planned);
    }
    if (planner_is_false(condition) && input->kind != LOGICAL_AGGREGATE) {
        return planner_nothing(o, logical, planned);
    }
    if (input->kind == LOGICAL_SCAN) {
        return planner_scan(o, input, condition, wish, false, planned);
    }
    memcpy(needed, wish->needed, logical->column_count * sizeof needed[0]);
    expr_mark_columns(condition, needed, logical->column_count);
    below.needed = needed;
    below.limit = 0;
    VV_TRY(planner_plan(o, input, &below, planned));
    return planned->node == NULL ? VV_OK : filter_over(o, condition, planned);
}

/* ---- projections ---- */

/* What the indexes of the table right below a projection compute; NULL: nothing, or no table. */
static vv_status computed_below(struct optimizer *o, const struct logical_node *project,
                                const struct computed **computed_out)
{
    const struct logical_node *input = project->inputs[0];

    *computed_out = NULL;
    if (input->kind == LOGICAL_FILTER) {
        input = input->inputs[0];
    }
    return input->kind == LOGICAL_SCAN ? computed_of(o, input->scan.table, computed_out) : VV_OK;
}

/* The order wanted of a projection's columns as one of its input's; not found: it computes a key, and no index
 * does. */
static vv_status keys_below(struct optimizer *o, const struct logical_node *project,
                            const struct wish *wish, struct logical_sort_key *keys, bool *found_out)
{
    const struct computed *computed = NULL;

    *found_out = true;
    VV_TRY(computed_below(o, project, &computed));
    for (uint32_t i = 0; i < wish->key_count; i++) {
        uint16_t column = computed_number(computed, project->project.exprs[wish->keys[i].column]);

        *found_out = *found_out && column != TABLE_NO_COLUMN;
        keys[i] = wish->keys[i];
        keys[i].column = column;
    }
    return VV_OK;
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

/* What of a projection is read above; all when nothing is. */
struct picked {
    const struct expr **exprs;
    uint8_t *types;
    uint32_t *map; /* for each column of the projection, its place among the picked ones */
    uint32_t count;
};

static bool pick_needed(struct optimizer *o, const struct logical_node *logical,
                        const struct wish *wish, struct picked *picked)
{
    bool any = false;

    picked->exprs = ARENA_ARRAY(o->arena, const struct expr *, logical->column_count);
    picked->types = ARENA_ARRAY(o->arena, uint8_t, logical->column_count);
    picked->map = ARENA_ARRAY(o->arena, uint32_t, logical->column_count);
    if (picked->exprs == NULL || picked->types == NULL || picked->map == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < logical->column_count; i++) {
        any = any || wish->needed[i];
    }
    for (uint32_t i = 0; i < logical->column_count; i++) {
        picked->map[i] = picked->count;
        if (wish->needed[i] || !any) {
            picked->exprs[picked->count] = logical->project.exprs[i];
            picked->types[picked->count++] = logical->column_types[i];
        }
    }
    return true;
}

static vv_status plan_project(struct optimizer *o, const struct logical_node *logical,
                              const struct wish *wish, struct planned *planned)
{
    const struct logical_node *input = logical->inputs[0];
    struct logical_sort_key *keys = ARENA_ARRAY(o->arena, struct logical_sort_key, wish->key_count);
    bool *needed = planner_bitmap(o, input->column_count);
    struct wish below = {
        .needed = needed, .key_count = wish->key_count, .keys = keys, .limit = wish->limit};
    struct planned source = {NULL, NULL};
    struct physical_node *node = NULL;
    struct picked picked = {0};
    bool found = false;

    if (keys == NULL || needed == NULL || !pick_needed(o, logical, wish, &picked)) {
        return VV_NOMEM;
    }
    VV_TRY(keys_below(o, logical, wish, keys, &found));
    if (!found) {
        return VV_OK;
    }
    for (uint32_t i = 0; i < picked.count; i++) {
        expr_mark_columns(picked.exprs[i], needed, input->column_count);
    }
    VV_TRY(planner_plan(o, input, &below, &source));
    if (source.node == NULL) {
        return VV_OK;
    }
    node = planner_node(o, PHYSICAL_PROJECT, source.node);
    if (node == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(planner_renumber_all(o, picked.count, picked.exprs, &source, &node->project.exprs));
    node->column_count = picked.count;
    node->column_types = picked.types;
    node->cost.width = cost_width(node->column_count, node->column_types);
    for (uint32_t i = 0; i < node->column_count; i++) {
        node->cost.total += node->cost.rows * cost_expr(node->project.exprs[i]);
    }
    if (source.node->kind == PHYSICAL_PROJECT && only_picks(node)) {
        return planner_finish(planned, project_join(o, node), picked.map);
    }
    return planner_finish(planned, node, picked.map);
}

/* ---- all ---- */

vv_status planner_plan(struct optimizer *o, const struct logical_node *logical,
                       const struct wish *wish, struct planned *planned)
{
    *planned = (struct planned){NULL, NULL};
    switch (logical->kind) {
    case LOGICAL_RESULT:
        return plan_result(o, NULL, planned);
    case LOGICAL_VALUES:
        return wish->key_count > 0 ? VV_OK : planner_values(o, logical, planned);
    case LOGICAL_FEED:
        return wish->key_count > 0 ? VV_OK : planner_feed(o, logical, planned);
    case LOGICAL_SCAN:
        return planner_scan(o, logical, NULL, wish, false, planned);
    case LOGICAL_FILTER:
        return plan_filter(o, logical, wish, planned);
    case LOGICAL_PROJECT:
        return plan_project(o, logical, wish, planned);
    case LOGICAL_AGGREGATE:
        return planner_aggregate(o, logical, wish, planned);
    case LOGICAL_DISTINCT:
        return planner_distinct(o, logical, wish, planned);
    case LOGICAL_SORT:
        return planner_sort(o, logical, wish, planned);
    case LOGICAL_LIMIT:
        return planner_limit(o, logical, wish, planned);
    case LOGICAL_LOCK:
        return planner_lock(o, logical, wish, planned);
    case LOGICAL_INSERT:
        return planner_insert(o, logical, planned);
    case LOGICAL_UPDATE:
    case LOGICAL_DELETE:
        return planner_modify(o, logical, planned);
    default:
        return error_set(o->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "this query is not supported yet");
    }
}

vv_status planner_run(struct optimizer *o, const struct logical_node *root,
                      const struct physical_node **node_out)
{
    bool *needed = planner_bitmap(o, root->column_count);
    struct wish wish = {.needed = needed};
    struct planned planned = {NULL, NULL};

    *node_out = NULL;
    if (needed == NULL) {
        return VV_NOMEM;
    }
    memset(needed, true, root->column_count * sizeof needed[0]);
    VV_TRY(planner_plan(o, root, &wish, &planned));
    VV_ASSERT(planned.node != NULL);
    *node_out = planned.node;
    return VV_OK;
}
