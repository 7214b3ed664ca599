/*
 * bind_row.c - comparisons of rows, (a, b) < (c, d), as conditions on their columns (PostgreSQL: parse_expr.c,
 * make_row_comparison_op; manual 9.24.5).
 *
 * A row is no value here; only comparisons of written rows are understood. `<` and its kin become
 * a < c OR (a = c AND b < d), which is unknown exactly where PostgreSQL's RowCompareExpr is; or a CASE where b or d is
 * computed, which that leaves alone behind a NULL. Columns are bound once
 * and shared. The rows of VALUES are bound here too: they have one length, their columns one type and collation.
 */
#include "plan/bind_private.h"

struct row_pair {
    uint32_t count;
    const struct expr **left;
    const struct expr **right;
};

static vv_status pair_bind(struct binder *binder, const struct ast *left, const struct ast *right,
                           uint32_t position, struct row_pair *pair_out);
static vv_status columns_bind(struct binder *binder, const struct ast *row,
                              const struct expr ***columns_out);
static vv_status compare_equal(struct binder *binder, const struct row_pair *pair, bool negated,
                               uint32_t position, const struct expr **expr_out);
static vv_status compare_order(struct binder *binder, const struct row_pair *pair, vv_slice op,
                               uint32_t position, const struct expr **expr_out);

bool bind_is_row(const struct ast *node)
{
    return node->tag == AST_ROW;
}

vv_status bind_row_comparison(struct binder *binder, const struct ast *node,
                              const struct expr **expr_out)
{
    const struct ast_binary *binary = AST_AS(binary, node);
    struct row_pair pair = {0};
    bool equal = slice_equal(binary->op, slice_text("="));

    VV_TRY(pair_bind(binder, binary->left, binary->right, node->position, &pair));
    if (equal || slice_equal(binary->op, slice_text("<>"))) {
        return compare_equal(binder, &pair, !equal, node->position, expr_out);
    }
    if (binary->op.data[0] != '<' && binary->op.data[0] != '>') {
        const struct expr *first = NULL;

        VV_TRY(
            bind_operator(binder, binary->op, node->position, pair.left[0], pair.right[0], &first));
        if (first->type != VALUE_BOOLEAN) {
            return error_set(binder->error, VV_SQLSTATE_DATATYPE_MISMATCH, node->position,
                             "row comparison operator must yield type boolean, not type %s",
                             value_types[first->type].text);
        }
        return error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, node->position,
                         "could not determine interpretation of row comparison operator %.*s",
                         (int)binary->op.size, (const char *)binary->op.data);
    }
    return compare_order(binder, &pair, binary->op, node->position, expr_out);
}

vv_status bind_row_distinct(struct binder *binder, const struct ast *node,
                            const struct expr **expr_out)
{
    const struct ast_distinct_from *distinct = AST_AS(distinct_from, node);
    struct row_pair pair = {0};

    VV_TRY(pair_bind(binder, distinct->left, distinct->right, node->position, &pair));
    for (uint32_t i = 0; i < pair.count; i++) {
        struct expr like;

        VV_TRY(bind_operator(binder, slice_text("="), node->position, pair.left[i], pair.right[i],
                             &pair.left[i]));
        like = *pair.left[i];
        like.kind = EXPR_IS_DISTINCT;
        like.negated = distinct->negated;
        VV_TRY(bind_node(binder, &like, 2, pair.left[i]->arguments, &pair.left[i]));
    }
    if (pair.count == 1) {
        *expr_out = pair.left[0];
        return VV_OK;
    }
    return bind_logic(binder, distinct->negated ? EXPR_AND : EXPR_OR, node->position, pair.count,
                      pair.left, expr_out);
}

/* IS NULL: all columns are; IS NOT NULL: none is. */
vv_status bind_row_is_null(struct binder *binder, const struct ast *row, bool negated,
                           uint32_t position, const struct expr **expr_out)
{
    const struct expr **columns = NULL;
    uint32_t count = AST_AS(row, row)->items.count;
    struct expr like = {.kind = EXPR_IS_NULL,
                        .type = VALUE_BOOLEAN,
                        .negated = negated,
                        .modifier = VALUE_NO_MODIFIER,
                        .position = position};

    VV_TRY(columns_bind(binder, row, &columns));
    for (uint32_t i = 0; i < count; i++) {
        const struct expr *column = NULL;

        VV_TRY(bind_resolve_any(binder, columns[i], &column));
        VV_TRY(bind_node(binder, &like, 1, &column, &columns[i]));
    }
    if (count < 2) {
        *expr_out = count == 1 ? columns[0] : expr_boolean(binder->arena, true);
        return *expr_out == NULL ? VV_NOMEM : VV_OK;
    }
    return bind_logic(binder, EXPR_AND, position, count, columns, expr_out);
}

vv_status bind_row_in(struct binder *binder, const struct ast *node, const struct expr **expr_out)
{
    const struct ast_in *in = AST_AS(in, node);
    const struct expr **tests = ARENA_ARRAY(binder->arena, const struct expr *, in->items.count);
    struct row_pair pair = {.count = AST_AS(row, in->arg)->items.count};
    const struct expr ***rows = ARENA_ARRAY(binder->arena, const struct expr **, in->items.count);
    uint32_t count = 0;

    if (tests == NULL || rows == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(columns_bind(binder, in->arg, &pair.left));
    ast_for_each(item, &in->items) /* all are bound before any is compared */
    {
        if (!bind_is_row(item)) {
            return bind_unsupported(binder, item->position, "a row as a value");
        }
        VV_TRY(columns_bind(binder, item, &rows[count++]));
    }
    count = 0;
    ast_for_each(item, &in->items)
    {
        if (AST_AS(row, item)->items.count != pair.count) {
            return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, node->position,
                             "unequal number of entries in row expressions");
        }
        pair.right = rows[count];
        VV_TRY(compare_equal(binder, &pair, in->negated, node->position, &tests[count++]));
    }
    if (count == 1) {
        *expr_out = tests[0];
        return VV_OK;
    }
    return bind_logic(binder, in->negated ? EXPR_AND : EXPR_OR, node->position, count, tests,
                      expr_out);
}

static vv_status columns_bind(struct binder *binder, const struct ast *row,
                              const struct expr ***columns_out)
{
    const struct ast_list *items = &AST_AS(row, row)->items;
    uint32_t count = 0;

    *columns_out = ARENA_ARRAY(binder->arena, const struct expr *, items->count + 1);
    if (*columns_out == NULL) {
        return VV_NOMEM;
    }
    ast_for_each(item, items)
    {
        VV_TRY(bind_expr(binder, item, &(*columns_out)[count++]));
    }
    return VV_OK;
}

static vv_status pair_bind(struct binder *binder, const struct ast *left, const struct ast *right,
                           uint32_t position, struct row_pair *pair_out)
{
    pair_out->count = AST_AS(row, left)->items.count;
    if (pair_out->count != AST_AS(row, right)->items.count) {
        return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, position,
                         "unequal number of entries in row expressions");
    }
    if (pair_out->count == 0) {
        return error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, position,
                         "cannot compare rows of zero length");
    }
    VV_TRY(columns_bind(binder, left, &pair_out->left));
    return columns_bind(binder, right, &pair_out->right);
}

/* a = c AND b = d; a <> c OR b <> d. */
static vv_status compare_equal(struct binder *binder, const struct row_pair *pair, bool negated,
                               uint32_t position, const struct expr **expr_out)
{
    const struct expr **tests = ARENA_ARRAY(binder->arena, const struct expr *, pair->count);

    if (tests == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < pair->count; i++) {
        VV_TRY(bind_operator(binder, slice_text(negated ? "<>" : "="), position, pair->left[i],
                             pair->right[i], &tests[i]));
    }
    if (pair->count == 1) {
        *expr_out = tests[0];
        return VV_OK;
    }
    return bind_logic(binder, negated ? EXPR_OR : EXPR_AND, position, pair->count, tests, expr_out);
}

/* Whether the columns from the given one on are there without computing, so that nobody sees whether they are looked at. */
static bool is_plain(const struct row_pair *pair, uint32_t from)
{
    for (uint32_t i = from; i < pair->count; i++) {
        if (pair->left[i]->argument_count > 0 || pair->right[i]->argument_count > 0) {
            return false;
        }
    }
    return true;
}

/* CASE WHEN before THEN true WHEN equal THEN rest ELSE before END: behind a NULL nothing is computed, as in PostgreSQL. */
static vv_status compare_lazily(struct binder *binder, uint32_t position, const struct expr *before,
                                const struct expr *equal, const struct expr **rest)
{
    struct expr like = {.kind = EXPR_CASE,
                        .type = VALUE_BOOLEAN,
                        .modifier = VALUE_NO_MODIFIER,
                        .position = position};
    const struct expr *arguments[] = {before, expr_boolean(binder->arena, true), equal, *rest,
                                      before};

    return arguments[1] == NULL ? VV_NOMEM : bind_node(binder, &like, 5, arguments, rest);
}

/* From the last column, which decides with op itself, to the first. */
static vv_status compare_order(struct binder *binder, const struct row_pair *pair, vv_slice op,
                               uint32_t position, const struct expr **expr_out)
{
    vv_slice strict = slice_make(op.data, 1);
    uint32_t last = pair->count - 1;

    for (uint32_t i = 0; i <= last; i++) { /* errors from left to right */
        VV_TRY(bind_operator(binder, op, position, pair->left[i], pair->right[i], expr_out));
    }
    for (uint32_t i = last; i-- > 0;) {
        const struct expr *both[2] = {NULL, *expr_out};
        const struct expr *either[2] = {NULL, NULL};

        VV_TRY(bind_operator(binder, slice_text("="), position, pair->left[i], pair->right[i],
                             &both[0]));
        VV_TRY(bind_operator(binder, strict, position, pair->left[i], pair->right[i], &either[0]));
        if (!is_plain(pair, i + 1)) {
            VV_TRY(compare_lazily(binder, position, either[0], both[0], expr_out));
            continue;
        }
        VV_TRY(bind_logic(binder, EXPR_AND, position, 2, both, &either[1]));
        VV_TRY(bind_logic(binder, EXPR_OR, position, 2, either, expr_out));
    }
    return VV_OK;
}

/* ---- VALUES ---- */

static vv_status values_cells(struct binder *binder, const struct ast_values *values,
                              uint32_t column_count, const struct expr **cells)
{
    uint32_t row = 0;

    ast_for_each(item, &values->rows)
    {
        const struct ast_row *line = AST_AS(row, item);
        uint32_t column = 0;

        if (line->items.count != column_count) {
            return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR,
                             line->items.first != NULL ? line->items.first->position : 0,
                             "VALUES lists must all be the same length");
        }
        ast_for_each(cell, &line->items)
        {
            VV_TRY(bind_expr_at(binder, BIND_VALUES, cell, &cells[row * column_count + column]));
            column++;
        }
        row++;
    }
    return VV_OK;
}

/* Each column gets the common type of its cells, and their collation. */
static vv_status values_types(struct binder *binder, uint32_t row_count, uint32_t column_count,
                              const struct expr **cells, uint8_t *collations)
{
    const struct expr **column = ARENA_ARRAY(binder->arena, const struct expr *, row_count);

    if (column == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t c = 0; c < column_count; c++) {
        enum value_type type = VALUE_UNKNOWN;
        enum value_collation collation = VALUE_COLLATION_DEFAULT;

        for (uint32_t r = 0; r < row_count; r++) {
            column[r] = cells[r * column_count + c];
        }
        VV_TRY(bind_collation_of(binder, row_count, column, FUNCTION_NONE, &collation));
        collations[c] = (uint8_t)collation;
        VV_TRY(bind_common_type(binder, row_count, column, "VALUES", &type));
        for (uint32_t r = 0; r < row_count; r++) {
            const struct expr **cell = &cells[r * column_count + c];

            if (!bind_can_coerce((enum value_type)(*cell)->type, type, CAST_IMPLICIT)) {
                return error_set(binder->error, VV_SQLSTATE_CANNOT_COERCE, bind_location(*cell),
                                 "VALUES could not convert type %s to %s",
                                 value_types[(*cell)->type].text, value_types[type].text);
            }
            VV_TRY(bind_coerce(binder, *cell, type, VALUE_NO_MODIFIER, CAST_IMPLICIT, 0, cell));
        }
    }
    return VV_OK;
}

vv_status bind_values_cells(struct binder *binder, const struct ast_values *values,
                            const struct expr ***cells_out, const uint8_t **collations_out)
{
    uint32_t row_count = values->rows.count;
    uint32_t column_count = AST_AS(row, values->rows.first)->items.count;
    const struct expr **cells =
        ARENA_ARRAY(binder->arena, const struct expr *, (size_t)row_count *column_count);
    uint8_t *collations = ARENA_ARRAY(binder->arena, uint8_t, column_count);

    *cells_out = cells;
    *collations_out = collations;
    if (cells == NULL || collations == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(values_cells(binder, values, column_count, cells));
    return values_types(binder, row_count, column_count, cells, collations);
}
