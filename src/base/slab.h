/*
 * slab.h - objects of one small fixed size (version records) out of single frames.
 *
 *   session cache (a list, no lock)  <- many objects at a time ->  slab (one lock)  <->  frames
 *
 * A frame begins with a header and holds objects behind it, so an object's frame is found by masking its
 * address. Frames whose objects are all free go back. Any cache may free what another got.
 *
 * Promises: B9 an object in use overlaps no other; B10 all memory goes back when all objects are freed
 *           and the caches are released; its frames count as the slab's kind (ALLOC_VERSIONS).
 * Threads:  slab: any. A cache: one thread at a time.
 */
#ifndef VARVE_BASE_SLAB_H
#define VARVE_BASE_SLAB_H

#include "base/alloc.h"
#include "base/frames.h"
#include "base/poison.h"

#define SLAB_OBJECT_MIN 16u
#define SLAB_OBJECT_MAX 512u

struct slab;

struct slab_cache {
    void *objects; /* linked through their first word */
    unsigned count;
    unsigned limit; /* it returns half when it holds more */
    unsigned object_bytes;
    struct slab *slab;
    struct frames_cache *frames; /* where new frames come from and empty ones go */
};

/* object_bytes: SLAB_OBJECT_MIN to SLAB_OBJECT_MAX, a multiple of 8 (objects are aligned to the largest power of
 * two that divides it, up to 64). borrow: frames until slab_destroy(). NULL: out of memory. */
struct slab *slab_create(struct frames *frames, enum alloc_kind kind, unsigned object_bytes);

/* Every object was freed and every cache released. Accepts NULL. */
void slab_destroy(struct slab *slab);

/* borrow: slab, frames until slab_cache_release(). */
void slab_cache_init(struct slab_cache *cache, struct slab *slab, struct frames_cache *frames);

/* Gives what it holds back to the slab. Accepts a zeroed cache. */
void slab_cache_release(struct slab_cache *cache);

/* Gives what it holds back to the slab and stays usable. Each object may be the last one of its frame. */
void slab_cache_flush(struct slab_cache *cache);

/* Bytes of the objects handed out or cached. */
size_t slab_used_bytes(struct slab *slab);

/* The slow halves of slab_get and slab_free. */
void *slab_get_slow(struct slab_cache *cache, enum frames_need need);
void slab_free_slow(struct slab_cache *cache);

/* Contents undefined. NULL: out of memory. own: end with slab_free(). */
static inline void *slab_get(struct slab_cache *cache, enum frames_need need)
{
    void *object = cache->objects;

    if (__builtin_expect(object == NULL || alloc_fault_armed(), 0)) {
        return slab_get_slow(cache, need);
    }
    poison_end(object, cache->object_bytes);
    cache->objects = *(void **)object;
    cache->count--;
    return object;
}

/* Fetches the lines of the object that the next slab_get will return, and write. */
static inline void slab_prefetch(const struct slab_cache *cache)
{
    __builtin_prefetch(cache->objects, 1);
}

/* Accepts NULL. */
static inline void slab_free(struct slab_cache *cache, void *object)
{
    if (object == NULL) {
        return;
    }
    *(void **)object = cache->objects;
    poison_begin(object, cache->object_bytes);
    cache->objects = object;
    cache->count++;
    if (__builtin_expect(cache->count > cache->limit, 0)) {
        slab_free_slow(cache);
    }
}

#endif
