/*
 * rule_unwrap_casts.c - column::bigint = 5 becomes column = 5.
 *
 * PostgreSQL has operators across the integer types (int48eq); here the binder widens the column. When
 * the other side is a constant that fits the narrow type, the comparison is done narrow: the same truth
 * for every row, and an index on the column can serve it.
 */
#include "optimize/optimize_private.h"

static bool is_widened_column(const struct expr *expr)
{
    return expr->kind == EXPR_CAST && expr->cast_context != CAST_EXPLICIT &&
           expr->function == FUNCTION_CAST_INTEGER_BIGINT;
}

static bool fits_narrow(const struct expr *expr)
{
    return expr->kind == EXPR_CONSTANT && expr->type == VALUE_BIGINT &&
           (expr->constant.null ||
            (expr->constant.integer >= INT32_MIN && expr->constant.integer <= INT32_MAX));
}

static const struct expr *narrowed(struct optimizer *o, const struct expr *expr)
{
    struct value value = expr->kind == EXPR_CONSTANT ? expr->constant : value_null(VALUE_INTEGER);

    if (expr->kind != EXPR_CONSTANT) {
        return expr->arguments[0];
    }
    value.type = VALUE_INTEGER;
    return expr_constant(o->arena, value, expr->position);
}

/* Whether one argument is a widened column and all others are narrow constants. */
static bool is_candidate(const struct expr *expr)
{
    uint32_t widened = 0;

    if (expr->kind != EXPR_IN &&
        (expr->kind != EXPR_FUNCTION ||
         function_comparison((enum function_id)expr->function) == FUNCTION_COMPARISON_NONE)) {
        return false;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (is_widened_column(expr->arguments[i]) && (i == 0 || expr->kind != EXPR_IN)) {
            widened++;
        } else if (!fits_narrow(expr->arguments[i])) {
            return false;
        }
    }
    return widened == 1;
}

static vv_status unwrap(struct optimizer *o, const struct expr *expr, const struct expr **expr_out)
{
    const struct expr **arguments = NULL;
    struct expr like;

    VV_TRY(rewrite_arguments(o, expr, unwrap, expr_out));
    expr = *expr_out;
    if (!is_candidate(expr)) {
        return VV_OK;
    }
    arguments = ARENA_ARRAY(o->arena, const struct expr *, expr->argument_count);
    if (arguments == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        arguments[i] = narrowed(o, expr->arguments[i]);
        if (arguments[i] == NULL) {
            return VV_NOMEM;
        }
    }
    like = *expr;
    like.function = (uint16_t)function_comparison_of(
        VALUE_INTEGER, function_comparison((enum function_id)expr->function));
    *expr_out = expr_with_arguments(o->arena, &like, expr->argument_count, arguments);
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

vv_status rule_unwrap_casts(struct optimizer *o, const struct logical_node **node)
{
    return rewrite_exprs(o, node, unwrap);
}
