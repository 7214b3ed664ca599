/*
 * row_lock.h - what SELECT … FOR UPDATE and its kin ask for: shared by logical and physical plans.
 *
 * Threads: any, read-only.
 */
#ifndef VARVE_PLAN_ROW_LOCK_H
#define VARVE_PLAN_ROW_LOCK_H

#include <stdint.h>

struct table_def;

/* In order of strength, as in the syntax tree and in the store. */
enum row_lock_strength {
    ROW_LOCK_KEY_SHARE,
    ROW_LOCK_SHARE,
    ROW_LOCK_NO_KEY_UPDATE,
    ROW_LOCK_UPDATE
};

/* What happens when another transaction is in the way. Of two clauses for one table the later one wins, as in
 * PostgreSQL. */
enum row_lock_wait {
    ROW_LOCK_WAITS,
    ROW_LOCK_SKIPS, /* SKIP LOCKED: the row does not come */
    ROW_LOCK_FAILS  /* NOWAIT: 55P03 */
};

struct row_lock {
    const struct table_def *table;
    uint8_t strength; /* enum row_lock_strength */
    uint8_t wait;     /* enum row_lock_wait */
};

/* "FOR UPDATE" and so on. */
const char *row_lock_text(enum row_lock_strength strength);

#endif
