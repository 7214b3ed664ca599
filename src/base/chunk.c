/* chunk.c - chunks from the heap. */
#include "base/chunk.h"

#include "base/alloc.h"

static void *heap_get(void *user);
static void heap_give(void *user, void *memory);

struct chunk_source chunk_source_heap(void)
{
    return (struct chunk_source){.get = heap_get, .give = heap_give};
}

/* Not any database's: frames.c accounts the chunk to its own. */
static struct alloc heap;

static void *heap_get(void *user)
{
    (void)user;
    return alloc_aligned(&heap, ALLOC_SPARE, CHUNK_BYTES, CHUNK_BYTES);
}

static void heap_give(void *user, void *memory)
{
    (void)user;
    alloc_free(&heap, ALLOC_SPARE, memory, CHUNK_BYTES);
}
