/*
 * constants.c - the errors that PostgreSQL meets while it folds constants (clauses.c, eval_const_expressions).
 *
 * The optimizer leaves what fails where it is, because it may never be run. The expressions of an index run for
 * every row there will ever be: PostgreSQL folds them when it makes the index and refuses it, even over an empty
 * table. So this walk computes what has no columns in PostgreSQL's order: arguments before their call, and
 * behind a decided AND, OR, CASE or COALESCE nothing more.
 */
#include "eval/eval.h"

/* What is known of a node: its value, or (not constant) nothing. */
struct constant {
    bool known;
    struct value value;
};

static vv_status fold(const struct expr *expr, struct arena *arena, struct constant *out,
                      struct vv_error *error);

vv_status eval_constants_check(const struct expr *expr, struct arena *arena, struct vv_error *error)
{
    struct constant constant;

    return fold(expr, arena, &constant, error);
}

static bool is_true(const struct constant *constant)
{
    return constant->known && !constant->value.null && constant->value.boolean;
}

static vv_status compute(const struct expr *expr, struct arena *arena, struct constant *out,
                         struct vv_error *error)
{
    out->known = true;
    return eval_constant(expr, NULL, arena, &out->value, error);
}

/* AND ends at a false, OR at a true. */
static vv_status fold_junction(const struct expr *expr, struct arena *arena, struct constant *out,
                               struct vv_error *error)
{
    bool all = true;

    for (uint32_t i = 0; i < expr->argument_count; i++) {
        VV_TRY(fold(expr->arguments[i], arena, out, error));
        if (out->known && !out->value.null && out->value.boolean == (expr->kind == EXPR_OR)) {
            return VV_OK;
        }
        all = all && out->known;
    }
    out->known = false;
    return all ? compute(expr, arena, out, error) : VV_OK;
}

/* A branch that cannot be taken is not looked at; a true condition makes its result the ELSE. */
static vv_status fold_case(const struct expr *expr, struct arena *arena, struct constant *out,
                           struct vv_error *error)
{
    bool open = false; /* a branch before may be taken */
    uint32_t i = 0;

    for (; i + 1 < expr->argument_count; i += 2) {
        VV_TRY(fold(expr->arguments[i], arena, out, error));
        if (out->known && !is_true(out)) {
            continue;
        }
        if (is_true(out)) {
            i++;
            break;
        }
        open = true;
        VV_TRY(fold(expr->arguments[i + 1], arena, out, error));
    }
    VV_TRY(fold(expr->arguments[i], arena, out, error));
    out->known = out->known && !open;
    return VV_OK;
}

static vv_status fold_coalesce(const struct expr *expr, struct arena *arena, struct constant *out,
                               struct vv_error *error)
{
    bool open = false;

    for (uint32_t i = 0; i < expr->argument_count; i++) {
        VV_TRY(fold(expr->arguments[i], arena, out, error));
        if (out->known && !out->value.null) {
            break;
        }
        open = open || !out->known;
    }
    out->known = out->known && !open;
    return VV_OK;
}

static vv_status fold_call(const struct expr *expr, struct arena *arena, struct constant *out,
                           struct vv_error *error)
{
    const struct function_entry *entry = function_entry((enum function_id)expr->function);
    bool calls = expr->kind == EXPR_FUNCTION || expr->kind == EXPR_CAST;
    bool null = false;
    bool all = true;

    for (uint32_t i = 0; i < expr->argument_count; i++) {
        VV_TRY(fold(expr->arguments[i], arena, out, error));
        all = all && out->known;
        null = null || (out->known && out->value.null);
    }
    out->known = false;
    if (calls && entry->volatility != FUNCTION_IMMUTABLE) {
        return VV_OK;
    }
    if (calls && entry->strict && null) {
        *out = (struct constant){.known = true, .value = value_null((enum value_type)expr->type)};
        return VV_OK;
    }
    return all ? compute(expr, arena, out, error) : VV_OK;
}

static vv_status fold(const struct expr *expr, struct arena *arena, struct constant *out,
                      struct vv_error *error)
{
    out->known = false;
    switch (expr->kind) {
    case EXPR_COLUMN:
    case EXPR_PARAMETER:
    case EXPR_AGGREGATE:
        return VV_OK;
    case EXPR_CONSTANT:
        *out = (struct constant){.known = true, .value = expr->constant};
        return VV_OK;
    case EXPR_AND:
    case EXPR_OR:
        return fold_junction(expr, arena, out, error);
    case EXPR_CASE:
        return fold_case(expr, arena, out, error);
    case EXPR_COALESCE:
        return fold_coalesce(expr, arena, out, error);
    default:
        return fold_call(expr, arena, out, error);
    }
}
