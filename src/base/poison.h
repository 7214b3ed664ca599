/*
 * poison.h - tells AddressSanitizer which bytes of our own pools are free, so that a use after free in a
 * frame or slab is found as in malloc'ed memory. Nothing without ASan.
 */
#ifndef VARVE_BASE_POISON_H
#define VARVE_BASE_POISON_H

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define VV_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define VV_POISON 1
#endif
#endif

#ifdef VV_POISON
#include <sanitizer/asan_interface.h>
#endif

/* From here on nobody may touch the bytes. */
static inline void poison_begin(const void *memory, size_t size)
{
#ifdef VV_POISON
    __asan_poison_memory_region(memory, size);
#else
    (void)memory;
    (void)size;
#endif
}

static inline void poison_end(const void *memory, size_t size)
{
#ifdef VV_POISON
    __asan_unpoison_memory_region(memory, size);
#else
    (void)memory;
    (void)size;
#endif
}

#endif
