/*
 * column_name.c - the name of a column that has no alias, as PostgreSQL's FigureColname() picks it.
 *
 * Names come with a strength: a real name (2) beats a word for the kind of expression (1), which beats
 * nothing ("?column?"). A cast takes the name of what it casts, if that is strong, else the type's name.
 */
#include "sql/sql.h"

static int find_name(const struct ast *expr, vv_slice *name_out);
static int weak_name(const struct ast *expr, vv_slice *name_out);
static int query_name(const struct ast *query, vv_slice *name_out);
static int word(const char *text, int strength, vv_slice *name_out);

vv_slice sql_column_name(const struct ast *expr)
{
    vv_slice name = slice_text("?column?");

    (void)find_name(expr, &name);
    return name;
}

static int word(const char *text, int strength, vv_slice *name_out)
{
    *name_out = slice_text(text);
    return strength;
}

static int find_name(const struct ast *expr, vv_slice *name_out)
{
    vv_slice name = slice_make("", 0);
    int strength = 0;

    switch (expr->tag) {
    case AST_COLUMN:
        if (AST_AS(column, expr)->star || AST_AS(column, expr)->name.count == 0) {
            return 0;
        }
        *name_out = ast_name_last(&AST_AS(column, expr)->name);
        return 2;
    case AST_FIELD:
        if (!AST_AS(field, expr)->star) {
            *name_out = AST_AS(field, expr)->name;
            return 2;
        }
        return find_name(AST_AS(field, expr)->arg, name_out);
    case AST_SUBSCRIPT:
        return find_name(AST_AS(subscript, expr)->arg, name_out);
    case AST_CALL:
        *name_out = ast_name_last(&AST_AS(call, expr)->name);
        return 2;
    case AST_COLLATE:
        return find_name(AST_AS(collate, expr)->arg, name_out);
    case AST_CAST:
        strength = find_name(AST_AS(cast, expr)->arg, &name);
        if (strength <= 1) {
            *name_out = ast_name_last(&AST_AS(type, AST_AS(cast, expr)->type)->name);
            return 1;
        }
        *name_out = name;
        return strength;
    case AST_CASE:
        if (AST_AS(case, expr)->otherwise != NULL) {
            strength = find_name(AST_AS(case, expr)->otherwise, name_out);
        }
        return strength <= 1 ? word("case", 1, name_out) : strength;
    case AST_SUBQUERY:
        return query_name(AST_AS(subquery, expr)->query, name_out);
    default:
        return weak_name(expr, name_out);
    }
}

static int weak_name(const struct ast *expr, vv_slice *name_out)
{
    static const char *const functions[] = {
        "current_date",   "current_time",    "current_timestamp", "localtime",
        "localtimestamp", "current_role",    "current_user",      "session_user",
        "user",           "current_catalog", "current_schema"};

    switch (expr->tag) {
    case AST_EXISTS:
        return word("exists", 2, name_out);
    case AST_ARRAY:
    case AST_ARRAY_SUBQUERY:
        return word("array", 2, name_out);
    case AST_ROW:
        return word("row", 2, name_out);
    case AST_COALESCE:
        return word("coalesce", 2, name_out);
    case AST_GREATEST:
        return word("greatest", 2, name_out);
    case AST_LEAST:
        return word("least", 2, name_out);
    case AST_NULLIF:
        return word("nullif", 2, name_out);
    case AST_GROUPING:
        return word("grouping", 2, name_out);
    case AST_VALUE_FUNCTION:
        return word(functions[AST_AS(value_function, expr)->kind], 2, name_out);
    default:
        return 0;
    }
}

/* A scalar subquery takes the name of its first column. */
static int query_name(const struct ast *query, vv_slice *name_out)
{
    const struct ast_target *target = NULL;

    while (query->tag == AST_SET_OPERATION) {
        query = AST_AS(set_operation, query)->left;
    }
    if (query->tag == AST_VALUES) {
        return word("column1", 2, name_out);
    }
    if (query->tag != AST_SELECT || AST_AS(select, query)->targets.first == NULL) {
        return 0;
    }
    target = AST_AS(target, AST_AS(select, query)->targets.first);
    if (target->alias.size > 0) {
        *name_out = target->alias;
        return 2;
    }
    return find_name(target->expr, name_out);
}
