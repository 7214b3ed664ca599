/* assert.c - how a failed assert ends the process. */
#include "base/assert.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static _Atomic(assert_hook) hook_now;

void assert_set_hook(assert_hook hook)
{
    atomic_store_explicit(&hook_now, hook,
                          memory_order_release); /* pairs: acquire in assert_failed */
}

_Noreturn void assert_failed(const char *expression, const char *file, int line,
                             const char *function)
{
    assert_hook hook = atomic_load_explicit(&hook_now, memory_order_acquire);
    char text[512];

    snprintf(text, sizeof text, "varve: %s:%d: %s: assertion failed: %s", file, line, function,
             expression);
    if (hook != NULL) {
        hook(text);
    } else {
        fprintf(stderr, "%s\n", text);
    }
    abort();
}
