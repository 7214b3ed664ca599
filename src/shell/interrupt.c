/*
 * interrupt.c - Ctrl-C. The handler only calls what is safe in one: varve_interrupt() and a flag.
 */
#include "shell/shell_private.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

static struct varve_session *_Atomic watched; /* guard: atomic; the handler reads it */
static volatile sig_atomic_t seen;

static void on_interrupt(int signal_number)
{
    struct varve_session *session = atomic_load_explicit(&watched, memory_order_acquire);

    (void)signal_number;
    seen = 1;
    if (session != NULL) {
        varve_interrupt(session);
    }
}

void interrupt_watch(struct varve_session *session)
{
    static bool installed;

    if (!installed) {
        interrupt_restore();
        installed = true;
    }
    if (session != NULL) {
        seen = 0;
    }
    atomic_store_explicit(&watched, session, memory_order_release);
}

void interrupt_restore(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof action);
    action.sa_handler = on_interrupt;
    sigemptyset(&action.sa_mask);
    action.sa_flags = 0; /* a read at the prompt must return */
    sigaction(SIGINT, &action, NULL);
}

bool interrupt_wait(double seconds)
{
    struct timespec left = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    sigset_t blocked;
    sigset_t open_mask;

    /* Blocked between the look and the wait, so that none is lost. */
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    sigprocmask(SIG_BLOCK, &blocked, &open_mask);
    if (!interrupt_pending()) {
        (void)ppoll(NULL, 0, &left, &open_mask);
    }
    sigprocmask(SIG_SETMASK, &open_mask, NULL);
    return !interrupt_pending();
}

bool interrupt_pending(void)
{
    return seen != 0;
}

bool interrupt_seen(void)
{
    bool was = seen != 0;

    seen = 0;
    return was;
}
