/*
 * parse_table.c - CREATE TABLE, columns and constraints, CREATE TABLE AS, CREATE INDEX.
 */
#include "sql/parse_private.h"

/* What a constraint's attributes say, as bits. */
enum { DEFERRABLE = 1, NOT_DEFERRABLE = 2, IMMEDIATE = 4, DEFERRED = 8 };

static struct ast *parse_table_element(struct parser *p);
static void parse_table_options(struct parser *p, struct ast_create_table *create);
static bool is_create_table_as(struct parser *p);
static struct ast *parse_create_table_as(struct parser *p, struct ast *table, bool if_not_exists,
                                         enum ast_persistence persistence, uint32_t position);
static struct ast *parse_column_constraint_element(struct parser *p);
static void parse_generated(struct parser *p, struct ast_constraint *constraint);
static void parse_unique_options(struct parser *p, struct ast_constraint *constraint);
static void parse_references(struct parser *p, struct ast_constraint *constraint);
static enum ast_ref_action parse_ref_action(struct parser *p);
static void parse_table_constraint_element(struct parser *p, struct ast_constraint *constraint);
static void parse_key_columns(struct parser *p, struct ast_constraint *constraint);
static void parse_constraint_attributes(struct parser *p, struct ast_constraint *constraint,
                                        bool of_column);
static void check_attributes(struct parser *p, bool of_column, unsigned seen, unsigned given,
                             uint32_t position);
static struct ast_list parse_include(struct parser *p);
static struct ast_list parse_index_elements(struct parser *p);

struct ast *parse_create_table(struct parser *p, enum ast_persistence persistence,
                               uint32_t position)
{
    struct ast_create_table *create = NULL;
    bool if_not_exists = false;
    struct ast *table = NULL;

    expect_word(p, KEYWORD_TABLE);
    if_not_exists = parse_if_not_exists(p);
    table = parse_relation(p);
    if (at_word(p, KEYWORD_OF)) {
        parse_unsupported(p, p->token.position, "CREATE TABLE OF");
    } else if (at_word(p, KEYWORD_PARTITION)) {
        parse_unsupported(p, p->token.position, "PARTITION OF");
    }
    if (is_create_table_as(p)) {
        return parse_create_table_as(p, table, if_not_exists, persistence, position);
    }
    create = MAKE(p, AST_CREATE_TABLE, create_table, position);
    create->table = table;
    create->if_not_exists = if_not_exists;
    create->persistence = persistence;
    expect_symbol(p, '(');
    if (!at_symbol(p, ')')) {
        do {
            list_push(p, &create->elements, parse_table_element(p));
        } while (accept_symbol(p, ','));
    }
    expect_symbol(p, ')');
    parse_table_options(p, create);
    return node_finish(p, create);
}

/* What follows the name tells: AS, or (names) AS, or options and AS. */
static bool is_create_table_as(struct parser *p)
{
    struct lex ahead = p->lex;
    struct lex_token token = p->token;

    if (!at_symbol(p, '(')) {
        return at_word(p, KEYWORD_AS) || at_word(p, KEYWORD_WITH) || at_word(p, KEYWORD_ON) ||
               at_word(p, KEYWORD_WITHOUT) || at_word(p, KEYWORD_USING) ||
               at_word(p, KEYWORD_TABLESPACE);
    }
    ahead.arena = NULL;
    ahead.error = NULL;
    if (p->has_next) {
        lex_seek(&ahead, &p->next, 0);
    }
    /* ( name, name ) in which no type follows a name */
    for (;;) {
        lex_next(&ahead, &token);
        if (token.kind != LEX_NAME && token.kind != LEX_QUOTED_NAME) {
            return false;
        }
        lex_next(&ahead, &token);
        if (token.symbol != ',') {
            return token.symbol == ')';
        }
    }
}

static struct ast *parse_create_table_as(struct parser *p, struct ast *table, bool if_not_exists,
                                         enum ast_persistence persistence, uint32_t position)
{
    struct ast_create_table_as *create = MAKE(p, AST_CREATE_TABLE_AS, create_table_as, position);

    create->table = table;
    create->if_not_exists = if_not_exists;
    create->persistence = persistence;
    create->columns = parse_optional_column_list(p);
    if (!at_word(p, KEYWORD_AS) && create->columns.count == 0) {
        parse_unsupported(p, p->token.position, "an option of CREATE TABLE AS");
    }
    expect_word(p, KEYWORD_AS);
    if (at_word(p, KEYWORD_EXECUTE)) {
        parse_unsupported(p, p->token.position, "CREATE TABLE AS EXECUTE");
    }
    if (!at_query(p) && !at_symbol(p, '(')) {
        parse_syntax_error(p);
        return node_scratch(p);
    }
    create->query = parse_query(p);
    if (accept_word(p, KEYWORD_WITH)) {
        create->no_data = accept_word(p, KEYWORD_NO);
        expect_word(p, KEYWORD_DATA);
    }
    return node_finish(p, create);
}

static void parse_table_options(struct parser *p, struct ast_create_table *create)
{
    if (at_word(p, KEYWORD_INHERITS)) {
        parse_unsupported(p, p->token.position, "INHERITS");
    }
    if (at_word(p, KEYWORD_PARTITION)) {
        parse_unsupported(p, p->token.position, "PARTITION BY");
    }
    if (at_word(p, KEYWORD_USING)) {
        parse_unsupported(p, p->token.position, "a table access method");
    }
    if (accept_pair(p, KEYWORD_WITHOUT, KEYWORD_OIDS)) {
        /* the only choice there is */
    } else if (accept_word(p, KEYWORD_WITH)) {
        create->options = parse_definition(p);
    }
    if (at_word(p, KEYWORD_ON)) {
        parse_unsupported(p, p->token.position, "ON COMMIT");
    }
    if (at_word(p, KEYWORD_TABLESPACE)) {
        parse_unsupported(p, p->token.position, "TABLESPACE");
    }
}

static struct ast *parse_table_element(struct parser *p)
{
    switch (p->token.keyword) {
    case KEYWORD_LIKE:
        parse_unsupported(p, p->token.position, "CREATE TABLE LIKE");
        return node_scratch(p);
    case KEYWORD_CONSTRAINT:
    case KEYWORD_CHECK:
    case KEYWORD_UNIQUE:
    case KEYWORD_PRIMARY:
    case KEYWORD_FOREIGN:
        return parse_table_constraint(p);
    case KEYWORD_EXCLUDE:
        if (peek_symbol(p, '(') || peek_word(p, KEYWORD_USING)) {
            return parse_table_constraint(p);
        }
        break;
    default:
        break;
    }
    return parse_column_definition(p);
}

struct ast *parse_column_definition(struct parser *p)
{
    struct ast_column_definition *column =
        MAKE(p, AST_COLUMN_DEFINITION, column_definition, p->token.position);

    column->name = parse_column_id(p);
    column->type = parse_type(p);
    if (at_word(p, KEYWORD_COMPRESSION)) {
        parse_unsupported(p, p->token.position, "COMPRESSION");
    }
    for (;;) {
        struct ast *constraint = NULL;

        if (at_word(p, KEYWORD_COLLATE)) {
            struct ast_collate *collate = MAKE(p, AST_COLLATE, collate, p->token.position);

            if (column->collation != NULL) {
                parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, p->token.position,
                            "multiple COLLATE clauses not allowed");
            }
            parse_advance(p);
            collate->name = parse_any_name(p);
            column->collation = node_finish(p, collate);
            continue;
        }
        constraint = parse_column_constraint(p);
        if (constraint == NULL || parse_failed(p)) {
            break;
        }
        list_push(p, &column->constraints, constraint);
    }
    return node_finish(p, column);
}

/* ---- Column constraints ---- */

struct ast *parse_column_constraint(struct parser *p)
{
    uint32_t position = p->token.position;
    vv_slice name = slice_make("", 0);
    struct ast *constraint = NULL;

    if (accept_word(p, KEYWORD_CONSTRAINT)) {
        name = parse_name(p);
        constraint = parse_column_constraint_element(p);
        if (constraint == NULL) {
            parse_syntax_error(p);
        }
    } else {
        constraint = parse_column_constraint_element(p);
    }
    if (constraint == NULL || parse_failed(p)) {
        return NULL;
    }
    constraint->position = position;
    ((struct ast_constraint *)(void *)constraint)->name = name;
    parse_constraint_attributes(p, (struct ast_constraint *)(void *)constraint, true);
    return node_finish(p, constraint);
}

/* NULL when none begins here. */
static struct ast *parse_column_constraint_element(struct parser *p)
{
    struct ast_constraint made = {0};
    struct ast_constraint *constraint = NULL;
    uint32_t position = p->token.position;

    if (at_word(p, KEYWORD_NOT) && !peek_word(p, KEYWORD_DEFERRABLE)) {
        (void)accept_pair(p, KEYWORD_NOT, KEYWORD_NULL);
        made.kind = AST_CONSTRAINT_NOT_NULL;
    } else if (accept_word(p, KEYWORD_NULL)) {
        made.kind = AST_CONSTRAINT_NULL;
    } else if (accept_word(p, KEYWORD_UNIQUE)) {
        made.kind = AST_CONSTRAINT_UNIQUE;
        parse_unique_options(p, &made);
    } else if (accept_word(p, KEYWORD_PRIMARY)) {
        expect_word(p, KEYWORD_KEY);
        made.kind = AST_CONSTRAINT_PRIMARY_KEY;
        parse_unique_options(p, &made);
    } else if (accept_word(p, KEYWORD_CHECK)) {
        made.kind = AST_CONSTRAINT_CHECK;
        expect_symbol(p, '(');
        made.expr = parse_expr(p);
        expect_symbol(p, ')');
        made.no_inherit = accept_words(p, KEYWORD_NO, KEYWORD_INHERIT);
    } else if (accept_word(p, KEYWORD_DEFAULT)) {
        made.kind = AST_CONSTRAINT_DEFAULT;
        made.expr = parse_plain_expr(p);
    } else if (accept_word(p, KEYWORD_GENERATED)) {
        parse_generated(p, &made);
    } else if (at_word(p, KEYWORD_REFERENCES)) {
        made.kind = AST_CONSTRAINT_REFERENCES;
        parse_references(p, &made);
    } else {
        return NULL;
    }
    constraint = MAKE(p, AST_CONSTRAINT, constraint, position);
    made.node = constraint->node;
    *constraint = made;
    return &constraint->node;
}

/* GENERATED {ALWAYS | BY DEFAULT} AS IDENTITY [(…)], GENERATED ALWAYS AS (expr) STORED */
static void parse_generated(struct parser *p, struct ast_constraint *constraint)
{
    uint32_t position = p->token.position;

    constraint->generated_always = accept_word(p, KEYWORD_ALWAYS);
    if (!constraint->generated_always) {
        expect_word(p, KEYWORD_BY);
        expect_word(p, KEYWORD_DEFAULT);
    }
    expect_word(p, KEYWORD_AS);
    if (accept_word(p, KEYWORD_IDENTITY)) {
        constraint->kind = AST_CONSTRAINT_IDENTITY;
        if (at_symbol(p, '(')) {
            constraint->sequence_options = parse_sequence_options(p, true);
        }
        return;
    }
    constraint->kind = AST_CONSTRAINT_GENERATED;
    expect_symbol(p, '(');
    constraint->expr = parse_expr(p);
    expect_symbol(p, ')');
    expect_word(p, KEYWORD_STORED);
    if (!constraint->generated_always) {
        parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, position,
                    "for a generated column, GENERATED ALWAYS must be specified");
    }
}

static void parse_unique_options(struct parser *p, struct ast_constraint *constraint)
{
    if (constraint->kind == AST_CONSTRAINT_UNIQUE && at_word(p, KEYWORD_NULLS)) {
        parse_advance(p);
        constraint->nulls_not_distinct = accept_word(p, KEYWORD_NOT);
        expect_word(p, KEYWORD_DISTINCT);
    }
    if (accept_word(p, KEYWORD_WITH)) {
        (void)parse_definition(p);
    }
    if (at_word(p, KEYWORD_USING) && peek_word(p, KEYWORD_INDEX)) {
        parse_unsupported(p, p->token.position, "TABLESPACE");
    }
}

static void parse_references(struct parser *p, struct ast_constraint *constraint)
{
    uint32_t position = 0;

    expect_word(p, KEYWORD_REFERENCES);
    constraint->ref_table = parse_relation(p);
    constraint->ref_columns = parse_optional_column_list(p);
    position = p->token.position;
    if (accept_word(p, KEYWORD_MATCH)) {
        if (at_word(p, KEYWORD_PARTIAL)) {
            parse_error(p, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, position,
                        "MATCH PARTIAL not yet implemented");
        }
        if (accept_word(p, KEYWORD_FULL)) {
            constraint->match = AST_MATCH_FULL;
        } else {
            expect_word(p, KEYWORD_SIMPLE);
        }
    }
    while (at_word(p, KEYWORD_ON) &&
           (peek_word(p, KEYWORD_DELETE) || peek_word(p, KEYWORD_UPDATE))) {
        bool on_delete = false;
        enum ast_ref_action action = AST_REF_NO_ACTION;

        parse_advance(p);
        on_delete = at_word(p, KEYWORD_DELETE);
        parse_advance(p);
        action = parse_ref_action(p);
        if (on_delete) {
            constraint->on_delete = action;
        } else {
            constraint->on_update = action;
        }
    }
}

static enum ast_ref_action parse_ref_action(struct parser *p)
{
    if (accept_word(p, KEYWORD_RESTRICT)) {
        return AST_REF_RESTRICT;
    }
    if (accept_word(p, KEYWORD_CASCADE)) {
        return AST_REF_CASCADE;
    }
    if (accept_word(p, KEYWORD_SET)) {
        enum ast_ref_action action = AST_REF_SET_NULL;

        if (!accept_word(p, KEYWORD_NULL)) {
            expect_word(p, KEYWORD_DEFAULT);
            action = AST_REF_SET_DEFAULT;
        }
        if (at_symbol(p, '(')) {
            parse_unsupported(p, p->token.position, "a column list of ON DELETE SET");
        }
        return action;
    }
    expect_word(p, KEYWORD_NO);
    expect_word(p, KEYWORD_ACTION);
    return AST_REF_NO_ACTION;
}

/* ---- Table constraints ---- */

struct ast *parse_table_constraint(struct parser *p)
{
    struct ast_constraint *constraint = MAKE(p, AST_CONSTRAINT, constraint, p->token.position);

    if (accept_word(p, KEYWORD_CONSTRAINT)) {
        constraint->name = parse_name(p);
    }
    parse_table_constraint_element(p, constraint);
    parse_constraint_attributes(p, constraint, false);
    return node_finish(p, constraint);
}

static void parse_table_constraint_element(struct parser *p, struct ast_constraint *constraint)
{
    if (accept_word(p, KEYWORD_CHECK)) {
        constraint->kind = AST_CONSTRAINT_CHECK;
        expect_symbol(p, '(');
        constraint->expr = parse_expr(p);
        expect_symbol(p, ')');
    } else if (accept_word(p, KEYWORD_UNIQUE)) {
        constraint->kind = AST_CONSTRAINT_UNIQUE;
        if (accept_word(p, KEYWORD_NULLS)) {
            constraint->nulls_not_distinct = accept_word(p, KEYWORD_NOT);
            expect_word(p, KEYWORD_DISTINCT);
        }
        parse_key_columns(p, constraint);
    } else if (accept_word(p, KEYWORD_PRIMARY)) {
        expect_word(p, KEYWORD_KEY);
        constraint->kind = AST_CONSTRAINT_PRIMARY_KEY;
        parse_key_columns(p, constraint);
    } else if (accept_word(p, KEYWORD_FOREIGN)) {
        expect_word(p, KEYWORD_KEY);
        constraint->kind = AST_CONSTRAINT_REFERENCES;
        constraint->columns = parse_column_list(p);
        parse_references(p, constraint);
    } else if (at_word(p, KEYWORD_EXCLUDE)) {
        parse_unsupported(p, p->token.position, "EXCLUDE");
    } else {
        parse_syntax_error(p);
    }
}

/* (columns) [INCLUDE (columns)], or USING INDEX name */
static void parse_key_columns(struct parser *p, struct ast_constraint *constraint)
{
    if (accept_pair(p, KEYWORD_USING, KEYWORD_INDEX)) {
        constraint->using_index = parse_name(p);
        return;
    }
    constraint->columns = parse_column_list(p);
    constraint->include = parse_include(p);
    parse_unique_options(p, constraint);
}

static struct ast_list parse_include(struct parser *p)
{
    return accept_word(p, KEYWORD_INCLUDE) ? parse_column_list(p) : (struct ast_list){0};
}

/* [NOT] DEFERRABLE, INITIALLY …, NOT VALID, NO INHERIT in any order */
static void parse_constraint_attributes(struct parser *p, struct ast_constraint *constraint,
                                        bool of_column)
{
    unsigned seen = 0;

    for (;;) {
        uint32_t position = p->token.position;
        unsigned given = 0;

        if (accept_words(p, KEYWORD_NOT, KEYWORD_DEFERRABLE)) {
            given = NOT_DEFERRABLE;
        } else if (accept_word(p, KEYWORD_DEFERRABLE)) {
            given = DEFERRABLE;
            constraint->deferrable = true;
        } else if (accept_words(p, KEYWORD_INITIALLY, KEYWORD_IMMEDIATE)) {
            given = IMMEDIATE;
        } else if (accept_words(p, KEYWORD_INITIALLY, KEYWORD_DEFERRED)) {
            given = DEFERRED;
            constraint->initially_deferred = true;
            constraint->deferrable = true;
        } else if (accept_words(p, KEYWORD_NOT, KEYWORD_VALID)) {
            constraint->not_valid = true;
        } else if (accept_words(p, KEYWORD_NO, KEYWORD_INHERIT)) {
            constraint->no_inherit = true;
        } else {
            return;
        }
        check_attributes(p, of_column, seen, given, position);
        seen |= given;
    }
}

/* What contradicts; of a column also what is said twice. */
static void check_attributes(struct parser *p, bool of_column, unsigned seen, unsigned given,
                             uint32_t position)
{
    const unsigned deferrability = DEFERRABLE | NOT_DEFERRABLE;
    const unsigned initially = IMMEDIATE | DEFERRED;
    const unsigned both = seen | given;
    const char *message = NULL;

    if (of_column && (given & deferrability) != 0 && (seen & deferrability) != 0) {
        message = "multiple DEFERRABLE/NOT DEFERRABLE clauses not allowed";
    } else if (of_column && (given & initially) != 0 && (seen & initially) != 0) {
        message = "multiple INITIALLY IMMEDIATE/DEFERRED clauses not allowed";
    } else if ((both & NOT_DEFERRABLE) != 0 && (both & DEFERRED) != 0) {
        message = "constraint declared INITIALLY DEFERRED must be DEFERRABLE";
    } else if ((both & deferrability) == deferrability || (both & initially) == initially) {
        message = "conflicting constraint properties";
    }
    if (message != NULL) {
        parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, position, "%s", message);
    }
}

/* ---- CREATE INDEX ---- */

/* Behind CREATE; at [UNIQUE] INDEX. */
struct ast *parse_create_index(struct parser *p, uint32_t position)
{
    struct ast_create_index *index = MAKE(p, AST_CREATE_INDEX, create_index, position);

    index->unique = accept_word(p, KEYWORD_UNIQUE);
    expect_word(p, KEYWORD_INDEX);
    index->concurrently = accept_word(p, KEYWORD_CONCURRENTLY);
    index->if_not_exists = parse_if_not_exists(p);
    if (index->if_not_exists || !at_word(p, KEYWORD_ON)) {
        index->name = parse_name(p);
    }
    expect_word(p, KEYWORD_ON);
    index->table = parse_relation_expr(p);
    if (accept_word(p, KEYWORD_USING)) {
        index->method = parse_name(p);
    }
    index->elements = parse_index_elements(p);
    if (accept_word(p, KEYWORD_INCLUDE)) {
        index->include = parse_index_elements(p);
    }
    if (accept_word(p, KEYWORD_NULLS)) {
        index->nulls_not_distinct = accept_word(p, KEYWORD_NOT);
        expect_word(p, KEYWORD_DISTINCT);
    }
    if (accept_word(p, KEYWORD_WITH)) {
        index->options = parse_definition(p);
    }
    if (at_word(p, KEYWORD_TABLESPACE)) {
        parse_unsupported(p, p->token.position, "TABLESPACE");
    }
    index->where = parse_where(p);
    return node_finish(p, index);
}

static struct ast_list parse_index_elements(struct parser *p)
{
    struct ast_list elements = {0};

    expect_symbol(p, '(');
    do {
        list_push(p, &elements, parse_index_element(p));
    } while (accept_symbol(p, ','));
    expect_symbol(p, ')');
    return elements;
}

/* A column, a call, or an expression in parentheses, and how it is ordered. */
struct ast *parse_index_element(struct parser *p)
{
    struct ast_index_element *element =
        MAKE(p, AST_INDEX_ELEMENT, index_element, p->token.position);

    if (at_symbol(p, '(')) {
        parse_advance(p);
        element->expr = parse_expr(p);
        expect_symbol(p, ')');
    } else if (at_column_id(p) && !peek_symbol(p, '(') && !peek_symbol(p, '.')) {
        struct ast_column *column = MAKE(p, AST_COLUMN, column, p->token.position);

        column->name = make_simple_name(p, parse_column_id(p));
        element->expr = node_finish(p, column);
    } else if (at_special_call(p) || at_column_id(p) || at_type_name(p)) {
        element->expr = parse_primary(p);
        if (!parse_failed(p) && element->expr->tag == AST_COLUMN) {
            parse_syntax_error(p);
        }
    } else {
        parse_syntax_error(p);
    }
    if (accept_word(p, KEYWORD_COLLATE)) {
        element->collation = parse_any_name(p);
    }
    if (at_column_id(p) && !at_word(p, KEYWORD_NULLS)) {
        element->opclass = parse_any_name(p);
        if (at_symbol(p, '(')) {
            parse_unsupported(p, p->token.position, "options of an operator class");
        }
    }
    if (accept_word(p, KEYWORD_ASC)) {
        element->direction = AST_SORT_ASC;
    } else if (accept_word(p, KEYWORD_DESC)) {
        element->direction = AST_SORT_DESC;
    }
    if (accept_words(p, KEYWORD_NULLS, KEYWORD_FIRST)) {
        element->nulls = AST_NULLS_FIRST;
    } else if (accept_words(p, KEYWORD_NULLS, KEYWORD_LAST)) {
        element->nulls = AST_NULLS_LAST;
    }
    return node_finish(p, element);
}
