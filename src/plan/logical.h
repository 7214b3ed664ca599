/*
 * logical.h - what a query means, before anybody decides how to run it.
 *
 * The binder makes a tree of these; optimize rewrites it by rules and turns it into a physical plan.
 * Every node hands up rows of `column_count` columns; expressions in a node see the columns of its input
 * (of a join: left columns, then right ones; of a scan: the table's columns by number).
 *
 *     SELECT b, count(*) FROM t WHERE a > 1 GROUP BY b HAVING count(*) > 2 ORDER BY 2 LIMIT 5
 *
 *     limit 5 <- sort #1 <- project (#0, #1) <- filter #1 > 2 <- aggregate keys (#1) aggregates (count(*))
 *             <- filter #0 > 1 <- scan t
 *
 * Promises: L1 logical_verify(): column numbers and types agree from node to node; a condition is BOOLEAN.
 * Threads:  any, read-only.
 */
#ifndef VARVE_PLAN_LOGICAL_H
#define VARVE_PLAN_LOGICAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "plan/command.h"
#include "plan/expr.h"
#include "plan/row_lock.h"
#include "plan/rules.h"

struct copy_plan;
struct table_def;

enum logical_kind {
    LOGICAL_RESULT,    /* one row of no columns: SELECT without FROM */
    LOGICAL_VALUES,    /* values: rows of expressions without columns */
    LOGICAL_FEED,      /* rows that come from outside: COPY FROM */
    LOGICAL_SCAN,      /* scan: every column of the table, in its order */
    LOGICAL_FILTER,    /* filter: rows whose condition is true */
    LOGICAL_PROJECT,   /* project: one expression per output column */
    LOGICAL_AGGREGATE, /* aggregate: keys, then aggregates; without keys exactly one row */
    LOGICAL_DISTINCT,  /* distinct: one row per distinct values of the first key_count columns */
    LOGICAL_SORT,      /* sort */
    LOGICAL_LIMIT,     /* limit */
    LOGICAL_LOCK,      /* lock: SELECT FOR UPDATE; takes the key, the input's last column, away */
    LOGICAL_JOIN,      /* join: two inputs (the binder does not make it yet) */
    LOGICAL_APPEND,    /* UNION ALL of inputs with equal column types (not yet) */
    LOGICAL_INSERT,    /* modify: the input has one column per table column */
    LOGICAL_UPDATE,    /* modify: the input is a scan, or a filter over a scan */
    LOGICAL_DELETE,    /* modify: as update */
    LOGICAL_KIND_COUNT
};

enum logical_join_kind {
    LOGICAL_JOIN_INNER,
    LOGICAL_JOIN_LEFT,
    LOGICAL_JOIN_FULL,
    LOGICAL_JOIN_SEMI,
    LOGICAL_JOIN_ANTI
};

/* One key of an order: a column of the input. */
struct logical_sort_key {
    uint32_t column;
    bool descending;
    bool nulls_first;
};

/* SET column = value; value sees the scan's columns and has the column's type. */
struct logical_assignment {
    uint32_t column;
    const struct expr *value;
};

struct logical_node {
    uint8_t kind;                /* enum logical_kind */
    uint32_t input_count;        /* 0, 1; 2 for a join; more for append */
    uint32_t column_count;       /* of the rows it hands up */
    const uint8_t *column_types; /* enum value_type */
    const struct logical_node *const *inputs;
    union {
        struct {
            uint32_t row_count;
            const struct expr *const *cells; /* row by row, column_count each */
        } values;
        struct {
            const struct table_def *table; /* borrow until the catalog view is released */
            const char *alias;             /* the name by which the statement calls it */
            bool keyed; /* behind the columns comes each row's own key (BYTEA), for a lock above */
        } scan;
        struct {
            const struct expr *condition;
        } filter;
        struct {
            const struct expr *const *exprs; /* column_count */
        } project;
        struct {
            uint32_t key_count;
            uint32_t aggregate_count;
            const struct expr *const *keys;       /* over the input */
            const struct expr *const *aggregates; /* EXPR_AGGREGATE, arguments over the input */
        } aggregate;
        struct {
            uint32_t
                key_count; /* all columns for DISTINCT, fewer for DISTINCT ON and hidden columns */
        } distinct;
        struct {
            uint32_t key_count;
            const struct logical_sort_key *keys;
        } sort;
        struct {
            const struct expr *count;  /* BIGINT, free of columns; NULL: no limit */
            const struct expr *offset; /* BIGINT, free of columns; NULL: none */
            uint32_t tie_count;        /* WITH TIES: rows equal to the last in these keys too */
            const struct logical_sort_key *ties;
        } limit;
        struct {
            struct row_lock lock;
            const struct expr *condition; /* the whole WHERE, over the table's columns, for the
                                                 newest version of a row; NULL: none */
            const struct expr *const
                *exprs; /* column_count: the output, over the table's columns */
        } lock;
        struct {
            uint8_t kind;                 /* enum logical_join_kind */
            const struct expr *condition; /* NULL: a cross join */
        } join;
        struct {
            const struct table_def *table;
            uint32_t assignment_count;                    /* update */
            const struct logical_assignment *assignments; /* by rising column */
            const struct modify_rules *rules;             /* NULL: none */
            bool
                returning; /* hands up the table's columns: of the new row, of DELETE the old one */
        } modify;          /* insert, update, delete */
    };
};

/* What the binder gives for one statement: a query (root) or a command. */
struct logical_plan {
    const struct copy_plan *copy;    /* beside root; NULL: no COPY */
    const struct logical_node *root; /* NULL for commands */
    const struct command *command;   /* NULL for queries */
    uint32_t column_count;           /* of the result that the user sees; 0: no rows are returned */
    const char *const *column_names;
    const uint8_t *column_types; /* enum value_type */
    uint32_t parameter_count;
    const uint8_t *parameter_types; /* enum value_type */
};

/* Makers; NULL: out of memory. Arrays are taken by address. */
const struct logical_node *logical_result(struct arena *arena);
const struct logical_node *logical_values(struct arena *arena, uint32_t row_count,
                                          uint32_t column_count, const struct expr *const *cells);
const struct logical_node *logical_feed(struct arena *arena, uint32_t column_count,
                                        const uint8_t *column_types);
const struct logical_node *logical_scan(struct arena *arena, const struct table_def *table,
                                        const char *alias);
/* The same with each row's own key behind the columns. */
const struct logical_node *logical_scan_keyed(struct arena *arena, const struct table_def *table,
                                              const char *alias);
const struct logical_node *logical_filter(struct arena *arena, const struct logical_node *input,
                                          const struct expr *condition);
const struct logical_node *logical_project(struct arena *arena, const struct logical_node *input,
                                           uint32_t column_count, const struct expr *const *exprs);
const struct logical_node *logical_aggregate(struct arena *arena, const struct logical_node *input,
                                             uint32_t key_count, const struct expr *const *keys,
                                             uint32_t aggregate_count,
                                             const struct expr *const *aggregates);
const struct logical_node *logical_distinct(struct arena *arena, const struct logical_node *input,
                                            uint32_t key_count);
const struct logical_node *logical_sort(struct arena *arena, const struct logical_node *input,
                                        uint32_t key_count, const struct logical_sort_key *keys);
const struct logical_node *logical_limit(struct arena *arena, const struct logical_node *input,
                                         const struct expr *count, const struct expr *offset);

const struct logical_node *logical_limit_with_ties(struct arena *arena,
                                                   const struct logical_node *input,
                                                   const struct expr *count,
                                                   const struct expr *offset, uint32_t tie_count,
                                                   const struct logical_sort_key *ties);

/* exprs: one for each column of the input but the last, the row's own key. */
const struct logical_node *logical_lock(struct arena *arena, const struct logical_node *input,
                                        const struct row_lock *lock, const struct expr *condition,
                                        const struct expr *const *exprs);

/* INSERT, UPDATE, DELETE. */
struct logical_modify {
    enum logical_kind kind;
    const struct table_def *table;
    uint32_t assignment_count;
    const struct logical_assignment *assignments;
    const struct modify_rules *rules;
    bool returning;
};

const struct logical_node *logical_modify(struct arena *arena, const struct logical_node *input,
                                          const struct logical_modify *modify);

/* Checks L1 over the whole tree. Tests and slow asserts. */
bool logical_verify(const struct logical_node *root);

/* The tree as indented text, one node a line, for tests and people. NULL: out of memory. */
char *logical_print(struct arena *arena, const struct logical_plan *plan);

#endif
