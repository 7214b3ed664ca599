/*
 * origin.h - where a column of a result comes from: for drivers that ask for its table, its type's modifier, whether it
 * may be NULL.
 *
 * A column that a query hands up as it is has its table's; so have keys of groups and RETURNING. What is computed has
 * none; a cast to varchar(10) still has its modifier.
 *
 * Threads: pure functions over an immutable tree.
 */
#ifndef VARVE_PLAN_ORIGIN_H
#define VARVE_PLAN_ORIGIN_H

#include <stdbool.h>
#include <stdint.h>

#include "plan/logical.h"

struct table_def;

struct plan_origin {
    const struct table_def *table; /* NULL: computed. borrow: as the plan */
    uint16_t column;               /* of the table, from 0 */
    bool not_null;                 /* known never to be NULL */
    bool nullable;                 /* known to allow NULL; neither: not known */
    int32_t modifier;              /* of its type; VALUE_NO_MODIFIER: none, or not known */
};

/* Of a column of root's rows. */
struct plan_origin plan_origin_of(const struct logical_node *root, uint32_t column);

#endif
