/*
 * copy_plan.h - what COPY says beside its rows: where they come from or go to, and their form.
 *
 * COPY FROM is an INSERT whose source is a feed (rows from outside), COPY TO a query whose rows leave as text.
 * Both are ordinary plans; this stands beside them, for db.
 *
 * Threads: any, read-only.
 */
#ifndef VARVE_PLAN_COPY_PLAN_H
#define VARVE_PLAN_COPY_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "value/copy.h"

struct copy_plan {
    bool from;
    struct copy_format format;
    const char *relation; /* for messages; NULL: a query */
    const char *file;     /* NULL: STDIN, STDOUT */
    uint32_t column_count;
    const char *const *column_names;
    const uint8_t *column_types;     /* enum value_type */
    const int32_t *column_modifiers; /* FROM */
    const bool *force_quote;         /* TO; column_count; NULL: none */
    const bool *force_not_null;      /* FROM */
    const bool *force_null;          /* FROM */
};

#endif
