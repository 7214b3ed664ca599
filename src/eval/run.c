/*
 * run.c - states, runs, and the evaluation of one node.
 */
#include "base/assert.h"
#include "base/hash.h"
#include "eval/eval_private.h"
#include "value/context.h"

#define STRING_BLOCK_BYTES 4096
#define CAPACITY_SMALL     64u

static bool set_leaf(struct eval_state *state, const struct eval_node *node,
                     const struct value *value);
static void begin_run(struct eval_state *state, const struct value_batch *input);
static vv_status run_call(struct eval_state *state, const struct eval_node *node,
                          struct eval_rows rows, const struct value_vector **out,
                          struct vv_error *error);
static bool take_nulls(struct eval_call *call);
static vv_status run_kernel(struct eval_call *call);
static vv_status run_scalar(struct eval_call *call);
static vv_status run_rows(struct eval_call *call);
static vv_status run_loose(struct eval_state *state, const struct eval_node *node,
                           struct eval_rows rows, const struct value_vector **out,
                           struct vv_error *error);
static vv_status run_shared(struct eval_state *state, const struct eval_node *node,
                            struct eval_rows rows, const struct value_vector **out,
                            struct vv_error *error);
static vv_status run_kind(struct eval_state *state, const struct eval_node *node,
                          struct eval_rows rows, const struct value_vector **out,
                          struct vv_error *error);

static const struct value_batch no_columns = {.row_count = 1, .selected_count = 1};

/* ---- states ---- */

vv_status eval_create(const struct eval_program *program, struct arena *arena,
                      struct eval_state **state_out)
{
    struct eval_state *state = ARENA_NEW(arena, struct eval_state);

    *state_out = NULL;
    if (state == NULL) {
        return VV_NOMEM;
    }
    state->program = program;
    state->arena = arena;
    arena_init(&state->strings, arena->alloc, arena->kind, STRING_BLOCK_BYTES);
    session_random_start(&state->alone.random, (uint64_t)(uintptr_t)state);
    state->session = &state->alone;
    pace_init(&state->unpaced, NULL, NULL);
    state->pace = &state->unpaced;
    state->slots = arena_zero(arena, program->slot_count * sizeof *state->slots);
    state->capacities = arena_zero(arena, program->slot_count * sizeof *state->capacities);
    state->results = arena_zero(arena, program->output_count * sizeof *state->results);
    state->shared = arena_zero(arena, program->shared_count * sizeof *state->shared);
    if (state->slots == NULL || state->capacities == NULL || state->results == NULL ||
        state->shared == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i < program->leaf_count; i++) {
        const struct eval_node *leaf = program->leaves[i];

        if (!vector_init_sized(&state->slots[leaf->slot], (enum value_type)leaf->type, 1, arena)) {
            return VV_NOMEM;
        }
        if (leaf->kind == EXPR_CONSTANT && !set_leaf(state, leaf, leaf->constant)) {
            return VV_NOMEM;
        }
    }
    *state_out = state;
    return VV_OK;
}

void eval_destroy(struct eval_state *state)
{
    if (state != NULL) {
        arena_release(&state->strings);
        regex_cache_release(&state->regexes);
    }
}

void eval_bind(struct eval_state *state, const struct value *parameters)
{
    for (uint32_t i = 0; i < state->program->leaf_count; i++) {
        const struct eval_node *leaf = state->program->leaves[i];

        if (leaf->kind == EXPR_PARAMETER) {
            (void)set_leaf(state, leaf, &parameters[leaf->number]);
        }
    }
}

void eval_attach(struct eval_state *state, struct eval_session *session)
{
    state->session = session;
}

void eval_pace(struct eval_state *state, struct pace *pace)
{
    state->pace = pace;
}

static bool set_leaf(struct eval_state *state, const struct eval_node *node,
                     const struct value *value)
{
    VV_ASSERT(value->null || value->type == node->type);
    vector_set_constant(&state->slots[node->slot], value);
    return true;
}

/* ---- runs ---- */

vv_status eval_run(struct eval_state *state, const struct value_batch *input,
                   struct vv_error *error)
{
    struct eval_rows rows = {.at = input->selection, .count = input->selected_count};

    begin_run(state, input);
    for (uint32_t i = 0; i < state->program->output_count; i++) {
        const struct eval_node *node = state->program->outputs[i];

        if (node->kind == EXPR_COLUMN) { /* most outputs of most point queries */
            VV_ASSERT(node->number < input->column_count);
            state->results[i] = &input->columns[node->number];
        } else {
            VV_TRY(eval_node_run(state, node, rows, &state->results[i], error));
        }
    }
    return VV_OK;
}

const struct value_vector *eval_output(const struct eval_state *state, uint32_t i)
{
    VV_ASSERT(i < state->program->output_count);
    return state->results[i];
}

vv_status eval_filter(struct eval_state *state, const struct value_batch *input,
                      uint16_t *selection, uint32_t *count_out, struct vv_error *error)
{
    struct eval_rows rows = {.at = input->selection, .count = input->selected_count};

    VV_ASSERT(state->program->output_count == 1 &&
              state->program->outputs[0]->type == VALUE_BOOLEAN);
    begin_run(state, input);
    return eval_node_filter(state, state->program->outputs[0], rows, selection, count_out, error);
}

vv_status eval_one(struct eval_state *state, const struct value_batch *input, uint32_t row,
                   uint32_t i, struct value *out, struct vv_error *error)
{
    uint16_t at = (uint16_t)row;
    struct eval_rows rows = {.at = &at, .count = 1};
    const struct value_vector *result;

    VV_ASSERT(i < state->program->output_count);
    begin_run(state, input == NULL ? &no_columns : input);
    VV_TRY(eval_node_run(state, state->program->outputs[i], rows, &result, error));
    vector_get(result, row, out);
    return VV_OK;
}

vv_status eval_constant(const struct expr *expr, const struct value *parameters,
                        struct arena *arena, struct value *out, struct vv_error *error)
{
    const struct eval_program *program;
    struct eval_state *state = NULL;
    vv_status status;

    *out = value_null((enum value_type)expr->type);
    status = eval_compile(&expr, 1, arena, &program);
    if (status == VV_OK) {
        status = eval_create(program, arena, &state);
    }
    if (status != VV_OK) {
        return error_from_status(error, status);
    }
    if (parameters != NULL) {
        eval_bind(state, parameters);
    }
    status = eval_one(state, NULL, 0, 0, out, error);
    if (status == VV_OK && !value_copy(arena, out, out)) {
        status = error_from_status(error, VV_NOMEM);
    }
    eval_destroy(state);
    return status;
}

static void begin_run(struct eval_state *state, const struct value_batch *input)
{
    VV_ASSERT(input->row_count <= LIMIT_BATCH_ROWS && input->selected_count <= input->row_count);
    state->input = input;
    state->run++;
    state->selection_count = 0; /* an error may have left some taken */
    state->capacity = input->row_count <= 1                ? 1
                      : input->row_count <= CAPACITY_SMALL ? CAPACITY_SMALL
                                                           : LIMIT_BATCH_ROWS;
    arena_reset(&state->strings);
}

/* ---- nodes ---- */

vv_status eval_slot(struct eval_state *state, const struct eval_node *node,
                    struct value_vector **out, struct vv_error *error)
{
    struct value_vector *slot = &state->slots[node->slot];

    *out = slot;
    if (state->capacities[node->slot] < state->capacity) {
        if (!vector_init_sized(slot, (enum value_type)node->type, state->capacity, state->arena)) {
            state->capacities[node->slot] = 0;
            return error_from_status(error, VV_NOMEM);
        }
        state->capacities[node->slot] = (uint16_t)state->capacity;
    }
    vector_reset(slot);
    return VV_OK;
}

vv_status eval_node_run(struct eval_state *state, const struct eval_node *node,
                        struct eval_rows rows, const struct value_vector **out,
                        struct vv_error *error)
{
    if (node->kind == EXPR_COLUMN) {
        VV_ASSERT(node->number < state->input->column_count);
        *out = &state->input->columns[node->number];
        return VV_OK;
    }
    if (node->kind == EXPR_CONSTANT || node->kind == EXPR_PARAMETER) {
        *out = &state->slots[node->slot];
        return VV_OK;
    }
    if (rows.count == 0) { /* EV2: nobody asks */
        struct value_vector *slot;

        VV_TRY(eval_slot(state, node, &slot, error));
        *out = slot;
        return VV_OK;
    }
    return node->shared != 0 ? run_shared(state, node, rows, out, error)
                             : run_kind(state, node, rows, out, error);
}

static vv_status run_kind(struct eval_state *state, const struct eval_node *node,
                          struct eval_rows rows, const struct value_vector **out,
                          struct vv_error *error)
{
    switch ((enum expr_kind)node->kind) {
    case EXPR_FUNCTION:
    case EXPR_CAST:
        return node->loose ? run_loose(state, node, rows, out, error)
                           : run_call(state, node, rows, out, error);
    case EXPR_AND:
    case EXPR_OR:
        return eval_logic(state, node, rows, out, error);
    case EXPR_NOT:
    case EXPR_IS_NULL:
    case EXPR_IS_TRUE:
    case EXPR_IS_FALSE:
        return eval_is(state, node, rows, out, error);
    case EXPR_IS_DISTINCT:
        return eval_is_distinct(state, node, rows, out, error);
    case EXPR_IN:
        return eval_in(state, node, rows, out, error);
    case EXPR_CASE:
        return eval_case(state, node, rows, out, error);
    case EXPR_COALESCE:
        return eval_coalesce(state, node, rows, out, error);
    case EXPR_NULLIF:
        return eval_nullif(state, node, rows, out, error);
    default:
        VV_ASSERT(node->kind == EXPR_GREATEST || node->kind == EXPR_LEAST);
        return eval_extreme(state, node, rows, out, error);
    }
}

/* ---- calls ---- */

static vv_status run_call(struct eval_state *state, const struct eval_node *node,
                          struct eval_rows rows, const struct value_vector **out,
                          struct vv_error *error)
{
    struct eval_call call = {.state = state, .node = node, .rows = rows, .error = error};
    bool constant = node->constant_call;

    for (uint32_t i = 0; i < node->argument_count; i++) {
        VV_TRY(eval_node_run(state, node->arguments[i], rows, &call.arguments[i], error));
        constant = constant && call.arguments[i]->constant;
    }
    VV_TRY(eval_slot(state, node, &call.out, error));
    *out = call.out;
    if (constant) { /* one row stands for all */
        call.rows = (struct eval_rows){.count = 1};
    }
    if (!take_nulls(&call)) {
        VV_TRY(node->kernel != NULL ? run_kernel(&call) : run_scalar(&call));
    }
    call.out->constant = constant || call.out->constant;
    return VV_OK;
}

/* A strict function: NULL arguments make NULL results. True: the result is NULL everywhere. */
static bool take_nulls(struct eval_call *call)
{
    struct value_vector *out = call->out;
    uint32_t words = (call->state->input->row_count + 63) / 64;

    for (uint32_t i = 0; i < call->node->argument_count; i++) {
        const struct value_vector *argument = call->arguments[i];

        if (!argument->has_nulls) {
            continue;
        }
        out->has_nulls = true;
        if (argument->constant) {
            if (vector_is_null(argument, 0)) {
                out->nulls[0] = 1;
                out->constant = true;
                return true;
            }
            continue;
        }
        for (uint32_t w = 0; w < words; w++) {
            out->nulls[w] |= argument->nulls[w];
        }
    }
    return false;
}

/* Kernels over strings tell themselves what these cost. */
static vv_status run_kernel(struct eval_call *call)
{
    VV_TRY(call->node->kernel(call));
    return eval_work(call->state, (uint64_t)call->rows.count * call->node->row_work, call->error);
}

/* With the session's time zone and clock in reach of the values' functions. */
static vv_status run_scalar(struct eval_call *call)
{
    struct context *before = NULL;
    vv_status status;

    if (!call->node->in_context || call->state->session->context == NULL) {
        return run_rows(call);
    }
    before = context_set(call->state->session->context);
    status = run_rows(call);
    (void)context_set(before);
    return status;
}

static vv_status run_rows(struct eval_call *call)
{
    const struct eval_node *node = call->node;

    for (uint32_t i = 0; i < call->rows.count; i++) {
        uint32_t row = eval_row(call->rows, i);
        struct value arguments[FUNCTION_ARGUMENTS_MAX];
        struct value out = {.type = node->type};
        uint64_t work = node->row_work;

        if (vector_is_null(call->out, row)) {
            continue;
        }
        for (uint32_t k = 0; k < node->argument_count; k++) {
            vector_get(call->arguments[k], row, &arguments[k]);
            work += eval_bytes(&arguments[k]);
        }
        VV_TRY(node->scalar(call, arguments, &out));
        vector_set(call->out, row, &out);
        VV_TRY(eval_work(call->state, work + eval_bytes(&out), call->error));
    }
    return VV_OK;
}

/* A function that sees NULLs, of any number of arguments. */
static vv_status run_loose_rows(struct eval_state *state, const struct eval_node *node,
                                struct eval_rows rows, const struct value_vector **out,
                                struct vv_error *error)
{
    struct eval_call call = {.state = state, .node = node, .rows = rows, .error = error};
    const struct value_vector **vectors =
        arena_get(&state->strings, node->argument_count * sizeof *vectors + 1);
    struct value *arguments =
        arena_get(&state->strings, node->argument_count * sizeof *arguments + 1);
    bool constant = node->constant_call;

    if (vectors == NULL || arguments == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    for (uint32_t i = 0; i < node->argument_count; i++) {
        VV_TRY(eval_node_run(state, node->arguments[i], rows, &vectors[i], error));
        constant = constant && vectors[i]->constant;
    }
    VV_TRY(eval_slot(state, node, &call.out, error));
    *out = call.out;
    if (constant) {
        call.rows = (struct eval_rows){.count = 1};
    }
    for (uint32_t i = 0; i < call.rows.count; i++) {
        uint32_t row = eval_row(call.rows, i);
        struct value result = {.type = node->type};
        uint64_t work = node->row_work;

        for (uint32_t k = 0; k < node->argument_count; k++) {
            vector_get(vectors[k], row, &arguments[k]);
            work += eval_bytes(&arguments[k]);
        }
        VV_TRY(node->scalar(&call, arguments, &result));
        vector_set(call.out, row, &result);
        VV_TRY(eval_work(state, work + eval_bytes(&result), error));
    }
    call.out->constant = constant;
    return VV_OK;
}

static vv_status run_loose(struct eval_state *state, const struct eval_node *node,
                           struct eval_rows rows, const struct value_vector **out,
                           struct vv_error *error)
{
    struct context *before = NULL;
    vv_status status;

    if (!node->in_context || state->session->context == NULL) {
        return run_loose_rows(state, node, rows, out, error);
    }
    before = context_set(state->session->context);
    status = run_loose_rows(state, node, rows, out, error);
    (void)context_set(before);
    return status;
}

/* ---- shared nodes ---- */

static bool rows_known(const struct eval_shared *shared, struct eval_rows rows)
{
    for (uint32_t i = 0; i < rows.count; i++) {
        uint32_t row = eval_row(rows, i);

        if ((shared->rows[row / 64] >> row % 64 & 1) == 0) {
            return false;
        }
    }
    return true;
}

static void rows_learn(struct eval_shared *shared, struct eval_rows rows)
{
    for (uint32_t i = 0; i < rows.count; i++) {
        uint32_t row = eval_row(rows, i);

        shared->rows[row / 64] |= UINT64_C(1) << row % 64;
    }
}

/* The rows known so far, and those of `rows` that are not. */
static struct eval_rows rows_split(const struct eval_shared *shared, struct eval_rows rows,
                                   uint16_t *known, uint16_t *rest, uint32_t *rest_count)
{
    uint32_t count = 0;

    *rest_count = 0;
    for (uint32_t row = 0; row < LIMIT_BATCH_ROWS; row++) {
        if ((shared->rows[row / 64] >> row % 64 & 1) != 0) {
            known[count++] = (uint16_t)row;
        }
    }
    for (uint32_t i = 0; i < rows.count; i++) {
        uint32_t row = eval_row(rows, i);

        if ((shared->rows[row / 64] >> row % 64 & 1) == 0) {
            rest[(*rest_count)++] = (uint16_t)row;
        }
    }
    return (struct eval_rows){.at = known, .count = count};
}

/* Another selection than before: what is known moves to the node's second vector, the rest is added. */
static vv_status share_more(struct eval_state *state, const struct eval_node *node,
                            struct eval_shared *shared, struct eval_rows rows, uint16_t *known,
                            uint16_t *rest, struct vv_error *error)
{
    const struct value_vector *added;
    uint32_t rest_count;
    struct eval_rows before = rows_split(shared, rows, known, rest, &rest_count);
    struct eval_rows after = {.at = rest, .count = rest_count};

    if (shared->result != &shared->own) {
        if (!vector_init_sized(&shared->own, (enum value_type)node->type, state->capacity,
                               state->arena)) {
            return error_from_status(error, VV_NOMEM);
        }
        eval_copy_rows(&shared->own, shared->result, before);
        shared->result = &shared->own;
    }
    VV_TRY(run_kind(state, node, after, &added, error));
    eval_copy_rows(&shared->own, added, after);
    rows_learn(shared, after);
    return VV_OK;
}

/* Computes a node with several parents once per row and run. */
static vv_status run_shared(struct eval_state *state, const struct eval_node *node,
                            struct eval_rows rows, const struct value_vector **out,
                            struct vv_error *error)
{
    struct eval_shared *shared = &state->shared[node->shared - 1];
    vv_status status = VV_OK;

    if (shared->run != state->run) {
        VV_TRY(run_kind(state, node, rows, &shared->result, error));
        memset(shared->rows, 0, sizeof shared->rows);
        rows_learn(shared, rows);
        shared->run = state->run;
    } else if (!shared->result->constant && !rows_known(shared, rows)) {
        uint16_t *known = eval_selection_take(state);
        uint16_t *rest = eval_selection_take(state);

        status = known == NULL || rest == NULL
                     ? error_from_status(error, VV_NOMEM)
                     : share_more(state, node, shared, rows, known, rest, error);
        eval_selection_drop(state);
        eval_selection_drop(state);
    }
    *out = shared->result;
    return status;
}

/* ---- scratch ---- */

uint16_t *eval_selection_take(struct eval_state *state)
{
    uint32_t at = state->selection_count++;

    if (at >= state->selection_limit) {
        uint32_t limit = state->selection_limit == 0 ? 4 : 2 * state->selection_limit;
        uint16_t **selections = arena_zero(state->arena, limit * sizeof *selections);

        if (selections == NULL) {
            return NULL;
        }
        if (state->selection_limit != 0) {
            memcpy(selections, state->selections, state->selection_limit * sizeof *selections);
        }
        state->selections = selections;
        state->selection_limit = limit;
    }
    if (state->selections[at] == NULL) {
        state->selections[at] = arena_get(state->arena, LIMIT_BATCH_ROWS * sizeof(uint16_t));
    }
    return state->selections[at];
}

void eval_selection_drop(struct eval_state *state)
{
    VV_ASSERT(state->selection_count > 0);
    state->selection_count--;
}

vv_status eval_fault_set(enum eval_fault fault, struct vv_error *error)
{
    switch (fault) {
    case EVAL_SMALLINT_RANGE:
        return error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0, "smallint out of range");
    case EVAL_INTEGER_RANGE:
        return error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0, "integer out of range");
    case EVAL_BIGINT_RANGE:
        return error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0, "bigint out of range");
    case EVAL_DIVISION:
        return error_set(error, VV_SQLSTATE_DIVISION_BY_ZERO, 0, "division by zero");
    case EVAL_OVERFLOW:
        return error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0,
                         "value out of range: overflow");
    case EVAL_UNDERFLOW:
        return error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0,
                         "value out of range: underflow");
    case EVAL_INTERVAL_RANGE:
        return error_set(error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0, "interval out of range");
    case EVAL_STAMP_RANGE:
        return error_set(error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0, "timestamp out of range");
    case EVAL_DATE_RANGE:
        return error_set(error, VV_SQLSTATE_DATETIME_FIELD_OVERFLOW, 0, "date out of range");
    case EVAL_NUMERIC_RANGE:
        return error_set(error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0,
                         "value overflows numeric format");
    default:
        return error_from_status(error, VV_NOMEM);
    }
}
