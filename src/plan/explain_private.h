/*
 * explain_private.h - a plan on its way into lines or a document.
 *
 *     explain.c          the tree, and what stands beside it: settings, times
 *     explain_head.c     what a node is called, its costs and measures
 *     explain_detail.c   what stands below that: conditions, keys, output
 *     explain_line.c     lines, properties and lists, the same calls for every format
 *
 * Threads: any; nothing is shared.
 */
#ifndef VARVE_PLAN_EXPLAIN_PRIVATE_H
#define VARVE_PLAN_EXPLAIN_PRIVATE_H

#include "plan/deparse.h"
#include "plan/explain.h"
#include "plan/explain_write.h"

struct explain {
    const struct explain_request *request;
    struct explain_writer writer;
    struct deparse_text text; /* of the line or the property that grows */
    const char *label;
    uint32_t item_count;
};

/* ---- explain_line.c ---- */

/* What was appended becomes a line. */
void explain_line_end(struct explain *explain);

/* Details stand two columns right of their node's name. What is appended between the two is the value. */
void explain_detail_begin(struct explain *explain, int depth, const char *label);
void explain_detail_end(struct explain *explain);

/* Details that are lists: begin, next after each item but the last, end. */
void explain_items_begin(struct explain *explain, int depth, const char *label);
void explain_items_next(struct explain *explain);
void explain_items_end(struct explain *explain);

void explain_figure(struct explain *explain, int depth, const char *label, double value);

/* ---- explain_head.c ---- */

/* A node's name, cost and measures (NULL: it was not run). */
void explain_head(struct explain *explain, int depth, const struct physical_node *node,
                  const struct physical_cost *cost, const struct explain_measure *measure);

/* ---- explain_detail.c ---- */

/* VERBOSE: what the rows of a node are; a node that writes and returns nothing has none. inserts: below or at an INSERT. */
void explain_node_output(struct explain *explain, int depth, const struct physical_node *top,
                         bool inserts);
void explain_details(struct explain *explain, int depth, const struct physical_node *node,
                     const struct explain_measure *measure);

#endif
