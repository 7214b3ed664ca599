/*
 * parse_dml.c - INSERT, UPDATE, DELETE, TRUNCATE.
 */
#include "sql/parse_private.h"

static void parse_insert_source(struct parser *p, struct ast_insert *insert);
static bool at_query_in_parens(struct parser *p);
static struct ast_list parse_insert_columns(struct parser *p);
static struct ast *parse_column_target(struct parser *p);
static struct ast *parse_on_conflict(struct parser *p);
static struct ast_list parse_assignments(struct parser *p);
static struct ast *parse_assignment(struct parser *p);
static struct ast *parse_target_relation(struct parser *p);

/* INSERT, UPDATE or DELETE behind their WITH. */
struct ast *parse_dml(struct parser *p, struct ast *with)
{
    if (at_word(p, KEYWORD_INSERT)) {
        return parse_insert(p, with);
    }
    if (at_word(p, KEYWORD_UPDATE)) {
        return parse_update(p, with);
    }
    return parse_delete(p, with);
}

struct ast *parse_insert(struct parser *p, struct ast *with)
{
    struct ast_insert *insert = MAKE(p, AST_INSERT, insert, p->token.position);
    struct ast *table = NULL;

    expect_word(p, KEYWORD_INSERT);
    expect_word(p, KEYWORD_INTO);
    insert->with = with;
    table = parse_relation(p);
    if (accept_word(p, KEYWORD_AS) && !parse_failed(p)) {
        ((struct ast_relation *)(void *)table)->alias = parse_column_id(p);
    }
    insert->table = table;
    parse_insert_source(p, insert);
    if (at_word(p, KEYWORD_ON)) {
        insert->on_conflict = parse_on_conflict(p);
    }
    insert->returning = parse_returning(p);
    return node_finish(p, insert);
}

static void parse_insert_source(struct parser *p, struct ast_insert *insert)
{
    if (accept_words(p, KEYWORD_DEFAULT, KEYWORD_VALUES)) {
        return;
    }
    if (at_symbol(p, '(') && !at_query_in_parens(p)) {
        insert->columns = parse_insert_columns(p);
    }
    if (accept_word(p, KEYWORD_OVERRIDING)) {
        if (accept_word(p, KEYWORD_USER)) {
            insert->override = AST_OVERRIDE_USER;
        } else {
            expect_word(p, KEYWORD_SYSTEM);
            insert->override = AST_OVERRIDE_SYSTEM;
        }
        expect_word(p, KEYWORD_VALUE);
    }
    if (!at_query(p) && !at_symbol(p, '(')) {
        parse_syntax_error(p);
        return;
    }
    insert->source = parse_query(p);
}

/* At '(': a query rather than a list of columns. `values` may name a column, VALUES ( is a query. */
static bool at_query_in_parens(struct parser *p)
{
    const struct lex_token *next = parse_peek(p);

    if (next->keyword == KEYWORD_VALUES) {
        struct lex ahead = p->lex;
        struct lex_token after;

        ahead.arena = NULL;
        ahead.error = NULL;
        lex_next(&ahead, &after);
        return after.symbol == '(';
    }
    return next->symbol == '(' || next->keyword == KEYWORD_SELECT ||
           next->keyword == KEYWORD_WITH || next->keyword == KEYWORD_TABLE;
}

static struct ast_list parse_insert_columns(struct parser *p)
{
    struct ast_list list = {0};

    expect_symbol(p, '(');
    do {
        list_push(p, &list, parse_column_target(p));
    } while (accept_symbol(p, ','));
    expect_symbol(p, ')');
    return list;
}

/* A column that is written to; parts of one (a[1], a.b) are not built. */
static struct ast *parse_column_target(struct parser *p)
{
    uint32_t position = p->token.position;
    vv_slice name = parse_column_id(p);

    if (at_symbol(p, '[') || at_symbol(p, '.')) {
        parse_unsupported(p, p->token.position, "assignment to a part of a column");
    }
    return make_identifier(p, name, position);
}

static struct ast *parse_on_conflict(struct parser *p)
{
    struct ast_on_conflict *conflict = MAKE(p, AST_ON_CONFLICT, on_conflict, p->token.position);

    expect_word(p, KEYWORD_ON);
    expect_word(p, KEYWORD_CONFLICT);
    if (accept_symbol(p, '(')) {
        do {
            list_push(p, &conflict->elements, parse_index_element(p));
        } while (accept_symbol(p, ','));
        expect_symbol(p, ')');
        conflict->target_where = parse_where(p);
    } else if (accept_word(p, KEYWORD_ON)) {
        expect_word(p, KEYWORD_CONSTRAINT);
        conflict->constraint = parse_name(p);
    }
    expect_word(p, KEYWORD_DO);
    if (accept_word(p, KEYWORD_NOTHING)) {
        return node_finish(p, conflict);
    }
    expect_word(p, KEYWORD_UPDATE);
    expect_word(p, KEYWORD_SET);
    conflict->update = true;
    conflict->assignments = parse_assignments(p);
    conflict->where = parse_where(p);
    return node_finish(p, conflict);
}

static struct ast_list parse_assignments(struct parser *p)
{
    struct ast_list list = {0};

    do {
        list_push(p, &list, parse_assignment(p));
    } while (accept_symbol(p, ','));
    return list;
}

static struct ast *parse_assignment(struct parser *p)
{
    struct ast_assignment *assignment = MAKE(p, AST_ASSIGNMENT, assignment, p->token.position);

    if (accept_symbol(p, '(')) {
        assignment->multiple = true;
        do {
            list_push(p, &assignment->columns, parse_column_target(p));
        } while (accept_symbol(p, ','));
        expect_symbol(p, ')');
    } else {
        list_push(p, &assignment->columns, parse_column_target(p));
    }
    expect_symbol(p, '=');
    assignment->value = parse_expr(p);
    return node_finish(p, assignment);
}

/* relation_expr_opt_alias: SET is no alias without AS. */
static struct ast *parse_target_relation(struct parser *p)
{
    struct ast *table = parse_relation_expr(p);
    vv_slice alias = slice_make("", 0);

    if (accept_word(p, KEYWORD_AS)) {
        alias = parse_column_id(p);
    } else if (at_column_id(p) && !at_word(p, KEYWORD_SET)) {
        alias = take_name(p);
    }
    if (!parse_failed(p)) {
        ((struct ast_relation *)(void *)table)->alias = alias;
    }
    return table;
}

struct ast *parse_update(struct parser *p, struct ast *with)
{
    struct ast_update *update = MAKE(p, AST_UPDATE, update, p->token.position);

    expect_word(p, KEYWORD_UPDATE);
    update->with = with;
    update->table = parse_target_relation(p);
    expect_word(p, KEYWORD_SET);
    update->assignments = parse_assignments(p);
    if (accept_word(p, KEYWORD_FROM)) {
        update->from = parse_from_list(p);
    }
    update->where = parse_where(p);
    update->returning = parse_returning(p);
    return node_finish(p, update);
}

struct ast *parse_delete(struct parser *p, struct ast *with)
{
    struct ast_delete *delete = MAKE(p, AST_DELETE, delete, p->token.position);

    expect_word(p, KEYWORD_DELETE);
    expect_word(p, KEYWORD_FROM);
    delete->with = with;
    delete->table = parse_target_relation(p);
    if (accept_word(p, KEYWORD_USING)) {
        delete->using_tables = parse_from_list(p);
    }
    delete->where = parse_where(p);
    delete->returning = parse_returning(p);
    return node_finish(p, delete);
}

struct ast *parse_truncate(struct parser *p)
{
    struct ast_truncate *truncate = MAKE(p, AST_TRUNCATE, truncate, p->token.position);

    expect_word(p, KEYWORD_TRUNCATE);
    (void)accept_word(p, KEYWORD_TABLE);
    truncate->tables = parse_relation_list(p, true);
    if (accept_word(p, KEYWORD_RESTART)) {
        expect_word(p, KEYWORD_IDENTITY);
        truncate->restart_identity = true;
    } else if (accept_word(p, KEYWORD_CONTINUE)) {
        expect_word(p, KEYWORD_IDENTITY);
    }
    truncate->behavior = parse_behavior(p);
    return node_finish(p, truncate);
}
