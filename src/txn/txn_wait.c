/*
 * txn_wait.c - the wait-for graph: who waits for whom, and who loses in a cycle.
 *
 * A transaction is linked to one other at a time; when it has to wait for more (holders of a shared row lock, of a
 * table) its blockers tell who they are now. All of them must go before it goes on, so each way back to who starts to
 * wait is a deadlock. Blockers that come while it waits are found by the search that their own wait starts: an edge to
 * somebody who runs closes no cycle. The search goes breadth first, with its queue inside of the slots.
 *
 * The waiter links itself under the wait lock, raises the owner's waiter_count and looks at the owner's
 * outcome once more; the owner publishes its outcome and then looks at waiter_count. Both are sequentially
 * consistent: one sees the other (X2).
 */
#include "base/assert.h"
#include "txn/txn.h"

/* Who waits for whom, from `me` on. */
struct search {
    struct txn *me;
    struct txn *at;   /* whose blockers are being looked at */
    struct txn *last; /* of the queue */
    struct txn *end;  /* who waits for me; NULL: not found yet */
};

static bool owner_is_open(const struct txn *owner, uint64_t tag, uint32_t undo_seen);
static struct txn *wait_cycle_victim(struct txn *me);
static void search_tag(void *arg, uint64_t tag);
static void search_reach(struct search *search, struct txn *txn);
static void wait_end(struct txn *waiting, vv_status result);
static void wait_unlink(struct txn *waiting, vv_status result);
static bool younger(const struct txn *a, const struct txn *b);

void txn_wake(struct txn *txn)
{
    if (VV_LIKELY(atomic_load_explicit(&txn->waiter_count, memory_order_seq_cst) == 0)) {
        return; /* X4 */
    }
    lock_acquire(&txn->table->wait_lock);
    list_for_each_safe(link, after, &txn->waiters) {
        wait_end(LIST_OF(link, struct txn, waiting), VV_OK);
    }
    lock_release(&txn->table->wait_lock);
}

void txn_undone(struct txn *txn)
{
    atomic_fetch_add_explicit(&txn->undo_count, 1, memory_order_seq_cst); /* pairs: owner_is_open */
    txn_wake(txn);
}

vv_status txn_wait_start(struct txn *me, struct waiter *waiter, uint64_t owner_tag,
                         uint32_t undo_seen, const struct txn_blockers *blockers)
{
    struct txn_table *table = me->table;
    struct txn *owner = txn_of_tag(table, owner_tag);
    vv_status status = VV_WAITING;

    VV_ASSERT(me != owner && me->waits_for == NULL);
    lock_acquire(&table->wait_lock);
    me->waiter = waiter;
    me->waits_for = owner;
    me->blockers = blockers;
    me->wait_result = VV_WAITING;
    list_append(&owner->waiters, &me->waiting);
    atomic_fetch_add_explicit(&owner->waiter_count, 1, memory_order_seq_cst);
    if (!owner_is_open(owner, owner_tag, undo_seen)) {
        wait_unlink(me, VV_OK);
    } else {
        struct txn *victim = NULL;

        while (me->waits_for != NULL && (victim = wait_cycle_victim(me)) != NULL) {
            if (victim == me) {
                wait_unlink(me, VV_DEADLOCK); /* X3; it hears by the result */
            } else {
                wait_end(victim, VV_DEADLOCK); /* X3 */
            }
        }
    }
    status = me->wait_result;
    lock_release(&table->wait_lock);
    return status;
}

vv_status txn_wait_poll(struct txn *me)
{
    vv_status status = VV_OK;

    lock_acquire(&me->table->wait_lock);
    status = me->wait_result;
    if (status == VV_WAITING &&
        atomic_load_explicit(&me->waiter->interrupt, memory_order_seq_cst) != 0) {
        wait_unlink(me, VV_CANCELED);
        status = VV_CANCELED;
    }
    lock_release(&me->table->wait_lock);
    return status;
}

void txn_wait_cancel(struct txn *me)
{
    lock_acquire(&me->table->wait_lock);
    if (me->waits_for != NULL) {
        wait_unlink(me, VV_CANCELED);
    }
    lock_release(&me->table->wait_lock);
}

vv_status txn_wait(struct txn *me, struct waiter *waiter, uint64_t owner_tag, uint32_t undo_seen,
                   const struct txn_blockers *blockers, uint64_t deadline_ns)
{
    vv_status status = txn_wait_start(me, waiter, owner_tag, undo_seen, blockers);

    while (status == VV_WAITING) {
        uint32_t seen = waiter_event(waiter);
        vv_status slept = VV_OK;

        status = txn_wait_poll(me);
        if (status != VV_WAITING) {
            break;
        }
        slept = waiter_sleep(waiter, seen, deadline_ns, true);
        if (slept != VV_OK) {
            txn_wait_cancel(me);
            return slept;
        }
    }
    return status;
}

/* Under the lock: is there still something to wait for? */
static bool owner_is_open(const struct txn *owner, uint64_t tag, uint32_t undo_seen)
{
    return atomic_load_explicit(&owner->outcome, memory_order_seq_cst) == TXN_OPEN &&
           atomic_load_explicit(&owner->tag, memory_order_seq_cst) == tag &&
           atomic_load_explicit(&owner->undo_count, memory_order_seq_cst) == undo_seen;
}

/* Under the lock, `me` linked: the youngest of a cycle that it closed, or NULL. */
static struct txn *wait_cycle_victim(struct txn *me)
{
    struct search search = {.me = me, .last = me};
    struct txn *victim = me;

    me->search = ++me->table->searches;
    me->search_next = NULL;
    for (search.at = me; search.at != NULL && search.end == NULL;
         search.at = search.at->search_next) {
        search_reach(&search, search.at->waits_for);
        if (search.at->blockers != NULL && !VV_NAIVE(TXN_WAITS_FOR_ONE)) {
            search.at->blockers->each(search.at->blockers, search_tag, &search);
        }
    }
    if (search.end == NULL) {
        return NULL;
    }
    for (struct txn *at = search.end; at != me; at = at->search_from) {
        victim = younger(at, victim) ? at : victim;
    }
    return victim;
}

/* search.at cannot go on before the transaction `tag` has ended. */
static void search_tag(void *arg, uint64_t tag)
{
    struct search *search = arg;
    struct txn *txn = txn_of_tag(search->me->table, tag);

    if (txn_tag(txn) == tag) {
        search_reach(search, txn);
    }
}

static void search_reach(struct search *search, struct txn *txn)
{
    if (txn == search->me) {
        search->end = search->at;
    } else if (txn->waits_for != NULL && txn->search != search->me->search) {
        txn->search = search->me->search;
        txn->search_from = search->at;
        txn->search_next = NULL;
        search->last->search_next = txn;
        search->last = txn;
    }
}

static bool younger(const struct txn *a, const struct txn *b)
{
    return a->age != b->age ? a->age > b->age : a->index > b->index;
}

/* Under the lock: takes a waiting transaction off its owner's list and wakes it. */
static void wait_end(struct txn *waiting, vv_status result)
{
    wait_unlink(waiting, result);
    waiter_signal(waiting->waiter);
}

static void wait_unlink(struct txn *waiting, vv_status result)
{
    VV_ASSERT(waiting->waits_for != NULL);
    list_remove(&waiting->waiting);
    atomic_fetch_sub_explicit(&waiting->waits_for->waiter_count, 1, memory_order_relaxed);
    waiting->waits_for = NULL;
    waiting->blockers = NULL;
    waiting->wait_result = result;
}
