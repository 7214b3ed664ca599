/*
 * parse_from.c - the FROM clause: tables, functions, subqueries, joins.
 *
 * `a JOIN b JOIN c ON x ON y` is legal: a join that needs a condition takes everything up to its own
 * ON as its right side, so that side is read as a whole table reference.
 */
#include "sql/parse_private.h"

static struct ast *parse_joins(struct parser *p, struct ast *left);
static bool parse_join_kind(struct parser *p, enum ast_join_kind *kind_out, bool *natural_out);
static void parse_join_condition(struct parser *p, struct ast_join *join);
static struct ast *parse_table_primary(struct parser *p);
static struct ast *parse_from_paren(struct parser *p);
static struct ast *parse_from_query(struct parser *p, struct ast *query, bool lateral,
                                    uint32_t position);
static struct ast *parse_from_name(struct parser *p);
static struct ast *parse_from_function(struct parser *p, bool lateral);
static struct ast *finish_function(struct parser *p, struct ast *call, bool lateral,
                                   uint32_t position);
static void parse_alias(struct parser *p, vv_slice *alias_out, struct ast_list *columns_out);
static bool at_join(const struct parser *p);

struct ast_list parse_from_list(struct parser *p)
{
    struct ast_list list = {0};

    do {
        list_push(p, &list, parse_table_ref(p));
    } while (accept_symbol(p, ','));
    return list;
}

struct ast *parse_table_ref(struct parser *p)
{
    struct ast *table = NULL;

    enter_level(p);
    table = parse_joins(p, parse_table_primary(p));
    leave_level(p);
    return table;
}

/* Grows to the left in the loop. */
static struct ast *parse_joins(struct parser *p, struct ast *left)
{
    while (at_join(p)) {
        struct ast_join *join = MAKE(p, AST_JOIN, join, p->token.position);

        if (!parse_join_kind(p, &join->kind, &join->natural)) {
            break;
        }
        join->left = left;
        if (join->kind == AST_JOIN_CROSS || join->natural) {
            join->right = parse_table_primary(p);
        } else {
            join->right = parse_table_ref(p);
            parse_join_condition(p, join);
        }
        left = node_finish(p, join);
    }
    return left;
}

static bool at_join(const struct parser *p)
{
    return at_word(p, KEYWORD_JOIN) || at_word(p, KEYWORD_INNER) || at_word(p, KEYWORD_LEFT) ||
           at_word(p, KEYWORD_RIGHT) || at_word(p, KEYWORD_FULL) || at_word(p, KEYWORD_CROSS) ||
           at_word(p, KEYWORD_NATURAL);
}

static bool parse_join_kind(struct parser *p, enum ast_join_kind *kind_out, bool *natural_out)
{
    *kind_out = AST_JOIN_INNER;
    if (accept_word(p, KEYWORD_CROSS)) {
        *kind_out = AST_JOIN_CROSS;
    } else {
        *natural_out = accept_word(p, KEYWORD_NATURAL);
        if (accept_word(p, KEYWORD_LEFT)) {
            *kind_out = AST_JOIN_LEFT;
        } else if (accept_word(p, KEYWORD_RIGHT)) {
            *kind_out = AST_JOIN_RIGHT;
        } else if (accept_word(p, KEYWORD_FULL)) {
            *kind_out = AST_JOIN_FULL;
        } else {
            (void)accept_word(p, KEYWORD_INNER);
        }
        if (*kind_out != AST_JOIN_INNER) {
            (void)accept_word(p, KEYWORD_OUTER);
        }
    }
    expect_word(p, KEYWORD_JOIN);
    return !parse_failed(p);
}

static void parse_join_condition(struct parser *p, struct ast_join *join)
{
    if (accept_word(p, KEYWORD_ON)) {
        join->condition = parse_expr(p);
        return;
    }
    expect_word(p, KEYWORD_USING);
    join->using_columns = parse_column_list(p);
    if (at_word(p, KEYWORD_AS)) {
        parse_unsupported(p, p->token.position, "an alias of JOIN USING");
    }
}

static struct ast *parse_table_primary(struct parser *p)
{
    uint32_t position = p->token.position;

    if (at_symbol(p, '(')) {
        struct ast *table = parse_from_paren(p);

        if (parse_failed(p)) {
            return node_scratch(p);
        }
        if (table->tag == AST_JOIN) {
            struct ast_join *join = (struct ast_join *)(void *)table;

            if (join->alias.size == 0) {
                parse_alias(p, &join->alias, &join->columns);
            }
            return node_finish(p, join);
        }
        return parse_from_query(p, table, false, position);
    }
    if (accept_word(p, KEYWORD_LATERAL)) {
        if (at_symbol(p, '(')) {
            struct ast *query = parse_query_in_parens(p);

            return parse_from_query(p, query, true, position);
        }
        return parse_from_function(p, true);
    }
    return parse_from_name(p);
}

/* ( query ) or ( join ), with any number of parentheses around; returns the query or the join. */
static struct ast *parse_from_paren(struct parser *p)
{
    struct ast *inner = NULL;
    uint32_t position = 0;

    enter_level(p);
    expect_symbol(p, '(');
    position = p->token.position;
    if (at_query(p)) {
        inner = parse_query(p);
    } else if (at_symbol(p, '(')) {
        inner = parse_from_paren(p);
        if (parse_failed(p)) {
            inner = node_scratch(p);
        } else if (inner->tag != AST_JOIN && (at_symbol(p, ')') || at_query_tail(p))) {
            inner = parse_query_from(p, inner);
        } else {
            if (inner->tag == AST_JOIN) {
                struct ast_join *join = (struct ast_join *)(void *)inner;

                parse_alias(p, &join->alias, &join->columns);
            } else {
                inner = parse_from_query(p, inner, false, position);
            }
            inner = parse_joins(p, inner);
        }
    } else {
        inner = parse_table_ref(p);
    }
    /* ( t ) alone is no table: PostgreSQL wants a join there. */
    if (!parse_failed(p) && inner->tag != AST_JOIN && inner->tag != AST_SELECT &&
        inner->tag != AST_VALUES && inner->tag != AST_SET_OPERATION) {
        parse_syntax_error(p);
        inner = node_scratch(p);
    }
    expect_symbol(p, ')');
    leave_level(p);
    return parse_failed(p) ? node_scratch(p) : inner;
}

static struct ast *parse_from_query(struct parser *p, struct ast *query, bool lateral,
                                    uint32_t position)
{
    struct ast_from_query *from = MAKE(p, AST_FROM_QUERY, from_query, position);

    from->lateral = lateral;
    from->query = query;
    parse_alias(p, &from->alias, &from->columns);
    if (from->alias.size == 0 && !parse_failed(p)) {
        bool values = query->tag == AST_VALUES;

        parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, position, "%s in FROM must have an alias",
                    values ? "VALUES" : "subquery");
        error_hint(p->error, "For example, FROM (%s ...) [AS] foo.", values ? "VALUES" : "SELECT");
    }
    return node_finish(p, from);
}

/* A table, or a function when '(' follows its name. */
static struct ast *parse_from_name(struct parser *p)
{
    uint32_t position = p->token.position;
    struct ast *table = NULL;
    struct ast_relation *relation = NULL;
    struct ast_name name = {0};

    if (at_word(p, KEYWORD_ROWS) && peek_word(p, KEYWORD_FROM)) {
        parse_unsupported(p, position, "ROWS FROM");
    } else if (at_word(p, KEYWORD_XMLTABLE)) {
        parse_unsupported(p, position, "XMLTABLE");
    }
    if (at_word(p, KEYWORD_ONLY)) {
        table = parse_relation_expr(p);
    } else if (at_special_call(p) || !at_column_id(p)) {
        return parse_from_function(p, false);
    } else {
        name = parse_any_name(p);
        if (at_symbol(p, '(')) {
            return finish_function(p, parse_call(p, name, position), false, position);
        }
        table = parse_relation_of(p, name, position);
        (void)accept_symbol(p, '*');
    }
    if (parse_failed(p)) {
        return node_scratch(p);
    }
    relation = (struct ast_relation *)(void *)table;
    parse_alias(p, &relation->alias, &relation->columns);
    if (at_word(p, KEYWORD_TABLESAMPLE)) {
        parse_unsupported(p, p->token.position, "TABLESAMPLE");
    }
    return node_finish(p, relation);
}

/* A function whose name cannot be a table's, or that stands behind LATERAL. */
static struct ast *parse_from_function(struct parser *p, bool lateral)
{
    uint32_t position = p->token.position;
    struct ast_name name = {0};

    if (at_special_call(p)) {
        return finish_function(p, parse_special_call(p), lateral, position);
    }
    if (at_column_id(p)) {
        name = parse_any_name(p);
    } else if (at_type_name(p) && peek_symbol(p, '(')) {
        name = make_simple_name(p, take_name(p));
    } else {
        parse_syntax_error(p);
        return node_scratch(p);
    }
    if (!at_symbol(p, '(')) {
        parse_syntax_error(p);
        return node_scratch(p);
    }
    return finish_function(p, parse_call(p, name, position), lateral, position);
}

static struct ast *finish_function(struct parser *p, struct ast *call, bool lateral,
                                   uint32_t position)
{
    struct ast_from_function *function = MAKE(p, AST_FROM_FUNCTION, from_function, position);

    function->call = call;
    function->lateral = lateral;
    function->ordinality = accept_words(p, KEYWORD_WITH, KEYWORD_ORDINALITY);
    if (at_word(p, KEYWORD_AS) && peek_symbol(p, '(')) {
        parse_unsupported(p, p->token.position, "a column definition list in FROM");
    }
    parse_alias(p, &function->alias, &function->columns);
    return node_finish(p, function);
}

/* [AS] name [(columns)]; optional. */
static void parse_alias(struct parser *p, vv_slice *alias_out, struct ast_list *columns_out)
{
    if (accept_word(p, KEYWORD_AS)) {
        *alias_out = parse_column_id(p);
    } else if (at_column_id(p)) {
        *alias_out = take_name(p);
    } else {
        return;
    }
    if (!accept_symbol(p, '(')) {
        return;
    }
    do {
        uint32_t position = p->token.position;

        list_push(p, columns_out, make_identifier(p, parse_column_id(p), position));
        if (at_type_name(p) || at_simple_type_keyword(p)) {
            parse_unsupported(p, position, "a column definition list in FROM");
        }
    } while (accept_symbol(p, ','));
    expect_symbol(p, ')');
}
