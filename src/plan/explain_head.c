/* explain_head.c - what a node is called, in text and in documents, its costs and measures. */
#include "plan/explain_private.h"

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
    explain_line_end(explain);
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

void explain_head(struct explain *explain, int depth, const struct physical_node *node,
                  const struct physical_cost *cost, const struct explain_measure *measure)
{
    if (explain_is_text(&explain->writer)) {
        text_head(explain, depth, node, cost, measure);
    } else {
        document_head(explain, depth, node, cost, measure);
    }
}
