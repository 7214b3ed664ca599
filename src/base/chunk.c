/* chunk.c - chunks from the heap. */
#include "base/chunk.h"

#include <stdlib.h>

static void *heap_get(void *user);
static void heap_give(void *user, void *memory);

struct chunk_source chunk_source_heap(void)
{
    return (struct chunk_source){.get = heap_get, .give = heap_give};
}

static void *heap_get(void *user)
{
    (void)user;
    return aligned_alloc(CHUNK_BYTES, CHUNK_BYTES);
}

static void heap_give(void *user, void *memory)
{
    (void)user;
    free(memory);
}
