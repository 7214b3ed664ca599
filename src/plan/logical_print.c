/* logical_print.c - logical plans as text, one node a line, for tests and people; and their checks. */
#include "base/limits.h"
#include "plan/deparse.h"
#include "plan/logical.h"
#include "table/table_def.h"

static void print_exprs(struct deparse_text *text, uint32_t count, const struct expr *const *exprs)
{
    for (uint32_t i = 0; i < count; i++) {
        deparse_append(text, "%s", i == 0 ? "" : ", ");
        deparse_expr(text, exprs[i], NULL, NULL);
    }
}

static void print_values(struct deparse_text *text, const struct logical_node *node)
{
    for (uint32_t i = 0; i < node->values.row_count; i++) {
        deparse_append(text, "%s(", i == 0 ? " " : ", ");
        print_exprs(text, node->column_count, node->values.cells + (size_t)i * node->column_count);
        deparse_append(text, ")");
    }
}

static void print_sort(struct deparse_text *text, const struct logical_node *node)
{
    for (uint32_t i = 0; i < node->sort.key_count; i++) {
        const struct logical_sort_key *key = &node->sort.keys[i];

        deparse_append(text, "%s#%u%s%s", i == 0 ? " " : ", ", key->column,
                       key->descending ? " desc" : "",
                       key->nulls_first == key->descending ? ""
                       : key->nulls_first                  ? " nulls first"
                                                           : " nulls last");
    }
}

static void print_assignments(struct deparse_text *text, const struct logical_node *node)
{
    deparse_append(text, " %s set ", node->modify.table->spec.name);
    for (uint32_t i = 0; i < node->modify.assignment_count; i++) {
        deparse_append(text, "%s#%u = ", i == 0 ? "" : ", ", node->modify.assignments[i].column);
        deparse_expr(text, node->modify.assignments[i].value, NULL, NULL);
    }
}

static void print_optional(struct deparse_text *text, const char *before, const struct expr *expr)
{
    if (expr != NULL) {
        deparse_append(text, "%s", before);
        deparse_expr(text, expr, NULL, NULL);
    }
}

static void print_node(struct deparse_text *text, const struct logical_node *node)
{
    switch (node->kind) {
    case LOGICAL_RESULT:
        deparse_append(text, "result");
        return;
    case LOGICAL_VALUES:
        deparse_append(text, "values");
        print_values(text, node);
        return;
    case LOGICAL_FEED:
        deparse_append(text, "feed");
        return;
    case LOGICAL_SCAN:
        deparse_append(text, "scan %s", node->scan.table->spec.name);
        return;
    case LOGICAL_FILTER:
        print_optional(text, "filter ", node->filter.condition);
        return;
    case LOGICAL_PROJECT:
        deparse_append(text, "project ");
        print_exprs(text, node->column_count, node->project.exprs);
        return;
    case LOGICAL_AGGREGATE:
        deparse_append(text, "aggregate keys (");
        print_exprs(text, node->aggregate.key_count, node->aggregate.keys);
        deparse_append(text, ") aggregates (");
        print_exprs(text, node->aggregate.aggregate_count, node->aggregate.aggregates);
        deparse_append(text, ")");
        return;
    case LOGICAL_DISTINCT:
        deparse_append(text, "distinct %u", node->distinct.key_count);
        return;
    case LOGICAL_SORT:
        deparse_append(text, "sort");
        print_sort(text, node);
        return;
    case LOGICAL_LIMIT:
        deparse_append(text, "limit");
        print_optional(text, " ", node->limit.count);
        print_optional(text, " offset ", node->limit.offset);
        return;
    case LOGICAL_LOCK:
        deparse_append(text, "lock %s %s", node->lock.lock.table->spec.name,
                       row_lock_text((enum row_lock_strength)node->lock.lock.strength));
        return;
    case LOGICAL_INSERT:
        deparse_append(text, "insert %s", node->modify.table->spec.name);
        return;
    case LOGICAL_UPDATE:
        deparse_append(text, "update");
        print_assignments(text, node);
        return;
    case LOGICAL_DELETE:
        deparse_append(text, "delete %s", node->modify.table->spec.name);
        return;
    default:
        deparse_append(text, "?");
        return;
    }
}

char *logical_print(struct arena *arena, const struct logical_plan *plan)
{
    struct deparse_text text = {.arena = arena};
    int indent = 0;

    for (uint32_t i = 0; i < plan->column_count; i++) {
        deparse_append(&text, "%s%s %s", i == 0 ? "(" : ", ", plan->column_names[i],
                       value_types[plan->column_types[i]].text);
    }
    deparse_append(&text, "%s", plan->column_count > 0 ? ")\n" : "");
    for (const struct logical_node *node = plan->root; node != NULL;
         node = node->input_count > 0 ? node->inputs[0] : NULL) {
        deparse_append(&text, "%*s", indent, "");
        print_node(&text, node);
        deparse_append(&text, "\n");
        indent += 2;
    }
    return deparse_end(&text);
}

/* ---- L1 ---- */

struct shape {
    uint32_t column_count;
    const uint8_t *types;
};

/* E1, E2 and the columns of one node. */
static bool expr_node_is_wrong(const struct expr *node, void *context)
{
    const struct shape *shape = context;

    if (node->depth > EXPR_DEPTH_MAX || node->type == VALUE_UNKNOWN) {
        return true;
    }
    if (node->kind == EXPR_COLUMN) {
        return node->column >= shape->column_count || shape->types[node->column] != node->type;
    }
    if (node->kind == EXPR_FUNCTION) {
        const struct function_entry *entry = function_entry((enum function_id)node->function);

        for (uint32_t i = 0; i < node->argument_count; i++) {
            if (i < entry->argument_count && entry->argument_types[i] < VALUE_TYPE_COUNT &&
                !value_stands_for((enum value_type)node->arguments[i]->type,
                                  (enum value_type)entry->argument_types[i])) {
                return true;
            }
        }
    }
    return false;
}

static bool expr_fits(const struct expr *expr, const struct logical_node *input)
{
    struct shape shape = {.column_count = input == NULL ? 0 : input->column_count,
                          .types = input == NULL ? NULL : input->column_types};

    return expr != NULL && !expr_any(expr, expr_node_is_wrong, &shape);
}

static bool column_is_wrong(const struct expr *node, void *context)
{
    const struct table_spec *spec = context;

    return node->kind == EXPR_COLUMN &&
           (node->column >= spec->column_count || spec->columns[node->column].type != node->type);
}

/* All its columns are the table's. */
static bool expr_sees(const struct expr *expr, const struct table_spec *spec)
{
    struct table_spec copy = *spec;

    return !expr_any(expr, column_is_wrong, &copy);
}

static bool exprs_fit(uint32_t count, const struct expr *const *exprs,
                      const struct logical_node *input, const uint8_t *types)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!expr_fits(exprs[i], input) || (types != NULL && exprs[i]->type != types[i])) {
            return false;
        }
    }
    return true;
}

static bool assignments_fit(const struct logical_node *node, const struct logical_node *input)
{
    for (uint32_t i = 0; i < node->modify.assignment_count; i++) {
        const struct logical_assignment *assignment = &node->modify.assignments[i];

        if (assignment->column >= input->column_count || !expr_fits(assignment->value, input) ||
            assignment->value->type != input->column_types[assignment->column] ||
            (i > 0 && node->modify.assignments[i - 1].column >= assignment->column)) {
            return false;
        }
    }
    return true;
}

static bool insert_fits(const struct logical_node *node, const struct logical_node *input)
{
    const struct table_spec *spec = &node->modify.table->spec;

    if (input->column_count != spec->column_count) {
        return false;
    }
    for (uint32_t i = 0; i < spec->column_count; i++) {
        if (input->column_types[i] != spec->columns[i].type) {
            return false;
        }
    }
    return true;
}

static bool sort_fits(const struct logical_node *node, const struct logical_node *input)
{
    for (uint32_t i = 0; i < node->sort.key_count; i++) {
        if (node->sort.keys[i].column >= input->column_count) {
            return false;
        }
    }
    return true;
}

static bool limit_fits(const struct expr *expr)
{
    return expr == NULL || (expr_fits(expr, NULL) && expr->type == VALUE_BIGINT);
}

/* Its expressions are over the table's columns, not the input's. */
static bool lock_fits(const struct logical_node *node, const struct logical_node *input)
{
    const struct table_spec *spec = &node->lock.lock.table->spec;

    if (input->column_count != node->column_count + 1) {
        return false;
    }
    for (uint32_t i = 0; i < node->column_count; i++) {
        if (!expr_sees(node->lock.exprs[i], spec) ||
            node->lock.exprs[i]->type != node->column_types[i]) {
            return false;
        }
    }
    return node->lock.condition == NULL || expr_sees(node->lock.condition, spec);
}

static bool node_fits(const struct logical_node *node, const struct logical_node *input)
{
    switch (node->kind) {
    case LOGICAL_VALUES:
        for (uint32_t i = 0; i < node->values.row_count; i++) {
            if (!exprs_fit(node->column_count, node->values.cells + (size_t)i * node->column_count,
                           NULL, node->column_types)) {
                return false;
            }
        }
        return true;
    case LOGICAL_FILTER:
        return expr_fits(node->filter.condition, input) &&
               node->filter.condition->type == VALUE_BOOLEAN;
    case LOGICAL_PROJECT:
        return exprs_fit(node->column_count, node->project.exprs, input, node->column_types);
    case LOGICAL_AGGREGATE:
        return exprs_fit(node->aggregate.key_count, node->aggregate.keys, input,
                         node->column_types) &&
               exprs_fit(node->aggregate.aggregate_count, node->aggregate.aggregates, input,
                         node->column_types + node->aggregate.key_count);
    case LOGICAL_DISTINCT:
        return node->distinct.key_count <= input->column_count;
    case LOGICAL_SORT:
        return sort_fits(node, input);
    case LOGICAL_LIMIT:
        return limit_fits(node->limit.count) && limit_fits(node->limit.offset);
    case LOGICAL_LOCK:
        return lock_fits(node, input);
    case LOGICAL_INSERT:
        return insert_fits(node, input);
    case LOGICAL_UPDATE:
        return assignments_fit(node, input);
    default:
        return true;
    }
}

bool logical_verify(const struct logical_node *root)
{
    for (const struct logical_node *node = root; node != NULL;) {
        const struct logical_node *input = node->input_count > 0 ? node->inputs[0] : NULL;

        if (!node_fits(node, input)) {
            return false;
        }
        node = input;
    }
    return true;
}
