/* statement.c - preparing, binding parameters, stepping, ending statements. */

#include "base/assert.h"
#include "db/transfer.h"
#include "plan/bind.h"
#include "sql/sql.h"
#include "value/cast.h"

#include <stdio.h>

#define STATEMENT_ARENA_BYTES 4096u

static void tag_print(char *tag, const char *words, uint64_t count);
static void statement_free(struct varve_statement *statement);
static vv_status cast_parameter(struct varve_statement *statement, uint32_t index,
                                struct vv_error *error);

int varve_prepare(struct varve_session *session, const char *sql, size_t size,
                  struct varve_statement **statement_out, const char **tail_out)
{
    return varve_prepare_typed(session, sql, size, NULL, 0, statement_out, tail_out);
}

int varve_prepare_typed(struct varve_session *session, const char *sql, size_t size,
                        const int *types, int type_count, struct varve_statement **statement_out,
                        const char **tail_out)
{
    int code = session_claim(session);
    size_t count = type_count == VARVE_NO_PARAMETERS ? 1 : (size_t)type_count;
    struct arena arena;
    uint8_t *bytes = NULL;
    size_t first = 0;

    if (statement_out != NULL) {
        *statement_out = NULL;
    }
    if (code != VARVE_OK) {
        return code;
    }
    arena_init(&arena, &session->db->alloc, ALLOC_STATEMENT, STATEMENT_ARENA_BYTES);
    if (sql == NULL || statement_out == NULL || type_count < VARVE_NO_PARAMETERS ||
        type_count > (int)LIMIT_PARAMETERS) {
        code = session_misuse(session, "sql and statement_out must not be NULL");
    } else if (count > 0 && (bytes = arena_get(&arena, count)) == NULL) {
        (void)error_from_status(&session->failure, VV_NOMEM);
        code = session_fail(session);
    } else {
        for (size_t i = 0; i < count; i++) {
            bytes[i] = type_count == VARVE_NO_PARAMETERS ? BIND_NO_PARAMETERS
                                                         : (uint8_t)type_of_code(types[i]);
        }
        size = size == 0 ? strlen(sql) : size;
        first = sql_first_statement(slice_make(sql, size));
        if (tail_out != NULL) {
            *tail_out = sql + first;
        }
        code = statement_make(session, slice_make(sql, first), slice_make(bytes, count),
                              statement_out);
    }
    arena_release(&arena);
    session_drop(session);
    return code;
}

void varve_finalize(struct varve_statement *statement)
{
    struct varve_session *session = NULL;

    if (!statement_is_valid(statement)) {
        return;
    }
    session = statement->session;
    if (session_claim(session) == VARVE_OK) {
        statement_end(statement);
        session_drop(session);
    }
}

int varve_step(struct varve_statement *statement)
{
    struct varve_session *session = NULL;
    int code = VARVE_MISUSE;

    if (!statement_is_valid(statement)) {
        return code;
    }
    session = statement->session;
    code = session_claim(session);
    if (code == VARVE_OK) {
        code = statement->fetching
                   ? session_misuse(session, "varve_step and varve_fetch do not mix in one run")
                   : statement_step(statement);
        session_drop(session);
    }
    return code;
}

int varve_read_parameters(struct varve_statement *statement)
{
    struct varve_session *session = NULL;
    int code = VARVE_MISUSE;

    if (!statement_is_valid(statement)) {
        return code;
    }
    session = statement->session;
    code = session_claim(session);
    if (code != VARVE_OK) {
        return code;
    }
    if (statement->phase != RUN_IDLE) {
        code = session_misuse(session, "the statement is running: reset it first");
    } else if (run_read_parameters(statement, &session->failure) != VV_OK) {
        code = session_fail(session);
    }
    session_drop(session);
    return code;
}

int varve_reset(struct varve_statement *statement)
{
    struct varve_session *session = NULL;
    int code = VARVE_MISUSE;

    if (!statement_is_valid(statement)) {
        return code;
    }
    session = statement->session;
    code = session_claim(session);
    if (code == VARVE_OK) {
        run_stop(statement);
        session_drop(session);
    }
    return code;
}

int varve_parameter_count(struct varve_statement *statement)
{
    return statement_is_valid(statement) && statement->execute == NULL
               ? (int)statement->parameter_count
               : 0; /* EXECUTE brings its arguments with it */
}

int varve_parameter_type(struct varve_statement *statement, int parameter)
{
    if (parameter < 1 || parameter > varve_parameter_count(statement) ||
        (uint32_t)parameter > statement->plan->physical->parameter_count) {
        return VARVE_TYPE_UNKNOWN;
    }
    return code_of_type((enum value_type)statement->plan->physical->parameter_types[parameter - 1]);
}

int varve_bind_null(struct varve_statement *statement, int parameter)
{
    struct value value = value_null(VALUE_UNKNOWN);

    return statement_bind(statement, parameter, &value);
}

int varve_bind_boolean(struct varve_statement *statement, int parameter, int boolean)
{
    struct value value = value_boolean(boolean != 0);

    return statement_bind(statement, parameter, &value);
}

int varve_bind_int64(struct varve_statement *statement, int parameter, int64_t integer)
{
    struct value value = value_bigint(integer);

    return statement_bind(statement, parameter, &value);
}

int varve_bind_double(struct varve_statement *statement, int parameter, double real)
{
    struct value value = value_double(real);

    return statement_bind(statement, parameter, &value);
}

/* A text stands for a value of any type, as an unknown literal does. */
int varve_bind_text(struct varve_statement *statement, int parameter, const char *text, size_t size)
{
    struct value value = value_bytes(VALUE_UNKNOWN, slice_make(text, size));

    value.null = text == NULL;
    return statement_bind(statement, parameter, &value);
}

int varve_bind_bytes(struct varve_statement *statement, int parameter, const void *bytes,
                     size_t size)
{
    struct value value = value_bytes(VALUE_BYTEA, slice_make(bytes, size));

    value.null = bytes == NULL;
    return statement_bind(statement, parameter, &value);
}

uint64_t varve_row_count(struct varve_statement *statement)
{
    return statement_is_valid(statement) ? statement->row_count : 0;
}

const char *varve_command_tag(struct varve_statement *statement)
{
    const struct physical_plan *physical = NULL;

    if (!statement_is_valid(statement)) {
        return "";
    }
    physical = statement->plan->physical;
    if (physical->result != PHYSICAL_RETURNS_COMMAND) {
        tag_print(statement->tag, physical->tag, statement->row_count);
    }
    return statement->tag;
}

void statement_set_tag(struct varve_statement *statement, const char *tag)
{
    size_t size = strlen(tag) + 1;

    VV_ASSERT(size <= STATEMENT_TAG_BYTES);
    memcpy(statement->tag, tag, size);
}

/* "INSERT 0 1": each statement that is served needs one, so no snprintf. */
static void tag_print(char *tag, const char *words, uint64_t count)
{
    char digits[20];
    size_t size = strlen(words);
    unsigned digit_count = 0;

    VV_ASSERT(size + 1 + sizeof digits < STATEMENT_TAG_BYTES);
    memcpy(tag, words, size);
    tag += size;
    *tag++ = ' ';
    do {
        digits[digit_count++] = (char)('0' + count % 10);
        count /= 10;
    } while (count > 0);
    while (digit_count > 0) {
        *tag++ = digits[--digit_count];
    }
    *tag = '\0';
}

int statement_make(struct varve_session *session, vv_slice text, vv_slice types,
                   struct varve_statement **statement_out)
{
    struct alloc *alloc = &session->db->alloc;
    struct varve_statement *statement = NULL;
    struct plan *plan = NULL;

    *statement_out = NULL;
    if (run_plan(session, text, types, &plan, &session->failure) != VV_OK) {
        return session_fail(session);
    }
    if (plan == NULL) {
        return VARVE_OK;
    }
    statement = db_take_handle(session->db, DB_ENDED_STATEMENT, sizeof *statement);
    if (statement == NULL) {
        plan_drop(plan);
        (void)error_from_status(&session->failure, VV_NOMEM);
        return session_fail(session);
    }
    statement->magic = STATEMENT_MAGIC;
    statement->session = session;
    statement->plan = plan;
    list_append(&session->statements, &statement->link);
    arena_init(&statement->arena, alloc, ALLOC_STATEMENT, STATEMENT_ARENA_BYTES);
    if (plan->physical->command != NULL && plan->physical->command->kind == COMMAND_EXECUTE) {
        statement->execute = plan_acquire(plan);
    }
    if (statement_size_parameters(statement, &session->failure) != VV_OK ||
        transfer_create(statement, &session->failure) != VV_OK ||
        (statement->execute != NULL && execute_resolve(statement, &session->failure) != VV_OK)) {
        statement_free(statement);
        return session_fail(session);
    }
    *statement_out = statement;
    return VARVE_OK;
}

int statement_step(struct varve_statement *statement)
{
    return VV_UNLIKELY(statement->transfer != NULL) ? transfer_step(statement)
                                                    : statement_row(statement);
}

int statement_row(struct varve_statement *statement)
{
    vv_status status = VV_OK;

    if (statement->batch != NULL && statement->row + 1 < statement->batch->selected_count) {
        statement->row++;
        arena_reset_to(&statement->arena, statement->row_mark);
        return VARVE_ROW;
    }
    status = run_advance(statement);
    switch (status) {
    case VV_OK:
        return VARVE_ROW;
    case VV_END:
        return VARVE_DONE;
    case VV_WAITING:
        return VARVE_WAITING;
    default:
        return statement_failed(statement);
    }
}

int statement_failed(struct varve_statement *statement)
{
    struct varve_session *session = statement->session;
    int code = session_fail(session);

    if (VV_UNLIKELY((session->extras & SESSION_WATCHED) != 0)) {
        if (statement->started_ns == 0) { /* it failed before it began */
            watch_begin(statement);
        }
        watch_end(statement, code);
    }
    return code;
}

void statement_end(struct varve_statement *statement)
{
    run_stop(statement);
    statement_free(statement);
}

void statement_forget_exec(struct varve_statement *statement)
{
    exec_destroy(statement->exec);
    statement->exec = NULL;
}

vv_status statement_size_parameters(struct varve_statement *statement, struct vv_error *error)
{
    struct alloc *alloc = &statement->session->db->alloc;
    uint32_t count = statement->plan->physical->parameter_count;
    size_t old_size = statement->parameter_count * sizeof(struct value);
    size_t size = count * sizeof(struct value);
    struct value *bound = NULL;
    struct value *parameters = NULL;

    if (count <= statement->parameter_count) {
        return VV_OK;
    }
    bound = alloc_zero(alloc, ALLOC_STATEMENT, size);
    parameters = alloc_zero(alloc, ALLOC_STATEMENT, size);
    if (bound == NULL || parameters == NULL) {
        alloc_free(alloc, ALLOC_STATEMENT, bound, size);
        alloc_free(alloc, ALLOC_STATEMENT, parameters, size);
        return error_from_status(error, VV_NOMEM);
    }
    for (uint32_t i = 0; i < count; i++) {
        bound[i] = i < statement->parameter_count ? statement->bound[i] : value_null(VALUE_UNKNOWN);
    }
    alloc_free(alloc, ALLOC_STATEMENT, statement->bound, old_size);
    alloc_free(alloc, ALLOC_STATEMENT, statement->parameters, old_size);
    statement->bound = bound;
    statement->parameters = parameters;
    statement->parameter_count = count;
    return VV_OK;
}

vv_status statement_cast_parameters(struct varve_statement *statement, struct vv_error *error)
{
    const struct physical_plan *physical = statement->plan->physical;

    for (uint32_t i = 0; i < physical->parameter_count; i++) {
        const struct value *bound = &statement->bound[i];

        if (VV_LIKELY(bound->type == physical->parameter_types[i])) {
            statement->parameters[i] = *bound;
        } else if (bound->type == VALUE_UNKNOWN && physical->parameter_types[i] == VALUE_TEXT) {
            statement->parameters[i] = *bound; /* every text is one of type text as it is */
            statement->parameters[i].type = VALUE_TEXT;
        } else {
            VV_TRY(cast_parameter(statement, i, error));
        }
    }
    return VV_OK;
}

/* Strings are what their parameter takes already; those that need memory keep their text and are read again. */
vv_status statement_read_parameters(struct varve_statement *statement, struct vv_error *error)
{
    const struct physical_plan *physical = statement->plan->physical;

    for (uint32_t i = 0; i < physical->parameter_count && i < statement->parameter_count; i++) {
        enum value_type wanted = (enum value_type)physical->parameter_types[i];

        if (statement->bound[i].type != VALUE_UNKNOWN || statement->bound[i].null ||
            wanted == VALUE_TEXT) {
            continue;
        }
        VV_TRY(cast_parameter(statement, i, error));
        if (value_type_info(wanted)->storage != VALUE_STORAGE_STRING) {
            statement->bound[i] = statement->parameters[i];
        }
    }
    return VV_OK;
}

static void statement_free(struct varve_statement *statement)
{
    struct alloc *alloc = &statement->session->db->alloc;
    size_t size = statement->parameter_count * sizeof(struct value);

    list_remove(&statement->link);
    exec_destroy(statement->exec);
    transfer_destroy(statement->transfer);
    alloc_free(alloc, ALLOC_STATEMENT, statement->env, sizeof *statement->env);
    arena_release(&statement->arena);
    alloc_free(alloc, ALLOC_STATEMENT, statement->bound, size);
    alloc_free(alloc, ALLOC_STATEMENT, statement->parameters, size);
    plan_drop(statement->plan);
    plan_drop(statement->execute);
    db_end_handle(statement->session->db, DB_ENDED_STATEMENT, statement, sizeof *statement);
}

int statement_bind(struct varve_statement *statement, int parameter, const struct value *value)
{
    if (!statement_is_valid(statement)) {
        return VARVE_MISUSE;
    }
    if (statement->phase != RUN_IDLE) {
        return session_misuse(statement->session,
                              "the statement is running: reset it before binding");
    }
    if (parameter < 1 || (uint32_t)parameter > statement->parameter_count ||
        VV_UNLIKELY(statement->execute != NULL)) {
        (void)error_set(&statement->session->failure, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                        "there is no parameter $%d: the statement has %u", parameter,
                        statement->parameter_count);
        return session_fail(statement->session);
    }
    statement->bound[parameter - 1] = *value;
    return VARVE_OK;
}

/* As an assignment to a column of the parameter's type; texts are read as the type's input. */
static vv_status cast_parameter(struct varve_statement *statement, uint32_t index,
                                struct vv_error *error)
{
    enum value_type wanted = (enum value_type)statement->plan->physical->parameter_types[index];
    const struct value *bound = &statement->bound[index];
    struct value *parameter = &statement->parameters[index];
    struct context *before = NULL;
    vv_status status = VV_OK;

    if (bound->null) {
        *parameter = value_null(wanted);
        return VV_OK;
    }
    if (bound->type == VALUE_BIGINT && wanted == VALUE_INTEGER && bound->integer >= INT32_MIN &&
        bound->integer <= INT32_MAX) {
        *parameter = *bound;
        parameter->type = VALUE_INTEGER;
        return VV_OK;
    }
    if (cast_between((enum value_type)bound->type, wanted) < CAST_ASSIGNMENT) {
        return error_set(error, VV_SQLSTATE_DATATYPE_MISMATCH, 0,
                         "parameter $%u is of type %s but the value given is of type %s", index + 1,
                         value_type_info(wanted)->text,
                         value_type_info((enum value_type)bound->type)->text);
    }
    before = session_context_enter(statement->session);
    status = cast_value(bound, wanted, VALUE_NO_MODIFIER, &statement->arena, parameter, error);
    session_context_leave(before);
    return status == VV_OK ? VV_OK : error_from_status(error, status);
}
