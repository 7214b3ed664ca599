/*
 * explain.c - PostgreSQL's EXPLAIN text (explain.c, ruleutils.c).
 *
 * A column number means nothing to a reader, so it is followed down to what it is: a table's column, or
 * the expression that a projection or an aggregate computes, which then stands in parentheses.
 * Projections are not shown: in PostgreSQL every node projects.
 */
#include "plan/explain.h"

#include "plan/deparse.h"

struct explain {
    struct deparse_text text;
    const char **lines;
    uint32_t line_count;
    uint32_t line_capacity;
    bool costs;
    bool failed;
};

static void column_of_node(struct deparse_text *text, const void *context, uint32_t column);
static void column_plain(struct deparse_text *text, const void *context, uint32_t column);

/* ---- lines ---- */

static void line_end(struct explain *explain)
{
    const char *line = deparse_end(&explain->text);

    if (line != NULL && explain->line_count == explain->line_capacity) {
        uint32_t capacity = explain->line_capacity * 2 + 16;
        const char **larger = ARENA_ARRAY(explain->text.arena, const char *, capacity);

        for (uint32_t i = 0; larger != NULL && i < explain->line_count; i++) {
            larger[i] = explain->lines[i];
        }
        explain->lines = larger;
        explain->line_capacity = capacity;
    }
    if (line == NULL || explain->lines == NULL) {
        explain->failed = true;
    } else {
        explain->lines[explain->line_count++] = line;
    }
    explain->text = (struct deparse_text){.arena = explain->text.arena};
}

/* Details stand two columns right of their node's name. */
static void detail_begin(struct explain *explain, int depth, const char *label)
{
    deparse_append(&explain->text, "%*s%s: ", depth == 0 ? 2 : 6 * depth + 2, "", label);
}

static void detail_expr(struct explain *explain, int depth, const char *label,
                        const struct expr *expr, deparse_column print_column, const void *context)
{
    if (expr == NULL || explain->failed) {
        return;
    }
    detail_begin(explain, depth, label);
    deparse_expr(&explain->text, expr, print_column, context);
    line_end(explain);
}

/* ---- what columns are ---- */

static void parenthesised(struct deparse_text *text, const struct expr *expr,
                          const struct physical_node *below)
{
    if (expr->kind == EXPR_COLUMN) {
        column_of_node(text, below, expr->column);
        return;
    }
    deparse_append(text, "(");
    deparse_expr(text, expr, column_of_node, below);
    deparse_append(text, ")");
}

static const struct expr *aggregate_column(const struct physical_node *node, uint32_t column)
{
    return column < node->aggregate.key_count
               ? node->aggregate.keys[column]
               : node->aggregate.aggregates[column - node->aggregate.key_count];
}

/* Column `column` of the rows of a node. */
static void column_of_node(struct deparse_text *text, const void *context, uint32_t column)
{
    const struct physical_node *node = context;

    while (node->kind == PHYSICAL_FILTER || node->kind == PHYSICAL_SORT ||
           node->kind == PHYSICAL_LIMIT || node->kind == PHYSICAL_UNIQUE ||
           node->kind == PHYSICAL_LOCK) {
        node = node->inputs[0];
    }
    switch (node->kind) {
    case PHYSICAL_SCAN:
        deparse_name(text, node->scan.table->spec.columns[node->scan.columns[column]].name);
        return;
    case PHYSICAL_PROJECT:
        parenthesised(text, node->project.exprs[column], node->inputs[0]);
        return;
    case PHYSICAL_AGGREGATE:
        parenthesised(text, aggregate_column(node, column), node->inputs[0]);
        return;
    default:
        deparse_append(text, "column%u", column + 1);
        return;
    }
}

/* A column of an aggregate in its own HAVING: the aggregate itself, without parentheses around. */
static void column_plain(struct deparse_text *text, const void *context, uint32_t column)
{
    const struct physical_node *node = context;

    deparse_expr(text, aggregate_column(node, column), column_of_node, node->inputs[0]);
}

static void column_of_table(struct deparse_text *text, const void *context, uint32_t column)
{
    const struct physical_scan *scan = context;

    deparse_name(text, scan->table->spec.columns[column].name);
}

/* ---- nodes ---- */

static void print_relation(struct explain *explain, const struct physical_scan *scan)
{
    deparse_append(&explain->text, " on ");
    deparse_name(&explain->text, scan->table->spec.name);
    if (strcmp(scan->alias, scan->table->spec.name) != 0) {
        deparse_append(&explain->text, " ");
        deparse_name(&explain->text, scan->alias);
    }
}

static void print_scan(struct explain *explain, const struct physical_scan *scan)
{
    if (scan->index == NULL) {
        deparse_append(&explain->text, "Seq Scan");
    } else {
        deparse_append(&explain->text, "Index %sScan %susing ", scan->index_only ? "Only " : "",
                       scan->backward ? "Backward " : "");
        deparse_name(&explain->text, scan->index->name);
    }
    print_relation(explain, scan);
}

static void print_modify(struct explain *explain, const struct physical_node *node,
                         const char *what)
{
    deparse_append(&explain->text, "%s on ", what);
    deparse_name(&explain->text, node->modify.table->spec.name);
    if (node->inputs[0]->kind == PHYSICAL_SCAN && node->kind != PHYSICAL_INSERT &&
        strcmp(node->inputs[0]->scan.alias, node->modify.table->spec.name) != 0) {
        deparse_append(&explain->text, " ");
        deparse_name(&explain->text, node->inputs[0]->scan.alias);
    }
}

static void print_name(struct explain *explain, const struct physical_node *node)
{
    static const char *const groups[] = {[PHYSICAL_PLAIN] = "Aggregate",
                                         [PHYSICAL_HASHED] = "HashAggregate",
                                         [PHYSICAL_SORTED] = "GroupAggregate"};

    switch (node->kind) {
    case PHYSICAL_VALUES:
        deparse_append(&explain->text, "%s",
                       node->values.row_count <= 1 ? "Result" : "Values Scan on \"*VALUES*\"");
        return;
    case PHYSICAL_SCAN:
        print_scan(explain, &node->scan);
        return;
    case PHYSICAL_AGGREGATE:
        deparse_append(&explain->text, "%s",
                       node->aggregate.key_count > 0 && node->aggregate.aggregate_count == 0 &&
                               node->aggregate.strategy == PHYSICAL_SORTED
                           ? "Group"
                           : groups[node->aggregate.strategy]);
        return;
    case PHYSICAL_UNIQUE:
        deparse_append(&explain->text, "Unique");
        return;
    case PHYSICAL_SORT:
        deparse_append(&explain->text, "Sort");
        return;
    case PHYSICAL_LIMIT:
        deparse_append(&explain->text, "Limit");
        return;
    case PHYSICAL_LOCK:
        deparse_append(&explain->text, "LockRows");
        return;
    case PHYSICAL_INSERT:
        print_modify(explain, node, "Insert");
        return;
    case PHYSICAL_UPDATE:
        print_modify(explain, node, "Update");
        return;
    case PHYSICAL_DELETE:
        print_modify(explain, node, "Delete");
        return;
    case PHYSICAL_APPEND:
        deparse_append(&explain->text, "Append");
        return;
    default:
        deparse_append(&explain->text, "Result");
        return;
    }
}

static void print_sort_keys(struct explain *explain, int depth, const struct physical_node *node)
{
    detail_begin(explain, depth, "Sort Key");
    for (uint32_t i = 0; i < node->sort.key_count; i++) {
        const struct physical_sort_key *key = &node->sort.keys[i];

        deparse_append(&explain->text, "%s", i == 0 ? "" : ", ");
        column_of_node(&explain->text, node->inputs[0], key->column);
        deparse_append(&explain->text, "%s%s", key->descending ? " DESC" : "",
                       key->nulls_first == key->descending ? ""
                       : key->nulls_first                  ? " NULLS FIRST"
                                                           : " NULLS LAST");
    }
    line_end(explain);
}

/* A key that the input computes is shown as the expression itself. */
static void print_group_key(struct explain *explain, const struct expr *key,
                            const struct physical_node *input)
{
    if (key->kind == EXPR_COLUMN && input->kind == PHYSICAL_PROJECT) {
        key = input->project.exprs[key->column];
        input = input->inputs[0];
    }
    deparse_expr(&explain->text, key, column_of_node, input);
}

static void print_group_keys(struct explain *explain, int depth, const struct physical_node *node)
{
    if (node->aggregate.key_count == 0) {
        return;
    }
    detail_begin(explain, depth, "Group Key");
    for (uint32_t i = 0; i < node->aggregate.key_count; i++) {
        deparse_append(&explain->text, "%s", i == 0 ? "" : ", ");
        print_group_key(explain, node->aggregate.keys[i], node->inputs[0]);
    }
    line_end(explain);
}

/* The row in the way by the table's name, the proposed one as excluded. */
static void column_of_conflict(struct deparse_text *text, const void *context, uint32_t column)
{
    const struct table_spec *spec = &((const struct table_def *)context)->spec;

    deparse_name(text, column < spec->column_count ? spec->name : "excluded");
    deparse_append(text, ".");
    deparse_name(text, spec->columns[column % spec->column_count].name);
}

static void print_conflict(struct explain *explain, int depth, const struct physical_node *node)
{
    const struct modify_rules *rules = node->modify.rules;
    const struct modify_conflict *conflict = rules == NULL ? NULL : rules->conflict;

    if (conflict == NULL) {
        return;
    }
    detail_begin(explain, depth, "Conflict Resolution");
    deparse_append(&explain->text, "%s", conflict->update ? "UPDATE" : "NOTHING");
    line_end(explain);
    if (conflict->arbiter_count > 0) {
        detail_begin(explain, depth, "Conflict Arbiter Indexes");
        for (uint32_t i = 0; i < conflict->arbiter_count; i++) {
            deparse_append(&explain->text, "%s", i == 0 ? "" : ", ");
            deparse_name(&explain->text, conflict->arbiters[i]->name);
        }
        line_end(explain);
    }
    detail_expr(explain, depth, "Conflict Filter", conflict->where, column_of_conflict,
                node->modify.table);
}

static void print_details(struct explain *explain, int depth, const struct physical_node *node)
{
    switch (node->kind) {
    case PHYSICAL_RESULT:
        detail_expr(explain, depth, "One-Time Filter", node->result.condition, column_of_node,
                    node);
        return;
    case PHYSICAL_VALUES:
        if (node->values.row_count == 0) {
            detail_begin(explain, depth, "One-Time Filter");
            deparse_append(&explain->text, "false");
            line_end(explain);
        }
        return;
    case PHYSICAL_SCAN:
        detail_expr(explain, depth, "Index Cond", node->scan.condition, column_of_table,
                    &node->scan);
        detail_expr(explain, depth, "Filter", node->scan.filter, column_of_node, node);
        return;
    case PHYSICAL_FILTER:
        detail_expr(explain, depth, "Filter", node->filter.condition, column_of_node,
                    node->inputs[0]);
        return;
    case PHYSICAL_AGGREGATE:
        print_group_keys(explain, depth, node);
        detail_expr(explain, depth, "Filter", node->aggregate.having, column_plain, node);
        return;
    case PHYSICAL_SORT:
        print_sort_keys(explain, depth, node);
        return;
    case PHYSICAL_INSERT:
        print_conflict(explain, depth, node);
        return;
    default:
        return;
    }
}

static void print_node(struct explain *explain, int depth, const struct physical_node *node,
                       const struct physical_cost *cost)
{
    if (depth > 0) {
        deparse_append(&explain->text, "%*s->  ", 6 * depth - 4, "");
    }
    print_name(explain, node);
    if (explain->costs) {
        deparse_append(&explain->text, "  (cost=%.2f..%.2f rows=%.0f width=%u)", cost->startup,
                       cost->total, cost->rows, cost->width);
    }
    line_end(explain);
    print_details(explain, depth, node);
}

vv_status explain_print(const struct physical_plan *plan, bool costs, struct arena *arena,
                        const char *const **lines_out, uint32_t *line_count_out)
{
    struct explain explain = {.text = {.arena = arena}, .costs = costs};
    int depth = 0;

    *lines_out = NULL;
    *line_count_out = 0;
    for (const struct physical_node *node = plan->root; node != NULL;) {
        const struct physical_cost *cost = &node->cost;

        while (node->kind == PHYSICAL_PROJECT) {
            node = node->inputs[0]; /* shown as the node below, with the projection's cost */
        }
        print_node(&explain, depth++, node, cost);
        node = node->input_count > 0 ? node->inputs[0] : NULL;
    }
    if (explain.failed) {
        return VV_NOMEM;
    }
    *lines_out = explain.lines;
    *line_count_out = explain.line_count;
    return VV_OK;
}
