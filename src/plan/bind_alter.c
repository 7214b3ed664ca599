/*
 * bind_alter.c - ALTER TABLE, ALTER INDEX, TRUNCATE: into changes that the catalog makes.
 *
 * Expressions and types are checked here against the table as it is; names are checked by the catalog, which
 * holds the lock. What would need rows to be written anew is refused by name.
 */
#include "catalog/catalog.h"
#include "plan/bind_private.h"
#include "sql/sql.h"

vv_status bind_truncate(struct binder *binder, const struct ast *node, struct command *command)
{
    const struct ast_truncate *tree = AST_AS(truncate, node);
    struct command_name *names =
        ARENA_ARRAY(binder->arena, struct command_name, tree->tables.count);
    uint32_t count = 0;

    if (names == NULL) {
        return VV_NOMEM;
    }
    ast_for_each(item, &tree->tables)
    {
        VV_TRY(bind_table_name(binder, &AST_AS(relation, item)->name, item->position,
                               &names[count].schema, &names[count].name));
        names[count++].position = item->position;
    }
    command->kind = COMMAND_TRUNCATE;
    command->tag = "TRUNCATE TABLE";
    command->drop.count = count;
    command->drop.names = names;
    command->drop.restart_identity = tree->restart_identity;
    return VV_OK;
}

/* A column that a CHECK or a generated column reads keeps its name: their texts hold it. */
static vv_status rename_check(struct binder *binder, const struct table_def *table, vv_slice name,
                              uint32_t position)
{
    const struct modify_rules *rules = NULL;
    bool *used = ARENA_ARRAY(binder->arena, bool, table->spec.column_count);
    char *text = bind_text(binder, name);
    uint16_t column = TABLE_NO_COLUMN;

    if (used == NULL || text == NULL) {
        return VV_NOMEM;
    }
    column = table_def_column(table, text);
    if (column == TABLE_NO_COLUMN) {
        return VV_OK;
    }
    VV_TRY(bind_rules(binder, table, NULL, &rules));
    for (uint32_t i = 0; rules != NULL && i < rules->check_count; i++) {
        expr_mark_columns(rules->checks[i].condition, used, table->spec.column_count);
    }
    for (uint32_t i = 0; rules != NULL && i < rules->generated_count; i++) {
        expr_mark_columns(rules->generated[i].value, used, table->spec.column_count);
    }
    return used[column] ? bind_unsupported(binder, position,
                                           "renaming a column that a constraint or a generated "
                                           "column reads")
                        : VV_OK;
}

static vv_status change_default(struct binder *binder, const struct table_def *table,
                                const struct ast_alter_action *action,
                                struct catalog_change_request *change)
{
    const struct table_column *column = NULL;
    const struct expr *expr = NULL;
    uint16_t number = TABLE_NO_COLUMN;
    vv_slice text;

    VV_TRY(bind_column_find(binder, table, 0, action->name, &number));
    column = &table->spec.columns[number];
    if (column->generated_text == NULL && column->identity == TABLE_NO_IDENTITY) {
        VV_TRY(bind_default(action->expr, column->name, (enum value_type)column->type,
                            column->type_modifier, binder->arena, &expr, binder->error));
    }
    VV_TRY(sql_print(action->expr, binder->arena, &text));
    change->text = bind_text(binder, text);
    return change->text == NULL ? VV_NOMEM : VV_OK;
}

static vv_status change_add_column(struct binder *binder, const struct ast_alter_action *action,
                                   struct catalog_change_request *change)
{
    const struct ast_column_definition *tree = AST_AS(column_definition, action->definition);
    enum value_type type = VALUE_UNKNOWN;

    ast_for_each(item, &tree->constraints)
    {
        if (AST_AS(constraint, item)->kind != AST_CONSTRAINT_NULL) {
            return bind_unsupported(binder, item->position,
                                    "ADD COLUMN with a constraint or default");
        }
    }
    if (bind_is_serial(tree->type, &type)) {
        return bind_unsupported(binder, tree->type->position, "ADD COLUMN of a serial type");
    }
    if (tree->collation != NULL) {
        return bind_unsupported(binder, tree->collation->position, "COLLATE");
    }
    change->column.name = bind_text(binder, tree->name);
    if (change->column.name == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(bind_type(binder, tree->type, &type, &change->column.type_modifier));
    change->column.type = (uint8_t)type;
    return VV_OK;
}

static vv_status change_bind(struct binder *binder, const struct table_def *table,
                             const struct ast_alter_action *action,
                             struct catalog_change_request *change)
{
    change->if_exists = action->if_exists;
    change->name = action->name.size == 0 ? NULL : bind_text(binder, action->name);
    change->new_name = action->new_name.size == 0 ? NULL : bind_text(binder, action->new_name);
    if ((action->name.size > 0 && change->name == NULL) ||
        (action->new_name.size > 0 && change->new_name == NULL)) {
        return VV_NOMEM;
    }
    switch (action->kind) {
    case AST_ALTER_RENAME:
        change->kind = CATALOG_RENAME_TABLE;
        return VV_OK;
    case AST_ALTER_RENAME_COLUMN:
        change->kind = CATALOG_RENAME_COLUMN;
        return rename_check(binder, table, action->name, action->node.position);
    case AST_ALTER_RENAME_CONSTRAINT:
        change->kind = CATALOG_RENAME_CONSTRAINT;
        return VV_OK;
    case AST_ALTER_SET_DEFAULT:
        change->kind = CATALOG_SET_DEFAULT;
        return change_default(binder, table, action, change);
    case AST_ALTER_DROP_DEFAULT:
        change->kind = CATALOG_SET_DEFAULT;
        return VV_OK;
    case AST_ALTER_SET_NOT_NULL:
        change->kind = CATALOG_SET_NOT_NULL;
        return VV_OK;
    case AST_ALTER_DROP_NOT_NULL:
        change->kind = CATALOG_DROP_NOT_NULL;
        return VV_OK;
    case AST_ALTER_ADD_COLUMN:
        change->kind = CATALOG_ADD_COLUMN;
        return change_add_column(binder, action, change);
    case AST_ALTER_DROP_CONSTRAINT:
        change->kind = CATALOG_DROP_CONSTRAINT;
        return VV_OK;
    default:
        return bind_unsupported(binder, action->node.position, "such an ALTER TABLE");
    }
}

vv_status bind_alter(struct binder *binder, const struct ast *node, struct command *command)
{
    const struct ast_alter *tree = AST_AS(alter, node);
    struct command_name *name = &command->alter.table;
    struct catalog_change_request *changes =
        ARENA_ARRAY(binder->arena, struct catalog_change_request, tree->actions.count);
    struct bind_relation relation = {0};
    bool index = tree->object == AST_OBJECT_INDEX;
    uint32_t count = 0;

    if (changes == NULL) {
        return VV_NOMEM;
    }
    if (!index && tree->object != AST_OBJECT_TABLE) {
        return bind_unsupported(binder, node->position, "ALTER of such an object");
    }
    VV_TRY(bind_table_name(binder, &AST_AS(relation, tree->table)->name, tree->table->position,
                           &name->schema, &name->name));
    name->position = tree->table->position;
    command->kind = index ? COMMAND_ALTER_INDEX : COMMAND_ALTER_TABLE;
    command->tag = index ? "ALTER INDEX" : "ALTER TABLE";
    command->alter.if_exists = tree->if_exists;
    command->alter.changes = changes;
    if (!index) {
        vv_status status = bind_relation(binder, tree->table, BIND_USE_DEFINE, &relation);

        if (status == VV_ERROR && tree->if_exists && binder->error != NULL &&
            strcmp(binder->error->sqlstate, "42P01") == 0) {
            return VV_OK; /* no changes: the catalog gives the notice */
        }
        VV_TRY(status);
    }
    ast_for_each(item, &tree->actions)
    {
        const struct ast_alter_action *action = AST_AS(alter_action, item);

        if (index && action->kind != AST_ALTER_RENAME) {
            return bind_unsupported(binder, item->position, "such an ALTER INDEX");
        }
        VV_TRY(change_bind(binder, relation.table, action, &changes[count]));
        count++;
    }
    command->alter.change_count = count;
    return VV_OK;
}
