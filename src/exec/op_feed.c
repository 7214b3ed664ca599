/*
 * op_feed.c - rows that come from outside the plan: COPY FROM, the appender.
 *
 * The feed fills this operator's batch. While it has nothing it answers VV_WAITING, and the run goes on where it was
 * (O2) when rows are there.
 */
#include "base/assert.h"
#include "base/limits.h"
#include "exec/operator.h"

struct op_feed {
    struct exec_operator op;
    struct value_batch batch;
    uint32_t batch_rows;
};

static vv_status feed_open(struct exec_operator *op, struct vv_error *error)
{
    (void)error;
    VV_ASSERT(op->exec->feed != NULL);
    return VV_OK;
}

static vv_status feed_next(struct exec_operator *op, const struct value_batch **batch_out,
                           struct vv_error *error)
{
    struct op_feed *feed = (struct op_feed *)(void *)op;
    const struct exec_feed *source = op->exec->feed;

    *batch_out = NULL;
    op->exec->written_place = UINT32_MAX;
    VV_TRY(source->next(source->context, &feed->batch, feed->batch_rows, error));
    VV_ASSERT(feed->batch.row_count > 0 && feed->batch.row_count <= LIMIT_BATCH_ROWS);
    *batch_out = &feed->batch;
    return VV_OK;
}

static void nothing_to_close(struct exec_operator *op)
{
    (void)op;
}

static const struct exec_operator_table feed_table = {feed_open, feed_next, nothing_to_close};

vv_status exec_op_feed(struct exec *exec, const struct physical_node *node,
                       struct exec_operator **op_out, struct vv_error *error)
{
    struct op_feed *feed = ARENA_NEW(&exec->plan_arena, struct op_feed);

    *op_out = NULL;
    VV_TRY(exec_op_init(exec, node, &feed_table, (struct exec_operator *)feed, error));
    feed->batch_rows = exec_batch_rows(exec, node->column_types, node->column_count, 0);
    VV_TRY(exec_batch_create(exec, node->column_types, node->column_count, feed->batch_rows,
                             &feed->batch, error));
    *op_out = &feed->op;
    return VV_OK;
}
