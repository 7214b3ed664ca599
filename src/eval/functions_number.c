/*
 * functions_number.c - signs, bits and rounding of numbers, one row at a time. Messages are PostgreSQL 15's.
 */
#include <math.h>

#include "eval/kernels.h"

static vv_status numeric_done(struct eval_call *call, vv_status status);

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

/* ---- casts that need no loop of their own ---- */

EVAL_SCALAR(scalar_CAST_COMPARED)
{
    cast_compared(&arguments[0], (enum value_type)call->node->type, out);
    return VV_OK;
}

EVAL_SCALAR(scalar_CAST)
{
    VV_TRY(cast_value(&arguments[0], (enum value_type)call->node->type, VALUE_NO_MODIFIER,
                      &call->state->strings, out, call->error));
    return cast_fit(call->node->modifier, call->node->cut, &call->state->strings, out, call->error);
}
