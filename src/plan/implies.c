/*
 * implies.c - see implies.h.
 *
 * A condition is taken apart as PostgreSQL's predicate_implied_by_recurse() does: what it is made of (all of,
 * any of) on either side, down to atoms; an IN is any of its equalities. Atoms are comparisons or anything else.
 */
#include "plan/implies.h"

#define IN_MAX    100u   /* MAX_SAOP_ARRAY_SIZE: a longer list is an atom */
#define STEPS_MAX 20000u /* nested AND and OR of both sides multiply: then it cannot tell */

/* A part of a condition: an expression, or one equality (inequality) of an IN (NOT IN). */
struct part {
    const struct expr *expr;
    uint32_t element; /* of the IN; 0: the expression as it is */
};

enum shape { SHAPE_ATOM, SHAPE_ALL, SHAPE_ANY };

/* left op right; expr NULL: of an IN. */
struct atom {
    const struct expr *expr;
    const struct expr *left;
    const struct expr *right;
    enum function_comparison op;
    struct value constant; /* of right, when it is one that is not NULL */
    bool has_constant;
};

static bool part_implies(struct part condition, struct part predicate, uint32_t *steps);
static bool atom_implies(struct part condition, struct part predicate);

bool implies(const struct expr *condition, const struct expr *predicate)
{
    uint32_t steps = STEPS_MAX;

    return condition != NULL &&
           part_implies((struct part){condition, 0}, (struct part){predicate, 0}, &steps);
}

/* ---- taking apart ---- */

static enum shape shape_of(struct part part)
{
    if (part.element > 0) {
        return SHAPE_ATOM;
    }
    switch (part.expr->kind) {
    case EXPR_AND:
        return SHAPE_ALL;
    case EXPR_OR:
        return SHAPE_ANY;
    case EXPR_IN:
        return part.expr->argument_count - 1 > IN_MAX ? SHAPE_ATOM
               : part.expr->negated                   ? SHAPE_ALL
                                                      : SHAPE_ANY;
    default:
        return SHAPE_ATOM;
    }
}

static uint32_t count_of(struct part part)
{
    return part.expr->argument_count - (part.expr->kind == EXPR_IN);
}

static struct part part_of(struct part part, uint32_t i)
{
    return part.expr->kind == EXPR_IN ? (struct part){part.expr, i + 1}
                                      : (struct part){part.expr->arguments[i], 0};
}

static bool implies_all(struct part condition, struct part predicate, uint32_t *steps)
{
    for (uint32_t i = 0; i < count_of(predicate); i++) {
        if (!part_implies(condition, part_of(predicate, i), steps)) {
            return false;
        }
    }
    return true;
}

static bool implies_any(struct part condition, struct part predicate, uint32_t *steps)
{
    for (uint32_t i = 0; i < count_of(predicate); i++) {
        if (part_implies(condition, part_of(predicate, i), steps)) {
            return true;
        }
    }
    return false;
}

static bool any_implies(struct part condition, struct part predicate, uint32_t *steps)
{
    for (uint32_t i = 0; i < count_of(condition); i++) {
        if (part_implies(part_of(condition, i), predicate, steps)) {
            return true;
        }
    }
    return false;
}

static bool all_imply(struct part condition, struct part predicate, uint32_t *steps)
{
    for (uint32_t i = 0; i < count_of(condition); i++) {
        if (!part_implies(part_of(condition, i), predicate, steps)) {
            return false;
        }
    }
    return true;
}

static bool part_implies(struct part condition, struct part predicate, uint32_t *steps)
{
    enum shape left = shape_of(condition);
    enum shape right = shape_of(predicate);

    if (*steps == 0) {
        return false;
    }
    (*steps)--;
    if (condition.element == 0 && predicate.element == 0 &&
        expr_equal(condition.expr, predicate.expr)) {
        return true;
    }
    if (right == SHAPE_ALL) {
        return implies_all(condition, predicate, steps);
    }
    if (left == SHAPE_ANY) {
        return all_imply(condition, predicate, steps);
    }
    if (right == SHAPE_ANY && implies_any(condition, predicate, steps)) {
        return true;
    }
    if (left == SHAPE_ALL) {
        return any_implies(condition, predicate, steps);
    }
    return right == SHAPE_ATOM && atom_implies(condition, predicate);
}

/* ---- atoms ---- */

static void atom_constant(struct atom *atom)
{
    if (atom->right->kind == EXPR_CONSTANT && !atom->right->constant.null) {
        atom->constant = atom->right->constant;
        atom->has_constant = true;
    }
}

/* b and NOT b are comparisons with a truth value. */
static void atom_of_truth(const struct expr *expr, struct atom *atom)
{
    bool truth = true;

    while (
        expr->kind == EXPR_NOT || /* x IS TRUE, unless it is negated: NULL would make that true */
        ((expr->kind == EXPR_IS_TRUE || expr->kind == EXPR_IS_FALSE) && !expr->negated && truth)) {
        truth = truth == (expr->kind == EXPR_IS_TRUE);
        expr = expr->arguments[0];
    }
    *atom = (struct atom){.expr = atom->expr,
                          .left = expr,
                          .op = FUNCTION_COMPARISON_EQ,
                          .constant = value_boolean(truth),
                          .has_constant = true};
}

static struct atom atom_of(struct part part)
{
    const struct expr *expr = part.expr;
    struct atom atom = {.expr = part.element == 0 ? expr : NULL};

    if (part.element > 0) {
        atom.left = expr->arguments[0];
        atom.right = expr->arguments[part.element];
        atom.op = expr->negated ? FUNCTION_COMPARISON_NE : FUNCTION_COMPARISON_EQ;
        atom_constant(&atom);
        return atom;
    }
    if (expr->kind == EXPR_FUNCTION) {
        atom.op = function_comparison((enum function_id)expr->function);
    }
    if (atom.op == FUNCTION_COMPARISON_NONE) {
        atom_of_truth(expr, &atom);
        return atom;
    }
    atom.left = expr->arguments[0];
    atom.right = expr->arguments[1];
    if (atom.left->kind == EXPR_CONSTANT && atom.right->kind != EXPR_CONSTANT) {
        atom.left = expr->arguments[1];
        atom.right = expr->arguments[0];
        atom.op = function_comparison_commuted(atom.op);
    }
    atom_constant(&atom);
    return atom;
}

/* Whether expr is NULL wherever x is. */
static bool is_strict_in(const struct expr *expr, const struct expr *x)
{
    uint32_t count = expr->argument_count;

    if (expr_equal(expr, x)) {
        return true;
    }
    if (expr->kind == EXPR_FUNCTION) {
        count = function_entry((enum function_id)expr->function)->strict ? count : 0;
    } else if (expr->kind == EXPR_IN || expr->kind == EXPR_NOT || expr->kind == EXPR_CAST) {
        count = 1;
    } else {
        count = 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (is_strict_in(expr->arguments[i], x)) {
            return true;
        }
    }
    return false;
}

/* x IS NOT NULL follows from what is true of x. */
static bool implies_not_null(const struct atom *condition, const struct expr *x)
{
    return (condition->expr != NULL && is_strict_in(condition->expr, x)) ||
           is_strict_in(condition->left, x) ||
           (condition->right != NULL && is_strict_in(condition->right, x));
}

/* x op a implies x op b, where order is that of a to b. */
static bool constants_imply(enum function_comparison condition, enum function_comparison predicate,
                            int order)
{
    bool strict = condition == FUNCTION_COMPARISON_LT || condition == FUNCTION_COMPARISON_GT;

    switch (predicate) {
    case FUNCTION_COMPARISON_EQ:
        return condition == FUNCTION_COMPARISON_EQ && order == 0;
    case FUNCTION_COMPARISON_NE:
        switch (condition) {
        case FUNCTION_COMPARISON_EQ:
            return order != 0;
        case FUNCTION_COMPARISON_NE:
            return order == 0;
        case FUNCTION_COMPARISON_LT:
        case FUNCTION_COMPARISON_LE:
            return strict ? order <= 0 : order < 0;
        default:
            return strict ? order >= 0 : order > 0;
        }
    case FUNCTION_COMPARISON_LT:
        return condition == FUNCTION_COMPARISON_LT
                   ? order <= 0
                   : (condition == FUNCTION_COMPARISON_LE || condition == FUNCTION_COMPARISON_EQ) &&
                         order < 0;
    case FUNCTION_COMPARISON_LE:
        return (condition == FUNCTION_COMPARISON_LT || condition == FUNCTION_COMPARISON_LE ||
                condition == FUNCTION_COMPARISON_EQ) &&
               order <= 0;
    case FUNCTION_COMPARISON_GT:
        return condition == FUNCTION_COMPARISON_GT
                   ? order >= 0
                   : (condition == FUNCTION_COMPARISON_GE || condition == FUNCTION_COMPARISON_EQ) &&
                         order > 0;
    case FUNCTION_COMPARISON_GE:
        return (condition == FUNCTION_COMPARISON_GT || condition == FUNCTION_COMPARISON_GE ||
                condition == FUNCTION_COMPARISON_EQ) &&
               order >= 0;
    default:
        return false;
    }
}

static bool atom_implies(struct part condition, struct part predicate)
{
    struct atom given = atom_of(condition);
    struct atom asked = atom_of(predicate);

    if (predicate.element == 0 && predicate.expr->kind == EXPR_IS_NULL) {
        return predicate.expr->negated && implies_not_null(&given, predicate.expr->arguments[0]);
    }
    if (given.has_constant && asked.has_constant) {
        return given.constant.type == asked.constant.type && expr_equal(given.left, asked.left) &&
               constants_imply(given.op, asked.op, value_compare(&given.constant, &asked.constant));
    }
    if (given.right == NULL || asked.right == NULL) {
        return false;
    }
    if (expr_equal(given.left, asked.left) && expr_equal(given.right, asked.right)) {
        return constants_imply(given.op, asked.op, 0);
    }
    return expr_equal(given.left, asked.right) && expr_equal(given.right, asked.left) &&
           constants_imply(function_comparison_commuted(given.op), asked.op, 0);
}
