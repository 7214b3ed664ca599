/* test_numeric.c - decimals against PostgreSQL's answers and against themselves. */
#include "test.h"

#include "golden.h"
#include "random_value.h"
#include "value/numeric.h"

static vv_status apply(const struct golden *golden, struct numeric *out)
{
    struct numeric a, b = numeric_make(0, 0);
    int scale = 0;

    if (numeric_parse(slice_text(golden->a), &a) != VV_OK) {
        return VV_CORRUPT;
    }
    if (golden->kind[1] == 0 && numeric_parse(slice_text(golden->b), &b) != VV_OK) {
        return VV_CORRUPT;
    }
    sscanf(golden->b, "%d", &scale);
    switch (golden->kind[0]) {
    case '+':
        return numeric_add(&a, &b, out);
    case '-':
        return numeric_subtract(&a, &b, out);
    case '*':
        return numeric_multiply(&a, &b, out);
    case '/':
        return numeric_divide(&a, &b, out);
    case '%':
        return numeric_modulo(&a, &b, out);
    case 'r':
        return numeric_round(&a, scale, out);
    case 't':
        return numeric_truncate(&a, scale, out);
    case 'f':
        return numeric_floor(&a, out);
    default:
        return numeric_ceiling(&a, out);
    }
}

static unsigned digits_of(const char *text)
{
    unsigned digits = 0;

    while (*text == '-' || *text == '0' || *text == '.') {
        text++;
    }
    for (; *text != 0; text++) {
        digits += *text != '.';
    }
    return digits;
}

/* The scales and digits of all operations are PostgreSQL's; N1: beyond 38 digits it is an error. */
TEST(arithmetic_is_postgresqls)
{
    unsigned wrong = 0, limits = 0;

    (void)state;
    for (size_t i = 0; i < GOLDEN_COUNT; i++) {
        const struct golden *golden = &goldens[i];
        char text[NUMERIC_TEXT_BYTES + 1];
        struct numeric result;
        vv_status status;

        if (strchr("+-*/%", golden->kind[0]) == NULL && strcmp(golden->kind, "round") != 0 &&
            strcmp(golden->kind, "trunc") != 0 && strcmp(golden->kind, "floor") != 0 &&
            strcmp(golden->kind, "ceil") != 0) {
            continue;
        }
        status = apply(golden, &result);
        if (status == VV_LIMIT && digits_of(golden->answer) > NUMERIC_DIGITS_MAX) {
            limits++;
            continue;
        }
        if (status == VV_OK) {
            text[numeric_print(&result, text)] = 0;
        }
        wrong += golden_differs(golden, status == VV_OK        ? text
                                        : status == VV_INVALID ? "!22012 division by zero"
                                                               : status_name(status));
    }
    TEST_EQUAL(0, wrong);
    TEST_TRUE(limits < 60);
}

/* N3: what is printed reads back with coefficient and scale; N2: equal values hash equal. */
TEST(print_and_parse_agree)
{
    struct rng rng;

    (void)state;
    rng_init(&rng, test_seed(1));
    for (unsigned i = 0; i < 20000; i++) {
        struct numeric x = random_numeric(&rng), y, z;
        char text[NUMERIC_TEXT_BYTES];
        size_t size = numeric_print(&x, text);

        TEST_TRUE(size <= NUMERIC_TEXT_BYTES);
        TEST_OK(numeric_parse(slice_make(text, size), &y));
        TEST_TRUE(x.coefficient == y.coefficient && x.scale == y.scale && x.kind == y.kind);
        if (numeric_round(&x, x.scale + 3, &z) == VV_OK) {
            TEST_EQUAL(0, numeric_compare(&x, &z));
            TEST_TRUE(numeric_hash(&x) == numeric_hash(&z));
        }
    }
}

/* V1: compare is the sign of the difference. */
TEST(compare_is_sign_of_difference)
{
    struct rng rng;

    (void)state;
    rng_init(&rng, test_seed(2));
    for (unsigned i = 0; i < 20000; i++) {
        struct numeric a = random_numeric(&rng), b = random_numeric(&rng), d;

        TEST_EQUAL(numeric_compare(&a, &b), -numeric_compare(&b, &a));
        if (a.kind == NUMERIC_FINITE && b.kind == NUMERIC_FINITE &&
            numeric_subtract(&a, &b, &d) == VV_OK) {
            TEST_EQUAL(numeric_sign(&d), numeric_compare(&a, &b));
        }
    }
}

/* numeric(5,2): rounds into its field, refuses what does not fit. */
TEST(fit_rounds_and_refuses)
{
    struct numeric x, y;
    char text[NUMERIC_TEXT_BYTES + 1];

    (void)state;
    TEST_OK(numeric_parse(slice_text("123.455"), &x));
    TEST_OK(numeric_fit(&x, 5, 2, &y));
    text[numeric_print(&y, text)] = 0;
    TEST_TEXT("123.46", text);
    TEST_OK(numeric_parse(slice_text("999.995"), &x));
    TEST_STATUS(VV_LIMIT, numeric_fit(&x, 5, 2, &y));
    TEST_OK(numeric_parse(slice_text("99999999999999999999999999999999999999"), &x));
    TEST_STATUS(VV_LIMIT, numeric_add(&x, &x, &y));
}
