/* store.c - opening, closing, background steps, statistics. */
#include "store/store_private.h"

#include <errno.h>

#include "os/os_chunk.h"

#define GROUP_MS_DEFAULT      10u
#define ROW_BYTES_MAX_DEFAULT ((size_t)64 << 20)
#define RECLAIM_BLOCKS        16u
#define SETTLE_MAPS           1024u /* looked at in one step */

static vv_status open_memory(struct store *store);
static vv_status open_directory(struct store *store, const struct store_options *options,
                                struct vv_cause *cause);
static vv_status open_log(struct store *store, const struct store_options *options,
                          struct vv_cause *cause);
static void parent_of(const char *path, char parent[OS_PATH_BYTES]);
static void log_synced(void *context, uint64_t lsn);
static void open_error(struct vv_error *error, const struct store_options *options,
                       vv_status status, const struct vv_cause *cause);
static void damage_error(struct vv_error *error, const char *path, const struct vv_cause *cause);
static enum vv_sqlstate open_sqlstate(vv_status status, int os_error);
static vv_status close_store(struct store *store);

vv_status store_open(const struct store_options *options, struct store **store_out,
                     struct vv_error *error)
{
    vv_status status = VV_OK;
    struct vv_cause cause = {0};
    struct store *store = alloc_aligned(options->alloc, ALLOC_GENERAL, 64, sizeof *store);

    *store_out = NULL;
    if (store == NULL) {
        open_error(error, options, VV_NOMEM, &cause);
        return VV_NOMEM;
    }
    memset(store, 0, sizeof *store);
    store->magic = STORE_MAGIC;
    store->os = options->os == NULL ? os_real() : options->os;
    store->alloc = options->alloc;
    store->null_log = options->path == NULL || strcmp(options->path, ":memory:") == 0;
    store->read_only = options->read_only;
    store->durability = options->durability == STORE_DURABILITY_DEFAULT ? STORE_DURABILITY_FULL
                                                                        : options->durability;
    store->group_us =
        UINT64_C(1000) * (options->group_ms == 0 ? GROUP_MS_DEFAULT : options->group_ms);
    store->has_flusher = options->has_flusher;
    store->shared.row_bytes_max =
        options->row_bytes_max == 0 ? ROW_BYTES_MAX_DEFAULT : options->row_bytes_max;
    lock_init(&store->maps_lock, LOCK_STORE_MAPS);
    list_init(&store->sessions);
    counter_init(&store->commits);
    counter_init(&store->aborts);
    counter_init(&store->conflicts);
    counter_init(&store->deadlocks);
    counter_init(&store->waits);
    visible_init(&store->visible, WAL_LSN_FIRST);
    VV_TRY_OR(fail, open_memory(store));
    VV_TRY_OR(fail, open_directory(store, options, &cause));
    VV_TRY_OR(fail, open_log(store, options, &cause));
    atomic_store_explicit(&store->synced_us, os_wall_us(store->os), memory_order_relaxed);
    *store_out = store;
    return VV_OK;

fail:
    (void)close_store(store);
    open_error(error, options, status, &cause);
    return status;
}

vv_status store_close(struct store *store)
{
    if (store == NULL) {
        return VV_OK;
    }
    VV_ASSERT(store->magic == STORE_MAGIC && list_empty(&store->sessions));
    return close_store(store);
}

/* ---- background ---- */

bool store_flush_step(struct store *store)
{
    int64_t now_us = 0;

    if (!atomic_load_explicit(&store->unsynced, memory_order_relaxed) || store->read_only ||
        wal_failure(store->wal) != VV_OK) {
        return false;
    }
    now_us = os_wall_us(store->os);
    if (now_us - atomic_load_explicit(&store->synced_us, memory_order_relaxed) <
        (int64_t)store->group_us) {
        return false;
    }
    /* Cleared before the log's end is read: who set it is in this round, who sets it after in the next.
     * Acquire pairs with left_unsynced. */
    (void)atomic_exchange_explicit(&store->unsynced, false, memory_order_acquire);
    if (wal_durable(store->wal) == wal_filled(store->wal)) {
        return false;
    }
    atomic_store_explicit(&store->synced_us, now_us,
                          memory_order_relaxed); /* one flusher is enough */
    return wal_sync(store->wal) == VV_OK;
}

bool store_reclaim_step(struct store *store)
{
    bool worked = store_maps_reclaim(store, NULL);

    lock_acquire(&store->maps_lock);
    worked = epoch_reclaim_step(store->shared.epochs, store->memory, RECLAIM_BLOCKS) || worked;
    lock_release(&store->maps_lock);
    return worked;
}

/* A session settles at its commits what it wrote; this is for all maps, in turn. */
bool store_settle_step(struct store *store)
{
    uint32_t map_end = atomic_load_explicit(&store->next_map, memory_order_relaxed);
    bool worked = false;

    lock_acquire(&store->maps_lock);
    tree_enter(store->background);
    /* Each map at most once: what a map has to leave for later must not keep this step busy. */
    for (unsigned i = 0; i < SETTLE_MAPS && i < map_end && !worked; i++) {
        struct store_map *map = store_maps_lookup(store, store->settle_next);

        worked = map != NULL && tree_settle_step(map->tree, store->background, true);
        /* Also after work: a map that always has some must not keep the others waiting. */
        store->settle_next = store->settle_next + 1 < map_end ? store->settle_next + 1 : 0;
    }
    tree_leave(store->background);
    lock_release(&store->maps_lock);
    return worked;
}

/* Keeps nothing for later. */
static bool relief_reclaim(struct store *store)
{
    bool reclaimed = false;

    lock_acquire(&store->maps_lock);
    tree_session_flush(store->background);
    lock_release(&store->maps_lock);
    reclaimed = store_reclaim_step(store);
    lock_acquire(&store->maps_lock);
    tree_memory_flush(store->memory);
    lock_release(&store->maps_lock);
    return reclaimed;
}

/* At the limit little is missing: retired pages that nobody has come to free, leaves not yet settled. A settled leaf
 * gives its old page back only when that is reclaimed, and the next one may need just that. */
bool store_relieve(struct store_session *session, unsigned steps_max)
{
    struct store *store = session->store;
    bool gained = false;

    store_unpin(session);
    tree_session_flush(session->tree);
    for (unsigned i = 0; i < steps_max; i++) {
        bool settled = store_settle_step(store);
        bool reclaimed = relief_reclaim(store);

        gained = gained || reclaimed;
        if (!settled && !reclaimed) {
            break;
        }
    }
    store_pin(session);
    return gained;
}

vv_status store_sync(struct store *store)
{
    return store->null_log || store->read_only ? VV_OK : wal_sync(store->wal);
}

void store_stats(const struct store *store, struct store_stats *stats_out)
{
    struct snapshot_horizon horizon;
    struct wal_stats log;

    wal_stats(store->wal, &log);
    snapshot_list(store->shared.snapshots, &store->visible, &horizon);
    *stats_out = (struct store_stats){
        .commits = counter_sum(&store->commits),
        .aborts = counter_sum(&store->aborts),
        .conflicts = counter_sum(&store->conflicts),
        .deadlocks = counter_sum(&store->deadlocks),
        .waits = counter_sum(&store->waits),
        .log_bytes = log.bytes,
        .log_syncs = log.syncs,
        .log_segments = log.segments,
        .visible_lsn = visible_now(&store->visible),
        .durable_lsn = wal_durable(store->wal),
        .oldest_snapshot_lsn = horizon.oldest < horizon.visible ? horizon.oldest : horizon.visible,
        .recovered_records = log.replayed_records,
        .recovered_bytes = log.replayed_bytes,
        .sessions = atomic_load_explicit(&store->session_count, memory_order_relaxed),
        .read_only = store->read_only || wal_failure(store->wal) != VV_OK,
    };
    for (unsigned kind = 0; kind < ALLOC_KIND_COUNT; kind++) {
        stats_out->memory_bytes[kind] = alloc_used(store->alloc, (enum alloc_kind)kind);
    }
}

/* ---- helpers: opening ---- */

/* Everything that lives in memory, before anything is read. */
static vv_status open_memory(struct store *store)
{
    struct tree_shared *shared = &store->shared;

    shared->alloc = store->alloc;
    shared->visible = &store->visible;
    shared->frames = frames_create(store->alloc, os_chunk_source(store->os));
    shared->epochs = epoch_domain_create(store->alloc);
    if (shared->frames == NULL || shared->epochs == NULL) {
        return VV_NOMEM;
    }
    VV_TRY(txn_table_create(store->alloc, &shared->txns));
    VV_TRY(snapshot_table_create(store->alloc, &shared->snapshots));
    VV_TRY(rowlock_table_create(store->alloc, &shared->rowlocks));
    VV_TRY(tablelock_table_create(store->alloc, &store->tablelocks));
    VV_TRY(tree_shared_init(shared));
    store->shared_ready = true;
    VV_TRY(tree_memory_create(shared, &store->memory));
    VV_TRY(tree_session_create(shared, &store->background));
    return store_maps_init(store);
}

/* The directory, durably, and the lock file: a second process gets VV_BUSY. */
static vv_status open_directory(struct store *store, const struct store_options *options,
                                struct vv_cause *cause)
{
    char path[OS_PATH_BYTES];
    char parent[OS_PATH_BYTES];

    if (store->null_log) {
        return VV_OK;
    }
    if (!os_path_join(path, options->path, "lock")) {
        return VV_LIMIT;
    }
    if (!os_exists(store->os, options->path)) {
        if (options->must_exist || options->read_only) {
            return VV_NOT_FOUND;
        }
        VV_TRY(os_mkdir(store->os, options->path, cause));
        parent_of(options->path, parent);
        VV_TRY(os_sync_directory(store->os, parent, cause));
    }
    return os_lock_open(store->os, path, !options->read_only, &store->lock_file, cause);
}

static vv_status open_log(struct store *store, const struct store_options *options,
                          struct vv_cause *cause)
{
    struct wal_options log = {
        .os = store->os,
        .alloc = store->alloc,
        .directory = store->null_log ? NULL : options->path,
        .segment_bytes = options->segment_bytes,
        .max_bytes = options->max_log_bytes,
        .buffer_bytes = options->log_buffer_bytes,
        .read_only = options->read_only,
        .must_exist = options->must_exist,
        .synced = log_synced,
        .synced_context = store,
    };

    VV_TRY(wal_open(&log, &store->wal, cause));
    VV_TRY(store_recover(store, cause));
    if (!options->read_only) {
        VV_TRY(wal_start(store->wal, cause));
    }
    visible_advance(&store->visible, wal_end(store->wal));
    atomic_store_explicit(&store->next_stream, wal_end(store->wal),
                          memory_order_relaxed); /* above all earlier ones: each took more bytes */
    return VV_OK;
}

static void parent_of(const char *path, char parent[OS_PATH_BYTES])
{
    size_t size = strlen(path);

    while (size > 1 && path[size - 1] == '/') {
        size--;
    }
    while (size > 0 && path[size - 1] != '/') {
        size--;
    }
    if (size == 0) {
        memcpy(parent, ".", 2);
        return;
    }
    memcpy(parent, path, size);
    parent[size] = '\0';
}

/* The leader of a sync: visible moves to durable; or never again. */
static void log_synced(void *context, uint64_t lsn)
{
    struct store *store = context;

    if (lsn == 0) {
        visible_poison(&store->visible);
    } else {
        visible_advance(&store->visible, lsn);
    }
}

static void open_error(struct vv_error *error, const struct store_options *options,
                       vv_status status, const struct vv_cause *cause)
{
    const char *path = options->path == NULL ? ":memory:" : options->path;

    switch (status) {
    case VV_BUSY:
        (void)error_set(error, VV_SQLSTATE_OBJECT_IN_USE, 0,
                        "database \"%s\" is in use by another process", path);
        if (cause->what[0] != '\0') {
            error_detail(error, "It is held by %s.", cause->what);
        }
        break;
    case VV_CORRUPT:
        damage_error(error, path, cause);
        break;
    case VV_UNSUPPORTED:
        (void)error_set(error, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                        "database \"%s\" was written in a format of another version", path);
        break;
    case VV_NOMEM:
        (void)error_from_status(error, status);
        break;
    default:
        if (status == VV_NOT_FOUND && cause->os_error == 0) {
            (void)error_set(error, VV_SQLSTATE_INVALID_CATALOG_NAME, 0,
                            "database \"%s\" does not exist", path);
            break;
        }
        (void)error_set(error, open_sqlstate(status, cause->os_error), 0,
                        "cannot open database \"%s\": %s", path,
                        cause->os_error != 0 ? strerror(cause->os_error) : status_text(status));
        break;
    }
}

static void damage_error(struct vv_error *error, const char *path, const struct vv_cause *cause)
{
    if (cause->lsn == 0) {
        (void)error_set(error, VV_SQLSTATE_DATA_CORRUPTED, 0,
                        "database \"%s\" is damaged: neither page of its file \"meta\" is whole",
                        path);
        return;
    }
    (void)error_set(error, VV_SQLSTATE_DATA_CORRUPTED, 0,
                    "the log of database \"%s\" is damaged at position %llu", path,
                    (unsigned long long)cause->lsn);
    error_detail(error, "Records behind this position had been acknowledged; opening would "
                        "lose them silently.");
}

/* PostgreSQL's errcode_for_file_access(). */
static enum vv_sqlstate open_sqlstate(vv_status status, int os_error)
{
    switch (os_error) {
    case EPERM:
    case EACCES:
    case EROFS:
        return VV_SQLSTATE_INSUFFICIENT_PRIVILEGE;
    case ENOENT:
        return VV_SQLSTATE_UNDEFINED_FILE;
    case ENOTDIR:
    case EISDIR:
        return VV_SQLSTATE_WRONG_OBJECT_TYPE;
    default:
        return status == VV_DISK_FULL ? VV_SQLSTATE_DISK_FULL
               : status == VV_LIMIT   ? VV_SQLSTATE_PROGRAM_LIMIT_EXCEEDED
                                      : VV_SQLSTATE_IO_ERROR;
    }
}

/* Accepts a half-made store. Files last: the lock says that somebody still writes. */
static vv_status close_store(struct store *store)
{
    struct tree_shared *shared = &store->shared;
    vv_status status = wal_close(store->wal);

    if (store->background != NULL) {
        store_maps_release(store);
    }
    tree_session_destroy(store->background);
    epoch_domain_destroy(shared->epochs, store->memory);
    tree_memory_destroy(store->memory);
    if (store->shared_ready) {
        tree_shared_release(shared);
    }
    tablelock_table_destroy(store->tablelocks);
    rowlock_table_destroy(shared->rowlocks);
    snapshot_table_destroy(shared->snapshots);
    txn_table_destroy(shared->txns);
    frames_destroy(shared->frames);
    visible_release(&store->visible);
    os_lock_close(store->os, store->lock_file);
    store->magic = 0;
    alloc_free(store->alloc, ALLOC_GENERAL, store, sizeof *store);
    return status;
}
