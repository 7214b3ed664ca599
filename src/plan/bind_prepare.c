/*
 * bind_prepare.c - PREPARE, EXECUTE, DEALLOCATE, DISCARD.
 *
 * PREPARE's statement is bound when it runs, as a text of its own, so that a plan is shared by all who prepare
 * the same. EXECUTE's arguments become a query of one row, `SELECT arguments`, with the parameters' types.
 */
#include "plan/bind_private.h"

static vv_status bind_prepare(struct binder *binder, const struct ast_prepare *tree,
                              struct command *command)
{
    uint8_t *types = ARENA_ARRAY(binder->arena, uint8_t, tree->types.count + 1);
    uint32_t count = 0;

    command->kind = COMMAND_PREPARE;
    command->tag = "PREPARE";
    command->prepare.name = bind_text(binder, tree->name);
    if (types == NULL || command->prepare.name == NULL) {
        return VV_NOMEM;
    }
    ast_for_each(item, &tree->types)
    {
        const struct ast_type *type = AST_AS(type, item);
        enum value_type found = VALUE_UNKNOWN;
        int32_t modifier = 0;

        if (type->name.count != 1 || !slice_equal(type->name.parts[0], slice_text("unknown"))) {
            VV_TRY(bind_type(binder, item, &found, &modifier));
        }
        types[count++] = (uint8_t)found;
    }
    command->prepare.types = types;
    command->prepare.type_count = count;
    return VV_OK;
}

/* Argument number, from 1, as a value of the parameter's type. */
static vv_status bind_argument(struct binder *binder, const struct ast *node, uint32_t number,
                               enum value_type type, const struct expr **expr_out)
{
    const struct expr *expr = NULL;

    VV_TRY(bind_expr_at(binder, BIND_EXECUTE, node, &expr));
    if (!bind_can_coerce((enum value_type)expr->type, type, CAST_ASSIGNMENT)) {
        (void)error_set(binder->error, VV_SQLSTATE_DATATYPE_MISMATCH, bind_location(expr),
                        "parameter $%u of type %s cannot be coerced to the expected type %s",
                        number, value_types[expr->type].text, value_types[type].text);
        error_hint(binder->error, "You will need to rewrite or cast the expression.");
        return VV_ERROR;
    }
    return bind_coerce(binder, expr, type, VALUE_NO_MODIFIER, CAST_ASSIGNMENT, bind_location(expr),
                       expr_out);
}

static vv_status bind_execute(struct binder *binder, const struct ast_execute *tree,
                              struct command *command)
{
    const struct expr **arguments =
        ARENA_ARRAY(binder->arena, const struct expr *, tree->args.count);
    struct logical_plan *logical = ARENA_NEW(binder->arena, struct logical_plan);
    const struct logical_node *one_row = logical_result(binder->arena);
    const uint8_t *types = NULL;
    uint32_t type_count = 0;
    uint32_t count = 0;

    command->kind = COMMAND_EXECUTE;
    command->tag = "EXECUTE";
    command->execute.name = bind_text(binder, tree->name);
    if (arguments == NULL || logical == NULL || one_row == NULL || command->execute.name == NULL) {
        return VV_NOMEM;
    }
    if (binder->prepared == NULL ||
        !binder->prepared->find(binder->prepared->context, command->execute.name, &types,
                                &type_count)) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_STATEMENT_NAME, 0,
                         "prepared statement \"%s\" does not exist", command->execute.name);
    }
    if (type_count != tree->args.count) {
        (void)error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, 0,
                        "wrong number of parameters for prepared statement \"%s\"",
                        command->execute.name);
        error_detail(binder->error, "Expected %u parameters but got %u.", type_count,
                     tree->args.count);
        return VV_ERROR;
    }
    if (type_count == 0) {
        return VV_OK;
    }
    ast_for_each(item, &tree->args)
    {
        VV_TRY(bind_argument(binder, item, count + 1, (enum value_type)types[count],
                             &arguments[count]));
        count++;
    }
    logical->root = logical_project(binder->arena, one_row, count, arguments);
    if (logical->root == NULL) {
        return VV_NOMEM;
    }
    logical->column_types = logical->root->column_types;
    logical->column_count = count;
    command->execute.logical = logical;
    return VV_OK;
}

static vv_status bind_deallocate(struct binder *binder, const struct ast_deallocate *tree,
                                 struct command *command)
{
    command->kind = COMMAND_DEALLOCATE;
    command->tag = tree->name.size == 0 ? "DEALLOCATE ALL" : "DEALLOCATE";
    command->name = tree->name.size == 0 ? NULL : bind_text(binder, tree->name);
    return command->name == NULL && tree->name.size > 0 ? VV_NOMEM : VV_OK;
}

vv_status bind_prepared_command(struct binder *binder, const struct ast *node,
                                struct command *command)
{
    static const char *const discards[] = {[AST_DISCARD_ALL] = "DISCARD ALL",
                                           [AST_DISCARD_PLANS] = "DISCARD PLANS",
                                           [AST_DISCARD_SEQUENCES] = "DISCARD SEQUENCES",
                                           [AST_DISCARD_TEMP] = "DISCARD TEMP"};

    switch (node->tag) {
    case AST_PREPARE:
        return bind_prepare(binder, AST_AS(prepare, node), command);
    case AST_EXECUTE:
        return bind_execute(binder, AST_AS(execute, node), command);
    case AST_DEALLOCATE:
        return bind_deallocate(binder, AST_AS(deallocate, node), command);
    case AST_DISCARD:
        command->kind = COMMAND_DISCARD;
        command->tag = discards[AST_AS(discard, node)->kind];
        command->discard.sequences = AST_AS(discard, node)->kind == AST_DISCARD_SEQUENCES;
        command->discard.all = AST_AS(discard, node)->kind == AST_DISCARD_ALL;
        return VV_OK;
    default:
        return VV_NOT_FOUND;
    }
}
