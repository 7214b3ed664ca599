/*
 * op_scan.c - tables, through their own map or an index, range by range, with the filter pushed down.
 *
 * A scan for UPDATE or DELETE reads whole rows: their old values make the old index entries. The batch
 * it hands up is a choice of those vectors. A keyed scan (SELECT FOR UPDATE) hands up the own keys as a last column.
 */
#include "base/assert.h"
#include "exec/operator.h"
#include "exec/scan_ranges.h"
#include "table/table.h"

#define MODIFY_BATCH_ROWS  256u /* whole rows are copied before they are written */
#define MODIFY_BATCH_BYTES (32u << 10)

struct op_scan {
    struct exec_operator op;
    const struct physical_scan *scan;
    const struct table_projection *projection;
    struct scan_ranges *ranges;
    struct exec_program *filter;
    struct value_batch all;   /* what the table gives */
    struct value_batch batch; /* what goes up: all, or a choice of its columns, and a selection */
    uint32_t batch_rows;
    uint64_t hint; /* rows wanted in this run; 0: not known */
    uint16_t *selection;
    struct arena *scratch;
    bool keep;                       /* its strings go up to the caller as they are */
    const struct store_range *piece; /* of a parallel scan; NULL: everything */
    struct store_range *found;       /* in exec->run */
    uint32_t found_count;
    uint32_t next;
    struct table_scan *table_scan;
};

static vv_status scan_open(struct exec_operator *op, struct vv_error *error);
static vv_status scan_next(struct exec_operator *op, const struct value_batch **batch_out,
                           struct vv_error *error);
static void scan_close(struct exec_operator *op);
static vv_status scan_columns(struct op_scan *scan, struct vv_error *error);
static void scan_keys(struct op_scan *scan);
static uint32_t rows_to_copy(const struct op_scan *scan, uint32_t rows);
static vv_status scan_range_open(struct op_scan *scan, struct vv_error *error);

static const struct exec_operator_table scan_table = {scan_open, scan_next, scan_close};

vv_status exec_op_scan(struct exec *exec, const struct physical_node *node,
                       struct exec_operator **op_out, struct vv_error *error)
{
    struct op_scan *scan = NULL;

    *op_out = NULL;
    if (table_def_is_virtual(node->scan.table)) {
        return exec_op_source(exec, node, op_out, error);
    }
    scan = ARENA_NEW(&exec->plan_arena, struct op_scan);
    VV_TRY(exec_op_init(exec, node, &scan_table, (struct exec_operator *)scan, error));
    scan->scan = &node->scan;
    scan->batch_rows = exec_batch_rows(exec, node->column_types, node->column_count,
                                       node->scan.filter == NULL ? node->cost.rows : 0);
    if ((scan->scan->for_modify || scan->scan->keyed) && scan->batch_rows > MODIFY_BATCH_ROWS) {
        scan->batch_rows = MODIFY_BATCH_ROWS;
    }
    scan->scratch = exec_scratch_create(exec);
    if (scan->scratch == NULL) {
        return exec_no_memory(error);
    }
    VV_TRY(scan_columns(scan, error));
    VV_TRY(scan_ranges_create(exec, scan->scan, &scan->ranges, error));
    if (scan->scan->filter != NULL) {
        scan->selection = ARENA_ARRAY(&exec->plan_arena, uint16_t, LIMIT_BATCH_ROWS);
        if (scan->selection == NULL) {
            return exec_no_memory(error);
        }
        VV_TRY(exec_program_create(exec, &scan->scan->filter, 1, &scan->filter, error));
    }
    *op_out = &scan->op;
    return VV_OK;
}

const vv_slice *exec_scan_keys(const struct exec_operator *op)
{
    const struct op_scan *scan = (const struct op_scan *)(const void *)op;

    return table_scan_keys(scan->table_scan);
}

const struct value_vector *exec_scan_table_columns(const struct exec_operator *op)
{
    const struct op_scan *scan = (const struct op_scan *)(const void *)op;

    VV_ASSERT(scan->scan->for_modify);
    return scan->all.columns;
}

void exec_scan_hint(struct exec_operator *op, uint64_t rows)
{
    struct op_scan *scan = (struct op_scan *)(void *)op;

    scan->hint = rows < 1 ? 1 : rows;
}

void exec_scan_keep(struct exec_operator *op)
{
    struct op_scan *scan = (struct op_scan *)(void *)op;

    scan->keep = scan->filter == NULL && !scan->scan->for_modify && !scan->scan->keyed;
}

void exec_scan_restrict(struct exec_operator *op, const struct store_range *piece)
{
    struct op_scan *scan = (struct op_scan *)(void *)op;

    scan->piece = piece;
}

vv_status exec_scan_split(struct exec_operator *op, uint32_t count, struct arena *arena,
                          struct store_range **pieces_out, uint32_t *count_out,
                          struct vv_error *error)
{
    struct op_scan *scan = (struct op_scan *)(void *)op;

    *pieces_out = NULL;
    *count_out = 0;
    if (scan->found_count == 0) {
        return VV_OK;
    }
    if (scan->found_count > 1) { /* ranges are pieces already, too small to split */
        *pieces_out = arena_copy(arena, scan->found, scan->found_count * sizeof *scan->found);
        *count_out = scan->found_count;
        return *pieces_out == NULL ? exec_no_memory(error) : VV_OK;
    }
    return exec_error(op->exec->session,
                      table_scan_split(op->exec->session, scan->projection, &scan->found[0], count,
                                       arena, pieces_out, count_out),
                      error);
}

/* The vectors and the projection. */
static vv_status scan_columns(struct op_scan *scan, struct vv_error *error)
{
    struct exec *exec = scan->op.exec;
    const struct physical_node *node = scan->op.node;
    const struct table_def *table = scan->scan->table;
    const uint16_t *columns = scan->scan->columns;
    uint32_t count = node->column_count;
    const uint8_t *types = node->column_types;
    uint16_t *every = NULL;
    uint8_t *every_type = NULL;

    if (scan->scan->for_modify) {
        count = table->spec.column_count;
        every = ARENA_ARRAY(&exec->plan_arena, uint16_t, count);
        every_type = ARENA_ARRAY(&exec->plan_arena, uint8_t, count);
        if (every == NULL || every_type == NULL) {
            return exec_no_memory(error);
        }
        for (uint32_t i = 0; i < count; i++) {
            every[i] = (uint16_t)i;
            every_type[i] = table->spec.columns[i].type;
        }
        columns = every;
        types = every_type;
    }
    VV_TRY(exec_batch_create(exec, types, count, scan->batch_rows, &scan->all, error));
    scan->batch = scan->all;
    if (scan->scan->keyed) {
        count--; /* the table gives the rest */
        scan->all.column_count--;
    }
    if (scan->scan->for_modify) {
        scan->batch.columns =
            ARENA_ARRAY(&exec->plan_arena, struct value_vector, node->column_count);
        scan->batch.column_count = node->column_count;
        if (scan->batch.columns == NULL) {
            return exec_no_memory(error);
        }
    }
    if (table_projection_create(table, scan->scan->index, columns, count, &exec->plan_arena,
                                &scan->projection) != VV_OK) {
        return exec_no_memory(error);
    }
    return VV_OK;
}

static vv_status scan_open(struct exec_operator *op, struct vv_error *error)
{
    struct op_scan *scan = (struct op_scan *)(void *)op;

    VV_ASSERT(scan->table_scan == NULL);
    scan->next = 0;
    if (scan->piece != NULL) {
        scan->found = ARENA_NEW(&op->exec->run, struct store_range);
        if (scan->found == NULL) {
            return exec_no_memory(error);
        }
        *scan->found = *scan->piece;
        scan->found_count = 1;
        return VV_OK;
    }
    return scan_ranges_evaluate(scan->ranges, &op->exec->run, &scan->found, &scan->found_count,
                                error);
}

static vv_status scan_next(struct exec_operator *op, const struct value_batch **batch_out,
                           struct vv_error *error)
{
    struct op_scan *scan = (struct op_scan *)(void *)op;

    *batch_out = NULL;
    for (;;) {
        vv_status status = VV_OK;

        if (scan->table_scan == NULL) {
            if (scan->next == scan->found_count) {
                return VV_END;
            }
            VV_TRY(scan_range_open(scan, error));
        }
        status = table_scan_next(scan->table_scan, &scan->all);
        if (status == VV_END) {
            table_scan_close(scan->table_scan);
            scan->table_scan = NULL;
            continue;
        }
        if (status != VV_OK) {
            return exec_error(op->exec->session, status, error);
        }
        op->exec->rows_read += scan->all.row_count;
        for (uint32_t i = 0; scan->scan->for_modify && i < scan->batch.column_count; i++) {
            scan->batch.columns[i] = scan->all.columns[scan->scan->columns[i]];
        }
        if (scan->scan->keyed) {
            scan_keys(scan);
        }
        scan->batch.row_count = scan->all.row_count;
        scan->batch.selection = NULL;
        scan->batch.selected_count = scan->all.row_count;
        if (scan->filter != NULL) {
            uint32_t count = 0;

            VV_TRY(eval_filter(scan->filter->state, &scan->batch, scan->selection, &count, error));
            exec_measure_removed(op, scan->batch.row_count - count);
            if (count == 0) {
                status = store_check(op->exec->session);
                if (status != VV_OK) {
                    return exec_error(op->exec->session, status, error);
                }
                continue;
            }
            if (count < scan->batch.row_count) {
                scan->batch.selection = scan->selection;
                scan->batch.selected_count = count;
            }
        }
        *batch_out = &scan->batch;
        return VV_OK;
    }
}

/* The own keys as the last column. */
static void scan_keys(struct op_scan *scan)
{
    const vv_slice *keys = table_scan_keys(scan->table_scan);
    struct value_vector *column = &scan->batch.columns[scan->batch.column_count - 1];

    vector_reset(column);
    for (uint32_t i = 0; i < scan->all.row_count; i++) {
        column->strings[i] = vector_string_make(keys[i].data, keys[i].size);
    }
}

/* Closed by its end or by scan_close(). */
static vv_status scan_range_open(struct op_scan *scan, struct vv_error *error)
{
    struct exec *exec = scan->op.exec;
    uint32_t at = scan->scan->backward ? scan->found_count - 1 - scan->next : scan->next;
    uint32_t batch_rows =
        scan->hint > 0 && scan->hint < scan->batch_rows ? (uint32_t)scan->hint : scan->batch_rows;
    struct table_scan_options options = {.projection = scan->projection,
                                         .range = scan->found[at],
                                         .reverse = scan->scan->backward,
                                         .identity = scan->scan->for_modify || scan->scan->keyed,
                                         .keep = scan->keep,
                                         .batch_rows = batch_rows,
                                         .scratch = scan->scratch};

    if (options.identity) {
        options.batch_rows = rows_to_copy(scan, batch_rows);
    }
    scan->next++;
    return exec_error(exec->session,
                      table_scan_open(exec->session, &options, &exec->run, &scan->table_scan),
                      error);
}

/* As many as make a batch of bounded size: rows of a megabyte are changed one by one, which needs little memory. */
static uint32_t rows_to_copy(const struct op_scan *scan, uint32_t rows)
{
    uint64_t bytes =
        store_map_row_bytes(scan->op.exec->session, table_map(scan->scan->table, NULL));
    uint64_t fitting = bytes == 0 ? rows : MODIFY_BATCH_BYTES / bytes;

    return fitting >= rows ? rows : fitting == 0 ? 1 : (uint32_t)fitting;
}

static void scan_close(struct exec_operator *op)
{
    struct op_scan *scan = (struct op_scan *)(void *)op;

    table_scan_close(scan->table_scan);
    scan->table_scan = NULL;
    scan->next = scan->found_count;
    scan->hint = 0;
}
