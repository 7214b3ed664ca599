/*
 * transaction.c - begin, statements, savepoints, commit, abort.
 *
 * A commit is one short section of the log:
 *
 *     enter (room is certain)  put (reserve, copy)  publish the LSN in the transaction's slot  leave
 *
 * Everything before (the redo bytes, their checksum) and after (stamping the versions, locks, waking,
 * the sync) is outside. Row locks go before the sync (early lock release): a reader can not see the
 * result until `visible`, which the sync moves, and a writer that builds on it has a later LSN.
 */
#include "base/probe.h"
#include "store/store_private.h"

#define RELIEF_COMMITS 8u /* while memory is tight, every eighth commit frees more than its share */

static vv_status log_commit(struct store_session *session, uint64_t *lsn_out);
static vv_status commit_payload(struct store_session *session, vv_slice *payload_out,
                                uint8_t *kind_out);
static vv_status commit_wait(struct store_session *session);
static void left_unsynced(struct store *store);
static void settle(struct store_session *session, uint64_t lsn);
static void undo(struct store_session *session);
static void finish(struct store_session *session);
static void background_share(struct store_session *session);
static void hooks_end(struct store_session *session, uint32_t down_to, uint64_t lsn);
static void redo_cut(struct store_session *session, uint64_t position);
static struct store_mark mark_now(const struct store_session *session);
static void undo_to(struct store_session *session, const struct store_mark *mark);
static void statement_finish(struct store_session *session);

/* ---- transactions ---- */

vv_status store_begin(struct store_session *session, const struct store_txn_options *options)
{
    static const struct store_txn_options usual;
    const struct store *store = session->store;
    enum store_durability durability = store->durability;

    VV_ASSERT(!session->in_transaction && session->wait_state == STORE_NOT_WAITING);
    options = options == NULL ? &usual : options;
    if (options->durability_set && options->durability != STORE_DURABILITY_DEFAULT) {
        durability = options->durability;
    }
    session->in_transaction = true;
    session->level = options->level;
    session->read_only = options->read_only || store->read_only;
    session->asynchronous = store->null_log || durability != STORE_DURABILITY_FULL;
    session->view = (struct txn_view){.statement = VIEW_ALL_OWN}; /* between statements */
    session->write_number = 1;
    session->view_ready = false;
    session->dirty = false;
    session->seen = 0;
    session->written_count = 0;
    return VV_OK;
}

vv_status store_commit(struct store_session *session, uint64_t *lsn_out)
{
    uint64_t lsn = session->commit_lsn;
    vv_status status = VV_OK;

    if (lsn_out != NULL) {
        *lsn_out = 0;
    }
    if (session->wait_state != STORE_WAITS_TO_COMMIT) {
        VV_ASSERT(session->in_transaction && !session->in_statement);
        VV_ASSERT(session->wait_state == STORE_NOT_WAITING);
        if (!session->dirty) {
            undo(session); /* nothing but locks */
            finish(session);
            background_share(session);
            return VV_OK;
        }
        status = log_commit(session, &lsn);
        if (status != VV_OK) {
            store_abort(session);
            return status;
        }
        counter_add(&session->store->commits, session->number, 1);
        session->commit_lsn = lsn;
        background_share(session);
    }
    status = commit_wait(session);
    if (status == VV_WAITING) {
        return VV_WAITING;
    }
    session->commit_lsn = 0;
    finish(session);
    if (lsn_out != NULL) {
        *lsn_out = lsn;
    }
    return status;
}

void store_commit_unsynced(struct store_session *session)
{
    session->asynchronous = true;
}

void store_abort(struct store_session *session)
{
    bool committed = session->wait_state == STORE_WAITS_TO_COMMIT;

    store_wait_cancel(session);
    if (!session->in_transaction) {
        return;
    }
    if (!committed) {
        undo(session);
        counter_add(&session->store->aborts, session->number, 1);
    }
    session->commit_lsn = 0;
    finish(session);
}

bool store_in_transaction(const struct store_session *session)
{
    return session->in_transaction;
}

bool store_keeps_snapshot(const struct store_session *session)
{
    return session->level != STORE_READ_COMMITTED;
}

bool store_has_written(const struct store_session *session)
{
    return session->dirty;
}

vv_status store_tag(struct store_session *session, uint64_t *tag_out)
{
    VV_ASSERT(session->in_transaction);
    store_txn_identify(session);
    *tag_out = session->view.tag;
    return VV_OK;
}

void store_txn_identify(struct store_session *session)
{
    if (session->view.tag == 0) {
        session->view.tag = txn_begin(session->txn, visible_now(&session->store->visible));
    }
}

vv_status store_write_begin(struct store_session *session)
{
    VV_ASSERT(session->in_transaction && !session->following);
    if (VV_UNLIKELY(session->wait_state != STORE_NOT_WAITING)) {
        VV_TRY(store_wait_resume(session));
    }
    if (VV_UNLIKELY(session->read_only || wal_failure(session->store->wal) != VV_OK)) {
        return VV_READ_ONLY; /* S6 */
    }
    if (VV_UNLIKELY(session->redo.size >= STORE_CHUNK_BYTES)) {
        VV_TRY(store_stream_ahead(session));
    }
    store_txn_identify(session);
    return VV_OK;
}

void store_add_hook(struct store_session *session, struct store_hook *hook)
{
    VV_ASSERT(session->in_transaction);
    store_txn_identify(session);
    hook->next = session->hooks;
    session->hooks = hook;
    session->hook_count++;
    session->dirty = true; /* a fate needs an LSN */
}

/* ---- savepoints ---- */

/* A new number, so that versions from before the mark are not replaced by later ones. */
struct store_mark store_savepoint(struct store_session *session)
{
    VV_ASSERT(session->in_transaction);
    session->write_number++;
    return mark_now(session);
}

void store_rollback_to(struct store_session *session, struct store_mark mark)
{
    VV_ASSERT(session->in_transaction);
    session->write_number++;
    undo_to(session, &mark);
}

/* ---- statements ---- */

vv_status store_statement_begin(struct store_session *session)
{
    VV_ASSERT(session->in_transaction && !session->in_statement && !session->following);
    VV_ASSERT(session->wait_state == STORE_NOT_WAITING);
    VV_TRY(store_check(session));
    session->write_number++;
    session->view.statement = session->write_number;
    session->statement_mark = mark_now(session);
    session->in_statement = true;
    session->seen = 0;
    if (session->level == STORE_READ_COMMITTED) {
        session->view_ready = false;
    }
    return VV_OK;
}

vv_status store_statement_end(struct store_session *session)
{
    VV_ASSERT(session->in_statement);
    if (VV_UNLIKELY(session->seen != 0)) {
        VV_TRY(store_wait_visible(session, session->seen));
    }
    statement_finish(session);
    return VV_OK;
}

vv_status store_statement_settle(struct store_session *session)
{
    VV_ASSERT(session->in_statement);
    return session->seen == 0 ? VV_OK : store_wait_visible(session, session->seen);
}

void store_statement_step(struct store_session *session)
{
    VV_ASSERT(session->in_statement && !session->following);
    session->write_number++;
    session->view.statement = session->write_number;
}

void store_statement_abort(struct store_session *session)
{
    store_wait_cancel(session);
    if (!session->in_statement) {
        return;
    }
    session->write_number++;
    undo_to(session, &session->statement_mark); /* S5 */
    statement_finish(session);
}

uint64_t store_snapshot(struct store_session *session)
{
    if (!session->in_statement) {
        return 0;
    }
    store_take_snapshot(session);
    return session->view.snapshot;
}

const struct txn_view *store_view(struct store_session *session)
{
    VV_ASSERT(session->in_statement || session->following);
    store_take_snapshot(session);
    return &session->view;
}

void store_take_snapshot(struct store_session *session)
{
    if (!session->view_ready) {
        session->view.snapshot = snapshot_take(session->snapshot, &session->store->visible);
        session->view_ready = true;
    }
}

void store_follow(struct store_session *worker, struct store_session *leader)
{
    VV_ASSERT(!worker->in_transaction && !worker->following);
    worker->view = *store_view(leader);
    worker->view_ready = true;
    worker->following = true;
}

void store_unfollow(struct store_session *worker)
{
    VV_ASSERT(worker->following);
    store_cursors_close_all(worker);
    worker->following = false;
    worker->view_ready = false;
    worker->view = (struct txn_view){0};
}

/* ---- commit ---- */

static vv_status log_commit(struct store_session *session, uint64_t *lsn_out)
{
    struct store *store = session->store;
    struct wal_place place = {0};
    vv_slice payload = slice_make("", 0);
    uint32_t crc = 0;
    uint64_t wall_us = 0;
    uint8_t kind = REDO_KIND_COMMIT;

    *lsn_out = 0;
    if (!store->null_log) {
        VV_TRY(commit_payload(session, &payload, &kind));
        crc = logframe_payload_crc(payload);
        wall_us = (uint64_t)os_wall_us(store->os);
    }
    store_maps_share(session);
    VV_TRY(wal_section_enter(store->wal, payload.size));
    place = wal_section_put(store->wal, kind, payload, crc, wall_us);
    txn_publish(session->txn, place.end_lsn);
    wal_section_leave(store->wal);
    VV_PROBE(STORE_COMMIT_PUBLISHED);
    if (session->asynchronous && !VV_NAIVE(STORE_ASYNC_UNSEEN)) {
        visible_advance(&store->visible, place.end_lsn); /* S1: all below is filled */
    }
    settle(session, place.end_lsn);
    VV_PROBE(STORE_COMMIT_STAMPED);
    *lsn_out = place.end_lsn;
    return VV_OK;
}

static vv_status commit_payload(struct store_session *session, vv_slice *payload_out,
                                uint8_t *kind_out)
{
    if (session->stream_id == 0 && session->redo.size <= WAL_PAYLOAD_BYTES_MAX) {
        *kind_out = REDO_KIND_COMMIT;
        *payload_out = redo_changes(&session->redo);
        return VV_OK;
    }
    VV_TRY(store_stream_ahead(session));
    VV_TRY(redo_reserve(&session->redo, session->store->alloc, 0, 0)); /* a header needs room */
    *kind_out = REDO_KIND_END;
    *payload_out =
        redo_chunk(&session->redo, session->stream_id, session->streamed, 0, session->redo.size);
    return VV_OK;
}

/* Chunks count only when the end record is there; they need no section of their own but the copy. */
vv_status store_stream_ahead(struct store_session *session)
{
    struct store *store = session->store;
    size_t from = 0;
    vv_status status = VV_OK;

    if (session->stream_id == 0 && session->redo.size >= STORE_CHUNK_BYTES) {
        session->stream_id =
            atomic_fetch_add_explicit(&store->next_stream, 1, memory_order_relaxed);
    }
    while (status == VV_OK && session->redo.size - from >= STORE_CHUNK_BYTES) {
        vv_slice payload = redo_chunk(&session->redo, session->stream_id, session->streamed, from,
                                      STORE_CHUNK_BYTES);
        uint32_t crc = logframe_payload_crc(payload);

        status = wal_section_enter(store->wal, payload.size);
        if (status == VV_OK) {
            (void)wal_section_put(store->wal, REDO_KIND_CHUNK, payload, crc, 0);
            wal_section_leave(store->wal);
            from += STORE_CHUNK_BYTES;
            session->streamed += STORE_CHUNK_BYTES;
        }
    }
    if (from > 0) {
        redo_consume(&session->redo, from);
    }
    return status;
}

/* An acknowledged commit is durable when it has to be, and visible in every mode (S1). */
static vv_status commit_wait(struct store_session *session)
{
    struct store *store = session->store;

    if (!session->asynchronous) {
        return store_wait_log(session, session->commit_lsn, STORE_WAITS_TO_COMMIT);
    }
    if (!store->null_log && store->durability != STORE_DURABILITY_OFF) {
        left_unsynced(store);
    }
    return VV_OK;
}

/* The sync comes later. Its time is looked at here where no thread does. */
static void left_unsynced(struct store *store)
{
    /* Release pairs with store_flush_step, an exchange goes on with the release of those before. */
    (void)atomic_exchange_explicit(&store->unsynced, true, memory_order_release);
    if (!store->has_flusher) {
        (void)store_flush_step(store);
    }
}

/* The fate is published: everything that hangs on the transaction learns it. */
static void settle(struct store_session *session, uint64_t lsn)
{
    struct store *store = session->store;

    hooks_end(session, 0, lsn);
    tree_changes_commit(&session->changes, lsn);
    store_maps_settle(session, 0, lsn);
    rowlock_end(store->shared.rowlocks, &session->row_locks, 0);
    tablelock_end(session->table_locks);
    txn_wake(session->txn);
    session->view.tag = 0;
}

static void undo(struct store_session *session)
{
    struct store *store = session->store;

    hooks_end(session, 0, 0);
    if (session->view.tag == 0) {
        return; /* it never wrote, nor locked */
    }
    tree_changes_undo(&session->changes, 0);
    store_maps_settle(session, 0, 0);
    txn_publish(session->txn, TXN_NEVER);
    tablelock_withdraw(session->table_locks);
    rowlock_end(store->shared.rowlocks, &session->row_locks, 0);
    tablelock_end(session->table_locks);
    txn_wake(session->txn);
    session->view.tag = 0;
}

static void finish(struct store_session *session)
{
    store_cursors_close_all(session);
    if (session->view_ready) {
        snapshot_end(session->snapshot);
        session->view_ready = false;
    }
    redo_trim(&session->redo, session->store->alloc, STORE_REDO_KEEP);
    store_wait_trim(session);
    session->streamed = 0;
    session->stream_id = 0;
    session->changes = (struct tree_changes){0};
    session->in_transaction = false;
    session->in_statement = false;
    session->dirty = false;
    session->level = STORE_READ_COMMITTED; /* of reads outside transactions */
}

/* A library without threads settles and frees too. */
static void background_share(struct store_session *session)
{
    struct store *store = session->store;

    if (session->written_count > 0) {
        uint32_t id = session->written_maps[session->settle_turn++ % session->written_count];
        struct store_map *map = store_map_find(session, id);

        if (map != NULL) {
            (void)tree_settle_step(map->tree, session->tree, false);
        }
    }
    if (VV_UNLIKELY(atomic_load_explicit(&store->doomed_count, memory_order_relaxed) != 0)) {
        (void)store_maps_reclaim(store, session);
    }
    if (VV_UNLIKELY(alloc_is_tight(store->alloc)) && session->settle_turn % RELIEF_COMMITS == 0) {
        (void)store_relieve(session, RELIEF_COMMITS);
    }
}

static void hooks_end(struct store_session *session, uint32_t down_to, uint64_t lsn)
{
    while (session->hook_count > down_to) {
        struct store_hook *hook = session->hooks;

        session->hooks = hook->next;
        session->hook_count--;
        hook->ended(hook, lsn);
    }
}

/* ---- marks ---- */

static struct store_mark mark_now(const struct store_session *session)
{
    return (struct store_mark){
        .changes = session->changes.count,
        .redo = session->streamed + session->redo.size,
        .hooks = session->hook_count,
        .map_changes = session->map_change_count,
        .row_locks = session->row_locks.count,
    };
}

static void undo_to(struct store_session *session, const struct store_mark *mark)
{
    bool undone =
        mark->changes != session->changes.count || mark->row_locks != session->row_locks.count;

    VV_ASSERT(mark->changes <= session->changes.count && mark->hooks <= session->hook_count);
    hooks_end(session, mark->hooks, 0);
    if (session->view.tag == 0) {
        return;
    }
    if (session->changes.count != mark->changes) {
        tree_changes_undo(&session->changes, mark->changes);
    }
    store_maps_settle(session, mark->map_changes, 0);
    rowlock_end(session->store->shared.rowlocks, &session->row_locks, mark->row_locks);
    redo_cut(session, mark->redo);
    if (undone) {
        txn_undone(session->txn); /* who waits for what was undone looks again */
    }
}

/* What has gone to the log already is taken back by the position of the next chunk: redo.h. */
static void redo_cut(struct store_session *session, uint64_t position)
{
    if (position >= session->streamed) {
        VV_ASSERT(position - session->streamed <= session->redo.size);
        session->redo.size = position - session->streamed;
    } else {
        session->redo.size = 0;
        session->streamed = position;
    }
}

static void statement_finish(struct store_session *session)
{
    store_cursors_close_all(session);
    session->in_statement = false;
    session->view.statement = VIEW_ALL_OWN;
    session->seen = 0;
    if (session->level == STORE_READ_COMMITTED && session->view_ready) {
        snapshot_end(session->snapshot);
        session->view_ready = false;
    }
}
