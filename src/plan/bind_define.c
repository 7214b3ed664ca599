/*
 * bind_define.c - CREATE TABLE, CREATE INDEX, DROP: into what the catalog asks for.
 *
 * Keys written at a column and keys written for the table are one list of indexes here; the primary key
 * is moved to the front, and a key on the same columns as another is not made twice (PostgreSQL:
 * transformIndexConstraints). Names left open are chosen by the catalog.
 */
#include "base/limits.h"
#include "catalog/catalog.h"
#include "catalog/catalog_comment.h"
#include "catalog/sequence.h"
#include "plan/bind_private.h"
#include "sql/sql.h"

vv_status bind_define_supported(struct binder *binder, const struct ast_constraint *tree)
{
    switch (tree->kind) {
    case AST_CONSTRAINT_REFERENCES:
        return bind_unsupported(binder, tree->node.position, "FOREIGN KEY");
    default:
        return tree->deferrable || tree->initially_deferred
                   ? bind_unsupported(binder, tree->node.position, "DEFERRABLE")
               : tree->nulls_not_distinct
                   ? bind_unsupported(binder, tree->node.position, "NULLS NOT DISTINCT")
                   : VV_OK;
    }
}

/* ---- columns ---- */

bool bind_is_system_column(vv_slice name)
{
    static const char *const names[] = {"tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"};
    bool found = false;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        found = found || slice_equal(name, slice_text(names[i]));
    }
    return found;
}

vv_status bind_system_column_check(struct binder *binder, vv_slice name)
{
    if (!bind_is_system_column(name)) {
        return VV_OK;
    }
    return error_set(binder->error, VV_SQLSTATE_DUPLICATE_COLUMN, 0,
                     "column name \"%.*s\" conflicts with a system column name", (int)name.size,
                     (const char *)name.data);
}

uint16_t bind_definition_column(const struct bind_definition *definition, vv_slice name)
{
    for (uint32_t i = 0; i < definition->column_count; i++) {
        if (!definition->columns[i].dropped &&
            slice_equal(slice_text(definition->columns[i].name), name)) {
            return (uint16_t)i;
        }
    }
    return TABLE_NO_COLUMN;
}

static vv_status column_nullness(struct binder *binder, const struct bind_definition *definition,
                                 const struct ast_constraint *constraint, const char *column,
                                 bool *said, bool *not_null)
{
    bool wanted = constraint->kind != AST_CONSTRAINT_NULL; /* IDENTITY says NOT NULL, too */

    if (*said && *not_null != wanted) {
        return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, constraint->node.position,
                         "conflicting NULL/NOT NULL declarations for column \"%s\" of table \"%s\"",
                         column, definition->name);
    }
    *said = true;
    *not_null = wanted;
    return VV_OK;
}

/* An expression of the definition, in normal form. */
vv_status bind_expr_text(struct binder *binder, const struct ast *expr, const char **text_out)
{
    vv_slice text;

    VV_TRY(sql_print(expr, binder->arena, &text));
    *text_out = bind_text(binder, text);
    return *text_out == NULL ? VV_NOMEM : VV_OK;
}

/* A value comes from one place only. */
static vv_status column_source_check(struct binder *binder,
                                     const struct bind_definition *definition,
                                     const struct ast_constraint *constraint,
                                     const struct table_column *column)
{
    bool generated = constraint->kind == AST_CONSTRAINT_GENERATED;
    const char *text = NULL;

    if (constraint->kind == AST_CONSTRAINT_IDENTITY ? column->generated_text != NULL
                                                    : generated && column->identity != 0) {
        text =
            "both identity and generation expression specified for column \"%s\" of table \"%s\"";
    } else if (constraint->kind == AST_CONSTRAINT_IDENTITY && column->identity != 0) {
        text = "multiple identity specifications for column \"%s\" of table \"%s\"";
    } else if (!generated && (column->identity != 0 ||
                              (constraint->kind == AST_CONSTRAINT_IDENTITY &&
                               (column->default_text != NULL || column->sequence != NULL)))) {
        text = "both default and identity specified for column \"%s\" of table \"%s\"";
    } else if (generated && column->generated_text != NULL) {
        text = "multiple generation clauses specified for column \"%s\" of table \"%s\"";
    } else if (!generated && (column->default_text != NULL || column->sequence != NULL)) {
        text = "multiple default values specified for column \"%s\" of table \"%s\"";
    } else if (column->generated_text != NULL || (generated && column->default_text != NULL)) {
        text = "both default and generation expression specified for column \"%s\" of table \"%s\"";
    } else {
        return VV_OK;
    }
    return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, constraint->node.position, text,
                     column->name, definition->name);
}

static vv_status column_identity(struct binder *binder, const struct bind_definition *definition,
                                 const struct ast_constraint *constraint,
                                 struct table_column *column)
{
    VV_TRY(column_source_check(binder, definition, constraint, column));
    column->identity =
        constraint->generated_always ? TABLE_IDENTITY_ALWAYS : TABLE_IDENTITY_BY_DEFAULT;
    return bind_sequence_of_column(binder, (enum value_type)column->type,
                                   &constraint->sequence_options, &column->sequence);
}

/* The DEFAULT is kept as text; bind_define_value() looks at what it means, when all columns are known. */
static vv_status column_default(struct binder *binder, const struct bind_definition *definition,
                                const struct ast_constraint *constraint,
                                struct table_column *column)
{
    VV_TRY(column_source_check(binder, definition, constraint, column));
    return bind_expr_text(binder, constraint->expr, &column->default_text);
}

static vv_status column_constraints(struct binder *binder, const struct bind_definition *definition,
                                    const struct ast_column_definition *tree,
                                    struct table_column *column)
{
    bool said = column->not_null; /* SERIAL */

    ast_for_each(item, &tree->constraints)
    {
        const struct ast_constraint *constraint = AST_AS(constraint, item);

        VV_TRY(bind_define_supported(binder, constraint));
        if (constraint->kind == AST_CONSTRAINT_NOT_NULL ||
            constraint->kind == AST_CONSTRAINT_NULL) {
            VV_TRY(column_nullness(binder, definition, constraint, column->name, &said,
                                   &column->not_null));
        }
        if (constraint->kind == AST_CONSTRAINT_DEFAULT) {
            VV_TRY(column_default(binder, definition, constraint, column));
        }
        if (constraint->kind == AST_CONSTRAINT_IDENTITY) {
            VV_TRY(column_identity(binder, definition, constraint, column));
            VV_TRY(column_nullness(binder, definition, constraint, column->name, &said,
                                   &column->not_null));
        }
        if (constraint->kind == AST_CONSTRAINT_GENERATED) {
            VV_TRY(column_source_check(binder, definition, constraint, column));
            VV_TRY(bind_expr_text(binder, constraint->expr, &column->generated_text));
        }
    }
    return VV_OK;
}

vv_status bind_define_column(struct binder *binder, struct bind_definition *definition,
                             const struct ast_column_definition *tree)
{
    struct table_column *column = &definition->columns[definition->column_count];
    enum value_type type = VALUE_UNKNOWN;

    column->name = bind_text(binder, tree->name);
    if (column->name == NULL) {
        return VV_NOMEM;
    }
    column->type_modifier = VALUE_NO_MODIFIER;
    VV_TRY(bind_serial(binder, tree->type, &type));
    if (type == VALUE_UNKNOWN) {
        VV_TRY(bind_type(binder, tree->type, &type, &column->type_modifier));
    } else {
        column->not_null = true;
        VV_TRY(bind_sequence_of_column(binder, type, NULL, &column->sequence));
    }
    column->type = (uint8_t)type;
    if (tree->collation != NULL) {
        enum value_collation collation = VALUE_COLLATION_DEFAULT;

        VV_TRY(bind_collation_of_type(binder, &AST_AS(collate, tree->collation)->name, type,
                                      tree->collation->position, &collation));
        column->collation = (uint8_t)collation;
    }
    VV_TRY(column_constraints(binder, definition, tree, column));
    definition->column_count++;
    return VV_OK;
}

/* ---- keys ---- */

static vv_status key_part(struct binder *binder, const struct bind_definition *definition,
                          const struct ast_constraint *constraint, vv_slice name,
                          struct table_index *index)
{
    struct table_index_part *parts = (struct table_index_part *)(uintptr_t)index->parts;
    bool primary = constraint->kind == AST_CONSTRAINT_PRIMARY_KEY;
    uint16_t column = bind_definition_column(definition, name);

    if (column == TABLE_NO_COLUMN) {
        return error_set(binder->error, VV_SQLSTATE_UNDEFINED_COLUMN, constraint->node.position,
                         "column \"%.*s\" named in key does not exist", (int)name.size,
                         (const char *)name.data);
    }
    for (uint32_t i = 0; i < index->part_count; i++) {
        if (parts[i].column == column) {
            return error_set(binder->error, VV_SQLSTATE_DUPLICATE_COLUMN, constraint->node.position,
                             "column \"%.*s\" appears twice in %s constraint", (int)name.size,
                             (const char *)name.data, primary ? "primary key" : "unique");
        }
    }
    if (index->part_count == LIMIT_INDEX_COLUMNS) {
        return error_set(binder->error, VV_SQLSTATE_TOO_MANY_COLUMNS, 0,
                         "cannot use more than %u columns in an index", LIMIT_INDEX_COLUMNS);
    }
    parts[index->part_count++] =
        (struct table_index_part){.column = column,
                                  .type = definition->columns[column].type,
                                  .collation = definition->columns[column].collation};
    if (primary) {
        definition->columns[column].not_null = true;
    }
    return VV_OK;
}

static vv_status key_include(struct binder *binder, const struct bind_definition *definition,
                             const struct ast_constraint *constraint, struct table_index *index)
{
    uint16_t *includes = ARENA_ARRAY(binder->arena, uint16_t, constraint->include.count);

    if (includes == NULL) {
        return VV_NOMEM;
    }
    ast_for_each(item, &constraint->include)
    {
        vv_slice name = AST_AS(identifier, item)->name;

        if (index->part_count + index->include_count == LIMIT_INDEX_COLUMNS) {
            return error_set(binder->error, VV_SQLSTATE_TOO_MANY_COLUMNS, 0,
                             "cannot use more than %u columns in an index", LIMIT_INDEX_COLUMNS);
        }
        includes[index->include_count] = bind_definition_column(definition, name);
        if (includes[index->include_count++] == TABLE_NO_COLUMN) {
            return error_set(binder->error, VV_SQLSTATE_UNDEFINED_COLUMN, constraint->node.position,
                             "column \"%.*s\" named in key does not exist", (int)name.size,
                             (const char *)name.data);
        }
    }
    index->includes = includes;
    return VV_OK;
}

static bool same_parts(const struct table_index *a, const struct table_index *b)
{
    if (a->part_count != b->part_count || a->include_count != b->include_count) {
        return false;
    }
    for (uint32_t i = 0; i < a->include_count; i++) {
        if (a->includes[i] != b->includes[i]) {
            return false;
        }
    }
    for (uint32_t i = 0; i < a->part_count; i++) {
        if (a->parts[i].column != b->parts[i].column) {
            return false;
        }
    }
    return true;
}

/* Adds the key unless another on the same columns is there; the primary key comes first. */
static void key_add(struct bind_definition *definition, const struct table_index *index)
{
    for (uint32_t i = 0; i < definition->index_count; i++) {
        struct table_index *other = &definition->indexes[i];

        if (definition->apart || other->id != 0 || !same_parts(other, index)) {
            continue;
        }
        if (other->name == NULL) {
            other->name = index->name;
        }
        if (!index->primary) {
            return;
        }
        for (uint32_t k = i; k + 1 < definition->index_count; k++) {
            definition->indexes[k] = definition->indexes[k + 1];
        }
        definition->index_count--;
        break;
    }
    if (!index->primary) {
        definition->indexes[definition->index_count++] = *index;
        return;
    }
    for (uint32_t k = definition->index_count++; k > 0; k--) {
        definition->indexes[k] = definition->indexes[k - 1];
    }
    definition->indexes[0] = *index;
    definition->has_key = true;
}

vv_status bind_define_key(struct binder *binder, struct bind_definition *definition,
                          const struct ast_constraint *constraint, const vv_slice *column)
{
    bool primary = constraint->kind == AST_CONSTRAINT_PRIMARY_KEY;
    struct table_index index = {.unique = true, .primary = primary, .constraint = true};

    if (primary && definition->has_key) {
        return error_set(
            binder->error, VV_SQLSTATE_INVALID_TABLE_DEFINITION, constraint->node.position,
            "multiple primary keys for table \"%s\" are not allowed", definition->name);
    }
    index.name = constraint->name.size > 0 ? bind_text(binder, constraint->name) : NULL;
    index.parts = ARENA_ARRAY(binder->arena, struct table_index_part, LIMIT_INDEX_COLUMNS);
    if (index.parts == NULL || (constraint->name.size > 0 && index.name == NULL)) {
        return VV_NOMEM;
    }
    if (column != NULL) {
        VV_TRY(key_part(binder, definition, constraint, *column, &index));
    }
    for (const struct ast *item = column == NULL ? constraint->columns.first : NULL; item != NULL;
         item = item->next) {
        VV_TRY(key_part(binder, definition, constraint, AST_AS(identifier, item)->name, &index));
    }
    VV_TRY(key_include(binder, definition, constraint, &index));
    key_add(definition, &index);
    return VV_OK;
}

bool bind_is_key(const struct ast_constraint *constraint)
{
    return constraint->kind == AST_CONSTRAINT_PRIMARY_KEY ||
           constraint->kind == AST_CONSTRAINT_UNIQUE;
}

vv_status bind_define_column_keys(struct binder *binder, struct bind_definition *definition,
                                  const struct ast_column_definition *tree)
{
    ast_for_each(item, &tree->constraints)
    {
        if (bind_is_key(AST_AS(constraint, item))) {
            VV_TRY(bind_define_key(binder, definition, AST_AS(constraint, item), &tree->name));
        }
    }
    return VV_OK;
}

/* ---- expressions over the columns ---- */

/* What expressions see of the table: its name and columns. */
struct table_def *bind_definition_shape(struct binder *binder,
                                        const struct bind_definition *definition)
{
    struct table_def *shape = ARENA_NEW(binder->arena, struct table_def);

    if (shape != NULL) {
        shape->spec.name = definition->name;
        shape->spec.columns = definition->columns;
        shape->spec.column_count = definition->column_count;
    }
    return shape;
}

vv_status bind_define_value(struct binder *binder, const struct table_def *shape, uint32_t column,
                            const struct ast_column_definition *tree)
{
    const struct table_column *definition = &shape->spec.columns[column];
    const struct expr *expr = NULL;

    ast_for_each(item, &tree->constraints)
    {
        const struct ast_constraint *constraint = AST_AS(constraint, item);

        if (constraint->kind == AST_CONSTRAINT_GENERATED) {
            VV_TRY(bind_generated(binder, shape, column, constraint->expr, &expr));
        } else if (constraint->kind == AST_CONSTRAINT_DEFAULT) {
            VV_TRY(bind_default(constraint->expr, definition->name,
                                (enum value_type)definition->type, definition->type_modifier,
                                binder->arena, &expr, binder->error));
        }
    }
    return VV_OK;
}

static vv_status check_name_taken(void *context, const char *name, bool *taken_out)
{
    const struct bind_definition *definition = context;

    *taken_out = false;
    for (uint32_t i = 0; i < definition->check_count; i++) {
        *taken_out = *taken_out || strcmp(definition->checks[i].name, name) == 0;
    }
    return VV_OK;
}

/* The name of the only column that a condition reads; NULL: none or several. */
static vv_status only_column(struct binder *binder, const struct bind_definition *definition,
                             const struct expr *condition, const char **name_out)
{
    bool *used = ARENA_ARRAY(binder->arena, bool, definition->column_count);
    uint32_t count = 0;

    *name_out = NULL;
    if (used == NULL) {
        return VV_NOMEM;
    }
    expr_mark_columns(condition, used, definition->column_count);
    for (uint32_t i = 0; i < definition->column_count; i++) {
        if (used[i]) {
            *name_out = count++ == 0 ? definition->columns[i].name : NULL;
        }
    }
    return VV_OK;
}

vv_status bind_define_check(struct binder *binder, const struct table_def *shape,
                            struct bind_definition *definition,
                            const struct ast_constraint *constraint)
{
    struct table_check *check = &definition->checks[definition->check_count];
    const struct expr *condition = NULL;
    const char *column = NULL;
    bool taken = false;

    VV_TRY(bind_check(binder, shape, constraint->expr, &condition));
    VV_TRY(bind_expr_text(binder, constraint->expr, &check->text));
    if (constraint->name.size > 0) {
        check->name = bind_text(binder, constraint->name);
        if (check->name == NULL) {
            return VV_NOMEM;
        }
        VV_TRY(check_name_taken(definition, check->name, &taken));
        if (taken) {
            return error_set(binder->error, VV_SQLSTATE_DUPLICATE_OBJECT, 0,
                             "check constraint \"%s\" already exists", check->name);
        }
    } else {
        VV_TRY(only_column(binder, definition, condition, &column));
        VV_TRY(catalog_choose_name(definition->name, column, "check", check_name_taken, definition,
                                   binder->arena, &check->name));
    }
    definition->check_count++;
    return VV_OK;
}

static bool is_check(const struct ast *constraint)
{
    return AST_AS(constraint, constraint)->kind == AST_CONSTRAINT_CHECK;
}

/* Values of columns, then conditions in the order they are written. */
static vv_status definition_exprs(struct binder *binder, const struct ast_create_table *tree,
                                  struct bind_definition *definition)
{
    struct table_def *shape = bind_definition_shape(binder, definition);
    uint32_t column = 0;

    if (shape == NULL) {
        return VV_NOMEM;
    }
    ast_for_each(item, &tree->elements)
    {
        if (item->tag == AST_COLUMN_DEFINITION) {
            VV_TRY(bind_define_value(binder, shape, column++, AST_AS(column_definition, item)));
        }
    }
    ast_for_each(item, &tree->elements)
    {
        if (item->tag == AST_CONSTRAINT) {
            if (is_check(item)) {
                VV_TRY(bind_define_check(binder, shape, definition, AST_AS(constraint, item)));
            }
            continue;
        }
        ast_for_each(constraint, &AST_AS(column_definition, item)->constraints)
        {
            if (is_check(constraint)) {
                VV_TRY(
                    bind_define_check(binder, shape, definition, AST_AS(constraint, constraint)));
            }
        }
    }
    return VV_OK;
}

/* ---- CREATE TABLE ----
 *
 * Of several mistakes the one is told that PostgreSQL meets first: schema, columns (their types, then their constraints
 * as they are written), keys, sequences, storage parameters, names of columns, the table's own name, DEFAULT and
 * generation expressions, CHECK.
 */

static uint32_t constraints_max(const struct ast_create_table *tree)
{
    uint32_t count = 0;

    ast_for_each(item, &tree->elements)
    {
        count +=
            item->tag == AST_CONSTRAINT ? 1 : AST_AS(column_definition, item)->constraints.count;
    }
    return count;
}

/* Columns and keys: PostgreSQL's transformCreateStmt(). */
static vv_status definition_fill(struct binder *binder, const struct ast_create_table *tree,
                                 struct bind_definition *definition)
{
    ast_for_each(item, &tree->elements)
    {
        if (item->tag == AST_COLUMN_DEFINITION) {
            VV_TRY(bind_define_column(binder, definition, AST_AS(column_definition, item)));
        } else if (item->tag == AST_CONSTRAINT) {
            VV_TRY(bind_define_supported(binder, AST_AS(constraint, item)));
        } else {
            return bind_unsupported(binder, item->position, "LIKE in CREATE TABLE");
        }
    }
    ast_for_each(item, &tree->elements)
    {
        if (item->tag == AST_COLUMN_DEFINITION) {
            VV_TRY(bind_define_column_keys(binder, definition, AST_AS(column_definition, item)));
        } else if (AST_AS(constraint, item)->using_index.size > 0) {
            return error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, item->position,
                             "cannot use an existing index in CREATE TABLE");
        } else if (bind_is_key(AST_AS(constraint, item))) {
            VV_TRY(bind_define_key(binder, definition, AST_AS(constraint, item), NULL));
        }
    }
    return VV_OK;
}

static vv_status definition_sequences(struct binder *binder,
                                      const struct bind_definition *definition)
{
    for (uint32_t i = 0; i < definition->column_count; i++) {
        if (definition->columns[i].sequence != NULL) {
            VV_TRY(sequence_options_check(definition->columns[i].sequence, binder->error));
        }
    }
    return VV_OK;
}

/* A name once, then none of the system's: PostgreSQL looks at all columns twice. */
static vv_status definition_names(struct binder *binder, const struct bind_definition *definition)
{
    if (definition->column_count > LIMIT_COLUMNS) {
        return error_set(binder->error, VV_SQLSTATE_TOO_MANY_COLUMNS, 0,
                         "tables can have at most %u columns", LIMIT_COLUMNS);
    }
    for (uint32_t i = 0; i < definition->column_count; i++) {
        const char *name = definition->columns[i].name;

        if (bind_definition_column(definition, slice_text(name)) != i) {
            return error_set(binder->error, VV_SQLSTATE_DUPLICATE_COLUMN, 0,
                             "column \"%s\" specified more than once", name);
        }
    }
    for (uint32_t i = 0; i < definition->column_count; i++) {
        VV_TRY(bind_system_column_check(binder, slice_text(definition->columns[i].name)));
    }
    return VV_OK;
}

static vv_status bind_create_table(struct binder *binder, const struct ast *node,
                                   struct command *command)
{
    const struct ast_create_table *tree = AST_AS(create_table, node);
    const struct ast_relation *relation = AST_AS(relation, tree->table);
    struct table_spec *spec = &command->create_table.spec;
    struct bind_definition definition = {0};
    bool exists = false;

    command->kind = COMMAND_CREATE_TABLE;
    command->tag = "CREATE TABLE";
    command->create_table.if_not_exists = tree->if_not_exists;
    if (tree->persistence == AST_TEMPORARY) {
        return bind_unsupported(binder, node->position, "CREATE TEMPORARY TABLE");
    }
    VV_TRY(bind_table_name(binder, &relation->name, tree->table->position, &spec->schema,
                           &spec->name));
    VV_TRY(bind_name_taken(binder, spec->schema, spec->name, &exists));
    command->create_table.skips = exists && tree->if_not_exists;
    if (command->create_table.skips) {
        return VV_OK;
    }
    definition.name = spec->name;
    definition.columns = ARENA_ARRAY(binder->arena, struct table_column, tree->elements.count);
    definition.indexes = ARENA_ARRAY(binder->arena, struct table_index, constraints_max(tree));
    definition.checks = ARENA_ARRAY(binder->arena, struct table_check, constraints_max(tree));
    if (definition.columns == NULL || definition.indexes == NULL || definition.checks == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(definition_fill(binder, tree, &definition));
    VV_TRY(definition_sequences(binder, &definition));
    VV_TRY(bind_storage_parameters(binder, &tree->options, 'T'));
    VV_TRY(definition_names(binder, &definition));
    if (exists) {
        return error_set(binder->error, VV_SQLSTATE_DUPLICATE_TABLE, 0,
                         "relation \"%s\" already exists", spec->name);
    }
    VV_TRY(definition_exprs(binder, tree, &definition));
    spec->columns = definition.columns;
    spec->column_count = definition.column_count;
    spec->indexes = definition.indexes;
    spec->index_count = definition.index_count;
    spec->checks = definition.checks;
    spec->check_count = definition.check_count;
    return VV_OK;
}

/* ---- DROP ---- */

static vv_status bind_drop(struct binder *binder, const struct ast *node, struct command *command)
{
    const struct ast_drop *tree = AST_AS(drop, node);
    struct command_name *names = ARENA_ARRAY(binder->arena, struct command_name, tree->names.count);
    uint32_t count = 0;

    if (names == NULL) {
        return VV_NOMEM;
    }
    if (tree->object != AST_OBJECT_TABLE && tree->object != AST_OBJECT_INDEX &&
        tree->object != AST_OBJECT_SEQUENCE) {
        return bind_unsupported(binder, node->position, "DROP of such an object");
    }
    ast_for_each(item, &tree->names)
    {
        VV_TRY(bind_table_name(binder, &AST_AS(relation, item)->name, item->position,
                               &names[count].schema, &names[count].name));
        names[count++].position = item->position;
    }
    command->kind = tree->object == AST_OBJECT_TABLE   ? COMMAND_DROP_TABLE
                    : tree->object == AST_OBJECT_INDEX ? COMMAND_DROP_INDEX
                                                       : COMMAND_DROP_SEQUENCE;
    command->tag = tree->object == AST_OBJECT_TABLE   ? "DROP TABLE"
                   : tree->object == AST_OBJECT_INDEX ? "DROP INDEX"
                                                      : "DROP SEQUENCE";
    command->drop.count = count;
    command->drop.names = names;
    command->drop.if_exists = tree->if_exists;
    command->drop.cascade = tree->behavior == AST_CASCADE;
    return VV_OK;
}

/* ---- COMMENT ON ---- */

static bool object_of(enum ast_object_kind kind, enum catalog_commented *out)
{
    switch (kind) {
    case AST_OBJECT_TABLE:
        *out = CATALOG_COMMENT_TABLE;
        return true;
    case AST_OBJECT_INDEX:
        *out = CATALOG_COMMENT_INDEX;
        return true;
    case AST_OBJECT_SEQUENCE:
        *out = CATALOG_COMMENT_SEQUENCE;
        return true;
    case AST_OBJECT_VIEW:
        *out = CATALOG_COMMENT_VIEW;
        return true;
    case AST_OBJECT_MATERIALIZED_VIEW:
        *out = CATALOG_COMMENT_MATERIALIZED_VIEW;
        return true;
    case AST_OBJECT_COLUMN:
        *out = CATALOG_COMMENT_COLUMN;
        return true;
    case AST_OBJECT_CONSTRAINT:
        *out = CATALOG_COMMENT_CONSTRAINT;
        return true;
    case AST_OBJECT_SCHEMA:
        *out = CATALOG_COMMENT_SCHEMA;
        return true;
    default:
        return false;
    }
}

static vv_status bind_comment(struct binder *binder, const struct ast *node,
                              struct command *command)
{
    const struct ast_comment *tree = AST_AS(comment, node);
    struct command_comment *comment = &command->comment;
    enum catalog_commented object = CATALOG_COMMENT_TABLE;

    if (!object_of(tree->object, &object)) {
        return bind_unsupported(binder, node->position, "COMMENT ON such an object");
    }
    command->kind = COMMAND_COMMENT;
    command->tag = "COMMENT";
    comment->object = (uint8_t)object;
    VV_TRY(bind_table_name(binder, &AST_AS(relation, tree->table)->name, tree->table->position,
                           &comment->name.schema, &comment->name.name));
    comment->name.position = tree->table->position;
    if (tree->column.size > 0) {
        comment->part = bind_text(binder, tree->column);
    }
    if (tree->text->tag == AST_STRING) {
        comment->text = bind_text(binder, AST_AS(string, tree->text)->text);
    }
    return (tree->column.size > 0 && comment->part == NULL) ||
                   (tree->text->tag == AST_STRING && comment->text == NULL)
               ? VV_NOMEM
               : VV_OK;
}

vv_status bind_define(struct binder *binder, const struct ast *node, struct command *command)
{
    switch (node->tag) {
    case AST_CREATE_TABLE:
        return bind_create_table(binder, node, command);
    case AST_CREATE_INDEX:
        return bind_create_index(binder, node, command);
    case AST_DROP:
        if (AST_AS(drop, node)->object == AST_OBJECT_ROLE) {
            return VV_NOT_FOUND; /* bind_command() knows it */
        }
        return bind_drop(binder, node, command);
    case AST_CREATE_SEQUENCE:
        return bind_create_sequence(binder, node, command);
    case AST_COMMENT:
        return bind_comment(binder, node, command);
    case AST_TRUNCATE:
        return bind_truncate(binder, node, command);
    case AST_ALTER:
        return AST_AS(alter, node)->object == AST_OBJECT_SEQUENCE
                   ? bind_alter_sequence(binder, node, command)
                   : bind_alter(binder, node, command);
    default:
        return VV_NOT_FOUND;
    }
}
