/*
 * bind_role.c - CREATE, ALTER and DROP ROLE: what was asked for, as one struct; the host of the session carries it out.
 *
 * LOGIN, SUPERUSER and PASSWORD mean something here. What would only take rights away that nobody has (NOCREATEDB,
 * NOINHERIT, ...) is taken; what would give others is 0A000.
 */
#include "plan/bind_private.h"

/* What an option says, and of which kind it is. */
static const struct role_option {
    const char *name;
    enum { LOGIN, SUPERUSER, PASSWORD, LIMIT, UNTIL, NOTHING, ABSENT } kind;
    enum command_choice choice;
    const char *attribute; /* options of one attribute exclude each other */
} options[] = {{"login", LOGIN, COMMAND_YES, "login"},
               {"nologin", LOGIN, COMMAND_NO, "login"},
               {"superuser", SUPERUSER, COMMAND_YES, "superuser"},
               {"nosuperuser", SUPERUSER, COMMAND_NO, "superuser"},
               {"password", PASSWORD, COMMAND_UNSAID, "password"},
               {"connection_limit", LIMIT, COMMAND_UNSAID, "limit"},
               {"valid_until", UNTIL, COMMAND_UNSAID, "until"},
               {"inherit", NOTHING, COMMAND_UNSAID, "inherit"},
               {"noinherit", NOTHING, COMMAND_UNSAID, "inherit"},
               {"nocreatedb", NOTHING, COMMAND_UNSAID, "createdb"},
               {"nocreaterole", NOTHING, COMMAND_UNSAID, "createrole"},
               {"noreplication", NOTHING, COMMAND_UNSAID, "replication"},
               {"nobypassrls", NOTHING, COMMAND_UNSAID, "bypassrls"},
               {"createdb", ABSENT, COMMAND_UNSAID, "createdb"},
               {"createrole", ABSENT, COMMAND_UNSAID, "createrole"},
               {"replication", ABSENT, COMMAND_UNSAID, "replication"},
               {"bypassrls", ABSENT, COMMAND_UNSAID, "bypassrls"}};

#define OPTION_COUNT (sizeof options / sizeof options[0])

static const struct role_option *option_find(vv_slice name)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (slice_equal(name, slice_text(options[i].name))) {
            return &options[i];
        }
    }
    return NULL;
}

/* "createdb" as a statement says it. */
static vv_status option_unsupported(struct binder *binder, const struct ast_option *tree)
{
    char text[32];
    size_t size = 0;

    while (size < tree->name.size && size + 1 < sizeof text) {
        char letter = (char)tree->name.data[size];

        text[size++] = letter == '_' ? ' ' : (char)(letter >= 'a' ? letter - 32 : letter);
    }
    text[size] = '\0';
    return bind_unsupported(binder, tree->node.position, text);
}

static vv_status bind_option(struct binder *binder, const struct ast_option *tree,
                             const struct role_option *option, struct command *command)
{
    int64_t number = 0;

    switch (option->kind) {
    case LOGIN:
        command->role.login = (uint8_t)option->choice;
        return VV_OK;
    case SUPERUSER:
        command->role.superuser = (uint8_t)option->choice;
        return VV_OK;
    case PASSWORD:
        command->role.has_password = true;
        if (tree->value->tag != AST_STRING) {
            return VV_OK;
        }
        command->role.password = bind_text(binder, AST_AS(string, tree->value)->text);
        return command->role.password == NULL ? VV_NOMEM : VV_OK;
    case LIMIT:
        return bind_is_integer(tree->value, &number) && number == -1
                   ? VV_OK
                   : option_unsupported(binder, tree);
    case UNTIL:
        return slice_equal(AST_AS(string, tree->value)->text, slice_text("infinity"))
                   ? VV_OK
                   : option_unsupported(binder, tree);
    case NOTHING:
        return VV_OK;
    case ABSENT:
        break;
    }
    return option_unsupported(binder, tree);
}

static vv_status bind_options(struct binder *binder, const struct ast_list *list,
                              struct command *command)
{
    const char *seen[OPTION_COUNT];
    size_t count = 0;

    ast_for_each(item, list)
    {
        const struct ast_option *tree = AST_AS(option, item);
        const struct role_option *option = option_find(tree->name);

        VV_ASSERT(option != NULL);
        for (size_t i = 0; i < count; i++) {
            if (seen[i] == option->attribute) {
                return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, item->position,
                                 "conflicting or redundant options");
            }
        }
        seen[count++] = option->attribute;
        VV_TRY(bind_option(binder, tree, option, command));
    }
    return VV_OK;
}

static vv_status bind_role_name(struct binder *binder, vv_slice name, const char **out)
{
    *out = bind_text(binder, name);
    return *out == NULL ? VV_NOMEM : VV_OK;
}

static vv_status bind_drop_role(struct binder *binder, const struct ast_drop *tree,
                                const char **names, struct command *command)
{
    command->role.action = COMMAND_ROLE_DROP;
    command->role.if_exists = tree->if_exists;
    command->tag = "DROP ROLE";
    ast_for_each(item, &tree->names)
    {
        const struct ast_name *name = &AST_AS(relation, item)->name;

        if (name->count != 1) {
            return error_set(binder->error, VV_SQLSTATE_SYNTAX_ERROR, item->position,
                             "syntax error at or near \".\"");
        }
        VV_TRY(bind_role_name(binder, ast_name_last(name), &names[command->role.name_count++]));
    }
    return VV_OK;
}

vv_status bind_role(struct binder *binder, const struct ast *node, struct command *command)
{
    size_t count = node->tag == AST_DROP ? AST_AS(drop, node)->names.count : 1;
    const char **names = ARENA_ARRAY(binder->arena, const char *, count);

    if (names == NULL) {
        return VV_NOMEM;
    }
    command->kind = COMMAND_ROLE;
    command->role.names = names;
    if (node->tag == AST_DROP) {
        return bind_drop_role(binder, AST_AS(drop, node), names, command);
    }
    command->role.name_count = 1;
    if (node->tag == AST_CREATE_ROLE) {
        const struct ast_create_role *tree = AST_AS(create_role, node);

        command->role.action = COMMAND_ROLE_CREATE;
        command->role.login = tree->kind == AST_ROLE_USER ? COMMAND_YES : COMMAND_UNSAID;
        command->tag = "CREATE ROLE";
        VV_TRY(bind_role_name(binder, tree->name, &names[0]));
        return bind_options(binder, &tree->options, command);
    }
    command->role.action = COMMAND_ROLE_ALTER;
    command->tag = "ALTER ROLE";
    VV_TRY(bind_role_name(binder, AST_AS(alter_role, node)->name, &names[0]));
    if (AST_AS(alter_role, node)->new_name.size > 0) {
        command->role.action = COMMAND_ROLE_RENAME;
        return bind_role_name(binder, AST_AS(alter_role, node)->new_name, &command->role.new_name);
    }
    return bind_options(binder, &AST_AS(alter_role, node)->options, command);
}
