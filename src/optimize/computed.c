/*
 * computed.c - what a table's indexes compute, as the planner's clauses see it.
 *
 * Each expression that an index has as a part gets a number behind the table's columns, one number for equal
 * expressions. So WHERE lower(name) = 'x' is a clause on a column like any other, ORDER BY lower(name) an order
 * of one, and matching clauses with indexes needs no second way. The expressions go through the same rules as
 * the statement's own: only then are they equal. A part whose collation folds is such an expression too: the fold.
 */
#include "optimize/optimize_private.h"
#include "plan/bind.h"

/* Rewrites expressions as the rules rewrite those of a plan. */
static vv_status exprs_rewrite(struct optimizer *o, uint32_t count, const struct expr **exprs)
{
    const struct logical_node *node = logical_result(o->arena);

    node = node == NULL ? NULL : logical_project(o->arena, node, count, exprs);
    if (node == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(rule_fold_constants(o, &node));
    VV_TRY(rule_unwrap_casts(o, &node));
    for (uint32_t i = 0; i < count; i++) {
        exprs[i] = node->project.exprs[i];
    }
    return VV_OK;
}

static uint16_t number_give(struct computed *computed, const struct expr *expr)
{
    uint32_t columns = computed->table->spec.column_count;
    uint32_t i = 0;

    while (i < computed->count && !expr_equal(computed->exprs[i], expr)) {
        i++;
    }
    if (i == computed->count) {
        computed->exprs[computed->count++] = expr;
    }
    return (uint16_t)(columns + i);
}

/* What orders the entries by a part, if that is not the column itself: its expression, or the fold of either. */
static vv_status part_compute(struct optimizer *o, const struct table_index_part *part,
                              const struct expr *expression, const struct expr **expr_out)
{
    *expr_out = expression;
    if (!value_collation_folds((enum value_collation)part->collation)) {
        return VV_OK;
    }
    if (expression == NULL) {
        expression = expr_column(o->arena, part->column, (enum value_type)part->type, 0);
    }
    *expr_out = expr_fold(o->arena, (enum value_collation)part->collation, expression);
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

/* rule NULL: the index has no expressions and no predicate. */
static vv_status index_compute(struct optimizer *o, struct computed *computed,
                               const struct table_index *index, const struct index_rule *rule)
{
    uint32_t place = (uint32_t)(index - computed->table->spec.indexes);
    const struct expr **parts = ARENA_ARRAY(o->arena, const struct expr *, index->part_count);
    const struct expr **exprs = ARENA_ARRAY(o->arena, const struct expr *, index->part_count + 1u);
    uint16_t *numbers = ARENA_ARRAY(o->arena, uint16_t, index->part_count);
    uint32_t count = 0;

    if (parts == NULL || exprs == NULL || numbers == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < index->part_count; i++) {
        VV_TRY(part_compute(o, &index->parts[i], rule == NULL ? NULL : rule->parts[i], &parts[i]));
        if (parts[i] != NULL) {
            exprs[count++] = parts[i];
        }
    }
    if (rule != NULL && rule->predicate != NULL) {
        exprs[count++] = rule->predicate;
    }
    VV_TRY(exprs_rewrite(o, count, exprs));
    if (rule != NULL && rule->predicate != NULL) {
        computed->predicates[place] = exprs[--count];
    }
    count = 0;
    for (uint32_t i = 0; i < index->part_count; i++) {
        numbers[i] =
            parts[i] == NULL ? index->parts[i].column : number_give(computed, exprs[count++]);
    }
    computed->numbers[place] = numbers;
    return VV_OK;
}

static bool has_folds(const struct table_index *index)
{
    for (uint32_t i = 0; i < index->part_count; i++) {
        if (value_collation_folds((enum value_collation)index->parts[i].collation)) {
            return true;
        }
    }
    return false;
}

static vv_status computed_make(struct optimizer *o, const struct table_def *table,
                               struct computed *computed)
{
    const struct index_rule *rules = NULL;
    uint32_t count = 0;
    uint32_t parts = 0;

    computed->table = table;
    VV_TRY(bind_index_rules(table, o->arena, &rules, &count, o->error));
    for (uint32_t i = 0; i < table->spec.index_count; i++) {
        parts += table->spec.indexes[i].part_count;
    }
    computed->exprs = ARENA_ARRAY(o->arena, const struct expr *, parts);
    computed->predicates = ARENA_ARRAY(o->arena, const struct expr *, table->spec.index_count);
    computed->numbers = ARENA_ARRAY(o->arena, const uint16_t *, table->spec.index_count);
    if (computed->exprs == NULL || computed->predicates == NULL || computed->numbers == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0, rule = 0; i < table->spec.index_count; i++) {
        const struct table_index *index = &table->spec.indexes[i];

        if (rule < count && rules[rule].index == index) {
            VV_TRY(index_compute(o, computed, index, &rules[rule++]));
        } else if (has_folds(index)) {
            VV_TRY(index_compute(o, computed, index, NULL));
        }
    }
    return VV_OK;
}

vv_status computed_of(struct optimizer *o, const struct table_def *table,
                      const struct computed **computed_out)
{
    struct computed *computed = o->computed;
    bool any = false;

    *computed_out = NULL;
    for (uint32_t i = 0; table != NULL && i < table->spec.index_count; i++) {
        any = any || table_index_is_computed(&table->spec.indexes[i]) ||
              has_folds(&table->spec.indexes[i]);
    }
    while (any && computed != NULL && computed->table != table) {
        computed = computed->next;
    }
    if (any && computed == NULL) {
        computed = ARENA_NEW(o->arena, struct computed);
        if (computed == NULL) {
            return VV_NOMEM;
        }
        VV_TRY(computed_make(o, table, computed));
        computed->next = o->computed;
        o->computed = computed;
    }
    *computed_out = any ? computed : NULL;
    return VV_OK;
}

uint16_t computed_number(const struct computed *computed, const struct expr *expr)
{
    if (expr->kind == EXPR_COLUMN) {
        return (uint16_t)expr->column;
    }
    for (uint32_t i = 0; computed != NULL && i < computed->count; i++) {
        if (expr_equal(computed->exprs[i], expr)) {
            return (uint16_t)(computed->table->spec.column_count + i);
        }
    }
    return TABLE_NO_COLUMN;
}

uint16_t computed_part(const struct computed *computed, const struct table_def *table,
                       const struct table_index *index, uint32_t part)
{
    const uint16_t *numbers =
        computed == NULL ? NULL : computed->numbers[index - table->spec.indexes];

    return numbers == NULL ? index->parts[part].column : numbers[part];
}

const struct expr *computed_predicate(const struct computed *computed,
                                      const struct table_def *table,
                                      const struct table_index *index)
{
    return computed == NULL ? NULL : computed->predicates[index - table->spec.indexes];
}
