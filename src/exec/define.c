/*
 * define.c - CREATE, ALTER and DROP of tables, indexes and sequences, through the catalog.
 *
 * Each catalog call begins the statement anew before it writes (catalog.h). So DROP of several names is
 * several statements, one for each name, behind a mark to which a failure rolls all of them back. Each
 * may wait for a lock; the state says where to go on.
 */
#include "catalog/catalog.h"
#include "catalog/catalog_comment.h"
#include "catalog/catalog_map.h"
#include "catalog/sequence.h"
#include "exec/alter.h"
#include "exec/index_values.h"
#include "exec/operator.h"

static vv_status drop(const struct catalog_ddl *ddl, const struct command *command, uint32_t i);
static vv_status drop_all(const struct catalog_ddl *ddl, const struct command *command,
                          struct exec_define_state *state);

bool exec_defines(const struct command *command)
{
    return command->kind <= COMMAND_LAST_DEFINITION || command->kind == COMMAND_LOCK_TABLE ||
           command->kind == COMMAND_ANALYZE;
}

vv_status exec_define(const struct exec_env *env, const struct command *command,
                      struct exec_define_state *state, const struct catalog_listener *listener,
                      struct vv_error *error)
{
    struct index_build build = {.env = env, .error = error};
    struct catalog_ddl ddl = {.catalog = env->catalog,
                              .session = env->session,
                              .listener = listener,
                              .error = error,
                              .computer = index_build_computer,
                              .computer_context = &build};
    vv_status status = VV_UNSUPPORTED;

    switch ((enum command_kind)command->kind) {
    case COMMAND_CREATE_TABLE:
        status = command->create_table.skips
                     ? catalog_skip_table(&ddl, command->create_table.spec.schema,
                                          command->create_table.spec.name)
                     : catalog_create_table(&ddl, &command->create_table.spec,
                                            command->create_table.if_not_exists);
        break;
    case COMMAND_CREATE_INDEX:
        status =
            catalog_create_index(&ddl, command->create_index.table.schema,
                                 command->create_index.table.name, command->create_index.base,
                                 &command->create_index.index, command->create_index.if_not_exists);
        break;
    case COMMAND_CREATE_SEQUENCE:
        status = sequence_create(&ddl, command->sequence.name.schema, command->sequence.name.name,
                                 &command->sequence.options, command->sequence.if_exists);
        break;
    case COMMAND_ALTER_SEQUENCE:
        if (command->sequence.new_name != NULL) {
            status =
                sequence_rename(&ddl, command->sequence.name.schema, command->sequence.name.name,
                                command->sequence.new_name, command->sequence.if_exists);
            break;
        }
        status = sequence_alter(&ddl, command->sequence.name.schema, command->sequence.name.name,
                                &command->sequence.options, command->sequence.if_exists);
        break;
    case COMMAND_ALTER_TABLE:
        status = alter_run(env, &ddl, command);
        break;
    case COMMAND_ALTER_INDEX:
        status = catalog_rename_index(&ddl, command->alter.table.schema, command->alter.table.name,
                                      command->alter.new_name, command->alter.if_exists);
        break;
    case COMMAND_DROP_TABLE:
    case COMMAND_DROP_INDEX:
    case COMMAND_DROP_SEQUENCE:
    case COMMAND_TRUNCATE:
        status = command->drop.count == 1 ? drop(&ddl, command, 0) : drop_all(&ddl, command, state);
        break;
    case COMMAND_COMMENT:
        status = catalog_comment(&ddl, &(struct catalog_comment_wish){
                                           .kind = (enum catalog_commented)command->comment.object,
                                           .schema = command->comment.name.schema,
                                           .name = command->comment.name.name,
                                           .part = command->comment.part,
                                           .text = command->comment.text});
        break;
    case COMMAND_LOCK_TABLE:
        return VV_OK; /* the statement has taken the locks of its tables */
    case COMMAND_ANALYZE:
        return exec_analyze(env, command, error);
    default:
        break;
    }
    status = index_build_end(&build, status);
    return status == VV_CHANGED ? status : exec_error(env->session, status, error);
}

void exec_define_undo(const struct exec_env *env, struct exec_define_state *state)
{
    if (state->begun && store_in_transaction(env->session)) {
        store_rollback_to(env->session, state->mark);
    }
    *state = (struct exec_define_state){0};
}

static vv_status drop(const struct catalog_ddl *ddl, const struct command *command, uint32_t i)
{
    const struct command_name *name = &command->drop.names[i];
    struct catalog_map map;

    if (command->kind == COMMAND_TRUNCATE) {
        return catalog_truncate_table(ddl, name->schema, name->name,
                                      command->drop.restart_identity);
    }
    if (command->kind == COMMAND_DROP_SEQUENCE) {
        return sequence_drop(ddl, name->schema, name->name, command->drop.if_exists);
    }
    if (command->kind == COMMAND_DROP_TABLE &&
        catalog_map_find(ddl->catalog, ddl->session, name->schema, name->name, &map) == VV_OK) {
        vv_status status = catalog_map_drop(ddl, name->schema, name->name);

        if (status != VV_NOT_FOUND && status != VV_INVALID) {
            return status; /* else it is no map any more */
        }
    }
    return command->kind == COMMAND_DROP_TABLE
               ? catalog_drop_table(ddl, name->schema, name->name, command->drop.if_exists)
               : catalog_drop_index(ddl, name->schema, name->name, command->drop.if_exists);
}

static vv_status drop_all(const struct catalog_ddl *ddl, const struct command *command,
                          struct exec_define_state *state)
{
    struct store_session *session = ddl->session;

    if (!state->begun) {
        store_statement_abort(session); /* it is empty; a mark is set between statements */
        state->mark = store_savepoint(session);
        state->begun = true;
        VV_TRY(store_statement_begin(session));
    }
    for (;;) {
        if (!state->dropped) {
            VV_TRY(drop(ddl, command, state->next));
            state->dropped = true;
        }
        if (state->next + 1 == command->drop.count) {
            return VV_OK;
        }
        VV_TRY(store_statement_end(session));
        state->next++;
        state->dropped = false;
        VV_TRY(store_statement_begin(session));
    }
}
