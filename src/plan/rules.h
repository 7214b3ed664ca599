/*
 * rules.h - what a table asks of every row that is written: bound once per plan, run by exec.
 *
 * The catalog keeps conditions and generation expressions as text; the binder parses and binds them when a
 * statement writes the table. All expressions see the table's columns by number (dropped ones count), so
 * that logical and physical plans share them as they are.
 *
 * Threads: any, read-only.
 */
#ifndef VARVE_PLAN_RULES_H
#define VARVE_PLAN_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/expr.h"
#include "table/table_def.h"

/* CHECK (condition): a row for which it is false is refused (NULL is not false). */
struct modify_check {
    const char *name;
    const struct expr *condition;
};

/* GENERATED ALWAYS AS (value) STORED. */
struct modify_generated {
    uint16_t column;
    const struct expr *value;
};

/* ON CONFLICT of an INSERT. Expressions see the table's columns of the row in the way, then as many of the row
 * that was proposed (EXCLUDED). */
struct modify_conflict {
    bool update;            /* DO UPDATE */
    uint32_t arbiter_count; /* 0: every unique index (DO NOTHING) */
    const struct table_index *const *arbiters;
    uint32_t assignment_count;
    const struct modify_generated *assignments; /* column = value */
    const struct expr *where;                   /* NULL: none */
};

/* What an index asks of a row beyond its columns. */
struct index_rule {
    const struct table_index *index;
    const struct expr *predicate;    /* NULL: every row */
    const struct expr *const *parts; /* by part; NULL: a column */
};

struct modify_rules {
    const struct modify_conflict *conflict; /* NULL: none */
    uint32_t check_count;
    const struct modify_check *checks; /* by name: PostgreSQL's order */
    uint32_t generated_count;
    const struct modify_generated *generated;
    uint32_t index_count;
    const struct index_rule *indexes; /* those with expressions or a predicate */
};

#endif
