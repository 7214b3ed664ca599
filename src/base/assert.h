/*
 * assert.h - checks of our own mistakes; never of input.
 *
 * VV_ASSERT stays on in release builds: it must be cheap. VV_SLOW_ASSERT walks structures and is on
 * only with -Dslow_asserts=true. A failed assert prints one line, calls the host's hook and aborts.
 */
#ifndef VARVE_BASE_ASSERT_H
#define VARVE_BASE_ASSERT_H

#include <assert.h> /* static_assert */

/* Called with the one line before the process aborts; may write a log, must return. */
typedef void (*assert_hook)(const char *line);

/* Sets the hook of this process; NULL removes it. Threads: any. */
void assert_set_hook(assert_hook hook);

_Noreturn void assert_failed(const char *expression, const char *file, int line,
                             const char *function);

#define VV_LIKELY(x)   __builtin_expect(!!(x), 1)
#define VV_UNLIKELY(x) __builtin_expect(!!(x), 0)

#define VV_ASSERT(expression) \
    (VV_LIKELY(expression) ? (void)0 : assert_failed(#expression, __FILE__, __LINE__, __func__))

#ifdef VV_SLOW_ASSERTS
#define VV_SLOW_ASSERT(expression) VV_ASSERT(expression)
#else
#define VV_SLOW_ASSERT(expression) ((void)0)
#endif

#endif
