/*
 * chunk.h - where memory comes from in large pieces: 2 MB, aligned to 2 MB, one huge page each.
 *
 * base knows no operating system; `os` gives a source over mappings (os/os_chunk.h), tests take the
 * one over the heap. A source counts nothing: frames.h accounts what it takes.
 *
 * Threads: both functions of a source may be called by any thread.
 */
#ifndef VARVE_BASE_CHUNK_H
#define VARVE_BASE_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#define CHUNK_BYTES ((size_t)2 << 20)

struct chunk_source {
    void *user;
    void *(*get)(void *user);               /* own: end with give(). NULL: out of memory */
    void (*give)(void *user, void *memory); /* give */
};

/* A source over the heap, for tests and for what runs without `os`. */
struct chunk_source chunk_source_heap(void);

#endif
