/*
 * wait.c - waiting for another transaction, and for the log.
 *
 * A wait never holds a pin: memory that others retire meanwhile must become free. A blocking session
 * waits here; a non-blocking one leaves with VV_WAITING and finds its wait again when its call is made
 * again. (What it waits for may have changed by then: every call starts anew after a wait.)
 */
#include "os/os.h"
#include "store/store_private.h"

#define STORE_NAP_NS UINT64_C(10000000) /* between two looks of one who sleeps */

static void wait_each_blocker(const struct txn_blockers *blockers, txn_visit visit, void *arg);
static uint64_t wait_deadline(struct store_session *session);
static vv_status wait_verdict(struct store_session *session, vv_status status);
static void log_woken(struct wal_waiter *waiter);

vv_status store_wait_txn(struct store_session *session, enum store_wait_for kind, uint64_t tag,
                         uint32_t undo_seen)
{
    const struct txn_blockers *blockers =
        kind == STORE_WAIT_FOR_TXN ? NULL : &session->wait.blockers;
    vv_status status = VV_OK;

    VV_ASSERT(session->wait_state == STORE_NOT_WAITING);
    store_txn_identify(session);
    session->cause.txn_tag = tag;
    session->wait.kind = kind;
    session->wait.blockers.each = wait_each_blocker;
    session->wait_deadline_ns = wait_deadline(session);
    counter_add(&session->store->waits, session->number, 1);
    if (session->blocking) {
        store_unpin(session);
        status = txn_wait(session->txn, &session->waiter, tag, undo_seen, blockers,
                          session->wait_deadline_ns);
        store_pin(session);
        return wait_verdict(session, status);
    }
    status = txn_wait_start(session->txn, &session->waiter, tag, undo_seen, blockers);
    if (status == VV_WAITING) {
        status = txn_wait_poll(session->txn); /* an interrupt that came before: its wake is spent */
    }
    if (status == VV_WAITING) {
        session->wait_state = STORE_WAITS_FOR_TXN;
        return VV_WAITING;
    }
    return wait_verdict(session, status);
}

vv_status store_wait_resume(struct store_session *session)
{
    vv_status status = VV_OK;

    if (session->wait_state == STORE_WAITS_TO_SEE) {
        store_wait_cancel(session); /* whoever waits looks at `visible` again */
        return VV_OK;
    }
    VV_ASSERT(session->wait_state == STORE_WAITS_FOR_TXN);
    status = txn_wait_poll(session->txn);
    if (status == VV_WAITING && session->wait_deadline_ns != 0 &&
        os_monotonic_ns(session->store->os) >= session->wait_deadline_ns) {
        txn_wait_cancel(session->txn);
        status = VV_TIMEOUT;
    }
    if (status == VV_WAITING) {
        return VV_WAITING;
    }
    session->wait_state = STORE_NOT_WAITING;
    if (status != VV_OK) {
        tablelock_withdraw(session->table_locks);
    }
    return wait_verdict(session, status);
}

vv_status store_sleep(struct store_session *session, uint64_t until_ns)
{
    for (;;) {
        uint32_t seen = waiter_event(&session->waiter);
        uint64_t now_ns = os_monotonic_ns(session->store->os);
        uint64_t wake_ns = now_ns + STORE_NAP_NS < until_ns ? now_ns + STORE_NAP_NS : until_ns;
        vv_status status = VV_OK;

        VV_TRY(store_check(session));
        if (now_ns >= until_ns) {
            return VV_OK;
        }
        if (!session->blocking) {
            return VV_WAITING;
        }
        store_unpin(session);
        status = waiter_sleep(&session->waiter, seen, wake_ns, true);
        store_pin(session);
        if (status == VV_CANCELED) {
            return status;
        }
    }
}

void store_wait_trim(struct store_session *session)
{
    if (session->copy_capacity > STORE_REDO_KEEP) {
        alloc_free(session->store->alloc, ALLOC_SESSION, session->copy, session->copy_capacity);
        session->copy = NULL;
        session->copy_capacity = 0;
    }
}

void store_wait_cancel(struct store_session *session)
{
    switch (session->wait_state) {
    case STORE_WAITS_FOR_TXN:
        txn_wait_cancel(session->txn);
        tablelock_withdraw(session->table_locks); /* if it was for a table, it leaves the line */
        break;
    case STORE_WAITS_TO_COMMIT:
    case STORE_WAITS_TO_SEE:
        wal_wait_cancel(session->store->wal, &session->log_waiter);
        break;
    case STORE_NOT_WAITING:
    default:
        break;
    }
    session->wait_state = STORE_NOT_WAITING;
}

vv_status store_wait_visible(struct store_session *session, uint64_t lsn)
{
    vv_status status = VV_OK;

    if (VV_LIKELY(visible_now(&session->store->visible) >= lsn)) {
        store_wait_cancel(session);
        session->log_again = false;
        return VV_OK;
    }
    status = store_wait_log(session, lsn, STORE_WAITS_TO_SEE);
    return status == VV_OUTCOME_UNKNOWN ? VV_IO : status;
}

vv_status store_wait_log(struct store_session *session, uint64_t lsn, enum store_wait_state state)
{
    struct store *store = session->store;
    vv_status status = VV_OK;

    store_wait_cancel(session);
    if (store->null_log) {
        visible_advance(&store->visible, lsn); /* all below is filled, hence published */
        return VV_OK;
    }
    if (session->blocking) {
        store_unpin(session);
        status = wal_wait(store->wal, lsn);
        store_pin(session);
        return status;
    }
    session->log_waiter.lsn = lsn;
    session->log_waiter.woken = log_woken;
    status = wal_wait_begin(store->wal, &session->log_waiter, session->log_again);
    session->log_again = status == VV_WAITING; /* woken again: sync for all who gathered */
    if (status == VV_WAITING) {
        session->wait_state = state;
    }
    return status;
}

/* Under the wait lock, by whoever searches. */
static void wait_each_blocker(const struct txn_blockers *blockers, txn_visit visit, void *arg)
{
    const struct store_wait *wait =
        (const struct store_wait *)(const void *)blockers; /* its first member */
    const struct store_session *session =
        (const struct store_session *)(const void *)((const uint8_t *)wait -
                                                     offsetof(struct store_session, wait));

    if (wait->kind == STORE_WAIT_FOR_TABLE) {
        tablelock_each_blocker(session->table_locks, visit, arg);
    } else {
        rowlock_each_blocker(session->store->shared.rowlocks, session->view.tag, wait->map,
                             wait->key, wait->mode, visit, arg);
    }
}

/* The earlier of the statement's deadline and the lock timeout; 0: none. */
static uint64_t wait_deadline(struct store_session *session)
{
    uint64_t lock_deadline = 0;

    session->lock_timeout_first = false;
    if (session->lock_timeout_ns == 0) {
        return session->deadline_ns;
    }
    lock_deadline = os_monotonic_ns(session->store->os) + session->lock_timeout_ns;
    if (session->deadline_ns != 0 && session->deadline_ns <= lock_deadline) {
        return session->deadline_ns;
    }
    session->lock_timeout_first = true;
    return lock_deadline;
}

static vv_status wait_verdict(struct store_session *session, vv_status status)
{
    if (status == VV_DEADLOCK) {
        counter_add(&session->store->deadlocks, session->number, 1);
    }
    if (status == VV_TIMEOUT && session->lock_timeout_first) {
        return VV_LOCK_TIMEOUT;
    }
    return status;
}

static void log_woken(struct wal_waiter *waiter)
{
    waiter_signal(&LIST_OF(waiter, struct store_session, log_waiter)->waiter);
}
