/*
 * maps.c - the directory of maps, and the end of those that were dropped.
 *
 * Finding a map by its number is two loads. Ending one takes three steps, because readers look without
 * locks:
 *
 *   1. dropped (or its making undone): on the list `doomed`, until no snapshot below the drop is left;
 *   2. unlinked from the directory, stamped with a new `doom_generation`: sessions that are inside a
 *      call may still hold it;
 *   3. every session has seen that generation since (it compares the number when it enters): the tree
 *      ends.
 *
 * A session that is idle for long would hold up step 3, so the reclaimer notes the number on its behalf:
 * it raises the generation, then looks whether the session is inside; the session goes inside, then
 * looks at the generation. One of the two sees the other.
 */
#include "base/bytes.h"
#include "store/store_private.h"

static vv_status map_make(struct store *store, struct tree_session *tree, uint32_t id,
                          uint64_t owner_tag);
static void map_link(struct store *store, struct store_map *map);
static vv_status block_make(struct store *store, uint32_t id);
static void map_doom(struct store *store, struct store_map *map, uint64_t lsn);
static bool doomed_unlink(struct store *store);
static void sessions_forget(struct store *store, struct store_session *self);
static void session_forget(struct store *store, struct store_session *session);
static bool doomed_end(struct store *store);
static void map_end(struct store *store, struct store_map *map);
static vv_status change_reserve(struct store_session *session);
static vv_status number_begin(struct store_session *session, struct store_map *map);

vv_status store_maps_init(struct store *store)
{
    atomic_store_explicit(&store->next_map, STORE_SYSTEM_MAPS + 1, memory_order_relaxed);
    for (uint32_t id = 1; id <= STORE_SYSTEM_MAPS; id++) {
        VV_TRY(map_make(store, store->background, id, 0));
    }
    return VV_OK;
}

void store_maps_release(struct store *store)
{
    while (store->doomed != NULL) {
        struct store_map *map = store->doomed;

        store->doomed = map->next_doomed;
        if (map->unlinked) {
            map_end(store, map);
        } else {
            map->next_doomed = NULL; /* still in the directory: ends below */
        }
    }
    for (uint32_t i = 0; i < STORE_MAP_BLOCKS; i++) {
        struct store_map_block *block =
            atomic_load_explicit(&store->blocks[i], memory_order_relaxed); /* alone */

        for (uint32_t j = 0; block != NULL && j < STORE_MAP_BLOCK_IDS; j++) {
            struct store_map *map = atomic_load_explicit(&block->maps[j], memory_order_relaxed);

            if (map != NULL) {
                map_end(store, map);
            }
        }
        alloc_free(store->alloc, ALLOC_GENERAL, block, sizeof *block);
    }
}

struct store_map *store_maps_lookup(const struct store *store, uint32_t map)
{
    struct store_map_block *block = NULL;

    if (map >= STORE_MAP_BLOCKS * STORE_MAP_BLOCK_IDS) {
        return NULL;
    }
    block = atomic_load_explicit(&store->blocks[map / STORE_MAP_BLOCK_IDS], memory_order_acquire);
    return block == NULL ? NULL
                         : atomic_load_explicit(&block->maps[map % STORE_MAP_BLOCK_IDS],
                                                memory_order_acquire); /* pairs: map_link */
}

/* ---- made and dropped by transactions ---- */

vv_status store_map_create(struct store_session *session, uint32_t *map_out)
{
    struct store *store = session->store;
    uint32_t id = 0;

    VV_ASSERT(session->in_transaction);
    *map_out = 0;
    VV_TRY(store_write_begin(session));
    VV_TRY(change_reserve(session));
    VV_TRY(redo_reserve(&session->redo, store->alloc, 0, 0));
    id = atomic_fetch_add_explicit(&store->next_map, 1, memory_order_relaxed); /* S8 */
    VV_TRY(map_make(store, session->tree, id, session->view.tag));
    session->map_changes[session->map_change_count++] = (struct store_map_change){.map = id};
    if (!store->null_log) {
        redo_add(&session->redo, &(struct redo_change){.operation = REDO_MAP_CREATE, .map = id});
    }
    session->dirty = true;
    *map_out = id;
    return VV_OK;
}

vv_status store_map_drop(struct store_session *session, uint32_t map)
{
    struct store *store = session->store;

    VV_ASSERT(session->in_transaction);
    VV_TRY(store_write_begin(session));
    if (map <= STORE_SYSTEM_MAPS || store_map_find(session, map) == NULL) {
        session->cause.map_id = map;
        return VV_NOT_FOUND;
    }
    VV_TRY(change_reserve(session));
    VV_TRY(redo_reserve(&session->redo, store->alloc, 0, 0));
    session->map_changes[session->map_change_count++] =
        (struct store_map_change){.map = map, .dropped = true};
    if (!store->null_log) {
        redo_add(&session->redo, &(struct redo_change){.operation = REDO_MAP_DROP, .map = map});
    }
    session->dirty = true;
    return VV_OK;
}

/* Whoever learns of a map learns it from rows of this transaction, so before they are seen it may be
 * everybody's; a commit that still fails dooms it again, with nobody in it. */
void store_maps_share(struct store_session *session)
{
    for (uint32_t i = 0; i < session->map_change_count; i++) {
        if (!session->map_changes[i].dropped) {
            struct store_map *map = store_maps_lookup(session->store, session->map_changes[i].map);

            atomic_store_explicit(&map->owner_tag, 0, memory_order_release); /* pairs: find */
        }
    }
}

void store_maps_settle(struct store_session *session, uint32_t from, uint64_t lsn)
{
    struct store *store = session->store;

    if (session->map_change_count == from) {
        return;
    }
    lock_acquire(&store->maps_lock);
    for (uint32_t i = from; i < session->map_change_count; i++) {
        const struct store_map_change *change = &session->map_changes[i];
        struct store_map *map = store_maps_lookup(store, change->map);

        VV_ASSERT(map != NULL);
        if (change->dropped && lsn != 0) {
            map_doom(store, map, lsn);
        } else if (!change->dropped && lsn == 0) {
            map_doom(store, map, 0);
        }
    }
    session->map_change_count = from;
    lock_release(&store->maps_lock);
}

/* ---- recovery ---- */

vv_status store_maps_replay_create(struct store *store, uint32_t map)
{
    uint32_t next = atomic_load_explicit(&store->next_map, memory_order_relaxed); /* alone */

    if (map >= STORE_MAP_BLOCKS * STORE_MAP_BLOCK_IDS || map <= STORE_SYSTEM_MAPS) {
        return VV_CORRUPT;
    }
    if (map >= next) {
        atomic_store_explicit(&store->next_map, map + 1, memory_order_relaxed); /* S8 */
    }
    return store_maps_lookup(store, map) != NULL ? VV_OK
                                                 : map_make(store, store->background, map, 0);
}

void store_maps_replay_drop(struct store *store, uint32_t map)
{
    struct store_map *found = store_maps_lookup(store, map);

    if (found != NULL && map > STORE_SYSTEM_MAPS) {
        struct store_map_block *block = atomic_load_explicit(
            &store->blocks[map / STORE_MAP_BLOCK_IDS], memory_order_relaxed); /* alone */

        atomic_store_explicit(&block->maps[map % STORE_MAP_BLOCK_IDS], NULL, memory_order_relaxed);
        map_end(store, found);
    }
}

/* ---- numbers and statistics ---- */

vv_status store_map_draw(struct store_session *session, uint32_t map, uint64_t count,
                         uint64_t *first_out)
{
    struct store_map *found = store_map_find(session, map);

    *first_out = 0;
    if (found == NULL) {
        session->cause.map_id = map;
        return VV_NOT_FOUND;
    }
    if (VV_UNLIKELY(atomic_load_explicit(&found->next_number, memory_order_acquire) == 0)) {
        VV_TRY(number_begin(session, found));
    }
    *first_out = atomic_fetch_add_explicit(&found->next_number, count, memory_order_relaxed);
    return VV_OK;
}

vv_status store_map_stats(struct store *store, uint32_t map, struct store_map_stats *stats_out)
{
    struct store_map *found = NULL;
    struct tree_stats stats;

    *stats_out = (struct store_map_stats){0};
    lock_acquire(&store->maps_lock); /* nothing ends meanwhile */
    found = store_maps_lookup(store, map);
    if (found != NULL) {
        tree_stats(found->tree, &stats);
        *stats_out = (struct store_map_stats){.rows = stats.rows,
                                              .leaf_pages = stats.leaf_pages,
                                              .bytes = stats.page_bytes + stats.outside_bytes};
    }
    lock_release(&store->maps_lock);
    return found == NULL ? VV_NOT_FOUND : VV_OK;
}

uint64_t store_map_row_bytes(const struct store_session *session, uint32_t map)
{
    const struct store_map *found = store_map_find(session, map);
    struct tree_stats stats = {0};

    if (found != NULL) {
        tree_stats(found->tree, &stats);
    }
    return stats.rows == 0 ? 0 : (stats.page_bytes + stats.outside_bytes) / stats.rows;
}

/* The first drawing after the map was made or the store opened: nobody can have taken numbers, all keys
 * that are there came before. */
static vv_status number_begin(struct store_session *session, struct store_map *map)
{
    struct store *store = session->store;
    uint8_t key[LIMIT_KEY_BYTES];
    size_t size = 0;
    vv_status status = VV_OK;

    lock_acquire(&store->maps_lock);
    if (atomic_load_explicit(&map->next_number, memory_order_relaxed) == 0) {
        status = tree_last_key(map->tree, session->tree, key, &size, &session->cause);
        if (status == VV_OK) {
            atomic_store_explicit(&map->next_number, size >= 8 ? bytes_load64_big(key) + 1 : 1,
                                  memory_order_release); /* pairs: store_map_draw */
        }
    }
    lock_release(&store->maps_lock);
    return status;
}

/* ---- the end of maps ---- */

bool store_maps_reclaim(struct store *store, struct store_session *self)
{
    bool worked = false;

    lock_acquire(&store->maps_lock);
    if (store->doomed != NULL) {
        worked = doomed_unlink(store);
        sessions_forget(store, self);
        worked = doomed_end(store) || worked;
    }
    lock_release(&store->maps_lock);
    return worked;
}

void store_maps_forget(struct store_session *session)
{
    lock_acquire(&session->store->maps_lock);
    session_forget(session->store, session);
    lock_release(&session->store->maps_lock);
}

/* Step 1 to 2. */
static bool doomed_unlink(struct store *store)
{
    struct snapshot_horizon horizon;
    uint64_t generation =
        atomic_load_explicit(&store->doom_generation, memory_order_relaxed) + 1; /* ours */
    bool any = false;

    snapshot_list(store->shared.snapshots, &store->visible, &horizon);
    for (struct store_map *map = store->doomed; map != NULL; map = map->next_doomed) {
        struct store_map_block *block = NULL;

        if (map->unlinked || map->dropped_lsn > horizon.visible ||
            map->dropped_lsn > horizon.oldest) {
            continue;
        }
        block = atomic_load_explicit(&store->blocks[map->id / STORE_MAP_BLOCK_IDS],
                                     memory_order_relaxed);
        atomic_store_explicit(&block->maps[map->id % STORE_MAP_BLOCK_IDS], NULL,
                              memory_order_release);
        map->unlinked = true;
        map->doom_generation = generation;
        any = true;
    }
    if (any) {
        /* seq_cst: raised, then `entered` is read; the session enters, then reads this. */
        atomic_store_explicit(&store->doom_generation, generation, memory_order_seq_cst);
    }
    return any;
}

static void sessions_forget(struct store *store, struct store_session *self)
{
    list_for_each(link, &store->sessions) {
        struct store_session *session = LIST_OF(link, struct store_session, link);

        if (session != self && !atomic_load_explicit(&session->entered, memory_order_seq_cst)) {
            session_forget(store, session);
        }
    }
}

static void session_forget(struct store *store, struct store_session *session)
{
    atomic_store_explicit(
        &session->doom_seen,
        atomic_load_explicit(&store->doom_generation, memory_order_relaxed), /* under the lock */
        memory_order_release);                                               /* pairs: store_pin */
}

/* Step 3. */
static bool doomed_end(struct store *store)
{
    uint64_t seen = UINT64_MAX;
    struct store_map **at = &store->doomed;
    bool any = false;

    list_for_each(link, &store->sessions) {
        struct store_session *session = LIST_OF(link, struct store_session, link);
        uint64_t its = atomic_load_explicit(&session->doom_seen, memory_order_acquire);

        seen = its < seen ? its : seen;
    }
    while (*at != NULL) {
        struct store_map *map = *at;

        if (map->unlinked && map->doom_generation <= seen) {
            *at = map->next_doomed;
            atomic_fetch_sub_explicit(&store->doomed_count, 1, memory_order_relaxed);
            map_end(store, map);
            any = true;
        } else {
            at = &map->next_doomed;
        }
    }
    return any;
}

/* maps_lock held. lsn 0: it never was there for others. */
static void map_doom(struct store *store, struct store_map *map, uint64_t lsn)
{
    for (struct store_map *other = store->doomed; other != NULL; other = other->next_doomed) {
        if (other == map) {
            return; /* made and dropped by one transaction, or dropped twice */
        }
    }
    map->dropped_lsn = lsn;
    map->next_doomed = store->doomed;
    store->doomed = map;
    atomic_fetch_add_explicit(&store->doomed_count, 1, memory_order_relaxed);
}

static void map_end(struct store *store, struct store_map *map)
{
    tree_destroy(map->tree, store->background);
    alloc_free(store->alloc, ALLOC_GENERAL, map, sizeof *map);
}

/* ---- making ---- */

static vv_status map_make(struct store *store, struct tree_session *tree, uint32_t id,
                          uint64_t owner_tag)
{
    struct store_map *map = NULL;
    vv_status status = VV_OK;

    if (id >= STORE_MAP_BLOCKS * STORE_MAP_BLOCK_IDS) {
        return VV_LIMIT;
    }
    VV_TRY(block_make(store, id));
    map = alloc_zero(store->alloc, ALLOC_GENERAL, sizeof *map);
    if (map == NULL) {
        return VV_NOMEM;
    }
    status = tree_create(&store->shared, tree, id, &map->tree);
    if (status != VV_OK) {
        alloc_free(store->alloc, ALLOC_GENERAL, map, sizeof *map);
        return status;
    }
    map->id = id;
    atomic_store_explicit(&map->owner_tag, owner_tag, memory_order_relaxed); /* not linked yet */
    map_link(store, map);
    return VV_OK;
}

static void map_link(struct store *store, struct store_map *map)
{
    struct store_map_block *block = atomic_load_explicit(
        &store->blocks[map->id / STORE_MAP_BLOCK_IDS], memory_order_acquire); /* pairs: below */

    atomic_store_explicit(&block->maps[map->id % STORE_MAP_BLOCK_IDS], map,
                          memory_order_release); /* pairs: store_map_find */
}

static vv_status block_make(struct store *store, uint32_t id)
{
    struct store_map_block *fresh = NULL;
    vv_status status = VV_OK;

    lock_acquire(&store->maps_lock);
    if (atomic_load_explicit(&store->blocks[id / STORE_MAP_BLOCK_IDS], memory_order_relaxed) ==
        NULL) {
        fresh = alloc_zero(store->alloc, ALLOC_GENERAL, sizeof *fresh);
        status = fresh == NULL ? VV_NOMEM : VV_OK;
        atomic_store_explicit(&store->blocks[id / STORE_MAP_BLOCK_IDS], fresh,
                              memory_order_release); /* pairs: store_map_find */
    }
    lock_release(&store->maps_lock);
    return status;
}

static vv_status change_reserve(struct store_session *session)
{
    uint32_t capacity = session->map_change_capacity;
    uint32_t fresh = capacity == 0 ? 8 : capacity * 2;
    struct store_map_change *array = NULL;

    if (session->map_change_count < capacity) {
        return VV_OK;
    }
    array = alloc_resize(session->store->alloc, ALLOC_SESSION, session->map_changes,
                         capacity * sizeof *array, fresh * sizeof *array);
    if (array == NULL) {
        return VV_NOMEM;
    }
    session->map_changes = array;
    session->map_change_capacity = fresh;
    return VV_OK;
}
