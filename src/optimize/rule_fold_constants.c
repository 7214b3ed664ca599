/*
 * rule_fold_constants.c - what can be computed now is computed now (PostgreSQL: clauses.c,
 * eval_const_expressions and negate_clause).
 *
 * Only immutable functions, and only when they do not fail: 1/0 stays as it is and fails when it is run,
 * if it is run (O3). NOT moves inward: NOT (a < b) is a >= b, so that an index can serve it. In a WHERE or HAVING a NULL
 * decides as false does (PostgreSQL: prepqual.c, find_duplicate_ors).
 */
#include "base/limits.h"
#include "eval/eval.h"
#include "optimize/optimize_private.h"

static vv_status fold(struct optimizer *o, const struct expr *expr, const struct expr **expr_out);
static vv_status negate(struct optimizer *o, const struct expr *expr, const struct expr **expr_out);
static vv_status fold_junction(struct optimizer *o, const struct expr *expr,
                               const struct expr **expr_out);
static vv_status fold_filter(struct optimizer *o, const struct logical_node **node);
static vv_status fold_function(struct optimizer *o, const struct expr *expr,
                               const struct expr **expr_out);

vv_status rule_fold_constants(struct optimizer *o, const struct logical_node **node)
{
    VV_TRY(rewrite_exprs(o, node, fold));
    return rewrite_nodes(o, node, fold_filter);
}

static bool is_constant(const struct expr *expr)
{
    return expr->kind == EXPR_CONSTANT;
}

static bool is_boolean(const struct expr *expr, bool truth)
{
    return is_constant(expr) && expr->type == VALUE_BOOLEAN && !expr->constant.null &&
           expr->constant.boolean == truth;
}

static bool is_null(const struct expr *expr)
{
    return is_constant(expr) && expr->constant.null;
}

static bool all_constant(const struct expr *expr)
{
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (!is_constant(expr->arguments[i])) {
            return false;
        }
    }
    return true;
}

/* Evaluates a node whose arguments are constants; one that fails stays (O3). */
static vv_status fold_value(struct optimizer *o, const struct expr *expr,
                            const struct expr **expr_out)
{
    struct value value;
    vv_status status = VV_OK;
    struct expr *constant = NULL;

    *expr_out = expr;
    if (function_entry((enum function_id)expr->function)->volatility != FUNCTION_IMMUTABLE) {
        return VV_OK;
    }
    status = eval_constant(expr, NULL, o->arena, &value, NULL);
    if (status != VV_OK) {
        return status == VV_NOMEM ? VV_NOMEM : VV_OK;
    }
    constant = ARENA_NEW(o->arena, struct expr);
    if (constant == NULL) {
        return VV_NOMEM;
    }
    *constant = (struct expr){.kind = EXPR_CONSTANT,
                              .type = expr->type,
                              .modifier = VALUE_NO_MODIFIER,
                              .position = expr->position,
                              .depth = 1,
                              .weight = 1,
                              .constant = value};
    constant->print_plain = expr->kind == EXPR_CAST && expr->cast_context != CAST_EXPLICIT &&
                            expr->type == VALUE_BIGINT && expr->arguments[0]->type == VALUE_INTEGER;
    *expr_out = constant;
    return VV_OK;
}

/* AND without true, nested ANDs and what follows a false, with one NULL at most; OR likewise. */
static vv_status fold_junction(struct optimizer *o, const struct expr *expr,
                               const struct expr **expr_out)
{
    bool neutral = expr->kind == EXPR_AND;
    const struct expr **arguments = NULL;
    uint32_t room = 0;
    uint32_t count = 0;
    bool has_null = false;

    for (uint32_t i = 0; i < expr->argument_count; i++) {
        const struct expr *argument = expr->arguments[i];

        room += argument->kind == expr->kind ? argument->argument_count : 1;
        if (is_boolean(argument, !neutral)) {
            *expr_out = argument;
            return VV_OK;
        }
    }
    arguments = ARENA_ARRAY(o->arena, const struct expr *, room);
    if (arguments == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        const struct expr *argument = expr->arguments[i];

        if (argument->kind == expr->kind) {
            for (uint32_t k = 0; k < argument->argument_count; k++) {
                arguments[count++] = argument->arguments[k];
            }
        } else if (!is_boolean(argument, neutral) && !(is_null(argument) && has_null)) {
            arguments[count++] = argument;
            has_null |= is_null(argument);
        }
    }
    if (count == 0) {
        *expr_out = expr_boolean(o->arena, neutral);
    } else {
        *expr_out =
            count == 1 ? arguments[0] : expr_with_arguments(o->arena, expr, count, arguments);
    }
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

/* Drops branches that cannot be taken; what follows a true condition is the else. */
static vv_status fold_case(struct optimizer *o, const struct expr *expr,
                           const struct expr **expr_out)
{
    const struct expr **arguments =
        ARENA_ARRAY(o->arena, const struct expr *, expr->argument_count);
    uint32_t count = 0;
    uint32_t i = 0;

    if (arguments == NULL) {
        return VV_NOMEM;
    }
    for (; i + 1 < expr->argument_count; i += 2) {
        const struct expr *when = expr->arguments[i];

        if (is_boolean(when, true)) {
            i++; /* its result is the else */
            break;
        }
        if (!is_boolean(when, false) && !is_null(when)) {
            arguments[count++] = when;
            arguments[count++] = expr->arguments[i + 1];
        }
    }
    arguments[count++] = expr->arguments[i];
    if (count == expr->argument_count) {
        *expr_out = expr;
        return VV_OK;
    }
    *expr_out = count == 1 ? arguments[0] : expr_with_arguments(o->arena, expr, count, arguments);
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

/* COALESCE without NULL constants and without what follows a constant. */
static vv_status fold_coalesce(struct optimizer *o, const struct expr *expr,
                               const struct expr **expr_out)
{
    const struct expr **arguments =
        ARENA_ARRAY(o->arena, const struct expr *, expr->argument_count);
    uint32_t count = 0;

    if (arguments == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (!is_null(expr->arguments[i])) {
            arguments[count++] = expr->arguments[i];
            if (is_constant(expr->arguments[i])) {
                break;
            }
        }
    }
    if (count == expr->argument_count && count > 1) {
        *expr_out = expr;
        return VV_OK;
    }
    *expr_out = count == 0   ? expr->arguments[0]
                : count == 1 ? arguments[0]
                             : expr_with_arguments(o->arena, expr, count, arguments);
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

/* substring(text, pattern, escape) is PostgreSQL's SQL function substring(text, similar_to_escape(pattern, escape)), which it
 * writes out: so a bad escape is told of a NULL text too, unless that is a constant. */
static vv_status inline_substring(struct optimizer *o, const struct expr *expr,
                                  const struct expr **expr_out)
{
    const struct expr *arguments[2] = {expr->arguments[0], NULL};

    arguments[1] =
        expr_call(o->arena, FUNCTION_SIMILAR_TO_ESCAPE_BY, expr->position, 2, expr->arguments + 1);
    if (arguments[1] == NULL) {
        return VV_NOMEM;
    }
    if (expr_too_deep(2, arguments)) {
        return VV_OK;
    }
    VV_TRY(fold_function(o, arguments[1], &arguments[1]));
    *expr_out = expr_call(o->arena, FUNCTION_SUBSTRING_REGEX, expr->position, 2, arguments);
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

/* The function over four moments, and what adds a length to one, for an overlaps() with lengths; FUNCTION_NONE: it is another. */
static enum function_id overlaps_of_moments(enum function_id function, enum function_id *add_out)
{
    switch (function) {
    case FUNCTION_OVERLAPS_TIMESTAMPTZ_2:
    case FUNCTION_OVERLAPS_TIMESTAMPTZ_3:
    case FUNCTION_OVERLAPS_TIMESTAMPTZ_4:
        *add_out = FUNCTION_TIMESTAMPTZ_ADD_INTERVAL;
        return FUNCTION_OVERLAPS_TIMESTAMPTZ_1;
    case FUNCTION_OVERLAPS_TIMESTAMP_2:
    case FUNCTION_OVERLAPS_TIMESTAMP_3:
    case FUNCTION_OVERLAPS_TIMESTAMP_4:
        *add_out = FUNCTION_TIMESTAMP_ADD_INTERVAL;
        return FUNCTION_OVERLAPS_TIMESTAMP_1;
    case FUNCTION_OVERLAPS_TIME_2:
    case FUNCTION_OVERLAPS_TIME_3:
    case FUNCTION_OVERLAPS_TIME_4:
        *add_out = FUNCTION_TIME_ADD_INTERVAL;
        return FUNCTION_OVERLAPS_TIME_1;
    default:
        return FUNCTION_NONE;
    }
}

/* (a, b) OVERLAPS (c, d) with lengths is PostgreSQL's SQL function (a, a + b) OVERLAPS (c, c + d), which it writes out: so the
 * length of a NULL start is never computed. */
static vv_status inline_overlaps(struct optimizer *o, const struct expr *expr,
                                 const struct expr **expr_out)
{
    const struct expr *arguments[4];
    enum function_id add = FUNCTION_NONE;
    enum function_id moments = overlaps_of_moments((enum function_id)expr->function, &add);

    if (moments == FUNCTION_NONE) {
        return VV_OK;
    }
    for (uint32_t i = 0; i < 4; i++) {
        arguments[i] = expr->arguments[i];
        if (arguments[i]->type == VALUE_INTERVAL) {
            arguments[i] = expr_call(o->arena, add, expr->position, 2, expr->arguments + i - 1);
            if (arguments[i] == NULL) {
                return VV_NOMEM;
            }
            VV_TRY(fold_function(o, arguments[i], &arguments[i]));
        }
    }
    if (expr_too_deep(4, arguments)) {
        return VV_OK;
    }
    *expr_out = expr_call(o->arena, moments, expr->position, 4, arguments);
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

/* A strict function of a NULL is NULL. */
static vv_status fold_function(struct optimizer *o, const struct expr *expr,
                               const struct expr **expr_out)
{
    const struct function_entry *entry = function_entry((enum function_id)expr->function);

    *expr_out = expr;
    for (uint32_t i = 0; entry->strict && i < expr->argument_count; i++) {
        if (is_null(expr->arguments[i]) && expr_volatility(expr) != FUNCTION_VOLATILE) {
            *expr_out = expr_null(o->arena, (enum value_type)expr->type, expr->position);
            return *expr_out == NULL ? VV_NOMEM : VV_OK;
        }
    }
    if (expr->function == FUNCTION_SUBSTRING_SIMILAR && expr->kind == EXPR_FUNCTION &&
        !all_constant(expr)) {
        return inline_substring(o, expr, expr_out);
    }
    if (expr->kind == EXPR_FUNCTION && !all_constant(expr)) {
        return inline_overlaps(o, expr, expr_out);
    }
    return all_constant(expr) ? fold_value(o, expr, expr_out) : VV_OK;
}

static vv_status fold(struct optimizer *o, const struct expr *expr, const struct expr **expr_out)
{
    VV_TRY(rewrite_arguments(o, expr, fold, expr_out));
    expr = *expr_out;
    switch (expr->kind) {
    case EXPR_CONSTANT:
    case EXPR_PARAMETER:
    case EXPR_COLUMN:
    case EXPR_AGGREGATE:
        return VV_OK;
    case EXPR_AND:
    case EXPR_OR:
        return fold_junction(o, expr, expr_out);
    case EXPR_NOT:
        return negate(o, expr->arguments[0], expr_out);
    case EXPR_CASE:
        return fold_case(o, expr, expr_out);
    case EXPR_COALESCE:
        return fold_coalesce(o, expr, expr_out);
    case EXPR_FUNCTION:
    case EXPR_CAST:
        return fold_function(o, expr, expr_out);
    case EXPR_NULLIF:
        if ((is_null(expr->arguments[0]) || is_null(expr->arguments[1])) && /* not equal */
            expr->arguments[0]->type ==
                expr->type) { /* a VARCHAR is compared as TEXT, and becomes one */
            *expr_out = expr->arguments[0];
            return VV_OK;
        }
        return all_constant(expr) ? fold_value(o, expr, expr_out) : VV_OK;
    default:
        return all_constant(expr) ? fold_value(o, expr, expr_out) : VV_OK;
    }
}

/* ---- conditions ---- */

/* A condition whose NULL is as good as false. */
static vv_status fold_condition(struct optimizer *o, const struct expr *expr,
                                const struct expr **expr_out)
{
    *expr_out = expr;
    if (is_constant(expr) && expr->constant.null) {
        *expr_out = expr_boolean(o->arena, false);
    } else if (expr->kind == EXPR_AND || expr->kind == EXPR_OR) {
        VV_TRY(rewrite_arguments(o, expr, fold_condition, expr_out));
        return fold_junction(o, *expr_out, expr_out);
    }
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

static vv_status fold_filter(struct optimizer *o, const struct logical_node **node)
{
    struct logical_node *copy = NULL;
    const struct expr *condition = NULL;

    if ((*node)->kind != LOGICAL_FILTER) {
        return VV_OK;
    }
    VV_TRY(fold_condition(o, (*node)->filter.condition, &condition));
    if (condition == (*node)->filter.condition) {
        return VV_OK;
    }
    copy = arena_copy(o->arena, *node, sizeof *copy);
    if (copy == NULL) {
        return VV_NOMEM;
    }
    copy->filter.condition = condition;
    *node = copy;
    return VV_OK;
}

/* ---- NOT ---- */

static vv_status negate_plainly(struct optimizer *o, const struct expr *expr,
                                const struct expr **expr_out)
{
    struct expr like = {.kind = EXPR_NOT,
                        .type = VALUE_BOOLEAN,
                        .modifier = VALUE_NO_MODIFIER,
                        .position = expr->position};

    *expr_out = expr_with_arguments(o->arena, &like, 1, &expr);
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

/* Also for `x ~~ y`: the operator that says the opposite; FUNCTION_NONE: none. */
static enum function_id negator(enum function_id function)
{
    enum function_comparison comparison = function_comparison(function);

    if (comparison != FUNCTION_COMPARISON_NONE) {
        return function_comparison_of((enum value_type)function_entry(function)->argument_types[0],
                                      function_comparison_negated(comparison));
    }
    switch (function) {
    case FUNCTION_TEXT_LIKE:
        return FUNCTION_TEXT_NOT_LIKE;
    case FUNCTION_TEXT_NOT_LIKE:
        return FUNCTION_TEXT_LIKE;
    case FUNCTION_TEXT_ILIKE:
        return FUNCTION_TEXT_NOT_ILIKE;
    case FUNCTION_TEXT_NOT_ILIKE:
        return FUNCTION_TEXT_ILIKE;
    case FUNCTION_TEXT_REGEX:
        return FUNCTION_TEXT_NOT_REGEX;
    case FUNCTION_TEXT_NOT_REGEX:
        return FUNCTION_TEXT_REGEX;
    case FUNCTION_TEXT_IREGEX:
        return FUNCTION_TEXT_NOT_IREGEX;
    case FUNCTION_TEXT_NOT_IREGEX:
        return FUNCTION_TEXT_IREGEX;
    default:
        return FUNCTION_NONE;
    }
}

/* NOT (a AND b) is NOT a OR NOT b. */
static vv_status negate_junction(struct optimizer *o, const struct expr *expr,
                                 const struct expr **expr_out)
{
    const struct expr **arguments =
        ARENA_ARRAY(o->arena, const struct expr *, expr->argument_count);
    struct expr like = *expr;

    if (arguments == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        VV_TRY(negate(o, expr->arguments[i], &arguments[i]));
    }
    like.kind = expr->kind == EXPR_AND ? EXPR_OR : EXPR_AND;
    if (expr_too_deep(expr->argument_count, arguments)) {
        return negate_plainly(o, expr, expr_out);
    }
    *expr_out = expr_with_arguments(o->arena, &like, expr->argument_count, arguments);
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

/* NOT of a folded expression. */
static vv_status negate(struct optimizer *o, const struct expr *expr, const struct expr **expr_out)
{
    struct expr like = *expr;
    enum function_id opposite = FUNCTION_NONE;

    switch (expr->kind) {
    case EXPR_CONSTANT:
        *expr_out = expr->constant.null ? expr : expr_boolean(o->arena, !expr->constant.boolean);
        return *expr_out == NULL ? VV_NOMEM : VV_OK;
    case EXPR_NOT:
        *expr_out = expr->arguments[0];
        return VV_OK;
    case EXPR_AND:
    case EXPR_OR:
        return negate_junction(o, expr, expr_out);
    case EXPR_IS_NULL:
    case EXPR_IS_TRUE:
    case EXPR_IS_FALSE:
    case EXPR_IS_DISTINCT:
    case EXPR_IN:
        like.negated = !expr->negated;
        break;
    case EXPR_FUNCTION:
        opposite = negator((enum function_id)expr->function);
        if (opposite == FUNCTION_NONE) {
            return negate_plainly(o, expr, expr_out);
        }
        like.function = (uint16_t)opposite;
        break;
    default:
        return negate_plainly(o, expr, expr_out);
    }
    *expr_out = expr_with_arguments(o->arena, &like, expr->argument_count, expr->arguments);
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}
