/*
 * bind_expr.c - one function per kind of syntax node: operands first, then the type of the whole
 * (PostgreSQL: parse_expr.c). Calls and aggregates are in bind_call.c.
 *
 * Recursion follows the tree, which is at most LIMIT_DEPTH deep but for the left spines of binary
 * operators; those are walked in a loop.
 */
#include "base/limits.h"
#include "plan/bind_private.h"
#include "sql/sql.h"
#include "value/text.h"

#define PG_TEXT(literal) slice_make("" literal, sizeof(literal) - 1)

static const struct {
    const char *text;
    bool aggregates;
} places[BIND_PLACE_COUNT] = {
#define X(name, place_text, allowed) [name] = {.text = (place_text), .aggregates = (allowed)},
    BIND_PLACE_MAP(X)
#undef X
};

vv_status bind_expr_at(struct binder *binder, enum bind_place place, const struct ast *node,
                       const struct expr **expr_out)
{
    enum bind_place outer = binder->place;
    vv_status status = VV_OK;

    binder->place = place;
    status = bind_expr(binder, node, expr_out);
    binder->place = outer;
    return status;
}

vv_status bind_condition(struct binder *binder, enum bind_place place, const struct ast *node,
                         const struct expr **expr_out)
{
    const struct expr *expr = NULL;

    VV_TRY(bind_expr_at(binder, place, node, &expr));
    return bind_coerce_argument(binder, expr, VALUE_BOOLEAN,
                                place == BIND_CHECK ? "CHECK"
                                : place == BIND_COPY_WHERE || place == BIND_INDEX_WHERE
                                    ? "WHERE"
                                    : places[place].text,
                                expr_out);
}

uint32_t bind_location(const struct expr *expr)
{
    uint32_t leftmost = expr->position;

    if (expr->kind == EXPR_CASE || expr->kind == EXPR_AGGREGATE) {
        return leftmost;
    }
    for (uint32_t i = 0; i < expr->argument_count; i++) {
        uint32_t location = bind_location(expr->arguments[i]);

        if (location != 0) { /* the first argument that has one decides */
            return leftmost == 0 || location < leftmost ? location : leftmost;
        }
    }
    return leftmost;
}

/* ---- constants ---- */

static vv_status constant_make(struct binder *binder, struct value value, uint32_t position,
                               const struct expr **expr_out)
{
    *expr_out = expr_constant(binder->arena, value, position);
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

static vv_status integer_make(struct binder *binder, int64_t x, uint32_t position,
                              const struct expr **expr_out)
{
    bool narrow = x >= INT32_MIN && x <= INT32_MAX;

    return constant_make(binder, narrow ? value_integer((int32_t)x) : value_bigint(x), position,
                         expr_out);
}

/* `1.5`, `1e10`, and integers beyond bigint. DEVIATION: what needs more than NUMERIC's 38 digits (1e300) is a
 * DOUBLE, so that it can at least be one; PostgreSQL's NUMERIC holds it. */
static vv_status number_make(struct binder *binder, vv_slice digits, bool negative,
                             uint32_t position, const struct expr **expr_out)
{
    struct value value;
    vv_status status = VV_OK;

    status = text_parse(VALUE_NUMERIC, digits, binder->arena, &value, binder->error);
    if (status == VV_ERROR) {
        status = text_parse(VALUE_DOUBLE, digits, binder->arena, &value, binder->error);
        value.real = negative ? -value.real : value.real;
        negative = false;
    }
    if (status == VV_ERROR && binder->error != NULL) {
        binder->error->position = position;
    }
    VV_TRY(status);
    if (negative) {
        value.numeric = numeric_negate(&value.numeric);
        if (value.numeric.kind == NUMERIC_FINITE && value.numeric.scale == 0 &&
            value.numeric.coefficient == (__int128)INT64_MIN) {
            return integer_make(binder, INT64_MIN, position, expr_out);
        }
    }
    return constant_make(binder, value, position, expr_out);
}

bool bind_is_integer(const struct ast *node, int64_t *value_out)
{
    bool negative = false;

    *value_out = 0;
    if (node->tag == AST_UNARY && slice_equal(AST_AS(unary, node)->op, PG_TEXT("-"))) {
        negative = true;
        node = AST_AS(unary, node)->arg;
    }
    if (node->tag != AST_INTEGER) {
        return false;
    }
    *value_out = negative ? -AST_AS(integer, node)->value : AST_AS(integer, node)->value;
    return true;
}

static vv_status bind_parameter(struct binder *binder, const struct ast *node,
                                const struct expr **expr_out)
{
    int64_t number = AST_AS(parameter, node)->index;
    enum value_type type = VALUE_UNKNOWN;

    if (number < 1 || number > LIMIT_PARAMETERS || binder->no_parameters ||
        bind_is_without_parameters(binder->place)) {
        return error_set(binder->error, VV_SQLSTATE_UNDEFINED_PARAMETER, node->position,
                         "there is no parameter $%lld", (long long)number);
    }
    if (number > binder->parameter_capacity) {
        uint32_t capacity = (uint32_t)number < 8 ? 8 : (uint32_t)number * 2;
        uint8_t *types = ARENA_ARRAY(binder->arena, uint8_t, capacity);

        if (types == NULL) {
            return VV_NOMEM;
        }
        if (binder->parameter_count > 0) {
            memcpy(types, binder->parameter_types, binder->parameter_count);
        }
        binder->parameter_types = types;
        binder->parameter_capacity = capacity;
    }
    for (; binder->parameter_count < number; binder->parameter_count++) {
        binder->parameter_types[binder->parameter_count] = VALUE_UNKNOWN;
    }
    type = (enum value_type)binder->parameter_types[number - 1];
    *expr_out = expr_parameter(binder->arena, (uint32_t)number - 1, type, node->position);
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

/* ---- columns ---- */

/* The one relation that is called so; NULL: none. */
static const struct bind_relation *relation_named(const struct binder *binder, vv_slice name)
{
    for (uint32_t i = 0; i < binder->relation_count; i++) {
        if (slice_equal(slice_text(binder->relations[i].alias), name)) {
            return &binder->relations[i];
        }
    }
    return NULL;
}

static vv_status column_unknown(struct binder *binder, const struct ast *node, vv_slice qualifier,
                                vv_slice name)
{
    bool qualified = qualifier.size > 0;

    (void)error_set(binder->error, VV_SQLSTATE_UNDEFINED_COLUMN, node->position,
                    qualified ? "column %.*s%s%.*s does not exist"
                              : "column \"%.*s%s%.*s\" does not exist",
                    (int)qualifier.size, qualified ? (const char *)qualifier.data : "",
                    qualified ? "." : "", (int)name.size, (const char *)name.data);
    bind_hint_column(binder, qualifier, name);
    return VV_ERROR;
}

static vv_status relation_unknown(struct binder *binder, const struct ast *node, vv_slice name)
{
    for (uint32_t i = 0; i < binder->relation_count; i++) {
        if (slice_equal(slice_text(binder->relations[i].table->spec.name), name)) {
            (void)error_set(binder->error, VV_SQLSTATE_UNDEFINED_TABLE, node->position,
                            "invalid reference to FROM-clause entry for table \"%.*s\"",
                            (int)name.size, (const char *)name.data);
            error_hint(binder->error, "Perhaps you meant to reference the table alias \"%s\".",
                       binder->relations[i].alias);
            return VV_ERROR;
        }
    }
    if (binder->hidden != NULL && slice_equal(slice_text(binder->hidden), name)) {
        (void)error_set(binder->error, VV_SQLSTATE_UNDEFINED_TABLE, node->position,
                        "invalid reference to FROM-clause entry for table \"%s\"", binder->hidden);
        error_hint(binder->error,
                   "There is an entry for table \"%s\", but it cannot be referenced from this part "
                   "of the query.",
                   binder->hidden);
        return VV_ERROR;
    }
    return error_set(binder->error, VV_SQLSTATE_UNDEFINED_TABLE, node->position,
                     "missing FROM-clause entry for table \"%.*s\"", (int)name.size,
                     (const char *)name.data);
}

static vv_status column_in(struct binder *binder, const struct bind_relation *relation,
                           vv_slice name, uint32_t *column_out, bool *found_out)
{
    char text[LIMIT_NAME_BYTES + 1];
    uint16_t column = TABLE_NO_COLUMN;

    bind_name_copy(text, name);
    column = table_def_column(relation->table, text);
    *found_out = column != TABLE_NO_COLUMN;
    *column_out = relation->first_column + column;
    return VV_OK;
}

vv_status bind_table_column(struct binder *binder, const struct bind_relation *relation,
                            uint32_t column, uint32_t position, const struct expr **expr_out)
{
    const struct table_column *definition =
        &relation->table->spec.columns[column - relation->first_column];

    *expr_out = expr_column_collated(binder->arena, column, (enum value_type)definition->type,
                                     (enum value_collation)definition->collation, position);
    return *expr_out == NULL ? VV_NOMEM : VV_OK;
}

/* A bare name: the column of that name in any relation. */
static vv_status column_unqualified(struct binder *binder, const struct ast *node, vv_slice name,
                                    const struct expr **expr_out)
{
    const struct bind_relation *relation = NULL;
    uint32_t column = 0;

    for (uint32_t i = 0; i < binder->relation_count; i++) {
        uint32_t candidate = 0;
        bool found = false;

        VV_TRY(column_in(binder, &binder->relations[i], name, &candidate, &found));
        if (found && relation != NULL) {
            return error_set(binder->error, VV_SQLSTATE_AMBIGUOUS_COLUMN, node->position,
                             "column reference \"%.*s\" is ambiguous", (int)name.size,
                             (const char *)name.data);
        }
        if (found) {
            relation = &binder->relations[i];
            column = candidate;
        }
    }
    if (relation == NULL) {
        return relation_named(binder, name) != NULL
                   ? bind_unsupported(binder, node->position, "a whole row as a value")
                   : column_unknown(binder, node, slice_make(NULL, 0), name);
    }
    return bind_table_column(binder, relation, column, node->position, expr_out);
}

static vv_status bind_column(struct binder *binder, const struct ast *node,
                             const struct expr **expr_out)
{
    const struct ast_name *name = &AST_AS(column, node)->name;
    const struct bind_relation *relation = NULL;
    uint32_t column = 0;
    bool found = false;

    if (AST_AS(column, node)->star) {
        return bind_unsupported(binder, node->position, "a whole row as a value");
    }
    if (binder->place == BIND_DEFAULT) {
        return error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, node->position,
                         "cannot use column reference in DEFAULT expression");
    }
    if (name->count == 1) {
        return column_unqualified(binder, node, name->parts[0], expr_out);
    }
    relation = relation_named(binder, name->parts[name->count - 2]);
    if (relation == NULL) {
        return relation_unknown(binder, node, name->parts[name->count - 2]);
    }
    VV_TRY(column_in(binder, relation, ast_name_last(name), &column, &found));
    if (!found) {
        return column_unknown(binder, node, name->parts[name->count - 2], ast_name_last(name));
    }
    return bind_table_column(binder, relation, column, node->position, expr_out);
}

/* ---- operators ---- */

/* a + b + c …: the left spine in a loop, from its foot up. */
static vv_status bind_binary(struct binder *binder, const struct ast *node,
                             const struct expr **expr_out)
{
    const struct ast **spine = NULL;
    const struct expr *left = NULL;
    uint32_t count = 0;
    uint32_t at = 0;

    for (const struct ast *foot = node; foot->tag == AST_BINARY;
         foot = AST_AS(binary, foot)->left) {
        count++;
    }
    spine = ARENA_ARRAY(binder->arena, const struct ast *, count);
    if (spine == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = count; i-- > 0; node = AST_AS(binary, node)->left) {
        spine[i] = node;
    }
    if (bind_is_row(node) && bind_is_row(AST_AS(binary, spine[0])->right)) {
        VV_TRY(bind_row_comparison(binder, spine[0], &left));
        at = 1;
    } else {
        VV_TRY(bind_expr(binder, node, &left));
    }
    for (uint32_t i = at; i < count; i++) {
        const struct ast_binary *binary = AST_AS(binary, spine[i]);
        const struct expr *right = NULL;

        VV_TRY(bind_expr(binder, binary->right, &right));
        VV_TRY(bind_operator(binder, binary->op, spine[i]->position, left, right, &left));
    }
    *expr_out = left;
    return VV_OK;
}

static vv_status bind_unary(struct binder *binder, const struct ast *node,
                            const struct expr **expr_out)
{
    const struct ast_unary *unary = AST_AS(unary, node);
    const struct expr *argument = NULL;
    int64_t integer = 0;

    if (bind_is_integer(node, &integer)) {
        return integer_make(binder, integer, node->position, expr_out);
    }
    if (unary->arg->tag == AST_NUMBER && slice_equal(unary->op, PG_TEXT("-"))) {
        return number_make(binder, AST_AS(number, unary->arg)->text, true, node->position,
                           expr_out);
    }
    VV_TRY(bind_expr(binder, unary->arg, &argument));
    return bind_operator(binder, unary->op, node->position, NULL, argument, expr_out);
}

static vv_status bind_boolean_list(struct binder *binder, const struct ast *node,
                                   const struct ast_list *list, enum expr_kind kind,
                                   const char *construct, const struct expr **expr_out)
{
    const struct expr **arguments = ARENA_ARRAY(binder->arena, const struct expr *, list->count);
    uint32_t count = 0;

    if (arguments == NULL) {
        return VV_NOMEM;
    }
    ast_for_each(item, list)
    {
        VV_TRY(bind_expr(binder, item, &arguments[count]));
        VV_TRY(bind_coerce_argument(binder, arguments[count], VALUE_BOOLEAN, construct,
                                    &arguments[count]));
        count++;
    }
    return bind_logic(binder, kind, node->position, count, arguments, expr_out);
}

static vv_status bind_not(struct binder *binder, const struct ast *node,
                          const struct expr **expr_out)
{
    const struct expr *argument = NULL;

    VV_TRY(bind_expr(binder, AST_AS(not, node)->arg, &argument));
    VV_TRY(bind_coerce_argument(binder, argument, VALUE_BOOLEAN, "NOT", &argument));
    return bind_logic(binder, EXPR_NOT, node->position, 1, &argument, expr_out);
}

static vv_status bind_is(struct binder *binder, const struct ast *node,
                         const struct expr **expr_out)
{
    static const char *const constructs[4][2] = {
        [AST_IS_NULL] = {"IS NULL", "IS NOT NULL"},
        [AST_IS_TRUE] = {"IS TRUE", "IS NOT TRUE"},
        [AST_IS_FALSE] = {"IS FALSE", "IS NOT FALSE"},
        [AST_IS_UNKNOWN] = {"IS UNKNOWN", "IS NOT UNKNOWN"},
    };
    const struct ast_is *is = AST_AS(is, node);
    const struct expr *argument = NULL;
    struct expr like = {.type = VALUE_BOOLEAN,
                        .negated = is->negated,
                        .modifier = VALUE_NO_MODIFIER,
                        .position = node->position};

    if (is->what == AST_IS_NULL && bind_is_row(is->arg)) {
        return bind_row_is_null(binder, is->arg, is->negated, node->position, expr_out);
    }
    VV_TRY(bind_expr(binder, is->arg, &argument));
    if (is->what == AST_IS_NULL) {
        VV_TRY(bind_resolve_any(binder, argument, &argument));
    } else {
        VV_TRY(bind_coerce_argument(binder, argument, VALUE_BOOLEAN,
                                    constructs[is->what][is->negated], &argument));
    }
    like.kind = (uint8_t)(is->what == AST_IS_TRUE    ? EXPR_IS_TRUE
                          : is->what == AST_IS_FALSE ? EXPR_IS_FALSE
                                                     : EXPR_IS_NULL);
    return bind_node(binder, &like, 1, &argument, expr_out);
}

static bool is_null_literal(const struct expr *expr)
{
    return expr->kind == EXPR_CONSTANT && expr->type == VALUE_UNKNOWN && expr->constant.null;
}

/* Turns `left = right` (or >, <) into another kind of node that uses the operator. */
static vv_status comparison_retag(struct binder *binder, const struct expr *comparison,
                                  enum expr_kind kind, enum value_type type, bool negated,
                                  const struct expr **expr_out)
{
    struct expr like = *comparison;

    like.kind = (uint8_t)kind;
    like.type = (uint8_t)type;
    like.negated = negated;
    return bind_node(binder, &like, comparison->argument_count, comparison->arguments, expr_out);
}

static vv_status bind_distinct_from(struct binder *binder, const struct ast *node,
                                    const struct expr **expr_out)
{
    const struct ast_distinct_from *distinct = AST_AS(distinct_from, node);
    const struct expr *left = NULL;
    const struct expr *right = NULL;

    if (bind_is_row(distinct->left) && bind_is_row(distinct->right)) {
        return bind_row_distinct(binder, node, expr_out);
    }
    VV_TRY(bind_expr(binder, distinct->left, &left));
    VV_TRY(bind_expr(binder, distinct->right, &right));
    if (is_null_literal(left) || is_null_literal(right)) {
        const struct expr *other = is_null_literal(right) ? left : right;
        struct expr like = {.kind = EXPR_IS_NULL,
                            .type = VALUE_BOOLEAN,
                            .negated = !distinct->negated,
                            .modifier = VALUE_NO_MODIFIER,
                            .position = node->position};

        VV_TRY(bind_resolve_any(binder, other, &other));
        return bind_node(binder, &like, 1, &other, expr_out);
    }
    VV_TRY(bind_operator(binder, PG_TEXT("="), node->position, left, right, &left));
    return comparison_retag(binder, left, EXPR_IS_DISTINCT, VALUE_BOOLEAN, distinct->negated,
                            expr_out);
}

/* A parameter that was bound for another node gets the type it has by now. */
static vv_status settle(struct binder *binder, const struct expr **expr)
{
    uint32_t number = (*expr)->parameter;

    if ((*expr)->kind == EXPR_PARAMETER) {
        *expr = expr_parameter(binder->arena, number,
                               (enum value_type)binder->parameter_types[number], (*expr)->position);
    }
    return *expr == NULL ? VV_NOMEM : VV_OK;
}

/* A comparison of operands that were bound for another one before: a parameter has its type by now. */
static vv_status bind_operator_again(struct binder *binder, vv_slice op, uint32_t position,
                                     const struct expr *left, const struct expr *right,
                                     const struct expr **expr_out)
{
    const struct expr *sides[2] = {left, right};

    VV_TRY(settle(binder, &sides[0]));
    VV_TRY(settle(binder, &sides[1]));
    return bind_operator(binder, op, position, sides[0], sides[1], expr_out);
}

/* x op1 low AND|OR x op2 high; high is bound when it is needed, so that errors come in PostgreSQL's order. */
static vv_status between_half(struct binder *binder, const struct ast *node, const struct expr *x,
                              const struct expr *low, const struct expr **high, bool negated,
                              const struct expr **expr_out)
{
    const struct expr *sides[2] = {NULL, NULL};

    VV_TRY(bind_operator_again(binder, negated ? PG_TEXT("<") : PG_TEXT(">="), node->position, x,
                               low, &sides[0]));
    if (*high == NULL) {
        VV_TRY(bind_expr(binder, AST_AS(between, node)->high, high));
    }
    VV_TRY(bind_operator_again(binder, negated ? PG_TEXT(">") : PG_TEXT("<="), node->position, x,
                               *high, &sides[1]));
    return bind_logic(binder, negated ? EXPR_OR : EXPR_AND, node->position, 2, sides, expr_out);
}

static vv_status bind_between(struct binder *binder, const struct ast *node,
                              const struct expr **expr_out)
{
    const struct ast_between *between = AST_AS(between, node);
    const struct expr *halves[2] = {NULL, NULL};
    const struct expr *x = NULL;
    const struct expr *low = NULL;
    const struct expr *high = NULL;

    VV_TRY(bind_expr(binder, between->arg, &x));
    VV_TRY(bind_expr(binder, between->low, &low));
    VV_TRY(between_half(binder, node, x, low, &high, between->negated, &halves[0]));
    if (!between->symmetric) {
        *expr_out = halves[0];
        return VV_OK;
    }
    VV_TRY(between_half(binder, node, x, high, &low, between->negated, &halves[1]));
    return bind_logic(binder, between->negated ? EXPR_AND : EXPR_OR, node->position, 2, halves,
                      expr_out);
}

static vv_status bind_like(struct binder *binder, const struct ast *node,
                           const struct expr **expr_out)
{
    const struct ast_like *like = AST_AS(like, node);
    const struct expr *x = NULL;
    const struct expr *pattern = NULL;
    bool similar = like->kind == AST_LIKE_SIMILAR;

    VV_TRY(bind_expr(binder, like->arg, &x));
    VV_TRY(bind_expr(binder, like->pattern, &pattern));
    if (like->escape != NULL || similar) {
        const struct expr *arguments[2] = {pattern, NULL};

        if (like->escape != NULL) {
            VV_TRY(bind_expr(binder, like->escape, &arguments[1]));
        }
        VV_TRY(bind_function(binder,
                             similar ? "pg_catalog.similar_to_escape" : "pg_catalog.like_escape",
                             node->position, like->escape != NULL ? 2 : 1, arguments, &pattern));
    }
    return bind_operator(binder,
                         similar ? (like->negated ? PG_TEXT("!~") : PG_TEXT("~"))
                         : like->kind == AST_LIKE_LIKE
                             ? (like->negated ? PG_TEXT("!~~") : PG_TEXT("~~"))
                             : (like->negated ? PG_TEXT("!~~*") : PG_TEXT("~~*")),
                         node->position, x, pattern, expr_out);
}

/* ---- IN ---- */

/* x IN (items), all of one type: one node. */
static vv_status in_node(struct binder *binder, const struct ast *node, const struct expr *x,
                         uint32_t count, const struct expr *const *items, enum value_type type,
                         bool negated, const struct expr **expr_out)
{
    const struct expr **arguments = ARENA_ARRAY(binder->arena, const struct expr *, count + 1);
    const struct expr *comparison = NULL;
    enum value_collation collation = VALUE_COLLATION_DEFAULT;
    struct expr like;

    if (arguments == NULL) {
        return VV_NOMEM;
    }
    arguments[0] = x;
    for (uint32_t i = 0; i < count; i++) {
        VV_TRY(bind_coerce(binder, items[i], type, VALUE_NO_MODIFIER, CAST_IMPLICIT, 0,
                           &arguments[i + 1]));
    }
    VV_TRY(bind_collation_of(binder, count + 1, arguments, FUNCTION_TEXT_EQ, &collation));
    /* The operator of x and the items' type; it may ask for casts of either. */
    VV_TRY(bind_operator(binder, negated ? PG_TEXT("<>") : PG_TEXT("="), node->position, x,
                         arguments[1], &comparison));
    arguments[0] = expr_unfold(comparison->arguments[0]);
    type = (enum value_type)comparison->arguments[1]->type;
    for (uint32_t i = 1; i <= count; i++) {
        VV_TRY(bind_coerce(binder, arguments[i], type, VALUE_NO_MODIFIER, CAST_IMPLICIT, 0,
                           &arguments[i]));
    }
    for (uint32_t i = 0; i <= count && value_collation_folds(collation); i++) {
        VV_TRY(bind_collation_fold(binder, collation, &arguments[i]));
    }
    like = *comparison;
    like.kind = EXPR_IN;
    like.negated = negated;
    like.function = (uint16_t)function_comparison_of(type, FUNCTION_COMPARISON_EQ);
    return bind_node(binder, &like, count + 1, arguments, expr_out);
}

/* One `=` or `<>` per item. */
static vv_status in_items(struct binder *binder, const struct ast *node, const struct expr *x,
                          uint32_t count, const struct expr **items, bool negated,
                          const struct expr **expr_out)
{
    for (uint32_t i = 0; i < count; i++) {
        VV_TRY(bind_operator(binder, negated ? PG_TEXT("<>") : PG_TEXT("="), node->position, x,
                             items[i], &items[i]));
    }
    if (count == 1) {
        *expr_out = items[0];
        return VV_OK;
    }
    return bind_logic(binder, negated ? EXPR_AND : EXPR_OR, node->position, count, items, expr_out);
}

/* As transformAExprIn(): items without columns of one common type make one IN node, the rest are
 * compared one by one. */
static vv_status bind_in(struct binder *binder, const struct ast *node,
                         const struct expr **expr_out)
{
    const struct ast_in *in = AST_AS(in, node);
    uint32_t room = in->items.count + 1;
    const struct expr **parts = ARENA_ARRAY(binder->arena, const struct expr *, room);
    const struct expr **single = ARENA_ARRAY(binder->arena, const struct expr *, room);
    const struct expr **all = ARENA_ARRAY(binder->arena, const struct expr *, room);
    uint32_t total = 0;
    uint32_t plain_count = 0;
    uint32_t single_count = 0;
    enum value_type type = VALUE_UNKNOWN;

    if (in->query != NULL) {
        return bind_unsupported(binder, node->position, "IN (SELECT ...)");
    }
    if (bind_is_row(in->arg)) {
        return bind_row_in(binder, node, expr_out);
    }
    if (parts == NULL || single == NULL || all == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(bind_expr(binder, in->arg, &parts[0]));
    ast_for_each(item, &in->items)
    {
        VV_TRY(bind_expr(binder, item, &all[total]));
        if (expr_is_free_of_columns(all[total])) {
            parts[++plain_count] = all[total];
        } else {
            single[single_count++] = all[total];
        }
        total++;
    }
    if (plain_count > 1) {
        VV_TRY(bind_common_type(binder, plain_count + 1, parts, NULL, &type));
    }
    for (uint32_t i = 0; i <= plain_count && type != VALUE_UNKNOWN; i++) {
        type = bind_can_coerce((enum value_type)parts[i]->type, type, CAST_IMPLICIT)
                   ? type
                   : VALUE_UNKNOWN;
    }
    if (type == VALUE_UNKNOWN) {
        return in_items(binder, node, parts[0], total, all, in->negated, expr_out);
    }
    VV_TRY(in_node(binder, node, parts[0], plain_count, &parts[1], type, in->negated, expr_out));
    if (single_count > 0) {
        const struct expr *both[2] = {*expr_out, NULL};

        VV_TRY(settle(binder, &parts[0])); /* the first node told its type */
        VV_TRY(in_items(binder, node, parts[0], single_count, single, in->negated, &both[1]));
        return bind_logic(binder, in->negated ? EXPR_AND : EXPR_OR, node->position, 2, both,
                          expr_out);
    }
    return VV_OK;
}

/* ---- CASE, COALESCE and their like ---- */

/* Casts count expressions, every `step`th from `first`, to one type. */
static vv_status coerce_all(struct binder *binder, uint32_t count, const struct expr **exprs,
                            enum value_type type, const char *construct)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct expr *expr = exprs[i];

        if (!bind_can_coerce((enum value_type)expr->type, type, CAST_IMPLICIT)) {
            return error_set(binder->error, VV_SQLSTATE_CANNOT_COERCE, bind_location(expr),
                             "%s could not convert type %s to %s", construct,
                             value_types[expr->type].text, value_types[type].text);
        }
        VV_TRY(bind_coerce(binder, expr, type, VALUE_NO_MODIFIER, CAST_IMPLICIT, 0, &exprs[i]));
    }
    return VV_OK;
}

/* results[0] is the else, as PostgreSQL looks at it first. */
static vv_status case_parts(struct binder *binder, const struct ast_case *node,
                            const struct expr **conditions, const struct expr **results)
{
    const struct expr *subject = NULL;
    uint32_t i = 0;

    if (node->arg != NULL) {
        VV_TRY(bind_expr(binder, node->arg, &subject));
        VV_TRY(bind_resolve_unknown(binder, subject, &subject));
    }
    ast_for_each(item, &node->whens)
    {
        const struct ast_when *when = AST_AS(when, item);

        VV_TRY(bind_expr(binder, when->condition, &conditions[i]));
        if (subject != NULL) {
            VV_TRY(bind_operator(binder, PG_TEXT("="), item->position, subject, conditions[i],
                                 &conditions[i]));
        }
        VV_TRY(bind_coerce_argument(binder, conditions[i], VALUE_BOOLEAN, "CASE/WHEN",
                                    &conditions[i]));
        VV_TRY(bind_expr(binder, when->result, &results[++i]));
    }
    if (node->otherwise != NULL) {
        return bind_expr(binder, node->otherwise, &results[0]);
    }
    results[0] = expr_null(binder->arena, VALUE_UNKNOWN, 0);
    return results[0] == NULL ? VV_NOMEM : VV_OK;
}

static vv_status bind_case(struct binder *binder, const struct ast *node,
                           const struct expr **expr_out)
{
    const struct ast_case *tree = AST_AS(case, node);
    uint32_t count = tree->whens.count;
    const struct expr **conditions = ARENA_ARRAY(binder->arena, const struct expr *, count);
    const struct expr **results = ARENA_ARRAY(binder->arena, const struct expr *, count + 1);
    const struct expr **arguments = ARENA_ARRAY(binder->arena, const struct expr *, 2 * count + 1);
    struct expr like = {
        .kind = EXPR_CASE, .modifier = VALUE_NO_MODIFIER, .position = node->position};
    enum value_type type = VALUE_UNKNOWN;

    if (conditions == NULL || results == NULL || arguments == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(case_parts(binder, tree, conditions, results));
    VV_TRY(bind_common_type(binder, count + 1, results, "CASE", &type));
    VV_TRY(coerce_all(binder, 1, results, type, "CASE/ELSE"));
    VV_TRY(coerce_all(binder, count, results + 1, type, "CASE/WHEN"));
    for (uint32_t i = 0; i < count; i++) {
        arguments[2 * i] = conditions[i];
        arguments[2 * i + 1] = results[i + 1];
    }
    arguments[2 * count] = results[0];
    like.type = (uint8_t)type;
    return bind_node(binder, &like, 2 * count + 1, arguments, expr_out);
}

/* COALESCE, GREATEST, LEAST: one common type. */
static vv_status bind_common(struct binder *binder, const struct ast *node,
                             const struct ast_list *list, enum expr_kind kind,
                             const char *construct, const struct expr **expr_out)
{
    const struct expr **arguments = ARENA_ARRAY(binder->arena, const struct expr *, list->count);
    struct expr like = {
        .kind = (uint8_t)kind, .modifier = VALUE_NO_MODIFIER, .position = node->position};
    enum value_type type = VALUE_UNKNOWN;
    uint32_t count = 0;

    if (arguments == NULL) {
        return VV_NOMEM;
    }
    ast_for_each(item, list)
    {
        VV_TRY(bind_expr(binder, item, &arguments[count++]));
    }
    VV_TRY(bind_common_type(binder, count, arguments, construct, &type));
    VV_TRY(coerce_all(binder, count, arguments, type, construct));
    like.type = (uint8_t)type;
    if (kind != EXPR_COALESCE) {
        enum value_collation collation = VALUE_COLLATION_DEFAULT;

        like.function = (uint16_t)function_comparison_of(
            type, kind == EXPR_GREATEST ? FUNCTION_COMPARISON_GT : FUNCTION_COMPARISON_LT);
        VV_TRY(bind_collation_of(binder, count, arguments, like.function, &collation));
    }
    return bind_node(binder, &like, count, arguments, expr_out);
}

/* Whether PostgreSQL compares the two types, which differ, without casting the left one. */
static bool is_compared_uncast(enum value_type left, enum value_type right)
{
    static const uint8_t families[VALUE_TYPE_COUNT] = {
        [VALUE_SMALLINT] = 1, [VALUE_INTEGER] = 1, [VALUE_BIGINT] = 1,    [VALUE_REAL] = 2,
        [VALUE_DOUBLE] = 2,   [VALUE_DATE] = 3,    [VALUE_TIMESTAMP] = 3, [VALUE_TIMESTAMPTZ] = 3};

    return families[left] != 0 && families[left] == families[right];
}

/* NULLIF(a, b) is of the type that a has in a = b. Where only Varve casts a for that, it is
 * CASE WHEN a = b THEN NULL ELSE a END. */
static vv_status bind_nullif(struct binder *binder, const struct ast *node,
                             const struct expr **expr_out)
{
    const struct expr *left = NULL;
    const struct expr *right = NULL;
    const struct expr *first = NULL;
    enum value_type type = VALUE_UNKNOWN;

    VV_TRY(bind_expr(binder, AST_AS(nullif, node)->left, &left));
    VV_TRY(bind_expr(binder, AST_AS(nullif, node)->right, &right));
    first = left;
    VV_TRY(bind_operator(binder, PG_TEXT("="), node->position, left, right, &left));
    if (expr_fold_collation(left->arguments[0]) != VALUE_COLLATION_DEFAULT ||
        (left->arguments[0]->type != first->type &&
         is_compared_uncast((enum value_type)first->type,
                            (enum value_type)left->arguments[1]->type))) {
        struct expr like = {
            .kind = EXPR_CASE, .modifier = VALUE_NO_MODIFIER, .position = node->position};
        const struct expr *parts[3] = {left, NULL, NULL};

        VV_TRY(settle(binder, &first)); /* the comparison told its type */
        VV_TRY(bind_resolve_unknown(binder, first, &parts[2]));
        like.type = parts[2]->type;
        parts[1] = expr_null(binder->arena, (enum value_type)like.type, node->position);
        return bind_node(binder, &like, 3, parts, expr_out);
    }
    type = (enum value_type)left->arguments[0]->type;
    return comparison_retag(binder, left, EXPR_NULLIF, type == VALUE_VARCHAR ? VALUE_TEXT : type,
                            false, expr_out);
}

static vv_status bind_cast(struct binder *binder, const struct ast *node,
                           const struct expr **expr_out)
{
    const struct ast_cast *cast = AST_AS(cast, node);
    const struct expr *argument = NULL;
    enum value_type type = VALUE_UNKNOWN;
    int32_t modifier = VALUE_NO_MODIFIER;

    VV_TRY(bind_type(binder, cast->type, &type, &modifier));
    VV_TRY(bind_expr(binder, cast->arg, &argument));
    if (!bind_can_coerce((enum value_type)argument->type, type, CAST_EXPLICIT)) {
        return error_set(binder->error, VV_SQLSTATE_CANNOT_COERCE, node->position,
                         "cannot cast type %s to %s", value_types[argument->type].text,
                         value_types[type].text);
    }
    return bind_coerce(binder, argument, type, modifier, CAST_EXPLICIT, node->position, expr_out);
}

/* What the parser knows and nobody runs yet. */
static vv_status expr_unsupported(struct binder *binder, const struct ast *node)
{
    switch (node->tag) {
    case AST_SUBQUERY:
    case AST_EXISTS:
    case AST_ARRAY_SUBQUERY:
        if (binder->place == BIND_INDEX || binder->place == BIND_INDEX_WHERE) {
            return error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, node->position,
                             "cannot use subquery in index %s",
                             binder->place == BIND_INDEX ? "expression" : "predicate");
        }
        return bind_unsupported(binder, node->position, "a subquery in an expression");
    case AST_QUANTIFIED:
        return bind_unsupported(binder, node->position, "ANY or ALL");
    case AST_ARRAY:
    case AST_SUBSCRIPT:
        return bind_unsupported(binder, node->position, "an array");
    case AST_ROW:
    case AST_FIELD:
        return bind_unsupported(binder, node->position, "a row as a value");
    case AST_GROUPING:
        return bind_unsupported(binder, node->position, "GROUPING");
    case AST_DEFAULT:
        return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, node->position,
                         "DEFAULT is not allowed in this context");
    default:
        return bind_unsupported(binder, node->position, ast_tag_text((enum ast_tag)node->tag));
    }
}

vv_status bind_expr(struct binder *binder, const struct ast *node, const struct expr **expr_out)
{
    *expr_out = NULL;
    VV_TRY(bind_check_memory(binder, node->position));
    switch (node->tag) {
    case AST_NULL:
        return constant_make(binder, value_null(VALUE_UNKNOWN), node->position, expr_out);
    case AST_BOOLEAN:
        return constant_make(binder, value_boolean(AST_AS(boolean, node)->value), node->position,
                             expr_out);
    case AST_INTEGER:
        return integer_make(binder, AST_AS(integer, node)->value, node->position, expr_out);
    case AST_NUMBER:
        return number_make(binder, AST_AS(number, node)->text, false, node->position, expr_out);
    case AST_STRING:
        return constant_make(binder, value_bytes(VALUE_UNKNOWN, AST_AS(string, node)->text),
                             node->position, expr_out);
    case AST_PARAMETER:
        return bind_parameter(binder, node, expr_out);
    case AST_COLUMN:
        return bind_column(binder, node, expr_out);
    case AST_UNARY:
        return bind_unary(binder, node, expr_out);
    case AST_BINARY:
        return bind_binary(binder, node, expr_out);
    case AST_AND:
        return bind_boolean_list(binder, node, &AST_AS(and, node)->args, EXPR_AND, "AND", expr_out);
    case AST_OR:
        return bind_boolean_list(binder, node, &AST_AS(or, node)->args, EXPR_OR, "OR", expr_out);
    case AST_NOT:
        return bind_not(binder, node, expr_out);
    case AST_IS:
        return bind_is(binder, node, expr_out);
    case AST_DISTINCT_FROM:
        return bind_distinct_from(binder, node, expr_out);
    case AST_BETWEEN:
        return bind_between(binder, node, expr_out);
    case AST_IN:
        return bind_in(binder, node, expr_out);
    case AST_LIKE:
        return bind_like(binder, node, expr_out);
    case AST_CASE:
        return bind_case(binder, node, expr_out);
    case AST_CAST:
        return bind_cast(binder, node, expr_out);
    case AST_COLLATE:
        return bind_collate(binder, node, expr_out);
    case AST_CALL:
        return bind_call(binder, node, expr_out);
    case AST_VALUE_FUNCTION:
        return bind_value_function(binder, node, expr_out);
    case AST_COALESCE:
        return bind_common(binder, node, &AST_AS(coalesce, node)->args, EXPR_COALESCE, "COALESCE",
                           expr_out);
    case AST_GREATEST:
        return bind_common(binder, node, &AST_AS(greatest, node)->args, EXPR_GREATEST, "GREATEST",
                           expr_out);
    case AST_LEAST:
        return bind_common(binder, node, &AST_AS(least, node)->args, EXPR_LEAST, "LEAST", expr_out);
    case AST_NULLIF:
        return bind_nullif(binder, node, expr_out);
    default:
        return expr_unsupported(binder, node);
    }
}
