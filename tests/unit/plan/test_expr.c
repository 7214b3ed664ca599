/* Expressions: makers, equality, walks; and the limits that E2 sets. */
#include "plan/expr.h"

#include "base/limits.h"
#include "test.h"

static struct alloc alloc;
static struct arena arena;

static void begin(void)
{
    alloc_init(&alloc, 0);
    arena_init(&arena, &alloc, ALLOC_STATEMENT, 4096);
}

static void end(void)
{
    arena_release(&arena);
    alloc_release(&alloc);
}

static const struct expr *add(const struct expr *a, const struct expr *b)
{
    const struct expr *arguments[2] = {a, b};

    return expr_call(&arena, FUNCTION_INTEGER_ADD, 0, 2, arguments);
}

static const struct expr *number(int32_t x, uint32_t position)
{
    return expr_constant(&arena, value_integer(x), position);
}

static const struct expr *column(uint32_t i)
{
    return expr_column(&arena, i, VALUE_INTEGER, 0);
}

TEST(equality_ignores_positions)
{
    begin();
    TEST_TRUE(expr_equal(add(number(1, 5), column(2)), add(number(1, 9), column(2))));
    TEST_FALSE(expr_equal(add(number(1, 5), column(2)), add(number(2, 5), column(2))));
    TEST_FALSE(expr_equal(add(number(1, 5), column(2)), add(number(1, 5), column(3))));
    TEST_FALSE(expr_equal(expr_null(&arena, VALUE_INTEGER, 0), expr_null(&arena, VALUE_TEXT, 0)));
    end();
}

/* E2: depth and weight are those of the tree; a shared node counts each time. */
TEST(depth_and_weight)
{
    const struct expr *expr = NULL;

    begin();
    expr = number(1, 0);
    for (int i = 0; i < 10; i++) {
        expr = add(expr, expr);
    }
    TEST_EQUAL(11, expr->depth);
    TEST_EQUAL(2047, expr->weight);
    for (int i = 0; i < 9; i++) {
        expr = add(expr, expr);
    }
    const struct expr *both[2] = {expr, expr};

    TEST_EQUAL((1 << 20) - 1, expr->weight);
    TEST_TRUE(expr_too_deep(2, both));
    end();
}

/* E3: a rewrite makes new nodes and shares what it does not touch. */
TEST(replacing_columns_shares_the_rest)
{
    begin();
    const struct expr *kept = add(number(1, 0), number(2, 0));
    const struct expr *expr = add(kept, column(0));
    const struct expr *replacement[1] = {number(7, 0)};
    const struct expr *replaced = expr_replace_columns(&arena, expr, replacement);

    TEST_TRUE(replaced->arguments[0] == kept);
    TEST_TRUE(replaced->arguments[1] == replacement[0]);
    TEST_EQUAL(EXPR_COLUMN, expr->arguments[1]->kind);
    TEST_TRUE(expr_replace_columns(&arena, kept, replacement) == kept);
    end();
}

TEST(volatility_and_columns)
{
    begin();
    const struct expr *random = expr_call(&arena, FUNCTION_RANDOM, 0, 0, NULL);
    bool used[4] = {false};

    TEST_EQUAL(FUNCTION_VOLATILE, expr_volatility(random));
    TEST_EQUAL(FUNCTION_IMMUTABLE, expr_volatility(add(column(1), number(1, 0))));
    TEST_FALSE(expr_is_free_of_columns(add(column(1), number(1, 0))));
    TEST_TRUE(expr_is_free_of_columns(random));
    expr_mark_columns(add(column(1), column(3)), used, 4);
    TEST_TRUE(used[1] && used[3] && !used[0] && !used[2]);
    end();
}

TEST(and_is_flat)
{
    begin();
    const struct expr *t = expr_boolean(&arena, true);
    const struct expr *two = expr_and(&arena, t, t);

    TEST_TRUE(expr_and(&arena, NULL, t) == t);
    TEST_TRUE(expr_and(&arena, NULL, NULL) == NULL);
    TEST_EQUAL(4, expr_and(&arena, two, two)->argument_count);
    end();
}
