/* explain_detail.c - what stands below a node's name: its output, conditions, keys, and what it has needed. */
#include "plan/explain_private.h"

#include "plan/explain_column.h"

#include <math.h>

static void detail_expr(struct explain *explain, int depth, const char *label,
                        const struct expr *expr, deparse_column print_column, const void *context)
{
    if (expr == NULL || explain->writer.failed) {
        return;
    }
    explain_detail_begin(explain, depth, label);
    deparse_expr(&explain->text, expr, print_column, context);
    explain_detail_end(explain);
}

/* Rows that a filter has dropped; text leaves a zero out. */
static void detail_removed(struct explain *explain, int depth, const struct expr *filter,
                           const struct explain_measure *measure)
{
    double rows =
        measure == NULL || measure->loops == 0 ? 0 : measure->removed_rows / measure->loops;

    if (filter == NULL || measure == NULL || (rows == 0 && explain_is_text(&explain->writer))) {
        return;
    }
    explain_figure(explain, depth, "Rows Removed by Filter", rows);
}

static void print_sort_keys(struct explain *explain, int depth, const struct physical_node *node)
{
    explain_items_begin(explain, depth, "Sort Key");
    for (uint32_t i = 0; i < node->sort.key_count; i++) {
        const struct physical_sort_key *key = &node->sort.keys[i];

        if (i > 0) {
            explain_items_next(explain);
        }
        explain_column_of_node(&explain->text, node->inputs[0], key->column);
        deparse_append(&explain->text, "%s%s", key->descending ? " DESC" : "",
                       key->nulls_first == key->descending ? ""
                       : key->nulls_first                  ? " NULLS FIRST"
                                                           : " NULLS LAST");
    }
    explain_items_end(explain);
}

/* A key that the input computes is shown as the expression itself. */
static void print_group_key(struct explain *explain, const struct expr *key,
                            const struct physical_node *input)
{
    if (key->kind == EXPR_COLUMN && input->kind == PHYSICAL_PROJECT) {
        key = input->project.exprs[key->column];
        input = input->inputs[0];
    }
    deparse_expr(&explain->text, key, explain_column_of_node, input);
}

static void print_group_keys(struct explain *explain, int depth, const struct physical_node *node)
{
    if (node->aggregate.key_count == 0) {
        return;
    }
    explain_items_begin(explain, depth, "Group Key");
    for (uint32_t i = 0; i < node->aggregate.key_count; i++) {
        if (i > 0) {
            explain_items_next(explain);
        }
        print_group_key(explain, node->aggregate.keys[i], node->inputs[0]);
    }
    explain_items_end(explain);
}

static void print_conflict(struct explain *explain, int depth, const struct physical_node *node,
                           const struct explain_measure *measure)
{
    const struct modify_rules *rules = node->modify.rules;
    const struct modify_conflict *conflict = rules == NULL ? NULL : rules->conflict;

    if (conflict == NULL) {
        return;
    }
    explain_detail_begin(explain, depth, "Conflict Resolution");
    deparse_append(&explain->text, "%s", conflict->update ? "UPDATE" : "NOTHING");
    explain_detail_end(explain);
    if (conflict->arbiter_count > 0) {
        explain_items_begin(explain, depth, "Conflict Arbiter Indexes");
        for (uint32_t i = 0; i < conflict->arbiter_count; i++) {
            if (i > 0) {
                explain_items_next(explain);
            }
            deparse_name(&explain->text, conflict->arbiters[i]->name);
        }
        explain_items_end(explain);
    }
    detail_expr(explain, depth, "Conflict Filter", conflict->where, explain_column_of_conflict,
                node->modify.table);
    if (measure == NULL) {
        return;
    }
    if (conflict->where != NULL &&
        (measure->removed_rows > 0 || !explain_is_text(&explain->writer))) {
        explain_figure(explain, depth, "Rows Removed by Conflict Filter", measure->removed_rows);
    }
    explain_figure(explain, depth, "Tuples Inserted", measure->inserted_rows);
    explain_figure(explain, depth, "Conflicting Tuples", measure->conflict_rows);
}

void explain_node_output(struct explain *explain, int depth, const struct physical_node *top,
                         bool inserts)
{
    uint32_t count = explain_output_count(top);

    if (!explain->request->options.verbose || count == 0) {
        return;
    }
    explain_items_begin(explain, depth, "Output");
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) {
            explain_items_next(explain);
        }
        explain->text.qualified = inserts;
        explain_output(&explain->text, top, i);
    }
    explain_items_end(explain);
}

static double kilobytes(const struct explain_measure *measure)
{
    return ceil(measure->memory_bytes / 1024);
}

/* Of a sort that has come to its end. Both methods merge in memory; the names are those that readers of PostgreSQL's
 * plans know. */
static void print_sort_method(struct explain *explain, int depth,
                              const struct explain_measure *measure)
{
    const char *method = NULL;

    if (measure == NULL || measure->memory_bytes == 0) {
        return;
    }
    method = measure->top_rows ? "top-N heapsort" : "quicksort";
    if (explain_is_text(&explain->writer)) {
        explain_detail_begin(explain, depth, "Sort Method");
        deparse_append(&explain->text, "%s  Memory: %.0fkB", method, kilobytes(measure));
        explain_line_end(explain);
        return;
    }
    explain_text(&explain->writer, "Sort Method", method);
    explain_number(&explain->writer, "Sort Space Used", kilobytes(measure), 0);
    explain_text(&explain->writer, "Sort Space Type", "Memory");
}

static void print_hash_memory(struct explain *explain, int depth, const struct physical_node *node,
                              const struct explain_measure *measure)
{
    bool measured = measure != NULL && measure->memory_bytes > 0;

    if (node->aggregate.strategy != PHYSICAL_HASHED) {
        return;
    }
    if (explain_is_text(&explain->writer)) {
        if (measured) {
            explain_detail_begin(explain, depth, "Batches");
            deparse_append(&explain->text, "1  Memory Usage: %.0fkB", kilobytes(measure));
            explain_line_end(explain);
        }
        return;
    }
    if (explain->request->options.costs) {
        explain_number(&explain->writer, "Planned Partitions", 0, 0);
    }
    if (measured) {
        explain_number(&explain->writer, "HashAgg Batches", 1, 0);
        explain_number(&explain->writer, "Peak Memory Usage", kilobytes(measure), 0);
        explain_number(&explain->writer, "Disk Usage", 0, 0);
    }
}

void explain_details(struct explain *explain, int depth, const struct physical_node *node,
                     const struct explain_measure *measure)
{
    switch (node->kind) {
    case PHYSICAL_RESULT:
        detail_expr(explain, depth, "One-Time Filter", node->result.condition,
                    explain_column_of_node, node);
        return;
    case PHYSICAL_VALUES:
        if (node->values.row_count == 0) {
            explain_detail_begin(explain, depth, "One-Time Filter");
            deparse_append(&explain->text, "false");
            explain_detail_end(explain);
        }
        return;
    case PHYSICAL_SCAN:
        detail_expr(explain, depth, "Index Cond", node->scan.condition, explain_column_of_table,
                    &node->scan);
        detail_expr(explain, depth, "Filter", node->scan.filter, explain_column_of_node, node);
        detail_removed(explain, depth, node->scan.filter, measure);
        if (measure != NULL && node->scan.index_only) {
            explain_figure(explain, depth, "Heap Fetches", 0); /* by what makes it index-only */
        }
        return;
    case PHYSICAL_FILTER:
        detail_expr(explain, depth, "Filter", node->filter.condition, explain_column_of_node,
                    node->inputs[0]);
        detail_removed(explain, depth, node->filter.condition, measure);
        return;
    case PHYSICAL_AGGREGATE:
        print_group_keys(explain, depth, node);
        detail_expr(explain, depth, "Filter", node->aggregate.having, explain_column_plain, node);
        detail_removed(explain, depth, node->aggregate.having, measure);
        print_hash_memory(explain, depth, node, measure);
        return;
    case PHYSICAL_SORT:
        print_sort_keys(explain, depth, node);
        print_sort_method(explain, depth, measure);
        return;
    case PHYSICAL_INSERT:
        print_conflict(explain, depth, node, measure);
        return;
    default:
        return;
    }
}
