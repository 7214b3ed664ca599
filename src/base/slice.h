/*
 * slice.h - a run of bytes that somebody else owns.
 *
 * The one value type passed by value everywhere. A slice never owns; the comment of the function that
 * returns one says until when the bytes stay.
 */
#ifndef VARVE_BASE_SLICE_H
#define VARVE_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct vv_slice {
    const uint8_t *data;
    size_t size;
} vv_slice;

static inline vv_slice slice_make(const void *data, size_t size)
{
    return (vv_slice){.data = (const uint8_t *)data, .size = size};
}

static inline vv_slice slice_text(const char *text)
{
    return slice_make(text, strlen(text));
}

/* memcmp order, a prefix before what it begins: the order of all keys. */
static inline int slice_compare(vv_slice a, vv_slice b)
{
    size_t shared = a.size < b.size ? a.size : b.size;
    int order = shared == 0 ? 0 : memcmp(a.data, b.data, shared);

    if (order != 0) {
        return order;
    }
    return a.size < b.size ? -1 : a.size > b.size;
}

static inline bool slice_equal(vv_slice a, vv_slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

#endif
