/*
 * nodes.c - AND, OR, CASE, COALESCE: nodes that choose which rows their arguments see.
 *
 * Each keeps a scratch selection of the rows that are still open and narrows it argument by argument
 * (EV2). Three-valued logic falls out of it: a row whose argument is NULL stays open, because a later
 * argument may decide it, and is marked NULL until then.
 */
#include "base/assert.h"
#include "eval/eval_private.h"

static uint32_t logic_argument(struct value_vector *result, const struct value_vector *argument,
                               bool deciding, struct eval_rows open, uint16_t *still_open);
static void put_boolean(struct value_vector *result, uint32_t row, bool truth);
static uint32_t copy_not_null(struct value_vector *result, const struct value_vector *argument,
                              struct eval_rows open, uint16_t *still_open);
static vv_status case_branch(struct eval_state *state, const struct eval_node *then,
                             struct eval_rows rows, struct value_vector *result,
                             struct vv_error *error);
static uint32_t without(struct eval_rows rows, struct eval_rows taken, uint16_t *rest);

/* AND and OR are one with the deciding value exchanged. */
vv_status eval_logic(struct eval_state *state, const struct eval_node *node, struct eval_rows rows,
                     const struct value_vector **out, struct vv_error *error)
{
    bool deciding = node->kind == EXPR_OR;
    struct value_vector *result;
    uint16_t *scratch = eval_selection_take(state);
    struct eval_rows open = rows;

    VV_TRY(eval_slot(state, node, &result, error));
    if (scratch == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    for (uint32_t i = 0; i < rows.count; i++) {
        result->bools[eval_row(rows, i)] = !deciding;
    }
    for (uint32_t i = 0; i < node->argument_count && open.count != 0; i++) {
        const struct value_vector *argument;

        VV_TRY(eval_node_run(state, node->arguments[i], open, &argument, error));
        open.count = logic_argument(result, argument, deciding, open, scratch);
        open.at = scratch;
    }
    eval_selection_drop(state);
    *out = result;
    return VV_OK;
}

/* Decides rows; returns how many stay open. */
static uint32_t logic_argument(struct value_vector *result, const struct value_vector *argument,
                               bool deciding, struct eval_rows open, uint16_t *still_open)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < open.count; i++) {
        uint32_t row = eval_row(open, i);

        if (vector_is_null(argument, row)) {
            vector_set_null(result, row);
        } else if ((argument->bools[eval_place(argument, row)] != 0) == deciding) {
            put_boolean(result, row, deciding);
            continue;
        }
        still_open[count++] = (uint16_t)row;
    }
    return count;
}

static void put_boolean(struct value_vector *result, uint32_t row, bool truth)
{
    result->bools[row] = truth;
    result->nulls[row / 64] &= ~(UINT64_C(1) << row % 64);
}

/* when, then, when, then, …, else. */
vv_status eval_case(struct eval_state *state, const struct eval_node *node, struct eval_rows rows,
                    const struct value_vector **out, struct vv_error *error)
{
    struct value_vector *result;
    uint16_t *open_rows = eval_selection_take(state);
    uint16_t *taken_rows = eval_selection_take(state);
    struct eval_rows open = rows;

    VV_ASSERT(node->argument_count % 2 == 1);
    VV_TRY(eval_slot(state, node, &result, error));
    if (open_rows == NULL || taken_rows == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    for (uint32_t i = 0; i + 1 < node->argument_count && open.count != 0; i += 2) {
        struct eval_rows taken = {.at = taken_rows};

        VV_TRY(eval_node_filter(state, node->arguments[i], open, taken_rows, &taken.count, error));
        VV_TRY(case_branch(state, node->arguments[i + 1], taken, result, error));
        open.count = without(open, taken, open_rows);
        open.at = open_rows;
    }
    VV_TRY(case_branch(state, node->arguments[node->argument_count - 1], open, result, error));
    eval_selection_drop(state);
    eval_selection_drop(state);
    *out = result;
    return VV_OK;
}

static vv_status case_branch(struct eval_state *state, const struct eval_node *then,
                             struct eval_rows rows, struct value_vector *result,
                             struct vv_error *error)
{
    const struct value_vector *values;

    if (rows.count == 0) {
        return VV_OK;
    }
    VV_TRY(eval_node_run(state, then, rows, &values, error));
    eval_copy_rows(result, values, rows);
    return VV_OK;
}

/* rows minus taken, both rising; returns the count. rest may be rows.at. */
static uint32_t without(struct eval_rows rows, struct eval_rows taken, uint16_t *rest)
{
    uint32_t count = 0, next = 0;

    for (uint32_t i = 0; i < rows.count; i++) {
        uint32_t row = eval_row(rows, i);

        if (next < taken.count && taken.at[next] == row) {
            next++;
        } else {
            rest[count++] = (uint16_t)row;
        }
    }
    return count;
}

vv_status eval_coalesce(struct eval_state *state, const struct eval_node *node,
                        struct eval_rows rows, const struct value_vector **out,
                        struct vv_error *error)
{
    struct value_vector *result;
    uint16_t *scratch = eval_selection_take(state);
    struct eval_rows open = rows;

    VV_TRY(eval_slot(state, node, &result, error));
    if (scratch == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    for (uint32_t i = 0; i < node->argument_count && open.count != 0; i++) {
        const struct value_vector *argument;

        VV_TRY(eval_node_run(state, node->arguments[i], open, &argument, error));
        open.count = copy_not_null(result, argument, open, scratch);
        open.at = scratch;
    }
    for (uint32_t i = 0; i < open.count; i++) {
        vector_set_null(result, eval_row(open, i));
    }
    eval_selection_drop(state);
    *out = result;
    return VV_OK;
}

static uint32_t copy_not_null(struct value_vector *result, const struct value_vector *argument,
                              struct eval_rows open, uint16_t *still_open)
{
    uint32_t count = 0;

    eval_copy_rows(result, argument, open);
    for (uint32_t i = 0; i < open.count; i++) {
        uint32_t row = eval_row(open, i);

        if (vector_is_null(argument, row)) {
            still_open[count++] = (uint16_t)row;
        }
    }
    return count;
}
