/*
 * point.c - statements that need no tree: found on the finished plan, so that semantics exist once.
 *
 *     [limit] <- project <- scan of one range              GET, RANGE
 *     lock <- project <- scan of one full unique key       LOCK
 *     insert <- values                                     INSERT
 *     update | delete <- scan of one full unique key       UPDATE, DELETE
 */
#include "base/limits.h"
#include "optimize/optimize_private.h"

/* A range that is read in one go: so few rows, or a LIMIT. */
#define RANGE_ROWS_MAX ((double)LIMIT_BATCH_ROWS)

static bool is_simple_expr(const struct expr *expr)
{
    return expr == NULL || expr->kind == EXPR_CONSTANT || expr->kind == EXPR_PARAMETER;
}

static bool is_simple_range(const struct physical_range *range)
{
    for (uint32_t i = 0; i < range->equal_count; i++) {
        if (!is_simple_expr(range->equals[i])) {
            return false;
        }
    }
    return is_simple_expr(range->low) && is_simple_expr(range->high) && is_simple_expr(range->like);
}

static bool is_simple_list(size_t count, const struct expr *const *exprs)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_simple_expr(exprs[i])) {
            return false;
        }
    }
    return true;
}

static void scan_fill(const struct physical_node *scan, struct physical_point *point)
{
    point->table = scan->scan.table;
    point->scan = &scan->scan;
    point->column_count = scan->column_count;
    point->column_types = scan->column_types;
    point->simple = scan->scan.range_count == 0 || is_simple_range(&scan->scan.ranges[0]);
}

static bool reads_catalog(const struct expr *node, void *context)
{
    (void)context;
    return (node->kind == EXPR_FUNCTION || node->kind == EXPR_CAST) &&
           function_reads_catalog((enum function_id)node->function);
}

/* nextval() and pg_get_expr() need a statement around them. */
static bool needs_statement(const struct expr *expr)
{
    return expr_volatility(expr) == FUNCTION_VOLATILE || expr_any(expr, reads_catalog, NULL);
}

static bool reads_are_volatile(const struct physical_node *scan,
                               const struct physical_node *project)
{
    bool found = scan->scan.filter != NULL && needs_statement(scan->scan.filter);

    for (uint32_t i = 0; i < project->column_count; i++) {
        found = found || needs_statement(project->project.exprs[i]);
    }
    return found;
}

/* SELECT: columns of a scan of one range. */
static void read_find(const struct physical_node *root, struct physical_point *point)
{
    const struct physical_node *limit = root->kind == PHYSICAL_LIMIT ? root : NULL;
    const struct physical_node *project = limit == NULL ? root : root->inputs[0];
    const struct physical_node *scan = NULL;

    if (limit != NULL && limit->limit.tie_count > 0) {
        return;
    }
    if (project->kind != PHYSICAL_PROJECT || project->inputs[0]->kind != PHYSICAL_SCAN) {
        return;
    }
    scan = project->inputs[0];
    if (scan->scan.index == NULL || scan->scan.range_count > 1) {
        return;
    }
    if (!scan->scan.unique && limit == NULL && scan->cost.rows > RANGE_ROWS_MAX) {
        return;
    }
    if (scan->scan.range_count == 0 && limit == NULL) {
        return;
    }
    if (reads_are_volatile(scan, project)) {
        return;
    }
    point->shape = scan->scan.unique && limit == NULL ? PHYSICAL_SHAPE_GET : PHYSICAL_SHAPE_RANGE;
    scan_fill(scan, point);
    point->expr_count = project->column_count;
    point->exprs = project->project.exprs;
    if (limit != NULL) {
        point->limit = limit->limit.count;
        point->offset = limit->limit.offset;
    }
}

/* SELECT FOR UPDATE: the scan's last column and the projection's are the row's own key, which a point knows. */
static void lock_find(const struct physical_node *root, struct physical_point *point)
{
    const struct physical_node *project = root->inputs[0];
    const struct physical_node *scan = NULL;

    if (project->kind != PHYSICAL_PROJECT || project->inputs[0]->kind != PHYSICAL_SCAN) {
        return;
    }
    scan = project->inputs[0];
    if (!scan->scan.unique || reads_are_volatile(scan, project)) {
        return;
    }
    point->shape = PHYSICAL_SHAPE_LOCK;
    scan_fill(scan, point);
    point->column_count--;
    point->expr_count = root->column_count;
    point->exprs = project->project.exprs;
    point->lock = &root->lock;
}

static void insert_find(const struct physical_node *root, struct physical_point *point)
{
    const struct physical_node *values = root->inputs[0];

    if (values->kind != PHYSICAL_VALUES) {
        return;
    }
    point->shape = PHYSICAL_SHAPE_INSERT;
    point->table = root->modify.table;
    point->rules = root->modify.rules;
    point->row_count = values->values.row_count;
    point->cells = values->values.cells;
    point->column_count = values->column_count;
    point->column_types = values->column_types;
    point->simple = is_simple_list((size_t)values->values.row_count * values->column_count,
                                   values->values.cells);
}

static void write_find(const struct physical_node *root, struct physical_point *point)
{
    const struct physical_node *scan = root->inputs[0];

    if (scan->kind != PHYSICAL_SCAN || !scan->scan.unique) {
        return;
    }
    point->shape = root->kind == PHYSICAL_UPDATE ? PHYSICAL_SHAPE_UPDATE : PHYSICAL_SHAPE_DELETE;
    scan_fill(scan, point);
    point->assignment_count = root->modify.assignment_count;
    point->assignments = root->modify.assignments;
    point->recheck = root->modify.recheck;
    point->rules = root->modify.rules;
}

vv_status point_find(struct optimizer *o, const struct physical_node *root,
                     const struct physical_point **point_out)
{
    struct physical_point *point = ARENA_NEW(o->arena, struct physical_point);

    *point_out = NULL;
    if (point == NULL) {
        return VV_NOMEM;
    }
    switch (root->kind) {
    case PHYSICAL_PROJECT:
    case PHYSICAL_LIMIT:
        read_find(root, point);
        break;
    case PHYSICAL_LOCK:
        lock_find(root, point);
        break;
    case PHYSICAL_INSERT:
        insert_find(root, point);
        break;
    case PHYSICAL_UPDATE:
    case PHYSICAL_DELETE:
        write_find(root, point);
        break;
    default:
        break;
    }
    *point_out = point->shape == PHYSICAL_SHAPE_TREE ? NULL : point;
    return VV_OK;
}
