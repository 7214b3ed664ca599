/*
 * roles.c - CREATE, ALTER and DROP ROLE, which the host of the session carries out.
 *
 * A library has no users, and who may do what is not its business. A host that has users keeps them where it likes;
 * as that need not be the database, these statements do not run in transactions.
 */
#include "db/db_private.h"

#include <stdio.h>

static int said(enum command_choice choice)
{
    return choice == COMMAND_UNSAID ? -1 : choice == COMMAND_YES;
}

vv_status roles_run(struct varve_session *session, const struct command *command,
                    struct vv_error *error)
{
    struct varve_role_change change = {
        .size = sizeof change,
        .action = command->role.action,
        .name_count = (int)command->role.name_count,
        .names = command->role.names,
        .new_name = command->role.new_name,
        .password = command->role.password,
        .has_password = command->role.has_password,
        .login = said((enum command_choice)command->role.login),
        .superuser = said((enum command_choice)command->role.superuser),
        .if_exists = command->role.if_exists,
    };
    struct varve_error told = {.sqlstate = "XX000"};

    if (session->roles == NULL) {
        return error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "%s is not supported: this database has no users of its own",
                         command->tag);
    }
    if (session->block != BLOCK_NONE || session->in_group) {
        return error_set(error, VV_SQLSTATE_ACTIVE_SQL_TRANSACTION, 0,
                         "%s cannot run inside a transaction block", command->tag);
    }
    if (session->roles(session->roles_argument, &change, &told) == VARVE_OK) {
        return VV_OK;
    }
    error_clear(error);
    memcpy(error->sqlstate, told.sqlstate, sizeof error->sqlstate);
    snprintf(error->message, sizeof error->message, "%s", told.message);
    error_detail(error, "%s", told.detail);
    error_hint(error, "%s", told.hint);
    return VV_ERROR;
}
