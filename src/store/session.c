/* session.c - sessions: open, close, enter, leave, interrupts, deadlines. */
#include "store/store_private.h"

/* Whole cache lines: no other session's words lie beside its own. */
#define SESSION_BYTES ((sizeof(struct store_session) + 63) / 64 * 64)

static void session_release(struct store_session *session);
static vv_status check_clock(struct store_session *session);
static vv_status look(void *owner);

vv_status store_session_open(struct store *store, const struct store_session_options *options,
                             struct store_session **session_out)
{
    vv_status status = VV_OK;
    struct store_session *session = alloc_aligned(store->alloc, ALLOC_SESSION, 64, SESSION_BYTES);

    *session_out = NULL;
    if (session == NULL) {
        return VV_NOMEM;
    }
    memset(session, 0, sizeof *session);
    session->magic = STORE_SESSION_MAGIC;
    session->store = store;
    pace_init(&session->pace, look, session);
    session->blocking = options == NULL || options->wake == NULL;
    waiter_init(&session->waiter, store->os, options == NULL ? NULL : options->wake,
                options == NULL ? NULL : options->wake_context);
    list_init(&session->link);
    list_init(&session->cursors);
    list_init(&session->free_cursors);
    list_init(&session->log_waiter.link);
    VV_TRY_OR(fail, tree_session_create(&store->shared, &session->tree));
    VV_TRY_OR(fail, snapshot_acquire(store->shared.snapshots, &session->snapshot));
    VV_TRY_OR(fail, txn_acquire(store->shared.txns, &session->txn));
    VV_TRY_OR(fail, tablelock_session_create(store->tablelocks, &session->table_locks));
    lock_acquire(&store->maps_lock);
    session->number = atomic_fetch_add_explicit(&store->session_count, 1, memory_order_relaxed);
    list_append(&store->sessions, &session->link);
    atomic_store_explicit(
        &session->doom_seen,
        atomic_load_explicit(&store->doom_generation, memory_order_relaxed), /* under the lock */
        memory_order_relaxed);
    lock_release(&store->maps_lock);
    *session_out = session;
    return VV_OK;

fail:
    session_release(session);
    return status;
}

void store_session_close(struct store_session *session)
{
    if (session == NULL) {
        return;
    }
    VV_ASSERT(session->magic == STORE_SESSION_MAGIC);
    store_enter(session);
    store_abort(session);
    store_leave(session);
    lock_acquire(&session->store->maps_lock);
    list_remove(&session->link);
    atomic_fetch_sub_explicit(&session->store->session_count, 1, memory_order_relaxed);
    lock_release(&session->store->maps_lock);
    session_release(session);
}

void store_enter(struct store_session *session)
{
    VV_ASSERT(session->magic == STORE_SESSION_MAGIC);
    store_pin(session);
}

void store_leave(struct store_session *session)
{
    store_unpin(session);
}

void store_repin(struct store_session *session)
{
    store_unpin(session);
    store_pin(session);
}

/* The exchange in tree_enter orders the store of `entered` before the load of the generation: maps.c */
void store_pin(struct store_session *session)
{
    const struct store *store = session->store;

    atomic_store_explicit(&session->entered, true, memory_order_relaxed);
    tree_enter(session->tree);
    if (VV_UNLIKELY(atomic_load_explicit(&store->doom_generation, memory_order_acquire) !=
                    atomic_load_explicit(&session->doom_seen, memory_order_acquire))) {
        store_maps_forget(session);
    }
}

void store_unpin(struct store_session *session)
{
    tree_leave(session->tree);
    atomic_store_explicit(&session->entered, false, memory_order_release); /* pairs: reclaim */
}

void store_interrupt(struct store_session *session)
{
    waiter_interrupt(&session->waiter);
}

void store_interrupt_clear(struct store_session *session)
{
    waiter_clear(&session->waiter);
}

vv_status store_check(struct store_session *session)
{
    if (VV_UNLIKELY(atomic_load_explicit(&session->waiter.interrupt, memory_order_relaxed) != 0)) {
        return VV_CANCELED;
    }
    return VV_UNLIKELY(session->clocked) ? check_clock(session) : VV_OK;
}

static vv_status look(void *owner)
{
    return store_check(owner);
}

struct pace *store_pace(struct store_session *session)
{
    return &session->pace;
}

static vv_status check_clock(struct store_session *session)
{
    uint64_t now_ns = os_monotonic_ns(session->store->os);

    if (session->deadline_ns != 0 && now_ns >= session->deadline_ns) {
        return VV_TIMEOUT;
    }
    if (session->hook_due_ns != 0 && now_ns >= session->hook_due_ns) {
        store_arm_hook(session, session->hook(session->hook_context, now_ns));
        return session->hook_due_ns == 0 ? VV_CANCELED : VV_OK;
    }
    return VV_OK;
}

void store_set_deadline(struct store_session *session, uint64_t deadline_ns)
{
    session->deadline_ns = deadline_ns;
    session->clocked = deadline_ns != 0 || session->hook_due_ns != 0;
}

void store_set_hook(struct store_session *session, uint64_t (*hook)(void *context, uint64_t now_ns),
                    void *context)
{
    session->hook = hook;
    session->hook_context = context;
    store_arm_hook(session, 0);
}

void store_arm_hook(struct store_session *session, uint64_t due_ns)
{
    VV_ASSERT(due_ns == 0 || session->hook != NULL);
    session->hook_due_ns = due_ns;
    session->clocked = session->deadline_ns != 0 || due_ns != 0;
}

void store_set_lock_timeout(struct store_session *session, uint64_t timeout_ns)
{
    session->lock_timeout_ns = timeout_ns;
}

const struct vv_cause *store_cause(const struct store_session *session)
{
    return &session->cause;
}

void store_logged(const struct store_session *session, uint64_t *count_out, uint64_t *bytes_out)
{
    *count_out = session->redo.added_count;
    *bytes_out = session->redo.added_bytes;
}

struct store *store_of(const struct store_session *session)
{
    return session->store;
}

/* Accepts a half-made session. */
static void session_release(struct store_session *session)
{
    struct store *store = session->store;

    store_cursors_free(session);
    redo_release(&session->redo, store->alloc);
    tablelock_session_destroy(session->table_locks);
    if (session->txn != NULL) {
        txn_drop(session->txn);
    }
    if (session->snapshot != NULL) {
        snapshot_drop(store->shared.snapshots, session->snapshot);
    }
    tree_session_destroy(session->tree);
    alloc_free(store->alloc, ALLOC_SESSION, session->map_changes,
               session->map_change_capacity * sizeof *session->map_changes);
    alloc_free(store->alloc, ALLOC_SESSION, session->copy, session->copy_capacity);
    alloc_free(store->alloc, ALLOC_SESSION, session->split_buffer, session->split_capacity);
    session->magic = 0;
    alloc_free(store->alloc, ALLOC_SESSION, session, SESSION_BYTES);
}

/* ---- watching ---- */

struct watched_locks {
    struct store *store;
    void (*each)(void *context, const struct store_lock_info *info);
    void *context;
};

static void lock_watched(void *context, const struct tablelock_info *info)
{
    struct watched_locks *watched = context;

    list_for_each(link, &watched->store->sessions) {
        const struct store_session *session = LIST_OF(link, struct store_session, link);

        if (session->table_locks == info->session) {
            watched->each(watched->context, &(struct store_lock_info){.session = session,
                                                                      .relation = info->relation,
                                                                      .mode = info->mode,
                                                                      .granted = info->granted,
                                                                      .fast = info->fast});
        }
    }
}

void store_table_locks(struct store *store,
                       void (*each)(void *context, const struct store_lock_info *info),
                       void *context)
{
    struct watched_locks watched = {.store = store, .each = each, .context = context};

    lock_acquire(&store->maps_lock);
    tablelock_list(store->tablelocks, lock_watched, &watched);
    lock_release(&store->maps_lock);
}
