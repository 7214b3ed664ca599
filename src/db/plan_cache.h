/*
 * plan_cache.h - plans by text, shared by the sessions of a database.
 *
 * A plan is immutable and counted; the cache holds one count, each statement that uses it another. A plan
 * that no longer fits the definitions is taken out and made again by whoever notices; statements that still
 * run it are not disturbed. The least recently prepared plan goes when the cache is full.
 *
 * Promises: D3 a plan is never freed while a statement holds it; D4 a plan runs only in a statement that sees
 *           the definitions it was bound to; D5 a plan with its text and tree takes at most 96 MB or three
 *           times its text, whichever is more: beyond that 54001 "statement is too complex".
 * Threads:  any.
 */
#ifndef VARVE_DB_PLAN_CACHE_H
#define VARVE_DB_PLAN_CACHE_H

#include "base/arena.h"
#include "base/list.h"
#include "catalog/catalog.h"
#include "plan/physical.h"
#include "sync/lock.h"

#define PLAN_CACHE_BUCKETS 1024u
#define PLAN_CACHE_PLANS   1024u /* at most; a service prepares hundreds of texts, not thousands */

#define PLAN_CACHE_PART 64u /* of memory_limit, but for the last plan */

#define PLAN_CACHE_PLAN_BYTES (256u * 1024) /* a larger one is a bulk load's, not worth keeping */

struct bind_prepared;
struct system_definitions;

struct plan {
    _Atomic uint32_t reference_count; /* guard: atomic */
    bool of_session;                  /* its constants depend on the session: never in the cache */
    bool shows_names;                 /* a column is a regclass: definitions will be asked for */
    bool cached;                      /* guard: cache lock; still in the cache */
    _Atomic uint64_t hit_count;       /* guard: atomic; how often it was found in the cache */
    uint64_t planning_ns;             /* from text to plan */
    uint64_t settings_version;        /* of_session: of the settings that it was made under */
    uint64_t hash;
    vv_slice text; /* in arena */
    vv_slice
        types; /* in arena; what the caller said of parameters, a byte (enum value_type) each */
    struct arena arena;
    struct system_definitions *system; /* borrow: as long as the database */
    struct catalog_view view;          /* the definitions; immutable once the plan is shared */
    _Atomic uint64_t
        word; /* guard: atomic; the catalog's word when the view was last found right */
    const struct physical_plan *physical;
    const struct plan_origin *origins; /* of the result's columns; NULL: a command */
    struct plan *next_in_bucket;       /* guard: cache lock */
    struct list link;                  /* guard: cache lock; least recently used first */
};

struct plan_cache {
    struct alloc *alloc;
    struct lock lock; /* LOCK_PLAN_CACHE */
    struct plan *buckets[PLAN_CACHE_BUCKETS];
    struct list by_use;
    uint32_t plan_count;
    _Atomic uint64_t hit_count;
    _Atomic uint64_t miss_count;
    _Atomic uint64_t eviction_count;
    uint64_t plan_bytes; /* guard: lock */
};

void plan_cache_init(struct plan_cache *cache, struct alloc *alloc);
void plan_cache_release(struct plan_cache *cache);

/* NULL: none. own: end with plan_drop(). */
struct plan *plan_cache_find(struct plan_cache *cache, vv_slice text, vv_slice types);

/* Takes part in the cache from now on, instead of a plan of the same text and types; a plan larger than
 * PLAN_CACHE_PLAN_BYTES does not. */
void plan_cache_add(struct plan_cache *cache, struct plan *plan);

/* Plans go, the least recently prepared first, until the reserve of the memory is whole: what is only kept for speed
 * must not stand in the way. */
void plan_cache_relieve(struct plan_cache *cache);

/* The plans there are, the least recently used first, into plans[PLAN_CACHE_PLANS], each acquired. Returns their number. */
uint32_t plan_cache_list(struct plan_cache *cache, struct plan **plans);
void plan_cache_size(struct plan_cache *cache, uint64_t *plans_out, uint64_t *bytes_out);

/* No longer found; for a plan whose definitions changed. */
void plan_cache_remove(struct plan_cache *cache, struct plan *plan);

/* Forgets every plan: what they were chosen by has changed. Statements go on with theirs. */
void plan_cache_clear(struct plan_cache *cache);

/*
 * Parses, binds and optimizes the first statement of text for session's running statement; parses only
 * one. The caller has opened a statement. own: *plan_out, end with plan_drop().
 */
struct plan_request {
    struct alloc *alloc;
    struct catalog *catalog;
    struct system_definitions *system;
    struct store_session *session;
    const struct bind_prepared *prepared;
    vv_slice text;
    vv_slice types;
};

VV_MUST_USE vv_status plan_make(const struct plan_request *request, struct plan **plan_out,
                                struct vv_error *error);

struct plan *plan_acquire(struct plan *plan);

/* catalog_view_is_current() for a statement without snapshot. */
static inline bool plan_is_current(const struct plan *plan)
{
    uint64_t word = atomic_load_explicit(&plan->word, memory_order_relaxed);

    return catalog_word(plan->view.catalog) == word && catalog_word_quiet(word);
}

/* Accepts NULL. */
void plan_drop(struct plan *plan);

#endif
