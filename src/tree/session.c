/*
 * session.c - memory of trees: slabs by size, sessions with their caches, what is retired.
 *
 * Bytes out of line come from slabs up to 512 bytes and from the allocator beyond; both are freed by
 * their size, so that nothing needs a header.
 */
#include "tree/tree_private.h"

#include <string.h>

#define NO_SLAB      MEMORY_SLABS
#define VERSION_SLAB 0u

static const uint16_t slab_bytes[MEMORY_SLABS] = {
    sizeof(struct tree_version), 16, 32, 48, 64, 96, 128, 192, 256, 384, 512};

static _Atomic unsigned session_numbers;

static unsigned slab_of(size_t size);
static void memory_init(struct tree_memory *memory, struct tree_shared *shared);
static void memory_release(struct tree_memory *memory);
static void free_page(void *user, void *memory, size_t bytes);
static void free_bytes(void *user, void *memory, size_t bytes);
static void free_version(void *user, void *memory, size_t bytes);
static void free_versions(void *user, void *memory, size_t bytes);
static vv_status grow_entries(struct tree_session *session, struct build_entry **entries,
                              unsigned *room, unsigned count);

/* ---- shared ---- */

vv_status tree_shared_init(struct tree_shared *shared)
{
    static_assert(sizeof shared->slabs / sizeof shared->slabs[0] >= MEMORY_SLABS, "room for all");
    memset(shared->slabs, 0, sizeof shared->slabs);
    for (unsigned i = 0; i < MEMORY_SLABS; i++) {
        shared->slabs[i] = slab_create(shared->frames, ALLOC_VERSIONS, slab_bytes[i]);
        if (shared->slabs[i] == NULL) {
            tree_shared_release(shared);
            return VV_NOMEM;
        }
    }
    return VV_OK;
}

void tree_shared_release(struct tree_shared *shared)
{
    for (unsigned i = 0; i < MEMORY_SLABS; i++) {
        slab_destroy(shared->slabs[i]);
        shared->slabs[i] = NULL;
    }
}

/* ---- memory ---- */

vv_status tree_memory_create(struct tree_shared *shared, struct tree_memory **memory_out)
{
    *memory_out = alloc_zero(shared->alloc, ALLOC_SESSION, sizeof **memory_out);
    if (*memory_out == NULL) {
        return VV_NOMEM;
    }
    memory_init(*memory_out, shared);
    return VV_OK;
}

void tree_memory_destroy(struct tree_memory *memory)
{
    if (memory != NULL) {
        struct alloc *alloc = memory->shared->alloc;

        memory_release(memory);
        alloc_free(alloc, ALLOC_SESSION, memory, sizeof *memory);
    }
}

static void memory_init(struct tree_memory *memory, struct tree_shared *shared)
{
    memory->shared = shared;
    frames_cache_init(&memory->frames, shared->frames);
    for (unsigned i = 0; i < MEMORY_SLABS; i++) {
        slab_cache_init(&memory->slabs[i], shared->slabs[i], &memory->frames);
    }
}

static void memory_release(struct tree_memory *memory)
{
    for (unsigned i = 0; i < MEMORY_SLABS; i++) {
        slab_cache_release(&memory->slabs[i]);
    }
    frames_cache_release(&memory->frames);
}

struct tree_version *memory_version(struct tree_memory *memory, enum frames_need need)
{
    return slab_get(&memory->slabs[VERSION_SLAB], need);
}

/* With its row, and a plain tail, as far as they belong to it. */
void memory_version_free(struct tree_memory *memory, struct tree_version *version)
{
    uint32_t flags = version_flags(version);
    uint64_t older = version_older(version);

    if ((flags & VERSION_OUTSIDE) != 0 && (flags & VERSION_KEEP_ROW) == 0) {
        vv_slice row = version_row(version);

        memory_bytes_free(memory, row.data, row.size);
    }
    if (older_is_plain(older) && (older & OLDER_OUTSIDE) != 0 && (flags & VERSION_KEEP_TAIL) == 0) {
        vv_slice row = older_row(older);

        memory_bytes_free(memory, row.data, row.size);
    }
    slab_free(&memory->slabs[VERSION_SLAB], version);
}

static unsigned slab_of(size_t size)
{
    unsigned at = 1;

    while (at < MEMORY_SLABS && slab_bytes[at] < size) {
        at++;
    }
    return at;
}

uint8_t *memory_bytes_get(struct tree_memory *memory, size_t size, enum frames_need need)
{
    unsigned at = slab_of(size);

    VV_ASSERT(size > 0);
    if (at != NO_SLAB) {
        return slab_get(&memory->slabs[at], need);
    }
    return alloc_bulk(memory->shared->alloc, ALLOC_VERSIONS, size, need != FRAMES_ORDINARY);
}

void memory_bytes_free(struct tree_memory *memory, const void *bytes, size_t size)
{
    unsigned at = slab_of(size);

    if (size == 0) {
        return;
    }
    if (at == NO_SLAB) {
        alloc_free(memory->shared->alloc, ALLOC_VERSIONS, (void *)(uintptr_t)bytes, size);
    } else {
        slab_free(&memory->slabs[at], (void *)(uintptr_t)bytes);
    }
}

struct page *memory_page(struct tree_memory *memory, unsigned frame_count, enum frames_need need)
{
    return frames_get(&memory->frames, frame_count, need);
}

void memory_page_free(struct tree_memory *memory, struct page *page)
{
    frames_free(&memory->frames, page, page->frame_count);
}

/* ---- sessions ---- */

vv_status tree_session_create(struct tree_shared *shared, struct tree_session **session_out)
{
    struct tree_session *session = alloc_zero(shared->alloc, ALLOC_SESSION, sizeof *session);

    *session_out = NULL;
    if (session == NULL) {
        return VV_NOMEM;
    }
    session->shared = shared;
    memory_init(&session->memory, shared);
    session->number = atomic_fetch_add_explicit(&session_numbers, 1, memory_order_relaxed);
    session->epoch = epoch_slot_create(shared->epochs, &session->memory);
    if (session->epoch == NULL) {
        tree_session_destroy(session);
        return VV_NOMEM;
    }
    *session_out = session;
    return VV_OK;
}

void tree_session_destroy(struct tree_session *session)
{
    struct alloc *alloc = NULL;

    if (session == NULL) {
        return;
    }
    alloc = session->shared->alloc;
    epoch_slot_destroy(session->epoch);
    slab_free(&session->memory.slabs[VERSION_SLAB], session->spare);
    alloc_free(alloc, ALLOC_SESSION, session->entries,
               session->entry_room * sizeof session->entries[0]);
    alloc_free(alloc, ALLOC_SESSION, session->refs, session->entry_room * sizeof session->refs[0]);
    alloc_free(alloc, ALLOC_SESSION, session->drops, session->drop_room * sizeof session->drops[0]);
    alloc_free(alloc, ALLOC_SESSION, session->inner_entries,
               session->inner_room * sizeof session->inner_entries[0]);
    memory_release(&session->memory);
    alloc_free(alloc, ALLOC_SESSION, session, sizeof *session);
}

struct tree_memory *tree_session_memory(struct tree_session *session)
{
    return &session->memory;
}

void tree_enter(struct tree_session *session)
{
    epoch_enter(session->epoch);
    session->pin++;
}

void tree_leave(struct tree_session *session)
{
    epoch_leave(session->epoch);
}

void tree_session_flush(struct tree_session *session)
{
    VV_ASSERT(!epoch_entered(session->epoch));
    epoch_offer(session->epoch);
    tree_memory_flush(&session->memory);
}

void tree_memory_flush(struct tree_memory *memory)
{
    for (unsigned i = 0; i < MEMORY_SLABS; i++) {
        slab_cache_flush(&memory->slabs[i]);
    }
    frames_cache_flush(&memory->frames);
}

vv_status session_entries(struct tree_session *session, unsigned count)
{
    unsigned room = session->entry_room;
    void *refs = NULL;

    if (count <= room) {
        return VV_OK;
    }
    VV_TRY(grow_entries(session, &session->entries, &room, count));
    refs =
        alloc_resize(session->shared->alloc, ALLOC_SESSION, session->refs,
                     session->entry_room * sizeof session->refs[0], room * sizeof session->refs[0]);
    if (refs == NULL) {
        /* Both have the same room: give the longer one back. */
        alloc_free(session->shared->alloc, ALLOC_SESSION, session->entries,
                   room * sizeof session->entries[0]);
        alloc_free(session->shared->alloc, ALLOC_SESSION, session->refs,
                   session->entry_room * sizeof session->refs[0]);
        session->entries = NULL;
        session->refs = NULL;
        session->entry_room = 0;
        return VV_NOMEM;
    }
    session->refs = refs;
    session->entry_room = room;
    return VV_OK;
}

vv_status session_inner_entries(struct tree_session *session, unsigned count)
{
    return count <= session->inner_room
               ? VV_OK
               : grow_entries(session, &session->inner_entries, &session->inner_room, count);
}

vv_status session_drops(struct tree_session *session, unsigned count)
{
    unsigned grown = count + count / 2 + 16;
    struct share_drop *fresh = NULL;

    if (count <= session->drop_room) {
        return VV_OK;
    }
    fresh = alloc_resize(session->shared->alloc, ALLOC_SESSION, session->drops,
                         session->drop_room * sizeof session->drops[0],
                         grown * sizeof session->drops[0]);
    if (fresh == NULL) {
        return VV_NOMEM;
    }
    session->drops = fresh;
    session->drop_room = grown;
    return VV_OK;
}

static vv_status grow_entries(struct tree_session *session, struct build_entry **entries,
                              unsigned *room, unsigned count)
{
    unsigned grown = count + count / 2 + 64;
    void *fresh =
        alloc_resize(session->shared->alloc, ALLOC_SESSION, *entries,
                     *room * sizeof(struct build_entry), grown * sizeof(struct build_entry));

    if (fresh == NULL) {
        return VV_NOMEM;
    }
    *entries = fresh;
    *room = grown;
    return VV_OK;
}

void session_horizon(struct tree_session *session)
{
    snapshot_list(session->shared->snapshots, session->shared->visible, &session->horizon);
    session->horizon_uses = 0;
}

/* ---- retiring ---- */

void session_retire_page(struct tree_session *session, struct page *page)
{
    if (VV_NAIVE(TREE_FREE_AT_ONCE)) {
        memory_page_free(&session->memory, page);
        return;
    }
    epoch_retire(session->epoch, page, page_size(page), free_page);
}

void session_retire_bytes(struct tree_session *session, const void *bytes, size_t size)
{
    if (size != 0) {
        epoch_retire(session->epoch, (void *)(uintptr_t)bytes, size, free_bytes);
    }
}

void session_retire_version(struct tree_session *session, struct tree_version *version)
{
    epoch_retire(session->epoch, version, sizeof *version, free_version);
}

void session_retire_versions(struct tree_session *session, struct tree_version *first,
                             uint64_t bytes)
{
    if (first != NULL) {
        epoch_retire(session->epoch, first, bytes, free_versions);
    }
}

static void free_page(void *user, void *memory, size_t bytes)
{
    (void)bytes;
    memory_page_free(user, memory);
}

static void free_bytes(void *user, void *memory, size_t bytes)
{
    memory_bytes_free(user, memory, bytes);
}

static void free_version(void *user, void *memory, size_t bytes)
{
    (void)bytes;
    memory_version_free(user, memory);
}

/* A list linked by older_change. */
static void free_versions(void *user, void *memory, size_t bytes)
{
    struct tree_version *version = memory;

    (void)bytes;
    while (version != NULL) {
        struct tree_version *next = version->older_change;

        memory_version_free(user, version);
        version = next;
    }
}
