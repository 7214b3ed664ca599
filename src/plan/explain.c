/*
 * explain.c - PostgreSQL's EXPLAIN (explain.c, ruleutils.c): the tree of nodes, settings and times.
 *
 * Projections are not shown: in PostgreSQL every node projects. Blocks are all zero: nothing is read through a buffer.
 */
#include "plan/explain_private.h"

/* BUFFERS of a node or of planning, after everything else. Text leaves zeros out, and there is nothing else: tables are no
 * blocks. */
static void print_blocks(struct explain *explain)
{
    static const char *const blocks[] = {
        "Shared Hit Blocks", "Shared Read Blocks", "Shared Dirtied Blocks", "Shared Written Blocks",
        "Local Hit Blocks",  "Local Read Blocks",  "Local Dirtied Blocks",  "Local Written Blocks",
        "Temp Read Blocks",  "Temp Written Blocks"};
    struct explain_writer *writer = &explain->writer;

    if (explain_is_text(writer)) {
        return;
    }
    for (size_t i = 0; explain->request->options.buffers && i < sizeof blocks / sizeof blocks[0];
         i++) {
        explain_number(writer, blocks[i], 0, 0);
    }
}

/* A change is a record; pages are never written as a whole. */
static void print_log(struct explain *explain, int depth, const struct explain_measure *measure)
{
    struct explain_writer *writer = &explain->writer;

    if (!explain->request->options.wal || measure == NULL) {
        return;
    }
    if (!explain_is_text(writer)) {
        explain_number(writer, "WAL Records", measure->logged_changes, 0);
        explain_number(writer, "WAL FPI", 0, 0);
        explain_number(writer, "WAL Bytes", measure->logged_bytes, 0);
    } else if (measure->logged_changes > 0) {
        explain_detail_begin(explain, depth, "WAL");
        deparse_append(&explain->text, "records=%.0f bytes=%.0f", measure->logged_changes,
                       measure->logged_bytes);
        explain_line_end(explain);
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
        explain_line_end(explain);
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
                measured.inserted_rows = own.inserted_rows;
                measured.conflict_rows = own.conflict_rows;
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
        explain_head(explain, depth, node, &top->cost, measure);
        explain_node_output(explain, depth, top, inserts);
        explain_details(explain, depth, node, measure);
        print_blocks(explain);
        print_log(explain, depth, measure);
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
        explain_line_end(explain);
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
        print_blocks(&explain);
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
