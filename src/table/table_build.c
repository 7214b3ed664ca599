/*
 * table_build.c - fills a new index from a table's rows; checks that indexes and rows agree.
 *
 * Entries are made in stretches of BUILD_ROWS rows, sorted, then inserted: neighbours meet in the same
 * leaf while it is in the cache, and a table already in order fills pages to the end. A duplicate shows
 * itself as VV_EXISTS, whichever row came first.
 */
#include "table/table_private.h"

#include "base/assert.h"
#include "base/pace.h"

#define BUILD_ROWS 65536u
#define ENTRY_WORK 512u /* to find an entry's place, in the units of the pace */

struct build_entry {
    vv_slice key;
    vv_slice row;
};

struct build {
    const struct table_def *def;
    const struct table_computer *computer;
    const struct table_index *index; /* the one that is filled or checked */
    struct store_session *session;
    struct arena *arena; /* the caller's: what the violation points to */
    struct arena work;   /* entries of one stretch */
    struct table_scan *scan;
    struct value_batch batch;
    struct value *row;
    struct table_scratch scratch;
    struct build_entry *entries;
    uint32_t entry_count;
    struct table_violation *violation;
    struct value *violated; /* the key of the violation */
    const char *what;
};

static vv_status build_open(struct build *build, const struct table_def *def,
                            const struct table_index *index, struct store_session *session,
                            struct arena *arena);
static void build_close(struct build *build);
static vv_status build_batch(struct build *build, struct table_entry *entry);
static vv_status build_keep(struct build *build, const struct table_entry *entry);
static vv_status build_flush(struct build *build);
static vv_status entries_sort(struct build_entry *entries, uint32_t count, struct pace *pace);
static void sift_down(struct build_entry *entries, uint32_t at, uint32_t count);
static vv_status build_violation(struct build *build, vv_slice key);
static void row_of_batch(struct build *build, uint32_t place);
static vv_status verify_rows(struct build *build, uint64_t *rows_out);
static vv_status verify_entry(struct build *build, vv_slice own_key, uint64_t *rows_out);
static vv_status verify_count(struct build *build, uint64_t rows);
static vv_status wrong(struct build *build, const char *what);

vv_status table_index_build(const struct table_def *def, const struct table_index *index,
                            const struct table_computer *computer, struct store_session *session,
                            struct arena *arena, struct table_violation *violation_out)
{
    struct build build = {.violation = violation_out, .computer = computer};
    struct table_entry entry;
    vv_status status = VV_OK;

    *violation_out = (struct table_violation){0};
    VV_TRY_OR(done, build_open(&build, def, index, session, arena));
    while (status == VV_OK) {
        status = table_scan_next(build.scan, &build.batch);
        if (status == VV_OK) {
            status = store_check(session);
        }
        if (status == VV_OK) {
            status = build_batch(&build, &entry);
        }
    }
    if (status == VV_END) {
        status = build_flush(&build);
    }
done:
    build_close(&build);
    return status;
}

vv_status table_verify(const struct table_def *def, const struct table_computer *computer,
                       struct store_session *session, struct arena *arena, const char **what_out)
{
    vv_status status = VV_OK;

    *what_out = "";
    for (uint32_t i = def->has_key ? 1 : 0; i < def->spec.index_count && status == VV_OK; i++) {
        struct build build = {.computer = computer};
        uint64_t rows = 0;

        status = build_open(&build, def, &def->spec.indexes[i], session, arena);
        if (status == VV_OK) {
            status = verify_rows(&build, &rows);
        }
        if (status == VV_OK) {
            status = verify_count(&build, rows);
        }
        build_close(&build);
        *what_out = build.what == NULL ? "" : build.what;
    }
    return status;
}

/* Opens a scan of all columns with the rows' own keys. */
static vv_status build_open(struct build *build, const struct table_def *def,
                            const struct table_index *index, struct store_session *session,
                            struct arena *arena)
{
    uint32_t count = def->spec.column_count;
    uint16_t *columns = ARENA_ARRAY(arena, uint16_t, count);
    struct table_scan_options options = {.identity = true};

    build->def = def;
    build->index = index;
    build->session = session;
    build->arena = arena;
    arena_init(&build->work, arena->alloc, arena->kind, 65536);
    build->scratch.arena = &build->work;
    build->row = ARENA_ARRAY(arena, struct value, count);
    build->batch.columns = ARENA_ARRAY(arena, struct value_vector, count);
    build->entries = arena_get(arena, BUILD_ROWS * sizeof *build->entries);
    if (columns == NULL || build->row == NULL || build->batch.columns == NULL ||
        build->entries == NULL) {
        return VV_NOMEM;
    }
    build->batch.column_count = count;
    for (uint32_t i = 0; i < count; i++) {
        columns[i] = (uint16_t)i;
        if (!vector_init(&build->batch.columns[i], def->spec.columns[i].type, arena)) {
            return VV_NOMEM;
        }
    }
    VV_TRY(table_projection_create(def, NULL, columns, count, arena, &options.projection));
    return table_scan_open(session, &options, arena, &build->scan);
}

static void build_close(struct build *build)
{
    table_scan_close(build->scan);
    arena_release(&build->work);
}

static vv_status build_batch(struct build *build, struct table_entry *entry)
{
    const vv_slice *keys = table_scan_keys(build->scan);

    for (uint32_t i = 0; i < build->batch.row_count; i++) {
        vv_status status = VV_OK;

        row_of_batch(build, i);
        status = table_entry_make(build->def, build->computer, build->index, build->row, keys[i],
                                  &build->scratch, entry);
        if (status == VV_LIMIT) {
            *build->violation =
                (struct table_violation){.kind = TABLE_VIOLATION_TOO_LONG, .index = build->index};
        }
        VV_TRY(status);
        if (entry->key_size > 0) {
            VV_TRY(build_keep(build, entry));
        }
    }
    /* Inserting ends all slices, so a stretch ends with a batch. */
    if (build->entry_count + LIMIT_BATCH_ROWS > BUILD_ROWS) {
        VV_TRY(build_flush(build));
    }
    return VV_OK;
}

static vv_status build_keep(struct build *build, const struct table_entry *entry)
{
    uint8_t *copy = arena_get(&build->work, entry->key_size + entry->row.size);

    if (copy == NULL) {
        return VV_NOMEM;
    }
    VV_ASSERT(build->entry_count < BUILD_ROWS);
    memcpy(copy, entry->key, entry->key_size);
    if (entry->row.size > 0) {
        memcpy(copy + entry->key_size, entry->row.data, entry->row.size);
    }
    build->entries[build->entry_count++] =
        (struct build_entry){.key = slice_make(copy, entry->key_size),
                             .row = slice_make(copy + entry->key_size, entry->row.size)};
    return VV_OK;
}

static vv_status build_flush(struct build *build)
{
    uint32_t map = build->index->map_id;
    struct pace *pace = store_pace(build->session);

    VV_TRY(entries_sort(build->entries, build->entry_count, pace));
    for (uint32_t i = 0; i < build->entry_count; i++) {
        vv_status status =
            store_insert(build->session, map, build->entries[i].key, build->entries[i].row);

        if (status == VV_OK) {
            status = pace_work(pace, ENTRY_WORK);
        }
        if (status == VV_EXISTS) {
            return build_violation(build, build->entries[i].key);
        }
        VV_TRY(status);
    }
    build->entry_count = 0;
    build->scratch = (struct table_scratch){.arena = &build->work};
    arena_reset(&build->work);
    return VV_OK;
}

/* Heap sort: in place (qsort() would allocate behind our back), and no order of rows is bad for it. */
static vv_status entries_sort(struct build_entry *entries, uint32_t count, struct pace *pace)
{
    for (uint32_t start = count / 2; start > 0; start--) {
        sift_down(entries, start - 1, count);
        VV_TRY(pace_work(pace, ENTRY_WORK));
    }
    for (uint32_t end = count; end > 1; end--) {
        struct build_entry greatest = entries[0];

        entries[0] = entries[end - 1];
        entries[end - 1] = greatest;
        sift_down(entries, 0, end - 1);
        VV_TRY(pace_work(pace, ENTRY_WORK));
    }
    return VV_OK;
}

static void sift_down(struct build_entry *entries, uint32_t at, uint32_t count)
{
    struct build_entry moving = entries[at];
    uint32_t child = 0;

    while ((child = 2 * at + 1) < count) {
        if (child + 1 < count && slice_compare(entries[child].key, entries[child + 1].key) < 0) {
            child++;
        }
        if (slice_compare(moving.key, entries[child].key) >= 0) {
            break;
        }
        entries[at] = entries[child];
        at = child;
    }
    entries[at] = moving;
}

/* The parts' values of the key that came twice. */
static vv_status build_violation(struct build *build, vv_slice key)
{
    const struct key_layout *parts = table_parts(build->def, build->index);

    if (!build->index->unique) {
        return VV_CORRUPT;
    }
    build->violated = ARENA_ARRAY(build->arena, struct value, build->index->part_count);
    for (uint32_t i = 0; build->violated != NULL && i < build->index->part_count; i++) {
        struct value value;

        VV_TRY(key_decode(parts, key, i, build->arena, &value));
        if (!value_copy(build->arena, &value, &build->violated[i])) {
            return VV_NOMEM;
        }
    }
    if (build->violated == NULL) {
        return VV_NOMEM;
    }
    *build->violation = (struct table_violation){
        .kind = TABLE_VIOLATION_UNIQUE, .index = build->index, .key = build->violated};
    return VV_EXISTS;
}

static void row_of_batch(struct build *build, uint32_t place)
{
    for (uint32_t c = 0; c < build->batch.column_count; c++) {
        vector_get(&build->batch.columns[c], place, &build->row[c]);
    }
}

/* Every row that the predicate lets in has its entry. */
static vv_status verify_rows(struct build *build, uint64_t *rows_out)
{
    vv_status status = VV_OK;

    while ((status = table_scan_next(build->scan, &build->batch)) == VV_OK) {
        const vv_slice *keys = table_scan_keys(build->scan);

        for (uint32_t i = 0; i < build->batch.row_count; i++) {
            row_of_batch(build, i);
            VV_TRY(verify_entry(build, keys[i], rows_out));
        }
    }
    return status == VV_END ? VV_OK : status;
}

/* Counts the rows that the index must have. */
static vv_status verify_entry(struct build *build, vv_slice own_key, uint64_t *rows_out)
{
    struct table_entry entry;
    vv_slice found;
    vv_status status = VV_OK;

    VV_TRY(table_entry_make(build->def, build->computer, build->index, build->row, own_key,
                            &build->scratch, &entry));
    if (entry.key_size == 0) {
        return VV_OK;
    }
    (*rows_out)++;
    status = store_get(build->session, build->index->map_id, slice_make(entry.key, entry.key_size),
                       &found);
    if (status == VV_NOT_FOUND) {
        return wrong(build, "a row has no entry in index");
    }
    VV_TRY(status);
    return slice_equal(found, entry.row) ? VV_OK : wrong(build, "an entry's row differs in index");
}

/* And there is no other entry: as many as rows that are in it, with different keys, is all of them. */
static vv_status verify_count(struct build *build, uint64_t rows)
{
    struct store_range all = {0};
    struct store_cursor *cursor = NULL;
    struct store_batch batch;
    uint64_t entries = 0;
    vv_status status = VV_OK;

    VV_TRY(store_cursor_open(build->session, build->index->map_id, &all, NULL, &cursor));
    while ((status = store_cursor_next(cursor, &batch)) == VV_OK) {
        entries += batch.count;
        store_repin(build->session);
    }
    store_cursor_close(cursor);
    if (status != VV_END) {
        return status;
    }
    return entries == rows ? VV_OK : wrong(build, "entries without a row in index");
}

static vv_status wrong(struct build *build, const char *what)
{
    build->what = arena_format(build->arena, "%s \"%s\"", what, build->index->name);
    return VV_CORRUPT;
}
