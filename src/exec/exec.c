/*
 * exec.c - the life of an exec and of its runs.
 *
 * Three arenas: plan_arena keeps what depends on the plan alone (programs, vectors, operators), run what
 * one run needs and gives it back at its end without freeing, kept the strings of the batch that the
 * caller wants to keep. So a statement that runs again allocates nothing that it did not need before.
 */
#include "exec/exec.h"

#include "base/assert.h"
#include "exec/operator.h"
#include "exec/point.h"

#define PLAN_BLOCK_BYTES 8192
#define RUN_BLOCK_BYTES  16384
#define IDLE_BYTES_MAX   (256u * 1024u)

static void programs_bind(struct exec *exec);
static vv_status next_batch(struct exec *exec, const struct value_batch **batch_out,
                            struct vv_error *error);
static void begin(struct exec *exec, const struct value *parameters);
static void close_all(struct exec *exec);
static void arena_give_back(struct arena *arena);
static void scan_keep(struct exec_operator *op);
static struct exec_operator *scan_of(struct exec *exec);

vv_status exec_create_bare(const struct exec_env *env, struct exec **exec_out,
                           struct vv_error *error)
{
    struct exec *exec = alloc_zero(env->alloc, ALLOC_STATEMENT, sizeof *exec);

    *exec_out = exec;
    if (exec == NULL) {
        return exec_no_memory(error);
    }
    exec->env = env;
    exec->session = env->session;
    arena_init(&exec->plan_arena, env->alloc, ALLOC_STATEMENT, PLAN_BLOCK_BYTES);
    arena_init(&exec->run, env->alloc, ALLOC_STATEMENT, RUN_BLOCK_BYTES);
    arena_init(&exec->kept, env->alloc, ALLOC_STATEMENT, RUN_BLOCK_BYTES);
    return VV_OK;
}

vv_status exec_create(const struct exec_env *env, const struct physical_plan *plan,
                      struct exec **exec_out, struct vv_error *error)
{
    struct exec *exec = NULL;
    vv_status status = VV_OK;

    *exec_out = NULL;
    VV_ASSERT(plan->root != NULL);
    VV_TRY(exec_create_bare(env, &exec, error));
    exec->plan = plan;
    if (plan->point != NULL && exec_point_runs(plan->point) && !env->no_points &&
        env->measure == NULL) {
        VV_TRY_OR(fail, exec_point_create(exec, plan->point, &exec->point, error));
        exec->reads_one = !env->no_single_read && exec_point_is_single_read(exec->point);
    } else {
        VV_TRY_OR(fail, exec_op_create(exec, plan->root, &exec->root, error));
        scan_keep(exec->root);
    }
    *exec_out = exec;
    return VV_OK;

fail:
    exec_destroy(exec);
    return status;
}

void exec_destroy(struct exec *exec)
{
    if (exec == NULL) {
        return;
    }
    exec_stop(exec);
    for (struct exec_program *program = exec->programs; program != NULL; program = program->next) {
        eval_destroy(program->state);
    }
    for (struct exec_scratch *scratch = exec->scratches; scratch != NULL; scratch = scratch->next) {
        arena_release(&scratch->arena);
    }
    arena_release(&exec->kept);
    arena_release(&exec->run);
    arena_release(&exec->plan_arena);
    alloc_free(exec->env->alloc, ALLOC_STATEMENT, exec, sizeof *exec);
}

void exec_set_feed(struct exec *exec, const struct exec_feed *feed)
{
    VV_ASSERT(!exec->running);
    exec->feed = feed;
}

uint32_t exec_fed_place(const struct exec *exec)
{
    return exec->written_place;
}

bool exec_is_single_read(const struct exec *exec)
{
    return exec->reads_one;
}

vv_status exec_start(struct exec *exec, const struct value *parameters, bool single_read,
                     struct vv_error *error)
{
    begin(exec, parameters);
    exec->single_read = single_read && exec->reads_one;
    if (exec->point != NULL) {
        return exec_point_start(exec->point, error);
    }
    exec->opened = true;
    return exec_op_open(exec->root, error);
}

vv_status exec_read_one(struct exec *exec, const struct value *parameters,
                        const struct value_batch **batch_out, struct vv_error *error)
{
    vv_status status = VV_OK;

    *batch_out = NULL;
    VV_ASSERT(exec->reads_one);
    begin(exec, parameters);
    exec->single_read = true;
    arena_reset(&exec->kept);
    status = store_check(exec->session); /* K6 */
    if (VV_UNLIKELY(status != VV_OK)) {
        return exec_error(exec->session, status, error);
    }
    status = exec_point_next(exec->point, batch_out, error);
    exec->current = *batch_out;
    return status == VV_OK ? exec_keep(exec, error) : status;
}

vv_status exec_start_piece(struct exec *exec, const struct value *parameters,
                           const struct store_range *piece, struct vv_error *error)
{
    struct exec_operator *scan = scan_of(exec);

    if (scan == NULL || exec->plan->locks != NULL) {
        return VV_UNSUPPORTED;
    }
    exec_scan_restrict(scan, piece);
    return exec_start(exec, parameters, false, error);
}

vv_status exec_split(struct exec *exec, uint32_t count, struct arena *arena,
                     struct store_range **pieces_out, uint32_t *count_out, struct vv_error *error)
{
    struct exec_operator *scan = scan_of(exec);

    *pieces_out = NULL;
    *count_out = 0;
    if (scan == NULL || !exec->opened || exec->plan->locks != NULL) { /* locks are the leader's */
        return VV_UNSUPPORTED;
    }
    return exec_scan_split(scan, count, arena, pieces_out, count_out, error);
}

vv_status exec_next(struct exec *exec, const struct value_batch **batch_out, struct vv_error *error)
{
    vv_status status = VV_OK;

    *batch_out = NULL;
    VV_ASSERT(exec->running);
    if (exec->at_end) {
        return VV_END;
    }
    arena_reset(&exec->kept);
    status = store_check(exec->session); /* K6 */
    if (status != VV_OK) {
        return exec_error(exec->session, status, error);
    }
    status = next_batch(exec, batch_out, error);
    exec->current = *batch_out;
    if (status == VV_END) {
        exec->at_end = true;
    }
    if (exec->at_end) {
        close_all(exec); /* the statement may end now, and with it its cursors */
    }
    return status;
}

bool exec_at_end(const struct exec *exec)
{
    return exec->at_end;
}

vv_status exec_keep(struct exec *exec, struct vv_error *error)
{
    const struct value_batch *batch = exec->current;

    if (batch == NULL || batch->kept) {
        return VV_OK;
    }
    for (uint32_t c = 0; c < batch->column_count; c++) {
        struct value_vector *column = &batch->columns[c];

        /* A constant is the plan's or a parameter's. */
        if (!column->kept && value_is_string(column->type) && !column->constant &&
            !vector_keep_strings(column, batch->selection, batch->selected_count, &exec->kept)) {
            return exec_no_memory(error);
        }
    }
    return VV_OK;
}

void exec_stop(struct exec *exec)
{
    if (!exec->running) {
        return;
    }
    close_all(exec);
    exec->running = false;
    exec->current = NULL;
    exec->parameters = NULL;
    exec->exists_pending = false;
    if (exec->root != NULL) {
        struct exec_operator *scan = scan_of(exec);

        if (scan != NULL) {
            exec_scan_restrict(scan, NULL);
        }
    }
    for (struct exec_scratch *scratch = exec->scratches; scratch != NULL; scratch = scratch->next) {
        arena_give_back(&scratch->arena);
    }
    arena_give_back(&exec->kept);
    arena_give_back(&exec->run);
}

/* Empties an arena; what a large run took goes back, so that a sleeping statement does not hold it. */
static void arena_give_back(struct arena *arena)
{
    if (arena->reserved_bytes <= IDLE_BYTES_MAX) {
        arena_reset(arena);
        return;
    }
    struct alloc *alloc = arena->alloc;
    size_t block_bytes = arena->block_bytes;

    arena_release(arena);
    arena_init(arena, alloc, ALLOC_STATEMENT, block_bytes);
}

uint64_t exec_rows_read(const struct exec *exec)
{
    return exec->rows_read;
}

uint64_t exec_row_count(const struct exec *exec)
{
    return exec->row_count;
}

static void begin(struct exec *exec, const struct value *parameters)
{
    VV_ASSERT(!exec->running);
    exec->running = true;
    exec->opened = false;
    exec->at_end = false;
    exec->exists_pending = false;
    exec->row_count = 0;
    exec->rows_read = 0;
    exec->conflicts = (struct exec_conflicts){0};
    exec->current = NULL;
    exec->parameters = parameters;
    exec->run.limit_bytes = exec->env->memory_limit;
    if (exec->programs != NULL) {
        programs_bind(exec);
    }
}

static void programs_bind(struct exec *exec)
{
    if (exec->plan->parameter_count == 0) {
        return;
    }
    for (struct exec_program *program = exec->programs; program != NULL; program = program->next) {
        eval_bind(program->state, exec->parameters);
    }
}

static vv_status next_batch(struct exec *exec, const struct value_batch **batch_out,
                            struct vv_error *error)
{
    if (exec->exists_pending) {
        return exec_exists_wait(exec, error);
    }
    return exec->point != NULL ? exec_point_next(exec->point, batch_out, error)
                               : exec_op_next(exec->root, batch_out, error);
}

static void close_all(struct exec *exec)
{
    if (exec->point != NULL) {
        exec_point_close(exec->point);
    }
    if (exec->root != NULL && exec->opened) {
        exec_op_close(exec->root);
    }
}

/* The error of a unique violation is set already. It leaves only when what it saw is visible. */
vv_status exec_exists_wait(struct exec *exec, struct vv_error *error)
{
    vv_status status = VV_OK;

    exec->exists_pending = true;
    close_all(exec);
    status = store_statement_settle(exec->session);
    if (status == VV_WAITING) {
        return VV_WAITING;
    }
    exec->exists_pending = false;
    return status == VV_OK ? VV_ERROR : exec_error(exec->session, status, error);
}

/* Below projections and limits alone a scan's rows are those that exec_keep() will see. */
static void scan_keep(struct exec_operator *op)
{
    while (op->node->kind == PHYSICAL_PROJECT || op->node->kind == PHYSICAL_LIMIT) {
        op = op->inputs[0];
    }
    if (exec_is_table_scan(op)) {
        exec_scan_keep(op);
    }
}

/* The only scan of a tree, at the end of its single inputs; NULL when there is none. */
static struct exec_operator *scan_of(struct exec *exec)
{
    struct exec_operator *op = exec->root;

    while (op != NULL && !exec_is_table_scan(op)) {
        op = op->input_count == 1 ? op->inputs[0] : NULL;
    }
    return op;
}
