/*
 * bind_alter_column.c - ALTER TABLE: ADD, DROP and ALTER COLUMN.
 *
 * A dropped column keeps its place, because the rows that are there were written with it; its name, default
 * and the rest go. What depends on it alone (keys, indexes, CHECKs) goes with it, as in PostgreSQL; generated
 * columns that read it ask for CASCADE.
 */
#include <stdio.h>

#include "base/limits.h"
#include "catalog/sequence.h"
#include "plan/bind_alter.h"
#include "sql/sql.h"

/* ---- ADD COLUMN ---- */

vv_status alter_add_column(struct alter *alter, const struct ast_alter_action *action,
                           bool *added_out)
{
    const struct ast_column_definition *tree = AST_AS(column_definition, action->definition);
    struct bind_definition *definition = &alter->definition;
    const struct table_sequence_options *sequence = NULL;
    const struct table_def *shape = NULL;

    *added_out = false;
    if (bind_definition_column(definition, tree->name) != TABLE_NO_COLUMN) {
        if (!action->if_exists) {
            return error_set(alter->binder->error, VV_SQLSTATE_DUPLICATE_COLUMN, 0,
                             "column \"%.*s\" of relation \"%s\" already exists",
                             (int)tree->name.size, (const char *)tree->name.data, definition->name);
        }
        return alter_notice(alter, "42701", NULL,
                            "column \"%.*s\" of relation \"%s\" already exists, skipping",
                            (int)tree->name.size, (const char *)tree->name.data, definition->name);
    }
    VV_TRY(bind_system_column_check(alter->binder, tree->name));
    if (definition->column_count == LIMIT_COLUMNS) {
        return error_set(alter->binder->error, VV_SQLSTATE_TOO_MANY_COLUMNS, 0,
                         "tables can have at most %u columns", LIMIT_COLUMNS);
    }
    VV_TRY(bind_define_column(alter->binder, definition, tree));
    sequence = definition->columns[definition->column_count - 1].sequence;
    if (sequence != NULL) {
        VV_TRY(sequence_options_check(sequence, alter->binder->error));
    }
    shape = bind_definition_shape(alter->binder, definition);
    if (shape == NULL) {
        return VV_NOMEM;
    }
    *added_out = true;
    return alter_unplaced(
        alter, bind_define_value(alter->binder, shape, definition->column_count - 1, tree));
}

/* ---- DROP COLUMN ---- */

/* The generated columns that read it: their names go into text, a line each. */
static vv_status dependents(struct alter *alter, uint16_t column, bool *reads, uint32_t *count_out,
                            uint16_t *first_out)
{
    const struct bind_definition *definition = &alter->definition;

    *count_out = 0;
    for (uint16_t i = 0; i < definition->column_count; i++) {
        const struct table_column *other = &definition->columns[i];

        reads[i] = false;
        if (i == column || other->dropped) {
            continue;
        }
        VV_TRY(
            alter_reads(alter, other->generated_text, definition->columns[column].name, &reads[i]));
        if (reads[i]) {
            *first_out = *count_out == 0 ? i : *first_out;
            (*count_out)++;
        }
    }
    return VV_OK;
}

/* 2BP01. */
static vv_status still_needed(struct alter *alter, uint16_t column, const bool *reads)
{
    const struct bind_definition *definition = &alter->definition;
    struct vv_error *error = alter->binder->error;
    char detail[ERROR_TEXT_BYTES] = "";
    size_t size = 0;

    for (uint32_t i = 0; i < definition->column_count && size < sizeof detail; i++) {
        if (reads[i]) {
            size += (size_t)snprintf(detail + size, sizeof detail - size,
                                     "%scolumn %s of table %s depends on column %s of table %s",
                                     size == 0 ? "" : "\n", definition->columns[i].name,
                                     definition->name, definition->columns[column].name,
                                     definition->name);
        }
    }
    (void)error_set(error, VV_SQLSTATE_DEPENDENT_OBJECTS_STILL_EXIST, 0,
                    "cannot drop column %s of table %s because other objects depend on it",
                    definition->columns[column].name, definition->name);
    error_detail(error, "%s", detail);
    error_hint(error, "Use DROP ... CASCADE to drop the dependent objects too.");
    return VV_ERROR;
}

/* A line for each of the columns; NULL: out of memory. */
static const char *cascade_detail(struct alter *alter, const bool *reads)
{
    const struct bind_definition *definition = &alter->definition;
    const char *detail = "";

    for (uint32_t i = 0; i < definition->column_count && detail != NULL; i++) {
        if (reads[i]) {
            detail = arena_format(
                alter->binder->arena, "%s%sdrop cascades to column %s of table %s", detail,
                detail[0] == '\0' ? "" : "\n", definition->columns[i].name, definition->name);
        }
    }
    return detail;
}

/* Keys, indexes and CHECKs that use the column go with it. */
static vv_status column_unuse(struct alter *alter, uint16_t column)
{
    struct bind_definition *definition = &alter->definition;
    bool reads = false;

    for (uint32_t i = definition->index_count; i-- > 0;) {
        VV_TRY(alter_index_reads(alter, &definition->indexes[i], column, &reads));
        if (reads) {
            alter_index_remove(alter, i);
        }
    }
    for (uint32_t i = definition->check_count; i-- > 0;) {
        VV_TRY(alter_reads(alter, definition->checks[i].text, definition->columns[column].name,
                           &reads));
        if (reads) {
            alter_check_remove(alter, i);
        }
    }
    return VV_OK;
}

static vv_status column_drop(struct alter *alter, uint16_t number)
{
    struct table_column *column = &alter->definition.columns[number];

    VV_TRY(column_unuse(alter, number));
    column->name = arena_format(alter->binder->arena, "........pg.dropped.%u........", number + 1u);
    if (column->name == NULL) {
        return VV_NOMEM;
    }
    column->dropped = true;
    column->not_null = false;
    column->default_text = NULL;
    column->generated_text = NULL;
    column->identity = TABLE_NO_IDENTITY;
    column->sequence = NULL;
    column->sequence_id = 0;
    column->missing = slice_make(NULL, 0);
    return VV_OK;
}

vv_status alter_drop_column(struct alter *alter, const struct ast_alter_action *action)
{
    struct bind_definition *definition = &alter->definition;
    uint16_t number = bind_definition_column(definition, action->name);
    bool *reads = ARENA_ARRAY(alter->binder->arena, bool, definition->column_count);
    uint32_t count = 0;
    uint16_t first = 0;

    if (reads == NULL) {
        return VV_NOMEM;
    }
    if (bind_is_system_column(action->name)) {
        return error_set(alter->binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "cannot drop system column \"%.*s\"", (int)action->name.size,
                         (const char *)action->name.data);
    }
    if (number == TABLE_NO_COLUMN && action->if_exists) {
        return alter_notice(
            alter, "00000", NULL, "column \"%.*s\" of relation \"%s\" does not exist, skipping",
            (int)action->name.size, (const char *)action->name.data, definition->name);
    }
    VV_TRY(alter_column_find(alter, action->name, &number));
    VV_TRY(dependents(alter, number, reads, &count, &first));
    if (count > 0 && action->behavior != AST_CASCADE) {
        return still_needed(alter, number, reads);
    }
    if (count == 1) {
        VV_TRY(alter_notice(alter, "00000", NULL, "drop cascades to column %s of table %s",
                            definition->columns[first].name, definition->name));
    } else if (count > 1) {
        const char *detail = cascade_detail(alter, reads);

        if (detail == NULL) {
            return VV_NOMEM;
        }
        VV_TRY(alter_notice(alter, "00000", detail, "drop cascades to %u other objects", count));
    }
    for (uint16_t i = 0; i < definition->column_count; i++) {
        if (reads[i]) {
            VV_TRY(column_drop(alter, i));
        }
    }
    return column_drop(alter, number);
}

/* ---- SET and DROP DEFAULT, NOT NULL, EXPRESSION, IDENTITY ---- */

static vv_status column_wrong(struct alter *alter, enum vv_sqlstate code,
                              const struct table_column *column, const char *what)
{
    return error_set(alter->binder->error, code, 0, "column \"%s\" of relation \"%s\" %s",
                     column->name, alter->definition.name, what);
}

vv_status alter_default(struct alter *alter, const struct ast_alter_action *action)
{
    struct binder *binder = alter->binder;
    struct table_column *column = NULL;
    const struct expr *expr = NULL;
    uint16_t number = TABLE_NO_COLUMN;

    VV_TRY(alter_column_find(alter, action->name, &number));
    column = &alter->definition.columns[number];
    if (column->identity != TABLE_NO_IDENTITY) {
        (void)column_wrong(alter, VV_SQLSTATE_SYNTAX_ERROR, column, "is an identity column");
        if (action->expr == NULL) {
            error_hint(binder->error,
                       "Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.");
        }
        return VV_ERROR;
    }
    if (column->generated_text != NULL) {
        (void)column_wrong(alter, VV_SQLSTATE_SYNTAX_ERROR, column, "is a generated column");
        if (action->expr == NULL) {
            error_hint(binder->error,
                       "Use ALTER TABLE ... ALTER COLUMN ... DROP EXPRESSION instead.");
        }
        return VV_ERROR;
    }
    column->default_text = NULL;
    if (action->expr == NULL) {
        return VV_OK;
    }
    VV_TRY(alter_unplaced(alter, bind_default(action->expr, column->name,
                                              (enum value_type)column->type, column->type_modifier,
                                              binder->arena, &expr, binder->error)));
    return bind_expr_text(binder, action->expr, &column->default_text);
}

vv_status alter_set_not_null(struct alter *alter, const struct ast_alter_action *action)
{
    uint16_t number = TABLE_NO_COLUMN;

    VV_TRY(alter_column_find(alter, action->name, &number));
    alter->definition.columns[number].not_null = true;
    return VV_OK;
}

vv_status alter_drop_not_null(struct alter *alter, const struct ast_alter_action *action)
{
    struct bind_definition *definition = &alter->definition;
    uint16_t number = TABLE_NO_COLUMN;

    VV_TRY(alter_column_find(alter, action->name, &number));
    if (definition->columns[number].identity != TABLE_NO_IDENTITY) {
        return column_wrong(alter, VV_SQLSTATE_SYNTAX_ERROR, &definition->columns[number],
                            "is an identity column");
    }
    for (uint32_t i = 0; definition->has_key && i < definition->indexes[0].part_count; i++) {
        if (definition->indexes[0].parts[i].column == number) {
            return error_set(alter->binder->error, VV_SQLSTATE_INVALID_TABLE_DEFINITION, 0,
                             "column \"%s\" is in a primary key", definition->columns[number].name);
        }
    }
    definition->columns[number].not_null = false;
    return VV_OK;
}

vv_status alter_drop_expression(struct alter *alter, const struct ast_alter_action *action)
{
    struct table_column *column = NULL;
    uint16_t number = TABLE_NO_COLUMN;

    VV_TRY(alter_column_find(alter, action->name, &number));
    column = &alter->definition.columns[number];
    if (column->generated_text != NULL) {
        column->generated_text = NULL;
        return VV_OK;
    }
    if (!action->if_exists) {
        return column_wrong(alter, VV_SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, column,
                            "is not a stored generated column");
    }
    return alter_notice(
        alter, "00000", NULL,
        "column \"%s\" of relation \"%s\" is not a stored generated column, skipping", column->name,
        alter->definition.name);
}

/* -1: default_statistics_target. */
vv_status alter_set_statistics(struct alter *alter, const struct ast_alter_action *action)
{
    int64_t wanted = AST_AS(integer, action->expr)->value;
    uint16_t number = TABLE_NO_COLUMN;

    if (wanted < -1) {
        return error_set(alter->binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "statistics target %lld is too low", (long long)wanted);
    }
    if (wanted > (int64_t)TABLE_STATISTICS_MAX) {
        wanted = TABLE_STATISTICS_MAX;
        VV_TRY(alter_notice(alter, "22023", NULL, "lowering statistics target to %lld",
                            (long long)wanted));
    }
    VV_TRY(alter_column_find(alter, action->name, &number));
    alter->definition.columns[number].statistics_target =
        wanted < 0 ? TABLE_STATISTICS_DEFAULT : (uint16_t)(wanted + 1);
    return VV_OK;
}

static vv_status identity_drop(struct alter *alter, const struct ast_alter_action *action,
                               struct table_column *column)
{
    if (column->identity != TABLE_NO_IDENTITY) {
        column->identity = TABLE_NO_IDENTITY;
        column->sequence = NULL;
        column->sequence_id = 0;
        return VV_OK;
    }
    if (!action->if_exists) {
        return column_wrong(alter, VV_SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, column,
                            "is not an identity column");
    }
    return alter_notice(alter, "00000", NULL,
                        "column \"%s\" of relation \"%s\" is not an identity column, skipping",
                        column->name, alter->definition.name);
}

static vv_status identity_add(struct alter *alter, const struct ast_constraint *constraint,
                              struct table_column *column)
{
    enum vv_sqlstate code = VV_SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE;

    VV_TRY(bind_sequence_of_column(alter->binder, (enum value_type)column->type,
                                   &constraint->sequence_options, &column->sequence));
    if (column->type != VALUE_SMALLINT && column->type != VALUE_INTEGER &&
        column->type != VALUE_BIGINT) {
        return error_set(alter->binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "identity column type must be smallint, integer, or bigint");
    }
    if (!column->not_null) {
        return column_wrong(alter, code, column,
                            "must be declared NOT NULL before identity can be added");
    }
    if (column->identity != TABLE_NO_IDENTITY) {
        return column_wrong(alter, code, column, "is already an identity column");
    }
    if (column->default_text != NULL || column->generated_text != NULL) {
        return column_wrong(alter, code, column, "already has a default value");
    }
    column->identity =
        constraint->generated_always ? TABLE_IDENTITY_ALWAYS : TABLE_IDENTITY_BY_DEFAULT;
    column->sequence_id = 0;
    return VV_OK;
}

/* SET GENERATED, and options of the sequence. */
static vv_status identity_set(struct alter *alter, const struct ast_alter_action *action,
                              struct table_column *column)
{
    const struct ast_constraint *constraint = AST_AS(constraint, action->definition);

    if (column->identity == TABLE_NO_IDENTITY) {
        return column_wrong(alter, VV_SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, column,
                            "is not an identity column");
    }
    if (constraint != NULL) {
        column->identity =
            constraint->generated_always ? TABLE_IDENTITY_ALWAYS : TABLE_IDENTITY_BY_DEFAULT;
    }
    return action->options.count == 0
               ? VV_OK
               : bind_sequence_of_column(alter->binder, (enum value_type)column->type,
                                         &action->options, &column->sequence);
}

vv_status alter_identity(struct alter *alter, const struct ast_alter_action *action)
{
    uint16_t number = TABLE_NO_COLUMN;
    struct table_column *column = NULL;

    VV_TRY(alter_column_find(alter, action->name, &number));
    column = &alter->definition.columns[number];
    if (action->kind == AST_ALTER_DROP_IDENTITY) {
        return identity_drop(alter, action, column);
    }
    return action->kind == AST_ALTER_SET_IDENTITY
               ? identity_set(alter, action, column)
               : identity_add(alter, AST_AS(constraint, action->definition), column);
}

/* ---- ALTER COLUMN TYPE ---- */

static bool is_text(enum value_type type)
{
    return type == VALUE_TEXT || type == VALUE_VARCHAR;
}

/* Whether every stored value of the old type is, byte for byte, one of the new type. */
static bool same_bytes(const struct table_column *from, enum value_type type, int32_t modifier)
{
    int32_t before = from->type_modifier;

    if (is_text((enum value_type)from->type) && is_text(type)) {
        return modifier < 0 || type == VALUE_TEXT || (before >= 0 && before <= modifier);
    }
    if (from->type != (uint8_t)type) {
        return false;
    }
    if (before == modifier || (modifier < 0 && type != VALUE_BPCHAR)) {
        return true;
    }
    return type == VALUE_NUMERIC && before >= 0 &&
           ((before - 4) & 0xFFFF) == ((modifier - 4) & 0xFFFF) && modifier > before;
}

/* 42804, with what PostgreSQL advises. */
static vv_status no_cast(struct alter *alter, const struct table_column *column, const char *what,
                         enum value_type type, int32_t modifier)
{
    struct vv_error *error = alter->binder->error;
    char text[VALUE_TYPE_TEXT_BYTES];

    (void)error_set(error, VV_SQLSTATE_DATATYPE_MISMATCH, 0,
                    "%s \"%s\" cannot be cast automatically to type %s", what, column->name,
                    value_types[type].text);
    if (strcmp(what, "column") == 0) {
        vv_slice name = sql_quote_name(alter->binder->arena, slice_text(column->name));

        (void)value_type_format(type, modifier, text);
        error_hint(error, "You might need to specify \"USING %.*s::%s\".", (int)name.size,
                   (const char *)name.data, text);
    } else if (strcmp(what, "default for column") != 0) {
        error_hint(error, "You might need to add an explicit cast.");
    }
    return VV_ERROR;
}

/* The value of the column in each row, made of the row before. */
static vv_status type_value(struct alter *alter, const struct ast_alter_action *action,
                            uint16_t number, enum value_type type, int32_t modifier)
{
    struct binder *binder = alter->binder;
    const struct table_column *column = &alter->definition.columns[number];
    const struct expr *expr = NULL;

    if (action->expr != NULL) {
        VV_TRY(bind_over_table(binder, alter->base, BIND_TRANSFORM, action->expr, &expr));
    } else {
        expr = expr_column(binder->arena, number, (enum value_type)column->type, 0);
        if (expr == NULL) {
            return VV_NOMEM;
        }
    }
    if (!bind_can_coerce((enum value_type)expr->type, type, CAST_ASSIGNMENT)) {
        return no_cast(alter, column,
                       action->expr != NULL ? "result of USING clause for column" : "column", type,
                       modifier);
    }
    VV_TRY(bind_coerce(binder, expr, type, modifier, CAST_ASSIGNMENT, 0, &expr));
    if (action->expr != NULL || !same_bytes(column, type, modifier)) {
        alter->values[number] = expr;
    }
    return VV_OK;
}

/* The DEFAULT keeps its meaning: a literal stays one of the old type. */
static vv_status type_default(struct alter *alter, struct table_column *column,
                              enum value_type type, int32_t modifier)
{
    struct binder *binder = alter->binder;
    struct ast *tree = NULL;
    const struct expr *expr = NULL;
    enum value_type from = VALUE_UNKNOWN;
    char text[VALUE_TYPE_TEXT_BYTES];

    if (column->default_text == NULL) {
        return VV_OK;
    }
    VV_TRY(alter_tree(alter, column->default_text, &tree));
    VV_TRY(bind_over_table(binder, alter->base, BIND_DEFAULT, tree, &expr));
    from = (enum value_type)expr->type;
    if (from == VALUE_UNKNOWN) {
        from = (enum value_type)column->type;
        /* Without its length, which PostgreSQL strips (strip_implicit_coercions); fields are part of an interval's input. */
        (void)value_type_format(
            from, from == VALUE_INTERVAL ? column->type_modifier : VALUE_NO_MODIFIER, text);
        column->default_text = arena_format(binder->arena, "(%s)::%s", column->default_text,
                                            from == VALUE_BPCHAR ? "bpchar" : text);
        if (column->default_text == NULL) {
            return VV_NOMEM;
        }
        VV_TRY(alter_tree(alter, column->default_text, &tree));
        VV_TRY(bind_expr_text(binder, tree, &column->default_text));
    }
    return bind_can_coerce(from, type, CAST_ASSIGNMENT)
               ? VV_OK
               : no_cast(alter, column, "default for column", type, modifier);
}

static vv_status type_check(struct alter *alter, const struct ast_alter_action *action,
                            uint16_t number)
{
    struct vv_error *error = alter->binder->error;
    struct bind_definition *definition = &alter->definition;
    const struct table_column *column = &definition->columns[number];
    bool *reads = ARENA_ARRAY(alter->binder->arena, bool, definition->column_count);
    uint32_t count = 0;
    uint16_t first = 0;

    if (reads == NULL) {
        return VV_NOMEM;
    }
    if (alter->retyped[number]) {
        return error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "cannot alter type of column \"%s\" twice", column->name);
    }
    if (column->generated_text != NULL && action->expr != NULL) {
        (void)error_set(error, VV_SQLSTATE_INVALID_COLUMN_DEFINITION, 0,
                        "cannot specify USING when altering type of generated column");
        error_detail(error, "Column \"%s\" is a generated column.", column->name);
        return VV_ERROR;
    }
    VV_TRY(dependents(alter, number, reads, &count, &first));
    if (count > 0) {
        (void)error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                        "cannot alter type of a column used by a generated column");
        error_detail(error, "Column \"%s\" is used by generated column \"%s\".", column->name,
                     definition->columns[first].name);
        return VV_ERROR;
    }
    return VV_OK;
}

/* The sequence of an identity column has its type. */
static vv_status type_identity(struct alter *alter, struct table_column *column,
                               enum value_type type)
{
    if (column->identity == TABLE_NO_IDENTITY) {
        return VV_OK;
    }
    if (type != VALUE_SMALLINT && type != VALUE_INTEGER && type != VALUE_BIGINT) {
        return error_set(alter->binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "identity column type must be smallint, integer, or bigint");
    }
    return bind_sequence_of_column(alter->binder, type, NULL, &column->sequence);
}

vv_status alter_column_type(struct alter *alter, const struct ast_alter_action *action)
{
    enum value_type type = VALUE_UNKNOWN;
    int32_t modifier = VALUE_NO_MODIFIER;
    enum value_collation collation = VALUE_COLLATION_DEFAULT;
    struct table_column *column = NULL;
    uint16_t number = TABLE_NO_COLUMN;

    VV_TRY(alter_column_find(alter, action->name, &number));
    column = &alter->definition.columns[number];
    VV_TRY(alter_unplaced(alter, bind_type(alter->binder, action->type, &type, &modifier)));
    if (action->collation != NULL) {
        VV_TRY(bind_collation_of_type(alter->binder, &AST_AS(collate, action->collation)->name,
                                      type, 0, &collation));
    }
    VV_TRY(type_check(alter, action, number));
    VV_TRY(type_value(alter, action, number, type, modifier));
    VV_TRY(type_default(alter, column, type, modifier));
    VV_TRY(type_identity(alter, column, type));
    column->type = (uint8_t)type;
    column->type_modifier = modifier;
    column->collation = (uint8_t)collation;
    alter->retyped[number] = true;
    return VV_OK;
}
