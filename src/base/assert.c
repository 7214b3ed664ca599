/* assert.c - how a failed assert ends the process. */
#include "base/assert.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

static _Atomic(panic_hook) hook_now;

void panic_set_hook(panic_hook hook)
{
    atomic_store_explicit(&hook_now, hook, memory_order_release); /* pairs: acquire in panic_at */
}

_Noreturn void panic_at(const char *expression, const char *file, int line, const char *function)
{
    panic_hook hook = atomic_load_explicit(&hook_now, memory_order_acquire);
    char text[512];

    snprintf(text, sizeof text, "varve: %s:%d: %s: assertion failed: %s", file, line, function,
             expression);
    fprintf(stderr, "%s\n", text);
    if (hook != NULL) {
        hook(text);
    }
    abort();
}
