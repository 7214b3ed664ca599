/* lock_rows.c - see lock_rows.h. */
#include "exec/lock_rows.h"

#include "base/assert.h"

struct exec_lock {
    struct exec *exec;
    const struct physical_lock *plan;
    struct exec_program *recheck; /* NULL: every row is wanted */
    struct exec_program *exprs;
    struct value *values;      /* the newest version, every column of the table */
    struct value_batch row;    /* those of its columns that the expressions read */
    struct value_batch result; /* what they made of it */
    /* of the row that is being locked: */
    bool active;
    bool fresh; /* `row` is the version to lock, not the snapshot's */
    uint64_t basis;
    uint8_t key[TABLE_KEY_BYTES];
    size_t key_size;
};

static vv_status look_again(struct exec_lock *lock, vv_slice bytes, struct arena *arena,
                            bool *wants_out, struct vv_error *error);
static vv_status compute(struct exec_lock *lock, struct vv_error *error);
static vv_status busy(const struct exec_lock *lock, struct vv_error *error);

static_assert((int)ROW_LOCK_KEY_SHARE == (int)STORE_LOCK_KEY_SHARE &&
                  (int)ROW_LOCK_UPDATE == (int)STORE_LOCK_UPDATE,
              "one order of row locks");

vv_status exec_lock_create(struct exec *exec, const struct physical_lock *plan,
                           struct exec_lock **lock_out, struct vv_error *error)
{
    struct exec_lock *lock = ARENA_NEW(&exec->plan_arena, struct exec_lock);

    *lock_out = NULL;
    if (lock == NULL) {
        return exec_no_memory(error);
    }
    lock->exec = exec;
    lock->plan = plan;
    lock->values =
        ARENA_ARRAY(&exec->plan_arena, struct value, plan->lock.table->spec.column_count);
    lock->result.columns = ARENA_ARRAY(&exec->plan_arena, struct value_vector, plan->expr_count);
    lock->result.column_count = plan->expr_count;
    lock->result.row_count = 1;
    lock->result.selected_count = 1;
    if (lock->values == NULL || lock->result.columns == NULL) {
        return exec_no_memory(error);
    }
    VV_TRY(exec_batch_create(exec, plan->column_types, plan->column_count, 1, &lock->row, error));
    lock->row.row_count = 1;
    lock->row.selected_count = 1;
    if (plan->recheck != NULL) {
        VV_TRY(exec_program_create(exec, &plan->recheck, 1, &lock->recheck, error));
    }
    VV_TRY(exec_program_create(exec, plan->exprs, plan->expr_count, &lock->exprs, error));
    *lock_out = lock;
    return VV_OK;
}

void exec_lock_open(struct exec_lock *lock)
{
    lock->active = false;
}

vv_status exec_lock_row(struct exec_lock *lock, vv_slice key, struct arena *arena,
                        enum exec_locked *locked_out, struct vv_error *error)
{
    const struct row_lock *wanted = &lock->plan->lock;
    struct store_session *session = lock->exec->session;
    enum store_lock_wait wait =
        wanted->wait == ROW_LOCK_WAITS ? STORE_LOCK_WAITS : STORE_LOCK_NOWAIT;

    *locked_out = EXEC_LOCK_GONE;
    if (!lock->active) {
        VV_ASSERT(key.size <= sizeof lock->key);
        memcpy(lock->key, key.data, key.size);
        lock->key_size = key.size;
        lock->basis = STORE_BASIS_SNAPSHOT;
        lock->fresh = false;
        lock->active = true;
    }
    for (;;) {
        struct store_newest newest = {0};
        vv_status status =
            store_lock(session, wanted->table->map_id, slice_make(lock->key, lock->key_size),
                       (enum store_row_lock)wanted->strength, wait, lock->basis, &newest);
        bool wants = false;

        if (status == VV_WAITING) {
            return status; /* LR2 */
        }
        if (status == VV_CHANGED) {
            VV_TRY(look_again(lock, newest.row, arena, &wants, error));
            if (wants) {
                lock->basis = newest.basis;
                lock->fresh = true;
                continue;
            }
        } else if (status == VV_NOT_FOUND && newest.moved_key.size > 0) {
            VV_ASSERT(newest.moved_key.size <= sizeof lock->key);
            memcpy(lock->key, newest.moved_key.data, newest.moved_key.size);
            lock->key_size = newest.moved_key.size;
            lock->basis = STORE_BASIS_SNAPSHOT;
            continue;
        }
        lock->active = false;
        if (status == VV_OK) {
            *locked_out = lock->fresh ? EXEC_LOCK_FRESH : EXEC_LOCK_SAME;
            return lock->fresh ? compute(lock, error) : VV_OK;
        }
        if (status == VV_LOCK_BUSY && wanted->wait == ROW_LOCK_FAILS) {
            return busy(lock, error);
        }
        return status == VV_CHANGED || status == VV_NOT_FOUND || status == VV_LOCK_BUSY
                   ? VV_OK
                   : exec_error(session, status, error);
    }
}

const struct value_batch *exec_lock_fresh(const struct exec_lock *lock)
{
    return &lock->result;
}

/* The newest version into lock->row: is it still wanted? */
static vv_status look_again(struct exec_lock *lock, vv_slice bytes, struct arena *arena,
                            bool *wants_out, struct vv_error *error)
{
    const struct physical_lock *plan = lock->plan;
    struct value truth;
    vv_status status = table_row_decode(plan->lock.table, slice_make(lock->key, lock->key_size),
                                        bytes, arena, lock->values);

    *wants_out = false;
    if (status != VV_OK) {
        return exec_error(lock->exec->session, status, error);
    }
    for (uint32_t c = 0; c < plan->column_count; c++) {
        struct value *value = &lock->values[plan->columns[c]];

        if (!value_copy(arena, value, value)) {
            return exec_no_memory(error);
        }
        vector_reset(&lock->row.columns[c]);
        vector_set(&lock->row.columns[c], 0, value);
    }
    *wants_out = true;
    if (lock->recheck != NULL) {
        VV_TRY(eval_one(lock->recheck->state, &lock->row, 0, 0, &truth, error));
        *wants_out = !truth.null && truth.boolean;
    }
    return VV_OK;
}

static vv_status compute(struct exec_lock *lock, struct vv_error *error)
{
    VV_TRY(eval_run(lock->exprs->state, &lock->row, error));
    for (uint32_t i = 0; i < lock->plan->expr_count; i++) {
        lock->result.columns[i] = *eval_output(lock->exprs->state, i);
    }
    return VV_OK;
}

static vv_status busy(const struct exec_lock *lock, struct vv_error *error)
{
    return error_set(error, VV_SQLSTATE_LOCK_NOT_AVAILABLE, 0,
                     "could not obtain lock on row in relation \"%s\"",
                     lock->plan->lock.table->spec.name);
}
