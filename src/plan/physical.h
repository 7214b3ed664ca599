/*
 * physical.h - how a statement runs: the read-only plan that sessions share and exec walks.
 *
 * A tree of operators, each of which hands up batches of `column_count` columns to the one above.
 * Expressions of an operator see the columns of its input; a scan's see the scan's own output columns.
 * All run-time state (cursors, hash tables, parameter values) is exec's.
 *
 *     EXPLAIN name           kind and details
 *     Seq Scan               SCAN, range_count 0, index NULL: the table's own map from end to end
 *     Index Scan             SCAN over an index (the primary key is one: its map is the table's)
 *     Index Only Scan        SCAN, index_only: every column comes from the index's own keys and rows
 *     Filter (on any line)   scan.filter, aggregate.having, filter.condition
 *
 * A plan whose shape is a point (get, insert, update, delete by full unique key; short range) carries in
 * `point` everything flat and resolved; `root` describes the same for EXPLAIN and as a fallback: running
 * either gives the same rows.
 *
 * Promises: P1 physical_verify(): column numbers and types agree from node to node; key and bound
 *              expressions are free of columns and have exactly the type of the index's column;
 *           P2 a plan holds no state of an execution and never changes: any number of sessions may run
 *              it at once.
 * Threads:  any, read-only.
 */
#ifndef VARVE_PLAN_PHYSICAL_H
#define VARVE_PLAN_PHYSICAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "plan/command.h"
#include "plan/expr.h"
#include "plan/row_lock.h"
#include "plan/rules.h"
#include "table/table_def.h"

struct copy_plan;

enum physical_kind {
    PHYSICAL_RESULT,    /* one row of no columns; with result.condition: one or none */
    PHYSICAL_VALUES,    /* values */
    PHYSICAL_FEED,      /* rows that come from outside: exec_set_feed() */
    PHYSICAL_SCAN,      /* scan */
    PHYSICAL_FILTER,    /* filter */
    PHYSICAL_PROJECT,   /* project; EXPLAIN does not show it */
    PHYSICAL_AGGREGATE, /* aggregate */
    PHYSICAL_UNIQUE, /* unique: drops a row equal to the one before in its first key_count columns */
    PHYSICAL_SORT,   /* sort: in memory, or the best N when a limit is known */
    PHYSICAL_LIMIT,  /* limit */
    PHYSICAL_LOCK,   /* lock: the input's last column is the own key of the row to lock */
    PHYSICAL_JOIN,   /* join (optimize does not make it yet) */
    PHYSICAL_APPEND, /* the rows of all inputs, one input after another */
    PHYSICAL_INSERT, /* modify: the input has one column per table column, of its type */
    PHYSICAL_UPDATE, /* modify: the input is a scan with scan.for_modify */
    PHYSICAL_DELETE, /* modify: as update */
    PHYSICAL_KIND_COUNT
};

enum physical_strategy {
    PHYSICAL_PLAIN,  /* no keys: one group, one row even of no input */
    PHYSICAL_HASHED, /* "HashAggregate": any order in, no order out */
    PHYSICAL_SORTED  /* "GroupAggregate": equal keys come together; keeps their order */
};

enum physical_join_method { PHYSICAL_NESTED_LOOP, PHYSICAL_HASH_JOIN, PHYSICAL_MERGE_JOIN };

/* PostgreSQL's cost units: 1.0 is a sequential page. */
struct physical_cost {
    double startup;
    double total;
    double rows;
    uint32_t width;
};

/* A stretch of an index: some leading parts equal to values, then bounds on the next part.
 *
 * All expressions are free of columns and are evaluated once when the scan opens (they may hold
 * parameters). low and high are in the order of values: for a descending part exec (or table) exchanges
 * them. An equality or bound that is NULL makes the range empty. With a bound, or with not_null, NULLs
 * of that part are outside the range.
 *
 * `like` stands instead of low and high: the values that begin with the fixed prefix of a LIKE pattern
 * (evaluated at open; no fixed prefix: all values that are not NULL). The LIKE itself is in the filter. */
struct physical_range {
    uint32_t equal_count;             /* leading parts bound by equality */
    const struct expr *const *equals; /* equal_count; a NULL pointer: that part IS NULL */
    const struct expr *low;           /* of part equal_count; NULL: none */
    const struct expr *high;
    const struct expr *like;
    bool low_inclusive;
    bool high_inclusive;
    bool not_null;
};

struct physical_scan {
    const struct table_def *table;
    const char *alias; /* the name by which the statement calls the table */
    const struct table_index
        *index;              /* in table->spec.indexes; NULL: the table's own map, unbounded */
    const uint16_t *columns; /* output column i is table column columns[i]; rising */
    uint32_t range_count;    /* 0: all of it */
    const struct physical_range
        *ranges;                  /* they may overlap when evaluated: exec sorts them by key and
                                            merges, so that no row comes twice */
    const struct expr *filter;    /* what the ranges do not guarantee; NULL: none */
    const struct expr *condition; /* the ranges as a condition, for EXPLAIN's "Index Cond": over
                                            the *table's* columns by number; NULL: none */
    bool backward;                /* from the highest key to the lowest */
    bool index_only;              /* the row in the table's map is never needed */
    bool ordered;    /* the order matters to the operator above (a parallel scan must keep it) */
    bool unique;     /* at most one row comes: all parts of a unique index equal to values */
    bool for_modify; /* hands up, beside the columns, what store needs to write the row */
    bool keyed;      /* the last output column is no table column but the row's own key (BYTEA) */
};

/* SELECT FOR UPDATE and its kin. When the newest version of a row is not the one that was read, everything is
 * computed anew from it. */
struct physical_lock {
    struct row_lock lock;
    uint32_t column_count; /* that the expressions read: of the table, rising */
    const uint16_t *columns;
    const uint8_t *column_types;
    const struct expr *recheck; /* the whole WHERE over these columns; NULL: none */
    uint32_t expr_count;        /* output columns, over these columns */
    const struct expr *const *exprs;
};

struct physical_sort_key {
    uint32_t column; /* of the input */
    bool descending;
    bool nulls_first;
};

/* SET table column = value; value sees the scan's output columns and has the column's type. */
struct physical_assignment {
    uint16_t column;
    const struct expr *value;
};

struct physical_node {
    uint8_t kind; /* enum physical_kind */
    uint32_t input_count;
    uint32_t column_count;
    const uint8_t *column_types; /* enum value_type */
    const struct physical_node *const *inputs;
    struct physical_cost cost;
    union {
        struct {
            const struct expr *condition; /* free of columns; NULL: none ("One-Time Filter") */
        } result;
        struct {
            uint32_t row_count;
            const struct expr *const *cells; /* row by row, column_count each, free of columns */
        } values;
        struct physical_scan scan;
        struct {
            const struct expr *condition;
        } filter;
        struct {
            const struct expr *const *exprs; /* column_count */
        } project;
        struct {
            uint8_t strategy; /* enum physical_strategy */
            uint32_t key_count;
            uint32_t aggregate_count;
            const struct expr *const *keys; /* over the input; the first output columns */
            const struct expr *const
                *aggregates;           /* EXPR_AGGREGATE; the output columns after the keys */
            const struct expr *having; /* over the output; NULL: none */
        } aggregate;
        struct {
            uint32_t key_count;
        } unique;
        struct {
            uint32_t key_count;
            const struct physical_sort_key *keys;
            const struct expr *limit; /* only the first limit + offset rows are needed; NULL: all */
            const struct expr *offset; /* NULL: 0 */
        } sort;
        struct {
            const struct expr *count;  /* BIGINT; NULL pointer or value: no limit */
            const struct expr *offset; /* BIGINT; NULL pointer or value: 0 */
            uint32_t tie_count;        /* WITH TIES: rows equal to the last in these columns too */
            const uint32_t *ties;
        } limit;
        struct physical_lock lock;
        struct {
            uint8_t method;               /* enum physical_join_method */
            uint8_t kind;                 /* enum logical_join_kind */
            const struct expr *condition; /* over left columns, then right columns */
        } join;
        struct {
            const struct table_def *table;
            uint32_t assignment_count; /* update */
            const struct physical_assignment *assignments;
            const struct expr *recheck; /* update, delete: the whole WHERE over the scan's output
                                           columns, for the newest version after a wait; NULL: none */
            const struct modify_rules *rules; /* over the table's columns; NULL: none */
            bool
                returning; /* hands up the table's columns: of the new row, of DELETE the old one */
        } modify;
    };
};

/* ---- Points: statements that need no tree ---- */

enum physical_shape {
    PHYSICAL_SHAPE_TREE, /* no point: run root */
    PHYSICAL_SHAPE_GET, /* SELECT exprs FROM t WHERE all parts of a unique index = values [AND filter] */
    PHYSICAL_SHAPE_RANGE, /* SELECT exprs FROM t WHERE one range of an index [AND filter] [LIMIT n], in
                             the index's order, no sort, no aggregate */
    PHYSICAL_SHAPE_LOCK,   /* GET with FOR UPDATE or its kin */
    PHYSICAL_SHAPE_INSERT, /* INSERT … VALUES: row_count rows of expressions free of columns */
    PHYSICAL_SHAPE_UPDATE, /* UPDATE by all parts of a unique index */
    PHYSICAL_SHAPE_DELETE  /* DELETE by all parts of a unique index */
};

struct physical_point {
    uint8_t shape; /* enum physical_shape */
    bool simple; /* every key, bound and cell is a constant or a parameter: no program is needed */
    const struct table_def *table;
    const struct physical_scan
        *scan;                   /* all but INSERT; scan->ranges[0] holds the key or the bounds */
    uint32_t column_count;       /* of the scan's output */
    const uint8_t *column_types; /* of the scan's output */
    uint32_t expr_count;         /* GET, RANGE, LOCK: the result's columns */
    const struct expr *const *exprs;  /* over the scan's output */
    const struct expr *limit;         /* RANGE: BIGINT or NULL */
    const struct expr *offset;        /* RANGE: BIGINT or NULL */
    const struct physical_lock *lock; /* LOCK */
    uint32_t row_count;               /* INSERT */
    const struct expr *const *cells;  /* INSERT: row by row, one per table column */
    uint32_t assignment_count;        /* UPDATE */
    const struct physical_assignment *assignments;
    const struct expr *recheck;       /* UPDATE, DELETE: as modify.recheck */
    const struct modify_rules *rules; /* INSERT, UPDATE, DELETE: as modify.rules */
};

enum physical_result {
    PHYSICAL_RETURNS_ROWS,  /* tag "SELECT n" */
    PHYSICAL_RETURNS_COUNT, /* rows written: tag "INSERT 0 n", "UPDATE n", "DELETE n"; with RETURNING
                               there are rows too */
    PHYSICAL_RETURNS_COMMAND
};

struct physical_plan {
    uint8_t result;    /* enum physical_result */
    bool read_only;    /* writes nothing: allowed in READ ONLY transactions */
    const char *tag;   /* "SELECT", "INSERT 0", "UPDATE", …: the count is appended */
    const char *locks; /* "FOR UPDATE" and so on: a SELECT that locks rows; NULL: it does not */
    const struct copy_plan *copy;       /* beside root; NULL: no COPY */
    const struct physical_node *root;   /* NULL for commands */
    const struct physical_point *point; /* NULL: run root */
    const struct command *command;      /* NULL for queries */
    uint32_t column_count;              /* of the result; 0: no rows are returned */
    const char *const *column_names;
    const uint8_t *column_types;
    uint32_t parameter_count;
    const uint8_t *parameter_types;
};

/* Checks P1 over the whole plan. Tests and slow asserts. */
bool physical_verify(const struct physical_plan *plan);

#endif
