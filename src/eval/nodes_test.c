/*
 * nodes_test.c - IS …, NOT, IS DISTINCT FROM, IN, NULLIF, GREATEST and LEAST.
 */
#include "base/assert.h"
#include "eval/eval_private.h"

/* From here on sorting the items pays. */
#define SEARCH_ROWS  32u
#define SEARCH_ITEMS 4u
#define ITEM_WORK    8u /* to compare a row with an item (EV5) */

static bool is_row(const struct eval_node *node, const struct value_vector *argument, uint32_t row);
static uint32_t in_item(struct value_vector *result, const struct value_vector *x,
                        const struct value_vector *item, bool negated, struct eval_rows open,
                        uint16_t *still_open);
static vv_status in_search(struct eval_state *state, const struct eval_node *node,
                           struct value_vector *result, const struct value_vector *x,
                           struct eval_rows open, bool *done_out, struct vv_error *error);
static void extreme_argument(struct value_vector *result, const struct value_vector *argument,
                             const struct eval_node *node, struct eval_rows rows);

/* NOT and the tests of one argument; only NOT can be NULL. */
vv_status eval_is(struct eval_state *state, const struct eval_node *node, struct eval_rows rows,
                  const struct value_vector **out, struct vv_error *error)
{
    const struct value_vector *argument;
    struct value_vector *result;

    VV_TRY(eval_node_run(state, node->arguments[0], rows, &argument, error));
    VV_TRY(eval_slot(state, node, &result, error));
    if (argument->constant) {
        rows = (struct eval_rows){.count = 1};
    }
    for (uint32_t i = 0; i < rows.count; i++) {
        uint32_t row = eval_row(rows, i);

        result->bools[row] = is_row(node, argument, row);
        if (node->kind == EXPR_NOT && vector_is_null(argument, row)) {
            vector_set_null(result, row);
        }
    }
    result->constant = argument->constant;
    *out = result;
    return VV_OK;
}

static bool is_row(const struct eval_node *node, const struct value_vector *argument, uint32_t row)
{
    bool null = vector_is_null(argument, row);
    bool truth =
        node->kind != EXPR_IS_NULL && !null && argument->bools[eval_place(argument, row)] != 0;

    switch ((enum expr_kind)node->kind) {
    case EXPR_NOT:
        return !truth;
    case EXPR_IS_NULL:
        return null != node->negated;
    case EXPR_IS_TRUE:
        return truth != node->negated;
    default:
        return (!null && !truth) != node->negated;
    }
}

vv_status eval_is_distinct(struct eval_state *state, const struct eval_node *node,
                           struct eval_rows rows, const struct value_vector **out,
                           struct vv_error *error)
{
    const struct value_vector *a, *b;
    struct value_vector *result;

    VV_TRY(eval_node_run(state, node->arguments[0], rows, &a, error));
    VV_TRY(eval_node_run(state, node->arguments[1], rows, &b, error));
    VV_TRY(eval_slot(state, node, &result, error));
    for (uint32_t i = 0; i < rows.count; i++) {
        uint32_t row = eval_row(rows, i);
        bool null_a = vector_is_null(a, row), null_b = vector_is_null(b, row);
        bool distinct =
            null_a || null_b ? null_a != null_b : eval_place_compare(a, row, b, row) != 0;

        result->bools[row] = distinct != node->negated;
    }
    *out = result;
    return VV_OK;
}

/* True as soon as one item equals; otherwise NULL if x or any item is NULL. */
vv_status eval_in(struct eval_state *state, const struct eval_node *node, struct eval_rows rows,
                  const struct value_vector **out, struct vv_error *error)
{
    const struct value_vector *x;
    struct value_vector *result;
    uint16_t *scratch = eval_selection_take(state);
    struct eval_rows open = {.at = scratch};

    VV_TRY(eval_node_run(state, node->arguments[0], rows, &x, error));
    VV_TRY(eval_slot(state, node, &result, error));
    if (scratch == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    for (uint32_t i = 0; i < rows.count; i++) {
        uint32_t row = eval_row(rows, i);

        result->bools[row] = node->negated;
        if (vector_is_null(x, row)) {
            vector_set_null(result, row);
        } else {
            scratch[open.count++] = (uint16_t)row;
        }
    }
    if (open.count >= SEARCH_ROWS && node->argument_count > SEARCH_ITEMS) {
        bool done = false;

        VV_TRY(in_search(state, node, result, x, open, &done, error));
        open.count = done ? 0 : open.count;
    }
    for (uint32_t i = 1; i < node->argument_count && open.count != 0; i++) {
        const struct value_vector *item;

        VV_TRY(eval_node_run(state, node->arguments[i], open, &item, error));
        VV_TRY(eval_work(state, open.count * ITEM_WORK, error));
        open.count = in_item(result, x, item, node->negated, open, scratch);
    }
    eval_selection_drop(state);
    *out = result;
    return VV_OK;
}

static uint32_t in_item(struct value_vector *result, const struct value_vector *x,
                        const struct value_vector *item, bool negated, struct eval_rows open,
                        uint16_t *still_open)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < open.count; i++) {
        uint32_t row = eval_row(open, i);

        if (vector_is_null(item, row)) {
            vector_set_null(result, row);
        } else if (eval_place_compare(x, row, item, row) == 0) {
            result->bools[row] = !negated;
            result->nulls[row / 64] &= ~(UINT64_C(1) << row % 64);
            continue;
        }
        still_open[count++] = (uint16_t)row;
    }
    return count;
}

/* ---- long lists of integer constants ---- */

static int64_t integer_at(const struct value_vector *vector, uint32_t row)
{
    row = eval_place(vector, row);
    return vector->type == VALUE_INTEGER ? vector->i32s[row] : vector->i64s[row];
}

static void sort_integers(int64_t *items, uint32_t count)
{
    /* heapsort: no worst case, no memory */
    for (uint32_t end = count, start = count / 2; end > 1;) {
        uint32_t root, child;
        int64_t item;

        if (start > 0) {
            item = items[--start];
        } else {
            item = items[--end];
            items[end] = items[0];
        }
        for (root = start; (child = 2 * root + 1) < end; root = child) {
            child += child + 1 < end && items[child + 1] > items[child];
            if (items[child] <= item) {
                break;
            }
            items[root] = items[child];
        }
        items[root] = item;
    }
}

static bool found(const int64_t *items, uint32_t count, int64_t x)
{
    const int64_t *base = items;

    while (count > 1) {
        base = base[count / 2] <= x ? base + count / 2 : base;
        count -= count / 2;
    }
    return count != 0 && *base == x;
}

/* Sorts the items once for the batch and looks every open row up. *done_out: it could be done so. */
static vv_status in_search(struct eval_state *state, const struct eval_node *node,
                           struct value_vector *result, const struct value_vector *x,
                           struct eval_rows open, bool *done_out, struct vv_error *error)
{
    int64_t *items;
    uint32_t count = 0;
    bool null = false;

    if (x->type != VALUE_INTEGER && x->type != VALUE_BIGINT) {
        return VV_OK;
    }
    items = arena_get(&state->strings, node->argument_count * sizeof *items);
    if (items == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    for (uint32_t i = 1; i < node->argument_count; i++) {
        const struct value_vector *item = &state->slots[node->arguments[i]->slot];

        if (node->arguments[i]->kind != EXPR_CONSTANT &&
            node->arguments[i]->kind != EXPR_PARAMETER) {
            return VV_OK;
        }
        if (vector_is_null(item, 0)) {
            null = true;
        } else {
            items[count++] = integer_at(item, 0);
        }
    }
    sort_integers(items, count);
    VV_TRY(eval_work(state, (uint64_t)count * ITEM_WORK, error));
    for (uint32_t i = 0; i < open.count; i++) {
        uint32_t row = eval_row(open, i);

        if (found(items, count, integer_at(x, row))) {
            result->bools[row] = !node->negated;
        } else if (null) {
            vector_set_null(result, row);
        }
    }
    *done_out = true;
    return VV_OK;
}

vv_status eval_nullif(struct eval_state *state, const struct eval_node *node, struct eval_rows rows,
                      const struct value_vector **out, struct vv_error *error)
{
    const struct value_vector *a, *b;
    struct value_vector *result;

    VV_TRY(eval_node_run(state, node->arguments[0], rows, &a, error));
    VV_TRY(eval_node_run(state, node->arguments[1], rows, &b, error));
    VV_TRY(eval_slot(state, node, &result, error));
    eval_copy_rows(result, a, rows);
    for (uint32_t i = 0; i < rows.count; i++) {
        uint32_t row = eval_row(rows, i);

        if (!vector_is_null(a, row) && !vector_is_null(b, row) &&
            eval_place_compare(a, row, b, row) == 0) {
            vector_set_null(result, row);
        }
    }
    *out = result;
    return VV_OK;
}

/* NULLs are skipped; NULL only when all are. */
vv_status eval_extreme(struct eval_state *state, const struct eval_node *node,
                       struct eval_rows rows, const struct value_vector **out,
                       struct vv_error *error)
{
    struct value_vector *result;

    VV_TRY(eval_slot(state, node, &result, error));
    for (uint32_t i = 0; i < node->argument_count; i++) {
        const struct value_vector *argument;

        VV_TRY(eval_node_run(state, node->arguments[i], rows, &argument, error));
        if (i == 0) {
            eval_copy_rows(result, argument, rows);
        } else {
            extreme_argument(result, argument, node, rows);
        }
    }
    *out = result;
    return VV_OK;
}

/* The order of two places; texts may have a collation that folds. */
static int extreme_compare(const struct eval_node *node, const struct value_vector *a,
                           const struct value_vector *b, uint32_t row)
{
    struct value left, right;

    if (VV_LIKELY(!value_collation_folds((enum value_collation)node->collation))) {
        return eval_place_compare(a, row, b, row);
    }
    vector_get(a, row, &left);
    vector_get(b, row, &right);
    if (node->type == VALUE_BPCHAR) {
        left.bytes = value_without_blanks(left.bytes);
        right.bytes = value_without_blanks(right.bytes);
    }
    return value_collation_compare((enum value_collation)node->collation, left.bytes, right.bytes);
}

static void extreme_argument(struct value_vector *result, const struct value_vector *argument,
                             const struct eval_node *node, struct eval_rows rows)
{
    bool greatest = node->kind == EXPR_GREATEST;

    for (uint32_t i = 0; i < rows.count; i++) {
        uint16_t row = (uint16_t)eval_row(rows, i);
        int order;

        if (vector_is_null(argument, row)) {
            continue;
        }
        order = vector_is_null(result, row) ? (greatest ? 1 : -1)
                                            : extreme_compare(node, argument, result, row);
        if (greatest ? order > 0 : order < 0) {
            eval_copy_rows(result, argument, (struct eval_rows){.at = &row, .count = 1});
        }
    }
}
