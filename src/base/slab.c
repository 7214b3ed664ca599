/*
 * slab.c - objects in single frames, each with a header and a list of its free objects.
 *
 * Frames that have free objects hang on one list; the lock guards lists and headers. Objects in a
 * cache count as used here.
 */
#include "base/slab.h"

#include "base/assert.h"
#include "base/list.h"

#include <pthread.h>
#include <string.h>

#define SLAB_MAGIC 0x62616c73u
#define CACHE_BYTES \
    9216u /* a cache holds so much, within these counts: a leaf frees 40 to 100 versions at once */
#define CACHE_MIN 16u
#define CACHE_MAX 192u

struct slab_frame {
    struct slab *slab;
    struct list link; /* in slab->partial while free_count > 0; guard: lock */
    void *objects;    /* free ones, linked through their first word; guard: lock */
    uint32_t magic;
    uint16_t free_count; /* guard: lock */
    uint16_t
        fresh_count; /* objects at the end that were never used; guard: lock; part of free_count */
};

struct slab {
    struct frames *frames;
    enum alloc_kind kind;
    unsigned object_bytes;
    unsigned first_offset;
    unsigned frame_objects;
    pthread_mutex_t lock; /* as in frames.c */
    struct list partial;  /* guard: lock */
    size_t frame_count;   /* guard: lock */
    size_t used_count;    /* guard: lock */
};

static bool cache_fill(struct slab_cache *cache, struct slab_frame *fresh);
static void cache_return(struct slab_cache *cache, unsigned count);
static void *cache_pop(struct slab_cache *cache);
static struct slab_frame *frame_make(struct slab_cache *cache, enum frames_need need);
static void *frame_pop(struct slab_frame *frame);
static struct slab_frame *frame_push(struct slab *slab, void *object);

struct slab *slab_create(struct frames *frames, enum alloc_kind kind, unsigned object_bytes)
{
    unsigned alignment = object_bytes & (~object_bytes + 1);
    struct slab *slab = NULL;

    VV_ASSERT(object_bytes >= SLAB_OBJECT_MIN && object_bytes <= SLAB_OBJECT_MAX &&
              object_bytes % 8 == 0);
    slab = alloc_zero(frames_alloc(frames), ALLOC_GENERAL, sizeof *slab);
    if (slab == NULL) {
        return NULL;
    }
    alignment = alignment > 64 ? 64 : alignment;
    slab->frames = frames;
    slab->kind = kind;
    slab->object_bytes = object_bytes;
    slab->first_offset =
        ((unsigned)sizeof(struct slab_frame) + alignment - 1) / alignment * alignment;
    slab->frame_objects = (LIMIT_FRAME_BYTES - slab->first_offset) / object_bytes;
    list_init(&slab->partial);
    pthread_mutex_init(&slab->lock, NULL);
    return slab;
}

void slab_destroy(struct slab *slab)
{
    if (slab == NULL) {
        return;
    }
    VV_ASSERT(slab->used_count == 0 && slab->frame_count == 0); /* B10 */
    pthread_mutex_destroy(&slab->lock);
    alloc_free(frames_alloc(slab->frames), ALLOC_GENERAL, slab, sizeof *slab);
}

void slab_cache_init(struct slab_cache *cache, struct slab *slab, struct frames_cache *frames)
{
    unsigned limit = CACHE_BYTES / slab->object_bytes;

    limit = limit < CACHE_MIN ? CACHE_MIN : limit > CACHE_MAX ? CACHE_MAX : limit;
    *cache = (struct slab_cache){
        .slab = slab, .frames = frames, .object_bytes = slab->object_bytes, .limit = limit};
}

void slab_cache_release(struct slab_cache *cache)
{
    if (cache->slab != NULL) {
        cache_return(cache, cache->count);
        cache->slab = NULL;
    }
}

void slab_cache_flush(struct slab_cache *cache)
{
    cache_return(cache, cache->count);
}

size_t slab_used_bytes(struct slab *slab)
{
    size_t bytes = 0;

    pthread_mutex_lock(&slab->lock);
    bytes = slab->used_count * slab->object_bytes;
    pthread_mutex_unlock(&slab->lock);
    return bytes;
}

void *slab_get_slow(struct slab_cache *cache, enum frames_need need)
{
    if (alloc_fault_now()) {
        return NULL;
    }
    if (cache->objects == NULL && !cache_fill(cache, NULL)) {
        struct slab_frame *frame = frame_make(cache, need);

        if (frame == NULL) {
            return NULL;
        }
        cache_fill(cache, frame);
    }
    return cache_pop(cache);
}

void slab_free_slow(struct slab_cache *cache)
{
    cache_return(cache, cache->limit / 2);
}

static void *cache_pop(struct slab_cache *cache)
{
    void *object = cache->objects;

    poison_end(object, cache->object_bytes);
    memcpy(&cache->objects, object, sizeof(void *));
    cache->count--;
    return object;
}

/* Links `fresh` (or NULL) and moves some objects into the cache. Returns whether there were any. */
static bool cache_fill(struct slab_cache *cache, struct slab_frame *fresh)
{
    struct slab *slab = cache->slab;
    unsigned count = 0;

    pthread_mutex_lock(&slab->lock);
    if (fresh != NULL) {
        /* First in line: a frame goes back when its last object does, so it must have given one, even when
         * another thread returned objects of other frames meanwhile. */
        list_append(slab->partial.next, &fresh->link);
        slab->frame_count++;
    }
    while (count < cache->limit / 2 && !list_empty(&slab->partial)) {
        slab_free(cache, frame_pop(LIST_OF(slab->partial.next, struct slab_frame, link)));
        count++;
    }
    slab->used_count += count;
    pthread_mutex_unlock(&slab->lock);
    return count > 0;
}

static struct slab_frame *frame_make(struct slab_cache *cache, enum frames_need need)
{
    struct slab *slab = cache->slab;
    struct slab_frame *frame = frames_get(cache->frames, 1, need);

    if (frame == NULL) {
        return NULL;
    }
    *frame = (struct slab_frame){.slab = slab,
                                 .magic = SLAB_MAGIC,
                                 .free_count = (uint16_t)slab->frame_objects,
                                 .fresh_count = (uint16_t)slab->frame_objects};
    list_init(&frame->link);
    poison_begin((uint8_t *)frame + slab->first_offset, LIMIT_FRAME_BYTES - slab->first_offset);
    alloc_account_move(frames_alloc(slab->frames), ALLOC_FRAMES, slab->kind, LIMIT_FRAME_BYTES);
    return frame;
}

/* A free object of the frame: one that came back, or one never used. The lock is held. */
static void *frame_pop(struct slab_frame *frame)
{
    struct slab *slab = frame->slab;
    void *object = frame->objects;

    if (object == NULL) {
        unsigned index = slab->frame_objects - frame->fresh_count;

        object = (uint8_t *)frame + slab->first_offset + (size_t)index * slab->object_bytes;
        frame->fresh_count--;
        poison_end(object, slab->object_bytes);
    } else {
        poison_end(object, slab->object_bytes);
        memcpy(&frame->objects, object, sizeof(void *));
    }
    frame->free_count--;
    if (frame->free_count == 0) {
        list_remove(&frame->link);
    }
    return object;
}

/* Gives an object back to its frame. Returns the frame when it is wholly free now, unlinked. */
static struct slab_frame *frame_push(struct slab *slab, void *object)
{
    struct slab_frame *frame =
        (struct slab_frame *)((uintptr_t)object & ~(uintptr_t)(LIMIT_FRAME_BYTES - 1));

    VV_ASSERT(frame->magic == SLAB_MAGIC && frame->slab == slab);
    VV_ASSERT(frame->free_count < slab->frame_objects);
    memcpy(object, &frame->objects, sizeof(void *));
    poison_begin(object, slab->object_bytes);
    frame->objects = object;
    if (frame->free_count++ == 0) {
        list_append(slab->partial.next, &frame->link); /* first: sparse frames shall empty */
    }
    if (frame->free_count < slab->frame_objects) {
        return NULL;
    }
    list_remove(&frame->link);
    slab->frame_count--;
    return frame;
}

static void cache_return(struct slab_cache *cache, unsigned count)
{
    struct slab *slab = cache->slab;
    struct slab_frame *empty[CACHE_MAX + 1];
    unsigned empty_count = 0;

    VV_ASSERT(count <= cache->count && count <= CACHE_MAX + 1);
    pthread_mutex_lock(&slab->lock);
    for (unsigned i = 0; i < count; i++) {
        struct slab_frame *frame = frame_push(slab, cache_pop(cache));

        if (frame != NULL) {
            empty[empty_count++] = frame;
        }
    }
    slab->used_count -= count;
    pthread_mutex_unlock(&slab->lock);
    for (unsigned i = 0; i < empty_count; i++) {
        empty[i]->magic = 0;
        poison_end(empty[i], LIMIT_FRAME_BYTES);
        alloc_account_move(frames_alloc(slab->frames), slab->kind, ALLOC_FRAMES, LIMIT_FRAME_BYTES);
        frames_free(cache->frames, empty[i], 1);
    }
}
