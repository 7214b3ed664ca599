/*
 * functions_numeric.c - functions of exact numbers: numeric.h and numeric_math.h with PostgreSQL's messages.
 */
#include "eval/kernels.h"
#include "value/numeric_math.h"

static vv_status done(struct eval_call *call, vv_status status);
static vv_status logarithm_domain(struct eval_call *call, const struct numeric *x);

EVAL_SCALAR(scalar_NUMERIC_SQRT)
{
    vv_status status = numeric_sqrt(&arguments[0].numeric, &out->numeric);

    return status == VV_INVALID ? error_set(call->error, VV_SQLSTATE_INVALID_ARGUMENT_FOR_POWER, 0,
                                            "cannot take square root of a negative number")
                                : done(call, status);
}

EVAL_SCALAR(scalar_NUMERIC_EXP)
{
    return done(call, numeric_exp(&arguments[0].numeric, &out->numeric));
}

EVAL_SCALAR(scalar_NUMERIC_LN)
{
    VV_TRY(logarithm_domain(call, &arguments[0].numeric));
    return done(call, numeric_ln(&arguments[0].numeric, &out->numeric));
}

EVAL_SCALAR(scalar_NUMERIC_LOG10)
{
    struct numeric ten = numeric_from_int64(10);

    VV_TRY(logarithm_domain(call, &arguments[0].numeric));
    return done(call, numeric_log(&ten, &arguments[0].numeric, &out->numeric));
}

EVAL_SCALAR(scalar_NUMERIC_LOG)
{
    bool nan = numeric_is_nan(&arguments[0].numeric) || numeric_is_nan(&arguments[1].numeric);

    if (!nan && (numeric_sign(&arguments[0].numeric) < 0 ||
                 (arguments[0].numeric.kind != arguments[1].numeric.kind &&
                  numeric_sign(&arguments[1].numeric) < 0))) {
        return eval_logarithm_error(call, false);
    }
    for (int i = 0; i < 2 && !nan; i++) {
        VV_TRY(logarithm_domain(call, &arguments[i].numeric));
    }
    return done(call, numeric_log(&arguments[0].numeric, &arguments[1].numeric, &out->numeric));
}

EVAL_SCALAR(scalar_NUMERIC_POWER)
{
    const struct numeric *x = &arguments[0].numeric, *y = &arguments[1].numeric;
    bool nan = numeric_is_nan(x) || numeric_is_nan(y);

    if (!nan && numeric_is_zero(x) && numeric_sign(y) < 0) {
        return error_set(call->error, VV_SQLSTATE_INVALID_ARGUMENT_FOR_POWER, 0,
                         "zero raised to a negative power is undefined");
    }
    if (!nan && numeric_sign(x) < 0 && !numeric_is_integral(y)) {
        return error_set(call->error, VV_SQLSTATE_INVALID_ARGUMENT_FOR_POWER, 0,
                         "a negative number raised to a non-integer power yields a complex result");
    }
    return done(call, numeric_raise(x, y, &out->numeric));
}

EVAL_SCALAR(scalar_NUMERIC_DIV)
{
    return done(call,
                numeric_quotient(&arguments[0].numeric, &arguments[1].numeric, &out->numeric));
}

EVAL_SCALAR(scalar_NUMERIC_GCD)
{
    return done(call, numeric_gcd(&arguments[0].numeric, &arguments[1].numeric, &out->numeric));
}

EVAL_SCALAR(scalar_NUMERIC_LCM)
{
    return done(call, numeric_lcm(&arguments[0].numeric, &arguments[1].numeric, &out->numeric));
}

EVAL_SCALAR(scalar_FACTORIAL)
{
    int64_t n = arguments[0].integer;
    __int128 product = 1;

    if (n < 0) {
        return error_set(call->error, VV_SQLSTATE_NUMERIC_VALUE_OUT_OF_RANGE, 0,
                         "factorial of a negative number is undefined");
    }
    if (n > 33) { /* 34! has 39 digits */
        return eval_fault_set(EVAL_NUMERIC_RANGE, call->error);
    }
    for (int64_t i = 2; i <= n; i++) {
        product *= i;
    }
    out->numeric = numeric_make(product, 0);
    return VV_OK;
}

EVAL_SCALAR(scalar_NUMERIC_SCALE)
{
    out->null = arguments[0].numeric.kind != NUMERIC_FINITE;
    out->integer = arguments[0].numeric.scale;
    return VV_OK;
}

EVAL_SCALAR(scalar_NUMERIC_MIN_SCALE)
{
    out->null = arguments[0].numeric.kind != NUMERIC_FINITE;
    out->integer = out->null ? 0 : numeric_min_scale(&arguments[0].numeric);
    return VV_OK;
}

EVAL_SCALAR(scalar_NUMERIC_TRIM_SCALE)
{
    out->numeric = arguments[0].numeric;
    return out->numeric.kind != NUMERIC_FINITE
               ? VV_OK
               : done(call, numeric_truncate(&arguments[0].numeric,
                                             (int)numeric_min_scale(&arguments[0].numeric),
                                             &out->numeric));
}

/* floor((x - low) * count / (high - low)) + 1, as PostgreSQL's compute_bucket(). */
static vv_status bucket(const struct numeric *x, const struct numeric *low,
                        const struct numeric *high, int64_t count, int64_t *out)
{
    struct numeric factor = numeric_from_int64(count), above, width, share;

    VV_TRY(numeric_subtract(x, low, &above));
    VV_TRY(numeric_subtract(high, low, &width));
    VV_TRY(numeric_multiply(&above, &factor, &above));
    VV_TRY(numeric_divide(&above, &width, &share));
    VV_TRY(numeric_floor(&share, &share));
    VV_TRY(numeric_to_int64(&share, out));
    *out += 1; /* a quotient rounded up to count is count + 1, in PostgreSQL 15 too */
    return VV_OK;
}

EVAL_SCALAR(scalar_NUMERIC_WIDTH_BUCKET)
{
    const struct numeric *x = &arguments[0].numeric, *low = &arguments[1].numeric;
    const struct numeric *high = &arguments[2].numeric;
    int64_t count = arguments[3].integer;
    bool down = numeric_compare(low, high) > 0;

    VV_TRY(eval_bucket_check(call, count,
                             numeric_is_nan(x) || numeric_is_nan(low) || numeric_is_nan(high),
                             low->kind != NUMERIC_FINITE || high->kind != NUMERIC_FINITE,
                             numeric_compare(low, high) == 0));
    if (down ? numeric_compare(x, low) > 0 : numeric_compare(x, low) < 0) {
        out->integer = 0;
    } else if (down ? numeric_compare(x, high) <= 0 : numeric_compare(x, high) >= 0) {
        out->integer = count + 1;
    } else {
        return done(call, bucket(x, low, high, count, &out->integer));
    }
    return out->integer > INT32_MAX ? eval_fault_set(EVAL_INTEGER_RANGE, call->error) : VV_OK;
}

/* ---- integers ---- */

/* As unsigned magnitudes, so that the least integer has one. */
static uint64_t common_divisor(int64_t a, int64_t b)
{
    uint64_t x = a < 0 ? -(uint64_t)a : (uint64_t)a, y = b < 0 ? -(uint64_t)b : (uint64_t)b;

    while (y != 0) {
        uint64_t rest = x % y;

        x = y;
        y = rest;
    }
    return x;
}

static vv_status integer_done(struct eval_call *call, unsigned __int128 magnitude,
                              struct value *out)
{
    bool wide = out->type == VALUE_BIGINT;

    if (magnitude > (wide ? (uint64_t)INT64_MAX : (uint64_t)INT32_MAX)) {
        return eval_fault_set(wide ? EVAL_BIGINT_RANGE : EVAL_INTEGER_RANGE, call->error);
    }
    out->integer = (int64_t)magnitude;
    return VV_OK;
}

EVAL_SCALAR(scalar_INTEGER_GCD)
{
    return integer_done(call, common_divisor(arguments[0].integer, arguments[1].integer), out);
}

EVAL_SCALAR(scalar_INTEGER_LCM)
{
    int64_t a = arguments[0].integer, b = arguments[1].integer;
    uint64_t divisor = common_divisor(a, b);
    uint64_t y = b < 0 ? -(uint64_t)b : (uint64_t)b;

    if (a == 0 || b == 0) {
        out->integer = 0;
        return VV_OK;
    }
    return integer_done(
        call, (unsigned __int128)((a < 0 ? -(uint64_t)a : (uint64_t)a) / divisor) * y, out);
}

/* ---- errors ---- */

static vv_status done(struct eval_call *call, vv_status status)
{
    return status == VV_OK
               ? VV_OK
               : eval_fault_set(status == VV_INVALID ? EVAL_DIVISION : EVAL_NUMERIC_RANGE,
                                call->error);
}

static vv_status logarithm_domain(struct eval_call *call, const struct numeric *x)
{
    return numeric_sign(x) > 0 ? VV_OK : eval_logarithm_error(call, numeric_is_zero(x));
}
