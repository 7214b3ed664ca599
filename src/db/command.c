/* command.c - transactions, settings and EXPLAIN: what runs without touching rows. */
#include "db/db_private.h"

#include "base/assert.h"
#include "plan/explain.h"

#include <stdio.h>

static vv_status set_run(struct varve_session *session, const struct command *command,
                         struct vv_error *error);
static bool is_of_transaction(uint32_t id);
static vv_status reset_all_run(struct varve_session *session, struct vv_error *error);
static vv_status show_run(struct varve_statement *statement, const char *name,
                          struct vv_error *error);
static vv_status discard_run(struct varve_session *session, const struct command *command,
                             struct vv_error *error);
static vv_status explain_run(struct varve_statement *statement, const struct command *command,
                             struct vv_error *error);
static bool rows_make(struct varve_statement *statement, unsigned row_count);
static void rows_put(struct varve_statement *statement, unsigned row, unsigned column,
                     vv_slice text);

vv_status command_run(struct varve_statement *statement, const struct command *command,
                      struct vv_error *error)
{
    struct varve_session *session = statement->session;
    const char *tag = command->tag;
    vv_status status = VV_OK;

    switch (command->kind) {
    case COMMAND_SET:
        return set_run(session, command, error);
    case COMMAND_RESET:
        if (strcmp(command->setting.name, "all") == 0) {
            return reset_all_run(session, error);
        }
        return set_run(session, command, error);
    case COMMAND_SHOW:
        return show_run(statement, command->setting.name, error);
    case COMMAND_EXPLAIN:
        return explain_run(statement, command, error);
    case COMMAND_PREPARE:
        return prepare_run(statement, command, error);
    case COMMAND_DEALLOCATE:
        return deallocate_run(session, command->name, error);
    case COMMAND_DISCARD:
        return discard_run(session, command, error);
    case COMMAND_ROLE:
        return roles_run(session, command, error);
    default:
        store_enter(session->store);
        status = transaction_command(session, command, &tag, error);
        store_leave(session->store);
        snprintf(statement->tag, sizeof statement->tag, "%s", tag);
        return status;
    }
}

static bool is_of_transaction(uint32_t id)
{
    return id == SETTING_TRANSACTION_ISOLATION || id == SETTING_TRANSACTION_READ_ONLY ||
           id == SETTING_TRANSACTION_DEFERRABLE;
}

vv_status session_change(struct varve_session *session, const char *name, const char *value,
                         bool local, struct vv_error *error)
{
    uint32_t id = settings_find(&session->settings, name);
    bool of_transaction = is_of_transaction(id);
    struct setting_value fresh;

    if (of_transaction || id == SETTING_DEFAULT_TRANSACTION_ISOLATION) {
        VV_TRY(settings_parse(&session->settings, id, value, &fresh, error));
        VV_TRY(transaction_mode_check(session, (enum setting_id)id, fresh.number, error));
    }
    VV_TRY(session_set(session, name, value, local || of_transaction, transaction_is_open(session),
                       error));
    if (!transaction_is_open(session)) {
        transaction_modes_renew(session);
    }
    return VV_OK;
}

/* The statements of one message are a transaction, which also undoes what they have set. */
static vv_status set_run(struct varve_session *session, const struct command *command,
                         struct vv_error *error)
{
    bool alone = session->block == BLOCK_NONE && !session->in_exec;
    vv_status status = VV_OK;

    if (command->setting.several) {
        return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "SET %s takes only one argument", command->setting.name);
    }
    if (command->setting.local && alone) {
        session_notice(session, "WARNING", "25P01",
                       "SET LOCAL can only be used in transaction blocks");
    }
    if (command->kind == COMMAND_RESET && alone &&
        is_of_transaction(settings_find(&session->settings, command->setting.name))) {
        session_notice(session, "WARNING", "25P01",
                       "RESET TRANSACTION can only be used in transaction blocks");
    }
    store_enter(session->store);
    if (session->in_exec && session->block == BLOCK_NONE) {
        status = transaction_ensure(session, error);
    }
    if (status == VV_OK) {
        status = session_change(session, command->setting.name, command->setting.value,
                                command->setting.local, error);
    }
    store_leave(session->store);
    return status;
}

static vv_status reset_all_run(struct varve_session *session, struct vv_error *error)
{
    vv_status status = settings_reset_all(&session->settings, transaction_is_open(session), error);

    if (!transaction_is_open(session)) {
        transaction_modes_renew(session);
    }
    return status;
}

static vv_status show_run(struct varve_statement *statement, const char *name,
                          struct vv_error *error)
{
    const struct settings *settings = &statement->session->settings;
    bool all = strcmp(name, "all") == 0;
    uint32_t only = settings_find(settings, name);
    char text[SETTING_TEXT_BYTES];

    if (!all && only == SETTING_NONE) {
        return error_set(error, VV_SQLSTATE_UNDEFINED_OBJECT, 0,
                         "unrecognized configuration parameter \"%s\"", name);
    }
    if (!rows_make(statement, all ? SETTING_COUNT : 1)) {
        return error_from_status(error, VV_NOMEM);
    }
    for (unsigned row = 0; row < statement->command_batch.row_count; row++) {
        uint32_t id = all ? row : only;
        char *copy = NULL;

        settings_show(settings, id, text);
        copy = arena_text(&statement->arena, text, strlen(text));
        if (copy == NULL) {
            return error_from_status(error, VV_NOMEM);
        }
        if (all) {
            rows_put(statement, row, 0, slice_text(settings_name((enum setting_id)id)));
            rows_put(statement, row, 2, slice_text(settings_description((enum setting_id)id)));
        }
        rows_put(statement, row, all ? 1 : 0, slice_text(copy));
    }
    statement->batch = &statement->command_batch;
    return VV_OK;
}

/* Plans belong to the database and temporary tables do not exist: nothing of the session's own is left to drop
 * for PLANS and TEMP. */
static vv_status discard_run(struct varve_session *session, const struct command *command,
                             struct vv_error *error)
{
    if (command->discard.all) {
        VV_TRY(transaction_forbidden(session, command->tag, error));
        VV_TRY(reset_all_run(session, error));
        prepared_end_all(session);
    }
    if (command->discard.all || command->discard.sequences) {
        session_sequences_release(session);
    }
    return VV_OK;
}

/* One row a line. */
static vv_status explain_run(struct varve_statement *statement, const struct command *command,
                             struct vv_error *error)
{
    const struct physical_plan *physical = command->explain.physical;
    const char *const *lines = NULL;
    uint32_t line_count = 0;

    statement->session->queried = true;
    if (command->explain.execute != NULL) {
        struct plan *plan = NULL;

        VV_TRY(prepared_plan(statement->session, command->explain.execute->execute.name, &plan,
                             error));
        physical = plan->physical;
    }
    if (explain_print(physical, command->explain.costs, &statement->arena, &lines, &line_count) !=
            VV_OK ||
        !rows_make(statement, line_count)) {
        return error_from_status(error, VV_NOMEM);
    }
    for (uint32_t row = 0; row < line_count; row++) {
        rows_put(statement, row, 0, slice_text(lines[row]));
    }
    statement->batch = &statement->command_batch;
    return VV_OK;
}

/* Text columns as the plan declares them, in the statement's arena. */
static bool rows_make(struct varve_statement *statement, unsigned row_count)
{
    uint32_t column_count = statement->plan->physical->column_count;
    struct value_batch *batch = &statement->command_batch;

    VV_ASSERT(row_count <= LIMIT_BATCH_ROWS);
    *batch = (struct value_batch){
        .column_count = column_count, .row_count = row_count, .selected_count = row_count};
    batch->columns = ARENA_ARRAY(&statement->arena, struct value_vector, column_count);
    if (batch->columns == NULL) {
        return false;
    }
    for (uint32_t column = 0; column < column_count; column++) {
        if (!vector_init_sized(&batch->columns[column], VALUE_TEXT, row_count, &statement->arena)) {
            return false;
        }
        vector_reset(&batch->columns[column]);
    }
    return true;
}

static void rows_put(struct varve_statement *statement, unsigned row, unsigned column,
                     vv_slice text)
{
    struct value value = value_bytes(VALUE_TEXT, text);

    VV_ASSERT(column < statement->command_batch.column_count);
    vector_set(&statement->command_batch.columns[column], row, &value);
}
