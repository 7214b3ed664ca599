/*
 * catalog_statistics.h - what ANALYZE has found out, for each table and each of its columns.
 *
 * Statistics are data like any other: they belong to the transaction that writes them, survive restarts and are
 * read through the statement's snapshot. The figures and their meaning are PostgreSQL's (pg_statistic): fractions
 * of the rows, so that they stay true while the table grows. A column's number is never used again, so RENAME keeps
 * its statistics and DROP COLUMN ends them; a column of another type has none.
 *
 * Threads: as their session.
 */
#ifndef VARVE_CATALOG_CATALOG_STATISTICS_H
#define VARVE_CATALOG_CATALOG_STATISTICS_H

#include "base/arena.h"
#include "catalog/catalog.h"
#include "value/value.h"

struct catalog_table_statistics {
    double rows;         /* when it was analyzed */
    int64_t analyzed_at; /* microseconds since 2000-01-01 UTC */
};

struct catalog_column_statistics {
    double nulls;       /* the share of NULLs */
    double distinct;    /* values that are not NULL; negative: as a share of the rows; 0: unknown */
    double correlation; /* of the values' order with the rows' order; -1 to 1 */
    bool has_correlation;
    int32_t width; /* bytes of a value that is not NULL, on average, as PostgreSQL stores it */
    uint32_t common_count;
    struct value *common; /* the most common values, falling */
    double *frequencies;  /* the share of the rows that has each */
    uint32_t bound_count; /* 0, or at least 2 */
    struct value *bounds; /* the other values cut into parts of like size, rising */
};

/* In the session's running statement. VV_WAITING: another ANALYZE holds the row; call again. */
VV_MUST_USE vv_status
catalog_statistics_put_table(struct store_session *session, const struct table_def *table,
                             const struct catalog_table_statistics *statistics);
VV_MUST_USE vv_status catalog_statistics_put(struct store_session *session,
                                             const struct table_def *table, uint16_t column,
                                             const struct catalog_column_statistics *statistics,
                                             struct arena *arena);

/* VV_NOT_FOUND: nothing is known. The arrays and what they hold live in the arena. */
VV_MUST_USE vv_status catalog_statistics_get_table(struct store_session *session,
                                                   const struct table_def *table,
                                                   struct catalog_table_statistics *statistics_out);
VV_MUST_USE vv_status catalog_statistics_get(struct store_session *session,
                                             const struct table_def *table, uint16_t column,
                                             struct arena *arena,
                                             struct catalog_column_statistics *statistics_out);

/* Forgets all that is known of a table that goes. */
VV_MUST_USE vv_status catalog_statistics_drop(struct store_session *session,
                                              const struct table_def *table);

#endif
