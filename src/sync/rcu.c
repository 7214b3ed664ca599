/* rcu.c - liburcu-bp, or a reader-writer lock where ThreadSanitizer watches. */
#include "sync/rcu.h"

#include "base/assert.h"

#include <stddef.h>

#ifdef __SANITIZE_THREAD__
#define RCU_BY_LOCK 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RCU_BY_LOCK 1
#endif
#endif

static void release_all(struct rcu_link *first);

#ifdef RCU_BY_LOCK

#include <pthread.h>

/* glibc's default lets readers nest while a writer waits. Process-wide, as liburcu's state is. */
static pthread_rwlock_t everybody = PTHREAD_RWLOCK_INITIALIZER;

void rcu_read_begin(void)
{
    pthread_rwlock_rdlock(&everybody);
}

void rcu_read_end(void)
{
    pthread_rwlock_unlock(&everybody);
}

void rcu_synchronize(void)
{
    pthread_rwlock_wrlock(&everybody);
    pthread_rwlock_unlock(&everybody);
}

#else

#include <urcu/urcu-bp.h>

void rcu_read_begin(void)
{
    urcu_bp_read_lock();
}

void rcu_read_end(void)
{
    urcu_bp_read_unlock();
}

void rcu_synchronize(void)
{
    urcu_bp_synchronize_rcu();
}

#endif

void rcu_limbo_init(struct rcu_limbo *limbo)
{
    atomic_store_explicit(&limbo->first, NULL, memory_order_relaxed); /* not shared yet */
}

void rcu_limbo_release(struct rcu_limbo *limbo)
{
    release_all(atomic_exchange_explicit(&limbo->first, NULL, memory_order_acquire));
}

void rcu_retire(struct rcu_limbo *limbo, struct rcu_link *link,
                void (*release)(struct rcu_link *link))
{
    link->release = release;
    link->next = atomic_load_explicit(&limbo->first, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(
        &limbo->first, &link->next, link, memory_order_release, /* pairs: the step's acquire */
        memory_order_relaxed)) {
    }
}

bool rcu_reclaim_step(struct rcu_limbo *limbo)
{
    struct rcu_link *first = atomic_load_explicit(&limbo->first, memory_order_relaxed);

    if (first == NULL) {
        return false;
    }
    first = atomic_exchange_explicit(&limbo->first, NULL, memory_order_acquire);
    rcu_synchronize(); /* R1 */
    release_all(first);
    return first != NULL;
}

static void release_all(struct rcu_link *first)
{
    while (first != NULL) {
        struct rcu_link *next = first->next;

        first->release(first);
        first = next;
    }
}
