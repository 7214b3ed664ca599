/*
 * interrupt.c - Ctrl-C. The handler only sets a flag, which stays set until the next line is read at the terminal: whatever
 * works for the line that Ctrl-C came into sees it, however early or late it came. Statements see it through the session's
 * progress callback: varve_interrupt() from the handler could come too late for its statement and would end the next one.
 */
#include "shell/shell_private.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define LOOK_MS 10 /* between two looks at the flag in a statement */

static volatile sig_atomic_t seen;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    seen = 1;
}

/* varve_set_progress(): not 0 ends the statement. */
static int look(void *argument, const struct varve_progress *progress)
{
    (void)argument;
    (void)progress;
    return interrupt_pending() ? 1 : 0;
}

bool interrupt_install(struct varve_session *session)
{
    interrupt_restore();
    return varve_set_progress(session, LOOK_MS, look, NULL) == VARVE_OK;
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
