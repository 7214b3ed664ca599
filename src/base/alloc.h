/*
 * alloc.h - the allocator of a database: every byte is accounted to a kind and bounded by a limit.
 *
 * Frees name the size, so that accounting costs no header and jemalloc needs no look-up. Nothing on a
 * hot read path comes here: queries use arenas, rows use frames and slabs.
 *
 * Promises: B1 used_bytes of all kinds is 0 when everything was freed;
 *           B2 a request beyond limit_bytes returns NULL and changes nothing;
 *           B3 the n-th request from now can be made to fail (tests);
 *           B12 what alloc_bulk() gives leaves the reserve.
 * Threads:  any, on one struct alloc.
 */
#ifndef VARVE_BASE_ALLOC_H
#define VARVE_BASE_ALLOC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What memory is spent on; the names appear in the statistics. X(name, text). */
#define ALLOC_KIND_MAP(X)            \
    X(ALLOC_GENERAL, "general")      \
    X(ALLOC_FRAMES, "pages")         \
    X(ALLOC_VERSIONS, "versions")    \
    X(ALLOC_TXN, "transactions")     \
    X(ALLOC_LOG, "log")              \
    X(ALLOC_CATALOG, "catalog")      \
    X(ALLOC_STATEMENT, "statements") \
    X(ALLOC_SESSION, "sessions")     \
    X(ALLOC_SPARE, "spare pages")

enum alloc_kind {
#define X(name, text) name,
    ALLOC_KIND_MAP(X)
#undef X
        ALLOC_KIND_COUNT
};

struct alloc {
    _Atomic size_t used_bytes[ALLOC_KIND_COUNT]; /* guard: atomic */
    _Atomic size_t total_bytes;                  /* guard: atomic */
    _Atomic uint64_t request_count; /* guard: atomic; the "allocates nothing" tests read it */
    size_t limit_bytes;             /* 0: no limit; set before sharing */
};

/* limit_bytes 0 means no limit. */
void alloc_init(struct alloc *alloc, size_t limit_bytes);

/* Asserts B1. */
void alloc_release(struct alloc *alloc);

/* size > 0. Aligned to 16. own: end with alloc_free() of the same kind and size. NULL: out of memory. */
void *alloc_get(struct alloc *alloc, enum alloc_kind kind, size_t size);
void *alloc_zero(struct alloc *alloc, enum alloc_kind kind, size_t size);

/* For what grows with the data: NULL too when it would touch the reserve, or with `urgent` (it serves to free
 * memory) the second half of that (B12). */
void *alloc_bulk(struct alloc *alloc, enum alloc_kind kind, size_t size, bool urgent);

/* As alloc_get with an alignment (a power of two, at most 2 MB; size a multiple of it). */
void *alloc_aligned(struct alloc *alloc, enum alloc_kind kind, size_t alignment, size_t size);

/* Grows or shrinks in place or by moving; on NULL the old block stays. memory may be NULL with
 * old_size 0. */
void *alloc_resize(struct alloc *alloc, enum alloc_kind kind, void *memory, size_t old_size,
                   size_t new_size);

/* Accepts NULL. */
void alloc_free(struct alloc *alloc, enum alloc_kind kind, void *memory, size_t size);

/* Accounts memory that came from elsewhere (mapped chunks). False: beyond the limit (B2). */
bool alloc_account(struct alloc *alloc, enum alloc_kind kind, size_t size);
void alloc_unaccount(struct alloc *alloc, enum alloc_kind kind, size_t size);

/* Whether size more would leave the reserve: 1 % of the limit, at least 512 KB. Whatever grows with the data asks
 * (chunks, large rows, large arenas, kept plans), so that statements, rollbacks and deletes, which need
 * little, go on working where inserts fail (B12). */
bool alloc_leaves_reserve(const struct alloc *alloc, size_t size);

/* Whether less than a sixteenth of the limit is free, spare pages counted as free. */
bool alloc_is_tight(const struct alloc *alloc);

size_t alloc_used(const struct alloc *alloc, enum alloc_kind kind);
const char *alloc_kind_text(enum alloc_kind kind);

/* Tests: the n-th request (1 is the next) of this process, over all allocators, fails, and with
 * `forever` every later one too; 0 disarms. Returns how many requests were seen since it was armed. */
uint64_t alloc_fault_arm(uint64_t n, bool forever);

/* Tests: whether the armed fault happened. */
bool alloc_fault_hit(void);

/* For owners of memory that does not pass through alloc_get (mappings): true when this request must
 * fail. Counts as one request. */
bool alloc_fault_now(void);

/* Whether a fault is armed: what inline fast paths look at. */
static inline bool alloc_fault_armed(void)
{
    extern _Atomic uint64_t alloc_fault_at;

    return __builtin_expect(atomic_load_explicit(&alloc_fault_at, memory_order_relaxed) != 0, 0);
}

/* Moves accounted bytes from one kind to another; the total stays. */
void alloc_account_move(struct alloc *alloc, enum alloc_kind from, enum alloc_kind to, size_t size);

#endif
