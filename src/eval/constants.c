/*
 * constants.c - constants folded as PostgreSQL folds them (clauses.c, eval_const_expressions): with their errors.
 *
 * The optimizer leaves what fails where it is, because it may never be run. The expressions of an index run for
 * every row there will ever be: PostgreSQL folds them when it makes the index and refuses it, even over an empty
 * table; and what folding takes away is computed for no row. So this walk goes in PostgreSQL's order: arguments
 * before their call, and behind a decided AND, OR, CASE or COALESCE nothing more.
 */
#include "eval/eval.h"

struct folding {
    struct arena *arena;
    struct vv_error *error;
};

static vv_status fold(const struct folding *to, const struct expr *expr,
                      const struct expr **expr_out);

vv_status eval_fold_constants(const struct expr *expr, struct arena *arena,
                              const struct expr **expr_out, struct vv_error *error)
{
    struct folding to = {.arena = arena, .error = error};

    return fold(&to, expr, expr_out);
}

static bool is_constant(const struct expr *expr)
{
    return expr->kind == EXPR_CONSTANT;
}

static bool is_truth(const struct expr *expr, bool truth)
{
    return is_constant(expr) && expr->type == VALUE_BOOLEAN && !expr->constant.null &&
           expr->constant.boolean == truth;
}

static vv_status no_memory(const struct folding *to)
{
    return error_from_status(to->error, VV_NOMEM);
}

/* The constant that expr, which has no columns, is. */
static vv_status compute(const struct folding *to, const struct expr *expr,
                         const struct expr **expr_out)
{
    struct expr *constant = ARENA_NEW(to->arena, struct expr);

    if (constant == NULL) {
        return no_memory(to);
    }
    *constant = (struct expr){.kind = EXPR_CONSTANT,
                              .type = expr->type,
                              .modifier = VALUE_NO_MODIFIER,
                              .position = expr->position,
                              .depth = 1,
                              .weight = 1};
    *expr_out = constant;
    return eval_constant(expr, NULL, to->arena, &constant->constant, to->error);
}

/* The node over other arguments: the same one, if they are the same. */
static vv_status rebuild(const struct folding *to, const struct expr *expr, uint32_t count,
                         const struct expr *const *arguments, const struct expr **expr_out)
{
    bool same = count == expr->argument_count;

    for (uint32_t i = 0; same && i < count; i++) {
        same = arguments[i] == expr->arguments[i];
    }
    *expr_out = same ? expr : expr_with_arguments(to->arena, expr, count, arguments);
    return *expr_out == NULL ? no_memory(to) : VV_OK;
}

/* AND ends at a false, OR at a true; the other truth value says nothing. */
static vv_status fold_junction(const struct folding *to, const struct expr *expr,
                               const struct expr **arguments, const struct expr **expr_out)
{
    bool decides = expr->kind == EXPR_OR;
    uint32_t count = 0;

    for (uint32_t i = 0; i < expr->argument_count; i++) {
        VV_TRY(fold(to, expr->arguments[i], &arguments[count]));
        if (is_truth(arguments[count], decides)) {
            *expr_out = arguments[count];
            return VV_OK;
        }
        count += is_truth(arguments[count], !decides) ? 0 : 1;
    }
    if (count > 1) {
        return rebuild(to, expr, count, arguments, expr_out);
    }
    *expr_out = count == 1 ? arguments[0] : expr_boolean(to->arena, !decides);
    return *expr_out == NULL ? no_memory(to) : VV_OK;
}

/* A branch that cannot be taken is not looked at; a true condition makes its result the ELSE. */
static vv_status fold_case(const struct folding *to, const struct expr *expr,
                           const struct expr **arguments, const struct expr **expr_out)
{
    uint32_t count = 0;
    uint32_t i = 0;

    for (; i + 1 < expr->argument_count; i += 2) {
        VV_TRY(fold(to, expr->arguments[i], &arguments[count]));
        if (is_truth(arguments[count], true)) {
            i++;
            break;
        }
        if (!is_constant(arguments[count])) {
            VV_TRY(fold(to, expr->arguments[i + 1], &arguments[count + 1]));
            count += 2;
        }
    }
    VV_TRY(fold(to, expr->arguments[i], &arguments[count]));
    if (count == 0) {
        *expr_out = arguments[0];
        return VV_OK;
    }
    return rebuild(to, expr, count + 1, arguments, expr_out);
}

/* Without NULLs and what follows a constant. */
static vv_status fold_coalesce(const struct folding *to, const struct expr *expr,
                               const struct expr **arguments, const struct expr **expr_out)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < expr->argument_count; i++) {
        VV_TRY(fold(to, expr->arguments[i], &arguments[count]));
        if (!is_constant(arguments[count])) {
            count++;
        } else if (!arguments[count]->constant.null) {
            count++;
            break;
        }
    }
    if (count > 1) {
        return rebuild(to, expr, count, arguments, expr_out);
    }
    *expr_out = arguments[0]; /* the only one, or a NULL */
    return VV_OK;
}

static vv_status fold_call(const struct folding *to, const struct expr *expr,
                           const struct expr **arguments, const struct expr **expr_out)
{
    const struct function_entry *entry = function_entry((enum function_id)expr->function);
    bool calls = expr->kind == EXPR_FUNCTION || expr->kind == EXPR_CAST;
    bool null = false;
    bool all = true;

    for (uint32_t i = 0; i < expr->argument_count; i++) {
        VV_TRY(fold(to, expr->arguments[i], &arguments[i]));
        all = all && is_constant(arguments[i]);
        null = null || (is_constant(arguments[i]) && arguments[i]->constant.null);
    }
    VV_TRY(rebuild(to, expr, expr->argument_count, arguments, expr_out));
    if (calls && entry->volatility != FUNCTION_IMMUTABLE) {
        return VV_OK;
    }
    if (calls && entry->strict && null) {
        *expr_out = expr_null(to->arena, (enum value_type)expr->type, expr->position);
        return *expr_out == NULL ? no_memory(to) : VV_OK;
    }
    return all ? compute(to, *expr_out, expr_out) : VV_OK;
}

static vv_status fold(const struct folding *to, const struct expr *expr,
                      const struct expr **expr_out)
{
    const struct expr **arguments = NULL;

    *expr_out = expr;
    if (expr->kind == EXPR_CONSTANT || expr->kind == EXPR_COLUMN || expr->kind == EXPR_PARAMETER ||
        expr->kind == EXPR_AGGREGATE) {
        return VV_OK;
    }
    arguments = ARENA_ARRAY(to->arena, const struct expr *, expr->argument_count + 1u);
    if (arguments == NULL) {
        return no_memory(to);
    }
    switch (expr->kind) {
    case EXPR_AND:
    case EXPR_OR:
        return fold_junction(to, expr, arguments, expr_out);
    case EXPR_CASE:
        return fold_case(to, expr, arguments, expr_out);
    case EXPR_COALESCE:
        return fold_coalesce(to, expr, arguments, expr_out);
    default:
        return fold_call(to, expr, arguments, expr_out);
    }
}
