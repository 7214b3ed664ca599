/*
 * os_futex.h - sleeping on a word without a `struct os`, for latches and locks: what they wait for is a
 * running thread that holds them for microseconds, in the simulator too.
 *
 * Threads: any.
 */
#ifndef VARVE_OS_OS_FUTEX_H
#define VARVE_OS_OS_FUTEX_H

#include <stdatomic.h>
#include <stdint.h>

/* Sleeps while *word == expected; returns for any reason or none: look again. */
void os_futex_wait(_Atomic uint32_t *word, uint32_t expected);

/* As os_futex_wait, at most about timeout_ns. */
void os_futex_wait_for(_Atomic uint32_t *word, uint32_t expected, uint64_t timeout_ns);

/* Wakes at most count waiters (UINT_MAX: all). */
void os_futex_wake(_Atomic uint32_t *word, unsigned count);

/* Lets other threads of this processor run first. */
void os_futex_yield(void);

/* The processor's hint that this is a spin. */
static inline void os_futex_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

#endif
