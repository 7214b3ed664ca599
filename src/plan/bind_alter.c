/*
 * bind_alter.c - ALTER TABLE, ALTER INDEX, TRUNCATE: the passes, and what renames.
 */
#include "plan/bind_alter.h"

#include <stdarg.h>
#include <stdio.h>

#include "sql/sql.h"

/* PostgreSQL's passes (tablecmds.c), as far as they matter here. An ADD COLUMN has a share in three. */
enum pass {
    PASS_RENAME,
    PASS_DROP,
    PASS_TYPE,
    PASS_ADD,
    PASS_ATTRIBUTE,
    PASS_KEY,
    PASS_OTHER,
    PASS_LAST
};

static vv_status alter_apply(struct alter *alter, enum pass pass,
                             const struct ast_alter_action *action, bool *added);
static vv_status alter_rename(struct alter *alter, const struct ast_alter_action *action);

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

/* ---- shared ---- */

vv_status alter_column_find(struct alter *alter, vv_slice name, uint16_t *column_out)
{
    *column_out = bind_definition_column(&alter->definition, name);
    if (*column_out != TABLE_NO_COLUMN) {
        return VV_OK;
    }
    return error_set(alter->binder->error, VV_SQLSTATE_UNDEFINED_COLUMN, 0,
                     "column \"%.*s\" of relation \"%s\" does not exist", (int)name.size,
                     (const char *)name.data, alter->definition.name);
}

vv_status alter_notice(struct alter *alter, const char *sqlstate, const char *detail,
                       const char *format, ...)
{
    struct alter_notice *notice = ARENA_NEW(alter->binder->arena, struct alter_notice);
    struct alter_notice **end = &alter->plan->notices;
    char text[ERROR_TEXT_BYTES];
    va_list arguments;

    if (notice == NULL) {
        return VV_NOMEM;
    }
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    *notice = (struct alter_notice){.sqlstate = sqlstate,
                                    .text = arena_text(alter->binder->arena, text, strlen(text)),
                                    .detail = detail == NULL ? "" : detail};
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = notice;
    return notice->text == NULL ? VV_NOMEM : VV_OK;
}

vv_status alter_unplaced(struct alter *alter, vv_status status)
{
    if (status == VV_ERROR && alter->binder->error != NULL) {
        alter->binder->error->position = 0;
    }
    return status;
}

vv_status alter_tree(struct alter *alter, const char *text, struct ast **tree_out)
{
    return sql_parse_expression(slice_text(text), alter->binder->arena, tree_out,
                                alter->binder->error);
}

vv_status alter_reads(struct alter *alter, const char *text, const char *column, bool *reads_out)
{
    struct ast *tree = NULL;

    *reads_out = false;
    if (text == NULL) {
        return VV_OK;
    }
    VV_TRY(alter_tree(alter, text, &tree));
    *reads_out = ast_reads_column(tree, slice_text(column));
    return VV_OK;
}

vv_status alter_index_reads(struct alter *alter, const struct table_index *index, uint16_t column,
                            bool *reads_out)
{
    const char *name = alter->definition.columns[column].name;

    VV_TRY(alter_reads(alter, index->predicate_text, name, reads_out));
    for (uint32_t i = 0; i < index->include_count && !*reads_out; i++) {
        *reads_out = index->includes[i] == column;
    }
    for (uint32_t i = 0; i < index->part_count && !*reads_out; i++) {
        *reads_out = index->parts[i].column == column;
        if (index->parts[i].column == TABLE_NO_COLUMN) {
            VV_TRY(alter_reads(alter, index->parts[i].expression_text, name, reads_out));
        }
    }
    return VV_OK;
}

void alter_index_remove(struct alter *alter, uint32_t place)
{
    struct bind_definition *definition = &alter->definition;

    definition->has_key = definition->has_key && !definition->indexes[place].primary;
    definition->index_count--;
    for (uint32_t i = place; i < definition->index_count; i++) {
        definition->indexes[i] = definition->indexes[i + 1];
    }
}

void alter_check_remove(struct alter *alter, uint32_t place)
{
    struct bind_definition *definition = &alter->definition;

    definition->check_count--;
    for (uint32_t i = place; i < definition->check_count; i++) {
        definition->checks[i] = definition->checks[i + 1];
        alter->check_fresh[i] = alter->check_fresh[i + 1];
    }
}

/* ---- the statement ---- */

static uint32_t constraints_max(const struct ast_alter *tree)
{
    uint32_t count = 0;

    ast_for_each(item, &tree->actions)
    {
        const struct ast_alter_action *action = AST_AS(alter_action, item);

        count += action->kind == AST_ALTER_ADD_COLUMN
                     ? AST_AS(column_definition, action->definition)->constraints.count
                     : 1;
    }
    return count;
}

/* A copy of base's definition with room for what may come. */
static vv_status alter_begin(struct alter *alter, const struct ast_alter *tree)
{
    struct arena *arena = alter->binder->arena;
    const struct table_spec *spec = &alter->base->spec;
    struct bind_definition *definition = &alter->definition;
    uint32_t columns = spec->column_count + tree->actions.count;
    uint32_t constraints = constraints_max(tree);

    definition->name = spec->name;
    definition->columns = ARENA_ARRAY(arena, struct table_column, columns);
    definition->indexes =
        ARENA_ARRAY(arena, struct table_index, spec->index_count + constraints + 1);
    definition->checks =
        ARENA_ARRAY(arena, struct table_check, spec->check_count + constraints + 1);
    alter->values = ARENA_ARRAY(arena, const struct expr *, columns);
    alter->retyped = ARENA_ARRAY(arena, bool, columns);
    alter->check_fresh = ARENA_ARRAY(arena, bool, spec->check_count + constraints + 1);
    alter->plan = ARENA_NEW(arena, struct alter_plan);
    if (definition->columns == NULL || definition->indexes == NULL || definition->checks == NULL ||
        alter->values == NULL || alter->retyped == NULL || alter->check_fresh == NULL ||
        alter->plan == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < spec->column_count; i++) {
        definition->columns[i] = spec->columns[i];
    }
    for (uint32_t i = 0; i < spec->index_count; i++) {
        definition->indexes[i] = spec->indexes[i];
    }
    for (uint32_t i = 0; i < spec->check_count; i++) {
        definition->checks[i] = spec->checks[i];
    }
    definition->column_count = spec->column_count;
    definition->index_count = spec->index_count;
    definition->check_count = spec->check_count;
    definition->has_key = alter->base->has_key;
    return VV_OK;
}

static vv_status alter_table(struct binder *binder, const struct ast_alter *tree,
                             const struct table_def *base, struct command *command)
{
    struct alter alter = {.binder = binder, .base = base};
    bool *added = ARENA_ARRAY(binder->arena, bool, tree->actions.count);

    if (added == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(alter_begin(&alter, tree));
    for (enum pass pass = PASS_RENAME; pass <= PASS_LAST; pass++) {
        uint32_t number = 0;

        ast_for_each(item, &tree->actions)
        {
            VV_TRY(alter_apply(&alter, pass, AST_AS(alter_action, item), &added[number++]));
        }
    }
    VV_TRY(alter_finish(&alter));
    command->alter.plan = alter.plan;
    return VV_OK;
}

/* RENAME TO alone. */
static bool is_rename(const struct ast_alter *tree)
{
    return tree->actions.count == 1 &&
           AST_AS(alter_action, tree->actions.first)->kind == AST_ALTER_RENAME;
}

static vv_status alter_index(struct binder *binder, const struct ast_alter *tree,
                             struct command *command)
{
    const struct ast_alter_action *action = AST_AS(alter_action, tree->actions.first);

    if (!is_rename(tree)) {
        return bind_unsupported(binder, action->node.position, "such an ALTER INDEX");
    }
    command->alter.new_name = bind_text(binder, action->new_name);
    return command->alter.new_name == NULL ? VV_NOMEM : VV_OK;
}

vv_status bind_alter(struct binder *binder, const struct ast *node, struct command *command)
{
    const struct ast_alter *tree = AST_AS(alter, node);
    struct command_name *name = &command->alter.table;
    struct bind_relation relation = {0};
    bool index = tree->object == AST_OBJECT_INDEX;
    vv_status status = VV_OK;

    if (!index && tree->object != AST_OBJECT_TABLE) {
        return bind_unsupported(binder, node->position, "ALTER of such an object");
    }
    VV_TRY(bind_table_name(binder, &AST_AS(relation, tree->table)->name, tree->table->position,
                           &name->schema, &name->name));
    name->position = tree->table->position;
    command->kind = index ? COMMAND_ALTER_INDEX : COMMAND_ALTER_TABLE;
    command->tag = index ? "ALTER INDEX" : "ALTER TABLE";
    command->alter.if_exists = tree->if_exists;
    if (index) {
        return alter_index(binder, tree, command);
    }
    status = bind_relation(binder, tree->table, BIND_USE_DEFINE, &relation);
    if (status == VV_ERROR && tree->if_exists && binder->error != NULL &&
        strcmp(binder->error->sqlstate, "42P01") == 0) {
        return VV_OK; /* no plan: the catalog gives the notice */
    }
    if (status == VV_ERROR && is_rename(tree) && binder->error != NULL &&
        strcmp(binder->error->sqlstate, "42809") == 0) { /* an index or a sequence may be renamed */
        error_clear(binder->error);
        command->kind = COMMAND_ALTER_INDEX;
        return alter_index(binder, tree, command);
    }
    VV_TRY(status);
    return alter_table(binder, tree, relation.table, command);
}

/* ---- one action in one pass ---- */

static vv_status unsupported(struct alter *alter, const struct ast_alter_action *action)
{
    return bind_unsupported(alter->binder, action->node.position, "such an ALTER TABLE");
}

static enum pass pass_of(const struct ast_alter_action *action)
{
    switch (action->kind) {
    case AST_ALTER_DROP_COLUMN:
    case AST_ALTER_DROP_CONSTRAINT:
    case AST_ALTER_DROP_DEFAULT:
    case AST_ALTER_DROP_NOT_NULL:
    case AST_ALTER_DROP_EXPRESSION:
    case AST_ALTER_DROP_IDENTITY:
        return PASS_DROP;
    case AST_ALTER_COLUMN_TYPE:
        return PASS_TYPE;
    case AST_ALTER_SET_NOT_NULL:
    case AST_ALTER_SET_STATISTICS:
        return PASS_ATTRIBUTE;
    case AST_ALTER_ADD_CONSTRAINT:
        return bind_is_key(AST_AS(constraint, action->definition)) ? PASS_KEY : PASS_OTHER;
    case AST_ALTER_SET_DEFAULT:
    case AST_ALTER_ADD_IDENTITY:
        return PASS_OTHER;
    case AST_ALTER_VALIDATE_CONSTRAINT:
    case AST_ALTER_SET_IDENTITY: /* behind ADD GENERATED of the same statement */
        return PASS_LAST;
    default:
        return PASS_RENAME;
    }
}

static vv_status constraint_add(struct alter *alter, const struct ast_constraint *constraint)
{
    VV_TRY(bind_define_supported(alter->binder, constraint));
    return bind_is_key(constraint) ? alter_add_key(alter, constraint)
                                   : alter_add_check(alter, constraint);
}

/* ADD COLUMN: the column with its value, then its keys, then its conditions. */
static vv_status column_add(struct alter *alter, enum pass pass,
                            const struct ast_alter_action *action, bool *added)
{
    const struct ast_column_definition *tree = AST_AS(column_definition, action->definition);

    if (pass == PASS_ADD) {
        return alter_add_column(alter, action, added);
    }
    if (!*added) {
        return VV_OK;
    }
    if (pass == PASS_KEY) {
        return alter_unplaced(alter,
                              bind_define_column_keys(alter->binder, &alter->definition, tree));
    }
    if (pass != PASS_OTHER) {
        return VV_OK;
    }
    ast_for_each(item, &tree->constraints)
    {
        if (AST_AS(constraint, item)->kind == AST_CONSTRAINT_CHECK) {
            VV_TRY(alter_add_check(alter, AST_AS(constraint, item)));
        }
    }
    return VV_OK;
}

static vv_status alter_apply(struct alter *alter, enum pass pass,
                             const struct ast_alter_action *action, bool *added)
{
    if (action->kind == AST_ALTER_ADD_COLUMN) {
        return column_add(alter, pass, action, added);
    }
    if (pass_of(action) != pass) {
        return VV_OK;
    }
    switch (action->kind) {
    case AST_ALTER_DROP_COLUMN:
        return alter_drop_column(alter, action);
    case AST_ALTER_DROP_CONSTRAINT:
        return alter_drop_constraint(alter, action);
    case AST_ALTER_SET_DEFAULT:
    case AST_ALTER_DROP_DEFAULT:
        return alter_default(alter, action);
    case AST_ALTER_SET_NOT_NULL:
        return alter_set_not_null(alter, action);
    case AST_ALTER_DROP_NOT_NULL:
        return alter_drop_not_null(alter, action);
    case AST_ALTER_DROP_EXPRESSION:
        return alter_drop_expression(alter, action);
    case AST_ALTER_ADD_IDENTITY:
    case AST_ALTER_SET_IDENTITY:
    case AST_ALTER_DROP_IDENTITY:
        return alter_identity(alter, action);
    case AST_ALTER_COLUMN_TYPE:
        return alter_column_type(alter, action);
    case AST_ALTER_ADD_CONSTRAINT:
        return constraint_add(alter, AST_AS(constraint, action->definition));
    case AST_ALTER_SET_STATISTICS:
        return alter_set_statistics(alter, action);
    case AST_ALTER_VALIDATE_CONSTRAINT:
        return alter_validate(alter, action);
    case AST_ALTER_RENAME:
    case AST_ALTER_RENAME_COLUMN:
        return alter_rename(alter, action);
    case AST_ALTER_RENAME_CONSTRAINT:
        return alter_rename_constraint(alter, action);
    default:
        return unsupported(alter, action);
    }
}

/* ---- RENAME: expressions are texts, so the name changes in them too ---- */

static vv_status text_rename(struct alter *alter, const struct ast_alter_action *action,
                             const char **text)
{
    struct ast *tree = NULL;

    if (*text == NULL) {
        return VV_OK;
    }
    VV_TRY(alter_tree(alter, *text, &tree));
    if (action->kind == AST_ALTER_RENAME) {
        ast_rename_table(tree, slice_text(alter->base->spec.name), action->new_name);
    } else {
        ast_rename_column(tree, action->name, action->new_name);
    }
    return bind_expr_text(alter->binder, tree, text);
}

/* Stands in parentheses unless it is a call; so it does afterwards. */
static vv_status part_rename(struct alter *alter, const struct ast_alter_action *action,
                             const char **text)
{
    bool parentheses = (*text)[0] == '(';

    VV_TRY(text_rename(alter, action, text));
    if (parentheses) {
        *text = arena_format(alter->binder->arena, "(%s)", *text);
    }
    return *text == NULL ? VV_NOMEM : VV_OK;
}

static vv_status index_rename(struct alter *alter, const struct ast_alter_action *action,
                              struct table_index *index)
{
    struct table_index_part *parts =
        ARENA_ARRAY(alter->binder->arena, struct table_index_part, index->part_count);

    if (parts == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(text_rename(alter, action, &index->predicate_text));
    for (uint32_t i = 0; i < index->part_count; i++) {
        parts[i] = index->parts[i];
        if (parts[i].column == TABLE_NO_COLUMN) {
            VV_TRY(part_rename(alter, action, &parts[i].expression_text));
        }
    }
    index->parts = parts;
    return VV_OK;
}

static vv_status texts_rename(struct alter *alter, const struct ast_alter_action *action)
{
    struct bind_definition *definition = &alter->definition;

    for (uint32_t i = 0; i < definition->column_count; i++) {
        VV_TRY(text_rename(alter, action, &definition->columns[i].generated_text));
    }
    for (uint32_t i = 0; i < definition->check_count; i++) {
        VV_TRY(text_rename(alter, action, &definition->checks[i].text));
    }
    for (uint32_t i = 0; i < definition->index_count; i++) {
        VV_TRY(index_rename(alter, action, &definition->indexes[i]));
    }
    return VV_OK;
}

static vv_status alter_rename(struct alter *alter, const struct ast_alter_action *action)
{
    struct bind_definition *definition = &alter->definition;
    char *name = bind_text(alter->binder, action->new_name);
    uint16_t column = TABLE_NO_COLUMN;

    if (name == NULL) {
        return VV_NOMEM;
    }
    if (action->kind == AST_ALTER_RENAME) {
        definition->name = name;
        return texts_rename(alter, action);
    }
    if (bind_is_system_column(action->name)) {
        return error_set(alter->binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "cannot rename system column \"%.*s\"", (int)action->name.size,
                         (const char *)action->name.data);
    }
    column = bind_definition_column(definition, action->name);
    if (column == TABLE_NO_COLUMN) {
        return error_set(alter->binder->error, VV_SQLSTATE_UNDEFINED_COLUMN, 0,
                         "column \"%.*s\" does not exist", (int)action->name.size,
                         (const char *)action->name.data);
    }
    if (bind_definition_column(definition, action->new_name) != TABLE_NO_COLUMN) {
        return error_set(alter->binder->error, VV_SQLSTATE_DUPLICATE_COLUMN, 0,
                         "column \"%s\" of relation \"%s\" already exists", name, definition->name);
    }
    VV_TRY(bind_system_column_check(alter->binder, action->new_name));
    definition->columns[column].name = name;
    return texts_rename(alter, action);
}
