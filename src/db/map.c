/*
 * map.c - named maps: opening, dropping, and calls on single keys; see map.h for their course.
 *
 * A get outside a transaction takes none of it: it compares the catalog's word before and after, as a single read of SQL
 * does.
 */
#include "db/map.h"

#include "base/hash.h"

#include <stdio.h>

#define REPIN_BATCHES 64u

static int call_run(struct map_call *call);
static vv_status call_phases(struct map_call *call, struct map_run *run, struct vv_error *error);
static vv_status call_work(struct map_call *call, struct vv_error *error);
static vv_status get_alone(struct map_call *call, struct vv_error *error);
static vv_status work_define(struct map_call *call, struct vv_error *error);
static vv_status work_get(struct map_call *call, vv_slice row);
static vv_status work_replace(struct map_call *call);
static vv_status work_delete(struct map_call *call);
static vv_status work_count(struct map_call *call);
static uint64_t call_hash(const struct map_call *call);
static bool key_is_good(struct varve_session *session, const void *key, size_t size);
static int call_on_key(struct varve_map *map, struct map_call *call);
static bool name_is_good(struct varve_session *session, const char *name);
static struct varve_map *map_make(struct varve_session *session, const char *name);

int varve_map_open(struct varve_session *session, const char *name, int flags,
                   struct varve_map **map_out)
{
    struct map_call call = {.session = session,
                            .kind = (flags & VARVE_MAP_CREATE) != 0 ? MAP_CREATE : MAP_OPEN};
    struct varve_map *map = NULL;
    int code = VARVE_MISUSE;

    if (map_out != NULL) {
        *map_out = NULL;
    }
    code = session_claim(session);
    if (code != VARVE_OK) {
        return code;
    }
    if (map_out == NULL || (flags & ~VARVE_MAP_CREATE) != 0) {
        code = session_misuse(session, "map_out must not be NULL, flags are 0 or VARVE_MAP_CREATE");
    } else if (!name_is_good(session, name)) {
        code = session_fail(session);
    } else {
        call.key = slice_text(name);
        code = call_run(&call);
        if (code == VARVE_OK) {
            map = map_make(session, name);
            *map_out = map;
            code = map == NULL ? session_fail(session) : VARVE_OK;
        }
    }
    session_drop(session);
    return code;
}

int varve_map_drop(struct varve_session *session, const char *name)
{
    struct map_call call = {.session = session, .kind = MAP_DROP, .writes = true};
    int code = session_claim(session);

    if (code != VARVE_OK) {
        return code;
    }
    if (!name_is_good(session, name)) {
        code = session_fail(session);
    } else {
        call.key = slice_text(name);
        code = call_run(&call);
    }
    session_drop(session);
    return code;
}

void varve_map_close(struct varve_map *map)
{
    struct varve_session *session = NULL;

    if (map_claim(map) != VARVE_OK) {
        return;
    }
    session = map->session;
    map_end(map);
    session_drop(session);
}

int varve_map_get(struct varve_map *map, const void *key, size_t key_size, const void **value_out,
                  size_t *size_out)
{
    struct map_call call = {.map = map, .kind = MAP_GET, .key = slice_make(key, key_size)};
    int code = VARVE_MISUSE;

    if (value_out != NULL) {
        *value_out = NULL;
    }
    if (size_out != NULL) {
        *size_out = 0;
    }
    code = call_on_key(map, &call);
    if (code == VARVE_OK && value_out != NULL) {
        *value_out = map->value;
    }
    if (code == VARVE_OK && size_out != NULL) {
        *size_out = call.value.size;
    }
    return code;
}

int varve_map_read(struct varve_map *map, const void *key, size_t key_size, void *buffer,
                   size_t capacity, size_t *size_out)
{
    struct map_call call = {.map = map, .kind = MAP_READ, .key = slice_make(key, key_size)};
    int code = VARVE_MISUSE;

    if (size_out != NULL) {
        *size_out = 0;
    }
    if (buffer == NULL && capacity > 0) {
        return VARVE_MISUSE;
    }
    call.buffer = buffer;
    call.count = capacity;
    code = call_on_key(map, &call);
    if (code == VARVE_OK && size_out != NULL) {
        *size_out = call.value.size;
    }
    return code;
}

int varve_map_put(struct varve_map *map, const void *key, size_t key_size, const void *value,
                  size_t value_size)
{
    struct map_call call = {.map = map,
                            .kind = MAP_PUT,
                            .writes = true,
                            .key = slice_make(key, key_size),
                            .value = slice_make(value, value_size)};

    return value == NULL && value_size > 0 ? VARVE_MISUSE : call_on_key(map, &call);
}

int varve_map_insert(struct varve_map *map, const void *key, size_t key_size, const void *value,
                     size_t value_size)
{
    struct map_call call = {.map = map,
                            .kind = MAP_INSERT,
                            .writes = true,
                            .key = slice_make(key, key_size),
                            .value = slice_make(value, value_size)};

    return value == NULL && value_size > 0 ? VARVE_MISUSE : call_on_key(map, &call);
}

int varve_map_replace(struct varve_map *map, const void *key, size_t key_size, const void *expected,
                      size_t expected_size, const void *value, size_t value_size)
{
    struct map_call call = {.map = map,
                            .kind = MAP_REPLACE,
                            .writes = true,
                            .key = slice_make(key, key_size),
                            .value = slice_make(value, value_size),
                            .expected = slice_make(expected, expected_size)};

    return (value == NULL && value_size > 0) || (expected == NULL && expected_size > 0)
               ? VARVE_MISUSE
               : call_on_key(map, &call);
}

int varve_map_delete(struct varve_map *map, const void *key, size_t key_size)
{
    struct map_call call = {
        .map = map, .kind = MAP_DELETE, .writes = true, .key = slice_make(key, key_size)};

    return call_on_key(map, &call);
}

int varve_map_count(struct varve_map *map, const struct varve_map_range *range, uint64_t *count_out)
{
    struct map_call call = {.map = map, .kind = MAP_COUNT};
    uint8_t successor[LIMIT_KEY_BYTES];
    struct store_range bounds;
    int code = VARVE_MISUSE;

    if (count_out == NULL) {
        return code;
    }
    *count_out = 0;
    code = map_claim(map);
    if (code != VARVE_OK) {
        return code;
    }
    call.session = map->session;
    call.range = &bounds;
    call.limit = range == NULL ? 0 : range->limit;
    if (map_range_read(range, successor, &bounds, &call.session->failure) != VV_OK) {
        code = session_fail(call.session);
    } else {
        code = call_run(&call);
        *count_out = call.count;
    }
    session_drop(call.session);
    return code;
}

void map_end(struct varve_map *map)
{
    struct varve_session *session = map->session;

    if (session->map_run->waiting != 0) {
        run_stop(&session->map_run->statement);
        session->map_run->waiting = 0;
    }
    list_remove(&map->link);
    alloc_free(&session->db->alloc, ALLOC_SESSION, map->value, map->value_capacity);
    db_end_handle(session->db, DB_ENDED_MAP, map, sizeof *map);
}

int map_claim(struct varve_map *map)
{
    return map == NULL || map->magic != MAP_MAGIC ? VARVE_MISUSE : session_claim(map->session);
}

static bool name_is_good(struct varve_session *session, const char *name)
{
    if (name != NULL && name[0] != '\0' && strlen(name) <= LIMIT_NAME_BYTES) {
        return true;
    }
    (void)error_set(&session->failure, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                    "a map's name has 1 to %u bytes", LIMIT_NAME_BYTES);
    return false;
}

static struct varve_map *map_make(struct varve_session *session, const char *name)
{
    struct varve_map *map = db_take_handle(session->db, DB_ENDED_MAP, sizeof *map);

    if (map == NULL) {
        (void)error_from_status(&session->failure, VV_NOMEM);
        return NULL;
    }
    *map = (struct varve_map){.magic = MAP_MAGIC, .session = session};
    map->found = (struct catalog_map){.word = UINT64_MAX}; /* found at its first use */
    snprintf(map->name, sizeof map->name, "%s", name);
    list_append(&session->maps, &map->link);
    return map;
}

static int call_on_key(struct varve_map *map, struct map_call *call)
{
    int code = map_claim(map);

    if (VV_UNLIKELY(code != VARVE_OK)) {
        return code;
    }
    call->session = map->session;
    code = key_is_good(call->session, call->key.data, call->key.size) ? call_run(call)
                                                                      : session_fail(call->session);
    session_drop(call->session);
    return code;
}

static bool key_is_good(struct varve_session *session, const void *key, size_t size)
{
    if (VV_LIKELY(key != NULL && size > 0 && size <= LIMIT_KEY_BYTES)) {
        return true;
    }
    if (key == NULL || size == 0) {
        (void)error_set(&session->failure, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                        "a map's key must not be empty");
    } else {
        (void)error_set(&session->failure, VV_SQLSTATE_PROGRAM_LIMIT_EXCEEDED, 0,
                        "a key of %zu bytes is longer than a map's %u", size, LIMIT_KEY_BYTES);
    }
    return false;
}

/* Claimed. */
static int call_run(struct map_call *call)
{
    struct varve_session *session = call->session;
    struct map_run *run = session->map_run;
    vv_status status = VV_CHANGED;

    if (VV_LIKELY(run != NULL && run->waiting == 0)) {
        if (call->kind <= MAP_READ && call->kind >= MAP_GET && session->block == BLOCK_NONE &&
            !session->in_exec && session->active == NULL) {
            status = get_alone(call, &session->failure);
        }
        if (status == VV_CHANGED) {
            status = map_run_begin(session, run, &session->failure);
            status = status == VV_OK ? VV_CHANGED : status;
        }
    } else if (run == NULL) {
        status = session_map_run_make(session, &session->failure);
        return status == VV_OK ? call_run(call) : session_fail(session);
    } else if (run->waiting != call_hash(call)) {
        return session_misuse(session, "a call on a map waits: make the same call again");
    }
    if (status == VV_CHANGED) {
        store_enter(session->store);
        run->waiting = 0;
        status = call_phases(call, run, &session->failure);
        if (status == VV_ERROR) {
            run_failed(&run->statement);
        } else if (status == VV_WAITING) {
            run->waiting = call_hash(call);
        }
        store_leave(session->store);
    }
    if (status == VV_ERROR) {
        return session_fail(session);
    }
    if (status == VV_NOT_FOUND && call->map == NULL) {
        (void)error_set(&session->failure, VV_SQLSTATE_UNDEFINED_TABLE, 0,
                        "map \"%s\" does not exist", (const char *)call->key.data);
        (void)session_fail(session);
    }
    return status == VV_WAITING ? VARVE_WAITING : (int)status;
}

/* The answer, VV_WAITING or VV_ERROR. Entered. */
static vv_status call_phases(struct map_call *call, struct map_run *run, struct vv_error *error)
{
    struct varve_session *session = call->session;

    VV_TRY(map_run_frame(session, run, call->writes, error));
    if (run->statement.phase == RUN_LOCK) {
        if (call->map != NULL) {
            VV_TRY(map_run_lock(call->map, call->writes, error));
        }
        run->statement.phase = RUN_NEXT;
    }
    if (run->statement.phase == RUN_NEXT) {
        vv_status status = call_work(call, error);

        if (status != VV_OK && status != VV_NOT_FOUND && status != VV_EXISTS) {
            return exec_error(session->store, status, error);
        }
        run->outcome = status;
        run->statement.phase = RUN_END;
    }
    VV_TRY(map_run_end(session, run, error));
    run->statement.phase = RUN_IDLE;
    return run->outcome;
}

/* Under the lock. VV_OK, VV_NOT_FOUND and VV_EXISTS are answers. */
static vv_status call_work(struct map_call *call, struct vv_error *error)
{
    struct store_session *store = call->session->store;
    uint32_t map = call->map == NULL ? 0 : call->map->found.map_id;
    vv_slice row;

    switch ((enum map_kind)call->kind) {
    case MAP_OPEN:
    case MAP_CREATE:
    case MAP_DROP:
        return work_define(call, error);
    case MAP_GET:
    case MAP_READ:
        VV_TRY(store_get(store, map, call->key, &row));
        return work_get(call, row);
    case MAP_PUT:
        return store_put(store, map, call->key, call->value);
    case MAP_INSERT:
        return store_insert(store, map, call->key, call->value);
    case MAP_REPLACE:
        return work_replace(call);
    case MAP_DELETE:
        return work_delete(call);
    case MAP_COUNT:
        return work_count(call);
    }
    return VV_MISUSE;
}

/* VV_CHANGED: take the long way. */
static vv_status get_alone(struct map_call *call, struct vv_error *error)
{
    struct varve_session *session = call->session;
    const struct catalog_map *found = &call->map->found;
    vv_status status = VV_OK;
    vv_slice row;

    if (!catalog_map_is_unchanged(session->db->catalog, found)) {
        return VV_CHANGED;
    }
    if (VV_UNLIKELY(session_extras_wanted(session))) {
        session_set_timeouts(session);
    }
    store_enter(session->store);
    status = store_check(session->store);
    if (VV_LIKELY(status == VV_OK)) {
        status = store_get_one(session->store, found->map_id, call->key, &row);
    }
    if (VV_LIKELY(status == VV_OK)) {
        status = work_get(call, row);
    }
    if (!catalog_map_is_unchanged(session->db->catalog, found)) {
        status = VV_CHANGED;
    } else if (VV_UNLIKELY(status != VV_OK && status != VV_NOT_FOUND)) {
        status = exec_error(session->store, status, error);
        store_interrupt_clear(session->store);
    }
    store_leave(session->store);
    return status;
}

static vv_status work_define(struct map_call *call, struct vv_error *error)
{
    struct varve_session *session = call->session;
    struct catalog_ddl ddl = {
        .catalog = session->db->catalog, .session = session->store, .error = error};
    struct catalog_map found;
    const char *name = (const char *)call->key.data;
    vv_status status = catalog_map_find(ddl.catalog, ddl.session, NULL, name, &found);

    if (status == VV_OK && call->kind == MAP_DROP) {
        status = catalog_map_drop(&ddl, NULL, name);
    }
    if (status == VV_INVALID) {
        return error_set(error, VV_SQLSTATE_WRONG_OBJECT_TYPE, 0, "\"%s\" is not a map", name);
    }
    return status == VV_NOT_FOUND && call->kind == MAP_CREATE
               ? catalog_map_create(&ddl, NULL, name, true)
               : status;
}

/* Bytes leave the page here: once. */
static vv_status work_get(struct map_call *call, vv_slice row)
{
    struct varve_map *map = call->map;
    struct alloc *alloc = &call->session->db->alloc;

    call->value.size = row.size;
    if (call->kind == MAP_READ) {
        size_t size = row.size < call->count ? row.size : (size_t)call->count;

        if (size > 0) {
            memcpy(call->buffer, row.data, size);
        }
        return VV_OK;
    }
    if (VV_UNLIKELY(row.size > map->value_capacity || map->value == NULL)) {
        size_t capacity = row.size < 64 ? 64 : row.size + row.size / 2;
        void *value = alloc_get(alloc, ALLOC_SESSION, capacity);

        if (value == NULL) {
            return VV_NOMEM;
        }
        alloc_free(alloc, ALLOC_SESSION, map->value, map->value_capacity);
        map->value = value;
        map->value_capacity = capacity;
    }
    memcpy(map->value, row.data, row.size);
    return VV_OK;
}

static vv_status work_replace(struct map_call *call)
{
    struct store_session *store = call->session->store;
    uint32_t map = call->map->found.map_id;
    struct store_newest newest = {0};
    uint64_t basis = STORE_BASIS_SNAPSHOT;
    vv_slice row;
    vv_status status = VV_OK;

    VV_TRY(store_get(store, map, call->key, &row));
    for (;;) {
        if (!slice_equal(row, call->expected)) {
            return VV_EXISTS;
        }
        status = store_update(store, map, call->key, call->value, basis, &newest);
        if (status != VV_CHANGED) {
            return status;
        }
        row = newest.row;
        basis = newest.basis;
    }
}

static vv_status work_delete(struct map_call *call)
{
    struct store_session *store = call->session->store;
    struct store_newest newest = {0};
    uint64_t basis = STORE_BASIS_SNAPSHOT;
    vv_status status = VV_CHANGED;

    while (status == VV_CHANGED) {
        status = store_delete(store, call->map->found.map_id, call->key, slice_make(NULL, 0), basis,
                              &newest);
        basis = newest.basis;
    }
    return status;
}

static vv_status work_count(struct map_call *call)
{
    struct store_session *store = call->session->store;
    struct store_cursor *cursor = NULL;
    struct store_batch batch;
    unsigned batches = 0;
    vv_status status = VV_OK;

    VV_TRY(store_cursor_open(store, call->map->found.map_id, call->range, NULL, &cursor));
    while ((status = store_cursor_next(cursor, &batch)) == VV_OK) {
        call->count += batch.count;
        if (call->limit != 0 && call->count >= call->limit) {
            call->count = call->limit;
            break;
        }
        if (++batches % REPIN_BATCHES == 0) {
            store_repin(store);
        }
    }
    store_cursor_close(cursor);
    return status == VV_END ? VV_OK : status;
}

/* Never 0. */
static uint64_t call_hash(const struct map_call *call)
{
    uint64_t hash = hash_bytes(call->key.data, call->key.size, call->kind);

    hash = hash_bytes(call->value.data, call->writes ? call->value.size : 0, hash);
    hash = hash_bytes(call->expected.data, call->expected.size, hash);
    return (hash ^ (uint64_t)(uintptr_t)call->map) | 1;
}
