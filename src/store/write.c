/*
 * write.c - insert, update, delete, put, lock: what the tree answers, turned into what SQL expects.
 *
 *   the tree says     READ COMMITTED                           REPEATABLE READ
 *   VV_WAIT           wait for that transaction, start again   the same
 *   VV_CHANGED        VV_CHANGED with the newest row, or       VV_CONFLICT, once the version in the way
 *                     VV_NOT_FOUND when it was deleted         is visible (so that a retry can succeed)
 *   own version       VV_NOT_FOUND: this statement wrote the row already, it is not written twice
 *   VV_EXISTS         VV_EXISTS; the statement's end waits until the row in the way is visible
 */
#include "store/store_private.h"

/* Between two looks at how much redo has gathered. */
#define RUN_ROWS  2048u
#define RUN_BYTES (4u * STORE_CHUNK_BYTES)

#define RELIEFS_A_STATEMENT 32u

/* One write, so that waiting and judging stand in one place. */
struct write_call {
    enum { CALL_INSERT, CALL_UPDATE, CALL_DELETE, CALL_LOCK } kind;
    uint32_t map;
    vv_slice key;
    vv_slice row; /* of a delete: the key it moves to */
    uint64_t basis;
    enum rowlock_mode mode;
    bool nowait;
    struct store_newest *newest; /* may be NULL */
};

static vv_status write_run(struct store_session *session, struct write_call *call);
static vv_status write_tree(struct store_session *session, const struct write_call *call,
                            struct store_map *map, struct tree_write *write);
static bool write_relieve(struct store_session *session);
static vv_status run_log_reserve(struct store_session *session, const struct store_row *rows,
                                 uint32_t *count);
static void write_remember(struct store_session *session, uint32_t map);
static void write_log(struct store_session *session, const struct write_call *call);
static vv_status write_judge(struct store_session *session, const struct write_call *call,
                             vv_status status, const struct tree_write *write);
static vv_status write_conflict(struct store_session *session, uint64_t begin);
static vv_status call_copy(struct store_session *session, struct write_call *call);
static void saw(struct store_session *session, uint64_t begin);

vv_status store_insert(struct store_session *session, uint32_t map, vv_slice key, vv_slice row)
{
    return write_run(session, &(struct write_call){.kind = CALL_INSERT,
                                                   .map = map,
                                                   .key = key,
                                                   .row = row,
                                                   .mode = ROWLOCK_NO_KEY_UPDATE});
}

static_assert(sizeof(struct store_row) == sizeof(struct tree_row) &&
                  offsetof(struct store_row, row) == offsetof(struct tree_row, row),
              "passed on as they are");

/* A row that met something goes the way of a single one: it waits, makes room, or says what is in the way. */
vv_status store_insert_run(struct store_session *session, uint32_t map,
                           const struct store_row *rows, uint32_t count, uint32_t *done_out)
{
    uint32_t done = 0;
    vv_status status = VV_OK;

    *done_out = 0;
    VV_ASSERT(session->in_statement);
    while (done < count) {
        struct tree_write write = {.session = session->tree,
                                   .changes = &session->changes,
                                   .holder = &session->row_locks,
                                   .strength = ROWLOCK_NO_KEY_UPDATE,
                                   .statement = session->write_number,
                                   .replace_from = session->write_number,
                                   .cause = &session->cause};
        uint32_t piece = count - done < RUN_ROWS ? count - done : RUN_ROWS;
        struct store_map *found = NULL;
        unsigned inserted = 0;

        VV_TRY(store_write_begin(session));
        VV_TRY(run_log_reserve(session, rows + done, &piece));
        found = store_map_find(session, map);
        if (VV_UNLIKELY(found == NULL)) {
            session->cause.map_id = map;
            return VV_NOT_FOUND;
        }
        write.view = session->view;
        status =
            tree_insert_run(found->tree, &write,
                            (const struct tree_row *)(const void *)(rows + done), piece, &inserted);
        if (inserted > 0) {
            session->dirty = true;
            write_remember(session, map);
        }
        for (uint32_t i = 0; i < inserted && !session->store->null_log; i++) {
            redo_add(&session->redo, &(struct redo_change){.operation = REDO_PUT,
                                                           .map = map,
                                                           .key = rows[done + i].key,
                                                           .row = rows[done + i].row});
        }
        done += inserted;
        *done_out = done;
        if (status != VV_OK) {
            VV_TRY(store_insert(session, map, rows[done].key, rows[done].row));
            *done_out = ++done;
        }
    }
    return VV_OK;
}

static vv_status update(struct store_session *session, uint32_t map, vv_slice key, vv_slice row,
                        uint64_t basis, enum rowlock_mode mode, struct store_newest *newest_out)
{
    return write_run(session, &(struct write_call){.kind = CALL_UPDATE,
                                                   .map = map,
                                                   .key = key,
                                                   .row = row,
                                                   .basis = basis,
                                                   .mode = mode,
                                                   .newest = newest_out});
}

vv_status store_update(struct store_session *session, uint32_t map, vv_slice key, vv_slice row,
                       uint64_t basis, struct store_newest *newest_out)
{
    return update(session, map, key, row, basis, ROWLOCK_NO_KEY_UPDATE, newest_out);
}

vv_status store_update_keys(struct store_session *session, uint32_t map, vv_slice key, vv_slice row,
                            uint64_t basis, struct store_newest *newest_out)
{
    return update(session, map, key, row, basis, ROWLOCK_UPDATE, newest_out);
}

vv_status store_delete(struct store_session *session, uint32_t map, vv_slice key,
                       vv_slice moved_key, uint64_t basis, struct store_newest *newest_out)
{
    return write_run(session, &(struct write_call){.kind = CALL_DELETE,
                                                   .map = map,
                                                   .key = key,
                                                   .row = moved_key,
                                                   .basis = basis,
                                                   .mode = ROWLOCK_UPDATE,
                                                   .newest = newest_out});
}

/* Under READ COMMITTED whatever is newest is replaced; under REPEATABLE READ only what was seen. */
vv_status store_put(struct store_session *session, uint32_t map, vv_slice key, vv_slice row)
{
    uint64_t basis =
        session->level == STORE_READ_COMMITTED ? STORE_BASIS_NEWEST : STORE_BASIS_SNAPSHOT;
    vv_status status = VV_EXISTS;

    while (status == VV_EXISTS) {
        status = store_update(session, map, key, row, basis, NULL);
        if (status == VV_NOT_FOUND && store_map_find(session, map) != NULL) {
            status = store_insert(session, map, key, row);
            basis = STORE_BASIS_NEWEST; /* VV_EXISTS: made meanwhile, or by this very statement */
        }
    }
    return status;
}

vv_status store_lock(struct store_session *session, uint32_t map, vv_slice key,
                     enum store_row_lock mode, enum store_lock_wait wait, uint64_t basis,
                     struct store_newest *newest_out)
{
    return write_run(session, &(struct write_call){.kind = CALL_LOCK,
                                                   .map = map,
                                                   .key = key,
                                                   .basis = basis,
                                                   .mode = (enum rowlock_mode)mode,
                                                   .nowait = wait == STORE_LOCK_NOWAIT,
                                                   .newest = newest_out});
}

vv_status store_table_lock(struct store_session *session, uint32_t table,
                           enum store_table_mode mode)
{
    vv_status status = VV_OK;

    VV_ASSERT(session->in_transaction);
    if (VV_UNLIKELY(session->wait_state != STORE_NOT_WAITING)) {
        VV_TRY(store_wait_resume(session));
    }
    store_txn_identify(session);
    for (;;) {
        uint64_t blocker = 0;

        status = tablelock_take(session->table_locks, session->view.tag, table,
                                (enum tablelock_mode)mode, &blocker);
        if (status != VV_WAIT) {
            break;
        }
        status = store_wait_txn(session, STORE_WAIT_FOR_TABLE, blocker,
                                txn_undo_seen(session->store->shared.txns, blocker));
        if (status != VV_OK) {
            break;
        }
    }
    if (status != VV_OK && status != VV_WAITING) {
        tablelock_withdraw(session->table_locks);
    }
    return status;
}

/* ---- helpers ---- */

static_assert((int)STORE_LOCK_UPDATE == (int)ROWLOCK_UPDATE &&
                  (int)STORE_LOCK_KEY_SHARE == (int)ROWLOCK_KEY_SHARE,
              "one order of row locks");
static_assert((int)STORE_TABLE_ACCESS_EXCLUSIVE == (int)TABLELOCK_ACCESS_EXCLUSIVE,
              "one order of table locks");
static_assert(STORE_BASIS_SNAPSHOT == TREE_BASIS_SNAPSHOT &&
                  STORE_BASIS_NEWEST == TREE_BASIS_NEWEST,
              "passed on");

static vv_status write_run(struct store_session *session, struct write_call *call)
{
    struct store_map *map = NULL;
    struct tree_write write = {.session = session->tree,
                               .changes = &session->changes,
                               .holder = &session->row_locks,
                               .strength = call->mode,
                               .basis = call->basis,
                               .cause = &session->cause};
    vv_status status = VV_OK;

    VV_ASSERT(session->in_statement);
    VV_TRY(store_write_begin(session));
    if (call->basis == STORE_BASIS_SNAPSHOT) {
        store_take_snapshot(session);
    }
    if (!session->store->null_log && call->kind != CALL_LOCK) {
        VV_TRY(redo_reserve(&session->redo, session->store->alloc, call->key.size,
                            call->row.size)); /* nothing fails after the tree has changed */
    }
    for (;;) {
        map = store_map_find(session, call->map);
        if (VV_UNLIKELY(map == NULL)) {
            session->cause.map_id = call->map;
            return VV_NOT_FOUND;
        }
        write.view = session->view;
        if (call->basis == STORE_BASIS_NEWEST) {
            write.view.statement = VIEW_ALL_OWN;
        }
        write.statement = session->write_number;
        write.replace_from = session->write_number;
        status = write_tree(session, call, map, &write);
        if (VV_LIKELY(status == VV_OK)) {
            session->dirty = session->dirty || call->kind != CALL_LOCK;
            write_remember(session, call->map);
            write_log(session, call);
            return VV_OK;
        }
        if (VV_UNLIKELY(status == VV_NOMEM)) {
            bool urgent = call->kind == CALL_DELETE && !write.urgent;

            if (session->blocking) {
                VV_TRY(call_copy(session, call)); /* the pin ends here too */
            }
            if (write_relieve(session) || urgent) {
                write.urgent = write.urgent || urgent;
                continue;
            }
        }
        if (status != VV_WAIT) {
            return write_judge(session, call, status, &write);
        }
        if (call->nowait) {
            return VV_LOCK_BUSY;
        }
        VV_TRY(call_copy(session, call)); /* the pin ends with the wait */
        if (call->kind == CALL_INSERT) {  /* shared locks are no obstacle to it */
            VV_TRY(store_wait_txn(session, STORE_WAIT_FOR_TXN, session->cause.txn_tag,
                                  write.undo_seen));
            continue;
        }
        session->wait.map = call->map;
        session->wait.mode = call->mode;
        session->wait.key = slice_make(session->copy, call->key.size);
        VV_TRY(
            store_wait_txn(session, STORE_WAIT_FOR_ROW, session->cause.txn_tag, write.undo_seen));
    }
}

/* Whether another try makes sense. A large statement, which leaves what cannot be freed yet behind it in many pages,
 * does not look through them again and again. */
static bool write_relieve(struct store_session *session)
{
    if (session->relieved_tag != session->view.tag ||
        session->relieved_number != session->write_number) {
        session->relieved_tag = session->view.tag;
        session->relieved_number = session->write_number;
        session->relief_count = 0;
    }
    return session->relief_count++ < RELIEFS_A_STATEMENT &&
           store_relieve(session, STORE_RELIEF_STEPS);
}

static vv_status write_tree(struct store_session *session, const struct write_call *call,
                            struct store_map *map, struct tree_write *write)
{
    switch (call->kind) {
    case CALL_INSERT:
        return tree_insert(map->tree, write, call->key, call->row);
    case CALL_UPDATE:
        return tree_update(map->tree, write, call->key, call->row);
    case CALL_DELETE:
        return tree_delete(map->tree, write, call->key, call->row);
    case CALL_LOCK:
    default:
        return tree_lock(map->tree, write, call->key, call->mode);
    }
}

/* Nothing fails after the tree has changed. *count becomes less when the rows are long. */
static vv_status run_log_reserve(struct store_session *session, const struct store_row *rows,
                                 uint32_t *count)
{
    size_t bytes = 0;
    uint32_t taken = 0;

    if (session->store->null_log) {
        return VV_OK;
    }
    while (taken < *count && bytes < RUN_BYTES) {
        bytes += rows[taken].key.size + rows[taken].row.size + 1 + 3 * BYTES_VARINT_MAX;
        taken++;
    }
    *count = taken;
    return redo_reserve(&session->redo, session->store->alloc, bytes, 0);
}

/* For the commit's share of settling; which ones of many is chance. */
static void write_remember(struct store_session *session, uint32_t map)
{
    for (uint32_t i = 0; i < session->written_count; i++) {
        if (session->written_maps[i] == map) {
            return;
        }
    }
    if (session->written_count < STORE_WRITTEN_MAPS) {
        session->written_maps[session->written_count++] = map;
    }
}

static void write_log(struct store_session *session, const struct write_call *call)
{
    struct redo_change change = {
        .operation = REDO_PUT, .map = call->map, .key = call->key, .row = call->row};

    if (session->store->null_log || call->kind == CALL_LOCK) {
        return;
    }
    if (call->kind == CALL_DELETE) {
        change.operation = REDO_DELETE;
    }
    redo_add(&session->redo, &change);
}

static vv_status write_judge(struct store_session *session, const struct write_call *call,
                             vv_status status, const struct tree_write *write)
{
    const struct tree_found *found = &write->found;

    session->cause.map_id = call->map;
    if (call->newest != NULL) {
        *call->newest = (struct store_newest){0};
    }
    if (status == VV_EXISTS) {
        saw(session, found->begin);
        return VV_EXISTS;
    }
    if (status != VV_CHANGED) {
        return status;
    }
    if (found->begin == session->view.tag) {
        if (call->newest != NULL) {
            call->newest->own = true;
        }
        return VV_NOT_FOUND; /* this statement wrote it: not twice */
    }
    if (session->level != STORE_READ_COMMITTED) {
        return write_conflict(session, found->begin);
    }
    saw(session, found->begin);
    if (found->deleted) {
        if (call->newest != NULL) {
            call->newest->moved_key = found->moved;
        }
        return VV_NOT_FOUND;
    }
    VV_ASSERT(call->newest != NULL);
    call->newest->row = found->row;
    call->newest->basis = found->begin;
    return VV_CHANGED;
}

/* A retry takes a newer snapshot: it must contain what was in the way. */
static vv_status write_conflict(struct store_session *session, uint64_t begin)
{
    if (!txn_is_tag(begin)) {
        VV_TRY(store_wait_visible(session, begin));
    }
    counter_add(&session->store->conflicts, session->number, 1);
    return VV_CONFLICT;
}

/* What is waited for before anything of this leaves the process: store_statement_end. */
static void saw(struct store_session *session, uint64_t begin)
{
    if (!txn_is_tag(begin) && begin > session->seen) {
        session->seen = begin;
    }
}

/* Once a call. Who does not block makes the same call again: only the key is kept, for those who ask what is waited
 * for. */
static vv_status call_copy(struct store_session *session, struct write_call *call)
{
    size_t size = call->key.size + (session->blocking ? call->row.size : 0);
    uint8_t *copy = session->copy;

    if (copy != NULL && call->key.data == copy) {
        return VV_OK;
    }
    if (size > session->copy_capacity) {
        /* The old block may hold nothing of this call: free it first. */
        alloc_free(session->store->alloc, ALLOC_SESSION, copy, session->copy_capacity);
        session->copy_capacity = 0;
        session->copy = alloc_get(session->store->alloc, ALLOC_SESSION, size);
        copy = session->copy;
        if (copy == NULL) {
            return VV_NOMEM;
        }
        session->copy_capacity = size;
    }
    memcpy(copy, call->key.data, call->key.size);
    if (!session->blocking) {
        return VV_OK;
    }
    call->key.data = copy;
    if (call->row.size > 0) {
        memcpy(copy + call->key.size, call->row.data, call->row.size);
        call->row.data = copy + call->key.size;
    }
    return VV_OK;
}
