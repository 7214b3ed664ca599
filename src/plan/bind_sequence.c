/* bind_sequence.c - CREATE and ALTER SEQUENCE, and the sequences of SERIAL and IDENTITY columns. */
#include "plan/bind_private.h"

static bool is_serial_name(const struct ast_type *tree, enum value_type *type_out)
{
    static const struct {
        const char *name;
        enum value_type type;
    } names[] = {{"serial", VALUE_INTEGER},       {"serial4", VALUE_INTEGER},
                 {"bigserial", VALUE_BIGINT},     {"serial8", VALUE_BIGINT},
                 {"smallserial", VALUE_SMALLINT}, {"serial2", VALUE_SMALLINT}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_equal(ast_name_last(&tree->name), slice_text(names[i].name))) {
            *type_out = names[i].type;
            return true;
        }
    }
    return false;
}

vv_status bind_serial(struct binder *binder, const struct ast *type, enum value_type *type_out)
{
    const struct ast_type *tree = AST_AS(type, type);

    *type_out = VALUE_UNKNOWN;
    if (tree->modifiers.count > 0 || !is_serial_name(tree, type_out) || tree->dimensions == 0) {
        return VV_OK;
    }
    return error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, type->position,
                     "array of serial is not implemented");
}

/* The number of an option; false: it has none (NO MINVALUE, RESTART alone). */
static vv_status option_number(struct binder *binder, const struct ast_option *option,
                               int64_t *number_out, bool *given_out)
{
    *given_out = option->value != NULL;
    *number_out = 0;
    if (option->value != NULL && !bind_is_integer(option->value, number_out)) {
        return option->value->tag == AST_NUMBER || option->value->tag == AST_UNARY
                   ? error_set(binder->error, VV_SQLSTATE_INVALID_TEXT_REPRESENTATION,
                               option->node.position, "invalid input syntax for type bigint")
                   : bind_unsupported(binder, option->node.position, "such a sequence option");
    }
    return VV_OK;
}

static vv_status option_twice(struct binder *binder, const struct ast_option *option, bool *has)
{
    if (*has) {
        return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, option->node.position,
                         "conflicting or redundant options");
    }
    *has = true;
    return VV_OK;
}

/* NONE, or [schema.]table.column. */
static vv_status option_owned(struct binder *binder, const struct ast_option *option,
                              struct table_sequence_options *options)
{
    struct ast_name name = AST_AS(column, option->value)->name;
    struct table_sequence_owner *owner = ARENA_NEW(binder->arena, struct table_sequence_owner);
    bool said = options->owner != NULL || options->identity;

    VV_TRY(option_twice(binder, option, &said));
    options->owner = owner;
    if (owner == NULL || (name.count == 1 && slice_equal(name.parts[0], slice_text("none")))) {
        return owner == NULL ? VV_NOMEM : VV_OK;
    }
    if (name.count == 1) {
        error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, 0, "invalid OWNED BY option");
        error_hint(binder->error, "Specify OWNED BY table.column or OWNED BY NONE.");
        return VV_ERROR;
    }
    owner->column = bind_text(binder, name.parts[--name.count]);
    return owner->column == NULL ? VV_NOMEM
                                 : bind_table_name(binder, &name, option->value->position,
                                                   &owner->schema, &owner->table);
}

static vv_status option_bind(struct binder *binder, const struct ast_option *option,
                             struct table_sequence_options *options)
{
    struct {
        const char *name;
        bool *has;
        int64_t *number;
        bool *given;
    } numbers[] = {
        {"increment", &options->has_increment, &options->increment, NULL},
        {"minvalue", &options->has_minimum, &options->minimum, &options->minimum_given},
        {"maxvalue", &options->has_maximum, &options->maximum, &options->maximum_given},
        {"start", &options->has_start, &options->start, NULL},
        {"restart", &options->has_restart, &options->restart, &options->restart_given},
        {"cache", &options->has_cache, &options->cache, NULL},
    };

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        bool given = false;

        if (slice_equal(option->name, slice_text(numbers[i].name))) {
            VV_TRY(option_twice(binder, option, numbers[i].has));
            VV_TRY(option_number(binder, option, numbers[i].number, &given));
            if (numbers[i].given != NULL) {
                *numbers[i].given = given;
            }
            return VV_OK;
        }
    }
    if (slice_equal(option->name, slice_text("cycle"))) {
        VV_TRY(option_twice(binder, option, &options->has_cycle));
        options->cycle = AST_AS(integer, option->value)->value != 0;
        return VV_OK;
    }
    if (slice_equal(option->name, slice_text("as"))) {
        enum value_type type = VALUE_UNKNOWN;
        int32_t modifier = 0;

        VV_TRY(option_twice(binder, option, &options->has_type));
        VV_TRY(bind_type(binder, option->value, &type, &modifier));
        options->type = (uint8_t)type;
        return VV_OK;
    }
    if (slice_equal(option->name, slice_text("owned_by"))) {
        return option_owned(binder, option, options);
    }
    return bind_unsupported(binder, option->node.position, "such a sequence option");
}

static vv_status options_bind(struct binder *binder, const struct ast_list *list,
                              struct table_sequence_options *options)
{
    ast_for_each(item, list)
    {
        VV_TRY(option_bind(binder, AST_AS(option, item), options));
    }
    return VV_OK;
}

vv_status bind_sequence_of_column(struct binder *binder, enum value_type type,
                                  const struct ast_list *list,
                                  const struct table_sequence_options **options_out)
{
    struct table_sequence_options *options =
        ARENA_NEW(binder->arena, struct table_sequence_options);

    *options_out = options;
    if (options == NULL) {
        return VV_NOMEM;
    }
    if (list != NULL) {
        options->identity = true;
        VV_TRY(options_bind(binder, list, options));
    }
    options->type = (uint8_t)type;
    options->has_type = true;
    return VV_OK;
}

static vv_status sequence_command(struct binder *binder, const struct ast *relation,
                                  enum command_kind kind, const char *tag, struct command *command)
{
    struct command_name *name = &command->sequence.name;

    command->kind = (uint8_t)kind;
    command->tag = tag;
    name->position = relation->position;
    return bind_table_name(binder, &AST_AS(relation, relation)->name, relation->position,
                           &name->schema, &name->name);
}

vv_status bind_create_sequence(struct binder *binder, const struct ast *node,
                               struct command *command)
{
    const struct ast_create_sequence *tree = AST_AS(create_sequence, node);

    if (tree->persistence == AST_TEMPORARY) {
        return bind_unsupported(binder, node->position, "CREATE TEMPORARY SEQUENCE");
    }
    VV_TRY(
        sequence_command(binder, tree->table, COMMAND_CREATE_SEQUENCE, "CREATE SEQUENCE", command));
    command->sequence.if_exists = tree->if_not_exists;
    return options_bind(binder, &tree->options, &command->sequence.options);
}

vv_status bind_alter_sequence(struct binder *binder, const struct ast *node,
                              struct command *command)
{
    const struct ast_alter *tree = AST_AS(alter, node);

    VV_TRY(
        sequence_command(binder, tree->table, COMMAND_ALTER_SEQUENCE, "ALTER SEQUENCE", command));
    command->sequence.if_exists = tree->if_exists;
    ast_for_each(item, &tree->actions)
    {
        const struct ast_alter_action *action = AST_AS(alter_action, item);

        if (action->kind == AST_ALTER_RENAME) {
            command->sequence.new_name = bind_text(binder, action->new_name);
            return command->sequence.new_name == NULL ? VV_NOMEM : VV_OK;
        }
        if (action->kind != AST_ALTER_SEQUENCE_OPTIONS) {
            return bind_unsupported(binder, item->position, "such an ALTER SEQUENCE");
        }
        VV_TRY(options_bind(binder, &action->options, &command->sequence.options));
    }
    return VV_OK;
}
