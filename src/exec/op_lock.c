/*
 * op_lock.c - LockRows: locks the rows of its input, whose last column is their own key.
 *
 * Locking is writing, and a write ends what was read: a batch of the input is copied first and its rows are then locked
 * one after the other. A row that has a newer version takes that version's values (lock_rows.h). Under a LIMIT no
 * more rows are locked than it reads: it says before each call how many that are; the rest of the copied batch waits
 * for the next one.
 */
#include "base/assert.h"
#include "exec/lock_rows.h"
#include "exec/operator.h"
#include "exec/rows.h"

enum lock_phase {
    LOCK_FETCH, /* a new batch is to be made */
    LOCK_TAKE,  /* it is being made */
    LOCK_SETTLE /* it is made; what was seen on the way is not visible yet */
};

struct op_lock {
    struct exec_operator op;
    struct exec_lock *lock;
    struct arena *scratch;   /* the copied batch */
    struct value_batch rows; /* of it, with the keys as last column */
    uint32_t next;           /* the row to lock */
    uint64_t at_most;        /* rows in the next batch */
    enum lock_phase phase;
    struct value_batch batch; /* what goes up: the rows that were locked */
    uint16_t *selection;
};

static vv_status lock_open(struct exec_operator *op, struct vv_error *error);
static vv_status lock_next(struct exec_operator *op, const struct value_batch **batch_out,
                           struct vv_error *error);
static vv_status lock_fetch(struct op_lock *lock, struct vv_error *error);
static vv_status lock_take(struct op_lock *lock, struct vv_error *error);
static vv_status lock_freshen(struct op_lock *lock, struct vv_error *error);

static const struct exec_operator_table lock_table = {lock_open, lock_next, exec_op_close_inputs};

vv_status exec_op_lock(struct exec *exec, const struct physical_node *node,
                       struct exec_operator **op_out, struct vv_error *error)
{
    struct op_lock *lock = ARENA_NEW(&exec->plan_arena, struct op_lock);

    *op_out = NULL;
    VV_TRY(exec_op_init(exec, node, &lock_table, (struct exec_operator *)lock, error));
    VV_TRY(exec_lock_create(exec, &node->lock, &lock->lock, error));
    lock->rows.column_count = node->inputs[0]->column_count;
    lock->rows.columns =
        ARENA_ARRAY(&exec->plan_arena, struct value_vector, lock->rows.column_count);
    lock->scratch = exec_scratch_create(exec);
    lock->selection = ARENA_ARRAY(&exec->plan_arena, uint16_t, LIMIT_BATCH_ROWS);
    if (lock->rows.columns == NULL || lock->scratch == NULL || lock->selection == NULL) {
        return exec_no_memory(error);
    }
    *op_out = &lock->op;
    return VV_OK;
}

void exec_lock_at_most(struct exec_operator *op, uint64_t rows)
{
    VV_ASSERT(rows > 0);
    ((struct op_lock *)(void *)op)->at_most = rows;
}

static vv_status lock_open(struct exec_operator *op, struct vv_error *error)
{
    struct op_lock *lock = (struct op_lock *)(void *)op;

    lock->rows.row_count = 0;
    lock->next = 0;
    lock->at_most = UINT64_MAX;
    lock->phase = LOCK_FETCH;
    lock->batch.selected_count = 0;
    exec_lock_open(lock->lock);
    return exec_op_open_inputs(op, error);
}

static vv_status lock_next(struct exec_operator *op, const struct value_batch **batch_out,
                           struct vv_error *error)
{
    struct op_lock *lock = (struct op_lock *)(void *)op;
    vv_status status = VV_OK;

    *batch_out = NULL;
    while (lock->phase != LOCK_SETTLE) {
        if (lock->phase == LOCK_FETCH) {
            if (lock->next == lock->rows.row_count) {
                VV_TRY(lock_fetch(lock, error));
            }
            lock->batch.selected_count = 0;
            lock->phase = LOCK_TAKE;
        }
        VV_TRY(lock_take(lock, error));
        lock->phase = lock->batch.selected_count > 0 ? LOCK_SETTLE : LOCK_FETCH;
    }
    /* Nothing that a crash could undo is shown. */
    status = store_statement_settle(op->exec->session);
    if (status != VV_OK) {
        return exec_error(op->exec->session, status, error);
    }
    lock->phase = LOCK_FETCH;
    lock->batch.columns = lock->rows.columns;
    lock->batch.column_count = op->node->column_count;
    lock->batch.row_count = lock->rows.row_count;
    lock->batch.selection = lock->selection;
    *batch_out = &lock->batch;
    return VV_OK;
}

/* Copies the next batch of the input. */
static vv_status lock_fetch(struct op_lock *lock, struct vv_error *error)
{
    const struct value_batch *input = NULL;
    uint16_t every[LIMIT_BATCH_ROWS];
    const uint16_t *selection = every;

    VV_TRY(exec_op_next(lock->op.inputs[0], &input, error));
    arena_reset(lock->scratch);
    if (input->selection != NULL) {
        selection = input->selection;
    } else {
        for (uint32_t i = 0; i < input->selected_count; i++) {
            every[i] = (uint16_t)i;
        }
    }
    lock->rows.row_count = 0;
    lock->next = 0;
    for (uint32_t c = 0; c < lock->rows.column_count; c++) {
        struct value_vector *column = &lock->rows.columns[c];

        if (!vector_init_sized(column, (enum value_type)input->columns[c].type,
                               input->selected_count, lock->scratch)) {
            return exec_no_memory(error);
        }
        vector_reset(column);
        if (!rows_copy_column(column, 0, &input->columns[c], selection, input->selected_count,
                              lock->scratch)) {
            return exec_no_memory(error);
        }
    }
    lock->rows.row_count = input->selected_count;
    return VV_OK;
}

/* Locks rows of the copied batch until there are as many as are wanted. */
static vv_status lock_take(struct op_lock *lock, struct vv_error *error)
{
    const struct value_vector *keys = &lock->rows.columns[lock->rows.column_count - 1];

    while (lock->next < lock->rows.row_count && lock->batch.selected_count < lock->at_most) {
        enum exec_locked locked = EXEC_LOCK_GONE;
        vv_slice key = vector_string_slice(&keys->strings[lock->next]);

        VV_TRY(exec_lock_row(lock->lock, key, lock->scratch, &locked, error));
        if (locked == EXEC_LOCK_FRESH) {
            VV_TRY(lock_freshen(lock, error));
        }
        if (locked != EXEC_LOCK_GONE) {
            lock->selection[lock->batch.selected_count++] = (uint16_t)lock->next;
        }
        lock->next++;
    }
    return VV_OK;
}

/* The row takes the values of its newest version. */
static vv_status lock_freshen(struct op_lock *lock, struct vv_error *error)
{
    const struct value_batch *fresh = exec_lock_fresh(lock->lock);

    for (uint32_t c = 0; c < fresh->column_count; c++) {
        struct value value;

        vector_get(&fresh->columns[c], 0, &value);
        if (!value_copy(lock->scratch, &value, &value)) {
            return exec_no_memory(error);
        }
        vector_set(&lock->rows.columns[c], lock->next, &value);
    }
    return VV_OK;
}
