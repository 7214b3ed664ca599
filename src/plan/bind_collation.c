/*
 * bind_collation.c - COLLATE: which collation an expression has been given, and what that changes.
 *
 * Texts compare by bytes, so "C", "POSIX", "default" and their like change nothing. SQLite's NOCASE (letters of
 * ASCII in either case are equal) and RTRIM (spaces at the end mean nothing) change comparisons and orders: both
 * sides become calls that give what is compared. An explicit collation belongs to the expressions above it as long
 * as these are texts, and two different ones do not mix (PostgreSQL: parse_collate.c).
 *
 * DEVIATION: the collation of a column is checked, not kept, so implicit collations never conflict.
 */
#include "plan/bind_private.h"

static const struct {
    const char *name;
    uint8_t collation; /* enum bind_collation */
    bool beyond;       /* PostgreSQL has no such collation: it is no object of pg_catalog */
} collations[] = {
    {"default", BIND_COLLATION_DEFAULT, false}, {"C", BIND_COLLATION_C, false},
    {"POSIX", BIND_COLLATION_POSIX, false},     {"ucs_basic", BIND_COLLATION_UCS_BASIC, false},
    {"C.utf8", BIND_COLLATION_C_UTF8, false},   {"nocase", BIND_COLLATION_NOCASE, true},
    {"NOCASE", BIND_COLLATION_NOCASE, true},    {"rtrim", BIND_COLLATION_RTRIM, true},
    {"RTRIM", BIND_COLLATION_RTRIM, true}};

/* An expression under COLLATE. */
struct bind_collated {
    const struct bind_collated *next;
    const struct expr *expr;
    uint32_t position;
    uint8_t collation;
};

static const char *name_of(enum bind_collation collation)
{
    for (uint32_t i = 0; i < sizeof collations / sizeof collations[0]; i++) {
        if (collations[i].collation == collation) {
            return collations[i].name;
        }
    }
    return "";
}

static bool is_collatable(enum value_type type)
{
    return type == VALUE_TEXT || type == VALUE_VARCHAR || type == VALUE_BPCHAR ||
           type == VALUE_NAME || type == VALUE_UNKNOWN;
}

vv_status bind_collation_find(struct binder *binder, const struct ast_name *name, uint32_t position,
                              enum bind_collation *collation_out)
{
    vv_slice last = ast_name_last(name);
    vv_slice schema = name->count > 1 ? name->parts[name->count - 2] : slice_text("pg_catalog");
    bool system = slice_equal(schema, slice_text("pg_catalog"));

    *collation_out = BIND_COLLATION_NONE;
    if (!system && !slice_equal(schema, slice_text("public")) &&
        !slice_equal(schema, slice_text("information_schema"))) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_SCHEMA_NAME, position,
                         "schema \"%.*s\" does not exist", (int)schema.size,
                         (const char *)schema.data);
    }
    for (uint32_t i = 0; system && i < sizeof collations / sizeof collations[0]; i++) {
        if (slice_equal(last, slice_text(collations[i].name)) &&
            (name->count == 1 || !collations[i].beyond)) {
            *collation_out = (enum bind_collation)collations[i].collation;
            return VV_OK;
        }
    }
    return error_set(binder->error, VV_SQLSTATE_UNDEFINED_OBJECT, position,
                     "collation \"%.*s%s%.*s\" for encoding \"UTF8\" does not exist",
                     name->count > 1 ? (int)schema.size : 0, (const char *)schema.data,
                     name->count > 1 ? "." : "", (int)last.size, (const char *)last.data);
}

vv_status bind_collation_of_type(struct binder *binder, const struct ast_name *name,
                                 enum value_type type, uint32_t position)
{
    enum bind_collation collation = BIND_COLLATION_NONE;

    VV_TRY(bind_collation_find(binder, name, position, &collation));
    if (!is_collatable(type)) {
        return error_set(binder->error, VV_SQLSTATE_DATATYPE_MISMATCH, position,
                         "collations are not supported by type %s", value_types[type].text);
    }
    return bind_collation_changes(collation)
               ? bind_unsupported(binder, position,
                                  "a collation other than \"C\" of a column or an index")
               : VV_OK;
}

vv_status bind_collate(struct binder *binder, const struct ast *node, const struct expr **expr_out)
{
    const struct ast_collate *collate = AST_AS(collate, node);
    struct bind_collated *collated = ARENA_NEW(binder->arena, struct bind_collated);
    enum bind_collation collation = BIND_COLLATION_NONE;
    const struct expr *argument = NULL;

    VV_TRY(bind_expr(binder, collate->arg, &argument));
    if (!is_collatable((enum value_type)argument->type)) {
        return error_set(binder->error, VV_SQLSTATE_DATATYPE_MISMATCH, node->position,
                         "collations are not supported by type %s",
                         value_types[argument->type].text);
    }
    VV_TRY(bind_collation_find(binder, &collate->name, node->position, &collation));
    VV_TRY(bind_resolve_unknown(binder, argument, &argument));
    /* A node of its own: the same one may stand elsewhere without the collation. */
    VV_TRY(bind_node(binder, argument, argument->argument_count, argument->arguments, expr_out));
    if (collated == NULL) {
        return VV_NOMEM;
    }
    *collated = (struct bind_collated){.next = binder->collated,
                                       .expr = *expr_out,
                                       .position = node->position,
                                       .collation = (uint8_t)collation};
    binder->collated = collated;
    return VV_OK;
}

static const struct bind_collated *collated_find(const struct binder *binder,
                                                 const struct expr *expr)
{
    const struct bind_collated *collated = binder->collated;

    while (collated != NULL && collated->expr != expr) {
        collated = collated->next;
    }
    return collated;
}

/* Adds what one more expression says. */
static vv_status merge(struct binder *binder, const struct expr *expr,
                       const struct bind_collated **state)
{
    const struct bind_collated *mine = NULL;

    if (!is_collatable((enum value_type)expr->type)) {
        return VV_OK;
    }
    mine = collated_find(binder, expr);
    if (mine == NULL) {
        for (uint32_t i = 0; i < expr->argument_count; i++) {
            VV_TRY(merge(binder, expr->arguments[i], state));
        }
        return VV_OK;
    }
    if (*state != NULL && (*state)->collation != mine->collation) {
        return error_set(binder->error, VV_SQLSTATE_COLLATION_MISMATCH, mine->position,
                         "collation mismatch between explicit collations \"%s\" and \"%s\"",
                         name_of((enum bind_collation)(*state)->collation),
                         name_of((enum bind_collation)mine->collation));
    }
    *state = mine;
    return VV_OK;
}

vv_status bind_collation_derive(struct binder *binder, uint32_t count,
                                const struct expr *const *exprs, enum bind_collation *collation_out)
{
    const struct bind_collated *state = NULL;

    *collation_out = BIND_COLLATION_NONE;
    if (binder->collated == NULL) {
        return VV_OK;
    }
    for (uint32_t i = 0; i < count; i++) {
        VV_TRY(merge(binder, exprs[i], &state));
    }
    *collation_out = state == NULL ? BIND_COLLATION_NONE : (enum bind_collation)state->collation;
    return VV_OK;
}

vv_status bind_collation_fold(struct binder *binder, enum bind_collation collation,
                              const struct expr **expr)
{
    VV_TRY(bind_coerce(binder, *expr, VALUE_TEXT, VALUE_NO_MODIFIER, CAST_IMPLICIT, 0, expr));
    *expr = expr_call(binder->arena,
                      collation == BIND_COLLATION_NOCASE ? FUNCTION_COLLATE_NOCASE
                                                         : FUNCTION_COLLATE_RTRIM,
                      (*expr)->position, 1, expr);
    return *expr == NULL ? VV_NOMEM : VV_OK;
}

bool bind_collation_is_folded(const struct expr *expr)
{
    return expr->kind == EXPR_FUNCTION &&
           (expr->function == FUNCTION_COLLATE_NOCASE || expr->function == FUNCTION_COLLATE_RTRIM);
}

vv_status bind_collation_refuse(struct binder *binder, uint32_t count,
                                const struct expr *const *exprs, uint32_t position,
                                const char *what)
{
    enum bind_collation collation = BIND_COLLATION_NONE;

    VV_TRY(bind_collation_derive(binder, count, exprs, &collation));
    return bind_collation_changes(collation) ? bind_unsupported(binder, position, what) : VV_OK;
}
