/*
 * op_sort.c - ORDER BY in memory.
 *
 * Rows are kept in chunks (rows.h); beside them one entry each: the row's normalised sort key (bytes whose
 * memcmp order is the order of the rows, group.h), its first eight bytes as a number, and the row's number.
 * Entries are merge-sorted (stable, so that equal rows keep the input's order) and the rows are gathered
 * as they are handed up.
 *
 * With a limit of n only the best n rows are kept: whenever twice as many (and at least SORT_TRIM_MIN)
 * have come together, they are sorted, the best n copied to a fresh arena and the old one emptied; rows
 * that are not below the n-th of the last trim are dropped at once.
 */
#include "base/assert.h"
#include "eval/group.h"
#include "exec/limits.h"
#include "exec/operator.h"
#include "exec/rows.h"
#include "exec/sort_entries.h"

#define SORT_TRIM_MIN 4096u
#define ROW_WORK      64u /* to copy one, in the units of the pace (K6) */

struct op_sort {
    struct exec_operator op;
    struct key_layout layout;
    const struct value_vector **columns; /* of the input's batch, all of them */
    const struct value_vector **key_columns;
    struct exec_limits *limits; /* NULL: no limit is known */
    uint64_t best;              /* how many rows are wanted; UINT64_MAX: all */
    struct arena *arenas[2];    /* rows and keys live in the one that `now` says */
    unsigned now;
    struct arena *scratch; /* keys of one batch, once there is a bound */
    struct rows rows;
    struct sort_entry *entries;
    uint32_t entry_capacity;
    bool has_bound; /* bound: the best-th entry of the last trim */
    struct sort_entry bound;
    bool sorted;
    uint32_t next;
    struct value_batch batch;
    uint32_t batch_rows;
    uint32_t numbers[LIMIT_BATCH_ROWS];
    uint16_t selection[LIMIT_BATCH_ROWS];
    vv_slice keys[LIMIT_BATCH_ROWS];
};

static vv_status sort_open(struct exec_operator *op, struct vv_error *error);
static vv_status sort_next(struct exec_operator *op, const struct value_batch **batch_out,
                           struct vv_error *error);
static void sort_close(struct exec_operator *op);
static vv_status sort_take(struct op_sort *sort, const struct value_batch *input);
static vv_status entries_grow(struct op_sort *sort, uint32_t more);
static vv_status entries_sort(struct op_sort *sort);
static vv_status sort_trim(struct op_sort *sort);
static void sort_tell(struct op_sort *sort);

static const struct exec_operator_table sort_table = {sort_open, sort_next, sort_close};

vv_status exec_op_sort(struct exec *exec, const struct physical_node *node,
                       struct exec_operator **op_out, struct vv_error *error)
{
    struct op_sort *sort = ARENA_NEW(&exec->plan_arena, struct op_sort);
    uint32_t keys = node->sort.key_count;
    struct key_column *columns = ARENA_ARRAY(&exec->plan_arena, struct key_column, keys);

    *op_out = NULL;
    VV_TRY(exec_op_init(exec, node, &sort_table, (struct exec_operator *)sort, error));
    sort->columns = ARENA_ARRAY(&exec->plan_arena, const struct value_vector *, node->column_count);
    sort->key_columns = ARENA_ARRAY(&exec->plan_arena, const struct value_vector *, keys);
    sort->arenas[0] = exec_scratch_create(exec);
    sort->arenas[1] = exec_scratch_create(exec);
    sort->scratch = exec_scratch_create(exec);
    if (columns == NULL || sort->columns == NULL || sort->key_columns == NULL ||
        sort->arenas[0] == NULL || sort->arenas[1] == NULL || sort->scratch == NULL) {
        return exec_no_memory(error);
    }
    for (uint32_t i = 0; i < keys; i++) {
        const struct physical_sort_key *key = &node->sort.keys[i];

        columns[i] = (struct key_column){.type = node->column_types[key->column],
                                         .nullable = true,
                                         .descending = key->descending,
                                         .nulls_first = key->nulls_first};
    }
    if (key_layout_init(&sort->layout, columns, keys, false, &exec->plan_arena) != VV_OK) {
        return exec_no_memory(error);
    }
    if (node->sort.limit != NULL) {
        VV_TRY(exec_limits_create(exec, node->sort.limit, node->sort.offset, &sort->limits, error));
    }
    sort->batch_rows =
        exec_batch_rows(exec, node->column_types, node->column_count, node->cost.rows);
    VV_TRY(exec_batch_create(exec, node->column_types, node->column_count, sort->batch_rows,
                             &sort->batch, error));
    *op_out = &sort->op;
    return VV_OK;
}

static vv_status sort_open(struct exec_operator *op, struct vv_error *error)
{
    struct op_sort *sort = (struct op_sort *)(void *)op;
    uint64_t count = UINT64_MAX, offset = 0;

    if (sort->limits != NULL) {
        VV_TRY(exec_limits_evaluate(op->exec, sort->limits, &count, &offset, error));
    }
    sort->best = count > UINT32_MAX || offset > UINT32_MAX ? UINT64_MAX : count + offset;
    for (unsigned i = 0; i < 2; i++) {
        arena_reset(sort->arenas[i]);
        sort->arenas[i]->limit_bytes = op->exec->env->memory_limit;
    }
    sort->now = 0;
    sort->sorted = false;
    sort->has_bound = false;
    sort->entries = NULL;
    sort->entry_capacity = 0;
    sort->next = 0;
    rows_init(&sort->rows, op->node->column_types, op->node->column_count, sort->arenas[0]);
    return exec_op_open_inputs(op, error);
}

static vv_status sort_next(struct exec_operator *op, const struct value_batch **batch_out,
                           struct vv_error *error)
{
    struct op_sort *sort = (struct op_sort *)(void *)op;
    uint32_t count = 0;

    *batch_out = NULL;
    while (!sort->sorted) {
        const struct value_batch *input = NULL;
        vv_status status = sort->best == 0 ? VV_END : exec_op_next(op->inputs[0], &input, error);

        if (status == VV_OK) {
            status = exec_error(op->exec->session, sort_take(sort, input), error);
        } else if (status == VV_END) {
            status = exec_error(op->exec->session, entries_sort(sort), error);
            sort->sorted = true;
            sort_tell(sort);
        }
        VV_TRY(status);
    }
    count = sort->rows.row_count - sort->next;
    if (sort->best < sort->rows.row_count) {
        count = (uint32_t)sort->best - sort->next;
    }
    count = count < sort->batch_rows ? count : sort->batch_rows;
    if (count == 0) {
        return VV_END;
    }
    for (uint32_t i = 0; i < count; i++) {
        sort->numbers[i] = sort->entries[sort->next + i].row;
    }
    sort->next += count;
    rows_gather(&sort->rows, sort->numbers, count, &sort->batch);
    *batch_out = &sort->batch;
    return VV_OK;
}

/* The rows stay until the run's next open: the batch handed up last may still be read. */
static void sort_close(struct exec_operator *op)
{
    exec_op_close_inputs(op);
}

static vv_status sort_take(struct op_sort *sort, const struct value_batch *input)
{
    struct arena *arena = sort->arenas[sort->now];
    uint32_t first = sort->rows.row_count;
    uint32_t taken = 0;

    for (uint32_t c = 0; c < input->column_count && c < sort->op.node->column_count; c++) {
        sort->columns[c] = &input->columns[c];
    }
    for (uint32_t i = 0; i < sort->op.node->sort.key_count; i++) {
        sort->key_columns[i] = &input->columns[sort->op.node->sort.keys[i].column];
    }
    arena_reset(sort->scratch);
    VV_TRY(group_sort_keys(&sort->layout, sort->key_columns, input->selection,
                           input->selected_count, sort->has_bound ? sort->scratch : arena,
                           sort->keys));
    VV_TRY(entries_grow(sort, input->selected_count));
    for (uint32_t i = 0; i < input->selected_count; i++) {
        uint32_t row = exec_place(input, i);
        struct sort_entry entry = sort_entry_make(sort->keys[row], first + taken);

        if (sort->has_bound) {
            if (sort_entry_compare(&entry, &sort->bound) >= 0) {
                continue;
            }
            entry.key.data = arena_copy(arena, entry.key.data, entry.key.size);
            if (entry.key.data == NULL) {
                return VV_NOMEM;
            }
        }
        sort->entries[first + taken] = entry;
        sort->selection[taken++] = (uint16_t)row;
    }
    VV_TRY(rows_append(&sort->rows, sort->columns, sort->selection, taken));
    VV_TRY(pace_work(store_pace(sort->op.exec->session), (uint64_t)taken * ROW_WORK));
    if (sort->best < UINT32_MAX / 2 && sort->rows.row_count >= SORT_TRIM_MIN &&
        sort->rows.row_count >= 2 * sort->best) {
        return sort_trim(sort);
    }
    return VV_OK;
}

static vv_status entries_grow(struct op_sort *sort, uint32_t more)
{
    uint32_t wanted = sort->rows.row_count + more;
    struct sort_entry *entries = NULL;
    uint32_t capacity = sort->entry_capacity == 0 ? 1024 : sort->entry_capacity;

    if (wanted <= sort->entry_capacity) {
        return VV_OK;
    }
    while (capacity < wanted) {
        capacity *= 2;
    }
    entries = arena_get(sort->arenas[sort->now], capacity * sizeof *entries);
    if (entries == NULL) {
        return VV_NOMEM;
    }
    if (sort->rows.row_count > 0) {
        memcpy(entries, sort->entries, sort->rows.row_count * sizeof *entries);
    }
    sort->entries = entries;
    sort->entry_capacity = capacity;
    return VV_OK;
}

static vv_status entries_sort(struct op_sort *sort)
{
    return sort_entries(&sort->entries, sort->rows.row_count, sort->arenas[sort->now],
                        store_pace(sort->op.exec->session));
}

/* Keeps the best rows in the other arena. */
static vv_status sort_trim(struct op_sort *sort)
{
    struct rows old = sort->rows;
    struct sort_entry *entries = NULL;
    uint32_t count = (uint32_t)sort->best;
    struct arena *fresh = sort->arenas[1 - sort->now];

    VV_TRY(entries_sort(sort));
    entries = sort->entries;
    rows_init(&sort->rows, old.types, old.column_count, fresh);
    sort->entries = arena_get(fresh, 2 * (count + SORT_TRIM_MIN) * sizeof *entries);
    if (sort->entries == NULL) {
        return VV_NOMEM;
    }
    sort->entry_capacity = 2 * (count + SORT_TRIM_MIN);
    for (uint32_t i = 0; i < count; i++) {
        const struct value_vector *chunk = rows_chunk(&old, entries[i].row);
        uint16_t place = (uint16_t)(entries[i].row % ROWS_CHUNK);
        void *key = arena_copy(fresh, entries[i].key.data, entries[i].key.size);

        for (uint32_t c = 0; c < old.column_count; c++) {
            sort->columns[c] = &chunk[c];
        }
        if (key == NULL) {
            return VV_NOMEM;
        }
        VV_TRY(rows_append(&sort->rows, sort->columns, &place, 1));
        VV_TRY(pace_work(store_pace(sort->op.exec->session), ROW_WORK + entries[i].key.size));
        sort->entries[i] = sort_entry_make(slice_make(key, entries[i].key.size), i);
    }
    sort->has_bound = count > 0;
    if (count > 0) {
        sort->bound = sort->entries[count - 1];
    }
    arena_reset(sort->arenas[sort->now]);
    sort->now = 1 - sort->now;
    return VV_OK;
}

/* As PostgreSQL counts: it keeps a heap once there are more than twice the wanted rows. */
static void sort_tell(struct op_sort *sort)
{
    exec_measure_memory(&sort->op,
                        sort->arenas[0]->reserved_bytes + sort->arenas[1]->reserved_bytes);
    if (sort->op.measure != NULL) {
        sort->op.measure->top_rows =
            sort->has_bound || (sort->best < UINT32_MAX && sort->rows.row_count > 2 * sort->best);
    }
}
