/*
 * alter.h - what an ALTER TABLE makes of a table: the definition after it, and what happens to the rows.
 *
 * The binder works the definition out from the one it sees (base); the catalog carries the difference out, if the
 * table is still what base says; exec computes the rows. A row of the new table comes from a row of the old one:
 *
 *     values       over the old row: columns with another type, new columns with a DEFAULT
 *     generated    over the new row
 *     not_null, checks     what the new row must obey
 *
 * Without rewrite the rows stay as they are; a new column's DEFAULT is then computed once (missing) and kept
 * in the definition for the rows that are shorter than it.
 *
 * Threads: any, read-only.
 */
#ifndef VARVE_PLAN_ALTER_H
#define VARVE_PLAN_ALTER_H

#include "plan/rules.h"

struct alter_notice {
    struct alter_notice *next;
    const char *sqlstate;
    const char *text;
    const char *detail; /* "": none */
};

struct alter_plan {
    const struct table_def *base; /* borrow: the plan's view */
    struct table_spec spec;       /* see struct catalog_alteration */
    bool rewrite;
    bool new_keys;
    const struct expr *const *values;  /* by column; NULL: as it was, or (new) NULL or drawn */
    const struct expr *const *missing; /* by column, without rewrite; NULL: none */
    const bool *not_null;              /* by column: rows are looked at */
    uint32_t generated_count;
    const struct modify_generated *generated; /* with rewrite: new columns */
    uint32_t check_count;
    const struct modify_check *checks; /* that rows have not been held to yet */
    struct alter_notice *notices;      /* told once it has succeeded */
    const char *check;                 /* RENAME CONSTRAINT of a CHECK; NULL: none */
    const char *check_after;
};

#endif
