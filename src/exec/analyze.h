/*
 * analyze.h - a sample of a table's rows, and what one column of it says about the whole.
 *
 * Threads: as their session.
 */
#ifndef VARVE_EXEC_ANALYZE_H
#define VARVE_EXEC_ANALYZE_H

#include "catalog/catalog_statistics.h"

#define ANALYZE_WIDE_BYTES 1024u /* a longer value is only measured, as in PostgreSQL */

/* Rows drawn at random, in the table's order, column by column. A string that is too wide has no data. */
struct analyze_sample {
    struct value **columns; /* [column][row] */
    uint32_t row_count;
    double table_rows; /* as counted, or estimated when not all were read */
};

/* The places of numbers (all different) in rising order: *places_out[i] is where the i-th smallest stands. */
VV_MUST_USE vv_status analyze_order(struct store_session *session, const uint64_t *numbers,
                                    uint32_t count, struct arena *arena, uint32_t **places_out);

/* target: how many common values and parts of a histogram (SET STATISTICS). The result borrows the sample's values;
 * its arrays live in the arena. VV_NOMEM, or what store_check() says. */
VV_MUST_USE vv_status analyze_column(struct store_session *session,
                                     const struct analyze_sample *sample, uint32_t column,
                                     uint32_t target, struct arena *arena,
                                     struct catalog_column_statistics *statistics_out);

#endif
