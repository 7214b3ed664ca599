/*
 * implies.h - whether one condition follows from another: may a partial index serve this WHERE?
 *
 * PostgreSQL's predicate_implied_by() (predtest.c), strong: wherever the condition is true, the predicate is.
 * It knows AND, OR, IN over constants, comparisons of the same expression with constants of the same type (a < 5
 * implies a < 7), with the same other side (a < b implies a <= b), and that what is strict in x and true
 * implies x IS NOT NULL. "No" may mean "I cannot tell".
 *
 * Threads: any; pure.
 */
#ifndef VARVE_PLAN_IMPLIES_H
#define VARVE_PLAN_IMPLIES_H

#include "plan/expr.h"

/* condition NULL: nothing is known. Both immutable in what is compared: equal trees count as equal values. */
bool implies(const struct expr *condition, const struct expr *predicate);

#endif
