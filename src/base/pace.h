/*
 * pace.h - how much work may be done before somebody looks whether it is still wanted.
 *
 * A loop whose length the user's data decides tells its pace what it has done: bytes that it has read and written, or
 * steps that cost about as much (a nanosecond or a few each). Whenever PACE_WORK has come together, look() is asked, who knows of
 * interrupts, deadlines and progress; a look that fails goes on failing until its owner clears the reason, so a
 * loop may finish the step it is in and be told again. Counting costs a subtraction and a branch.
 *
 * One step is never split: what a loop tells at once may be as long as its largest value.
 *
 * Threads: one at a time.
 */
#ifndef VARVE_BASE_PACE_H
#define VARVE_BASE_PACE_H

#include <stdint.h>

#include "base/assert.h"
#include "base/status.h"

#define PACE_WORK (256 * 1024) /* a quarter of a millisecond to one; a look costs 40 ns */

struct pace {
    int64_t left;                   /* work until the next look */
    uint64_t looks;                 /* so far */
    vv_status (*look)(void *owner); /* NULL: nobody ever wants it stopped */
    void *owner;
};

static inline void pace_init(struct pace *pace, vv_status (*look)(void *owner), void *owner)
{
    *pace = (struct pace){.left = PACE_WORK, .look = look, .owner = owner};
}

/* A look, due or not. */
VV_MUST_USE vv_status pace_look(struct pace *pace);

/* So much has been done. What look() says when it was asked, else VV_OK. */
VV_MUST_USE static inline vv_status pace_work(struct pace *pace, uint64_t work)
{
    pace->left -= (int64_t)work;
    return VV_UNLIKELY(pace->left < 0) ? pace_look(pace) : VV_OK;
}

#endif
