/*
 * print_define.c - CREATE, ALTER, DROP, COMMENT.
 */
#include "sql/print_private.h"

static const char *const object_words[] = {"TABLE",    "INDEX",  "VIEW", "MATERIALIZED VIEW",
                                           "SEQUENCE", "SCHEMA", "ROLE", "COLUMN"};

static void print_create(struct out *out, enum ast_persistence persistence, const char *what,
                         bool if_not_exists, const struct ast *table);
static void print_create_table(struct out *out, const struct ast_create_table *create);
static void print_create_table_as(struct out *out, const struct ast_create_table_as *create);
static void print_table_element(struct out *out, const struct ast *node);
static void print_column_definition(struct out *out, const struct ast_column_definition *column);
static void print_constraint(struct out *out, const struct ast_constraint *constraint,
                             bool of_column);
static void print_key(struct out *out, const struct ast_constraint *constraint, bool of_column);
static void print_references(struct out *out, const struct ast_constraint *constraint,
                             bool of_column);
static void print_constraint_attributes(struct out *out, const struct ast_constraint *constraint);
static void print_definition_options(struct out *out, const struct ast_list *options);
static void print_sequence_options(struct out *out, const struct ast_list *options);
static void print_sequence_option(struct out *out, const struct ast *node);
static void print_create_index(struct out *out, const struct ast_create_index *index);
static void print_create_view(struct out *out, const struct ast_create_view *view);
static void print_role(struct out *out, const char *verb, enum ast_role_kind kind, vv_slice name);
static void print_role_options(struct out *out, const struct ast_list *options);
static void print_drop(struct out *out, const struct ast_drop *drop);
static void print_alter(struct out *out, const struct ast_alter *alter);
static void print_alter_action(struct out *out, const struct ast *node);
static bool print_alter_common(struct out *out, const struct ast_alter_action *action);
static void print_alter_column(struct out *out, const struct ast_alter_action *action);
static void print_comment(struct out *out, const struct ast_comment *comment);

bool print_definition(struct out *out, const struct ast *node)
{
    switch (node->tag) {
    case AST_CREATE_TABLE:
        print_create_table(out, AST_AS(create_table, node));
        return true;
    case AST_CREATE_TABLE_AS:
        print_create_table_as(out, AST_AS(create_table_as, node));
        return true;
    case AST_COLUMN_DEFINITION:
    case AST_CONSTRAINT:
        print_table_element(out, node);
        return true;
    case AST_CREATE_INDEX:
        print_create_index(out, AST_AS(create_index, node));
        return true;
    case AST_CREATE_VIEW:
        print_create_view(out, AST_AS(create_view, node));
        return true;
    case AST_CREATE_SEQUENCE: {
        const struct ast_create_sequence *sequence = AST_AS(create_sequence, node);

        print_create(out, sequence->persistence, "SEQUENCE ", sequence->if_not_exists,
                     sequence->table);
        print_sequence_options(out, &sequence->options);
        return true;
    }
    case AST_CREATE_SCHEMA: {
        const struct ast_create_schema *schema = AST_AS(create_schema, node);

        out_text(out, "CREATE SCHEMA");
        print_word_if(out, schema->if_not_exists, " IF NOT EXISTS");
        if (schema->name.size > 0) {
            out_text(out, " ");
            print_name_part(out, schema->name);
        }
        if (schema->owner.size > 0) {
            out_text(out, " AUTHORIZATION ");
            print_name_part(out, schema->owner);
        }
        return true;
    }
    case AST_CREATE_ROLE: {
        const struct ast_create_role *role = AST_AS(create_role, node);

        print_role(out, "CREATE ", role->kind, role->name);
        print_role_options(out, &role->options);
        return true;
    }
    case AST_ALTER_ROLE: {
        const struct ast_alter_role *role = AST_AS(alter_role, node);

        print_role(out, "ALTER ", role->kind, role->name);
        if (role->new_name.size > 0) {
            out_text(out, " RENAME TO ");
            print_name_part(out, role->new_name);
        }
        print_role_options(out, &role->options);
        return true;
    }
    case AST_DROP:
        print_drop(out, AST_AS(drop, node));
        return true;
    case AST_ALTER:
        print_alter(out, AST_AS(alter, node));
        return true;
    case AST_COMMENT:
        print_comment(out, AST_AS(comment, node));
        return true;
    default:
        return false;
    }
}

static void print_create(struct out *out, enum ast_persistence persistence, const char *what,
                         bool if_not_exists, const struct ast *table)
{
    static const char *const words[] = {"CREATE ", "CREATE TEMPORARY ", "CREATE UNLOGGED "};

    out_text(out, words[persistence]);
    out_text(out, what);
    print_word_if(out, if_not_exists, "IF NOT EXISTS ");
    print_relation(out, table);
}

/* ---- Tables ---- */

static void print_create_table(struct out *out, const struct ast_create_table *create)
{
    print_create(out, create->persistence, "TABLE ", create->if_not_exists, create->table);
    out_text(out, " (");
    print_nodes(out, &create->elements, ", ", print_table_element);
    out_text(out, ")");
    print_definition_options(out, &create->options);
}

static void print_create_table_as(struct out *out, const struct ast_create_table_as *create)
{
    print_create(out, create->persistence, "TABLE ", create->if_not_exists, create->table);
    if (create->columns.count > 0) {
        out_text(out, " ");
        print_columns(out, &create->columns);
    }
    out_text(out, " AS ");
    print_query(out, create->query);
    print_word_if(out, create->no_data, " WITH NO DATA");
}

static void print_table_element(struct out *out, const struct ast *node)
{
    if (node->tag == AST_COLUMN_DEFINITION) {
        print_column_definition(out, AST_AS(column_definition, node));
    } else {
        print_constraint(out, AST_AS(constraint, node), false);
    }
}

static void print_column_definition(struct out *out, const struct ast_column_definition *column)
{
    print_name_part(out, column->name);
    out_text(out, " ");
    print_type(out, column->type);
    if (column->collation != NULL) {
        out_text(out, " COLLATE ");
        print_name(out, &AST_AS(collate, column->collation)->name);
    }
    ast_for_each(constraint, &column->constraints)
    {
        out_text(out, " ");
        print_constraint(out, AST_AS(constraint, constraint), true);
    }
}

static void print_constraint(struct out *out, const struct ast_constraint *constraint,
                             bool of_column)
{
    if (constraint->name.size > 0) {
        out_text(out, "CONSTRAINT ");
        print_name_part(out, constraint->name);
        out_text(out, " ");
    }
    switch (constraint->kind) {
    case AST_CONSTRAINT_NOT_NULL:
        out_text(out, "NOT NULL");
        break;
    case AST_CONSTRAINT_NULL:
        out_text(out, "NULL");
        break;
    case AST_CONSTRAINT_DEFAULT:
        out_text(out, "DEFAULT ");
        print_plain_expr(out, constraint->expr);
        break;
    case AST_CONSTRAINT_CHECK:
        out_text(out, "CHECK (");
        print_expr(out, constraint->expr);
        out_text(out, ")");
        break;
    case AST_CONSTRAINT_PRIMARY_KEY:
    case AST_CONSTRAINT_UNIQUE:
        print_key(out, constraint, of_column);
        break;
    case AST_CONSTRAINT_REFERENCES:
        print_references(out, constraint, of_column);
        break;
    case AST_CONSTRAINT_GENERATED:
        out_text(out, "GENERATED ALWAYS AS (");
        print_expr(out, constraint->expr);
        out_text(out, ") STORED");
        break;
    case AST_CONSTRAINT_IDENTITY:
        out_text(out, constraint->generated_always ? "GENERATED ALWAYS AS IDENTITY"
                                                   : "GENERATED BY DEFAULT AS IDENTITY");
        if (constraint->sequence_options.count > 0) {
            out_text(out, " (");
            print_sequence_options(out, &constraint->sequence_options);
            out_text(out, ")");
        }
        break;
    }
    print_constraint_attributes(out, constraint);
}

static void print_key(struct out *out, const struct ast_constraint *constraint, bool of_column)
{
    out_text(out, constraint->kind == AST_CONSTRAINT_UNIQUE ? "UNIQUE" : "PRIMARY KEY");
    print_word_if(out, constraint->nulls_not_distinct, " NULLS NOT DISTINCT");
    if (constraint->using_index.size > 0) {
        out_text(out, " USING INDEX ");
        print_name_part(out, constraint->using_index);
    } else if (!of_column) {
        out_text(out, " ");
        print_columns(out, &constraint->columns);
    }
    if (constraint->include.count > 0) {
        out_text(out, " INCLUDE ");
        print_columns(out, &constraint->include);
    }
}

static void print_references(struct out *out, const struct ast_constraint *constraint,
                             bool of_column)
{
    static const char *const actions[] = {"", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"};

    if (!of_column) {
        out_text(out, "FOREIGN KEY ");
        print_columns(out, &constraint->columns);
        out_text(out, " ");
    }
    out_text(out, "REFERENCES ");
    print_relation(out, constraint->ref_table);
    print_columns(out, &constraint->ref_columns);
    print_word_if(out, constraint->match == AST_MATCH_FULL, " MATCH FULL");
    if (constraint->on_delete != AST_REF_NO_ACTION) {
        out_text(out, " ON DELETE ");
        out_text(out, actions[constraint->on_delete]);
    }
    if (constraint->on_update != AST_REF_NO_ACTION) {
        out_text(out, " ON UPDATE ");
        out_text(out, actions[constraint->on_update]);
    }
}

static void print_constraint_attributes(struct out *out, const struct ast_constraint *constraint)
{
    print_word_if(out, constraint->no_inherit, " NO INHERIT");
    print_word_if(out, constraint->deferrable && !constraint->initially_deferred, " DEFERRABLE");
    print_word_if(out, constraint->initially_deferred, " INITIALLY DEFERRED");
    print_word_if(out, constraint->not_valid, " NOT VALID");
}

/* WITH (name = value, …) */
static void print_definition_options(struct out *out, const struct ast_list *options)
{
    if (options->count == 0) {
        return;
    }
    out_text(out, " WITH (");
    ast_for_each(node, options)
    {
        const struct ast_option *option = AST_AS(option, node);

        print_word_if(out, node != options->first, ", ");
        print_label(out, option->name);
        if (option->value != NULL) {
            out_text(out, " = ");
            print_expr(out, option->value);
        }
    }
    out_text(out, ")");
}

/* ---- Sequences, indexes, views, roles ---- */

static void print_sequence_options(struct out *out, const struct ast_list *options)
{
    ast_for_each(node, options)
    {
        out_text(out, " ");
        print_sequence_option(out, node);
    }
}

static void print_sequence_option(struct out *out, const struct ast *node)
{
    static const struct {
        const char *name;
        const char *with; /* before a value */
        const char *without;
    } known[] = {
        {"increment", "INCREMENT BY ", ""},
        {"minvalue", "MINVALUE ", "NO MINVALUE"},
        {"maxvalue", "MAXVALUE ", "NO MAXVALUE"},
        {"start", "START WITH ", ""},
        {"restart", "RESTART WITH ", "RESTART"},
        {"cache", "CACHE ", ""},
        {"owned_by", "OWNED BY ", ""},
    };
    const struct ast_option *option = AST_AS(option, node);

    if (slice_equal(option->name, slice_text("cycle"))) {
        out_text(out, AST_AS(integer, option->value)->value != 0 ? "CYCLE" : "NO CYCLE");
    } else if (slice_equal(option->name, slice_text("as"))) {
        out_text(out, "AS ");
        print_type(out, option->value);
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (slice_equal(option->name, slice_text(known[i].name))) {
            out_text(out, option->value != NULL ? known[i].with : known[i].without);
            if (option->value != NULL) {
                print_expr(out, option->value);
            }
        }
    }
}

static void print_create_index(struct out *out, const struct ast_create_index *index)
{
    out_text(out, index->unique ? "CREATE UNIQUE INDEX" : "CREATE INDEX");
    print_word_if(out, index->concurrently, " CONCURRENTLY");
    print_word_if(out, index->if_not_exists, " IF NOT EXISTS");
    if (index->name.size > 0) {
        out_text(out, " ");
        print_name_part(out, index->name);
    }
    out_text(out, " ON ");
    print_relation(out, index->table);
    if (index->method.size > 0) {
        out_text(out, " USING ");
        print_name_part(out, index->method);
    }
    out_text(out, " (");
    print_nodes(out, &index->elements, ", ", print_index_element);
    out_text(out, ")");
    if (index->include.count > 0) {
        out_text(out, " INCLUDE (");
        print_nodes(out, &index->include, ", ", print_index_element);
        out_text(out, ")");
    }
    print_word_if(out, index->nulls_not_distinct, " NULLS NOT DISTINCT");
    print_definition_options(out, &index->options);
    print_where(out, index->where);
}

/* A column or call stands alone, anything else in parentheses. */
void print_index_element(struct out *out, const struct ast *node)
{
    static const char *const directions[] = {"", " ASC", " DESC"};
    static const char *const nulls[] = {"", " NULLS FIRST", " NULLS LAST"};
    const struct ast_index_element *element = AST_AS(index_element, node);
    const struct ast *expr = element->expr;
    bool bare = expr->tag == AST_CALL || (expr->tag == AST_COLUMN && !AST_AS(column, expr)->star &&
                                          AST_AS(column, expr)->name.count == 1);

    print_word_if(out, !bare, "(");
    print_expr(out, expr);
    print_word_if(out, !bare, ")");
    if (element->collation.count > 0) {
        out_text(out, " COLLATE ");
        print_name(out, &element->collation);
    }
    if (element->opclass.count > 0) {
        out_text(out, " ");
        print_name(out, &element->opclass);
    }
    out_text(out, directions[element->direction]);
    out_text(out, nulls[element->nulls]);
}

static void print_create_view(struct out *out, const struct ast_create_view *view)
{
    static const char *const checks[] = {"", " WITH LOCAL CHECK OPTION",
                                         " WITH CASCADED CHECK OPTION"};
    static const char *const words[] = {"", "TEMPORARY ", "UNLOGGED "};

    out_text(out, "CREATE ");
    print_word_if(out, view->or_replace, "OR REPLACE ");
    out_text(out, words[view->persistence]);
    print_word_if(out, view->recursive, "RECURSIVE ");
    print_word_if(out, view->materialized, "MATERIALIZED ");
    out_text(out, "VIEW ");
    print_word_if(out, view->if_not_exists, "IF NOT EXISTS ");
    print_relation(out, view->table);
    if (view->columns.count > 0) {
        out_text(out, " ");
        print_columns(out, &view->columns);
    }
    print_definition_options(out, &view->options);
    out_text(out, " AS ");
    print_query(out, view->query);
    out_text(out, checks[view->check_option]);
    print_word_if(out, view->no_data, " WITH NO DATA");
}

static void print_role(struct out *out, const char *verb, enum ast_role_kind kind, vv_slice name)
{
    static const char *const words[] = {"ROLE", "USER", "GROUP"};

    out_text(out, verb);
    out_text(out, words[kind]);
    out_text(out, " ");
    print_name_part(out, name);
}

static void print_role_options(struct out *out, const struct ast_list *options)
{
    static const struct {
        const char *name;
        const char *text;
    } known[] = {{"password", " PASSWORD "},
                 {"connection_limit", " CONNECTION LIMIT "},
                 {"valid_until", " VALID UNTIL "}};

    print_word_if(out, options->count > 0, " WITH");
    ast_for_each(node, options)
    {
        const struct ast_option *option = AST_AS(option, node);

        if (option->value == NULL) {
            out_text(out, " ");
            out_slice(out, option->name);
        }
        for (size_t i = 0; option->value != NULL && i < 3; i++) {
            if (slice_equal(option->name, slice_text(known[i].name))) {
                out_text(out, known[i].text);
                print_expr(out, option->value);
            }
        }
    }
}

/* ---- DROP, ALTER, COMMENT ---- */

static void print_drop(struct out *out, const struct ast_drop *drop)
{
    out_text(out, "DROP ");
    out_text(out, object_words[drop->object]);
    print_word_if(out, drop->concurrently, " CONCURRENTLY");
    print_word_if(out, drop->if_exists, " IF EXISTS");
    out_text(out, " ");
    print_nodes(out, &drop->names, ", ", print_relation);
    print_word_if(out, drop->behavior == AST_CASCADE, " CASCADE");
}

static void print_alter(struct out *out, const struct ast_alter *alter)
{
    out_text(out, "ALTER ");
    out_text(out, object_words[alter->object]);
    print_word_if(out, alter->if_exists, " IF EXISTS");
    out_text(out, " ");
    print_relation(out, alter->table);
    out_text(out, " ");
    print_nodes(out, &alter->actions, ", ", print_alter_action);
}

static void print_alter_action(struct out *out, const struct ast *node)
{
    const struct ast_alter_action *action = AST_AS(alter_action, node);

    if (print_alter_common(out, action)) {
        return;
    }
    switch (action->kind) {
    case AST_ALTER_ADD_COLUMN:
        out_text(out, action->if_exists ? "ADD COLUMN IF NOT EXISTS " : "ADD COLUMN ");
        print_table_element(out, action->definition);
        break;
    case AST_ALTER_ADD_CONSTRAINT:
        out_text(out, "ADD ");
        print_table_element(out, action->definition);
        break;
    case AST_ALTER_DROP_COLUMN:
    case AST_ALTER_DROP_CONSTRAINT:
        out_text(out, action->kind == AST_ALTER_DROP_COLUMN ? "DROP COLUMN " : "DROP CONSTRAINT ");
        print_word_if(out, action->if_exists, "IF EXISTS ");
        print_name_part(out, action->name);
        print_word_if(out, action->behavior == AST_CASCADE, " CASCADE");
        break;
    case AST_ALTER_VALIDATE_CONSTRAINT:
        out_text(out, "VALIDATE CONSTRAINT ");
        print_name_part(out, action->name);
        break;
    case AST_ALTER_SET_OPTIONS:
    case AST_ALTER_RESET_OPTIONS:
        /* The list brings its own " WITH ": the same form but for the word. */
        out_text(out, action->kind == AST_ALTER_SET_OPTIONS ? "SET (" : "RESET (");
        ast_for_each(option, &action->options)
        {
            print_word_if(out, option != action->options.first, ", ");
            print_label(out, AST_AS(option, option)->name);
            if (AST_AS(option, option)->value != NULL) {
                out_text(out, " = ");
                print_expr(out, AST_AS(option, option)->value);
            }
        }
        out_text(out, ")");
        break;
    case AST_ALTER_SEQUENCE_OPTIONS:
        ast_for_each(option, &action->options)
        {
            print_word_if(out, option != action->options.first, " ");
            print_sequence_option(out, option);
        }
        break;
    default:
        out_text(out, "ALTER COLUMN ");
        print_name_part(out, action->name);
        print_alter_column(out, action);
        break;
    }
}

/* RENAME, SET SCHEMA, OWNER TO */
static bool print_alter_common(struct out *out, const struct ast_alter_action *action)
{
    switch (action->kind) {
    case AST_ALTER_RENAME:
        out_text(out, "RENAME TO ");
        break;
    case AST_ALTER_RENAME_COLUMN:
    case AST_ALTER_RENAME_CONSTRAINT:
        out_text(out,
                 action->kind == AST_ALTER_RENAME_COLUMN ? "RENAME COLUMN " : "RENAME CONSTRAINT ");
        print_name_part(out, action->name);
        out_text(out, " TO ");
        break;
    case AST_ALTER_SET_SCHEMA:
        out_text(out, "SET SCHEMA ");
        break;
    case AST_ALTER_OWNER:
        out_text(out, "OWNER TO ");
        break;
    default:
        return false;
    }
    print_name_part(out, action->new_name);
    return true;
}

static void print_set_identity(struct out *out, const struct ast_alter_action *action)
{
    if (action->definition != NULL) {
        out_text(out, AST_AS(constraint, action->definition)->generated_always
                          ? " SET GENERATED ALWAYS"
                          : " SET GENERATED BY DEFAULT");
    }
    ast_for_each(node, &action->options)
    {
        bool restart = slice_equal(AST_AS(option, node)->name, slice_text("restart"));

        out_text(out, restart ? " " : " SET ");
        print_sequence_option(out, node);
    }
}

/* Behind ALTER COLUMN name. */
static void print_alter_column(struct out *out, const struct ast_alter_action *action)
{
    switch (action->kind) {
    case AST_ALTER_COLUMN_TYPE:
        out_text(out, " TYPE ");
        print_type(out, action->type);
        if (action->collation != NULL) {
            out_text(out, " COLLATE ");
            print_name(out, &AST_AS(collate, action->collation)->name);
        }
        if (action->expr != NULL) {
            out_text(out, " USING ");
            print_expr(out, action->expr);
        }
        break;
    case AST_ALTER_SET_DEFAULT:
        out_text(out, " SET DEFAULT ");
        print_expr(out, action->expr);
        break;
    case AST_ALTER_DROP_DEFAULT:
        out_text(out, " DROP DEFAULT");
        break;
    case AST_ALTER_SET_NOT_NULL:
        out_text(out, " SET NOT NULL");
        break;
    case AST_ALTER_DROP_NOT_NULL:
        out_text(out, " DROP NOT NULL");
        break;
    case AST_ALTER_DROP_EXPRESSION:
        out_text(out, action->if_exists ? " DROP EXPRESSION IF EXISTS" : " DROP EXPRESSION");
        break;
    case AST_ALTER_SET_IDENTITY:
        print_set_identity(out, action);
        break;
    case AST_ALTER_DROP_IDENTITY:
        out_text(out, action->if_exists ? " DROP IDENTITY IF EXISTS" : " DROP IDENTITY");
        break;
    case AST_ALTER_ADD_IDENTITY:
        out_text(out, " ADD ");
        print_constraint(out, AST_AS(constraint, action->definition), true);
        break;
    case AST_ALTER_SET_STATISTICS:
        out_text(out, " SET STATISTICS ");
        print_expr(out, action->expr);
        break;
    default:
        VV_ASSERT(false && "an action on a column");
    }
}

static void print_comment(struct out *out, const struct ast_comment *comment)
{
    out_text(out, "COMMENT ON ");
    if (comment->object == AST_OBJECT_CONSTRAINT) {
        out_text(out, "CONSTRAINT ");
        print_name_part(out, comment->column);
        out_text(out, " ON ");
    } else {
        out_text(out, object_words[comment->object]);
        out_text(out, " ");
    }
    print_relation(out, comment->table);
    if (comment->object == AST_OBJECT_COLUMN) {
        out_text(out, ".");
        print_name_part(out, comment->column);
    }
    out_text(out, " IS ");
    print_expr(out, comment->text);
}
