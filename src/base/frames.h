/*
 * frames.h - runs of 1 to 16 frames of 4,096 bytes, cut out of 2 MB chunks: the memory of pages.
 *
 *   session cache (no lock)  <- 8 runs at a time ->  pool (one lock, a bitmap per chunk)  <->  chunks
 *
 * The first frame of a chunk holds its header: a bitmap of free frames. The pool serves a request from
 * the fullest kind of chunk that has a long enough run, so that sparse chunks empty themselves; a wholly
 * free chunk goes back to its source (one is kept). A cache belongs to a session and keeps short lists by
 * size. Frees name the size, as in alloc.h. Any cache may free what another got.
 *
 * The limit is that of the `struct alloc`: a chunk counts as ALLOC_SPARE when it is mapped, and what the
 * pool hands out moves to ALLOC_FRAMES. An ordinary request fails when it would leave less than 1 % (at
 * least FRAMES_RESERVE_MIN frames) free and no chunk can be added; a FRAMES_URGENT one (a delete) may use
 * that rest. Of each length in use one more run is set aside for who replaces one: frames_replace(). So
 * pages can always be rebuilt, one after the other, which is what frees memory.
 *
 * Promises: B4 no two runs in use overlap; B5 a run never crosses a chunk; B6 ordinary requests leave
 *           the reserve; B7 a freed run can be got again by anybody, in any size that fits; B8 wholly
 *           free chunks beyond one are given back; B11 who frees a run can get one that is no longer
 *           first, if nobody else is just doing so.
 * Threads:  pool: any. A cache: one thread at a time.
 */
#ifndef VARVE_BASE_FRAMES_H
#define VARVE_BASE_FRAMES_H

#include "base/alloc.h"
#include "base/chunk.h"
#include "base/limits.h"

#define FRAMES_RUN_MAX     LIMIT_PAGE_FRAMES
#define FRAMES_PER_CHUNK   (CHUNK_BYTES / LIMIT_FRAME_BYTES)
#define FRAMES_RESERVE_MIN 64u

struct frames;

enum frames_need {
    FRAMES_ORDINARY,
    FRAMES_URGENT, /* may use the reserve: what frees memory */
};

struct frames_cache {
    struct frames *frames;
    struct frames_cache *next;      /* guard: lock of the pool */
    _Atomic size_t cached_frames;   /* written by the owner, read by statistics */
    void *runs[FRAMES_RUN_MAX + 1]; /* by size: linked through their first word */
    uint16_t counts[FRAMES_RUN_MAX + 1];
};

struct frames_statistics {
    size_t mapped_bytes; /* chunks held */
    size_t used_bytes;   /* in runs handed out */
    size_t cached_bytes; /* free, in the caches of sessions */
    size_t free_bytes;   /* free, in the pool; the headers of the chunks are the rest */
    size_t chunk_count;
};

/* borrow: alloc until frames_destroy(). NULL: out of memory. own: end with frames_destroy(). */
struct frames *frames_create(struct alloc *alloc, struct chunk_source source);

/* Every run was freed and every cache released. Accepts NULL. */
void frames_destroy(struct frames *frames);

/* borrow: frames until frames_cache_release(). */
void frames_cache_init(struct frames_cache *cache, struct frames *frames);

/* Gives what it holds back to the pool. Accepts a zeroed cache. */
void frames_cache_release(struct frames_cache *cache);

/* Gives what it holds back to the pool and stays usable: for a session that goes idle. */
void frames_cache_flush(struct frames_cache *cache);

/* A run of frame_count frames, aligned to a frame, contents undefined. NULL: out of memory. own: end
 * with frames_free(). */
void *frames_get(struct frames_cache *cache, unsigned frame_count, enum frames_need need);

/* The same as FRAMES_URGENT for who then frees a run of old_count >= frame_count frames: it may take what is set aside
 * for that (B11). */
void *frames_replace(struct frames_cache *cache, unsigned frame_count, unsigned old_count);

/* Accepts NULL. */
void frames_free(struct frames_cache *cache, void *memory, unsigned frame_count);

/* Gives every wholly free chunk back, the kept one too. Returns whether it gave one. */
bool frames_trim_step(struct frames *frames);

struct frames_statistics frames_statistics(struct frames *frames);

/* Whether the reserve or a run set aside is in use: what waits to be freed should not wait long. A hint. */
bool frames_scarce(const struct frames *frames);

/* How full the chunk around `memory` is, 0 to FRAMES_PER_CHUNK - 1 frames in use: who looks for pages
 * to move away from sparse chunks asks this. A hint: others may change it meanwhile. */
unsigned frames_chunk_used(const void *memory);

struct alloc *frames_alloc(const struct frames *frames);

#endif
