/*
 * define.c - CREATE and DROP of tables and indexes, through the catalog.
 *
 * Each catalog call begins the statement anew before it writes (catalog.h). So DROP of several names is
 * several statements, one for each name, behind a mark to which a failure rolls all of them back.
 */
#include "catalog/catalog.h"
#include "exec/operator.h"

static vv_status drop(const struct catalog_ddl *ddl, const struct command *command, uint32_t i);
static vv_status drop_all(const struct catalog_ddl *ddl, const struct command *command);

bool exec_defines(const struct command *command)
{
    return command->kind == COMMAND_CREATE_TABLE || command->kind == COMMAND_CREATE_INDEX ||
           command->kind == COMMAND_DROP_TABLE || command->kind == COMMAND_DROP_INDEX;
}

vv_status exec_define(const struct exec_env *env, const struct command *command,
                      struct catalog_notice *notice, struct vv_error *error)
{
    struct catalog_ddl ddl = {
        .catalog = env->catalog, .session = env->session, .notice = notice, .error = error};
    vv_status status = VV_UNSUPPORTED;

    switch ((enum command_kind)command->kind) {
    case COMMAND_CREATE_TABLE:
        status = catalog_create_table(&ddl, &command->create_table.spec,
                                      command->create_table.if_not_exists);
        break;
    case COMMAND_CREATE_INDEX:
        status = catalog_create_index(
            &ddl, command->create_index.table.schema, command->create_index.table.name,
            &command->create_index.index, command->create_index.if_not_exists);
        break;
    case COMMAND_DROP_TABLE:
    case COMMAND_DROP_INDEX:
        status = command->drop.count == 1 ? drop(&ddl, command, 0) : drop_all(&ddl, command);
        break;
    default:
        break;
    }
    return exec_error(env->session, status, error);
}

static vv_status drop(const struct catalog_ddl *ddl, const struct command *command, uint32_t i)
{
    const struct command_name *name = &command->drop.names[i];

    return command->kind == COMMAND_DROP_TABLE
               ? catalog_drop_table(ddl, name->schema, name->name, command->drop.if_exists)
               : catalog_drop_index(ddl, name->schema, name->name, command->drop.if_exists);
}

static vv_status drop_all(const struct catalog_ddl *ddl, const struct command *command)
{
    struct store_session *session = ddl->session;
    struct store_mark mark;
    vv_status status = VV_OK;

    store_statement_abort(session); /* it is empty; a mark is set between statements */
    mark = store_savepoint(session);
    for (uint32_t i = 0; i < command->drop.count && status == VV_OK; i++) {
        status = i == 0 ? VV_OK : store_statement_end(session);
        if (status == VV_OK) {
            status = store_statement_begin(session);
        }
        if (status == VV_OK) {
            status = drop(ddl, command, i);
        }
    }
    if (status != VV_OK) {
        store_statement_abort(session);
        store_rollback_to(session, mark);
        /* The caller aborts a running statement. */
        return store_statement_begin(session) == VV_OK ? status : VV_CANCELED;
    }
    return VV_OK;
}
