/*
 * table_read.c - rows out of maps into batches.
 *
 * A projection says for each wanted column which of four byte strings of a row holds it:
 *
 *     the own key, the own row      of the table's map
 *     the parts, the included row   of an index entry; the own key stands in the entry too
 *
 * A scan takes the slices of a cursor's batch, finds the own keys and own rows where the projection needs
 * them (a second descent for each row of an index that does not cover), and then decodes column by column
 * into the vectors. Nothing is copied but what a key had to escape.
 */
#include "table/table_private.h"

#include "base/assert.h"

#define PREFETCH_BYTES  2048u /* of a row that will be copied */
#define SCAN_FETCH_ROWS 256u /* rows of a batch that cost a descent each: the pin must stay short */

enum source_place { SOURCE_OWN_KEY, SOURCE_OWN_ROW, SOURCE_PARTS, SOURCE_INCLUDES, SOURCE_NONE };

struct source {
    uint16_t column; /* in the layout of that place */
    uint8_t place;   /* enum source_place */
};

struct table_projection {
    const struct table_def *def;
    const struct table_index *index; /* NULL: the table's own map */
    struct source *sources;
    uint32_t column_count;
    uint16_t *single; /* places that are decoded one by one: all but string_places */
    uint32_t single_count;
    bool fetch;     /* the own row must be read by own key */
    bool own_keys;  /* some column comes from the own key */
    bool row_heavy; /* most strings of the own row are wanted: copying it whole is cheaper */
    bool all_kept;  /* with it all strings are copied: none comes from elsewhere */
    /* Strings of one section of the own row, decoded together: */
    uint16_t *strings; /* columns of the row's layout, ascending */
    uint16_t *string_places;
    uint32_t string_count;
    bool strings_first; /* row_strings_are_first() */
};

struct table_scan {
    struct store_session *session;
    const struct table_projection *projection;
    struct store_cursor *cursor;
    struct arena decoded;  /* strings that a key had escaped; reset by each batch */
    struct arena *scratch; /* that, or the caller's */
    vv_slice *own_keys;    /* index scans only; arrays of batch_rows */
    vv_slice *rows;
    const vv_slice *batch_keys; /* own keys of the last batch */
    uint32_t batch_rows;
    bool identity;
    bool keep;
    bool started;
};

/* The four byte strings of each row of a batch. */
struct batch_bytes {
    const vv_slice *own_keys;
    const vv_slice *own_rows;
    const vv_slice *parts;
    const vv_slice *includes;
    uint32_t count;
};

static struct source source_of(const struct table_projection *projection, uint16_t column);
static bool index_source(const struct table_def *def, const struct table_index *index,
                         uint16_t column, struct source *source_out);
static bool strings_together(struct table_projection *projection, struct arena *arena);
static bool singles(struct table_projection *projection, struct arena *arena);
static vv_status decode_batch(const struct table_projection *projection,
                              const struct batch_bytes *bytes, struct arena *arena, bool keep,
                              struct value_batch *batch);
static const vv_slice *rows_copy(const vv_slice *rows, uint32_t count, struct arena *arena);
static vv_status scan_resolve(struct table_scan *scan, const struct store_batch *found,
                              struct batch_bytes *bytes);
static vv_status scan_fetch(struct table_scan *scan, uint32_t count);
static vv_status scan_arrays(struct table_scan *scan, struct arena *arena);

vv_status table_projection_create(const struct table_def *def, const struct table_index *index,
                                  const uint16_t *columns, uint32_t column_count,
                                  struct arena *arena,
                                  const struct table_projection **projection_out)
{
    struct table_projection *projection = ARENA_NEW(arena, struct table_projection);
    struct source *sources = ARENA_ARRAY(arena, struct source, column_count);

    *projection_out = NULL;
    if (projection == NULL || sources == NULL) {
        return VV_NOMEM;
    }
    projection->def = def;
    projection->index = index == NULL || index->primary ? NULL : index;
    projection->column_count = column_count;
    for (uint32_t i = 0; projection->index != NULL && i < column_count; i++) {
        projection->fetch =
            projection->fetch || !table_index_covers(def, projection->index, columns[i]);
    }
    for (uint32_t i = 0; i < column_count; i++) {
        sources[i] = source_of(projection, columns[i]);
        projection->own_keys = projection->own_keys || sources[i].place == SOURCE_OWN_KEY;
    }
    projection->sources = sources;
    if (!strings_together(projection, arena)) {
        return VV_NOMEM;
    }
    projection->all_kept = true;
    for (uint32_t k = 0; k < projection->single_count; k++) {
        const struct table_column *column = &def->spec.columns[columns[projection->single[k]]];

        projection->all_kept = projection->all_kept && !value_is_string(column->type);
    }
    *projection_out = projection;
    return VV_OK;
}

bool table_projection_index_only(const struct table_projection *projection)
{
    return projection->index != NULL && !projection->fetch;
}

vv_status table_get(struct store_session *session, const struct table_projection *projection,
                    vv_slice key, bool one, bool keep, struct arena *arena,
                    struct value_batch *batch)
{
    struct batch_bytes bytes = {.own_keys = &key, .count = 1};
    vv_slice row;

    VV_ASSERT(projection->index == NULL);
    VV_TRY(one ? store_get_one(session, projection->def->map_id, key, &row)
               : store_get(session, projection->def->map_id, key, &row));
    bytes.own_rows = &row;
    return decode_batch(projection, &bytes, arena, keep, batch);
}

vv_status table_find_unique(struct store_session *session, const struct table_def *def,
                            const struct table_index *index, vv_slice key, vv_slice *own_key_out)
{
    vv_slice row, includes;

    *own_key_out = slice_make(NULL, 0);
    VV_TRY(store_get(session, index->map_id, key, &row));
    return table_entry_own_key(def, index, key, row, own_key_out, &includes);
}

vv_status table_own_key_of(const struct table_def *def, const struct value *row,
                           uint8_t key[TABLE_KEY_BYTES], size_t *size_out)
{
    return table_own_key(def, row, key, size_out);
}

/* Locks the newest version of an entry, or of a row by its own key. *own_size: of the own key that the entry names,
 * in own. */
static vv_status entry_lock(struct store_session *session, const struct table_def *def,
                            const struct table_index *index, vv_slice key,
                            struct store_newest *newest, uint8_t own[TABLE_KEY_BYTES],
                            size_t *own_size)
{
    uint64_t basis = STORE_BASIS_SNAPSHOT;
    vv_slice entry, own_key, includes;
    vv_status status = VV_CHANGED;

    for (;;) {
        status = store_lock(session, table_map(def, index), key, STORE_LOCK_KEY_SHARE,
                            STORE_LOCK_WAITS, basis, newest);
        if (status == VV_CHANGED) {
            entry = newest->row;
        } else if (status == VV_OK && basis == STORE_BASIS_SNAPSHOT && !index->primary) {
            VV_TRY(store_get(session, index->map_id, key, &entry));
        } else {
            return status;
        }
        if (!index->primary) {
            VV_TRY(table_entry_own_key(def, index, key, entry, &own_key, &includes));
            VV_ASSERT(own_key.size <= TABLE_KEY_BYTES);
            memcpy(own, own_key.data, own_key.size);
            *own_size = own_key.size;
        }
        if (status == VV_OK) {
            return VV_OK;
        }
        basis = newest->basis;
    }
}

vv_status table_find_newest(struct table_writer *writer, struct store_session *session,
                            const struct table_index *index, const struct value *row,
                            uint8_t key[TABLE_KEY_BYTES], size_t *size_out, bool *own_out)
{
    const struct table_def *def = table_writer_def(writer);
    struct value values[LIMIT_INDEX_COLUMNS];
    uint8_t own[TABLE_KEY_BYTES];
    size_t own_size = 0;
    struct store_newest newest = {0};
    bool in_index = false;
    vv_status status = VV_OK;

    *own_out = false;
    VV_TRY(table_entry_values(def, table_writer_computer(writer), index, row, values, &in_index));
    for (uint32_t i = 0; i < index->part_count && in_index; i++) {
        in_index = !values[i].null;
    }
    if (!in_index) {
        return VV_NOT_FOUND;
    }
    VV_TRY(table_key_encode(def, index, values, index->part_count, key, size_out));
    status = entry_lock(session, def, index, slice_make(key, *size_out), &newest, own, &own_size);
    if (status == VV_NOT_FOUND && newest.own) {
        *own_out = true;
        return VV_OK;
    }
    if (status == VV_OK && !index->primary) {
        memcpy(key, own, own_size);
        *size_out = own_size;
    }
    return status;
}

vv_status table_scan_open(struct store_session *session, const struct table_scan_options *options,
                          struct arena *arena, struct table_scan **scan_out)
{
    const struct table_projection *projection = options->projection;
    struct store_cursor_options cursor_options = {.reverse = options->reverse};
    struct table_scan *scan = ARENA_NEW(arena, struct table_scan);

    *scan_out = NULL;
    if (scan == NULL) {
        return VV_NOMEM;
    }
    scan->session = session;
    scan->projection = projection;
    scan->identity = options->identity;
    scan->keep = options->keep;
    scan->batch_rows = options->batch_rows == 0 ? LIMIT_BATCH_ROWS : options->batch_rows;
    if (projection->fetch && scan->batch_rows > SCAN_FETCH_ROWS) {
        scan->batch_rows = SCAN_FETCH_ROWS;
    }
    if (projection->index != NULL) {
        VV_TRY(scan_arrays(scan, arena));
    }
    cursor_options.batch_rows = scan->batch_rows;
    cursor_options.keys = projection->index != NULL || projection->own_keys || options->identity;
    VV_TRY(store_cursor_open(session, table_map(projection->def, projection->index),
                             &options->range, &cursor_options, &scan->cursor));
    arena_init(&scan->decoded, arena->alloc, arena->kind, 16384);
    scan->scratch = options->scratch == NULL ? &scan->decoded : options->scratch;
    *scan_out = scan;
    return VV_OK;
}

vv_status table_scan_next(struct table_scan *scan, struct value_batch *batch)
{
    struct store_batch found = {0};
    struct batch_bytes bytes = {0};

    arena_reset(scan->scratch);
    while (found.count == 0) { /* a cursor may come back from many empty leaves with nothing */
        if (scan->started) {
            store_repin(scan->session);
            VV_TRY(store_check(scan->session));
        }
        scan->started = true;
        VV_TRY(store_cursor_next(scan->cursor, &found));
    }
    VV_ASSERT(found.count <= scan->batch_rows);
    VV_TRY(scan_resolve(scan, &found, &bytes));
    scan->batch_keys = bytes.own_keys;
    return decode_batch(scan->projection, &bytes, scan->scratch, scan->keep, batch);
}

const vv_slice *table_scan_keys(const struct table_scan *scan)
{
    VV_ASSERT(scan->identity);
    return scan->batch_keys;
}

void table_scan_close(struct table_scan *scan)
{
    if (scan != NULL) {
        store_cursor_close(scan->cursor);
        arena_release(&scan->decoded);
    }
}

vv_status table_scan_split(struct store_session *session, const struct table_projection *projection,
                           const struct store_range *range, uint32_t count, struct arena *arena,
                           struct store_range **ranges_out, uint32_t *count_out)
{
    uint32_t map = table_map(projection->def, projection->index);
    const vv_slice *keys = NULL;
    uint32_t key_count = 0;
    struct store_range *ranges = NULL;

    *ranges_out = NULL;
    *count_out = 0;
    VV_ASSERT(count > 0);
    VV_TRY(store_range_split(session, map, range, count - 1, &keys, &key_count));
    VV_ASSERT(key_count < count);
    ranges = ARENA_ARRAY(arena, struct store_range, key_count + 1);
    if (ranges == NULL) {
        return VV_NOMEM;
    }
    for (uint32_t i = 0; i <= key_count; i++) {
        ranges[i] = *range;
        if (i > 0) {
            ranges[i].low =
                (struct store_bound){.key = ranges[i - 1].high.key, .set = true, .inclusive = true};
        }
        if (i < key_count) {
            void *copy = arena_copy(arena, keys[i].data, keys[i].size);

            if (copy == NULL) {
                return VV_NOMEM;
            }
            ranges[i].high =
                (struct store_bound){.key = slice_make(copy, keys[i].size), .set = true};
        }
    }
    *ranges_out = ranges;
    *count_out = key_count + 1;
    return VV_OK;
}

vv_status table_row_decode(const struct table_def *def, vv_slice key, vv_slice row,
                           struct arena *arena, struct value *values)
{
    const struct table_layout *layout = def->layout;

    for (uint32_t i = 0; i < def->spec.column_count; i++) {
        const struct table_place *place = &layout->places[i];

        if (def->spec.columns[i].dropped) {
            values[i] = value_null(def->spec.columns[i].type);
        } else if (place->key_part != TABLE_NO_COLUMN) {
            VV_TRY(key_decode(&layout->key, key, place->key_part, arena, &values[i]));
        } else {
            VV_TRY(row_decode(&layout->row, row, place->row_column, &values[i]));
        }
    }
    return VV_OK;
}

vv_status table_row_get(struct store_session *session, const struct table_def *def, vv_slice key,
                        struct arena *arena, struct value *values)
{
    vv_slice row;

    VV_TRY(store_get(session, def->map_id, key, &row));
    VV_TRY(table_row_decode(def, key, row, arena, values));
    for (uint32_t i = 0; i < def->spec.column_count; i++) {
        if (!value_copy(arena, &values[i], &values[i])) {
            return VV_NOMEM;
        }
    }
    return VV_OK;
}

static struct source source_of(const struct table_projection *projection, uint16_t column)
{
    const struct table_def *def = projection->def;
    const struct table_place *place = &def->layout->places[column];
    struct source source;

    if (def->spec.columns[column].dropped) {
        return (struct source){.place = SOURCE_NONE};
    }
    if (projection->index != NULL && !projection->fetch &&
        index_source(def, projection->index, column, &source)) {
        return source;
    }
    if (place->key_part != TABLE_NO_COLUMN) {
        return (struct source){.column = place->key_part, .place = SOURCE_OWN_KEY};
    }
    return (struct source){.column = place->row_column, .place = SOURCE_OWN_ROW};
}

/* Whether the entry itself holds the column: included (exact for every type) or a part. */
static bool index_source(const struct table_def *def, const struct table_index *index,
                         uint16_t column, struct source *source_out)
{
    for (uint16_t i = 0; i < index->include_count; i++) {
        if (index->includes[i] == column) {
            *source_out = (struct source){.column = i, .place = SOURCE_INCLUDES};
            return true;
        }
    }
    for (uint16_t i = 0; i < index->part_count; i++) {
        if (index->parts[i].column == column && table_part_gives_back(&index->parts[i])) {
            *source_out = (struct source){.column = i, .place = SOURCE_PARTS};
            return true;
        }
    }
    (void)def;
    return false;
}

/* Strings of the row's first section (the others are rare), by their columns in the row. */
static bool strings_together(struct table_projection *projection, struct arena *arena)
{
    const struct row_layout *layout = &projection->def->layout->row;
    uint32_t varying = layout->section_count == 0 ? 0 : layout->sections[0].varying_count;
    uint32_t count = 0;

    projection->strings = ARENA_ARRAY(arena, uint16_t, projection->column_count);
    projection->string_places = ARENA_ARRAY(arena, uint16_t, projection->column_count);
    if (projection->strings == NULL || projection->string_places == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < projection->column_count; i++) {
        struct source source = projection->sources[i];
        uint32_t at = count;

        if (source.place != SOURCE_OWN_ROW || layout->columns[source.column].section != 0 ||
            !row_is_simple_string(layout, source.column)) {
            continue;
        }
        while (at > 0 && projection->strings[at - 1] > source.column) {
            at--;
        }
        if (at > 0 && projection->strings[at - 1] == source.column) {
            continue; /* wanted twice: the second one alone */
        }
        memmove(&projection->strings[at + 1], &projection->strings[at],
                (count - at) * sizeof projection->strings[0]);
        memmove(&projection->string_places[at + 1], &projection->string_places[at],
                (count - at) * sizeof projection->string_places[0]);
        projection->strings[at] = source.column;
        projection->string_places[at] = (uint16_t)i;
        count++;
    }
    projection->string_count = count;
    projection->strings_first = row_strings_are_first(layout, projection->strings, count);
    projection->row_heavy = count > 0 && count * 2 >= varying;
    return singles(projection, arena);
}

/* What is not among string_places. */
static bool singles(struct table_projection *projection, struct arena *arena)
{
    projection->single = ARENA_ARRAY(arena, uint16_t, projection->column_count);
    if (projection->single == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < projection->column_count; i++) {
        bool together = false;

        for (uint32_t k = 0; k < projection->string_count; k++) {
            together = together || projection->string_places[k] == i;
        }
        if (!together) {
            projection->single[projection->single_count++] = (uint16_t)i;
        }
    }
    return true;
}

/* Whole rows into the arena: one copy of a row costs less than one of each of its strings, and its
 * reads run ahead of each other. */
static const vv_slice *rows_copy(const vv_slice *rows, uint32_t count, struct arena *arena)
{
    size_t bytes = 0;
    vv_slice *copies = NULL;
    uint8_t *copy = NULL;

    for (uint32_t i = 0; i < count; i++) {
        bytes += rows[i].size;
    }
    copies = arena_get(arena, count * sizeof *copies + bytes);
    if (copies == NULL) {
        return NULL;
    }
    copy = (uint8_t *)(copies + count);
    for (uint32_t k = 0; k < count; k++) {
        uint32_t i = count - 1 - k;

        if (i >= 2) {
            for (size_t at = 0; at < rows[i - 2].size && at < PREFETCH_BYTES; at += 64) {
                __builtin_prefetch(rows[i - 2].data + at);
            }
        }
        copies[i] = slice_make(copy, rows[i].size);
        memcpy(copy, rows[i].data, rows[i].size);
        copy += rows[i].size;
    }
    return copies;
}

/* A dropped column. */
static void nulls(struct value_vector *out, uint32_t count)
{
    vector_reset(out);
    for (uint32_t i = 0; i < count; i++) {
        vector_set_null(out, i);
    }
}

static vv_status decode_batch(const struct table_projection *projection,
                              const struct batch_bytes *bytes, struct arena *arena, bool keep,
                              struct value_batch *batch)
{
    const struct table_layout *layout = projection->def->layout;
    const struct table_index_layout *index =
        projection->index == NULL ? NULL : table_index_layout(projection->def, projection->index);

    const vv_slice *own_rows = bytes->own_rows;

    keep = keep && projection->row_heavy;
    if (keep) {
        own_rows = rows_copy(own_rows, bytes->count, arena);
        if (own_rows == NULL) {
            return VV_NOMEM;
        }
    }
    if (projection->string_count > 0) {
        VV_TRY(row_decode_strings(&layout->row, own_rows, bytes->count, projection->strings,
                                  projection->string_places, projection->string_count,
                                  projection->strings_first, keep, batch->columns));
    }
    for (uint32_t k = 0; k < projection->single_count; k++) {
        uint32_t i = projection->single[k];
        struct source source = projection->sources[i];
        struct value_vector *out = &batch->columns[i];

        switch ((enum source_place)source.place) {
        case SOURCE_OWN_KEY:
            VV_TRY(key_decode_vector(&layout->key, bytes->own_keys, NULL, bytes->count,
                                     source.column, arena, out));
            break;
        case SOURCE_OWN_ROW:
            VV_TRY(
                row_decode_vector(&layout->row, own_rows, NULL, bytes->count, source.column, out));
            break;
        case SOURCE_PARTS:
            VV_TRY(key_decode_vector(&index->parts, bytes->parts, NULL, bytes->count, source.column,
                                     arena, out));
            break;
        case SOURCE_INCLUDES:
            VV_TRY(row_decode_vector(&index->includes, bytes->includes, NULL, bytes->count,
                                     source.column, out));
            break;
        case SOURCE_NONE:
            nulls(out, bytes->count);
            break;
        }
    }
    batch->row_count = bytes->count;
    batch->kept = keep && projection->all_kept;
    batch->selection = NULL;
    batch->selected_count = bytes->count;
    return VV_OK;
}

/* Finds the own keys and rows behind a cursor's batch. */
static vv_status scan_resolve(struct table_scan *scan, const struct store_batch *found,
                              struct batch_bytes *bytes)
{
    const struct table_projection *projection = scan->projection;

    bytes->count = found->count;
    if (projection->index == NULL) {
        bytes->own_keys = found->keys;
        bytes->own_rows = found->rows;
        return VV_OK;
    }
    for (uint32_t i = 0; i < found->count; i++) {
        VV_TRY(table_entry_own_key(projection->def, projection->index, found->keys[i],
                                   found->rows[i], &scan->own_keys[i], &scan->rows[i]));
    }
    bytes->own_keys = scan->own_keys;
    bytes->parts = found->keys;
    bytes->includes = scan->rows;
    if (projection->fetch) {
        VV_TRY(scan_fetch(scan, found->count));
        bytes->own_rows = scan->rows;
    }
    return VV_OK;
}

/* An entry that a snapshot shows has a row that the snapshot shows (T1). */
static vv_status scan_fetch(struct table_scan *scan, uint32_t count)
{
    uint32_t map = scan->projection->def->map_id;

    for (uint32_t i = 0; i < count; i++) {
        vv_status status = store_get(scan->session, map, scan->own_keys[i], &scan->rows[i]);

        if (status != VV_OK) {
            return status == VV_NOT_FOUND ? VV_CORRUPT : status;
        }
    }
    return VV_OK;
}

static vv_status scan_arrays(struct table_scan *scan, struct arena *arena)
{
    scan->own_keys = ARENA_ARRAY(arena, vv_slice, scan->batch_rows);
    scan->rows = ARENA_ARRAY(arena, vv_slice, scan->batch_rows);
    return scan->own_keys == NULL || scan->rows == NULL ? VV_NOMEM : VV_OK;
}
