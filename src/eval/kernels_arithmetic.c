/*
 * kernels_arithmetic.c - typed loops for arithmetic and for the casts between numbers.
 *
 * A loop runs over all selected rows, NULL or not, and only collects whether anything went wrong; if so
 * the rows are looked at again, without the NULLs, to find the fault (payloads of NULLs are numbers like
 * any other and must not raise errors).
 */
#include <math.h>

#include "eval/kernels.h"
#include "eval/kernels_types.h"

/* ---- operations: the result into *r, EVAL_FINE or what is wrong ---- */

static inline enum eval_fault integer_add(int32_t a, int32_t b, int32_t *r)
{
    int64_t wide = (int64_t)a + b;

    *r = (int32_t)wide;
    return wide != *r ? EVAL_INTEGER_RANGE : EVAL_FINE;
}

static inline enum eval_fault integer_subtract(int32_t a, int32_t b, int32_t *r)
{
    int64_t wide = (int64_t)a - b;

    *r = (int32_t)wide;
    return wide != *r ? EVAL_INTEGER_RANGE : EVAL_FINE;
}

static inline enum eval_fault integer_multiply(int32_t a, int32_t b, int32_t *r)
{
    int64_t wide = (int64_t)a * b;

    *r = (int32_t)wide;
    return wide != *r ? EVAL_INTEGER_RANGE : EVAL_FINE;
}

static inline enum eval_fault integer_divide(int32_t a, int32_t b, int32_t *r)
{
    *r = 0;
    if (b == 0) {
        return EVAL_DIVISION;
    }
    if (b == -1) {
        return integer_subtract(0, a, r);
    }
    *r = a / b;
    return EVAL_FINE;
}

static inline enum eval_fault integer_modulo(int32_t a, int32_t b, int32_t *r)
{
    *r = 0;
    if (b == 0) {
        return EVAL_DIVISION;
    }
    *r = b == -1 ? 0 : a % b;
    return EVAL_FINE;
}

static inline enum eval_fault bigint_add(int64_t a, int64_t b, int64_t *r)
{
    *r = (int64_t)((uint64_t)a + (uint64_t)b);
    return ((a ^ *r) & (b ^ *r)) < 0 ? EVAL_BIGINT_RANGE : EVAL_FINE;
}

static inline enum eval_fault bigint_subtract(int64_t a, int64_t b, int64_t *r)
{
    *r = (int64_t)((uint64_t)a - (uint64_t)b);
    return ((a ^ b) & (a ^ *r)) < 0 ? EVAL_BIGINT_RANGE : EVAL_FINE;
}

static inline enum eval_fault bigint_multiply(int64_t a, int64_t b, int64_t *r)
{
    return __builtin_mul_overflow(a, b, r) ? EVAL_BIGINT_RANGE : EVAL_FINE;
}

static inline enum eval_fault bigint_divide(int64_t a, int64_t b, int64_t *r)
{
    *r = 0;
    if (b == 0) {
        return EVAL_DIVISION;
    }
    if (b == -1) {
        return bigint_subtract(0, a, r);
    }
    *r = a / b;
    return EVAL_FINE;
}

static inline enum eval_fault bigint_modulo(int64_t a, int64_t b, int64_t *r)
{
    *r = 0;
    if (b == 0) {
        return EVAL_DIVISION;
    }
    *r = b == -1 ? 0 : a % b;
    return EVAL_FINE;
}

static inline enum eval_fault double_sum_check(double a, double b, double r)
{
    return isinf(r) && !isinf(a) && !isinf(b) ? EVAL_OVERFLOW : EVAL_FINE;
}

static inline enum eval_fault double_add(double a, double b, double *r)
{
    *r = a + b;
    return double_sum_check(a, b, *r);
}

static inline enum eval_fault double_subtract(double a, double b, double *r)
{
    *r = a - b;
    return double_sum_check(a, b, *r);
}

static inline enum eval_fault double_multiply(double a, double b, double *r)
{
    *r = a * b;
    if (*r == 0 && a != 0 && b != 0) {
        return EVAL_UNDERFLOW;
    }
    return double_sum_check(a, b, *r);
}

static inline enum eval_fault double_divide(double a, double b, double *r)
{
    *r = 0;
    if (b == 0 && !isnan(a)) {
        return EVAL_DIVISION;
    }
    *r = a / b;
    if (*r == 0 && a != 0 && !isinf(b)) {
        return EVAL_UNDERFLOW;
    }
    return isinf(*r) && !isinf(a) ? EVAL_OVERFLOW : EVAL_FINE;
}

/* SMALLINTs lie in 32 bits, so nothing but the result's range differs. */
static inline enum eval_fault small_check(int32_t r)
{
    return r != (int16_t)r ? EVAL_SMALLINT_RANGE : EVAL_FINE;
}

static inline enum eval_fault small_add(int32_t a, int32_t b, int32_t *r)
{
    *r = (int32_t)((uint32_t)a + (uint32_t)b);
    return small_check(*r);
}

static inline enum eval_fault small_subtract(int32_t a, int32_t b, int32_t *r)
{
    *r = (int32_t)((uint32_t)a - (uint32_t)b);
    return small_check(*r);
}

static inline enum eval_fault small_multiply(int32_t a, int32_t b, int32_t *r)
{
    *r = (int32_t)((uint32_t)a * (uint32_t)b);
    return small_check(*r);
}

static inline enum eval_fault small_divide(int32_t a, int32_t b, int32_t *r)
{
    enum eval_fault fault = integer_divide(a, b, r);

    return fault == EVAL_DIVISION ? fault : small_check(*r);
}

/* REALs lie in doubles. One operation of doubles rounded to single precision is what single precision
 * itself gives: 53 bits are more than twice 24 (Figueroa, 1995). */
static inline enum eval_fault real_add(double a, double b, double *r)
{
    *r = (double)(float)(a + b);
    return double_sum_check(a, b, *r);
}

static inline enum eval_fault real_subtract(double a, double b, double *r)
{
    *r = (double)(float)(a - b);
    return double_sum_check(a, b, *r);
}

static inline enum eval_fault real_multiply(double a, double b, double *r)
{
    *r = (double)(float)(a * b);
    if (*r == 0 && a != 0 && b != 0) {
        return EVAL_UNDERFLOW;
    }
    return double_sum_check(a, b, *r);
}

static inline enum eval_fault real_divide(double a, double b, double *r)
{
    *r = 0;
    if (b == 0 && !isnan(a)) {
        return EVAL_DIVISION;
    }
    *r = (double)(float)(a / b);
    if (*r == 0 && a != 0 && !isinf(b)) {
        return EVAL_UNDERFLOW;
    }
    return isinf(*r) && !isinf(a) ? EVAL_OVERFLOW : EVAL_FINE;
}

/* Without faults. */
#define DEFINE_PLAIN(name, type, expression)                    \
    static inline enum eval_fault name(type a, type b, type *r) \
    {                                                           \
        *r = (type)(expression);                                \
        return EVAL_FINE;                                       \
    }

DEFINE_PLAIN(integer_bit_and, int32_t, a &b)
DEFINE_PLAIN(integer_bit_or, int32_t, a | b)
DEFINE_PLAIN(integer_bit_xor, int32_t, a ^ b)
DEFINE_PLAIN(integer_shift_left, int32_t, (uint32_t)a << (b & 31))
DEFINE_PLAIN(integer_shift_right, int32_t, a >> (b & 31))
DEFINE_PLAIN(small_shift_left, int32_t, (int16_t)((uint32_t)a << (b & 31)))
DEFINE_PLAIN(bigint_bit_and, int64_t, a &b)
DEFINE_PLAIN(bigint_bit_or, int64_t, a | b)
DEFINE_PLAIN(bigint_bit_xor, int64_t, a ^ b)

/* ---- loops ---- */

/* Looks again for the fault that the loop has seen; EVAL_FINE: only NULLs had it. */
#define FIND_FAULT(operation)                                      \
    for (uint32_t i = 0; i < call->rows.count; i++) {              \
        uint32_t r = eval_row(call->rows, i);                      \
        enum eval_fault again = (operation);                       \
        if (again != EVAL_FINE && !vector_is_null(call->out, r)) { \
            return eval_fault_set(again, call->error);             \
        }                                                          \
    }

#define DEFINE_BINARY(NAME, operation, c_type, member)                                     \
    EVAL_KERNEL(NAME)                                                                      \
    {                                                                                      \
        const c_type *restrict a = call->arguments[0]->member;                             \
        const c_type *restrict b = call->arguments[1]->member;                             \
        c_type *restrict out = call->out->member;                                          \
        uint32_t count = call->rows.count;                                                 \
        bool a_constant = call->arguments[0]->constant;                                    \
        bool b_constant = call->arguments[1]->constant;                                    \
        unsigned fault = 0;                                                                \
                                                                                           \
        if (call->rows.at != NULL || (a_constant && !b_constant)) {                        \
            for (uint32_t i = 0; i < count; i++) {                                         \
                uint32_t r = eval_row(call->rows, i);                                      \
                fault |= operation(a[a_constant ? 0 : r], b[b_constant ? 0 : r], &out[r]); \
            }                                                                              \
        } else if (b_constant) {                                                           \
            c_type y = b[0];                                                               \
            for (uint32_t r = 0; r < count; r++) {                                         \
                fault |= operation(a[r], y, &out[r]);                                      \
            }                                                                              \
        } else {                                                                           \
            for (uint32_t r = 0; r < count; r++) {                                         \
                fault |= operation(a[r], b[r], &out[r]);                                   \
            }                                                                              \
        }                                                                                  \
        if (fault != 0) {                                                                  \
            FIND_FAULT(operation(a[a_constant ? 0 : r], b[b_constant ? 0 : r], &out[r]))   \
        }                                                                                  \
        return VV_OK;                                                                      \
    }

DEFINE_BINARY(kernel_INTEGER_ADD, integer_add, int32_t, i32s)
DEFINE_BINARY(kernel_INTEGER_SUBTRACT, integer_subtract, int32_t, i32s)
DEFINE_BINARY(kernel_INTEGER_MULTIPLY, integer_multiply, int32_t, i32s)
DEFINE_BINARY(kernel_INTEGER_DIVIDE, integer_divide, int32_t, i32s)
DEFINE_BINARY(kernel_INTEGER_MODULO, integer_modulo, int32_t, i32s)
DEFINE_BINARY(kernel_INTEGER_BIT_AND, integer_bit_and, int32_t, i32s)
DEFINE_BINARY(kernel_INTEGER_BIT_OR, integer_bit_or, int32_t, i32s)
DEFINE_BINARY(kernel_INTEGER_BIT_XOR, integer_bit_xor, int32_t, i32s)
DEFINE_BINARY(kernel_INTEGER_SHIFT_LEFT, integer_shift_left, int32_t, i32s)
DEFINE_BINARY(kernel_INTEGER_SHIFT_RIGHT, integer_shift_right, int32_t, i32s)
DEFINE_BINARY(kernel_SMALLINT_ADD, small_add, int32_t, i32s)
DEFINE_BINARY(kernel_SMALLINT_SUBTRACT, small_subtract, int32_t, i32s)
DEFINE_BINARY(kernel_SMALLINT_MULTIPLY, small_multiply, int32_t, i32s)
DEFINE_BINARY(kernel_SMALLINT_DIVIDE, small_divide, int32_t, i32s)
DEFINE_BINARY(kernel_SMALLINT_MODULO, integer_modulo, int32_t, i32s)
DEFINE_BINARY(kernel_SMALLINT_SHIFT_LEFT, small_shift_left, int32_t, i32s)
DEFINE_BINARY(kernel_REAL_ADD, real_add, double, f64s)
DEFINE_BINARY(kernel_REAL_SUBTRACT, real_subtract, double, f64s)
DEFINE_BINARY(kernel_REAL_MULTIPLY, real_multiply, double, f64s)
DEFINE_BINARY(kernel_REAL_DIVIDE, real_divide, double, f64s)
DEFINE_BINARY(kernel_BIGINT_ADD, bigint_add, int64_t, i64s)
DEFINE_BINARY(kernel_BIGINT_SUBTRACT, bigint_subtract, int64_t, i64s)
DEFINE_BINARY(kernel_BIGINT_MULTIPLY, bigint_multiply, int64_t, i64s)
DEFINE_BINARY(kernel_BIGINT_DIVIDE, bigint_divide, int64_t, i64s)
static DEFINE_BINARY(bigint_modulo_any, bigint_modulo, int64_t, i64s)

    /* By a constant: dividends below 2^32 need two multiplications instead of a division (D. Lemire,
 * O. Kaser, N. Kurz: Faster remainder by direct computation, 2019). */
    EVAL_KERNEL(kernel_BIGINT_MODULO)
{
    const struct value_vector *by = call->arguments[1];
    const int64_t *restrict a = call->arguments[0]->i64s;
    int64_t *restrict out = call->out->i64s;
    uint64_t divisor = by->constant && !vector_is_null(by, 0) ? (uint64_t)by->i64s[0] : 0;
    uint64_t inverse = 0;

    if (divisor == 0 || divisor >> 31 != 0 || call->arguments[0]->constant) {
        return bigint_modulo_any(call);
    }
    inverse = UINT64_MAX / divisor + 1;
    for (uint32_t i = 0; i < call->rows.count; i++) {
        uint32_t r = eval_row(call->rows, i);
        uint64_t low = inverse * (uint64_t)a[r];

        out[r] = (uint64_t)a[r] >> 32 == 0
                     ? (int64_t)(uint64_t)(((unsigned __int128)low * divisor) >> 64)
                     : a[r] % (int64_t)divisor;
    }
    return VV_OK;
}
DEFINE_BINARY(kernel_BIGINT_BIT_AND, bigint_bit_and, int64_t, i64s)
DEFINE_BINARY(kernel_BIGINT_BIT_OR, bigint_bit_or, int64_t, i64s)
DEFINE_BINARY(kernel_BIGINT_BIT_XOR, bigint_bit_xor, int64_t, i64s)
DEFINE_BINARY(kernel_DOUBLE_ADD, double_add, double, f64s)
DEFINE_BINARY(kernel_DOUBLE_SUBTRACT, double_subtract, double, f64s)
DEFINE_BINARY(kernel_DOUBLE_MULTIPLY, double_multiply, double, f64s)
DEFINE_BINARY(kernel_DOUBLE_DIVIDE, double_divide, double, f64s)

/* The fault of a status of numeric.h. */
static enum eval_fault numeric_fault(vv_status status)
{
    return status == VV_OK ? EVAL_FINE : status == VV_INVALID ? EVAL_DIVISION : EVAL_NUMERIC_RANGE;
}

#define DEFINE_NUMERIC(NAME, function)                                                            \
    EVAL_KERNEL(NAME)                                                                             \
    {                                                                                             \
        const struct value_vector *a = call->arguments[0];                                        \
        const struct value_vector *b = call->arguments[1];                                        \
                                                                                                  \
        for (uint32_t i = 0; i < call->rows.count; i++) {                                         \
            uint32_t r = eval_row(call->rows, i);                                                 \
            enum eval_fault fault;                                                                \
            if (vector_is_null(call->out, r)) {                                                   \
                continue;                                                                         \
            }                                                                                     \
            fault =                                                                               \
                numeric_fault(function(&a->numerics[eval_place(a, r)],                            \
                                       &b->numerics[eval_place(b, r)], &call->out->numerics[r])); \
            if (fault != EVAL_FINE) {                                                             \
                return eval_fault_set(fault, call->error);                                        \
            }                                                                                     \
        }                                                                                         \
        return VV_OK;                                                                             \
    }

DEFINE_NUMERIC(kernel_NUMERIC_ADD, numeric_add)
DEFINE_NUMERIC(kernel_NUMERIC_SUBTRACT, numeric_subtract)
DEFINE_NUMERIC(kernel_NUMERIC_MULTIPLY, numeric_multiply)
DEFINE_NUMERIC(kernel_NUMERIC_DIVIDE, numeric_divide)
DEFINE_NUMERIC(kernel_NUMERIC_MODULO, numeric_modulo)

/* ---- casts between numbers ---- */

#define DEFINE_UNARY(NAME, from_member, to_member, expression) \
    EVAL_KERNEL(NAME)                                          \
    {                                                          \
        const struct value_vector *a = call->arguments[0];     \
                                                               \
        if (call->rows.at == NULL) {                           \
            for (uint32_t r = 0; r < call->rows.count; r++) {  \
                call->out->to_member[r] = (expression);        \
            }                                                  \
        } else {                                               \
            for (uint32_t i = 0; i < call->rows.count; i++) {  \
                uint32_t r = call->rows.at[i];                 \
                call->out->to_member[r] = (expression);        \
            }                                                  \
        }                                                      \
        return VV_OK;                                          \
    }

DEFINE_UNARY(kernel_CAST_INTEGER_BIGINT, i32s, i64s, a->i32s[r])
DEFINE_UNARY(kernel_CAST_INTEGER_DOUBLE, i32s, f64s, a->i32s[r])
DEFINE_UNARY(kernel_CAST_BIGINT_DOUBLE, i64s, f64s, (double)a->i64s[r])
DEFINE_UNARY(kernel_CAST_INTEGER_NUMERIC, i32s, numerics, numeric_from_int64(a->i32s[r]))
DEFINE_UNARY(kernel_CAST_BIGINT_NUMERIC, i64s, numerics, numeric_from_int64(a->i64s[r]))
DEFINE_UNARY(kernel_CAST_INTEGER_BOOLEAN, i32s, bools, a->i32s[r] != 0)
DEFINE_UNARY(kernel_CAST_BOOLEAN_INTEGER, bools, i32s, a->bools[r] != 0)

EVAL_KERNEL(kernel_CAST_BIGINT_INTEGER)
{
    const struct value_vector *a = call->arguments[0];

    for (uint32_t i = 0; i < call->rows.count; i++) {
        uint32_t r = eval_row(call->rows, i);
        int64_t x = a->i64s[r];

        if ((x < INT32_MIN || x > INT32_MAX) && !vector_is_null(call->out, r)) {
            return eval_fault_set(EVAL_INTEGER_RANGE, call->error);
        }
        call->out->i32s[r] = (int32_t)x;
    }
    return VV_OK;
}
