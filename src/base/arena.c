/* arena.c - blocks, a bump pointer, marks. */
#include "base/arena.h"

#include "base/assert.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>

struct arena_block {
    struct arena_block *next;
    size_t size; /* with this header */
    alignas(ARENA_ALIGNMENT) uint8_t bytes[];
};

static void *get_slow(struct arena *arena, size_t size);
static void enter_block(struct arena *arena, struct arena_block *block);

void arena_init(struct arena *arena, struct alloc *alloc, enum alloc_kind kind, size_t block_bytes)
{
    VV_ASSERT(block_bytes > sizeof(struct arena_block));
    *arena = (struct arena){.alloc = alloc, .kind = kind, .block_bytes = block_bytes};
}

void arena_release(struct arena *arena)
{
    struct arena_block *block = arena->first;

    while (block != NULL) {
        struct arena_block *next = block->next;

        alloc_free(arena->alloc, arena->kind, block, block->size);
        block = next;
    }
    arena->first = NULL;
    arena->now = NULL;
    arena->next = NULL;
    arena->end = NULL;
    arena->reserved_bytes = 0;
}

void *arena_get(struct arena *arena, size_t size)
{
    size_t rounded = (size + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
    void *memory = arena->next;

    if (VV_UNLIKELY(rounded < size)) {
        return NULL;
    }
    if (VV_UNLIKELY(memory == NULL || rounded > (size_t)(arena->end - arena->next))) {
        return get_slow(arena, rounded);
    }
    arena->next += rounded;
    return memory;
}

void *arena_zero(struct arena *arena, size_t size)
{
    void *memory = arena_get(arena, size);

    if (memory != NULL) {
        memset(memory, 0, size);
    }
    return memory;
}

void *arena_copy(struct arena *arena, const void *data, size_t size)
{
    uint8_t *memory = NULL;

    if (size == SIZE_MAX) {
        return NULL;
    }
    memory = arena_get(arena, size + 1);
    if (memory != NULL) {
        if (size > 0) {
            memcpy(memory, data, size);
        }
        memory[size] = 0;
    }
    return memory;
}

char *arena_text(struct arena *arena, const char *text, size_t size)
{
    return arena_copy(arena, text, size);
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    int wanted = 0;
    char *text = NULL;

    va_start(arguments, format);
    wanted = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    VV_ASSERT(wanted >= 0);
    text = arena_get(arena, (size_t)wanted + 1);
    if (text != NULL) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)wanted + 1, format, arguments);
        va_end(arguments);
    }
    return text;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    return (struct arena_mark){.block = arena->now, .next = arena->next};
}

void arena_reset_to(struct arena *arena, struct arena_mark mark)
{
    if (mark.block == NULL) {
        arena_reset(arena);
        return;
    }
    enter_block(arena, mark.block);
    arena->next = mark.next;
}

void arena_rewind(struct arena *arena)
{
    enter_block(arena, arena->first);
}

/* Takes the next kept block that is large enough, or a new one behind `now`. */
static void *get_slow(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->now == NULL ? arena->first : arena->now->next;
    size_t block_bytes = arena->block_bytes;
    void *memory = NULL;

    if (block == NULL || size > block->size - sizeof *block) {
        if (size > block_bytes - sizeof *block) {
            block_bytes = size + sizeof *block;
        }
        if (block_bytes < size) {
            return NULL;
        }
        if (arena->limit_bytes != 0 && block_bytes > arena->limit_bytes - arena->reserved_bytes) {
            arena->limit_met = true;
            return NULL;
        }
        block = arena->reserved_bytes + block_bytes <= ARENA_SMALL_BYTES
                    ? alloc_get(arena->alloc, arena->kind, block_bytes)
                    : alloc_bulk(arena->alloc, arena->kind, block_bytes, false);
        if (block == NULL) {
            return NULL;
        }
        block->size = block_bytes;
        arena->reserved_bytes += block_bytes;
        if (arena->now == NULL) {
            block->next = arena->first;
            arena->first = block;
        } else {
            block->next = arena->now->next;
            arena->now->next = block;
        }
    }
    enter_block(arena, block);
    memory = arena->next;
    arena->next += size;
    return memory;
}

static void enter_block(struct arena *arena, struct arena_block *block)
{
    arena->now = block;
    arena->next = block->bytes;
    arena->end = (uint8_t *)block + block->size;
}
