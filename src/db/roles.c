/*
 * roles.c - roles: CREATE, ALTER and DROP ROLE, which the host of the session carries out, and who there is.
 *
 * A library has no users, and who may do what is not its business. A host that has users keeps them where it likes;
 * as that need not be the database, these statements do not run in transactions.
 */
#include "db/db_private.h"
#include "db/system.h"

#include <stdio.h>

static void put_role(void *context, const struct varve_role *role);
static bool role_find(struct varve_session *session, const char *name, uint32_t id,
                      struct session_role *role_out);

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

vv_status roles_setting(struct varve_session *session, uint32_t at, char *text, size_t size,
                        struct vv_error *error)
{
    struct varve_shown_setting setting;
    struct arena arena;
    vv_status status = VV_OK;

    if (!host_value(&session->db->host, at, text, size) || roles_superuser(session)) {
        return VV_OK;
    }
    text[0] = '\0';
    arena_init(&arena, &session->db->alloc, ALLOC_SESSION, 4096);
    status = host_copy(&session->db->host, at, &arena, &setting);
    status = status == VV_OK
                 ? error_set(error, VV_SQLSTATE_INSUFFICIENT_PRIVILEGE, 0,
                             "must be superuser or have privileges of pg_read_all_settings to "
                             "examine \"%s\"",
                             setting.name)
                 : error_from_status(error, status);
    arena_release(&arena);
    return status;
}

vv_status roles_list(struct varve_session *session, struct arena *arena,
                     struct session_roles *roles_out)
{
    const struct varve_role alone = {
        .name = session->user, .id = SYSTEM_ROLE, .login = 1, .superuser = 1};

    *roles_out = (struct session_roles){.arena = arena};
    if (session->role_list == NULL) {
        put_role(roles_out, &alone);
    } else {
        session->role_list(session->role_list_argument, put_role, roles_out);
    }
    return roles_out->failed ? VV_NOMEM : VV_OK;
}

bool roles_superuser(struct varve_session *session)
{
    struct session_role role;

    return session->role_list == NULL ||
           (role_find(session, session->user, 0, &role) && role.superuser);
}

bool roles_named(struct varve_session *session, const char *name, struct session_role *role_out)
{
    return role_find(session, name, 0, role_out);
}

bool roles_of(struct varve_session *session, uint32_t id, struct session_role *role_out)
{
    return role_find(session, NULL, id, role_out);
}

/* By name, or by id where that is NULL. Out of memory finds nobody. */
static bool role_find(struct varve_session *session, const char *name, uint32_t id,
                      struct session_role *role_out)
{
    struct arena arena;
    struct session_roles roles;
    bool found = false;

    arena_init(&arena, &session->db->alloc, ALLOC_SESSION, 4096);
    if (roles_list(session, &arena, &roles) == VV_OK) {
        for (uint32_t i = 0; i < roles.count && !found; i++) {
            found = name != NULL ? strcmp(roles.roles[i].name, name) == 0 : roles.roles[i].id == id;
            if (found) {
                *role_out = roles.roles[i];
            }
        }
    }
    arena_release(&arena);
    return found;
}

static void put_role(void *context, const struct varve_role *role)
{
    struct session_roles *roles = context;

    if (roles->count == roles->capacity) {
        uint32_t capacity = roles->capacity == 0 ? 16 : roles->capacity * 2;
        struct session_role *grown = ARENA_ARRAY(roles->arena, struct session_role, capacity);

        if (grown == NULL) {
            roles->failed = true;
            return;
        }
        if (roles->count > 0) {
            memcpy(grown, roles->roles, roles->count * sizeof *grown);
        }
        roles->roles = grown;
        roles->capacity = capacity;
    }
    roles->roles[roles->count] = (struct session_role){
        .id = role->id, .login = role->login != 0, .superuser = role->superuser != 0};
    snprintf(roles->roles[roles->count].name, sizeof roles->roles->name, "%s", role->name);
    roles->count++;
}
