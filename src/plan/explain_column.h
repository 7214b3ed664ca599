/*
 * explain_column.h - columns of nodes as EXPLAIN prints them; with the table's name where the text is `qualified`.
 *
 * Threads: any; nothing is shared.
 */
#ifndef VARVE_PLAN_EXPLAIN_COLUMN_H
#define VARVE_PLAN_EXPLAIN_COLUMN_H

#include "plan/deparse.h"
#include "plan/physical.h"

/* Each is a deparse_column. */

/* context: a physical node. Column `column` of its rows. */
void explain_column_of_node(struct deparse_text *text, const void *context, uint32_t column);

/* context: an aggregate. A column of it in its own HAVING: the aggregate itself, without parentheses around. */
void explain_column_plain(struct deparse_text *text, const void *context, uint32_t column);

/* context: a physical scan. A column of its table. */
void explain_column_of_table(struct deparse_text *text, const void *context, uint32_t column);

/* context: the table of ON CONFLICT. The row in the way by the table's name, the proposed one as excluded. */
void explain_column_of_conflict(struct deparse_text *text, const void *context, uint32_t column);

/* What EXPLAIN VERBOSE says of a node's rows, and each of it. */
uint32_t explain_output_count(const struct physical_node *node);
void explain_output(struct deparse_text *text, const struct physical_node *node, uint32_t column);

#endif
