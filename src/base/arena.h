/*
 * arena.h - memory that ends all at once: a statement's, a transaction's, a definition's.
 *
 * A bump pointer over blocks from a `struct alloc`. Nothing is freed alone; arena_reset_to() gives back
 * everything after a mark and keeps the blocks for the next use, so that a statement that runs again
 * allocates nothing.
 *
 * Threads: one at a time.
 */
#ifndef VARVE_BASE_ARENA_H
#define VARVE_BASE_ARENA_H

#include "base/alloc.h"
#include "base/slice.h"

#define ARENA_ALIGNMENT   16
#define ARENA_SMALL_BYTES (128u << 10) /* a larger one leaves the reserve of the allocator (B12) */

struct arena_block;

struct arena {
    struct alloc *alloc;
    enum alloc_kind kind;
    size_t block_bytes;    /* size of ordinary blocks; larger requests get blocks of their own */
    size_t limit_bytes;    /* 0: none; the query's memory budget */
    size_t reserved_bytes; /* of all blocks */
    bool limit_met;        /* a request was refused for limit_bytes */
    struct arena_block *first;
    struct arena_block *now; /* blocks after it are kept for reuse */
    uint8_t *next;           /* free room of `now` */
    uint8_t *end;
};

struct arena_mark {
    struct arena_block *block;
    uint8_t *next;
};

/* Allocates nothing yet. borrow: alloc until arena_release(). */
void arena_init(struct arena *arena, struct alloc *alloc, enum alloc_kind kind, size_t block_bytes);

/* Gives every block back. Accepts a zeroed arena. */
void arena_release(struct arena *arena);

/* Aligned to ARENA_ALIGNMENT; size 0 is allowed. borrow until the arena is reset or released.
 * NULL: out of memory or beyond limit_bytes. */
void *arena_get(struct arena *arena, size_t size);
void *arena_zero(struct arena *arena, size_t size);

/* A copy of bytes, followed by one NUL byte that size does not count. NULL: out of memory. */
void *arena_copy(struct arena *arena, const void *data, size_t size);

/* A NUL-terminated copy of text. NULL: out of memory. */
char *arena_text(struct arena *arena, const char *text, size_t size);

/* printf into the arena. NULL: out of memory. */
char *arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

struct arena_mark arena_mark(const struct arena *arena);
void arena_reset_to(struct arena *arena, struct arena_mark mark);
void arena_rewind(struct arena *arena);

/* An arena that has never been used costs one look. */
static inline void arena_reset(struct arena *arena)
{
    if (arena->first != NULL) {
        arena_rewind(arena);
    }
}

/* An array of count zeroed elements; checks the product. */
static inline void *arena_zero_array(struct arena *arena, size_t size, size_t count)
{
    return count > SIZE_MAX / size ? NULL : arena_zero(arena, count * size);
}

#define ARENA_ARRAY(arena, type, count) \
    ((type *)arena_zero_array((arena), sizeof(type), (size_t)(count)))
#define ARENA_NEW(arena, type) ((type *)arena_zero((arena), sizeof(type)))

#endif
