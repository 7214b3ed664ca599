/*
 * catalog_statistics.h - what ANALYZE has counted, a row for each column in a map of the catalog.
 *
 * Statistics are data like any other: they belong to the transaction that writes them, survive restarts and are
 * read through the statement's snapshot. A column that was dropped, or another one in its place, has none: the
 * row names the column it was made for.
 *
 * Threads: as their session.
 */
#ifndef VARVE_CATALOG_CATALOG_STATISTICS_H
#define VARVE_CATALOG_CATALOG_STATISTICS_H

#include "catalog/catalog.h"

struct catalog_column_statistics {
    double rows;     /* of the table, when they were counted */
    double nulls;    /* of them NULL here */
    double distinct; /* values that are not NULL */
};

/* In the session's running statement. VV_WAITING: another ANALYZE holds the row; call again. */
VV_MUST_USE vv_status catalog_statistics_put(struct store_session *session,
                                             const struct table_def *table, uint16_t column,
                                             const struct catalog_column_statistics *statistics);

/* VV_NOT_FOUND: nothing is known. */
VV_MUST_USE vv_status catalog_statistics_get(struct store_session *session,
                                             const struct table_def *table, uint16_t column,
                                             struct catalog_column_statistics *statistics_out);

#endif
