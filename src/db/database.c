/* database.c - varve_open to varve_close, statistics, background work. */
#include "db/db_private.h"

#include "base/assert.h"
#include "catalog/catalog.h"
#include "db/db.h"
#include "db/system.h"
#include "os/os.h"
#include "value/calendar.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

/* So many ended handles of a kind are kept before their memory is used again. */
#define ENDED_SESSIONS 16u
#define ENDED_HANDLES  64u

#define BACKGROUND_SLEEP_NS UINT64_C(1000000) /* the grain of group commit: 1 ms */

/* Handles of databases themselves: they hold the allocator of everything else. */
static struct alloc handles;

/* A forked child has a copy of everything but the threads, and shares the files: it must not touch them. */
_Atomic uint64_t db_fork_generation;
static pthread_once_t fork_watch_once = PTHREAD_ONCE_INIT;

static const uint8_t ended_kinds[DB_ENDED_COUNT] = {[DB_ENDED_SESSION] = ALLOC_SESSION,
                                                    [DB_ENDED_STATEMENT] = ALLOC_STATEMENT,
                                                    [DB_ENDED_MAP] = ALLOC_SESSION,
                                                    [DB_ENDED_CURSOR] = ALLOC_STATEMENT};

static void ended_release(struct varve *db);
static void fork_watch(void);
static void fork_happened(void);
static int open_fail(vv_status status, struct vv_error *failure, struct varve_error *error);
static vv_status options_read(const struct varve_options *options, struct varve_options *read_out,
                              struct vv_error *error);
static vv_status parts_open(struct varve *db, const char *path, const struct varve_options *options,
                            struct vv_error *error);
static vv_status parts_close(struct varve *db);
static void background_main(void *user);
static enum store_durability durability_of(int durability);

int varve_open(const char *path, const struct varve_options *options, struct varve **db_out,
               struct varve_error *error)
{
    return db_open_on(os_real(), path, options, db_out, error);
}

int db_open_on(struct os *os, const char *path, const struct varve_options *options,
               struct varve **db_out, struct varve_error *error)
{
    struct varve_options read;
    struct vv_error failure;
    struct store_stats stats;
    struct varve *db = NULL;
    vv_status status = VV_OK;

    error_clear(&failure);
    if (db_out == NULL || path == NULL) {
        status = error_set(&failure, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                           "path and db_out must not be NULL");
        return open_fail(status, &failure, error);
    }
    *db_out = NULL;
    status = options_read(options, &read, &failure);
    if (status != VV_OK) {
        return open_fail(status, &failure, error);
    }
    pthread_once(&fork_watch_once, fork_watch);
    db = alloc_zero(&handles, ALLOC_GENERAL, sizeof *db);
    if (db == NULL) {
        return open_fail(VV_NOMEM, &failure, error);
    }
    db->os = os;
    db->on_log = read.on_log;
    db->log_argument = read.log_argument;
    db->log_level = read.log_level == 0 ? VARVE_LOG_INFO : read.log_level;
    db->opened_at = os_wall_us(os) - CALENDAR_UNIX_OFFSET;
    status = parts_open(db, path, &read, &failure);
    if (status != VV_OK) {
        int code = open_fail(status, &failure, error);

        db_log(db, VARVE_LOG_ERROR, "cannot open %s: %s: %s", path, failure.sqlstate,
               failure.message);
        (void)parts_close(db);
        return code;
    }
    store_stats(db->store, &stats);
    db_log(db, VARVE_LOG_INFO, "opened %s: %llu log records replayed", path,
           (unsigned long long)stats.recovered_records);
    *db_out = db;
    return VARVE_OK;
}

int varve_close(struct varve *db)
{
    if (db == NULL) {
        return VARVE_OK;
    }
    if (db->magic != DB_MAGIC || db_is_forked(db)) {
        return VARVE_MISUSE;
    }
    lock_acquire(&db->lock);
    if (db->session_count > 0) {
        lock_release(&db->lock);
        return VARVE_BUSY;
    }
    lock_release(&db->lock);
    return (int)parts_close(db);
}

/* In a handle's first 16 bytes stand its magic, which is 0 now, and the next ended handle. */
struct ended_handle {
    uint64_t magic;
    struct ended_handle *next;
};

void *db_take_handle(struct varve *db, enum db_ended kind, size_t size)
{
    struct db_ended_list *list = &db->ended[kind];
    struct ended_handle *handle = NULL;

    lock_acquire(&db->lock);
    if (list->count >= (kind == DB_ENDED_SESSION ? ENDED_SESSIONS : ENDED_HANDLES)) {
        handle = list->first;
        list->first = handle->next;
        list->count--;
    }
    lock_release(&db->lock);
    if (handle == NULL) {
        return alloc_zero(&db->alloc, ended_kinds[kind], size);
    }
    memset(handle, 0, size);
    return handle;
}

void db_end_handle(struct varve *db, enum db_ended kind, void *handle, size_t size)
{
    struct db_ended_list *list = &db->ended[kind];
    struct ended_handle *ended = handle;

    ended->magic = 0;
    lock_acquire(&db->lock);
    if (list->count == 0) {
        list->first = handle;
    } else {
        ((struct ended_handle *)list->last)->next = ended;
    }
    list->last = handle;
    list->count++;
    list->size = size;
    lock_release(&db->lock);
}

int varve_backup(struct varve *db, const char *path, struct varve_error *error)
{
    struct vv_error failure;

    error_clear(&failure);
    if (db == NULL || db->magic != DB_MAGIC || db_is_forked(db) || path == NULL) {
        return VARVE_MISUSE;
    }
    return open_fail(error_set(&failure, VV_SQLSTATE_FEATURE_NOT_SUPPORTED, 0,
                               "varve_backup is not supported yet"),
                     &failure, error);
}

int varve_plan_cache(struct varve *db,
                     void (*each)(void *argument, const char *sql, size_t sql_size, uint64_t hits,
                                  uint64_t bytes),
                     void *argument)
{
    struct plan **plans = NULL;
    uint32_t count = 0;

    if (db == NULL || db->magic != DB_MAGIC || db_is_forked(db) || each == NULL) {
        return VARVE_MISUSE;
    }
    plans = alloc_get(&db->alloc, ALLOC_GENERAL, PLAN_CACHE_PLANS * sizeof *plans);
    if (plans == NULL) {
        return VARVE_NOMEM;
    }
    count = plan_cache_list(&db->plans, plans);
    for (uint32_t i = 0; i < count; i++) {
        struct plan *plan = plans[i];

        each(argument, (const char *)plan->text.data, plan->text.size,
             atomic_load_explicit(&plan->hit_count, memory_order_relaxed),
             plan->arena.reserved_bytes);
        plan_drop(plan);
    }
    alloc_free(&db->alloc, ALLOC_GENERAL, plans, PLAN_CACHE_PLANS * sizeof *plans);
    return VARVE_OK;
}

int varve_background_step(struct varve *db)
{
    bool more = false;

    if (db == NULL || db->magic != DB_MAGIC || db_is_forked(db)) {
        return 0;
    }
    more = store_flush_step(db->store);
    more = store_settle_step(db->store) || more;
    return store_reclaim_step(db->store) || more;
}

int varve_flush_step(struct varve *db)
{
    if (db == NULL || db->magic != DB_MAGIC || db_is_forked(db)) {
        return 0;
    }
    return store_flush_step(db->store);
}

int varve_statistics(struct varve *db, struct varve_statistics *statistics_out)
{
    struct varve_statistics all = {0};
    struct store_stats stats;

    if (db == NULL || db->magic != DB_MAGIC || db_is_forked(db) || statistics_out == NULL ||
        statistics_out->size < sizeof all.size) {
        return VARVE_MISUSE;
    }
    store_stats(db->store, &stats);
    all = (struct varve_statistics){
        .size = statistics_out->size,
        .memory_total = atomic_load_explicit(&db->alloc.total_bytes, memory_order_relaxed),
        .memory_pages = stats.memory_bytes[ALLOC_FRAMES],
        .memory_versions = stats.memory_bytes[ALLOC_VERSIONS],
        .memory_transactions = stats.memory_bytes[ALLOC_TXN],
        .memory_log = stats.memory_bytes[ALLOC_LOG],
        .memory_catalog = stats.memory_bytes[ALLOC_CATALOG],
        .memory_statements = stats.memory_bytes[ALLOC_STATEMENT],
        .memory_sessions = stats.memory_bytes[ALLOC_SESSION],
        .memory_general = stats.memory_bytes[ALLOC_GENERAL],
        .allocations = atomic_load_explicit(&db->alloc.request_count, memory_order_relaxed),
        .commits = stats.commits,
        .aborts = stats.aborts,
        .conflicts = stats.conflicts,
        .deadlocks = stats.deadlocks,
        .lock_waits = stats.waits,
        .log_bytes = stats.log_bytes,
        .log_syncs = stats.log_syncs,
        .lsn_visible = stats.visible_lsn,
        .lsn_durable = stats.durable_lsn,
        .plan_cache_hits = atomic_load_explicit(&db->plans.hit_count, memory_order_relaxed),
        .plan_cache_misses = atomic_load_explicit(&db->plans.miss_count, memory_order_relaxed),
        .plan_cache_evictions =
            atomic_load_explicit(&db->plans.eviction_count, memory_order_relaxed),
        .lsn_oldest_snapshot = stats.oldest_snapshot_lsn};
    plan_cache_size(&db->plans, &all.plan_cache_plans, &all.plan_cache_bytes);
    lock_acquire(&db->lock);
    all.sessions = db->session_count;
    lock_release(&db->lock);
    memcpy(statistics_out, &all, all.size < sizeof all ? all.size : sizeof all);
    return VARVE_OK;
}

static void fork_watch(void)
{
    (void)pthread_atfork(NULL, NULL, fork_happened);
}

static void fork_happened(void)
{
    atomic_fetch_add_explicit(&db_fork_generation, 1, memory_order_relaxed);
}

static int open_fail(vv_status status, struct vv_error *failure, struct varve_error *error)
{
    if (status != VV_ERROR && failure->message[0] == '\0') {
        (void)error_from_status(failure, status);
    }
    if (error != NULL) {
        code_error_export(failure, error);
        if (status != VV_ERROR && error->code == VARVE_ERROR) {
            error->code = (int)status;
        }
        return error->code;
    }
    return status == VV_ERROR ? code_of_sqlstate(failure->sqlstate) : (int)status;
}

static vv_status options_read(const struct varve_options *options, struct varve_options *read_out,
                              struct vv_error *error)
{
    static const struct varve_options none = VARVE_OPTIONS_INIT;

    *read_out = none;
    if (options != NULL) {
        if (options->size < sizeof options->size) {
            return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                             "options->size is not set: begin with VARVE_OPTIONS_INIT");
        }
        memcpy(read_out, options, options->size < sizeof none ? options->size : sizeof none);
    }
    if (read_out->durability < VARVE_DURABILITY_DEFAULT ||
        read_out->durability > VARVE_DURABILITY_OFF) {
        return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "options->durability is no enum varve_durability");
    }
    if (read_out->on_panic != NULL) {
        assert_set_hook(read_out->on_panic);
    }
    return VV_OK;
}

static vv_status parts_open(struct varve *db, const char *path, const struct varve_options *options,
                            struct vv_error *error)
{
    struct store_options store_options = {.alloc = &db->alloc,
                                          .path = path,
                                          .durability = durability_of(options->durability),
                                          .group_ms = options->group_ms,
                                          .has_flusher = options->background_threads > 0,
                                          .must_exist = options->must_exist != 0};

    db->magic = DB_MAGIC;
    db->fork_generation = atomic_load_explicit(&db_fork_generation, memory_order_relaxed);
    alloc_init(&db->alloc, options->memory_limit);
    lock_init(&db->lock, LOCK_DB);
    list_init(&db->sessions);
    plan_cache_init(&db->plans, &db->alloc);
    host_init(&db->host, &db->alloc);
    store_options.os = db->os;
    VV_TRY(store_open(&store_options, &db->store, error));
    VV_TRY(catalog_open(&db->alloc, db->store, &db->catalog, error));
    VV_TRY(system_definitions_create(&db->alloc, &db->system));
    if (options->background_threads > 0) {
        VV_TRY(os_task_start(db->os, "varve", background_main, db, &db->background));
    }
    return VV_OK;
}

/* Accepts a half-opened database; the handle ends in any case. */
static vv_status parts_close(struct varve *db)
{
    vv_status status = VV_OK;
    bool opened = db->catalog != NULL;

    if (db->background != NULL) {
        atomic_store_explicit(&db->stopping, 1, memory_order_release); /* pairs: background_main */
        os_wake(db->os, &db->stopping, UINT_MAX);
        os_task_join(db->os, db->background);
    }
    ended_release(db);
    plan_cache_release(&db->plans);
    system_definitions_destroy(db->system);
    host_release(&db->host);
    catalog_close(db->catalog);
    status = store_close(db->store);
    if (opened) {
        db_log(db, status == VV_OK ? VARVE_LOG_INFO : VARVE_LOG_ERROR, "closed: %s",
               status_text(status));
    }
    alloc_release(&db->alloc);
    db->magic = 0;
    alloc_free(&handles, ALLOC_GENERAL, db, sizeof *db);
    return status;
}

static void ended_release(struct varve *db)
{
    for (unsigned kind = 0; kind < DB_ENDED_COUNT; kind++) {
        struct db_ended_list *list = &db->ended[kind];

        for (; list->count > 0; list->count--) {
            struct ended_handle *handle = list->first;

            list->first = handle->next;
            alloc_free(&db->alloc, ended_kinds[kind], handle, list->size);
        }
    }
}

static void background_main(void *user)
{
    struct varve *db = user;

    while (atomic_load_explicit(&db->stopping, memory_order_acquire) == 0) {
        if (varve_background_step(db) == 0) {
            vv_status slept =
                os_wait(db->os, &db->stopping, 0, os_monotonic_ns(db->os) + BACKGROUND_SLEEP_NS);

            VV_ASSERT(slept == VV_OK || slept == VV_TIMEOUT);
        }
    }
}

static enum store_durability durability_of(int durability)
{
    switch (durability) {
    case VARVE_DURABILITY_GROUP:
        return STORE_DURABILITY_GROUP;
    case VARVE_DURABILITY_OFF:
        return STORE_DURABILITY_OFF;
    default:
        return STORE_DURABILITY_FULL;
    }
}
