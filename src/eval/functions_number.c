/*
 * functions_number.c - functions of numbers, one row at a time. Messages are PostgreSQL 15's.
 */
#include <math.h>

#include "eval/kernels.h"

static vv_status numeric_done(struct eval_call *call, vv_status status);
static vv_status check_double(struct eval_call *call, double argument, struct value *out);

/* ---- signs and bits ---- */

EVAL_SCALAR(scalar_PLUS)
{
    *out = arguments[0];
    return VV_OK;
}

EVAL_SCALAR(scalar_INTEGER_NEGATE)
{
    out->integer = -arguments[0].integer;
    return out->integer > INT32_MAX ? eval_fault_set(EVAL_INTEGER_RANGE, call->error) : VV_OK;
}

EVAL_SCALAR(scalar_INTEGER_ABSOLUTE)
{
    return arguments[0].integer < 0 ? scalar_INTEGER_NEGATE(call, arguments, out)
                                    : scalar_PLUS(call, arguments, out);
}

EVAL_SCALAR(scalar_BIGINT_NEGATE)
{
    if (arguments[0].integer == INT64_MIN) {
        return eval_fault_set(EVAL_BIGINT_RANGE, call->error);
    }
    out->integer = -arguments[0].integer;
    return VV_OK;
}

EVAL_SCALAR(scalar_BIGINT_ABSOLUTE)
{
    return arguments[0].integer < 0 ? scalar_BIGINT_NEGATE(call, arguments, out)
                                    : scalar_PLUS(call, arguments, out);
}

EVAL_SCALAR(scalar_BIT_NOT)
{
    out->integer = ~arguments[0].integer;
    return VV_OK;
}

EVAL_SCALAR(scalar_BIGINT_SHIFT_LEFT)
{
    out->integer = (int64_t)((uint64_t)arguments[0].integer << (arguments[1].integer & 63));
    return VV_OK;
}

EVAL_SCALAR(scalar_BIGINT_SHIFT_RIGHT)
{
    out->integer = arguments[0].integer >> (arguments[1].integer & 63);
    return VV_OK;
}

EVAL_SCALAR(scalar_DOUBLE_NEGATE)
{
    out->real = -arguments[0].real;
    return VV_OK;
}

EVAL_SCALAR(scalar_DOUBLE_ABSOLUTE)
{
    out->real = fabs(arguments[0].real);
    return VV_OK;
}

EVAL_SCALAR(scalar_NUMERIC_NEGATE)
{
    out->numeric = numeric_negate(&arguments[0].numeric);
    return VV_OK;
}

EVAL_SCALAR(scalar_NUMERIC_ABSOLUTE)
{
    out->numeric = numeric_absolute(&arguments[0].numeric);
    return VV_OK;
}

EVAL_SCALAR(scalar_DOUBLE_SIGN)
{
    double x = arguments[0].real;

    out->real = (x > 0) - (x < 0); /* of NaN too: 0 */
    return VV_OK;
}

EVAL_SCALAR(scalar_NUMERIC_SIGN)
{
    out->numeric = numeric_is_nan(&arguments[0].numeric)
                       ? arguments[0].numeric
                       : numeric_from_int64(numeric_sign(&arguments[0].numeric));
    return VV_OK;
}

/* ---- rounding ---- */

EVAL_SCALAR(scalar_DOUBLE_ROUND) /* half to even */
{
    out->real = nearbyint(arguments[0].real);
    return VV_OK;
}

EVAL_SCALAR(scalar_DOUBLE_TRUNC)
{
    out->real = trunc(arguments[0].real);
    return VV_OK;
}

EVAL_SCALAR(scalar_DOUBLE_CEIL)
{
    out->real = ceil(arguments[0].real);
    return VV_OK;
}

EVAL_SCALAR(scalar_DOUBLE_FLOOR)
{
    out->real = floor(arguments[0].real);
    return VV_OK;
}

EVAL_SCALAR(scalar_NUMERIC_ROUND)
{
    return numeric_done(call, numeric_round(&arguments[0].numeric, 0, &out->numeric));
}

EVAL_SCALAR(scalar_NUMERIC_ROUND_SCALE)
{
    return numeric_done(
        call, numeric_round(&arguments[0].numeric, (int)arguments[1].integer, &out->numeric));
}

EVAL_SCALAR(scalar_NUMERIC_TRUNC)
{
    return numeric_done(call, numeric_truncate(&arguments[0].numeric, 0, &out->numeric));
}

EVAL_SCALAR(scalar_NUMERIC_TRUNC_SCALE)
{
    return numeric_done(
        call, numeric_truncate(&arguments[0].numeric, (int)arguments[1].integer, &out->numeric));
}

EVAL_SCALAR(scalar_NUMERIC_CEIL)
{
    return numeric_done(call, numeric_ceiling(&arguments[0].numeric, &out->numeric));
}

EVAL_SCALAR(scalar_NUMERIC_FLOOR)
{
    return numeric_done(call, numeric_floor(&arguments[0].numeric, &out->numeric));
}

static vv_status numeric_done(struct eval_call *call, vv_status status)
{
    return status == VV_OK ? VV_OK : eval_fault_set(EVAL_NUMERIC_RANGE, call->error);
}

/* ---- analysis ---- */

EVAL_SCALAR(scalar_SQRT)
{
    if (arguments[0].real < 0) {
        return error_set(call->error, VV_SQLSTATE_INVALID_ARGUMENT_FOR_POWER, 0,
                         "cannot take square root of a negative number");
    }
    out->real = sqrt(arguments[0].real);
    return VV_OK;
}

EVAL_SCALAR(scalar_EXP)
{
    double x = arguments[0].real;

    out->real = isinf(x) ? (x > 0 ? x : 0) : exp(x);
    return isinf(x) ? VV_OK : check_double(call, x, out);
}

EVAL_SCALAR(scalar_LN)
{
    double x = arguments[0].real;

    if (x == 0) {
        return error_set(call->error, VV_SQLSTATE_INVALID_ARGUMENT_FOR_LOG, 0,
                         "cannot take logarithm of zero");
    }
    if (x < 0) {
        return error_set(call->error, VV_SQLSTATE_INVALID_ARGUMENT_FOR_LOG, 0,
                         "cannot take logarithm of a negative number");
    }
    out->real = log(x);
    return VV_OK;
}

EVAL_SCALAR(scalar_POWER)
{
    double x = arguments[0].real, y = arguments[1].real;

    if (x == 0 && y < 0) {
        return error_set(call->error, VV_SQLSTATE_INVALID_ARGUMENT_FOR_POWER, 0,
                         "zero raised to a negative power is undefined");
    }
    if (x < 0 && !isinf(y) && !isnan(y) && floor(y) != y) {
        return error_set(call->error, VV_SQLSTATE_INVALID_ARGUMENT_FOR_POWER, 0,
                         "a negative number raised to a non-integer power yields a complex result");
    }
    out->real = pow(x, y);
    if (isinf(out->real) && !isinf(x) && !isinf(y)) {
        return eval_fault_set(EVAL_OVERFLOW, call->error);
    }
    if (out->real == 0 && x != 0 && !isinf(x) && !isinf(y)) {
        return eval_fault_set(EVAL_UNDERFLOW, call->error);
    }
    return VV_OK;
}

EVAL_SCALAR(scalar_PI)
{
    out->real = M_PI;
    return VV_OK;
}

EVAL_SCALAR(scalar_RANDOM)
{
    out->real = rng_unit(&call->state->rng);
    return VV_OK;
}

static vv_status check_double(struct eval_call *call, double argument, struct value *out)
{
    if (isinf(out->real) && !isinf(argument)) {
        return eval_fault_set(EVAL_OVERFLOW, call->error);
    }
    return out->real == 0 ? eval_fault_set(EVAL_UNDERFLOW, call->error) : VV_OK;
}

/* ---- casts that need no loop of their own ---- */

EVAL_SCALAR(scalar_CAST)
{
    return cast_value(&arguments[0], (enum value_type)call->node->type, call->node->modifier,
                      &call->state->strings, out, call->error);
}
