/* rewrite.c - walks over logical trees and expressions that rules share. */
#include "optimize/optimize_private.h"

static struct logical_node *node_copy(struct optimizer *o, const struct logical_node *node)
{
    struct logical_node *copy = ARENA_NEW(o->arena, struct logical_node);

    if (copy != NULL) {
        *copy = *node;
    }
    return copy;
}

const struct logical_node *rewrite_over(struct optimizer *o, const struct logical_node *node,
                                        const struct logical_node *input)
{
    struct logical_node *copy = node_copy(o, node);
    const struct logical_node **inputs = ARENA_ARRAY(o->arena, const struct logical_node *, 1);

    if (copy == NULL || inputs == NULL) {
        return NULL;
    }
    inputs[0] = input;
    copy->inputs = inputs;
    return copy;
}

vv_status rewrite_nodes(struct optimizer *o, const struct logical_node **node, rewrite_node rewrite)
{
    const struct logical_node *old = *node;
    const struct logical_node **inputs =
        ARENA_ARRAY(o->arena, const struct logical_node *, old->input_count);
    bool changed = false;

    if (inputs == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < old->input_count; i++) {
        inputs[i] = old->inputs[i];
        VV_TRY(rewrite_nodes(o, &inputs[i], rewrite));
        changed |= inputs[i] != old->inputs[i];
    }
    if (changed) {
        struct logical_node *copy = node_copy(o, old);

        if (copy == NULL) {
            return VV_NOMEM;
        }
        copy->inputs = inputs;
        *node = copy;
    }
    return rewrite(o, node);
}

vv_status rewrite_arguments(struct optimizer *o, const struct expr *expr, rewrite_expr rewrite,
                            const struct expr **expr_out)
{
    const struct expr **arguments = NULL; /* made with the first argument that changes */
    const struct expr *argument = NULL;
    struct expr like = *expr;
    bool changed = false;

    *expr_out = expr;
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (i == 0 || expr->arguments[i] != expr->arguments[i - 1]) {
            VV_TRY(rewrite(o, expr->arguments[i], &argument));
        }
        if (argument != expr->arguments[i] && arguments == NULL) {
            arguments =
                arena_copy(o->arena, expr->arguments, expr->argument_count * sizeof *arguments);
            if (arguments == NULL) {
                return VV_NOMEM;
            }
            changed = true;
        }
        if (arguments != NULL) {
            arguments[i] = argument;
        }
    }
    if (expr->kind == EXPR_AGGREGATE && expr->filter != NULL) {
        VV_TRY(rewrite(o, expr->filter, &like.filter));
        changed |= like.filter != expr->filter;
    }
    if (changed) {
        *expr_out = expr_with_arguments(o->arena, &like, expr->argument_count,
                                        arguments == NULL ? expr->arguments : arguments);
    }
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

static vv_status list_rewrite(struct optimizer *o, size_t count, const struct expr *const **list,
                              rewrite_expr rewrite)
{
    const struct expr **copies = ARENA_ARRAY(o->arena, const struct expr *, count);

    if (copies == NULL) {
        return VV_NOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        VV_TRY(rewrite(o, (*list)[i], &copies[i]));
    }
    *list = copies;
    return VV_OK;
}

static vv_status optional_rewrite(struct optimizer *o, const struct expr **expr,
                                  rewrite_expr rewrite)
{
    return *expr == NULL ? VV_OK : rewrite(o, *expr, expr);
}

static vv_status generated_rewrite(struct optimizer *o, uint32_t count,
                                   const struct modify_generated **list, rewrite_expr rewrite)
{
    struct modify_generated *copies = ARENA_ARRAY(o->arena, struct modify_generated, count);

    if (copies == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        copies[i] = (*list)[i];
        VV_TRY(rewrite(o, (*list)[i].value, &copies[i].value));
    }
    *list = copies;
    return VV_OK;
}

static vv_status conflict_rewrite(struct optimizer *o, const struct modify_conflict **conflict,
                                  rewrite_expr rewrite)
{
    struct modify_conflict *copy =
        *conflict == NULL ? NULL : arena_copy(o->arena, *conflict, sizeof *copy);

    if (*conflict == NULL) {
        return VV_OK;
    }
    if (copy == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(generated_rewrite(o, copy->assignment_count, &copy->assignments, rewrite));
    VV_TRY(optional_rewrite(o, &copy->where, rewrite));
    *conflict = copy;
    return VV_OK;
}

static vv_status rules_rewrite(struct optimizer *o, const struct modify_rules **rules,
                               rewrite_expr rewrite)
{
    struct modify_rules *copy = *rules == NULL ? NULL : arena_copy(o->arena, *rules, sizeof *copy);
    struct modify_check *checks = NULL;

    if (*rules == NULL) {
        return VV_OK;
    }
    checks = ARENA_ARRAY(o->arena, struct modify_check, (*rules)->check_count);
    if (copy == NULL || checks == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < copy->check_count; i++) {
        checks[i] = copy->checks[i];
        VV_TRY(rewrite(o, copy->checks[i].condition, &checks[i].condition));
    }
    copy->checks = checks;
    VV_TRY(generated_rewrite(o, copy->generated_count, &copy->generated, rewrite));
    VV_TRY(conflict_rewrite(o, &copy->conflict, rewrite));
    *rules = copy;
    return VV_OK;
}

static vv_status assignments_rewrite(struct optimizer *o, struct logical_node *node,
                                     rewrite_expr rewrite)
{
    struct logical_assignment *copies =
        ARENA_ARRAY(o->arena, struct logical_assignment, node->modify.assignment_count);

    if (copies == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < node->modify.assignment_count; i++) {
        copies[i].column = node->modify.assignments[i].column;
        VV_TRY(rewrite(o, node->modify.assignments[i].value, &copies[i].value));
    }
    node->modify.assignments = copies;
    return VV_OK;
}

/* The expressions of one node, in a copy of it. */
static vv_status node_exprs_rewrite(struct optimizer *o, struct logical_node *node,
                                    rewrite_expr rewrite)
{
    switch (node->kind) {
    case LOGICAL_VALUES:
        return list_rewrite(o, (size_t)node->values.row_count * node->column_count,
                            &node->values.cells, rewrite);
    case LOGICAL_FILTER:
        return rewrite(o, node->filter.condition, &node->filter.condition);
    case LOGICAL_PROJECT:
        return list_rewrite(o, node->column_count, &node->project.exprs, rewrite);
    case LOGICAL_AGGREGATE:
        VV_TRY(list_rewrite(o, node->aggregate.key_count, &node->aggregate.keys, rewrite));
        return list_rewrite(o, node->aggregate.aggregate_count, &node->aggregate.aggregates,
                            rewrite);
    case LOGICAL_LIMIT:
        VV_TRY(optional_rewrite(o, &node->limit.count, rewrite));
        return optional_rewrite(o, &node->limit.offset, rewrite);
    case LOGICAL_LOCK:
        VV_TRY(optional_rewrite(o, &node->lock.condition, rewrite));
        return list_rewrite(o, node->column_count, &node->lock.exprs, rewrite);
    case LOGICAL_JOIN:
        return optional_rewrite(o, &node->join.condition, rewrite);
    case LOGICAL_UPDATE:
        VV_TRY(assignments_rewrite(o, node, rewrite));
        return rules_rewrite(o, &node->modify.rules, rewrite);
    case LOGICAL_INSERT:
    case LOGICAL_DELETE:
        return rules_rewrite(o, &node->modify.rules, rewrite);
    default:
        return VV_OK;
    }
}

vv_status rewrite_exprs(struct optimizer *o, const struct logical_node **node, rewrite_expr rewrite)
{
    struct logical_node *copy = node_copy(o, *node);
    const struct logical_node **inputs = NULL;

    if (copy == NULL) {
        return VV_NOMEM;
    }
    inputs = ARENA_ARRAY(o->arena, const struct logical_node *, copy->input_count);
    if (inputs == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < copy->input_count; i++) {
        inputs[i] = copy->inputs[i];
        VV_TRY(rewrite_exprs(o, &inputs[i], rewrite));
    }
    copy->inputs = inputs;
    VV_TRY(node_exprs_rewrite(o, copy, rewrite));
    *node = copy;
    return VV_OK;
}

vv_status rewrite_and(struct optimizer *o, uint32_t count, const struct expr *const *arguments,
                      const struct expr **expr_out)
{
    struct expr like = {.kind = EXPR_AND, .type = VALUE_BOOLEAN, .modifier = VALUE_NO_MODIFIER};

    *expr_out = count == 1 ? arguments[0] : NULL;
    if (count > 1) {
        *expr_out = expr_with_arguments(o->arena, &like, count, arguments);
        return *expr_out == NULL ? VV_NOMEM : VV_OK;
    }
    return VV_OK;
}
