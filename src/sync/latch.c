/* latch.c - the slow halves. */
#include "sync/latch.h"

#include "os/os_futex.h"

#include <limits.h>
#include <stddef.h>
bool latch_read_begin_slow(struct latch *latch, uint64_t *version_out)
{
    (void)latch;
    (void)version_out;
    (void)&os_futex_wait;
    return false;
}
bool latch_write_lock_slow(struct latch *latch)
{
    (void)latch;
    return false;
}
void latch_wake(struct latch *latch)
{
    (void)latch;
}
