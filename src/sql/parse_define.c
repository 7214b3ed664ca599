/*
 * parse_define.c - CREATE of everything but tables and indexes, DROP, COMMENT, and option lists.
 */
#include "sql/parse_private.h"

static struct ast *parse_create_schema(struct parser *p, uint32_t position);
static struct ast *parse_create_role(struct parser *p, uint32_t position);
static enum ast_role_kind parse_role_kind(struct parser *p);
static bool parse_role_option(struct parser *p, struct ast_list *options);
static bool parse_role_word(struct parser *p, struct ast_list *options);
static void refuse_create(struct parser *p, uint32_t position);
static struct ast *parse_definition_value(struct parser *p);
static bool parse_object_kind(struct parser *p, enum ast_object_kind *kind_out);
static void refuse_object(struct parser *p, uint32_t position, const char *verb);

/* ---- CREATE ---- */

struct ast *parse_create(struct parser *p)
{
    uint32_t position = p->token.position;
    enum ast_persistence persistence = AST_PERMANENT;
    bool or_replace = false;

    expect_word(p, KEYWORD_CREATE);
    or_replace = accept_pair(p, KEYWORD_OR, KEYWORD_REPLACE);
    if (!accept_word(p, KEYWORD_LOCAL)) {
        (void)accept_word(p, KEYWORD_GLOBAL);
    }
    if (accept_word(p, KEYWORD_TEMPORARY) || accept_word(p, KEYWORD_TEMP)) {
        persistence = AST_TEMPORARY;
    } else if (accept_word(p, KEYWORD_UNLOGGED)) {
        persistence = AST_UNLOGGED;
    }
    switch (p->token.keyword) {
    case KEYWORD_TABLE:
        if (or_replace) {
            parse_syntax_error(p);
        }
        return parse_create_table(p, persistence, position);
    case KEYWORD_UNIQUE:
    case KEYWORD_INDEX:
        if (or_replace || persistence != AST_PERMANENT) {
            parse_syntax_error(p);
        }
        return parse_create_index(p, position);
    case KEYWORD_VIEW:
    case KEYWORD_RECURSIVE:
    case KEYWORD_MATERIALIZED:
        return parse_create_view(p, persistence, or_replace, position);
    case KEYWORD_SEQUENCE:
        if (or_replace) {
            parse_syntax_error(p);
        }
        return parse_create_sequence(p, persistence, position);
    case KEYWORD_SCHEMA:
        return parse_create_schema(p, position);
    case KEYWORD_ROLE:
    case KEYWORD_GROUP:
        return parse_create_role(p, position);
    case KEYWORD_USER:
        if (!peek_word(p, KEYWORD_MAPPING)) {
            return parse_create_role(p, position);
        }
        break;
    default:
        break;
    }
    refuse_create(p, position);
    return node_scratch(p);
}

/* What PostgreSQL can create and we cannot yet. */
static void refuse_create(struct parser *p, uint32_t position)
{
    refuse_object(p, position, "CREATE");
}

static void refuse_object(struct parser *p, uint32_t position, const char *verb)
{
    static const struct {
        enum keyword word;
        const char *name;
    } known[] = {
        {KEYWORD_ACCESS, "ACCESS METHOD"},
        {KEYWORD_AGGREGATE, "AGGREGATE"},
        {KEYWORD_CAST, "CAST"},
        {KEYWORD_COLLATION, "COLLATION"},
        {KEYWORD_CONSTRAINT, "CONSTRAINT TRIGGER"},
        {KEYWORD_CONVERSION, "CONVERSION"},
        {KEYWORD_DATABASE, "DATABASE"},
        {KEYWORD_DEFAULT, "DEFAULT PRIVILEGES"},
        {KEYWORD_DOMAIN, "DOMAIN"},
        {KEYWORD_EVENT, "EVENT TRIGGER"},
        {KEYWORD_EXTENSION, "EXTENSION"},
        {KEYWORD_FOREIGN, "FOREIGN TABLE"},
        {KEYWORD_FUNCTION, "FUNCTION"},
        {KEYWORD_GROUP, "GROUP"},
        {KEYWORD_LANGUAGE, "LANGUAGE"},
        {KEYWORD_LARGE, "LARGE OBJECT"},
        {KEYWORD_MATERIALIZED, "MATERIALIZED VIEW"},
        {KEYWORD_OPERATOR, "OPERATOR"},
        {KEYWORD_OWNED, "OWNED"},
        {KEYWORD_POLICY, "POLICY"},
        {KEYWORD_PROCEDURAL, "LANGUAGE"},
        {KEYWORD_PROCEDURE, "PROCEDURE"},
        {KEYWORD_PUBLICATION, "PUBLICATION"},
        {KEYWORD_ROLE, "ROLE"},
        {KEYWORD_ROUTINE, "ROUTINE"},
        {KEYWORD_RULE, "RULE"},
        {KEYWORD_SCHEMA, "SCHEMA"},
        {KEYWORD_SERVER, "SERVER"},
        {KEYWORD_STATISTICS, "STATISTICS"},
        {KEYWORD_SUBSCRIPTION, "SUBSCRIPTION"},
        {KEYWORD_SYSTEM, "SYSTEM"},
        {KEYWORD_TABLESPACE, "TABLESPACE"},
        {KEYWORD_TEXT, "TEXT SEARCH"},
        {KEYWORD_TRANSFORM, "TRANSFORM"},
        {KEYWORD_TRIGGER, "TRIGGER"},
        {KEYWORD_TRUSTED, "LANGUAGE"},
        {KEYWORD_TYPE, "TYPE"},
        {KEYWORD_USER, "USER"},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (at_word(p, known[i].word)) {
            parse_error(p, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, position, "%s %s is not supported",
                        verb, known[i].name);
            return;
        }
    }
    parse_syntax_error(p);
}

struct ast *parse_create_view(struct parser *p, enum ast_persistence persistence, bool or_replace,
                              uint32_t position)
{
    struct ast_create_view *view = MAKE(p, AST_CREATE_VIEW, create_view, position);

    view->persistence = persistence;
    view->or_replace = or_replace;
    view->recursive = accept_word(p, KEYWORD_RECURSIVE);
    view->materialized = !or_replace && !view->recursive && accept_word(p, KEYWORD_MATERIALIZED);
    expect_word(p, KEYWORD_VIEW);
    view->if_not_exists = view->materialized && parse_if_not_exists(p);
    view->table = parse_relation(p);
    view->columns = view->recursive ? parse_column_list(p) : parse_optional_column_list(p);
    if (accept_word(p, KEYWORD_WITH)) {
        view->options = parse_definition(p);
    }
    expect_word(p, KEYWORD_AS);
    if (!at_query(p) && !at_symbol(p, '(')) {
        parse_syntax_error(p);
        return node_scratch(p);
    }
    view->query = parse_query(p);
    if (!accept_word(p, KEYWORD_WITH)) {
        return node_finish(p, view);
    }
    if (view->materialized) {
        view->no_data = accept_word(p, KEYWORD_NO);
        expect_word(p, KEYWORD_DATA);
        return node_finish(p, view);
    }
    view->check_option = AST_CHECK_OPTION_CASCADED;
    if (accept_word(p, KEYWORD_LOCAL)) {
        view->check_option = AST_CHECK_OPTION_LOCAL;
    } else {
        (void)accept_word(p, KEYWORD_CASCADED);
    }
    expect_word(p, KEYWORD_CHECK);
    expect_word(p, KEYWORD_OPTION);
    return node_finish(p, view);
}

struct ast *parse_create_sequence(struct parser *p, enum ast_persistence persistence,
                                  uint32_t position)
{
    struct ast_create_sequence *sequence = MAKE(p, AST_CREATE_SEQUENCE, create_sequence, position);

    sequence->persistence = persistence;
    expect_word(p, KEYWORD_SEQUENCE);
    sequence->if_not_exists = parse_if_not_exists(p);
    sequence->table = parse_relation(p);
    sequence->options = parse_sequence_options(p, false);
    return node_finish(p, sequence);
}

static struct ast *parse_create_schema(struct parser *p, uint32_t position)
{
    struct ast_create_schema *schema = MAKE(p, AST_CREATE_SCHEMA, create_schema, position);

    expect_word(p, KEYWORD_SCHEMA);
    schema->if_not_exists = parse_if_not_exists(p);
    if (!at_word(p, KEYWORD_AUTHORIZATION)) {
        schema->name = parse_column_id(p);
    }
    if (accept_word(p, KEYWORD_AUTHORIZATION)) {
        schema->owner = parse_role(p);
    }
    if (at_word(p, KEYWORD_CREATE) || at_word(p, KEYWORD_GRANT)) {
        parse_unsupported(p, p->token.position, "CREATE SCHEMA with elements");
    }
    return node_finish(p, schema);
}

static struct ast *parse_create_role(struct parser *p, uint32_t position)
{
    struct ast_create_role *role = MAKE(p, AST_CREATE_ROLE, create_role, position);

    role->kind = parse_role_kind(p);
    role->name = parse_role(p);
    (void)accept_word(p, KEYWORD_WITH);
    while (parse_role_option(p, &role->options)) {
    }
    return node_finish(p, role);
}

struct ast *parse_alter_role(struct parser *p, uint32_t position)
{
    struct ast_alter_role *role = MAKE(p, AST_ALTER_ROLE, alter_role, position);

    role->kind = parse_role_kind(p);
    if (at_word(p, KEYWORD_ALL)) {
        parse_unsupported(p, position, "ALTER ROLE ALL");
        return node_scratch(p);
    }
    role->name = parse_role(p);
    if (at_word(p, KEYWORD_SET) || at_word(p, KEYWORD_RESET) || at_word(p, KEYWORD_IN)) {
        parse_unsupported(p, position, "ALTER ROLE SET");
    } else if (at_word(p, KEYWORD_ADD) || at_word(p, KEYWORD_DROP)) {
        parse_unsupported(p, position, "membership in ALTER GROUP");
    } else if (accept_words(p, KEYWORD_RENAME, KEYWORD_TO)) {
        role->new_name = parse_role(p);
        return node_finish(p, role);
    }
    (void)accept_word(p, KEYWORD_WITH);
    while (parse_role_option(p, &role->options)) {
    }
    return node_finish(p, role);
}

static enum ast_role_kind parse_role_kind(struct parser *p)
{
    enum ast_role_kind kind = at_word(p, KEYWORD_ROLE)   ? AST_ROLE
                              : at_word(p, KEYWORD_USER) ? AST_ROLE_USER
                                                         : AST_ROLE_GROUP;

    parse_advance(p);
    return kind;
}

/* PASSWORD 's', CONNECTION LIMIT n, VALID UNTIL 's', or a word like LOGIN. */
static bool parse_role_option(struct parser *p, struct ast_list *options)
{
    uint32_t position = p->token.position;
    struct ast *value = NULL;
    const char *name = NULL;

    if (accept_word(p, KEYWORD_PASSWORD) || accept_words(p, KEYWORD_ENCRYPTED, KEYWORD_PASSWORD)) {
        name = "password";
        value =
            at_word(p, KEYWORD_NULL) ? parse_primary(p) : make_string(p, parse_string(p), position);
    } else if (accept_words(p, KEYWORD_CONNECTION, KEYWORD_LIMIT)) {
        name = "connection_limit";
        value = make_integer(p, parse_signed_integer(p), position);
    } else if (accept_words(p, KEYWORD_VALID, KEYWORD_UNTIL)) {
        name = "valid_until";
        value = make_string(p, parse_string(p), position);
    } else if (at_word(p, KEYWORD_IN) || at_word(p, KEYWORD_ROLE) || at_word(p, KEYWORD_USER) ||
               at_word(p, KEYWORD_ADMIN) || at_word(p, KEYWORD_SYSID)) {
        parse_unsupported(p, position, "membership in CREATE ROLE");
        return false;
    } else if (accept_word(p, KEYWORD_INHERIT)) {
        name = "inherit";
    } else if (p->token.kind == LEX_NAME && p->token.keyword == KEYWORD_ABSENT) {
        return parse_role_word(p, options);
    } else {
        return false;
    }
    list_push(p, options, make_option(p, slice_text(name), value, position));
    return !parse_failed(p);
}

/* One of the words that are no key words. */
static bool parse_role_word(struct parser *p, struct ast_list *options)
{
    static const char *const words[] = {
        "superuser",     "nosuperuser", "createrole", "nocreaterole", "replication",
        "noreplication", "createdb",    "nocreatedb", "login",        "nologin",
        "bypassrls",     "nobypassrls", "noinherit"};
    uint32_t position = p->token.position;
    vv_slice word = take_name(p);

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (slice_is(word, words[i])) {
            list_push(p, options, make_option(p, word, NULL, position));
            return !parse_failed(p);
        }
    }
    parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, position, "unrecognized role option \"%.*s\"",
                (int)word.size, (const char *)word.data);
    return false;
}

/* ---- Options ---- */

struct ast *make_option(struct parser *p, vv_slice name, struct ast *value, uint32_t position)
{
    struct ast_option *option = MAKE(p, AST_OPTION, option, position);

    option->name = name;
    option->value = value;
    return node_finish(p, option);
}

/* '(' name [. name] [= value], … ')' of WITH in definitions */
struct ast_list parse_definition(struct parser *p)
{
    struct ast_list list = {0};

    expect_symbol(p, '(');
    do {
        uint32_t position = p->token.position;
        vv_slice name = parse_column_label(p);
        struct ast *value = NULL;

        if (at_symbol(p, '.')) {
            parse_unsupported(p, position, "an option with a namespace");
        }
        if (accept_symbol(p, '=')) {
            value = parse_definition_value(p);
        }
        list_push(p, &list, make_option(p, name, value, position));
    } while (accept_symbol(p, ','));
    expect_symbol(p, ')');
    return list;
}

/* A number, a string, or any word. */
static struct ast *parse_definition_value(struct parser *p)
{
    uint32_t position = p->token.position;

    if (p->token.kind == LEX_STRING) {
        return make_string(p, parse_string(p), position);
    }
    if (at_any_name(p)) {
        return make_string(p, take_name(p), position);
    }
    return parse_signed_number(p);
}

struct ast_list parse_sequence_options(struct parser *p, bool parenthesised)
{
    struct ast_list options = {0};

    if (parenthesised) {
        expect_symbol(p, '(');
    }
    while (parse_sequence_option(p, &options)) {
    }
    if (parenthesised) {
        expect_symbol(p, ')');
    }
    return options;
}

/* Named as in pg_sequences: increment, minvalue, …; NO MINVALUE is minvalue without a value. */
bool parse_sequence_option(struct parser *p, struct ast_list *options)
{
    uint32_t position = p->token.position;
    struct ast *value = NULL;
    vv_slice name = slice_make("", 0);

    switch (p->token.keyword) {
    case KEYWORD_AS:
        parse_advance(p);
        name = slice_text("as");
        value = parse_simple_type(p);
        break;
    case KEYWORD_CACHE:
    case KEYWORD_MAXVALUE:
    case KEYWORD_MINVALUE:
        name = take_name(p);
        value = parse_signed_number(p);
        break;
    case KEYWORD_INCREMENT:
        name = take_name(p);
        (void)accept_word(p, KEYWORD_BY);
        value = parse_signed_number(p);
        break;
    case KEYWORD_START:
        name = take_name(p);
        (void)accept_word(p, KEYWORD_WITH);
        value = parse_signed_number(p);
        break;
    case KEYWORD_RESTART:
        name = take_name(p);
        if (accept_word(p, KEYWORD_WITH) || at_symbol(p, '-') || p->token.kind == LEX_INTEGER) {
            value = parse_signed_number(p);
        }
        break;
    case KEYWORD_CYCLE:
        name = take_name(p);
        value = make_integer(p, 1, position);
        break;
    case KEYWORD_NO:
        parse_advance(p);
        if (at_word(p, KEYWORD_CYCLE)) {
            value = make_integer(p, 0, position);
        } else if (!at_word(p, KEYWORD_MINVALUE) && !at_word(p, KEYWORD_MAXVALUE)) {
            parse_syntax_error(p);
        }
        name = take_name(p);
        break;
    case KEYWORD_OWNED: {
        struct ast_column *column = MAKE(p, AST_COLUMN, column, position);

        parse_advance(p);
        expect_word(p, KEYWORD_BY);
        name = slice_text("owned_by");
        column->name = parse_any_name(p);
        value = node_finish(p, column);
        break;
    }
    default:
        return false;
    }
    list_push(p, options, make_option(p, name, value, position));
    return !parse_failed(p);
}

/* ---- DROP, COMMENT ---- */

/* Moves on when the object is one we know. */
static bool parse_object_kind(struct parser *p, enum ast_object_kind *kind_out)
{
    static const struct {
        enum keyword word;
        enum ast_object_kind kind;
    } kinds[] = {
        {KEYWORD_TABLE, AST_OBJECT_TABLE},   {KEYWORD_INDEX, AST_OBJECT_INDEX},
        {KEYWORD_VIEW, AST_OBJECT_VIEW},     {KEYWORD_SEQUENCE, AST_OBJECT_SEQUENCE},
        {KEYWORD_SCHEMA, AST_OBJECT_SCHEMA}, {KEYWORD_ROLE, AST_OBJECT_ROLE},
        {KEYWORD_GROUP, AST_OBJECT_ROLE},    {KEYWORD_COLUMN, AST_OBJECT_COLUMN},
    };

    if (accept_words(p, KEYWORD_MATERIALIZED, KEYWORD_VIEW)) {
        *kind_out = AST_OBJECT_MATERIALIZED_VIEW;
        return true;
    }
    if (at_word(p, KEYWORD_USER) && !peek_word(p, KEYWORD_MAPPING)) {
        parse_advance(p);
        *kind_out = AST_OBJECT_ROLE;
        return true;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (accept_word(p, kinds[i].word)) {
            *kind_out = kinds[i].kind;
            return true;
        }
    }
    return false;
}

struct ast *parse_drop(struct parser *p)
{
    struct ast_drop *drop = MAKE(p, AST_DROP, drop, p->token.position);
    uint32_t position = p->token.position;

    expect_word(p, KEYWORD_DROP);
    if (at_word(p, KEYWORD_COLUMN) || !parse_object_kind(p, &drop->object)) {
        refuse_object(p, position, "DROP");
        return node_scratch(p);
    }
    drop->concurrently = drop->object == AST_OBJECT_INDEX && accept_word(p, KEYWORD_CONCURRENTLY);
    drop->if_exists = parse_if_exists(p);
    drop->names = parse_any_name_list(p);
    if (drop->object != AST_OBJECT_ROLE) {
        drop->behavior = parse_behavior(p);
    }
    return node_finish(p, drop);
}

struct ast *parse_comment(struct parser *p)
{
    struct ast_comment *comment = MAKE(p, AST_COMMENT, comment, p->token.position);
    uint32_t position = p->token.position;

    expect_word(p, KEYWORD_COMMENT);
    expect_word(p, KEYWORD_ON);
    if (accept_word(p, KEYWORD_CONSTRAINT)) {
        comment->object = AST_OBJECT_CONSTRAINT;
        comment->column = parse_name(p);
        expect_word(p, KEYWORD_ON);
        if (at_word(p, KEYWORD_DOMAIN)) {
            refuse_object(p, position, "COMMENT ON CONSTRAINT ON");
            return node_scratch(p);
        }
        comment->table = parse_relation(p);
    } else if (!parse_object_kind(p, &comment->object)) {
        refuse_object(p, position, "COMMENT ON");
        return node_scratch(p);
    } else if (comment->object == AST_OBJECT_COLUMN) {
        struct ast_name name = parse_any_name(p);

        if (!parse_failed(p)) {
            comment->column = ast_name_last(&name);
            name.count--;
            comment->table = parse_relation_of(p, name, position);
        }
    } else {
        comment->table = parse_relation(p);
    }
    expect_word(p, KEYWORD_IS);
    if (at_word(p, KEYWORD_NULL)) {
        comment->text = parse_primary(p);
    } else {
        comment->text = make_string(p, parse_string(p), position);
    }
    if (comment->object == AST_OBJECT_COLUMN && !parse_failed(p) &&
        AST_AS(relation, comment->table)->name.count == 0) {
        parse_error(p, VV_SQLSTATE_SYNTAX_ERROR, 0, "column name must be qualified");
    }
    return node_finish(p, comment);
}
