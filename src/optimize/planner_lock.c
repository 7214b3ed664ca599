/*
 * planner_lock.c - SELECT FOR UPDATE and its kin.
 *
 * The input's last column is the own key of the row to lock. When a row turns out to have a newer version, exec computes
 * everything anew from it, so the node carries the whole WHERE and the output once more, over those columns of
 * the table that they read.
 */
#include "base/assert.h"
#include "optimize/planner_private.h"

/* Which columns of the table the expressions read, and where each stands among them. */
static vv_status lock_columns(struct optimizer *o, const struct logical_node *logical,
                              const struct expr *condition, struct physical_lock *lock,
                              uint32_t *map)
{
    const struct table_spec *spec = &logical->lock.lock.table->spec;
    bool *read = planner_bitmap(o, spec->column_count);
    uint16_t *columns = ARENA_ARRAY(o->arena, uint16_t, spec->column_count);
    uint8_t *types = ARENA_ARRAY(o->arena, uint8_t, spec->column_count);

    if (read == NULL || columns == NULL || types == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < logical->column_count; i++) {
        expr_mark_columns(logical->lock.exprs[i], read, spec->column_count);
    }
    if (condition != NULL) {
        expr_mark_columns(condition, read, spec->column_count);
    }
    for (uint32_t i = 0; i < spec->column_count; i++) {
        map[i] = lock->column_count;
        if (read[i]) {
            columns[lock->column_count] = (uint16_t)i;
            types[lock->column_count++] = spec->columns[i].type;
        }
    }
    lock->columns = columns;
    lock->column_types = types;
    return VV_OK;
}

/* The expression of each column of the node's rows. Columns that nobody reads are not among them. */
static vv_status lock_exprs(struct optimizer *o, const struct logical_node *logical,
                            const uint32_t *places, const uint32_t *map, uint32_t count,
                            struct physical_lock *lock)
{
    const struct expr **exprs = ARENA_ARRAY(o->arena, const struct expr *, count);

    if (exprs == NULL) {
        return VV_NOMEM;
    }
    /* Of columns with one place the last is the one that stands there (pick_needed). */
    for (uint32_t i = 0; i < logical->column_count; i++) {
        if (places[i] < count) {
            exprs[places[i]] = logical->lock.exprs[i];
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        exprs[i] = expr_renumber_columns(o->arena, exprs[i], map);
        if (exprs[i] == NULL) {
            return VV_NOMEM;
        }
    }
    lock->expr_count = count;
    lock->exprs = exprs;
    return VV_OK;
}

vv_status planner_lock(struct optimizer *o, const struct logical_node *logical,
                       const struct wish *wish, struct planned *planned)
{
    const struct logical_node *input = logical->inputs[0];
    const struct expr *condition = logical->lock.condition;
    bool *needed = planner_bitmap(o, input->column_count);
    uint32_t *map = ARENA_ARRAY(o->arena, uint32_t, logical->lock.lock.table->spec.column_count);
    struct wish below = *wish;
    struct planned source = {NULL, NULL};
    struct physical_node *node = NULL;

    if (needed == NULL || map == NULL) {
        return VV_NOMEM;
    }
    if (wish->key_count > 0) {
        return VV_OK; /* rows change while they are locked: who wants an order sorts above */
    }
    memcpy(needed, wish->needed, logical->column_count * sizeof needed[0]);
    needed[logical->column_count] = true;
    below.needed = needed;
    VV_TRY(planner_plan(o, input, &below, &source));
    node = planner_node(o, PHYSICAL_LOCK, source.node);
    if (node == NULL) {
        return VV_NOMEM;
    }
    node->column_count--;
    VV_ASSERT(source.map[logical->column_count] == node->column_count);
    condition = condition != NULL && planner_is_true(condition) ? NULL : condition;
    node->lock.lock = logical->lock.lock;
    VV_TRY(lock_columns(o, logical, condition, &node->lock, map));
    VV_TRY(lock_exprs(o, logical, source.map, map, node->column_count, &node->lock));
    if (condition != NULL) {
        node->lock.recheck = expr_renumber_columns(o->arena, condition, map);
        if (node->lock.recheck == NULL) {
            return VV_NOMEM;
        }
    }
    node->cost.total += node->cost.rows * COST_TUPLE;
    return planner_finish(planned, node, source.map);
}
