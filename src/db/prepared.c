/*
 * prepared.c - PREPARE, EXECUTE and DEALLOCATE: the statements that a session knows by name.
 *
 * A name holds a plan, which the plan cache shares with everybody who prepares the same text, and the types of its
 * parameters. A statement made of EXECUTE keeps two plans: its own, with the arguments, and the one it names,
 * which it runs as if it had been prepared from that text. Names outlive transactions, also those that are
 * rolled back, as in PostgreSQL.
 */
#include "db/db_private.h"

#include "base/assert.h"
#include "os/os.h"
#include "sql/sql.h"
#include "value/calendar.h"

#include <stdio.h>

static vv_status prepared_add(struct varve_session *session, const char *name, struct plan *plan,
                              vv_slice text, bool from_sql, struct vv_error *error);
static vv_status resolve(struct varve_statement *statement, struct vv_error *error);
static vv_status prepared_renew(struct varve_session *session, struct session_prepared *prepared,
                                struct vv_error *error);
static void prepared_end(struct varve_session *session, struct session_prepared *prepared);
static vv_status prepared_unknown(const char *name, struct vv_error *error);
static vv_status prepared_exists(const char *name, struct vv_error *error);
static bool result_changed(const struct physical_plan *before, const struct physical_plan *after);
static uint32_t characters(vv_slice text);

vv_status prepare_run(struct varve_statement *statement, const struct command *command,
                      struct vv_error *error)
{
    vv_slice text = statement->plan->text;
    vv_slice inner = sql_prepared_text(text);
    vv_slice types = slice_make(command->prepare.types, command->prepare.type_count);
    struct plan *plan = NULL;
    vv_status status = VV_OK;

    statement->session->queried = true;
    status = run_plan(statement->session, inner, types, &plan, error);
    if (status != VV_OK) {
        if (error->position > 0) {
            error->position += characters(slice_make(text.data, text.size - inner.size));
        }
        return status;
    }
    VV_ASSERT(plan != NULL);
    if (prepared_find(statement->session, command->prepare.name) != NULL) {
        status = prepared_exists(command->prepare.name, error);
    } else {
        status = prepared_add(statement->session, command->prepare.name, plan, text, true, error);
    }
    plan_drop(plan);
    return status;
}

vv_status deallocate_run(struct varve_session *session, const char *name, struct vv_error *error)
{
    struct session_prepared *prepared = NULL;

    if (name == NULL) {
        prepared_end_all(session);
        return VV_OK;
    }
    prepared = prepared_find(session, name);
    if (prepared == NULL) {
        return prepared_unknown(name, error);
    }
    prepared_end(session, prepared);
    return VV_OK;
}

int varve_name_statement(struct varve_statement *statement, const char *name)
{
    struct varve_session *session = NULL;
    struct plan *plan = NULL;
    int code = VARVE_OK;

    if (statement == NULL || statement->magic != STATEMENT_MAGIC || name == NULL) {
        return VARVE_MISUSE;
    }
    session = statement->session;
    code = session_claim(session);
    if (code != VARVE_OK) {
        return code;
    }
    plan = statement->execute == NULL ? statement->plan : statement->execute;
    if (prepared_find(session, name) != NULL) {
        (void)prepared_exists(name, &session->failure);
        code = session_fail(session);
    } else if (prepared_add(session, name, plan, plan->text, false, &session->failure) != VV_OK) {
        code = session_fail(session);
    }
    session_drop(session);
    return code;
}

uint64_t varve_named(struct varve_session *session, const char *name)
{
    struct session_prepared *prepared = NULL;

    if (session == NULL || session->magic != SESSION_MAGIC || name == NULL) {
        return 0;
    }
    prepared = prepared_find(session, name);
    return prepared == NULL ? 0 : prepared->id;
}

uint64_t varve_names_version(struct varve_session *session)
{
    return session == NULL || session->magic != SESSION_MAGIC ? 0 : session->names_version;
}

int varve_prepare_named(struct varve_session *session, const char *name,
                        struct varve_statement **statement_out)
{
    int code = session_claim(session);
    struct session_prepared *prepared = NULL;

    if (code != VARVE_OK) {
        return code;
    }
    prepared = name == NULL ? NULL : prepared_find(session, name);
    code = prepared == NULL
               ? VARVE_NOT_FOUND
               : statement_make(session, prepared->plan->text,
                                slice_make(prepared->types, prepared->type_count), statement_out);
    session_drop(session);
    return code;
}

int varve_forget_name(struct varve_session *session, const char *name)
{
    int code = session_claim(session);
    struct session_prepared *prepared = NULL;

    if (code != VARVE_OK) {
        return code;
    }
    prepared = name == NULL ? NULL : prepared_find(session, name);
    if (prepared == NULL) {
        code = VARVE_NOT_FOUND;
    } else {
        prepared_end(session, prepared);
    }
    session_drop(session);
    return code;
}

vv_status prepared_plan(struct varve_session *session, const char *name, struct plan **plan_out,
                        struct vv_error *error)
{
    struct session_prepared *prepared = prepared_find(session, name);

    if (prepared == NULL) {
        return prepared_unknown(name, error);
    }
    VV_TRY(prepared_renew(session, prepared, error));
    *plan_out = prepared->plan;
    return VV_OK;
}

vv_status execute_resolve(struct varve_statement *statement, struct vv_error *error)
{
    struct varve_session *session = statement->session;
    vv_status status = resolve(statement, error);

    if (status != VV_OK && (session->implicit || session->block == BLOCK_OPEN)) {
        store_enter(session->store);
        transaction_failed(session);
        store_leave(session->store);
    }
    return status;
}

static vv_status resolve(struct varve_statement *statement, struct vv_error *error)
{
    struct varve_session *session = statement->session;
    const char *name = statement->execute->physical->command->execute.name;
    struct session_prepared *prepared = prepared_find(session, name);
    struct plan *again = NULL;

    if (prepared == NULL) {
        return prepared_unknown(name, error);
    }
    if (statement->execute_id != 0 && statement->execute_id != prepared->id) {
        VV_TRY(
            run_plan(session, statement->execute->text, statement->execute->types, &again, error));
        plan_drop(statement->execute);
        statement->execute = again;
    }
    VV_TRY(prepared_renew(session, prepared, error));
    if (statement->plan != prepared->plan) {
        statement_forget_exec(statement);
        plan_drop(statement->plan);
        statement->plan = plan_acquire(prepared->plan);
        VV_TRY(statement_size_parameters(statement, error));
    }
    statement->execute_id = prepared->id;
    return VV_OK;
}

vv_status execute_arguments(struct varve_statement *statement, struct vv_error *error)
{
    const struct physical_plan *physical = statement->execute->physical->command->execute.physical;
    const struct value_batch *batch = NULL;
    struct exec *exec = NULL;
    vv_status status = VV_OK;

    if (physical == NULL) {
        return VV_OK;
    }
    status = exec_create(&statement->session->env, physical, &exec, error);
    if (status == VV_OK) {
        status = exec_start(exec, NULL, false, error);
    }
    if (status == VV_OK) {
        status = exec_next(exec, &batch, error);
    }
    for (uint32_t i = 0; status == VV_OK && i < physical->column_count; i++) {
        struct value *parameter = &statement->parameters[i];

        struct value argument;

        vector_get(&batch->columns[i], 0, &argument);
        argument.type = statement->plan->physical->parameter_types[i];
        if (!value_copy(&statement->arena, &argument, parameter)) {
            status = error_from_status(error, VV_NOMEM);
        }
    }
    exec_destroy(exec);
    statement->row_mark = arena_mark(&statement->arena); /* texts of rows come after them */
    return status;
}

bool prepared_types(void *context, const char *name, const uint8_t **types_out, uint32_t *count_out)
{
    struct varve_session *session = context;
    struct session_prepared *prepared = prepared_find(session, name);

    session->context.used = true; /* a name means something else in another session */
    if (prepared == NULL) {
        return false;
    }
    *types_out = prepared->types;
    *count_out = prepared->type_count;
    return true;
}

struct session_prepared *prepared_find(struct varve_session *session, const char *name)
{
    list_for_each(link, &session->prepared) {
        struct session_prepared *prepared = LIST_OF(link, struct session_prepared, link);

        if (strncmp(prepared->name, name, LIMIT_NAME_BYTES) == 0) {
            return prepared;
        }
    }
    return NULL;
}

void prepared_end_all(struct varve_session *session)
{
    while (!list_empty(&session->prepared)) {
        prepared_end(session, LIST_OF(session->prepared.next, struct session_prepared, link));
    }
}

static vv_status prepared_add(struct varve_session *session, const char *name, struct plan *plan,
                              vv_slice text, bool from_sql, struct vv_error *error)
{
    struct alloc *alloc = &session->db->alloc;
    uint32_t count = plan->physical->parameter_count;
    struct session_prepared *prepared = alloc_zero(alloc, ALLOC_SESSION, sizeof *prepared);
    uint8_t *types = alloc_zero(alloc, ALLOC_SESSION, count + 1);
    char *copy = alloc_zero(alloc, ALLOC_SESSION, text.size + 1);

    if (prepared == NULL || types == NULL || copy == NULL) {
        alloc_free(alloc, ALLOC_SESSION, prepared, sizeof *prepared);
        alloc_free(alloc, ALLOC_SESSION, types, count + 1);
        alloc_free(alloc, ALLOC_SESSION, copy, text.size + 1);
        return error_from_status(error, VV_NOMEM);
    }
    if (count > 0) {
        memcpy(types, plan->physical->parameter_types, count);
    }
    memcpy(copy, text.data, text.size);
    prepared->text = copy;
    prepared->text_size = text.size;
    prepared->types = types;
    prepared->type_count = count;
    prepared->from_sql = from_sql;
    prepared->began = os_wall_us(session->db->os) - CALENDAR_UNIX_OFFSET;
    prepared->plan = plan_acquire(plan);
    prepared->id = ++session->prepared_count;
    snprintf(prepared->name, sizeof prepared->name, "%s", name);
    list_append(&session->prepared, &prepared->link);
    session->names_version++;
    return VV_OK;
}

/* Plans it anew when the definitions have changed; what it returns may not. */
static vv_status prepared_renew(struct varve_session *session, struct session_prepared *prepared,
                                struct vv_error *error)
{
    struct plan *before = prepared->plan;
    struct plan *after = NULL;

    if (before->physical->command != NULL) { /* a host may name any statement */
        return error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "EXECUTE of a prepared %s is not supported yet",
                         before->physical->command->tag);
    }
    if (VV_LIKELY(plan_is_current(before) && !plan_is_outdated(session, before))) {
        return VV_OK;
    }
    VV_TRY(run_plan(session, before->text, slice_make(prepared->types, prepared->type_count),
                    &after, error));
    if (result_changed(before->physical, after->physical)) {
        plan_drop(after);
        return error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                         "cached plan must not change result type");
    }
    prepared->plan = after;
    plan_drop(before);
    return VV_OK;
}

static void prepared_end(struct varve_session *session, struct session_prepared *prepared)
{
    struct alloc *alloc = &session->db->alloc;

    list_remove(&prepared->link);
    plan_drop(prepared->plan);
    alloc_free(alloc, ALLOC_SESSION, prepared->types, prepared->type_count + 1);
    alloc_free(alloc, ALLOC_SESSION, prepared->text, prepared->text_size + 1);
    alloc_free(alloc, ALLOC_SESSION, prepared, sizeof *prepared);
    session->names_version++;
}

static vv_status prepared_unknown(const char *name, struct vv_error *error)
{
    return error_set(error, VV_SQLSTATE_INVALID_STATEMENT_NAME, 0,
                     "prepared statement \"%s\" does not exist", name);
}

static vv_status prepared_exists(const char *name, struct vv_error *error)
{
    return error_set(error, VV_SQLSTATE_DUPLICATE_PREPARED_STATEMENT, 0,
                     "prepared statement \"%s\" already exists", name);
}

static bool result_changed(const struct physical_plan *before, const struct physical_plan *after)
{
    if (before->column_count != after->column_count) {
        return true;
    }
    for (uint32_t i = 0; i < before->column_count; i++) {
        if (before->column_types[i] != after->column_types[i] ||
            strcmp(before->column_names[i], after->column_names[i]) != 0) {
            return true;
        }
    }
    return false;
}

static uint32_t characters(vv_slice text)
{
    uint32_t count = 0;

    for (size_t i = 0; i < text.size; i++) {
        count += (text.data[i] & 0xC0) != 0x80;
    }
    return count;
}
