/*
 * bind_collation.c - which collation an expression has, and what that changes (PostgreSQL: parse_collate.c).
 *
 * An expression of a string type has the collation that COLLATE gives it, else that of the columns it is made of,
 * else the default. Two different explicit ones do not mix; two different ones of columns leave the expression
 * without any (EXPR_COLLATION_CONFLICT), which is an error where texts are compared. Each node says what it has.
 *
 * Texts compare by bytes, so only SQLite's NOCASE and RTRIM change anything: comparisons then have calls on
 * both sides that give the fold of each text (value/collation.h), and so have the keys of orders and groups.
 *
 * DEVIATION: PostgreSQL finds out that there is no collation when a comparison runs, here it is known before.
 */
#include "plan/bind_private.h"

/* NOCASE in capitals is how SQLite's manual has it, where case does not matter even in quotes. */
static const struct {
    const char *name;
    uint8_t collation; /* enum value_collation */
} names[] = {{"default", VALUE_COLLATION_DEFAULT}, {"C", VALUE_COLLATION_C},
             {"POSIX", VALUE_COLLATION_POSIX},     {"ucs_basic", VALUE_COLLATION_UCS_BASIC},
             {"C.utf8", VALUE_COLLATION_C_UTF8},   {"nocase", VALUE_COLLATION_NOCASE},
             {"NOCASE", VALUE_COLLATION_NOCASE},   {"rtrim", VALUE_COLLATION_RTRIM},
             {"RTRIM", VALUE_COLLATION_RTRIM}};

/* Where COLLATE stands that a node is marked with. */
struct bind_collated {
    const struct bind_collated *next;
    const struct expr *expr;
    uint32_t position;
};

/* What is known after some of several expressions. */
struct collating {
    uint8_t collation; /* enum value_collation */
    uint8_t from;      /* enum expr_collating */
};

vv_status bind_collation_find(struct binder *binder, const struct ast_name *name, uint32_t position,
                              enum value_collation *collation_out)
{
    vv_slice last = ast_name_last(name);
    vv_slice schema = name->count > 1 ? name->parts[name->count - 2] : slice_text("pg_catalog");
    bool system = slice_equal(schema, slice_text("pg_catalog"));

    *collation_out = VALUE_COLLATION_DEFAULT;
    if (!system && !slice_equal(schema, slice_text("public")) &&
        !slice_equal(schema, slice_text("information_schema"))) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_SCHEMA_NAME, position,
                         "schema \"%.*s\" does not exist", (int)schema.size,
                         (const char *)schema.data);
    }
    for (uint32_t i = 0; system && i < sizeof names / sizeof names[0]; i++) {
        if (slice_equal(last, slice_text(names[i].name))) {
            *collation_out = (enum value_collation)names[i].collation;
            return VV_OK;
        }
    }
    return error_set(binder->error, VV_SQLSTATE_UNDEFINED_OBJECT, position,
                     "collation \"%.*s%s%.*s\" for encoding \"UTF8\" does not exist",
                     name->count > 1 ? (int)schema.size : 0, (const char *)schema.data,
                     name->count > 1 ? "." : "", (int)last.size, (const char *)last.data);
}

static vv_status not_collatable(struct binder *binder, enum value_type type, uint32_t position)
{
    return error_set(binder->error, VV_SQLSTATE_DATATYPE_MISMATCH, position,
                     "collations are not supported by type %s", value_types[type].text);
}

vv_status bind_collation_of_type(struct binder *binder, const struct ast_name *name,
                                 enum value_type type, uint32_t position,
                                 enum value_collation *collation_out)
{
    VV_TRY(bind_collation_find(binder, name, position, collation_out));
    return value_is_collatable(type) ? VV_OK : not_collatable(binder, type, position);
}

/* ---- COLLATE ---- */

/* A copy of the node: the same one may stand elsewhere without the collation. */
static vv_status marked(struct binder *binder, const struct expr *expr,
                        enum value_collation collation, enum expr_collating from,
                        const struct expr **expr_out)
{
    struct expr *copy = arena_copy(binder->arena, expr, sizeof *expr);

    *expr_out = copy;
    if (copy == NULL) {
        return VV_NOMEM;
    }
    copy->collation = (uint8_t)collation;
    copy->collating = (uint8_t)from;
    return VV_OK;
}

static vv_status written(struct binder *binder, const struct expr *expr,
                         enum value_collation collation, uint32_t position,
                         const struct expr **expr_out)
{
    struct bind_collated *collated = ARENA_NEW(binder->arena, struct bind_collated);

    if (collated == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(marked(binder, expr, collation, EXPR_COLLATION_WRITTEN, expr_out));
    *collated =
        (struct bind_collated){.next = binder->collated, .expr = *expr_out, .position = position};
    binder->collated = collated;
    return VV_OK;
}

static uint32_t written_position(const struct binder *binder, const struct expr *expr)
{
    const struct bind_collated *collated = binder->collated;

    while (collated != NULL && collated->expr != expr) {
        collated = collated->next;
    }
    return collated == NULL ? 0 : collated->position;
}

vv_status bind_collate(struct binder *binder, const struct ast *node, const struct expr **expr_out)
{
    const struct ast_collate *collate = AST_AS(collate, node);
    enum value_collation collation = VALUE_COLLATION_DEFAULT;
    const struct expr *argument = NULL;

    VV_TRY(bind_expr(binder, collate->arg, &argument));
    if (!value_is_collatable((enum value_type)argument->type)) {
        return not_collatable(binder, (enum value_type)argument->type, node->position);
    }
    VV_TRY(bind_collation_find(binder, &collate->name, node->position, &collation));
    if (argument->kind == EXPR_PARAMETER) {
        VV_TRY(bind_resolve_unknown(binder, argument, &argument));
    }
    return written(binder, argument, collation, node->position, expr_out);
}

vv_status bind_collation_unmark(struct binder *binder, const struct expr *expr,
                                const struct expr **expr_out)
{
    return marked(binder, expr, VALUE_COLLATION_DEFAULT, EXPR_COLLATION_IMPLICIT, expr_out);
}

vv_status bind_collation_mark(struct binder *binder, const struct expr *expr,
                              const struct expr *like, const struct expr **expr_out)
{
    return written(binder, expr, (enum value_collation)like->collation,
                   written_position(binder, like), expr_out);
}

vv_status bind_collation_coerce(struct binder *binder, const struct expr *expr,
                                enum value_type type, int32_t modifier, enum cast_context context,
                                uint32_t position, const struct expr **expr_out)
{
    const struct expr *plain = NULL;

    VV_TRY(bind_collation_unmark(binder, expr, &plain));
    VV_TRY(bind_coerce(binder, plain, type, modifier, context, position, expr_out));
    return value_is_collatable(type) ? bind_collation_mark(binder, *expr_out, expr, expr_out)
                                     : VV_OK;
}

/* ---- derivation ---- */

/* The node that brought an explicit collation, or one of columns, into the expression. */
static const struct expr *origin_of(const struct expr *expr, uint8_t collation)
{
    for (uint32_t i = 0; i < expr->argument_count && expr->collating != EXPR_COLLATION_WRITTEN;
         i++) {
        const struct expr *argument = expr->arguments[i];

        if (value_is_collatable((enum value_type)argument->type) &&
            argument->collation == collation && argument->collating != EXPR_COLLATION_CONFLICT) {
            return origin_of(argument, collation);
        }
    }
    return expr;
}

static struct collating state_of(const struct expr *expr)
{
    struct collating state = {.collation = expr->collation, .from = expr->collating};

    if (!value_is_collatable((enum value_type)expr->type)) {
        return (struct collating){0};
    }
    if (expr->type == VALUE_NAME && expr->argument_count == 0 && state.from == 0) {
        state.collation = VALUE_COLLATION_C; /* PostgreSQL's names have it */
    }
    if (state.from == EXPR_COLLATION_WRITTEN) {
        state.from = EXPR_COLLATION_EXPLICIT;
    }
    return state;
}

/* Adds what one more expression says; false: two explicit ones differ. */
static bool merge(struct collating *state, const struct expr *expr)
{
    struct collating mine = state_of(expr);

    if (mine.from != state->from) {
        *state = mine.from > state->from ? mine : *state;
        return true;
    }
    if (mine.collation == state->collation || mine.from == EXPR_COLLATION_CONFLICT) {
        return true;
    }
    if (mine.from == EXPR_COLLATION_EXPLICIT) {
        return false;
    }
    if (state->collation == VALUE_COLLATION_DEFAULT) {
        *state = mine; /* any other beats the default */
    } else if (mine.collation != VALUE_COLLATION_DEFAULT) {
        state->from = EXPR_COLLATION_CONFLICT;
    }
    return true;
}

static vv_status derive(struct binder *binder, uint32_t count, const struct expr *const *exprs,
                        struct collating *state_out)
{
    *state_out = (struct collating){0};
    for (uint32_t i = 0; i < count; i++) {
        if (!merge(state_out, exprs[i])) {
            return error_set(binder->error, VV_SQLSTATE_COLLATION_MISMATCH,
                             written_position(binder, origin_of(exprs[i], exprs[i]->collation)),
                             "collation mismatch between explicit collations \"%s\" and \"%s\"",
                             value_collations[state_out->collation].name,
                             value_collations[exprs[i]->collation].name);
        }
    }
    return VV_OK;
}

vv_status bind_collation_settle(struct binder *binder, const struct expr **expr)
{
    const struct expr *node = *expr;
    uint32_t count = node->kind == EXPR_AGGREGATE ? node->argument_count - node->order_count
                                                  : node->argument_count;
    struct collating state;

    if (node->collating == EXPR_COLLATION_WRITTEN) {
        return VV_OK;
    }
    VV_TRY(derive(binder, count, node->arguments, &state));
    if (!value_is_collatable((enum value_type)node->type)) {
        state = (struct collating){0};
    }
    if (state.collation == node->collation && state.from == node->collating) {
        return VV_OK;
    }
    return marked(binder, node, (enum value_collation)state.collation,
                  (enum expr_collating)state.from, expr);
}

/* What a function needs a collation for; NULL: it needs none. */
static const char *use_of(enum function_id function)
{
    static const struct {
        const char *function;
        const char *text;
    } uses[] = {
        {"~~*", "ILIKE"},
        {"!~~*", "ILIKE"},
        {"~", "regular expression"},
        {"~*", "regular expression"},
        {"!~", "regular expression"},
        {"!~*", "regular expression"},
        {"lower", "lower() function"},
        {"upper", "upper() function"},
        {"initcap", "initcap() function"},
        {"position", "string comparison"},
        {"strpos", "string comparison"},
        {"replace", "string comparison"},
        {"split_part", "string comparison"},
        {"min", "string comparison"},
        {"max", "string comparison"},
    };
    const char *name = function_entry(function)->name;

    if (function_comparison(function) != FUNCTION_COMPARISON_NONE) {
        return "string comparison";
    }
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        if (strcmp(uses[i].function, name) == 0) {
            return uses[i].text;
        }
    }
    return NULL;
}

vv_status bind_collation_of(struct binder *binder, uint32_t count, const struct expr *const *exprs,
                            enum function_id function, enum value_collation *collation_out)
{
    struct collating state;
    const char *what = NULL;

    *collation_out = VALUE_COLLATION_DEFAULT;
    VV_TRY(derive(binder, count, exprs, &state));
    if (state.from == EXPR_COLLATION_CONFLICT) {
        what = use_of(function);
    }
    if (what != NULL) {
        (void)error_set(binder->error, VV_SQLSTATE_INDETERMINATE_COLLATION, 0,
                        "could not determine which collation to use for %s", what);
        error_hint(binder->error, "Use the COLLATE clause to set the collation explicitly.");
        return VV_ERROR;
    }
    *collation_out = (enum value_collation)state.collation;
    return VV_OK;
}

/* The leaf that has another collation than the first one met; NULL: all agree. */
static const struct expr *disagreeing(const struct expr *expr, uint8_t *first)
{
    const struct expr *found = NULL;

    if (!value_is_collatable((enum value_type)expr->type)) {
        return NULL;
    }
    if (expr->collating == EXPR_COLLATION_CONFLICT) {
        for (uint32_t i = 0; i < expr->argument_count && found == NULL; i++) {
            found = disagreeing(expr->arguments[i], first);
        }
        return found;
    }
    if (expr->collation == VALUE_COLLATION_DEFAULT || expr->collation == *first) {
        return NULL;
    }
    if (*first != VALUE_COLLATION_DEFAULT) {
        return origin_of(expr, expr->collation);
    }
    *first = expr->collation;
    return NULL;
}

vv_status bind_collation_of_key(struct binder *binder, const struct expr *key,
                                enum value_collation *collation_out)
{
    uint8_t first = VALUE_COLLATION_DEFAULT;
    const struct expr *second = NULL;

    *collation_out = VALUE_COLLATION_DEFAULT;
    if (!value_is_collatable((enum value_type)key->type)) {
        return VV_OK;
    }
    if (key->collating != EXPR_COLLATION_CONFLICT) {
        *collation_out = (enum value_collation)key->collation;
        return VV_OK;
    }
    second = disagreeing(key, &first);
    if (second != NULL) {
        (void)error_set(binder->error, VV_SQLSTATE_COLLATION_MISMATCH, bind_location(second),
                        "collation mismatch between implicit collations \"%s\" and \"%s\"",
                        value_collations[first].name, value_collations[second->collation].name);
        error_hint(binder->error, "You can choose the collation by applying the COLLATE clause to "
                                  "one or both expressions.");
        return VV_ERROR;
    }
    return bind_collation_of(binder, 1, &key, FUNCTION_TEXT_LT, collation_out);
}

/* ---- what changes ---- */

vv_status bind_collation_fold(struct binder *binder, enum value_collation collation,
                              const struct expr **expr)
{
    VV_TRY(bind_resolve_unknown(binder, *expr, expr));
    *expr = expr_fold(binder->arena, collation, *expr);
    return *expr == NULL ? VV_NOMEM : VV_OK;
}

vv_status bind_collation_fold_key(struct binder *binder, const struct expr **key)
{
    enum value_collation collation = VALUE_COLLATION_DEFAULT;

    VV_TRY(bind_collation_of_key(binder, *key, &collation));
    return value_collation_folds(collation) ? bind_collation_fold(binder, collation, key) : VV_OK;
}
