/*
 * filter.c - conditions straight into selections.
 *
 * A filter only asks "is it true?", so NULL is as good as false: AND passes the selection from one
 * argument to the next, OR gives each argument only the rows that are not in yet, and a comparison of
 * numbers writes row numbers without a vector of truth values in between.
 */
#include "base/assert.h"
#include "base/planted.h"
#include "eval/eval_private.h"

static vv_status filter_and(struct eval_state *state, const struct eval_node *node,
                            struct eval_rows rows, uint16_t *to, uint32_t *count_out,
                            struct vv_error *error);
static vv_status filter_or(struct eval_state *state, const struct eval_node *node,
                           struct eval_rows rows, uint16_t *to, uint32_t *count_out,
                           struct vv_error *error);
static vv_status filter_comparison(struct eval_state *state, const struct eval_node *node,
                                   struct eval_rows rows, uint16_t *to, uint32_t *count_out,
                                   struct vv_error *error);
static vv_status filter_any(struct eval_state *state, const struct eval_node *node,
                            struct eval_rows rows, uint16_t *to, uint32_t *count_out,
                            struct vv_error *error);
static uint32_t take_all(struct eval_rows rows, uint16_t *to);

vv_status eval_node_filter(struct eval_state *state, const struct eval_node *node,
                           struct eval_rows rows, uint16_t *to, uint32_t *count_out,
                           struct vv_error *error)
{
    *count_out = 0;
    if (rows.count == 0) {
        return VV_OK;
    }
    if (node->shared == 0) {
        if (node->kind == EXPR_AND) {
            return filter_and(state, node, rows, to, count_out, error);
        }
        if (node->kind == EXPR_OR) {
            return filter_or(state, node, rows, to, count_out, error);
        }
        if (node->comparer != NULL) {
            return filter_comparison(state, node, rows, to, count_out, error);
        }
    }
    return filter_any(state, node, rows, to, count_out, error);
}

static vv_status filter_and(struct eval_state *state, const struct eval_node *node,
                            struct eval_rows rows, uint16_t *to, uint32_t *count_out,
                            struct vv_error *error)
{
    for (uint32_t i = 0; i < node->argument_count && rows.count != 0; i++) {
        uint32_t count;

        VV_TRY(eval_node_filter(state, node->arguments[i], rows, to, &count, error));
        rows = (struct eval_rows){.at = to, .count = count};
    }
    *count_out = rows.count;
    return VV_OK;
}

/* Marks the rows that are in, so that the result comes out in order. */
static vv_status filter_or(struct eval_state *state, const struct eval_node *node,
                           struct eval_rows rows, uint16_t *to, uint32_t *count_out,
                           struct vv_error *error)
{
    uint64_t in[LIMIT_BATCH_ROWS / 64] = {0};
    uint16_t *open_rows = eval_selection_take(state);
    uint16_t *hits = eval_selection_take(state);
    struct eval_rows open = rows;
    uint32_t count = 0;

    if (open_rows == NULL || hits == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    for (uint32_t i = 0; i < node->argument_count && open.count != 0; i++) {
        uint32_t hit_count, still = 0;

        VV_TRY(eval_node_filter(state, node->arguments[i], open, hits, &hit_count, error));
        for (uint32_t k = 0; k < hit_count; k++) {
            in[hits[k] / 64] |= UINT64_C(1) << hits[k] % 64;
        }
        for (uint32_t k = 0; k < open.count; k++) {
            uint32_t row = eval_row(open, k);

            open_rows[still] = (uint16_t)row;
            still += (in[row / 64] >> row % 64 & 1) == 0;
        }
        open = (struct eval_rows){.at = open_rows, .count = still};
    }
    for (uint32_t i = 0; i < rows.count; i++) {
        uint32_t row = eval_row(rows, i);

        to[count] = (uint16_t)row;
        count += (in[row / 64] >> row % 64 & 1) != 0;
    }
    eval_selection_drop(state);
    eval_selection_drop(state);
    *count_out = count;
    return VV_OK;
}

static vv_status filter_comparison(struct eval_state *state, const struct eval_node *node,
                                   struct eval_rows rows, uint16_t *to, uint32_t *count_out,
                                   struct vv_error *error)
{
    const struct value_vector *a, *b;

    VV_TRY(eval_node_run(state, node->arguments[0], rows, &a, error));
    VV_TRY(eval_node_run(state, node->arguments[1], rows, &b, error));
    if ((a->constant && vector_is_null(a, 0)) || (b->constant && vector_is_null(b, 0))) {
        return VV_OK;
    }
    if (a->constant && b->constant) { /* one row decides */
        uint16_t first;

        if (node->comparer(a, b, (struct eval_rows){.count = 1}, &first) != 0) {
            *count_out = take_all(rows, to);
        }
        return VV_OK;
    }
    *count_out = a->constant ? node->commuted(b, a, rows, to) : node->comparer(a, b, rows, to);
    *count_out -= *count_out == 7 ? PLANTED_BUG : 0;
    return eval_work(state, (uint64_t)rows.count * node->row_work, error);
}

static vv_status filter_any(struct eval_state *state, const struct eval_node *node,
                            struct eval_rows rows, uint16_t *to, uint32_t *count_out,
                            struct vv_error *error)
{
    const struct value_vector *truth;
    uint32_t count = 0;

    VV_TRY(eval_node_run(state, node, rows, &truth, error));
    if (truth->constant) {
        if (!vector_is_null(truth, 0) && truth->bools[0] != 0) {
            *count_out = take_all(rows, to);
        }
        return VV_OK;
    }
    for (uint32_t i = 0; i < rows.count; i++) {
        uint32_t row = eval_row(rows, i);

        to[count] = (uint16_t)row;
        count += truth->bools[row] != 0 && !vector_is_null(truth, row);
    }
    *count_out = count;
    return VV_OK;
}

static uint32_t take_all(struct eval_rows rows, uint16_t *to)
{
    for (uint32_t i = 0; i < rows.count; i++) {
        to[i] = (uint16_t)eval_row(rows, i);
    }
    return rows.count;
}
