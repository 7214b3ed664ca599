/*
 * rule_unwrap_casts.c - column::bigint = 5 becomes column = 5.
 *
 * PostgreSQL has operators across the integer types (int24eq, int48eq); here the binder widens the column. When
 * the other side is a constant that fits the narrow type, the comparison is done narrow: the same truth
 * for every row, and an index on the column can serve it.
 */
#include "optimize/optimize_private.h"

static bool is_widened_column(const struct expr *expr)
{
    return expr->kind == EXPR_CAST && expr->cast_context != CAST_EXPLICIT &&
           (expr->function == FUNCTION_CAST_INTEGER_BIGINT ||
            expr->function == FUNCTION_CAST_SMALLINT_INTEGER ||
            expr->function == FUNCTION_CAST_SMALLINT_BIGINT);
}

static bool fits_narrow(const struct expr *expr, enum value_type narrow)
{
    int64_t high = narrow == VALUE_SMALLINT ? INT16_MAX : INT32_MAX;

    return expr->kind == EXPR_CONSTANT &&
           (expr->type == VALUE_BIGINT || expr->type == VALUE_INTEGER) &&
           (expr->constant.null ||
            (expr->constant.integer >= -high - 1 && expr->constant.integer <= high));
}

static const struct expr *narrowed(struct optimizer *o, const struct expr *expr,
                                   enum value_type narrow)
{
    struct value value = expr->kind == EXPR_CONSTANT ? expr->constant : value_null(narrow);

    if (expr->kind != EXPR_CONSTANT) {
        return expr->arguments[0];
    }
    value.type = (uint8_t)narrow;
    return expr_constant(o->arena, value, expr->position);
}

/* Whether one argument is a widened column and all others are constants that its own type holds. */
static bool is_candidate(const struct expr *expr, enum value_type *narrow_out)
{
    enum value_type narrow = VALUE_UNKNOWN;

    *narrow_out = VALUE_UNKNOWN;

    if (expr->kind != EXPR_IN &&
        (expr->kind != EXPR_FUNCTION ||
         function_comparison((enum function_id)expr->function) == FUNCTION_COMPARISON_NONE)) {
        return false;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (!is_widened_column(expr->arguments[i]) || (i != 0 && expr->kind == EXPR_IN)) {
            continue;
        }
        if (narrow != VALUE_UNKNOWN) {
            return false;
        }
        narrow = (enum value_type)expr->arguments[i]->arguments[0]->type;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        if (expr->arguments[i]->kind != EXPR_CAST && !fits_narrow(expr->arguments[i], narrow)) {
            return false;
        }
        if (expr->arguments[i]->kind == EXPR_CAST &&
            (!is_widened_column(expr->arguments[i]) || (i != 0 && expr->kind == EXPR_IN))) {
            return false;
        }
    }
    *narrow_out = narrow;
    return narrow != VALUE_UNKNOWN;
}

static vv_status unwrap(struct optimizer *o, const struct expr *expr, const struct expr **expr_out)
{
    const struct expr **arguments = NULL;
    struct expr like;
    enum value_type narrow;

    VV_TRY(rewrite_arguments(o, expr, unwrap, expr_out));
    expr = *expr_out;
    if (!is_candidate(expr, &narrow)) {
        return VV_OK;
    }
    arguments = ARENA_ARRAY(o->arena, const struct expr *, expr->argument_count);
    if (arguments == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        arguments[i] = narrowed(o, expr->arguments[i], narrow);
        if (arguments[i] == NULL) {
            return VV_NOMEM;
        }
    }
    like = *expr;
    like.function = (uint16_t)function_comparison_of(
        narrow, function_comparison((enum function_id)expr->function));
    *expr_out = expr_with_arguments(o->arena, &like, expr->argument_count, arguments);
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

vv_status rule_unwrap_casts(struct optimizer *o, const struct logical_node **node)
{
    return rewrite_exprs(o, node, unwrap);
}
