/*
 * What implies() says holds: wherever the condition is true, the predicate is. Random conditions over two small
 * integers that may be NULL, against all of their values; and that it says what the planner lives by.
 */
#include "plan/implies.h"

#include "base/rng.h"
#include "test.h"

#define VALUES 6 /* NULL, 0 … 4 */

static struct alloc alloc;
static struct arena arena;

static void begin(void)
{
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 65536);
}

static void end(void)
{
    arena_release(&arena);
    alloc_release(&alloc);
}

static const struct expr *column(uint32_t i)
{
    return expr_column(&arena, i, VALUE_INTEGER, 0);
}

static const struct expr *number(int32_t x)
{
    return expr_constant(&arena, value_integer(x), 0);
}

static const struct expr *logic(enum expr_kind kind, bool negated, uint32_t count,
                                const struct expr *const *arguments)
{
    struct expr like = {.kind = (uint8_t)kind,
                        .type = VALUE_BOOLEAN,
                        .negated = negated,
                        .modifier = VALUE_NO_MODIFIER};

    if (kind == EXPR_IN) {
        like.function = (uint16_t)function_comparison_of(VALUE_INTEGER, FUNCTION_COMPARISON_EQ);
    }
    return expr_with_arguments(&arena, &like, count, arguments);
}

static const struct expr *compare(enum function_comparison comparison, const struct expr *a,
                                  const struct expr *b)
{
    const struct expr *arguments[2] = {a, b};

    return expr_call(&arena, function_comparison_of(VALUE_INTEGER, comparison), 0, 2, arguments);
}

static const struct expr *random_condition(struct rng *rng, unsigned depth)
{
    const struct expr *arguments[4];
    uint32_t count = 2 + (uint32_t)rng_below(rng, 2);

    if (depth > 0 && rng_below(rng, 10) < 6) {
        for (uint32_t i = 0; i < count; i++) {
            arguments[i] = random_condition(rng, depth - 1);
        }
        switch (rng_below(rng, 6)) {
        case 0:
            return logic(EXPR_NOT, false, 1, arguments);
        case 1:
            return logic(rng_below(rng, 2) == 0 ? EXPR_IS_TRUE : EXPR_IS_FALSE,
                         rng_below(rng, 2) == 0, 1, arguments);
        case 2:
        case 3:
            return logic(EXPR_AND, false, count, arguments);
        default:
            return logic(EXPR_OR, false, count, arguments);
        }
    }
    arguments[0] = column((uint32_t)rng_below(rng, 2));
    for (uint32_t i = 1; i < 4; i++) {
        arguments[i] = number((int32_t)rng_below(rng, VALUES - 1));
    }
    switch (rng_below(rng, 8)) {
    case 0:
        return logic(EXPR_IS_NULL, rng_below(rng, 3) > 0, 1, arguments);
    case 1:
        return logic(EXPR_IN, rng_below(rng, 2) == 0, count + 1, arguments);
    case 2:
        return compare((enum function_comparison)(1 + rng_below(rng, 6)), arguments[1],
                       arguments[0]);
    case 3:
        return compare((enum function_comparison)(1 + rng_below(rng, 6)), column(0), column(1));
    case 4:
        return compare((enum function_comparison)(1 + rng_below(rng, 6)), column(1), column(0));
    default:
        return compare((enum function_comparison)(1 + rng_below(rng, 6)), arguments[0],
                       arguments[1]);
    }
}

/* 1, 0, -1: NULL. */
static int truth(const struct expr *expr, const int *row);

static int value_of(const struct expr *expr, const int *row)
{
    return expr->kind == EXPR_COLUMN ? row[expr->column] : (int)expr->constant.integer;
}

static int truth_of_comparison(const struct expr *expr, const int *row)
{
    int a = value_of(expr->arguments[0], row);
    int b = value_of(expr->arguments[1], row);

    if (a < 0 || b < 0) {
        return -1;
    }
    switch (function_comparison((enum function_id)expr->function)) {
    case FUNCTION_COMPARISON_EQ:
        return a == b;
    case FUNCTION_COMPARISON_NE:
        return a != b;
    case FUNCTION_COMPARISON_LT:
        return a < b;
    case FUNCTION_COMPARISON_LE:
        return a <= b;
    case FUNCTION_COMPARISON_GT:
        return a > b;
    default:
        return a >= b;
    }
}

static int truth_of_junction(const struct expr *expr, const int *row)
{
    int decides = expr->kind == EXPR_OR;
    int result = !decides;

    for (uint32_t i = 0; i < expr->argument_count; i++) {
        int one = truth(expr->arguments[i], row);

        if (one == decides) {
            return decides;
        }
        result = one < 0 ? -1 : result;
    }
    return result;
}

static int truth(const struct expr *expr, const int *row)
{
    int one = 0;

    switch (expr->kind) {
    case EXPR_AND:
    case EXPR_OR:
        return truth_of_junction(expr, row);
    case EXPR_NOT:
        one = truth(expr->arguments[0], row);
        return one < 0 ? -1 : !one;
    case EXPR_IS_TRUE:
        return (truth(expr->arguments[0], row) == 1) != expr->negated;
    case EXPR_IS_FALSE:
        return (truth(expr->arguments[0], row) == 0) != expr->negated;
    case EXPR_IS_NULL:
        return (value_of(expr->arguments[0], row) < 0) != expr->negated;
    case EXPR_IN:
        for (uint32_t i = 1; i < expr->argument_count; i++) {
            one = one || value_of(expr->arguments[i], row) == value_of(expr->arguments[0], row);
        }
        return value_of(expr->arguments[0], row) < 0 ? -1 : one != expr->negated;
    default:
        return truth_of_comparison(expr, row);
    }
}

TEST(what_it_says_holds)
{
    uint64_t seed = test_seed(3);
    struct rng rng;
    unsigned yes = 0;

    rng_init(&rng, seed);
    for (unsigned round = 0; round < 20000 * test_effort(); round++) {
        const struct expr *condition = NULL;
        const struct expr *predicate = NULL;

        begin();
        condition = random_condition(&rng, 2);
        predicate = random_condition(&rng, 2);
        if (implies(condition, predicate)) {
            yes++;
            for (int a = -1; a < VALUES - 1; a++) {
                for (int b = -1; b < VALUES - 1; b++) {
                    int row[2] = {a, b};

                    TEST_TRUE(truth(condition, row) != 1 || truth(predicate, row) == 1);
                }
            }
        }
        end();
    }
    TEST_TRUE(yes > 100); /* it does not always say no */
}

TEST(what_it_must_know)
{
    const struct expr *a = NULL;
    const struct expr *list[3];

    begin();
    a = column(0);
    list[0] = a;
    list[1] = number(1);
    list[2] = number(3);
    TEST_TRUE(implies(compare(FUNCTION_COMPARISON_EQ, a, number(3)),
                      compare(FUNCTION_COMPARISON_EQ, a, number(3))));
    TEST_TRUE(implies(compare(FUNCTION_COMPARISON_GT, a, number(5)),
                      compare(FUNCTION_COMPARISON_GT, a, number(3))));
    TEST_TRUE(implies(compare(FUNCTION_COMPARISON_LT, number(5), a),
                      compare(FUNCTION_COMPARISON_GE, a, number(5))));
    TEST_TRUE(
        implies(compare(FUNCTION_COMPARISON_EQ, a, number(3)), logic(EXPR_IN, false, 3, list)));
    TEST_TRUE(
        implies(logic(EXPR_IN, false, 3, list), compare(FUNCTION_COMPARISON_LT, a, number(4))));
    TEST_TRUE(
        implies(compare(FUNCTION_COMPARISON_LE, a, column(1)), logic(EXPR_IS_NULL, true, 1, list)));
    TEST_FALSE(implies(compare(FUNCTION_COMPARISON_GE, a, number(3)),
                       compare(FUNCTION_COMPARISON_GT, a, number(3))));
    TEST_FALSE(implies(NULL, logic(EXPR_IS_NULL, true, 1, list)));
    end();
}
