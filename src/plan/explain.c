/*
 * explain.c - PostgreSQL's EXPLAIN text (explain.c, ruleutils.c).
 *
 * Projections are not shown: in PostgreSQL every node projects. Blocks are all zero: nothing is read through a buffer.
 */
#include "plan/explain.h"

#include "plan/deparse.h"
#include "plan/explain_column.h"
#include "plan/explain_write.h"

#include <math.h>

struct explain {
    const struct explain_request *request;
    struct explain_writer writer;
    struct deparse_text text; /* of the line or the property that grows */
    const char *label;
    uint32_t item_count;
};

/* ---- lines and properties ---- */

static void text_restart(struct explain *explain)
{
    explain->text = (struct deparse_text){.arena = explain->text.arena,
                                          .qualified = explain->request->options.verbose};
}

/* What was appended becomes a line. */
static void line_end(struct explain *explain)
{
    explain_line(&explain->writer, deparse_end(&explain->text));
    text_restart(explain);
}

/* Details stand two columns right of their node's name. */
static void detail_begin(struct explain *explain, int depth, const char *label)
{
    explain->label = label;
    if (explain_is_text(&explain->writer)) {
        deparse_append(&explain->text, "%*s%s: ", depth == 0 ? 2 : 6 * depth + 2, "", label);
    }
}

static void detail_end(struct explain *explain)
{
    if (explain_is_text(&explain->writer)) {
        line_end(explain);
        return;
    }
    explain_text(&explain->writer, explain->label, deparse_end(&explain->text));
    text_restart(explain);
}

/* Details that are lists: list_begin, list_next after each item but the last, list_end. */
static void list_begin(struct explain *explain, int depth, const char *label)
{
    detail_begin(explain, depth, label);
    explain_list_begin(&explain->writer, label);
    explain->item_count = 0;
}

static void list_next(struct explain *explain)
{
    if (explain_is_text(&explain->writer)) {
        deparse_append(&explain->text, ", ");
        return;
    }
    explain_list_item(&explain->writer, deparse_end(&explain->text), explain->item_count++ == 0);
    text_restart(explain);
}

static void list_end(struct explain *explain)
{
    if (explain_is_text(&explain->writer)) {
        line_end(explain);
        return;
    }
    list_next(explain);
    explain_list_end(&explain->writer, explain->label);
}

static void detail_expr(struct explain *explain, int depth, const char *label,
                        const struct expr *expr, deparse_column print_column, const void *context)
{
    if (expr == NULL || explain->writer.failed) {
        return;
    }
    detail_begin(explain, depth, label);
    deparse_expr(&explain->text, expr, print_column, context);
    detail_end(explain);
}

static void print_figure(struct explain *explain, int depth, const char *label, double value)
{
    if (explain_is_text(&explain->writer)) {
        detail_begin(explain, depth, label);
        deparse_append(&explain->text, "%.0f", value);
        line_end(explain);
    } else {
        explain_number(&explain->writer, label, value, 0);
    }
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
    print_figure(explain, depth, "Rows Removed by Filter", rows);
}

/* ---- nodes ---- */

static const char *schema_of(const struct table_def *table)
{
    return table->spec.schema == NULL ? "public" : table->spec.schema;
}

static void print_schema(struct explain *explain, const struct table_def *table)
{
    if (explain->request->options.verbose) {
        deparse_name(&explain->text, schema_of(table));
        deparse_append(&explain->text, ".");
    }
}

static void print_relation(struct explain *explain, const struct physical_scan *scan)
{
    deparse_append(&explain->text, " on ");
    print_schema(explain, scan->table);
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
    print_schema(explain, node->modify.table);
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
    list_begin(explain, depth, "Sort Key");
    for (uint32_t i = 0; i < node->sort.key_count; i++) {
        const struct physical_sort_key *key = &node->sort.keys[i];

        if (i > 0) {
            list_next(explain);
        }
        explain_column_of_node(&explain->text, node->inputs[0], key->column);
        deparse_append(&explain->text, "%s%s", key->descending ? " DESC" : "",
                       key->nulls_first == key->descending ? ""
                       : key->nulls_first                  ? " NULLS FIRST"
                                                           : " NULLS LAST");
    }
    list_end(explain);
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
    list_begin(explain, depth, "Group Key");
    for (uint32_t i = 0; i < node->aggregate.key_count; i++) {
        if (i > 0) {
            list_next(explain);
        }
        print_group_key(explain, node->aggregate.keys[i], node->inputs[0]);
    }
    list_end(explain);
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
    detail_end(explain);
    if (conflict->arbiter_count > 0) {
        list_begin(explain, depth, "Conflict Arbiter Indexes");
        for (uint32_t i = 0; i < conflict->arbiter_count; i++) {
            if (i > 0) {
                list_next(explain);
            }
            deparse_name(&explain->text, conflict->arbiters[i]->name);
        }
        list_end(explain);
    }
    detail_expr(explain, depth, "Conflict Filter", conflict->where, explain_column_of_conflict,
                node->modify.table);
}

/* What the rows of a node are; a node that writes and returns nothing has none. */
static void print_output(struct explain *explain, int depth, const struct physical_node *top,
                         bool inserts)
{
    uint32_t count = explain_output_count(top);

    if (!explain->request->options.verbose || count == 0) {
        return;
    }
    list_begin(explain, depth, "Output");
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) {
            list_next(explain);
        }
        explain->text.qualified = inserts;
        explain_output(&explain->text, top, i);
    }
    list_end(explain);
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
        detail_begin(explain, depth, "Sort Method");
        deparse_append(&explain->text, "%s  Memory: %.0fkB", method, kilobytes(measure));
        line_end(explain);
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
            detail_begin(explain, depth, "Batches");
            deparse_append(&explain->text, "1  Memory Usage: %.0fkB", kilobytes(measure));
            line_end(explain);
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

static void print_details(struct explain *explain, int depth, const struct physical_node *node,
                          const struct explain_measure *measure)
{
    switch (node->kind) {
    case PHYSICAL_RESULT:
        detail_expr(explain, depth, "One-Time Filter", node->result.condition,
                    explain_column_of_node, node);
        return;
    case PHYSICAL_VALUES:
        if (node->values.row_count == 0) {
            detail_begin(explain, depth, "One-Time Filter");
            deparse_append(&explain->text, "false");
            detail_end(explain);
        }
        return;
    case PHYSICAL_SCAN:
        detail_expr(explain, depth, "Index Cond", node->scan.condition, explain_column_of_table,
                    &node->scan);
        detail_expr(explain, depth, "Filter", node->scan.filter, explain_column_of_node, node);
        detail_removed(explain, depth, node->scan.filter, measure);
        if (measure != NULL && node->scan.index_only) {
            print_figure(explain, depth, "Heap Fetches", 0); /* by what makes it index-only */
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
        print_conflict(explain, depth, node);
        return;
    default:
        return;
    }
}

/* ---- a node's head ---- */

static void text_head(struct explain *explain, int depth, const struct physical_node *node,
                      const struct physical_cost *cost, const struct explain_measure *measure)
{
    const struct command_explain_options *options = &explain->request->options;

    if (depth > 0) {
        deparse_append(&explain->text, "%*s->  ", 6 * depth - 4, "");
    }
    print_name(explain, node);
    if (options->costs) {
        deparse_append(&explain->text, "  (cost=%.2f..%.2f rows=%.0f width=%u)", cost->startup,
                       cost->total, cost->rows, cost->width);
    }
    if (measure != NULL && measure->loops == 0) {
        deparse_append(&explain->text, " (never executed)");
    } else if (measure != NULL && options->timing) {
        deparse_append(&explain->text, " (actual time=%.3f..%.3f rows=%.0f loops=%.0f)",
                       measure->startup_ms / measure->loops, measure->total_ms / measure->loops,
                       measure->rows / measure->loops, measure->loops);
    } else if (measure != NULL) {
        deparse_append(&explain->text, " (actual rows=%.0f loops=%.0f)",
                       measure->rows / measure->loops, measure->loops);
    }
    line_end(explain);
}

static const char *node_type(const struct physical_node *node)
{
    switch (node->kind) {
    case PHYSICAL_VALUES:
        return node->values.row_count <= 1 ? "Result" : "Values Scan";
    case PHYSICAL_SCAN:
        return node->scan.index == NULL ? "Seq Scan"
               : node->scan.index_only  ? "Index Only Scan"
                                        : "Index Scan";
    case PHYSICAL_AGGREGATE:
        return node->aggregate.key_count > 0 && node->aggregate.aggregate_count == 0 &&
                       node->aggregate.strategy == PHYSICAL_SORTED
                   ? "Group"
                   : "Aggregate";
    case PHYSICAL_UNIQUE:
        return "Unique";
    case PHYSICAL_SORT:
        return "Sort";
    case PHYSICAL_LIMIT:
        return "Limit";
    case PHYSICAL_INSERT:
    case PHYSICAL_UPDATE:
    case PHYSICAL_DELETE:
        return "ModifyTable";
    case PHYSICAL_LOCK:
        return "LockRows";
    case PHYSICAL_APPEND:
        return "Append";
    default:
        return "Result";
    }
}

static void relation_properties(struct explain *explain, const struct table_def *table,
                                const char *alias)
{
    explain_text(&explain->writer, "Relation Name", table->spec.name);
    if (explain->request->options.verbose) {
        explain_text(&explain->writer, "Schema", schema_of(table));
    }
    explain_text(&explain->writer, "Alias", alias);
}

static void kind_properties(struct explain *explain, const struct physical_node *node)
{
    struct explain_writer *writer = &explain->writer;
    const struct physical_node *input = node->input_count > 0 ? node->inputs[0] : NULL;

    switch (node->kind) {
    case PHYSICAL_SCAN:
        if (node->scan.index != NULL) {
            explain_text(writer, "Scan Direction", node->scan.backward ? "Backward" : "Forward");
            explain_text(writer, "Index Name", node->scan.index->name);
        }
        relation_properties(explain, node->scan.table, node->scan.alias);
        return;
    case PHYSICAL_VALUES:
        if (node->values.row_count > 1) {
            explain_text(writer, "Alias", "*VALUES*");
        }
        return;
    case PHYSICAL_INSERT:
    case PHYSICAL_UPDATE:
    case PHYSICAL_DELETE:
        relation_properties(explain, node->modify.table,
                            input != NULL && input->kind == PHYSICAL_SCAN &&
                                    node->kind != PHYSICAL_INSERT
                                ? input->scan.alias
                                : node->modify.table->spec.name);
        return;
    default:
        return;
    }
}

static void document_head(struct explain *explain, int depth, const struct physical_node *node,
                          const struct physical_cost *cost, const struct explain_measure *measure)
{
    static const char *const strategies[] = {
        [PHYSICAL_PLAIN] = "Plain", [PHYSICAL_HASHED] = "Hashed", [PHYSICAL_SORTED] = "Sorted"};
    const struct command_explain_options *options = &explain->request->options;
    struct explain_writer *writer = &explain->writer;
    double loops = measure == NULL || measure->loops == 0 ? 1 : measure->loops;

    explain_text(writer, "Node Type", node_type(node));
    if (node->kind == PHYSICAL_AGGREGATE && strcmp(node_type(node), "Aggregate") == 0) {
        explain_text(writer, "Strategy", strategies[node->aggregate.strategy]);
        explain_text(writer, "Partial Mode", "Simple");
    }
    if (node->kind >= PHYSICAL_INSERT && node->kind <= PHYSICAL_DELETE) {
        explain_text(writer, "Operation",
                     node->kind == PHYSICAL_INSERT   ? "Insert"
                     : node->kind == PHYSICAL_UPDATE ? "Update"
                                                     : "Delete");
    }
    if (depth > 0) {
        explain_text(writer, "Parent Relationship", "Outer");
    }
    explain_bool(writer, "Parallel Aware", false);
    explain_bool(writer, "Async Capable", false);
    kind_properties(explain, node);
    if (options->costs) {
        explain_number(writer, "Startup Cost", cost->startup, 2);
        explain_number(writer, "Total Cost", cost->total, 2);
        explain_number(writer, "Plan Rows", cost->rows, 0);
        explain_number(writer, "Plan Width", cost->width, 0);
    }
    if (measure != NULL && options->timing) {
        explain_number(writer, "Actual Startup Time", measure->startup_ms / loops, 3);
        explain_number(writer, "Actual Total Time", measure->total_ms / loops, 3);
    }
    if (measure != NULL) {
        explain_number(writer, "Actual Rows", measure->rows / loops, 0);
        explain_number(writer, "Actual Loops", measure->loops, 0);
    }
}

/* BUFFERS and WAL of a node or of planning, after everything else. Text leaves zeros out, and there is nothing else:
 * tables are no blocks, and what only reads writes no log. */
static void print_usage(struct explain *explain, bool wal)
{
    static const char *const blocks[] = {
        "Shared Hit Blocks", "Shared Read Blocks", "Shared Dirtied Blocks", "Shared Written Blocks",
        "Local Hit Blocks",  "Local Read Blocks",  "Local Dirtied Blocks",  "Local Written Blocks",
        "Temp Read Blocks",  "Temp Written Blocks"};
    static const char *const records[] = {"WAL Records", "WAL FPI", "WAL Bytes"};
    struct explain_writer *writer = &explain->writer;

    if (explain_is_text(writer)) {
        return;
    }
    for (size_t i = 0; explain->request->options.buffers && i < sizeof blocks / sizeof blocks[0];
         i++) {
        explain_number(writer, blocks[i], 0, 0);
    }
    for (size_t i = 0; wal && i < sizeof records / sizeof records[0]; i++) {
        explain_number(writer, records[i], 0, 0);
    }
}

static void print_settings(struct explain *explain)
{
    const struct explain_request *request = explain->request;
    struct explain_writer *writer = &explain->writer;

    if (!request->options.settings) {
        return;
    }
    explain_group_begin(writer, "Settings", "Settings", true);
    for (uint32_t i = 0; i < request->setting_count; i++) {
        const struct explain_setting *setting = &request->settings[i];

        if (explain_is_text(writer)) {
            deparse_append(&explain->text, "%s%s = '%s'", i == 0 ? "Settings: " : ", ",
                           setting->name, setting->value);
        } else {
            explain_text(writer, setting->name, setting->value);
        }
    }
    if (explain_is_text(writer) && request->setting_count > 0) {
        line_end(explain);
    }
    explain_group_end(writer, "Settings", true);
}

/* Down the only inputs; a projection is shown as the node below it, with the projection's cost. */
static void print_nodes(struct explain *explain)
{
    const struct explain_request *request = explain->request;
    struct explain_writer *writer = &explain->writer;
    int depth = 0;
    bool inserts = false;

    for (const struct physical_node *node = request->plan->root; node != NULL; depth++) {
        const struct physical_node *top = node;
        struct explain_measure measured = {0};
        const struct explain_measure *measure = NULL;

        while (node->kind == PHYSICAL_PROJECT) {
            node = node->inputs[0];
        }
        if (request->options.analyze) {
            struct explain_measure own = {0};

            (void)request->measure(request->context, top, &measured);
            if (top != node && request->measure(request->context, node, &own)) {
                measured.removed_rows = own.removed_rows;
                measured.memory_bytes = own.memory_bytes;
                measured.top_rows = own.top_rows;
            }
            measure = &measured;
        }
        inserts = inserts || node->kind == PHYSICAL_INSERT;
        if (depth > 0) {
            explain_group_begin(writer, "Plans", "Plans", false);
        }
        explain_group_begin(writer, "Plan", depth == 0 ? "Plan" : NULL, true);
        if (explain_is_text(writer)) {
            text_head(explain, depth, node, &top->cost, measure);
        } else {
            document_head(explain, depth, node, &top->cost, measure);
        }
        print_output(explain, depth, top, inserts);
        print_details(explain, depth, node, measure);
        print_usage(explain, request->options.wal);
        node = node->input_count > 0 ? node->inputs[0] : NULL;
    }
    while (depth-- > 0) {
        explain_group_end(writer, "Plan", true);
        if (depth > 0) {
            explain_group_end(writer, "Plans", false);
        }
    }
}

static void print_time(struct explain *explain, const char *label, double milliseconds)
{
    if (explain_is_text(&explain->writer)) {
        deparse_append(&explain->text, "%s: %.3f ms", label, milliseconds);
        line_end(explain);
    } else {
        explain_number(&explain->writer, label, milliseconds, 3);
    }
}

vv_status explain_print(const struct explain_request *request, struct arena *arena,
                        const char *const **lines_out, uint32_t *line_count_out)
{
    struct explain explain = {.request = request,
                              .text = {.arena = arena, .qualified = request->options.verbose}};
    struct explain_writer *writer = &explain.writer;

    explain_begin(writer, arena, request->options.format);
    explain_group_begin(writer, "Query", NULL, true);
    print_nodes(&explain);
    print_settings(&explain);
    if (request->options.buffers) {
        explain_group_begin(writer, "Planning", "Planning", true);
        print_usage(&explain, false);
        explain_group_end(writer, "Planning", true);
    }
    if (request->options.summary) {
        print_time(&explain, "Planning Time", request->planning_ms);
    }
    if (request->options.analyze) {
        explain_group_begin(writer, "Triggers", "Triggers", false);
        explain_group_end(writer, "Triggers", false);
    }
    if (request->options.summary && request->options.analyze) {
        print_time(&explain, "Execution Time", request->execution_ms);
    }
    explain_group_end(writer, "Query", true);
    return explain_end(writer, lines_out, line_count_out);
}
