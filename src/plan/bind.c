/* bind.c - statements: which kind, names of tables and types, parameters, the finished plan. */
#include "plan/bind.h"

#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "catalog/catalog.h"
#include "plan/bind_private.h"

vv_status bind_unsupported(struct binder *binder, uint32_t position, const char *what)
{
    return error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, position,
                     "%s is not supported yet", what);
}

vv_status bind_too_deep(struct binder *binder, uint32_t position)
{
    (void)error_set(binder->error, VV_SQLSTATE_STATEMENT_TOO_COMPLEX, position,
                    "stack depth limit exceeded");
    error_hint(binder->error, "Expressions may be nested %u deep.", LIMIT_DEPTH);
    return VV_ERROR;
}

vv_status bind_check_memory(struct binder *binder, uint32_t position)
{
    size_t limit = binder->arena->limit_bytes;

    if (VV_LIKELY(limit == 0 || binder->arena->reserved_bytes < limit - limit / 16)) {
        return VV_OK;
    }
    return error_set(binder->error, VV_SQLSTATE_STATEMENT_TOO_COMPLEX, position,
                     "statement is too complex");
}

void bind_name_copy(char text[LIMIT_NAME_BYTES + 1], vv_slice name)
{
    VV_ASSERT(name.size <= LIMIT_NAME_BYTES);
    if (name.size > 0) {
        memcpy(text, name.data, name.size);
    }
    text[name.size] = '\0';
}

char *bind_text(struct binder *binder, vv_slice text)
{
    return arena_text(binder->arena, text.size == 0 ? "" : (const char *)text.data, text.size);
}

vv_status bind_table_name(struct binder *binder, const struct ast_name *name, uint32_t position,
                          const char **schema_out, const char **name_out)
{
    *schema_out = NULL;
    *name_out = bind_text(binder, ast_name_last(name));
    if (name->count > 2) {
        return bind_unsupported(binder, position, "a cross-database reference");
    }
    if (name->count == 2) {
        *schema_out = bind_text(binder, name->parts[0]);
        return *schema_out == NULL || *name_out == NULL ? VV_NOMEM : VV_OK;
    }
    return *name_out == NULL ? VV_NOMEM : VV_OK;
}

vv_status bind_name_taken(struct binder *binder, const char *schema, const char *name,
                          bool *taken_out)
{
    struct vv_error error = {0};
    const struct table_def *table = NULL;
    vv_status status = VV_OK;

    *taken_out = false;
    if (schema != NULL && !catalog_schema_exists(schema)) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_SCHEMA_NAME, 0,
                         "schema \"%s\" does not exist", schema);
    }
    status = binder->catalog->table(binder->catalog->context, schema, name, BIND_USE_DEFINE, 0,
                                    &table, &error);
    *taken_out = status == VV_OK || (status == VV_ERROR && strcmp(error.sqlstate, "42809") == 0);
    return status == VV_ERROR ? VV_OK : status;
}

vv_status bind_relation(struct binder *binder, const struct ast *node, enum bind_use use,
                        struct bind_relation *relation_out)
{
    const struct ast_relation *relation = AST_AS(relation, node);
    const char *schema = NULL;
    const char *name = NULL;

    *relation_out = (struct bind_relation){0};
    VV_TRY(bind_table_name(binder, &relation->name, node->position, &schema, &name));
    VV_TRY(binder->catalog->table(binder->catalog->context, schema, name, use,
                                  use >= BIND_USE_DEFINE ? 0 : node->position, &relation_out->table,
                                  binder->error));
    if (relation->columns.count > 0) {
        return bind_unsupported(binder, node->position, "a column alias list");
    }
    relation_out->alias = relation->alias.size > 0 ? bind_text(binder, relation->alias) : name;
    return relation_out->alias == NULL ? VV_NOMEM : VV_OK;
}

/* ---- statements ---- */

static vv_status statement_unsupported(struct binder *binder, const struct ast *tree)
{
    static const struct {
        enum ast_tag tag;
        const char *text;
    } names[] = {
        {AST_CREATE_TABLE_AS, "CREATE TABLE AS"}, {AST_ALTER, "ALTER"},
        {AST_CREATE_VIEW, "CREATE VIEW"},         {AST_REFRESH, "REFRESH MATERIALIZED VIEW"},
        {AST_CREATE_SCHEMA, "CREATE SCHEMA"},     {AST_SET_CONSTRAINTS, "SET CONSTRAINTS"},
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (names[i].tag == (enum ast_tag)tree->tag) {
            return bind_unsupported(binder, tree->position, names[i].text);
        }
    }
    return bind_unsupported(binder, tree->position, ast_tag_text((enum ast_tag)tree->tag));
}

static vv_status plan_query(struct binder *binder, const struct ast *tree,
                            struct logical_plan *plan)
{
    struct bind_result result;

    VV_TRY(bind_query(binder, tree, false, &result));
    plan->root = result.node;
    plan->column_count = result.column_count;
    plan->column_names = result.names;
    plan->column_types = result.node->column_types;
    return VV_OK;
}

/* Few settings are not written in lower case. */
static const char *setting_column(const char *name)
{
    static const char *const mixed[] = {"DateStyle", "IntervalStyle", "TimeZone"};

    for (size_t i = 0; i < sizeof mixed / sizeof mixed[0]; i++) {
        if (strcasecmp(name, mixed[i]) == 0) {
            return mixed[i];
        }
    }
    return name;
}

/* EXPLAIN and SHOW return rows of text. */
static vv_status command_columns(struct binder *binder, struct logical_plan *plan)
{
    const struct command *command = plan->command;
    static const char *const all[] = {"name", "setting", "description"};
    static const uint8_t types[] = {VALUE_TEXT, VALUE_TEXT, VALUE_TEXT};
    const char **names = ARENA_ARRAY(binder->arena, const char *, 3);

    if (names == NULL) {
        return VV_NOMEM;
    }
    if (command->kind == COMMAND_SHOW && strcmp(command->setting.name, "all") == 0) {
        memcpy(names, all, sizeof all);
        plan->column_count = 3;
    } else if (command->kind == COMMAND_SHOW || command->kind == COMMAND_EXPLAIN) {
        names[0] =
            command->kind == COMMAND_SHOW ? setting_column(command->setting.name) : "QUERY PLAN";
        plan->column_count = 1;
    } else {
        return VV_OK;
    }
    plan->column_names = names;
    plan->column_types = types;
    return VV_OK;
}

static vv_status plan_command(struct binder *binder, const struct ast *tree,
                              struct logical_plan *plan)
{
    struct command *command = ARENA_NEW(binder->arena, struct command);
    vv_status status = VV_OK;

    if (command == NULL) {
        return VV_NOMEM;
    }
    status = bind_define(binder, tree, command);
    if (status == VV_NOT_FOUND) {
        status = bind_command(binder, tree, command);
    }
    if (status == VV_NOT_FOUND) {
        status = bind_prepared_command(binder, tree, command);
    }
    if (status == VV_NOT_FOUND) {
        status = bind_maintain(binder, tree, command);
    }
    if (status == VV_NOT_FOUND) {
        status = bind_cursor_command(binder, tree, command, plan);
    }
    if (status == VV_NOT_FOUND) {
        return statement_unsupported(binder, tree);
    }
    VV_TRY(status);
    plan->command = command;
    return command_columns(binder, plan);
}

vv_status bind_plan(struct binder *binder, const struct ast *tree, struct logical_plan *plan)
{
    switch (tree->tag) {
    case AST_SELECT:
    case AST_VALUES:
    case AST_SET_OPERATION:
        return plan_query(binder, tree, plan);
    case AST_INSERT:
        return bind_insert(binder, tree, plan);
    case AST_UPDATE:
        return bind_update(binder, tree, plan);
    case AST_COPY:
        return bind_copy(binder, tree, plan);
    case AST_DELETE:
        return bind_delete(binder, tree, plan);
    default:
        return plan_command(binder, tree, plan);
    }
}

/* Takes over the types that the caller fixed. */
static vv_status parameters_begin(struct binder *binder, const struct bind_options *options)
{
    uint32_t count = options->parameter_types == NULL ? 0 : options->parameter_type_count;

    binder->no_parameters = count == 1 && options->parameter_types[0] == BIND_NO_PARAMETERS;
    if (count == 0 || binder->no_parameters) {
        return VV_OK;
    }
    binder->parameter_types = arena_copy(binder->arena, options->parameter_types, count);
    binder->parameter_count = count;
    binder->parameter_capacity = count;
    return binder->parameter_types == NULL ? VV_NOMEM : VV_OK;
}

/* Every parameter needs a type by now. */
static vv_status parameters_end(struct binder *binder, struct logical_plan *plan)
{
    uint32_t open = binder->open_parameter;

    if (open != 0 && binder->parameter_types[open - 1] != VALUE_UNKNOWN) {
        return error_set(binder->error, VV_SQLSTATE_AMBIGUOUS_PARAMETER,
                         binder->open_parameter_position,
                         "could not determine data type of parameter $%u", open);
    }
    for (uint32_t i = 0; i < binder->parameter_count; i++) {
        if (binder->parameter_types[i] == VALUE_UNKNOWN) {
            return error_set(binder->error, VV_SQLSTATE_INDETERMINATE_DATATYPE, 0,
                             "could not determine data type of parameter $%u", i + 1);
        }
    }
    plan->parameter_count = binder->parameter_count;
    plan->parameter_types = binder->parameter_types;
    return VV_OK;
}

vv_status bind_statement(const struct bind_options *options, const struct ast *tree,
                         struct arena *arena, const struct logical_plan **plan_out,
                         struct vv_error *error)
{
    struct binder binder = {
        .arena = arena, .error = error, .catalog = options->catalog, .prepared = options->prepared};
    struct logical_plan *plan = ARENA_NEW(arena, struct logical_plan);

    *plan_out = NULL;
    if (plan == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(parameters_begin(&binder, options));
    VV_TRY(bind_plan(&binder, tree, plan));
    VV_TRY(parameters_end(&binder, plan));
    VV_SLOW_ASSERT(plan->root == NULL || logical_verify(plan->root)); /* I2 */
    *plan_out = plan;
    return VV_OK;
}

vv_status bind_default(const struct ast *tree, const char *name, enum value_type type,
                       int32_t modifier, struct arena *arena, const struct expr **expr_out,
                       struct vv_error *error)
{
    struct binder binder = {.arena = arena, .error = error};
    const struct expr *expr = NULL;

    *expr_out = NULL;
    VV_TRY(bind_expr_at(&binder, BIND_DEFAULT, tree, &expr));
    if (!bind_can_coerce((enum value_type)expr->type, type, CAST_ASSIGNMENT)) {
        (void)error_set(error, VV_SQLSTATE_DATATYPE_MISMATCH, 0,
                        "column \"%s\" is of type %s but default expression is of type %s", name,
                        value_types[type].text, value_types[expr->type].text);
        error_hint(error, "You will need to rewrite or cast the expression.");
        return VV_ERROR;
    }
    return bind_coerce(&binder, expr, type, modifier, CAST_ASSIGNMENT, 0, expr_out);
}
