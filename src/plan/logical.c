/* logical.c - makers of the logical plan's nodes. */
#include "plan/logical.h"

#include "base/assert.h"
#include "table/table_def.h"

static struct logical_node *node_make(struct arena *arena, enum logical_kind kind,
                                      const struct logical_node *input);
static bool node_set_types(struct arena *arena, struct logical_node *node, uint32_t column_count,
                           const struct expr *const *exprs);
static bool node_set_table(struct arena *arena, struct logical_node *node,
                           const struct table_def *table);

const struct logical_node *logical_result(struct arena *arena)
{
    return node_make(arena, LOGICAL_RESULT, NULL);
}

const struct logical_node *logical_values(struct arena *arena, uint32_t row_count,
                                          uint32_t column_count, const struct expr *const *cells)
{
    struct logical_node *node = node_make(arena, LOGICAL_VALUES, NULL);

    VV_ASSERT(row_count > 0);
    if (node == NULL || !node_set_types(arena, node, column_count, cells)) {
        return NULL;
    }
    node->values.row_count = row_count;
    node->values.cells = cells;
    return node;
}

const struct logical_node *logical_feed(struct arena *arena, uint32_t column_count,
                                        const uint8_t *column_types)
{
    struct logical_node *node = node_make(arena, LOGICAL_FEED, NULL);

    if (node == NULL) {
        return NULL;
    }
    node->column_count = column_count;
    node->column_types = column_types;
    return node;
}

const struct logical_node *logical_scan(struct arena *arena, const struct table_def *table,
                                        const char *alias)
{
    struct logical_node *node = node_make(arena, LOGICAL_SCAN, NULL);

    if (node == NULL || !node_set_table(arena, node, table)) {
        return NULL;
    }
    node->scan.table = table;
    node->scan.alias = alias;
    return node;
}

const struct logical_node *logical_scan_keyed(struct arena *arena, const struct table_def *table,
                                              const char *alias)
{
    struct logical_node *node = node_make(arena, LOGICAL_SCAN, NULL);
    uint32_t count = table->spec.column_count;
    uint8_t *types = ARENA_ARRAY(arena, uint8_t, count + 1);

    if (node == NULL || types == NULL || !node_set_table(arena, node, table)) {
        return NULL;
    }
    memcpy(types, node->column_types, count * sizeof types[0]);
    types[count] = VALUE_BYTEA;
    node->column_types = types;
    node->column_count = count + 1;
    node->scan.table = table;
    node->scan.alias = alias;
    node->scan.keyed = true;
    return node;
}

const struct logical_node *logical_filter(struct arena *arena, const struct logical_node *input,
                                          const struct expr *condition)
{
    struct logical_node *node = node_make(arena, LOGICAL_FILTER, input);

    if (node == NULL) {
        return NULL;
    }
    node->filter.condition = condition;
    return node;
}

const struct logical_node *logical_project(struct arena *arena, const struct logical_node *input,
                                           uint32_t column_count, const struct expr *const *exprs)
{
    struct logical_node *node = node_make(arena, LOGICAL_PROJECT, input);

    if (node == NULL || !node_set_types(arena, node, column_count, exprs)) {
        return NULL;
    }
    node->project.exprs = exprs;
    return node;
}

const struct logical_node *logical_aggregate(struct arena *arena, const struct logical_node *input,
                                             uint32_t key_count, const struct expr *const *keys,
                                             uint32_t aggregate_count,
                                             const struct expr *const *aggregates)
{
    struct logical_node *node = node_make(arena, LOGICAL_AGGREGATE, input);
    uint8_t *types = ARENA_ARRAY(arena, uint8_t, key_count + aggregate_count);

    if (node == NULL || types == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < key_count; i++) {
        types[i] = keys[i]->type;
    }
    for (uint32_t i = 0; i < aggregate_count; i++) {
        types[key_count + i] = aggregates[i]->type;
    }
    node->column_count = key_count + aggregate_count;
    node->column_types = types;
    node->aggregate.key_count = key_count;
    node->aggregate.keys = keys;
    node->aggregate.aggregate_count = aggregate_count;
    node->aggregate.aggregates = aggregates;
    return node;
}

const struct logical_node *logical_distinct(struct arena *arena, const struct logical_node *input,
                                            uint32_t key_count)
{
    struct logical_node *node = node_make(arena, LOGICAL_DISTINCT, input);

    if (node == NULL) {
        return NULL;
    }
    node->distinct.key_count = key_count;
    return node;
}

const struct logical_node *logical_sort(struct arena *arena, const struct logical_node *input,
                                        uint32_t key_count, const struct logical_sort_key *keys)
{
    struct logical_node *node = node_make(arena, LOGICAL_SORT, input);

    if (node == NULL) {
        return NULL;
    }
    node->sort.key_count = key_count;
    node->sort.keys = keys;
    return node;
}

const struct logical_node *logical_limit(struct arena *arena, const struct logical_node *input,
                                         const struct expr *count, const struct expr *offset)
{
    struct logical_node *node = node_make(arena, LOGICAL_LIMIT, input);

    if (node == NULL) {
        return NULL;
    }
    node->limit.count = count;
    node->limit.offset = offset;
    return node;
}

const struct logical_node *logical_limit_with_ties(struct arena *arena,
                                                   const struct logical_node *input,
                                                   const struct expr *count,
                                                   const struct expr *offset, uint32_t tie_count,
                                                   const struct logical_sort_key *ties)
{
    struct logical_node *node = node_make(arena, LOGICAL_LIMIT, input);

    if (node == NULL) {
        return NULL;
    }
    node->limit.count = count;
    node->limit.offset = offset;
    node->limit.tie_count = tie_count;
    node->limit.ties = ties;
    return node;
}

const struct logical_node *logical_lock(struct arena *arena, const struct logical_node *input,
                                        const struct row_lock *lock, const struct expr *condition,
                                        const struct expr *const *exprs)
{
    struct logical_node *node = node_make(arena, LOGICAL_LOCK, input);

    VV_ASSERT(input->column_types[input->column_count - 1] == VALUE_BYTEA);
    if (node == NULL) {
        return NULL;
    }
    node->column_count = input->column_count - 1;
    node->lock.lock = *lock;
    node->lock.condition = condition;
    node->lock.exprs = exprs;
    return node;
}

const char *row_lock_text(enum row_lock_strength strength)
{
    static const char *const texts[] = {[ROW_LOCK_KEY_SHARE] = "FOR KEY SHARE",
                                        [ROW_LOCK_SHARE] = "FOR SHARE",
                                        [ROW_LOCK_NO_KEY_UPDATE] = "FOR NO KEY UPDATE",
                                        [ROW_LOCK_UPDATE] = "FOR UPDATE"};

    return texts[strength];
}

const struct logical_node *logical_modify(struct arena *arena, const struct logical_node *input,
                                          const struct logical_modify *modify)
{
    struct logical_node *node = node_make(arena, modify->kind, input);

    if (node == NULL) {
        return NULL;
    }
    node->column_count = 0;
    node->column_types = NULL;
    if (modify->returning && !node_set_table(arena, node, modify->table)) {
        return NULL;
    }
    node->modify.table = modify->table;
    node->modify.assignment_count = modify->assignment_count;
    node->modify.assignments = modify->assignments;
    node->modify.rules = modify->rules;
    node->modify.returning = modify->returning;
    return node;
}

/* A node that hands up its input's columns. NULL input: a leaf. */
static struct logical_node *node_make(struct arena *arena, enum logical_kind kind,
                                      const struct logical_node *input)
{
    struct logical_node *node = ARENA_NEW(arena, struct logical_node);
    const struct logical_node **inputs = ARENA_ARRAY(arena, const struct logical_node *, 1);

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
    }
    return node;
}

static bool node_set_types(struct arena *arena, struct logical_node *node, uint32_t column_count,
                           const struct expr *const *exprs)
{
    uint8_t *types = ARENA_ARRAY(arena, uint8_t, column_count);

    if (types == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < column_count; i++) {
        types[i] = exprs[i]->type;
    }
    node->column_count = column_count;
    node->column_types = types;
    return true;
}

/* The node hands up all columns of the table. */
static bool node_set_table(struct arena *arena, struct logical_node *node,
                           const struct table_def *table)
{
    uint8_t *types = ARENA_ARRAY(arena, uint8_t, table->spec.column_count);

    if (types == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < table->spec.column_count; i++) {
        types[i] = table->spec.columns[i].type;
    }
    node->column_count = table->spec.column_count;
    node->column_types = types;
    return true;
}
