/* planner_modify.c - VALUES, COPY FROM, INSERT, UPDATE, DELETE. */
#include "base/limits.h"
#include "optimize/planner_private.h"

/* ---- VALUES ---- */

vv_status planner_values(struct optimizer *o, const struct logical_node *logical,
                         struct planned *planned)
{
    struct physical_node *node = planner_node(o, PHYSICAL_VALUES, NULL);

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
    return planner_finish(planned, node, planner_map_same(o, node->column_count));
}

/* ---- COPY FROM ---- */

vv_status planner_feed(struct optimizer *o, const struct logical_node *logical,
                       struct planned *planned)
{
    struct physical_node *node = planner_node(o, PHYSICAL_FEED, NULL);

    if (node == NULL) {
        return VV_NOMEM;
    }
    node->column_count = logical->column_count;
    node->column_types = logical->column_types;
    node->cost.rows = LIMIT_BATCH_ROWS; /* nobody knows how many will come */
    node->cost.total = node->cost.rows * COST_TUPLE;
    node->cost.width = cost_width(node->column_count, node->column_types);
    return planner_finish(planned, node, planner_map_same(o, node->column_count));
}

/* ---- INSERT, UPDATE, DELETE ---- */

static struct physical_node *modify_make(struct optimizer *o, enum physical_kind kind,
                                         const struct physical_node *input,
                                         const struct logical_node *logical)
{
    struct physical_node *node = planner_node(o, kind, input);

    if (node != NULL) {
        node->column_count = logical->column_count;
        node->column_types = logical->column_types;
        if (!logical->modify.returning) {
            node->cost.rows = 0;
            node->cost.width = 0;
        }
        node->modify.table = logical->modify.table;
        node->modify.rules = logical->modify.rules;
        node->modify.returning = logical->modify.returning;
    }
    return node;
}

vv_status planner_insert(struct optimizer *o, const struct logical_node *logical,
                         struct planned *planned)
{
    struct planned source = {NULL, NULL};
    bool *needed = planner_bitmap(o, logical->inputs[0]->column_count);
    struct wish below = {.needed = needed};

    if (needed == NULL) {
        return VV_NOMEM;
    }
    memset(needed, true, logical->inputs[0]->column_count * sizeof needed[0]);
    VV_TRY(planner_plan(o, logical->inputs[0], &below, &source));
    return planner_finish(planned, modify_make(o, PHYSICAL_INSERT, source.node, logical),
                          planner_map_same(o, logical->column_count));
}

/* Which columns of the old row the writer reads: all for UPDATE and RETURNING, the keys' for DELETE; and
 * WHERE's, for the re-check of a newer version. */
static void modify_columns(const struct logical_node *logical, const struct table_def *table,
                           const struct expr *condition, bool *needed)
{
    const struct modify_rules *rules = logical->modify.rules;

    for (uint32_t i = 0; i < table->spec.column_count; i++) {
        needed[i] = (logical->kind == LOGICAL_UPDATE || logical->modify.returning) &&
                    !table->spec.columns[i].dropped;
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
    for (uint32_t i = 0; rules != NULL && i < rules->index_count; i++) {
        const struct index_rule *rule = &rules->indexes[i];

        if (rule->predicate != NULL) {
            expr_mark_columns(rule->predicate, needed, table->spec.column_count);
        }
        for (uint32_t k = 0; k < rule->index->part_count; k++) {
            if (rule->parts[k] != NULL) {
                expr_mark_columns(rule->parts[k], needed, table->spec.column_count);
            }
        }
    }
    if (condition != NULL) {
        expr_mark_columns(condition, needed, table->spec.column_count);
    }
}

static vv_status modify_assignments(struct optimizer *o, const struct logical_node *logical,
                                    const struct planned *source, struct physical_node *node)
{
    uint32_t count = logical->modify.assignment_count;
    struct physical_assignment *assignments =
        ARENA_ARRAY(o->arena, struct physical_assignment, count);

    if (assignments == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        assignments[i].column = (uint16_t)logical->modify.assignments[i].column;
        assignments[i].value = planner_renumber(o, logical->modify.assignments[i].value, source);
        if (assignments[i].value == NULL) {
            return VV_NOMEM;
        }
    }
    node->modify.assignment_count = count;
    node->modify.assignments = assignments;
    return VV_OK;
}

vv_status planner_modify(struct optimizer *o, const struct logical_node *logical,
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
        condition = planner_is_true(scan->filter.condition) ? NULL : scan->filter.condition;
        scan = scan->inputs[0];
    }
    table = scan->scan.table;
    needed = planner_bitmap(o, table->spec.column_count);
    if (needed == NULL) {
        return VV_NOMEM;
    }
    modify_columns(logical, table, condition, needed);
    wish.needed = needed;
    VV_TRY(planner_scan(o, scan, condition, &wish, true, &source));
    node = modify_make(o, logical->kind == LOGICAL_UPDATE ? PHYSICAL_UPDATE : PHYSICAL_DELETE,
                       source.node, logical);
    if (node == NULL) {
        return VV_NOMEM;
    }
    if (condition != NULL) {
        node->modify.recheck = planner_renumber(o, condition, &source);
        if (node->modify.recheck == NULL) {
            return VV_NOMEM;
        }
    }
    if (logical->kind == LOGICAL_UPDATE) {
        VV_TRY(modify_assignments(o, logical, &source, node));
    }
    return planner_finish(planned, node, planner_map_same(o, logical->column_count));
}
