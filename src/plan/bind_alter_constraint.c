/*
 * bind_alter_constraint.c - ALTER TABLE: ADD, DROP, VALIDATE and RENAME CONSTRAINT.
 */
#include "plan/bind_alter.h"

#define NO_PLACE UINT32_MAX

static uint32_t check_place(const struct alter *alter, vv_slice name)
{
    for (uint32_t i = 0; i < alter->definition.check_count; i++) {
        if (slice_equal(slice_text(alter->definition.checks[i].name), name)) {
            return i;
        }
    }
    return NO_PLACE;
}

/* A key by its constraint's name. */
static uint32_t key_place(const struct alter *alter, vv_slice name)
{
    for (uint32_t i = 0; i < alter->definition.index_count; i++) {
        const struct table_index *index = &alter->definition.indexes[i];

        if (index->constraint && index->name != NULL &&
            slice_equal(slice_text(index->name), name)) {
            return i;
        }
    }
    return NO_PLACE;
}

static vv_status name_check(struct alter *alter, vv_slice name)
{
    if (name.size == 0 ||
        (check_place(alter, name) == NO_PLACE && key_place(alter, name) == NO_PLACE)) {
        return VV_OK;
    }
    return error_set(alter->binder->error, VV_SQLSTATE_DUPLICATE_OBJECT, 0,
                     "constraint \"%.*s\" for relation \"%s\" already exists", (int)name.size,
                     (const char *)name.data, alter->definition.name);
}

static vv_status missing(struct alter *alter, vv_slice name)
{
    return error_set(alter->binder->error, VV_SQLSTATE_UNDEFINED_OBJECT, 0,
                     "constraint \"%.*s\" of relation \"%s\" does not exist", (int)name.size,
                     (const char *)name.data, alter->definition.name);
}

/* ---- ADD: keys ---- */

/* What keeps an index from becoming a constraint; VV_OK: nothing. */
static vv_status index_usable(struct alter *alter, const struct ast_constraint *constraint,
                              const struct table_index *index)
{
    struct vv_error *error = alter->binder->error;
    uint32_t position = constraint->node.position;

    if (index->constraint) {
        return error_set(error, VV_SQLSTATE_OBJECT_NOT_IN_PREREQUISITE_STATE, position,
                         "index \"%s\" is already associated with a constraint", index->name);
    }
    if (!index->unique) {
        (void)error_set(error, VV_SQLSTATE_WRONG_OBJECT_TYPE, position,
                        "\"%s\" is not a unique index", index->name);
    } else if (index->predicate_text != NULL) {
        (void)error_set(error, VV_SQLSTATE_WRONG_OBJECT_TYPE, position, "\"%s\" is a partial index",
                        index->name);
    } else {
        for (uint32_t i = 0; i < index->part_count; i++) {
            if (index->parts[i].column == TABLE_NO_COLUMN) {
                (void)error_set(error, VV_SQLSTATE_WRONG_OBJECT_TYPE, position,
                                "index \"%s\" contains expressions", index->name);
            } else if (index->parts[i].descending || index->parts[i].nulls_first) {
                (void)error_set(error, VV_SQLSTATE_WRONG_OBJECT_TYPE, position,
                                "index \"%s\" column number %u does not have default sorting "
                                "behavior",
                                index->name, i + 1);
            } else {
                continue;
            }
            error_detail(error,
                         "Cannot create a primary key or unique constraint using such an index.");
            return VV_ERROR;
        }
        return VV_OK;
    }
    error_detail(error, "Cannot create a primary key or unique constraint using such an index.");
    return VV_ERROR;
}

/* The primary key stands first; its columns are NOT NULL. */
static void index_to_front(struct bind_definition *definition, uint32_t place)
{
    struct table_index key = definition->indexes[place];

    for (uint32_t i = place; i > 0; i--) {
        definition->indexes[i] = definition->indexes[i - 1];
    }
    key.primary = true;
    for (uint32_t i = 0; i < key.part_count; i++) {
        definition->columns[key.parts[i].column].not_null = true;
    }
    definition->indexes[0] = key;
    definition->has_key = true;
}

static vv_status key_of_index(struct alter *alter, const struct ast_constraint *constraint)
{
    struct bind_definition *definition = &alter->definition;
    vv_slice name = constraint->using_index;
    uint32_t place = 0;

    while (place < definition->index_count &&
           (definition->indexes[place].name == NULL ||
            !slice_equal(slice_text(definition->indexes[place].name), name))) {
        place++;
    }
    if (place == definition->index_count) {
        return error_set(alter->binder->error, VV_SQLSTATE_UNDEFINED_OBJECT,
                         constraint->node.position, "index \"%.*s\" does not exist", (int)name.size,
                         (const char *)name.data);
    }
    VV_TRY(index_usable(alter, constraint, &definition->indexes[place]));
    if (constraint->name.size > 0 && !slice_equal(constraint->name, name)) {
        const char *from = definition->indexes[place].name;

        VV_TRY(name_check(alter, constraint->name));
        definition->indexes[place].name = bind_text(alter->binder, constraint->name);
        if (definition->indexes[place].name == NULL) {
            return VV_NOMEM;
        }
        VV_TRY(alter_notice(
            alter, "00000", NULL,
            "ALTER TABLE / ADD CONSTRAINT USING INDEX will rename index \"%s\" to \"%s\"", from,
            definition->indexes[place].name));
    }
    definition->indexes[place].constraint = true;
    if (constraint->kind == AST_CONSTRAINT_PRIMARY_KEY) {
        index_to_front(definition, place);
    }
    return VV_OK;
}

/* A primary key first makes its columns NOT NULL: hence the other words. */
static vv_status key_column_find(struct alter *alter, const struct ast_constraint *constraint,
                                 vv_slice name)
{
    uint16_t column = TABLE_NO_COLUMN;

    if (constraint->kind == AST_CONSTRAINT_PRIMARY_KEY) {
        return alter_column_find(alter, name, &column);
    }
    if (bind_definition_column(&alter->definition, name) != TABLE_NO_COLUMN) {
        return VV_OK;
    }
    return error_set(alter->binder->error, VV_SQLSTATE_UNDEFINED_COLUMN, 0,
                     "column \"%.*s\" named in key does not exist", (int)name.size,
                     (const char *)name.data);
}

vv_status alter_add_key(struct alter *alter, const struct ast_constraint *constraint)
{
    vv_status status = VV_OK;

    if (constraint->kind == AST_CONSTRAINT_PRIMARY_KEY && alter->definition.has_key) {
        return error_set(alter->binder->error, VV_SQLSTATE_INVALID_TABLE_DEFINITION, 0,
                         "multiple primary keys for table \"%s\" are not allowed",
                         alter->definition.name);
    }
    if (constraint->using_index.size > 0) {
        return key_of_index(alter, constraint);
    }
    ast_for_each(item, &constraint->columns)
    {
        VV_TRY(key_column_find(alter, constraint, AST_AS(identifier, item)->name));
    }
    alter->definition.apart = true;
    status = bind_define_key(alter->binder, &alter->definition, constraint, NULL);
    alter->definition.apart = false;
    return status;
}

/* ---- ADD: CHECK ---- */

vv_status alter_add_check(struct alter *alter, const struct ast_constraint *constraint)
{
    struct bind_definition *definition = &alter->definition;
    uint32_t place = definition->check_count;
    struct table_def *shape = bind_definition_shape(alter->binder, definition);

    if (shape == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(name_check(alter, constraint->name));
    VV_TRY(alter_unplaced(alter, bind_define_check(alter->binder, shape, definition, constraint)));
    definition->checks[place].not_valid = constraint->not_valid;
    alter->check_fresh[place] = !constraint->not_valid;
    return VV_OK;
}

/* ---- DROP, VALIDATE, RENAME ---- */

vv_status alter_drop_constraint(struct alter *alter, const struct ast_alter_action *action)
{
    uint32_t check = check_place(alter, action->name);
    uint32_t key = key_place(alter, action->name);

    if (check != NO_PLACE) {
        alter_check_remove(alter, check);
    } else if (key != NO_PLACE) {
        alter_index_remove(alter, key);
    } else if (action->if_exists) {
        return alter_notice(
            alter, "00000", NULL, "constraint \"%.*s\" of relation \"%s\" does not exist, skipping",
            (int)action->name.size, (const char *)action->name.data, alter->definition.name);
    } else {
        return missing(alter, action->name);
    }
    return VV_OK;
}

vv_status alter_validate(struct alter *alter, const struct ast_alter_action *action)
{
    uint32_t check = check_place(alter, action->name);

    if (check != NO_PLACE) {
        alter->check_fresh[check] =
            alter->check_fresh[check] || alter->definition.checks[check].not_valid;
        alter->definition.checks[check].not_valid = false;
        return VV_OK;
    }
    if (key_place(alter, action->name) == NO_PLACE) {
        return missing(alter, action->name);
    }
    return error_set(alter->binder->error, VV_SQLSTATE_WRONG_OBJECT_TYPE, 0,
                     "constraint \"%.*s\" of relation \"%s\" is not a foreign key or check "
                     "constraint",
                     (int)action->name.size, (const char *)action->name.data,
                     alter->definition.name);
}

vv_status alter_rename_constraint(struct alter *alter, const struct ast_alter_action *action)
{
    uint32_t check = check_place(alter, action->name);
    uint32_t key = key_place(alter, action->name);
    char *name = bind_text(alter->binder, action->new_name);

    if (name == NULL) {
        return VV_NOMEM;
    }
    if (check == NO_PLACE && key == NO_PLACE) {
        return error_set(alter->binder->error, VV_SQLSTATE_UNDEFINED_OBJECT, 0,
                         "constraint \"%.*s\" for table \"%s\" does not exist",
                         (int)action->name.size, (const char *)action->name.data,
                         alter->definition.name);
    }
    VV_TRY(name_check(alter, action->new_name));
    if (check != NO_PLACE) {
        alter->plan->check = alter->definition.checks[check].name;
        alter->plan->check_after = name;
        alter->definition.checks[check].name = name;
    } else {
        alter->definition.indexes[key].name = name;
    }
    return VV_OK;
}
