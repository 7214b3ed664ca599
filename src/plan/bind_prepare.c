/*
 * bind_prepare.c - what a session knows by name: PREPARE, EXECUTE, DEALLOCATE, DISCARD; DECLARE, FETCH, MOVE, CLOSE.
 *
 * PREPARE's statement is bound when it runs, as a text of its own, so that a plan is shared by all who prepare
 * the same. EXECUTE's arguments become a query of one row, `SELECT arguments`, with the parameters' types.
 *
 * DECLARE's query is bound here for its errors and the types of its parameters; it is planned when DECLARE runs, as a
 * text of its own too. FETCH returns what the cursor of its name has, so its plan belongs to the session.
 */
#include "plan/bind_private.h"
#include "plan/origin.h"
#include "sql/sql.h"

static vv_status bind_declare(struct binder *binder, const struct ast_declare *tree,
                              struct command *command);
static vv_status options_check(struct binder *binder, const struct ast_declare *tree);
static vv_status locks_check(struct binder *binder, const struct ast_declare *tree,
                             const char *locks);
static const char *locks_of(const struct logical_node *root);
static vv_status bind_fetch(struct binder *binder, const struct ast_fetch *tree,
                            struct command *command, struct logical_plan *plan);
static vv_status bind_close(struct binder *binder, const struct ast_close *tree,
                            struct command *command);

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

/* ---- cursors ---- */

vv_status bind_cursor_command(struct binder *binder, const struct ast *node,
                              struct command *command, struct logical_plan *plan)
{
    switch (node->tag) {
    case AST_DECLARE:
        return bind_declare(binder, AST_AS(declare, node), command);
    case AST_FETCH:
        return bind_fetch(binder, AST_AS(fetch, node), command, plan);
    case AST_CLOSE:
        return bind_close(binder, AST_AS(close, node), command);
    default:
        return VV_NOT_FOUND;
    }
}

static vv_status bind_declare(struct binder *binder, const struct ast_declare *tree,
                              struct command *command)
{
    struct logical_plan *query = ARENA_NEW(binder->arena, struct logical_plan);
    vv_slice text;

    command->kind = COMMAND_DECLARE;
    command->tag = "DECLARE CURSOR";
    command->declare.name = bind_text(binder, tree->name);
    if (query == NULL || command->declare.name == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(options_check(binder, tree));
    VV_TRY(bind_plan(binder, tree->query, query));
    command->declare.locks = locks_of(query->root);
    VV_TRY(locks_check(binder, tree, command->declare.locks));
    VV_TRY(sql_print(tree->query, binder->arena, &text));
    command->declare.text = (const char *)text.data;
    command->declare.binary = tree->binary;
    command->declare.scroll = tree->scroll;
    command->declare.no_scroll = tree->no_scroll;
    command->declare.hold = tree->hold;
    return VV_OK;
}

static vv_status options_check(struct binder *binder, const struct ast_declare *tree)
{
    const struct ast *into =
        tree->query->tag == AST_SELECT ? AST_AS(select, tree->query)->into : NULL;

    if (tree->scroll && tree->no_scroll) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_CURSOR_DEFINITION, 0,
                         "cannot specify both SCROLL and NO SCROLL");
    }
    if (tree->asensitive && tree->insensitive) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_CURSOR_DEFINITION, 0,
                         "cannot specify both ASENSITIVE and INSENSITIVE");
    }
    if (into != NULL) {
        return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, into->position,
                         "SELECT ... INTO is not allowed here");
    }
    return VV_OK;
}

/* A cursor that locks reads forward, once, in its transaction. */
static vv_status locks_check(struct binder *binder, const struct ast_declare *tree,
                             const char *locks)
{
    if (locks == NULL) {
        return VV_OK;
    }
    if (tree->hold) {
        (void)error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                        "DECLARE CURSOR WITH HOLD ... %s is not supported", locks);
        error_detail(binder->error, "Holdable cursors must be READ ONLY.");
        return VV_ERROR;
    }
    if (tree->scroll) {
        (void)error_set(binder->error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                        "DECLARE SCROLL CURSOR ... %s is not supported", locks);
        error_detail(binder->error, "Scrollable cursors must be READ ONLY.");
        return VV_ERROR;
    }
    if (tree->insensitive) {
        (void)error_set(binder->error, VV_SQLSTATE_INVALID_CURSOR_DEFINITION, 0,
                        "DECLARE INSENSITIVE CURSOR ... %s is not valid", locks);
        error_detail(binder->error, "Insensitive cursors must be READ ONLY.");
        return VV_ERROR;
    }
    return VV_OK;
}

static const char *locks_of(const struct logical_node *root)
{
    while (root->kind == LOGICAL_PROJECT || root->kind == LOGICAL_LIMIT) {
        root = root->inputs[0];
    }
    return root->kind == LOGICAL_LOCK
               ? row_lock_text((enum row_lock_strength)root->lock.lock.strength)
               : NULL;
}

/* A cursor that is not there is told when FETCH runs, as in PostgreSQL. */
static vv_status bind_fetch(struct binder *binder, const struct ast_fetch *tree,
                            struct command *command, struct logical_plan *plan)
{
    static const uint8_t directions[] = {[AST_FETCH_FORWARD] = COMMAND_FETCH_FORWARD,
                                         [AST_FETCH_BACKWARD] = COMMAND_FETCH_BACKWARD,
                                         [AST_FETCH_ABSOLUTE] = COMMAND_FETCH_ABSOLUTE,
                                         [AST_FETCH_RELATIVE] = COMMAND_FETCH_RELATIVE};
    struct bind_cursor cursor = {0};
    struct plan_origin *origins = NULL;
    const char **names = NULL;

    command->kind = COMMAND_FETCH;
    command->tag = tree->move ? "MOVE" : "FETCH";
    command->fetch.move = tree->move;
    command->fetch.direction = directions[tree->direction];
    command->fetch.count = tree->count == AST_FETCH_ALL ? COMMAND_FETCH_ALL : tree->count;
    command->fetch.name = bind_text(binder, tree->name);
    if (command->fetch.name == NULL) {
        return VV_NOMEM;
    }
    if (binder->prepared == NULL ||
        !binder->prepared->cursor(binder->prepared->context, command->fetch.name, &cursor)) {
        return VV_OK;
    }
    command->fetch.cursor = cursor.id;
    if (tree->move) {
        return VV_OK;
    }
    names = ARENA_ARRAY(binder->arena, const char *, cursor.column_count);
    origins = arena_copy(binder->arena, cursor.origins, cursor.column_count * sizeof *origins);
    plan->column_count = cursor.column_count;
    plan->column_names = names;
    plan->column_types = arena_copy(binder->arena, cursor.types, cursor.column_count);
    command->fetch.origins = origins;
    if (names == NULL || origins == NULL || plan->column_types == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < cursor.column_count; i++) {
        origins[i].table = NULL; /* this plan may outlive the table's definition */
        names[i] = arena_text(binder->arena, cursor.names[i], strlen(cursor.names[i]));
        if (names[i] == NULL) {
            return VV_NOMEM;
        }
    }
    return VV_OK;
}

static vv_status bind_close(struct binder *binder, const struct ast_close *tree,
                            struct command *command)
{
    command->kind = COMMAND_CLOSE;
    command->tag = tree->name.size == 0 ? "CLOSE CURSOR ALL" : "CLOSE CURSOR";
    command->name = tree->name.size == 0 ? NULL : bind_text(binder, tree->name);
    return command->name == NULL && tree->name.size > 0 ? VV_NOMEM : VV_OK;
}
