/* map_run.c - the course that calls on maps and their cursors have in common: see map.h. */
#include "db/map.h"

static vv_status found_again(struct varve_map *map, struct vv_error *error);
static bool bound_is_good(const void *key, size_t size);
static vv_status prefix_read(const struct varve_map_range *range, uint8_t *successor,
                             struct store_range *range_out, struct vv_error *error);

vv_status session_map_run_make(struct varve_session *session, struct vv_error *error)
{
    session->map_run = alloc_zero(&session->db->alloc, ALLOC_SESSION, sizeof *session->map_run);
    if (session->map_run == NULL) {
        return error_from_status(error, VV_NOMEM);
    }
    map_run_init(session->map_run, session, NULL);
    return VV_OK;
}

void session_maps_release(struct varve_session *session)
{
    map_cursors_end(session);
    list_for_each_safe(link, after, &session->maps) {
        map_end(LIST_OF(link, struct varve_map, link));
    }
    if (session->map_run != NULL) {
        map_run_release(session->map_run);
        alloc_free(&session->db->alloc, ALLOC_SESSION, session->map_run, sizeof *session->map_run);
        session->map_run = NULL;
    }
}

void map_run_init(struct map_run *run, struct varve_session *session,
                  struct varve_map_cursor *cursor)
{
    *run = (struct map_run){.statement.session = session, .cursor = cursor};
    arena_init(&run->statement.arena, &session->db->alloc, ALLOC_STATEMENT, 4096);
}

void map_run_release(struct map_run *run)
{
    run_stop(&run->statement);
    arena_release(&run->statement.arena);
}

vv_status map_run_begin(struct varve_session *session, struct map_run *run, struct vv_error *error)
{
    if (VV_UNLIKELY(session->active != NULL)) {
        VV_TRY(run_keep_active(session, error));
    }
    if (VV_UNLIKELY(session->block == BLOCK_FAILED)) {
        return error_from_status(error, VV_TXN_ABORTED);
    }
    session_set_timeouts(session);
    run->statement.phase = RUN_FRAME;
    session->active = &run->statement;
    return VV_OK;
}

vv_status map_run_frame(struct varve_session *session, struct map_run *run, bool writes,
                        struct vv_error *error)
{
    vv_status status = VV_OK;

    if (run->statement.phase != RUN_FRAME) {
        return VV_OK;
    }
    VV_TRY(transaction_ensure(session, error));
    session->queried = true;
    if (writes && transaction_is_read_only(session)) {
        return error_set(error, VV_SQLSTATE_READ_ONLY_SQL_TRANSACTION, 0,
                         "cannot write to a map in a read-only transaction");
    }
    status = store_statement_begin(session->store);
    if (status != VV_OK) {
        return exec_error(session->store, status, error);
    }
    run->statement.phase = RUN_LOCK;
    return VV_OK;
}

/* Lock, then look; when the name means another map now, once more. */
vv_status map_run_lock(struct varve_map *map, bool writes, struct vv_error *error)
{
    struct varve_session *session = map->session;
    struct catalog *catalog = session->db->catalog;
    vv_status status = map->found.map_id == 0 ? VV_CHANGED : VV_OK;

    for (;;) {
        if (status == VV_CHANGED) {
            VV_TRY(found_again(map, error));
        }
        status = store_table_lock(session->store, map->found.map_id,
                                  writes ? STORE_TABLE_ROW_EXCLUSIVE : STORE_TABLE_ACCESS_SHARE);
        if (status == VV_OK &&
            VV_UNLIKELY(!catalog_map_is_current(
                catalog, &map->found, session->repeatable ? store_snapshot(session->store) : 0))) {
            status = catalog_map_check(catalog, session->store, NULL, map->name, writes,
                                       session->repeatable, &map->found);
        }
        if (status != VV_CHANGED) {
            return exec_error(session->store, status, error);
        }
    }
}

vv_status map_run_end(struct varve_session *session, struct map_run *run, struct vv_error *error)
{
    if (run->statement.phase == RUN_END) {
        vv_status status = store_statement_end(session->store);

        if (status != VV_OK) {
            return exec_error(session->store, status, error);
        }
        run->statement.phase = RUN_COMMIT;
    }
    if (session->implicit && !session->in_exec) {
        VV_TRY(transaction_commit(session, error));
    }
    session->active = NULL;
    return VV_OK;
}

vv_status map_range_read(const struct varve_map_range *range, uint8_t *successor,
                         struct store_range *range_out, struct vv_error *error)
{
    *range_out = (struct store_range){0};
    if (range == NULL) {
        return VV_OK;
    }
    if (!bound_is_good(range->low, range->low_size) ||
        !bound_is_good(range->high, range->high_size) ||
        !bound_is_good(range->prefix, range->prefix_size)) {
        return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "a bound that is not NULL has 1 to %u bytes", LIMIT_KEY_BYTES);
    }
    if (range->prefix != NULL) {
        return prefix_read(range, successor, range_out, error);
    }
    range_out->low = (struct store_bound){.key = slice_make(range->low, range->low_size),
                                          .set = range->low != NULL,
                                          .inclusive = range->low_exclusive == 0};
    range_out->high = (struct store_bound){.key = slice_make(range->high, range->high_size),
                                           .set = range->high != NULL,
                                           .inclusive = range->high_inclusive != 0};
    return VV_OK;
}

/* In a statement begun anew, so that it sees what those it waited for have committed. */
static vv_status found_again(struct varve_map *map, struct vv_error *error)
{
    struct varve_session *session = map->session;
    vv_status status = VV_OK;

    store_statement_abort(session->store);
    status = store_statement_begin(session->store);
    if (status == VV_OK) {
        status =
            catalog_map_find(session->db->catalog, session->store, NULL, map->name, &map->found);
    }
    if (status == VV_NOT_FOUND) {
        return error_set(error, VV_SQLSTATE_UNDEFINED_TABLE, 0, "map \"%s\" does not exist",
                         map->name);
    }
    if (status == VV_INVALID) {
        return error_set(error, VV_SQLSTATE_WRONG_OBJECT_TYPE, 0, "\"%s\" is not a map", map->name);
    }
    return exec_error(session->store, status, error);
}

static bool bound_is_good(const void *key, size_t size)
{
    return key == NULL ? size == 0 : size > 0 && size <= LIMIT_KEY_BYTES;
}

/* From the prefix up to the first key behind all that begin with it; behind FF FF … there is none. */
static vv_status prefix_read(const struct varve_map_range *range, uint8_t *successor,
                             struct store_range *range_out, struct vv_error *error)
{
    size_t size = range->prefix_size;

    if (range->low != NULL || range->high != NULL) {
        return error_set(error, VV_SQLSTATE_INVALID_PARAMETER_VALUE, 0,
                         "a range has a prefix or bounds, not both");
    }
    memcpy(successor, range->prefix, size);
    while (size > 0 && successor[size - 1] == 0xFF) {
        size--;
    }
    range_out->low = (struct store_bound){
        .key = slice_make(range->prefix, range->prefix_size), .set = true, .inclusive = true};
    if (size > 0) {
        successor[size - 1]++;
        range_out->high = (struct store_bound){.key = slice_make(successor, size), .set = true};
    }
    return VV_OK;
}
