/*
 * run.c - one run of a statement, phase by phase.
 *
 *     IDLE -> FRAME -> LOCK -> NEXT ... NEXT -> END -> COMMIT -> ENDED
 *
 * Each phase may answer VV_WAITING and is then entered again. A single read outside a transaction (get by
 * primary key) takes none of these steps: it compares the catalog's word before and after.
 */
#include "db/db_private.h"

#include "base/assert.h"
#include "db/cursor.h"
#include "db/system.h"
#include "db/transfer.h"
#include "os/os.h"
#include "plan/bind.h"
#include "sql/sql.h"

#include <stdio.h>

#define RELIEF_ROUNDS 16 /* after 53200: pieces of what can be freed */

static bool ends_failed_block(const struct physical_plan *physical);
/* What every execution runs stays in its caller, though cursors call it, too. */
static inline vv_status run_begin(struct varve_statement *statement, struct vv_error *error)
    __attribute__((always_inline));
static inline vv_status run_single_read(struct varve_statement *statement, struct vv_error *error)
    __attribute__((always_inline));
static vv_status run_phases(struct varve_statement *statement, struct vv_error *error);
static inline vv_status phase_frame(struct varve_statement *statement, struct vv_error *error)
    __attribute__((always_inline));
static inline vv_status phase_lock(struct varve_statement *statement, struct vv_error *error)
    __attribute__((always_inline));
static void sleep_begin(struct varve_statement *statement);
static vv_status phase_sleep(struct varve_statement *statement, struct vv_error *error);
static void sleep_end(struct varve_statement *statement);
static vv_status phase_next(struct varve_statement *statement, struct vv_error *error);
static vv_status phase_returning(struct varve_statement *statement, struct vv_error *error);
static vv_status phase_end(struct varve_statement *statement, struct vv_error *error);
static vv_status phase_commit(struct varve_statement *statement, struct vv_error *error);
static vv_status run_command(struct varve_statement *statement, struct vv_error *error);
static vv_status next_batch(struct varve_statement *statement);
static void query_give_up(struct varve_statement *statement);
static vv_status plan_check(struct varve_statement *statement);
static struct catalog_view plan_view(struct plan *plan);
static vv_status plan_again(struct varve_statement *statement, struct vv_error *error);
static vv_status exec_ensure(struct varve_statement *statement, struct vv_error *error);
static vv_status plan_in_frame(struct varve_session *session, vv_slice text, vv_slice types,
                               struct plan **plan_out, struct vv_error *error);
static vv_status plan_in_context(struct varve_session *session, vv_slice text, vv_slice types,
                                 struct plan **plan_out, struct vv_error *error);
static vv_status failed_block_check(struct varve_session *session, vv_slice text,
                                    struct vv_error *error);

vv_status run_advance(struct varve_statement *statement)
{
    struct varve_session *session = statement->session;
    vv_status status = VV_OK;

    statement->batch = NULL;
    if (statement->phase == RUN_ENDED) {
        return next_batch(statement);
    }
    if (statement->phase == RUN_IDLE) {
        status = run_begin(statement, &session->failure);
        if (status != VV_OK || statement->phase == RUN_ENDED) {
            return status == VV_OK ? next_batch(statement) : status;
        }
    }
    store_enter(session->store);
    status = run_phases(statement, &session->failure);
    if (status != VV_OK && status != VV_END && status != VV_WAITING) {
        VV_ASSERT(status == VV_ERROR);
        run_failed(statement);
    }
    store_leave(session->store);
    return status == VV_OK || status == VV_END ? next_batch(statement) : status;
}

void run_stop(struct varve_statement *statement)
{
    struct varve_session *session = statement->session;

    if (statement->phase != RUN_IDLE && statement->phase != RUN_ENDED) {
        store_enter(session->store);
        if (statement->exec != NULL) {
            exec_stop(statement->exec);
        }
        if (statement->phase > RUN_FRAME) {
            store_statement_abort(session->store);
            exec_define_undo(&session->env, &statement->define);
        }
        if (session->implicit && !session->in_exec) {
            transaction_failed(session);
        }
        store_leave(session->store);
    } else if (statement->exec != NULL && statement->phase == RUN_ENDED) {
        exec_stop(statement->exec);
    }
    transfer_end(statement);
    if (session->active == statement) {
        session->active = NULL;
        session->sleep_until_ns = 0;
    }
    if (VV_UNLIKELY(statement->started_ns != 0)) {
        watch_end(statement, VARVE_OK);
    }
    if (VV_UNLIKELY(statement->inner != NULL)) {
        explain_inner_end(statement);
    }
    if (VV_UNLIKELY(statement->cursor != NULL)) {
        statement->cursor->failed |= !statement->cursor->complete;
    }
    if (VV_UNLIKELY(statement->declares != NULL || session->active != NULL)) {
        cursor_forget(statement);
    }
    statement->phase = RUN_IDLE;
    statement->batch = NULL;
    statement->kept = NULL;
    statement->fetching = false;
    arena_reset(&statement->arena);
}

vv_status run_keep_active(struct varve_session *session, struct vv_error *error)
{
    struct varve_statement *active = session->active;
    struct statement_kept *first = NULL;
    struct statement_kept **end = &first;
    const struct value_batch *current = active == NULL ? NULL : active->batch;
    uint32_t row = active == NULL ? 0 : active->row;
    vv_status status = VV_OK;

    if (active == NULL) {
        return VV_OK;
    }
    if (active->magic != STATEMENT_MAGIC) {
        return map_keep_active(session, error);
    }
    if (active->phase == RUN_SLEEP && active->cursor != NULL && active->cursor->fetching == NULL) {
        sleep_end(active); /* whoever fetched it has given up */
    } else if (active->phase != RUN_NEXT || transfer_is_open(active)) {
        return error_set(error, VV_SQLSTATE_OBJECT_IN_USE, 0,
                         "another statement of this session is waiting");
    }
    if (active->cursor != NULL) {
        session_set_timeouts(session); /* those of the statement that comes */
    }
    /* The row that the user looks at goes on living, in the copy of its batch. */
    while (status == VV_OK) {
        struct statement_kept *kept = arena_zero(&active->arena, sizeof *kept);
        const struct value_batch *batch = active->batch;

        if (kept == NULL ||
            (batch != NULL && !run_copy_batch(&active->arena, batch, &kept->batch))) {
            status = error_from_status(error, VV_NOMEM);
            break;
        }
        if (batch != NULL) {
            *end = kept;
            end = &kept->next;
        }
        active->batch = NULL;
        store_enter(session->store);
        session->reads_ahead = true;
        status = active->phase == RUN_ENDED ? VV_END : run_phases(active, error);
        session->reads_ahead = false;
        store_leave(session->store);
        if (status == VV_OK && active->phase == RUN_ENDED && active->batch == NULL) {
            status = VV_END;
        }
    }
    if (status == VV_ERROR && cursor_keep_failure(active, error)) {
        query_give_up(active);
        status = VV_END;
    }
    if (status != VV_END) {
        run_stop(active);
        return status == VV_WAITING ? error_set(error, VV_SQLSTATE_OBJECT_IN_USE, 0,
                                                "another statement of this session is waiting")
                                    : status;
    }
    active->row_mark = arena_mark(&active->arena);
    active->kept = first != NULL ? first : active->kept; /* RETURNING has kept its rows itself */
    if (current != NULL) {
        active->batch = &first->batch;
        active->row = row;
        active->kept = first->next;
    }
    exec_stop(active->exec);
    return VV_OK;
}

/* The rows that were read before it failed are there; the rest is a failure that somebody keeps. */
static void query_give_up(struct varve_statement *statement)
{
    struct varve_session *session = statement->session;

    store_enter(session->store);
    exec_stop(statement->exec);
    store_statement_abort(session->store);
    store_leave(session->store);
    statement->phase = RUN_ENDED;
    statement->batch = NULL;
    session->active = NULL;
}

vv_status run_open(struct varve_statement *statement, struct vv_error *error)
{
    struct varve_session *session = statement->session;
    vv_status status = VV_OK;

    VV_ASSERT(statement->phase <= RUN_LOCK);
    if (statement->phase == RUN_IDLE) {
        VV_TRY(run_begin(statement, error));
    }
    store_enter(session->store);
    session->reading = true;
    if (statement->phase == RUN_FRAME) {
        status = phase_frame(statement, error);
    }
    if (status == VV_OK) {
        status = phase_lock(statement, error);
    }
    session->reading = false;
    if (status == VV_OK) {
        (void)store_snapshot(session->store); /* taken now, not by the first row */
    } else if (status != VV_WAITING) {
        run_failed(statement);
    }
    store_leave(session->store);
    return status;
}

/* FETCH, MOVE and CLOSE look no table up, and the cursor they name may be active. */
static vv_status plan_of_cursor(struct varve_session *session, vv_slice text, vv_slice types,
                                struct plan **plan_out, struct vv_error *error)
{
    vv_status status = plan_in_context(session, text, types, plan_out, error);

    if (status != VV_OK) {
        store_enter(session->store);
        transaction_failed(session);
        store_leave(session->store);
    }
    return status;
}

vv_status run_plan(struct varve_session *session, vv_slice text, vv_slice types,
                   struct plan **plan_out, struct vv_error *error)
{
    struct plan_cache *cache = &session->db->plans;

    *plan_out = NULL;
    if (session->block == BLOCK_FAILED) {
        VV_TRY(failed_block_check(session, text, error));
    }
    *plan_out = plan_cache_find(cache, text, types);
    if (*plan_out != NULL) {
        struct catalog_view view = plan_view(*plan_out);

        /* The result's columns are told from the plan before it runs: they must be those of today. */
        if (VV_LIKELY(catalog_view_is_current(&view, 0))) {
            return VV_OK;
        }
        plan_drop(*plan_out);
        *plan_out = NULL;
    }
    if (cursor_is_command(text)) {
        return plan_of_cursor(session, text, types, plan_out, error);
    }
    VV_TRY(run_keep_active(session, error));
    VV_TRY(plan_in_frame(session, text, types, plan_out, error));
    if (*plan_out != NULL && !(*plan_out)->of_session &&
        catalog_word_quiet(atomic_load_explicit(&(*plan_out)->word, memory_order_relaxed))) {
        plan_cache_add(cache, *plan_out);
    }
    return VV_OK;
}

/* now() stands still in a transaction; a statement outside a block is one. */
static void times_reset(struct varve_session *session)
{
    session->context.statement_time = CONTEXT_UNSET;
    if (session->block == BLOCK_NONE && !session->in_exec) {
        session->context.transaction_time = CONTEXT_UNSET;
    }
}

/* A lock ends with its transaction, so one for a single statement is a mistake. */
static vv_status lock_allowed(struct varve_session *session, struct vv_error *error)
{
    if (session->block != BLOCK_NONE || session->in_exec) {
        return VV_OK;
    }
    return error_set(error, VV_SQLSTATE_NO_ACTIVE_SQL_TRANSACTION, 0,
                     "LOCK TABLE can only be used in transaction blocks");
}

static bool ends_failed_block(const struct physical_plan *physical)
{
    return physical->command != NULL && physical->command->kind >= COMMAND_COMMIT &&
           physical->command->kind <= COMMAND_ROLLBACK_TO &&
           physical->command->kind != COMMAND_SAVEPOINT &&
           physical->command->kind != COMMAND_RELEASE;
}

/* The statement does not run, and its last rows are gone: its arena is free. */
vv_status run_read_parameters(struct varve_statement *statement, struct vv_error *error)
{
    struct varve_session *session = statement->session;
    vv_status status = VV_OK;

    if (session->block == BLOCK_FAILED && !ends_failed_block(statement->plan->physical)) {
        return error_from_status(error, VV_TXN_ABORTED);
    }
    arena_reset(&statement->arena);
    times_reset(session);
    status = statement_read_parameters(statement, error);
    if (status != VV_OK) {
        store_enter(session->store);
        transaction_failed(session);
        store_leave(session->store);
    }
    return status;
}

static inline vv_status run_begin(struct varve_statement *statement, struct vv_error *error)
{
    struct varve_session *session = statement->session;
    const struct physical_plan *physical = statement->plan->physical;
    vv_status status = VV_OK;

    if (VV_UNLIKELY(session->active != NULL) && session->active != statement->inner &&
        !cursor_goes_on(statement)) {
        VV_TRY(run_keep_active(session, error));
    }
    if (VV_UNLIKELY(session->block == BLOCK_FAILED) && !ends_failed_block(physical)) {
        return error_from_status(error, VV_TXN_ABORTED);
    }
    if (VV_UNLIKELY(statement->execute != NULL)) {
        VV_TRY(execute_resolve(statement, error));
        physical = statement->plan->physical;
    }
    arena_reset(&statement->arena);
    statement->kept = NULL;
    statement->define = (struct exec_define_state){0};
    statement->row_count = 0;
    statement->fetching = false;
    times_reset(session);
    status = statement_cast_parameters(statement, error);
    if (VV_UNLIKELY(status != VV_OK)) {
        store_enter(session->store);
        transaction_failed(session);
        store_leave(session->store);
        return status;
    }
    if (physical->command != NULL && physical->command->kind == COMMAND_LOCK_TABLE) {
        VV_TRY(lock_allowed(session, error));
    }
    if (physical->command != NULL && !exec_defines(physical->command)) {
        struct context *before = session_context_enter(session);

        statement->phase = RUN_ENDED;
        if (VV_UNLIKELY((session->extras & SESSION_WATCHED) != 0)) {
            watch_begin(statement);
        }
        status = run_command(statement, error);
        session_context_leave(before);
        return status;
    }
    statement->row_mark = arena_mark(&statement->arena);
    if (VV_UNLIKELY(session_extras_wanted(session))) {
        session_set_timeouts(session);
        if ((session->extras & SESSION_WATCHED) != 0) {
            watch_begin(statement);
        }
    }
    if (physical->command == NULL && session->block == BLOCK_NONE && !session->in_exec &&
        physical->point != NULL && physical->point->shape == PHYSICAL_SHAPE_GET &&
        statement->execute == NULL) {
        status = run_single_read(statement, error);
        if (status != VV_CHANGED) {
            return status;
        }
    }
    statement->phase = RUN_FRAME;
    session->active = statement;
    return VV_OK;
}

/* VV_CHANGED: take the long way. */
static inline vv_status run_single_read(struct varve_statement *statement, struct vv_error *error)
{
    struct varve_session *session = statement->session;
    vv_status status = VV_OK;

    if (!plan_is_current(statement->plan) || statement->exec == NULL ||
        !exec_is_single_read(statement->exec)) {
        return VV_CHANGED;
    }
    store_enter(session->store);
    status = exec_read_one(statement->exec, statement->parameters, &statement->batch, error);
    if (!plan_is_current(statement->plan)) { /* D4 */
        exec_stop(statement->exec);
        statement->batch = NULL;
        store_leave(session->store);
        return VV_CHANGED;
    }
    store_leave(session->store);
    if (status != VV_OK && status != VV_END) {
        exec_stop(statement->exec);
        statement->batch = NULL;
        return status;
    }
    statement->phase = RUN_ENDED;
    return VV_OK;
}

static vv_status run_phases(struct varve_statement *statement, struct vv_error *error)
{
    for (;;) {
        vv_status status = VV_OK;

        statement->session->reading = statement->phase == RUN_LOCK || statement->phase == RUN_NEXT;
        switch (statement->phase) {
        case RUN_FRAME:
            status = phase_frame(statement, error);
            break;
        case RUN_LOCK:
            status = phase_lock(statement, error);
            break;
        case RUN_NEXT:
            status = phase_next(statement, error);
            if (VV_UNLIKELY(statement->session->sleep_ns != 0) && status == VV_OK) {
                sleep_begin(statement);
            }
            if (status == VV_OK && statement->phase == RUN_NEXT) {
                statement->session->reading = false;
                return VV_OK; /* a batch is there */
            }
            break;
        case RUN_SLEEP:
            status = phase_sleep(statement, error);
            if (status == VV_OK && statement->phase == RUN_NEXT) {
                return VV_OK;
            }
            break;
        case RUN_END:
            status = phase_end(statement, error);
            break;
        case RUN_COMMIT:
            status = phase_commit(statement, error);
            break;
        case RUN_IDLE:
        case RUN_ENDED:
            return VV_OK;
        }
        statement->session->reading = false;
        if (status != VV_OK) {
            return status;
        }
    }
}

/* The statement's batch has what it wants; it is seen when the sleep is over. */
static void sleep_begin(struct varve_statement *statement)
{
    struct varve_session *session = statement->session;

    if (!session->reads_ahead) {
        session->sleep_until_ns = os_monotonic_ns(session->db->os) + session->sleep_ns;
        statement->awake = (uint8_t)statement->phase;
        statement->asleep = statement->batch;
        statement->batch = NULL;
        statement->phase = RUN_SLEEP;
    }
    session->sleep_ns = 0;
}

static vv_status phase_sleep(struct varve_statement *statement, struct vv_error *error)
{
    struct varve_session *session = statement->session;
    vv_status status = store_sleep(session->store, session->sleep_until_ns);

    if (status != VV_OK) {
        return exec_error(session->store, status, error);
    }
    sleep_end(statement);
    return VV_OK;
}

static void sleep_end(struct varve_statement *statement)
{
    statement->session->sleep_until_ns = 0;
    statement->batch = statement->asleep;
    statement->phase = (enum run_phase)statement->awake;
}

static inline vv_status phase_frame(struct varve_statement *statement, struct vv_error *error)
{
    struct varve_session *session = statement->session;
    vv_status status = VV_OK;

    VV_TRY(transaction_ensure(session, error));
    session->queried = true;
    if (!statement->plan->physical->read_only && transaction_is_read_only(session)) {
        const char *tag = statement->plan->physical->tag;
        const char *locks = statement->plan->physical->locks;

        tag = tag == NULL ? statement->plan->physical->command->tag : tag;
        tag = transfer_is_in(statement) ? "COPY FROM" : tag;
        return error_set(error, VV_SQLSTATE_READ_ONLY_SQL_TRANSACTION, 0,
                         "cannot execute %.*s%s%s in a read-only transaction",
                         (int)(strncmp(tag, "INSERT", 6) == 0 ? 6 : strlen(tag)), tag,
                         locks == NULL ? "" : " ", locks == NULL ? "" : locks);
    }
    status = store_statement_begin(session->store);
    if (status != VV_OK) {
        return exec_error(session->store, status, error);
    }
    statement->phase = RUN_LOCK;
    return VV_OK;
}

/* The table of a LOCK TABLE … NOWAIT. */
static const char *lock_nowait(const struct varve_statement *statement)
{
    const struct command *command = statement->plan->physical->command;

    return command != NULL && command->kind == COMMAND_LOCK_TABLE ? command->lock.nowait : NULL;
}

/* NOWAIT is the shortest lock timeout. */
static vv_status take_locks(struct varve_statement *statement)
{
    struct varve_session *session = statement->session;

    if (VV_UNLIKELY(lock_nowait(statement) != NULL)) {
        store_set_lock_timeout(session->store, 1);
        session->extras |= SESSION_HAS_TIMEOUTS; /* the next statement sets its own */
    }
    return catalog_view_lock(&statement->plan->view, session->store);
}

static inline vv_status phase_lock(struct varve_statement *statement, struct vv_error *error)
{
    struct varve_session *session = statement->session;
    vv_status status = VV_CHANGED;

    while (status == VV_CHANGED) {
        status = take_locks(statement);
        if (status == VV_OK) {
            status = plan_check(statement);
        }
        if (status == VV_CHANGED) {
            VV_TRY(plan_again(statement, error));
        }
    }
    if (status == VV_LOCK_TIMEOUT && lock_nowait(statement) != NULL) {
        return error_set(error, VV_SQLSTATE_LOCK_NOT_AVAILABLE, 0,
                         "could not obtain lock on relation \"%s\"", lock_nowait(statement));
    }
    if (status != VV_OK) {
        return exec_error(session->store, status, error);
    }
    if (statement->plan->physical->command == NULL) {
        VV_TRY(exec_ensure(statement, error));
        if (VV_UNLIKELY(statement->execute != NULL)) {
            VV_TRY(execute_arguments(statement, error));
        }
        if (VV_UNLIKELY(statement->transfer != NULL)) {
            VV_TRY(transfer_begin(statement, error));
        }
        session->env.memory_limit =
            (uint64_t)settings_number(&session->settings, SETTING_WORK_MEM_KB) * 1024;
        if (VV_UNLIKELY(statement->plan->shows_names)) { /* rows are printed when all is over */
            struct system_names *names = NULL;

            VV_TRY(system_names(session, &names, error));
        }
        VV_TRY(exec_start(statement->exec, statement->parameters, false, error));
    }
    statement->phase = RUN_NEXT;
    return VV_OK;
}

static vv_status phase_next(struct varve_statement *statement, struct vv_error *error)
{
    const struct command *command = statement->plan->physical->command;
    vv_status status = VV_OK;

    if (command != NULL) {
        const struct catalog_listener listener = {session_tell, statement->session};

        VV_TRY(system_refuse(command, error));
        statement->session->env.statistics_target = (uint32_t)settings_number(
            &statement->session->settings, SETTING_DEFAULT_STATISTICS_TARGET);
        status =
            exec_define(&statement->session->env, command, &statement->define, &listener, error);
        if (status == VV_CHANGED) {
            statement->phase = RUN_LOCK;
            return plan_again(statement, error);
        }
        VV_TRY(status);
        if (command->kind == COMMAND_ANALYZE) {
            plan_cache_clear(&statement->session->db->plans);
        }
        statement_set_tag(statement, command->tag);
        statement->phase = RUN_END;
        return VV_OK;
    }
    if (statement->plan->physical->result == PHYSICAL_RETURNS_COUNT &&
        statement->plan->physical->column_count > 0) {
        return phase_returning(statement, error);
    }
    status = exec_next(statement->exec, &statement->batch, error);
    if (status == VV_END) {
        statement->batch = NULL;
        statement->phase = RUN_END;
        return VV_OK;
    }
    if (VV_UNLIKELY(status != VV_OK)) {
        transfer_explain(statement, status, error);
        return status;
    }
    VV_TRY(exec_keep(statement->exec, error));
    if (exec_at_end(statement->exec)) {
        statement->phase = RUN_END;
    }
    return VV_OK;
}

/* RETURNING: everything is written and committed before the first row is seen, so that a program which reads
 * only some of the rows has written all of them. */
static vv_status phase_returning(struct varve_statement *statement, struct vv_error *error)
{
    const struct value_batch *batch = NULL;
    vv_status status = VV_OK;

    while ((status = exec_next(statement->exec, &batch, error)) == VV_OK) {
        struct statement_kept *kept = arena_zero(&statement->arena, sizeof *kept);
        struct statement_kept **end = &statement->kept;

        if (kept == NULL || !run_copy_batch(&statement->arena, batch, &kept->batch)) {
            return error_from_status(error, VV_NOMEM);
        }
        while (*end != NULL) {
            end = &(*end)->next;
        }
        *end = kept;
    }
    if (status != VV_END) {
        return status;
    }
    statement->row_mark = arena_mark(&statement->arena);
    statement->phase = RUN_END;
    return VV_OK;
}

static vv_status phase_end(struct varve_statement *statement, struct vv_error *error)
{
    struct varve_session *session = statement->session;
    vv_status status = store_statement_end(session->store);

    if (status != VV_OK) {
        return exec_error(session->store, status, error);
    }
    if (statement->plan->physical->result == PHYSICAL_RETURNS_COUNT) {
        statement->row_count = exec_row_count(statement->exec);
    }
    statement->phase = RUN_COMMIT;
    return VV_OK;
}

static vv_status phase_commit(struct varve_statement *statement, struct vv_error *error)
{
    struct varve_session *session = statement->session;

    if (session->implicit && !session->in_exec) {
        VV_TRY(transaction_commit(session, error));
    }
    statement->phase = RUN_ENDED;
    session->active = NULL;
    return VV_OK;
}

static vv_status run_command(struct varve_statement *statement, struct vv_error *error)
{
    const struct command *command = statement->plan->physical->command;
    vv_status status = VV_OK;

    statement_set_tag(statement, command->tag);
    status = command_run(statement, command, error);
    statement->row_mark = arena_mark(&statement->arena);
    if (status == VV_WAITING) {
        statement->phase = RUN_IDLE;
    } else if (status != VV_OK) {
        statement->phase = RUN_IDLE;
        store_enter(statement->session->store);
        transaction_failed(statement->session);
        store_leave(statement->session->store);
    }
    return status;
}

void run_failed(struct varve_statement *statement)
{
    struct varve_session *session = statement->session;

    if (statement->exec != NULL) {
        exec_stop(statement->exec);
    }
    if (statement->phase > RUN_FRAME && store_in_transaction(session->store)) {
        store_statement_abort(session->store);
        exec_define_undo(&session->env, &statement->define);
    }
    transfer_end(statement);
    transaction_failed(session);
    if (strcmp(session->failure.sqlstate, "53200") == 0) {
        plan_cache_relieve(&session->db->plans);
        for (int i = 0; i < RELIEF_ROUNDS && store_relieve(session->store, STORE_RELIEF_STEPS);
             i++) {
        } /* so that the next try may fare better */
    }
    store_interrupt_clear(session->store);
    session->active = NULL;
    session->sleep_ns = 0;
    session->sleep_until_ns = 0;
    statement->batch = NULL;
    statement->phase = RUN_IDLE;
}

/* The batch that the run has just made, or one kept for later; VV_END ends the run. */
static vv_status next_batch(struct varve_statement *statement)
{
    if (statement->batch == NULL && statement->kept != NULL) {
        statement->batch = &statement->kept->batch;
        statement->kept = statement->kept->next;
    }
    if (statement->batch == NULL) {
        if (statement->exec != NULL) {
            exec_stop(statement->exec);
        }
        statement->phase = RUN_IDLE;
        statement->fetching = false;
        if (VV_UNLIKELY(statement->started_ns != 0)) {
            watch_end(statement, VARVE_OK);
        }
        return VV_END;
    }
    statement->row = 0;
    if (statement->plan->physical->result != PHYSICAL_RETURNS_COUNT) {
        statement->row_count += statement->batch->selected_count;
    }
    arena_reset_to(&statement->arena, statement->row_mark);
    return VV_OK;
}

bool run_copy_batch(struct arena *arena, const struct value_batch *from, struct value_batch *to)
{
    unsigned count = from->selected_count;

    to->row_count = count;
    to->selected_count = count;
    to->column_count = from->column_count;
    to->columns = ARENA_ARRAY(arena, struct value_vector, from->column_count);
    if (to->columns == NULL) {
        return false;
    }
    for (uint32_t column = 0; column < from->column_count; column++) {
        const struct value_vector *source = &from->columns[column];
        struct value_vector *target = &to->columns[column];

        if (!vector_init_sized(target, (enum value_type)source->type, count, arena)) {
            return false;
        }
        vector_reset(target);
        for (unsigned i = 0; i < count; i++) {
            struct value value;

            vector_get(source, from->selection == NULL ? i : from->selection[i], &value);
            vector_set(target, i, &value);
        }
        if (!vector_keep_strings(target, NULL, count, arena)) {
            return false;
        }
    }
    return true;
}

/* D4: VV_OK when this statement sees exactly the definitions that its plan was bound to. A plan is shared, so
 * its view is judged in a copy; only the word of the verdict goes back. */
static vv_status plan_check(struct varve_statement *statement)
{
    struct varve_session *session = statement->session;
    struct plan *plan = statement->plan;
    struct catalog_view view = plan_view(plan);

    if (VV_UNLIKELY(plan_is_outdated(session, plan))) {
        return VV_CHANGED;
    }
    if (VV_LIKELY(catalog_view_is_current(
            &view, session->repeatable ? store_snapshot(session->store) : 0))) {
        return VV_OK;
    }
    VV_TRY(catalog_view_check(&view, session->store, session->repeatable));
    atomic_store_explicit(&plan->word, view.word, memory_order_relaxed);
    return VV_OK;
}

static struct catalog_view plan_view(struct plan *plan)
{
    struct catalog_view view = plan->view;

    view.word = atomic_load_explicit(&plan->word, memory_order_relaxed);
    return view;
}

/* Binds the text again in a fresh frame, for what the statement sees now. Entered. */
static vv_status plan_again(struct varve_statement *statement, struct vv_error *error)
{
    struct varve_session *session = statement->session;
    struct plan *plan = NULL;

    vv_status status = VV_OK;

    plan_cache_remove(&session->db->plans, statement->plan);
    store_statement_abort(session->store);
    status = store_statement_begin(session->store);
    if (status != VV_OK) {
        return exec_error(session->store, status, error);
    }
    VV_TRY(plan_in_context(session, statement->plan->text, statement->plan->types, &plan, error));
    VV_ASSERT(plan != NULL);
    statement_forget_exec(statement);
    plan_drop(statement->plan);
    statement->plan = plan;
    if (!plan->of_session &&
        catalog_word_quiet(atomic_load_explicit(&plan->word, memory_order_relaxed))) {
        plan_cache_add(&session->db->plans, plan);
    }
    VV_TRY(statement_size_parameters(statement, error));
    VV_TRY(statement_cast_parameters(statement, error));
    statement->row_mark = arena_mark(&statement->arena);
    return VV_OK;
}

static vv_status exec_ensure(struct varve_statement *statement, struct vv_error *error)
{
    struct varve_session *session = statement->session;
    struct exec_env *env = statement->env == NULL ? &session->env : statement->env;

    if (VV_LIKELY(statement->exec != NULL)) {
        return VV_OK;
    }
#ifdef VV_PROBES
    session->env.batch_rows =
        (uint32_t)settings_number(&session->settings, SETTING_TEST_BATCH_ROWS);
    session->env.no_points = settings_number(&session->settings, SETTING_TEST_POINTS) == 0;
#endif
    env->no_single_read = statement->plan->of_session; /* it may be outdated */
    return exec_create(env, statement->plan->physical, &statement->exec, error);
}

/* A plan whose constants the time zone or the clock has made is not for others, nor are the names of what the
 * session has prepared. */
static vv_status plan_in_context(struct varve_session *session, vv_slice text, vv_slice types,
                                 struct plan **plan_out, struct vv_error *error)
{
    struct context *before = session_context_enter(session);
    uint64_t begun_ns = os_monotonic_ns(session->db->os);
    struct bind_prepared prepared = {
        .context = session, .cursor = cursor_columns, .find = prepared_types};
    struct plan_request request = {.alloc = &session->db->alloc,
                                   .catalog = session->db->catalog,
                                   .system = session->db->system,
                                   .session = session->store,
                                   .prepared = &prepared,
                                   .text = text,
                                   .types = types};
    bool was_reading = session->reading;
    vv_status status = VV_OK;

    session->context.used = false;
    session->reading = true;
    status = plan_make(&request, plan_out, error);
    session->reading = was_reading;
    session_context_leave(before);
    if (status == VV_OK && *plan_out != NULL) {
        (*plan_out)->of_session = session->context.used;
        (*plan_out)->settings_version = session->settings.version;
        (*plan_out)->planning_ns = os_monotonic_ns(session->db->os) - begun_ns;
    }
    return status;
}

/* Looks names up in a statement of its own, which reads only and leaves nothing behind: no transaction either, so
 * that BEGIN ISOLATION LEVEL may come first in a message of several statements. */
static vv_status plan_in_frame(struct varve_session *session, vv_slice text, vv_slice types,
                               struct plan **plan_out, struct vv_error *error)
{
    bool opens = !store_in_transaction(session->store);
    vv_status status = VV_OK;

    session_set_timeouts(session);
    store_enter(session->store);
    status = transaction_ensure(session, error);
    if (status == VV_OK) {
        status = store_statement_begin(session->store);
        status = status == VV_OK ? plan_in_context(session, text, types, plan_out, error)
                                 : exec_error(session->store, status, error);
        store_statement_abort(session->store);
    }
    if (status != VV_OK) {
        store_interrupt_clear(session->store); /* it was for this statement */
    }
    if (status != VV_OK || (session->implicit && (opens || !session->in_exec))) {
        transaction_failed(session);
    }
    store_leave(session->store);
    return status;
}

/* What ends a failed block, or what failed in it. */
static bool ends_block(const struct ast *tree)
{
    enum ast_transaction_kind kind = AST_TXN_BEGIN;

    if (tree->tag != AST_TRANSACTION) {
        return false;
    }
    kind = AST_AS(transaction, tree)->kind;
    return kind == AST_TXN_COMMIT || kind == AST_TXN_ROLLBACK || kind == AST_TXN_ROLLBACK_TO ||
           kind == AST_TXN_PREPARE;
}

/* In a failed block only its end is let through; a syntax error comes first, as in PostgreSQL. */
static vv_status failed_block_check(struct varve_session *session, vv_slice text,
                                    struct vv_error *error)
{
    struct sql_statement *statement = NULL;
    struct arena arena;
    vv_status status = VV_OK;

    arena_init(&arena, &session->db->alloc, ALLOC_STATEMENT, 4096);
    status = sql_parse(text, &arena, &statement, error);
    if (status == VV_OK && statement != NULL && !ends_block(statement->tree)) {
        status = VV_TXN_ABORTED;
    }
    arena_release(&arena);
    return status == VV_OK ? VV_OK : error_from_status(error, status);
}

void session_set_timeouts(struct varve_session *session)
{
    uint64_t statement_ms =
        (uint64_t)settings_number(&session->settings, SETTING_STATEMENT_TIMEOUT);
    uint64_t lock_ms = (uint64_t)settings_number(&session->settings, SETTING_LOCK_TIMEOUT);

    if (!session_extras_wanted(session)) {
        return;
    }
    session->extras = (uint8_t)((session->extras & ~SESSION_HAS_TIMEOUTS) |
                                (statement_ms != 0 || lock_ms != 0 ? SESSION_HAS_TIMEOUTS : 0));
    store_set_lock_timeout(session->store, lock_ms * 1000000);
    store_set_deadline(session->store, statement_ms == 0 ? 0
                                                         : os_monotonic_ns(session->db->os) +
                                                               statement_ms * 1000000);
}
