/*
 * frames.c - chunks with a bitmap of free frames, binned by their longest free run.
 *
 *   chunk: | header | frame 1 | frame 2 | ... | frame 511 |     bit i of free[]: frame i is free
 *
 * A bin holds the chunks whose longest free run is that long; chunks with a run of 16 or more are binned
 * further by how many frames are free, so that the fullest are used first and sparse ones empty. A bin is
 * an upper bound: taking leaves a chunk in its bin, and a search that finds no run there puts it right.
 */
#include "base/frames.h"

#include "base/assert.h"
#include "base/list.h"
#include "base/poison.h"

#include <pthread.h>
#include <string.h>

#define CHUNK_MAGIC     UINT64_C(0x6b6e756863767676)
#define CHUNK_WORDS     (FRAMES_PER_CHUNK / 64)
#define CHUNK_FREE_MAX  (FRAMES_PER_CHUNK - 1)
#define BIN_COUNT       (FRAMES_RUN_MAX + 4)
#define CACHE_FRAMES    32u /* what a session keeps at most: 128 KB */
#define REFILL_FRAMES   8u
#define RESERVE_PERCENT 1u

struct chunk {
    uint64_t magic;
    struct frames *frames;
    struct list link;            /* in its bin; guard: lock */
    unsigned bin;                /* guard: lock */
    unsigned aside_frames;       /* guard: lock; of the runs set aside */
    uint64_t free[CHUNK_WORDS];  /* guard: lock */
    _Atomic unsigned free_count; /* guard: lock; read as a hint without */
};

static_assert(sizeof(struct chunk) <= LIMIT_FRAME_BYTES, "the header is one frame");

struct frames {
    struct alloc *alloc;
    struct chunk_source source;
    pthread_mutex_t lock; /* base has no ranked locks; nothing is taken while it is held */
    struct list bins[BIN_COUNT];
    struct frames_cache *caches;           /* guard: lock */
    size_t chunk_count;                    /* guard: lock */
    size_t empty_chunk_count;              /* guard: lock; wholly free ones */
    size_t free_frames;                    /* guard: lock */
    size_t used_frames;                    /* guard: lock; in use or in caches */
    void *aside[FRAMES_RUN_MAX + 1];       /* by length: the run that is set aside; guard: lock */
    size_t run_counts[FRAMES_RUN_MAX + 1]; /* by length: in use or in caches; guard: lock */
    unsigned aside_missing;                /* bit n: aside[n] is to come back; guard: lock */
    size_t aside_frames;                   /* guard: lock */
    _Atomic bool scarce; /* guard: atomic; the reserve is in use, or nothing but it is left */
};

static void *cache_pop(struct frames_cache *cache, unsigned frame_count);
static void cache_push(struct frames_cache *cache, void *memory, unsigned frame_count);
static void cache_flush_locked(struct frames_cache *cache);
static void *refill(struct frames_cache *cache, unsigned frame_count, enum frames_need need);
static void *pool_take(struct frames *frames, unsigned frame_count, bool may_add,
                       enum frames_need need);
static bool pool_may_cut(struct frames *frames, unsigned frame_count, enum frames_need need);
static void pool_hand_out(struct frames *frames, void *memory, unsigned frame_count);
static void pool_put(struct frames *frames, void *memory, unsigned frame_count);
static void *pool_cut(struct frames *frames, unsigned frame_count);
static void pool_join(struct frames *frames, void *memory, unsigned frame_count);
static bool aside_fill(struct frames *frames, unsigned frame_count);
static void aside_fill_missing(struct frames *frames);
static void aside_end(struct frames *frames, unsigned frame_count, const struct chunk *other);
static void *aside_take(struct frames *frames, unsigned frame_count, unsigned old_count);
static void aside_give(struct frames *frames, unsigned frame_count);
static bool chunk_add(struct frames *frames);
static void chunk_remove(struct frames *frames, struct chunk *chunk);
static void chunk_empty(struct frames *frames, struct chunk *chunk);
static void chunk_move_aside(struct frames *frames, struct chunk *chunk);
static void *chunk_cut(struct chunk *chunk, unsigned frame_count);
static void chunk_bin(struct chunk *chunk);
static unsigned bin_by_free(const struct chunk *chunk);
static void chunk_put(struct chunk *chunk, unsigned bin);
static struct chunk *chunk_of(const void *memory);
static bool keep_only_starts(uint64_t words[CHUNK_WORDS], unsigned step);
static void scarce_set(struct frames *frames, bool scarce);
static size_t reserve_of(const struct frames *frames);

struct frames *frames_create(struct alloc *alloc, struct chunk_source source)
{
    struct frames *frames = alloc_zero(alloc, ALLOC_GENERAL, sizeof *frames);

    if (frames == NULL) {
        return NULL;
    }
    frames->alloc = alloc;
    frames->source = source;
    pthread_mutex_init(&frames->lock, NULL);
    for (unsigned i = 0; i < BIN_COUNT; i++) {
        list_init(&frames->bins[i]);
    }
    return frames;
}

void frames_destroy(struct frames *frames)
{
    if (frames == NULL) {
        return;
    }
    VV_ASSERT(frames->caches == NULL && frames->used_frames == 0);
    while (frames_trim_step(frames)) {
    }
    VV_ASSERT(frames->chunk_count == 0);
    pthread_mutex_destroy(&frames->lock);
    alloc_free(frames->alloc, ALLOC_GENERAL, frames, sizeof *frames);
}

void frames_cache_init(struct frames_cache *cache, struct frames *frames)
{
    memset(cache, 0, sizeof *cache);
    cache->frames = frames;
    pthread_mutex_lock(&frames->lock);
    cache->next = frames->caches;
    frames->caches = cache;
    pthread_mutex_unlock(&frames->lock);
}

void frames_cache_release(struct frames_cache *cache)
{
    struct frames *frames = cache->frames;
    struct frames_cache **at = NULL;

    if (frames == NULL) {
        return;
    }
    pthread_mutex_lock(&frames->lock);
    cache_flush_locked(cache);
    for (at = &frames->caches; *at != cache; at = &(*at)->next) {
        VV_ASSERT(*at != NULL);
    }
    *at = cache->next;
    pthread_mutex_unlock(&frames->lock);
    cache->frames = NULL;
}

void frames_cache_flush(struct frames_cache *cache)
{
    pthread_mutex_lock(&cache->frames->lock);
    cache_flush_locked(cache);
    pthread_mutex_unlock(&cache->frames->lock);
}

void *frames_get(struct frames_cache *cache, unsigned frame_count, enum frames_need need)
{
    VV_ASSERT(frame_count >= 1 && frame_count <= FRAMES_RUN_MAX);
    if (alloc_fault_now()) {
        return NULL;
    }
    if (cache->runs[frame_count] != NULL) {
        return cache_pop(cache, frame_count);
    }
    return refill(cache, frame_count, need);
}

void *frames_replace(struct frames_cache *cache, unsigned frame_count, unsigned old_count)
{
    struct frames *frames = cache->frames;
    void *memory = frames_get(cache, frame_count, FRAMES_URGENT);

    VV_ASSERT(frame_count <= old_count && old_count <= FRAMES_RUN_MAX);
    if (memory == NULL && !alloc_fault_armed()) {
        pthread_mutex_lock(&frames->lock);
        memory = aside_take(frames, frame_count, old_count);
        if (memory != NULL) {
            pool_hand_out(frames, memory, frame_count);
        }
        pthread_mutex_unlock(&frames->lock);
    }
    return memory;
}

void frames_free(struct frames_cache *cache, void *memory, unsigned frame_count)
{
    if (memory == NULL) {
        return;
    }
    VV_ASSERT(frame_count >= 1 && frame_count <= FRAMES_RUN_MAX);
    VV_ASSERT(((uintptr_t)memory & (LIMIT_FRAME_BYTES - 1)) == 0);
    VV_ASSERT(chunk_of(memory)->frames == cache->frames);
    cache_push(cache, memory, frame_count);
    if (atomic_load_explicit(&cache->cached_frames, memory_order_relaxed) > CACHE_FRAMES ||
        frames_scarce(cache->frames)) {
        frames_cache_flush(cache);
    }
}

bool frames_trim_step(struct frames *frames)
{
    bool gave = false;

    pthread_mutex_lock(&frames->lock);
    list_for_each_safe(link, after, &frames->bins[BIN_COUNT - 1]) {
        struct chunk *chunk = LIST_OF(link, struct chunk, link);

        if (chunk->free_count == CHUNK_FREE_MAX) {
            chunk_remove(frames, chunk);
            gave = true;
        }
    }
    pthread_mutex_unlock(&frames->lock);
    return gave;
}

struct frames_statistics frames_statistics(struct frames *frames)
{
    struct frames_statistics statistics = {0};
    size_t cached = 0;

    pthread_mutex_lock(&frames->lock);
    for (const struct frames_cache *cache = frames->caches; cache != NULL; cache = cache->next) {
        cached += atomic_load_explicit(&cache->cached_frames, memory_order_relaxed);
    }
    /* The owners of caches go on meanwhile: the sum may be off by what they move. */
    cached = cached < frames->used_frames ? cached : frames->used_frames;
    statistics.chunk_count = frames->chunk_count;
    statistics.mapped_bytes = frames->chunk_count * CHUNK_BYTES;
    statistics.used_bytes = (frames->used_frames - cached) * LIMIT_FRAME_BYTES;
    statistics.cached_bytes = cached * LIMIT_FRAME_BYTES;
    statistics.free_bytes = (frames->free_frames + frames->aside_frames) * LIMIT_FRAME_BYTES;
    pthread_mutex_unlock(&frames->lock);
    return statistics;
}

bool frames_scarce(const struct frames *frames)
{
    return atomic_load_explicit(&frames->scarce, memory_order_relaxed); /* advice */
}

unsigned frames_chunk_used(const void *memory)
{
    return (unsigned)CHUNK_FREE_MAX -
           atomic_load_explicit(&chunk_of(memory)->free_count, memory_order_relaxed);
}

struct alloc *frames_alloc(const struct frames *frames)
{
    return frames->alloc;
}

/* --- the cache: lists by size through the first word of each run --- */

static void cache_count(struct frames_cache *cache, size_t change)
{
    size_t now = atomic_load_explicit(&cache->cached_frames, memory_order_relaxed);

    atomic_store_explicit(&cache->cached_frames, now + change,
                          memory_order_relaxed); /* one writer */
}

static void *cache_pop(struct frames_cache *cache, unsigned frame_count)
{
    void *memory = cache->runs[frame_count];

    poison_end(memory, (size_t)frame_count * LIMIT_FRAME_BYTES);
    memcpy(&cache->runs[frame_count], memory, sizeof(void *));
    cache->counts[frame_count]--;
    cache_count(cache, (size_t)0 - frame_count);
    return memory;
}

static void cache_push(struct frames_cache *cache, void *memory, unsigned frame_count)
{
    memcpy(memory, &cache->runs[frame_count], sizeof(void *));
    poison_begin(memory, (size_t)frame_count * LIMIT_FRAME_BYTES);
    cache->runs[frame_count] = memory;
    cache->counts[frame_count]++;
    cache_count(cache, frame_count);
}

static void cache_flush_locked(struct frames_cache *cache)
{
    for (unsigned size = 1; size <= FRAMES_RUN_MAX; size++) {
        while (cache->runs[size] != NULL) {
            pool_put(cache->frames, cache_pop(cache, size), size);
        }
    }
}

/* Takes the run asked for and a few more of its size, if the pool has them at hand. */
static void *refill(struct frames_cache *cache, unsigned frame_count, enum frames_need need)
{
    struct frames *frames = cache->frames;
    unsigned more = REFILL_FRAMES / frame_count;
    void *memory = NULL;

    pthread_mutex_lock(&frames->lock);
    memory = pool_take(frames, frame_count, true, need);
    while (memory != NULL && more-- > 1) {
        void *extra = pool_take(frames, frame_count, false, FRAMES_ORDINARY);

        if (extra == NULL) {
            break;
        }
        cache_push(cache, extra, frame_count);
    }
    pthread_mutex_unlock(&frames->lock);
    return memory;
}

/* --- the pool; the lock is held --- */

/* may_add: map a chunk when that is needed. */
static void *pool_take(struct frames *frames, unsigned frame_count, bool may_add,
                       enum frames_need need)
{
    void *memory = NULL;

    if (pool_may_cut(frames, frame_count, need)) {
        memory = pool_cut(frames, frame_count);
    }
    if (memory == NULL && may_add && chunk_add(frames)) {
        (void)aside_fill(frames, frame_count);
        memory = pool_cut(frames, frame_count);
        VV_ASSERT(memory != NULL);
    }
    if (memory == NULL) {
        scarce_set(frames, may_add || frames_scarce(frames));
        return NULL;
    }
    pool_hand_out(frames, memory, frame_count);
    return memory;
}

static void pool_hand_out(struct frames *frames, void *memory, unsigned frame_count)
{
    frames->free_frames -= frame_count;
    frames->used_frames += frame_count;
    frames->run_counts[frame_count]++;
    alloc_account_move(frames->alloc, ALLOC_SPARE, ALLOC_FRAMES,
                       (size_t)frame_count * LIMIT_FRAME_BYTES);
    poison_end(memory, (size_t)frame_count * LIMIT_FRAME_BYTES);
}

/* Whether this need may take from what is free now: B6, and B11 comes first. */
static bool pool_may_cut(struct frames *frames, unsigned frame_count, enum frames_need need)
{
    size_t cost = frames->aside[frame_count] == NULL ? 2 * frame_count : frame_count;

    if (frames->free_frames < cost + reserve_of(frames)) {
        if (need == FRAMES_ORDINARY) {
            return false;
        }
        scarce_set(frames, true);
    }
    return aside_fill(frames, frame_count);
}

static void pool_put(struct frames *frames, void *memory, unsigned frame_count)
{
    struct chunk *chunk = chunk_of(memory);

    poison_begin(memory, (size_t)frame_count * LIMIT_FRAME_BYTES);
    alloc_account_move(frames->alloc, ALLOC_FRAMES, ALLOC_SPARE,
                       (size_t)frame_count * LIMIT_FRAME_BYTES);
    frames->used_frames -= frame_count;
    frames->run_counts[frame_count]--;
    pool_join(frames, memory, frame_count);
    if (frames->run_counts[frame_count] == 0) {
        aside_end(frames, frame_count, chunk);
    }
    if (frames->aside_missing != 0) {
        aside_fill_missing(frames);
    }
    if (frames->free_frames >= 2 * reserve_of(frames) && frames->aside_missing == 0) {
        scarce_set(frames, false);
    }
    chunk_empty(frames, chunk);
}

/* Makes a run free. */
static void pool_join(struct frames *frames, void *memory, unsigned frame_count)
{
    struct chunk *chunk = chunk_of(memory);
    size_t index = (size_t)((uint8_t *)memory - (uint8_t *)chunk) / LIMIT_FRAME_BYTES;

    for (size_t i = index; i < index + frame_count; i++) {
        VV_ASSERT((chunk->free[i / 64] >> (i % 64) & 1) == 0); /* B4: freed once */
        chunk->free[i / 64] |= UINT64_C(1) << (i % 64);
    }
    chunk->free_count += frame_count;
    frames->free_frames += frame_count;
    frames->empty_chunk_count += chunk->free_count == CHUNK_FREE_MAX;
    if (chunk->bin < FRAMES_RUN_MAX) {
        chunk_bin(chunk);
    } else if (chunk->bin != bin_by_free(chunk)) {
        chunk_put(chunk, bin_by_free(chunk));
    }
}

/* --- runs set aside: B11 --- */

/* Whether a run of this length is set aside, now if not before. */
static bool aside_fill(struct frames *frames, unsigned frame_count)
{
    void *memory = NULL;

    if (frames->aside[frame_count] != NULL) {
        return true;
    }
    memory = pool_cut(frames, frame_count);
    if (memory == NULL) {
        return false;
    }
    frames->aside[frame_count] = memory;
    frames->aside_missing &= ~(1u << frame_count);
    frames->aside_frames += frame_count;
    frames->free_frames -= frame_count;
    chunk_of(memory)->aside_frames += frame_count;
    return true;
}

/* The longest first: whatever was given instead of a run of n is at least as long. */
static void aside_fill_missing(struct frames *frames)
{
    for (unsigned length = FRAMES_RUN_MAX; length > 0; length--) {
        if ((frames->aside_missing >> length & 1) != 0) {
            (void)aside_fill(frames, length);
        }
    }
}

/* No run of this length is in use: none will have to be replaced. other: the caller looks after it. */
static void aside_end(struct frames *frames, unsigned frame_count, const struct chunk *other)
{
    void *memory = frames->aside[frame_count];

    frames->aside_missing &= ~(1u << frame_count);
    if (memory != NULL) {
        aside_give(frames, frame_count);
        if (chunk_of(memory) != other) {
            chunk_empty(frames, chunk_of(memory));
        }
    }
}

/* Back into what is free. */
static void aside_give(struct frames *frames, unsigned frame_count)
{
    void *memory = frames->aside[frame_count];

    frames->aside[frame_count] = NULL;
    frames->aside_frames -= frame_count;
    chunk_of(memory)->aside_frames -= frame_count;
    pool_join(frames, memory, frame_count);
}

/* For somebody who will free old_count frames: the shortest run that is long enough and not longer than those. It is
 * counted as free. NULL: others have them all. */
static void *aside_take(struct frames *frames, unsigned frame_count, unsigned old_count)
{
    for (unsigned length = frame_count; length <= old_count; length++) {
        uint8_t *memory = frames->aside[length];

        if (memory == NULL) {
            continue;
        }
        frames->aside[length] = NULL;
        frames->aside_missing |= 1u << length | 1u << frame_count;
        frames->aside_frames -= length;
        frames->free_frames += frame_count;
        chunk_of(memory)->aside_frames -= length;
        if (length > frame_count) {
            pool_join(frames, memory + (size_t)frame_count * LIMIT_FRAME_BYTES,
                      length - frame_count);
        }
        scarce_set(frames, true);
        return memory;
    }
    return NULL;
}

/* While frames are scarce nobody keeps free ones to himself. */
static void scarce_set(struct frames *frames, bool scarce)
{
    if (atomic_load_explicit(&frames->scarce, memory_order_relaxed) != scarce) {
        atomic_store_explicit(&frames->scarce, scarce, memory_order_relaxed); /* advice */
    }
}

static size_t reserve_of(const struct frames *frames)
{
    size_t share = frames->chunk_count * FRAMES_PER_CHUNK * RESERVE_PERCENT / 100;

    return share < FRAMES_RESERVE_MIN ? FRAMES_RESERVE_MIN : share;
}

/* Cuts a run out of the fullest kind of chunk that has one. NULL: none has. */
static void *pool_cut(struct frames *frames, unsigned frame_count)
{
    for (unsigned bin = frame_count; bin < BIN_COUNT; bin++) {
        while (!list_empty(&frames->bins[bin])) {
            struct chunk *chunk = LIST_OF(frames->bins[bin].next, struct chunk, link);
            void *memory = chunk_cut(chunk, frame_count);

            if (memory != NULL) {
                return memory;
            }
            chunk_bin(chunk); /* further down: its longest run is shorter */
        }
    }
    return NULL;
}

static bool chunk_add(struct frames *frames)
{
    struct chunk *chunk = NULL;

    if (!alloc_leaves_reserve(frames->alloc, CHUNK_BYTES) ||
        !alloc_account(frames->alloc, ALLOC_SPARE, CHUNK_BYTES)) {
        return false;
    }
    chunk = frames->source.get(frames->source.user);
    if (chunk == NULL) {
        alloc_unaccount(frames->alloc, ALLOC_SPARE, CHUNK_BYTES);
        return false;
    }
    VV_ASSERT(((uintptr_t)chunk & (CHUNK_BYTES - 1)) == 0);
    memset(chunk, 0, sizeof *chunk);
    chunk->magic = CHUNK_MAGIC;
    chunk->frames = frames;
    memset(chunk->free, 0xFF, sizeof chunk->free);
    chunk->free[0] &= ~UINT64_C(1); /* the header */
    chunk->free_count = CHUNK_FREE_MAX;
    list_init(&chunk->link);
    poison_begin((uint8_t *)chunk + LIMIT_FRAME_BYTES, CHUNK_BYTES - LIMIT_FRAME_BYTES);
    frames->chunk_count++;
    frames->empty_chunk_count++;
    frames->free_frames += CHUNK_FREE_MAX;
    chunk_bin(chunk);
    return true;
}

static void chunk_remove(struct frames *frames, struct chunk *chunk)
{
    VV_ASSERT(chunk->free_count == CHUNK_FREE_MAX);
    list_remove(&chunk->link);
    chunk->magic = 0;
    frames->chunk_count--;
    frames->empty_chunk_count--;
    frames->free_frames -= CHUNK_FREE_MAX;
    poison_end(chunk, CHUNK_BYTES);
    frames->source.give(frames->source.user, chunk);
    alloc_unaccount(frames->alloc, ALLOC_SPARE, CHUNK_BYTES);
}

/* B8: after frames of this chunk became free. */
static void chunk_empty(struct frames *frames, struct chunk *chunk)
{
    if (chunk->aside_frames > 0 && chunk->free_count + chunk->aside_frames == CHUNK_FREE_MAX) {
        chunk_move_aside(frames, chunk);
    }
    if (chunk->free_count == CHUNK_FREE_MAX && frames->empty_chunk_count > 1) {
        chunk_remove(frames, chunk);
    }
}

/* What is set aside should not be all that keeps a chunk: to fuller ones, if they have room. */
static void chunk_move_aside(struct frames *frames, struct chunk *chunk)
{
    unsigned moved = 0;

    for (unsigned length = 1; length <= FRAMES_RUN_MAX; length++) {
        void *memory = frames->aside[length];

        if (memory != NULL && chunk_of(memory) == chunk) {
            aside_give(frames, length);
            moved |= 1u << length;
        }
    }
    VV_ASSERT(chunk->aside_frames == 0);
    for (unsigned length = FRAMES_RUN_MAX; length > 0; length--) {
        if ((moved >> length & 1) != 0) {
            bool filled = aside_fill(frames, length);

            VV_ASSERT(filled); /* at worst where it was */
        }
    }
}

/* Takes the lowest run that is long enough. NULL: there is none. */
static void *chunk_cut(struct chunk *chunk, unsigned frame_count)
{
    uint64_t starts[CHUNK_WORDS];
    bool any = chunk->free_count > 0;
    size_t index = 0;

    memcpy(starts, chunk->free, sizeof starts);
    for (unsigned length = 1; any && length < frame_count;) {
        unsigned step = length < frame_count - length ? length : frame_count - length;

        any = keep_only_starts(starts, step);
        length += step;
    }
    if (!any) {
        return NULL;
    }
    while (starts[index] == 0) {
        index++;
    }
    index = index * 64 + (size_t)__builtin_ctzll(starts[index]);
    for (size_t i = index; i < index + frame_count; i++) {
        chunk->free[i / 64] &= ~(UINT64_C(1) << (i % 64)); /* B4, B5 */
    }
    if (chunk->free_count == CHUNK_FREE_MAX) {
        chunk->frames->empty_chunk_count--;
    }
    chunk->free_count -= frame_count;
    if (chunk->bin >= FRAMES_RUN_MAX && chunk->bin != bin_by_free(chunk)) {
        chunk_put(chunk, bin_by_free(chunk));
    }
    return (uint8_t *)chunk + index * LIMIT_FRAME_BYTES;
}

/* Puts the chunk into the bin of its longest free run. */
static void chunk_bin(struct chunk *chunk)
{
    uint64_t starts[CHUNK_WORDS];
    unsigned longest = chunk->free_count > 0;

    memcpy(starts, chunk->free, sizeof starts);
    while (longest > 0 && longest < FRAMES_RUN_MAX && keep_only_starts(starts, 1)) {
        longest++;
    }
    chunk_put(chunk, longest == FRAMES_RUN_MAX ? bin_by_free(chunk) : longest);
}

/* The bin of a chunk that may have a run of 16. */
static unsigned bin_by_free(const struct chunk *chunk)
{
    return FRAMES_RUN_MAX + chunk->free_count / (unsigned)(FRAMES_PER_CHUNK / 4);
}

static void chunk_put(struct chunk *chunk, unsigned bin)
{
    list_remove(&chunk->link);
    list_append(&chunk->frames->bins[bin], &chunk->link);
    chunk->bin = bin;
}

/* Bit i stays if bit i + step is set too: runs get shorter by step. Whether any is left. */
static bool keep_only_starts(uint64_t words[CHUNK_WORDS], unsigned step)
{
    uint64_t any = 0;

    for (unsigned i = 0; i < CHUNK_WORDS; i++) {
        uint64_t next = i + 1 < CHUNK_WORDS ? words[i + 1] : 0;

        words[i] &= words[i] >> step | next << (64 - step);
        any |= words[i];
    }
    return any != 0;
}

static struct chunk *chunk_of(const void *memory)
{
    struct chunk *chunk = (struct chunk *)((uintptr_t)memory & ~(uintptr_t)(CHUNK_BYTES - 1));

    VV_ASSERT(chunk->magic == CHUNK_MAGIC);
    return chunk;
}
