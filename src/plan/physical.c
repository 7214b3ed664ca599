/* physical.c - physical_verify: the promises of a physical plan, checked over the whole of it. */
#include "plan/physical.h"

#include "base/assert.h"

struct shape {
    uint32_t column_count;
    const uint8_t *types;
};

static bool node_is_wrong(const struct expr *node, void *context)
{
    const struct shape *shape = context;

    return node->type == VALUE_UNKNOWN ||
           (node->kind == EXPR_COLUMN &&
            (node->column >= shape->column_count || shape->types[node->column] != node->type));
}

/* TEXT and VARCHAR are the same bytes, in either one's place. */
static bool types_fit(enum value_type a, enum value_type b)
{
    return value_stands_for(a, b) || value_stands_for(b, a);
}

/* An expression over rows of that shape; of the type, unless that is UNKNOWN. */
static bool expr_fits(const struct expr *expr, struct shape shape, enum value_type type)
{
    return expr != NULL && !expr_any(expr, node_is_wrong, &shape) &&
           (type == VALUE_UNKNOWN || types_fit(type, (enum value_type)expr->type));
}

static bool condition_fits(const struct expr *expr, struct shape shape)
{
    return expr == NULL || expr_fits(expr, shape, VALUE_BOOLEAN);
}

/* Free of columns and of that type; NULL is allowed. */
static bool bound_fits(const struct expr *expr, enum value_type type)
{
    struct shape nothing = {0, NULL};

    return expr == NULL || expr_fits(expr, nothing, type);
}

/* What is compared with a part: under a collation that folds, with the fold of a text. */
static bool part_fits(const struct expr *expr, const struct table_index_part *part)
{
    bool folds = value_collation_folds((enum value_collation)part->collation);

    return bound_fits(expr, folds ? VALUE_TEXT : (enum value_type)part->type);
}

static bool range_fits(const struct physical_range *range, const struct table_index *index)
{
    bool bounded = range->low != NULL || range->high != NULL || range->like != NULL;

    if (range->equal_count > index->part_count ||
        (range->equal_count == index->part_count && bounded)) {
        return false;
    }
    for (uint32_t i = 0; i < range->equal_count; i++) {
        if (!part_fits(range->equals[i], &index->parts[i])) {
            return false;
        }
    }
    if (!bounded) {
        return true;
    }
    return part_fits(range->low, &index->parts[range->equal_count]) &&
           part_fits(range->high, &index->parts[range->equal_count]) &&
           bound_fits(range->like, VALUE_TEXT) &&
           (range->like == NULL || (range->low == NULL && range->high == NULL));
}

static bool scan_fits(const struct physical_scan *scan, struct shape shape)
{
    uint32_t column_count = shape.column_count - scan->keyed;

    if (scan->keyed && (scan->for_modify || shape.types[column_count] != VALUE_BYTEA)) {
        return false;
    }
    for (uint32_t i = 0; i < column_count; i++) {
        if (scan->columns[i] >= scan->table->spec.column_count ||
            scan->table->spec.columns[scan->columns[i]].type != shape.types[i] ||
            (i > 0 && scan->columns[i - 1] >= scan->columns[i])) {
            return false;
        }
    }
    if ((scan->index == NULL) != (scan->range_count == 0) && scan->index == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < scan->range_count; i++) {
        if (!range_fits(&scan->ranges[i], scan->index)) {
            return false;
        }
    }
    return condition_fits(scan->filter, shape);
}

static bool list_fits(uint32_t count, const struct expr *const *exprs, struct shape input,
                      const uint8_t *types)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!expr_fits(exprs[i], input, (enum value_type)types[i])) {
            return false;
        }
    }
    return true;
}

static bool values_fit(const struct physical_node *node)
{
    struct shape nothing = {0, NULL};

    for (uint32_t i = 0; i < node->values.row_count; i++) {
        if (!list_fits(node->column_count, node->values.cells + (size_t)i * node->column_count,
                       nothing, node->column_types)) {
            return false;
        }
    }
    return true;
}

static bool aggregate_fits(const struct physical_node *node, struct shape input,
                           struct shape output)
{
    return node->column_count == node->aggregate.key_count + node->aggregate.aggregate_count &&
           list_fits(node->aggregate.key_count, node->aggregate.keys, input, output.types) &&
           list_fits(node->aggregate.aggregate_count, node->aggregate.aggregates, input,
                     output.types + node->aggregate.key_count) &&
           condition_fits(node->aggregate.having, output) &&
           (node->aggregate.strategy != PHYSICAL_PLAIN || node->aggregate.key_count == 0);
}

static bool sort_fits(const struct physical_node *node)
{
    for (uint32_t i = 0; i < node->sort.key_count; i++) {
        if (node->sort.keys[i].column >= node->column_count) {
            return false;
        }
    }
    return bound_fits(node->sort.limit, VALUE_BIGINT) &&
           bound_fits(node->sort.offset, VALUE_BIGINT);
}

static bool lock_fits(const struct physical_node *node, struct shape input)
{
    const struct physical_lock *lock = &node->lock;
    const struct table_spec *spec = &lock->lock.table->spec;
    struct shape shape = {lock->column_count, lock->column_types};

    for (uint32_t i = 0; i < lock->column_count; i++) {
        if (lock->columns[i] >= spec->column_count ||
            spec->columns[lock->columns[i]].type != lock->column_types[i]) {
            return false;
        }
    }
    return input.column_count == node->column_count + 1 &&
           input.types[node->column_count] == VALUE_BYTEA &&
           lock->expr_count == node->column_count &&
           list_fits(lock->expr_count, lock->exprs, shape, node->column_types) &&
           condition_fits(lock->recheck, shape);
}

static bool modify_fits(const struct physical_node *node, struct shape input)
{
    const struct table_spec *spec = &node->modify.table->spec;

    if (node->kind == PHYSICAL_INSERT) {
        for (uint32_t i = 0; i < spec->column_count && i < input.column_count; i++) {
            if (spec->columns[i].type != input.types[i]) {
                return false;
            }
        }
        return input.column_count == spec->column_count;
    }
    for (uint32_t i = 0; i < node->modify.assignment_count; i++) {
        const struct physical_assignment *assignment = &node->modify.assignments[i];

        if (assignment->column >= spec->column_count ||
            !expr_fits(assignment->value, input,
                       (enum value_type)spec->columns[assignment->column].type)) {
            return false;
        }
    }
    return condition_fits(node->modify.recheck, input) && node->inputs[0]->kind == PHYSICAL_SCAN &&
           node->inputs[0]->scan.for_modify;
}

static bool node_fits(const struct physical_node *node, struct shape input)
{
    struct shape output = {node->column_count, node->column_types};
    struct shape nothing = {0, NULL};

    switch (node->kind) {
    case PHYSICAL_RESULT:
        return condition_fits(node->result.condition, nothing);
    case PHYSICAL_VALUES:
        return values_fit(node);
    case PHYSICAL_FEED:
        return true;
    case PHYSICAL_SCAN:
        return scan_fits(&node->scan, output);
    case PHYSICAL_FILTER:
        return expr_fits(node->filter.condition, input, VALUE_BOOLEAN);
    case PHYSICAL_PROJECT:
        return list_fits(node->column_count, node->project.exprs, input, output.types);
    case PHYSICAL_AGGREGATE:
        return aggregate_fits(node, input, output);
    case PHYSICAL_UNIQUE:
        return node->unique.key_count <= input.column_count;
    case PHYSICAL_SORT:
        return sort_fits(node);
    case PHYSICAL_LIMIT:
        return bound_fits(node->limit.count, VALUE_BIGINT) &&
               bound_fits(node->limit.offset, VALUE_BIGINT);
    case PHYSICAL_LOCK:
        return lock_fits(node, input);
    case PHYSICAL_INSERT:
    case PHYSICAL_UPDATE:
    case PHYSICAL_DELETE:
        return modify_fits(node, input);
    default:
        return false;
    }
}

static bool point_fits(const struct physical_plan *plan)
{
    const struct physical_point *point = plan->point;
    struct shape scan = {point->column_count, point->column_types};

    switch (point->shape) {
    case PHYSICAL_SHAPE_LOCK:
        return point->expr_count == point->lock->expr_count && point->scan->unique &&
               list_fits(point->expr_count, point->exprs, scan, plan->column_types);
    case PHYSICAL_SHAPE_GET:
    case PHYSICAL_SHAPE_RANGE:
        return point->expr_count == plan->column_count &&
               list_fits(point->expr_count, point->exprs, scan, plan->column_types);
    case PHYSICAL_SHAPE_INSERT:
        return point->column_count == point->table->spec.column_count;
    default:
        return point->scan->unique && point->scan->range_count == 1;
    }
}

bool physical_verify(const struct physical_plan *plan)
{
    if (plan->command != NULL) {
        return plan->root == NULL && plan->point == NULL;
    }
    for (const struct physical_node *node = plan->root; node != NULL;) {
        const struct physical_node *below = node->input_count > 0 ? node->inputs[0] : NULL;
        struct shape input = {below == NULL ? 0 : below->column_count,
                              below == NULL ? NULL : below->column_types};

        if (!node_fits(node, input)) {
            return false;
        }
        node = below;
    }
    return plan->point == NULL || point_fits(plan);
}
