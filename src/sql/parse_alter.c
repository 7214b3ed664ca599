/*
 * parse_alter.c - ALTER TABLE, and ALTER of views, indexes, sequences and schemas as far as it renames,
 * moves or gives away. ALTER ROLE is beside CREATE ROLE (parse_define.c).
 */
#include "sql/parse_private.h"

static bool parse_alter_object(struct parser *p, enum ast_object_kind *kind_out);
static struct ast *parse_rename(struct parser *p, const struct ast_alter *alter);
static struct ast *parse_common_action(struct parser *p);
static struct ast *parse_table_action(struct parser *p);
static void parse_add(struct parser *p, struct ast_alter_action *action);
static void parse_drop_action(struct parser *p, struct ast_alter_action *action);
static void parse_alter_column(struct parser *p, struct ast_alter_action *action);
static void parse_alter_column_set(struct parser *p, struct ast_alter_action *action);
static void parse_alter_column_drop(struct parser *p, struct ast_alter_action *action);
static void parse_alter_identity(struct parser *p, struct ast_alter_action *action);
static void parse_column_type(struct parser *p, struct ast_alter_action *action);
static bool at_table_constraint(struct parser *p);
static void refuse_alter(struct parser *p, uint32_t position);

struct ast *parse_alter(struct parser *p)
{
    struct ast_alter *alter = MAKE(p, AST_ALTER, alter, p->token.position);
    struct ast *common = NULL;
    uint32_t position = p->token.position;

    expect_word(p, KEYWORD_ALTER);
    if (at_word(p, KEYWORD_ROLE) || at_word(p, KEYWORD_GROUP) ||
        (at_word(p, KEYWORD_USER) && !peek_word(p, KEYWORD_MAPPING))) {
        return parse_alter_role(p, position);
    }
    if (!parse_alter_object(p, &alter->object)) {
        refuse_alter(p, position);
        return node_scratch(p);
    }
    alter->if_exists = parse_if_exists(p);
    alter->table = alter->object == AST_OBJECT_TABLE ? parse_relation_expr(p) : parse_relation(p);
    common = at_word(p, KEYWORD_RENAME) ? parse_rename(p, alter) : parse_common_action(p);
    if (common != NULL) {
        list_push(p, &alter->actions, common);
        if (alter->object != AST_OBJECT_TABLE || !at_symbol(p, ',')) {
            return node_finish(p, alter);
        }
        parse_advance(p);
    }
    if (alter->object == AST_OBJECT_SEQUENCE) {
        struct ast_alter_action *action =
            MAKE(p, AST_ALTER_ACTION, alter_action, p->token.position);

        action->kind = AST_ALTER_SEQUENCE_OPTIONS;
        action->options = parse_sequence_options(p, false);
        if (action->options.count == 0) {
            parse_syntax_error(p);
        }
        list_push(p, &alter->actions, node_finish(p, action));
        return node_finish(p, alter);
    }
    do {
        list_push(p, &alter->actions, parse_table_action(p));
    } while (accept_symbol(p, ','));
    return node_finish(p, alter);
}

static bool parse_alter_object(struct parser *p, enum ast_object_kind *kind_out)
{
    if (accept_word(p, KEYWORD_TABLE)) {
        *kind_out = AST_OBJECT_TABLE;
    } else if (accept_word(p, KEYWORD_VIEW)) {
        *kind_out = AST_OBJECT_VIEW;
    } else if (accept_word(p, KEYWORD_INDEX)) {
        *kind_out = AST_OBJECT_INDEX;
    } else if (accept_word(p, KEYWORD_SEQUENCE)) {
        *kind_out = AST_OBJECT_SEQUENCE;
    } else if (accept_word(p, KEYWORD_SCHEMA)) {
        *kind_out = AST_OBJECT_SCHEMA;
    } else if (accept_words(p, KEYWORD_MATERIALIZED, KEYWORD_VIEW)) {
        *kind_out = AST_OBJECT_MATERIALIZED_VIEW;
    } else {
        return false;
    }
    return true;
}

/* What PostgreSQL can alter and we cannot yet. */
static void refuse_alter(struct parser *p, uint32_t position)
{
    static const enum keyword known[] = {
        KEYWORD_AGGREGATE, KEYWORD_COLLATION,   KEYWORD_CONVERSION,   KEYWORD_DATABASE,
        KEYWORD_DEFAULT,   KEYWORD_DOMAIN,      KEYWORD_EVENT,        KEYWORD_EXTENSION,
        KEYWORD_FOREIGN,   KEYWORD_FUNCTION,    KEYWORD_GROUP,        KEYWORD_LANGUAGE,
        KEYWORD_LARGE,     KEYWORD_OPERATOR,    KEYWORD_POLICY,       KEYWORD_PROCEDURE,
        KEYWORD_ROLE,      KEYWORD_PUBLICATION, KEYWORD_ROUTINE,      KEYWORD_RULE,
        KEYWORD_SERVER,    KEYWORD_STATISTICS,  KEYWORD_SUBSCRIPTION, KEYWORD_SYSTEM,
        KEYWORD_TEXT,      KEYWORD_TABLESPACE,  KEYWORD_TRIGGER,      KEYWORD_TYPE,
        KEYWORD_USER};

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (at_word(p, known[i])) {
            char text[40] = "ALTER ";
            size_t size = 6;

            for (const char *from = keyword_text(known[i]); *from != '\0'; from++) {
                text[size++] = (char)(*from - 32);
            }
            parse_unsupported(p, position, text);
            return;
        }
    }
    parse_syntax_error(p);
}

/* RENAME [COLUMN] a TO b, RENAME CONSTRAINT a TO b, RENAME TO b */
static struct ast *parse_rename(struct parser *p, const struct ast_alter *alter)
{
    struct ast_alter_action *action = MAKE(p, AST_ALTER_ACTION, alter_action, p->token.position);

    expect_word(p, KEYWORD_RENAME);
    if (accept_word(p, KEYWORD_TO)) {
        action->kind = AST_ALTER_RENAME;
        action->new_name = parse_name(p);
        return node_finish(p, action);
    }
    if (at_word(p, KEYWORD_CONSTRAINT) && alter->object == AST_OBJECT_TABLE) {
        parse_advance(p);
        action->kind = AST_ALTER_RENAME_CONSTRAINT;
    } else {
        (void)accept_word(p, KEYWORD_COLUMN);
        action->kind = AST_ALTER_RENAME_COLUMN;
    }
    action->name = parse_name(p);
    expect_word(p, KEYWORD_TO);
    action->new_name = parse_name(p);
    return node_finish(p, action);
}

/* SET SCHEMA, OWNER TO; NULL when neither is here. */
static struct ast *parse_common_action(struct parser *p)
{
    struct ast_alter_action *action = NULL;
    uint32_t position = p->token.position;

    if (accept_words(p, KEYWORD_SET, KEYWORD_SCHEMA)) {
        action = MAKE(p, AST_ALTER_ACTION, alter_action, position);
        action->kind = AST_ALTER_SET_SCHEMA;
        action->new_name = parse_name(p);
        return node_finish(p, action);
    }
    if (accept_pair(p, KEYWORD_OWNER, KEYWORD_TO)) {
        action = MAKE(p, AST_ALTER_ACTION, alter_action, position);
        action->kind = AST_ALTER_OWNER;
        action->new_name = parse_role(p);
        return node_finish(p, action);
    }
    return NULL;
}

static struct ast *parse_table_action(struct parser *p)
{
    struct ast_alter_action *action = NULL;
    struct ast *common = parse_common_action(p);

    if (common != NULL) {
        return common;
    }
    action = MAKE(p, AST_ALTER_ACTION, alter_action, p->token.position);
    switch (p->token.keyword) {
    case KEYWORD_ADD:
        parse_add(p, action);
        break;
    case KEYWORD_DROP:
        parse_drop_action(p, action);
        break;
    case KEYWORD_ALTER:
        parse_alter_column(p, action);
        break;
    case KEYWORD_VALIDATE:
        parse_advance(p);
        expect_word(p, KEYWORD_CONSTRAINT);
        action->kind = AST_ALTER_VALIDATE_CONSTRAINT;
        action->name = parse_name(p);
        break;
    case KEYWORD_SET:
    case KEYWORD_RESET:
        if (!peek_symbol(p, '(')) {
            parse_unsupported(p, p->token.position, "this form of ALTER TABLE");
            break;
        }
        action->kind = at_word(p, KEYWORD_SET) ? AST_ALTER_SET_OPTIONS : AST_ALTER_RESET_OPTIONS;
        parse_advance(p);
        action->options = parse_definition(p);
        break;
    case KEYWORD_ATTACH:
    case KEYWORD_CLUSTER:
    case KEYWORD_DETACH:
    case KEYWORD_DISABLE:
    case KEYWORD_ENABLE:
    case KEYWORD_FORCE:
    case KEYWORD_INHERIT:
    case KEYWORD_NO:
    case KEYWORD_NOT:
    case KEYWORD_OF:
    case KEYWORD_REPLICA:
        parse_unsupported(p, p->token.position, "this form of ALTER TABLE");
        break;
    default:
        parse_syntax_error(p);
        break;
    }
    return node_finish(p, action);
}

static bool at_table_constraint(struct parser *p)
{
    switch (p->token.keyword) {
    case KEYWORD_CONSTRAINT:
    case KEYWORD_CHECK:
    case KEYWORD_UNIQUE:
    case KEYWORD_PRIMARY:
    case KEYWORD_FOREIGN:
        return true;
    case KEYWORD_EXCLUDE:
        return peek_symbol(p, '(') || peek_word(p, KEYWORD_USING);
    default:
        return false;
    }
}

static void parse_add(struct parser *p, struct ast_alter_action *action)
{
    expect_word(p, KEYWORD_ADD);
    if (at_table_constraint(p)) {
        action->kind = AST_ALTER_ADD_CONSTRAINT;
        action->definition = parse_table_constraint(p);
        return;
    }
    action->kind = AST_ALTER_ADD_COLUMN;
    (void)accept_word(p, KEYWORD_COLUMN);
    action->if_exists = parse_if_not_exists(p);
    action->definition = parse_column_definition(p);
}

static void parse_drop_action(struct parser *p, struct ast_alter_action *action)
{
    expect_word(p, KEYWORD_DROP);
    if (accept_word(p, KEYWORD_CONSTRAINT)) {
        action->kind = AST_ALTER_DROP_CONSTRAINT;
    } else {
        (void)accept_word(p, KEYWORD_COLUMN);
        action->kind = AST_ALTER_DROP_COLUMN;
    }
    action->if_exists = parse_if_exists(p);
    action->name = parse_name(p);
    action->behavior = parse_behavior(p);
}

static void parse_alter_column(struct parser *p, struct ast_alter_action *action)
{
    expect_word(p, KEYWORD_ALTER);
    if (at_word(p, KEYWORD_CONSTRAINT)) {
        parse_unsupported(p, p->token.position, "ALTER CONSTRAINT");
    }
    (void)accept_word(p, KEYWORD_COLUMN);
    action->name = parse_column_id(p);
    if (at_word(p, KEYWORD_TYPE)) {
        parse_column_type(p, action);
    } else if (at_word(p, KEYWORD_RESTART)) {
        parse_alter_identity(p, action);
    } else if (accept_word(p, KEYWORD_SET)) {
        parse_alter_column_set(p, action);
    } else if (accept_word(p, KEYWORD_DROP)) {
        parse_alter_column_drop(p, action);
    } else if (accept_word(p, KEYWORD_ADD)) {
        action->kind = AST_ALTER_ADD_IDENTITY;
        action->definition = parse_column_constraint(p);
        if (!parse_failed(p) &&
            (action->definition == NULL ||
             AST_AS(constraint, action->definition)->kind != AST_CONSTRAINT_IDENTITY)) {
            parse_syntax_error(p);
        }
    } else if (at_word(p, KEYWORD_RESET)) {
        parse_unsupported(p, p->token.position, "this form of ALTER COLUMN");
    } else {
        parse_syntax_error(p);
    }
}

static void parse_alter_column_set(struct parser *p, struct ast_alter_action *action)
{
    if (accept_word(p, KEYWORD_DEFAULT)) {
        action->kind = AST_ALTER_SET_DEFAULT;
        action->expr = parse_expr(p);
    } else if (accept_words(p, KEYWORD_NOT, KEYWORD_NULL)) {
        action->kind = AST_ALTER_SET_NOT_NULL;
    } else if (accept_words(p, KEYWORD_DATA, KEYWORD_TYPE)) {
        parse_column_type(p, action);
    } else if (accept_word(p, KEYWORD_STATISTICS)) {
        uint32_t position = p->token.position;

        action->kind = AST_ALTER_SET_STATISTICS;
        action->expr = make_integer(p, parse_signed_integer(p), position);
    } else if (at_word(p, KEYWORD_STORAGE) || at_word(p, KEYWORD_COMPRESSION) ||
               at_symbol(p, '(')) {
        parse_unsupported(p, p->token.position, "this form of ALTER COLUMN");
    } else {
        parse_alter_identity(p, action);
    }
}

/* At RESTART, or behind SET: {SET GENERATED {ALWAYS | BY DEFAULT} | SET option | RESTART [WITH n]}… */
static void parse_alter_identity(struct parser *p, struct ast_alter_action *action)
{
    action->kind = AST_ALTER_SET_IDENTITY;
    do {
        struct ast_constraint *generated = NULL;

        if (!at_word(p, KEYWORD_GENERATED)) {
            if (!parse_sequence_option(p, &action->options)) {
                parse_syntax_error(p);
            }
            continue;
        }
        generated = MAKE(p, AST_CONSTRAINT, constraint, p->token.position);
        parse_advance(p);
        generated->kind = AST_CONSTRAINT_IDENTITY;
        generated->generated_always = accept_word(p, KEYWORD_ALWAYS);
        if (!generated->generated_always) {
            expect_word(p, KEYWORD_BY);
            expect_word(p, KEYWORD_DEFAULT);
        }
        action->definition = node_finish(p, generated);
    } while (!parse_failed(p) && (accept_word(p, KEYWORD_SET) || at_word(p, KEYWORD_RESTART)));
}

static void parse_alter_column_drop(struct parser *p, struct ast_alter_action *action)
{
    if (accept_word(p, KEYWORD_DEFAULT)) {
        action->kind = AST_ALTER_DROP_DEFAULT;
    } else if (accept_words(p, KEYWORD_NOT, KEYWORD_NULL)) {
        action->kind = AST_ALTER_DROP_NOT_NULL;
    } else if (accept_word(p, KEYWORD_EXPRESSION)) {
        action->kind = AST_ALTER_DROP_EXPRESSION;
        action->if_exists = parse_if_exists(p);
    } else if (accept_word(p, KEYWORD_IDENTITY)) {
        action->kind = AST_ALTER_DROP_IDENTITY;
        action->if_exists = parse_if_exists(p);
    } else {
        parse_syntax_error(p);
    }
}

/* At or behind TYPE. */
static void parse_column_type(struct parser *p, struct ast_alter_action *action)
{
    (void)accept_word(p, KEYWORD_TYPE);
    action->kind = AST_ALTER_COLUMN_TYPE;
    action->type = parse_type(p);
    if (at_word(p, KEYWORD_COLLATE)) {
        struct ast_collate *collate = MAKE(p, AST_COLLATE, collate, p->token.position);

        parse_advance(p);
        collate->name = parse_any_name(p);
        action->collation = node_finish(p, collate);
    }
    if (accept_word(p, KEYWORD_USING)) {
        action->expr = parse_expr(p);
    }
}
