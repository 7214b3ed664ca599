/* command.c - transactions, settings, VACUUM and its kin, EXPLAIN: what touches no rows itself. */
#include "db/db_private.h"

#include "base/assert.h"
#include "catalog/catalog.h"
#include "db/cursor.h"
#include "os/os.h"
#include "plan/deparse.h"
#include "plan/explain.h"
#include "sql/sql.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#define VACUUM_STEPS 100000u /* a bound, far beyond what is ever due */

static vv_status maintain_run(struct varve_statement *statement, const struct command *command,
                              struct vv_error *error);
static vv_status all_tables(struct varve_statement *statement, const char **text_out,
                            struct vv_error *error);
static vv_status analyze(struct varve_statement *statement, const char *text,
                         struct vv_error *error);
static vv_status explain_run(struct varve_statement *statement, const struct command *command,
                             struct vv_error *error);
static vv_status inner_begin(struct varve_statement *statement, const char *text,
                             const struct command_explain_options *options, struct vv_error *error);
static vv_status inner_run(struct varve_statement *statement);
static bool measure(void *context, const struct physical_node *node,
                    struct explain_measure *measure_out);
static bool rows_make(struct varve_statement *statement, unsigned row_count);
static void rows_put(struct varve_statement *statement, unsigned row, unsigned column,
                     vv_slice text);
static vv_status set_run(struct varve_session *session, const struct command *command,
                         struct vv_error *error);
static bool is_of_transaction(uint32_t id);
static vv_status reset_all_run(struct varve_session *session, struct vv_error *error);
static vv_status show_run(struct varve_statement *statement, const char *name,
                          struct vv_error *error);
static vv_status discard_run(struct varve_session *session, const struct command *command,
                             struct vv_error *error);

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
    case COMMAND_DECLARE:
        return cursor_declare(statement, command, error);
    case COMMAND_FETCH:
        return cursor_fetch(statement, error);
    case COMMAND_CLOSE:
        return cursor_close(session, command->name, error);
    case COMMAND_ROLE:
        return roles_run(session, command, error);
    case COMMAND_MAINTAIN:
        return maintain_run(statement, command, error);
    default:
        store_enter(session->store);
        status = transaction_command(session, command, &tag, error);
        store_leave(session->store);
        statement_set_tag(statement, tag);
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

/* A name with its values, for SHOW ALL's order. */
struct shown {
    const char *name;
    const char *value;
    const char *description;
};

static int shown_compare(const void *a, const void *b)
{
    return strcasecmp(((const struct shown *)a)->name, ((const struct shown *)b)->name);
}

/* By name, Varve's and the host's. */
static vv_status show_all(struct varve_statement *statement, struct vv_error *error)
{
    struct varve_session *session = statement->session;
    uint32_t of_host = host_count(&session->db->host);
    bool all = of_host > 0 && roles_superuser(session);
    struct shown *shown = ARENA_ARRAY(&statement->arena, struct shown, SETTING_COUNT + of_host);
    unsigned count = 0;
    char text[SETTING_TEXT_BYTES];

    for (uint32_t i = 0; shown != NULL && i < SETTING_COUNT; i++) {
        settings_show(&session->settings, i, text);
        shown[count++] = (struct shown){settings_name((enum setting_id)i),
                                        arena_text(&statement->arena, text, strlen(text)),
                                        settings_description((enum setting_id)i)};
    }
    for (uint32_t i = 0; shown != NULL && i < of_host; i++) {
        struct varve_shown_setting setting;

        if (host_copy(&session->db->host, i, &statement->arena, &setting) != VV_OK) {
            shown = NULL;
        } else if (all || !setting.superusers) {
            shown[count++] = (struct shown){setting.name, setting.shown, setting.description};
        }
    }
    if (shown == NULL || !rows_make(statement, count)) {
        return error_from_status(error, VV_NOMEM);
    }
    qsort(shown, count, sizeof *shown, shown_compare);
    for (unsigned row = 0; row < count; row++) {
        if (shown[row].value == NULL) {
            return error_from_status(error, VV_NOMEM);
        }
        rows_put(statement, row, 0, slice_text(shown[row].name));
        rows_put(statement, row, 1, slice_text(shown[row].value));
        rows_put(statement, row, 2,
                 slice_text(shown[row].description == NULL ? "" : shown[row].description));
    }
    statement->batch = &statement->command_batch;
    return VV_OK;
}

static vv_status show_run(struct varve_statement *statement, const char *name,
                          struct vv_error *error)
{
    struct varve_session *session = statement->session;
    uint32_t id = settings_find(&session->settings, name);
    uint32_t of_host = HOST_NONE;
    char text[SETTING_TEXT_BYTES];
    char *copy = NULL;

    if (strcmp(name, "all") == 0) {
        return show_all(statement, error);
    }
    if (id != SETTING_NONE) {
        settings_show(&session->settings, id, text);
    } else if ((of_host = host_find(&session->db->host, name)) != HOST_NONE) {
        VV_TRY(roles_setting(session, of_host, text, sizeof text, error));
    } else {
        return error_set(error, VV_SQLSTATE_UNDEFINED_OBJECT, 0,
                         "unrecognized configuration parameter \"%s\"", name);
    }
    copy = arena_text(&statement->arena, text, strlen(text));
    if (copy == NULL || !rows_make(statement, 1)) {
        return error_from_status(error, VV_NOMEM);
    }
    rows_put(statement, 0, 0, slice_text(copy));
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
        cursor_end_all(session);
        VV_TRY(reset_all_run(session, error));
        prepared_end_all(session);
    }
    if (command->discard.all || command->discard.sequences) {
        session_sequences_release(session);
    }
    return VV_OK;
}

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

/* ---- VACUUM, ANALYZE of every table, CHECKPOINT ---- */

/* Memory is reclaimed and pages settle by themselves; VACUUM does what is left of it at once. ANALYZE runs as a statement
 * of its own, with the tables named. */
static vv_status maintain_run(struct varve_statement *statement, const struct command *command,
                              struct vv_error *error)
{
    struct varve_session *session = statement->session;
    const char *text = command->maintain.analyze;

    if (command->maintain.checkpoint) {
        return exec_error(session->store, store_sync(session->db->store), error);
    }
    if (command->maintain.vacuum && statement->inner == NULL) {
        VV_TRY(transaction_forbidden(session, "VACUUM", error));
        for (uint32_t i = 0; i < VACUUM_STEPS && varve_background_step(session->db) == 1; i++) {
            vv_status status = VV_OK;

            store_enter(session->store);
            status = exec_error(session->store, store_check(session->store), error);
            store_leave(session->store);
            VV_TRY(status);
        }
    }
    if (command->maintain.analyze_all && statement->inner == NULL) {
        VV_TRY(all_tables(statement, &text, error));
    }
    return text == NULL && statement->inner == NULL ? VV_OK : analyze(statement, text, error);
}

/* "ANALYZE public.a, public.b"; NULL: there are no tables. */
static vv_status all_tables(struct varve_statement *statement, const char **text_out,
                            struct vv_error *error)
{
    struct varve_session *session = statement->session;
    struct arena *arena = &statement->arena;
    struct deparse_text text = {.arena = arena};
    struct catalog_name *names = NULL;
    uint32_t count = 0;
    vv_status status = VV_OK;

    *text_out = NULL;
    store_enter(session->store);
    status = transaction_ensure(session, error);
    if (status == VV_OK) {
        status = exec_error(session->store, store_statement_begin(session->store), error);
        if (status == VV_OK) {
            status = exec_error(
                session->store,
                catalog_list(session->db->catalog, session->store, arena, &names, &count), error);
        }
        store_statement_abort(session->store);
    }
    if (status == VV_OK && session->implicit && !session->in_exec) {
        transaction_failed(session); /* it was for the look */
    }
    store_leave(session->store);
    for (uint32_t i = 0; status == VV_OK && i < count; i++) {
        vv_slice schema = sql_quote_name(arena, slice_text(names[i].schema));
        vv_slice name = sql_quote_name(arena, slice_text(names[i].name));

        if (names[i].kind == CATALOG_TABLE) {
            deparse_append(&text, "%s%.*s.%.*s", text.size == 0 ? "ANALYZE " : ", ",
                           (int)schema.size, (const char *)schema.data, (int)name.size,
                           (const char *)name.data);
        }
    }
    if (status == VV_OK && text.size > 0) {
        *text_out = deparse_end(&text);
        status = *text_out == NULL ? error_from_status(error, VV_NOMEM) : VV_OK;
    }
    return status;
}

/* text: unless it has begun and waits. */
static vv_status analyze(struct varve_statement *statement, const char *text,
                         struct vv_error *error)
{
    vv_status status = VV_OK;

    if (statement->inner == NULL) {
        if (statement_make(statement->session, slice_text(text), (vv_slice){0},
                           &statement->inner) != VARVE_OK) {
            return VV_ERROR; /* told in session->failure */
        }
        VV_ASSERT(statement->inner != NULL && error == &statement->session->failure);
        list_remove(&statement->inner->link); /* it ends with this one, not by itself */
        list_init(&statement->inner->link);
    }
    while (status == VV_OK) {
        status = run_advance(statement->inner);
    }
    if (status != VV_WAITING) {
        explain_inner_end(statement);
    }
    return status == VV_END ? VV_OK : status;
}

/* ---- EXPLAIN ---- */

/* Those that a plan or its run depends on and that are not what they are by default, by name. */
static vv_status settings_list(struct varve_statement *statement, struct explain_request *request)
{
    static const enum setting_id ids[] = {SETTING_JIT, SETTING_SEARCH_PATH, SETTING_WORK_MEM_KB};
    struct explain_setting *list =
        ARENA_ARRAY(&statement->arena, struct explain_setting, sizeof ids / sizeof ids[0]);
    struct setting_facts *facts = ARENA_NEW(&statement->arena, struct setting_facts);

    if (list == NULL || facts == NULL) {
        return VV_NOMEM;
    }
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        char *value = arena_get(&statement->arena, SETTING_TEXT_BYTES);

        if (value == NULL) {
            return VV_NOMEM;
        }
        settings_facts(&statement->session->settings, ids[i], facts);
        if (strcmp(facts->setting, facts->built_in) != 0) {
            settings_show(&statement->session->settings, ids[i], value);
            list[request->setting_count++] =
                (struct explain_setting){.name = settings_name(ids[i]), .value = value};
        }
    }
    request->settings = list;
    return VV_OK;
}

/* What ANALYZE runs is a statement of its own, printed from the syntax tree, so that it goes through the same phases,
 * waits, locks and commits as if it stood alone; its operators are measured and its rows dropped. */
static vv_status explain_run(struct varve_statement *statement, const struct command *command,
                             struct vv_error *error)
{
    struct varve_session *session = statement->session;
    struct explain_request request = {.plan = command->explain.physical,
                                      .options = command->explain.options,
                                      .planning_ms = (double)statement->plan->planning_ns / 1e6,
                                      .measure = measure,
                                      .context = statement};
    const char *const *lines = NULL;
    uint32_t line_count = 0;
    struct plan *plan = NULL;
    vv_status status = VV_OK;

    session->queried = true;
    if (request.options.analyze) {
        VV_TRY(inner_begin(statement, command->explain.text, &request.options, error));
        status = inner_run(statement);
        if (status != VV_OK) {
            if (status != VV_WAITING) {
                explain_inner_end(statement);
            }
            return status;
        }
        request.plan = statement->inner->plan->physical;
        request.execution_ms =
            (double)(os_monotonic_ns(session->db->os) - statement->begun_ns) / 1e6;
    } else if (command->explain.execute != NULL) {
        VV_TRY(prepared_plan(session, command->explain.execute->execute.name, &plan, error));
        request.plan = plan->physical;
    }
    status = request.options.settings ? settings_list(statement, &request) : VV_OK;
    if (status == VV_OK) {
        status = explain_print(&request, &statement->arena, &lines, &line_count);
    }
    explain_inner_end(statement);
    if (status != VV_OK || !rows_make(statement, line_count)) {
        return error_from_status(error, VV_NOMEM);
    }
    for (uint32_t row = 0; row < line_count; row++) {
        rows_put(statement, row, 0, slice_text(lines[row]));
    }
    statement->batch = &statement->command_batch;
    return VV_OK;
}

void explain_inner_end(struct varve_statement *statement)
{
    if (statement->inner != NULL) {
        statement_end(statement->inner);
        statement->inner = NULL;
    }
}

/* Does nothing when it has begun and waits. */
static vv_status inner_begin(struct varve_statement *statement, const char *text,
                             const struct command_explain_options *options, struct vv_error *error)
{
    struct varve_session *session = statement->session;
    const struct physical_plan *physical = statement->plan->physical;
    struct varve_statement *inner = NULL;

    if (statement->inner != NULL) {
        return VV_OK;
    }
    if (statement_make(session, slice_text(text),
                       slice_make(physical->parameter_types, physical->parameter_count),
                       &inner) != VARVE_OK) {
        return VV_ERROR; /* told in session->failure */
    }
    VV_ASSERT(inner != NULL && error == &session->failure);
    list_remove(&inner->link); /* it ends with this one, not by itself */
    list_init(&inner->link);
    statement->inner = inner;
    inner->env = alloc_zero(&session->db->alloc, ALLOC_STATEMENT, sizeof *inner->env);
    if (inner->env == NULL) {
        explain_inner_end(statement);
        return error_from_status(error, VV_NOMEM);
    }
    *inner->env = session->env;
    inner->env->measure = session->db->os;
    inner->env->no_clock = !options->timing;
    for (uint32_t i = 0; inner->execute == NULL && i < inner->parameter_count; i++) {
        inner->bound[i] = statement->bound[i];
    }
    statement->begun_ns = os_monotonic_ns(session->db->os);
    return VV_OK;
}

static vv_status inner_run(struct varve_statement *statement)
{
    vv_status status = VV_OK;

    while (status == VV_OK) {
        status = run_advance(statement->inner);
    }
    return status == VV_END ? VV_OK : status;
}

static bool measure(void *context, const struct physical_node *node,
                    struct explain_measure *measure_out)
{
    const struct varve_statement *statement = context;

    return statement->inner != NULL && statement->inner->exec != NULL &&
           exec_measured(statement->inner->exec, node, measure_out);
}
