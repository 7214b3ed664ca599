/*
 * map_cursor.c - reading a range of a map row by row.
 *
 * A cursor is a run that stays between its first and last row, as a SELECT's does: it reads one snapshot. Rows come
 * from the store in batches and are copied once, because the session leaves between calls. When another statement of the
 * session begins, the rest of the range is copied too (map_cursor_keep), so that the store's statement can end.
 *
 * A batch of very long values is not copied whole: at COPY_BYTES the store's cursor is opened again behind the last row
 * copied, in the same statement, with smaller batches.
 */
#include "db/map.h"

#define COPY_BYTES    (1u << 20)
#define KEEP_ROWS     256u
#define FIRST_ROWS    32u /* of the first batch: many ranges are short */
#define REPIN_BATCHES 64u

struct cursor_row {
    vv_slice key;
    vv_slice value;
};
static_assert(sizeof(struct cursor_row) == sizeof(struct varve_map_row) &&
                  offsetof(struct cursor_row, value) == offsetof(struct varve_map_row, value) &&
                  offsetof(vv_slice, size) == offsetof(struct varve_map_row, key_size),
              "handed out as they are");

/* Rows in the run's arena. */
struct cursor_rows {
    struct cursor_rows *next;
    uint32_t count;
    struct cursor_row rows[];
};

struct varve_map_cursor {
    uint64_t magic;
    struct varve_session *session;
    struct list link;     /* in session->map_cursors */
    struct varve_map map; /* a copy: the cursor may outlive the handle */
    struct map_run run;
    struct store_cursor *cursor; /* NULL: between openings */
    struct cursor_rows *rows;    /* first not read; NULL: none */
    uint32_t row;                /* of them, the next */
    uint32_t batch_rows;
    uint64_t left; /* of the limit */
    bool reverse;
    bool begun;
    bool low_set, high_set, low_inclusive, high_inclusive;
    uint16_t low_size, high_size;
    uint8_t low[LIMIT_KEY_BYTES];
    uint8_t high[LIMIT_KEY_BYTES];
};

static void cursor_end(struct varve_map_cursor *cursor);
static int code_of_read(struct varve_session *session, vv_status status);
static int cursor_claim(struct varve_map_cursor *cursor);
static bool bounds_keep(struct varve_map_cursor *cursor, const struct varve_map_range *range,
                        struct vv_error *error);
static vv_status cursor_advance(struct varve_map_cursor *cursor, struct vv_error *error);
static vv_status cursor_phases(struct varve_map_cursor *cursor, struct vv_error *error);
static vv_status cursor_end_run(struct varve_map_cursor *cursor, struct vv_error *error);
static vv_status cursor_refill(struct varve_map_cursor *cursor, struct vv_error *error);
static vv_status cursor_copy(struct varve_map_cursor *cursor, const struct store_batch *batch);
static void cursor_move(struct varve_map_cursor *cursor, vv_slice last);
static vv_status cursor_reopen(struct varve_map_cursor *cursor);

int varve_map_range(struct varve_map *map, const struct varve_map_range *range, int flags,
                    struct varve_map_cursor **cursor_out)
{
    struct varve_session *session = NULL;
    struct varve_map_cursor *cursor = NULL;
    int code = VARVE_MISUSE;

    if (cursor_out != NULL) {
        *cursor_out = NULL;
    }
    code = map_claim(map);
    if (code != VARVE_OK) {
        return code;
    }
    session = map->session;
    if (cursor_out == NULL || (flags & ~VARVE_MAP_REVERSE) != 0) {
        code = session_misuse(session,
                              "cursor_out must not be NULL, flags are 0 or VARVE_MAP_REVERSE");
        session_drop(session);
        return code;
    }
    cursor = db_take_handle(session->db, DB_ENDED_CURSOR, sizeof *cursor);
    if (cursor == NULL) {
        (void)error_from_status(&session->failure, VV_NOMEM);
        code = session_fail(session);
    } else {
        cursor->magic = MAP_CURSOR_MAGIC;
        cursor->session = session;
        cursor->map = *map;
        cursor->left = range == NULL || range->limit == 0 ? UINT64_MAX : range->limit;
        cursor->batch_rows = cursor->left < KEEP_ROWS ? KEEP_ROWS : FIRST_ROWS;
        cursor->reverse = flags == VARVE_MAP_REVERSE;
        map_run_init(&cursor->run, session, cursor);
        list_append(&session->map_cursors, &cursor->link);
        if (!bounds_keep(cursor, range, &session->failure)) {
            cursor_end(cursor);
            code = session_fail(session);
        } else {
            *cursor_out = cursor;
        }
    }
    session_drop(session);
    return code;
}

int varve_map_next(struct varve_map_cursor *cursor, const void **key_out, size_t *key_size_out,
                   const void **value_out, size_t *value_size_out)
{
    struct varve_session *session = NULL;
    const struct cursor_row *row = NULL;
    vv_status status = VV_OK;
    int code = cursor_claim(cursor);

    if (code != VARVE_OK) {
        return code;
    }
    session = cursor->session;
    status = cursor_advance(cursor, &session->failure);
    if (status == VV_OK) {
        row = &cursor->rows->rows[cursor->row++];
        if (key_out != NULL) {
            *key_out = row->key.data;
        }
        if (key_size_out != NULL) {
            *key_size_out = row->key.size;
        }
        if (value_out != NULL) {
            *value_out = row->value.data;
        }
        if (value_size_out != NULL) {
            *value_size_out = row->value.size;
        }
    }
    code = code_of_read(session, status);
    session_drop(session);
    return code;
}

int varve_map_fetch(struct varve_map_cursor *cursor, const struct varve_map_row **rows_out,
                    size_t *count_out)
{
    struct varve_session *session = NULL;
    vv_status status = VV_OK;
    int code = VARVE_MISUSE;

    if (rows_out == NULL || count_out == NULL) {
        return code;
    }
    *rows_out = NULL;
    *count_out = 0;
    code = cursor_claim(cursor);
    if (code != VARVE_OK) {
        return code;
    }
    session = cursor->session;
    status = cursor_advance(cursor, &session->failure);
    if (status == VV_OK) {
        *rows_out = (const struct varve_map_row *)(const void *)&cursor->rows->rows[cursor->row];
        *count_out = cursor->rows->count - cursor->row;
        cursor->row = cursor->rows->count;
    }
    code = code_of_read(session, status);
    session_drop(session);
    return code;
}

void varve_map_range_close(struct varve_map_cursor *cursor)
{
    struct varve_session *session = NULL;

    if (cursor_claim(cursor) == VARVE_OK) {
        session = cursor->session;
        cursor_end(cursor);
        session_drop(session);
    }
}

void map_cursors_end(struct varve_session *session)
{
    list_for_each_safe(link, after, &session->map_cursors) {
        cursor_end(LIST_OF(link, struct varve_map_cursor, link));
    }
}

static void cursor_end(struct varve_map_cursor *cursor)
{
    map_run_release(&cursor->run);
    list_remove(&cursor->link);
    db_end_handle(cursor->session->db, DB_ENDED_CURSOR, cursor, sizeof *cursor);
}

vv_status map_keep_active(struct varve_session *session, struct vv_error *error)
{
    struct map_run *run = LIST_OF(session->active, struct map_run, statement);
    vv_status status = VV_OK;

    if (run->cursor == NULL || run->statement.phase != RUN_NEXT) {
        return error_set(error, VV_SQLSTATE_OBJECT_IN_USE, 0,
                         "a call on a map of this session is waiting");
    }
    store_enter(session->store);
    while (status == VV_OK) {
        status = cursor_refill(run->cursor, error);
    }
    if (status == VV_END) {
        status = cursor_end_run(run->cursor, error);
    }
    store_leave(session->store);
    if (status != VV_OK) {
        run_stop(&run->statement);
        return status == VV_WAITING ? error_set(error, VV_SQLSTATE_OBJECT_IN_USE, 0,
                                                "a call on a map of this session is waiting")
                                    : status;
    }
    return VV_OK;
}

static int code_of_read(struct varve_session *session, vv_status status)
{
    switch (status) {
    case VV_OK:
        return VARVE_ROW;
    case VV_END:
        return VARVE_DONE;
    case VV_WAITING:
        return VARVE_WAITING;
    default:
        return session_fail(session);
    }
}

static int cursor_claim(struct varve_map_cursor *cursor)
{
    return cursor == NULL || cursor->magic != MAP_CURSOR_MAGIC ? VARVE_MISUSE
                                                               : session_claim(cursor->session);
}

static bool bounds_keep(struct varve_map_cursor *cursor, const struct varve_map_range *range,
                        struct vv_error *error)
{
    uint8_t successor[LIMIT_KEY_BYTES];
    struct store_range bounds;

    if (map_range_read(range, successor, &bounds, error) != VV_OK) {
        return false;
    }
    cursor->low_set = bounds.low.set;
    cursor->low_inclusive = bounds.low.inclusive;
    cursor->high_set = bounds.high.set;
    cursor->high_inclusive = bounds.high.inclusive;
    cursor->low_size = (uint16_t)bounds.low.key.size;
    cursor->high_size = (uint16_t)bounds.high.key.size;
    if (bounds.low.set) {
        memcpy(cursor->low, bounds.low.key.data, bounds.low.key.size);
    }
    if (bounds.high.set) {
        memcpy(cursor->high, bounds.high.key.data, bounds.high.key.size);
    }
    return true;
}

/* VV_OK: a row is at cursor->row. */
static vv_status cursor_advance(struct varve_map_cursor *cursor, struct vv_error *error)
{
    struct varve_session *session = cursor->session;
    struct varve_statement *run = &cursor->run.statement;
    vv_status status = VV_OK;

    if (!cursor->begun) {
        VV_TRY(map_run_begin(session, &cursor->run, error));
        cursor->begun = true;
    } else if (VV_UNLIKELY(run->phase == RUN_IDLE)) {
        return error_set(error, VV_SQLSTATE_INVALID_CURSOR_STATE, 0,
                         "the cursor ended with its transaction");
    }
    while (cursor->rows != NULL && cursor->row == cursor->rows->count) {
        cursor->rows = cursor->rows->next;
        cursor->row = 0;
    }
    if (run->phase != RUN_ENDED && (cursor->rows == NULL || run->phase != RUN_NEXT)) {
        if (cursor->rows == NULL) {
            arena_reset(&run->arena);
        }
        store_enter(session->store);
        status = cursor_phases(cursor, error);
        if (status == VV_ERROR) {
            run_failed(run);
        }
        store_leave(session->store);
        VV_TRY(status);
    }
    return cursor->rows == NULL ? VV_END : VV_OK;
}

/* VV_OK: there are rows, or the run has ended. Entered. */
static vv_status cursor_phases(struct varve_map_cursor *cursor, struct vv_error *error)
{
    struct varve_session *session = cursor->session;
    struct varve_statement *run = &cursor->run.statement;
    vv_status status = VV_OK;

    VV_TRY(map_run_frame(session, &cursor->run, false, error));
    if (run->phase == RUN_LOCK) {
        VV_TRY(map_run_lock(&cursor->map, false, error));
        run->phase = RUN_NEXT;
    }
    if (run->phase == RUN_NEXT) {
        status = cursor_refill(cursor, error);
        if (status == VV_OK && cursor->left > 0) {
            return VV_OK;
        }
        VV_TRY(status == VV_END ? VV_OK : status);
    }
    return cursor_end_run(cursor, error);
}

static vv_status cursor_end_run(struct varve_map_cursor *cursor, struct vv_error *error)
{
    struct varve_statement *run = &cursor->run.statement;

    if (run->phase == RUN_NEXT) {
        store_cursor_close(cursor->cursor);
        cursor->cursor = NULL;
        run->phase = RUN_END;
    }
    VV_TRY(map_run_end(cursor->session, &cursor->run, error));
    run->phase = RUN_ENDED;
    return VV_OK;
}

/* Appends rows. VV_END: there are none. */
static vv_status cursor_refill(struct varve_map_cursor *cursor, struct vv_error *error)
{
    struct store_session *store = cursor->session->store;
    struct store_batch batch = {0};
    unsigned empty = 0;
    vv_status status = cursor->left == 0 ? VV_END : VV_OK;

    while (status == VV_OK && batch.count == 0) {
        status = cursor->cursor == NULL ? cursor_reopen(cursor) : VV_OK;
        status = status == VV_OK ? store_cursor_next(cursor->cursor, &batch) : status;
        if (++empty % REPIN_BATCHES == 0 && batch.count == 0) {
            store_repin(store);
        }
    }
    if (status == VV_OK) {
        status = cursor_copy(cursor, &batch);
    }
    return status == VV_END ? VV_END : exec_error(store, status, error);
}

static vv_status cursor_copy(struct varve_map_cursor *cursor, const struct store_batch *batch)
{
    struct arena *arena = &cursor->run.statement.arena;
    uint32_t wanted = batch->count < cursor->left ? batch->count : (uint32_t)cursor->left;
    uint32_t count = 0;
    struct cursor_rows **end = &cursor->rows;
    struct cursor_rows *rows = NULL;
    uint8_t *at = NULL;
    size_t bytes = 0;

    for (; count < wanted && bytes < COPY_BYTES; count++) {
        bytes += batch->keys[count].size + batch->rows[count].size;
    }
    rows = arena_get(arena, sizeof *rows + count * sizeof rows->rows[0] + bytes);
    if (rows == NULL) {
        return VV_NOMEM;
    }
    rows->next = NULL;
    rows->count = count;
    at = (uint8_t *)&rows->rows[count];
    for (uint32_t i = 0; i < count; i++) {
        vv_slice key = batch->keys[i];
        vv_slice value = batch->rows[i];

        memcpy(at, key.data, key.size);
        rows->rows[i].key = slice_make(at, key.size);
        at += key.size;
        if (value.size > 0) {
            memcpy(at, value.data, value.size);
        }
        rows->rows[i].value = slice_make(at, value.size);
        at += value.size;
    }
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = rows;
    cursor->left -= count;
    if (count < wanted || (cursor->batch_rows < KEEP_ROWS && cursor->left > 0)) {
        cursor->batch_rows = count < wanted ? count : KEEP_ROWS;
        cursor_move(cursor, rows->rows[count - 1].key);
    }
    return VV_OK;
}

/* The store's cursor is opened again behind this key. */
static void cursor_move(struct varve_map_cursor *cursor, vv_slice last)
{
    store_cursor_close(cursor->cursor);
    cursor->cursor = NULL;
    if (cursor->reverse) {
        cursor->high_set = true;
        cursor->high_inclusive = false;
        cursor->high_size = (uint16_t)last.size;
        memcpy(cursor->high, last.data, last.size);
    } else {
        cursor->low_set = true;
        cursor->low_inclusive = false;
        cursor->low_size = (uint16_t)last.size;
        memcpy(cursor->low, last.data, last.size);
    }
}

static vv_status cursor_reopen(struct varve_map_cursor *cursor)
{
    struct store_cursor_options options = {
        .reverse = cursor->reverse, .keys = true, .batch_rows = cursor->batch_rows};
    struct store_range range = {.low = {.key = slice_make(cursor->low, cursor->low_size),
                                        .set = cursor->low_set,
                                        .inclusive = cursor->low_inclusive},
                                .high = {.key = slice_make(cursor->high, cursor->high_size),
                                         .set = cursor->high_set,
                                         .inclusive = cursor->high_inclusive}};

    if (cursor->left < options.batch_rows) {
        options.batch_rows = (uint32_t)cursor->left;
    }
    return store_cursor_open(cursor->session->store, cursor->map.found.map_id, &range, &options,
                             &cursor->cursor);
}
