/* catalog_comment.c - see catalog_comment.h; the bytes are described in catalog_private.h. */
#include "catalog/catalog_comment.h"

#include <string.h>

#include "base/bytes.h"
#include "catalog/catalog_work.h"

#define COMMENT_KEY_BYTES (7 + LIMIT_NAME_BYTES)
#define ROWS_FIRST        64u

struct comment_bytes {
    uint8_t bytes[COMMENT_KEY_BYTES];
    size_t size;
};

static vv_status relation_find(struct catalog_work *work, const struct catalog_comment_wish *wish,
                               struct catalog_entry *entry_out);
static vv_status wish_key(struct catalog_work *work, const struct catalog_comment_wish *wish,
                          struct catalog_comment_key *key_out);
static vv_status comment_delete(struct store_session *session, vv_slice key);
static vv_status rows_read(struct store_session *session, const struct store_range *range,
                           struct arena *arena, struct catalog_comment_row **rows_out,
                           uint32_t *count_out);

static struct comment_bytes key_bytes(const struct catalog_comment_key *key)
{
    struct comment_bytes bytes = {.size = 7};

    bytes_store32_big(bytes.bytes, key->id);
    bytes.bytes[4] = (uint8_t)key->class;
    bytes.bytes[5] = (uint8_t)(key->column >> 8);
    bytes.bytes[6] = (uint8_t)key->column;
    if (key->check != NULL) {
        size_t size = strlen(key->check);

        size = size < LIMIT_NAME_BYTES ? size : LIMIT_NAME_BYTES;
        memcpy(bytes.bytes + 7, key->check, size);
        bytes.size += size;
    }
    return bytes;
}

/* ---- COMMENT ON ---- */

vv_status catalog_comment(const struct catalog_ddl *ddl, const struct catalog_comment_wish *wish)
{
    struct catalog_work work;
    struct catalog_comment_key key;
    struct comment_bytes bytes;
    vv_slice slice;
    vv_status status = VV_OK;

    catalog_work_init(&work, ddl);
    VV_TRY_OR(done, wish_key(&work, wish, &key));
    bytes = key_bytes(&key);
    slice = slice_make(bytes.bytes, bytes.size);
    if (wish->text == NULL || wish->text[0] == '\0') {
        status = comment_delete(work.session, slice);
    } else {
        status = store_put(work.session, CATALOG_MAP_COMMENTS, slice, slice_text(wish->text));
    }
done:
    return catalog_work_end(&work, status);
}

static const char *kind_words(enum catalog_commented kind)
{
    switch (kind) {
    case CATALOG_COMMENT_INDEX:
        return "an index";
    case CATALOG_COMMENT_SEQUENCE:
        return "a sequence";
    case CATALOG_COMMENT_VIEW:
        return "a view";
    case CATALOG_COMMENT_MATERIALIZED_VIEW:
        return "a materialized view";
    default:
        return "a table";
    }
}

static vv_status wrong_kind(struct catalog_work *work, const struct catalog_comment_wish *wish,
                            const struct catalog_entry *entry)
{
    if (wish->kind == CATALOG_COMMENT_CONSTRAINT) {
        return entry->kind == CATALOG_INDEX
                   ? error_set(work->error, VV_SQLSTATE_WRONG_OBJECT_TYPE, 0, "\"%s\" is an index",
                               wish->name)
                   : error_set(work->error, VV_SQLSTATE_UNDEFINED_OBJECT, 0,
                               "constraint \"%s\" for table \"%s\" does not exist", wish->part,
                               wish->name);
    }
    if (wish->kind != CATALOG_COMMENT_COLUMN) {
        return error_set(work->error, VV_SQLSTATE_WRONG_OBJECT_TYPE, 0, "\"%s\" is not %s",
                         wish->name, kind_words(wish->kind));
    }
    (void)error_set(work->error, VV_SQLSTATE_WRONG_OBJECT_TYPE, 0,
                    "cannot set comment on relation \"%s\"", wish->name);
    error_detail(work->error, "This operation is not supported for %s.",
                 entry->kind == CATALOG_INDEX      ? "indexes"
                 : entry->kind == CATALOG_SEQUENCE ? "sequences"
                                                   : "maps");
    return VV_ERROR;
}

/* The relation, locked by its name: who drops it takes that lock too. */
static vv_status relation_find(struct catalog_work *work, const struct catalog_comment_wish *wish,
                               struct catalog_entry *entry_out)
{
    enum catalog_kind kind = wish->kind == CATALOG_COMMENT_INDEX      ? CATALOG_INDEX
                             : wish->kind == CATALOG_COMMENT_SEQUENCE ? CATALOG_SEQUENCE
                                                                      : CATALOG_TABLE;
    vv_status status = VV_OK;

    VV_TRY(catalog_work_schema_find(work, wish->schema));
    VV_TRY(catalog_work_name_lock(work, wish->name));
    VV_TRY(catalog_work_restart(work));
    status = catalog_entry_get(work->session, work->schema_id, wish->name, entry_out);
    if (status == VV_NOT_FOUND) {
        return error_set(work->error, VV_SQLSTATE_UNDEFINED_TABLE, 0,
                         "relation \"%s\" does not exist", wish->name);
    }
    VV_TRY(status);
    if (entry_out->kind != kind || wish->kind == CATALOG_COMMENT_VIEW ||
        wish->kind == CATALOG_COMMENT_MATERIALIZED_VIEW) {
        return wrong_kind(work, wish, entry_out);
    }
    status = kind == CATALOG_TABLE
                 ? catalog_def_get(work->catalog, work->session, entry_out->table_id, &work->def)
                 : VV_OK;
    return status == VV_NOT_FOUND ? VV_CORRUPT : status;
}

static vv_status constraint_key(struct catalog_work *work, const struct catalog_comment_wish *wish,
                                struct catalog_comment_key *key_out)
{
    const struct table_index *index = table_def_index(work->def, wish->part);

    key_out->class = CATALOG_CLASS_CONSTRAINT;
    if (index != NULL && index->constraint) {
        key_out->id = index->id;
        return VV_OK;
    }
    for (uint32_t i = 0; i < work->def->spec.check_count; i++) {
        if (strcmp(work->def->spec.checks[i].name, wish->part) == 0) {
            key_out->check = wish->part;
            return VV_OK;
        }
    }
    return error_set(work->error, VV_SQLSTATE_UNDEFINED_OBJECT, 0,
                     "constraint \"%s\" for table \"%s\" does not exist", wish->part, wish->name);
}

static vv_status wish_key(struct catalog_work *work, const struct catalog_comment_wish *wish,
                          struct catalog_comment_key *key_out)
{
    struct catalog_entry entry;

    *key_out = (struct catalog_comment_key){.class = CATALOG_CLASS_RELATION};
    if (wish->kind == CATALOG_COMMENT_SCHEMA) {
        VV_TRY(catalog_work_schema_find(work, wish->name));
        key_out->class = CATALOG_CLASS_SCHEMA;
        key_out->id = work->schema_id;
        return VV_OK;
    }
    VV_TRY(relation_find(work, wish, &entry));
    key_out->id = entry.id;
    if (wish->kind == CATALOG_COMMENT_CONSTRAINT) {
        return constraint_key(work, wish, key_out);
    }
    if (wish->kind == CATALOG_COMMENT_COLUMN) {
        uint16_t column = table_def_column(work->def, wish->part);

        if (column == TABLE_NO_COLUMN) {
            return error_set(work->error, VV_SQLSTATE_UNDEFINED_COLUMN, 0,
                             "column \"%s\" of relation \"%s\" does not exist", wish->part,
                             wish->name);
        }
        key_out->column = (uint16_t)(column + 1);
    }
    return VV_OK;
}

/* ---- with their objects ---- */

/* What is there is deleted, whoever committed it last: the object's lock is ours. */
static vv_status comment_delete(struct store_session *session, vv_slice key)
{
    uint64_t basis = STORE_BASIS_SNAPSHOT;

    for (;;) {
        struct store_newest newest = {0};
        vv_status status =
            store_delete(session, CATALOG_MAP_COMMENTS, key, slice_make(NULL, 0), basis, &newest);

        if (status != VV_CHANGED) {
            return status == VV_NOT_FOUND ? VV_OK : status;
        }
        basis = newest.basis;
    }
}

vv_status catalog_comments_drop(struct catalog_work *work, uint32_t id)
{
    uint8_t low[4];
    uint8_t high[4];
    struct store_range range = {
        .low = {.key = slice_make(low, sizeof low), .set = true, .inclusive = true},
        .high = {.key = slice_make(high, sizeof high), .set = true}};
    struct catalog_comment_row *rows = NULL;
    uint32_t count = 0;

    bytes_store32_big(low, id);
    bytes_store32_big(high, id + 1);
    VV_TRY(rows_read(work->session, &range, &work->arena, &rows, &count));
    for (uint32_t i = 0; i < count; i++) {
        struct comment_bytes bytes = key_bytes(&rows[i].key);

        VV_TRY(comment_delete(work->session, slice_make(bytes.bytes, bytes.size)));
    }
    return VV_OK;
}

vv_status catalog_comment_column_drop(struct catalog_work *work, uint32_t table_id, uint32_t column)
{
    struct catalog_comment_key key = {
        .id = table_id, .class = CATALOG_CLASS_RELATION, .column = (uint16_t)(column + 1)};
    struct comment_bytes bytes = key_bytes(&key);

    return comment_delete(work->session, slice_make(bytes.bytes, bytes.size));
}

vv_status catalog_comment_check_move(struct catalog_work *work, uint32_t table_id, const char *name,
                                     const char *new_name)
{
    struct catalog_comment_key key = {
        .id = table_id, .class = CATALOG_CLASS_CONSTRAINT, .check = name};
    struct comment_bytes bytes = key_bytes(&key);
    const char *text = NULL;
    vv_status status = catalog_comment_get(work->session, &key, &work->arena, &text);

    if (status != VV_OK) {
        return status == VV_NOT_FOUND ? VV_OK : status;
    }
    VV_TRY(comment_delete(work->session, slice_make(bytes.bytes, bytes.size)));
    if (new_name == NULL) {
        return VV_OK;
    }
    key.check = new_name;
    bytes = key_bytes(&key);
    return store_put(work->session, CATALOG_MAP_COMMENTS, slice_make(bytes.bytes, bytes.size),
                     slice_text(text));
}

/* ---- reading ---- */

vv_status catalog_comment_get(struct store_session *session, const struct catalog_comment_key *key,
                              struct arena *arena, const char **text_out)
{
    struct comment_bytes bytes = key_bytes(key);
    vv_slice row;

    *text_out = NULL;
    VV_TRY(store_get(session, CATALOG_MAP_COMMENTS, slice_make(bytes.bytes, bytes.size), &row));
    *text_out = arena_text(arena, (const char *)row.data, row.size);
    return *text_out == NULL ? VV_NOMEM : VV_OK;
}

static vv_status row_read(struct arena *arena, vv_slice key, vv_slice row,
                          struct catalog_comment_row *out)
{
    if (key.size < 7 || key.size > COMMENT_KEY_BYTES) {
        return VV_CORRUPT;
    }
    *out =
        (struct catalog_comment_row){.key = {.id = bytes_load32_big(key.data),
                                             .class = (enum catalog_comment_class)key.data[4],
                                             .column = (uint16_t)(key.data[5] << 8 | key.data[6])},
                                     .text = arena_text(arena, (const char *)row.data, row.size)};
    if (key.size > 7) {
        out->key.check = arena_text(arena, (const char *)key.data + 7, key.size - 7);
    }
    return out->text == NULL || (key.size > 7 && out->key.check == NULL) ? VV_NOMEM : VV_OK;
}

static vv_status rows_grow(struct arena *arena, struct catalog_comment_row **rows, uint32_t count,
                           uint32_t *capacity)
{
    struct catalog_comment_row *more = NULL;

    if (count < *capacity) {
        return VV_OK;
    }
    *capacity = *capacity == 0 ? ROWS_FIRST : *capacity * 2;
    more = ARENA_ARRAY(arena, struct catalog_comment_row, *capacity);
    if (more == NULL) {
        return VV_NOMEM;
    }
    if (count > 0) {
        memcpy(more, *rows, count * sizeof **rows);
    }
    *rows = more;
    return VV_OK;
}

vv_status catalog_comment_list(struct store_session *session, struct arena *arena,
                               struct catalog_comment_row **rows_out, uint32_t *count_out)
{
    struct store_range all = {0};

    return rows_read(session, &all, arena, rows_out, count_out);
}

static vv_status rows_read(struct store_session *session, const struct store_range *range,
                           struct arena *arena, struct catalog_comment_row **rows_out,
                           uint32_t *count_out)
{
    struct store_cursor_options options = {.keys = true};
    struct store_cursor *cursor = NULL;
    struct store_batch batch;
    uint32_t capacity = 0;
    vv_status status = VV_OK;

    *rows_out = NULL;
    *count_out = 0;
    VV_TRY(store_cursor_open(session, CATALOG_MAP_COMMENTS, range, &options, &cursor));
    while (status == VV_OK && (status = store_cursor_next(cursor, &batch)) == VV_OK) {
        for (uint32_t i = 0; i < batch.count && status == VV_OK; i++) {
            status = rows_grow(arena, rows_out, *count_out, &capacity);
            if (status == VV_OK) {
                status = row_read(arena, batch.keys[i], batch.rows[i], &(*rows_out)[*count_out]);
                *count_out += status == VV_OK;
            }
        }
        store_repin(session);
    }
    store_cursor_close(cursor);
    return status == VV_END ? VV_OK : status;
}
