/*
 * kernels_compare.c - comparisons: typed loops for numbers, row by row for the rest.
 *
 * The loops over a column and a constant, and over two columns, without a selection, are plain enough
 * for the compiler to turn into vector instructions. Both sides of `double` follow SQL's order: NaN is
 * equal to NaN and greater than everything else.
 */
#include "eval/kernels.h"
#include "eval/kernels_time.h"
#include "eval/kernels_types.h"

#define INTEGER_EQ(a, b) ((a) == (b))
#define INTEGER_LT(a, b) ((a) < (b))
#define DOUBLE_EQ(a, b)  (((a) == (b)) | (((a) != (a)) & ((b) != (b))))
#define DOUBLE_LT(a, b)  (((a) < (b)) | (((b) != (b)) & ((a) == (a))))

/* The six comparisons from two. */
#define TEST_EQ(EQ, LT, a, b) EQ(a, b)
#define TEST_NE(EQ, LT, a, b) (!EQ(a, b))
#define TEST_LT(EQ, LT, a, b) LT(a, b)
#define TEST_LE(EQ, LT, a, b) (!LT(b, a))
#define TEST_GT(EQ, LT, a, b) LT(b, a)
#define TEST_GE(EQ, LT, a, b) (!LT(a, b))

/* Truth values for all selected rows. */
#define DEFINE_KERNEL(NAME, c_type, member, EQ, LT, TEST)                    \
    EVAL_KERNEL(NAME)                                                        \
    {                                                                        \
        const c_type *restrict a = call->arguments[0]->member;               \
        const c_type *restrict b = call->arguments[1]->member;               \
        uint8_t *restrict out = call->out->bools;                            \
        uint32_t count = call->rows.count;                                   \
        bool a_constant = call->arguments[0]->constant;                      \
        bool b_constant = call->arguments[1]->constant;                      \
                                                                             \
        if (call->rows.at != NULL || (a_constant && !b_constant)) {          \
            for (uint32_t i = 0; i < count; i++) {                           \
                uint32_t r = eval_row(call->rows, i);                        \
                c_type x = a[a_constant ? 0 : r], y = b[b_constant ? 0 : r]; \
                out[r] = TEST(EQ, LT, x, y);                                 \
            }                                                                \
        } else if (b_constant) {                                             \
            c_type y = b[0];                                                 \
            for (uint32_t r = 0; r < count; r++) {                           \
                out[r] = TEST(EQ, LT, a[r], y);                              \
            }                                                                \
        } else {                                                             \
            for (uint32_t r = 0; r < count; r++) {                           \
                out[r] = TEST(EQ, LT, a[r], b[r]);                           \
            }                                                                \
        }                                                                    \
        return VV_OK;                                                        \
    }

/* Row numbers straight away: store, then step on if it holds. a is no constant. */
#define KEEP(condition)              \
    do {                             \
        uint32_t kept = (condition); \
        to[count] = (uint16_t)r;     \
        count += kept;               \
    } while (0)

#define DEFINE_COMPARER(NAME, c_type, member, EQ, LT, TEST)                          \
    static uint32_t NAME(const struct value_vector *a, const struct value_vector *b, \
                         struct eval_rows rows, uint16_t *to)                        \
    {                                                                                \
        const c_type *x = a->member;                                                 \
        const c_type *y = b->member;                                                 \
        uint32_t count = 0;                                                          \
                                                                                     \
        if (a->has_nulls || (b->has_nulls && !b->constant)) {                        \
            for (uint32_t i = 0; i < rows.count; i++) {                              \
                uint32_t r = eval_row(rows, i);                                      \
                c_type z = y[b->constant ? 0 : r];                                   \
                KEEP((uint32_t)(TEST(EQ, LT, x[r], z)) &                             \
                     (uint32_t)(!vector_is_null(a, r) && !vector_is_null(b, r)));    \
            }                                                                        \
        } else if (!b->constant) {                                                   \
            for (uint32_t i = 0; i < rows.count; i++) {                              \
                uint32_t r = eval_row(rows, i);                                      \
                KEEP(TEST(EQ, LT, x[r], y[r]));                                      \
            }                                                                        \
        } else if (rows.at != NULL) {                                                \
            c_type z = y[0];                                                         \
            for (uint32_t i = 0; i < rows.count; i++) {                              \
                uint32_t r = rows.at[i];                                             \
                KEEP(TEST(EQ, LT, x[r], z));                                         \
            }                                                                        \
        } else {                                                                     \
            c_type z = y[0];                                                         \
            for (uint32_t r = 0; r < rows.count; r++) {                              \
                KEEP(TEST(EQ, LT, x[r], z));                                         \
            }                                                                        \
        }                                                                            \
        return count;                                                                \
    }

#define DEFINE_SIX(TYPE, type, c_type, member, EQ, LT)                    \
    DEFINE_KERNEL(kernel_##TYPE##_EQ, c_type, member, EQ, LT, TEST_EQ)    \
    DEFINE_KERNEL(kernel_##TYPE##_NE, c_type, member, EQ, LT, TEST_NE)    \
    DEFINE_KERNEL(kernel_##TYPE##_LT, c_type, member, EQ, LT, TEST_LT)    \
    DEFINE_KERNEL(kernel_##TYPE##_LE, c_type, member, EQ, LT, TEST_LE)    \
    DEFINE_KERNEL(kernel_##TYPE##_GT, c_type, member, EQ, LT, TEST_GT)    \
    DEFINE_KERNEL(kernel_##TYPE##_GE, c_type, member, EQ, LT, TEST_GE)    \
    DEFINE_COMPARER(compare_##type##_eq, c_type, member, EQ, LT, TEST_EQ) \
    DEFINE_COMPARER(compare_##type##_ne, c_type, member, EQ, LT, TEST_NE) \
    DEFINE_COMPARER(compare_##type##_lt, c_type, member, EQ, LT, TEST_LT) \
    DEFINE_COMPARER(compare_##type##_le, c_type, member, EQ, LT, TEST_LE) \
    DEFINE_COMPARER(compare_##type##_gt, c_type, member, EQ, LT, TEST_GT) \
    DEFINE_COMPARER(compare_##type##_ge, c_type, member, EQ, LT, TEST_GE)

DEFINE_SIX(BOOLEAN, boolean, uint8_t, bools, INTEGER_EQ, INTEGER_LT)
DEFINE_SIX(INTEGER, integer, int32_t, i32s, INTEGER_EQ, INTEGER_LT)
DEFINE_SIX(BIGINT, bigint, int64_t, i64s, INTEGER_EQ, INTEGER_LT)
DEFINE_SIX(DOUBLE, double, double, f64s, DOUBLE_EQ, DOUBLE_LT)

/* Numerics and strings: payloads of NULLs are not looked at. bytes: of the left one, at most as many are compared (EV5). */
#define DEFINE_SLOW(NAME, test, bytes)                             \
    EVAL_KERNEL(NAME)                                              \
    {                                                              \
        const struct value_vector *a = call->arguments[0];         \
        const struct value_vector *b = call->arguments[1];         \
        uint64_t work = 0;                                         \
                                                                   \
        for (uint32_t i = 0; i < call->rows.count; i++) {          \
            uint32_t r = eval_row(call->rows, i);                  \
            if (!vector_is_null(call->out, r)) {                   \
                call->out->bools[r] = (test);                      \
                work += (bytes);                                   \
            }                                                      \
            if (VV_UNLIKELY(work > PACE_WORK)) {                   \
                VV_TRY(eval_work(call->state, work, call->error)); \
                work = 0;                                          \
            }                                                      \
        }                                                          \
        return eval_work(call->state, work, call->error);          \
    }

#define STRING_BYTES a->strings[eval_place(a, r)].size
#define STRINGS_EQUAL \
    vector_string_equal(&a->strings[eval_place(a, r)], &b->strings[eval_place(b, r)])
#define ORDER eval_place_compare(a, r, b, r)

DEFINE_SLOW(kernel_NUMERIC_EQ, ORDER == 0, 0)
DEFINE_SLOW(kernel_NUMERIC_NE, ORDER != 0, 0)
DEFINE_SLOW(kernel_NUMERIC_LT, ORDER < 0, 0)
DEFINE_SLOW(kernel_NUMERIC_LE, ORDER <= 0, 0)
DEFINE_SLOW(kernel_NUMERIC_GT, ORDER > 0, 0)
DEFINE_SLOW(kernel_NUMERIC_GE, ORDER >= 0, 0)
DEFINE_SLOW(kernel_TEXT_EQ, STRINGS_EQUAL, STRING_BYTES)
DEFINE_SLOW(kernel_TEXT_NE, !STRINGS_EQUAL, STRING_BYTES)
DEFINE_SLOW(kernel_TEXT_LT, ORDER < 0, STRING_BYTES)
DEFINE_SLOW(kernel_TEXT_LE, ORDER <= 0, STRING_BYTES)
DEFINE_SLOW(kernel_TEXT_GT, ORDER > 0, STRING_BYTES)
DEFINE_SLOW(kernel_TEXT_GE, ORDER >= 0, STRING_BYTES)

#define DEFINE_SIX_SLOW(TYPE, bytes)                   \
    DEFINE_SLOW(kernel_##TYPE##_EQ, ORDER == 0, bytes) \
    DEFINE_SLOW(kernel_##TYPE##_NE, ORDER != 0, bytes) \
    DEFINE_SLOW(kernel_##TYPE##_LT, ORDER < 0, bytes)  \
    DEFINE_SLOW(kernel_##TYPE##_LE, ORDER <= 0, bytes) \
    DEFINE_SLOW(kernel_##TYPE##_GT, ORDER > 0, bytes)  \
    DEFINE_SLOW(kernel_##TYPE##_GE, ORDER >= 0, bytes)

DEFINE_SIX_SLOW(BPCHAR, STRING_BYTES)
DEFINE_SIX_SLOW(UUID, 0)
DEFINE_SIX_SLOW(INTERVAL, 0)

eval_comparer eval_comparer_of(enum value_type type, enum function_comparison comparison)
{
#define SIX(type)                                       \
    {                                                   \
        [FUNCTION_COMPARISON_EQ] = compare_##type##_eq, \
        [FUNCTION_COMPARISON_NE] = compare_##type##_ne, \
        [FUNCTION_COMPARISON_LT] = compare_##type##_lt, \
        [FUNCTION_COMPARISON_LE] = compare_##type##_le, \
        [FUNCTION_COMPARISON_GT] = compare_##type##_gt, \
        [FUNCTION_COMPARISON_GE] = compare_##type##_ge, \
    }
    static const eval_comparer comparers[VALUE_TYPE_COUNT][FUNCTION_COMPARISON_GE + 1] = {
        [VALUE_BOOLEAN] = SIX(boolean),     [VALUE_INTEGER] = SIX(integer),
        [VALUE_BIGINT] = SIX(bigint),       [VALUE_DOUBLE] = SIX(double),
        [VALUE_SMALLINT] = SIX(integer),    [VALUE_REAL] = SIX(double),
        [VALUE_DATE] = SIX(integer),        [VALUE_TIME] = SIX(bigint),
        [VALUE_TIMESTAMP] = SIX(bigint),    [VALUE_TIMESTAMPTZ] = SIX(bigint),
        [VALUE_OID] = SIX(bigint),          [VALUE_REGCLASS] = SIX(bigint),
        [VALUE_REGTYPE] = SIX(bigint),      [VALUE_REGPROC] = SIX(bigint),
        [VALUE_REGNAMESPACE] = SIX(bigint), [VALUE_REGROLE] = SIX(bigint),
    };
    return comparers[type][comparison];
}
