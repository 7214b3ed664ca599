/* bind_command.c - transactions, settings, EXPLAIN. */
#include "plan/bind_private.h"
#include "sql/sql.h"

#include <strings.h>

/* ---- transactions ---- */

static void transaction_mode(struct command *command, enum ast_transaction_mode_kind kind)
{
    switch (kind) {
    case AST_MODE_SERIALIZABLE:
        command->transaction.level = COMMAND_LEVEL_SERIALIZABLE;
        return;
    case AST_MODE_REPEATABLE_READ:
        command->transaction.level = COMMAND_LEVEL_REPEATABLE_READ;
        return;
    case AST_MODE_READ_COMMITTED:
        command->transaction.level = COMMAND_LEVEL_READ_COMMITTED;
        return;
    case AST_MODE_READ_UNCOMMITTED:
        command->transaction.level = COMMAND_LEVEL_READ_UNCOMMITTED;
        return;
    case AST_MODE_READ_WRITE:
        command->transaction.read_only = COMMAND_NO;
        return;
    case AST_MODE_READ_ONLY:
        command->transaction.read_only = COMMAND_YES;
        return;
    case AST_MODE_DEFERRABLE:
        command->transaction.deferrable = COMMAND_YES;
        return;
    case AST_MODE_NOT_DEFERRABLE:
        command->transaction.deferrable = COMMAND_NO;
        return;
    }
}

static void transaction_modes(struct command *command, const struct ast_list *modes)
{
    ast_for_each(item, modes)
    {
        transaction_mode(command, AST_AS(transaction_mode, item)->kind);
    }
}

static vv_status bind_savepoint(struct binder *binder, const struct ast_transaction *tree,
                                enum command_kind kind, const char *tag, struct command *command)
{
    command->kind = (uint8_t)kind;
    command->tag = tag;
    command->name = bind_text(binder, tree->name);
    return command->name == NULL ? VV_NOMEM : VV_OK;
}

static vv_status bind_transaction(struct binder *binder, const struct ast_transaction *tree,
                                  struct command *command)
{
    switch (tree->kind) {
    case AST_TXN_SAVEPOINT:
        return bind_savepoint(binder, tree, COMMAND_SAVEPOINT, "SAVEPOINT", command);
    case AST_TXN_RELEASE:
        return bind_savepoint(binder, tree, COMMAND_RELEASE, "RELEASE", command);
    case AST_TXN_ROLLBACK_TO:
        return bind_savepoint(binder, tree, COMMAND_ROLLBACK_TO, "ROLLBACK", command);
    case AST_TXN_BEGIN:
    case AST_TXN_START:
        command->kind = COMMAND_BEGIN;
        command->tag = tree->kind == AST_TXN_BEGIN ? "BEGIN" : "START TRANSACTION";
        break;
    case AST_TXN_COMMIT:
        command->kind = COMMAND_COMMIT;
        command->tag = "COMMIT";
        break;
    case AST_TXN_ROLLBACK:
        command->kind = COMMAND_ROLLBACK;
        command->tag = "ROLLBACK";
        break;
    default:
        return bind_unsupported(binder, tree->node.position,
                                tree->kind == AST_TXN_PREPARE           ? "PREPARE TRANSACTION"
                                : tree->kind == AST_TXN_COMMIT_PREPARED ? "COMMIT PREPARED"
                                                                        : "ROLLBACK PREPARED");
    }
    transaction_modes(command, &tree->modes);
    command->transaction.chain = tree->chain;
    return VV_OK;
}

static vv_status bind_set_transaction(struct binder *binder, const struct ast_set_transaction *tree,
                                      struct command *command)
{
    if (tree->snapshot.size > 0) {
        return bind_unsupported(binder, tree->node.position, "SET TRANSACTION SNAPSHOT");
    }
    command->kind = COMMAND_SET_TRANSACTION;
    command->tag = "SET";
    command->transaction.session = tree->session;
    transaction_modes(command, &tree->modes);
    return VV_OK;
}

/* ---- settings ---- */

/* SET TIME ZONE INTERVAL: the setting's text says INTERVAL '…' again, as PostgreSQL's does. */
static vv_status zone_interval(struct binder *binder, const struct ast_cast *literal,
                               const char **text_out)
{
    enum value_type type = VALUE_INTERVAL;
    int32_t modifier = VALUE_NO_MODIFIER;
    struct interval interval;
    char printed[INTERVAL_TEXT_BYTES];

    VV_TRY(bind_type(binder, literal->type, &type, &modifier));
    VV_TRY(interval_parse(AST_AS(string, literal->arg)->text, modifier, &interval, binder->error));
    interval_fit(modifier, &interval);
    *text_out = arena_format(binder->arena, "INTERVAL '%.*s'",
                             (int)interval_print(&interval, printed), printed);
    return *text_out == NULL ? VV_NOMEM : VV_OK;
}

static vv_status setting_value(struct binder *binder, const struct ast *node, const char **text_out)
{
    int64_t integer = 0;
    bool negative = false;

    if (bind_is_integer(node, &integer)) {
        *text_out = arena_format(binder->arena, "%lld", (long long)integer);
        return *text_out == NULL ? VV_NOMEM : VV_OK;
    }
    if (node->tag == AST_UNARY) {
        negative = slice_equal(AST_AS(unary, node)->op, slice_text("-"));
        node = AST_AS(unary, node)->arg;
    }
    switch (node->tag) {
    case AST_STRING:
        *text_out = bind_text(binder, AST_AS(string, node)->text);
        break;
    case AST_BOOLEAN:
        *text_out = AST_AS(boolean, node)->value ? "true" : "false";
        break;
    case AST_CAST:
        return zone_interval(binder, AST_AS(cast, node), text_out);
    case AST_NUMBER:
        *text_out = arena_format(binder->arena, "%s%.*s", negative ? "-" : "",
                                 (int)AST_AS(number, node)->text.size,
                                 (const char *)AST_AS(number, node)->text.data);
        break;
    default:
        return bind_unsupported(binder, node->position, "an expression in SET");
    }
    return *text_out == NULL ? VV_NOMEM : VV_OK;
}

static vv_status bind_set(struct binder *binder, const struct ast_set *tree,
                          struct command *command)
{
    bool quoted = false; /* a list of names, which are written as names */

    command->kind = COMMAND_SET;
    command->tag = "SET";
    command->setting.name = bind_text(binder, tree->name);
    command->setting.local = tree->scope == AST_SET_LOCAL;
    if (command->setting.name == NULL) {
        return VV_NOMEM;
    }
    quoted = strcmp(command->setting.name, "search_path") == 0;
    command->setting.several =
        tree->values.count > 1 && !quoted && strcmp(command->setting.name, "datestyle") != 0;
    ast_for_each(item, &tree->values)
    {
        const char *value = NULL;

        VV_TRY(setting_value(binder, item, &value));
        if (quoted && item->tag == AST_STRING) {
            value = bind_text(binder, sql_quote_name(binder->arena, AST_AS(string, item)->text));
        }
        if (value == NULL) {
            return VV_NOMEM;
        }
        command->setting.value =
            command->setting.value == NULL
                ? value
                : arena_format(binder->arena, "%s, %s", command->setting.value, value);
        if (command->setting.value == NULL) {
            return VV_NOMEM;
        }
    }
    return VV_OK;
}

static vv_status bind_setting_name(struct binder *binder, vv_slice name, enum command_kind kind,
                                   const char *tag, struct command *command)
{
    command->kind = (uint8_t)kind;
    command->tag = tag;
    command->setting.name = bind_text(binder, name);
    return command->setting.name == NULL ? VV_NOMEM : VV_OK;
}

/* ---- EXPLAIN ---- */

struct explain_choices {
    bool timing_set;
    bool summary_set;
};

/* defGetBoolean(): no value is true. */
vv_status bind_option_boolean(struct binder *binder, const struct ast_option *option,
                              bool *value_out)
{
    const char *text = "true";

    if (option->value != NULL) {
        VV_TRY(setting_value(binder, option->value, &text));
    }
    if (strcasecmp(text, "true") == 0 || strcasecmp(text, "on") == 0 || strcmp(text, "1") == 0) {
        *value_out = true;
        return VV_OK;
    }
    if (strcasecmp(text, "false") == 0 || strcasecmp(text, "off") == 0 || strcmp(text, "0") == 0) {
        *value_out = false;
        return VV_OK;
    }
    return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, 0, "%.*s requires a Boolean value",
                     (int)option->name.size, (const char *)option->name.data);
}

static vv_status explain_format(struct binder *binder, const struct ast_option *option,
                                struct command_explain_options *options)
{
    static const char *const names[] = {[COMMAND_FORMAT_TEXT] = "text",
                                        [COMMAND_FORMAT_XML] = "xml",
                                        [COMMAND_FORMAT_JSON] = "json",
                                        [COMMAND_FORMAT_YAML] = "yaml"};
    const char *format = "";

    if (option->value == NULL) {
        return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, 0, "format requires a parameter");
    }
    VV_TRY(setting_value(binder, option->value, &format));
    for (uint8_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], format) == 0) {
            options->format = i;
            return VV_OK;
        }
    }
    return error_set(binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, option->node.position,
                     "unrecognized value for EXPLAIN option \"format\": \"%.200s\"", format);
}

static vv_status explain_option(struct binder *binder, const struct ast_option *option,
                                struct command_explain_options *options,
                                struct explain_choices *choices)
{
    const struct {
        const char *name;
        bool *value;
        bool *set;
    } known[] = {{"analyze", &options->analyze, NULL},
                 {"verbose", &options->verbose, NULL},
                 {"costs", &options->costs, NULL},
                 {"buffers", &options->buffers, NULL},
                 {"settings", &options->settings, NULL},
                 {"wal", &options->wal, NULL},
                 {"timing", &options->timing, &choices->timing_set},
                 {"summary", &options->summary, &choices->summary_set}};

    if (slice_equal(option->name, slice_text("format"))) {
        return explain_format(binder, option, options);
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (slice_equal(option->name, slice_text(known[i].name))) {
            if (known[i].set != NULL) {
                *known[i].set = true;
            }
            return bind_option_boolean(binder, option, known[i].value);
        }
    }
    return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, option->node.position,
                     "unrecognized EXPLAIN option \"%.*s\"", (int)option->name.size,
                     (const char *)option->name.data);
}

static vv_status explain_options(struct binder *binder, const struct ast_list *list,
                                 struct command_explain_options *options)
{
    struct explain_choices choices = {0};

    *options = (struct command_explain_options){.costs = true};
    ast_for_each(item, list)
    {
        VV_TRY(explain_option(binder, AST_AS(option, item), options, &choices));
    }
    if (!options->analyze && (options->wal || options->timing)) {
        return error_set(binder->error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "EXPLAIN option %s requires ANALYZE", options->wal ? "WAL" : "TIMING");
    }
    options->timing = choices.timing_set ? options->timing : options->analyze;
    options->summary = choices.summary_set ? options->summary : options->analyze;
    return VV_OK;
}

static vv_status bind_explain(struct binder *binder, const struct ast_explain *tree,
                              struct command *command)
{
    struct logical_plan *plan = ARENA_NEW(binder->arena, struct logical_plan);
    vv_slice text;

    if (plan == NULL) {
        return VV_NOMEM;
    }
    command->kind = COMMAND_EXPLAIN;
    command->tag = "EXPLAIN";
    VV_TRY(explain_options(binder, &tree->options, &command->explain.options));
    VV_TRY(bind_plan(binder, tree->statement, plan));
    if (command->explain.options.analyze) {
        VV_TRY(sql_print(tree->statement, binder->arena, &text));
        command->explain.text = (const char *)text.data;
    }
    if (plan->command != NULL && plan->command->kind == COMMAND_EXECUTE) {
        command->explain.execute = plan->command;
        return VV_OK;
    }
    if (plan->root == NULL) {
        return bind_unsupported(binder, tree->statement->position, "EXPLAIN of this statement");
    }
    command->explain.logical = plan;
    return VV_OK;
}

vv_status bind_command(struct binder *binder, const struct ast *node, struct command *command)
{
    switch (node->tag) {
    case AST_TRANSACTION:
        return bind_transaction(binder, AST_AS(transaction, node), command);
    case AST_SET_TRANSACTION:
        return bind_set_transaction(binder, AST_AS(set_transaction, node), command);
    case AST_SET:
        return bind_set(binder, AST_AS(set, node), command);
    case AST_SHOW:
        return bind_setting_name(binder, AST_AS(show, node)->name, COMMAND_SHOW, "SHOW", command);
    case AST_RESET:
        return bind_setting_name(binder, AST_AS(reset, node)->name, COMMAND_RESET, "RESET",
                                 command);
    case AST_EXPLAIN:
        return bind_explain(binder, AST_AS(explain, node), command);
    case AST_CREATE_ROLE:
    case AST_ALTER_ROLE:
    case AST_DROP:
        return bind_role(binder, node, command);
    default:
        return VV_NOT_FOUND;
    }
}
