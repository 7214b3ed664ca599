/* alloc.c - accounting, limit and fault injection over malloc (jemalloc where it is linked). */
#include "base/alloc.h"

#include "base/assert.h"

#include <stdlib.h>
#include <string.h>

#define RESERVE_BYTES_MIN ((size_t)512 << 10) /* some statements' arenas; of a small limit a 16th */
#define RESERVE_PART      100u
#define RESERVE_PART_MIN  16u

static const char *const kind_texts[] = {
#define X(name, text) text,
    ALLOC_KIND_MAP(X)
#undef X
};

/* The process-wide fault of the tests; all zero in production, so alloc_fault_now() is one load. */
_Atomic uint64_t alloc_fault_at; /* read by alloc_fault_armed() */
static _Atomic uint64_t fault_seen;
static _Atomic bool fault_forever;
static _Atomic bool fault_hit;

static bool leaves(const struct alloc *alloc, size_t size);
static size_t reserve_of(const struct alloc *alloc);

void alloc_init(struct alloc *alloc, size_t limit_bytes)
{
    memset(alloc, 0, sizeof *alloc);
    alloc->limit_bytes = limit_bytes;
}

void alloc_release(struct alloc *alloc)
{
    for (int kind = 0; kind < ALLOC_KIND_COUNT; kind++) {
        VV_ASSERT(alloc_used(alloc, (enum alloc_kind)kind) == 0); /* B1 */
    }
}

void *alloc_get(struct alloc *alloc, enum alloc_kind kind, size_t size)
{
    void *memory = NULL;

    VV_ASSERT(size > 0);
    if (alloc_fault_now() || !alloc_account(alloc, kind, size)) {
        return NULL;
    }
    memory = malloc(size);
    if (memory == NULL) {
        alloc_unaccount(alloc, kind, size);
    }
    return memory;
}

void *alloc_bulk(struct alloc *alloc, enum alloc_kind kind, size_t size, bool urgent)
{
    size_t left = urgent ? reserve_of(alloc) / 2 : reserve_of(alloc);

    return leaves(alloc, size + left) ? alloc_get(alloc, kind, size) : NULL;
}

void *alloc_zero(struct alloc *alloc, enum alloc_kind kind, size_t size)
{
    void *memory = alloc_get(alloc, kind, size);

    if (memory != NULL) {
        memset(memory, 0, size);
    }
    return memory;
}

void *alloc_aligned(struct alloc *alloc, enum alloc_kind kind, size_t alignment, size_t size)
{
    void *memory = NULL;

    VV_ASSERT(size > 0 && size % alignment == 0);
    if (alloc_fault_now() || !alloc_account(alloc, kind, size)) {
        return NULL;
    }
    memory = aligned_alloc(alignment, size);
    if (memory == NULL) {
        alloc_unaccount(alloc, kind, size);
    }
    return memory;
}

void *alloc_resize(struct alloc *alloc, enum alloc_kind kind, void *memory, size_t old_size,
                   size_t new_size)
{
    void *moved = NULL;

    VV_ASSERT(new_size > 0 && (memory != NULL || old_size == 0));
    if (alloc_fault_now() || !alloc_account(alloc, kind, new_size)) {
        return NULL;
    }
    moved = realloc(memory, new_size);
    alloc_unaccount(alloc, kind, moved == NULL ? new_size : old_size);
    return moved;
}

void alloc_free(struct alloc *alloc, enum alloc_kind kind, void *memory, size_t size)
{
    if (memory == NULL) {
        return;
    }
    alloc_unaccount(alloc, kind, size);
    free(memory);
}

bool alloc_account(struct alloc *alloc, enum alloc_kind kind, size_t size)
{
    size_t total = 0;

    /* Relaxed: the counters order nothing; they are read for statistics and for the limit. */
    total = atomic_fetch_add_explicit(&alloc->total_bytes, size, memory_order_relaxed) + size;
    if (alloc->limit_bytes != 0 && total > alloc->limit_bytes) {
        atomic_fetch_sub_explicit(&alloc->total_bytes, size, memory_order_relaxed);
        return false;
    }
    atomic_fetch_add_explicit(&alloc->used_bytes[kind], size, memory_order_relaxed);
    atomic_fetch_add_explicit(&alloc->request_count, 1, memory_order_relaxed);
    return true;
}

bool alloc_leaves_reserve(const struct alloc *alloc, size_t size)
{
    return leaves(alloc, size + reserve_of(alloc));
}

static bool leaves(const struct alloc *alloc, size_t size)
{
    size_t total = atomic_load_explicit(&alloc->total_bytes, memory_order_relaxed);

    return alloc->limit_bytes == 0 || total + size <= alloc->limit_bytes;
}

static size_t reserve_of(const struct alloc *alloc)
{
    size_t reserve = alloc->limit_bytes / RESERVE_PART;
    size_t least = alloc->limit_bytes / RESERVE_PART_MIN;

    least = least < RESERVE_BYTES_MIN ? least : RESERVE_BYTES_MIN;
    return reserve > least ? reserve : least;
}

bool alloc_is_tight(const struct alloc *alloc)
{
    size_t limit = alloc->limit_bytes;
    size_t total = 0;

    if (limit == 0) {
        return false;
    }
    total = atomic_load_explicit(&alloc->total_bytes, memory_order_relaxed);
    return total > alloc_used(alloc, ALLOC_SPARE) + limit - limit / 16;
}

void alloc_unaccount(struct alloc *alloc, enum alloc_kind kind, size_t size)
{
    size_t before = atomic_fetch_sub_explicit(&alloc->used_bytes[kind], size, memory_order_relaxed);

    VV_ASSERT(before >= size);
    atomic_fetch_sub_explicit(&alloc->total_bytes, size, memory_order_relaxed);
}

void alloc_account_move(struct alloc *alloc, enum alloc_kind from, enum alloc_kind to, size_t size)
{
    size_t before = atomic_fetch_sub_explicit(&alloc->used_bytes[from], size, memory_order_relaxed);

    VV_ASSERT(before >= size);
    atomic_fetch_add_explicit(&alloc->used_bytes[to], size, memory_order_relaxed);
}

size_t alloc_used(const struct alloc *alloc, enum alloc_kind kind)
{
    return atomic_load_explicit(&alloc->used_bytes[kind], memory_order_relaxed);
}

const char *alloc_kind_text(enum alloc_kind kind)
{
    VV_ASSERT((unsigned)kind < ALLOC_KIND_COUNT);
    return kind_texts[kind];
}

uint64_t alloc_fault_arm(uint64_t n, bool forever)
{
    uint64_t seen = atomic_load_explicit(&fault_seen, memory_order_relaxed);

    atomic_store_explicit(&fault_forever, forever, memory_order_relaxed);
    atomic_store_explicit(&fault_seen, 0, memory_order_relaxed);
    atomic_store_explicit(&fault_hit, false, memory_order_relaxed);
    atomic_store_explicit(&alloc_fault_at, n, memory_order_relaxed);
    return seen;
}

bool alloc_fault_hit(void)
{
    return atomic_load_explicit(&fault_hit, memory_order_relaxed);
}

bool alloc_fault_now(void)
{
    uint64_t at = atomic_load_explicit(&alloc_fault_at, memory_order_relaxed);
    uint64_t seen = 0;

    if (VV_LIKELY(at == 0)) {
        return false;
    }
    seen = atomic_fetch_add_explicit(&fault_seen, 1, memory_order_relaxed) + 1;
    if (seen == at || (seen > at && atomic_load_explicit(&fault_forever, memory_order_relaxed))) {
        atomic_store_explicit(&fault_hit, true, memory_order_relaxed);
        return true;
    }
    return false;
}
