/*
 * source.h - rows that somebody computes when they are read: virtual relations.
 *
 * A table definition without maps (table_def_is_virtual) is planned like any table and read by a scan
 * over a source: the source is asked once a run, and fills a sink row by row. What it cannot know (filters,
 * order, joins) stays with the operators above, so a virtual relation may stand wherever a table may.
 * The equalities of the scan's filter are told beforehand, so that a source may leave out what cannot match.
 *
 * Threads: as their session.
 */
#ifndef VARVE_EXEC_SOURCE_H
#define VARVE_EXEC_SOURCE_H

#include "base/arena.h"
#include "base/error.h"
#include "value/value.h"

struct exec_sink;
struct table_def;

/* `column = value` holds for every row that anybody will see. */
struct exec_source_equal {
    uint16_t column; /* of the table */
    struct value value;
};

struct exec_source_request {
    const struct table_def *table;
    const bool *wanted; /* per column of the table: somebody reads it */
    const struct exec_source_equal *equals;
    uint32_t equal_count;
    struct arena *arena; /* of the run: what the rows' strings may live in */
    struct exec_sink *sink;
};

struct exec_source {
    void *owner;
    /* Puts all rows into request->sink. The running statement is the one that reads. VV_ERROR. */
    vv_status (*rows)(void *owner, const struct exec_source_request *request,
                      struct vv_error *error);
};

/* Begins a row of NULLs. False: out of memory; the source may go on, the scan will fail. */
bool exec_sink_row(struct exec_sink *sink);

/* Sets a column (of the table) of the row begun last, unless nobody reads it. The value has the column's type; its
 * strings live as long as the run. */
void exec_sink_put(struct exec_sink *sink, uint32_t column, const struct value *value);

#endif
