/* Ranked locks and conditions. */
#include "test.h"

#include "os/os.h"
#include "sync/lock.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static struct lock lock;
static struct lock_condition condition;
static uint64_t plain;
static int queue;

static void *add_run(void *user)
{
    (void)user;
    for (int i = 0; i < 50000; i++) {
        lock_acquire(&lock);
        plain++;
        lock_release(&lock);
    }
    return NULL;
}

/* K1 */
TEST(threads_add_under_the_lock)
{
    pthread_t threads[3];

    lock_init(&lock, LOCK_LEAF);
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, add_run, NULL);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    TEST_EQUAL(150000, plain);
    TEST_TRUE(lock_try_acquire(&lock));
    TEST_FALSE(lock_try_acquire(&lock));
    TEST_TRUE(lock_is_held(&lock));
    lock_release(&lock);
}

static void *consume_run(void *user)
{
    for (int i = 0; i < 2000; i++) {
        lock_acquire(&lock);
        while (queue == 0) {
            (void)!lock_condition_wait(os_real(), &condition, &lock, OS_NO_DEADLINE);
        }
        queue--;
        lock_release(&lock);
    }
    (void)user;
    return NULL;
}

/* K3: no signal is lost between two consumers and one producer. */
TEST(condition_hands_over)
{
    pthread_t threads[2];

    lock_init(&lock, LOCK_LEAF);
    lock_condition_init(&condition);
    pthread_create(&threads[0], NULL, consume_run, NULL);
    pthread_create(&threads[1], NULL, consume_run, NULL);
    for (int i = 0; i < 4000; i++) {
        lock_acquire(&lock);
        queue++;
        lock_condition_signal(os_real(), &condition);
        lock_release(&lock);
    }
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    TEST_EQUAL(0, queue);
}

TEST(condition_times_out)
{
    uint64_t before = os_monotonic_ns(os_real());

    lock_init(&lock, LOCK_LEAF);
    lock_condition_init(&condition);
    lock_acquire(&lock);
    TEST_STATUS(VV_TIMEOUT, lock_condition_wait(os_real(), &condition, &lock, before + 5000000));
    TEST_TRUE(os_monotonic_ns(os_real()) >= before + 5000000);
    lock_release(&lock);
}

/* K2: the wrong order ends the process, in builds that look. */
TEST(wrong_order_is_caught)
{
#ifdef VV_SLOW_ASSERTS
    struct lock first;
    struct lock second;
    int status = 0;
    pid_t child = 0;

    lock_init(&first, LOCK_DB);
    lock_init(&second, LOCK_LEAF);
    lock_acquire(&first);
    lock_acquire(&second);
    lock_release(&first);                /* letting go in any order is fine */
    TEST_TRUE(lock_try_acquire(&first)); /* so is trying */
    lock_release(&first);
    lock_release(&second);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        lock_acquire(&second);
        lock_acquire(&first);
        _exit(0);
    }
    waitpid(child, &status, 0);
    TEST_TRUE(WIFSIGNALED(status));
#else
    skip();
#endif
}
