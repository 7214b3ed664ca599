/*
 * measure.c - what EXPLAIN ANALYZE tells: rows, loops and time of each operator.
 *
 * Who does not ask pays nothing: the measuring functions stand in the operator's head only when the exec was made
 * for it, and call the operator's own. Time is inclusive: an operator's calls contain those of its inputs.
 */
#include "base/assert.h"
#include "exec/operator.h"
#include "os/os.h"
#include "plan/explain.h"

static uint64_t now(const struct exec_operator *op)
{
    return op->exec->env->no_clock ? 0 : os_monotonic_ns(op->exec->env->measure);
}

static vv_status measured_open(struct exec_operator *op, struct vv_error *error)
{
    uint64_t before = now(op);
    vv_status status = op->measure->table->open(op, error);

    op->measure->total_ns += now(op) - before;
    op->measure->asked = op->measure->asked && status != VV_OK;
    op->measure->started = op->measure->started && status != VV_OK;
    return status;
}

static vv_status measured_next(struct exec_operator *op, const struct value_batch **batch_out,
                               struct vv_error *error)
{
    struct exec_measure *measure = op->measure;
    uint64_t before = now(op);
    uint64_t count = 0, bytes = 0, count_after = 0, bytes_after = 0;
    vv_status status = VV_OK;

    store_logged(op->exec->session, &count, &bytes);
    status = measure->table->next(op, batch_out, error);
    store_logged(op->exec->session, &count_after, &bytes_after);
    measure->logged_count += count_after - count;
    measure->logged_bytes += bytes_after - bytes;
    measure->loops += !measure->asked; /* one that is opened and never asked was not executed */
    measure->asked = true;
    measure->total_ns += now(op) - before;
    if ((status == VV_OK || status == VV_END) && !measure->started) {
        measure->startup_ns = measure->total_ns;
        measure->started = true;
    }
    if (status == VV_OK) {
        measure->rows += (*batch_out)->selected_count;
    }
    return status;
}

static void measured_close(struct exec_operator *op)
{
    op->measure->table->close(op);
}

static const struct exec_operator_table measuring = {measured_open, measured_next, measured_close};

vv_status exec_measure_begin(struct exec_operator *op, struct vv_error *error)
{
    VV_ASSERT(op->measure == NULL);
    op->measure = ARENA_NEW(&op->exec->plan_arena, struct exec_measure);
    if (op->measure == NULL) {
        return exec_no_memory(error);
    }
    op->measure->table = op->table;
    op->table = &measuring;
    return VV_OK;
}

static const struct exec_operator *operator_of(const struct exec_operator *op,
                                               const struct physical_node *node)
{
    const struct exec_operator *found = op->node == node ? op : NULL;

    for (uint32_t i = 0; i < op->input_count && found == NULL; i++) {
        found = operator_of(op->inputs[i], node);
    }
    return found;
}

bool exec_measured(const struct exec *exec, const struct physical_node *node,
                   struct explain_measure *measure_out)
{
    const struct exec_operator *op = exec->root == NULL ? NULL : operator_of(exec->root, node);

    if (op == NULL || op->measure == NULL) {
        return false;
    }
    *measure_out = (struct explain_measure){.startup_ms = (double)op->measure->startup_ns / 1e6,
                                            .total_ms = (double)op->measure->total_ns / 1e6,
                                            .rows = (double)op->measure->rows,
                                            .loops = (double)op->measure->loops,
                                            .removed_rows = (double)op->measure->removed_rows,
                                            .memory_bytes = (double)op->measure->memory_bytes,
                                            .logged_changes = (double)op->measure->logged_count,
                                            .logged_bytes = (double)op->measure->logged_bytes,
                                            .top_rows = op->measure->top_rows};
    if (node->kind == PHYSICAL_INSERT) {
        measure_out->inserted_rows = (double)exec->conflicts.inserted;
        measure_out->conflict_rows = (double)exec->conflicts.conflicting;
        measure_out->removed_rows = (double)exec->conflicts.removed;
    }
    return true;
}
